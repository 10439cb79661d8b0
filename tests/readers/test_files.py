"""Picture files as a reader: three formats, resolution from the file, the rest refused in words."""

import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bridge.readers.files import MAX_SIDE, PictureFiles, read_picture
from bridge.readers.reader import NothingHappened, PoorImage, ReaderAbsent, ScanCancelled
from bridge.simulator.fingers import impression

SIZE = (300, 320)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif"])
def test_pictures_are_scans_with_the_resolution_they_tell(tmp_path: Path, suffix: str) -> None:
    image = impression(4, 1, SIZE)
    Image.fromarray(image).save(tmp_path / f"a{suffix}", dpi=(569, 569))
    reader = PictureFiles((tmp_path / f"a{suffix}",))
    reader.open()
    reader.wait_for_finger(1)
    scan = reader.scan()
    reader.wait_for_lift(1)
    assert np.array_equal(scan.image, image)
    assert scan.dpi == 569
    with pytest.raises(ReaderAbsent):
        reader.scan()


@pytest.mark.parametrize("bits", [10, 12, 16])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_EN6_files_of_more_than_eight_bits_show_the_same_finger(
    tmp_path: Path, suffix: str, bits: int
) -> None:
    image = impression(4, 1, SIZE)
    deep = image.astype(np.uint16) << (bits - 8)
    Image.fromarray(deep).save(tmp_path / f"a{suffix}")
    seen = read_picture(tmp_path / f"a{suffix}").image.astype(float)
    assert seen.shape == image.shape
    assert np.corrcoef(seen.ravel(), image.ravel())[0, 1] > 0.99
    assert seen.std() > 0.9 * image.std()


def test_a_file_of_real_numbers_with_holes_is_read(tmp_path: Path) -> None:
    image = impression(4, 1, SIZE).astype(np.float32) / 255
    image[:4] = np.nan
    image[4:8] = np.inf
    Image.fromarray(image).save(tmp_path / "a.tif")
    seen = read_picture(tmp_path / "a.tif").image
    assert seen[20:].std() > 40


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["png", "bmp", "tiff"]), st.data())
def test_AC6_a_damaged_file_is_read_or_refused_and_nothing_else(kind: str, data: Any) -> None:
    memory = io.BytesIO()
    Image.fromarray(impression(4, 1, SIZE)[100:180, 100:190]).save(memory, kind)
    damaged = bytearray(memory.getvalue())
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), min_size=1, max_size=8)):
        damaged[min(place, place % 300 if data.draw(st.booleans()) else place)] = data.draw(
            st.integers(0, 255)
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "finger.png"
        path.write_bytes(bytes(damaged[: data.draw(st.integers(20, len(damaged)))]))
        try:
            image = read_picture(path).image
        except PoorImage:
            return
        assert image.dtype == np.uint8
        assert max(image.shape) <= MAX_SIDE


def test_what_the_file_does_not_tell_or_tells_wrongly_can_be_set(tmp_path: Path) -> None:
    Image.fromarray(impression(4, 1, SIZE)).convert("RGB").save(tmp_path / "a.png", dpi=(72, 72))
    assert read_picture(tmp_path / "a.png").dpi == 500
    assert read_picture(tmp_path / "a.png", dpi=1000, inverted=True).dpi == 1000
    assert np.array_equal(
        read_picture(tmp_path / "a.png", inverted=True).image,
        255 - read_picture(tmp_path / "a.png").image,
    )


def test_nobody_chooses_a_file_and_waiting_is_cancelled() -> None:
    reader = PictureFiles()
    with pytest.raises(NothingHappened):
        reader.wait_for_finger(0.1)
    reader.cancel.set()
    with pytest.raises(ScanCancelled):
        reader.wait_for_finger(5)


@pytest.mark.parametrize("kind", ["missing", "text", "cut", "jpeg", "huge", "bomb"])
def test_what_is_no_usable_picture_is_refused_in_words(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "finger.png"
    if kind == "text":
        path.write_text("not a picture")
    elif kind == "cut":
        Image.fromarray(impression(4, 1, SIZE)).save(path)
        path.write_bytes(path.read_bytes()[:2000])
    elif kind == "jpeg":
        Image.fromarray(impression(4, 1, SIZE)).save(path, format="JPEG")
    elif kind == "huge":
        Image.new("L", (MAX_SIDE + 1, 300)).save(path)
    elif kind == "bomb":
        Image.new("L", (20_000, 20_000)).save(path)
    with pytest.raises(PoorImage, match=r"finger\.png"):
        read_picture(path)
