"""From the bytes of a file to a screened photo, by worker processes. Blocking: call from a thread.

The workers start at the first photo: a service that screens none keeps their memory free.
"""

import os
from dataclasses import dataclass
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.quality.profiles import DEFAULT_PROFILE, PROFILES, ScreeningProfile
from console.biometrics.faces.recognition.vectors import MODEL_ID
from console.biometrics.refusals import PhotoRefused, Refusal
from console.biometrics.workers.host import WorkerDied, WorkerHost
from console.biometrics.workers.messages import Decoded, DecodeRequest, FaceRequest
from console.biometrics.workers.worker_pool import WorkerPool

DECODE_DEADLINE_S = 10.0
FACE_DEADLINE_S = 30.0
"""Seconds; includes loading the nets at the first photo on a slow disk."""
DECODES_PER_WORKER = 100
FACES_PER_WORKER = 5000
SCREENERS = min(2, os.cpu_count() or 1)
"""Judging a photo is most of the work, on one core: 20 people who hand in at once would wait for
twice as long for one process."""


@dataclass(frozen=True)
class PhotoResult:
    """A screened photo.

    jpeg: our copy, without metadata; verdict: JSON of quality.verdict.Verdict;
    vector: float32 (d,), not protected, None when no face was found;
    perceptual_hash: 32 bytes, empty when no face was found;
    model: the model id that the vector compares under.
    """

    jpeg: bytes
    verdict: bytes
    vector: NDArray[np.float32] | None
    perceptual_hash: bytes
    model: str


class _Turned(msgspec.Struct, frozen=True, kw_only=True):
    """What this needs of quality.verdict.Verdict."""

    quarter_turns: int = 0


class _Screeners:
    """The screening workers of one recogniser, and the model id of its vectors."""

    def __init__(self, recogniser: tuple[str, ...]) -> None:
        self.model = recogniser[1] if recogniser else MODEL_ID
        self.pool = WorkerPool([_screener(recogniser) for _ in range(SCREENERS)])


def _screener(recogniser: tuple[str, ...]) -> WorkerHost:
    return WorkerHost(
        "console.biometrics.workers.screening_worker",
        FACE_DEADLINE_S,
        recycle_after=FACES_PER_WORKER,
        arguments=recogniser,
    )


class PhotoPipeline:
    """One decoding worker and a few screening workers. Thread-safe."""

    def __init__(self, recogniser: tuple[str, ...] = ()) -> None:
        """recogniser: empty for the one that ships, or (folder of the site's models, choice id)."""
        self._decoder = WorkerHost(
            "console.biometrics.workers.decode_worker",
            DECODE_DEADLINE_S,
            recycle_after=DECODES_PER_WORKER,
        )
        self._screeners = _Screeners(recogniser)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def model(self) -> str:
        """The model id of the recogniser in use."""
        return self._screeners.model

    def use(self, recogniser: tuple[str, ...]) -> None:
        """Use this recogniser from the next photo on; see the constructor."""
        before, self._screeners = self._screeners, _Screeners(recogniser)
        before.pool.close()

    def close(self) -> None:
        """Stop the workers. Nothing is screened after that."""
        self._decoder.close()
        self._screeners.pool.close()

    def peak_memory_mb(self) -> float:
        """Return the most memory of the workers together, MB."""
        return self._decoder.peak_memory_mb() + self._screeners.pool.peak_memory_mb()

    def screen(
        self, data: bytes, profile: ScreeningProfile = PROFILES[DEFAULT_PROFILE]
    ) -> PhotoResult:
        """Decode, judge and embed one photo. data: the bytes of a file.

        Raises PhotoRefused; WorkerDied when a screening worker fails or the recogniser is changed.
        """
        decoded, jpeg, pixels = self._decode(DecodeRequest(), data)
        request = FaceRequest(
            width=decoded.width,
            height=decoded.height,
            scale=decoded.scale,
            compression=decoded.compression,
            profile=profile,
        )
        screeners = self._screeners  # once: another thread may change the recogniser meanwhile
        verdict, vector, perceptual_hash = screeners.pool.call(request, pixels)
        turns = msgspec.json.decode(verdict, type=_Turned).quarter_turns
        if turns:  # a photo that lay on its side is kept as it was judged: upright
            jpeg = self._decode(DecodeRequest(quarter_turns=turns), data)[1]
        return PhotoResult(
            jpeg=jpeg,
            verdict=verdict,
            vector=np.frombuffer(vector, np.float32) if vector else None,
            perceptual_hash=perceptual_hash,
            model=screeners.model,
        )

    def terminal_copy(self, jpeg: bytes, face: tuple[float, float, float, float]) -> bytes:
        """Return a portrait crop of a stored photo, a JPEG small enough for terminals.

        face: (left, top, width, height), fractions of the picture. Raises PhotoRefused.
        """
        return self._decode(DecodeRequest(face=face), jpeg)[1]

    def _decode(self, request: DecodeRequest, data: bytes) -> tuple[Decoded, bytes, bytes]:
        try:
            header, *bodies = self._decoder.call(request, data)
        except WorkerDied as died:
            raise PhotoRefused(Refusal.TOO_HARD) from died
        decoded = msgspec.json.decode(header, type=Decoded)
        if decoded.refused is not None:
            raise PhotoRefused(decoded.refused)
        return decoded, bodies[0], bodies[1]
