"""Temporary passwords, sessions that can be listed, and an audit log that is read in portions."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Applies this revision."""
    with op.batch_alter_table("operator") as operator:
        operator.add_column(sa.Column("password_until", MOMENT, nullable=True))
        operator.add_column(
            sa.Column("warned_until", sa.Integer(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("operator", recreate="auto") as operator:
        operator.alter_column("warned_until", existing_type=sa.Integer(), server_default=None)
    with op.batch_alter_table("operator_session") as session:
        session.add_column(sa.Column("id", sa.String(length=32), nullable=True))
        session.add_column(
            sa.Column("computer", sa.String(length=80), nullable=False, server_default="")
        )
    op.execute("UPDATE operator_session SET id = substr(token_hash, 1, 32)")
    with op.batch_alter_table("operator_session", recreate="auto") as session:
        session.alter_column("id", existing_type=sa.String(length=32), nullable=False)
        session.alter_column("computer", existing_type=sa.String(length=80), server_default=None)
        session.create_unique_constraint("uq_operator_session_id", ["id"])
    op.drop_index(op.f("ix_audit_object_id"), "audit")
    op.create_index(op.f("ix_audit_at_seq"), "audit", ["at", "seq"])
    for column in ("actor", "action", "object_id"):
        op.create_index(op.f(f"ix_audit_{column}_at_seq"), "audit", [column, "at", "seq"])
