"""People's keys beside a backup: read as they were written, wrapped for the site that restores."""

import secrets

import msgspec
import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from console.recovery_pair import OtherRecoveryKey, key_pair, public_bytes, seal_to
from console.store.backup.database_copy import WrappedKey
from console.store.backup.people_keys import PeopleKeys, decode_people_keys, wrap_for
from console.store.keys import SiteKeys, kek_number
from console.store.recovery import KEK_CONTEXT

SITE = "site 1"
PAIR = key_pair(bytes(range(1, 33)))
MINE, THEIRS = SiteKeys.make(), SiteKeys.make()
PERSON_KEY = secrets.token_bytes(32)


def beside_backup(keys: SiteKeys, *more: WrappedKey) -> PeopleKeys:
    """One person's key, wrapped by a site with these keys."""
    one = WrappedKey("ann", aes_key_wrap(keys.newest, PERSON_KEY), kek_number(keys.newest))
    sealed = seal_to(public_bytes(PAIR), keys.encode(), KEK_CONTEXT + SITE.encode())
    return PeopleKeys(keys=[one, *more], wrapped_by=sealed)


def test_they_are_read_as_they_were_written_also_without_the_keys_of_the_site() -> None:
    found = beside_backup(THEIRS)
    assert decode_people_keys(msgspec.json.encode(found)) == found
    alone = decode_people_keys(msgspec.json.encode(found.keys))
    assert alone == PeopleKeys(keys=found.keys, wrapped_by=b"")
    assert wrap_for(MINE, alone, PAIR, SITE) == found.keys


def test_those_of_the_same_site_stay_as_they_are() -> None:
    found = beside_backup(MINE)
    assert wrap_for(MINE, found, PAIR, SITE) == found.keys


def test_those_of_after_a_change_of_the_key_are_wrapped_for_the_older_site() -> None:
    damaged = WrappedKey("ben", bytes(40), 7)
    ann, ben = wrap_for(MINE, beside_backup(THEIRS, damaged), PAIR, SITE)
    assert (ann.employee_id, ann.kek_version) == ("ann", kek_number(MINE.kek))
    assert aes_key_unwrap(MINE.kek, ann.wrapped) == PERSON_KEY
    assert ben.wrapped == damaged.wrapped, "what was damaged opens nothing and stops nothing"


def test_another_paper_opens_none() -> None:
    with pytest.raises(OtherRecoveryKey):
        wrap_for(MINE, beside_backup(THEIRS), key_pair(bytes(range(2, 34))), SITE)
