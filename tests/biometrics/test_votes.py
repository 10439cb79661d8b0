"""Issue 19, search: the quick votes are those of their definition, for any edges."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from console.biometrics.fingers import votes as votes_module
from console.biometrics.fingers.minutiae import MAX_MINUTIAE
from console.biometrics.fingers.prepared import (
    ANGLE_TOLERANCE,
    LENGTH_TOLERANCE,
    LENGTH_TOLERANCE_SHIFT,
    NEIGHBOURS,
    Prepared,
    as_probe,
    prepare,
)
from console.biometrics.fingers.search import FingerGallery
from console.biometrics.fingers.votes import NOISE, VOTERS, count_votes, vote_tables
from tests.biometrics.prints import another_print, made_up_finger

Edges = NDArray[np.uint8]


def votes_by_definition(probe: Edges, reference: Edges, minutiae: int) -> float:
    """One edge after the other: what each minutia of the reference has for its best partner."""
    total, seen = 0, dict.fromkeys(reference[:, 0].tolist(), 0)
    partners: dict[tuple[int, int], int] = {}
    for start, _, length, first, second in reference.astype(int).tolist():
        seen[start] += 1
        if seen[start] > VOTERS:
            continue
        for own, _, other, a, b in probe.astype(int).tolist():
            apart = (
                abs((a - first + 128) % 256 - 128),
                abs((b - second + 128) % 256 - 128),
            )
            longer = abs(other - length)
            tolerance = LENGTH_TOLERANCE + (length >> LENGTH_TOLERANCE_SHIFT)
            if longer <= tolerance and max(apart) <= ANGLE_TOLERANCE:
                vote = 16 - (sum(apart) >> 1) - (longer >> 1)
                partners[start, own] = partners.get((start, own), 0) + vote
    for minutia in seen:
        best = max((votes for (start, _), votes in partners.items() if start == minutia), default=0)
        total += max(best - NOISE, 0)
    return total / math.sqrt(minutiae)


def votes(probe: Prepared, *references: Prepared) -> list[float]:
    gallery = FingerGallery(threads=1)
    for number, reference in enumerate(references):
        gallery.add_reference(number, reference)
    return [float(one) for one in gallery.votes(as_probe(probe))]


def with_edges(edges: Edges) -> Prepared:
    """A finger with these edges, those of each minutia together."""
    return Prepared(np.zeros((64, 4), np.float32), edges[np.argsort(edges[:, 0], kind="stable")])


def test_the_votes_of_fingers_are_those_of_the_definition() -> None:
    probe = prepare(made_up_finger(1))
    references = [prepare(another_print(made_up_finger(n), 7)) for n in (1, 1, 2, 3)]
    assert np.allclose(
        votes(probe, *references),
        [votes_by_definition(probe.edges, one.edges, len(one)) for one in references],
    )


narrow = st.integers(0, 9).map(lambda n: (n - 4) % 256)
"""Near a whole turn, so that many edges agree and both ends of the table are used."""
edges_of_anybody = st.integers(0, 384).flatmap(
    lambda count: st.one_of(
        arrays(np.uint8, (count, 5), elements=st.integers(0, 63)),
        arrays(np.uint8, (count, 5), elements=narrow).map(
            lambda edges: edges % [64, 64, 256, 256, 256]
        ),
    )
)


@settings(max_examples=40, deadline=None)
@given(edges_of_anybody, edges_of_anybody)
def test_no_edges_whatever_make_other_votes(probe: Edges, reference: Edges) -> None:
    """Also those of a hostile template, which may all have the same direction."""
    one, other = with_edges(probe.astype(np.uint8)), with_edges(reference.astype(np.uint8))
    assert np.allclose(votes(one, other), votes_by_definition(one.edges, other.edges, 64))


def _trailing_zeros(bits: np.uint64) -> int:
    return (int(bits) & -int(bits)).bit_length() - 1


def test_a_removed_finger_has_no_votes_outside_their_arrays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its edges are blank: all are the same and come from one minutia, which has no end of votes.

    Compiled code would write past the end of an array; the same code as plain Python raises.
    """
    most = MAX_MINUTIAE * NEIGHBOURS
    probe = as_probe(with_edges(np.zeros((most, 5), np.uint8)))
    edges = np.full((20, 5), 9, np.uint8)
    edges[:, 0] = np.arange(20)
    gallery = FingerGallery(threads=1)
    gallery.add_reference("removed", with_edges(edges))
    gallery.remove_references("removed")
    tables, out = vote_tables(probe.own), np.zeros(1, np.float32)
    blank = gallery._voters
    monkeypatch.setattr(votes_module, "trailing_zeros", _trailing_zeros)
    count_votes.py_func(
        tables.filed,
        tables.length,
        tables.first,
        tables.second,
        tables.begin,
        tables.end,
        blank.rows.reshape(-1),
        blank.start,
        gallery._points.sizes,
        0,
        1,
        out,
    )
    assert len(blank.rows) * most > 4096, "more than may be noted"
    assert np.allclose(out, gallery.votes(probe))
