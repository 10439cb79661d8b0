"""H12: the wheel holds the product, and starts from an empty folder."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from console import __version__, runtime
from console.api.client import Client
from console.demo.site import wait_until
from installer.wheel import build_wheel
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the installed wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    target = folder / "target"
    wheel = build_wheel(folder)
    install = [sys.executable, "-m", "pip", "-q", "--no-cache-dir", "install"]
    install += ["--no-deps", "--no-index", "--target", str(target), str(wheel)]
    subprocess.run(install, cwd=folder, check=True, timeout=120)
    return target


def python(installed: Path, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Python in an empty folder, with the installed wheel and the packages it needs.

    Without `site`, as the editable installation of this checkout would be found through it.
    """
    packages = sysconfig.get_path("purelib")
    return subprocess.Popen(
        [sys.executable, "-P", "-S", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(installed), packages))},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_h12_the_wheel_holds_the_product_and_nothing_else(installed: Path) -> None:
    found = {path.name for path in installed.iterdir()}
    assert found == {"bin", "bridge", "console", f"muster-{__version__}.dist-info"}
    assert (installed / "console" / "py.typed").is_file()
    assert (installed / "bridge" / "py.typed").is_file()
    for name in ("bench", "demo"):
        assert not (installed / "console" / name).exists()
    sources = ROOT / "resources"
    shipped = {
        path.relative_to(sources)
        for path in sources.rglob("*")
        if path.is_file() and path.relative_to(sources).parts[0] not in ("demo", "portal")
    }
    portal = sources / "portal"
    for folder in ("static", "templates"):
        shipped |= {path.relative_to(sources) for path in (portal / folder).iterdir()}
    resources = installed / "console" / "_resources"
    assert shipped == {
        path.relative_to(resources) for path in resources.rglob("*") if path.is_file()
    }
    migrations = Path("console/store/migrations/versions")
    assert {path.name for path in (ROOT / migrations).glob("*.py")} == {
        path.name for path in (installed / migrations).glob("*.py")
    }


def test_h12_the_program_of_the_wheel_names_its_commands(installed: Path, tmp_path: Path) -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    for name in scripts:
        script = shutil.which(name, path=installed / "bin")
        assert script is not None
        process = python(installed, tmp_path, script, "--help")
        text, _ = process.communicate(timeout=60)
        assert process.returncode == 0, text
        assert "serve" in text
        assert "kiosk" in text
        assert "demo" not in text


@pytest.fixture
def service(installed: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    arguments = ["--portal-port", "0", "--push-port", "0", "--key-file"]
    started = python(
        installed, tmp_path, "-m", "console.cli", "--data", "data", "serve", *arguments
    )
    yield started
    started.terminate()
    started.communicate(timeout=30)


def test_h12_the_service_of_the_wheel_answers_from_an_empty_folder(
    installed: Path, tmp_path: Path, service: subprocess.Popen[str]
) -> None:
    def announced() -> runtime.Running | None:
        assert service.poll() is None, service.stdout and service.stdout.read()
        return runtime.find(tmp_path / "data")

    running = wait_until(announced)
    assert Client.at(running.address).health().version == __version__
    page = httpx.get(f"{running.portal}/static/portal.css")
    assert page.text == (ROOT / "resources/portal/static/portal.css").read_text("utf-8")
    where = python(installed, tmp_path, "-c", "import console; print(console.__file__)")
    assert Path(where.communicate(timeout=60)[0].strip()).is_relative_to(installed)
