"""The frames on the pipes between a process and its workers.

A frame is a count and as many length-prefixed parts; the first part is JSON, the others are bytes.
"""

import struct
from typing import IO

import msgspec

MAX_PARTS = 4
MAX_PART = 64 * 1024 * 1024
"""Bytes; more than any picture that a worker hands over. A worker that announces more is broken."""
_COUNT = struct.Struct("<B")
_LENGTH = struct.Struct("<I")


class FrameError(Exception):
    """The other side closed the pipe, or sent something that is not a frame."""


def write_frame(stream: IO[bytes], header: object, *bodies: bytes) -> None:
    """Write one frame. header: anything msgspec can encode. Raises FrameError, OSError."""
    parts = (msgspec.json.encode(header), *bodies)
    if len(parts) > MAX_PARTS or any(len(part) > MAX_PART for part in parts):
        raise FrameError("the frame is too large")
    stream.write(_COUNT.pack(len(parts)))
    for part in parts:
        stream.write(_LENGTH.pack(len(part)))
        stream.write(part)
    stream.flush()


def read_frame(stream: IO[bytes]) -> list[bytes]:
    """Return the parts of the next frame. Raises FrameError, also at the end of the stream."""
    (count,) = _COUNT.unpack(_read_exactly(stream, _COUNT.size))
    if not 1 <= count <= MAX_PARTS:
        raise FrameError(f"a frame of {count} parts")
    parts = []
    for _ in range(count):
        (length,) = _LENGTH.unpack(_read_exactly(stream, _LENGTH.size))
        if length > MAX_PART:
            raise FrameError(f"a part of {length} bytes")
        parts.append(_read_exactly(stream, length))
    return parts


def _read_exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) != length:
        raise FrameError("the stream ended inside a frame")
    return data
