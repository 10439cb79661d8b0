"""The site's key-encryption key (KEK): made at first run, kept in the operating system's keyring, or in a guarded file."""

import base64
import os
import secrets
import stat
from pathlib import Path
from typing import Protocol

import keyring
import keyring.errors

KEK_BYTES = 32
KEYRING_SERVICE = "Muster"


class KeyMissing(Exception):
    """Data exists, but the key that opens it does not."""


class KeyHolder(Protocol):
    """Keeps one secret."""

    def get(self) -> bytes | None: ...
    def set(self, secret: bytes) -> None: ...


class KeyringHolder:
    """Windows Credential Manager, macOS Keychain, Secret Service. Raises keyring.errors.KeyringError when there is none."""

    def __init__(self, account: str) -> None:
        self._account = account

    def get(self) -> bytes | None:
        found = keyring.get_password(KEYRING_SERVICE, self._account)
        return None if found is None else base64.b64decode(found)

    def set(self, secret: bytes) -> None:
        keyring.set_password(KEYRING_SERVICE, self._account, base64.b64encode(secret).decode())


class FileHolder:
    """A file that only its owner may read: for machines without a keyring. Weaker: who copies the folder has the key too."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self) -> bytes | None:
        return base64.b64decode(self._path.read_bytes()) if self._path.is_file() else None

    def set(self, secret: bytes) -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(secret))


def key_holder(data_dir: Path, prefer_file: bool = False) -> KeyHolder:
    """The keyring where one works; the key file where it does not, or where one exists already."""
    file = FileHolder(data_dir / "site.key")
    if prefer_file or file.get() is not None:
        return file
    holder = KeyringHolder(str(data_dir.resolve()))
    try:
        holder.get()
    except keyring.errors.KeyringError:
        return file
    return holder


def load_kek(holder: KeyHolder, data_exists: bool) -> bytes:
    """The KEK, made anew only for a site without data. Raises KeyMissing."""
    kek = holder.get()
    if kek is None:
        if data_exists:
            raise KeyMissing("The key of this site is missing from the keyring. Start Muster as the user who set it up.")
        kek = secrets.token_bytes(KEK_BYTES)
        holder.set(kek)
    if len(kek) != KEK_BYTES:
        raise KeyMissing("The key of this site is damaged.")
    return kek
