"""Ask the index who fits what was typed, best first.

The index gives those who have the right pieces, one kind of fit after the other
and never more than are asked for; their words then say who really fits, and how
well. Among few people (a grid, a rare category) their words are read at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Integer, Select, column, select, table
from sqlalchemy.orm import Session

from gridapp.db.records import ResidentSearchRecord
from gridapp.db.search import index
from gridapp.db.search.fields import parse
from gridapp.db.search.wording import AnyOf, Fit, Word, understand

FEW_FOUND = 3
"""With fewer people than this, names mistyped by one character are looked for too."""
SMALL_GROUP = 2000
"""Among so few people their words are read instead of asking the index."""
CHUNK = 2000
SPARE = 500
"""Further people asked of the index, for those who have the pieces but do not fit."""

Rank = tuple[int, ...]


def find(session: Session, text: str, among: Sequence[Select[int]], limit: int) -> list[int]:
    """Return the row numbers of the people a text finds, best first.

    Args:
        session: Where to read.
        text: What was typed; every word of it must fit.
        among: Each selects row numbers; only residents in all of them are looked for.
        limit: At most so many. [people]
    """
    words = understand(text)
    if not words:
        return []
    group = _small_group(session, among)
    if group is not None:
        ranked = _best(session, words, group)
        if len(ranked) < FEW_FOUND:
            ranked |= _guessed(session, words, [number for number in group if number not in ranked])
        return _in_order(ranked)[:limit]
    ranked = _ask(session, words, among, limit)
    if len(ranked) < min(FEW_FOUND, limit):
        candidates: set[int] = set()
        for place, word in enumerate(words):
            if guesses := word.guesses():
                others = [other.all_tiers() for one, other in enumerate(words) if one != place]
                with index.by_index_only(session):
                    candidates.update(_having(session, [guesses, *others], among, limit + SPARE))
        ranked |= _guessed(session, words, candidates - ranked.keys())
    return _in_order(ranked)[:limit]


def _ask(session: Session, words: list[Word], among: Sequence[Select[int]], limit: int) -> dict[int, Rank]:
    first, others = words[0], [word.all_tiers() for word in words[1:]]
    ranked: dict[int, Rank] = {}
    seen: set[int] = set()
    for _fit, any_of in first.tiers():
        found = _having(session, [any_of, *others], among, limit + SPARE)
        new = [number for number in found if number not in seen]
        seen.update(new)
        for start in range(0, len(new), limit):
            ranked |= _best(session, words, new[start : start + limit])
            if len(ranked) >= limit:
                break
        if len(ranked) >= limit:
            break
    return ranked


def _having(session: Session, alternatives: Sequence[AnyOf], among: Sequence[Select[int]], limit: int) -> list[int]:
    if index.is_server(session):
        number: ColumnElement[int] = ResidentSearchRecord.resident_id.expression
        statement = select(number)
    else:
        pieces = table(index.TABLE, column("rowid", Integer))
        number = pieces.c.rowid
        statement = select(number).select_from(pieces)
    statement = statement.where(index.lookup(session, alternatives))
    for wanted in among:
        statement = statement.where(_one_by_one(number, wanted))
    return list(session.scalars(statement.limit(limit)))


def _one_by_one(number: ColumnElement[int], wanted: Select[int]) -> ColumnElement[bool]:
    """Ask for each person found, by index, so that nobody lists all who carry a category first."""
    return wanted.where(wanted.selected_columns[0] == number).exists()


def _small_group(session: Session, among: Sequence[Select[int]]) -> list[int] | None:
    """Return who is in all selections if that is few people, else None."""
    if not among:
        return None
    first, *rest = among
    statement = first
    for wanted in rest:
        statement = statement.where(first.selected_columns[0].in_(wanted))
    found = list(session.scalars(statement.limit(SMALL_GROUP + 1)))
    return None if len(found) > SMALL_GROUP else list(dict.fromkeys(found))


def _best(session: Session, words: list[Word], numbers: Iterable[int]) -> dict[int, Rank]:
    """Return how those fit who fit as typed."""
    ranked: dict[int, Rank] = {}
    for number, kept in _kept(session, numbers):
        fields = parse(kept)
        fits: list[int] = []
        for word in words:
            fit = word.fit(fields)
            if fit is None:
                break
            fits.append(fit)
        else:
            ranked[number] = (*fits, len(fields.name), number)
    return ranked


def _guessed(session: Session, words: list[Word], numbers: Iterable[int]) -> dict[int, Rank]:
    """Return how those fit who fit if one word has one wrong character."""
    ranked: dict[int, Rank] = {}
    for number, kept in _kept(session, numbers):
        fields = parse(kept)
        fits = [word.fit(fields) for word in words]
        missing = [place for place, fit in enumerate(fits) if fit is None]
        if len(missing) == 1:
            fits[missing[0]] = words[missing[0]].guess(fields)
        if None not in fits:
            worst = max(fit for fit in fits if fit is not None)
            # Behind everybody who fits as typed, whichever word was guessed.
            ranked[number] = (Fit.SAME_SOUND + (worst == Fit.NEARLY), *(int(fit or 0) for fit in fits), number)
    return ranked


def _in_order(ranked: dict[int, Rank]) -> list[int]:
    return sorted(ranked, key=ranked.__getitem__)


def _kept(session: Session, numbers: Iterable[int]) -> Iterable[tuple[int, str]]:
    ordered = sorted(set(numbers))
    record = ResidentSearchRecord
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        rows = session.execute(select(record.resident_id, record.words).where(record.resident_id.in_(chunk)))
        yield from ((number, words) for number, words in rows)
