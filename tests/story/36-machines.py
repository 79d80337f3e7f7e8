#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""What no person wrote, at each door: never a post, never answered, readable for the operator, and
nothing of it lost.  And what people write that looks a little like it."""

import story
from story import DOMAIN, Umlauf, check, same, wait_for
from wire import Lmtp, Nntp

BEN = "ben@example.org"
ADDRESS = f"rat@{DOMAIN}"
GROUP = "t.rat"


def multipart(kind, *parts):
    text = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="b"', text + "--b--\r\n"


def calendar(method):
    return multipart("alternative", "Content-Type: text/plain\r\n\r\nJa",
                     f"Content-Type: text/calendar; method={method}\r\n\r\nBEGIN:VCALENDAR")


REPORT = multipart("report; report-type=delivery-status", "\r\nEs ging nicht.",
                   "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example",
                   "Content-Type: message/rfc822\r\n\r\nSubject: Radwege\r\n\r\nText")
RECEIPT = multipart("report; report-type=disposition-notification", "\r\nGelesen.",
                    "Content-Type: message/disposition-notification\r\n\r\nDisposition: x")
TEXT = ("X-Mailer: hier", "Text\r\n")

# Name, subject, (a field, the body), the reason begins so; None: it is a post.
MAILS = (
    ("a delivery report", "Unzustellbar: Radwege", REPORT, "it is a report"),
    ("a read receipt", "Gelesen: Radwege", RECEIPT, "it is a report"),
    ("a report in words alone", "Nachrichtenstatus - Nicht zustellbar", TEXT, "its subject"),
    ("Exchange's vacation note", "Automatische Antwort: Radwege",
     ("Auto-Submitted: auto-generated", "Bin weg\r\n"), "a machine wrote it"),
    ("cPanel's vacation note", "Re: Radwege", ("X-Autorespond: Radwege", "Bin weg\r\n"),
     "it is an automatic answer"),
    ("a vacation note in words alone", "Urlaub bis 21.8.", TEXT, "its subject"),
    ("Notes's vacation note", "Anna Muster ist au\u00dfer Haus.", TEXT, "its subject"),
    ("an answer to an invitation", "Zugesagt: Runde", calendar("REPLY"), "it answers"),
    ("one in words alone", "Mit Vorbehalt: Runde", TEXT, "its subject"),
    ("a recall", "R\u00fcckruf: Radwege", TEXT, "its subject"),
    ("a ticket system", "[Ticket#17] Radwege", ("X-OTRS-Loop: yes", "Danke\r\n"),
     "it is an automatic answer"),
    ("a question whether it was sent", "Please confirm your message", TEXT, "its subject"),
    ("an invitation", "Runde der K\u00e4mmerer", calendar("REQUEST"), None),
    ("a person about such mails", "AW: Abwesenheitsnotiz einrichten?", TEXT, None),
    ("a person who forwards one", "WG: Unzustellbar: Radwege", TEXT, None),
    ("an office that posts by machine", "Amtsblatt 12", ("Auto-Submitted: no", "Text\r\n"), None),
    ("Exchange's field on a person's mail", "Radwege",
     ("X-Auto-Response-Suppress: All", "Text\r\n"), None),
)


def message(number, door):
    _, subject, (field, body), _ = MAILS[number]
    to = f"Newsgroups: {GROUP}" if door == "post" else f"To: {ADDRESS}"
    head = ("From: Anna Muster <anna@example.de>", to, f"Subject: {subject}",
            "Date: Mon, 23 Nov 2026 08:00:00 +0100",
            f"Message-ID: <{door}.{number}@example.de>", field)
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


class House:
    """A group with a member who gets each post as a mail."""

    def __init__(self):
        self.umlauf = Umlauf()
        self.maildir = self.umlauf.folder / "incoming"
        self.umlauf.configure({"intake": {"maildir": str(self.maildir)}})
        self.umlauf.init()
        self.umlauf.add_group(GROUP, ADDRESS, "--addresses", "shown")
        self.umlauf.ctl("subscribe", BEN, GROUP)
        self.umlauf.start()
        self.posts = 0

    def held(self):
        return self.umlauf.ctl_json("held", "list")


_house = []


def house():
    if not _house:
        _house.append(House())
    return _house[0]


def by_lmtp(number):
    with Lmtp(house().umlauf.lmtp_port) as lmtp:
        return lmtp.deliver("anna@example.de", [ADDRESS], message(number, "lmtp"))[0][0] == 250


def by_maildir(number):
    path = house().maildir / "new" / f"{number:02}.eml"
    path.write_bytes(message(number, "maildir"))
    return wait_for(lambda: not path.exists())


def by_post(number):
    with Nntp(house().umlauf.news_port) as news:
        return news.post(message(number, "post"))[0] == 240


def through(name, door):
    here = house()
    for number, (what, subject, _, reason) in enumerate(MAILS):
        before = here.held()
        check(f"{name}: {what} is taken", door(number))
        held = here.held()[len(before):]
        here.posts += reason is None
        with Nntp(here.umlauf.news_port) as news:
            same(f"{name}: {what} is {'held' if reason else 'a post'}",
                 (len(held), news.group(GROUP)[1]), (reason is not None, here.posts))
        if held:
            check(f"{name}: {what}: the reason", held[0]["reason"].startswith(reason), held)
            same(f"{name}: {what}: its subject is told", held[0]["subject"], subject)
            shown = here.umlauf.ctl("held", "show", held[0]["id"])
            check(f"{name}: {what}: it can be read", f"<{name}.{number}@example.de>" in shown and
                  shown.endswith(MAILS[number][2][1].replace("\r\n", "\n")), shown)


def lmtp():
    through("lmtp", by_lmtp)


def maildir():
    through("maildir", by_maildir)


def post():
    through("post", by_post)


def nobody_is_written_to():
    here = house()
    mails = here.umlauf.outgoing(here.posts)
    same("mail goes out for the posts alone, to the member", len(mails), here.posts)
    same("all of it to the member", {mail["X-Envelope-To"] for mail in mails}, {f"<{BEN}>"})
    done = here.umlauf.ctl_result("held", "show", "4711")
    check("one that is not held: exit status 1", done.returncode == 1 and "4711" in done.stderr,
          done.stderr)
    done = here.umlauf.ctl_result("held", "show", "x")
    check("an id that is none: exit status 1", done.returncode == 1 and "x" in done.stderr,
          done.stderr)
    here.umlauf.ctl("held", "approve", here.held()[0]["id"])
    with Nntp(here.umlauf.news_port) as news:
        same("what a moderator lets in is a post", news.group(GROUP)[1], here.posts + 1)
    same("and goes to the member", len(here.umlauf.outgoing(here.posts + 1)), here.posts + 1)


def errands():
    """To the address that ends a subscription: nothing is done; of a word the operator reads."""
    here = house()
    address = f"rat-ab@{DOMAIN}"
    before = len(here.umlauf.outbox())
    head = f"From: {BEN}\r\nTo: {address}\r\n"
    with Lmtp(here.umlauf.lmtp_port) as lmtp:
        for line in ("Auto-Submitted: auto-replied", "Subject: Abwesend bis 12.8."):
            same(f"{line} at {address} is taken",
                 lmtp.deliver(BEN, [address], f"{head}{line}\r\n\r\nText\r\n".encode())[0][0], 250)
    text = here.umlauf.ctl("status", fails=True)
    check("status tells of the word", "Abwesend bis 12.8." in text and BEN in text, text)
    subscriptions = here.umlauf.ctl_json("subscriptions")
    same("the member is one still", [row["mode"] for row in subscriptions], ["each"])
    same("nobody is written to", (here.umlauf.ctl_json("queue", "list"), len(here.umlauf.outbox())),
         ([], before))


if __name__ == "__main__":
    story.run(lmtp, maildir, post, nobody_is_written_to, errands)
