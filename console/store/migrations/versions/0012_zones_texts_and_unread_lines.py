"""Terminals have time zones and encodings; what they sent and nobody could read is sealed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from console.computer_zone import computer_zone

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

PART_HOURS = {
    -570: "Pacific/Marquesas",
    -210: "America/St_Johns",
    -150: "America/St_Johns",
    210: "Asia/Tehran",
    270: "Asia/Kabul",
    330: "Asia/Kolkata",
    345: "Asia/Kathmandu",
    390: "Asia/Yangon",
    525: "Australia/Eucla",
    570: "Australia/Darwin",
    630: "Australia/Adelaide",
    765: "Pacific/Chatham",
    825: "Pacific/Chatham",
}
"""Offsets that are no whole hours -> the zone that has each. Fixed zones have whole hours only."""
STEP = timedelta(days=14)


def upgrade() -> None:
    """Applies this revision. The service derives the logins' moments anew after its start."""
    with op.batch_alter_table("terminal") as terminal:
        terminal.add_column(_text("zone", 64, ""))
        terminal.add_column(_text("times_zone", 64, ""))
        terminal.add_column(_text("encoding", 16, "auto"))
        terminal.add_column(_text("encoding_seen", 16, "utf-8"))
        terminal.add_column(sa.Column("names_sealed", sa.LargeBinary(), nullable=True))
        terminal.add_column(
            sa.Column("lines_dropped", sa.Integer(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("login") as login:
        login.add_column(_text("time_mark", 24, "sure"))
    with op.batch_alter_table("clock_offset") as clock_offset:
        clock_offset.add_column(_text("shows", 19, ""))
    _set_zones()
    with op.batch_alter_table("terminal") as terminal:
        terminal.drop_column("utc_offset_min")
    with op.batch_alter_table("quarantine") as quarantine:
        quarantine.add_column(sa.Column("key", sa.String(length=32), nullable=True))
        quarantine.add_column(sa.Column("sealed", sa.LargeBinary(), nullable=True))
        quarantine.alter_column("raw", existing_type=sa.Text(), nullable=True)
        quarantine.create_unique_constraint(
            op.f("uq_quarantine_terminal_id_key"), ["terminal_id", "key"]
        )
        quarantine.create_index(op.f("ix_quarantine_received_at"), ["received_at"])


def _text(name: str, length: int, default: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)


def _set_zones() -> None:
    """Gives each terminal the zone that its offset stands for, and each clock what it showed."""
    connection, site = op.get_bind(), ZoneInfo(computer_zone())
    times = {"first_seen": sa.DateTime(timezone=True), "last_seen": sa.DateTime(timezone=True)}
    query = sa.text("SELECT id, status, utc_offset_min, first_seen, last_seen FROM terminal")
    for row in connection.execute(query.columns(**times)).all():
        offset = timedelta(minutes=row.utc_offset_min)
        theirs = site_has(site, offset, _utc(row.first_seen), _utc(row.last_seen))
        zone = "" if row.status == "pending" or theirs else zone_for(row.utc_offset_min)
        connection.execute(
            sa.text("UPDATE terminal SET zone = :zone WHERE id = :id"), {"zone": zone, "id": row.id}
        )
        _set_shown(connection, row.id, offset)


def _set_shown(connection: sa.Connection, terminal_id: str, offset: timedelta) -> None:
    query = sa.text("SELECT id, at, offset_s FROM clock_offset WHERE terminal_id = :terminal")
    found = query.columns(at=sa.DateTime(timezone=True))
    update = sa.text("UPDATE clock_offset SET shows = :shows WHERE id = :id")
    for row in connection.execute(found, {"terminal": terminal_id}).all():
        shows = _utc(row.at) + offset + timedelta(seconds=row.offset_s)
        connection.execute(update, {"shows": f"{shows:%Y-%m-%d %H:%M:%S}", "id": row.id})


def _utc(moment: datetime) -> datetime:
    """SQLite hands out times without their zone."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def site_has(site: ZoneInfo, offset: timedelta, first: datetime, last: datetime) -> bool:
    """Whether the site's zone had this offset at some time between the two."""
    return any(day.astimezone(site).utcoffset() == offset for day in _days(first, last))


def _days(first: datetime, last: datetime) -> Iterator[datetime]:
    day = first
    while day < last:
        yield day
        day += STEP
    yield last


def zone_for(minutes: int) -> str:
    """A zone with this offset; empty, the site's, for one that no zone has."""
    if minutes % 60 == 0 and -12 <= minutes // 60 <= 14:
        return f"Etc/GMT{-minutes // 60:+d}" if minutes else "Etc/UTC"
    return PART_HOURS.get(minutes, "")
