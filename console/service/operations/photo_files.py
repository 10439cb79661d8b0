"""Photos by file name: what a folder would do, and the task that takes it."""

from console.api import photo_files as api
from console.api.operation import ById, Nothing, Started
from console.domain.language import msgid
from console.service.enrolment.photo_files import PhotoFiles
from console.service.enrolment.photo_names import match_names
from console.service.enrolment.photo_uses import USES
from console.service.operations.dispatch import Call, handles
from console.service.pools import Pool
from console.service.tasks import Tasks


class PhotoFileOperations:
    """What administrators do with a folder of photos. Needs the right to enrol."""

    def __init__(self, files: PhotoFiles, tasks: Tasks) -> None:
        self._files, self._tasks = files, tasks

    @handles(api.look_at_names, Pool.READ)
    def look(self, call: Call, request: api.LookAtNames) -> api.PhotoMatches:
        """Who matches whom. Raises Invalid."""
        with call.read() as tx:
            use = USES[request.use]
            return api.PhotoMatches(rows=match_names(tx, request.names, use, again=request.again))

    @handles(api.begin_photos, Pool.READ)
    def begin(self, call: Call, request: api.BeginPhotos) -> Started:
        """Starts the task. Raises Forbidden."""
        actor = call.enroller.id
        use, again = USES[request.use], request.again
        body = self._files.body(request.people, request.left_out, use, actor, again=again)
        title = msgid("Adding photos")
        return Started(task_id=self._tasks.start(title, body, by=call.operator.id))

    @handles(api.send_photos, Pool.WRITE)
    def send(self, call: Call, request: api.SendPhotos) -> api.PhotosTaken:
        """Takes the photos of one person. Raises NotFound, Invalid, Forbidden."""
        _ = call.enroller  # raises Forbidden
        waiting = self._files.send(request.task_id, request.employee_id, request.files)
        return api.PhotosTaken(waiting=waiting)

    @handles(api.end_photos, Pool.READ)
    def end(self, call: Call, request: ById) -> Nothing:
        """Everything was sent. Raises NotFound."""
        self._files.end(request.id)
        return Nothing()
