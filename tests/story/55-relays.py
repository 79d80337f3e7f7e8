#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Relays of each kind: encrypted, with a password, LMTP; and a post to ten thousand."""

import time

import relay as peer
import story
from house import ADMIN, NO_BOX, House, crowd, each_once, receivers
from relay import Certificates, Relay, say
from story import check, same, wait_for


# -- encryption, passwords, LMTP, many --


def encryption():
    made = Certificates()
    good = made.context("IP:127.0.0.1")
    wrong_name = made.context("DNS:anders.example")
    self_signed = made.context("IP:127.0.0.1", self_signed=True)
    password = made.folder / "password"
    password.write_text(peer.PASSWORD + "\n", encoding="utf-8")
    wrong = made.folder / "wrong"
    wrong.write_text("geheimer Irrtum\n", encoding="utf-8")
    ours = {"tls": "required", "ca-file": str(made.authority)}
    user = {**ours, "user": peer.USER, "password-file": str(password)}
    # what the relay is like, the settings, whether it comes encrypted (None: not at all), trouble
    cases = [
        ("required, offered", {"tls": good}, ours, True, ""),
        ("required, from the first octet", {"tls": good, "tls_at_once": True}, ours, True, ""),
        ("required, not offered", {}, ours, None, "STARTTLS"),
        ("required, another's name", {"tls": wrong_name}, ours, None, "certificate"),
        ("required, self-signed", {"tls": self_signed}, ours, None, "certificate"),
        ("required, unknown authority", {"tls": good}, {"tls": "required"}, None, "certificate"),
        ("not wished, offered", {"tls": good}, {"tls": "none"}, False, ""),
        ("on this machine none is needed", {"tls": good}, {}, False, ""),
        ("login by PLAIN", {"tls": good, "auth": "PLAIN"}, user, True, ""),
        ("login by LOGIN", {"tls": good, "auth": "LOGIN"}, user, True, ""),
        ("no login offered", {"tls": good}, user, None, "login"),
        ("a wrong password", {"tls": good, "auth": "PLAIN LOGIN"},
         {**user, "password-file": str(wrong)}, None, "535"),
    ]
    now = House(Relay())
    now.start()
    now.group("geheim", crowd(2))
    for name, kind, settings, encrypted, trouble in cases:
        now.relay = Relay(**kind)
        cleared = {"tls": None, "ca-file": None, "user": None, "password-file": None}
        now.umlauf.configure({"courier": {**cleared, "relay": now.relay.url, **settings}})
        before = now.courier()
        now.umlauf.hangup()
        wait_for(lambda: now.courier() != before)
        msgid = now.post("geheim")
        if encrypted is None:
            check(f"{name}: nothing goes out, and the trouble is told",
                  wait_for(lambda: trouble in (now.trouble() or "")), now.trouble())
            same(f"{name}: not a mail was said", now.relay.account, [])
        else:
            each_once(f"{name}: ", now, msgid, crowd(2))
            same(f"{name}: encrypted or not", {one.is_private for one in
                                               now.relay.mails(msgid=msgid)}, {encrypted})
        if kind.get("auth") and encrypted:
            same(f"{name}: as whom", {login[1:] for login in now.relay.logins},
                 {(peer.USER, peer.PASSWORD, True)})
    check("no password stands in the log", "grün & lang" not in now.umlauf.log()
          and "Irrtum" not in now.umlauf.log())
    now.umlauf.stop()


def lmtp():
    folder = story.folder("lmtp")
    now = House(Relay(path=folder / "box"))
    now.start()
    members = [*crowd(5), "vera@weg.example"]
    now.relay.on(".", say("550 5.2.2 full"), to="*weg.example")
    now.group("nah", members)
    msgid = now.post("nah")
    now.wait_states(msgid, sent=5, failed=1)
    same("LMTP: each has got it once, who has no room has not",
         receivers(now.relay.mails(msgid=msgid)), crowd(5))
    same("LMTP: nothing was said out of turn", now.relay.faults, [])
    now.umlauf.stop()


def many():
    now = House(Relay(), workers=4, timeout="30s")
    now.start()
    members = crowd(10000)
    now.relay.on("RCPT", say(NO_BOX), to="m7@*")
    now.group("alle", members)
    begin = time.monotonic()
    msgid = now.post("alle")
    now.relay.wait(9999, 90)
    seconds = time.monotonic() - begin
    now.wait_states(msgid, sent=9999, failed=1)
    got = receivers(now.relay.mails("m*"))
    same("10,000 receivers: each but the one without a box has got it once",
         (len(got), set(members) - set(got)), (9999, {"m7@mitglied.example"}))
    print(f"# 10,000 receivers in {seconds:.1f} s", flush=True)
    same("and the operator one letter", receivers(wait_for(now.letters)), [ADMIN])
    now.umlauf.stop()


if __name__ == "__main__":
    story.run(encryption, lmtp, many)
