"""Imports of employees are kept for some days, so that they can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision."""
    op.create_table(
        "employee_import",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.String(length=80), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employee_import")),
    )
    op.create_table(
        "imported_employee",
        sa.Column("import_id", sa.String(length=32), nullable=False),
        sa.Column("employee_id", sa.String(length=32), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["employee_import.id"],
            name=op.f("fk_imported_employee_import_id_employee_import"),
        ),
        sa.PrimaryKeyConstraint("import_id", "employee_id", name=op.f("pk_imported_employee")),
    )
