"""The made-up site's people."""

import unicodedata
from collections.abc import Iterator
from datetime import timedelta

from bridge.simulator.unit import FINGER, SimPunch, Unit, made_up_template

SITE = "Hartmann Logistics"
OPERATOR, OPERATOR_NAME = "h.farid", "H. Farid"
DEPARTMENTS = ("Warehouse", "Transport", "Office", "Workshop")
_NAMES = (
    "Nur Aisyah Rahman", "Daniel Okafor", "Mei Lin Tan", "Jonas Weber", "Priya Nair",
    "Tomás Silva", "Grace Kim", "Hana Farid", "Lukas Brandt", "Siti Hamid", "Amara Diallo",
    "Ivan Petrov", "Chloé Martin", "Rafael Souza", "Yuki Tanaka", "Fatima Zahra", "Peter Novak",
    "Linh Tran", "Samuel Adeyemi", "Elena Rossi", "Arif Rahman", "Marta Kowalska", "Wei Chen",
    "Olga Ivanova", "Ahmad Faiz", "Sofia Lindgren", "Kwame Mensah", "Julia Schmidt", "Ravi Kumar",
    "Nina Berg", "Hassan Ali", "Emma Clarke", "Diego Torres", "Aisha Bello", "Max Keller",
    "Thandi Nkosi", "Leo Fischer", "Zoe Papadakis", "Omar Said", "Ines Costa",
)  # fmt: skip


def made_up_people() -> Iterator[dict[str, str]]:
    """About 40 people: number, names, email address, department."""
    for place, name in enumerate(_NAMES):
        first, _, last = name.rpartition(" ")
        plain = (
            unicodedata.normalize("NFKD", name)
            .encode("ascii", "ignore")
            .decode()
            .lower()
            .replace(" ", ".")
        )
        yield {
            "number": str(1001 + place * 3),
            "first_name": first,
            "last_name": last,
            "email": f"{plain}@hartmann.example",
            "department": DEPARTMENTS[place % len(DEPARTMENTS)],
        }


def number_of(full_name: str) -> str:
    """The employee number of the person with this name."""
    return next(
        one["number"]
        for one in made_up_people()
        if f"{one['first_name']} {one['last_name']}" == full_name
    )


def old_terminal(unit: Unit) -> None:
    """The content of an older terminal at this site, with logins.

    Some people are stored under their number, one by name only, and one is unknown to the site.
    """
    people = list(made_up_people())
    for place in (2, 3, 4):
        person = unit.person(people[place]["number"])
        person.name = f"{people[place]['first_name']} {people[place]['last_name']}"
    unit.person("77").name = f"{people[5]['first_name']} {people[5]['last_name']}"
    unit.person("500").name = "Visitor"
    for pin, person in unit.people.items():
        person.fingers = {6: made_up_template(f"{pin}-6")}
    start = unit.now().replace(microsecond=0) - timedelta(hours=2)
    unit.punches = [
        SimPunch(pin, start + timedelta(minutes=7 * place), 0, FINGER)
        for place, pin in enumerate(list(unit.people) * 3)
    ]


def people_csv() -> str:
    """The made-up people as a CSV file with a header."""
    rows = list(made_up_people())
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n"
