"""The live enrolment of one person is found by an index: each login at a terminal asks for it."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision."""
    op.drop_index(op.f("ix_enrolment_live"), table_name="enrolment")
    op.create_index(op.f("ix_enrolment_live_employee_id"), "enrolment", ["live", "employee_id"])
