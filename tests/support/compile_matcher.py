"""Compiles the finger matcher once: `python -m tests.support.compile_matcher`.

Numba compiles at the first use in a fresh checkout and keeps the result beside the module. On a
slow computer that takes longer than a client waits for an answer.
"""

from bridge.simulator.fingers import impression
from console.biometrics.workers.finger_pipeline import FingerPipeline, GreyPicture

SIZE = (290, 384)
"""Rows and columns of a picture."""
OTHER, OWN = 2, 1
"""Made-up fingers."""


def picture(finger: int, number: int) -> GreyPicture:
    """What a reader sees when the finger is put down for this time."""
    return GreyPicture(impression(finger, number, SIZE).tobytes(), SIZE[1], SIZE[0], 500)


def main() -> None:
    """Does with the real worker what a desk does: scans, a search for duplicates, a test."""
    with FingerPipeline(lambda: iter(())) as pipeline:
        templates: dict[int, list[bytes]] = {OTHER: [], OWN: []}
        for finger, scans in templates.items():
            for number in range(1, 4):
                shown = picture(finger, number)
                pipeline.assess_picture(shown)
                scans.append(pipeline.assess_scan(shown, scans, number - 1)[1])
            pipeline.add_finger(f"{finger}:1", scans)
        pipeline.duplicates("3:1", templates[OWN])
        pipeline.identify(picture(OWN, 4))


if __name__ == "__main__":
    main()
