"""People who were erased, and people who must not be."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from console.domain.erasure import ErasureState
from console.store.columns import Base, EnumText, id_column


class Erasure(Base):
    """That a person was erased, without the person.

    employee_id: of the row that is no more, or that only stands for what terminals may still hold;
    batch: those of one act; asked_by, agreed_by: operators' ids; here_since: when the person was
    added; pseudonym: what their logins show; removed: kind -> how many rows; consents: which texts
    they had agreed to and when, as proof; places: as they were when all of them were done.
    """

    __tablename__ = "erasure"
    id: Mapped[str] = id_column()
    employee_id: Mapped[str] = mapped_column(String(32), index=True)
    batch: Mapped[str] = mapped_column(String(32), index=True)
    state: Mapped[ErasureState] = mapped_column(EnumText(ErasureState), index=True)
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime]
    agreed_by: Mapped[str] = mapped_column(String(80), default="")
    here_since: Mapped[datetime]
    purged_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    pseudonym: Mapped[str] = mapped_column(String(24))
    attempt: Mapped[int] = mapped_column(default=1)
    removed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    consents: Mapped[list[Any]] = mapped_column(default=list)
    places: Mapped[list[Any]] = mapped_column(default=list)


class ErasedNumber(Base):
    """A number of somebody erased, as a mark that only the site's key can make.

    What a terminal or a kiosk reports under it later is known by it and brings nobody back.
    """

    __tablename__ = "erased_number"
    mark: Mapped[str] = mapped_column(String(32), primary_key=True)
    erasure_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("erasure.id"), primary_key=True, index=True
    )


class LegalHold(Base):
    """A person whose data must be kept, for example because of a lawsuit."""

    __tablename__ = "legal_hold"
    employee_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("employee.id"), primary_key=True
    )
    reason: Mapped[str] = mapped_column(String(300))
    placed_by: Mapped[str] = mapped_column(String(80))
    placed_at: Mapped[datetime]
