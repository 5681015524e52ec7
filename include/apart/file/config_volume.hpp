#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <apart/detail/path_text.hpp>
#include <apart/detail/report.hpp>
#include <apart/error.hpp>
#include <apart/file/detail/config_set.hpp>
#include <apart/file/temp_dir.hpp>

APART_BEGIN_NAMESPACE

/// How a `config_volume` lays its files out and changes them.
enum class config_form { config_map, plain };

/// A private directory of configuration files that changes as a mounted Kubernetes ConfigMap does, so that what watches
/// it in a test sees what it sees in production.
///
///     apart::config_volume config;
///     config.set("policy.json", R"({"retries": 3})");
///     start_server(config.path() / "policy.json");
///     config.set("policy.json", R"({"retries": 5})");   // the server reloads
///
/// Form: `..data` is a link to a directory with a time in its name that holds the files; each file is a link through
/// `..data`. A change writes the whole set into a new directory, points `..data` to it by one rename(2) of
/// `..data_tmp`, and then removes the former directory. A watcher of `path()` sees `..data_tmp` created and moved to
/// `..data`; a watcher of a file itself sees it vanish. Source: AtomicWriter of Kubernetes
/// (pkg/volume/util/atomic_writer.go). A set that is equal to the current one changes nothing.
///
/// `config_form::plain` has no links: each file stands in the directory itself and is replaced by one rename(2), as by an
/// editor or a configuration tool. A watcher sees each file moved in, and never a part of one or another name; several
/// files of one `update` change one after the other.
///
/// Windows has no links that a rename replaces: there the plain form is the only one, and the other is an error.
///
/// Readers: who resolves `..data` once, and opens the files below what it named, reads one set; it may find the
/// directory gone, and resolves anew. Who opens two files through their links may meet two sets.
/// Scope, owner, destruction, keeping, crash: as `temp_dir`. Threads: one at a time. Files 0600, directories 0700.
/// Errors: `apart::error` that names the volume and the file. Before the swap nothing has changed; a link to a file
/// that could not be made or removed after it is caught up with by the next change. In the plain form each file is the
/// former one or the new one, and the next change goes on.
class [[nodiscard]] config_volume {
 public:
  [[nodiscard]] config_volume() : config_volume("config", config_form::config_map) {}

  /// `prefix`: as `temp_dir`. The volume holds an empty set.
  [[nodiscard]] explicit config_volume(std::string_view prefix) : config_volume(prefix, config_form::config_map) {}
  [[nodiscard]] explicit config_volume(config_form form) : config_volume("config", form) {}
  [[nodiscard]] config_volume(std::string_view prefix, config_form form) : directory_(prefix), form_(form) {
    if (form_ == config_form::config_map) swap_in({});
  }
  config_volume(std::nullptr_t) = delete;

  [[nodiscard]] config_volume(config_volume&&) noexcept = default;
  config_volume& operator=(config_volume&& other) noexcept {
    config_volume taken(std::move(other));
    std::swap(directory_, taken.directory_);
    std::swap(files_, taken.files_);
    std::swap(links_, taken.links_);
    std::swap(current_, taken.current_);
    std::swap(form_, taken.form_);
    return *this;
  }
  ~config_volume() = default;

  /// The directory to watch.
  [[nodiscard]] const std::filesystem::path& path() const& noexcept { return directory_.path(); }
  const std::filesystem::path& path() const&& = delete;

  /// Gives one file of the set this text; the others stay. `file`: as a key of a ConfigMap, letters, digits, '-', '_'
  /// and '.', not beginning with "..", up to 253 bytes.
  void set(std::string_view file, std::string_view text) {
    std::map<std::string, std::string> changed = files_;
    changed[std::string(file)] = text;
    update(std::move(changed));
  }

  /// Replaces the whole set: files that are not in it go.
  void update(std::map<std::string, std::string> whole_set) {
    if (directory_.path().empty()) detail::raise(error("config_volume: it was moved from"));
    for (const auto& file : whole_set) detail::check_config_file_name(file.first);
    if (form_ == config_form::plain) return replace_each(whole_set);
    if (whole_set != files_) swap_in(std::move(whole_set));
    catch_up_links();
  }

 private:
  void swap_in(std::map<std::string, std::string> next) {
    const std::string& volume = detail::path_text(directory_.path());
    std::string made = detail::write_config_set(volume, next);
    detail::point_data_link_to(volume, made);
    std::swap(current_, made);
    files_ = std::move(next);
    if (made.empty()) return;
    detail::report(detail::remove_tree(volume + '/' + made));
  }

  /// What succeeded before a failure stays.
  void replace_each(const std::map<std::string, std::string>& next) {
    const std::string& volume = detail::path_text(directory_.path());
    for (const auto& [file, text] : next) {
      const auto current = files_.find(file);
      if (current != files_.end() && current->second == text) continue;
      detail::replace_config_file(volume, file, text);
      files_[file] = text;
    }
    for (auto file = files_.begin(); file != files_.end();) {
      if (next.count(file->first) != 0) {
        ++file;
        continue;
      }
      detail::remove_config_entry(volume, file->first);
      file = files_.erase(file);
    }
  }

  /// Makes the links that a reader sees those of the current set.
  void catch_up_links() {
    const std::string& volume = detail::path_text(directory_.path());
    for (const auto& file : files_) {
      if (links_.count(file.first) != 0) continue;
      detail::make_config_link(volume, file.first);
      links_.insert(file.first);
    }
    for (auto link = links_.begin(); link != links_.end();) {
      if (files_.count(*link) != 0) {
        ++link;
        continue;
      }
      detail::remove_config_entry(volume, *link);
      link = links_.erase(link);
    }
  }

  temp_dir directory_;
  std::map<std::string, std::string> files_;
  std::set<std::string> links_;
  config_form form_;
  std::string current_;  ///< the name of the directory that `..data` points to
};

APART_END_NAMESPACE
