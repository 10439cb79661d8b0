#!/usr/bin/env python3
"""Build on Linux what is handed out, and its list of parts beside it.

muster-setup-<version>.exe for Windows, the same as .msi; or the package for Debian.

    python3 installer/build.py                     what is handed out
    python3 installer/build.py --runtime FILE.zip  with python.org's embeddable CPython 3.13
    python3 installer/build.py --quick             not compressed; for tests
    python3 installer/build.py --deb               for the Debian that runs here, by its Python
    python3 installer/build.py --deb --python 3.13 for another one

The same sources, locks and runtime give the same file. README.md beside this file tells more.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # this script runs by its path, before anything is installed

import run  # noqa: E402
from console import __version__  # noqa: E402
from installer import deb, documents, msi, nsis, payload  # noqa: E402

PICTURES = ROOT / "installer" / "pictures.py"
RUNTIME_VERSION = "3.13.2"
"""Of CPython in the package of runtime.lock."""


def main() -> int:
    """Build; the exit status."""
    options = _arguments()
    if options.deb:
        return _build_deb(options)
    began = time.monotonic()
    run.install_packages([nsis.DEBIAN_PACKAGE, msi.DEBIAN_PACKAGE])
    run.set_up_python()
    epoch = release_time()
    os.environ["SOURCE_DATE_EPOCH"] = str(epoch)
    out: Path = (options.out or ROOT / "build" / "windows").resolve()
    out.mkdir(parents=True, exist_ok=True)
    setup = out / f"muster-setup-{__version__}.exe"
    with tempfile.TemporaryDirectory(prefix="muster-setup-") as work:
        staged = Path(work) / "Muster"
        run.say("collecting Windows' Python, the locked packages and the product")
        payload.stage(staged, options.runtime, Path(work))
        subprocess.run([run.PYTHON, PICTURES, work], check=True, timeout=120)
        shutil.copy(Path(work) / "muster.ico", staged)
        _write_documents(staged, out, epoch, options.runtime_version)
        payload.check_clean(staged)
        payload.same_times(staged, epoch)
        run.say("packing")
        method = "store" if options.quick else "lzma"
        nsis.make_setup(staged, Path(work), setup, __version__, method)
        msi.make_package(setup, setup.with_suffix(".msi"), __version__)
        if options.keep:
            shutil.copytree(staged, options.keep, dirs_exist_ok=False)
        staged_mb = sum((staged / path).stat().st_size for path in payload.files_of(staged)) >> 20
    run.say(f"{setup}: {setup.stat().st_size >> 20} MB, {staged_mb} MB installed, ")
    run.say(f"built in {time.monotonic() - began:.0f} s")
    return 0


def _build_deb(options: argparse.Namespace) -> int:
    run.install_packages([deb.DEBIAN_PACKAGE])
    run.set_up_python()
    epoch = release_time()
    os.environ["SOURCE_DATE_EPOCH"] = str(epoch)
    out: Path = (options.out or ROOT / "build" / "linux").resolve()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="muster-deb-") as work:
        method = "gzip" if options.quick else "xz"
        package = deb.make_package(Path(work), out, options.python, epoch, method)
    run.say(f"{package}: {package.stat().st_size >> 20} MB")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Build the set-up of Windows, or a .deb, on Linux."
    )
    parser.add_argument("--out", type=Path, default=None, help="(default: a folder of build/)")
    parser.add_argument("--deb", action="store_true", help="the package for Debian")
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    parser.add_argument("--python", default=here, help="of that Debian (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="compress nothing")
    parser.add_argument("--runtime", type=Path, help="python.org's embeddable archive (.zip)")
    parser.add_argument(
        "--runtime-version", default=RUNTIME_VERSION, help="of CPython (default: %(default)s)"
    )
    parser.add_argument("--keep", type=Path, help="copy what is installed into this new folder")
    return parser.parse_args()


def release_time() -> int:
    """The time that all files get: SOURCE_DATE_EPOCH, or that of the last commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _write_documents(staged: Path, out: Path, epoch: int, runtime_version: str) -> None:
    parts = documents.parts_of(staged, runtime_version)
    models = staged / "site" / "console" / "_resources" / "models"
    files = {path.name: path.read_bytes() for path in models.iterdir() if path.is_file()}
    bill = documents.bill_of_materials(parts, files, epoch)
    (staged / "licences.html").write_text(documents.licences_page(parts), "utf-8")
    (staged / "parts.cdx.json").write_text(bill, "utf-8")
    (out / f"muster-{__version__}.cdx.json").write_text(bill, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
