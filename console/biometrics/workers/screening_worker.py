"""The screening worker: `python -I -m console.biometrics.workers.screening_worker [FOLDER CHOICE]`.

Takes RGB pixels, answers with verdict, vector and perceptual hash.
"""

import sys
from pathlib import Path

import msgspec
import numpy as np

from console.biometrics.faces.detection.yunet_detector import YuNetDetector
from console.biometrics.faces.photo_screening import PhotoScreener
from console.biometrics.faces.recognition.site_models import YUNET, choices, model_file, models
from console.biometrics.faces.recognition.site_recognisers import open_recogniser
from console.biometrics.workers.framing import FrameError, read_frame, write_frame
from console.biometrics.workers.messages import FaceRequest


def _screener(arguments: list[str]) -> PhotoScreener:
    """arguments: none for the nets that ship, else (folder of the site's models, choice id)."""
    if not arguments:
        return PhotoScreener()
    folder, choice = Path(arguments[0]), arguments[1]
    detectors = [
        YuNetDetector(model_file(folder, one)) for one in models(folder) if one.kind == YUNET
    ]
    return PhotoScreener(open_recogniser(choices(folder)[choice], folder), detectors)


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    screener = _screener(sys.argv[1:])
    while True:
        try:
            header, pixels = read_frame(sys.stdin.buffer)
        except (FrameError, ValueError):
            return
        request = msgspec.json.decode(header, type=FaceRequest)
        rgb = np.frombuffer(pixels, np.uint8).reshape(request.height, request.width, 3)
        screened = screener.screen(rgb, request.profile, request.scale, request.compression)
        vector = b"" if screened.vector is None else screened.vector.tobytes()
        write_frame(sys.stdout.buffer, screened.verdict, vector, screened.perceptual_hash)


if __name__ == "__main__":
    main()
