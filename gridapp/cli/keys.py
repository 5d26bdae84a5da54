"""Commands ``key show`` and ``key move``."""

from __future__ import annotations

from typing import Any

from gridapp.cli.output import say
from gridapp.db import keyfile
from gridapp.i18n import _
from gridapp.services import key_place


def run_show(_arguments: Any) -> None:
    """Say where the key of databases without accounts lies, never the key."""
    if key_place.place() == key_place.KEYRING:
        say(_("In the system’s keyring, named by {path}.").format(path=keyfile.key_path()))
    else:
        say(_("In the file {path}.").format(path=keyfile.key_path()))
    say(key_place.advice())


def run_move(arguments: Any) -> None:
    """Move the key into the system's keyring, or back into its file."""
    say(key_place.move_key(arguments.to))
