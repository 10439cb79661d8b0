"""A whole site on loopback: the service in its own process, a mailbox and terminals."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from bridge.simulator.access import SimulatedAccessUnit, simulated
from bridge.simulator.push import FirmwareProfile, SimulatedTerminal
from bridge.simulator.unit import FINGER, Unit
from bridge.simulator.zk import ZkServer
from console import runtime
from console.api import site as site_api
from console.api.address import ServiceAddress
from console.api.client import Client
from console.demo.mailbox import Mailbox

T = TypeVar("T")
Dialling = TypeVar("Dialling", bound=SimulatedTerminal)
PATIENCE_S = 60.0
"""Seconds that anything is waited for; a busy computer may need most of them."""
FIRST_PAUSE_S, PAUSE_GROWTH, LONGEST_PAUSE_S = 0.01, 1.3, 0.2
"""Between two looks at what is waited for."""


class DidNotStart(Exception):
    """The service ended, or did not answer in time."""


class ServiceProcess(Protocol):
    """What a site needs of its service's process; see subprocess.Popen."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """The exit status; None while it runs."""

    def terminate(self) -> None:
        """Asks it to end."""

    def kill(self) -> None:
        """Ends it at once."""

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once it has ended. Raises subprocess.TimeoutExpired."""


class DemoSite:
    """Starts and stops everything; what needs an event loop runs on one in its own thread."""

    def __init__(
        self,
        data_dir: Path,
        on_email: Callable[[EmailMessage], None] = lambda _email: None,
        serve: tuple[str, ...] = (),
    ) -> None:
        self.data_dir = data_dir
        self.mailbox = Mailbox(on_email)
        self.units: list[SimulatedTerminal] = []
        self._serve = serve
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="demo", daemon=True)
        self._process: ServiceProcess | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._servers = AsyncExitStack()

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self.mailbox.start(self._loop))
        self.start_service()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_service()
        self.run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine on the site's loop and waits for it."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=30)

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._servers.aclose()
        await self.mailbox.stop()

    async def _spawn(self, unit: SimulatedTerminal) -> None:
        self._tasks.append(asyncio.create_task(unit.run()))

    @property
    def command(self) -> list[str]:
        """The command line that starts the service."""
        ports = () if "--portal-port" in self._serve else ("--portal-port", "0", "--push-port", "0")
        fixed = ("--key-file", "--emails-per-minute", "600", *ports)
        return [
            sys.executable,
            "-m",
            "console.cli",
            "--data",
            str(self.data_dir),
            "serve",
            *fixed,
            *self._serve,
        ]

    @property
    def out(self) -> Path:
        """The file of what the service prints."""
        return self.data_dir / "service.out"

    def launch(self) -> ServiceProcess:
        """Starts the service's process."""
        with self.out.open("ab") as out:
            return subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def start_service(self) -> None:
        """Starts the service and waits for it. Raises DidNotStart."""
        runtime.withdraw(self.data_dir)
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._process = self.launch()
        deadline = time.monotonic() + PATIENCE_S
        while runtime.find(self.data_dir) is None:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise DidNotStart(self.out.read_text("utf-8", "replace")[-2000:])
            time.sleep(0.02)

    def stop_service(self) -> None:
        """Ends the service in good order."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def kill_service(self) -> None:
        """Kills the service, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def wait_dead(self, timeout: float) -> bool:
        """Whether the service ended by itself within the time."""
        assert self._process is not None
        try:
            self._process.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    @property
    def running(self) -> runtime.Running:
        """The addresses of the running service."""
        found = runtime.find(self.data_dir)
        if found is None:
            raise DidNotStart("the service is not running")
        return found

    def locate(self) -> ServiceAddress | None:
        """The service's address; None while there is none."""
        found = runtime.find(self.data_dir)
        return found.address if found else None

    def client(self) -> Client:
        """A client of the service, not signed in."""
        return Client.at(self.running.address)

    def add_unit(
        self,
        serial: str,
        poll_s: float = 0.5,
        profile: FirmwareProfile = FirmwareProfile.QF_MASTER,
    ) -> SimulatedTerminal:
        """A simulated terminal that dials this site."""
        kind = simulated(profile)
        return self._dials(kind(serial, self.running.push, poll_s=poll_s, profile=profile))

    def add_access_unit(
        self, serial: str, poll_s: float = 0.5, profile: FirmwareProfile = FirmwareProfile.ACCESS
    ) -> SimulatedAccessUnit:
        """A simulated unit of access control that dials this site."""
        url = self.running.push
        return self._dials(SimulatedAccessUnit(serial, url, poll_s=poll_s, profile=profile))

    def _dials(self, unit: Dialling) -> Dialling:
        self.units.append(unit)
        self.run(self._spawn(unit))
        return unit

    def add_dialled(
        self, unit: Unit, key: int = 0, host: str = "127.0.0.1", port: int = 0
    ) -> ZkServer:
        """A simulated terminal that this site can dial."""
        return self.run(self._servers.enter_async_context(ZkServer(unit, host, port, key)))

    def present_at(self, unit: Unit, number: str, verify: int = FINGER) -> bool:
        """Places a finger on a terminal that is dialled; whether it opened the door."""

        async def punch() -> bool:
            return unit.present(number, verify=verify)

        return self.run(punch())

    def hang_up(self, server: ZkServer) -> None:
        """Cuts the connections to a terminal."""

        async def cut() -> None:
            server.hang_up()

        self.run(cut())

    def present(self, unit: SimulatedTerminal, number: str) -> bool:
        """Puts a person in front of the terminal; whether it opened the door."""
        return self.run(unit.present(number))

    def email_settings(self, name: str, second_check: bool = True) -> site_api.SiteSettings:
        """Settings that send email to this site's own mailbox."""
        email = site_api.EmailSettings(
            host="127.0.0.1",
            port=self.mailbox.port,
            security="none",
            username="",
            password="",
            sender="enrolment@hartmann.example",
        )
        return site_api.SiteSettings(
            site=name,
            portal_url="",
            email=email,
            screening_profile="FingerTec",
            second_check=second_check,
        )


def wait_until(
    condition: Callable[[], T | None],
    timeout: float = PATIENCE_S,
    step: Callable[[float], object] = time.sleep,
) -> T:
    """The first true value of the condition. Raises TimeoutError.

    step: what passes the time between two looks, given the seconds. They grow: most conditions ask
    the service, which costs more than the wait when it is asked all the time.
    """
    deadline = time.monotonic() + timeout
    pause = FIRST_PAUSE_S
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s in vain")
        step(pause)
        pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE_S)
