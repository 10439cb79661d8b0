"""A file sealed to the recovery key: whoever writes it cannot read it later.

MAGIC, the length of the header (2 bytes), the header (JSON), the content key sealed to the recovery
key with HPKE (80 bytes), then chunks of 1 MiB under AES-256-GCM, each with its tag. The nonce of a
chunk is its number and whether it is the last one; all of what comes before the chunks is
authenticated with each. So a file that was cut, lengthened, altered or put together in another
order does not open. Numbers are big-endian.
"""

import hashlib
import io
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import IO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from console.domain.backups import Damaged, NotABackup, OtherKey
from console.domain.language import msgid
from console.domain.recovery_key import fingerprint
from console.recovery_pair import OtherRecoveryKey, open_with, public_bytes, seal_to

MAGIC = b"MUSTER BACKUP 1\n"
CHUNK_BYTES, TAG_BYTES, KEY_BYTES, SEALED_KEY_BYTES = 1 << 20, 16, 32, 80
MOST_HEADER_BYTES = 1000
KEY_CONTEXT = b"muster backup v1"
OpenKey = Callable[[bytes, bytes], bytes]
"""(sealed content key, context) -> the content key. Raises OtherRecoveryKey."""


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that a file says without the recovery key. sealed_to: the key's fingerprint."""

    kind: str
    site: str
    made_at: datetime
    sealed_to: str


class SealedWriter:
    """Seals what is written; only `finish` makes a file of it that opens."""

    def __init__(self, out: IO[bytes], header: Header, public: bytes) -> None:
        self._out, self.content_key = out, secrets.token_bytes(KEY_BYTES)
        head = msgspec.json.encode(header)
        start = MAGIC + len(head).to_bytes(2) + head
        start += seal_to(public, self.content_key, KEY_CONTEXT + start)
        self._aad, self._cipher = hashlib.sha256(start).digest(), AESGCM(self.content_key)
        self._number, self._rest = 0, bytearray()
        out.write(start)

    def write(self, data: bytes) -> int:
        """Takes any number of bytes."""
        self._rest += data
        while len(self._rest) > CHUNK_BYTES:  # the last chunk is never an empty one after others
            self._seal(bytes(self._rest[:CHUNK_BYTES]), last=False)
            del self._rest[:CHUNK_BYTES]
        return len(data)

    def finish(self) -> None:
        """Writes the last chunk."""
        self._seal(bytes(self._rest), last=True)

    def _seal(self, plain: bytes, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._number, last), plain, self._aad))
        self._number += 1


class SealedReader(io.RawIOBase):
    """Opens a sealed file chunk by chunk. Its end is told only when the whole was there."""

    def __init__(self, file: IO[bytes], name: str, open_key: OpenKey) -> None:
        """Raises NotABackup, OtherKey, Damaged."""
        super().__init__()
        self._file, self._name = file, name
        self.header, start = _read_header(file, name)
        sealed = file.read(SEALED_KEY_BYTES)
        try:
            key = open_key(sealed, KEY_CONTEXT + start)
        except OtherRecoveryKey:
            raise Damaged(name) from None
        self._aad, self._cipher = hashlib.sha256(start + sealed).digest(), AESGCM(key)
        self._number, self._next, self._plain = 0, self._read_chunk(), memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, into: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Fills in what there is next; 0 at the end. Raises Damaged."""
        while not self._plain and not self._ended:
            self._plain = memoryview(self._open_next())
        count = min(len(into), len(self._plain))
        into[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        return count

    def _open_next(self) -> bytes:
        chunk, self._next = self._next, self._read_chunk()
        self._ended = not self._next
        nonce = _nonce(self._number, self._ended)
        self._number += 1
        try:
            return self._cipher.decrypt(nonce, chunk, self._aad)
        except (InvalidTag, ValueError):
            raise Damaged(self._name) from None

    def _read_chunk(self) -> bytes:
        return self._file.read(CHUNK_BYTES + TAG_BYTES)


def buffered(stream: SealedReader) -> io.BufferedReader:
    """Reads as many bytes at a time as are asked for."""
    return io.BufferedReader(stream, CHUNK_BYTES)


def by_paper(pair: X25519PrivateKey, name: str, header: Header) -> OpenKey:
    """Opens with the recovery key's pair. Raises OtherKey where the file names another one."""
    if header.sealed_to != fingerprint(public_bytes(pair)):
        raise OtherKey(name, header.sealed_to)
    return lambda sealed, context: open_with(pair, sealed, context)


def read_header(file: IO[bytes], name: str) -> Header:
    """What the file says of itself; nothing of it is proven yet. Raises NotABackup."""
    header, _ = _read_header(file, name)
    file.seek(0)
    return header


def _read_header(file: IO[bytes], name: str) -> tuple[Header, bytes]:
    magic, size = file.read(len(MAGIC)), file.read(2)
    if magic != MAGIC:
        raise NotABackup(
            msgid(
                "{name} is not a backup of Muster, or one of a newer version, which has to be "
                "installed first."
            ).format(
                name=name,
            )
        )
    head = file.read(min(int.from_bytes(size), MOST_HEADER_BYTES))
    try:
        return msgspec.json.decode(head, type=Header), magic + size + head
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Damaged(name) from None


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])
