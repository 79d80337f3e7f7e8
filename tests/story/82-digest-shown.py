#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""What a reader sees of a day: mails as offices write them become one digest, in German and English.

The whole text is printed as comments, to be looked at.
"""

import email
import email.message
import email.policy
import email.utils
import re
import unicodedata

import story
from story import DOMAIN, Umlauf, check, same
from wire import Lmtp

NOON = 1795431600  # Monday, 23 November 2026, 12:00 in Berlin
MINUTE, HOUR, DAY = 60, 3600, 86400
NEXT = NOON + 18 * HOUR + 30 * MINUTE  # Tuesday, 06:30
WIDTH = 72
PETRA = '"Petra Lehmann, Stadt Musterau" <petra.lehmann@musterau.example>'
JOERG = "Jörg Müller <j.mueller@beispielstadt.example>"
AYSE = "Ayşe Yılmaz <yilmaz@kreis.example>"
KASSE = "kasse@beispielstadt.example"

LINK = "https://www.musterau.example/rathaus/satzungen/2027/strassenreinigung/entwurf-3.pdf"
TABLE = ("Klasse   Meter    Satz\n"
         "A        12.400   3,20\n"
         "B         8.150   2,10   (nur Sommer, ohne die Wege, die der Bauhof mit der kleinen Maschine "
         "kehrt)\n")
BEFORE = """Hallo zusammen,

wer staffelt die Gebühr für die Straßenreinigung nach Klassen? Wir beraten am 3. Dezember im
Ausschuss und suchen Beispiele aus Städten um die 20.000 Einwohner."""


def outlook_html(text, quoted):
    """An answer as Outlook sends it: HTML alone, the quotation under a line and a block of fields."""
    paragraphs = "".join(f"<p class=MsoNormal>{line}<o:p></o:p></p>" for line in text)
    return (
        "<html xmlns:o='urn:schemas-microsoft-com:office:office'><head>"
        "<style>p.MsoNormal {margin:0cm; font-size:11.0pt}</style></head><body lang=DE>"
        f"<div class=WordSection1>{paragraphs}<p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"
        "<p class=MsoNormal><b>Von:</b> Petra Lehmann &lt;petra.lehmann@musterau.example&gt; <br>"
        "<b>Gesendet:</b> Montag, 23. November 2026 12:01<br><b>An:</b> bau@listen.example.de<br>"
        "<b>Betreff:</b> Gebührensatzung Straßenreinigung</p></div>"
        f"<p class=MsoNormal>{quoted}</p></div></body></html>")


class Day:
    def __init__(self):
        self.now = NOON
        self.umlauf = Umlauf(clock=NOON, settings={"digest": {"days": "Mon-Fri"}}).init()
        self.umlauf.add_group("bau", f"bau@{DOMAIN}", "--title", "Bauen und Straßen")
        self.umlauf.add_group("kasse", f"kasse@{DOMAIN}", "--title", "Finanzen")
        for name, language in (("Jörg Müller", "de"), ("Ann Reader", "en")):
            address = JOERG if language == "de" else "ann@leser.example"
            address = email.utils.parseaddr(address)[1]
            self.umlauf.ctl("person", "add", address, "--name", name, "--language", language,
                            "--zone", "Europe/Berlin")
        self.umlauf.start()
        self.count = 0

    def join(self):
        for address in ("j.mueller@beispielstadt.example", "ann@leser.example"):
            for group in ("bau", "kasse"):
                self.umlauf.ctl("subscribe", address, group, "--mode", "digest")

    def send(self, sender, group, subject, text=None, parent=None, html=None, files=(),
             charset="utf-8", minutes=7):
        """A mail made by Python's email; its id."""
        self.count += 1
        self.now += minutes * MINUTE
        self.umlauf.set_time(self.now)
        made = email.message.EmailMessage(policy=email.policy.SMTP)
        made["From"] = sender
        made["To"] = f"{group}@{DOMAIN}"
        if subject is not None:
            made["Subject"] = subject
        made["Date"] = email.utils.formatdate(self.now)
        made["Message-ID"] = msgid = f"<{self.count}@buero.example>"
        if parent:
            made["In-Reply-To"] = parent
            made["References"] = parent
        if html is not None:
            made.set_content(html, subtype="html", charset=charset)
        else:
            made.set_content(text or "", charset=charset, cte="quoted-printable")
        for name, octets, maintype, subtype in files:
            made.add_attachment(octets, maintype=maintype, subtype=subtype, filename=name)
        with Lmtp(self.umlauf.folder / "lmtp") as lmtp:
            answers = lmtp.deliver(email.utils.parseaddr(sender)[1], [f"{group}@{DOMAIN}"],
                                   made.as_bytes())
        if answers[0][0] != 250:
            raise RuntimeError(f"{subject}: {answers}")
        return msgid

    def live(self):
        """Before they join, a thread with Jörg's answer; then the posts of a day."""
        plan = self.send("Karl Kämmerer <k@musterau.example>", "kasse", "Haushalt 2027: Muster 12",
                         "Welche Fassung gilt?")
        mine = self.send(JOERG, "bau", "Schlaglöcher melden",
                         "Nutzt jemand eine App dafür, mit der die Leute Fotos schicken?")
        self.join()
        fees = self.send(PETRA, "bau", "Gebührensatzung Straßenreinigung", BEFORE + f"""

Unser Entwurf: {LINK}

1. Klasse A: Straßen, die jede Woche gekehrt werden, das ganze Jahr über und auch im Winter
2. Klasse B: alle zwei Wochen

{TABLE}
--\x20
Petra Lehmann
Stadt Musterau, Tiefbauamt
Telefon 01234 56-78
""", files=[("Kalkulation_Straßenreinigung_2027.xlsx", b"x" * 49000, "application",
              "vnd.openxmlformats-officedocument.spreadsheetml.sheet")])
        self.send(AYSE, "bau", "AW: Gebührensatzung Straßenreinigung", parent=fees,
                  html=outlook_html(["Guten Tag Frau Lehmann,", "&nbsp;",
                                     "wir staffeln nach drei Klassen; das Gericht hat es 2025 gehalten. "
                                     "Die Satzung hängt an.", "&nbsp;", "Viele Grüße<br>Ayşe Yılmaz"],
                                    BEFORE.replace("\n", " ")),
                  files=[("Satzung (Lesefassung).pdf", b"%PDF" * 400000, "application", "pdf")])
        inline = self.send(KASSE, "bau", "Re: Gebührensatzung Straßenreinigung", parent=fees,
                           charset="windows-1252", text=f"""Am 23.11.26 um 12:01 schrieb Petra Lehmann:
> Hallo zusammen,
>
> wer staffelt die Gebühr für die Straßenreinigung nach Klassen?

Wir – seit 2019. Der Satz für B liegt bei 2,10 €.

> Wir beraten am 3. Dezember im Ausschuss

Dann reicht es, wenn ich die Tabelle morgen schicke?
""")
        self.send(PETRA, "bau", "AW: Gebührensatzung Straßenreinigung", parent=inline,
                  text=f"""Ja, morgen reicht.

Am 23.11.2026 um 12:35 schrieb {KASSE}:
> Wir – seit 2019. Der Satz für B liegt bei 2,10 €.
>
> Dann reicht es, wenn ich die Tabelle morgen schicke?

--\x20
Petra Lehmann, Telefon 01234 56-78
""")
        self.send(AYSE, "bau", "AW: Schlaglöcher melden", "Wir, seit dem Frühjahr. Es kommen im Monat "
                  "etwa 40 Meldungen, die meisten mit Bild; doppelte erkennt das Programm selbst.",
                  parent=mine)
        self.send("Karl Kämmerer <k@musterau.example>", "kasse", "AW: Haushalt 2027: Muster 12",
                  "Hat sich erledigt: die vom 2. November.", parent=plan)
        self.send("Hauptamt <hauptamt@kreis.example>", "kasse", None, "", files=[
            ("Einladung.pdf", b"%PDF" * 20000, "application", "pdf")])
        self.send(KASSE, "kasse", "Protokoll der Sitzung vom 19. November mit allen Anlagen und der "
                  "Liste der offenen Punkte", "\n".join(
                      f"{number}. Punkt: {'vertagt' if number % 3 else 'erledigt'}\n"
                      for number in range(1, 61)))
        self.umlauf.set_time(NEXT)
        self.umlauf.ring("courier")
        mails = [mail for mail in self.umlauf.outgoing(2) if "ueberblick" in mail["List-Id"]]
        self.raw = self.umlauf.outbox()
        self.umlauf.stop()
        return {mail["X-Envelope-To"]: mail for mail in mails}


# -- looking at it --


def columns(text):
    return sum(0 if unicodedata.combining(char) else
               2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def show(mail, text):
    for line in [f"{name}: {mail[name]}" for name in ("From", "To", "Subject", "Date")] + [""] + \
            text.split("\n"):
        print(f"# {line}", flush=True)


def threads_of(text):
    """[(title, body)]: what stands between the rules."""
    parts = text.split("=" * WIDTH + "\n")[1:]
    return list(zip(parts[0::2], parts[1::2]))


def check_form(language, mail, raw, text):
    lines = text.split("\n")
    wide = [line for line in lines if columns(line) > WIDTH]
    same(f"{language}: no line is wider than {WIDTH}, but for a link and a row of a table",
         wide, [line for line in lines if LINK in line or "nur Sommer" in line])
    same(f"{language}: no blanks at the end of a line, no tabs, no controls",
         [line for line in lines if line != line.rstrip() or re.search(r"[\x00-\x08\t\r]", line)], [])
    same(f"{language}: no two empty lines in a row", "\n\n\n" in text, False)
    same(f"{language}: no markup is left",
         re.findall(r"<[a-z/][^>@]*>|&[a-z]+;|=\?utf|\*\*", text), [])
    same(f"{language}: it is plain text in UTF-8, not flowed",
         (mail.get_content_type(), mail.get_content_charset(), mail["Content-Type"].params.get(
             "format")), ("text/plain", "utf-8", None))
    head, _, body = raw.partition(b"\r\n\r\n")
    check(f"{language}: it needs no 8-bit path and no long line",
          raw.isascii() and max(map(len, body.split(b"\r\n"))) <= 78 and
          max(map(len, head.split(b"\r\n"))) <= 998)
    check(f"{language}: one line of the subject says what is in it",
          len(str(mail["Subject"])) <= 120 and "Gebührensatzung" in mail["Subject"], mail["Subject"])


def check_contents(language, text):
    """The list at the top and the threads agree: numbers, order, how many are new."""
    top = text.partition("=" * WIDTH)[0]
    entries = re.findall(r"^ +(\d+)  (.*?) {2,}(.*?) +(\d+) (?:neu|new)$", top, re.M)
    threads = threads_of(text)
    same(f"{language}: the list has a line for each thread, numbered",
         [int(entry[0]) for entry in entries], list(range(1, len(threads) + 1)))
    for (number, subject, _group, count), (title, body) in zip(entries, threads):
        posts = re.findall(r"^ *\S.* {2,}\w+ \d.*\d\d:\d\d(?: Uhr)?$", body, re.M)
        check(f"{language}: {number} is «{subject}» in both places, {count} new",
              " ".join(title.split()).startswith(f"{number} {subject.rstrip('…')}") and
              len(posts) == int(count), f"{title}{posts}")


def body_of(text, word):
    return next(body for title, body in threads_of(text) if word in title)


def place(body, word):
    """(line, indent) of the first line that holds it; (-1, -1): none does."""
    for number, line in enumerate(body.split("\n")):
        if word in line:
            return number, len(line) - len(line.lstrip())
    return -1, -1


def check_fees(language, text):
    body = body_of(text, "Gebührensatzung")
    words = ("wer staffelt", "wir staffeln nach drei", "Der Satz für B", "Ja, morgen reicht")
    places = [place(body, word) for word in words]
    numbers = [number for number, _ in places]
    check(f"{language}: the posts stand in their order, all {len(words)} of them",
          numbers == sorted(numbers) and numbers[0] >= 0, places)
    indents = [indent for _, indent in places]
    check(f"{language}: answers are further right than what they answer",
          indents[0] < indents[1] == indents[2] < indents[3], indents)
    same(f"{language}: a full quotation below, what introduces it, and signatures are not there",
         (body.count("wenn ich die Tabelle"), [word for word in ("Telefon", "Am 23.11.2026")
                                               if word in body]), (1, []))
    check(f"{language}: a quotation between new lines stays, marked",
          re.search(r"^ +> Wir beraten am 3\. Dezember", body, re.M), body)
    check(f"{language}: the author is named, by name where there is one",
          re.search(r"^Petra Lehmann, Stadt Musterau ", body, re.M) and
          re.search(rf"^   {re.escape(KASSE)} ", body, re.M), body)
    check(f"{language}: a list's item goes on under its text",
          "\n   1. Klasse A: Straßen," in body and re.search(r"^      \w", body, re.M), body)
    check(f"{language}: a table stays as it is", "\n   A        12.400   3,20\n" in body, body)
    check(f"{language}: the link stays whole", f"{LINK}" in body, body)
    name = "Anhang" if language == "de" else "Attachment"
    sizes = ("48 KB", "1,5 MB") if language == "de" else ("48 KB", "1.5 MB")
    check(f"{language}: attachments are named with their size",
          f"   {name}: Kalkulation_Straßenreinigung_2027.xlsx ({sizes[0]})\n" in body and
          f"      {name}: Satzung (Lesefassung).pdf ({sizes[1]})\n" in body, body)
    word = "Antworten" if language == "de" else "Answer"
    check(f"{language}: each post says where an answer to it goes",
          len(set(re.findall(rf"^ +{word}: bau\+[a-z2-7]+@{re.escape(DOMAIN)}$", body, re.M))) > 1,
          body)


def check_others(language, text):
    title, body = next(pair for pair in threads_of(text) if "Protokoll" in pair[0])
    check(f"{language}: a long subject is whole above its thread",
          re.match(r"\d Protokoll der Sitzung vom 19\. November mit allen Anlagen und der Liste der "
                   r"offenen Punkte \[", " ".join(title.split())), title)
    left = re.search(r"\[… (\d+) (?:weitere Zeilen|more lines)", body)
    check(f"{language}: a long post is cut, and how much is said",
          left and body.count("Punkt:") < 61 < body.count("Punkt:") * 2 + int(left[1]), body[-400:])
    body = body_of(text, "(ohne Betreff)" if language == "de" else "(no subject)")
    check(f"{language}: a mail of an attachment alone",
          re.search(r"^   (?:Anhang|Attachment): Einladung\.pdf \(79 KB\)$", body, re.M) and
          "(kein Text)" not in body, body)


def shown():
    day = Day()
    mails = day.live()
    german = mails["<j.mueller@beispielstadt.example>"]
    english = mails["<ann@leser.example>"]
    texts = {}
    for language, mail in (("de", german), ("en", english)):
        raw = next(raw for raw in day.raw if mail["Message-ID"].encode() in raw)
        texts[language] = text = mail.get_content().replace("\r\n", "\n")
        show(mail, text)
        check_form(language, mail, raw, text)
        check_contents(language, text)
        check_fees(language, text)
        check_others(language, text)
    same("de: his own thread comes first, with its heading",
         [line.strip() for line in texts["de"].split("\n")[3:5]][0], "IHRE THEMEN")
    check("de: it begins with the day, and whose lists it is about",
          texts["de"].startswith("Tagesüberblick für Dienstag, 24. November 2026\n"), texts["de"][:200])
    check("de: it ends with why one gets it and how it ends",
          re.search(r"\n-{72}\nSie erhalten diesen Überblick werktags um 06:30 Uhr\.\n.*\n.*"
                    rf"ueberblick-ab@{re.escape(DOMAIN)}\n*$", texts["de"]), texts["de"][-300:])
    check("en: likewise", texts["en"].startswith("Daily overview for Tuesday, 24 November 2026\n"))
    same("no English word of ours is in the German one",
         re.findall(r"\b(?:new|threads?|posts?|since|Attachment|more|YOUR|CONTINUED)\b",
                    re.sub(r"AW: .*|https.*", "", texts["de"])), [])


if __name__ == "__main__":
    story.run(shown)
