"""What a busy site needs: lists without pictures, short transactions, nothing slow inside them."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from bridge.terminals.plan import WantedPerson, not_measured
from bridge.terminals.terminal import Capability, FingerTemplate
from console.api import review as api
from console.api.operation import Nothing
from console.bench.site_people import Seed
from console.bench.site_sizes import Sizes
from console.domain.errors import Conflict
from console.domain.operators import Role
from console.key_holder import key_holder
from console.service.callers import OperatorCaller
from console.service.enrolment.duplicate_guard import DuplicateGuard
from console.service.enrolment.face_gallery import FaceGallery
from console.service.enrolment.review import OverrideReason, Reviewer, Reviews
from console.service.kiosks.roster import entries_of
from console.service.operations.dispatch import Call
from console.service.operations.review import ReviewOperations
from console.service.pools import Pools
from console.service.terminals import inventory, upkeep
from console.service.terminals.inventory import Inventories, Inventory
from console.service.terminals.plans import PLAN_LIFETIME, PlanRequest, Plans
from console.service.terminals.upkeep import TerminalUpkeep
from console.store.database import Store, connect, sqlite_url
from console.store.keys import load_keys
from console.store.migrate import upgrade
from console.store.schema import Consent, Enrolment, Invitation, Placement, Terminal
from console.store.vault import Vault

PICTURES = ("photo_picture", "enrolment_picture")
SEALED = ("enrolment.template", "finger.templates", "photo.vector", "photo.perceptual_hash")


class ReviewSizes(Sizes):
    """A small site in which everybody's submission waits for review."""

    @property
    def in_review(self) -> int:
        return self.people


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site with 30 people, each enrolled and each in the review queue."""
    folder = tmp_path_factory.mktemp("seeded")
    engine = connect(sqlite_url(folder / "muster.db"))
    upgrade(engine)
    engine.dispose()
    load_keys(key_holder(folder, "site", True), False)
    Seed(folder, ReviewSizes(30, 2)).write([4370])
    return folder


@pytest.fixture
def vault(seeded: Path) -> Vault:
    return Vault(load_keys(key_holder(seeded, "site", True), True))


@pytest.fixture
def store(seeded: Path, vault: Vault, tmp_path: Path) -> Iterator[Store]:
    """A copy of the site, for this test alone."""
    copy = tmp_path / "muster.db"
    copy.write_bytes((seeded / "muster.db").read_bytes())
    made = Store(connect(sqlite_url(copy)), vault)
    yield made
    made.close()


class Statements:
    """The SELECTs of a store while it is watched."""

    def __init__(self, store: Store) -> None:
        self.texts: list[str] = []

        @sa.event.listens_for(store.engine, "before_cursor_execute")
        def _note(_connection, _cursor, statement: str, *_: object) -> None:
            if statement.startswith("SELECT"):
                self.texts.append(statement)

    def mentioning(self, *names: str) -> list[str]:
        return [text for text in self.texts if any(name in text for name in names)]


def write_from_elsewhere(store: Store) -> bool:
    """Whether another thread gets its turn to write right now."""

    def write() -> None:
        with store.write() as tx:
            tx.audit("test.turn")

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    thread.join(10)
    return not thread.is_alive()


def test_h6_the_review_queue_takes_few_statements_and_no_pictures(store: Store) -> None:
    """H6: 200 submissions took 202 statements and carried 180 MB of pictures."""
    seen = Statements(store)
    gallery = FaceGallery(store)
    guard = DuplicateGuard(gallery)
    operations = ReviewOperations(None, None, guard, None)  # type: ignore[arg-type]  # for the queue
    caller = OperatorCaller("o", "ann", "Ann", Role.ADMIN, True)
    queue = operations.queue(Call(store, store.clock(), caller), Nothing())
    assert len(queue.items) == 30
    assert len(seen.texts) <= 5
    assert not seen.mentioning(*PICTURES, *SEALED)


def test_h6_the_list_for_kiosks_takes_few_statements_and_no_templates(store: Store) -> None:
    """H6: the list of 5,000 people loaded every picture and template: 397 MB."""
    seen = Statements(store)
    with store.read() as tx:
        entries = entries_of(tx)
    assert len(entries) == 30
    assert all(entry.face and len(entry.fingers) == 2 for entry in entries)
    assert len(seen.texts) == 5, "with who has said no, and the zone, where days of validity begin"
    assert not seen.mentioning(*PICTURES, *SEALED)


class SlowPipeline:
    """A photo pipeline that takes its time, and looks whether others may write meanwhile."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.others_wrote: list[bool] = []

    def terminal_copy(self, jpeg: bytes, _face: object) -> bytes:
        self.others_wrote.append(write_from_elsewhere(self._store))
        return jpeg


@pytest.fixture
def waiting(store: Store) -> Invitation:
    """A submission with a consent in force, of somebody who is not enrolled yet."""
    with store.write() as tx:
        invitation = tx.get_one(Invitation, "r0")
        tx.execute(sa.delete(Placement).where(Placement.face_id == "e0"))
        tx.execute(sa.delete(Enrolment).where(Enrolment.id == "e0"))
        tx.add(
            Consent(
                employee_id=invitation.employee_id,
                invitation_id=invitation.id,
                modality="face",
                text_digest="d",
                text_version=1,
                language="en",
                channel="link",
                user_agent="",
                given_at=tx.now,
            )
        )
    return invitation


def test_h8_an_approval_makes_nobody_wait_for_a_worker(store: Store, waiting: Invitation) -> None:
    """H8: the picture for terminals was cut inside the write lock: others waited 44 s."""
    gallery, pipeline = FaceGallery(store), SlowPipeline(store)
    gallery.load()
    reviews = Reviews(store, pipeline, gallery, DuplicateGuard(gallery))  # type: ignore[arg-type]
    reason = OverrideReason(text="made-up vectors")
    reviews.approve(waiting.id, Reviewer(id="o", employee_id=""), reason)
    assert pipeline.others_wrote == [True]
    with store.read() as tx:
        query = sa.select(Enrolment).where(Enrolment.invitation_id == waiting.id)
        assert tx.scalars(query).one().live


def test_bulk_approval_leaves_what_raises_questions(store: Store, waiting: Invitation) -> None:
    """Submissions without a consent, or that do not exist, are left with the reason."""
    gallery = FaceGallery(store)
    gallery.load()
    reviews = Reviews(store, SlowPipeline(store), gallery, DuplicateGuard(gallery))  # type: ignore[arg-type]

    class Watched:
        done = total = 0

        def say(self, step: str) -> None: ...
        def progress(self, done: int, total: int) -> None: ...

    body = reviews.approve_many([waiting.id, "r1", "nobody"], Reviewer(id="o", employee_id=""))
    decided = body(Watched()).decided  # type: ignore[arg-type]
    assert isinstance(decided, api.Decided)
    assert decided.approved == 1
    assert [one.id for one in decided.left] == ["r1", "nobody"]
    assert all(one.reason for one in decided.left)


def test_h7_counting_what_differs_holds_no_writer_up(
    store: Store, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H7: upkeep compared every terminal inside one transaction, 0.3 to 0.6 s for each."""
    turns: list[bool] = []
    count = inventory.out_of_sync

    def watched(tx, row, people):
        turns.append(write_from_elsewhere(store))
        return count(tx, row, people)

    monkeypatch.setattr(upkeep, "out_of_sync", watched)
    TerminalUpkeep(store, make_plans(store, vault)).run_once()
    assert turns
    assert all(turns)


def make_plans(store: Store, vault: Vault) -> Plans:
    return Plans(
        store=store,
        vault=vault,
        clock=store.clock,
        pools=Pools(),
        sessions=None,  # type: ignore[arg-type]  # nothing is asked of a terminal here
        inventories=Inventories(store),
    )


def test_plans_in_memory_are_sealed_and_end(
    store: Store, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Templates of fingers lie in a plan; a copy of the memory must not hold them in the clear."""
    plans = make_plans(store, vault)
    secret = b"ridges of somebody's finger" * 8
    more = (WantedPerson("9", "Nine", (FingerTemplate("9", 5, secret),)),)
    with store.write() as tx:
        terminal = tx.scalars(sa.select(Terminal)).first()
        assert terminal is not None
        takes = {"can": True, "at": "2026-11-25T00:00:00+00:00", "firmware": ""}
        terminal.capabilities = {Capability.WRITE_FINGERS.value: takes}
    made = plans._compare(terminal.id, Inventory([], []), PlanRequest(more=more), not_measured)
    kept = plans._shown[made.id]
    assert secret not in kept.sealed
    assert secret in msgspec.msgpack.encode(plans._open(kept))
    later = store.clock() + PLAN_LIFETIME + timedelta(seconds=1)
    monkeypatch.setattr(plans, "_clock", lambda: later)
    with pytest.raises(Conflict, match="too old"):
        plans.claim(made.id, kept.confirm)
    assert not plans._shown
