"""The board: the funnel of campaigns, who is stuck, and what is done for them."""

from sqlalchemy import func, select

from console.api import board as api
from console.api.invitations import Those
from console.api.operation import ById, Started
from console.domain.campaigns import MAX_AT_ONCE
from console.domain.errors import Invalid
from console.domain.funnel import funnel, stuck
from console.domain.language import msgid, tr
from console.domain.link_acts import Act, checked_days
from console.service.enrolment.invitations import Sender
from console.service.enrolment.link_acts import Errand, LinkActs
from console.service.operations.dispatch import Call, handles
from console.service.operations.invitation_search import named, on_board
from console.service.pools import Pool
from console.service.settings import load_settings
from console.service.tasks import Tasks
from console.store.queries.board import counted, places
from console.store.schema import Invitation

MAX_PRINTED = 200
"""Links of one sheet: it is drawn in the window's thread, and somebody has to cut the paper."""
TITLES = {
    Act.REMIND: msgid("Sending reminders"),
    Act.RESEND: msgid("Sending new links"),
    Act.EXTEND: msgid("Extending links"),
    Act.REVOKE: msgid("Revoking links"),
}


class BoardOperations:
    """What operators see of campaigns, and what administrators do for whoever is stuck."""

    def __init__(self, acts: LinkActs, tasks: Tasks) -> None:
        self._acts, self._tasks = acts, tasks

    @handles(api.board, Pool.READ)
    def board(self, call: Call, request: api.AskBoard) -> api.Board:
        """The funnel, and who is stuck where: two statements, however many people there are."""
        with call.read() as tx:
            counts = places(tx, request.campaign_id)
            sent = select(func.coalesce(func.sum(Invitation.reminded), 0))
            reminders = tx.scalar(sent.where(counted(request.campaign_id))) or 0
        stages = [
            api.StageRow(stage=one.stage, reached=one.reached, here=one.here)
            for one in funnel(counts)
        ]
        rows = [
            api.StuckRow(stage=stage, why=why, people=people)
            for (stage, why), people in stuck(counts).items()
        ]
        return api.Board(stages=stages, stuck=rows, reminders=reminders)

    @handles(api.look_at_act, Pool.READ)
    def look(self, call: Call, request: api.DoAct) -> api.ActLook:
        """For how many an act can be done, and why not for the others. Raises Invalid, Conflict."""
        return self._acts.look(_ids(call, request.those), request.act)

    @handles(api.do_act, Pool.READ)
    def act(self, call: Call, request: api.DoAct) -> Started:
        """Starts the task that does an act for each of them. Raises Invalid, Conflict."""
        if request.act is Act.EXTEND:
            checked_days(request.days)
        ids = _ids(call, request.those)
        sender = Sender(id=call.operator.id, name=call.operator.name)
        body = self._acts.body(ids, Errand(act=request.act, sender=sender, days=request.days))
        return Started(
            task_id=self._tasks.start_blocking(TITLES[request.act], body, by=call.operator.id)
        )

    @handles(api.copy_link, Pool.WRITE)
    def copy(self, call: Call, request: ById) -> api.CopiedLink:
        """The link of one person. Audited. Raises NotFound, Conflict."""
        sender = Sender(id=call.operator.id, name=call.operator.name)
        return api.CopiedLink(link=self._acts.copy(request.id, sender))

    @handles(api.make_code, Pool.WRITE)
    def make_code(self, call: Call, request: ById) -> api.DeskCode:
        """A code that opens one person's link once. Audited. Raises NotFound, Conflict."""
        sender = Sender(id=call.operator.id, name=call.operator.name)
        return self._acts.make_code(request.id, sender)

    @handles(api.print_links, Pool.WRITE)
    def print_links(self, call: Call, request: Those) -> api.LinkSheet:
        """The links of these people, to print. Each is audited. Raises Invalid, Conflict."""
        ids = _ids(call, request)
        if len(ids) > MAX_PRINTED:
            raise Invalid("ids", tr("Print at most {most} links at once.", most=MAX_PRINTED))
        sender = Sender(id=call.operator.id, name=call.operator.name)
        links, left_out = self._acts.print_links(ids, sender)
        with call.read() as tx:
            site = load_settings(tx).site
        return api.LinkSheet(site=site, links=links, left_out=left_out)


def _ids(call: Call, those: Those) -> list[str]:
    """The invitations that are meant. Raises Invalid."""
    ids = list(dict.fromkeys(those.ids))
    if not ids:
        query = on_board(named(select(Invitation.id), those.search), those)
        with call.read() as tx:
            ids = list(tx.scalars(query.order_by(Invitation.created_at)))
    if len(ids) > MAX_AT_ONCE:
        raise Invalid("ids", tr("Choose at most {most:,} invitations at once.", most=MAX_AT_ONCE))
    return ids
