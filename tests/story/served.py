# SPDX-License-Identifier: EUPL-1.2
"""Articles as news serves them: a client that watches each octet, and what has to agree."""

import email
import email.header
import email.policy
import re

import story
from story import DOMAIN, Umlauf, check, same
from wire import Lmtp, Nntp

NOON = 1795518000  # Tue, 24 Nov 2026 11:00:00 +0000


class Strict(Nntp):
    """NNTP that writes down what no answer may hold: a line end but CRLF, CR or NUL in a line."""

    def __init__(self, address, limit=10.0):
        self.bad = []
        super().__init__(address, limit)

    def line(self):
        line = self.raw_line()
        if not line.endswith(b"\r") or b"\r" in line[:-1] or b"\0" in line:
            self.bad.append(line)
        return line.removesuffix(b"\r")

    def octets(self, command):
        """The block that a command brings, as it was before dot-stuffing."""
        code, text, lines = self.ask_long(command)
        if lines is None:
            raise RuntimeError(f"{command}: {code} {text}")
        return b"".join(line + b"\r\n" for line in lines)

    def parsed(self, which):
        """ARTICLE as Python's email reads it."""
        return email.message_from_bytes(self.octets(f"ARTICLE {which}"),
                                        policy=email.policy.default)

    def field(self, name, which):
        """The value that HDR says for one article."""
        _, _, lines = self.ask_long(f"HDR {name} {which}")
        return lines[0].partition(b" ")[2].decode("utf-8", "surrogateescape")


class Hall:
    """One instance for most parts: a group for each."""

    def __init__(self):
        self.umlauf = Umlauf(clock=NOON).init()
        self.umlauf.start()
        self.lmtp = Lmtp(self.umlauf.lmtp_port)
        self.news = Strict(self.umlauf.news_port)
        story.at_end(lambda: (self.lmtp.close(), self.news.close()))

    def group(self, name, *options):
        """A group of this name, with its address; addresses are shown unless options say more."""
        if "--addresses" not in options and "--read" not in options:
            options += ("--addresses", "shown")
        self.umlauf.add_group(f"t.{name}", f"{name}@{DOMAIN}", *options)
        return f"{name}@{DOMAIN}"

    def give(self, message, *addresses, sender="anna@example.de"):
        """Deliver; all must be taken.  The ids that the answers name."""
        answers = self.lmtp.deliver(sender, addresses, message)
        if any(code != 250 for code, _ in answers):
            raise RuntimeError(f"{answers}\n{message[:500]!r}")
        return [re.search("<[^ ]*>|$", text).group() for _, text in answers]

    def select(self, name):
        """GROUP t.name, seen anew."""
        return self.news.group(f"t.{name}")


def raw(*lines, body=b"Text\r\n"):
    """A message of header lines (text or octets) and a body."""
    head = [line.encode("utf-8") if isinstance(line, str) else line for line in lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def usual(number, *more, but=()):
    """The lines of an ordinary head, less those whose name stands in but."""
    lines = ["From: Anna Muster <anna@example.de>", f"Subject: Nummer {number}",
             "Date: Mon, 23 Nov 2026 08:00:00 +0100", f"Message-ID: <u{number}@example.de>"]
    return [line for line in lines if line.partition(":")[0] not in but] + list(more)


def decoded(value):
    """An encoded field as Python's email reads it."""
    return str(email.header.make_header(email.header.decode_header(value)))


def agree(name, news, which):
    """OVER, HDR, HEAD and ARTICLE say the same of an article."""
    row = news.over(which)[0]
    whole = news.octets(f"ARTICLE {which}")
    head, _, body = whole.partition(b"\r\n\r\n")
    fields = email.message_from_bytes(head + b"\r\n\r\n")  # its body may be made to do harm
    wrong = []
    for key, field in (("subject", "Subject"), ("from", "From"), ("date", "Date"),
                       ("id", "Message-ID"), ("references", "References"), ("xref", "Xref")):
        values = fields.get_all(field, [])
        told = {"OVER": row[key].removeprefix("Xref: ") if key == "xref" else row[key],
                "HDR": news.field(field, which),
                "ARTICLE": re.sub(r"\r\n(?=[ \t])", "", "|".join(values))}
        told["ARTICLE"] = told["ARTICLE"].replace("\t", " ").strip()
        if len(set(told.values())) != 1:
            wrong.append(f"{field}: {told}")
    counted = {":bytes of OVER": int(row["bytes"]), "ARTICLE": len(whole),
               ":bytes of HDR": int(news.field(":bytes", which))}
    if len(set(counted.values())) != 1:
        wrong.append(str(counted))
    counted = {":lines of OVER": int(row["lines"]), "BODY": body.count(b"\r\n"),
               ":lines of HDR": int(news.field(":lines", which))}
    if len(set(counted.values())) != 1:
        wrong.append(str(counted))
    if news.octets(f"HEAD {which}") != head + b"\r\n" or news.octets(f"BODY {which}") != body:
        wrong.append("HEAD or BODY is not that of ARTICLE")
    return check(f"{name}: OVER, HDR, HEAD and ARTICLE agree", not wrong, "\n".join(wrong))


def never_bad(name, news):
    same(f"{name}: no CR, LF or NUL within a line", news.bad, [])
