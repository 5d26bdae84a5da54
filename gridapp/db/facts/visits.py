"""Numbers for the visits of a facts document, and which visit corrects which."""

from __future__ import annotations

from array import array
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.facts.rows import dot_of, key_of
from gridapp.db.facts.values import brief
from gridapp.db.queries.references import site_code, site_codes
from gridapp.db.records import SiteRecord, VisitRecord
from gridapp.db.records.visits import FIRST_OTHER_SITE, is_own, pack
from gridapp.errors import ValidationError
from gridapp.i18n import _


class VisitNumbers:
    """Gives every visit of a document its row number here."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.sites = {code: number for number, code in site_codes(session).items()}
        self.own = session.scalars(select(SiteRecord).where(is_own(SiteRecord.id)).with_for_update()).one()
        self._numbers = {int(code, 16): number for code, number in self.sites.items()}

    def number(self, dot: tuple[int, int] | None) -> int:
        """Return the row number of a visit.

        Args:
            dot: Its site and sequence when its id is a visit's key; any other visit counts as logged here.
        """
        if dot is None:
            seq = self.own.next_seq
            self.own.next_seq = seq + 1
            return pack(self.own.id, seq)
        site, seq = dot
        number = self._numbers[site] if site in self._numbers else self._add(site)
        if number == self.own.id and seq >= self.own.next_seq:
            self.own.next_seq = seq + 1
        return pack(number, seq)

    def find(self, given: str) -> int | None:
        """Return the row number of a stored visit by its id in documents, None when it is not there."""
        key = key_of(given)
        dot = dot_of(key) if key is not None else None
        if dot is None:
            return self.session.scalar(select(VisitRecord.id).where(VisitRecord.ref == given))
        site = self._numbers.get(dot[0])
        if site is None:
            return None
        return self.session.scalar(select(VisitRecord.id).where(VisitRecord.id == pack(site, dot[1])))

    def _add(self, site: int) -> int:
        number = max(FIRST_OTHER_SITE, max(self._numbers.values()) + 1)
        self._numbers[site] = number
        self.session.add(SiteRecord(id=number, code=site_code(site), next_seq=1))
        self.session.flush()
        return number


class Runs:
    """Row numbers as runs that follow each other, few for numbers that come in order."""

    def __init__(self) -> None:
        self._firsts, self._lasts = array("q"), array("q")

    def add(self, number: int) -> None:
        """Take a number."""
        if self._lasts and number == self._lasts[-1] + 1:
            self._lasts[-1] = number
        else:
            self._firsts.append(number)
            self._lasts.append(number)

    def joined(self) -> list[tuple[int, int]]:
        """Return first and last number of every run, in order, runs that touch made one."""
        found: list[tuple[int, int]] = []
        for first, last in sorted(zip(self._firsts, self._lasts, strict=True)):
            if found and found[-1][1] + 1 >= first:
                found[-1] = (found[-1][0], max(found[-1][1], last))
            else:
                found.append((first, last))
        return found


class Corrections:
    """Which visits of a document replace which others."""

    def __init__(self) -> None:
        self._replaces: list[tuple[int, Any, str]] = []

    def note(self, number: int, target: Any, where: str) -> None:
        """Take a visit's row number and the id of the one it replaces."""
        self._replaces.append((number, target, where))

    def resolve(self, numbers: VisitNumbers) -> list[tuple[int, int]]:
        """Return pairs of row numbers, a visit and the one it replaces; every visit is stored by now.

        Raises:
            ValidationError: The one named is not there, or visits replace each other in a ring.
        """
        older: dict[int, int] = {}
        for number, target, where in self._replaces:
            found = numbers.find(target) if isinstance(target, str) else None
            if found is None:
                raise ValidationError(
                    _("{where}: “{field}” names “{value}”, which is not there.").format(
                        where=where, field="replaces", value=brief(target)
                    ),
                    "replaces",
                )
            older[number] = found
        for number, _target, where in self._replaces:
            following, met = older.get(number), {number}
            while following is not None and following not in met:
                met.add(following)
                following = older.get(following)
            if following is not None:
                raise ValidationError(
                    _("{where}: “replaces” leads back to the visit itself.").format(where=where), "replaces"
                )
        return list(older.items())
