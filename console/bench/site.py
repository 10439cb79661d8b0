"""A whole site at work: thousands of people, many terminals, two kiosks, an open console.

One service runs in a process of its own; so do the terminals, the kiosks and the console. Times are
measured from outside, by whoever waits. Only what nobody outside can see (the event loop's lag,
write transactions, SQL statements) comes from the service's own metrics.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec

from console.api import kiosk_link, kiosks, review, site
from console.api.address import ServiceAddress
from console.api.client import TIMEOUT_S, Client
from console.api.operation import Nothing, ServiceError
from console.api.operators import SignedIn
from console.bench import site_tasks
from console.bench.site_metrics import VARIABLE, ServiceMetrics, read_metrics
from console.bench.site_samples import Child, Sample, between, milliseconds, percentile
from console.bench.site_sizes import Sizes, dialled_serial, employee_id, terminal_id
from console.bench.site_tasks import OutboxWatch, TaskFailed, TimedTask
from console.demo.site import DemoSite

Figures = dict[str, float | int | None]
USER, PASSWORD = "bench", "a password for the bench"
KIOSKS = ("Front", "Back")
SHIPPED_RATE = ("--emails-per-minute", "30")
"""The demo sends faster than sites do."""
LOAD_LIMIT_S, TASK_LIMIT_S = 240.0, 120.0
"""Seconds after which no task is begun or awaited any longer, so that the run always ends."""
ONLINE_WITHIN_S, QUEUE_WITHIN_S = 30.0, 20.0
QUEUE_ROUNDS = 9
QUEUED_PATIENCE_S = 5.0
SHOWN = 8
"""Codes and operations that are named as the slowest."""
TARGETS: dict[str, float | None] = {
    "loop_lag_p99_ms": 50,
    "invite_3000_answer_s": 1,
    "invite_3000_queued_s": 10,
    "read_p95_ms": 100,
    "punch_ack_p95_ms": 100,
    "import_50k_s": 20,
    "roster_5000_ms": 250,
    "roster_peak_mb": 20,
    "review_queue_200_ms": 100,
    "review_queue_statements": 5,
    "longest_write_ms": 250,
    "leaver_50_units_s": 60,
    "plan_3000_s": None,
    "restart_read_p95_ms": None,
    "restart_punch_ack_p95_ms": None,
    "loop_probe_p99_ms": None,
    "kiosk_check_p95_ms": None,
    "failed_calls": None,
    "people": None,
    "terminals": None,
}
"""What each figure may be at most, at 5,000 people on two cores; None: it is only reported."""


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The last line of the process of the console or of the kiosks."""

    samples: dict[str, list[Sample]]
    failed: int


class _RosterCost(msgspec.Struct, frozen=True, kw_only=True):
    ms: float
    peak_mb: float
    people: int


@dataclass(frozen=True)
class _Access:
    """By whom the service is called. tokens: of the kiosks' pairings."""

    session: SignedIn
    tokens: list[str]


@dataclass(frozen=True)
class _Caller:
    """An operator who is signed in."""

    address: ServiceAddress
    session: SignedIn

    def client(self, timeout_s: float = TIMEOUT_S) -> Client:
        """A client that gives up after this long."""
        client = Client.at(self.address, timeout_s)
        client.resume(self.session)
        return client


@dataclass
class _SiteRun:
    """What was seen of the run.

    began, ended: of the load; online: when the last terminal had come; tried: when each task began.
    """

    began: float = 0.0
    online: float = 0.0
    ended: float = 0.0
    tasks: dict[str, TimedTask] = field(default_factory=dict)
    tried: dict[str, float] = field(default_factory=dict)
    queue: list[float] = field(default_factory=list)
    queued_at: float | None = None


def measure(people: int = 5000, terminals: int = 50) -> Figures:
    """All figures; None for what could not be measured, with the reason on standard error."""
    sizes, run = Sizes(people, terminals), _SiteRun()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, metrics = Path(name) / "site", Path(name) / "metrics.json"
        demo = stack.enter_context(DemoSite(folder, serve=SHIPPED_RATE))
        access = _set_up(demo)
        demo.stop_service()
        dialled = stack.enter_context(
            _child("fleet", "dialled", str(sizes.dialled), str(sizes.on_terminal))
        )
        roster = _write_site(folder, sizes, msgspec.convert(dialled.hear(), list[int]))
        with _environment(VARIABLE, str(metrics)):
            demo.start_service()
        dialled.say("begin")
        waits = _load(demo, access, sizes, run)
        demo.stop_service()  # before the terminals that it dials, so that it hangs up by itself
        dialled.end()
        inside = read_metrics(metrics)
        if inside is None:
            _say("the service wrote no metrics: what only it can see is not measured")
        else:
            _say_slowest(inside)
    figures = {
        **_task_figures(run),
        **waits,
        **_inside(inside),
        "roster_5000_ms": roster.ms,
        "roster_peak_mb": roster.peak_mb,
        "people": people,
        "terminals": sizes.push + sizes.dialled,
    }
    return {name: figures[name] for name in TARGETS}


def _say_slowest(metrics: ServiceMetrics) -> None:
    """Where to look first when a figure is missed."""
    for code, writes in list(metrics.writes.by_code.items())[:SHOWN]:
        _say(f"writes of {code}: {writes.count}, p95 {writes.p95_ms:g} ms, max {writes.max_ms:g}")
    slowest = sorted(metrics.operations.items(), key=lambda item: -item[1].p95_ms)
    for name, calls in slowest[:SHOWN]:
        _say(f"calls of {name}: {calls.count}, p95 {calls.p95_ms:g} ms, max {calls.max_ms:g}")


def _write_site(folder: Path, sizes: Sizes, ports: list[int]) -> _RosterCost:
    """Writes people and terminals, and measures the kiosks' list of them before a service runs."""
    _say(f"writing {sizes.people} people")
    _once("people", str(folder), str(sizes.people), str(sizes.terminals), *map(str, ports))
    return msgspec.convert(_once("roster", str(folder)), _RosterCost)


def _load(demo: DemoSite, access: _Access, sizes: Sizes, run: _SiteRun) -> Figures:
    """Everything at once: terminals, a console, kiosks and the tasks. What they waited for."""
    data, token = str(demo.data_dir), access.session.token
    with ExitStack() as stack:
        push = stack.enter_context(_child("fleet", "push", str(sizes.push), str(sizes.on_terminal)))
        console = stack.enter_context(_child("clients", "console", data, token))
        kiosk = stack.enter_context(
            _child("clients", "kiosks", data, str(sizes.people), *access.tokens)
        )
        run.began = time.monotonic()
        push.say(demo.running.push)
        _work(_Caller(demo.running.address, access.session), demo.data_dir, sizes, run)
        run.ended = time.monotonic()
        reads = msgspec.convert(console.end(), _Answer)
        calls = msgspec.convert(kiosk.end(), _Answer)
        punches = msgspec.convert(push.end(), list[Sample])
    return {
        **_waits(run, reads.samples, calls.samples, punches),
        "failed_calls": reads.failed + calls.failed,
    }


def print_table(figures: Figures) -> None:
    """One line a figure, with what to reach."""
    for name, limit in TARGETS.items():
        value = figures[name]
        shown = "not measured" if value is None else str(value)
        if limit is None:
            print(f"{name:26} {shown:>14}")
        else:
            word = "" if value is None else "reached" if value <= limit else "missed"
            print(f"{name:26} {shown:>14}   target <= {limit:<6g} {word}")


def _set_up(demo: DemoSite) -> _Access:
    """The site's settings; an operator's session and the kiosks' pairings, which outlive a restart.

    With the whole site at work, even signing in may take longer than a client waits.
    """
    with demo.client() as client:
        session = client.set_up(USER, "Bench", PASSWORD, "Bench")
        client.call(site.save_settings, demo.email_settings("Bench"))
        codes = [client.call(kiosks.add_kiosk, kiosks.AddKiosk(name=one)).code for one in KIOSKS]
        paired = [client.call(kiosk_link.pair, kiosk_link.Pair(code=code)) for code in codes]
    return _Access(session, [one.token for one in paired])


def _child(name: str, *arguments: str) -> Child:
    return Child(f"console.bench.site_{name}", *arguments)


def _once(name: str, *arguments: str) -> object:
    """The one line of a process that ends by itself."""
    with _child(name, *arguments) as child:
        return child.hear()


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """For the processes that are started meanwhile."""
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]


def _say(text: str) -> None:
    print(f"bench site: {text}", file=sys.stderr, flush=True)


def _work(caller: _Caller, folder: Path, sizes: Sizes, run: _SiteRun) -> None:
    """Everyday load first; then the tasks, one after the other, while it goes on."""
    with caller.client() as client:
        _wait_until_online(client, sizes)
        run.online = time.monotonic()
        _say("everyday load")
        time.sleep(sizes.steady_s)
        _read_queue(client, sizes, run)
    terminal = terminal_id(dialled_serial(0))
    _try(run, "plan", caller, lambda client, limit_s: site_tasks.plan(client, terminal, limit_s))
    ids = _ids(sizes)
    watch = OutboxWatch(folder, len(ids))
    watch.start()
    _try(run, "invite", caller, lambda client, limit_s: site_tasks.invite(client, ids, limit_s))
    watch.end(QUEUED_PATIENCE_S)
    run.queued_at = watch.reached
    rows = sizes.imported
    _try(
        run,
        "import",
        caller,
        lambda client, limit_s: site_tasks.import_people(client, rows, limit_s),
    )
    somebody = employee_id(0)
    _try(run, "leave", caller, lambda client, limit_s: site_tasks.leave(client, somebody, limit_s))
    time.sleep(max(sizes.steady_s / 4, run.began + sizes.shortest_run_s - time.monotonic()))


def _wait_until_online(client: Client, sizes: Sizes) -> None:
    """Until every terminal has been heard of, or for a while."""
    deadline, online = time.monotonic() + ONLINE_WITHIN_S, 0
    while time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            online = client.call(site.overview, Nothing()).terminals_online
        if online == sizes.push + sizes.dialled:
            return
        time.sleep(site_tasks.ASK_EVERY_S)
    _say(f"only {online} terminals are online after {ONLINE_WITHIN_S:g} s")


def _read_queue(client: Client, sizes: Sizes, run: _SiteRun) -> None:
    """The review queue, a few times; one that fails counts as long as it was waited for."""
    until = time.monotonic() + QUEUE_WITHIN_S
    while len(run.queue) < QUEUE_ROUNDS and time.monotonic() < until:
        began = time.monotonic()
        try:
            waiting = client.call(review.queue, Nothing()).items
            assert len(waiting) == sizes.in_review, f"{len(waiting)} submissions wait"
        except httpx.HTTPError as error:
            _say(f"review queue: {type(error).__name__} {error}")
        run.queue.append(time.monotonic() - began)


def _ids(sizes: Sizes) -> list[str]:
    """Whom to invite: nobody whose submission waits for review."""
    return [employee_id(sizes.people - 1 - person) for person in range(sizes.invited)]


def _try(
    run: _SiteRun, name: str, caller: _Caller, perform: Callable[[Client, float], TimedTask]
) -> None:
    """Runs one task. If it fails, it is left out of the figures and the run goes on."""
    limit_s = min(TASK_LIMIT_S, run.began + LOAD_LIMIT_S - time.monotonic())
    if limit_s <= 0:
        _say(f"{name}: no time left for it")
        return
    _say(name)
    run.tried[name] = time.monotonic()
    try:
        with caller.client(limit_s) as client:
            run.tasks[name] = perform(client, limit_s)
    except (TaskFailed, ServiceError, httpx.HTTPError) as error:
        _say(f"{name} failed within {limit_s:.0f} s: {type(error).__name__} {error}")


def _task_figures(run: _SiteRun) -> Figures:
    names = ("invite", "import", "plan", "leave")
    invited, imported, planned, left = (run.tasks.get(name) for name in names)
    queued = None if run.queued_at is None else run.queued_at - run.tried["invite"]
    return {
        "invite_3000_answer_s": round(invited.answer_s, 2) if invited else None,
        "invite_3000_queued_s": None if queued is None else round(queued, 2),
        "import_50k_s": round(imported.whole_s, 2) if imported else None,
        "plan_3000_s": round(planned.whole_s, 2) if planned else None,
        "leaver_50_units_s": round(left.whole_s, 1) if left else None,
    }


def _waits(
    run: _SiteRun,
    reads: dict[str, list[Sample]],
    calls: dict[str, list[Sample]],
    punches: list[Sample],
) -> Figures:
    """What people and terminals waited for, from when all terminals were there.

    A login's figure is the worse of run and import.
    """
    pages = [one for name, samples in reads.items() if name != "probe" for one in samples]
    for name, phase in _phases(run).items():
        read_ms, punch_ms = _p95_ms(pages, phase), _p95_ms(punches, phase)
        _say(f"{name}, {phase[1] - phase[0]:.0f} s: reads {read_ms} ms, logins {punch_ms} ms (p95)")
    restart, span = (run.began, run.online), (run.online, run.ended)
    imported = run.tasks.get("import")
    spans = [span, (imported.began, imported.ended)] if imported else [span]
    acknowledged = [_p95_ms(punches, one) for one in spans]
    return {
        "read_p95_ms": _p95_ms(pages, span),
        "punch_ack_p95_ms": max((one for one in acknowledged if one is not None), default=None),
        "restart_read_p95_ms": _p95_ms(pages, restart),
        "restart_punch_ack_p95_ms": _p95_ms(punches, restart),
        "review_queue_200_ms": milliseconds(percentile(run.queue, 0.5)),
        "loop_probe_p99_ms": milliseconds(percentile(between(reads["probe"], *span), 0.99)),
        "kiosk_check_p95_ms": _p95_ms(calls["check"], span),
    }


def _p95_ms(samples: list[Sample], span: tuple[float, float]) -> float | None:
    return milliseconds(percentile(between(samples, *span), 0.95))


def _phases(run: _SiteRun) -> dict[str, tuple[float, float]]:
    """Begin and end of the everyday load and of each task."""
    first = min((task.began for task in run.tasks.values()), default=run.ended)
    tasks = {name: (task.began, task.ended) for name, task in run.tasks.items()}
    last = max((task.ended for task in run.tasks.values()), default=run.ended)
    start = {"restart": (run.began, run.online), "everyday": (run.online, first)}
    return {**start, **tasks, "afterwards": (last, run.ended)}


def _inside(metrics: ServiceMetrics | None) -> Figures:
    """What only the service can see of itself."""
    queue = metrics.operations.get(review.queue.name) if metrics else None
    return {
        "loop_lag_p99_ms": metrics.loop_lag_ms.p99 if metrics else None,
        "longest_write_ms": metrics.writes.longest_ms if metrics else None,
        "review_queue_statements": queue.statements_max if queue else None,
    }
