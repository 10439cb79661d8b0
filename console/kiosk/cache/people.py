"""Whom a kiosk knows: the list of employees, and the references that the caching rules let it keep. In memory, with the disk behind it."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from console.api.kiosk_link import Entry, FaceModel, Reference
from console.biometrics.faces.recognition.calibration import false_match_rate, references_of
from console.biometrics.faces.recognition.identification import Identification, Outcome, identify
from console.biometrics.faces.recognition.rotation import Rotation
from console.biometrics.faces.recognition.vectors import MODEL_ID, VectorIndex
from console.domain.kiosks import (
    MOST_FALSE_IDENTIFICATIONS,
    KioskSettings,
    expected_false_identifications,
)
from console.domain.login_events import Evidence, Person
from console.kiosk.cache.store import CachedFinger, CachedPerson, KioskCache

Vector = NDArray[np.float32]
_ROSTER, _MODEL = "roster", "face model"


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """as_of: the service's clock when it was the case."""

    digest: str
    as_of: datetime
    entries: list[Entry]


@dataclass(frozen=True)
class FingerChange:
    """A finger that the matcher must learn, or (templates empty) forget."""

    key: str
    templates: list[bytes]


def finger_key(person_id: str, position: int) -> str:
    return f"{person_id}:{position}"


class People:
    """May be used from any thread. tell: hears which fingers the matcher must learn or forget."""

    def __init__(
        self, cache: KioskCache, tell: Callable[[FingerChange], None] = lambda change: None
    ) -> None:
        self._cache, self._tell = cache, tell
        self._lock = threading.RLock()
        self._entries: dict[str, Entry] = {}
        self._by_number: dict[str, str] = {}
        self._cached: dict[str, CachedPerson] = {}
        self._index = VectorIndex()
        self._model: FaceModel | None = cache.get(_MODEL, FaceModel)
        self._rotation = Rotation(self._model.rotation) if self._model else None
        self.roster = cache.get(_ROSTER, Roster)
        self._take_entries(self.roster.entries if self.roster else [])
        self._cached = {person.id: person for person in cache.people()}
        self._fill()

    def __len__(self) -> int:
        """People of whom a reference is cached."""
        return len(self._cached)

    def cached_ids(self) -> list[str]:
        with self._lock:
            return list(self._cached)

    def _take_entries(self, entries: list[Entry]) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._by_number = {entry.number.casefold(): entry.id for entry in entries}

    def _fill(self) -> None:
        self._index = VectorIndex(self._model.dimension) if self._model else VectorIndex()
        self._index.put_all(
            (one.id, np.frombuffer(one.face, np.float32))
            for one in self._cached.values()
            if one.face
        )

    # the list

    def person(self, number: str = "", person_id: str = "") -> Person | None:
        """As the last list has them."""
        with self._lock:
            entry = self._entries.get(
                person_id or self._by_number.get(number.strip().casefold(), "")
            )
        return as_person(entry) if entry else None

    def take(
        self,
        digest: str,
        entries: list[Entry] | None,
        now: datetime,
        model: FaceModel,
        settings: KioskSettings,
    ) -> list[str]:
        """A list from the service (entries None: the one we have still holds). Drops what was revoked or has changed; returns whose
        references are to be fetched."""
        with self._lock:
            if entries is not None:
                self._take_entries(entries)
            entries = list(self._entries.values())
            self.roster = Roster(digest=digest, as_of=now, entries=entries)
            self._cache.put(_ROSTER, self.roster)
            if model != self._model:
                self._new_model(model)
            for person in list(self._cached.values()):
                self._prune(person, self._entries.get(person.id))
            return self._wanted(settings)

    def _new_model(self, model: FaceModel) -> None:
        """Vectors of another model, or turned another way, compare with nothing."""
        self._model, self._rotation = model, Rotation(model.rotation)
        self._cache.put(_MODEL, model)
        for person in list(self._cached.values()):
            self._keep(msgspec.structs.replace(person, face=b"", face_version="", photos=0))
        self._fill()

    def _prune(self, person: CachedPerson, entry: Entry | None) -> None:
        """Keeps only what the list still has in the same version."""
        if entry is None or not entry.active:
            self.forget(person.id)
            return
        fingers = {
            place: one
            for place, one in person.fingers.items()
            if entry.fingers.get(place) == one.version
        }
        face = person.face if entry.face == person.face_version else b""
        if fingers != person.fingers or face != person.face:
            version, photos = (entry.face, person.photos) if face else ("", 0)
            self._keep(
                msgspec.structs.replace(
                    person, fingers=fingers, face=face, face_version=version, photos=photos
                )
            )

    def _wanted(self, settings: KioskSettings) -> list[str]:
        """Faces are cached at the enrolment; fingers only where they are to be loaded ahead. The latest users first, up to the limit."""
        wanted = []
        faces = self.compares_faces
        room = settings.max_cached - len(self._cached)
        for entry in sorted(self._entries.values(), key=lambda one: one.id not in self._cached):
            cached = self._cached.get(entry.id)
            lacks_face = (
                faces and bool(entry.face) and (cached is None or cached.face_version != entry.face)
            )
            lacks_finger = settings.preload and any(
                cached is None or place not in cached.fingers for place in entry.fingers
            )
            if entry.active and (lacks_face or lacks_finger):
                room -= cached is None
                if room >= 0 or cached is not None:
                    wanted.append(entry.id)
        return wanted

    # references

    @property
    def compares_faces(self) -> bool:
        """This program has the recogniser that the site uses."""
        return self._model is not None and self._model.id == MODEL_ID

    def learn(self, references: list[Reference], settings: KioskSettings) -> None:
        """References that were asked for because of the caching rules."""
        learnt = []
        with self._lock:
            for reference in references:
                entry = self._entries.get(reference.employee_id)
                if entry is None:
                    continue
                person = self._cached.get(entry.id) or CachedPerson(id=entry.id)
                if reference.face and self.compares_faces:
                    person = msgspec.structs.replace(
                        person,
                        face=reference.face,
                        face_version=entry.face,
                        photos=reference.photos,
                    )
                if settings.preload:
                    fingers = {
                        place: CachedFinger(version=entry.fingers.get(place, ""), templates=one)
                        for place, one in reference.fingers.items()
                    }
                    person = msgspec.structs.replace(person, fingers=fingers)
                if person.face or person.fingers:
                    learnt.append(person)
                    self._hold(person)
            self._cache.put_people(learnt)

    def remember(
        self, reference: Reference, face: bool, finger: int, settings: KioskSettings
    ) -> None:
        """A match against the central store: this face, or this one finger, may be cached."""
        with self._lock:
            entry = self._entries.get(reference.employee_id)
            person = self._cached.get(reference.employee_id) or CachedPerson(
                id=reference.employee_id
            )
            if entry is not None and face and reference.face:
                person = msgspec.structs.replace(
                    person, face=reference.face, face_version=entry.face, photos=reference.photos
                )
            if entry is not None and finger in reference.fingers:
                one = CachedFinger(
                    version=entry.fingers.get(finger, ""), templates=reference.fingers[finger]
                )
                person = msgspec.structs.replace(person, fingers=person.fingers | {finger: one})
            self._keep(msgspec.structs.replace(person, used_at=time.time()))
            self._make_room(settings.max_cached)

    def used(self, person_id: str) -> None:
        """The person has just logged in: nobody to be dropped soon."""
        with self._lock:
            person = self._cached.get(person_id)
            if person is not None:
                self._keep(msgspec.structs.replace(person, used_at=time.time()))

    def forget(self, person_id: str) -> None:
        with self._lock:
            person = self._cached.pop(person_id, None)
            self._cache.drop_person(person_id)
            self._index.remove(person_id)
        for place in person.fingers if person else ():
            self._tell(FingerChange(finger_key(person_id, place), []))

    def _keep(self, person: CachedPerson) -> None:
        if not person.face and not person.fingers:
            self.forget(person.id)
            return
        self._hold(person)
        self._cache.put_person(person)

    def _hold(self, person: CachedPerson) -> None:
        """In memory only."""
        before = self._cached.get(person.id)
        self._cached[person.id] = person
        if person.face:
            self._index.put(person.id, np.frombuffer(person.face, np.float32))
        else:
            self._index.remove(person.id)
        had = before.fingers if before else {}
        for place in had.keys() - person.fingers.keys():
            self._tell(FingerChange(finger_key(person.id, place), []))
        for place, one in person.fingers.items():
            if had.get(place) != one:
                self._tell(FingerChange(finger_key(person.id, place), one.templates))

    def _make_room(self, most: int) -> None:
        for person in sorted(self._cached.values(), key=lambda one: one.used_at)[
            : max(0, len(self._cached) - most)
        ]:
            self.forget(person.id)

    def fingers(self) -> Iterator[tuple[str, list[bytes]]]:
        """All cached fingers, for a matcher that starts."""
        with self._lock:
            people = list(self._cached.values())
        for person in people:
            for place, one in person.fingers.items():
                yield finger_key(person.id, place), one.templates

    # faces

    def may_identify(self, settings: KioskSettings) -> bool:
        """Whether looking for a face among all that are cached stays within what strangers may be taken for somebody."""
        return (
            expected_false_identifications(settings.limits.face_fmr, len(self._index))
            <= MOST_FALSE_IDENTIFICATIONS
        )

    def turned(self, vector: Vector) -> Vector:
        assert self._rotation is not None
        return self._rotation.turn(vector)

    def find_face(self, vector: Vector, fmr: float) -> tuple[Person | None, Evidence]:
        """vector: turned. Among all that are cached."""
        if self._model is None:
            return None, Evidence()
        with self._lock:
            table = tuple(self._model.tables[references_of(3)])
            found: Identification = identify(self._index, vector, table, fmr)
        evidence = Evidence(
            chance=found.chance if found.owner else None,
            threshold=fmr,
            margin=found.margin,
            ambiguous=found.outcome is Outcome.AMBIGUOUS,
        )
        return (
            self.person(person_id=found.owner) if found.outcome is Outcome.IDENTIFIED else None
        ), evidence

    def same_face(self, vector: Vector, reference: Reference, fmr: float) -> tuple[bool, Evidence]:
        """vector: turned. With one person's own."""
        if self._model is None or not reference.face or not self.compares_faces:
            return False, Evidence()
        table = tuple(self._model.tables[references_of(reference.photos)])
        chance = false_match_rate(
            float(np.dot(vector, np.frombuffer(reference.face, np.float32))), table
        )
        return chance <= fmr, Evidence(chance=chance, threshold=fmr)

    def alike(self, one: Vector, other: Vector, fmr: float) -> bool:
        """Two pictures, both turned: whether they show the same person, as far as one can tell."""
        if self._model is None:
            return False
        return (
            false_match_rate(float(np.dot(one, other)), tuple(self._model.tables[references_of(1)]))
            <= fmr
        )

    def reference(self, person_id: str) -> Reference:
        """What is cached of a person."""
        with self._lock:
            person = self._cached.get(person_id) or CachedPerson(id=person_id)
        return Reference(
            employee_id=person_id,
            face=person.face,
            photos=person.photos,
            fingers={place: one.templates for place, one in person.fingers.items()},
        )


def as_person(entry: Entry) -> Person:
    return Person(
        entry.id,
        entry.number,
        entry.name,
        entry.active,
        bool(entry.face),
        tuple(sorted(entry.fingers)),
    )
