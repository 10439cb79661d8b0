"""The other side of USB, as backends of pyusb: a recording that checks every byte the driver sends, and a simulated uru4000 reader."""

import struct
import threading
import time
from array import array
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import usb.backend
import usb.core
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

from bridge.readers import uru4000
from bridge.readers.uru4000_image import ENCRYPTED, HEADER, HEIGHT, WIDTH, scramble

ETIMEDOUT, ENODEV, EACCES, EBUSY = 110, 19, 13, 16
_PACKET_BLOCK = 6
_EVENT = struct.Struct("<QcBBBHccqiiII8s")
_EVENT_BYTES = 64
_CANCELLED = -2
_INTERRUPT, _CONTROL, _BULK = 1, 2, 3
_STANDARD = 0x60


class Mismatch(AssertionError):
    """The driver did something else than the recorded one."""


class _Fields:
    """A descriptor as pyusb wants it: attributes by name."""

    def __init__(self, names: str, values: tuple[int, ...]) -> None:
        self.__dict__.update(dict(zip(names.split(), values, strict=True)))
        self.extra_descriptors: list[int] = []
        self.bRefresh = self.bSynchAddress = 0


_DEVICE_NAMES = (
    "bLength bDescriptorType bcdUSB bDeviceClass bDeviceSubClass bDeviceProtocol bMaxPacketSize0 idVendor idProduct bcdDevice "
    "iManufacturer iProduct iSerialNumber bNumConfigurations"
)
_CONFIGURATION_NAMES = "bLength bDescriptorType wTotalLength bNumInterfaces bConfigurationValue iConfiguration bmAttributes bMaxPower"
_INTERFACE_NAMES = (
    "bLength bDescriptorType bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass bInterfaceSubClass bInterfaceProtocol "
    "iInterface"
)
_ENDPOINT_NAMES = "bLength bDescriptorType bEndpointAddress bmAttributes wMaxPacketSize bInterval"


class FixedDevice(usb.backend.IBackend):  # type: ignore[misc]  # pyusb has no types
    """One device, described by its raw descriptors: device, configuration, one interface, its endpoints."""

    def __init__(self, descriptors: bytes) -> None:
        self._device = _Fields(_DEVICE_NAMES, struct.unpack_from("<BBHBBBBHHHBBBB", descriptors))
        self._device.bus = self._device.address = self._device.port_number = 1  # type: ignore[attr-defined]
        self._device.port_numbers, self._device.speed = (1,), 2  # type: ignore[attr-defined]
        self._configuration = _Fields(_CONFIGURATION_NAMES, struct.unpack_from("<BBHBBBBB", descriptors, 18))
        self._interface = _Fields(_INTERFACE_NAMES, struct.unpack_from("<BBBBBBBBB", descriptors, 27))
        count = descriptors[31]
        self._endpoints = [_Fields(_ENDPOINT_NAMES, struct.unpack_from("<BBBBHB", descriptors, 36 + 7 * n)) for n in range(count)]

    def enumerate_devices(self) -> Any:
        return iter([self])

    def get_device_descriptor(self, dev: Any) -> Any:
        return self._device

    def get_configuration_descriptor(self, dev: Any, config: int) -> Any:
        if config:
            raise IndexError(config)
        return self._configuration

    def get_interface_descriptor(self, dev: Any, intf: int, alt: int, config: int) -> Any:
        if intf or alt or config:
            raise IndexError(intf)
        return self._interface

    def get_endpoint_descriptor(self, dev: Any, ep: int, intf: int, alt: int, config: int) -> Any:
        return self._endpoints[ep]

    def open_device(self, dev: Any) -> Any:
        return self

    def close_device(self, dev_handle: Any) -> None: ...
    def set_configuration(self, dev_handle: Any, config_value: int) -> None: ...
    def get_configuration(self, dev_handle: Any) -> int:
        return 1

    def claim_interface(self, dev_handle: Any, intf: int) -> None: ...
    def release_interface(self, dev_handle: Any, intf: int) -> None: ...
    def ctrl_transfer(self, dev_handle: Any, bmRequestType: int, bRequest: int, wValue: int, wIndex: int, data: Any, timeout: int) -> int:
        setup = struct.pack("<BBHHH", bmRequestType, bRequest, wValue, wIndex, len(data))
        answer = self.control(setup, b"" if bmRequestType & 0x80 else bytes(data))
        if bmRequestType & 0x80:
            data[: len(answer)] = array("B", answer)
            return len(answer)
        return len(data)

    def intr_read(self, dev_handle: Any, ep: int, intf: int, buff: Any, timeout: int) -> int:
        return _put(buff, self.read(ep, len(buff), timeout / 1000))

    bulk_read = intr_read

    def control(self, setup: bytes, data: bytes) -> bytes:
        """Answers a control request."""
        raise NotImplementedError

    def read(self, endpoint: int, size: int, timeout_s: float) -> bytes:
        """What comes next on an endpoint. Raises USBTimeoutError."""
        raise NotImplementedError


def _put(buff: Any, data: bytes) -> int:
    buff[: len(data)] = array("B", data)
    return len(data)


def timed_out() -> usb.core.USBTimeoutError:
    return usb.core.USBTimeoutError("Operation timed out", errno=ETIMEDOUT)


@dataclass
class _Transfer:
    """A recorded one. after: how many control requests had been made before it ended."""

    endpoint: int
    data: bytes
    status: int
    after: int = 0


class Replay(FixedDevice):
    """Plays a usbmon recording (pcapng). What the driver sends must be what was recorded, byte for byte; `finish` checks the rest."""

    def __init__(self, folder: Path) -> None:
        line = next(text for text in (folder / "device").read_text("utf-8").splitlines() if text.startswith("N: "))
        super().__init__(bytes.fromhex(line.partition("=")[2]))
        self._controls: deque[tuple[bytes, bytes, bytes]] = deque()
        self._arrivals: dict[int, deque[_Transfer]] = {}
        self._made = 0
        self._changed = threading.Condition()
        self._load((folder / "capture.pcapng").read_bytes())

    def _load(self, capture: bytes) -> None:
        started: dict[int, tuple[int, bytes, bytes]] = {}
        requests = 0
        for event in _packets(capture):
            number, kind, transfer, endpoint, *_, status, _, _, setup = _EVENT.unpack_from(event)
            data = event[_EVENT_BYTES:]
            if kind == b"S":
                started[number] = (endpoint, setup, data)
                continue
            _, begun_setup, sent = started.pop(number)
            if transfer == _CONTROL:
                if begun_setup[0] & _STANDARD:
                    self._controls.append((begun_setup, sent, data))
                    requests += 1
            else:
                self._arrivals.setdefault(endpoint, deque()).append(_Transfer(endpoint, data, status, requests))

    def control(self, setup: bytes, data: bytes) -> bytes:
        with self._changed:
            if not self._controls:
                raise Mismatch(f"nothing more was recorded, the driver sends {setup.hex()}")
            expected, sent, answer = self._controls.popleft()
            if (setup, data) != (expected, sent):
                raise Mismatch(f"recorded {expected.hex()} {sent.hex()}, the driver sends {setup.hex()} {data.hex()}")
            self._made += 1
            self._changed.notify_all()
            return answer

    def read(self, endpoint: int, size: int, timeout_s: float) -> bytes:
        waiting = self._arrivals.get(endpoint, deque())
        with self._changed:
            if not self._changed.wait_for(lambda: bool(waiting) and waiting[0].status == 0 and waiting[0].after <= self._made, timeout_s):
                raise timed_out()
            return waiting.popleft().data

    def finish(self) -> None:
        """Raises Mismatch when something recorded was never asked for."""
        left = [transfer for waiting in self._arrivals.values() for transfer in waiting if transfer.status != _CANCELLED]
        if self._controls or left:
            raise Mismatch(f"{len(self._controls)} requests and {len(left)} arrivals were left over")


def _packets(capture: bytes) -> list[bytes]:
    found, at = [], 0
    while at + 12 <= len(capture):
        kind, size = struct.unpack_from("<II", capture, at)
        if size < 12:
            break
        if kind == _PACKET_BLOCK:
            length = struct.unpack_from("<I", capture, at + 20)[0]
            found.append(capture[at + 28 : at + 28 + length])
        at += size
    return found


@dataclass
class ReaderFaults:
    """What a simulated reader does wrong; numbers count down."""

    unplugged: bool = False
    denied: int = 0
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

    def __init__(self, model: uru4000.Model = uru4000.MODELS[0]) -> None:
        ids = struct.pack("<HH", model.vendor_id, model.product_id)
        device = bytes.fromhex("120100020000 0040".replace(" ", "")) + ids + bytes.fromhex("030101020301")
        super().__init__(device + bytes.fromhex("0902200001010080640904000002FFFFFF000705810340000807058202400000"))
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
        with self._changed:
            self._finger = picture
            if self._mode == uru4000.AWAIT_ON:
                self._tell(uru4000.FINGER_ON)

    def lift(self) -> None:
        with self._changed:
            self._finger = None
            if self._mode == uru4000.AWAIT_OFF:
                self._tell(uru4000.FINGER_OFF)

    def unplug(self) -> None:
        with self._changed:
            self.faults.unplugged = True
            self._changed.notify_all()

    def _tell(self, event: int) -> None:
        self._events.append(event)
        self._changed.notify_all()

    def claim_interface(self, dev_handle: Any, intf: int) -> None:
        if self.faults.denied:
            raise usb.core.USBError("denied", errno=self.faults.denied)

    def _plugged(self) -> None:
        if self.faults.unplugged:
            raise usb.core.USBError("No such device", errno=ENODEV)

    def control(self, setup: bytes, data: bytes) -> bytes:
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
            self._challenge = bytes((17 * self.keys_given + 31 * n + self.faults.asleep_rounds) & 0xFF for n in range(16))
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
        self._mode = mode
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
        raw = 255 - (picture[::-1, ::-1] if self.model.turned else picture)
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

    def _scrambled(self, lines: NDArray[np.uint8], blocks: list[tuple[int, int]], number: int) -> NDArray[np.uint8]:
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
