"""Accounts, for those who may see them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.queries.choices import are_many
from gridapp.db.queries.places import list_communities, list_workers
from gridapp.db.records import AccountAreaRecord, AccountRecord, CommunityRecord
from gridapp.domain.access import Role


@dataclass(frozen=True)
class AccountRow:
    """An account as lists show it."""

    name: str
    role: Role
    communities: tuple[str, ...]
    worker: str
    sees_children: bool
    active: bool


@dataclass(frozen=True)
class AccountsOverview:
    """The accounts, and what new ones can be given, as pairs of code or id and name.

    Attributes:
        rows: The accounts.
        communities: All of them.
        workers: All of them; none where they are too many.
        has_more: Whether workers are too many; they are found by a part of their name.
    """

    rows: tuple[AccountRow, ...]
    communities: tuple[tuple[str, str], ...]
    workers: tuple[tuple[str, str], ...]
    has_more: bool = False


def list_accounts(session: Session) -> list[AccountRow]:
    """Return every account by name; a limited account sees none."""
    areas: dict[int, list[str]] = {}
    places = select(AccountAreaRecord.account_id, CommunityRecord.code).join(CommunityRecord)
    for number, code in session.execute(places.order_by(CommunityRecord.code)):
        areas.setdefault(number, []).append(code)
    rows = session.scalars(select(AccountRecord).order_by(AccountRecord.name))
    return [
        AccountRow(
            row.name, Role(row.role), tuple(areas.get(row.id, ())), str(row.worker_id or ""), row.sees_children,
            row.active,
        )  # fmt: skip
        for row in rows
    ]


def accounts_overview(session: Session, day: dt.date) -> AccountsOverview:
    """Return the accounts with the communities and workers there are on a day."""
    many = are_many(session, "worker")
    return AccountsOverview(
        tuple(list_accounts(session)),
        tuple((row.code, row.name) for row in list_communities(session)),
        () if many else tuple((row.id, row.name) for row in list_workers(session, day)),
        many,
    )
