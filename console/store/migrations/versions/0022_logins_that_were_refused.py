"""Indexes of the logins that were refused or given up, by outcome and by reason."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None
NOT_LET_IN = sa.text("outcome <> 'accepted'")


def upgrade() -> None:
    """Applies this revision."""
    for column in ("outcome", "reason"):
        op.create_index(
            op.f(f"ix_login_{column}_at_id"),
            "login",
            [column, "at", "id"],
            sqlite_where=NOT_LET_IN,
            postgresql_where=NOT_LET_IN,
        )
