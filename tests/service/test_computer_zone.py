"""TE10: the zone of this computer, where it is not told plainly."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from console import computer_zone as module
from console.computer_zone import WELL_KNOWN, computer_zone
from console.domain.zones import wall_time, zone_names, zone_of


def test_TE10_TZ_comes_before_the_setting_of_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":Asia/Kathmandu")
    assert computer_zone() == "Asia/Kathmandu"


def test_TE10_linux_links_to_its_zone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TZ", raising=False)
    folder = tmp_path / "usr" / "share" / "zoneinfo" / "Europe"
    folder.mkdir(parents=True)
    (folder / "Berlin").touch()
    link = tmp_path / "localtime"
    link.symlink_to(folder / "Berlin")
    monkeypatch.setattr(module, "LOCALTIME", link)
    assert computer_zone() == "Europe/Berlin"


class Computer(datetime):
    """A computer that knows its offsets, but no name that anybody else knows."""

    zone = "America/Chicago"

    def astimezone(self, tz=None):
        if tz is not None:
            return super().astimezone(tz)
        offset: timedelta = wall_time(zone_of(self.zone), self) - self.replace(tzinfo=None)
        return super().astimezone(timezone(offset))


@pytest.mark.parametrize("zone", ["America/Chicago", "Asia/Kolkata", "Australia/Adelaide"])
def test_TE10_other_computers_are_known_by_their_offsets_of_a_year(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, zone: str
) -> None:
    monkeypatch.setenv("TZ", "Central Standard Time")
    monkeypatch.setattr(Computer, "zone", zone)
    monkeypatch.setattr(module, "datetime", Computer)
    assert computer_zone() == zone


def test_TE10_the_well_known_zones_are_zones() -> None:
    assert set(WELL_KNOWN) <= zone_names()
