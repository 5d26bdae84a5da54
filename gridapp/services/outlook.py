"""Foresee what an import would do to the register, row by row, before anything is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.sealing import sealed_numbers
from gridapp.i18n import _
from gridapp.ledgers.checked import Preview
from gridapp.ledgers.issues import Issue, Severity
from gridapp.progress import NullProgress, Progress
from gridapp.services.ledger_rows import RowRefused, RowStore

CONFLICT = "conflict"
_STEP = 200


@dataclass(frozen=True)
class Outlook:
    """What would become of the good rows, in the order of ``Preview.good_rows``.

    Attributes:
        outcomes: "added", "changed", "unchanged" or "conflict" of each row.
        refusals: Place in ``outcomes`` -> why that row would stay behind.
    """

    outcomes: tuple[str, ...]
    refusals: dict[int, Issue]

    @property
    def counts(self) -> Counter[str]:
        """Return how many rows have each outcome."""
        return Counter(self.outcomes)


def foresee(database: Database, preview: Preview, progress: Progress = NullProgress()) -> Outlook:
    """Return what importing a checked ledger would do; nothing is written.

    Args:
        database: The register.
        preview: The checked ledger.
        progress: Told every 200 rows.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    good = list(preview.good_rows())
    outcomes: list[str] = []
    refusals: dict[int, Issue] = {}
    with database.read_whole() as whole:
        sealed = sealed_numbers(whole)
    with database.read() as session:
        fields = [row.fields for _sheet, row in good]
        store = RowStore(session, clock.today(), fields, None, sealed)
        for place, (sheet, _row) in enumerate(good):
            if place % _STEP == 0:
                progress.advance(place, len(good), _("Comparing with the register"))
            try:
                outcomes.append(take_row(store, sheet.kind, fields[place]))
            except RowRefused as refusal:
                outcomes.append(CONFLICT)
                refusals[place] = refused_issue(refusal)
        store.let_go()
    return Outlook(tuple(outcomes), refusals)


def take_row(store: RowStore, kind: str, fields: dict[str, object]) -> str:
    """Hand a row to a store by its kind of ledger and return what became of it.

    Raises:
        RowRefused: The row must wait.
    """
    return store.store_visit(fields) if kind == "visits" else store.store_person(fields, kind)


def refused_issue(refusal: RowRefused) -> Issue:
    """Return a refusal as an issue of its row."""
    return Issue(refusal.field, refusal.code, Severity.ERROR, str(refusal))
