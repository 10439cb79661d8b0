"""Which readers are plugged in here, and how each is driven."""

from dataclasses import dataclass
from typing import Any

from serial.tools import list_ports

from bridge.readers.models import Alias, Model, known_models
from bridge.readers.reader import Absent, Reader
from bridge.readers.uru4000 import Uru4000
from bridge.readers.usb_device import find_all
from bridge.readers.zfm import ZfmModule
from bridge.readers.zk4500 import Zk4500


@dataclass(frozen=True)
class SerialPort:
    """name: COM3 or /dev/ttyUSB0; text: what the system says of it."""

    name: str
    text: str


def plugged_in(aliases: tuple[Alias, ...] = (), backend: Any = None) -> list[Model]:
    """The USB readers that Muster has a driver for, in the order of `known_models`. Raises NoLibrary."""
    present = {(one.idVendor, one.idProduct) for one in find_all(backend)}
    return [
        model for model in known_models(aliases) if (model.vendor_id, model.product_id) in present
    ]


def driver_for(model: Model, backend: Any = None) -> Reader:
    """The reader of a model, not opened yet."""
    return Zk4500(model, backend) if model.driver == "zk4500" else Uru4000(model, backend=backend)


def first_reader(aliases: tuple[Alias, ...] = (), backend: Any = None) -> Reader:
    """The first USB reader that is plugged in, not opened yet. Raises Absent, NoLibrary."""
    found = plugged_in(aliases, backend)
    if not found:
        raise Absent("No fingerprint reader is plugged in.")
    return driver_for(found[0], backend)


def serial_ports() -> list[SerialPort]:
    """Ports that a serial module may be on. They are not probed: other devices would not understand."""
    return [
        SerialPort(port.device, port.description)
        for port in sorted(list_ports.comports(), key=lambda port: port.device)
    ]


def module_on(port: str) -> Reader:
    """The serial module on a port, not opened yet."""
    return ZfmModule(port)
