"""A kiosk without its window, ended by SIGKILL at a point: `killed_kiosk.py FOLDER DATA POINT`.

before_upload: logins are on the disk; after_upload: the service has kept them, but the kiosk does
not know yet; nowhere: it ends regularly.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.api.client import Client
from console.api.kiosk_link import KioskLogin
from console.kiosk.cache.disk import KioskCache, open_cache
from console.kiosk.cache.people import People
from console.kiosk.flow.service_connection import ServiceConnection
from console.kiosk.service_address import locate_by

LOGINS = 5


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(folder: str, data: str, point: str) -> None:
    cache = open_cache(Path(folder), key_file=True)
    connection = ServiceConnection(locate_by("", Path(data)), cache, People(cache))
    if point != "nowhere":
        for number in range(LOGINS):
            now = datetime.now(UTC)
            cache.add_login(
                KioskLogin(
                    id=f"{point}{number}",
                    at=now,
                    local_time="",
                    outcome="accepted",
                    method="number",
                    reason="",
                    stamp="",
                    employee_id="",
                    number="1001",
                    as_of=None,
                    path=[],
                )
            )
    if point == "before_upload":
        die()
    if point == "after_upload":
        KioskCache.drop_logins = die  # type: ignore[method-assign, assignment]
    with Client.at(connection.locate()) as client:
        client.use_token(connection.token)
        connection.hand_in(client)


if __name__ == "__main__":
    main(*sys.argv[1:])
