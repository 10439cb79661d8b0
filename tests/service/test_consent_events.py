"""Every state of a consent meets every event, for every modality. EN1, N8."""

from enum import StrEnum

import msgspec
import pytest

from console.domain.consent import FACE, FINGER, TEXT_VERSIONS, LawfulBasis, consent_texts
from console.domain.retention import SHIPPED
from console.service.consents import Consents
from console.service.enrolment import submissions
from console.service.enrolment.consent import FaceConsents
from console.service.fingers.consent import FingerConsents
from console.service.fingers.records import FingerRecords
from console.service.settings import load_settings, save_settings
from console.store.database import Store
from console.store.schema import Employee
from tests.service.test_asking_again import (
    DAY,
    DAYS,
    Learned,
    asking_again,
    enrolled,
    fingers,
    has_face,
    listed,
    tell,
    with_finger,
)
from tests.store.made import add_employee
from tests.support.clock import FakeClock


class State(StrEnum):
    """What a person has said, and was asked."""

    NEVER = "has never agreed"
    EARLIER = "agreed to an earlier text"
    ASKED = "is asked about another text, and does not know it yet"
    TOLD = "was told"
    AGREED = "agreed to the text in force"
    WITHDRAWN = "has withdrawn"


class Happens(StrEnum):
    """What may happen then."""

    YES = "they agree by their link"
    NO = "they withdraw by their link"
    TIME = "twice the time to answer goes by"
    LAW = "the site rests on a law, and the time goes by"


NOTHING, KEPT, KEPT_AND_ASKED = (False, False, False), (True, True, False), (True, True, True)
"""Whether the consent is in force, what was made of them is kept, and they are asked."""
OUTCOMES = {
    State.NEVER: dict.fromkeys(Happens, NOTHING),
    State.EARLIER: {
        Happens.YES: KEPT,
        Happens.NO: NOTHING,
        Happens.TIME: KEPT_AND_ASKED,
        Happens.LAW: KEPT,
    },
    State.ASKED: {
        Happens.YES: KEPT,
        Happens.NO: NOTHING,
        Happens.TIME: KEPT_AND_ASKED,
        Happens.LAW: KEPT,
    },
    State.TOLD: {
        Happens.YES: KEPT,
        Happens.NO: NOTHING,
        Happens.TIME: NOTHING,
        Happens.LAW: KEPT,
    },
    State.AGREED: dict.fromkeys(Happens, KEPT) | {Happens.NO: NOTHING},
    State.WITHDRAWN: dict.fromkeys(Happens, NOTHING),
}


def consents_to(store: Store, modality: str) -> Consents:
    return FaceConsents(Learned()) if modality == FACE else FingerConsents(FingerRecords(store))


def in_state(store: Store, modality: str) -> dict[State, Employee]:
    """A person in each state."""
    agreed = enrolled if modality == FACE else with_finger
    asking, now = asking_again(store, Learned()), TEXT_VERSIONS[modality]
    with store.write() as tx:
        people = {State.NEVER: add_employee(tx), State.AGREED: agreed(tx, now)}
        people |= {one: agreed(tx, now - 1) for one in (State.ASKED, State.TOLD)}
        people[State.WITHDRAWN] = agreed(tx, now)
    asking.run_once()
    tell(store, people[State.TOLD], about=modality)
    with store.write() as tx:
        consents_to(store, modality).withdraw(tx, people[State.WITHDRAWN].id, channel="link")
        people[State.EARLIER] = agreed(tx, now - 1)
    return people


@pytest.mark.parametrize("modality", [FACE, FINGER])
@pytest.mark.parametrize("happens", Happens)
def test_N8_what_becomes_of_a_consent_in_every_state(
    store: Store, clock: FakeClock, modality: str, happens: Happens
) -> None:
    people, consents = in_state(store, modality), consents_to(store, modality)
    said = {"channel": submissions.LINK}
    text = consent_texts(modality, SHIPPED)[-1]
    with store.write() as tx:
        for one in people.values():
            if happens is Happens.YES:
                consents.renew(tx, one.id, text, user_agent="", **said)
            elif happens is Happens.NO:
                consents.withdraw(tx, one.id, **said)
        if happens is Happens.LAW:
            law = {"lawful_basis": LawfulBasis.EMPLOYMENT_LAW}
            save_settings(tx, msgspec.structs.replace(load_settings(tx), **law))
    if happens in (Happens.TIME, Happens.LAW):
        clock.now += 2 * DAYS * DAY
        asking_again(store, Learned()).run_once()
    with store.read() as tx:
        in_force = {one: consents.in_force(tx, person.id) for one, person in people.items()}
    asked = listed(store)
    found = {
        one: (
            in_force[one],
            has_face(store, person) if modality == FACE else bool(fingers(store, person)),
            person.id in asked,
        )
        for one, person in people.items()
    }
    assert found == {one: OUTCOMES[one][happens] for one in State}
