"""A USB device: find, open and claim it; every way that can fail has its own error.

A device belongs to the thread that opened it.
"""

import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import usb.core
import usb.util

from bridge.readers.models import ReaderModel
from bridge.readers.reader import (
    NoLibrary,
    NoPermission,
    ReaderAbsent,
    ReaderBusy,
    ReaderError,
    Unplugged,
    WrongDriver,
)
from bridge.wording import worded

T = TypeVar("T")
CONTROL_MS = 5000
EACCES, EBUSY = 13, 16
VENDOR_CLASS = (255, 255, 255)
TO_DEVICE, FROM_DEVICE = 0x40, 0xC0


def system_backend() -> Any:
    """Return libusb: on Windows the one in the package, elsewhere None (pyusb finds one)."""
    if sys.platform != "win32":
        return None
    import libusb_package

    return libusb_package.get_libusb1_backend()


def find_all(backend: Any = None) -> list[Any]:
    """Return all devices on the USB. Raises NoLibrary."""
    try:
        return list(usb.core.find(find_all=True, backend=backend or system_backend()))
    except usb.core.NoBackendError as error:
        raise NoLibrary(worded("The library libusb is missing.")) from error


class UsbDevice:
    """A USB reader of one model. backend: of pyusb, None for the system's."""

    def __init__(self, model: ReaderModel, backend: Any = None) -> None:
        self.model = model
        self._backend = backend
        self._device: Any = None
        self._owner = 0

    @property
    def is_open(self) -> bool:
        """Whether the device is open."""
        return self._device is not None

    def open(self, vendor_interface: bool = False) -> None:
        """Find and claim the device.

        vendor_interface: claim the interface of class 255/255/255, else the first. Raises
        Absent, NoLibrary, NoPermission, WrongDriver, Busy, Unplugged.
        """
        self._owner = threading.get_ident()
        numbers = (self.model.vendor_id, self.model.product_id)
        device = next(
            (one for one in find_all(self._backend) if (one.idVendor, one.idProduct) == numbers),
            None,
        )
        if device is None:
            raise ReaderAbsent(worded("No {name} is plugged in.", name=self.model.name))
        try:
            usb.util.claim_interface(device, self._interface(device, vendor_interface))
        except NotImplementedError as error:
            raise WrongDriver(
                worded("The {name} is not bound to WinUSB.", name=self.model.name)
            ) from error
        except usb.core.USBError as error:
            raise _access_error(error, self.model.name) from error
        self._device = device

    def _interface(self, device: Any, vendor_interface: bool) -> int:
        for interface in device.get_active_configuration():
            kind = (
                interface.bInterfaceClass,
                interface.bInterfaceSubClass,
                interface.bInterfaceProtocol,
            )
            if not vendor_interface or kind == VENDOR_CLASS:
                return int(interface.bInterfaceNumber)
        raise ReaderAbsent(
            worded("This {name} shows no fingerprint interface.", name=self.model.name)
        )

    def write(self, request: int, value: int, index: int = 0, data: bytes = b"") -> None:
        """Send a vendor's control request. Raises Unplugged."""
        self._control(
            lambda: self._device.ctrl_transfer(TO_DEVICE, request, value, index, data, CONTROL_MS)
        )

    def read(self, request: int, value: int, size: int) -> bytes:
        """Send a vendor's control request and return `size` bytes. Raises Unplugged."""
        data = bytes(
            self._control(
                lambda: self._device.ctrl_transfer(FROM_DEVICE, request, value, 0, size, CONTROL_MS)
            )
        )
        if len(data) != size:
            raise Unplugged(
                worded(
                    "The reader answered with {data} bytes instead of {size}.",
                    data=len(data),
                    size=size,
                )
            )
        return data

    def _control(self, transfer: Callable[[], T]) -> T:
        self.check_thread()
        try:
            return transfer()
        except usb.core.USBError as error:
            raise Unplugged(
                worded("The reader does not answer any more ({strerror}).", strerror=error.strerror)
            ) from error

    def check_thread(self) -> None:
        """Assert that the thread that opened the device calls."""
        assert threading.get_ident() == self._owner, "a reader belongs to the thread that opened it"

    def receive(self, endpoint: int, size: int, timeout_ms: int) -> bytes:
        """Return what comes next on an endpoint. Raises pyusb's errors.

        The driver's own helper threads may call this.
        """
        return bytes(self._device.read(endpoint, size, timeout_ms))

    def close(self) -> None:
        """Release the device; never fails."""
        if self._device is not None:
            usb.util.dispose_resources(self._device)
            self._device = None


def _access_error(error: usb.core.USBError, name: str) -> ReaderError:
    if error.errno == EACCES:
        return NoPermission(worded("The {name} may not be opened.", name=name))
    if error.errno == EBUSY:
        return ReaderBusy(worded("Another program holds the {name}.", name=name))
    return Unplugged(
        worded("The {name} could not be opened ({strerror}).", name=name, strerror=error.strerror)
    )
