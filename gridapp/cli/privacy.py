"""Commands ``privacy``, ``consent`` and ``wipe``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from gridapp import clock, formats
from gridapp.cli.arguments import opened
from gridapp.cli.output import print_json, print_rows, progress, say, say_error
from gridapp.db.queries.residents import get_card
from gridapp.db.queries.retention import list_due_for_deletion
from gridapp.domain.consent import means_title, scope_title
from gridapp.domain.retention import RULE_TITLES
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.services import consents, person_file, retention, sealing, wiping

REFUSED = 1


def run_access(arguments: Any) -> None:
    """Write everything held about a person."""
    with opened(arguments) as database:
        given = arguments.person, arguments.output, arguments.purpose, arguments.actor
        say(person_file.write_access(database, *given, progress()).message)


def run_corrections(arguments: Any) -> None:
    """Write what was corrected about a person."""
    with opened(arguments) as database:
        given = arguments.person, arguments.output, arguments.purpose, arguments.actor
        say(person_file.write_corrections(database, *given, progress()).message)


def run_seal(arguments: Any) -> None:
    """Seal one record, or all whose time has come."""
    with opened(arguments) as database:
        if arguments.person:
            say(sealing.seal_record(database, arguments.person, arguments.actor).message)
            return
        changes = sealing.seal_due(database, arguments.actor)
    say(changes.message or _("No record is to be sealed."))


def run_sealed(arguments: Any) -> None:
    """List the sealed records, names masked."""
    with opened(arguments) as database:
        rows = sealing.list_sealed(database)
    if arguments.format == "json":
        print_json([
            asdict(row) | {"at": row.at.isoformat(), "died": row.died.isoformat() if row.died else None} for row in rows
        ])  # fmt: skip
        return
    print_rows(
        arguments.format, [_("Id"), _("Name"), _("Day of death"), _("Sealed"), _("Who")],
        [[row.id, row.name, formats.date(row.died), formats.instant(row.at), row.by] for row in rows],
    )  # fmt: skip


def run_open(arguments: Any) -> None:
    """Show what a sealed record holds, and note why."""
    with opened(arguments) as database:
        found = sealing.open_sealed(database, arguments.person, arguments.reason, arguments.actor).result
    print_json(asdict(found))


def run_unseal(arguments: Any) -> None:
    """Put a sealed record back."""
    with opened(arguments) as database:
        say(sealing.unseal(database, arguments.person, arguments.reason, arguments.actor).message)


def run_due(arguments: Any) -> None:
    """List what is due for deletion."""
    with opened(arguments) as database:
        due = database.fetch(list_due_for_deletion, clock.today())
    if arguments.format == "json":
        people = [
            {"id": row.id, "name": row.name, "rule": row.rule.value, "since": row.since.isoformat(),
             "due": row.due.isoformat()}
            for row in due.people
        ]  # fmt: skip
        print_json({"people": people, "waiting": due.waiting, "drafts": due.drafts, "entries": due.entries})
        return
    print_rows(
        arguments.format, [_("Id"), _("Name"), _("Why"), _("Since"), _("Due")],
        [[row.id, row.name, _(RULE_TITLES[row.rule]), formats.date(row.since), formats.date(row.due)]
         for row in due.people],
    )  # fmt: skip
    say(due_sentence(due))


def due_sentence(due: retention.DueForDeletion) -> str:
    """Return how much is due for deletion, as a sentence."""
    return _(
        "Due for deletion: {people} people, {waiting} waiting rows, {drafts} drafts, {entries} old entries of the log."
    ).format(people=len(due.people), waiting=due.waiting, drafts=due.drafts, entries=due.entries)


def run_delete(arguments: Any) -> int:
    """Delete people named, or everything that is due."""
    if bool(arguments.person) == arguments.due:
        raise ValidationError(_("Name the people to delete, or give --due for everything whose time is over."))
    with opened(arguments) as database:
        begun = clock.now()
        if not arguments.yes:
            say(due_sentence(database.fetch(list_due_for_deletion, clock.today())))
            say_error(_("Nothing was deleted yet; it cannot be taken back. Add --yes to delete."))
            return REFUSED
        if arguments.due:
            changes = retention.delete_all_due(database, arguments.actor, progress())
        else:
            changes = retention.delete_people(
                database, arguments.person, arguments.actor, arguments.reason, progress()
            )
        say(changes.message)
        if isinstance(changes.result, dict):
            print_json(changes.result)
        say(retention.copies_sentence(retention.held_copies(database, begun)))
    return 0


def run_consent_add(arguments: Any) -> None:
    """Note what somebody consented to or refused."""
    new = consents.NewConsent(
        arguments.scope, not arguments.refused, arguments.date or clock.today(), arguments.until, arguments.means,
        arguments.paper, arguments.wish,
    )  # fmt: skip
    with opened(arguments) as database:
        changes = consents.record_consent(database, arguments.person, new, arguments.actor)
    say(changes.message)
    say(str(changes.result))


def run_consent_withdraw(arguments: Any) -> None:
    """Let a consent end; with ``--was`` only if it ends when it was seen to end."""
    seen = None if arguments.was is None else {"end": arguments.was[0]}
    with opened(arguments) as database:
        day = arguments.date or clock.today()
        say(consents.withdraw_consent(database, arguments.id, day, arguments.actor, seen).message)


def run_consent_list(arguments: Any) -> None:
    """List what a person consented to or refused."""
    with opened(arguments) as database:
        rows = database.fetch(get_card, arguments.person, clock.today()).consents
    if arguments.format == "json":
        print_json([
            asdict(row) | {"start": row.start.isoformat(), "end": row.end.isoformat() if row.end else None}
            for row in rows
        ])  # fmt: skip
        return
    print_rows(
        arguments.format,
        [_("Id"), _("About"), _("Answer"), _("From"), _("Until"), _("How"), _("Paper no."), _("Note")],
        [
            [row.id, scope_title(row.what), _("agreed") if row.approved else _("refused"), formats.date(row.start),
             formats.date(row.end), means_title(row.means), row.paper, row.note]
            for row in rows
        ],
    )  # fmt: skip


def run_consent_form(arguments: Any) -> None:
    """Print a form to sign."""
    with opened(arguments) as database:
        given = arguments.person, arguments.scope, arguments.output, arguments.actor
        say(person_file.write_consent_form(database, *given).message)


def run_wipe(arguments: Any) -> int:
    """Say what would be destroyed; with the file's name typed, destroy it."""
    with opened(arguments) as database:
        plan = wiping.plan_wipe(database, not arguments.keep_backups, arguments.delete_files)
        if not arguments.confirm:
            for place in (*plan.rings, *plan.key_files, *plan.leftovers, *plan.files):
                say(f"  {place}")
            say_error(
                _("Nothing was destroyed yet; it cannot be taken back. Add --confirm {name} to destroy all of it.")
                .format(name=Path(database.location).name)
            )  # fmt: skip
            return REFUSED
        for sentence in wiping.wipe(database, plan, arguments.confirm):
            say(sentence)
    return 0
