#!/usr/bin/env python3
"""The rules of the source tree that no compiler checks.

    source_rules.py RULE [ROOT]      exits 1 and names each offence when the tree below ROOT breaks RULE
    source_rules.py --self-test      exits 1 unless each rule accepts a clean tree and finds every planted offence
"""

import re
import sys
import tempfile
from pathlib import Path

# Includes go downwards only: a room includes its own rank and lower ones, and never another room of its own rank.
RANK = {"error": 0, "detail": 1, "name": 2, "context": 2, "process": 3, "run": 4, "file": 5, "test": 6, "adapter": 7,
        "launch": 8, "interop": 9}
STANDARD_ONLY = ("error", "detail", "name", "context", "process", "run", "file", "test")
ALLOWED_UPWARDS = {("launch", "apart/interop/fmt.hpp"), ("error", "apart/detail/visibility.hpp")}

# Public headers without a test file of the same path, and why.
WITHOUT_TEST = {
    "apart.hpp": "includes only, checked by the rule `umbrella`",
    "launch/framework.hpp": "an interface; what implements it is tested",
    "launch/options.hpp": "what is parsed, tested with the parser",
    "launch/run_record.hpp": "plain data; the reports of it are tested",
}

# A framework is configured by macros of its own, defined before it is included.
FRAMEWORK_MACRO = re.compile(r"(CATCH|DOCTEST)_CONFIG_\w+|BOOST_TEST_\w+")

LINES_AT_MOST = 300

# Standard headers that cost much, and the public headers that may reach them, through whatever they include but for what
# stands in windows/: <filesystem> where paths are part of the interface, <thread> where a context starts its timer. A header
# that can do without is taken off.
HEAVY = {
    "filesystem": {
        "file/config_volume.hpp", "file/temp_dir.hpp", "file/temp_file.hpp", "file/temp_path.hpp",
        "process/scoped_cwd.hpp", "test/isolation.hpp", "test/per_test.hpp", "test/this_test.hpp",
    },
    "functional": {
        "test/per_test.hpp", "test/this_test.hpp",
    },
    "thread": {
        "context/cancel_on_signals.hpp", "context/context.hpp", "context/on_cancel.hpp", "context/poll.hpp",
        "context/stop_token.hpp", "file/anonymous_file.hpp", "file/config_volume.hpp", "file/temp_dir.hpp",
        "file/temp_file.hpp", "file/temp_path.hpp", "process/initializer.hpp", "process/per_process.hpp",
        "process/worker.hpp", "run/claim.hpp", "run/claimed_process.hpp", "run/coordinator.hpp",
        "run/file_coordinator.hpp", "run/per_run.hpp", "run/run_directory.hpp", "run/run_lock.hpp", "test/isolation.hpp",
        "test/per_test.hpp", "test/this_test.hpp",
    },
    "regex": set(),
    "iostream": set(),
}

PLATFORM = re.compile(r"\b(_WIN32|_WIN64|__MINGW\w+|__CYGWIN__|_MSC_VER|__linux(__)?|linux|__gnu_linux__|__ANDROID__"
                      r"|__APPLE__|__MACH__|__unix(__)?|unix|_POSIX_\w+|__(Free|Net|Open)BSD__|__sun|__GLIBC__)\b")
# <windows.h> defines names that everybody uses: what the library calls of it is declared by hand, and min and max, which are
# macros there, are called in parentheses.
WINDOWS_HEADER = re.compile(r"(windows|winsock2|ws2tcpip|winbase|windef)\.h", re.IGNORECASE)
CALLED_MACRO = re.compile(r"\b(?:\w+::)*(?:min|max)\s*\(")
PLATFORM_HEADER = re.compile(r"([^/]+|(sys|linux|mach|net|netinet|arpa)/.*)\.h")


class Header:
    def __init__(self, path, include_root):
        self.path = path.relative_to(include_root / "apart").as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.code = without_comments(self.text)
        folders = self.path.split("/")[:-1]
        self.room = folders[0] if folders else "error"
        self.internal = "detail" in folders
        self.public = not self.internal
        self.includes = re.findall(r'^\s*#\s*include\s*([<"][^>"]+[>"])', self.code, re.MULTILINE)

    def __str__(self):
        return f"include/apart/{self.path}"


def without_comments(text):
    """The text with comments and continued lines joined up, line numbers lost, string literals kept."""
    text = text.replace("\\\n", " ")
    kept = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
    return kept.sub(lambda found: found.group() if found.group().startswith('"') else " ", text)


def headers(root):
    include = root / "include"
    return [Header(path, include) for path in sorted(include.rglob("*.hpp"))]


def arrows(root):
    """Includes go one way only, and only launch/ may use interop/fmt.hpp."""
    for header in headers(root):
        if header.path == "apart.hpp":
            continue
        if header.room not in RANK:
            yield f"{header}: {header.room}/ is no room of the library"
            continue
        for include in header.includes:
            if include.startswith('"'):
                yield f"{header}: includes {include}; write <apart/...>"
                continue
            target = include[1:-1]
            if not target.startswith("apart/"):
                continue
            folders = target.split("/")[1:-1]
            room = folders[0] if folders else "error"
            if target == "apart/apart.hpp":
                yield f"{header}: includes the umbrella"
            elif room != header.room and (header.room, target) not in ALLOWED_UPWARDS:
                if room not in RANK or RANK[room] >= RANK[header.room]:
                    yield f"{header}: includes <{target}>, but {header.room}/ may not use {room}/"


def dependencies(root):
    """Only the standard library is included below adapter/, and the system's headers only in a detail/."""
    for header in headers(root):
        for include in header.includes:
            target = include[1:-1]
            if target.startswith("apart/"):
                continue
            if WINDOWS_HEADER.fullmatch(target):
                yield f"{header}: includes <{target}>; declare what it needs in detail/windows/"
            elif PLATFORM_HEADER.fullmatch(target):
                if not header.internal:
                    yield f"{header}: includes <{target}>; the system's headers belong in detail/"
            elif "/" in target and header.room in STANDARD_ONLY:
                yield f"{header}: includes <{target}>; {header.room}/ needs the standard library only"


def weight(root):
    """Standard headers that cost every program a tenth of a second reach only those public headers that cannot do without.
    Of fmt's there is the one whose functions libfmt has compiled: the others have them compiled again in each program."""
    everything = {header.path: header for header in headers(root)}
    for header in everything.values():
        for target in (include[1:-1] for include in header.includes):
            if target.startswith("fmt/") and target != "fmt/format.h":
                yield f"{header}: includes <{target}>; <fmt/format.h> is to do"
    for header in everything.values():
        if header.internal or header.room not in STANDARD_ONLY or header.path == "apart.hpp":
            continue
        came_from, to_visit = {header.path: None}, [header.path]
        reached = {}
        while to_visit:
            path = to_visit.pop()
            for include in everything[path].includes:
                target = include[1:-1]
                below = target[len("apart/"):] if target.startswith("apart/") else None
                if below in everything and below not in came_from and "windows" not in below.split("/"):
                    came_from[below] = path
                    to_visit.append(below)
                if target in HEAVY:
                    reached.setdefault(target, path)
        for target in sorted(reached):
            if header.path not in HEAVY[target]:
                yield f"{header}: reaches <{target}> by include/apart/{reached[target]}; it is to do without"
        for target in sorted(HEAVY):
            if header.path in HEAVY[target] and target not in reached:
                yield f"{header}: no longer reaches <{target}>; take it off the list HEAVY"


def size(root):
    """A public header has 300 lines at most."""
    for header in headers(root):
        lines = header.text.count("\n")
        if header.public and lines > LINES_AT_MOST:
            yield f"{header}: {lines} lines, {LINES_AT_MOST} at most"


def platform(root):
    """The platform is asked for in a detail/ only."""
    for header in headers(root):
        if header.internal:
            continue
        for line in re.findall(r"^\s*#\s*(?:if|ifdef|ifndef|elif)\b.*$", header.code, re.MULTILINE):
            if PLATFORM.search(line):
                yield f"{header}: `{line.strip()}` belongs in detail/"


def mirror(root):
    """Each public header has a test of the same path, and each test file of a room has its header.

    The tests of run/ stand in tests/room_run/, since tests/run is a command. A folder `subject` holds programs that the
    tests of the room run; `rejected`, by the same names, uses that must not compile; `windows`, what a header that has no
    system calls of its own promises there."""
    tests = {f"{room}/{path.relative_to(folder).with_suffix('.hpp').as_posix().replace('rejected/', '')}"
             for room in RANK for folder in [root / "tests" / ("room_run" if room == "run" else room)]
             for path in folder.rglob("*.cpp") if path.parent.name != "subject"}
    tests |= {path.with_suffix(".hpp").name for path in (root / "tests").glob("*.cpp")}
    everything = headers(root)
    for header in everything:
        if header.public and header.path not in tests and header.path not in WITHOUT_TEST:
            yield f"{header}: has no test of that path"
    known = {header.path for header in everything}
    for test in sorted(tests):
        if test not in known and test.replace("/windows/", "/") not in known:
            yield f"the test of {test}: there is no include/apart/{test}"
        if test in WITHOUT_TEST:
            yield f"the test of {test}: is there, but listed in WITHOUT_TEST"


def linkage(root):
    """What stands at namespace scope is one thing in all translation units, and can be exported by a module."""
    another = re.compile(r"^(?:static\b|namespace \{|const(?:expr)? [^(\n]*[={]).*", re.MULTILINE)
    for header in headers(root):
        for found in another.findall(re.sub(r'R"(\w*)\(.*?\)\1"', '""', header.code, flags=re.DOTALL)):
            yield f"{header}: `{found}` is another thing in each translation unit: write inline, or a class around it"


def macros(root):
    """A macro of the library begins with APART_, and those of <windows.h> do it no harm."""
    for header in headers(root):
        for name in re.findall(r"^\s*#\s*define\s+(\w+)", header.code, re.MULTILINE):
            framework = header.room in ("adapter", "launch") and FRAMEWORK_MACRO.fullmatch(name)
            if not name.startswith("APART_") and not framework:
                yield f"{header}: defines {name} without the prefix APART_"
        if header.room in STANDARD_ONLY and "posix" not in header.path.split("/"):
            for call in CALLED_MACRO.findall(re.sub(r'"(?:\\.|[^"\\\n])*"', '""', header.code)):
                yield f"{header}: calls {call}); with <windows.h> that is a macro: write ({call[:-1]})()"


def umbrella(root):
    """apart.hpp includes every public header that needs the standard library only, and does nothing else."""
    everything = {header.path: header for header in headers(root)}
    if "apart.hpp" not in everything:
        yield "include/apart/apart.hpp: is not there"
        return
    wanted = {f"<apart/{header.path}>" for header in everything.values()
              if header.public and header.room in STANDARD_ONLY and header.path != "apart.hpp"}
    found = everything["apart.hpp"].includes
    for include in sorted(wanted - set(found)):
        yield f"include/apart/apart.hpp: lacks #include {include}"
    for include in sorted(set(found) - wanted):
        yield f"include/apart/apart.hpp: includes {include}, which is not one of the library's own"
    for line in everything["apart.hpp"].code.splitlines():
        if line.strip() and not re.match(r"\s*#\s*(include|pragma once)\b", line):
            yield f"include/apart/apart.hpp: `{line.strip()}` is more than an include"


RULES = {rule.__name__: rule for rule in (arrows, dependencies, size, platform, mirror, linkage, macros, umbrella,
                                         weight)}

CLEAN = {
    "include/apart/apart.hpp": "#pragma once\n// All of it.\n#include <apart/error.hpp>\n#include <apart/name/rule.hpp>\n"
                               "#include <apart/run/lock.hpp>\n",
    "include/apart/error.hpp": "#pragma once\n#include <string>\n",
    "include/apart/detail/fork.hpp": "#pragma once\n#if defined(_WIN32)\n"
                                     "#include <apart/detail/windows/fork.hpp>\n#else\n"
                                     "#include <apart/detail/posix/fork.hpp>\n#endif\n",
    "include/apart/detail/posix/fork.hpp": "#pragma once\n#include <unistd.h>\n#include <apart/error.hpp>\n",
    "include/apart/detail/windows/fork.hpp": "#pragma once\n#include <apart/error.hpp>\n",
    "include/apart/name/rule.hpp": "#pragma once\n#include <apart/detail/fork.hpp>\n"
                                   "inline auto most = (std::max)(1, 2);  // not max()\n",
    "include/apart/run/lock.hpp": "#pragma once\n#include <apart/name/rule.hpp>\n#include <apart/run/detail/file.hpp>\n"
                                  "// #include <apart/launch/run.hpp>\n/*\n#ifdef _WIN32\n#define LOCK\n*/\n",
    "include/apart/run/detail/file.hpp": "#pragma once\n#define APART_FILE \"//\"\n",
    "include/apart/launch/run.hpp": "#define CATCH_CONFIG_RUNNER\n#include <fmt/format.h>\n#include <apart/interop/fmt.hpp>\n"
                                    + "\n" * 297,
    "include/apart/interop/fmt.hpp": "#pragma once\n#include <fmt/format.h>\n#include <apart/name/rule.hpp>\n",
    "tests/error.cpp": "",
    "tests/detail/fork.cpp": "",
    "tests/detail/windows/fork.cpp": "",
    "tests/name/rule.cpp": "",
    "tests/room_run/lock.cpp": "",
    "tests/room_run/windows/lock.cpp": "",
    "tests/room_run/detail/file.cpp": "",
    "tests/launch/run.cpp": "",
    "tests/launch/subject/suite.cpp": "",
    "tests/interop/fmt.cpp": "",
    "tests/scenario/kill.cpp": "",
}

# Rule, file, its new text, what the complaint must name.
PLANTED = [
    ("arrows", "include/apart/name/rule.hpp", "#include <apart/run/lock.hpp>\n", "may not use run/"),
    ("arrows", "include/apart/name/rule.hpp", "#include <apart/context/poll.hpp>\n", "may not use context/"),
    ("arrows", "include/apart/error.hpp", "#  include  <apart/detail/fork.hpp>\n", "may not use detail/"),
    ("arrows", "include/apart/run/lock.hpp", "#include <apart/interop/fmt.hpp>\n", "may not use interop/"),
    ("arrows", "include/apart/run/detail/file.hpp", "#include <apart/test/this_test.hpp>\n", "may not use test/"),
    ("arrows", "include/apart/run/lock.hpp", "#include <apart/apart.hpp>\n", "umbrella"),
    ("arrows", "include/apart/run/lock.hpp", '#include "claim.hpp"\n', "claim.hpp"),
    ("arrows", "include/apart/attic/rule.hpp", "#pragma once\n", "no room"),
    ("dependencies", "include/apart/run/lock.hpp", "#include <fmt/core.h>\n", "fmt/core.h"),
    ("dependencies", "include/apart/run/lock.hpp", "#include <catch2/catch_all.hpp>\n", "catch2/catch_all.hpp"),
    ("dependencies", "include/apart/run/lock.hpp", "#include <sys/file.h>\n", "sys/file.h"),
    ("dependencies", "include/apart/detail/windows/fork.hpp", "#include <windows.h>\n", "windows.h"),
    ("dependencies", "include/apart/detail/windows/fork.hpp", "#include <WinSock2.h>\n", "WinSock2.h"),
    ("size", "include/apart/run/lock.hpp", "\n" * 301, "301 lines"),
    ("platform", "include/apart/run/lock.hpp", "#ifdef _WIN32\n#endif\n", "_WIN32"),
    ("platform", "include/apart/run/lock.hpp", "#if 1 && \\\n  defined(__linux__)\n#endif\n", "__linux__"),
    ("platform", "include/apart/run/lock.hpp", "#if 0\n#elif defined(__APPLE__)\n#endif\n", "__APPLE__"),
    ("mirror", "include/apart/run/port.hpp", "#pragma once\n", "has no test of that path"),
    ("mirror", "tests/room_run/port.cpp", "", "there is no include/apart/run/port.hpp"),
    ("mirror", "tests/room_run/windows/port.cpp", "", "there is no include/apart/run/windows/port.hpp"),
    ("mirror", "tests/detail/wire.cpp", "", "there is no include/apart/detail/wire.hpp"),
    ("mirror", "tests/apart.cpp", "", "listed in WITHOUT_TEST"),
    ("linkage", "include/apart/run/lock.hpp", "static void lock() {}\n", "static void lock"),
    ("linkage", "include/apart/run/lock.hpp", "namespace {\n}\n", "namespace {"),
    ("linkage", "include/apart/run/lock.hpp", "constexpr int locks = 3;\n", "constexpr int locks"),
    ("macros", "include/apart/run/lock.hpp", "  #  define LOCK 1\n", "LOCK"),
    ("macros", "include/apart/run/lock.hpp", "#define CATCH_CONFIG_RUNNER\n", "CATCH_CONFIG_RUNNER"),
    ("macros", "include/apart/run/lock.hpp", "inline auto most = std::max(1, 2);\n", "calls std::max"),
    ("macros", "include/apart/run/lock.hpp", "inline auto ever = clock::time_point::max();\n", "time_point::max"),
    ("weight", "include/apart/run/detail/file.hpp", "#include <filesystem>\n", "lock.hpp: reaches <filesystem> by include"),
    ("weight", "include/apart/name/rule.hpp", "#include <iostream>\n", "rule.hpp: reaches <iostream>"),
    ("weight", "include/apart/interop/fmt.hpp", "#include <fmt/chrono.h>\n", "fmt.hpp: includes <fmt/chrono.h>"),
    ("weight", "include/apart/run/run_lock.hpp", "#pragma once\n", "no longer reaches <thread>"),
    ("umbrella", "include/apart/run/port.hpp", "#pragma once\n", "lacks #include <apart/run/port.hpp>"),
    ("umbrella", "include/apart/apart.hpp", CLEAN["include/apart/apart.hpp"] + "#include <apart/launch/run.hpp>\n",
     "launch/run.hpp"),
    ("umbrella", "include/apart/apart.hpp", CLEAN["include/apart/apart.hpp"] + "using apart::error;\n", "using"),
]


def self_test():
    def complaints(rule, extra):
        with tempfile.TemporaryDirectory() as folder:
            for path, text in {**CLEAN, **extra}.items():
                file = Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            return list(RULES[rule](Path(folder)))

    for rule in RULES:
        for complaint in complaints(rule, {}):
            yield f"{rule} complains about a clean tree: {complaint}"
        if rule not in {planted[0] for planted in PLANTED}:
            yield f"{rule} has no planted offence"
    for rule, path, text, expected in PLANTED:
        found = complaints(rule, {path: text})
        if not any(expected in complaint for complaint in found):
            yield f"{rule} does not find `{expected}` in {path}: {found}"


def main(arguments):
    if arguments == ["--self-test"]:
        offences = list(self_test())
    elif arguments and arguments[0] in RULES and len(arguments) <= 2:
        root = Path(arguments[1]) if len(arguments) == 2 else Path(__file__).resolve().parents[2]
        offences = list(RULES[arguments[0]](root))
    else:
        print(__doc__ + f"\nrules: {', '.join(RULES)}", file=sys.stderr)
        return 2
    for offence in offences:
        print(offence)
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
