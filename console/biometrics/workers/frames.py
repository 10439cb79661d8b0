"""The frames between the service and its workers: a count, then length-prefixed parts; the first part is JSON."""

import struct
from typing import IO, Any

import msgspec

MAX_PARTS = 4
MAX_PART = 64 * 1024 * 1024
"""Bytes; three times the largest RGB picture a worker hands over. A worker that announces more is broken."""


class FrameError(Exception):
    """The other side closed the pipe or sent what is not a frame."""


def write_frame(stream: IO[bytes], header: Any, *bodies: bytes) -> None:
    parts = (msgspec.json.encode(header), *bodies)
    if len(parts) > MAX_PARTS or any(len(part) > MAX_PART for part in parts):
        raise FrameError("the frame is too large")
    stream.write(struct.pack("<B", len(parts)))
    for part in parts:
        stream.write(struct.pack("<I", len(part)))
        stream.write(part)
    stream.flush()


def read_frame(stream: IO[bytes]) -> list[bytes]:
    """The parts of the next frame. Raises FrameError, also at the end of the stream."""
    (count,) = struct.unpack("<B", _exactly(stream, 1))
    if not 1 <= count <= MAX_PARTS:
        raise FrameError(f"a frame of {count} parts")
    parts = []
    for _ in range(count):
        (length,) = struct.unpack("<I", _exactly(stream, 4))
        if length > MAX_PART:
            raise FrameError(f"a part of {length} bytes")
        parts.append(_exactly(stream, length))
    return parts


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) != length:
        raise FrameError("the stream ended inside a frame")
    return data
