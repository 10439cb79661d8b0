"""Photos by file name: a folder of pictures that are named by number or email address.

The console looks first, starts a task, sends the photos person by person, and says when that was
all. The task screens them as those of the desk, and hands in those that pass; or it keeps them as
ID photos, which are screened once their people have agreed.
"""

import msgspec

from console.api.operation import ADMIN, ById, Nothing, Started, operation
from console.domain.photo_names import PhotoUse


class LookAtNames(msgspec.Struct, frozen=True, kw_only=True):
    """The names of the files.

    again: also of people who are enrolled already, or have an ID photo.
    """

    names: list[str]
    use: PhotoUse = PhotoUse.ENROLMENT
    again: bool = False


class PhotoMatch(msgspec.Struct, frozen=True, kw_only=True):
    """A file and the person it is of. reason: why it is left out, "" if it is taken."""

    name: str
    employee_id: str = ""
    employee: str = ""
    number: str = ""
    reason: str = ""


class PhotoMatches(msgspec.Struct, frozen=True, kw_only=True):
    """Every file, in the order asked for."""

    rows: list[PhotoMatch]


class BeginPhotos(msgspec.Struct, frozen=True, kw_only=True):
    """Starts the task. people: how many will be sent; left_out: files that are not sent."""

    people: int
    left_out: list[PhotoMatch]
    use: PhotoUse = PhotoUse.ENROLMENT
    again: bool = False


class PhotoFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a person."""

    name: str
    data: bytes


class SendPhotos(msgspec.Struct, frozen=True, kw_only=True):
    """The photos of one person."""

    task_id: str
    employee_id: str
    files: list[PhotoFile]


class PhotosTaken(msgspec.Struct, frozen=True, kw_only=True):
    """waiting: people whose photos are not screened yet; send no more while they are many."""

    waiting: int


look_at_names = operation("photo_files.look", LookAtNames, PhotoMatches, ADMIN)
begin_photos = operation("photo_files.begin", BeginPhotos, Started, ADMIN)
send_photos = operation("photo_files.send", SendPhotos, PhotosTaken, ADMIN)
end_photos = operation("photo_files.end", ById, Nothing, ADMIN)
