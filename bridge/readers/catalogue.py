"""Which readers are plugged in at this computer, and the driver for each."""

from dataclasses import dataclass
from typing import Any

from serial.tools import list_ports

from bridge.readers.models import ReaderAlias, ReaderModel, known_models
from bridge.readers.reader import Reader, ReaderAbsent
from bridge.readers.uru4000 import Uru4000
from bridge.readers.usb_device import find_all
from bridge.readers.zfm import NO_PASSWORD, ZfmModule
from bridge.readers.zk4500 import Zk4500
from bridge.wording import worded


@dataclass(frozen=True)
class SerialPort:
    """A serial port. name: COM3 or /dev/ttyUSB0; text: the system's description."""

    name: str
    text: str


def plugged_in(aliases: tuple[ReaderAlias, ...] = (), backend: Any = None) -> list[ReaderModel]:
    """Return the known USB readers, in the order of `known_models`. Raises NoLibrary."""
    present = {(one.idVendor, one.idProduct) for one in find_all(backend)}
    return [
        model for model in known_models(aliases) if (model.vendor_id, model.product_id) in present
    ]


def driver_for(model: ReaderModel, backend: Any = None) -> Reader:
    """Return the reader of a model, not opened yet."""
    return Zk4500(model, backend) if model.driver == "zk4500" else Uru4000(model, backend=backend)


def first_reader(aliases: tuple[ReaderAlias, ...] = (), backend: Any = None) -> Reader:
    """Return the first USB reader, not opened yet. Raises ReaderAbsent, NoLibrary."""
    found = plugged_in(aliases, backend)
    if not found:
        raise ReaderAbsent(worded("No fingerprint reader is plugged in."))
    return driver_for(found[0], backend)


def serial_ports() -> list[SerialPort]:
    """Return the ports that a serial module may be on.

    They are not probed: other devices would not understand.
    """
    return [
        SerialPort(port.device, port.description)
        for port in sorted(list_ports.comports(), key=lambda port: port.device)
    ]


def module_on(port: str, password: bytes = NO_PASSWORD) -> Reader:
    """Return the serial module on a port, not opened yet. password: PASSWORD_BYTES."""
    return ZfmModule(port, password=password)
