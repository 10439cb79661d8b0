"""Invitations: campaigns, how far people have come, who is stuck, and what helps them. N22."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from PyQt6.QtWidgets import QComboBox, QSizePolicy, QVBoxLayout

from console.api import board as board_api
from console.api import campaigns
from console.api import invitations as api
from console.api.operation import ById, Nothing
from console.api.tasks import Task, TaskState
from console.desktop.dialogs.campaign_dialog import CampaignDialog
from console.desktop.dialogs.desk_code_dialog import DeskCodeDialog
from console.desktop.dialogs.link_rules_dialog import LinkRulesDialog
from console.desktop.flows.link_acts import NAMES, LinkActs, offered
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.page import Page
from console.desktop.widgets.funnel_bar import FunnelBar
from console.desktop.widgets.task_strip import TaskStrip
from console.desktop.widgets.tones import STATUS_TONES
from console.desktop.words import MOMENT_PX, local_text
from console.domain.funnel import WHY_WORDS, Why
from console.domain.language import labelled, paragraph, tr, tr_count, tr_short_day
from console.domain.link_acts import Act
from console.domain.link_terms import LinkTerms
from console.qt.client import ServiceClient
from console.qt.shortcuts import shortcut
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import ElidedLabel, EmptyState, Switch, button, card, label, row

OPEN_ONLY = "open"
"""A choice beside the reasons: invitations that wait for somebody or for screening."""
EMAIL_TONES = {Why.EMAIL_FAILED: "bad", Why.EMAIL_WAITS: "info", Why.NOT_OPENED: "pass"}
"""Once the link has been opened, the email does not matter any more."""
ACT_ICONS = {Act.REMIND: "mail", Act.RESEND: "refresh", Act.EXTEND: "clock", Act.REVOKE: "x"}


def _email(row_: api.InvitationRow) -> str:
    if not row_.reminded:
        return row_.email
    reminded = tr_count("{count} reminder", "{count} reminders", row_.reminded)
    return f"{row_.email} · {reminded}"


def since(row_: api.InvitationRow) -> datetime:
    """Since when somebody is where they are: the newest email counts while nothing else came."""
    waits = row_.why in (Why.NOT_OPENED, Why.EMAIL_WAITS)
    return (row_.told_at or row_.changed_at) if waits else row_.changed_at


def _days(row_: api.InvitationRow) -> str:
    days = (datetime.now(UTC) - since(row_)).days
    return tr_count("{count:,} day", "{count:,} days", days) if days > 0 else tr("Today")


def campaign_words(row_: campaigns.CampaignRow) -> str:
    """By what terms a campaign was sent, and how many people were left out then."""
    terms, out = row_.terms, sum(row_.left_out.values())
    left = tr_count(
        "{count:,} person left out when it was sent",
        "{count:,} people left out when it was sent",
        out,
    )
    said = (
        tr("by {operator}", operator=row_.created_by) if row_.created_by else "",
        tr_count("links work for {count} day", "links work for {count} days", terms.days),
        tr_count("{count} photo", "{count} photos", terms.photos),
        _reminders(terms) if terms.remind_after_days else tr("no automatic reminders"),
        left if out else "",
    )
    return " · ".join(filter(None, said))


def _reminders(terms: LinkTerms) -> str:
    after = tr_count("{count} day", "{count} days", terms.remind_after_days)
    return tr_count(
        "{count} reminder at most, after {days}",
        "{count} reminders at most, {days} apart",
        terms.remind_most,
        days=after,
    )


class InvitationsPage(Page):
    """The funnel of a campaign or of all, and the people in it."""

    subjects = frozenset({"invitations", "site"})
    title = tr("Invitations")
    searches = tr("Find invitations")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        columns: list[Column[api.InvitationRow]] = [
            Column(tr("Employee"), lambda i: i.employee, 170),
            Column(tr("Number"), lambda i: i.number, 80),
            Column(
                tr("Status"), lambda i: i.status_text, 210, tone=lambda i: STATUS_TONES[i.status]
            ),
            Column(tr("What is missing"), lambda i: tr(WHY_WORDS[i.why])),
            Column(tr("Since"), _days, 80),
            Column(tr("Email"), _email, 170, tone=lambda i: EMAIL_TONES.get(i.why, "")),
            Column(tr("Link works until"), lambda i: local_text(i.expires_at), MOMENT_PX),
        ]
        self.model: PagedModel[api.InvitationRow] = PagedModel(columns, lambda i: i.id, self)
        self.table = Table(self.model, tr("Invitations"))
        self.sending = TaskWatch(client, self)
        self.strip = TaskStrip(self.sending)
        self.acts = LinkActs(self, self.sending)
        self.new = button(tr("New campaign…"), self.open_campaign, "primary", "plus")
        self.campaign, self.why = QComboBox(), QComboBox()
        self.campaign.setAccessibleName(tr("Campaign"))
        self.why.setAccessibleName(tr("Show"))
        self.funnel = FunnelBar()
        self.rules = button(tr("Rules…"), self.open_rules, icon_name="settings")
        self.off = label(tr("Enrolment by link is turned off: no link works."), "error", wrap=True)
        self.off.hide()
        self.act_buttons = {
            act: button(name, partial(self._act, act), "", ACT_ICONS[act])
            for act, name in NAMES.items()
        }
        self.paper = button(tr("Print links…"), self._print)
        self.copy = button(tr("Copy link"), self._copy)
        self.code = button(tr("Code…"), self._code)
        self.code.setToolTip(tr("A code that opens the link on another computer"))
        self.concerned = ElidedLabel("soft")
        self.concerned.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.terms = ElidedLabel("soft")
        self.terms.hide()
        self._stuck: Sequence[board_api.StuckRow] = ()
        self._campaigns: dict[str, campaigns.CampaignRow] = {}
        self._total = self._reminders = 0
        empty = EmptyState(
            "mail",
            tr("No invitations"),
            tr("Start a campaign, or select people under Employees and send them invitations."),
        )
        self.list = Switch(self.table, empty)
        self._empty = empty
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        for box in (self.campaign, self.why):
            box.setMinimumContentsLength(16)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(row(self.new, self.campaign, self.why, self.rules))
        layout.addWidget(self.off)
        layout.addWidget(self.strip)
        layout.addWidget(self.narrowed)
        layout.addWidget(self.terms)
        layout.addWidget(self.funnel)
        layout.addWidget(
            row(*self.act_buttons.values(), self.paper, self.copy, self.code, self.concerned)
        )
        layout.addWidget(card([self.list], margin=1), 1)

    def _connect(self) -> None:
        self._enable = offered(self, dict(self.act_buttons), self.paper, self.copy, self.code)
        self.offer(api.save_rules, self.rules)
        if self.offer(campaigns.start_campaign, self.new):
            shortcut("Ctrl+N", self, tr("New campaign"), self.open_campaign)
        if not self.client.may(board_api.do_act):
            self.concerned.hide()
        self.sending.ended.connect(self._ended)
        self.campaign.activated.connect(lambda _: self._other_campaign())
        self.why.activated.connect(lambda _: self._load())
        self.funnel.chosen.connect(lambda _: self._other_stage())
        self.model.loaded.connect(self._loaded)
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._selection_changed())
        self._fill_campaigns([])
        self._fill_reasons()
        self._selection_changed()

    # what is shown

    def refresh(self) -> None:
        """Reads again what is shown."""
        self.read(campaigns.list_campaigns, Nothing(), lambda all_: self._fill_campaigns(all_.rows))
        self.read(api.get_rules, Nothing(), lambda rules: self.off.setVisible(not rules.by_link))
        self._read_board()
        self._load()

    @property
    def those(self) -> api.Those:
        """What campaign, stage and reason are chosen."""
        return api.Those(
            campaign_id=self.campaign.currentData() or "",
            stage=self.funnel.stage,
            why=self._why,
            search=self.search_text,
        )

    @property
    def _why(self) -> Why | None:
        chosen = self.why.currentData()
        return chosen if isinstance(chosen, Why) else None

    def _fill_campaigns(self, rows: Sequence[campaigns.CampaignRow]) -> None:
        chosen = self.campaign.currentData()
        self._campaigns = {one.id: one for one in rows}
        self.campaign.clear()
        self.campaign.addItem(tr("All invitations"), "")
        for one in rows:
            self.campaign.addItem(
                f"{one.name} · {tr_short_day(one.created_at.astimezone())}", one.id
            )
        self.campaign.setCurrentIndex(max(0, self.campaign.findData(chosen)))
        self._show_terms()

    def _show_terms(self) -> None:
        shown = self._campaigns.get(self.campaign.currentData() or "")
        self.terms.setVisible(shown is not None)
        if shown is not None:
            self.terms.show_text(campaign_words(shown))

    def show_campaign(self, campaign_id: str) -> None:
        """Shows this campaign, as soon as it is known."""
        if self.campaign.findData(campaign_id) < 0:
            self.campaign.addItem("…", campaign_id)
        self.campaign.setCurrentIndex(self.campaign.findData(campaign_id))
        self._other_campaign()
        self.refresh()

    def show_reason(self, why: Why | None) -> None:
        """Shows, of all invitations, who is stuck for this reason; without one, everybody."""
        self.campaign.setCurrentIndex(0)
        self.funnel.clear_choice()
        if why is not None and self.why.findData(why) < 0:
            self.why.addItem(tr(WHY_WORDS[why]), why)
        self.why.setCurrentIndex(max(0, self.why.findData(why)))
        self._show_terms()
        self.refresh()

    def _other_campaign(self) -> None:
        self.funnel.clear_choice()
        self.why.setCurrentIndex(0)
        self._show_terms()
        self._read_board()
        self._load()

    def _other_stage(self) -> None:
        self._fill_reasons()
        self._load()

    def _read_board(self) -> None:
        request = board_api.AskBoard(campaign_id=self.campaign.currentData() or "")
        self.read(board_api.board, request, self._show_board)

    def _show_board(self, found: board_api.Board) -> None:
        self.funnel.show_rows(found.stages)
        self._stuck, self._reminders = found.stuck, found.reminders
        self._fill_reasons()
        self._say_state()

    def _fill_reasons(self) -> None:
        """The reasons of the chosen stage, with how many people each holds back."""
        chosen, stage = self.why.currentData(), self.funnel.stage
        counts: dict[Why, int] = {}
        if isinstance(chosen, Why) and stage is None:
            counts[chosen] = 0  # the list is of this reason, also once nobody is left
        for one in self._stuck:
            if stage in (None, one.stage):
                counts[one.why] = counts.get(one.why, 0) + one.people
        self.why.clear()
        self.why.addItem(
            tr("Everybody") if stage is None else tr("Everybody who stopped there"), None
        )
        self.why.addItem(tr("Not finished"), OPEN_ONLY)
        for why, count in counts.items():
            self.why.addItem(
                tr("{reason} ({count:,})", reason=tr(WHY_WORDS[why]), count=count), why
            )
        self.why.setCurrentIndex(max(0, self.why.findData(chosen)))

    def _load(self) -> None:
        those, open_only = self.those, self.why.currentData() == OPEN_ONLY
        concern = self.concern
        filtered = those.campaign_id or those.stage is not None or those.why is not None

        def fetch(
            cursor: str, limit: int, deliver: Callable[[Sequence[Any], str, int], None]
        ) -> None:
            request = api.ListInvitations(
                search=those.search,
                open_only=open_only,
                those=those if filtered else None,
                concern=concern,
                cursor=cursor,
                limit=limit,
            )
            self.call(
                api.list_invitations,
                request,
                lambda page: deliver(page.rows, page.cursor, page.total),
            )

        self.model.load(fetch)

    def _loaded(self, total: int) -> None:
        self._total = total
        self.narrowed.show_concern(self.concern, total)
        self._say_state()
        self.list.show_part(self.table if total else self._empty)
        self._selection_changed()

    def _say_state(self) -> None:
        sent = tr_count("{count:,} reminder sent", "{count:,} reminders sent", self._reminders)
        text = tr_count("{count:,} invitation", "{count:,} invitations", self._total)
        self.state_text.emit(f"{text} · {sent}" if self._reminders else text)

    # what is done

    @property
    def meant(self) -> tuple[api.Those, int]:
        """Whom an act is for, and how many: the selection, or without one a reason's people."""
        selected = self.table.selected()
        if selected:
            return api.Those(ids=[one.id for one in selected]), len(selected)
        those = self.those
        return those, self._total if those.why is not None else 0

    def _selection_changed(self) -> None:
        _, count = self.meant
        selected = self.table.selected()
        self._enable(count > 0, len(selected) == 1)
        if selected:
            self.concerned.show_text(tr("{count:,} selected", count=len(selected)))
        elif count:
            self.concerned.show_text(
                tr_count("for the {count:,} listed", "for all {count:,} listed", count)
            )
        else:
            self.concerned.show_text(tr("Select people, or choose a reason above"))

    def _act(self, act: Act) -> None:
        those, count = self.meant
        if count:
            self.acts.start(act, those)

    def _print(self) -> None:
        those, count = self.meant
        if count:
            self.acts.print_links(those)

    def _copy(self) -> None:
        (chosen,) = self.table.selected()
        self.acts.copy(chosen.id, chosen.employee)

    def _code(self) -> None:
        (chosen,) = self.table.selected()

        def show(made: board_api.DeskCode) -> None:
            DeskCodeDialog(chosen.employee, made, self).open()

        self.call(board_api.make_code, ById(id=chosen.id), show)

    def open_campaign(self) -> CampaignDialog:
        """Opens a new campaign."""
        dialog = CampaignDialog(self.client, self)
        dialog.confirmed.connect(self.start_campaign)
        dialog.open()
        return dialog

    def start_campaign(self, request: campaigns.StartCampaign) -> None:
        """Sends the links of a campaign."""
        self.sending.start(campaigns.start_campaign, request)

    def open_rules(self) -> LinkRulesDialog:
        """Opens the rules of all links."""
        dialog = LinkRulesDialog(self.client, self)
        dialog.open()
        return dialog

    def _ended(self, task: Task) -> None:
        result = task.result.invited
        if task.state is not TaskState.DONE or result is None:
            return
        self.sending.leave()
        text = task.result.text
        if result.skipped:
            names = [labelled(one.name, tr(one.reason)) for one in result.skipped[:3]]
            text = paragraph(text, "; ".join(names))
        self.message.emit(text, False)
        if result.campaign_id:
            self.show_campaign(result.campaign_id)
