"""The passwords of serial fingerprint modules that are plugged into this computer."""

from keyring.errors import KeyringError

from bridge.readers.zfm import NO_PASSWORD, PASSWORD_BYTES
from console.key_holder import KeyringHolder


class ModulePasswords:
    """Keeps one password for each port, in the keyring of the operating system.

    On a computer without a keyring they are known until the program ends. No part of the program
    logs or shows one. Any thread may call it.
    """

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def get(self, port: str) -> bytes:
        """Return the password, PASSWORD_BYTES; NO_PASSWORD where none was entered."""
        if port not in self._known:
            self._known[port] = _stored(port)
        return self._known[port]

    def set(self, port: str, password: bytes) -> bool:
        """Use this password from now on; return whether it is known after a restart, too."""
        self._known[port] = password
        try:
            _holder(port).set(password)
        except KeyringError:
            return False
        return True


def _holder(port: str) -> KeyringHolder:
    return KeyringHolder(f"fingerprint module:{port}")


def _stored(port: str) -> bytes:
    try:
        stored = _holder(port).get()
    except (KeyringError, ValueError):  # no keyring, or an entry that somebody else wrote
        return NO_PASSWORD
    return stored if stored is not None and len(stored) == PASSWORD_BYTES else NO_PASSWORD
