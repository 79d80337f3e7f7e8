#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""A year of digests: every post in exactly one of each who wants it, on the days and at the hour
that they want, whatever clock and processes do.

The daemon lives through 2028 by the test clock, a look of the courier at a time.  Beside it a
reckoning of its own (with Python's zoneinfo) says after each look what must have been done, and at
the end what each reader must have got, in which order.
"""

import calendar
import collections
import concurrent.futures
import datetime
import email
import email.policy
import email.utils
import functools
import os
import random
import re
import signal
import sqlite3
import time
import zoneinfo

import story
from story import DOMAIN, Umlauf, check, mail, same, wait_for
from wire import Lmtp

GROUPS = ("bau", "rat", "amt")
MINUTE, QUARTER, HOUR, DAY = 60, 900, 3600, 86400
START = calendar.timegm((2028, 1, 1, 0, 0, 0))
DAYS = 366
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WORKDAYS = ",".join(WEEKDAYS[:5])
EVERY_DAY = ",".join(WEEKDAYS)

# Name, zone, hour, days, groups.  The hours of the first five are in a gap or come twice once a year.
READERS = (
    ("anke", "Europe/Berlin", "02:30", EVERY_DAY, "bau rat"),
    ("erika", "America/St_Johns", "02:30", EVERY_DAY, "rat amt"),
    ("erwin", "America/St_Johns", "01:30", EVERY_DAY, "rat"),
    ("gerda", "Australia/Lord_Howe", "02:15", EVERY_DAY, "bau rat amt"),
    ("hans", "Australia/Lord_Howe", "01:45", EVERY_DAY, "amt rat"),
    ("bernd", "Europe/Berlin", "06:30", WORKDAYS, "bau"),
    ("carla", "Europe/Berlin", "23:59", EVERY_DAY, "rat amt"),
    ("dieter", "UTC", "06:30", WORKDAYS, "bau rat amt"),
    ("fritz", "America/St_Johns", "23:59", "Mon,Wed,Fri", "bau rat"),
    ("ida", "Pacific/Apia", "06:30", WORKDAYS, "rat"),
    ("jan", "Pacific/Apia", "23:59", "Sun", "bau amt"),
    ("karin", "Asia/Kathmandu", "06:30", EVERY_DAY, "amt"),
    ("lutz", "Asia/Kathmandu", "00:00", "Sat,Sun", "bau rat amt"),
)
SHOWN = 50  # posts of a digest, at most
STEADY = 5  # so many of them never change anything
# Local days on which a reader must have one, and what is odd about them.
ODD_DAYS = (
    ("anke", "2028-02-29", "29 February"),
    ("anke", "2028-03-26", "the hour is left out (Berlin)"),
    ("anke", "2028-10-29", "the hour comes twice (Berlin)"),
    ("erika", "2028-03-12", "the hour is left out (St. John's)"),
    ("erwin", "2028-11-05", "the hour comes twice (St. John's)"),
    ("gerda", "2028-10-01", "half an hour is left out (Lord Howe)"),
    ("hans", "2028-04-02", "half an hour comes twice (Lord Howe)"),
)


def address_of(group):
    return f"{group}@{DOMAIN}"


# -- the reckoning: when --


def offset_at(zone, seconds):
    moment = datetime.datetime.fromtimestamp(seconds, zone)
    return int(moment.utcoffset().total_seconds())


@functools.cache
def moment_of(zone, day, minute):
    """The first moment at which the clocks of the zone show that minute of the local day, or more."""
    wall = (day - datetime.date(1970, 1, 1)).days * DAY + minute * MINUTE
    # The clocks change on quarters of an hour; between two changes what they show rises.
    low, high = ((wall + side * 26 * HOUR) // QUARTER * QUARTER for side in (-1, 1))
    changes = []
    if offset_at(zone, low) != offset_at(zone, high):
        changes = [at for at in range(low + QUARTER, high, QUARTER)
                   if offset_at(zone, at - 1) != offset_at(zone, at)]
    for begin, end in zip([low, *changes], [*changes, high]):
        first = max(begin, wall - offset_at(zone, begin))
        if first < end:
            return first
    raise RuntimeError(f"{zone.key} never shows that minute of {day}")


def last_moment(zone, minute, days, now):
    today = datetime.datetime.fromtimestamp(now, zone).date() + datetime.timedelta(1)
    for back in range(10):
        day = today - datetime.timedelta(back)
        if WEEKDAYS[day.weekday()] in days.split(","):
            moment = moment_of(zone, day, minute)
            if moment <= now:
                return moment, day.isoformat()
    raise RuntimeError("no day in ten")


# -- the reckoning: what --


class Post:
    def __init__(self, word, groups, author, parent, date):
        self.word = word
        self.groups = groups
        self.author = author
        self.parent = parent
        self.root = parent.root if parent else self
        self.date = date
        self.answers = 0
        self.withdrawn = False

    @property
    def msgid(self):
        return f"<{self.word}@jahr.example>"


class Reader:
    def __init__(self, name, zone, hour, days):
        self.name = name
        self.address = f"{name}@leser.example"
        self.set(zone, hour, days)
        self.modes = {}  # group: mode
        self.behind = set()  # groups of which a digest may still be to come, whatever their mode
        self.waiting = {}  # post: by which groups
        self.done = 0
        self.digests = {}  # local day: (moment, words)
        self.wanted = []  # words that must come in a digest
        self.counted = []  # of these, those that one digest only counts
        self.single = []  # words that come singly

    def set(self, zone, hour, days):
        self.zone = zoneinfo.ZoneInfo(zone)
        self.hour = hour
        self.days = days

    @property
    def minute(self):
        return int(self.hour[:2]) * 60 + int(self.hour[3:])

    def wants_digest(self):
        return "digest" in self.modes.values() or bool(self.behind)

    def change_mode(self, group, mode, now):
        old = self.modes.get(group)
        if mode == old:
            return
        if mode == "digest" and "digest" not in self.modes.values():
            self.done = max(self.done, now)  # an hour that has passed is not owed
        if mode in (None, "none"):
            self.forget(group)
        if mode is None:
            del self.modes[group]
        else:
            self.modes[group] = mode
        self.behind.discard(group)
        if old == "digest" and mode == "each":
            self.behind.add(group)

    def forget(self, group):
        for post, groups in list(self.waiting.items()):
            groups.discard(group)
            if not groups:
                del self.waiting[post]
                self.wanted.remove(post.word)

    def hear(self, post):
        modes = {group: self.modes.get(group) for group in post.groups}
        if "each" in modes.values():
            self.single.append(post.word)
        elif "digest" in modes.values():
            self.waiting[post] = {group for group, mode in modes.items() if mode == "digest"}
            self.wanted.append(post.word)

    def look(self, now):
        if not self.wants_digest():
            return
        moment, day = last_moment(self.zone, self.minute, self.days, now)
        if moment <= self.done:
            return
        self.done = moment
        if day not in self.digests and self.waiting:
            words = self.in_order()
            self.digests[day] = (moment, words[:SHOWN])
            self.counted += words[SHOWN:]
            self.waiting = {}

    def in_order(self):
        """One's own threads, the new ones, the others; the tree within a thread, oldest first."""
        threads = collections.defaultdict(list)
        for post in self.waiting:
            threads[post.root].append(post)

        def value(thread):
            root, posts = thread
            kind = 0 if self.address in root.writers else 1 if root in posts else 2
            return kind, min(post.date for post in posts)

        def tree(posts, parent):
            for post in sorted(posts, key=lambda post: post.date):
                if (post.parent if post.parent in posts else None) is parent:
                    yield post.word
                    yield from tree(posts, post)

        return [word for root, posts in sorted(threads.items(), key=value)
                for word in tree(posts, None)]


# -- the daemon's year --


class Year:
    def __init__(self):
        self.dice = random.Random(20280229)
        self.now = START
        self.umlauf = Umlauf(clock=START, settings={"digest": {"days": "daily"}}).init()
        for group in GROUPS:
            self.umlauf.add_group(group, address_of(group), "--title", group.capitalize())
        self.readers = []
        for name, zone, hour, days, groups in READERS:
            self.add_reader(name, zone, hour, days)
            for group in groups.split():
                self.set_mode(self.readers[-1], group, "digest")
        self.steady = self.readers[:STEADY]
        self.posts = []
        self.imported = []
        self.told = collections.Counter()  # what was done
        self.looks = 0
        self.lmtp = None
        self.store = sqlite3.connect(f"file:{self.umlauf.folder}/store/umlauf.db?mode=ro", uri=True,
                                     isolation_level=None)
        story.at_end(self.store.close)
        self.umlauf.start()

    # persons

    def add_reader(self, name, zone, hour, days):
        reader = Reader(name, zone, hour, days)
        self.umlauf.ctl("person", "add", reader.address, "--zone", zone,
                        "--language", self.dice.choice(("de", "en")))
        self.umlauf.ctl("person", "set", reader.address, "--digest-at", hour, "--digest-days", days)
        self.readers.append(reader)

    def set_mode(self, reader, group, mode):
        if mode in (None, "none"):
            self.settle()
        if mode is None:
            self.umlauf.ctl("unsubscribe", reader.address, group)
        else:
            self.umlauf.ctl("subscribe", reader.address, group, "--mode", mode)
        reader.change_mode(group, mode, self.now)

    def settle(self, sent=True):
        """Posts have become single mails, so no digest has them; sent: who leaves gets no more."""
        behind = ("SELECT (SELECT count(*) FROM grp g JOIN cursor c ON c.grp = g.id "
                  "WHERE c.number < g.high)")
        if sent:
            behind += " + (SELECT count(*) FROM delivery WHERE state = 0)"
        if not wait_for(lambda: self.store.execute(behind).fetchone() == (0,), 20, 0.001):
            raise RuntimeError("the courier does not come to an end")

    def change_mode(self):
        reader = self.dice.choice(self.readers[STEADY:])
        group = self.dice.choice(GROUPS)
        modes = ["each", "digest", "digest", "none", None]
        mode = self.dice.choice([mode for mode in modes if mode != reader.modes.get(group)])
        if mode is not None or group in reader.modes:
            self.set_mode(reader, group, mode)
            self.told["changes of mode"] += 1

    def change_mode_often(self):
        """Within the same minute; what is posted between goes by the mode of its time."""
        reader = self.dice.choice(self.readers[STEADY:])
        for mode in ("each", "digest", "each", "digest"):
            self.set_mode(reader, "rat", mode)
            self.post(groups=("rat",))
        self.told["changes of mode"] += 4

    def change_schedule(self):
        reader = self.dice.choice(self.readers[STEADY:])
        zone = self.dice.choice([reader[1] for reader in READERS])
        hour = self.dice.choice(("00:00", "02:30", "06:30", "12:00", "18:45", "23:59"))
        days = self.dice.choice((EVERY_DAY, WORKDAYS, "Sat,Sun", "Tue,Thu"))
        self.umlauf.ctl("person", "set", reader.address, "--zone", zone, "--digest-at", hour,
                        "--digest-days", days)
        reader.set(zone, hour, days)
        self.told["changes of hour, days or zone"] += 1

    def join(self):
        """Somebody new, right after the hour: the first digest is the next day's."""
        self.add_reader("mona", "Europe/Berlin", "06:30", EVERY_DAY)
        self.set_mode(self.readers[-1], "bau", "digest")

    # posts

    def post(self, groups=None, **options):
        word = f"wort{len(self.posts):04}"
        parent = options.get("parent")
        if parent is None and groups is None:
            groups = self.dice.choice([(group,) for group in GROUPS] * 3 + [("bau", "rat"), GROUPS])
        post = Post(word, parent.groups if parent else groups,
                    self.dice.choice(self.readers).address, parent, self.now + len(self.posts) % 59)
        fields = {"In_Reply_To": parent.msgid, "References": parent.msgid} if parent else {}
        octets = mail(f"{'AW: ' if parent else ''}Thema {post.root.word}",
                      f"Guten Tag,\n\nmein Stichwort heißt {word}.\n\nViele Grüße",
                      sender=post.author, to=", ".join(map(address_of, post.groups)),
                      msgid=post.msgid, date=email.utils.formatdate(post.date), **fields)
        if self.lmtp is None:
            self.lmtp = Lmtp(self.umlauf.folder / "lmtp")
        answers = self.lmtp.deliver(post.author, map(address_of, post.groups), octets)
        if {code for code, _ in answers} != {250}:
            raise RuntimeError(f"{word}: {answers}")
        if parent:
            parent.answers += 1
        else:
            post.writers = set()
        post.root.writers.add(post.author)
        for reader in self.readers:
            reader.hear(post)
        self.posts.append(post)

    def answer(self):
        """To a post of the last ones, or to one that is long past."""
        old = self.dice.random() < 0.1
        places = [post for post in (self.posts if old else self.posts[-20:]) if not post.withdrawn]
        self.post(parent=self.dice.choice(places))

    def withdraw(self):
        """The newest post that nobody has answered."""
        post = next(post for post in reversed(self.posts) if not post.answers)
        self.umlauf.ctl("article", "remove", post.msgid)
        post.withdrawn = True
        for reader in self.readers:
            if reader.waiting.pop(post, None):
                reader.wanted.remove(post.word)
        self.told["posts withdrawn"] += 1

    def load_archive(self):
        word = f"alt{len(self.imported):04}"
        path = self.umlauf.folder / "archive.mbox"
        octets = mail("Altes", f"mein Stichwort heißt {word}.", msgid=f"<{word}@jahr.example>",
                      date=email.utils.formatdate(self.now - 999 * DAY))
        path.write_bytes(b"From x Thu Jan  1 00:00:00 1970\n" + octets.replace(b"\r\n", b"\n") + b"\n")
        self.umlauf.ctl("import", "mbox", path, "rat")
        self.imported.append(word)

    # time

    def is_done(self):
        done = dict(self.store.execute(
            "SELECT a.address, p.digest_done FROM person p JOIN address a ON a.person = p.id"))
        return all(done[reader.address] == reader.done
                   for reader in self.readers if reader.wants_digest())

    def set_time(self, now):
        self.now = now
        self.umlauf.set_time(now)
        self.umlauf.ring("courier")

    def look(self):
        """The courier has looked at the present time, and done what the reckoning says."""
        self.looks += 1
        for reader in self.readers:
            if reader.done > self.now + DAY:  # the clock was put back by days
                reader.done = self.now
        for reader in self.readers:
            reader.look(self.now)
        for _ in range(100):
            if wait_for(self.is_done, 0.2, 0.001):
                return
            self.umlauf.ring("courier")
        done = self.store.execute("SELECT a.address, p.digest_done FROM person p "
                                  "JOIN address a ON a.person = p.id").fetchall()
        raise RuntimeError(f"at {self.now}: {done}\nnot "
                           f"{[(reader.address, reader.done) for reader in self.readers]}\n"
                           f"{self.umlauf.log()[-3000:]}")

    def go(self, now):
        self.set_time(now)
        self.look()

    # what goes wrong

    def hang_up(self):
        if self.lmtp is not None:
            self.lmtp.close()
            self.lmtp = None

    def kill_courier(self, now):
        """In the midst of a look, perhaps."""
        pid = int(self.umlauf.roles("courier")[0]["pid"])
        self.set_time(now)
        time.sleep(self.dice.uniform(0, 0.03))  # the random moment
        os.kill(pid, signal.SIGKILL)
        if not wait_for(lambda: int(self.umlauf.roles("courier")[0]["pid"]) not in (0, pid), 30):
            raise RuntimeError("the courier is not started again")
        self.told["kills of the courier"] += 1
        self.look()

    def kill_all(self, now):
        self.hang_up()
        self.set_time(now)
        time.sleep(self.dice.uniform(0, 0.03))
        self.umlauf.kill()
        self.umlauf.start()
        self.told["kills of everything"] += 1
        self.look()

    def run_beside(self, now):
        """The courier and the operator's command make them at the same time."""
        self.now = now
        self.umlauf.set_time(now)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            run = pool.submit(self.umlauf.ctl, "digest", "run")
            time.sleep(self.dice.uniform(0, 0.06))  # which is first is left to chance
            self.umlauf.ring("courier")
            self.look()
            run.result()
        self.told["runs by the operator beside"] += 1

    def restart(self, now):
        self.hang_up()
        self.umlauf.stop()
        self.umlauf.set_time(now)
        self.now = now
        self.umlauf.start()
        self.told["restarts"] += 1
        self.look()

    def jump(self, days):
        """The clock is wrong for a while; the day after tomorrow's digests are made."""
        right = self.now
        self.go(right + days * DAY)
        self.post()
        self.go(right + 2 * MINUTE)
        self.told["days the clock went forward and back"] += days

    def back(self, hours):
        self.go(self.now - hours * HOUR)
        self.told["times the clock went back by hours"] += 1

    # the whole

    def plan(self):
        """{day of the year: what happens in its course}"""
        free = [day for day in range(5, DAYS - 5) if not 55 <= day <= 65]
        self.dice.shuffle(free)
        plan = collections.defaultdict(list)
        for what, times in ((self.change_mode, 24), (self.change_schedule, 14), (self.withdraw, 6),
                            (self.change_mode_often, 3), (self.load_archive, 3), (self.join, 1)):
            for _ in range(times):
                plan[free.pop()].append(what)
        return plan

    def live(self):
        plan = self.plan()
        odd = {(datetime.date.fromisoformat(day) - datetime.date(2028, 1, 1)).days
               for _, day, _ in ODD_DAYS}
        # Three kills of the courier between two starts, as each makes the supervisor wait longer.
        blows = dict.fromkeys(self.dice.sample(range(DAYS), 15), self.run_beside)
        blows |= zip(sorted(self.dice.sample(range(5, DAYS - 5), 16)),
                     (*[self.kill_courier] * 3, self.kill_all, *[self.kill_courier] * 3,
                      self.restart) * 2)
        day = 0
        while day < DAYS:
            self.live_day(day, busy=bool(odd & {day, day + 1, day + 2}), odd=day in odd or
                          day + 1 in odd, blow=blows.get(day, self.go), plan=plan[day])
            if day in (100, 205, 310):
                self.back(self.dice.randrange(2, 9))
            if day in (130, 240):
                self.jump(self.dice.randrange(3, 6))
            # Away, or the clock went forward, for some days.
            day += 5 if day in (74, 170, 330) else 1
        for later in range(1, 9):  # nothing is left
            self.go(START + (DAYS + later) * DAY)

    def live_day(self, day, busy, odd, blow, plan):
        begin = START + day * DAY
        is_quiet = not busy and self.dice.random() < 0.6
        times = self.dice.sample(range(0, DAY, 7 * MINUTE), 1 if is_quiet else 2)
        if odd:  # right before and at each moment
            moments = {last_moment(reader.zone, reader.minute, reader.days, begin + DAY)[0] - begin
                       for reader in self.steady}
            times += [at + more for at in moments for more in (-1, 0, HOUR // 2, HOUR)]
        for at in sorted(set(times)):
            if begin + at <= self.now:
                continue
            blow(begin + at)
            blow = self.go
            if is_quiet:
                continue
            for _ in range(self.dice.choice((0, 1, 1, 2, 3))):
                if self.posts and self.dice.random() < 0.6:
                    self.answer()
                else:
                    self.post()
            self.settle(sent=False)
        for what in plan:
            what()
            self.settle(sent=False)


# -- what has arrived --


class Outbox:
    """Digests and single posts of each address, a repetition of the same octets counted once."""

    def __init__(self, umlauf):
        self.digests = collections.defaultdict(list)  # address: (moment, words, offset)
        self.single = collections.defaultdict(list)  # address: words
        self.repeated = 0
        self.different = []
        self.ids = {}
        for octets in umlauf.outbox():
            self.take(octets)

    def take(self, octets):
        parsed = email.message_from_bytes(octets, policy=email.policy.default)
        to = parsed["X-Envelope-To"].strip("<>")
        key = (parsed["Message-ID"], to)
        if key in self.ids:
            self.repeated += 1
            if self.ids[key] != octets:
                self.different.append(key)
            return
        self.ids[key] = octets
        words = re.findall(r"Stichwort heißt (\w+)\.", parsed.get_content())
        if "ueberblick" in parsed["List-Id"]:
            date = parsed["Date"].datetime
            self.digests[to].append((int(date.timestamp()), words, date))
        else:
            self.single[to] += words


def check_odd_days(box):
    for name, day, what in ODD_DAYS:
        days = [date.date().isoformat() for _, _, date in box.digests[f"{name}@leser.example"]]
        same(f"{what}: {name} has one digest on {day}", days.count(day), 1)


def check_promises(year, box):
    """From the outbox and what was wished for alone, without the reckoning of days."""
    missing, doubled, strange, days, ids = [], [], [], [], []
    for reader in year.readers:
        words = collections.Counter(word for _, digest, _ in box.digests[reader.address]
                                    for word in digest)
        missing += [(reader.name, word) for word in reader.wanted
                    if words[word] == 0 and word not in reader.counted]
        doubled += [(reader.name, word) for word, count in words.items() if count > 1]
        strange += [(reader.name, word) for word in words if word not in set(reader.wanted)]
        local = collections.Counter(date.date() for _, _, date in box.digests[reader.address])
        days += [(reader.name, day) for day, count in local.items() if count > 1]
    same("each post is in a digest of each who wants it", missing, [])
    same("in no second one", doubled, [])
    same("and nobody gets another: imported, withdrawn, not wished for", strange, [])
    same("nobody gets two digests on a local day", days, [])
    ids = [msgid for (msgid, _), octets in box.ids.items() if b"\nList-Id: <ueberblick." in octets]
    same("no Message-ID comes twice", len(set(ids)), len(ids))
    same("what was sent again after a kill has the same octets", box.different, [])
    for reader in year.steady:
        got = {date.strftime("%H:%M") for _, _, date in box.digests[reader.address]}
        check(f"{reader.name} gets them at {reader.hour}, but for the odd day",
              reader.hour in got and len(got) <= 2, got)


def check_reckoning(year, box):
    """All of it: which digests, of which moment, with which posts in which order."""
    for reader in year.readers:
        got = sorted((moment, words) for moment, words, _ in box.digests[reader.address])
        wanted = sorted(reader.digests.values())
        wrong = [pair for pair in zip(got, wanted) if pair[0] != pair[1]]
        check(f"{reader.name} has the {len(wanted)} digests of the reckoning, each with its posts "
              f"in order", got == wanted and wanted, lambda: f"{len(got)} {wrong[:3]}")
        same(f"and {len(reader.single)} posts singly", sorted(box.single[reader.address]),
             sorted(reader.single))


def year():
    began = time.monotonic()
    year = Year()
    year.live()
    umlauf = year.umlauf
    year.settle()
    year.hang_up()
    umlauf.stop()
    box = Outbox(umlauf)
    number = sum(map(len, box.digests.values()))
    told = ", ".join(f"{count} {what}" for what, count in sorted(year.told.items()))
    print(f"# {number} digests, {len(year.posts)} posts, {year.looks} looks, {box.repeated} mails "
          f"repeated; {told}; {time.monotonic() - began:.0f} s")
    check_promises(year, box)
    check_odd_days(box)
    check_reckoning(year, box)
    done = umlauf.ctl_result("verify")
    check("umlauf verify finds nothing", done.returncode == 0, done.stdout + done.stderr)
    same("nothing was set aside", re.findall("event=.*aside.*", umlauf.log()), [])


if __name__ == "__main__":
    story.run(year)
