#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""A judge of trimming: messages that a person has marked.

    UMLAUF_BUILD=build tests/judge/trim.py FOLDER...

A folder holds NAME.eml with NAME.new, what a person marks as new of it, and perhaps
NAME.source-1.eml and so on, what it quotes: these are imported before.  The new lines must be the
same; of a quotation above an answer only that it is shown counts, since a person may mark another
sentence of it; blanks at the ends of lines and empty lines do not.  Exit status 1 below 95 %.
"""

import argparse
import difflib
import json
import pathlib
import sys

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests/story"))

import story  # noqa: E402

GOAL = 0.95
GROUP = "amt.marken"


def lines_of(text):
    """The lines that count; a quotation is its mark alone."""
    kept = []
    for line in text.replace("\u00a0", " ").split("\n"):
        line = line.rstrip()
        if line.startswith(">"):
            line = ">"
        if line:
            kept.append(line)
    return kept


def trimmed(message):
    """What umlauf shows of a message, with its sources in the store."""
    umlauf = story.Umlauf().init()
    sources = sorted(message.parent.glob(f"{message.stem}.source-*.eml"))
    if sources:
        folder = umlauf.folder / "sources"
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True)
        for number, source in enumerate(sources):
            (folder / "new" / str(number)).write_bytes(source.read_bytes())
        umlauf.add_group(GROUP, f"marken@{story.DOMAIN}")
        umlauf.ctl("import", "maildir", folder, GROUP)
    return umlauf.ctl_json("trim", message)["new"]


def judge(message):
    """True if it is trimmed as marked; else the difference is printed."""
    wanted = lines_of(message.with_suffix(".new").read_text(encoding="utf-8"))
    got = lines_of(trimmed(message))
    if got == wanted:
        return True
    print(f"== {message.name}")
    for line in difflib.unified_diff(wanted, got, "marked", "shown", lineterm="", n=1):
        print(f"   {line[:160]}")
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="+", type=pathlib.Path)
    messages = [path for folder in parser.parse_args().folder
                for path in sorted(folder.glob("*.eml")) if ".source-" not in path.name]
    good = sum(judge(message) for message in messages)
    print(f"{good} of {len(messages)} as marked")
    sys.exit(good < GOAL * len(messages))


if __name__ == "__main__":
    main()
