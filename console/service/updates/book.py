"""What the site knows of updates, kept in the store."""

from datetime import datetime

import msgspec

from console.api.updates import CONSOLES_CLOSE
from console.domain.errors import Conflict
from console.domain.language import tr
from console.domain.updates import Stage
from console.service.settings import keep_setting
from console.store.schema import Setting
from console.store.unit_of_work import ReadTx, Tx
from console.updates.release import Release

KEY = "updates"


class KeptUpdates(msgspec.Struct, frozen=True, kw_only=True):
    """address: where updates come from, empty: nobody looks. looked_at, problem: of the last look.

    found: a release that may be installed, by its stage; by: who wants it installed; ordered_at:
    when it was handed to the set-up; outcome: why the last one was not installed, in words.
    """

    address: str = ""
    looked_at: datetime | None = None
    problem: str = ""
    found: Release | None = None
    stage: Stage = Stage.NONE
    by: str = ""
    ordered_at: datetime | None = None
    outcome: str = ""


def load_updates(tx: ReadTx) -> KeptUpdates:
    """What was kept last."""
    row = tx.get(Setting, KEY)
    return KeptUpdates() if row is None else msgspec.convert(row.value, KeptUpdates)


def save_updates(tx: Tx, kept: KeptUpdates) -> None:
    """Replaces it; consoles close once an update is ordered."""
    keep_setting(tx, KEY, kept)
    tx.changed("updates", CONSOLES_CLOSE if kept.stage is Stage.ORDERED else "")


def refuse_when_ordered(kept: KeptUpdates) -> None:
    """Raises Conflict while the set-up is at work."""
    if kept.stage is Stage.ORDERED:
        raise Conflict(tr("An update is being installed. Wait until it has finished."))


def refuse_without_set_up(installs: bool) -> None:
    """Raises Conflict where no set-up can install anything."""
    if not installs:
        raise Conflict(
            tr(
                "This service was not installed with the Muster set-up, so it "
                "cannot update itself. Install the new version the same way as "
                "this one."
            )
        )


def problem_in_words(error: BaseException) -> str:
    """What went wrong, for people, in English if the error says it so."""
    return getattr(error, "message", "") or str(error) or type(error).__name__
