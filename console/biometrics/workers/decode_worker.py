"""The decoding worker: `python -I -m console.biometrics.workers.decode_worker`.

It has no files, no network, no keys and little memory.
"""

import sys
from contextlib import suppress

import msgspec

from console.biometrics.images import decode_photo, prepare_decoders, terminal_copy
from console.biometrics.jpeg_damage import DamageListener
from console.biometrics.refusals import PhotoRefused, Refusal
from console.biometrics.workers.framing import FrameError, read_frame, write_frame
from console.biometrics.workers.messages import Decoded, DecodeRequest

MEMORY_LIMIT = 1 << 30
"""Bytes of address space: a 12 MP HEIC needs 655 MB, a decompression bomb any amount."""
CPU_LIMIT_S = 600
"""Seconds in the worker's life of 100 photos; a single photo has the parent's deadline."""
MAX_OPEN_FILES = 16


def confine() -> None:
    """Take from this process what decoding does not need.

    POSIX only; on Windows the parent's deadline remains.
    """
    with suppress(ImportError):
        import resource

        for kind, limit in (
            (resource.RLIMIT_AS, MEMORY_LIMIT),
            (resource.RLIMIT_CPU, CPU_LIMIT_S),
            (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
            (resource.RLIMIT_FSIZE, 0),
        ):
            resource.setrlimit(kind, (limit, limit))


def _answer(
    request: DecodeRequest, data: bytes, listener: DamageListener
) -> tuple[Decoded, bytes, bytes]:
    if request.face is not None:
        return Decoded(), terminal_copy(data, request.face), b""
    photo = decode_photo(data, request.quarter_turns)
    if listener.is_damaged(data):
        raise PhotoRefused(Refusal.DAMAGED)
    height, width = photo.rgb.shape[:2]
    return (
        Decoded(width=width, height=height, scale=photo.scale, compression=photo.compression),
        photo.jpeg,
        photo.rgb.tobytes(),
    )


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    listener = DamageListener()
    prepare_decoders()
    confine()
    while True:
        try:
            header, data = read_frame(sys.stdin.buffer)
        except (FrameError, ValueError):
            return
        try:
            answer = _answer(msgspec.json.decode(header, type=DecodeRequest), data, listener)
        except PhotoRefused as refused:
            write_frame(sys.stdout.buffer, Decoded(refused=refused.reason))
        else:
            write_frame(sys.stdout.buffer, *answer)


if __name__ == "__main__":
    main()
