#!/usr/bin/env python3
"""Checks a JUnit XML report by the rules of those that read it, and prints what it holds, a line for each element.

    junit_schema.py FILE            exits 1 and names each offence
    junit_schema.py --self-test     exits 1 unless a clean report passes and every planted offence is found

The rules are those of junit-10.xsd of Jenkins' xunit plugin, narrowed where another reader is stricter: the order of
elements and the time stamp are as JUnit.xsd of Apache Ant has them, an element stands once in a test, and each failure
has a text, since GitLab shows nothing else of it.
"""

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from datetime import datetime


def is_time_stamp(value):
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S").isoformat() == value
    except ValueError:
        return False


TYPES = {
    "any": lambda value: True,
    "not empty": lambda value: value.strip() != "",
    "count": lambda value: re.fullmatch(r"[0-9]+", value),
    "seconds": lambda value: re.fullmatch(r"[0-9]+\.[0-9]{3}", value),
    "decimal": lambda value: re.fullmatch(r"[0-9]+\.[0-9]+", value),
    "time stamp": is_time_stamp,
}

# Of each element: its attributes and their types, the optional ones with a question mark; its elements, in their order;
# whether it has a text.
ELEMENTS = {
    "testsuites": ({"name": "any", "tests": "count", "failures": "count", "errors": "count", "time": "seconds"},
                   "(testsuite )*", False),
    "testsuite": ({"name": "not empty", "tests": "count", "failures": "count", "errors": "count", "skipped": "count",
                   "time": "seconds", "timestamp": "time stamp", "hostname": "not empty"},
                  "properties (testcase )*(system-out )?(system-err )?", False),
    "properties": ({}, "(property )*", False),
    "property": ({"name": "not empty", "value": "any"}, "", False),
    "testcase": ({"name": "any", "classname": "not empty", "time": "decimal"},
                 "((skipped|error|failure) )?(system-out )?(system-err )?", False),
    "skipped": ({"message": "?any"}, "", True),
    "error": ({"message": "not empty", "type": "not empty"}, "", True),
    "failure": ({"message": "not empty", "type": "not empty"}, "", True),
    "system-out": ({}, "", True),
    "system-err": ({}, "", True),
}

# What each count of a suite counts, and the sum of those that the whole has too.
COUNTS = {"tests": ".//testcase", "failures": ".//failure", "errors": ".//error", "skipped": ".//skipped"}


def offences_in(element):
    if element.tag not in ELEMENTS:
        yield f"<{element.tag}> is no element of a report"
        return
    types, order, has_text = ELEMENTS[element.tag]
    for name, value in element.attrib.items():
        if name not in types:
            yield f"<{element.tag}> has no attribute {name}"
        elif not TYPES[types[name].lstrip("?")](value):
            yield f"<{element.tag}>: {name}={json.dumps(value)} is not of the type '{types[name]}'"
    for name in types:
        if name not in element.attrib and not types[name].startswith("?"):
            yield f"<{element.tag}> lacks the attribute {name}"
    if not re.fullmatch(order, "".join(f"{child.tag} " for child in element)):
        yield f"<{element.tag}> has the elements {[child.tag for child in element]}, its order is '{order}'"
    texts = [element.text or ""] + [child.tail or "" for child in element]
    if not has_text and "".join(texts).strip():
        yield f"<{element.tag}> has a text"
    if element.tag in ("error", "failure") and not (element.text or "").strip():
        yield f"<{element.tag}> lacks a text"
    for name, counted in COUNTS.items():
        if name in element.attrib and element.attrib[name] != str(len(element.findall(counted))):
            yield f"<{element.tag}>: {name}={element.attrib[name]}, but {len(element.findall(counted))} are there"
    for child in element:
        yield from offences_in(child)


def offences(report):
    if not report.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n'):
        yield "it does not say that it is XML in UTF-8"
    try:
        root = ElementTree.fromstring(report)
    except ElementTree.ParseError as error:
        yield f"it is no XML: {error}"
        return
    if root.tag != "testsuites":
        yield f"it is a <{root.tag}>"
    yield from offences_in(root)


def lines(element, indentation=""):
    attributes = "".join(f" {name}={json.dumps(value)}" for name, value in element.attrib.items())
    text = f": {json.dumps(element.text)}" if ELEMENTS[element.tag][2] and element.text else ""
    yield f"{indentation}{element.tag}{attributes}{text}"
    for child in element:
        yield from lines(child, indentation + "  ")


CLEAN = """<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="s" tests="4" failures="1" errors="1" time="1.500">
  <testsuite name="s" tests="4" failures="1" errors="1" skipped="1" time="1.500"
             timestamp="2024-02-29T23:59:59" hostname="h">
    <properties>
      <property name="seed" value="1"/>
    </properties>
    <testcase name="a" classname="s" time="0.25"/>
    <testcase name="b" classname="s" time="0.250001">
      <failure message="m" type="t">f</failure>
      <system-out>o</system-out>
      <system-err>e</system-err>
    </testcase>
    <testcase name="c" classname="s" time="0.0">
      <error message="m" type="t">f</error>
    </testcase>
    <testcase name="d" classname="s" time="0.0">
      <skipped/>
    </testcase>
  </testsuite>
</testsuites>
"""

# What is replaced in the clean report, by what, and what the complaint must name.
PLANTED = [
    ("UTF-8", "latin1", "XML in UTF-8"),
    ("</testsuites>", "", "no XML"),
    ("<property ", "\x0b<property ", "no XML"),
    ("testsuites", "testsuite", "it is a <testsuite>"),
    ("<failure ", "<rerun/><failure ", "no element"),
    (' message="m" type="t">f</failure>', ' file="x" message="m" type="t">f</failure>', "no attribute file"),
    (' hostname="h"', "", "lacks the attribute hostname"),
    (' type="t">f</error>', ">f</error>", "lacks the attribute type"),
    (' classname="s" time="0.25"', ' time="0.25"', "lacks the attribute classname"),
    ('hostname="h"', 'hostname=""', "hostname"),
    ('time="0.25"', 'time="0,25"', "decimal"),
    ('time="0.25"', 'time="-0.25"', "decimal"),
    ('skipped="1" time="1.500"', 'skipped="1" time="1.5004"', "seconds"),
    ("2024-02-29T23:59:59", "2024-02-29T23:59:59Z", "time stamp"),
    ("2024-02-29T23:59:59", "2023-02-29T23:59:59", "time stamp"),
    ("<properties>\n      <property name=\"seed\" value=\"1\"/>\n    </properties>\n", "", "its order"),
    ("<system-out>o</system-out>", "<system-err>e</system-err><system-out>o</system-out>", "its order"),
    ("<system-out>o</system-out>", "<system-out>o</system-out><system-out>o</system-out>", "its order"),
    ("<skipped/>", "<properties/><skipped/>", "its order"),
    ("<skipped/>", "<skipped/>text", "has a text"),
    (">f</failure>", "> </failure>", "lacks a text"),
    ('tests="4" failures="1" errors="1" time', 'tests="5" failures="1" errors="1" time', "tests=5"),
    ('skipped="1"', 'skipped="0"', "skipped=0"),
]


def self_test():
    for complaint in offences(CLEAN.encode()):
        yield f"a clean report: {complaint}"
    for old, new, expected in PLANTED:
        assert old in CLEAN, old
        found = list(offences(CLEAN.replace(old, new).encode()))
        if not any(expected in complaint for complaint in found):
            yield f"`{new}` for `{old}`: `{expected}` is not found: {found}"


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if arguments == ["--self-test"]:
        report, found = None, list(self_test())
    else:
        with open(arguments[0], "rb") as file:
            report = file.read()
        found = list(offences(report))
    for offence in found:
        print(offence)
    if found:
        return 1
    if report:
        print("\n".join(lines(ElementTree.fromstring(report))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
