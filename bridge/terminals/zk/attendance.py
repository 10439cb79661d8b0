"""Attendance records of four known widths.

The width that a unit uses follows from its counts and is checked against the bytes; it is never
guessed silently.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bridge.terminals.errors import ProtocolError
from bridge.terminals.terminal import PUNCH_PIN, Punch, Quarantined
from bridge.terminals.zk.clock import decode_times
from bridge.wording import worded


def _layout(width: int, **fields: tuple[str, int]) -> "np.dtype[np.void]":
    return np.dtype(
        {
            "names": list(fields),
            "formats": [f for f, _ in fields.values()],
            "offsets": [o for _, o in fields.values()],
            "itemsize": width,
        }
    )


LAYOUTS: dict[int, "np.dtype[np.void]"] = {
    40: _layout(
        40, uid=("<u2", 0), pin=("S24", 2), verify=("u1", 26), time=("<u4", 27), status=("u1", 31)
    ),
    49: _layout(
        49, uid=("<u2", 0), pin=("S24", 2), verify=("u1", 26), time=("<u4", 27), status=("u1", 31)
    ),
    16: _layout(16, pin=("<u4", 0), time=("<u4", 4), verify=("u1", 8), status=("u1", 9)),
    8: _layout(8, uid=("<u2", 0), verify=("u1", 2), time=("<u4", 3), status=("u1", 7)),
}
"""Records by width in bytes.

The 49-byte record is read as the 40-byte one with nine more bytes; units that lay it out otherwise
fail the check of `choose_width`.
"""
_SAMPLE = 512
_PLAUSIBLE_SHARE = 0.9
"""Share of a sample that must make sense; of a wrong width almost no record does."""
_COUNTED_SHARE = 0.5
"""The same, where the unit's own count gives this width too."""
_NEAR = 8
"""A count is near if it is off by no more than this part of it: somebody logged in meanwhile."""
_EARLIEST = np.datetime64("2005-01-01")
"""Without a count: bytes that are not times tend to read as the calendar's first years."""
_BLOCK = 8192
_STARTS_PIN, _IN_PIN = (
    np.array([PUNCH_PIN.fullmatch(before + chr(c)) is not None for c in range(256)])
    for before in ("", "0")
)


class _Numbers(dict[bytes, str]):
    """Field of a record -> employee number; each is decoded once."""

    def __missing__(self, raw: bytes) -> str:
        self[raw] = raw.split(b"\0", 1)[0].decode("ascii")
        return self[raw]


def _texts(times: NDArray[np.datetime64]) -> list[str]:
    """The times as a `Punch` has them."""
    texts = np.datetime_as_string(times, unit="s")
    letters = texts.view(np.uint32).reshape(len(texts), -1)
    letters[:, len("2026-01-01")] = ord(" ")
    return list(texts.tolist())


@dataclass
class AttendanceTable:
    """Decoded records in columns; iterating makes `Punch`es one by one.

    records: raw rows. times: datetime64[s], NaT for an impossible date. good: rows that become
    punches. pins: uid -> employee number, for rows without one. Memory: the raw bytes and 8 more
    for each record.
    """

    records: NDArray[np.void]
    times: NDArray[np.datetime64]
    good: NDArray[np.bool_]
    pins: Mapping[int, str] = field(default_factory=dict)
    quarantined: list[Quarantined] = field(default_factory=list)
    _numbers: "_Numbers" = field(default_factory=_Numbers)

    def __len__(self) -> int:
        return int(self.good.sum())

    def __iter__(self) -> Iterator[Punch]:
        for start in range(0, len(self.records), _BLOCK):
            keep = self.good[start : start + _BLOCK]
            if not keep.any():  # numpy's texts of no times at all are an error
                continue
            block, times = (
                self.records[start : start + _BLOCK][keep],
                self.times[start : start + _BLOCK][keep],
            )
            yield from map(
                Punch,
                self._pins(block),
                _texts(times),
                block["status"].tolist(),
                block["verify"].tolist(),
            )

    def _pins(self, block: NDArray[np.void]) -> list[str]:
        names = block.dtype.names or ()
        if "pin" not in names:
            return [self.pins[uid] for uid in block["uid"].tolist()]
        if block["pin"].dtype.kind == "u":
            return [str(pin) for pin in block["pin"].tolist()]
        return list(map(self._numbers.__getitem__, block["pin"].tolist()))


def choose_width(data: memoryview, counts: tuple[int, ...]) -> int:
    """Return the record width in bytes.

    counts: the unit's own numbers of records before and after the read. They decide, if times and
    numbers make sense in that width; otherwise times and numbers alone. Status and method are no
    help: makers use these codes freely. Raises ProtocolError if no known layout makes sense of the
    bytes, or more than one does.
    """
    for width in LAYOUTS:
        if (
            any(count and len(data) == width * count for count in counts)
            and _share(data, width, None) >= _COUNTED_SHARE
        ):
            return width
    near = [
        width
        for width in LAYOUTS
        if any(abs(len(data) // width - count) * _NEAR <= count for count in counts if count)
    ]
    whole = [width for width in LAYOUTS if len(data) % width == 0]
    torn = [width for width in LAYOUTS if width not in whole]
    for widths in (near, whole, torn):
        fitting = [width for width in widths if _share(data, width, _EARLIEST) >= _PLAUSIBLE_SHARE]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            break
    raise ProtocolError(
        worded(
            "{data:,} bytes for {counts:,} records fit no single known layout",
            data=len(data),
            counts=counts[0],
        )
    )


def _share(data: memoryview, width: int, earliest: np.datetime64 | None) -> float:
    """Return the share of a sample whose times and numbers make sense, 0 to 1."""
    whole = len(data) // width
    if not whole:
        return 0.0
    step = max(1, whole // _SAMPLE)
    sample = np.frombuffer(data[: whole * width], LAYOUTS[width])[::step]
    times = decode_times(sample["time"])
    good = ~np.isnat(times) & _pins_good(sample, None)
    if earliest is not None:
        good &= times >= earliest
    return float(good.mean())


def _pins_good(records: NDArray[np.void], known: Mapping[int, str] | None) -> NDArray[np.bool_]:
    """Return which rows name a person. A row with only a uid needs that uid in `known`."""
    names = records.dtype.names or ()
    if "pin" not in names:
        uids = records["uid"]
        return (
            uids > 0 if known is None else np.isin(uids, np.fromiter(known, np.uint16, len(known)))
        )
    if records["pin"].dtype.kind == "u":
        return np.asarray(records["pin"] > 0)
    good = np.empty(len(records), np.bool_)
    for start in range(0, len(records), _BLOCK):
        letters = (
            np.ascontiguousarray(records["pin"][start : start + _BLOCK])
            .view(np.uint8)
            .reshape(-1, 24)
        )
        used = np.logical_and.accumulate(letters != 0, axis=1)
        whole = (_IN_PIN[letters] | ~used).all(axis=1)
        good[start : start + _BLOCK] = whole & _STARTS_PIN[letters[:, 0]]
    return good


def parse_attendance(
    data: memoryview, counts: tuple[int, ...], pins: Mapping[int, str] | None = None
) -> AttendanceTable:
    """Decode a whole set.

    counts: as in `choose_width`. pins: uid -> employee number, needed for 8-byte records. Rows
    with an impossible date or no employee number are quarantined. Raises ProtocolError.
    """
    if not len(data):
        return AttendanceTable(
            np.empty(0, LAYOUTS[40]), np.empty(0, "datetime64[s]"), np.empty(0, np.bool_)
        )
    width = choose_width(data, counts)
    whole = len(data) // width * width
    records = np.frombuffer(data[:whole], LAYOUTS[width])
    times = decode_times(records["time"])
    named = _pins_good(records, pins or {})
    dated = ~np.isnat(times)
    table = AttendanceTable(records, times, named & dated, pins or {})
    for row in np.flatnonzero(~table.good).tolist():
        reason = (
            worded("a day that does not exist")
            if named[row]
            else worded("no known employee number")
        )
        table.quarantined.append(
            Quarantined(bytes(data[row * width : (row + 1) * width]).hex(), reason)
        )
    if whole < len(data):
        table.quarantined.append(
            Quarantined(bytes(data[whole:]).hex(), worded("a record cut short"))
        )
    return table


def pack_attendance(width: int, uid: int, pin: str, stamp: int, status: int, verify: int) -> bytes:
    """Return one record of `width` bytes, as a unit writes it. stamp: from `encode_time`."""
    record = np.zeros(1, LAYOUTS[width])
    names = record.dtype.names or ()
    record["time"], record["status"], record["verify"] = stamp, status, verify
    if "uid" in names:
        record["uid"] = uid
    if "pin" in names:
        record["pin"] = int(pin) if width == 16 else pin.encode()
    return record.tobytes()
