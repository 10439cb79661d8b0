"""The login log as a file, with a signed statement on what is in it and what may miss. N12."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from console.api import logins as api
from console.catalogue import catalogue_of
from console.domain.employee_lists import write_csv
from console.domain.errors import Invalid
from console.domain.language import ENGLISH, speaking, tr
from console.domain.log_coverage import Span
from console.login_statement import EVERY_LOGIN, SIGNATURE, STATEMENT
from console.service.operations.dispatch import Call, handles
from console.service.operations.login_doubts import Place, deleted_until, places
from console.service.operations.login_rows import login_row, shown_logins
from console.service.pools import Pool
from console.service.portions import in_turns
from console.service.settings import load_settings
from console.service.terminals.login_seals import LoginSeals
from console.store.queries.login_seal import SealCheck, check_seal
from console.store.schema import Erasure, Login
from console.store.signing import sign
from console.store.unit_of_work import ReadTx
from console.store.vault import Unsealable

VERSION = 1
MOST_ROWS, AT_ONCE = 500_000, 1000
LOGINS, COVERAGE = "logins.csv", "coverage.csv"
_HEADINGS = (
    "id", "moment (UTC)", "reported time", "number", "employee", "place", "method", "direction",
    "outcome", "reason", "remark", "received (UTC)",
)  # fmt: skip
_COVERAGE_HEADINGS = ("serial number", "place", "from (UTC)", "until (UTC)", "what is known")


class LoginExportOperations:
    """Hands out the login log to people who have to rely on it."""

    def __init__(self, seals: LoginSeals, give_way: Callable[[], None]) -> None:
        """give_way: waits while somebody waits for an answer."""
        self._seals, self._give_way = seals, give_way

    @handles(api.export_logins, Pool.BULK)
    def export(self, call: Call, request: api.ExportLogins) -> api.LoginFile:
        """Seals what has just come, checks the whole log, and signs. Audited. Raises Invalid."""
        if request.since >= request.until:
            raise Invalid("until", tr("The last day lies before the first one."))
        with suppress(Unsealable):  # the check says so
            self._seals.run_once()
        with call.read() as tx:
            check = check_seal(tx, self._give_way)
            rows = list(_logins(tx, request, self._give_way))
            found = places(tx, Span(request.since, request.until))
            statement = _statement(tx, request, check, len(rows), found)
        files = {
            LOGINS: _csv(_HEADINGS, rows),
            COVERAGE: _csv(_COVERAGE_HEADINGS, _lines(found)),
        }
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        text = json.dumps({**statement, "sha256": digests}, indent=1)
        with call.write() as tx:
            signed = sign(tx, text)
            tx.audit("logins.exported", rows=len(rows), whole=check.whole)
        proof = {"signature": signed.signature, "key": signed.key}
        files |= {STATEMENT: text.encode(), SIGNATURE: json.dumps(proof, indent=1).encode()}
        return api.LoginFile(
            name=f"muster-logins-{request.since:%Y%m%d}-{request.until:%Y%m%d}.zip",
            data=_zip(files),
            rows=len(rows),
            whole=check.whole,
            open_places=sum(bool(one.doubts) for one in found),
        )


def _logins(
    tx: ReadTx, request: api.ExportLogins, give_way: Callable[[], None]
) -> Iterator[list[str]]:
    query = shown_logins().add_columns(Login.received_at)
    query = query.where(Login.at >= request.since, Login.at < request.until)
    found = tx.execute(query.order_by(Login.at, Login.id).limit(MOST_ROWS + 1))
    for number, row in enumerate(in_turns(found, AT_ONCE, give_way)):
        if number == MOST_ROWS:
            raise Invalid(
                "until",
                tr(
                    "These are more than {most:,} logins. Choose a shorter time.",
                    most=MOST_ROWS,
                ),
            )
        with speaking(catalogue_of(ENGLISH)):  # whoever checks the file later asks in no language
            shown = login_row(row)
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


def _lines(found: Sequence[Place]) -> Iterator[list[str]]:
    for place in found:
        for one in place.doubts:
            yield [place.serial, place.name, _moment(one.start), _moment(one.end), one.why]


def _nameless(tx: ReadTx, request: api.ExportLogins) -> int:
    """How many of the logins are of people who were erased."""
    erased = Login.pin.in_(select(Erasure.pseudonym))
    query = select(func.count()).where(Login.at >= request.since, Login.at < request.until, erased)
    return tx.scalar(query) or 0


def _statement(
    tx: ReadTx, request: api.ExportLogins, check: SealCheck, rows: int, found: Sequence[Place]
) -> dict[str, Any]:
    deleted = deleted_until(found)
    return {
        "what": "Statement on an export of the login log by Muster",
        "version": VERSION,
        "site": load_settings(tx).site,
        "issued": _moment(tx.now),
        "from": _moment(request.since),
        "until": _moment(request.until),
        "logins": rows,
        "logins of people who were erased, without name and number": _nameless(tx, request),
        "logins were deleted by their age up to": _moment(deleted) if deleted else "",
        "stored log": {
            "nothing is missing or changed": check.whole,
            "logins that were sealed": check.sealed,
            "logins that are there": check.found,
        },
        "terminals": [
            {"serial number": one.serial, "name": one.name, EVERY_LOGIN: not one.doubts}
            for one in found
            if not one.is_kiosk
        ],
        "kiosks": [
            {"name": one.name, EVERY_LOGIN: not one.doubts} for one in found if one.is_kiosk
        ],
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
