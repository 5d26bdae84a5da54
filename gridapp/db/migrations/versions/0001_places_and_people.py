"""The first tables: places, workers, people and their intervals.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Text is ordered by its bytes on both engines, whatever the server's language, and no length is enforced on either.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    _create_category()
    _create_community()
    _create_resident()
    _create_worker()
    _create_absence()
    _create_building()
    _create_consent()
    _create_contact()
    _create_enrolment()
    _create_grid()
    _create_tier_override()
    _create_assignment()
    _create_grid_boundary()
    _create_household()
    _create_residency()


def _text(length: int) -> Any:
    return sa.String(length).with_variant(sa.Text(collation="C"), "postgresql")


def _travelling() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("uid", KEY, nullable=False),
        sa.Column("ref", _text(200), nullable=True),
    )


def _stamps() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", _text(80), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_by", _text(80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def _create_category() -> None:
    op.create_table(
        "category",
        *_travelling(),
        sa.Column("code", _text(40), nullable=False),
        sa.Column("name", TEXT, nullable=True),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_category"),
        sa.UniqueConstraint("code", name="uq_category_code"),
        sa.UniqueConstraint("ref", name="uq_category_ref"),
        sa.UniqueConstraint("uid", name="uq_category_uid"),
    )


def _create_community() -> None:
    op.create_table(
        "community",
        *_travelling(),
        sa.Column("code", _text(12), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("town", TEXT, nullable=True),
        sa.Column("county", TEXT, nullable=True),
        sa.Column("city", TEXT, nullable=True),
        sa.Column("boundary", sa.LargeBinary(), nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_community"),
        sa.CheckConstraint("length(code) = 12", name=op.f("ck_community_code_has_12_digits")),
        sa.UniqueConstraint("code", name="uq_community_code"),
        sa.UniqueConstraint("ref", name="uq_community_ref"),
        sa.UniqueConstraint("uid", name="uq_community_uid"),
    )


def _create_resident() -> None:
    op.create_table(
        "resident",
        *_travelling(),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("sex", sa.SmallInteger(), nullable=False),
        sa.Column("birth", sa.Date(), nullable=True),
        sa.Column("id_number", _text(18), nullable=True),
        sa.Column("other_document", TEXT, nullable=True),
        sa.Column("died", sa.Date(), nullable=True),
        sa.Column("phone", TEXT, nullable=True),
        sa.Column("ethnicity", TEXT, nullable=True),
        sa.Column("register_address", TEXT, nullable=True),
        sa.Column("register_status", sa.SmallInteger(), nullable=True),
        sa.Column("note", TEXT, nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_resident"),
        sa.UniqueConstraint("ref", name="uq_resident_ref"),
        sa.UniqueConstraint("uid", name="uq_resident_uid"),
    )
    op.create_index("ix_resident_id_number", "resident", ["id_number"])
    op.create_index("ix_resident_name", "resident", ["name"])


def _create_worker() -> None:
    op.create_table(
        "worker",
        *_travelling(),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("phone", TEXT, nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_worker"),
        sa.UniqueConstraint("ref", name="uq_worker_ref"),
        sa.UniqueConstraint("uid", name="uq_worker_uid"),
    )


def _create_absence() -> None:
    op.create_table(
        "absence",
        *_travelling(),
        sa.Column("resident_id", NUMBER, nullable=False),
        sa.Column("reason", sa.SmallInteger(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("author", TEXT, nullable=True),
        sa.Column("approved_by", TEXT, nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
        sa.CheckConstraint('"end" IS NULL OR "end" > start', name=op.f("ck_absence_interval_runs_forward")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name="fk_absence_resident_id_resident"),
        sa.UniqueConstraint("ref", name="uq_absence_ref"),
        sa.UniqueConstraint("uid", name="uq_absence_uid"),
    )
    op.create_index("ix_absence_resident_id", "absence", ["resident_id"])


def _create_building() -> None:
    op.create_table(
        "building",
        *_travelling(),
        sa.Column("community_id", NUMBER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_building"),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name="fk_building_community_id_community"),
        sa.UniqueConstraint("ref", name="uq_building_ref"),
        sa.UniqueConstraint("uid", name="uq_building_uid"),
    )
    op.create_index("ix_building_community_id", "building", ["community_id"])


def _create_consent() -> None:
    op.create_table(
        "consent",
        *_travelling(),
        sa.Column("resident_id", NUMBER, nullable=False),
        sa.Column("scope", _text(40), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("wish", TEXT, nullable=True),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
        sa.CheckConstraint('"end" IS NULL OR "end" > start', name=op.f("ck_consent_interval_runs_forward")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name="fk_consent_resident_id_resident"),
        sa.UniqueConstraint("ref", name="uq_consent_ref"),
        sa.UniqueConstraint("uid", name="uq_consent_uid"),
    )
    op.create_index("ix_consent_resident_id", "consent", ["resident_id"])


def _create_contact() -> None:
    op.create_table(
        "contact",
        *_travelling(),
        sa.Column("resident_id", NUMBER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("relation", TEXT, nullable=True),
        sa.Column("phone", TEXT, nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name="fk_contact_resident_id_resident"),
        sa.UniqueConstraint("ref", name="uq_contact_ref"),
        sa.UniqueConstraint("uid", name="uq_contact_uid"),
    )
    op.create_index("ix_contact_resident_id", "contact", ["resident_id"])


def _create_enrolment() -> None:
    op.create_table(
        "enrolment",
        *_travelling(),
        sa.Column("resident_id", NUMBER, nullable=False),
        sa.Column("category_id", NUMBER, nullable=False),
        sa.Column("grade", TEXT, nullable=True),
        sa.Column("note", TEXT, nullable=True),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_enrolment"),
        sa.CheckConstraint('"end" IS NULL OR "end" > start', name=op.f("ck_enrolment_interval_runs_forward")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name="fk_enrolment_category_id_category"),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name="fk_enrolment_resident_id_resident"),
        sa.UniqueConstraint("ref", name="uq_enrolment_ref"),
        sa.UniqueConstraint("uid", name="uq_enrolment_uid"),
    )
    op.create_index("ix_enrolment_category_id_resident_id", "enrolment", ["category_id", "resident_id"])
    op.create_index("ix_enrolment_resident_id", "enrolment", ["resident_id"])


def _create_grid() -> None:
    op.create_table(
        "grid",
        *_travelling(),
        sa.Column("code", _text(15), nullable=False),
        sa.Column("community_id", NUMBER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_grid"),
        sa.CheckConstraint("length(code) = 15", name=op.f("ck_grid_code_has_15_digits")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_grid_interval_runs_forward")),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name="fk_grid_community_id_community"),
        sa.UniqueConstraint("code", name="uq_grid_code"),
        sa.UniqueConstraint("ref", name="uq_grid_ref"),
        sa.UniqueConstraint("uid", name="uq_grid_uid"),
    )
    op.create_index("ix_grid_community_id", "grid", ["community_id"])


def _create_tier_override() -> None:
    op.create_table(
        "tier_override",
        *_travelling(),
        sa.Column("resident_id", NUMBER, nullable=False),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_tier_override"),
        sa.CheckConstraint('"end" IS NULL OR "end" > start', name=op.f("ck_tier_override_interval_runs_forward")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name="fk_tier_override_resident_id_resident"),
        sa.UniqueConstraint("ref", name="uq_tier_override_ref"),
        sa.UniqueConstraint("uid", name="uq_tier_override_uid"),
    )
    op.create_index("ix_tier_override_resident_id", "tier_override", ["resident_id"])


def _create_assignment() -> None:
    op.create_table(
        "assignment",
        *_travelling(),
        sa.Column("worker_id", NUMBER, nullable=False),
        sa.Column("grid_id", NUMBER, nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.Column("duty", sa.SmallInteger(), nullable=True),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_assignment"),
        sa.CheckConstraint('"end" IS NULL OR "end" > start', name=op.f("ck_assignment_interval_runs_forward")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name="fk_assignment_grid_id_grid"),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_assignment_worker_id_worker"),
        sa.UniqueConstraint("ref", name="uq_assignment_ref"),
        sa.UniqueConstraint("uid", name="uq_assignment_uid"),
    )
    op.create_index("ix_assignment_grid_id", "assignment", ["grid_id"])
    op.create_index("ix_assignment_worker_id", "assignment", ["worker_id"])


def _create_grid_boundary() -> None:
    op.create_table(
        "grid_boundary",
        *_travelling(),
        sa.Column("grid_id", NUMBER, nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("geometry", sa.LargeBinary(), nullable=False),
        sa.Column("source_crs", _text(40), nullable=False),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_grid_boundary"),
        sa.CheckConstraint('"end" IS NULL OR "end" > start', name=op.f("ck_grid_boundary_interval_runs_forward")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name="fk_grid_boundary_grid_id_grid"),
        sa.UniqueConstraint("ref", name="uq_grid_boundary_ref"),
        sa.UniqueConstraint("uid", name="uq_grid_boundary_uid"),
    )
    op.create_index("ix_grid_boundary_grid_id", "grid_boundary", ["grid_id"])


def _create_household() -> None:
    op.create_table(
        "household",
        *_travelling(),
        sa.Column("building_id", NUMBER, nullable=True),
        sa.Column("unit", TEXT, nullable=True),
        sa.Column("room", TEXT, nullable=True),
        sa.Column("address", TEXT, nullable=True),
        sa.Column("register_no", TEXT, nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_household"),
        sa.ForeignKeyConstraint(["building_id"], ["building.id"], name="fk_household_building_id_building"),
        sa.UniqueConstraint("ref", name="uq_household_ref"),
        sa.UniqueConstraint("uid", name="uq_household_uid"),
    )
    op.create_index("ix_household_building_id", "household", ["building_id"])


def _create_residency() -> None:
    op.create_table(
        "residency",
        *_travelling(),
        sa.Column("resident_id", NUMBER, nullable=False),
        sa.Column("grid_id", NUMBER, nullable=False),
        sa.Column("household_id", NUMBER, nullable=True),
        sa.Column("address", TEXT, nullable=True),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_residency"),
        sa.CheckConstraint('"end" IS NULL OR "end" > start', name=op.f("ck_residency_interval_runs_forward")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name="fk_residency_grid_id_grid"),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name="fk_residency_household_id_household"),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name="fk_residency_resident_id_resident"),
        sa.UniqueConstraint("ref", name="uq_residency_ref"),
        sa.UniqueConstraint("uid", name="uq_residency_uid"),
    )
    op.create_index("ix_residency_grid_id_end", "residency", ["grid_id", "end"])
    op.create_index("ix_residency_household_id", "residency", ["household_id"])
    op.create_index("ix_residency_resident_id", "residency", ["resident_id"])
