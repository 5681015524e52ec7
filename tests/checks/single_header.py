#!/usr/bin/env python3
"""Checks that single_include/ is what tools/single_header.py makes of include/.

    single_header.py [ROOT]         exits 1 and shows the first lines that differ
    single_header.py --self-test    exits 1 unless planted differences are found, and a small library becomes what it should
"""

import difflib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TOOL = "tools/single_header.py"
LINES_SHOWN = 20


def offences(root):
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([sys.executable, "-B", root / TOOL, folder], stderr=subprocess.PIPE, text=True)
        if made.returncode:
            return [made.stderr]
        wanted = {path.name: path.read_text(encoding="utf-8") for path in Path(folder).iterdir()}
    found = {path.relative_to(root / "single_include").as_posix(): path.read_text(encoding="utf-8")
             for path in (root / "single_include").rglob("*") if path.is_file()}
    complaints = []
    for name in sorted(wanted.keys() | found.keys()):
        if name not in wanted:
            complaints.append(f"single_include/{name}: {TOOL} makes no such file")
        elif wanted[name] != found.get(name, ""):
            lines = difflib.unified_diff(found.get(name, "").splitlines(), wanted[name].splitlines(), "as it is",
                                         "as it should be", lineterm="", n=1)
            shown = "\n".join(line for line, _ in zip(lines, range(LINES_SHOWN)))
            complaints.append(f"single_include/{name} is not what {TOOL} makes: run it, and commit what it writes\n{shown}")
    return complaints


SMALL = {
    "LICENSE": "The licence.\n",
    "include/apart/apart.hpp": "#pragma once\n/// Said elsewhere.\n#include <apart/file.hpp>\n#include <apart/name.hpp>\n",
    "include/apart/version.hpp": "#pragma once\n#define APART_VERSION_MAJOR 1\n#define APART_VERSION_MINOR 2\n"
                                 "#define APART_VERSION_PATCH 3\n",
    "include/apart/name.hpp": "#pragma once\n\n#include <string>\n#include <apart/version.hpp>\n\n/// A name.\nint name();\n",
    "include/apart/file.hpp": "#pragma once\n#include <string>\n#include <apart/name.hpp>\n#if defined(_WIN32)\n"
                              "#include <apart/windows.hpp>\n#else\n#include <apart/posix.hpp>\n#endif\nint file();\n",
    "include/apart/windows.hpp": "#pragma once\n#include <apart/error.hpp>\n#include <windows.h>\nint file_of_windows();\n",
    "include/apart/posix.hpp": "#pragma once\n#include <unistd.h>\n#include <vector>\n#include <apart/error.hpp>\n"
                               "#include <apart/posix_only.hpp>\n#ifdef O_PATH\nint path();\n#endif\nint file_of_posix();\n",
    "include/apart/posix_only.hpp": "#pragma once\n#include <unistd.h>\nint posix_only();\n",
    "include/apart/error.hpp": "#pragma once\nint error();\n",
    "include/apart/adapter/tag.hpp": "#pragma once\n#include <apart/name.hpp>\nint tag();\n",
    "include/apart/adapter/first.hpp": "#pragma once\n#include <first.h>\n#include <apart/adapter/tag.hpp>\nint first();\n",
    "include/apart/adapter/other.hpp": "#pragma once\n#include <other.h>\n#include <apart/adapter/tag.hpp>\nint other();\n",
    "include/apart/launch/first_main.hpp": "#pragma once\n#define FIRST_MAIN\n#include <first.h>\n"
                                           "#include <apart/adapter/first.hpp>\n#include <apart/launch/plan.hpp>\nint main();\n",
    "include/apart/launch/other_main.hpp": "#pragma once\n#include <apart/adapter/other.hpp>\n#include <apart/launch/plan.hpp>\n",
    "include/apart/launch/plan.hpp": "#pragma once\n#include <vector>\n#include <fmt/format.h>\n"
                                     "#include <apart/detail/terminal.hpp>\n\n\n"
                                     "auto page = R\"x(\n\n\n#include <apart/name.hpp>\n)x\";\n",
    "include/apart/detail/terminal.hpp": "#pragma once\n#include <apart/error.hpp>\nint terminal();\n",
    "include/apart/interop/fmt.hpp": "#pragma once\n#include <fmt/format.h>\n#include <apart/name.hpp>\n",
}

SMALL_CORE = """\
#pragma once

#include <string>
#include <vector>

// ---- apart/version.hpp

#define APART_VERSION_MAJOR 1
#define APART_VERSION_MINOR 2
#define APART_VERSION_PATCH 3

// ---- apart/name.hpp

/// A name.
int name();

// ---- apart/error.hpp

int error();

#if defined(_WIN32)

// ---- apart/windows.hpp

#include <windows.h>
int file_of_windows();

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/posix.hpp

#include <unistd.h>

// ---- apart/posix_only.hpp

int posix_only();

// ---- apart/posix.hpp

#ifdef O_PATH
int path();
#endif
int file_of_posix();

#endif  // !defined(_WIN32)

// ---- apart/file.hpp

int file();
"""

SMALL_LAUNCH = """\
#include <vector>

#if !defined(APART_LAUNCH_PART_1)
#define APART_LAUNCH_PART_1

// ---- apart/detail/terminal.hpp

int terminal();

#endif  // APART_LAUNCH_PART_1

#if defined(APART_WITH_LAUNCH) && !defined(APART_LAUNCH_PART_2)
#define APART_LAUNCH_PART_2

// ---- apart/launch/plan.hpp

#include <fmt/format.h>

auto page = R"x(


#include <apart/name.hpp>
)x";

#endif  // defined(APART_WITH_LAUNCH)

#if defined(APART_WITH_FIRST_MAIN) && !defined(APART_LAUNCH_PART_3)
#define APART_LAUNCH_PART_3

// ---- apart/launch/first_main.hpp

#define FIRST_MAIN
#include <first.h>

#endif  // defined(APART_WITH_FIRST_MAIN)

#if defined(APART_WITH_FIRST) && !defined(APART_LAUNCH_PART_4)
#define APART_LAUNCH_PART_4

// ---- apart/adapter/first.hpp

#include <first.h>

#endif  // defined(APART_WITH_FIRST)

#if (defined(APART_WITH_FIRST) || defined(APART_WITH_OTHER) || defined(APART_WITH_TAG)) && !defined(APART_LAUNCH_PART_5)
#define APART_LAUNCH_PART_5

// ---- apart/adapter/tag.hpp

int tag();

#endif  // defined(APART_WITH_FIRST) || defined(APART_WITH_OTHER) || defined(APART_WITH_TAG)

#if defined(APART_WITH_FIRST) && !defined(APART_LAUNCH_PART_6)
#define APART_LAUNCH_PART_6

// ---- apart/adapter/first.hpp

int first();

#endif  // defined(APART_WITH_FIRST)

#if defined(APART_WITH_FIRST_MAIN) && !defined(APART_LAUNCH_PART_7)
#define APART_LAUNCH_PART_7

// ---- apart/launch/first_main.hpp

int main();

#endif  // defined(APART_WITH_FIRST_MAIN)

#if defined(APART_WITH_OTHER) && !defined(APART_LAUNCH_PART_8)
#define APART_LAUNCH_PART_8

// ---- apart/adapter/other.hpp

#include <other.h>
int other();

#endif  // defined(APART_WITH_OTHER)

#if defined(APART_WITH_FMT) && !defined(APART_LAUNCH_PART_9)
#define APART_LAUNCH_PART_9

// ---- apart/interop/fmt.hpp

#include <fmt/format.h>

#endif  // defined(APART_WITH_FMT)
"""

# A file, its new text, what the complaint must name; the text may be a function of the former one.
PLANTED = [
    ("include/apart/name.hpp", "#pragma once\n#include <apart/version.hpp>\nint other_name();\n", "+int other_name();"),
    ("include/apart/version.hpp", SMALL["include/apart/version.hpp"].replace("3", "4"), "PATCH 4"),
    ("LICENSE", "Another.\n", "Another."),
    ("single_include/apart.hpp", "int mended_by_hand();\n", "-int mended_by_hand();"),
    ("single_include/apart_launch.hpp", None, "apart_launch.hpp is not what"),
    ("single_include/apart_old.hpp", "", "makes no such file"),
    ("include/apart/launch/detail/nobody.hpp", "", "nothing includes apart/launch/detail/nobody.hpp"),
]


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)

        def lay(files):
            for path, text in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")

        lay(SMALL)
        (root / TOOL).parent.mkdir()
        shutil.copy(REPOSITORY / TOOL, root / TOOL)
        subprocess.run([sys.executable, "-B", root / TOOL], check=True)
        made = {path: (root / path).read_text(encoding="utf-8")
                for path in ("single_include/apart.hpp", "single_include/apart_launch.hpp")}
        for (path, text), wanted in zip(made.items(), (SMALL_CORE, SMALL_LAUNCH)):
            if not text.startswith("// apart 1.2.3: ") or "\n// The licence.\n" not in text:
                yield f"{path} does not begin with the version and the licence: {text[:200]}"
            if not text.endswith("\n\n" + wanted):
                yield f"{path} does not end with what was expected, but is:\n{text}"
        yield from (f"complains about a clean tree: {complaint}" for complaint in offences(root))
        for path, text, expected in PLANTED:
            if text is None:
                (root / path).unlink()
            else:
                lay({path: text})
            found = offences(root)
            if not any(expected in complaint for complaint in found):
                yield f"does not find `{expected}` in {path}: {found}"
            (root / path).unlink(missing_ok=True)
            lay({path: text for path, text in {**SMALL, **made}.items()})


def main(arguments):
    if arguments == ["--self-test"]:
        found = list(self_test())
    elif len(arguments) <= 1:
        found = offences(Path(arguments[0]).resolve() if arguments else REPOSITORY)
    else:
        print(__doc__, file=sys.stderr)
        return 2
    for offence in found:
        print(offence)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
