// Files and directories beside the calls of the system that people write in their place.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <apart/file/anonymous_file.hpp>
#include <apart/file/config_volume.hpp>
#include <apart/file/temp_dir.hpp>
#include <apart/file/temp_file.hpp>

#include <unistd.h>

#include "side_by_side.hpp"

namespace {

namespace fs = std::filesystem;

/// A tree of 1,000 files in 10 directories, in the shape that suites leave.
void fill(const fs::path& tree) {
  for (int d = 0; d < 10; ++d) {
    const fs::path directory = tree / ("directory" + std::to_string(d));
    fs::create_directory(directory);
    for (int f = 0; f < 100; ++f) std::ofstream(directory / ("file" + std::to_string(f))) << f;
  }
}

/// The run's directory, so that both work in one directory of one file system.
fs::path place() {
  static const apart::temp_dir holder("rival");
  return holder.path();
}

}  // namespace

int main(int argc, char** argv) {
  side_by_side files;
  const std::string form = place() / "tmp-XXXXXX";

  files.compare(
      ratio_at_most(1.15), "temp_file, made and removed", [] { benchmark::DoNotOptimize(apart::temp_file("tmp")); },
      "mkstemp, close, unlink",
      [&form] {
        std::string path = form;
        const int file = ::mkstemp(path.data());
        ::close(file);
        ::unlink(path.c_str());
      });
  files.compare(
      ratio_at_most(1.15), "temp_dir, made and removed", [] { benchmark::DoNotOptimize(apart::temp_dir("tmp")); },
      "mkdtemp, rmdir",
      [&form] {
        std::string path = form;
        benchmark::DoNotOptimize(::mkdtemp(path.data()));
        ::rmdir(path.c_str());
      });
  files.compare(
      no_target(), "anonymous_file, made and closed", [] { benchmark::DoNotOptimize(apart::anonymous_file()); },
      "std::tmpfile, std::fclose", [] { std::fclose(std::tmpfile()); });
  files.compare_prepared(
      ratio_at_most(1.05), "temp_dir of 1,000 files, removed",
      [] {
        apart::temp_dir dir("tmp");
        fill(dir.path());
        return dir;
      },
      [](apart::temp_dir& dir) { dir.close(); }, "fs::remove_all",
      [&form] {
        std::string drawn = form;
        benchmark::DoNotOptimize(::mkdtemp(drawn.data()));
        fill(drawn);
        return drawn;
      },
      [](const std::string& path) { fs::remove_all(path); });
  return files.run(argc, argv);
}
