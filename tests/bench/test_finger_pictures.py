"""Rules for several pictures of a finger: which score decides a try. EN5, EN6."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.bench.finger_pictures import best_of_each

SCORES = st.lists(st.tuples(*[st.floats(0, 200)] * 3), min_size=1, max_size=20)


@given(SCORES)
def test_EN6_a_mean_never_reaches_what_no_picture_reaches(scores: list[tuple[float, ...]]) -> None:
    best = best_of_each(np.array(scores))
    assert (best["mean"] <= best["any"] + 1e-9).all(), "so beside single pictures it finds nobody"
    assert best["either"] == pytest.approx(best["any"])
    assert (best["mean"] >= best["one"]).all(), "the first picture decides by itself"


@pytest.mark.parametrize(
    ("pictures", "mean"),
    [((12.0, 0.0, 0.0), 12.0), ((4.0, 12.0, 0.0), 8.0), ((0.0, 6.0, 12.0), 6.0)],
)
def test_after_each_picture_the_mean_of_all_so_far_decides(
    pictures: tuple[float, ...], mean: float
) -> None:
    best = best_of_each(np.array([pictures]))
    assert (best["mean"][0], best["any"][0], best["one"][0]) == (mean, 12.0, pictures[0])
