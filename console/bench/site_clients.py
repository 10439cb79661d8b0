"""A console and two kiosks of the site's benchmark, in processes of their own.

`python -m console.bench.site_clients console URL TOKEN` or `… kiosks URL PEOPLE TOKEN…`; the tokens
are those of an operator's session and of the kiosks' pairings.
At the line "end", or at the end of the input, it prints {"samples": {name: samples}, "failed": n}.
"""

import json
import random
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import httpx

from console import runtime
from console.api import employees, kiosk_link, logins, review, site
from console.api.address import ServiceAddress
from console.api.client import Client, trusting
from console.api.operation import Nothing
from console.api.operators import SignedIn
from console.bench.site_samples import Repeats
from console.bench.site_sizes import number_of
from console.domain.login_events import LoginOutcome, Stamp
from console.domain.login_policy import Method
from console.domain.operators import Role

READ_EVERY_S = 1.0
"""A page of the console is read again this often while things change."""
QUEUE_EVERY_S = 5.0
PROBE_EVERY_S = 0.05
SYNC_EVERY_S, CHECK_EVERY_S, UPLOAD_EVERY_S = 10.0, 2.0, 5.0
LOGINS_IN_UPLOAD = 3
PROBE_PATH = "/no-such-page"
"""The listener answers this on the event loop alone: the answer's time is the loop's."""


def console(repeats: Repeats, address: ServiceAddress, token: str) -> None:
    """The reads of an open console, and the probe of the service's event loop."""
    people, log, glance, queue = (Client.at(address) for _ in range(4))
    session = SignedIn(token=token, username="", name="", role=Role.ADMIN, can_enrol=True)
    for client in (people, log, glance, queue):
        client.resume(session)
    repeats.add(
        "employees",
        READ_EVERY_S,
        lambda: people.call(employees.list_employees, employees.ListEmployees()),
    )
    repeats.add("logins", READ_EVERY_S, lambda: log.call(logins.list_logins, logins.ListLogins()))
    repeats.add("overview", READ_EVERY_S, lambda: glance.call(site.overview, Nothing()))
    repeats.add("queue", QUEUE_EVERY_S, lambda: queue.call(review.queue, Nothing()))
    probe = httpx.Client(base_url=address.url, timeout=60.0, verify=trusting(address.certificate))
    repeats.add("probe", PROBE_EVERY_S, lambda: probe.get(PROBE_PATH))


class KioskCalls:
    """The calls of one kiosk, without its window."""

    def __init__(self, repeats: Repeats, address: ServiceAddress, token: str, people: int) -> None:
        self._repeats, self._address = repeats, address
        self._token, self._people = token, people
        self._syncs, self._checks, self._uploads = (Client.at(address) for _ in range(3))
        for client in (self._syncs, self._checks, self._uploads):
            client.use_token(token)
        self._dice = random.Random(token)  # noqa: S311 - who logs in when
        self._roster = ""

    def sync(self) -> None:
        """Asks for news. After the first list of employees it fetches everybody's references."""
        state = kiosk_link.KioskState(version="bench", cached=self._people, reader=True)
        request = kiosk_link.Sync(roster=self._roster, state=state)
        answer = self._syncs.call(kiosk_link.sync, request)
        first, self._roster = not self._roster, answer.roster
        if first and answer.entries:
            ids = [entry.id for entry in answer.entries]
            self._repeats.once("references", lambda: self._fetch(ids))

    def _fetch(self, ids: list[str]) -> None:
        with Client.at(self._address) as client:
            client.use_token(self._token)
            for start in range(0, len(ids), kiosk_link.MOST_AT_ONCE):
                some = ids[start : start + kiosk_link.MOST_AT_ONCE]
                client.call(
                    kiosk_link.references,
                    kiosk_link.References(employee_ids=some),
                )

    def check(self) -> None:
        """Asks about somebody who stands in front of the kiosk."""
        number = number_of(self._dice.randrange(self._people))
        self._checks.call(kiosk_link.check, kiosk_link.Check(number=number))

    def upload(self) -> None:
        """Hands in a few logins."""
        made = [self._login() for _ in range(LOGINS_IN_UPLOAD)]
        self._uploads.call(kiosk_link.upload, kiosk_link.Upload(logins=made))

    def _login(self) -> kiosk_link.KioskLogin:
        now = datetime.now(UTC)
        return kiosk_link.KioskLogin(
            id=uuid.uuid4().hex,
            at=now,
            local_time=f"{now:%Y-%m-%d %H:%M:%S}",
            outcome=LoginOutcome.ACCEPTED,
            method=Method.FINGER,
            reason="",
            stamp=Stamp.NONE,
            employee_id="",
            number=number_of(self._dice.randrange(self._people)),
            as_of=None,
            path=[kiosk_link.PathStep(what="finger", ok=True, facts={"score": 87.5})],
        )


def kiosks(repeats: Repeats, address: ServiceAddress, people: int, tokens: list[str]) -> None:
    """One kiosk a token."""
    for token in tokens:
        kiosk = KioskCalls(repeats, address, token, people)
        repeats.add("sync", SYNC_EVERY_S, kiosk.sync)
        repeats.add("check", CHECK_EVERY_S, kiosk.check)
        repeats.add("upload", UPLOAD_EVERY_S, kiosk.upload)


def main() -> None:
    """Works until it is told to end."""
    kind, data, *rest = sys.argv[1:]
    found = runtime.find(Path(data))
    if found is None:
        sys.exit(f"no service runs on {data}")
    address = found.address
    repeats = Repeats()
    if kind == "console":
        console(repeats, address, rest[0])
    else:
        kiosks(repeats, address, int(rest[0]), rest[1:])
    sys.stdin.readline()
    print(json.dumps({"samples": repeats.end(), "failed": repeats.failed}), flush=True)


if __name__ == "__main__":
    main()
