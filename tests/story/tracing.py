# SPDX-License-Identifier: EUPL-1.2
"""What a process asked of the kernel: is the write-ahead file synced before a yes is said?"""

import re
import shutil
import signal
import subprocess

import story


class Strace:
    """strace on one process, from now on."""

    CALLS = "fdatasync,fsync,write,pwrite64,pwritev,writev,sendto,sendmsg"

    @staticmethod
    def is_possible():
        return shutil.which("strace") is not None

    def __init__(self, pid, folder):
        self.file = folder / "strace.out"
        self.process = subprocess.Popen(
            ["strace", "-f", "-y", "-s", "256", "-e", f"trace={self.CALLS}", "-o", str(self.file),
             "-p", str(pid)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, encoding="utf-8", errors="replace")
        story.at_end(self.stop)
        self.said = self.process.stderr.readline()

    def is_attached(self):
        return "attached" in self.said and self.process.poll() is None

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(10)

    def lines(self):
        return self.file.read_text(encoding="utf-8", errors="replace").splitlines()


CALL = re.compile(r"^\d+ +(?P<name>\w+)\((?P<fd>\d+)<(?P<path>.*?)>(?P<rest>.*)$")


def read_trace(lines, yes):
    """[(what `yes` finds in a line, what is wrong or "")] for each yes; how many syncs stand between."""
    told = []
    dirty = written = synced = False
    syncs = 0
    for line in lines:
        call = CALL.match(line)
        if not call:
            continue
        if call["path"].endswith("-wal"):
            if "sync" in call["name"]:
                if call["rest"].rstrip().endswith("= 0"):
                    synced, dirty = True, False
                    syncs += 1
            else:
                written, dirty, synced = True, True, False
            continue
        for found in yes.findall(line):
            wrong = "" if written and synced and not dirty else line
            told.append((found, wrong))
    return told, syncs
