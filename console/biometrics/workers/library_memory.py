"""Memory that a loaded library takes although nothing calls it any more.

numba brings a compiler of 70 MB. Once the matcher's code is there, nothing compiles again.
"""

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path

_MAPPINGS = Path("/proc/self/smaps")
_DONTNEED = 4
"""MADV_DONTNEED of <sys/mman.h>; the same number on every Linux."""


def give_back(library: str) -> int:
    """Give the pages of a library back to the operating system; return how many bytes.

    library: how the name of its file begins. Only pages that are as in the file: the system reads
    one again when it is used. Does nothing where the system has no such call; Linux has.
    """
    if not sys.platform.startswith("linux"):
        return 0
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return sum(
        held
        for start, size, held in _as_in_the_file(library)
        if advise(start, size, _DONTNEED) == 0
    )


def _as_in_the_file(library: str) -> Iterator[tuple[int, int, int]]:
    """Yield (address, bytes, bytes in memory) of mappings that nobody may write or has written."""
    start = size = held = 0
    mine = False
    for line in _MAPPINGS.read_text("utf-8", "replace").splitlines():
        name, _, rest = line.partition(" ")
        if not name.endswith(":"):
            begin, _, end = name.partition("-")
            start, size = int(begin, 16), int(end, 16) - int(begin, 16)
            parts = rest.split(maxsplit=4)
            mine = "w" not in parts[0] and Path(parts[-1]).name.startswith(library)
        elif name == "Rss:":
            held = int(rest.split()[0]) * 1024
        elif name == "Anonymous:" and mine and held and rest.split()[0] == "0":
            yield start, size, held
