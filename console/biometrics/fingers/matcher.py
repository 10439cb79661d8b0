"""Comparison of two fingers.

Edges that agree vote for pairs of minutiae. Each of the strongest pairs gives an alignment of one
finger with the other. There pairs are counted, first rigidly, then stretched as a whole, as by a
finger that is pressed or drawn over the glass, then bent from place to place, as skin is elastic.

The score grows with the number of pairs that fit, with the votes for them, and with their fraction
of what both fingers show. By itself it means nothing: calibration.py turns it into a false match
rate.

The compiled functions take their arrays one by one, as numba compiles plain arrays faster than
structures: that is why some have many positional arguments. Their types are inferred by numba. In
all of them p is the probe's points and q the reference's (see prepared.py).
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from console.biometrics.fingers.prepared import (
    ANGLE_TOLERANCE,
    BIN_SHIFT,
    BINS,
    LENGTH_TOLERANCE,
    LENGTH_TOLERANCE_SHIFT,
    Prepared,
    Probe,
)

ROOTS = 6
"""The strongest pairs from which an alignment is tried."""
MIN_VOTE = 2.1
"""Weaker pairs are not tried: two edges may agree by accident.

On the published sets this changes no rate and saves a third of the time.
"""
MIN_PAIRS = 5
ROUNDS = ((14.0, 0.45, 4), (11.0, 0.40, 5), (9.0, 0.35, 5))
"""(pixels, radians, pairs needed) of each round of pairing.

After each of the first two rounds the alignment is fitted again.
"""
OTHER_KIND = 0.7
"""Weight of a pair of an ending and a bifurcation: noise seldom turns one into the other."""
WORTH_BENDING = 2.0
"""Lower scores belong to impostors, however elastic the skin is."""
STRETCHES = 2
"""Rounds of stretching."""
EXTENT = 60.0 * 60.0
"""Square pixels of spread that speak for no stretch: few pairs close together cannot show one."""
BENDS = 2
"""Rounds of bending."""
BENT_RADIUS, BENT_ANGLE = 10.0, 0.40
"""Pixels and radians within which minutiae pair after stretching and bending."""
STIFFNESS = 0.3
"""Weight of staying in place, beside the weights of the pairs around."""
REACH = 1.0 / (60.0 * 60.0)
"""Per square pixel: a pair 60 pixels away has a quarter of the weight."""
CELL_SHIFT = 4
CELLS = 128
"""Columns of 16 pixels, by which minutiae are found quickly."""
MARGIN = 8.0
"""Pixels round the bounding box of a finger that still belong to it."""
MIN_OVERLAP = 6.0
"""Minutiae; a smaller overlap counts as this."""
TAU = 2 * math.pi


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _turn(a, b):  # type: ignore[no-untyped-def]
    """Return the angle between two directions, 0 to pi; they differ by 1.5 turns at most."""
    d = abs(a - b)
    while d > TAU:
        d -= TAU
    return d if d <= math.pi else TAU - d


@njit(cache=True, nogil=True, fastmath=True)
def _vote(head, filed, edges, n2, votes):  # type: ignore[no-untyped-def]
    """Fill votes[i * n2 + j]: how much speaks for probe minutia i being reference minutia j."""
    # unsigned indices spare numba the check for negative ones
    for k in range(np.uint64(len(edges))):
        length, a, b = np.int32(edges[k, 2]), np.int32(edges[k, 3]), np.int32(edges[k, 4])
        place = np.uint64(
            ((length >> BIN_SHIFT) * BINS + (a >> BIN_SHIFT)) * BINS + (b >> BIN_SHIFT)
        )
        tolerance = LENGTH_TOLERANCE + (length >> LENGTH_TOLERANCE_SHIFT)
        for x in range(np.uint64(head[place]), np.uint64(head[place + np.uint64(1)])):
            dl = abs(np.int32(filed[x, 2]) - length)
            if dl > tolerance:
                continue
            da = abs(((np.int32(filed[x, 3]) - a + 128) & 255) - 128)
            db = abs(((np.int32(filed[x, 4]) - b + 128) & 255) - 128)
            if da <= ANGLE_TOLERANCE and db <= ANGLE_TOLERANCE:
                weight = (1.0 - dl * 0.0625) * (1.0 - da * 0.0245) * (1.0 - db * 0.0245)
                votes[np.uint64(filed[x, 0] * n2 + edges[k, 0])] += weight
                votes[np.uint64(filed[x, 1] * n2 + edges[k, 1])] += 0.5 * weight


@njit(cache=True, nogil=True, fastmath=True)
def _roots(votes, n, roots, strength):  # type: ignore[no-untyped-def]
    """Fill roots with the cells of the most votes, the strongest first."""
    strength[:] = 0
    weakest = MIN_VOTE
    for cell in range(n):
        w = votes[cell]
        if w > weakest:
            k = ROOTS - 1
            while k > 0 and strength[k - 1] < w:
                strength[k], roots[k] = strength[k - 1], roots[k - 1]
                k -= 1
            strength[k], roots[k] = w, cell
            weakest = max(MIN_VOTE, strength[ROOTS - 1])


@njit(cache=True, nogil=True, fastmath=True)
def _columns(points, first):  # type: ignore[no-untyped-def]
    """Fill first[c]: the first minutia in column c or beyond; minutiae are sorted by x."""
    n, at = len(points), 0
    for column in range(CELLS + 1):
        while at < n and int(points[at, 0]) >> CELL_SHIFT < column:
            at += 1
        first[column] = at


@njit(cache=True, nogil=True, fastmath=True)
def _pair(moved, turn, q, first, radius, angle, pairs, used):  # type: ignore[no-untyped-def]
    """Pair each moved probe minutia with its nearest free reference minutia; (count, fit)."""
    used[: len(q)] = 0
    count, fit, square = 0, 0.0, radius * radius
    for i in range(len(moved)):
        x, y = moved[i, 0], moved[i, 1]
        low = min(max(int(x - radius) >> CELL_SHIFT, 0), CELLS)
        high = min(max((int(x + radius) >> CELL_SHIFT) + 1, 0), CELLS)
        near, hit = square, -1
        for j in range(first[low], first[high]):
            ex, ey = x - q[j, 0], y - q[j, 1]
            d = ex * ex + ey * ey
            if d < near and used[j] == 0 and _turn(moved[i, 2] + turn, q[j, 2]) < angle:
                near, hit = d, j
        pairs[i] = hit
        if hit >= 0:
            used[hit] = 1
            count += 1
            fit += (1.0 - 0.5 * near / square) * (1.0 if moved[i, 3] == q[hit, 3] else OTHER_KIND)
    return count, fit


@njit(cache=True, nogil=True, fastmath=True)
def _align(p, q, pairs, n):  # type: ignore[no-untyped-def]
    """Rotation and shift that align paired minutiae, least squares: (angle, cos, sin, x, y)."""
    px = py = qx = qy = 0.0
    for i in range(len(p)):
        j = pairs[i]
        if j >= 0:
            px += p[i, 0]
            py += p[i, 1]
            qx += q[j, 0]
            qy += q[j, 1]
    px, py, qx, qy = px / n, py / n, qx / n, qy / n
    dot = cross = 0.0
    for i in range(len(p)):
        j = pairs[i]
        if j >= 0:
            ax, ay, bx, by = p[i, 0] - px, p[i, 1] - py, q[j, 0] - qx, q[j, 1] - qy
            dot += ax * bx + ay * by
            cross += ax * by - ay * bx
    turn = math.atan2(cross, dot)
    cos, sin = math.cos(turn), math.sin(turn)
    return turn, cos, sin, qx - (cos * px - sin * py), qy - (sin * px + cos * py)


@njit(cache=True, nogil=True, fastmath=True)
def _move(p, cos, sin, x, y, moved):  # type: ignore[no-untyped-def]
    """Fill moved with the points after rotation and shift; their angles stay as they are."""
    for i in range(len(p)):
        moved[i, 0] = cos * p[i, 0] - sin * p[i, 1] + x
        moved[i, 1] = sin * p[i, 0] + cos * p[i, 1] + y
        moved[i, 2], moved[i, 3] = p[i, 2], p[i, 3]


@njit(cache=True, nogil=True, fastmath=True)
def _overlap(points, n, other, m):  # type: ignore[no-untyped-def]
    """How many of n points lie inside the bounding box of m others."""
    x0 = x1 = other[0, 0]
    y0 = y1 = other[0, 1]
    for j in range(1, m):
        x0, x1 = min(x0, other[j, 0]), max(x1, other[j, 0])
        y0, y1 = min(y0, other[j, 1]), max(y1, other[j, 1])
    count = 0
    for i in range(n):
        count += (
            x0 - MARGIN <= points[i, 0] <= x1 + MARGIN
            and y0 - MARGIN <= points[i, 1] <= y1 + MARGIN
        )
    return max(float(count), MIN_OVERLAP)


@njit(cache=True, nogil=True, fastmath=True)
def compare(p, head, filed, q, edges, work):  # type: ignore[no-untyped-def]
    """Return the score of one comparison; 0 for nothing in common.

    p, head, filed: points, head and edges of the probe; q, edges: of the reference; work: from
    workspace().
    """
    votes, roots, strength, _, first, _, _, taken, _, _ = work
    n1, n2 = len(p), len(q)
    if n1 < 4 or n2 < 4:
        return 0.0
    votes[: n1 * n2] = 0
    _vote(head, filed, edges, n2, votes)
    _roots(votes, n1 * n2, roots, strength)
    if strength[0] <= MIN_VOTE:
        return 0.0
    _columns(q, first)
    taken[: n1 * n2] = 0
    best, best_turn = 0.0, 0.0
    for r in range(ROOTS):
        if strength[r] > MIN_VOTE and not taken[roots[r]]:
            score, turn = _rigid(p, q, roots[r] // n2, roots[r] % n2, best, work)
            if score > best:
                best, best_turn = score, turn
    return _flexible(p, q, best, best_turn, work) if best > WORTH_BENDING else best


@njit(cache=True, nogil=True, fastmath=True)
def _rigid(p, q, i, j, best, work):  # type: ignore[no-untyped-def]
    """Align the probe so that i meets j, then pair and fit in rounds: (score, angle).

    The best placement so far stays in `work`.
    """
    votes, _, _, moved, first, pairs, used, taken, best_pairs, bent = work
    n1, n2 = len(p), len(q)
    moved = moved[:n1]
    turn = q[j, 2] - p[i, 2]
    cos, sin = math.cos(turn), math.sin(turn)
    x, y = q[j, 0] - (cos * p[i, 0] - sin * p[i, 1]), q[j, 1] - (sin * p[i, 0] + cos * p[i, 1])
    count, fit = 0, 0.0
    for step in range(3):
        radius, angle, needed = ROUNDS[step]
        _move(p, cos, sin, x, y, moved)
        count, fit = _pair(moved, turn, q, first, radius, angle, pairs, used)
        if count < needed:
            return 0.0, turn
        if step < 2:
            turn, cos, sin, x, y = _align(p, q, pairs, count)
    for k in range(n1):
        if pairs[k] >= 0:
            taken[k * n2 + pairs[k]] = 1
    score = _score(p, q, moved, pairs, fit, votes, n2)
    if score > best:
        best_pairs[:n1] = pairs[:n1]
        bent[:n1] = moved
    return score, turn


@njit(cache=True, nogil=True, fastmath=True)
def _flexible(p, q, best, turn, work):  # type: ignore[no-untyped-def]
    """Pair again where the skin was stretched; never lowers the score."""
    votes, _, _, moved, first, pairs, used, _, best_pairs, bent = work
    n1, n2 = len(p), len(q)
    moved[:n1] = bent[:n1]
    for step in range(STRETCHES + BENDS):
        if step < STRETCHES:
            _stretch(moved[:n1], q, best_pairs, bent)
        else:
            _bend(moved[:n1], q, best_pairs, bent)
        count, fit = _pair(bent[:n1], turn, q, first, BENT_RADIUS, BENT_ANGLE, pairs, used)
        if count < MIN_PAIRS:
            break
        best = max(best, _score(p, q, bent[:n1], pairs, fit, votes, n2))
        best_pairs[:n1] = pairs[:n1]
        if step == STRETCHES - 1:
            moved[:n1] = bent[:n1]
    return best


@njit(cache=True, nogil=True, fastmath=True)
def _stretch(moved, q, pairs, bent):  # type: ignore[no-untyped-def]
    """Fill bent: the minutiae stretched, squeezed or skewed as a whole to where their pairs lie.

    Least squares; the less the pairs spread, the less is believed of it.
    """
    n, count = len(moved), 0
    cx = cy = sx = sy = 0.0
    for k in range(n):
        j = pairs[k]
        if j >= 0:
            count += 1
            cx, cy = cx + moved[k, 0], cy + moved[k, 1]
            sx, sy = sx + q[j, 0] - moved[k, 0], sy + q[j, 1] - moved[k, 1]
    cx, cy, sx, sy = cx / count, cy / count, sx / count, sy / count
    xx, yy, xy = EXTENT, EXTENT, 0.0
    ux = uy = vx = vy = 0.0
    for k in range(n):
        j = pairs[k]
        if j >= 0:
            x, y = moved[k, 0] - cx, moved[k, 1] - cy
            u, v = q[j, 0] - moved[k, 0] - sx, q[j, 1] - moved[k, 1] - sy
            xx, yy, xy = xx + x * x, yy + y * y, xy + x * y
            ux, uy, vx, vy = ux + x * u, uy + y * u, vx + x * v, vy + y * v
    area = xx * yy - xy * xy
    along_x, across_x = (ux * yy - uy * xy) / area, (uy * xx - ux * xy) / area
    across_y, along_y = (vx * yy - vy * xy) / area, (vy * xx - vx * xy) / area
    for k in range(n):
        x, y = moved[k, 0] - cx, moved[k, 1] - cy
        bent[k, 0] = moved[k, 0] + sx + along_x * x + across_x * y
        bent[k, 1] = moved[k, 1] + sy + across_y * x + along_y * y
        bent[k, 2], bent[k, 3] = moved[k, 2], moved[k, 3]


@njit(cache=True, nogil=True, fastmath=True)
def _bend(moved, q, pairs, bent):  # type: ignore[no-untyped-def]
    """Fill bent: each minutia follows the pairs around it, but not its own."""
    n = len(moved)
    for i in range(n):
        x = y = 0.0
        total = STIFFNESS
        for k in range(n):
            j = pairs[k]
            if j < 0 or k == i:
                continue
            ex, ey = moved[k, 0] - moved[i, 0], moved[k, 1] - moved[i, 1]
            near = 1.0 / (1.0 + (ex * ex + ey * ey) * REACH)
            w = near * near
            total += w
            x += w * (q[j, 0] - moved[k, 0])
            y += w * (q[j, 1] - moved[k, 1])
        bent[i, 0] = moved[i, 0] + x / total
        bent[i, 1] = moved[i, 1] + y / total
        bent[i, 2], bent[i, 3] = moved[i, 2], moved[i, 3]


@njit(cache=True, nogil=True, fastmath=True)
def _score(p, q, moved, pairs, fit, votes, n2):  # type: ignore[no-untyped-def]
    """(weighted fit + votes of the pairs) times the fraction of both fingers that fits."""
    support = 0.0
    for i in range(len(p)):
        if pairs[i] >= 0:
            support += min(votes[i * n2 + pairs[i]], 4.0)
    share = fit / math.sqrt(_overlap(moved, len(p), q, n2) * _overlap(q, n2, moved, len(p)))
    return (1.2 * fit + support) * share


@njit(cache=True, nogil=True)
def workspace():  # type: ignore[no-untyped-def]
    """Return memory for one thread's comparisons of fingers with at most 64 minutiae."""
    cells = 64 * 64
    return (
        np.zeros(cells, np.float32),
        np.zeros(ROOTS, np.int64),
        np.zeros(ROOTS, np.float32),
        np.zeros((64, 4), np.float32),
        np.zeros(CELLS + 1, np.int64),
        np.zeros(64, np.int64),
        np.zeros(64, np.uint8),
        np.zeros(cells, np.uint8),
        np.zeros(64, np.int64),
        np.zeros((64, 4), np.float32),
    )


def match(probe: Probe, reference: Prepared) -> float:
    """Return the score of one comparison."""
    return float(
        compare(
            probe.points, probe.head, probe.edges, reference.points, reference.edges, workspace()
        )
    )


def match_all(probe: Probe, references: list[Prepared]) -> NDArray[np.float64]:
    """Return the scores against each reference, float64 (n,)."""
    work = workspace()
    return np.array(
        [
            compare(probe.points, probe.head, probe.edges, r.points, r.edges, work)
            for r in references
        ]
    )
