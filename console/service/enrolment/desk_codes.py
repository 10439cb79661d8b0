"""Short codes by which somebody opens their link at a computer that has not got it.

A code works once, for some minutes. The database knows it by a mark that only the site's key makes:
it is too short for a plain hash. How often one may be tried is the portal's to count.
"""

from datetime import timedelta

from sqlalchemy import select

from console.domain.typed_codes import as_made, new_code
from console.store.schema import Invitation
from console.store.unit_of_work import ReadTx, Tx

LENGTH = 8
LIFETIME = timedelta(minutes=15)
_KIND = "desk_code"
"""The kind of the mark."""


def give_code(tx: Tx, invitation: Invitation) -> str:
    """Gives an invitation a new code; one that it had before stops working."""
    code = new_code(LENGTH)
    invitation.code_mark = tx.vault.mark_site(_KIND, code.encode())
    invitation.code_until = tx.now + LIFETIME
    return code


def invitation_of(tx: ReadTx, typed: str) -> Invitation | None:
    """The invitation that a code was made for, while the code works."""
    mark = tx.vault.mark_site(_KIND, as_made(typed).encode())
    row = tx.scalar(select(Invitation).where(Invitation.code_mark == mark))
    return row if row and row.code_until and tx.now < row.code_until else None


def use_up(invitation: Invitation) -> None:
    """The code of this invitation does not work again."""
    invitation.code_mark, invitation.code_until = "", None
