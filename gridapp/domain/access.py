"""Who may do what, and how far they see.

A database without accounts has one owner, who may do everything. With
accounts everybody has one of four roles; what a role may do stands in one
table here, what it may see in ``gridapp.db.limits``.

Source: shared rules of the product (promise 5); GB/T 35273 section 7.1 (least privilege).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from gridapp.errors import NotAllowedError
from gridapp.i18n import N_, _


class Role(StrEnum):
    """What an account is for."""

    WORKER = "worker"
    COMMITTEE = "committee"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


ROLE_TITLES = {
    Role.WORKER: N_("Grid worker"),
    Role.COMMITTEE: N_("Community committee"),
    Role.SUPERVISOR: N_("Supervisor"),
    Role.ADMINISTRATOR: N_("Administrator"),
}

_FIELD_WORK = frozenset(
    {"visit", "absence", "contact", "consent", "tier", "paper", "roster", "sheet", "reveal", "look", "handout"}
)
_OFFICE_WORK = _FIELD_WORK | {
    "resident", "enrolment", "ledger", "import", "export", "facts.export", "rate_report", "month", "template", "grid",
    "boundary", "worker", "division", "person", "privacy", "sealed.add", "sealed.open",
}  # fmt: skip
_MAY: dict[Role, frozenset[str]] = {
    Role.WORKER: _FIELD_WORK | {"undo", "resident.edit", "password"},
    Role.COMMITTEE: _OFFICE_WORK | {"undo", "password", "setting.mapping", "community"},
    Role.SUPERVISOR: frozenset(
        {"reveal", "look", "paper", "rate_report", "export", "handout", "password", "month.countersign", "sealed.open"}
    ),
    Role.ADMINISTRATOR: frozenset(),
}
"""Actions by the first words of their names; an administrator may do all of them."""


@dataclass(frozen=True)
class Principal:
    """Somebody who works with a database.

    Attributes:
        name: What the audit log calls them.
        role: None where there are no accounts: whoever can open the file owns it.
        communities: Codes of the communities they work in; empty for the whole area, and for a worker.
        grids: Codes of a worker's own grids.
        sees_children: Whether records of children are shown to them: of orphans and children without support, and
            of whoever was born on ``children_born_from`` or later.
        children_born_from: The first birth date of those who are children today; None counts nobody by age.
    """

    name: str = ""
    role: Role | None = None
    communities: tuple[str, ...] = ()
    grids: tuple[str, ...] = ()
    sees_children: bool = True
    children_born_from: dt.date | None = None

    @property
    def is_limited(self) -> bool:
        """Whether there is anything that they may not see."""
        return self.role is not None and (self.role is not Role.ADMINISTRATOR or not self.sees_children)

    @property
    def sees_masked(self) -> bool:
        """Whether names are hidden until they ask for one and say why."""
        return self.role is Role.SUPERVISOR

    def may(self, action: str) -> bool:
        """Return whether they may do something, by the name the audit log has for it, e.g. "visit.record"."""
        if self.role is None or self.role is Role.ADMINISTRATOR:
            return True
        allowed = _MAY[self.role]
        return action in allowed or action.partition(".")[0] in allowed

    def demand(self, action: str) -> None:
        """Check that they may do something.

        Raises:
            NotAllowedError: They may not.
        """
        if not self.may(action):
            assert self.role is not None
            raise NotAllowedError(
                _("Your account ({role}) may not do this. Ask an administrator.").format(role=_(ROLE_TITLES[self.role]))
            )


OWNER = Principal()
"""Of a database without accounts."""
