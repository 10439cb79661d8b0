"""What the kiosks' list of employees costs, in a process of its own.

`python -m console.bench.site_roster FOLDER` prints {"ms": …, "peak_mb": …, "people": …}.
"""

import json
import sys
import time
import tracemalloc
from pathlib import Path

from console.service.kiosks.roster import KioskRoster
from console.store.database import Store, connect, sqlite_url

ROUNDS = 5
MB = 1_000_000


def main() -> None:
    """Makes the list afresh a few times, and once more with Python's memory traced."""
    store = Store(connect(sqlite_url(Path(sys.argv[1]) / "muster.db")))
    people = len(KioskRoster(store).read().entries)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        KioskRoster(store).read()
        times.append(time.perf_counter() - start)
    tracemalloc.start()
    KioskRoster(store).read()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    store.close()
    answer = {
        "ms": round(1000 * sorted(times)[ROUNDS // 2], 1),
        "peak_mb": round(peak / MB, 1),
        "people": people,
    }
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
