"""Where a secret of this computer is stored: in the system's keyring, or in a guarded file."""

import base64
import os
import stat
from pathlib import Path
from typing import Protocol

import keyring
import keyring.errors

KEYRING_SERVICE = "Muster"


class KeyHolder(Protocol):
    """Keeps one secret."""

    def get(self) -> bytes | None:
        """The secret, None if there is none yet."""
        ...

    def set(self, secret: bytes) -> None:
        """Stores the secret."""
        ...

    def replace(self, secret: bytes) -> None:
        """Stores another one in its place: after a crash there is one of the two, whole."""
        ...


class KeyringHolder:
    """Uses Windows Credential Manager, macOS Keychain or Secret Service.

    Its methods raise keyring.errors.KeyringError if the system has no keyring.
    """

    def __init__(self, account: str) -> None:
        self._account = account

    def get(self) -> bytes | None:
        """See KeyHolder."""
        found = keyring.get_password(KEYRING_SERVICE, self._account)
        return None if found is None else base64.b64decode(found)

    def set(self, secret: bytes) -> None:
        """See KeyHolder."""
        keyring.set_password(KEYRING_SERVICE, self._account, base64.b64encode(secret).decode())

    def replace(self, secret: bytes) -> None:
        """See KeyHolder."""
        self.set(secret)


class FileHolder:
    """Uses a file that only its owner may read, for computers without a keyring.

    This is weaker: whoever copies the folder has the key too.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self) -> bytes | None:
        """See KeyHolder."""
        return base64.b64decode(self._path.read_bytes()) if self._path.is_file() else None

    def set(self, secret: bytes) -> None:
        """See KeyHolder. Raises FileExistsError if the file exists."""
        self._write(self._path, secret)

    def replace(self, secret: bytes) -> None:
        """See KeyHolder. Raises OSError."""
        draft = self._path.with_name(self._path.name + ".new")
        draft.unlink(missing_ok=True)
        self._write(draft, secret)
        os.replace(draft, self._path)

    def _write(self, path: Path, secret: bytes) -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(secret))
            file.flush()
            os.fsync(file.fileno())


def key_holder(data_dir: Path, name: str, prefer_file: bool = False) -> KeyHolder:
    """The system's keyring; the file `name`.key if that exists or if there is no keyring."""
    file = FileHolder(data_dir / f"{name}.key")
    if prefer_file or file.get() is not None:
        return file
    holder = KeyringHolder(
        str(data_dir.resolve()) if name == "site" else f"{name}:{data_dir.resolve()}"
    )
    try:
        holder.get()
    except keyring.errors.KeyringError:
        return file
    return holder
