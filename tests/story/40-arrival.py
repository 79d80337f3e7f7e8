#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Threads do not depend on the order of arrival: random sets in random orders, against a separate
program (tests/batch/forest.py) that reckons the forest from the whole set.  All that ties a reply
to what it answers is in them: References, In-Reply-To, reply address, Thread-Index, subject.

UMLAUF_SEED chooses other sets than the usual ones.
"""

import base64
import collections
import hashlib
import itertools
import json
import os
import pathlib
import random
import subprocess
import sys

import story
from story import TREE, check, program, same

SETS = 200
ORDERS = 8  # of each set: 1,600 in all
BATCH = TREE / "tests/batch/forest.py"
GROUPS = ("bau", "rat", "amt")
TIES = ("references", "in-reply-to", "claim", "address", "index", "subject", "none")
EPOCH = 1792800000  # of the dates; all are before the arrival
DAY = 86400

# Ids stand here as names, m07 for <PREFIX.m07@x>; all but `name` and `date` may be empty.
Message = collections.namedtuple("Message", (
    "name", "date", "author", "to", "subject", "references", "in_reply_to", "index", "original",
    "answers", "groups"))

# -- the sets --


def references_of(dice, names, parents, name):
    """What mail programs make of the way to the root."""
    way = []
    while name is not None and name not in way:
        way.append(name)
        name = parents[name]
    way = way[1:][::-1]
    kind = dice.random()
    if kind < 0.15:
        way = way[-dice.randint(1, 3):]  # cut at the front
    elif kind < 0.25:
        way = way[:1] + way[-1:]  # cut in the middle
    elif kind < 0.32:
        way = way[::-1]
    elif kind < 0.40:
        dice.shuffle(way)
    elif kind < 0.50:
        way = dice.choices(names, k=dice.randint(1, 4))  # anything: itself, cycles, repeats
    elif kind < 0.55:
        way = way + way[:2]
    return way


def ids_of(dice, everybody, parents, name, share):
    """References and In-Reply-To."""
    references, in_reply_to = [], []
    kind = dice.random()
    if kind < 0.75 * share:
        references = references_of(dice, everybody, parents, name)
    if kind > 0.6 and dice.random() < share and parents[name] is not None:
        in_reply_to = [parents[name]]
    if dice.random() < 0.1 * share:
        in_reply_to += dice.choices(everybody, k=2)
    return references, in_reply_to


def index_of(dice, parents, name):
    """A Thread-Index as letters: the first is the root's, each other one a reply's; few of them, so
    that several messages get the same.  Behind a `-` stands how it is spoilt."""
    way = []
    while name is not None and name not in way:
        way.append(name)
        name = parents[name]
    letters = "".join("ab"[int(step[1:]) % 2] for step in reversed(way))
    kind = dice.random()
    if kind < 0.1:
        letters = letters[:1] + dice.choice("ab") * dice.randint(0, 2)
    spoilt = dice.choice(("-short", "-long", "-sign", "-root")) if dice.random() < 0.1 else ""
    blank = " " if dice.random() < 0.1 else ""
    return letters + spoilt + blank


def subject_of(dice):
    prefix = dice.choice((
        "", "", "AW: ", "Re: ", "aw:", "Antw: ", "SV: ", "RE[2]: ", "Re^3: ", "Aw:AW: ",
        "[Bau] AW: ", "AW: [Bau] ", "AW: WG: ", "WG: ", "WG: AW: ", "Fwd: ", "FW: ", "TR: ",
        "[Bau] ", "=?utf-8?q?AW=3A?= ", "=?iso-8859-1?Q?Antw:_?=", "AW  :  ", "Rechnung: ", "Re "))
    text = dice.choices(("Termin PREFIX", "TERMIN PREFIX", "Termin  PREFIX (fwd)",
                         "Gebühr PREFIX", ""), (6, 1, 1, 2, 1))[0]
    return prefix + text


def persons_of(dice, count):
    """Author and addressees, some of them groups."""
    names = [f"person{number}" for number in range(count)]
    everybody = [f"{name}.PREFIX@stadt.example" for name in names]
    author = dice.choice((everybody[0], dice.choice(everybody)))
    to = [f"{group}{token}@listen.example" for group in GROUPS for token in ("", "", "+k3f5a2c7")
          if dice.random() < 0.3]
    to += dice.sample(everybody, dice.choice((0, 0, 1, 2)))
    to = [address[0].upper() + address[1:] if dice.random() < 0.1 else address for address in to]
    return f"Müller <{author}>", ", ".join(to)


def make_set(dice):
    """Messages, of which no two have one name; some names that they refer to are absent."""
    size = dice.choice((2, 3, 4, 6, 9, 14, 20))
    names = [f"m{number:02d}" for number in dice.sample(range(100), size)]
    absent = [f"x{number}" for number in range(dice.randint(0, 4))]
    everybody = names + absent
    parents = {}
    for place, name in enumerate(everybody):
        parents[name] = dice.choice(everybody[:place]) if place and dice.random() < 0.8 else None
    for name in dice.sample(names, dice.randint(0, min(3, size))):
        parents[name] = dice.choice(everybody)  # forward, too: cycles
    dates, step = dice.choice(((1, 1), (3, 1), (1000, 1), (31, DAY), (3, 7 * DAY), (2, 14 * DAY)))
    persons = dice.choice((2, 6, 30))
    ids, tokens, indices, subjects, originals, more = (dice.choice((0, 0.6, 1)) for _ in range(6))
    by_token = dice.sample(names, size)  # only what has arrived has a reply address
    messages = []
    for name in names:
        author, to = persons_of(dice, persons)
        references, in_reply_to = ids_of(dice, everybody, parents, name, ids)
        earlier = by_token[:by_token.index(name)]
        messages.append(Message(
            name, EPOCH + dice.randrange(dates) * step, author, to,
            subject_of(dice) if dice.random() < subjects else "", references, in_reply_to,
            index_of(dice, parents, name) if dice.random() < indices else "",
            dice.choice(everybody + absent * 20) if dice.random() < originals else "",
            dice.choice(earlier) if earlier and dice.random() < 0.4 * tokens else "",
            dice.sample(GROUPS, dice.randint(1, 3) if dice.random() < more else 1)))
    return messages


def circles(messages):
    """Both of a pair name each other: the reason for the rule of the earliest."""
    names = {message.name: message.references + message.in_reply_to for message in messages}
    return any(name in names.get(other, ()) for name in names for other in names[name])


# -- their lines --


def joined(names, prefix):
    return " ".join(f"<{prefix}.{name}@x>" for name in names)


def thread_index(text, prefix):
    if not text:
        return ""
    letters, _, spoilt = text.strip().partition("-")
    octets = b"\1" + 5 * letters[:1].encode() + hashlib.md5(prefix.encode()).digest()
    octets += b"".join(5 * letter.encode() for letter in letters[1:])
    octets = {"short": octets[:-1], "long": octets + b"a", "root": octets[:21]}.get(spoilt, octets)
    value = base64.b64encode(octets).decode()
    if spoilt == "sign":
        value = value[:9] + "*" + value[10:]
    return value[:12] + " " + value[12:] if text.endswith(" ") else value


def line_of(message, prefix):
    text = "\t".join((message.author, message.to, message.subject)).replace("PREFIX", prefix)
    return "\t".join((
        joined([message.name], prefix), str(message.date), text,
        joined(message.references, prefix), joined(message.in_reply_to, prefix),
        thread_index(message.index, prefix), joined([message.original], prefix) if message.original
        else "", joined([message.answers], prefix) if message.answers else "",
        " ".join(message.groups)))


def order_of(dice, messages):
    """Any order in which no message comes before the one whose reply address it was sent to."""
    order = []
    rest = dice.sample(messages, len(messages))
    while rest:
        there = {message.name for message in order}
        message = next(message for message in rest
                       if not message.answers or message.answers in there)
        rest.remove(message)
        order.append(message)
    return order


def one_order(dice, messages, prefix):
    """The lines of an arrival and who was removed: all messages, some for each group by itself,
    some repeated, some removed on the way."""
    lines = []
    arrived = []
    later = []
    for message in order_of(dice, messages):
        parts = [message.groups]
        if len(message.groups) > 1 and dice.random() < 0.5:
            parts = [[group] for group in dice.sample(message.groups, len(message.groups))]
        first, *others = (message._replace(groups=part) for part in parts)
        lines.append("m\t" + line_of(first, prefix))
        arrived.append(message)
        later += others
        dice.shuffle(later)
        while later and dice.random() < 0.4:
            lines.append("m\t" + line_of(later.pop(), prefix))
        if dice.random() < 0.15:
            again = dice.choice(arrived)
            if again.name not in (other.name for other in later):
                lines.append("m\t" + line_of(again, prefix))
    lines += ["m\t" + line_of(message, prefix) for message in later]
    removed = dice.sample(messages, dice.randint(0, len(messages) // 3))
    for message in removed:
        # Anywhere behind the arrival in its last group: what is withdrawn gets no further ones.
        start = "m\t" + joined([message.name], prefix)
        left = set(message.groups)
        for place, line in enumerate(lines):
            if line.startswith(start) and left:
                left -= set(line.split("\t")[-1].split())
                last = place
        lines.insert(dice.randint(last + 1, len(lines)), "r" + start[1:])
    return lines + ["."], {message.name for message in removed}


# -- what they come to --


def bare(name, prefix):
    return name.replace(f"<{prefix}.", "<p.")


def forests_of(sets):
    """What the batch program says of each: {name: (parent, root)}, {(name, group): parent there};
    and how often each tie decided."""
    text = "".join("".join(line_of(message, "p") + "\n" for message in messages) + ".\n"
                   for messages in sets)
    done = subprocess.run([sys.executable, str(BATCH)], input=text, capture_output=True,
                          encoding="utf-8", check=True)
    forests = []
    ties = collections.Counter()
    for part in done.stdout.split("\n.\n")[:-1]:
        nodes, places = {}, {}
        for name, parent, root, tie, *there in map(str.split, part.splitlines()):
            nodes[name] = (parent, root)
            ties[tie] += 1
            places.update(((name, group), up)
                          for group, up in (word.split(":", 1) for word in there))
        forests.append((nodes, places))
    return forests, ties


def told(lines, prefix):
    """The driver's lines of a case: {name: (parent, root)}, and what is wrong within it."""
    nodes = {}
    for line in lines:
        name, *rest = (bare(word, prefix) for word in line.split())
        nodes[name] = rest
    wrong = [f"{name}: its root is not that of {wanted}"
             for name, (_, root, wanted) in nodes.items()
             if wanted != "0" and nodes[wanted][1] != root]
    wrong += [f"{name}: its root {root} is none" for name, (_, root, _) in nodes.items()
              if nodes[root][1] != root or nodes[root][0] != "0"]
    return {name: (parent, root) for name, (parent, root, _) in nodes.items()}, wrong


def shown_trees(store):
    """What `umlauf thread GROUP` shows of all groups: {prefix: {(name, group): parent or "0"}}."""
    trees = collections.defaultdict(dict)
    for group in GROUPS:
        done = subprocess.run(
            [program("umlauf"), "-c", str(store / "umlauf.conf"), "--json", "thread", group],
            capture_output=True, encoding="utf-8", check=True)
        for entry in json.loads(done.stdout):
            if entry["number"] is None:
                continue
            prefix = entry["id"][1:].rpartition(".m")[0]
            trees[prefix][bare(entry["id"], prefix), group] = bare(entry["parent"] or "0", prefix)
    return trees


def differences(got, wanted):
    return [f"{key}: got {got.get(key)}, wanted {value}" for key, value in wanted.items()
            if got.get(key) != value]


def orders_of_arrival():
    seed = int(os.environ.get("UMLAUF_SEED", "20261123"))
    dice = random.Random(seed)
    sets = [make_set(dice) for _ in range(SETS)]
    cases = [(number, f"{number:03d}.{order}") for number in range(SETS)
             for order in range(ORDERS)]
    stream = [one_order(dice, sets[number], prefix) for number, prefix in cases]
    done = subprocess.run(
        [program("tests/unit/arrival")], capture_output=True, encoding="utf-8",
        input="\n".join(itertools.chain(*(lines for lines, _ in stream))) + "\n",
        env=dict(os.environ, TMPDIR=str(story.folder("arrival"))), check=False)
    same("the driver ends well", (done.returncode, done.stderr), (0, ""))
    parts = done.stdout.split("\n.\n")
    *findings, end, store = parts.pop().splitlines()
    same("the store has nothing to complain of", (findings, end), ([], "end"))
    same("each case is told", len(parts), len(cases))
    trees = shown_trees(pathlib.Path(store))
    forests, ties = forests_of(sets)
    differ = []
    broken = []
    grown = []
    for (number, prefix), part, (lines, removed) in zip(cases, parts, stream):
        got, wrong = told(part.split("\n"), prefix)
        wanted, places = forests[number]
        heading = [f"case {prefix}", *lines]
        if wrong:
            broken.append("\n".join(heading + wrong))
        if got != wanted:
            differ.append("\n".join(heading + differences(got, wanted)))
        gone = {f"<p.{name}@x>" for name in removed}
        places = {key: parent for key, parent in places.items() if key[0] not in gone}
        if trees[prefix] != places:
            grown.append("\n".join(heading + differences(trees[prefix], places)))
    check(f"{len(cases)} orders of arrival come to the same forest as the whole set (seed {seed})",
          not differ, lambda: f"{len(differ)} differ; the shortest:\n{min(differ, key=len)}")
    check("each article is in the thread of its parent", not broken,
          lambda: min(broken, key=len))
    check("each group shows its own tree of them", not grown,
          lambda: f"{len(grown)} differ; the shortest:\n{min(grown, key=len)}")
    count = sum(map(circles, sets))
    check("each tie decides often: " + ", ".join(f"{tie} {ties[tie]}" for tie in TIES),
          all(ties[tie] > SETS // 20 for tie in TIES))
    check(f"{count} of {SETS} sets hold a pair that answers itself", count > SETS // 10)


if __name__ == "__main__":
    story.run(orders_of_arrival)
