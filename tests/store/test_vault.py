"""Keys and sealing: T14, T17, T18."""

import stat
import sys
from datetime import UTC, datetime
from pathlib import Path

import keyring
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from console.key_holder import FileHolder, KeyringHolder, key_holder
from console.store.database import Store, connect
from console.store.keys import KeyMissing, load_keys
from console.store.schema import PersonKey, SiteKey
from console.store.vault import HPKE_SUITE, Unsealable, Vault, upload_info, version_of
from tests.conftest import Databases

KEK = bytes(range(32))
NOW = datetime(2026, 11, 22, tzinfo=UTC)
PLACE = ("p1", "photo", "row1", "image")


FOR_EACH_EXAMPLE = settings(
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # examples share keys alone
)


@pytest.fixture
def session(databases: Databases):
    store = Store(connect(databases.migrated()))
    with store.write() as session:
        yield session
    store.close()


@FOR_EACH_EXAMPLE
@given(plain=st.binary(max_size=2000))
def test_what_is_sealed_opens_again_and_shows_nothing(session: Session, plain: bytes) -> None:
    vault = Vault(KEK)
    sealed = vault.seal(session, *PLACE, plain)
    assert vault.open(session, *PLACE, sealed) == plain
    assert len(plain) < 4 or plain not in sealed
    assert vault.seal(session, *PLACE, plain) != sealed


def test_AC9_a_mark_tells_values_apart_and_nothing_of_them_without_the_key() -> None:
    mark = Vault(KEK).mark_site("line", b"1001")
    assert mark == Vault(KEK).mark_site("line", b"1001")
    others = (
        Vault(KEK).mark_site("line", b"1002"),
        Vault(KEK).mark_site("other", b"1001"),
        Vault(bytes(32)).mark_site("line", b"1001"),
    )
    assert mark not in others
    assert len(mark) == 32


@pytest.mark.parametrize(
    "elsewhere",
    [
        ("p1", "photo", "row2", "image"),
        ("p1", "enrolment", "row1", "image"),
        ("p1", "photo", "row1", "vector"),
    ],
)
def test_a_value_moved_to_another_row_table_or_kind_does_not_open(
    session: Session, elsewhere: tuple[str, str, str, str]
) -> None:
    vault = Vault(KEK)
    sealed = vault.seal(session, *PLACE, b"secret")
    with pytest.raises(Unsealable):
        vault.open(session, *elsewhere, sealed)


def test_a_value_of_another_person_does_not_open(session: Session) -> None:
    vault = Vault(KEK)
    vault.seal(session, "p2", "photo", "x", "image", b"other")
    with pytest.raises(Unsealable):
        vault.open(session, "p2", *PLACE[1:], vault.seal(session, *PLACE, b"secret"))


@given(place=st.integers(0, 40), bit=st.integers(0, 7))
@FOR_EACH_EXAMPLE
def test_a_single_flipped_bit_is_noticed(session: Session, place: int, bit: int) -> None:
    vault = Vault(KEK)
    sealed = bytearray(vault.seal(session, *PLACE, b"some secret"))
    sealed[place % len(sealed)] ^= 1 << bit
    with pytest.raises(Unsealable):
        vault.open(session, *PLACE, bytes(sealed))


def test_without_the_persons_key_nothing_opens(session: Session) -> None:
    vault = Vault(KEK)
    sealed = vault.seal(session, "p3", "photo", "x", "image", b"secret")
    session.delete(session.get_one(PersonKey, "p3"))
    session.flush()
    with pytest.raises(Unsealable, match="destroyed"):
        vault.open(session, "p3", "photo", "x", "image", sealed)


def test_an_upload_opens_only_for_its_own_link_and_slot(session: Session) -> None:
    vault = Vault(KEK)
    key = vault.current_site_key(session, NOW)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.public)
    sealed = HPKE_SUITE.encrypt(b"photo", public, info=upload_info("a" * 64, 1))
    assert vault.open_upload(session, key.version, upload_info("a" * 64, 1), sealed) == b"photo"
    for info in (upload_info("b" * 64, 1), upload_info("a" * 64, 2)):
        with pytest.raises(Unsealable):
            vault.open_upload(session, key.version, info, sealed)
    for damaged in (b"", b"x" * 10, sealed[:-1], b"\x00" + sealed[1:]):
        with pytest.raises(Unsealable):
            vault.open_upload(session, key.version, upload_info("a" * 64, 1), damaged)
    with pytest.raises(Unsealable):
        vault.open_upload(session, 99, upload_info("a" * 64, 1), sealed)


def test_the_key_lives_in_the_keyring_when_there_is_one(tmp_path: Path) -> None:
    holder = key_holder(tmp_path, "site")
    assert isinstance(holder, KeyringHolder)
    kek = load_keys(holder, data_exists=False)
    assert load_keys(key_holder(tmp_path, "site"), data_exists=True) == kek
    assert list(tmp_path.iterdir()) == []


@pytest.mark.windows
def test_without_a_keyring_the_key_lies_in_a_guarded_file(tmp_path: Path) -> None:
    from keyring.backends.fail import Keyring

    keyring.set_keyring(Keyring())
    holder = key_holder(tmp_path, "site")
    assert isinstance(holder, FileHolder)
    load_keys(holder, data_exists=False)
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "site.key").stat().st_mode) == 0o600


def test_a_lost_key_is_said_so_and_never_silently_replaced(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing):
        load_keys(FileHolder(tmp_path / "site.key"), data_exists=True)
    assert not (tmp_path / "site.key").exists()


def test_a_key_of_the_wrong_length_is_damaged_and_not_used(tmp_path: Path) -> None:
    holder = FileHolder(tmp_path / "site.key")
    holder.set(bytes(31))
    with pytest.raises(KeyMissing, match="damaged"):
        load_keys(holder, data_exists=True)


def test_the_key_of_a_new_site_has_256_random_bits(tmp_path: Path) -> None:
    one = load_keys(FileHolder(tmp_path / "one.key"), data_exists=False)
    other = load_keys(FileHolder(tmp_path / "other.key"), data_exists=False)
    assert (len(one), len(other)) == (64, 64), "one to wrap by, one for marks"
    assert len({one[:32], one[32:], other[:32], other[32:]}) == 4
    assert one != other


def test_a_secret_of_the_site_opens_only_as_what_it_was_sealed() -> None:
    vault = Vault(KEK)
    sealed = vault.seal_site("smtp", b"password")
    assert b"password" not in sealed
    assert vault.open_site("smtp", sealed) == b"password"
    with pytest.raises(Unsealable):
        vault.open_site("rotation", sealed)
    with pytest.raises(Unsealable):
        Vault(bytes(32)).open_site("smtp", sealed)


@pytest.mark.parametrize("length", [0, 1, 13, 28])
def test_what_is_too_short_to_be_sealed_is_refused_as_such(length: int) -> None:
    with pytest.raises(Unsealable, match="not a sealed value"):
        Vault(KEK).open_site("smtp", bytes([1]) + bytes(length - 1) if length else b"")


def test_the_shortest_sealed_value_is_that_of_nothing() -> None:
    vault = Vault(KEK)
    sealed = vault.seal_site("smtp", b"")
    assert len(sealed) == 1 + 12 + 16
    assert vault.open_site("smtp", sealed) == b""


def test_a_value_of_another_version_is_refused_as_such() -> None:
    vault = Vault(KEK)
    sealed = bytearray(vault.seal_site("smtp", b"password"))
    assert sealed[0] == 1, "what is stored must stay readable"
    sealed[0] = 2
    with pytest.raises(Unsealable, match="not a sealed value"):
        vault.open_site("smtp", bytes(sealed))


def test_the_pair_for_uploads_is_made_once(session: Session) -> None:
    vault = Vault(KEK)
    made = vault.current_site_key(session, NOW)
    assert (made.version, made.created_at) == (1, NOW)
    assert len(made.public) == 65 and made.public[0] == 4, "an uncompressed point"
    again = vault.current_site_key(session, NOW.replace(year=2030))
    assert (again.version, again.public, again.created_at) == (1, made.public, NOW)


def test_new_uploads_are_sealed_to_the_newest_pair_and_older_ones_still_open(
    session: Session,
) -> None:
    vault = Vault(KEK)
    first = vault.current_site_key(session, NOW)
    info = upload_info("a" * 64, 1)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), first.public)
    sealed = HPKE_SUITE.encrypt(b"photo", public, info=info)
    newer = SiteKey(version=2, public=b"newer", private_sealed=b"", created_at=NOW)
    session.add(newer)
    session.flush()
    assert vault.current_site_key(session, NOW).version == 2
    assert vault.open_upload(session, 1, info, sealed) == b"photo"


def test_the_name_of_a_sealed_value_is_short_and_changes_with_it() -> None:
    vault = Vault(KEK)
    one, other = vault.seal_site("smtp", b"same"), vault.seal_site("smtp", b"same")
    assert version_of(one) == version_of(one) != version_of(other)
    assert len(version_of(one)) == 16
    assert version_of(b"") == "e3b0c44298fc1c14", "stored rows carry it"


def test_uploads_are_bound_in_the_words_that_the_page_uses() -> None:
    assert upload_info("a1", 12) == b"muster photo v1|a1|12"
