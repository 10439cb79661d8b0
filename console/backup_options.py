"""What can be typed after `muster recovery-key`, `muster backup` and `muster restore`."""

import argparse


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


def _add_site_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--database", default="", help="postgresql://… (default: SQLite)")
    command.add_argument(
        "--key-file",
        action="store_true",
        help="the site's key lies in a file instead of the keyring",
    )
