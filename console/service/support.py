"""What a supporter has to know of a service, as text.

It holds no row of a database and no key; email addresses and whatever looks like a secret are
blotted out of the logs.
"""

import os
import platform
from pathlib import Path

from console import __version__
from console.service.logs import redact

LOGS = ("service.log", "crash.log", "windows.log", "windows-crash.log")
"""In the folder `logs` of the data: of the service, and of console and kiosk."""
TAIL_BYTES = 64 * 1024
"""Of each log, from its end: some hundred events."""


def support_report(data_dir: Path) -> str:
    """The report as printable text. What cannot be read is said in its place."""
    parts = [
        f"Muster {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"{os.cpu_count()} cores, {data_dir}",
        _listing(data_dir),
        *(f"--- {name}\n{_tail(data_dir / 'logs' / name)}" for name in LOGS),
    ]
    whole = "\n\n".join(parts) + "\n"
    return "".join(one if one.isprintable() or one == "\n" else "?" for one in whole)


def _listing(folder: Path) -> str:
    """Names and sizes of the files right in the folder."""
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
        return "\n".join(f"{path.stat().st_size:>14,}  {path.name}" for path in files)
    except OSError as problem:
        return str(problem)


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            tail = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return "(none)"
    except OSError as problem:
        return str(problem)
    shown = tail if size <= TAIL_BYTES else tail.partition("\n")[2]  # no half line
    return str(redact(None, "", {"text": shown})["text"]).strip() or "(empty)"
