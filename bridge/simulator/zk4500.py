"""A simulated ZK4500 as a backend of pyusb: lamps, pictures, and the old picture first."""

import struct
import threading
from collections import deque
from typing import Any

import numpy as np
import usb.core
from numpy.typing import NDArray

from bridge.readers import zk4500
from bridge.readers.models import ZK4500, ReaderModel, upright
from bridge.simulator.usb import ENODEV, FixedDevice, timed_out


class SimulatedZk4500(FixedDevice):
    """The reader. Faults are attributes; numbers count down."""

    def __init__(self, model: ReaderModel = ZK4500[0]) -> None:
        ids = struct.pack("<HH", model.vendor_id, model.product_id)
        device = bytes.fromhex("1201000200000040") + ids + bytes.fromhex("000101020301")
        super().__init__(
            device
            + bytes.fromhex("0902190001010080320904000001FF0000000705820200020a".replace(" ", ""))
        )
        self.model = model
        self.lamps: dict[int, bool] = {}
        self.unplugged, self.denied = False, 0
        self.short_pictures = self.no_pictures = 0
        self._finger: NDArray[np.uint8] | None = None
        self._before = self._empty()
        self._grabbed: deque[bytes] = deque()
        self._lock = threading.Lock()

    @staticmethod
    def _empty() -> NDArray[np.uint8]:
        return np.full((zk4500.HEIGHT, zk4500.WIDTH), 240, np.uint8)

    def touch(self, picture: NDArray[np.uint8]) -> None:
        """Lay a finger on the reader. picture: (480, 640) uint8, dark ridges."""
        with self._lock:
            self._finger = picture

    def lift(self) -> None:
        """Take the finger away."""
        with self._lock:
            self._finger = None

    def claim_interface(self, dev_handle: Any, intf: int) -> None:
        """Fail as the faults say."""
        if self.denied:
            raise usb.core.USBError("denied", errno=self.denied)

    def control(self, setup: bytes, data: bytes) -> bytes:
        """Switch a lamp or grab a picture."""
        _, request, value, index, _ = struct.unpack("<BBHHH", setup)
        with self._lock:
            self._plugged()
            if request == zk4500.SIGNAL:
                self.lamps[index] = bool(value)
            elif request == zk4500.GRAB:
                self._grab()
        return b""

    def _plugged(self) -> None:
        if self.unplugged:
            raise usb.core.USBError("No such device", errno=ENODEV)

    def _grab(self) -> None:
        """Hand out what was seen at the previous request."""
        sent, self._before = self._before, self._empty() if self._finger is None else self._finger
        data = upright(sent, self.model).tobytes()
        if self.no_pictures:
            self.no_pictures -= 1
            return
        if self.short_pictures:
            self.short_pictures -= 1
            data = data[:1000]
        self._grabbed.append(data)

    def read(self, endpoint: int, size: int, timeout_s: float) -> bytes:
        """Return a grabbed picture."""
        with self._lock:
            self._plugged()
            if not self._grabbed:
                raise timed_out()
            return self._grabbed.popleft()[:size]
