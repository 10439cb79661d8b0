"""`muster recovery-key`: a site whose keyring is lost comes back with the paper. 2.4, 11."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from console.cli import main
from console.domain.operators import Role
from console.domain.recovery_key import in_groups
from console.key_holder import FileHolder
from console.service.people.passwords import is_right
from console.store.audit import verify
from console.store.database import Store, connect, sqlite_url
from console.store.recovery import load_recovery
from console.store.schema import Audit, Operator
from console.store.vault import Unsealable, Vault
from tests.conftest import migrated_sqlite

KEK = bytes(range(32))
Answer = Callable[[Callable[[str], str]], None]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a site whose key lies in a file."""
    (tmp_path / "muster.db").write_bytes(migrated_sqlite())
    FileHolder(tmp_path / "site.key").set(KEK)
    return tmp_path


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Lets a function answer what the command asks for."""
    return lambda person: monkeypatch.setattr("builtins.input", person)


def shown(text: str) -> list[str]:
    """The groups that the command has printed."""
    return re.findall(r"\b[A-Z2-7]{4}\b", text)


def run(site: Path, *options: str) -> int:
    return main(["--data", str(site), "recovery-key", "--key-file", *options])


def opened(site: Path) -> Store:
    return Store(connect(sqlite_url(site / "muster.db")), Vault(KEK))


@pytest.fixture
def paper(site: Path, answer: Answer, capsys: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    """The groups of the site's recovery key, after two of them were typed back."""
    groups: list[str] = []

    def person(asks: str) -> str:
        groups.extend(shown(capsys.readouterr().out))
        found = re.search(r"group (\d+) ", asks)
        assert found is not None
        return groups[int(found[1]) - 1]

    answer(person)
    assert run(site) == 0
    assert len(groups) == 14
    yield groups


def test_it_counts_once_two_groups_were_typed_back(
    site: Path, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def person(asks: str) -> str:
        asked.append(asks)
        return "AAAA"

    answer(person)
    assert run(site) == 1
    assert len(asked) == 6, "two groups, three times"
    assert "does not match the one shown" in capsys.readouterr().err
    with opened(site).read() as tx:
        assert load_recovery(tx) is None


def test_it_brings_back_a_site_whose_key_is_lost(
    site: Path, paper: list[str], answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(site).write() as tx:
        sealed = tx.vault.seal_site("test", b"a password")
    (site / "site.key").unlink()
    answer(lambda _asks: " ".join(paper).lower())
    assert run(site, "--use") == 0
    assert "The key of the site is back" in capsys.readouterr().out
    kek = FileHolder(site / "site.key").get()
    assert kek is not None
    assert Vault(kek).open_site("test", sealed) == b"a password"
    with pytest.raises(Unsealable):
        Vault(bytes(32)).open_site("test", sealed)


def test_the_key_of_another_site_is_refused(
    site: Path, paper: list[str], answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "site.key").unlink()
    answer(lambda _asks: " ".join(in_groups(bytes(32))))
    assert run(site, "--use") == 1
    assert "not the recovery key of this site" in capsys.readouterr().err
    assert not (site / "site.key").exists()


def test_a_second_one_is_made_only_when_it_is_asked_for(
    site: Path, paper: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(site) == 1
    assert "There is a recovery key already" in capsys.readouterr().err


def test_without_a_site_or_a_recovery_key_it_says_so(
    tmp_path: Path, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "nowhere") == 1
    assert "There is no site in" in capsys.readouterr().err
    assert run(site, "--use") == 1
    assert "no recovery key" in capsys.readouterr().err


def test_it_is_in_no_file_of_the_site(site: Path, paper: list[str]) -> None:
    from console.domain.recovery_key import read_key

    secret = read_key("".join(paper))
    engine = connect(sqlite_url(site / "muster.db"))
    with engine.connect() as connection:
        connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    for file in filter(Path.is_file, site.rglob("*")):
        data = file.read_bytes()
        assert secret not in data
        assert secret.hex().encode() not in data


@pytest.mark.parametrize("keyring_lost", [False, True])
def test_it_gives_an_administrator_who_forgot_the_password_another_one(
    site: Path,
    paper: list[str],
    answer: Answer,
    capsys: pytest.CaptureFixture[str],
    keyring_lost: bool,
) -> None:
    """N17: the way back on the service's own computer, also while the service runs."""
    with opened(site).write() as tx:
        for username, role in (("ada", Role.ADMIN), ("tom", Role.TECHNICIAN)):
            row = Operator(id=username, username=username, name=username, role=role, misses=9)
            row.password_hash, row.created_at = "forgotten", tx.now
            tx.add(row)
    if keyring_lost:
        (site / "site.key").unlink()
    answer(lambda _asks: " ".join(in_groups(bytes(32))))
    assert run(site, "--admin", "ada") == 1
    assert "not the recovery key of this site" in capsys.readouterr().err
    answer(lambda _asks: " ".join(paper))
    assert run(site, "--admin", "tom") == 1
    assert "No administrator" in capsys.readouterr().err
    assert run(site, "--admin", "ada") == 0
    said = capsys.readouterr().out
    given = re.search(r"ada signs in with (\S+) by", said)
    assert given and "Every operator is told" in said
    with opened(site).read() as tx:
        ada, tom = (tx.get_one(Operator, name) for name in ("ada", "tom"))
        assert is_right(ada.password_hash, given[1])
        assert ada.password_until is not None
        assert (ada.misses, tom.password_hash) == (0, "forgotten")
        (entry,) = tx.scalars(select(Audit).where(Audit.action == "operator.recovered"))
        assert (entry.object_id, entry.detail["where"]) == ("ada", "command")
        assert verify(tx.session) is None


def test_without_a_recovery_key_no_administrator_is_given_a_password(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(site, "--admin", "ada") == 1
    assert "has no recovery key" in capsys.readouterr().err
