"""On what the use of faces rests, and who still has to answer about another text. N8."""

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QFormLayout, QVBoxLayout, QWidget

from console.api import consents as api
from console.api.operation import ApiError
from console.desktop.narrow_bar import NarrowBar
from console.desktop.words import MOMENT_PX, local_text
from console.domain.consent import (
    BASIS_WORDS,
    FACE,
    FINGER,
    LEAST_ANSWER_DAYS,
    MOST_ANSWER_DAYS,
    LawfulBasis,
)
from console.domain.language import labelled, tr, tr_count
from console.domain.operators import Role
from console.domain.today import Concern
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.number_box import NumberBox
from console.qt.questions import is_sure
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, label, row

WHAT_IT_DOES = tr(
    "When a new version of Muster brings a new text, everyone who agreed to an earlier one is "
    "asked by email and reminded twice. Their time to answer starts when that email is sent, or "
    "when you have told them in person. If they do not answer in time, they have not agreed: their "
    "face or fingers are deleted here, on terminals and on kiosks. If the lawful basis is not "
    "consent, no one is asked, and nothing is deleted for this reason."
)
ABOUT = {FACE: tr("Face"), FINGER: tr("Fingers")}
WHAT_TELLING_DOES = tr(
    "Their time to answer starts now. If they do not answer at the desk or through their link "
    "before it ends, their face or fingers are deleted, as the list shows."
)


class ConsentDialog(Dialog):
    """The rules, and the list of those who have not answered. Auditors see, admins set."""

    done_text = pyqtSignal(str)

    def __init__(
        self, client: ServiceClient, parent: QWidget | None = None, *, due: bool = False
    ) -> None:
        """due: of those who still have to answer, shows only whose time is over within a week."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Consent"))
        self.open_at(QSize(1260, 640))
        self._client = client
        self.basis = QComboBox()
        self.basis.setAccessibleName(tr("Lawful basis"))
        for basis in LawfulBasis:
            self.basis.addItem(tr(BASIS_WORDS[basis]), basis)
        self.days = NumberBox(tr("Time to answer"), LEAST_ANSWER_DAYS, MOST_ANSWER_DAYS)
        self.days.count_days()
        columns: list[Column[api.AskedRow]] = [
            Column(tr("Full name"), lambda one: one.name, 200),
            Column(tr("Number"), lambda one: one.number, 90),
            Column(tr("Department"), lambda one: one.department, 130),
            Column(tr("About"), lambda one: f"{ABOUT[one.modality]}, v{one.version}", 100),
            Column(tr("Agreed in"), lambda one: one.language, 120),
            Column(
                tr("Told"), lambda one: local_text(one.told_at) or tr("Not told yet"), MOMENT_PX
            ),
            Column(tr("Until"), lambda one: local_text(one.answer_by), MOMENT_PX),
            Column(tr("Email"), lambda one: one.email),
        ]
        self.model: PagedModel[api.AskedRow] = PagedModel(
            columns, lambda one: f"{one.employee_id} {one.modality}", self
        )
        self.table = Table(self.model, tr("Who still has to answer"))
        self.nothing = EmptyState(
            "users",
            tr("No answers outstanding"),
            tr("No one is being asked about a new text at the moment."),
        )
        self.list = Switch(self.table, self.nothing)
        self.heading = label(tr("Who still has to answer"), "heading")
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.told = button(tr("Told in person…"), self._ask_told)
        self.save = button(tr("Save"), self._save, "primary")
        session = client.session
        admin = session is not None and session.role == Role.ADMIN
        for act in (self.save, self.told):
            act.setVisible(admin)
        for part in (self.basis, self.days):
            part.setEnabled(admin)
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._allow_told())
        self._allow_told()
        self.narrowed = NarrowBar(lambda: self._read(due=False))
        self._lay_out()
        self._read(due=due)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        form.addRow(tr("Lawful basis"), self.basis)
        form.addRow(tr("Time to answer"), self.days)
        layout = QVBoxLayout(self)
        layout.addWidget(label(WHAT_IT_DOES, "soft", wrap=True))
        layout.addLayout(form)
        layout.addWidget(self.heading)
        layout.addWidget(self.narrowed)
        layout.addWidget(card([self.list], margin=1), 1)
        layout.addWidget(self.problem)
        layout.addWidget(row(self.told, None, button(tr("Close"), self.reject), self.save))

    def _read(self, *, due: bool) -> None:
        self._due = due
        request = api.AskConsents(due=due)
        self._client.call(api.get_consents, request, self._show, self._failed, self)

    def _show(self, state: api.ConsentState) -> None:
        self.basis.setCurrentIndex(self.basis.findData(state.basis))
        self.days.setValue(state.answer_days)
        self._show_list(state)

    def _show_list(self, state: api.ConsentState) -> None:
        self.narrowed.show_concern(Concern.ANSWERS if self._due else None, state.total)
        self.model.show_rows(state.asked)
        self._allow_told()
        self.list.show_part(self.table if state.asked else self.nothing)
        shown = len(state.asked)
        all_of_them = labelled(tr("Who still has to answer"), f"{state.total:,}")
        some = tr(
            "Who still has to answer: {total:,} (the first {count:,} are shown)",
            total=state.total,
            count=shown,
        )
        self.heading.setText(some if state.total > shown else all_of_them)

    def _not_told(self) -> list[api.AskedRow]:
        """Of those who are selected."""
        return [one for one in self.table.selected() if one.told_at is None]

    def _allow_told(self) -> None:
        self.told.setEnabled(bool(self._not_told()))

    def _ask_told(self) -> None:
        count = len(self._not_told())
        question = tr_count(
            "Have you told {count:,} person face to face that the text has changed?",
            "Have you told {count:,} people face to face that the text has changed?",
            count,
        )
        if is_sure(self, tr("Told in person"), question, WHAT_TELLING_DOES):
            self.note_told()

    def note_told(self) -> None:
        """The time of those who are selected begins."""
        self.problem.hide()
        asked = [
            api.AskedOf(employee_id=one.employee_id, modality=one.modality)
            for one in self._not_told()
        ]
        request = api.ToldInPerson(asked=asked)
        self._client.call(
            api.note_told, request, lambda _: self._read(due=self._due), self._failed, self
        )

    def _save(self) -> None:
        self.problem.hide()
        rules = api.ConsentRules(basis=self.basis.currentData(), answer_days=self.days.value())
        self._client.call(api.save_consents, rules, self._saved, self._failed, self)

    def _saved(self, _state: api.ConsentState) -> None:
        self.done_text.emit(tr("Saved."))
        self.accept()

    def _failed(self, error: ApiError) -> None:
        self.problem.setText(error.message)
        self.problem.show()
