"""The options of ``privacy``, ``consent`` and ``wipe``."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from gridapp.cli import arguments as values
from gridapp.cli import privacy
from gridapp.db.records.people import CONSENT_MEANS
from gridapp.domain.consent import SCOPES
from gridapp.i18n import _


def declare(commands: Any, group: Callable[..., Any], add: Callable[..., ArgumentParser], tabled: Any) -> None:
    """Declare the commands.

    Args:
        commands: Where.
        group: Makes a group of commands: ``group(commands, name, explanation)``.
        add: Makes a command: ``add(group, name, run, explanation)``.
        tabled: Gives a command the choice of formats.
    """
    _people(group(commands, "privacy", _("what people may ask for: see, correct, seal and delete their data")), add,
            tabled)
    _consents(group(commands, "consent", _("what people agreed to, and to what not")), add, tabled)
    wipe = add(commands, "wipe", privacy.run_wipe, _("make a file unreadable for good by destroying its keys"))
    wipe.add_argument("--keep-backups", action="store_true", help=_("leave the keys of its backups"))
    wipe.add_argument("--delete-files", action="store_true", help=_("delete the file and its backups as well"))
    wipe.add_argument("--confirm", metavar="NAME", default="", help=_("name of the file, to really do it"))


def _people(group: Any, add: Callable[..., ArgumentParser], tabled: Any) -> None:
    for name, run, explanation in (
        ("access", privacy.run_access, _("write everything held about a person, as PDF or JSON")),
        ("corrections", privacy.run_corrections, _("write what was corrected about a person, as PDF or JSON")),
    ):
        command = add(group, name, run, explanation)
        command.add_argument("person", metavar="ID")
        command.add_argument("-o", "--output", type=values.output_path, required=True)
        command.add_argument("--purpose", required=True, help=_("goes into the audit log"))
    seal = add(group, "seal", privacy.run_seal, _("seal the records of the deceased whose time has come, or one"))
    seal.add_argument("person", metavar="ID", nargs="?")
    tabled(add(group, "sealed", privacy.run_sealed, _("list the sealed records")))
    for name, run, explanation in (
        ("open", privacy.run_open, _("show what a sealed record holds")),
        ("unseal", privacy.run_unseal, _("put a sealed record back")),
    ):
        command = add(group, name, run, explanation)
        command.add_argument("person", metavar="ID")
        command.add_argument("--reason", required=True, help=_("goes into the audit log"))
    tabled(add(group, "due", privacy.run_due, _("list what is due for deletion")))
    delete = add(group, "delete", privacy.run_delete, _("delete people for good, or everything that is due"))
    delete.add_argument("person", metavar="ID", nargs="*")
    delete.add_argument("--due", action="store_true", help=_("everything whose time is over"))
    delete.add_argument("--reason", default="", help=_("why before the time is over; must not name them"))
    delete.add_argument("--yes", action="store_true", help=_("do it"))


def _consents(group: Any, add: Callable[..., ArgumentParser], tabled: Any) -> None:
    note = add(group, "add", privacy.run_consent_add, _("note what somebody agreed to or refused"))
    note.add_argument("person", metavar="ID")
    note.add_argument("--scope", required=True, help=_("what about: {words}, or a word of your own").format(
        words=", ".join(SCOPES)))  # fmt: skip
    note.add_argument("--refused", action="store_true", help=_("they refused"))
    note.add_argument("--date", type=values.day, help=_("since when, otherwise today"))
    note.add_argument("--until", type=values.day, help=_("day after the last"))
    note.add_argument("--means", choices=CONSENT_MEANS, default="", help=_("how they said so"))
    note.add_argument("--paper", default="", help=_("where the signed paper is kept"))
    note.add_argument("--wish", default="", help=_("what else was said"))
    withdraw = add(group, "withdraw", privacy.run_consent_withdraw, _("let a consent end"))
    withdraw.add_argument("id")
    withdraw.add_argument("--date", type=values.day, help=_("from when, otherwise today"))
    values.was(withdraw, "DAY", values.day_or_none)
    listing = add(group, "list", privacy.run_consent_list, _("list what somebody agreed to or refused"))
    listing.add_argument("person", metavar="ID")
    tabled(listing)
    form = add(group, "form", privacy.run_consent_form, _("print a form to sign, as PDF"))
    form.add_argument("person", metavar="ID")
    form.add_argument("--scope", required=True)
    form.add_argument("-o", "--output", type=values.output_path, required=True)
