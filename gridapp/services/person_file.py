"""What is held about one person, to hand to them: access, corrections, and a form for their consent.

Two forms of the same thing: a PDF to read, and JSON whose facts have the form
of a facts file. Each handing over is on record with its purpose.

Source: PIPL articles 44 to 46 (right to know, to copy and to correct); reference/domain.md section 6.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from gridapp import clock, formats
from gridapp.db.database import Database, Session
from gridapp.db.queries.audit import CorrectionRow, PersonEntryRow, list_corrections, list_person_entries
from gridapp.db.queries.facts import person_facts
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.residents import IntervalRow, ResidentCard, get_card
from gridapp.domain.action import action_title, stored_title
from gridapp.domain.changes import Changes
from gridapp.domain.consent import MEANS_TITLES, means_title, scope_title
from gridapp.domain.handout import Handout, HandoutKind, Stamp
from gridapp.domain.hardship import absence_title
from gridapp.domain.visit import mode_title, outcome_title
from gridapp.errors import ValidationError
from gridapp.i18n import C_, _
from gridapp.progress import NullProgress, Progress
from gridapp.reports.output import write_whole
from gridapp.reports.plain_tables import PlainDocument, PlainTable, write_plain_document
from gridapp.services.handing_out import hand_out_file

FORM = "gridapp-person/1"
SHORTEST_PURPOSE = 2
FORMS = (".pdf", ".json")


def write_access(
    database: Database, person: str, path: Path, purpose: str, actor: str, progress: Progress = NullProgress()
) -> Changes:
    """Write everything held about a person, with who looked at it; the result is the path.

    Args:
        database: Where they are.
        person: Key or reference.
        path: To write; ".pdf" to read, ".json" for a program.
        purpose: Why it is handed over; goes into the audit log.
        actor: Who hands it over.
        progress: Told as pages are made.

    Raises:
        ValidationError: No purpose, or another ending.
        NotFoundError: Unknown person, or the record is sealed.
        NotAllowedError: The account may not, or they do not belong to its area.
        StorageError: The file cannot be written; nothing is on record then.
    """
    _check(path, purpose)
    with database.read() as session:
        card, area = _card(session, person)
        entries = list_person_entries(session, person)
        facts = person_facts(session, card.person.number)
    looked = [asdict(row) | {"at": row.at.isoformat()} for row in entries]
    handout = Handout(HandoutKind.PERSON, _("What is held about you"), purpose, 1, person, "privacy.access")
    return _hand_over(
        database, handout, path, actor, lambda stamp: _access_document(card, entries, area, stamp),
        {"facts": facts, "record": looked}, progress,
    )  # fmt: skip


def write_corrections(
    database: Database, person: str, path: Path, purpose: str, actor: str, progress: Progress = NullProgress()
) -> Changes:
    """Write what was ever corrected about a person: what it was, what it is, when, by whom and why.

    Args and errors are those of ``write_access``.
    """
    _check(path, purpose)
    with database.read() as session:
        card, area = _card(session, person)
        rows = list_corrections(session, person)
    told = [asdict(row) | {"at": row.at.isoformat()} for row in rows]
    handout = Handout(HandoutKind.PERSON, _("What was corrected about you"), purpose, 1, person, "privacy.corrections")
    return _hand_over(
        database, handout, path, actor, lambda stamp: _corrections_document(card, rows, area, stamp),
        {"corrections": told}, progress,
    )  # fmt: skip


def write_consent_form(database: Database, person: str, scope: str, path: Path, actor: str) -> Changes:
    """Print a form on which a person consents to something, to sign and file.

    Raises:
        ValidationError: The path does not end in .pdf.
        NotFoundError: Unknown person, or the record is sealed.
        StorageError: The file cannot be written.
    """
    if path.suffix.lower() != ".pdf":
        raise ValidationError(_("A form is written as PDF: let the name end in .pdf."), "path")
    with database.read() as session:
        card, area = _card(session, person)
    handout = Handout(HandoutKind.PAPER, _("Consent"), _("Consent"), 1, person, "consent.print")
    return _hand_over(database, handout, path, actor, lambda stamp: _consent_document(card, scope, area, stamp))


def _card(session: Session, person: str) -> tuple[ResidentCard, str]:
    return get_card(session, person, clock.today()), load_settings(session).community_name


def _hand_over(  # noqa: PLR0913  what leaves, where to, and its two forms
    database: Database, handout: Handout, path: Path, actor: str, document: Callable[[Stamp], PlainDocument],
    content: dict[str, Any] | None = None, progress: Progress = NullProgress(),
) -> Changes:
    """Write a file about one person by the one door there is: as the document, or as JSON of the content."""

    def write(made: Path, stamp: Stamp, progress: Progress) -> int:
        if made.suffix.lower() == ".json":
            whole = {"form": FORM, "made": stamp.at.isoformat(), **(content or {})}
            write_whole(made, json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8"))
        else:
            write_plain_document(replace(document(stamp), log_mark=stamp.mark), made, progress)
        return 1

    hand_out_file(database, handout, path, actor, write, progress)
    return Changes(message=_("Wrote {file}.").format(file=path), result=str(path))


def _check(path: Path, purpose: str) -> None:
    if len(purpose.strip()) < SHORTEST_PURPOSE:
        raise ValidationError(_("Say what this is handed over for."), "purpose")
    if path.suffix.lower() not in FORMS:
        raise ValidationError(_("Let the name of the file end in .pdf or .json."), "path")


def _frame(title: str, card: ResidentCard, area: str, stamp: Stamp, **more: Any) -> PlainDocument:
    facts = [card.person.name, card.person.id_number or "", area]
    return PlainDocument(
        title, tuple(fact for fact in facts if fact), printed_by=stamp.by, printed_at=stamp.at,
        remark=_("Purpose: {purpose}").format(purpose=stamp.purpose),
        watermark=f"{stamp.by} {formats.instant(stamp.at)}", **more,
    )  # fmt: skip


def _access_document(
    card: ResidentCard, entries: Sequence[PersonEntryRow], area: str, stamp: Stamp
) -> PlainDocument:
    return _frame(
        _("What is held about you"), card, area, stamp,
        note=_("This is everything the program holds about you, and everyone who looked at it or changed it."),
        tables=(
            _two(_("You"), _who(card)),
            _dated(_("Homes"), [(row, row.title, row.note) for row in card.residencies]),
            _dated(_("Categories"), [(row, row.title, row.note) for row in card.enrolments]),
            _dated(_("Absences"), [(row, absence_title(row.what), "") for row in card.absences]),
            _dated(_("Visiting tiers"), [(row, row.what, row.note) for row in card.tiers]),
            _dated(_("Consents"), [(row, _said(row), row.note) for row in card.consents]),
            PlainTable(_("Contacts"), ((_("Name"), 40), (_("Relation"), 30), (_("Phone"), 60)),
                       [(row.name, row.relation, row.phone) for row in card.contacts], _("Nothing.")),
            PlainTable(_("Visits"), ((_("Day"), 22), (_("Way"), 20), (_("Result"), 22), (_("Visited by"), 24),
                                     (_("What was noted"), 92)), _visits(card), _("Nothing.")),
            PlainTable(_("Who looked or changed"), ((_("When"), 34), (_("Who"), 28), (_("What"), 50), (_("Why"), 40)),
                       [(formats.instant(row.at), row.actor, action_title(row.action), row.reason) for row in entries],
                       _("Nothing.")),
        ),
    )  # fmt: skip


def _who(card: ResidentCard) -> list[tuple[str, str]]:
    person = card.person
    sexes = {"F": _("Female"), "M": _("Male")}
    rows = [
        (_("Name"), person.name), (_("Sex"), sexes.get(person.sex, "")), (_("Birth date"), formats.date(person.birth)),
        (_("ID number"), person.id_number or ""), (_("Phone"), person.phone or ""),
        (_("Ethnic group"), card.ethnicity), (_("Register address"), card.register_address),
        (_("Day of death"), formats.date(person.died)), (_("Note"), card.note),
    ]  # fmt: skip
    return [row for row in rows if row[1]]


def _two(heading: str, rows: Sequence[tuple[str, str]]) -> PlainTable:
    return PlainTable(heading, ((C_("of a person", "What"), 40), (_("Entry"), 140)), rows, _("Nothing."))


def _dated(heading: str, rows: Sequence[tuple[IntervalRow, str, str]]) -> PlainTable:
    columns = ((_("From"), 24), (_("Until"), 24), (_("Entry"), 72), (_("Note"), 60))
    return PlainTable(
        heading, columns,
        [(formats.date(row.start), formats.date(row.end), title, note) for row, title, note in rows], _("Nothing."),
    )  # fmt: skip


def _said(row: IntervalRow) -> str:
    scope = scope_title(row.what)
    return _("{scope}: agreed").format(scope=scope) if row.approved else _("{scope}: refused").format(scope=scope)


def _visits(card: ResidentCard) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for row in card.visits:
        outcome = _("Taken back") if row.voided else outcome_title(row.outcome)
        noted = "；".join(part for part in (row.note, row.needs, row.referral, row.void_reason) if part)
        looked = "、".join(f"{key}: {value}" for key, value in row.findings.items())
        text = "；".join(part for part in (noted, looked) if part)
        found.append((formats.date(row.day), mode_title(row.mode), outcome, row.worker_name, text))
    return found


def _corrections_document(
    card: ResidentCard, rows: Sequence[CorrectionRow], area: str, stamp: Stamp
) -> PlainDocument:
    columns = (
        (_("When"), 32), (_("Who"), 24), (C_("of a person", "What"), 34), (_("It was"), 44), (_("It is"), 44),
        (_("Why"), 30),
    )  # fmt: skip
    return _frame(
        _("What was corrected about you"), card, area, stamp, note="",
        tables=(
            PlainTable(
                _("Corrections, newest first"), columns,
                [(formats.instant(row.at), row.actor, stored_title(row.field), row.before, row.after, row.reason)
                 for row in rows],
                _("Nothing was corrected."),
            ),
        ),
        lines=(_("What is still wrong, and what it should be:"), 4),
        sign_off=(_("Signature"), _("Date"), _("Received by")),
    )  # fmt: skip


def _consent_document(card: ResidentCard, scope: str, area: str, stamp: Stamp) -> PlainDocument:
    note = _(
        "I have been told what my data is used for and how long it is kept, that I may refuse, and that I can withdraw "
        "this consent at any time without giving a reason; then what was collected for it is deleted or sealed. For a "
        "child under 14 the guardian signs."
    )
    asked = scope_title(scope)
    return _frame(
        _("Consent"), card, area, stamp, note=note,
        tables=(_two("", [
            (_("I consent to"), "□ " + asked), (_("I do not consent to"), "□ " + asked), (_("Until"), ""),
            (_("Given"), "、".join(f"□ {means_title(means)}" for means in MEANS_TITLES)),
        ]),),
        lines=(_("Wishes:"), 3), sign_off=(_("Signature"), _("Date"), _("Paper no.")),
    )  # fmt: skip
