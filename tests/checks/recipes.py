#!/usr/bin/env python3
"""Checks the recipes for package managers, whose clients are not needed for it.

    recipes.py [ROOT]         exits 1 and names what is wrong
    recipes.py --self-test    exits 1 unless planted offences are found

vcpkg.json by what https://learn.microsoft.com/vcpkg/reference/vcpkg-json says of a port's manifest; conanfile.py by what
https://docs.conan.io/2/reference/conanfile.html says of a header-only library's. Both bring the same libraries, each for a
component of CMake.
"""

import ast
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left in the tree

REPOSITORY = Path(__file__).resolve().parents[2]
PORT = "packaging/vcpkg/ports/apart"

IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
TEXT = (str, list)
MANIFEST = {"name": str, "version-semver": str, "port-version": int, "description": TEXT, "homepage": str,
            "documentation": str, "license": (str, type(None)), "maintainers": TEXT, "supports": str, "dependencies": list,
            "default-features": list, "features": dict}
FEATURE = {"description": TEXT, "dependencies": list, "supports": str, "license": (str, type(None))}
DEPENDENCY = {"name": str, "default-features": bool, "features": list, "host": bool, "platform": str, "version>=": str}

# What a port of a header-only library that is built by CMake calls, in this order.
PORTFILE = ["set(VCPKG_BUILD_TYPE release)", "vcpkg_cmake_configure(", "vcpkg_cmake_install(", "vcpkg_cmake_config_fixup(",
            "vcpkg_fixup_pkgconfig(", "/usage\" DESTINATION \"${CURRENT_PACKAGES_DIR}/share/${PORT}\"",
            "vcpkg_install_copyright("]


def of_form(where, value, form, required):
    for key, found in value.items():
        if key.startswith("$"):
            continue
        if key not in form:
            yield f"{where}: vcpkg knows no \"{key}\""
        elif not isinstance(found, form[key]):
            yield f"{where}: \"{key}\" is of another type"
    for key in required:
        if key not in value:
            yield f"{where}: lacks \"{key}\""


def of_dependencies(where, dependencies):
    for dependency in dependencies:
        if isinstance(dependency, str):
            dependency = {"name": dependency}
        yield from of_form(where, dependency, DEPENDENCY, ["name"])
        if not IDENTIFIER.fullmatch(dependency.get("name", "none")):
            yield f"{where}: \"{dependency['name']}\" is no name of a port"


def of_vcpkg(root):
    """Offences; the last thing is the set of features."""
    path = f"{PORT}/vcpkg.json"
    text = (root / path).read_text(encoding="utf-8")
    try:
        manifest = json.loads(text)
    except json.JSONDecodeError as problem:
        return [f"{path}: {problem}"], set()
    found = list(of_form(path, manifest, MANIFEST, ["name", "version-semver", "description", "license"]))
    if text != json.dumps(manifest, indent=2) + "\n":
        found.append(f"{path}: is not formatted as `vcpkg format-manifest` does it")
    if manifest.get("name") != "apart" or not IDENTIFIER.fullmatch(manifest["name"]):
        found.append(f"{path}: its name is that of its folder")
    if not SEMVER.fullmatch(str(manifest.get("version-semver"))):
        found.append(f"{path}: \"version-semver\" has three numbers")
    found += of_dependencies(path, manifest.get("dependencies", []))
    if {"name": "vcpkg-cmake", "host": True} not in manifest.get("dependencies", []):
        found.append(f"{path}: portfile.cmake needs vcpkg-cmake, for the host")
    if {"name": "vcpkg-cmake-config", "host": True} not in manifest.get("dependencies", []):
        found.append(f"{path}: portfile.cmake needs vcpkg-cmake-config, for the host")
    features = manifest.get("features", {})
    for name, feature in features.items():
        where = f"{path}, feature {name}"
        if not IDENTIFIER.fullmatch(name) or name in ("core", "default", "all"):
            found.append(f"{where}: is no name of a feature")
        found += of_form(where, feature, FEATURE, ["description"])
        found += of_dependencies(where, feature.get("dependencies", []))
    return found, set(features)


def of_portfile(root):
    text = (root / PORT / "portfile.cmake").read_text(encoding="utf-8")
    position = 0
    for call in PORTFILE:
        position = text.find(call, position)
        if position < 0:
            yield f"{PORT}/portfile.cmake: lacks `{call}`, or has it too early"
            return
    if not (root / PORT / "usage").is_file():
        yield f"{PORT}/usage: is not there"


def of_conan(root):
    """Offences; the last thing is the set of options, without with_."""
    path = "conanfile.py"
    trees = {}
    for file in (path, "test_package/conanfile.py"):
        try:
            trees[file] = ast.parse((root / file).read_text(encoding="utf-8"))
        except SyntaxError as problem:
            return [f"{file}: is no Python: {problem}"], set()
    recipe = next(node for node in trees[path].body if isinstance(node, ast.ClassDef))
    values = {node.targets[0].id: ast.literal_eval(node.value) for node in recipe.body if isinstance(node, ast.Assign)}
    methods = {node.name: ast.unparse(node) for node in recipe.body if isinstance(node, ast.FunctionDef)}
    found = []
    for key, wanted in {"name": "apart", "license": "MIT", "package_type": "header-library",
                        "settings": ("os", "arch", "compiler", "build_type")}.items():
        if values.get(key) != wanted:
            found.append(f"{path}: {key} should be {wanted!r}, but is {values.get(key)!r}")
    for method, needed in {"set_version": "include/apart/version.hpp", "validate": "check_min_cppstd(self, 17)",
                           "build": ".configure()", "package": ".install()", "package_id": "self.info.clear()",
                           "package_info": "self.cpp_info.builddirs = ['share/cmake/apart']"}.items():
        if needed not in methods.get(method, ""):
            found.append(f"{path}: {method} does not say {needed}")
    options, defaults = values.get("options", {}), values.get("default_options", {})
    if set(defaults) != set(options) or any(defaults.values()):
        found.append(f"{path}: each option is off unless told: {defaults}")
    for option in options:
        if f"'{option}': '" not in methods.get("requirements", ""):
            found.append(f"{path}: the option {option} requires nothing")
    for pattern in values.get("exports_sources", ()):
        if not any(root.glob(pattern)):
            found.append(f"{path}: exports_sources names {pattern}, which is not there")
    return found, {option.replace("with_", "", 1) for option in options}


def offences(root):
    of_port, features = of_vcpkg(root)
    of_recipe, options = of_conan(root)
    yield from of_port
    yield from of_portfile(root)
    yield from of_recipe
    if {feature.replace("-", "_") for feature in features} != options:
        yield f"vcpkg's features and Conan's options differ: {sorted(features)}, {sorted(options)}"
    cmake = (root / "CMakeLists.txt").read_text(encoding="utf-8")
    components = set(re.search(r"set\(apart_components\s+([^)]*)\)", cmake).group(1).split())
    for option in sorted(options - components):
        yield f"conanfile.py: with_{option} is for no component of CMakeLists.txt"
    for component in sorted(components):
        if component.removesuffix("_main") not in options | {"core", "launch"}:
            yield f"CMakeLists.txt: what the component {component} needs no recipe brings"
    usage = (root / PORT / "usage").read_text(encoding="utf-8")
    for component in re.findall(r"COMPONENTS (\w+)|apart::(\w+)", usage):
        if "".join(component) not in components | {"apart"}:
            yield f"{PORT}/usage: there is no component {''.join(component)}"


# A file, what is replaced in it and by what, what the complaint must name.
PLANTED = [
    (f"{PORT}/vcpkg.json", '"supports"', '"support"', 'knows no "support"'),
    (f"{PORT}/vcpkg.json", '"license": "MIT"', '"license": true', '"license" is of another type'),
    (f"{PORT}/vcpkg.json", '"name": "apart",', "", 'lacks "name"'),
    (f"{PORT}/vcpkg.json", '"boost-test": {', '"boost_test": {', "no name of a feature"),
    (f"{PORT}/vcpkg.json", '"gtest"\n', '"GTest"\n', '"GTest" is no name of a port'),
    (f"{PORT}/vcpkg.json", '"host": true', '"hosted": true', 'knows no "hosted"'),
    (f"{PORT}/vcpkg.json", '"name": "vcpkg-cmake",', '"name": "vcpkg-make",', "needs vcpkg-cmake, for the host"),
    (f"{PORT}/vcpkg.json", '      "description": "The adapter for Catch2",\n', "", 'feature catch2: lacks "description"'),
    (f"{PORT}/vcpkg.json", '  "name"', '    "name"', "is not formatted"),
    (f"{PORT}/vcpkg.json", '"license": "MIT",', '"license": "MIT"', "vcpkg.json: Expecting"),
    (f"{PORT}/vcpkg.json", '"doctest": {', '"document": {', "features and Conan's options differ"),
    (f"{PORT}/portfile.cmake", "vcpkg_fixup_pkgconfig()", "", "lacks `vcpkg_fixup_pkgconfig(`"),
    (f"{PORT}/usage", "apart::catch2_main", "apart::catch2_mian", "no component catch2_mian"),
    ("conanfile.py", "self.info.clear()", "pass", "package_id does not say"),
    ("conanfile.py", '"header-library"', '"static-library"', "package_type should be"),
    ("conanfile.py", '"with_gtest": False', '"with_gtest": True', "off unless told"),
    ("conanfile.py", '"with_postgres": "libpq/[>=13]",', "", "with_postgres requires nothing"),
    ("conanfile.py", "with_doctest", "with_document", "with_document is for no component"),
    ("conanfile.py", '"cmake/*"', '"cmaek/*"', "names cmaek/*"),
    ("conanfile.py", "def validate(self):", "def validate(self:", "conanfile.py: is no Python"),
    ("test_package/conanfile.py", "def test(self):", "def test(self)", "test_package/conanfile.py: is no Python"),
    ("CMakeLists.txt", "    postgres\n", "    mysql\n", "the component mysql needs no recipe brings"),
]
READ = ["CMakeLists.txt", "LICENSE", "conanfile.py", "test_package/conanfile.py", "cmake/Apart.cmake", "include/apart/version.hpp",
        f"{PORT}/vcpkg.json", f"{PORT}/portfile.cmake", f"{PORT}/usage"]


def self_test():
    for path, text, planted, expected in PLANTED:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for file in READ:
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(REPOSITORY / file, root / file)
            whole = (root / path).read_text(encoding="utf-8")
            if text not in whole:
                yield f"{path} does not hold `{text}`, in whose place an offence is planted"
            (root / path).write_text(whole.replace(text, planted), encoding="utf-8")
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
