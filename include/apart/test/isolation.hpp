#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <apart/file/temp_dir.hpp>
#include <apart/process/scoped_cwd.hpp>
#include <apart/process/scoped_env.hpp>
#include <apart/test/detail/brought_in.hpp>
#include <apart/test/detail/own_directory_variables.hpp>

APART_BEGIN_NAMESPACE

/// What comes into an `own_directory`. A relative path keeps its place, relative to the new directory; an absolute one is
/// there by its last name. "." stands for every entry of the directory.
struct brought_in {
  std::vector<std::string> links = {};   ///< there as links: what is written through one is written to the original
  std::vector<std::string> copies = {};  ///< there as copies, which may be written to
};

/// A fresh world of files for code that writes to fixed relative paths, to the temporary directory and to its home: an empty
/// current directory whose parent is private, too ("../x" is written by real programs), and TMPDIR, TMP, TEMP, TEST_TMPDIR,
/// HOME and the XDG base directories (but XDG_RUNTIME_DIR, where processes meet) of its own.
///
///     const apart::own_directory here(apart::brought_in{{"data"}, {"out"}});   // ./data as a link, ./out as a copy
///     legacy_main();                                                           // writes test.db, ../log, $HOME/.x
///
/// The adapters make one for each test where APART_OWN_DIRECTORY=1 (or `--own-directory`), and one for each process with
/// APART_OWN_DIRECTORY=worker; APART_LINK and APART_COPY, or `--link` and `--copy`, bring files in.
/// Scope: the whole process, and what it starts meanwhile. Owner: one object; objects may be nested.
/// Destruction: the former directory and variables are back, exactly, and the files are gone; kept as `temp_dir` says.
/// Threads: as `scoped_cwd` and `scoped_env` say. Where the variables are there before, as the launcher sees to, they are
/// replaced, and nothing moves. Fork: the child has its own current directory and environment, and removes nothing.
/// Crash: the next run removes the files. Errors: `apart::error` that names the path.
class [[nodiscard]] own_directory {
 public:
  /// `prefix` begins its name, as that of a `temp_dir`; what is brought in is looked for from `start`.
  [[nodiscard]] explicit own_directory(const brought_in& files = {}, std::string_view prefix = {},
                                       const std::filesystem::path& start = std::filesystem::current_path())
      : all_(prefix) {
    for (const char* part : {"cwd", "tmp", "home"}) {
      if (const int code = detail::make_private_directory(at(part))) {
        detail::raise_system(code, "own_directory: cannot make '" + at(part) + "'");
      }
    }
    for (const std::string& path : files.copies) detail::bring_in("copy", path, start, at("cwd"), detail::bring_copy);
    for (const std::string& path : files.links) detail::bring_in("link", path, start, at("cwd"), detail::bring_link);
    for (const auto& [name, place] : detail::own_directory_variables) variables_.emplace_back(name, at(place));
    inside_.emplace(at("cwd"));
  }
  own_directory(const own_directory&) = delete;
  own_directory& operator=(const own_directory&) = delete;

 private:
  std::string at(const std::string& part) const { return detail::path_text(all_.path()) + '/' + part; }

  temp_dir all_;
  std::vector<scoped_env> variables_;
  std::optional<scoped_cwd> inside_;
};

APART_END_NAMESPACE
