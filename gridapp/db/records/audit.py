"""The chain over the audit log, and its signed checkpoints; written by ``gridapp.db.audit`` alone."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from gridapp.db.base import Base, RowNumber


class AuditLinkRecord(Base):
    """One audit entry's place in the chain; ``digest`` covers the entry and everything before it.

    ``operation_id`` is no reference: a link whose entry is gone is how a removal is noticed.
    """

    __tablename__ = "audit_link"

    position: Mapped[RowNumber] = mapped_column(autoincrement=False)
    operation_id: Mapped[int] = mapped_column(BigInteger(), unique=True)
    digest: Mapped[bytes]


class AuditCheckpointRecord(Base):
    """A signature of the chain's digest at a position; ``pruned`` when all before it was let go."""

    __tablename__ = "audit_checkpoint"

    id: Mapped[RowNumber]
    at: Mapped[dt.datetime]
    position: Mapped[int] = mapped_column(BigInteger())
    digest: Mapped[bytes]
    pruned: Mapped[bool]
    public_key: Mapped[bytes]
    signature: Mapped[bytes]
