"""Mapped tables; importing this package knows them all."""

from gridapp.db.records.accounts import AccountAreaRecord, AccountRecord
from gridapp.db.records.audit import AuditCheckpointRecord, AuditLinkRecord
from gridapp.db.records.figures import (
    CommunityCategoryMonthRecord,
    CommunityMonthRecord,
    FigureCategoryRecord,
    FigureMonthRecord,
    FigureRuleRecord,
    FigureStaleRecord,
    GridCategoryMonthRecord,
    GridMonthRecord,
    PersonMonthRecord,
)
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
from gridapp.db.records.visits import ActorRecord, SiteRecord, VisitRecord

__all__ = [
    "AbsenceRecord",
    "AccountAreaRecord",
    "AccountRecord",
    "ActorRecord",
    "AssignmentRecord",
    "AuditCheckpointRecord",
    "AuditLinkRecord",
    "BuildingRecord",
    "CategoryRecord",
    "CommunityCategoryMonthRecord",
    "CommunityMonthRecord",
    "CommunityRecord",
    "ConsentRecord",
    "ContactRecord",
    "DraftRecord",
    "EnrolmentRecord",
    "FigureCategoryRecord",
    "FigureMonthRecord",
    "FigureRuleRecord",
    "FigureStaleRecord",
    "GridBoundaryRecord",
    "GridCategoryMonthRecord",
    "GridMonthRecord",
    "GridRecord",
    "HeaderMappingRecord",
    "HouseholdRecord",
    "ImportBatchRecord",
    "ImportRowRecord",
    "OperationChangeRecord",
    "OperationRecord",
    "PersonMonthRecord",
    "ResidencyRecord",
    "ResidentRecord",
    "ResidentSearchRecord",
    "SettingRecord",
    "SiteRecord",
    "TierOverrideRecord",
    "VisitRecord",
    "WorkerRecord",
]
