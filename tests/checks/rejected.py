#!/usr/bin/env python3
"""Compiles files that hold uses which the library refuses: each refused use must fail to compile, and for its reason.

    rejected.py COMPILER [OPTION]... FILE...     exits 1 and tells which use compiled, or failed for another reason
    rejected.py --self-test COMPILER             exits 1 unless planted offences are found

A file compiles as it stands. A refused use is statements of a function's body, below `#if defined(REFUSED_<WHICH>)  // <what
the compiler says>`, or #elif; what the compiler says is a regular expression. They are compiled together, each as a block: what
is refused inside of a template is said of its first use alone, so no two of a file have the same arguments for it.
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
USE = re.compile(r"#(?:el)?if defined\(REFUSED_\w+\)\s*// .+")
# Of what GCC and clang say: what stands before an error or a note, and lines of the source, which belong to what they follow.
EXCERPT = re.compile(r"^ *\d* \|")
LEADS = re.compile(r"^In file included from|^ +from |: (In|At) |: +(recursively )?required ")
BLOCKS = [(re.compile(r"#if "), "{"), (re.compile(r"#(elif |else)"), "} {"), (re.compile(r"#endif"), "}")]


class Use:
    def __init__(self, line, text):
        self.name, self.reason = re.search(r"(REFUSED_\w+)\)\s*// (.+)", text).groups()
        self.first, self.last = line, line


def uses_of(lines):
    """Those of a file, in order; None where a condition is no refused use, or gives no reason."""
    uses, inside = [], False
    for at, line in enumerate(lines, 1):
        if USE.match(line):
            uses.append(Use(at, line))
            inside = True
        elif line.startswith("#else") or line.startswith("#endif"):
            inside = False
        elif re.match(r"#(el)?if", line):
            return None
        if inside:
            uses[-1].last = at
    return uses


def as_blocks(line):
    return next((block for directive, block in BLOCKS if directive.match(line)), line)


def errors_of(said):
    """What belongs to one error each: what leads to it, and its notes with what leads to them."""
    errors, leads = [""], []
    for line in said.splitlines():
        if LEADS.search(line) or (leads and EXCERPT.match(line)):
            leads.append(line)
            continue
        if ": error: " in line:
            errors.append("")
        errors[-1] += "\n".join([*leads, line, ""])
        leads = []
    return errors[1:]


def offences(compiler, options, files):
    is_clang = b"clang" in subprocess.run([compiler, "--version"], stdout=subprocess.PIPE).stdout
    all_errors = ["-ferror-limit=0"] if is_clang else []

    def compiled(file, source):
        command = [compiler, "-std=c++17", "-Wall", "-Wextra", "-Werror", *all_errors, *options, f"-I{ROOT}/include",
                   "-fsyntax-only", "-x", "c++", "-"]
        result = subprocess.run(command, input=f'#line 1 "{file}"\n{source}', stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True)
        return result.stdout if result.returncode else ""

    def offences_of(file):
        text = Path(file).read_text(encoding="utf-8")
        uses = uses_of(text.splitlines())
        if not uses:
            return [f"{file} holds no refused use" if uses is not None else f"{file}: a condition is no refused use with a reason"]
        said = compiled(file, text)
        if said:
            return [f"{file} does not compile:\n{said}"]
        found = []
        errors = errors_of(compiled(file, "".join(as_blocks(line) + "\n" for line in text.splitlines())))
        for use in uses:
            of_use = [error for error in errors
                      if any(use.first <= int(line) <= use.last for line in re.findall(re.escape(file) + r":(\d+):", error))]
            if not of_use:
                found.append(f"{file}: {use.name} compiles")
            elif not any(re.search(use.reason, error) for error in of_use):
                found.append(f"{file}: {use.name} fails for another reason than '{use.reason}':\n" + "\n".join(of_use))
        return found

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        return [complaint for of_file in threads.map(offences_of, files) for complaint in of_file]


def self_test(compiler):
    use = "void use() {{\n{}\n}}\n".format
    cases = {
        use("#if defined(REFUSED_A)  // nowhere\nint a = nowhere;\n#endif"): "",
        use("#if defined(REFUSED_A)  // not declared\nstatic_assert(true);\n#endif"): "REFUSED_A compiles",
        use("#if defined(REFUSED_A)  // deleted\nint a = nowhere;\n#endif"): "another reason",
        use("#if defined(REFUSED_A)  // lost\na();\n#elif defined(REFUSED_B)  // gone\nb();\n#else\n#endif"): "another reason",
        use("#if defined(REFUSED_A)  // lost\nlost();\n#elif defined(REFUSED_B)  // gone\ngone();\n#else\n#endif"): "",
        use("#if defined(REFUSED_A)  // lost\nlost();\n#elif defined(REFUSED_B)  // lost\n#else\n#endif"): "REFUSED_B compiles",
        use("#if defined(REFUSED_A)  // no name\nint a = 0;\nsizeof(a) = no;\n#else\n#endif"): "another reason",
        use("int a = nowhere;\n#if defined(REFUSED_A)  // nowhere\n#endif"): "does not compile",
        use("#if defined(REFUSED_A)\nint a = nowhere;\n#elif defined(REFUSED_B)  // x\n#endif"): "a reason",
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
