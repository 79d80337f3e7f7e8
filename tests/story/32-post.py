#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Posting by news: the answers, what is added, crossposts, intake's death, and real newsreaders."""

import datetime
import email
import email.policy
import email.utils
import os
import random
import re
import shutil
import signal
import threading
import time

import story
from peers import Screen
from story import DOMAIN, Umlauf, check, same, skip, wait_for
from tracing import Strace, read_trace
from wire import Nntp, deliver, reply, stuffed

ANNA = "Anna Muster <anna@example.de>"
DATE = "Date: Mon, 23 Nov 2026 08:00:00 +0100"
LIMIT = 100 * 1024


def article(*lines, body=b"Text\r\n"):
    """An article of header lines (text or octets) and a body."""
    head = [line.encode("utf-8") if isinstance(line, str) else line for line in lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def usual(name, *more, groups="p.eins", but=()):
    """The lines of an ordinary article, less those whose name stands in but."""
    lines = [f"From: {ANNA}", f"Newsgroups: {groups}", f"Subject: Beitrag {name}", DATE,
             f"Message-ID: <{name}@post.example>"]
    return [line for line in lines if line.partition(":")[0] not in but] + list(more)


class Hall:
    """One instance for most parts; each group has one member who gets each post."""

    def __init__(self):
        self.umlauf = Umlauf({"intake": {"max-message-size": str(LIMIT)}}).init()
        for name, post in (("eins", "open"), ("zwei", "open"), ("drei", "open"),
                           ("streng", "moderated"), ("innen", "members"), ("zu", "closed")):
            self.umlauf.add_group(f"p.{name}", f"{name}@{DOMAIN}", "--post", post,
                                  "--addresses", "shown")
        self.umlauf.start()

    def news(self):
        return Nntp(self.umlauf.news_port)

    def intake(self):
        return int(self.umlauf.roles("intake")[0]["pid"])


_hall = []


def hall():
    if not _hall:
        _hall.append(Hall())
    return _hall[0]


def shown(news, msgid):
    """The article of that id, parsed by Python's email; None: there is none."""
    code, _, lines = news.ask_long(f"ARTICLE {msgid}")
    if code != 220:
        return None
    return email.message_from_bytes(b"".join(line + b"\r\n" for line in lines),
                                    policy=email.policy.default)


def stands(news, msgid):
    return news.ask(f"STAT {msgid}")[0] == 223


def begin(news):
    """POST as far as the 340; the id that it recommends."""
    code, text = news.ask("POST")
    if code != 340:
        raise RuntimeError(f"POST: {code} {text}")
    return re.search(r"<[^<>]+>", text).group()


# -- who may post --


def allowed():
    here = hall()
    with here.news() as news:
        same("the greeting says that posting is allowed", news.welcome[0], 200)
        check("CAPABILITIES names it", b"POST" in news.ask_long("CAPABILITIES")[2])
        same("MODE READER, too", news.ask("MODE READER")[0], 200)
        same("RFC 3977 6.3.1: POST takes no argument", news.ask("POST now")[0], 501)
        flags = dict(line.split()[::3] for line in news.ask_long("LIST ACTIVE p.*")[2])
        same("LIST ACTIVE says where", {name: flags[name] for name in (b"p.eins", b"p.streng", b"p.zu")},
             {b"p.eins": b"y", b"p.streng": b"m", b"p.zu": b"n"})
    umlauf = Umlauf({"news": {"require-login": "post"}}).init()
    umlauf.add_group("p.eins", f"eins@{DOMAIN}")
    umlauf.start()
    with Nntp(umlauf.news_port) as news:
        same("where posting needs a login the greeting says no", news.welcome[0], 201)
        check("and CAPABILITIES", b"POST" not in news.ask_long("CAPABILITIES")[2])
        code, text = news.post(article(*usual("nein")))
        check("POST gets 440 and what to do instead", code == 440 and "mail" in text, text)
        same("the session goes on", news.ask("DATE")[0], 111)
        same("nothing was stored", stands(news, "<nein@post.example>"), False)
    umlauf.stop()


# -- what is recommended, added, left alone --


def recommended():
    """As tin does it."""
    with hall().news() as news:
        first = begin(news)
        check("340 recommends an id in our domain", first.endswith(f"@{DOMAIN}>"), first)
        with hall().news() as other:
            second = begin(other)
            check("another session gets another one", second != first, (first, second))
            other.send(b".\r\n")
            same("an empty article", reply(other.line())[0], 441)
        lines = usual("tin", but=("Message-ID",))
        news.send(stuffed(article(*lines, f"Message-ID: {first}")))
        code, text = reply(news.line())
        check("240 and the id", code == 240 and first in text, text)
        found = shown(news, first)
        same("the article has it", found and found["Message-ID"], first)
        same("once", len(found.get_all("Message-ID")), 1)
        check("the next POST recommends another", begin(news) != first)
        news.send(stuffed(article(*lines, f"Message-ID: {first}", body=b"Anderer Text\r\n")))
        same("which is no right to a known one", reply(news.line())[0], 441)


def without_id_and_date():
    """As slrn does it."""
    with hall().news() as news:
        before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        code, text = news.post(article(*usual("slrn", but=("Message-ID", "Date"))))
        found = re.search(r"<[^<>]+>", text)
        if not check("without Message-ID and Date: 240 and the id", code == 240 and found, text):
            return
        news.group("p.eins")
        row = news.over()[-1]
        same("OVER has this id", row["id"], found.group())
        check("of our domain", row["id"].endswith(f"@{DOMAIN}>"), row)
        now = datetime.datetime.now(datetime.timezone.utc)
        for name, value in (("OVER", row["date"]),
                            ("ARTICLE", shown(news, row["id"])["Date"]),
                            ("Injection-Date", shown(news, row["id"])["Injection-Date"])):
            date = email.utils.parsedate_to_datetime(value)
            check(f"{name} has the time of arrival", before <= date <= now, (value, before, now))


def injected():
    with hall().news() as news:
        code, text = news.post(article(*usual(
            "spur", "Path: not-for-mail", "Followup-To: p.zwei", "Organization: Stadt Lahnberg",
            "User-Agent: slrn/1.0.3 (Linux)", "X-Irgendwas: bleibt", "Lines: 7",
            "Distribution: de", "NNTP-Posting-Host: 192.0.2.7", "Bcc: geheim@example.de")))
        same("an article with all that newsreaders write", code, 240)
        found = shown(news, "<spur@post.example>")
        for name in ("Path", "Newsgroups", "Injection-Info", "Injection-Date", "Xref", "From",
                     "Message-ID", "Date", "Subject"):
            same(f"{name} stands once", len(found.get_all(name, [])), 1)
        same("RFC 5537 3.2.1: Path", found["Path"], f"{DOMAIN}!.POSTED!not-for-mail")
        same("RFC 5536 3.2.8: Injection-Info", found["Injection-Info"], DOMAIN)
        same("RFC 5537 3.5: the poster's Date is left alone", f"Date: {found['Date']}", DATE)
        same("Xref", found["Xref"].split()[0], DOMAIN)
        same("Organization, User-Agent, X-… stay",
             [found[name] for name in ("Organization", "User-Agent", "X-Irgendwas")],
             ["Stadt Lahnberg", "slrn/1.0.3 (Linux)", "bleibt"])
        same("Bcc, the poster's host and the like do not",
             [name for name in ("Bcc", "NNTP-Posting-Host", "Lines", "Distribution", "Received")
              if found[name]], [])


def crossposted():
    here = hall()
    here.umlauf.ctl("subscribe", "beide@example.de", "p.eins")
    here.umlauf.ctl("subscribe", "beide@example.de", "p.drei")
    with here.news() as news:
        counts = {name: news.group(name)[1] for name in ("p.eins", "p.drei")}
        code, text = news.post(article(*usual(
            "quer", groups="p.eins, p.drei,p.eins,p.gibtsnicht,, p.drei")))
        same("a crosspost, with an unknown group beside (RFC 5537 3.5)", code, 240)
        rows = {}
        for name in counts:
            same(f"{name} has one article more", news.group(name)[1], counts[name] + 1)
            rows[name] = news.over(str(news.group(name)[3]))[0]
        same("it is one article", {row["id"] for row in rows.values()}, {"<quer@post.example>"})
        wanted = {f"{name}:{row['number']}" for name, row in rows.items()}
        for name, row in rows.items():
            same(f"OVER of {name} has both in Xref", set(row["xref"].split()[2:]), wanted)
        found = shown(news, "<quer@post.example>")
        same("ARTICLE has the same Xref", set(found["Xref"].split()[1:]), wanted)
        same("and Newsgroups without the unknown one", sorted(found["Newsgroups"].split(",")),
             ["p.drei", "p.eins"])
        code, text = news.post(article(*usual("fremd", groups="p.gibtsnicht,p.auchnicht")))
        check("unknown groups alone: 441", code == 441 and "newsgroup" in text, text)
    mails = [mail for mail in here.umlauf.outgoing(1) if mail["Message-ID"] == "<quer@post.example>"]
    same("who is a member of both gets one mail", len(mails), 1)
    here.umlauf.ctl("unsubscribe", "beide@example.de", "p.eins")
    here.umlauf.ctl("unsubscribe", "beide@example.de", "p.drei")


# -- held, refused --


def held():
    here = hall()
    with here.news() as news:
        for name, groups in (("h1", "p.streng"), ("h2", "p.innen"), ("h3", "p.zwei,p.streng")):
            code, text = news.post(article(*usual(name, groups=groups)))
            check(f"{groups}: 240 says that it is held", code == 240 and "held" in text, text)
            same("it is in no group", stands(news, f"<{name}@post.example>"), False)
        waiting = {entry["subject"]: entry["id"] for entry in here.umlauf.ctl_json("held", "list")}
        same("the moderators have them", sorted(waiting), ["Beitrag h1", "Beitrag h2", "Beitrag h3"])
        code, text = news.post(article(*usual("h1", groups="p.streng")))
        same("once more: 240", code, 240)
        same("but they wait once", len(here.umlauf.ctl_json("held", "list")), 3)
        here.umlauf.ctl("held", "approve", waiting["Beitrag h3"])
        check("approved: in both groups", wait_for(lambda: stands(news, "<h3@post.example>")))
        same("that it was for", sorted(shown(news, "<h3@post.example>")["Newsgroups"].split(",")),
             ["p.streng", "p.zwei"])
        here.umlauf.ctl("held", "reject", waiting["Beitrag h1"])
        same("rejected: not there", stands(news, "<h1@post.example>"), False)
        code, text = news.post(article(*usual("zu", groups="p.zu")))
        same("a closed group: 441", code, 441)
        code, text = news.post(article(*usual("zu2", groups="p.eins,p.zu")))
        same("also beside an open one", (code, stands(news, "<zu2@post.example>")), (441, False))


def refused():
    cases = (
        ("no From", usual("r1", but=("From",)), "From"),
        ("an empty From", usual("r2", "From: ", but=("From",)), "From"),
        ("no address in From", usual("r3", "From: Anna", but=("From",)), "From"),
        ("no Newsgroups", usual("r4", but=("Newsgroups",)), "Newsgroups"),
        ("no Subject", usual("r5", but=("Subject",)), "Subject"),
        ("two Subjects", usual("r6", "Subject: noch einer"), "Subject"),
        ("two From", usual("r7", "From: ben@example.de"), "From"),
        ("two Message-IDs", usual("r8", "Message-ID: <x@post.example>"), "Message-ID"),
        ("a Message-ID without brackets", usual("", "Message-ID: r9@post.example",
                                                but=("Message-ID",)), "Message-ID"),
        ("two ids in one", usual("", "Message-ID: <a@b.example> <c@d.example>",
                                 but=("Message-ID",)), "Message-ID"),
        ("a line without a blank behind the colon", usual("r10", "Organization:Stadt"),
         "Organization"),
        ("a line without a colon", usual("r11", "Das ist keine Kopfzeile"), "line"),
        ("a line that begins with a blank before all", [" x", *usual("r12")], "line"),
        ("a Date that is none", usual("r13", "Date: gestern", but=("Date",)), "Date"),
        ("a Date in years", usual("r14", "Date: Mon, 23 Nov 2099 08:00:00 +0100", but=("Date",)),
         "Date"),
        ("Injection-Info", usual("r15", "Injection-Info: anderswo.example"), "Injection-Info"),
        ("Injection-Date", usual("r16", f"Injection-{DATE}"), "Injection-Date"),
        ("Xref", usual("r17", f"Xref: {DOMAIN} p.eins:1"), "Xref"),
        ("a Path that says POSTED", usual("r18", "Path: a.example!.POSTED!b"), "Path"),
        ("a control message", usual("r19", "Control: cancel <spur@post.example>"), "Control"),
        ("Supersedes", usual("r20", "Supersedes: <spur@post.example>"), "Supersedes"),
    )
    with hall().news() as news:
        count = news.group("p.eins")[1]
        for name, lines, word in cases:
            code, text = news.post(article(*lines))
            check(f"{name}: 441 and the reason", code == 441 and word in text, f"{code} {text}")
        for name, octets in (
                ("a NUL in the body", article(*usual("n1"), body=b"Text\0Text\r\n")),
                ("a NUL in the subject", article(*usual("n2", "Subject: a\0b", but=("Subject",)))),
                ("a NUL in a name", article(*usual("n3", "X-A\0B: c")))):
            same(f"{name}: 441", news.post(octets)[0], 441)
        same("an article without a head: 441", news.post(b"Nur Text\r\n")[0], 441)
        bare = b"\r\n".join(line.encode() for line in usual("ohne")) + b"\r\n"
        same("a head alone, without the empty line: 240", news.post(bare)[0], 240)
        same("and an empty body", news.ask_long("BODY <ohne@post.example>")[2], [])
        same("nothing of it is there", [row["id"] for row in news.over(f"{count + 1}-")
                                        if row["id"] != "<ohne@post.example>"], [])
        same("the session lives", news.ask("DATE")[0], 111)


def too_large():
    with hall().news() as news:
        line = b"Eine Zeile von vierzig Zeichen, genau so.\r\n"
        size = len(article(*usual("gr1"), body=b""))
        fits = line * ((LIMIT - size) // len(line))
        same("an article of the largest size: 240", news.post(article(*usual("gr1"), body=fits))[0],
             240)
        code, text = news.post(article(*usual("gr2"), body=fits + line))
        check("of one line more: 441 and why", code == 441 and "large" in text, text)
        code, text = news.post(article(*usual("gr3"), body=line * 100000))
        check("of 4 MB: 441, read to its end", code == 441 and "large" in text, text)
        code, text = news.post(article(*usual("gr4"), body=b"x" * (3 * LIMIT) + b"\r\n"))
        same("of one endless line: 441", code, 441)
        same("dots do not count", news.post(article(*usual("gr5"), body=b".\r\n" * 20000))[0], 240)
        same("the session lives", (news.ask("DATE")[0], stands(news, "<gr2@post.example>")),
             (111, False))


def twice():
    with hall().news() as news:
        octets = article(*usual("zweimal"))
        count = news.group("p.eins")[1]
        first = news.post(octets)
        second = news.post(octets)
        same("the same article twice: a yes each time", (first[0], second[0]), (240, 240))
        check("the second says that it was there already", "already" in second[1], second)
        same("it stands once", news.group("p.eins")[1], count + 1)
        code, text = news.post(article(*usual("zweimal"), body=b"Ein anderer Text\r\n"))
        check("another article of the same id: 441", code == 441 and "Message-ID" in text, text)
        bare = article(*usual("ohneid", but=("Message-ID", "Date")), body=b"Doppelt geklickt\r\n")
        ids = {re.search(r"<[^<>]+>", news.post(bare)[1]).group() for _ in range(2)}
        same("the same without an id, twice: one id, one article",
             (len(ids), news.group("p.eins")[1]), (1, count + 2))


# -- on the wire --


def pipelined():
    octets = stuffed(article(*usual("kette"), body=b".Punkt\r\n..\r\n.\r\nEnde\r\n"))
    for name, split in (("in one packet", None), ("octet by octet", 1)):
        msgid = f"<kette{split}@post.example>"
        block = octets.replace(b"<kette@", f"<kette{split}@".encode())
        behind = b"DATE\r\nGROUP p.eins\r\nSTAT " + msgid.encode() + b"\r\nPOST\r\n"
        with hall().news() as news:
            begin(news)
            whole = block + behind
            for at in range(0, len(whole), split or len(whole)):
                news.send(whole[at:at + (split or len(whole))])
            codes = [reply(news.line())[0] for _ in range(5)]
            same(f"commands behind the dot, {name}: answered in their order", codes,
                 [240, 111, 211, 223, 340])
            news.send(b".\r\n")
            news.line()
            same("and the dots are the article's own", news.ask_long(f"BODY {msgid}")[2],
                 [b".Punkt", b"..", b".", b"Ende"])
    with hall().news() as news:
        begin(news)
        news.send(b"".join(line.encode() + b"\n" for line in usual("lf")) + b"\nText\n.\nQUIT\n")
        news.send(b"\r\n.\r\n")
        code, text = reply(news.line())
        same("a block that ends in LF.LF does not end there", news.ask("DATE")[0], 111)
        check("what stood behind is text of it, or it is refused",
              code == 441 or b"QUIT" in news.ask_long("BODY <lf@post.example>")[2], (code, text))


def closed():
    here = hall()
    with here.news() as news:
        begin(news)
        news.send(stuffed(article(*usual("weg1"))).removesuffix(b".\r\n"))
    with here.news() as news:
        begin(news)
        news.send(stuffed(article(*usual("weg2"))))
    with here.news() as news:
        check("who closes behind the dot has posted",
              wait_for(lambda: stands(news, "<weg2@post.example>")), here.umlauf.log)
        same("who closes before it has not", stands(news, "<weg1@post.example>"), False)
        begin(news)
        news.send(stuffed(article(*usual("weg3"))) + b"QUIT\r\n")
        same("QUIT behind the dot: 240, then 205",
             (reply(news.line())[0], reply(news.line())[0], news.is_over()), (240, 205, True))


def many_at_once():
    here = hall()
    with here.news() as news:
        count = news.group("p.eins")[1]
    sessions = [here.news() for _ in range(40)]
    for number, session in enumerate(sessions):
        begin(session)
        session.send(stuffed(article(*usual(f"viele{number}"), body=b"Zeile\r\n" * 1000)))
    codes = [reply(session.line())[0] for session in sessions]
    for session in sessions:
        session.close()
    same("40 sessions post at once", codes, [240] * 40)
    with here.news() as news:
        same("each stands once", news.group("p.eins")[1], count + 40)


# -- a yes is true --


def synced_before():
    if not Strace.is_possible():
        skip("a post is synced before its yes", "there is no strace")
        return
    here = hall()
    strace = Strace(here.intake(), here.umlauf.folder)
    if not strace.is_attached():
        skip("a post is synced before its yes", f"strace may not attach: {strace.said.strip()}")
        return
    with here.news() as news:
        codes = [news.post(article(*usual(f"sync{number}")))[0] for number in range(10)]
    strace.stop()
    same("ten posts", codes, [240] * 10)
    # News says 240 when it has this line of intake, and not before.
    told, _ = read_trace(strace.lines(), re.compile(r"250 2\.0\.0 <sync(\d+)@post\.example>"))
    same("strace has seen intake's yes to each", [int(number) for number, _ in told],
         list(range(10)))
    wrong = [line for _, line in told if line]
    check("each comes behind the sync of the last write to the write-ahead file", not wrong,
          "\n".join(wrong[:5]))


def new_intake(umlauf, old):
    """Wait for the process that takes the place of `old`."""
    def there():
        role = umlauf.roles("intake")[0]
        return role["pid"] not in (str(old), "0") and role["state"] == "running"

    if not wait_for(there, 20):
        raise RuntimeError(f"no new intake: {umlauf.roles('intake')}\n{umlauf.log()[-2000:]}")


def stop(pid):
    """SIGSTOP, and wait until it stands still."""
    os.kill(pid, signal.SIGSTOP)

    def stands_still():
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] in "Tt"

    if not wait_for(stands_still):
        raise RuntimeError(f"{pid} does not stop")


def stopped_and_killed(umlauf, news, name):
    """The answer to a post that the stopped intake could not read before its SIGKILL."""
    begin(news)
    old = int(umlauf.roles("intake")[0]["pid"])
    stop(old)
    news.send(stuffed(article(*usual(name))))
    # There is one worker: what this session is told comes behind the dot of the other.
    with Nntp(umlauf.news_port) as other:
        same("intake stands still; others are served", other.group("p.eins")[0], 211)
    os.kill(old, signal.SIGKILL)
    answer = reply(news.line())
    new_intake(umlauf, old)
    return answer


def intake_dies():
    umlauf = Umlauf({"news": {"workers": 1}}).init()
    umlauf.add_group("p.eins", f"eins@{DOMAIN}")
    umlauf.start()
    with Nntp(umlauf.news_port) as news:
        # From now on the worker has a connection to intake, which dies with it.
        news.post(article(*usual("davor")))
        code, text = stopped_and_killed(umlauf, news, "tod1")
        check("intake dies between 340 and the answer: 441, later once more",
              code == 441 and "later" in text, f"{code} {text}")
        same("nothing of it is stored", stands(news, "<tod1@post.example>"), False)
        # Now it has none: the next intake finds the new one waiting.
        code, text = stopped_and_killed(umlauf, news, "tod2")
        check("it dies before it has taken the connection: the next one does",
              (code, stands(news, "<tod2@post.example>")) == (240, True), f"{code} {text}")
        for name in ("tod1", "tod2"):
            same("the same session posts it again: 240", news.post(article(*usual(name)))[0], 240)
        news.group("p.eins")
        ids = [row["id"] for row in news.over()]
        same("each stands once", [ids.count(f"<tod{number}@post.example>") for number in (1, 2)],
             [1, 1])
    umlauf.stop()


class Poster(threading.Thread):
    """Posts one after the other; what gets no 240 is posted again."""

    def __init__(self, name, umlauf):
        super().__init__(daemon=True)
        self.name = name
        self.news = Nntp(umlauf.news_port, 30)
        self.yes = []
        self.again = 0
        self.other = []
        self.over = threading.Event()

    def run(self):
        number = 0
        while not self.over.is_set():
            number += 1
            code = 441
            while code == 441:
                code, text = self.news.post(article(
                    *usual(f"{self.name}.{number}"), body=b"Zeile\r\n" * 200))
                self.again += code == 441
            if code == 240:
                self.yes.append(f"<{self.name}.{number}@post.example>")
            else:
                self.other.append((number, code, text))


def killed_again_and_again():
    here = hall()
    dice = random.Random(20261124)
    posters = [Poster(f"serie{number}", here.umlauf) for number in range(3)]
    for poster in posters:
        poster.start()
    for _ in range(6):
        before = sum(len(poster.yes) for poster in posters)
        if not wait_for(lambda: sum(len(poster.yes) for poster in posters) > before + 20, 30):
            break
        time.sleep(dice.uniform(0, 0.1))  # the random moment
        old = here.intake()
        os.kill(old, signal.SIGKILL)
        new_intake(here.umlauf, old)
    for poster in posters:
        poster.over.set()
    for poster in posters:
        poster.join(30)
    check("the posters have come to an end", not any(poster.is_alive() for poster in posters))
    same("no answer but 240 and 441", [entry for poster in posters for entry in poster.other], [])
    wanted = [msgid for poster in posters for msgid in poster.yes]
    with here.news() as news:
        news.group("p.eins")
        found = [row["id"] for row in news.over() if row["id"].startswith("<serie")]
    again = sum(poster.again for poster in posters)
    same(f"6 kills of intake, {len(wanted)} posts with a yes, {again} with a no: 0 lost",
         sorted(set(wanted) - set(found)), [])
    same("and 0 twice", len(found) - len(set(found)), 0)
    done = here.umlauf.ctl_result("verify")
    check("umlauf verify finds nothing", done.returncode == 0, done.stdout + done.stderr)


# -- real newsreaders --

ROOT = "<wurzel@muenster.example>"
TEXT = "Überall schöne Straßen, „fast“ für 5 €."
SUBJECT = "Re: Grüße aus Münster: Straßenreinigung größer geplant"
# As a mail program of an office would send it.
QUESTION = article(
    "From: =?iso-8859-1?Q?J=F6rg_M=FCller?= <j.mueller@muenster.example>",
    f"To: Leser <leser@{DOMAIN}>", DATE, f"Message-ID: {ROOT}", "MIME-Version: 1.0",
    "Subject: =?iso-8859-1?Q?Gr=FC=DFe_aus_M=FCnster=3A_Stra=DFenreinigung_gr=F6=DFer?="
    " =?iso-8859-1?Q?_geplant?=",
    "Content-Type: text/plain; charset=iso-8859-1",
    "Content-Transfer-Encoding: quoted-printable",
    body="Schöne Grüße aus Münster,\r\nwer kehrt Gehwege?\r\n".encode("latin-1").replace(
        b"\xf6", b"=F6").replace(b"\xfc", b"=FC").replace(b"\xdf", b"=DF"))


class Reader:
    """A newsreader before a group with one article and one member who gets each post."""

    def __init__(self):
        self.umlauf = Umlauf().init()
        self.umlauf.add_group("p.leser", f"leser@{DOMAIN}", "--title", "Straßen & Plätze",
                              "--addresses", "shown")
        self.umlauf.ctl("subscribe", "mitglied@example.de", "p.leser")
        self.umlauf.start()
        deliver(self.umlauf.lmtp_port, QUESTION, f"leser@{DOMAIN}")
        self.home = story.folder("reader")
        (self.home / "newsrc").write_text("p.leser:\n", encoding="ascii")
        # An author at an editor: a line more.
        self.editor = self.home / "editor"
        self.editor.write_text(f'#!/bin/sh\nfor last; do :; done\necho \'{TEXT}\' >> "$last"\n',
                               encoding="utf-8")
        self.editor.chmod(0o755)

    def end(self):
        self.umlauf.stop()
        check("the courier's workers ended by themselves", "event=worker-killed" not in
              self.umlauf.log(), self.umlauf.log)

    def judge(self, program, agent):
        """What has become of the followup."""
        def row():
            with Nntp(self.umlauf.news_port) as news:
                news.group("p.leser")
                rows = news.over()
            return rows[1] if len(rows) == 2 else None

        row = wait_for(row)
        if not check(f"{program}'s followup is in the group", row, self.umlauf.log):
            return
        same("OVER: a followup to it", row["references"], ROOT)
        same("OVER: its subject",
             email.policy.default.header_factory("Subject", row["subject"]), SUBJECT)
        same("OVER: its author", email.policy.default.header_factory("From", row["from"]),
             "Leser Größe <leser@example.de>")
        tree = self.umlauf.ctl_json("thread", ROOT)
        same("the tree has it below", [(node["id"], node["parent"]) for node in tree],
             [(ROOT, None), (row["id"], ROOT)])
        mails = self.umlauf.outgoing(2)
        if not same("the member gets both", [mail["Message-ID"] for mail in mails],
                    [ROOT, row["id"]]):
            return
        self.judge_mail(mails[1], agent)

    def judge_mail(self, mail, agent):
        address = f"leser@{DOMAIN}"
        body = mail.get_content()
        check("with umlauts in what is quoted and what is new",
              "> Schöne Grüße aus Münster," in body and TEXT in body, body)
        wanted = {
            "X-Envelope-To": "<mitglied@example.de>", "From": "Leser Größe <leser@example.de>",
            "Subject": SUBJECT, "References": ROOT, "To": address,
            "List-Id": f"Straßen & Plätze <leser.{DOMAIN}>", "List-Post": f"<mailto:{address}>",
            "Precedence": "list"}
        same("the fields that it has to have, once each",
             {name: mail.get_all(name) for name in wanted},
             {name: [value] for name, value in wanted.items()})
        check("Reply-To: the answer address of the post", re.fullmatch(
            rf"leser\+[a-z2-7]+@{re.escape(DOMAIN)}", mail["Reply-To"]), mail)
        check("List-Unsubscribe: an address of the receiver's own", re.fullmatch(
            rf"<mailto:leser-ab\+[a-z2-7]+@{re.escape(DOMAIN)}>", mail["List-Unsubscribe"]), mail)
        check("an envelope sender of the delivery's own", re.fullmatch(
            rf"<bounce\+[a-z2-7]+@{re.escape(DOMAIN)}>", mail["X-Envelope-From"]), mail)
        names = {name.lower() for name in mail.keys()}
        same("no field of news", [name for name in names if name.startswith(
            ("path", "newsgroups", "xref", "injection-", "followup-to", "nntp-", "lines"))], [])
        same("no X-… of ours", [name for name in names if name.startswith("x-") and
                                not name.startswith("x-envelope-")], [])
        check("the newsreader's own words stay", mail["User-Agent"].startswith(agent), mail)


def is_installed(program):
    if shutil.which(program) and shutil.which("tmux"):
        return True
    skip(f"{program} posts", f"{program} or tmux is not installed")
    return False


def slrn():
    if not is_installed("slrn"):
        return
    reader = Reader()
    rc = reader.home / "slrnrc"
    rc.write_text(
        'charset config utf-8\ncharset display utf8\ncharset outgoing utf-8\n'
        'set hostname "example.de"\nset username "leser"\nset realname "Leser Größe"\n'
        f'set beep 0\nset editor_command "{reader.editor} %s"\n', encoding="utf-8")
    screen = Screen(f"slrn -n -i {rc} -h 127.0.0.1 -p {reader.umlauf.news_port} "
                    f"-f {reader.home / 'newsrc'}")
    for awaited, keys in ((r"1 +p\.leser", ("Enter",)), (r"Group: p\.leser", ("Enter",)),
                          (r"wer kehrt Gehwege\?", ("f",)), (r"want to followup\?", ("y",)),
                          (r"Post the message\?", ("y",))):
        shown = screen.wait(awaited)
        check(f"slrn shows {awaited}", re.search(awaited, shown), shown)
        screen.send(*keys)
    shown = screen.wait(r"done\.")
    check("slrn says that it is done", re.search(r"Posting\.\.\.done\.", shown), shown)
    reader.judge("slrn", "slrn/")
    screen.close()
    reader.end()


def tin():
    if not is_installed("tin"):
        return
    reader = Reader()
    (reader.home / ".tin").mkdir()
    (reader.home / ".tin/tinrc").write_text(
        "mail_address=Leser Größe <leser@example.de>\nmm_network_charset=UTF-8\n"
        "post_mime_encoding=8bit\nsigfile=--none\n", encoding="utf-8")
    screen = Screen(
        f"tin -r -g 127.0.0.1 -p {reader.umlauf.news_port} -f {reader.home / 'newsrc'}",
        env={"TIN_HOMEDIR": str(reader.home), "EDITOR": str(reader.editor),
             "VISUAL": str(reader.editor)})
    for awaited, keys in ((r"1 +p\.leser", ("Enter",)), (r"p\.leser \(1B", ("Enter",)),
                          (r"wer kehrt Gehwege\?", ("f",)), (r"p=post", ("p",))):
        shown = screen.wait(awaited)
        check(f"tin shows {awaited}", re.search(awaited, shown), shown)
        screen.send(*keys)
    reader.judge("tin", "tin/")
    screen.close()
    reader.end()


if __name__ == "__main__":
    story.run(allowed, recommended, without_id_and_date, injected, crossposted, held, refused,
              too_large, twice, pipelined, closed, many_at_once, synced_before, intake_dies,
              killed_again_and_again, slrn, tin)
