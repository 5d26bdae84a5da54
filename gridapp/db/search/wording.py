"""Understand what was typed: which pieces to look for, and how well a resident fits."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gridapp.db.search.fields import Fields, fold, squeeze, units
from gridapp.db.search.readings import readings
from gridapp.db.search.tokens import (
    ID_PART,
    LONGEST_BEGINNING,
    PHONE_PART,
    SHORT_READING,
    SHORTEST_GUESSED_NAME,
    SHORTEST_GUESSED_READING,
    TAILS,
    deletions,
    pairs,
    parts,
)

LONGEST_TEXT, MOST_WORDS = 100, 6
_MOBILE_PHONE = re.compile("1[0-9]{10}")
MOST_PAIRS = 5
"""Pairs of an address that are looked for; the rest is compared afterwards."""
GENERIC = frozenset("省市县区镇乡村社组屯路街巷弄道号楼栋幢座单元门层室房户")
SHORTEST_LATER_READING, SHORTEST_LATER_INITIALS, SHORTEST_NUMBER_START = 3, 2, 3

Term = tuple[str, bool]
"""A piece, and whether pieces that begin with it do as well."""
AnyOf = list[tuple[Term, ...]]
"""Pieces that must all be there, in any of several combinations."""


class Fit(enum.IntEnum):
    """How a word fits a resident, best first."""

    NAME = 0
    NAME_START = 1
    NAME_PART = 2
    READING = 3
    READING_START = 4
    READING_PART = 5
    NUMBER = 6
    ADDRESS = 7
    SAME_SOUND = 8
    NEARLY = 9


@dataclass(frozen=True)
class Word:
    """One word that was typed.

    Attributes:
        text: Only its letters, characters and digits.
        dashed: Folded, as typed.
    """

    text: str
    dashed: str

    @property
    def is_letters(self) -> bool:
        """Tell whether it may be pinyin."""
        return self.text.isascii() and self.text.isalpha()

    @property
    def is_guessable(self) -> bool:
        """Tell whether it may be mistyped: numbers are never guessed."""
        return not any(map(str.isdigit, self.text))

    @property
    def is_number(self) -> bool:
        """Tell whether it may be part of a phone or an ID number, which can end in X."""
        return bool(re.fullmatch(r"[0-9]{3,}[0-9x]", self.text))

    def tiers(self) -> Iterator[tuple[Fit, AnyOf]]:
        """Yield what to look for, best fits first; some of what is found may not fit after all."""
        text = self.text
        yield Fit.NAME, [(("e" + text, False),)]
        if len(text) <= LONGEST_BEGINNING:
            yield Fit.NAME_START, [(("b" + text, False),)]
        if len(text) <= 2:
            yield Fit.NAME_PART, [(("n" + text, False),)]
        else:
            yield Fit.NAME_PART, [tuple(("n" + pair, False) for pair in parts(text, 2))]
        if self.is_letters:
            yield from self._reading_tiers()
        if self.is_number:
            yield Fit.NUMBER, list(self._number_terms())
        if terms := self._address_terms():
            yield Fit.ADDRESS, [terms]

    def all_tiers(self) -> AnyOf:
        """Return everything it may be."""
        return [terms for _fit, any_of in self.tiers() for terms in any_of]

    def guesses(self) -> AnyOf:
        """Return what finds names that were mistyped by one character."""
        text, found = self.text, AnyOf()
        if not self.is_guessable:
            return found
        if self.is_letters:
            if len(text) >= SHORTEST_GUESSED_READING:
                left = sorted(deletions(text))
                found += [(("y" + part, False),) for part in (text, *left)] + [(("z" + part, False),) for part in left]
        elif len(text) >= 2:
            found += [(("z" + "".join(said), False),) for said in readings(text)]
            if len(text) >= SHORTEST_GUESSED_NAME:
                left = sorted(deletions(text))
                found += [(("d" + part, False),) for part in (text, *left)]
                found += [(("e" + part, False),) for part in left if len(part) >= SHORTEST_GUESSED_NAME]
        return found

    def fit(self, fields: Fields) -> Fit | None:
        """Return how the word fits as it was typed, None when it does not."""
        text = self.text
        place = fields.name.find(text)
        if place >= 0:
            return Fit.NAME if text == fields.name else Fit.NAME_START if place == 0 else Fit.NAME_PART
        if self.is_letters and (found := self._reading_fit(fields)) is not None:
            return found
        if self.is_number and self._is_number_of(fields):
            return Fit.NUMBER
        typed = units(self.dashed)
        if len(typed) > 1 or typed[0].isascii():
            if any(_is_in(typed, address) for address in (fields.address, fields.register_address)):
                return Fit.ADDRESS
        return None

    def guess(self, fields: Fields) -> Fit | None:
        """Return how the word fits if one character of it is wrong, None when it does not."""
        text = self.text
        if not self.is_guessable:
            return None
        if self.is_letters:
            if len(text) >= SHORTEST_GUESSED_READING:
                if any(is_one_off(text, "".join(said)) for said in fields.readings):
                    return Fit.NEARLY
            return None
        if len(text) < 2:
            return None
        if set(readings(text)) & set(fields.readings) and len(text) == len(fields.name):
            return Fit.SAME_SOUND
        shortest = min(len(text), len(fields.name))
        return Fit.NEARLY if shortest >= SHORTEST_GUESSED_NAME and is_one_off(text, fields.name) else None

    def _reading_tiers(self) -> Iterator[tuple[Fit, AnyOf]]:
        text = self.text
        yield Fit.READING, [(("z" + text, False),), (("h" + text, False),)]
        yield Fit.READING_START, [(("q" + text, len(text) > SHORT_READING),), (("i" + text, False),)]
        later: AnyOf = []
        if len(text) >= SHORTEST_LATER_READING:
            later.append((("r" + text, True),))
        if len(text) >= SHORTEST_LATER_INITIALS:
            later.append((("j" + text, False),))
        if later:
            yield Fit.READING_PART, later

    def _reading_fit(self, fields: Fields) -> Fit | None:
        text, best = self.text, None
        for syllables in fields.readings:
            whole, initials = "".join(syllables), "".join(part[0] for part in syllables)
            if text in (whole, initials):
                return Fit.READING
            if whole.startswith(text) or initials.startswith(text):
                best = Fit.READING_START
            elif best is None:
                starts = ["".join(syllables[place:]) for place in range(1, len(syllables))]
                later = len(text) >= SHORTEST_LATER_READING and any(start.startswith(text) for start in starts)
                if later or (len(text) >= SHORTEST_LATER_INITIALS and text in initials[1:]):
                    best = Fit.READING_PART
        return best

    def _number_terms(self) -> Iterator[tuple[Term, ...]]:
        text = self.text
        if text.isdigit():
            yield tuple(("p" + part, False) for part in parts(text, PHONE_PART))
        if len(text) in TAILS:
            yield (("t" + text, False),)
        if len(text) >= ID_PART:
            # From the end: the area at the beginning is everybody's.
            ends = range(len(text), ID_PART - 1, -ID_PART)
            yield tuple(("g" + text[end - ID_PART : end], False) for end in ends)

    def _is_number_of(self, fields: Fields) -> bool:
        text = self.text
        if any(text in phone for phone in fields.phones):
            return True
        if len(text) >= ID_PART:
            return text in fields.id_number
        return len(text) in TAILS and fields.id_number.endswith(text)

    def _address_terms(self) -> tuple[Term, ...]:
        typed = units(self.dashed)
        last_is_open = _is_open(typed[-1])
        if len(typed) == 1:
            return (("a" + typed[0], last_is_open),) if typed[0].isascii() else ()
        neighbours = pairs(typed)
        open_from = len(neighbours) - 1 if last_is_open else len(neighbours)
        places = sorted(range(len(neighbours)), key=lambda place: _is_everywhere(typed[place : place + 2]))
        return tuple(("a" + neighbours[place], place >= open_from) for place in sorted(places[:MOST_PAIRS]))


def understand(text: str) -> list[Word]:
    """Cut what was typed into words; a phone written in groups is one word.

    Returns:
        The words; None of them is empty. An empty list finds nobody.
    """
    typed = fold(text[:LONGEST_TEXT]).split(" ")[:MOST_WORDS]
    if _MOBILE_PHONE.fullmatch("".join(typed)):
        typed = ["".join(typed)]
    words = [Word(squeeze(one), one) for one in typed]
    return words if all(word.text and units(word.dashed) for word in words) else []


def is_one_off(first: str, second: str) -> bool:
    """Tell whether one character changed, added, left out or swapped with its neighbour makes the other text."""
    if first == second or abs(len(first) - len(second)) > 1:
        return False
    start = next((place for place, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), None)
    if start is None:
        return True
    rest, other = first[start:], second[start:]
    if len(rest) == len(other):
        return rest[1:] == other[1:] or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    return rest[1:] == other or rest == other[1:]


def _is_everywhere(pair: tuple[str, ...]) -> int:
    """Return how little two neighbours in an address tell: 0 for names and numbers, 2 for what all have."""
    if any(unit.isdigit() and len(unit) > 1 for unit in pair):
        return 0
    if any(map(str.isdigit, pair)):
        return 1
    return 2 if all(unit in GENERIC for unit in pair) else 0


def _is_open(unit: str) -> bool:
    """Tell whether a number at the end of the text may go on; short ones would fit half the city."""
    return unit.isdigit() and len(unit) >= SHORTEST_NUMBER_START


def _is_in(typed: tuple[str, ...], address: tuple[str, ...]) -> bool:
    length, last = len(typed), typed[-1]
    for start in range(len(address) - length + 1):
        if address[start : start + length - 1] == typed[:-1]:
            end = address[start + length - 1]
            if end == last or (_is_open(last) and end.startswith(last)):
                return True
    return False
