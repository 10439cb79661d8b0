"""How far invitations have come, and who is stuck where and why. N22."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.errors import IllegalTransition
from console.domain.funnel import (
    FOR_THE_PERSON,
    STAGE_LABELS,
    WHY_WORDS,
    Place,
    Stage,
    Why,
    funnel,
    furthest,
    stuck,
    why_here,
)
from console.domain.invitations import LINK_USABLE, Event, Status, advance


def walk(*events: Event) -> tuple[Status, Stage]:
    status, stage = Status.INVITED, Stage.SENT
    for event in events:
        status = advance(status, event)
        stage = furthest(stage, status)
    return status, stage


WAY = (
    (Event.OPEN, Stage.OPENED),
    (Event.CONSENT, Stage.CONSENTED),
    (Event.SUBMIT, Stage.SUBMITTED),
    (Event.SCREEN, Stage.SUBMITTED),
    (Event.SOME_PASSED, Stage.SCREENED),
    (Event.APPROVE, Stage.APPROVED),
    (Event.ON_TERMINALS, Stage.ON_TERMINALS),
    (Event.FIRST_LOGIN, Stage.IN_USE),
)


@pytest.mark.parametrize("steps", range(1, len(WAY) + 1))
def test_N22_the_funnel_goes_from_sent_to_the_first_login(steps: int) -> None:
    assert walk(*(event for event, _ in WAY[:steps]))[1] is WAY[steps - 1][1]


def test_N22_photos_that_failed_leave_the_person_at_submitted() -> None:
    to_screening = Event.OPEN, Event.CONSENT, Event.SUBMIT, Event.SCREEN
    assert walk(*to_screening, Event.ALL_FAILED) == (Status.REJECTED_AUTO, Stage.SUBMITTED)
    assert walk(*to_screening, Event.TRIES_SPENT) == (Status.NEEDS_HELP, Stage.SUBMITTED)


@given(st.lists(st.sampled_from(Event), max_size=20))
def test_N22_a_stage_is_never_lost_again(events: list[Event]) -> None:
    status, stage = Status.INVITED, Stage.SENT
    for event in events:
        try:
            status = advance(status, event)
        except IllegalTransition:
            continue
        before, stage = stage, furthest(stage, status)
        assert stage >= before


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (Place(status=Status.INVITED, stage=Stage.WRITTEN), Why.EMAIL_WAITS),
        (Place(status=Status.INVITED, stage=Stage.WRITTEN, on_paper=True), Why.NOT_PRINTED),
        (Place(status=Status.INVITED, stage=Stage.SENT, on_paper=True), Why.NOT_OPENED),
        (Place(status=Status.INVITED, stage=Stage.WRITTEN, email_failed=True), Why.EMAIL_FAILED),
        (Place(status=Status.INVITED, stage=Stage.SENT), Why.NOT_OPENED),
        (Place(status=Status.OPENED, stage=Stage.OPENED), Why.NOT_AGREED),
        (Place(status=Status.CONSENTED, stage=Stage.CONSENTED), Why.NO_PHOTOS),
        (Place(status=Status.CONSENTED, stage=Stage.CONSENTED, locked=True), Why.LOCKED),
        (Place(status=Status.REJECTED_AUTO, stage=Stage.SUBMITTED), Why.PHOTOS_FAILED),
        (Place(status=Status.NEEDS_HELP, stage=Stage.SUBMITTED), Why.NEEDS_HELP),
        (Place(status=Status.PENDING_APPROVAL, stage=Stage.SCREENED), Why.WAITS_FOR_REVIEW),
        (Place(status=Status.REJECTED, stage=Stage.SCREENED), Why.REJECTED),
        (Place(status=Status.APPROVED, stage=Stage.APPROVED), Why.ON_THE_WAY),
        (Place(status=Status.PUSHED, stage=Stage.ON_TERMINALS), Why.NO_LOGIN),
        (Place(status=Status.EXPIRED, stage=Stage.OPENED), Why.EXPIRED),
        (Place(status=Status.EXPIRED, stage=Stage.OPENED, locked=True), Why.EXPIRED),
        (Place(status=Status.IN_USE, stage=Stage.IN_USE), Why.DONE),
    ],
)
def test_N22_it_is_said_why_somebody_is_stuck(place: Place, why: Why) -> None:
    assert why_here(place) is why


def test_N22_every_place_has_a_reason_in_words() -> None:
    flags = product((False, True), repeat=3)
    found = {
        why_here(
            Place(status=status, stage=stage, locked=locked, email_failed=failed, on_paper=paper)
        )
        for status, stage, (locked, failed, paper) in product(Status, Stage, flags)
    }
    assert found == set(Why) == set(WHY_WORDS)
    assert set(STAGE_LABELS) == set(Stage)


def test_N22_a_reminder_helps_exactly_where_the_person_is_to_act() -> None:
    found = {why_here(Place(status=status, stage=Stage.SENT)) for status in LINK_USABLE}
    assert found == FOR_THE_PERSON


COUNTS = {
    Place(status=Status.INVITED, stage=Stage.WRITTEN): 1,
    Place(status=Status.INVITED, stage=Stage.SENT): 10,
    Place(status=Status.EXPIRED, stage=Stage.SENT): 4,
    Place(status=Status.EXPIRED, stage=Stage.OPENED): 2,
    Place(status=Status.IN_USE, stage=Stage.IN_USE): 3,
}


def test_N22_a_stage_counts_whoever_has_reached_it_and_whoever_stopped_there() -> None:
    found = {one.stage: (one.reached, one.here) for one in funnel(COUNTS)}
    assert found[Stage.WRITTEN] == (20, 1)
    assert found[Stage.SENT] == (19, 14)
    assert found[Stage.OPENED] == (5, 2)
    assert found[Stage.SCREENED] == (3, 0)
    assert found[Stage.IN_USE] == (3, 3)
    assert list(found) == list(Stage)


def test_N22_who_is_done_is_not_stuck() -> None:
    assert stuck(COUNTS) == {
        (Stage.WRITTEN, Why.EMAIL_WAITS): 1,
        (Stage.SENT, Why.EXPIRED): 4,
        (Stage.SENT, Why.NOT_OPENED): 10,
        (Stage.OPENED, Why.EXPIRED): 2,
    }
