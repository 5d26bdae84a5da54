"""How a visit was made, and what came of it.

Source: indicators.md section 2 (codes and what makes a visit valid).
"""

from __future__ import annotations

import datetime as dt
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
