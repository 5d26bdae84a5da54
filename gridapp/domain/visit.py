"""How a visit was made, and what came of it.

Source: indicators.md section 2 (codes and what makes a visit valid).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gridapp.i18n import N_, _


class Mode(StrEnum):
    """How contact was sought."""

    ONSITE = "onsite"
    PHONE = "phone"
    VIDEO = "video"
    REMOTE = "remote"


class Outcome(StrEnum):
    """What came of it; only MET can count."""

    MET = "met"
    NOT_HOME = "not_home"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    AWAY = "away"
    HOSPITAL = "hospital"
    MOVED = "moved"
    DECEASED = "deceased"


@dataclass(frozen=True)
class NewVisit:
    """A visit as it is keyed in.

    Attributes:
        person: Key or reference of who was visited.
        day: Civil date of the visit.
        mode: "onsite", "phone", "video" or "remote".
        outcome: "met", or why not.
        worker: Key or reference of who visited, "" when not known.
        time: HH:MM or "".
        note: Free text.
        needs: What the person asks for.
        referral: To whom it was passed on.
        findings: What was looked at, by key.
    """

    person: str
    day: dt.date
    mode: str = "onsite"
    outcome: str = "met"
    worker: str = ""
    time: str = ""
    note: str = ""
    needs: str = ""
    referral: str = ""
    findings: dict[str, Any] = field(default_factory=dict, hash=False)


_MODE_TITLES = {
    Mode.ONSITE: N_("On site"),
    Mode.PHONE: N_("Phone"),
    Mode.VIDEO: N_("Video"),
    Mode.REMOTE: N_("Remote monitoring"),
}
_OUTCOME_TITLES = {
    Outcome.MET: N_("Met"),
    Outcome.NOT_HOME: N_("Nobody home"),
    Outcome.NO_ANSWER: N_("No answer"),
    Outcome.REFUSED: N_("Refused"),
    Outcome.AWAY: N_("Away"),
    Outcome.HOSPITAL: N_("In hospital"),
    Outcome.MOVED: N_("Moved away"),
    Outcome.DECEASED: N_("Deceased"),
}


def mode_title(mode: str) -> str:
    """Return a mode's name in the user's language."""
    return _(_MODE_TITLES[Mode(mode)])


def outcome_title(outcome: str) -> str:
    """Return an outcome's name in the user's language."""
    return _(_OUTCOME_TITLES[Outcome(outcome)])


FINDING_HEADS: tuple[tuple[str, str], ...] = (
    ("living", N_("Daily living")),
    ("home_safety", N_("Safety at home")),
    ("family", N_("Support by the family")),
    ("health", N_("Needs, health and mood")),
)
"""The four things to look at on a visit, by key of a visit's findings."""

_OLDER_HEADS = {"mood": N_("Mood")}
_FINDINGS = {"good": N_("Normal"), "watch": N_("Needs attention"), "low": N_("Low spirits")}


def finding_title(value: str) -> str:
    """Return what a finding says in the user's language; an unknown one as stored."""
    return _(_FINDINGS[value]) if value in _FINDINGS else value


def findings_lines(findings: Mapping[str, Any]) -> list[str]:
    """Write what was looked at, one line a head; unknown keys are shown as stored."""
    titles = {key: _(title) for key, title in (*FINDING_HEADS, *_OLDER_HEADS.items())}
    lines = []
    for key, value in findings.items():
        if key.endswith("_note"):
            continue
        remark = findings.get(f"{key}_note")
        text = finding_title(str(value)) + (f"  {remark}" if remark else "")
        lines.append(_("{head}: {finding}").format(head=titles.get(key, key), finding=text))
    return lines
