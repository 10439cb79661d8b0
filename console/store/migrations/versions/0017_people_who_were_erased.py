"""People can be erased, or held; kiosks show which list of employees they have."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision."""
    op.create_table(
        "erasure",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("employee_id", sa.String(length=32), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.String(length=80), nullable=False),
        sa.Column("here_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pseudonym", sa.String(length=24), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.Column("consents", sa.JSON(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    for column in ("employee_id", "batch", "state"):
        op.create_index(op.f(f"ix_erasure_{column}"), "erasure", [column])
    op.create_table(
        "erased_number",
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("erasure_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["erasure_id"], ["erasure.id"], name=op.f("fk_erased_number_erasure_id_erasure")
        ),
        sa.PrimaryKeyConstraint("mark", "erasure_id", name=op.f("pk_erased_number")),
    )
    op.create_index(op.f("ix_erased_number_erasure_id"), "erased_number", ["erasure_id"])
    op.create_table(
        "legal_hold",
        sa.Column("employee_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("placed_by", sa.String(length=80), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_legal_hold_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("employee_id", name=op.f("pk_legal_hold")),
    )
    with op.batch_alter_table("employee") as employee:
        employee.add_column(
            sa.Column("erased", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("kiosk") as kiosk:
        kiosk.add_column(sa.Column("list_at", sa.DateTime(timezone=True), nullable=True))
        kiosk.add_column(sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True))
