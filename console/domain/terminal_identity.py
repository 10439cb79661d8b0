"""Whether whoever dials in is still the terminal that was approved. TE16.

A terminal proves nothing of itself: what it says, and where it calls from, is compared with what an
operator has approved. Facts that one side does not tell say nothing.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from console.domain.errors import Invalid
from console.domain.language import msgid, tr
from console.domain.terminals import Dialect

MOST_SUBNETS = 32
OWN_PREFIX = "muster_"
"""Facts of a terminal that begin like this are the service's own. No terminal can tell them."""
MOST_FACTS, MOST_FACT_CHARS = 100, 16_384
"""What is kept of all that one terminal says of itself, names and values together."""
IDENTIFYING = frozenset(
    {
        "mac",
        "devicename",
        "platform",
        "devicetype",
        "machinetype",
        "pushver",
        "pushcommkey",
        "exchange",
    }
)
"""Facts that tell which terminal this is, or how it speaks; other facts are figures."""
_FACTS = (
    ("mac", msgid("Its MAC address is “{now}”, and not “{before}”.")),
    ("devicename", msgid("Its model is “{now}”, and not “{before}”.")),
    ("platform", msgid("Its platform is “{now}”, and not “{before}”.")),
)
_MOVED = msgid("It calls from {now}, and not from {before} as before.")
_DIALECTS = {
    Dialect.PUSH: msgid("It speaks the attendance dialect, and not the access-control dialect."),
    Dialect.ACCESS: msgid("It speaks the access-control dialect, and not the attendance dialect."),
}
_OTHER_KEY = msgid("It does not give the comm key that it gave before.")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Where a terminal calls from, and what it says. dialect: None if nothing shows it."""

    address: str
    dialect: Dialect | None
    facts: Mapping[str, object]

    def fact(self, key: str) -> str:
        """A fact in the form in which it is compared; empty if it was not told."""
        return str(self.facts.get(key, "")).strip().casefold()


def differences(known: Identity, caller: Identity) -> list[str]:
    """What differs from the terminal that was approved, in English: it is kept."""
    found = []
    if caller.address != known.address:
        found.append(_MOVED.format(now=caller.address, before=known.address))
    if caller.dialect and known.dialect and caller.dialect is not known.dialect:
        found.append(_DIALECTS[caller.dialect])
    for key, sentence in _FACTS:
        if known.fact(key) and caller.fact(key) and caller.fact(key) != known.fact(key):
            now, before = str(caller.facts[key])[:60], str(known.facts[key])[:60]
            found.append(sentence.format(now=now, before=before))
    marks = known.fact("pushcommkey"), caller.fact("pushcommkey")
    if all(marks) and marks[0] != marks[1]:
        found.append(_OTHER_KEY)
    return found


def has_only_moved(known: Identity, caller: Identity, subnets: Iterable[str]) -> bool:
    """Whether it is the same terminal at another address of a subnet that hands out addresses.

    It must tell the MAC address that it was approved with, and nothing else may differ.
    """
    same_mac = known.fact("mac") != "" and caller.fact("mac") == known.fact("mac")
    return (
        same_mac
        and len(differences(known, caller)) == 1
        and caller.address != known.address
        and any(
            _lies_in(known.address, subnet) and _lies_in(caller.address, subnet)
            for subnet in subnets
        )
    )


def _lies_in(address: str, subnet: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(subnet)
    except ValueError:
        return False


def checked_subnets(texts: Iterable[str]) -> list[str]:
    """Subnets in one form, each once. Raises Invalid."""
    found = []
    for text in filter(None, (one.strip() for one in texts)):
        try:
            found.append(str(ipaddress.ip_network(text)))
        except ValueError as error:
            hint = tr("“{text}” is not a subnet. Write it like 192.168.1.0/24.", text=text[:40])
            raise Invalid("moving_subnets", hint) from error
    if len(found) > MOST_SUBNETS:
        raise Invalid("moving_subnets", tr("Give at most {most} subnets.", most=MOST_SUBNETS))
    return list(dict.fromkeys(found))


def merged_facts(known: Mapping[str, object], told: Mapping[str, str]) -> dict[str, object]:
    """What is known of a terminal after it told more. What does not fit any more is left out."""
    merged = dict(known)
    chars = sum(_size(key, value) for key, value in merged.items())
    for key, value in told.items():
        if key.startswith(OWN_PREFIX) or (key not in merged and len(merged) >= MOST_FACTS):
            continue
        before = _size(key, merged[key]) if key in merged else 0
        if chars - before + _size(key, value) <= MOST_FACT_CHARS:
            chars += _size(key, value) - before
            merged[key] = value
    return merged


def _size(key: str, value: object) -> int:
    return len(key) + len(str(value))
