"""Simulated USB devices as backends of pyusb: one in memory, and one made from a recording."""

import struct
import threading
from array import array
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import usb.backend
import usb.core

ETIMEDOUT, ENODEV, EACCES, EBUSY = 110, 19, 13, 16
_PACKET_BLOCK = 6
_EVENT = struct.Struct("<QcBBBHccqiiII8s")
_EVENT_BYTES = 64
_CANCELLED = -2
_INTERRUPT, _CONTROL, _BULK = 1, 2, 3
_STANDARD = 0x60


class Mismatch(AssertionError):
    """The driver sent something else than was recorded."""


class _Fields:
    """A descriptor in the form of pyusb: attributes by name."""

    def __init__(self, names: str, values: tuple[int, ...]) -> None:
        self.__dict__.update(dict(zip(names.split(), values, strict=True)))
        self.extra_descriptors: list[int] = []
        self.bRefresh = self.bSynchAddress = 0


_DEVICE_NAMES = (
    "bLength bDescriptorType bcdUSB bDeviceClass bDeviceSubClass bDeviceProtocol bMaxPacketSize0 "
    "idVendor idProduct bcdDevice iManufacturer iProduct iSerialNumber bNumConfigurations"
)
_CONFIGURATION_NAMES = (
    "bLength bDescriptorType wTotalLength bNumInterfaces bConfigurationValue iConfiguration "
    "bmAttributes bMaxPower"
)
_INTERFACE_NAMES = (
    "bLength bDescriptorType bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass "
    "bInterfaceSubClass bInterfaceProtocol iInterface"
)
_ENDPOINT_NAMES = "bLength bDescriptorType bEndpointAddress bmAttributes wMaxPacketSize bInterval"


class FixedDevice(usb.backend.IBackend):  # type: ignore[misc]  # pyusb has no types
    """One device, given by its raw descriptors: device, configuration, one interface, endpoints.

    Names and arguments of the methods are those of pyusb. Subclasses override `control` and
    `read`.
    """

    def __init__(self, descriptors: bytes) -> None:
        self._device = _Fields(_DEVICE_NAMES, struct.unpack_from("<BBHBBBBHHHBBBB", descriptors))
        self._device.bus = self._device.address = self._device.port_number = 1  # type: ignore[attr-defined]
        self._device.port_numbers, self._device.speed = (1,), 2  # type: ignore[attr-defined]
        self._configuration = _Fields(
            _CONFIGURATION_NAMES, struct.unpack_from("<BBHBBBBB", descriptors, 18)
        )
        self._interface = _Fields(
            _INTERFACE_NAMES, struct.unpack_from("<BBBBBBBBB", descriptors, 27)
        )
        count = descriptors[31]
        self._endpoints = [
            _Fields(_ENDPOINT_NAMES, struct.unpack_from("<BBBBHB", descriptors, 36 + 7 * n))
            for n in range(count)
        ]

    def enumerate_devices(self) -> Any:
        """Show this one device."""
        return iter([self])

    def get_device_descriptor(self, dev: Any) -> Any:
        """Return the device's descriptor."""
        return self._device

    def get_configuration_descriptor(self, dev: Any, config: int) -> Any:
        """Return the only configuration. Raises IndexError."""
        if config:
            raise IndexError(config)
        return self._configuration

    def get_interface_descriptor(self, dev: Any, intf: int, alt: int, config: int) -> Any:
        """Return the only interface. Raises IndexError."""
        if intf or alt or config:
            raise IndexError(intf)
        return self._interface

    def get_endpoint_descriptor(self, dev: Any, ep: int, intf: int, alt: int, config: int) -> Any:
        """Return an endpoint."""
        return self._endpoints[ep]

    def open_device(self, dev: Any) -> Any:
        """Return this device as its own handle."""
        return self

    def close_device(self, dev_handle: Any) -> None:
        """There is nothing to close."""

    def set_configuration(self, dev_handle: Any, config_value: int) -> None:
        """There is only one configuration."""

    def get_configuration(self, dev_handle: Any) -> int:
        """Return the number of the configuration."""
        return 1

    def claim_interface(self, dev_handle: Any, intf: int) -> None:
        """Anybody may claim it."""

    def release_interface(self, dev_handle: Any, intf: int) -> None:
        """There is nothing to release."""

    def ctrl_transfer(
        self,
        dev_handle: Any,
        bmRequestType: int,
        bRequest: int,
        wValue: int,
        wIndex: int,
        data: Any,
        timeout: int,
    ) -> int:
        """Pass a control transfer to `control`."""
        setup = struct.pack("<BBHHH", bmRequestType, bRequest, wValue, wIndex, len(data))
        answer = self.control(setup, b"" if bmRequestType & 0x80 else bytes(data))
        if bmRequestType & 0x80:
            data[: len(answer)] = array("B", answer)
            return len(answer)
        return len(data)

    def intr_read(self, dev_handle: Any, ep: int, intf: int, buff: Any, timeout: int) -> int:
        """Read from an endpoint into `buff`. timeout: milliseconds."""
        return _put(buff, self.read(ep, len(buff), timeout / 1000))

    bulk_read = intr_read

    def control(self, setup: bytes, data: bytes) -> bytes:
        """Answer a control request. setup: its 8 bytes; data: what the host sends."""
        raise NotImplementedError

    def read(self, endpoint: int, size: int, timeout_s: float) -> bytes:
        """Return what comes next on an endpoint. Raises USBTimeoutError."""
        raise NotImplementedError


def _put(buff: Any, data: bytes) -> int:
    buff[: len(data)] = array("B", data)
    return len(data)


def timed_out() -> usb.core.USBTimeoutError:
    """Return the error of a read that found nothing in time."""
    return usb.core.USBTimeoutError("Operation timed out", errno=ETIMEDOUT)


@dataclass
class _Transfer:
    """A recorded transfer. after: how many control requests had been made before it ended."""

    endpoint: int
    data: bytes
    status: int
    after: int = 0


class UsbReplay(FixedDevice):
    """Replays a usbmon recording (pcapng).

    The driver must send what was recorded, byte for byte; `finish` checks that nothing is left.
    """

    def __init__(self, folder: Path) -> None:
        line = next(
            text
            for text in (folder / "device").read_text("utf-8").splitlines()
            if text.startswith("N: ")
        )
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
                self._arrivals.setdefault(endpoint, deque()).append(
                    _Transfer(endpoint, data, status, requests)
                )

    def control(self, setup: bytes, data: bytes) -> bytes:
        """Answer the next recorded request. Raises Mismatch for any other."""
        with self._changed:
            if not self._controls:
                raise Mismatch(f"nothing more was recorded, the driver sends {setup.hex()}")
            expected, sent, answer = self._controls.popleft()
            if (setup, data) != (expected, sent):
                raise Mismatch(
                    f"recorded {expected.hex()} {sent.hex()}, "
                    f"the driver sends {setup.hex()} {data.hex()}"
                )
            self._made += 1
            self._changed.notify_all()
            return answer

    def read(self, endpoint: int, size: int, timeout_s: float) -> bytes:
        """Return the next recorded arrival, once its requests were made."""
        waiting = self._arrivals.get(endpoint, deque())
        with self._changed:
            if not self._changed.wait_for(
                lambda: bool(waiting) and waiting[0].status == 0 and waiting[0].after <= self._made,
                timeout_s,
            ):
                raise timed_out()
            return waiting.popleft().data

    def finish(self) -> None:
        """Raise Mismatch if something that was recorded was never asked for."""
        left = [
            transfer
            for waiting in self._arrivals.values()
            for transfer in waiting
            if transfer.status != _CANCELLED
        ]
        if self._controls or left:
            raise Mismatch(
                f"{len(self._controls)} requests and {len(left)} arrivals were left over"
            )


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
