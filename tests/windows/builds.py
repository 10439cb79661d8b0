"""The set-ups that the tests install: this version's, that of a version before, and one that fails.

All are made of one payload, which `installer/build.py` stages as it does for what is handed out;
nothing is compressed.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from console import __version__
from installer import nsis
from tests.conftest import ROOT

BEFORE, BROKEN = "0.0.1", "99.0"
"""Versions older and newer than any that this repository builds."""
FAILS = """
import contextlib, sqlite3, sys
async def serve(options):
    with contextlib.closing(sqlite3.connect(options.data_dir / "muster.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    sys.exit("muster: this version fails after it has changed the database")
"""
"""console/service/app.py of the version that fails."""


@dataclass(frozen=True, kw_only=True)
class Builds:
    """payload: the staged tree, which no test may change."""

    payload: Path
    this: Path
    package: Path
    before: Path
    broken: Path


def build(folder: Path) -> Builds:
    """Build into a new folder."""
    folder.mkdir()
    payload, out = folder / "Łęcka", folder / "out"  # no code page of the tests has these
    command = [sys.executable, "installer/build.py", "--quick", "--out", str(out)]
    subprocess.run([*command, "--keep", str(payload)], cwd=ROOT, check=True, timeout=420)
    pictures = [sys.executable, "installer/pictures.py", str(folder)]
    subprocess.run(pictures, cwd=ROOT, check=True, timeout=120)
    this = out / f"muster-setup-{__version__}.exe"
    return Builds(
        payload=payload,
        this=this,
        package=this.with_suffix(".msi"),
        before=_variant(folder, payload, BEFORE, {}),
        broken=_variant(folder, payload, BROKEN, {"console/service/app.py": FAILS}),
    )


def _variant(folder: Path, payload: Path, version: str, changed: dict[str, str]) -> Path:
    """The set-up of the payload with another version and other files; links, so that it is made
    at once."""
    staged, setup = folder / version, folder / f"muster-setup-{version}.exe"
    shutil.copytree(payload, staged, copy_function=os.link)
    site = staged / "site"
    known = (site / "console" / "__init__.py").read_text("utf-8")
    changed = {**changed, "console/__init__.py": known.replace(__version__, version)}
    for name, text in changed.items():
        (site / name).unlink()  # the payload has the same file
        (site / name).write_text(text, "utf-8")
    nsis.make_setup(staged, folder, setup, version, "store")
    shutil.rmtree(staged)
    return setup
