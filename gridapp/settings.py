"""Every setting of a database, declared once.

A setting is stored in the database, shown beside the figures it decides and
printed on every report. The settings screen is built from this list.

Source: indicators.md sections 2 to 4 (values marked "setting").
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gridapp.errors import ValidationError
from gridapp.i18n import N_, _


def _setting(default: Any, label: str, explanation: str, **limits: Any) -> Any:
    return field(default=default, metadata={"label": label, "explanation": explanation, **limits})


@dataclass(frozen=True)
class Settings:
    """Values that decide figures or mark the database; field names are the stored keys."""

    valid_modes: tuple[str, ...] = _setting(
        ("onsite", "phone", "video"),
        N_("Ways of visiting that count"),
        N_("A visit counts when the person was met in one of these ways. Remote monitoring alone does not."),
        choices=("onsite", "phone", "video", "remote"),
    )
    child_modes: tuple[str, ...] = _setting(
        ("onsite",),
        N_("Ways of visiting children that count"),
        N_("For the quarterly rosters of scattered orphans and children with no one to raise them."),
        choices=("onsite", "phone", "video", "remote"),
    )
    join_day: int = _setting(
        20,
        N_("Last day to join a month's roster"),
        N_("Whoever joins later is listed as new and counts from the next month."),
        minimum=1,
        maximum=28,
    )
    tier_a_days: int = _setting(
        7,
        N_("Days between visits in tier A"),
        N_("Tiers B and C are due every month and quarter."),
        minimum=1,
        maximum=31,
    )
    target_percent: int = _setting(
        100,
        N_("Target of the monthly visit rate"),
        N_("In percent; the binding target is 100."),
        minimum=1,
        maximum=100,
    )
    audit_months: int = _setting(
        36,
        N_("Months the audit log is kept"),
        N_("Six months at least, as the law asks. What is older may be let go."),
        group="privacy",
        minimum=6,
        maximum=240,
    )
    seal_months: int = _setting(
        6,
        N_("Months until the record of somebody who died is sealed"),
        N_("From then on no list, search or export shows it; past figures stay. 0 seals at once."),
        group="privacy",
        minimum=0,
        maximum=60,
    )
    sealed_readers: tuple[str, ...] = _setting(
        ("administrator",),
        N_("Who may open a sealed record"),
        N_("For a reason that goes into the audit log. Without accounts, whoever uses this computer."),
        group="privacy",
        choices=("committee", "supervisor", "administrator"),
    )
    keep_dead_years: int = _setting(
        5,
        N_("Years a record is kept after a death"),
        N_("After that it is listed as due for deletion."),
        group="privacy",
        minimum=1,
        maximum=50,
    )
    keep_moved_years: int = _setting(
        3,
        N_("Years a record is kept after somebody moved away"),
        N_("After that it is listed as due for deletion."),
        group="privacy",
        minimum=1,
        maximum=50,
    )
    keep_waiting_months: int = _setting(
        12,
        N_("Months that rows waiting in the inbox and drafts are kept"),
        N_("After that they are listed as due for deletion."),
        group="privacy",
        minimum=1,
        maximum=120,
    )
    child_age: int = _setting(
        14,
        N_("Age up to which somebody is a child"),
        N_("Whoever is younger is shown only to accounts that may see children. The law says 14."),
        group="privacy",
        minimum=0,
        maximum=18,
    )
    backup_folder: str = _setting(
        "",
        N_("Second place for backups"),
        N_("A folder on a USB stick or another disk. When it is there, each backup is copied to it too."),
    )
    lock_minutes: int = _setting(
        10,
        N_("Minutes until the screen locks"),
        N_("With accounts: when nobody does anything for so long, somebody must sign in again."),
        minimum=1,
        maximum=120,
    )
    community_name: str = _setting("", N_("Name on printed pages"), N_("Empty: the name of the community."))
    demo: bool = _setting(False, N_("Demonstration data"), N_("Marks a database of invented people."), hidden=True)


DEFAULTS = Settings()


def declared() -> dict[str, dataclasses.Field[Any]]:
    """Return every declared setting by key."""
    return {item.name: item for item in dataclasses.fields(Settings)}


def from_stored(stored: Mapping[str, Any]) -> Settings:
    """Build settings from stored JSON values; keys this version does not know are left alone."""
    known = declared()
    values: dict[str, Any] = {}
    for key in known.keys() & stored.keys():
        values[key] = tuple(stored[key]) if isinstance(stored[key], list) else stored[key]
    return Settings(**values)


def check(key: str, value: Any) -> Any:
    """Return a value in its stored form if the setting accepts it.

    Raises:
        ValidationError: Unknown key, wrong type, or outside the limits.
    """
    item = declared().get(key)
    if item is None:
        raise ValidationError(_("There is no setting “{key}”.").format(key=key), key)
    default, limits = item.default, item.metadata
    if isinstance(default, tuple):
        accepted = isinstance(value, (list, tuple)) and bool(value) and all(word in limits["choices"] for word in value)
        value = [choice for choice in limits["choices"] if choice in value] if accepted else value
    elif isinstance(default, str):
        accepted = isinstance(value, str) and "\x00" not in value and value.isprintable()
    elif isinstance(default, bool):
        accepted = isinstance(value, bool)
    else:
        accepted = type(value) is int and limits["minimum"] <= value <= limits["maximum"]
    if not accepted:
        shown = json.dumps(value, ensure_ascii=False, default=str)
        text = _("{value} is not possible for “{label}”.").format(value=shown, label=_(limits["label"]))
        raise ValidationError(f"{text} {_wanted(item)}", key)
    return value


def _wanted(item: dataclasses.Field[Any]) -> str:
    """Return what a setting accepts, as a sentence."""
    limits = item.metadata
    if "choices" in limits:
        return _("Give one or more of: {choices}.").format(choices=", ".join(limits["choices"]))
    if isinstance(item.default, str):
        return _("Give one line of text.")
    if isinstance(item.default, bool):
        return _("Give true or false.")
    return _("Give a whole number between {least} and {most}.").format(least=limits["minimum"], most=limits["maximum"])
