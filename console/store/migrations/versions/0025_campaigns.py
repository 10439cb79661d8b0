"""Campaigns, how far each invitation has come, and what was agreed about its link."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None
MOMENT = sa.DateTime(timezone=True)
NUMBERS = {"stage": 0, "photos_asked": 3, "tries_given": 3, "reminded": 0}
REACHED = {
    2: "'opened', 'declined'",
    3: "'consented', 'withdrawn'",
    4: "'submitted', 'screening', 'rejected_auto', 'needs_help'",
    5: "'pending_approval', 'rejected'",
    6: "'approved', 'superseded', 'erased'",
    7: "'pushed'",
    8: "'in_use'",
}
"""Stage -> the statuses that prove it."""


def upgrade() -> None:
    """Applies this revision."""
    whole = [sa.Column(name, sa.Integer(), nullable=False) for name in _TERMS]
    op.create_table(
        "campaign",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        *whole,
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    with op.batch_alter_table("invitation") as invitation:
        invitation.add_column(sa.Column("campaign_id", sa.String(length=32), nullable=True))
        for name, value in NUMBERS.items():
            invitation.add_column(
                sa.Column(name, sa.Integer(), nullable=False, server_default=str(value))
            )
        invitation.add_column(
            sa.Column("email_failed", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        invitation.add_column(sa.Column("link", sa.LargeBinary(), nullable=True))
        invitation.add_column(sa.Column("told_at", MOMENT, nullable=True))
    _fill()
    with op.batch_alter_table("invitation", recreate="auto") as invitation:
        for name in NUMBERS:
            invitation.alter_column(name, existing_type=sa.Integer(), server_default=None)
        invitation.alter_column("email_failed", existing_type=sa.Boolean(), server_default=None)
        invitation.create_foreign_key(
            op.f("fk_invitation_campaign_id_campaign"), "campaign", ["campaign_id"], ["id"]
        )
        invitation.create_index(op.f("ix_invitation_campaign_id"), ["campaign_id"])


_TERMS = ("days", "photos", "tries", "per_minute", "remind_after_days", "remind_most")


def _fill() -> None:
    """What is known of invitations that were sent before."""
    mine = "outbox.invitation_id = invitation.id AND outbox.kind = 'invitation'"
    op.execute(
        f"UPDATE invitation SET told_at = (SELECT max(sent_at) FROM outbox WHERE {mine})"  # noqa: S608
    )
    op.execute("UPDATE invitation SET stage = 1 WHERE told_at IS NOT NULL")
    op.execute("UPDATE invitation SET stage = 4 WHERE submitted_at IS NOT NULL")
    for stage, statuses in REACHED.items():
        op.execute(f"UPDATE invitation SET stage = {stage} WHERE status IN ({statuses})")  # noqa: S608
    failed = f"SELECT 1 FROM outbox WHERE {mine} AND outbox.state = 'failed'"  # noqa: S608
    op.execute(
        "UPDATE invitation SET email_failed = (1 = 1) "  # noqa: S608
        f"WHERE status = 'invited' AND told_at IS NULL AND EXISTS ({failed})"
    )
