"""Kiosks, and their logins beside those of terminals."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision."""
    op.create_table(
        "kiosk",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("location", sa.String(length=80), nullable=False),
        sa.Column("group_name", sa.String(length=80), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=True),
        sa.Column("pairing_hash", sa.String(length=64), nullable=False),
        sa.Column("pairing_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("replaces", sa.String(length=32), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_by", sa.String(length=80), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk")),
    )
    op.create_index(op.f("ix_kiosk_pairing_hash"), "kiosk", ["pairing_hash"], unique=False)
    op.create_index(op.f("ix_kiosk_token_hash"), "kiosk", ["token_hash"], unique=False)
    with op.batch_alter_table("login") as login:
        login.alter_column("terminal_id", existing_type=sa.String(length=32), nullable=True)
        login.add_column(sa.Column("kiosk_id", sa.String(length=32), nullable=True))
        login.add_column(
            sa.Column("outcome", sa.String(length=12), nullable=False, server_default="accepted")
        )
        login.add_column(
            sa.Column("method", sa.String(length=24), nullable=False, server_default="")
        )
        login.add_column(
            sa.Column("reason", sa.String(length=24), nullable=False, server_default="")
        )
        login.add_column(
            sa.Column("stamp", sa.String(length=24), nullable=False, server_default="")
        )
        login.add_column(sa.Column("as_of", sa.DateTime(timezone=True), nullable=True))
        login.add_column(sa.Column("path", sa.JSON(), nullable=True))
        login.create_foreign_key(op.f("fk_login_kiosk_id_kiosk"), "kiosk", ["kiosk_id"], ["id"])
        login.create_index(op.f("ix_login_kiosk_id_at_id"), ["kiosk_id", "at", "id"], unique=False)
