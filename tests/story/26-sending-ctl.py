#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""The operator's commands for what is sent: queue, brake, trace, digests, status, check."""

import json
import os
import socket
import sqlite3
import time

import story
from story import DOMAIN, Umlauf, check, mail, same, wait_for
from wire import deliver

GROUP = "amt.finanzen"
ADDRESS = f"finanzen@{DOMAIN}"
ANNA, BEN, CEM = "anna@stadt.example", "ben@stadt.example", "cem@stadt.example"
NOON = 1795518000  # Tuesday, 2026-11-24 12:00 in Berlin
NEXT_MORNING = "2026-11-25T07:00:00+01:00"


def new_store(**options):
    """A group; Anna and Cem get each post, Ben the digest."""
    umlauf = Umlauf(clock=NOON, **options).init()
    umlauf.add_group(GROUP, ADDRESS, "--title", "Finanzen")
    for address, mode in ((ANNA, "each"), (BEN, "digest"), (CEM, "each")):
        umlauf.ctl("subscribe", address, GROUP, "--mode", mode)
    return umlauf


def rows(umlauf, sql, *values):
    """What a statement gives on the store, as the daemon's file is."""
    with sqlite3.connect(umlauf.folder / "store/umlauf.db", timeout=20) as store:
        found = store.execute(sql, values).fetchall()
    store.close()
    return found


def post(umlauf, *ids, to=ADDRESS):
    for msgid in ids:
        answer = deliver(umlauf.lmtp_port, mail(f"Haushalt {msgid}", "Guten Tag", msgid=msgid,
                                                to=to), to)
        same(f"{msgid} is taken", answer[0], 250)


def all_is_sent(umlauf, count):
    """So many mails are out, and their rows say so."""
    same("the courier sends", len(umlauf.outgoing(count)), count)
    check("and writes it down", wait_for(lambda: umlauf.ctl_json("queue", "list") == []), umlauf.log)


def in_german(umlauf, *args):
    """stdout and stderr of a command in a German environment."""
    before = umlauf.env
    umlauf.env = dict(before, LC_ALL="de_DE.UTF-8")
    done = umlauf.ctl_result(*args)
    umlauf.env = before
    return done.stdout + done.stderr


def refused(umlauf, name, wanted, *args):
    """The command ends with that status, a word on stderr and nothing on stdout."""
    done = umlauf.ctl_result(*args)
    check(f"{name}: exit status {wanted}",
          done.returncode == wanted and done.stderr and not done.stdout,
          f"{done.returncode}\n{done.stdout}{done.stderr}")
    return done.stderr


def brake():
    umlauf = new_store()
    same("nothing waits", umlauf.ctl_json("queue", "list"), [])
    told = umlauf.ctl_json("courier", "release")
    same("released without having been held", (told["held"], told["changed"]), (False, False))
    umlauf.env["SUDO_USER"] = "petra"
    told = umlauf.ctl_json("courier", "hold")
    same("held", (told["held"], told["changed"], told["by"]), (True, True, "petra"))
    umlauf.env["SUDO_USER"] = "ali"
    umlauf.set_time(NOON + 60)
    again = umlauf.ctl_json("courier", "hold")
    same("held twice is held since the first time, by the first one",
         (again["changed"], again["by"], again["since"]), (False, "petra", told["since"]))
    check("and it says so", "petra" in umlauf.ctl("courier", "hold"))
    check("in German", "petra" in in_german(umlauf, "courier", "hold") and
          "angehalten" in in_german(umlauf, "courier", "hold"), in_german(umlauf, "courier", "hold"))
    done = umlauf.ctl_result("status", "--json")
    told = json.loads(done.stdout)
    same("status has it", (told["courier"]["held"]["by"], done.returncode), ("petra", 1))
    check("as something for a person", any("courier release" in need for need in told["needs"]),
          told["needs"])
    same("released", umlauf.ctl_json("courier", "release"),
         {"held": False, "changed": True, "by": "petra", "since": told["courier"]["held"]["since"]})
    same("who did what is written down", rows(umlauf, "SELECT who, what FROM audit"),
         [("petra", "courier hold"), ("ali", "courier release")])
    same("status has it no more", json.loads(umlauf.ctl("status", "--json", fails=True))["courier"],
         {"held": None, "trouble": None, "behind": []})


def queue():
    umlauf = new_store()
    umlauf.ctl("courier", "hold")
    umlauf.start()
    post(umlauf, "<a@x.de>", "<b@x.de>", "<c@x.de>")
    check("posts wait for those who want each",
          wait_for(lambda: len(umlauf.ctl_json("queue", "list")) == 6), umlauf.log)
    waiting = umlauf.ctl_json("queue", "list")
    same("what a row says", {key: waiting[0][key] for key in
                             ("kind", "address", "group", "about", "message_id", "attempts",
                              "made", "due", "answer")},
         {"kind": "post", "address": ANNA, "group": GROUP, "about": "Haushalt <a@x.de>",
          "message_id": "<a@x.de>", "attempts": 0, "made": "2026-11-24T11:00:00Z",
          "due": "2026-11-24T11:00:00Z", "answer": ""})
    same("the oldest first", [row["message_id"] for row in waiting],
         ["<a@x.de>"] * 2 + ["<b@x.de>"] * 2 + ["<c@x.de>"] * 2)
    table = umlauf.ctl("queue", "list")
    check("as a table", ANNA in table and "Haushalt" in table and "Next try" in table, table)
    check("in German", "Nächster Versuch" in in_german(umlauf, "queue", "list"),
          in_german(umlauf, "queue", "list"))
    same("status counts them", json.loads(umlauf.ctl("status", "--json", fails=True))["queue"],
         {"waiting": 6, "tried": 0, "oldest": "2026-11-24T11:00:00Z", "failed": 0})
    check("status in German", "6 Mails warten" in in_german(umlauf, "status"),
          in_german(umlauf, "status"))

    refused(umlauf, "drop without ids", 64, "queue", "drop")
    refused(umlauf, "drop of ids and all", 64, "queue", "drop", "1", "--all")
    done = umlauf.ctl_result("queue", "drop", waiting[0]["id"], "4711", "x", "--json")
    same("one that is not there does not keep the others, exit status 1",
         (done.returncode, json.loads(done.stdout), len(done.stderr.splitlines())),
         (1, {"dropped": 1}, 2))
    done = umlauf.ctl_result("queue", "drop", waiting[0]["id"])
    check("dropped twice: it waits no more", done.returncode == 1 and "dropped" in done.stderr,
          done.stderr)
    same("dropped", umlauf.ctl_json("queue", "drop", waiting[1]["id"]), {"dropped": 1})
    same("they are gone from the queue", [row["id"] for row in umlauf.ctl_json("queue", "list")],
         [row["id"] for row in waiting[2:]])
    same("who did it is written down", rows(umlauf, "SELECT what FROM audit")[1:],
         [(f"queue drop {waiting[0]['id']}",), (f"queue drop {waiting[1]['id']}",)])

    traced = umlauf.ctl_json("trace", "<a@x.de>")
    same("trace knows the dropped ones",
         [(row["address"], row["state"], row["due"]) for row in traced["deliveries"]],
         [(ANNA, "dropped", None), (CEM, "dropped", None)])
    umlauf.ctl("courier", "release")
    same("released, the others go out", len(umlauf.outgoing(4)), 4)
    check("and the queue is empty", wait_for(lambda: umlauf.ctl_json("queue", "list") == []))
    traced = umlauf.ctl_json("trace", "<b@x.de>")
    same("trace: where it stands", (traced["state"], traced["places"], traced["pending"]),
         ("placed", [{"group": GROUP, "number": 2}], False))
    same("and a row for each receiver",
         [(row["kind"], row["address"], row["state"], row["attempts"], row["doubtful"],
           row["reports"]) for row in traced["deliveries"]],
         [("post", ANNA, "sent", 1, False, []), ("post", CEM, "sent", 1, False, [])])
    umlauf.ctl("courier", "hold")
    post(umlauf, "<d@x.de>")
    wait_for(lambda: len(umlauf.ctl_json("queue", "list")) == 2)
    same("drop all", umlauf.ctl_json("queue", "drop", "--all"), {"dropped": 2})
    umlauf.ctl("courier", "release")
    check("status is content", wait_for(lambda: umlauf.ctl_result("status").returncode == 0),
          lambda: umlauf.ctl("status", fails=True))
    umlauf.stop()


def digests():
    umlauf = new_store()
    refused(umlauf, "a preview for nobody", 1, "digest", "preview", "nobody@x.de")
    words = refused(umlauf, "a preview for one who gets none", 1, "digest", "preview", ANNA)
    check("it says why", "no digest" in words, words)
    done = umlauf.ctl_result("digest", "preview", BEN)
    check("nothing new: nothing on stdout, exit status 0",
          done.returncode == 0 and not done.stdout and BEN in done.stderr, done.stderr)
    umlauf.start()
    post(umlauf, "<a@x.de>", "<b@x.de>")
    all_is_sent(umlauf, 4)
    umlauf.stop()
    shown = umlauf.ctl("digest", "preview", BEN, "--at", NEXT_MORNING)
    lines = shown.splitlines()
    same("preview: the head, decoded", lines[:2] + [lines[3]],
         [f"From: Tagesüberblick <ueberblick@{DOMAIN}>", f"To: {BEN}", ""])
    check("its subject", lines[2].startswith("Subject: Tagesüberblick ") and
          "Haushalt" in lines[2], lines[2])
    check("its text", "Guten Tag" in shown and "Finanzen" in shown, shown)
    same("html shows the text part in this version",
         umlauf.ctl("digest", "preview", BEN, "--at", NEXT_MORNING, "--format", "html"), shown)
    for form in ("mime", "rfc1153", "pdf"):
        words = refused(umlauf, f"the form {form}", 64, "digest", "preview", BEN, "--format", form)
        check("it is named", form in words, words)
    refused(umlauf, "a time that is none", 64, "digest", "run", "--at", "tomorrow")
    as_json = umlauf.ctl_json("digest", "preview", BEN, "--at", NEXT_MORNING)
    same("as JSON", (as_json["posts"], f"Subject: {as_json['subject']}"), (2, lines[2]))
    same("its text is the same", as_json["text"], shown.split("\n\n", 1)[1])

    same("nobody is due before", umlauf.ctl_json("digest", "run"), {"made": 0})
    run = ("digest", "run", "--at", NEXT_MORNING)
    same("who would get one", umlauf.ctl_json(*run, "--dry-run"),
         [{"address": BEN, "day": "2026-11-25", "posts": 2}])
    same("nothing was made", umlauf.ctl_json("queue", "list"), [])
    check("made", "1 digest is made" in umlauf.ctl(*run))
    same("made once", umlauf.ctl_json(*run), {"made": 0})
    same("and no more to make", umlauf.ctl_json(*run, "--dry-run"), [])
    check("in German", "0 Tagesüberblicke" in in_german(umlauf, *run), in_german(umlauf, *run))
    same("it waits to be sent",
         [(row["kind"], row["address"], row["about"]) for row in umlauf.ctl_json("queue", "list")],
         [("digest", BEN, "2026-11-25")])
    umlauf.ctl("person", "set", BEN, "--digest-at", "08:00")
    umlauf.start("--role", "intake")
    post(umlauf, "<c@x.de>")
    umlauf.stop()
    later = ("digest", "run", "--at", "2026-11-25T08:30:00+01:00")
    same("one a day, though the hour was changed after it",
         (umlauf.ctl_json(*later, "--dry-run"), umlauf.ctl_json(*later)), ([], {"made": 0}))
    traced = umlauf.ctl_json("trace", "<b@x.de>")
    same("trace of a post names the digest that holds it",
         [(row["kind"], row["address"], row["state"], row["day"]) for row in traced["deliveries"]
          if row["kind"] == "digest"], [("digest", BEN, "waiting", "2026-11-25")])
    same("trace of the address too",
         [(row["kind"], row["day"]) for row in umlauf.ctl_json("trace", BEN)["deliveries"]],
         [("digest", "2026-11-25")])
    umlauf.start()
    check("the courier sends it", wait_for(
        lambda: umlauf.ctl_json("trace", BEN)["deliveries"][0]["state"] == "sent"), umlauf.log)
    check("to Ben", any(sent["X-Envelope-To"] == f"<{BEN}>" for sent in umlauf.outgoing(7)))
    umlauf.stop()


def traces():
    umlauf = new_store()
    umlauf.add_group("amt.rat", f"rat@{DOMAIN}", "--post", "moderated")
    umlauf.start()
    post(umlauf, "<a@x.de>", "<gone@x.de>")
    post(umlauf, "<wait@x.de>", to=f"rat@{DOMAIN}")
    all_is_sent(umlauf, 4)
    umlauf.stop()

    refused(umlauf, "an unknown Message-ID", 1, "trace", "<nothing@x.de>")
    refused(umlauf, "an unknown address", 1, "trace", "nobody@x.de")
    words = refused(umlauf, "a word that is neither", 1, "trace", "nonsense")
    same("one line says so", len(words.splitlines()), 1)
    same("an id without its brackets", umlauf.ctl_json("trace", "a@x.de")["message_id"], "<a@x.de>")
    held = umlauf.ctl_json("trace", "<wait@x.de>")
    same("held", (held["state"], held["places"], [one["group"] for one in held["held"]],
                  held["deliveries"]), ("held", [], ["amt.rat"], []))
    check("as text", f"held approve {held['held'][0]['id']}" in umlauf.ctl("trace", "<wait@x.de>"))
    umlauf.ctl("article", "remove", "<gone@x.de>")
    gone = umlauf.ctl_json("trace", "<gone@x.de>")
    same("withdrawn", (gone["state"], gone["places"], len(gone["deliveries"])),
         ("withdrawn", [], 2))

    archive = umlauf.folder / "archive"
    (archive / "new").mkdir(parents=True)
    (archive / "cur").mkdir()
    (archive / "new/1").write_bytes(mail("Alt", "Archiv", msgid="<old@x.de>"))
    umlauf.ctl("import", "maildir", archive, GROUP)
    old = umlauf.ctl_json("trace", "<old@x.de>")
    same("imported", (old["state"], old["quiet"], old["deliveries"]), ("placed", True, []))
    check("nobody got mail for it", "nobody got mail" in umlauf.ctl("trace", "<old@x.de>"))
    check("in German", "niemand hat dazu Post bekommen" in in_german(umlauf, "trace", "<old@x.de>"),
          in_german(umlauf, "trace", "<old@x.de>"))

    rows(umlauf, "UPDATE delivery SET state = 2, doubtful = 1, attempts = 3,"
         " answer = '550 no such user' WHERE address = ?", CEM)
    number = umlauf.ctl_json("trace", CEM)["deliveries"][0]["id"]
    rows(umlauf, "INSERT INTO bounce (delivery, at, action, status, text)"
         " VALUES (?, ?, 'failed', '5.1.1', 'mailbox unknown')", number, NOON + 5)
    row = umlauf.ctl_json("trace", CEM)["deliveries"][0]
    same("an address: its newest first, all that is known",
         {key: row[key] for key in ("message_id", "group", "state", "attempts", "answer",
                                    "doubtful", "letter", "day", "reports")},
         {"message_id": "<gone@x.de>", "group": GROUP, "state": "failed", "attempts": 3,
          "answer": "550 no such user", "doubtful": True, "letter": None, "day": None,
          "reports": [{"at": "2026-11-24T11:00:05Z", "action": "failed", "status": "5.1.1",
                       "text": "mailbox unknown"}]})
    table = umlauf.ctl("trace", CEM)
    check("as text", all(word in table for word in
                         ("550 no such user", "mailbox unknown", "may have arrived")), table)
    check("in German", "ist vielleicht angekommen" in in_german(umlauf, "trace", CEM),
          in_german(umlauf, "trace", CEM))
    same("what has failed", [(row["address"], row["answer"]) for row in
                             umlauf.ctl_json("queue", "list", "--failed")],
         [(CEM, "550 no such user")] * 2)
    same("status counts it", json.loads(umlauf.ctl("status", "--json", fails=True))["queue"]["failed"], 2)
    umlauf.set_time(NOON + 8 * 86400)
    same("after a week it is told no more", umlauf.ctl_json("queue", "list", "--failed"), [])


def many():
    """With 100,000 deliveries the answers stay short."""
    umlauf = new_store()
    umlauf.start()
    post(umlauf, "<a@x.de>")
    all_is_sent(umlauf, 2)
    umlauf.stop()
    with sqlite3.connect(umlauf.folder / "store/umlauf.db") as store:
        store.execute("INSERT INTO person (id, name, language) WITH RECURSIVE n(i) AS (SELECT 100"
                      " UNION ALL SELECT i + 1 FROM n WHERE i < 100099)"
                      " SELECT i, '', 'de' FROM n")
        store.execute("INSERT INTO delivery (kind, person, address, letter, state, made, due,"
                      " changed, answer) SELECT 2, id, 'p' || (id % 1000) || '@stadt.example',"
                      " 'left', 1, ?, ?, ?, '250 ok' FROM person WHERE id >= 100",
                      (NOON, NOON, NOON))
    store.close()
    same("an address shows its newest hundred",
         len(umlauf.ctl_json("trace", "p7@stadt.example")["deliveries"]), 100)
    rows(umlauf, "UPDATE delivery SET state = 0 WHERE letter = 'left'")
    done = umlauf.ctl_result("queue", "list", "--json")
    check("a long queue is shown in part, and the whole said",
          len(json.loads(done.stdout)) == 300 and "100000" in done.stderr, done.stderr)


def status():
    umlauf = new_store()
    umlauf.start()

    def told():
        done = umlauf.ctl_result("status", "--json")
        return done.returncode, json.loads(done.stdout)

    same("a quiet morning", told()[1]["needs"], [])
    rows(umlauf, "INSERT INTO memo (name, at, text) VALUES ('relay trouble', ?, 'refused')", NOON)
    umlauf.set_time(NOON + 300)
    code, said = told()
    same("a relay that is away for five minutes",
         (code, said["courier"]["trouble"], said["needs"]),
         (0, {"error": "refused", "since": "2026-11-24T11:00:00Z"}, []))
    check("is a line", "refused" in umlauf.ctl("status"), umlauf.ctl("status"))
    umlauf.set_time(NOON + 601)
    code, said = told()
    check("after ten it needs a person", code == 1 and len(said["needs"]) == 1 and
          "refused" in said["needs"][0], said["needs"])
    rows(umlauf, "DELETE FROM memo")
    post(umlauf, "<a@x.de>")
    all_is_sent(umlauf, 2)
    rows(umlauf, "INSERT INTO suspect SELECT 'courier', id, 3 FROM article")
    code, said = told()
    same("an article that is set aside", (code, said["set_aside"]),
         (1, [{"by": "courier", "message_id": "<a@x.de>"}]))
    check("needs a person", any("<a@x.de>" in need for need in said["needs"]), said["needs"])
    umlauf.stop()
    rows(umlauf, "UPDATE cursor SET number = 0")
    same("how far the courier is", told()[1]["courier"]["behind"],
         [{"group": GROUP, "number": 0, "high": 1}])
    check("as text", f"{GROUP}: the courier has come to 0 of 1" in umlauf.ctl("status", fails=True))
    same("trace says so too", umlauf.ctl_json("trace", "<a@x.de>")["pending"], True)


def finding(umlauf, name, words, level="error"):
    """check has one finding of that level with these words; its exit status fits."""
    done = umlauf.ctl_result("check", "--json")
    found = [one for one in json.loads(done.stdout)["findings"]
             if all(word in one["text"] for word in words)]
    check(f"check, {name}: {level}", [one["level"] for one in found] == [level] and
          done.returncode == (level == "error"), done.stdout)


def checks():
    umlauf = new_store()

    def courier(**keys):
        blank = dict.fromkeys(("relay", "user", "password-file", "tls"))
        umlauf.configure({"courier": {**blank, **{k.replace("_", "-"): v for k, v in keys.items()}}})

    def quiet(name):
        done = umlauf.ctl_result("check", "--json")
        found = [one for one in json.loads(done.stdout)["findings"] if "[courier]" in one["text"]]
        same(f"check, {name}: no word about it", found, [])

    password = umlauf.folder / "password"
    password.write_text("geheim\n", encoding="ascii")
    empty = umlauf.folder / "empty"
    empty.write_text("", encoding="ascii")
    quiet("a folder that is not there yet")
    courier(relay=f"maildir:{umlauf.file}/outbox")
    finding(umlauf, "a folder that can't be", ["[courier] relay", str(umlauf.file)])
    nobody = f"smtp://127.0.0.1:{story.free_port()}"
    courier(relay=nobody)
    finding(umlauf, "a relay that is not there", ["[courier] relay", "mails wait"], "warning")
    courier(relay=f"lmtp:{umlauf.folder}/nothing")
    finding(umlauf, "a socket that is not there", ["[courier] relay", "mails wait"], "warning")
    courier(relay=nobody, user="umlauf")
    finding(umlauf, "a user without a password", ["[courier] user", "password-file"])
    courier(relay=nobody, password_file=password)
    finding(umlauf, "a password without a user", ["[courier] password-file", "user"])
    courier(relay=nobody, user="umlauf", password_file=empty)
    finding(umlauf, "an empty password file", ["[courier] password-file", "empty"])
    courier(relay="smtp://192.0.2.1:25", user="umlauf", password_file=password, tls="none")
    finding(umlauf, "a password in clear", ["[courier] tls", "password"])

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        courier(relay=f"smtp://127.0.0.1:{silent.getsockname()[1]}", tls="auto")
        begin = time.monotonic()
        finding(umlauf, "a relay that says nothing", ["[courier] relay"], "warning")
        check("is not waited for long", time.monotonic() - begin < 15, time.monotonic() - begin)
    umlauf.env["LC_ALL"] = "de_DE.UTF-8"
    courier(relay=nobody, user="umlauf")
    finding(umlauf, "in German", ["[courier] user hat kein Passwort"])


if __name__ == "__main__":
    os.umask(0o022)
    story.run(brake, queue, digests, traces, many, status, checks)
