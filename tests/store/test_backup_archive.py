"""What lies in a backup: only plain files that its manifest names, inside the folder. 2.5, 10."""

import io
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from console.domain.backups import Damaged
from console.store.backup.archive import (
    MANIFEST,
    FileFacts,
    Manifest,
    read_archive,
    write_archive,
)

ABOUT = Manifest(
    made_at=datetime(2026, 11, 27, tzinfo=UTC),
    program="1",
    database="sqlite",
    revision="0020",
    files={},
)
EMPTY = FileFacts(
    bytes=0, sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)


def quiet(_count: int) -> None:
    """Hears how many bytes were done."""


def made_of(*members: tuple[tarfile.TarInfo, bytes]) -> io.BytesIO:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w|") as tar:
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    out.seek(0)
    return out


def manifest_of(*names: str) -> tuple[tarfile.TarInfo, bytes]:
    about = msgspec.structs.replace(ABOUT, files=dict.fromkeys(names, EMPTY))
    return tarfile.TarInfo(MANIFEST), msgspec.json.encode(about)


def file(name: str) -> tuple[tarfile.TarInfo, bytes]:
    return tarfile.TarInfo(name), b""


def test_what_was_written_is_read_back_into_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"the database")
    (tmp_path / "b").write_bytes(bytes(3_000_000))
    counted: list[int] = []
    out = io.BytesIO()
    files = [("database.db", tmp_path / "a"), ("files/models/b", tmp_path / "b")]
    written = write_archive(out, files, ABOUT, counted.append)
    assert sum(counted) == 3_000_012
    out.seek(0)
    assert read_archive(out, "x", quiet, tmp_path / "into") == written
    assert (tmp_path / "into" / "database.db").read_bytes() == b"the database"
    assert (tmp_path / "into" / "files" / "models" / "b").stat().st_size == 3_000_000


@pytest.mark.parametrize("name", ["../out", "/etc/out", "a/../../out", "c:out", "a\\out", "."])
def test_nothing_is_written_outside_the_folder(tmp_path: Path, name: str) -> None:
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(Damaged):
        read_archive(made_of(file(name), manifest_of(name)), "x", quiet, into)
    assert list(tmp_path.rglob("out")) == []


def link() -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo("link")
    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return info, b""


@pytest.mark.parametrize(
    "members",
    [
        [file("a")],
        [manifest_of("a")],
        [file("a"), file("b"), manifest_of("a")],
        [file("a"), file("a"), manifest_of("a")],
        [file("a"), manifest_of("a"), file("b")],
        [link(), manifest_of("link")],
        [(tarfile.TarInfo("a"), b"x"), manifest_of("a")],
        [(tarfile.TarInfo(MANIFEST), b"{")],
    ],
    ids=["no manifest", "lacks one", "one more", "twice", "after", "link", "other", "rubbish"],
)
def test_what_is_not_as_the_manifest_says_is_damage(
    members: list[tuple[tarfile.TarInfo, bytes]],
) -> None:
    assert read_archive(made_of(file("a"), manifest_of("a")), "x", quiet).files == {"a": EMPTY}
    with pytest.raises(Damaged):
        read_archive(made_of(*members), "x", quiet)


def test_something_else_than_an_archive_is_damage() -> None:
    with pytest.raises(Damaged):
        read_archive(io.BytesIO(b"rubbish" * 1000), "x", quiet)
