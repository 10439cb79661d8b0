"""Faces on a unit of access control, over real HTTP. TE4."""

import pytest

from bridge.simulator.push import FirmwareProfile
from bridge.terminals.errors import FaceRefused, NotConfirmed, Refused, Unsupported
from bridge.terminals.push.records import CommandResult, DeviceError, UploadBatch
from tests.bridge.test_access_terminal import PHOTO, Met, meeting


def test_TE4_a_face_is_there_when_the_unit_shows_its_template() -> None:
    async def story(met: Met) -> None:
        await met.terminal.write_face("1001", PHOTO)
        assert met.people["1001"].photo == PHOTO
        assert (await met.terminal.counts()).faces == 1
        with pytest.raises(FaceRefused, match="code is -11") as refused:
            await met.terminal.write_face("1002", b"no photo")
        assert not refused.value.permanent  # what the code means is not published
        met.unit.unit.faults.ignore_writes = True
        with pytest.raises(NotConfirmed):
            await met.terminal.write_face("1002", PHOTO)

    meeting(story)


def test_TE4_a_face_is_gone_when_the_unit_shows_neither_template_nor_photo() -> None:
    async def story(met: Met) -> None:
        await met.terminal.write_face("1001", PHOTO)
        await met.terminal.remove_face("1001")
        assert met.people["1001"].photo == b""
        assert met.people["1001"].card == 77
        await met.terminal.remove_face("1001")
        met.people["1001"].photo = PHOTO
        met.unit.unit.faults.ignore_writes = True
        with pytest.raises(NotConfirmed, match="not show that the face is gone"):
            await met.terminal.remove_face("1001")

    meeting(story)


def test_TE4_a_refusal_to_delete_a_face_is_told_unless_there_is_none() -> None:
    async def story(met: Met) -> None:
        met.unit.unit.faults.returns["DATA DELETE biodata"] = [-1, -1005]
        met.unit.unit.faults.returns["DATA DELETE biophoto"] = [-1002]
        await met.terminal.remove_face("1001")
        with pytest.raises(Refused, match="-1005"):
            await met.terminal.remove_face("1001")

    meeting(story)


def test_TE4_an_error_that_the_unit_reports_of_a_photo_is_its_reason() -> None:
    async def story(met: Met) -> None:
        queue = met.site.queue("ACC-1")
        met.unit.unit.faults.ignore_writes = True
        usual = queue.add_result

        def and_report(result: CommandResult) -> bool:
            error = DeviceError("D01E0002", result.command_id)
            queue.add_rows(UploadBatch(errors=[error]))
            return usual(result)

        queue.add_result = and_report  # type: ignore[method-assign]
        with pytest.raises(FaceRefused, match="covered") as refused:
            await met.terminal.write_face("1001", PHOTO)
        assert refused.value.permanent

    meeting(story)


def test_TE4_a_controller_says_that_it_takes_no_faces() -> None:
    async def story(met: Met) -> None:
        with pytest.raises(Unsupported):
            await met.terminal.write_face("1001", PHOTO)
        with pytest.raises(Unsupported):
            await met.terminal.remove_face("1001")

    meeting(story, profile=FirmwareProfile.ACCESS_CONTROLLER)
