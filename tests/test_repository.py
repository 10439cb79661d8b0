"""What must hold for the repository as a whole."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from console import __version__
from tests.conftest import ROOT

TRACKED = subprocess.run(
    ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
).stdout.split("\0")
SOURCES = [
    ROOT / name
    for name in TRACKED
    if name.endswith(".py") and not name.startswith("console/store/migrations")
]


def test_the_lock_is_hashed_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "--hash=sha256:" in lock
    assert "://" not in lock
    assert "--index" not in lock


def test_the_lock_fits_what_the_project_asks_for(tmp_path: Path) -> None:
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    if not Path(uv).exists():
        pytest.skip("uv is not installed in this environment; run.py installs it")
    out = tmp_path / "requirements.lock"
    shutil.copy(ROOT / "requirements.lock", out)
    command = "pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml --offline -o"
    done = subprocess.run(
        [uv, *command.split(), str(out)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode and any(
        word in done.stderr.lower() for word in ("offline", "network was disabled", "cache")
    ):
        pytest.skip(
            "the package index cannot be asked without a network, and nothing of it is cached"
        )
    assert done.returncode == 0, done.stderr
    assert out.read_text() == (ROOT / "requirements.lock").read_text()


def test_one_version_everywhere() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == __version__
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_are_read_in_one_go(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 500


def test_no_dangling_reference_to_a_registry_or_machine() -> None:
    pattern = re.compile(r"registry\.npmjs|pypi\.org/simple|files\.pythonhosted")
    for name in TRACKED:
        path = ROOT / name
        if path.is_file() and path.suffix in (
            ".py",
            ".md",
            ".toml",
            ".json",
            ".ts",
            ".lock",
            ".txt",
            ".ini",
            ".yml",
            "",
        ):
            text = path.read_text("utf-8", "ignore")
            assert path.name == "test_repository.py" or not pattern.search(text), name


def test_colours_of_text_are_readable_in_both_themes() -> None:
    from console.qt.theme import DARK, LIGHT

    for theme in (LIGHT, DARK):
        for ink, ground in (
            (theme.ink, theme.bg),
            (theme.ink, theme.surface),
            (theme.ink2, theme.bg),
            (theme.ink2, theme.surface),
            (theme.ink3, theme.surface),
            (theme.accent_ink, theme.accent),
            (theme.nav_ink, theme.nav),
            (theme.nav_on, theme.nav_sel),
            *(theme.tone(tone) for tone in ("pass", "warn", "bad", "info", "mut")),
        ):
            assert contrast(ink, ground) >= 4.5, (ink, ground)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""

    def luminance(colour: str) -> float:
        channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
