#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""The forest of a whole set of messages, reckoned at once: what threading must come to.

Shares nothing with the program that it judges.  Each line of stdin is a message, its fields
separated by TAB, any but the first two may be empty:

    ID DATE FROM TO SUBJECT REFERENCES IN-REPLY-TO THREAD-INDEX ORIGINAL ANSWERS GROUPS

DATE is in Unix seconds; FROM to ORIGINAL are values of fields (ORIGINAL: X-Original-Message-ID);
ANSWERS is the id that the reply address names; GROUPS are names separated by blanks.  A line `.`
ends a set.  For each message a line `ID PARENT ROOT TIE` is printed, PARENT 0 where it is the root
itself, TIE what its parent was found by, and behind that for each of its groups ` GROUP:PARENT`,
its parent in the tree of that group; a `.` at the end.
"""

import base64
import binascii
import collections
import email.utils
import quopri
import re
import sys
import unicodedata

DOMAIN = "@listen.example"
DAYS = 14 * 86400
REPLY = r"(?:re|aw|antw|sv)"
FORWARD = r"(?:wg|fwd|fw|tr)"
COUNT = r"(?:\[\d+\]|\^\d+)?"
TAG = r"\[[^][]*\]"

Message = collections.namedtuple("Message", (
    "id", "date", "author", "to", "subject", "references", "in_reply_to", "thread_index",
    "original", "answers", "groups"))


def message_of(line):
    words = line.rstrip("\n").split("\t")
    return Message(words[0], int(words[1]), *words[2:10], words[10].split())


def age(message):
    """What makes one message earlier than another."""
    return message.date, message.id


def last_first(ids):
    """An id that stands there twice counts where it stands last."""
    return list(dict.fromkeys(reversed(ids.split())))


def index_names(value):
    """Its own name by Thread-Index and those of its ancestors, nearest first."""
    try:
        octets = base64.b64decode("".join(value.split()), validate=True)
    except binascii.Error:
        return []
    if len(octets) < 22 or (len(octets) - 22) % 5 != 0:
        return []
    return [octets[:end] for end in range(len(octets), 21, -5)]


def candidates(message):
    """Whom it names and by which tie, the nearest first; subjects apart."""
    yield from ((name, "references") for name in last_first(message.references))
    yield from ((name, "in-reply-to") for name in reversed(last_first(message.in_reply_to)))
    yield message.answers, "address"
    yield from ((name, "index") for name in index_names(message.thread_index)[1:])


def decoded(subject):
    text = re.sub(r"=\?([\w-]+)\?[Qq]\?([^?]*)\?=", lambda word: quopri.decodestring(
        word[2], header=True).decode(word[1]), subject)
    return " ".join(unicodedata.normalize("NFC", text).split())


def base(subject):
    """What remains without the marks of replies, forwards and lists; a mark of a list behind which
    nothing stands is the text itself (RFC 5256 section 2.1)."""
    text = decoded(subject)
    front = re.compile(rf"(?:{REPLY}|{FORWARD}){COUNT} ?: ?|{TAG} ?(?=.)", re.IGNORECASE)
    while match := front.match(text):
        text = text[match.end():]
    while text.lower().endswith("(fwd)"):
        text = text[:-5].rstrip()
    return text.casefold()


def is_reply(subject):
    return re.match(rf"(?:{TAG} ?)*{REPLY}{COUNT} ?:", decoded(subject), re.IGNORECASE) is not None


def persons(message):
    """Author and addressees, but no group."""
    pairs = email.utils.getaddresses([message.author, message.to])
    return {address.lower() for _, address in pairs if not address.lower().endswith(DOMAIN)}


def are_kin(reply, other):
    return (base(reply.subject) == base(other.subject) != ""
            and not set(reply.groups).isdisjoint(other.groups)
            and not persons(reply).isdisjoint(persons(other))
            and age(other) < age(reply) and reply.date - other.date <= DAYS)


def own_names(message):
    """What else it is called; others may be called so, too."""
    names = index_names(message.thread_index)[:1]
    return names + [message.original] if message.original else names


def bearers(messages):
    """{name: id of the earliest that is called so}."""
    names = {}
    for message in sorted(messages.values(), key=age, reverse=True):
        names.update((name, message.id) for name in own_names(message))
    return names


def wanted_parent(message, messages, names):
    """The id and the tie; None and "none"."""
    for name, tie in candidates(message):
        if name == message.id:
            continue
        if name in messages:
            return name, tie  # whoever has an id comes before those that only claim it
        if name in names and name not in own_names(message):
            return names[name], "index" if tie == "index" else "claim"
    if is_reply(message.subject):
        kin = [other for other in messages.values() if are_kin(message, other)]
        if kin:
            return max(kin, key=age).id, "subject"
    return None, "none"


def circles(wanted):
    """Take away whoever nobody wants, again and again: what remains wants in circles."""
    children = collections.Counter(parent for parent in wanted.values() if parent is not None)
    leaves = [name for name in wanted if children[name] == 0]
    circling = set(wanted)
    while leaves:
        leaf = leaves.pop()
        circling.remove(leaf)
        parent = wanted[leaf]
        if parent is not None:
            children[parent] -= 1
            if children[parent] == 0:
                leaves.append(parent)
    while circling:
        circle = [next(iter(circling))]
        while wanted[circle[-1]] != circle[0]:
            circle.append(wanted[circle[-1]])
        circling.difference_update(circle)
        yield circle


def way_up(name, parents):
    while name is not None:
        yield name
        name = parents[name]


def forest(messages):
    """messages: {id: Message}; {id: (parent or None, root, tie, {group: parent there or None})}."""
    names = bearers(messages)
    ties = {name: wanted_parent(message, messages, names) for name, message in messages.items()}
    wanted = {name: parent for name, (parent, _) in ties.items()}
    parents = dict(wanted)
    for circle in circles(wanted):  # opened at its earliest message
        parents[min(circle, key=lambda name: age(messages[name]))] = None
    result = {}
    for name, message in messages.items():
        _, *above = way = list(way_up(name, parents))
        there = {group: next((other for other in above if group in messages[other].groups), None)
                 for group in message.groups}
        result[name] = (parents[name], way[-1], ties[name][1], there)
    return result


def main():
    messages = {}
    for line in sys.stdin:
        if line != ".\n":
            message = message_of(line)
            messages[message.id] = message
            continue
        for name, (parent, root, tie, there) in forest(messages).items():
            places = (f"{group}:{up or 0}" for group, up in there.items())
            print(name, parent or 0, root, tie, *places)
        print(".")
        messages = {}


if __name__ == "__main__":
    main()
