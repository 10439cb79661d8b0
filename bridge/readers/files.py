"""Pictures of fingers from disk as a reader: PNG, BMP or TIFF."""

import queue
import threading
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bridge.readers.reader import (
    FingerScan,
    NothingHappened,
    PoorImage,
    Progress,
    ReaderAbsent,
    ReaderInfo,
    ScanCancelled,
    no_progress,
)
from bridge.wording import worded

FORMATS = ("PNG", "BMP", "TIFF")
SUFFIXES = (".png", ".bmp", ".tif", ".tiff")
MAX_BYTES = 20 * 1024 * 1024
MAX_SIDE = 1600
"""Pixels of a side; no reader gives more."""
DEEP = ("I", "F")
"""Pillow's modes with 16 or 32 bits a pixel begin so."""
DPI = 500
"""Dots per inch if the file does not say."""


class PictureFiles:
    """A reader whose finger is the next file that is offered.

    dpi: 0 takes what the file says. inverted: ridges are light in the files.
    """

    def __init__(self, paths: tuple[Path, ...] = (), dpi: int = 0, inverted: bool = False) -> None:
        self.cancel = threading.Event()
        self._dpi, self._inverted = dpi, inverted
        self._offered: queue.Queue[Path] = queue.Queue()
        self._lying: Path | None = None
        for path in paths:
            self.offer(path)

    def offer(self, path: Path) -> None:
        """Offer a file as the next finger. From any thread."""
        self._offered.put(path)

    def open(self) -> None:
        """There is nothing to open."""

    def info(self) -> ReaderInfo:
        """One picture for each finger."""
        return ReaderInfo("Picture files", live=False)

    def wait_for_finger(self, timeout_s: float) -> None:
        """Wait for a file. Raises NothingHappened, ScanCancelled."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.cancel.is_set():
                raise ScanCancelled("Stopped.")
            try:
                self._lying = self._offered.get(timeout=0.05)
                return
            except queue.Empty:
                continue
        raise NothingHappened(worded("No file was chosen."))

    def scan(self, progress: Progress = no_progress) -> FingerScan:
        """Read the file. Raises PoorImage, ReaderAbsent."""
        if self._lying is None:
            raise ReaderAbsent(worded("No file was chosen."))
        return read_picture(self._lying, self._dpi, self._inverted)

    def wait_for_lift(self, timeout_s: float) -> None:
        """Return at once: a file lifts itself."""
        self._lying = None

    def close(self) -> None:
        """There is nothing to close."""


def read_picture(path: Path, dpi: int = 0, inverted: bool = False) -> FingerScan:
    """Read a picture file. dpi: 0 takes what the file says. Raises PoorImage."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PoorImage(worded("{name} is larger than a fingerprint can be.", name=path.name))
        with Image.open(path, formats=FORMATS) as picture:
            if max(picture.size) > MAX_SIDE:
                raise PoorImage(
                    worded(
                        "{name} has {width} × {height} pixels; "
                        "at most {max_side} a side can be used.",
                        name=path.name,
                        width=picture.width,
                        height=picture.height,
                        max_side=MAX_SIDE,
                    )
                )
            stated = picture.info.get("dpi", (0, 0))[0]
            image = _grey(picture)
    except PoorImage:
        raise
    except Exception as error:  # a hostile file makes Pillow raise whatever its decoder meets
        raise PoorImage(
            worded(
                "{name} is not a picture that can be read. Use PNG, BMP or TIFF.", name=path.name
            )
        ) from error
    found = dpi or (round(float(stated)) if 250 <= float(stated) <= 1500 else DPI)
    return FingerScan(255 - image if inverted else image, found)


def _grey(picture: Image.Image) -> NDArray[np.uint8]:
    """uint8 (height, width). Pictures of more than 8 bits are stretched to what they use of them.

    Pillow's own conversion would make everything above 255 white.
    """
    if not picture.mode.startswith(DEEP):
        return np.asarray(picture.convert("L"), np.uint8)
    deep = np.nan_to_num(np.asarray(picture, np.float64), posinf=0.0, neginf=0.0)
    low, high = np.percentile(deep, (0.1, 99.9))
    stretched = np.clip((deep - low) * (255 / max(high - low, 1e-9)), 0, 255)
    return np.asarray(stretched, np.uint8)
