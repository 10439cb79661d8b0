"""Faces for units that dial in: sent, shown, refused and removed."""

import pytest

from bridge.terminals.errors import FaceRefused, NotConfirmed, Refused
from tests.bridge.test_push_terminal import Met, meeting

JPEG = b"\xff\xd8\xff\xe0 a face"


def test_a_face_is_there_when_the_unit_shows_what_it_made_of_it() -> None:
    async def story(met: Met) -> None:
        await met.terminal.write_face("1001", JPEG)
        assert met.unit.people["1001"].photo == JPEG
        await met.terminal.remove_face("1001")
        assert met.unit.people["1001"].photo == b""
        await met.terminal.remove_face("1001")

    meeting(story)


@pytest.mark.parametrize(
    ("code", "permanent", "words"),
    [("D01E0003", True, "not sharp"), ("D01E0077", False, "error D01E0077")],
)
def test_a_unit_says_what_it_dislikes_in_a_photo(code: str, permanent: bool, words: str) -> None:
    async def story(met: Met) -> None:
        met.unit.faults.face_error = code
        with pytest.raises(FaceRefused, match=words) as refused:
            await met.terminal.write_face("1001", JPEG)
        assert refused.value.permanent is permanent

    meeting(story)


@pytest.mark.parametrize(("code", "permanent"), [(-1001, True), (-1005, False)])
def test_a_code_tells_whether_the_same_photo_may_do_later(code: int, permanent: bool) -> None:
    async def story(met: Met) -> None:
        met.unit.faults.returns["DATA UPDATE BIOPHOTO"] = [code]
        with pytest.raises(FaceRefused) as refused:
            await met.terminal.write_face("1001", JPEG)
        assert refused.value.permanent is permanent

    meeting(story)


def test_TE26_a_face_that_is_acknowledged_and_not_kept_is_not_there() -> None:
    async def story(met: Met) -> None:
        met.unit.faults.ignore_writes = True
        with pytest.raises(NotConfirmed, match="holds no face"):
            await met.terminal.write_face("1001", JPEG)
        met.unit.people["1001"].photo = JPEG
        with pytest.raises(NotConfirmed, match="not show that the face is gone"):
            await met.terminal.remove_face("1001")

    meeting(story)


def test_of_a_unit_that_hands_out_no_faces_the_person_is_asked_for() -> None:
    async def story(met: Met) -> None:
        unknown = met.unit.faults.returns
        unknown["DATA QUERY BIODATA"] = [-1002, -30, -1002]
        await met.terminal.write_face("1001", JPEG)
        await met.terminal.write_face("1001", JPEG)
        del met.unit.people["1001"].fingers[6]
        met.unit.faults.returns["DATA QUERY USERINFO"] = [-10]
        with pytest.raises(NotConfirmed, match="not the person"):
            await met.terminal.write_face("1001", JPEG)

    meeting(story)


def test_a_refusal_to_delete_a_face_is_told_unless_there_is_none() -> None:
    async def story(met: Met) -> None:
        met.unit.faults.returns["DATA DELETE BIODATA"] = [-1, -1005]
        await met.terminal.remove_face("1001")
        with pytest.raises(Refused):
            await met.terminal.remove_face("1001")

    meeting(story)
