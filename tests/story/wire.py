# SPDX-License-Identifier: EUPL-1.2
"""Small clients that hide nothing: NNTP and LMTP, line by line."""

import socket


class Lines:
    """A connection of CRLF lines; reading has a time limit."""

    def __init__(self, address, limit=10.0):
        if isinstance(address, int):
            address = ("127.0.0.1", address)
        if isinstance(address, tuple):
            self.socket = socket.create_connection(address, limit)
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(limit)
            self.socket.connect(str(address))
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, octets):
        """Raw octets (text is UTF-8)."""
        self.socket.sendall(octets.encode("utf-8") if isinstance(octets, str) else octets)

    def raw_line(self):
        """The next line without its LF; raises EOFError when the peer has closed."""
        while b"\n" not in self.rest:
            part = self.socket.recv(65536)
            if not part:
                raise EOFError("the peer has closed")
            self.rest += part
        line, self.rest = self.rest.split(b"\n", 1)
        return line

    def line(self):
        """Likewise without its CRLF."""
        return self.raw_line().removesuffix(b"\r")

    def is_over(self):
        """True if the peer closes without another octet."""
        try:
            return not self.rest and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


def reply(line):
    """(code, text) of a reply line."""
    text = line.decode("utf-8", "surrogateescape")
    return int(text[:3]), text[4:]


class Nntp(Lines):
    """NNTP (RFC 3977).  welcome: the greeting as (code, text)."""

    def __init__(self, address, limit=10.0):
        super().__init__(address, limit)
        self.welcome = reply(self.line())

    def ask(self, command):
        """Send a command; (code, text) of its answer."""
        self.send(command + "\r\n")
        return reply(self.line())

    def block(self):
        """The lines of a block, dot-unstuffed, as octets."""
        lines = []
        while (line := self.line()) != b".":
            lines.append(line[1:] if line.startswith(b".") else line)
        return lines

    def ask_long(self, command, good=(100, 101, 215, 220, 221, 222, 224, 225, 230, 231)):
        """(code, text, lines): lines is None where the code brings no block."""
        code, text = self.ask(command)
        return code, text, self.block() if code in good else None

    def group(self, name):
        """(code, count, low, high) of GROUP; the numbers are None where it failed."""
        code, text = self.ask(f"GROUP {name}")
        if code != 211:
            return code, None, None, None
        count, low, high = map(int, text.split()[:3])
        return code, count, low, high

    def over(self, numbers="1-"):
        """OVER as a list of dicts: number, subject, from, date, id, references, bytes, lines, xref."""
        names = ("number", "subject", "from", "date", "id", "references", "bytes", "lines", "xref")
        code, text, lines = self.ask_long(f"OVER {numbers}")
        if lines is None:
            if code == 423:
                return []
            raise RuntimeError(f"OVER {numbers}: {code} {text}")
        rows = [line.decode("utf-8", "surrogateescape").split("\t") for line in lines]
        return [dict(zip(names, row)) for row in rows]

    def post(self, article):
        """POST; (code, text) of the final answer."""
        code, text = self.ask("POST")
        if code != 340:
            return code, text
        self.send(stuffed(article))
        return reply(self.line())


def stuffed(octets):
    """CRLF lines, dot-stuffed, with the end of the block."""
    lines = octets.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    return b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in lines) + b".\r\n"


class Lmtp(Lines):
    """LMTP (RFC 2033).  Replies are (code, text), the lines of a long one joined."""

    def __init__(self, address, limit=30.0, hello="story.example"):
        super().__init__(address, limit)
        self.welcome = self.answer()
        self.extensions = self.ask(f"LHLO {hello}")

    def answer(self):
        texts = []
        while True:
            line = self.line()
            texts.append(line[4:].decode("utf-8", "surrogateescape"))
            if line[3:4] != b"-":
                return int(line[:3]), "\n".join(texts)

    def ask(self, command):
        self.send(command + "\r\n")
        return self.answer()

    def deliver(self, sender, recipients, message):
        """The answers, one a recipient in their order: of RCPT where it is refused, else of the data.

        The transaction is reset where nobody is left.
        """
        code, text = self.ask(f"MAIL FROM:<{sender}>")
        if code != 250:
            return [(code, text)] * len(recipients)
        answers = [self.ask(f"RCPT TO:<{recipient}>") for recipient in recipients]
        taken = [place for place, answer in enumerate(answers) if answer[0] == 250]
        if not taken:
            self.ask("RSET")
            return answers
        code, text = self.ask("DATA")
        if code == 354:
            self.send(stuffed(message))
        for place in taken:
            answers[place] = self.answer() if code == 354 else (code, text)
        return answers


def deliver(address, message, *recipients, sender="anna@example.de"):
    """One mail over a connection of its own; the answer of the first recipient."""
    with Lmtp(address) as lmtp:
        answers = lmtp.deliver(sender, recipients, message)
        lmtp.ask("QUIT")
    return answers[0]
