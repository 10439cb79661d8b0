"""Questions before what cannot be taken back."""

from PyQt6.QtWidgets import QMessageBox, QWidget

from console.qt.language import tr

FACE_WITHDRAWN = tr(
    "The photos and the template are destroyed here at once. Terminals and kiosks lose the face by "
    "themselves; those that are off, when they are back. The person stays, with number and "
    "fingers; there is no disadvantage."
)
FACE_IS_WITHDRAWN = tr(
    "the consent is withdrawn. Photos and template are destroyed here; terminals and kiosks lose "
    "the face next. They use their number."
)


def is_sure(parent: QWidget, action: str, question: str, explained: str) -> bool:
    """Asks before an act of this name; explained: what it does. Return leaves things alone. CO5."""
    box = QMessageBox(QMessageBox.Icon.Question, action, question, parent=parent)
    box.setInformativeText(explained)
    go = box.addButton(action, QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is go


def withdraws_face(parent: QWidget, person: str) -> bool:
    """Asks whether the person's consent to their face is to be withdrawn."""
    question = f"{person}: {tr('withdraw the consent to the face?')}"
    return is_sure(parent, tr("Withdraw"), question, FACE_WITHDRAWN)
