"""`muster verify`: is the audit log as it was written? Also while the service runs. AC10."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from console.service.backups.checkpoints import Kept, read_kept
from console.store.audit import anchor, entries
from console.store.audit_checkpoints import (
    NotCheckpoints,
    check_against,
    read_checkpoints,
    whole_text,
)
from console.store.database import connect, sqlite_url
from console.store.unit_of_work import ReadTx


def run_verify(args: argparse.Namespace) -> int:
    """Looks through every entry.

    Returns 0 if all fit, 2 if one does not or checkpoints are lost, 1 if nothing can be read.
    """
    file = args.data / "muster.db"
    if not args.database and not file.is_file():
        print(f"muster: there is no site in {args.data}", file=sys.stderr)
        return 1
    engine = connect(args.database or sqlite_url(file))
    try:
        now = datetime.now(UTC)
        with Session(engine) as session:
            kept = _kept(args.checkpoints, ReadTx(session, None, now))
            checked = check_against(entries(session), anchor(session), kept.checkpoints, now)
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
    if kept.problem:
        print(kept.problem)
    print(whole_text(checked.count, kept.checkpoints))
    return 2 if kept.problem else 0


def _kept(files: Sequence[Path], tx: ReadTx) -> Kept:
    """The checkpoints of these files, or else of the folder that the site writes to.

    Raises OSError, NotCheckpoints.
    """
    if not files:
        return read_kept(tx)
    return Kept([one for file in files for one in read_checkpoints(file)])
