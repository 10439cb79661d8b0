"""What terminals hold and can do, their log coverage and clocks, receipts, terminal fingers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision."""
    op.create_table(
        "coverage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("terminal_id", sa.String(length=32), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("says", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("recovered", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["terminal_id"], ["terminal.id"], name=op.f("fk_coverage_terminal_id_terminal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage")),
    )
    op.create_index(op.f("ix_coverage_terminal_id"), "coverage", ["terminal_id"], unique=False)
    op.create_index(
        op.f("ix_coverage_terminal_id_end"), "coverage", ["terminal_id", "end"], unique=False
    )
    op.create_table(
        "drift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("terminal_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offset_s", sa.Double(), nullable=False),
        sa.Column("corrected", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["terminal_id"], ["terminal.id"], name=op.f("fk_drift_terminal_id_terminal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drift")),
    )
    op.create_index(op.f("ix_drift_terminal_id"), "drift", ["terminal_id"], unique=False)
    op.create_table(
        "finger_blob",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("employee_id", sa.String(length=32), nullable=False),
        sa.Column("finger", sa.Integer(), nullable=False),
        sa.Column("algorithm", sa.String(length=32), nullable=False),
        sa.Column("valid", sa.Integer(), nullable=False),
        sa.Column("template", sa.LargeBinary(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("terminal_id", sa.String(length=32), nullable=False),
        sa.Column("taken_by", sa.String(length=80), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_finger_blob_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["terminal_id"], ["terminal.id"], name=op.f("fk_finger_blob_terminal_id_terminal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finger_blob")),
        sa.UniqueConstraint(
            "employee_id",
            "finger",
            "algorithm",
            name=op.f("uq_finger_blob_employee_id_finger_algorithm"),
        ),
    )
    op.create_index(
        op.f("ix_finger_blob_employee_id"), "finger_blob", ["employee_id"], unique=False
    )
    op.create_index(
        op.f("ix_finger_blob_terminal_id"), "finger_blob", ["terminal_id"], unique=False
    )
    op.create_table(
        "holding",
        sa.Column("terminal_id", sa.String(length=32), nullable=False),
        sa.Column("pin", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["terminal_id"], ["terminal.id"], name=op.f("fk_holding_terminal_id_terminal")
        ),
        sa.PrimaryKeyConstraint("terminal_id", "pin", name=op.f("pk_holding")),
    )
    op.create_table(
        "pin_map",
        sa.Column("terminal_id", sa.String(length=32), nullable=False),
        sa.Column("pin", sa.String(length=32), nullable=False),
        sa.Column("employee_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_pin_map_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["terminal_id"], ["terminal.id"], name=op.f("fk_pin_map_terminal_id_terminal")
        ),
        sa.PrimaryKeyConstraint("terminal_id", "pin", name=op.f("pk_pin_map")),
    )
    op.create_index(op.f("ix_pin_map_employee_id"), "pin_map", ["employee_id"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("terminal_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["terminal_id"], ["terminal.id"], name=op.f("fk_receipt_terminal_id_terminal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
    )
    op.create_index(op.f("ix_receipt_terminal_id"), "receipt", ["terminal_id"], unique=False)
    op.add_column("login", sa.Column("clock_offset_s", sa.Double(), nullable=True))
    op.add_column(
        "terminal",
        sa.Column("dialect", sa.String(length=24), nullable=False, server_default="push"),
    )
    op.add_column("terminal", sa.Column("port", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "terminal",
        sa.Column("transport", sa.String(length=8), nullable=False, server_default="auto"),
    )
    op.add_column("terminal", sa.Column("key_sealed", sa.LargeBinary(), nullable=True))
    op.add_column(
        "terminal", sa.Column("group_name", sa.String(length=80), nullable=False, server_default="")
    )
    op.add_column("terminal", sa.Column("counts", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column(
        "terminal", sa.Column("capabilities", sa.JSON(), nullable=False, server_default="{}")
    )
    op.add_column(
        "terminal",
        sa.Column("contact_problem", sa.String(length=300), nullable=False, server_default=""),
    )
    op.add_column("terminal", sa.Column("clock_offset_s", sa.Double(), nullable=True))
    op.add_column(
        "terminal", sa.Column("log_wanted", sa.Boolean(), nullable=False, server_default=sa.true())
    )
