"""Everything that talks to terminals, built in the order in which the parts need each other."""

from console.service.terminals.actions import TerminalActions
from console.service.terminals.adoption import Adoption
from console.service.terminals.alignment import Alignment
from console.service.terminals.closing import Closing
from console.service.terminals.erased_traces import ErasedTraces
from console.service.terminals.examination import Examinations
from console.service.terminals.finger_copies import FingerCopies
from console.service.terminals.held_lines import HeldLines
from console.service.terminals.inventory import Inventories
from console.service.terminals.log_book import LogBook
from console.service.terminals.login_seals import LoginSeals
from console.service.terminals.login_times import LoginTimes
from console.service.terminals.plans import Plans
from console.service.terminals.push_site import PushSite
from console.service.terminals.reading_again import SetAsideReader
from console.service.terminals.replacement import Replacement
from console.service.terminals.sessions import TerminalSessions
from console.service.terminals.set_aside import SetAside
from console.service.terminals.unit_acts import UnitActs
from console.service.terminals.usb_stick import UsbStick
from console.service.tools import Tools


class TerminalParts:
    """The parts, by their names."""

    def __init__(self, tools: Tools) -> None:
        store, clock, pools = tools.store, tools.clock, tools.pools
        self.set_aside = SetAside(store, tools.vault, pools.give_way)
        self.log_book = LogBook(store, self.set_aside)
        self.times = LoginTimes(store, pools.give_way)
        self.seals = LoginSeals(store, pools.give_way)
        self.reader = SetAsideReader(store, self.log_book, pools.give_way)
        backups = tools.data_dir / "backups"
        self.traces = ErasedTraces(store, backups, pools.give_way)
        self.held_lines = HeldLines(store, self.set_aside, self.log_book, pools.give_way)
        self.push_site = PushSite(store, clock, pools, self.log_book, self.held_lines)
        self.sessions = TerminalSessions(
            store=store,
            vault=tools.vault,
            clock=clock,
            pools=pools,
            push_site=self.push_site,
            log_book=self.log_book,
        )
        self.inventories = Inventories(store)
        self.adoption = Adoption(store)
        self.plans = Plans(
            store=store,
            vault=tools.vault,
            clock=clock,
            pools=pools,
            sessions=self.sessions,
            inventories=self.inventories,
        )
        self.examinations = Examinations(clock, pools, self.sessions)
        self.acts = UnitActs(store, pools, self.sessions)
        self.replacement = Replacement(store, pools, self.sessions, self.plans)
        self.actions = TerminalActions(
            store=store,
            clock=clock,
            pools=pools,
            backups=backups,
            sessions=self.sessions,
            examinations=self.examinations,
            acts=self.acts,
            log_book=self.log_book,
            plans=self.plans,
            inventories=self.inventories,
            adoption=self.adoption,
            reader=self.reader,
        )
        self.usb_stick = UsbStick(
            store=store,
            pools=pools,
            log_book=self.log_book,
            inventories=self.inventories,
            adoption=self.adoption,
        )
        self.alignment = Alignment(store=store, clock=clock, pools=pools, sessions=self.sessions)
        self.closing = Closing(store, pools, self.sessions, self.inventories)
        self.copies = FingerCopies(
            store=store, pools=pools, sessions=self.sessions, adoption=self.adoption
        )
