"""The receipt of an erasure as files: JSON with its signature, and a PDF to hand out. N7."""

import html
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QMarginsF
from PyQt6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

from console.api.erasure import PlaceRow, SignedReceipt
from console.domain.language import labelled, paragraph, tr, tr_count, tr_moment

MARGIN_MM = 20.0
BLANK = "______________________________"
"""Where the name of the person is written by hand: the receipt names nobody."""
KINDS = {"terminal": tr("terminal"), "kiosk": tr("kiosk")}
STATES = {
    "shown": tr("Has shown that nothing is left"),
    "holds": tr("May still hold data"),
    "gone": tr("Declared gone; nothing proves that it is empty"),
}
FACTS = {
    "site": tr("Site"),
    "reference": tr("Reference"),
    "issued": tr("Issued"),
    "asked": tr("Requested"),
    "asked by": tr("Requested by"),
    "agreed by": tr("Agreed by"),
    "erased here": tr("Erased here"),
    "done": tr("Erased everywhere"),
}
"""What the first lines say, by the names in the document."""
_MOMENTS = frozenset({"issued", "asked", "erased here", "done"})


def place_text(place: PlaceRow) -> str:
    """A terminal or a kiosk, with which of the two it is."""
    return f"{place.name} ({KINDS.get(place.kind, place.kind)})"


def write_receipt(path: Path, receipt: SignedReceipt) -> None:
    """Writes a receipt as its name ends: .pdf, or else JSON. Raises OSError."""
    if path.suffix.lower() == ".pdf":
        _write_pdf(path, receipt)
    else:
        path.write_text(signed_json(receipt), "utf-8")


def signed_json(receipt: SignedReceipt) -> str:
    """The document word for word, so that the signature can be checked, with signature and key."""
    parts = {"document": receipt.document, "signature": receipt.signature, "key": receipt.key}
    return json.dumps(parts, ensure_ascii=False, indent=1)


def _write_pdf(path: Path, receipt: SignedReceipt) -> None:
    path.write_bytes(b"")  # QPdfWriter does not say why it cannot write
    writer = QPdfWriter(str(path))
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    writer.setTitle(tr("Receipt of an erasure"))
    document = QTextDocument()
    document.setHtml(receipt_html(receipt))
    document.print(writer)


def receipt_html(receipt: SignedReceipt) -> str:
    """The receipt in words."""
    said: dict[str, Any] = json.loads(receipt.document)
    outside = said["outside Muster"]
    exported = tr_count(
        "{count:,} list was exported in the meantime.",
        "{count:,} lists were exported in the meantime.",
        outside["lists exported meanwhile"],
    )
    signed = (
        labelled(tr("Signature (Ed25519)"), receipt.signature),
        labelled(tr("Key"), receipt.key),
        tr("The signature covers the document in the JSON file of this receipt."),
    )
    return "".join(
        (
            _tag("h2", _text(tr("Receipt of an erasure"))),
            _tag("p", _tag("b", _text(_state(said)))),
            _tag("p", _text(labelled(tr("Person"), BLANK))),
            _table((title, _fact(name, said[name])) for name, title in FACTS.items()),
            _tag("h3", _text(tr("Removed here"))),
            _table((tr(what), f"{count:,}") for what, count in said["removed"].items()),
            _tag("h3", _text(tr("Places"))),
            _table(map(_place, said["places"])),
            _tag("h3", _text(tr("What stays"))),
            _tag("ul", *(_tag("li", _text(tr(one))) for one in said["kept"])),
            _tag("h3", _text(tr("Outside Muster"))),
            _tag("p", _text(paragraph(tr(outside["note"]), exported))),
            _tag("p", _tag("small", "<br>".join(map(_text, signed)))),
        )
    )


def _state(said: dict[str, Any]) -> str:
    if said["complete"]:
        return tr("Complete: every place has shown that nothing is left, or was declared gone.")
    return tr_count(
        "Not complete. {count:,} place may still hold data.",
        "Not complete. {count:,} places may still hold data.",
        said["still holding"],
    )


def _fact(name: str, value: str) -> str:
    return _moment(value) if name in _MOMENTS else value


def _place(place: dict[str, Any]) -> tuple[str, ...]:
    shown, asked = _moment(place["shown"]), _moment(place["asked"])
    since = shown or tr("requested {when}", when=asked)
    kind = KINDS.get(place["kind"], place["kind"])
    return place["name"], kind, STATES[place["state"]], since, place["problem"]


def _moment(text: str) -> str:
    """A moment of the document in words; "" for none."""
    return tr_moment(datetime.fromisoformat(text)) if text else ""


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    lines = (_tag("tr", *(_tag("td", _text(cell)) for cell in row)) for row in rows)
    return f"<table cellpadding='3'>{''.join(lines)}</table>"


def _tag(name: str, *inside: str) -> str:
    """An element. inside: HTML."""
    return f"<{name}>{''.join(inside)}</{name}>"


def _text(value: str) -> str:
    return html.escape(value)
