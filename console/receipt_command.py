"""`muster verify-receipt`: whether a receipt of an erasure is as its site has signed it. N7.

It needs no service and no key of the site, so that whoever got the file can run it.
"""

import argparse
import base64
import binascii
import json
import sys
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MOST_BYTES = 16 * 1024 * 1024
"""A receipt with a thousand places has a few hundred kilobytes."""
SHOWN = ("site", "reference", "asked", "issued", "done")


class NotGenuine(Exception):
    """The file is no receipt, was altered, or was signed with another key; the message says it."""


class ReceiptFile(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds. signature, key: base64; the signature is over the document's UTF-8."""

    document: str
    signature: str
    key: str


def verify_receipt(data: bytes, expected_key: str = "") -> dict[str, Any]:
    """The document of a receipt, as its key has signed it. Raises NotGenuine.

    expected_key: the public key of the site in base64; without one, whoever altered the document
    may have signed it with a key of their own.
    """
    try:
        found = msgspec.json.decode(data, type=ReceiptFile)
        key = Ed25519PublicKey.from_public_bytes(_bytes(found.key))
        key.verify(_bytes(found.signature), found.document.encode())
    except InvalidSignature:
        raise NotGenuine("The signature does not fit: the receipt was altered.") from None
    except (msgspec.DecodeError, ValueError):
        raise NotGenuine("This is not the JSON file of a receipt.") from None
    if expected_key and expected_key.strip() != found.key:
        raise NotGenuine(f"It was signed with another key: {found.key}")
    document = json.loads(found.document)
    if not isinstance(document, dict) or not {*SHOWN, "still holding"} <= document.keys():
        raise NotGenuine("What was signed is not a receipt of an erasure.")
    return document


def run_verify_receipt(args: argparse.Namespace) -> int:
    """Prints what the receipt says, if it is genuine. Returns the exit status."""
    try:
        with args.file.open("rb") as file:
            data = file.read(MOST_BYTES)
        document = verify_receipt(data, args.key)
    except (NotGenuine, OSError) as problem:
        print(f"muster: {problem}", file=sys.stderr)
        return 1
    for name in SHOWN:
        print(f"{name}: {document[name]}")
    print(f"places that may still hold data: {document['still holding']}")
    print(f"signed with the key {msgspec.json.decode(data, type=ReceiptFile).key}")
    if not args.key:
        print("Compare this key with that of the site: --key does it for you.")
    return 0


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
