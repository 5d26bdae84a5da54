"""What an address tells of building, entrance and room, and they of an address, where a ledger leaves it out."""

from __future__ import annotations

from typing import Any

from gridapp.i18n import _
from gridapp.ledgers.columns import CheckedColumn
from gridapp.ledgers.fields import PARTS_OF_ADDRESS, field_title
from gridapp.ledgers.issues import Issue, Severity
from gridapp.ledgers.row_check import CheckedColumns
from gridapp.ledgers.values.addresses import NO_PARTS, agree, join_address, split_address

_PARTS = ("building", "unit", "room")
_AS_REGISTERED = frozenset(
    ("同户籍", "同户籍地", "同户籍地址", "同户口", "同户口所在地", "户籍地", "与户籍一致", "同户籍所在地", "同左")
)
_AS_LIVED = frozenset(
    ("同住址", "同现住址", "同现住地", "同现居住地", "同居住地", "同居住地址", "与现住址一致", "同家庭住址")
)


def complete_addresses(columns: CheckedColumns, count: int) -> None:
    """Fill empty parts from the address, and an empty address from the parts.

    Rows whose building was found in the address alone bear ``PARTS_OF_ADDRESS``.

    Args:
        columns: The sheet's checked columns; changed in place.
        count: Rows of data.
    """
    fields = columns.fields
    _resolve(fields, "address", "register_address", _AS_REGISTERED)
    if "room" in fields and "building" not in fields:
        _unfold_rooms(fields)
    if "address" in fields:
        _split(fields, count)
    if any(name in fields for name in ("estate", *_PARTS)):
        _join(fields, count)
    _resolve(fields, "register_address", "address", _AS_LIVED)


def _resolve(fields: dict[str, CheckedColumn], name: str, other: str, words: frozenset[str]) -> None:
    """Write out "same as registered" and the like; the other address may be missing, then nothing is known."""
    column = fields.get(name)
    if column is None or words.isdisjoint(column.values):
        return
    others = fields[other].values if other in fields else [None] * len(column.values)
    values, issues = list(column.values), dict(column.issues)
    for place, value in enumerate(values):
        if value in words:
            meant = others[place] if others[place] not in _AS_REGISTERED | _AS_LIVED else None
            title, written = field_title(name), {"text": value, "meant": meant}
            if meant is None:
                message = _("{field} “{text}”: the other address is missing. Please write it out.")
                issue = Issue(name, "same_address_missing", Severity.ERROR, message.format(field=title, **written))
            else:
                message = _("{field} “{text}” was written out: {meant}.").format(field=title, **written)
                issue = Issue(name, "same_address", Severity.INFO, message)
            values[place], issues[place] = meant, (*issues.get(place, ()), issue)
    fields[name] = CheckedColumn(values, issues)


def _unfold_rooms(fields: dict[str, CheckedColumn]) -> None:
    """Take "3-2-501" in a column of rooms for building, entrance and room."""
    rooms = fields["room"]
    parts = [split_address(text) if text else NO_PARTS for text in rooms.values]
    if not any(part.building for part in parts):
        return
    units = fields["unit"].values if "unit" in fields else [None] * len(parts)
    fields["building"] = CheckedColumn([part.building or None for part in parts], {})
    fields["unit"] = CheckedColumn(
        [unit or part.unit or None for unit, part in zip(units, parts, strict=True)],
        fields["unit"].issues if "unit" in fields else {},
    )
    told = zip(rooms.values, parts, strict=True)
    fields["room"] = CheckedColumn([part.room or text if part.building else text for text, part in told], rooms.issues)


def _split(fields: dict[str, CheckedColumn], count: int) -> None:
    addresses = fields["address"].values
    told = [fields[name].values if name in fields else None for name in _PARTS]
    if all(values is not None and None not in values for values in told):
        return
    parts = {text: split_address(text) if text else NO_PARTS for text in set(addresses)}
    named: list[Any] = told[0] or [None] * count
    split = [
        parts[text] if agree(name, parts[text].building) else NO_PARTS
        for text, name in zip(addresses, named, strict=True)
    ]
    marks = [True if name is None and part.building else None for name, part in zip(named, split, strict=True)]
    if any(marks):
        fields[PARTS_OF_ADDRESS] = CheckedColumn(marks, {})
    for place, name in enumerate(_PARTS):
        refused = fields[name].issues if name in fields else {}
        own: list[Any] = told[place] or [None] * count
        fields[name] = CheckedColumn(
            [
                value if value is not None or row in refused else part[place] or None
                for row, (value, part) in enumerate(zip(own, split, strict=True))
            ],
            refused,
        )


def _join(fields: dict[str, CheckedColumn], count: int) -> None:
    nothing: list[Any] = [None] * count
    refused = fields["address"].issues if "address" in fields else {}
    written = fields["address"].values if "address" in fields else list(nothing)
    if None not in written:
        return
    estates, *parts = (fields[name].values if name in fields else nothing for name in ("estate", *_PARTS))
    rows = zip(written, estates, *parts, strict=True)
    joined = [
        address if address is not None or place in refused else join_address(*told) or None
        for place, (address, *told) in enumerate(rows)
    ]
    fields["address"] = CheckedColumn(joined, refused)
