"""The receipt of an erasure as files: JSON with its signature, and a PDF to hand out. N7."""

import html
import json
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QMarginsF
from PyQt6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

from console.api.erasure import SignedReceipt
from console.domain.language import tr

MARGIN_MM = 20.0
STATES = {
    "shown": tr("has shown that nothing is left"),
    "holds": tr("may still hold data"),
    "gone": tr("declared gone; nothing shows that it is empty"),
}


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
    state = (
        tr("Complete: every place has shown that nothing is left, or was declared gone.")
        if said["complete"]
        else f"{tr('Not complete. Places that may still hold data:')} {said['still holding']}"
    )
    facts = ("site", "reference", "issued", "asked", "asked by", "agreed by", "erased here", "done")
    lines = "".join(f"<tr><td>{_text(one)}</td><td>{_text(said[one])}</td></tr>" for one in facts)
    removed = "".join(
        f"<tr><td>{_text(what)}</td><td>{count:,}</td></tr>"
        for what, count in said["removed"].items()
    )
    kept = "".join(f"<li>{_text(one)}</li>" for one in said["kept"])
    places = "".join(_place(place) for place in said["places"])
    outside = said["outside Muster"]
    return (
        f"<h2>{tr('Receipt of an erasure')}</h2><p><b>{state}</b></p>"
        f"<p>{tr('Person')}: ______________________________</p><table>{lines}</table>"
        f"<h3>{tr('Removed here')}</h3><table>{removed}</table>"
        f"<h3>{tr('Places')}</h3><table cellpadding='3'>{places}</table>"
        f"<h3>{tr('What stays')}</h3><ul>{kept}</ul>"
        f"<h3>{tr('Outside Muster')}</h3><p>{_text(outside['note'])} "
        f"{tr('Lists exported meanwhile:')} {outside['lists exported meanwhile']}.</p>"
        f"<p><small>{tr('Signature (Ed25519)')}: {receipt.signature}<br>{tr('Key')}: {receipt.key}"
        f"<br>{tr('It is over the JSON file of this receipt.')}</small></p>"
    )


def _place(place: dict[str, Any]) -> str:
    state = STATES[place["state"]]
    since = place["shown"] or f"{tr('asked')} {place['asked']}"
    cells = (place["name"], place["kind"], state, since, place["problem"])
    return "<tr>" + "".join(f"<td>{_text(one)}</td>" for one in cells) + "</tr>"


def _text(value: object) -> str:
    return html.escape(str(value))
