"""The desk's state machine: the rows of its table."""

import pytest

from console.domain import desk_events as events
from console.domain.desk_events import DeskActivity
from console.domain.desk_flow import DeskState, Stage, react

PICTURE = events.FingerImage(b"\x00", 1, 1, 500)
BETTER = events.FingerImage(b"\x01", 1, 1, 500)


def run(desk: DeskState, *happens: events.DeskEvent) -> tuple[DeskState, list[events.DeskEffect]]:
    """The state after all events, and the effects of the last."""
    effects: list[events.DeskEffect] = []
    for event in happens:
        desk, effects = react(desk, event)
    return desk, effects


def ready() -> DeskState:
    desk, _ = run(DeskState(), events.Enrol("p", 7))
    return run(desk, events.Began(desk.ticket, "e1"))[0]


def assessed(desk: DeskState, quality: int, **changes: object) -> events.Assessed:
    values: dict[str, object] = {
        "ticket": desk.ticket,
        "finger": desk.finger,
        "picture": PICTURE,
        "last": False,
        "quality": quality,
        "needs": 60,
        "usable": True,
    }
    return events.Assessed(**(values | changes))  # type: ignore[arg-type]  # built by name


def scanning() -> DeskState:
    desk, _ = run(ready(), events.FingerArrived(), events.PictureTaken(PICTURE, False))
    return run(desk, assessed(desk, 80))[0]


def test_an_enrolment_that_was_stopped_before_it_began_is_ended_at_the_service() -> None:
    desk, _ = run(DeskState(), events.Enrol("p", 7))
    late = events.Began(desk.ticket, "e1")
    desk, effects = run(desk, events.Stop(), late)
    assert effects == [events.AskEnd("e1")]
    assert (desk.stage, desk.activity) == (Stage.RESTING, DeskActivity.NOTHING)


def test_an_enrolment_that_another_one_overtook_is_ended_at_the_service() -> None:
    first, _ = run(DeskState(), events.Enrol("p", 7))
    desk, _ = run(first, events.Enrol("q", 8))
    assert run(desk, events.Began(first.ticket, "e1")) == (desk, [events.AskEnd("e1")])
    desk, _ = run(desk, events.Began(desk.ticket, "e2"))
    assert (desk.employee_id, desk.enrolment_id) == ("q", "e2")
    assert run(desk, events.Began(desk.ticket, "e3")) == (desk, [events.AskEnd("e3")])


def test_a_good_picture_is_scanned_at_once_and_the_reader_may_rest() -> None:
    desk, _ = run(ready(), events.FingerArrived(), events.PictureTaken(PICTURE, False))
    desk, effects = run(desk, assessed(desk, 60))
    assert effects == [
        events.ShowQuality(60),
        events.EnoughPictures(),
        events.AskScan(desk.ticket, desk.finger, "e1", PICTURE),
    ]


def test_of_poor_pictures_the_best_is_scanned_when_no_more_come() -> None:
    desk, _ = run(ready(), events.FingerArrived(), events.PictureTaken(BETTER, False))
    desk, _ = run(desk, assessed(desk, 40, picture=BETTER), events.PictureTaken(PICTURE, True))
    desk, effects = run(desk, assessed(desk, 30, last=True))
    assert events.AskScan(desk.ticket, desk.finger, "e1", BETTER) in effects


def test_of_a_finger_lifted_early_the_best_picture_counts() -> None:
    desk, _ = run(ready(), events.FingerArrived(), events.PictureTaken(PICTURE, False))
    desk, _ = run(desk, assessed(desk, 40))
    desk, effects = run(desk, events.FingerLifted())
    assert events.AskScan(desk.ticket, desk.finger, "e1", PICTURE) in effects


def test_a_late_assessment_is_not_taken_for_the_next_finger() -> None:
    desk, _ = run(ready(), events.FingerArrived(), events.PictureTaken(PICTURE, False))
    late = assessed(desk, 90)
    desk, effects = run(desk, events.ReaderLost(), events.FingerArrived(), late)
    assert desk.stage is Stage.PRESENT and effects == []


def test_answers_of_a_former_enrolment_change_nothing() -> None:
    former = scanning()
    desk, _ = run(former, events.Enrol("q", 8))
    for late in (
        events.ScanResult(former.ticket, "saved"),
        events.TakenBack(former.ticket),
        events.SearchResult(former.ticket),
        events.RequestRefused(former.ticket, "No."),
    ):
        assert run(desk, late) == (desk, [])


@pytest.mark.parametrize(
    ("outcome", "text", "tone"),
    [("taken", "Roll it.", ""), ("poor", "Roll it.", "warn"), ("another", "Same finger!", "warn")],
)
def test_a_scan_that_goes_on_says_what_to_do_better(outcome: str, text: str, tone: str) -> None:
    desk = scanning()
    scanned = events.ScanResult(desk.ticket, outcome, 50, "Roll it.", "Same finger!")
    desk, effects = run(desk, scanned)
    assert desk.stage is Stage.SPENT
    assert effects[-1] == events.Instruct(events.LIFT, events.Hint(text, tone))
    desk, effects = run(desk, events.FingerLifted())
    assert effects == [
        events.WantFinger(True),
        events.Instruct(events.PUT, events.Hint(text, tone)),
    ]


@pytest.mark.parametrize("outcome", ["saved", "failed"])
def test_an_enrolment_ends(outcome: str) -> None:
    desk = scanning()
    desk, effects = run(desk, events.ScanResult(desk.ticket, outcome))
    assert desk.stage is Stage.RESTING and desk.enrolment_id == ""
    assert effects[-2:] == [events.WantFinger(False), events.ShowEnd()]


def test_a_duplicate_waits_for_somebody_and_ignores_fingers_meanwhile() -> None:
    desk = scanning()
    desk, effects = run(desk, events.ScanResult(desk.ticket, "duplicate"), events.FingerLifted())
    assert desk.stage is Stage.DECIDING and effects == []
    allowed, effects = run(desk, events.DuplicateAllowed())
    assert allowed.stage is Stage.RESTING and events.ShowEnd() in effects
    dropped, effects = run(desk, events.Stop())
    assert dropped.stage is Stage.RESTING and events.AskEnd("e1") in effects


def test_dropping_a_scan_needs_a_lift_and_between_scans_takes_the_last_one_back() -> None:
    desk, effects = run(ready(), events.FingerArrived(), events.DropScan())
    assert desk.stage is Stage.SPENT
    assert effects[0] == events.EnoughPictures()
    desk, effects = run(desk, events.FingerLifted(), events.DropScan())
    assert effects == [events.AskTakeBack(desk.ticket, "e1")]
    desk, effects = run(desk, events.TakenBack(desk.ticket))
    assert effects == [
        events.ShowProgress(),
        events.Instruct(events.PUT, events.Hint(events.TAKEN_BACK)),
    ]


def test_a_refused_picture_is_scanned_again_and_any_other_refusal_ends_the_enrolment() -> None:
    desk = scanning()
    again, effects = run(desk, events.RequestRefused(desk.ticket, "Too small.", desk.finger))
    assert again.stage is Stage.SPENT
    assert effects == [events.Instruct(events.LIFT, events.Hint("Too small.", "warn"))]
    ended, effects = run(desk, events.RequestRefused(desk.ticket, "Gone."))
    assert ended.stage is Stage.RESTING
    assert effects == [
        events.AskEnd("e1"),
        events.WantFinger(False),
        events.Instruct(events.STOPPED, events.Hint("Gone.", "bad")),
    ]


def test_what_a_test_found_stays_to_be_read_after_the_finger_is_lifted() -> None:
    desk, _ = run(DeskState(), events.TestFinger("p"), events.FingerArrived())
    desk, _ = run(desk, events.PictureTaken(PICTURE, True))
    desk, effects = run(desk, assessed(desk, 70))
    assert isinstance(effects[-1], events.AskTest)
    desk, effects = run(desk, events.SearchResult(desk.ticket), events.FingerLifted())
    assert desk.stage is Stage.READY and effects == [events.WantFinger(True)]


def present() -> DeskState:
    """A finger lies on the reader; nothing of it was assessed yet."""
    return run(ready(), events.FingerArrived())[0]


def test_a_slow_reader_shows_how_far_its_picture_is() -> None:
    desk, effects = run(present(), events.PictureComing(0.25))
    assert desk == present()
    assert effects == [events.Instruct(events.READING, events.Hint(events.STILL), 0.25)]


def test_pictures_that_come_while_one_is_assessed_are_skipped_but_for_the_last() -> None:
    desk, effects = run(present(), events.PictureTaken(PICTURE, False))
    assert effects == [events.AskAssess(desk.ticket, desk.finger, PICTURE, False)]
    assert run(desk, events.PictureTaken(BETTER, False)) == (desk, [])
    desk, effects = run(desk, events.PictureTaken(BETTER, True))
    assert effects == [events.AskAssess(desk.ticket, desk.finger, BETTER, True)]
    assert desk.assessing == 2


def test_a_poor_picture_says_what_to_do_while_the_finger_lies_there() -> None:
    desk, _ = run(present(), events.PictureTaken(PICTURE, False))
    desk, effects = run(desk, assessed(desk, 40, hint="Press lightly."))
    assert desk.stage is Stage.PRESENT and desk.best == PICTURE
    assert effects == [
        events.ShowQuality(40),
        events.Instruct(events.READING, events.Hint("Press lightly.", "warn")),
    ]
    desk, _ = run(desk, events.PictureTaken(BETTER, False))
    desk, effects = run(desk, assessed(desk, 39, picture=BETTER))
    assert (desk.best, effects) == (PICTURE, [events.ShowQuality(39)]), "the better one is kept"


def test_of_two_pictures_of_one_quality_the_first_counts() -> None:
    desk, _ = run(present(), events.PictureTaken(PICTURE, False))
    desk, _ = run(desk, assessed(desk, 40), events.PictureTaken(BETTER, True))
    desk, effects = run(desk, assessed(desk, 40, picture=BETTER, last=True))
    assert effects[-1] == events.AskScan(desk.ticket, desk.finger, "e1", PICTURE)


def test_a_picture_of_which_nothing_is_usable_is_never_scanned() -> None:
    desk, _ = run(present(), events.PictureTaken(PICTURE, True))
    desk, effects = run(desk, assessed(desk, 90, last=True, usable=False))
    assert desk.stage is Stage.PRESENT and effects == [events.ShowQuality(90)]
    desk, effects = run(desk, events.FingerLifted())
    assert desk.stage is Stage.READY
    assert effects == [events.WantFinger(True), events.Instruct(events.PUT)]


def test_the_last_answer_about_a_lifted_finger_decides_what_becomes_of_it() -> None:
    desk, _ = run(present(), events.PictureTaken(PICTURE, False))
    waiting, effects = run(desk, events.FingerLifted())
    assert waiting.stage is Stage.PRESENT and effects == [], "an answer is missing"
    scanned, effects = run(waiting, assessed(waiting, 12))
    assert scanned.stage is Stage.SCANNING and isinstance(effects[-1], events.AskScan)
    unusable, effects = run(waiting, assessed(waiting, 12, usable=False))
    assert unusable.stage is Stage.READY
    assert effects == [
        events.ShowQuality(12),
        events.WantFinger(True),
        events.Instruct(events.PUT),
    ]


def test_a_lifted_finger_waits_for_the_answers_about_all_its_pictures() -> None:
    desk, _ = run(
        present(),
        events.PictureTaken(PICTURE, False),
        events.PictureTaken(BETTER, True),
        events.FingerLifted(),
    )
    desk, effects = run(desk, assessed(desk, 5, usable=False))
    assert desk.stage is Stage.PRESENT and effects == [events.ShowQuality(5)]
    desk, effects = run(desk, assessed(desk, 30, picture=BETTER, last=True))
    assert effects[-1] == events.AskScan(desk.ticket, desk.finger, "e1", BETTER)


def test_a_picture_that_the_reader_spoilt_says_why_until_the_next_finger() -> None:
    desk, effects = run(present(), events.PictureSpoilt("Too dry."))
    assert effects == [events.Instruct(events.LIFT, events.Hint("Too dry.", "warn"))]
    desk, effects = run(desk, events.FingerLifted())
    assert effects[-1] == events.Instruct(events.PUT, events.Hint("Too dry.", "warn"))


def test_a_scan_that_is_answered_after_the_finger_was_lifted_asks_for_the_next() -> None:
    desk, effects = run(scanning(), events.FingerLifted())
    assert desk.stage is Stage.SCANNING and effects == []
    desk, effects = run(desk, events.ScanResult(desk.ticket, "taken", 70, "Roll it.", "Roll it."))
    assert desk.stage is Stage.READY
    assert effects == [
        events.ShowQuality(70),
        events.ShowProgress(),
        events.WantFinger(True),
        events.Instruct(events.PUT),
    ], "a hint that the page shows as advice is not said twice"


def searching() -> DeskState:
    """A picture of somebody's finger is searched for."""
    desk, _ = run(DeskState(), events.TestFinger("p"), events.FingerArrived())
    desk, _ = run(desk, events.PictureTaken(PICTURE, True))
    return run(desk, assessed(desk, 70))[0]


def test_a_search_that_ends_after_the_finger_was_lifted_waits_for_the_next_at_once() -> None:
    desk, effects = run(searching(), events.FingerLifted())
    assert effects == []
    desk, effects = run(desk, events.SearchResult(desk.ticket))
    assert desk.stage is Stage.READY
    assert effects == [events.ShowTest(), events.WantFinger(True)], "what was found stays"


def test_a_search_goes_over_everybody_and_begins_no_enrolment() -> None:
    desk, effects = run(DeskState(), events.TestFinger("p"))
    assert (desk.activity, desk.stage) == (DeskActivity.TESTING, Stage.READY)
    assert effects == [
        events.WantFinger(False),
        events.WantFinger(True),
        events.Instruct(events.PUT, events.Hint(events.ANY_FINGER)),
    ]
    assert run(desk, events.DropScan()) == (desk, []), "there is no scan to take back"


def test_a_lost_reader_forgets_the_pictures_and_wants_the_finger_again() -> None:
    desk, _ = run(present(), events.PictureTaken(PICTURE, False))
    desk, _ = run(desk, assessed(desk, 40))
    lost, effects = run(desk, events.ReaderLost())
    assert (lost.stage, lost.finger_down, lost.best) == (Stage.READY, False, None)
    assert effects == [events.WantFinger(True), events.Instruct(events.PUT)]


def test_a_lost_reader_leaves_what_a_test_found_to_be_read() -> None:
    desk = searching()
    desk, _ = run(desk, events.SearchResult(desk.ticket))
    desk, effects = run(desk, events.ReaderLost())
    assert desk.stage is Stage.READY and effects == [events.WantFinger(True)]


def test_a_refusal_of_another_fingers_picture_changes_nothing() -> None:
    desk = scanning()
    desk, _ = run(desk, events.ScanResult(desk.ticket, "taken"), events.FingerLifted())
    desk, _ = run(desk, events.FingerArrived(), events.PictureTaken(PICTURE, False))
    late = events.RequestRefused(desk.ticket, "Too small.", desk.finger - 1)
    assert run(desk, late) == (desk, [])
    desk, _ = run(desk, assessed(desk, 80))
    assert run(desk, late) == (desk, [])
    spent, _ = run(desk, events.ScanResult(desk.ticket, "taken"))
    assert run(spent, events.RequestRefused(desk.ticket, "Too small.", desk.finger)) == (spent, [])


def test_a_picture_that_could_not_be_assessed_is_counted_as_answered() -> None:
    desk, _ = run(present(), events.PictureTaken(PICTURE, False))
    refused = events.RequestRefused(desk.ticket, "Too small.", desk.finger)
    small = events.Hint("Too small.", "warn")
    down, effects = run(desk, refused)
    assert (down.stage, down.assessing) == (Stage.PRESENT, 0)
    assert effects == [events.Instruct(events.LIFT, small)]
    gone, effects = run(desk, events.FingerLifted(), refused)
    assert gone.stage is Stage.READY
    assert effects == [events.WantFinger(True), events.Instruct(events.PUT, small)]


def test_when_the_last_picture_is_refused_an_earlier_good_one_is_scanned() -> None:
    desk, _ = run(present(), events.PictureTaken(PICTURE, False))
    desk, _ = run(desk, assessed(desk, 40), events.PictureTaken(BETTER, True))
    refused = events.RequestRefused(desk.ticket, "Too small.", desk.finger)
    desk, effects = run(desk, events.FingerLifted(), refused)
    assert effects == [
        events.EnoughPictures(),
        events.AskScan(desk.ticket, desk.finger, "e1", PICTURE),
    ]


def test_a_scan_that_is_refused_after_the_finger_was_lifted_asks_for_it_again() -> None:
    desk, _ = run(scanning(), events.FingerLifted())
    refused = events.RequestRefused(desk.ticket, "Too small.", desk.finger)
    desk, effects = run(desk, refused)
    assert desk.stage is Stage.READY
    assert effects[-1] == events.Instruct(events.PUT, events.Hint("Too small.", "warn"))


def test_dropping_the_scan_of_a_lifted_finger_wants_the_next_at_once() -> None:
    desk, _ = run(present(), events.PictureTaken(PICTURE, False), events.FingerLifted())
    desk, effects = run(desk, events.DropScan())
    assert desk.stage is Stage.READY
    assert effects == [
        events.EnoughPictures(),
        events.WantFinger(True),
        events.Instruct(events.PUT, events.Hint(events.SCAN_DROPPED)),
    ]


def test_a_scan_that_was_taken_back_while_a_finger_lies_there_does_not_call_for_one() -> None:
    desk, _ = run(ready(), events.DropScan(), events.FingerArrived())
    assert run(desk, events.TakenBack(desk.ticket)) == (desk, [events.ShowProgress()])


def test_the_finger_that_is_chosen_stays_so_after_the_enrolment() -> None:
    desk = scanning()
    done, _ = run(desk, events.ScanResult(desk.ticket, "saved"))
    assert done.position == 7
    assert (done.finger, done.finger_down) == (desk.finger, True), "it still lies there"
    assert done.ticket == desk.ticket + 1
