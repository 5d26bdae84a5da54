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
    PersonDueRecord,
    PersonMonthRecord,
)
from gridapp.db.records.first_page import FirstPageRecord
from gridapp.db.records.handouts import HandoutRecord
from gridapp.db.records.journal import (
    DraftRecord,
    HeaderMappingRecord,
    ImportBatchRecord,
    ImportRowRecord,
    OperationChangeRecord,
    OperationRecord,
    SettingRecord,
)
from gridapp.db.records.papers import ClosedMonthRecord, PaperTemplateRecord, PrintedRowRecord, PrintedSheetRecord
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
    FacilityRecord,
    GridBoundaryRecord,
    GridChoiceRecord,
    GridRecord,
    GridSuccessionRecord,
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
    "ClosedMonthRecord",
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
    "FirstPageRecord",
    "FacilityRecord",
    "GridBoundaryRecord",
    "GridCategoryMonthRecord",
    "GridChoiceRecord",
    "GridMonthRecord",
    "GridRecord",
    "GridSuccessionRecord",
    "HandoutRecord",
    "HeaderMappingRecord",
    "HouseholdRecord",
    "ImportBatchRecord",
    "ImportRowRecord",
    "OperationChangeRecord",
    "OperationRecord",
    "PaperTemplateRecord",
    "PersonDueRecord",
    "PersonMonthRecord",
    "PrintedRowRecord",
    "PrintedSheetRecord",
    "ResidencyRecord",
    "ResidentRecord",
    "ResidentSearchRecord",
    "SettingRecord",
    "SiteRecord",
    "TierOverrideRecord",
    "VisitRecord",
    "WorkerRecord",
]
