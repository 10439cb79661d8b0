"""Looks of photos, photos taken at the desk, people who are known to look alike."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision."""
    op.create_table(
        "twins",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("first_id", sa.String(length=32), nullable=False),
        sa.Column("second_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("noted_by", sa.String(length=80), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_id"], ["employee.id"], name=op.f("fk_twins_first_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["employee.id"], name=op.f("fk_twins_second_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_twins")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_twins_first_id_second_id")),
    )
    op.create_index(op.f("ix_twins_first_id"), "twins", ["first_id"], unique=False)
    op.create_index(op.f("ix_twins_second_id"), "twins", ["second_id"], unique=False)
    op.add_column("photo", sa.Column("looks", sa.LargeBinary(), nullable=True))
    op.add_column(
        "photo", sa.Column("best_because", sa.String(length=16), nullable=False, server_default="")
    )
    op.add_column(
        "invitation",
        sa.Column("channel", sa.String(length=16), nullable=False, server_default="link"),
    )
