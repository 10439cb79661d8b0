"""How far people are, as the list of employees can be narrowed by it."""

from enum import StrEnum

from console.domain.language import msgid


class PeopleState(StrEnum):
    """ACTIVE: who may log in now. Of them: with a face, without, or with an open invitation.

    AWAY: who has left, may not log in, or is out of the days for which they are valid.
    """

    ACTIVE = "active"
    WITH_FACE = "with_face"
    WITHOUT_FACE = "without_face"
    INVITED = "invited"
    AWAY = "away"


PEOPLE_STATE_WORDS = {
    PeopleState.ACTIVE: msgid("Active"),
    PeopleState.WITH_FACE: msgid("Active, face enrolled"),
    PeopleState.WITHOUT_FACE: msgid("Active, no face enrolled"),
    PeopleState.INVITED: msgid("Active, invitation open"),
    PeopleState.AWAY: msgid("Not active"),
}
