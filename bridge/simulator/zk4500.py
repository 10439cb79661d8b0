"""A simulated ZK4500, as a backend of pyusb: lamps, pictures, and the old picture that comes first."""

import struct
import threading
from collections import deque
from typing import Any

import numpy as np
import usb.core
from numpy.typing import NDArray

from bridge.readers import zk4500
from bridge.readers.models import ZK4500, Model, upright
from bridge.simulator.usb import ENODEV, FixedDevice, timed_out


class SimulatedZk4500(FixedDevice):
    """`touch` lays a finger (480 x 640, dark ridges) on it, `lift` takes it away. Faults are attributes; numbers count down."""

    def __init__(self, model: Model = ZK4500[0]) -> None:
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
        self._asked: deque[bytes] = deque()
        self._lock = threading.Lock()

    @staticmethod
    def _empty() -> NDArray[np.uint8]:
        return np.full((zk4500.HEIGHT, zk4500.WIDTH), 240, np.uint8)

    def touch(self, picture: NDArray[np.uint8]) -> None:
        with self._lock:
            self._finger = picture

    def lift(self) -> None:
        with self._lock:
            self._finger = None

    def claim_interface(self, dev_handle: Any, intf: int) -> None:
        if self.denied:
            raise usb.core.USBError("denied", errno=self.denied)

    def control(self, setup: bytes, data: bytes) -> bytes:
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
        """What is handed out is what was seen at the request before."""
        sent, self._before = self._before, self._empty() if self._finger is None else self._finger
        data = upright(sent, self.model).tobytes()
        if self.no_pictures:
            self.no_pictures -= 1
            return
        if self.short_pictures:
            self.short_pictures -= 1
            data = data[:1000]
        self._asked.append(data)

    def read(self, endpoint: int, size: int, timeout_s: float) -> bytes:
        with self._lock:
            self._plugged()
            if not self._asked:
                raise timed_out()
            return self._asked.popleft()[:size]
