# SPDX-License-Identifier: EUPL-1.2
"""The two servers that bench.py compares, each in a private folder and ended by end().

Both offer: name, port, pids(), cpu(), start(), stop(), load(mbox), disk(), and reader, the options
of nntpload that make one a reader there.
"""

import os
import pathlib
import pwd
import signal
import socket
import sqlite3
import subprocess
import time

GROUP = "umlauf.bench"
DOMAIN = "lists.example.org"
ADDRESS = f"bench@{DOMAIN}"
TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
INN_BIN = pathlib.Path("/usr/lib/news/bin")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def disk_use(path):
    """The octets that a folder's files take, whole blocks."""
    files = [path] if path.is_file() else path.rglob("*")
    return sum(entry.lstat().st_blocks * 512 for entry in files if entry.is_file())


def stat_of(pid):
    """The fields of /proc/PID/stat after the name, or None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()
    except OSError:
        return None


def family(root):
    """The process and all that descend from it."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = stat_of(name)
            if fields and fields[0] not in "ZX":
                parents[int(name)] = int(fields[1])
    found, more = [root], True
    while more:
        more = [pid for pid, parent in parents.items() if parent in found and pid not in found]
        found += more
    return found


def cpu_of(pids):
    """Nanoseconds of CPU of these processes and of their children that have ended."""
    total = 0
    for pid in pids:
        fields = stat_of(pid)
        if fields is None:
            continue
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as stat:
            total += int(stat.read().split()[0])
        total += (int(fields[13]) + int(fields[14])) * TICK_NS  # children's
    return total


def anonymous_of(pids):
    """Octets of the heaps and other memory without a file (no stacks) of these processes."""
    total = 0
    for pid in pids:
        counts = False
        with open(f"/proc/{pid}/smaps", encoding="ascii", errors="replace") as smaps:
            for line in smaps:
                words = line.split()
                if "-" in words[0] and not words[0].endswith(":"):
                    counts = len(words) == 5 or words[5] == "[heap]"
                elif counts and words[0] == "Rss:":
                    total += int(words[1]) * 1024
    return total


class Server:
    """A child process with a folder of its own."""

    name = ""
    reader = ()

    def __init__(self, folder):
        self.folder = folder / self.name
        self.folder.mkdir(parents=True)
        self.process = None
        self.port = 0

    def pids(self):
        return family(self.process.pid)

    def cpu(self):
        return cpu_of(self.pids())

    def ask_group(self):
        """A reader's first reply: the words of 211, or none."""
        with socket.create_connection(("127.0.0.1", self.port), 60) as client:
            file = client.makefile("rb")
            if not file.readline().startswith(b"20"):
                return []
            if self.reader:
                client.sendall(b"MODE READER\r\n")
                file.readline()
            client.sendall(b"GROUP %s\r\nQUIT\r\n" % GROUP.encode())
            words = file.readline().split()
            return words if words[:1] == [b"211"] else []

    def greeted(self):
        try:
            return bool(self.ask_group())
        except OSError:
            return False

    def count(self):
        """How many articles the group has."""
        return int(self.ask_group()[1])

    def wait(self, limit=60):
        """Wait for the first reply, without a pause that would count."""
        end = time.monotonic() + limit
        while not self.greeted():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.name} does not start:\n{self.output()}")
            time.sleep(0.0002)

    def ask_to_end(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        if self.process is None:
            return
        pids = self.pids()
        self.ask_to_end()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
        for pid in pids[1:]:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass

    def output(self):
        return (self.folder / "output").read_text(errors="replace")[-4000:]

    def spawn(self, *command, **options):
        with open(self.folder / "output", "ab") as log:
            self.process = subprocess.Popen(
                [*map(str, command)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, **options)


INN_FILES = {
    "storage.conf": "method tradspool {\n newsgroups: *\n class: 0\n}\n",
    "newsfeeds": "ME:!*/!local::\n",
    "incoming.conf": "streaming: true\nmax-connections: 64\n"
                     "peer ME {\n hostname: \"127.0.0.1\"\n}\n",
    "readers.conf": "auth all {\n hosts: \"*\"\n default: \"<bench>\"\n}\n"
                    "access all {\n users: \"<bench>\"\n newsgroups: \"*\"\n access: RPA\n}\n",
    "expire.ctl": "/remember/:11\n*:A:never:never:never\n",
    "control.ctl": "all:*:*:drop\n",
    "moderators": "",
    "distrib.pats": "",
    "subscriptions": "",
}

# What Debian's /etc/news/inn.conf says where it bears on speed, and our paths.
INN_CONF = """\
mta: "/bin/false %s"
mailcmd: /bin/false
organization: "Bench"
domain: {domain}
fromhost: {domain}
pathhost: {domain}
server: 127.0.0.1
bindaddress: 127.0.0.1
port: {port}
runasuser: {user}
runasgroup: {group}
ovmethod: tradindexed
hismethod: hisv6
wireformat: true
hiscachesize: 256
overcachesize: 128
storeonxref: true
articlemmap: true
nnrpdcheckart: true
tradindexedmmap: true
maxartsize: 1000000
localmaxartsize: 1000000
icdsynccount: 10
nnrpdloadlimit: 0
backoffauth: false
maxconnections: 1000
doinnwatch: false
pgpverify: false
pathnews: /usr/lib/news
pathbin: /usr/lib/news/bin
pathcontrol: /usr/lib/news/bin/control
pathdb: {folder}/db
pathetc: {folder}/etc
pathfilter: {folder}/etc
pathhttp: {folder}/log
pathlog: {folder}/log
pathrun: {folder}/run
pathspool: {folder}/spool
patharticles: {folder}/spool/articles
patharchive: {folder}/spool/archive
pathincoming: {folder}/spool/incoming
pathoutgoing: {folder}/spool/outgoing
pathoverview: {folder}/spool/overview
pathtmp: {folder}/tmp
"""


class Inn(Server):
    """INN as Debian ships it: tradspool, tradindexed, readers handed on to nnrpd; no filters."""

    name = "INN"
    reader = ("-M",)

    @staticmethod
    def is_installed():
        return (INN_BIN / "innd").exists()

    def __init__(self, folder, tools):
        super().__init__(folder)
        self.tools = tools
        self.port = free_port()
        self.account = pwd.getpwnam("news") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        for name in ("db", "etc", "run", "log", "tmp", "spool/articles", "spool/archive",
                     "spool/incoming/bad", "spool/outgoing", "spool/overview"):
            (self.folder / name).mkdir(parents=True)
        for name, text in INN_FILES.items():
            (self.folder / "etc" / name).write_text(text)
        self.configure()
        (self.folder / "db/active").write_text("".join(
            f"{name} 0000000000 0000000001 {flag}\n" for name, flag in (
                ("control", "n"), ("control.cancel", "n"), ("junk", "n"), (GROUP, "y"))))
        (self.folder / "db/newsgroups").write_text(f"{GROUP}\tBench\n")
        if os.geteuid() == 0:
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, self.account.pw_uid, self.account.pw_gid)
        self.env = dict(os.environ, INNCONF=str(self.folder / "etc/inn.conf"))
        self.run("makedbz", "-i", "-o", "-f", str(self.folder / "db/history"))

    def configure(self):
        group = self.account.pw_name if os.geteuid() == 0 else str(self.account.pw_gid)
        (self.folder / "etc/inn.conf").write_text(INN_CONF.format(
            domain="news.example.org", port=self.port, folder=self.folder,
            user=self.account.pw_name, group=group))

    def as_news(self):
        if os.geteuid() != 0:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def run(self, name, *args):
        (self.folder / "db/history").touch()
        if os.geteuid() == 0:
            os.chown(self.folder / "db/history", self.account.pw_uid, self.account.pw_gid)
        subprocess.run([str(INN_BIN / name), *args], env=self.env, cwd=self.folder, check=True,
                       stdin=subprocess.DEVNULL, capture_output=True, **self.as_news())

    def start(self):
        """Seconds from exec to the first reply."""
        begin = time.perf_counter()
        self.spawn(INN_BIN / "innd", "-d", "-c", "0", env=self.env, **self.as_news())
        self.wait()
        return time.perf_counter() - begin

    def ask_to_end(self):
        subprocess.run([str(INN_BIN / "ctlinnd"), "-t", "20", "shutdown", "bench"], env=self.env,
                       stdout=subprocess.DEVNULL, check=False, **self.as_news())

    def load(self, mbox):
        """All articles by TAKETHIS on one connection: (seconds, CPU seconds, articles)."""
        self.start()
        self.settle()
        before = self.cpu()
        got = self.tools.nntpload("-m", "takethis", "-f", mbox, "-p", self.port, "-d", 64)
        return got["secs"], (self.cpu() - before) / 1e9, self.count()

    def settle(self):
        """Wait until the readers' processes have ended, so that their CPU is counted."""
        end = time.monotonic() + 20
        while len(self.pids()) > 1 and time.monotonic() < end:
            time.sleep(0.01)

    def cpu(self):
        self.settle()
        return super().cpu()

    def disk(self):
        return disk_use(self.folder / "spool") + disk_use(self.folder / "db")


UMLAUF_CONF = """\
[umlauf]
domain = {domain}
store = sqlite:{folder}/umlauf.db
user = {user}
runtime-dir = {folder}/run
[intake]
lmtp = 127.0.0.1:0
[news]
listen = 127.0.0.1:0
workers = 2
max-connections-per-address = 10000
[courier]
relay = {relay}
workers = {workers}
"""


class Umlauf(Server):
    """Umlauf with one group, open to all."""

    name = "Umlauf"

    def __init__(self, folder, build, relay=None, workers=4):
        super().__init__(folder)
        self.build = build
        self.lmtp_port = 0
        self.conf = self.folder / "umlauf.conf"
        self.conf.write_text(UMLAUF_CONF.format(
            domain=DOMAIN, folder=self.folder, user=pwd.getpwuid(os.geteuid()).pw_name,
            relay=relay or f"maildir:{self.folder}/outbox", workers=workers))
        self.ctl("init")
        self.ctl("group", "add", GROUP, "--address", ADDRESS, "--post", "open")

    def ctl(self, *args):
        command = [str(self.build / "umlauf"), "-c", str(self.conf), *map(str, args)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def addresses(self):
        status = self.folder / "run/umlaufd.status"
        found = {}
        if status.exists():
            for line in status.read_text().splitlines():
                if line.startswith("listen="):
                    words = dict(word.split("=", 1) for word in line.split())
                    if not words["address"].startswith("/"):
                        found[words["listen"]] = int(words["address"].rpartition(":")[2])
        return found

    def start(self):
        """Seconds from exec to the first reply."""
        begin = time.perf_counter()
        self.spawn(self.build / "umlaufd", "-c", self.conf, "--foreground")
        while "news" not in self.addresses():
            if self.process.poll() is not None or time.perf_counter() - begin > 60:
                raise RuntimeError(f"Umlauf does not start:\n{self.output()}")
            time.sleep(0.0002)
        found = self.addresses()
        self.port, self.lmtp_port = found["news"], found["intake"]
        self.wait()
        return time.perf_counter() - begin

    def load(self, mbox):
        """umlauf import without the daemon: (seconds, CPU seconds, articles)."""
        before, begin = os.times(), time.perf_counter()
        self.ctl("import", "mbox", mbox, GROUP)
        seconds, after = time.perf_counter() - begin, os.times()
        cpu = (after.children_user + after.children_system
               - before.children_user - before.children_system)
        self.start()
        return seconds, cpu, self.count()

    def disk(self):
        """After a checkpoint."""
        with sqlite3.connect(self.folder / "umlauf.db") as store:
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store.close()
        return sum(disk_use(path) for path in self.folder.glob("umlauf.db*"))
