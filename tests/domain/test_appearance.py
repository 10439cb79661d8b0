"""CO19: the sizes of the text, one step after the other."""

import pytest

from console.domain.appearance import TextSize


def test_each_step_is_the_next_size_and_the_ends_are_kept() -> None:
    sizes = [TextSize.NORMAL]
    for _ in range(5):
        sizes.append(sizes[-1].stepped(1))
    assert sizes == [100, 115, 130, 150, 150, 150]
    assert TextSize.NORMAL.stepped(-1) is TextSize.NORMAL
    assert TextSize.LARGEST.stepped(-1) is TextSize.LARGER


@pytest.mark.parametrize(("size", "scale"), [(TextSize.NORMAL, 1.0), (TextSize.LARGEST, 1.5)])
def test_lengths_grow_as_much_as_the_text(size: TextSize, scale: float) -> None:
    assert size.scale == scale
