"""The most memory that a process has held. Linux only.

`getrusage` would not do: a child begins with the most that its parent has held.
"""

from pathlib import Path

KB_PER_MB = 1024
_FORGET = "5"


def peak_mb(pid: int | None = None) -> float | None:
    """Since the start, or since it was forgotten, in MB; pid: None for this process.

    None where the system does not tell.
    """
    try:
        lines = (_folder(pid) / "status").read_text("ascii").splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) / KB_PER_MB for line in lines if line.startswith("VmHWM:"))


def forget_peak(pid: int | None = None) -> None:
    """From now on the peak is that of what is held from now on."""
    file = _folder(pid) / "clear_refs"
    if file.exists():
        file.write_text(_FORGET, "ascii")


def _folder(pid: int | None) -> Path:
    return Path("/proc") / ("self" if pid is None else str(pid))
