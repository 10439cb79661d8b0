"""Short codes by which somebody opens their link at the desk."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Applies this revision."""
    with op.batch_alter_table("invitation") as invitation:
        invitation.add_column(
            sa.Column("code_mark", sa.String(length=32), nullable=False, server_default="")
        )
        invitation.add_column(sa.Column("code_until", MOMENT, nullable=True))
    with op.batch_alter_table("invitation", recreate="auto") as invitation:
        invitation.alter_column(
            "code_mark", existing_type=sa.String(length=32), server_default=None
        )
        invitation.create_index(op.f("ix_invitation_code_mark"), ["code_mark"])
