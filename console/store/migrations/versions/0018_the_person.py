"""Departments are a tree; employees may be barred from terminals, or be one with another row.

The audit log is searched by what it is about. A template knows how its photo was judged.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision."""
    with op.batch_alter_table("audit") as audit:
        audit.create_index(audit.f("ix_audit_object_id"), ["object_id"])
    with op.batch_alter_table("enrolment") as enrolment:
        enrolment.add_column(
            sa.Column("outcome", sa.String(length=8), nullable=False, server_default="")
        )
    with op.batch_alter_table("access_rule") as rule:
        rule.alter_column("names", type_=sa.String(length=160), existing_type=sa.String(length=80))
    with op.batch_alter_table("employee") as employee:
        employee.alter_column(
            "department", type_=sa.String(length=160), existing_type=sa.String(length=80)
        )
        employee.add_column(
            sa.Column("may_log_in", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        employee.add_column(sa.Column("merged_into", sa.String(length=32), nullable=True))
        employee.create_foreign_key(
            op.f("fk_employee_merged_into_employee"), "employee", ["merged_into"], ["id"]
        )
        employee.create_index(op.f("ix_employee_merged_into"), ["merged_into"])
        employee.create_index(op.f("ix_employee_erased_merged_into"), ["erased", "merged_into"])
    _plant_departments()


def _plant_departments() -> None:
    """Every department stands at the top. A sign that now means "beneath" becomes another one."""
    op.create_table(
        "department",
        sa.Column("path", sa.String(length=160), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_department")),
    )
    connection = op.get_bind()
    for statement in (
        "UPDATE employee SET department = REPLACE(department, '>', '›')",
        "UPDATE access_rule SET names = REPLACE(names, '>', '›') WHERE kind = 'department'",
        "INSERT INTO department (path) SELECT DISTINCT department FROM employee"
        " WHERE department <> '' UNION SELECT names FROM access_rule WHERE kind = 'department'",
    ):
        connection.execute(sa.text(statement))
