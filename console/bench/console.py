"""The console at the size of a large site: how long from an act until its result is painted.

The real service and the real window run in processes of their own, on a database that was filled;
the window is painted without a screen.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from console.bench.console_acts import PASSWORD
from console.bench.console_site import dress, rest
from console.bench.startup import console_starts
from console.bench.store_fill import SECONDS_APART
from console.bench.store_site import Sizes, postgres_site, sqlite_site
from console.demo.site import DemoSite

SEARCHED = 5
"""Numbers that are typed."""


def measure(sizes: Sizes, postgres: bool) -> dict[str, Any]:
    """Fills a site of this size and works in its console; see console_day.py.

    longest_block_ms: for which the window answered nothing; memory_mb: of the console at its most;
    cold_start_s: until the first page is painted, the median of some starts; export_peak_mb: of the
    console or the service, whichever held more.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = stack.enter_context((postgres_site if postgres else sqlite_site)(folder, sizes))
        site.start = datetime.now(UTC) - sizes.logins * timedelta(seconds=SECONDS_APART)
        site.fill()
        dress(site)
        rest(site)
        site.store.close()
        serve = ("--database", site.url) if postgres else ()
        demo = stack.enter_context(DemoSite(site.folder, serve=serve))
        with demo.client() as client:
            session = client.set_up("bench", "Bench", PASSWORD, "Bench")
        starts = console_starts(demo.data_dir, session)
        numbers = site.numbers[:: max(1, len(site.numbers) // SEARCHED)][:SEARCHED]
        asked = (str(folder / "list.csv"), str(sizes.logins), *numbers)
        module = "console.bench.console_day"
        done = subprocess.run(
            [sys.executable, "-m", module, str(demo.data_dir), *asked],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        figures = dict(json.loads(done.stdout.splitlines()[-1]))
        return {**figures, "cold_start_s": round(statistics.median(starts), 3)}
