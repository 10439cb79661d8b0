"""The commands Muster sends, from fixed builders. SHELL, PutFile, GetFile and UPGRADE cannot be built at all."""

import base64
import re

COMMAND_ID = re.compile(r"[0-9A-Za-z]{1,16}")
VISIBLE_LIGHT_FACE = 9
NAME_BYTES = 24
"""What a terminal's record holds."""


class UnsafeValue(ValueError):
    """A value holds a character that would end the field or the command."""


def _safe(value: str) -> str:
    if any(ord(c) < 32 or ord(c) == 127 for c in value):
        raise UnsafeValue("control characters cannot be sent to a terminal")
    return value


def _command(command_id: str, verb: str, fields: dict[str, str]) -> str:
    if not COMMAND_ID.fullmatch(command_id):
        raise UnsafeValue("a command id has 1 to 16 letters or digits")
    return f"C:{command_id}:{verb} " + "\t".join(f"{key}={_safe(value)}" for key, value in fields.items())


def cut_name(name: str) -> str:
    """The name in at most 24 bytes of UTF-8, cut between characters; control characters become spaces."""
    clean = "".join(" " if ord(c) < 32 or ord(c) == 127 else c for c in name)
    return clean.encode()[:NAME_BYTES].decode(errors="ignore")


def update_user(command_id: str, pin: str, name: str) -> str:
    """Creates or changes a person without special rights."""
    fields = {"PIN": pin, "Name": cut_name(name), "Pri": "0", "Passwd": "", "Card": "", "Grp": "1", "TZ": "", "Verify": "0"}
    return _command(command_id, "DATA UPDATE USERINFO", fields)


def update_face_photo(command_id: str, pin: str, jpeg: bytes) -> str:
    """Sends a face photo; the terminal makes its own template of it and posts that back as BIODATA. Size is the base64 length."""
    content = base64.b64encode(jpeg).decode()
    fields = {"PIN": pin, "Type": str(VISIBLE_LIGHT_FACE), "Size": str(len(content)), "Content": content}
    return _command(command_id, "DATA UPDATE BIOPHOTO", {**fields, "Format": "0", "PostBackTmpFlag": "1"})


def query_user(command_id: str, pin: str) -> str:
    """Asks what the terminal holds of one person; the answer comes as a USER line."""
    return _command(command_id, "DATA QUERY USERINFO", {"PIN": pin})


def handshake_answer(serial: str, delay_s: int, utc_offset_min: int) -> str:
    """The options an approved terminal works by. Stamps of 0 ask for everything it still holds."""
    flags = "\t".join(("TransData AttLog", "OpLog", "EnrollUser", "ChgUser", "BioPhoto"))
    hours = utc_offset_min / 60
    options = {
        "ATTLOGStamp": "0", "OPERLOGStamp": "9999", "ATTPHOTOStamp": "9999", "BIODATAStamp": "9999", "ERRORLOGStamp": "9999",
        "ErrorDelay": "30", "Delay": str(delay_s), "TransTimes": "00:00;14:05", "TransInterval": "1", "TransFlag": flags,
        "TimeZone": str(int(hours)) if hours == int(hours) and abs(hours) <= 60 else str(utc_offset_min),
        "Realtime": "1", "Encrypt": "None", "ServerVer": "Muster", "PushProtVer": "2.3.0",
    }  # fmt: skip
    return "\n".join([f"GET OPTION FROM: {serial}", *(f"{key}={value}" for key, value in options.items()), ""])
