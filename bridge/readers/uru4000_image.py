"""Images of the uru4000 family: lines in blocks, scrambled with keys.

The host takes part in making the keys. Everything here is pure: bytes in, picture out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bridge.readers.reader import PoorImage
from bridge.wording import worded

WIDTH, HEIGHT = 384, 290
HEADER = 64
TRANSFER = HEADER + WIDTH * HEIGHT
"""Bytes that are asked for; fewer come if lines are missing."""
_BLOCKS, _FIRST_BLOCK = 15, 16
CHANGE_KEY, NO_UPDATE, ENCRYPTED, NOT_PRESENT = 0x80, 0x04, 0x02, 0x01
PLAIN_BELOW = 5000
"""Mean squared deviation of the column sums of two lines, below which they are clear.

A picture stays below, scrambled bytes lie far above.
"""
_TAPS = 0x9248144D
_OUTPUT_BITS = (4, 8, 11, 14, 18, 21, 24, 29)

FetchKey = Callable[[int], int]
"""Asks the reader for the 32-bit key of a number."""


@dataclass(frozen=True)
class Block:
    """A run of lines with the same flags."""

    flags: int
    lines: int


def read_blocks(packet: bytes) -> tuple[int, int, list[Block]]:
    """Return (lines present, key number, blocks). Raises PoorImage if it is not an image."""
    if len(packet) < HEADER:
        raise PoorImage(
            worded("The reader sent {packet} bytes instead of an image.", packet=len(packet))
        )
    present, number = int.from_bytes(packet[4:6], "little"), packet[6]
    if present >= HEIGHT or len(packet) < present * WIDTH + HEADER:
        raise PoorImage(worded("The reader sent an incomplete image."))
    blocks, left = [], present
    for place in range(_BLOCKS):
        flags, lines = packet[_FIRST_BLOCK + 2 * place], packet[_FIRST_BLOCK + 2 * place + 1]
        if lines == 0 or left <= 0:
            break
        blocks.append(Block(flags, lines))
        if not flags & NOT_PRESENT:
            left -= lines
    return present, number, blocks


def decode(packet: bytes, fetch_key: FetchKey) -> NDArray[np.uint8]:
    """Return (290, 384) uint8 as the sensor sees it: light ridges, dark ground.

    Raises PoorImage.
    """
    present, number, blocks = read_blocks(packet)
    lines = np.frombuffer(packet, np.uint8, present * WIDTH, HEADER).reshape(present, WIDTH).copy()
    if scrambled(lines):
        _unscramble(lines, blocks, number, fetch_key)
    picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    row = at = 0
    for block in blocks:
        count = min(block.lines, HEIGHT - row, present - at)
        if count <= 0:
            break
        picture[row : row + count] = lines[at : at + count]
        row += count
        if not block.flags & NOT_PRESENT:
            at += count
    return picture


def scrambled(lines: NDArray[np.uint8]) -> bool:
    """Return whether lines are scrambled. lines: (rows, 384) uint8.

    Test once for each image: after a key change the first lines would already be clear.
    """
    if len(lines) < 2:
        return False
    sums = lines[0].astype(np.int64) + lines[1]
    mean = int(sums.sum()) // WIDTH
    return int(((sums - mean) ** 2).sum()) // WIDTH >= PLAIN_BELOW


def _unscramble(
    lines: NDArray[np.uint8], blocks: list[Block], number: int, fetch_key: FetchKey
) -> None:
    key = fetch_key(number)
    flat, at = lines.reshape(-1), 0
    for block in blocks:
        if block.flags & CHANGE_KEY:
            number = (number + 1) & 0xFF
            key = fetch_key(number)
        size = block.lines * WIDTH
        kind = block.flags & (ENCRYPTED | NO_UPDATE)
        if kind == ENCRYPTED:
            stream, key = keystream(key, size)
            part = flat[at : at + size]
            moved = np.zeros(len(part), np.uint8)
            # each byte is stored one place later; the last one is lost
            moved[:-1] = part[1:] ^ stream[: len(part) - 1]
            flat[at : at + size] = moved
        elif kind == 0:
            _, key = keystream(key, size)
        if not block.flags & NOT_PRESENT:
            at += size


def keystream(key: int, size: int) -> tuple[NDArray[np.uint8], int]:
    """Return (size bytes of the stream, the key afterwards).

    The register is linear: the keys of the next 2^n steps are those of the last 2^n, each mapped
    by the same tables.
    """
    keys = np.empty(size + 1, np.uint32)
    keys[0] = key
    have = 1
    for tables in _leaps():
        if have > size:
            break
        more = min(have, size + 1 - have)
        keys[have : have + more] = _through(tables, keys[:more])
        have += more
    stream = np.zeros(size, np.uint8)
    for bit, source in enumerate(_OUTPUT_BITS):
        stream |= (((keys[:size] >> np.uint32(source)) & np.uint32(1)) << np.uint32(bit)).astype(
            np.uint8
        )
    return stream, int(keys[size])


def _step(key: int) -> int:
    return key >> 1 | ((key & _TAPS).bit_count() & 1) << 31


@cache
def _leaps() -> tuple[NDArray[np.uint32], ...]:
    """Return tables that move keys 1, 2, 4, 8 … steps forward: (4, 256), a row for each byte."""
    columns = [_step(1 << bit) for bit in range(32)]
    leaps = []
    for _ in range((WIDTH * HEIGHT).bit_length()):
        tables = np.zeros((4, 256), np.uint32)
        for value in range(256):
            for byte in range(4):
                found = 0
                for bit in range(8):
                    if value >> bit & 1:
                        found ^= columns[8 * byte + bit]
                tables[byte, value] = found
        leaps.append(tables)
        columns = [int(key) for key in _through(tables, np.array(columns, np.uint32))]
    return tuple(leaps)


def _through(tables: NDArray[np.uint32], keys: NDArray[np.uint32]) -> NDArray[np.uint32]:
    parts = [tables[byte][(keys >> np.uint32(8 * byte)) & np.uint32(0xFF)] for byte in range(4)]
    return np.asarray(parts[0] ^ parts[1] ^ parts[2] ^ parts[3])


def scramble(lines: NDArray[np.uint8], key: int) -> tuple[NDArray[np.uint8], int]:
    """Scramble one block, as the reader does: (bytes as sent, the key afterwards).

    The last byte of the block is lost.
    """
    flat = lines.reshape(-1)
    stream, after = keystream(key, len(flat))
    sent = np.zeros(len(flat), np.uint8)
    sent[1:] = flat[:-1] ^ stream[:-1]
    return sent.reshape(lines.shape), after
