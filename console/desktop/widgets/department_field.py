"""A department, chosen from a list that typing narrows; a new one is made on sight."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QCompleter

from console.api.departments import Departments
from console.domain.language import tr
from console.qt.widgets import Field


class DepartmentField(Field):
    """A field with a list. `edit` is what is typed in it."""

    def __init__(self) -> None:
        super().__init__(tr("Department"))
        self.choice = QComboBox()
        self.choice.setEditable(True)
        self.choice.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.choice.setAccessibleName(tr("Department"))
        typed, layout = self.choice.lineEdit(), self.layout()
        assert typed is not None and layout is not None
        layout.replaceWidget(self.edit, self.choice)
        self.edit.hide()  # it would lie over the heading until Qt deletes it
        self.edit.deleteLater()
        self.edit = typed
        typed.setAccessibleName(tr("Department"))
        typed.setPlaceholderText(tr("Choose, or type a new one"))

    def offer(self, found: Departments) -> None:
        """Offers these departments; what is typed stays."""
        typed = self.edit.text()
        self.choice.clear()
        self.choice.addItems([one.path for one in found.rows])
        offers = QCompleter([one.path for one in found.rows], self.choice)
        offers.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        offers.setFilterMode(Qt.MatchFlag.MatchContains)
        self.choice.setCompleter(offers)
        self.edit.setText(typed)
