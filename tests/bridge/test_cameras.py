"""Cameras: pictures as a camera, what is no camera, and the list of those there are."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from bridge import cameras
from bridge.cameras import CameraGone, CameraSource, NoCamera, PictureSource, picture_files


def picture(path: Path, colour: tuple[int, int, int]) -> Path:
    """A file of one colour (RGB)."""
    cv2.imwrite(str(path), np.full((48, 64, 3), colour[::-1], np.uint8))
    return path


def test_picture_files_come_one_after_the_other_and_round_again(tmp_path: Path) -> None:
    files = [
        picture(tmp_path / "red.png", (255, 0, 0)),
        picture(tmp_path / "blue.png", (0, 0, 255)),
    ]
    source = picture_files(files, frames_each=2, frame_s=0)
    seen = [tuple(source.read()[0, 0].tolist()) for _ in range(6)]
    assert seen == [(255, 0, 0), (255, 0, 0), (0, 0, 255), (0, 0, 255), (255, 0, 0), (255, 0, 0)]


def test_who_draws_on_a_frame_does_not_change_the_next(tmp_path: Path) -> None:
    source = PictureSource([np.zeros((4, 4, 3), np.uint8)], frame_s=0)
    source.read()[:] = 255
    assert not source.read().any()


def test_files_that_are_no_pictures_are_no_camera(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(NoCamera, match="None of these files"):
        picture_files([tmp_path / "notes.txt", tmp_path / "empty.jpg", tmp_path / "gone.png"])


def test_a_closed_source_gives_no_frames() -> None:
    source = PictureSource([np.zeros((4, 4, 3), np.uint8)])
    source.close()
    with pytest.raises(CameraGone):
        source.read()


def test_a_camera_that_is_not_there_says_what_to_do() -> None:
    with pytest.raises(NoCamera, match="Plug it in"):
        CameraSource(63)


@pytest.mark.windows
def test_this_computers_cameras_are_listed_without_opening_one() -> None:
    found = cameras.cameras()
    assert [one.number for one in found] == sorted({one.number for one in found})
    assert all(one.name for one in found)


def test_opencv_calls_the_ways_to_a_camera_by_these_numbers() -> None:
    assert cameras.DIRECT_SHOW == cv2.CAP_DSHOW
    assert cameras.MEDIA_FOUNDATION == cv2.CAP_MSMF
    assert cameras.VIDEO_FOR_LINUX == cv2.CAP_V4L2


@pytest.mark.parametrize(
    ("number", "names", "media_names", "second"),
    [
        (0, ["Front", "Desk"], ["Desk", "Front"], 1),
        (1, ["OBS", "Desk"], ["Desk"], 0),
        (2, ["Desk", "OBS", "Desk"], ["Desk", "Desk"], 1),
        (0, ["OBS", "Desk"], ["Desk"], None),
        (0, ["Desk", "Desk"], ["Desk"], None),
        (3, ["Desk"], ["Desk"], None),
    ],
)
def test_a_camera_that_directshow_cannot_open_is_found_by_its_name(
    number: int, names: list[str], media_names: list[str], second: int | None
) -> None:
    """Never another camera: where two cannot be told apart, the second way is none."""
    ways = cameras.windows_openings(number, names, media_names)
    assert ways[0] == (number, cv2.CAP_DSHOW)
    assert ways[1:] == ([] if second is None else [(second, cv2.CAP_MSMF)])


def test_linux_cameras_are_listed_by_name_without_opening_them(tmp_path: Path) -> None:
    for node, index, name in (
        ("video0", "0", "Front Camera"),
        ("video1", "1", "Front Camera"),
        ("video2", "0", "Desk Camera"),
    ):
        (tmp_path / node).mkdir()
        (tmp_path / node / "index").write_text(index)
        (tmp_path / node / "name").write_text(f"{name}\n")
    found = cameras.linux_cameras(tmp_path)
    assert [(one.number, one.name) for one in found] == [(0, "Front Camera"), (2, "Desk Camera")]
    assert cameras.linux_cameras(tmp_path / "nothing") == []
