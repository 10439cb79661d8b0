"""The words of the first page, and who may know what. CO19."""

from datetime import timedelta

import pytest

from console.domain.operators import Role
from console.domain.today import (
    GROUP_WORDS,
    KINDS,
    SOURCE_WORDS,
    Concern,
    Group,
    Source,
    sources_for,
    time_in_words,
)
from tests.store.made import NOW


def test_CO19_every_concern_is_told_in_whole_sentences() -> None:
    assert list(KINDS) == list(Concern), "in the order of the page"
    for kind in KINDS.values():
        for said in (kind.one, kind.many.format(count="2,000")):
            assert said[0].isupper() or said[0].isdigit()
            assert said.endswith(".") and "{" not in said
    assert GROUP_WORDS.keys() == set(Group)
    assert SOURCE_WORDS.keys() == set(Source)


def test_CO19_a_page_goes_through_its_groups_one_after_the_other() -> None:
    groups = [kind.group for kind in KINDS.values()]
    assert groups == sorted(groups, key=list(Group).index)


def test_N17_nothing_is_read_that_the_role_may_not_know_of() -> None:
    assert set(sources_for(Role.ADMIN)) == set(Source)
    hidden = {Source.ERASURES, Source.BACKUPS, Source.AUDIT, Source.CERTIFICATES, Source.KIOSKS}
    assert hidden.isdisjoint(sources_for(Role.TECHNICIAN))
    assert hidden.isdisjoint(sources_for(Role.SUPERVISOR))
    assert hidden & set(sources_for(Role.AUDITOR)) == {Source.BACKUPS, Source.AUDIT}


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(), "for 1 minute"),
        (timedelta(minutes=59), "for 59 minutes"),
        (timedelta(minutes=119), "for 119 minutes"),
        (timedelta(hours=2), "for 2 hours"),
        (timedelta(hours=47), "for 47 hours"),
        (timedelta(days=2), "for 2 days"),
        (timedelta(days=1200), "for 1,200 days"),
        (-timedelta(seconds=1), "in 1 minute"),
        (-timedelta(hours=3), "in 3 hours"),
        (-timedelta(days=30), "in 30 days"),
    ],
)
def test_CO19_a_time_is_told_in_a_unit_that_is_never_far_off(span: timedelta, words: str) -> None:
    assert time_in_words(NOW - span, NOW) == words
