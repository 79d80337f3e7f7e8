#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""umlauf trim: what of a message is new; with a store, by the articles of its thread."""

import json
import subprocess

import story
from story import DOMAIN, Umlauf, check, mail, program, same

GROUP = "amt.finanzen"
QUESTION = ("wie behandelt ihr Eckgrundstücke bei der Straßenreinigung, und was ist mit Gehwegen, "
            "die die Stadt selbst reinigt?")
ANSWER = "Es zählt nur die längere Seite."
SIGNATURE = "Mit freundlichen Grüßen\r\nOtto\r\nStadt Musterau\r\nTel. 01234 567-89"


def trim(*args, text=b""):
    done = subprocess.run([program("umlauf"), *args], input=text, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode())
    return done.stdout.decode()


def without_store():
    text = (f"{ANSWER}\r\n\r\n{SIGNATURE}\r\n\r\nAm 23.11.26 um 09:12 schrieb Petra:\r\n"
            f"> {QUESTION}\r\n")
    message = mail("AW: Straßenreinigung", text, msgid="<b@x.example>")
    lines = trim("-c", "/nonexistent", "trim", "-", text=message).splitlines()
    same("what is new has a plus in front", [line for line in lines if line.startswith("+")],
         [f"+ {ANSWER}", "+ "])
    same("the rules are named", [line for line in lines if line.startswith("- [")],
         ["- [greeting-block]", "- [attribution]", "- [quote]"])
    told = json.loads(trim("-c", "/nonexistent", "trim", "--json", "-", text=message))
    same("its JSON: the new text", told["new"], ANSWER + "\n")
    same("the pieces", [(piece["kind"], piece["rule"]) for piece in told["pieces"]],
         [("new", None), ("folded", "greeting-block"), ("folded", "attribution"),
          ("folded", "quote")])
    check("they are the whole text",
          "".join(piece["text"] for piece in told["pieces"]) == text.replace("\r\n", "\n"), told)
    same("no attachments", told["attachments"], [])
    done = subprocess.run([program("umlauf"), "-c", "/nonexistent", "trim", "/nonexistent"],
                          capture_output=True, check=False)
    check("no such file: exit status 1", done.returncode == 1 and done.stderr, done)


def with_store():
    umlauf = Umlauf().init()
    umlauf.ctl("group", "add", GROUP, "--address", f"finanzen@{DOMAIN}")
    path = umlauf.folder / "archive.mbox"
    source = mail("Straßenreinigung", QUESTION + "\r\n", msgid="<a@x.example>")
    path.write_bytes(b"From a@x.example Mon Nov 23 08:00:00 2026\n"
                     + source.replace(b"\r\n", b"\n") + b"\n")
    umlauf.ctl("import", "mbox", path, GROUP)
    message = umlauf.folder / "answer.eml"
    message.write_bytes(mail("AW: Straßenreinigung", f"{ANSWER}\r\n\r\n{QUESTION}\r\n",
                             msgid="<b@x.example>", references="<a@x.example>"))
    told = umlauf.ctl_json("trim", message)
    same("a known article is folded though nothing marks it", told["new"], ANSWER + "\n")
    same("by that rule", told["pieces"][-1]["rule"], "source")
    message.write_bytes(mail("Straßenreinigung", f"{ANSWER}\r\n\r\n{QUESTION}\r\n",
                             msgid="<c@x.example>"))
    same("of another thread it is not", len(umlauf.ctl_json("trim", message)["pieces"]), 1)


def trimming():
    without_store()
    with_store()


if __name__ == "__main__":
    story.run(trimming)
