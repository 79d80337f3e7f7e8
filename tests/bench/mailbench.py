#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Measure what goes out by mail, Umlauf beside mlmmj, and print a table.

    mailbench.py [--build FOLDER] [-n 10000] [--peer 300] [--only ROW[,ROW]] [--json]

Posts of 4 KiB go to -n members, one mail each, and to Postfix's smtp-sink; mlmmj (Debian's package) does
the same with fewer, as it takes longer.  All of it lies in one temporary folder, on ports of 127.0.0.1
that the kernel chose; nothing is left running.  A rate is that of the whole way: from the end of LMTP's
DATA to the last row that says "sent".  Beside it stands what the same relay takes from relayload,
which has no table and no store.
"""

import argparse
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

import servers
from servers import ADDRESS, GROUP

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parents[1]
SINK = "/usr/sbin/smtp-sink"
MLMMJ = "/usr/bin/mlmmj-send"
COMMANDS = (("status",), ("queue", "list"), ("group", "list"))


def say(text):
    print(text, file=sys.stderr, flush=True)


class Sink:
    """Postfix's smtp-sink: takes everything, keeps nothing."""

    def __init__(self):
        self.port = servers.free_port()
        user = [] if os.geteuid() else ["-u", "nobody"]
        self.process = subprocess.Popen([SINK, *user, f"127.0.0.1:{self.port}", "1000"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait()

    def wait(self):
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
                return
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("smtp-sink does not start") from error
                time.sleep(0.01)

    def stop(self):
        self.process.kill()
        self.process.wait()


def post(number, size=4096):
    """A mail of that many octets."""
    head = (f"From: Last Probe <last@example.org>\r\nTo: {ADDRESS}\r\nSubject: Lastprobe {number}\r\n"
            "Date: Tue, 24 Nov 2026 06:00:00 +0000\r\n"
            f"Message-ID: <{os.getpid()}.{number}@last.example.org>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n\r\n")
    line = "Der Rundbrief geht an alle, die ihn haben wollen, und an niemand sonst.\r\n"
    return (head + line * ((size - len(head)) // len(line))).encode()


def deliver(port, mail):
    """One mail by LMTP; it is on disk when this returns."""
    with socket.create_connection(("127.0.0.1", port), 60) as client:
        file = client.makefile("rwb")
        for words in (b"", b"LHLO last.example.org\r\n", b"MAIL FROM:<last@example.org>\r\n",
                      f"RCPT TO:<{ADDRESS}>\r\n".encode(), b"DATA\r\n", mail + b".\r\n"):
            file.write(words)
            file.flush()
            line = file.readline()
            while line[3:4] == b"-":
                line = file.readline()
            if line[:1] not in b"23":
                raise RuntimeError(f"LMTP: {line!r}")


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.turn = 0
        self.sink = Sink()

    def instance(self, workers):
        """Umlauf with the members, started: (server, seconds that adding the members took)."""
        self.turn += 1
        server = servers.Umlauf(self.folder / f"turn{self.turn}", self.options.build,
                                f"smtp://127.0.0.1:{self.sink.port}", workers)
        members = server.folder / "members"
        members.write_text("".join(f"leser{i}@last.example.org\n" for i in range(self.options.n)))
        begin = time.perf_counter()
        server.ctl("subscribe", "--file", members, GROUP)
        took = time.perf_counter() - begin
        server.start()
        return server, took

    def sent(self, server):
        with sqlite3.connect(f"file:{server.folder}/umlauf.db?mode=ro", uri=True) as store:
            done = store.execute("SELECT count(*) FROM delivery WHERE state = 1").fetchone()[0]
        store.close()
        return done

    def fan_out(self, server, number):
        """Seconds from the yes to a post until every member's copy is sent and marked."""
        before = self.sent(server)
        deliver(server.lmtp_port, post(number))
        begin = time.perf_counter()
        while self.sent(server) < before + self.options.n:
            if time.perf_counter() - begin > 300:
                raise RuntimeError(f"not sent in time:\n{server.output()[-2000:]}")
            time.sleep(0.02)
        return time.perf_counter() - begin

    def end(self):
        self.sink.stop()


def rate_of(bench, workers):
    """(deliveries a second, CPU us a delivery of all our processes), the best of some posts."""
    server, _ = bench.instance(workers)
    try:
        bench.fan_out(server, 0)  # opens the sessions
        before = server.cpu()
        took = [bench.fan_out(server, number) for number in range(1, 1 + bench.options.repeat)]
        cpu = (server.cpu() - before) / 1e3 / bench.options.n / bench.options.repeat
        return bench.options.n / statistics.median(took), cpu
    finally:
        server.stop()


def limit_of(bench, sessions):
    """What the relay takes from relayload."""
    program = bench.options.build / "tests/bench/relayload"
    if not program.exists():
        return None
    done = subprocess.run([str(program), f"smtp://127.0.0.1:{bench.sink.port}", str(sessions),
                           str(bench.options.n)], capture_output=True, encoding="utf-8", check=True)
    found = dict(word.split("=", 1) for word in done.stdout.split())
    return float(found.get("mails_s", found.get("req_s", 0))) or None


def peer_rate(bench):
    """mlmmj-send to the same sink; None where it is not installed."""
    if not shutil.which(MLMMJ):
        return None
    spool = bench.folder / "mlmmj"
    spool.mkdir()
    subprocess.run(["mlmmj-make-ml", "-L", "liste", "-s", str(spool)], check=True,
                   input="last.example.org\nadmin@last.example.org\nen\nn\n", encoding="utf-8",
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    folder = spool / "liste"
    for name, value in (("relayhost", "127.0.0.1"), ("smtpport", str(bench.sink.port))):
        (folder / "control" / name).write_text(f"{value}\n")
    members = [f"leser{i}@last.example.org\n" for i in range(bench.options.peer)]
    (folder / "subscribers.d/l").write_text("".join(members))
    mail = folder / "queue/probe"
    mail.write_bytes(post(0).replace(b"\r\n", b"\n"))
    begin = time.perf_counter()
    subprocess.run([MLMMJ, "-L", str(folder), "-m", str(mail)], check=True,
                   stdout=subprocess.DEVNULL)
    return bench.options.peer / (time.perf_counter() - begin)


def pss_mib(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as lines:
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:
            continue
    return total / 1024


def memory(bench):
    """MiB of all processes with the members, behind a post to all of them; what adding took."""
    server, took = bench.instance(4)
    try:
        bench.fan_out(server, 0)
        return pss_mib(server.pids()), took
    finally:
        server.stop()


def command_ms(bench):
    """The slowest of some commands, with -n deliveries in the table."""
    server, _ = bench.instance(4)
    try:
        bench.fan_out(server, 0)
        times = []
        for words in COMMANDS + (("trace", f"<{os.getpid()}.0@last.example.org>"),):
            begin = time.perf_counter()
            server.ctl(*words)
            times.append((time.perf_counter() - begin) * 1e3)
            print(f"# umlauf {' '.join(words)}: {times[-1]:.0f} ms", file=sys.stderr)
        return max(times)
    finally:
        server.stop()


def rows(bench, wanted):
    """(figure, unit, mlmmj, Umlauf, limit or None, target) of each row."""
    peer = None
    for key, workers, target in (("each-1", 1, 4000), ("each-8", 8, 8000)):
        if key not in wanted:
            continue
        if peer is None:
            peer = peer_rate(bench) or 0
        limit = limit_of(bench, workers)
        rate, cpu = rate_of(bench, workers)
        yield key, f"one mail a reader, {workers} session(s)", "/s", peer or None, rate, limit, \
            f">= {target}"
        yield f"{key}-cpu", f"of that, CPU of all our processes, {workers} session(s)", \
            "us a mail", None, cpu, None, "-"
    if "memory" in wanted:
        pss, took = memory(bench)
        yield "memory", f"all processes, {bench.options.n} members", "MiB PSS", None, pss, None, \
            "<= 64"
        yield "members", f"{bench.options.n} members by file", "s", None, took, None, "<= 2"
    if "commands" in wanted:
        yield "commands", "the slowest of status, queue list, group list, trace", "ms", None, \
            command_ms(bench), None, "<= 50"


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def print_table(entries):
    head = ("figure", "unit", "mlmmj", "Umlauf", "relay's limit", "target")
    lines = [head] + [(e[1], e[2], *map(number, e[3:6]), e[6]) for e in entries]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    lines.insert(1, tuple("-" * width for width in widths))
    for line in lines:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |")


def arguments():
    known = ("each-1", "each-8", "memory", "commands")
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True,
                        help="folder with umlaufd and umlauf (and tests/bench/relayload)")
    parser.add_argument("-n", type=int, default=10000, help="members (10000)")
    parser.add_argument("--peer", type=int, default=300, help="members of mlmmj's list (300)")
    parser.add_argument("--repeat", type=int, default=3, help="posts; medians are shown (3)")
    parser.add_argument("--only", default=",".join(known), help="rows: " + ", ".join(known))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    options.build = options.build.resolve()
    return options


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="umlauf-mailbench-") as name:
        bench = Bench(options, pathlib.Path(name))
        entries = []
        try:
            for entry in rows(bench, options.only.split(",")):
                say(f"{entry[1]}: mlmmj {number(entry[3])}, Umlauf {number(entry[4])}")
                entries.append(entry)
        finally:
            bench.end()
    if options.json:
        keys = ("row", "figure", "unit", "mlmmj", "umlauf", "limit", "target")
        print(json.dumps([dict(zip(keys, entry)) for entry in entries], indent=1))
    else:
        print_table(entries)


if __name__ == "__main__":
    main()
