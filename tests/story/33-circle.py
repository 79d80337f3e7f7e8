#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Round and round: a real Postfix brings mail and takes it to members, whose answers come back; who
does not exist; signatures (DKIM) and bodies that are whole when they arrive."""

import base64
import re
import smtplib
import subprocess

import story
from peers import Mailboxes, Postfix
from story import DOMAIN, Umlauf, check, same, skip, wait_for
from wire import Nntp, deliver

try:
    import dkim
except ImportError:
    dkim = None

KREIS = f"kreis@{DOMAIN}"
ANNA, BEN, ADMIN = "anna@example.de", "ben@example.de", "betrieb@example.de"
GONE, LATE = "weg@example.de", "fort@spaet.example"
MEMBERS = (ANNA, BEN)


def message(name, *lines, sender=f"Anna Muster <{ANNA}>", subject="Radwege", body=b"Text\r\n"):
    """A mail as octets with CRLF; lines may be octets."""
    head = [f"From: {sender}", f"To: {KREIS}", f"Subject: {subject}",
            "Date: Mon, 23 Nov 2026 08:00:00 +0100", f"Message-ID: <{name}@kreis.example>", *lines]
    return b"\r\n".join(line.encode("utf-8") if isinstance(line, str) else line
                        for line in head) + b"\r\n\r\n" + body


TEXT = ("MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit")
# What gateways like to break: dots, blanks and empty lines at the ends, 8-bit, From, long lines.
ODD = (b"\r\n.\r\n..\r\n.Punkt vorn\r\nFrom hier an\r\n>From dort\r\nUmlaute: \xc3\xa4\xc3\xb6\xc3\xbc"
       b"\xc3\x9f\r\n-- \r\nBlanks am Ende \t \r\n\ttab\r\n" + b"lang " * 190 + b"\r\n"
       b"\r\n\r\n\r\n.\r\n\r\n")


def body_of(octets):
    return octets.partition(b"\r\n\r\n")[2]


# -- with a real mail server on both sides --


class Circle:
    """Umlauf, a Postfix for both directions, and the mailboxes of those who live behind it."""

    def __init__(self):
        port = story.free_port()
        self.boxes = Mailboxes(ANNA, BEN, ADMIN)
        self.postfix = Postfix(
            f"lmtp:inet:127.0.0.1:{port}", routes={"example.de": self.boxes.transport,
                                                   "spaet.example": self.boxes.transport},
            believed=("spaet.example",))
        self.umlauf = Umlauf({
            "umlauf": {"admin": ADMIN}, "intake": {"lmtp": f"127.0.0.1:{port}"},
            "courier": {"relay": f"smtp://127.0.0.1:{self.postfix.port}"}}).init()
        self.umlauf.add_group("umlauf.kreis", KREIS, "--title", "Kreis für Radwege",
                              "--addresses", "shown")
        for member in MEMBERS:
            self.umlauf.ctl("subscribe", member, "umlauf.kreis")
        self.umlauf.start()
        self.postfix.start()
        self.news = Nntp(self.umlauf.news_port, 30)
        story.at_end(self.news.close)

    def send(self, sender, octets, to=KREIS):
        """As a mail program does; what it has sent is not changed by it."""
        with smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=30) as smtp:
            smtp.sendmail(sender, [to], octets, mail_options=["BODY=8BITMIME"])

    def rows(self):
        """OVER of the group, by id."""
        self.news.group("umlauf.kreis")
        return {row["id"]: row for row in self.news.over()}

    def received(self, member, count):
        """So many mails of the member: (octets, parsed)."""
        parsed = self.boxes.wait(member, count, 40)
        return list(zip(self.boxes.boxes[member], parsed))


def asked(circle):
    """A mail goes round."""
    circle.send(ANNA, message("frage", *TEXT, body=ODD))
    row = wait_for(lambda: circle.rows().get("<frage@kreis.example>"), 20)
    check("what Postfix brings by LMTP stands in the group", row, circle.postfix.log)
    for member in MEMBERS:
        mails = circle.received(member, 1)
        if not same(f"{member} gets it by way of Postfix", len(mails), 1):
            check("Postfix is content", False, circle.postfix.log)
            continue
        octets, mail = mails[0]
        same("not an octet of its body is changed", body_of(octets), ODD)
        check("the envelope sender is the delivery's own", re.fullmatch(
            rf"<bounce\+[a-z2-7]+@{re.escape(DOMAIN)}>", mail["Return-Path"]), mail["Return-Path"])
        check("an answer goes to the group, and says to what", re.fullmatch(
            rf"kreis\+[a-z2-7]{{16,27}}@{re.escape(DOMAIN)}", mail["Reply-To"]), mail["Reply-To"])
        same("author, subject and id are the author's", [mail["From"], mail["Subject"],
                                                          mail["Message-ID"]],
             [f"Anna Muster <{ANNA}>", "Radwege", "<frage@kreis.example>"])
        same("List-Id", mail["List-Id"], f"Kreis für Radwege <kreis.{DOMAIN}>")
    senders = {mail["Return-Path"] for member in MEMBERS for _, mail in circle.received(member, 1)}
    same("each delivery has another one", len(senders), len(MEMBERS))


def answered(circle):
    """The member's mail program answers what it got."""
    mail = circle.received(BEN, 1)[0][1]
    circle.send(BEN, message("antwort", f"In-Reply-To: {mail['Message-ID']}", *TEXT,
                             sender=f"=?utf-8?Q?Ben_Gr=C3=B6=C3=9Fe?= <{BEN}>",
                             subject="AW: Radwege", body="Über die Brücke.\r\n".encode()),
                to=mail["Reply-To"])
    row = wait_for(lambda: circle.rows().get("<antwort@kreis.example>"), 20)
    if check("the answer comes back", row, circle.postfix.log):
        same("and stands below its question", row["references"], "<frage@kreis.example>")
    for member in MEMBERS:
        mails = circle.received(member, 2)
        same(f"{member} gets the answer", mails[-1][1]["Message-ID"], "<antwort@kreis.example>")
        same("with the In-Reply-To that it had", mails[-1][1]["In-Reply-To"], "<frage@kreis.example>")


def posted(circle):
    """A newsreader answers the answer."""
    code, text = circle.news.post(
        b"From: Carla Leser <carla@leser.example>\r\nNewsgroups: umlauf.kreis\r\n"
        b"Subject: Re: AW: Radwege\r\nMessage-ID: <zeitung@leser.example>\r\n"
        b"References: <frage@kreis.example> <antwort@kreis.example>\r\n\r\nUnter der Bahn.\r\n")
    same("a post by news is taken", code, 240)
    tree = circle.umlauf.ctl_json("thread", "<frage@kreis.example>")
    same("the tree is that of the talk", [(node["id"], node["parent"]) for node in tree],
         [("<frage@kreis.example>", None), ("<antwort@kreis.example>", "<frage@kreis.example>"),
          ("<zeitung@leser.example>", "<antwort@kreis.example>")])
    for member in MEMBERS:
        mails = circle.received(member, 3)
        same(f"{member} has each once", [mail["Message-ID"] for _, mail in mails],
             ["<frage@kreis.example>", "<antwort@kreis.example>", "<zeitung@leser.example>"])
        same("that from news with To, without Newsgroups", (mails[2][1]["To"],
                                                            mails[2][1]["Newsgroups"]),
             (KREIS, None))


def unknown(circle):
    """Members who have no mailbox: one is refused at RCPT, of the other a report comes later."""
    for member in (GONE, LATE):
        circle.umlauf.ctl("subscribe", member, "umlauf.kreis")
    circle.send(ANNA, message("vier", *TEXT))
    check("the others get it", circle.received(ANNA, 4) and circle.received(BEN, 4)[3:])

    def trace(member, is_done, limit):
        return wait_for(lambda: [row for row in circle.umlauf.deliveries(member) if is_done(row)],
                        limit, 0.1)

    gone = trace(GONE, lambda row: row["state"] == "failed", 30)
    check("550 at RCPT: the delivery has failed, with the words of the server",
          gone and "550" in gone[0]["answer"] and GONE in gone[0]["answer"], gone)
    late = trace(LATE, lambda row: row["reports"], 60)
    if check("a report comes to bounce+TOKEN@ and is kept at the delivery", late,
             lambda: f"{circle.umlauf.deliveries(LATE)}\n{circle.postfix.log()[-3000:]}"):
        same("with what it says (RFC 3464)",
             [(report["action"], report["status"]) for report in late[0]["reports"]],
             [("failed", "5.1.1")])
        same("the delivery itself was taken", late[0]["state"], "sent")
    letter = circle.received(ADMIN, 1)[0][1]
    check("the operator gets a letter", re.fullmatch(
        r"Ein Beitrag an .+ kam bei 1 von 4 Empfängern nicht an", letter["Subject"]), letter)
    check("that names the post and the answer", "<vier@kreis.example>" in letter.get_content() and
          "550" in letter.get_content(), letter.as_string())
    same("from nobody to whom a report could go", letter["Return-Path"], "<>")
    same("none of it is in the group", len(circle.rows()), 4)
    for member in (GONE, LATE):
        circle.umlauf.ctl("unsubscribe", member, "umlauf.kreis")


# -- signatures --


class Signer:
    """Signs as the author's mail server would, and checks as the receiver's does."""

    def __init__(self):
        key = story.folder("dkim") / "key.pem"
        subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True,
                       capture_output=True)
        public = subprocess.run(
            ["openssl", "rsa", "-in", str(key), "-pubout", "-outform", "DER"], check=True,
            capture_output=True).stdout
        self.key = key.read_bytes()
        self.record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    def sign(self, octets, names, how="relaxed/relaxed"):
        """names: the h= tag, as text with colons."""
        return dkim.sign(octets, b"wahl", b"example.de", self.key, include_headers=[
            name.encode() for name in names.split(":")],
            canonicalize=tuple(part.encode() for part in how.split("/"))) + octets

    def holds(self, octets):
        return dkim.verify(octets, dnsfunc=lambda name, timeout=5: (
            self.record if name == b"wahl._domainkey.example.de." else None))


PLAIN = "from:to:subject:date"
OVERSIGNED = ("from:from:subject:subject:to:to:date:date:reply-to:reply-to:list-id:list-id:"
              "list-unsubscribe:list-unsubscribe:precedence:precedence")
ALL = "from:to:subject:date:message-id:mime-version:content-type:content-transfer-encoding"


def signed_round(circle):
    """Signed, and through both mail servers."""
    if dkim is None:
        skip("a signature holds", "python3-dkim is not installed")
        return
    signer = Signer()
    for number, (name, names) in enumerate((("plain", PLAIN), ("oversigned", OVERSIGNED))):
        octets = signer.sign(message(name, *TEXT, body=ODD), names)
        check(f"{name}: the signature is good before", signer.holds(octets))
        circle.send(ANNA, octets)
        for member in MEMBERS:
            got, mail = circle.received(member, 5 + number)[-1]
            same(f"{name}: {member} gets it", mail["Message-ID"], f"<{name}@kreis.example>")
            check(f"{name}: and its signature holds", signer.holds(got), got.decode("utf-8"))


def tell():
    if not Postfix.is_possible():
        skip("a real Postfix for both ways", "needs root and Debian's postfix")
        return
    circle = Circle()
    asked(circle)
    answered(circle)
    posted(circle)
    unknown(circle)
    signed_round(circle)
    check("nothing is left in Postfix's queue", wait_for(lambda: not circle.postfix.queue(), 20),
          circle.postfix.queue)
    same("nobody got a mail too many",
         {member: len(box) for member, box in circle.boxes.boxes.items()},
         {ANNA: 4 + 2 * (dkim is not None), BEN: 4 + 2 * (dkim is not None), ADMIN: 1})
    check("nothing was logged as an error", "level=error" not in circle.umlauf.log(),
          circle.umlauf.log)
    circle.umlauf.stop()
    circle.postfix.stop()


def signed_cases():
    """Signers of all kinds, and messages that lack what we would add."""
    if dkim is None:
        skip("signatures of all kinds hold", "python3-dkim is not installed")
        return
    signer = Signer()
    umlauf = Umlauf().init()
    umlauf.add_group("umlauf.kreis", KREIS, "--title", "Kreis für Radwege")
    umlauf.ctl("subscribe", BEN, "umlauf.kreis")
    umlauf.start()
    ours = ("List-Id", "List-Unsubscribe", "List-Post", "Precedence", "Reply-To")
    foreign = ("List-Id: <fremd.example.de>", "Precedence: bulk", f"Reply-To: {ANNA}",
               "List-Unsubscribe: <mailto:weg@fremd.example>", f"Return-Receipt-To: {ANNA}",
               f"Disposition-Notification-To: {ANNA}")
    head = message("x", *TEXT).partition(b"\r\n\r\n")[0].split(b"\r\n")
    cases = (
        # name, signed names, more fields, less fields, canonicalization, ours that are added
        ("the least", "from", (), (), "relaxed/relaxed", ours),
        ("plain", PLAIN, (), (), "relaxed/relaxed", ours),
        ("plain, to the letter", PLAIN, (), (), "simple/simple", ours),
        ("all of the text's", ALL, (), (), "simple/simple", ours),
        ("oversigned", OVERSIGNED, (), (), "relaxed/simple", ("List-Post",)),
        ("oversigned, to the letter", OVERSIGNED, (), (), "simple/simple", ("List-Post",)),
        ("list fields of its own, signed", f"{PLAIN}:list-id:precedence:reply-to:list-unsubscribe:"
         "return-receipt-to:disposition-notification-to", foreign, (), "simple/simple",
         ("List-Post",)),
        ("list fields of its own, not signed", PLAIN, foreign, (), "simple/simple", ours),
        ("one List-Id signed twice", f"{PLAIN}:list-id:list-id", foreign[:1], (), "simple/simple",
         ours[1:]),
        ("no Date, no Message-ID, both signed", f"{PLAIN}:message-id", (), ("Date", "Message-ID"),
         "relaxed/relaxed", ours),
        ("no To, signed", PLAIN, (), ("To",), "relaxed/relaxed", ours),
        ("odd blanks", PLAIN, ("X-Y:z", "X-Leer: ", "X-Lang: a\r\n\t b\r\n  c \t"), (),
         "simple/simple", ours),
        ("raw 8-bit in the subject", PLAIN, ("Subject: Straße".encode("latin-1"),), ("Subject",),
         "simple/simple", ours),
    )
    for number, (name, names, more, less, how, added) in enumerate(cases):
        lines = [line for line in head if line.partition(b":")[0].decode() not in less]
        octets = b"\r\n".join(lines + [line.encode() if isinstance(line, str) else line
                                       for line in more]).replace(b"<x@", b"<s%d@" % number)
        octets = signer.sign(octets + b"\r\n\r\n" + ODD, names, how)
        check(f"{name}: good before", signer.holds(octets), octets)
        same(f"{name}: taken", deliver(umlauf.lmtp_port, octets, KREIS)[0], 250)
        mail = umlauf.outgoing(number + 1)[-1]
        got = umlauf.outbox()[-1]
        check(f"{name}: good at the member", signer.holds(got), got)
        same(f"{name}: its body is what it was", body_of(got), ODD)
        brought = [line.partition(":")[0] for line in more if isinstance(line, str)]
        values = {field: mail.get_all(field, []) for field in ours}
        same(f"{name}: ours are added where they may be",
             [field for field in ours if any(DOMAIN in value or value == "list"
                                             for value in values[field])],
             [field for field in added if field != "Reply-To" or "Reply-To" not in brought])
        same(f"{name}: none stands twice", [field for field in ours if len(values[field]) > 1], [])
    umlauf.stop()


# -- bodies --


def bodies():
    """Octets that no mail server would let through unchanged come out as they came in."""
    umlauf = Umlauf().init()
    umlauf.add_group("umlauf.kreis", KREIS)
    umlauf.ctl("subscribe", BEN, "umlauf.kreis")
    umlauf.start()
    cases = (
        ("odd lines", ODD), ("nothing", b""), ("an empty line", b"\r\n"),
        ("empty lines", b"\r\n" * 50), ("a dot", b".\r\n"), ("dots", b".\r\n..\r\n...\r\n" * 50),
        ("all octets from 128", bytes(range(128, 256)) * 20 + b"\r\n"),
        ("controls", bytes(set(range(1, 32)) - {10, 13}) + b"\r\n"),
        ("a line of 100 KB", b"x" * 100000 + b"\r\n"),
        ("what looks like a head", b"Subject: noch einer\r\nBcc: chef@example.de\r\n\r\nText\r\n"),
        ("a boundary", b"--=_x\r\nContent-Type: text/html\r\n\r\n<p>\r\n--=_x--\r\n"),
        ("what looks like an envelope", b"QUIT\r\nMAIL FROM:<x@y>\r\n"))
    for number, (name, body) in enumerate(cases):
        octets = message(f"k{number}", body=body)
        same(f"{name}: taken", deliver(umlauf.lmtp_port, octets, KREIS)[0], 250)
        umlauf.outgoing(number + 1)
        same(f"{name}: the member's body is the author's", body_of(umlauf.outbox()[-1]), body)
        with Nntp(umlauf.news_port) as news:
            news.group("umlauf.kreis")
            lines = news.ask_long(f"BODY {number + 1}")[2]
            same(f"{name}: and that of news", b"".join(line + b"\r\n" for line in lines), body)
    umlauf.stop()


if __name__ == "__main__":
    story.run(tell, signed_cases, bodies)
