#!/usr/bin/env python3
"""Runs the benchmarks that were built, and prints one table: ours beside each rival. benchmarks/README.md tells the form of a row.

usage: benchmarks/run [room]... [--long] [--json]    installs what is missing, and builds; the same as tests/run benchmark

  room      one of name, context, process, file, run, launch, include_cost; all unless told
  --long    besides how costs grow with sizes, with a plot of each in build/benchmark/growth; what including each header costs,
            by g++ and clang; and launch in a Debian 13 (below build/; needs root or sudo) beside Ginkgo and pytest-xdist
  --json    one JSON object on standard output in place of the table

Each ratio comes from pairs that ran in turn: its median, and its quartiles as the spread. `met`: the median is within the
target; `spread`: it is not, but the better quartile is; `MISSED`: neither is; `machine`: a target in seconds is missed, but not
beside what the machine took for the like at the same time, so that it is the machine that is slow. Exit status: 0, or 1 where
a row is MISSED.
"""

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = ["name", "context", "process", "file", "run", "launch"]
ROOMS = [*PROGRAMS, "include_cost"]
WITH_GROWTH = ["name", "context", "run", "launch"]
IN_DEBIAN_13 = "launch in Debian 13"
ROOM_SECONDS = 900  # a program that takes longer hangs
ORDER = ["flat", "log", "linear", "more than linear"]
COSTS_WITH_A_TARGET = ["--rounds=3", "--compiler=g++", "--only=name/unique_name.hpp", "--only=/apart.hpp"]
PASSED_ON = ("--only=", "--repetitions=", "--rounds=")  # for a look at a single row


# ---- what the programs print ---------------------------------------------------------------------------------------------------

def printed_by(room, command, environment=None):
    """The records that a program prints, each with its room."""
    print(f"benchmarks: {room}", file=sys.stderr, flush=True)
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=ROOM_SECONDS,
                            env={**os.environ, **(environment or {})})
    if result.returncode != 0:
        sys.exit(f"benchmarks: {room} ended with status {result.returncode}")
    return [{"room": room, **json.loads(line)} for line in result.stdout.splitlines() if line.startswith("{")]


def collect(build, rooms, long, options):
    records = []
    for room in rooms:
        if room == "include_cost":
            asked = [option for option in options if not option.startswith("--repetitions=")]
            records += printed_by(room, [HERE / "include_cost.py", *(asked or ([] if long else COSTS_WITH_A_TARGET))])
            continue
        program = build / "benchmarks" / room
        rivals = {"APART_RIVALS": str(build / "rivals")} if (build / "rivals").is_dir() else {}
        records += printed_by(room, [program, *options], rivals)
        if long and room in WITH_GROWTH:
            records += printed_by(room, [program, "--growth"])
    if long and "launch" in rooms:
        inner = [HERE.parent / "tests/support/debian", "debian13", "trixie", "tree", "benchmark", "launch", "--rivals", "--json"]
        if os.geteuid() != 0:
            inner.insert(0, "sudo")
        print(f"benchmarks: {IN_DEBIAN_13}", file=sys.stderr, flush=True)
        result = subprocess.run(inner, stdout=subprocess.PIPE, text=True)
        if result.returncode not in (0, 1) or not result.stdout.startswith("{"):
            sys.exit(f"benchmarks: {IN_DEBIAN_13} ended with status {result.returncode}")
        records += [{**record, "room": IN_DEBIAN_13} for record in json.loads(result.stdout)["records"]]
    return records


# ---- verdicts ------------------------------------------------------------------------------------------------------------------

def grows(points):
    """Which of ORDER the costs follow: flat, where the last third is at most 1.5 times what the first third is; else the first
    that fits within a fifth, by the mean square of the relative error, or what fits best."""
    costs = [cost for _, cost in points]
    third = max(1, len(costs) // 3)
    middle = lambda values: sorted(values)[len(values) // 2]
    if middle(costs[-third:]) <= 1.5 * middle(costs[:third]):
        return "flat"
    shapes = {"log": lambda x: math.log(x) + 1, "linear": lambda x: x, "more than linear": lambda x: x ** 1.5}
    misfits = {name: misfit(points, shape) for name, shape in shapes.items()}
    return next((name for name in misfits if misfits[name] <= 0.2 ** 2 * len(points)), min(misfits, key=misfits.get))


def misfit(points, shape):
    """Of cost = a + b * shape(size), neither negative."""
    rows = [(1 / cost, shape(size) / cost) for size, cost in points]
    aa, ab, bb = (sum(p * q for p, q in pairs) for pairs in
                  ([(u, u) for u, _ in rows], rows, [(v, v) for _, v in rows]))
    a1, b1 = sum(u for u, _ in rows), sum(v for _, v in rows)
    determinant = aa * bb - ab * ab
    candidates = [(a1 / aa, 0.0), (0.0, b1 / bb)]
    if determinant > 1e-12 * aa * bb:
        candidates.append(((a1 * bb - b1 * ab) / determinant, (b1 * aa - a1 * ab) / determinant))
    return min(sum((a * u + b * v - 1) ** 2 for u, v in rows) for a, b in candidates if a >= 0 and b >= 0)


def judge(record):
    """As the usage tells; "-" where there is no target."""
    if "killed" in record:
        return "-" if not record["required"] else "met" if record["next"] is not None else "MISSED"
    if "growth" in record:
        return "met" if ORDER.index(record["grows"]) <= ORDER.index(record["expected"]) else "MISSED"
    if "bound" not in record:
        return "-"
    value, low, high, target = record["value"], record["low"], record["high"], record["target"]
    if record["bound"] == ">=":
        value, low, target = -value, -high, -target
    if value <= target:
        return "met"
    if low <= target:
        return "spread"
    return "machine" if record["ours"] <= record.get("yardstick", 0) * record["theirs"] else "MISSED"


# ---- for people ----------------------------------------------------------------------------------------------------------------

def digits(value):
    """Three of them, without an exponent."""
    if value == 0:
        return "0"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def scale(value, unit):
    """The factor and the name of the unit in which `value` is shown."""
    if unit != "s":
        return 1, unit if len(unit) < 2 else ""
    return next((factor, name) for factor, name in ((1e9, "ns"), (1e6, "us"), (1e3, "ms"), (1, "s"))
                if value * factor < 999.5 or name == "s")


def shown(value, unit):
    if value is None:
        return "-"
    factor, name = scale(value, unit)
    return f"{digits(value * factor)} {name}" if unit == "s" else f"{value:.7g}" if value == int(value) else f"{digits(value)}{name}"


def judged(record):
    value, low, high = record["value"], record["low"], record["high"]
    factor, name = scale(value, record["unit"]) if record["judged"] == "ours" else (1, "")
    first = "x" if record["judged"] == "faster" else ""
    return f"{first}{digits(value * factor)}{name} {digits(low * factor)}..{digits(high * factor)}"


def goal(record):
    if "bound" not in record:
        return "-"
    target = record["target"]
    return record["bound"] + (shown(target, record["unit"]).replace(" ", "").replace(".00", "").replace(".0", "")
                              if record["judged"] == "ours" else f"{target:g}")


LINE = "{:<40} {:>7} {:>7} {:<24}  {:<18} {:>7} {:>7}"


def table(records):
    yield LINE.format("row", "ours", "rival", "rival", "ratio (quartiles)", "target", "")
    room = None
    for record in (record for record in records if "row" in record):
        if record["room"] != room:
            room = record["room"]
            yield room
        yield LINE.format("  " + record["row"] if len(record["row"]) <= 38 else record["row"], shown(record["ours"], record["unit"]),
                          shown(record["theirs"], record["unit"]), record["rival"], judged(record), goal(record),
                          record["verdict"])
        if "note" in record:
            yield "    " + record["note"]
    yield "ratio: ours / rival; with an x: rival / ours; with a unit: ours. Medians of pairs that ran in turn, and quartiles."
    killed = [record for record in records if "killed" in record]
    if killed:
        yield ""
        yield f"{'holder killed by SIGKILL':<26} {'the next one has it':<22} left behind"
        for record in killed:
            after = "never (2 s waited)" if record["next"] is None else f"{shown(record['next'], 's')} later"
            left = ", ".join(re.sub(r"-[a-z0-9]{14}\b", "-*", name) for name in record["left"]) or "nothing"
            yield f"  {record['killed']:<24} {after:<22} {left} {'' if record['verdict'] == '-' else record['verdict']}".rstrip()
    growing = [record for record in records if "growth" in record]
    if growing:
        yield ""
        yield f"{'how costs grow':<50} {'grows':<16} {'expected':<8}"
        for record in growing:
            ends = ", ".join(f"{size:.0f}: {shown(cost, 's')}" for size, cost in (record["points"][0], record["points"][-1]))
            yield f"  {record['growth']:<48} {record['grows']:<16} {record['expected']:<8} {record['verdict']:<6} {ends}"


def plot(record):
    """An SVG with both axes logarithmic."""
    width, height, margin = 640, 400, 70
    points = [(math.log10(size), math.log10(cost)) for size, cost in record["points"]]
    left, right = math.floor(min(x for x, _ in points)), math.ceil(max(x for x, _ in points))
    bottom, top = math.floor(min(y for _, y in points)), math.ceil(max(y for _, y in points))
    right, top = max(right, left + 1), max(top, bottom + 1)
    across = lambda x: margin + (x - left) / (right - left) * (width - 2 * margin)
    up = lambda y: height - margin - (y - bottom) / (top - bottom) * (height - 2 * margin)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>',
             f'<text x="{margin}" y="30" font-size="15">{record["growth"]}: {record["grows"]}</text>']
    for x in range(left, right + 1):
        parts.append(f'<path d="M{across(x):.1f} {up(bottom):.1f}V{up(top):.1f}" stroke="#ddd"/>'
                     f'<text x="{across(x):.1f}" y="{height - margin + 20}" text-anchor="middle">{10 ** x:g}</text>')
    for y in range(bottom, top + 1):
        parts.append(f'<path d="M{across(left):.1f} {up(y):.1f}H{across(right):.1f}" stroke="#ddd"/>'
                     f'<text x="{margin - 8}" y="{up(y) + 4:.1f}" text-anchor="end">{shown(10.0 ** y, "s")}</text>')
    line = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="#06c" stroke-width="2"/>')
    parts += [f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3.5" fill="#06c"/>' for x, y in points]
    return "\n".join(parts) + "\n</svg>\n"


def self_test():
    """What does not hold, of verdicts, of kinds of growth and of the table's width."""
    ratio = {"row": "r" * 40, "rival": "v" * 24, "unit": "s", "ours": 1.234e-7, "theirs": 4.56e-3, "judged": "ratio", "room": "x",
             "bound": "<=", "target": 1.25, "repetitions": 9}
    at_least = {**ratio, "judged": "faster", "bound": ">=", "target": 15}
    seconds = {**ratio, "judged": "ours", "ours": 150e-6, "theirs": 1e-3, "target": 100e-6, "value": 150e-6, "high": 999e-6}
    death = {"room": "x", "killed": "a lock", "left": ["/dev/shm/lock-bcdfghjklmnpqr"], "required": True}
    curve = {"room": "x", "growth": "g" * 48, "expected": "log", "points": [(1, 1e-7), (1000000, 1.23e-4)]}
    verdicts = [
        ("met", {**ratio, "value": 1.20, "low": 1.10, "high": 1.50}),
        ("spread", {**ratio, "value": 1.30, "low": 1.20, "high": 1.40}),
        ("MISSED", {**ratio, "value": 1.30, "low": 1.26, "high": 1.40}),
        ("met", {**at_least, "value": 123, "low": 14, "high": 123}),
        ("spread", {**at_least, "value": 14, "low": 12, "high": 16}),
        ("MISSED", {**at_least, "value": 14, "low": 12, "high": 14.9}),
        ("MISSED", {**seconds, "low": 101e-6}),
        ("machine", {**seconds, "low": 101e-6, "yardstick": 0.2}),
        ("MISSED", {**seconds, "low": 101e-6, "yardstick": 0.1}),
        ("spread", {**seconds, "low": 99e-6, "yardstick": 0.1}),
        ("-", {**{key: ratio[key] for key in ratio if key not in ("bound", "target")}, "value": 1.3, "low": 1.2, "high": 1.4}),
        ("met", {**death, "next": 0.1}),
        ("MISSED", {**death, "next": None}),
        ("-", {**death, "next": None, "required": False}),
        ("met", {**curve, "grows": "flat"}),
        ("met", {**curve, "grows": "log"}),
        ("MISSED", {**curve, "grows": "more than linear"}),
    ]
    for expected, record in verdicts:
        record["verdict"] = judge(record)
        if record["verdict"] != expected:
            yield f"{record} is judged {record['verdict']}, not {expected}"
    for line in table([record for _, record in verdicts]):
        if len(line) > 120:
            yield f"{len(line)} columns: {line}"
    sizes = [10 ** exponent for exponent in range(7)]
    for expected, shape in (("flat", lambda x: 3), ("flat", lambda x: 3 + 5 / x), ("log", lambda x: 1 + math.log(x)),
                            ("linear", lambda x: 20 + x), ("more than linear", lambda x: 20 + x * x)):
        found = grows([(size, shape(size)) for size in sizes])
        if found != expected:
            yield f"what grows {expected} is taken for {found}"


def main(arguments):
    if arguments == ["--self-test"]:
        offences = list(self_test())
        print("\n".join(offences), end="\n" if offences else "")
        return 1 if offences else 0
    if "--help" in arguments or "-h" in arguments:
        print(__doc__.strip())
        return 0
    build, arguments = arguments[0], arguments[1:]
    options = [argument for argument in arguments if argument.startswith(PASSED_ON)]
    flags = {argument for argument in arguments if argument.startswith("--")} - set(options)
    rooms = [argument for argument in arguments if not argument.startswith("--")]
    for unknown in flags - {"--json", "--long", "--rivals"}:
        print(f"benchmarks/run: unknown option \"{unknown}\"; --help lists them", file=sys.stderr)
        return 2
    for unknown in set(rooms) - set(ROOMS):
        print(f"benchmarks/run: there is no benchmark of \"{unknown}\"; --help lists them", file=sys.stderr)
        return 2
    rooms = rooms or ROOMS
    if build == "--targets":
        print("\n".join(f"benchmark_{room}" for room in rooms if room in PROGRAMS))
        return 0
    build = Path(build)
    records = collect(build, rooms, "--long" in flags, options)
    for record in records:
        if "growth" in record:
            record["grows"] = grows(record["points"])
            folder = build / "growth"
            folder.mkdir(exist_ok=True)
            (folder / (re.sub(r"\W+", "_", record["growth"]) + ".svg")).write_text(plot(record), encoding="utf-8")
        record["verdict"] = judge(record)
    missed = sum(record["verdict"] == "MISSED" for record in records)
    if "--json" in flags:
        print(json.dumps({"missed": missed, "records": records}, indent=1))
    else:
        print("\n".join(table(records)))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
