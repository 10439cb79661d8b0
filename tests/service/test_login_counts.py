"""CO19: the charts of the login log count exactly what its list shows, part by part."""

from collections import Counter
from datetime import datetime, timedelta

import msgspec
import pytest

from console.api import logins as api
from console.domain.errors import Invalid
from console.domain.logins import CountBy, LoginMethod, LoginResult
from console.service.operations import login_counts
from console.service.operations import logins as operations
from console.service.operations.dispatch import Call
from console.store.database import Store
from tests.service.test_login_filter import NEWEST, place, store

__all__ = ["store"]

SINCE, UNTIL = NEWEST - timedelta(days=30), NEWEST - timedelta(hours=5, minutes=20)
BASE = api.LoginFilter(since=SINCE, until=UNTIL)
RESULTS = ("accepted", "unknown", "refused")
Counts = dict[str, list[int]]


def asked(store: Store, request: api.CountLogins) -> api.LoginCounts:
    call = Call(store=store, now=NEWEST, caller=None)
    return login_counts.LoginCountOperations(lambda: None).count(call, request)


def counts(store: Store, request: api.CountLogins) -> tuple[Counts, int]:
    """All parts together, and how many there were."""
    found: Counts = {}
    parts, reached = 0, UNTIL
    while True:
        part = asked(store, request)
        assert part.reached < reached or not parts
        parts, reached = parts + 1, part.reached
        for one in part.counts:
            sums = found.setdefault(one.key, [0, 0, 0])
            found[one.key] = [a + getattr(one, b) for a, b in zip(sums, RESULTS, strict=True)]
        if not part.cursor:
            assert part.reached == SINCE
            return found, parts
        request = msgspec.structs.replace(request, cursor=part.cursor)


def listed(store: Store, wanted: api.LoginFilter, repeat_s: int = 0) -> list[api.LoginRow]:
    call = Call(store=store, now=NEWEST, caller=None)
    request = api.ListLogins(filter=wanted, limit=500, repeat_s=repeat_s)
    page = operations.LoginOperations().list_logins(call, request)
    assert not page.cursor
    return page.rows


def hour_of(at: datetime) -> str:
    return str(int((at - SINCE) / timedelta(hours=1)))


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"result": LoginResult.REFUSED},
        {"result": LoginResult.UNKNOWN},
        {"department": "Plant"},
        {"method": LoginMethod.FINGER},
        {"place": "k0"},
        {"during": ((SINCE, SINCE + timedelta(days=3)), (UNTIL - timedelta(days=9), UNTIL))},
    ],
)
def test_CO19_counts_are_those_of_the_list(store: Store, chosen: dict[str, object]) -> None:
    wanted = msgspec.structs.replace(BASE, **chosen)
    rows = listed(store, wanted)
    request = api.CountLogins(by=CountBy.HOUR, start=SINCE, filter=wanted, repeat_s=0)
    found, _ = counts(store, request)
    assert {key: sum(some) for key, some in found.items()} == Counter(
        hour_of(row.at) for row in rows
    )
    sums = [sum(some[n] for some in found.values()) for n in range(3)]
    let_in = [row for row in rows if row.outcome == "accepted"]
    unknown = sum(not row.employee for row in let_in)
    assert sums == [len(let_in) - unknown, unknown, len(rows) - len(let_in)]
    assert rows


def test_CO19_places_and_reasons_are_counted_by_what_the_filter_calls_them(store: Store) -> None:
    by_place, _ = counts(
        store, api.CountLogins(by=CountBy.PLACE, start=SINCE, filter=BASE, repeat_s=0)
    )
    assert set(by_place) == {place(store, "Gate"), place(store, "Door"), "k0"}
    for key, some in by_place.items():
        assert sum(some) == len(listed(store, msgspec.structs.replace(BASE, place=key)))
    by_reason, _ = counts(
        store, api.CountLogins(by=CountBy.REASON, start=SINCE, filter=BASE, repeat_s=0)
    )
    assert by_reason.pop("")[2] == 0, "who was let in has no reason"
    for reason, some in by_reason.items():
        assert sum(some) == some[2]
        wanted = msgspec.structs.replace(BASE, reason=reason)
        assert some[2] == len(listed(store, wanted))


def test_CO19_parts_of_a_long_time_add_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    request = api.CountLogins(by=CountBy.HOUR, start=SINCE, filter=BASE, repeat_s=3600)
    whole, _ = counts(store, request)
    monkeypatch.setattr(login_counts, "COUNTING_S", 0.0)
    in_parts, parts = counts(store, request)
    assert in_parts == whole
    assert parts > 20
    rows = listed(store, BASE, repeat_s=3600)
    assert sum(map(sum, whole.values())) == len(rows) < len(listed(store, BASE))


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"filter": api.LoginFilter(since=SINCE)}, "a year at most"),
        ({"filter": api.LoginFilter(until=UNTIL)}, "a year at most"),
        (
            {"filter": api.LoginFilter(since=SINCE - timedelta(days=400), until=UNTIL)},
            "a year at most",
        ),
        ({"cursor": "yesterday"}, "no such place"),
        ({"cursor": "2026-11-01T00:00:00"}, "no such place"),
        ({"repeat_s": 7200}, "within an hour"),
        ({"filter": msgspec.structs.replace(BASE, during=((SINCE, UNTIL),) * 61)}, "too many"),
    ],
)
def test_CO19_a_request_that_makes_no_sense_is_refused(
    store: Store, bad: dict[str, object], said: str
) -> None:
    request = api.CountLogins(by=CountBy.HOUR, start=SINCE, filter=BASE, repeat_s=0)
    with pytest.raises(Invalid, match=said):
        asked(store, msgspec.structs.replace(request, **bad))
