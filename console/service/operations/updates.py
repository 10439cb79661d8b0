"""Updates of Muster, as administrators run them."""

from msgspec.structs import replace

from console.api import updates as api
from console.api.operation import Nothing, Started
from console.domain.kept_texts import said
from console.domain.updates import check_address
from console.service.operations.audit_names import name_objects
from console.service.operations.dispatch import Call, handles
from console.service.pools import Pool
from console.service.updates.book import load_updates, save_updates
from console.service.updates.updating import Updates


class UpdateOperations:
    """Where updates come from, what is there, and when it is installed."""

    def __init__(self, updates: Updates) -> None:
        self._updates = updates

    @handles(api.look, Pool.READ)
    def look(self, call: Call, _request: Nothing) -> api.UpdatesState:
        """What is known."""
        with call.read() as tx:
            state = self._updates.state(tx)
            by = name_objects(tx, {state.by}).get(state.by, state.by)
        problem, outcome = said(state.problem), said(state.outcome)
        return replace(state, by=by, problem=problem, outcome=outcome)

    @handles(api.save_address, Pool.WRITE)
    def save_address(self, call: Call, request: api.Address) -> Nothing:
        """Where the service looks from now on, if anywhere. Raises Invalid."""
        address = check_address(request.address)
        with call.write() as tx:
            kept = load_updates(tx)
            if address != kept.address:
                save_updates(tx, replace(kept, address=address, looked_at=None, problem=""))
                tx.audit("update.address", address=address)
        return Nothing()

    @handles(api.check, Pool.READ)
    def check(self, call: Call, _request: Nothing) -> Started:
        """Starts a look for an update. Raises Conflict."""
        return Started(task_id=self._updates.finding.start_check(call.operator.id))

    @handles(api.download, Pool.READ)
    def download(self, call: Call, _request: Nothing) -> Started:
        """Starts the download of what was found. Raises Conflict."""
        return Started(task_id=self._updates.finding.start_download(call.operator.id))

    @handles(api.send_file, Pool.DEVICE)
    def send_file(self, call: Call, request: api.Portion) -> Nothing:
        """Takes a part of a file. Raises Invalid, Conflict."""
        self._updates.finding.incoming.add(call.operator.id, request.start, request.data)
        return Nothing()

    @handles(api.take_file, Pool.DEVICE)
    def take_file(self, call: Call, _request: Nothing) -> Started:
        """Starts to verify the file that was sent. Raises NotFound, Conflict."""
        return Started(task_id=self._updates.finding.start_take_file(call.operator.id))

    @handles(api.install, Pool.READ)
    def install(self, call: Call, request: api.Install) -> Started:
        """Starts the task that prepares or plans the update. Raises Conflict."""
        return Started(task_id=self._updates.installing.start(request.when, call.operator.id))

    @handles(api.postpone, Pool.WRITE)
    def postpone(self, call: Call, _request: Nothing) -> Nothing:
        """Takes back what was planned. Raises Conflict."""
        self._updates.installing.postpone(call.operator.id)
        return Nothing()
