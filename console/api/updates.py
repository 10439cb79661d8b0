"""Updates of Muster itself: where they come from, what is there, and when it is installed."""

from datetime import datetime

import msgspec

from console.api.operation import ADMIN, Nothing, Started, operation
from console.domain.updates import Stage, When

CONSOLES_CLOSE = "consoles_close"
"""The id of a change of `updates`: the set-up replaces no file that is in use."""
PORTION = 8 << 20
"""Bytes of a file that are sent at once."""
MOST_FILE = 1 << 30


class UpdatesState(msgspec.Struct, frozen=True, kw_only=True):
    """installed: the version that runs; version, changes: of what is there, "" if nothing is.

    address: where the service looks, "" for nowhere; looked_at, problem: of the last look; outcome:
    why the last update was not installed; installs: the set-up installed this service, so that it
    can update it; trusts: this copy knows the keys of its maker; by: who wants it installed.
    """

    installed: str
    version: str
    changes: str
    stage: Stage
    address: str
    looked_at: datetime | None
    problem: str
    outcome: str
    installs: bool
    trusts: bool
    by: str


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Of a folder with updates; empty switches the look for them off."""

    address: str


class Portion(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a file with an update. start: of the data within the file; 0 begins anew."""

    start: int
    data: bytes


class Install(msgspec.Struct, frozen=True, kw_only=True):
    """When the update is installed."""

    when: When


look = operation("updates.look", Nothing, UpdatesState, ADMIN)
save_address = operation("updates.save_address", Address, Nothing, ADMIN)
check = operation("updates.check", Nothing, Started, ADMIN)
download = operation("updates.download", Nothing, Started, ADMIN)
send_file = operation("updates.send_file", Portion, Nothing, ADMIN)
take_file = operation("updates.take_file", Nothing, Started, ADMIN)
install = operation("updates.install", Install, Started, ADMIN)
postpone = operation("updates.postpone", Nothing, Nothing, ADMIN)
