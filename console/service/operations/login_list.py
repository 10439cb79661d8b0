"""The login log as a list that a console writes to a file, part by part. CO19.

A part is a call of its own: nobody waits for the whole list, no transaction lasts as long as it,
and neither side ever holds it. What a list may hold was settled and audited when it was begun.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from console.api import logins as api
from console.domain.errors import Conflict, Invalid
from console.domain.language import tr
from console.service.operations.dispatch import Call, handles
from console.service.operations.login_repeats import window
from console.service.operations.login_rows import LoginReading
from console.service.pools import Pool
from console.service.settings import load_settings
from console.store.schema import Login
from console.store.unit_of_work import ReadTx

KINDS = frozenset({"csv", "xlsx", "pdf", "paper"})
PART = 2000
"""Rows of one part: half a megabyte, which the window takes in without a pause."""
MOST_OPEN = 20
"""Lists that are being written; the one that was asked for longest ago makes room."""


@dataclass
class _OpenList:
    """rows: how many were handed out; newest_id: logins that came later are not in it."""

    wanted: api.BeginList
    repeats: timedelta
    newest_id: int
    operator: str
    rows: int = 0


class LoginListOperations:
    """Hands out what a view of the log shows."""

    def __init__(self, give_way: Callable[[], None]) -> None:
        """give_way: waits while somebody waits for an answer."""
        self._give_way = give_way
        self._lock = threading.Lock()
        self._open: OrderedDict[str, _OpenList] = OrderedDict()

    @handles(api.begin_list, Pool.WRITE)
    def begin(self, call: Call, request: api.BeginList) -> api.LoginList:
        """Begins a list. Audited. Raises Invalid."""
        if request.kind not in KINDS:
            raise Invalid("kind", tr("Choose CSV, Excel, PDF or paper."))
        with call.read() as tx:
            repeats = window(tx, request.repeat_s)
            newest_id = tx.scalar(select(func.max(Login.id))) or 0
            begun = _begun(tx, request.filter)
        with call.write() as tx:
            tx.audit("logins.list_exported", kind=request.kind, **_said(request))
        opened = _OpenList(request, repeats, newest_id, call.operator.id)
        with self._lock:
            self._open[begun.id] = opened
            if len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
        return begun

    @handles(api.next_of_list, Pool.BULK)
    def read_next(self, call: Call, request: api.NextOfList) -> api.LoginListPart:
        """The next part. Its last one is audited. Raises Conflict for a list that is not open."""
        with self._lock:
            opened = self._open.get(request.id)
            if opened is None or opened.operator != call.operator.id:
                raise Conflict(tr("This list is not open any more. Export it again."))
            self._open.move_to_end(request.id)
        self._give_way()
        wanted = opened.wanted
        with call.read() as tx:
            reading = LoginReading(
                tx, wanted.search, wanted.filter, opened.repeats, opened.newest_id
            )
            rows = reading.page(request.cursor, PART)
        opened.rows += len(rows)
        if not reading.cursor:
            with self._lock:
                self._open.pop(request.id, None)
            with call.write() as tx:
                tx.audit("logins.list_ended", rows=opened.rows)
        reached = reading.reached or call.now
        return api.LoginListPart(rows=rows, cursor=reading.cursor, reached=reached)


def _begun(tx: ReadTx, wanted: api.LoginFilter) -> api.LoginList:
    oldest = tx.scalar(select(func.min(Login.at))) or tx.now
    newest = tx.scalar(select(func.max(Login.at))) or tx.now
    return api.LoginList(
        id=secrets.token_hex(16),
        site=load_settings(tx).site,
        first=max(oldest, wanted.since) if wanted.since is not None else oldest,
        last=min(newest, wanted.until) if wanted.until is not None else newest,
    )


def _said(request: api.BeginList) -> dict[str, str]:
    """What the list is narrowed by. Not what was searched for: that may be somebody's name."""
    chosen = request.filter
    said = {
        "since": chosen.since.isoformat(" ", "minutes") if chosen.since else "",
        "until": chosen.until.isoformat(" ", "minutes") if chosen.until else "",
        "result": chosen.result or "",
        "reason": chosen.reason,
        "method": chosen.method or "",
        "place": chosen.place,
        "department": chosen.department,
        "during": len(chosen.during) or "",
        "searched": "yes" if request.search.strip() else "",
    }
    return {name: str(value) for name, value in said.items() if value}
