"""What the search box looks through; derived from residents, rebuildable."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from gridapp.db.base import Base


class ResidentSearchRecord(Base):
    """One resident's searchable words: name, readings, phones, document, address, one line each.

    Beside them stand the pieces the index holds, which only SQL speaks of: on
    PostgreSQL a column ``tokens``, in the file a full-text table
    ``resident_token`` that a trigger of this table empties. Whoever rebuilds
    this table must make that trigger again.
    """

    __tablename__ = "resident_search"
    __table_args__ = {"info": {"derived": True}}

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    words: Mapped[str]
