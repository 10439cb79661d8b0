"""Terminals know when they were approved, who asks for it, and who else calls in their name.

Logins are found by their number.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision. Nobody knows when: they count as approved since they came."""
    with op.batch_alter_table("terminal") as terminal:
        terminal.add_column(sa.Column("callers", sa.JSON(), nullable=False, server_default="{}"))
        terminal.add_column(sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
        terminal.add_column(
            sa.Column("asked_by", sa.String(length=80), nullable=False, server_default="")
        )
        terminal.add_column(
            sa.Column("asked_note", sa.String(length=300), nullable=False, server_default="")
        )
    op.execute("UPDATE terminal SET approved_at = first_seen WHERE status <> 'pending'")
    with op.batch_alter_table("login") as login:
        login.create_index(login.f("ix_login_pin"), ["pin"])
