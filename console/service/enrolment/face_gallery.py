"""All approved faces in memory, protected by the site's rotation: search, rates and renewal.

Nowhere else do templates lie in the clear. Rows are the truth; memory is switched only after a
commit.
"""

import threading
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, update

from console.biometrics.faces.recognition.fmr_tables import (
    FMR_BY_COSINE,
    FmrTable,
    false_match_rate,
    references_of,
)
from console.biometrics.faces.recognition.template_protection import TemplateProtection, new_seed
from console.biometrics.faces.recognition.vectors import DIMENSION, MODEL_ID, VectorIndex
from console.service.settings import ROTATION, load_rotation, save_rotation
from console.store.database import Store
from console.store.queries.id_photos import read_id_photos_again
from console.store.schema import Enrolment, Photo, Setting
from console.store.unit_of_work import SYSTEM, ReadTx, Tx
from console.store.vault import version_of

MODEL_KEY = "face_model"
"""The setting that names the recogniser in use."""
Vector = NDArray[np.float32]


@dataclass(frozen=True)
class RecogniserTables:
    """What makes the vectors, and its tables of false match rates by photos in the reference."""

    model: str
    dimension: int
    tables: dict[int, FmrTable]


SHIPPED_RECOGNISER = RecogniserTables(MODEL_ID, DIMENSION, FMR_BY_COSINE[MODEL_ID])
Generation = tuple[str, str]
"""(the sealed rotation, the recogniser) that stored vectors belong to; others do not compare."""


@dataclass(frozen=True)
class SimilarPerson:
    """Another employee, and the share of different people who look this similar to a probe."""

    employee_id: str
    fmr: float


@dataclass(frozen=True)
class _Memory:
    """Everything that belongs together. It is replaced as a whole."""

    recogniser: RecogniserTables
    generation: Generation = ("", "")
    rotation: TemplateProtection | None = None
    index: VectorIndex = field(default_factory=VectorIndex)
    photos: dict[str, int] = field(default_factory=dict)


@dataclass
class _Renewed:
    """What a renewal is about to write: sealed values by row id."""

    enrolments: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """With the version of the template that it was made from."""
    photos: dict[str, bytes] = field(default_factory=dict)


def generation_of(tx: ReadTx) -> Generation:
    """What the stored vectors belong to."""
    rotation, model = tx.get(Setting, ROTATION), tx.get(Setting, MODEL_KEY)
    return rotation.value["sealed"] if rotation else "", model.value["id"] if model else MODEL_ID


def open_photo_vector(tx: ReadTx, photo: Photo) -> Vector:
    """The protected vector of a photo that has one."""
    assert photo.vector is not None
    return np.frombuffer(
        tx.open(photo.employee_id, "photo", photo.id, "vector", photo.vector), np.float32
    )


def seal_photo_vector(tx: ReadTx, employee_id: str, photo_id: str, vector: Vector) -> bytes:
    """vector: protected. In a reading transaction the person must have a key already."""
    plain = vector.astype(np.float32).tobytes()
    return tx.vault.seal(tx.session, employee_id, "photo", photo_id, "vector", plain)


def open_template(tx: ReadTx, employee_id: str, enrolment_id: str, sealed: bytes) -> Vector:
    """The protected template of an enrolment."""
    return np.frombuffer(
        tx.open(employee_id, "enrolment", enrolment_id, "template", sealed), np.float32
    )


def seal_template(tx: ReadTx, employee_id: str, enrolment_id: str, template: Vector) -> bytes:
    """template: protected. In a reading transaction the person must have a key already."""
    plain = template.astype(np.float32).tobytes()
    return tx.vault.seal(tx.session, employee_id, "enrolment", enrolment_id, "template", plain)


class FaceGallery:
    """May be used from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._memory = _Memory(SHIPPED_RECOGNISER)
        self._lock = threading.Lock()
        """Guards the index of the present memory."""
        self._loading = threading.Lock()
        """Held while memory is brought up to the rows, so that no approval is lost on the way."""
        self._renewing = threading.Lock()

    @property
    def model(self) -> str:
        """The id that vectors of the recogniser in use carry."""
        return self._memory.recogniser.model

    @property
    def dimension(self) -> int:
        """The length of its vectors."""
        return self._memory.recogniser.dimension

    @property
    def tables(self) -> dict[int, FmrTable]:
        """Its false match rates, by photos in the reference."""
        return self._memory.recogniser.tables

    def __len__(self) -> int:
        return len(self._memory.index)

    # memory and rows

    def load(self, recogniser: RecogniserTables | None = None) -> None:
        """Opens all live templates, of another recogniser if one is given.

        The first time it makes the site's rotation.
        """
        with self._store.read() as tx:
            first = not load_rotation(tx)
        if first:
            self._renew(SYSTEM)
        with self._loading:
            self._memory = self._read(recogniser or self._memory.recogniser)

    def _read(self, recogniser: RecogniserTables) -> _Memory:
        index, photos = VectorIndex(recogniser.dimension), {}
        query = select(
            Enrolment.id, Enrolment.employee_id, Enrolment.template, Enrolment.photos
        ).where(Enrolment.live, Enrolment.model == recogniser.model)
        with self._store.read() as tx:
            generation, rotation = generation_of(tx), TemplateProtection(load_rotation(tx))
            tx.load_keys()
            for row_id, employee_id, sealed, count in tx.execute(query):
                index.add_reference(employee_id, open_template(tx, employee_id, row_id, sealed))
                photos[employee_id] = count
        return _Memory(recogniser, generation, rotation, index, photos)

    def learn(self, employee_id: str) -> None:
        """Takes over from the rows what is now approved of this person, or that nothing is."""
        query = select(Enrolment.id, Enrolment.template, Enrolment.photos)
        with self._loading:
            memory = self._memory
            query = query.where(
                Enrolment.live,
                Enrolment.employee_id == employee_id,
                Enrolment.model == memory.recogniser.model,
            )
            with self._store.read() as tx:
                if generation_of(tx) != memory.generation:
                    return  # a load follows and brings this person too
                row = tx.execute(query).first()
                template = open_template(tx, employee_id, row[0], row[1]) if row else None
            with self._lock:
                if row is None or template is None:
                    memory.index.remove_reference(employee_id)
                    memory.photos.pop(employee_id, None)
                else:
                    memory.index.add_reference(employee_id, template)
                    memory.photos[employee_id] = row[2]

    def is_current(self, tx: ReadTx) -> bool:
        """Whether memory has what the rows belong to. It has not in the moment after a switch."""
        return self._memory.generation == generation_of(tx)

    def protect(self, vector: Vector) -> Vector:
        """A vector of the recogniser as it is kept and compared here."""
        rotation = self._memory.rotation
        assert rotation is not None
        return rotation.protect(vector)

    # renewal

    def renew(self, actor: str) -> int:
        """Gives the site another rotation and protects all that is kept by it: how many vectors.

        Copies of the old values compare with nothing any more. Blocking, for a second or more.
        """
        count = self._renew(actor)
        with self._loading:
            self._memory = self._read(self._memory.recogniser)
        return count

    def _renew(self, actor: str) -> int:
        with self._renewing:
            seed, before, made = new_seed(), ("", ""), _Renewed()
            while True:
                with self._store.read() as tx:
                    generation, old_seed = generation_of(tx), load_rotation(tx)
                    if generation != before:
                        made, before = _Renewed(), generation
                    old = TemplateProtection(old_seed) if old_seed else None
                    self._prepare(tx, made, old, TemplateProtection(seed))
                with self._store.write(actor) as tx:
                    if generation_of(tx) == generation and self._write(tx, made):
                        save_rotation(tx, seed)
                        read_id_photos_again(tx)
                        count = len(made.enrolments) + len(made.photos)
                        if old_seed:
                            tx.audit("templates.renewed", vectors=count)
                        tx.changed("faces")
                        tx.changed("enrolments")
                        return count

    @staticmethod
    def _prepare(
        tx: ReadTx, made: _Renewed, old: TemplateProtection | None, new: TemplateProtection
    ) -> None:
        """Seals anew what is not yet made; what is gone meanwhile is forgotten."""

        def protect(vector: Vector) -> Vector:
            return new.protect(old.unprotect(vector) if old else vector)

        tx.load_keys()
        enrolments = select(
            Enrolment.id, Enrolment.employee_id, Enrolment.version, Enrolment.template
        ).where(Enrolment.model != "")
        there: set[str] = set()
        for row_id, employee_id, version, sealed in tx.execute(enrolments):
            there.add(row_id)
            if made.enrolments.get(row_id, ("", b""))[0] != version:
                template = protect(open_template(tx, employee_id, row_id, sealed))
                fresh = seal_template(tx, employee_id, row_id, template)
                made.enrolments[row_id] = version, fresh
        for gone in made.enrolments.keys() - there:
            del made.enrolments[gone]
        query = select(Photo).where(Photo.model != "")
        photos = query.with_only_columns(Photo.id, Photo.employee_id, Photo.vector)
        there = set()
        for row_id, employee_id, sealed_vector in tx.execute(photos):
            there.add(row_id)
            if row_id not in made.photos:
                assert sealed_vector is not None
                plain = tx.open(employee_id, "photo", row_id, "vector", sealed_vector)
                vector = protect(np.frombuffer(plain, np.float32))
                made.photos[row_id] = seal_photo_vector(tx, employee_id, row_id, vector)
        for gone in made.photos.keys() - there:
            del made.photos[gone]

    @staticmethod
    def _write(tx: Tx, made: _Renewed) -> bool:
        """False, and nothing written, when other rows are there than those that were prepared."""
        there = select(Enrolment.id, Enrolment.version).where(Enrolment.model != "")
        versions = dict(tx.execute(there).all())
        photos = set(tx.scalars(select(Photo.id).where(Photo.model != "")))
        prepared = {row_id: version for row_id, (version, _) in made.enrolments.items()}
        if versions != prepared or photos != made.photos.keys():
            return False
        if made.enrolments:
            rows = [
                {"id": row_id, "template": sealed, "version": version_of(sealed)}
                for row_id, (_, sealed) in made.enrolments.items()
            ]
            tx.execute(update(Enrolment), rows)
        if made.photos:
            vectors = [{"id": row_id, "vector": sealed} for row_id, sealed in made.photos.items()]
            tx.execute(update(Photo), vectors)
        return True

    # comparing

    def fmr(self, cosine: float, photos: int) -> float:
        """How often different people reach this cosine; photos: how many made the reference."""
        return false_match_rate(cosine, self.tables[references_of(photos)])

    def most_similar(self, probe: Vector, without: str, count: int) -> list[SimilarPerson]:
        """The employees who look most like the probe (protected), the most similar first."""
        memory = self._memory
        with self._lock:
            found = [
                (other, cosine, memory.photos[other])
                for other, cosine in memory.index.most_similar(probe, count, without=without)
            ]
        return [SimilarPerson(other, self.fmr(cosine, photos)) for other, cosine, photos in found]

    def most_similar_pairs(
        self, count: int
    ) -> tuple[list[tuple[str, str, float]], NDArray[np.float32]]:
        """The most similar pairs of people with their FMR, and the cosines of all pairs."""
        memory = self._memory
        with self._lock:
            best, cosines = memory.index.most_similar_pairs(count)
            photos = dict(memory.photos)
        pairs = [
            (one, other, self.fmr(cosine, min(photos[one], photos[other])))
            for one, other, cosine in best
        ]
        return pairs, cosines

    def thresholds(self, rates: tuple[float, ...]) -> list[tuple[float, float]]:
        """(rate, its cosine) for references of three photos, where the table has the rate."""
        return [(rate, cosine) for cosine, rate in self.tables[references_of(3)] if rate in rates]
