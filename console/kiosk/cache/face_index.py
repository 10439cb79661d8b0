"""The faces that a kiosk knows, as protected templates, and how probes compare with them."""

import threading
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from console.api.kiosk_link import FaceModel, Reference
from console.biometrics.faces.recognition.fmr_tables import (
    FmrTable,
    false_match_rate,
    references_of,
)
from console.biometrics.faces.recognition.identification import (
    Identification,
    IdentificationOutcome,
    identify,
)
from console.biometrics.faces.recognition.template_protection import TemplateProtection
from console.biometrics.faces.recognition.vectors import MODEL_ID, VectorIndex
from console.domain.kiosks import KioskSettings
from console.domain.login_chance import chance_of_any, face_fmr, search_chance, search_fmr
from console.domain.login_events import MatchEvidence

Vector = NDArray[np.float32]
"""(d,) float32 of length 1."""
FUSED_SHIFT = 0.03
"""Cosines of probes of three pictures are higher by so much at the same FMR (`bench faces`).

Measured on unlike photos; pictures of one moment are more alike, and shift less.
"""
PHOTOS_OF_CACHED = 3
"""The index assumes that each cached template was made of so many photos."""


class FaceIndex:
    """Holds the templates of one model. May be used from any thread; its lock is held briefly."""

    def __init__(self, model: FaceModel | None) -> None:
        self._lock = threading.Lock()
        self._model: FaceModel | None = None
        self._rotation: TemplateProtection | None = None
        self._index = VectorIndex()
        self.replace(model, ())

    @property
    def model(self) -> FaceModel | None:
        """The model of the site; None until the service has told it."""
        return self._model

    @property
    def usable(self) -> bool:
        """Whether this program has the recogniser that the site uses."""
        return self._model is not None and self._model.id == MODEL_ID

    def __len__(self) -> int:
        return len(self._index)

    def replace(self, model: FaceModel | None, faces: Iterable[tuple[str, bytes]]) -> None:
        """Starts anew with this model and these faces: (person id, float32 vector)."""
        index = VectorIndex(model.dimension) if model else VectorIndex()
        index.add_references((who, np.frombuffer(face, np.float32)) for who, face in faces)
        with self._lock:
            self._model, self._index = model, index
            self._rotation = TemplateProtection(model.rotation) if model else None

    def set_face(self, person_id: str, face: bytes) -> None:
        """Adds or replaces one face; removes it where `face` is empty."""
        with self._lock:
            if face:
                self._index.add_reference(person_id, np.frombuffer(face, np.float32))
            else:
                self._index.remove_reference(person_id)

    def protected(self, vector: Vector) -> Vector | None:
        """The protected template of a vector; None where this program cannot compare faces."""
        rotation = self._rotation
        return rotation.protect(vector) if rotation is not None and self.usable else None

    def identify(self, probe: Vector, settings: KioskSettings) -> tuple[str, MatchEvidence]:
        """Searches all cached faces: (person id or empty, what was seen).

        probe: a protected template. The chance that is told counts all people and all tries.
        """
        with self._lock:
            if self._model is None:
                return "", MatchEvidence()
            table = _for_fused(self._model.tables[references_of(PHOTOS_OF_CACHED)])
            people = len(self._index)
            limit = search_fmr(settings, people)
            found: Identification = identify(self._index, probe, table, limit)
        comparisons = people * settings.face_attempts
        evidence = MatchEvidence(
            fmr=chance_of_any(found.fmr, comparisons) if found.owner else None,
            threshold=search_chance(settings, people),
            margin=found.margin,
            ambiguous=found.outcome is IdentificationOutcome.AMBIGUOUS,
        )
        return (found.owner if found.outcome is IdentificationOutcome.IDENTIFIED else ""), evidence

    def verify(
        self, probe: Vector, reference: Reference, settings: KioskSettings
    ) -> tuple[bool, MatchEvidence]:
        """Compares a protected template with one person's reference: (match, what was seen).

        The chance that is told counts all tries.
        """
        model = self._model
        if model is None or not reference.face or not self.usable:
            return False, MatchEvidence()
        table = _for_fused(model.tables[references_of(reference.photos)])
        cosine = float(np.dot(probe, np.frombuffer(reference.face, np.float32)))
        rate, limit = false_match_rate(cosine, table), face_fmr(settings)
        return rate <= limit, MatchEvidence(
            fmr=chance_of_any(rate, settings.face_attempts),
            threshold=chance_of_any(limit, settings.face_attempts),
        )

    def same_person(self, one: Vector, other: Vector, fmr: float) -> bool:
        """Whether two protected templates of single pictures match at this false match rate."""
        model = self._model
        if model is None:
            return False
        table = tuple(model.tables[references_of(1)])
        return false_match_rate(float(np.dot(one, other)), table) <= fmr


def _for_fused(table: Iterable[tuple[float, float]]) -> FmrTable:
    """The table of a model for probes of several pictures."""
    return tuple((cosine + FUSED_SHIFT, rate) for cosine, rate in table)
