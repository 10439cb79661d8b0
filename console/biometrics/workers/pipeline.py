"""From the bytes of a file to a judged photo, by way of the two workers. Blocking; call it from a thread."""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from console.biometrics.faces.quality.profiles import DEFAULT_PROFILE, PROFILES, Profile
from console.biometrics.faces.recognition.vectors import MODEL_ID
from console.biometrics.refusals import PhotoRefused, Refusal
from console.biometrics.workers.host import WorkerDied, WorkerHost
from console.biometrics.workers.messages import Decoded, DecodeRequest, FaceRequest

DECODE_DEADLINE_S = 10.0
FACE_DEADLINE_S = 30.0
"""Seconds; includes loading the nets at the first photo on a slow disk."""
DECODES_PER_WORKER = 100
FACES_PER_WORKER = 5000


@dataclass(frozen=True)
class PhotoResult:
    """jpeg: the copy to keep; verdict: JSON of faces.screening.Verdict; vector: float32 or None when no face was found;
    looks: see faces.photo_sets.looks; model: the id that the vector compares under."""

    jpeg: bytes
    verdict: bytes
    vector: NDArray[np.float32] | None
    perceptual_hash: bytes
    model: str


class PhotoPipeline:
    """One decoding worker and one face worker. recogniser: the folder of the site's models and the id of a choice, if not the shipped."""

    def __init__(self, recogniser: tuple[str, ...] = ()) -> None:
        self._decoder = WorkerHost(
            "console.biometrics.workers.decode", DECODE_DEADLINE_S, DECODES_PER_WORKER
        )
        self._faces = self._face_worker(recogniser)
        self.model = recogniser[1] if recogniser else MODEL_ID

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @staticmethod
    def _face_worker(recogniser: tuple[str, ...]) -> WorkerHost:
        return WorkerHost(
            "console.biometrics.workers.faces",
            FACE_DEADLINE_S,
            FACES_PER_WORKER,
            arguments=recogniser,
        )

    def use(self, recogniser: tuple[str, ...]) -> None:
        """From the next photo on, this recogniser."""
        before, self._faces = self._faces, self._face_worker(recogniser)
        self.model = recogniser[1] if recogniser else MODEL_ID
        before.close()

    def start(self) -> None:
        """Starts both workers ahead of the first photo."""
        self._decoder.start()
        self._faces.start()

    def close(self) -> None:
        self._decoder.close()
        self._faces.close()

    def peak_memory_mb(self) -> float:
        """Of both workers together."""
        return self._decoder.peak_memory_mb() + self._faces.peak_memory_mb()

    def screen(self, data: bytes, profile: Profile = PROFILES[DEFAULT_PROFILE]) -> PhotoResult:
        """Decodes, judges and embeds one photo. Raises PhotoRefused; WorkerDied when the face worker fails."""
        decoded, jpeg, pixels = self._decode(DecodeRequest(), data)
        request = FaceRequest(
            width=decoded.width,
            height=decoded.height,
            scale=decoded.scale,
            compression=decoded.compression,
            profile=profile,
        )
        worker, model = (
            self._faces,
            self.model,
        )  # both at once: another thread may change the recogniser meanwhile
        verdict, vector, perceptual_hash = worker.call(request, pixels)
        return PhotoResult(
            jpeg,
            verdict,
            np.frombuffer(vector, np.float32) if vector else None,
            perceptual_hash,
            model,
        )

    def terminal_copy(self, jpeg: bytes, face: tuple[float, float, float, float]) -> bytes:
        """A portrait crop of a kept photo, small enough for terminals. face: left, top, width, height in shares."""
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
