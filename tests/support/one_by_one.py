#!/usr/bin/env python3
"""Runs each test of a program with Catch2 that stands in one file, in a process of its own: in qemu-user a child has no
threads where its parent had any when it forked, so that a test spoils those after it.

    one_by_one.py PROGRAM FILE     its name without extension; exits 1 where a test has failed, 77 where all are left out

Names the tests with the tag [emulator]: hidden, since an emulator does not do what they are about.
"""

import subprocess
import sys


def names(program, selection):
    listing = subprocess.run([program, "--list-test-names-only", "--filenames-as-tags", selection], stdout=subprocess.PIPE,
                             text=True, check=False)
    return [line for line in listing.stdout.splitlines() if line]


def as_pattern(name):
    return "".join("\\" + character if character in '\\,["' else character for character in name)


def main(program, file):
    failed = 0
    for name in names(program, f"[#{file}][emulator]"):
        print("left out in an emulator:", name, flush=True)
    tests = names(program, f"[#{file}]~[.]")
    for name in tests:
        if subprocess.run([program, "--warn", "NoTests", as_pattern(name)], check=False).returncode != 0:
            print("FAILED:", name, flush=True)
            failed += 1
    print(f"{len(tests)} tests, {failed} failed")
    return 1 if failed else 0 if tests else 77


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
