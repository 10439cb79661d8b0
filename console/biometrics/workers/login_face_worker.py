"""The login screen's face worker: `python -I -m console.biometrics.workers.login_face_worker`.

Takes camera frames, answers with what each shows.
"""

import sys

import cv2
import msgspec
import numpy as np

from console.biometrics.faces.live.login_frames import LoginFaceAnalyser
from console.biometrics.workers.framing import FrameError, read_frame, write_frame
from console.biometrics.workers.messages import WatchAnswer, WatchRequest


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    cv2.setNumThreads(1)
    analyser = LoginFaceAnalyser()
    while True:
        try:
            header, pixels = read_frame(sys.stdin.buffer)
        except (FrameError, ValueError):
            return
        request = msgspec.json.decode(header, type=WatchRequest)
        rgb = np.frombuffer(pixels, np.uint8).reshape(request.height, request.width, 3)
        result = analyser.analyse_frame(rgb, request.scale)
        answer = WatchAnswer(
            box=result.box,
            eyes=result.eyes,
            flaw=result.flaw,
            yaw=result.yaw,
            blink=result.blink,
        )
        vector = b"" if result.vector is None else result.vector.astype(np.float32).tobytes()
        write_frame(sys.stdout.buffer, answer, vector)


if __name__ == "__main__":
    main()
