"""ZKTeco ZK4500 over pyusb: three commands, after the open project H3x.Zkteco.Zk4500.

The reader reports nothing by itself: the finger is seen in the pictures. Not tried on hardware;
orientation and polarity are settings (see `models.ReaderAlias`).
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import usb.core
from numpy.typing import NDArray

from bridge.readers.models import ReaderModel, upright
from bridge.readers.presence import OFF_SHARE, ON_SHARE, ridge_share
from bridge.readers.reader import (
    FingerScan,
    NothingHappened,
    PoorImage,
    Progress,
    ReaderError,
    ReaderInfo,
    ScanCancelled,
    Unplugged,
    no_progress,
)
from bridge.readers.usb_device import UsbDevice
from bridge.wording import worded

SIGNAL, GRAB = 0xE1, 0xE5
GREEN, WHITE = 0, 3
IMAGE_IN = 0x82
WIDTH, HEIGHT = 640, 480
IMAGE_MS = 2000
POLL_S = 0.05
"""Seconds between two pictures while it waits."""
SCAN_TRIES = 3


class Zk4500:
    """One reader. backend: of pyusb, None for the system's."""

    def __init__(self, model: ReaderModel, backend: Any = None) -> None:
        self.cancel = threading.Event()
        self.model = model
        self._usb = UsbDevice(model, backend)

    def open(self) -> None:
        """Claim it and turn the white lamp on. Raises as `UsbDevice.open`."""
        self._usb.open()
        try:
            self._lamp(WHITE, on=True)
        except ReaderError:
            self.close()
            raise

    def info(self) -> ReaderInfo:
        """Return the model and its USB numbers."""
        return ReaderInfo(self.model.name, self.model.ids)

    def wait_for_finger(self, timeout_s: float) -> None:
        """Look at pictures until one shows a finger."""
        self._watch(timeout_s, lambda share: share >= ON_SHARE)
        self._lamp(GREEN, on=True)

    def wait_for_lift(self, timeout_s: float) -> None:
        """Look at pictures until one shows no finger."""
        self._lamp(GREEN, on=False)
        self._watch(timeout_s, lambda share: share < OFF_SHARE)

    def _watch(self, timeout_s: float, enough: Callable[[float], bool]) -> None:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.cancel.is_set():
                raise ScanCancelled("Stopped.")
            with suppress(PoorImage):
                if enough(ridge_share(self._grab())):
                    return
            self.cancel.wait(POLL_S)
        raise NothingHappened(worded("Nothing happened in time."))

    def scan(self, progress: Progress = no_progress) -> FingerScan:
        """Return the second of two pictures: the first may be an old one."""
        problem: PoorImage | None = None
        for _ in range(SCAN_TRIES):
            try:
                self._grab()
                return FingerScan(upright(self._grab(), self.model), self.model.dpi)
            except PoorImage as error:
                problem = error
        assert problem is not None
        raise problem

    def close(self) -> None:
        """Turn its lamps off and release it."""
        if not self._usb.is_open:
            return
        with suppress(ReaderError):  # it may be gone already
            self._lamp(GREEN, on=False)
            self._lamp(WHITE, on=False)
        self._usb.close()

    def _lamp(self, which: int, *, on: bool) -> None:
        self._usb.write(SIGNAL, int(on), which)

    def _grab(self) -> NDArray[np.uint8]:
        self._usb.write(GRAB, 0)
        try:
            data = self._usb.receive(IMAGE_IN, WIDTH * HEIGHT, IMAGE_MS)
        except usb.core.USBTimeoutError as error:
            raise PoorImage(worded("The reader sent no image.")) from error
        except usb.core.USBError as error:
            raise Unplugged(
                worded("The reader does not answer any more ({strerror}).", strerror=error.strerror)
            ) from error
        if len(data) != WIDTH * HEIGHT:
            raise PoorImage(worded("The reader sent an incomplete image."))
        return np.frombuffer(data, np.uint8).reshape(HEIGHT, WIDTH)
