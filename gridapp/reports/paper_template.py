"""Templates of papers as data: read, checked, written.

A template says what a paper shows and how: title, paper, blocks of tables,
forms and notes, sign-off, watermark, masking. The built-in ones are the files
of ``resources/papers``; a committee's own copies lie in its database. Both
have the form of ``docs/paper-templates.md`` and pass through ``parse``.
"""

from __future__ import annotations

import functools
import json
import math
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gridapp import paths
from gridapp.errors import StorageError, ValidationError
from gridapp.i18n import N_, _
from gridapp.reports.fields import (
    FIGURES,
    MASKING,
    PERIODS,
    PLACEHOLDERS,
    SOURCES,
    in_shown_words,
    in_stored_words,
    shown_word,
)
from gridapp.reports.template import CODE_MM, MM, SIDE_MARGIN_MM, SIZES, Column, Template, paper

Period = Literal["month", "quarter", "half", "year"]
KEY_LENGTH, TEXT_LENGTH, MOST_COLUMNS, MOST_BLOCKS = 60, 600, 20, 20

_ROOT = {
    "key": str, "name": str, "hint": str, "title": str, "period": str, "paper": str, "landscape": bool,
    "text_pt": float, "watermark": str, "masking": str, "facts": list, "blocks": list, "sign_off": list,
}  # fmt: skip
_BLOCKS: dict[str, dict[str, type]] = {
    "table": {"heading": str, "row_mm": float, "columns": list, "empty": str, "total": bool, "rows": list,
              "blank_rows": int},
    "form": {"rows": list},
    "note": {},
    "lines": {"count": int},
    "bars": {"heading": str},
}  # fmt: skip
_COLUMN = {
    "title": str, "field": str, "width_mm": float, "align": str, "wrap": bool, "enumeration": bool, "strong": bool,
}  # fmt: skip
_FORM_ROW = {"height_mm": float, "cells": list}
_FORM_CELL = {"label": str, "field": str, "label_mm": float, "share": float}
_ALIGNS = ("left", "center", "right")


@dataclass(frozen=True)
class FormCell:
    """A labelled box of a form.

    Attributes:
        label: What stands in the tinted part; "" for none.
        field: Field of the source, "" for room to write.
        label_mm: Width of the tinted part.
        share: Width in relation to the other boxes of the line.
    """

    label: str
    field: str
    label_mm: float = 22.0
    share: float = 1.0


@dataclass(frozen=True)
class FormRow:
    """A line of boxes; it grows when its text needs more room."""

    height_mm: float
    cells: tuple[FormCell, ...]


@dataclass(frozen=True)
class BlockTemplate:
    """One part of a paper.

    Attributes:
        kind: "table", "form", "note", "lines" or "bars".
        source: Where the rows of a table, form or chart come from; a note's text; the heading of lines.
        heading: Line above a table or chart.
        columns: Of a table.
        row_mm: Least height of a table's row.
        empty: Sentence in place of rows when there are none.
        total: The last row is a total.
        given: Words of rows that stand in the template itself.
        blank_rows: Empty rows after them.
        form: Lines of a form.
        count: How many ruled lines.
    """

    kind: str
    source: str
    heading: str = ""
    columns: tuple[Column, ...] = ()
    row_mm: float = 7.0
    empty: str = ""
    total: bool = False
    given: tuple[dict[str, str], ...] = field(default=(), hash=False)
    blank_rows: int = 0
    form: tuple[FormRow, ...] = ()
    count: int = 4

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of its source that it shows."""
        named = [column.field for column in self.columns]
        named += [cell.field for row in self.form for cell in row.cells if cell.field]
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True)
class PaperTemplate:
    """A paper as data.

    Attributes:
        key: Name in commands and in the database.
        name: Name in the list of papers.
        hint: What it is for.
        title: Heading, with placeholders in braces.
        period: What it is made for.
        size: Name of the paper.
        landscape: Paper lies on its long side.
        text_pt: Size of table text.
        watermark: Text across every page, with placeholders, or "".
        masking: One of ``fields.MASKING``.
        facts: Statements below the title, with placeholders.
        blocks: From top to bottom.
        sign_off: Labels with room to sign, or none.
        definition: The JSON it was read from.
    """

    key: str
    name: str
    hint: str
    title: str
    period: Period
    size: str
    landscape: bool
    text_pt: float
    watermark: str
    masking: str
    facts: tuple[str, ...]
    blocks: tuple[BlockTemplate, ...]
    sign_off: tuple[str, ...]
    definition: dict[str, Any] = field(hash=False, compare=False)

    @property
    def is_numbered(self) -> bool:
        """Whether its rows carry codes, so that the paper can come back."""
        return any("code" in block.fields for block in self.blocks)

    @property
    def has_figures(self) -> bool:
        """Whether it shows people or figures, which need the rule beside them; an empty form does not."""
        if any(block.source in SOURCES and block.source != "given" for block in self.blocks):
            return True
        words = json.dumps(self.definition, ensure_ascii=False)
        return any(f"{{{name}}}" in words for name in FIGURES)

    def table_of(self, block: BlockTemplate) -> Template:
        """Return the look of one of its tables."""
        return Template(self.key, block.columns, self.landscape, self.text_pt, block.row_mm, self.size)


BUILT_IN = (
    "visit_roster", "visit_record", "monthly_rate", "unvisited", "quarterly_report", "half_year_report",
    "service_objects", "call_tree", "purchase_policy", "purchase_projects",
)  # fmt: skip
"""Keys of the templates that come with the program, in the order they are offered."""


@functools.cache
def built_in(key: str) -> PaperTemplate:
    """Return a template that comes with the program.

    Raises:
        StorageError: Its file is missing or damaged.
    """
    path = paths.resource("papers") / f"{key}.json"
    try:
        return parse(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise StorageError(
            _("The template {name} is missing or damaged. Please install GridApp again.").format(name=path.name)
        ) from error


def parse(value: Any) -> PaperTemplate:
    """Return a template from its JSON value.

    Raises:
        ValidationError: Something in it cannot be; the sentence says where.
    """
    whole = _object(value, _ROOT, N_("the template"))
    key, period, size = whole.get("key", ""), whole.get("period", "month"), whole.get("paper", "A4")
    if not key or len(key) > KEY_LENGTH or not key.isprintable():
        sentence = _("A template needs a key of at most {count} characters.")
        raise ValidationError(sentence.format(count=KEY_LENGTH), "key")
    _one_of(period, PERIODS, "period")
    _one_of(size, tuple(SIZES), "paper")
    masking = _one_of(whole.get("masking", "masked"), MASKING, "masking")
    if not whole.get("title", "").strip() or not whole.get("name", "").strip():
        raise ValidationError(_("A template needs a name and a title."), "title")
    blocks = whole.get("blocks", [])
    if not 1 <= len(blocks) <= MOST_BLOCKS:
        raise ValidationError(_("A template has 1 to {most} blocks.").format(most=MOST_BLOCKS), "blocks")
    made = PaperTemplate(
        key, whole["name"], whole.get("hint", ""), _filled(whole["title"], "title"), period, size,
        whole.get("landscape", False), _within(whole.get("text_pt", 9.0), 6.0, 16.0, "text_pt"),
        _filled(whole.get("watermark", ""), "watermark"), masking, _texts(whole.get("facts", []), "facts"),
        tuple(_block(block, place) for place, block in enumerate(blocks, start=1)),
        _texts(whole.get("sign_off", []), "sign_off"),
        in_stored_words(json.loads(json.dumps(value, ensure_ascii=False))),
    )  # fmt: skip
    codes = [block for block in made.blocks if "code" in block.fields]
    if len(codes) > 1:
        raise ValidationError(_("Only one block of a paper can carry row codes."), "blocks")
    return made


def check_widths(template: PaperTemplate) -> None:
    """Refuse a template whose columns are wider together than its page; narrower ones are stretched to it.

    Raises:
        ValidationError: They are; the sentence says by how much.
    """
    room = paper(template.landscape, template.size)[0] / MM - 2 * SIDE_MARGIN_MM
    for block in template.blocks:
        asked = sum(column.width_mm for column in block.columns)
        if asked > room + 0.05:
            raise ValidationError(
                _(
                    "The columns are {asked} mm wide together, the page has room for {room} mm. "
                    "Make some narrower, remove one, or lay the paper on its long side."
                ).format(asked=f"{asked:g}", room=f"{room:g}"),
                "width_mm",
            )
        if any(column.code and column.width_mm < CODE_MM + 2 for column in block.columns):
            sentence = _("The row code needs a column of {least} mm, so that a scanner can read it.")
            raise ValidationError(sentence.format(least=math.ceil(CODE_MM + 2)), "width_mm")


def _block(value: Any, place: int) -> BlockTemplate:
    where = _("block {number}").format(number=place)
    kinds = [kind for kind in _BLOCKS if isinstance(value, dict) and kind in value]
    if len(kinds) != 1:
        raise ValidationError(
            _("{where} must be one of {words}.").format(where=where, words=", ".join(_BLOCKS)), "blocks"
        )
    kind = kinds[0]
    told = _object(value, {kind: str, **_BLOCKS[kind]}, where)
    source = told[kind]
    if kind in ("note", "lines"):
        return BlockTemplate(kind, _filled(source, where), count=int(_within(told.get("count", 4), 1, 40, where)))
    _one_of(source, tuple(SOURCES), where)
    fields = SOURCES[source][1]
    if kind == "bars" and "shown" not in fields:
        raise ValidationError(_("{where}: only figures can be drawn as bars.").format(where=where), "blocks")
    columns = tuple(_column(column, fields, where) for column in told.get("columns", []))
    if kind == "table" and not 1 <= len(columns) <= MOST_COLUMNS:
        raise ValidationError(_("{where} has 1 to {most} columns.").format(where=where, most=MOST_COLUMNS), "columns")
    form = tuple(_form_row(row, fields, where) for row in told.get("rows", [])) if kind == "form" else ()
    if kind == "form" and not form:
        raise ValidationError(_("{where} needs rows.").format(where=where), "rows")
    given = tuple(_given(row, where) for row in told.get("rows", [])) if kind == "table" else ()
    return BlockTemplate(
        kind, source, _filled(told.get("heading", ""), where), columns,
        _within(told.get("row_mm", 7.0), 4.0, 120.0, where), _filled(told.get("empty", ""), where),
        told.get("total", False), given,
        int(_within(told.get("blank_rows", 0), 0, 60, where)), form,
    )  # fmt: skip


def _column(value: Any, fields: Mapping[str, str], where: str) -> Column:
    told = _object(value, _COLUMN, where)
    name = _one_of(told.get("field", ""), tuple(fields), where)
    align = _one_of(told.get("align", "left"), _ALIGNS, where)
    width = _within(told.get("width_mm", 20.0), 4.0, 400.0, where)
    return Column(
        told.get("title", ""), width, name, align, told.get("wrap", True), told.get("enumeration", False),
        told.get("strong", False), name == "code",
    )  # fmt: skip


def _form_row(value: Any, fields: Mapping[str, str], where: str) -> FormRow:
    told = _object(value, _FORM_ROW, where)
    cells = []
    for cell in told.get("cells", []):
        parts = _object(cell, _FORM_CELL, where)
        name = parts.get("field", "")
        if name:
            _one_of(name, tuple(fields), where)
        cells.append(FormCell(parts.get("label", ""), name, _within(parts.get("label_mm", 22.0), 0.0, 120.0, where),
                              _within(parts.get("share", 1.0), 0.05, 20.0, where)))  # fmt: skip
    if not 1 <= len(cells) <= MOST_COLUMNS:
        raise ValidationError(_("{where} has 1 to {most} columns.").format(where=where, most=MOST_COLUMNS), "rows")
    return FormRow(_within(told.get("height_mm", 9.0), 4.0, 250.0, where), tuple(cells))


def _given(value: Any, where: str) -> dict[str, str]:
    told = _object(value, dict.fromkeys(SOURCES["given"][1], str), where)
    return {key: _filled(text, where) for key, text in told.items()}


def _object(value: Any, known: Mapping[str, type], where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValidationError(_("{where} must be an object.").format(where=_(where)))
    for key, part in value.items():
        kind = known.get(key)
        if kind is None:
            raise ValidationError(_("{where}: “{key}” is not known here.").format(where=_(where), key=key), str(key))
        fits = type(part) in (int, float) if kind is float else type(part) is kind
        if not fits or (kind is str and (len(part) > TEXT_LENGTH or "\x00" in part)):
            sentence = _("{where}: “{key}” has a value that cannot be.")
            raise ValidationError(sentence.format(where=_(where), key=key), key)
    return value


def _one_of(value: Any, words: Sequence[str], where: str) -> Any:
    if value not in words:
        raise ValidationError(
            _("{where}: “{value}” is none of {words}.").format(where=where, value=value, words=", ".join(words)), where
        )
    return value


def _within(value: float, least: float, most: float, where: str) -> float:
    if not least <= value <= most:
        raise ValidationError(
            _("{where}: {value} is outside {least} to {most}.").format(
                where=where, value=f"{value:g}", least=f"{least:g}", most=f"{most:g}"
            ),
            where,
        )
    return float(value)


def _texts(values: list[Any], where: str) -> tuple[str, ...]:
    if len(values) > MOST_COLUMNS or not all(isinstance(text, str) for text in values):
        raise ValidationError(_("{where}: these must be texts.").format(where=where), where)
    return tuple(_filled(text, where) for text in values)


def _filled(text: str, where: str) -> str:
    """Return a text whose placeholders are all known, as they are stored."""
    text = in_stored_words(text)
    if len(text) > TEXT_LENGTH or "\x00" in text:
        raise ValidationError(_("{where}: this text is too long.").format(where=where), where)
    try:
        parts = [part[1:] for part in string.Formatter().parse(text) if part[1] is not None]
        # A width or conversion behind the word could blow a title up to any size.
        names = {name if not form and not kind else f"{name}:{form}" for name, form, kind in parts}
    except ValueError:
        names = {in_shown_words(text)}
    strange = {str(name) for name in names} - set(PLACEHOLDERS)
    if strange:
        raise ValidationError(
            _("{where}: “{word}” in braces is none of {words}.").format(
                where=where, word=min(strange), words=", ".join(shown_word(key) for key in PLACEHOLDERS)
            ),
            where,
        )
    return text
