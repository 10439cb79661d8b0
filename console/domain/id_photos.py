"""How far the photo is that a first enrolment is compared with. N5."""

from enum import StrEnum

from console.domain.language import msgid


class IdPhotoState(StrEnum):
    """WAITING and READY lead to a comparison; of the others nothing is compared."""

    WAITING = "waiting"
    """Until its person has agreed and it was read."""
    READY = "ready"
    FACELESS = "faceless"
    """It was read, and no face was found in it."""
    UNREADABLE = "unreadable"


NOT_COMPARED = {
    IdPhotoState.FACELESS: msgid("The ID photo shows no face, so nothing was compared."),
    IdPhotoState.UNREADABLE: msgid("The ID photo could not be read, so nothing was compared."),
}
"""What whoever decides about a submission is told."""
