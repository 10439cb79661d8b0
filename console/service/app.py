"""Builds the service from the bottom up and runs it: the one place that wires things."""

import asyncio
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import filelock
import structlog
from sqlalchemy import select

from bridge.terminals.push.listener import PushListener
from console import runtime
from console.api.operation import Principal
from console.key_holder import FileHolder, key_holder
from console.loopback_certificate import LoopbackCertificate
from console.prepared_types import prepare_types
from console.private_folder import make_private
from console.process_tuning import collect_garbage_rarely, run_on_one_core
from console.service.asking_again import AskingAgain
from console.service.backups.checkpoints import Checkpoints
from console.service.backups.schedule import BackupSchedule
from console.service.backups.site_key import go_on
from console.service.backups.upgrade_copies import UpgradeCopies
from console.service.callers import FindCaller
from console.service.enrolment.consent import FaceConsents
from console.service.enrolment.parts import EnrolmentParts
from console.service.enrolment.personal_links import PersonalLinks
from console.service.enrolment.photo_files import PhotoFiles
from console.service.enrolment.reminders import Reminders
from console.service.enrolment.upkeep import EnrolmentUpkeep
from console.service.events import EventHub
from console.service.fingers.consent import FingerConsents
from console.service.fingers.enrolment import FingerEnrolments
from console.service.fingers.record_import import RecordImports
from console.service.fingers.records import FingerRecords
from console.service.jobs import Jobs
from console.service.kiosks.registry import KioskCallers
from console.service.kiosks.roster import KioskRoster
from console.service.lifetimes import Lifetimes
from console.service.listeners.api import ApiListener
from console.service.listeners.plain_push import PlainPush
from console.service.listeners.portal import Portal
from console.service.listeners.server import Server, make_server
from console.service.listeners.slow_clients import BodyDeadline, TerminalProtocol
from console.service.logs import set_up_logs
from console.service.metrics import Metrics
from console.service.operations.access_rules import AccessRuleOperations
from console.service.operations.audit import AuditOperations
from console.service.operations.backups import BackupOperations
from console.service.operations.board import BoardOperations
from console.service.operations.campaigns import CampaignOperations
from console.service.operations.capture import CaptureOperations
from console.service.operations.concerns import Concerned
from console.service.operations.consents import ConsentOperations
from console.service.operations.departments import DepartmentOperations
from console.service.operations.dispatch import Dispatcher
from console.service.operations.employees import EmployeeOperations
from console.service.operations.erasure import ErasureOperations
from console.service.operations.faces import FaceOperations
from console.service.operations.finger_records import FingerRecordOperations
from console.service.operations.fingers import FingerOperations
from console.service.operations.first_steps import FirstStepOperations
from console.service.operations.invitations import InvitationOperations
from console.service.operations.kiosk_link import KioskLinkOperations
from console.service.operations.kiosks import KioskOperations
from console.service.operations.login_counts import LoginCountOperations
from console.service.operations.login_export import LoginExportOperations
from console.service.operations.login_list import LoginListOperations
from console.service.operations.logins import LoginOperations
from console.service.operations.merging import MergeOperations
from console.service.operations.operators import OperatorOperations
from console.service.operations.person import PersonOperations
from console.service.operations.photo_files import PhotoFileOperations
from console.service.operations.privacy import PrivacyOperations
from console.service.operations.retention import RetentionOperations
from console.service.operations.review import ReviewOperations
from console.service.operations.site import SiteOperations
from console.service.operations.site_key import SiteKeyOperations
from console.service.operations.tasks import TaskOperations
from console.service.operations.terminal_life import TerminalLifeOperations
from console.service.operations.terminals import TerminalOperations
from console.service.operations.today import TodayOperations
from console.service.operations.updates import UpdateOperations
from console.service.operations.usb_stick import UsbStickOperations
from console.service.outbox import EmailJob, Mailer
from console.service.people import erasure
from console.service.people.imports import ListImport
from console.service.people.operator_sessions import OperatorSessions
from console.service.people.retention import Retention
from console.service.people.undo_import import ImportHistory
from console.service.people.validity import ValidityUpkeep
from console.service.pools import Pool, Pools
from console.service.serve_options import (
    LOOPBACK,
    CannotStart,
    ServeOptions,
    addresses_of,
    bind_all,
    check,
)
from console.service.settings import fix_zone
from console.service.start_problems import in_words, replace_damaged_jobs
from console.service.stop_signals import stop_on_signals
from console.service.supervisor import Supervisor
from console.service.task_book import TaskBook
from console.service.tasks import Tasks
from console.service.terminals.follow_up import FollowUp
from console.service.terminals.parts import TerminalParts
from console.service.terminals.upkeep import TerminalUpkeep
from console.service.tools import Addresses, Tools
from console.service.updates.updating import Updates
from console.service.upkeep import Upkeep, UpkeepStep
from console.site_certificates import CertificateFacts, read_certificate
from console.store.database import Store, connect, sqlite_url
from console.store.keys import load_keys
from console.store.migrate import upgrade
from console.store.schema import PersonKey, SiteKey
from console.store.upgrade_copy import DATABASE
from console.store.vault import Vault

log = structlog.get_logger()
LOCK_S = 1.0
"""A console that looks whether a service runs holds the lock for a moment."""
MAY_BE_COPIED = "other accounts of this computer could read them until now and may have copies"
JOB_RECORDS_KEPT = timedelta(days=7)


async def serve(options: ServeOptions) -> None:
    """Runs until SIGINT or SIGTERM. Raises CannotStart."""
    check(options)
    run_on_one_core()
    prepare_types()
    try:
        await _serve(options)
    except Exception as error:
        words = in_words(error, options.data_dir)
        if not words:
            raise
        log.error("cannot_start", problem=words, exc_info=error)
        raise CannotStart(words) from error


async def _serve(options: ServeOptions) -> None:
    exposed = make_private(options.data_dir)
    set_up_logs(options.data_dir / "logs")
    if exposed:
        log.warning("files_were_open", files=len(exposed), remedy=MAY_BE_COPIED)
    lock = filelock.FileLock(options.data_dir / runtime.LOCK)
    try:
        lock.acquire(timeout=LOCK_S)
    except filelock.Timeout as error:
        raise CannotStart(f"A service is running on {options.data_dir} already.") from error
    with lock:
        await _run(options)


async def _run(options: ServeOptions) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    sockets = bind_all(options)
    try:
        events = EventHub()
        events.bind(loop)
        addresses = addresses_of(sockets, options.secure)
        tools = await asyncio.to_thread(_build_tools, options, addresses, events)
        tools.store.refuse_writes_on_this_thread()
        service = _Service(options, tools, loop)
        stop_on_signals(loop, stop, options.stop_with_input)
        await service.start(sockets)
        runtime.note_start(options.data_dir, for_console=options.for_console)
        collect_garbage_rarely()
        await service.run_until(stop)
        await service.close()
    finally:
        for one in sockets.values():
            one.close()


def _build_tools(options: ServeOptions, addresses: Addresses, events: EventHub) -> Tools:
    """Opens the database and the vault. Blocking. Raises KeyMissing."""
    data = options.data_dir
    if not options.jobs_database:
        replace_damaged_jobs(data / "jobs.db")
    engine = connect(options.database or sqlite_url(data / DATABASE))
    upgrade(engine)
    holder = key_holder(data, "site", options.key_file)
    in_file = isinstance(holder, FileHolder)
    if in_file:
        log.warning(
            "key_in_file",
            remedy="use a computer with a keyring, or guard the data folder and its copies",
        )
    vault = Vault(load_keys(holder, _data_exists(Store(engine))))
    store = Store(engine, vault)
    go_on(store, data, holder)
    store.subscribe(events.hear)
    metrics = Metrics.wanted()
    if metrics is not None:
        metrics.observe(engine)
        store.observe_write = metrics.add_write
    return Tools(
        data_dir=data,
        store=store,
        vault=vault,
        clock=store.clock,
        events=events,
        pools=Pools(store.refuse_writes_on_this_thread),
        addresses=addresses,
        key_in_file=in_file,
        push_certificate=_facts(options.push_certificate),
        portal_certificate=_facts(options.portal_certificate),
        metrics=metrics,
    )


def _facts(file: str) -> CertificateFacts | None:
    return read_certificate(Path(file)) if file else None


def _data_exists(store: Store) -> bool:
    """Whether something is sealed here already, so that a missing key must not be made anew."""
    with store.read() as tx:
        site = tx.scalar(select(SiteKey.version).limit(1))
        person = tx.scalar(select(PersonKey.employee_id).limit(1))
        return site is not None or person is not None


class _Service:
    """All parts, built in the order in which they need each other."""

    def __init__(
        self, options: ServeOptions, tools: Tools, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._options, self._tools = options, tools
        self._mailer = Mailer(loop, self._tools.clock)
        self._jobs = Jobs(
            tools.store, options.jobs_database or sqlite_url(tools.data_dir / "jobs.db")
        )
        announce = tools.events.publish
        self._task_book = TaskBook(tools.store)
        self._tasks = Tasks(
            tools.clock,
            lambda task_id: announce([("tasks", task_id)]),
            tools.pools,
            note=self._task_book.note,
        )
        self._tasks.bind(loop)
        self._enrolment = EnrolmentParts(tools)
        self._terminals = TerminalParts(tools)
        self._terminals.sessions.bind(loop)
        self._fingers = FingerRecords(tools.store)
        self._consents = FaceConsents(self._enrolment.gallery), FingerConsents(self._fingers)
        self._retention = Retention(
            tools.store,
            forget_face=self._enrolment.gallery.learn,
            forget_finger=self._fingers.forget,
            give_way=tools.pools.give_way,
        )
        self._checkpoints = Checkpoints(tools.store)
        self._lifetimes = Lifetimes(tools.store)
        self._backups = BackupSchedule(tools.store, tools.data_dir, self._tasks.start_blocking)
        self._updates = Updates(tools, self._tasks, self._backups.before_update)
        self._supervisor = Supervisor()
        self._certificate = LoopbackCertificate(LOOPBACK)
        self._servers: dict[str, Server] = {}
        self._running: list[asyncio.Task[None]] = []

    async def start(self, sockets: dict[str, socket.socket]) -> None:
        """Opens what is sealed, starts jobs and watches, then listens. Raises ModelRefused."""
        tools = self._tools
        await tools.pools.run(Pool.TASK, self._open)
        kinds = {
            "email": EmailJob(tools, self._mailer, self._options.emails_per_minute),
            **self._enrolment.jobs(),
            erasure.JOB: erasure.ErasureJob(
                tools.store,
                forget_lines=self._terminals.traces.forget,
                forget_face=self._enrolment.gallery.learn,
                forget_finger=self._fingers.forget,
            ),
        }
        await tools.pools.run(Pool.TASK, self._jobs.launch, kinds)
        personal = PersonalLinks(tools.store, self._consents)
        portal = Portal(tools, self._enrolment.links, personal, self._options.secure)
        self._servers = self._listeners(portal, sockets)
        self._running = [
            asyncio.create_task(server.serve([sockets[name]]))
            for name, server in self._servers.items()
        ]
        self._keep_alive(portal)
        addresses = tools.addresses
        runtime.announce(
            tools.data_dir,
            runtime.Running(
                os.getpid(),
                addresses.api,
                addresses.portal,
                addresses.push or addresses.push_tls,
                self._certificate.text,
            ),
        )
        log.info("service_ready", database=tools.store.engine.dialect.name)

    def _open(self) -> None:
        with self._tools.store.write() as tx:
            fix_zone(tx)
        self._tasks.restore(self._task_book.open())
        self._lifetimes.run_once()
        self._enrolment.models.start()

    def _keep_alive(self, portal: Portal) -> None:
        keep = self._supervisor.keep
        keep("upkeep", self._upkeep().run)
        keep("terminals", self._terminals.sessions.watch_forever)
        keep("polls", self._terminals.push_site.note_polls_forever)
        keep("alignment", self._terminals.alignment.align_forever)
        keep("closing", self._terminals.closing.close_forever)
        keep("verdicts", portal.watch)
        if self._tools.metrics is not None:
            keep("metrics", self._tools.metrics.watch_loop)

    def _upkeep(self) -> Upkeep:
        store, clock, give_way = self._tools.store, self._tools.clock, self._tools.pools.give_way
        terminals = TerminalUpkeep(store, self._terminals.plans, give_way)
        asking_again = AskingAgain(store, self._consents, give_way)
        reminders = Reminders(store, self._tools.addresses.portal, give_way)
        steps = [
            UpkeepStep("lifetimes", self._lifetimes.run_once),
            UpkeepStep("jobs", lambda: self._jobs.forget(clock() - JOB_RECORDS_KEPT)),
            UpkeepStep("validity", ValidityUpkeep(store).run_once),
            UpkeepStep("imports", ImportHistory(store).forget_old),
            UpkeepStep("enrolment", EnrolmentUpkeep(store).run_once),
            UpkeepStep("reminders", reminders.run_once),
            UpkeepStep("asking again", asking_again.run_once),
            UpkeepStep("retention", self._retention.run_when_due),
            UpkeepStep("terminals", terminals.run_once),
            UpkeepStep("times", self._terminals.times.run),
            UpkeepStep("login seal", self._terminals.seals.run_once),
            UpkeepStep("held lines", self._terminals.held_lines.release_accepted),
            UpkeepStep("lines", self._terminals.set_aside.run_once),
            UpkeepStep("backups", self._backups.run_when_due),
            UpkeepStep("upgrade copies", UpgradeCopies(store, self._tools.data_dir).delete_old),
            UpkeepStep("updates", self._updates.run_when_due),
            UpkeepStep("audit checkpoints", self._checkpoints.run_once),
            UpkeepStep("reading again", self._terminals.reader.run_due),
        ]
        return Upkeep(self._tools.pools, steps)

    def _listeners(self, portal: Portal, sockets: dict[str, socket.socket]) -> dict[str, Server]:
        api = ApiListener(self._tools, self._dispatcher())
        certificate, key = self._options.portal_certificate, self._options.portal_key
        push = BodyDeadline(PushListener(self._terminals.push_site).app())
        servers = {
            "api": make_server(api.app(), context=self._certificate.context),
            "portal": make_server(portal.app(), certificate, key),
        }
        if "push" in sockets:
            plain = PlainPush(push, self._tools.store)
            servers["push"] = make_server(plain, protocol=TerminalProtocol)
        if "push_tls" in sockets:
            own = self._options.push_certificate, self._options.push_key
            servers["push_tls"] = make_server(push, *own, protocol=TerminalProtocol)
        if "kiosks" in sockets:
            servers["kiosks"] = make_server(api.kiosk_app(), certificate, key)
        return servers

    def _dispatcher(self) -> Dispatcher:
        tools, tasks = self._tools, self._tasks
        enrolment, terminals = self._enrolment, self._terminals
        operators = OperatorSessions(tools.store, tools.pools)
        kiosks = KioskCallers(tools.store)
        fingers = FingerEnrolments(tools.store, self._fingers, tools.clock)
        follow_up = FollowUp(tasks, terminals.times, terminals.reader)
        roster = KioskRoster(tools.store, tools.pools.give_way)
        concerned = Concerned(self._jobs.failing)
        subjects = [
            AccessRuleOperations(),
            AuditOperations(tasks, self._checkpoints, tools.data_dir),
            BackupOperations(tasks, tools.data_dir),
            BoardOperations(enrolment.acts, tasks),
            CampaignOperations(enrolment.invitations, tasks, tools.addresses.portal),
            CaptureOperations(enrolment.gallery),
            ConsentOperations(),
            DepartmentOperations(),
            EmployeeOperations(
                ListImport(tools.store),
                ImportHistory(tools.store),
                tasks,
                enrolment.gallery,
                concerned,
            ),
            ErasureOperations(concerned),
            FaceOperations(enrolment.gallery, enrolment.models, tasks),
            FingerOperations(
                enrolments=fingers,
                records=self._fingers,
                copies=terminals.copies,
                sessions=operators,
                tasks=tasks,
            ),
            FingerRecordOperations(RecordImports(tools.store, self._fingers, fingers)),
            FirstStepOperations(tools),
            InvitationOperations(enrolment.invitations, tasks, enrolment.gallery, concerned),
            KioskLinkOperations(roster, enrolment.gallery, kiosks, tools.pools),
            KioskOperations(tools.addresses),
            LoginOperations(),
            LoginCountOperations(tools.pools.give_way),
            LoginExportOperations(terminals.seals, tools.pools.give_way),
            LoginListOperations(tools.pools.give_way),
            MergeOperations(enrolment.gallery, self._fingers),
            OperatorOperations(operators, tools.addresses.api),
            PrivacyOperations(tools),
            RetentionOperations(),
            PhotoFileOperations(PhotoFiles(tools.store, tools.pools), tasks),
            PersonOperations(lambda: enrolment.gallery.model),
            ReviewOperations(enrolment.reviews, enrolment.held, enrolment.guard, tasks),
            SiteKeyOperations(
                tasks, tools.data_dir, key_holder(tools.data_dir, "site", self._options.key_file)
            ),
            SiteOperations(
                tools=tools,
                jobs=self._jobs,
                mailer=self._mailer,
                checkpoints=self._checkpoints,
                zone_changed=follow_up.of_change(),
                tasks=tasks,
            ),
            TodayOperations(
                tools=tools,
                concerned=concerned,
                mailer=self._mailer,
                checkpoints=self._checkpoints,
            ),
            TaskOperations(
                tasks=tasks,
                sessions=terminals.sessions,
                actions=terminals.actions,
                examinations=terminals.examinations,
                replacement=terminals.replacement,
                acts=terminals.acts,
                plans=terminals.plans,
                finger_copies=terminals.copies,
                enrolments=fingers,
            ),
            TerminalOperations(terminals.sessions, follow_up),
            UpdateOperations(self._updates),
            UsbStickOperations(tasks, terminals.sessions, terminals.usb_stick),
            TerminalLifeOperations(tasks, terminals.sessions, terminals.held_lines),
        ]
        callers: dict[Principal, FindCaller] = {
            Principal.OPERATOR: operators.find,
            Principal.KIOSK: kiosks.find,
        }
        return Dispatcher(tools, subjects, callers)

    async def run_until(self, stop: asyncio.Event) -> None:
        """Returns when it is told to stop, or when a listener ends."""
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([stopping, *self._running], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()

    async def close(self) -> None:
        """Ends everything in an order that loses nothing."""
        tools = self._tools
        runtime.withdraw(tools.data_dir)
        await self._supervisor.close()
        await asyncio.gather(
            self._terminals.push_site.close(), self._tasks.close(), return_exceptions=True
        )
        tools.events.close()
        for server in self._servers.values():
            server.should_exit = True
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.to_thread(self._close_blocking)
        log.info("service_stopped", at=datetime.now(UTC).isoformat())

    def _close_blocking(self) -> None:
        self._jobs.close()
        self._enrolment.pipeline.close()
        self._fingers.pipeline.close()
        self._tools.pools.close()
        self._tools.store.close()
        if self._tools.metrics is not None:
            self._tools.metrics.write()
