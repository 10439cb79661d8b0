"""Vectors: templates of several photos, search, and the chance behind a score."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from console.biometrics.faces.photo_screening import PhotoScreener
from console.biometrics.faces.quality.profiles import FINGERTEC
from console.biometrics.faces.recognition.fmr_tables import (
    DUPLICATE_FMR,
    FMR_BY_COSINE,
    false_match_rate,
    make_table,
    references_of,
)
from console.biometrics.faces.recognition.vectors import (
    DIMENSION,
    MODEL_ID,
    VectorIndex,
    fuse,
    unit,
)
from console.demo.photos import good_photos

SHIPPED = FMR_BY_COSINE[MODEL_ID]


def random_unit(seed: int) -> np.ndarray:
    return unit(np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32))


@given(st.floats(-1, 1), st.floats(-1, 1), st.sampled_from([1, 2, 3, 5]))
def test_a_higher_score_is_never_more_likely_by_chance(
    one: float, other: float, photos: int
) -> None:
    low, high = sorted((one, other))
    table = SHIPPED[references_of(photos)]
    assert 1e-6 <= false_match_rate(high, table) <= false_match_rate(low, table) <= 1


def test_chances_are_those_that_were_measured() -> None:
    assert false_match_rate(0.550, SHIPPED[1]) == pytest.approx(1e-4)
    assert false_match_rate(0.564, SHIPPED[3]) == pytest.approx(1e-4)
    assert false_match_rate(0.564, SHIPPED[3]) == pytest.approx(DUPLICATE_FMR)


def test_a_table_is_made_from_scores_of_different_people_and_claims_no_more_than_they_show() -> (
    None
):
    scores = np.random.default_rng(1).normal(0, 0.1, 100_000)
    table = make_table(scores)
    assert [rate for _, rate in table] == [
        0.5,
        0.05,
        1e-2,
        1e-3,
        1e-4,
    ]  # ten scores beyond 1e-4, one beyond 1e-5
    for level, rate in table:
        assert (scores >= level).mean() == pytest.approx(rate, rel=0.2)
    with pytest.raises(ValueError, match="too few"):
        make_table(scores[:15])


def test_a_template_is_the_mean_of_unit_vectors() -> None:
    one, other = random_unit(1), random_unit(2)
    template = fuse([one * 7, other])
    assert np.allclose(template, unit(one + other), atol=1e-6)
    assert np.linalg.norm(template) == pytest.approx(1, abs=1e-6)
    with pytest.raises(ValueError, match="at least one"):
        fuse([])


def test_search_finds_the_nearest_other_person() -> None:
    index = VectorIndex()
    assert index.nearest(random_unit(0)) is None
    for seed in range(200):
        index.add_reference(f"p{seed}", random_unit(seed))
    first = index.nearest(random_unit(17))
    assert first is not None
    assert first[0] == "p17"
    assert first[1] == pytest.approx(1, abs=1e-5)
    second = index.nearest(random_unit(17), without="p17")
    assert second is not None
    assert second[0] != "p17"
    index.remove_reference("p17")
    assert index.nearest(random_unit(17)) == second


def test_photos_of_one_person_are_far_more_alike_than_chance() -> None:
    screener = PhotoScreener()
    vectors = [
        screener.screen(np.asarray(Image.open(io.BytesIO(photo)).convert("RGB")), FINGERTEC).vector
        for photo in good_photos()
    ]
    first, _, third = vectors
    assert first is not None and third is not None
    assert false_match_rate(float(np.dot(first, third)), SHIPPED[1]) <= 1e-5


def test_different_people_score_low_and_the_same_high(shared) -> None:
    """55 photos of five people: every genuine pair scores above the typical impostor pair."""
    screener = PhotoScreener()
    people: dict[str, list[np.ndarray]] = {}
    for path in sorted((shared / "faces" / "dlib-faces" / "johns").rglob("*.jpg"))[::3]:
        vector = screener.screen(np.asarray(Image.open(path).convert("RGB")), FINGERTEC).vector
        if vector is not None:
            people.setdefault(path.parent.name, []).append(vector)
    assert len(people) == 5
    genuine = [
        float(a @ b) for one in people.values() for i, a in enumerate(one) for b in one[i + 1 :]
    ]
    impostor = [
        float(a @ b)
        for x, one in people.items()
        for y, other in people.items()
        if x < y
        for a in one
        for b in other
    ]
    assert np.median(genuine) > 0.55
    assert np.percentile(impostor, 95) < 0.47
    assert np.percentile(genuine, 10) > np.percentile(impostor, 95)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 9)), max_size=60))
def test_an_index_after_any_changes_finds_what_a_new_one_finds(
    changes: list[tuple[str, int]],
) -> None:
    """An odd number removes the owner, an even one gives them a template."""
    index = VectorIndex()
    kept: dict[str, np.ndarray] = {}
    for owner, seed in changes:
        if seed % 2:
            index.remove_reference(owner)
            kept.pop(owner, None)
        else:
            kept[owner] = random_unit(seed * 8 + ord(owner))
            index.add_reference(owner, kept[owner])
    assert len(index) == len(kept)
    probe = random_unit(999)
    expected = sorted(kept, key=lambda owner: -float(kept[owner] @ probe))
    assert [owner for owner, _ in index.most_similar(probe, 8)] == expected
    assert [owner for owner, _ in index.most_similar(probe, 8, without="a")] == [
        owner for owner in expected if owner != "a"
    ]
