"""Personal fields as they are shown to eyes that do not need them.

With birth date, sex and area on the same screen, the last four characters of an
identity number give away the whole of it: they are hidden too.

Source: own convention, product.md promise 5.
"""

from __future__ import annotations

_SHOWN_AREA = 6


def mask_id_number(number: str | None) -> str:
    """Return an identity number as "370102********••••"; "" for none.

    Other documents keep their first two characters.
    """
    if not number:
        return ""
    if len(number) == 18:
        return f"{number[:_SHOWN_AREA]}********••••"
    return number[:2] + "•" * max(len(number) - 2, 4)


def mask_name(name: str | None) -> str:
    """Return a name as "张*" or "张*三", however long it is; "" for none."""
    if not name:
        return ""
    return f"{name[0]}*{name[-1]}" if len(name) > 2 else name[0] + "*"


def mask_phone(phone: str | None) -> str:
    """Return a phone as "139****0001" or "0531-****1234"; "" for none.

    Several numbers joined by ";" are masked one by one.
    """
    if not phone:
        return ""
    return ";".join(_mask_one(one) for one in phone.split(";"))


def _mask_one(phone: str) -> str:
    area, dash, rest = phone.partition("-")
    if dash and rest:
        return f"{area}-****{rest[-3:] if len(rest) > 6 else ''}"
    if len(phone) >= 11:
        return f"{phone[:3]}****{phone[-4:]}"
    return phone[:2] + "*" * max(len(phone) - 2, 4)
