"""PE5: each state that a list of employees can be narrowed to has a name of its own."""

from console.domain.people_states import PEOPLE_STATE_WORDS, PeopleState


def test_PE5_every_state_has_words_of_its_own() -> None:
    assert list(PEOPLE_STATE_WORDS) == list(PeopleState)
    assert len(set(PEOPLE_STATE_WORDS.values())) == len(PeopleState)
