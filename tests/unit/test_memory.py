"""Much is freed in pieces, so that other threads have their turn meanwhile."""

from __future__ import annotations

import gc
import weakref

from gridapp.memory import PIECE, collector_paused, let_go


class Held:
    """Something that says when it goes."""


class Holder:
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


def test_the_collector_is_as_it_was() -> None:
    was_on = gc.isenabled()
    with collector_paused():
        assert not gc.isenabled()
        with collector_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled() == was_on
