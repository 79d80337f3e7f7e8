#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""A thread of Outlook's that is held together by Thread-Index alone: whatever the order in which
its mails come, operator and newsreader see the same tree, the right one."""

import base64
import random

import story
from story import DOMAIN, Umlauf, mail, same
from wire import Nntp, deliver

GROUP = "finanzen"

# Each mail and the one that it answers: three branches, of which one goes deep.
PARENTS = {1: None, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6, 8: 1, 9: 8, 10: 8, 11: 3, 12: 11}
SUBJECTS = ("Haushalt", "AW: Haushalt", "Nachtrag", "WG: Haushalt", "AW: AW: Haushalt")


def thread_index(number):
    """22 octets for the root, five more for each answer: base64."""
    if PARENTS[number] is None:
        return bytes([1]) + bytes(range(2, 23))
    return thread_index(PARENTS[number]) + bytes([number] * 5)


def outlook(number):
    """No References, no In-Reply-To; each author is another one, and so is the subject."""
    index = base64.b64encode(thread_index(number)).decode("ascii")
    return mail(SUBJECTS[number % len(SUBJECTS)], "Siehe unten.",
                sender=f"person{number}@stadt{number}.example", msgid=f"<{number}@outlook.example>",
                date=f"Mon, 23 Nov 2026 08:{number:02d}:00 +0100", Thread_Index=index)


def ancestors(number):
    """The nearest first."""
    parent = PARENTS[number]
    return [] if parent is None else [parent] + ancestors(parent)


def number_of(msgid):
    return msgid and int(msgid[1:].partition("@")[0])


def tree_in(order):
    umlauf = Umlauf().init()
    umlauf.add_group(GROUP, f"{GROUP}@{DOMAIN}")
    umlauf.start()
    for number in order:
        deliver(umlauf.lmtp_port, outlook(number), f"{GROUP}@{DOMAIN}")
    shown = umlauf.ctl_json("thread", GROUP)
    same(f"the tree of the operator, in the order {order}",
         {number_of(entry["id"]): number_of(entry["parent"]) for entry in shown}, PARENTS)
    with Nntp(umlauf.news_port) as news:
        news.group(GROUP)
        rows = news.over()
    chains = {number_of(row["id"]): [number_of(name) for name in row["references"].split()][::-1]
              for row in rows}
    same("newsreaders see it in OVER: each one's last reference is its parent",
         {number: chain[0] if chain else None for number, chain in chains.items()}, PARENTS)
    # What was not there when a mail found its parent may be left out: nothing is renewed for it.
    strange = {number: chain for number, chain in chains.items()
               if chain != [name for name in ancestors(number) if name in chain]}
    same("and those before it are ancestors in their order", strange, {})
    umlauf.stop()


def chain_in_order():
    tree_in(sorted(PARENTS))


def chain_backwards():
    tree_in(sorted(PARENTS, reverse=True))


def chain_in_disorder():
    tree_in(random.Random(12).sample(sorted(PARENTS), len(PARENTS)))


if __name__ == "__main__":
    story.run(chain_in_order, chain_backwards, chain_in_disorder)
