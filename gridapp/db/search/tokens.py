"""Cut residents into the pieces the index holds.

A piece is one letter for its kind and a text of letters, digits and non-ASCII
characters, so that neither engine's tokenizer cuts it again:

- ``e`` a whole name, ``b`` its beginnings, ``n`` single characters and pairs of neighbours;
- ``z`` a whole reading, ``q`` its first letters, ``r`` the reading from a later syllable on;
- ``h`` whole initials, ``i`` their beginnings, ``j`` the initials from a later syllable on;
- ``p`` four digits of a phone, ``g`` six of an ID number, ``t`` its last four or five;
- ``a`` a number of an address, or two neighbouring units of it;
- ``d`` a name and ``y`` a reading with one character left out, by which typing errors are found.
  Source: the symmetric deletes of W. Garbe's SymSpell.
"""

from __future__ import annotations

from collections.abc import Iterator

from gridapp.db.search.fields import Fields

PAIR = "·"
LONGEST_BEGINNING = 6
SHORT_READING = 3
"""Beginnings of readings up to here are pieces of their own; longer ones are looked for by prefix."""
PHONE_PART, ID_PART = 4, 6
TAILS = (4, 5)
SHORTEST_GUESSED_NAME, SHORTEST_GUESSED_READING = 3, 5
LONGEST_GUESSED_NAME, LONGEST_GUESSED_READING = 8, 24


def tokens_of(fields: Fields) -> set[str]:
    """Return all pieces of a resident."""
    found = set(_name_tokens(fields.name))
    for syllables in fields.readings:
        found.update(_reading_tokens(syllables))
    for phone in fields.phones:
        found.update("p" + part for part in parts(phone, PHONE_PART))
    found.update("g" + part for part in parts(fields.id_number, ID_PART))
    found.update("t" + fields.id_number[-length:] for length in TAILS if len(fields.id_number) >= length)
    for address in (fields.address, fields.register_address):
        found.update("a" + unit for unit in address if unit.isascii())
        found.update("a" + pair for pair in pairs(address))
    return found


def parts(text: str, length: int) -> list[str]:
    """Return every part of that length."""
    return [text[start : start + length] for start in range(len(text) - length + 1)]


def pairs(units: tuple[str, ...]) -> list[str]:
    """Return every two neighbours of an address."""
    return [first + PAIR + second for first, second in zip(units, units[1:], strict=False)]


def deletions(text: str) -> set[str]:
    """Return a text with each one of its characters left out."""
    return {text[:place] + text[place + 1 :] for place in range(len(text))}


def _name_tokens(name: str) -> Iterator[str]:
    if not name:
        return
    yield "e" + name
    for length in range(1, min(len(name), LONGEST_BEGINNING) + 1):
        yield "b" + name[:length]
    for length in (1, 2):
        yield from ("n" + part for part in parts(name, length))
    if SHORTEST_GUESSED_NAME <= len(name) <= LONGEST_GUESSED_NAME:
        yield from ("d" + part for part in deletions(name))


def _reading_tokens(syllables: tuple[str, ...]) -> Iterator[str]:
    whole, initials = "".join(syllables), "".join(part[0] for part in syllables)
    yield "z" + whole
    yield "h" + initials
    for length in range(1, min(len(whole), SHORT_READING) + 1):
        yield "q" + whole[:length]
    yield "q" + whole
    for length in range(1, len(initials) + 1):
        yield "i" + initials[:length]
    start = 0
    for place, syllable in enumerate(syllables):
        if place:
            yield "r" + whole[start:]
            yield from ("j" + initials[place:end] for end in range(place + 2, len(initials) + 1))
        start += len(syllable)
    if SHORTEST_GUESSED_READING <= len(whole) <= LONGEST_GUESSED_READING:
        yield from ("y" + part for part in deletions(whole))
