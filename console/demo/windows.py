"""The demo with a display: the console, the mailbox, a simulated reader and a kiosk."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

from PyQt6.QtWidgets import QApplication

from console.api import kiosks
from console.api.client import Client
from console.demo.email_window import EmailSignal, EmailWindow
from console.demo.people import OPERATOR
from console.demo.reader import DemoReader, ReaderWindow
from console.demo.seed import OLD_HOST, OLD_SUBNET, add_old_terminal, bring_to_life, set_up_site
from console.demo.site import DemoSite
from console.desktop.shell import Shell
from console.qt.client import ServiceClient
from console.qt.garbage import GarbageCollector
from console.qt.theme import apply_theme, system_theme


def run_windows(folder: Path) -> int:
    """Runs until the console is closed; everything made for it is deleted then."""
    print("Starting the service, a mailbox and two simulated terminals …")
    app = QApplication(sys.argv[:1])
    GarbageCollector(app)
    apply_theme(app, system_theme(app))
    emails = EmailSignal()
    with DemoSite(folder / "site", emails.arrived.emit) as demo, demo.client() as client:
        session, password = set_up_site(demo, client)
        print(f"Signed in as {OPERATOR}; the password of this demo is {password}")
        if add_old_terminal(demo) is not None:
            print(
                f"An older terminal waits at {OLD_HOST}: "
                f"look in {OLD_SUBNET} under Terminals, Find in a subnet"
            )
        service = ServiceClient(demo.locate)
        reader = DemoReader()
        shell = Shell(service, equipment=reader.equipment())
        email_window, reader_window = EmailWindow(demo, emails), ReaderWindow(reader)
        service.connect_service()
        service.health_known.connect(
            lambda _: shell.sign_in.signed_in.emit(session) if service.session is None else None
        )
        shell.show_fitting()
        email_window.show()
        reader_window.show()
        kiosk = start_kiosk(demo, client, folder / "kiosk")
        threading.Thread(
            target=bring_to_life, args=(demo, client), name="seed", daemon=True
        ).start()
        app.setQuitOnLastWindowClosed(True)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: app.quit())
        code = app.exec()
        shell.close()
        kiosk.terminate()
        kiosk.wait(timeout=15)
        return code


def start_kiosk(demo: DemoSite, client: Client, folder: Path) -> "subprocess.Popen[bytes]":
    """Starts a paired kiosk in its own process."""
    code = client.call(
        kiosks.add_kiosk, kiosks.AddKiosk(name="Main entrance", location="Hall")
    ).code
    return subprocess.Popen(
        [sys.executable, "-m", "console.demo.kiosk", str(demo.data_dir), str(folder), code]
    )
