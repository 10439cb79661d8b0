"""The package for Debian: what it installs, and that a computer's own Python runs it."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from console import __version__, installation
from installer import deb
from tests.conftest import ROOT

EPOCH = 1_790_000_000
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
pytestmark = pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg-deb makes packages")


def build(folder: Path) -> Path:
    """The package without Python's packages: those of the tests serve instead.

    Whoever builds it keeps new files to themselves, and nothing else may come of that.
    """
    root = folder / "root"
    before = os.umask(0o077)
    try:
        deb.stage(root, HERE)
    finally:
        os.umask(before)
    site = deb.site_packages(root / deb.PREFIX, HERE)
    paths = [str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    (site / "of_the_tests.pth").write_text("\n".join(paths))
    (folder / "out").mkdir()
    return deb.pack(root, folder / "out", EPOCH, "gzip")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    os.environ["SOURCE_DATE_EPOCH"] = str(EPOCH)
    return build(tmp_path_factory.mktemp("deb"))


@pytest.fixture(scope="module")
def unpacked(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(folder)], check=True)
    return folder


def test_the_same_sources_give_the_same_package(package: Path, tmp_path: Path) -> None:
    again = build(tmp_path)
    first, second = (hashlib.sha256(one.read_bytes()).digest() for one in (package, again))
    assert first == second


def test_dpkg_is_told_what_it_needs(package: Path) -> None:
    said = subprocess.run(
        ["dpkg-deb", "--field", str(package)], capture_output=True, text=True, check=True
    ).stdout
    assert f"Version: {__version__}\n" in said
    assert f"python3 (>= {HERE})" in said, "the packages are made for one version of Python"
    assert "libusb-1.0-0" in said


def test_nothing_belongs_to_anybody_but_root_and_nobody_else_may_write(package: Path) -> None:
    lines = subprocess.run(
        ["dpkg-deb", "--contents", str(package)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(lines) > 20
    for line in lines:
        mode, owner = line.split()[:2]
        assert owner == "root/root", line
        assert mode.startswith("l") or mode[8] == "-", line


@pytest.mark.skipif(
    not Path(f"/usr/bin/python{HERE}").exists(),
    reason="the computer's own Python is another one than that of the tests",
)
def test_the_computers_own_python_runs_it(unpacked: Path) -> None:
    command = [str(unpacked / deb.PREFIX / "bin/python3"), "-I", "-m", "console.cli", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
    assert done.stdout == f"Muster {__version__}\n"
    assert (
        f"{deb.PREFIX}/bin/python3 -I -m console.cli" in (unpacked / "usr/bin/muster").read_text()
    )


def test_the_service_has_the_folder_in_which_consoles_look_for_it(unpacked: Path) -> None:
    unit = (unpacked / deb.FILES["muster.service"]).read_text()
    folder = installation.computer_folder()
    assert f"--data {folder / installation.DATA} serve" in unit
    made = (unpacked / "DEBIAN" / "postinst").read_text()
    assert f"0755 {folder} {folder / installation.ANNOUNCED}\n" in made
    assert f"0700 {folder / installation.DATA}\n" in made


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not on this computer")
def test_systemd_understands_the_unit(unpacked: Path, tmp_path: Path) -> None:
    unit = (unpacked / deb.FILES["muster.service"]).read_text()
    here = unit.replace("/usr/bin/muster ", f"{unpacked}/usr/bin/muster ")
    here = here.replace("file:///usr/share/doc", f"file://{unpacked}/usr/share/doc")
    (tmp_path / "muster.service").write_text(here)
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / "muster.service")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "muster.service" in line] == []


@pytest.mark.parametrize("name", deb.SCRIPTS)
def test_its_scripts_are_scripts_and_keep_the_data(unpacked: Path, name: str) -> None:
    script = unpacked / "DEBIAN" / name
    subprocess.run(["/bin/sh", "-n", str(script)], check=True)
    kept = f"{installation.computer_folder()}/data"
    deleted = [line for line in script.read_text().splitlines() if line.strip().startswith("rm ")]
    assert not [line for line in deleted if kept in line]
