"""How values of a facts file become stored ones: nothing is repaired, what cannot be stored is refused."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import reprlib
from collections.abc import Callable
from typing import Any

from gridapp.domain.closing import seal, unseal
from gridapp.domain.identity import parse_id_number
from gridapp.i18n import _

DEEPEST = 20
"""Levels of lists and objects a free object such as findings may have."""

LARGEST = 2**31 - 1
"""Largest whole number every engine stores."""

_INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")

LONGEST_SHOWN = 60


class Unacceptable(ValueError):
    """A value that does not fit; the text ends a sentence that names the place."""


def brief(value: Any) -> str:
    """Write a value for a sentence: one line, not long, whatever it holds."""
    text = value if isinstance(value, str) else reprlib.repr(value)
    line = "".join(character if character.isprintable() else "\ufffd" for character in text[: LONGEST_SHOWN + 1])
    return line if len(line) <= LONGEST_SHOWN else line[:LONGEST_SHOWN] + "…"


def plain_text(value: Any) -> str:
    """Read a text every engine can store.

    Raises:
        Unacceptable: It is no text, or holds a null character or half of a surrogate pair.
    """
    if not isinstance(value, str):
        raise Unacceptable(_("must be text"))
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise Unacceptable(_("holds a character that cannot be stored"))
    return value


def _plain_value(value: Any, depth: int = 0) -> None:
    """Refuse what JSON columns cannot give back: endless nesting, numbers that are none, unstorable text."""
    if depth > DEEPEST:
        raise Unacceptable(_("is nested too deeply"))
    if isinstance(value, dict):
        for key, inner in value.items():
            plain_text(key)
            _plain_value(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _plain_value(inner, depth + 1)
    elif isinstance(value, str):
        plain_text(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Unacceptable(_("must be a number"))


def plain_object(value: Any) -> dict[str, Any]:
    """Read a free object.

    Raises:
        Unacceptable: It is none, or holds what cannot be stored and given back.
    """
    if not isinstance(value, dict):
        raise Unacceptable(_("must be an object"))
    _plain_value(value)
    return value


def parse_date(value: Any) -> dt.date:
    """Read a civil date.

    Raises:
        Unacceptable: It is not a date written YYYY-MM-DD.
    """
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise Unacceptable(_("“{value}” is not a date; write it like 2026-03-05").format(value=brief(value)))


def parse_instant(value: Any) -> dt.datetime:
    """Read an instant in UTC.

    Raises:
        Unacceptable: It is not an ISO instant that says its zone.
    """
    try:
        moment = dt.datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(dt.UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise Unacceptable(_("“{value}” is not an instant; write it like 2026-03-05T08:00:00Z").format(value=brief(value)))


def write_instant(moment: dt.datetime) -> str:
    """Write an instant in UTC to the microsecond."""
    return moment.astimezone(dt.UTC).strftime(_INSTANT)


def of_type(kind: type, sentence: str) -> Callable[[Any], Any]:
    """Return a reader of true and false, whole numbers or numbers.

    Args:
        kind: bool, int or float; a whole number is a float too.
        sentence: What to say of anything else.
    """

    def parse(value: Any) -> Any:
        if isinstance(value, bool) is not (kind is bool) or not isinstance(
            value, (int, float) if kind is float else kind
        ):
            raise Unacceptable(_(sentence))
        try:
            return kind(value)
        except OverflowError as error:
            raise Unacceptable(_(sentence)) from error

    return parse


def one_of(words: tuple[str, ...]) -> Callable[[Any], str]:
    """Return a reader of one of a few words."""

    def parse(value: Any) -> str:
        if value not in words:
            raise Unacceptable(_("“{value}” is none of {words}").format(value=brief(value), words=", ".join(words)))
        return str(value)

    return parse


def digits(count: int) -> Callable[[Any], str]:
    """Return a reader of a code of so many digits."""
    pattern = re.compile(rf"[0-9]{{{count}}}")

    def parse(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise Unacceptable(_("“{value}” is not a code of {count} digits").format(value=brief(value), count=count))
        return value

    return parse


def id_number_text(value: Any) -> str:
    """Read a citizen ID number.

    Raises:
        ValidationError: It is none.
    """
    return parse_id_number(plain_text(value)).number


def month_text(value: Any) -> str:
    """Read a month written YYYY-MM.

    Raises:
        Unacceptable: It is none.
    """
    if isinstance(value, str) and _MONTH.fullmatch(value):
        return value
    raise Unacceptable(_("“{value}” is not a month; write it like 2026-03").format(value=brief(value)))


def sealed(value: Any) -> bytes:
    """Read what a closing sealed, as it is stored.

    Raises:
        Unacceptable: It is no object, or holds what cannot be stored and given back.
    """
    return seal(plain_object(value))[0]


def write_sealed(value: bytes) -> dict[str, Any]:
    """Write what a closing sealed."""
    return unseal(value, "")[0]


def geometry(value: Any) -> bytes:
    """Read a GeoJSON outline as WKB.

    Raises:
        Unacceptable: It is no Polygon or MultiPolygon.
    """
    import shapely  # heavy: only boundaries need it

    try:
        shape = shapely.from_geojson(json.dumps(value))
    except (shapely.GEOSException, ValueError, TypeError, RecursionError):
        shape = None
    if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise Unacceptable(_("must be a GeoJSON Polygon or MultiPolygon"))
    if shapely.get_coordinate_dimension(shape) > 2:
        shape = shapely.force_2d(shape)
    return bytes(shapely.to_wkb(shape))


def write_geometry(value: bytes) -> Any:
    """Write WKB as GeoJSON."""
    import shapely  # heavy: only boundaries need it

    return json.loads(shapely.to_geojson(shapely.from_wkb(value)))


def finite_number(value: Any) -> float:
    """Read a number that is one.

    Raises:
        Unacceptable: It is none, infinite, or not a number at all.
    """
    number = float(of_type(float, "must be a number")(value))
    if not math.isfinite(number):
        raise Unacceptable(_("must be a number"))
    return number


def whole_number(value: Any) -> int:
    """Read a whole number every engine can store.

    Raises:
        Unacceptable: It is no whole number, or too large.
    """
    number = int(of_type(int, "must be a whole number")(value))
    if abs(number) > LARGEST:
        raise Unacceptable(_("must be a whole number"))
    return number


def time_of_day(value: Any) -> str:
    """Read a time of day, HH:MM.

    Raises:
        Unacceptable: It is none.
    """
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise Unacceptable(_("“{value}” is not a time of day; write it like 09:30").format(value=brief(value)))
    return value
