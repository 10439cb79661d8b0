"""What is asked before a consent to a face is withdrawn."""

from PyQt6.QtWidgets import QWidget

from console.domain.language import tr
from console.qt.questions import is_sure

FACE_WITHDRAWN = tr(
    "The photos and the template are destroyed here at once. Terminals and kiosks lose the face by "
    "themselves; those that are off, when they are back. The person stays, with number and "
    "fingers; there is no disadvantage."
)
FACE_IS_WITHDRAWN = tr(
    "the consent is withdrawn. Photos and template are destroyed here; terminals and kiosks lose "
    "the face next. They use their number."
)


def withdraws_face(parent: QWidget, person: str) -> bool:
    """Asks whether the person's consent to their face is to be withdrawn."""
    question = f"{person}: {tr('withdraw the consent to the face?')}"
    return is_sure(parent, tr("Withdraw"), question, FACE_WITHDRAWN)
