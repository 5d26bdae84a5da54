"""Numbers for the visits of a facts document, and which visit corrects which."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.facts_values import brief
from gridapp.db.queries.references import site_code, site_codes
from gridapp.db.records import SiteRecord, VisitRecord
from gridapp.db.records.visits import pack
from gridapp.db.unit_of_work import OWN_SITE
from gridapp.domain.keys import parse_uuid, parse_visit_uuid
from gridapp.errors import ValidationError
from gridapp.i18n import _


class VisitNumbers:
    """Gives every visit of a document its row number here."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.sites = {code: number for number, code in site_codes(session).items()}
        self.taken = set(session.scalars(select(VisitRecord.ref).where(VisitRecord.ref.is_not(None))))
        self.numbers: set[int] = set(session.scalars(select(VisitRecord.id)))
        self.own = session.get_one(SiteRecord, OWN_SITE, with_for_update=True)

    def identify(self, given: str | None, where: str) -> dict[str, Any]:
        """Return row number and reference of a visit.

        Args:
            given: Its id in the document, if any.
            where: Its place, for the sentence.

        Raises:
            ValidationError: A visit of that id is there already.
        """
        key = parse_uuid(given) if given is not None else None
        dot = parse_visit_uuid(key) if key else None
        if dot is not None:
            number, ref = pack(self._site(site_code(dot[0]), dot[1]), dot[1]), None
        else:
            number, ref = pack(OWN_SITE, self.own.next_seq), given
            self.own.next_seq += 1
        if number in self.numbers or (ref is not None and ref in self.taken):
            raise ValidationError(_("{where} is there already.").format(where=where), "id")
        self.numbers.add(number)
        if ref is not None:
            self.taken.add(ref)
        return {"id": number, "ref": ref}

    def _site(self, code: str, seq: int) -> int:
        number = self.sites.get(code)
        if number is None:
            number = max(self.sites.values()) + 1
            self.sites[code] = number
            self.session.add(SiteRecord(id=number, code=code, next_seq=1))
            self.session.flush()
        elif number == OWN_SITE and seq >= self.own.next_seq:
            self.own.next_seq = seq + 1
        return number


class Corrections:
    """Which visits of a document replace which others of it."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._replaces: list[tuple[int, Any, str]] = []

    def note(self, item: dict[str, Any], number: int, where: str) -> None:
        """Take a visit's row number, and what it replaces."""
        if item.get("id") is not None:
            self._numbers[item["id"]] = number
        if item.get("replaces") is not None:
            self._replaces.append((number, item["replaces"], where))

    def resolve(self) -> list[tuple[int, int]]:
        """Return pairs of row numbers: a visit, and the one it replaces.

        Raises:
            ValidationError: The one named is not there, or visits replace each other in a ring.
        """
        older: dict[int, int] = {}
        for number, target, where in self._replaces:
            if not isinstance(target, str) or target not in self._numbers:
                raise ValidationError(
                    _("{where}: “{field}” names “{value}”, which is not there.").format(
                        where=where, field="replaces", value=brief(target)
                    ),
                    "replaces",
                )
            older[number] = self._numbers[target]
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
