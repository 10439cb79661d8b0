"""`bench store` measures what it says, on a site that is small enough for a test."""

from console.bench.store import AT_LEAST, AT_MOST, measure
from console.bench.store_site import Sizes


def test_each_figure_says_on_how_much_it_was_measured() -> None:
    figures = measure(
        Sizes(logins=300, people=20, ingested=100, pages=5, entries=100), postgres=False
    )
    assert (figures["database"], figures["logins"], figures["people"]) == ("sqlite", 300, 20)
    for name, scale in (
        ("ingest_rows_per_s", "ingest_rows"),
        ("keyset_p99_ms", "keyset_pages"),
        ("append_proof_rows_per_s", "append_proof_rows"),
        ("verify_rows_per_s", "append_proof_rows"),
        ("backup_1gb_s", "backup_gb"),
        ("restore_1gb_s", "backup_gb"),
        ("rotate_10k_s", "people"),
    ):
        assert figures[name] > 0, name
        assert figures[scale] > 0, name
    missed = {name for name, most in AT_MOST.items() if figures[name] > most}
    missed |= {name for name, least in AT_LEAST.items() if figures[name] < least}
    assert set(figures["missed"]) == missed
