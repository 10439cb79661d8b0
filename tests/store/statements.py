"""What a store asks its database."""

from types import TracebackType
from typing import Any

import sqlalchemy as sa

from console.store.database import Store


class Statements:
    """Collects the statements that name a table while it is entered."""

    def __init__(self, store: Store, table: str) -> None:
        self._engine, self._table = store.engine, table
        self._said: list[str] = []

    def __enter__(self) -> list[str]:
        sa.event.listen(self._engine, "before_cursor_execute", self._hear)
        return self._said

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        sa.event.remove(self._engine, "before_cursor_execute", self._hear)

    def _hear(self, _connection: object, _cursor: object, text: str, *_: Any) -> None:
        if f" {self._table} " in text.replace("\n", " "):
            self._said.append(text)
