"""How far an ID photo is, and when it has to be read again."""

from sqlalchemy import update

from console.store.schema import IdPhoto
from console.store.unit_of_work import Tx

WAITING, READY, FACELESS = "waiting", "ready", "faceless"
"""It compares with nothing yet; it does; no face was found in it."""


def read_id_photos_again(tx: Tx) -> None:
    """Vectors of another recogniser, or protected in another way, compare with nothing."""
    again = update(IdPhoto).where(IdPhoto.state == READY)
    tx.execute(again.values(state=WAITING, vector=None))
    tx.demand("id_photo")
