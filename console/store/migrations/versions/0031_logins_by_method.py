"""Indexes by which logins are found by what somebody logged in with, however rare that is."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None
WHERE = {"verify": sa.text("kiosk_id IS NULL"), "method": sa.text("kiosk_id IS NOT NULL")}


def upgrade() -> None:
    """Applies this revision."""
    for column, where in WHERE.items():
        op.create_index(
            op.f(f"ix_login_{column}_at_id"),
            "login",
            [column, "at", "id"],
            sqlite_where=where,
            postgresql_where=where,
        )
