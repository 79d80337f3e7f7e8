#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Who may include whom: the table of doc/architecture.md against the #include lines."""

import pathlib
import re

TREE = pathlib.Path(__file__).resolve().parents[2]

LIBRARIES = {"base", "article", "net", "db", "store"}
SHARED = {"base", "article", "store", "accept", "digest", "letters"}
ROLE = SHARED | {"net"}

# A room may include itself and these; upward never, and no role another role.
ROOMS = {
    "base": set(),
    "article": {"base"},
    "net": {"base"},
    "db": {"base"},
    "store": {"base", "article", "db"},
    "accept": {"base", "article", "store", "letters"},
    "digest": {"base", "article", "store"},
    "letters": {"base", "article", "store"},
    **{role: ROLE for role in ("intake", "news", "auth", "courier", "fetch", "mirror", "web")},
    "ctl": LIBRARIES | SHARED | {"courier"},
}

# Foreign headers by the beginning of their name, and the only places that may name them.
FOREIGN = {
    "cmocka.h": ("tests/unit/",),
    "curl/": ("src/mirror/http.",),
    "dlfcn.h": ("tests/",),
    "event2/": ("src/net/", "src/intake/", "src/news/", "src/courier/",
                "src/web/", "tests/unit/"),
    "gmime/": ("src/article/gmime.h",),
    "ini.h": ("src/base/conf.c",),
    "libetpan/": ("src/net/etpan.", "src/courier/smtp.", "src/fetch/", "tests/fuzz/"),
    "libxml/": ("src/article/html.",),
    "malloc.h": ("src/umlaufd.c", "tests/"),
    "openssl/": ("src/net/", "src/article/smime.", "tests/unit/"),
    "sqlite3.h": ("src/db/", "tests/unit/db-"),
    "ytnef.h": ("src/article/tnef.",),
    "zdict.h": ("src/store/", "tests/unit/store-"),
    "zstd.h": ("src/store/", "tests/unit/store-"),
}

# The language, POSIX, Linux, GLib: anywhere.
SYSTEM = re.compile(
    r"(sys|arpa|netinet|linux|glib)/|glib\.h|assert|ctype|dirent|errno|fcntl|float|ftw|grp|inttypes"
    r"|limits|locale|math|netdb|poll|pwd|setjmp|shadow|signal|stdarg|stdatomic|stdbool|stddef|stdint"
    r"|stdio|stdlib|string|strings|sysexits|syslog|termios|time|unistd|wchar")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def trouble_of(path, text):
    """What is wrong with a file's #include lines, one text each."""
    place = path.relative_to(TREE).as_posix()
    parts = place.split("/")
    room = parts[1] if parts[0] == "src" and len(parts) == 3 else None
    found = INCLUDE.findall(text)
    for mark, name in found:
        if mark == "<":
            keeper = next((prefix for prefix in FOREIGN if name.startswith(prefix)), None)
            if keeper and not place.startswith(FOREIGN[keeper]):
                yield f"{place}: <{name}> belongs to {', '.join(FOREIGN[keeper])}"
            elif not keeper and not SYSTEM.match(name):
                yield f"{place}: <{name}> is not known to tests/lint/includes.py"
        elif name != "config.h" and room is not None:
            other = name.split("/")[0]
            if "/" not in name:
                yield f"{place}: \"{name}\" is named without its room"
            elif other != room and other not in ROOMS[room]:
                yield f"{place}: {room} may not include {other} (\"{name}\")"
    if place.startswith("src/") and path.suffix == ".c":
        ours = [name for mark, name in found if mark == '"']
        if found[:1] != [('"', "config.h")]:
            yield f"{place}: \"config.h\" is not the first"
        own = place.removeprefix("src/").removesuffix(".c") + ".h"
        if (TREE / "src" / own).exists() and ours[1:2] != [own]:
            yield f"{place}: its own header \"{own}\" is not the second"


def main():
    folders = sorted(path.name for path in (TREE / "src").iterdir() if path.is_dir())
    folders = [name for name in folders if any((TREE / "src" / name).glob("*.[ch]"))]
    checks = [("each room is in the table", [f"src/{n}" for n in folders if n not in ROOMS])]
    known = [name for name in folders if name in ROOMS]
    places = [(f"src/{name}", f"src/{name}/*.[ch]") for name in known]
    places += [("src", "src/*.[ch]"), ("tests", "tests/*/*.[ch]")]
    for name, pattern in places:
        troubles = []
        for path in sorted(TREE.glob(pattern)):
            troubles += trouble_of(path, path.read_text(encoding="utf-8"))
        checks.append((f"{name} includes what it may", troubles))
    for number, (name, troubles) in enumerate(checks, 1):
        print(f"{'not ok' if troubles else 'ok'} {number} - {name}")
        for trouble in troubles:
            print(f"#   {trouble}")
    print(f"1..{len(checks)}")
    return any(troubles for _, troubles in checks)


if __name__ == "__main__":
    raise SystemExit(main())
