"""Who writes the invented records down: keys and stamps that repeat for a seed."""

from __future__ import annotations

import datetime as dt
from random import Random

from gridapp.domain.keys import uuid7

AUTHOR = "demo"
_OPENS = 30 * 60  # 08:30 in UTC+8 is 00:30 UTC [s]
_OPEN_FOR = 9 * 3600


def iso_instant(moment: dt.datetime) -> str:
    """Write a UTC instant the way facts files do, always with microseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Clerk:
    """Maker of keys and stamps out of days and a seed; never asks the time."""

    def __init__(self, seed: str, today: dt.date) -> None:
        self.random = Random(seed)
        self.today = today

    def moment(self, day: dt.date) -> dt.datetime:
        """Return an instant in office hours of a day, in UTC; early in the morning of today."""
        seconds = self.random.randrange(_OPEN_FOR) if day < self.today else self.random.randrange(60)
        midnight = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
        return midnight + dt.timedelta(seconds=_OPENS + seconds, milliseconds=self.random.randrange(1000))

    def identified(self, day: dt.date) -> tuple[str, dict[str, str]]:
        """Return a key and the stamps of the same instant."""
        moment = self.moment(min(day, self.today))
        return str(uuid7(moment, self.random)), {"created": iso_instant(moment), "created_by": AUTHOR}
