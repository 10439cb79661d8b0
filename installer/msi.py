"""Makes the package for group policy (MSI) round the set-up, with wixl."""

import shutil
import subprocess
from pathlib import Path

from installer.wheel import ROOT

SOURCE = ROOT / "installer" / "muster.wxs"
DEBIAN_PACKAGE = "wixl"


class NoPacker(Exception):
    """wixl is not installed; the text names the package."""


def make_package(setup: Path, output: Path, version: str) -> None:
    """Write `output`, which installs by running the set-up inside it. Raises NoPacker."""
    packer = shutil.which("wixl")
    if packer is None:
        raise NoPacker(f"wixl is missing: install Debian's package {DEBIAN_PACKAGE}")
    # wixl looks for files in the folder it runs in, and finds none by an absolute path
    defines = ["-D", f"Version={version}", "-D", f"Setup={setup.name}"]
    command = [packer, "--arch", "x64", *defines, "-o", str(output.resolve()), str(SOURCE)]
    subprocess.run(command, cwd=setup.parent, check=True, timeout=600)
