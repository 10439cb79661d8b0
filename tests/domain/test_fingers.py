"""Fingers: one table of positions, both ways, and what is advised. P15."""

import pytest

from console.biometrics.fingers import enrolment
from console.biometrics.fingers.extractor import Leader
from console.domain.fingers import ON_TERMINALS, FingerPosition, advice, opens
from console.service.fingers import enrolment as desk
from console.store.queries.fingers import EXTRACTOR

LEFT, RIGHT, OTHER_RIGHT = (
    FingerPosition.LEFT_INDEX,
    FingerPosition.RIGHT_THUMB,
    FingerPosition.RIGHT_INDEX,
)


def test_the_positions_of_the_standard_and_of_terminals_are_one_to_one() -> None:
    assert [ON_TERMINALS[position.on_terminals] for position in FingerPosition] == list(
        FingerPosition
    )
    assert (ON_TERMINALS[0], ON_TERMINALS[4], ON_TERMINALS[5], ON_TERMINALS[9]) == (
        FingerPosition.LEFT_LITTLE,
        FingerPosition.LEFT_THUMB,
        FingerPosition.RIGHT_THUMB,
        FingerPosition.RIGHT_LITTLE,
    )


@pytest.mark.parametrize(
    ("position", "words"),
    [
        (RIGHT, "right thumb"),
        (LEFT, "left index finger"),
        (FingerPosition.RIGHT_LITTLE, "right little finger"),
    ],
)
def test_fingers_have_names(position: FingerPosition, words: str) -> None:
    assert position.words == words


@pytest.mark.parametrize(
    ("qualities", "said"),
    [
        ({}, "Two fingers of different hands are advised"),
        ({LEFT: 70}, "of the right hand"),
        ({RIGHT: 70}, "of the left hand"),
        (
            {RIGHT: 70, OTHER_RIGHT: 80},
            "Best so far: right index finger (quality 80). Two fingers of different hands are "
            "advised.",
        ),
        (
            {RIGHT: 70, LEFT: 60},
            "Best so far: right thumb (quality 70). Two fingers of different hands are enrolled.",
        ),
    ],
)
def test_P15_a_second_finger_of_the_other_hand_is_advised_and_the_best_one_named(
    qualities: dict[FingerPosition, int], said: str
) -> None:
    assert said in advice(qualities)


def test_the_service_and_the_worker_mean_the_same_enrolment() -> None:
    """The service does not import the mathematics: it would start slower."""
    assert (enrolment.SCANS, enrolment.MAX_SCANS, Leader.id) == (
        desk.SCANS,
        desk.TRIES,
        EXTRACTOR,
    )


@pytest.mark.parametrize(
    ("kiosks", "terminals", "said"),
    [
        ([], {}, ["A finger taken here opens kiosks; this site has none yet."]),
        (["Lobby", "Hall"], {}, ["A finger taken here opens Hall and Lobby."]),
        (
            [],
            {"10": ["Gate"]},
            [
                "A finger taken here opens kiosks; this site has none yet. It opens no terminal.",
                "A finger taken at Gate opens it, and no kiosk.",
            ],
        ),
        (
            ["A", "B", "C", "D"],
            {"9": ["Dock", "Back"], "10": ["E", "F", "G", "H"]},
            [
                "A finger taken here opens 4 kiosks. It opens no terminal.",
                "A finger taken at one of 4 terminals opens all of them, and no kiosk.",
                "A finger taken at one of Back and Dock opens all of them, and no kiosk.",
            ],
        ),
    ],
)
def test_TE13_it_is_said_what_a_finger_opens(
    kiosks: list[str], terminals: dict[str, list[str]], said: list[str]
) -> None:
    assert opens(kiosks, terminals) == said
