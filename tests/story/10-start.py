#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""The daemon: start, ready, SIGHUP, a role that dies, the end."""

import os
import pwd
import signal
import socket
import subprocess

import story
from story import Umlauf, check, pid_is_alive, program, same, wait_for
from wire import Lmtp, Nntp


def greets_news(umlauf):
    with Nntp(umlauf.news_port) as news:
        return news.welcome[0] in (200, 201)


def pids_of(umlauf):
    return [int(entry["pid"]) for entry in umlauf.status("role")]


def is_closed(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def usage():
    cases = (
        ("--help", ["--help"], 0),
        ("--version", ["--version"], 0),
        ("no config file", [], 64),
        ("an unknown option", ["--nonsense"], 64),
        ("an unknown role", ["-c", "/nonexistent", "--role", "intake,postman"], 64),
        ("a file that is not there", ["-c", "/nonexistent"], 78),
    )
    for name, args, wanted in cases:
        done = subprocess.run([program("umlaufd"), *args], capture_output=True, check=False,
                              timeout=20)
        same(f"umlaufd with {name} exits with {wanted}", done.returncode, wanted)


def bad_config():
    umlauf = Umlauf({"news": {"workers": "0", "colour": "blue"}})
    process = umlauf.launch()
    same("errors in the config file: exit status 78", process.wait(20), 78)
    lines = umlauf.log().splitlines()
    places = [line for line in lines if line.startswith(f"{umlauf.file}:")]
    same("each error is a line FILE:LINE", len(places), 2)
    check("nothing was made", not (umlauf.folder / "store").exists())


def start_and_stop():
    umlauf = Umlauf().start()
    check("it makes the store", (umlauf.folder / "store/umlauf.db").exists())
    check("news greets", greets_news(umlauf))
    with Lmtp(umlauf.lmtp_port) as lmtp:
        same("intake greets over TCP", lmtp.welcome[0], 220)
    with Lmtp(umlauf.folder / "lmtp") as lmtp:
        same("intake greets over a unix socket", lmtp.welcome[0], 220)
    mode = (umlauf.folder / "lmtp").stat().st_mode & 0o777
    same("the socket has lmtp-mode", oct(mode), oct(0o660))
    states = {entry["state"] for entry in umlauf.status("role")}
    same("the status file says that all run", states, {"running"})
    same("news has two workers", len(umlauf.roles("news")), 2)

    second = subprocess.run([program("umlaufd"), "-c", str(umlauf.file), "--foreground"],
                            env=umlauf.env, capture_output=True, encoding="utf-8", timeout=30,
                            check=False)
    check("a second daemon is refused", second.returncode == 1 and "another" in second.stderr,
          f"{second.returncode}: {second.stderr}")
    check("the first one does not mind", greets_news(umlauf))

    pids, port = pids_of(umlauf), umlauf.news_port
    same("SIGTERM: exit status 0", umlauf.stop(), 0)
    check("no process is left", not any(map(pid_is_alive, pids)))
    check("nothing listens", is_closed(port))
    check("no unix socket is left", not (umlauf.folder / "lmtp").exists())
    check("no status file is left", not (umlauf.runtime_dir / "umlaufd.status").exists())


def background():
    umlauf = Umlauf()
    with open(umlauf.log_file, "ab") as log:
        done = subprocess.run([program("umlaufd"), "-c", str(umlauf.file)], env=umlauf.env,
                              stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=30,
                              check=False)
    same("without --foreground the first process exits with 0", done.returncode, 0)
    check("and all is ready then", greets_news(umlauf), umlauf.log)
    pids = pids_of(umlauf)
    supervisor = int(umlauf.roles("supervisor")[0]["pid"])
    check("in a session of its own", os.getsid(supervisor) != os.getsid(0))

    blocker = socket.create_server(("127.0.0.1", 0))
    port = blocker.getsockname()[1]
    other = Umlauf({"news": {"listen": f"127.0.0.1:{port}"}})
    done = subprocess.run([program("umlaufd"), "-c", str(other.file)], env=other.env,
                          stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
                          timeout=30, check=False)
    check("an address that is taken: exit status 1 and a word", done.returncode == 1 and
          str(port) in done.stderr, f"{done.returncode}: {done.stderr}")
    blocker.close()

    os.kill(supervisor, signal.SIGTERM)
    check("SIGTERM ends it", wait_for(lambda: not any(map(pid_is_alive, pids)), 20))


def role_dies():
    umlauf = Umlauf().start()
    before = umlauf.roles("news")
    victim = int(before[0]["pid"])
    with Nntp(umlauf.news_port) as reader:
        os.kill(victim, signal.SIGKILL)

        def is_back():
            now = umlauf.roles("news")
            return (all(entry["state"] == "running" for entry in now)
                    and victim not in [int(entry["pid"]) for entry in now])

        check("a killed role is started again", wait_for(is_back, 20), umlauf.log)
        reader.close()
    same("and counted", sum(int(entry["restarts"]) for entry in umlauf.roles("news")), 1)
    check("and logged with its signal",
          "event=died" in umlauf.log() and "by=signal status=9" in umlauf.log(), umlauf.log)
    check("the other worker stayed",
          before[1]["pid"] in [entry["pid"] for entry in umlauf.roles("news")])
    check("news greets as before", greets_news(umlauf))

    pids = pids_of(umlauf)
    os.kill(umlauf.process.pid, signal.SIGKILL)
    umlauf.process.wait(10)
    umlauf.process = None
    umlauf.start()
    check("after kill -9 of the supervisor a new one starts", greets_news(umlauf))
    check("and no role of the old one is left",
          wait_for(lambda: not any(map(pid_is_alive, pids)), 15))
    umlauf.stop()


def hangup():
    umlauf = Umlauf().start()
    old_pids, port = pids_of(umlauf)[1:], umlauf.news_port
    with Nntp(port) as reader:
        umlauf.file.write_text(umlauf.file.read_text() + "[nonsense]\n", encoding="utf-8")
        umlauf.hangup()
        check("SIGHUP with a bad file is logged with its line",
              wait_for(lambda: "event=settings" in umlauf.log()), umlauf.log)
        same("and changes nothing", pids_of(umlauf)[1:], old_pids)
        same("nor does a reader notice", reader.ask("DATE")[0], 111)

    extra = socket.create_server(("127.0.0.1", 0))
    taken = extra.getsockname()[1]
    umlauf.configure({"news": {"listen": f"127.0.0.1:0, 127.0.0.1:{taken}"}})
    umlauf.hangup()
    check("SIGHUP with an address that is taken is logged",
          wait_for(lambda: "event=not-started" in umlauf.log()), umlauf.log)
    same("and keeps the old processes", pids_of(umlauf)[1:], old_pids)
    extra.close()

    umlauf.configure({"news": {"listen": f"127.0.0.1:0, [::1]:{taken}, 127.0.0.1:{taken}",
                               "workers": 1}})
    umlauf.hangup()

    def is_new():
        pids = pids_of(umlauf)[1:]
        return not set(pids) & set(old_pids) and len(pids) == 3

    check("SIGHUP with a good file: new processes, the old ones go", wait_for(is_new, 20),
          umlauf.log)
    check("the old address is the same socket", f"127.0.0.1:{port}" in umlauf.addresses("news"))
    same("the new addresses are there", len(umlauf.addresses("news")), 3)
    with Nntp(taken) as news:
        check("and greet", news.welcome[0] in (200, 201))
    check("none of the old processes is left",
          wait_for(lambda: not any(map(pid_is_alive, old_pids)), 15))

    umlauf.configure({"news": {"listen": f"127.0.0.1:{taken}"}})
    umlauf.hangup()
    check("an address that is dropped is closed", wait_for(lambda: is_closed(port), 15),
          umlauf.log)
    check("one that stays is open", not is_closed(taken))
    same("and the end is as ever", umlauf.stop(), 0)


def changed_socket():
    umlauf = Umlauf().start()
    path = umlauf.folder / "lmtp"
    umlauf.configure({"intake": {"lmtp-mode": "0600"}})
    umlauf.hangup()
    check("SIGHUP gives the socket its new lmtp-mode",
          wait_for(lambda: path.stat().st_mode & 0o777 == 0o600), umlauf.log)
    other = umlauf.folder / "other"
    other.write_text("not for all\n", encoding="utf-8")
    other.chmod(0o640)
    path.unlink()
    path.symlink_to(other)
    umlauf.hangup()
    check("a link in the socket's place is refused",
          wait_for(lambda: "is not a socket" in umlauf.log()), umlauf.log)
    same("and the file behind it keeps its mode", oct(other.stat().st_mode & 0o777), oct(0o640))
    umlauf.stop()


def linked_folder():
    umlauf = Umlauf()
    empty = umlauf.folder / "empty"
    empty.mkdir(mode=0o700)
    umlauf.runtime_dir.symlink_to(empty)
    umlauf.start()
    same("an empty folder behind a link is not given away", oct(empty.stat().st_mode & 0o777),
         oct(0o700))
    umlauf.stop()


def notify():
    umlauf = Umlauf()
    path = str(umlauf.folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(30)
        manager.bind(path)
        umlauf.env["NOTIFY_SOCKET"] = path
        umlauf.start()
        same("READY=1 to the service manager", manager.recv(4096), b"READY=1")
        umlauf.hangup()
        check("RELOADING=1 on SIGHUP", manager.recv(4096).startswith(b"RELOADING=1\n"))
        same("READY=1 after it", manager.recv(4096), b"READY=1")
        umlauf.stop()
        same("STOPPING=1 at the end", manager.recv(4096), b"STOPPING=1")


def some_roles():
    umlauf = Umlauf().start("--role", "news,mirror")
    same("--role starts those alone", {entry["role"] for entry in umlauf.status("role")},
         {"supervisor", "news"})
    same("and opens no other address", umlauf.addresses("intake"), [])
    same("and ends", umlauf.stop(), 0)
    umlauf.start("--role", "mirror", limit=10)
    same("a role that this version lacks is no hindrance to being ready",
         [entry["role"] for entry in umlauf.status("role")], ["supervisor"])
    same("and ends too", umlauf.stop(), 0)


def ids_of(pid):
    """The real, effective, saved and file system user ids, and the effective capabilities."""
    fields = {}
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            fields[name] = value.split()
    return set(map(int, fields["Uid"])), int(fields["CapEff"][0], 16)


def listens_on(pid):
    """The TCP ports on which a process holds a listening socket."""
    inodes = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            inodes.add(os.readlink(f"/proc/{pid}/fd/{name}"))
        except OSError:
            pass
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table][1:]
    return {int(row[1].split(":")[1], 16) for row in rows
            if row[3] == "0A" and f"socket:[{row[9]}]" in inodes}


def low_port():
    """A free port that only root may open."""
    for port in range(600, 1023):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    return None


def privileges():
    if os.geteuid() != 0:
        story.skip("the roles give up their rights", "needs root")
        return
    user = pwd.getpwnam("nobody")
    umlauf = Umlauf({"umlauf": {"user": "nobody"}}).start()
    same("the supervisor stays root", ids_of(umlauf.process.pid)[0], {0})
    for entry in umlauf.roles("intake") + umlauf.roles("news"):
        same(f"{entry['role']} is the user and has no capability", ids_of(entry["pid"]),
             ({user.pw_uid}, 0))
    for role, port in (("intake", umlauf.lmtp_port), ("news", umlauf.news_port)):
        same(f"{role} has its own listeners alone",
             [listens_on(entry["pid"]) for entry in umlauf.roles(role)],
             [{port}] * len(umlauf.roles(role)))
    for name in ("store", "store/umlauf.db", "run"):
        same(f"{name} belongs to the user", (umlauf.folder / name).stat().st_uid, user.pw_uid)
    same("others may not read the store",
         (umlauf.folder / "store").stat().st_mode & 0o007, 0)

    port = low_port()
    umlauf.configure({"news": {"listen": f"127.0.0.1:0, 127.0.0.1:{port}"}})
    umlauf.hangup()
    check("SIGHUP can open a port that needs rights",
          wait_for(lambda: f"127.0.0.1:{port}" in umlauf.addresses("news"), 20), umlauf.log)
    with Nntp(port) as news:
        check("and it greets", news.welcome[0] in (200, 201))

    pids = pids_of(umlauf)
    os.kill(umlauf.process.pid, signal.SIGKILL)
    umlauf.process.wait(10)
    umlauf.process = None
    check("no role outlives the supervisor",
          wait_for(lambda: not any(map(pid_is_alive, pids)), 15))


if __name__ == "__main__":
    story.run(usage, bad_config, start_and_stop, background, role_dies, hangup, changed_socket,
              linked_folder, notify, some_roles,
              privileges)
