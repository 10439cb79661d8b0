"""What the model of `test_one_truth.py` knows of people and of units."""

from collections import Counter
from dataclasses import dataclass, field

from bridge.simulator.push import SimulatedTerminal
from bridge.simulator.unit import SimPerson, Unit
from console.api import employees


@dataclass
class Member:
    """An employee as the model knows them. bare: who never had a face; name: in full.

    has_face: their consent is in force; sold: they are of the department that rules may name.
    """

    row: employees.EmployeeRow
    bare: bool
    active: bool = True
    name: str = ""
    in_group: bool = True
    has_face: bool = True
    sold: bool = True

    def __post_init__(self) -> None:
        self.has_face = not self.bare

    @property
    def number(self) -> str:
        return self.row.number


@dataclass
class Place:
    """A unit as the model knows it. kept: copies of all it held at some time; logins: by number.

    changed: its memory was changed behind the service's back; kept_bare: people without a face
    whom it must hold if they are active; open: of whom both is right, as they left meanwhile.
    never: whom its own rules shut out, by number; in_zone: it takes only the group of the zone;
    for_sales: it takes only that department; with both, it takes whom either names.
    rights: (privilege, card, password) as somebody set them at the unit, by number.
    """

    device: SimulatedTerminal | Unit
    takes_faces: bool
    takes_fingers: bool
    strangers: dict[str, SimPerson]
    known: dict[str, SimPerson]
    kept: list[dict[str, SimPerson]] = field(default_factory=list)
    logins: Counter[str] = field(default_factory=Counter)
    changed: bool = False
    open: set[str] = field(default_factory=set)
    never: set[str] = field(default_factory=set)
    in_zone: bool = False
    for_sales: bool = False
    rights: dict[str, tuple[int, int, str]] = field(default_factory=dict)

    def takes(self, member: Member) -> bool:
        """Whether its rules take them."""
        return member.number not in self.never and self.names(member.in_group, member.sold)

    def names(self, in_group: bool, sold: bool) -> bool:
        """Whether its rules name whoever is in the group or in the department."""
        if not (self.in_zone or self.for_sales):
            return True
        return (self.in_zone and in_group) or (self.for_sales and sold)

    @property
    def takes_the_guest(self) -> bool:
        """They are in no group, and in the department."""
        return self.names(False, True)

    @property
    def unit(self) -> Unit:
        return self.device if isinstance(self.device, Unit) else self.device.unit

    @property
    def serial(self) -> str:
        return self.unit.serial

    def switch(self, *, on: bool) -> None:
        name = "silent" if isinstance(self.device, Unit) else "offline"
        setattr(self.unit.faults, name, not on)

    @property
    def is_on(self) -> bool:
        return not (self.unit.faults.silent or self.unit.faults.offline)
