"""What is known of one terminal, by subject: facts, people, log, clock, abilities, receipts."""

from collections.abc import Callable
from typing import Any

from PyQt6.QtWidgets import QGridLayout, QTabWidget, QVBoxLayout, QWidget

from console.api import terminals as api
from console.desktop.terminal_words import clock_text, clock_tone, held_text
from console.desktop.widgets.access_panel import AccessPanel
from console.desktop.words import MOMENT_PX, local_text
from console.domain.language import tr
from console.domain.terminals import TerminalStatus
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, clear, label


class TerminalTabs(QTabWidget):
    """Shows the detail of one terminal at a time."""

    def __init__(self, access: AccessPanel) -> None:
        """access: who belongs on the terminal; whoever makes the tabs fills it."""
        super().__init__()
        self.setDocumentMode(True)
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(16)
        self._facts.setVerticalSpacing(6)
        self._facts.setColumnStretch(1, 1)
        overview = QWidget()
        overview_layout = QVBoxLayout(overview)
        overview_layout.setContentsMargins(0, 12, 0, 0)
        overview_layout.addLayout(self._facts)
        overview_layout.addStretch(1)
        self.addTab(overview, tr("Overview"))
        self.addTab(access, tr("People"))
        self.log_coverage = self._log_coverage()
        self.clock_offsets = self._clock_offsets()
        self.capabilities = self._capabilities()
        self.receipts = self._receipts()

    def _log_coverage(self) -> PagedModel[Any]:
        return self._table(
            tr("Log"),
            [
                Column(tr("Time"), _span, 130),
                Column(
                    tr("What this site knows"),
                    lambda c: c.text,
                    tone=lambda c: "bad" if c.bad else "",
                ),
            ],
            lambda c: (c.start, c.end),
            tr("Nothing known yet"),
            tr("Once it is online, this shows which periods are fully downloaded."),
        )

    def _clock_offsets(self) -> PagedModel[Any]:
        return self._table(
            tr("Clock"),
            [
                Column(tr("Measured"), lambda d: local_text(d.at), MOMENT_PX),
                Column(
                    tr("Clock was"),
                    lambda d: clock_text(d.offset_s),
                    140,
                    tone=lambda d: clock_tone(d.offset_s),
                ),
                Column(tr("Then set"), lambda d: tr("Yes") if d.corrected else ""),
            ],
            lambda d: d.at,
            tr("Not measured yet"),
            tr("Terminals that connect to Muster take the time from every answer."),
        )

    def _capabilities(self) -> PagedModel[Any]:
        return self._table(
            tr("Capabilities"),
            [
                Column(tr("Function"), lambda c: tr(c.label), 160),
                Column(tr("Supported"), _supported, 128, tone=_supported_tone),
                Column(tr("Last checked"), lambda c: c.evidence),
            ],
            lambda c: c.name,
            "",
            "",
        )

    def _receipts(self) -> PagedModel[Any]:
        return self._table(
            tr("Receipts"),
            [
                Column(tr("When"), lambda r: local_text(r.at), 105),
                Column(tr("Who"), lambda r: r.actor, 95),
                Column(tr("What"), lambda r: r.text),
            ],
            lambda r: (r.at, r.text),
            tr("Nothing done yet"),
            tr("Every confirmed change is listed here."),
        )

    def _table(
        self,
        title: str,
        columns: list[Column[Any]],
        key: Callable[[Any], Any],
        empty: str,
        advice: str,
    ) -> PagedModel[Any]:
        model: PagedModel[Any] = PagedModel(columns, key, self)
        table, nothing = Table(model, title), EmptyState("history", empty, advice)
        table.wrap()
        nothing.shrink()
        shown = Switch(table, nothing)
        model.loaded.connect(lambda total: shown.show_part(table if total else nothing))
        self.addTab(shown, title)
        return model

    def show_detail(self, detail: api.TerminalDetail) -> None:
        """Shows all that is known of this terminal."""
        self._show_facts(detail)
        self.log_coverage.show_rows(detail.log_coverage)
        self.clock_offsets.show_rows(detail.clock_offsets)
        self.capabilities.show_rows(detail.capabilities)
        self.receipts.show_rows(detail.receipts)

    def _show_facts(self, detail: api.TerminalDetail) -> None:
        clear(self._facts)
        for number, (name, value) in enumerate(_facts(detail)):
            self._facts.addWidget(label(name, "soft"), number, 0)
            self._facts.addWidget(label(value, wrap=True), number, 1)


def _facts(detail: api.TerminalDetail) -> list[tuple[str, str]]:
    terminal = detail.terminal
    facts = [(tr("Serial number"), terminal.serial)]
    if terminal.status is not TerminalStatus.APPROVED and terminal.may_hold:
        facts.append((tr("May still hold"), held_text(terminal)))
    facts += [(tr(name), value) for name, value in detail.facts]
    if terminal.address and not terminal.dialect.dials_in:
        open_to_all = tr("Not set: anyone on the network can change this terminal")
        facts.append((tr("Comm key"), tr("Set") if detail.has_key else open_to_all))
    of_site = tr("{zone} (the site’s)", zone=detail.site_zone)
    return [*facts, (tr("Time zone"), detail.zone or of_site)]


def _span(log_coverage: api.LogCoverageRow) -> str:
    start, end = log_coverage.start.astimezone(), log_coverage.end.astimezone()
    until = f"{end:%H:%M}" if start.date() == end.date() else local_text(end)
    return f"{local_text(start)} – {until}"


def _supported(capability: api.CapabilityRow) -> str:
    if capability.can is None:
        return tr("Not known")
    return tr("Yes") if capability.can else tr("No")


def _supported_tone(capability: api.CapabilityRow) -> str:
    if capability.can is None:
        return "mut"
    return "pass" if capability.can else "bad"
