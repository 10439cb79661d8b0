"""What each terminal should hold of each person: the one rule behind everything that is sent.

Pure: facts go in, a wish comes out. Whoever changes a fact lets the rule decide again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

STUCK_AFTER = 3
"""After so many tries the screens say what hinders a placement."""
StoredFingers = tuple[tuple[int, str], ...]
"""(finger 0 to 9, identity of its template)."""


class PlacementState(StrEnum):
    """How far a terminal is with what it should hold of a person.

    CONFIRMED: it has shown that it is so. FAILED: trying again does not help, the error says why.
    """

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class PersonFacts:
    """What is known of a person.

    active: in force by `validity.py`; face_id: the enrolment whose face is in force, or "".
    fingers: algorithm -> their templates.
    """

    active: bool
    face_id: str = ""
    fingers: Mapping[str, StoredFingers] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TerminalFacts:
    """What is known of a terminal.

    algorithm: of the finger templates that it takes, or "". follows: its people were planned once,
    so that it gets new people by itself. bare: it is emptied, so that nobody belongs on it.
    """

    takes_faces: bool
    algorithm: str
    follows: bool
    bare: bool = False


@dataclass(frozen=True)
class Wish:
    """What a terminal should hold of a person. belongs: False if it must not hold them at all."""

    belongs: bool
    face_id: str = ""
    fingers: StoredFingers = ()


def wish_for(
    person: PersonFacts, terminal: TerminalFacts, *, held: bool, allowed: bool
) -> Wish | None:
    """What the terminal should hold; None if the person is nothing to it.

    held: it was seen to hold the person, as one of the people here; allowed: by the rules of
    `access_rules.py`. A person goes to a terminal that can tell them by a face or a finger;
    whoever is there for another reason stays.
    """
    if not (person.active and allowed) or (terminal.bare and held):
        return Wish(belongs=False)
    if terminal.bare:
        return None
    face_id = person.face_id if terminal.takes_faces else ""
    fingers = person.fingers.get(terminal.algorithm, ()) if terminal.algorithm else ()
    if held or face_id or (fingers and terminal.follows):
        return Wish(True, face_id, fingers)
    return None


def may_be_the_same(held: str, name: str) -> bool:
    """Whether the name on a terminal may be this person's, under the same number.

    One common word is enough, because terminals cut and shorten names. A record without a name
    says nothing against it.
    """
    words = set(held.casefold().split())
    return not words or bool(words & set(name.casefold().split()))
