# SPDX-License-Identifier: EUPL-1.2
"""What every story stands on: TAP, an instance of Umlauf of its own, waiting without guessing.

A story is a file NN-name.py with functions that call check(), ended by

    if __name__ == "__main__":
        story.run(first, second)

Each function is told in turn; what it raises is a failed check.  Everything that a story
starts is ended and its folder removed, whatever happens.  UMLAUF_BUILD names the folder with the
built programs; without it the tree's run/build or its top is taken.  UMLAUF_KEEP=1 keeps the folders.
"""

import email
import email.policy
import json
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

TREE = pathlib.Path(__file__).resolve().parents[2]
DOMAIN = "listen.example.de"

# -- TAP --

_told = 0
_failed = 0
_endings = []  # called in the reverse order when the story is over


def check(name, condition, detail=""):
    """One line of TAP; detail (text or callable) is shown where the condition is false."""
    global _told, _failed
    _told += 1
    print(f"{'ok' if condition else 'not ok'} {_told} - {name}", flush=True)
    if not condition:
        _failed += 1
        shown = detail() if callable(detail) else detail
        for line in str(shown).splitlines():
            print(f"#   {line}", flush=True)
    return bool(condition)


def same(name, got, wanted):
    """check() that two values are equal, and shows both where not."""
    return check(name, got == wanted, f"got:    {got!r}\nwanted: {wanted!r}")


def skip(name, reason):
    """A check that cannot be made here."""
    global _told
    _told += 1
    print(f"ok {_told} - {name} # SKIP {reason}", flush=True)


def at_end(function):
    """Call function when the story is over (the last named first)."""
    _endings.append(function)


def _terminated(_number, _frame):
    raise SystemExit("ended from outside (time limit?)")


def run(*parts):
    """Tell all parts, clean up, print the plan, and exit with 0 if no check failed."""
    signal.signal(signal.SIGTERM, _terminated)
    for part in parts:
        try:
            part()
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            check(f"{part.__name__} is told to its end", False, traceback.format_exc())
            if not isinstance(error, Exception):
                break
    while _endings:
        try:
            _endings.pop()()
        except Exception:
            check("everything is cleaned up", False, traceback.format_exc())
    print(f"1..{_told}", flush=True)
    sys.exit(1 if _failed else 0)


# -- waiting, places --


def wait_for(condition, limit=10.0, step=0.02):
    """The first true value of condition(), or its last value once limit seconds are over."""
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value or time.monotonic() >= end:
            return value
        time.sleep(step)


def folder(name="story"):
    """A new folder that anybody may enter, removed at the end."""
    path = pathlib.Path(tempfile.mkdtemp(prefix=f"umlauf-{name}-"))
    path.chmod(0o755)
    if not os.environ.get("UMLAUF_KEEP"):
        at_end(lambda: shutil.rmtree(path, ignore_errors=True))
    return path


def free_port():
    """A TCP port of 127.0.0.1 below the kernel's own range that nobody has at the moment."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def program(name):
    """The built umlaufd or umlauf."""
    places = [TREE / "run/build", TREE]
    if os.environ.get("UMLAUF_BUILD"):
        places.insert(0, pathlib.Path(os.environ["UMLAUF_BUILD"]))
    for place in places:
        for path in (place / name, place / "src" / name):
            if path.is_file():
                return str(path)
    raise FileNotFoundError(f"{name} is not built")


def pid_is_alive(pid):
    """True while the process runs (a zombie does not)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


# -- an instance of Umlauf --


class Umlauf:
    """An instance in a folder of its own, on ports that the kernel chooses.

    settings: {"section": {"key": value}} over the defaults; None takes a key away.
    clock: Unix seconds to stand still at (see set_time); None: the real time.
    """

    def __init__(self, settings=None, clock=None):
        self.folder = folder("instance")
        self.file = self.folder / "umlauf.conf"
        self.runtime_dir = self.folder / "run"
        self.log_file = self.folder / "umlaufd.log"
        self.process = None
        self.env = dict(os.environ, LC_ALL="C.UTF-8")
        self.env.pop("NOTIFY_SOCKET", None)
        self.settings = {
            "umlauf": {
                "domain": DOMAIN,
                "store": f"sqlite:{self.folder}/store/umlauf.db",
                "user": pwd.getpwuid(os.geteuid()).pw_name,
                "runtime-dir": str(self.runtime_dir),
            },
            "intake": {"lmtp": f"127.0.0.1:0, {self.folder}/lmtp"},
            "news": {"listen": "127.0.0.1:0", "workers": 2},
            "courier": {"relay": f"maildir:{self.folder}/outbox"},
        }
        if clock is not None:
            self.env["UMLAUF_CLOCK"] = str(self.folder / "clock")
            self.set_time(clock)
        self.configure(settings or {})
        at_end(self.end)

    # config and time

    def configure(self, settings):
        """Change settings and write the file (the daemon reads it at a start or SIGHUP)."""
        for section, keys in settings.items():
            self.settings.setdefault(section, {}).update(keys)
        lines = []
        for section, keys in self.settings.items():
            lines.append(f"[{section}]")
            lines += [f"{key} = {value}" for key, value in keys.items() if value is not None]
        self.file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def set_time(self, seconds):
        """Set the clock of test builds; needs clock= at the making."""
        new = self.folder / "clock.new"
        new.write_text(f"{int(seconds)}\n", encoding="ascii")
        new.rename(self.folder / "clock")

    def ring(self, role="*"):
        """Wake the processes of a role, as those do that commit something."""
        for path in (self.runtime_dir / "bell").glob(f"{role}.*"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
                try:
                    bell.sendto(b"", str(path))
                except OSError:
                    pass  # of one that was killed

    # the operator's command

    def ctl(self, *args, text_in=None, fails=False):
        """Run `umlauf -c FILE ARGS`; stdout as text.  fails: any exit status is taken."""
        done = self.ctl_result(*args, text_in=text_in)
        if done.returncode != 0 and not fails:
            raise RuntimeError(f"umlauf {' '.join(args)}: {done.returncode}\n{done.stderr}")
        return done.stdout

    def ctl_result(self, *args, text_in=None, limit=120):
        """Likewise, with stdout, stderr and returncode."""
        command = [program("umlauf"), "-c", str(self.file), *map(str, args)]
        return subprocess.run(
            command, env=self.env, input=text_in, capture_output=True, timeout=limit,
            encoding="utf-8", errors="surrogateescape", check=False)

    def ctl_json(self, *args):
        """The JSON value that the command answers with --json."""
        return json.loads(self.ctl(*args, "--json"))

    def init(self):
        self.ctl("init")
        return self

    def add_group(self, name, address, *options):
        """A group; open to all unless the options say otherwise."""
        if "--post" not in options:
            options += ("--post", "open")
        self.ctl("group", "add", name, "--address", address, *options)

    # the daemon

    def launch(self, *options):
        """Start umlaufd in the foreground and do not wait."""
        command = [program("umlaufd"), "-c", str(self.file), "--foreground", *options]
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                command, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        return self.process

    def start(self, *options, limit=30):
        """Start umlaufd and wait until it is ready."""
        begin = self.log_file.stat().st_size if self.log_file.exists() else 0
        process = self.launch(*options)

        def is_ready():
            with open(self.log_file, "rb") as log:
                log.seek(begin)
                return b"umlaufd: ready\n" in log.read() or process.poll() is not None

        wait_for(is_ready, limit)
        if process.poll() is not None or not is_ready():
            raise RuntimeError(f"umlaufd is not ready\n{self.log()[-4000:]}")
        return self

    def stop(self, limit=20):
        """SIGTERM; the exit status."""
        if self.process is None:
            return None
        self.process.terminate()
        status = self.process.wait(limit)
        self.process = None
        return status

    def kill(self):
        """kill -9 of all its processes at once."""
        pids = [int(entry["pid"]) for entry in self.status("role") if entry["pid"] != "0"]
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if self.process is not None:
            self.process.wait(10)
        self.process = None
        wait_for(lambda: not any(map(pid_is_alive, pids)))

    def restart(self):
        self.stop()
        return self.start()

    def hangup(self):
        """SIGHUP: read the config file anew."""
        self.process.send_signal(signal.SIGHUP)

    def end(self):
        """For the end of the story: nothing of it runs any more."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)

    # what it sends, where the relay is the folder that it is by default

    def outbox(self):
        """All mails in outbox/new, in the order of their names, as octets."""
        folder = self.folder / "outbox/new"
        return [path.read_bytes() for path in sorted(folder.iterdir())] if folder.exists() else []

    def outgoing(self, count, limit=20):
        """Wait until so many mails have gone out; parsed by Python's email, X-Envelope-* first."""
        wait_for(lambda: len(self.outbox()) >= count, limit)
        policy = email.policy.default
        return [email.message_from_bytes(mail, policy=policy) for mail in self.outbox()]

    def deliveries(self, address):
        """The mails to an address as `trace` tells them, the oldest first; none: nobody knows it."""
        done = self.ctl_result("trace", address, "--json")
        return json.loads(done.stdout)["deliveries"][::-1] if done.returncode == 0 else []

    # what it says

    def log(self):
        """All that umlaufd has written."""
        if not self.log_file.exists():
            return ""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def status(self, kind):
        """The lines of the status file that begin with kind= ("role", "listen"), as dicts."""
        try:
            text = (self.runtime_dir / "umlaufd.status").read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        lines = [dict(word.split("=", 1) for word in line.split()) for line in text.splitlines()]
        return [line for line in lines if kind in line]

    def roles(self, name):
        """The processes of a role: list of dicts with pid, state, since, restarts."""
        return [line for line in self.status("role") if line["role"] == name]

    def addresses(self, role):
        """The addresses on which the role listens."""
        return [line["address"] for line in self.status("listen") if line["listen"] == role]

    def _port(self, role):
        for address in self.addresses(role):
            if not address.startswith("/"):
                return int(address.rpartition(":")[2])
        raise RuntimeError(f"{role} listens on no port\n{self.log()[-4000:]}")

    @property
    def news_port(self):
        return self._port("news")

    @property
    def lmtp_port(self):
        return self._port("intake")


# -- mails --


def mail(subject, text, sender="Anna Muster <anna@example.de>", to=f"finanzen@{DOMAIN}",
         msgid=None, date="Mon, 23 Nov 2026 08:00:00 +0100", **fields):
    """A plain mail as octets with CRLF; fields: In_Reply_To="<…>" and the like."""
    head = {"From": sender, "To": to, "Subject": subject, "Date": date}
    head["Message-ID"] = msgid or f"<{random.getrandbits(64):016x}@example.de>"
    head.update({name.replace("_", "-"): value for name, value in fields.items()})
    head.setdefault("MIME-Version", "1.0")
    head.setdefault("Content-Type", "text/plain; charset=utf-8")
    head.setdefault("Content-Transfer-Encoding", "8bit")
    lines = [f"{name}: {value}" for name, value in head.items() if value is not None]
    whole = "\n".join(lines) + "\n\n" + text.rstrip("\n") + "\n"
    return whole.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8")
