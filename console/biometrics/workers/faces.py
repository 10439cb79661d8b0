"""The face worker: `python -I -m console.biometrics.workers.faces`. Arrays in, verdict and vector out."""

import sys
from pathlib import Path

import msgspec
import numpy as np

from console.biometrics.faces.detection.second_detector import YuNetDetector
from console.biometrics.faces.quality.screening import FaceScreener
from console.biometrics.faces.recognition.second_opinion import open_recogniser
from console.biometrics.faces.recognition.site_models import YUNET, choices, model_file, models
from console.biometrics.workers.frames import FrameError, read_frame, write_frame
from console.biometrics.workers.messages import FaceRequest


def _screener(arguments: list[str]) -> FaceScreener:
    """arguments: none for what ships alone; else the folder of the site's models and the id of the chosen recogniser."""
    if not arguments:
        return FaceScreener()
    folder, choice = Path(arguments[0]), arguments[1]
    detectors = [
        YuNetDetector(model_file(folder, one)) for one in models(folder) if one.kind == YUNET
    ]
    return FaceScreener(open_recogniser(choices(folder)[choice], folder), detectors)


def main() -> None:
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
