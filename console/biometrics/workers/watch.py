"""The login screen's face worker: `python -I -m console.biometrics.workers.watch`. A frame in, what is seen out."""

import sys

import cv2
import msgspec
import numpy as np

from console.biometrics.faces.live.watching import FaceWatch
from console.biometrics.workers.frames import FrameError, read_frame, write_frame
from console.biometrics.workers.messages import WatchAnswer, WatchRequest


def main() -> None:
    cv2.setNumThreads(1)
    watch = FaceWatch()
    while True:
        try:
            header, pixels = read_frame(sys.stdin.buffer)
        except (FrameError, ValueError):
            return
        request = msgspec.json.decode(header, type=WatchRequest)
        rgb = np.frombuffer(pixels, np.uint8).reshape(request.height, request.width, 3)
        sight = watch.look(rgb, request.scale)
        told = WatchAnswer(
            box=sight.box, eyes=sight.eyes, flaw=sight.flaw, yaw=sight.yaw, blink=sight.blink
        )
        write_frame(
            sys.stdout.buffer,
            told,
            b"" if sight.vector is None else sight.vector.astype(np.float32).tobytes(),
        )


if __name__ == "__main__":
    main()
