"""The `muster` command: the console, the service, the kiosk, the demo and simulated terminals."""

import argparse
import asyncio
import importlib.util
import sys
from pathlib import Path

from console import __version__
from console.backup_options import add_backup_commands
from console.domain.language import ENGLISH, LANGUAGES
from console.installation import user_folder


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="muster", description="Enrol faces at work, approve them, log people in."
    )
    parser.add_argument("--version", action="version", version=f"Muster {__version__}")
    parser.add_argument(
        "--data",
        type=Path,
        default=user_folder(),
        help="folder of the site's data (default: %(default)s)",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _console_command(commands)
    serve = commands.add_parser("serve", help="the service: store, jobs, email, portal, terminals")
    serve.add_argument(
        "--database", default="", help="postgresql://… (default: SQLite in the data folder)"
    )
    serve.add_argument(
        "--jobs-database", default="", help="database of the job runner; needed with --database"
    )
    serve.add_argument(
        "--api-port", type=int, default=0, help="port on 127.0.0.1 for consoles (default: any)"
    )
    serve.add_argument(
        "--portal-host",
        default="127.0.0.1",
        help="address of the employees' portal (default: %(default)s)",
    )
    serve.add_argument("--portal-port", type=int, default=8443)
    serve.add_argument(
        "--portal-certificate", default="", help="PEM file with the certificate chain"
    )
    serve.add_argument("--portal-key", default="", help="PEM file with the private key")
    serve.add_argument(
        "--kiosk-host",
        default="",
        help="address for kiosks on other computers, with TLS (default: none)",
    )
    serve.add_argument("--kiosk-port", type=int, default=8444)
    serve.add_argument(
        "--push-host",
        default="127.0.0.1",
        help="address that terminals dial (default: %(default)s)",
    )
    serve.add_argument("--push-port", type=int, default=8081)
    serve.add_argument(
        "--push-certificate", default="", help="PEM file, for terminals that dial with TLS"
    )
    serve.add_argument("--push-key", default="", help="PEM file with its private key")
    serve.add_argument("--push-tls-port", type=int, default=8082)
    serve.add_argument(
        "--push-tls-only", action="store_true", help="no terminal is served without TLS"
    )
    serve.add_argument("--emails-per-minute", type=int, default=30)
    serve.add_argument(
        "--key-file",
        action="store_true",
        help="keep the site's key in a file instead of the keyring",
    )
    serve.add_argument("--for-console", action="store_true", help=argparse.SUPPRESS)
    serve.add_argument(
        "--stop-with-input",
        action="store_true",
        help="end when standard input ends: with the process that started the service",
    )
    _certificate_command(commands)
    kiosk = commands.add_parser(
        "kiosk", help="the login screen, for a computer with a camera or a reader"
    )
    kiosk.add_argument(
        "--service",
        default="",
        metavar="URL",
        help="address of the service (default: the one that runs on this computer)",
    )
    kiosk.add_argument(
        "--authority",
        type=Path,
        metavar="PEM",
        help="certificate that the service's is checked by (default: the system's)",
    )
    kiosk.add_argument(
        "--folder",
        type=Path,
        help="folder of the kiosk's own, sealed data (default: kiosk in the data folder)",
    )
    kiosk.add_argument("--theme", choices=("dark", "light", "contrast"), default="dark")
    kiosk.add_argument(
        "--window", action="store_true", help="in a window instead of the whole screen"
    )
    if importlib.util.find_spec("console.demo"):  # the wheel is without it
        _demo_command(commands)
    _simulate_command(commands)
    _check_commands(commands)
    _support_command(commands)
    _model_commands(commands)
    add_backup_commands(commands)
    return parser


def _simulate_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    simulate = commands.add_parser(
        "simulate", help="simulated terminals, for training and roll-outs without hardware"
    )
    simulate.add_argument("--units", type=int, default=1)
    simulate.add_argument(
        "--dialect",
        choices=("zk", "push"),
        default="zk",
        help="zk: port 4370; push: they dial in (default: %(default)s)",
    )
    simulate.add_argument(
        "--people", type=int, default=20, help="people on each unit (default: %(default)s)"
    )
    simulate.add_argument(
        "--rate", type=float, default=0.0, help="logins a minute and unit (default: none)"
    )
    simulate.add_argument(
        "--host",
        default="127.0.0.2",
        help="zk: address of the first unit, the others follow (default: %(default)s)",
    )
    simulate.add_argument(
        "--port", type=int, default=4370, help="zk: port of every unit (default: %(default)s)"
    )
    simulate.add_argument("--key", type=int, default=0, help="zk: comm key")
    simulate.add_argument(
        "--url",
        default="http://127.0.0.1:8081",
        help="push: where they dial (default: %(default)s)",
    )
    simulate.add_argument(
        "--profile",
        choices=("qf-master", "old", "biodata", "access", "access-controller"),
        default="qf-master",
        help="push: which firmware",
    )
    simulate.add_argument(
        "--like",
        default="",
        metavar="NAME|FILE",
        help="behave like a recorded unit: a name (a wrong one lists them), or a recording of the "
        "connection doctor",
    )
    simulate.add_argument("--state", type=Path, help="folder that keeps what the units hold")
    simulate.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="misbehave from the start; may be repeated",
    )
    simulate.add_argument(
        "--replay", type=Path, help="answer as in this recording of the connection doctor"
    )


def _demo_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    demo = commands.add_parser("demo", help="everything on loopback with a made-up site")
    demo.add_argument(
        "--tour",
        action="store_true",
        help="walk the whole path without a display and write screenshots",
    )
    demo.add_argument(
        "--out",
        type=Path,
        default=Path("tour"),
        help="folder for the tour's screenshots (default: %(default)s)",
    )
    demo.add_argument("--theme", choices=("light", "dark"), default="light")
    demo.add_argument(
        "--language",
        choices=tuple(LANGUAGES),
        default=ENGLISH,
        help="of the console and the kiosk (default: %(default)s)",
    )


def _certificate_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    certificate = commands.add_parser(
        "certificate", help="makes a certificate for terminals, by an authority of the site's own"
    )
    certificate.add_argument(
        "names", nargs="+", metavar="NAME", help="names and addresses that the terminals dial"
    )


def _console_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    console = commands.add_parser("console", help="the admin's windows (the default)")
    console.add_argument(
        "--start-service",
        action="store_true",
        help="start the service, too, where it was started apart from consoles until now",
    )


def _check_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verify = commands.add_parser(
        "verify", help="looks through the audit log: is it as it was written?"
    )
    verify.add_argument("--database", default="", help="postgresql://… (default: SQLite)")
    verify.add_argument(
        "--checkpoints",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="checkpoints that lie elsewhere; may be repeated",
    )
    statement = commands.add_parser(
        "check-logins", help="checks an export of the login log: is it what the site signed?"
    )
    statement.add_argument("file", type=Path)
    receipt = commands.add_parser(
        "verify-receipt", help="whether a receipt of an erasure is as the site has signed it"
    )
    receipt.add_argument("file", type=Path, help="the JSON file of the receipt")
    receipt.add_argument(
        "--key",
        default="",
        metavar="BASE64",
        help="the site's public key, from a receipt that you trust",
    )


def _support_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    support = commands.add_parser(
        "support-report", help="shows what a supporter has to know, and saves it if you say yes"
    )
    support.add_argument("file", type=Path, help="the text file to write; it must not exist yet")


def _model_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    models = commands.add_parser(
        "models", help="face recognisers of this site: list them, or add one by file"
    )
    models.add_argument(
        "file",
        nargs="?",
        type=Path,
        help="dlib's ResNet (.dat), or an ONNX file for aligned faces of 112 x 112 px",
    )
    models.add_argument("--name", default="", help="a short name; not needed for dlib's ResNet")
    models.add_argument("--licence", default="", help="what its licence is, for example Apache-2.0")
    models.add_argument("--source", default="", help="where it comes from")
    models.add_argument(
        "--dimension",
        type=int,
        default=128,
        help="how many numbers it makes of a face (default: %(default)s)",
    )
    models.add_argument(
        "--mean",
        type=float,
        default=127.5,
        help="it takes (pixel - mean) / scale (default: %(default)s)",
    )
    models.add_argument("--scale", type=float, default=128.0)
    models.add_argument(
        "--weight",
        type=float,
        default=1.0,
        help="how much it counts as a second opinion (default: %(default)s)",
    )
    measure = commands.add_parser(
        "calibrate", help="thresholds of a recogniser from labelled photos"
    )
    measure.add_argument(
        "photos", type=Path, help="a folder a person, or files named Person_0001.jpg"
    )
    measure.add_argument(
        "--model",
        default="",
        help="id of the recogniser, as `muster models` lists it (default: the one that ships)",
    )
    measure.add_argument(
        "--keep",
        action="store_true",
        help="let this site use these thresholds from its next start on",
    )


def main(arguments: list[str] | None = None) -> int:
    """The entry point; returns the exit status."""
    args = _parser().parse_args(arguments)
    if args.command == "serve":
        return _serve(args)
    if args.command == "verify":
        from console.verify_command import run_verify

        return run_verify(args)
    if args.command == "certificate":
        return _certificate(args)
    if args.command in ("recovery-key", "change-key", "backup", "restore"):
        return _backups(args)
    if args.command == "check-logins":
        return _check_logins(args)
    if args.command == "demo":
        from console.demo import run_demo

        return run_demo(args.tour, args.out, args.theme, args.language)
    if args.command == "simulate":
        return _simulate(args)
    if args.command == "verify-receipt":
        from console.receipt_command import run_verify_receipt

        return run_verify_receipt(args)
    if args.command == "support-report":
        from console.support_report import run_support_report

        return run_support_report(args)
    if args.command == "kiosk":
        return _kiosk(args)
    if args.command in ("models", "calibrate"):
        from console.model_commands import run_calibrate, run_models

        return run_models(args) if args.command == "models" else run_calibrate(args)
    from console.desktop.start import run_console

    return run_console(args.data, getattr(args, "start_service", False))


def _backups(args: argparse.Namespace) -> int:
    from console.backup_command import run_backup
    from console.private_folder import make_new_files_private
    from console.recovery_command import run_recovery_key
    from console.restore_command import run_restore
    from console.site_key_command import run_change_key

    make_new_files_private()
    run = {
        "recovery-key": run_recovery_key,
        "change-key": run_change_key,
        "backup": run_backup,
        "restore": run_restore,
    }
    return run[args.command](args)


def _certificate(args: argparse.Namespace) -> int:
    from console.site_certificates import make_certificate

    try:
        files = make_certificate(args.data / "certificates", args.names)
    except (OSError, ValueError) as problem:
        print(f"muster: {problem}", file=sys.stderr)
        return 1
    print(f"Start the service with --push-certificate {files.certificate} --push-key {files.key}")
    print(f"Give the terminals {files.authority} to trust, where they check certificates.")
    return 0


def _check_logins(args: argparse.Namespace) -> int:
    from console.login_statement import check_export

    try:
        checked = check_export(args.file)
    except (OSError, ValueError) as problem:
        print(f"muster: {problem}", file=sys.stderr)
        return 1
    lines = checked.problems or [
        f"This is what {checked.statement['site']} signed on {checked.statement['issued']}.",
        f"The key of the site is {checked.key}.",
        *(f"It says: {said}" for said in checked.not_whole),
    ]
    for line in lines:
        print("".join(one if one.isprintable() else "?" for one in line))
    return 1 if checked.problems else 0


def _serve(args: argparse.Namespace) -> int:
    from console.private_folder import make_new_files_private
    from console.service.app import serve
    from console.service.serve_options import CannotStart, ServeOptions
    from console.store.keys import KeyMissing
    from console.store.migrate import CannotUpgrade

    make_new_files_private()
    options = ServeOptions(
        data_dir=args.data,
        database=args.database,
        jobs_database=args.jobs_database,
        api_port=args.api_port,
        portal_host=args.portal_host,
        portal_port=args.portal_port,
        portal_certificate=args.portal_certificate,
        portal_key=args.portal_key,
        kiosk_host=args.kiosk_host,
        kiosk_port=args.kiosk_port,
        push_host=args.push_host,
        push_port=args.push_port,
        push_certificate=args.push_certificate,
        push_key=args.push_key,
        push_tls_port=args.push_tls_port,
        push_plain=not args.push_tls_only,
        key_file=args.key_file,
        for_console=args.for_console,
        stop_with_input=args.stop_with_input,
        emails_per_minute=args.emails_per_minute,
    )
    try:
        asyncio.run(serve(options))
    except (CannotStart, CannotUpgrade, KeyMissing) as problem:
        print(f"muster: {problem}", file=sys.stderr)
        return 1
    return 0


def _kiosk(args: argparse.Namespace) -> int:
    from console.kiosk.app import run_kiosk
    from console.kiosk.cache.disk import CacheLocked
    from console.kiosk.service_address import UnsafeAddress, connector, locate_by
    from console.private_folder import NotPrivate, make_new_files_private

    make_new_files_private()
    try:
        connect = connector(args.service, args.authority)
        return run_kiosk(
            args.folder or args.data / "kiosk",
            locate_by(args.service, args.data),
            connect,
            args.theme,
            args.window,
        )
    except (CacheLocked, NotPrivate, UnsafeAddress) as problem:
        print(f"muster: {problem}", file=sys.stderr)
        return 1


def _simulate(args: argparse.Namespace) -> int:
    from bridge.simulator.fleet import Fleet, run_fleet, run_replay
    from bridge.simulator.profiles import find_profile
    from bridge.simulator.push import FirmwareProfile
    from bridge.terminals.errors import ProtocolError

    def say(text: str) -> None:
        print(text, flush=True)

    try:
        like = find_profile(args.like) if args.like else None
        if like is not None:
            args.dialect = "zk" if like.dialect == "zk" else "push"
            args.profile = "access" if like.dialect == "access" else args.profile
        fleet = Fleet(
            units=args.units,
            dialect=args.dialect,
            like=like,
            people=args.people,
            rate=args.rate,
            host=args.host,
            port=args.port,
            key=args.key or (like.key if like else 0),
            url=args.url,
            profile=FirmwareProfile(args.profile),
            state=args.state,
            faults=tuple(args.fault),
            say=say,
        )
        asyncio.run(
            run_replay(args.replay, args.host, args.port, say) if args.replay else run_fleet(fleet)
        )
    except KeyboardInterrupt:
        return 0
    except (OSError, ValueError, ProtocolError) as problem:
        print(f"muster: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
