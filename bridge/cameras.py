"""Cameras and picture files as sources of frames. Frames are RGB uint8 (height, width, 3)."""

import os
import re
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.wording import worded

Frame = NDArray[np.uint8]
DIRECT_SHOW, MEDIA_FOUNDATION, VIDEO_FOR_LINUX = 700, 1400, 200
"""OpenCV's numbers for the ways to a camera (cv2.CAP_DSHOW, CAP_MSMF, CAP_V4L2)."""
Openings = list[tuple[int, int]]
WIDTH, HEIGHT = 1280, 720
"""Pixels that are asked for; a camera gives what it can."""
MISSES = 15
"""Reads without a frame, one after the other, after which a camera counts as gone."""


class CameraError(Exception):
    """There are no frames; the text tells the operator what to do."""


class NoCamera(CameraError):
    """The camera is missing, or another program holds it."""


class CameraGone(CameraError):
    """The camera was there and gives no more frames."""


class FrameSource(Protocol):
    """A source of frames. It is open when it is made, and one thread reads it."""

    def read(self) -> Frame:
        """Wait for the next frame and return it. Raises CameraGone."""
        ...

    def close(self) -> None:
        """Release the camera; never fails."""
        ...


@dataclass(frozen=True)
class CameraInfo:
    """A camera of this computer. number: for `CameraSource`."""

    number: int
    name: str


def cameras() -> list[CameraInfo]:
    """Return the cameras of this computer; none is opened."""
    if sys.platform == "win32":
        return windows_cameras()
    return linux_cameras(Path("/sys/class/video4linux"))


def linux_cameras(folder: Path) -> list[CameraInfo]:
    """List the nodes with index 0: only the first node of a camera gives pictures."""
    found = []
    for node in sorted(folder.glob("video*")) if folder.is_dir() else []:
        number = re.fullmatch(r"video(\d+)", node.name)
        index = (node / "index").read_text("ascii").strip() if (node / "index").is_file() else "0"
        if number is not None and index == "0":
            name = (
                (node / "name").read_text("utf-8", "replace").strip()
                if (node / "name").is_file()
                else node.name
            )
            found.append(CameraInfo(int(number[1]), name))
    return found


def windows_cameras() -> list[CameraInfo]:
    """List the cameras of Windows by their numbers in DirectShow."""
    return [CameraInfo(number, name) for number, name in _listed(DIRECT_SHOW)]


def _listed(backend: int) -> list[tuple[int, str]]:
    if sys.platform != "win32":
        return []
    from cv2_enumerate_cameras import enumerate_cameras

    return [(camera.index, camera.name) for camera in enumerate_cameras(backend)]


def windows_openings(number: int, names: Sequence[str], media_names: Sequence[str]) -> Openings:
    """Return the ways to open a camera, the best first: (number, backend of OpenCV).

    names, media_names: of the cameras in DirectShow and in Media Foundation, by number. DirectShow
    opens at once what Media Foundation opens in seconds, but not every camera has it.
    """
    ways = [(number, DIRECT_SHOW)]
    name = names[number] if number < len(names) else None
    if name is not None and media_names.count(name) == names.count(name):
        same = [place for place, other in enumerate(media_names) if other == name]
        ways.append((same[list(names[:number]).count(name)], MEDIA_FOUNDATION))
    return ways


def _openings(number: int) -> Openings:
    if sys.platform != "win32":
        return [(number, VIDEO_FOR_LINUX)]
    names, media_names = (
        [name for _, name in _listed(backend)] for backend in (DIRECT_SHOW, MEDIA_FOUNDATION)
    )
    return windows_openings(number, names, media_names)


def _opened(number: int) -> Any:
    """Return a cv2.VideoCapture, or None. OpenCV is loaded late, so that windows open sooner."""
    os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")  # minutes to open
    import cv2

    for place, backend in _openings(number):
        capture = cv2.VideoCapture(place, backend)
        if capture.isOpened():
            return capture
        capture.release()
    return None


class CameraSource:
    """A camera of this computer."""

    def __init__(self, number: int) -> None:
        """Raises NoCamera."""
        import cv2

        self._capture = _opened(number)
        if self._capture is None:
            raise NoCamera(
                worded(
                    "The camera cannot be opened. Plug it in, and close other programs that use it."
                )
            )
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # a live view must not show old frames

    def read(self) -> Frame:
        """Return the next frame."""
        for _ in range(MISSES):
            good, frame = self._capture.read()
            if good and frame is not None and frame.ndim == 3:
                return np.ascontiguousarray(frame[:, :, ::-1], np.uint8)
        raise CameraGone(worded("The camera gives no picture any more. Is it still plugged in?"))

    def close(self) -> None:
        """Release the camera."""
        self._capture.release()


class PictureSource:
    """Pictures as a camera: each is shown for some frames, then the next, in an endless loop."""

    def __init__(
        self, pictures: Sequence[Frame], frames_each: int = 30, frame_s: float = 1 / 30
    ) -> None:
        """Raises NoCamera if there are no pictures. frame_s: seconds between two frames."""
        self._pictures = list(pictures)
        if not self._pictures:
            raise NoCamera(worded("None of these files is a picture. Choose JPEG or PNG files."))
        self._each, self._pause = frames_each, frame_s
        self._shown = 0
        self._closed = threading.Event()

    def read(self) -> Frame:
        """Return a copy of the current picture after frame_s seconds."""
        if self._closed.wait(self._pause):
            raise CameraGone(worded("The pictures are closed."))
        picture = self._pictures[self._shown // self._each % len(self._pictures)]
        self._shown += 1
        return picture.copy()

    def close(self) -> None:
        """End a `read` that waits."""
        self._closed.set()


def picture_files(
    paths: Sequence[Path], frames_each: int = 30, frame_s: float = 1 / 30
) -> PictureSource:
    """Return picture files as a camera; other files are left out. Raises NoCamera."""
    return PictureSource(
        [picture for path in paths if (picture := read_picture(path)) is not None],
        frames_each,
        frame_s,
    )


def read_picture(path: Path) -> Frame | None:
    """Return a picture file as a frame, None if it is not a picture."""
    import cv2

    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError:
        return None
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    return None if picture is None else np.ascontiguousarray(picture[:, :, ::-1], np.uint8)
