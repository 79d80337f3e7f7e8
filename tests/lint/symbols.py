#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""No function of ours has the name of one in a library that we link or will link.

A function of ours with such a name would silently take the library's place.  UMLAUF_BUILD names
the folder with the built objects.
"""

import os
import pathlib
import re
import subprocess

TREE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("UMLAUF_BUILD", TREE))
# Not linked by every version, but meant to share a process with us one day.
LATER = ("libetpan.so", "libcurl.so.4", "libxml2.so.2", "libssl.so.3", "libcrypto.so.3", "libpq.so.5")


def names(*command):
    """The names in the last column of nm's lines, less versions."""
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    return {line.split()[-1].split("@")[0] for line in done.stdout.splitlines()
            if len(line.split()) >= 3}


def ours():
    objects = [str(path) for path in sorted((BUILD / "src").rglob("*.o"))]
    found = names("nm", "--extern-only", "--defined-only", *objects) if objects else set()
    return {name for name in found if name != "main" and not name.startswith("__")}


def libraries():
    """Paths of the shared libraries: what the programs link, and LATER where installed."""
    paths = set()
    for program in ("umlaufd", "umlauf"):
        done = subprocess.run(["ldd", str(BUILD / program)], capture_output=True,
                              encoding="utf-8", check=True)
        paths.update(re.findall(r"=> (/\S+)", done.stdout))
    done = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, encoding="utf-8",
                          check=True)
    for name, path in re.findall(r"^\s+(\S+) .*=> (/\S+)", done.stdout, re.M):
        if name.startswith(LATER):
            paths.add(path)
    return sorted({os.path.realpath(path) for path in paths})


def main():
    mine = ours()
    number = 1
    bad = 0
    if len(mine) < 100 or not (BUILD / "umlaufd").exists():
        print(f"not ok 1 - our objects and programs are in {BUILD} ({len(mine)} names)\n1..1")
        return True
    print(f"ok 1 - our objects are there ({len(mine)} names)")
    for path in libraries():
        number += 1
        clash = sorted(mine & names("nm", "--dynamic", "--defined-only", path))
        bad += bool(clash)
        print(f"{'not ok' if clash else 'ok'} {number} - no name of {os.path.basename(path)}")
        for name in clash:
            print(f"#   {name}")
    print(f"1..{number}")
    return bad > 0


if __name__ == "__main__":
    raise SystemExit(main())
