"""Puts the service together and runs it: the one place that wires things."""

import asyncio
import contextlib
import ipaddress
import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import filelock
import structlog
import uvicorn
from sqlalchemy import select
from starlette.types import ASGIApp

from bridge.terminals.push.listener import PushListener
from console import runtime
from console.biometrics.refusals import ModelRefused
from console.biometrics.workers.pipeline import PhotoPipeline
from console.key_holder import FileHolder, key_holder
from console.service.enrolment.emails import EmailJob
from console.service.enrolment.face_gallery import Faces
from console.service.enrolment.face_models import FaceModels
from console.service.enrolment.screening import PhotoJob, SettleJob
from console.service.events import EventHub
from console.service.fingers.enrolment import Desk
from console.service.jobs import JobKind, Jobs
from console.service.kiosks.roster import KioskRoster
from console.service.listeners.api import api_app, kiosk_app
from console.service.listeners.portal import Portal
from console.service.listeners.slow_clients import BodyDeadline, GuardedProtocol, TerminalProtocol
from console.service.logs import set_up_logs
from console.service.operations import (
    capture,
    employees,
    faces,
    fingers,
    invitations,
    kiosk_link,
    kiosks,
    logins,
    operators,
    review,
    site,
    tasks,
    terminals,
)
from console.service.tasks import Tasks
from console.service.terminals.actions import TerminalActions
from console.service.terminals.finger_copies import FingerCopies
from console.service.terminals.log_book import Logbook
from console.service.terminals.provisioning import ProvisionJob, ask_again
from console.service.terminals.push_site import TerminalLinks
from console.service.terminals.sessions import Units
from console.service.tools import Addresses, Service
from console.service.upkeep import Upkeep
from console.store.database import Store, connect, sqlite_url
from console.store.keys import load_kek
from console.store.migrate import upgrade
from console.store.schema import PersonKey, SiteKey
from console.store.vault import Vault

log = structlog.get_logger()
OPERATIONS_DONE = (
    capture,
    employees,
    faces,
    fingers,
    invitations,
    kiosk_link,
    kiosks,
    logins,
    operators,
    review,
    site,
    terminals,
    tasks,
)
"""Importing them binds the handlers."""
LOOPBACK = "127.0.0.1"
STOP_S = 3
LOCK_S = 1.0
"""A console that looks whether a service runs holds the lock for a moment."""


class CannotStart(Exception):
    """The service cannot run like this; the message says what to do."""


@dataclass(frozen=True)
class ServeOptions:
    """Ports of 0 take any free one. database and jobs_database: SQLAlchemy URLs, SQLite files in the data folder by default. kiosk_host:
    where kiosks on other computers are served, with the portal's certificate; empty: nowhere."""

    data_dir: Path
    database: str = ""
    jobs_database: str = ""
    api_port: int = 0
    portal_host: str = LOOPBACK
    portal_port: int = 8443
    portal_certificate: str = ""
    portal_key: str = ""
    kiosk_host: str = ""
    kiosk_port: int = 8444
    push_host: str = LOOPBACK
    push_port: int = 8081
    key_file: bool = False
    emails_per_minute: int = 30


class _Server(uvicorn.Server):
    """A listener among others: signals are the service's affair."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _bind(host: str, port: int, what: str) -> socket.socket:
    """A listening socket. Raises CannotStart."""
    try:
        listening = socket.create_server((host, port), backlog=512)
    except OSError as error:
        raise CannotStart(
            f"Port {port} for the {what} is taken or not allowed ({error.strerror}). Choose another."
        ) from error
    # asyncio sets this only on sockets that name their protocol; without it every answer waits 40 ms for an acknowledgement
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _listener(
    app: ASGIApp,
    options: ServeOptions | None = None,
    protocol: type[GuardedProtocol] = GuardedProtocol,
) -> _Server:
    config = uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_S,
        ssl_certfile=(options.portal_certificate or None) if options else None,
        ssl_keyfile=(options.portal_key or None) if options else None,
    )
    return _Server(config)


def _check(options: ServeOptions) -> bool:
    """Whether the portal has TLS. Raises CannotStart where it would need it."""
    secure = bool(options.portal_certificate)
    if not secure and not options.portal_host.startswith("127."):
        raise CannotStart(
            "The portal needs a certificate to be reached from other computers: browsers give no camera to plain http. "
            "Give --portal-certificate and --portal-key, or keep the portal on 127.0.0.1."
        )
    if not secure and options.kiosk_host:
        raise CannotStart(
            "Kiosks on other computers are served with TLS only: names and templates go there. "
            "Give --portal-certificate and --portal-key, or leave --kiosk-host out."
        )
    return secure


def _assemble(
    options: ServeOptions, addresses: Addresses, events: EventHub
) -> tuple[Service, Jobs]:
    data = options.data_dir
    engine = connect(options.database or sqlite_url(data / "muster.db"))
    upgrade(engine)
    store = Store(engine, events.publish)
    with store.read() as session:
        data_exists = session.scalars(select(SiteKey.version).limit(1)).first() is not None
        data_exists = (
            data_exists
            or session.scalars(select(PersonKey.employee_id).limit(1)).first() is not None
        )
    holder = key_holder(data, "site", options.key_file)
    vault = Vault(load_kek(holder, data_exists))
    jobs = Jobs(
        store, options.jobs_database or sqlite_url(data / "jobs.db"), options.emails_per_minute
    )
    in_file = isinstance(holder, FileHolder)
    if in_file:
        log.warning(
            "key_in_file",
            remedy="use a computer with a keyring, or guard the data folder and its copies",
        )
    service = Service(
        data_dir=data,
        store=store,
        vault=vault,
        events=events,
        pipeline=PhotoPipeline(),
        jobs=jobs,
        addresses=addresses,
        key_in_file=in_file,
    )
    service.desk = Desk(service)
    service.roster = KioskRoster(store)
    service.faces = Faces(service)
    service.face_models = FaceModels(service)
    try:
        service.face_models.start()
    except ModelRefused as refused:
        raise CannotStart(str(refused)) from refused
    return service, jobs


def job_kinds(service: Service) -> dict[str, JobKind]:
    """All durable work there is."""
    email, photo, settle, provision = (
        EmailJob(service),
        PhotoJob(service),
        SettleJob(service),
        ProvisionJob(service),
    )
    return {
        "mail": JobKind(email.run, email.pending, email.retry, queue="mail"),
        "photo": JobKind(photo.run, photo.pending, photo.retry),
        "settle": JobKind(settle.run, settle.pending, settle.retry),
        "provision": JobKind(provision.run, provision.pending, provision.retry, queue="terminal"),
    }


async def serve(options: ServeOptions) -> None:
    """Runs until SIGINT or SIGTERM. Raises CannotStart."""
    secure = _check(options)
    options.data_dir.mkdir(parents=True, exist_ok=True)
    set_up_logs(options.data_dir / "logs")
    lock = filelock.FileLock(options.data_dir / runtime.LOCK)
    try:
        lock.acquire(timeout=LOCK_S)
    except filelock.Timeout as error:
        raise CannotStart(f"A service is running on {options.data_dir} already.") from error
    with lock:
        await _run(options, secure)


async def _run(options: ServeOptions, secure: bool) -> None:
    loop = asyncio.get_running_loop()
    sockets = {
        "api": _bind(LOOPBACK, options.api_port, "console"),
        "portal": _bind(options.portal_host, options.portal_port, "portal"),
        "push": _bind(options.push_host, options.push_port, "terminals"),
    }
    if options.kiosk_host:
        sockets["kiosks"] = _bind(options.kiosk_host, options.kiosk_port, "kiosks")
    addresses = _addresses(sockets, secure)
    events = EventHub()
    events.bind(loop)
    service, jobs = await asyncio.to_thread(_assemble, options, addresses, events)
    links = _link(service, events, loop)
    servers = {
        "api": _listener(api_app(service)),
        "portal": _listener(Portal(service, secure).app(), options),
        "push": _listener(BodyDeadline(PushListener(links).app()), protocol=TerminalProtocol),
    }
    if "kiosks" in sockets:
        servers["kiosks"] = _listener(kiosk_app(service), options)
    stop = asyncio.Event()
    _stop_on_signals(loop, stop)
    await asyncio.to_thread(jobs.launch, job_kinds(service))
    await asyncio.to_thread(_wake, service)
    running = [
        asyncio.create_task(server.serve([sockets[name]])) for name, server in servers.items()
    ]
    upkeep = [asyncio.create_task(work) for work in (Upkeep(service).run(), service.units.run())]
    runtime.announce(
        options.data_dir,
        runtime.Running(os.getpid(), addresses.api, addresses.portal, addresses.push),
    )
    log.info("service_ready", database=service.store.engine.dialect.name)
    service.pipeline.start()
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([stopping, *running], return_when=asyncio.FIRST_COMPLETED)
    runtime.withdraw(options.data_dir)
    for task in upkeep:
        task.cancel()
    await asyncio.gather(*upkeep, links.close(), service.tasks.close(), return_exceptions=True)
    service.events.close()
    for server in servers.values():
        server.should_exit = True
    await asyncio.gather(*running, return_exceptions=True)
    await asyncio.to_thread(jobs.close)
    service.pipeline.close()
    service.desk.pipeline.close()
    service.store.close()
    log.info("service_stopped", at=datetime.now(UTC).isoformat())


def _link(service: Service, events: EventHub, loop: asyncio.AbstractEventLoop) -> TerminalLinks:
    """Everything that talks to terminals."""
    logbook = Logbook(service)
    links = TerminalLinks(service, logbook)
    service.tasks = Tasks(service.clock, lambda task_id: events.publish([("tasks", task_id)]))
    service.tasks.bind(loop)
    service.units = Units(service, links, logbook)
    service.terminal_actions = TerminalActions(service)
    service.finger_copies = FingerCopies(service)
    return links


def _wake(service: Service) -> None:
    with service.store.write() as session:
        ask_again(session)
    service.faces.load()


def _addresses(sockets: dict[str, socket.socket], secure: bool) -> Addresses:
    def address(name: str, scheme: str) -> str:
        host, port = sockets[name].getsockname()[:2]
        return f"{scheme}://{host if ipaddress.ip_address(host).is_loopback else socket.getfqdn()}:{port}"

    kiosks = address("kiosks", "https") if "kiosks" in sockets else ""
    return Addresses(
        address("api", "http"),
        address("portal", "https" if secure else "http"),
        address("push", "http"),
        kiosks,
    )


def _stop_on_signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows' loops have no such method
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
