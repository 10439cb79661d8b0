"""All faces in memory, turned by the site's rotation: nowhere else do templates lie in the clear. Search, chances, renewal."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.biometrics.faces.recognition.calibration import (
    FMR_BY_COSINE,
    Table,
    false_match_rate,
    references_of,
)
from console.biometrics.faces.recognition.rotation import Rotation, new_seed
from console.biometrics.faces.recognition.vectors import DIMENSION, MODEL_ID, VectorIndex
from console.service.settings import load_rotation, save_rotation
from console.store.schema import Enrolment, KnownLookalike, Photo

if TYPE_CHECKING:
    from console.service.tools import Service

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Alike:
    """Another employee and the share of different people who look this alike; twins: the site knows them to look alike."""

    employee_id: str
    chance: float
    known_lookalike: bool


class Faces:
    """May be used from any thread."""

    def __init__(self, service: "Service") -> None:
        self._service = service
        self._lock = threading.Lock()
        self._rotation: Rotation | None = None
        self._index = VectorIndex()
        self._photos: dict[str, int] = {}
        self.model = MODEL_ID
        self.tables: dict[int, Table] = FMR_BY_COSINE[MODEL_ID]
        self.dimension = DIMENSION

    def set_model(self, model: str, dimension: int, tables: dict[int, Table]) -> None:
        """Which vectors compare from the next `load` on, and by which thresholds."""
        self.model, self.dimension, self.tables = model, dimension, tables

    def load(self) -> None:
        """Reads the site's rotation, made at the first start, and opens all live templates."""
        with self._service.store.write() as session:
            seed = load_rotation(self._service.vault, session)
            if seed:
                self._rotation = Rotation(seed)
            else:
                self.renew(session)
            self._fill(session)

    def _new_rotation(self, session: Session) -> bytes:
        seed = new_seed()
        save_rotation(self._service.vault, session, seed)
        return seed

    def _fill(self, session: Session) -> None:
        index, photos = VectorIndex(self.dimension), {}
        for row in session.scalars(
            select(Enrolment).where(Enrolment.live, Enrolment.model == self.model)
        ):
            index.put(row.employee_id, self.template(session, row))
            photos[row.employee_id] = row.photos
        with self._lock:
            self._index, self._photos = index, photos

    def __len__(self) -> int:
        return len(self._index)

    # vectors at rest

    def turned(self, vector: Vector) -> Vector:
        """As vectors are kept and compared here."""
        assert self._rotation is not None
        return self._rotation.turn(vector)

    def template(self, session: Session, row: Enrolment) -> Vector:
        plain = self._service.vault.open(
            session, row.employee_id, "enrolment", row.id, "template", row.template
        )
        return np.frombuffer(plain, np.float32)

    def of_photo(self, session: Session, photo: Photo) -> Vector:
        """Of a photo that has a vector."""
        assert photo.vector is not None
        return np.frombuffer(
            self._service.vault.open(
                session, photo.employee_id, "photo", photo.id, "vector", photo.vector
            ),
            np.float32,
        )

    def renew(self, session: Session) -> int:
        """Gives the site another rotation (the first time: one) and turns all that is kept to it, in this one transaction; how many.

        Copies of the old ones compare with nothing any more. Call `load` when the transaction has ended, well or not.
        """
        old, seal = self._rotation, self._service.vault.seal
        new = Rotation(self._new_rotation(session))
        count = 0
        for row in session.scalars(select(Enrolment)):
            vector = self.template(session, row)
            plain = new.turn(old.back(vector) if old else vector).tobytes()
            row.template = seal(session, row.employee_id, "enrolment", row.id, "template", plain)
            count += 1
        for photo in session.scalars(select(Photo).where(Photo.vector.is_not(None))):
            vector = self.of_photo(session, photo)
            plain = new.turn(old.back(vector) if old else vector).tobytes()
            photo.vector = seal(session, photo.employee_id, "photo", photo.id, "vector", plain)
            count += 1
        self._rotation = new
        return count

    # comparing

    def put(self, employee_id: str, template: Vector, photos: int) -> None:
        """template: turned."""
        with self._lock:
            self._index.put(employee_id, template)
            self._photos[employee_id] = photos

    def remove(self, employee_id: str) -> None:
        with self._lock:
            self._index.remove(employee_id)
            self._photos.pop(employee_id, None)

    def chance(self, cosine: float, photos: int) -> float:
        """How often two different people reach this cosine; photos: how many made the reference."""
        return false_match_rate(cosine, self.tables[references_of(photos)])

    def nearest(
        self, session: Session, probe: Vector, employee_id: str, count: int = 1
    ) -> list[Alike]:
        """The employees who look most like the probe (turned), other than that one."""
        with self._lock:
            found = [
                (other, cosine, self._photos[other])
                for other, cosine in self._index.best(probe, count, without=employee_id)
            ]
        known_lookalike = known_lookalikes_of(session, employee_id)
        return [
            Alike(other, self.chance(cosine, photos), other in known_lookalike)
            for other, cosine, photos in found
        ]

    def pairs(self, count: int) -> tuple[list[tuple[str, str, float]], NDArray[np.float32]]:
        """The most alike pairs of enrolled people with the chance of that, and the cosines of all pairs."""
        with self._lock:
            best, cosines = self._index.pairs(count)
            photos = dict(self._photos)
        return [
            (one, other, self.chance(cosine, min(photos[one], photos[other])))
            for one, other, cosine in best
        ], cosines

    def levels(self, rates: tuple[float, ...]) -> list[tuple[float, float]]:
        """(rate, the cosine that goes with it) of references of three photos, where the table has it."""
        return [(rate, cosine) for cosine, rate in self.tables[references_of(3)] if rate in rates]


def known_lookalikes_of(session: Session, employee_id: str) -> set[str]:
    """Whom the site knows to look like this employee."""
    rows = session.scalars(
        select(KnownLookalike).where(
            (KnownLookalike.first_id == employee_id) | (KnownLookalike.second_id == employee_id)
        )
    )
    return {row.second_id if row.first_id == employee_id else row.first_id for row in rows}
