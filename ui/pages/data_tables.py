"""The two lists of the data screen: imports, and everything that was done."""

from __future__ import annotations

import datetime as dt
from operator import attrgetter
from typing import Any

from PySide6.QtWidgets import QWidget

from gridapp import formats
from gridapp.db.queries.handouts import HandoutRow
from gridapp.db.queries.journal import BatchRow, OperationRow
from gridapp.domain.action import action_title
from gridapp.domain.handout import KIND_TITLES
from gridapp.i18n import C_, _
from ui.models.row_table_model import RIGHT, Column, Tone
from ui.pages import data_words as words
from ui.widgets.data_table import DataTable


class BatchesTable(DataTable[BatchRow]):
    """Imported files, newest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        columns: list[Column[BatchRow]] = [
            Column("at", C_("data", "When"), _at, _instant, priority=2, width_chars=8, tone=_batch_tone),
            Column("file", _("File"), _file, priority=1, width_chars=10, stretch=True, strong=True, tone=_batch_tone),
            Column("kind", C_("data", "Holds"), _kind, priority=4, width_chars=6, tone=_batch_tone),
            Column("added", C_("data", "Added"), _added, _count, RIGHT, priority=3, width_chars=3),
            Column("changed", C_("data", "Changed"), _changed, _count, RIGHT, priority=5, width_chars=3),
            Column("unchanged", C_("data", "Known before"), _unchanged, _count, RIGHT, priority=6, width_chars=4),
            Column("waiting", C_("data", "Waiting"), _waiting, _count, RIGHT, priority=1, width_chars=4,
                   tone=_waiting_tone),
            Column("state", C_("data", "State"), _state, priority=2, width_chars=4, tone=_batch_tone),
            Column("by", C_("data", "By"), _by, priority=7, width_chars=4, tone=_batch_tone),
        ]  # fmt: skip
        super().__init__(columns, _("Imports"), key="data_batches", parent=parent)
        self.set_empty_state("upload", _("Nothing was imported yet. Choose a file, or drop one on the window."),
                             _("Import…"))


class OperationsTable(DataTable[OperationRow]):
    """Everything that was done, newest first; nothing here can be changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        columns: list[Column[OperationRow]] = [
            Column("at", C_("data", "When"), _at, _instant, priority=1, width_chars=8, tone=_done_tone),
            Column("actor", C_("data", "Who"), _actor, priority=2, width_chars=5, tone=_done_tone),
            Column("action", C_("data", "What"), _action, priority=1, width_chars=8, strong=True, tone=_done_tone),
            Column("detail", C_("data", "Particulars"), _detail, priority=3, width_chars=10, stretch=True,
                   tone=_done_tone),
            Column("state", C_("data", "State"), _undone, priority=2, width_chars=4, tone=_done_tone),
        ]  # fmt: skip
        super().__init__(columns, _("What was done"), key="data_operations", parent=parent)
        self.set_empty_state("history", _("Nothing was done yet."))


class HandoutsTable(DataTable[HandoutRow]):
    """What was printed, exported and copied, newest first; nothing here can be changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        columns: list[Column[HandoutRow]] = [
            Column("at", C_("data", "When"), attrgetter("at"), _instant, priority=1, width_chars=8),
            Column("actor", C_("data", "Who"), attrgetter("actor"), priority=1, width_chars=5),
            Column("kind", C_("data", "What"), _handout_kind, priority=4, width_chars=5),
            Column("title", _("Title"), attrgetter("title"), priority=2, width_chars=8, stretch=True, strong=True),
            Column("people", _("People"), attrgetter("people"), _count, RIGHT, priority=2, width_chars=3),
            Column("purpose", _("Purpose"), attrgetter("purpose"), priority=1, width_chars=8),
            Column("place", _("Where"), attrgetter("place"), priority=3, width_chars=8),
        ]
        super().__init__(columns, _("What was printed and exported"), key="data_handouts", parent=parent)
        self.set_empty_state("printer", _("Nothing was printed or exported yet."))


def _handout_kind(row: HandoutRow) -> str:
    return _(KIND_TITLES[row.kind])


def _instant(moment: Any) -> str:
    return formats.instant(moment)


def _count(number: Any) -> str:
    return formats.count(number) if number else ""


def _at(row: BatchRow | OperationRow) -> dt.datetime:
    return row.at


def _file(row: BatchRow) -> str:
    return row.file_name


def _kind(row: BatchRow) -> str:
    return words.kinds_text(row.kind)


def _added(row: BatchRow) -> int:
    return row.counts.get("added", 0)


def _changed(row: BatchRow) -> int:
    return row.counts.get("changed", 0)


def _unchanged(row: BatchRow) -> int:
    return row.counts.get("unchanged", 0)


def _waiting(row: BatchRow) -> int:
    return row.waiting


def _state(row: BatchRow) -> str:
    return _("Taken back") if row.undone else ""


def _by(row: BatchRow) -> str:
    return row.by


def _batch_tone(row: BatchRow) -> Tone | None:
    return "muted" if row.undone else None


def _waiting_tone(row: BatchRow) -> Tone | None:
    return "warning" if row.waiting else None


def _actor(row: OperationRow) -> str:
    return row.actor


def _action(row: OperationRow) -> str:
    return action_title(row.action)


def _detail(row: OperationRow) -> str:
    return words.detail_text(row.action, row.detail)


def _undone(row: OperationRow) -> str:
    return _("Taken back") if row.undone else ""


def _done_tone(row: OperationRow) -> Tone | None:
    return "muted" if row.undone else None
