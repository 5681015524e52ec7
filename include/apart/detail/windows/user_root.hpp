#pragma once

#include <array>
#include <cerrno>
#include <initializer_list>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <apart/detail/environment.hpp>
#include <apart/detail/file_name.hpp>
#include <apart/detail/stable_hash.hpp>
#include <apart/detail/windows/file_system.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// One of the directories in which something of this user's stands: `apart-<hash of the user's SID>`, and who chose the
/// place.
struct user_root {
  std::string path;    ///< absolute and canonical; says nothing of whether it is there
  std::string source;  ///< "TMP='C:/scratch'", to begin an error with

  /// The directory that holds it.
  std::string place() const { return path.substr(0, path.rfind('/')); }
};

/// "S-1-5-21-..."; empty where there is none.
inline std::string text_of_sid(void* sid) {
  wchar_t* text = nullptr;
  if (sid == nullptr || ::ConvertSidToStringSidW(sid, &text) == 0) return {};
  const std::string made = narrow(text);
  ::LocalFree(text);
  return made;
}

/// This user's SID.
inline const std::string& own_sid() {
  static const std::string* const known = [] {
    using get_information = int __stdcall(void*, int, void*, unsigned long, unsigned long*);
    const auto get = function_of<get_information>(L"advapi32.dll", "GetTokenInformation");
    constexpr unsigned long query = 8;  // TOKEN_QUERY
    constexpr int user = 1;             // TokenUser: TOKEN_USER, which begins with a pointer to the SID
    alignas(void*) std::array<char, 512> found{};
    void* opened = nullptr;
    unsigned long size = 0;
    if (get == nullptr || ::OpenProcessToken(::GetCurrentProcess(), query, &opened) == 0) return new std::string();
    const descriptor token(opened);
    if (get(token.get(), user, found.data(), static_cast<unsigned long>(found.size()), &size) == 0) {
      return new std::string();
    }
    return new std::string(text_of_sid(*reinterpret_cast<void**>(found.data())));
  }();
  return *known;
}

/// 0 or an error number.
inline int put_root_into(const std::string& place, user_root& found) {
  descriptor directory;
  if (const int code = open_file(place, can_ask, existing_file_only, also_directory, directory)) return code;
  found.path = path_of_open_file(directory);
  if (found.path.empty()) return EIO;
  if (found.path.back() != '/') found.path += '/';
  found.path += "apart-" + base32(stable_hash(own_sid()), 12);
  return 0;
}

/// As Windows has it: TMP, TEMP, the user's profile.
inline std::string system_place() {
  return path_text_of_system(
      text_of_system([](wchar_t* text, unsigned long room) { return ::GetTempPathW(room, text); }));
}

/// The first of these variables that is set and not empty, else `otherwise`. A place that is not there is a fault of its
/// variable: the next one is not tried. `found.source` is set in either case.
inline fault find_root_by(std::initializer_list<const char*> variables, const std::string& otherwise,
                          user_root& found) {
  std::string place = otherwise;
  found.source = "the system's temporary directory '" + place + "'";
  for (const char* const name : variables) {
    const std::string value = variable(name).value_or("");
    if (value.empty()) continue;
    place = value;
    found.source = std::string(name) + "='" + value + "'";
    break;
  }
  return system_fault(put_root_into(place, found),
                      found.source + " (name a directory that you may write to, or unset it)");
}

/// Where files of tests stand: `APART_TMPDIR`, `TEST_TMPDIR`, the system's.
inline fault find_files_root(user_root& found) {
  return find_root_by({"APART_TMPDIR", "TEST_TMPDIR"}, system_place(), found);
}

inline constexpr const char* coordinator_variable = "APART_COORDINATOR";

/// Where processes of a run meet: the place that `APART_COORDINATOR=file:C:/...` names, `APART_TMPDIR`, the temporary
/// directory of the user's profile, whatever TMP says: runners set that to another directory for each test.
inline fault find_coordination_root(user_root& found) {
  const std::string coordinator = variable(coordinator_variable).value_or("");
  if (!coordinator.empty()) {
    found.source = std::string(coordinator_variable) + "='" + coordinator + "'";
    std::string path = coordinator.compare(0, 5, "file:") == 0 ? coordinator.substr(5) : std::string();
    if (path.size() > 2 && path[0] == '/' && path[2] == ':') path.erase(0, 1);  // "file:/C:/..."
    if (!path_of(path).is_absolute()) {
      return {std::make_error_code(std::errc::invalid_argument),
              found.source + " is not known here: give file: and the absolute path of a directory, or unset it"};
    }
    return system_fault(put_root_into(path, found),
                        found.source + " (name a directory that you may write to, or unset it)");
  }
  const std::string profile = variable("LOCALAPPDATA").value_or("");
  std::string place = system_place();
  for (const std::string& path : {profile, profile + "/Temp"}) {
    const unsigned long attributes = ::GetFileAttributesW(path_for_system(path).c_str());
    if (profile.empty() || attributes == no_attributes || (attributes & directory_attribute) == 0) continue;
    place = path;
  }
  return find_root_by({"APART_TMPDIR"}, place, found);
}

/// Whose a file is, as a SID; empty where the system does not say.
inline std::string owner_of_file(const std::string& path) {
  constexpr unsigned long owner = 1;  // OWNER_SECURITY_INFORMATION
  std::vector<char> found(1024);
  unsigned long size = 0;
  void* sid = nullptr;
  int defaulted = 0;
  if (::GetFileSecurityW(path_for_system(path).c_str(), owner, found.data(), 1024, &size) == 0) return {};
  return ::GetSecurityDescriptorOwner(found.data(), &sid, &defaulted) != 0 ? text_of_sid(sid) : std::string();
}

/// What is wrong with the directory that has the root's name, in a place where others may write, too: nothing if it is a
/// directory, no link, of this user.
inline fault refusal_of_root(const user_root& root) {
  const auto refused = [&](int code, const std::string& why) {
    return fault{{code, std::generic_category()}, root.source + ": '" + root.path + "' " + why};
  };
  const unsigned long attributes = ::GetFileAttributesW(path_for_system(root.path).c_str());
  if (attributes == no_attributes) {
    const int code = last_error_number();
    return refused(code, std::generic_category().message(code));
  }
  if ((attributes & reparse_point_attribute) != 0)
    return refused(ELOOP, "is a symbolic link: remove it, or set APART_TMPDIR");
  if ((attributes & directory_attribute) == 0)
    return refused(ENOTDIR, "is not a directory: remove it, or set APART_TMPDIR");
  const std::string owner = owner_of_file(root.path);
  if (owner == own_sid()) return {};
  return refused(EPERM, "belongs to another user (" + owner + "): remove it, or set APART_TMPDIR");
}

/// A new directory that is this user's, and which nobody else but the system and its administrators may enter; what is
/// made in it inherits that. 0 or an error number.
inline int make_directory_of_user(const std::string& path) {
  struct {
    unsigned long size;
    void* descriptor;
    int inherited;
  } security{sizeof security, nullptr, 0};  // SECURITY_ATTRIBUTES
  const std::string text = "O:" + own_sid() + "D:P(A;OICI;FA;;;" + own_sid() + ")(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
  if (::ConvertStringSecurityDescriptorToSecurityDescriptorW(wide(text).c_str(), 1, &security.descriptor, nullptr) ==
      0) {
    return last_error_number();
  }
  auto* const given = reinterpret_cast<_SECURITY_ATTRIBUTES*>(&security);
  const int code = ::CreateDirectoryW(path_for_system(path).c_str(), given) != 0 ? 0 : last_error_number();
  ::LocalFree(security.descriptor);
  return code;
}

/// Makes the root, or checks the one that is there. Processes meet in it by locks: a place that may not have them is
/// refused.
inline fault make_root(const user_root& root) {
  const int code = make_directory_of_user(root.path);
  if (code == 0 || code == EEXIST) {
    if (const fault refused = refusal_of_root(root)) return refused;
    const char* const network = network_file_system(root.path);
    if (network == nullptr) return {};
    return {std::make_error_code(std::errc::no_lock_available),
            root.source + ": '" + root.path + "' is on " + network +
                ", where a lock may hold on one machine alone; set APART_TMPDIR to a directory of a local file system"};
  }
  return system_fault(
      code, root.source + ": cannot make '" + root.path + "' (name a directory that you may write to, or unset it)");
}

}  // namespace detail
APART_END_NAMESPACE
