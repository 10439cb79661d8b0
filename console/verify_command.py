"""`muster verify`: is the audit log as it was written? Also while the service runs. AC10."""

import argparse
import sys
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from console.store.audit import anchor, entries
from console.store.audit_checkpoints import (
    NotCheckpoints,
    check_against,
    read_checkpoints,
    whole_text,
)
from console.store.database import connect, sqlite_url


def run_verify(args: argparse.Namespace) -> int:
    """Looks through every entry. Returns 0 if all fit, 2 if one does not, 1 if none can be read."""
    file = args.data / "muster.db"
    if not args.database and not file.is_file():
        print(f"muster: there is no site in {args.data}", file=sys.stderr)
        return 1
    engine = connect(args.database or sqlite_url(file))
    try:
        kept = [one for path in args.checkpoints for one in read_checkpoints(path)]
        with Session(engine) as session:
            checked = check_against(entries(session), anchor(session), kept, datetime.now(UTC))
    except (OSError, NotCheckpoints) as problem:
        print(f"muster: {problem}", file=sys.stderr)
        return 1
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
    print(whole_text(checked.count, kept))
    return 0
