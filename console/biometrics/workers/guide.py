"""The guidance worker: `python -I -m console.biometrics.workers.guide`. A frame in, advice out; remembers the face between frames."""

import sys

import msgspec
import numpy as np

from console.biometrics.faces.live.guidance import Guide
from console.biometrics.workers.frames import FrameError, read_frame, write_frame
from console.biometrics.workers.messages import GuideRequest


def main() -> None:
    guide: Guide | None = None
    while True:
        try:
            header, pixels = read_frame(sys.stdin.buffer)
        except (FrameError, ValueError):
            return
        request = msgspec.json.decode(header, type=GuideRequest)
        if guide is None or request.fresh:
            guide = Guide(request.profile)
        rgb = np.frombuffer(pixels, np.uint8).reshape(request.height, request.width, 3)
        write_frame(sys.stdout.buffer, guide.advise(rgb, request.scale))


if __name__ == "__main__":
    main()
