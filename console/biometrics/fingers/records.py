"""Finger minutiae records of ISO/IEC 19794-2:2005 and ANSI/INCITS 378-2004, read and written.

Both are big endian and share the layout of a view. They differ in the header and in the unit of
angles: 256ths of a turn in the one, 2 degrees in the other.
"""

import struct
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from console.biometrics.fingers.minutiae import TAU, Minutiae, minutiae
from console.domain.language import msgid, tr

MAGIC = b"FMR\0"
PIXELS_PER_CM_500_DPI = 197
MAX_VIEW_MINUTIAE = 255
MAX_VIEWS = 176
"""Sixteen views of each of ten fingers and of the unknown position."""
_VIEW = struct.Struct(">BBBB")
_MINUTIA = struct.Struct(">HHBB")
_ISO = struct.Struct(">4s4sIHHHHHBB")
_ANSI = struct.Struct(">4s4sHHHHHHHHBB")
_ANSI_LONG = struct.Struct(">4s4sHIHHHHHHHBB")
"""With a length of 0, and the true one behind it, where 16 bits do not hold it."""
UNREGISTERED = 0xFFFF
"""Owner of the product that made an ANSI record. Validators want one that is not 0, and this one is
nobody's: Muster is not registered with the IBIA."""
_COORDINATE = 0x3FFF
_KIND_SHIFT = 14


class RecordError(ValueError):
    """A record that cannot be read or written; the message says why."""


class Standard(StrEnum):
    """The record formats that are read and written."""

    ISO_2005 = "ISO/IEC 19794-2:2005"
    ANSI_2004 = "ANSI/INCITS 378-2004"


_VERSION, _MISWRITTEN = b" 20\0", b"020\0"
"""Both standards have the same version, and some programs write it wrong."""
_LENGTH_AT, _MOST_SHORT = 8, 0xFFFF
_KNOWN_BUT_NOT_READ = {b"030\0": "ISO/IEC 19794-2:2011", b"035\0": "ANSI/INCITS 378-2009/Am1"}
_UNITS = {Standard.ISO_2005: TAU / 256, Standard.ANSI_2004: TAU / 180}


@dataclass(frozen=True)
class FingerView:
    """One print of a record.

    position: 0 unknown, 1 to 5 right thumb to little finger, 6 to 10 the left hand;
    view: number of the print of this finger; impression: its type as the standard numbers it;
    quality: 0 to 100; extended: the extended data, as they stand in the record.
    """

    minutiae: Minutiae
    position: int = 0
    view: int = 0
    impression: int = 0
    quality: int = 0
    extended: bytes = b""


@dataclass(frozen=True)
class FingerRecord:
    """A record with its prints.

    width, height: px; resolution: (x, y), pixels per cm; device: the capture equipment as the
    standard packs it; vendor: owner and type of the product that made it, ANSI only; repaired: its
    version or its length were not what the standard says.
    """

    standard: Standard
    width: int
    height: int
    views: tuple[FingerView, ...]
    resolution: tuple[int, int] = (PIXELS_PER_CM_500_DPI, PIXELS_PER_CM_500_DPI)
    device: int = 0
    vendor: tuple[int, int] = (UNREGISTERED, 0)
    repaired: bool = False


def read_record(data: bytes) -> FingerRecord:
    """Return the record. Raises RecordError.

    A wrong length field is accepted when the views end exactly with the data.
    """
    if data[:4] != MAGIC:
        raise RecordError(tr("This is not a finger minutiae record."))
    version = data[4:8]
    if version not in (_VERSION, _MISWRITTEN):
        named = _KNOWN_BUT_NOT_READ.get(version, msgid("of an unknown version"))
        raise RecordError(
            tr(
                "This record is {standard}; "
                "only ISO/IEC 19794-2:2005 and ANSI/INCITS 378-2004 are read.",
                standard=tr(named),
            )
        )
    standard, header = _layout(data)
    if len(data) < header.size:
        raise RecordError(tr("The record ends within its header."))
    fields = header.unpack_from(data)
    device, width, height, x_res, y_res, count = fields[-7:-1]
    views, position = [], header.size
    for _ in range(count):
        view, position = _read_view(data, position, standard, (width, height))
        views.append(view)
    if position != len(data):
        raise RecordError(
            tr("{count} bytes are left over behind the last view.", count=len(data) - position)
        )
    length = fields[3] if header is _ANSI_LONG else fields[2]
    return FingerRecord(
        standard=standard,
        width=width,
        height=height,
        views=tuple(views),
        resolution=(x_res, y_res),
        device=device,
        vendor=(fields[-9], fields[-8]) if standard is Standard.ANSI_2004 else (UNREGISTERED, 0),
        repaired=version != _VERSION or length != len(data),
    )


def _layout(data: bytes) -> tuple[Standard, struct.Struct]:
    """The field of the length tells the standard: only there do the two headers differ at first.

    Where no length fits the data, 16 bits that are not 0 are the length of an ANSI record.
    """
    short = int.from_bytes(data[_LENGTH_AT : _LENGTH_AT + 2], "big")
    iso = int.from_bytes(data[_LENGTH_AT : _LENGTH_AT + 4], "big")
    long = int.from_bytes(data[_LENGTH_AT + 2 : _LENGTH_AT + 6], "big")
    if iso == len(data):
        return Standard.ISO_2005, _ISO
    if short == 0 and long == len(data):
        return Standard.ANSI_2004, _ANSI_LONG
    if short != 0:
        return Standard.ANSI_2004, _ANSI
    return Standard.ISO_2005, _ISO


def _read_view(
    data: bytes, start: int, standard: Standard, size: tuple[int, int]
) -> tuple[FingerView, int]:
    body = start + _VIEW.size
    if body > len(data):
        raise RecordError(tr("The record ends within the header of a view."))
    position, kind, quality, count = _VIEW.unpack_from(data, start)
    end = body + count * _MINUTIA.size
    if end + 2 > len(data):
        raise RecordError(
            tr("The record is cut short: minutiae or the length of the extended data are missing.")
        )
    rows = np.frombuffer(
        data,
        np.dtype([("x", ">u2"), ("y", ">u2"), ("angle", "u1"), ("quality", "u1")]),
        count,
        body,
    )
    extended = int.from_bytes(data[end : end + 2], "big")
    if end + 2 + extended > len(data):
        raise RecordError(tr("The record is cut short within its extended data."))
    angles = -rows["angle"].astype(np.float64) * _UNITS[standard]
    found = minutiae(
        rows["x"] & _COORDINATE,
        rows["y"] & _COORDINATE,
        angles,
        rows["x"] >> _KIND_SHIFT,
        np.minimum(rows["quality"], 100),
        size,
    )
    view = FingerView(
        found, position, kind >> 4, kind & 0x0F, quality, data[end + 2 : end + 2 + extended]
    )
    return view, end + 2 + extended


def write_record(record: FingerRecord) -> bytes:
    """Return the record as bytes that conform to its standard.

    Raises RecordError for what the standard has no room for.
    """
    if len(record.views) > MAX_VIEWS:
        raise RecordError(tr("too many views"))
    body = b"".join(_write_view(view, record.standard) for view in record.views)
    rest = (
        record.device,
        record.width,
        record.height,
        *record.resolution,
        len(record.views),
        0,
    )
    if record.standard is Standard.ISO_2005:
        return _ISO.pack(MAGIC, _VERSION, _ISO.size + len(body), *rest) + body
    length = _ANSI.size + len(body)
    if length <= _MOST_SHORT:
        return _ANSI.pack(MAGIC, _VERSION, length, *record.vendor, *rest) + body
    length = _ANSI_LONG.size + len(body)
    return _ANSI_LONG.pack(MAGIC, _VERSION, 0, length, *record.vendor, *rest) + body


def _write_view(view: FingerView, standard: Standard) -> bytes:
    found = view.minutiae
    if len(found) > MAX_VIEW_MINUTIAE:
        raise RecordError(
            tr(
                "a view holds at most {most} minutiae",
                most=MAX_VIEW_MINUTIAE,
            )
        )
    x, y = (np.rint(column).astype(np.int64) for column in (found.x, found.y))
    if len(found) and (min(x.min(), y.min()) < 0 or max(x.max(), y.max()) > _COORDINATE):
        raise RecordError(tr("coordinates have 14 bits"))
    steps = 256 if standard is Standard.ISO_2005 else 180
    angle = np.rint(-found.angle.astype(np.float64) / _UNITS[standard]).astype(np.int64) % steps
    out = bytearray(
        _VIEW.pack(view.position, view.view << 4 | view.impression, view.quality, len(found))
    )
    for kind, px, py, direction, quality in zip(
        found.kind.tolist(),
        x.tolist(),
        y.tolist(),
        angle.tolist(),
        found.quality.tolist(),
        strict=True,
    ):
        out += _MINUTIA.pack(kind << _KIND_SHIFT | px, py, direction, quality)
    return bytes(out) + len(view.extended).to_bytes(2, "big") + view.extended
