"""A simulated reader of the uru4000 family, as a backend of pyusb.

It has the same registers, scrambling and challenge, and faults on demand.
"""

import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import usb.core
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

from bridge.readers import uru4000
from bridge.readers.models import URU4000, ReaderModel, upright
from bridge.readers.uru4000_image import ENCRYPTED, HEADER, HEIGHT, WIDTH, scramble
from bridge.simulator.usb import ENODEV, FixedDevice, timed_out


@dataclass
class ReaderFaults:
    """Faults on demand; numbers count down.

    denied: the error number when it is claimed. foreign: it is bound to another driver.
    """

    unplugged: bool = False
    denied: int = 0
    foreign: bool = False
    no_power_event: int = 0
    asleep_rounds: int = 0
    short_transfers: int = 0
    too_many_lines: int = 0
    no_image: int = 0
    plain: bool = False
    early_events: list[int] = field(default_factory=list)


class SimulatedUru4000(FixedDevice):
    """The register model of the family: power, modes, keys, challenge.

    `touch` lays a finger (a picture, dark ridges) on it, `lift` takes it away.
    """

    def __init__(self, model: ReaderModel = URU4000[0]) -> None:
        ids = struct.pack("<HH", model.vendor_id, model.product_id)
        device = bytes.fromhex("1201000200000040") + ids + bytes.fromhex("030101020301")
        super().__init__(
            device
            + bytes.fromhex("0902200001010080640904000002FFFFFF000705810340000807058202400000")
        )
        self.model = model
        self.faults = ReaderFaults()
        self.keys_given = 0
        self._state = uru4000.AWAKE
        self._mode = uru4000.OFF
        self._finger: NDArray[np.uint8] | None = None
        self._events: deque[int] = deque()
        self._images: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._challenge = bytes(16)
        self._answered = not model.challenge
        self._seed = self._number = 0

    def touch(self, picture: NDArray[np.uint8]) -> None:
        """Lay a finger on the reader. picture: (290, 384) uint8, dark ridges."""
        with self._changed:
            self._finger = picture
            if self._mode == uru4000.AWAIT_ON:
                self._tell(uru4000.FINGER_ON)

    def lift(self) -> None:
        """Take the finger away."""
        with self._changed:
            self._finger = None
            if self._mode == uru4000.AWAIT_OFF:
                self._tell(uru4000.FINGER_OFF)

    def fall_asleep(self) -> None:
        """Lose power as in standby: modes and fingers do nothing until it is woken."""
        with self._changed:
            self._state, self._mode = uru4000.LOW_POWER | uru4000.AWAKE, uru4000.OFF

    def unplug(self) -> None:
        """Unplug the reader: everything fails from now on."""
        with self._changed:
            self.faults.unplugged = True
            self._changed.notify_all()

    def _tell(self, event: int) -> None:
        self._events.append(event)
        self._changed.notify_all()

    def claim_interface(self, dev_handle: Any, intf: int) -> None:
        """Fail as the faults say."""
        if self.faults.foreign:
            raise NotImplementedError
        if self.faults.denied:
            raise usb.core.USBError("denied", errno=self.faults.denied)

    def enumerate_devices(self) -> Any:
        """Show the reader while it is plugged in."""
        return iter([] if self.faults.unplugged else [self])

    def plug_in(self) -> None:
        """Plug the reader in again, freshly powered."""
        with self._changed:
            self.faults.unplugged = False
            self._mode, self._state, self._finger = uru4000.OFF, uru4000.AWAKE, None
            self._events.clear()
            self._images.clear()

    def await_mode(self, mode: int, timeout_s: float = 5.0) -> bool:
        """Wait until the driver has set this mode. Return False after timeout_s seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._mode == mode, timeout_s)

    def _plugged(self) -> None:
        if self.faults.unplugged:
            raise usb.core.USBError("No such device", errno=ENODEV)

    def control(self, setup: bytes, data: bytes) -> bytes:
        """Read or write a register."""
        kind, _, register, _, size = struct.unpack("<BBHHH", setup)
        with self._changed:
            self._plugged()
            return self._get(register, size) if kind & 0x80 else self._set(register, data)

    def _get(self, register: int, size: int) -> bytes:
        if register == uru4000.HWSTAT:
            return bytes([self._state])
        if register == uru4000.SCRAMBLE_KEY:
            self.keys_given += 1
            return (self._key(self._number) ^ self._seed).to_bytes(4, "little")
        if register == uru4000.CHALLENGE:
            self._challenge = bytes(
                (17 * self.keys_given + 31 * n + self.faults.asleep_rounds) & 0xFF
                for n in range(16)
            )
            return self._challenge
        return bytes.fromhex("1a0a1a0a01150000002000108b211130")[:size]

    def _set(self, register: int, data: bytes) -> bytes:
        if register == uru4000.HWSTAT:
            self._power(data[0])
        elif register == uru4000.MODE:
            self._enter(data[0])
        elif register == uru4000.SCRAMBLE_INDEX:
            self._number, self._seed = data[0], int.from_bytes(data[1:5], "little")
        elif register == uru4000.RESPONSE:
            encryptor = Cipher(algorithms.AES(uru4000.CHALLENGE_KEY), modes.ECB()).encryptor()  # noqa: S305
            right = data == encryptor.update(self._challenge) + encryptor.finalize()
            self.faults.asleep_rounds = max(0, self.faults.asleep_rounds - right)
            self._answered = right and not self.faults.asleep_rounds
        return b""

    def _power(self, wanted: int) -> None:
        if wanted & uru4000.LOW_POWER or not self._answered:
            self._state = uru4000.LOW_POWER | uru4000.AWAKE
            return
        self._state = uru4000.AWAKE
        for event in self.faults.early_events:
            self._tell(event)
        if self.faults.no_power_event:
            self.faults.no_power_event -= 1
        else:
            self._tell(uru4000.POWER_ON)

    def _enter(self, mode: int) -> None:
        if self._state & uru4000.LOW_POWER:
            return
        self._mode = mode
        self._changed.notify_all()
        if mode == uru4000.AWAIT_ON and self._finger is not None:
            self._tell(uru4000.FINGER_ON)
        elif mode == uru4000.AWAIT_OFF and self._finger is None:
            self._tell(uru4000.FINGER_OFF)
        elif mode == uru4000.CAPTURE:
            self._capture()

    @staticmethod
    def _key(number: int) -> int:
        return (0x9E3779B9 * (number + 1)) & 0xFFFFFFFF

    def _capture(self) -> None:
        if self.faults.no_image:
            self.faults.no_image -= 1
            return
        picture = np.full((HEIGHT, WIDTH), 250, np.uint8) if self._finger is None else self._finger
        raw = upright(picture, self.model)
        lines = np.ascontiguousarray(raw[: HEIGHT - 1])
        header = bytearray(HEADER)
        header[4:6] = len(lines).to_bytes(2, "little")
        header[6] = 0x21
        blocks = [(ENCRYPTED, 100), (ENCRYPTED | 0x80, 100), (0x04, 40), (ENCRYPTED, 49)]
        if not self.faults.plain:
            lines = self._scrambled(lines, blocks, header[6])
        for place, (flags, count) in enumerate(blocks):
            header[16 + 2 * place : 18 + 2 * place] = bytes([flags, count])
        packet = bytes(header) + lines.tobytes()
        if self.faults.too_many_lines:
            self.faults.too_many_lines -= 1
            packet = packet[:4] + HEIGHT.to_bytes(2, "little") + packet[6:]
        if self.faults.short_transfers:
            self.faults.short_transfers -= 1
            packet = packet[: len(packet) // 2]
        self._images.append(packet)
        self._changed.notify_all()

    def _scrambled(
        self, lines: NDArray[np.uint8], blocks: list[tuple[int, int]], number: int
    ) -> NDArray[np.uint8]:
        sent, at, key = lines.copy(), 0, self._key(number)
        for flags, count in blocks:
            if flags & 0x80:
                number += 1
                key = self._key(number)
            if flags & 0x06 == ENCRYPTED:
                sent[at : at + count], key = scramble(lines[at : at + count], key)
            at += count
        return sent

    def read(self, endpoint: int, size: int, timeout_s: float) -> bytes:
        """Wait for the next event or image."""
        waiting = self._events if endpoint == uru4000.EVENTS_IN else self._images
        end = time.monotonic() + timeout_s
        with self._changed:
            while not waiting:
                self._plugged()
                left = end - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    if waiting:
                        break
                    self._plugged()
                    raise timed_out()
            found = waiting.popleft()
            return found if isinstance(found, bytes) else found.to_bytes(2, "big") + bytes(62)
