"""Pictures get tables of their own, so lists do not load them; sealed templates get a version."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

AT_ONCE = 500
"""Templates that are read and named at once."""


def upgrade() -> None:
    """Applies this revision."""
    _photos()
    _enrolments()
    with op.batch_alter_table("finger") as finger:
        finger.add_column(
            sa.Column("version", sa.String(length=16), nullable=False, server_default="")
        )
    _name_versions("finger", "templates")
    op.drop_index(op.f("ix_outbox_state"), table_name="outbox")
    op.create_index(op.f("ix_outbox_state_run_at"), "outbox", ["state", "run_at"])


def _photos() -> None:
    op.create_table(
        "photo_picture",
        sa.Column("photo_id", sa.String(length=32), nullable=False),
        sa.Column("upload", sa.LargeBinary(), nullable=True),
        sa.Column("image", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["photo.id"],
            name=op.f("fk_photo_picture_photo_id_photo"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_photo_picture")),
    )
    op.execute(
        "INSERT INTO photo_picture (photo_id, upload, image) SELECT id, sealed, image FROM photo"
        " WHERE sealed IS NOT NULL OR image IS NOT NULL"
    )
    with op.batch_alter_table("photo") as photo:
        photo.add_column(
            sa.Column("upload_bytes", sa.Integer(), nullable=False, server_default="0")
        )
        photo.add_column(
            sa.Column("has_image", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.execute("UPDATE photo SET upload_bytes = length(sealed) WHERE sealed IS NOT NULL")
    op.execute("UPDATE photo SET has_image = true WHERE image IS NOT NULL")
    op.execute("UPDATE photo SET model = '' WHERE vector IS NULL")
    with op.batch_alter_table("photo") as photo:
        photo.drop_column("sealed")
        photo.drop_column("image")


def _enrolments() -> None:
    op.create_table(
        "enrolment_picture",
        sa.Column("enrolment_id", sa.String(length=32), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_enrolment_picture_enrolment_id_enrolment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_enrolment_picture")),
    )
    op.execute(
        "INSERT INTO enrolment_picture (enrolment_id, image) SELECT id, image FROM enrolment"
    )
    with op.batch_alter_table("enrolment") as enrolment:
        enrolment.add_column(
            sa.Column("version", sa.String(length=16), nullable=False, server_default="")
        )
    _name_versions("enrolment", "template")
    with op.batch_alter_table("enrolment") as enrolment:
        enrolment.drop_column("image")


def _name_versions(table: str, column: str) -> None:
    """The name by which kiosks know a template: the start of the sealed bytes' SHA-256."""
    rows = sa.table(
        table,
        sa.column("id", sa.String()),
        sa.column(column, sa.LargeBinary()),
        sa.column("version", sa.String()),
    )
    connection, last = op.get_bind(), ""
    change = rows.update().where(rows.c.id == sa.bindparam("row"))
    while True:
        query = sa.select(rows.c.id, rows.c[column]).where(rows.c.id > last)
        found = connection.execute(query.order_by(rows.c.id).limit(AT_ONCE)).all()
        if not found:
            return
        named = [
            {"row": row_id, "named": hashlib.sha256(sealed).hexdigest()[:16]}
            for row_id, sealed in found
        ]
        connection.execute(change.values(version=sa.bindparam("named")), named)
        last = found[-1][0]
