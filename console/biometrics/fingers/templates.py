"""Muster's own template format: six bytes per minutia, with the extractor that found them.

Versioned; unknown versions are refused. Layout, little endian: "MFT", version u8, extractor (16
bytes, NUL padded), width u16, height u16, quality u8, count u8; then per minutia x u16, y u16
(quarter pixels at 500 dpi), angle u8 (256ths of a turn), kind (2 bits) and quality (6 bits);
finally the CRC-32 of everything before it.
"""

import struct
import zlib
from dataclasses import dataclass

import numpy as np

from console.biometrics.fingers.minutiae import TAU, Minutiae, minutiae

MAGIC, VERSION = b"MFT", 1
SUBPIXELS = 4
_HEAD = struct.Struct("<3sB16sHHBB")
_ROW = np.dtype([("x", "<u2"), ("y", "<u2"), ("angle", "u1"), ("kind", "u1")])
_CRC = struct.Struct("<I")


class TemplateError(ValueError):
    """Bytes that are not a template, or one of another version; the message says why."""


@dataclass(frozen=True, eq=False)
class MinutiaeTemplate:
    """The template of one scan.

    extractor: id of what found the minutiae; templates of different extractors are not compared;
    quality: of the scan, 0 to 100.
    """

    minutiae: Minutiae
    extractor: str
    quality: int = 0


def pack_template(template: MinutiaeTemplate) -> bytes:
    """Return the template as bytes, at most 28 + 6 x 255 + 4.

    Raises TemplateError when it does not fit the format.
    """
    found = template.minutiae
    name = template.extractor.encode("ascii")
    if len(name) > 16 or len(found) > 255:
        raise TemplateError("an extractor has 16 letters, a template 255 minutiae")
    rows = np.zeros(len(found), _ROW)
    rows["x"], rows["y"] = (
        np.clip(np.rint(column * SUBPIXELS), 0, 0xFFFF) for column in (found.x, found.y)
    )
    rows["angle"] = np.rint(found.angle / TAU * 256).astype(np.int64) % 256
    rows["kind"] = found.kind.astype(np.uint8) << 6 | np.minimum(
        found.quality.astype(np.int64) * 63 // 100, 63
    ).astype(np.uint8)
    head = _HEAD.pack(MAGIC, VERSION, name, found.width, found.height, template.quality, len(found))
    body = head + rows.tobytes()
    return body + _CRC.pack(zlib.crc32(body))


def unpack_template(data: bytes) -> MinutiaeTemplate:
    """Return the template. Raises TemplateError: cut short, altered, or of another version."""
    if len(data) < _HEAD.size + _CRC.size or data[:3] != MAGIC:
        raise TemplateError("This is not a finger template.")
    _, version, name, width, height, quality, count = _HEAD.unpack_from(data)
    if version != VERSION:
        raise TemplateError(
            f"This template has version {version}; this Muster knows version {VERSION}."
        )
    if len(data) != _HEAD.size + count * _ROW.itemsize + _CRC.size:
        raise TemplateError("The template is cut short or has bytes behind its end.")
    if _CRC.unpack_from(data, len(data) - _CRC.size)[0] != zlib.crc32(data[: -_CRC.size]):
        raise TemplateError("The template was altered.")
    rows = np.frombuffer(data, _ROW, count, _HEAD.size)
    found = minutiae(
        rows["x"].astype(np.float32) / SUBPIXELS,
        rows["y"].astype(np.float32) / SUBPIXELS,
        rows["angle"] * (TAU / 256),
        rows["kind"] >> 6,
        (rows["kind"] & 63).astype(np.int64) * 100 // 63,
        (width, height),
    )
    return MinutiaeTemplate(found, name.rstrip(b"\0").decode("ascii", "replace"), quality)
