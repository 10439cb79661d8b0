"""The guidance worker: `python -I -m console.biometrics.workers.guidance_worker`.

Takes camera frames, answers with advice. It remembers the face from frame to frame.
"""

import sys

import msgspec
import numpy as np

from console.biometrics.faces.live.guidance import Guide
from console.biometrics.workers.framing import FrameError, read_frame, write_frame
from console.biometrics.workers.messages import GuideRequest


def main() -> None:
    """Answer requests until the parent closes the pipe."""
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
