"""Mapped tables; importing this package knows them all."""

from gridapp.db.records.journal import (
    DraftRecord,
    HeaderMappingRecord,
    ImportBatchRecord,
    ImportRowRecord,
    OperationChangeRecord,
    OperationRecord,
    SettingRecord,
)
from gridapp.db.records.people import (
    AbsenceRecord,
    CategoryRecord,
    ConsentRecord,
    ContactRecord,
    EnrolmentRecord,
    ResidencyRecord,
    ResidentRecord,
    TierOverrideRecord,
)
from gridapp.db.records.places import (
    AssignmentRecord,
    BuildingRecord,
    CommunityRecord,
    GridBoundaryRecord,
    GridRecord,
    HouseholdRecord,
    WorkerRecord,
)
from gridapp.db.records.search import ResidentSearchRecord
from gridapp.db.records.visits import SiteRecord, VisitRecord

__all__ = [
    "AbsenceRecord",
    "AssignmentRecord",
    "BuildingRecord",
    "CategoryRecord",
    "CommunityRecord",
    "ConsentRecord",
    "ContactRecord",
    "DraftRecord",
    "EnrolmentRecord",
    "GridBoundaryRecord",
    "GridRecord",
    "HeaderMappingRecord",
    "HouseholdRecord",
    "ImportBatchRecord",
    "ImportRowRecord",
    "OperationChangeRecord",
    "OperationRecord",
    "ResidencyRecord",
    "ResidentRecord",
    "ResidentSearchRecord",
    "SettingRecord",
    "SiteRecord",
    "TierOverrideRecord",
    "VisitRecord",
    "WorkerRecord",
]
