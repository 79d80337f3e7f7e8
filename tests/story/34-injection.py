#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Line ends and other controls in all that comes from outside, by mail, by news and by the operator's
command: no field that nobody meant comes out, by news, as mail, in a digest or in a letter."""

import base64
import concurrent.futures
import email
import email.policy
import itertools
import re

import story
from peers import Mailboxes
from story import DOMAIN, Umlauf, check, same, wait_for
from wire import Lmtp, Nntp

ANNA, BEN, DORA, ADMIN = (f"{name}@example.de" for name in ("anna", "ben", "dora", "betrieb"))
TUESDAY = 1795507200  # 2026-11-24 09:00 in Berlin
DAY = 86400
BODY = b"Text\r\n\r\nSubject: im Text\r\nBcc: im.text@example.de\r\n\r\n.\r\nEnde\r\n"
SMUGGLED = ("x-evil", "bcc")  # what no field may be called

# -- the poisons: what is meant to end a field where it stands --


def smuggle(end):
    """What is to become fields and a body behind such a line end."""
    return f"Hallo{end}X-Evil: 1{end}Bcc: opfer@boese.example{end}{end}Ihr Konto"


def quoted(text, charset="utf-8"):
    octets = text.encode(charset)
    return f"=?{charset}?Q?" + "".join(f"={octet:02X}" for octet in octets) + "?="


def based(text, charset="utf-8"):
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


# name: octets that stand in a header field as they are
POISONS = {name: value.encode("utf-8") if isinstance(value, str) else value for name, value in {
    "CRLF in Q": quoted(smuggle("\r\n")),
    "CRLF in B": based(smuggle("\r\n")),
    "CR in Q": quoted(smuggle("\r")),
    "LF in Q": quoted(smuggle("\n")),
    "NUL in Q": quoted(smuggle("\0\r\n")),
    "latin-1": quoted(smuggle("\r\n") + "\xfc", "iso-8859-1"),
    "UTF-16": based(smuggle("\r\n"), "utf-16"),
    "UTF-7": "=?utf-7?Q?Hallo+AA0ACg-X-Evil:_1+AA0ACg-Bcc:_opfer@boese.example?=",
    "a charset that nobody knows": quoted(smuggle("\r\n")).replace("utf-8", "x-boese"),
    "cut in two words": "=?utf-8?Q?Hallo=0D?= =?utf-8?Q?=0AX-Evil:_1=0D?= =?utf-8?Q?=0ABcc:_o@b?=",
    "a word in a word": quoted(quoted(smuggle("\r\n"))),
    "a word without an end": quoted(smuggle("\r\n"))[:-2],
    "words beside raw 8-bit": "Grüße " + quoted(smuggle("\r\n")),
    "words beside latin-1": b"Gr\xfc\xdfe " + quoted(smuggle("\r\n")).encode(),
    "percent": "Hallo%0D%0AX-Evil:%201%0D%0ABcc:%20opfer@boese.example",
    "bare CR": smuggle("\r"),
    "CR CR": smuggle("\r\r"),
    "NUL": "Hallo\0X-Evil: 1",
    "a fold": "Hallo\r\n X-Evil: 1\r\n\tBcc: opfer@boese.example",
    "an empty fold": "Hallo\r\n \r\n\t\r\n X-Evil: 1\r\n Bcc: opfer@boese.example",
    "U+2028 and U+2029": smuggle("\u2028") + smuggle("\u2029"),
    "NEL": smuggle("\x85"),
    "VT, FF, FS, GS, RS": smuggle("\v\f\x1c\x1d\x1e"),
    "the same in Q": quoted(smuggle("\v\f\x1c\x1d\x1e\x85\u2028")),
    "overlong": b"Hallo\xc0\x8d\xc0\x8aX-Evil: 1\xe0\x80\x8dBcc: o@b",
    "ESC": "Hallo\x1b[2J\x1b]0;X-Evil: 1\x07",
    "bidi": "Hallo \u202egnp.exe\u2066 X-Evil: 1",
    "quotes": 'Hallo" <x@boese.example>\\", "X-Evil: 1',
    "brackets": "Hallo <x@boese.example>, Bcc: opfer@boese.example; (X-Evil: 1",
    "very long": "X-Evil:1 " * 3000,
    "very long, one word": "Bcc:" * 5000,
}.items()}

# name: lines of a field that holds a poison
PLACES = {
    "subject": b"Subject: %s",
    "author's name": b"From: %s <" + ANNA.encode() + b">",
    "author's quoted name": b'From: "%s" <' + ANNA.encode() + b">",
    "author's comment": b"From: " + ANNA.encode() + b" (%s)",
    "author's address": b"From: Anna <anna%s@example.de>",
    "quoted address": b'From: Anna <"anna%s"@example.de>',
    "Reply-To": b"Reply-To: %s <x@example.de>",
    "To": b"To: %s <x@example.de>",
    "Cc": b"Cc: %s <x@example.de>, y%s@example.de",
    "Message-ID": b"Message-ID: <a%s@example.de>",
    "Message-ID alone": b"Message-ID: %s",
    "References": b"References: <wurzel%s@example.de> %s",
    "In-Reply-To": b"In-Reply-To: %s <wurzel@example.de>",
    "Date": b"Date: Tue, 24 Nov 2026 08:00:00 +0100 (%s)",
    "Date alone": b"Date: %s",
    "Organization": b"Organization: %s",
    "charset": b'Content-Type: text/plain; charset="%s"',
    "type": b"Content-Type: text/%s; name=%s",
    "encoding": b"Content-Transfer-Encoding: %s",
}
# name: a parameter of an attachment that holds a poison
FILES = {
    "filename": b'Content-Disposition: attachment; filename="%s"',
    "filename without quotes": b"Content-Disposition: attachment; filename=%s",
    "name": b'Content-Type: application/pdf; name="%s"',
}
# What RFC 2231 can say and no other way.
RFC2231 = {
    "filename*": b"Content-Disposition: attachment; filename*=utf-8''Plan%0D%0AX-Evil%3A%201%0D%0A.pdf",
    "filename* of NUL": b"Content-Disposition: attachment; filename*=utf-8''Plan%00%0AX-Evil%3A.pdf",
    "filename* in parts": b"Content-Disposition: attachment; filename*0*=utf-8''Pl%C3%A4n%0D;"
                          b"\r\n filename*1*=%0AX-Evil%3A%201; filename*2=\".pdf\"",
    "filename* of U+2028": b"Content-Disposition: attachment; filename*=utf-8''P%E2%80%A8X-Evil%3A.pdf",
    "filename* in no charset": b"Content-Disposition: attachment; filename*=boese'de'P%0D%0AX-Evil%3A",
}

_numbers = itertools.count(1)


class Sent:
    """A message of ours, and what it brings."""

    def __init__(self, name, lines, body=BODY):
        self.number = next(_numbers)
        self.name = name
        self.body = body
        base = {b"From": b"Anna Muster <%s>" % ANNA.encode(), b"To": b"liste@example.de",
                b"Subject": b"Nummer %d" % self.number,
                b"Date": b"Tue, 24 Nov 2026 08:00:00 +0100",
                b"Message-ID": b"<n%d@example.de>" % self.number, b"MIME-Version": b"1.0",
                b"Content-Type": b"text/plain; charset=utf-8", b"X-Nr": b"%d" % self.number}
        own = [line.partition(b":")[0] for line in lines]
        self.lines = lines + [name + b": " + value for name, value in base.items()
                              if name not in own]
        self.names = {name.decode().lower() for name in [*base, *own]}

    def octets(self, *more):
        return b"\r\n".join([*more, *self.lines]) + b"\r\n\r\n" + self.body


def poisoned():
    """A message for each poison in each place."""
    for (place, line), (name, poison) in itertools.product(PLACES.items(), POISONS.items()):
        yield Sent(f"{place}: {name}", [line.replace(b"%s", poison)])


def with_file(field):
    """A body with an attachment."""
    return (b"--=_g\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nAnbei.\r\n--=_g\r\n" + field +
            b"\r\n\r\nxyz\r\n--=_g--\r\n")


def files():
    """A message for each poison in an attachment's name."""
    fields = [(f"{place}: {name}", line.replace(b"%s", poison.replace(b"\r\n", b"\r\n ")))
              for (place, line), (name, poison) in itertools.product(FILES.items(), POISONS.items())]
    for name, field in fields + list(RFC2231.items()):
        yield Sent(f"attachment's {name}", [b'Content-Type: multipart/mixed; boundary="=_g"'],
                   with_file(field))


# -- what comes out --

BY_NEWS = {"path", "newsgroups", "injection-info", "injection-date", "xref", "references",
           "x-original-message-id"}
BY_MAIL = {"x-envelope-from", "x-envelope-to", "list-unsubscribe", "list-id", "list-post",
           "precedence", "reply-to", "references"}
ONCE = {"from", "to", "subject", "date", "message-id", "references", "in-reply-to", "reply-to",
        "list-id", "xref", "newsgroups", "content-type", "mime-version"}


def wrong_with(octets, allowed, body=None, nul=False):
    """What is wrong with a message that came out: texts.  nul: its head may have one."""
    head, _, rest = octets.partition(b"\r\n\r\n")
    head = head.replace(b"\0", b" ") if nul else head
    parsed = email.message_from_bytes(octets)
    names = [name.lower() for name in parsed.keys()]
    wrong = []
    if re.search(rb"\0|\r(?!\n)|(?<!\r)\n", head):
        wrong.append("a NUL or a bare CR or LF in its head")
    if any(not re.match(rb"[!-9;-~]+:|[ \t]", line) for line in head.split(b"\r\n")):
        wrong.append("a line that is no field")
    if parsed.defects:
        wrong.append(f"defects: {parsed.defects}")
    wrong += [f"{name} is a field" for name in names if name in SMUGGLED or name not in allowed]
    wrong += [f"{name} stands {names.count(name)} times" for name in ONCE if names.count(name) > 1]
    wrong += [f"{name} lacks" for name in ("from", "subject", "date", "message-id")
              if name not in names]
    # A bare CR and a NUL are a blank, by whatever door.
    if body is not None and re.sub(rb"\0", b" ", rest) != re.sub(rb"\0|\r(?!\n)", b" ", body):
        wrong.append(f"its body is {rest[:200]!r}")
    return wrong


def outbox(umlauf, count):
    """All mails, once there are so many."""
    wait_for(lambda: len(umlauf.outbox()) >= count, 60, 0.05)
    return umlauf.outbox()


def none_wrong(name, troubles):
    """troubles: (which message, what is wrong, its octets), where something is."""
    found = [entry for entry in troubles if entry[1]]
    check(name, not found, lambda: "\n".join(
        f"{which}: {str(wrong)[:1000]}\n    {octets[:1500]!r}" for which, wrong, octets in found[:8]))


class Hall:
    """A group for each door, with a member who gets each post."""

    def __init__(self):
        self.umlauf = Umlauf({"umlauf": {"admin": ADMIN}}).init()
        for name, *options in (("post", "--addresses", "shown"), ("maske",),
                               ("news", "--addresses", "shown")):
            self.umlauf.add_group(f"i.{name}", f"{name}@{DOMAIN}", *options)
        for name in ("post", "news"):
            self.umlauf.ctl("subscribe", BEN, f"i.{name}")
        self.umlauf.start()
        self.sent = {}  # number: what was taken

    def take(self, message):
        self.sent[message.number] = message

    def by_number(self, octets):
        found = re.search(rb"^X-Nr: (\d+)\r$", octets, re.M)
        return self.sent[int(found.group(1))] if found else None


_hall = []


def hall():
    if not _hall:
        _hall.append(Hall())
    return _hall[0]


def at_once(messages, open_door, bring):
    """[(message, answer)]: eight connections, so that what comes together shares a sync."""
    def some(first):
        with open_door() as door:
            return [(message, bring(door, message)) for message in messages[first::8]]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return [answer for part in pool.map(some, range(8)) for answer in part]


def by_mail():
    here = hall()
    to = [f"post@{DOMAIN}", f"maske@{DOMAIN}"]
    answers = at_once([*poisoned(), *files()], lambda: Lmtp(here.umlauf.lmtp_port, 60),
                      lambda lmtp, message: lmtp.deliver(ANNA, to, message.octets()))
    for message, _ in answers:
        here.take(message)
    same("all that comes by mail is taken", [message.name for message, codes in answers
                                             if [code for code, _ in codes] != [250, 250]], [])
    same("and names an author, whatever stands in From", here.umlauf.ctl_json("held", "list"), [])


def by_news():
    here = hall()
    answers = at_once([*poisoned(), *files()], lambda: Nntp(here.umlauf.news_port, 60),
                      lambda news, message: news.post(message.octets(b"Newsgroups: i.news")))
    codes = {240: [], 441: []}
    for message, (code, text) in answers:
        codes.setdefault(code, []).append(f"{message.name}: {text}")
        if code == 240:
            here.take(message)
    same("a post is taken or refused, nothing else", sorted(codes), [240, 441])
    check(f"most are taken ({len(codes[240])}), those that no article can be are refused "
          f"({len(codes[441])})", len(codes[240]) > 3 * len(codes[441]) > 0, codes[441])
    wrong = [line for line in codes[441] if re.search(r"subject: (?!NUL|very long)", line)]
    same("a subject is refused for its NUL or its size alone", wrong, [])


def seen_by_news():
    here = hall()
    with Nntp(here.umlauf.news_port, 60) as news:
        for group in ("i.post", "i.maske", "i.news"):
            count = news.group(group)[1]
            rows = {row["number"]: row for row in news.over()}
            same(f"{group}: OVER has a line for each", len(rows), count)
            none_wrong(f"{group}: each of 8 columns without controls", (
                (row["subject"], [] if len(row) == 9 and all(
                    value.isprintable() and value.isascii() for value in row.values()) else [row],
                 b"") for row in rows.values()))
            troubles, sizes = [], []
            for number, row in rows.items():
                octets = b"".join(line + b"\r\n" for line in
                                  news.ask_long(f"ARTICLE {number}")[2])
                message = here.by_number(octets)
                troubles.append((message.name, wrong_with(octets, message.names | BY_NEWS,
                                                          message.body), octets))
                sizes.append((message.name, [] if len(octets) == int(row["bytes"]) else
                              [len(octets), row["bytes"]], b""))
            none_wrong(f"{group}: no ARTICLE has a field that nobody meant, each its body", troubles)
            none_wrong(f"{group}: :bytes is right", sizes)
            heads = [news.ask_long(f"HDR {name} 1-")[2] for name in (
                "Subject", "From", "References", "Organization", "Content-Type")]
            same(f"{group}: HDR has a line for each",
                 [len(lines) for lines in heads], [len(rows)] * len(heads))
            masked = [row["from"] for row in rows.values() if group == "i.maske" and
                      re.search(r"@example\.de|=40example", row["from"])]
            same(f"{group}: no address is behind the mask", masked, [])


def seen_by_members():
    here = hall()
    ids = set()
    with Nntp(here.umlauf.news_port) as news:
        for group in ("i.post", "i.news"):
            news.group(group)
            ids |= {row["id"] for row in news.over()}
    # Some poisons leave the same id, by either door; the mail goes out once.
    mails = outbox(here.umlauf, len(ids))
    same("the member gets each", len(mails), len(ids))
    troubles = []
    for octets in mails:
        message = here.by_number(octets)
        # What the author wrote goes to members as it came, a NUL too.
        troubles.append((message.name, wrong_with(
            octets, message.names | BY_MAIL, message.body, nul="NUL" in message.name), octets))
    none_wrong("no mail has a field that nobody meant, each its body", troubles)


UNCLEAN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def seen_by_the_operator():
    """What the command prints is for a terminal and for programs."""
    here = hall()
    with Nntp(here.umlauf.news_port) as news:
        news.group("i.post")
        ids = [row["id"] for row in news.over()]
    words = [("thread", "i.post"), ("thread", "i.news"), ("trace", BEN)]
    words += [("trace", msgid) for msgid in ids[::25]] + [("thread", msgid) for msgid in ids[::100]]
    said = {" ".join(args): here.umlauf.ctl(*args) for args in words}
    check("nothing that the command prints moves the cursor", not any(
        UNCLEAN.search(text) for text in said.values()), lambda: "\n".join(
            f"{args}: {line!r}" for args, text in said.items() for line in text.splitlines()
            if UNCLEAN.search(line)))
    same("all of it can be read by programs", [args for args in words[:5]
                                               if not here.umlauf.ctl_json(*args)], [])
    same("no role has died", [entry["role"] for entry in here.umlauf.status("role")
                              if entry["restarts"] != "0"], [])
    here.umlauf.stop()


# -- the operator's words, in what we write ourselves --

# A command line has no NUL.  What is wanted: what a reader may see of it.
TITLES = {
    "CRLF": "Rat\r\nBcc: opfer@boese.example\r\n\r\nIhr Konto",
    "CR": "Rat\rX-Evil: 1",
    "LF": "Rat\nX-Evil: 1",
    "TAB": "Rat\tund\tTat",
    "U+2028": "Rat\u2028X-Evil: 1\u2029",
    "NEL": "Rat\x85X-Evil: 1",
    "VT, FF, FS": "Rat\vX-Evil: 1\f\x1c",
    "an encoded word": "=?utf-8?Q?Rat=0D=0AX-Evil:_1?=",
    "an encoded word in text": f"Rat {based(smuggle(chr(13) + chr(10)))} Ende",
    "ESC": "Rat\x1b[2J",
    "bidi": "Rat \u202eX-Evil",
    "quotes": 'Rat" <x@boese.example>, "Tat\\',
    "brackets": "Rat <bcc@boese.example> (X-Evil: 1",
    "umlauts": "Straßen, Plätze & Größe; „Grün“",
    "long": "Straßenverkehrsordnung " * 40,
    "one long word": "Donaudampfschiff" * 100,
    "emoji": "Rad 🚲 weg 👩\u200d🚒",
}


def looks_clean(text):
    """True if a decoded value is one line without controls."""
    return "\n" not in text and not UNCLEAN.search(text)


def own_troubles(which, octets, fields):
    """For none_wrong(): a mail of ours, with exactly these fields and clean values."""
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    wrong = wrong_with(octets, fields)
    wrong += [f"{name} lacks" for name in fields if name not in mail]
    # There are no encoded words in ids (RFC 2047 section 5), whatever Python thinks.
    wrong += [f"{name}: {value!r}" for name, value in mail.items() if not looks_clean(value) and
              name != "In-Reply-To"]
    text = mail.get_content().replace("\r\n", "\n")
    if UNCLEAN.search(text):
        wrong.append(f"controls in its text: {text!r}")
    if any(len(line) > 998 for line in octets.split(b"\r\n")):
        wrong.append("a line of more than 998 octets")
    if not octets.isascii():
        wrong.append("raw 8-bit")
    return which, wrong, octets


LETTER = {"x-envelope-from", "x-envelope-to", "from", "to", "subject", "date", "message-id",
          "auto-submitted", "x-auto-response-suppress", "precedence", "mime-version",
          "content-type", "content-transfer-encoding"}


def words_of_the_operator():
    """A group's title and a person's name, in List-Id and in a letter."""
    umlauf = Umlauf({"umlauf": {"admin": ADMIN}}).init()
    umlauf.add_group("i.titel", f"titel@{DOMAIN}")
    umlauf.start()
    lists, letters, listed = [], [], []
    with Lmtp(umlauf.lmtp_port) as lmtp, Nntp(umlauf.news_port) as news:
        for number, (name, words) in enumerate(TITLES.items()):
            # The letter that somebody has left comes once a day to an address.
            member = f"ben{number}@example.de"
            done = [umlauf.ctl_result("group", "set", "i.titel", "--title", words).returncode,
                    umlauf.ctl_result("person", "add", member, "--name", words).returncode]
            same(f"{name}: a title and a name", done, [0, 0])
            umlauf.ctl("subscribe", member, "i.titel")
            message = Sent(name, [])
            lmtp.deliver(ANNA, [f"titel@{DOMAIN}"], message.octets())
            post = outbox(umlauf, 2 * number + 1)[-1]
            lists.append((name, wrong_with(post, message.names | BY_MAIL, BODY), post))
            value = email.message_from_bytes(post, policy=email.policy.default)["List-Id"]
            lists.append((name, [] if looks_clean(value) and value.endswith(
                f"<titel.{DOMAIN}>") else [value], post))
            way = re.search(rb"^List-Unsubscribe: <mailto:(.*)>\r$", post, re.M).group(1).decode()
            wish = Sent(name, [b"From: " + member.encode()])
            lmtp.deliver(member, [way], wish.octets())
            letters.append(own_troubles(name, outbox(umlauf, 2 * number + 2)[-1],
                                        LETTER | {"in-reply-to"}))
            wait_for(lambda: news.group("i.titel")[1] == number + 1)
            lines = news.ask_long("LIST NEWSGROUPS i.titel")[2]
            listed.append((name, [] if len(lines) == 1 and looks_clean(
                lines[0].partition(b"\t")[2].decode("utf-8").strip()) else lines, b""))
    none_wrong("posts carry a title's words in List-Id and nowhere else", lists)
    none_wrong("letters carry them in their own fields and text", letters)
    none_wrong("LIST NEWSGROUPS has one line of them", listed)
    same("a title that is no UTF-8 is refused", umlauf.ctl_result(
        "group", "set", "i.titel", "--title", "Rat\udcff").returncode, 64)
    umlauf.stop()


class Deaf(Mailboxes):
    """A relay that knows few, and is rude to others."""

    refusal = "550 5.1.1 =?utf-8?Q?Nein=0D=0AX-Evil:_1?= \x1b[2J <b> Bcc: x"


def letters_about_posts():
    """Nobody can be reached: the author's letter tells the subject, the id and the relay's words."""
    relay = Deaf(ANNA, ADMIN)
    umlauf = Umlauf({"umlauf": {"admin": ADMIN}, "courier": {
        "relay": f"smtp://127.0.0.1:{relay.server_address[1]}"}}).init()
    umlauf.add_group("i.stumm", f"stumm@{DOMAIN}")
    umlauf.ctl("person", "add", ANNA, "--name", TITLES["an encoded word"])
    umlauf.ctl("subscribe", "weg@example.de", "i.stumm")
    umlauf.start()
    messages = [message for message in poisoned() if message.name.startswith((
        "subject:", "Message-ID", "author's name:"))]
    with Lmtp(umlauf.lmtp_port, 60) as lmtp:
        for message in messages:
            lmtp.deliver(ANNA, [f"stumm@{DOMAIN}"], message.octets())
    with Nntp(umlauf.news_port) as news:
        count = news.group("i.stumm")[1]
    # One poison leaves another author, whom nobody knows: the operator gets that letter.
    letters = relay.boxes
    wait_for(lambda: len(letters[ANNA] + letters[ADMIN]) >= count, 30)
    same("the author gets a letter about each", (len(letters[ANNA]), len(letters[ADMIN])),
         (count - 1, 1))
    check("which are nearly all that were sent", count > 0.9 * len(messages), count)
    fields = (LETTER - {"x-envelope-from", "x-envelope-to"}) | {"return-path", "in-reply-to"}
    none_wrong("no letter has a field that nobody meant", [
        own_troubles("letter", octets, fields) for octets in letters[ANNA]] + [
            own_troubles("letter", octets, fields - {"in-reply-to"}) for octets in letters[ADMIN]])
    texts = [email.message_from_bytes(octets, policy=email.policy.default).get_content()
             for octets in letters[ANNA] + letters[ADMIN]]
    check("they tell the relay's words on one line", all("Nein" in text for text in texts), texts[0])
    umlauf.stop()


# -- the digest --

DIGEST = {"x-envelope-from", "x-envelope-to", "list-unsubscribe", "list-id", "precedence",
          "auto-submitted", "x-auto-response-suppress", "from", "to", "subject", "date",
          "message-id", "reply-to", "mime-version", "content-type", "content-transfer-encoding"}


def digests():
    """A digest a day until all poisons were in one."""
    umlauf = Umlauf({"digest": {"days": "daily"}}, clock=TUESDAY).init()
    umlauf.add_group("i.tag", f"tag@{DOMAIN}")
    umlauf.ctl("person", "add", DORA, "--name", TITLES["CRLF"])
    umlauf.ctl("subscribe", DORA, "i.tag", "--mode", "digest")
    umlauf.start()
    messages = [message for message in poisoned()
                if message.name.startswith(("subject:", "author's name:", "author's quoted"))]
    messages += list(files())
    titles = itertools.cycle(TITLES.values())
    troubles, told = [], ""
    for day, first in enumerate(range(0, len(messages), 40)):
        umlauf.ctl("group", "set", "i.tag", "--title", next(titles))
        with Lmtp(umlauf.lmtp_port, 60) as lmtp:
            for message in messages[first:first + 40]:
                lmtp.deliver(ANNA, [f"tag@{DOMAIN}"], message.octets())
        # 06:31 in Berlin.
        umlauf.set_time(TUESDAY + (day + 1) * DAY - 149 * 60)
        octets = outbox(umlauf, day + 1)[-1]
        troubles.append(own_troubles(f"day {day + 1}", octets, DIGEST))
        told += email.message_from_bytes(octets, policy=email.policy.default).get_content()
        umlauf.set_time(TUESDAY + (day + 1) * DAY)
    none_wrong(f"{len(troubles)} digests of {len(messages)} posts: no field that nobody meant",
               troubles)
    check("attachments are named", told.count("Anhang: Pl") == 3 and
          told.count("Anhang: Hallo") > 60, lambda: re.findall("Anhang:.*", told)[-10:])
    umlauf.stop()


if __name__ == "__main__":
    story.run(by_mail, by_news, seen_by_news, seen_by_members, seen_by_the_operator,
              words_of_the_operator, letters_about_posts, digests)
