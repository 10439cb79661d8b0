"""A template made ready for comparison: minutiae sorted by x, and edges between neighbours.

An edge is (length, direction seen from one end, direction seen from the other) in small integers.
It stays the same however the finger lies.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from console.biometrics.fingers.minutiae import MAX_MINUTIAE, Minutiae

NEIGHBOURS = 6
"""Edges of each minutia, to the nearest others."""
LENGTH_UNIT = 1.25
"""Pixels per unit of length; a length has 8 bits, longer edges are left out."""
ANGLE_UNITS = 256
"""Units of a whole turn."""
MAX_LENGTH = 255
EDGE_BYTES = 5


@dataclass(frozen=True)
class Prepared:
    """A template ready to be a reference: its best minutiae, at most 64.

    points: float32 (n, 4): x, y, angle, kind, in ascending x;
    edges: uint8 (m, 5): from, to, length, direction at from, direction at to, in ascending `from`.
    """

    points: NDArray[np.float32]
    edges: NDArray[np.uint8]

    def __len__(self) -> int:
        """Return the number of minutiae."""
        return len(self.points)


def prepare(found: Minutiae) -> Prepared:
    """Choose the best minutiae, sort them and connect neighbours."""
    best = found.best(MAX_MINUTIAE)
    points = best.select(np.argsort(best.x, kind="stable")).array()
    edges = np.zeros((len(points) * NEIGHBOURS, 5), np.uint8)
    return Prepared(points, edges[: _connect(points, edges) if len(points) > 1 else 0].copy())


@njit(cache=True, nogil=True)
def _connect(points, edges):  # type: ignore[no-untyped-def]  # numba infers the types
    """Fill edges with those of each minutia; return how many there are."""
    n, count = len(points), 0
    distance = np.empty(n, np.float32)
    for i in range(n):
        for j in range(n):
            distance[j] = (points[i, 0] - points[j, 0]) ** 2 + (points[i, 1] - points[j, 1]) ** 2
        distance[i] = np.inf
        order = np.argsort(distance)
        for k in range(min(NEIGHBOURS, n - 1)):
            j = order[k]
            length = int(math.sqrt(distance[j]) / LENGTH_UNIT + 0.5)
            if length > MAX_LENGTH:
                break
            along = math.atan2(points[j, 1] - points[i, 1], points[j, 0] - points[i, 0])
            edges[count, 0], edges[count, 1], edges[count, 2] = i, j, length
            edges[count, 3] = (
                math.floor((along - points[i, 2]) * ANGLE_UNITS / (2 * math.pi) + 0.5) & 255
            )
            edges[count, 4] = (
                math.floor((along + math.pi - points[j, 2]) * ANGLE_UNITS / (2 * math.pi) + 0.5)
                & 255
            )
            count += 1
    return count


BIN_SHIFT = 3
"""Bins of 8 units: 10 pixels of length, 11 degrees of direction."""
BINS = 256 >> BIN_SHIFT
LENGTH_TOLERANCE, LENGTH_TOLERANCE_SHIFT = 4, 5
"""Units of length, and a shift: 5 pixels, and 1/32 of the length."""
ANGLE_TOLERANCE = 8
"""256ths of a turn: 0.2 radians."""


@dataclass(frozen=True)
class Probe:
    """A template ready to be a probe: its edges filed by bin, in compressed sparse rows.

    points: as in Prepared; head: int32 (bins + 1,), where the edges of each bin begin;
    edges: uint8 (k, 5), in the order of the bins; own: its edges, each once, as in Prepared.
    """

    points: NDArray[np.float32]
    head: NDArray[np.int32]
    edges: NDArray[np.uint8]
    own: NDArray[np.uint8]


def as_probe(prepared: Prepared) -> Probe:
    """File each edge in every bin that its tolerance touches.

    So a reference needs to look at one bin for each of its edges.
    """
    head, items = _file(prepared.edges)
    return Probe(prepared.points, head, np.ascontiguousarray(prepared.edges[items]), prepared.edges)


@njit(cache=True, nogil=True)
def _file(edges):  # type: ignore[no-untyped-def]  # numba infers the types
    """(head, places of the edges in the order of the bins)."""
    head = np.zeros(BINS * BINS * BINS + 1, np.int32)
    items = np.zeros(0, np.int32)
    for sweep in range(2):
        for k in range(len(edges)):
            length, a, b = int(edges[k, 2]), int(edges[k, 3]), int(edges[k, 4])
            tolerance = LENGTH_TOLERANCE + (length >> LENGTH_TOLERANCE_SHIFT)
            for x in range(
                max(0, length - tolerance) >> BIN_SHIFT,
                (min(MAX_LENGTH, length + tolerance) >> BIN_SHIFT) + 1,
            ):
                for y in range(
                    (a - ANGLE_TOLERANCE) >> BIN_SHIFT, ((a + ANGLE_TOLERANCE) >> BIN_SHIFT) + 1
                ):
                    for z in range(
                        (b - ANGLE_TOLERANCE) >> BIN_SHIFT, ((b + ANGLE_TOLERANCE) >> BIN_SHIFT) + 1
                    ):
                        place = (x * BINS + (y & (BINS - 1))) * BINS + (z & (BINS - 1))
                        if sweep == 0:
                            head[place + 1] += 1
                        else:
                            items[head[place]] = k
                            head[place] += 1
        if sweep == 0:
            head = np.cumsum(head).astype(np.int32)
            items = np.zeros(head[-1], np.int32)
    for place in range(len(head) - 1, 0, -1):
        head[place] = head[place - 1]
    head[0] = 0
    return head, items
