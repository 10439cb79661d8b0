"""A simulated unit of access control: it registers, reports events, and is strict about answers."""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import ClassVar

import httpx

from bridge.simulator.push import (
    BAD_PARAMETER,
    BAD_SIZE,
    BAD_TEMPLATE,
    JPEG_MAGIC,
    NO_SUCH_PIN,
    FirmwareProfile,
    SimulatedTerminal,
    split_command,
)
from bridge.simulator.unit import FACE, SimPerson, SimPunch, Unit, made_up_template
from bridge.terminals.push.records import pairs
from bridge.terminals.zk.clock import encode_time

PUSH_VERSION = "3.1.2"
FIRMWARE = "ACC-SIM-1.0"
UNKNOWN_COMMAND, WRONG_TABLE = -1002, -629
PACKAGE = 100
"""Rows of one answer to a query."""
OPENED, NO_ZONE, NOT_KNOWN = 0, 22, 27
"""Codes of events: opened, a person outside their time, a person whom the unit does not know."""
PIN_WIDTH = 14

Change = Callable[["SimulatedAccessUnit", httpx.AsyncClient, dict[str, str]], Awaitable[int]]
"""Carries out a command and returns its code."""


class SimulatedAccessUnit(SimulatedTerminal):
    """One unit. It repeats every upload until the answer is exactly the one it expects.

    Somebody without a time zone is known to it and opens nothing.
    """

    def __init__(
        self,
        serial: str,
        url: str,
        clock: Callable[[], datetime] = datetime.now,
        poll_s: float = 1.0,
        profile: FirmwareProfile = FirmwareProfile.ACCESS,
        unit: Unit | None = None,
    ) -> None:
        self.events: list[str] = []
        """All events, as the log of the unit holds them."""
        super().__init__(serial, url, clock, poll_s, profile, unit)
        self.settings: dict[str, str] = {}
        self.time_told = ""
        self.repeated = 0
        """Uploads that were not answered as they must be."""

    @property
    def _controller(self) -> bool:
        return self.profile is FirmwareProfile.ACCESS_CONTROLLER

    # events

    async def present(self, pin: str, direction: int = 0, verify: int = FACE) -> bool:
        """Let somebody stand in front of the unit. Return True if it opens."""
        person = self.people.get(pin)
        now = self.unit.now().replace(microsecond=0)
        if person is None:
            self._note_event(SimPunch("0", now, direction, verify), NOT_KNOWN)
            return False
        if not person.zone:
            self._note_event(SimPunch(pin, now, direction, verify), NO_ZONE)
            return False
        return self.unit.present(pin, direction, verify)

    def _punched(self, punch: SimPunch) -> None:
        self._note_event(punch, OPENED)

    def _note_event(self, punch: SimPunch, code: int) -> None:
        index = len(self.events) + 1
        self.events.append(_log_row(punch, code, index))
        self._unsent.append(_event(punch, code, index))
        self._wake.set()

    async def _report(self, http: httpx.AsyncClient) -> None:
        """Send events as they happen. Without Realtime it would do so every two minutes."""
        while self._unsent and self.settings.get("Realtime") == "1":
            batch = self._unsent[:PACKAGE]
            for _ in range(2 if self.unit.faults.duplicate_posts else 1):
                answer = await self._upload(http, "\r\n".join([*batch, ""]), table="rtlog")
            if answer != "OK":
                self.repeated += 1
                return
            del self._unsent[: len(batch)]

    async def _upload(self, http: httpx.AsyncClient, body: str, **query: str) -> str:
        """Return the answer, "" for one with an error status."""
        params = {"SN": self.serial, **query}
        answer = await http.post("/iclock/cdata", params=params, content=body.encode())
        return answer.text if answer.is_success else ""

    # registration

    def _poll_params(self) -> dict[str, str]:
        return {"SN": self.serial}

    async def _shake_hands(self, http: httpx.AsyncClient) -> bool:
        query = {"SN": self.serial, "options": "all", "pushver": PUSH_VERSION, "DeviceType": "acc"}
        answer = await http.get("/iclock/cdata", params=query)
        self.settings = _settings(answer.text)
        if self.unit.faults.encrypted or self.settings.get("registry") != "ok":
            self.settings = await self._register(http)
        self.approved = bool(self.settings.get("RequestDelay"))
        if self.approved:
            told = await http.get("/iclock/rtdata", params={"SN": self.serial, "type": "time"})
            self.time_told = told.text
            state = f"time={self.unit.now():%Y-%m-%d %H:%M:%S}\tsensor=02\trelay=00\talarm=00"
            await self._upload(http, state, table="rtstate")
        return self.approved

    async def _register(self, http: httpx.AsyncClient) -> dict[str, str]:
        query = {"SN": self.serial}
        if self.unit.faults.encrypted:
            keys = {**query, "type": "publickey"}
            await http.post("/iclock/exchange", params=keys, content="PublicKey=AAAA")
            return {}
        facts = ",".join(f"{key}={value}" for key, value in self._names().items())
        answer = await http.post("/iclock/registry", params=query, content=facts)
        code = answer.text.removeprefix("RegistryCode=")
        if not answer.is_success or not 1 <= len(code) <= 32 or code == answer.text:
            return {}
        told = await http.post("/iclock/push", params=query)
        return _settings(told.text) if told.is_success else {}

    def _names(self) -> dict[str, str]:
        takes = "0" if self._controller else "1"
        return {
            "DeviceType": "acc",
            "~DeviceName": "Door (simulated)",
            "FirmVer": FIRMWARE,
            "PushVersion": PUSH_VERSION,
            "MachineType": "36" if self._controller else "101",
            "LockCount": "2" if self._controller else "1",
            "~MaxUserCount": "3000",
            "~MaxAttLogCount": "100000",
            "FingerFunOn": "1",
            "FaceFunOn": takes,
            "BioPhotoFun": takes,
            "~ZKFPVersion": "10",
            "MaxPinWidth": str(PIN_WIDTH),
            "authKey": "not-to-be-kept",
            **self.unit.options,
        }

    def _holds(self, pin: str) -> bool:
        letters = self.unit.options.get("StringPinFunOn") == "1"
        fits = 1 <= len(pin) <= int(self._names()["MaxPinWidth"])
        return fits and (letters or (pin.isdigit() and not pin.startswith("0")))

    # commands

    async def _execute(self, http: httpx.AsyncClient, command: str) -> tuple[int, list[str]]:
        verb, rest = split_command(command)
        planned = self.unit.faults.returns.get(verb)
        if planned:
            return planned.pop(0), []
        if command.startswith("DATA QUERY tablename="):
            return await self._query(http, command), []
        if verb.startswith("DATA COUNT "):
            return await self._count(http, verb.split(" ")[2]), []
        change = self._changes.get(verb)
        if change is None:  # USER ADD, DATA DEL and all else that units of this kind refuse
            return UNKNOWN_COMMAND, []
        return await change(self, http, pairs(rest)), []

    async def _query(self, http: httpx.AsyncClient, command: str) -> int:
        asked, _, condition = command.partition(",fielddesc=*,filter=")
        table = asked.removeprefix("DATA QUERY tablename=")
        found = self._rows(table, pairs(condition))
        if found is None:
            return WRONG_TABLE
        rows = list(found)
        packages = [rows[start : start + PACKAGE] for start in range(0, len(rows), PACKAGE)]
        for number, package in enumerate(packages, start=1):
            shown = f"{len(package)}", f"{len(packages)}", f"{number}"
            query = dict(zip(("count", "packcnt", "packidx"), shown, strict=True))
            body = "\r\n".join([*package, ""])
            expected = f"{table}={len(package)}"
            await self._answer_query(http, "tabledata", table, body, expected, query)
        return len(rows)

    def _rows(self, table: str, condition: dict[str, str]) -> Iterable[str] | None:
        wanted = condition.get("pin")
        people = {pin: person for pin, person in self.people.items() if wanted in (None, pin)}
        if table == "user":
            return [_user(pin, person) for pin, person in people.items()]
        if table == "templatev10":
            held = [(pin, *one) for pin, person in people.items() for one in person.fingers.items()]
            return [_finger(*one) for one in held]
        if table == "biodata" and not self._controller:
            return [_face(pin) for pin, person in people.items() if person.photo]
        if table == "biophoto" and not self._controller:
            return [_photo(pin, person) for pin, person in people.items() if person.photo]
        return list(self.events) if table == "transaction" else None

    async def _count(self, http: httpx.AsyncClient, table: str) -> int:
        rows = self._rows(table, {})
        if rows is None:
            return WRONG_TABLE
        body = f"{table}={len(list(rows))}"
        await self._answer_query(http, "count", table, body, "OK", {"count": "1"})
        return 0

    async def _answer_query(
        self,
        http: httpx.AsyncClient,
        kind: str,
        table: str,
        body: str,
        expected: str,
        more: dict[str, str],
    ) -> None:
        """Repeat the answer for ever until it is confirmed as it must be."""
        query = {"SN": self.serial, "type": kind, "cmdid": self._command_id, "tablename": table}
        while True:
            answer = await http.post(
                "/iclock/querydata", params={**query, **more}, content=body.encode()
            )
            if answer.is_success and answer.text == expected:
                return
            self.repeated += 1
            await asyncio.sleep(self._poll_s)

    async def _post_table(self, http: httpx.AsyncClient, table: str, row: str) -> None:
        """Report something that was enrolled here, for ever until it is confirmed."""
        while (
            await self._upload(http, row, table="tabledata", tablename=table, count="1")
            != f"{table}=1"
        ):
            self.repeated += 1
            await asyncio.sleep(self._poll_s)

    async def _write_userinfo(self, _http: httpx.AsyncClient, fields: dict[str, str]) -> int:
        if self._controller:
            return WRONG_TABLE
        if not self._holds(fields.get("pin", "")):
            return BAD_TEMPLATE
        if not self._ignores_writes():
            person = self.unit.person(fields["pin"])
            person.name, person.group = fields.get("name", ""), fields.get("grp", "1")
            person.privilege = int(fields.get("pri") or 0)
            person.card, person.zone = int(fields.get("card") or 0), fields.get("tz", "")
        return 0

    async def _write_user(self, _http: httpx.AsyncClient, fields: dict[str, str]) -> int:
        """A field that is missing is emptied; time zones lie in another table."""
        if not self._holds(fields.get("pin", "")):
            return BAD_TEMPLATE
        if not self._ignores_writes():
            person = self.unit.person(fields["pin"])
            person.name, person.group = fields.get("name", ""), fields.get("group", "")
            person.privilege = int(fields.get("privilege") or 0)
            person.password = fields.get("password", "")
            person.card = int(fields.get("cardno") or 0)
        return 0

    async def _authorize(self, _http: httpx.AsyncClient, fields: dict[str, str]) -> int:
        person = self.people.get(fields.get("pin", ""))
        if person is not None:
            person.zone = fields.get("authorizetimezoneid", "")
        return 0

    async def _write_photo(self, http: httpx.AsyncClient, fields: dict[str, str]) -> int:
        pin, content = fields.get("pin", ""), fields.get("content", "")
        if self._controller:
            return WRONG_TABLE
        if pin not in self.people:
            return NO_SUCH_PIN
        if fields.get("size") != str(len(content)):
            return BAD_SIZE
        try:
            photo = base64.b64decode(content, validate=True)
        except binascii.Error:
            return BAD_PARAMETER
        if not photo.startswith(JPEG_MAGIC):
            return BAD_TEMPLATE
        if not self._ignores_writes():
            self.people[pin].photo = photo
            if fields.get("postbacktmpflag") == "1":
                await self._post_table(http, "biodata", _face(pin))
        return 0

    async def _delete_face(self, _http: httpx.AsyncClient, fields: dict[str, str]) -> int:
        """Its photo or the templates of it: the simulated unit has one with the other."""
        if self._controller:
            return WRONG_TABLE
        person = self.people.get(fields.get("pin", ""))
        if person is not None and not self._ignores_writes():
            person.photo = b""
        return 0

    async def _write_finger(self, _http: httpx.AsyncClient, fields: dict[str, str]) -> int:
        pin = fields.get("pin", "")
        if pin not in self.people:
            return -27
        if not self._ignores_writes():
            blob = base64.b64decode(fields.get("template", ""))
            self.people[pin].fingers[int(fields["fingerid"])] = blob
        return 0

    async def _enrol_bio(self, http: httpx.AsyncClient, fields: dict[str, str]) -> int:
        pin, result = fields.get("pin", ""), self.unit.faults.enrol_result
        if pin not in self.people or fields.get("type") != "1":
            return BAD_TEMPLATE
        finger = int(fields["no"])
        if result == 0 and (blob := self.unit.enrol(pin, finger)) is not None:
            await self._post_table(http, "templatev10", _finger(pin, finger, blob))
        return result

    async def _delete_person(self, _http: httpx.AsyncClient, fields: dict[str, str]) -> int:
        if not self._ignores_writes():
            self.people.pop(fields.get("pin", ""), None)
        return 0

    async def _delete_userinfo(self, http: httpx.AsyncClient, fields: dict[str, str]) -> int:
        return WRONG_TABLE if self._controller else await self._delete_person(http, fields)

    async def _delete_rights(self, _http: httpx.AsyncClient, fields: dict[str, str]) -> int:
        person = self.people.get(fields.get("pin", ""))
        if person is not None and not self._ignores_writes():
            person.zone = ""
        return 0

    async def _delete_fingers(self, _http: httpx.AsyncClient, fields: dict[str, str]) -> int:
        person = self.people.get(fields.get("pin", ""))
        if person is not None and not self._ignores_writes():
            if "fingerid" in fields:
                person.fingers.pop(int(fields["fingerid"]), None)
            else:
                person.fingers.clear()
        return 0

    async def _clear_log(self, _http: httpx.AsyncClient, _fields: dict[str, str]) -> int:
        if not self._ignores_writes():
            self.events.clear()
            self.unit.clear_punches()
        return 0

    async def _accept(self, _http: httpx.AsyncClient, _fields: dict[str, str]) -> int:
        return 0

    def _ignores_writes(self) -> bool:
        return self.unit.faults.ignore_writes

    _changes: ClassVar[dict[str, Change]] = {
        "DATA UPDATE USERINFO": _write_userinfo,
        "DATA UPDATE user": _write_user,
        "DATA UPDATE userauthorize": _authorize,
        "DATA UPDATE biophoto": _write_photo,
        "DATA UPDATE templatev10": _write_finger,
        "DATA DELETE USERINFO": _delete_userinfo,
        "DATA DELETE user": _delete_person,
        "DATA DELETE userauthorize": _delete_rights,
        "DATA DELETE templatev10": _delete_fingers,
        "DATA DELETE biodata": _delete_face,
        "DATA DELETE biophoto": _delete_face,
        "DATA DELETE transaction *": _clear_log,
        "ENROLL_BIO": _enrol_bio,
        "SET OPTIONS": _accept,
        "CONTROL DEVICE 01010105": _accept,
        "CONTROL DEVICE 03000000": _accept,
    }


def simulated(
    profile: FirmwareProfile,
) -> type[SimulatedTerminal]:
    """Return the kind of simulated unit that has this firmware."""
    return SimulatedAccessUnit if profile.is_access else SimulatedTerminal


def _settings(text: str) -> dict[str, str]:
    lines = (line.partition("=") for line in text.splitlines())
    return {key: value for key, found, value in lines if found}


def _event(punch: SimPunch, code: int, index: int) -> str:
    fields = f"cardno=0\teventaddr=1\tevent={code}\tinoutstatus={punch.status}"
    head = f"time={punch.at:%Y-%m-%d %H:%M:%S}\tpin={punch.pin}"
    return f"{head}\t{fields}\tverifytype={punch.verify}\tindex={index}\tsitecode=0\tlinkid=0"


def _log_row(punch: SimPunch, code: int, index: int) -> str:
    who = f"transaction cardno=0\tpin={punch.pin}\tverified={punch.verify}\tdoorid=1"
    when = f"time_second={encode_time(punch.at)}\tindex={index}\tsitecode=0\tdevid=1"
    return f"{who}\teventtype={code}\tinoutstate={punch.status}\t{when}"


def _user(pin: str, person: SimPerson) -> str:
    head = f"user uid={person.uid}\tcardno={person.card or ''}\tpin={pin}"
    rights = f"password={person.password}\tgroup={person.group}\tstarttime=0\tendtime=0"
    name = f"name={person.name}\tprivilege={person.privilege}"
    return f"{head}\t{rights}\t{name}\tdisable=0\tverify=0"


def _finger(pin: str, finger: int, blob: bytes) -> str:
    text = base64.b64encode(blob).decode()
    head = f"templatev10 size={len(text)}\tuid=1\tpin={pin}\tfingerid={finger}"
    return f"{head}\tvalid=1\ttemplate={text}\tresverd=\tendtag="


def _face(pin: str) -> str:
    template = base64.b64encode(made_up_template(f"face-{pin}", 256)).decode()
    head = f"biodata pin={pin}\tno=0\tindex=0\tvalid=1\tduress=0\ttype=9"
    return f"{head}\tmajorver=5\tminorver=8\tformat=0\ttmp={template}"


def _photo(pin: str, person: SimPerson) -> str:
    content = base64.b64encode(person.photo).decode()
    return f"biophoto pin={pin}\tfilename={pin}.jpg\ttype=9\tsize={len(content)}\tcontent={content}"
