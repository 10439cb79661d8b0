"""No mood is kept with a person: only whether a photo meets the criterion. AI Act, 5(1)(f)."""

import json

from console.domain.screening import GATES, GateOutcome
from console.service.enrolment.verdicts import (
    StoredGate,
    StoredLimits,
    StoredVerdict,
    describe_findings,
    store_verdict,
    summarise_photo,
    verdict_of,
)
from console.store.schema import Photo

STRAINED = StoredVerdict(
    outcome=GateOutcome.WARN,
    gates=[
        StoredGate(
            gate="expression",
            outcome=GateOutcome.WARN,
            value=0.7321,
            limits=StoredLimits(warn_above=0.25),
        ),
        StoredGate(gate="yaw", outcome=GateOutcome.PASS, value=3.0, limits=StoredLimits()),
    ],
    quality=0.9,
    profile="Standard",
    profile_version=1,
    values={"expression": 0.7321, "yaw": 3.0},
)


def test_EN2_what_could_be_read_as_a_mood_is_not_kept_with_a_person() -> None:
    photo = Photo(refusal="")
    store_verdict(photo, STRAINED)
    assert "0.7321" not in json.dumps(photo.verdict)
    kept = verdict_of(photo)
    assert kept is not None
    assert kept.values == {"yaw": 3.0}
    assert [(gate.outcome, gate.value) for gate in kept.gates] == [("warn", None), ("pass", 3.0)]
    told = describe_findings(kept)[0]
    assert (told.measured, told.limit, told.hint) == ("", "", GATES["expression"].high)
    assert summarise_photo(photo) == f"Brows raised, or mouth drawn down. {told.hint}"


def test_EN2_no_gate_speaks_of_a_mood() -> None:
    said = " ".join(
        text
        for words in GATES.values()
        for text in (words.label, words.low, words.high, words.flaw)
    ).lower()
    moods = ("expression", "mood", "calmly", "emotion", "happy", "sad", "angry", "surprise", "fear")
    assert [mood for mood in moods if mood in said] == []
