import json
import subprocess
import sys

from console.bench.site import TARGETS
from console.bench.site_samples import between, percentile, with_missed


def test_a_tiny_site_is_measured_with_every_figure() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "console.bench", "site", "--people", "25", "--terminals", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures.keys() == TARGETS.keys()
    nobody_yet = "restart_punch_ack_p95_ms"  # two terminals are there before anybody logs in
    missing = {name for name, value in figures.items() if value is None}
    assert missing <= {nobody_yet}, (figures, done.stderr)
    assert figures["failed_calls"] == 0, done.stderr
    assert (figures["people"], figures["terminals"]) == (25, 2)


def test_calls_that_a_stall_kept_from_being_made_count_too() -> None:
    samples = [(0.0, 0.1), (1.0, 3.5), (5.0, 0.1)]
    complete = with_missed(samples, every_s=1.0)
    assert complete == [(0.0, 0.1), (1.0, 3.5), (2.0, 2.5), (3.0, 1.5), (4.0, 0.5), (5.0, 0.1)]


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([], 0.95) is None
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile(range(101), 0.95) == 95


def test_a_sample_belongs_to_every_span_that_it_was_under_way_in() -> None:
    samples = [(0.0, 1.0), (0.5, 4.0), (6.0, 1.0)]
    assert between(samples, 2.0, 5.0) == [4.0]
