"""A template being changed in the editor: step by step, each of which can be taken back.

A draft may be anything on the way; ``PaperTemplate`` and ``check_widths`` say
whether it can be stored.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gridapp.i18n import _
from gridapp.reports.fields import SOURCES
from gridapp.reports.template import SIDE_MARGIN_MM, SIZES

MOST_STEPS = 200
_NEW_WIDTH_MM, _NEW_LINE_MM = 20.0, 11.0


@dataclass(frozen=True)
class Part:
    """A table or form of the paper.

    Attributes:
        block: Its place among the blocks, from 0.
        kind: "table" or "form".
        source: Where its rows come from.
        title: What people call it.
    """

    block: int
    kind: str
    source: str
    title: str


@dataclass(frozen=True)
class Item:
    """A column of a table, or a box of a form.

    Attributes:
        title: Its heading or label.
        field: What it shows; "" for room to write.
        size_mm: Width of a column; height of a box's line.
        align: "left", "center" or "right"; always "left" in a form.
    """

    title: str
    field: str
    size_mm: float
    align: str = "left"


class TemplateDraft:
    """The definition of a template, its parts, and what was changed."""

    def __init__(self, definition: dict[str, Any]) -> None:
        self._first = copy.deepcopy(definition)
        self._steps: list[dict[str, Any]] = [copy.deepcopy(definition)]
        self._tag = ""

    @property
    def definition(self) -> dict[str, Any]:
        """Return the definition as it stands; a copy."""
        return copy.deepcopy(self._steps[-1])

    @property
    def before(self) -> dict[str, Any]:
        """Return the definition the draft began from."""
        return self._first

    @property
    def is_changed(self) -> bool:
        """Whether it differs from what it began with."""
        return self._steps[-1] != self._first

    @property
    def can_undo(self) -> bool:
        """Whether a step can be taken back."""
        return len(self._steps) > 1

    def undo(self) -> None:
        """Take the last step back."""
        if self.can_undo:
            self._steps.pop()
        self._tag = ""

    def value(self, key: str, default: Any = "") -> Any:
        """Return a value of the whole paper, e.g. its title."""
        return copy.deepcopy(self._steps[-1].get(key, default))

    def set_value(self, key: str, value: Any) -> None:
        """Change a value of the whole paper; typing on in one field is one step."""

        def change(definition: dict[str, Any]) -> None:
            definition[key] = value

        if self._steps[-1].get(key) != value:
            self._step(change, key)

    @property
    def room_mm(self) -> float:
        """Width of the page between its margins."""
        short, long = SIZES.get(self.value("paper", "A4"), SIZES["A4"])
        return (long if self.value("landscape", False) else short) - 2 * SIDE_MARGIN_MM

    # Tables and forms

    def parts(self) -> list[Part]:
        """Return the tables and forms, from top to bottom."""
        found = []
        for place, block in enumerate(self._steps[-1].get("blocks", [])):
            kind = next((kind for kind in ("table", "form") if kind in block), "")
            if kind:
                source = str(block[kind])
                named = SOURCES[source][0] if source in SOURCES else source
                found.append(Part(place, kind, source, block.get("heading") or _(named)))
        return found

    def items(self, part: Part) -> list[Item]:
        """Return the columns of a table, or the boxes of a form in reading order."""
        block = self._steps[-1]["blocks"][part.block]
        if part.kind == "table":
            return [
                Item(column.get("title", ""), column.get("field", ""), float(column.get("width_mm", _NEW_WIDTH_MM)),
                     column.get("align", "left"))
                for column in block.get("columns", [])
            ]  # fmt: skip
        return [
            Item(cell.get("label", ""), cell.get("field", ""), float(row.get("height_mm", 9.0)))
            for row in block.get("rows", [])
            for cell in row.get("cells", [])
        ]

    def width_mm(self, part: Part) -> float:
        """Return how wide the columns of a table are together; 0 for a form."""
        return sum(item.size_mm for item in self.items(part)) if part.kind == "table" else 0.0

    def add(self, part: Part, after: int, field: str) -> int:
        """Add a column or a line with one box, headed by its field's name; return its place.

        Args:
            part: The table or form.
            after: The place it comes behind; -1 for the beginning.
            field: What it shows.
        """
        named = "" if field == "blank" else SOURCES[part.source][1].get(field, "")
        title = _(named) if named else ""

        def change(definition: dict[str, Any]) -> None:
            block = definition["blocks"][part.block]
            if part.kind == "table":
                column = {"title": title, "field": field, "width_mm": _NEW_WIDTH_MM}
                block.setdefault("columns", []).insert(after + 1, column)
                return
            line = _line_of(block, after)[0] if after >= 0 else -1
            cell = {"label": title, "field": field, "label_mm": 24, "share": 1}
            block["rows"].insert(line + 1, {"height_mm": _NEW_LINE_MM, "cells": [cell]})

        place = after + 1
        if part.kind == "form" and after >= 0:
            line, _at = _line_of(self._steps[-1]["blocks"][part.block], after)
            rows = self._steps[-1]["blocks"][part.block]["rows"]
            place = sum(len(row["cells"]) for row in rows[: line + 1])
        self._step(change)
        return place

    def remove(self, part: Part, at: int) -> None:
        """Remove a column or box; a line without boxes goes too."""

        def change(definition: dict[str, Any]) -> None:
            block = definition["blocks"][part.block]
            if part.kind == "table":
                del block["columns"][at]
                return
            line, place = _line_of(block, at)
            del block["rows"][line]["cells"][place]
            if not block["rows"][line]["cells"]:
                del block["rows"][line]

        self._step(change)

    def move(self, part: Part, at: int, by: int) -> int:
        """Move a column or box towards the beginning (-1) or the end (1); return its new place."""
        to = at + by
        if not 0 <= to < len(self.items(part)):
            return at

        def change(definition: dict[str, Any]) -> None:
            block = definition["blocks"][part.block]
            if part.kind == "table":
                columns = block["columns"]
                columns[at], columns[to] = columns[to], columns[at]
                return
            (line, place), (other_line, other) = _line_of(block, at), _line_of(block, to)
            one, two = block["rows"][line]["cells"], block["rows"][other_line]["cells"]
            one[place], two[other] = two[other], one[place]

        self._step(change)
        return to

    def change_item(self, part: Part, at: int, key: str, value: Any) -> None:
        """Change a column or box.

        Args:
            part: The table or form.
            at: Its place.
            key: "title", "field", "size_mm" or "align".
            value: The new value.
        """
        if getattr(self.items(part)[at], key) == value:
            return

        def change(definition: dict[str, Any]) -> None:
            block = definition["blocks"][part.block]
            if part.kind == "table":
                block["columns"][at]["width_mm" if key == "size_mm" else key] = value
                return
            line, place = _line_of(block, at)
            if key == "size_mm":
                block["rows"][line]["height_mm"] = value
            else:
                block["rows"][line]["cells"][place]["label" if key == "title" else key] = value

        self._step(change, f"{part.block}/{at}/{key}")

    def _step(self, change: Callable[[dict[str, Any]], None], tag: str = "") -> None:
        definition = self.definition
        change(definition)
        if tag and tag == self._tag and self.can_undo:
            self._steps[-1] = definition
        else:
            self._steps.append(definition)
            del self._steps[1 : max(len(self._steps) - MOST_STEPS, 1)]
        self._tag = tag


def _line_of(block: dict[str, Any], at: int) -> tuple[int, int]:
    """Return the line of a form's box, and its place on the line."""
    for line, row in enumerate(block["rows"]):
        if at < len(row["cells"]):
            return line, at
        at -= len(row["cells"])
    raise IndexError(at)
