"""Campaigns: people chosen as a set, what they get, and how far they have come. N22."""

from datetime import datetime

import msgspec

from console.api.operation import ADMIN, ANYONE, Nothing, Started, operation
from console.domain.campaigns import Delivery, LeftOut, Need
from console.domain.invitations import Status
from console.domain.link_terms import LinkTerms


class Whom(msgspec.Struct, frozen=True, kw_only=True):
    """Who is meant: whoever fits every condition that is set.

    department: with all below it; group_id; newest: statuses of the newest invitation, None for
    never invited; needs: at least one of them; months: how old a template is too old; listed: the
    text of a file with numbers or email addresses, a person in each line.
    """

    department: str = ""
    group_id: str = ""
    newest: list[Status | None] = []
    needs: list[Need] = []
    months: int = 36
    listed: str | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets a link.

    enrolled: also whoever is enrolled already; with_link: also whoever has a link that still works,
    which stops working then; delivery: how they get it.
    """

    whom: Whom
    enrolled: bool = False
    with_link: bool = False
    delivery: Delivery = Delivery.EMAIL


class LeftOutPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was chosen, and gets no link."""

    employee_id: str
    name: str
    number: str
    reason: LeftOut


class ChoiceLook(msgspec.Struct, frozen=True, kw_only=True):
    """What would be sent.

    invited: how many get a link; on_paper: how many of them get no email; first_id: the first who
    gets one, "" for nobody; left_out: reason -> how many; people: who they are, the first of them;
    unknown: how many lines of the list name nobody; lines: the first of these.
    """

    invited: int
    on_paper: int
    first_id: str
    left_out: dict[str, int]
    people: list[LeftOutPerson]
    unknown: int
    lines: list[str]


class PreviewEmail(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for the email as this person would get it; its link opens nothing."""

    employee_id: str
    terms: LinkTerms


class EmailPreview(msgspec.Struct, frozen=True, kw_only=True):
    """An email. text, html: its two bodies, which say the same."""

    to: str
    sender: str
    subject: str
    text: str
    html: str


class StartCampaign(msgspec.Struct, frozen=True, kw_only=True):
    """Invites whoever is chosen, by these terms."""

    name: str
    choice: Choice
    terms: LinkTerms


class CampaignRow(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign. left_out: reason -> how many people got no link when it was sent."""

    id: str
    name: str
    created_at: datetime
    created_by: str
    terms: LinkTerms
    left_out: dict[str, int]


class Campaigns(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, the newest first."""

    rows: list[CampaignRow]


look_at_choice = operation("campaigns.look", Choice, ChoiceLook, ADMIN)
preview_email = operation("campaigns.preview_email", PreviewEmail, EmailPreview, ADMIN)
start_campaign = operation("campaigns.start", StartCampaign, Started, ADMIN)
list_campaigns = operation("campaigns.list", Nothing, Campaigns, ANYONE)
