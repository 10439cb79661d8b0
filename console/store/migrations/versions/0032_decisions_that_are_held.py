"""Decisions about submissions take effect after a time in which they can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision."""
    with op.batch_alter_table("invitation") as invitation:
        invitation.add_column(sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
        invitation.add_column(sa.Column("held", sa.JSON(), nullable=True))
        invitation.add_column(
            sa.Column("not_decided", sa.String(length=500), nullable=False, server_default="")
        )
    with op.batch_alter_table("invitation", recreate="auto") as invitation:
        invitation.alter_column("not_decided", existing_type=sa.String(500), server_default=None)
        invitation.create_index(op.f("ix_invitation_held_until"), ["held_until"])
