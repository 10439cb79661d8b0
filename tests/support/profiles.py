"""Which recorded unit a simulated one behaves like: each test meets others. TE29.

It follows from the name of the test, so that a test always meets the same ones, in any order.
MUSTER_PROFILE=push-slow lets all units that can behave like that one.
"""

import itertools
import os
import zlib

from bridge.simulator.profiles import PROFILES, UnitProfile
from bridge.simulator.unit import Unit

GENTLE = "gentle"
"""No recorded unit: as the simulator is by itself."""
CUTS_NAMES = frozenset({"zk-old-records", "zk-oldest-records"})
"""They keep eight bytes of a name, and logins without the number: tests of that name them."""
FORCED = os.environ.get("MUSTER_PROFILE", "")


class _Turns:
    """Counts the units of the test that runs, from a number that follows from its name."""

    def __init__(self) -> None:
        self._test, self._at = "", itertools.count()

    def next(self) -> int:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
        if test != self._test:
            self._test, self._at = test, itertools.count(zlib.crc32(test.encode()))
        return next(self._at)


_turns = _Turns()


def names_of(dialect: str) -> list[str]:
    """The profiles that any test of this dialect can meet."""
    fitting = [name for name, one in PROFILES.items() if one.dialect == dialect]
    return [GENTLE, *(name for name in fitting if name not in CUTS_NAMES)]


def next_profile(dialect: str) -> UnitProfile:
    """The profile of the next unit of the test that runs."""
    names = names_of(dialect)
    name = FORCED if FORCED in names else names[_turns.next() % len(names)]
    return UnitProfile(dialect) if name == GENTLE else PROFILES[name]


def shaped(unit: Unit, dialect: str) -> UnitProfile:
    """Lets a unit behave like the next profile, which is returned for its comm key."""
    profile = next_profile(dialect)
    profile.shape(unit)
    return profile
