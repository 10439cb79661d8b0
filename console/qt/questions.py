"""A question before what cannot be taken back."""

from PyQt6.QtWidgets import QMessageBox, QWidget


def is_sure(parent: QWidget, action: str, question: str, explained: str) -> bool:
    """Asks before an act of this name; explained: what it does. Return leaves things alone. CO5."""
    box = QMessageBox(QMessageBox.Icon.Question, action, question, parent=parent)
    box.setInformativeText(explained)
    go = box.addButton(action, QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is go
