#!/usr/bin/env python3
"""Makes the projects that the section "Get it" of README.md describes, of its very code blocks.

    readme.py FOLDER    copied/ with the two headers, my_tests.cpp and build.sh; installed/ and fetched/ with a CMakeLists.txt

Fails where the section holds other blocks than these: then nobody would run them.
"""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = ["cpp", "sh", "cmake", "cmake"]

PROJECT = """\
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES CXX)
add_executable(my_tests my_tests.cpp)
"""

# What else apart_discover_tests takes.
ONCE_MORE = """\
apart_discover_tests(my_tests TEST_PREFIX "again: " WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
                     PROPERTIES TIMEOUT 60 LABELS "of a user;catch2")
apart_discover_tests(my_tests PROCS 2)
"""

# What the sources alone leave to be found; CMake looks for each target that is linked, built or not.
WITH_LAUNCHER = """\
enable_testing()
add_test(NAME my_tests COMMAND my_tests)
add_executable(with_launcher EXCLUDE_FROM_ALL my_tests.cpp)
target_link_libraries(with_launcher PRIVATE apart::catch2_main)
"""

WITHOUT_FRAMEWORK = """\
#include <apart/name/unique_name.hpp>
int main() { return apart::unique_name() == apart::unique_name() ? 1 : 0; }
"""


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    section = re.search(r"^## Get it$(.*?)^## ", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", section.group(1), re.MULTILINE | re.DOTALL)
    if [kind for kind, _ in blocks] != BLOCKS:
        print(f"README.md: \"Get it\" should hold {BLOCKS}, but holds {[kind for kind, _ in blocks]}")
        return 1
    program, build, installed, fetched = (text for _, text in blocks)

    folder = Path(arguments[0])
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "single_include", folder / "copied")
    (folder / "copied/my_tests.cpp").write_text(program, encoding="utf-8")
    (folder / "copied/build.sh").write_text(build, encoding="utf-8")

    (folder / "installed").mkdir()
    (folder / "installed/CMakeLists.txt").write_text(PROJECT + installed + ONCE_MORE, encoding="utf-8")
    with_headers = program.replace("#define APART_WITH_CATCH2_MAIN", "//").replace(
        '#include "apart_launch.hpp"', "#include <apart/launch/catch2_main.hpp>\n#include <apart/apart.hpp>")
    (folder / "installed/my_tests.cpp").write_text(with_headers, encoding="utf-8")

    (folder / "fetched").mkdir()
    (folder / "fetched/apart").symlink_to(ROOT)
    found = "".join(line + "\n" for line in re.findall(r"`(find_package\(.+?\))`", section.group(1)))
    (folder / "fetched/CMakeLists.txt").write_text(PROJECT + found + fetched + WITH_LAUNCHER, encoding="utf-8")
    (folder / "fetched/my_tests.cpp").write_text(WITHOUT_FRAMEWORK, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
