"""Backups as files at a place: written under another name, verified, and only then renamed."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

from console.domain.backups import (
    KEYS,
    SITE,
    UNFINISHED,
    BackupProblem,
    CannotWrite,
    Damaged,
    NotABackup,
    file_name,
    made_at_of,
)
from console.domain.language import msgid
from console.recovery_pair import key_pair
from console.store.backup.archive import (
    BLOCK_BYTES,
    Manifest,
    Tick,
    read_archive,
    write_archive,
)
from console.store.backup.database_copy import WrappedKey
from console.store.backup.people_keys import PeopleKeys, decode_people_keys
from console.store.backup.sealed_stream import (
    Header,
    OpenKey,
    SealedReader,
    SealedWriter,
    buffered,
    by_paper,
    read_header,
)
from console.store.recovery import Recovery

MOST_KEYS_BYTES = 1 << 30


def write_site_file(
    folder: Path,
    recovery: Recovery,
    about: Manifest,
    files: Iterable[tuple[str, Path]],
    tick: Tick,
    into: Path | None = None,
) -> tuple[Path, str]:
    """Writes a backup and reads all of it back. Returns its path and its SHA-256.

    into: a folder to which it is restored on the way, while the key of its content is known.
    Raises CannotWrite, Damaged.
    """
    target = folder / file_name(recovery.site, about.made_at, SITE)
    return target, _write(
        target,
        Header(
            kind="site",
            site=recovery.site,
            made_at=about.made_at,
            sealed_to=recovery.fingerprint,
        ),
        recovery,
        lambda out: write_archive(out, files, about, tick),
        lambda stream: read_archive(buffered(stream), target.name, tick, into),
    )


def write_keys_file(
    folder: Path, recovery: Recovery, made_at: datetime, keys: list[WrappedKey]
) -> tuple[Path, str]:
    """Writes people's keys, and reads them back. Returns path and SHA-256.

    recovery: as it was when the keys were copied.
    """
    target = folder / file_name(recovery.site, made_at, KEYS)
    written = PeopleKeys(keys=keys, wrapped_by=recovery.wrapped)
    data = msgspec.json.encode(written)

    def compare(stream: SealedReader) -> None:
        if _decode_keys(stream, target.name) != written:
            raise Damaged(target.name)

    header = Header(
        kind="keys", site=recovery.site, made_at=made_at, sealed_to=recovery.fingerprint
    )
    return target, _write(target, header, recovery, lambda out: out.write(data), compare)


def _write(
    target: Path,
    header: Header,
    recovery: Recovery,
    fill: Callable[[IO[bytes]], object],
    verify: Callable[[SealedReader], object],
) -> str:
    draft = target.with_name(target.name + UNFINISHED)
    with _writing(target.parent, draft):
        with draft.open("xb") as file:
            writer = SealedWriter(file, header, recovery.public)
            fill(writer)  # type: ignore[arg-type]  # a writer is all that is needed of a file
            writer.finish()
            file.flush()
            os.fsync(file.fileno())
        with draft.open("rb") as file:
            verify(SealedReader(file, target.name, lambda *_: writer.content_key))
        digest = hash_file(draft)
        _put_in_place(draft, target)
    return digest


def copy_file(file: Path, folder: Path, sha256: str, tick: Tick) -> Path:
    """Copies a verified file to another place, and verifies it there. Raises CannotWrite."""
    target = folder / file.name
    draft = target.with_name(target.name + UNFINISHED)
    with _writing(folder, draft):
        with file.open("rb") as source, draft.open("xb") as out:
            while block := source.read(BLOCK_BYTES):
                out.write(block)
                tick(len(block))
            out.flush()
            os.fsync(out.fileno())
        if hash_file(draft) != sha256:
            raise Damaged(target.name)
        _put_in_place(draft, target)
    return target


@contextmanager
def _writing(folder: Path, draft: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        yield
    except OSError as problem:
        _remove(draft)
        raise CannotWrite(
            msgid(
                "{folder} cannot take the backup: {reason}. Check that it is there, "
                "that its disk has space, and that the account of the service may write in it."
            ).format(
                folder=folder,
                reason=problem.strerror or problem,
            )
        ) from problem
    except BaseException:
        _remove(draft)
        raise


def _remove(draft: Path) -> None:
    with suppress(OSError):  # then the next backup removes it
        draft.unlink(missing_ok=True)


def _put_in_place(draft: Path, target: Path) -> None:
    os.replace(draft, target)
    if os.name == "posix":  # else a power cut may take the name back
        handle = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def hash_file(file: Path, tick: Tick = lambda _: None) -> str:
    """The SHA-256 of a file, in hex. Raises OSError."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(BLOCK_BYTES):
            digest.update(block)
            tick(len(block))
    return digest.hexdigest()


def remove_unfinished(folder: Path, site: str) -> None:
    """What a backup that was killed has left at a place."""
    with suppress(OSError):  # a place that is away is told of when it is written to
        for file in folder.glob(f"muster-{site}-*{UNFINISHED}"):
            file.unlink(missing_ok=True)


def files_of(folder: Path, site: str, kind: str) -> dict[datetime, Path]:
    """The finished files of a site at a place, by when they were made. kind: SITE or KEYS.

    None are found at a place that cannot be read.
    """
    found = {}
    with suppress(OSError):
        for file in folder.glob(f"muster-{site}-*{kind}") if folder.is_dir() else ():
            made_at = made_at_of(file.name, site)
            if made_at is not None:
                found[made_at] = file
    return found


def open_site_file(file: Path, secret: bytes, tick: Tick, into: Path) -> Manifest:
    """Restores what a backup holds into a folder, all of it verified. secret: the recovery key.

    Raises NotABackup, OtherKey, Damaged, OSError.
    """
    with file.open("rb") as opened:
        stream = SealedReader(opened, file.name, _key_of(opened, file.name, secret, "site"))
        return read_archive(buffered(stream), file.name, tick, into)


def open_keys_file(file: Path, secret: bytes) -> PeopleKeys:
    """People's keys. Raises NotABackup, OtherKey, Damaged, OSError."""
    with file.open("rb") as opened:
        stream = SealedReader(opened, file.name, _key_of(opened, file.name, secret, "keys"))
        return _decode_keys(stream, file.name)


def header_of(file: Path) -> Header:
    """What a file says of itself, unproven. Raises NotABackup, Damaged, OSError."""
    with file.open("rb") as opened:
        return read_header(opened, file.name)


def _key_of(opened: IO[bytes], name: str, secret: bytes, kind: str) -> OpenKey:
    header = read_header(opened, name)
    if header.kind != kind:
        raise NotABackup(
            msgid("{name} holds people's keys. Name the file that ends in {site}.").format(
                name=name,
                site=SITE,
            )
        )
    return by_paper(key_pair(secret), name, header)


def _decode_keys(stream: SealedReader, name: str) -> PeopleKeys:
    data = bytearray()
    while block := stream.read(BLOCK_BYTES):
        data += block
        if len(data) > MOST_KEYS_BYTES:
            raise Damaged(name)
    try:
        return decode_people_keys(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Damaged(name) from None


def free_work_folder(folder: Path) -> None:
    """An empty folder for what is in between; what a killed backup left there goes."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except OSError as problem:
        raise BackupProblem(
            msgid("{folder} cannot be used: {strerror}").format(
                folder=folder, strerror=problem.strerror
            )
        ) from problem
