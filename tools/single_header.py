#!/usr/bin/env python3
"""Writes the library as two headers to copy: apart.hpp, and apart_launch.hpp, which holds what needs another library.

    single_header.py [FOLDER]            writes both into FOLDER; single_include/ of the repository unless told
    single_header.py --forward FOLDER    writes for each header of the library one of its path that includes the two, as
                                         the tests do that run against them

Includes of the library's own are replaced by what they name, once, where they stand. A header that is included under a
condition is put under that condition. Includes of the standard library are collected at the top; all others stay.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# The rooms of include/apart/ whose headers may need another library.
ROOMS_WITH_LIBRARIES = ("adapter", "launch", "interop")

INCLUDE = re.compile(r"#\s*include\s*<([^>]+)>")
CONDITIONAL = re.compile(r"#\s*(ifdef|ifndef|if|elif|else|endif)\b(.*)", re.DOTALL)
RAW_STRING = re.compile(r'R"([^()\\\s"]*)\(')
CALL = re.compile(r"!?\w+(\([^()]*\))?")


def logical_lines(text):
    """The lines, where those that a backslash or a raw string connects are one."""
    lines = iter(text.splitlines())
    for line in lines:
        code = line.split("//")[0]
        while code.endswith("\\"):
            code = next(lines)
            line += "\n" + code
        raw = RAW_STRING.search(code)
        while raw and f'){raw.group(1)}"' not in line:
            line += "\n" + next(lines)
        yield line


def needs_library(path):
    return path.split("/")[1] in ROOMS_WITH_LIBRARIES


def negated(condition):
    if CALL.fullmatch(condition):
        return condition[1:] if condition.startswith("!") else f"!{condition}"
    return f"!({condition})"


class Conditions:
    """The conditions that hold at a line, while the lines go by."""

    def __init__(self):
        self.open = []

    def take(self, line):
        """Whether the line is one of #if and its like."""
        found = CONDITIONAL.match(line.lstrip())
        if not found:
            return False
        kind, condition = found.group(1), found.group(2).split("//")[0].replace("\\\n", " ").strip()
        if kind in ("ifdef", "ifndef"):
            kind, condition = "if", f"{'!' if kind == 'ifndef' else ''}defined({condition})"
        if kind == "if":
            self.open.append([condition])
        elif kind == "endif":
            self.open.pop()
        else:
            branches = self.open[-1]
            branches[-1] = negated(branches[-1])
            if kind == "elif":
                branches.append(condition)
        return True

    def all(self):
        return frozenset(condition for branches in self.open for condition in branches)


class Header:
    """A header as a list of ("include", path), ("external", path), ("block", [line], {path: conditions}), ("text", line)."""

    def __init__(self, text):
        self.pieces = []
        conditions = Conditions()
        block, includes = [], {}
        for line in logical_lines(text):
            if conditions.take(line):
                block.append(line)
                if not conditions.open:
                    self.pieces.append(("block", block, includes))
                    block, includes = [], {}
                continue
            include = INCLUDE.match(line.lstrip())
            if conditions.open and include and include.group(1).startswith("apart/"):
                includes[include.group(1)] = conditions.all()
            elif conditions.open:
                block.append(line)
            elif include:
                kind = "include" if include.group(1).startswith("apart/") else "external"
                self.pieces.append((kind, include.group(1)))
            elif line != "#pragma once":
                self.pieces.append(("text", line))

    def includes(self):
        for piece in self.pieces:
            if piece[0] == "include":
                yield piece[1], frozenset()
            elif piece[0] == "block":
                yield from piece[2].items()


def is_empty(block):
    return all(not line.strip() or CONDITIONAL.match(line.lstrip()) for line in block)


class Library:
    """The headers below include/, each with the conditions under which the roots reach it.

    A root is a path and the conditions under which it is wanted; `implied` tells for a condition which others it implies.
    What needs no library is there for every root."""

    def __init__(self, roots, implied, without=frozenset()):
        self.roots, self.implied, self.without = roots, implied, without
        self.wanted = frozenset().union(*(conditions for _, conditions in roots))
        self.headers, self.contexts = {}, {}
        for path, conditions in roots:
            self.reach(path, conditions)

    def reach(self, path, conditions):
        conditions = self.closure(conditions)
        if not needs_library(path):
            conditions -= self.wanted
        known = self.contexts.setdefault(path, [])
        if path in self.without or any(context <= conditions for context in known):
            return
        for context in known:
            differing = context ^ conditions
            if len(differing) == 2 and negated(max(differing)) == min(differing):  # under either, so under none
                self.reach(path, context & conditions)
                return
        known[:] = [context for context in known if not conditions <= context] + [conditions]
        if path not in self.headers:
            self.headers[path] = Header((ROOT / "include" / path).read_text(encoding="utf-8"))
        for include, more in self.headers[path].includes():
            self.reach(include, conditions | more)

    def closure(self, conditions):
        return frozenset(conditions).union(*(self.implied.get(condition, ()) for condition in conditions))

    def condition(self, path):
        """What the preprocessor is asked around a header; empty: nothing."""
        def spelled(context):
            said = context.difference(*(self.implied.get(condition, ()) for condition in context))
            return " && ".join(part if CALL.fullmatch(part) else f"({part})" for part in sorted(said))

        ways = sorted(spelled(context) for context in self.contexts[path])
        if len(ways) == 1:
            return ways[0]
        return " || ".join(f"({way})" if "&&" in way else way for way in ways)


class Writer:
    """Puts the headers of a library into one text, section by section; a section is what stands under one condition."""

    def __init__(self, library):
        self.library = library
        self.standard, self.externals, self.done = set(), {}, set()
        self.sections = []  # [condition, [line]]
        self.last = None
        for path in sorted(library.headers, key=needs_library):
            self.add(path)

    def add(self, path):
        if path in self.done or path in self.library.without:
            return
        self.done.add(path)
        for kind, *piece in self.library.headers[path].pieces:
            if kind == "include":
                self.add(piece[0])
            elif kind == "external":
                self.external(path, piece[0])
            elif kind == "text":
                self.write(path, piece[0])
            else:
                block, includes = piece
                for include in includes:
                    self.add(include)
                if not (includes and is_empty(block)):
                    for line in block:
                        self.write(path, line)

    def external(self, path, include):
        contexts = self.library.contexts[path]
        if "." not in include and "/" not in include:
            self.standard.add(include)
            return
        seen = self.externals.setdefault(include, [])
        if not all(any(context <= wanted for context in seen) for wanted in contexts):
            seen.extend(contexts)
            self.write(path, f"#include <{include}>")

    def write(self, path, line):
        if path != self.last and not line.strip():
            return
        condition = self.library.condition(path)
        if not self.sections or self.sections[-1][0] != condition:
            self.sections.append([condition, []])
        lines = self.sections[-1][1]
        if path != self.last:
            self.last = path
            while lines and not lines[-1]:
                lines.pop()
            lines += ["", f"// ---- {path}", ""]
        if line or lines[-1]:
            lines.append(line)

    def text(self, part=""):
        """Each section under its condition; where `part` is given, once in a translation unit, which that macro tells."""
        out = [f"#include <{include}>" for include in sorted(self.standard)]
        for number, (condition, lines) in enumerate(self.sections, 1):
            while not lines[-1]:
                lines.pop()
            first = part and f"{part}_{number}"
            asked = [f"({condition})" if first and "||" in condition else condition] if condition else []
            asked += [f"!defined({first})"] if first else []
            out += ["", f"#if {' && '.join(asked)}"] if asked else []
            out += [f"#define {first}"] if first else []
            out += lines
            out += ["", f"#endif  // {condition or first}"] if asked else []
        return "\n".join(out) + "\n"


def version():
    text = (ROOT / "include/apart/version.hpp").read_text(encoding="utf-8")
    return ".".join(re.search(rf"^#define APART_VERSION_{part} (\d+)$", text, re.MULTILINE).group(1)
                    for part in ("MAJOR", "MINOR", "PATCH"))


def head(says):
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8").strip().splitlines()
    made = ["", "Made by tools/single_header.py from include/apart/: change that, not this.", ""]
    return "".join(f"// {line}".rstrip() + "\n" for line in [f"apart {version()}{says[0]}", *says[1:], *made, *licence]) + "\n"


def components():
    """The parts of apart_launch.hpp by the names that CMake has for them: {component: [path]}. A main stands before the
    adapter, since it configures its framework."""
    mains = sorted((ROOT / "include/apart").glob("launch/*_main.hpp"))
    found = {"launch": [path for path in sorted((ROOT / "include/apart").glob("launch/*.hpp")) if path not in mains]}
    for path in mains:
        found[path.stem] = [path]
    for path in sorted((ROOT / "include/apart").glob("adapter/*.hpp")):
        found[path.stem] = [path]
    for path in sorted((ROOT / "include/apart").glob("interop/*.hpp")):
        found[path.stem] = [path]
    return {component: [path.relative_to(ROOT / "include").as_posix() for path in paths]
            for component, paths in found.items()}


CORE_SAYS = [
    ": makes any C++ test suite safe to run on many processes at once.",
    "",
    "All of the library that needs nothing but the standard library and its threads: copy this file, and write",
    '',
    '  #include "apart.hpp"',
    "",
    "The launcher and what else needs another library stand in apart_launch.hpp.",
]

LAUNCH_SAYS = [
    ": the launcher, the adapters for test frameworks, and what else needs another library.",
    "",
    "Copy this file beside apart.hpp. Say what you want before you include it:",
    "",
    "  #define APART_WITH_CATCH2_MAIN",
    '  #include "apart_launch.hpp"',
    "  APART_CATCH2_MAIN();",
    "",
    "  APART_WITH_CATCH2_MAIN, APART_WITH_GTEST_MAIN, APART_WITH_DOCTEST_MAIN, APART_WITH_BOOST_TEST_MAIN",
    "      in one file, before it includes the framework: main(), with --procs=N; needs the framework, and fmt",
    "  APART_WITH_CATCH2, APART_WITH_GTEST, APART_WITH_DOCTEST, APART_WITH_BOOST_TEST",
    "      in any file: the adapter alone, for a main of your own; gtest_fixture",
    "  APART_WITH_TEST_TAG   test_tag, in any file",
    "  APART_WITH_FMT        formatters for fmt",
    "  APART_WITH_POSTGRES   a run over many machines; needs libpq",
    "  APART_WITH_STOP_TOKEN std::stop_token; needs C++20",
    "  APART_WITH_LAUNCH     the launcher without a framework; needs fmt",
    "",
    "It may be included again, with more of them. Nothing is looked for by itself: a framework that happens to be installed",
    "is not used unless its name is said.",
]


def macro(component):
    return f"APART_WITH_{component.upper()}"


def wanted(component):
    return f"defined({macro(component)})"


def libraries():
    """The two files, as libraries: (core, launch)."""
    core = Library([("apart/apart.hpp", frozenset())], {})
    core.headers["apart/apart.hpp"].pieces = [piece for piece in core.headers["apart/apart.hpp"].pieces
                                              if piece[0] == "include"]
    parts = components()
    implied = {wanted(component): {wanted(component[:-len("_main")]), wanted("launch")}
               for component in parts if component.endswith("_main")}
    roots = [(path, frozenset([wanted(component)])) for component, paths in parts.items() for path in paths]
    launch = Library(roots, implied, frozenset(core.headers))
    everything = {path.relative_to(ROOT / "include").as_posix() for path in (ROOT / "include").rglob("*.hpp")}
    missing = everything - set(core.headers) - set(launch.headers)
    if missing:
        sys.exit(f"single_header.py: nothing includes {' '.join(sorted(missing))}")
    return core, launch


def generated():
    """{file name: text}"""
    core, launch = libraries()
    parts = components()
    text = head(LAUNCH_SAYS) + '#include "apart.hpp"\n\n'
    mains = [component for component in parts if component.endswith("_main")]
    for implied in [*(component[:-len("_main")] for component in mains), "launch"]:
        by = " || ".join(wanted(main) for main in mains if implied in ("launch", main[:-len("_main")]))
        by = f"({by})" if "||" in by else by
        text += f"#if {by} && !defined({macro(implied)})\n#define {macro(implied)}\n#endif\n"
    text += f"#if {' && '.join(negated(wanted(component)) for component in parts if component not in mains)}\n"
    text += '#error "apart_launch.hpp: define what you want of it before, APART_WITH_CATCH2_MAIN say: see its first lines"\n'
    needing_fmt = [component for component in parts if component in mains] + ["fmt", "launch"]
    text += f"#elif ({' || '.join(wanted(component) for component in needing_fmt)}) && !__has_include(<fmt/format.h>)\n"
    text += '#error "apart_launch.hpp: needs {fmt}, whose <fmt/format.h> is not found: install it (Debian: libfmt-dev), or add its -I"\n'
    text += "#endif\n\n" + Writer(launch).text("APART_LAUNCH_PART")
    return {"apart.hpp": head(CORE_SAYS) + "#pragma once\n\n" + Writer(core).text(), "apart_launch.hpp": text}


def forwarding():
    """{path: text}"""
    core, launch = libraries()
    files = {path: "#include <apart.hpp>\n" for path in core.headers}
    for path in launch.headers:
        macros = re.findall(r"APART_WITH_\w+", launch.condition(path)) or [macro("test_tag")]
        files[path] = f"#ifndef {macros[-1]}\n#define {macros[-1]}\n#endif\n#include <apart_launch.hpp>\n"
    return files


def main(arguments):
    if arguments[:1] == ["--forward"] and len(arguments) == 2:
        folder, files = Path(arguments[1]), forwarding()
    elif len(arguments) <= 1 and not any(argument.startswith("-") for argument in arguments):
        folder, files = Path(arguments[0]) if arguments else ROOT / "single_include", generated()
    else:
        print(__doc__, file=sys.stderr)
        return 2
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
