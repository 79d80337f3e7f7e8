# SPDX-License-Identifier: EUPL-1.2
"""A mail server that takes what the courier brings, and is as bad as a story tells it to be.

A rule puts something else in the place of one answer: of a verb ("banner", "EHLO", "STARTTLS",
"AUTH", "MAIL", "RCPT", "DATA", "." for the end of a message, "RSET", "QUIT"), of certain receivers
where it is wished, and so many times.  What comes is one of the acts below.

    relay = Relay()
    relay.on("RCPT", say("550 5.1.1 nobody"), to="weg@*")
    relay.on(".", close, times=1)

Every message that came to its dot is kept, with the answer that was given for it.
"""

import base64
import dataclasses
import email
import email.policy
import fnmatch
import functools
import socket
import ssl
import struct
import subprocess
import threading
import time

import story

USER, PASSWORD = "umlauf", "gr\u00fcn & lang"
LINE_MAX = 1 << 20


class Over(Exception):
    """The session has ended; code: what was said before."""

    def __init__(self, code=None):
        super().__init__()
        self.code = code


# -- acts: each is called with the session and the usual answer, and gives the code it said --


def say(*lines):
    """These lines (text, or octets that are sent as they are) in place of the usual ones."""
    octets = b"".join(line if isinstance(line, bytes) else line.encode("utf-8") + b"\r\n"
                      for line in lines)

    def act(session, _usual):
        session.send(octets)
        return int(octets[:3]) if octets[:3].isdigit() else None
    return act


def hang(session, _usual):
    """Not a word more, until the other side goes."""
    while session.socket.recv(65536):
        pass
    raise Over


def close(_session, _usual):
    """Go without a word."""
    raise Over


def reset(session, _usual):
    """Likewise, by a reset."""
    session.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Over


def say_and_close(line):
    """A last word."""
    def act(session, usual):
        raise Over(say(line)(session, usual))
    return act


def pause(seconds):
    """The usual answer, but not at once."""
    def act(session, usual):
        session.relay.ended.wait(seconds)
        return say(usual)(session, usual)
    return act


def drip(seconds):
    """The usual answer, octet by octet."""
    def act(session, usual):
        for octet in (usual + "\r\n").encode("utf-8"):
            session.send(bytes((octet,)))
            session.relay.ended.wait(seconds)
        return int(usual[:3])
    return act


class Gate:
    """The usual answer as soon as it is opened."""

    def __init__(self):
        self.open = threading.Event()
        self.waiting = 0

    def __call__(self, session, usual):
        self.waiting += 1
        while not self.open.wait(0.05):
            if session.relay.ended.is_set():
                raise Over
        return say(usual)(session, usual)


# -- the server --


@dataclasses.dataclass
class Rule:
    verb: str
    act: object
    to: str
    left: float


@dataclasses.dataclass
class Mail:
    """One that came to its end."""
    sender: str
    recipients: tuple
    octets: bytes
    session: int
    is_private: bool
    at: float  # time.monotonic() when its dot came
    answer: int = None  # the code that was said for it; None: none was
    answered: float = None  # when

    @property
    def is_refused(self):
        return self.answer is not None and self.answer // 100 in (4, 5)

    @property
    def to(self):
        return self.recipients[0] if self.recipients else None

    def parsed(self):
        return email.message_from_bytes(self.octets, policy=email.policy.default)

    @functools.cached_property
    def msgid(self):
        return str(email.message_from_bytes(self.octets.partition(b"\r\n\r\n")[0])["Message-ID"])


class Session(threading.Thread):
    """One connection."""

    def __init__(self, relay, connection, number):
        super().__init__(daemon=True)
        self.relay = relay
        self.socket = connection
        self.number = number
        self.rest = b""
        self.sender = None
        self.recipients = []
        self.is_private = relay.tls_at_once

    def run(self):
        try:
            if self.relay.tls_at_once:
                self.encrypt()
            self.talk()
        except (Over, OSError, EOFError):
            pass
        finally:
            self.socket.close()
            with self.relay.lock:
                self.relay.sessions.discard(self)

    # octets

    def send(self, octets):
        self.socket.sendall(octets)

    def encrypt(self):
        self.socket = self.relay.tls.wrap_socket(self.socket, server_side=True)
        self.is_private = True
        self.rest = b""

    def more(self):
        part = self.socket.recv(262144)
        if not part:
            raise EOFError
        self.rest += part

    def line(self):
        while b"\n" not in self.rest:
            if len(self.rest) > LINE_MAX:
                raise Over
            self.more()
        line, self.rest = self.rest.split(b"\n", 1)
        if not line.endswith(b"\r"):
            self.relay.faults.append(f"a line without CRLF: {line!r}")
        return line.removesuffix(b"\r").decode("utf-8", "surrogateescape")

    def message(self):
        """All up to the dot, unstuffed."""
        # Octets that are there already were sent before DATA was answered.
        while not (self.rest.startswith(b".\r\n") or b"\r\n.\r\n" in self.rest):
            self.more()
        if self.rest.startswith(b".\r\n"):
            octets, self.rest = b"", self.rest[3:]
        else:
            octets, _, self.rest = self.rest.partition(b"\r\n.\r\n")
            octets += b"\r\n"
        return octets.replace(b"\r\n..", b"\r\n.").removeprefix(b".")

    # answers

    def answer(self, verb, usual, to=None):
        """The usual answer, or what a rule puts in its place; the code that was said."""
        if self.rest and not self.relay.pipelining and verb not in ("RSET", "QUIT"):
            self.relay.faults.append(f"more was said before {verb} was answered: {self.rest[:80]}")
        act = self.relay.take_rule(verb, [to] if to else self.recipients)
        if act is None:
            act = say(usual)
        return act(self, usual)

    def talk(self):
        self.answer("banner", "220 relay.example ESMTP")
        while True:
            line = self.line()
            verb, _, rest = line.partition(" ")
            told = getattr(self, "take_" + verb.lower(), None)
            if told is None:
                self.answer(verb, f"500 5.5.2 no {verb} here")
            else:
                told(rest)

    def take_ehlo(self, _rest):
        relay = self.relay
        lines = ["relay.example", "8BITMIME"]
        lines += ["SIZE " + str(relay.size)] if relay.size else []
        lines += ["PIPELINING"] if relay.pipelining else []
        lines += ["STARTTLS"] if relay.tls and not self.is_private else []
        lines += ["AUTH " + relay.auth] if relay.auth else []
        usual = "\r\n".join(f"250-{line}" for line in lines[:-1]) + f"\r\n250 {lines[-1]}"
        self.answer("EHLO", usual)

    def take_lhlo(self, rest):
        self.take_ehlo(rest)

    def take_helo(self, _rest):
        self.answer("HELO", "250 relay.example")

    def take_starttls(self, _rest):
        if self.answer("STARTTLS", "220 2.0.0 go on") == 220:
            self.encrypt()

    def take_auth(self, rest):
        way, _, word = rest.partition(" ")
        if way == "PLAIN":
            _, user, password = base64.b64decode(word).decode("utf-8").split("\0")
        else:
            self.send(b"334 VXNlcm5hbWU6\r\n")
            user = base64.b64decode(self.line()).decode("utf-8")
            self.send(b"334 UGFzc3dvcmQ6\r\n")
            password = base64.b64decode(self.line()).decode("utf-8")
        self.relay.logins.append((way, user, password, self.is_private))
        good = (user, password) == (USER, PASSWORD)
        self.answer("AUTH", "235 2.7.0 welcome" if good else "535 5.7.8 who are you?")

    def take_mail(self, rest):
        sender = rest.partition("<")[2].partition(">")[0]
        self.recipients = []
        if self.answer("MAIL", "250 2.1.0 ok") == 250:
            self.sender = sender

    def take_rcpt(self, rest):
        to = rest.partition("<")[2].partition(">")[0]
        if self.sender is None:
            self.answer("RCPT", "503 5.5.1 MAIL first", to)
        elif self.answer("RCPT", "250 2.1.5 ok", to) == 250:
            self.recipients.append(to)

    def take_data(self, _rest):
        usual = "354 go on" if self.recipients else "554 5.5.1 nobody to send it to"
        if self.answer("DATA", usual) != 354:
            return
        mail = Mail(self.sender, tuple(self.recipients), self.message(), self.number,
                    self.is_private, time.monotonic())
        if not self.recipients:
            self.say_end(mail, "554 5.5.1 nobody to send it to")
            return
        with self.relay.lock:
            self.relay.account.append(mail)
        for _ in self.recipients if self.relay.is_lmtp else self.recipients[:1]:
            self.say_end(mail, f"250 2.0.0 kept {len(self.relay.account)}")
        self.sender = None
        self.recipients = []

    def say_end(self, mail, usual):
        try:
            mail.answer = self.answer(".", usual)
        except Over as over:
            mail.answer = over.code
            raise
        finally:
            mail.answered = time.monotonic()

    def take_rset(self, _rest):
        self.sender = None
        self.recipients = []
        self.answer("RSET", "250 2.0.0 forgotten")

    def take_quit(self, _rest):
        self.answer("QUIT", "221 2.0.0 farewell")
        raise Over


class Relay:
    """Listens on a port of 127.0.0.1 (or, by path, on a unix socket for LMTP) until the story ends.

    tls: an ssl context (see Certificates) to offer STARTTLS; tls_at_once: TLS from the first octet.
    auth: ways of login that are offered.
    """

    def __init__(self, pipelining=True, size=0, tls=None, tls_at_once=False, auth="", path=None):
        self.pipelining = pipelining
        self.size = size
        self.tls = tls
        self.tls_at_once = tls_at_once
        self.auth = auth
        self.path = path
        self.is_lmtp = path is not None
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.rules = []
        self.sessions = set()
        self.opened = 0  # sessions so far
        self.account = []  # Mail, in the order of their dots
        self.faults = []  # what no good client does
        self.logins = []  # (way, user, password, was it encrypted)
        self.listener = self._bind()
        self.up()
        story.at_end(self.end)

    def _bind(self):
        if self.is_lmtp:
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(str(self.path))
            return listener
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        return listener

    @property
    def url(self):
        if self.is_lmtp:
            return f"lmtp:{self.path}"
        return f"{'smtps' if self.tls_at_once else 'smtp'}://127.0.0.1:{self.port}"

    def up(self):
        """Answer."""
        self.ended.clear()
        self.listener.listen(128)
        self.door = threading.Thread(target=self._accept, daemon=True)
        self.door.start()

    def down(self):
        """End all sessions and refuse connections; the port stays ours."""
        self.ended.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.door.join(10)
        self.hang_up()

    def hang_up(self):
        """End all sessions."""
        for session in list(self.sessions):
            try:
                session.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            session.join(10)

    def end(self):
        self.down()
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            if not self.is_lmtp:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.opened += 1
                session = Session(self, connection, self.opened)
                self.sessions.add(session)
            session.start()

    # rules

    def on(self, verb, act, to="*", times=float("inf")):
        """In place of the answer to the verb, for receivers that fit, so many times."""
        with self.lock:
            self.rules.append(Rule(verb, act, to, times))
        return self

    def be_good(self):
        """Forget all rules."""
        with self.lock:
            self.rules.clear()

    def take_rule(self, verb, recipients):
        with self.lock:
            for rule in self.rules:
                fits = rule.to == "*" or any(fnmatch.fnmatchcase(to, rule.to)
                                             for to in recipients)
                if rule.verb == verb and rule.left > 0 and fits:
                    rule.left -= 1
                    return rule.act
        return None

    # the account

    def mails(self, to="*", msgid=None, since=0):
        """Those that it took, or may have taken for all that the courier knows: not refused."""
        with self.lock:
            account = self.account[since:]
        return [mail for mail in account if not mail.is_refused
                and fnmatch.fnmatchcase(mail.to, to) and (msgid is None or mail.msgid == msgid)]

    def wait(self, count, limit=20, **which):
        """Wait until so many are there; mails()."""
        story.wait_for(lambda: len(self.mails(**which)) >= count, limit)
        return self.mails(**which)


# -- certificates --


class Certificates:
    """An authority, and what it or nobody has signed; made by openssl."""

    def __init__(self):
        self.folder = story.folder("certificates")
        self.authority = self.folder / "ca.pem"
        self._run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj",
                  "/CN=Umlauf Story CA", "-keyout", "ca.key", "-out", "ca.pem",
                  "-addext", "basicConstraints=critical,CA:TRUE",
                  "-addext", "keyUsage=critical,keyCertSign")

    def _run(self, *args):
        subprocess.run(["openssl", *args], cwd=self.folder, check=True, capture_output=True)

    def context(self, name, self_signed=False):
        """For a server that says it is `name` ("IP:127.0.0.1", "DNS:mx.example")."""
        stem = f"{name.replace(':', '-')}{'-self' if self_signed else ''}"
        signer = [] if self_signed else ["-CA", "ca.pem", "-CAkey", "ca.key"]
        self._run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj",
                  f"/CN={stem}", "-keyout", f"{stem}.key", "-out", f"{stem}.pem",
                  "-addext", f"subjectAltName={name}",
                  "-addext", "basicConstraints=critical,CA:FALSE", *signer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{stem}.pem", self.folder / f"{stem}.key")
        return context
