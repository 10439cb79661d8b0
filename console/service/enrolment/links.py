"""The links of invitations: made, kept sealed while they may be needed again, and found again.

The database knows a link by its hash. The token itself lies sealed under the person's key, so that
a reminder, a copy or a code to print can carry the same link; it goes once it cannot be used.
"""

from console.domain.invitations import new_token, token_hash
from console.service.settings import load_settings
from console.store.schema import Invitation
from console.store.unit_of_work import ReadTx, Tx

_SEAL = "invitation", "link"
"""The table and the kind of what is sealed."""


def give_token(tx: Tx, invitation: Invitation) -> str:
    """Gives an invitation a new token; one that it had before stops working."""
    token = new_token()
    table, kind = _SEAL
    invitation.token_hash = token_hash(token)
    invitation.link = tx.seal(invitation.employee_id, table, invitation.id, kind, token.encode())
    return token


def token_of(tx: Tx, invitation: Invitation) -> str:
    """The token of an invitation. One from before tokens were kept gets a new one."""
    if not invitation.link:
        return give_token(tx, invitation)
    table, kind = _SEAL
    opened = tx.open(invitation.employee_id, table, invitation.id, kind, invitation.link)
    return opened.decode()


def portal_base(tx: ReadTx, own_address: str) -> str:
    """How links begin. own_address: of the portal, while the site has set no other."""
    return (load_settings(tx).portal_url or own_address).rstrip("/")


def link_to(base: str, token: str) -> str:
    """The link, as emails and codes carry it."""
    return f"{base}/e/{token}"
