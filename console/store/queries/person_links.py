"""The link of a person's own, by which they withdraw, answer and opt out, whatever else is so. A8.

An invitation's link ends; this one stands at the foot of every email and works until the person is
erased.
"""

from sqlalchemy import select

from console.domain.invitations import new_token, token_hash
from console.store.schema import PersonLink
from console.store.unit_of_work import ReadTx, Tx


def own_token(tx: ReadTx, employee_id: str) -> str | None:
    """The token of the person's link; None while they have none that can be read."""
    readable = PersonLink.employee_id == employee_id, PersonLink.sealed != b""
    query = select(PersonLink).where(*readable)
    row = tx.scalar(query.order_by(PersonLink.created_at, PersonLink.token_hash).limit(1))
    if row is None:
        return None
    return tx.open(employee_id, "person_link", row.token_hash, "token", row.sealed).decode()


def made_token(tx: Tx, employee_id: str) -> str:
    """The token of the person's link, which is made if there is none. Raises Conflict."""
    there = own_token(tx, employee_id)
    if there is not None:
        return there
    token = new_token()
    key = token_hash(token)
    sealed = tx.seal(employee_id, "person_link", key, "token", token.encode())
    tx.add(PersonLink(token_hash=key, employee_id=employee_id, sealed=sealed, created_at=tx.now))
    tx.flush()
    return token
