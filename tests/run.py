#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""Installs what is missing, builds with warnings as errors, and runs every test.

Everything is built in a temporary copy, so the tree stays as it is.  All tests speak TAP; the last
line is `N passed, N failed` (`, N skipped` may follow), and the exit status is 0 only if none
failed.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TREE = pathlib.Path(__file__).resolve().parents[1]
CORES = os.cpu_count() or 2
# What a build leaves in the tree: at its top, and anywhere.
BUILT_AT_TOP = ("autom4te.cache", "build-aux", "run", ".git", "aclocal.m4", "config.h*",
                "config.log", "config.status", "configure", "configure~", "Makefile",
                "Makefile.in", "stamp-h*", "umlauf", "umlaufd", "build-*")
BUILT = (".deps", ".dirstamp", "__pycache__", "*.o", "*.a", "*-test", "*-fuzz", "locale")
UNIT_SECONDS = 300  # under sanitizers, beside others, a test takes twenty times its time
FUZZ_SECONDS = 10
# Questions of packages, answered before: without an answer tin asks the host for its domain, and
# fails where it has none.
PRESEED = """\
postfix postfix/main_mailer_type select No configuration
slrn shared/news/server string localhost
tin shared/news/server string localhost
"""
SHOWN_LINES = 150  # of a failed test's output


# -- packages --


def wanted_packages():
    names = []
    for path in (TREE / "conf/packages-build", TREE / "tests/packages"):
        for line in path.read_text(encoding="utf-8").splitlines():
            names += line.partition("#")[0].split()
    return names


def missing_packages():
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n",
                           *wanted_packages()], capture_output=True, encoding="utf-8", check=False)
    there = {line.split()[0] for line in done.stdout.splitlines() if line.endswith(" installed")}
    return [name for name in wanted_packages() if name not in there]


def install_packages():
    """By apt; no server that comes along is started (policy-rc.d)."""
    missing = missing_packages() if shutil.which("dpkg-query") else []
    if not missing:
        return
    print("installing", " ".join(missing), flush=True)
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    policy = pathlib.Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        subprocess.run([*sudo, "sh", "-c", f"printf '#!/bin/sh\\nexit 101\\n' > {policy} && "
                        f"chmod 755 {policy}"], check=True)
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    try:
        subprocess.run([*sudo, *quiet, "update"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([*sudo, "debconf-set-selections"], input=PRESEED, encoding="utf-8",
                       check=True)
        subprocess.run([*sudo, *quiet, "install", "-y", "--no-install-recommends", *missing],
                       check=True, stdout=subprocess.DEVNULL)
    finally:
        if ours:
            subprocess.run([*sudo, "rm", "-f", str(policy)], check=False)


# -- results --


class Results:
    """Counts over all TAP output."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def take(self, name, output, status, seconds):
        """Count one program's output; a wrong end or plan is one more failure."""
        passed = failed = skipped = planned = 0
        for line in output.splitlines():
            if re.match(r"(not )?ok\b.*# SKIP", line):
                skipped += 1
            elif re.match(r"ok\b", line):
                passed += 1
            elif re.match(r"not ok\b", line):
                failed += 1
            elif plan := re.match(r"1\.\.(\d+)\s*$", line):
                planned += int(plan[1])
        trouble = []
        if planned != passed + failed + skipped or planned == 0:
            trouble.append(f"planned {planned} checks, told {passed + failed + skipped}")
        if status != 0 and failed == 0:
            trouble.append(f"ended with {status}")
        if trouble:
            failed += 1
            output += f"\nnot ok - {name}: {', '.join(trouble)}\n"
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        verdict = "FAIL" if failed else "ok"
        print(f"{verdict:4} {name:44} {passed:4} checks {seconds:6.1f} s", flush=True)
        if failed:
            self.show(output)

    @staticmethod
    def show(output):
        lines = output.splitlines()
        if len(lines) > SHOWN_LINES:
            failures = [line for line in lines[:-SHOWN_LINES] if line.startswith("not ok")]
            lines = failures + ["  …"] + lines[-SHOWN_LINES:]
        print("\n".join("     | " + line for line in lines), flush=True)

    def last_line(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def run_limited(command, limit, env=None, cwd=None):
    """(output, exit status, seconds); after the limit the process group is ended."""
    begin = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=cwd,
                          stderr=subprocess.STDOUT, env=env, start_new_session=True) as process:
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            # SIGTERM to the program alone: it ends its children itself.
            process.terminate()
            try:
                output, _ = process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                output, _ = process.communicate()
            output += f"\n# time limit of {limit} s is over\n".encode()
            return output.decode("utf-8", "replace"), process.returncode or 124, limit
        return output.decode("utf-8", "replace"), process.returncode, time.monotonic() - begin


# -- builds --


class Build:
    """One configured folder beside the copied sources."""

    def __init__(self, work, name, *options, env=None):
        self.name = name
        self.folder = work / name
        self.source = work / "src"
        self.log = work / f"{name}.log"
        self.options = options
        self.env = dict(os.environ, LC_ALL="C.UTF-8", **(env or {}))

    def _step(self, *command):
        with open(self.log, "ab") as log:
            return subprocess.run(command, cwd=self.folder, env=self.env, stdout=log, stderr=log,
                                  stdin=subprocess.DEVNULL, check=False).returncode

    def make(self, *targets):
        """Of "all" and "check" one a call: each is a make of its own, and two would meet."""
        return self._step("make", f"-j{CORES}", "V=0", *targets)

    def configure(self):
        self.folder.mkdir()
        return self._step(str(self.source / "configure"), *self.options)

    def tell(self, results, status, begin):
        """A build is a test of one check."""
        output = self.log.read_text(encoding="utf-8", errors="replace")
        check = f"{'ok' if status == 0 else 'not ok'} 1 - {self.name} is built\n1..1\n"
        results.take(self.name, output + check, status, time.monotonic() - begin)
        return status == 0


def copy_sources(work):
    def built(folder, names):
        top = BUILT_AT_TOP if pathlib.Path(folder) == TREE else ()
        return shutil.ignore_patterns(*BUILT, *top)(folder, names)

    shutil.copytree(TREE, work / "src", symlinks=True, ignore=built)
    return subprocess.run(["autoreconf", "-fi"], cwd=work / "src", check=False,
                          capture_output=True, encoding="utf-8")


# -- kinds of tests --


def in_parallel(results, jobs, at_once):
    """jobs: (name, command, limit, env); told in the order of ending."""
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        waiting = {pool.submit(run_limited, command, limit, env): name
                   for name, command, limit, env in jobs}
        for future in concurrent.futures.as_completed(waiting):
            results.take(waiting[future], *future.result())


def unit_jobs(build, label, chosen):
    jobs = []
    for path in sorted((TREE / "tests/unit").glob("*.c")):
        name = f"{label}/{path.stem}"
        program = build.folder / f"tests/unit/{path.stem}-test"
        if chosen(name):
            jobs.append((name, [str(program)], UNIT_SECONDS, build.env))
    return [job for job in jobs if pathlib.Path(job[1][0]).exists()]


def script_jobs(build, kind, pattern, limit, chosen):
    env = dict(build.env, UMLAUF_BUILD=str(build.folder), PYTHONDONTWRITEBYTECODE="1")
    return [(f"{kind}/{path.stem}", [str(path)], limit, env)
            for path in sorted((build.source / "tests" / kind).glob(pattern))
            if os.access(path, os.X_OK) and chosen(f"{kind}/{path.stem}")]


def fuzz_one(build, name):
    """A short run of one target as TAP."""
    found = build.folder / f"tests/fuzz/found/{name}"
    found.mkdir(parents=True, exist_ok=True)
    corpus = build.source / "tests/fuzz/corpus" / name
    command = [str(build.folder / f"tests/fuzz/{name}-fuzz"), f"-max_total_time={FUZZ_SECONDS}",
               "-timeout=5", "-max_len=8192", "-verbosity=0", f"-artifact_prefix={found}-",
               str(found), *([str(corpus)] if corpus.is_dir() else [])]
    output, status, seconds = run_limited(command, FUZZ_SECONDS + 60, build.env)
    word = "ok" if status == 0 else "not ok"
    return f"{output}\n{word} 1 - {name} for {FUZZ_SECONDS} s\n1..1\n", status, seconds


def run_sanitized(work, results, chosen):
    """The unit tests and the fuzz targets under AddressSanitizer and UndefinedBehaviorSanitizer."""
    names = [path.stem for path in sorted((TREE / "tests/fuzz").glob("*.c"))
             if chosen(f"fuzz/{path.stem}")]
    units = [path.stem for path in sorted((TREE / "tests/unit").glob("*.c"))
             if chosen(f"sanitized/{path.stem}")]
    if not names and not units:
        return
    begin = time.monotonic()
    build = Build(work, "build-sanitized", "CC=clang", "CFLAGS=-O1 -g", "--enable-fuzzers",
                  "--enable-sanitizers", "--enable-test-clock")
    status = build.configure()
    if units:
        status = status or build.make("check")
    if names:
        status = status or build.make(*[f"tests/fuzz/{name}-fuzz" for name in names])
    if not build.tell(results, status, begin):
        return
    in_parallel(results, unit_jobs(build, "sanitized", chosen), CORES)
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        for name, told in zip(names, pool.map(lambda name: fuzz_one(build, name), names)):
            results.take(f"fuzz/{name}", *told)


def run_all(work, results, options):
    def chosen(name):
        return options.only is None or re.search(options.only, name) is not None

    begin = time.monotonic()
    prepared = copy_sources(work)
    if prepared.returncode != 0:
        results.take("autoreconf", prepared.stderr, prepared.returncode, 0)
        return
    build = Build(work, "build", "CFLAGS=-O2 -g", "--enable-werror", "--enable-test-clock")
    status = build.configure() or build.make("all") or build.make("check")
    if build.tell(results, status, begin):
        in_parallel(results, unit_jobs(build, "unit", chosen), CORES)
        in_parallel(results, script_jobs(build, "story", "[0-9]*.py", 300, chosen), 3)
    in_parallel(results, script_jobs(build, "lint", "*.[ps][yh]", 300, chosen), CORES)
    if not options.no_fuzz:
        run_sanitized(work, results, chosen)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="PATTERN",
                        help="tests whose name (unit/…, story/…, lint/…, sanitized/…, fuzz/…) "
                        "holds this regular expression")
    parser.add_argument("--no-fuzz", action="store_true",
                        help="leave out the build with sanitizers and its fuzz targets")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    install_packages()
    work = pathlib.Path(tempfile.mkdtemp(prefix="umlauf-tests-"))
    work.chmod(0o755)
    results = Results()
    try:
        run_all(work, results, options)
    finally:
        if results.failed:
            print(f"logs and builds are kept in {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
        print(results.last_line(), flush=True)
    return 1 if results.failed or not results.passed else 0


if __name__ == "__main__":
    sys.exit(main())
