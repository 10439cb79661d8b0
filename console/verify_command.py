"""`muster verify`: is the audit log as it was written? Also while the service runs. AC10."""

import argparse
import sys

import sqlalchemy as sa
from sqlalchemy.orm import Session

from console.store.audit import anchor, check_chain, entries
from console.store.database import connect, sqlite_url


def run_verify(args: argparse.Namespace) -> int:
    """Looks through every entry. Returns 0 if all fit, 2 if one does not, 1 if none can be read."""
    file = args.data / "muster.db"
    if not args.database and not file.is_file():
        print(f"muster: there is no site in {args.data}", file=sys.stderr)
        return 1
    engine = connect(args.database or sqlite_url(file))
    try:
        with Session(engine) as session:
            checked = check_chain(entries(session), anchor(session))
    except sa.exc.DBAPIError as problem:
        print(f"muster: the database cannot be read: {problem.orig}", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    if checked.broken_at is not None:
        print(
            f"Entry {checked.broken_at} is not as it was written, or entries before it are missing."
        )
        return 2
    print(f"All {checked.count:,} entries of the audit log fit together.")
    print("Entries that were cut off at the end are not found by this.")
    return 0
