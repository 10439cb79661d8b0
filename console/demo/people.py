"""The made-up site's people."""

import unicodedata
from collections.abc import Iterator

SITE = "Hartmann Logistics"
OPERATOR, OPERATOR_NAME = "h.farid", "H. Farid"
DEPARTMENTS = ("Warehouse", "Transport", "Office", "Workshop")
_NAMES = (
    "Nur Aisyah Rahman", "Daniel Okafor", "Mei Lin Tan", "Jonas Weber", "Priya Nair", "Tomás Silva", "Grace Kim", "Hana Farid",
    "Lukas Brandt", "Siti Hamid", "Amara Diallo", "Ivan Petrov", "Chloé Martin", "Rafael Souza", "Yuki Tanaka", "Fatima Zahra",
    "Peter Novak", "Linh Tran", "Samuel Adeyemi", "Elena Rossi", "Arif Rahman", "Marta Kowalska", "Wei Chen", "Olga Ivanova",
    "Ahmad Faiz", "Sofia Lindgren", "Kwame Mensah", "Julia Schmidt", "Ravi Kumar", "Nina Berg", "Hassan Ali", "Emma Clarke",
    "Diego Torres", "Aisha Bello", "Max Keller", "Thandi Nkosi", "Leo Fischer", "Zoe Papadakis", "Omar Said", "Ines Costa",
)  # fmt: skip


def made_up_people() -> Iterator[dict[str, str]]:
    """About 40 people: number, names, mail address, department."""
    for place, name in enumerate(_NAMES):
        first, _, last = name.rpartition(" ")
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().replace(" ", ".")
        yield {
            "number": str(1001 + place * 3),
            "first_name": first,
            "last_name": last,
            "email": f"{plain}@hartmann.example",
            "department": DEPARTMENTS[place % len(DEPARTMENTS)],
        }


def people_csv() -> str:
    """The same as a CSV file with a header."""
    rows = list(made_up_people())
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n"
