"""What lies in a backup: a tar of the database and the site's files, and a manifest at its end."""

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from console.domain.backups import Damaged

MANIFEST = "manifest.json"
MOST_MANIFEST_BYTES = 16 << 20
BLOCK_BYTES = 1 << 20
Tick = Callable[[int], None]
"""Is told how many bytes were done; may raise to stop."""


class FileFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the archive. sha256: hex."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is. database: sqlite or postgresql; revision: of its schema."""

    made_at: datetime
    program: str
    database: str
    revision: str
    files: dict[str, FileFacts]


def write_archive(
    out: IO[bytes], files: Iterable[tuple[str, Path]], about: Manifest, tick: Tick
) -> Manifest:
    """Writes the files, by their names in the archive, and the manifest with their hashes."""
    facts = {}
    with tarfile.open(fileobj=out, mode="w|", bufsize=BLOCK_BYTES) as tar:
        for name, path in files:
            facts[name] = _add(tar, name, path, tick)
        manifest = msgspec.structs.replace(about, files=facts)
        data = msgspec.json.encode(manifest)
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    return manifest


def _add(tar: tarfile.TarFile, name: str, path: Path, tick: Tick) -> FileFacts:
    with path.open("rb") as file:
        info = tarfile.TarInfo(name)
        info.size = path.stat().st_size
        seen = _Seen(file, tick)
        tar.addfile(info, seen)
    return FileFacts(bytes=info.size, sha256=seen.digest.hexdigest())


class _Seen(io.RawIOBase):
    """Hashes what is read from a file."""

    def __init__(self, file: IO[bytes], tick: Tick) -> None:
        super().__init__()
        self._file, self._tick = file, tick
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        self._tick(len(data))
        return data


def read_archive(stream: IO[bytes], name: str, tick: Tick, into: Path | None = None) -> Manifest:
    """Reads all of an archive, into a folder if one is named, and compares it with its manifest.

    Raises Damaged; what was written until then is the caller's to remove.
    """
    found: dict[str, FileFacts] = {}
    manifest: Manifest | None = None
    with _damage_of(name), tarfile.open(fileobj=stream, mode="r|", bufsize=BLOCK_BYTES) as tar:
        for member in tar:
            if not _is_plain(member) or manifest is not None or member.name in found:
                raise Damaged(name)
            file = tar.extractfile(member)
            assert file is not None  # it is a plain file
            if member.name == MANIFEST:
                manifest = msgspec.json.decode(file.read(MOST_MANIFEST_BYTES), type=Manifest)
            else:
                target = into / member.name if into is not None else None
                found[member.name] = _take(file, target, tick)
    while stream.read(BLOCK_BYTES):  # the stream shows only at its end that it is whole
        pass
    if manifest is None or manifest.files != found:
        raise Damaged(name)
    return manifest


@contextmanager
def _damage_of(name: str) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, msgspec.DecodeError, UnicodeDecodeError, EOFError) as error:
        raise Damaged(name) from error


def _is_plain(member: tarfile.TarInfo) -> bool:
    """A file with a name that stays inside the folder it is written to."""
    path = PurePosixPath(member.name)
    parts = path.parts
    safe = not path.is_absolute() and ".." not in parts and not set(member.name) & set("\\:\0")
    return member.isreg() and bool(parts) and safe


def _take(file: IO[bytes], target: Path | None, tick: Tick) -> FileFacts:
    digest, size = hashlib.sha256(), 0
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
    out = target.open("xb") if target is not None else io.BytesIO()
    with out:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            size += len(block)
            if target is not None:
                out.write(block)
            tick(len(block))
    return FileFacts(bytes=size, sha256=digest.hexdigest())
