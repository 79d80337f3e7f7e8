#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Leaving a group or the digest by mail; and mails that no person wrote: they become no post and no
wish of a member, and begin no loop."""

import email.utils
import itertools
import re

import story
from story import DOMAIN, Umlauf, check, same, wait_for
from wire import Lmtp, Nntp

KREIS = f"kreis@{DOMAIN}"
TITLE = "Straßen & Wege"
ADMIN = "betrieb@example.de"
ANNA, BEN, DORA, VERA = (f"{name}@example.de" for name in ("anna", "ben", "dora", "vera"))
STRANGER = "fremd@example.org"
DAY = 86400
TUESDAY = 1795507200  # 2026-11-24 09:00 in Berlin
_numbers = itertools.count(1)


def message(sender, to, subject, *fields, body="Text\r\n"):
    """A mail as octets; its id is new."""
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}",
             "Date: Tue, 24 Nov 2026 09:00:00 +0100", f"Message-ID: <w{next(_numbers)}@weg.example>",
             "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("utf-8")


def only(values):
    """The one value that they are; it is an error if there are more or none."""
    value, = values
    return value


class House:
    """A group whose members get each post; the clock stands still until it is set."""

    def __init__(self, *members, **settings):
        # One worker, so that mails go out in their order.
        self.umlauf = Umlauf({"umlauf": {"admin": ADMIN}, "courier": {"workers": 1}, **settings},
                             clock=TUESDAY).init()
        self.umlauf.add_group("umlauf.kreis", KREIS, "--title", TITLE, "--addresses", "shown")
        for member in members:
            self.umlauf.ctl("subscribe", member, "umlauf.kreis")
        self.umlauf.start()
        self.seen = 0

    def send(self, sender, to, subject="", *fields, envelope=None, body="Text\r\n"):
        """(code, text) of the mail's answer; envelope: another sender in the envelope."""
        octets = message(sender, to, subject, *fields, body=body)
        with Lmtp(self.umlauf.lmtp_port) as lmtp:
            return lmtp.deliver(sender if envelope is None else envelope, [to], octets)[0]

    def members(self):
        rows = self.umlauf.ctl_json("subscriptions", "--group", "umlauf.kreis")
        return {row["address"]: row["mode"] for row in rows}

    def went_out(self):
        """
        What has gone out since it was asked last, as (receiver, mail) in the order of sending.  A post
        behind all that was said before is the mark: once it is with its member, so is the rest.
        """
        subject = f"Marke {next(_numbers)}"
        before = self.seen
        code, text = self.send(ANNA, KREIS, subject)
        if code != 250:
            raise RuntimeError(f"{code} {text}")
        members = [name for name, mode in self.members().items() if mode == "each"]

        def marks():
            mails = self.umlauf.outgoing(0)[before:]
            return [mail for mail in mails if mail["Subject"] == subject]

        wait_for(lambda: len(marks()) == len(members), 20)
        new = self.umlauf.outgoing(0)[before:]
        self.seen = before + len(new)
        return [(mail["X-Envelope-To"].strip("<>"), mail) for mail in new
                if mail["Subject"] != subject]

    def post(self, to):
        """A post of Anna's; the mail by which a member got it."""
        subject = f"Beitrag {next(_numbers)}"
        self.send(ANNA, KREIS, subject)
        return only(mail for receiver, mail in self.went_out()
                    if receiver == to and mail["Subject"] == subject)


def way_out(mail):
    """The address in its List-Unsubscribe."""
    return re.fullmatch(r"<mailto:([^?>]+)>", mail["List-Unsubscribe"]).group(1)


def envelope_sender(mail):
    return mail["X-Envelope-From"].strip("<>")


def judge_letter(name, mail, to, subject, words, automatic="auto-replied"):
    same(f"{name}: its subject", mail["Subject"], subject)
    same(f"{name}: to whom, from whom", (mail["To"], email.utils.parseaddr(mail["From"])[1]),
         (to, ADMIN))
    same(f"{name}: the empty envelope sender", envelope_sender(mail), "")
    same(f"{name}: Auto-Submitted (RFC 3834)", mail["Auto-Submitted"], automatic)
    same(f"{name}: X-Auto-Response-Suppress, Precedence",
         (mail["X-Auto-Response-Suppress"], mail["Precedence"]), ("All", "bulk"))
    text = " ".join(mail.get_content().split())
    check(f"{name}: German, and what it is about", words in text and TITLE in text and
          "{" not in text, text)


# -- a wish to leave --


def at_once():
    house = House(ANNA, BEN)
    address = way_out(house.post(BEN))
    check("the address to leave at is the member's own", re.fullmatch(
        rf"kreis-ab\+[a-z2-7]+@{re.escape(DOMAIN)}", address), address)
    same("an empty mail to it is taken", house.send(f"Ben <{BEN}>", address, body="",
                                                    envelope=BEN)[0], 250)
    same("he has left at once", house.members(), {ANNA: "each"})
    receiver, letter = only(house.went_out())
    judge_letter("the letter", letter, BEN, f"Sie haben {TITLE} verlassen", "Sie erhalten keine Mails der Liste")
    same("it goes to him", receiver, BEN)
    check("and answers his mail", letter["In-Reply-To"].endswith("@weg.example>"), letter)
    same("the next post does not come to him",
         [who for who, _ in house.went_out() if who == BEN], [])
    same("a second mail to the address", house.send(BEN, address)[0], 250)
    receiver, letter = only(house.went_out())
    judge_letter("then", letter, BEN, f"Ihre Adresse steht nicht auf der Liste {TITLE}",
                 "es hat sich also nichts geändert")
    house.umlauf.ctl("subscribe", BEN, "umlauf.kreis")
    mail = house.post(BEN)
    same("gateways may change the case", house.send(BEN, way_out(mail).upper())[0], 250)
    same("it counts all the same", house.members(), {ANNA: "each"})
    for bad in (address.replace("+", "+a"), address[:-len(DOMAIN) - 2] + "@" + DOMAIN,
                address.replace("kreis-ab+", "bounce+"), address.replace("kreis-ab", "kreis")):
        same(f"a token that is none of ours: 550 at RCPT ({bad.partition('@')[0]})",
             house.send(BEN, bad)[0], 550)
    house.umlauf.stop()


def asked_back():
    """From another address than the member's: everybody may have seen the token in a forwarded mail."""
    house = House(ANNA, BEN)
    address = way_out(house.post(BEN))
    same("a stranger has the token", house.send(STRANGER, address)[0], 250)
    same("nobody has left", house.members(), {ANNA: "each", BEN: "each"})
    receiver, letter = only(house.went_out())
    same("the member is asked, not the stranger", receiver, BEN)
    judge_letter("the question", letter, BEN, f"Bitte bestätigen: {TITLE} verlassen?",
                 "Antworten Sie einfach auf diese Mail")
    confirm = letter["Reply-To"]
    check("an answer goes to an address of its own", re.fullmatch(
        rf"kreis-ab\+[a-z2-7]+@{re.escape(DOMAIN)}", confirm) and confirm != address, confirm)
    for sender, to in ((STRANGER, address), (STRANGER, address), (BEN, KREIS.replace("@", "-ab@"))):
        house.send(sender, to)
    same("asked again: he is asked once a day", house.went_out(), [])
    house.umlauf.set_time(TUESDAY + DAY + 60)
    house.send(STRANGER, address)
    same("and a day later once more", [who for who, _ in house.went_out()], [BEN])
    house.umlauf.set_time(TUESDAY + 9 * DAY)
    same("the first question is over after a week: 550", house.send(BEN, confirm)[0], 550)
    same("the token of his own mails is not", house.send(STRANGER, address)[0], 250)
    confirm = only(house.went_out())[1]["Reply-To"]
    same("his answer, from his telephone's address", house.send(
        "ben.privat@example.org", confirm, f"AW: Bitte bestätigen: {TITLE} verlassen?")[0], 250)
    same("is his wish", house.members(), {ANNA: "each"})
    receiver, letter = only(house.went_out())
    same("the letter goes to the member's address", receiver, BEN)
    judge_letter("it", letter, BEN, f"Sie haben {TITLE} verlassen", "Sie erhalten keine Mails der Liste")
    house.umlauf.stop()


def without_token():
    results = "Authentication-Results: mx.example.de; dkim=pass header.d=example.de"
    house = House(ANNA, BEN, DORA, intake={"trusted-authserv": "mx.example.de"})
    for name, sender, fields, wanted in (
            ("not verified", BEN, (), [(BEN, "Bitte bestätigen")]),
            ("verified by somebody else", DORA, (results.replace("mx.", "mx.fremd."),),
             [(DORA, "Bitte bestätigen")]),
            ("an address that nobody knows", STRANGER, (), []),
            ("such a one that is verified", "niemand@example.de", (results,),
             [("niemand@example.de", "Ihre Adresse")])):
        same(f"{name}: taken", house.send(sender, f"kreis-ab@{DOMAIN}", "", *fields)[0], 250)
        same(f"{name}: the letter", [(who, mail["Subject"][:len(words)]) for (who, mail), (_, words)
                                     in zip(house.went_out(), wanted)] or [], wanted)
    same("nobody has left", sorted(house.members()), sorted((ANNA, BEN, DORA)))
    same("verified by the mail server, in English", house.send(
        DORA, f"kreis-unsubscribe@{DOMAIN}", "", results)[0], 250)
    same("she has left at once", sorted(house.members()), sorted((ANNA, BEN)))
    receiver, letter = only(house.went_out())
    judge_letter("the letter", letter, DORA, f"Sie haben {TITLE} verlassen", "Sie erhalten keine Mails der Liste")
    house.umlauf.stop()


# -- no person wrote it --

AUTO = "Auto-Submitted: auto-replied"


def machines():
    house = House(ANNA, BEN)
    mail = house.post(BEN)
    house.send(STRANGER, way_out(mail))
    question = only(house.went_out())[1]["Reply-To"]
    held = len(house.umlauf.ctl_json("held", "list"))
    for name, fields, envelope in (("Auto-Submitted", (AUTO,), BEN), ("the empty sender", (), "")):
        for what, to in (("leaving", way_out(mail)), ("the question", question),
                         ("leaving without a token", f"kreis-ab@{DOMAIN}"),
                         ("leaving the digest", f"ueberblick-ab@{DOMAIN}")):
            same(f"{name}, to {what}: a yes", house.send(BEN, to, "Abwesend", *fields,
                                                         envelope=envelope)[0], 250)
        same(f"{name}: nobody has left", sorted(house.members()), sorted((ANNA, BEN)))
        same(f"{name}: nobody gets a letter", house.went_out(), [])
        code, text = house.send(BEN, KREIS, f"Abwesend ({name})", *fields, envelope=envelope)
        check(f"{name}, to the group: held", code == 250 and "held" in text, text)
        held += 1
        same(f"{name}: for a moderator", len(house.umlauf.ctl_json("held", "list")), held)
        same(f"{name}: nobody gets it", house.went_out(), [])
        same(f"{name}, to the envelope's sender: a yes", house.send(
            BEN, envelope_sender(mail), f"Abwesend ({name})", *fields, envelope=envelope)[0], 250)
    reports = [row["reports"] for row in house.umlauf.deliveries(BEN) if row["reports"]]
    same("what came to bounce+TOKEN@ is kept at that delivery alone", len(reports), 1)
    same("nobody gets it", house.went_out(), [])
    house.umlauf.stop()


class Robot:
    """A member's mailbox that answers all it gets to all addresses that it finds in it."""

    def __init__(self, house, name, *fields, envelope=VERA, subject="Re: {}", to=("Reply-To",)):
        self.house = house
        self.name = name
        self.fields = fields
        self.envelope = envelope
        self.subject = subject
        self.to = to
        self.answers = 0

    def addresses(self, mail):
        found = {email.utils.parseaddr(mail[name] or "")[1] for name in self.to}
        if "List-Unsubscribe" in self.to and mail["List-Unsubscribe"]:
            found |= {way_out(mail), mail["List-Post"].removeprefix("<mailto:").rstrip(">")}
        return {address.strip("<>") for address in found if address.endswith(f"@{DOMAIN}>") or
                address.endswith(f"@{DOMAIN}")}

    def answer(self, mail):
        for address in sorted(self.addresses(mail)):
            self.answers += 1
            code, text = self.house.send(
                VERA, address, self.subject.format(mail["Subject"]), *self.fields,
                f"In-Reply-To: {mail['Message-ID']}", envelope=self.envelope)
            if code not in (250, 550):
                raise RuntimeError(f"{self.name}: {address}: {code} {text}")

    def run(self):
        """Let it answer a post, what comes of that, and so on; how many rounds there were."""
        mails = [self.house.post(VERA)]
        for count in range(1, 6):
            for mail in mails:
                self.answer(mail)
            mails = [mail for _, mail in self.house.went_out()]
            if not mails:
                return count
            mails = [mail for mail in mails if mail["X-Envelope-To"] == f"<{VERA}>"]
        return 6


EVERYWHERE = ("X-Envelope-From", "From", "Reply-To", "List-Unsubscribe")


def vacation():
    house = House(ANNA, VERA)
    for robot in (
            Robot(house, "RFC 3834", AUTO, to=EVERYWHERE),
            Robot(house, "with a comment", "Auto-Submitted: auto-replied (vacation)", to=EVERYWHERE),
            Robot(house, "the empty sender", envelope="", to=EVERYWHERE),
            Robot(house, "Exchange", "Auto-Submitted: auto-generated",
                  "X-Auto-Response-Suppress: All", subject="Automatische Antwort: {}",
                  to=EVERYWHERE),
            Robot(house, "X-Autoreply", "X-Autoreply: yes", to=EVERYWHERE),
            Robot(house, "X-Autorespond", "X-Autorespond: yes", to=EVERYWHERE),
            Robot(house, "Precedence", "Precedence: auto_reply", to=EVERYWHERE),
            Robot(house, "German words", subject="Abwesenheitsnotiz: {}"),
            Robot(house, "Outlook's words", subject="Automatische Antwort: {}"),
            Robot(house, "English words", subject="Out of Office: {}"),
            Robot(house, "encoded words",
                  subject="=?utf-8?Q?Automatische_Antwort=3A_Gr=C3=BC=C3=9Fe?=")):
        same(f"a vacation's answer ({robot.name}) begins no loop", robot.run(), 1)
        check(f"it was sent ({robot.name})", robot.answers >= (
            3 if robot.to == EVERYWHERE else 1), robot.answers)
    same("she is a member still", house.members(), {ANNA: "each", VERA: "each"})
    held = {entry["subject"] for entry in house.umlauf.ctl_json("held", "list")}
    check("the moderators can look at what came to the group", len(held) >= 11, held)
    with Nntp(house.umlauf.news_port) as news:
        news.group("umlauf.kreis")
        same("none of it is in it", [row["subject"] for row in news.over() if VERA in row["from"]], [])
    same("Precedence: list is what lists write, no machine's mark",
         "held" in house.send(VERA, KREIS, "Ein Beitrag", "Precedence: list")[1], False)
    same("X-Auto-Response-Suppress stands on people's mails, too",
         "held" in house.send(VERA, KREIS, "Noch einer", "X-Auto-Response-Suppress: All")[1], False)
    same("Auto-Submitted: no is a person",
         "held" in house.send(VERA, KREIS, "Und noch einer", "Auto-Submitted: no")[1], False)
    same("who writes about such words is one",
         "held" in house.send(VERA, KREIS, "Frage zur Abwesenheitsnotiz: wie geht das?")[1], False)
    house.umlauf.stop()


# -- the digest --


def wednesday(house, minutes):
    """Set the clock to so many minutes behind the digest's hour of Wednesday, 06:30 in Berlin."""
    house.umlauf.set_time(TUESDAY + DAY - 150 * 60 + minutes * 60)


def digest_of(house, receiver):
    """Wait for the receiver's digest."""
    def found():
        return [mail for mail in house.umlauf.outgoing(0) if mail["X-Envelope-To"] == f"<{receiver}>"
                and mail["List-Id"] == f"<ueberblick.{DOMAIN}>"]

    mails = wait_for(found, 20)
    house.seen = len(house.umlauf.outbox())
    return mails[-1] if mails else None


def digest():
    house = House(ANNA, DORA)
    house.umlauf.add_group("umlauf.andere", f"andere@{DOMAIN}", "--title", "Andere")
    house.umlauf.ctl("subscribe", DORA, "umlauf.andere", "--mode", "digest")
    house.umlauf.ctl("subscribe", BEN, "umlauf.andere", "--mode", "digest")
    house.send(ANNA, f"andere@{DOMAIN}", "Für den Überblick")
    same("a digest's reader does not get each post", [who for who, _ in house.went_out()], [])
    wednesday(house, 1)
    for member in (DORA, BEN):
        if not check(f"{member} gets the digest at its hour", digest_of(house, member),
                     house.umlauf.log):
            return
    mail = digest_of(house, DORA)
    address = way_out(mail)
    check("it has a way out of its own", re.fullmatch(
        rf"ueberblick-ab\+[a-z2-7]+@{re.escape(DOMAIN)}", address), address)
    same("a mail to it is taken", house.send(DORA, address)[0], 250)
    receiver, letter = only(house.went_out())
    same("the letter goes to her", receiver, DORA)
    same("and says it in German", (letter["Subject"], letter["Auto-Submitted"],
                                   envelope_sender(letter)),
         ("Sie erhalten keinen Tagesüberblick mehr", "auto-replied", ""))
    modes = {(row["address"], row["group"]): row["mode"]
             for row in house.umlauf.ctl_json("subscriptions")}
    same("she has no digest any more; all else is as it was", modes, {
        (ANNA, "umlauf.kreis"): "each", (DORA, "umlauf.kreis"): "each",
        (DORA, "umlauf.andere"): "none", (BEN, "umlauf.andere"): "digest"})
    check("posts of the other group still come", house.post(DORA))
    same("once more: no second letter", (house.send(DORA, address)[0], house.went_out()), (250, []))

    address = way_out(digest_of(house, BEN))
    same("another's token, from a stranger", house.send(STRANGER, address)[0], 250)
    receiver, letter = only(house.went_out())
    same("he is asked", (receiver, letter["Subject"]),
         (BEN, "Bitte bestätigen: keinen Tagesüberblick mehr?"))
    house.umlauf.ctl("subscribe", BEN, "umlauf.andere", "--mode", "each")
    same("meanwhile he has changed to each; his answer", house.send(BEN, letter["Reply-To"])[0], 250)
    modes = {row["address"]: row["mode"]
             for row in house.umlauf.ctl_json("subscriptions", "--group", "umlauf.andere")}
    same("takes the digest alone: each he still gets", modes, {BEN: "each", DORA: "none"})
    house.umlauf.stop()


if __name__ == "__main__":
    story.run(at_once, asked_back, without_token, machines, vacation, digest)
