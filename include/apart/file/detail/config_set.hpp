#pragma once

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <map>
#include <string>
#include <string_view>

#include <apart/detail/atomic_write.hpp>
#include <apart/detail/descriptor.hpp>
#include <apart/detail/file_name.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/detail/remove_tree.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

// The steps by which a volume of configuration files changes.

inline constexpr const char* data_link_name = "/..data";
inline constexpr const char* unfinished_data_link_name = "/..data_tmp";

/// What Kubernetes accepts as a key of a ConfigMap that is mounted as a file.
inline void check_config_file_name(std::string_view name) {
  const bool plain =
      std::all_of(name.begin(), name.end(), [](char c) { return is_plain_in_file_names(c) || c == '.'; });
  if (!name.empty() && name.size() <= 253 && plain && name != "." && name.substr(0, 2) != "..") return;
  raise(error("config_volume: '" + std::string(name) +
              "' is not a name for a file of it: give letters, digits, '-', '_' and '.', 1 to 253 of them, not "
              "beginning with \"..\""));
}

/// Writes the files into a new directory of the volume and returns its name. On failure nothing stays.
inline std::string write_config_set(const std::string& volume, const std::map<std::string, std::string>& files) {
  const std::string name = ".." + utc_text("%Y_%m_%d_%H_%M_%S", std::time(nullptr)) + '.' + random_file_part();
  const std::string directory = volume + '/' + name;
  std::string failed = directory;
  int code = make_private_directory(directory);
  for (auto file = files.begin(); code == 0 && file != files.end(); ++file) {
    failed = directory + '/' + file->first;
    descriptor made;
    code = make_private_file(failed, made);
    if (code == 0) code = write_all(made, file->second);
    if (const int closed = made.close(); code == 0) code = closed;
  }
  if (code == 0) return name;
  remove_tree(directory);
  raise_system(code, "config_volume: cannot write '" + failed + "'");
}

/// The swap: one rename. On failure the new directory goes.
inline void point_data_link_to(const std::string& volume, const std::string& name) {
  const std::string unfinished = volume + unfinished_data_link_name;
  int code = make_symlink(name, unfinished);
  if (code == EEXIST) {
    remove_file(unfinished);
    code = make_symlink(name, unfinished);
  }
  if (code == 0) code = rename_file(unfinished, volume + data_link_name);
  if (code == 0) return;
  remove_file(unfinished);
  remove_tree(volume + '/' + name);
  if (code == ENOSYS) {
    raise(error("config_volume: this system has no links that one rename replaces: give it config_form::plain"));
  }
  raise_system(code, "config_volume: cannot change '" + volume + data_link_name + "'");
}

inline void make_config_link(const std::string& volume, const std::string& file) {
  const std::string link = volume + '/' + file;
  if (const int code = make_symlink("..data/" + file, link)) {
    raise_system(code, "config_volume: cannot make the link '" + link + "'");
  }
}

inline void remove_config_entry(const std::string& volume, const std::string& file) {
  const std::string entry = volume + '/' + file;
  const int code = remove_file(entry);
  if (code != 0 && code != ENOENT) raise_system(code, "config_volume: cannot remove '" + entry + "'");
}

/// One file of the plain form. It is written beside the volume, so that who lists or watches that sees nothing unfinished.
inline void replace_config_file(const std::string& volume, const std::string& file, std::string_view text) {
  descriptor written;
  const std::string path = volume + '/' + file;
  int code = atomic_write(path, volume, existing_file::is_replaced, text, written);
  if (code == 0) code = written.close();
  if (code != 0) raise_system(code, "config_volume: cannot write '" + path + "'");
}

}  // namespace detail
APART_END_NAMESPACE
