"""Finger templates, consent to fingers, who may enrol others, fingers to remove from terminals."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision."""
    op.create_table(
        "finger",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("employee_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("extractor", sa.String(length=16), nullable=False),
        sa.Column("quality", sa.Integer(), nullable=False),
        sa.Column("scans", sa.Integer(), nullable=False),
        sa.Column("templates", sa.LargeBinary(), nullable=False),
        sa.Column("reader", sa.String(length=80), nullable=False),
        sa.Column("taken_by", sa.String(length=80), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_finger_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finger")),
        sa.UniqueConstraint("employee_id", "position", name=op.f("uq_finger_employee_id_position")),
    )
    op.create_index(op.f("ix_finger_employee_id"), "finger", ["employee_id"], unique=False)
    op.add_column("finger_blob", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "operator", sa.Column("can_enrol", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column(
        "operator", sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    with op.batch_alter_table("consent") as consent:
        consent.alter_column("invitation_id", existing_type=sa.String(length=32), nullable=True)
        consent.add_column(
            sa.Column("modality", sa.String(length=16), nullable=False, server_default="face")
        )
