"""What the search box looks through; derived from residents, rebuildable."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from gridapp.db.base import Base


class ResidentSearchRecord(Base):
    """One resident's searchable words: name, readings, phones, document, address."""

    __tablename__ = "resident_search"

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    words: Mapped[str]
