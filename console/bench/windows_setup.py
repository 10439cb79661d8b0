"""The Windows set-up on a computer made by Wine: how large it is, and how long people wait for it.

Wine is slower than Windows: the times are upper bounds for a computer with as many cores. The way
to the first login is walked on this computer, not under Wine (`first_login.py`); its minutes are
those of installing, the first window and the walk, without a person who reads, types and thinks.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from console import __version__
from console.bench import first_login

# outside the wheel, like this module; found where `run.py` starts it
from installer import wine

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "build" / "windows"
PROGRAM = r"C:\Muster"
EMPTY_SCREEN = 200
"""Colours; the console's first window has more."""
WITHIN_S = 120
LOOK_EVERY_S = 0.1
S_A_MINUTE = 60


def measure(folder: Path | None) -> dict[str, float]:
    """Return megabytes, seconds, minutes, and the inputs up to the first login.

    folder: with a set-up of this version as `installer/build.py` makes it. Without it, the one in
    build/windows is taken, and built before if need be, which takes six minutes of a core.
    """
    if wine.missing():
        raise SystemExit(f"please install these first: apt-get install {wine.missing()}")
    setup = (folder or BUILT) / f"muster-setup-{__version__}.exe"
    if not setup.is_file():
        build = [sys.executable, "installer/build.py", "--out", str(setup.parent)]
        subprocess.run(build, cwd=ROOT, check=True, stdout=sys.stderr)
    with tempfile.TemporaryDirectory() as work, wine.computer(Path(work) / "wine") as computer:
        started = time.perf_counter()
        status, text = computer.run(str(setup), "/S", "/TYPE=console", f"/D={PROGRAM}")
        install_s = time.perf_counter() - started
        if status:
            raise SystemExit(f"the set-up failed ({status}): {text}")
        first_window_s = _first_window(computer, Path(work) / "screen.png")
    walked = first_login.measure()
    minutes = (install_s + first_window_s + walked["walk_s"]) / S_A_MINUTE
    return {
        "setup_mb": round(setup.stat().st_size / 2**20, 1),
        "install_s": round(install_s, 1),
        "first_window_s": round(first_window_s, 1),
        **walked,
        "minutes_to_first_login": round(minutes, 1),
    }


def _first_window(computer: wine.Wine, picture: Path) -> float:
    """Seconds from the start of the console to its first painted window."""
    started = time.perf_counter()
    window = computer.start(rf"{PROGRAM}\runtime\pythonw.exe", "-m", "console.cli")
    try:
        while computer.screenshot(picture) <= EMPTY_SCREEN:
            if time.perf_counter() - started > WITHIN_S:
                raise SystemExit("the console has shown no window")
            time.sleep(LOOK_EVERY_S)
        return time.perf_counter() - started
    finally:
        window.kill()
