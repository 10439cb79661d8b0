"""What can be typed after `muster recovery-key`, `change-key`, `backup` and `restore`."""

import argparse
from pathlib import Path


def add_backup_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the commands with their options."""
    key = commands.add_parser(
        "recovery-key", help="makes the key on paper that opens backups, or uses it"
    )
    _add_site_options(key)
    key.add_argument("--replace", action="store_true", help="make another one")
    key.add_argument(
        "--use", action="store_true", help="put the site's key back where the keyring was lost"
    )
    key.add_argument(
        "--admin",
        default="",
        metavar="NAME",
        help="give the administrator with this user name a new password, by the key on paper",
    )
    change = commands.add_parser(
        "change-key", help="changes the site's key while the service is stopped"
    )
    _add_site_options(change)
    backup = commands.add_parser("backup", help="makes a backup now, also while the service runs")
    _add_site_options(backup)
    backup.add_argument(
        "--to",
        type=Path,
        action="append",
        metavar="FOLDER",
        help="from now on, keep backups there; may be repeated",
    )
    backup.add_argument(
        "--drill", action="store_true", help="try out a restore of it in a scratch folder"
    )
    restore = commands.add_parser(
        "restore", help="brings a site back from a backup, with the recovery key"
    )
    restore.add_argument("file", type=Path, help="the file that ends in .backup")
    _add_site_options(restore)
    restore.add_argument(
        "--check", action="store_true", help="only look whether it could be restored"
    )
    restore.add_argument(
        "--without-erasures",
        action="store_true",
        help="restore without the list of later erasures: people who were erased come back",
    )
    restore.add_argument(
        "--with-old-erasures",
        action="store_true",
        help="use a list of erasures that is old: people who were erased after it come back",
    )


def _add_site_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--database", default="", help="postgresql://… (default: SQLite)")
    command.add_argument(
        "--key-file",
        action="store_true",
        help="the site's key lies in a file instead of the keyring",
    )
