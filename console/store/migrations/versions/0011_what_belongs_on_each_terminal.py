"""One row for each person and terminal: what belongs there, and what the terminal has shown."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision. What was confirmed stays so; the rest is asked for again."""
    _create()
    with op.batch_alter_table("terminal") as terminal:
        terminal.add_column(
            sa.Column("follows", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        terminal.add_column(
            sa.Column("unsettled", sa.Integer(), nullable=False, server_default="0")
        )
    op.create_index(op.f("ix_terminal_unsettled"), "terminal", ["unsettled"])
    op.execute(_LEFT)
    op.execute(_FACES)
    op.execute("UPDATE terminal SET unsettled = 1")
    op.execute(
        "UPDATE terminal SET follows = true "
        "WHERE id IN (SELECT terminal_id FROM receipt WHERE kind = 'plan')"
    )
    op.drop_table("command")
    op.drop_table("provision")
    op.drop_table("departure")


_COLUMNS = (
    "terminal_id, employee_id, pin, belongs, face_id, face_held, content, state, since, attempt, "
    "run_at, error, confirmed_at"
)
_LEFT = f"""
    INSERT INTO placement ({_COLUMNS})
    SELECT terminal_id, employee_id, pin, false, NULL, NULL, '',
        CASE WHEN gone_at IS NULL THEN 'waiting' ELSE 'confirmed' END,
        since, attempt, run_at, error, gone_at
    FROM departure
"""  # noqa: S608 - constants of this file
_FACES = f"""
    INSERT INTO placement ({_COLUMNS})
    SELECT p.terminal_id, e.employee_id,
        COALESCE(
            (SELECT MIN(m.pin) FROM pin_map m
             WHERE m.terminal_id = p.terminal_id AND m.employee_id = e.employee_id),
            w.number
        ),
        true, e.id, CASE WHEN p.state = 'confirmed' THEN e.id END, '',
        CASE WHEN p.state = 'confirmed' THEN 'confirmed' ELSE 'waiting' END,
        p.run_at, 1, p.run_at, p.error, p.confirmed_at
    FROM provision p
    JOIN enrolment e ON e.id = p.enrolment_id
    JOIN employee w ON w.id = e.employee_id
    WHERE e.live AND w.active AND NOT EXISTS (
        SELECT 1 FROM departure d
        WHERE d.terminal_id = p.terminal_id AND d.employee_id = e.employee_id
    )
"""  # noqa: S608 - constants of this file


def _create() -> None:
    text, moment = sa.String(length=32), sa.DateTime(timezone=True)
    op.create_table(
        "placement",
        sa.Column("terminal_id", text, nullable=False),
        sa.Column("employee_id", text, nullable=False),
        sa.Column("pin", text, nullable=False),
        sa.Column("belongs", sa.Boolean(), nullable=False),
        sa.Column("face_id", text, nullable=True),
        sa.Column("face_held", text, nullable=True),
        sa.Column("content", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("run_at", moment, nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("confirmed_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["terminal_id"], ["terminal.id"], name=op.f("fk_placement_terminal_id_terminal")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_placement_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["face_id"], ["enrolment.id"], name=op.f("fk_placement_face_id_enrolment")
        ),
        sa.PrimaryKeyConstraint("terminal_id", "employee_id", name=op.f("pk_placement")),
    )
    op.create_index(op.f("ix_placement_state_run_at"), "placement", ["state", "run_at"])
    op.create_index(op.f("ix_placement_face_id"), "placement", ["face_id"])
    op.create_index(
        op.f("ix_placement_employee_id_belongs_state"),
        "placement",
        ["employee_id", "belongs", "state"],
    )
