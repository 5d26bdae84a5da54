"""What to do when this computer's clock tells a day before the one its data has been brought to.

An empty battery sets a laptop's clock back by years. Figures are kept for the day they stand at: asked for an earlier
one, a city's would be counted from the facts for minutes, and they would be those of a day long gone. So the day the
data has reached stays today until the clock has caught up, and the user is told. Where instead the clock was ahead
earlier, figures are counted for the computer's day once.
"""

from __future__ import annotations

from gridapp import clock, formats
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.figures import rebuilding
from gridapp.db.figures.dues import standing_day
from gridapp.domain.changes import EVERYTHING, Changes
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress


def follow(database: Database) -> None:
    """Let today be no day before the one the figures of an open database stand at.

    Raises:
        StorageError: The file or server failed.
    """
    found = database.fetch(standing_day)
    clock.reach(found[1] if found is not None else None)


def warning() -> str:
    """Return what to say while the computer's day lies before the data's; "" while it does not."""
    if not clock.is_behind():
        return ""
    days = {"day": formats.date(clock.computers_day()), "reached": formats.date(clock.today())}
    return _(
        "This computer’s clock says {day}, but this data has already been worked with on {reached}. "
        "Check the clock. Until it is right, {reached} counts as today."
    ).format(**days)


@repeated_on_clash
def take_computers_day(database: Database, actor: str, progress: Progress = NullProgress()) -> Changes:
    """Count all figures for the computer's day, because an earlier clock had been ahead.

    What was entered for later days stays, and counts when its day has come.

    Raises:
        OperationCancelled: Nothing was written.
        StorageError: The file or server failed; nothing was written.
    """
    reached = clock.today()
    try:
        with database.write("figures.rebuild", actor, undoable=False) as unit:
            day = clock.computers_day()
            rebuilding.rebuild(unit.session, day, progress)
            clock.reach(None)  # not before, as others read meanwhile; not later: a step ends with figures of today
            return unit.changes(EVERYTHING, _("Counted all figures for {day}.").format(day=formats.date(day)))
    except BaseException:
        clock.reach(reached)
        raise
