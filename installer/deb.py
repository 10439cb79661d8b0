"""The package for Debian: the service with its unit, udev's rules, console and kiosk.

It is the wheel and the locked packages, below /usr/lib/muster, for the computer's own Python. The
same sources and locks give the same file.
"""

import gzip
import shutil
import subprocess
from pathlib import Path

import run
from console import __version__
from installer import documents, payload
from installer.wheel import ROOT, build_wheel

DEBIAN_PACKAGE = "dpkg"
"""That packs it."""
LINUX = ROOT / "installer" / "linux"
PREFIX = Path("usr/lib/muster")
ABOUT = Path("usr/share/doc/muster")
PLATFORM = "x86_64-manylinux_2_36"
"""The C library of Debian 12."""
CONFIGURATION = Path("etc/default/muster")
FILES = {
    "muster.sh": "usr/bin/muster",
    "muster.service": "usr/lib/systemd/system/muster.service",
    "muster.default": str(CONFIGURATION),
    "60-muster-readers.rules": "usr/lib/udev/rules.d/60-muster-readers.rules",
    "muster.desktop": "usr/share/applications/muster.desktop",
    "muster-kiosk.desktop": "usr/share/applications/muster-kiosk.desktop",
}
"""Files of installer/linux, and where each is installed."""
SCRIPTS = ("postinst", "prerm", "postrm")
RENAMED = {"libglib2.0-0": "libglib2.0-0t64"}
"""Packages that are called otherwise since Debian 13."""
DESCRIPTION = """\
Description: enrol faces and fingerprints at work, and log people in
 The service of a site with its portal for employees, the console of its administrators, and the
 kiosk where people log in. Everything stays on the computers of the site.
"""


def make_package(work: Path, out: Path, python_version: str, epoch: int, method: str) -> Path:
    """Build in an empty folder; the package, which has its list of parts beside it.

    python_version: of the Debian that it is for; method: of dpkg-deb's compression.
    """
    root = work / "root"
    stage(root, python_version)
    site = site_packages(root / PREFIX, python_version)
    payload.install_packages(
        site, build_wheel(work / "wheel", run.PYTHON), PLATFORM, python_version
    )
    run.remove_unused(site)
    payload.remove(site, payload.UNUSED)
    payload.shorten_records(site)
    payload.check_clean(site)
    parts = documents.packages_of(site)
    (root / ABOUT / "licences.html").write_text(documents.licences_page(parts), "utf-8")
    package = pack(root, out, epoch, method)
    bill = documents.bill_of_materials(parts, {}, epoch)
    package.with_suffix(".cdx.json").write_text(bill, "utf-8")
    return package


def stage(root: Path, python_version: str) -> None:
    """Fill an empty folder with all but the packages of Python."""
    for name, place in FILES.items():
        target = root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(LINUX / name, target)
    (root / "usr/bin/muster").chmod(0o755)
    icon = root / "usr/share/icons/hicolor/scalable/apps/muster.svg"
    icon.parent.mkdir(parents=True)
    shutil.copy(ROOT / "resources" / "icons" / "fingerprint.svg", icon)
    about = root / ABOUT
    about.mkdir(parents=True)
    shutil.copy(ROOT / "installer" / "README.md", about / "installer.md")
    shutil.copy(ROOT / "LICENSE", about / "copyright")
    changes = gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), 9, mtime=0)
    (about / "changelog.gz").write_bytes(changes)
    _make_environment(root / PREFIX, python_version)
    _describe(root, python_version)


def _make_environment(folder: Path, python_version: str) -> None:
    """A virtual environment of the computer's Python; workers find their packages in it, too."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python3").symlink_to("/usr/bin/python3")
    settings = (
        f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {python_version}\n"
    )
    (folder / "pyvenv.cfg").write_text(settings)
    site_packages(folder, python_version).mkdir(parents=True)


def site_packages(folder: Path, python_version: str) -> Path:
    """Where a virtual environment in this folder has its packages."""
    return folder / "lib" / f"python{python_version}" / "site-packages"


def _describe(root: Path, python_version: str) -> None:
    """What dpkg has to know: the package, what it needs, its scripts, its configuration."""
    major, minor = python_version.split(".")
    needs = [f"python3 (>= {python_version})", f"python3 (<< {major}.{int(minor) + 1})"]
    needs += [f"{name} | {RENAMED[name]}" if name in RENAMED else name for name in run.QT_PACKAGES]
    control = root / "DEBIAN"
    control.mkdir()
    fields = {
        "Package": "muster",
        "Version": __version__,
        "Architecture": "amd64",
        "Maintainer": "Muster <muster@localhost>",
        "Section": "admin",
        "Priority": "optional",
        "Depends": ", ".join([*needs, "adduser"]),
    }
    lines = "".join(f"{name}: {value}\n" for name, value in fields.items())
    (control / "control").write_text(lines + DESCRIPTION)
    (control / "conffiles").write_text(f"/{CONFIGURATION}\n")
    for name in SCRIPTS:
        shutil.copy(LINUX / name, control / name)
        (control / name).chmod(0o755)


def _same_rights(root: Path) -> None:
    """Everybody may read what is installed, whatever the umask of whoever builds."""
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)


def pack(root: Path, out: Path, epoch: int, method: str) -> Path:
    """Pack the folder; the package."""
    _same_rights(root)
    payload.same_times(root, epoch)
    package = out / f"muster_{__version__}_amd64.deb"
    command = ["dpkg-deb", "--root-owner-group", f"-Z{method}", "--build", str(root), str(package)]
    subprocess.run(command, check=True, timeout=900, stdout=subprocess.DEVNULL)
    return package
