"""Misses at user names that nobody has are counted as those of operators are."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision."""
    op.create_table(
        "unknown_name",
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_unknown_name")),
    )
    op.create_index(op.f("ix_unknown_name_missed_at"), "unknown_name", ["missed_at"])
