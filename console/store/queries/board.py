"""Where invitations stand, for the board: one statement, however many there are. N22."""

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from console.domain.funnel import BY_STATUS, Place, Stage, Why
from console.domain.invitations import LINK_USABLE, SECOND_CHECK_TRIES, Status, link_locked
from console.store.schema import Invitation
from console.store.unit_of_work import ReadTx

IS_LOCKED = and_(Invitation.check_misses >= SECOND_CHECK_TRIES, ~Invitation.check_passed)


def counted(campaign_id: str) -> ColumnElement[bool]:
    """Whether an invitation counts: each person once, by the newest link, of a campaign or of all.

    campaign_id: "" for all.
    """
    newer = aliased(Invitation)
    later = or_(
        newer.created_at > Invitation.created_at,
        and_(newer.created_at == Invitation.created_at, newer.id > Invitation.id),
    )
    same = newer.employee_id == Invitation.employee_id, newer.channel == "link"
    in_campaign = [Invitation.campaign_id == campaign_id] if campaign_id else []
    newer_in = [newer.campaign_id == campaign_id] if campaign_id else []
    return and_(
        Invitation.channel == "link", *in_campaign, ~exists().where(*same, later, *newer_in)
    )


def places(tx: ReadTx, campaign_id: str) -> dict[Place, int]:
    """How many people stand where."""
    sent = Invitation.email_failed, Invitation.on_paper
    where = Invitation.status, Invitation.stage, IS_LOCKED, *sent
    query = select(*where, func.count()).where(counted(campaign_id)).group_by(*where)
    found: dict[Place, int] = {}
    for status, stage, locked, failed, on_paper, count in tx.execute(query):
        place = Place(
            status=status,
            stage=Stage(stage),
            locked=bool(locked),
            email_failed=bool(failed),
            on_paper=bool(on_paper),
        )
        found[place] = found.get(place, 0) + count
    return found


def stands_for(why: Why) -> ColumnElement[bool]:
    """Whether an invitation has come no further for this reason; by the rule of `why_here`."""
    usable = Invitation.status.in_(LINK_USABLE)
    if why is Why.LOCKED:
        return and_(usable, IS_LOCKED)
    free = or_(~usable, ~IS_LOCKED)
    written = Invitation.stage == Stage.WRITTEN.value
    invited = {
        Why.EMAIL_FAILED: Invitation.email_failed,
        Why.EMAIL_WAITS: and_(~Invitation.email_failed, written, ~Invitation.on_paper),
        Why.NOT_PRINTED: and_(~Invitation.email_failed, written, Invitation.on_paper),
        Why.NOT_OPENED: and_(~Invitation.email_failed, ~written),
    }
    if why in invited:
        return and_(Invitation.status == Status.INVITED, invited[why], free)
    statuses = [status for status, reason in BY_STATUS.items() if reason is why]
    return and_(Invitation.status.in_(statuses), free)


def place_of(row: Invitation) -> Place:
    """Where one invitation stands."""
    return Place(
        status=row.status,
        stage=Stage(row.stage),
        locked=link_locked(row.check_misses, passed=row.check_passed),
        email_failed=row.email_failed,
        on_paper=row.on_paper,
    )
