"""The site's key is changed: asked, agreed by a second administrator, and done. N17."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from bridge.terminals.errors import Cancelled
from console.api.tasks import TaskResult
from console.domain.errors import Conflict, Forbidden, Invalid, NotFound
from console.domain.language import msgid, tr, tr_count
from console.key_holder import KeyHolder
from console.service.backups.making import only_one
from console.service.settings import keep_setting, load_settings
from console.service.tasks import RunningTask
from console.store.database import Store
from console.store.queries.people import count_admins
from console.store.recovery import load_recovery
from console.store.rotation import NO_RECOVERY_KEY, is_under_way, rotate
from console.store.schema import Setting
from console.store.unit_of_work import ReadTx, Tx

log = structlog.get_logger()
TITLE = msgid("Changing the site key")
SETTING = "site_key_asked"
NONE_ASKED = msgid("There is no open request to change the site key.")


class AskedChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change that waits for a second administrator. by: the operator's id."""

    by: str
    at: datetime


def asked_change(tx: ReadTx) -> AskedChange | None:
    """The change that waits."""
    row = tx.get(Setting, SETTING)
    return None if row is None else msgspec.convert(row.value, AskedChange)


def needs_second(tx: ReadTx) -> bool:
    """Whether another administrator has to agree: it is about everybody at once."""
    return count_admins(tx) > 1


def ask(tx: Tx, confirm: str) -> bool:
    """Asks for a change. Whether it may begin, because nobody else has to agree.

    Raises Invalid, Conflict.
    """
    _check(tx, confirm)
    if asked_change(tx) is not None:
        raise Conflict(
            tr("A change of the site key is already waiting for a second administrator.")
        )
    second = needs_second(tx)
    tx.audit("site_key.asked", second=second)
    if second:
        keep_setting(tx, SETTING, AskedChange(by=tx.actor, at=tx.now))
        tx.changed("backups")
    return not second


def agree(tx: Tx, confirm: str) -> None:
    """The second administrator agrees. Raises NotFound, Forbidden for the first one, Invalid."""
    asked = asked_change(tx)
    if asked is None:
        raise NotFound(tr(NONE_ASKED))
    if asked.by == tx.actor:
        raise Forbidden(tr("Another administrator must agree to this."))
    _check(tx, confirm)
    _forget(tx)
    tx.audit("site_key.agreed")


def drop(tx: Tx) -> None:
    """What was asked for is not done. Raises NotFound."""
    if asked_change(tx) is None:
        raise NotFound(tr(NONE_ASKED))
    _forget(tx)
    tx.audit("site_key.dropped")


def _forget(tx: Tx) -> None:
    tx.delete(tx.get_one(Setting, SETTING))
    tx.changed("backups")


def _check(tx: Tx, confirm: str) -> None:
    site = load_settings(tx).site
    if confirm.strip() != site:
        raise Invalid("confirm", tr("Type the name of the site, “{site}”, to confirm.", site=site))
    if load_recovery(tx) is None:
        raise Conflict(tr(NO_RECOVERY_KEY))


def change(
    store: Store, data: Path, holder: KeyHolder, task: RunningTask, actor: str
) -> TaskResult:
    """Changes the key, as a task that is not stopped half-way. Raises Conflict."""
    people = 0

    def step(done: int, total: int) -> None:
        nonlocal people
        people = total
        task.give_way()
        with suppress(Cancelled):  # it takes a second, and what was begun would go on anyway
            task.progress(done, total)

    with only_one(data):  # no backup may mix keys of before and after
        rotate(store, holder, step, actor)
    return TaskResult(
        text=tr_count(
            "The site key has been changed. It protects the key of {count:,} person.",
            "The site key has been changed. It protects the keys of {count:,} people.",
            people,
        )
    )


def go_on(store: Store, data: Path, holder: KeyHolder) -> None:
    """Ends a change that a crash has interrupted. Blocking, before the service begins."""
    if not is_under_way(holder):
        return
    try:
        with only_one(data):
            rotate(store, holder, lambda _done, _total: None)
    except Conflict as problem:  # both keys open everything: it goes on at another start
        log.warning("site_key_change_waits", problem=problem.message)
    else:
        log.info("site_key_changed", remedy="none is needed: a change had been interrupted")
