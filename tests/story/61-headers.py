#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Header fields as they are really written, and how news serves them: OVER, HDR, HEAD and ARTICLE
agree on each.

Rules about articles and where they are held:

    a Message-ID that is odd, missing, ours, or another message's 60-news: odd_ids, same_id
    … folded, with a comment, encoded, repeated, without brackets here: ids
    replies name such an id in every form                         here: replies
    no Subject, Date, From; a field twice                         60-news: lacking
    dates in odd forms                                            here: dates; unit/article-maildate
    raw 8-bit and encoded words, controls in fields               60-news: encoded
    the declared charset, UTF-8, windows-1252 in other fields     here: charsets
    References as they came, made by us, late, over 20            60-news: references
    … cut off, with comments, without brackets, 8-bit             here: references; unit/article-refs
    subjects with prefixes are served as they are                 here: subjects; unit/article-subject
    authors in odd forms, shown and masked                        here: authors; 60-news: masked
    fields of any length                                          here: lengths; 25-lmtp: large_heads
    a post by news with such fields: 441 or the same              here: posts; 32-post
"""

import email
import email.utils
import itertools
import re

import story
from served import NOON, Hall, agree, decoded, never_bad, raw, usual
from story import check, same
from wire import Nntp

_hall = []


def hall():
    if not _hall:
        _hall.append(Hall())
    return _hall[0]


_numbers = itertools.count(1)


def give(address, group, *lines, but=()):
    """Deliver a usual mail with these lines in place of others and its own text; its overview."""
    here = hall()
    number = next(_numbers)
    here.give(raw(*usual(f"n{number}", *lines, but=but), body=b"%d\r\n" % number), address)
    here.select(group)
    last = here.news.group(f"t.{group}")[3]
    return here.news.over(str(last))[0]


# -- Message-IDs --

IDS = (
    ("folded", "Message-ID:\r\n <i1@example.de>", "<i1@example.de>"),
    ("folded within", "Message-ID: <i2@\r\n\texample.de>", "<i2@example.de>"),
    ("with a comment behind", "Message-ID: <i3@example.de> (neu)", "<i3@example.de>"),
    ("with a comment before", "Message-ID: (neu) <i4@example.de>", "<i4@example.de>"),
    ("in an encoded word", "Message-ID: =?utf-8?Q?=3Ci5=40example=2Ede=3E?=", "<i5@example.de>"),
    ("repeated", "Message-ID: <i6@example.de> <i6@example.de>", "<i6@example.de>"),
    ("in two fields", "Message-ID: <i7@example.de>\r\nMessage-ID: <i8@example.de>",
     "<i7@example.de>"),
    ("without brackets", "Message-ID: i9@example.de", "<i9@example.de>"),
    ("in small letters", "message-id: <I10@Example.de>", "<I10@Example.de>"),
    ("of Outlook", "Message-ID: <AM0PR05MB1.eurprd05.prod.outlook.com@example.de>",
     "<AM0PR05MB1.eurprd05.prod.outlook.com@example.de>"),
    ("of Notes", "Message-ID: <OF1A2B3C4D.5E6F-ONC1258.0041-C1258.0042@example.de>",
     "<OF1A2B3C4D.5E6F-ONC1258.0041-C1258.0042@example.de>"),
)


def ids():
    here = hall()
    address = here.group("ids")
    for name, line, wanted in IDS:
        row = give(address, "ids", line, but=("Message-ID",))
        same(f"an id {name}", row["id"], wanted)
        same(f"an id {name}: one field",
             here.news.parsed(row["number"]).get_all("Message-ID"), [wanted])
        same(f"an id {name}: it is found by it", here.news.ask(f"STAT {wanted}")[0], 223)
        agree(f"an id {name}", here.news, row["number"])
    never_bad("ids", here.news)


REPLIES = (
    ("as it should be", "In-Reply-To: <i3@example.de>", "<i3@example.de>"),
    ("folded", "In-Reply-To:\r\n\t<i3@example.de>", "<i3@example.de>"),
    ("without brackets", "In-Reply-To: i3@example.de", "<i3@example.de>"),
    ("within a sentence", 'In-Reply-To: Message from Anna of "Tue, 3 Nov 2026." <i3@example.de>',
     "<i3@example.de>"),
    ("within another", "In-Reply-To: <i3@example.de> (Anna's message of Tuesday)",
     "<i3@example.de>"),
    ("in an encoded word", "In-Reply-To: =?us-ascii?Q?=3Ci3=40example=2Ede=3E?=",
     "<i3@example.de>"),
    ("with the author's address before it", "In-Reply-To: anna@example.de's <i3@example.de>",
     "<i3@example.de>"),
    ("by a sentence alone", "In-Reply-To: Ihre Nachricht vom Dienstag an anna@example.de", ""),
    ("to itself", "Message-ID: <selbst@example.de>\r\nIn-Reply-To: <selbst@example.de>", ""),
    ("in a second field", "In-Reply-To:\r\nIn-Reply-To: <i3@example.de>", "<i3@example.de>"),
)


def replies():
    here = hall()
    address = here.group("antwort")
    for name, lines, wanted in REPLIES:
        but = ("Message-ID",) if "Message-ID" in lines else ()
        row = give(address, "antwort", lines, but=but)
        same(f"a reply {name}", row["references"], wanted)
        agree(f"a reply {name}", here.news, row["number"])


# -- References --

REFERENCES = (
    ("in a usual form", b"<a@x.de> <b@x.de>", "<a@x.de> <b@x.de>"),
    ("with a comment", b"<a@x.de> (siehe <c@x.de>) <b@x.de>", "<a@x.de> (siehe <c@x.de>) <b@x.de>"),
    ("cut off at the end", b"<a@x.de> <b@x", "<a@x.de> <b@x"),
    ("cut off in the middle", b"<a@x.d <b@x.de>", "<a@x.d <b@x.de>"),
    ("without brackets", b"a@x.de b@x.de", "<a@x.de> <b@x.de>"),
    ("with raw octets", b"<a@x.de> <\xe4@x.de> <b@x.de>", "<a@x.de> <b@x.de>"),
    ("with a bare CR", b"<a@x.de>\r<b@x.de>", "<a@x.de> <b@x.de>"),
    ("with NUL", b"<a@x.de>\0<b@x.de>", "<a@x.de> <b@x.de>"),
    ("that are words", b"siehe oben", ""),
)


def references():
    here = hall()
    address = here.group("refs")
    for name, value, wanted in REFERENCES:
        row = give(address, "refs", b"References: " + value)
        same(f"References {name}", row["references"], wanted)
        agree(f"References {name}", here.news, row["number"])
    never_bad("references", here.news)


# -- subjects --

SUBJECTS = (
    "AW: Winterdienst", "Re: [Liste] AW: Winterdienst", "RE[2]: Winterdienst", "Re : Winterdienst",
    "=?UTF-8?Q?AW=3A_Stra=C3=9Fe?=", "=?iso-8859-1?B?QVc6IFN0cmHfZQ==?=", "(ohne Betreff)",
    "=?UTF-8?Q?Stra?= =?UTF-8?Q?=C3?= =?UTF-8?Q?=9Fe?=", "=?unknown-8bit?Q?Stra=DFe?=",
    "=?utf-8?Q?offen", "a =? b ?= c", "Re:", '"in Anf=C3=BChrung"', "x" * 900,
)


def subjects():
    here = hall()
    address = here.group("betreff")
    for subject in SUBJECTS:
        row = give(address, "betreff", f"Subject: {subject}", but=("Subject",))
        same(f"Subject: {subject[:40]} is served as it is", row["subject"], subject)
        agree(f"Subject: {subject[:40]}", here.news, row["number"])
    row = give(address, "betreff", "Subject: AW\uff1a Straße", but=("Subject",))
    same("a wide colon, raw, is encoded", decoded(row["subject"]), "AW\uff1a Straße")
    agree("a wide colon", here.news, row["number"])
    row = give(address, "betreff", "Subject: eins\r\n  zwei\r\n\tdrei", but=("Subject",))
    same("folds are joined", row["subject"], "eins  zwei drei")
    agree("folds", here.news, row["number"])


# -- dates --

DATES = (
    ("of two digits", "Mon, 23 Nov 26 09:12:00 +0100", 1795421520, True),
    ("without a weekday and seconds", "23 Nov 2026 09:12 +0100", 1795421520, True),
    ("in an obsolete zone", "Mon, 23 Nov 2026 03:12:00 EST", 1795421520, True),
    ("in the far future", "Wed, 23 Nov 2089 03:12:00 +0000", None, True),
    ("with a comment", "Mon, 23 Nov 2026 09:12:00 +0100 (MEZ)", 1795421520, True),
    ("with German names", "Mo, 23. Nov. 2026 09:12:00 +0100", 1795421520, False),
    ("with the German December", "Do, 24 Dez 2025 09:12:00 +0100", 1766563920, False),
    ("in figures", "23.11.2026 08:12:00", 1795421520, False),
    ("of RFC 3339", "2026-11-23T09:12:00+01:00", 1795421520, False),
    ("of the C library", "Mon Nov 23 08:12:00 2026", 1795421520, False),
    ("with raw octets", b"Fr, 13 M\xe4r 2026 09:12:00 +0100", 1773389520, False),
    ("before 1970", "Mon, 23 Nov 1926 09:12:00 +0100", NOON, False),
    ("of no such day", "Mon, 45 Nov 2026 09:12:00 +0100", NOON, False),
)


def dates():
    here = hall()
    address = here.group("datum")
    for name, date, seconds, stays in DATES:
        octets = date if isinstance(date, bytes) else date.encode()
        row = give(address, "datum", b"Date: " + octets, but=("Date",))
        if stays:
            same(f"a date {name} stays", row["date"].encode(), octets)
        if seconds is not None:
            shown = email.utils.parsedate_to_datetime(row["date"])
            same(f"a date {name} is understood", int(shown.timestamp()), seconds)
        agree(f"a date {name}", here.news, row["number"])
    never_bad("dates", here.news)


# -- authors --

AUTHORS = (
    ("with the name in a comment", "anna@example.de (Anna Muster)", "anna@example.de"),
    ("with a comma in the name", "Muster, Anna <anna@example.de>", "anna@example.de"),
    ("quoted", '"Muster, Anna (Bauamt)" <anna@example.de>', "anna@example.de"),
    ("encoded within quotation marks", '"=?utf-8?Q?J=C3=B6rg?=" <j@example.de>', "j@example.de"),
    ("of two addresses", "Anna <anna@example.de>, Ben <ben@example.org>", "anna@example.de"),
    ("in a group", "Bauamt: anna@example.de, ben@example.org;", "anna@example.de"),
    ("with a source route", "<@relay.example:anna@example.de>", "anna@example.de"),
    ("in capitals", "ANNA <ANNA@EXAMPLE.DE>", "ANNA@EXAMPLE.DE"),
    ("with a folded address", "Anna\r\n\t<anna@example.de>", "anna@example.de"),
    ("with an address as a name", '"anna@example.de" <anna@example.de>', "anna@example.de"),
)


def authors():
    here = hall()
    address = here.group("von")
    masked = here.group("maske", "--addresses", "masked")
    for name, value, wanted in AUTHORS:
        row = give(address, "von", f"From: {value}", but=("From",))
        same(f"an author {name} is served as it is", row["from"],
             value.replace("\r\n\t", " "))
        check(f"an author {name}: the address is in it", wanted in row["from"], row["from"])
        agree(f"an author {name}", here.news, row["number"])
        row = give(masked, "maske", f"From: {value}", but=("From",))
        article = here.news.octets(f"ARTICLE {row['number']}")
        check(f"an author {name}, masked: no address is anywhere",
              not re.search(rb"(?i)(anna|ben|j)@(example|relay)", article), article)
        check(f"an author {name}, masked: an author is there", "p-" in row["from"], row["from"])
        agree(f"an author {name}, masked", here.news, row["number"])


# -- charsets --

TEXT = "Straße – „Grün“"


def charsets():
    """As in a Subject (60-news), in the other fields; declared wrongly, too."""
    here = hall()
    address = here.group("zeichen")
    for octets, declared, wanted in (
            (TEXT.encode("windows-1252"), "iso-8859-1", TEXT),
            (TEXT.encode("windows-1252"), "us-ascii", TEXT),
            (TEXT.encode("utf-8"), "iso-8859-1", TEXT),
            ("道路管理".encode("gbk"), "gbk", "道路管理"),
            ("道路管理".encode("gb18030"), "gb2312", "道路管理"),
            ("Straße".encode("utf-16-le"), "utf-16", None)):
        row = give(address, "zeichen", b"Organization: " + octets, b"X-Amt: " + octets,
                   b"Keywords: " + octets, f"Content-Type: text/plain; charset={declared}")
        article = email.message_from_bytes(here.news.octets(f"ARTICLE {row['number']}"))
        for field in ("Organization", "X-Amt", "Keywords"):
            if wanted is not None:
                same(f"{field}, declared {declared}", decoded(article[field]), wanted)
        same(f"declared {declared}: the head is US-ASCII",
             here.news.octets(f"HEAD {row['number']}").isascii(), True)
        agree(f"declared {declared}", here.news, row["number"])
    never_bad("charsets", here.news)


# -- lengths --


def lengths():
    here = hall()
    address = here.group("lang")
    words = " ".join(f"wort{number}" for number in range(20000))
    for name, lines, but in (
            ("a Subject of one word", [f"Subject: {'s' * 100000}"], ("Subject",)),
            ("a Subject of many words", [f"Subject: {words}"], ("Subject",)),
            ("a raw Subject of many words", [f"Subject: ü {words}"], ("Subject",)),
            ("a raw Subject of one word", [f"Subject: {'ü' * 50000}"], ("Subject",)),
            ("a From with a long name", [f"From: {words} <anna@example.de>"], ("From",)),
            ("a raw From with a long name", [f"From: ü {words} <anna@example.de>"], ("From",)),
            ("900 addresses in To",
             ["To: " + ", ".join(f"a{n}@example.de" for n in range(900))], ()),
            ("a field of 500,000 octets", [f"X-Lang: {'x' * 500000}"], ()),
            ("folds of one letter", ["X-Falten: a" + "\r\n b" * 50000], ()),
            ("a name of 10,000 octets", [f"{'X' * 10000}: a"], ()),
            ("an id of 998 octets", [f"Message-ID: <{'i' * 984}@example.de>"], ("Message-ID",)),
            ("an id of 5,000 octets", [f"Message-ID: <{'i' * 5000}@example.de>"], ("Message-ID",))):
        row = give(address, "lang", *lines, but=but)
        agree(name, here.news, row["number"])
        name_of_field = lines[0].partition(":")[0]
        if len(name_of_field) < 100:
            value = email.message_from_bytes(
                here.news.octets(f"HEAD {row['number']}"))[name_of_field]
            shown = re.sub(r"\r?\n(?=[ \t])", "", value).strip()
            same(f"{name}: HDR says what HEAD does",
                 here.news.field(name_of_field, row["number"]), shown)
    never_bad("lengths", here.news)


# -- posts --


def posts():
    """By news the same fields are refused in words, or served as those of a mail."""
    here = hall()
    here.group("post")
    with Nntp(here.umlauf.news_port) as news:
        for name, lines, but, wanted in (
                ("an id without brackets", ["Message-ID: p1@example.de"], ("Message-ID",), 441),
                ("an id with a comment", ["Message-ID: <p2@example.de> (neu)"], ("Message-ID",),
                 None),
                ("a German date", ["Date: Mo, 23. Nov. 2026 09:12:00 +0100"], ("Date",), None),
                ("a date in the far future", ["Date: Wed, 23 Nov 2089 03:12:00 +0000"], ("Date",),
                 441),
                ("a date that is none", ["Date: gestern"], ("Date",), 441),
                ("raw octets", [b"Subject: Stra\xdfe"], ("Subject",), 240),
                ("References without brackets", ["References: a@x.de"], (), 240),
                ("a bare CR in a field", [b"X-Amt: a\rBcc: b"], (), None),
                ("NUL in a field", [b"X-Amt: a\0b"], (), 441),
                ("a long subject", [f"Subject: {'s' * 50000}"], ("Subject",), 240)):
            message = raw("Newsgroups: t.post", *usual(f"p{len(name)}", *lines, but=but))
            code, text = news.post(message)
            check(f"POST with {name}: {code}", code in (240, 441) and wanted in (None, code), text)
            if code == 441:
                check(f"POST with {name}: it says why", len(text) > 20, text)
    count = here.select("post")[1]
    for number in range(1, count + 1):
        agree(f"post {number}", here.news, str(number))
    never_bad("posts", here.news)


if __name__ == "__main__":
    story.run(ids, replies, references, subjects, dates, authors, charsets, lengths, posts)
