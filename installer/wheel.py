"""Builds the product's wheel from a copy of its sources, without a network."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILT_FROM = (
    "pyproject.toml",
    "setup.py",
    "README.md",
    "LICENSE",
    "bridge",
    "console",
    "resources",
)
NOT_SOURCES = shutil.ignore_patterns("__pycache__", "node_modules")


def build_wheel(folder: Path, python: Path | str = sys.executable) -> Path:
    """Build the wheel in an empty folder and return it. `python` has pip and setuptools.

    The copy keeps what an earlier build left in the checkout out of the wheel.
    """
    tree = folder / "tree"
    tree.mkdir(parents=True)
    for name in BUILT_FROM:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=NOT_SOURCES)
        else:
            shutil.copy(ROOT / name, tree / name)
    build = [str(python), "-m", "pip", "-q", "--no-cache-dir", "wheel", "--no-deps", "--no-index"]
    build += ["--no-build-isolation", "-w", str(folder), str(tree)]
    subprocess.run(build, cwd=folder, check=True, timeout=300)
    (wheel,) = folder.glob("*.whl")
    return wheel
