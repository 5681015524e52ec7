#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <apart/detail/keep_policy.hpp>
#include <apart/run/run_directory.hpp>

#include "support/child.hpp"
#include "support/environment.hpp"

#if defined(SUPPORT_FORKS)
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>
#else
#include <apart/detail/remove_tree.hpp>
#include <apart/name/unique_name.hpp>

#include <windows.h>
#endif

namespace support {

namespace fs = std::filesystem;

#if defined(SUPPORT_FORKS)
/// A directory of the test's own, which anyone may enter and write to, made and removed without the library.
class place {
 public:
  place() {
    std::string form = fs::canonical(fs::temp_directory_path()) / "place-XXXXXX";
    if (::mkdtemp(form.data()) == nullptr || ::chmod(form.c_str(), 0777) != 0) std::abort();
    path_ = form;
  }
  ~place() {
    static_cast<void>(
        std::system(("chmod -R u+rwx '" + path_.string() + "'; rm -rf '" + path_.string() + "'").c_str()));
  }
  place(const place&) = delete;
  place& operator=(const place&) = delete;

  const fs::path& path() const { return path_; }
  fs::path root() const { return path_ / ("apart-" + std::to_string(::geteuid())); }

  /// What stands in the roots of all users.
  std::vector<std::string> runs() const {
    std::vector<std::string> names;
    for (const auto& user : fs::directory_iterator(path_)) {
      for (const auto& run : fs::directory_iterator(user.path())) names.push_back(run.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  fs::path path_;
};

#else
/// A directory of the test's own. What is read-only in it, or long, only the library can remove.
class place {
 public:
  place() : path_(fs::canonical(fs::temp_directory_path()) / apart::unique_name("place")) {
    if (!fs::create_directory(path_)) std::abort();
  }
  ~place() { static_cast<void>(apart::detail::remove_tree(apart::detail::path_text(path_))); }
  place(const place&) = delete;
  place& operator=(const place&) = delete;

  const fs::path& path() const { return path_; }
  fs::path root() const {
    return path_ / ("apart-" + apart::detail::base32(apart::detail::stable_hash(apart::detail::own_sid()), 12));
  }

 private:
  fs::path path_;
};
#endif

inline std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(directory, none)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

inline void write_file(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

inline std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();  // in blocks
  return text.str();
}

#if defined(SUPPORT_FORKS)
inline unsigned mode_of(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

inline int open_descriptors() {
  return static_cast<int>(std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

/// In a child: no rights but those that mode bits give.
inline void become_nobody() {
  if (::geteuid() != 0) return;
  if (::setgroups(0, nullptr) != 0 || ::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0) {
    std::abort();
  }
}

#else
/// Open handles.
inline int open_descriptors() {
  DWORD count = 0;
  return ::GetProcessHandleCount(::GetCurrentProcess(), &count) ? static_cast<int>(count) : -1;
}
#endif

using environment = std::initializer_list<std::pair<const char*, std::string>>;

/// In a child: a process that has read nothing of its environment yet, which has no variable of the library but these.
/// Where they name no run it is a run of its own, also when a ctest runs the test.
inline void begin_afresh(environment variables) {
  for (const char* const name :
       {"APART_TMPDIR", "TEST_TMPDIR", "TMPDIR", "XDG_RUNTIME_DIR", "APART_COORDINATOR", "APART_KEEP", "APART_RUN_ID"})
    ::unsetenv(name);
  ::setenv("APART_RUN_ID", apart::detail::random_run_id().c_str(), 1);
  for (const auto& [name, value] : variables) ::setenv(name, value.c_str(), 1);
  // Stays reachable to the end: a leak checker looks at the child, too, once static objects have gone.
  static auto* const former = new std::vector<const void*>;
  former->insert(former->end(), {apart::detail::known_place.exchange(nullptr), apart::detail::files_place.forget_root(),
                                 apart::detail::coordination_place.forget_root()});
  apart::detail::known_keep_policy.store(apart::detail::keep_policy::unread);
}

#if defined(SUPPORT_FORKS)
/// A process as of another program: see `begin_afresh`.
template <class Body>
[[nodiscard]] child fresh_child(environment variables, Body body) {
  return child([&](int output) {
    begin_afresh(variables);
    body(output);
  });
}

/// Waits until somebody closes his end, or writes.
inline void wait_for_word(int descriptor) {
  char word = 0;
  while (::read(descriptor, &word, 1) < 0) {
  }
}

/// A pipe by which one process holds up others: they `wait`, until the one who has it lets it go.
class gate {
 public:
  gate() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) std::abort();
  }
  ~gate() {
    open();
    ::close(ends_[0]);
  }
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;

  /// For the process that made the gate. Children that were forked before and do not `wait` hold it closed, too.
  void open() {
    if (ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
  }
  /// For a child.
  void wait() {
    open();
    wait_for_word(ends_[0]);
  }

 private:
  int ends_[2];
};

/// A pipe by which a child tells something while it lives on.
class channel {
 public:
  channel() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) std::abort();
  }
  ~channel() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;

  void say(const std::string& line) { write_all(ends_[1], line + '\n'); }
  std::string hear() {
    std::string line;
    for (char c = 0; ::read(ends_[0], &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }

 private:
  int ends_[2];
};

#endif

}  // namespace support
