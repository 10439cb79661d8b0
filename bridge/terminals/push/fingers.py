"""Fingers of a unit that dials in: whether it knows them, and by which commands. TE32.

Older firmwares take them as FINGERTMP. One that says in `MultiBioDataSupport` that it keeps fingers
among its biometric data takes BIODATA, and enrols by ENROLL_BIO.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.terminals.push import commands
from bridge.terminals.push.commands import Builder, checked_pin, command_line
from bridge.terminals.push.records import FINGER_KIND
from bridge.terminals.terminal import FingerTemplate

_COUNTS = ("fpcount", "maxfingercount", "~maxfingercount")


def knows_fingers(fields: Mapping[str, str]) -> bool | None:
    """Whether a unit knows fingers, by all that it says; None if nothing of it tells.

    fields: with keys in lower case.
    """
    said = {"1": True, "0": False}.get(fields.get("fingerfunon", ""))
    if said is not None:
        return said
    if _bit(fields, "multibiodatasupport") == "1" or fields.get("fpversion", "").strip("0. "):
        return True
    counts = [fields[name] for name in _COUNTS if fields.get(name, "").isdigit()]
    return any(int(count) for count in counts) if counts else None


def _bit(fields: Mapping[str, str], name: str) -> str:
    bits = fields.get(name, "").split(":")
    return bits[FINGER_KIND] if len(bits) > FINGER_KIND else ""


class FingerTable:
    """The commands of firmwares that keep fingers in a table of their own."""

    def write(self, finger: FingerTemplate) -> Builder:
        """Add or replace a template. Raises UnsafeValue."""
        return commands.update_finger(finger)

    def query(self, pin: str = "") -> Builder:
        """Ask for the templates of one person, or all."""
        return commands.query_fingers(pin)

    def remove(self, pin: str, finger: int) -> Builder:
        """Remove one template."""
        return commands.delete_finger(pin, finger)

    def enrol(self, pin: str, finger: int) -> Builder:
        """Let the unit scan a finger."""
        return commands.enrol_finger(pin, finger)


@dataclass(frozen=True)
class FingerBiodata(FingerTable):
    """The same of firmwares that keep them as biometric data. version: of their algorithm."""

    major: str
    minor: str

    def write(self, finger: FingerTemplate) -> Builder:
        """Add or replace a template. Raises UnsafeValue."""
        fields = {
            **self._place(finger.pin, finger.finger),
            "Index": "0",
            "Valid": "1",
            "Duress": "1" if finger.valid == commands.DURESS else "0",
            "MajorVer": self.major,
            "MinorVer": self.minor,
            "Format": "0",
            "Tmp": base64.b64encode(finger.template).decode(),
        }
        return lambda command_id: command_line(command_id, "DATA UPDATE BIODATA", fields)

    def query(self, pin: str = "") -> Builder:
        """Ask for the templates of one person, or all."""
        fields = {"Type": str(FINGER_KIND)} | ({"PIN": checked_pin(pin)} if pin else {})
        return lambda command_id: command_line(command_id, "DATA QUERY BIODATA", fields)

    def remove(self, pin: str, finger: int) -> Builder:
        """Remove one template."""
        fields = self._place(pin, finger)
        return lambda command_id: command_line(command_id, "DATA DELETE BIODATA", fields)

    def enrol(self, pin: str, finger: int) -> Builder:
        """Let the unit scan a finger."""
        fields = {
            "TYPE": str(FINGER_KIND),
            "PIN": checked_pin(pin),
            "No": str(finger),
            "RETRY": "3",
            "OVERWRITE": "1",
        }
        return lambda command_id: command_line(command_id, "ENROLL_BIO", fields)

    @staticmethod
    def _place(pin: str, finger: int) -> dict[str, str]:
        return {"Pin": checked_pin(pin), "No": str(finger), "Type": str(FINGER_KIND)}


def commands_for(fields: Mapping[str, str]) -> FingerTable:
    """The commands that the unit's version asks for."""
    if _bit(fields, "multibiodatasupport") != "1":
        return FingerTable()
    version = _bit(fields, "multibioversion") or fields.get("fpversion", "")
    major, _, minor = version.partition(".")
    return FingerBiodata(_number(major, "10"), _number(minor, "0"))


def _number(text: str, usual: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 4 else usual
