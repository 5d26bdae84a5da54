"""Commands ``demo`` and ``facts``."""

from __future__ import annotations

from functools import partial
from typing import Any

from gridapp.cli.arguments import opened
from gridapp.cli.handouts import take_out
from gridapp.cli.output import progress, say
from gridapp.demo import DEFAULT_SEED
from gridapp.domain.handout import KIND_TITLES, HandoutKind
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.services import city_demo, demo, facts


def run_demo(arguments: Any) -> None:
    """Fill an empty database with invented people."""
    seed = DEFAULT_SEED if arguments.seed is None else arguments.seed
    if arguments.size == "city":
        # A city that was stopped stays, to be continued.
        with opened(arguments, create=True, leave=city_demo.is_unfinished) as database:
            say(city_demo.create_city(database, seed, "demo", progress(), arguments.visits).message)
        return
    if arguments.visits is not None:
        raise ValidationError(_("Only a demonstration of size city takes a number of visits."), "visits")
    with opened(arguments, create=True) as database:
        say(demo.create_demo(database, arguments.size, seed, "demo", progress()).message)


def run_import(arguments: Any) -> None:
    """Add everything in a facts file."""
    facts.check_facts_file(arguments.file)  # before a new database is made for a file that is none
    with opened(arguments, create=True) as database:
        say(facts.import_facts_file(database, arguments.file, arguments.actor, progress()).message)


def run_export(arguments: Any) -> None:
    """Write the whole database to a facts file."""
    with opened(arguments) as database:
        write = partial(facts.write_facts, database)
        title = _(KIND_TITLES[HandoutKind.FACTS])
        count = take_out(arguments, database, HandoutKind.FACTS, title, arguments.file, write)
    say(_("Wrote {count} objects to {file}.").format(count=count, file=arguments.file))
