"""Each person has a link of their own, may opt out, and is asked again about another text.

A badge may stand for the number, and a first enrolment be compared with an ID photo.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision."""
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table("employee") as employee:
        employee.add_column(sa.Column("opted_out_at", moment, nullable=True))
        employee.add_column(
            sa.Column("opted_out_by", sa.String(length=80), nullable=False, server_default="")
        )
        employee.add_column(sa.Column("badge_mark", sa.String(length=64), nullable=True))
        employee.create_unique_constraint(op.f("uq_employee_badge_mark"), ["badge_mark"])
    op.create_table(
        "person_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("employee_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("check_misses", sa.Integer(), nullable=False),
        sa.Column("check_passed", sa.Boolean(), nullable=False),
        sa.Column("session_hash", sa.String(length=64), nullable=True),
        sa.Column("session_at", moment, nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_person_link_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_person_link")),
        sa.UniqueConstraint("session_hash", name=op.f("uq_person_link_session_hash")),
    )
    op.create_index(op.f("ix_person_link_employee_id"), "person_link", ["employee_id"])
    op.create_table(
        "asked_again",
        sa.Column("employee_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("answer_days", sa.Integer(), nullable=False),
        sa.Column("told_at", moment, nullable=True),
        sa.Column("answer_by", moment, nullable=True),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_asked_again_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("employee_id", name=op.f("pk_asked_again")),
    )
    op.create_index(op.f("ix_asked_again_answer_by"), "asked_again", ["answer_by"])
    op.create_table(
        "id_photo",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("employee_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("upload", sa.LargeBinary(), nullable=True),
        sa.Column("image", sa.LargeBinary(), nullable=True),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.Column("added_by", sa.String(length=80), nullable=False),
        sa.Column("added_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_id_photo_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_id_photo")),
    )
    op.create_index(op.f("ix_id_photo_employee_id"), "id_photo", ["employee_id"], unique=True)
    op.create_index(op.f("ix_id_photo_state"), "id_photo", ["state"])
