"""Finding a finger among many.

Integer votes over packed edges sort all references; the full comparison decides on the best few.
The compiled function takes many positional arguments for the reason given in matcher.py.
"""

import math
import os
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from console.biometrics.fingers.matcher import compare, workspace
from console.biometrics.fingers.minutiae import MAX_MINUTIAE
from console.biometrics.fingers.prepared import EDGE_BYTES, NEIGHBOURS, Prepared, Probe
from console.biometrics.fingers.rows import Rows
from console.biometrics.fingers.votes import count_votes, vote_tables, voting

SUBPIXELS = 4
"""Units of a packed coordinate per pixel."""
FULL_SHARE, FULL_LEAST = 0.04, 300
"""Fraction and least number of the best references that are compared in full."""
SLICE = 1024
"""References per task of a thread."""
MIN_BLANKS = 256
"""Fewer removed references are not worth moving the others up."""


@dataclass(frozen=True)
class ScoredReference:
    """A key and the best score of its references."""

    key: Hashable
    score: float


@njit(cache=True, nogil=True, fastmath=True)
def _full(  # type: ignore[no-untyped-def]
    points, head, filed, packed, point_start, voters, voter_start, others, other_start, chosen, out
):
    """Fill out with the scores of full comparisons with the chosen references."""
    work = workspace()
    reference = np.zeros((MAX_MINUTIAE, 4), np.float32)
    edges = np.zeros((MAX_MINUTIAE * NEIGHBOURS, EDGE_BYTES), np.uint8)
    for c in range(len(chosen)):
        who = chosen[c]
        n = point_start[who + 1] - point_start[who]
        for k in range(n):
            row = packed[point_start[who] + k]
            reference[k, 0], reference[k, 1] = row[0] / SUBPIXELS, row[1] / SUBPIXELS
            reference[k, 2], reference[k, 3] = row[2] * (2 * math.pi / 65536), row[3]
        first = voter_start[who + 1] - voter_start[who]
        every = first + other_start[who + 1] - other_start[who]
        edges[:first] = voters[voter_start[who] : voter_start[who + 1]]
        edges[first:every] = others[other_start[who] : other_start[who + 1]]
        out[c] = compare(points, head, filed, reference[:n], edges[:every], work)


def was_compiled() -> bool:
    """Whether this process compiled the search, instead of finding its code in numba's cache."""
    return any(compiled.stats.cache_misses for compiled in (count_votes, _full))


class FingerGallery:
    """References in packed arrays, in memory or in files of a folder.

    The edges that vote lie apart from the others, as a search reads all of them and few of the
    rest. Adding is cheap. A removed reference leaves a blank; when half are blank, the others move
    up. Searching releases the GIL; nothing may be added or removed meanwhile.
    """

    def __init__(self, threads: int = 0, folder: Path | None = None) -> None:
        """threads: 0 for as many as there are processors.

        folder: for mapped files with more references than memory has room for. They hold them
        unsealed, without a name, until the gallery is gone.
        """
        self._threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads)
        self._keys: list[Hashable] = []
        self._places: dict[Hashable, list[int]] = {}
        self._blanks = 0
        self._points = Rows(np.uint16, 4, folder)
        self._voters = Rows(np.uint8, EDGE_BYTES, folder)
        self._others = Rows(np.uint8, EDGE_BYTES, folder)

    def __len__(self) -> int:
        """Return the number of references."""
        return len(self._keys) - self._blanks

    @property
    def keys(self) -> int:
        """Number of keys."""
        return len(self._places)

    @property
    def bytes_each(self) -> float:
        """Bytes per reference."""
        return sum(rows.bytes for rows in self._rows) / max(1, len(self._keys))

    @property
    def _rows(self) -> tuple[Rows, Rows, Rows]:
        return self._points, self._voters, self._others

    def add_reference(self, key: Hashable, reference: Prepared) -> None:
        """Add one reference; a key may have several (scans of one finger)."""
        points = np.zeros((len(reference), 4), np.uint16)
        points[:, :2] = np.clip(np.rint(reference.points[:, :2] * SUBPIXELS), 0, 0xFFFF)
        points[:, 2] = (
            np.rint(reference.points[:, 2] / (2 * np.pi) * 65536).astype(np.int64) & 0xFFFF
        )
        points[:, 3] = reference.points[:, 3]
        self._points.append(points)
        votes = voting(reference.edges)
        self._voters.append(reference.edges[votes])
        self._others.append(reference.edges[~votes])
        self._places.setdefault(key, []).append(len(self._keys))
        self._keys.append(key)

    def remove_references(self, key: Hashable) -> None:
        """Remove all references of the key, if there are any."""
        for place in self._places.pop(key, []):
            for rows in self._rows:
                rows.blank(place)
            self._blanks += 1
        if self._blanks > max(MIN_BLANKS, len(self)):
            self._move_up()

    def _move_up(self) -> None:
        occupied = [place for places in self._places.values() for place in places]
        self._points, self._voters, self._others = (rows.only(occupied) for rows in self._rows)
        self._keys = [self._keys[place] for place in occupied]
        self._blanks = 0
        self._places = {}
        for place, key in enumerate(self._keys):
            self._places.setdefault(key, []).append(place)

    def votes(self, probe: Probe) -> NDArray[np.float32]:
        """Return the votes of each place, float32 (n,), in the order of adding."""
        out = np.zeros(len(self._keys), np.float32)
        edges, start, sizes = self._voters.rows.reshape(-1), self._voters.start, self._points.sizes
        tables = vote_tables(probe.own)

        def part(begin: int) -> None:
            end = min(begin + SLICE, len(out))
            count_votes(
                tables.filed,
                tables.length,
                tables.first,
                tables.second,
                tables.begin,
                tables.end,
                edges,
                start,
                sizes,
                begin,
                end,
                out,
            )

        list(self._pool.map(part, range(0, len(out), SLICE)))
        return out

    def scores(self, probe: Probe, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the scores of full comparisons with the chosen places, float64 (n,)."""
        scores = np.zeros(len(chosen))
        step = max(64, -(-len(chosen) // self._threads))

        def part(begin: int) -> None:
            _full(
                probe.points,
                probe.head,
                probe.edges,
                self._points.rows,
                self._points.start,
                self._voters.rows,
                self._voters.start,
                self._others.rows,
                self._others.start,
                chosen[begin : begin + step],
                scores[begin : begin + step],
            )

        list(self._pool.map(part, range(0, len(chosen), step)))
        return scores

    def scores_of(self, probe: Probe, key: Hashable) -> list[float]:
        """Return the scores of full comparisons with each reference of the key."""
        return [float(score) for score in self.scores(probe, np.array(self._places[key], np.int64))]

    def identify(self, probe: Probe, limit: int = 10) -> list[ScoredReference]:
        """Return the best keys, the highest score first; keys that score 0 are left out."""
        if not self._keys or len(probe.points) < 4:
            return []
        votes = self.votes(probe)
        count = min(len(votes), max(FULL_LEAST, int(len(votes) * FULL_SHARE)))
        best = np.argpartition(votes, len(votes) - count)[len(votes) - count :]
        chosen = np.sort(best).astype(np.int64)  # memory and files are read in their order
        scores = self.scores(probe, chosen)
        found: list[ScoredReference] = []
        seen = set()
        for place in np.argsort(-scores, kind="stable").tolist():
            key = self._keys[chosen[place]]
            if key not in seen and scores[place] > 0:
                seen.add(key)
                found.append(ScoredReference(key, float(scores[place])))
                if len(found) == limit:
                    break
        return found
