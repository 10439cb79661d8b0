"""AC10: whoever has the database and every key cannot make another log fit the checkpoints."""

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.store.audit import GENESIS, Anchor, check_chain, digest
from console.store.audit_checkpoints import (
    Checkpoint,
    NotCheckpoints,
    append_checkpoint,
    check_against,
    newest_checkpoint,
    read_checkpoints,
    whole_text,
)

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LENGTH, EVERY, TRIALS = 60, 7, 100
Log = list["Entry"]


@dataclass(frozen=True)
class Entry:
    """A row of the log."""

    seq: int
    at: datetime
    actor: str
    action: str
    object_id: str = ""
    detail: str = "{}"
    prev_hash: str = ""
    hash: str = ""


def chained(entries: Log, start: Anchor = Anchor()) -> Log:  # noqa: B008 - it is frozen
    """The same entries, numbered and sealed anew, as only the chain itself demands."""
    made: Log = []
    seq, prev = start.seq, start.hash
    for entry in entries:
        row = replace(entry, seq=seq + 1, prev_hash=prev)
        row = replace(row, hash=digest(row, prev))
        made.append(row)
        seq, prev = row.seq, row.hash
    return made


def log() -> Log:
    return chained(
        [
            Entry(
                0, NOW - timedelta(minutes=LENGTH - n), f"operator {n % 3}", "photo.viewed", str(n)
            )
            for n in range(LENGTH)
        ]
    )


def checkpoints_of(entries: Log) -> list[Checkpoint]:
    return [
        Checkpoint(at=one.at, seq=one.seq, hash=one.hash) for one in entries if not one.seq % EVERY
    ]


LAST = LENGTH - LENGTH % EVERY
"""The entry of the newest checkpoint; what came after it is not secured yet."""
Attack = Callable[[Log, random.Random], tuple[Log, Anchor]]


def changed(entries: Log, chance: random.Random) -> tuple[Log, Anchor]:
    place = chance.randrange(LAST)
    entries[place] = replace(entries[place], actor="somebody else")
    return chained(entries), Anchor()


def removed(entries: Log, chance: random.Random) -> tuple[Log, Anchor]:
    del entries[chance.randrange(LAST)]
    return chained(entries), Anchor()


def reordered(entries: Log, chance: random.Random) -> tuple[Log, Anchor]:
    place = chance.randrange(LAST - 1)
    entries[place : place + 2] = reversed(entries[place : place + 2])
    return chained(entries), Anchor()


def added(entries: Log, chance: random.Random) -> tuple[Log, Anchor]:
    place = chance.randrange(LAST)
    entries.insert(place, replace(entries[place], action="settings.saved"))
    return chained(entries), Anchor()


def cut_at_the_end(entries: Log, chance: random.Random) -> tuple[Log, Anchor]:
    return entries[: chance.randrange(LAST)], Anchor()


def cut_and_written_on(entries: Log, chance: random.Random) -> tuple[Log, Anchor]:
    kept = entries[: chance.randrange(LAST)]
    more = [replace(entries[0], action="settings.saved") for _ in range(LENGTH)]
    return chained([*kept, *more]), Anchor()


def cut_at_the_beginning_as_if_by_age(entries: Log, chance: random.Random) -> tuple[Log, Anchor]:
    place = chance.randrange(EVERY, LENGTH)
    return entries[place:], Anchor(entries[place - 1].seq, entries[place - 1].hash)


def written_anew_behind_a_made_up_beginning(
    entries: Log, chance: random.Random
) -> tuple[Log, Anchor]:
    start = Anchor(chance.randrange(1, EVERY), "f" * 64)
    return chained(entries[start.seq :], start), start


ATTACKS: list[Attack] = [
    changed,
    removed,
    reordered,
    added,
    cut_at_the_end,
    cut_and_written_on,
    cut_at_the_beginning_as_if_by_age,
    written_anew_behind_a_made_up_beginning,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_AC10_a_log_that_was_written_anew_is_found_by_its_checkpoints(attack: Attack) -> None:
    """100 of 100, though the chain itself fits together each time."""
    honest = log()
    kept = checkpoints_of(honest)
    found = 0
    for trial in range(TRIALS):
        forged, start = attack(list(honest), random.Random(trial))
        assert check_chain(forged, start).broken_at is None, "the attacker has every key"
        found += check_against(forged, start, kept, NOW).broken_at is not None
    assert found == TRIALS


def test_AC10_checkpoints_that_contradict_each_other_are_found() -> None:
    """Who may append to the file only says something else of an entry later."""
    entries = log()
    made = checkpoints_of(entries)
    other = Checkpoint(at=made[-1].at, seq=made[0].seq, hash="0" * 64)
    for both in ([*made, other], [other, *made]):
        found = check_against(entries, Anchor(), both, made[-1].at)
        assert found.broken_at == made[0].seq


def test_the_log_as_it_was_written_fits_and_so_does_one_that_went_on() -> None:
    honest = log()
    checked = check_against(honest, Anchor(), checkpoints_of(honest[:-20]), NOW)
    assert (checked.count, checked.broken_at) == (LENGTH, None)
    assert check_against([], Anchor(), [Checkpoint(at=NOW, seq=0, hash=GENESIS)], NOW).count == 0


def test_what_was_deleted_by_its_age_is_no_fault() -> None:
    honest = log()
    start = Anchor(honest[29].seq, honest[29].hash)
    years_later = NOW + timedelta(days=8 * 365)
    checked = check_against(honest[30:], start, checkpoints_of(honest), years_later)
    assert (checked.count, checked.broken_at) == (30, None)
    assert check_against(honest[30:], start, checkpoints_of(honest), NOW).broken_at == EVERY


def test_the_last_entry_that_was_deleted_by_its_age_is_compared_too() -> None:
    honest = log()
    years_later = NOW + timedelta(days=8 * 365)
    forged = Anchor(4 * EVERY, "f" * 64)
    rest = chained(honest[4 * EVERY :], forged)
    assert check_chain(rest, forged).broken_at is None
    checked = check_against(rest, forged, checkpoints_of(honest), years_later)
    assert checked.broken_at == 4 * EVERY


def test_the_first_entry_that_does_not_fit_is_named() -> None:
    honest = log()
    kept = checkpoints_of(honest)
    assert check_against(honest[:20], Anchor(), kept, NOW).broken_at == 21
    honest[9] = replace(honest[9], actor="somebody")
    assert check_against(honest, Anchor(), kept, NOW).broken_at == 10, "by the chain"
    assert check_against(chained(honest), Anchor(), kept, NOW).broken_at == 14, "by a checkpoint"


# the file


def test_checkpoints_are_read_as_they_were_written(tmp_path: Path) -> None:
    file, kept = tmp_path / "audit.checkpoints", checkpoints_of(log())
    assert newest_checkpoint(file) is None
    for one in kept:
        append_checkpoint(file, one)
        assert newest_checkpoint(file) == one
    assert read_checkpoints(file) == kept
    with file.open("ab") as torn:
        torn.write(b'{"at": "2026-03')
    assert read_checkpoints(file) == kept
    assert newest_checkpoint(file) == kept[-1]


@pytest.mark.parametrize(
    "line",
    [
        "no checkpoint",
        "[]",
        "{}",
        '{"at": "2026-03-02T08:00:00", "seq": 1, "hash": "a"}',
        '{"at": "2026-03-02T08:00:00+00:00", "seq": -1, "hash": "a"}',
        '{"at": 5, "seq": 1, "hash": "a"}',
        "\xff",
    ],
)
def test_what_is_no_checkpoint_is_said_with_its_place(tmp_path: Path, line: str) -> None:
    file = tmp_path / "audit.checkpoints"
    file.write_bytes(line.encode("latin-1") + b"\n")
    with pytest.raises(NotCheckpoints, match="line 1 of"):
        read_checkpoints(file)
    with pytest.raises(NotCheckpoints, match="the last line of"):
        newest_checkpoint(file)


def test_a_file_that_would_fill_the_memory_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.store.audit_checkpoints.MOST_BYTES", 5)
    file = tmp_path / "audit.checkpoints"
    file.write_bytes(b"123456\n")
    with pytest.raises(NotCheckpoints, match="too large"):
        read_checkpoints(file)


def test_a_line_that_was_cut_off_anywhere_blocks_nothing_and_costs_no_other(
    tmp_path: Path,
) -> None:
    """A crash or a full disk may stop a write after any byte. AC10"""
    first, torn, after, last = checkpoints_of(log())[:4]
    line = torn.line().encode()
    for length in range(len(line)):
        for zeros in (0, 512):
            file = tmp_path / f"{length}-{zeros}.checkpoints"
            append_checkpoint(file, first)
            with file.open("ab") as crashed:
                crashed.write(line[:length] + b"\0" * zeros)
            assert newest_checkpoint(file) == first
            append_checkpoint(file, after)
            assert newest_checkpoint(file) == after
            append_checkpoint(file, last)
            whole = [torn] if length == len(line) - 1 and not zeros else []
            assert read_checkpoints(file) == [first, *whole, after, last]


def test_the_newest_is_found_behind_many_lines_that_were_cut_off(tmp_path: Path) -> None:
    file, (first, torn) = tmp_path / "audit.checkpoints", checkpoints_of(log())[:2]
    append_checkpoint(file, first)
    with file.open("ab") as crashed:
        crashed.write((torn.line()[:-9] + "\n").encode() * 500)
    assert newest_checkpoint(file) == first
    assert read_checkpoints(file) == [first]
    only = tmp_path / "only.checkpoints"
    only.write_bytes((torn.line()[:-9] + "\n").encode() * 500)
    assert newest_checkpoint(only) is None


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are Unix's")
def test_a_full_disk_costs_the_line_that_it_stops_and_no_other(tmp_path: Path) -> None:
    import resource

    file, (first, torn, last) = tmp_path / "audit.checkpoints", checkpoints_of(log())[:3]
    append_checkpoint(file, first)
    before = file.stat().st_size
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    for room in range(len(torn.line())):
        resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + room, limits[1]))
        try:
            with pytest.raises(OSError, match=r"File too large|No space left"):
                append_checkpoint(file, torn)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert newest_checkpoint(file) == first
    assert file.stat().st_size > before, "parts of lines were written"
    append_checkpoint(file, last)
    assert newest_checkpoint(file) == last
    assert [one for one in read_checkpoints(file) if one != torn] == [first, last]


def test_it_is_said_what_cannot_be_found() -> None:
    assert "cut off at the end are not found" in whole_text(5, [])
    said = whole_text(1200, checkpoints_of(log()))
    assert "All 1,200 entries" in said and "They fit 8 checkpoints" in said
    assert "cut off after that one are not found" in said
