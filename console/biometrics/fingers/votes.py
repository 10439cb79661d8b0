"""Votes: how much a finger has in common with each of many, quickly and roughly.

An edge of the reference votes for each edge of the probe that lies within the tolerances. Which
these are, is looked up for each of its three numbers as a set of bits, and the sets are
intersected. The probe's edges are sorted by one of their directions: only a few can agree in it,
and these lie in one word of 64 bits.

The compiled function takes many positional arguments for the reason given in matcher.py.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numba.cpython.unsafe.numbers import trailing_zeros
from numpy.typing import NDArray

from console.biometrics.fingers.minutiae import MAX_MINUTIAE
from console.biometrics.fingers.prepared import (
    ANGLE_TOLERANCE,
    ANGLE_UNITS,
    EDGE_BYTES,
    LENGTH_TOLERANCE,
    LENGTH_TOLERANCE_SHIFT,
    NEIGHBOURS,
)

NOISE = 14
"""Votes that a minutia gets by accident."""
VOTERS = 3
"""Only this many edges of each minutia vote, the shortest."""
STEP = 32
"""Words begin at every 32nd bit and have 64: two neighbours share a half."""
MOST_WORDS = -(-2 * MAX_MINUTIAE * NEIGHBOURS // STEP) // 2 + 1
"""In which the edges of one direction may lie, if all of a template have nearly the same one."""
_VALUES = np.arange(ANGLE_UNITS)[:, None]


@dataclass(frozen=True)
class VoteTables:
    """The edges of a probe, ready to be voted for.

    filed: int32 (n,), each edge packed in one number: length, both directions and `from`, 8 bits
    each; length, first, second: uint64 (256, words), by the number of a reference's edge, the bits
    of the probe's edges that agree with it; begin, end: uint8 (256,), by the first direction, the
    first and the last word that may have bits.
    """

    filed: NDArray[np.int32]
    length: NDArray[np.uint64]
    first: NDArray[np.uint64]
    second: NDArray[np.uint64]
    begin: NDArray[np.uint8]
    end: NDArray[np.uint8]


def vote_tables(edges: NDArray[np.uint8]) -> VoteTables:
    """Return the tables of a probe. edges: uint8 (m, 5) of Prepared."""
    turned = _sorted_round(edges.astype(np.int64))
    length, first, second = turned[:, 2], turned[:, 3], turned[:, 4]
    around = (second - _VALUES + ANGLE_UNITS // 2) % ANGLE_UNITS - ANGLE_UNITS // 2
    tolerance = LENGTH_TOLERANCE + (_VALUES >> LENGTH_TOLERANCE_SHIFT)
    low = np.searchsorted(first, _VALUES[:, 0] - ANGLE_TOLERANCE)
    high = np.searchsorted(first, _VALUES[:, 0] + ANGLE_TOLERANCE, side="right")
    begin = low // STEP
    packed = length << 24 | (first % ANGLE_UNITS) << 16 | second << 8 | turned[:, 0]
    return VoteTables(
        filed=packed.astype(np.uint32).view(np.int32),
        length=_words(abs(length - _VALUES) <= tolerance),
        first=_words(abs(first - _VALUES) <= ANGLE_TOLERANCE),
        second=_words(abs(around) <= ANGLE_TOLERANCE),
        begin=begin.astype(np.uint8),
        end=np.maximum(begin, (high - 1) // STEP - 1).astype(np.uint8),
    )


def _sorted_round(edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """By the first direction; those near a whole turn stand at both ends, a turn apart."""
    turn = np.array([0, 0, 0, ANGLE_UNITS, 0])
    after = edges[edges[:, 3] < ANGLE_TOLERANCE] + turn
    before = edges[edges[:, 3] >= ANGLE_UNITS - ANGLE_TOLERANCE] - turn
    every = np.concatenate([before, edges, after])
    return every[np.argsort(every[:, 3], kind="stable")]


def _words(agree: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Bits (256, n) as words of 64 that begin at every 32nd, uint64 (256, words)."""
    halves = -(-agree.shape[1] // STEP) + 2
    bits = np.zeros((len(agree), halves * STEP), np.bool_)
    bits[:, : agree.shape[1]] = agree
    half = np.packbits(bits, axis=1, bitorder="little").view("<u4").astype(np.uint64)
    return np.ascontiguousarray(half[:, :-1] | half[:, 1:] << np.uint64(STEP))


def voting(edges: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which edges of a reference vote, bool (m,).

    edges: in ascending `from`, the shortest of each minutia first.
    """
    rank = np.arange(len(edges)) - np.searchsorted(edges[:, 0], edges[:, 0])
    return np.asarray(rank < VOTERS)


@njit(cache=True, nogil=True, fastmath=True)
def count_votes(  # type: ignore[no-untyped-def]
    filed, length, first, second, begin, end, edges, start, sizes, at, until, out
):
    """Fill out[c], for at <= c < until: how much the reference has in common with the probe.

    filed to end: of VoteTables; edges: that vote, of all references, flat; start: where each
    reference's edges begin; sizes: minutiae of each reference.
    Two passes, as most words are empty and a processor predicts badly which. Unsigned indices
    spare numba the check for negative ones.
    """
    counts, touched, dirty = np.zeros(64, np.int32), np.zeros(4096, np.uint8), np.uint64(0)
    most = np.uint64(len(touched))
    room = MAX_MINUTIAE * VOTERS * MOST_WORDS
    hits, places = np.zeros(room, np.uint64), np.zeros(room, np.uint64)
    found = np.zeros(room, np.uint64)
    for c in range(at, until):
        count = np.uint64(0)
        for k in range(
            np.uint64(start[c] * EDGE_BYTES),
            np.uint64(start[c + 1] * EDGE_BYTES),
            np.uint64(EDGE_BYTES),
        ):
            n, a, b = edges[k + np.uint64(2)], edges[k + np.uint64(3)], edges[k + np.uint64(4)]
            word, last = np.uint64(begin[a]), np.uint64(end[a])
            while True:
                bits = length[n, word] & first[a, word] & second[b, word]
                hits[count], places[count], found[count] = k, word, bits
                count += np.uint64(bits != 0)
                if word >= last:
                    break
                word += np.uint64(2)
        total, best, current = 0, 0, np.uint8(255)
        for hit in range(count):
            k = hits[hit]
            if edges[k] != current:
                total += max(best - NOISE, 0)
                for t in range(dirty):
                    counts[touched[t]] = 0
                if dirty == most:
                    counts[:] = 0
                best, current, dirty = 0, edges[k], np.uint64(0)
            n, a, b = (
                np.int32(edges[k + np.uint64(2)]),
                np.int32(edges[k + np.uint64(3)]),
                np.int32(edges[k + np.uint64(4)]),
            )
            bits, place = found[hit], places[hit] * np.uint64(STEP)
            while bits:
                bit = np.uint64(trailing_zeros(bits))  # type: ignore[call-arg]  # a part of numba
                edge = np.int32(filed[place + bit])
                bits &= bits - np.uint64(1)
                da = abs((((edge >> 16) - a + 128) & 255) - 128)
                db = abs((((edge >> 8) - b + 128) & 255) - 128)
                dl = abs(((edge >> 24) & 255) - n)
                j = np.uint64(edge & 255)
                counts[j] += 16 - ((da + db) >> 1) - (dl >> 1)
                best = max(best, counts[j])
                if dirty < most:  # a place whose finger was removed has all edges from minutia 0
                    touched[dirty] = j
                    dirty += np.uint64(1)
        total += max(best - NOISE, 0)
        out[c] = total / math.sqrt(max(sizes[c], 1))
