"""What is asked before a consent to a face is withdrawn."""

from PyQt6.QtWidgets import QWidget

from console.domain.language import tr
from console.qt.questions import is_sure

FACE_WITHDRAWN = tr(
    "The photos and the template are deleted here at once. Terminals and kiosks delete the face "
    "automatically; those that are offline do so once they are back. The person keeps number and "
    "fingers, and has no disadvantage."
)
FACE_IS_WITHDRAWN = tr(
    "The consent was withdrawn. Photos and template are deleted here; terminals and kiosks delete "
    "the face next. The person can use their number."
)


def withdraws_face(parent: QWidget, person: str) -> bool:
    """Asks whether the person's consent to their face is to be withdrawn."""
    question = tr("Withdraw the face consent of {name}?", name=person)
    return is_sure(parent, tr("Withdraw"), question, FACE_WITHDRAWN)
