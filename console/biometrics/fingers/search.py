"""Finding a finger among many: integer votes over packed edges sort everybody, the full comparison decides on the best few."""

import math
import os
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from console.biometrics.fingers.matcher import compare, workspace
from console.biometrics.fingers.prepared import (
    ANGLE_TOLERANCE,
    BIN_SHIFT,
    BINS,
    LENGTH_TOLERANCE,
    LENGTH_TOLERANCE_SHIFT,
    Prepared,
    Probe,
)

SUBPIXELS = 4
EDGE_BYTES = 5
NOISE = 14
"""Votes for one minutia that chance alone brings."""
FULL_SHARE, FULL_LEAST = 0.04, 300
"""As many of the best are compared in full."""
PREFILTER_EDGES = 3
"""Of each minutia's edges, the nearest as many vote."""
SLICE = 1024
MANY_BLANKS = 256
"""Below this, blanks are not worth the move."""


@dataclass(frozen=True)
class Found:
    """A reference and its score."""

    key: Hashable
    score: float


@njit(cache=True, nogil=True, fastmath=True)
def _votes(filled, head, filed, edges, start, sizes, begin, end, out):  # type: ignore[no-untyped-def]
    """out[c]: how much each reference from begin to end has in common with the probe.

    filled: which bins hold anything, a byte each; filed: the probe's edges, each in one number; edges: all references', flat.
    Two passes: half of the bins are empty, and a processor guesses badly which. Unsigned indices spare numba a check for negative ones.
    """
    counts, touched, dirty = np.zeros(64, np.int32), np.zeros(4096, np.uint8), np.uint64(0)
    hits, places = np.zeros(64 * 16, np.uint64), np.zeros(64 * 16, np.uint64)
    for c in range(begin, end):
        count, current, rank = np.uint64(0), np.uint8(255), 0
        for k in range(
            np.uint64(start[c] * EDGE_BYTES),
            np.uint64(start[c + 1] * EDGE_BYTES),
            np.uint64(EDGE_BYTES),
        ):
            rank = 1 if edges[k] != current else rank + 1
            current = edges[k]
            length, a, b = (
                np.int32(edges[k + np.uint64(2)]),
                np.int32(edges[k + np.uint64(3)]),
                np.int32(edges[k + np.uint64(4)]),
            )
            place = np.uint64(
                ((length >> BIN_SHIFT) * BINS + (a >> BIN_SHIFT)) * BINS + (b >> BIN_SHIFT)
            )
            hits[count], places[count] = k, place
            count += np.uint64(filled[place]) & np.uint64(rank <= PREFILTER_EDGES)
        total, best, current = 0, 0, np.uint8(255)
        for hit in range(count):
            k = hits[hit]
            if edges[k] != current:
                total += max(best - NOISE, 0)
                for t in range(dirty):
                    counts[touched[t]] = 0
                best, current, dirty = 0, edges[k], np.uint64(0)
            length, a, b = (
                np.int32(edges[k + np.uint64(2)]),
                np.int32(edges[k + np.uint64(3)]),
                np.int32(edges[k + np.uint64(4)]),
            )
            tolerance = LENGTH_TOLERANCE + (length >> LENGTH_TOLERANCE_SHIFT)
            for x in range(
                np.uint64(head[places[hit]]), np.uint64(head[places[hit] + np.uint64(1)])
            ):
                edge = np.int32(filed[x])
                da = abs((((edge >> 16) - a + 128) & 255) - 128)
                db = abs((((edge >> 8) - b + 128) & 255) - 128)
                dl = abs(((edge >> 24) & 255) - length)
                near = (da <= ANGLE_TOLERANCE) & (db <= ANGLE_TOLERANCE) & (dl <= tolerance)
                j = np.uint64(edge & 255)
                counts[j] += (16 - ((da + db) >> 1) - (dl >> 1)) * near
                best = max(best, counts[j])
                touched[dirty] = j
                dirty += np.uint64(near)
        total += max(best - NOISE, 0)
        out[c] = total / math.sqrt(max(sizes[c], 1))


def _in_one(edges: NDArray[np.uint8]) -> NDArray[np.int32]:
    """length, direction from, direction to, from: each edge in one number."""
    wide = edges.astype(np.uint32)
    return (
        (wide[:, 2] << 24 | wide[:, 3] << 16 | wide[:, 4] << 8 | wide[:, 0])
        .astype(np.uint32)
        .view(np.int32)
    )


@njit(cache=True, nogil=True, fastmath=True)
def _full(points, head, filed, packed, point_start, edges, start, chosen, out):  # type: ignore[no-untyped-def]
    """Full comparisons with the chosen references."""
    work = workspace()
    reference = np.zeros((64, 4), np.float32)
    for c in range(len(chosen)):
        who = chosen[c]
        n = point_start[who + 1] - point_start[who]
        for k in range(n):
            row = packed[point_start[who] + k]
            reference[k, 0], reference[k, 1] = row[0] / SUBPIXELS, row[1] / SUBPIXELS
            reference[k, 2], reference[k, 3] = row[2] * (2 * math.pi / 65536), row[3]
        out[c] = compare(
            points, head, filed, reference[:n], edges[start[who] : start[who + 1]], work
        )


class Gallery:
    """References in packed arrays. Adding is cheap; what is removed leaves a blank, and when half are blank all move up. Searching releases
    the GIL; nothing is added or removed meanwhile."""

    def __init__(self, threads: int = 0) -> None:
        self._threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads)
        self._keys: list[Hashable] = []
        self._places: dict[Hashable, list[int]] = {}
        self._blanks = 0
        self._points = _Rows(np.uint16, 4)
        self._edges = _Rows(np.uint8, 5)

    def __len__(self) -> int:
        return len(self._keys) - self._blanks

    @property
    def keys(self) -> int:
        """How many there are."""
        return len(self._places)

    @property
    def bytes_each(self) -> float:
        """Memory of one reference."""
        return (self._points.bytes + self._edges.bytes) / max(1, len(self._keys))

    def add(self, key: Hashable, reference: Prepared) -> None:
        """One reference; a key may have several (scans of one finger, fingers of one person)."""
        points = np.zeros((len(reference), 4), np.uint16)
        points[:, :2] = np.clip(np.rint(reference.points[:, :2] * SUBPIXELS), 0, 0xFFFF)
        points[:, 2] = (
            np.rint(reference.points[:, 2] / (2 * np.pi) * 65536).astype(np.int64) & 0xFFFF
        )
        points[:, 3] = reference.points[:, 3]
        self._points.append(points)
        self._edges.append(reference.edges)
        self._places.setdefault(key, []).append(len(self._keys))
        self._keys.append(key)

    def remove(self, key: Hashable) -> None:
        """All references of the key; nothing happens when there are none."""
        for place in self._places.pop(key, []):
            self._points.blank(place)
            self._edges.blank(place)
            self._blanks += 1
        if self._blanks > max(MANY_BLANKS, len(self)):
            self._move_up()

    def _move_up(self) -> None:
        kept = [place for places in self._places.values() for place in places]
        self._points, self._edges = self._points.only(kept), self._edges.only(kept)
        self._keys = [self._keys[place] for place in kept]
        self._blanks = 0
        self._places = {}
        for place, key in enumerate(self._keys):
            self._places.setdefault(key, []).append(place)

    def votes(self, probe: Probe) -> NDArray[np.float32]:
        """How much each entry has in common with the probe, in the order they were added."""
        out = np.zeros(len(self._keys), np.float32)
        edges, start, sizes = self._edges.rows.reshape(-1), self._edges.start, self._points.sizes
        filed, head = _in_one(probe.edges), probe.head.astype(np.uint16)
        filled = (np.diff(probe.head) > 0).astype(np.uint8)

        def part(begin: int) -> None:
            end = min(begin + SLICE, len(out))
            _votes(filled, head, filed, edges, start, sizes, begin, end, out)

        list(self._pool.map(part, range(0, len(out), SLICE)))
        return out

    def scores(self, probe: Probe, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
        """Full comparisons with the entries of those places."""
        scores = np.zeros(len(chosen))
        step = max(64, -(-len(chosen) // self._threads))

        def part(begin: int) -> None:
            _full(
                probe.points,
                probe.head,
                probe.edges,
                self._points.rows,
                self._points.start,
                self._edges.rows,
                self._edges.start,
                chosen[begin : begin + step],
                scores[begin : begin + step],
            )

        list(self._pool.map(part, range(0, len(chosen), step)))
        return scores

    def scores_of(self, probe: Probe, key: Hashable) -> list[float]:
        """Full comparisons with each reference of the key."""
        return [float(score) for score in self.scores(probe, np.array(self._places[key], np.int64))]

    def identify(self, probe: Probe, limit: int = 10) -> list[Found]:
        """The best references, one a key, highest score first."""
        if not self._keys or len(probe.points) < 4:
            return []
        votes = self.votes(probe)
        count = min(len(votes), max(FULL_LEAST, int(len(votes) * FULL_SHARE)))
        chosen = np.argpartition(votes, len(votes) - count)[len(votes) - count :].astype(np.int64)
        scores = self.scores(probe, chosen)
        found: list[Found] = []
        seen = set()
        for place in np.argsort(-scores, kind="stable").tolist():
            key = self._keys[chosen[place]]
            if key not in seen and scores[place] > 0:
                seen.add(key)
                found.append(Found(key, float(scores[place])))
                if len(found) == limit:
                    break
        return found


class _Rows:
    """Rows of many entries one after the other, in memory that grows by doubling; what is not yet written takes none."""

    def __init__(self, kind: type, width: int) -> None:
        self._rows: NDArray[Any] = np.empty((1024, width), kind)
        self._start = np.zeros(256, np.int64)
        self._count = 0

    @property
    def rows(self) -> NDArray[Any]:
        return self._rows

    @property
    def start(self) -> NDArray[np.int64]:
        return self._start[: self._count + 1]

    @property
    def sizes(self) -> NDArray[np.int64]:
        return np.diff(self.start)

    @property
    def bytes(self) -> int:
        return int(self._start[self._count] * self._rows.itemsize * self._rows.shape[1]) + 8 * (
            self._count + 1
        )

    def append(self, rows: NDArray[Any]) -> None:
        end = int(self._start[self._count])
        self._rows = _with_room(self._rows, end, end + len(rows))
        self._start = _with_room(self._start, self._count + 1, self._count + 2)
        self._rows[end : end + len(rows)] = rows
        self._count += 1
        self._start[self._count] = end + len(rows)

    def blank(self, place: int) -> None:
        """The entry's rows become zeros: they match nothing."""
        self._rows[self._start[place] : self._start[place + 1]] = 0

    def only(self, places: list[int]) -> "_Rows":
        """The entries of those places, in that order."""
        kept = _Rows(self._rows.dtype.type, self._rows.shape[1])
        for place in places:
            kept.append(self._rows[self._start[place] : self._start[place + 1]])
        return kept


def _with_room(rows: NDArray[Any], used: int, wanted: int) -> NDArray[Any]:
    """The same rows, of which `used` count, with room for as many as are wanted."""
    if wanted <= len(rows):
        return rows
    larger = np.empty((max(2 * len(rows), wanted), *rows.shape[1:]), rows.dtype)
    larger[:used] = rows[:used]
    return larger
