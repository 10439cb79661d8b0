"""Picture files as a reader: three formats, resolution from the file, the rest refused in words."""

from pathlib import Path

import numpy as np
import pytest
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
