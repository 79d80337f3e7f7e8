#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Messages made to do harm, at each door: an article or a clear no, while others are served, no
process dies, and none takes 100 MiB more than it had.  Then they are read, and put into a digest.

What each message took is said beside it ("# …: … ms of CPU") and asserted nowhere.
"""

import base64
import os
import random
import re
import threading
import time

import story
from served import Strict, agree
from story import DOMAIN, Umlauf, check, same, wait_for
from wire import Lmtp, Nntp, reply

ANNA = "anna@example.de"
BEN = "ben@example.org"
ADDRESS = f"boese@{DOMAIN}"
GROUP = "t.boese"
MIB = 1024 * 1024
GROWTH_MAX = 100 * MIB
NOON = 1795518000  # Tue, 24 Nov 2026 11:00:00 +0000
NEXT_MORNING = "2026-11-25T09:00:00+01:00"


def nested(count):
    lines = []
    for depth in range(count):
        lines.append(f'Content-Type: multipart/mixed; boundary="{depth}"\r\n\r\n--{depth}\r\n')
    return "".join(lines).encode() + b"\r\ninnen\r\n"


def parts(count):
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n\r\n" * count


def fields(count):
    return b"".join(b"X-%d: %d\r\n" % (n, n) for n in range(count)) + b"\r\nText\r\n"


def encoded(size):
    """base64 whose message has about that size."""
    dice = random.Random(7)
    lines = base64.encodebytes(dice.randbytes((size - 4096) // 79 * 57)).replace(b"\n", b"\r\n")
    return (b"Content-Type: application/octet-stream; name=a.bin\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" + lines)


def references(size):
    ids = " ".join(f"<{n:07}@example.de>" for n in range(size // 23))
    return f"References: {ids}\r\n\r\nText\r\n".encode()


def addresses(count):
    names = ",\r\n ".join(f"Amt {n} <amt{n}@example.de>" for n in range(count))
    return f"Cc: {names}\r\n\r\nText\r\n".encode()


# Name, what follows the usual fields, and whether it must be taken (None: either).
MESSAGES = (
    ("10,000 nested multiparts", nested(10000), None),
    ("5,000 multiparts nested in the body",
     b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" + nested(5000), True),
    ("1,000,000 parts", parts(1000000), True),
    ("100,000 fields", fields(100000), False),
    ("9,000 fields", fields(9000), True),
    ("a field of 50 MB", b"X-Gross: " + b"x" * 50000000 + b"\r\n\r\nText\r\n", False),
    ("a folded field of 50 MB", b"X-Gross: a" + b"\r\n x" * 12500000 + b"\r\n\r\nText\r\n", False),
    ("base64 up to the limit", encoded(25 * MIB), True),
    ("NUL everywhere",
     b"X-Nul: \0a\0\r\n\0X: a\r\nX\0: a\r\n\0\r\n\r\n" + b"a\0b\0\r\n" * 100000, None),
    ("a megabyte of NUL", b"\r\n" + b"\0" * MIB + b"\r\n", None),
    ("bare CR everywhere",
     b"X-Cr: \ra\r\r\n\rX: a\r\nX: a\rBcc: b\r\n\r\n" + b"\ra\rb\r\n" * 100000, None),
    ("lines of a megabyte", b"\r\n" + (b"z" * MIB + b"\r\n") * 8, True),
    ("a line of a megabyte in the head", b"X-Lang: " + b"z" * MIB + b"\r\n\r\nText\r\n", False),
    ("a field of a megabyte, nearly", b"X-Lang: " + b"z" * 1000000 + b"\r\n\r\nText\r\n", True),
    ("References of a megabyte, nearly", references(1000000), True),
    ("References of more", references(1200000), False),
    ("10,000 addresses in Cc", addresses(10000), True),
    ("a megabyte of encoded words",
     b"X-Wort: " + b"=?utf-8?Q?=C3=BC?= " * 50000 + b"\r\n\r\nText\r\n", True),
    ("a megabyte of open comments", b"Cc: " + b"(" * 1000000 + b"\r\n\r\nText\r\n", True),
    ("a megabyte of html tags",
     b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200000 + b"\r\n", True),
    ("a million quoting marks", b"\r\n" + b"> " * 1000 * 500 + b"\r\n", True),
)


def message(number, door, rest):
    """One of them for a door, as octets."""
    head = [f"From: Anna Muster <{ANNA}>", f"Subject: Nummer {number} ({door})",
            "Date: Tue, 24 Nov 2026 10:00:00 +0000", f"Message-ID: <{door}.{number}@example.de>"]
    head.append(f"Newsgroups: {GROUP}" if door == "post" else f"To: {ADDRESS}")
    return "\r\n".join(head).encode() + b"\r\n" + rest


def dotted(octets):
    """A dot-stuffed block with its end, made before the time is taken."""
    return octets.replace(b"\n.", b"\n..") + b".\r\n"


# -- the processes --


def memory(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
        return int(re.search(rf"^{name}:\s+(\d+) kB", status.read(), re.M).group(1)) * 1024


def cpu_ms(pid):
    """User and system time."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        user, system = stat.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) * 1000 // os.sysconf("SC_CLK_TCK")


class Processes:
    """The processes of an instance: what they had at the start, and their peak since then."""

    def __init__(self, umlauf):
        self.umlauf = umlauf
        self.roles = {entry["pid"]: entry["role"] for entry in umlauf.status("role")
                      if entry["pid"] != "0"}
        # Pages of the store's file are the kernel's, and are counted nowhere here.
        self.start = {pid: memory(pid, "VmRSS") - memory(pid, "RssFile") for pid in self.roles}
        self.began = self.spent = 0
        self.files = {}
        self.begin()

    def cpu_ms(self):
        return sum(map(cpu_ms, self.roles))

    def begin(self):
        """From here on time counts, and the peak."""
        self.began = time.monotonic()
        self.spent = self.cpu_ms()
        self.files = {pid: memory(pid, "RssFile") for pid in self.roles}
        for pid in self.roles:
            with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as clear:
                clear.write("5")

    def growth(self):
        """(octets, role) of the one that took the most over its start."""
        return max((memory(pid, "VmHWM") - self.files[pid] - self.start[pid], role)
                   for pid, role in self.roles.items())

    def judge(self, name):
        octets, role = self.growth()
        print(f"# {name}: {(time.monotonic() - self.began) * 1000:.0f} ms, "
              f"{self.cpu_ms() - self.spent} ms of CPU, {role} +{octets / MIB:.1f} MiB", flush=True)
        check(f"{name}: no process takes 100 MiB more", octets < GROWTH_MAX, f"{role}: {octets}")
        self.begin()

    def are_the_same(self, name):
        now = {entry["pid"]: entry["role"] for entry in self.umlauf.status("role")
               if entry["pid"] != "0"}
        same(f"{name}: the processes are those of the start", now, self.roles)


class Others:
    """Somebody else, who asks all the time; the answers are counted."""

    def __init__(self, umlauf):
        self.answers = 0
        self.longest = 0
        self.failure = None
        self.over = threading.Event()
        self.news = Nntp(umlauf.news_port, 60)
        self.lmtp = Lmtp(umlauf.lmtp_port, 60)
        self.thread = threading.Thread(target=self.ask)
        self.thread.start()

    def ask(self):
        try:
            while not self.over.is_set():
                begin = time.monotonic()
                good = self.news.ask("DATE")[0] == 111 and self.lmtp.ask("NOOP")[0] == 250
                self.longest = max(self.longest, time.monotonic() - begin)
                self.answers += 1
                if not good:
                    self.failure = "a wrong answer"
                self.over.wait(0.01)
        except Exception as failure:  # told by the other thread
            self.failure = failure

    def stop(self):
        self.over.set()
        self.thread.join()
        self.news.close()
        self.lmtp.close()


class House:
    def __init__(self):
        # The largest of them must come as far as the reading of its head.
        self.umlauf = Umlauf({"intake": {"max-message-size": "60M", "maildir": None}}, clock=NOON)
        self.maildir = self.umlauf.folder / "incoming"
        self.umlauf.configure({"intake": {"maildir": str(self.maildir)}})
        self.umlauf.init()
        self.umlauf.add_group(GROUP, ADDRESS, "--addresses", "shown")
        self.umlauf.ctl("subscribe", BEN, GROUP, "--mode", "digest")
        self.umlauf.start()
        self.news = Strict(self.umlauf.news_port, 120)
        story.at_end(self.news.close)
        self.processes = Processes(self.umlauf)
        self.taken = []  # Message-IDs


_house = []


def house():
    if not _house:
        _house.append(House())
    return _house[0]


# -- the doors: each says whether it took the message, None: neither yes nor a clear no --


def by_lmtp(number, octets):
    with Lmtp(house().umlauf.lmtp_port, 120) as lmtp:
        for command in (f"MAIL FROM:<{ANNA}>", f"RCPT TO:<{ADDRESS}>", "DATA"):
            lmtp.ask(command)
        lmtp.send(octets)
        code, text = lmtp.answer()
        goes_on = lmtp.ask("NOOP")[0]
    same(f"LMTP: {MESSAGES[number][0]}: the connection goes on", goes_on, 250)
    return {2: True, 5: False}.get(code // 100), f"{code} {text}"


def by_post(_number, octets):
    with Nntp(house().umlauf.news_port, 120) as news:
        news.ask("POST")
        news.send(octets)
        code, text = reply(news.line())
    return {240: True, 441: False}.get(code), f"{code} {text}"


def by_maildir(number, octets):
    here = house()
    name = f"{number:02}.eml"
    temporary = here.maildir / "tmp" / name
    arriving = here.maildir / "new" / name
    refused = here.maildir / ".abgewiesen/new" / name
    temporary.write_bytes(octets)
    temporary.rename(arriving)
    wait_for(lambda: not arriving.exists(), 120, 0.002)
    if refused.exists():
        refused.unlink()
        return False, here.umlauf.ctl("status", fails=True)
    return None if arriving.exists() else True, ""


def through(name, door):
    """All of them through a door."""
    here = house()
    others = Others(here.umlauf)
    try:
        for number, (what, rest, wanted) in enumerate(MESSAGES):
            asked = others.answers
            octets = message(number, name, rest)
            if name != "maildir":
                octets = dotted(octets)
            here.processes.begin()
            took, said = door(number, octets)
            here.processes.judge(f"{name}: {what} {'is taken' if took else 'is refused'}")
            check(f"{name}: {what}: an article or a clear no",
                  took is not None and wanted in (None, took), said[:300])
            check(f"{name}: {what}: others are answered",
                  wait_for(lambda: others.answers > asked + 1 or others.failure, 60)
                  and not others.failure, others.failure)
            if took:
                here.taken.append(f"<{name}.{number}@example.de>")
    finally:
        others.stop()
    print(f"# {name}: others waited for {others.longest * 1000:.0f} ms at most", flush=True)
    here.processes.are_the_same(name)


def lmtp():
    through("lmtp", by_lmtp)


def maildir():
    through("maildir", by_maildir)
    text = house().umlauf.ctl("status", fails=True)
    check("what a Maildir brought and was refused stands in status", "abgewiesen" in text, text)


def post():
    through("post", by_post)


# -- and out again --


def whole(news, number):
    """The block of ARTICLE, read as fast as it comes and before dot-stuffing, and its code."""
    news.send(f"ARTICLE {number}\r\n")
    octets = bytearray(news.rest)
    while not octets.endswith(b"\r\n.\r\n"):
        octets += news.socket.recv(MIB)
    news.rest = b""
    status, _, block = bytes(octets).partition(b"\r\n")
    return status[:3], block[:-3].replace(b"\r\n..", b"\r\n.")


def read():
    here = house()
    count = here.news.group(GROUP)[1]
    same("each that was taken is an article", count, len(here.taken))
    for number in range(1, count + 1):
        here.processes.begin()
        row = here.news.over(str(number))[0]
        code, article = whole(here.news, number)
        here.processes.judge(f"{row['subject']} is read")
        same(f"{row['subject']}: its :bytes", (code, len(article)), (b"220", int(row["bytes"])))
        check(f"{row['subject']}: no CR, LF or NUL within a line",
              not re.search(rb"\0|\r(?!\n)|(?<!\r)\n", article), number)
        if len(article) < 4 * MIB:
            agree(row["subject"], here.news, str(number))
    same("each is found by its id", [here.news.ask(f"STAT {msgid}")[0] for msgid in here.taken],
         [223] * len(here.taken))
    here.processes.are_the_same("reading")


def digest():
    here = house()
    begin = time.monotonic()
    done = here.umlauf.ctl_result("digest", "preview", BEN, "--at", NEXT_MORNING, limit=300)
    print(f"# a digest of {len(here.taken)} of them: {(time.monotonic() - begin) * 1000:.0f} ms, "
          f"{len(done.stdout)} octets", flush=True)
    same("digest preview ends well", (done.returncode, done.stderr), (0, ""))
    check("it names posts", done.stdout.count("Nummer ") > 2, done.stdout[:2000])
    check("it is no larger than a digest may be", len(done.stdout) < 200000, len(done.stdout))
    done = here.umlauf.ctl_result("verify", limit=300)
    check("the store is whole", done.returncode == 0, done.stdout + done.stderr)
    check("nothing was logged as an error", "level=error" not in here.umlauf.log(),
          "\n".join(line for line in here.umlauf.log().splitlines() if "level=error" in line))


if __name__ == "__main__":
    story.run(lmtp, maildir, post, read, digest)
