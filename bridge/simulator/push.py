"""A terminal of the push dialect, profile "QF Master": takes approved faces, decides locally, reports logins."""

import asyncio
import base64
import binascii
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from bridge.terminals.push.records import pairs

FIRMWARE = "QFM-SIM-1.0"
RETRY_S = 1.0
JPEG_MAGIC = b"\xff\xd8\xff"
_COMMAND = re.compile(r"C:([0-9A-Za-z]{1,16}):(.*)", re.DOTALL)
FACE, NUMBER = 15, 3


@dataclass
class Person:
    """What the unit holds of one person."""

    name: str = ""
    photo: bytes = b""


@dataclass
class Faults:
    """Misbehaviour on demand. returns: verb -> codes to answer with, one a command, before it works again."""

    offline: bool = False
    returns: dict[str, list[int]] = field(default_factory=dict)
    forget_users: bool = False
    clock_offset: timedelta = timedelta()
    lose_results: int = 0


class SimulatedTerminal:
    """One unit. `run` dials the listener until cancelled; `present` is a person in front of it."""

    def __init__(self, serial: str, url: str, clock: Callable[[], datetime] = datetime.now, poll_s: float = 1.0) -> None:
        self.serial = serial
        self.people: dict[str, Person] = {}
        self.faults = Faults()
        self.commands_done = 0
        self.approved = False
        self._url = url
        self._clock = clock
        self._poll_s = poll_s
        self._unsent: list[str] = []
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Polls, obeys and reports until cancelled. A listener that is away is tried again."""
        async with httpx.AsyncClient(base_url=self._url, timeout=20.0, headers={"User-Agent": "iClock Proxy/1.09"}) as http:
            while True:
                try:
                    if not self.faults.offline:
                        await self._round(http)
                    await self._pause(self._poll_s)
                except httpx.HTTPError:
                    await self._pause(RETRY_S)

    async def present(self, pin: str, direction: int = 0, verify: int = FACE) -> bool:
        """Somebody stands in front of the unit. It knows the faces it was sent, and nobody else; True when it opens."""
        known = pin in self.people and (verify != FACE or bool(self.people[pin].photo))
        if known:
            stamp = (self._clock() + self.faults.clock_offset).strftime("%Y-%m-%d %H:%M:%S")
            self._unsent.append(f"{pin}\t{stamp}\t{direction}\t{verify}\t0\t0\t0")
            self._wake.set()
        return known

    @property
    def unsent(self) -> int:
        return len(self._unsent)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        self._wake.clear()

    async def _round(self, http: httpx.AsyncClient) -> None:
        if not self.approved:
            answer = await http.get("/iclock/cdata", params={"SN": self.serial, "options": "all", "pushver": "2.4.1", "language": "69"})
            self.approved = answer.text.startswith("GET OPTION FROM:")
            if not self.approved:
                return
            options = f"~DeviceName=QF Master (simulated),FWVersion={FIRMWARE},FaceFunOn=1,MultiBioPhotoSupport=0:0:0:0:0:0:0:0:0:1"
            await http.post("/iclock/cdata", params={"SN": self.serial, "table": "options"}, content=options)
        await self._report(http)
        info = f"{FIRMWARE},{len(self.people)},0,{len(self._unsent)},127.0.0.1"
        answer = await http.get("/iclock/getrequest", params={"SN": self.serial, "INFO": info})
        answer.raise_for_status()
        if answer.text.strip() != "OK":
            await self._obey(http, answer.text)

    async def _report(self, http: httpx.AsyncClient) -> None:
        """Sends the logins; they are forgotten only after the listener has said OK."""
        if not self._unsent:
            return
        batch = list(self._unsent)
        answer = await self._post(http, "ATTLOG", "\n".join([*batch, ""]))
        if answer.is_success and answer.text.startswith("OK"):
            del self._unsent[: len(batch)]

    async def _post(self, http: httpx.AsyncClient, table: str, body: str) -> httpx.Response:
        return await http.post("/iclock/cdata", params={"SN": self.serial, "table": table, "Stamp": "1"}, content=body.encode())

    async def _obey(self, http: httpx.AsyncClient, text: str) -> None:
        results = []
        for line in text.splitlines():
            match = _COMMAND.fullmatch(line)
            if match:
                code = await self._execute(http, match[1], match[2])
                results.append(f"ID={match[1]}&Return={code}&CMD=DATA")
                self.commands_done += 1
        if results and self.faults.lose_results:
            self.faults.lose_results -= 1
            return
        if results:
            await http.post("/iclock/devicecmd", params={"SN": self.serial}, content="\n".join([*results, ""]))
            self._wake.set()

    async def _execute(self, http: httpx.AsyncClient, command_id: str, command: str) -> int:
        verb, _, rest = command.partition(" PIN=")
        fields = pairs("PIN=" + rest)
        planned = self.faults.returns.get(verb)
        if planned:
            return planned.pop(0)
        pin = fields.get("pin", "")
        if verb == "DATA UPDATE USERINFO":
            if not self.faults.forget_users:
                self.people.setdefault(pin, Person()).name = fields.get("name", "")
            return 0
        if verb == "DATA UPDATE BIOPHOTO":
            return await self._take_photo(http, pin, fields)
        if verb == "DATA QUERY USERINFO":
            if pin not in self.people:
                return -10
            await self._post(http, "OPERLOG", f"USER PIN={pin}\tName={self.people[pin].name}\tPri=0\tPasswd=\tCard=\tGrp=1\n")
            return 0
        if verb == "DATA DELETE USERINFO":
            self.people.pop(pin, None)
            return 0
        return -1002

    async def _take_photo(self, http: httpx.AsyncClient, pin: str, fields: dict[str, str]) -> int:
        content = fields.get("content", "")
        if fields.get("size") != str(len(content)):
            return -2
        if pin not in self.people:
            return -10
        try:
            photo = base64.b64decode(content, validate=True)
        except binascii.Error:
            return -1
        if not photo.startswith(JPEG_MAGIC):
            return -11
        self.people[pin].photo = photo
        if fields.get("postbacktmpflag") == "1":
            template = base64.b64encode(b"SIMULATED-TEMPLATE").decode()
            line = f"BIODATA Pin={pin}\tNo=0\tIndex=0\tValid=1\tDuress=0\tType=9\tMajorVer=5\tMinorVer=8\tFormat=0\tTmp={template}\n"
            await self._post(http, "BIODATA", line)
        return 0
