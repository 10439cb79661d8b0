"""Cameras and picture files as sources of frames. Frames are RGB uint8 (height, width, 3)."""

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
MOST_CAMERAS = 6
"""How many numbers are tried where the system does not list its cameras."""
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
    """Return the cameras of this computer.

    On Linux none is opened. Elsewhere each is opened for a moment, and OpenCV does not know names.
    """
    if sys.platform.startswith("linux"):
        return linux_cameras(Path("/sys/class/video4linux"))
    return [
        CameraInfo(number, f"Camera {number + 1}")
        for number in range(MOST_CAMERAS)
        if _answers(number)
    ]


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


def _capture(number: int) -> Any:
    """Return a cv2.VideoCapture. OpenCV is loaded late, so that windows open sooner."""
    import cv2

    return cv2.VideoCapture(number, _backend())


def _backend() -> int:
    import cv2

    return {"win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}.get(sys.platform, cv2.CAP_V4L2)


def _answers(number: int) -> bool:
    capture = _capture(number)
    opened = bool(capture.isOpened())
    capture.release()
    return opened


class CameraSource:
    """A camera of this computer."""

    def __init__(self, number: int) -> None:
        """Raises NoCamera."""
        import cv2

        self._capture = _capture(number)
        if not self._capture.isOpened():
            self._capture.release()
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
