"""Facts documents for tests: small ones by hand, random lives by hypothesis. All people are invented."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from gridapp.db.database import Database
from gridapp.db.queries.facts import read_facts
from gridapp.domain.identity import check_digit
from gridapp.services.projects import open_database

GOLDEN = Path(__file__).parent / "golden" / "visit_rate.json"
SCHEMA = "gridapp-facts/1"
COMMUNITY = "990101001001"
OTHER_COMMUNITY = "990101001002"
GRIDS = (f"{COMMUNITY}001", f"{COMMUNITY}002", f"{OTHER_COMMUNITY}001")
DEFAULT_COUNTING = (
    "living_alone",
    "empty_nest",
    "left_behind",
    "disabled_capacity",
    "severe_disability",
    "family_planning_special",
)
Document = dict[str, Any]


@cache
def golden() -> Document:
    """The worked cases of the visit rate."""
    return json.loads(GOLDEN.read_text("utf-8"))


@cache
def _template() -> Path:
    """An empty database, made once: migrating costs more than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="gridapp-template-"))
    open_database(folder / "empty.db", encrypt=False).close()
    return folder / "empty.db"


def plain_database(folder: Path, name: str = "plain.db") -> Database:
    """Open a new unencrypted database with nobody in it."""
    path = folder / name
    shutil.copyfile(_template(), path)
    return open_database(path, encrypt=False)


def contents(database: Database) -> str:
    """Fingerprint of everything a facts export would write."""
    text = json.dumps(database.fetch(read_facts), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def id_number(birth: str = "19400501", sequence: int = 12, county: str = "990101") -> str:
    """A well-formed ID number of a county that does not exist; an even sequence is a woman's."""
    body = f"{county}{birth}{sequence:03d}"
    return body + check_digit(body)


def person(ident: str, **more: Any) -> Document:
    return {
        "id": ident,
        "name": f"示例{ident}",
        "sex": "F",
        "birth": "1940-05-01",
        "id_number": None,
        "died": None,
    } | more


def home(who: str, grid: str = GRIDS[0], start: str = "2025-01-01", end: str | None = None, **more: Any) -> Document:
    return {"person": who, "grid": grid, "start": start, "end": end} | more


def enrolment(who: str, category: str = "living_alone", start: str = "2025-01-01", end: str | None = None) -> Document:
    return {"person": who, "category": category, "start": start, "end": end}


def visit(ident: str, who: str, day: str, mode: str = "onsite", outcome: str = "met", **more: Any) -> Document:
    return {
        "id": ident,
        "person": who,
        "date": day,
        "mode": mode,
        "outcome": outcome,
        "worker": "w1",
        "voided": False,
    } | more


def document(people: Iterable[str] = ("p1", "p2", "p3"), **more: Any) -> Document:
    """Two communities, three grids, two workers; the people named live alone in the first grid since 2025."""
    people = list(people)
    return {
        "schema": SCHEMA,
        "communities": [{"code": COMMUNITY, "name": "示例社区"}, {"code": OTHER_COMMUNITY, "name": "邻近社区"}],
        "grids": [
            {"code": code, "name": f"第{place}网格", "valid_from": "2025-01-01", "valid_to": None}
            for place, code in enumerate(GRIDS, 1)
        ],
        "workers": [
            {
                "id": f"w{place}",
                "name": f"网格员{place}",
                "grid": code,
                "role": "full_time",
                "start": "2025-01-01",
                "end": None,
            }
            for place, code in enumerate(GRIDS[:2], 1)
        ],
        "persons": [person(who) for who in people],
        "residencies": [home(who) for who in people],
        "enrolments": [enrolment(who) for who in people],
        "absences": [],
        "visits": [],
    } | more


# ---- random lives ----------------------------------------------------------------------------------------------------

FIRST, LAST = dt.date(2025, 11, 1), dt.date(2026, 8, 31)
_TELLING_DAYS = (1, 2, 10, 15, 19, 20, 21, 22, 28)
TELLING = sorted(
    {
        dt.date(year, month, day)
        for year, month in [(2025, 11), (2025, 12), *((2026, m) for m in range(1, 9))]
        for day in _TELLING_DAYS
    }
    | {dt.date(2026, m, 1) - dt.timedelta(days=1) for m in range(1, 9)}
)
"""Days where figures change their mind: ends and beginnings of months, the joining day and its neighbours."""

days = st.sampled_from(TELLING)
CATEGORIES = (
    "living_alone",
    "empty_nest",
    "severe_disability",
    "dementia",
    "advanced_age",
    "scattered_orphan",
    "unsupported_child",
    "widowed",
)
KINDS = {"scattered_orphan": "child", "unsupported_child": "child"}


def _interval(draw: st.DrawFn) -> dict[str, str | None]:
    start = draw(days)
    length = draw(st.sampled_from((None, None, 1, 2, 9, 11, 28, 31, 59, 120)))
    return {
        "start": start.isoformat(),
        "end": None if length is None else (start + dt.timedelta(days=length)).isoformat(),
    }


@st.composite
def homes(draw: st.DrawFn, who: str) -> list[Document]:
    """Residencies that never overlap: touching moves, gaps, away and back."""
    cuts = sorted(draw(st.sets(days, max_size=5)) | {dt.date(2025, 6, 1)})
    places = draw(st.lists(st.sampled_from((None, *GRIDS, GRIDS[0])), min_size=len(cuts), max_size=len(cuts)))
    found = []
    for place, (start, grid) in enumerate(zip(cuts, places, strict=True)):
        end = cuts[place + 1].isoformat() if place + 1 < len(cuts) else None
        if grid is not None:
            found.append(home(who, grid, start.isoformat(), end))
    return found


@st.composite
def lives(draw: st.DrawFn, most: int = 5) -> Document:
    """A facts document of a few people whose lives cross every rule of indicators.md."""
    facts = document(people=())
    counting = draw(st.sets(st.sampled_from(CATEGORIES), min_size=2))
    facts["categories"] = [
        {"code": code, "name": code, "kind": KINDS.get(code, "hardship"), "counts": code in counting}
        for code in CATEGORIES
    ] + [{"code": code, "kind": "hardship", "counts": False} for code in DEFAULT_COUNTING if code not in CATEGORIES]
    facts["settings"] = {
        "valid_modes": draw(st.sampled_from((["onsite", "phone", "video"], ["onsite"], ["phone", "remote"]))),
        "child_modes": draw(st.sampled_from((["onsite"], ["onsite", "phone"]))),
        "join_day": draw(st.sampled_from((20, 20, 1, 10, 28))),
    }
    facts["workers"] = [_worker(draw, f"w{place}") for place in range(1, 4)]
    for place in range(draw(st.integers(1, most))):
        _add_life(draw, facts, f"p{place}")
    return facts


def _worker(draw: st.DrawFn, ident: str) -> Document:
    posts = [
        {
            "grid": draw(st.sampled_from(GRIDS)),
            "role": draw(st.sampled_from(("full_time", "professional", "part_time"))),
            **({"duty": "manager"} if draw(st.booleans()) else {}),
            **_interval(draw),
        }
        for _ in range(draw(st.integers(1, 2)))
    ]
    return {"id": ident, "name": f"网格员{ident}", **posts[0], "assignments": posts[1:]}


def _add_life(draw: st.DrawFn, facts: Document, who: str) -> None:
    died = draw(st.sampled_from((None, None, None, *TELLING[20:60:7])))
    facts["persons"].append(
        person(
            who,
            died=died and died.isoformat(),
            birth=draw(st.sampled_from(("1940-05-01", "1946-03-15", "2015-01-01", None))),
        )
    )
    facts["residencies"] += draw(homes(who))
    for _ in range(draw(st.integers(1, 4))):
        facts["enrolments"].append({"person": who, "category": draw(st.sampled_from(CATEGORIES)), **_interval(draw)})
    for _ in range(draw(st.integers(0, 2))):
        facts["absences"].append(
            {
                "person": who,
                "reason": draw(st.sampled_from(("hospital", "institution", "away", "missing"))),
                "approved": draw(st.booleans()),
                **_interval(draw),
            }
        )
    if draw(st.integers(0, 3)) == 0:
        facts.setdefault("tiers", []).append(
            {"person": who, "tier": draw(st.sampled_from("ABC")), "reason": "示例", **_interval(draw)}
        )
    last = died or LAST
    for _ in range(draw(st.integers(0, 5))):
        day = min(draw(days), last)
        facts["visits"].append(
            visit(
                f"v{len(facts['visits'])}",
                who,
                day.isoformat(),
                draw(st.sampled_from(("onsite", "onsite", "phone", "video", "remote"))),
                draw(st.sampled_from(("met", "met", "met", "not_home", "no_answer", "refused", "moved"))),
                voided=draw(st.integers(0, 4)) == 0,
            )
        )
