#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Threads do not depend on the order of arrival: random sets in random orders, against a separate
program (tests/batch/forest.py) that reckons the forest from the whole set.

UMLAUF_SEED chooses other sets than the usual ones.
"""

import itertools
import os
import random
import subprocess
import sys

import story
from story import TREE, check, program, same

SETS = 200
ORDERS = 8  # of each set: 1,600 in all
BATCH = TREE / "tests/batch/forest.py"


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


def make_set(dice):
    """A list of (id, date, references, in_reply_to); some of the ids that they name are absent."""
    size = dice.choice((2, 3, 4, 6, 9, 14, 20))
    names = [f"m{number:02d}" for number in dice.sample(range(100), size)]
    absent = [f"x{number}" for number in range(dice.randint(0, 3))]
    everybody = names + absent
    parents = {}
    for place, name in enumerate(everybody):
        parents[name] = dice.choice(everybody[:place]) if place and dice.random() < 0.8 else None
    for name in dice.sample(names, dice.randint(0, min(3, size))):
        parents[name] = dice.choice(everybody)  # forward, too: cycles
    dates = dice.choice((1, 3, 1000))  # equal dates are frequent
    messages = []
    for name in names:
        references, in_reply_to = [], []
        kind = dice.random()
        if kind < 0.75:
            references = references_of(dice, everybody, parents, name)
        if kind > 0.6 and parents[name] is not None:
            in_reply_to = [parents[name]]
        if dice.random() < 0.1:
            in_reply_to += dice.choices(everybody, k=2)
        messages.append((name, 1795000000 + dice.randrange(dates), references, in_reply_to))
    return messages


def circles(message_set):
    """Both of a pair name each other: the reason for the rule of the earliest."""
    names = {name: references + in_reply_to for name, _, references, in_reply_to in message_set}
    return any(name in names.get(other, ()) for name in names for other in names[name])


def joined(names, prefix):
    return " ".join(f"<{prefix}.{name}@x>" for name in names)


def line_of(message, prefix):
    name, date, references, in_reply_to = message
    return "\t".join((f"<{prefix}.{name}@x>", str(date), joined(references, prefix),
                      joined(in_reply_to, prefix)))


def one_order(dice, message_set, prefix):
    """The lines of an arrival: all messages, some repeated, some removed on the way."""
    lines = []
    arrived = []
    for message in dice.sample(message_set, len(message_set)):
        lines.append("m\t" + line_of(message, prefix))
        arrived.append(message)
        if dice.random() < 0.15:
            lines.append("m\t" + line_of(dice.choice(arrived), prefix))
    removed = dice.sample(message_set, dice.randint(0, len(message_set) // 3))
    for message in removed:
        # Anywhere behind its (first) arrival.
        first = lines.index("m\t" + line_of(message, prefix))
        lines.insert(dice.randint(first + 1, len(lines)), f"r\t<{prefix}.{message[0]}@x>")
    return lines + ["."]


def forest_of(message_set):
    """What the batch program says: {name: (parent, root)}."""
    text = "".join(line_of(message, "p") + "\n" for message in message_set)
    done = subprocess.run([sys.executable, str(BATCH)], input=text, capture_output=True,
                          encoding="ascii", check=True)
    return {words[0]: tuple(words[1:]) for words in map(str.split, done.stdout.splitlines())}


def bare(name, prefix):
    return name.replace(f"<{prefix}.", "<p.")


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


def orders_of_arrival():
    seed = int(os.environ.get("UMLAUF_SEED", "20261123"))
    dice = random.Random(seed)
    sets = [make_set(dice) for _ in range(SETS)]
    cases = [(number, f"{number:03d}.{order}") for number in range(SETS)
             for order in range(ORDERS)]
    stream = [one_order(dice, sets[number], prefix) for number, prefix in cases]
    done = subprocess.run([program("tests/unit/arrival")], capture_output=True, encoding="ascii",
                          input="\n".join(itertools.chain(*stream)) + "\n", check=False)
    same("the driver ends well", (done.returncode, done.stderr), (0, ""))
    parts = done.stdout.split("\n.\n")
    same("the store has nothing to complain of", parts.pop(), "end\n")
    same("each case is told", len(parts), len(cases))
    forests = [forest_of(message_set) for message_set in sets]
    differ = []
    broken = []
    for (number, prefix), part, lines in zip(cases, parts, stream):
        got, wrong = told(part.split("\n"), prefix)
        if wrong:
            broken.append("\n".join([f"case {prefix}", *wrong, *lines]))
        if got != forests[number]:
            differ.append("\n".join([f"case {prefix}", *lines] + [
                f"{name}: got {got.get(name)}, wanted {wanted}"
                for name, wanted in forests[number].items() if got.get(name) != wanted]))
    check(f"{len(cases)} orders of arrival come to the same forest as the whole set (seed {seed})",
          not differ, lambda: f"{len(differ)} differ; the shortest:\n{min(differ, key=len)}")
    check("each article is in the thread of its parent", not broken,
          lambda: min(broken, key=len))
    count = sum(map(circles, sets))
    check(f"the sets are as bad as they shall be: {count} of {SETS} hold a pair that answers itself",
          count > SETS // 10)


if __name__ == "__main__":
    story.run(orders_of_arrival)
