"""What a kiosk keeps on its disk, all of it sealed: its pairing, the list of people, references by the caching rules, logins not handed
in yet. AES-256-GCM; the key lies in the keyring of the operating system, or in a guarded file."""

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from console.api.kiosk_link import KioskLogin
from console.key_holder import KeyHolder, key_holder

T = TypeVar("T")
KEY_BYTES, NONCE_BYTES = 32, 12
FILE = "kiosk.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS person (id TEXT PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS login (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, sealed BLOB NOT NULL);
"""


class CacheLocked(Exception):
    """What is on the disk cannot be opened; the text says what to do."""


class CachedFinger(msgspec.Struct, frozen=True, kw_only=True):
    version: str
    templates: list[bytes]


class CachedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """References of one person. face: float32, turned, empty without one; used_at: of the last login."""

    id: str
    face: bytes = b""
    face_version: str = ""
    photos: int = 0
    fingers: dict[int, CachedFinger] = {}
    used_at: float = 0.0


class _LastLogin(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime


class KioskCache:
    """May be used from any thread. Every write is on the disk when the call returns."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Raises CacheLocked when another key has sealed what there is."""
        self._lock = threading.RLock()
        self._seal = AESGCM(key)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA secure_delete=ON")
        self._db.executescript(_SCHEMA)
        try:
            self.get("check", bytes)
        except InvalidTag as wrong:
            self._db.close()
            raise CacheLocked(
                f"{path} was sealed with another key. Move it away and pair the kiosk again."
            ) from wrong
        if self.get("check", bytes) is None:
            self.put("check", b"muster kiosk")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _sealed(self, what: str, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, plain, what.encode())

    def _opened(self, what: str, sealed: bytes) -> bytes:
        return self._seal.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], what.encode())

    # single values

    def get(self, name: str, kind: type[T]) -> T | None:
        with self._lock:
            row = self._db.execute("SELECT sealed FROM meta WHERE name = ?", (name,)).fetchone()
        return (
            None
            if row is None
            else msgspec.msgpack.decode(self._opened(f"meta/{name}", row[0]), type=kind)
        )

    def put(self, name: str, value: object) -> None:
        sealed = self._sealed(f"meta/{name}", msgspec.msgpack.encode(value))
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, sealed))

    # people

    def people(self) -> Iterator[CachedPerson]:
        """Those that cannot be opened are left out and dropped: they come again with the next list."""
        with self._lock:
            rows = self._db.execute("SELECT id, sealed FROM person").fetchall()
        for person_id, sealed in rows:
            try:
                yield msgspec.msgpack.decode(
                    self._opened(f"person/{person_id}", sealed), type=CachedPerson
                )
            except (InvalidTag, msgspec.DecodeError):
                self.drop_person(person_id)

    def put_person(self, person: CachedPerson) -> None:
        self.put_people([person])

    def put_people(self, people: list[CachedPerson]) -> None:
        rows = [
            (person.id, self._sealed(f"person/{person.id}", msgspec.msgpack.encode(person)))
            for person in people
        ]
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR REPLACE INTO person VALUES (?, ?)", rows)
            self._db.execute("COMMIT")

    def drop_person(self, person_id: str) -> None:
        with self._lock:
            self._db.execute("DELETE FROM person WHERE id = ?", (person_id,))

    def clear(self) -> None:
        """All but the logins: this kiosk is to know nobody any more."""
        with self._lock:
            self._db.execute("DELETE FROM person")
            self._db.execute("DELETE FROM meta WHERE name NOT IN ('check', 'last login')")

    # logins

    def add_login(self, login: KioskLogin) -> KioskLogin:
        """Keeps it until it is handed in. Its time never lies before that of the last one: a clock that was set back is told, not
        believed."""
        with self._lock:
            last = self.get("last login", _LastLogin)
            if last is not None and login.at <= last.at:
                login = msgspec.structs.replace(
                    login, at=last.at + timedelta(microseconds=1), clock_back=True
                )
            sealed = self._sealed(f"login/{login.id}", msgspec.msgpack.encode(login))
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("INSERT INTO login (id, sealed) VALUES (?, ?)", (login.id, sealed))
            self.put("last login", _LastLogin(at=login.at))
            self._db.execute("COMMIT")
        return login

    def waiting(self, limit: int) -> list[KioskLogin]:
        """The oldest that are not handed in."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id, sealed FROM login ORDER BY seq LIMIT ?", (limit,)
            ).fetchall()
        return [
            msgspec.msgpack.decode(self._opened(f"login/{login_id}", sealed), type=KioskLogin)
            for login_id, sealed in rows
        ]

    def count_waiting(self) -> int:
        with self._lock:
            return int(self._db.execute("SELECT COUNT(*) FROM login").fetchone()[0])

    def handed_in(self, ids: list[str]) -> None:
        with self._lock:
            self._db.executemany("DELETE FROM login WHERE id = ?", [(one,) for one in ids])


def open_cache(folder: Path, key_file: bool = False) -> KioskCache:
    """The kiosk's cache in this folder, made at its first start. Raises CacheLocked."""
    folder.mkdir(parents=True, exist_ok=True)
    holder: KeyHolder = key_holder(folder, "kiosk", key_file)
    key = holder.get()
    if key is None:
        if (folder / FILE).exists():
            raise CacheLocked(
                f"The key of {folder / FILE} is missing. Start as the user who paired the kiosk, or move the file away."
            )
        key = secrets.token_bytes(KEY_BYTES)
        holder.set(key)
    return KioskCache(folder / FILE, key)
