"""AC20: a service that cannot start says why and what to do; what it can mend it mends."""

import base64
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from console.demo.site import DidNotStart
from console.service.start_problems import replace_damaged_jobs
from tests.conftest import PASSWORD, free_ports, migrated_sqlite
from tests.support.forked_site import ForkedSite


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site that was set up and stopped."""
    folder = tmp_path_factory.mktemp("stopped")
    (folder / "muster.db").write_bytes(migrated_sqlite())
    with ForkedSite(folder) as site, site.client() as client:
        client.set_up("admin", "Admin", PASSWORD, "Site")
    return folder


@pytest.fixture
def folder(stopped: Path, tmp_path: Path) -> Path:
    return shutil.copytree(stopped, tmp_path / "site")


def garbage(folder: Path) -> None:
    (folder / "muster.db").write_bytes(b"garbage " * 4096)


def cut_off(folder: Path) -> None:
    whole = (folder / "muster.db").read_bytes()
    (folder / "muster.db").write_bytes(whole[: len(whole) // 2])


def damaged_pages(folder: Path) -> None:
    pages = bytearray((folder / "muster.db").read_bytes())
    for start in range(10 * 4096, len(pages) - 4096, 7 * 4096):
        pages[start : start + 200] = bytes(200)
    (folder / "muster.db").write_bytes(pages)


def key_of_another_site(folder: Path) -> None:
    (folder / "site.key").write_bytes(base64.b64encode(os.urandom(32)))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (garbage, "is damaged .* from a backup in its place"),
        (cut_off, "is damaged .* from a backup in its place"),
        (damaged_pages, "is damaged .* from a backup in its place"),
        (key_of_another_site, "key of another site"),
    ],
)
def test_harm_to_the_data_is_named_with_its_remedy(
    folder: Path, harm: Callable[[Path], None], words: str
) -> None:
    harm(folder)
    before = (folder / "muster.db").read_bytes()
    with pytest.raises(DidNotStart, match=words) as told, ForkedSite(folder):
        pass
    assert "Traceback" not in str(told.value)
    assert (folder / "muster.db").read_bytes() == before


def test_a_database_that_is_away_is_named(tmp_path: Path) -> None:
    url = f"postgresql://muster@127.0.0.1:{free_ports(1)[0]}/muster"
    serve = ("--database", url, "--jobs-database", url)
    with pytest.raises(DidNotStart, match=r"cannot be reached.*Check that it runs") as told:
        with ForkedSite(tmp_path, serve=serve):
            pass
    assert "Traceback" not in str(told.value)


def test_a_database_of_the_job_runner_that_is_only_locked_stays(folder: Path) -> None:
    jobs = folder / "jobs.db"
    with closing(sqlite3.connect(jobs)) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN EXCLUSIVE")
        replace_damaged_jobs(jobs)
        assert jobs.is_file()
        other.rollback()
    assert not list(folder.glob("jobs.damaged-*"))


def test_a_damaged_database_of_the_job_runner_is_put_aside(folder: Path) -> None:
    (folder / "jobs.db").write_bytes(b"garbage " * 4096)
    with ForkedSite(folder) as site, site.client() as client:
        client.sign_in("admin", PASSWORD)
    assert [path.read_bytes() for path in folder.glob("jobs.damaged-*.db")] == [b"garbage " * 4096]
