"""Made-up fingers for tests: random minutiae as dense as real ones, and pictures of ridges."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from console.biometrics.fingers.minutiae import TAU, Minutiae, minutiae, rotated

SHARED = Path(__file__).parents[3] / "shared/data/fingers"


def made_up_finger(seed: int, count: int = 40) -> Minutiae:
    """A finger nobody has: minutiae some ridges apart, with directions that follow a flow."""
    dice = np.random.default_rng(seed)
    points: list[tuple[float, float]] = []
    while len(points) < count:
        x, y = dice.uniform(20, 280), dice.uniform(20, 360)
        if all((x - a) ** 2 + (y - b) ** 2 > 14**2 for a, b in points):
            points.append((x, y))
    x, y = np.array(points).T
    flow = np.arctan2(y - 190, x - 150) + np.pi / 2 + dice.normal(0, 0.25, count)
    angle = flow + np.pi * dice.integers(0, 2, count)
    return minutiae(
        x, y, angle, dice.integers(1, 3, count), dice.integers(55, 100, count), (300, 380)
    )


def another_print(
    finger: Minutiae, seed: int, jitter: float = 1.5, lost: int = 6, added: int = 4
) -> Minutiae:
    """The same finger laid down again: rotated, moved, distorted, minutiae lost and added."""
    dice = np.random.default_rng(seed)
    kept = np.sort(dice.permutation(len(finger))[: len(finger) - lost])
    base = rotated(
        finger.select(kept), dice.uniform(-0.5, 0.5), (dice.uniform(-25, 25), dice.uniform(-25, 25))
    )
    x = np.concatenate([base.x + dice.normal(0, jitter, len(base)), dice.uniform(20, 280, added)])
    y = np.concatenate([base.y + dice.normal(0, jitter, len(base)), dice.uniform(20, 360, added)])
    angle = np.concatenate(
        [base.angle + dice.normal(0, 0.06, len(base)), dice.uniform(0, TAU, added)]
    )
    kind = np.concatenate([base.kind, dice.integers(1, 3, added)])
    quality = np.concatenate([base.quality, dice.integers(55, 70, added)])
    return minutiae(x, y, angle, kind, quality, (300, 380))


def ridge_image(
    seed: int = 1, size: tuple[int, int] = (320, 288), contrast: float = 90.0
) -> NDArray[np.uint8]:
    """A whorl of ridges on light ground, with faults that make minutiae. size: rows, columns."""
    dice = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float64)
    cy, cx = size[0] / 2, size[1] / 2
    phase = np.hypot((rows - cy) * 0.8, columns - cx) * TAU / 9.0
    for _ in range(24):
        y, x = dice.uniform(40, size[0] - 40), dice.uniform(40, size[1] - 40)
        phase += dice.choice([-1, 1]) * np.arctan2(rows - y, columns - x)
    ridges = 150 + contrast * np.cos(phase)
    inside = ((rows - cy) / (size[0] * 0.46)) ** 2 + ((columns - cx) / (size[1] * 0.44)) ** 2 < 1
    image = np.where(inside, ridges, 250) + dice.normal(0, 4, size)
    return np.clip(image, 0, 255).astype(np.uint8)
