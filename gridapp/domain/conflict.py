"""Two people change the same thing: what each changed, and one value from both.

Nothing is overwritten silently: a field that only one of them changed takes
that value, and one that both changed differently is for a person to choose.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from gridapp.errors import ConflictError

Values = Mapping[str, Any]
"""What a form holds, by name of the field."""

_UNKNOWN = object()


@dataclass(frozen=True)
class Theirs:
    """What somebody else saved meanwhile.

    Attributes:
        values: By name of the field.
        by: Who saved them, "" when nobody is known.
        at: When, None when that is not known.
        seen: What the next try says it has seen.
    """

    values: dict[str, Any] = field(hash=False)
    by: str = ""
    at: dt.datetime | None = None
    seen: Any = field(default=None, hash=False)


@dataclass(frozen=True)
class FieldConflict:
    """A field that both changed, each to something else.

    Attributes:
        name: Of the field.
        before: What both began from, None when that is not known.
        mine: What was about to be saved.
        theirs: What was saved meanwhile.
    """

    name: str
    before: Any
    mine: Any
    theirs: Any


def conflicts(before: Values, mine: Values, theirs: Values) -> list[FieldConflict]:
    """Return the fields that both changed differently, in the order of the form.

    A field whose beginning nobody knows (``before`` lacks it) counts as changed by both.
    """
    found = []
    for name in mine:
        one, other, first = _value(mine, name), _value(theirs, name), _value(before, name)
        if one != other and first not in (one, other):
            found.append(FieldConflict(name, before.get(name), one, other))
    return found


def changed_by_them(before: Values, mine: Values, theirs: Values) -> list[str]:
    """Return the fields that only the other one changed; their values are taken over."""
    return [name for name in mine if _value(before, name) == _value(mine, name) != _value(theirs, name)]


def merged(before: Values, mine: Values, theirs: Values, keep_mine: Collection[str]) -> dict[str, Any]:
    """Return one set of values from both.

    Args:
        before: What both began from.
        mine: What was about to be saved.
        theirs: What was saved meanwhile.
        keep_mine: Which of the fields in ``conflicts`` keep my value; the others keep theirs.
    """
    made = {}
    for name in mine:
        one, other, first = _value(mine, name), _value(theirs, name), _value(before, name)
        only_i_changed = other == first
        made[name] = one if only_i_changed or (one != first and name in keep_mine) else other
    return made


def refuse_if_changed(seen: Values | None, theirs: Theirs, sentence: str = "") -> None:
    """Refuse to go on when what is stored is not what the user saw.

    Args:
        seen: What the user saw; None asks nothing, for those who overwrite on purpose.
        theirs: What is stored now; only the fields that were seen are compared.
        sentence: What to say; "" says that somebody changed it.

    Raises:
        ConflictError: It differs; the error carries ``theirs``.
    """
    if seen is not None and any(_value(seen, name) != _value(theirs.values, name) for name in seen):
        raise ConflictError(sentence, theirs)


def _value(values: Values, name: str) -> Any:
    value = values.get(name, _UNKNOWN)
    if isinstance(value, tuple):
        return list(value)
    return value.strip() if isinstance(value, str) else value
