#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Answers that bring no References: the address that they go to says where they belong, whatever the
mail program does; and what the operator says about threads wins."""

import email.utils
import re

import story
from story import DOMAIN, Umlauf, check, mail, same, wait_for
from wire import Lmtp, Nntp

BAU, RAT, HEIM = (f"{name}@{DOMAIN}" for name in ("bau", "rat", "heim"))
ANNA, BEN, DORA = (f"{name}@example.de" for name in ("anna", "ben", "dora"))
TUESDAY = 1795507200  # 2026-11-24 09:00 in Berlin
DAY = 86400
QUESTION, ANSWER = "<frage@post.example>", "<antwort@post.example>"
TOKEN = r"[a-z2-7]{16,27}"


class House:
    """Two open groups and a moderated one; Ben gets each post of bau, Dora the digest."""

    def __init__(self):
        self.umlauf = Umlauf(clock=TUESDAY).init()
        self.umlauf.configure({"intake": {"maildir": str(self.umlauf.folder / "incoming")}})
        for name, address, policy in (("amt.bau", BAU, "open"), ("amt.rat", RAT, "open"),
                                      ("amt.heim", HEIM, "moderated")):
            self.umlauf.add_group(name, address, "--title", name, "--post", policy)
        self.umlauf.ctl("subscribe", BEN, "amt.bau")
        self.umlauf.ctl("subscribe", BEN, "amt.heim")
        self.umlauf.ctl("subscribe", DORA, "amt.bau", "--mode", "digest")
        self.umlauf.start()

    def send(self, to, subject, msgid, sender=BEN, **fields):
        """The answers of LMTP, one a recipient."""
        recipients = [to] if isinstance(to, str) else list(to)
        octets = mail(subject, "Hallo", sender=sender, to=", ".join(recipients), msgid=msgid,
                      date=email.utils.formatdate(TUESDAY + 3600), **fields)
        with Lmtp(self.umlauf.lmtp_port) as lmtp:
            return lmtp.deliver(sender, recipients, octets)

    def parents(self, group="amt.bau"):
        return {row["id"]: row["parent"] for row in self.umlauf.ctl_json("thread", group)}

    def reply_to(self, msgid):
        """Reply-To of the mail by which the post went to Ben."""
        def found():
            return [one for one in self.umlauf.outgoing(0) if one["Message-ID"] == msgid]
        return wait_for(found, 20)[0]["Reply-To"]


def altered(address):
    """One letter of the token changed."""
    place = address.index("+") + 5
    other = "b" if address[place] == "a" else "a"
    return address[:place] + other + address[place + 1:]


def by_mail(house):
    house.send(BAU, "Gehwege", QUESTION, sender=ANNA)
    address = house.reply_to(QUESTION)
    check("a post goes out with an answer address of its own",
          re.fullmatch(rf"bau\+{TOKEN}@{re.escape(DOMAIN)}", address), address)
    check("which a mail server takes: its local part has at most 64 octets",
          len(address.partition("@")[0]) <= 64, address)
    same("an answer there, of another subject and without References",
         house.send(address, "Was anderes", ANSWER)[0][0], 250)
    same("hangs below the post", house.parents()[ANSWER], QUESTION)
    same("in capitals, too", (house.send(address.upper(), "Laut", "<laut@post.example>")[0][0],
                              house.parents()["<laut@post.example>"]), (250, QUESTION))
    with Nntp(house.umlauf.news_port) as news:
        news.group("amt.bau")
        rows = {row["id"]: row["references"] for row in news.over()}
    same("and newsreaders see that by References", rows[ANSWER], QUESTION)
    house.send(BAU, "Was anderes", "<neu@post.example>", sender=DORA)
    same("the same to the group's address begins a thread",
         house.parents()["<neu@post.example>"], None)
    to_all = (address, house.reply_to(ANSWER))
    house.send(to_all, "An alle", "<alle@post.example>")
    same("an answer to several answers the newest", house.parents()["<alle@post.example>"], ANSWER)
    house.send(address, "Zitat", "<zitat@post.example>", In_Reply_To=ANSWER)
    same("In-Reply-To is nearer than the address", house.parents()["<zitat@post.example>"], ANSWER)
    return address


def refused(house, address):
    name = address.partition("+")[0]
    for what, wrong in (("an altered token", altered(address)),
                        ("one for another group", address.replace(name, "rat")),
                        ("one that is none", f"bau+x@{DOMAIN}"),
                        ("an empty one", f"bau+@{DOMAIN}"),
                        ("a longer one", address.replace("@", "a@"))):
        code, text = house.send(wrong, "Betreff", "<nie@post.example>")[0]
        same(f"{what} is refused at RCPT", code, 550)
        check("the reply names the group's own address",
              text.startswith("5.1.1 ") and f"{wrong.partition('+')[0]}@{DOMAIN}" in text, text)
    check("nothing of it is stored", "<nie@post.example>" not in house.parents())


def through_digest(house):
    house.umlauf.set_time(TUESDAY + DAY)
    text = house.umlauf.ctl("digest", "preview", DORA)
    addresses = re.findall(rf"^ *Antworten: (bau\+{TOKEN}@\S+)$", text, re.M)
    posts = len(house.parents())
    same("each entry of the digest has an address of its own", len(set(addresses)), posts)
    check("the same as by mail", house.reply_to(QUESTION) in addresses, text)
    house.send(addresses[-1], "Tagesüberblick", "<digest@post.example>", sender=DORA)
    check("an answer to one hangs below its post", house.parents()["<digest@post.example>"],
          house.parents())


def other_doors(house):
    house.send(HEIM, "Heizung", "<heizung@post.example>", sender=ANNA)
    held = house.umlauf.ctl_json("held", "list")[0]["id"]
    house.umlauf.ctl("held", "approve", held)
    address = house.reply_to("<heizung@post.example>")
    house.send(address, "Nun ja", "<naja@post.example>", sender=ANNA)
    house.umlauf.ctl("held", "approve", house.umlauf.ctl_json("held", "list")[0]["id"])
    same("an answer that was held remembers where it belongs",
         house.parents("amt.heim")["<naja@post.example>"], "<heizung@post.example>")
    path = house.umlauf.folder / "incoming/new/1.datei"
    path.write_bytes(mail("Per Datei", "Hallo", sender=BEN, to=house.reply_to(QUESTION),
                          msgid="<datei@post.example>"))
    wait_for(lambda: "<datei@post.example>" in house.parents(), 20)
    same("a watched Maildir knows the address, too",
         house.parents().get("<datei@post.example>"), QUESTION)


def rulings(house):
    umlauf = house.umlauf
    umlauf.ctl("thread", "split", ANSWER)
    same("split: a thread of its own", house.parents()[ANSWER], None)
    same("with what hangs below it", house.parents()["<alle@post.example>"], ANSWER)
    with Nntp(umlauf.news_port) as news:
        news.group("amt.bau")
        same("newsreaders see it",
             [row["references"] for row in news.over() if row["id"] == ANSWER], [""])
    umlauf.ctl("thread", "join", ANSWER, "<neu@post.example>")
    same("join: below the one that was said", house.parents()[ANSWER], "<neu@post.example>")
    done = umlauf.ctl_result("thread", "join", "<neu@post.example>", "<alle@post.example>")
    check("never in a circle", done.returncode == 1 and "hangs below" in done.stderr, done)
    told = umlauf.ctl("thread", "move", "<neu@post.example>", "amt.rat")
    check("move says how many", re.match(r"4 ", told), told)
    check("they have gone", "<neu@post.example>" not in house.parents(), house.parents())
    same("and stand there as they hung",
         (house.parents("amt.rat")["<neu@post.example>"], house.parents("amt.rat")[ANSWER]),
         (None, "<neu@post.example>"))
    with Nntp(umlauf.news_port) as news:
        same("with numbers of their own", news.group("amt.rat"), (211, 4, 1, 4))
        code, count, low, high = news.group("amt.bau")
        same("the old group agrees with its lists",
             (code, count), (211, len([row for row in news.over() if low <= int(row["number"]) <= high])))
    done = umlauf.ctl_result("verify")
    check("the store is in order", done.returncode == 0, done.stdout + done.stderr)


def main():
    house = House()
    address = by_mail(house)
    refused(house, address)
    through_digest(house)
    other_doors(house)
    rulings(house)


if __name__ == "__main__":
    story.run(main)
