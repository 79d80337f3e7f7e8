#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""A yes is true: synced before it is said, never said where syncing fails, kept over kill -9."""

import collections
import os
import random
import re
import signal
import subprocess
import threading
import time

import story
from story import DOMAIN, TREE, Umlauf, check, mail, pid_is_alive, same, skip, wait_for
from tracing import Strace, read_trace
from wire import Lmtp, Nntp

GROUPS = ("rat.bau", "rat.finanzen")
ADDRESSES = {"rat.bau": f"bau@{DOMAIN}", "rat.finanzen": f"finanzen@{DOMAIN}"}


def instance(**env):
    """Two groups; what env names stands in the environment of the daemon alone."""
    umlauf = Umlauf().init()
    for group in GROUPS:
        umlauf.add_group(group, ADDRESSES[group])
    umlauf.env.update(env)
    return umlauf.start()


def message(number, text="Hallo"):
    return mail(f"Nachricht {number}", text, msgid=f"<{number}@dauer.example>")


def ids_of(umlauf):
    """{group: the ids of its overview, in the order of their numbers}; the numbers have no gap."""
    found = {}
    with Nntp(umlauf.news_port, 30) as news:
        for group in GROUPS:
            _, count, low, high = news.group(group)
            rows = news.over() if count else []
            numbers = [int(row["number"]) for row in rows]
            # More may have come since GROUP was asked.
            if (numbers != list(range(1, len(rows) + 1)) or len(rows) < count or
                    (low, high) != (1, count)):
                raise RuntimeError(f"{group}: {count} {low} {high}: {numbers}")
            found[group] = [row["id"] for row in rows]
    return found


def deliver_at_once(umlauf, numbers, groups=GROUPS):
    """Each message over a connection of its own; intake finds the data of all ready at the same
    time.  {number: codes}
    """
    intake = int(umlauf.roles("intake")[0]["pid"])
    connections = {number: Lmtp(umlauf.folder / "lmtp") for number in numbers}
    for number, lmtp in connections.items():
        lmtp.ask("MAIL FROM:<anna@example.de>")
        for group in groups:
            lmtp.ask(f"RCPT TO:<{ADDRESSES[group]}>")
        lmtp.ask("DATA")
    os.kill(intake, signal.SIGSTOP)
    try:
        for number, lmtp in connections.items():
            lmtp.send(message(number) + b".\r\n")
    finally:
        os.kill(intake, signal.SIGCONT)
    codes = {number: [lmtp.answer()[0] for _ in groups] for number, lmtp in connections.items()}
    for lmtp in connections.values():
        lmtp.close()
    return codes


# -- synced before it is said --


YES = re.compile(r"250 2\.0\.0 <(\d+)@dauer\.example>")


def synced_before():
    if not Strace.is_possible():
        skip("a yes is said after its sync", "there is no strace")
        return
    umlauf = instance()
    strace = Strace(umlauf.roles("intake")[0]["pid"], umlauf.folder)
    if not strace.is_attached():
        skip("a yes is said after its sync", f"strace may not attach: {strace.said.strip()}")
        return
    alone = range(100, 110)
    together = range(200, 240)
    for number in alone:
        codes = deliver_at_once(umlauf, [number])
        check(f"message {number} is taken for both groups", codes == {number: [250, 250]}, codes)
    codes = deliver_at_once(umlauf, together)
    same("40 messages at once are taken", set(map(tuple, codes.values())), {(250, 250)})
    strace.stop()
    lines = strace.lines()
    told, syncs = read_trace(lines, YES)
    same("strace has seen each yes, one a recipient", sorted(int(number) for number, _ in told),
         sorted([*alone, *together] * 2))
    wrong = [line for _, line in told if line]
    check("each yes comes behind the sync of the last write to the write-ahead file", not wrong,
          "\n".join(wrong[:5]))
    check(f"messages that wait together share a sync ({syncs} for 50)", len(alone) < syncs < 30,
          "\n".join(lines[-60:]))
    umlauf.stop()


# -- no yes without a sync --


def no_yes_without_sync():
    folder = story.folder("failsync")
    library, flag = folder / "failsync.so", folder / "broken"
    subprocess.run(["cc", "-D_GNU_SOURCE", "-O1", "-shared", "-fPIC", "-o", str(library),
                    str(TREE / "tests/story/failsync.c"), "-ldl"], check=True)
    umlauf = instance(LD_PRELOAD=str(library), FAILSYNC_FLAG=str(flag))
    same("all is well at first", deliver_at_once(umlauf, [1]), {1: [250, 250]})
    for turn in range(3):
        numbers = list(range(10 * turn + 10, 10 * turn + 16))
        flag.touch()
        codes = deliver_at_once(umlauf, numbers)
        same(f"no sync, no yes: 451 for each recipient ({turn + 1})",
             {code for pair in codes.values() for code in pair}, {451})
        code = deliver_at_once(umlauf, numbers[:1])
        same("nor for a second try", code, {numbers[0]: [451, 451]})
        check("the log says that it is an error",
              re.search(r"role=intake.*event=commit", umlauf.log()), lambda: umlauf.log()[-2000:])
        flag.unlink()
        codes = deliver_at_once(umlauf, numbers)
        same("the disk is mended: taken", set(map(tuple, codes.values())), {(250, 250)})
    wanted = sorted(f"<{number}@dauer.example>" for number in [1, *range(10, 16), *range(20, 26),
                                                               *range(30, 36)])
    found = ids_of(umlauf)
    for group in GROUPS:
        same(f"{group} has each once", sorted(found[group]), wanted)
    same("intake did not have to be started again", umlauf.roles("intake")[0]["restarts"], "0")
    umlauf.stop()
    same("umlauf verify finds nothing", umlauf.ctl_result("verify").returncode, 0)


# -- kill -9 --

ROUNDS = 20
SENDERS = 4


class Sender(threading.Thread):
    """Delivers one message after the other; what gets no answer it sends again."""

    def __init__(self, name, path):
        super().__init__(daemon=True)
        self.path = path
        self.dice = random.Random(name)
        self.first = 100000 * name
        self.yes = {}  # number: the groups whose 250 came
        self.other = []  # answers that should not be
        self.over = threading.Event()

    def run(self):
        number = self.first
        while not self.over.is_set():
            number += 1
            groups = self.dice.choice((GROUPS, GROUPS[:1], GROUPS[1:]))
            text = "Zeile mit Text darin.\n" * self.dice.choice((1, 10, 1000))
            while not self.try_once(number, groups, text):
                pass

    def try_once(self, number, groups, text):
        """True once all recipients are answered."""
        try:
            if not hasattr(self, "lmtp"):
                self.lmtp = Lmtp(self.path, 20)
            answers = self.lmtp.deliver("anna@example.de", [ADDRESSES[group] for group in groups],
                                        message(number, text))
        except (OSError, EOFError, ValueError):
            # Killed: what was not answered before must be asked again, at the next one's door.
            if hasattr(self, "lmtp"):
                self.lmtp.close()
                del self.lmtp
            time.sleep(0.01)
            return False
        for group, (code, answer) in zip(groups, answers):
            if code == 250:
                self.yes.setdefault(number, set()).add(group)
            else:
                self.other.append((number, code, answer))
        return True


def kill_group(umlauf):
    """SIGKILL to umlaufd and all its processes at once."""
    pids = [int(entry["pid"]) for entry in umlauf.status("role") if entry["pid"] != "0"]
    os.killpg(umlauf.process.pid, signal.SIGKILL)
    umlauf.process.wait(10)
    umlauf.process = None
    if not wait_for(lambda: not any(map(pid_is_alive, pids))):
        raise RuntimeError("a process has survived SIGKILL")


def count_of(senders):
    return sum(len(sender.yes) for sender in senders)


def account(senders):
    """{group: the ids that a yes was said for}."""
    wanted = {group: set() for group in GROUPS}
    for sender in senders:
        for number, groups in list(sender.yes.items()):
            for group in list(groups):
                wanted[group].add(f"<{number}@dauer.example>")
    return wanted


def judge(umlauf, wanted):
    """(lost, twice): ids with a yes that are not there; ids that stand in a group twice."""
    found = ids_of(umlauf)
    lost = [(group, name) for group in GROUPS for name in wanted[group] - set(found[group])]
    twice = [(group, name) for group in GROUPS
             for name, times in collections.Counter(found[group]).items() if times > 1]
    return lost, twice


def killed():
    umlauf = instance()
    dice = random.Random(20261123)
    senders = [Sender(name, umlauf.folder / "lmtp") for name in range(1, SENDERS + 1)]
    for sender in senders:
        sender.start()
    lost, twice = [], []
    for _ in range(ROUNDS):
        before = count_of(senders)
        if not wait_for(lambda: count_of(senders) > before, 30):
            check("messages are taken after a kill", False, umlauf.log()[-3000:])
            break
        time.sleep(dice.uniform(0, 0.4))  # the random moment
        wanted = account(senders)
        kill_group(umlauf)
        umlauf.start()
        # What had its yes before the kill is there, whatever has come since.
        missing, doubled = judge(umlauf, wanted)
        lost += missing
        twice += doubled
    for sender in senders:
        sender.over.set()
    for sender in senders:
        sender.join(60)
    check("the senders have come to an end", not any(sender.is_alive() for sender in senders))
    missing, doubled = judge(umlauf, account(senders))
    same(f"{ROUNDS} kills, {count_of(senders)} messages with a yes: 0 lost", lost + missing, [])
    known = umlauf.log().count("event=duplicate")
    same(f"and 0 twice, though unanswered ones were sent again ({known} times stored already)",
         twice + doubled, [])
    same("no answer but yes", [answer for sender in senders for answer in sender.other], [])
    umlauf.stop()
    done = umlauf.ctl_result("verify")
    check("umlauf verify finds nothing", done.returncode == 0, done.stdout + done.stderr)


if __name__ == "__main__":
    story.run(synced_before, no_yes_without_sync, killed)
