"""The people that a kiosk knows: the list of employees, and the references that it may keep.

Everything is in memory, with the disk behind it.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import msgspec

from console.api.kiosk_link import Entry, FaceModel, Reference
from console.domain.badges import badge_mark
from console.domain.kiosks import KioskSettings
from console.domain.login_chance import may_search
from console.domain.login_events import LoginPerson
from console.domain.validity import Standing, Validity, standing
from console.kiosk.cache.disk import CachedFinger, CachedPerson, KioskCache
from console.kiosk.cache.face_index import FaceIndex
from console.kiosk.cache.writer import Write, write_at_once

_ROSTER, _MODEL, _BADGE_KEY = "roster", "face model", "badge key"


class CachedRoster(msgspec.Struct, frozen=True, kw_only=True):
    """The last list of employees. as_of: the service's clock when the list was true."""

    digest: str
    as_of: datetime
    entries: list[Entry]


@dataclass(frozen=True)
class FingerChange:
    """A finger that the matcher must learn, or forget where `templates` is empty."""

    key: str
    templates: list[bytes]


def finger_key(person_id: str, position: int) -> str:
    """The matcher's key of one finger."""
    return f"{person_id}:{position}"


def _ignore(_change: FingerChange) -> None:
    """Stands where nobody compares fingers."""


class People:
    """May be used from any thread.

    The lock is held for memory only. `publish` hears which fingers the matcher must learn or
    forget and must return at once; so must `write`, where a window waits for this object.
    """

    def __init__(
        self,
        cache: KioskCache,
        publish: Callable[[FingerChange], None] = _ignore,
        write: Write = write_at_once,
    ) -> None:
        self._cache, self._publish, self._write = cache, publish, write
        self._lock = threading.Lock()
        self.faces = FaceIndex(cache.get(_MODEL, FaceModel))
        self.roster = cache.get(_ROSTER, CachedRoster)
        self._entries: dict[str, Entry] = {}
        self._by_number: dict[str, str] = {}
        self._by_badge: dict[str, str] = {}
        self._badge_key = cache.get(_BADGE_KEY, bytes) or b""
        self._cached = {person.id: person for person in cache.people()}
        self._set_entries(self.roster.entries if self.roster else [])
        self._index_faces(self.faces.model)
        for person in self._cached.values():
            self._publish_fingers({}, person)

    def __len__(self) -> int:
        """How many people have a cached reference."""
        return len(self._cached)

    def cached_ids(self) -> list[str]:
        """The ids of all people who have a cached reference."""
        with self._lock:
            return list(self._cached)

    # the list of employees

    def person(
        self, now: datetime, number: str = "", person_id: str = "", badge: str = ""
    ) -> LoginPerson | None:
        """One person as the last list has them at this moment, by id, by number or by badge."""
        with self._lock:
            by_badge = self._by_badge.get(badge_mark(self._badge_key, badge), "")
            by_number = self._by_number.get((number or badge).strip().casefold(), "")
            entry = self._entries.get(person_id or by_badge or by_number)
        return as_person(entry, now) if entry else None

    def apply_roster(
        self,
        digest: str,
        entries: list[Entry] | None,
        now: datetime,
        model: FaceModel,
        settings: KioskSettings,
    ) -> list[str]:
        """Applies a list from the service; `entries` is None where the present one still holds.

        Drops whatever was revoked or has changed, and returns the ids of the people whose
        references are to be fetched.
        """
        with self._lock:
            if entries is not None:
                self._set_entries(entries)
            self.roster = CachedRoster(
                digest=digest, as_of=now, entries=list(self._entries.values())
            )
            self._write(partial(self._cache.put, _ROSTER, self.roster))
            if model != self.faces.model:
                self._replace_model(model)
            changed = [
                pruned
                for person in self._cached.values()
                if (pruned := _pruned(person, self._entries.get(person.id), now)) != person
            ]
            self._store_people(changed)
            return self._wanted(settings, now)

    @property
    def has_badges(self) -> bool:
        """Whether somebody in the list has a badge."""
        return bool(self._by_badge)

    def use_badge_key(self, key: bytes) -> None:
        """What the list's marks of badges are made with."""
        with self._lock:
            if key != self._badge_key:
                self._badge_key = key
                self._write(partial(self._cache.put, _BADGE_KEY, key))

    def _set_entries(self, entries: list[Entry]) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._by_number = {entry.number.casefold(): entry.id for entry in entries}
        self._by_badge = {entry.badge: entry.id for entry in entries if entry.badge}

    def _index_faces(self, model: FaceModel | None) -> None:
        self.faces.replace(model, [(one.id, one.face) for one in self._cached.values() if one.face])

    def _replace_model(self, model: FaceModel) -> None:
        """Templates of another model, or protected in another way, compare with nothing."""
        self._write(partial(self._cache.put, _MODEL, model))
        self._store_people(
            [
                msgspec.structs.replace(person, face=b"", face_version="", photos=0)
                for person in self._cached.values()
            ]
        )
        self._index_faces(model)

    def _wanted(self, settings: KioskSettings, now: datetime) -> list[str]:
        """Faces are cached from their enrolment on, fingers only where they are loaded ahead.

        People who are cached already come first; the others follow up to the limit.
        """
        wanted = []
        room = settings.max_cached - len(self._cached)
        for entry in sorted(self._entries.values(), key=lambda one: one.id not in self._cached):
            cached = self._cached.get(entry.id)
            in_force = _standing(entry, now) is Standing.IN_FORCE
            if in_force and self._lacks_reference(entry, cached, settings):
                room -= cached is None
                if room >= 0 or cached is not None:
                    wanted.append(entry.id)
        return wanted

    def _lacks_reference(
        self, entry: Entry, cached: CachedPerson | None, settings: KioskSettings
    ) -> bool:
        has_other_face = cached is None or cached.face_version != entry.face
        if self.faces.usable and entry.face and has_other_face:
            return True
        return settings.preload and any(
            cached is None or place not in cached.fingers for place in entry.fingers
        )

    # references

    def add_references(self, references: list[Reference], settings: KioskSettings) -> None:
        """Caches references that were fetched because of the caching rules."""
        with self._lock:
            learnt = [
                self._with_reference(reference, entry, settings)
                for reference in references
                if (entry := self._entries.get(reference.employee_id)) is not None
            ]
            self._store_people([one for one in learnt if one.face or one.fingers])

    def _with_reference(
        self, reference: Reference, entry: Entry, settings: KioskSettings
    ) -> CachedPerson:
        person = self._cached.get(entry.id) or CachedPerson(id=entry.id)
        if reference.face and self.faces.usable:
            person = _with_face(person, reference, entry)
        if not settings.preload:
            return person
        fingers = {
            place: CachedFinger(version=entry.fingers.get(place, ""), templates=templates)
            for place, templates in reference.fingers.items()
        }
        return msgspec.structs.replace(person, fingers=fingers)

    def add_match(
        self, reference: Reference, face: bool, finger: int, settings: KioskSettings
    ) -> None:
        """Caches what matched against the central store: the face, or this one finger (0: none)."""
        with self._lock:
            entry = self._entries.get(reference.employee_id)
            person = self._cached.get(reference.employee_id) or CachedPerson(
                id=reference.employee_id
            )
            if entry is not None and face and reference.face:
                person = _with_face(person, reference, entry)
            if entry is not None and finger in reference.fingers:
                one = CachedFinger(
                    version=entry.fingers.get(finger, ""), templates=reference.fingers[finger]
                )
                person = msgspec.structs.replace(person, fingers=person.fingers | {finger: one})
            self._store_people([msgspec.structs.replace(person, used_at=time.time())])
            self._make_room(settings.max_cached)

    def mark_used(self, person_id: str) -> None:
        """Notes that the person has just logged in, so that others are dropped first."""
        with self._lock:
            person = self._cached.get(person_id)
            if person is not None:
                self._store_people([msgspec.structs.replace(person, used_at=time.time())])

    def forget(self, person_id: str) -> None:
        """Drops every reference of one person."""
        with self._lock:
            self._store_people([CachedPerson(id=person_id)])

    def forget_all(self) -> None:
        """Drops all references and the list itself, with everything else but logins."""
        with self._lock:
            people, self._cached = self._cached, {}
            self._set_entries([])
            self.roster, self._badge_key = None, b""
            self.faces.replace(None, ())
            for person in people.values():
                self._publish_fingers(person.fingers, CachedPerson(id=person.id))
            self._write(self._cache.clear)

    def reference(self, person_id: str) -> Reference:
        """The cached reference of a person, empty where there is none."""
        with self._lock:
            person = self._cached.get(person_id) or CachedPerson(id=person_id)
        return Reference(
            employee_id=person_id,
            face=person.face,
            photos=person.photos,
            fingers={place: one.templates for place, one in person.fingers.items()},
        )

    def _store_people(self, people: list[CachedPerson]) -> None:
        """Keeps these as they are given; one without any reference is dropped."""
        if not people:
            return
        for person in people:
            before = self._cached.pop(person.id, None)
            if person.face or person.fingers:
                self._cached[person.id] = person
            self.faces.set_face(person.id, person.face)
            self._publish_fingers(before.fingers if before else {}, person)
        self._write(partial(self._cache.put_people, people))

    def _publish_fingers(self, before: dict[int, CachedFinger], person: CachedPerson) -> None:
        for place in before.keys() - person.fingers.keys():
            self._publish(FingerChange(finger_key(person.id, place), []))
        for place, one in person.fingers.items():
            if before.get(place) != one:
                self._publish(FingerChange(finger_key(person.id, place), one.templates))

    def _make_room(self, most: int) -> None:
        """Drops the people who have not logged in for the longest time."""
        surplus = max(0, len(self._cached) - most)
        oldest = sorted(self._cached.values(), key=lambda one: one.used_at)[:surplus]
        self._store_people([CachedPerson(id=person.id) for person in oldest])

    # faces

    def may_identify(self, settings: KioskSettings) -> bool:
        """Whether a search among all cached faces takes few enough strangers for somebody."""
        return may_search(settings, len(self.faces))


def _with_face(person: CachedPerson, reference: Reference, entry: Entry) -> CachedPerson:
    if not entry.face:
        return person  # withdrawn while the reference was on its way
    return msgspec.structs.replace(
        person, face=reference.face, face_version=entry.face, photos=reference.photos
    )


def _standing(entry: Entry, now: datetime) -> Standing:
    return standing(entry.active, entry.may_log_in, Validity(entry.begins, entry.ends), now)


def _pruned(person: CachedPerson, entry: Entry | None, now: datetime) -> CachedPerson:
    """What the list still has in the same version."""
    if entry is None or _standing(entry, now) is not Standing.IN_FORCE:
        return CachedPerson(id=person.id)
    fingers = {
        place: one
        for place, one in person.fingers.items()
        if entry.fingers.get(place) == one.version
    }
    if entry.face == person.face_version:
        return msgspec.structs.replace(person, fingers=fingers)
    return msgspec.structs.replace(person, fingers=fingers, face=b"", face_version="", photos=0)


def as_person(entry: Entry, now: datetime) -> LoginPerson:
    """An entry of the list as the login conversation knows people, at this moment."""
    return LoginPerson(
        id=entry.id,
        number=entry.number,
        name=entry.name,
        standing=_standing(entry, now),
        face=bool(entry.face),
        fingers=tuple(sorted(entry.fingers)),
        number_only=entry.number_only,
    )
