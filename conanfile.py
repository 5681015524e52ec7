"""For Conan 2. The options name what the package brings along for the components of apart, see README.md."""

import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load

required_conan_version = ">=2.0"


class ApartConan(ConanFile):
    name = "apart"
    description = "Makes any C++ test suite safe to run on many processes at once"
    license = "MIT"
    topics = ("testing", "parallel", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {
        "with_catch2": [True, False],
        "with_gtest": [True, False],
        "with_doctest": [True, False],
        "with_boost_test": [True, False],
        "with_fmt": [True, False],  # also the launcher, so all components <framework>_main
        "with_postgres": [True, False],
    }
    default_options = {
        "with_catch2": False,
        "with_gtest": False,
        "with_doctest": False,
        "with_boost_test": False,
        "with_fmt": False,
        "with_postgres": False,
    }
    exports_sources = "CMakeLists.txt", "LICENSE", "cmake/*", "include/*"
    no_copy_source = True

    def set_version(self):
        text = load(self, os.path.join(self.recipe_folder, "include/apart/version.hpp"))
        self.version = ".".join(re.search(rf"#define APART_VERSION_{part} (\d+)", text).group(1)
                                for part in ("MAJOR", "MINOR", "PATCH"))

    def requirements(self):
        for option, reference in {
            "with_catch2": "catch2/[>=2.13 <4]",
            "with_gtest": "gtest/[>=1.12]",
            "with_doctest": "doctest/[>=2.4.9 <3]",
            "with_boost_test": "boost/[>=1.74]",
            "with_fmt": "fmt/[>=9]",
            "with_postgres": "libpq/[>=13]",
        }.items():
            if self.options.get_safe(option):
                self.requires(reference)

    def validate(self):
        is_mingw = self.settings.os == "Windows" and self.settings.compiler == "gcc"
        if self.settings.os != "Linux" and not is_mingw:
            raise ConanInvalidConfiguration("apart works on Linux, and on Windows with mingw-w64")
        check_min_cppstd(self, 17)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["APART_BUILD_TESTS"] = False
        toolchain.cache_variables["APART_BUILD_BENCHMARKS"] = False
        toolchain.generate()

    def build(self):
        CMake(self).configure()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_id(self):
        self.info.clear()

    def package_info(self):
        # What the library installs for find_package has the components, and apart_discover_tests.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = ["share/cmake/apart"]
        self.cpp_info.set_property("pkg_config_name", "apart")
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.system_libs = ["pthread"]
