"""The tests marked `windows` pass with the Python and the packages that the set-up installs.

The folders for temporary files, like the user's, have names outside the code page.
"""

import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

import run
from installer import payload
from installer.wine import Wine, name_of
from tests.conftest import ROOT
from tests.windows.builds import Builds

MARK = "mark.windows"
PACKAGES = ("pytest", "pytest-qt", "pytest-timeout", "hypothesis", "aiosmtpd")
"""What the marked tests need besides the product."""
TEMPORARY = r"C:\Prüfung Łęcka 数据"


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """The locked versions for Windows, each checked by its hash."""
    folder = tmp_path / "packages"
    command = [str(run.PYTHON), "-m", "uv", "pip", "install", "--quiet", "--target", str(folder)]
    command += ["--python-platform", payload.PLATFORM, "--python-version", payload.PYTHON_VERSION]
    command += ["--only-binary", ":all:", "--require-hashes"]
    command += ["-c", str(ROOT / run.DEV), "-c", str(ROOT / run.USER)]
    command += [f"{name}=={version(name)}" for name in PACKAGES]  # what is installed is locked
    subprocess.run(command, check=True, timeout=240)
    return folder


@pytest.mark.timeout(1500)
def test_what_is_marked_passes_on_the_shipped_runtime(
    wine: Wine, builds: Builds, packages: Path
) -> None:
    files = [name_of(path) for path in (ROOT / "tests").rglob("test_*.py") if _is_marked(path)]
    options = ["-m", "windows", "-k", "not postgres", f"--basetemp={TEMPORARY}"]
    options += ["-o", "addopts=--import-mode=importlib", "-o", "pythonpath=", "-ra", "-q"]
    options += [f"--rootdir={name_of(ROOT)}", "-p", "no:cacheprovider", "--durations=10"]
    runner = ROOT / "tests/windows/runner.py"
    python = builds.payload / "runtime" / "python.exe"
    command = [str(python), *map(name_of, (runner, ROOT, packages)), *options, *sorted(files)]
    status, text = wine.run(*command, patience_s=420)
    print(text)
    assert status == 0, text
    skipped = re.findall(r"^SKIPPED .*$", text, re.MULTILINE)
    assert all("shared test data" in line for line in skipped), "Windows has all else"


def _is_marked(path: Path) -> bool:
    return path.parent != Path(__file__).parent and MARK in path.read_text("utf-8")
