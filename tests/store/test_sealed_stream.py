"""A backup's file: whatever is done to it after it was made is found. 2.5, 10."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.backups import BackupProblem, Damaged, NotABackup, OtherKey
from console.domain.recovery_key import fingerprint
from console.recovery_pair import key_pair, public_bytes
from console.store.backup.sealed_stream import (
    CHUNK_BYTES,
    MAGIC,
    SEALED_KEY_BYTES,
    TAG_BYTES,
    Header,
    SealedReader,
    SealedWriter,
    buffered,
    by_paper,
    read_header,
)

PAIR = key_pair(bytes(range(32)))
PUBLIC = public_bytes(PAIR)
HEADER = Header(
    kind="site",
    site="0a1b2c3d",
    made_at=datetime(2026, 11, 27, tzinfo=UTC),
    sealed_to=fingerprint(PUBLIC),
)
CHUNK = CHUNK_BYTES + TAG_BYTES


def seal(plain: bytes) -> bytes:
    out = io.BytesIO()
    writer = SealedWriter(out, HEADER, PUBLIC)
    writer.write(plain)
    writer.finish()
    return out.getvalue()


def unseal(sealed: bytes) -> bytes:
    file = io.BytesIO(sealed)
    opener = by_paper(PAIR, "x.backup", read_header(file, "x.backup"))
    return buffered(SealedReader(file, "x.backup", opener)).read()


def start_of(sealed: bytes) -> int:
    """Where the chunks begin."""
    size = int.from_bytes(sealed[len(MAGIC) : len(MAGIC) + 2])
    return len(MAGIC) + 2 + size + SEALED_KEY_BYTES


THREE = bytes(CHUNK_BYTES) + b"\1" * CHUNK_BYTES + b"the end"
SMALL, LARGE = seal(b"templates of everybody"), seal(THREE)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1])
def test_what_was_written_is_read(size: int) -> None:
    plain = bytes(range(256)) * (size // 256 + 1)
    assert unseal(seal(plain[:size])) == plain[:size]


@given(st.integers(0, len(SMALL) - 1), st.integers(1, 255))
def test_a_byte_that_was_changed_is_found_wherever_it_is(place: int, change: int) -> None:
    altered = bytearray(SMALL)
    altered[place] ^= change
    with pytest.raises(BackupProblem):
        unseal(bytes(altered))


def test_every_byte_is_covered() -> None:
    for place in range(len(SMALL)):
        altered = bytearray(SMALL)
        altered[place] ^= 1
        with pytest.raises(BackupProblem):
            unseal(bytes(altered))


@given(st.integers(0, len(SMALL) - 1))
def test_a_file_that_was_cut_is_found_wherever_it_was_cut(length: int) -> None:
    with pytest.raises(BackupProblem):
        unseal(SMALL[:length])


def test_chunks_that_were_cut_swapped_repeated_or_added_are_found() -> None:
    first = start_of(LARGE)
    head, one, two, rest = (
        LARGE[:first],
        LARGE[first : first + CHUNK],
        LARGE[first + CHUNK : first + 2 * CHUNK],
        LARGE[first + 2 * CHUNK :],
    )
    assert unseal(head + one + two + rest) == THREE
    for wrong in (
        head + one + two,
        head + one + rest,
        head + two + one + rest,
        head + one + one + rest,
        head + one + two + rest + rest,
        head + one + two + rest + b"x",
        head,
    ):
        with pytest.raises(Damaged, match="was cut or altered"):
            unseal(wrong)


def test_chunks_of_another_file_do_not_fit() -> None:
    other = seal(THREE)
    with pytest.raises(Damaged):
        unseal(LARGE[: start_of(LARGE)] + other[start_of(other) :])


def test_another_recovery_key_is_named() -> None:
    file = io.BytesIO(SMALL)
    with pytest.raises(OtherKey, match=HEADER.sealed_to):
        by_paper(key_pair(bytes(32)), "x.backup", read_header(file, "x.backup"))


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"MUSTER BACKUP 2\n" + SMALL[16:]])
def test_other_files_and_newer_ones_are_told_from_damage(data: bytes) -> None:
    with pytest.raises(NotABackup, match="newer version"):
        unseal(data)


def test_without_the_key_it_tells_site_and_date_only() -> None:
    assert read_header(io.BytesIO(SMALL), "x.backup") == HEADER
    assert b"templates" not in SMALL
    assert SealedReader(io.BytesIO(SMALL), "x", by_paper(PAIR, "x", HEADER)).readable()
