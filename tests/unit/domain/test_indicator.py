"""How a rate may be written."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from gridapp.domain.indicator import NOT_APPLICABLE, VisitRate, shown_rate

rosters = st.integers(1, 10**7)


@given(rosters, st.data())
def test_a_rate_is_cut_never_rounded_up(roster: int, data: st.DataObject) -> None:
    visited = data.draw(st.integers(0, roster))
    shown = Fraction(shown_rate(visited, roster).rstrip("%"))
    exact = Fraction(visited * 100, roster)
    assert shown <= exact < shown + Fraction(1, 10)
    assert (shown == 100) is (visited == roster)


@given(st.integers(2, 10**9))
def test_one_missed_is_never_all(roster: int) -> None:
    assert shown_rate(roster - 1, roster) != "100%" and not shown_rate(roster - 1, roster).startswith("100")
    assert shown_rate(roster, roster) == "100%"


def test_worked_examples() -> None:
    assert shown_rate(1999, 2000) == "99.9%"
    assert shown_rate(7, 17) == "41.1%"
    assert shown_rate(0, 5) == "0.0%"
    assert shown_rate(0, 0) == NOT_APPLICABLE == "—"


def test_an_empty_roster_is_not_applicable() -> None:
    nobody = VisitRate()
    assert (nobody.shown, nobody.shown_onsite, nobody.share, nobody.missed) == ("—", "—", None, 0)
    some = VisitRate(visited=7, roster=17, onsite=5)
    assert (some.missed, some.shown, some.shown_onsite, some.share) == (10, "41.1%", "29.4%", 7 / 17)
