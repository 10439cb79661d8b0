"""Imports of employees can be undone for some days; operators may be employees."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
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
    with op.batch_alter_table("operator") as operator:
        operator.add_column(sa.Column("employee_id", sa.String(length=32), nullable=True))
        operator.create_foreign_key(
            op.f("fk_operator_employee_id_employee"), "employee", ["employee_id"], ["id"]
        )
        operator.create_index(op.f("ix_operator_employee_id"), ["employee_id"])
