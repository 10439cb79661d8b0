"""The board: how far campaigns have come, who is stuck where and why, and what helps. N22."""

from datetime import datetime

import msgspec

from console.api.invitations import Those
from console.api.operation import ADMIN, ANYONE, ById, Started, operation
from console.domain.funnel import Stage, Why
from console.domain.link_acts import Act


class AskBoard(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for a campaign; "" for all links."""

    campaign_id: str = ""


class StageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A stage of the funnel. reached: people who came so far; here: who came no further."""

    stage: Stage
    reached: int
    here: int


class StuckRow(msgspec.Struct, frozen=True, kw_only=True):
    """How many people came to this stage and no further, for this reason."""

    stage: Stage
    why: Why
    people: int


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Each person once, by the newest link. reminders: how many were sent to them."""

    stages: list[StageRow]
    stuck: list[StuckRow]
    reminders: int


class DoAct(msgspec.Struct, frozen=True, kw_only=True):
    """Does this for each of them. days: by how many days a link is extended."""

    act: Act
    those: Those
    days: int = 7


class ActLook(msgspec.Struct, frozen=True, kw_only=True):
    """For how many an act can be done; left_out: reason -> for how many not."""

    people: int
    left_out: dict[str, int]


class CopiedLink(msgspec.Struct, frozen=True, kw_only=True):
    """The link of a person, to hand it over by another way than email."""

    link: str


class DeskCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code that opens one person's link once. address: of the page that takes it."""

    code: str
    address: str
    until: datetime


class PrintedLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link to hand out on paper, and whose it is. language: of the person, by its tag."""

    name: str
    number: str
    link: str
    expires_at: datetime
    language: str


class LinkSheet(msgspec.Struct, frozen=True, kw_only=True):
    """What a sheet of links says. site: its name; left_out: reason -> how many have none."""

    site: str
    links: list[PrintedLink]
    left_out: dict[str, int]


board = operation("campaigns.board", AskBoard, Board, ANYONE)
look_at_act = operation("campaigns.look_at_act", DoAct, ActLook, ADMIN)
do_act = operation("campaigns.act", DoAct, Started, ADMIN)
print_links = operation("campaigns.print_links", Those, LinkSheet, ADMIN)
make_code = operation("campaigns.make_code", ById, DeskCode, ADMIN)
copy_link = operation("campaigns.copy_link", ById, CopiedLink, ADMIN)
