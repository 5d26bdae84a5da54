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
from gridapp.reports.template_sections import Section, change_section, new_block, section_of

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
        strong: A column's first line is larger and bold.
        wrap: Whether a column's text may take several lines.
        label_mm: Width of a box's label.
        share: Width of a box in relation to the others of its line.
        begins_line: Whether a box stands first on its line.
    """

    title: str
    field: str
    size_mm: float
    align: str = "left"
    strong: bool = False
    wrap: bool = True
    label_mm: float = 22.0
    share: float = 1.0
    begins_line: bool = False


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
                     column.get("align", "left"), column.get("strong", False), column.get("wrap", True))
                for column in block.get("columns", [])
            ]  # fmt: skip
        return [
            Item(cell.get("label", ""), cell.get("field", ""), float(row.get("height_mm", 9.0)),
                 label_mm=float(cell.get("label_mm", 22.0)), share=float(cell.get("share", 1.0)),
                 begins_line=place == 0)
            for row in block.get("rows", [])
            for place, cell in enumerate(row.get("cells", []))
        ]  # fmt: skip

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
            key: Name of what changes in an ``Item``.
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
            elif key == "begins_line":
                _begin_line(block["rows"], line, place, value)
            else:
                block["rows"][line]["cells"][place]["label" if key == "title" else key] = value

        self._step(change, f"{part.block}/{at}/{key}")

    # The blocks the paper is put together from

    def sections(self) -> list[Section]:
        """Return all blocks, from top to bottom."""
        return [section_of(block) for block in self._steps[-1].get("blocks", [])]

    def add_section(self, after: int, kind: str, source: str = "") -> int:
        """Add a block behind another one; return its place.

        Args:
            after: The place it comes behind; -1 for the top.
            kind: "table", "form", "note", "lines" or "bars".
            source: Where its rows come from; "" for notes and lines.
        """
        self._step(lambda definition: definition["blocks"].insert(after + 1, new_block(kind, source)))
        return after + 1

    def remove_section(self, at: int) -> None:
        """Remove a block with all it holds."""
        self._step(lambda definition: definition["blocks"].__delitem__(at))

    def move_section(self, at: int, by: int) -> int:
        """Move a block towards the top (-1) or the bottom (1); return its new place."""
        to = at + by
        if not 0 <= to < len(self._steps[-1].get("blocks", [])):
            return at

        def change(definition: dict[str, Any]) -> None:
            blocks = definition["blocks"]
            blocks[at], blocks[to] = blocks[to], blocks[at]

        self._step(change)
        return to

    def change_section(self, at: int, key: str, value: Any) -> None:
        """Change what a block says of itself; typing on in one field is one step.

        Args:
            at: Its place.
            key: Name of what changes in a ``Section``.
            value: The new value.
        """
        if getattr(self.sections()[at], key) != value:
            self._step(lambda definition: change_section(definition["blocks"][at], key, value), f"block {at}/{key}")

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


def _begin_line(rows: list[dict[str, Any]], line: int, place: int, begins: bool) -> None:
    """Let a form's box begin a line, together with those behind it, or join the line above."""
    if begins and place:
        moved = rows[line]["cells"][place:]
        del rows[line]["cells"][place:]
        rows.insert(line + 1, {**rows[line], "cells": moved})
    elif not begins and not place and line:
        rows[line - 1]["cells"].append(rows[line]["cells"].pop(0))
        if not rows[line]["cells"]:
            del rows[line]
