"""A simulated terminal of the push dialect: it dials in, carries out commands and reports."""

import asyncio
import base64
import binascii
import functools
import re
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import httpx

from bridge.simulator.unit import SimPerson, SimPunch, Unit, made_up_template
from bridge.terminals.names import CODE_PAGES
from bridge.terminals.push.records import from_wire, pairs, to_wire

FIRMWARE = "QFM-SIM-1.0"
RETRY_S = 1.0
JPEG_MAGIC = b"\xff\xd8\xff"
BATCH_LINES = 500
_COMMAND = re.compile(r"C:([0-9]{1,16}):(.*)", re.DOTALL)
NO_SUCH_PIN, BAD_PARAMETER, BAD_SIZE, BAD_TEMPLATE = -10, -1, -2, -11
_NAMES = {
    "~DeviceName": "QF Master (simulated)",
    "FWVersion": FIRMWARE,
    "FaceFunOn": "1",
    "FingerFunOn": "1",
    "FPVersion": "10",
    "MultiBioPhotoSupport": "0:0:0:0:0:0:0:0:0:1",
    "Platform": "SIM",
}
_BIODATA_NAMES = {
    "FingerFunOn": "",
    "MultiBioDataSupport": "0:1:0:0:0:0:0:0:0:1",
    "MultiBioVersion": "0:10.0:0:0:0:0:0:0:0:5.8",
}

Query = Callable[["SimulatedTerminal", httpx.AsyncClient, dict[str, str]], Awaitable[int]]
"""Posts the rows of a query and returns their number, or a code below 0."""


@functools.cache
def _usual_authorities() -> ssl.SSLContext:
    """Those that httpx trusts by itself. It would read them for each of a thousand units anew."""
    return httpx.create_ssl_context()


class FirmwareProfile(StrEnum):
    """Which lines a firmware writes.

    Old ones write FP and FACE, newer ones BIODATA. QF Master accepts approved faces, no fingers.
    Units of access control speak a dialect of their own (`bridge.simulator.access`); controllers
    have doors, but no reader and no faces.
    """

    QF_MASTER = "qf-master"
    OLD = "old"
    BIODATA = "biodata"
    ACCESS = "access"
    ACCESS_CONTROLLER = "access-controller"

    @property
    def is_access(self) -> bool:
        """Whether it is a unit of access control."""
        return self in (FirmwareProfile.ACCESS, FirmwareProfile.ACCESS_CONTROLLER)


class SimulatedTerminal:
    """One unit. `run` dials the listener; `present` puts a person in front of the unit."""

    def __init__(
        self,
        serial: str,
        url: str,
        clock: Callable[[], datetime] = datetime.now,
        poll_s: float = 1.0,
        profile: FirmwareProfile = FirmwareProfile.QF_MASTER,
        unit: Unit | None = None,
    ) -> None:
        self.unit = unit or Unit(serial, clock, "QF Master (simulated)")
        self.serial = serial
        self.commands_done, self.batches_done = 0, 0
        self.without_time = 0
        """Answers in which a client that compares names letter by letter finds no time."""
        self.approved = False
        self.profile = profile
        self._url = url
        self._poll_s = poll_s
        self._unsent: list[str] = []
        self._command_id = ""
        self._late_rows: list[tuple[str, str]] = []
        self._wake = asyncio.Event()
        self.unit.listeners.append(self._punched)

    @property
    def people(self) -> dict[str, SimPerson]:
        """The people on the unit by number."""
        return self.unit.people

    def redial(self, url: str) -> None:
        """Dial another address from now on, starting with the handshake."""
        self._url, self.approved = url, False

    async def run(self) -> None:
        """Poll, carry out commands and report until cancelled; retry while nothing answers."""
        async with httpx.AsyncClient(
            timeout=20.0,
            headers={"User-Agent": "iClock Proxy/1.09"},
            verify=_usual_authorities(),
            event_hooks={"response": [self._look_for_time]},
        ) as http:
            while True:
                http.base_url = httpx.URL(self._url)
                try:
                    if not self.unit.faults.offline:
                        await self._round(http)
                    await self._pause(self._poll_s)
                except httpx.HTTPError:
                    await self._pause(RETRY_S)

    async def _look_for_time(self, answer: httpx.Response) -> None:
        raw = answer.headers.raw
        dates = [name for name, _ in raw if name.lower() == b"date"]
        if dates != [b"Date"] or (b"Content-Type", b"text/plain") not in raw:
            self.without_time += 1

    async def present(self, pin: str, direction: int = 0, verify: int = 15) -> bool:
        """Let somebody stand in front of the unit. Return True if it knows the person and opens."""
        return self.unit.present(pin, direction, verify)

    def _punched(self, punch: SimPunch) -> None:
        self._unsent.append(_attendance(punch))
        self._poll_at_once()

    def _poll_at_once(self) -> None:
        if not self.unit.faults.steady_polls:
            self._wake.set()

    @property
    def unsent(self) -> int:
        """How many logins have not been reported yet."""
        return len(self._unsent)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # wait_for may lose a cancellation (Python 3.11)
                await self._wake.wait()
        self._wake.clear()

    async def _round(self, http: httpx.AsyncClient) -> None:
        if not self.approved and not await self._shake_hands(http):
            return
        await self._report(http)
        answer = await http.get("/iclock/getrequest", params=self._poll_params())
        answer.raise_for_status()
        if answer.text.strip() != "OK":
            await self._carry_out(http, from_wire(answer.content))

    def _poll_params(self) -> dict[str, str]:
        counts = self.unit.counts()
        info = f"{FIRMWARE},{counts.people},{counts.fingers},{counts.records},127.0.0.1"
        return {"SN": self.serial, "INFO": info}

    async def _shake_hands(self, http: httpx.AsyncClient) -> bool:
        answer = await http.get(
            "/iclock/cdata",
            params={"SN": self.serial, "options": "all", "pushver": "2.4.1", "language": "69"},
        )
        self.approved = answer.text.startswith("GET OPTION FROM:")
        if self.unit.faults.trusts_bare_ok and answer.text == "OK":
            self.approved = True  # as many units do: they go on, and do not shake hands again
        elif self.approved:
            if "ATTLOGStamp=0\n" in answer.text and not self.unit.faults.ignore_stamps:
                self._unsent = [_attendance(punch) for punch in self.unit.punches]
            options = ",".join(f"{key}={value}" for key, value in self._names().items())
            await http.post(
                "/iclock/cdata", params={"SN": self.serial, "table": "options"}, content=options
            )
        return self.approved

    def _names(self) -> dict[str, str]:
        fingers = "0" if self.profile is FirmwareProfile.QF_MASTER else "1"
        if self.unit.faults.biodata_fingers:
            return {**_NAMES, **_BIODATA_NAMES, "~SerialNumber": self.serial, **self.unit.options}
        return {**_NAMES, "FingerFunOn": fingers, "~SerialNumber": self.serial, **self.unit.options}

    async def _report(self, http: httpx.AsyncClient) -> None:
        """Send the logins; they are dropped only after the listener has answered OK."""
        while self._unsent:
            batch = self._unsent[:BATCH_LINES]
            lines = list(batch)
            if self.unit.faults.corrupt_lines:
                self.unit.faults.corrupt_lines -= 1
                lines.insert(len(lines) // 2, "\x00garbage \ufffd")
            for _ in range(2 if self.unit.faults.duplicate_posts else 1):
                answer = await self._post(http, "ATTLOG", "\n".join([*lines, ""]))
            if not (answer.is_success and answer.text.startswith("OK")):
                return
            del self._unsent[: len(batch)]

    async def _post(self, http: httpx.AsyncClient, table: str, body: str) -> httpx.Response:
        return await http.post(
            "/iclock/cdata",
            params={"SN": self.serial, "table": table, "Stamp": "1"},
            content=to_wire(body),
        )

    async def _carry_out(self, http: httpx.AsyncClient, text: str) -> None:
        results = []
        for line in text.split("\n"):
            match = _COMMAND.fullmatch(line)
            if match:
                verb = match[2].split(" ", 1)[0]
                self._command_id = match[1]
                code, more = await self._execute(http, match[2])
                results.append([f"ID={match[1]}&Return={code}&CMD={verb}", *more])
                self.commands_done += 1
        self.batches_done += bool(results)
        faults = self.unit.faults
        if results and faults.lose_results:
            faults.lose_results -= 1
            return
        if faults.results_first:
            results.reverse()
        if results:
            lines = [line for result in results for line in result]
            await http.post(
                "/iclock/devicecmd", params={"SN": self.serial}, content="\n".join([*lines, ""])
            )
            self._poll_at_once()
        while self._late_rows:
            await self._post(http, *self._late_rows.pop(0))

    async def _answer(self, http: httpx.AsyncClient, table: str, body: str) -> None:
        """Send rows of a query: before its result, as most do, or after it."""
        if self.unit.faults.results_first:
            self._late_rows.append((table, body))
        else:
            await self._post(http, table, body)

    async def _execute(self, http: httpx.AsyncClient, command: str) -> tuple[int, list[str]]:
        """Return (return code, lines beneath the result)."""
        verb, rest = split_command(command)
        planned = self.unit.faults.returns.get(verb)
        if planned:
            return planned.pop(0), []
        fields = pairs(rest)
        if verb == "INFO":
            return 0, self._about()
        if verb == "VERIFY SUM ATTLOG":
            if not self.unit.faults.sum_name:
                return self.unit.faults.unknown_code, []
            return 0, [f"{self.unit.faults.sum_name}={len(self._span(fields))}"]
        if verb in self._queries:
            code = await self._queries[verb](self, http, fields)
            return code if self.unit.faults.query_counts else min(code, 0), []
        if self.unit.faults.biodata_fingers:
            verb, fields = _to_finger_table(verb, fields)
        return await self._change(http, verb, fields), []

    def _about(self) -> list[str]:
        counts = self.unit.counts()
        numbers = {
            "UserCount": counts.people,
            "FPCount": counts.fingers,
            "TransactionCount": counts.records,
            "FaceCount": counts.faces,
            "MaxUserCount": counts.people_capacity,
            "MaxAttLogCount": counts.records_capacity,
        }
        told = numbers if self.unit.faults.tells_counts else {}
        return [f"{key}={value}" for key, value in {**self._names(), **told}.items()]

    async def _change(self, http: httpx.AsyncClient, verb: str, fields: dict[str, str]) -> int:
        pin, people = fields.get("pin", ""), self.unit.people
        faults = self.unit.faults
        if verb == "DATA UPDATE USERINFO":
            if not (faults.forget_users or faults.ignore_writes):
                _write_person(self.unit.person(pin), fields | {"name": self._shown(fields)})
            return 0
        if verb == "DATA UPDATE BIOPHOTO":
            return await self._store_photo(http, pin, fields)
        if verb == "DATA UPDATE FINGERTMP" and self.profile is not FirmwareProfile.QF_MASTER:
            return self._store_finger(pin, fields)
        if verb == "DATA DELETE USERINFO":
            if not faults.ignore_writes:
                people.pop(pin, None)
            return 0
        if verb in ("DATA DELETE BIODATA", "DATA DELETE FINGERTMP") and pin in people:
            return self._delete_template(verb, people[pin], fields)
        if verb == "ENROLL_FP" and self.profile is not FirmwareProfile.QF_MASTER:
            return await self._enrol(http, pin, fields)
        if verb == "CLEAR LOG":
            if not faults.ignore_writes:
                self.unit.clear_punches()
            return 0
        if verb == "SET OPTION":
            self.unit.options.update(
                {key: value for key, value in fields.items() if not faults.ignore_writes}
            )
            return 0
        if verb in ("REBOOT", "CHECK"):
            self.approved = False
            return 0
        return 0 if verb in ("RELOAD OPTIONS", "AC_UNLOCK") else faults.unknown_code

    def _delete_template(self, verb: str, person: SimPerson, fields: dict[str, str]) -> int:
        if not self.unit.faults.ignore_writes:
            if verb == "DATA DELETE BIODATA":
                person.photo = b""
            else:
                person.fingers.pop(int(fields.get("fid") or -1), None)
        return 0

    async def _query_users(self, http: httpx.AsyncClient, fields: dict[str, str]) -> int:
        wanted = [fields["pin"]] if "pin" in fields else list(self.unit.people)
        known = [(pin, self.unit.people[pin]) for pin in wanted if pin in self.unit.people]
        if not known:
            return NO_SUCH_PIN
        lines = [self._user_line(pin, person) for pin, person in known]
        await self._answer(http, "OPERLOG", "\n".join([*lines, ""]))
        return len(lines)

    @property
    def _codec(self) -> str:
        return CODE_PAGES[self.unit.faults.encoding].codec

    def _shown(self, fields: dict[str, str]) -> str:
        """The name as the unit shows it, in its own encoding."""
        return to_wire(fields.get("name", "")).decode(self._codec, errors="replace")

    def _user_line(self, pin: str, person: SimPerson) -> str:
        fields = {
            "PIN": pin,
            "Name": from_wire(person.name.encode(self._codec, errors="replace")),
            "Pri": str(person.privilege),
            "Passwd": person.password,
            "Card": str(person.card or ""),
            "Grp": person.group,
            **{_TOLD[key]: value for key, value in person.told.items()},
        }
        return "USER " + "\t".join(f"{key}={value}" for key, value in fields.items())

    async def _query_fingers(self, http: httpx.AsyncClient, fields: dict[str, str]) -> int:
        lines = [
            self._finger_line(pin, finger, blob)
            for pin, person in self.unit.people.items()
            if fields.get("pin", pin) == pin
            for finger, blob in sorted(person.fingers.items())
        ]
        if lines:
            await self._answer(
                http,
                "OPERLOG" if self.profile is FirmwareProfile.OLD else "BIODATA",
                "\n".join([*lines, ""]),
            )
        return len(lines) or BAD_PARAMETER

    def _finger_line(self, pin: str, finger: int, blob: bytes) -> str:
        text = base64.b64encode(blob).decode()
        if self.profile is FirmwareProfile.OLD:
            return f"FP PIN={pin}\tFID={finger}\tSize={len(text)}\tValid=1\tTMP={text}"
        version = "MajorVer=10\tMinorVer=0\tFormat=0"
        head = f"BIODATA Pin={pin}\tNo={finger}\tIndex=0\tValid=1\tDuress=0\tType=1"
        return f"{head}\t{version}\tTmp={text}"

    async def _query_faces(self, http: httpx.AsyncClient, fields: dict[str, str]) -> int:
        if fields.get("type") == "1":
            return await self._query_fingers(http, fields)
        lines = [
            _face_line(pin)
            for pin, person in self.unit.people.items()
            if person.photo and fields.get("pin", pin) == pin
        ]
        if lines:
            await self._answer(http, "BIODATA", "\n".join([*lines, ""]))
        return len(lines) or BAD_PARAMETER

    async def _query_log(self, http: httpx.AsyncClient, fields: dict[str, str]) -> int:
        punches = self._span(fields)
        if self.unit.faults.lose_rows:
            self.unit.faults.lose_rows -= 1
            return 0
        for start in range(0, len(punches), BATCH_LINES):
            lines = [_attendance(punch) for punch in punches[start : start + BATCH_LINES]]
            await self._answer(http, "ATTLOG", "\n".join([*lines, ""]))
        return len(punches) or BAD_PARAMETER

    def _span(self, fields: dict[str, str]) -> list[SimPunch]:
        start, end = (datetime.fromisoformat(fields[key]) for key in ("starttime", "endtime"))
        return [punch for punch in self.unit.punches if start <= punch.at <= end]

    def _store_finger(self, pin: str, fields: dict[str, str]) -> int:
        if pin not in self.unit.people:
            return NO_SUCH_PIN
        content = fields.get("tmp", "")
        if fields.get("size") != str(len(content)):
            return -9
        try:
            blob = base64.b64decode(content, validate=True)
        except binascii.Error:
            return BAD_TEMPLATE
        if not self.unit.faults.ignore_writes:
            self.unit.people[pin].fingers[int(fields["fid"])] = blob
        return 0

    async def _enrol(self, http: httpx.AsyncClient, pin: str, fields: dict[str, str]) -> int:
        if pin not in self.unit.people:
            return NO_SUCH_PIN
        result = self.unit.faults.enrol_result
        finger = int(fields["fid"])
        if result == 0 and (blob := self.unit.enrol(pin, finger)) is not None:
            await self._post(http, "OPERLOG", self._finger_line(pin, finger, blob) + "\n")
        return result

    async def _store_photo(self, http: httpx.AsyncClient, pin: str, fields: dict[str, str]) -> int:
        content = fields.get("content", "")
        if fields.get("size") != str(len(content)):
            return BAD_SIZE
        if pin not in self.unit.people:
            return NO_SUCH_PIN
        try:
            photo = base64.b64decode(content, validate=True)
        except binascii.Error:
            return BAD_PARAMETER
        if not photo.startswith(JPEG_MAGIC):
            return BAD_TEMPLATE
        if self.unit.faults.face_error:
            code, command_id = self.unit.faults.face_error, self._command_id
            error = f"ErrCode={code}\tErrMsg=\tDataOrigin=cmd\tCmdId={command_id}\tAdditional="
            await self._post(http, "ERRORLOG", error + "\n")
            return 0
        if self.unit.faults.ignore_writes:
            return 0
        self.unit.people[pin].photo = photo
        if fields.get("postbacktmpflag") == "1":
            await self._post(http, "BIODATA", _face_line(pin) + "\n")
        return 0

    _queries: ClassVar[dict[str, Query]] = {
        "DATA QUERY USERINFO": _query_users,
        "DATA QUERY FINGERTMP": _query_fingers,
        "DATA QUERY BIODATA": _query_faces,
        "DATA QUERY ATTLOG": _query_log,
    }


_IN_BIODATA = {
    "DATA UPDATE BIODATA": "DATA UPDATE FINGERTMP",
    "DATA DELETE BIODATA": "DATA DELETE FINGERTMP",
    "ENROLL_BIO": "ENROLL_FP",
}


def _to_finger_table(verb: str, fields: dict[str, str]) -> tuple[str, dict[str, str]]:
    """A command about biometric data of fingers, as one about their table; "" for one of those."""
    if verb in _IN_BIODATA.values():
        return "", fields
    if verb not in _IN_BIODATA or fields.get("type") != "1":
        return verb, fields
    size = str(len(fields.get("tmp", "")))
    return _IN_BIODATA[verb], {**fields, "fid": fields.get("no", ""), "size": size}


def split_command(command: str) -> tuple[str, str]:
    """Return the verb (all words before the first `key=`) and the fields."""
    match = re.match(r"(.*?)(?: (?=[^ \t]+=)|$)(.*)", command, re.DOTALL)
    assert match is not None
    return match[1].strip(), match[2]


def _attendance(punch: SimPunch) -> str:
    return f"{punch.pin}\t{punch.at:%Y-%m-%d %H:%M:%S}\t{punch.status}\t{punch.verify}\t0\t0\t0"


_TOLD = {"card": "Card", "tz": "TZ", "verify": "Verify", "vicecard": "ViceCard"}


def _write_person(person: SimPerson, fields: dict[str, str]) -> None:
    """What a command leaves out is set to nothing."""
    person.name, person.group = fields["name"], fields.get("grp", "1")
    person.privilege, person.password = int(fields.get("pri") or 0), fields.get("passwd", "")
    card = fields.get("card", "")
    person.card = int(card) if card.isdigit() else 0
    person.told = {
        key: fields[key]
        for key in _TOLD
        if fields.get(key) and not (key == "card" and card.isdigit())
    }


def _face_line(pin: str) -> str:
    template = base64.b64encode(made_up_template(f"face-{pin}", 256)).decode()
    version = "MajorVer=5\tMinorVer=8\tFormat=0"
    head = f"BIODATA Pin={pin}\tNo=0\tIndex=0\tValid=1\tDuress=0\tType=9"
    return f"{head}\t{version}\tTmp={template}"
