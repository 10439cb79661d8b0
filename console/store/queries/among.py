"""Rows whose column is one of many values, by a statement that is the same for any number of them.

`IN` with a parameter for each value is written and prepared anew for each list, which costs more
than the search, and databases bound the number of parameters.
"""

import json
from collections.abc import Iterable

from sqlalchemy import ColumnElement, String, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from console.store.unit_of_work import ReadTx


def among(
    tx: ReadTx,
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    values: Iterable[str],
) -> ColumnElement[bool]:
    """The condition that a column of text is one of these values."""
    if tx.session.get_bind().dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(String)))
    listed = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(listed.c.value))
