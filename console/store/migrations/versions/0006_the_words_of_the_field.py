"""Tables and settings get the words of the field: clock offset, log coverage, inventory, email."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = (
    ("coverage", "log_coverage", (("terminal_id",), ("terminal_id", "end"))),
    ("drift", "clock_offset", (("terminal_id",),)),
    ("holding", "terminal_inventory", ()),
    ("twins", "known_lookalike", (("first_id",), ("second_id",))),
)
"""(table, its new name, the columns of each of its indexes)."""


def upgrade() -> None:
    """Applies this revision."""
    for old, new, indexes in TABLES:
        for columns in indexes:
            op.drop_index(op.f(f"ix_{old}_{'_'.join(columns)}"), table_name=old)
        op.rename_table(old, new)
        for columns in indexes:
            op.create_index(op.f(f"ix_{new}_{'_'.join(columns)}"), new, list(columns))
    with op.batch_alter_table("known_lookalike") as lookalikes:
        lookalikes.drop_constraint(op.f("uq_twins_first_id_second_id"), type_="unique")
        lookalikes.create_unique_constraint(
            op.f("uq_known_lookalike_first_id_second_id"), ["first_id", "second_id"]
        )
    with op.batch_alter_table("photo") as photo:
        photo.alter_column(
            "looks", new_column_name="perceptual_hash", existing_type=sa.LargeBinary()
        )
    _rename_in_json("setting", "key", "value", {"mail": "email"}, only="site")
    _rename_in_json("terminal", "id", "counts", {"drift": "out_of_sync"})


def _rename_in_json(
    table: str, key: str, column: str, names: dict[str, str], only: str = ""
) -> None:
    """Renames keys of the objects in a JSON column. only: of the row with this key alone."""
    rows = sa.table(table, sa.column(key, sa.String()), sa.column(column, sa.JSON()))
    query = sa.select(rows.c[key], rows.c[column])
    connection = op.get_bind()
    for row_id, value in connection.execute(query.where(rows.c[key] == only) if only else query):
        found = json.loads(value) if isinstance(value, str) else value
        renamed = {names.get(name, name): part for name, part in (found or {}).items()}
        if renamed != found:
            change = rows.update().where(rows.c[key] == row_id)
            connection.execute(change.values({column: renamed}))
