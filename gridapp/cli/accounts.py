"""Commands ``account`` and ``reveal``."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Any

from gridapp.cli.arguments import ask_password, opened
from gridapp.cli.output import print_json, print_rows, progress, say
from gridapp.db.queries.accounts import list_accounts
from gridapp.domain.access import ROLE_TITLES, Role
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.services import accounts, revealing
from gridapp.services.signing_in import has_accounts

NEW_PASSWORD_VARIABLE = "GRIDAPP_NEW_PASSWORD"


def run_add(arguments: Any) -> None:
    """Add an account; the first one gives the file a key of its own."""
    with opened(arguments) as database:
        password = _new_password()
        role = Role(arguments.role)
        if not database.fetch(has_accounts) and role is Role.ADMINISTRATOR:
            made, recovery = accounts.begin_accounts(database, arguments.name, password, arguments.actor, progress())
            made.close()
            say(_("Added the account {name}.").format(name=arguments.name))
            _say_recovery(recovery)
            return
        new = accounts.NewAccount(
            arguments.name, role, tuple(arguments.community or ()), arguments.worker, arguments.children
        )
        say(accounts.add_account(database, new, password, arguments.actor).message)


def run_list(arguments: Any) -> None:
    """List the accounts."""
    with opened(arguments) as database:
        rows = database.fetch(list_accounts)
    if arguments.format == "json":
        print_json([
            {"name": row.name, "role": row.role.value, "communities": row.communities, "worker": row.worker,
             "sees_children": row.sees_children, "active": row.active}
            for row in rows
        ])  # fmt: skip
        return
    shown = [
        [row.name, _(ROLE_TITLES[row.role]), " ".join(row.communities), row.worker, _("yes") if row.active else _("no")]
        for row in rows
    ]
    print_rows(arguments.format, [_("Name"), _("Role"), _("Communities"), _("Worker"), _("May sign in")], shown)


def run_password(arguments: Any) -> None:
    """Change a password."""
    with opened(arguments) as database:
        name = arguments.name or database.principal.name
        old = ask_password() if name == database.principal.name else None
        say(accounts.change_password(database, name, old, _new_password(), arguments.actor).message)


def run_children(arguments: Any) -> None:
    """Let an account see records of children, or no longer.

    There is no ``--was``: of yes and no, whoever says one saw the other, and
    finding it said already overwrites nothing.
    """
    with opened(arguments) as database:
        sees = arguments.sees == "yes"
        say(accounts.name_for_children(database, arguments.name, sees, arguments.actor).message)


def run_remove(arguments: Any) -> None:
    """Shut an account out."""
    with opened(arguments) as database:
        say(accounts.remove_account(database, arguments.name, arguments.actor).message)


def run_recovery(arguments: Any) -> None:
    """Make a new recovery key."""
    with opened(arguments) as database:
        changes = accounts.renew_recovery(database, arguments.actor)
    _say_recovery(str(changes.result))


def run_rekey(arguments: Any) -> None:
    """Give the file a new key."""
    with opened(arguments) as database:
        accounts.rekey(database, arguments.actor, progress()).close()
    say(_("The file has a new key; every account opens it as before."))


def run_reveal(arguments: Any) -> None:
    """Show what is masked of one person, and note why."""
    with opened(arguments) as database:
        found = revealing.reveal(database, arguments.person, arguments.reason, arguments.actor).result
    values = {
        "name": found.name, "id_number": found.id_number, "phone": found.phone, "address": found.address,
        "register_address": found.register_address, "contacts": [list(contact) for contact in found.contacts],
    }  # fmt: skip
    if arguments.format == "json":
        print_json(values)
    else:
        for key in ("name", "id_number", "phone", "address", "register_address"):
            say(str(values[key]))


def _new_password() -> str:
    given = os.environ.get(NEW_PASSWORD_VARIABLE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise ValidationError(_("Give the new password in {name}.").format(name=NEW_PASSWORD_VARIABLE))
    first, second = getpass.getpass(_("New password: ")), getpass.getpass(_("The same again: "))
    if first != second:
        raise ValidationError(_("The two passwords differ."))
    return first


def _say_recovery(recovery: str) -> None:
    if recovery:
        say(_("Recovery key: {key}").format(key=recovery))
        say(_("Print it and lock it away. It opens the file when nobody remembers a password, and is not shown again."))

