r"""Installs the update that the service has ordered, as an account that may.

python -m console.service_host.installing

Windows runs it every five minutes, as SYSTEM. The service is not believed: the release is verified
again, and a copy that only this account can change is what is started. This program has ended by
then, since the set-up replaces its files too.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from console import __version__
from console.installation import DATA, computer_folder
from console.updates import handover
from console.updates.release import ROOT

SCRIPT = "install.cmd"
COMMANDS = rf"""@echo off
start "" /wait "%~dp0{handover.SET_UP}" /S
> "%MUSTER_RESULT%" echo %errorlevel%
"""
"""Leaves the exit status for the service. The file stands before the status: a digit right before
the sign would name a stream."""
RUN_AND_DELETE = rf'/d /c call "%MUSTER_WORK%\{SCRIPT}" & rmdir /s /q "%MUSTER_WORK%"'
Start = Callable[[Path, Path], object]
"""Runs a script of commands and does not wait for it; given where the status goes, too."""


def install_ordered(folder: Path, root: Path, start: Start) -> None:
    """Starts the set-up that was ordered, if one was.

    folder: of updates. Raises UpdateProblem, OSError.
    """
    if not handover.is_ordered(folder):
        return
    handover.take_order(folder)
    work = Path(tempfile.mkdtemp(prefix="muster-update-"))  # private, on Windows, too
    try:
        _copy_verified(folder, root, work)
        script = work / SCRIPT
        script.write_text(COMMANDS, "ascii", newline="\r\n")
        start(script, folder / handover.RESULT)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        handover.refuse(folder)
        raise


def _copy_verified(folder: Path, root: Path, work: Path) -> None:
    """Copies the set-up if it is signed, whole and newer. Raises UpdateProblem, OSError."""
    from console.domain.updates import check_release
    from console.store.migrate import HEAD
    from console.updates.releases import Releases
    from console.updates.sources import KeptDownload

    releases = Releases(KeptDownload(folder), work / handover.METADATA, root.read_bytes())
    found = releases.newest()
    check_release(found.version, found.revision, installed=__version__, data_at=HEAD)
    releases.fetch_set_up(found, work / handover.SET_UP)


def start_script(script: Path, result: Path) -> None:
    """Runs the script without a window, beyond the end of this program, and deletes its folder."""
    system = os.environ["SYSTEMROOT"]
    subprocess.Popen(
        rf'"{system}\System32\cmd.exe" {RUN_AND_DELETE}',
        cwd=system,
        env={**os.environ, "MUSTER_RESULT": str(result), "MUSTER_WORK": str(script.parent)},
        stdin=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def main(arguments: list[str] | None = None) -> int:
    """The entry point; returns the exit status."""
    parser = argparse.ArgumentParser(prog="console.service_host.installing", description=__doc__)
    parser.add_argument("--folder", type=Path, default=computer_folder(), help="of this computer")
    folder = parser.parse_args(arguments).folder / DATA / handover.FOLDER
    try:
        install_ordered(folder, ROOT, start_script)
    except Exception as problem:
        from console.service_host.windows import say_in_event_log

        say_in_event_log(f"The update is not installed. {problem}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
