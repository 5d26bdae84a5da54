"""What an address tells of building, entrance and room, and they of an address, where a ledger leaves it out."""

from __future__ import annotations

from typing import Any

from gridapp.ledgers.columns import CheckedColumn
from gridapp.ledgers.fields import PARTS_OF_ADDRESS
from gridapp.ledgers.row_check import CheckedColumns
from gridapp.ledgers.values.addresses import NO_PARTS, agree, join_address, split_address

_PARTS = ("building", "unit", "room")


def complete_addresses(columns: CheckedColumns, count: int) -> None:
    """Fill empty parts from the address, and an empty address from the parts.

    Rows whose building was found in the address alone bear ``PARTS_OF_ADDRESS``.

    Args:
        columns: The sheet's checked columns; changed in place.
        count: Rows of data.
    """
    fields = columns.fields
    if "address" in fields:
        _split(fields, count)
    if any(name in fields for name in ("estate", *_PARTS)):
        _join(fields, count)


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
