#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Make a deterministic synthetic mail/news corpus.

    gen_corpus.py -n 100000 -s 1 --mbox out.mbox
    gen_corpus.py -n 100000 -s 1 --maildir out/      (out/cur/...)
    gen_corpus.py -n 100000 -s 1 --files out/        (out/00/000001.eml)

The same -n and -s give the same bytes.  Line ends are LF unless --crlf.
Messages come in date order; each is in one or two of the groups, and a reply
names its parents in References and In-Reply-To (one in 40 drops a reference,
one in 60 has In-Reply-To only, as real mailers do).
"""
import argparse
import base64
import email.utils
import hashlib
import os
import quopri
import random

GROUPS = ("umlauf.test", "umlauf.allgemein", "umlauf.entwicklung", "umlauf.ankuendigungen",
          "de.lokal.garten", "de.lokal.fahrrad", "de.comp.musik", "de.rec.wandern")
WEIGHTS = (30, 22, 16, 3, 10, 9, 6, 4)
GIVEN = ("Jürgen Käthe Björn Anneliese Günther Uwe Sabine Jörg Renate Wolfgang Heike Søren Zoë "
         "Łukasz Marie Özlem Matthias Petra Klaus Ulrike René Nadja Thomas Birgit Dieter").split()
FAMILY = ("Müller Schröder Weiß Groß Böhm Köhler Krüger Jäger Schäfer Vogel Huber Maier Lehmann "
          "Nowak García Sørensen Yılmaz Fuchs König Franke Löffler Brandt Ziegler Otto Strauß").split()
WORDS = ("der die das und nicht ist ein eine für über größer wäre können müssen natürlich Lösung "
         "Änderung Übung Straße Maß Fuß schön früh später zurück Gerät Verstärker Prüfung Gruppe "
         "Nachricht Antwort Frage Faden Verteiler Umlauf Rundbrief Zeitung Server Rechner Platte "
         "Leitung Netz Hafen Brücke Garten Apfel Birne Kürbis Möhre Rad Kette Bremse Schlauch "
         "Berg Tal Hütte Weg Karte Wetter Regen Sonne heute gestern morgen immer selten manchmal "
         "ich du er sie wir ihr man wenn aber oder weil dass auch noch schon sehr viel wenig mehr "
         "gut besser am besten leider vielleicht wahrscheinlich jedenfalls außerdem trotzdem "
         "deshalb bitte danke gern Beispiel Versuch Fehler Ursache Wirkung Vorschlag Meinung "
         "Termin Treffen Verein Beitrag Kasse Protokoll Anlage Bild Text Zeile Absatz Kapitel").split()
AGENTS = ("Mozilla Thunderbird 115.3", "Pan/0.154", "slrn/1.0.3", "Gnus/5.13", "Mutt/2.2.9",
          "tin/2.6.2", "KMail/5.22", "Evolution 3.46", "Claws Mail 4.1.1")
EMOJI = "😀🎉🚲🌻"
BASE = 1577836800          # 2020-01-01 UTC
MAXREFS = 21


def enc_word(text, charset, how):
    """RFC 2047 encoded words, none longer than 75 characters."""
    if text.isascii():
        return text
    out, cur = [], ""

    def word(part):
        raw = part.encode(charset)
        if how == "b":
            return "=?%s?B?%s?=" % (charset, base64.b64encode(raw).decode())
        body = "".join(chr(c) if chr(c).isalnum() and c < 128 else "_" if c == 32 else "=%02X" % c
                       for c in raw)
        return "=?%s?Q?%s?=" % (charset, body)

    for ch in text:
        if cur and len(word(cur + ch)) > 70:
            out.append(word(cur))
            cur = ""
        cur += ch
    out.append(word(cur))
    return "\n ".join(out)


def fold_refs(refs):
    line, out = "References:", []
    for ref in refs:
        if len(line) + len(ref) + 1 > 76 and line != "References:":
            out.append(line)
            line = ""
        line += " " + ref
    out.append(line)
    return "\n".join(out)


class Gen:
    def __init__(self, seed, total, group=None):
        self.group = group
        self.r = random.Random(seed)
        self.seed = seed
        self.total = total
        r = self.r
        self.people = []
        for i in range(400):
            given, family = r.choice(GIVEN), r.choice(FAMILY)
            plain = "".join(c for c in (given + "." + family).lower() if c.isascii()) or "x"
            self.people.append(("%s %s" % (given, family), "%s%d@example.%s"
                                % (plain, i, r.choice(("org", "net", "com"))), r.choice(AGENTS)))
        self.threads = []      # [group, root subject, posts]; a post is (id, refs, author)
        self.now = float(BASE)
        self.step = 5 * 365 * 86400.0 / max(total, 1)

    def sentence(self):
        r = self.r
        words = r.choices(WORDS, k=r.randint(5, 16))
        return " ".join(words).capitalize() + r.choice(("." * 1, ".", ".", "?", "!"))

    def paragraphs(self, size):
        out, got = [], 0
        while got < size:
            para = " ".join(self.sentence() for _ in range(self.r.randint(2, 5)))
            line, lines = "", []
            for word in para.split():
                if len(line) + len(word) > 71:
                    lines.append(line)
                    line = ""
                line += (" " if line else "") + word
            lines.append(line)
            out.append("\n".join(lines))
            got += len(para)
        return "\n\n".join(out)

    def subject(self):
        r = self.r
        text = " ".join(r.choices(WORDS, k=r.randint(2, 7))).capitalize()
        if r.random() < .02:
            text += " " + r.choice(EMOJI)
        return text

    def pick(self):
        """A thread and the post to answer, or None to start a new thread."""
        r = self.r
        if not self.threads or r.random() < .22:
            return None
        # Young threads and long threads draw more answers (preferential attachment).
        window = self.threads[-300:]
        thread = max((r.choice(window) for _ in range(3)), key=lambda t: len(t[2]) * r.random())
        posts = thread[2]
        if r.random() < .6:
            return thread, posts[-1]
        return thread, posts[int(len(posts) * r.random() ** 2)]

    def body_part(self, text, charset, cte):
        raw = text.encode(charset, "replace")
        if cte == "base64":
            body = base64.encodebytes(raw).decode()
        elif cte == "quoted-printable":
            body = quopri.encodestring(raw).decode("ascii")
        else:
            body = raw
        return body if isinstance(body, bytes) else body.encode("ascii")

    def message(self, i):
        r = self.r
        self.now += r.expovariate(1) * self.step
        picked = self.pick()
        name, addr, agent = r.choice(self.people)
        mid = "<%s.%d@%s>" % (hashlib.sha1(b"%d/%d" % (self.seed, i)).hexdigest()[:18], i,
                              addr.split("@")[1])
        quote = ""
        if picked:
            thread, parent = picked
            group, subj = thread[0], "Re: " + thread[1]
            refs = (parent[1] + [parent[0]])[-MAXREFS:]
            if len(parent[1]) + 1 > MAXREFS:
                refs[0] = parent[1][0]
            quote = "%s schrieb:\n%s\n\n" % (parent[2], "\n".join(
                "> " + l for l in self.paragraphs(r.randint(60, 900)).split("\n")))
        else:
            group, subj, refs = r.choices(GROUPS, WEIGHTS)[0], self.subject(), []
            thread = [group, subj, []]
            self.threads.append(thread)
            if len(self.threads) > 600:
                del self.threads[:300]
        thread[2].append((mid, refs, name))

        charset = r.choices(("utf-8", "iso-8859-1", "us-ascii"), (74, 20, 6))[0]
        hcs = "iso-8859-1" if charset == "iso-8859-1" else "utf-8"
        how = r.choice("qqb")

        def enc(text):
            try:
                return enc_word(text, hcs, how)
            except UnicodeEncodeError:
                return enc_word(text, "utf-8", how)

        size = min(int(r.lognormvariate(7.45, .75)), 60000)
        text = quote + self.paragraphs(size) + "\n"
        if r.random() < .02:
            text = "..punktiert\n.\n.. ..\n" + text          # lines to dot-stuff
        if r.random() < .5:
            text += "\n-- \n%s\nFreundliche Grüße aus %s\n" % (name, r.choice(FAMILY))
        if charset == "us-ascii":
            text = text.encode("ascii", "replace").decode()
            cte = "7bit"
        else:
            cte = r.choices(("8bit", "quoted-printable", "base64"), (40, 45, 15))[0]
        if charset == "iso-8859-1":
            text = text.encode("iso-8859-1", "replace").decode("iso-8859-1")

        groups = [group]
        if not picked and r.random() < .06:
            groups.append(r.choice([g for g in GROUPS if g != group]))
        if self.group:
            group, groups = self.group, [self.group]
        head = ["Path: not-for-mail",
                "Received: from mail.%s (mail.%s [192.0.2.%d])\n\tby lists.umlauf.example with "
                "ESMTPS id %08x\n\tfor <%s@lists.umlauf.example>; %s"
                % (addr.split("@")[1], addr.split("@")[1], r.randint(1, 254), r.getrandbits(32),
                   group, email.utils.formatdate(self.now)),
                "From: %s <%s>" % (enc(name), addr),
                "To: %s@lists.umlauf.example" % group,
                "Newsgroups: " + ",".join(groups),
                "Subject: " + ("Re: " + enc(subj[4:]) if picked else enc(subj)),
                "Date: " + email.utils.formatdate(self.now),
                "Message-ID: " + mid]
        odd = r.random()
        if refs:
            if odd > 1 / 60:
                shown = refs if odd > 1 / 25 or len(refs) < 3 else refs[:1] + refs[2:]
                head.append(fold_refs(shown))
            if odd < .7:
                head.append("In-Reply-To: " + refs[-1])
        head += ["User-Agent: " + agent, "List-Id: <%s.lists.umlauf.example>" % group,
                 "MIME-Version: 1.0"]

        kind = r.random()
        ctype = "text/plain; charset=%s" % charset
        body = self.body_part(text, charset, cte)
        if kind > .82:
            bound = "=_%016x" % r.getrandbits(64)
            parts = [(ctype, cte, body, "")]
            if kind < .94:
                html = "<html><body>%s</body></html>\n" % "".join(
                    "<p>%s</p>\n" % p.replace("&", "&amp;").replace("<", "&lt;")
                    for p in text.split("\n\n"))
                parts.append(("text/html; charset=%s" % charset, "quoted-printable",
                              self.body_part(html, charset, "quoted-printable"), ""))
                sub = "alternative"
            else:
                blob = r.randbytes(min(int(r.lognormvariate(9.2, .9)), 200000))
                mime, ext = r.choice((("image/jpeg", "jpg"), ("application/pdf", "pdf"),
                                      ("application/octet-stream", "bin")))
                parts.append(('%s; name="anlage%d.%s"' % (mime, i, ext), "base64",
                              base64.encodebytes(blob),
                              'Content-Disposition: attachment; filename="anlage%d.%s"\n'
                              % (i, ext)))
                sub = "mixed"
            head.append('Content-Type: multipart/%s; boundary="%s"' % (sub, bound))
            body = b""
            for ct, ce, data, extra in parts:
                body += ("--%s\nContent-Type: %s\nContent-Transfer-Encoding: %s\n%s\n"
                         % (bound, ct, ce, extra)).encode() + data
                if not body.endswith(b"\n"):
                    body += b"\n"
            body += ("--%s--\n" % bound).encode()
        else:
            head += ["Content-Type: " + ctype, "Content-Transfer-Encoding: " + cte]
        if not body.endswith(b"\n"):
            body += b"\n"
        return mid, addr, ("\n".join(head) + "\n\n").encode("ascii", "replace") + body


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("-n", type=int, default=1000, help="messages")
    ap.add_argument("-s", "--seed", type=int, default=1)
    ap.add_argument("--crlf", action="store_true")
    ap.add_argument("--group", help="put every message into this group alone")
    out = ap.add_mutually_exclusive_group(required=True)
    out.add_argument("--mbox")
    out.add_argument("--maildir")
    out.add_argument("--files")
    a = ap.parse_args()
    gen = Gen(a.seed, a.n, a.group)
    mbox = open(a.mbox, "wb") if a.mbox else None
    if a.maildir:
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(a.maildir, sub), exist_ok=True)
    for i in range(1, a.n + 1):
        _, addr, data = gen.message(i)
        if a.crlf:
            data = data.replace(b"\n", b"\r\n")
        if mbox:
            lines = data.split(b"\n")
            quoted = [b">" + l if l.lstrip(b">").startswith(b"From ") else l for l in lines]
            mbox.write(b"From %s Thu Jan  1 00:00:00 2020\n" % addr.encode()
                       + b"\n".join(quoted) + b"\n")
            continue
        if a.maildir:
            path = os.path.join(a.maildir, "cur", "%010d.M%dP1.umlauf:2," % (BASE + i, i))
        else:
            folder = os.path.join(a.files, "%03d" % (i // 1000))
            if i % 1000 == 0 or i == 1:
                os.makedirs(folder, exist_ok=True)
            path = os.path.join(folder, "%07d.eml" % i)
        with open(path, "wb") as f:
            f.write(data)
    if mbox:
        mbox.close()


if __name__ == "__main__":
    main()
