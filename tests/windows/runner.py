r"""Runs on the Windows computer: pytest, with the installed program in place of the sources.

    python runner.py ROOT PACKAGES [options of pytest]

ROOT is this repository, PACKAGES a folder with pytest and what the tests need besides.
"""

import sys
from pathlib import Path

root, packages, *options = sys.argv[1:]
sys.path += [packages, root]

import console  # noqa: E402 - the installed one: it is found first

console.__path__.append(f"{root}/console")  # the made-up site is not installed, nor is its photo

import pytest  # noqa: E402

from console.demo import photos  # noqa: E402

photos.PHOTO = Path(root, "resources", "demo", photos.PHOTO.name)

sys.exit(pytest.main(options))
