"""Check the figures kept beside the facts, and count them again."""

from __future__ import annotations

from gridapp import clock
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.figures import rebuilding, verifying
from gridapp.db.figures.verifying import Difference
from gridapp.domain.changes import EVERYTHING, Changes
from gridapp.domain.period import Month
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

__all__ = ["Difference", "rebuild_figures", "verify_figures"]


def verify_figures(
    database: Database, month: Month | None = None, progress: Progress = NullProgress()
) -> list[Difference]:
    """Compare the figures kept with the facts, one month at a time.

    Args:
        database: Where.
        month: Only this month; None takes all that are kept.
        progress: Told per month.

    Returns:
        Every difference, none when all is well. A month that is not kept has none: it is counted when asked for.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    with database.read() as session:
        found = verifying.compare_basis(session)
        months = [one for one in verifying.kept_months(session) if month in (None, one)]
    for place, one in enumerate(months):
        progress.advance(place, len(months), _("Comparing {month}").format(month=one))
        found += database.fetch(verifying.compare_month, one)
        if place == len(months) - 1 and one == database.fetch(verifying.kept_months)[-1]:
            found += database.fetch(verifying.compare_dues)
    progress.advance(1, 1)
    return found


@repeated_on_clash
def rebuild_figures(database: Database, actor: str, progress: Progress = NullProgress()) -> Changes:
    """Count all figures from the facts again.

    Raises:
        OperationCancelled: Nothing was written.
        StorageError: The file or server failed; nothing was written.
    """
    with database.write("figures.rebuild", actor, undoable=False) as unit:
        rebuilding.rebuild(unit.session, clock.today(), progress)
        return unit.changes(EVERYTHING, _("Counted all figures again."))
