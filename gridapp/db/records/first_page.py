"""The first page of a start, remembered; derived, and worthless after the next operation."""

from __future__ import annotations

from sqlalchemy import BigInteger, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gridapp.db.base import Base


class FirstPageRecord(Base):
    """What the window shows first on a day.

    Attributes:
        day: The as-of day, written YYYY-MM-DD: it is read without the column types.
        question: Language and scope, as ``db.first_page`` writes them.
        operation: Number of the last operation it takes in.
        body: The rows, as ``db.first_page`` writes them.
    """

    __tablename__ = "first_page"
    __table_args__ = {"info": {"derived": True}}

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    question: Mapped[str] = mapped_column(String(300))
    operation: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)
