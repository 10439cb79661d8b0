"""U.are.U 4000, 4000B and 4500, and Microsoft's readers, over pyusb.

Registers and cycles follow the public descriptions of the family.
"""

import queue
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import usb.core
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bridge.readers.models import ReaderModel, upright
from bridge.readers.reader import (
    FingerScan,
    NoPower,
    NothingHappened,
    PoorImage,
    Progress,
    ReaderError,
    ReaderInfo,
    ScanCancelled,
    Unplugged,
    no_progress,
)
from bridge.readers.uru4000_image import TRANSFER, decode
from bridge.readers.usb_device import UsbDevice
from bridge.wording import worded

EVENTS_IN, IMAGE_IN = 0x81, 0x82
EVENT_BYTES = 64
REGISTER_REQUEST = 0x04
HWSTAT, SCRAMBLE_INDEX, SCRAMBLE_KEY, MODE, INFO = 0x07, 0x33, 0x34, 0x4E, 0xF0
RESPONSE, CHALLENGE = 0x2000, 0x2010
LOW_POWER, WRONG, AWAKE = 0x80, 0x04, 0x01
AWAIT_ON, AWAIT_OFF, CAPTURE, OFF = 0x10, 0x12, 0x20, 0x70
POWER_ON, FINGER_ON, FINGER_OFF, WILL_FAIL = 0x56AA, 0x0101, 0x0200, 0x0800
CHALLENGE_KEY = bytes.fromhex("79ac91795ca1478e98e00f3c598f5f4b")
IMAGE_MS, EVENT_MS = 3000, 250
POWER_TRIES, POWER_ROUNDS, POWER_EVENT_S = 3, 100, 0.3
SCAN_TRIES = 3


class Uru4000:
    """One reader. seed: 32 random bits for each key; backend: of pyusb, None for the system's."""

    def __init__(
        self,
        model: ReaderModel,
        seed: Callable[[], int] = lambda: secrets.randbits(32),
        backend: Any = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.cancel = threading.Event()
        self.model = model
        self._usb = UsbDevice(model, backend)
        self._seed, self._sleep = seed, sleep
        self._events: queue.Queue[int | Exception] = queue.Queue()
        self._stop = threading.Event()
        self._listener: threading.Thread | None = None
        self._versions = ""

    def open(self) -> None:
        """Find, claim and wake it. Raises as `UsbDevice.open`, and NoPower."""
        self._usb.open(vendor_interface=True)
        self._stop.clear()
        self._events = queue.Queue()
        self._listener = threading.Thread(
            target=self._listen, name="fingerprint reader", daemon=True
        )
        self._listener.start()
        try:
            self._wake()
            self._versions = self._read(INFO, 16).hex()
        except ReaderError:
            self.close()
            raise

    def info(self) -> ReaderInfo:
        """Return the model and its version register."""
        return ReaderInfo(self.model.name, self._versions)

    @property
    def is_open(self) -> bool:
        """Whether the device is open, or its listening thread still runs."""
        listening = self._listener is not None and self._listener.is_alive()
        return self._usb.is_open or listening

    def wait_for_finger(self, timeout_s: float) -> None:
        """Wait for the event of a finger.

        A reader that fell asleep meanwhile, as a computer's standby makes it, would wait for ever:
        it is woken for the next wait. Raises NoPower where it stays asleep.
        """
        self._write(MODE, bytes([AWAIT_ON]))
        try:
            self._await(FINGER_ON, timeout_s)
        except NothingHappened:
            if self._read(HWSTAT, 1)[0] & LOW_POWER:
                self._wake()
            raise

    def wait_for_lift(self, timeout_s: float) -> None:
        """Wait for the event of the lift."""
        self._write(MODE, bytes([AWAIT_OFF]))
        self._await(FINGER_OFF, timeout_s)

    def scan(self, progress: Progress = no_progress) -> FingerScan:
        """Return a picture; up to SCAN_TRIES are tried before PoorImage is raised."""
        problem: PoorImage | None = None
        for _ in range(SCAN_TRIES):
            try:
                return FingerScan(
                    upright(decode(self._transfer(), self._fetch_key), self.model), self.model.dpi
                )
            except PoorImage as error:
                problem = error
        assert problem is not None
        raise problem

    def close(self) -> None:
        """Turn it off and release it."""
        if not self._usb.is_open:
            return
        self._stop.set()
        with suppress(ReaderError):  # it may be gone already
            self._write(MODE, bytes([OFF]))
        if self._listener is not None:
            self._listener.join(timeout=5)
        self._usb.close()

    # registers

    def _write(self, register: int, data: bytes) -> None:
        self._usb.write(REGISTER_REQUEST, register, data=data)

    def _read(self, register: int, size: int) -> bytes:
        return self._usb.read(REGISTER_REQUEST, register, size)

    # waking up

    def _wake(self) -> None:
        for _ in range(POWER_TRIES):
            self._power_up()
            try:
                self._await(POWER_ON, POWER_EVENT_S)
                return
            except NothingHappened:
                continue
        raise NoPower(worded("The reader does not wake up."))

    def _power_up(self) -> None:
        state = self._read(HWSTAT, 1)[0]
        if state & (LOW_POWER | WRONG) == LOW_POWER | WRONG:
            state = self._reboot(state)
        if not state & LOW_POWER:
            self._write(HWSTAT, bytes([state | LOW_POWER]))
        self._leave_low_power(state & 0x0F)

    def _leave_low_power(self, wanted: int) -> None:
        """Leave low power; Microsoft's second version needs an answer in each round."""
        for _ in range(POWER_ROUNDS):
            self._write(HWSTAT, bytes([wanted]))
            if not self._read(HWSTAT, 1)[0] & LOW_POWER:
                return
            self._sleep(0.01)
            if self.model.challenge:
                self._answer()
        raise NoPower(worded("The reader stays asleep."))

    def _reboot(self, state: int) -> int:
        self._write(HWSTAT, bytes([state & 0x0F]))
        for _ in range(POWER_ROUNDS):
            state = self._read(HWSTAT, 1)[0]
            if state & AWAKE:
                return state
            self._sleep(0.01)
        raise NoPower(worded("The reader could not be started again."))

    def _answer(self) -> None:
        challenge = self._read(CHALLENGE, 16)
        encryptor = Cipher(algorithms.AES(CHALLENGE_KEY), modes.ECB()).encryptor()  # noqa: S305 - the reader's own protocol
        self._write(RESPONSE, encryptor.update(challenge) + encryptor.finalize())

    # scanning

    def _fetch_key(self, number: int) -> int:
        seed = self._seed() & 0xFFFFFFFF
        self._write(SCRAMBLE_INDEX, bytes([number]) + seed.to_bytes(4, "little"))
        return int.from_bytes(self._read(SCRAMBLE_KEY, 4), "little") ^ seed

    def _transfer(self) -> bytes:
        """Return the picture's bytes. The read must run before the reader captures."""
        result: queue.Queue[bytes | Exception] = queue.Queue()

        def read() -> None:
            try:
                result.put(self._usb.receive(IMAGE_IN, TRANSFER, IMAGE_MS))
            except usb.core.USBError as error:
                result.put(error)

        thread = threading.Thread(target=read, name="fingerprint image", daemon=True)
        thread.start()
        self._sleep(0.005)
        self._write(MODE, bytes([CAPTURE]))
        thread.join(IMAGE_MS / 1000 + 1)
        try:
            found = result.get_nowait()
        except queue.Empty:
            raise Unplugged(worded("The reader does not answer any more.")) from None
        if isinstance(found, usb.core.USBTimeoutError):
            raise PoorImage(worded("The reader sent no image.")) from found
        if isinstance(found, Exception):
            raise Unplugged(worded("The reader was unplugged while it scanned.")) from found
        return found

    # events

    def _listen(self) -> None:
        """Keep one event read pending all the time."""
        while not self._stop.is_set():
            try:
                data = self._usb.receive(EVENTS_IN, EVENT_BYTES, EVENT_MS)
            except usb.core.USBTimeoutError:
                continue
            except usb.core.USBError as error:
                self._events.put(error)
                return
            if len(data) >= 2:
                self._events.put(int.from_bytes(data[:2], "big"))

    def _await(self, wanted: int, timeout_s: float) -> None:
        """Wait for an event; skip others. Raises NothingHappened, ScanCancelled, Unplugged."""
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0:
            if self.cancel.is_set():
                raise ScanCancelled("Stopped.")
            try:
                event = self._events.get(timeout=min(left, 0.1))
            except queue.Empty:
                continue
            if isinstance(event, Exception):
                raise Unplugged(worded("The reader was unplugged.")) from event
            if event == wanted:
                return
        raise NothingHappened(worded("Nothing happened in time."))
