"""The way back for an administrator who forgot the password: the recovery key.

The key stays where it was typed. The service seals a question to the key's public part; only the
paper opens it. Every operator is warned of what came of it.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Sequence

from sqlalchemy import func, select

from console.api import operators as api
from console.domain.errors import Conflict, Invalid
from console.domain.language import msgid, tr
from console.domain.operators import WARNED_OF
from console.recovery_pair import PROOF_CONTEXT, proof_of, seal_to
from console.store.recovery import load_recovery
from console.store.schema import Audit, Operator
from console.store.unit_of_work import ReadTx, Tx

CONSOLE, COMMAND = "console", "command"
"""Where the key was typed."""
ANSWER_S = 600
NO_ANSWER = msgid(
    "This does not answer this service’s question. It is another key, or it is for another "
    "service or administrator. Try again."
)
NO_RECOVERY_KEY = msgid(
    "This site has no recovery key, so it cannot help here. Another administrator can give you a "
    "temporary password under Operators."
)


class RecoveryProofs:
    """Asks the questions and knows their answers, without keeping either. Thread-safe."""

    def __init__(self, service: str, tick: Callable[[], float] = time.monotonic) -> None:
        """service: its address; tick: seconds from any beginning, never backward."""
        self._service, self._tick = service, tick
        self._secret = secrets.token_bytes()
        self._answered: set[str] = set()

    def ask(self, tx: ReadTx) -> api.RecoveryQuestion:
        """A question that is good for ten minutes. Raises Conflict without a recovery key."""
        recovery = load_recovery(tx)
        if recovery is None:
            raise Conflict(tr(NO_RECOVERY_KEY))
        number = f"{int(self._tick()) + ANSWER_S}.{recovery.fingerprint}.{secrets.token_hex(16)}"
        sealed = seal_to(recovery.public, self._answer(number), PROOF_CONTEXT)
        return api.RecoveryQuestion(id=number, sealed=sealed)

    def check(self, tx: ReadTx, request: api.Recover) -> str:
        """The fingerprint of the key that answered. Raises Invalid."""
        proof = proof_of(self._answer(request.id), request.username, self._service)
        if not hmac.compare_digest(proof, request.answer):
            raise Invalid("recovery_key", tr(NO_ANSWER))
        ends, fingerprint, _ = request.id.split(".")  # ours, as the answer is right
        recovery = load_recovery(tx)
        in_force = recovery is not None and recovery.fingerprint == fingerprint
        if not in_force or self._tick() > int(ends) or request.id in self._answered:
            raise Invalid("recovery_key", tr("This took too long. Try again."))
        return fingerprint

    def spend(self, question_id: str) -> None:
        """The answer to this question does not count again."""
        self._answered.add(question_id)

    def _answer(self, number: str) -> bytes:
        return hmac.digest(self._secret, number.encode(), hashlib.sha256)


def unread_recoveries(tx: ReadTx, operator_id: str) -> Sequence[tuple[Audit, str]]:
    """The entries that this operator is still to be warned of, with the administrators' names."""
    read = select(Operator.warned_until).where(Operator.id == operator_id).scalar_subquery()
    query = (
        select(Audit, Operator.name)
        .join(Operator, Operator.id == Audit.object_id)
        .where(Audit.action == WARNED_OF, Audit.seq > read)
        .order_by(Audit.seq)
    )
    return [(entry, name) for entry, name in tx.execute(query)]


def note_read(tx: Tx, operator_id: str, until: int) -> None:
    """Notes that this operator has read the warnings up to this entry, and no later one."""
    newest = select(func.max(Audit.seq)).where(Audit.action == WARNED_OF, Audit.seq <= until)
    operator = tx.get_one(Operator, operator_id)
    operator.warned_until = max(operator.warned_until, tx.scalar(newest) or 0)
