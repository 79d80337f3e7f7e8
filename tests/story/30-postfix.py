#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""A real Postfix delivers by LMTP: who is refused, where an answer stands, umlauts."""

import time

import story
from peers import Postfix
from story import DOMAIN, Umlauf, check, mail, same, wait_for
from wire import Nntp

FINANZEN = f"finanzen@{DOMAIN}"
QUESTION = "<frage.1@kaemmerei.example>"
ANSWER = "<antwort.1@outlook.example>"
QUESTION_SUBJECT = "=?iso-8859-1?Q?Geb=FChren_f=FCr_die_Stra=DFenreinigung?="
ANSWER_SUBJECT = "=?utf-8?B?QVc6IEdlYsO8aHJlbiBmw7xyIGRpZSBTdHJhw59lbnJlaW5pZ3VuZw==?="


def overview(news, msgid):
    """The OVER row of an article of the selected group, asked for anew; None while it lacks."""
    news.group("umlauf.finanzen")
    rows = [row for row in news.over() if row["id"] == msgid]
    return rows[0] if rows else None


def question(postfix, news):
    taken, said = postfix.send("j.gruen@kaemmerei.example", FINANZEN, mail(
        QUESTION_SUBJECT, "Wer reinigt die Gehwege?\n• die Anlieger\n• die Stadt\n",
        sender="=?utf-8?Q?J=C3=B6rg_Gr=C3=BCn?= <j.gruen@kaemmerei.example>", msgid=QUESTION))
    check("Postfix takes a mail for a group", taken, said)
    row = wait_for(lambda: overview(news, QUESTION), 20)
    if not check("it is in the newsgroup", row, postfix.log):
        return
    same("with its subject as it was encoded", row["subject"], QUESTION_SUBJECT)
    code, _, lines = news.ask_long(f"BODY {QUESTION}")
    same("BODY finds it", code, 222)
    same("its text is whole, umlauts and bullets too", b"\n".join(lines or []).decode("utf-8").rstrip(),
         "Wer reinigt die Gehwege?\n• die Anlieger\n• die Stadt")


def answer(postfix, news, umlauf):
    taken, said = postfix.send("b@outlook.example", FINANZEN, mail(
        ANSWER_SUBJECT, "Die Anlieger.", sender="B <b@outlook.example>", msgid=ANSWER,
        In_Reply_To=QUESTION))
    begin = time.monotonic()
    check("Postfix takes an answer that has In-Reply-To alone", taken, said)
    row = wait_for(lambda: overview(news, ANSWER), 20)
    seconds = time.monotonic() - begin
    if not check("it is in the newsgroup", row, postfix.log):
        return
    check("within a second", seconds < 1, f"{seconds:.2f} s")
    same("OVER has the References that it lacked", row["references"], QUESTION)
    _, _, head = news.ask_long(f"HEAD {ANSWER}")
    fields = [line for line in head if line.lower().startswith(b"references:")]
    same("HEAD has the same", fields, [f"References: {QUESTION}".encode()])
    tree = umlauf.ctl_json("thread", QUESTION)
    same("the tree says whose child it is", [(node["id"], node["parent"]) for node in tree],
         [(QUESTION, None), (ANSWER, QUESTION)])


def refusals(postfix, news):
    taken, said = postfix.send("a@example.de", f"gibtsnicht@{DOMAIN}", mail("Wer da?", "x"))
    check("an unknown address is refused while the sender is there",
          not taken and "\n<** 550 " in said, said)
    taken, said = postfix.send("a@example.de", "jemand@anderswo.example", mail("Relay?", "x"))
    check("and Postfix relays for nobody else", not taken, said)
    count = news.group("umlauf.finanzen")[1]
    same("nothing of it is in the group", count, 2)


def repeated(postfix, news):
    taken, said = postfix.send("b@outlook.example", FINANZEN, mail(
        ANSWER_SUBJECT, "Die Anlieger.", sender="B <b@outlook.example>", msgid=ANSWER,
        In_Reply_To=QUESTION))
    check("the same mail once more is taken", taken, said)
    check("and delivered", wait_for(lambda: not postfix.queue(), 20), postfix.queue)
    same("and stands once", news.group("umlauf.finanzen")[1], 2)


def postponed(postfix, umlauf):
    """With the daemon away Postfix keeps the mail and brings it later."""
    umlauf.stop()
    kept = "<kept.1@example.de>"
    # Postfix knows the address from before, so it takes the mail without asking.
    taken, said = postfix.send("a@example.de", FINANZEN, mail("Später", "Nachricht", msgid=kept))
    check("with the daemon away Postfix takes mail for a known address", taken, said)
    umlauf.start()
    with Nntp(umlauf.news_port) as news:
        check("and delivers it when the daemon is back",
              wait_for(lambda: overview(news, kept), 60, 0.2), postfix.log)


def tell():
    if not Postfix.is_possible():
        story.skip("a real Postfix delivers", "needs root and Debian's postfix")
        return
    port = story.free_port()
    umlauf = Umlauf({"intake": {"lmtp": f"127.0.0.1:{port}"}}).init()
    umlauf.add_group("umlauf.finanzen", FINANZEN)
    umlauf.start()
    postfix = Postfix(f"lmtp:inet:127.0.0.1:{port}").start()
    with Nntp(umlauf.news_port) as news:
        question(postfix, news)
        answer(postfix, news, umlauf)
        refusals(postfix, news)
        repeated(postfix, news)
    postponed(postfix, umlauf)
    same("nothing is left in Postfix's queue", postfix.queue(), "")
    postfix.stop()


def over_unix_socket():
    if not Postfix.is_possible():
        story.skip("delivery over a unix socket", "needs root and Debian's postfix")
        return
    umlauf = Umlauf({"intake": {"lmtp-group": "postfix"}}).init()
    umlauf.add_group("umlauf.finanzen", FINANZEN)
    umlauf.start()
    postfix = Postfix(f"lmtp:unix:{umlauf.folder}/lmtp").start()
    taken, said = postfix.send("a@example.de", FINANZEN, mail("Über den Socket", "Text",
                                                             msgid=QUESTION))
    check("Postfix takes a mail", taken, said)
    with Nntp(umlauf.news_port) as news:
        check("and its LMTP client, not being root, delivers over the unix socket",
              wait_for(lambda: overview(news, QUESTION), 20), postfix.log)
    postfix.stop()


if __name__ == "__main__":
    story.run(tell, over_unix_socket)
