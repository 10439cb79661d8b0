"""Acts for people who are stuck: looked at first, asked about, then done as a task. PE5, N22."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PyQt6.QtWidgets import QApplication, QFileDialog, QWidget

from console.api import board as api
from console.api.invitations import Those
from console.api.operation import ById
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.link_sheet import write_sheet
from console.desktop.page import Page
from console.domain.language import labelled, paragraph, tr, tr_count
from console.domain.link_acts import Act
from console.domain.link_terms import DAYS, LINK_DAYS
from console.qt.number_box import NumberBox
from console.qt.questions import ask_number, is_sure

NAMES = {
    Act.REMIND: tr("Send reminder"),
    Act.RESEND: tr("Send new link"),
    Act.EXTEND: tr("Extend"),
    Act.REVOKE: tr("Revoke"),
}
EXPLAINED = {
    Act.REMIND: tr("Each person gets an email with the same link again."),
    Act.RESEND: tr(
        "Each person gets an email with a new link. The earlier link stops working. Links on paper "
        "are renewed on paper: print them."
    ),
    Act.EXTEND: tr("Their links work longer. No email is sent."),
    Act.REVOKE: tr(
        "Their links stop working, and photos that were not submitted are deleted. No email is "
        "sent."
    ),
}


class LinkActs:
    """Carries out what the buttons of the board ask for."""

    def __init__(self, page: Page, watch: TaskWatch) -> None:
        self._page, self._watch = page, watch

    def start(self, act: Act, those: Those) -> None:
        """Asks the service for how many it can be done, then the operator, then does it."""
        request = api.DoAct(act=act, those=those)
        self._page.call(api.look_at_act, request, lambda look: self._ask(act, those, look))

    def _ask(self, act: Act, those: Those, look: api.ActLook) -> None:
        left_out = "\n".join(f"{n:,} · {tr(reason)}" for reason, n in look.left_out.items())
        if not look.people:
            text = tr("This cannot be done for anybody here: {reasons}", reasons=left_out)
            self._page.message.emit(text.replace("\n", "; "), True)
            return
        explained = EXPLAINED[act]
        if left_out:
            explained += "\n\n" + tr("Left out:\n{reasons}", reasons=left_out)
        question = _question(act, look.people)
        days = LINK_DAYS
        if act is Act.EXTEND:
            chosen = self._days("\n".join((question, explained, "", tr("By how many days?"))))
            if chosen is None:
                return
            days = chosen
        elif not is_sure(self._page, NAMES[act], question, explained):
            return
        self._watch.start(api.do_act, api.DoAct(act=act, those=those, days=days))

    def _days(self, question: str) -> int | None:
        box = NumberBox(tr("Days"), DAYS[0], DAYS[-1])
        box.count_days()
        box.setValue(LINK_DAYS)
        return ask_number(self._page, NAMES[Act.EXTEND], question, box, NAMES[Act.EXTEND])

    def print_links(self, those: Those) -> None:
        """Asks where to write the sheet, then for the links."""
        path, _ = QFileDialog.getSaveFileName(
            self._page, tr("Print links"), "muster-links.pdf", tr("PDF files (*.pdf)")
        )
        if path:
            self._page.call(api.print_links, those, partial(self._write, Path(path)))

    def _write(self, path: Path, sheet: api.LinkSheet) -> None:
        left_out = "; ".join(f"{n:,} · {tr(reason)}" for reason, n in sheet.left_out.items())
        if not sheet.links:
            text = tr("There is no link to print for anybody here: {reasons}", reasons=left_out)
            self._page.message.emit(text, True)
            return
        try:
            write_sheet(path, sheet)
        except OSError as error:
            text = tr("The file cannot be written: {reason}", reason=error.strerror)
            self._page.message.emit(text, True)
            return
        text = paragraph(
            tr_count(
                "{count:,} link written to {path}.",
                "{count:,} links written to {path}.",
                len(sheet.links),
                path=path,
            ),
            tr("Print the file, then delete it: anyone who has it has the links."),
            labelled(tr("Left out"), left_out) if left_out else "",
        )
        self._page.message.emit(text, False)

    def copy(self, invitation_id: str, name: str) -> None:
        """Puts the link of one person on the clipboard."""

        def copied(answer: api.CopiedLink) -> None:
            clipboard = QApplication.clipboard()
            assert clipboard is not None
            clipboard.setText(answer.link)
            text = tr("The link is on the clipboard. Give it only to {name}.", name=name)
            self._page.message.emit(text, False)

        self._page.call(api.copy_link, ById(id=invitation_id), copied)


def _question(act: Act, count: int) -> str:
    match act:
        case Act.REMIND:
            return tr_count(
                "Send a reminder to {count:,} person?",
                "Send a reminder to {count:,} people?",
                count,
            )
        case Act.RESEND:
            return tr_count(
                "Send a new link to {count:,} person?",
                "Send a new link to {count:,} people?",
                count,
            )
        case Act.EXTEND:
            return tr_count(
                "Extend the link of {count:,} person?",
                "Extend the links of {count:,} people?",
                count,
            )
        case Act.REVOKE:
            return tr_count(
                "Revoke the link of {count:,} person?",
                "Revoke the links of {count:,} people?",
                count,
            )


def offered(
    page: Page, buttons: dict[Act, QWidget], paper: QWidget, copy: QWidget, code: QWidget
) -> Callable[[bool, bool], None]:
    """Hides what the role may not do; returns what enables the rest: (somebody, exactly one)."""
    page.offer(api.do_act, *buttons.values())
    page.offer(api.print_links, paper)
    page.offer(api.copy_link, copy)
    page.offer(api.make_code, code)

    def enable(somebody: bool, one: bool) -> None:
        for button in (*buttons.values(), paper):
            button.setEnabled(somebody)
        copy.setEnabled(one)
        code.setEnabled(one)

    return enable
