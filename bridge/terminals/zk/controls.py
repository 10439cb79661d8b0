"""What is asked of a unit itself on port 4370, not of its people or its log."""

import struct
from contextlib import suppress

from bridge.terminals.errors import ODD_ANSWERS, BridgeError, NotConfirmed, Refused, Unsupported
from bridge.terminals.terminal import TerminalDevice, UnitInfo
from bridge.terminals.zk import exchanges
from bridge.terminals.zk.codes import CommandCode
from bridge.terminals.zk.frames import Packet
from bridge.terminals.zk.session import Session
from bridge.wording import worded

OPTIONS = (
    "~SerialNumber", "~DeviceName", "~Platform", "~OS", "~ZKFPVersion", "ZKFaceVersion",
    "~PIN2Width", "FaceFunOn", "~ExtendFmt", "~UserExtFmt", "MAC", "IPAddress", "NetMask",
    "GATEIPAddress", "DeviceID", "~OEMVendor", "~ProductTime",
)  # fmt: skip
COPIED_OPTIONS = ("LockOn", "WorkCode", "~PIN2Width")
"""Settings of the site: they go along when another unit replaces this one."""
_FACTS = (("mac", "MAC"), ("platform", "~Platform"), ("devicename", "~DeviceName"))


class ZkControls(TerminalDevice):
    """The part of a session that is about the unit itself."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def _command(self, code: int, what: str, data: bytes = b"") -> Packet:
        return await self._session.run(exchanges.command(code, data, what))

    async def info(self) -> UnitInfo:
        """Ask for the options one by one: firmwares know different ones, and answer some oddly."""
        options = {}
        for name in OPTIONS:
            if value := await self.option(name):
                options[name.lstrip("~")] = value
        algorithm = f"finger {options['ZKFPVersion']}" if options.get("ZKFPVersion") else ""
        return UnitInfo(
            options.get("SerialNumber", ""),
            options.get("DeviceName", ""),
            await self._firmware(),
            options.get("Platform", ""),
            algorithm,
            options,
        )

    async def _firmware(self) -> str:
        with suppress(*ODD_ANSWERS):
            packet = await self._command(CommandCode.VERSION, worded("tell its version"))
            return packet.data.split(b"\0")[0].decode("ascii", "replace")[:64]
        return ""

    async def facts(self) -> dict[str, str]:
        """Ask four short questions."""
        told = {key: await self.option(name) for key, name in _FACTS}
        told["firmware"] = await self._firmware()
        return {key: value for key, value in told.items() if value}

    async def serial_number(self) -> str:
        """Ask for this one option."""
        return await self.option("~SerialNumber")

    async def option(self, name: str) -> str:
        """Ask for one option; its name keeps the leading "~" where it has one."""
        return await self._session.run(exchanges.read_option(name))

    async def set_option(self, name: str, value: str) -> None:
        """Write one option and read it back. Raises ValueError for control characters."""
        await self._session.run(exchanges.write_option(name, value))
        if await self.option(name) != value:
            raise NotConfirmed(worded("The terminal did not keep {name}.", name=name))

    async def copied_options(self) -> dict[str, str]:
        """Return those of COPIED_OPTIONS that the unit has."""
        return {name: value for name in COPIED_OPTIONS if (value := await self.option(name))}

    async def unlock(self, seconds: int) -> None:
        """Send the time in tenths of a second."""
        await self._command(
            CommandCode.UNLOCK, worded("open the door"), struct.pack("<I", seconds * 10)
        )

    async def test_voice(self, index: int = 0) -> None:
        """Play one of the unit's own phrases; 0 is “Thank you”."""
        await self._command(CommandCode.TEST_VOICE, "speak", struct.pack("<I", index))

    async def lock(self, seconds: int) -> None:
        """Disable the keypad and the sensors; the unit enables itself after that time."""
        await self._command(
            CommandCode.DISABLE, worded("take no logins"), struct.pack("<I", seconds)
        )

    async def restart(self) -> None:
        """Send the command. Some units answer it, others are gone at once.

        Raises Refused, Unsupported for a unit that says no.
        """
        try:
            await self._command(CommandCode.RESTART, "restart")
        except (Refused, Unsupported):
            raise
        except BridgeError:
            pass
        self._session.lost = True
