#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""The forest of a whole set of messages, reckoned at once: what threading must come to.

Shares nothing with the program that it judges.  Each line of stdin is a message: ID, DATE (Unix
seconds), REFERENCES and IN-REPLY-TO (ids separated by blanks, may be empty), separated by TAB.
For each, a line `ID PARENT ROOT` is printed, PARENT 0 where it is the root itself.
"""

import sys


def candidates(message):
    """Whom it answers, the nearest first.  What a field names twice counts where it stands last."""
    _, references, in_reply_to = message
    last_first = list(dict.fromkeys(reversed(references)))
    more = list(dict.fromkeys(reversed(in_reply_to)))
    return last_first + [name for name in reversed(more) if name not in last_first]


def forest(messages):
    """messages: {id: (date, references, in_reply_to)}; {id: (parent or None, root)}."""
    wanted = {}
    for name, message in messages.items():
        there = (other for other in candidates(message) if other != name and other in messages)
        wanted[name] = next(there, None)

    # Take away whoever nobody wants, again and again: what remains wants in circles.
    children = {name: 0 for name in messages}
    for parent in wanted.values():
        if parent is not None:
            children[parent] += 1
    leaves = [name for name in messages if children[name] == 0]
    circling = set(messages)
    while leaves:
        leaf = leaves.pop()
        circling.remove(leaf)
        parent = wanted[leaf]
        if parent is not None:
            children[parent] -= 1
            if children[parent] == 0:
                leaves.append(parent)

    # Each circle is opened at its earliest message.
    parents = dict(wanted)
    while circling:
        start = next(iter(circling))
        circle = [start]
        while wanted[circle[-1]] != start:
            circle.append(wanted[circle[-1]])
        circling.difference_update(circle)
        parents[min(circle, key=lambda name: (messages[name][0], name))] = None

    roots = {}
    for name in messages:
        root = name
        while parents[root] is not None:
            root = parents[root]
        roots[name] = root
    return {name: (parents[name], roots[name]) for name in messages}


def main():
    messages = {}
    for line in sys.stdin:
        name, date, references, in_reply_to = line.rstrip("\n").split("\t")
        messages[name] = (int(date), references.split(), in_reply_to.split())
    for name, (parent, root) in forest(messages).items():
        print(name, parent or 0, root)


if __name__ == "__main__":
    main()
