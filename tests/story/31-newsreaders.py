#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Real newsreaders in a terminal: the list, the tree, umlauts, an article."""

import shutil

import story
from peers import Screen
from story import DOMAIN, TREE, Umlauf, check, skip, wait_for

SLRNRC = """\
set hostname "example.de"
set username "leser"
set realname "Leser"
set uncollapse_threads 1
set beep 0
charset display utf8
"""


def library():
    """An instance that holds the two sample groups."""
    umlauf = Umlauf().init()
    for group, address, title in (("umlauf.eakte", "eakte", "E-Akte und Schriftgut"),
                                  ("umlauf.finanzen", "finanzen", "Finanzen und Haushalt")):
        umlauf.add_group(group, f"{address}@{DOMAIN}", "--title", title)
        umlauf.ctl("import", "mbox", TREE / f"conf/demo/{group}.mbox", group)
    return umlauf.start()


def holds(screen, *texts):
    """True if each text is on the screen."""
    return all(text in screen for text in texts)


def newsrc():
    path = story.folder("newsrc") / "newsrc"
    path.write_text("umlauf.eakte:\numlauf.finanzen:\n", encoding="ascii")
    return path


def slrn():
    if shutil.which("slrn") is None or shutil.which("tmux") is None:
        skip("slrn reads", "slrn or tmux is not installed")
        return
    umlauf = library()
    groups = newsrc()
    rc = groups.with_name("slrnrc")
    rc.write_text(SLRNRC, encoding="ascii")
    screen = Screen(f"slrn -n -i {rc} -h 127.0.0.1 -p {umlauf.news_port} -f {groups}")
    shown = screen.wait(r"8\s+umlauf\.finanzen")
    check("slrn lists the groups with their counts",
          holds(shown, "7  umlauf.eakte", "8  umlauf.finanzen"), shown)

    screen.send("Down", "Enter")
    shown = screen.wait(r"Group: umlauf\.finanzen")
    check("slrn shows subjects with umlauts",
          holds(shown, "Gebührensatzung Straßenreinigung", "Muster für den Grundsteuerbescheid"),
          shown)
    check("and names with umlauts", holds(shown, "Tilman Brügg", "Jörn Paulsen"), shown)
    branches = [line for line in shown.splitlines() if "─" in line]
    check("and trees of the right size", len(branches) == 6, shown)
    check("an answer to an answer is one step further in",
          any("│ " in line or "  └─" in line for line in branches), shown)
    roots = [line for line in shown.splitlines() if "Muster für" in line]
    check("an article with In-Reply-To alone stands below its parent",
          any("─" in line and "Voss" in line for line in shown.splitlines()) and len(roots) >= 1,
          shown)

    screen.send("Enter")
    shown = screen.wait(r"Liebe Kolleginnen")
    check("slrn shows an article", holds(
        shown, "Liebe Kolleginnen und Kollegen", "Straßenreinigungsgebühren", "•"), shown)
    screen.close()


def tin():
    if shutil.which("tin") is None or shutil.which("tmux") is None:
        skip("tin reads", "tin or tmux is not installed")
        return
    umlauf = library()
    screen = Screen(f"tin -r -g 127.0.0.1 -p {umlauf.news_port} -f {newsrc()}")
    screen.wait(r"Press <RETURN>")
    screen.send("Enter")
    shown = screen.wait(r"8\s+umlauf\.finanzen")
    check("tin lists the groups with counts and titles", holds(
        shown, "7  umlauf.eakte", "8  umlauf.finanzen", "E-Akte und Schriftgut",
        "Finanzen und Haushalt"), shown)

    row = screen.row()
    screen.send("j")
    wait_for(lambda: screen.row() == row + 1)
    screen.send("Enter")
    shown = screen.wait(r"umlauf\.finanzen \(2B")
    check("tin makes two threads of eight articles", holds(
        shown, "umlauf.finanzen (2B 8+", "+   5", "+   3"), shown)
    check("with umlauts", holds(
        shown, "Gebührensatzung Straßenreinigung: Frontmeter oder Quadratwurzel?",
        "Tilman Brüggemann"), shown)

    screen.send("l")
    shown = screen.wait(r"List Thread")
    check("tin draws the tree of the first", holds(shown, "+->", "| `->") and
          holds(shown, "Özdemir, Selma", "Günter Weidner"), shown)
    screen.send("Enter")
    shown = screen.wait(r"Liebe Kolleginnen")
    check("tin shows an article", holds(
        shown, "Liebe Kolleginnen und Kollegen,", "Straßenreinigungsgebühren", "  • "), shown)
    screen.close()


if __name__ == "__main__":
    story.run(slrn, tin)
