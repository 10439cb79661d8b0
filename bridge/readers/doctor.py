"""The reader doctor: what is wrong with a fingerprint reader here, and what to do about it."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.checks import CheckOutcome
from bridge.readers.catalogue import SerialPort, driver_for, serial_ports
from bridge.readers.models import NO_OPEN_PROTOCOL, ZKTECO, ReaderAlias, ReaderModel, known_models
from bridge.readers.reader import (
    NoLibrary,
    NoPermission,
    Reader,
    ReaderBusy,
    ReaderError,
    WrongDriver,
)
from bridge.readers.usb_device import find_all
from bridge.wording import worded

SYSFS = Path("/sys/bus/usb/devices")
GOOD_WINDOWS_DRIVERS = frozenset({"winusb", "libusbk", "usbdk"})
ZADIG = worded(
    "Bind it to WinUSB: unplug other readers, run Zadig (zadig.akeo.ie) or install "
    "installer/muster-readers.inf, choose the reader, choose WinUSB, replace. "
    "After that the reader no longer works with Windows Hello."
)
DRIVER, PERMISSION = worded("Driver"), worded("Permission")
FREE, AWAKE = worded("Free"), worded("Awake")
UDEV = worded(
    "Copy installer/linux/60-muster-readers.rules to /etc/udev/rules.d, "
    "run “udevadm control --reload”, and plug the reader in again."
)
CLOSE_OTHERS = {
    "win32": worded(
        "Close what else uses it: the Windows Biometric Service (services.msc), "
        "the maker's own agent, another Muster console."
    ),
    "linux": worded(
        "Close what else uses it: another Muster console, or fprintd (“systemctl stop fprintd”)."
    ),
}


@dataclass(frozen=True)
class ReaderFinding:
    """The result of one step. remedy: "" if there is nothing to do."""

    step: str
    outcome: CheckOutcome
    cause: str
    remedy: str = ""


def examine(
    aliases: tuple[ReaderAlias, ...] = (),
    backend: Any = None,
    bound: Callable[[ReaderModel], str | None] | None = None,
    make: Callable[[ReaderModel], Reader] | None = None,
    ports: Callable[[], list[SerialPort]] = serial_ports,
    platform: str = sys.platform,
) -> list[ReaderFinding]:
    """Return the findings for every reader; each is opened and closed.

    The arguments stand for this computer: backend of pyusb, the driver that is bound to a model,
    the reader of a model, the serial ports, and `sys.platform`. Tests give another one.
    """
    try:
        devices = find_all(backend)
    except NoLibrary as error:
        return [
            ReaderFinding(worded("USB library"), CheckOutcome.FAIL, str(error), error.remedy),
            *_serial(ports()),
        ]
    found = [
        ReaderFinding(
            worded("USB library"),
            CheckOutcome.OK,
            worded("{devices} USB devices are seen.", devices=len(devices)),
        )
    ]
    present = {(one.idVendor, one.idProduct) for one in devices}
    models = [
        model for model in known_models(aliases) if (model.vendor_id, model.product_id) in present
    ]
    found += _seen(models, present)
    for model in models:
        found += _one(
            model,
            (bound or _bound_on(platform))(model),
            make or (lambda model: driver_for(model, backend)),
            platform,
        )
    return found + _serial(ports())


def _seen(models: list[ReaderModel], present: set[tuple[int, int]]) -> list[ReaderFinding]:
    known = {(model.vendor_id, model.product_id) for model in models}
    strangers = sorted(present - known)
    found = [
        ReaderFinding(
            worded("Reader"),
            CheckOutcome.OK,
            worded("{name} ({ids}) is plugged in.", name=model.name, ids=model.ids),
        )
        for model in models
    ]
    for vendor, product in strangers:
        ids = f"{vendor:04x}:{product:04x}"
        if vendor == ZKTECO:
            advice = worded(
                "If it is like a ZK4500 (OFIS-Y is), add its numbers under Readers. "
                "ZK9500 and SLK20R speak another language."
            )
            found.append(
                ReaderFinding(
                    worded("Reader"),
                    CheckOutcome.WARN,
                    worded("A reader of ZKTeco that Muster does not know: {ids}.", ids=ids),
                    advice,
                )
            )
        elif vendor in NO_OPEN_PROTOCOL:
            cause = worded(
                "A device of {no_open_protocol} ({ids}): "
                "if it is a reader, its protocol is not open.",
                no_open_protocol=NO_OPEN_PROTOCOL[vendor],
                ids=ids,
            )
            found.append(
                ReaderFinding(
                    worded("Reader"),
                    CheckOutcome.WARN,
                    cause,
                    worded("Use one of the readers named in the README."),
                )
            )
    if not models:
        advice = worded(
            "Plug it in, without a hub if possible. "
            "If it was sold under another name, add its USB numbers under Readers."
        )
        found.append(
            ReaderFinding(
                worded("Reader"),
                CheckOutcome.FAIL,
                worded("No reader that Muster knows is plugged in."),
                advice,
            )
        )
    return found


def _one(
    model: ReaderModel, driver: str | None, make: Callable[[ReaderModel], Reader], platform: str
) -> list[ReaderFinding]:
    """Examine one reader: driver, permission, free, awake; after a failure the rest is skipped."""
    found = [_driver(model, driver, platform)]
    steps = (PERMISSION, FREE, AWAKE)
    reader = make(model)
    try:
        reader.open()
        versions = reader.info().versions
        reader.close()
    except ReaderError as error:
        where = _failed_step(error)
        if where == DRIVER:
            return [
                ReaderFinding(DRIVER, CheckOutcome.FAIL, str(error), ZADIG),
                *(ReaderFinding(step, CheckOutcome.SKIPPED, "") for step in steps),
            ]
        at = steps.index(where)
        remedy = _remedy(error, platform)
        passed = [ReaderFinding(step, CheckOutcome.OK, _FINE[step]) for step in steps[:at]]
        return [
            *found,
            *passed,
            ReaderFinding(where, CheckOutcome.FAIL, str(error), remedy),
            *(ReaderFinding(step, CheckOutcome.SKIPPED, "") for step in steps[at + 1 :]),
        ]
    awake = ReaderFinding(
        AWAKE,
        CheckOutcome.OK,
        worded("It answers: {versions}.", versions=versions) if versions else worded("It answers."),
    )
    return [
        *found,
        *(ReaderFinding(step, CheckOutcome.OK, _FINE[step]) for step in steps[:-1]),
        awake,
    ]


_FINE = {
    PERMISSION: worded("This user may open it."),
    FREE: worded("Nobody else holds it."),
}


def _failed_step(error: ReaderError) -> str:
    if isinstance(error, WrongDriver):
        return DRIVER
    if isinstance(error, NoPermission):
        return PERMISSION
    return FREE if isinstance(error, ReaderBusy) else AWAKE


def _remedy(error: ReaderError, platform: str) -> str:
    if isinstance(error, NoPermission) and platform != "win32":
        return UDEV
    if isinstance(error, NoPermission | ReaderBusy):
        return CLOSE_OTHERS.get(platform, CLOSE_OTHERS["linux"])
    return error.remedy


def _driver(model: ReaderModel, driver: str | None, platform: str) -> ReaderFinding:
    if platform != "win32":
        text = (
            worded("The system's driver “{driver}” is bound; it steps aside.", driver=driver)
            if driver
            else worded("No other driver is bound.")
        )
        return ReaderFinding(DRIVER, CheckOutcome.OK, text)
    if driver is None:
        return ReaderFinding(
            DRIVER, CheckOutcome.WARN, worded("Windows does not say which driver is bound."), ZADIG
        )
    if driver.lower() in GOOD_WINDOWS_DRIVERS:
        return ReaderFinding(DRIVER, CheckOutcome.OK, worded("Bound to {driver}.", driver=driver))
    return ReaderFinding(
        DRIVER,
        CheckOutcome.FAIL,
        worded(
            "Windows has bound the driver “{driver}” to the {name}.", driver=driver, name=model.name
        ),
        ZADIG,
    )


def _bound_on(platform: str) -> Callable[[ReaderModel], str | None]:
    return windows_driver if platform == "win32" else linux_driver


def linux_driver(model: ReaderModel, sysfs: Path = SYSFS) -> str | None:
    """Return the kernel driver that holds an interface of the reader, None if none does."""
    for device in sorted(sysfs.glob("*")):
        if (_text(device / "idVendor"), _text(device / "idProduct")) != (
            f"{model.vendor_id:04x}",
            f"{model.product_id:04x}",
        ):
            continue
        for interface in sorted(device.glob(f"{device.name}:*")):
            driver = interface / "driver"
            if driver.is_symlink() and Path(os.readlink(driver)).name != "usbfs":
                return Path(os.readlink(driver)).name
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except OSError:
        return ""


def windows_driver(model: ReaderModel) -> str | None:
    """Return the service that Windows has bound to the reader, None if it does not say.

    It stands in the registry, where any user may read it.
    """
    if sys.platform != "win32":
        return None
    import winreg

    name = (
        rf"SYSTEM\CurrentControlSet\Enum\USB\VID_{model.vendor_id:04X}&PID_{model.product_id:04X}"
    )
    try:
        with (
            winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, name) as devices,
            winreg.OpenKey(devices, winreg.EnumKey(devices, 0)) as device,
        ):
            return str(winreg.QueryValueEx(device, "Service")[0])
    except OSError:
        return None


def _serial(ports: list[SerialPort]) -> list[ReaderFinding]:
    found = []
    for port in ports:
        if port.name.startswith("/dev/") and not os.access(port.name, os.R_OK | os.W_OK):
            remedy = worded(
                "Add this user to the group that owns the port: "
                "“sudo usermod -aG dialout $USER”, then log in again."
            )
            found.append(
                ReaderFinding(
                    worded("Serial port"),
                    CheckOutcome.WARN,
                    worded(
                        "{name} ({text}) may not be opened by this user.",
                        name=port.name,
                        text=port.text,
                    ),
                    remedy,
                )
            )
        else:
            found.append(
                ReaderFinding(
                    worded("Serial port"),
                    CheckOutcome.OK,
                    worded(
                        "{name} ({text}): choose it if a serial module is on it.",
                        name=port.name,
                        text=port.text,
                    ),
                )
            )
    return found
