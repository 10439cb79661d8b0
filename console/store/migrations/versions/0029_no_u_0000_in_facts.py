"""U+0000 is taken out of what earlier versions kept as JSON.

A terminal or a request may have brought it. PostgreSQL stores it, and then fails each query that
looks inside. Left as they are: entries of the audit log, whose hash was made with it.
"""

import json
import re

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None
COLUMNS = (
    ("campaign", "left_out"),
    ("photo", "verdict"),
    ("erasure", "removed"),
    ("erasure", "consents"),
    ("erasure", "places"),
    ("kiosk", "settings"),
    ("kiosk", "state"),
    ("login", "path"),
    ("imported_employee", "before"),
    ("setting", "value"),
    ("second_factor", "recovery"),
    ("terminal", "info"),
    ("terminal", "counts"),
    ("terminal", "capabilities"),
    ("terminal", "callers"),
    ("receipt", "detail"),
)
ESCAPED = "\\u0000"
NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""After an odd number of backslashes it is a text about it."""


def upgrade() -> None:
    """Applies this revision."""
    connection = op.get_bind()
    for name, column in COLUMNS:
        table = sa.table(name, sa.column(column, sa.JSON))
        text = sa.cast(table.c[column], sa.Text)
        held = sa.select(text).where(text.contains(ESCAPED, autoescape=True)).distinct()
        for before in connection.scalars(held).all():
            healed = json.loads(NUL.sub(r"\1\\ufffd", before))
            change = sa.update(table).where(text == before).values({column: healed})
            connection.execute(change)
