#!/usr/bin/env python3
"""Compiles each header that users include alone in C++17, with all warnings as errors; all public ones together in C++20, in
the reverse of their usual order; and those of them that need the standard library only together without exceptions and run-time
type information.

    headers_compile.py COMPILER [OPTION]... [--without=FRAMEWORK]...     exits 1 and prints what the compiler said
    headers_compile.py COMPILER [OPTION]... --details ...     each header that only others include alone, in place of all that
    headers_compile.py --self-test COMPILER                   exits 1 unless planted offences are found

Only others include what is in a detail/ folder, and the parts of the launcher: users include the mains of the frameworks, which
are compiled alone by tests/support/<framework>_main.cpp.
Headers for one system are compiled by those of the same name that choose them. The options tell the compiler where the
frameworks are; headers that need one that is not there are left out. The compiler is one that takes the options of GCC.
"""

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left in the tree

from source_rules import STANDARD_ONLY, headers

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
ALONE = ["-std=c++17"]
TOGETHER = ["-std=c++20"]
NEEDS_CPP20 = {"interop/stop_token.hpp"}
# Each is for one generation of Catch2, and does not compile with the other.
PARTS = {"launch/detail/catch2_v2.hpp", "launch/detail/catch2_v3.hpp"}
MAIN = re.compile(r"^launch/\w+_main\.hpp$")
OF_ONE_SYSTEM = re.compile(r"/(posix|windows)/")
STANDARD_ONLY_TOGETHER = ["-std=c++17", "-fno-exceptions", "-fno-rtti"]


def offences(root, compiler, options):
    missing = ["/" + option.split("=")[1] for option in options if option.startswith("--without=")]
    details = "--details" in options
    options = [option for option in options if option != "--details" and not option.startswith("--without=")]

    def compiled(job):
        what, source, mode = job
        command = [compiler, *mode, *WARNINGS, *options, f"-I{root}/include", "-fsyntax-only", "-x", "c++", "-"]
        result = subprocess.run(command, input=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return f"{what} with {' '.join(mode)}:\n{result.stdout}" if result.returncode else ""

    there = [header for header in headers(root) if not any(name in header.path for name in missing)]
    alone = [header for header in there
             if (header.internal or header.room == "launch") == details and header.path not in NEEDS_CPP20 | PARTS
             and not OF_ONE_SYSTEM.search(header.path) and not MAIN.match(header.path)]
    public = [header for header in there if header.public]
    if not public:
        return [f"there is no public header below {root}/include"]
    # Each twice, since a header must bear that too.
    jobs = [(f"{header} does not compile alone", f"#include <apart/{header.path}>\n" * 2, ALONE) for header in alone]
    together = [("the headers do not compile in reverse order", public, TOGETHER),
                ("the headers of the standard library alone do not compile",
                 [header for header in public if header.room in STANDARD_ONLY], STANDARD_ONLY_TOGETHER)]
    for what, some, mode in [] if details else together:
        in_reverse_order = sorted((str(header.path) for header in some), reverse=True)
        jobs.insert(0, (what, "".join(f"#include <apart/{path}>\n" for path in in_reverse_order), mode))
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        return [complaint for complaint in threads.map(compiled, jobs) if complaint]


def self_test(compiler):
    tree = {
        "error.hpp": "#pragma once\n#include <string>\ninline std::string good() { return {}; }\n",
        "name/alone.hpp": "#pragma once\ninline std::string bad() { return {}; }\n",
        "name/throws.hpp": "#pragma once\ninline void bad() { throw 1; }\n",
        "name/warns.hpp": "#pragma once\ninline int bad(long long value) { return value; }\n",
        "name/twice.hpp": "inline void bad() {}\n",
        "run/rtti.hpp": "#pragma once\n#include <typeinfo>\ninline bool bad() { return typeid(int) == typeid(char); }\n",
        "run/dialect.hpp": "#pragma once\nstruct bad { bad() = delete; };\ninline bad make() { return bad{}; }\n",
        "interop/stop_token.hpp": "#pragma once\n#include <concepts>\ninline void good(std::integral auto) {}\n",
        "name/early.hpp": "#pragma once\ninline int good() { int shadow = 1; return shadow; }\n",
        "name/late.hpp": "#pragma once\ninline int shadow = 1;\n",
        "launch/throws.hpp": "#pragma once\ninline void good() { throw 1; }\n",
        "launch/alone.hpp": "#pragma once\ninline std::string bad() { return {}; }\n",
        "run/detail/broken.hpp": "this is no C++\n",
        "launch/detail/catch2_v3.hpp": "this is a part\n",
        "detail/posix/broken.hpp": "this is for one system\n",
        "adapter/gtest.hpp": "#pragma once\n#include <gtest/is_not_there.hpp>\n",
    }
    expected = {"name/alone.hpp": 1, "launch/alone.hpp": 1, "name/warns.hpp": 1, "name/twice.hpp": 1, "run/detail/broken.hpp": 1}
    with tempfile.TemporaryDirectory() as folder:
        for path, text in tree.items():
            file = Path(folder, "include/apart", path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        found = offences(Path(folder), compiler, ["--without=gtest"])
        found += offences(Path(folder), compiler, ["--details"])
    for path in tree:
        count = sum(complaint.startswith(f"include/apart/{path} ") for complaint in found)
        if count != expected.get(path, 0):
            yield f"{path}: {count} complaints, {expected.get(path, 0)} expected"
    for what, clue in [("reverse order", "shadow"), ("standard library", "throws.hpp"), ("standard library", "rtti.hpp")]:
        if not any(what in complaint and clue in complaint for complaint in found):
            yield f"{what}: a complaint about {clue} was expected"


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--self-test":
        found = list(self_test(arguments[1]))
    elif arguments and not arguments[0].startswith("-"):
        found = offences(Path(__file__).resolve().parents[2], arguments[0], [option for option in arguments[1:] if option])
    else:
        print(__doc__, file=sys.stderr)
        return 2
    for offence in found:
        print(offence)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
