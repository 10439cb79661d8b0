"""The kiosk's connection to the service.

One thread updates the list of employees and hands logins in. Another asks for single people and
does not wait long for the answer.
"""

import queue
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import httpx
import msgspec
import structlog
from PyQt6.QtCore import QObject, pyqtSignal

from console import __version__
from console.api import kiosk_link as api
from console.api.address import ServiceAddress
from console.api.client import TIMEOUT_S, Client
from console.api.operation import ServiceError
from console.domain.kiosks import KioskSettings
from console.domain.login_events import Ask
from console.kiosk.cache.disk import KioskCache
from console.kiosk.cache.people import People
from console.kiosk.cache.writer import Write, write_at_once
from console.kiosk.service_address import Connect, Locate, on_this_computer

log = structlog.get_logger()
SYNC_S, AGAIN_S = 10.0, 2.0
"""Between two syncs, and after one that failed."""
ASK_TIMEOUT_S = 3.0
"""A person waits this long; then the database counts as down."""
UNREACHABLE = "The service cannot be reached. Is it running, and is its address right?"
CLOCK_LIMIT_S = 60.0
_SETTINGS, _TOKEN, _NAME = "settings", "token", "name"


class ServiceConnection(QObject):
    """Some methods return at once and say so; the others wait for the network or the disk.

    settings_changed: KioskSettings; up_changed: whether the service answers; unpaired: the service
    does not know this kiosk any more; people_changed: other references may be cached; paired: what
    went wrong with the pairing, empty when nothing did; answered: (Ask, reachable, Checked | None).
    """

    settings_changed = pyqtSignal(object)
    up_changed = pyqtSignal(bool)
    unpaired = pyqtSignal(str)
    people_changed = pyqtSignal()
    paired = pyqtSignal(str)
    answered = pyqtSignal(object, bool, object)

    def __init__(
        self,
        locate: Locate,
        cache: KioskCache,
        people: People,
        connect: Connect = on_this_computer,
        write: Write = write_at_once,
    ) -> None:
        super().__init__()
        self._connect, self._write = connect, write
        self.locate, self._cache, self._people = locate, cache, people
        self.token = cache.get(_TOKEN, str) or ""
        self.name = cache.get(_NAME, str) or ""
        self.settings = cache.get(_SETTINGS, KioskSettings) or KioskSettings()
        self.up = False
        self._next_sync = 0.0
        self.state = api.KioskState(version=__version__)
        """What the window knows of its devices; only the window's thread sets it."""
        self._problem = ""
        self._questions: queue.Queue[Ask | None] = queue.Queue()
        self._stopped, self._kick = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name="kiosk sync", daemon=True),
            threading.Thread(target=self._answer, name="kiosk questions", daemon=True),
        ]

    def start(self) -> None:
        """Starts both threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Lets both threads end; returns at once."""
        self._stopped.set()
        self._kick.set()
        self._questions.put(None)

    def join(self) -> None:
        """Waits until both threads have ended, if they were ever started."""
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=ASK_TIMEOUT_S + 2)

    def pair(self, code: str) -> str:
        """Pairs this kiosk and returns its name. Raises ServiceError, httpx.HTTPError."""
        with self._connect(self.locate(), ASK_TIMEOUT_S) as client:
            paired = client.call(api.pair, api.Pair(code=code))
        self._write(partial(self._cache.put, _TOKEN, paired.token))
        self._write(partial(self._cache.put, _NAME, paired.name))
        self.token, self.name = paired.token, paired.name
        self._kick.set()
        return paired.name

    def pair_soon(self, code: str) -> None:
        """Pairs in a thread and returns at once; `paired` reports the result."""
        threading.Thread(target=self._pair, args=(code,), name="pairing", daemon=True).start()

    def _pair(self, code: str) -> None:
        problem = ""
        try:
            self.pair(code)
        except ServiceError as refused:
            problem = refused.error.message
        except (httpx.HTTPError, httpx.InvalidURL, msgspec.MsgspecError, OSError):
            problem = UNREACHABLE
        with suppress(RuntimeError):
            self.paired.emit(problem)

    def ask(self, question: Ask) -> None:
        """Returns at once; `answered` follows, at the latest when the time is over."""
        self._questions.put(question)

    def sync_soon(self) -> None:
        """Makes the next sync happen now; returns at once."""
        self._next_sync = 0.0
        self._kick.set()

    def hand_in_soon(self) -> None:
        """Makes waiting logins be handed in now; returns at once."""
        self._kick.set()

    # the two threads

    def _answer(self) -> None:
        clients: dict[ServiceAddress, Client] = {}  # a fresh one takes longer than its answer
        while (question := self._questions.get()) is not None:
            checked: api.Checked | None = None
            reachable = False
            try:
                address = self._address()
                if address not in clients:
                    clients = {address: self._connect(address, ASK_TIMEOUT_S)}
                clients[address].use_token(self.token)
                checked = clients[address].call(
                    api.check,
                    api.Check(
                        number=question.number,
                        employee_id=question.employee_id,
                        badge=question.badge,
                    ),
                )
                reachable = True
            except (httpx.HTTPError, ServiceError, msgspec.MsgspecError, OSError):
                pass
            except Exception:  # whatever it is, somebody stands there and waits
                log.exception("question_failed")
            if not self._stopped.is_set():
                with suppress(RuntimeError):  # the window was closed meanwhile
                    self.answered.emit(question, reachable, checked)

    def _address(self) -> ServiceAddress:
        """Raises httpx.ConnectError where it is not known."""
        address = self.locate()
        if not address.url or not self.token:
            raise httpx.ConnectError("no service")
        return address

    def _run(self) -> None:
        while not self._stopped.is_set():
            up, token = False, self.token
            try:
                with self._connect(self._address(), TIMEOUT_S) as client:
                    client.use_token(token)
                    if self.up and time.monotonic() < self._next_sync:
                        self.hand_in(client)
                    else:
                        self._next_sync = time.monotonic() + SYNC_S
                        self.sync(client)
                    up = True
            except ServiceError as error:
                if error.error.code == "not_signed_in" and token == self.token:
                    self.forget_pairing(error.error.message)
            except (httpx.HTTPError, msgspec.MsgspecError, OSError):
                pass
            except Exception:  # whatever it is, the thread must go on: logins would pile up here
                log.exception("sync_failed")
            if up is not self.up:
                self.up = up
                with suppress(RuntimeError):
                    self.up_changed.emit(up)
            self._kick.wait(max(0.0, self._next_sync - time.monotonic()) if up else AGAIN_S)
            self._kick.clear()

    def forget_pairing(self, message: str) -> None:
        """The kiosk was removed, or another one took its place: it may know nobody any more.

        Logins stay until they can be handed in.
        """
        if not self.token:
            return
        self.token = ""
        self._people.forget_all()
        with suppress(RuntimeError):
            self.unpaired.emit(message)

    def sync(self, client: Client) -> None:
        """Hands logins in, applies settings and list, fetches what the caching rules want."""
        self.hand_in(client)
        digest = self._people.roster.digest if self._people.roster else ""
        state = msgspec.structs.replace(
            self.state,
            cached=len(self._people),
            waiting=self._cache.count_waiting(),
            problem=self._problem,
        )
        synced = client.call(api.sync, api.Sync(roster=digest, state=state))
        self._apply_settings(synced)
        off = (datetime.now(UTC) - synced.now).total_seconds()
        self._problem = (
            f"The clock of this kiosk is {off:+.0f} s off." if abs(off) > CLOCK_LIMIT_S else ""
        )
        wanted = self._people.apply_roster(
            synced.roster, synced.entries, synced.now, synced.face_model, synced.settings
        )
        self._people.use_badge_key(synced.badge_key)
        for start in range(0, len(wanted), api.MOST_AT_ONCE):
            if self._stopped.is_set():
                return
            batch = wanted[start : start + api.MOST_AT_ONCE]
            found = client.call(api.references, api.References(employee_ids=batch))
            self._people.add_references(found.references, synced.settings)
        with suppress(RuntimeError):  # the window was closed meanwhile
            self.people_changed.emit()

    def _apply_settings(self, synced: api.Synced) -> None:
        if synced.name != self.name:
            self.name = synced.name
            self._write(partial(self._cache.put, _NAME, synced.name))
        if synced.settings != self.settings:
            self.settings = synced.settings
            self._write(partial(self._cache.put, _SETTINGS, synced.settings))
            with suppress(RuntimeError):
                self.settings_changed.emit(synced.settings)

    def hand_in(self, client: Client) -> int:
        """Hands in all logins that wait, oldest first, and returns how many.

        Each is deleted only when the service has confirmed that it is stored.
        """
        count = 0
        while batch := self._cache.waiting_logins(api.MOST_AT_ONCE):
            stored = client.call(api.upload, api.Upload(logins=batch)).ids
            if not stored:
                break
            self._cache.drop_logins(stored)
            count += len(stored)
        return count
