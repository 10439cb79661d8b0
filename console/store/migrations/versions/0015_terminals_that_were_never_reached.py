"""A terminal may be in the list before it was reached for the first time."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision."""
    with op.batch_alter_table("terminal") as terminal:
        terminal.alter_column("last_seen", existing_type=sa.DateTime(timezone=True), nullable=True)
