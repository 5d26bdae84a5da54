"""Which papers there are, and how one is made into a file; free of Qt."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridapp.db.queries.values import EVERYWHERE, Scope
from gridapp.domain.changes import Changes
from gridapp.domain.handout import Handout, HandoutKind
from gridapp.domain.period import Month
from gridapp.errors import OperationCancelled
from gridapp.i18n import N_, _
from gridapp.progress import NullProgress, Progress

if TYPE_CHECKING:
    from gridapp.db.database import Database, Session


@dataclass(frozen=True)
class PaperKind:
    """A paper one can have.

    Attributes:
        key: Name for ``open_with``.
        source_title: Its title, before translation.
        source_hint: What it is for, before translation.
        by_grid: Whether it is usually made for one grid or worker.
    """

    key: str
    source_title: str
    source_hint: str
    by_grid: bool = False

    @property
    def title(self) -> str:
        """Return the title."""
        return _(self.source_title)

    @property
    def hint(self) -> str:
        """Return what it is for."""
        return _(self.source_hint)


KINDS: tuple[PaperKind, ...] = (
    PaperKind(
        "roster",
        N_("Roster of visits"),
        N_("Everyone to visit in walking order, with columns to sign. For one grid or worker."),
        True,
    ),
    PaperKind(
        "rates",
        N_("Monthly visit rates"),
        N_("Rates by grid and category, and the names of those not visited."),
    ),
    PaperKind("visit_record", N_("Visit record form"), N_("One page per person, with a code."), True),
    PaperKind("unvisited", N_("List of those not visited"), N_("Who still has to be seen, with phone."), True),
    PaperKind("call_tree", N_("Call tree"), N_("Whom to call first when the weather turns. Full phone numbers."), True),
    PaperKind("service_objects", N_("List of service objects"), N_("Everyone with a service category.")),
    PaperKind("quarterly_report", N_("Quarterly report"), N_("The quarter the month lies in.")),
    PaperKind("half_year_report", N_("Half-year report"), N_("The half-year the month lies in.")),
    PaperKind("purchase_policy", N_("Purchase form 1"), N_("The yearly form on policies of buying services.")),
    PaperKind("purchase_projects", N_("Purchase form 2"), N_("The yearly form on bought services.")),
    PaperKind("dashboard", N_("Dashboard sheet"), N_("The month at a glance on one page.")),
    PaperKind("map", N_("Map sheet"), N_("The grids coloured by rate on one page.")),
)


DIFFERENCES = "differences"
"""Key of the paper that the closing of a month offers."""

TEMPLATES = {"roster": "visit_roster", "rates": "monthly_rate"}
"""Templates whose kind has another key."""


def kind_of(template: str) -> str:
    """Return the key of the paper that a template makes."""
    return next((kind for kind, key in TEMPLATES.items() if key == template), template)


def read_own(session: Session) -> list[tuple[str, str, str]]:
    """Return key, name and purpose of the committee's own templates."""
    from gridapp.reports.paper_template import BUILT_IN
    from gridapp.services.templates import list_templates

    return [(one.key, _(one.name), _(one.hint) if one.hint else "") for one in list_templates(session)
            if one.key not in BUILT_IN]  # fmt: skip


@dataclass(frozen=True)
class PaperOrder:
    """What was asked for.

    Attributes:
        kind: Key of a PaperKind.
        month: The month.
        as_of: The day the facts are seen from.
        scope: Which part of the area.
        scope_name: Its name, for the file name.
        own_title: Name of a committee's own template; its key is the kind then.
        figure: What colours the map sheet.
    """

    kind: str
    month: Month
    as_of: dt.date
    scope: Scope = EVERYWHERE
    scope_name: str = ""
    own_title: str = ""
    figure: str = "rate"

    @property
    def title(self) -> str:
        """Return what the paper is called."""
        return self.own_title or next((kind.title for kind in KINDS if kind.key == self.kind), self.kind)

    @property
    def file_name(self) -> str:
        """Return a name for the file that every system accepts."""
        parts = (self.title, "" if self.scope == EVERYWHERE else self.scope_name, str(self.month))
        return re.sub(r'[\\/:*?"<>|\s]+', "_", "_".join(part for part in parts if part)) + ".pdf"


@dataclass(frozen=True)
class PaperMade:
    """A finished paper.

    Attributes:
        order: What was asked for.
        path: The file.
        sizes: Width and height of every page. [pt]
        rows: People on a roster, None for other papers.
        unprintable: Characters no font has; they show as 〓.
        people: People on it, whatever paper it is.
    """

    order: PaperOrder
    path: Path
    sizes: tuple[tuple[float, float], ...]
    rows: int | None = None
    unprintable: tuple[str, ...] = field(default=())
    people: int = 0

    @property
    def handout(self) -> Handout:
        """Return what the list of handouts calls it."""
        return Handout(HandoutKind.PAPER, f"{self.order.title} {self.order.month}", people=self.people)


def make_paper(
    database: Database, order: PaperOrder, path: Path, actor: str, progress: Progress | None = None
) -> Changes:
    """Write a paper as PDF; rosters and rate reports are put on record.

    Returns:
        Changes without kinds; its result is a PaperMade.

    Raises:
        GridAppError: As the services of ``gridapp.services.papers`` do; no half file is left.
    """
    from gridapp.services import papers
    from gridapp.services.handing_out import stamp_now
    from ui.widgets.pdf_view_pages import read_sizes

    progress = progress or NullProgress()
    progress.advance(0, 1, _("Counting…"))
    month, as_of, scope = order.month, order.as_of, order.scope
    result: Any = None
    stamp = stamp_now(database, actor)
    if order.kind == "dashboard":
        papers.write_dashboard(database, month, as_of, path, scope, stamp)
    elif order.kind == "map":
        from gridapp.services.map_paper import write_map

        write_map(database, month, as_of, path, scope, stamp, order.figure)
    elif order.kind == DIFFERENCES:
        from gridapp.services.difference_paper import write_differences

        result = write_differences(database, month, as_of, path, actor, scope.community or "", progress)
    else:
        template = TEMPLATES.get(order.kind, order.kind)
        result = papers.write_paper(database, template, month, as_of, path, actor, scope, progress)
    try:
        progress.advance(1, 1, _("Showing the pages…"))
    except OperationCancelled:
        path.unlink(missing_ok=True)
        raise
    missing = tuple(f"{item.characters} ({item.text})" for item in getattr(result, "unprintable", ()))
    rows = getattr(result, "rows", None) if order.kind == "roster" else None
    return Changes(result=PaperMade(order, path, tuple(read_sizes(path)), rows, missing, getattr(result, "rows", 0)))


def copy_paper(source: Path, target: Path) -> Path:
    """Copy a finished paper to where the user wants it, whole or not at all.

    Raises:
        StorageError: It cannot be written there.
    """
    from gridapp.reports.output import write_whole

    write_whole(target, source.read_bytes())
    return target
