# SPDX-License-Identifier: EUPL-1.2
"""An instance whose mails go to a relay of ours (relay.py), and what its courier knows of them."""

import collections
import contextlib
import socket
import sqlite3

from relay import Relay, say
from story import DOMAIN, Umlauf, mail, same, wait_for
from wire import Lmtp

NOON = 1795518000  # Tue, 24 Nov 2026 11:00:00 +0000
DAY = 86400
ADMIN = "chef@example.org"
NO_BOX = "550 5.1.1 no such box"


class House:
    """An instance whose mails go to a relay of ours."""

    def __init__(self, relay, umlauf=None, **courier):
        self.relay = relay
        self.now = NOON
        self.count = 0
        settings = {"courier": {"relay": relay.url, "timeout": "1s", "workers": 2, **courier},
                    "umlauf": {"admin": ADMIN, **(umlauf or {})}}
        self.umlauf = Umlauf(settings, clock=NOON).init()

    def start(self):
        self.umlauf.start()
        return self

    def group(self, name, members=(), *options):
        """A group NAME with members who want each post."""
        self.umlauf.add_group(name, f"{name}@{DOMAIN}", "--title", f"Gruppe {name}", *options)
        self.join(name, members)
        return name

    def join(self, name, members):
        if members:
            file = self.umlauf.folder / "members"
            file.write_text("".join(f"{address}\n" for address in members), encoding="utf-8")
            self.umlauf.ctl("subscribe", "--file", str(file), name)

    def post(self, *groups, sender="Anna Muster <anna@example.de>"):
        """A post, taken; its Message-ID."""
        self.count += 1
        msgid = f"<{groups[0]}.{self.count}@post.example>"
        address = sender.partition("<")[2].rstrip(">")
        octets = mail(f"Beitrag {self.count}", "Hallo zusammen", msgid=msgid, sender=sender)

        def hand_in():
            """The answers; None: one that is closing down asks to come again."""
            try:
                with Lmtp(self.umlauf.folder / "lmtp") as lmtp:
                    answers = lmtp.deliver(address, [f"{name}@{DOMAIN}" for name in groups], octets)
            except (EOFError, ConnectionError):
                return None
            return None if answers[0][0] == 421 else answers

        answers = wait_for(hand_in, 20)
        if any(code != 250 for code, _ in answers):
            raise RuntimeError(answers)
        return msgid

    def later(self, seconds):
        """Let the clock go on, and have the courier look at it now."""
        self.now += seconds
        self.umlauf.set_time(self.now)
        self.ring()

    def ring(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
            for path in (self.umlauf.runtime_dir / "bell").iterdir():
                with contextlib.suppress(OSError):
                    bell.sendto(b"", str(path))

    def ask(self, sql, *values):
        """What stands in the store."""
        path = self.umlauf.folder / "store/umlauf.db"
        store = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)
        try:
            return store.execute(sql, values).fetchall()
        finally:
            store.close()

    def rows(self, msgid):
        """{address: (state, attempts, doubtful)} of a post."""
        found = self.ask("SELECT d.address, d.state, d.attempts, d.doubtful FROM delivery d "
                         "JOIN article a ON a.id = d.article WHERE a.msgid = ?", msgid)
        return {address: (("waiting", "sent", "failed", "dropped")[state], attempts,
                          bool(doubtful)) for address, state, attempts, doubtful in found}

    def wait_rows(self, msgid, condition, limit=20):
        """Wait until the rows fulfil it; the rows either way."""
        wait_for(lambda: condition(self.rows(msgid)), limit)
        return self.rows(msgid)

    def wait_states(self, msgid, limit=20, **counts):
        """Wait for so many of each state; the counts either way."""
        def states():
            return dict(collections.Counter(state for state, *_ in self.rows(msgid).values()))
        wait_for(lambda: states() == counts, limit)
        return states()

    def trouble(self):
        """What the courier remembers of the relay."""
        found = self.ask("SELECT text FROM memo WHERE name = 'relay trouble'")
        return found[0][0] if found else None

    def letters(self, to="*"):
        """Mails of our own that have gone out."""
        return [one for one in self.relay.mails(to) if one.sender == ""]

    def courier(self):
        return int(self.umlauf.roles("courier")[0]["pid"])

    def workers(self):
        """Pids of the courier's workers."""
        pid = self.courier()
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            return [int(word) for word in children.read().split()]


def receivers(mails):
    return sorted(one.to for one in mails)


def crowd(count, name="m"):
    return [f"{name}{number}@mitglied.example" for number in range(count)]


def each_once(label, now, msgid, members, limit=30):
    """All of them get it, and once."""
    now.relay.wait(len(members), limit, msgid=msgid)
    states = now.wait_states(msgid, sent=len(members))
    same(label + "all is marked as sent", states, {"sent": len(members)})
    same(label + "each has got it once", receivers(now.relay.mails(msgid=msgid)), sorted(members))


_home = None


def home():
    """The house that most parts of a story live in, two days later than the last (the operator
    gets a letter a day).  anna@example.de is known; who ends in weg.example has no box.
    """
    global _home
    if _home is None:
        _home = House(Relay()).start()
        _home.umlauf.ctl("person", "add", "anna@example.de", "--language", "en")
        _home.umlauf.ctl("person", "add", "karl@weg.example")
    _home.relay.be_good()
    _home.relay.on("RCPT", say(NO_BOX), to="*weg.example")
    _home.later(2 * DAY)
    return _home
