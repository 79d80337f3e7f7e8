#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""One bad answer of the relay to one mail: what comes of it, and that no other mail feels it."""

import collections

import story
from house import ADMIN, House, receivers
from relay import Relay, close, drip, hang, reset, say, say_and_close
from story import check, same, wait_for

FOUR = [f"{name}@mitglied.example" for name in ("abel", "berta", "cem", "dora")]

# What becomes of the mail that it befalls.
FINE = "it arrives at once"
SESSION = "no session, so nothing was tried: it arrives when the next is there"
AGAIN = "it arrives a minute later"
NEVER = "it fails at once, and is not tried again"
TWICE = "it may have arrived, so it comes once more"

LONG = say(b"250 " + b"x" * 100000 + b"\r\n")
GARBAGE = say("Guten Tag")
LATER = say("451 4.3.0 later")
BUSY = say_and_close("421 4.3.2 busy")
NO = say("550 5.7.1 no")
LATER_LINES = say("450-4.3.0 please", "450-4.3.0 come", "450 4.3.0 later")

# verb, name, act, what comes of it, with PIPELINING (True), without, or both (None)
CASES = [
    ("banner", "421", BUSY, SESSION, None),
    ("banner", "554", say("554 5.7.1 not you"), SESSION, True),
    ("banner", "close", close, SESSION, False),
    ("banner", "reset", reset, SESSION, True),
    ("banner", "hang", hang, SESSION, True),
    ("banner", "garbage", GARBAGE, SESSION, True),
    ("banner", "slow drip", drip(0.01), FINE, True),
    ("EHLO", "451", LATER, SESSION, True),
    ("EHLO", "550, so HELO", NO, FINE, True),
    ("EHLO", "hang", hang, SESSION, False),
    ("EHLO", "close", close, SESSION, True),
    ("EHLO", "endless line", say(b"250 " + b"x" * 500000), SESSION, True),
    ("MAIL", "451", LATER, AGAIN, None),
    ("MAIL", "421", BUSY, AGAIN, None),
    ("MAIL", "550", NO, NEVER, None),
    ("MAIL", "hang", hang, AGAIN, False),
    ("MAIL", "garbage", GARBAGE, AGAIN, None),
    ("MAIL", "two answers", say("250 ok", "250 ok"), AGAIN, False),
    ("RCPT", "451", LATER, AGAIN, None),
    ("RCPT", "several lines of 450", LATER_LINES, AGAIN, None),
    ("RCPT", "421", BUSY, AGAIN, None),
    ("RCPT", "550", NO, NEVER, None),
    ("RCPT", "hang", hang, AGAIN, True),
    ("RCPT", "close", close, AGAIN, None),
    ("RCPT", "garbage", GARBAGE, AGAIN, None),
    ("RCPT", "slow drip", drip(0.01), FINE, None),
    ("DATA", "451", LATER, AGAIN, None),
    ("DATA", "550", NO, NEVER, None),
    ("DATA", "421", BUSY, AGAIN, None),
    ("DATA", "close", close, AGAIN, None),
    ("DATA", "reset", reset, AGAIN, None),
    ("DATA", "hang", hang, AGAIN, False),
    ("DATA", "250 where 354 belongs", say("250 ok"), AGAIN, None),
    (".", "451", LATER, AGAIN, None),
    (".", "421", BUSY, AGAIN, None),
    (".", "550", NO, NEVER, None),
    (".", "several lines of 250", say("250-2.0.0 one", "250 2.0.0 two"), FINE, None),
    (".", "slow drip", drip(0.01), FINE, None),
    (".", "close", close, TWICE, None),
    (".", "reset", reset, TWICE, None),
    (".", "hang", hang, TWICE, True),
    (".", "garbage", GARBAGE, TWICE, None),
    (".", "354 once more", say("354 go on"), TWICE, None),
    (".", "a long line of 250", LONG, TWICE, None),
]


def told_once(now, case):
    """One post to four; the first answer to the verb is not as it should be."""
    verb, name, act, end, pipelining = case
    label = f"{verb}: {name}{', pipelined' if pipelining else ''}: "
    relay = now.relay
    relay.pipelining = pipelining
    relay.hang_up()
    relay.be_good()
    relay.on(verb, act, times=1)
    msgid = now.post("vier")
    first = 4 if end in (FINE, SESSION) else 3
    now.wait_rows(msgid, lambda rows: sum(state == "sent" for state, *_ in rows.values()) == first
                  and not any(row == ("waiting", 0, False) for row in rows.values()))
    rows = sorted(now.rows(msgid).values())
    hit = {AGAIN: ("waiting", 1, False), NEVER: ("failed", 1, False), TWICE: ("waiting", 1, True)}
    same(label + "the others are sent", rows,
         sorted([("sent", 1, False)] * first + ([hit[end]] if end in hit else [])))
    if end is NEVER:
        wait_for(now.letters)  # or the next case would befall the operator's letter
    now.later(61)
    if end in (AGAIN, TWICE):
        now.wait_states(msgid, sent=4)
        same(label + "the second try is the last", sorted(now.rows(msgid).values()),
             sorted([("sent", 1, False)] * 3 + [("sent", 2, end is TWICE)]))
    mails = relay.mails(msgid=msgid)
    wanted = {FINE: 4, SESSION: 4, AGAIN: 4, NEVER: 3, TWICE: 5}[end]
    counts = collections.Counter(receivers(mails))
    check(label + end, sum(counts.values()) == wanted and len(counts) == min(wanted, 4), counts)
    if end is TWICE:
        doubled = [one.octets for one in mails if counts[one.to] == 2]
        check(label + "both are the same to the octet", len(set(doubled)) == 1, doubled)


def bad_answers():
    now = House(Relay()).start()
    now.group("vier", FOUR)
    for verb, name, act, end, pipelining in CASES:
        for pipelined in (False, True) if pipelining is None else (pipelining,):
            told_once(now, (verb, name, act, end, pipelined))
    same("nothing was said out of turn", now.relay.faults, [])
    same("the operator was told of the first that failed, and of one a day",
         receivers(now.letters()), [ADMIN])


if __name__ == "__main__":
    story.run(bad_answers)
