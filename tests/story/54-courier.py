#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""The courier in the middle of its work: the brake, those who leave, new settings, a stop, a store
that is locked, a disk that is full.  Nothing is lost, nothing comes twice.
"""

import collections
import contextlib
import re
import sqlite3
import subprocess
import time

import story
from house import DAY, House, crowd, each_once, home, receivers
from relay import Gate, Relay, hang, pause
from story import TREE, check, same, wait_for


# -- from outside --


def brake():
    now = home()
    members = crowd(5)
    now.group("bremse", members)
    now.umlauf.ctl("courier", "hold")
    msgid = now.post("bremse")
    now.wait_rows(msgid, lambda rows: len(rows) == 5)
    second = now.post("bremse")
    now.wait_rows(second, lambda rows: len(rows) == 5)
    same("nothing leaves while it is held", now.relay.mails(msgid=msgid), [])
    now.umlauf.restart()
    third = now.post("bremse")
    now.wait_rows(third, lambda rows: len(rows) == 5)
    same("nor after a new start", now.relay.mails(msgid=msgid), [])
    now.umlauf.ctl("courier", "release")
    for one in (msgid, second, third):
        each_once("released: ", now, one, members)


def those_who_leave():
    now = home()
    members = crowd(6)
    now.group("abschied", members)
    now.group("widerruf", members)
    now.umlauf.ctl("courier", "hold")
    msgid = now.post("abschied")
    gone = now.post("widerruf")
    now.wait_rows(msgid, lambda rows: len(rows) == 6)
    now.wait_rows(gone, lambda rows: len(rows) == 6)
    now.umlauf.ctl("unsubscribe", members[0], "abschied")
    now.umlauf.ctl("article", "remove", gone)
    now.umlauf.ctl("courier", "release")
    now.wait_states(msgid, sent=5, dropped=1)
    same("who has left gets none of what waited", receivers(now.relay.mails(msgid=msgid)),
         members[1:])
    same("a withdrawn post goes to nobody", now.relay.mails(msgid=gone), [])
    same("its rows say so", set(row[0] for row in now.rows(gone).values()), {"dropped"})
    # In the middle of it: what the workers have in hand can't be called back, all else can.
    many = crowd(80)
    now.group("mitten", many)
    gate = Gate()
    now.relay.on("DATA", gate)
    third = now.post("mitten")
    wait_for(lambda: gate.waiting == 2)
    now.umlauf.ctl("unsubscribe", many[-1], "mitten")
    gate.open.set()
    now.wait_states(third, sent=79, dropped=1)
    same("nor does who leaves while others get theirs", receivers(now.relay.mails(msgid=third)),
         sorted(many[:-1]))


def new_settings():
    now = home()
    members = crowd(200)
    now.group("wechsel", members)
    now.relay.on(".", pause(0.005))
    msgid = now.post("wechsel")
    now.relay.wait(30, msgid=msgid)
    before = now.courier()
    now.umlauf.hangup()
    check("SIGHUP in the middle: another courier takes over",
          wait_for(lambda: now.courier() != before), now.umlauf.log()[-1000:])
    now.relay.wait(100, msgid=msgid)
    now.umlauf.hangup()
    each_once("SIGHUP twice in the middle: ", now, msgid, members)
    same("in one try each", set(now.rows(msgid).values()), {("sent", 1, False)})
    second = now.post("wechsel")
    now.relay.wait(50, msgid=second)
    same("SIGTERM in the middle", now.umlauf.stop(), 0)
    had = len(now.relay.mails(msgid=second))
    check("some are sent, some are not", 50 <= had < 200, had)
    same("what was sent is marked, to the last",
         now.wait_states(second, sent=had, waiting=200 - had),
         {"sent": had, "waiting": 200 - had})
    now.umlauf.start()
    each_once("after a new start: ", now, second, members)


def stop_with_hanging_relay():
    now = House(Relay(), timeout="1m")
    now.start()
    members = crowd(50)
    now.group("haengt", members)
    now.relay.on(".", hang, times=2)
    msgid = now.post("haengt")
    wait_for(lambda: len(now.relay.mails(msgid=msgid)) == 2)
    now.later(6 * DAY)
    begin = time.monotonic()
    status = now.umlauf.stop()
    seconds = time.monotonic() - begin
    check(f"a relay that hangs is left within 12 s ({seconds:.1f} s)",
          status == 0 and seconds < 12, (status, seconds, now.umlauf.log()[-2000:]))
    rows = collections.Counter(now.rows(msgid).values())
    same("those in hand are in doubt, all others as they were", rows,
         {("waiting", 1, True): 2, ("waiting", 0, False): 48})
    now.umlauf.start()
    now.relay.wait(50, msgid=msgid)
    same("the others get it, however old it is: they were never tried",
         receivers(now.relay.mails(msgid=msgid)), sorted(members))
    now.umlauf.stop()


# -- the store --


def locked_store():
    now = home()
    members = crowd(200)
    now.group("sperre", members)
    now.relay.on(".", pause(0.005))
    msgid = now.post("sperre")
    now.relay.wait(30, msgid=msgid)
    path = now.umlauf.folder / "store/umlauf.db"
    with contextlib.closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as store:
        store.execute("BEGIN IMMEDIATE")
        had = len(now.relay.mails(msgid=msgid))
        # What the workers have in hand goes on; nobody can mark it.
        wait_for(lambda: len(now.relay.mails(msgid=msgid)) >= had + 20, 2)
        store.execute("ROLLBACK")
    each_once("another process locked the store for a while: ", now, msgid, members)
    same("in one try each", set(now.rows(msgid).values()), {("sent", 1, False)})


def full_disk():
    folder = story.folder("fulldisk")
    library, flag = folder / "faildisk.so", folder / "full"
    subprocess.run(["cc", "-D_GNU_SOURCE", "-O1", "-shared", "-fPIC", "-o", str(library),
                    str(TREE / "tests/story/faildisk.c"), "-ldl"], check=True)
    now = House(Relay())
    now.umlauf.env.update(LD_PRELOAD=str(library), FAILDISK_FLAG=str(flag))
    now.start()
    members = crowd(400)
    now.group("voll", members)
    gate = Gate()
    now.relay.on(".", gate, times=2)
    now.relay.on(".", pause(0.005))
    msgid = now.post("voll")
    wait_for(lambda: gate.waiting == 2)
    flag.touch()
    gate.open.set()
    wait_for(lambda: len(re.findall("role=courier event=store", now.umlauf.log())) >= 3)
    had = len(now.relay.mails(msgid=msgid))
    # Two workers have 16 each; and what they were given until the first turn failed.
    check(f"the disk is full, nothing can be marked: {had} of 400 go out, then no more",
          2 <= had < 200, had)
    flag.unlink()
    each_once("there is room again: ", now, msgid, members)
    same("in one try each", set(now.rows(msgid).values()), {("sent", 1, False)})
    now.umlauf.stop()


if __name__ == "__main__":
    story.run(brake, those_who_leave, new_settings, locked_store, full_disk,
              stop_with_hanging_relay)
