"""When an ID photo goes, and when it has to be read again."""

from sqlalchemy import delete, select, update

from console.domain.id_photos import IdPhotoState
from console.store.schema import IdPhoto
from console.store.unit_of_work import Tx


def remove_id_photo(tx: Tx, employee_id: str) -> None:
    """Deletes it, if there is one, and audits that."""
    mine = IdPhoto.employee_id == employee_id
    if tx.scalar(select(IdPhoto.id).where(mine)) is None:
        return
    tx.execute(delete(IdPhoto).where(mine))
    tx.audit("id_photo.removed", employee_id)
    tx.changed("employees", employee_id)


def read_id_photos_again(tx: Tx) -> None:
    """Vectors of another recogniser, or protected in another way, compare with nothing."""
    again = update(IdPhoto).where(IdPhoto.state == IdPhotoState.READY)
    tx.execute(again.values(state=IdPhotoState.WAITING, vector=None))
    tx.demand("id_photo")
