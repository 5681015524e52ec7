#!/usr/bin/env python3
"""Does what a page of the documentation tells its reader to do, and compares what comes out with what the page says.

    pages.py ROOT PAGE WORK_DIRECTORY [SOURCE=OBJECT]...   exits 1 and tells which block does not hold; ROOT: of the repository
    pages.py --self-test                                   exits 1 unless planted offences are found

A line before each block of code says what it is, where a reader does not see it:

    <!-- file: NAME -->        a file that the reader writes. Where ROOT/tests/pages/<page>/NAME is there, the block stands in
                               that in place of the line "// the page's block", so that what the page leaves out is there, too
    <!-- shell -->             lines that begin with "$ " are run by a shell, in order; the others are what they print
    <!-- elsewhere: TEST -->   what that file below ROOT, or test, shows to hold
    <!-- illustration -->      neither code nor output: a picture, a table

Numbers with a decimal point may differ, as times do, and so may unique names (fourteen letters and digits behind a hyphen);
"..." stands for any text on one line, alone on a line for any lines. The directory has `apart`, a link to ROOT. What other
programs of this user have left where runs meet is not the page's: it has a place of its own. Links of the page to files have to
lead to one. OBJECT is what a build has made of SOURCE: where a page compiles a file of the same text alone, with no other options
than -std= and -I ("g++ ... -c NAME"), the command only preprocesses it, which shows that they are right, and OBJECT is taken.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left in the tree

FENCE = re.compile(r"^```(\w*)\s*$")
DIRECTIVE = re.compile(r"^<!-- (file: (?P<file>\S+)|(?P<shell>shell)|elsewhere: (?P<elsewhere>.+)|(?P<illustration>illustration)) -->$")
PLACE = "// the page's block\n"
COMPILES_ALONE = re.compile(r"(?P<options>g\+\+ (?:-(?:std=|I)\S+ )*)-c (?P<stem>\w+)\.cpp")


class Block:
    def __init__(self, line, language, directive, text):
        self.line, self.language, self.directive, self.text = line, language, directive, text


def blocks(page):
    lines = page.read_text(encoding="utf-8").splitlines()
    at = 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if fence:
            end = lines.index("```", at + 1)
            before = lines[at - 1] if at else ""
            yield Block(at + 1, fence[1], DIRECTIVE.match(before), "".join(line + "\n" for line in lines[at + 1:end]))
            at = end
        at += 1


def pattern_of(expected):
    """Of the lines that a page says are printed."""
    parts = []
    for line in expected:
        if line == "...":
            parts.append(r"(?:.*\n)*?")
            continue
        text = re.escape(line.rstrip()).replace(r"\.\.\.", ".*")
        text = re.sub(r"\\-[a-z0-9]{14}(?![a-z0-9])", r"\\-[a-z0-9]{14}", text)
        text = re.sub(r"\d+\\\.\d+", r"\\d+\\.\\d+", text)
        parts.append(text + r"[ \t]*\n")
    return re.compile("".join(parts))


def commands(text):
    """What is run, and what is said to be printed."""
    command, printed = None, []
    for line in text.splitlines():
        if line.startswith("$ "):
            if command is not None:
                yield command, printed
            command, printed = line[2:], []
        elif command is not None and command.endswith("\\"):
            command += "\n" + line
        else:
            printed.append(line)
    if command is not None:
        yield command, printed


def broken_links(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", re.sub(r"`[^`\n]*`", "", text)):
        if "://" not in target and not (page.parent / target).exists():
            yield f"{page.name}: there is no {target}"


def to_run(command, work, objects):
    """The command; where what it would make is one of `objects` (by the text of their source), that stands there, and the command
    preprocesses only."""
    what = COMPILES_ALONE.fullmatch(command)
    there = objects.get((work / f"{what['stem']}.cpp").read_text(encoding="utf-8")) if what else None
    if not there:
        return command
    shutil.copy(there, work / f"{what['stem']}.o")
    return f"{what['options']}-E {what['stem']}.cpp -o {os.devnull}"


def offences(root, page, work, objects):
    with tempfile.TemporaryDirectory() as place:
        yield from offences_in(root, page, work, objects, {**os.environ, "APART_TMPDIR": place})


def offences_in(root, page, work, objects, environment):
    yield from broken_links(page)
    work.mkdir(parents=True, exist_ok=True)
    if not (work / "apart").exists():
        (work / "apart").symlink_to(root)
    for block in blocks(page):
        where = f"{page.name}:{block.line}"
        if not block.directive:
            yield f"{where}: no comment before it says what this block is"
        elif block.directive["file"]:
            name = block.directive["file"]
            scaffold = root / "tests/pages" / page.stem / name
            whole = scaffold.read_text(encoding="utf-8") if scaffold.exists() else PLACE
            if whole.count(PLACE) != 1:
                yield f"{scaffold}: has not one line \"{PLACE.strip()}\""
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_text(whole.replace(PLACE, block.text), encoding="utf-8")
        elif block.directive["elsewhere"]:
            if not (root / block.directive["elsewhere"]).exists():
                yield f"{where}: there is no {block.directive['elsewhere']}"
        elif block.directive["shell"]:
            for command, printed in commands(block.text):
                result = subprocess.run(["sh", "-c", to_run(command, work, objects)], cwd=work, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
                if result.returncode and not printed:
                    yield f"{where}: {command}\nfails with status {result.returncode}:\n{result.stdout}"
                elif not pattern_of(printed).fullmatch(result.stdout):
                    yield f"{where}: {command}\nprints\n{result.stdout}and not\n" + "\n".join(printed)


def self_test():
    made = ("<!-- file: x.cpp -->\n```cpp\n{}\n```\n<!-- shell -->\n"
            "```console\n$ g++ -std=c++17 -c x.cpp\n$ head -c 12 x.o | tr -d '\\0'\nmade before\n```\n")
    cases = {
        "```cpp\nint a;\n```\n": "no comment",
        "<!-- file: a.txt -->\n```\nx\n```\n<!-- shell -->\n```console\n$ cat a.txt\nx\n```\n": "",
        "<!-- shell -->\n```console\n$ echo a; echo b\na\n```\n": "and not",
        "<!-- shell -->\n```console\n$ echo 12 in 0.5 s\n12 in 1.25 s\n```\n": "",
        "<!-- shell -->\n```console\n$ echo 12 in 0.5 s\n7 in 0.5 s\n```\n": "and not",
        "[a page](page.md), [its top](page.md#top), [elsewhere](https://example.com/x), `[](int)`\n": "",
        "[nothing](nowhere.md)\n": "there is no nowhere.md",
        "<!-- shell -->\n```console\n$ echo x-bcdfghjklmnpqr\nx-22222222222222\n```\n": "",
        "<!-- shell -->\n```console\n$ echo x-short\nx-22222222222222\n```\n": "and not",
        "<!-- shell -->\n```console\n$ echo a b; echo c; echo d\n... b\n...\nd\n```\n": "",
        "<!-- shell -->\n```console\n$ exit 3\n```\n": "status 3",
        "<!-- shell -->\n```console\n$ echo a; echo\na\n\n```\n": "",
        "<!-- shell -->\n```console\n$ echo a; exit 3\na\n```\n": "",
        made.format("#include <cstddef>"): "",
        made.format("#include <cstddef>").replace("-std=c++17", "-std=c++16"): "fails with status",
        made.format("#include <cstddef>").replace("-std=c++17", "-std=c++17 -DOTHER"): "and not",
        made.format("int other;"): "and not",
        made.format("int broken"): "fails with status",
        "<!-- elsewhere: nowhere.cpp -->\n```cpp\nx\n```\n": "there is no",
    }
    for text, wanted in cases.items():
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder, "page.md")
            page.write_text(text, encoding="utf-8")
            object_of = Path(folder, "object")
            object_of.write_text("made before\n", encoding="utf-8")
            found = "\n".join(offences(Path(folder), page, Path(folder, "work"), {"#include <cstddef>\n": object_of}))
            if (wanted not in found) or (bool(wanted) != bool(found)):
                yield f"of\n{text}\"{wanted}\" was expected, but found was \"{found}\""


def main(arguments):
    if arguments == ["--self-test"]:
        found = list(self_test())
    elif len(arguments) >= 3:
        root, page, work, *made = arguments
        objects = {Path(source).read_text(encoding="utf-8"): Path(of) for source, of in (one.split("=", 1) for one in made)}
        found = list(offences(Path(root).resolve(), Path(page).resolve(), Path(work), objects))
    else:
        print(__doc__, file=sys.stderr)
        return 2
    for offence in found:
        print(offence)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
