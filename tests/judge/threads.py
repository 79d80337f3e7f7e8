#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""A second judge of threads: notmuch.

    threads.py MBOX|FOLDER ...    files in mbox form, Maildirs or folders of messages

Imports all the messages into a fresh store, indexes them with notmuch, and compares the parents of
those that have References or In-Reply-To.  Each kind of difference is counted and named
(doc/threads.md says what they mean); the share of equal parents where References exist is what
matters: exit status 1 below 99.5 %.
"""

import argparse
import collections
import email
import email.policy
import json
import mailbox
import os
import pathlib
import re
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests/story"))

import story  # noqa: E402

GOAL = 0.995
ID = re.compile(r"<([^<>]+)>")

Head = collections.namedtuple("Head", ("references", "in_reply_to"))


def messages_of(source):
    """The octets of each message."""
    if source.is_file():
        box = mailbox.mbox(source, create=False)
        yield from (box.get_bytes(key) for key in box.keys())
        return
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        yield path.read_bytes()


def ids_of(message, name):
    text = " ".join(str(value) for value in message.get_all(name, ()))
    return ["".join(match.split()) for match in ID.findall(text)]


def gather(sources, maildir):
    """Write them all into a Maildir; {id: Head} of those that have an id of their own."""
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    heads = {}
    number = 0
    for octets in (octets for source in sources for octets in messages_of(source)):
        (maildir / "cur" / f"{number:08d}.judge:2,").write_bytes(octets)
        number += 1
        message = email.message_from_bytes(
            octets.partition(b"\n\n")[0] + b"\n\n", policy=email.policy.compat32)
        own = ids_of(message, "Message-ID")
        if own:
            head = Head(ids_of(message, "References"), ids_of(message, "In-Reply-To"))
            heads.setdefault(own[0], head)
    return number, heads


# -- the two --


def parents_of_umlauf(maildir):
    """{id: parent or None}."""
    umlauf = story.Umlauf().init()
    umlauf.add_group("judge", f"judge@{story.DOMAIN}")
    done = umlauf.ctl_result("import", "maildir", maildir, "judge", limit=3600)
    print("umlauf:", done.stdout.strip().splitlines()[-1])
    shown = umlauf.ctl_json("thread", "judge")
    return {entry["id"][1:-1]: entry["parent"] and entry["parent"][1:-1] for entry in shown}


def notmuch(maildir, *args):
    env = dict(os.environ, NOTMUCH_CONFIG=str(maildir.parent / "notmuch.conf"))
    return subprocess.run(["notmuch", *args], env=env, capture_output=True, check=True).stdout


def parents_of_notmuch(maildir):
    """{id: parent or None}."""
    (maildir.parent / "notmuch.conf").write_text(f"[database]\npath={maildir}\n", encoding="utf-8")
    notmuch(maildir, "new", "--quiet")
    parents = {}
    threads = json.loads(
        notmuch(maildir, "show", "--format=json", "--entire-thread", "--body=false", "*"))
    stack = [(node, None) for thread in threads for node in thread]
    while stack:
        (message, replies), parent = stack.pop()
        if message is not None:
            parents[message["id"]] = parent
            parent = message["id"]
        stack += [(reply, parent) for reply in replies]
    return parents


# -- what differs --


def is_below(name, other, parents):
    """Does `name` hang below `other`?"""
    seen = set()
    while name is not None and name not in seen:
        if name == other:
            return True
        seen.add(name)
        name = parents.get(name)
    return False


def kind_of(name, head, ours, theirs):
    """What makes the two parents of a message differ."""
    mine, other = ours[name], theirs[name]
    if mine is not None and is_below(mine, name, theirs) or \
            other is not None and is_below(other, name, ours):
        return "circle opened elsewhere"
    if mine is not None and mine not in head.references + head.in_reply_to:
        return "tied by Thread-Index or subject"
    if other is not None and other not in head.references + head.in_reply_to:
        return "notmuch: a parent that is not named"
    if other in head.in_reply_to and mine in head.references:
        return "References before In-Reply-To"
    if mine in head.references and other in head.references:
        return "notmuch: a farther reference"
    if mine in head.in_reply_to and other in head.in_reply_to:
        return "several ids in In-Reply-To"
    if other is None:
        return "notmuch: none of those named"
    return "umlauf: none of those named" if mine is None else "other"


def compare(heads, ours, theirs, show):
    """Print shares and kinds; the share where References exist."""
    both = [name for name in heads if name in ours and name in theirs]
    share = 1.0
    for title, chosen in (
            ("References", [name for name in both if heads[name].references]),
            ("In-Reply-To alone", [name for name in both if heads[name].in_reply_to
                                   and not heads[name].references])):
        kinds = collections.Counter()
        for name in chosen:
            if ours[name] == theirs[name]:
                continue
            kind = kind_of(name, heads[name], ours, theirs)
            kinds[kind] += 1
            if kinds[kind] <= show:
                print(f"  {kind}: <{name}>: {ours[name]}, notmuch {theirs[name]}")
        equal = len(chosen) - sum(kinds.values())
        part = equal / len(chosen) if chosen else 1.0
        print(f"{title}: {equal} of {len(chosen)} parents are equal ({100 * part:.2f} %)")
        for kind, count in kinds.most_common():
            print(f"  {count:6d}  {kind}")
        if title == "References":
            share = part
    return share


def judge():
    parser = argparse.ArgumentParser(description="Compare threads with notmuch.")
    parser.add_argument("source", nargs="+", type=pathlib.Path, help="mbox, Maildir or folder")
    parser.add_argument("--show", type=int, default=0, help="so many examples of each kind")
    options = parser.parse_args()
    maildir = story.folder("judge") / "mail"
    number, heads = gather(options.source, maildir)
    print(f"{number} messages, {len(heads)} ids")
    share = compare(heads, parents_of_umlauf(maildir), parents_of_notmuch(maildir), options.show)
    story.check(f"parents are equal to those of notmuch: {100 * share:.2f} %", share >= GOAL)


def main():
    sys.setrecursionlimit(20000)  # long threads are deeply nested in notmuch's answer
    story.run(judge)


if __name__ == "__main__":
    main()
