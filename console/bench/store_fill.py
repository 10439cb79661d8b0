"""Millions of logins for `bench store`, made by the database itself."""

import sqlalchemy as sa

from console.store.schema import Login

SECONDS_APART, REFUSED_OF = 10, 50
AT_ONCE = 250_000
"""Logins of one transaction, so that SQLite's journal stays small."""
SORT_KIB = 256 * 1024
"""What SQLite sorts in memory when it makes an index; it begins with 2 MB."""
SPREAD = 2**32
"""Content keys begin with this much of the login's place, so that they are spread like hashes and
the database has not to sort them."""
_MAKE = """
INSERT INTO login (
    terminal_id, employee_id, pin, at, local_time, time_mark, verify, direction, outcome, method,
    reason, stamp, remark, content_key, received_at
)
WITH RECURSIVE
    place(n) AS ({place}),
    person AS MATERIALIZED (SELECT row_number() OVER (ORDER BY id) - 1 k, id, number FROM employee),
    gate AS MATERIALIZED (SELECT row_number() OVER (ORDER BY id) - 1 k, id FROM terminal)
SELECT
    gate.id, person.id, person.number, {at}, {local}, 'sure', 15, 0,
    CASE WHEN n % {refused_of} = 0 THEN 'refused' ELSE 'accepted' END, '',
    CASE WHEN n % {refused_of} = 0 THEN 'face' ELSE '' END, '', '', {key}, {at}
FROM place
JOIN person ON person.k = n * 2654435761 % 4294967296 % :people
JOIN gate ON gate.k = n * 40503 % 65536 % :terminals
ORDER BY n
"""
_SQLITE = {
    "place": "SELECT :first + 0 UNION ALL SELECT n + 1 FROM place WHERE n < :last",
    "at": "strftime('%Y-%m-%d %H:%M:%f000', :start + n * {apart}, 'unixepoch')",
    "local": "datetime(:start + n * {apart}, 'unixepoch')",
    "key": "printf('%08x', n * {spread} / :count) || lower(hex(randomblob(28)))",
}
_POSTGRES = {
    "place": "SELECT generate_series(:first, :last)",
    "at": "to_timestamp(:start + n * {apart})",
    "local": "to_char(to_timestamp(:start + n * {apart}) AT TIME ZONE 'UTC', "
    "'YYYY-MM-DD HH24:MI:SS')",
    "key": "lpad(to_hex(n * {spread} / :count), 8, '0') || "
    "left(md5(CAST(n AS text)) || md5(CAST(-n AS text)), 56)",
}


def fill_logins(engine: sa.Engine, *, count: int, people: int, terminals: int, start: int) -> None:
    """Logins of the people and terminals that are there, SECONDS_APART from start (Unix time) on.

    The indexes are made afterwards, as they are when a large table is restored.
    """
    sqlite = engine.dialect.name == "sqlite"
    words = _SQLITE if sqlite else _POSTGRES
    numbers = {"apart": SECONDS_APART, "spread": SPREAD}
    parts = {name: text.format(**numbers) for name, text in words.items()}
    make = sa.text(_MAKE.format(**parts, refused_of=REFUSED_OF)).bindparams(
        *(sa.bindparam(name, type_=sa.BigInteger) for name in ("first", "last", "count", "start"))
    )
    always = {"count": count, "people": people, "terminals": terminals, "start": start}
    indexes = sorted(Login.metadata.tables["login"].indexes, key=lambda index: str(index.name))
    with engine.connect() as connection:
        if sqlite:
            connection.exec_driver_sql(f"PRAGMA cache_size=-{SORT_KIB}")
        for index in indexes:
            index.drop(connection)
        for first in range(0, count, AT_ONCE):
            last = min(first + AT_ONCE, count) - 1
            connection.execute(make, {**always, "first": first, "last": last})
            connection.commit()
        for index in indexes:
            index.create(connection)
            connection.commit()
        connection.execute(sa.text("ANALYZE"))
        connection.commit()
        connection.invalidate()  # the next one has a memory of the usual size
