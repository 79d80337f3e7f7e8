#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""What can't be delivered: tried how often, who is told, and once; a relay that is down, ends
sessions that were kept, or lies.
"""

import re

import story
from house import ADMIN, DAY, NO_BOX, crowd, each_once, home, receivers
from relay import say, say_and_close
from story import check, same, wait_for



def text_of(letter):
    """Its text on one line."""
    return " ".join(letter.parsed().get_content().split())


# -- who is told --


def some_are_gone():
    now = home()
    members = [*crowd(3), "vera@weg.example", "willi@weg.example", "spaet@mitglied.example"]
    now.group("gemischt", members)
    before = len(now.relay.mails())
    now.relay.on("RCPT", say("450 4.2.0 greylisted"), to="spaet@*", times=1)
    msgid = now.post("gemischt")
    same("the gone fail at once, the greylisted waits, the others have it",
         now.wait_states(msgid, sent=3, failed=2, waiting=1),
         {"sent": 3, "failed": 2, "waiting": 1})
    same("while one waits nobody is told", len(now.letters()), 0)
    now.later(61)
    now.wait_states(msgid, sent=4, failed=2)
    letters = wait_for(now.letters)
    same("one letter, to the operator", receivers(letters), [ADMIN])
    letter = letters[0].parsed()
    check("the null sender, and no answer to a machine",
          letters[0].sender == "" and letter["Auto-Submitted"] == "auto-generated", letter)
    text = text_of(letters[0])
    check("German: how many, which post, the last answer",
          all(word in text for word in ("2 von 6", msgid, NO_BOX, "gemischt@")), text)
    check("the subject names the group", "Gruppe gemischt" in letter["Subject"],
          letter["Subject"])
    same("each who is there has it once", len(now.relay.mails()) - before, 4 + 1)
    now.later(DAY // 2)
    second = now.post("gemischt")
    now.wait_states(second, sent=4, failed=2)
    same("the operator gets one a day, not one a post", len(now.letters()), 1)


def all_are_gone():
    now = home()
    now.group("leer", [f"{number}@weg.example" for number in range(5)])
    told = len(now.letters())
    msgid = now.post("leer")
    now.wait_states(msgid, failed=5)
    letters = wait_for(lambda: now.letters("anna@example.de"))
    same("nobody got it: the author is told", receivers(letters), ["anna@example.de"])
    letter = letters[0].parsed()
    check("in English, as an answer to the post",
          letter["In-Reply-To"] == msgid and "Gruppe leer" in letter["Subject"]
          and "has reached nobody" in letter["Subject"]
          and letter["Auto-Submitted"] == "auto-replied", letter)
    check("with what the mail server said", NO_BOX in text_of(letters[0]), letter)
    # The author's own box is gone: a letter about that letter would go round and round.
    second = now.post("leer", sender="Karl <karl@weg.example>")
    now.wait_states(second, failed=5)
    lost = wait_for(lambda: now.ask("SELECT id FROM delivery WHERE kind = 2 AND state = 2"))
    same("a letter that can't be delivered fails", len(lost), 1)
    third = now.post("leer", sender="Niemand <niemand@example.de>")
    now.wait_states(third, failed=5)
    wait_for(lambda: len(now.letters()) - told >= 2)
    same("of an author who is not known here the operator is told; no letter tells of a letter",
         receivers(now.letters()[told:]), ["anna@example.de", ADMIN])


def erased():
    now = home()
    members = crowd(3, "fort")
    now.group("vergessen", members)
    told = len(now.letters())
    now.relay.on("RCPT", say("451 4.3.0 later"), to="fort*")
    msgid = now.post("vergessen")
    now.wait_rows(msgid, lambda rows: {row[1] for row in rows.values()} == {1})
    for address in members:
        now.umlauf.ctl("person", "erase", address)
    same("who is erased has no rows any more", now.rows(msgid), {})
    now.relay.be_good()
    now.later(3600)
    second = now.post("gemischt")
    now.wait_states(second, sent=6)
    same("nothing was sent to them", now.relay.mails("fort*"), [])
    same("and nobody told", len(now.letters()) - told, 0)


def time_is_over():
    now = home()
    now.group("geduld", ["nie@mitglied.example", *crowd(2)])
    told = len(now.letters())
    now.relay.on("RCPT", say("451 4.3.0 later"), to="nie@*")
    msgid = now.post("geduld")
    begin = now.now
    gaps = []
    while True:
        now.wait_rows(msgid, lambda rows: rows.get("nie@mitglied.example", ("", 0))[1] > len(gaps))
        state, due = now.ask("SELECT d.state, d.due FROM delivery d JOIN article a "
                             "ON a.id = d.article WHERE a.msgid = ? AND d.address LIKE 'nie%'",
                             msgid)[0]
        if state != 0 or len(gaps) > 50:
            break
        gaps.append(due - now.now)
        now.later(due - now.now)
    same("the pauses grow", gaps[:8], [60, 300, 900, 1800, 3600, 7200, 14400, 14400])
    same("and grow no more", set(gaps[7:]), {14400})
    check("after five days it is given up", 5 * DAY <= now.now - begin < 5 * DAY + 14400,
          now.now - begin)
    same("then it has failed", now.rows(msgid)["nie@mitglied.example"][0], "failed")
    letters = wait_for(lambda: now.letters()[told:])
    check("the operator is told, once", receivers(letters) == [ADMIN] and
          "451 4.3.0 later" in text_of(letters[0]), receivers(letters))
    now.later(DAY)
    same("it is tried no more", now.rows(msgid)["nie@mitglied.example"][1], len(gaps) + 1)


# -- a relay that is not there, or lies --


def down_and_up():
    now = home()
    members = crowd(40)
    now.group("warten", members)
    now.relay.down()
    msgid = now.post("warten")
    check("the trouble is remembered", wait_for(now.trouble), now.umlauf.log()[-500:])
    wait_for(lambda: len(now.rows(msgid)) == 40)
    same("nothing is marked but what was tried", set(now.rows(msgid).values()),
         {("waiting", 0, False)})
    check("the refusal is told in words", "refused" in now.trouble(), now.trouble())
    same("and logged once", len(re.findall("event=relay .*refused", now.umlauf.log())), 1)
    now.relay.up()
    each_once("the relay is up again: ", now, msgid, members)
    same("in one try", set(now.rows(msgid).values()), {("sent", 1, False)})
    same("the trouble is over", wait_for(lambda: now.trouble() is None), True)


def down_too_long():
    now = home()
    now.relay.down()
    msgid = now.post("warten")
    wait_for(now.trouble)
    told = len(now.letters())
    now.later(6 * DAY)
    same("after five days without a relay all of it fails, not one a minute",
         now.wait_states(msgid, failed=40), {"failed": 40})
    now.relay.up()
    letters = wait_for(lambda: now.letters()[told:])
    same("the author is told as soon as the relay is there", receivers(letters),
         ["anna@example.de"])
    same("and none of it is sent then", now.relay.mails(msgid=msgid), [])


def kept_sessions():
    """Relays end idle sessions, and those that have carried enough."""
    now = home()
    members = crowd(10)
    now.group("rast", members)
    each_once("before: ", now, now.post("rast"), members)
    for name, end in (("closed meanwhile", now.relay.hang_up),
                      ("421 in place of a yes to MAIL",
                       lambda: now.relay.on("MAIL", say_and_close("421 4.4.2 bye"),
                                            times=1))):
        # Both workers have one, so the rule can't befall a new session.
        wait_for(lambda: len(now.relay.sessions) == 2)
        end()
        msgid = now.post("rast")
        each_once(f"a kept session was {name}: ", now, msgid, members)
        same(f"{name}: no mail has to wait for it", set(now.rows(msgid).values()),
             {("sent", 1, False)})


def lies():
    now = home()
    members = crowd(12)
    now.group("luegen", members)

    def trap(session, usual):
        return say("354 go on" if usual.startswith("554") else usual)(session, usual)

    now.relay.on("RCPT", say(NO_BOX), to="m3@*")
    now.relay.on("DATA", trap)
    now.relay.on("MAIL", say("250 ok", "250 twice"), times=2)
    now.relay.on("RCPT", say("250 ok", "354 go on", "250 kept"), to="m5@*", times=1)
    msgid = now.post("luegen")
    now.wait_rows(msgid, lambda rows: len(rows) == 12 and
                  not any(row[:2] == ("waiting", 0) for row in rows.values()))
    now.later(61)
    now.wait_states(msgid, sent=11, failed=1)
    mails = now.relay.mails(msgid=msgid)
    same("each has its own, whatever the relay says", receivers(mails),
         sorted(set(members) - {"m3@mitglied.example"}))
    same("to one receiver each, from one sender each",
         (len({one.sender for one in mails}), {len(one.recipients) for one in mails}), (11, {1}))
    tokens = {one.parsed()["List-Unsubscribe"] for one in mails}
    same("with a way to leave of its own", len(tokens), 11)


if __name__ == "__main__":
    story.run(some_are_gone, all_are_gone, erased, time_is_over, down_and_up, down_too_long,
              kept_sessions, lies)
