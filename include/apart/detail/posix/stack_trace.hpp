#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <apart/detail/shell_quoted.hpp>

#include <signal.h>
#include <unistd.h>

#if __has_include(<execinfo.h>)
#include <execinfo.h>
#endif

APART_BEGIN_NAMESPACE
namespace detail {

/// From now on SIGQUIT has the thread that gets it print its stack to stderr, and ends this process's group by SIGTERM.
/// Functions have names there where the program exports them (-rdynamic); where the C library has no backtrace(3) there
/// is no stack. Calls nothing that allocates, but for what backtrace(3) loads the first time: that is done here.
inline void print_stack_on_quit() noexcept {
#if __has_include(<execinfo.h>)
  void* loaded[1];
  ::backtrace(loaded, 1);
#endif
  struct sigaction action {};
  ::sigemptyset(&action.sa_mask);
  action.sa_handler = [](int) {
#if __has_include(<execinfo.h>)
    constexpr int own = 2;  // this function, and what the system calls it from
    void* frames[100];
    const int count = ::backtrace(frames, 100);
    if (count > own) ::backtrace_symbols_fd(frames + own, count - own, STDERR_FILENO);
#endif
    ::kill(0, SIGTERM);
  };
  ::sigaction(SIGQUIT, &action, nullptr);
}

/// The text with name and source line of the functions in it of which such a stack has only the address, as far as
/// addr2line(1) knows them: within ten seconds for each of the program's files, and not at all where it is not installed.
inline std::string with_source_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::vector<std::string> paths;  // of each line, the file that its function is in; "": it names none
  std::vector<std::string> addresses;
  for (std::size_t begin = 0; begin < text.size(); begin += lines.back().size() + 1) {
    lines.push_back(text.substr(begin, text.find('\n', begin) - begin));
    paths.push_back("");
    addresses.push_back("");
    const std::string& line = lines.back();  // "path(+0x12ab)[0x55d86ac806c2]", newer: a blank before the bracket
    const std::size_t offset = line.find("(+0x");
    if (offset == std::string::npos) continue;
    const std::string behind = line.substr(std::min(line.find(')', offset), line.size()));
    if (behind.find(")[0x") != 0 && behind.find(") [0x") != 0) continue;
    const unsigned long long returns_to = std::strtoull(line.c_str() + offset + 2, nullptr, 16);
    char call[32];
    std::snprintf(call, sizeof call, " 0x%llx", returns_to - 1);
    paths.back() = line.substr(0, offset);
    addresses.back() = call;
  }
  for (std::size_t first = 0; first < lines.size(); ++first) {
    const std::string path = paths[first];
    if (path.empty()) continue;
    std::string command = "timeout 10 addr2line -fpC -e " + shell_quoted(path);
    for (std::size_t line = first; line < lines.size(); ++line) {
      if (paths[line] == path) command += addresses[line];
    }
    std::FILE* const names = ::popen((command + " 2>/dev/null").c_str(), "re");
    if (names == nullptr) continue;
    char* name = nullptr;
    std::size_t room = 0;
    for (std::size_t line = first; line < lines.size(); ++line) {
      if (paths[line] != path) continue;
      paths[line].clear();
      const ssize_t length = ::getline(&name, &room, names);
      if (length > 1 && name[0] != '?') lines[line] = std::string(name, static_cast<std::size_t>(length) - 1);
    }
    std::free(name);
    ::pclose(names);
  }
  std::string named;
  for (const std::string& line : lines) named += line + '\n';
  return named;
}

}  // namespace detail
APART_END_NAMESPACE
