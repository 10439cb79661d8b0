"""The service is killed at twenty-five points of email, screening and terminals.

After a restart every invitation, submission and placement is finished exactly once, on both
databases.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from console.api import employees, invitations, review, site, terminals
from console.api.client import Client
from console.api.operation import Nothing, ServiceError
from console.api.operators import SignedIn
from console.demo.employee import PortalVisit
from console.demo.mailbox import link_in
from console.demo.photos import good_photos
from console.demo.site import PATIENCE_S, wait_until
from console.domain.invitations import Status
from console.domain.terminals import TerminalStatus
from console.service.outbox import SUBJECTS
from console.store import audit
from console.store.database import Store, connect, sqlite_url
from console.store.schema import Enrolment, Invitation, Outbox, Photo, PhotoPicture, Placement
from tests.conftest import ONE_FACE, PASSWORD, Databases, free_ports, migrated_sqlite
from tests.support.forked_site import ForkedSite

JOURNEYS = [
    (
        "Jobs._start:before:1",
        "EmailJob.run:after",
        "_end:after:2",
        "PhotoPipeline.terminal_copy:after",
        "due_on:after",
    ),
    (
        "Jobs._start:after:1",
        "PhotoJob.run:after:3",
        "SettleJob.run:before",
        "Reviews._write:after",
        "open_face:after",
    ),
    (
        "EmailJob.run:before",
        "Jobs._start:before:3",
        "PhotoJob.run:before",
        "open_face:before",
        "note_people:before",
    ),
    (
        "Mailer.send:before",
        "PhotoPipeline.screen:before:2",
        "SettleJob._conclude:after",
        "due_on:before",
        "mark_if_everywhere:before",
    ),
    (
        "Mailer.send:after",
        "PhotoPipeline.screen:after",
        "SettleJob.run:after",
        "unsettle:after",
        "note_people:after",
    ),
]
"""Where the service dies in each journey, one point after the other.

Calls are counted from each start of the service: a point with a count comes before whatever would
use up its calls.
"""
EMAILS = ("invitation", "consent", "approved")
INVITATION_UNDER_WAY = ("Mailer.send:after",)
APPROVAL_UNDER_WAY = ("due_on", "open_face", "mark_if", "note_people")
"""Points at which an email may be between the server's "250 OK" and our commit.

The email about the approval leaves while the face is on its way. Nobody can know whether the
server accepted it, so it is sent again with the same Message-ID.
"""
pytestmark = pytest.mark.skipif(
    sys.platform == "win32",
    reason="SIGKILL is a POSIX signal; on Windows the same code runs without this test",
)


class CrashSite(ForkedSite):
    """A site whose service is started armed with one point after the other, and plain at last."""

    def __init__(self, folder: Path, points: Sequence[str], serve: tuple[str, ...]) -> None:
        portal, push = free_ports(2)
        super().__init__(
            folder, serve=("--portal-port", str(portal), "--push-port", str(push), *serve)
        )
        self.points = points
        self.deaths = 0

    @property
    def command(self) -> list[str]:
        plain = super().command
        if self.deaths >= len(self.points):
            return plain
        return [
            *(plain[0], "-m", "tests.service.crashing_service"),
            self.points[self.deaths],
            *plain[3:],
        ]

    def persist(self, act: Callable[[], Any]) -> Any:
        """Does it again until it works, bringing the service back when it died."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                result = act()
                if result:
                    return result
            except (httpx.TransportError, ConnectionError, ServiceError, KeyError):
                pass
            if self.wait_dead(0.0):
                self.deaths += 1
                self.start_service()
                deadline = time.monotonic() + PATIENCE_S
            assert time.monotonic() < deadline, "no progress"
            time.sleep(0.15)  # each look asks the service


class Journey:
    """One person's whole way, each step repeatable."""

    def __init__(self, site_: CrashSite) -> None:
        self.site = site_
        self._session: SignedIn | None = None

    def client(self) -> Client:
        """Signed in once: the session outlives the service, and argon2 is meant to be slow."""
        client = self.site.client()
        if self._session is None:
            self._session = client.sign_in("admin", PASSWORD)
        else:
            client.resume(self._session)
        return client

    def person(self) -> employees.EmployeeRow:
        return self.client().call(employees.list_employees, employees.ListEmployees()).rows[0]

    def set_up(self) -> bool:
        client = self.site.client()
        if client.health().first_run:
            client.set_up("admin", "Admin", PASSWORD, "Site")
        client = self.client()
        client.call(site.save_settings, self.site.email_settings("Site", second_check=False))
        if not client.call(employees.list_employees, employees.ListEmployees()).rows:
            client.call(
                employees.save_employee,
                employees.SaveEmployee(
                    id="",
                    number="NQ1042Z",
                    first_name="Nur",
                    last_name="Aisyah",
                    email="nur@example.com",
                    department="Test",
                ),
            )
        return True

    def approve_terminals(self) -> bool:
        client = self.client()
        for row in client.call(terminals.list_terminals, Nothing()).rows:
            client.call(
                terminals.approve_terminal, terminals.ApproveTerminal(id=row.id, name=row.serial)
            )
        approved = [
            row
            for row in client.call(terminals.list_terminals, Nothing()).rows
            if row.status is TerminalStatus.APPROVED
        ]
        return len(approved) == 2

    def invite(self) -> bool:
        person = self.person()
        if person.status is None:
            client, request = self.client(), invitations.Invite(employee_ids=[person.id])
            client.finish(client.call(invitations.invite, request))
        return self.person().status is not None

    def email(self) -> str:
        return next((link_in(email) for email in self.site.mailbox.emails if link_in(email)), "")

    def submit(self) -> bool:
        if self.person().status not in (Status.INVITED, Status.OPENED, Status.CONSENTED):
            return True
        visit = PortalVisit(self.email())
        if visit.open().status_code != 200:
            return False
        if visit.state["texts"]:
            visit.agree()
        known = {photo["slot"] for photo in visit.state["photos"]}
        for slot, photo in enumerate(good_photos(), start=1):
            if slot not in known:
                visit.upload(slot, photo)
        verdicts = [visit.verdict(slot) for slot in (1, 2, 3)]
        return (
            all(v["state"] == "screened" for v in verdicts) and visit.submit(1).status_code == 200
        )

    def decide(self) -> bool:
        if self.person().status in (Status.APPROVED, Status.PUSHED):
            return True
        client = self.client()
        items = client.call(review.queue, Nothing()).items
        return bool(items) and bool(
            client.call(
                review.decide, review.Decide(id=items[0].id, approve=True, in_spite=ONE_FACE)
            )
        )

    def on_terminals(self) -> bool:
        return self.person().status is Status.PUSHED

    def mails_done(self) -> bool:
        return (
            len({email["Message-ID"] for email in self.site.mailbox.emails}) >= len(EMAILS)
            and not self.waiting_mail()
        )

    def waiting_mail(self) -> int:
        return self.client().call(site.overview, Nothing()).email_waiting


def walk(site_: CrashSite) -> None:
    journey = Journey(site_)
    site_.persist(journey.set_up)
    for serial in ("U1", "U2"):
        site_.add_unit(serial, poll_s=0.2)
    for step in (
        journey.approve_terminals,
        journey.invite,
        journey.email,
        journey.submit,
        journey.decide,
        journey.on_terminals,
        journey.mails_done,
    ):
        site_.persist(step)


def assert_exactly_once(site_: CrashSite, database: str) -> None:
    """What must be true whatever happened on the way."""
    store = Store(connect(database))
    with store.read() as tx:
        assert [row.status for row in tx.scalars(sa.select(Invitation))] == [Status.PUSHED]
        assert [row.tries for row in tx.scalars(sa.select(Invitation))] == [1]
        photos = list(tx.scalars(sa.select(Photo)))
        assert sorted(photo.slot for photo in photos) == [1, 2, 3]
        assert all(
            photo.state == "screened" and photo.has_image and not photo.upload_bytes
            for photo in photos
        )
        pictures = list(tx.scalars(sa.select(PhotoPicture)))
        assert [(one.upload, bool(one.image)) for one in pictures] == [(None, True)] * 3
        assert len(list(tx.scalars(sa.select(Enrolment)))) == 1
        assert [row.state for row in tx.scalars(sa.select(Placement))] == [
            "confirmed",
            "confirmed",
        ]
        outbox = list(tx.scalars(sa.select(Outbox)))
        assert sorted((row.kind, row.state) for row in outbox) == [
            ("approved", "sent"),
            ("consent", "sent"),
            ("invitation", "sent"),
        ]
        assert all(row.sealed is None for row in outbox)
        assert audit.verify(tx.session) is None
    store.close()
    assert all(
        list(unit.people) == ["NQ1042Z"] and unit.people["NQ1042Z"].photo for unit in site_.units
    )
    assert_emails(site_)


def assert_emails(site_: CrashSite) -> None:
    """An invitation, what was agreed to, and one word about the approval; no copy in vain.

    What was agreed to may be under way at each point of the screening.
    """
    assert len({email["Message-ID"] for email in site_.mailbox.emails}) == len(EMAILS)
    copies = Counter(email["Subject"] for email in site_.mailbox.emails)
    assert copies.keys() == {SUBJECTS[kind] for kind in EMAILS}
    for kind, under_way in (("invitation", INVITATION_UNDER_WAY), ("approved", APPROVAL_UNDER_WAY)):
        most = 1 + sum(one.startswith(under_way) for one in site_.points)
        assert 1 <= copies[SUBJECTS[kind]] <= most


def databases_of(databases: Databases, folder: Path) -> tuple[str, tuple[str, ...]]:
    if databases.kind == "sqlite":
        (folder / "muster.db").write_bytes(migrated_sqlite())
        return sqlite_url(folder / "muster.db"), ()
    main, jobs = databases.migrated(), databases.fresh()
    return main, ("--database", main, "--jobs-database", jobs)


@pytest.mark.parametrize("points", JOURNEYS, ids=", ".join)
def test_killed_anywhere_everything_is_finished_exactly_once(
    databases: Databases, tmp_path: Path, points: tuple[str, ...]
) -> None:
    database, serve = databases_of(databases, tmp_path)
    with CrashSite(tmp_path, points, serve) as site_:
        walk(site_)
        site_.kill_service()
        assert site_.deaths == len(points), f"still alive after {points[site_.deaths]}"
        assert_exactly_once(site_, database)


def test_the_job_runners_own_tables_may_be_lost_at_any_time(
    databases: Databases, tmp_path: Path
) -> None:
    database, serve = databases_of(databases, tmp_path)
    with CrashSite(tmp_path, ["PhotoPipeline.screen:before:2"], serve) as site_:
        journey = Journey(site_)
        site_.persist(journey.set_up)
        journey.invite()
        wait_until(journey.email)
        visit = PortalVisit(journey.email())
        visit.open()
        visit.agree()
        with pytest.raises(httpx.TransportError):
            for slot, photo in enumerate(good_photos(), start=1):
                visit.upload(slot, photo)
                visit.verdict(slot)
        site_.wait_dead(10)
        forget_jobs(tmp_path, serve)
        walk(site_)
        site_.kill_service()
        assert_exactly_once(site_, database)


def forget_jobs(folder: Path, serve: tuple[str, ...]) -> None:
    if not serve:
        for file in folder.glob("jobs.db*"):
            file.unlink()
        return
    engine = connect(serve[3])
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA IF EXISTS dbos CASCADE"))
    engine.dispose()


def test_the_job_runners_tables_hold_ids_and_nothing_else(
    databases: Databases, tmp_path: Path
) -> None:
    _, serve = databases_of(databases, tmp_path)
    with CrashSite(tmp_path, [], serve) as site_:
        walk(site_)
        site_.kill_service()
        text = dump(serve[3] if serve else sqlite_url(tmp_path / "jobs.db"))
        token = link_in(site_.mailbox.emails[0]).rpartition("/")[2]
    assert "muster.job" in text
    for secret in (token, "nur@example.com", "Aisyah", "NQ1042Z"):
        assert secret not in text


def dump(url: str) -> str:
    engine = connect(url)
    rows = []
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        for schema in ["dbos"] if engine.dialect.name == "postgresql" else [None]:
            for table in inspector.get_table_names(schema):
                quoted = f'"{schema}"."{table}"' if schema else f'"{table}"'
                rows += [
                    repr(row) for row in connection.execute(sa.text(f"SELECT * FROM {quoted}"))
                ]
    engine.dispose()
    return "\n".join(rows)
