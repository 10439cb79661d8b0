"""From pictures to minutiae and qualities: synthetic ridges; published sets where they exist."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from console.biometrics.fingers.extractor import FingerImageError, Leader, at_500_dpi, finger_box
from console.biometrics.fingers.matcher import match
from console.biometrics.fingers.minutiae import Minutiae
from console.biometrics.fingers.prepared import as_probe, prepare
from console.biometrics.fingers.quality import (
    ACCEPT,
    HINTS,
    WARN,
    QualityReason,
    ScanQuality,
    full_quality,
    quick_quality,
)
from tests.biometrics.prints import SHARED, ridge_image


@pytest.fixture(scope="module")
def leader() -> Leader:
    return Leader()


def compare(a: Minutiae, b: Minutiae) -> float:
    return match(as_probe(prepare(a)), prepare(b))


def rotated(image: np.ndarray, degrees: float) -> np.ndarray:
    middle = (image.shape[1] / 2, image.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(middle, degrees, 1.0)
    return cv2.warpAffine(image, turn, image.shape[::-1], flags=cv2.INTER_CUBIC, borderValue=250)


def test_minutiae_are_found_and_lie_on_the_finger(leader: Leader) -> None:
    image = ridge_image()
    found = leader(image)
    assert 10 <= len(found) <= 90
    assert found.x.min() >= 0
    assert found.y.max() < image.shape[0]
    assert set(found.kind.tolist()) <= {1, 2}


@pytest.mark.parametrize("degrees", [20, -35, 90])
def test_turning_the_image_turns_the_minutiae_a_wrong_sign_would_show(
    leader: Leader, degrees: float
) -> None:
    image = ridge_image(3, (352, 352))
    plain, turned, stranger = (
        leader(image),
        leader(rotated(image, degrees)),
        leader(ridge_image(9, (352, 352))),
    )
    assert compare(plain, turned) > 3 * max(compare(plain, stranger), 3.0)


def test_other_resolutions_are_brought_to_500_dpi(leader: Leader) -> None:
    image = ridge_image(3)
    large = cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    assert at_500_dpi(large, 1000).shape == image.shape
    assert compare(leader(image), leader(large, 1000)) > 3 * compare(
        leader(image), leader(ridge_image(8))
    )


def test_the_finger_is_cut_out_of_an_empty_ground(leader: Leader) -> None:
    image = ridge_image(3)
    wide = np.full((600, 700), 250, np.uint8)
    wide[200:520, 300:588] = image
    top, left, height, width = finger_box(wide)
    assert top <= 210
    assert left <= 310
    assert height * width < 0.5 * wide.size
    plain, shifted = leader(image), leader(wide)
    assert compare(plain, shifted) > 0.5 * compare(plain, plain)
    assert shifted.x.min() >= 290


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((10, 10), np.uint8),
        np.zeros((100, 100, 3), np.uint8),
        np.zeros((100, 100), np.float32),
        np.zeros((2000, 300), np.uint8),
    ],
)
def test_what_is_no_fingerprint_image_is_refused(leader: Leader, image: np.ndarray) -> None:
    with pytest.raises(FingerImageError):
        leader(image)


@pytest.mark.parametrize("dpi", [0, 50, 5000])
def test_impossible_resolutions_are_refused(leader: Leader, dpi: int) -> None:
    with pytest.raises(FingerImageError, match="dpi"):
        leader(ridge_image(), dpi)


@pytest.mark.parametrize(("size", "dpi"), [((1600, 1600), 100), ((64, 64), 2000), ((64, 900), 250)])
def test_AC6_a_resolution_that_does_not_fit_the_picture_takes_no_memory(
    leader: Leader, size: tuple[int, int], dpi: int
) -> None:
    with pytest.raises(FingerImageError, match="resolution"):
        leader(np.zeros(size, np.uint8), dpi)


@pytest.mark.parametrize("size", [(64, 64), (64, 1600), (65, 127)])
def test_AC6_pictures_of_any_shape_and_content_are_judged(
    leader: Leader, size: tuple[int, int]
) -> None:
    dice = np.random.default_rng(3)
    for image in (np.zeros(size), np.full(size, 255.0), dice.integers(0, 256, size) * 1.0):
        assert 0 <= quality(leader, image.astype(np.uint8)).value <= 100


# quality


def quality(leader: Leader, image: np.ndarray) -> ScanQuality:
    return full_quality(image, leader(image))


def test_a_good_scan_is_accepted_without_a_word(leader: Leader) -> None:
    good = quality(leader, ridge_image(size=(360, 300)))
    assert good.value >= ACCEPT
    assert (good.reason, good.hint) == (QualityReason.NONE, "")


def upper_part(image: np.ndarray) -> np.ndarray:
    return np.where(np.arange(image.shape[0])[:, None] < 90, image, 250).astype(np.uint8)


def noise(image: np.ndarray) -> np.ndarray:
    return np.random.default_rng(1).integers(60, 230, image.shape).astype(np.uint8)


def broken(image: np.ndarray) -> np.ndarray:
    """Ridges of dry skin: they touch the glass only here and there."""
    speckle = cv2.resize(
        np.random.default_rng(5).random((image.shape[0] // 4, image.shape[1] // 4)),
        image.shape[::-1],
    )
    pale = image.astype(float) + (255 - image.astype(float)) * 0.3
    return np.where(speckle > 0.45, 255, pale).astype(np.uint8)


def soaked(image: np.ndarray) -> np.ndarray:
    """Ridges of wet skin: they run together."""
    return (cv2.erode(image, np.ones((7, 7))) * 0.7).astype(np.uint8)


@pytest.mark.parametrize(
    ("spoil", "reasons"),
    [
        (lambda i: np.full_like(i, 250), {QualityReason.NO_FINGER}),
        (upper_part, {QualityReason.PARTIAL, QualityReason.OFF_CENTRE}),
        (soaked, {QualityReason.TOO_WET}),
        (broken, {QualityReason.TOO_DRY}),
        (noise, {QualityReason.SMUDGED, QualityReason.PARTIAL}),
    ],
    ids=["empty", "partial", "wet", "dry", "noise"],
)
def test_a_bad_scan_says_why_and_what_to_do(
    leader: Leader, spoil, reasons: set[QualityReason]
) -> None:
    bad = quality(leader, spoil(ridge_image(size=(360, 300))))
    assert bad.value < ACCEPT, bad
    assert bad.reason in reasons, bad
    assert bad.hint == HINTS[bad.reason] != ""


def with_margins(image: np.ndarray) -> np.ndarray:
    return cv2.copyMakeBorder(image, 40, 90, 120, 30, cv2.BORDER_CONSTANT, value=250)


@pytest.mark.parametrize(
    ("reader", "dpi"),
    [
        (lambda i: (i * 0.2 + 150).astype(np.uint8), 500),
        (lambda i: (i * 0.1 + 20).astype(np.uint8), 500),
        (lambda i: (255 * (i / 255) ** 2).astype(np.uint8), 500),
        (lambda i: (255 * (i / 255) ** 0.5).astype(np.uint8), 500),
        (lambda i: 255 - i, 500),
        (with_margins, 500),
        (lambda i: cv2.resize(i, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), 1000),
        (lambda i: cv2.resize(i, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA), 300),
    ],
    ids=["faint", "very faint", "dark", "pale", "inverted", "margins", "1000 dpi", "300 dpi"],
)
def test_EN6_quality_describes_the_finger_and_not_the_reader(leader: Leader, reader, dpi) -> None:
    """What a reader does to all fingers alike neither fails an enrolment nor names a reason."""
    finger = ridge_image(size=(360, 300))
    seen = at_500_dpi(reader(finger).astype(np.uint8), dpi)
    full, quick = quality(leader, seen), quick_quality(seen)
    assert full.value == pytest.approx(quality(leader, finger).value, abs=12)
    assert quick.value == pytest.approx(quick_quality(finger).value, abs=12)
    assert full.reason == quick.reason == QualityReason.NONE


@pytest.mark.parametrize("gain", [1.0, 0.3])
def test_EN6_a_finger_at_the_edge_is_told_from_a_fingertip(gain: float) -> None:
    finger = ridge_image(size=(360, 300))
    ground = np.full_like(finger, 250)
    edge = ground.copy()
    edge[:, :110] = finger[:, 190:]
    rows, columns = np.mgrid[:360, :300]
    tip = np.where(np.hypot(rows - 180, columns - 150) < 65, finger, ground)
    assert quick_quality((edge * gain).astype(np.uint8)).reason is QualityReason.OFF_CENTRE
    assert quick_quality((tip * gain).astype(np.uint8)).reason is QualityReason.PARTIAL


def test_EN6_a_wet_finger_that_is_cut_off_at_an_edge_is_wet_and_not_off_the_centre() -> None:
    finger = ridge_image(size=(360, 300))
    rows, columns = np.mgrid[:360, :300]
    rim = np.hypot((rows - 180) / 166, (columns - 150) / 132)
    flooded = np.where(rim < 0.8, 62, np.where(rim < 1, cv2.erode(finger, np.ones((5, 5))), 250))
    assert quick_quality(flooded[:260].astype(np.uint8)).reason is QualityReason.TOO_WET


def test_an_empty_glass_is_no_finger_however_sensitive_the_reader() -> None:
    for grain in (0, 2, 6):
        glass = np.random.default_rng(2).normal(190, grain, (360, 300)).clip(0, 255)
        assert quick_quality(glass.astype(np.uint8)).reason is QualityReason.NO_FINGER


def published_print(finger: int, number: int) -> NDArray[np.uint8]:
    path = SHARED / f"fvc2002/DB1_B/{100 + finger}_{number}.png"
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    return image.astype(np.uint8)


@pytest.mark.skipif(
    not SHARED.exists(), reason="the published sets of prints may not be part of this repository"
)
def test_on_a_published_set_the_same_finger_wins_and_quality_tells_good_from_bad(
    leader: Leader,
) -> None:
    images = {(f, k): published_print(f, k) for f in (1, 2, 3, 4) for k in (1, 2)}
    found = {key: leader(image) for key, image in images.items()}
    for finger in (1, 2, 3, 4):
        same = compare(found[finger, 1], found[finger, 2])
        others = [
            compare(found[finger, 1], found[other, 2]) for other in (1, 2, 3, 4) if other != finger
        ]
        assert same > 2 * max(others)
    assert all(full_quality(image, found[key]).value >= WARN for key, image in images.items())
