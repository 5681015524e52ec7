#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include <apart/detail/file_system.hpp>
#include <apart/detail/loaded_files.hpp>
#include <apart/detail/own_world.hpp>
#include <apart/detail/user_root.hpp>
#include <apart/error.hpp>
#include <apart/file/temp_dir.hpp>
#include <apart/launch/options.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A world for one worker, and the directories that hold what it writes to its views.
struct worker_world {
  own_world world;
  std::vector<temp_dir> layers = {};
};

/// Makes the worlds that `--own-network`, `--own-tmp` and `--own-path` ask for. The places are found out once: what the
/// program needs stays reachable, also below /tmp: itself, its libraries, the start directory, the roots, TMPDIR.
class own_worlds {
 public:
  explicit own_worlds(const launch_options& options) {
    whole_.network = options.own_network;
    whole_.tmp = options.own_tmp;
    if (!whole_.tmp && options.own_paths.empty()) return;
    whole_.start = std::filesystem::current_path().string();
    for (const std::string& path : options.own_paths) paths_.push_back(directory(path));
    if (whole_.tmp) keep_places();
  }

  bool wanted() const noexcept { return whole_.network || whole_.tmp || !paths_.empty(); }

  worker_world make() const {
    worker_world made{whole_};
    for (const std::string& path : paths_) {
      const auto part = [&](const char* name) { return made.layers.emplace_back(name).path().string(); };
      const std::string layer = part("layer");
      made.world.views.push_back({path, overlay_options(path, layer, part("work"))});
    }
    return made;
  }

  /// An `apart::error` where the system refuses.
  void check() const {
    if (!wanted()) return;
    const int code = try_own_world(make().world);
    if (code == 0) return;
    raise_system(code, fmt::format("{}{}{}: the system refuses what they are made of (namespaces(7), seccomp(2))",
                                   whole_.network ? "--own-network" : "", whole_.tmp ? "--own-tmp" : "",
                                   paths_.empty() ? "" : "--own-path"));
  }

 private:
  static std::string directory(const std::string& path) {
    std::error_code failed;
    const std::filesystem::path found = std::filesystem::canonical(path, failed);
    if (failed || !std::filesystem::is_directory(found)) {
      raise(error("--own-path=" + path + ": " + (failed ? failed.message() : "is no directory")));
    }
    if (found.string().find_first_of(",:\\") != std::string::npos) {
      raise(error("--own-path=" + path + ": overlayfs takes no comma, colon or backslash in a path"));
    }
    return found.string();
  }

  void keep_places() {
    for (const std::string& file : loaded_files()) keep(file);
    keep(whole_.start);
    for (const char* variable : {"TMPDIR", "TEST_TMPDIR", "XDG_RUNTIME_DIR", "TEST_UNDECLARED_OUTPUTS_DIR"}) {
      if (const char* const value = std::getenv(variable)) keep(value);
    }
    for (fault (*find)(user_root&) : {find_files_root, find_coordination_root}) {
      user_root root;
      raise_if(find(root));
      raise_if(make_root(root));
      keep(root.path);
    }
    for (const std::string& path : paths_) keep(path);
    std::sort(whole_.kept.begin(), whole_.kept.end());
    const auto stands_below = [](const std::string& above, const std::string& path) {
      return path == above || path.compare(0, above.size() + 1, above + '/') == 0;
    };
    whole_.kept.erase(std::unique(whole_.kept.begin(), whole_.kept.end(), stands_below), whole_.kept.end());
  }

  /// Nothing where no temporary place would hide it.
  void keep(const std::string& path) {
    std::error_code unknown;
    const std::string canonical = std::filesystem::canonical(path, unknown).string();
    for (const std::string place : temporary_places) {
      if (!unknown && canonical.compare(0, place.size() + 1, place + '/') == 0) whole_.kept.push_back(canonical);
    }
  }

  own_world whole_;  ///< without views
  std::vector<std::string> paths_;
};

}  // namespace detail
APART_END_NAMESPACE
