"""`muster change-key`: changes the site's key on the computer of a service that is stopped."""

import argparse
import sys

import filelock

from console import runtime
from console.domain.errors import DomainError
from console.key_holder import key_holder
from console.open_site import NoSite, open_site
from console.service.backups.making import only_one
from console.store.rotation import rotate

LOCK_S = 1.0
RUNS = "The service runs. Change the key in the console, under Backups, or stop the service first."


def run_change_key(args: argparse.Namespace) -> int:
    """Changes the key, or goes on with a change that was interrupted. Returns the exit status."""
    lock = filelock.FileLock(args.data / runtime.LOCK)
    try:
        with open_site(args.data, args.database, key_file=args.key_file) as store:
            with lock.acquire(timeout=LOCK_S), only_one(args.data):
                holder = key_holder(args.data, "site", args.key_file)
                rotate(store, holder, lambda _done, _total: None)
    except filelock.Timeout:
        print(f"muster: {RUNS}", file=sys.stderr)
        return 1
    except (NoSite, DomainError, OSError) as problem:
        print(f"muster: {problem}", file=sys.stderr)
        return 1
    print("The key of the site is changed.")
    return 0
