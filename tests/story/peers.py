# SPDX-License-Identifier: EUPL-1.2
"""Real peers: a terminal to run newsreaders in (tmux), a private Postfix, and mailboxes behind it."""

import email
import email.policy
import os
import re
import shutil
import signal
import socketserver
import subprocess
import threading
import uuid

import story


class Screen:
    """A program in a terminal of its own, read as a human sees it."""

    def __init__(self, command, env=None, columns=120, lines=40):
        self.name = f"umlauf-{uuid.uuid4().hex[:12]}"
        self.home = story.folder("screen")
        surroundings = {
            "HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8", "TERM": "screen", "TMUX_TMPDIR": str(self.home),
            "SHELL": "/bin/sh", "EDITOR": "/bin/true", **(env or {})}
        self.env = surroundings
        # The window stays when the program ends, so that its last words can be read.
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(lines),
                   "exec sleep 600", ";", "set-option", "-g", "remain-on-exit", "on", ";",
                   "set-option", "-g", "status", "off", ";", "respawn-window", "-k", command)
        story.at_end(self.close)

    def _tmux(self, *args):
        command = ["tmux", "-u", "-L", self.name, *args]
        return subprocess.run(command, env=self.env, capture_output=True, timeout=20,
                              encoding="utf-8", errors="replace", check=False)

    def send(self, *keys):
        """Keys by tmux's names ("Enter", "Space", "q")."""
        self._tmux("send-keys", *keys)

    def text(self):
        """What is on the screen, without the empty lines."""
        shown = self._tmux("capture-pane", "-p").stdout
        return "\n".join(line for line in shown.splitlines() if line.strip())

    def row(self):
        """The line of the cursor, from 0."""
        return int(self._tmux("display-message", "-p", "#{cursor_y}").stdout or -1)

    def wait(self, pattern, limit=20):
        """Wait until the regular expression is on the screen; the screen's text either way."""
        story.wait_for(lambda: re.search(pattern, self.text()), limit, 0.05)
        return self.text()

    def close(self):
        self._tmux("kill-server")


MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.de
myorigin = $myhostname
mynetworks = 127.0.0.0/8
mydestination =
local_transport = error:no local mail
alias_maps =
alias_database =
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
disable_dns_lookups = yes
notify_classes =
relay_domains = {domains}
transport_maps = inline:{{ {transports} }}
lmtp_destination_recipient_limit = 50
smtpd_forbid_bare_newline = normalize
smtpd_recipient_restrictions = reject_unauth_destination,
    check_recipient_access inline:{{ {believed} }}, reject_unverified_recipient
unverified_recipient_reject_code = 550
address_verify_map = btree:$data_directory/verify_cache
address_verify_negative_refresh_time = 1s
address_verify_negative_expire_time = 1s
address_verify_poll_delay = 1s
address_verify_poll_count = 8
minimal_backoff_time = 2s
queue_run_delay = 2s
"""

MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
proxywrite unix - - n - 1 proxymap
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
lmtp      unix  - - n - - lmtp
smtp      unix  - - n - - smtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """The distribution's Postfix with its own config, queue and port, as a child; needs root.

    Mail for `domain` goes by `transport`, that for the domains in `routes` by theirs.  An unknown
    address is refused at RCPT, but of the domains in `believed` it bounces later.
    """

    @staticmethod
    def is_possible():
        return os.geteuid() == 0 and shutil.which("postfix") is not None

    def __init__(self, transport, domain=story.DOMAIN, main_cf="", routes=None, believed=()):
        self.folder = story.folder("postfix")
        self.port = story.free_port()
        for name in ("config", "queue", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        self.config = self.folder / "config"
        routes = {domain: transport, **(routes or {})}
        text = MAIN_CF.format(
            folder=self.folder, domains=", ".join(routes), transports=", ".join(
                f"{{ {name} = {to} }}" for name, to in routes.items()),
            believed=", ".join(f"{{ {name} = permit }}" for name in believed or ("none.invalid",)))
        (self.config / "main.cf").write_text(text + main_cf, encoding="utf-8")
        (self.config / "master.cf").write_text(MASTER_CF.format(port=self.port), encoding="utf-8")
        self.process = None

    def start(self):
        # A session of its own: the master signals its whole process group when it ends.
        self.process = subprocess.Popen(
            ["postfix", "-c", str(self.config), "start-fg"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        story.at_end(self.stop)
        if not story.wait_for(self._answers, 30):
            raise RuntimeError(f"Postfix does not answer\n{self.log()}")
        return self

    def _answers(self):
        result = subprocess.run(
            ["swaks", "--server", f"127.0.0.1:{self.port}", "--quit-after", "BANNER"],
            capture_output=True, check=False)
        return result.returncode == 0

    def stop(self):
        if self.process is None:
            return
        # The child is the script that started the master; the master is the one to end.
        subprocess.run(["postfix", "-c", str(self.config), "stop"], timeout=30, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        self.process = None

    def send(self, sender, recipient, message, *options):
        """One mail by swaks: (True if it was taken, what both sides said)."""
        done = subprocess.run(
            ["swaks", "--server", f"127.0.0.1:{self.port}", "--from", sender, "--to", recipient,
             "--data", "-", *options],
            input=message.replace(b"\r\n", b"\n"), capture_output=True, timeout=60, check=False)
        return done.returncode == 0, done.stdout.decode("utf-8", "replace")

    def queue(self):
        """What postqueue lists, one JSON object a line; empty when all is delivered."""
        return subprocess.run(["postqueue", "-c", str(self.config), "-j"], capture_output=True,
                              encoding="utf-8", timeout=20, check=False).stdout

    def log(self):
        path = self.folder / "maillog"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


class _Delivery(socketserver.StreamRequestHandler):
    """A session of LMTP (RFC 2033), or of SMTP with one recipient a mail, which is the same."""

    def say(self, line):
        self.wfile.write(line.encode("ascii") + b"\r\n")

    def handle(self):
        self.say("220 mailboxes.example LMTP")
        sender, recipients = "", []
        while line := self.rfile.readline():
            verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            address = re.search(r"<(.*?)>", rest)
            if verb in ("LHLO", "EHLO"):
                self.say("250-mailboxes.example")
                self.say("250 8BITMIME")
            elif verb == "MAIL":
                sender, recipients = address.group(1), []
                self.say("250 2.1.0 ok")
            elif verb == "RCPT":
                known = address.group(1) in self.server.boxes
                recipients += [address.group(1)] * known
                self.say("250 2.1.5 ok" if known else self.server.refusal)
            elif verb == "DATA":
                self.say("354 go on")
                self.server.put(sender, recipients, self.block())
                for _ in recipients:
                    self.say("250 2.0.0 delivered")
            elif verb == "QUIT":
                self.say("221 2.0.0 bye")
                return
            else:
                self.say("250 2.0.0 ok")

    def block(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)


class Mailboxes(socketserver.ThreadingTCPServer):
    """People's mailboxes behind a mail server, by LMTP; who has none is unknown.

    boxes: {address: [message as octets, with its envelope sender in Return-Path]}
    """

    daemon_threads = True
    refusal = "550 5.1.1 no such mailbox"

    def __init__(self, *addresses):
        super().__init__(("127.0.0.1", 0), _Delivery)
        self.boxes = {address: [] for address in addresses}
        self.transport = f"lmtp:inet:127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        story.at_end(self.close)

    def close(self):
        self.shutdown()
        self.server_close()

    def put(self, sender, recipients, message):
        for recipient in recipients:
            self.boxes[recipient].append(b"Return-Path: <%s>\r\n" % sender.encode() + message)

    def wait(self, address, count, limit=20):
        """Wait until so many mails are in the box; parsed by Python's email."""
        box = self.boxes[address]
        story.wait_for(lambda: len(box) >= count, limit)
        return [email.message_from_bytes(mail, policy=email.policy.default) for mail in box]
