#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Measure Umlauf beside INN and print a table: figure, INN, Umlauf, ratio, first target.

    bench.py [--build FOLDER] [-n 100000] [--only ROW[,ROW]] [--no-peer] [--json]

Both servers run as children in one temporary folder, on free ports of 127.0.0.1, with the same mails in one
group; each row measures them in turns, --repeat times, and shows the medians.  INN's own service
is neither used nor touched; without the package inn2 only Umlauf is measured.

CPU is what the server's processes used, from /proc, as the difference between a short and a long
run over as many connections, so that connecting does not count.  It hardly depends on what else the
machine does; rates do.  What is to be durable is compared with the time of one fdatasync in the same
folder and run.
"""

import argparse
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import servers
from servers import ADDRESS, GROUP

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parents[1]
LOWER, HIGHER = "<=", ">="


class Tools:
    """The load generators, built into a folder."""

    def __init__(self, folder):
        self.folder = folder
        for name, *parts in (("nntpload", "articles", "load"), ("lmtpload", "load")):
            subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", str(folder / name),
                            *(str(HERE / f"{part}.c") for part in (name, *parts))], check=True)

    def run(self, name, *args):
        """The figures that a run prints, numbers as such."""
        done = subprocess.run([str(self.folder / name), *map(str, args)], capture_output=True,
                              encoding="utf-8", check=False)
        if done.returncode not in (0, 3):
            raise RuntimeError(f"{name} {' '.join(map(str, args))}: {done.stderr}")
        found = dict(word.split("=", 1) for word in done.stdout.split())
        return {key: float(value) if key != "mode" else value for key, value in found.items()}

    def nntpload(self, *args):
        return self.run("nntpload", *args)

    def lmtpload(self, *args):
        return self.run("lmtpload", *args)


class Bench:
    """What the rows need: the servers, the tools, the corpus."""

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.tools = Tools(folder)
        self.seed = 0
        self.corpus = options.corpus or self.make_corpus()
        self.build = options.build or self.make_build()
        self.servers = []
        self.imports = {}

    def make_corpus(self):
        path = self.folder / "corpus.mbox"
        say(f"making {self.options.n} mails")
        subprocess.run([sys.executable, str(HERE / "gen_corpus.py"), "-n", str(self.options.n),
                        "-s", "1", "--group", GROUP, "--mbox", str(path)], check=True)
        return path

    def make_build(self):
        """Umlauf as it is released."""
        build = self.folder / "build"
        build.mkdir()
        say("building")
        if not (TREE / "configure").exists():
            subprocess.run(["autoreconf", "-fi"], cwd=TREE, check=True, capture_output=True)
        for command in ([str(TREE / "configure"), "CFLAGS=-O2 -g"],
                        ["make", f"-j{os.cpu_count()}", "umlaufd", "umlauf"]):
            subprocess.run(command, cwd=build, check=True, stdout=subprocess.DEVNULL)
        return build

    def makers(self):
        peer = not self.options.no_peer and servers.Inn.is_installed()
        return ([lambda folder: servers.Inn(folder, self.tools)] if peer else []) + [
            lambda folder: servers.Umlauf(folder, self.build)]

    def load(self, times):
        """Servers with the corpus loaded; what loading took goes into self.imports."""
        for turn in range(times):
            self.end()
            for make in self.makers():
                server = make(self.folder / f"turn{turn}")
                self.servers.append(server)
                say(f"loading {server.name}")
                seconds, cpu, count = server.load(self.corpus)
                self.imports.setdefault(server.name, []).append((seconds, cpu, count))
            if turn + 1 < times:
                self.end()
                shutil.rmtree(self.folder / f"turn{turn}")

    def end(self):
        for server in self.servers:
            server.stop()
        self.servers = []

    def nntp(self, server, *args):
        return self.tools.nntpload("-p", server.port, "-g", GROUP, *server.reader, *args)

    def cpu_us(self, server, few, many, per, *args):
        """Server CPU for one of `per` (requests, lines), by the difference of two runs."""
        marks, counts = [server.cpu()], []
        for n in (few, many):
            counts.append(self.nntp(server, "-n", n, *args)[per])
            marks.append(server.cpu())
        return (marks[2] - 2 * marks[1] + marks[0]) / (counts[1] - counts[0]) / 1e3

    def new_seed(self):
        self.seed += 1
        return self.seed


def say(text):
    print(f"# {text}", file=sys.stderr, flush=True)


# -- the rows --


def over_whole_cpu(bench, server):
    return bench.cpu_us(server, 1, 11, "lines", "-m", "over", "-R", bench.options.n, "-q")


def over_pipelined_cpu(bench, server):
    return bench.cpu_us(server, 16, 10000, "lines", "-m", "over", "-d", 16, "-q")


def over_single_cpu(bench, server):
    return bench.cpu_us(server, 10, 5000, "lines", "-m", "over", "-q")


def over_rate(bench, server):
    return bench.nntp(server, "-m", "over", "-c", 16, "-d", 16, "-t", 3, "-q")["lines_s"]


def over_whole_seconds(bench, server):
    got = bench.nntp(server, "-m", "over", "-R", bench.options.n, "-n", 3, "-q")
    return got["p50_us"] / 1e6


def article_1_cpu(bench, server):
    return bench.cpu_us(server, 100, 20000, "requests", "-m", "art", "-r", "-q")


def article_16_cpu(bench, server):
    return bench.cpu_us(server, 100, 40000, "requests", "-m", "art", "-r", "-d", 16, "-q")


def article_rate(bench, server):
    return bench.nntp(server, "-m", "art", "-r", "-c", 16, "-d", 16, "-t", 3, "-q")["req_s"]


def stat_cpu(bench, server):
    return bench.cpu_us(server, 100, 100000, "requests", "-m", "stat", "-r", "-d", 64)


def ordinary_p50(bench, server):
    """An article for a client that does as clients do: no quick acknowledgement."""
    return bench.nntp(server, "-m", "art", "-r", "-n", 100)["p50_us"] / 1e3


def idle_heap(bench, server):
    """Growth of the memory without a file; INN has a process for each connection."""
    server.stop()  # a heap that has been in use would have room for them
    server.start()
    conns = 2000 if server.name == "Umlauf" else 100
    before = servers.anonymous_of(server.pids())
    load = subprocess.Popen(
        [str(bench.tools.folder / "nntpload"), "-m", "idle", "-p", str(server.port), "-c", str(conns),
         *server.reader, "-i", "60"], stdout=subprocess.PIPE, encoding="utf-8")
    try:
        ready = load.stdout.readline()
        if f"ready={conns} " not in ready:
            raise RuntimeError(f"idle: {ready}")
        return (servers.anonymous_of(server.pids()) - before) / conns
    finally:
        load.kill()
        load.wait()


def connect_cpu(bench, server):
    def visit():
        with socket.create_connection(("127.0.0.1", server.port), 60) as client:
            file = client.makefile("rb")
            file.readline()
            if server.reader:
                client.sendall(b"MODE READER\r\n")
                file.readline()

    times = 500
    before = server.cpu()
    for _ in range(times):
        visit()
    return (server.cpu() - before) / times / 1e6


def start_seconds(bench, server):
    server.stop()
    return server.start() * 1e3


def import_rate(bench, server):
    return statistics.median(count / seconds for seconds, _, count in bench.imports[server.name])


def import_cpu(bench, server):
    return statistics.median(cpu / count * 1e6 for _, cpu, count in bench.imports[server.name])


def disk(bench, server):
    return server.disk() / bench.imports[server.name][-1][2]


def fsync_seconds(folder):
    """The median of appending 8 to 90 KB and making it durable."""
    sizes = random.Random(1)
    block = os.urandom(90000)
    took = []
    path = folder / "fsync"
    with open(path, "wb", buffering=0) as file:
        for _ in range(200):
            begin = time.perf_counter()
            file.write(block[:sizes.randint(8000, 90000)])
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - begin)
    path.unlink()
    return statistics.median(took)


def durable(bench, server, conns, lmtp=True):
    """(mails a second, seconds of one fdatasync): LMTP for us, or POST; POST for INN."""
    count = 400 * (1 if conns == 1 else 5)
    seed = bench.new_seed()
    before = fsync_seconds(bench.folder)
    if lmtp and server.name == "Umlauf":
        got = bench.tools.lmtpload("-p", server.lmtp_port, "-r", ADDRESS, "-c", conns, "-n", count,
                                   "-S", seed)
    else:
        got = bench.nntp(server, "-m", "post", "-c", conns, "-n", count, "-s", 4096, "-S", seed)
    fsync = (before + fsync_seconds(bench.folder)) / 2
    say(f"{server.name}: {got['req_s']:.0f} mails/s, one fdatasync {fsync * 1e3:.2f} ms")
    return got["req_s"], fsync


def durable_1(bench, server):
    """Milliseconds that a mail takes beyond one fdatasync."""
    rate, fsync = durable(bench, server, 1)
    return (1 / rate - fsync) * 1e3


def durable_16(bench, server):
    """Mails in the time of one fdatasync; 16 is what one fsync for all would give."""
    rate, fsync = durable(bench, server, 16)
    return rate * fsync


def post_1(bench, server):
    """As durable_1, POST for both."""
    rate, fsync = durable(bench, server, 1, lmtp=False)
    return (1 / rate - fsync) * 1e3


def post_16(bench, server):
    rate, fsync = durable(bench, server, 16, lmtp=False)
    return rate * fsync


def post_cpu(bench, server):
    return durable_cpu(bench, server, lmtp=False)


def durable_cpu(bench, server, lmtp=True):
    before = server.cpu()
    count = 2000
    if lmtp and server.name == "Umlauf":
        bench.tools.lmtpload("-p", server.lmtp_port, "-r", ADDRESS, "-c", 16, "-n", count,
                             "-S", bench.new_seed())
    else:
        bench.nntp(server, "-m", "post", "-c", 16, "-n", count, "-s", 4096,
                   "-S", bench.new_seed())
    return (server.cpu() - before) / count / 1e3


class Row:
    def __init__(self, key, title, unit, sense, target, measure, once=False):
        self.key, self.title, self.unit = key, title, unit
        self.sense, self.target = sense, target
        self.measure, self.once = measure, once

    def reached(self, value):
        return value <= self.target if self.sense == LOWER else value >= self.target


ROWS = (
    Row("import-rate", "import", "articles/s", HIGHER, 15000, import_rate, True),
    Row("import-cpu", "import, CPU", "us/article", LOWER, 60, import_cpu, True),
    Row("disk", "disk", "octets/article", LOWER, 3300, disk, True),
    Row("start", "start to first reply", "ms", LOWER, 200, start_seconds),
    Row("over-whole", "OVER, whole group, CPU", "us/line", LOWER, .5, over_whole_cpu),
    Row("over-pipelined", "OVER, ranges of 100 pipelined, CPU", "us/line", LOWER, .5,
        over_pipelined_cpu),
    Row("over-single", "OVER, single ranges of 100, CPU", "us/line", LOWER, .5, over_single_cpu),
    Row("over-rate", "OVER, ranges of 100, c=16 d=16", "lines/s", HIGHER, 1500000, over_rate),
    Row("over-seconds", "OVER, whole group", "s", LOWER, .06, over_whole_seconds),
    Row("article-1", "ARTICLE random, 1 in flight, CPU", "us", LOWER, 40, article_1_cpu),
    Row("article-16", "ARTICLE random, 16 in flight, CPU", "us", LOWER, 22, article_16_cpu),
    Row("article-rate", "ARTICLE random, c=16 d=16", "/s", HIGHER, 45000, article_rate),
    Row("stat", "STAT random, pipelined, CPU", "us", LOWER, 5, stat_cpu),
    Row("p50", "one ARTICLE, ordinary client, p50", "ms", LOWER, .1, ordinary_p50),
    Row("idle", "idle connection, heap", "octets", LOWER, 600, idle_heap),
    Row("connect", "connect to ready, CPU", "ms", LOWER, .1, connect_cpu),
    Row("durable-1", "LMTP (INN: POST), c=1, beyond one fsync", "ms", LOWER, 1, durable_1),
    Row("durable-16", "LMTP (INN: POST), c=16, in one fsync's time", "mails", HIGHER, 8, durable_16),
    Row("durable-cpu", "LMTP (INN: POST), c=16, CPU", "us/mail", LOWER, 150, durable_cpu),
    Row("post-1", "POST, c=1, beyond one fsync", "ms", LOWER, 1, post_1),
    Row("post-16", "POST, c=16, in one fsync's time", "mails", HIGHER, 8, post_16),
    Row("post-cpu", "POST, c=16, CPU", "us/post", LOWER, 150, post_cpu),
)


def number(value):
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def measure(bench, rows):
    """[(row, {server: median})], each row in turns."""
    results = []
    for row in rows:
        values = {}
        for _ in range(1 if row.once else bench.options.repeat):
            for server in bench.servers:
                values.setdefault(server.name, []).append(row.measure(bench, server))
        medians = {name: statistics.median(list_) for name, list_ in values.items()}
        say(f"{row.title}: " + ", ".join(
            f"{name} {' '.join(map(number, list_))}" for name, list_ in values.items()))
        results.append((row, medians))
    return results


def entry(row, medians):
    inn, ours = medians.get("INN"), medians["Umlauf"]
    ratio = None
    if inn and ours:
        ratio = inn / ours if row.sense == LOWER else ours / inn
    return {"row": row.key, "figure": row.title, "unit": row.unit, "inn": inn, "umlauf": ours,
            "ratio": ratio, "target": row.target, "sense": row.sense,
            "reached": row.reached(ours)}


def print_table(entries):
    head = ("figure", "unit", "INN", "Umlauf", "ratio", "first target", "reached")
    lines = [head] + [
        (e["figure"], e["unit"], number(e["inn"]), number(e["umlauf"]),
         "-" if e["ratio"] is None or e["ratio"] < 0 else f"{e['ratio']:.2f}",
         f"{e['sense']} {number(e['target'])}", "yes" if e["reached"] else "NO") for e in entries]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    lines.insert(1, tuple("-" * width for width in widths))
    for line in lines:
        cells = [cell.ljust(width) if i < 2 else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(line, widths))]
        print("| " + " | ".join(cells) + " |")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, help="folder with umlaufd and umlauf")
    parser.add_argument("--corpus", type=pathlib.Path, help="an mbox made by gen_corpus.py --group "
                        f"{GROUP} with as many mails as -n says")
    parser.add_argument("-n", type=int, default=100000, help="mails (100000)")
    parser.add_argument("--only", help="rows, by comma: " + ", ".join(row.key for row in ROWS))
    parser.add_argument("--repeat", type=int, default=3, help="turns of each row (3)")
    parser.add_argument("--no-peer", action="store_true", help="Umlauf alone")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    wanted = set(options.only.split(",")) if options.only else {row.key for row in ROWS}
    options.rows = [row for row in ROWS if row.key in wanted]
    if wanted - {row.key for row in options.rows}:
        parser.error("no such row: " + ", ".join(wanted - {row.key for row in options.rows}))
    for name in ("build", "corpus"):
        if getattr(options, name):
            setattr(options, name, getattr(options, name).resolve())
    return options


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))
    with tempfile.TemporaryDirectory(prefix="umlauf-bench-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)  # INN's account must come through
        bench = Bench(options, folder)
        try:
            importing = any(row.key.startswith("import") for row in options.rows)
            bench.load(options.repeat if importing else 1)
            results = measure(bench, options.rows)
        finally:
            bench.end()
    entries = [entry(row, medians) for row, medians in results]
    if options.json:
        print(json.dumps(entries, indent=1))
    else:
        print_table(entries)


if __name__ == "__main__":
    main()
