#pragma once

#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <apart/detail/file_name.hpp>
#include <apart/detail/removal.hpp>
#include <apart/detail/windows/file_system.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

inline bool is_gone(int code) noexcept { return code == 0 || code == ENOENT; }

/// An empty directory, or a link to one. Also one that is read-only.
inline int remove_directory(const std::string& path) {
  const std::wstring name = path_for_system(path);
  return patiently([&] {
    if (::RemoveDirectoryW(name.c_str()) != 0) return true;
    const unsigned long code = ::GetLastError();
    const unsigned long attributes = ::GetFileAttributesW(name.c_str());
    if (code == access_denied && attributes != no_attributes && (attributes & read_only_attribute) != 0) {
      ::SetFileAttributesW(name.c_str(), attributes & ~read_only_attribute);
      if (::RemoveDirectoryW(name.c_str()) != 0) return true;
    }
    ::SetLastError(code);
    return false;
  });
}

/// Removes one tree from the inside out.
class tree_remover {
 public:
  fault run(const std::string& path) {
    const unsigned long attributes = ::GetFileAttributesW(path_for_system(path).c_str());
    if (attributes != no_attributes) remove(path, attributes);
    return std::move(left_).result();
  }

 private:
  /// How often a directory is emptied in which something new is found afterwards.
  static constexpr int most_passes = 64;

  void remove(const std::string& path, unsigned long attributes) {
    if ((attributes & directory_attribute) == 0) return note(path, remove_file(path));
    if ((attributes & reparse_point_attribute) != 0) return note(path, remove_directory(path));
    int code = ENOTEMPTY;
    for (int pass = 0; pass < most_passes && code == ENOTEMPTY; ++pass) {
      const std::size_t left_before = left_.count();
      empty(path);
      if (left_.count() != left_before) return;
      code = remove_directory(path);
    }
    note(path, code);
  }

  void empty(const std::string& path) {
    std::vector<std::pair<std::string, unsigned long>> entries;
    const int code = for_each_entry(
        path, [&](const found_entry& entry) { entries.emplace_back(narrow(entry.name), entry.attributes); });
    note(path, code);
    for (const auto& [name, attributes] : entries) remove(path + '/' + name, attributes);
  }

  void note(const std::string& path, int code) {
    if (!is_gone(code)) left_.add(path, code);
  }

  removal left_;
};

/// Removes whatever has this name, in place: a directory with all that it holds, or a file, or a link. Nothing there
/// is a success.
///
/// Never follows a link. Read-only files go too. What another process has open in a way that keeps it is waited for, half
/// a second for each, then reported. A directory that somebody goes on writing into is emptied a bounded number of times,
/// then reported. Any number of threads and processes may remove the same tree at once.
inline fault remove_tree(const std::string& path) { return tree_remover().run(path); }

/// Removes whatever has this name. A directory that is not empty is given the name of garbage beside it first, where
/// nobody has anything in it open, so that who still writes to it by its name adds nothing, and what a crash leaves is
/// known for what it is.
inline fault discard_tree(const std::string& path) {
  const std::wstring from = path_for_system(path);
  if (::RemoveDirectoryW(from.c_str()) != 0) return {};
  const bool has_entries = last_error_number() == ENOTEMPTY;
  const std::string garbage = path.substr(0, path.rfind('/') + 1) + garbage_prefix + random_file_part();
  const bool renamed = has_entries && ::MoveFileExW(from.c_str(), path_for_system(garbage).c_str(), 0) != 0;
  return remove_tree(renamed ? garbage : path);
}

/// Removes a file by its name. A name that is gone already is a success.
inline fault discard_file(const std::string& path) {
  removal left;
  if (const int code = remove_file(path); !is_gone(code)) left.add(path, code);
  return std::move(left).result();
}

}  // namespace detail
APART_END_NAMESPACE
