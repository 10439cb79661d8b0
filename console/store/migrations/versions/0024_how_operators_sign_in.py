"""Second factors, and misses at user names that nobody has."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
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
    op.create_table(
        "second_factor",
        sa.Column("operator_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("offered", sa.LargeBinary(), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("recovery", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
            name=op.f("fk_second_factor_operator_id_operator"),
        ),
        sa.PrimaryKeyConstraint("operator_id", name=op.f("pk_second_factor")),
    )
    with op.batch_alter_table("operator") as operator:
        operator.add_column(
            sa.Column("second_factor", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("operator", recreate="auto") as operator:
        operator.alter_column("second_factor", existing_type=sa.Boolean(), server_default=None)
    op.create_index(op.f("ix_unknown_name_missed_at"), "unknown_name", ["missed_at"])
