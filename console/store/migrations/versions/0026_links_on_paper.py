"""Links that are printed and handed out, and that no email carries."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision."""
    with op.batch_alter_table("invitation") as invitation:
        invitation.add_column(
            sa.Column("on_paper", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("invitation", recreate="auto") as invitation:
        invitation.alter_column("on_paper", existing_type=sa.Boolean(), server_default=None)
