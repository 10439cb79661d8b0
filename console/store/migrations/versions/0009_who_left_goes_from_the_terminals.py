"""Who left goes from every terminal: a row for each until the terminal has shown it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision. Those who have left already are laid out at the next start."""
    op.create_table(
        "departure",
        sa.Column("terminal_id", sa.String(length=32), nullable=False),
        sa.Column("employee_id", sa.String(length=32), nullable=False),
        sa.Column("pin", sa.String(length=32), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["terminal_id"], ["terminal.id"], name=op.f("fk_departure_terminal_id_terminal")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_departure_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("terminal_id", "employee_id", name=op.f("pk_departure")),
    )
    op.create_index(op.f("ix_departure_gone_at_run_at"), "departure", ["gone_at", "run_at"])
    op.create_index(
        op.f("ix_departure_employee_id_gone_at"), "departure", ["employee_id", "gone_at"]
    )
    with op.batch_alter_table("employee") as employee:
        employee.add_column(
            sa.Column("settled", sa.Boolean(), nullable=False, server_default=sa.true())
        )
    op.execute("UPDATE employee SET settled = false WHERE NOT active")
    op.create_index(op.f("ix_employee_settled"), "employee", ["settled"])
