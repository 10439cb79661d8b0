"""`muster recovery-key`: makes the recovery key, or uses it for the site's key or an admin."""

import argparse
import secrets
import sys

from console.domain.errors import Invalid
from console.domain.recovery_key import (
    ASKED_BACK,
    GROUPS,
    KEY_BYTES,
    check_typed_back,
    in_groups,
    read_key,
)
from console.key_holder import key_holder
from console.open_site import NoSite, open_site
from console.recovery_pair import OtherRecoveryKey, key_pair, public_bytes
from console.service.people.passwords import make_temporary, recover_admin
from console.service.people.recovery_proofs import COMMAND
from console.store.keys import KEK_BYTES
from console.store.recovery import load_recovery, set_recovery_key, unwrap_keys

GROUPS_A_LINE = 7
TRIES = 3
NO_RECOVERY_KEY = "This site has no recovery key, so nothing can be brought back with one."
THERE_IS_ONE = (
    "There is a recovery key already ({fingerprint}, made {made:%d %B %Y}). --replace makes "
    "another. Backups that exist go on needing the one on paper: keep it as long as they are kept."
)
OTHER = "This is not the recovery key of this site, which has the fingerprint {fingerprint}."
REPLACED = "The recovery key was replaced meanwhile. Use the new one."
SIGN_IN_WITH = (
    "{username} signs in with {password} by {until:%d %B %Y}, and then chooses another password. "
    "Every operator is told."
)
WRITE_IT_DOWN = (
    "This is the recovery key. It is shown once. Print it or write it down, and keep it in a safe "
    "place away from this computer: whoever has it can open every backup."
)


def run_recovery_key(args: argparse.Namespace) -> int:
    """Makes a recovery key, or uses the one on paper. Returns the exit status."""
    try:
        if args.admin:
            return _give_password(args)
        return _use(args) if args.use else _make(args)
    except (NoSite, Invalid, OtherRecoveryKey, OSError) as problem:
        print(f"muster: {problem}", file=sys.stderr)
    except (EOFError, KeyboardInterrupt):
        print("muster: nothing was changed", file=sys.stderr)
    return 1


def ask_key() -> bytes:
    """The recovery key, as it is typed. Raises Invalid, EOFError."""
    return read_key(input(f"Recovery key ({GROUPS} groups): "))


def _make(args: argparse.Namespace) -> int:
    with open_site(args.data, args.database, key_file=args.key_file) as store:
        with store.read() as tx:
            before = load_recovery(tx)
        if before is not None and not args.replace:
            made = before.made_at.astimezone()
            raise NoSite(THERE_IS_ONE.format(fingerprint=before.fingerprint, made=made))
        secret = secrets.token_bytes(KEY_BYTES)
        _show(secret)
        _ask_back(secret)
        with store.write() as tx:
            recovery = set_recovery_key(tx, secret)
    print(f"The recovery key is in force. Its fingerprint is {recovery.fingerprint}.")
    return 0


def _show(secret: bytes) -> None:
    print(WRITE_IT_DOWN, end="\n\n")
    groups = in_groups(secret)
    for first in range(0, GROUPS, GROUPS_A_LINE):
        print("   " + "  ".join(groups[first : first + GROUPS_A_LINE]))
    print()


def _ask_back(secret: bytes) -> None:
    """Two groups are typed back, or the key does not count. Raises Invalid."""
    asked = sorted(secrets.SystemRandom().sample(range(1, GROUPS + 1), ASKED_BACK))
    for left in reversed(range(TRIES)):
        typed = {number: input(f"Type group {number} back: ") for number in asked}
        try:
            check_typed_back(secret, typed)
        except Invalid as wrong:
            if not left:
                raise
            print(wrong)
        else:
            return


def _use(args: argparse.Namespace) -> int:
    """The site's key comes back into the keyring of this computer."""
    # the key of the site is what is missing, so nothing sealed is opened at first
    with open_site(args.data, args.database, kek=bytes(KEK_BYTES)) as store, store.read() as tx:
        recovery = load_recovery(tx)
    if recovery is None:
        raise NoSite(NO_RECOVERY_KEY)
    try:
        kek = unwrap_keys(recovery, key_pair(ask_key()))
    except OtherRecoveryKey:
        raise NoSite(OTHER.format(fingerprint=recovery.fingerprint)) from None
    holder = key_holder(args.data, "site", args.key_file)
    if holder.get() != kek:
        holder.set(kek)
    with open_site(args.data, args.database, key_file=args.key_file) as store:
        with store.write() as tx:
            tx.audit("recovery_key.used", key=recovery.fingerprint)
    print("The key of the site is back. Start Muster.")
    return 0


def _give_password(args: argparse.Namespace) -> int:
    """An administrator gets a temporary password; whoever types has the recovery key."""
    # nothing sealed is opened, so the key of the site is not needed
    with open_site(args.data, args.database, kek=bytes(KEK_BYTES)) as store:
        with store.read() as tx:
            recovery = load_recovery(tx)
        if recovery is None:
            raise NoSite(NO_RECOVERY_KEY)
        if public_bytes(key_pair(ask_key())) != recovery.public:
            raise NoSite(OTHER.format(fingerprint=recovery.fingerprint))
        made = make_temporary()
        with store.write() as tx:
            now = load_recovery(tx)
            if now is None or now.public != recovery.public:
                raise NoSite(REPLACED)
            until = recover_admin(tx, args.admin, made, recovery.fingerprint, COMMAND)
    shown = SIGN_IN_WITH.format(
        username=args.admin.strip(), password=made.text, until=until.astimezone()
    )
    print(shown)
    return 0
