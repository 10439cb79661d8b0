"""Of brows and mouth only whether a photo meets the criterion is kept. AI Act, article 5(1)(f).

Verdicts of earlier versions have the number, too: it goes, and so does what was measured for it.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None
GATE = "expression"
AT_ONCE = 500
"""Verdicts in memory."""
PHOTOS = sa.table("photo", sa.column("id", sa.String()), sa.column("verdict", sa.JSON()))


def upgrade() -> None:
    """Applies this revision."""
    connection, last = op.get_bind(), ""
    named = sa.cast(PHOTOS.c.verdict, sa.Text()).contains(f'"{GATE}"')
    query = sa.select(PHOTOS).where(named).order_by(PHOTOS.c.id).limit(AT_ONCE)
    update = PHOTOS.update().where(PHOTOS.c.id == sa.bindparam("photo_id"))
    while found := connection.execute(query.where(PHOTOS.c.id > last)).all():
        changed = [{"photo_id": one, "verdict": _without_number(said)} for one, said in found]
        connection.execute(update, changed)
        last = found[-1][0]


def _without_number(verdict: dict[str, Any]) -> dict[str, Any]:
    gates = [{**gate, "value": None} if gate["gate"] == GATE else gate for gate in verdict["gates"]]
    values = {name: value for name, value in verdict.get("values", {}).items() if name != GATE}
    return {**verdict, "gates": gates, "values": values}
