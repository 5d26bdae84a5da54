"""The blocks of a template as an editor lists and changes them: paragraphs, tables, forms, charts, lines to write on.

They work on the JSON of one block; ``TemplateDraft`` calls them step by step.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from gridapp.i18n import N_, _
from gridapp.reports.fields import PEOPLE_SOURCES, SOURCES

KIND_TITLES = {
    "note": N_("Paragraph"), "table": N_("Table"), "bars": N_("Bar chart"), "lines": N_("Lines to write on"),
    "form": N_("Form"),
}  # fmt: skip
_HEADED = ("table", "bars")
_CELL_END, _LINE_FEED = "|", "↵"
_NEW_TEXT = N_("New paragraph")
_NEW_COLUMNS = {
    "people": (("number", 10.0), ("name", 26.0), ("grid", 30.0), ("categories", 34.0), ("address", 60.0)),
    "figures": (("name", 60.0), ("roster", 25.0), ("visited", 25.0), ("shown", 25.0)),
    "given": (("number", 10.0), ("text_1", 60.0), ("text_2", 60.0)),
}


@dataclass(frozen=True)
class Section:
    """A block of a paper.

    Attributes:
        kind: "note", "table", "bars", "lines" or "form".
        source: Where its rows come from; "" for notes and lines.
        text: A note's words; the heading of tables, charts and lines.
        count: How many lines to write on.
        row_mm: Least height of a table's row.
        empty: What a table says in place of rows.
        total: Whether a table of figures ends with the total.
        blank_rows: Empty rows at the end of a table whose rows stand in the template.
        given: Those rows, one a line, cells divided by "|", in the order of the columns.
    """

    kind: str
    source: str
    text: str
    count: int = 4
    row_mm: float = 7.0
    empty: str = ""
    total: bool = False
    blank_rows: int = 0
    given: str = ""

    @property
    def title(self) -> str:
        """Return what people call it: its kind, and what it shows."""
        kind = _(KIND_TITLES[self.kind]) if self.kind in KIND_TITLES else self.kind
        if self.source in SOURCES:
            return _("{kind}: {what}").format(kind=kind, what=_(SOURCES[self.source][0]))
        return kind


def addable() -> list[tuple[str, str]]:
    """Return kind and source of every block that can be added, in the order they are offered."""
    figures = [name for name in SOURCES if _family(name) == "figures"]
    return [
        ("note", ""), ("lines", ""), *(("bars", name) for name in figures), *(("table", name) for name in SOURCES),
        *(("form", name) for name in ("roster", "missed", "given")),
    ]  # fmt: skip


def alike(section: Section) -> list[str]:
    """Return the sources a block can show instead of its own without losing a column."""
    if section.source not in SOURCES:
        return []
    return [name for name in SOURCES if _family(name) == _family(section.source)]


def new_block(kind: str, source: str = "") -> dict[str, Any]:
    """Return a block to begin with."""
    if kind == "note":
        return {"note": _(_NEW_TEXT)}
    if kind == "lines":
        return {"lines": _("Remark"), "count": 4}
    if kind == "bars":
        return {"bars": source, "heading": _(SOURCES[source][0])}
    if kind == "form":
        field = "" if source == "given" else "name"
        return {"form": source, "rows": [{"height_mm": 12, "cells": [{"label": _("Name"), "field": field}]}]}
    fields = SOURCES[source][1]
    columns = [
        {"title": "" if name.startswith("text_") else _(fields[name]), "field": name, "width_mm": width}
        for name, width in _NEW_COLUMNS[_family(source)]
    ]
    made: dict[str, Any] = {"table": source, "heading": _(SOURCES[source][0]), "columns": columns}
    return made | ({"rows": [], "blank_rows": 6} if source == "given" else {})


def section_of(block: dict[str, Any]) -> Section:
    """Return a block as an editor shows it; a damaged one is shown as well as can be."""
    kind = next((one for one in KIND_TITLES if one in block), "note")
    told = str(block.get(kind, ""))
    if kind in ("note", "lines"):
        return Section(kind, "", told, int(block.get("count", 4)))
    return Section(
        kind, told, str(block.get("heading", "")), row_mm=float(block.get("row_mm", 7.0)),
        empty=str(block.get("empty", "")), total=bool(block.get("total", False)),
        blank_rows=int(block.get("blank_rows", 0)), given=_told_rows(block) if kind == "table" else "",
    )  # fmt: skip


def change_section(block: dict[str, Any], key: str, value: Any) -> None:
    """Change a block in place.

    Args:
        block: Its JSON.
        key: Name of what changes in a ``Section``.
        value: The new value.
    """
    kind = section_of(block).kind
    if key == "given":
        block["rows"] = _rows_told(block, value)
    elif key == "text" and kind in _HEADED:
        block["heading"] = value
    elif key in ("text", "source"):
        block[kind] = value
    else:
        block[key] = value


def _family(source: str) -> str:
    return "people" if source in PEOPLE_SOURCES else "given" if source == "given" else "figures"


def _text_fields(block: dict[str, Any]) -> list[str]:
    fields = [str(column.get("field", "")) for column in block.get("columns", [])]
    return [field for field in dict.fromkeys(fields) if field.startswith("text_")]


def _told_rows(block: dict[str, Any]) -> str:
    fields = _text_fields(block)
    rows = [[str(row.get(field, "")).replace("\n", _LINE_FEED) for field in fields] for row in block.get("rows", [])]
    return "\n".join(f" {_CELL_END} ".join(row) for row in rows)


def _rows_told(block: dict[str, Any], text: str) -> list[dict[str, str]]:
    """Return rows from their text; what a row holds in no column of the table stays with it."""
    fields, before = _text_fields(block), block.get("rows", [])
    rows = []
    for at, line in enumerate(text.split("\n") if text.strip() else []):
        cells = [cell.strip().replace(_LINE_FEED, "\n") for cell in re.split(rf"[{_CELL_END}\t]", line)]
        unseen = {key: words for key, words in before[at].items() if key not in fields} if at < len(before) else {}
        rows.append(unseen | {field: cell for field, cell in zip(fields, cells, strict=False) if cell})
    return rows
