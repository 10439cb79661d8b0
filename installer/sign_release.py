#!/usr/bin/env python3
"""Sign a release of Muster, so that installed copies find it and believe it. For the maker.

    python3 installer/sign_release.py new-key root-a.pem
    python3 installer/sign_release.py root --root-key a.pub --root-key b.pub --root-key c.pub \
        --threshold 2 --targets-key targets.pub --online-key online.pub
    python3 installer/sign_release.py sign-root --key root-a.pem
    python3 installer/sign_release.py release FOLDER --set-up muster-setup-1.4.0.exe \
        --changes changes.txt --targets-key targets.pem --online-key online.pem
    python3 installer/sign_release.py renew FOLDER --online-key online.pem
    python3 installer/sign_release.py bundle FOLDER muster-1.4.0.mstrup

README.md beside this file tells who holds which key, and how often what is renewed.
"""

import argparse
import getpass
import json
import shutil
import sys
import zipfile
from datetime import datetime
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # this script runs by its path

from securesystemslib.signer import CryptoSigner  # noqa: E402
from tuf.api.metadata import (  # noqa: E402
    Metadata,
    MetaFile,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from console import __version__  # noqa: E402
from console.store.migrate import HEAD  # noqa: E402
from console.updates.release import RELEASE  # noqa: E402
from console.updates.release import ROOT as SHIPPED  # noqa: E402
from installer.release_keys import (  # noqa: E402
    ROOT_DAYS,
    Ask,
    CannotSign,
    in_days,
    load_root,
    new_key,
    sign_root,
    signer_of,
    write_root,
)

S = TypeVar("S", Snapshot, Targets)
TARGETS_DAYS, TIMESTAMP_DAYS = 365, 90
"""The timestamp says that nothing newer is hidden: so long a file on a stick can be used."""


def release(
    folder: Path,
    set_up: Path,
    changes: str,
    targets: CryptoSigner,
    online: CryptoSigner,
    *,
    root: Path = SHIPPED,
    version: str = __version__,
    revision: str = HEAD,
) -> None:
    """Puts a release into a folder, in place of the one before. Raises CannotSign.

    revision: of the database, the newest that the release knows.
    """
    for name in ("metadata", "targets"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    publish_root(folder, root)
    described = {
        "version": version,
        "revision": revision,
        "changes": changes,
        "set_up": set_up.name,
    }
    about = json.dumps(described, indent=1).encode()
    former = _newest(folder, Targets.type)
    signed = Targets(version=former + 1, expires=in_days(TARGETS_DAYS))
    signed.targets[RELEASE] = TargetFile.from_data(RELEASE, about, ["sha256"])
    signed.targets[set_up.name] = TargetFile.from_file(set_up.name, str(set_up), ["sha256"])
    for name, target in signed.targets.items():
        place = folder / "targets" / f"{target.hashes['sha256']}.{name}"
        if name == RELEASE:
            place.write_bytes(about)
        else:
            shutil.copyfile(set_up, place)
    write(folder, signed, targets)
    renew(folder, online)


def publish_root(folder: Path, root: Path) -> None:
    """Puts a root into the folder beside those before. Raises CannotSign where it is not signed."""
    loaded = load_root(root)
    try:
        loaded.verify_delegate("root", loaded)
    except Exception as error:
        raise CannotSign(f"{root} lacks signatures: {error}") from error
    shutil.copyfile(root, folder / "metadata" / f"{loaded.signed.version}.root.json")


def renew(folder: Path, online: CryptoSigner, until: datetime | None = None) -> None:
    """Says anew that this folder's release is the newest. until: 90 days from now."""
    ends = until or in_days(TIMESTAMP_DAYS)
    former = _newest(folder, Snapshot.type)
    snapshot = Snapshot(version=former + 1, expires=ends)
    newest = _newest(folder, Targets.type)
    snapshot.meta["targets.json"] = _facts(folder, newest, Targets.type)
    write(folder, snapshot, online)
    place = folder / "metadata" / "timestamp.json"
    version = Metadata[Timestamp].from_file(str(place)).signed.version if place.exists() else 0
    timestamp = Timestamp(version=version + 1, expires=ends)
    timestamp.snapshot_meta = _facts(folder, former + 1, Snapshot.type)
    signed = Metadata(timestamp)
    signed.sign(online)
    signed.to_file(str(place))


def bundle(folder: Path, file: Path) -> None:
    """Writes the file that carries the newest release to a site without a network."""
    timestamp = Metadata[Timestamp].from_file(str(folder / "metadata" / "timestamp.json")).signed
    snapshot = timestamp.snapshot_meta.version
    metadata = Metadata[Snapshot].from_file(str(folder / "metadata" / f"{snapshot}.snapshot.json"))
    targets = metadata.signed.meta["targets.json"].version
    listed = Metadata[Targets].from_file(str(folder / "metadata" / f"{targets}.targets.json"))
    names = ["timestamp.json", f"{snapshot}.snapshot.json", f"{targets}.targets.json"]
    names += sorted(path.name for path in (folder / "metadata").glob("*.root.json"))
    files = [f"metadata/{name}" for name in names]
    for name, target in listed.signed.targets.items():
        files.append(f"targets/{target.hashes['sha256']}.{name}")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name in files:
            archive.write(folder / name, name)


def write(folder: Path, signed: S, signer: CryptoSigner) -> None:
    """Puts signed metadata into the folder, under the name of their version."""
    metadata = Metadata(signed)
    metadata.sign(signer)
    metadata.to_file(str(folder / "metadata" / f"{signed.version}.{signed.type}.json"))


def _facts(folder: Path, version: int, role: str) -> MetaFile:
    data = (folder / "metadata" / f"{version}.{role}.json").read_bytes()
    return MetaFile.from_data(version, data, ["sha256"])


def _newest(folder: Path, role: str) -> int:
    names = [path.name for path in (folder / "metadata").glob(f"*.{role}.json")]
    return max((int(name.partition(".")[0]) for name in names), default=0)


def ask_passphrase(name: str) -> bytes:
    """Asks at the terminal, unseen."""
    return getpass.getpass(f"Passphrase of {name}: ").encode()


def main(arguments: list[str] | None = None, ask: Ask = ask_passphrase) -> int:
    """The entry point; returns the exit status."""
    args = _parser().parse_args(arguments)
    try:
        _carry_out(args, ask)
    except (CannotSign, OSError) as problem:
        print(f"sign_release.py: {problem}", file=sys.stderr)
        return 1
    return 0


def _carry_out(args: argparse.Namespace, ask: Ask) -> None:
    match args.command:
        case "new-key":
            print(f"Keep {args.file} offline. {new_key(args.file, ask)} may be seen by everybody.")
        case "root":
            keys = args.root_key, args.threshold, args.targets_key, args.online_key
            version = write_root(args.root, *keys, args.days)
            print(f"{args.root} is version {version}. It counts once it is signed.")
        case "sign-root":
            missing = sign_root(args.root, args.key, ask, args.before)
            print(f"Signatures that are missing: {missing}")
        case "release":
            signers = signer_of(args.targets_key, ask), signer_of(args.online_key, ask)
            changes = args.changes.read_text("utf-8")
            release(args.folder, args.set_up, changes, *signers, root=args.root)
        case "renew":
            renew(args.folder, signer_of(args.online_key, ask))
        case _:
            bundle(args.folder, args.file)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Sign a release of Muster.")
    parser.add_argument("--root", type=Path, default=SHIPPED, help="(default: %(default)s)")
    commands = parser.add_subparsers(dest="command", required=True)
    made = {
        name: commands.add_parser(name)
        for name in ("new-key", "root", "sign-root", "release", "renew", "bundle")
    }
    made["new-key"].add_argument("file", type=Path)
    made["root"].add_argument("--root-key", type=Path, action="append", required=True)
    made["root"].add_argument("--threshold", type=int, required=True)
    made["root"].add_argument("--days", type=int, default=ROOT_DAYS)
    made["sign-root"].add_argument("--key", type=Path, required=True)
    made["sign-root"].add_argument("--before", type=Path, help="the root of the version before")
    for name in ("release", "renew", "bundle"):
        made[name].add_argument("folder", type=Path)
    made["release"].add_argument("--set-up", type=Path, required=True)
    made["release"].add_argument("--changes", type=Path, required=True, help="a text file")
    made["bundle"].add_argument("file", type=Path)
    for name in ("root", "release"):
        made[name].add_argument("--targets-key", type=Path, required=True)
    for name in ("root", "release", "renew"):
        made[name].add_argument("--online-key", type=Path, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
