"""How long data is kept: read, tried out, and set."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import func, select

from console.api import retention as api
from console.api.operation import Nothing
from console.domain.retention import RULES, Kept, check_days, kept_days
from console.service.operations.dispatch import Call, handles
from console.service.people.retention import count_due, last_report
from console.service.pools import Pool
from console.service.settings import kept_for, load_settings, save_settings
from console.store.schema import LegalHold
from console.store.unit_of_work import ReadTx


class RetentionOperations:
    """What administrators set, and auditors read."""

    @handles(api.get_retention, Pool.READ)
    def get(self, call: Call, request: Nothing) -> api.RetentionState:
        """As it is set."""
        with call.read() as tx:
            return _state(tx, kept_for(load_settings(tx)))

    @handles(api.look_at_retention, Pool.READ)
    def look(self, call: Call, request: api.ChosenDays) -> api.RetentionState:
        """What these days would delete. Nothing is changed. Raises Invalid."""
        check_days(request.days)
        with call.read() as tx:
            return _state(tx, kept_days(request.days))

    @handles(api.save_retention, Pool.WRITE)
    def save(self, call: Call, request: api.ChosenDays) -> api.RetentionState:
        """Sets the days; the next pass deletes by them, within the hour. Raises Invalid."""
        check_days(request.days)
        with call.write() as tx:
            before = load_settings(tx)
            lines = request.days.get(Kept.LINES, RULES[Kept.LINES].days)
            other = {name: days for name, days in request.days.items() if name != Kept.LINES}
            after = msgspec.structs.replace(before, kept_days=other, lines_kept_days=lines)
            save_settings(tx, after)
            tx.audit("retention.saved", days=request.days)
            tx.flush()
            return _state(tx, kept_for(after))


def _state(tx: ReadTx, kept: Mapping[Kept, int]) -> api.RetentionState:
    due, report = count_due(tx, kept), last_report(tx)
    return api.RetentionState(
        kinds=[
            api.KindRow(
                kind=kind,
                what=rule.what,
                after=rule.after,
                days=kept[kind],
                least=rule.least,
                most=rule.most,
                due=due[kind],
            )
            for kind, rule in RULES.items()
        ],
        held=tx.scalar(select(func.count()).select_from(LegalHold)) or 0,
        last_at=report.at if report is not None else None,
        last_removed=report.removed if report is not None else {},
    )
