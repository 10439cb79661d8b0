"""What an access-control unit is told when it registers, and of the time."""

from dataclasses import dataclass
from datetime import datetime

from bridge.terminals.zk.clock import encode_time

VERSION = "3.1.2"
"""The newest version of this dialect whose document is public."""


@dataclass(frozen=True)
class Session:
    """What a registered unit works by. code, session_id: at most 32 characters each."""

    code: str
    session_id: str
    delay_s: int


def registered(session: Session) -> str:
    """Return the answer to the registration of a unit."""
    return f"RegistryCode={session.code}"


def configuration(session: Session) -> str:
    """Return the settings that a unit works by. Without Realtime it would report every 2 minutes.

    Types of templates in common (MultiBioDataSupport) are not offered: the tables of fingers and
    faces then have one form for all firmwares.
    """
    return _lines({"ServerVersion": VERSION, "PushVersion": VERSION, **_settings(session)})


def welcome_back(session: Session) -> str:
    """Return the answer to the first request of a unit that has registered before."""
    known = {"registry": "ok", "RegistryCode": session.code}
    return _lines({**known, "ServerVersion": VERSION, "PushProtVer": VERSION, **_settings(session)})


def _settings(session: Session) -> dict[str, str]:
    return {
        "ServerName": "Muster",
        "ErrorDelay": "30",
        "RequestDelay": str(session.delay_s),
        "TransTimes": "00:00;14:00",
        "TransInterval": "1",
        "TransTables": "User Transaction",
        "Realtime": "1",
        "SessionID": session.session_id,
        "TimeoutSec": "10",
        "BioPhotoFun": "1",
        "BioDataFun": "1",
    }


def _lines(options: dict[str, str]) -> str:
    return "\n".join([*(f"{key}={value}" for key, value in options.items()), ""])


def time_answer(utc: datetime, utc_offset_min: int) -> str:
    """Return the time as `GET /iclock/rtdata?type=time` is answered. utc: naive."""
    sign = "-" if utc_offset_min < 0 else "+"
    hours, minutes = divmod(abs(utc_offset_min), 60)
    return f"DateTime={encode_time(utc)},ServerTZ={sign}{hours:02d}{minutes:02d}"
