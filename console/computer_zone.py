"""The time zone that this computer is set to, by its IANA name: the site's, until one is chosen."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.domain.zones import offset_min, zone_names, zone_of

LOCALTIME = Path("/etc/localtime")
"""Where Linux links to the file of its zone."""
YEAR = tuple(timedelta(days=days) for days in range(0, 366, 15))
WELL_KNOWN = (
    "Etc/UTC", "Europe/London", "Europe/Berlin", "Europe/Athens", "Europe/Istanbul",
    "Europe/Moscow", "Asia/Dubai", "Asia/Tehran", "Asia/Kabul", "Asia/Karachi", "Asia/Kolkata",
    "Asia/Kathmandu", "Asia/Dhaka", "Asia/Yangon", "Asia/Bangkok", "Asia/Kuala_Lumpur",
    "Asia/Tokyo", "Australia/Darwin", "Australia/Brisbane", "Australia/Adelaide",
    "Australia/Sydney", "Pacific/Noumea", "Pacific/Auckland", "Pacific/Tongatapu",
    "Africa/Lagos", "Africa/Johannesburg", "Africa/Cairo", "Asia/Jerusalem", "Asia/Beirut",
    "Atlantic/Azores", "Atlantic/Cape_Verde", "America/Sao_Paulo", "America/Santiago",
    "America/St_Johns", "America/Halifax", "America/Caracas", "America/New_York",
    "America/Bogota", "America/Chicago", "America/Mexico_City", "America/Denver",
    "America/Phoenix", "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu",
)  # fmt: skip
"""One zone for each usual set of rules, for computers that know theirs by another name."""


def computer_zone() -> str:
    """The zone: as TZ says, as Linux is set, or the first well-known one with the same offsets."""
    named = os.environ.get("TZ", "").removeprefix(":") or _linked()
    return named if named in zone_names() else _alike()


def _linked() -> str:
    _, found, name = os.path.realpath(LOCALTIME).partition("/zoneinfo/")
    return name if found else ""


def _alike() -> str:
    """Windows has names of its own for zones: the offsets of one year tell most apart."""
    days = [datetime.now(UTC) + step for step in YEAR]
    here = [offset_min(day.astimezone().tzinfo or UTC, day) for day in days]
    return next(
        (name for name in WELL_KNOWN if [offset_min(zone_of(name), day) for day in days] == here),
        "Etc/UTC",
    )
