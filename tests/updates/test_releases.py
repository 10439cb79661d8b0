"""Only what the maker has signed, nothing old, and whole: every other update is refused. P19.

The attacks are those that https://theupdateframework.github.io/specification names.
"""

import json
import shutil
import threading
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, TargetFile, Targets, Timestamp

from console.domain.updates import UpdateProblem
from console.updates.handover import METADATA, SET_UP
from console.updates.releases import Releases
from console.updates.sources import KeptDownload, Source, UpdateFile, UpdateFolder
from installer import release_keys, sign_release
from tests.support.maker import Folder, Maker, ask, served, strange_key

TIMESTAMP = "metadata/timestamp.json"


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    made = Maker(tmp_path / "maker")
    made.release("9.1")
    return made


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where the site keeps trusted metadata."""
    return tmp_path / "kept"


Look = Callable[[Source], Releases]


@pytest.fixture
def look(maker: Maker, kept: Path) -> Look:
    """Opens a source as a site does, which trusts the maker's first root."""
    trusted = maker.root.read_bytes()
    return lambda source: Releases(source, kept, trusted)


def refused(releases: Callable[[], Releases]) -> str:
    """Why the newest release is refused; nothing is changed then."""
    with pytest.raises(UpdateProblem) as problem:
        releases().newest()
    assert problem.value.message.endswith("Nothing was changed.")
    return problem.value.message


def test_a_release_comes_from_a_folder_behind_an_address(
    maker: Maker, look: Look, tmp_path: Path
) -> None:
    heard: list[int] = []
    with served(Folder, maker.folder) as address:
        releases = look(UpdateFolder(address, heard.append))
        found = releases.newest()
        assert releases.fetch_set_up(found, tmp_path / "set-up.exe") == len(b"MZ set-up")
    assert (found.version, found.revision) == ("9.1", "9000")
    assert found.changes == "What is new in 9.1."
    assert (tmp_path / "set-up.exe").read_bytes() == b"MZ set-up"
    assert sum(heard) > len(b"MZ set-up"), "progress is told"
    assert not list(tmp_path.glob("*.part"))


def test_a_release_comes_from_a_file_that_was_carried_here(
    maker: Maker, look: Look, tmp_path: Path
) -> None:
    releases = look(UpdateFile(maker.file()))
    releases.fetch_set_up(releases.newest(), tmp_path / "set-up.exe")
    assert (tmp_path / "set-up.exe").read_bytes() == b"MZ set-up"


def test_the_installing_account_verifies_what_the_service_keeps(
    maker: Maker, tmp_path: Path
) -> None:
    folder, trusted = tmp_path / "updates", maker.root.read_bytes()
    service = Releases(UpdateFile(maker.file()), folder / METADATA, trusted)
    found, downloaded = service.newest(), folder / SET_UP
    service.fetch_set_up(found, downloaded)

    def again() -> Releases:
        return Releases(KeptDownload(folder), tmp_path / "own", trusted)

    assert again().newest() == found
    again().fetch_set_up(found, tmp_path / "verified.exe")
    assert (tmp_path / "verified.exe").read_bytes() == b"MZ set-up"
    downloaded.write_bytes(b"MZ harmed")
    with pytest.raises(UpdateProblem, match="altered or mixed"):
        again().fetch_set_up(found, tmp_path / "bad.exe")
    downloaded.unlink()
    with pytest.raises(UpdateProblem, match="not all of them"):
        again().fetch_set_up(found, tmp_path / "bad.exe")
    downloaded.mkdir()
    with pytest.raises(UpdateProblem, match="cannot be read"):
        again().fetch_set_up(found, tmp_path / "bad.exe")
    assert not (tmp_path / "bad.exe").exists()


def test_expired_metadata_are_refused(maker: Maker, look: Look) -> None:
    sign_release.renew(maker.folder, maker.online, datetime.now(UTC) - timedelta(seconds=1))
    assert "expired" in refused(lambda: look(UpdateFile(maker.file())))


def test_a_stranger_s_signature_is_refused(maker: Maker, look: Look) -> None:
    sign_release.renew(maker.folder, strange_key())
    assert "not signed by the maker" in refused(lambda: look(UpdateFile(maker.file())))


def test_the_key_that_renews_may_not_sign_a_release(maker: Maker, look: Look) -> None:
    maker.targets = maker.online
    maker.release("9.2")
    assert "not signed by the maker" in refused(lambda: look(UpdateFile(maker.file())))


def test_what_is_older_than_what_was_seen_is_refused(maker: Maker, look: Look) -> None:
    before = maker.file("before.mstrup")
    maker.release("9.2")
    assert look(UpdateFile(maker.file())).newest().version == "9.2"
    assert "older than one that was seen" in refused(lambda: look(UpdateFile(before)))


def test_metadata_of_two_releases_do_not_mix(maker: Maker, look: Look) -> None:
    maker.release("9.2")
    metadata = maker.folder / "metadata"
    shutil.copyfile(metadata / "1.targets.json", metadata / "2.targets.json")
    assert "altered or mixed" in refused(lambda: look(UpdateFile(maker.file())))


def test_a_file_that_was_altered_is_refused(maker: Maker, look: Look, tmp_path: Path) -> None:
    (set_up,) = (maker.folder / "targets").glob("*.exe")
    set_up.write_bytes(b"MZ SET-up")
    releases = look(UpdateFile(maker.file()))
    found = releases.newest()
    with pytest.raises(UpdateProblem, match="altered or mixed"):
        releases.fetch_set_up(found, tmp_path / "set-up.exe")
    assert not [path for path in tmp_path.iterdir() if "set-up" in path.name]


class Endless(Folder):
    """Sends without an end."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(bytes(1 << 16))
        except OSError:
            pass


def test_endless_data_are_cut_off(maker: Maker, look: Look) -> None:
    with served(Endless, maker.folder) as address:
        assert "longer than it may be" in refused(lambda: look(UpdateFolder(address)))


def test_a_source_that_trickles_is_left(maker: Maker, look: Look) -> None:
    minutes = iter(range(0, 6000, 60))
    with served(Folder, maker.folder) as address:
        source = UpdateFolder(address, clock=lambda: float(next(minutes)))
        assert "too slowly" in refused(lambda: look(source))


def test_a_source_that_says_nothing_is_left(maker: Maker, look: Look) -> None:
    over = threading.Event()

    class Silent(Folder):
        def do_GET(self) -> None:
            over.wait(30)

    with served(Silent, maker.folder) as address:
        try:
            source = UpdateFolder(address, patience=0.1)
            assert "too slowly" in refused(lambda: look(source))
        finally:
            over.set()


def test_an_address_is_not_led_elsewhere(maker: Maker, look: Look) -> None:
    with served(Folder, maker.folder) as elsewhere:

        class Moved(Folder):
            def do_GET(self) -> None:
                self.send_response(302)
                self.send_header("Location", f"{elsewhere}{self.path}")
                self.end_headers()

        with served(Moved, maker.folder) as address:
            assert "cannot be read" not in (said := refused(lambda: look(UpdateFolder(address))))
    assert "holds no updates" in said


def test_an_address_where_nobody_listens_is_said(look: Look) -> None:
    with served(Folder, Path()) as gone:
        pass
    assert "cannot be reached" in refused(lambda: look(UpdateFolder(gone)))


@pytest.mark.parametrize("content", [b"", b"MZ no archive", b"PK\x05\x06" + bytes(18)])
def test_a_file_that_is_no_update_is_refused(look: Look, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.mstrup"
    file.write_bytes(content)
    assert refused(lambda: look(UpdateFile(file)))


def test_an_archive_that_unpacks_to_gigabytes_is_cut_off(
    maker: Maker, look: Look, tmp_path: Path
) -> None:
    file = tmp_path / "bomb.mstrup"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(TIMESTAMP, bytes(50_000_000))
    assert "longer than it may be" in refused(lambda: look(UpdateFile(file)))


def test_a_release_that_this_version_cannot_read_is_said(maker: Maker, look: Look) -> None:
    def described(**facts: object) -> None:
        about = json.dumps(facts).encode()
        targets = Targets(version=50 + len(facts), expires=release_keys.in_days(9))
        targets.targets["release.json"] = one = TargetFile.from_data("release.json", about)
        place = maker.folder / "targets" / f"{one.hashes['sha256']}.release.json"
        place.write_bytes(about)
        sign_release.write(maker.folder, targets, maker.targets)
        sign_release.renew(maker.folder, maker.online)

    described(release="10.0")
    with pytest.raises(UpdateProblem, match="cannot read"):
        look(UpdateFile(maker.file())).newest()
    described(version="; format c:", revision="9000", changes="", set_up="a.exe")
    with pytest.raises(UpdateProblem, match="not a version of Muster"):
        look(UpdateFile(maker.file())).newest()
    described(version="9.1", revision="9000", changes="", set_up="a.exe", more=1)
    releases = look(UpdateFile(maker.file()))
    with pytest.raises(UpdateProblem, match="holds no"):
        releases.fetch_set_up(releases.newest(), maker.keys / "a.exe")


def test_a_new_root_counts_when_the_holders_of_before_have_signed_it(
    maker: Maker, look: Look
) -> None:
    release_keys.new_key(maker.keys / "newer.pem", ask)
    shutil.copyfile(maker.keys / "newer.pub", maker.keys / "targets.pub")
    maker.write_root()
    assert release_keys.load_root(maker.root).signed.version == 2
    maker.targets = maker.signer("newer")
    maker.release("9.2")
    assert look(UpdateFile(maker.file())).newest().version == "9.2"


def test_a_new_root_that_one_holder_alone_has_signed_is_refused(maker: Maker, look: Look) -> None:
    maker.write_root(signers=("root-a",))
    shutil.copyfile(maker.root, maker.folder / "metadata" / "2.root.json")
    assert "not signed by the maker" in refused(lambda: look(UpdateFile(maker.file())))


def test_a_new_root_of_strangers_is_refused(maker: Maker, look: Look, tmp_path: Path) -> None:
    strangers = Maker(tmp_path / "strangers")
    strangers.write_root()
    strangers.release("9.9")
    assert "not signed by the maker" in refused(lambda: look(UpdateFile(strangers.file())))


def test_a_root_that_is_damaged_is_refused(kept: Path, maker: Maker) -> None:
    source = UpdateFile(maker.file())
    assert "cannot be used" in refused(lambda: Releases(source, kept, b"{}"))


def test_a_look_that_is_repeated_changes_nothing(maker: Maker, look: Look, kept: Path) -> None:
    assert look(UpdateFile(maker.file())).newest() == look(UpdateFile(maker.file())).newest()
    signed = Metadata[Timestamp].from_file(str(kept / "timestamp.json")).signed
    assert signed.version == 1
    assert not [path for path in kept.rglob("*") if path.is_symlink()], "Windows forbids them"
