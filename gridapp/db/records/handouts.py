"""The list of what was printed and exported; written by ``gridapp.services.handing_out`` alone."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from gridapp.db.base import Base, Code, RowNumber
from gridapp.domain.handout import HandoutKind

HANDOUT_KINDS = tuple(kind.value for kind in HandoutKind)
"""Their order is stored: new ones go to the end."""


class HandoutRecord(Base):
    """Something that left; ``people`` counts those on it, ``place`` says where it went.

    It names nobody: ``title`` is that of the list or paper. Who and when stand here
    again, beside the audit entry, so that the list outlives entries that are let go.
    """

    __tablename__ = "handout"

    id: Mapped[RowNumber]
    at: Mapped[dt.datetime]
    actor: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(Code(HANDOUT_KINDS))
    title: Mapped[str] = mapped_column(String(200))
    people: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(200))
