"""In which language people are spoken to."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision."""
    with op.batch_alter_table("employee") as employee:
        employee.add_column(
            sa.Column("language", sa.String(length=16), nullable=False, server_default="")
        )
    with op.batch_alter_table("employee", recreate="auto") as employee:
        employee.alter_column("language", existing_type=sa.String(16), server_default=None)
