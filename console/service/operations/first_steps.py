"""The first steps: their state is read from the rows that they leave, never from a mark alone."""

from sqlalchemy import ColumnElement, exists, select

from console.api import first_steps as api
from console.api.operation import Nothing
from console.domain.first_steps import FirstStep, is_untouched, opens_on_phones, states
from console.domain.terminals import TerminalStatus
from console.service.operations.dispatch import Call, handles
from console.service.pools import Pool
from console.service.settings import (
    load_first_steps,
    load_settings,
    mark_of,
    save_first_steps,
)
from console.service.tools import Tools
from console.store.recovery import load_recovery
from console.store.schema import Employee, Enrolment, Finger, Invitation, Login, Terminal
from console.store.unit_of_work import ReadTx

_LEFT_BY_EMAIL = (Invitation.channel == "link", Invitation.told_at.is_not(None))


class FirstStepOperations:
    """What administrators of a new site see on their check list."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    @handles(api.get_steps, Pool.READ)
    def get(self, call: Call, request: Nothing) -> api.FirstSteps:
        """The state of every step."""
        with call.read() as tx:
            return self._steps(tx)

    @handles(api.skip_steps, Pool.WRITE)
    def skip(self, call: Call, request: api.SkipSteps) -> api.FirstSteps:
        """Remembers for the site what is skipped."""
        with call.write() as tx:
            skipped = set(load_first_steps(tx).skipped)
            chosen = set(request.steps)
            save_first_steps(tx, skipped=skipped | chosen if request.skip else skipped - chosen)
            return self._steps(tx)

    def _steps(self, tx: ReadTx) -> api.FirstSteps:
        found = states(self._done(tx), load_first_steps(tx).skipped)
        untouched = is_untouched(found) and not load_settings(tx).email.host
        return api.FirstSteps(states=found, untouched=untouched)

    def _done(self, tx: ReadTx) -> set[FirstStep]:
        settings, rows = load_settings(tx), load_first_steps(tx)
        a_link_left = _any(tx, *_LEFT_BY_EMAIL)
        tested = rows.email_tested == mark_of(settings.email)
        facts = {
            FirstStep.SITE: bool(settings.site),
            FirstStep.RECOVERY_KEY: load_recovery(tx) is not None,
            FirstStep.EMAIL: bool(settings.email.host) and (tested or a_link_left),
            FirstStep.PORTAL: opens_on_phones(settings.portal_url or self._tools.addresses.portal),
            FirstStep.TERMINAL: _any(tx, Terminal.status == TerminalStatus.APPROVED),
            FirstStep.EMPLOYEES: _any(tx, ~Employee.erased),
            FirstStep.INVITATION: a_link_left,
            FirstStep.ENROLMENT: _any(tx, Enrolment.id.is_not(None))
            or _any(tx, Finger.id.is_not(None)),
            FirstStep.LOGIN: _any(tx, Login.outcome == "accepted", Login.employee_id.is_not(None)),
        }
        return {step for step, is_done in facts.items() if is_done}


def _any(tx: ReadTx, *conditions: ColumnElement[bool]) -> bool:
    """Whether there is such a row."""
    return bool(tx.scalar(select(exists().where(*conditions))))
