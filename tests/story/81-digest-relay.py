#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Digests and a relay that refuses, puts off, or goes without a word: what was refused comes with the
next one, what may have arrived does not.
"""

import re
import sqlite3

import story
from relay import Relay, close, say
from story import DOMAIN, Umlauf, check, mail, same, wait_for
from wire import Lmtp

MINUTE, HOUR, DAY = 60, 3600, 86400
SIX_THIRTY = 1795498200  # 2026-11-24, in Berlin
READERS = ("anna", "bert")
ADDRESSES = {name: f"{name}@leser.example" for name in READERS}


class Days:
    """Two readers of a group, and a relay; it is the noon before the first digest."""

    def __init__(self, **courier):
        self.relay = Relay()
        self.now = SIX_THIRTY - 18 * HOUR - 30 * MINUTE
        self.umlauf = Umlauf(clock=self.now, settings={
            "digest": {"days": "daily"}, "courier": {"relay": self.relay.url, **courier}}).init()
        self.umlauf.add_group("bau", f"bau@{DOMAIN}", "--title", "Bauamt")
        for address in ADDRESSES.values():
            self.umlauf.ctl("subscribe", address, "bau", "--mode", "digest")
        self.store = sqlite3.connect(f"file:{self.umlauf.folder}/store/umlauf.db?mode=ro", uri=True,
                                     isolation_level=None)
        story.at_end(self.store.close)
        self.umlauf.start()

    def post(self, word):
        with Lmtp(self.umlauf.folder / "lmtp") as lmtp:
            answers = lmtp.deliver("carl@stadt.example", [f"bau@{DOMAIN}"], mail(
                f"Zu {word}", f"Mein Stichwort heißt {word}.", sender="carl@stadt.example"))
        if answers[0][0] != 250:
            raise RuntimeError(f"{word}: {answers}")

    def number(self, sql, *values):
        return self.store.execute(sql, values).fetchone()[0]

    def has_settled(self):
        """The digests up to now are made, and all that is due has been tried."""
        last = self.now - (self.now - SIX_THIRTY) % DAY
        return (self.number("SELECT count(*) FROM person WHERE digest_done < ?", last) == 0 and
                self.number("SELECT count(*) FROM delivery WHERE state = 0 AND due <= ?",
                            self.now) == 0)

    def go(self, now):
        """The courier does what is to be done at that time."""
        self.now = now
        self.umlauf.set_time(now)
        self.umlauf.ring("courier")
        if not wait_for(self.has_settled, 20):
            raise RuntimeError(f"at {now}\n{self.umlauf.log()[-3000:]}")

    def morning(self, day, later=0):
        self.go(SIX_THIRTY + day * DAY + later)

    def states(self, name):
        """Of all digests of the reader, the oldest first."""
        rows = self.store.execute("SELECT state FROM delivery WHERE kind = 1 AND address = ? "
                                  "ORDER BY id", (ADDRESSES[name],))
        return ["waiting sent failed dropped".split()[row[0]] for row in rows]

    def tried(self, name, since=0):
        """The digests that the relay has seen whole, whatever it said."""
        return [mail for mail in self.relay.account[since:] if mail.to == ADDRESSES[name]]

    def got(self, name):
        """What a reader has got for certain: the words of each digest."""
        return [words_of(mail) for mail in self.tried(name) if mail.answer == 250]

    def stop(self):
        self.umlauf.stop()
        same("the courier has said nothing wrong", self.relay.faults, [])
        done = self.umlauf.ctl_result("verify")
        check("umlauf verify finds nothing", done.returncode == 0, done.stdout + done.stderr)


def words_of(mail):
    return " ".join(re.findall(r"Stichwort heißt (\w+)\.", mail.parsed().get_content()))


def refused():
    """5xx for one reader, before the text and behind it."""
    for verb, line in (("RCPT", "550 5.1.1 nobody here"), (".", "554 5.7.1 not this one")):
        days = Days()
        days.relay.on(verb, say(line), to="anna@*")
        days.post("eins")
        days.morning(0)
        same(f"{line}: the digest has failed", days.states("anna"), ["failed"])
        same("the other reader has it", days.got("bert"), ["eins"])
        days.relay.be_good()
        days.post("zwei")
        days.morning(0, 4 * HOUR)
        same("it is not tried again on that day", days.states("anna"), ["failed"])
        days.morning(1)
        same("what was refused comes with the next one", days.got("anna"), ["eins zwei"])
        same("and to nobody twice", days.got("bert"), ["eins", "zwei"])
        days.morning(2)
        same("nothing is left for the day after", days.states("anna"), ["failed", "sent"])
        days.stop()


def refused_again():
    days = Days()
    days.relay.on("RCPT", say("550 5.1.1 nobody here"), to="anna@*")
    for day, word in enumerate(("eins", "zwei", "drei")):
        days.post(word)
        days.morning(day)
    same("three days refused", days.states("anna"), ["failed"] * 3)
    days.relay.be_good()
    days.morning(3)
    same("the fourth brings it all, without a new post", days.got("anna"), ["eins zwei drei"])
    days.stop()


def put_off():
    """4xx until retry-for is over, while further digests are made."""
    days = Days()
    days.relay.on(".", say("451 4.3.0 later"), to="anna@*")
    for day, word in enumerate(("eins", "zwei", "drei", "vier", "fünf")):
        days.post(word)
        for later in range(0, 24, 4):
            days.morning(day, later * HOUR)
    same("five wait", days.states("anna"), ["waiting"] * 5)
    tries = [mail.octets for mail in days.tried("anna")]
    same(f"{len(tries)} tries of five digests: each with the same octets", len(set(tries)), 5)
    days.post("sechs")
    days.morning(5)
    same("the first one's time is over, a sixth was made in that minute",
         days.states("anna"), ["failed"] + ["waiting"] * 5)
    days.relay.be_good()
    days.morning(5, 5 * HOUR)
    same("the others arrive", days.states("anna"), ["failed"] + ["sent"] * 5)
    days.morning(6)
    got = days.got("anna")
    same("what stood in the first comes last, each once", sorted(got[:-1]) + got[-1:],
         ["drei", "fünf", "sechs", "vier", "zwei", "eins"])
    same("the other reader has had one a day", days.got("bert"),
         ["eins", "zwei", "drei", "vier", "fünf", "sechs"])
    days.stop()


def no_answer():
    """Closed behind the dot: it may have arrived."""
    days = Days()
    days.relay.on(".", close, to="anna@*", times=3)
    days.post("eins")
    days.morning(0)
    same("it waits", days.states("anna"), ["waiting"])
    days.post("zwei")
    for later in (1, 6, 25):
        days.morning(0, later * MINUTE)
    same("it is sent at the fourth try", days.states("anna"), ["sent"])
    tries = days.tried("anna")
    same("all tries had the same octets, as the relay saw them",
         (len(tries), len({mail.octets for mail in tries})), (4, 1))
    days.morning(1)
    same("the next digest holds what is new alone", words_of(days.tried("anna")[-1]), "zwei")
    days.stop()


def no_answer_ever():
    """Closed behind the dot each time, or refused in the end: never put back."""
    for last in (close, say("550 5.1.1 nobody here")):
        days = Days()
        days.relay.on(".", close, to="anna@*", times=1)
        days.post("eins")
        days.morning(0)
        days.relay.on(".", last, to="anna@*")
        for later in range(1, 5 * 24 + 1, 8):
            days.morning(0, later * HOUR)
        days.morning(5)
        same("in the end it has failed", days.states("anna"), ["failed"])
        same("all tries had the same octets", len({mail.octets for mail in days.tried("anna")}), 1)
        days.relay.be_good()
        days.post("zwei")
        days.morning(6)
        same("its posts come no second time", days.got("anna"), ["zwei"])
        days.stop()


def relay_away():
    """Nobody listens for longer than retry-for, which is short here."""
    days = Days(**{"retry-for": "2h"})
    days.relay.down()
    days.post("eins")
    now = SIX_THIRTY
    days.now = now
    days.umlauf.set_time(now)
    days.umlauf.ring("courier")
    check("two digests wait", wait_for(lambda: days.states("anna") + days.states("bert") ==
                                       ["waiting"] * 2))
    check("the relay is known to be away", wait_for(lambda: days.number(
        "SELECT count(*) FROM memo WHERE name = 'relay trouble'")), days.umlauf.log)
    days.umlauf.set_time(now + 2 * HOUR)
    days.umlauf.ring("courier")
    check("their time is over", wait_for(lambda: days.states("anna") + days.states("bert") ==
                                         ["failed"] * 2, 30), lambda: days.umlauf.log()[-2000:])
    days.relay.up()
    days.morning(1)
    same("the next day brings it", (days.got("anna"), days.got("bert")), (["eins"], ["eins"]))
    days.stop()


def clock_ahead():
    """Put off while the clock was years ahead: tried again when it has been put right."""
    days = Days()
    days.relay.on("RCPT", say("450 4.2.0 later"), to="anna@*")
    days.post("eins")
    days.umlauf.set_time(SIX_THIRTY + 3653 * DAY)
    days.umlauf.ring("courier")
    check("it waits for a time in ten years",
          wait_for(lambda: days.number("SELECT max(due) FROM delivery WHERE attempts > 0") or 0 >
                   SIX_THIRTY + 3653 * DAY))
    days.relay.be_good()
    days.umlauf.set_time(days.now)
    days.umlauf.ring("courier")
    check("it is sent today", wait_for(lambda: days.states("anna") == ["sent"]),
          lambda: days.umlauf.log()[-2000:])
    tried = days.number("SELECT max(tried) FROM delivery WHERE attempts > 1")
    check("its first try counts from today", 0 < tried <= days.now + DAY, tried)
    days.post("zwei")
    days.morning(0)
    same("and tomorrow's comes", days.got("anna"), ["eins", "zwei"])
    days.stop()


if __name__ == "__main__":
    story.run(refused, refused_again, put_off, no_answer, no_answer_ever, relay_away, clock_ahead)
