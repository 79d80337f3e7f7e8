#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""The form of the sources: clang-format, lengths, parameters, the licence line, no leftovers."""

import json
import os
import pathlib
import re
import subprocess

TREE = pathlib.Path(__file__).resolve().parents[2]
FUNCTION_LINES = 80
FILE_LINES = 700
SCRIPT_LINES = 1000
PARAMETERS = 6  # besides GError **error

C_FILES = sorted([*TREE.glob("src/**/*.[ch]"), *TREE.glob("tests/**/*.[ch]")])
SCRIPTS = sorted([*TREE.glob("tests/**/*.py"), *TREE.glob("tests/**/*.sh"),
                  TREE / "quickstart", TREE / "run-tests", TREE / ".ci/run"])
LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|^\s*(//|#if 0\b)")
LICENCE = "SPDX-License-Identifier: EUPL-1.2"


def name_of(path):
    return path.relative_to(TREE).as_posix()


def clang_format():
    """Files that clang-format would change, with its first remark."""
    done = subprocess.run(["clang-format-14", "--dry-run", "--Werror", *map(str, C_FILES)],
                          capture_output=True, encoding="utf-8", check=False)
    first = {}
    for line in done.stderr.splitlines():
        if ": error:" in line:
            first.setdefault(line.split(":")[0], line.replace(f"{TREE}/", ""))
    return list(first.values())


def functions():
    """(place, lines, parameters less the GError) of each function, as ctags sees it."""
    command = ["ctags", "--output-format=json", "--fields=+neS", "--kinds-C=f", "-f", "-",
               *[str(path) for path in C_FILES if path.suffix == ".c"]]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    for line in done.stdout.splitlines():
        tag = json.loads(line)
        place = f"{tag['path'].removeprefix(f'{TREE}/')}:{tag['line']}: {tag['name']}"
        signature = re.sub(r",\s*GError\s*\*\s*\*\s*\w+$", "", tag.get("signature", "()")[1:-1])
        flat = re.sub(r"\([^()]*\)", "", signature)
        yield place, tag.get("end", tag["line"]) - tag["line"] + 1, flat.count(",") + 1


def long_functions():
    return [f"{place} has {lines} lines" for place, lines, _ in functions()
            if lines > FUNCTION_LINES]


def many_parameters():
    return [f"{place} has {count} parameters" for place, _, count in functions()
            if count > PARAMETERS]


def texts():
    for path in C_FILES + SCRIPTS:
        yield name_of(path), path.read_text(encoding="utf-8")


def long_files():
    def limit(name):
        return FILE_LINES if name.endswith((".c", ".h")) else SCRIPT_LINES

    return [f"{name} has {text.count(chr(10))} lines" for name, text in texts()
            if text.count("\n") > limit(name)]


def without_licence():
    return [name for name, text in texts() if LICENCE not in "\n".join(text.splitlines()[:2])]


def leftovers():
    own = os.path.basename(__file__)
    return [f"{name}:{number}: {line.strip()}" for name, text in texts() if not name.endswith(own)
            for number, line in enumerate(text.splitlines(), 1) if LEFTOVER.search(line)]


def blanks():
    return [f"{name}:{number}: blanks at the end of the line" for name, text in texts()
            for number, line in enumerate(text.splitlines(), 1) if line != line.rstrip()]


def without_contract():
    """Headers of ours whose first comment does not say what they are for."""
    bad = []
    for path in sorted(TREE.glob("src/**/*.h")):
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) < 2 or not lines[1].startswith("/*"):
            bad.append(name_of(path))
    return bad


CHECKS = (
    ("clang-format 14 changes nothing", clang_format),
    (f"no function is longer than {FUNCTION_LINES} lines", long_functions),
    (f"no function has more than {PARAMETERS} parameters", many_parameters),
    (f"no file is longer than {FILE_LINES} lines ({SCRIPT_LINES} for scripts)", long_files),
    ("each source names its licence", without_licence),
    ("nothing is left over (TODO, code that is switched off)", leftovers),
    ("no line ends in blanks", blanks),
    ("each header begins by saying what it is for", without_contract),
)


def main():
    bad = 0
    for number, (name, find) in enumerate(CHECKS, 1):
        troubles = find()
        bad += bool(troubles)
        print(f"{'not ok' if troubles else 'ok'} {number} - {name}")
        for trouble in troubles:
            print(f"#   {trouble}")
    print(f"1..{len(CHECKS)}")
    return bad > 0


if __name__ == "__main__":
    raise SystemExit(main())
