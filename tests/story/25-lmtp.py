#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Mail by LMTP and by a watched Maildir: answers, limits, smuggling, repeats, policies, size."""

import email
import os
import re
import socket

import story
from story import DOMAIN, Umlauf, check, same, wait_for
from wire import Lines, Lmtp, Nntp, stuffed

MIB = 1024 * 1024
ANNA = "anna@example.de"


class Hall:
    """One instance for most parts: a group for each, open and with addresses shown."""

    def __init__(self):
        self.umlauf = Umlauf().init()
        self.umlauf.start()
        self.news = Nntp(self.umlauf.news_port, 30)
        story.at_end(self.news.close)

    def group(self, name, *options):
        self.umlauf.add_group(f"t.{name}", f"{name}@{DOMAIN}", "--addresses", "shown", *options)
        return f"{name}@{DOMAIN}"

    def lmtp(self):
        return Lmtp(self.umlauf.lmtp_port)

    def count(self, name):
        return self.news.group(f"t.{name}")[1]

    def article(self, name, number):
        """An article's octets."""
        self.news.group(f"t.{name}")
        _, _, lines = self.news.ask_long(f"ARTICLE {number}")
        return b"".join(line + b"\r\n" for line in lines)

    def held(self):
        return self.umlauf.ctl_json("held", "list")


_hall = []


def hall():
    if not _hall:
        _hall.append(Hall())
    return _hall[0]


def codes_of(answers):
    return [code for code, _ in answers]


def raw(*lines, body=b"Text\r\n"):
    """A message of header lines (text or octets) and a body."""
    head = [line.encode("utf-8") if isinstance(line, str) else line for line in lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def usual(number, *more, but=()):
    """The lines of an ordinary head, less those whose name stands in but."""
    lines = [f"From: Anna Muster <{ANNA}>", f"Subject: Nummer {number}",
             "Date: Mon, 23 Nov 2026 08:00:00 +0100", f"Message-ID: <m{number}@example.de>"]
    return [line for line in lines if line.partition(":")[0] not in but] + list(more)


def begin(lmtp, *recipients):
    """A transaction up to the 354."""
    lmtp.ask(f"MAIL FROM:<{ANNA}>")
    for recipient in recipients:
        lmtp.ask(f"RCPT TO:<{recipient}>")
    return lmtp.ask("DATA")[0]


# -- answers --


def commands():
    here = hall()
    address = here.group("befehl")
    with here.lmtp() as lmtp:
        words = lmtp.extensions[1].split("\n")
        check("LHLO names what it can", {"PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES"} <=
              set(words) and any(word.startswith("SIZE ") for word in words), words)
        for line, wanted in (
                ("HELO x", "500 5.5.1"), ("EHLO x", "500 5.5.1"), ("FROB", "500 5.5.2"),
                ("RCPT TO:<a@b>", "503 5.5.1"), ("DATA", "503 5.5.1"), ("MAIL FROM:x", "501 5.5.4"),
                ("MAIL TO:<a@b>", "501 5.5.4"), (f"MAIL FROM:<{'a' * 300}@b>", "501 5.1.7"),
                ("MAIL FROM:<a@b> FROB=1", "555 5.5.4"), ("MAIL FROM:<a@b> SIZE=x", "501 5.5.4"),
                ("MAIL FROM:<a@b> SIZE=99999999999", "552 5.3.4"), ("NOOP\x01", "501 5.5.4"),
                ("VRFY anna", "252 2.1.5"), ("HELP", "214 2.0.0"), ("NOOP", "250 2.0.0")):
            code, text = lmtp.ask(line)
            same(f"{line[:30]}", f"{code} {text}"[:9], wanted)
    with here.lmtp() as lmtp:
        same("lower case will do", lmtp.ask(f"mail from:<{ANNA}> size=100 body=8bitmime")[0], 250)
        same("a second MAIL", lmtp.ask("MAIL FROM:<a@b>")[0], 503)
        for name, recipient, wanted in (
                ("an unknown address", f"niemand@{DOMAIN}", "550 5.1.1"),
                ("another domain", "befehl@elsewhere.example", "550 5.1.1"),
                ("an owner's address", f"befehl-owner@{DOMAIN}", "550 5.1.1"),
                ("a token", f"befehl+abc@{DOMAIN}", "550 5.1.1"),
                ("none", "", "501 5.5.4"), ("one too long", "x" * 300 + f"@{DOMAIN}", "501 5.1.3"),
                ("no UTF-8", b"b\xfcro@listen.example.de", "550 5.1.1"),
                ("UTF-8", f"büro@{DOMAIN}", "550 5.1.1"),
                ("upper case", address.upper(), "250 2.1.5"),
                ("a source route", f"@relay.example:{address}", "250 2.1.5")):
            octets = recipient if isinstance(recipient, bytes) else recipient.encode()
            lmtp.send(b"RCPT TO:<" + octets + b">\r\n")
            code, text = lmtp.answer()
            same(f"RCPT with {name}", f"{code} {text}"[:9], wanted)
        same("RSET", lmtp.ask("RSET")[0], 250)
        same("forgets the recipients", lmtp.ask("DATA")[0], 503)
        lmtp.ask("MAIL FROM:<>")
        lmtp.ask(f"RCPT TO:<niemand@{DOMAIN}>")
        same("DATA when no recipient was taken: 503", lmtp.ask("DATA")[0], 503)
        lmtp.ask("RSET")
        code, text = lmtp.deliver("", [address], raw(*usual(1)))[0]
        same("the empty sender is one", code, 250)
        check("whose mail is no post, and is held", "held" in text, text)
        held = here.umlauf.ctl_json("held", "list")[-1]["id"]
        here.umlauf.ctl("held", "reject", held)
        same("QUIT", lmtp.ask("QUIT")[0], 221)
        check("closes", lmtp.is_over())
    with here.lmtp() as lmtp:
        answers = [lmtp.ask("FROB")[0] for _ in range(20)]
        same("twenty errors", set(answers), {500})
        same("are too many", lmtp.answer()[0], 421)
        check("and the end", lmtp.is_over())


def each_recipient():
    here = hall()
    first, second = here.group("erst"), here.group("zweit", "--post", "moderated")
    with here.lmtp() as lmtp:
        answers = lmtp.deliver(ANNA, [first, f"niemand@{DOMAIN}", second, first.upper()],
                               raw(*usual("each")))
    same("an answer for each recipient, in their order", codes_of(answers), [250, 550, 250, 250])
    check("each says what became of it", "t.erst:1" in answers[0][1] and "held" in answers[2][1]
          and answers[0] == answers[3], answers)
    same("one article, one held", (here.count("erst"), here.count("zweit")), (1, 0))
    same("the other waits",
         [(entry["group"], entry["author"], entry["reason"]) for entry in here.held()],
         [("t.zweit", ANNA, "the group is moderated")])
    here.umlauf.ctl("held", "reject", here.held()[0]["id"])


# -- sizes --


def sizes():
    umlauf = Umlauf({"intake": {"max-message-size": "200K"}}).init()
    umlauf.add_group("t.eins", f"eins@{DOMAIN}", "--addresses", "shown")
    umlauf.add_group("t.zwei", f"zwei@{DOMAIN}", "--addresses", "shown")
    umlauf.start()
    recipients = [f"eins@{DOMAIN}", f"niemand@{DOMAIN}", f"zwei@{DOMAIN}"]

    def exactly(number, size, octets=b"x"):
        message = raw(*usual(number), body=b"")
        rest = size - len(message)
        line = octets * 70 + b"\r\n"
        body = line * (rest // len(line) + 1)
        return message + body[:rest - 2] + b"\r\n"

    with Lmtp(umlauf.lmtp_port) as lmtp:
        same("SIZE says the limit", f"SIZE {200 * 1024}" in lmtp.extensions[1], True)
        same("a SIZE beyond it: 552", lmtp.ask(f"MAIL FROM:<{ANNA}> SIZE={200 * 1024 + 1}")[0], 552)
        same("the limit itself", lmtp.ask(f"MAIL FROM:<{ANNA}> SIZE={200 * 1024}")[0], 250)
        lmtp.ask("RSET")
        same("a message of just so many octets", codes_of(
            lmtp.deliver(ANNA, recipients, exactly(1, 200 * 1024))), [250, 550, 250])
        same("dots that are stuffed do not count", codes_of(
            lmtp.deliver(ANNA, recipients, exactly(2, 200 * 1024, b"."))), [250, 550, 250])
        same("one octet more: 552 for each", codes_of(
            lmtp.deliver(ANNA, recipients, exactly(3, 200 * 1024 + 1))), [552, 550, 552])
        same("far more, too", codes_of(
            lmtp.deliver(ANNA, recipients, exactly(4, 3 * MIB))), [552, 550, 552])
        same("the connection goes on", codes_of(
            lmtp.deliver(ANNA, recipients, raw(*usual(5)))), [250, 550, 250])
    with Nntp(umlauf.news_port) as news:
        same("what was taken is there", news.group("t.zwei"), (211, 3, 1, 3))
        same("in its full length", sum(len(line) + 2 for line in news.ask_long("BODY 2")[2]),
             200 * 1024 - len(raw(*usual(2), body=b"")))
    check("the log names what was too large", "max-message-size" in umlauf.log(), umlauf.log())


def lines():
    here = hall()
    address = here.group("zeilen")
    with here.lmtp() as lmtp:
        lmtp.send("NOOP" + " " * 2000 + "\r\n")
        same("a long line", lmtp.answer()[0], 250)
        lmtp.send("NOOP " + "x" * 100000 + "\r\nNOOP\r\n")
        same("one too long: 500, once", (lmtp.answer()[0], lmtp.answer()[0]), (500, 250))
        same("in the data any length is good", codes_of(lmtp.deliver(
            ANNA, [address], raw(*usual("long"), body=b"y" * (3 * MIB) + b"\r\n"))), [250])
        same("and comes out whole", here.article("zeilen", 1).endswith(b"y" * (3 * MIB) + b"\r\n"),
             True)


def many_recipients():
    here = hall()
    address = here.group("viele")
    with here.lmtp() as lmtp:
        lmtp.ask(f"MAIL FROM:<{ANNA}>")
        lmtp.send(f"RCPT TO:<{address}>\r\n" * 1040)
        answers = [lmtp.answer()[0] for _ in range(1040)]
        same("a thousand recipients, no more", (set(answers[:1000]), set(answers[1000:])),
             ({250}, {452}))
        same("DATA all the same", lmtp.ask("DATA")[0], 354)
        lmtp.send(stuffed(raw(*usual("viele"))))
        same("a thousand answers", {lmtp.answer()[0] for _ in range(1000)}, {250})
        same("and no more", lmtp.ask("NOOP")[0], 250)
    same("one article", here.count("viele"), 1)


def large_heads():
    here = hall()
    address = here.group("kopf")
    fields = [f"X-Feld-{number}: {number}" for number in range(10050)]
    cases = (
        ("9,000 fields", raw(*usual("h1"), *fields[:9000]), (250,)),
        ("10,050 fields", raw(*usual("h2"), *fields), (552, 554)),
        ("a field of 1.1 MiB", raw(*usual("h3"), "X-Gross: " + "x" * (11 * MIB // 10)), (552, 554)),
        ("folds of 1.1 MiB", raw(*usual("h4"), "X-Gross: " + "x\r\n " * 280000), (552, 554)),
        ("1,048,500 octets", raw(*usual("h5"), "X-Gross: " + "x" * 1048300), (250, 552, 554)),
        ("no colon at all", raw(*usual("h6"), *["wirr"] * 5000), (250,)),
        ("100,000 empty lines", raw(*usual("h7"), body=b"\r\n" * 100000), (250,)),
        ("a field name of 100,000 octets", raw(*usual("h8"), "X" * 100000 + ": a"), (250,)),
        ("half a megabyte of raw octets", raw(*usual("h9"), b"X-Roh: " + b"\xfc\r\n " * 100000),
         (250, 552, 554)),
        ("9,000 raw fields", raw(*usual("h10"), *[f"X-{n}: ü" for n in range(9000)]), (250,)),
    )
    taken = 0
    with here.lmtp() as lmtp:
        for name, message, wanted in cases:
            answer = lmtp.deliver(ANNA, [address], message)[0]
            check(f"a head with {name}: {wanted}", answer[0] in wanted, answer)
            taken += answer[0] == 250
            same("the connection goes on", lmtp.ask("NOOP")[0], 250)
    same("what was taken is there", here.count("kopf"), taken)
    for row in here.news.over():
        whole = here.article("kopf", row["number"])
        same(f"{row['id']} is served, with its :bytes", len(whole), int(row["bytes"]))


def connections():
    umlauf = Umlauf().init()
    umlauf.start()
    port = umlauf.lmtp_port
    several = [Lmtp(port) for _ in range(100)]
    with Lines(port) as late:
        check("the 101st connection of an address: 421", late.line().startswith(b"421 "))
        check("and the end", late.is_over())
    with Lmtp(umlauf.folder / "lmtp") as lmtp:
        same("the mail server on the unix socket is served", lmtp.welcome[0], 220)
    several.pop().close()

    def is_free():
        with Lines(port) as lmtp:
            return lmtp.line().startswith(b"220 ")

    check("one goes, one may come", wait_for(is_free))
    for lmtp in several:
        lmtp.close()


# -- the end of the data --

SMUGGLED = (b"MAIL FROM:<boese@example.org>\r\nRCPT TO:<%b>\r\nDATA\r\n"
            b"From: Boese <boese@example.org>\r\nSubject: geschmuggelt\r\n\r\nx")
ENDS = (b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\n.\r", b"\r.\n",
        b"\r\r\n.\n", b"\r\n.\r\r\n", b"\r\r.\r\r", b"\n\n.\n\n", b"\r\n\0.\r\n", b"\r\n.\0\r\n",
        b"\r\n. \r\n", b"\r\n ..\r\n", b"\r\n..\r\n", b"\r\n.\t\r\n", b"\x85.\x85",
        b"\r\n.\x0b\r\n")


def smuggling():
    here = hall()
    address = here.group("schmuggel")
    inner = SMUGGLED % address.encode()
    with here.lmtp() as lmtp:
        for number, end in enumerate(ENDS, 1):
            same(f"{end!r}: 354", begin(lmtp, address), 354)
            octets = raw(*usual(f"s{number}"), body=b"vorher" + end + inner) + b"\r\n.\r\n"
            lmtp.send(octets + b"NOOP\r\n")
            same(f"{end!r} ends nothing", (lmtp.answer()[0], lmtp.answer()),
                 (250, (250, "2.0.0 ok")))
        same("exactly one message each", here.count("schmuggel"), len(ENDS))
    rows = here.news.over()
    same("none of them is smuggled", [row["subject"] for row in rows],
         [f"Nummer s{number}" for number in range(1, len(ENDS) + 1)])
    wrong = [row["number"] for row in rows
             if b"RCPT TO" not in here.article("schmuggel", row["number"])]
    same("what was to be smuggled is text", wrong, [])

    with here.lmtp() as lmtp:
        lmtp.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        octets = b"".join(raw(*usual(f"d{number}"), body=b"v" + end + b"x\r\n.\r\n").replace(
            b"From", f"MAIL FROM:<{ANNA}>\r\nRCPT TO:<{address}>\r\nDATA\r\nFrom".encode(), 1)
            for number, end in enumerate(ENDS))
        for place in range(len(octets)):
            lmtp.send(octets[place:place + 1])
        answers = [lmtp.answer()[0] for _ in range(4 * len(ENDS))]
        same("an octet a packet: the same", answers, [250, 250, 354, 250] * len(ENDS))
    same("exactly one message each, too", here.count("schmuggel"), 2 * len(ENDS))

    with here.lmtp() as lmtp:
        begin(lmtp, address)
        lmtp.send(raw(*usual("abgebrochen"), body=b"halb\r\n.\r"))
    with here.lmtp() as lmtp:
        lmtp.deliver(ANNA, [address], raw(*usual("danach")))
    same("a message without an end is none", here.count("schmuggel"), 2 * len(ENDS) + 1)


def packets():
    here = hall()
    address = here.group("pakete")

    def session(first):
        yield "LHLO story.example\r\n"
        for number in range(first, first + 3):
            yield (f"MAIL FROM:<{ANNA}>\r\nRCPT TO:<niemand@{DOMAIN}>\r\nRCPT TO:<{address}>\r\n"
                   f"DATA\r\n")
            yield stuffed(raw(*usual(f"p{number}"), body=b".Punkt\r\n..\r\nNOOP\r\n")).decode()
        yield "FROB\r\nMAIL FROM:<x@y>\r\nDATA\r\nRSET\r\nQUIT\r\n"

    def answers(lmtp):
        said = [lmtp.answer() for _ in range(1 + 1 + 3 * 5 + 5)]
        check("and the end", lmtp.is_over())
        return [(code, re.sub("<.*", "", text)) for code, text in said]  # without id and number

    class Plain(Lmtp):
        """Says nothing by itself."""

        def __init__(self, address):  # pylint: disable=super-init-not-called
            Lines.__init__(self, address, 30.0)

    def drops(octets):
        return (octets[place:place + 1] for place in range(len(octets)))

    several = []
    for number, cut in enumerate((lambda octets: [octets], drops)):
        with Plain(here.umlauf.lmtp_port) as lmtp:
            lmtp.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for part in cut("".join(session(3 * number)).encode()):
                lmtp.send(part)
            several.append(answers(lmtp))
    same("in one packet", [code for code, _ in several[0]],
         [220, 250] + 3 * [250, 550, 250, 354, 250] + [500, 250, 503, 250, 221])
    same("an octet a packet: the same", several[1], several[0])
    same("six articles", here.count("pakete"), 6)
    check("with their dots",
          here.article("pakete", 6).endswith(b"\r\n\r\n.Punkt\r\n..\r\nNOOP\r\n"))


# -- odd octets, injected fields --


def odd_octets():
    here = hall()
    address = here.group("oktett")
    parts = (("NUL", b"\0"), ("CR", b"\r"), ("LF", b"\n"), ("CR CR", b"\r\r"), ("LF CR", b"\n\r"),
             ("DEL and ESC", b"\x7f\x1b[2J"), ("NEL", b"\xc2\x85"), ("U+2028", b"\xe2\x80\xa8"))
    with here.lmtp() as lmtp:
        for name, octets in parts:
            head = [b"From: An" + octets + b"na <anna@example.de>",
                    b"Subject: a" + octets + b"b: c",
                    b"X-Odd: a" + octets + b"X-Evil: 1", b"To: " + octets + b"<a@example.de>",
                    b"Message-ID: <" + name.replace(" ", "").encode() + octets + b"x@example.de>",
                    b"Date: Mon, 23 Nov 2026 08:00:00 +0100"]
            answer = lmtp.deliver(ANNA, [address], raw(*head))[0]
            check(f"{name} in the head: taken or refused", answer[0] in (250, 554), answer)
            answer = lmtp.deliver(ANNA, [address],
                                  raw(*usual(f"o{name.replace(' ', '')}"),
                                      body=b"vor" + octets + b"nach\r\n"))[0]
            same(f"{name} in the body", answer[0], 250)
            same("the connection goes on", lmtp.ask("NOOP")[0], 250)
    here.news.group("t.oktett")
    for row in here.news.over():
        same(f"{row['number']}: nine columns", len(row), 9)
        whole = here.article("oktett", row["number"])
        head, _, body = whole.partition(b"\r\n\r\n")
        check(f"{row['number']}: no NUL, no bare CR or LF",
              not re.search(rb"\0|\r(?!\n)|(?<!\r)\n", whole), whole)
        check(f"{row['number']}: the head is of printable US-ASCII",
              re.fullmatch(rb"[\t\r\n -~]*", head), head)
        same(f"{row['number']}: :bytes", len(whole), int(row["bytes"]))
        check(f"{row['number']}: it has a body", body, whole)


def injection():
    here = hall()
    address = here.group("unter")
    masked = f"maske@{DOMAIN}"
    here.umlauf.add_group("t.maske", masked)
    evil = "=?utf-8?Q?a=0D=0AX-Evil:_1?="
    evil_b = "=?utf-8?B?YQ0KWC1FdmlsOiAx?="
    cases = (
        (f"Subject: {evil}",), (f"Subject: {evil_b} {evil}",), (f"From: {evil} <{ANNA}>",),
        (f'From: "{evil}" <{ANNA}>',), (f"From: {ANNA} ({evil})",),
        (f"From: <anna=?utf-8?Q?=0D=0AX-Evil:_1?=@example.de>",),
        (f"Message-ID: <=?utf-8?Q?a=0D=0AX-Evil:_1@x?=>",), (f"Message-ID: {evil}",),
        (f"References: =?utf-8?Q?<a=0D=0AX-Evil:_1@x>?=",), (f"In-Reply-To: {evil} <a@x>",),
        (f"To: {evil} <a@x>",), (f"Date: {evil}",), (f"X-Original: {evil}",),
        (f"Content-Type: text/plain; name=\"{evil}\"",),
        (b"Subject: roh \xfc " + evil.encode(),), (b"From: \xfc " + evil.encode() + b" <a@x>",),
        ("Subject: a\r\n\tX-Evil: 1",), (b"Subject: a\rX-Evil: 1",), (b"Subject: a\nX-Gut: 1",),
        ("Xref: fremd t.unter:99", "Path: boese", "Newsgroups: t.boese", "Approved: x@y",
         "Control: cancel <m1@example.de>", "Supersedes: <m1@example.de>", "Lines: 99", "Bytes: 9",
         "Injection-Info: boese", "Also-Control: x", "Followup-To: poster", "Distribution: welt"),
    )
    with here.lmtp() as lmtp:
        for number, fields in enumerate(cases):
            names = [line.partition(b":" if isinstance(line, bytes) else ":")[0] for line in fields]
            names = [name.decode() if isinstance(name, bytes) else name for name in names]
            message = raw(*fields, *usual(f"i{number}", but=names))
            answers = lmtp.deliver(ANNA, [address, masked], message)
            same(f"{fields[0][:60]!r} is taken", codes_of(answers), [250, 250])
    held = {entry["id"] for entry in here.held()}
    for entry in held:
        here.umlauf.ctl("held", "approve", entry)
    same("none is missing", (here.count("unter"), here.count("maske")), (len(cases), len(cases)))
    for group in ("unter", "maske"):
        here.news.group(f"t.{group}")
        for row in here.news.over():
            whole = here.article(group, row["number"])
            article = email.message_from_bytes(whole)
            wrong = [name for name in article.keys() if name.lower() == "x-evil"]
            wrong += [name for name in ("Xref", "Path", "Newsgroups", "From", "Subject", "Date",
                                        "Message-ID", "Injection-Info")
                      if len(article.get_all(name, [])) != 1]
            wrong += [name for name in ("Control", "Approved", "Supersedes", "Lines", "Bytes",
                                        "Also-Control", "Followup-To", "Distribution")
                      if name in article]
            wrong += [name for name in ("boese", "fremd")
                      if name.encode() in whole.partition(b"\r\n\r\n")[0]]
            check(f"{group} {row['number']}: no field is injected", not wrong,
                  f"{wrong}\n{whole.decode('utf-8', 'replace')}")
            same(f"{group} {row['number']}: :bytes", len(whole), int(row["bytes"]))
            clean = all(value.isprintable() for value in row.values())
            check(f"{group} {row['number']}: a clean line", len(row) == 9 and clean, row)


# -- repeats --


def repeats():
    here = hall()
    first, second = here.group("wieder"), here.group("wieder2")
    message = raw(*usual("wieder", f"To: {first}"))
    with here.lmtp() as lmtp:
        answers = [lmtp.deliver(ANNA, [first], message)[0] for _ in range(3)]
        same("the same octets again: 250", codes_of(answers), [250] * 3)
        check("it is said to be known", answers[1][1].endswith("t.wieder:1 already"), answers)
        hop = b"Received: from x by y; Mon, 23 Nov 2026 08:00:00 +0100\r\n"
        same("by another way: 250",
             codes_of(lmtp.deliver("x@example.org", [first], hop + message)), [250])
        same("one article", here.count("wieder"), 1)
        other = lmtp.deliver(ANNA, [first], message.replace(b"Text", b"Anderer Text"))[0]
        check("the same id with other content: another article",
              other[0] == 250 and other[1].endswith("t.wieder:2"), other)
        same("two articles", here.count("wieder"), 2)
        here.news.group("t.wieder")
        same("the other names the id that it brought",
             here.news.ask_long("HDR X-Original-Message-ID 2")[2], [b"2 <mwieder@example.de>"])

        later = lmtp.deliver(ANNA, [second], hop + message)[0]
        check("a later crosspost is the same article",
              later[0] == 250 and later[1].startswith("2.0.0 <mwieder@example.de> is t.wieder2:1"),
              later)
        here.news.group("t.wieder")
        same("the Xref of the first names both",
             sorted(here.news.over("1")[0]["xref"].split()[2:]), ["t.wieder2:1", "t.wieder:1"])
        same("HEAD agrees", sorted(email.message_from_bytes(here.article("wieder", 1))["Xref"]
                                   .split()[1:]), ["t.wieder2:1", "t.wieder:1"])
        here.news.group("t.wieder2")
        same("the second one's, too", sorted(here.news.over("1")[0]["xref"].split()[2:]),
             ["t.wieder2:1", "t.wieder:1"])
        both = lmtp.deliver(ANNA, [second, first], raw(*usual("beide")))
        same("a crosspost in one transaction", [text.split()[-1] for _, text in both],
             ["t.wieder2:2", "t.wieder:3"])
        here.news.group("t.wieder")
        same("one Message-ID, both numbers", sorted(here.news.over("3")[0]["xref"].split()[2:]),
             ["t.wieder2:2", "t.wieder:3"])
        again = lmtp.deliver(ANNA, [first, second], raw(*usual("beide")))
        check("and again: known in both", all(text.endswith("already") for _, text in again), again)
    same("nothing came twice", (here.count("wieder"), here.count("wieder2")), (3, 2))


# -- who may post --


def policies():
    here = hall()
    umlauf = here.umlauf
    members = here.group("mitglieder", "--post", "members")
    moderated = here.group("moderiert", "--post", "moderated", "--moderator", "chefin@example.de")
    closed = here.group("zu", "--post", "closed", "--moderator", "chefin@example.de")
    umlauf.ctl("subscribe", ANNA, "t.mitglieder")
    umlauf.ctl("subscribe", ANNA, "t.moderiert")
    umlauf.ctl("subscribe", ANNA, "t.zu")
    before = [entry["id"] for entry in here.held()]
    groups = {"members": members, "moderated": moderated, "closed": closed}
    authors = {"a member": ANNA, "a moderator": "Chefin@Example.DE", "a stranger": "x@example.org"}
    gets_in = {("members", "a member"), ("moderated", "a moderator"), ("closed", "a moderator")}
    with here.lmtp() as lmtp:
        for policy, address in groups.items():
            for who, author in authors.items():
                number = f"{policy}{who.split()[1]}"
                message = raw(f"From: {author}", *usual(number, but=("From",)))
                code, text = lmtp.deliver("egal@example.net", [address], message)[0]
                wanted = "placed" if (policy, who) in gets_in else "held"
                same(f"{policy}, {who}: {wanted}", (code, "held" if "held" in text else "placed"),
                     (250, wanted))
                if wanted == "held":
                    code, text = lmtp.deliver("egal@example.net", [address], message)[0]
                    same("the same once more: held, but once", (code, "held" in text), (250, True))
    held = [entry for entry in here.held() if entry["id"] not in before]
    same("what is held, and for which group", sorted(entry["group"] for entry in held),
         ["t.mitglieder"] * 2 + ["t.moderiert"] * 2 + ["t.zu"] * 2)
    check("each with a reason, an author, a subject",
          all(entry["reason"] and entry["author"] and entry["subject"] for entry in held), held)
    same("each group has one article",
         [here.count(name) for name in ("mitglieder", "moderiert", "zu")], [1, 1, 1])
    stranger = next(entry for entry in held if entry["author"] == "x@example.org"
                    and entry["group"] == "t.moderiert")
    umlauf.ctl("held", "approve", stranger["id"])
    same("approve lets it in", here.count("moderiert"), 2)
    here.news.group("t.moderiert")
    same("under its own id", here.news.over("2")[0]["id"], "<mmoderatedstranger@example.de>")
    with here.lmtp() as lmtp:
        message = raw("From: x@example.org", *usual("moderatedstranger", but=("From",)))
        answer = lmtp.deliver("egal@example.net", [moderated], message)
    check("when it comes again, it is known", answer[0][1].endswith("already"), answer)
    others = [entry["id"] for entry in held if entry["id"] != stranger["id"]]
    umlauf.ctl("held", "reject", *others)
    same("reject throws away", [entry["id"] for entry in here.held()], before)
    same("and lets nothing in", [here.count(name) for name in ("mitglieder", "moderiert", "zu")],
         [1, 2, 1])
    same("a number that is gone", umlauf.ctl_result("held", "approve", others[0]).returncode, 1)


def verified_authors():
    umlauf = Umlauf({"intake": {"trusted-authserv": "mx.listen.example.de"}}).init()
    address = f"amt@{DOMAIN}"
    umlauf.add_group("t.amt", address, "--post", "members", "--addresses", "shown")
    umlauf.add_group("t.frei", f"frei@{DOMAIN}", "--addresses", "shown")
    umlauf.ctl("subscribe", ANNA, "t.amt")
    umlauf.start()
    ours, dmarc = "mx.listen.example.de", "dmarc=pass header.from=example.de"
    cases = (
        ("no verdict", [], False),
        ("dmarc=pass", [f"{ours}; {dmarc}"], True),
        ("dkim=pass, aligned", [f"{ours}; dkim=pass header.d=example.de"], True),
        ("dkim=pass of a stranger", [f"{ours}; dkim=pass header.d=example.org"], False),
        ("spf=pass, aligned", [f"{ours}; spf=pass smtp.mailfrom={ANNA}"], True),
        ("dmarc=fail beside dkim=pass",
         [f"{ours}; dkim=pass header.d=example.de; dmarc=fail header.from=example.de"], False),
        ("dmarc=pass for another From", [f"{ours}; dmarc=pass header.from=example.org"], False),
        ("a foreign authserv-id", [f"mx.example.org; {dmarc}"], False),
        ("an id that begins as ours", [f"{ours}.example.org; {dmarc}"], False),
        ("ours in a comment", [f"mx.example.org (; {ours}; ) ; {dmarc}"], False),
        ("a verdict in a quoted string", [f'{ours}; spf=none reason="; {dmarc}"'], False),
        ("a verdict in a comment", [f"{ours}; spf=none (; {dmarc})"], False),
        ("a forged one below a fail", [f"{ours}; dmarc=fail header.from=example.de",
                                       f"{ours}; {dmarc}"], False),
        ("upper case, a version", [f"{ours.upper()} 1; DMARC=Pass header.From=Example.de"], True),
        ("a verdict behind a bare CR of another field",
         [f"mx.example.org; none\r\nX-Harmlos: a\rAuthentication-Results: {ours}; {dmarc}"], False),
        ("behind CR CR", [f"x; none\r\r\nX-Harmlos: a\r\rAuthentication-Results: {ours}; {dmarc}"],
         False),
        ("behind CRLF CR", [f"x; none\r\n\rAuthentication-Results: {ours}; {dmarc}"], False),
        ("behind CRLF . CR", [f"x; none\r\n.\rAuthentication-Results: {ours}; {dmarc}"], False),
        ("folded", [f"{ours};\r\n\tdkim=pass (2048-bit key)\r\n\theader.d=example.de"], True),
    )
    placed = 0
    with Lmtp(umlauf.lmtp_port) as lmtp:
        for number, (name, results, good) in enumerate(cases):
            head = [f"Authentication-Results: {result}" for result in results]
            code, text = lmtp.deliver("x@example.org", [address],
                                      raw(*head, *usual(f"v{number}")))[0]
            same(f"{name}: {'placed' if good else 'held'}", (code, "held" not in text), (250, good))
            placed += good
        code, text = lmtp.deliver("x@example.org", [f"frei@{DOMAIN}"], raw(*usual("frei")))[0]
        same("an open group asks nobody", (code, "held" in text), (250, False))
        two = raw(f"Authentication-Results: {ours}; {dmarc}",
                  f"From: {ANNA}, ben@example.de", *usual("two", but=("From",)))
        same("two authors: held", "held" in lmtp.deliver(ANNA, [address], two)[0][1], True)
        twice = raw(f"Authentication-Results: {ours}; {dmarc}", f"From: {ANNA}",
                    "From: chef@example.org", *usual("twice", but=("From",)))
        same("two From fields: held", "held" in lmtp.deliver(ANNA, [address], twice)[0][1], True)
    with Nntp(umlauf.news_port) as news:
        same("no more than these", news.group("t.amt")[1], placed)
        rows = news.over()
        heads = [b"\n".join(news.ask_long(f"HEAD {row['number']}")[2]) for row in rows]
        check("none shows the verdict",
              not any(b"Authentication-Results" in head for head in heads))
    reasons = {entry["reason"] for entry in umlauf.ctl_json("held", "list")}
    same("the reason is said", reasons, {"the author could not be verified"})


# -- the watched Maildir --


def maildir():
    incoming = story.folder("incoming") / "Maildir"
    umlauf = Umlauf({"intake": {"maildir": str(incoming), "max-message-size": "100K"}}).init()
    for name in ("eins", "zwei", "drei"):
        umlauf.add_group(f"t.{name}", f"{name}@{DOMAIN}", "--addresses", "shown")
    umlauf.add_group("t.streng", f"streng@{DOMAIN}", "--post", "moderated")
    umlauf.start()
    count = 0

    def lay(octets, sub="new"):
        nonlocal count
        count += 1
        name = f"1795500{count:03d}.M1P1.host"
        (incoming / "tmp" / name).write_bytes(octets)
        (incoming / "tmp" / name).rename(incoming / sub / (name if sub == "new" else name + ":2,S"))
        return name

    def is_empty():
        return not list((incoming / "new").iterdir()) + list((incoming / "cur").iterdir())

    def letter(number, *fields):
        return raw(*usual(f"f{number}", *fields)).replace(b"\r\n", b"\n")

    eins, zwei, drei = (f"{name}@{DOMAIN}" for name in ("eins", "zwei", "drei"))
    lay(letter(1, f"Delivered-To: {eins}", f"To: {zwei}"))
    lay(letter(2, f"X-Original-To: {eins}", f"To: {zwei}"), "cur")
    lay(letter(3, f"Delivered-To: anna@{DOMAIN}", f"To: Eins <{eins.upper()}>, {zwei}"))
    lay(letter(4, "To: anna@example.de", f"Cc: {drei}"))
    lay(letter(5, f"To: {eins}").replace(b"\n", b"\r\n"))
    lay(letter(6, f"To: {eins}")[:-1])
    lay(letter(7, f"To: streng@{DOMAIN}"))
    lay(letter(7, f"To: {eins}"))
    check("the Maildir is emptied", wait_for(is_empty), umlauf.log)
    with Nntp(umlauf.news_port) as news:
        same("the groups are found by Delivered-To, X-Original-To, To, Cc",
             [news.group(f"t.{name}")[1] for name in ("eins", "zwei", "drei", "streng")],
             [6, 1, 1, 0])
        news.group("t.eins")
        same("To names two: a crosspost", len(news.over("3")[0]["xref"].split()), 4)
        same("the file with LF, without an end, is served whole",
             news.ask_long("BODY 5")[2], [b"Text"])
    same("the held one waits", len(umlauf.ctl_json("held", "list")), 1)
    umlauf.ctl("held", "reject", umlauf.ctl_json("held", "list")[0]["id"])
    same("nothing needs a person", umlauf.ctl_result("status").returncode, 0)

    refused = incoming / ".abgewiesen/new"
    wanted = [lay(letter(10, "To: niemand@example.org")), lay(b""), lay(b"\n\nkein Kopf\n"),
              lay(letter(11, f"To: {eins}") + b"x" * 200000), lay(os.urandom(3000)),
              lay(raw(f"To: {eins}", *["X: y"] * 11000))]
    check("what fits no group goes to .abgewiesen",
          wait_for(lambda: is_empty() and len(list(refused.iterdir())) == len(wanted)),
          lambda: f"{sorted(path.name for path in refused.iterdir())}\n{umlauf.log()[-3000:]}")
    same("under its name", sorted(path.name for path in refused.iterdir()), sorted(wanted))
    same("not a bit of it is lost", (refused / wanted[3]).stat().st_size, len(
        letter(11, f"To: {eins}")) + 200000)
    done = umlauf.ctl_result("status")
    same("status: exit status 1", done.returncode, 1)
    check("and it names each file", all(name in done.stdout for name in wanted), done.stdout)
    notices = umlauf.ctl_result("status", "--json")
    check("in JSON, too", wanted[0] in notices.stdout, notices.stdout)
    umlauf.ctl_result("status", "--clear")
    same("cleared: exit status 0", umlauf.ctl_result("status").returncode, 0)
    (incoming / "new/.versteckt").write_bytes(b"x")
    (incoming / "new/ordner").mkdir()
    os.symlink("/etc/passwd", incoming / "new/verweis")
    lay(letter(13, f"To: {drei}"))
    with Nntp(umlauf.news_port) as news:
        check("folders and links are no mail, and stop nothing",
              wait_for(lambda: news.group("t.drei")[1] == 2), umlauf.log)
    check("they are left alone", (incoming / "new/verweis").is_symlink())
    for number in range(20, 320):
        lay(letter(number, f"To: {zwei}"))
    with Nntp(umlauf.news_port) as news:
        check("300 files at once", wait_for(lambda: news.group("t.zwei")[1] == 301), umlauf.log)
        same("in the order of their names", [row["id"] for row in news.over("2-")],
             [f"<mf{number}@example.de>" for number in range(20, 320)])


# -- large messages --


def peak(umlauf):
    """The largest resident size of intake so far, in MiB."""
    with open(f"/proc/{umlauf.roles('intake')[0]['pid']}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s*(\d+)", status.read()).group(1)) / 1024


def large():
    umlauf = Umlauf({"intake": {"max-message-size": "25M"}}).init()
    umlauf.add_group("t.gross", f"gross@{DOMAIN}", "--addresses", "shown")
    umlauf.add_group("t.streng", f"streng@{DOMAIN}", "--post", "moderated")
    umlauf.start()
    address = f"gross@{DOMAIN}"
    noise = os.urandom(MIB).hex().encode()

    def message(number, size):
        head = raw(*usual(f"g{number}"), body=b"")
        body = (noise[number:] + noise[:number] + b"\r\n") * (size // len(noise) + 1)
        return head + body[:size - len(head) - 2] + b"\r\n"

    with Lmtp(umlauf.lmtp_port) as lmtp:
        same("25 MiB are taken", codes_of(lmtp.deliver(ANNA, [address], message(1, 25 * MIB))),
             [250])
        same("26 MiB are refused", codes_of(lmtp.deliver(ANNA, [address], message(2, 26 * MIB))),
             [552])
        same("25 MiB are held", codes_of(lmtp.deliver(ANNA, [f"streng@{DOMAIN}"],
                                                      message(3, 25 * MIB))), [250])
        same("25 MiB of one kind of octet", codes_of(lmtp.deliver(
            ANNA, [address], raw(*usual("g4"), body=b"x" * (25 * MIB - 1000) + b"\r\n"))), [250])
        same("25 MiB of bare CRs", codes_of(lmtp.deliver(
            ANNA, [address], raw(*usual("g5"), body=b"\r" * (12 * MIB) + b"\r\n"))), [250])
        same("again: known", lmtp.deliver(ANNA, [address], message(1, 25 * MIB))[0][1][-7:],
             "already")
    check("intake stays below 150 MiB", peak(umlauf) < 150, f"{peak(umlauf):.0f} MiB")
    with Nntp(umlauf.news_port, 30) as news:
        news.group("t.gross")
        body = b"".join(part + b"\r\n" for part in news.ask_long("BODY 1")[2])
        same("it comes out as it went in", body == message(1, 25 * MIB).partition(b"\r\n\r\n")[2],
             True)


def nothing_died():
    here = hall()
    same("no process was started again",
         [entry["role"] for entry in here.umlauf.status("role") if entry["restarts"] != "0"], [])
    check("nothing was logged as an error", "level=error" not in here.umlauf.log(),
          "\n".join(line for line in here.umlauf.log().splitlines() if "level=error" in line))
    done = here.umlauf.ctl_result("verify")
    check("the store is whole", done.returncode == 0, done.stdout + done.stderr)


if __name__ == "__main__":
    story.run(commands, each_recipient, sizes, lines, many_recipients, large_heads, connections,
              smuggling, packets, odd_octets, injection, repeats, policies, verified_authors,
              maildir, large, nothing_died)
