"""Damage inside a JPEG: a decoder fills in what it cannot read, and nobody sees half a grey face.

libjpeg only writes a line to the error output of the process; Pillow throws it away, OpenCV does
not. So this process's error output is listened to.
"""

import os
import re
import sys

import numpy as np

MAX_STRAY_BYTES = 64
"""Cameras leave a few bytes between the picture and its end mark; a broken picture leaves more."""
NOTE_BYTES = 4096
_STRAY = re.compile(rb"(\d+) extraneous bytes before marker")


class DamageListener:
    """Hears what libjpeg says. One per process, made before anything else loads OpenCV."""

    def __init__(self) -> None:
        """Take the error output of this process; Python's own goes on where it went before."""
        self._ear, mouth = os.pipe()
        os.set_blocking(self._ear, False)
        sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
        os.dup2(mouth, 2)
        os.close(mouth)
        import cv2  # only now: a C library may look up the error output once, when it is loaded

        cv2.setNumThreads(1)
        self._decode, self._small_grey = cv2.imdecode, cv2.IMREAD_REDUCED_GRAYSCALE_8

    def is_damaged(self, jpeg: bytes) -> bool:
        """Return whether libjpeg had to fill in or skip something. Any bytes may be given.

        A single changed bit may leave a picture that can be read and looks wrong: that is not seen.
        """
        if not jpeg.startswith(b"\xff\xd8"):
            return False
        self._heard()
        self._decode(np.frombuffer(jpeg, np.uint8), self._small_grey)
        heard = self._heard()
        if b"Corrupt JPEG data" not in heard:
            return False
        stray = _STRAY.search(heard)
        return stray is None or int(stray[1]) > MAX_STRAY_BYTES

    def _heard(self) -> bytes:
        try:
            return os.read(self._ear, NOTE_BYTES)
        except BlockingIOError:
            return b""
