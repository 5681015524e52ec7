#!/usr/bin/env python3
"""Packages the library as the recipes in packaging/ and conanfile.py do, into folders of other names, moves the package,
and builds a program against it: by CMake and by pkg-config.

    packaged.py CMAKE GENERATOR FOLDER COMPILER FLAGS
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = 77

PROJECT = """\
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES CXX)
find_package(apart CONFIG REQUIRED)
add_executable(program program.cpp)
target_link_libraries(program PRIVATE apart::apart)
"""

PROGRAM = """\
#include <apart/name/unique_name.hpp>
int main() { return apart::unique_name() == apart::unique_name() ? 1 : 0; }
"""


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def options_of_vcpkg():
    text = (ROOT / "packaging/vcpkg/ports/apart/portfile.cmake").read_text(encoding="utf-8")
    return re.search(r"^\s*OPTIONS\s+([^)]*)\)", text, re.MULTILINE).group(1).split()


def options_of_conan():
    text = (ROOT / "conanfile.py").read_text(encoding="utf-8")
    return [f"-D{name}={'ON' if value == 'True' else 'OFF'}"
            for name, value in re.findall(r'cache_variables\["(\w+)"\] = (True|False)', text)]


def main(arguments):
    if len(arguments) != 5:
        print(__doc__, file=sys.stderr)
        return 2
    cmake, generator, folder, compiler, flags = arguments[0], arguments[1], Path(arguments[2]), arguments[3], arguments[4]
    shutil.rmtree(folder, ignore_errors=True)
    options = options_of_vcpkg()
    if not options or sorted(options) != sorted(options_of_conan()):
        sys.exit(f"the recipes differ in what they tell CMake: {options}, {options_of_conan()}")
    toolchain = ["-G", generator, f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_CXX_FLAGS={flags}"]

    run(cmake, *toolchain, "-S", ROOT, "-B", folder / "build", *options, "-DCMAKE_INSTALL_INCLUDEDIR=inc/of",
        "-DCMAKE_INSTALL_DATADIR=data", f"-DCMAKE_INSTALL_PREFIX={folder}/at_first")
    run(cmake, "--install", folder / "build")
    prefix = folder / "moved"
    (folder / "at_first").rename(prefix)
    found = sorted(path.name for path in prefix.iterdir())
    if found != ["data", "inc"]:
        sys.exit(f"installed in data/ and inc/, but there are {found}")
    for path in prefix.rglob("*"):
        if path.is_file() and str(folder) in path.read_text(encoding="utf-8"):
            sys.exit(f"{path} names the place where it was made")

    def headers(below):
        return {path.relative_to(below): path.read_bytes() for path in below.rglob("*") if path.is_file()}

    if headers(ROOT / "include") != headers(prefix / "inc/of"):
        sys.exit("the installed headers are not those of include/")

    user = folder / "user"
    user.mkdir()
    (user / "CMakeLists.txt").write_text(PROJECT, encoding="utf-8")
    (user / "program.cpp").write_text(PROGRAM, encoding="utf-8")
    run(cmake, *toolchain, "-S", user, "-B", user / "build", f"-Dapart_DIR={prefix}/data/cmake/apart")
    run(cmake, "--build", user / "build")
    run(user / "build/program")

    pkg_config = shutil.which("pkg-config")
    if not pkg_config:
        print("SKIPPED: there is no pkg-config on this machine")
        return SKIPPED
    environment = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "data/pkgconfig")}
    said = run(pkg_config, "--cflags", "--libs", "apart", env=environment).split()
    run(compiler, "-std=c++17", *flags.split(), user / "program.cpp", "-o", user / "by_pkg_config", *said)
    run(user / "by_pkg_config")
    version = run(pkg_config, "--modversion", "apart", env=environment).strip()
    stated = "".join((ROOT / "single_include/apart.hpp").open(encoding="utf-8").readline().split()[2]).rstrip(":")
    if version != stated:
        sys.exit(f"apart.pc states version {version}, the library {stated}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
