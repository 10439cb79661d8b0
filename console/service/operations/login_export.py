"""The login log as a file, with a signed statement on what is in it and what may miss. N12."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import select

from console.api import logins as api
from console.domain.employee_lists import write_csv
from console.domain.errors import Invalid
from console.domain.log_coverage import Span
from console.service.operations.dispatch import Call, handles
from console.service.operations.logins import login_row, shown_logins
from console.service.pools import Pool
from console.service.portions import in_turns
from console.service.settings import load_settings
from console.service.terminals.log_book import WHOLE_LOG, open_gaps
from console.service.terminals.login_seals import LoginSeals
from console.store.queries.login_seal import SealCheck, check_seal
from console.store.schema import LogCoverage, Login, Terminal
from console.store.signing import sign
from console.store.unit_of_work import ReadTx
from console.store.vault import Unsealable

VERSION = 1
MOST_ROWS, AT_ONCE = 500_000, 1000
LOGINS, COVERAGE, STATEMENT, SIGNATURE = (
    "logins.csv",
    "coverage.csv",
    "statement.json",
    "signature.json",
)
_HEADINGS = (
    "id", "moment (UTC)", "reported time", "number", "employee", "place", "method", "direction",
    "outcome", "reason", "remark", "received (UTC)",
)  # fmt: skip
_COVERAGE_HEADINGS = ("serial number", "terminal", "from (UTC)", "until (UTC)", "what is known")
NEVER_WATCHED = "Its log was never counted, so logins may be missing."
IS_GAP = "Nobody watched the terminal, and its log of this time was not counted yet."
ASKED_FOR = "The whole log was asked for, and has not arrived in full yet."
Doubt = tuple[datetime, datetime, str]
"""A time of which logins may be missing, and why."""


class LoginExportOperations:
    """Hands out the login log to people who have to rely on it."""

    def __init__(self, seals: LoginSeals, give_way: Callable[[], None]) -> None:
        """give_way: waits while somebody waits for an answer."""
        self._seals, self._give_way = seals, give_way

    @handles(api.export_logins, Pool.BULK)
    def export(self, call: Call, request: api.ExportLogins) -> api.LoginFile:
        """Seals what has just come, checks the whole log, and signs. Audited. Raises Invalid."""
        if request.since >= request.until:
            raise Invalid("until", "The last day lies before the first one.")
        with suppress(Unsealable):  # the check says so
            self._seals.run_once()
        with call.read() as tx:
            check = check_seal(tx, self._give_way)
            rows = list(_logins(tx, request, self._give_way))
            doubts = dict(_doubts(tx, Span(request.since, request.until)))
            files = {
                LOGINS: _csv(_HEADINGS, rows),
                COVERAGE: _csv(_COVERAGE_HEADINGS, _lines(doubts)),
            }
        with call.write() as tx:
            text = json.dumps(_statement(tx, request, files, check, len(rows), doubts), indent=1)
            signed = sign(tx, text)
            tx.audit("logins.exported", rows=len(rows), whole=check.whole)
        proof = {"signature": signed.signature, "key": signed.key}
        files |= {STATEMENT: text.encode(), SIGNATURE: json.dumps(proof, indent=1).encode()}
        return api.LoginFile(
            name=f"muster-logins-{request.since:%Y%m%d}-{request.until:%Y%m%d}.zip",
            data=_zip(files),
            rows=len(rows),
            whole=check.whole,
            open_terminals=sum(bool(found) for found in doubts.values()),
        )


def _logins(
    tx: ReadTx, request: api.ExportLogins, give_way: Callable[[], None]
) -> Iterator[list[str]]:
    query = shown_logins().where(Login.at >= request.since, Login.at < request.until)
    found = tx.execute(query.order_by(Login.at, Login.id).limit(MOST_ROWS + 1))
    for number, one in enumerate(in_turns(found, AT_ONCE, give_way)):
        if number == MOST_ROWS:
            raise Invalid(
                "until", f"These are more than {MOST_ROWS:,} logins. Choose a shorter time."
            )
        row, shown = one[0], login_row(*one, 0)
        yield [
            str(row.id),
            _moment(row.at),
            row.local_time,
            shown.number,
            shown.employee,
            shown.terminal,
            shown.method,
            shown.direction,
            shown.outcome,
            shown.reason,
            shown.remark,
            _moment(row.received_at),
        ]


def _doubts(tx: ReadTx, asked: Span) -> Iterator[tuple[Terminal, list[Doubt]]]:
    """Each terminal that was ever served, and when its log may miss logins."""
    for terminal in tx.scalars(select(Terminal).order_by(Terminal.serial)):
        spans = tx.scalars(
            select(LogCoverage)
            .where(LogCoverage.terminal_id == terminal.id)
            .order_by(LogCoverage.start)
        ).all()
        some = select(Login.id).where(Login.terminal_id == terminal.id).limit(1)
        if not spans and tx.scalar(some) is not None:
            yield terminal, [(asked.start, asked.end, NEVER_WATCHED)]
        elif spans:
            noted = [span for span in spans if span.problem or span.source == WHOLE_LOG]
            found = [(span.start, span.end, span.problem or ASKED_FOR) for span in noted]
            known = {span.start for span in noted}
            unnoted = [gap for gap in open_gaps(tx, terminal.id) if gap.start not in known]
            found += [(gap.start, gap.end, IS_GAP) for gap in unnoted]
            yield terminal, [one for one in found if one[0] < asked.end and one[1] > asked.start]


def _lines(doubts: dict[Terminal, list[Doubt]]) -> Iterator[list[str]]:
    for terminal, found in doubts.items():
        for start, end, why in found:
            yield [terminal.serial, terminal.name, _moment(start), _moment(end), why]


def _statement(
    tx: ReadTx,
    request: api.ExportLogins,
    files: dict[str, bytes],
    check: SealCheck,
    rows: int,
    doubts: dict[Terminal, list[Doubt]],
) -> dict[str, Any]:
    return {
        "what": "Statement on an export of the login log by Muster",
        "version": VERSION,
        "site": load_settings(tx).site,
        "issued": _moment(tx.now),
        "from": _moment(request.since),
        "until": _moment(request.until),
        "logins": rows,
        "stored log": {
            "nothing is missing or changed": check.whole,
            "logins that were sealed": check.sealed,
            "logins that are there": check.found,
        },
        "terminals": [
            {
                "serial number": terminal.serial,
                "name": terminal.name,
                "every login is here": not found,
            }
            for terminal, found in doubts.items()
        ],
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }


def _csv(headings: tuple[str, ...], rows: Any) -> bytes:
    return write_csv([headings, *rows]).encode("utf-8-sig")


def _zip(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def _moment(moment: datetime) -> str:
    return moment.isoformat(" ", "seconds")
