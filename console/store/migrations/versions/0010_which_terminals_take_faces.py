"""Terminals that take no faces are not waited for."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision. A terminal that takes none says so when it connects again."""
    with op.batch_alter_table("terminal") as terminal:
        terminal.add_column(
            sa.Column("takes_faces", sa.Boolean(), nullable=False, server_default=sa.true())
        )
