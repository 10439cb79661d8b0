"""Photos of faces for units that dial in, whichever dialect: sent, refused, shown."""

from bridge.terminals.errors import FaceRefused, Refused
from bridge.terminals.push.codes import FACE_ERRORS, ReturnCodes, explain_face_error
from bridge.terminals.push.command_queue import CommandAnswer, CommandQueue
from bridge.terminals.push.commands import Builder
from bridge.terminals.push.records import FACE_KIND, UploadBatch
from bridge.wording import worded


async def send_photo(queue: CommandQueue, photo: Builder, codes: ReturnCodes) -> CommandAnswer:
    """Send a photo. Raises FaceRefused, and otherwise as `CommandQueue.exchange` does."""
    try:
        return await queue.exchange(photo, worded("take the photo"), codes=codes)
    except Refused as error:
        raise FaceRefused(str(error), error.code, permanent=error.lasting) from error


def check_photo(taken: CommandAnswer, later: UploadBatch | None) -> None:
    """Raise FaceRefused if the unit has reported that it made nothing of the photo.

    later: what it posted after its answer.
    """
    for said in [*taken.rows.errors, *(later.errors if later else ())]:
        if said.command_id == taken.result.command_id:
            raise FaceRefused(explain_face_error(said.code), permanent=said.code in FACE_ERRORS)


def has_face(rows: UploadBatch, pin: str) -> bool:
    """Whether these rows hold a template of the face of this person."""
    return any(one.pin == pin and one.kind == FACE_KIND for one in rows.templates)
