"""How full a terminal is, by what it said when it was read."""

from collections.abc import Mapping

NEARLY_FULL_PERCENT = 90
"""From here on somebody should make room: a full terminal takes nobody, or overwrites logins."""
_STORES = ("people", "fingers", "records", "faces")


def percent_full(counts: Mapping[str, int]) -> int | None:
    """The share of the fullest of its stores, None if no capacity is known.

    counts: what each store holds, and under its name with `_capacity` what fits in.
    """
    shares = [
        100 * int(counts[store]) // int(counts[f"{store}_capacity"])
        for store in _STORES
        if store in counts and int(counts.get(f"{store}_capacity", 0)) > 0
    ]
    return max(shares, default=None)
