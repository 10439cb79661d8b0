"""People are asked about a text of their fingers too; logins of a clock ahead are found."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision."""
    with op.batch_alter_table("asked_again") as asked:
        asked.add_column(
            sa.Column("modality", sa.String(length=16), nullable=False, server_default="face")
        )
    with op.batch_alter_table("asked_again", recreate="auto") as asked:
        asked.alter_column("modality", existing_type=sa.String(length=16), server_default=None)
        asked.drop_constraint("pk_asked_again", type_="primary")
        asked.create_primary_key("pk_asked_again", ["employee_id", "modality"])
    with op.batch_alter_table("outbox") as outbox:
        outbox.alter_column("invitation_id", existing_type=sa.String(length=32), nullable=True)
    ahead = sa.text("at > received_at")
    op.create_index(
        op.f("ix_login_received_at"),
        "login",
        ["received_at"],
        sqlite_where=ahead,
        postgresql_where=ahead,
    )
