"""What commands print: JSON, tables that line up with Chinese in them, CSV, progress."""

from __future__ import annotations

import csv
import json
import sys
import time
import unicodedata
from collections.abc import Sequence
from typing import Any

from gridapp.i18n import _
from gridapp.progress import Progress

FORMATS = ("table", "json", "csv")
_FORMULA_STARTS = ("=", "+", "-", "@")


def say(text: str) -> None:
    """Print a sentence."""
    print(text)


def say_error(text: str) -> None:
    """Print what went wrong."""
    print(text, file=sys.stderr)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    print(json.dumps(value, ensure_ascii=False, indent=1))


def print_rows(format_name: str, headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows as a table or as CSV."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if format_name == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(headings)
        writer.writerows([[_harmless(cell) for cell in row] for row in texts])
        return
    widths = [max(map(display_width, column)) for column in zip(headings, *texts, strict=True)]
    for row in (headings, *texts):
        print(
            "  ".join(
                cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=True)
            ).rstrip()
        )


def display_width(text: str) -> int:
    """Return how many columns of a terminal a text takes; Chinese takes two each."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from reading a text as a formula."""
    return "'" + cell if cell.startswith(_FORMULA_STARTS) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


class ConsoleProgress:
    """Progress on standard error, when that is a terminal; Ctrl+C cancels."""

    def __init__(self) -> None:
        self._shown = 0.0
        self._is_terminal = sys.stderr.isatty()

    def advance(self, done: int, total: int, message: str = "") -> None:
        """Show how far the work is, ten times a second at most."""
        now = time.monotonic()
        if self._is_terminal and total and (done >= total or now - self._shown > 0.1):
            self._shown = now
            end = "\n" if done >= total else ""
            print(f"\r\033[K{done * 100 // total:3d} % {message}", end=end, file=sys.stderr, flush=True)


def progress() -> Progress:
    """Return the progress of a command."""
    return ConsoleProgress()


class Waiting:
    """Says once, on a terminal, whom a command waits for; elsewhere nobody could stop it, so it gives up."""

    def __init__(self) -> None:
        self._said = ""

    def __call__(self, sentence: str) -> bool:
        """Say it, and return whether to wait on; Ctrl+C stops it."""
        is_terminal = sys.stderr.isatty()
        if is_terminal and sentence not in ("", self._said):
            self._said = sentence
            say_error(sentence + " " + _("Waiting; press Ctrl+C to stop."))
        return is_terminal
