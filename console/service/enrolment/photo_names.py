"""Who the files of a folder are of."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import func, select

from console.api.photo_files import PhotoMatch
from console.domain.errors import Invalid
from console.domain.language import msgid, tr
from console.domain.photo_names import is_picture, keys_of
from console.service.enrolment.photo_uses import Use
from console.service.portions import in_batches
from console.store.queries.people import join_name
from console.store.schema import Employee
from console.store.unit_of_work import ReadTx

MOST_FILES = 20_000
KEYS_AT_ONCE = 500
"""Keys of one query; databases bound the parameters of a statement."""
NO_PICTURE = msgid("Not a picture file")
NOBODY = msgid("Nobody has this number or email address")
SEVERAL = msgid("Several people have this email address")
TOO_MANY = msgid("Too many photos of one person")


def match_names(tx: ReadTx, names: Sequence[str], use: Use, *, again: bool) -> list[PhotoMatch]:
    """Every file with its person, or why it is left out. Raises Invalid for too many."""
    if len(names) > MOST_FILES:
        raise Invalid("names", tr("Choose at most {most:,} files at once.", most=MOST_FILES))
    keys = {name: keys_of(name) for name in names if is_picture(name)}
    people = _people(tx, {key for found in keys.values() for key in found})
    owners = {name: _owner(keys.get(name, []), people) for name in names}
    known = {one[0].id: one[0] for one in owners.values() if len(one) == 1}
    reasons = use.reasons(tx, list(known), again=again)
    taken: dict[str, int] = defaultdict(int)
    rows = []
    for name in names:
        found = owners[name]
        if len(found) != 1:
            why = NO_PICTURE if name not in keys else SEVERAL if found else NOBODY
            rows.append(PhotoMatch(name=name, reason=tr(why)))
            continue
        person = found[0]
        taken[person.id] += 1
        rows.append(
            PhotoMatch(
                name=name,
                employee_id=person.id,
                employee=join_name(person.first_name, person.last_name),
                number=person.number,
                reason=tr(TOO_MANY if taken[person.id] > use.most else reasons[person.id]),
            )
        )
    return rows


def _people(tx: ReadTx, keys: Iterable[str]) -> dict[str, list[Employee]]:
    """Number or email address in lower case -> whose it is."""
    found: dict[str, list[Employee]] = defaultdict(list)
    number, email = func.lower(Employee.number), func.lower(Employee.email)
    for some in in_batches(sorted(keys), KEYS_AT_ONCE):
        query = select(Employee).where(
            number.in_(some) | email.in_(some), Employee.merged_into.is_(None)
        )
        for person in tx.scalars(query):
            for key in {person.number.lower(), person.email.lower()} - {""}:
                found[key].append(person)
    return found


def _owner(keys: Sequence[str], people: dict[str, list[Employee]]) -> list[Employee]:
    return next((people[key] for key in keys if key in people), [])
