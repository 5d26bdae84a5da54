"""What the residents screen asks for, put together from the shared queries; free of Qt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gridapp.db.queries.choices import are_many
from gridapp.db.queries.people import describe_people, list_categories
from gridapp.db.queries.places import list_communities, list_offered_grids
from gridapp.db.queries.references import get_resident
from gridapp.db.queries.residents import ResidentFilter, count_residents, list_residents
from gridapp.db.queries.roster_pages import read_people_page
from gridapp.db.queries.values import CategoryRow, CommunityRow, GridRow, PeopleWish, PersonRow
from gridapp.domain.handout import Stamp
from gridapp.errors import NotFoundError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from ui.pages.residents_words import copied_value

if TYPE_CHECKING:
    from gridapp.db.database import Database, Session

EXPORT_STEP = 500
"""People read at a time while a list is written to a file."""

EXPORTED_AT_MOST = 1_000_000
"""People a search may write to a file; an Excel sheet has no room for more."""

SEPARATED, HARDSHIP, EVERYONE = "separated", "hardship", "all"


@dataclass(frozen=True)
class ListExport:
    """A list of people as it is seen.

    Attributes:
        columns: Key and heading of each column in sight.
        names: Category code -> name.
        people: The people, or the filter that finds them.
        day: The day addresses and categories are taken from.
        caption: Line above the headings of a workbook.
    """

    columns: tuple[tuple[str, str], ...]
    names: Mapping[str, str]
    people: tuple[PersonRow, ...] | ResidentFilter | PeopleWish
    day: dt.date
    caption: str = ""


@dataclass(frozen=True)
class Choices:
    """What the filters and forms offer.

    Attributes:
        categories: All categories in their order.
        grids: Grids that exist on the day, named with their community where there are several; none where they are
            too many.
        communities: All of them, where the grids are listed.
        has_more: Whether they are too many; they are found by a part of their name.
    """

    categories: tuple[CategoryRow, ...] = ()
    grids: tuple[GridRow, ...] = ()
    communities: tuple[CommunityRow, ...] = ()
    has_more: bool = False

    @property
    def category_names(self) -> dict[str, str]:
        """Return code -> name of every category."""
        return {row.code: row.name for row in self.categories}


def read_choices(session: Session, day: dt.date) -> Choices:
    """Return categories and grids."""
    many, categories = are_many(session, "grid"), tuple(list_categories(session))
    if many:
        return Choices(categories, has_more=True)
    grids, communities = list_offered_grids(session, day), list_communities(session)
    if len(communities) > 1:  # each has a first grid, and so on
        names = {row.code: row.name for row in communities}
        grids = [replace(grid, name=f"{names[grid.community]} {grid.name}") for grid in grids]
    return Choices(categories, tuple(grids), communities=tuple(communities))


def read_people(session: Session, ids: Sequence[str], day: dt.date) -> list[PersonRow]:
    """Return people by their shown ids, in the order given; those that are gone are left out."""
    numbers = []
    for text in ids:
        try:
            numbers.append(get_resident(session, text).id)
        except NotFoundError:
            continue  # taken back since the list was made
    session.expunge_all()
    people = describe_people(session, numbers, day)
    return [people[number] for number in dict.fromkeys(numbers)]


def count_chips(session: Session, wanted: ResidentFilter, day: dt.date) -> dict[str, int]:
    """Return how many people each chip leads to, within text, grid and category in force."""
    return {chip: count_residents(session, asked, day) for chip, asked in chip_filters(wanted).items()}


def chip_filters(wanted: ResidentFilter) -> dict[str, ResidentFilter]:
    """Return the filter each chip stands for, within text, grid and category in force."""
    base = replace(wanted, separated=False, hardship="" if wanted.hardship == "any" else wanted.hardship)
    return {EVERYONE: base, SEPARATED: replace(base, separated=True), HARDSHIP: replace(base, hardship="any")}


def export_people(
    database: Database, wanted: ListExport, path: Path, stamp: Stamp | None = None, progress: Progress = NullProgress()
) -> int:
    """Write a list of people as it is seen, masked as on the screen, and return how many.

    Args:
        database: Read when the list is a filter.
        wanted: What to write.
        path: Ends in .csv for a text file; everything else is a workbook.
        stamp: Whose copy it is.
        progress: Told every 500 people.

    Raises:
        UserError: The file cannot be written.
        OperationCancelled: No file is left.
    """
    from gridapp.ledgers.exports import ExportColumn, write_csv, write_xlsx  # heavy: imported when first used

    headings = [ExportColumn(title, "integer" if key == "age" else "text") for key, title in wanted.columns]
    people = wanted.people
    if isinstance(people, ResidentFilter):
        found = _pages(database, people, wanted.day)
    else:
        found = _behind(database, people) if isinstance(people, PeopleWish) else iter(people)
    rows = ([copied_value(key, one, wanted.names, wanted.day) for key, _title in wanted.columns] for one in found)
    if path.suffix.lower() == ".csv":
        return write_csv(path, headings, rows, stamp=stamp, progress=progress)
    return write_xlsx(
        path, headings, rows, title=wanted.caption, sheet_name=_("Residents"), stamp=stamp, progress=progress
    )


def _behind(database: Database, wish: PeopleWish) -> Iterator[PersonRow]:
    after = None
    while True:
        page = database.fetch(read_people_page, wish, after, EXPORT_STEP)
        yield from (row.person for row in page.rows)
        if page.after is None:
            return
        after = page.after


def _pages(database: Database, wanted: ResidentFilter, day: dt.date) -> Iterator[PersonRow]:
    if wanted.text.strip():
        yield from database.fetch(list_residents, wanted, day, EXPORTED_AT_MOST)
        return
    after: tuple[str, int] | None = None
    while True:
        page = database.fetch(list_residents, wanted, day, EXPORT_STEP, after)
        yield from page
        if len(page) < EXPORT_STEP:
            return
        after = (page[-1].name, page[-1].number)
