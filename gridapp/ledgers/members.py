"""Households written sideways: 姓名1, 身份证1, 姓名2, 身份证2 … in one row become one person each.

Such a column's field bears its member, as "id_no@2"; the columns without a member belong to
all of them, or to the person who stands first.

Source: domain research section 8.3 item 6.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import replace

from gridapp.ledgers.checked import CheckedRow, SheetPreview, summarise
from gridapp.ledgers.fields import MEMBER, column_index, column_letter, member_of
from gridapp.ledgers.headings import (
    HeaderRows,
    Mapping,
    heading_key,
    is_ignored_heading,
    match_heading,
    numbered_heading,
    propose_mapping,
)

_PERSONAL = frozenset(
    ("name", "sex", "ethnicity", "id_no", "birth_date", "age", "phone", "relation_to_head", "category", "level")
    + ("cert_no", "account_no", "note")
)


def member_columns(header: HeaderRows, kind: str) -> dict[int, str]:
    """Return column -> field with its member, of a sheet whose headings name two people or more; else nothing."""
    found: dict[int, tuple[int, str]] = {}
    for column, parts in header.headings.items():
        if (told := _member("".join(parts), kind)) is not None:
            found[column] = told
    named = {number for number, name in found.values() if name == "name"}
    base = any(
        (match := match_heading(parts, kind)) and match[1] == "name"
        for column, parts in header.headings.items()
        if column not in found
    )
    if len(named) + base < 2:
        return {}
    taken: set[str] = set()
    columns: dict[int, str] = {}
    for column, (number, name) in found.items():
        field = f"{name}{MEMBER}{number}"
        if number in named and field not in taken:
            taken.add(field)
            columns[column] = field
    return columns


def proposed(
    header: HeaderRows, kind: str, remembered: MappingOf[str, MappingOf[str, str]] | None = None
) -> Mapping:
    """Return which column holds which field, a household's members told apart; arguments as ``propose_mapping``."""
    members = member_columns(header, kind)
    others = {column: parts for column, parts in header.headings.items() if column not in members}
    mapping = propose_mapping(header, kind, remembered)
    if not members or mapping.remembered:
        return mapping
    own = propose_mapping(HeaderRows(header.rows, others), kind).columns
    columns = own | {column_letter(column): name for column, name in members.items()}
    ordered = dict(sorted(columns.items(), key=lambda item: (len(item[0]), item[0])))
    counted = sum(1 for text in mapping.headers.values() if not is_ignored_heading(text))
    return replace(mapping, columns=ordered, confidence=round(min(len(ordered) / max(counted, 1), 1.0), 2))


def _member(text: str, kind: str) -> tuple[int, str] | None:
    numbered = numbered_heading(heading_key(text))
    field = match_heading((numbered[1],), kind) if numbered else None
    return (numbered[0], field[1]) if numbered and field and field[1] in _PERSONAL else None


def by_member(mapping: Mapping) -> list[tuple[int, Mapping]]:
    """Return (member, the columns of that person), or the mapping alone where nobody is numbered."""
    numbers = sorted({member_of(name) for name in mapping.columns.values()})
    if numbers in ([], [0]):
        return [(0, mapping)]
    shared = {letters: name for letters, name in mapping.columns.items() if not member_of(name)}
    has_first = "name" in shared.values()
    found = [(0, replace(mapping, columns=shared))] if has_first else []
    for number in numbers:
        if not number:
            continue
        own = {a: name.partition(MEMBER)[0] for a, name in mapping.columns.items() if member_of(name) == number}
        common = {a: name for a, name in shared.items() if name not in _PERSONAL and name not in own.values()}
        columns = dict(sorted((common | own).items(), key=lambda item: (len(item[0]), item[0])))
        found.append((number, replace(mapping, columns=columns)))
    return found


def joined(parts: Sequence[tuple[int, Mapping, SheetPreview]], mapping: Mapping) -> SheetPreview:
    """Return the people of all members as one sheet, household by household; empty places are nobody.

    Args:
        parts: (member, its columns, the sheet checked by them).
        mapping: The columns of all of them.
    """
    first = parts[0][2]
    by_row: dict[int, list[CheckedRow]] = {}
    empty: dict[int, CheckedRow] = {}
    for number, columns, sheet in parts:
        own = _own_places(number, columns.columns, mapping.columns)
        for row in sheet.rows:
            if any(place < len(row.raw) and row.raw[place] != "" for place in own):
                by_row.setdefault(row.row, []).append(row._replace(member=number))
            else:
                empty.setdefault(row.row, row._replace(member=number))
    rows = tuple(
        row for number in sorted(by_row.keys() | empty.keys()) for row in by_row.get(number) or [empty[number]]
    )
    return replace(first, mapping=mapping, rows=rows, summary=summarise(rows, first.skipped))


def _own_places(number: int, columns: MappingOf[str, str], every: MappingOf[str, str]) -> list[int]:
    if number:
        return [column_index(letters) for letters in columns if member_of(every[letters]) == number]
    return [column_index(letters) for letters, name in columns.items() if name in ("name", "id_no")]
