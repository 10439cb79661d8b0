"""People's keys as they lie beside a backup, with the keys of the site that have wrapped them.

The site's key may be changed between two backups. Whoever restores an older one takes the newest
keys of people all the same, in which nobody is who was erased, and wraps them for that older site.
"""

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from console.store.backup.database_copy import WrappedKey
from console.store.keys import SiteKeys, kek_number
from console.store.recovery import open_wrapped
from console.store.vault import Unsealable, Vault


class PeopleKeys(msgspec.Struct, frozen=True, kw_only=True):
    """wrapped_by: the site's keys, sealed to the recovery key; empty in files of before."""

    keys: list[WrappedKey]
    wrapped_by: bytes


def decode_people_keys(data: bytes | bytearray) -> PeopleKeys:
    """Also of files that have people's keys alone. Raises msgspec.DecodeError."""
    found = msgspec.json.decode(data, type=PeopleKeys | list[WrappedKey])
    return PeopleKeys(keys=found, wrapped_by=b"") if isinstance(found, list) else found


def wrap_for(
    mine: SiteKeys, found: PeopleKeys, pair: X25519PrivateKey, site: str
) -> list[WrappedKey]:
    """The keys, wrapped for a site with these keys; a damaged one stays damaged.

    Raises OtherRecoveryKey.
    """
    if not found.wrapped_by:
        return found.keys
    theirs = open_wrapped(found.wrapped_by, pair, site)
    if theirs == mine.encode():
        return found.keys
    vault = Vault(theirs)
    vault.use_keys(mine)
    number = kek_number(mine.newest)
    return [WrappedKey(one.employee_id, _wrapped(vault, one), number) for one in found.keys]


def _wrapped(vault: Vault, key: WrappedKey) -> bytes:
    try:
        return vault.renew_wrap(key.wrapped)
    except Unsealable:
        return key.wrapped
