"""Accounts: who may open the database, and as what. They never travel in a facts file."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridapp.db.base import Base, Code, RowNumber, Stamped
from gridapp.domain.access import Role

ROLES = tuple(role.value for role in Role)


class AccountRecord(Stamped, Base):
    """Somebody with a password.

    ``secret`` is an argon2id digest in its usual text form. ``failures`` and
    ``failed_at`` slow down guessing on a server; a file counts them in its
    key ring, where they can be written before it is open.
    """

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("name", name="uq_account_name"),)

    id: Mapped[RowNumber]
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(Code(ROLES))
    worker_id: Mapped[int | None] = mapped_column(BigInteger(), ForeignKey("worker.id"))
    sees_children: Mapped[bool]
    active: Mapped[bool]
    secret: Mapped[str]
    failures: Mapped[int]
    failed_at: Mapped[dt.datetime | None]


class AccountAreaRecord(Base):
    """A community an account works in; none at all stands for the whole area."""

    __tablename__ = "account_area"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)
