"""The kiosk's database on its disk: its pairing, the list of people, references, waiting logins.

Every value is sealed with AES-256-GCM. The key lies in the keyring of the operating system, or in
a guarded file.
"""

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from console.api.kiosk_link import KioskLogin
from console.key_holder import KeyHolder, key_holder
from console.private_folder import make_private

T = TypeVar("T")
KEY_BYTES, NONCE_BYTES = 32, 12
FILE = "kiosk.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS person (id TEXT PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS login (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, sealed BLOB NOT NULL
);
"""


class CacheLocked(Exception):
    """The database on the disk cannot be opened; the text says what to do."""


class CachedFinger(msgspec.Struct, frozen=True, kw_only=True):
    """The templates of one finger. version: as the list of employees names it."""

    version: str
    templates: list[bytes]


class CachedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """The references of one person.

    face: a protected template, float32, empty without one; photos: how many it was made of;
    fingers: by position; used_at: seconds since the epoch at the last login.
    """

    id: str
    face: bytes = b""
    face_version: str = ""
    photos: int = 0
    fingers: dict[int, CachedFinger] = {}
    used_at: float = 0.0


class _LastLogin(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime


class KioskCache:
    """May be used from any thread. Every write is on the disk when the call returns.

    A call may wait for the disk and for other threads: a window never calls it itself.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        """Opens or makes the database. Raises CacheLocked when another key has sealed it."""
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

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """The lock must be held. Nothing of a transaction that fails stays behind."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Closes the database; no other call may follow."""
        with self._lock:
            self._db.close()

    def _sealed(self, what: str, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, plain, what.encode())

    def _opened(self, what: str, sealed: bytes) -> bytes:
        return self._seal.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], what.encode())

    # single values

    def get(self, name: str, kind: type[T]) -> T | None:
        """One value by its name; None where it was never put."""
        with self._lock:
            row = self._db.execute("SELECT sealed FROM meta WHERE name = ?", (name,)).fetchone()
        if row is None:
            return None
        return msgspec.msgpack.decode(self._opened(f"meta/{name}", row[0]), type=kind)

    def put(self, name: str, value: object) -> None:
        """Keeps one value under its name."""
        sealed = self._sealed(f"meta/{name}", msgspec.msgpack.encode(value))
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, sealed))

    # people

    def people(self) -> Iterator[CachedPerson]:
        """All people with references.

        Rows that cannot be opened are left out and dropped: they come again with the next list.
        """
        with self._lock:
            rows = self._db.execute("SELECT id, sealed FROM person").fetchall()
        for person_id, sealed in rows:
            try:
                yield msgspec.msgpack.decode(
                    self._opened(f"person/{person_id}", sealed), type=CachedPerson
                )
            except (InvalidTag, msgspec.DecodeError):
                self.put_people([CachedPerson(id=person_id)])

    def put_people(self, people: list[CachedPerson]) -> None:
        """Stores these people in one transaction; those without any reference are deleted."""
        sealed = [
            (person.id, self._sealed(f"person/{person.id}", msgspec.msgpack.encode(person)))
            for person in people
            if person.face or person.fingers
        ]
        dropped = [(person.id,) for person in people if not person.face and not person.fingers]
        with self._lock, self._transaction():
            self._db.executemany("DELETE FROM person WHERE id = ?", dropped)
            self._db.executemany("INSERT OR REPLACE INTO person VALUES (?, ?)", sealed)

    def clear(self) -> None:
        """Drops everything but the logins, for a kiosk that may know nobody any more."""
        with self._lock, self._transaction():
            self._db.execute("DELETE FROM person")
            self._db.execute("DELETE FROM meta WHERE name NOT IN ('check', 'last login')")

    # logins

    def add_login(self, login: KioskLogin) -> KioskLogin:
        """Stores a login until it is handed in, and returns it as it was stored.

        Its time never lies before that of the last one: a clock that was set back is reported.
        """
        with self._lock:
            last = self.get("last login", _LastLogin)
            if last is not None and login.at <= last.at:
                login = msgspec.structs.replace(
                    login, at=last.at + timedelta(microseconds=1), clock_back=True
                )
            sealed = self._sealed(f"login/{login.id}", msgspec.msgpack.encode(login))
            with self._transaction():
                self._db.execute("INSERT INTO login (id, sealed) VALUES (?, ?)", (login.id, sealed))
                self.put("last login", _LastLogin(at=login.at))
        return login

    def waiting_logins(self, limit: int) -> list[KioskLogin]:
        """The oldest logins that are not handed in yet."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id, sealed FROM login ORDER BY seq LIMIT ?", (limit,)
            ).fetchall()
        return [
            msgspec.msgpack.decode(self._opened(f"login/{login_id}", sealed), type=KioskLogin)
            for login_id, sealed in rows
        ]

    def count_waiting(self) -> int:
        """How many logins are not handed in yet."""
        with self._lock:
            return int(self._db.execute("SELECT COUNT(*) FROM login").fetchone()[0])

    def drop_logins(self, ids: list[str]) -> None:
        """Deletes logins that the service has stored."""
        with self._lock:
            self._db.executemany("DELETE FROM login WHERE id = ?", [(one,) for one in ids])


def open_cache(folder: Path, key_file: bool = False) -> KioskCache:
    """The kiosk's database in this folder, made at the first start.

    Raises CacheLocked, NotPrivate.
    """
    make_private(folder)
    holder: KeyHolder = key_holder(folder, "kiosk", key_file)
    key = holder.get()
    if key is None:
        if (folder / FILE).exists():
            raise CacheLocked(
                f"The key of {folder / FILE} is missing. "
                "Start as the user who paired the kiosk, or move the file away."
            )
        key = secrets.token_bytes(KEY_BYTES)
        holder.set(key)
    return KioskCache(folder / FILE, key)
