"""Much is freed in pieces, so that other threads have their turn meanwhile."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass

from gridapp.memory import PIECE, collector_paused, let_go, take_apart


class Held:
    """Something that says when it goes."""


class Holder:
    """Something that holds much, and little."""

    def __init__(self, things: list[Held]) -> None:
        self.things, self.by_place = things, {place: [one] for place, one in enumerate(things)}
        self.name, self.nothing = "name", None


def test_everything_held_goes_and_nothing_else() -> None:
    things = [Held() for _place in range(3 * PIECE + 7)]
    gone = weakref.WeakSet(things)
    holder, images, kept = Holder(things), list(things), things[0]
    del things
    let_go(images, holder)
    assert list(gone) == [kept]
    assert (images, holder.things, holder.by_place, holder.name) == ([], [], {}, "name")


@dataclass(frozen=True)
class Sheet:
    """Rows, and the same rows in groups."""

    rows: tuple[tuple[Held, str], ...]
    groups: dict[str, list[tuple[Held, str]]]
    name: str = "a"


def test_what_is_nested_goes_and_what_others_hold_stays_whole() -> None:
    rows = tuple((Held(), str(place)) for place in range(2 * PIECE))
    gone = weakref.WeakSet(one for one, _text in rows)
    mine, theirs = Sheet(rows, {"all": list(rows)}), Sheet(rows[:5], {})
    del rows
    held = [mine, (mine, None), theirs]
    del mine
    take_apart(held)
    assert held == [] and len(gone) == 5 and len(theirs.rows) == 5 and theirs.rows[0][1] == "0"


def test_the_collector_is_as_it_was() -> None:
    was_on = gc.isenabled()
    with collector_paused():
        assert not gc.isenabled()
        with collector_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled() == was_on
