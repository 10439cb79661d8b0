"""The desk's state machine: what holds in any order of events."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from console.domain import desk_events as events
from console.domain.desk_events import DeskActivity
from console.domain.desk_flow import ENDED_BY, DeskState, Stage, react

PICTURE = events.FingerImage(b"\x00", 1, 1, 500)


class AnyOrder(RuleBasedStateMachine):
    """A reader, a service and an operator that do whatever they may, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = DeskState()
        self.asked: list[events.DeskEffect] = []
        self.open: set[str] = set()
        self.scanned_fingers: set[tuple[int, int]] = set()
        self.wanted = False
        self.begun = 0

    def feed(self, event: events.DeskEvent) -> None:
        before = self.desk
        self.desk, effects = react(before, event)
        if getattr(event, "ticket", before.ticket) != before.ticket:
            assert self.desk == before, "an answer that came too late changes nothing"
        for effect in effects:
            match effect:
                case events.WantFinger(wanted):
                    self.wanted = wanted
                case events.AskEnd(enrolment_id):
                    self.open.discard(enrolment_id)
                case events.AskScan(ticket, finger) | events.AskTest(ticket, finger):
                    assert (ticket, finger) not in self.scanned_fingers, "a finger counts once"
                    self.scanned_fingers.add((ticket, finger))
            if isinstance(
                effect,
                events.AskBegin
                | events.AskAssess
                | events.AskScan
                | events.AskTest
                | events.AskTakeBack,
            ):
                self.asked.append(effect)

    @rule()
    def enrol(self) -> None:
        self.feed(events.Enrol("p", 7))

    @rule()
    def test(self) -> None:
        self.feed(events.TestFinger("p"))

    @rule()
    def stop(self) -> None:
        self.feed(events.Stop())

    @rule()
    def drop_scan(self) -> None:
        self.feed(events.DropScan())

    @precondition(lambda self: self.wanted and not self.desk.finger_down)
    @rule()
    def place_finger(self) -> None:
        self.wanted = False  # the reader waits for one finger each time
        self.feed(events.FingerArrived())

    @precondition(lambda self: self.desk.finger_down)
    @rule(last=st.booleans())
    def take_picture(self, last: bool) -> None:
        self.feed(events.PictureTaken(PICTURE, last))

    @precondition(lambda self: self.desk.finger_down)
    @rule()
    def spoil_picture(self) -> None:
        self.feed(events.PictureSpoilt("Too dry."))

    @precondition(lambda self: self.desk.finger_down)
    @rule()
    def lift_finger(self) -> None:
        self.feed(events.FingerLifted())

    @rule()
    def lose_reader(self) -> None:
        self.feed(events.ReaderLost())

    @precondition(lambda self: self.desk.stage is Stage.DECIDING)
    @rule()
    def allow_duplicate(self) -> None:
        self.open.discard(self.desk.enrolment_id)
        self.feed(events.DuplicateAllowed())

    @precondition(lambda self: self.asked)
    @rule(
        data=st.data(),
        quality=st.integers(0, 100),
        outcome=st.sampled_from(["taken", "poor", "another", "failed", "duplicate", "saved"]),
    )
    def answer(self, data: st.DataObject, quality: int, outcome: str) -> None:
        asked = self.asked.pop(data.draw(st.integers(0, len(self.asked) - 1)))
        match asked:
            case events.AskBegin(ticket):
                self.begun += 1
                self.open.add(f"e{self.begun}")
                self.feed(events.Began(ticket, f"e{self.begun}"))
            case events.AskAssess(ticket, finger, picture, last):
                self.feed(
                    events.Assessed(ticket, finger, picture, last, quality, 60, usable=quality > 10)
                )
            case events.AskScan(ticket, _, enrolment_id):
                if outcome in ENDED_BY:
                    self.open.discard(enrolment_id)
                self.feed(events.ScanResult(ticket, outcome, quality))
            case events.AskTest(ticket):
                self.feed(events.SearchResult(ticket))
            case events.AskTakeBack(ticket):
                self.feed(events.TakenBack(ticket))

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), about_picture=st.booleans())
    def refuse(self, data: st.DataObject, about_picture: bool) -> None:
        asked = self.asked.pop(data.draw(st.integers(0, len(self.asked) - 1)))
        ticket, finger = getattr(asked, "ticket", 0), getattr(asked, "finger", 0)
        self.feed(events.RequestRefused(ticket, "No.", finger if about_picture else 0))

    @invariant()
    def stage_and_activity_agree(self) -> None:
        idle = self.desk.stage in (Stage.RESTING, Stage.BEGINNING)
        assert idle == (self.desk.activity is DeskActivity.NOTHING)
        enrolling = self.desk.activity is DeskActivity.ENROLLING
        assert enrolling == bool(self.desk.enrolment_id)

    @invariant()
    def the_reader_waits_exactly_when_a_finger_may_come(self) -> None:
        assert self.wanted == (self.desk.stage is Stage.READY)

    @invariant()
    def no_enrolment_is_left_open_at_the_service(self) -> None:
        mine = {self.desk.enrolment_id} - {""}
        assert self.open == mine

    @invariant()
    def the_desk_never_waits_for_an_answer_that_cannot_come(self) -> None:
        mine = [one for one in self.asked if getattr(one, "ticket", 0) == self.desk.ticket]
        if self.desk.stage is Stage.SCANNING:
            assert any(isinstance(one, events.AskScan | events.AskTest) for one in mine)
        if self.desk.stage is Stage.BEGINNING:
            assert any(isinstance(one, events.AskBegin) for one in mine)
        if self.desk.stage is Stage.PRESENT and not self.desk.finger_down:
            assert any(
                isinstance(one, events.AskAssess) and one.finger == self.desk.finger for one in mine
            )
        if self.desk.stage is Stage.SPENT:
            assert self.desk.finger_down


TestAnyOrder = AnyOrder.TestCase
