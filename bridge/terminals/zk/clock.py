"""The unit's clock: local wall time in mixed radix, without zone or daylight saving."""

import struct
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

EVENT_TIME = struct.Struct("6B")
FIRST_YEAR, LAST_YEAR = 2000, 2099


def encode_time(moment: datetime) -> int:
    """Return the u32 of a naive local time, 2000 to 2099."""
    days = ((moment.year - FIRST_YEAR) * 12 + moment.month - 1) * 31 + moment.day - 1
    return ((days * 24 + moment.hour) * 60 + moment.minute) * 60 + moment.second


def decode_time(value: int) -> datetime | None:
    """Return the time of a u32; None for an impossible day (30 February) or a year past 2099."""
    rest, second = divmod(value, 60)
    rest, minute = divmod(rest, 60)
    rest, hour = divmod(rest, 24)
    rest, day = divmod(rest, 31)
    year, month = divmod(rest, 12)
    return _date(FIRST_YEAR + year, month + 1, day + 1, hour, minute, second)


def decode_event_time(raw: bytes) -> datetime | None:
    """Decode six bytes: year - 2000, month, day, hour, minute, second. None as above."""
    year, month, day, hour, minute, second = EVENT_TIME.unpack(raw)
    return _date(FIRST_YEAR + year, month, day, hour, minute, second)


def encode_event_time(moment: datetime) -> bytes:
    """Return the six bytes of `decode_event_time`."""
    return EVENT_TIME.pack(
        moment.year - FIRST_YEAR,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
    )


def _date(year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime | None:
    if year > LAST_YEAR:
        return None
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the unit's own wall time
    except ValueError:
        return None


def decode_times(values: NDArray[Any]) -> NDArray[np.datetime64]:
    """Decode a column of u32 to datetime64[s], NaT where the day does not exist."""
    days, seconds = np.divmod(values.astype(np.uint32, copy=False), np.uint32(86_400))
    months, day = np.divmod(days, np.uint32(31))
    first = (months.astype(np.int64) + (FIRST_YEAR - 1970) * 12).view("datetime64[M]")
    date = first.astype("datetime64[D]") + day.view(np.int32)
    bad = (date.astype("datetime64[M]") != first) | (months >= (LAST_YEAR - FIRST_YEAR + 1) * 12)
    times: NDArray[np.datetime64] = date.astype("datetime64[s]")
    del date, first, months
    times += seconds.view(np.int32)
    times[bad] = np.datetime64("NaT")
    return times
