"""Erasing people, what is kept of one person, receipts, and legal holds."""

from datetime import datetime

import msgspec

from console.api.operation import ADMIN, ById, Nothing, operation
from console.domain.erasure import ErasureState
from console.domain.operators import Role
from console.domain.today import Concern

READERS = frozenset({Role.ADMIN, Role.AUDITOR})


class WhoToErase(msgspec.Struct, frozen=True, kw_only=True):
    """Names employees."""

    employee_ids: list[str]


class DataRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of somebody. what: in words; becomes: what an erasure makes of it."""

    what: str
    count: int
    becomes: str


class PlaceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A terminal or a kiosk. state: a `queries.erasure.PlaceState`, or what it has, in words."""

    kind: str
    id: str
    name: str
    state: str
    since: datetime | None = None
    shown_at: datetime | None = None
    last_seen: datetime | None = None
    problem: str = ""


class ErasureLook(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure would do.

    rows: what is kept, of all of them; places: where it lies besides; held: who is on legal hold;
    operators: accounts of theirs, which stay; second: another administrator has to agree.
    """

    people: int
    name: str
    rows: list[DataRow]
    places: list[PlaceRow]
    held: list[str]
    operators: list[str]
    second: bool


class Erase(msgspec.Struct, frozen=True, kw_only=True):
    """Erases people. confirm: the person's number; of several, how many they are."""

    employee_ids: list[str]
    confirm: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """second: nothing has happened yet, another administrator has to agree."""

    batch: str
    people: int
    second: bool


class Agree(msgspec.Struct, frozen=True, kw_only=True):
    """Agrees to what another administrator has asked for. confirm: how many people it is."""

    batch: str
    confirm: str


class ErasureRow(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure in the list.

    id: the reference; proposed: how many people of its batch wait for a second administrator;
    asked_by: an operator's name; holding: how many places may still hold the person; since: since
    when.
    """

    id: str
    batch: str
    proposed: int
    state: ErasureState
    asked_by: str
    asked_at: datetime
    done_at: datetime | None
    holding: int
    since: datetime | None


class ListErasures(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for erasures. concern: only what this line of the first page counts."""

    concern: Concern | None = None


class Erasures(msgspec.Struct, frozen=True, kw_only=True):
    """The newest erasures, those that are not done first. total: with those that are not given."""

    rows: list[ErasureRow]
    total: int


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody erased was. state: shown, holds or gone."""

    rows: list[PlaceRow]


class SignedReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one erasure until now.

    document: as JSON; signature: Ed25519 over exactly these characters; key: the site's public
    one. Both in base64.
    """

    document: str
    signature: str
    key: str


class PlaceIsGone(msgspec.Struct, frozen=True, kw_only=True):
    """Declares that a kiosk's computer is gone. confirm: its name, typed."""

    kiosk_id: str
    confirm: str


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Places a legal hold on somebody. An empty reason ends it."""

    employee_id: str
    reason: str


class HoldState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody is on legal hold. reason: empty if not."""

    reason: str
    placed_by: str = ""
    placed_at: datetime | None = None


class PersonFile(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is kept of one person, as a ZIP."""

    data: bytes
    name: str


look_at_erase = operation("erasures.look", WhoToErase, ErasureLook, ADMIN)
erase = operation("erasures.erase", Erase, Asked, ADMIN)
agree = operation("erasures.agree", Agree, Nothing, ADMIN)
drop = operation("erasures.drop", ById, Nothing, ADMIN)
list_erasures = operation("erasures.list", ListErasures, Erasures, READERS)
list_places = operation("erasures.places", ById, Places, READERS)
receipt = operation("erasures.receipt", ById, SignedReceipt, READERS)
kiosk_is_gone = operation("erasures.kiosk_is_gone", PlaceIsGone, Nothing, ADMIN)
hold = operation("erasures.hold", Hold, HoldState, ADMIN)
get_hold = operation("erasures.get_hold", ById, HoldState, READERS)
export_person = operation("erasures.export_person", ById, PersonFile, READERS)
