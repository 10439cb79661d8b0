"""Cameras and picture files as one source of frames. Pictures are RGB uint8 (height, width, 3)."""

import re
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
MOST_CAMERAS = 6
"""Numbers that are tried where the system does not list its cameras."""
WIDTH, HEIGHT = 1280, 720
"""Asked for; a camera gives what it can."""
MISSES = 15
"""Reads in a row without a frame, after which a camera counts as gone."""


class CameraError(Exception):
    """No frames can be had; the text says what to do."""


class NoCamera(CameraError):
    """It is not there, or somebody else holds it."""


class CameraGone(CameraError):
    """It was there and gives no frames any more."""


class FrameSource(Protocol):
    """Opened by who makes it, read by one thread."""

    def read(self) -> Frame:
        """The next frame; waits for it. Raises CameraGone."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class CameraInfo:
    number: int
    name: str


def cameras() -> list[CameraInfo]:
    """The cameras of this computer. On Linux without opening any; elsewhere their names are not known to OpenCV."""
    if sys.platform.startswith("linux"):
        return _of_linux(Path("/sys/class/video4linux"))
    return [
        CameraInfo(number, f"Camera {number + 1}")
        for number in range(MOST_CAMERAS)
        if _answers(number)
    ]


def _of_linux(folder: Path) -> list[CameraInfo]:
    """Of the nodes of one camera only the first gives pictures; it has index 0."""
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
    """A cv2.VideoCapture. OpenCV is only loaded here: windows that can take photos, and mostly do not, start sooner."""
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
                "The camera cannot be opened. Plug it in, and close other programs that use it."
            )
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
        self._capture.set(
            cv2.CAP_PROP_BUFFERSIZE, 1
        )  # old frames are of no use to who looks at himself

    def read(self) -> Frame:
        for _ in range(MISSES):
            good, frame = self._capture.read()
            if good and frame is not None and frame.ndim == 3:
                return np.ascontiguousarray(frame[:, :, ::-1], np.uint8)
        raise CameraGone("The camera gives no picture any more. Is it still plugged in?")

    def close(self) -> None:
        self._capture.release()


class PictureSource:
    """Pictures as a camera: each is shown for some frames, then the next, and so round again."""

    def __init__(
        self, pictures: Sequence[Frame], frames_each: int = 30, frame_s: float = 1 / 30
    ) -> None:
        """Raises NoCamera when there are none."""
        self._pictures = list(pictures)
        if not self._pictures:
            raise NoCamera("None of these files is a picture. Choose JPEG or PNG files.")
        self._each, self._pause = frames_each, frame_s
        self._shown = 0
        self._closed = threading.Event()

    def read(self) -> Frame:
        if self._closed.wait(self._pause):
            raise CameraGone("The pictures are closed.")
        picture = self._pictures[self._shown // self._each % len(self._pictures)]
        self._shown += 1
        return picture.copy()

    def close(self) -> None:
        self._closed.set()


def picture_files(
    paths: Sequence[Path], frames_each: int = 30, frame_s: float = 1 / 30
) -> PictureSource:
    """Picture files as a camera; what is no picture is left out. Raises NoCamera."""
    return PictureSource(
        [picture for path in paths if (picture := read_picture(path)) is not None],
        frames_each,
        frame_s,
    )


def read_picture(path: Path) -> Frame | None:
    """A picture file as a frame; None for what is none."""
    import cv2

    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError:
        return None
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    return None if picture is None else np.ascontiguousarray(picture[:, :, ::-1], np.uint8)
