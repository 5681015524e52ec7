#!/usr/bin/env python3
"""Checks that whatever states the version of the library states the one of include/apart/version.hpp.

    version.py [ROOT]         exits 1 and names each place that states another one, or none
    version.py --self-test    exits 1 unless planted offences are found
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = "include/apart/version.hpp"

# A file, what precedes and follows the version there, and how it is written: {0}, {1} and {2} are its numbers.
PLACES = [
    (SOURCE, r"inline namespace (\w+) \{", "v{0}_{1}"),
    ("packaging/vcpkg/ports/apart/vcpkg.json", r'"version-semver": "([^"]*)"', "{0}.{1}.{2}"),
    ("single_include/apart.hpp", r"\A// apart ([^:\s]*):", "{0}.{1}.{2}"),
    ("single_include/apart_launch.hpp", r"\A// apart ([^:\s]*):", "{0}.{1}.{2}"),
    ("README.md", r"\A.*?^## Changelog\n\n### (\S+)", "{0}.{1}.{2}"),
    ("README.md", r"find_package\(apart (\S+) ", "{0}.{1}"),
    ("tests/consumer/find_package/CMakeLists.txt", r"find_package\(apart (\S+) ", "{0}.{1}"),
]
# These read it.
READERS = [
    ("CMakeLists.txt", r'VERSION "\$\{version\}"'),
    ("cmake/apart.pc.in", r"^Version: @PROJECT_VERSION@$"),
    ("conanfile.py", r"def set_version\(self\):"),
]
STATED = re.compile(r"""\bversion\s*=\s*["']\d|^\s*VERSION\s+"?\d|^Version: \d""", re.MULTILINE)


def version_numbers(root):
    """The three numbers as text; None where they are not there."""
    text = (root / SOURCE).read_text(encoding="utf-8")
    numbers = [re.findall(rf"^#define APART_VERSION_{part} (\d+)$", text, re.MULTILINE) for part in ("MAJOR", "MINOR", "PATCH")]
    return [found[0] for found in numbers] if [len(found) for found in numbers] == [1, 1, 1] else None


def offences(root):
    numbers = version_numbers(root)
    if not numbers:
        yield f"{SOURCE}: does not define each of APART_VERSION_MAJOR, _MINOR and _PATCH once, as a number"
        return
    for path, pattern, form in PLACES:
        wanted = form.format(*numbers)
        found = re.findall(pattern, (root / path).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        if not found:
            yield f"{path}: nothing there states a version ({pattern})"
        for stated in found:
            if stated != wanted:
                yield f"{path}: states {stated}, but {SOURCE} makes it {wanted}"
    for path, pattern in READERS:
        text = (root / path).read_text(encoding="utf-8")
        if not re.search(pattern, text, re.MULTILINE):
            yield f"{path}: does not read the version ({pattern})"
        for stated in STATED.findall(text):
            yield f"{path}: `{stated.strip()}…` states the version, which stands in {SOURCE}"


def planted(major, minor, patch):
    """A file, what is replaced in it and by what, what the complaint must name."""
    version, next_minor = f"{major}.{minor}.{patch}", int(minor) + 1
    port = "packaging/vcpkg/ports/apart/vcpkg.json"
    consumer = "tests/consumer/find_package/CMakeLists.txt"
    reads = 'VERSION "${version}"'
    return [
        (SOURCE, f"MINOR {minor}", f"MINOR {next_minor}", f"states {version}, but {SOURCE} makes it {major}.{next_minor}.{patch}"),
        (SOURCE, f"MINOR {minor}", f"MINOR {next_minor}", f"states v{major}_{minor}"),
        (SOURCE, f"PATCH {patch}", "PATCH none", "does not define each"),
        (port, version, "99.1.1", f"{port}: states 99.1.1"),
        (port, "version-semver", "version-string", f"{port}: nothing there"),
        ("single_include/apart.hpp", f"// apart {version}:", "// apart 99.0.0:", "apart.hpp: states 99.0.0"),
        ("single_include/apart_launch.hpp", f"// apart {version}:", "// apart:", "apart_launch.hpp: nothing there"),
        ("README.md", f"### {version}", "### 99.0.0", "README.md: states 99.0.0"),
        ("README.md", f"find_package(apart {major}.{minor} ", "find_package(apart 99.2 ", "README.md: states 99.2"),
        (consumer, f"apart {major}.{minor} QUIET", "apart 99.3 QUIET", f"{consumer}: states 99.3"),
        ("CMakeLists.txt", reads, f"VERSION {version}", "CMakeLists.txt: does not read"),
        ("CMakeLists.txt", reads, f"{reads}\n  VERSION {version}", f"CMakeLists.txt: `VERSION {major}"),
        ("cmake/apart.pc.in", "@PROJECT_VERSION@", version, "apart.pc.in: does not read"),
        ("conanfile.py", 'name = "apart"', f'name = "apart"\n    version = "{version}"', f'conanfile.py: `version = "{major}'),
    ]


def self_test():
    for path, text, offence, expected in planted(*version_numbers(REPOSITORY)):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for file in {place[0] for place in PLACES + READERS}:
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(REPOSITORY / file, root / file)
            whole = (root / path).read_text(encoding="utf-8")
            if text not in whole:
                yield f"{path} does not hold `{text}`, in whose place an offence is planted"
            (root / path).write_text(whole.replace(text, offence), encoding="utf-8")
            found = list(offences(root))
        if not any(expected in complaint for complaint in found):
            yield f"does not find `{expected}` in {path}: {found}"


def main(arguments):
    if arguments == ["--self-test"]:
        found = list(self_test())
    elif len(arguments) <= 1:
        found = list(offences(Path(arguments[0]) if arguments else REPOSITORY))
    else:
        print(__doc__, file=sys.stderr)
        return 2
    for offence in found:
        print(offence)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
