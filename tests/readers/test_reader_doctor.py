"""P13: the reader doctor names the failing step and the remedy, on Windows and Linux."""

import os
from pathlib import Path

import pytest
import usb.core

from bridge.readers.catalogue import SerialPort, driver_for, plugged_in
from bridge.readers.doctor import ReaderFinding, examine, linux_driver
from bridge.readers.models import MODELS, URU4000, ZK4500, ReaderAlias, ReaderModel
from bridge.readers.uru4000 import Uru4000
from bridge.readers.zk4500 import Zk4500
from bridge.simulator.uru4000 import SimulatedUru4000
from bridge.simulator.usb import EACCES, EBUSY
from bridge.simulator.zk4500 import SimulatedZk4500


def examined(
    device: object,
    platform: str = "linux",
    driver: str | None = None,
    aliases: tuple[ReaderAlias, ...] = (),
) -> dict[str, ReaderFinding]:
    found = examine(aliases, device, lambda model: driver, None, list, platform)
    return {finding.step: finding for finding in found}


def test_a_healthy_reader_passes_every_step() -> None:
    found = examined(SimulatedUru4000())
    assert [finding.outcome for finding in found.values()] == ["ok"] * 6
    assert "1a0a1a0a" in found["Awake"].cause


@pytest.mark.parametrize("platform", ["linux", "win32"])
@pytest.mark.parametrize(
    ("fault", "step", "words"),
    [
        ({"denied": EACCES}, "Permission", {"linux": "rules.d", "win32": "Biometric Service"}),
        ({"denied": EBUSY}, "Free", {"linux": "fprintd", "win32": "Biometric Service"}),
        ({"foreign": True}, "Driver", {"linux": "WinUSB", "win32": "Windows Hello"}),
        (
            {"no_power_event": 99},
            "Awake",
            {"linux": "plug it in again", "win32": "plug it in again"},
        ),
    ],
    ids=["permission", "busy", "driver", "power"],
)
def test_P13_what_is_wrong_is_named_with_a_remedy(
    platform: str, fault: dict[str, int], step: str, words: dict[str, str]
) -> None:
    device = SimulatedUru4000()
    for name, value in fault.items():
        setattr(device.faults, name, value)
    found = examined(device, platform, "WinUSB")
    assert found[step].outcome == "fail"
    assert words[platform] in found[step].remedy
    after = list(found)[list(found).index(step) + 1 :]
    assert all(found[name].outcome == "skipped" for name in after)


def test_a_foreign_windows_driver_is_named_before_anything_is_tried() -> None:
    found = examined(SimulatedUru4000(), "win32", "WbfUsbDriver")
    assert found["Driver"].outcome == "fail"
    assert "WbfUsbDriver" in found["Driver"].cause
    assert "Hello" in found["Driver"].remedy


def test_no_reader_a_strange_one_of_zkteco_and_one_without_an_open_protocol() -> None:
    gone = SimulatedUru4000()
    gone.unplug()
    assert "Plug it in" in examined(gone)["Reader"].remedy
    strange = examine(
        (),
        SimulatedZk4500(ReaderModel("zk4500", 0x1B55, 0x0999, "?")),
        lambda _model: None,
        None,
        list,
    )
    assert any(
        finding.outcome == "warn" and "1b55:0999" in finding.cause and "OFIS" in finding.remedy
        for finding in strange
    )
    closed = examine(
        (),
        SimulatedZk4500(ReaderModel("zk4500", 0x1162, 0x2200, "?")),
        lambda _model: None,
        None,
        list,
    )
    assert any("SecuGen" in finding.cause for finding in closed)


def test_an_alias_makes_a_stranger_known() -> None:
    alias = ReaderAlias(vendor_id=0x1B55, product_id=0x0999, driver="zk4500", name="OFIS-Y")
    device = SimulatedZk4500(ReaderModel("zk4500", 0x1B55, 0x0999, "?"))
    assert [model.name for model in plugged_in((alias,), device)] == ["OFIS-Y"]
    assert examined(device, aliases=(alias,))["Awake"].outcome == "ok"


def test_a_missing_library_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_backend(**_: object) -> None:
        raise usb.core.NoBackendError("No backend available")

    monkeypatch.setattr(usb.core, "find", no_backend)
    found = examine(ports=list)
    assert (found[0].step, found[0].outcome) == ("USB library", "fail")
    assert "libusb" in found[0].remedy


def test_serial_ports_are_listed_and_those_without_permission_say_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: path != "/dev/ttyUSB1")
    ports = [
        SerialPort("/dev/ttyUSB0", "CP2102"),
        SerialPort("/dev/ttyUSB1", "FTDI"),
        SerialPort("COM3", "CH340"),
    ]
    found = examine((), SimulatedUru4000(), lambda _model: None, None, lambda: ports)
    assert [finding.outcome for finding in found if finding.step == "Serial port"] == [
        "ok",
        "warn",
        "ok",
    ]
    assert "dialout" in next(finding.remedy for finding in found if finding.outcome == "warn")


def test_the_kernel_driver_is_read_from_sysfs(tmp_path: Path) -> None:
    device = tmp_path / "1-2"
    (device / "1-2:1.0").mkdir(parents=True)
    (device / "idVendor").write_text("05ba\n")
    (device / "idProduct").write_text("000a\n")
    assert linux_driver(URU4000[0], tmp_path) is None
    (device / "1-2:1.0" / "driver").symlink_to("/sys/bus/usb/drivers/usbhid")
    assert linux_driver(URU4000[0], tmp_path) == "usbhid"
    assert linux_driver(ZK4500[0], tmp_path) is None


def test_every_model_has_a_driver_and_stands_in_the_windows_file() -> None:
    inf = (Path(__file__).parents[2] / "installer/muster-readers.inf").read_text("ascii")
    for model in MODELS:
        assert isinstance(driver_for(model), Zk4500 if model.driver == "zk4500" else Uru4000)
        named = f"USB\\VID_{model.vendor_id:04X}&PID_{model.product_id:04X}" in inf
        assert named is not model.composite, "a keyboard must not lose its own driver"
