"""Store checked ledger rows: people with their places and categories, and visits.

A row only adds: an emptied cell never erases, a missing person is never
deleted, and a value that contradicts what is known keeps the row waiting.
The same steps without a unit of work foresee what would become of every row.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.queries.people import chunks
from gridapp.db.queries.references import get_worker
from gridapp.db.records import (
    AssignmentRecord,
    CategoryRecord,
    ContactRecord,
    EnrolmentRecord,
    GridRecord,
    ResidencyRecord,
    ResidentRecord,
    VisitRecord,
    WorkerRecord,
)
from gridapp.db.unit_of_work import UnitOfWork
from gridapp.domain.visit import NewVisit
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.ledgers.decisions import ANOTHER, DECIDED, PERHAPS, SAME
from gridapp.ledgers.values.words import TAKEN_BACK
from gridapp.memory import let_go
from gridapp.services.dwellings import Dwellings, full_address, own_address
from gridapp.services.matching import TAKEN_OVER, Home, Known, PeopleIndex
from gridapp.services.near_people import NearPeople
from gridapp.services.new_records import NewRecords
from gridapp.services.visits import check_visit

ADDED, CHANGED, UNCHANGED = "added", "changed", "unchanged"
_SAYING_WHO = ("id_no", "birth_date", "address", "building", "room", "household_no")
_BARE = frozenset(("name", "grid", "sex", "age", "worker", "worker_id", DECIDED))
UNKNOWN_START = dt.date(1900, 1, 1)
"""Start of a residency nobody dated, when the birth date is unknown too."""


class RowRefused(Exception):
    """A row that must wait: the field, a code for programs, and a sentence."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code


class RowStore:
    """Takes rows one after another, knowing everyone they can mean; writes in batches."""

    def __init__(
        self, session: Session, today: dt.date, rows: Sequence[dict[str, Any]], unit: UnitOfWork | None,
        sealed: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        """Load what the rows can touch.

        Args:
            session: Where the register is; reads are enough without a unit of work.
            today: Civil date.
            rows: Canonical fields of every row that will come.
            unit: Where to write; None only tells what would be.
            sealed: ID numbers of sealed records: whoever died is not added anew.
        """
        self._sealed = sealed
        self.changed_since: dict[int, str] = {}
        self.session = session
        self.unit = unit
        self.today = today
        self.people = PeopleIndex(session, rows)
        self._grids = dict(session.execute(select(GridRecord.code, GridRecord.id)).all())
        named = {fields["grid"] for fields in rows if fields.get("grid")}
        self._near = NearPeople(session, (self._grids[code] for code in named if code in self._grids))
        self._communities = dict(session.execute(select(GridRecord.code, GridRecord.community_id)).all())
        self._categories = dict(session.execute(select(CategoryRecord.code, CategoryRecord.id)).all())
        self._workers = set(session.scalars(select(WorkerRecord.name)))
        self._visits: dict[int, set[tuple[dt.date, str, str]]] | None = None
        self._days = [fields["visit_date"] for fields in rows if fields.get("visit_date")]
        self._new = NewRecords(session, sum(1 + len(row.get("category") or ()) for row in rows), unit is not None)
        self._unwritten: list[Known] = []
        self._dwellings = Dwellings(session, self._new)

    def flush(self) -> None:
        """Write what was taken so far; people and dwellings before what points at them."""
        self._new.write()
        for person in self._unwritten:
            person.record = None
            if person.home is not None and person.home.record is not None:
                person.home.number, person.home.record = person.home.record.id, None
        self._unwritten.clear()

    def let_go(self) -> None:
        """Forget everybody: nothing more is stored."""
        let_go(self.people, self._near, self._dwellings, self._new, self)

    def store_person(self, fields: dict[str, Any], kind: str) -> str:
        """Store one row of a register.

        Args:
            fields: Canonical fields of a checked row.
            kind: "residents", whose start date is when the person moved in, or
                "elders", whose start date is when the category was granted.

        Returns:
            "added", "changed" or "unchanged".

        Raises:
            RowRefused: The row contradicts what is known, or lacks what a new person needs.
        """
        moved_in = fields.get("start_date") if kind == "residents" else None
        if fields.get("grid") and fields["grid"] not in self._grids:
            message = _("There is no grid “{grid}”. Please check the name, or add the grid first.")
            raise RowRefused("grid", "grid_unknown", message.format(grid=fields["grid"]))
        match = self.people.find(fields)
        if match.ambiguous:
            raise _ambiguous()
        known = match.person or self._bare_namesake(fields) or self._perhaps(fields)
        if known is None:
            person, outcome = self._add_person(fields, moved_in), ADDED
        else:
            person, outcome = known, UNCHANGED
            if match.person is None:  # the user said so: what the register has of name and birth is right
                fields = fields | {"name": person.name, "birth_date": person.birth or fields.get("birth_date")}
            _refuse_contradiction(person, fields)
            self._refuse_move(person, fields)
            if self._fill(person, fields):
                outcome = CHANGED
            if self._settle(person, fields, moved_in):
                outcome = CHANGED
        self._add_worker(fields)
        enrolled, called = self._enrol(person, fields), self._add_contact(person, fields)
        return CHANGED if outcome == UNCHANGED and (enrolled or called) else outcome

    def _bare_namesake(self, fields: dict[str, Any]) -> Known | None:
        """Return who bears the name of a row that tells no more than name and grid, as lists for a wall do.

        Nothing is stored for such a person that is not known; adding somebody of the same name would count them twice.

        Raises:
            RowRefused: More than one person fits, or the row tells something of the one who does and nobody has
                said that they are the same.
        """
        if any(fields.get(name) for name in _SAYING_WHO) or fields.get(DECIDED) == ANOTHER:
            return None
        found = self.people.namesakes(fields, self._grids.get(fields.get("grid") or ""))
        if len(found) > 1:
            raise _ambiguous()
        if found and fields.get(DECIDED) != SAME and any(told and name not in _BARE for name, told in fields.items()):
            raise _perhaps_known(fields, found[0])
        return found[0] if found else None

    def _perhaps(self, fields: dict[str, Any]) -> Known | None:
        """Return whom a row that fits nobody is, if the user has said that it is somebody known.

        Raises:
            RowRefused: It is perhaps somebody known, and nobody has said yet.
        """
        if fields.get(DECIDED) == ANOTHER:
            return None
        near = self._near.find(fields, self._grids.get(fields.get("grid") or ""))
        if near is None or fields.get(DECIDED) == SAME:
            return near
        raise _perhaps_known(fields, near)

    def store_visit(self, fields: dict[str, Any]) -> str:
        """Store one row of a visit ledger.

        Returns:
            "added", or "unchanged" when the same visit is there already or the row tells of none.

        Raises:
            RowRefused: Nobody or several people fit, or the visit cannot have been.
        """
        if fields.get("visit_date") is None or fields.get("visit_result") == TAKEN_BACK:
            return UNCHANGED
        if fields.get("worker") and not fields.get("worker_id"):
            message = _("There is no worker “{name}”. Please check the name, or add the worker first.")
            raise RowRefused("worker", "worker_unknown", message.format(name=fields["worker"]))
        match = self.people.find(fields, True, self._grids.get(fields.get("grid") or ""))
        if match.ambiguous:
            raise _ambiguous()
        if match.person is None:
            message = _("“{name}” is not in the register. Import the register first.")
            raise RowRefused("name", "unknown_person", message.format(name=fields.get("name") or ""))
        person = match.person
        mode, outcome = fields.get("visit_mode") or "onsite", fields.get("visit_result") or "met"
        visit = NewVisit(person="", day=fields["visit_date"], mode=mode, outcome=outcome)
        try:
            check_visit(ResidentRecord(name=person.name, birth=person.birth, died=person.died), visit, self.today)
        except ValidationError as error:
            raise RowRefused("visit_date", "impossible_visit", str(error)) from error
        logged = self._logged(person)
        if (visit.day, visit.mode, visit.outcome) in logged:
            return UNCHANGED
        logged.add((visit.day, visit.mode, visit.outcome))
        if self.unit is not None:
            self._new.then.append(self._visit(person, visit, fields, self.unit))
        return ADDED

    def _visit(self, person: Known, visit: NewVisit, fields: dict[str, Any], unit: UnitOfWork) -> VisitRecord:
        return VisitRecord(
            id=unit.next_visit_ids(1)[0], resident_id=person.number, visited_on=visit.day, mode=visit.mode,
            outcome=visit.outcome, note=fields.get("note") or None, needs=fields.get("needs") or None,
            worker_id=get_worker(self.session, fields["worker_id"]).id if fields.get("worker_id") else None,
            created_at=unit.now, actor_id=unit.actor_number(unit.actor),
        )  # fmt: skip

    def _logged(self, person: Known) -> set[tuple[dt.date, str, str]]:
        """Return the visits a person has had on the days of the ledger."""
        if self._visits is None:
            self._visits = defaultdict(set)
            visit, first, last = VisitRecord, min(self._days), max(self._days)
            for chunk in chunks([one.number for one in self.people.people]):
                had = select(visit.resident_id, visit.visited_on, visit.mode, visit.outcome).where(
                    visit.resident_id.in_(chunk), visit.voided_at.is_(None), visit.visited_on.between(first, last)
                )
                for resident, day, mode, outcome in self.session.execute(had):
                    self._visits[resident].add((day, mode, outcome))
        return self._visits[person.number]

    def _add_person(self, fields: dict[str, Any], moved_in: dt.date | None) -> Known:
        if not fields.get("name"):
            raise RowRefused("name", "missing", _("A new person needs a name."))
        if not fields.get("grid"):
            raise RowRefused("grid", "missing", _("A new person needs a grid."))
        if fields.get("id_no") in self._sealed:
            raise RowRefused("id_no", "sealed", _("This ID number belongs to the sealed record of somebody who died."))
        more = {name: fields.get(name) or None for name in TAKEN_OVER}
        person = Known(
            self._new.number(ResidentRecord), fields["name"], fields.get("id_no"), fields.get("birth_date"),
            fields.get("died_date"), fields.get("sex") or "U", more, full_address(fields) or "",
        )  # fmt: skip
        person.record = ResidentRecord(
            id=person.number, name=person.name, sex=person.sex, birth=person.birth, id_number=person.id_number,
            died=person.died, **more,
        )  # fmt: skip
        self._new.first.append(person.record)
        self._add_residency(person, fields, moved_in)
        self.people.add(person)
        self._near.add(person)
        return person

    def _add_residency(self, person: Known, fields: dict[str, Any], moved_in: dt.date | None) -> None:
        household = self._dwellings.household(fields, self._communities[fields["grid"]])
        address = own_address(fields, household)
        record = ResidencyRecord(
            id=self._new.number(ResidencyRecord),
            resident_id=person.number,
            grid_id=self._grids[fields["grid"]],
            household_id=household,
            address=address,
            # A residency nobody dated holds for as long as the person is known, so that no past month loses them.
            start=moved_in or person.birth or UNKNOWN_START,
        )
        self._new.then.append(record)
        self._unwritten.append(person)
        person.home, person.has_lived = Home(record.grid_id, household, address, None, record), True

    def _refuse_move(self, person: Known, fields: dict[str, Any]) -> None:
        """Refuse a row that tells of a move: it needs a date, which is recorded by hand."""
        if not fields.get("grid") or not person.has_lived:
            return
        if person.home is None:
            message = _("The register says this person moved away. Record the return by hand.")
            raise RowRefused("grid", "moved_away", message)
        if person.home.grid != self._grids[fields["grid"]]:
            message = _("The register has this person in another grid. Record the move with its date.")
            raise RowRefused("grid", "conflict", message)

    def _fill(self, person: Known, fields: dict[str, Any]) -> bool:
        """Take over what the row says anew; return whether anything changed."""
        given: dict[str, Any] = {name: fields.get(name) for name in TAKEN_OVER}
        changed = {name: value for name, value in given.items() if value and person.more.get(name) != value}
        self._refuse_overwriting(person, changed)
        person.more |= changed
        for column, value in (("birth", fields.get("birth_date")), ("died", fields.get("died_date"))):
            if value and getattr(person, column) is None:
                changed[column] = value
                setattr(person, column, value)
        if fields.get("id_no") and not person.id_number:
            changed["id_number"] = fields["id_no"]
            self.people.learn_number(person, fields["id_no"])
        if person.sex == "U" and fields.get("sex"):
            changed["sex"] = person.sex = fields["sex"]
        if changed and (self.unit is not None or person.record is not None):
            record = person.record or self.session.get_one(ResidentRecord, person.number)
            for column, value in changed.items():
                setattr(record, column, value)
        return bool(changed)

    def _refuse_overwriting(self, person: Known, changed: dict[str, Any]) -> None:
        """Refuse a row that would overwrite what somebody stored after the ledger was checked: a person chooses."""
        who = self.changed_since.get(person.number)
        theirs = next(((name, person.more[name]) for name in changed if person.more.get(name)), None)
        if who is None or theirs is None:
            return
        message = _(
            "{who} changed this person after the ledger was checked: the register has “{theirs}”, the ledger “{mine}”. "
            "Import the row again if the ledger is right, or remove it."
        )
        raise RowRefused(
            theirs[0], "changed_meanwhile", message.format(who=who, theirs=theirs[1], mine=changed[theirs[0]])
        )

    def _settle(self, person: Known, fields: dict[str, Any], moved_in: dt.date | None) -> bool:
        """Give a known person without a place the row's."""
        if not fields.get("grid"):
            return False
        if person.home is None:
            self._add_residency(person, fields, moved_in)
            return True
        home, address = person.home, full_address(fields)
        if home.address is None and home.household is None and address:
            home.address = person.address = address
            if self.unit is not None:
                record = home.record or self.session.get_one(ResidencyRecord, home.number)
                record.address = address
            return True
        return False

    def _add_worker(self, fields: dict[str, Any]) -> None:
        """Add the grid worker a register names, where nobody of that name is known yet."""
        name, grid = fields.get("worker"), fields.get("grid")
        if not name or not grid or fields.get("worker_id") or name in self._workers:
            return
        self._workers.add(name)
        if self.unit is None:
            return
        record = WorkerRecord(name=name)
        self.session.add(record)
        self.session.flush()
        start = self.session.get_one(GridRecord, self._grids[grid]).valid_from
        self._new.then.append(
            AssignmentRecord(worker_id=record.id, grid_id=self._grids[grid], role="full_time", start=start)
        )

    def _enrol(self, person: Known, fields: dict[str, Any]) -> bool:
        start = min(fields.get("start_date") or self.today.replace(day=1), self.today)
        added = False
        for code in fields.get("category") or ():
            category = self._categories[code]
            if any(held == category and (end is None or end > start) for held, _begun, end in person.enrolments):
                continue
            person.enrolments.append((category, start, None))
            self._new.then.append(
                EnrolmentRecord(
                    id=self._new.number(EnrolmentRecord), resident_id=person.number, category_id=category, start=start,
                    grade=fields.get("level") or None,
                )
            )  # fmt: skip
            added = True
        return added

    def _add_contact(self, person: Known, fields: dict[str, Any]) -> bool:
        name, phone = fields.get("contact_name"), fields.get("contact_phone")
        if not name or any(known == name and (not phone or kept == phone) for known, kept in person.contacts):
            return False
        person.contacts.append((name, phone))
        self._new.then.append(
            ContactRecord(
                id=self._new.number(ContactRecord), resident_id=person.number, name=name, phone=phone,
                relation=fields.get("contact_relation"), priority=len(person.contacts),
            )
        )  # fmt: skip
        return True


def _perhaps_known(fields: dict[str, Any], known: Known) -> RowRefused:
    about = "，".join(str(part) for part in (known.birth, known.address) if part)
    message = _("“{name}” is perhaps “{known}” ({about}) of the register. Say whether they are the same person.")
    return RowRefused("name", PERHAPS, message.format(name=fields.get("name") or "", known=known.name, about=about))


def _ambiguous() -> RowRefused:
    return RowRefused("name", "ambiguous", _("Several people fit this row. Add the ID number to say who is meant."))


def _refuse_contradiction(person: Known, fields: dict[str, Any]) -> None:
    known_sex = None if person.sex == "U" else person.sex
    told = (("name", person.name), ("id_no", person.id_number), ("birth_date", person.birth), ("sex", known_sex))
    for field, known in told:
        given = fields.get(field)
        if given and known and given != known:
            message = _("The register says “{known}” here, the ledger “{given}”. Decide which is right.")
            raise RowRefused(field, "conflict", message.format(known=known, given=given))
    died = fields.get("died_date")
    if died and person.died and died != person.died:
        message = _("The register has another day of death, {day}.").format(day=person.died)
        raise RowRefused("died_date", "conflict", message)
