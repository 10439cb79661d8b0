"""The rules of all links: whether there are any, and when reminders leave. TTA20."""

from sqlalchemy import update

from console.service.settings import LinkRules, load_link_rules, save_link_rules
from console.store.queries.emails import HELD, LINK_KINDS, QUEUED
from console.store.schema import Outbox
from console.store.unit_of_work import Tx


def set_rules(tx: Tx, rules: LinkRules) -> None:
    """Saves the rules. While links are off, emails with a link are held back."""
    before = load_link_rules(tx)
    save_link_rules(tx, rules)
    if rules.by_link != before.by_link:
        old, new = (HELD, QUEUED) if rules.by_link else (QUEUED, HELD)
        waiting = Outbox.kind.in_(LINK_KINDS), Outbox.state == old
        tx.execute(update(Outbox).where(*waiting).values(state=new))
        tx.changed("invitations")
        tx.demand("email")
    tx.audit("links.rules_saved", by_link=rules.by_link)
