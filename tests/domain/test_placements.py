"""What each terminal should hold of each person."""

import pytest

from console.domain.placements import PersonFacts, TerminalFacts, Wish, may_be_the_same, wish_for

FINGERS = ((1, "right index"), (6, "left index"))
BOTH = PersonFacts(active=True, face_id="face", fingers={"10": FINGERS})
FACE = PersonFacts(active=True, face_id="face")
NOTHING = PersonFacts(active=True)
GATE = TerminalFacts(takes_faces=True, algorithm="", follows=False)
DOOR = TerminalFacts(takes_faces=False, algorithm="10", follows=True)
FRESH = TerminalFacts(takes_faces=False, algorithm="10", follows=False)
OTHER = TerminalFacts(takes_faces=False, algorithm="9", follows=True)
EITHER = TerminalFacts(takes_faces=True, algorithm="10", follows=True)


@pytest.mark.parametrize(
    ("person", "terminal", "wish"),
    [
        (FACE, GATE, Wish(True, "face")),
        (FACE, DOOR, None),
        (BOTH, GATE, Wish(True, "face")),
        (BOTH, DOOR, Wish(True, "", FINGERS)),
        (BOTH, EITHER, Wish(True, "face", FINGERS)),
        (BOTH, OTHER, None),
        (BOTH, FRESH, None),
        (NOTHING, EITHER, None),
    ],
)
def test_people_go_where_a_terminal_can_tell_them(
    person: PersonFacts, terminal: TerminalFacts, wish: Wish | None
) -> None:
    assert wish_for(person, terminal, held=False, allowed=True) == wish


def test_who_is_there_for_another_reason_stays() -> None:
    """With a card, say: nobody is removed for want of a face."""
    assert wish_for(NOTHING, DOOR, held=True, allowed=True) == Wish(True)


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("terminal", [GATE, DOOR, FRESH, OTHER, EITHER])
def test_TE2_who_left_belongs_nowhere(terminal: TerminalFacts, held: bool) -> None:
    left = PersonFacts(active=False, face_id="face", fingers={"10": FINGERS})
    assert wish_for(left, terminal, held=held, allowed=True) == Wish(False)


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("terminal", [GATE, DOOR, FRESH, OTHER, EITHER])
def test_whom_the_rules_do_not_take_belongs_not_there(terminal: TerminalFacts, held: bool) -> None:
    assert wish_for(BOTH, terminal, held=held, allowed=False) == Wish(False)


def test_TE14_nobody_belongs_on_a_terminal_that_is_emptied() -> None:
    bare = TerminalFacts(takes_faces=True, algorithm="10", follows=True, bare=True)
    assert wish_for(BOTH, bare, held=True, allowed=True) == Wish(False)
    assert wish_for(BOTH, bare, held=False, allowed=True) is None
    assert wish_for(PersonFacts(active=False), bare, held=False, allowed=True) == Wish(False)


@pytest.mark.parametrize(
    ("held", "name", "same"),
    [
        ("Nur A", "Nur Aisyah", True),
        ("AISYAH", "Nur Aisyah", True),
        ("", "Nur Aisyah", True),
        ("Bob Stone", "Nur Aisyah", False),
    ],
)
def test_a_name_in_common_tells_that_it_may_be_the_same_person(
    held: str, name: str, same: bool
) -> None:
    assert may_be_the_same(held, name) is same
