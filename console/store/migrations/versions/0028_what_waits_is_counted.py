"""Indexes by which the first page counts, however many invitations and employees there are."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None
BY = (("email_failed",), ("check_misses",), ("expires_at", "channel"))


def upgrade() -> None:
    """Applies this revision."""
    op.drop_index(op.f("ix_invitation_status"), "invitation")
    for columns in BY:
        name = op.f(f"ix_invitation_status_{'_'.join(columns)}")
        op.create_index(name, "invitation", ["status", *columns])
    op.create_index(op.f("ix_employee_valid_until"), "employee", ["valid_until"])
