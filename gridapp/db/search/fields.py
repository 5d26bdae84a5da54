"""What is kept of a resident to search through, and how texts are made comparable."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from gridapp.db.search.readings import readings

_UNIT = re.compile(r"[0-9]+|[a-z]+|[^\W0-9a-z_]")
_PHONE = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class Fields:
    """One resident, ready to be compared.

    Attributes:
        name: Without spaces and dots.
        readings: Ways to read it, as syllables.
        phones: Digits of each phone.
        id_number: In lower case.
        address: Where they live now, as units: a number, a Latin word or one character each.
        register_address: The same of the household register.
    """

    name: str
    readings: tuple[tuple[str, ...], ...]
    phones: tuple[str, ...]
    id_number: str
    address: tuple[str, ...]
    register_address: tuple[str, ...]


def fold(text: str) -> str:
    """Return a text in half width and lower case, with single spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.lower().split())


def squeeze(text: str) -> str:
    """Return only the letters, characters and digits of a folded text."""
    return "".join(filter(str.isalnum, text))


@lru_cache(maxsize=20_000)
def units(text: str) -> tuple[str, ...]:
    """Cut a folded address into numbers, Latin words and single characters."""
    return tuple(_UNIT.findall(text))


def words_of(
    name: str, phone: str | None, id_number: str | None, register_address: str | None, address: str | None
) -> str:
    """Return what is kept to search through for one resident: six lines, folded."""
    name = fold(name)
    said = "/".join(" ".join(syllables) for syllables in readings(name))
    return "\n".join((name, said, *(fold(part or "") for part in (phone, id_number, address, register_address))))


def parse(words: str) -> Fields:
    """Return the fields of what ``words_of`` wrote."""
    name, said, phone, id_number, address, register_address = words.split("\n")
    return Fields(
        squeeze(name),
        tuple(tuple(one.split(" ")) for one in said.split("/") if one),
        tuple(_PHONE.findall(phone.replace("-", "").replace(" ", ""))),
        id_number,
        units(address),
        units(register_address),
    )
