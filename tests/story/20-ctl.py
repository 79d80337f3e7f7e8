#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""The operator's command, mostly without a daemon: every subcommand, its JSON, its exit status."""

import json
import re
import subprocess
import time

import story
from story import DOMAIN, Umlauf, check, mail, program, same
from wire import deliver

GROUP = "amt.finanzen"
ADDRESS = f"finanzen@{DOMAIN}"


def store_with_group(*options):
    umlauf = Umlauf().init()
    umlauf.ctl("group", "add", GROUP, "--address", ADDRESS, *options)
    return umlauf


def refused(umlauf, name, wanted, *args):
    """The command ends with that status, a word on stderr and nothing on stdout."""
    done = umlauf.ctl_result(*args)
    check(f"{name}: exit status {wanted}",
          done.returncode == wanted and done.stderr and not done.stdout,
          f"{done.returncode}\n{done.stdout}{done.stderr}")
    return done.stderr


def mbox(*messages, end="\n"):
    """Messages (octets with CRLF) as an mboxrd."""
    out = []
    for message in messages:
        lines = message.decode("utf-8").replace("\r\n", "\n").rstrip("\n").split("\n")
        out.append("From anna@example.de Mon Nov 23 08:00:00 2026")
        out += [">" + line if re.match(">*From ", line) else line for line in lines]
        out.append("")
    return (end.join(out) + end).encode("utf-8")


def write_mbox(umlauf, *messages, **options):
    path = umlauf.folder / "archive.mbox"
    path.write_bytes(mbox(*messages, **options))
    return path


def usage():
    umlauf = Umlauf()
    for args in (["--help"], ["--version"], ["group", "--help"], ["group", "add", "--help"],
                 ["import", "mbox", "-h"], ["check", "--help"]):
        done = umlauf.ctl_result(*args)
        check(f"umlauf {' '.join(args)}", done.returncode == 0 and done.stdout and not done.stderr,
              done.stderr)
    for name, args in (("no command", []), ("an unknown one", ["frobnicate"]),
                       ("a noun alone", ["group"]), ("an unknown verb", ["group", "paint"]),
                       ("what a later version has", ["forum", "list"]),
                       ("an unknown option", ["group", "list", "--colour"]),
                       ("a missing argument", ["group", "remove"]),
                       ("one too many", ["group", "list", "a"]),
                       ("JSON from an mbox", ["export", "mbox", "--json", GROUP])):
        words = refused(umlauf, name, 64, *args)
        check(f"{name}: a hint to --help", "--help" in words, words)
    german = subprocess.run([program("umlauf"), "--help"], capture_output=True, encoding="utf-8",
                            env={"LC_ALL": "de_DE.UTF-8"}, check=False)
    check("German is spoken", "Aufruf" in german.stdout, german.stdout)


def config():
    umlauf = Umlauf({"news": {"workers": "0", "colour": "blue"}})
    words = refused(umlauf, "a bad config", 78, "group", "list")
    same("each error is a line FILE:LINE", len(re.findall(rf"^{umlauf.file}:\d+: ", words, re.M)), 2)
    done = umlauf.ctl_result("check", "--json")
    same("check says so too", done.returncode, 78)
    same("and in JSON", [finding["level"] for finding in json.loads(done.stdout)["findings"]],
         ["error", "error"])
    done = subprocess.run([program("umlauf"), "-c", "/nonexistent", "init"], capture_output=True,
                          check=False)
    same("no config at all: exit status 78", done.returncode, 78)


def init_and_check():
    umlauf = Umlauf()
    umlauf.configure({"intake": {"maildir": str(umlauf.folder / "incoming"),
                                 "lmtp": "127.0.0.1:0, 0.0.0.0:0"},
                      "news": {"require-login": "read"}, "web": {"listen": "127.0.0.1:8080"}})
    words = refused(umlauf, "a store that is not made", 1, "group", "list")
    check("init is named", "init" in words, words)
    done = umlauf.ctl_result("check")
    same("check without a store: exit status 1", done.returncode, 1)
    check("and it names init", "init" in done.stdout, done.stdout)
    same("init", umlauf.ctl_json("init")["new"], True)
    same("init once more changes nothing", umlauf.ctl_json("init")["new"], False)
    check("init makes the Maildir", (umlauf.folder / "incoming/new").is_dir())
    check("nobody else reads the store",
          (umlauf.folder / "store/umlauf.db").stat().st_mode & 0o007 == 0)
    umlauf.ctl("group", "add", GROUP, "--address", ADDRESS)
    done = umlauf.ctl_result("check")
    same("check with warnings: exit status 0", done.returncode, 0)
    for word in ("[web] listen", "0.0.0.0:0", "require-login", "trusted-authserv"):
        check(f"check warns of {word}", word in done.stdout, done.stdout)
    check("a setting without effect is named with its line",
          re.search(rf"{umlauf.file}:\d+: \[web\] listen", done.stdout), done.stdout)
    same("its JSON agrees", umlauf.ctl_json("check")["ok"], True)
    umlauf.configure({"intake": {"lmtp-group": "nobody-is-here"}})
    done = umlauf.ctl_result("check")
    check("a group of the socket that there is not is an error",
          done.returncode == 1 and "nobody-is-here" in done.stdout, done.stdout)


def groups():
    umlauf = store_with_group("--title", "Finanzen & Bürgerbüro", "--moderator", "Chef@Example.DE")
    same("group list", umlauf.ctl_json("group", "list"), [
        {"name": GROUP, "address": ADDRESS, "title": "Finanzen & Bürgerbüro", "language": "de",
         "post": "members", "read": "open", "addresses": "masked", "articles": 0, "low": 1,
         "high": 0, "moderators": ["chef@example.de"]}])
    table = umlauf.ctl("group", "list")
    check("as a table", GROUP in table and "Bürgerbüro" in table, table)
    same("--json in front of the command", json.loads(umlauf.ctl("--json", "group", "list")),
         umlauf.ctl_json("group", "list"))

    add = ("group", "add")
    for name in ("Amt.X", "amt..x", ".amt", "amt.", "amt.123", "amt x", "amt.ü", "control.x", "to",
                 "amt.all", "-amt", "poster", ""):
        refused(umlauf, f"the name {name!r}", 64, *add, name, "--address", f"x@{DOMAIN}")
    refused(umlauf, "no address", 64, *add, "amt.x")
    refused(umlauf, "a bad address", 64, *add, "amt.x", "--address", "x")
    refused(umlauf, "a bad choice", 64, *add, "amt.x", "--address", f"x@{DOMAIN}", "--post", "all")
    refused(umlauf, "a name that is taken", 1, *add, GROUP, "--address", f"x@{DOMAIN}")
    refused(umlauf, "an address that is taken", 1, *add, "amt.x", "--address", ADDRESS.upper())
    refused(umlauf, "a suffix address of another group", 1, *add, "amt.x", "--address",
            f"finanzen-owner@{DOMAIN}")
    done = umlauf.ctl_result(*add, "amt.x", "--address", "x@elsewhere.example", "--read", "members")
    check("another domain is warned of", done.returncode == 0 and DOMAIN in done.stderr,
          done.stderr)

    umlauf.ctl("group", "set", GROUP, "--post", "closed", "--title", "Neu", "--language", "en")
    changed, other = umlauf.ctl_json("group", "list")
    same("group set", (changed["post"], changed["title"], changed["language"]),
         ("closed", "Neu", "en"))
    same("addresses are shown where members read", other["addresses"], "shown")
    umlauf.ctl("group", "set", "amt.x", "--read", "open")
    same("and masked where that is opened", umlauf.ctl_json("group", "list")[1]["addresses"],
         "masked")
    refused(umlauf, "an unknown group", 1, "group", "set", "amt.y", "--title", "x")
    umlauf.ctl("group", "remove", "amt.x")
    same("group remove", [group["name"] for group in umlauf.ctl_json("group", "list")], [GROUP])
    refused(umlauf, "removed twice", 1, "group", "remove", "amt.x")


def masks():
    umlauf = store_with_group()
    umlauf.ctl("import", "mbox", write_mbox(umlauf, mail("Haushalt", "x", msgid="<a@x.de>")), GROUP)

    def author():
        return umlauf.ctl_json("thread", GROUP)[0]["from"]

    check("the address is masked where anybody reads", f"@{DOMAIN}>" in author(), author())
    umlauf.ctl("group", "set", GROUP, "--addresses", "shown")
    same("group set --addresses shown", author(), "Anna Muster <anna@example.de>")
    umlauf.ctl("group", "set", GROUP, "--addresses", "masked")
    check("and masked again", "anna@example.de" not in author(), author())


def persons():
    umlauf = store_with_group()
    umlauf.ctl("person", "add", "Anna@Example.DE", "--name", "Anna Müller", "--zone",
               "Europe/Vienna", "--language", "en")
    umlauf.ctl("person", "set", "anna@example.de", "--digest-at", "07:15", "--digest-days",
               "Mon-Wed,Fri")
    umlauf.ctl("subscribe", "anna@example.de", GROUP, "--mode", "digest")
    refused(umlauf, "a person twice", 1, "person", "add", "anna@example.de")
    for option, value in (("--zone", "Europe/Berlinn"), ("--digest-at", "7:15"),
                          ("--digest-at", "24:00"), ("--digest-days", "Montag"),
                          ("--language", "fr")):
        refused(umlauf, f"{option} {value}", 64, "person", "set", "anna@example.de", option, value)
    told = umlauf.ctl_json("person", "export", "anna@example.de")
    same("person export", (told["addresses"], told["name"], told["zone"], told["language"],
                           told["digest_at"], told["digest_days"]),
         (["anna@example.de"], "Anna Müller", "Europe/Vienna", "en", "07:15", "Mon-Wed,Fri"))
    same("with subscriptions", [(s["group"], s["mode"]) for s in told["subscriptions"]],
         [(GROUP, "digest")])
    same("and rights", told["rights"],
         [{"group": GROUP, "read": True, "post": True, "moderate": False}])
    same("person list", [person["name"] for person in umlauf.ctl_json("person", "list")],
         ["Anna Müller"])
    check("as a table", "Anna Müller" in umlauf.ctl("person", "list"))
    umlauf.ctl("person", "erase", "anna@example.de")
    same("erased: not listed", umlauf.ctl_json("person", "list"), [])
    same("erased: not subscribed", umlauf.ctl_json("subscriptions"), [])
    refused(umlauf, "erased twice", 1, "person", "erase", "anna@example.de")


def subscriptions():
    umlauf = store_with_group()
    umlauf.ctl("subscribe", "anna@example.de", GROUP)
    umlauf.ctl("subscribe", "Anna@example.de", GROUP)
    same("subscribing twice is once, each post by default",
         [(s["address"], s["mode"]) for s in umlauf.ctl_json("subscriptions")],
         [("anna@example.de", "each")])
    umlauf.ctl("subscribe", "anna@example.de", GROUP, "--mode", "none")
    same("the mode changes", umlauf.ctl_json("subscriptions")[0]["mode"], "none")
    refused(umlauf, "an unknown mode", 64, "subscribe", "a@example.de", GROUP, "--mode", "weekly")
    refused(umlauf, "an unknown group", 1, "subscribe", "a@example.de", "amt.y")
    refused(umlauf, "no address", 64, "subscribe", "anna", GROUP)

    addresses = umlauf.folder / "addresses"
    addresses.write_text("# Verteiler\n\nb@example.de\nkaputt\n C@example.de \nauch@kaputt@\n")
    words = refused(umlauf, "a file with bad lines", 1, "subscribe", "--file", addresses, GROUP)
    same("each is named", re.findall(rf"{addresses}:(\d+): ", words), ["4", "6"])
    same("and nothing is changed", len(umlauf.ctl_json("subscriptions")), 1)
    addresses.write_text("# Verteiler\n\n b@example.de\r\nC@example.de\n"
                         + "".join(f"m{i}@example.de\n" for i in range(10000)))
    begin = time.monotonic()
    told = umlauf.ctl_json("subscribe", "--file", addresses, GROUP)
    spent = time.monotonic() - begin
    same("a file of 10,002 addresses", told, {"group": GROUP, "subscribed": 10002})
    check("takes less than 5 s", spent < 5, f"{spent:.1f} s")
    listed = umlauf.ctl_json("subscriptions", "--group", GROUP)
    same("all are there, normal", len({s["address"] for s in listed} &
                                      {"b@example.de", "c@example.de", "m9999@example.de"}), 3)
    umlauf.ctl("unsubscribe", "b@example.de", GROUP)
    same("unsubscribe", len(umlauf.ctl_json("subscriptions")), 10002)
    refused(umlauf, "unsubscribed twice", 1, "unsubscribe", "b@example.de", GROUP)


def archive():
    """Two threads; one has a reply to a reply, one an odd body."""
    return (
        mail("Haushalt", "Anfang", msgid="<a1@x.de>", date="Mon, 1 Jun 2026 10:00:00 +0200"),
        mail("Re: Haushalt", "Antwort", msgid="<a2@x.de>", References="<a1@x.de>",
             date="Mon, 1 Jun 2026 11:00:00 +0200"),
        mail("=?utf-8?Q?B=C3=BCro?=", "From hier\n>From da\n\n.\nEnde", msgid="<b1@x.de>",
             date="Mon, 1 Jun 2026 10:30:00 +0200"),
        mail("AW: Haushalt", "tiefer", msgid="<a3@x.de>", References="<a1@x.de> <a2@x.de>",
             date="Mon, 1 Jun 2026 12:00:00 +0200"),
        mail("Re: Haushalt", "daneben", msgid="<a4@x.de>", References="<a1@x.de>",
             date="Mon, 1 Jun 2026 13:00:00 +0200"),
    )


def imports():
    umlauf = store_with_group()
    path = write_mbox(umlauf, *archive())
    done = umlauf.ctl_result("import", "mbox", path, GROUP)
    check("import mbox", done.returncode == 0 and "5 imported, 0 known already, 0 refused"
          in done.stdout, done.stdout + done.stderr)
    told = umlauf.ctl_json("import", "mbox", path, GROUP)
    same("once more: all known", (told["imported"], told["known"], told["refused"]), (0, 5, 0))
    for message, msgid in zip(archive(), ("a1", "a2", "b1")):
        shown = umlauf.ctl("article", "show", f"{msgid}@x.de")
        same(f"<{msgid}@x.de> is stored as it was", shown.replace("\r\n", "\n"),
             message.decode("utf-8").replace("\r\n", "\n"))
    whole = umlauf.ctl_json("article", "show", "<a1@x.de>")
    same("imported quietly, with its own date",
         (whole["quiet"], whole["via"], whole["date"]), (True, "import", "2026-06-01T08:00:00Z"))
    check("arrived now, not at its date", whole["arrived"] > whole["date"], whole["arrived"])

    exported = umlauf.ctl("export", "mbox", GROUP)
    second = store_with_group()
    (second.folder / "copy.mbox").write_text(exported, encoding="utf-8")
    same("export and import", second.ctl_json("import", "mbox", second.folder / "copy.mbox",
                                              GROUP)["imported"], 5)
    same("lose nothing", second.ctl("export", "mbox", GROUP), exported)
    same("an mbox with CRLF is known", umlauf.ctl_json(
        "import", "mbox", write_mbox(umlauf, *archive(), end="\r\n"), GROUP)["known"], 5)

    same("an empty mbox", umlauf.ctl_json("import", "mbox", write_mbox(umlauf), GROUP)["imported"],
         0)
    refused(umlauf, "what is no mbox", 1, "import", "mbox", umlauf.file, GROUP)
    refused(umlauf, "what is not there", 1, "import", "mbox", umlauf.folder / "x", GROUP)
    refused(umlauf, "an unknown group", 1, "import", "mbox", path, "amt.y")
    refused(umlauf, "export of an unknown group", 1, "export", "mbox", "amt.y")
    umlauf.configure({"intake": {"max-message-size": "2K"}})
    path = write_mbox(umlauf, mail("gross", "x" * 70 + "\n" + "y\n" * 1500, msgid="<g@x.de>"),
                      mail("klein", "x", msgid="<k@x.de>"))
    told = umlauf.ctl_json("import", "mbox", path, GROUP)
    same("too big is refused, the next one is not", (told["imported"], told["refused"]), (1, 1))
    check("and named with its place", f"{path}:1: " in told["refusals"][0], told["refusals"])


def nearly_too_long():
    """A header of just less than 1 MiB, the limit: with the fields of news it is beyond."""
    fields = {f"X_Filler_{i}": "x" * 900 for i in range(1140)}
    rest = (1 << 20) - 100 - mail("lang", "x", msgid="<l@x.de>", **fields).index(b"\r\n\r\n")
    for i in range(rest // 900 + 1):
        fields[f"X_Rest_{i}"] = "y" * min(880, max(1, rest - 900 * i))
    return mail("lang", "x", msgid="<l@x.de>", **fields)


def imports_with_care():
    umlauf = store_with_group()
    messages = [*archive()[:2], nearly_too_long(), *archive()[2:], mail("kurz", "x")]
    told = umlauf.ctl_json("import", "mbox", write_mbox(umlauf, *messages), GROUP)
    same("what fails in mid-chunk harms no other", (told["imported"], told["refused"]), (6, 1))
    check("and is named", "archive.mbox" in told["refusals"][0], told)
    same("all have their places", len(umlauf.ctl_json("thread", GROUP)), 6)

    umlauf = store_with_group()
    folder = umlauf.folder / "Maildir"
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    for number, message in enumerate(messages):
        (folder / "cur" / f"{number}").write_bytes(message)
    told = umlauf.ctl_json("import", "maildir", folder, GROUP)
    same("nor in a Maildir", (told["imported"], told["refused"]), (6, 1))


def imports_maildir():
    umlauf = store_with_group()
    maildir = umlauf.folder / "Maildir"
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    first, second = archive()[:2]
    (maildir / "new/2.x.de").write_bytes(second.replace(b"\r\n", b"\n"))
    (maildir / "cur/1.x.de:2,S").write_bytes(first)
    (maildir / "tmp/0.x.de").write_bytes(first)
    (maildir / "new/3.empty").write_bytes(b"")
    told = umlauf.ctl_json("import", "maildir", maildir, GROUP)
    same("import maildir; an empty file is no mail", (told["imported"], told["refused"]), (2, 1))
    same("in the order of the names", [entry["number"] for entry in umlauf.ctl_json("thread", GROUP)],
         [1, 2])
    same("once more", umlauf.ctl_json("import", "maildir", maildir, GROUP)["known"], 2)
    refused(umlauf, "a folder that is no Maildir", 1, "import", "maildir", umlauf.folder, GROUP)


def threads():
    umlauf = store_with_group()
    umlauf.ctl("import", "mbox", write_mbox(umlauf, *reversed(archive())), GROUP)
    tree = umlauf.ctl_json("thread", GROUP)
    same("thread GROUP: depth first, by date", [(e["id"], e["parent"]) for e in tree],
         [("<a1@x.de>", None), ("<a2@x.de>", "<a1@x.de>"), ("<a3@x.de>", "<a2@x.de>"),
          ("<a4@x.de>", "<a1@x.de>"), ("<b1@x.de>", None)])
    same("all that is promised of an entry", {k: tree[4][k] for k in ("number", "subject", "date")},
         {"number": 3, "subject": "Büro", "date": "2026-06-01T08:30:00Z"})
    same("thread MESSAGE-ID without brackets",
         [e["id"] for e in umlauf.ctl_json("thread", "a3@x.de")],
         ["<a1@x.de>", "<a2@x.de>", "<a3@x.de>", "<a4@x.de>"])
    lines = umlauf.ctl("thread", GROUP).splitlines()
    check("as a tree of text", lines[0].startswith("Haushalt  Anna Muster  2026-06-01 10:00") and
          lines[1].startswith("├─ Re: Haushalt") and lines[2].startswith("│  └─ AW: Haushalt") and
          lines[3].startswith("└─ Re: Haushalt") and lines[4].startswith("Büro"), "\n".join(lines))

    umlauf.ctl("article", "remove", "a2@x.de")
    removed = umlauf.ctl_json("thread", GROUP)[1]
    same("a withdrawn article above others stays in the tree",
         {k: removed[k] for k in ("id", "parent", "number", "subject", "from", "withdrawn")},
         {"id": "<a2@x.de>", "parent": "<a1@x.de>", "number": None, "subject": None, "from": None,
          "withdrawn": True})
    umlauf.ctl("article", "remove", "<a3@x.de>")
    same("and goes with them", [e["id"] for e in umlauf.ctl_json("thread", GROUP)],
         ["<a1@x.de>", "<a4@x.de>", "<b1@x.de>"])
    refused(umlauf, "removed twice", 1, "article", "remove", "a3@x.de")
    refused(umlauf, "an unknown article", 1, "article", "show", "nobody@x.de")
    refused(umlauf, "its thread", 1, "thread", "nobody@x.de")
    refused(umlauf, "an unknown group", 1, "thread", "amt.y")
    told = umlauf.ctl_json("import", "mbox", write_mbox(umlauf, *archive()), GROUP)
    same("what was removed is refused for good", (told["known"], told["refused"]), (3, 2))
    same("article show tells of it", umlauf.ctl_json("article", "show", "a2@x.de")["withdrawn"],
         True)
    same("verify finds nothing", umlauf.ctl_json("verify"), {"ok": True, "findings": []})


def backups():
    umlauf = store_with_group()
    umlauf.ctl("import", "mbox", write_mbox(umlauf, *archive()), GROUP)
    copy = umlauf.folder / "copy"
    umlauf.ctl("backup", copy)
    same("backup: store and config", sorted(path.name for path in copy.iterdir()),
         ["umlauf.conf", "umlauf.db"])
    same("that nobody else reads", copy.stat().st_mode & 0o077, 0)
    refused(umlauf, "a folder that is not empty", 1, "backup", copy)
    umlauf.ctl("article", "remove", "a1@x.de")
    store = umlauf.folder / "store/umlauf.db"
    refused(umlauf, "restore over a store", 1, "restore", copy)
    umlauf.ctl("restore", copy, "--force")
    same("restore --force", len(umlauf.ctl_json("thread", GROUP)), 5)
    check("keeps the old store", store.with_name("umlauf.db.before-restore").exists())
    same("and nothing else", [path.name for path in store.parent.iterdir()
                              if "restoring" in path.name], [])
    refused(umlauf, "and does not write over that one", 1, "restore", copy, "--force")
    for path in store.parent.iterdir():
        path.unlink()
    umlauf.ctl("restore", copy)
    same("restore into an empty place", umlauf.ctl_json("verify")["ok"], True)

    with open(copy / "umlauf.db", "r+b") as damaged:
        damaged.seek(20000)
        damaged.write(b"x" * 60000)
    refused(umlauf, "a damaged backup", 1, "restore", copy, "--force")
    same("changes nothing", len(umlauf.ctl_json("thread", GROUP)), 5)
    words = refused(umlauf, "no backup at all", 1, "restore", umlauf.folder / "x", "--force")
    check("and the reason is told", "No such file" in words, words)


def without_daemon():
    umlauf = store_with_group()
    same("nothing is held", umlauf.ctl_json("held", "list"), [])
    refused(umlauf, "approving what is not there", 1, "held", "approve", "7")
    refused(umlauf, "rejecting what has no number", 1, "held", "reject", "x")
    done = umlauf.ctl_result("status", "--json")
    told = json.loads(done.stdout)
    same("status without a daemon: exit status 1",
         (done.returncode, told["ok"], told["running"], len(told["needs"])), (1, False, False, 1))
    same("it counts the groups", told["groups"],
         [{"name": GROUP, "articles": 0, "low": 1, "high": 0}])
    check("as text", GROUP in umlauf.ctl("status", fails=True))
    umlauf.ctl("status", "--clear")
    begin = time.monotonic()
    umlauf.ctl("group", "list")
    spent = time.monotonic() - begin
    check("a small command is quick", spent < 0.5, f"{spent:.3f} s")


def with_daemon():
    umlauf = store_with_group("--post", "moderated")
    umlauf.start()
    done = umlauf.ctl_result("status", "--json")
    told = json.loads(done.stdout)
    same("status with a daemon: exit status 0", (done.returncode, told["needs"]), (0, []))
    check("names the roles", {"supervisor", "intake", "news"} <= {r["role"] for r in told["roles"]},
          told["roles"])
    for n in range(4):
        answer = deliver(umlauf.lmtp_port, mail("Antrag", f"{n}", msgid=f"<h{n}@x.de>"), ADDRESS)
        same("a moderated group takes a mail", answer[0], 250)
    waiting = umlauf.ctl_json("held", "list")
    same("held list", [(held["subject"], held["author"], held["group"]) for held in waiting],
         [("Antrag", "anna@example.de", GROUP)] * 4)
    check("as a table", "Antrag" in umlauf.ctl("held", "list"))
    ids = [held["id"] for held in waiting]
    same("approve several", [one["message_id"] for one in
                             umlauf.ctl_json("held", "approve", ids[0], ids[1])],
         ["<h0@x.de>", "<h1@x.de>"])
    umlauf.ctl("held", "reject", ids[2])
    same("they are gone from the list", [held["id"] for held in umlauf.ctl_json("held", "list")],
         ids[3:])
    refused(umlauf, "approved twice", 1, "held", "approve", ids[0])
    same("what was approved stands in the group",
         [entry["id"] for entry in umlauf.ctl_json("thread", GROUP)], ["<h0@x.de>", "<h1@x.de>"])
    done = umlauf.ctl_result("held", "approve", ids[2], ids[3])
    same("one that is gone does not keep the others", (done.returncode, "<h3@x.de>" in done.stdout),
         (1, True))

    told = umlauf.ctl_json("import", "mbox", write_mbox(umlauf, *archive()), GROUP)
    same("import while the daemon runs", told["imported"], 5)
    umlauf.ctl("backup", umlauf.folder / "copy")
    refused(umlauf, "restore while it runs", 1, "restore", umlauf.folder / "copy", "--force")
    same("check while it runs", umlauf.ctl_json("check")["ok"], True)
    umlauf.stop()
    same("status after its end", umlauf.ctl_result("status").returncode, 1)


if __name__ == "__main__":
    story.run(usage, config, init_and_check, groups, masks, persons, subscriptions, imports,
              imports_with_care, imports_maildir, threads, backups, without_daemon, with_daemon)
