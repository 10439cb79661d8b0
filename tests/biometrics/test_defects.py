"""Drawn defects on a photo are named by the right gate; the photo itself passes. N1, T11."""

import numpy as np
import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from console.bench.defect_canvas import Sitter
from console.bench.defects import Defect
from console.bench.field_defects import ALL_DEFECTS
from console.bench.screening_quality import TRIED
from console.biometrics.faces.detection.face_finder import FaceFinder
from console.biometrics.faces.detection.landmarks import LocatedFace
from console.biometrics.faces.photo_screening import PhotoScreener
from console.biometrics.faces.quality.motion_blur import anisotropy, directional_spectrum
from console.biometrics.faces.quality.skin_colour import colour_error
from console.biometrics.faces.quality.verdict import Verdict
from console.biometrics.images import decode_photo, jpeg_quality
from console.demo.photos import PHOTO, PORTRAIT
from console.domain.screening import GateOutcome

REVIEWED = {"hand_on_mouth", "hand_on_eye", "hand_on_cheek", "object", "mask"}


@pytest.fixture(scope="module")
def screener() -> PhotoScreener:
    return PhotoScreener()


@pytest.fixture(scope="module")
def portrait() -> tuple[np.ndarray, LocatedFace]:
    rgb = np.asarray(
        Image.open(PHOTO).convert("RGB").crop(PORTRAIT).resize((480, 600), Image.Resampling.LANCZOS)
    )
    return rgb, FaceFinder().find(rgb)[0]


def screened(screener: PhotoScreener, drawn: np.ndarray | bytes) -> Verdict:
    if isinstance(drawn, bytes):
        photo = decode_photo(drawn)
        return screener.screen(photo.rgb, TRIED, photo.scale, photo.compression).verdict
    return screener.screen(np.ascontiguousarray(drawn), TRIED).verdict


def not_passed(verdict: Verdict) -> set[str]:
    return {gate.gate for gate in verdict.gates if gate.outcome is not GateOutcome.PASS}


def test_the_good_photo_is_not_suspected_of_anything_new(
    screener: PhotoScreener, portrait: tuple[np.ndarray, LocatedFace]
) -> None:
    assert not not_passed(screened(screener, portrait[0])) & {
        "covered",
        "motion",
        "colour",
        "compression",
        "even_light",
        "eyes_open",
    }


@pytest.mark.parametrize("way", [0, 1])
@pytest.mark.parametrize("defect", ALL_DEFECTS, ids=lambda defect: defect.name)
def test_a_severe_defect_is_named_by_the_right_gate(
    screener: PhotoScreener, portrait: tuple[np.ndarray, LocatedFace], defect: Defect, way: int
) -> None:
    rgb, found = portrait
    verdict = screened(
        screener, defect.draw(Sitter(rgb, found.mesh, np.random.default_rng(way), 2, way))
    )
    assert defect.gates & not_passed(verdict), not_passed(verdict)


@pytest.mark.parametrize("name", sorted(REVIEWED))
def test_something_before_the_face_goes_to_review_and_is_shown_where(
    screener: PhotoScreener, portrait: tuple[np.ndarray, LocatedFace], name: str
) -> None:
    rgb, found = portrait
    defect = next(one for one in ALL_DEFECTS if one.name == name)
    verdict = screened(
        screener, defect.draw(Sitter(rgb, found.mesh, np.random.default_rng(3), 1, 0))
    )
    covered = [gate for gate in verdict.gates if gate.gate == "covered"]
    assert all(gate.outcome is not GateOutcome.REJECT for gate in covered)
    assert all(gate.region is not None for gate in covered if gate.outcome is GateOutcome.WARN)
    if any(gate.outcome is GateOutcome.WARN for gate in covered):
        assert not not_passed(verdict) & {"eyes_open", "mouth", "motion"}, (
            "a covered face has no expression"
        )


def test_motion_is_told_from_a_lens_that_is_out_of_focus(
    portrait: tuple[np.ndarray, LocatedFace],
) -> None:
    rgb, found = portrait
    by_name = {defect.name: defect for defect in ALL_DEFECTS}
    sitter = Sitter(rgb, found.mesh, np.random.default_rng(5), 2, 0)
    smeared, soft = by_name["motion"].draw(sitter), by_name["defocus"].draw(sitter)
    assert isinstance(smeared, np.ndarray)
    assert isinstance(soft, np.ndarray)
    assert anisotropy(directional_spectrum(smeared, found.mesh)) > 3.0
    assert anisotropy(directional_spectrum(soft, found.mesh)) < 2.6


def test_a_grey_picture_has_no_skin_colour(portrait: tuple[np.ndarray, LocatedFace]) -> None:
    rgb, found = portrait
    grey = np.repeat(rgb.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    assert colour_error(rgb, found.mesh) == 0
    assert colour_error(grey, found.mesh) == 90


@pytest.mark.parametrize("quality", [50, 75, 90])
def test_the_jpeg_quality_is_read_from_the_file(quality: int, tmp_path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (200, 200), "grey").save(path, quality=quality)
    opened = Image.open(path)
    assert isinstance(opened, JpegImageFile)
    assert jpeg_quality(opened.quantization) == pytest.approx(quality, abs=1.5)
    assert decode_photo(path.read_bytes()).compression == pytest.approx(quality, abs=1.5)
    assert jpeg_quality(None) == 100


def test_a_face_that_fills_the_picture_is_found_and_said_to_be_too_close(
    screener: PhotoScreener, portrait: tuple[np.ndarray, LocatedFace]
) -> None:
    rgb, found = portrait
    left, top, right, bottom = (int(value) for value in found.mesh.bounds)
    verdict = screened(screener, rgb[top:bottom, left:right])
    assert "in_frame" in not_passed(verdict)
    assert "one_face" not in not_passed(verdict)
