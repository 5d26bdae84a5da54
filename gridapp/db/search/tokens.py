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

from functools import lru_cache

from gridapp.db.search.fields import Fields

PAIR = "·"
LONGEST_BEGINNING = 6
SHORT_READING = 3
"""Beginnings of readings up to here are pieces of their own; longer ones are looked for by prefix."""
PHONE_PART, ID_PART = 4, 6
TAILS = (4, 5)
SHORTEST_GUESSED_NAME, SHORTEST_GUESSED_READING = 3, 5
LONGEST_GUESSED_NAME, LONGEST_GUESSED_READING = 8, 24


def tokens_of(fields: Fields) -> list[str]:
    """Return all pieces of a resident, some more than once; written for a million of them."""
    found = _name_tokens(fields.name)
    for syllables in fields.readings:
        found += _reading_tokens(syllables)
    for phone in fields.phones:
        found += ["p" + part for part in parts(phone, PHONE_PART)]
    if number := fields.id_number:
        found += ["g" + part for part in parts(number, ID_PART)]
        found += ["t" + number[-length:] for length in TAILS if len(number) >= length]
    found += _address_tokens(fields.address)
    found += _address_tokens(fields.register_address)
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


def _name_tokens(name: str) -> list[str]:
    if not name:
        return []
    size = len(name)
    found = ["e" + name]
    found += ["b" + name[:length] for length in range(1, min(size, LONGEST_BEGINNING) + 1)]
    found += ["n" + character for character in name]
    found += ["n" + pair for pair in parts(name, 2)]
    if SHORTEST_GUESSED_NAME <= size <= LONGEST_GUESSED_NAME:
        found += ["d" + name[:place] + name[place + 1 :] for place in range(size)]
    return found


def _reading_tokens(syllables: tuple[str, ...]) -> list[str]:
    whole, initials = "".join(syllables), "".join([part[0] for part in syllables])
    size, count = len(whole), len(initials)
    found = ["z" + whole, "h" + initials, "q" + whole]
    found += ["q" + whole[:length] for length in range(1, min(size, SHORT_READING) + 1)]
    found += ["i" + initials[:length] for length in range(1, count + 1)]
    start = 0
    for place in range(1, count):
        start += len(syllables[place - 1])
        found.append("r" + whole[start:])
        found += ["j" + initials[place:end] for end in range(place + 2, count + 1)]
    if SHORTEST_GUESSED_READING <= size <= LONGEST_GUESSED_READING:
        found += ["y" + whole[:place] + whole[place + 1 :] for place in range(size)]
    return found


@lru_cache(maxsize=20_000)
def _address_tokens(units: tuple[str, ...]) -> list[str]:
    """Return the pieces of an address; neighbours in the file live at the same one. Not to be changed."""
    return ["a" + unit for unit in units if unit.isascii()] + ["a" + pair for pair in pairs(units)]
