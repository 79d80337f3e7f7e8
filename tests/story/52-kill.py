#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""kill -9 in the middle of a thousand mails: by the relay's account none is lost, few come twice.

What may come twice after a kill of the courier is what it could not mark any more: the mail in
each worker's hand, and what was answered since its last turn (10 ms).  A machine that is busy lets
a turn wait, so what was answered within LATE_S before the kill counts as such.  Of a killed worker
the mail in its hand alone may come twice.
"""

import collections
import os
import random
import signal
import time

import story
from house import House, crowd, receivers
from relay import Relay, hang, pause
from story import check, pid_is_alive, same, wait_for

MEMBERS = 1000
WORKERS = 4
ROUNDS = 5
PAUSE_S = 0.01  # that the relay takes for each mail: some 400 in a second
LATE_S = 0.1


def thousand():
    """A house where a thousand wait for a post."""
    now = House(Relay(), workers=WORKERS, timeout="20s")
    now.start()
    now.group("tausend", crowd(MEMBERS))
    now.relay.on(".", pause(PAUSE_S))
    return now


def until_all_sent(now, msgid):
    """Those in doubt are tried again after a minute, of the clock that stands."""
    end = time.monotonic() + 60
    while now.wait_states(msgid, 1, sent=MEMBERS) != {"sent": MEMBERS} and time.monotonic() < end:
        now.later(61)
    return now.wait_states(msgid, 0, sent=MEMBERS)


def told(label, now, msgid, kills):
    """What the account says.  kills: (when, how many may have come twice by it)."""
    mails = now.relay.mails(msgid=msgid)
    counts = collections.Counter(receivers(mails))
    same(f"{label}: none is lost", sorted(set(crowd(MEMBERS)) - set(counts)), [])
    doubled = {to: count for to, count in counts.items() if count > 1}
    extra = sum(doubled.values()) - len(doubled)
    bound = sum(allowed for _, allowed in kills)
    check(f"{label}: {extra} came twice after {len(kills)} kills, at most {bound}", extra <= bound,
          doubled)
    bodies = collections.defaultdict(set)
    for one in mails:
        bodies[one.to].add(one.octets)
    check(f"{label}: what came twice is the same to the octet",
          all(len(octets) == 1 for octets in bodies.values()))
    return extra


def late(now, msgid, moment):
    """How many answers the relay gave so shortly before."""
    return sum(1 for one in now.relay.mails(msgid=msgid)
               if one.answered is not None and moment - LATE_S <= one.answered <= moment)


def kill_courier():
    now = thousand()
    dice = random.Random(1)
    msgid = now.post("tausend")
    kills = []
    for turn in range(ROUNDS):
        had = len(now.relay.mails(msgid=msgid))
        now.relay.wait(had + dice.randint(40, 140), msgid=msgid)
        courier, workers = now.courier(), now.workers()
        os.kill(courier, signal.SIGKILL)
        moment = time.monotonic()
        check(f"the courier is killed, its {len(workers)} workers end with it ({turn + 1})",
              len(workers) == WORKERS and
              wait_for(lambda: not any(map(pid_is_alive, [courier, *workers]))),
              lambda: [pid for pid in workers if pid_is_alive(pid)])
        kills.append((moment, WORKERS + late(now, msgid, moment)))
        check("and it is started again",
              wait_for(lambda: now.courier() not in (0, courier), 30), now.umlauf.log()[-1000:])
    check("there was still something to send when it was killed last",
          len(now.relay.mails(msgid=msgid)) < MEMBERS)
    same("all is sent in the end", until_all_sent(now, msgid), {"sent": MEMBERS})
    told("the courier killed", now, msgid, kills)
    now.umlauf.stop()


def kill_workers():
    now = thousand()
    dice = random.Random(2)
    msgid = now.post("tausend")
    kills = []
    courier = now.courier()
    for turn in range(3):  # it takes a second until others take their place
        had = len(now.relay.mails(msgid=msgid))
        now.relay.wait(had + dice.randint(40, 140), msgid=msgid)
        wait_for(lambda: len(now.workers()) == WORKERS)
        victims = now.workers()[:dice.randint(1, WORKERS)]
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        kills += [(time.monotonic(), 1)] * len(victims)
        check(f"{len(victims)} workers are killed, others take their place ({turn + 1})",
              wait_for(lambda: len(set(now.workers()) - set(victims)) == WORKERS, 30),
              now.umlauf.log()[-1000:])
    same("the courier lives on", now.courier(), courier)
    same("that is no trouble of the relay's", now.trouble(), None)
    same("all is sent in the end", until_all_sent(now, msgid), {"sent": MEMBERS})
    told("workers killed", now, msgid, kills)
    doubtful = [row for row in now.rows(msgid).values() if row[2]]
    check(f"as many are marked as doubtful as were in hand ({len(doubtful)})",
          len(doubtful) <= len(kills), doubtful)
    now.umlauf.stop()


def kill_all():
    now = thousand()
    dice = random.Random(3)
    msgid = now.post("tausend")
    kills = []
    for _ in range(3):
        had = len(now.relay.mails(msgid=msgid))
        now.relay.wait(had + dice.randint(40, 140), msgid=msgid)
        workers = now.workers()
        moment = time.monotonic()
        now.umlauf.kill()
        wait_for(lambda: not any(map(pid_is_alive, workers)))
        kills.append((moment, WORKERS + late(now, msgid, time.monotonic())))
        now.umlauf.start()
    same("all is sent in the end", until_all_sent(now, msgid), {"sent": MEMBERS})
    told("everything killed", now, msgid, kills)
    same("umlauf verify finds nothing", now.umlauf.ctl_result("verify").returncode, 0)
    now.umlauf.stop()


def kill_supervisor():
    """Its courier ends as it is told to; the next one waits until it has."""
    now = thousand()
    msgid = now.post("tausend")
    for _ in range(2):
        now.relay.wait(len(now.relay.mails(msgid=msgid)) + 150, msgid=msgid)
        os.kill(now.umlauf.process.pid, signal.SIGKILL)
        now.umlauf.process.wait(10)
        now.umlauf.start()
    same("all is sent in the end", until_all_sent(now, msgid), {"sent": MEMBERS})
    told("umlaufd alone killed", now, msgid, [(0, 0)] * 2)
    now.umlauf.stop()


def nothing_after_death():
    """Workers that wait for an answer of the relay must not go on once nobody marks it."""
    now = House(Relay(), workers=WORKERS, timeout="20s")
    now.start()
    now.group("stumm", crowd(60))
    now.relay.on("DATA", hang)
    now.post("stumm")
    wait_for(lambda: len(now.relay.sessions) == WORKERS)
    courier, workers = now.courier(), now.workers()
    os.kill(now.umlauf.process.pid, signal.SIGSTOP)  # or it would start another
    try:
        os.kill(courier, signal.SIGKILL)
        check("the workers of a dead courier die at once, whatever they wait for",
              wait_for(lambda: not any(map(pid_is_alive, workers))), workers)
        check("their sessions with the relay are gone", wait_for(lambda: not now.relay.sessions))
        same("and nothing was sent", now.relay.account, [])
    finally:
        os.kill(now.umlauf.process.pid, signal.SIGCONT)
    now.umlauf.stop()


if __name__ == "__main__":
    story.run(kill_courier, kill_workers, kill_all, kill_supervisor, nothing_after_death)
