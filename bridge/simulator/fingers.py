"""Made-up fingers for the simulated readers, after the idea of SFinGe (R. Cappelli).

Ridges grow from noise along a flow with cores and deltas; they belong to nobody. The same seed is
the same finger; each impression lies a little differently.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Field = NDArray[np.float64]
SIDE = 400
"""Pixels of the whole fingertip's square, at 500 dpi."""
PERIODS = (8.0, 10.5)
"""Pixels from ridge to ridge, differing from finger to finger."""
BLUR = 3.6
DIRECTIONS = 24
GROWTH = 14
"""Rounds of filtering until the ridges are complete."""
GROUND = 246


class Condition(StrEnum):
    """How a finger is put down."""

    GOOD = "good"
    DRY = "dry"
    WET = "wet"
    PARTIAL = "partial"
    OFF_CENTRE = "off_centre"


@dataclass(frozen=True)
class _Lie:
    """How a finger lies: turned (radians), moved (pixels), and how the skin is pulled (pixels)."""

    turn: float
    x: float
    y: float
    pull: float


def impression(
    finger: int, number: int, size: tuple[int, int], condition: Condition = Condition.GOOD
) -> Image:
    """Return what a reader sees: uint8 of `size` (rows, columns), dark ridges on light ground.

    finger: the seed. number: which time the finger is put down.
    """
    dice = np.random.default_rng([finger, number, list(Condition).index(condition)])
    lie = _Lie(dice.normal(0, 0.12), dice.normal(0, 9), dice.normal(0, 9), dice.normal(0, 1.5))
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float64)
    y, x = rows - size[0] / 2 - lie.y, columns - size[1] / 2 - lie.x
    if condition is Condition.OFF_CENTRE:
        y, x = y - size[0] * 0.3, x + size[1] * 0.38
    if condition is Condition.PARTIAL:
        y = y + size[0] * 0.1
    radius = np.hypot(y / 165, x / 118)
    cos, sin = np.cos(lie.turn), np.sin(lie.turn)
    bend = lie.pull * np.sin(y / 60) + 0.5 * lie.pull * np.cos(x / 45)
    ridges = _sampled(
        _master(finger), SIDE / 2 + sin * x + cos * y + bend, SIDE / 2 + cos * x - sin * y + bend
    )
    return _pressed(ridges, radius, condition, dice)


def _pressed(
    ridges: Field, radius: Field, condition: Condition, dice: np.random.Generator
) -> Image:
    """Draw ridges by the skin's moisture, fading towards the rim of the contact."""
    touch = np.clip((1.0 - radius + 0.05 * _noise(ridges.shape, 14, dice)) * 9, 0, 1)
    if condition is Condition.PARTIAL:  # the tip alone: a small patch, and not at the edge
        touch *= np.clip((0.5 - radius) * 9, 0, 1)
    moisture = 0.15 * _noise(ridges.shape, 30, dice)
    if condition is Condition.DRY:
        patchy = np.clip(1.6 * _noise(ridges.shape, 2.2, dice) + 0.15, 0, 1)
        ink = np.clip(ridges * 2 - 0.9, 0, 1) * patchy * 0.7
    elif condition is Condition.WET:
        ink = np.clip(ridges * 0.9 + 1.5 + 0.45 * _noise(ridges.shape, 8, dice), 0, 1)
    else:
        ink = np.clip(0.5 + 0.62 * ridges + moisture, 0, 1)
    picture = GROUND - 205 * ink * touch + dice.normal(0, 4, ridges.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


@lru_cache(maxsize=32)
def _master(finger: int) -> Field:
    """Return the whole fingertip: -1 (valley) to 1 (ridge)."""
    dice = np.random.default_rng(finger)
    period = dice.uniform(*PERIODS)
    bins = np.floor(_flow(dice) / np.pi * DIRECTIONS + 0.5).astype(np.int64) % DIRECTIONS
    shape = (SIDE, SIDE)
    filters = [np.fft.rfft2(_wave(direction, period), shape) for direction in range(DIRECTIONS)]
    ridges = dice.normal(0, 1, shape)
    for _ in range(GROWTH):
        spectrum = np.fft.rfft2(ridges)
        grown = np.zeros(shape)
        for direction, one in enumerate(filters):
            here = bins == direction
            grown[here] = np.fft.irfft2(spectrum * one, shape)[here]
        ridges = np.tanh(2.5 * grown / grown.std())
    return ridges


def _flow(dice: np.random.Generator) -> Field:
    """Return the directions of the ridges, 0 to pi.

    Cores and deltas make loops and whorls (zero-pole model of B. Sherlock and D. Monro).
    """
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float64)
    place = (columns - SIDE / 2) + 1j * (SIDE / 2 - rows)
    side, shift = dice.choice([-1, 1]), complex(*dice.normal(0, 16, 2))
    width, height = dice.normal(95, 14), dice.normal(105, 14)
    if dice.random() < 0.35:
        apart = dice.uniform(10, 36)
        cores, deltas = (
            [shift + 1j * apart, shift - 1j * apart],
            [shift - width - 1j * height, shift + width - 0.9j * height],
        )
    else:
        cores, deltas = [shift + 12j], [shift + side * width - 1j * height]
    angle = sum(np.angle(place - core) for core in cores) - sum(
        np.angle(place - delta) for delta in deltas
    )
    return np.asarray((angle / 2 + 0.15 * _noise((SIDE, SIDE), 45, dice)) % np.pi)


def _wave(direction: int, period: float) -> Field:
    """Return a patch of ridges in one of the directions, wrapped round the origin."""
    offset = np.fft.fftfreq(SIDE, 1 / SIDE)
    y, x = offset[:, None], offset[None, :]
    along = direction * np.pi / DIRECTIONS
    across = x * np.sin(along) + y * np.cos(along)
    wave = np.exp(-(x**2 + y**2) / (2 * BLUR**2)) * np.cos(2 * np.pi * across / period)
    return np.asarray(wave - wave.mean())


def _noise(shape: tuple[int, ...], grain: float, dice: np.random.Generator) -> Field:
    """Return smooth noise with standard deviation 1; grain in pixels."""
    fy, fx = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :]
    smooth = np.exp(-2 * (np.pi * grain) ** 2 * (fy**2 + fx**2))
    noise = np.fft.irfft2(np.fft.rfft2(dice.normal(0, 1, shape)) * smooth, shape)
    return np.asarray(noise / noise.std())


def _sampled(source: Field, rows: Field, columns: Field) -> Field:
    """Return bilinear samples; beyond the edge, the edge is repeated."""
    y, x = np.clip(rows, 0, SIDE - 1.001), np.clip(columns, 0, SIDE - 1.001)
    top, left = y.astype(np.int64), x.astype(np.int64)
    dy, dx = y - top, x - left
    upper = source[top, left] * (1 - dx) + source[top, left + 1] * dx
    lower = source[top + 1, left] * (1 - dx) + source[top + 1, left + 1] * dx
    return np.asarray(upper * (1 - dy) + lower * dy)
