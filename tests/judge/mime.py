#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""A second judge of what a mail says: Python's `email` against article/body.

    UMLAUF_BUILD=build tests/judge/mime.py PATH...     (files, folders of them, mboxes)

Both read each message; the words of their texts are compared, of HTML its letters alone (the two
write lists, links and tables differently).  Prints the share of equal ones, and of the others which
they are, of which kind by the message itself, and where they part.  doc/reading.md says what is
behind each kind; `other` is a fault of one of the two.  Exit status 1 where fewer than 98 % are equal
or differ by a kind that is meant.
"""

import email
import email.policy
import html.parser
import mailbox
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(os.environ.get("UMLAUF_BUILD", "."))
GOAL = 0.98
FIELDS = ("from", "subject", "date", "content-type", "mime-version")
LEFT_OUT = {"style", "script", "title", "head", "template", "svg", "select", "object", "textarea"}

class Words(html.parser.HTMLParser):
    """The words of an HTML document."""

    def __init__(self):
        super().__init__()
        self.out = []
        self.left_out = 0

    def handle_starttag(self, tag, attrs):
        self.left_out += tag in LEFT_OUT
        self.out.append(" ")

    def handle_endtag(self, tag):
        if tag in LEFT_OUT and self.left_out:
            self.left_out -= 1
        self.out.append(" ")

    def handle_data(self, data):
        if not self.left_out:
            self.out.append(data)


def words_of_html(text):
    parser = Words()
    parser.feed(text)
    parser.close()
    return "".join(parser.out)


def content(part):
    """The text of a part; Python's errors count as none."""
    charset = (part.get_content_charset() or "").lower()
    if charset in ("iso-8859-1", "latin1"):  # as everybody reads it
        part.set_param("charset", "windows-1252")
    try:
        text = part.get_content()
    except (LookupError, UnicodeError, ValueError, KeyError, AssertionError):
        payload = part.get_payload(decode=True) or b""
        text = payload.decode("utf-8", "replace")
    return text if isinstance(text, str) else ""


def parts_of(message):
    """(is HTML, text) of what is shown, by the same rules of choice as ours."""
    kind = message.get_content_type()
    if message.is_multipart() and kind.startswith("multipart/"):
        found = [parts_of(part) for part in message.iter_parts()]
        if kind == "multipart/alternative":
            plain = [f for part, f in zip(message.iter_parts(), found)
                     if any(t.strip() and not h for h, t in f)]
            full = [f for f in found if any(t.strip() for _, t in f)]
            return (plain or full or [[]])[0]
        return [one for some in found for one in some]
    shown = message.get_content_disposition() != "attachment"
    if kind in ("text/plain", "text/html") and shown:
        return [(kind == "text/html", content(message))]
    return []


def reading(message):
    """(holds HTML, text) as Python's email has it."""
    parts = []
    for is_html, text in parts_of(message):
        shown = words_of_html(text) if is_html else text
        if shown.strip() and not (is_html and letters(shown) in letters("".join(
                t for _, t in parts))):
            parts.append((is_html, shown))
    return any(h for h, _ in parts), "\n".join(text for _, text in parts)


def letters(text):
    return "".join(c for c in text if c.isalpha())


def folded(text, is_html):
    if is_html:
        text = re.sub(r"<(https?|mailto|ftp):[^>\n]*>|\[[^\]\n]*\]", "", text)
        return letters(text)
    text = re.sub(r"(?m)^(> ?)+", lambda m: m[0].replace(" ", "") + " ", text)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def files_in(paths, scratch):
    """A path for each message."""
    for path in map(pathlib.Path, paths):
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file())
        elif path.read_bytes()[:5] == b"From ":
            for number, message in enumerate(mailbox.mbox(path)):
                one = scratch / f"{path.name}.{number}"
                one.write_bytes(bytes(message))
                yield one
        else:
            yield path


def ours(files):
    """Our readings, less the lines of attachments."""
    done = subprocess.run([BUILD / "tests/unit/readmail"], check=True, capture_output=True,
                          input="".join(f"{path}\n" for path in files).encode())
    texts = done.stdout.decode().split("\f\n")[:-1]
    return [re.sub(r"(?m)^\[.*, [^, ]+/[^, ]*, \d+\]\n", "", text) for text in texts]


def is_stub(message):
    """True for a plain text that points to another form of the message."""
    plain = message.get_body(("plain",))
    text = content(plain).lower() if plain else ""
    return len(text) < 400 and ("html" in text or "browser" in text)


def named_texts(message):
    return [part for part in message.walk() if part.get_content_type() in ("text/plain", "text/html")
            and part.get_filename()]


def several_plain(message):
    """True for an alternative between texts of one form."""
    return any(sum(p.get_content_type() == "text/plain" for p in part.iter_parts()) > 1
               for part in message.walk() if part.get_content_type() == "multipart/alternative")


def kind_of(message, theirs):
    """Why a difference may be meant, by the message itself."""
    types = {part.get_content_type() for part in message.walk()}
    if "multipart/encrypted" in types or "-----BEGIN PGP " in theirs:
        return "OpenPGP"
    if any(t.endswith("pkcs7-mime") for t in types):
        return "S/MIME"
    if any(t.endswith("ms-tnef") for t in types):
        return "winmail.dat"
    if "text/calendar" in types:
        return "appointment"
    if "message/rfc822" in types and not theirs.strip():
        return "message inside"
    if any(part.defects for part in message.walk()):
        return "broken"
    if "\ufffd" in theirs:
        return "charset"
    if is_stub(message):
        return "stub"
    if several_plain(message):
        return "several texts"
    return "named text" if named_texts(message) else "other"


def difference(want, have):
    at = next((i for i, (a, b) in enumerate(zip(want, have)) if a != b), min(len(want), len(have)))
    begin = max(0, at - 20)
    return f"Python <{want[begin:at + 40]}>, we <{have[begin:at + 40]}>"


def judge(path, text, tally):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    if not set(FIELDS) & {name.lower() for name in message.keys()}:
        return  # no mail
    is_html, theirs = reading(message)
    want, have = folded(theirs, is_html), folded(text, is_html)
    kind = "equal" if want == have else kind_of(message, theirs)
    tally[kind] = tally.get(kind, 0) + 1
    if kind != "equal":
        print(f"# {kind}: {path}: {difference(want, have)}")


def main():
    tally = {}
    with tempfile.TemporaryDirectory() as scratch:
        files = list(files_in(sys.argv[1:], pathlib.Path(scratch)))
        for path, text in zip(files, ours(files), strict=True):
            judge(path, text, tally)
    total = sum(tally.values())
    share = (total - tally.get("other", 0)) / max(total, 1)
    print(f"{total} messages, {100 * tally.get('equal', 0) / max(total, 1):.2f} % equal,",
          f"{100 * share:.2f} % equal or as meant;",
          ", ".join(f"{kind} {count}" for kind, count in sorted(tally.items())))
    return share < GOAL


if __name__ == "__main__":
    raise SystemExit(main())
