#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Reading by NNTP, octet by octet: codes, limits, lists, and how each odd mail is served."""

import email
import email.utils
import re
import shutil
import signal
import socket
import subprocess
import time

import story
from served import NOON, Hall, Strict, agree, decoded, never_bad, raw, usual
from story import DOMAIN, Umlauf, check, mail, same, skip, wait_for
from wire import Lines, Lmtp, Nntp, deliver

TITLE = "Haushalt, Gebühren & Straßen"


_hall = []


def hall():
    if not _hall:
        _hall.append(Hall())
    return _hall[0]


# -- codes and limits --

CODES = (
    ("no group is selected", (
        ("STAT", 412), ("ARTICLE", 412), ("HEAD 1", 412), ("BODY 1", 412), ("NEXT", 412),
        ("LAST", 412), ("OVER", 412), ("XOVER", 412), ("XOVER 1-", 412), ("XHDR Path", 412),
        ("XHDR Path 1-", 412), ("HDR Subject", 412), ("HDR :bytes 1-5", 412), ("LISTGROUP", 412),
        ("STAT <nobody@example.de>", 430), ("OVER <nobody@example.de>", 430),
        ("HDR Subject <nobody@example.de>", 430), ("XHDR Subject <nobody@example.de>", 430),
        ("GROUP t.nobody", 411), ("LISTGROUP t.nobody", 411), ("LISTGROUP t.nobody 1-", 411))),
    ("an empty group", (
        ("GROUP t.empty", 211), ("STAT", 420), ("ARTICLE", 420), ("NEXT", 420), ("LAST", 420),
        ("OVER", 420), ("HDR Subject", 420), ("OVER 1-", 423), ("XOVER 1-100", 423),
        ("HDR Subject 1-", 423), ("XHDR Subject 1-", 423), ("STAT 1", 423), ("ARTICLE 0", 423))),
    ("a group of three", (
        ("GROUP t.codes", 211), ("STAT", 223), ("LAST", 422), ("NEXT", 223), ("NEXT", 223),
        ("NEXT", 421), ("STAT 2", 223), ("STAT", 223), ("STAT 99", 423), ("STAT", 223),
        ("OVER 9-", 423), ("OVER 3-1", 423), ("HDR Subject 3-1", 423), ("OVER 0-0", 423),
        ("STAT 9999999999999999", 423), ("HEAD 1", 221), ("BODY 1", 222), ("ARTICLE 1", 220),
        ("OVER", 224), ("OVER 2", 224), ("OVER 1-2", 224), ("OVER 2-", 224), ("HDR Subject", 225),
        ("XHDR Subject 1-", 221), ("HEAD <u1@example.de>", 221), ("STAT <u1@example.de>", 223),
        ("GROUP t.nobody", 411), ("STAT 1", 223))),
    ("what is wrong", (
        ("FROBNICATE", 500), ("XYZZY 1 2", 500), ("GROUP", 501), ("GROUP a b", 501),
        ("ARTICLE 1-2", 501), ("STAT x", 501), ("STAT -1", 501), ("OVER x", 501), ("OVER 1-x", 501),
        ("OVER -5", 501), ("OVER 1 2", 501), ("HDR", 501), ("HDR Sub:ject 1", 501),
        ("HDR :frobs 1", 503), ("LISTGROUP t.codes x", 501), ("NEXT 1", 501), ("DATE now", 501),
        ("STAT 99999999999999999", 501), ("STAT <>", 501), ("STAT <a", 501), ("STAT <a>b>", 501),
        ("NEWNEWS *", 501), ("NEWNEWS * 20261301 000000", 501), ("NEWGROUPS 20261123 250000", 501),
        ("NEWGROUPS 20261123 120000 CET", 501), ("MODE", 501), ("MODE FAST", 501),
        ("LIST EXTENSIONS", 503), ("LIST FROBS", 503), ("LIST ACTIVE a b", 501),
        ("LIST HEADERS X", 501), ("LIST OVERVIEW.FMT x", 501), ("", 500), (" ", 501),
        ("GROUP t.c\x01odes", 501), ("GROUP t.codes\x7f", 501), ("STAT 1\0", 501), ("\x16", 501))),
    ("the session", (
        ("MODE READER", 200), ("mode reader", 200), ("CAPABILITIES", 101),
        ("capabilities autoupdate", 101), ("HELP", 100), ("DATE", 111), ("date", 111),
        ("group t.codes", 211), ("gRoUp\tt.codes", 211), ("listgroup t.codes", 211), ("list", 215),
        ("list active t.*", 215), ("list overview.fmt", 215), ("xover 1-", 224), ("next", 223),
        ("newgroups 700101 000000 gmt", 231), ("newnews * 20000101 000000 gmt", 230),
        ("xhdr lines 1-", 221), ("quit", 205))),
)


def code_of(news, command):
    """The code that a command brings; its block is read."""
    code = news.ask_long(command)[0]
    if code == 211 and command.lower().startswith("listgroup"):
        news.block()
    return code


def codes():
    here = hall()
    here.group("empty")
    address = here.group("codes")
    for number in (1, 2, 3):
        here.give(raw(*usual(number)), address)
    news = Strict(here.umlauf.news_port)
    for name, commands in CODES:
        got = [(command, code_of(news, command)) for command, _ in commands]
        wrong = [f"{command!r}: {code}, wanted {wanted}"
                 for (command, code), (_, wanted) in zip(got, commands) if code != wanted]
        check(f"codes: {name}", not wrong, "\n".join(wrong))
    check("QUIT closes", news.is_over())
    news.close()


def limits():
    news = hall().news
    fits = "GROUP " + "a" * 497
    same("an argument of 497 octets is taken", news.ask(fits)[0], 411)
    same("one of 498 is 501", news.ask(fits + "a")[0], 501)
    line = "DATE" + " " * 506
    same("a line of 512 octets is taken", news.ask(line)[0], 111)
    same("one of 513 is 501", news.ask(line + " ")[0], 501)
    same("the next command is", news.ask("DATE")[0], 111)
    news.send("DATE" + "x" * 100000 + "\r\nDATE\r\n")
    same("of 100,000 octets too, once", [news.line()[:3], news.line()[:3]], [b"501", b"111"])
    news.send("DATE\nDATE\r\n")
    same("a bare LF ends a line", [news.line()[:3], news.line()[:3]], [b"111", b"111"])
    same("a bare CR does not", news.ask("DATE\rDATE")[0], 501)
    same("UTF-8 in a group's name is 411", news.ask("GROUP t.bürger")[0], 411)
    news.send(b"GROUP t.b\xfcrger\r\n")
    same("what is no UTF-8 is 501", news.line()[:3], b"501")


# -- lists --


def lists():
    here = hall()
    here.group("lists", "--title", TITLE)
    here.group("untitled")
    news = here.news
    same("an empty group: low = high + 1, and not 0", here.select("lists"), (211, 0, 1, 0))
    same("GROUP echoes the name", news.ask("GROUP t.lists")[1].split()[3], "t.lists")
    code, text, numbers = news.ask_long("LISTGROUP t.lists")
    same("LISTGROUP has four fields", (code, text.split()[:4], numbers),
         (211, ["0", "1", "0", "t.lists"], None) if numbers is None else
         (211, ["0", "1", "0", "t.lists"], numbers))
    same("and a list, which is empty", news.block(), [])
    same("LIST ACTIVE of an empty group", news.ask_long("LIST ACTIVE t.lists")[2],
         [b"t.lists 0 1 y"])
    same("LIST COUNTS", news.ask_long("LIST COUNTS t.lists")[2], [b"t.lists 0 1 0 y"])
    titles = dict(line.decode("utf-8").split("\t", 1)
                  for line in news.ask_long("LIST NEWSGROUPS")[2])
    same("LIST NEWSGROUPS in UTF-8", titles["t.lists"], TITLE)
    check("every group has a description", all(titles.values()) and "t.untitled" in titles, titles)
    same("a wildmat chooses", news.ask_long("LIST ACTIVE t.l?s*,t.un*,!*titled")[2],
         [b"t.lists 0 1 y"])
    same("brackets are none (RFC 3977 section 4.1)", news.ask("LIST ACTIVE t.[a-z]*")[0], 501)
    same("and may match nothing", news.ask_long("LIST ACTIVE z.*")[1:], ("list follows", []))
    same("OVERVIEW.FMT", news.ask_long("LIST OVERVIEW.FMT")[2],
         [b"Subject:", b"From:", b"Date:", b"Message-ID:", b"References:", b":bytes", b":lines",
          b"Xref:full"])
    same("LIST HEADERS", news.ask_long("LIST HEADERS")[2], [b":", b":bytes", b":lines"])
    capabilities = [line.decode("ascii") for line in news.ask_long("CAPABILITIES")[2]]
    same("VERSION comes first", capabilities[0], "VERSION 2")
    check("CAPABILITIES names posting, no login", "READER" in capabilities and
          "POST" in capabilities and not {"IHAVE", "STARTTLS", "AUTHINFO"} & {word.split()[0] for word in capabilities},
          capabilities)
    same("and OVER by Message-ID", "OVER MSGID" in capabilities, True)
    here.umlauf.ctl("group", "set", "t.untitled", "--title", "Später benannt")
    same("a new title is seen at once", news.ask_long("LIST NEWSGROUPS t.untitled")[2],
         ["t.untitled\tSpäter benannt".encode()])


# -- bodies and :bytes --

BODIES = (
    ("dots", b".\r\n..\r\n.a\r\n...\r\ntext.\r\n. \r\n"),
    ("one dot", b".\r\n"),
    ("nothing", b""),
    ("empty lines", b"\r\n\r\n\r\n"),
    ("8-bit", "Grüße aus Straßdorf\r\n".encode() + b"\xfc\xe4\xff\x80\r\n"),
    ("controls", b"a\tb\x01\x7f\x1b[0m\r\n"),
    ("a long line", b"x" * 100000 + b"\r\n"),
    ("a megabyte", b"Die Kehrfrequenz in Paragraf 4\r\n.\r\n" * 30000),
    ("eight megabytes", b"0123456789abcdef.\r\n" * 450000),
)


def bodies():
    here = hall()
    address = here.group("bodies")
    news = here.news
    for number, (name, body) in enumerate(BODIES, 1):
        here.give(raw(*usual(f"b{number}"), body=body), address)
        here.select("bodies")
        same(f"a body of {name} comes back", news.octets(f"BODY {number}") == body, True)
        agree(f"a body of {name}", news, str(number))
    here.give(raw(*usual("nul"), body=b"a\0b\r\n\0\r\n"), address)
    here.select("bodies")
    number = len(BODIES) + 1
    same("NUL in a body becomes a blank", news.octets(f"BODY {number}"), b"a b\r\n \r\n")
    agree("NUL", news, str(number))
    incoming = here.umlauf.folder / "nofinal.eml"
    (incoming.parent / "m/new").mkdir(parents=True)
    (incoming.parent / "m/cur").mkdir()
    (incoming.parent / "m/new/1.eml").write_bytes(
        b"\n".join(line.encode() for line in usual("end")) + b"\n\nzwei\nZeilen, ohne Ende")
    here.umlauf.ctl("import", "maildir", incoming.parent / "m", "t.bodies")
    here.select("bodies")
    same("no end of the last line", news.octets(f"BODY {number + 1}"),
         b"zwei\r\nZeilen, ohne Ende\r\n")
    agree("no end of the last line", news, str(number + 1))
    headless = b"".join(line.encode() + b"\r\n" for line in usual("bare"))
    here.give(headless, address)
    here.select("bodies")
    agree("no body and no empty line", news, str(number + 2))
    never_bad("bodies", news)


# -- Message-IDs --

LONG = "<" + "l" * 280 + "@example.example.de>"
IDS = (
    ("two @", "<a@b@c.example>", True),
    ("no @", "<nur-ein-wort>", True),
    ("250 octets", "<" + "m" * 237 + "@example.de>", True),
    ("300 octets", LONG, False),
    ("an umlaut", "<grün@example.de>", False),
    ("our own domain", f"<fremd@{DOMAIN}>", False),
)


def odd_ids():
    here = hall()
    address = here.group("ids")
    news = here.news
    place = 0
    for name, brought, stays in IDS:
        place += 1
        message = raw(*usual(0, f"Message-ID: {brought}", but=("Message-ID",)))
        served = here.give(message, address)[0]
        same(f"an id with {name} {'stays' if stays else 'is replaced'}", served == brought, stays)
        here.select("ids")
        article = email.message_from_bytes(news.octets(f"ARTICLE {place}"))
        same(f"{name}: it is served under its id", article["Message-ID"], served)
        original = article["X-Original-Message-ID"]
        same(f"{name}: the original is kept", original and decoded(original),
             None if stays else brought)
        same(f"{name}: found by the id it is served under", news.ask(f"STAT {served}")[0], 223)
        same(f"{name}: found by the id it brought", news.ask(f"STAT {brought}"),
             (223, f"0 {served}"))
        agree(f"an id with {name}", news, str(place))
        place += 1
        here.give(raw(*usual(f"r{place}", f"In-Reply-To: {brought}")), address)
        here.select("ids")
        same(f"{name}: a reply finds it", news.over(str(place))[0]["references"], served)
        agree(f"a reply to an id with {name}", news, str(place))
    for name, line in (("none at all", None), ("an empty one", "Message-ID:"),
                       ("<>", "Message-ID: <>"), ("a word", "Message-ID: wort")):
        message = raw(*usual(0, *([line] if line else []), but=("Message-ID",)),
                      body=name.encode() + b"\r\n")
        place += 1
        served = here.give(message, address)[0]
        check(f"{name}: it gets an id of ours", served.endswith(f"@{DOMAIN}>"), served)
        same(f"{name}: the same mail again is the same article", here.give(message, address)[0],
             served)
        here.select("ids")
        agree(f"an id of ours for {name}", news, str(place))
    blank = raw(*usual(0, "Message-ID: <mit leer@example.de>  ", but=("Message-ID",)))
    served = here.give(blank, address)[0]
    same("a blank within is left out", served, "<mitleer@example.de>")
    reply = raw(*usual("blank", "References: <mit leer@example.de>"))
    here.give(reply, address)
    here.select("ids")
    same("its thread is found", here.umlauf.ctl_json("thread", "<ublank@example.de>")[0]["id"],
         served)
    agree("an id with a blank", news, str(place + 1))
    never_bad("ids", news)


def same_id():
    here = hall()
    address = here.group("twins")
    news = here.news
    first = here.give(raw(*usual("twin"), body=b"eins\r\n"), address)[0]
    other = here.give(raw(*usual("twin"), body=b"zwei\r\n"), address)[0]
    check("the same id with other content is another article", other not in ("", first), other)
    same("the same once more is the known one",
         [here.give(raw(*usual("twin"), body=body), address)[0]
          for body in (b"zwei\r\n", b"eins\r\n")], [other, first])
    same("there are two", here.select("twins"), (211, 2, 1, 2))
    same("the id finds the first", news.octets(f"BODY {first}"), b"eins\r\n")
    article = news.parsed(2)
    same("the other names the id that it brought", article["X-Original-Message-ID"], first)
    here.give(raw(*usual("son", f"In-Reply-To: {first}")), address)
    here.select("twins")
    same("a reply goes to the first", news.over("3")[0]["references"], first)
    agree("a twin", news, "2")


# -- what lacks --


def lacking():
    here = hall()
    address = here.group("lack")
    english = here.group("lacken", "--language", "en")
    news = here.news
    for place, line in enumerate((None, "Subject:", "Subject:  \t ", "Subject: =?utf-8?Q??="), 1):
        message = raw(*usual(f"s{place}", *([line] if line else []), but=("Subject",)))
        here.give(message, address)
        here.give(message, english)
        here.select("lack")
        name = "no Subject" if line is None else repr(line)
        same(f"{name}: (ohne Betreff)", decoded(news.over(str(place))[0]["subject"]),
             "(ohne Betreff)")
        same(f"{name}: one Subject in the article", len(news.parsed(place).get_all("Subject")), 1)
        agree(name, news, str(place))
    here.give(raw(*usual("en", but=("Subject",))), english)
    here.select("lacken")
    same("in English where the group is English", news.over("5")[0]["subject"], "(no subject)")

    address = here.group("date")
    for place, line in enumerate((None, "Date:", "Date: gestern", "Date: 32 Foo 2026"), 1):
        here.give(raw(*usual(f"d{place}", *([line] if line else []), but=("Date",))), address)
        here.select("date")
        name = "no Date" if line is None else repr(line)
        shown = email.utils.parsedate_to_datetime(news.over(str(place))[0]["date"])
        same(f"{name}: the time of arrival", int(shown.timestamp()), NOON)
        agree(name, news, str(place))

    address = here.group("twice")
    for place, name in enumerate(("From", "Subject", "Date", "Message-ID", "References", "To"), 1):
        first = {"Date": "Mon, 23 Nov 2026 07:00:00 +0100", "Message-ID": "<zwei@example.de>",
                 "References": "<a@x> <b@x>"}.get(name, "Eins <eins@example.de>")
        here.give(raw(f"{name}: {first}", *usual(f"twice{place}", "References: <c@x>", "To: b@x")),
                  address)
        here.select("twice")
        values = news.parsed(place).get_all(name)
        same(f"{name} twice: the first alone", values, [first])
        agree(f"{name} twice", news, str(place))
    here.give(raw(".Punkt: am Anfang", *usual("punkt")), address)
    here.select("twice")
    check("a field that begins with a dot", b"\r\n.Punkt: am Anfang\r\n" in news.octets("HEAD 7"))
    agree("a field that begins with a dot", news, "7")

    address = here.group("from")
    before = len(here.umlauf.ctl_json("held", "list"))
    for line in (None, "From:", "From: niemand", "From: <>"):
        answer = here.lmtp.deliver("anna@example.de", [address],
                                   raw(*usual("f", *([line] if line else []), but=("From",)),
                                       body=str(line).encode() + b"\r\n"))[0]
        check(f"{line or 'no From'}: held", answer[0] == 250 and "held" in answer[1], answer)
    same("none is in the group", here.select("from"), (211, 0, 1, 0))
    held = here.umlauf.ctl_json("held", "list")[before:]
    same("all wait for a moderator", len(held), 4)
    here.umlauf.ctl("held", "approve", held[0]["id"])
    here.select("from")
    check("let in, it has an author of ours", news.over("1")[0]["from"].endswith(".invalid"),
          news.over("1"))
    agree("no From", news, "1")
    never_bad("lacking", news)


# -- encoded words and raw octets --

UMLAUTS = "Gebührensatzung Straßenreinigung – Übersicht"
CLEAN = "=?UTF-8?Q?AW=3A_Geb=C3=BChrensatzung?="
RAW = (
    ("latin1", "iso-8859-1", "Gebührensatzung Straße"),
    ("windows-1252", "windows-1252", "Gebühren „für“ Straßen – 5 €"),
    ("UTF-8", "utf-8", UMLAUTS),
    ("Polish UTF-8", "utf-8", "Zażółć gęślą jaźń"),
)


def encoded():
    here = hall()
    address = here.group("words")
    news = here.news
    here.give(raw(*usual("w1", f"Subject: {CLEAN}", but=("Subject",))), address)
    here.select("words")
    same("an encoded Subject stays as it is", news.over("1")[0]["subject"], CLEAN)
    same("with HDR, too", news.field("Subject", 1), CLEAN)
    place = 1
    for name, charset, text in RAW:
        for declared in ("", f'; charset="{charset}"'):
            place += 1
            octets = text.encode(charset)
            here.give(raw(*usual(f"w{place}", b"Subject: " + octets,
                                 b"From: " + octets + b" <j@example.de>",
                                 b"X-Amt: " + octets, b"To: " + octets + b" <t@example.de>",
                                 f"Content-Type: text/plain{declared}",
                                 but=("Subject", "From"))), address)
            here.select("words")
            row = news.over(str(place))[0]
            same(f"{name} in a Subject is encoded", (row["subject"].isascii(),
                                                     decoded(row["subject"])), (True, text))
            person, shown = email.utils.parseaddr(row["from"])
            same(f"{name} in a From is encoded", (row["from"].isascii(), decoded(person), shown),
                 (True, text, "j@example.de"))
            article = email.message_from_bytes(news.octets(f"ARTICLE {place}"))
            same(f"{name}: ARTICLE decodes right",
                 [decoded(email.utils.parseaddr(article[field])[0] if "@" in article[field]
                          else article[field]) for field in ("Subject", "From", "X-Amt", "To")],
                 [text] * 4)
            same(f"{name}: the head is US-ASCII", news.octets(f"HEAD {place}").isascii(), True)
            agree(f"{name} in fields", news, str(place))
    for charset, text in (("koi8-r", "Привет из города"), ("iso-8859-2", "Město Žďár")):
        place += 1
        here.give(raw(*usual(f"w{place}", b"Subject: " + text.encode(charset),
                             b"From: " + text.encode(charset) + b" <j@example.de>",
                             f"Content-Type: text/plain; charset={charset}",
                             but=("Subject", "From"))), address)
        here.select("words")
        row = news.over(str(place))[0]
        same(f"a Subject in the declared {charset}", decoded(row["subject"]), text)
        same(f"a From in the declared {charset}",
             decoded(email.utils.parseaddr(row["from"])[0]), text)
        agree(f"the declared {charset}", news, str(place))

    address = here.group("steuer")
    odd = ((b"Subject: a\tb", "a b"), (b"Subject: a\0b", "a b"), (b"Subject: a\r\n b", "a b"),
           (b"Subject: a\r\n\tb", "a b"), (b"Subject: a\x0b\x1bb", "a  b"),
           (b"Subject: =?utf-8?Q?a=0D=0AX-Evil:_1?=", None),
           (b"Subject: =?utf-8?Q?a=09b=00c?=", None))
    for place, (line, wanted) in enumerate(odd, 1):
        here.give(raw(*usual(f"c{place}", line, but=("Subject",))), address)
        here.select("steuer")
        shown = news.over(str(place))[0]["subject"]
        if wanted is None:
            check(f"{line!r}: no control in it", shown.isprintable(), shown)
        else:
            same(f"{line!r} in OVER", shown, wanted)
        same(f"{line!r}: no field is made of it", news.parsed(place)["X-Evil"], None)
        agree(repr(line), news, str(place))
    same("each line of OVER has its nine columns",
         {len(line.split(b"\t")) for line in news.ask_long("OVER 1-")[2]}, {9})
    never_bad("encoded", news)


# -- References --


def references():
    here = hall()
    address = here.group("refs")
    news = here.news
    give = lambda number, *more: here.give(raw(*usual(number, *more)), address)  # noqa: E731
    give("k1")
    give("k2", "In-Reply-To: <uk1@example.de>")
    give("k3", 'In-Reply-To: Ihre Nachricht vom 3.11. <uk2@example.de> "<x@y>"')
    here.select("refs")
    same("In-Reply-To alone: the chain that the store knows", news.over("3")[0]["references"],
         "<uk1@example.de> <uk2@example.de>")
    same("the brought In-Reply-To stays", "<uk2@example.de>" in news.field("In-Reply-To", 3), True)
    for number in ("1", "2", "3"):
        agree(f"article {number} of a chain", news, number)

    brought = "<weg@example.de>\r\n\t<uk1@example.de> <auchweg@example.de>"
    give("k4", f"References: {brought}", "In-Reply-To: <uk3@example.de>")
    here.select("refs")
    same("brought References are served as they came", news.over("4")[0]["references"],
         "<weg@example.de>\t<uk1@example.de> <auchweg@example.de>".replace("\t", " "))
    check("and so in the article", brought.encode() in news.octets("HEAD 4"),
          news.octets("HEAD 4"))
    agree("brought References", news, "4")

    give("late2", "In-Reply-To: <ulate1@example.de>")
    here.select("refs")
    same("a parent that is not there: no References", news.over("5")[0]["references"], "")
    agree("no References yet", news, "5")
    give("late1", "In-Reply-To: <uk1@example.de>")
    here.select("refs")
    same("it comes late: they are there", news.over("5")[0]["references"],
         "<uk1@example.de> <ulate1@example.de>")
    agree("References made late", news, "5")

    word = "=?us-ascii?Q?=3Cuk1=40example=2Ede=3E?= <uk2@example.de>"
    give("word", f"References: {word}")
    here.select("refs")
    same("encoded words around ids are decoded", news.over("7")[0]["references"],
         "<uk1@example.de> <uk2@example.de>")
    give("none", "References:", "In-Reply-To: <uk2@example.de>")
    here.select("refs")
    same("empty References are none", news.over("8")[0]["references"],
         "<uk1@example.de> <uk2@example.de>")
    agree("empty References", news, "8")

    deep = here.group("deep")
    chain = [f"<utief{number}@example.de>" for number in range(30)]
    for number in range(30):
        more = [f"In-Reply-To: {chain[number - 1]}"] if number else []
        here.give(raw(*usual(f"tief{number}", *more)), deep)
    here.select("deep")
    rows = news.over()
    same("20 ancestors are all named", rows[20]["references"].split(), chain[:20])
    same("of more, the root and the last 10", [row["references"].split() for row in rows[21:]],
         [chain[:1] + chain[number - 10:number] for number in range(21, 30)])
    agree("a deep chain", news, "30")
    long = [f"<{number:03d}{'x' * 60}@example.de>" for number in range(200)]
    here.give(raw(*usual("lang", "References: " + " ".join(long))), deep)
    here.select("deep")
    same("many brought ones are all served", news.over("31")[0]["references"].split(), long)
    agree("a References field of 15,000 octets on one line", news, "31")
    never_bad("references", news)


# -- numbers where articles were removed --


def removal():
    here = hall()
    address = here.group("gaps")
    other = here.group("gaps2")
    news = here.news
    for number in range(1, 8):
        here.give(raw(*usual(f"g{number}")), address, *([other] if number == 4 else []))
    here.select("gaps")
    news.ask("STAT 4")
    for number in (1, 4, 7):
        here.umlauf.ctl("article", "remove", f"<ug{number}@example.de>")
    same("after article remove: 423", news.ask("STAT 4")[0], 423)
    same("and 430 by Message-ID", news.ask("ARTICLE <ug4@example.de>")[0], 430)
    code, count, low, high = here.select("gaps")
    numbers = [int(row["number"]) for row in news.over()]
    listed = news.ask_long("LISTGROUP t.gaps")
    same("GROUP, LISTGROUP and OVER agree", (count, low, numbers, news.block()),
         (4, 2, [2, 3, 5, 6], [b"2", b"3", b"5", b"6"]))
    same("LISTGROUP's own numbers", listed[1].split()[:4], ["4", "2", str(high), "t.gaps"])
    same("the high watermark stays", high, 7)
    same("LIST COUNTS too", news.ask_long("LIST COUNTS t.gaps")[2], [b"t.gaps 7 2 4 y"])
    news.ask("STAT 3")
    same("NEXT goes over a gap", news.ask("NEXT")[1].split()[0], "5")
    same("LAST as well", news.ask("LAST")[1].split()[0], "3")
    same("a crosspost is gone from both", here.select("gaps2"), (211, 0, 2, 1))
    here.give(raw(*usual("g9")), other)
    same("its number is not used again", here.select("gaps2"), (211, 1, 2, 2))
    answer = here.lmtp.deliver("anna@example.de", [address], raw(*usual("g4")))[0]
    same("it is refused when it comes again", answer[0], 550)


# -- newsreaders' habits --


def habits():
    here = hall()
    address = here.group("habits")
    news = here.news
    here.give(raw(*usual("h1", f"To: {address}", "Cc: Ben <ben@example.org>")), address)
    here.give(raw(*usual("h2"), body=b"1\r\n2\r\n3\r\n"), address)
    fresh = Strict(here.umlauf.news_port)
    same("slrn's probes before GROUP", [fresh.ask(line)[0] for line in ("XOVER", "XHDR Path")],
         [412, 412])
    same("neomutt's STAT without a group", fresh.ask("STAT")[0], 412)
    fresh.close()
    here.select("habits")
    same("Claws: XHDR newsgroups", news.ask_long("XHDR newsgroups 1-")[2],
         [b"1 t.habits", b"2 t.habits"])
    same("XHDR to", news.ask_long("XHDR to 1-")[2], [f"1 {address}".encode(), b"2 (none)"])
    same("XHDR cc", news.ask_long("XHDR cc 1-2")[2], [b"1 Ben <ben@example.org>", b"2 (none)"])
    same("HDR of a field that lacks", news.ask_long("HDR Cc 1-")[2],
         [b"1 Ben <ben@example.org>", b"2 "])
    path = f"{DOMAIN}!.POSTED!not-for-mail"
    same("XHDR Path", news.ask_long("XHDR Path 1")[2], [f"1 {path}".encode()])
    same("XHDR Message-ID", news.ask_long("XHDR message-id 1-")[2],
         [b"1 <uh1@example.de>", b"2 <uh2@example.de>"])
    same("XHDR lines", news.ask_long("XHDR Lines 2")[2], [b"2 3"])
    same("HDR :lines", news.ask_long("HDR :LINES 1-")[2], [b"1 1", b"2 3"])
    same("HDR by Message-ID", news.ask_long("HDR :lines <uh2@example.de>")[2], [b"0 3"])
    same("XHDR by Message-ID", news.ask_long("XHDR subject <uh2@example.de>")[2],
         [b"<uh2@example.de> Nummer h2"])
    whole = news.ask_long("OVER 2")[2][0]
    same("OVER by Message-ID", news.ask_long("OVER <uh2@example.de>")[2],
         [b"0" + whole[1:]])
    same("HDR Xref", news.ask_long("HDR Xref 2")[2], [f"2 {DOMAIN} t.habits:2".encode()])
    same("OVER carries Xref: host group:number", news.over("2")[0]["xref"],
         f"Xref: {DOMAIN} t.habits:2")
    same("ARTICLE by Message-ID says 0", news.ask_long("ARTICLE <uh2@example.de>")[1],
         "0 <uh2@example.de>")
    same("and leaves the current article", news.ask("STAT")[1].split()[0], "1")
    same("LISTGROUP with a range", (news.ask("LISTGROUP t.habits 2-")[0], news.block()),
         (211, [b"2"]))
    same("it makes the first article the current one", news.ask("STAT")[1].split()[0], "1")
    article = news.parsed(1)
    same("Path, Newsgroups", (article["Path"], article["Newsgroups"]),
         (path, "t.habits"))
    check("Injection-Date", email.utils.parsedate_to_datetime(article["Injection-Date"]).timestamp()
          == NOON, article["Injection-Date"])


def since():
    here = hall()
    news = here.news
    here.umlauf.set_time(NOON + 3600)
    try:
        same("DATE", news.ask("DATE"), (111, "20261124120000"))
        address = here.group("fresh")
        second = here.group("fresh2")
        here.give(raw(*usual("n1")), address, second)
        here.give(raw(*usual("n2")), second)
        same("NEWNEWS", sorted(news.ask_long("NEWNEWS t.* 20261124 120000 GMT")[2]),
             [b"<un1@example.de>", b"<un2@example.de>"])
        same("with a short year", sorted(news.ask_long("NEWNEWS t.* 261124 120000 GMT")[2]),
             [b"<un1@example.de>", b"<un2@example.de>"])
        same("of one group", news.ask_long("NEWNEWS t.fresh 20261124 120000 GMT")[2],
             [b"<un1@example.de>"])
        same("of none", news.ask_long("NEWNEWS t.fresh,!t.* 20261124 120000 GMT")[2], [])
        same("later: nothing", news.ask_long("NEWNEWS * 20261124 120001 GMT")[2], [])
        same("in the server's zone", sorted(news.ask_long("NEWNEWS t.* 20261124 130000")[2]),
             [b"<un1@example.de>", b"<un2@example.de>"])
        same("NEWGROUPS", news.ask_long("NEWGROUPS 20261124 120000 GMT")[2],
             [b"t.fresh 1 1 y", b"t.fresh2 2 1 y"])
        same("later: none", news.ask_long("NEWGROUPS 20261124 120001 GMT")[2], [])
    finally:
        here.umlauf.set_time(NOON)


# -- who may not read, and masked addresses --


def hidden():
    here = hall()
    news = here.news
    secret = here.group("intern", "--read", "members", "--title", "Nur intern")
    public = here.group("offen", "--addresses", "shown")
    here.give(raw(*usual("i1")), secret)
    here.give(raw(*usual("i2", f"To: {secret}, {public}")), secret, public)
    here.give(raw(*usual("i3", "In-Reply-To: <ui1@example.de>")), public)
    same("GROUP of a members' group", news.ask("GROUP t.intern")[0], 411)
    same("LISTGROUP", news.ask("LISTGROUP t.intern")[0], 411)
    for command in ("LIST", "LIST ACTIVE", "LIST ACTIVE.TIMES", "LIST NEWSGROUPS", "LIST COUNTS",
                    "LIST ACTIVE t.intern", "LIST NEWSGROUPS t.i*", "NEWGROUPS 19700101 000000"):
        octets = news.octets(command)
        check(f"{command} does not name it", b"intern" not in octets, octets)
    for command in ("ARTICLE", "HEAD", "BODY", "STAT", "OVER", "HDR Subject", "XHDR Path"):
        same(f"{command} by Message-ID: 430", news.ask(f"{command} <ui1@example.de>")[0], 430)
    ids = news.octets("NEWNEWS * 19700101 000000")
    same("NEWNEWS names what stands elsewhere too", (b"<ui1@" in ids, b"<ui2@" in ids),
         (False, True))
    same("NEWNEWS of it", news.octets("NEWNEWS t.intern 19700101 000000"), b"")
    here.select("offen")
    crossposted = news.octets("ARTICLE 1")
    same("Newsgroups names the open group alone", news.parsed(1)["Newsgroups"], "t.offen")
    same("Xref as well", news.over("1")[0]["xref"], f"Xref: {DOMAIN} t.offen:1")
    check("its name is nowhere in the article", b"t.intern" not in crossposted, crossposted)
    agree("a crosspost into a members' group", news, "1")
    agree("an answer to what is hidden", news, "2")
    here.umlauf.ctl("group", "set", "t.intern", "--read", "open")
    same("opened, it is there", news.ask("GROUP t.intern")[0], 211)
    same("and in the Xref of the crosspost", set(news.over("2")[0]["xref"].split()[2:]),
         {"t.intern:2", "t.offen:1"})
    agree("a crosspost of two open groups", news, "2")
    here.umlauf.ctl("group", "set", "t.intern", "--read", "members")
    same("closed while it is selected: 412", news.ask("STAT 1")[0], 412)
    here.select("offen")
    same("and gone from the Xref", news.over("1")[0]["xref"], f"Xref: {DOMAIN} t.offen:1")
    agree("a crosspost, hidden again", news, "1")


AUTHOR = "jörg.müller@stadt.example"
PLAIN = "petra.lehmann@stadt.example"


def masked():
    here = hall()
    news = here.news
    address = here.group("maske", "--addresses", "masked")
    clear = here.group("klar", "--addresses", "shown")
    head = [f"From: Petra Lehmann <{PLAIN}>", f"To: {address}, Ben <ben@stadt.example>",
            f"Cc: {PLAIN.upper()}", f"Reply-To: {PLAIN}", f"Sender: <{PLAIN}>",
            f"Return-Path: <{PLAIN}>", f"X-Sender: {PLAIN}", f"X-Envelope-From: {PLAIN}",
            f"Disposition-Notification-To: {PLAIN}", f"Mail-Followup-To: {PLAIN}",
            f"Received: from x (y [192.0.2.1]) for <{PLAIN}>; Mon, 23 Nov 2026 08:00:00 +0100",
            f"Authentication-Results: mx; auth=pass smtp.auth={PLAIN}", f"Resent-From: {PLAIN}",
            f"DKIM-Signature: v=1; i={PLAIN}", f"List-Unsubscribe: <mailto:{PLAIN}>",
            f"Autocrypt: addr={PLAIN}; keydata=mQ", f"Errors-To: {PLAIN}",
            f"X-Authenticated-User: {PLAIN}", f"X-Mailer-Info: account {PLAIN}, version 3",
            f"X-Get-Message-Sender-Via: server.example: authenticated_id: {PLAIN}",
            f"Organization: Stadt ({PLAIN})", f"X-Amt: Büro {PLAIN}",
            f"X-Auth: <{PLAIN.replace('lehmann', 'LEHMANN')}>",
            "Subject: Frage", "Date: Mon, 23 Nov 2026 08:00:00 +0100",
            "Message-ID: <maske1@example.de>"]
    here.give(raw(*head), address)
    here.select("maske")

    def leaks(group):
        here.select(group)
        octets = (news.octets("HEAD 1") + news.octets("OVER 1") + news.octets("XHDR from 1") +
                  news.octets("XHDR x-sender 1") + news.octets("HDR Reply-To 1") +
                  news.octets("HDR Organization 1"))
        raw_address = re.compile(rb"(@|=40)stadt(\.|=2e)example", re.IGNORECASE)
        return [line for line in octets.split(b"\r\n") if raw_address.search(line)]

    same("masked: the author's address is nowhere", leaks("maske"), [])
    row = news.over("1")[0]
    check("the name stays, a made-up address stands beside it",
          re.fullmatch(rf"Petra Lehmann <p-[a-z2-7]{{13}}@{re.escape(DOMAIN)}>", row["from"]),
          row["from"])
    check("the group's own address is shown", address in news.field("To", 1), news.field("To", 1))
    agree("masked", news, "1")
    here.give(raw(f"From: {PLAIN}", "Subject: Noch eine", "Message-ID: <maske2@example.de>"),
              address)
    here.give(raw(f'From: "{PLAIN}" <{PLAIN}>', "Subject: Noch eine",
                  "Message-ID: <maske3@example.de>"), address)
    here.give(raw(f"From: {PLAIN} (Petra Lehmann)", "Subject: Noch eine",
                  "Message-ID: <maske4@example.de>"), address)
    here.give(raw(f"From: Jörg Müller <{AUTHOR}>", "Subject: Noch eine",
                  "Message-ID: <maske5@example.de>"), address)
    here.give(raw(f"From: =?utf-8?Q?{PLAIN.replace('@', '=40')}?= <{PLAIN}>", "Subject: Noch eine",
                  "Message-ID: <maske6@example.de>"), address)
    here.select("maske")
    octets = news.octets("OVER 1-") + b"".join(news.octets(f"HEAD {n}") for n in range(1, 7))
    check("in no form of From", b"stadt.example" not in octets and b"lehmann@" not in octets
          and b"lehmann=40" not in octets.lower(),
          [line for line in octets.split(b"\r\n") if b"stadt" in line or b"=40" in line])
    same("one author, one made-up address",
         len({email.utils.parseaddr(news.over(str(n))[0]["from"])[1] for n in (1, 2, 3, 4, 6)}), 1)
    for number in range(2, 7):
        agree(f"masked, From of form {number}", news, str(number))

    here.umlauf.ctl("group", "set", "t.maske", "--addresses", "shown")
    here.select("maske")
    same("--addresses shown: they are shown", news.over("1")[0]["from"],
         f"Petra Lehmann <{PLAIN}>")
    agree("shown", news, "1")
    here.umlauf.ctl("group", "set", "t.maske", "--addresses", "masked")
    same("and masked again", leaks("maske"), [])
    agree("masked again", news, "1")

    crossposted = raw(*[line.replace("maske1", "maske7") for line in head])
    here.give(crossposted, clear)
    same("shown where the group shows them", bool(leaks("klar")), True)
    agree("shown from the start", news, "1")
    here.give(crossposted, address)
    same("a masked group of a crosspost masks all of it", leaks("klar"), [])
    agree("masked by the other group", news, "1")
    here.umlauf.ctl("group", "set", "t.maske", "--address", f"maske-neu@{DOMAIN}")
    for group, number in (("klar", "1"), ("maske", "1"), ("maske", "7")):
        here.select(group)
        agree(f"a new address of the group, {group} {number}", news, number)
    here.umlauf.ctl("group", "remove", "t.maske")
    here.select("klar")
    agree("the other group is removed", news, "1")
    never_bad("masked", news)


def login_to_read():
    umlauf = Umlauf({"news": {"require-login": "read"}}).init()
    umlauf.add_group("t.lese", f"lese@{DOMAIN}")
    umlauf.start()
    deliver(umlauf.lmtp_port, mail("Zu", "Text", msgid="<zu@example.de>", to=f"lese@{DOMAIN}"),
            f"lese@{DOMAIN}")
    with Strict(umlauf.news_port) as news:
        same("require-login = read: no group is there",
             [news.ask_long(command)[::2] for command in
              ("LIST", "LIST NEWSGROUPS", "NEWNEWS * 19700101 000000", "GROUP t.lese",
               "ARTICLE <zu@example.de>")],
             [(215, []), (215, []), (230, []), (411, None), (430, None)])


# -- packets --

SESSION = ("MODE READER", "LIST", "LIST NEWSGROUPS", "GROUP t.codes", "OVER 1-", "STAT", "NEXT",
           "ARTICLE 2", "HEAD 99", "BOGUS", "OVER <u1@example.de>", "XHDR newsgroups 1-",
           "x" * 600, "ARTICLE <u3@example.de>", "LISTGROUP t.codes", "HDR :bytes 1-",
           "GROUP t.nobody", "BODY", "GROUP t.bodies", "BODY 8", "OVER 1-", "CAPABILITIES", "HELP",
           "QUIT")


def everything(connection):
    """All octets until the peer closes."""
    octets = connection.rest
    while True:
        part = connection.socket.recv(1 << 20)
        if not part:
            return octets
        octets += part


def packets():
    port = hall().umlauf.news_port
    whole = "".join(line + "\r\n" for line in SESSION).encode()
    with Lines(port) as slow:
        for line in SESSION:
            slow.send(line + "\r\n")
            time.sleep(0.002)
        wanted = everything(slow)
    with Lines(port) as fast:
        fast.send(whole)
        same("pipelined in one packet: the same octets", everything(fast) == wanted, True)
    with Lines(port) as drops:
        drops.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(len(whole)):
            drops.send(whole[place:place + 1])
        same("an octet a packet: the same octets", everything(drops) == wanted, True)
    check("and they are many", len(wanted) > 900000, len(wanted))
    with Lines(port) as cut:
        cut.send("DATE\r\nDATE")
        cut.line()
        cut.socket.shutdown(socket.SHUT_WR)
        same("half a line before the end is no command",
             [line[:3] for line in everything(cut).split(b"\r\n") if line], [b"111"])


def one_send():
    if shutil.which("strace") is None:
        skip("one answer is one write", "strace is not installed")
        return
    umlauf = Umlauf({"news": {"workers": 1}}).init()
    umlauf.add_group("t.one", f"one@{DOMAIN}")
    umlauf.start()
    with Lmtp(umlauf.lmtp_port) as lmtp:
        for number in range(200):
            lmtp.deliver("anna@example.de", [f"one@{DOMAIN}"],
                         raw(*usual(number), body=b"Zeile\r\n.\r\n" * 20))
    worker = umlauf.roles("news")[0]["pid"]
    trace = umlauf.folder / "trace"
    process = subprocess.Popen(["strace", "-p", worker, "-o", str(trace), "-e",
                                "trace=sendto,sendmsg,write,writev"],
                               stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    story.at_end(lambda: process.poll() is None and process.kill())
    if b"attached" not in process.stderr.readline():
        skip("one answer is one write", "strace may not attach")
        return
    commands = ("GROUP t.one", "OVER 1-", "ARTICLE 1", "HEAD 2", "LIST", "LISTGROUP", "STAT 9999",
                "HDR Newsgroups 1-", "LIST NEWSGROUPS")
    with Nntp(umlauf.news_port) as news:
        for command in commands:
            code = news.ask(command)[0]
            if code in (215, 220, 221, 224, 225) or command == "LISTGROUP":
                news.block()
    process.send_signal(signal.SIGINT)
    process.wait(10)
    sends = [line for line in trace.read_text().splitlines() if re.match("send|write", line)]
    check("one answer is one write", len(sends) == 1 + len(commands),
          "\n".join(line[:120] for line in sends))
    check("none waits for more", not any("MSG_MORE" in line for line in sends))


# -- the end of a connection --


def endings():
    umlauf = Umlauf({"news": {"workers": 1, "max-connections-per-address": 3,
                              "max-connections": 4, "idle-timeout": "1s"}}).init()
    umlauf.start()
    port = umlauf.news_port
    begin = time.monotonic()
    several = [Nntp(port) for _ in range(3)]
    fourth = Nntp(port)
    same("one connection too many: 400", fourth.welcome[0], 400)
    check("and it is closed", fourth.is_over())
    several.pop().close()
    check("one goes, one may come", wait_for(lambda: Nntp(port).welcome[0] == 200, 5))
    same("an idle one is told so", several[0].line()[:3], b"400")
    check("after the time that was set", 0.9 < time.monotonic() - begin < 5,
          time.monotonic() - begin)
    check("and closed", several[0].is_over())
    with Nntp(port) as slow:
        begin = time.monotonic()
        try:
            while time.monotonic() - begin < 5:
                slow.send("X")
                time.sleep(0.1)
        except OSError:
            pass
        took = time.monotonic() - begin
        check("an octet now and then is no command", 0.9 < took < 4, took)
    busy = Nntp(port)
    begin = time.monotonic()
    while time.monotonic() - begin < 1.6:
        busy.ask("DATE")
        time.sleep(0.1)
    same("a busy one stays", busy.ask("DATE")[0], 111)
    umlauf.process.terminate()
    same("SIGTERM: 400", busy.line()[:3], b"400")
    check("and the end", busy.is_over())
    same("the daemon ends well", umlauf.stop(), 0)


def nothing_died():
    here = hall()
    same("no process was started again",
         [entry["restarts"] for entry in here.umlauf.status("role") if entry["restarts"] != "0"],
         [])
    check("nothing was logged as an error", "level=error" not in here.umlauf.log(),
          "\n".join(line for line in here.umlauf.log().splitlines() if "level=error" in line))
    done = here.umlauf.ctl_result("verify")
    check("the store is whole", done.returncode == 0, done.stdout + done.stderr)


if __name__ == "__main__":
    story.run(codes, limits, lists, bodies, odd_ids, same_id, lacking, encoded, references, removal,
              habits, since, hidden, masked, login_to_read,
              packets, one_send, endings, nothing_died)
