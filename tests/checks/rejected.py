#!/usr/bin/env python3
"""Compiles files that hold uses which the library refuses: each refused use must fail to compile, and for its reason.

    rejected.py COMPILER [OPTION]... FILE...     exits 1 and tells which use compiled, or failed for another reason
    rejected.py --self-test COMPILER             exits 1 unless planted offences are found

A file compiles as it stands. A refused use stands under `#if defined(REFUSED_<WHICH>)  // <what the compiler says>`, or
#elif; what the compiler says is a regular expression.
"""

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left in the tree

ROOT = Path(__file__).resolve().parents[2]
USE = re.compile(r"^#(?:el)?if defined\((REFUSED_\w+)\)\s*// (.+)$", re.MULTILINE)
MENTION = re.compile(r"\bREFUSED_\w+")


def offences(compiler, options, files):
    def compiled(job):
        file, use, reason = job
        command = [compiler, "-std=c++17", "-Wall", "-Wextra", "-Werror", *options, f"-I{ROOT}/include", "-fsyntax-only", file]
        if use:
            command.append(f"-D{use}")
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if not use:
            return f"{file} does not compile:\n{result.stdout}" if result.returncode else ""
        if not result.returncode:
            return f"{file}: {use} compiles"
        if not re.search(reason, result.stdout):
            return f"{file}: {use} fails for another reason than '{reason}':\n{result.stdout}"
        return ""

    jobs = []
    for file in files:
        text = Path(file).read_text(encoding="utf-8")
        uses = USE.findall(text)
        if not uses:
            return [f"{file} holds no refused use"]
        unread = set(MENTION.findall(text)) - {use for use, _ in uses}
        if unread:
            return [f"{file}: no reason is given for {' '.join(sorted(unread))}"]
        jobs += [(file, "", "")] + [(file, use, reason) for use, reason in uses]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        return [complaint for complaint in threads.map(compiled, jobs) if complaint]


def self_test(compiler):
    cases = {
        "#if defined(REFUSED_A)  // nowhere\nint a = nowhere;\n#endif\n": "",
        "#if defined(REFUSED_A)  // not declared\nint a = 0;\n#endif\n": "compiles",
        "#if defined(REFUSED_A)  // deleted\nint a = nowhere;\n#endif\n": "another reason",
        "int a = nowhere;\n#if defined(REFUSED_A)  // nowhere\n#endif\n": "does not compile",
        "#if defined(REFUSED_A)\nint a = nowhere;\n#endif\n#if defined(REFUSED_B)  // x\n#endif\n": "no reason",
        "int a = 0;\n": "holds no refused use",
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "planted.cpp")
        for source, complaint in cases.items():
            file.write_text(source, encoding="utf-8")
            found = "\n".join(offences(compiler, [], [str(file)]))
            if complaint not in found or (not complaint and found):
                yield f"expected '{complaint}', found '{found}' for\n{source}"


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--self-test":
        found = list(self_test(arguments[1]))
    elif len(arguments) > 1 and not arguments[0].startswith("-"):
        options = [argument for argument in arguments[1:] if argument and not argument.endswith(".cpp")]
        found = offences(arguments[0], options, [argument for argument in arguments[1:] if argument.endswith(".cpp")])
    else:
        print(__doc__, file=sys.stderr)
        return 2
    for offence in found:
        print(offence)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
