"""Which entries of the audit log are shown: who did it, which act, and when. AC10."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QCompleter, QVBoxLayout, QWidget

from console.api import audit as api
from console.desktop.view_memory import State
from console.desktop.widgets.login_filter import SPAN_PX, choose_data
from console.desktop.widgets.span_choice import SpanChoice
from console.domain.audit_words import ACTS
from console.domain.language import tr
from console.qt.flow_row import FlowRow
from console.qt.sizes import sized

OPERATOR_PX, ACT_PX = 160, 240
ANY_ACT, ANY_OPERATOR = tr("Any act"), tr("Anybody")


class AuditFilterBar(QWidget):
    """Three choices in a row. days: two days, to be shown below them where days are chosen."""

    changed = pyqtSignal()

    def __init__(self, views: QWidget, *acts: QWidget) -> None:
        """views: stands before the choices; acts: behind them."""
        super().__init__()
        self.span, self.operator, self.act = SpanChoice(), QComboBox(), QComboBox()
        self.days = self.span.days
        self.operator.addItem(ANY_OPERATOR, "")
        sized(self.operator, width=OPERATOR_PX)
        self.act.addItem(ANY_ACT, "")
        for action, words in sorted(ACTS.items(), key=lambda item: item[1]):
            self.act.addItem(tr(words), action)
        self._let_type_in(self.act)
        sized(self.act, width=ACT_PX)
        for box, name in (
            (self.operator, tr("Operator")),
            (self.act, tr("Act")),
        ):
            box.setAccessibleName(name)
            box.activated.connect(lambda _place: self.changed.emit())
        self.span.changed.connect(self.changed.emit)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        sized(self.span, width=SPAN_PX)
        layout.addWidget(FlowRow(views, self.span, self.operator, self.act, *acts))

    def _let_type_in(self, box: QComboBox) -> None:
        """A hundred acts are found by a part of their words."""
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer = box.completer()
        line = box.lineEdit()
        assert completer is not None and line is not None
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        line.editingFinished.connect(self._put_right)

    def _put_right(self) -> None:
        """What was typed and is no act counts as no choice."""
        if self.act.currentText() != self.act.itemText(self.act.currentIndex()):
            place = max(0, self.act.findText(self.act.currentText()))
            self.act.setCurrentIndex(place)
            self.act.setEditText(self.act.itemText(place))
            self.changed.emit()

    def show_operators(self, actors: api.Actors) -> None:
        """Offers everybody who may have done something; what is chosen stays chosen."""
        chosen = self.operator.currentData()
        self.operator.clear()
        self.operator.addItem(ANY_OPERATOR, "")
        for one in actors.rows:
            self.operator.addItem(one.name, one.id)
        choose_data(self.operator, chosen or "", may_be_gone=True)

    def state(self) -> State:
        """What is chosen."""
        chosen = {"operator": self.operator.currentData(), "act": self.act.currentData()}
        return self.span.state() | {name: data for name, data in chosen.items() if data}

    def show_state(self, state: State) -> None:
        """Chooses what `state` said, and nothing where it cannot have said so."""
        choose_data(self.operator, state.get("operator", ""), may_be_gone=True)
        choose_data(self.act, state.get("act", ""), may_be_gone=False)
        self.span.show_state(state)

    def wanted(self, about: str) -> api.AuditFilter | None:
        """The filter; None while what was typed is no day. about: words of names and numbers."""
        try:
            since, until = self.span.times()
        except ValueError:
            return None
        return api.AuditFilter(
            operator=self.operator.currentData(),
            act=self.act.currentData(),
            about=about,
            since=since,
            until=until,
        )
