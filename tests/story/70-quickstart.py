#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""A newcomer's first minutes: ./quickstart in a copy of the sources, the groups read by NNTP, a mail
into a thread, quickstart once more, and its end."""

import re
import shutil
import subprocess

import story
from story import TREE, check, pid_is_alive, same
from wire import Nntp, deliver

BUILT = shutil.ignore_patterns(".git", "run", "configure", "config.*", "aclocal.m4",
                               "autom4te.cache", "build-aux", "Makefile", "Makefile.in", "*.o",
                               "*.a", ".deps", "*-test", "*-fuzz", "__pycache__")
PARENT = "<20261118065822.GA4711@steueramt.stadt-lahnberg.example>"
ANSWER = ("From: Doris Beispiel <doris@example.de>\nTo: finanzen@listen.example.de\n"
          "Subject: AW: =?utf-8?Q?Muster_f=C3=BCr_den_Grundsteuerbescheid?=\n"
          f"Message-ID: <doris1@example.de>\nIn-Reply-To: {PARENT}\n"
          "Date: Mon, 23 Nov 2026 09:00:00 +0100\n\nAuch wir legen ein Blatt bei.\n")


def quickstart(tree, *options):
    done = subprocess.run([str(tree / "quickstart"), *options], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                          timeout=280, check=False)
    check(f"quickstart {' '.join(options)} ends well", done.returncode == 0, done.stdout)
    return done.stdout


def address_in(text, before):
    """The HOST:PORT that the text names behind `before`."""
    host, port = re.search(rf"{before} *(127\.0\.0\.1):(\d+)", text).groups()
    return host, int(port)


def processes(tree):
    """The pids that the instance has now."""
    folder = re.search(r"^runtime-dir = (.*)$", (tree / "run/umlauf.conf").read_text("utf-8"),
                       re.M).group(1)
    try:
        with open(f"{folder}/umlaufd.status", encoding="utf-8") as status:
            return [int(pid) for pid in re.findall(r" pid=(\d+)", status.read())]
    except FileNotFoundError:
        return []


def is_ours(pid):
    """It runs, and is no other that has got its number since."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as words:
            return pid_is_alive(pid) and b"umlaufd" in words.read()
    except OSError:
        return False


def newcomer():
    tree = story.folder("quickstart") / "umlauf"
    shutil.copytree(TREE, tree, symlinks=True, ignore=BUILT)
    story.at_end(lambda: subprocess.run([str(tree / "quickstart"), "--stop"], check=False,
                                        stdout=subprocess.DEVNULL))
    said = quickstart(tree)
    news = address_in(said, "the news server is")
    with Nntp(news) as nntp:
        groups = [line.split()[0] for line in nntp.ask_long("LIST")[2]]
        same("two sample groups", sorted(groups), [b"umlauf.eakte", b"umlauf.finanzen"])
        before = nntp.group("umlauf.finanzen")[1]
        replies = [row for row in nntp.over() if row["references"]]
        check("with threads", before > 5 and len(replies) > 3, (before, replies))
    code, text = deliver(address_in(said, "--server"), ANSWER.encode(),
                         "finanzen@listen.example.de")
    same("a mail is taken", code, 250)
    with Nntp(news) as nntp:
        nntp.group("umlauf.finanzen")
        same("and stands in its thread at once", nntp.over()[-1]["references"], PARENT)
    check("its words are known", "<doris1@example.de>" in text, text)

    pids = processes(tree)
    again = quickstart(tree)
    same("once more: the same address", address_in(again, "the news server is"), news)
    with Nntp(news) as nntp:
        nntp.group("umlauf.finanzen")
        same("once more: nothing doubled or lost", len(nntp.over()), before + 1)
    pids += processes(tree)
    quickstart(tree, "--stop")
    same("stopped: nothing runs", [pid for pid in pids if is_ours(pid)], [])


if __name__ == "__main__":
    story.run(newcomer)
