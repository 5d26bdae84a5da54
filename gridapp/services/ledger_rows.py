"""Store checked ledger rows: people with their places and categories, and visits.

A row only adds: an emptied cell never erases, a missing person is never
deleted, and a value that contradicts what is known keeps the row waiting.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from gridapp.db.queries.references import get_worker
from gridapp.db.records import (
    AssignmentRecord,
    BuildingRecord,
    CategoryRecord,
    ContactRecord,
    EnrolmentRecord,
    GridRecord,
    HouseholdRecord,
    ResidencyRecord,
    ResidentRecord,
    VisitRecord,
    WorkerRecord,
)
from gridapp.db.unit_of_work import UnitOfWork
from gridapp.domain.visit import NewVisit
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.services.matching import PeopleIndex
from gridapp.services.visits import check_visit

ADDED, CHANGED, UNCHANGED = "added", "changed", "unchanged"
UNKNOWN_START = dt.date(1900, 1, 1)
"""Start of a residency nobody dated, when the birth date is unknown too."""

_TAKEN_OVER = ("phone", "ethnicity", "register_address", "register_status", "other_document", "note")


class RowRefused(Exception):
    """A row that must wait: the field, a code for programs, and a sentence."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code


class RowStore:
    """Writes rows in one unit of work, knowing everyone already there."""

    def __init__(self, unit: UnitOfWork, today: dt.date) -> None:
        self.unit = unit
        self.session = unit.session
        self.today = today
        self.people = PeopleIndex(unit.session)
        self._grids = dict(self.session.execute(select(GridRecord.code, GridRecord.id)).all())
        self._communities = dict(self.session.execute(select(GridRecord.code, GridRecord.community_id)).all())
        self._categories = dict(self.session.execute(select(CategoryRecord.code, CategoryRecord.id)).all())
        self._workers = set(self.session.scalars(select(WorkerRecord.name)))
        self._logged: set[tuple[int, dt.date, str, str]] = set()
        self._buildings: dict[tuple[int, str], int] = {
            (community, name): number
            for number, community, name in self.session.execute(
                select(BuildingRecord.id, BuildingRecord.community_id, BuildingRecord.name)
            )
        }
        self._households: dict[tuple[Any, ...], int] = {
            (home.building_id, home.unit or "", home.room or "", home.address or ""): home.id
            for home in self.session.scalars(select(HouseholdRecord))
        }

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
            raise RowRefused(
                "name", "ambiguous", _("Several people fit this row. Add the ID number to say who is meant.")
            )
        if match.resident is None:
            record, outcome = self._add_person(fields, moved_in), ADDED
        else:
            record, outcome = self.session.get_one(ResidentRecord, match.resident), UNCHANGED
            self._refuse_contradiction(record, fields)
            if self._fill(record, fields):
                outcome = CHANGED
            if self._settle(record, fields, moved_in):
                outcome = CHANGED
        self._add_worker(fields)
        if self._enrol(record, fields) and outcome == UNCHANGED:
            outcome = CHANGED
        if self._add_contact(record, fields) and outcome == UNCHANGED:
            outcome = CHANGED
        return outcome

    def store_visit(self, fields: dict[str, Any]) -> str:
        """Store one row of a visit ledger.

        Returns:
            "added", or "unchanged" when the same visit is there already or the row tells of none.

        Raises:
            RowRefused: Nobody or several people fit, or the visit cannot have been.
        """
        if fields.get("visit_date") is None:
            return UNCHANGED
        if fields.get("worker") and not fields.get("worker_id"):
            message = _("There is no worker “{name}”. Please check the name, or add the worker first.")
            raise RowRefused("worker", "worker_unknown", message.format(name=fields["worker"]))
        match = self.people.find(fields, by_name_alone=True)
        if match.ambiguous:
            raise RowRefused(
                "name", "ambiguous", _("Several people fit this row. Add the ID number to say who is meant.")
            )
        if match.resident is None:
            raise RowRefused(
                "name",
                "unknown_person",
                _("“{name}” is not in the register. Import the register first.").format(name=fields.get("name") or ""),
            )
        record = self.session.get_one(ResidentRecord, match.resident)
        visit = NewVisit(
            person="",
            day=fields["visit_date"],
            mode=fields.get("visit_mode") or "onsite",
            outcome=fields.get("visit_result") or "met",
        )
        try:
            check_visit(record, visit, self.today)
        except ValidationError as error:
            raise RowRefused("visit_date", "impossible_visit", str(error)) from error
        logged = (record.id, visit.day, visit.mode, visit.outcome)
        if logged in self._logged or self._same_visit(record.id, visit):
            return UNCHANGED
        self._logged.add(logged)
        worker = get_worker(self.session, fields["worker_id"]).id if fields.get("worker_id") else None
        self.session.add(
            VisitRecord(
                id=self.unit.next_visit_id(),
                resident_id=record.id,
                visited_on=visit.day,
                mode=visit.mode,
                outcome=visit.outcome,
                worker_id=worker,
                note=fields.get("note") or None,
                needs=fields.get("needs") or None,
                created_at=self.unit.now,
                actor_id=self.unit.actor_number(self.unit.actor),
            )
        )
        return ADDED

    def _same_visit(self, resident: int, visit: NewVisit) -> bool:
        same = select(VisitRecord.id).where(
            VisitRecord.resident_id == resident,
            VisitRecord.visited_on == visit.day,
            VisitRecord.mode == visit.mode,
            VisitRecord.outcome == visit.outcome,
            VisitRecord.voided_at.is_(None),
        )
        return self.session.scalar(same.limit(1)) is not None

    def _add_person(self, fields: dict[str, Any], moved_in: dt.date | None) -> ResidentRecord:
        if not fields.get("name"):
            raise RowRefused("name", "missing", _("A new person needs a name."))
        if not fields.get("grid"):
            raise RowRefused("grid", "missing", _("A new person needs a grid."))
        record = ResidentRecord(
            name=fields["name"],
            sex=fields.get("sex") or "U",
            birth=fields.get("birth_date"),
            id_number=fields.get("id_no"),
            died=fields.get("died_date"),
            **{name: fields.get(name) or None for name in _TAKEN_OVER},
        )
        self.session.add(record)
        self.session.flush()
        self._add_residency(record, fields, moved_in)
        self.people.add(record.id, record.name, record.id_number, record.birth, fields.get("address") or "")
        return record

    def _add_residency(self, record: ResidentRecord, fields: dict[str, Any], moved_in: dt.date | None) -> None:
        # A residency nobody dated holds for as long as the person is known, so that no past month loses them.
        start = moved_in or record.birth or UNKNOWN_START
        household = self._household(fields)
        self.session.add(
            ResidencyRecord(
                resident_id=record.id,
                grid_id=self._grids[fields["grid"]],
                household_id=household,
                address=None if household else fields.get("address") or None,
                start=start,
            )
        )

    def _household(self, fields: dict[str, Any]) -> int | None:
        building, number = fields.get("building"), fields.get("household_no")
        if not building and not number:
            return None
        place = self._building(fields["grid"], building) if building else None
        address = None if building else fields.get("address") or None
        key = (place, fields.get("unit") or "", fields.get("room") or "", address or number or "")
        if key not in self._households:
            home = HouseholdRecord(
                building_id=place,
                unit=fields.get("unit") or None,
                room=fields.get("room") or None,
                address=address,
                register_no=number,
            )
            self.session.add(home)
            self.session.flush()
            self._households[key] = home.id
        return self._households[key]

    def _building(self, grid: str, name: str) -> int:
        key = (self._communities[grid], name)
        if key not in self._buildings:
            record = BuildingRecord(community_id=key[0], name=name)
            self.session.add(record)
            self.session.flush()
            self._buildings[key] = record.id
        return self._buildings[key]

    def _refuse_contradiction(self, record: ResidentRecord, fields: dict[str, Any]) -> None:
        for field, known in (("name", record.name), ("id_no", record.id_number), ("birth_date", record.birth)):
            given = fields.get(field)
            if given and known and given != known:
                raise RowRefused(
                    field,
                    "conflict",
                    _("The register says “{known}” here, the ledger “{given}”. Decide which is right.").format(
                        known=known, given=given
                    ),
                )
        died = fields.get("died_date")
        if died and record.died and died != record.died:
            raise RowRefused(
                "died_date", "conflict", _("The register has another day of death, {day}.").format(day=record.died)
            )

    def _fill(self, record: ResidentRecord, fields: dict[str, Any]) -> bool:
        """Take over what the row says anew; return whether anything changed."""
        given: dict[str, Any] = {name: fields.get(name) for name in _TAKEN_OVER}
        given |= {"id_number": fields.get("id_no"), "birth": fields.get("birth_date"), "died": fields.get("died_date")}
        if record.sex == "U":
            given["sex"] = fields.get("sex")
        changed = {name: value for name, value in given.items() if value and getattr(record, name) != value}
        for name, value in changed.items():
            setattr(record, name, value)
        return bool(changed)

    def _settle(self, record: ResidentRecord, fields: dict[str, Any], moved_in: dt.date | None) -> bool:
        """Give a known person without a place the row's; another grid must be a move, not an import."""
        if not fields.get("grid"):
            return False
        lived = self.session.scalar(
            select(ResidencyRecord).where(ResidencyRecord.resident_id == record.id, ResidencyRecord.end.is_(None))
        )
        if lived is None:
            if (
                self.session.scalar(select(ResidencyRecord.id).where(ResidencyRecord.resident_id == record.id).limit(1))
                is not None
            ):
                raise RowRefused(
                    "grid", "moved_away", _("The register says this person moved away. Record the return by hand.")
                )
            self._add_residency(record, fields, moved_in)
            return True
        if lived.grid_id != self._grids[fields["grid"]]:
            raise RowRefused(
                "grid", "conflict", _("The register has this person in another grid. Record the move with its date.")
            )
        if lived.address is None and lived.household_id is None and fields.get("address"):
            lived.address = fields["address"]
            return True
        return False

    def _add_worker(self, fields: dict[str, Any]) -> None:
        """Add the grid worker a register names, where nobody of that name is known yet."""
        name, grid = fields.get("worker"), fields.get("grid")
        if not name or not grid or fields.get("worker_id") or name in self._workers:
            return
        record = WorkerRecord(name=name)
        self.session.add(record)
        self.session.flush()
        self._workers.add(name)
        start = self.session.get_one(GridRecord, self._grids[grid]).valid_from
        self.session.add(
            AssignmentRecord(worker_id=record.id, grid_id=self._grids[grid], role="full_time", start=start)
        )

    def _enrol(self, record: ResidentRecord, fields: dict[str, Any]) -> bool:
        start = min(fields.get("start_date") or self.today.replace(day=1), self.today)
        added = False
        for code in fields.get("category") or ():
            category = self._categories[code]
            held = select(EnrolmentRecord.id).where(
                EnrolmentRecord.resident_id == record.id,
                EnrolmentRecord.category_id == category,
                (EnrolmentRecord.end.is_(None)) | (EnrolmentRecord.end > start),
            )
            if self.session.scalar(held.limit(1)) is None:
                self.session.add(
                    EnrolmentRecord(
                        resident_id=record.id, category_id=category, start=start, grade=fields.get("level") or None
                    )
                )
                added = True
        return added

    def _add_contact(self, record: ResidentRecord, fields: dict[str, Any]) -> bool:
        name, phone = fields.get("contact_name"), fields.get("contact_phone")
        if not name:
            return False
        known = self.session.scalars(select(ContactRecord).where(ContactRecord.resident_id == record.id)).all()
        if any(contact.name == name and (not phone or contact.phone == phone) for contact in known):
            return False
        self.session.add(
            ContactRecord(
                resident_id=record.id,
                name=name,
                relation=fields.get("contact_relation"),
                phone=phone,
                priority=len(known) + 1,
            )
        )
        return True
