"""Whether a caller is the terminal that was approved, and what a terminal may tell. TE15, TE16."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.errors import Invalid
from console.domain.terminal_identity import (
    MOST_FACT_CHARS,
    MOST_FACTS,
    MOST_SUBNETS,
    Identity,
    checked_subnets,
    differences,
    has_only_moved,
    merged_facts,
)
from console.domain.terminals import Dialect

MAC = "00:17:61:AA:BB:01"
SUBNET = "192.168.1.0/24"


def identity(
    address: str = "192.168.1.20", dialect: Dialect | None = Dialect.PUSH, **facts: str
) -> Identity:
    return Identity(address=address, dialect=dialect, facts=facts)


KNOWN = identity(mac=MAC, devicename="SpeedFace", platform="ZAM180", pushcommkey="ab12")


def test_TE16_the_same_terminal_differs_in_nothing() -> None:
    assert differences(KNOWN, KNOWN) == []
    assert differences(KNOWN, identity(mac=MAC.lower(), devicename="SpeedFace ")) == []


def test_TE16_facts_that_one_side_does_not_tell_say_nothing() -> None:
    assert differences(KNOWN, identity()) == []
    assert differences(identity(), KNOWN) == []
    assert differences(KNOWN, identity(dialect=None)) == []
    assert differences(identity(dialect=None), identity(dialect=Dialect.ACCESS)) == []


@pytest.mark.parametrize(
    ("caller", "words"),
    [
        (identity("10.0.0.9"), "It calls from 10.0.0.9, and not from 192.168.1.20 as before."),
        (
            identity(dialect=Dialect.ACCESS),
            "It speaks the access-control dialect, and not the attendance dialect.",
        ),
        (identity(mac="66"), f"Its MAC address is “66”, and not “{MAC}”."),
        (identity(devicename="Box"), "Its model is “Box”, and not “SpeedFace”."),
        (
            identity(pushcommkey="none"),
            "It does not give the comm key that it gave before.",
        ),
        (identity(platform="x86"), "Its platform is “x86”, and not “ZAM180”."),
    ],
)
def test_TE16_each_difference_is_said(caller: Identity, words: str) -> None:
    assert differences(KNOWN, caller) == [words]


def test_TE16_a_known_mac_may_move_within_one_of_the_subnets() -> None:
    moved = identity("192.168.1.77", mac=MAC)
    assert has_only_moved(KNOWN, moved, ["10.0.0.0/8", SUBNET])


@pytest.mark.parametrize(
    ("known", "caller", "subnets"),
    [
        (KNOWN, identity("192.168.1.77", mac=MAC), []),
        (KNOWN, identity("192.168.1.77"), [SUBNET]),
        (KNOWN, identity("192.168.1.77", mac="66"), [SUBNET]),
        (identity(), identity("192.168.1.77", mac=MAC), [SUBNET]),
        (identity(), identity("192.168.1.77"), [SUBNET]),
        (KNOWN, identity("192.168.2.77", mac=MAC), [SUBNET]),
        (KNOWN, identity("192.168.2.77", mac=MAC), [SUBNET, "192.168.2.0/24"]),
        (KNOWN, identity("192.168.1.77", mac=MAC, platform="x86"), [SUBNET]),
        (KNOWN, identity(mac=MAC, platform="x86"), [SUBNET]),
        (KNOWN, identity("", mac=MAC), [SUBNET]),
    ],
    ids=[
        "no subnet is set",
        "the mac is not told",
        "another mac",
        "no mac was known",
        "neither tells a mac",
        "outside the subnet",
        "from one subnet to another",
        "the platform differs too",
        "only the platform differs",
        "no address",
    ],
)
def test_TE16_everything_else_is_asked(
    known: Identity, caller: Identity, subnets: list[str]
) -> None:
    assert not has_only_moved(known, caller, subnets)


def test_TE16_subnets_are_checked() -> None:
    assert checked_subnets([" 10.1.0.0/16", "", "10.1.0.0/16", SUBNET]) == ["10.1.0.0/16", SUBNET]
    with pytest.raises(Invalid, match="is not a subnet"):
        checked_subnets(["192.168.1.5/24"])
    most = [f"10.0.{number}.0/24" for number in range(MOST_SUBNETS)]
    assert checked_subnets(most) == most
    with pytest.raises(Invalid, match="at most 32"):
        checked_subnets([*most, "10.1.0.0/24"])


def test_TE15_a_terminal_cannot_tell_what_the_service_noted() -> None:
    assert merged_facts({"muster_x": 1}, {"muster_x": "9", "muster_y": "9"}) == {"muster_x": 1}


def test_TE15_new_facts_replace_old_ones_up_to_the_bounds() -> None:
    assert merged_facts({"a": "1"}, {"a": "2", "b": "3"}) == {"a": "2", "b": "3"}
    full = {f"k{number}": "" for number in range(MOST_FACTS)}
    assert merged_facts(full, {"new": "x", "k0": "y"}) == {**full, "k0": "y"}
    room = MOST_FACT_CHARS - 1
    assert merged_facts({}, {"a": "x" * room}) == {"a": "x" * room}
    assert merged_facts({}, {"a": "x" * (room + 1), "b": "1"}) == {"b": "1"}
    assert merged_facts({"a": "x" * room}, {"a": "y" * room}) == {"a": "y" * room}


@given(st.lists(st.dictionaries(st.text(max_size=40), st.text(max_size=3000)), max_size=20))
def test_TE15_whatever_it_tells_the_facts_stay_bounded(told: list[dict[str, str]]) -> None:
    known: dict[str, object] = {}
    for some in told:
        known = merged_facts(known, some)
    assert len(known) <= MOST_FACTS
    assert sum(len(key) + len(str(value)) for key, value in known.items()) <= MOST_FACT_CHARS
