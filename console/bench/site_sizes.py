"""How large the benchmark's site is, and how all processes call its people and terminals."""

from dataclasses import dataclass
from functools import cached_property

from bridge.simulator.unit import made_up_template

FIRST_NUMBER = 10_000
FINGERS_ON_TERMINALS = (5, 6)
"""The two index fingers, by the terminals' own numbers."""
FULL_SIZE = 1000
"""From this many people on, the run is long enough for two passes of the upkeep."""


@dataclass(frozen=True)
class Sizes:
    """Counts of the site and of each task. At 5,000 people they are those of the targets."""

    people: int
    terminals: int

    @property
    def dialled(self) -> int:
        """Terminals that the service dials."""
        return max(1, self.terminals // 2)

    @property
    def push(self) -> int:
        """Terminals that dial the service."""
        return max(1, self.terminals - self.terminals // 2)

    @property
    def on_terminal(self) -> int:
        """People that each terminal holds; 3,000 of 5,000."""
        return max(1, self.people * 3 // 5)

    @property
    def invited(self) -> int:
        """People who are invited at once; 3,000 of 5,000."""
        return max(1, self.people * 3 // 5)

    @property
    def imported(self) -> int:
        """Rows of the imported file; 50,000 at 5,000 people."""
        return self.people * 10

    @property
    def in_review(self) -> int:
        """Submissions that wait in the review queue; 200 at 5,000 people."""
        return max(1, self.people // 25)

    @property
    def logins(self) -> int:
        """Logins that the log has at the start; 50,000 at 5,000 people."""
        return self.people * 10

    @cached_property
    def steady_s(self) -> float:
        """Seconds of everyday load before the tasks."""
        return 20.0 if self.people >= FULL_SIZE else 12.0

    @cached_property
    def shortest_run_s(self) -> float:
        """Seconds that the load lasts at least; the upkeep runs every 60 s."""
        return 75.0 if self.people >= FULL_SIZE else 5.0


def number_of(person: int) -> str:
    """The employee number of the nth person."""
    return str(FIRST_NUMBER + person)


def employee_id(person: int) -> str:
    """The id of the nth person's row."""
    return f"m{person}"


def name_of(person: int) -> tuple[str, str]:
    """First and last name of the nth person."""
    return "Person", f"{person:05d}"


def terminal_template(person: int, finger: int) -> bytes:
    """The template of a finger as terminals made it; the same in every process."""
    return made_up_template(f"{number_of(person)}-{finger}")


def push_serial(number: int) -> str:
    """Serial number of the nth terminal that dials the service."""
    return f"SITE-PUSH-{number:03d}"


def dialled_serial(number: int) -> str:
    """Serial number of the nth terminal that the service dials."""
    return f"SITE-ZK-{number:03d}"


def terminal_id(serial: str) -> str:
    """The id of the terminal's row."""
    return serial.lower()
