"""Identification: the best match alone is never enough. P16."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from console.biometrics.faces.recognition.fmr_tables import FMR_BY_COSINE
from console.biometrics.faces.recognition.identification import IdentificationOutcome, identify
from console.biometrics.faces.recognition.vectors import DIMENSION, MODEL_ID, VectorIndex, unit

TABLE = FMR_BY_COSINE[MODEL_ID][3]
PROBE = np.eye(1, DIMENSION, dtype=np.float32)[0]


def at(cosine: float, direction: int) -> np.ndarray:
    """A unit vector with that cosine to the probe."""
    vector = np.zeros(DIMENSION, np.float32)
    vector[0], vector[direction] = cosine, np.sqrt(1 - cosine**2)
    return unit(vector)


def index_of(*cosines: float) -> VectorIndex:
    index = VectorIndex()
    index.add_references(
        (f"e{number}", at(cosine, number + 1)) for number, cosine in enumerate(cosines)
    )
    return index


def test_P16_a_clear_match_identifies() -> None:
    found = identify(index_of(0.2, 0.8, 0.3), PROBE, TABLE, 1e-5)
    assert (found.outcome, found.owner) == (IdentificationOutcome.IDENTIFIED, "e1")
    assert found.margin is not None and found.margin > 3


def test_P16_the_best_of_many_strangers_is_nobody() -> None:
    assert identify(index_of(0.5, 0.2), PROBE, TABLE, 1e-5).outcome is IdentificationOutcome.NOBODY


def test_P16_two_who_look_alike_are_told_apart_by_nothing() -> None:
    assert (
        identify(index_of(0.80, 0.79), PROBE, TABLE, 1e-5).outcome
        is IdentificationOutcome.AMBIGUOUS
    )


def test_without_references_nobody_is_found_and_one_alone_has_no_margin() -> None:
    assert identify(VectorIndex(), PROBE, TABLE, 1e-5).outcome is IdentificationOutcome.NOBODY
    assert identify(index_of(0.9), PROBE, TABLE, 1e-5).margin is None


@given(st.lists(st.floats(-0.9, 0.95), min_size=1, max_size=8), st.sampled_from([1e-3, 1e-4, 1e-5]))
def test_whoever_is_identified_is_within_the_rate_and_the_margin(
    cosines: list[float], fmr: float
) -> None:
    found = identify(index_of(*cosines), PROBE, TABLE, fmr)
    if found.outcome is IdentificationOutcome.IDENTIFIED:
        assert found.fmr <= fmr
        assert found.margin is None or found.margin >= 1
