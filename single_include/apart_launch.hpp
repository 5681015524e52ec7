// apart 0.1.0: the launcher, the adapters for test frameworks, and what else needs another library.
//
// Copy this file beside apart.hpp. Say what you want before you include it:
//
//   #define APART_WITH_CATCH2_MAIN
//   #include "apart_launch.hpp"
//   APART_CATCH2_MAIN();
//
//   APART_WITH_CATCH2_MAIN, APART_WITH_GTEST_MAIN, APART_WITH_DOCTEST_MAIN, APART_WITH_BOOST_TEST_MAIN
//       in one file, before it includes the framework: main(), with --procs=N; needs the framework, and fmt
//   APART_WITH_CATCH2, APART_WITH_GTEST, APART_WITH_DOCTEST, APART_WITH_BOOST_TEST
//       in any file: the adapter alone, for a main of your own; gtest_fixture
//   APART_WITH_TEST_TAG   test_tag, in any file
//   APART_WITH_FMT        formatters for fmt
//   APART_WITH_POSTGRES   a run over many machines; needs libpq
//   APART_WITH_STOP_TOKEN std::stop_token; needs C++20
//   APART_WITH_LAUNCH     the launcher without a framework; needs fmt
//
// It may be included again, with more of them. Nothing is looked for by itself: a framework that happens to be installed
// is not used unless its name is said.
//
// Made by tools/single_header.py from include/apart/: change that, not this.
//
// MIT License
//
// Copyright (c) 2026 The apart authors
//
// Permission is hereby granted, free of charge, to any person obtaining a copy
// of this software and associated documentation files (the "Software"), to deal
// in the Software without restriction, including without limitation the rights
// to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
// copies of the Software, and to permit persons to whom the Software is
// furnished to do so, subject to the following conditions:
//
// The above copyright notice and this permission notice shall be included in all
// copies or substantial portions of the Software.
//
// THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
// IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
// FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
// AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
// LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
// OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
// SOFTWARE.

#include "apart.hpp"

#if defined(APART_WITH_BOOST_TEST_MAIN) && !defined(APART_WITH_BOOST_TEST)
#define APART_WITH_BOOST_TEST
#endif
#if defined(APART_WITH_CATCH2_MAIN) && !defined(APART_WITH_CATCH2)
#define APART_WITH_CATCH2
#endif
#if defined(APART_WITH_DOCTEST_MAIN) && !defined(APART_WITH_DOCTEST)
#define APART_WITH_DOCTEST
#endif
#if defined(APART_WITH_GTEST_MAIN) && !defined(APART_WITH_GTEST)
#define APART_WITH_GTEST
#endif
#if (defined(APART_WITH_BOOST_TEST_MAIN) || defined(APART_WITH_CATCH2_MAIN) || defined(APART_WITH_DOCTEST_MAIN) || defined(APART_WITH_GTEST_MAIN)) && !defined(APART_WITH_LAUNCH)
#define APART_WITH_LAUNCH
#endif
#if !defined(APART_WITH_LAUNCH) && !defined(APART_WITH_BOOST_TEST) && !defined(APART_WITH_CATCH2) && !defined(APART_WITH_DOCTEST) && !defined(APART_WITH_GTEST) && !defined(APART_WITH_TEST_TAG) && !defined(APART_WITH_FMT) && !defined(APART_WITH_POSTGRES) && !defined(APART_WITH_STOP_TOKEN)
#error "apart_launch.hpp: define what you want of it before, APART_WITH_CATCH2_MAIN say: see its first lines"
#elif (defined(APART_WITH_BOOST_TEST_MAIN) || defined(APART_WITH_CATCH2_MAIN) || defined(APART_WITH_DOCTEST_MAIN) || defined(APART_WITH_GTEST_MAIN) || defined(APART_WITH_FMT) || defined(APART_WITH_LAUNCH)) && !__has_include(<fmt/format.h>)
#error "apart_launch.hpp: needs {fmt}, whose <fmt/format.h> is not found: install it (Debian: libfmt-dev), or add its -I"
#endif

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <iostream>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <ostream>
#include <random>
#include <set>
#include <sstream>
#include <stop_token>
#include <streambuf>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#if defined(_WIN32) && !defined(APART_LAUNCH_PART_1)
#define APART_LAUNCH_PART_1

// ---- apart/detail/windows/terminal.hpp

#include <io.h>

APART_BEGIN_NAMESPACE
namespace detail {

inline void* handle_of(std::FILE* stream) noexcept {
  return reinterpret_cast<void*>(::_get_osfhandle(::_fileno(stream)));
}

/// A console that knows the sequences of a terminal, and heeds them from now on (Windows 10).
inline bool is_terminal(std::FILE* stream) noexcept {
  constexpr unsigned long sequences = 0x4;  // ENABLE_VIRTUAL_TERMINAL_PROCESSING
  unsigned long mode = 0;
  return ::GetConsoleMode(handle_of(stream), &mode) != 0 && ::SetConsoleMode(handle_of(stream), mode | sequences) != 0;
}

/// How many characters a line has on that terminal; 80 where it does not say.
inline std::size_t columns_of_terminal(std::FILE* stream) noexcept {
  struct {  // CONSOLE_SCREEN_BUFFER_INFO
    std::int16_t size[2];
    std::int16_t cursor[2];
    std::uint16_t attributes;
    std::int16_t left, top, right, bottom;
    std::int16_t most[2];
  } found{};
  auto* const out = reinterpret_cast<_CONSOLE_SCREEN_BUFFER_INFO*>(&found);
  const bool told = ::GetConsoleScreenBufferInfo(handle_of(stream), out) != 0 && found.right > found.left;
  return told ? static_cast<std::size_t>(found.right - found.left + 1) : 80;
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32) && !defined(APART_LAUNCH_PART_2)
#define APART_LAUNCH_PART_2

// ---- apart/detail/posix/terminal.hpp

#include <sys/ioctl.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

inline bool is_terminal(std::FILE* stream) noexcept { return ::isatty(::fileno(stream)) == 1; }

/// How many characters a line has on that terminal; 80 where it does not say.
inline std::size_t columns_of_terminal(std::FILE* stream) noexcept {
  struct winsize size {};
  return ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

#if defined(_WIN32) && !defined(APART_LAUNCH_PART_3)
#define APART_LAUNCH_PART_3

// ---- apart/detail/windows/poll_set.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Sockets to wait for with WSAPoll; at least one.
class poll_set {
 public:
  void add(int descriptor, bool also_writable) {
    const int wanted = also_writable ? polled_socket::readable | polled_socket::writable : polled_socket::readable;
    waited_.push_back({socket_of(descriptor), static_cast<short>(wanted)});
  }

  /// Until one of them is ready, or that moment has come.
  void wait_until(std::chrono::steady_clock::time_point moment) noexcept {
    using namespace std::chrono;
    int patience = -1;
    if (moment != (steady_clock::time_point::max)()) {
      const auto left = ceil<milliseconds>(moment - steady_clock::now()).count();
      patience = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));  // then the caller asks again
    }
    ::WSAPoll(reinterpret_cast<pollfd*>(waited_.data()), static_cast<unsigned long>(waited_.size()), patience);
  }

 private:
  std::vector<polled_socket> waited_;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32) && !defined(APART_LAUNCH_PART_4)
#define APART_LAUNCH_PART_4

// ---- apart/detail/posix/poll_set.hpp

#include <poll.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// Descriptors to wait for with poll(2).
class poll_set {
 public:
  void add(int descriptor, bool also_writable) {
    waited_.push_back({descriptor, static_cast<short>(also_writable ? POLLIN | POLLOUT : POLLIN), 0});
  }

  /// Until one of them is ready, a signal has been handled, or that moment has come.
  void wait_until(std::chrono::steady_clock::time_point moment) noexcept {
    using namespace std::chrono;
    int patience = -1;
    if (moment != steady_clock::time_point::max()) {
      const auto left = ceil<milliseconds>(moment - steady_clock::now()).count();
      patience = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));  // then the caller asks again
    }
    static_cast<void>(::poll(waited_.data(), static_cast<nfds_t>(waited_.size()), patience));
  }

 private:
  std::vector<pollfd> waited_;
};

/// Whether something can be read from it at once, be it its end.
inline bool is_readable(int descriptor) noexcept {
  pollfd one{descriptor, POLLIN, 0};
  return ::poll(&one, 1, 0) > 0;
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

#if defined(_WIN32) && !defined(APART_LAUNCH_PART_5)
#define APART_LAUNCH_PART_5

// ---- apart/detail/windows/stack_trace.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// There is no signal that a thread could take: no stack is printed.
inline void print_stack_on_quit() noexcept {}
inline std::string with_source_lines(std::string text) { return text; }

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32) && !defined(APART_LAUNCH_PART_6)
#define APART_LAUNCH_PART_6

// ---- apart/detail/posix/shell_quoted.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The text as one word of a POSIX shell (2.2.2 Single-Quotes), as it is where that means the same.
inline std::string shell_quoted(const std::string& text) {
  constexpr const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=:,+@%-";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char byte : text) {
    if (byte == '\'') {
      quoted += "'\\''";
    } else {
      quoted += byte;
    }
  }
  return quoted + '\'';
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/posix/stack_trace.hpp

#include <signal.h>

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

#endif  // !defined(_WIN32)

#if defined(_WIN32) && !defined(APART_LAUNCH_PART_7)
#define APART_LAUNCH_PART_7

// ---- apart/detail/windows/captured_output.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What a process prints, kept in a file below TMP until it is known whether anyone wants to read it. It goes with its last
/// handle, also of a launcher that is killed; a grandchild that goes on writing holds nobody up. Owns both handles; not
/// movable.
class captured_output {
 public:
  captured_output() {
    const auto told = [](wchar_t* text, unsigned long room) { return ::GetTempPathW(room, text); };
    const std::string path =
        path_text_of_system(text_of_system(told)) + "apart-output-" + std::to_string(random_bits());
    int code = open_file(path, can_read | can_remove, new_file, goes_at_close, reads_);
    if (code == 0) code = open_file(path, can_append | can_ask, existing_file_only, 0, writes_);
    if (code != 0) raise_system(code, "a file for a worker's output, '" + path + "'");
  }
  captured_output(const captured_output&) = delete;
  captured_output& operator=(const captured_output&) = delete;

  /// For who prints: every write to it appends.
  int descriptor() const noexcept { return number_of(writes_.get()); }

  /// Bytes written so far.
  std::uint64_t size() const noexcept { return size_of(number_of(reads_.get())); }

  /// In the process that prints: a handle by which to ask for the size, whatever becomes of its stdout.
  static int private_copy_of_stdout() noexcept {
    constexpr auto standard_output = static_cast<unsigned long>(-11);  // STD_OUTPUT_HANDLE
    constexpr unsigned long same_access = 2;                           // DUPLICATE_SAME_ACCESS
    void* copy = nullptr;
    void* const self = ::GetCurrentProcess();
    const int made = ::DuplicateHandle(self, ::GetStdHandle(standard_output), self, &copy, 0, 0, same_access);
    return made != 0 ? number_of(copy) : -1;
  }

  static std::uint64_t size_of(int descriptor) noexcept {
    std::int64_t size = 0;
    return ::GetFileSizeEx(handle_of(descriptor), reinterpret_cast<_LARGE_INTEGER*>(&size)) != 0
               ? static_cast<std::uint64_t>(size)
               : 0;
  }

  /// Nothing is lost of a line that stdout or stderr has got, whatever ends the process. The C library has buffers for whole blocks, and
  /// none at all.
  static void keep_no_line_back() noexcept {
    for (std::FILE* const stream : {stdout, stderr}) std::setvbuf(stream, nullptr, _IONBF, 0);
  }

  /// The most that `read` returns of what was printed, in bytes.
  static constexpr std::uint64_t most = 16 << 20;

  /// The bytes from `begin` up to `end`, or fewer where the file has been cut; lines end as in C. Of more than `most` the first
  /// half and the last one of that, with a line between them that says how much is missing.
  std::string read(std::uint64_t begin, std::uint64_t end) const {
    end = (std::min)(end, size());
    if (begin >= end) return {};
    if (end - begin <= most) return read_all(begin, end);
    return read_all(begin, begin + most / 2) + "\n[apart: " + std::to_string(end - begin - most) +
           " bytes of output are left out here]\n" + read_all(end - most / 2, end);
  }

  /// It stands on a disk, and goes with the process: there is no memory to give back.
  void forget_before(std::uint64_t) noexcept {}

 private:
  std::string read_all(std::uint64_t begin, std::uint64_t end) const {
    struct {  // OVERLAPPED
      std::uintptr_t internal[2];
      std::uint64_t offset;
      void* event;
    } place{{}, begin, nullptr};
    std::string text(static_cast<std::size_t>(end - begin), '\0');
    unsigned long count = 0;
    const int read = ::ReadFile(reads_.get(), text.data(), static_cast<unsigned long>(text.size()), &count,
                                reinterpret_cast<_OVERLAPPED*>(&place));
    text.resize(read != 0 ? count : 0);
    for (std::size_t at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n", at)) text.erase(at, 1);
    return text;
  }

  class descriptor reads_;
  class descriptor writes_;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32) && !defined(APART_LAUNCH_PART_8)
#define APART_LAUNCH_PART_8

// ---- apart/detail/posix/captured_output.hpp

#include <fcntl.h>
#include <sys/mman.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// What a process prints, kept in memory (memfd_create(2)) until it is known whether anyone wants to read it. Has no
/// name in any file system, so nothing is left behind; a grandchild that goes on writing holds nobody up. Owns the
/// descriptor, which is close-on-exec; not movable.
class captured_output {
 public:
  captured_output() : descriptor_(::memfd_create("apart output", MFD_CLOEXEC)) {
    if (descriptor_ < 0) raise_system(errno, "memory for a worker's output (memfd_create)");
    ::fcntl(descriptor_, F_SETFL, O_APPEND);
  }
  ~captured_output() { ::close(descriptor_); }
  captured_output(const captured_output&) = delete;
  captured_output& operator=(const captured_output&) = delete;

  int descriptor() const noexcept { return descriptor_; }

  /// Bytes written so far.
  std::uint64_t size() const noexcept { return size_of(descriptor_); }

  /// In the process that prints: a descriptor by which to ask for the size, whatever becomes of its stdout.
  static int private_copy_of_stdout() noexcept { return ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3); }

  static std::uint64_t size_of(int descriptor) noexcept {
    sys::file_status status{};
    return sys::fstat(descriptor, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
  }

  /// Nothing is lost of a line that stdout has got, whatever ends the process.
  static void keep_no_line_back() noexcept { std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ); }

  /// The most that `read` returns of what was printed, in bytes.
  static constexpr std::uint64_t most = 16 << 20;

  /// The bytes from `begin` up to `end`, or fewer where the file has been cut. Of more than `most` the first half and the
  /// last one of that, with a line between them that says how much is missing.
  std::string read(std::uint64_t begin, std::uint64_t end) const {
    end = std::min(end, size());
    if (begin >= end) return {};
    if (end - begin <= most) return read_all(begin, end);
    return read_all(begin, begin + most / 2) + "\n[apart: " + std::to_string(end - begin - most) +
           " bytes of output are left out here]\n" + read_all(end - most / 2, end);
  }

  /// Gives the memory of everything before `end` back to the system; offsets stay as they are.
  void forget_before(std::uint64_t end) noexcept {
    if (end == forgotten_) return;
    ::APART_DETAIL_LARGE(fallocate)(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                                    static_cast<sys::file_offset>(end));
    forgotten_ = end;
  }

 private:
  std::string read_all(std::uint64_t begin, std::uint64_t end) const {
    std::string text(static_cast<std::size_t>(end - begin), '\0');
    const ssize_t count = sys::pread(descriptor_, text.data(), text.size(), static_cast<sys::file_offset>(begin));
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }

  int descriptor_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

#if defined(_WIN32) && !defined(APART_LAUNCH_PART_9)
#define APART_LAUNCH_PART_9

// ---- apart/detail/windows/inherited.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What this process starts shall not hold the launcher's handles: they are not inherited from now on.
inline void keep_launcher_descriptors_private() noexcept {
  for (const int inherited : {launched_as().work, launched_as().news, launched_as().members}) {
    if (inherited >= 0) make_inheritable(inherited, false);
  }
}

/// There is no forked child that could look like a member of the run.
inline void leave_members() noexcept {}

/// Blocks until every worker and the launcher have gone, however they went.
inline void wait_for_members_to_leave() noexcept {
  char byte = 0;
  unsigned long count = 0;
  while (::ReadFile(handle_of(launched_as().members), &byte, 1, &count, nullptr) != 0) {
  }
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32) && !defined(APART_LAUNCH_PART_10)
#define APART_LAUNCH_PART_10

// ---- apart/detail/posix/inherited.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What this process starts shall not hold the launcher's descriptors: they close on exec from now on.
inline void keep_launcher_descriptors_private() noexcept {
  for (const int inherited : {launched_as().work, launched_as().news, launched_as().members}) {
    if (inherited >= 0) ::fcntl(inherited, F_SETFD, FD_CLOEXEC);
  }
}

/// For a forked child: it is no member of the run, and must not look like one once its parent has gone.
inline void leave_members() noexcept {
  if (launched_as().members >= 0) ::close(launched_as().members);
}

/// Blocks until every worker and the launcher have gone, however they went.
inline void wait_for_members_to_leave() noexcept {
  char byte = 0;
  while (::read(launched_as().members, &byte, 1) != 0) {
    if (errno != EINTR) return;
  }
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

#if !defined(APART_LAUNCH_PART_11)
#define APART_LAUNCH_PART_11

// ---- apart/detail/posix/open_process.hpp

#include <sys/syscall.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// A descriptor that becomes readable when that process ends (pidfd_open(2), Linux 5.3); close-on-exec. 0 or an error number:
/// ESRCH where it has ended, ENOSYS where the system has no such thing.
inline int open_process(const process_identity& process, descriptor& opened) {
#if defined(SYS_pidfd_open)
  descriptor found(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(process.id), 0)));
  if (!found) return errno;
  int code = 0;
  const auto status = status_of_process(process.id, code);  // that number may be another process's by now
  if (!status || status->process.started != process.started) return code != 0 ? code : ESRCH;
  opened = std::move(found);
  return 0;
#else
  static_cast<void>(process);
  static_cast<void>(opened);
  return ENOSYS;
#endif
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // APART_LAUNCH_PART_11

#if defined(_WIN32) && !defined(APART_LAUNCH_PART_12)
#define APART_LAUNCH_PART_12

// ---- apart/detail/windows/host_name.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What this machine is called; "localhost" where that is not known.
inline std::string host_name() {
  std::array<wchar_t, 256> name{};
  auto size = static_cast<unsigned long>(name.size());
  const bool known = ::GetComputerNameW(name.data(), &size) != 0 && size != 0;
  return known ? narrow({name.data(), size}) : "localhost";
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32) && !defined(APART_LAUNCH_PART_13)
#define APART_LAUNCH_PART_13

// ---- apart/detail/posix/host_name.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What this machine is called; "localhost" where that is not known.
inline std::string host_name() {
  std::array<char, 256> name{};  // POSIX: at most 255 bytes
  const bool known = ::gethostname(name.data(), name.size() - 1) == 0 && name.front() != '\0';
  return known ? name.data() : "localhost";
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/posix/signal_pipe.hpp

APART_BEGIN_NAMESPACE
namespace detail {

inline constexpr int child_has_ended = SIGCHLD;
inline constexpr int pause_wanted = SIGTSTP;

/// Those that a run heeds.
inline std::vector<int> signals_of_a_run() { return {child_has_ended, SIGINT, SIGTERM, SIGHUP, pause_wanted}; }

/// As a shell's job control wants it; returns when it is continued.
inline void pause_this_process() noexcept { ::raise(SIGSTOP); }

inline std::atomic<int> signal_pipe_end{-1};

/// Turns signals into bytes that poll(2) can wait for. While it lives, the signals named do nothing else; then their
/// former handlers come back. One that is ignored stays ignored, as nohup(1) wants it, but for SIGCHLD: while that is
/// ignored nobody can wait for a child (wait(2)). One at a time in a process.
class signal_pipe {
 public:
  explicit signal_pipe(std::vector<int> signals) : signals_(std::move(signals)), before_(signals_.size()) {
    if (::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) != 0) raise_system(errno, "a pipe for signals");
    signal_pipe_end.store(ends_[1]);
    struct sigaction action {};
    action.sa_flags = SA_RESTART;
    action.sa_handler = [](int signal) {
      const int saved = errno;
      const auto byte = static_cast<unsigned char>(signal);
      [[maybe_unused]] const ssize_t told = ::write(signal_pipe_end.load(), &byte, 1);
      errno = saved;
    };
    ::sigfillset(&action.sa_mask);
    for (std::size_t i = 0; i < signals_.size(); ++i) {
      ::sigaction(signals_[i], nullptr, &before_[i]);
      const bool stays = before_[i].sa_handler == SIG_IGN && signals_[i] != SIGCHLD;
      if (!stays) ::sigaction(signals_[i], &action, nullptr);
    }
  }
  ~signal_pipe() {
    for (std::size_t i = 0; i < signals_.size(); ++i) ::sigaction(signals_[i], &before_[i], nullptr);
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  signal_pipe(const signal_pipe&) = delete;
  signal_pipe& operator=(const signal_pipe&) = delete;

  int descriptor() const noexcept { return ends_[0]; }

  /// The next signal that has arrived; 0: none.
  int take() noexcept {
    unsigned char signal = 0;
    return ::read(ends_[0], &signal, 1) == 1 ? signal : 0;
  }

 private:
  std::vector<int> signals_;
  std::vector<struct sigaction> before_;
  std::array<int, 2> ends_{};
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

#if !defined(APART_LAUNCH_PART_14)
#define APART_LAUNCH_PART_14

// ---- apart/test/detail/serial_turn.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The process whose test runs this program, if one does: its id, inherited by all that a test starts.
inline constexpr const char* test_process_variable = "APART_TEST_PROCESS";

/// For the adapters, while the program is loaded by one thread: what this process starts is run by its tests. Returns
/// whether it is itself run by another process's test.
inline bool announce_test_process() {
  const std::string self = std::to_string(process_id());
  const char* const above = std::getenv(test_process_variable);
  const bool inside = above != nullptr && self != above;
  static_cast<void>(set_variable(test_process_variable, self));
  return inside;
}

/// Keeps a serial test alone among the processes of its run where no launcher does: it holds a lock of the run
/// exclusively for as long as it runs, every other test holds it shared.
///
/// A process that is a run of its own takes no part, nor does a program that a test runs: its test has a turn already, and
/// would wait for itself. Crash: the kernel frees the turn. Cancellation: the wait ends with the process's context.
class serial_turn {
 public:
  serial_turn(bool serial, bool inside_a_test) {
    if (inside_a_test || launched_as().is_worker() || this_worker().source == alone_source) return;
    hold_.emplace("serial tests", serial ? lock_mode::exclusive : lock_mode::shared, context::process());
  }

 private:
  std::optional<lock_hold> hold_;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // APART_LAUNCH_PART_14

#if defined(_WIN32) && !defined(APART_LAUNCH_PART_15)
#define APART_LAUNCH_PART_15

// ---- apart/detail/windows/signal_actions.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What this process does on some signals when the object is made; `put_back` has it do so again. Any thread.
class signal_actions {
 public:
  explicit signal_actions(std::vector<int> signals) : signals_(std::move(signals)), actions_(signals_.size()) {
    for (std::size_t i = 0; i < signals_.size(); ++i) actions_[i] = std::signal(signals_[i], SIG_IGN);
    put_back();  // to ask for it is to set it
  }

  void put_back() const noexcept {
    for (std::size_t i = 0; i < signals_.size(); ++i) {
      if (actions_[i] != SIG_ERR) std::signal(signals_[i], actions_[i]);
    }
  }

 private:
  std::vector<int> signals_;
  std::vector<void (*)(int)> actions_;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32) && !defined(APART_LAUNCH_PART_16)
#define APART_LAUNCH_PART_16

// ---- apart/detail/posix/signal_actions.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What this process does on some signals when the object is made; `put_back` has it do so again. Any thread.
class signal_actions {
 public:
  explicit signal_actions(std::vector<int> signals) : signals_(std::move(signals)), actions_(signals_.size()) {
    for (std::size_t i = 0; i < signals_.size(); ++i) ::sigaction(signals_[i], nullptr, &actions_[i]);
  }

  void put_back() const noexcept {
    for (std::size_t i = 0; i < signals_.size(); ++i) ::sigaction(signals_[i], &actions_[i], nullptr);
  }

 private:
  std::vector<int> signals_;
  std::vector<struct sigaction> actions_;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

#if !defined(APART_LAUNCH_PART_17)
#define APART_LAUNCH_PART_17

// ---- apart/process/detail/premature_exit_file.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The file by which a runner sees that a test program ended before its tests did, whatever its exit status says: it is
/// there while this object is, and stays when the process ends by exit, _exit, abort or a signal. By the protocol of
/// GoogleTest and Bazel, `TEST_PREMATURE_EXIT_FILE` names it; where that is unset or empty, nothing is done.
///
/// Scope: the process that made the object, for the time in which tests run. A forked child's copy removes nothing. The
/// variable is emptied: a program that a test starts would take the file for its own, and remove it.
/// Threads: one. Errors: `apart::error` that names the variable and the path when the file cannot be made; one that
/// cannot be removed is reported, and stays for the runner to see.
class premature_exit_file {
 public:
  premature_exit_file() {
    const std::string path = detail::variable(name).value_or("");
    if (path.empty()) return;
    raise_if(system_fault(overwrite_file(path, "0"), std::string(name) + "='" + path + "' (cannot be made)"));
    std::error_code unknown;
    path_ = path_text(std::filesystem::absolute(path_of(path), unknown));  // tests may change the working directory
    if (unknown) path_ = path;
    empty_variable(name);
  }
  ~premature_exit_file() {
    if (path_.empty() || !owner_.is_this_process()) return;
    const int code = remove_file(path_);
    if (code != ENOENT) report(system_fault(code, std::string(name) + "='" + path_ + "' (cannot be removed)"));
  }
  premature_exit_file(const premature_exit_file&) = delete;
  premature_exit_file& operator=(const premature_exit_file&) = delete;

 private:
  static constexpr const char* name = "TEST_PREMATURE_EXIT_FILE";

  std::string path_;
  process_owner owner_;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // APART_LAUNCH_PART_17

#if defined(_WIN32) && !defined(APART_LAUNCH_PART_18)
#define APART_LAUNCH_PART_18

// ---- apart/detail/windows/silenced_stdout.hpp

#include <fcntl.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// While it lives, what the process prints on stdout goes nowhere. Without a buffer after it. While one thread runs.
class silenced_stdout {
 public:
  silenced_stdout() {
    std::fflush(stdout);
    const int nothing = ::_open("NUL", _O_WRONLY | _O_NOINHERIT);
    before_ = ::_dup(number);
    if (before_ < 0 || nothing < 0) raise_system(errno, "stdout");
    ::_dup2(nothing, number);
    ::_close(nothing);
  }
  ~silenced_stdout() {
    std::fflush(stdout);
    ::_dup2(before_, number);
    ::_close(before_);
    std::setvbuf(stdout, nullptr, _IONBF, 0);
  }
  silenced_stdout(const silenced_stdout&) = delete;
  silenced_stdout& operator=(const silenced_stdout&) = delete;

 private:
  static constexpr int number = 1;

  int before_ = -1;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32) && !defined(APART_LAUNCH_PART_19)
#define APART_LAUNCH_PART_19

// ---- apart/detail/posix/silenced_stdout.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// While it lives, what the process prints on stdout goes nowhere, without a system call for each line. Line-buffered
/// after it. While one thread runs.
class silenced_stdout {
 public:
  silenced_stdout()
      : before_(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)), nothing_(::open("/dev/null", O_WRONLY | O_CLOEXEC)) {
    if (!before_ || !nothing_) raise_system(errno, "stdout");
    std::fflush(stdout);
    ::dup2(nothing_.get(), STDOUT_FILENO);
    std::setvbuf(stdout, nullptr, _IOFBF, BUFSIZ);
  }
  ~silenced_stdout() {
    std::fflush(stdout);
    ::dup2(before_.get(), STDOUT_FILENO);
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  }
  silenced_stdout(const silenced_stdout&) = delete;
  silenced_stdout& operator=(const silenced_stdout&) = delete;

 private:
  const descriptor before_;
  const descriptor nothing_;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

#if defined(APART_WITH_LAUNCH) && !defined(APART_LAUNCH_PART_20)
#define APART_LAUNCH_PART_20

// ---- apart/launch/command_line.hpp

#include <fmt/format.h>

// ---- apart/launch/options.hpp

APART_BEGIN_NAMESPACE

/// How a run ends: the exit status of the launcher. Where several hold, the first of 2, 4, 5, 1; but 1 where a test has failed
/// and all have run, or `max_failures` kept the others from running.
enum class exit_code : int {
  passed = 0,
  failed = 1,
  usage = 2,
  no_test_selected = 3,
  set_up_failed = 4,
  incomplete = 5,  ///< interrupted, out of time, tests that never ran, workers whose lists differ, lost machines
};

/// What the command line and the environment ask of the launcher.
struct launch_options {
  static constexpr auto for_ever = std::chrono::nanoseconds::max();

  unsigned procs = 0;            ///< 0: no launcher, the framework runs as it always did
  unsigned shard = 1;            ///< which part of the tests, from 1
  unsigned shards = 1;           ///< of how many
  unsigned rounds = 0;           ///< how often all of it is run; 0: not told, once or without end
  bool until_it_fails = false;   ///< no further round after one that has not passed
  bool shuffle = false;          ///< in an order that the seed decides
  bool isolate = false;          ///< each test in a process of its own
  bool verbose = false;          ///< show passed tests, too
  std::size_t max_failures = 0;  ///< hand out no further test once so many have failed; 0: never stop
  std::optional<std::uint32_t> seed;
  std::optional<std::chrono::nanoseconds> timeout;  ///< of one test; nothing: not told, its context's alone
  std::chrono::nanoseconds run_timeout = for_ever;  ///< of all of it
  std::chrono::nanoseconds slow = std::chrono::seconds(60);
  std::string own_directory;           ///< who has one: "test" or "worker"; "": nobody
  bool own_network = false;            ///< for each worker
  bool own_tmp = false;                ///< likewise
  std::vector<std::string> own_paths;  ///< likewise
  std::vector<std::string> links;      ///< what is brought into it
  std::vector<std::string> copies;     ///< likewise
  std::string junit;                   ///< path of a report; "": none
  std::string timeline;                ///< likewise

  std::vector<std::string> framework_arguments;  ///< the program's name first
  std::vector<std::string> all_arguments;        ///< as given, for the workers

  static constexpr unsigned max_procs = 1024;
  static constexpr unsigned max_count = 1'000'000;  ///< of shards, of rounds

  bool one_round() const noexcept { return rounds <= 1 && !until_it_fails; }
};

APART_END_NAMESPACE

// ---- apart/launch/command_line.hpp

APART_BEGIN_NAMESPACE

namespace detail {

/// From 1 to `most`, or 0: it is none.
inline unsigned parse_count(std::string_view value, unsigned most) {
  unsigned count = 0;
  for (const char digit : value) {
    if (digit < '0' || digit > '9' || count > most) return 0;
    count = count * 10 + static_cast<unsigned>(digit - '0');
  }
  return count > most ? 0 : count;
}

template <class Duration>
bool take_duration(Duration& taken, std::string_view value) {
  const auto given = parse_duration(std::string(value));
  if (given) taken = *given;
  return given.has_value();
}

/// They travel in one variable.
inline bool add_path(std::vector<std::string>& paths, std::string_view path) {
  paths.push_back(std::string(path));
  return !path.empty() && path.find(path_separator) == std::string_view::npos;
}

/// One option, as the command line, the environment and the help know it: "--run-timeout" is APART_RUN_TIMEOUT, too.
struct launch_option {
  enum class value { none, optional, required };

  std::string_view name;
  value takes;
  std::string_view placeholder;  ///< for the help: "=N|auto"
  std::string_view wanted;       ///< what is said where the value makes no sense
  std::string_view help;
  bool (*take)(launch_options&, std::string_view value);  ///< false: the value makes no sense
  std::string_view otherwise = {};                        ///< the value where none is given
  bool without_procs = false;      ///< of use without --procs, too: its variable is read where that is done
  const char* not_here = nullptr;  ///< why this system cannot do it

  std::string variable() const {
    std::string text = "APART";
    for (const char letter : name.substr(1)) text += letter == '-' ? '_' : static_cast<char>(letter & ~0x20);
    return text;
  }
};

inline constexpr launch_option launch_option_table[] = {
    {"--procs", launch_option::value::required, "=N|auto", "wants a number from 1 to 1024, or auto",
     "run on N worker processes (auto: one per core); without it nothing changes",
     [](launch_options& options, std::string_view value) {
       const unsigned most = launch_options::max_procs;
       options.procs =
           value == "auto" ? std::clamp(std::thread::hardware_concurrency(), 1U, most) : parse_count(value, most);
       return options.procs != 0;
     }},
    {"--shard", launch_option::value::required, "=PART/PARTS", "wants a part and how many there are, such as 1/3",
     "of the selected tests only each PARTS-th, beginning with PART: 1/3, 2/3 and 3/3 are all",
     [](launch_options& options, std::string_view value) {
       const std::size_t slash = value.find('/');
       if (slash == std::string_view::npos) return false;
       options.shards = parse_count(value.substr(slash + 1), launch_options::max_count);
       options.shard = parse_count(value.substr(0, slash), options.shards);
       return options.shards != 0 && options.shard != 0;
     }},
    {"--shuffle", launch_option::value::optional, "[=SEED]", "wants a number below 4294967296, or random",
     "in a random order, which the seed decides; the summary says which seed it was",
     [](launch_options& options, std::string_view value) {
       options.shuffle = true;
       if (value == "random") return true;
       std::uint64_t seed = 0;
       for (const char digit : value) {
         if (digit < '0' || digit > '9' || seed > UINT32_MAX) return false;
         seed = seed * 10 + static_cast<std::uint64_t>(digit - '0');
       }
       options.seed = static_cast<std::uint32_t>(seed);
       return !value.empty() && seed <= UINT32_MAX;
     },
     "random"},
    {"--isolate", launch_option::value::none, "", "", "each test in a process of its own",
     [](launch_options& options, std::string_view) { return options.isolate = true; }},
    {"--fail-fast", launch_option::value::none, "", "",
     "once a test has failed, cancel those that run and start no other",
     [](launch_options& options, std::string_view) { return (options.max_failures = 1) == 1; }},
    {"--repeat", launch_option::value::required, "=N", "wants a number from 1 to 1000000",
     "run all of it N times, each time with another seed unless one is given",
     [](launch_options& options, std::string_view value) {
       options.rounds = parse_count(value, launch_options::max_count);
       return options.rounds != 0;
     }},
    {"--until-it-fails", launch_option::value::none, "", "",
     "again and again until a round does not pass (with --repeat: at most N times)",
     [](launch_options& options, std::string_view) { return options.until_it_fails = true; }},
    {"--timeout", launch_option::value::required, "=30s", duration_wanted,
     "a test's limit: its context expires, and it is ended where that does not end it",
     [](launch_options& options, std::string_view value) { return take_duration(options.timeout, value); }},
    {"--run-timeout", launch_option::value::required, "=10m", duration_wanted, "the same for the whole run",
     [](launch_options& options, std::string_view value) { return take_duration(options.run_timeout, value); }},
    {"--slow", launch_option::value::required, "=60s", duration_wanted,
     "name a test each time that it has run so long again",
     [](launch_options& options, std::string_view value) { return take_duration(options.slow, value); }},
    {"--own-directory", launch_option::value::optional, "[=worker]", "wants test or worker",
     "each test (or worker) in a fresh current directory, with TMPDIR and HOME of its own",
     [](launch_options& options, std::string_view value) {
       options.own_directory = value;
       return value == "test" || value == "worker";
     },
     "test", true},
    {"--link",
     launch_option::value::required,
     "=PATH",
     path_of_list_wanted,
     "link PATH into it, what tests read (.: all of the start directory); as often as you like",
     [](launch_options& options, std::string_view value) { return add_path(options.links, value); },
     {},
     true,
     no_links},
    {"--copy",
     launch_option::value::required,
     "=PATH",
     path_of_list_wanted,
     "copy PATH into it, what tests write to",
     [](launch_options& options, std::string_view value) { return add_path(options.copies, value); },
     {},
     true},
    {"--own-network",
     launch_option::value::none,
     "",
     "",
     "each worker in a network of its own, with nothing but a loopback (Linux)",
     [](launch_options& options, std::string_view) { return options.own_network = true; },
     {},
     false,
     no_own_worlds},
    {"--own-tmp",
     launch_option::value::none,
     "",
     "",
     "each worker with a /tmp, /var/tmp and /dev/shm of its own (Linux)",
     [](launch_options& options, std::string_view) { return options.own_tmp = true; },
     {},
     false,
     no_own_worlds},
    {"--own-path",
     launch_option::value::required,
     "=PATH",
     path_of_list_wanted,
     "each worker with a copy-on-write view of the directory PATH (Linux); as often as you like",
     [](launch_options& options, std::string_view value) { return add_path(options.own_paths, value); },
     {},
     false,
     no_own_worlds},
    {"--junit", launch_option::value::required, "=FILE", "wants a file",
     "write a report that CI systems read (JUnit XML)",
     [](launch_options& options, std::string_view value) { return !(options.junit = value).empty(); }},
    {"--timeline", launch_option::value::required, "=FILE.html", "wants a file",
     "write a page that shows which worker ran what, and when",
     [](launch_options& options, std::string_view value) { return !(options.timeline = value).empty(); }},
    {"--verbose", launch_option::value::none, "", "", "show passed tests and their output, too",
     [](launch_options& options, std::string_view) { return options.verbose = true; }},
};

/// Null: it is not the launcher's.
inline const launch_option* option_named(std::string_view name) {
  for (const launch_option& option : launch_option_table) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

/// `given` is what people see in the refusal: the option or its variable.
inline void take_option(launch_options& options, const launch_option& option, std::string_view given,
                        std::string_view value) {
  if (option.not_here != nullptr) raise(error(fmt::format("{}: {}", given, option.not_here)));
  if (option.take(options, value)) return;
  raise(error(fmt::format("{}{}{}: {}", given, value.empty() ? "" : "=", value, option.wanted)));
}

/// What stands in the environment for an option that the command line does not give. 1 turns one on that needs no value,
/// 0 leaves it off.
inline void take_option_variable(launch_options& options, const launch_option& option) {
  const std::string variable = option.variable();
  const char* const value = std::getenv(variable.c_str());
  if (value == nullptr || *value == '\0') return;
  const std::string_view flag = value;
  if (option.takes == launch_option::value::required) return take_option(options, option, variable, value);
  if (flag == "1") return take_option(options, option, variable, option.otherwise);
  if (flag == "0") return;
  if (option.takes == launch_option::value::optional) return take_option(options, option, variable, value);
  raise(error(fmt::format("{}={}: wants 1, or 0", variable, flag)));
}

}  // namespace detail

/// What a program has asked for in its main, such as {"--own-directory", "--link=data"}.
using default_arguments = std::initializer_list<const char*>;

/// Takes the launcher's options out of the command line, and from the environment those that it does not give. `--procs
/// N` and `--procs=N` are the same. A value that makes no sense is an `apart::error`, and so is an option without `--procs`
/// that is of no use then; a variable is of no effect then. What stands behind `--`, and what is unknown, is the framework's.
/// `defaults` are taken as if they stood before the others; those that need `--procs` are of no effect without it.
inline launch_options parse_launch_options(int argc, const char* const* argv, default_arguments defaults = {}) {
  using detail::launch_option;
  launch_options options;
  options.all_arguments.assign(argv, argv + argc);
  if (argc > 0) options.framework_arguments.push_back(argv[0]);
  std::vector<const char*> arguments(defaults);
  for (int i = 1; i < argc; ++i) arguments.push_back(argv[i]);
  std::map<std::string_view, std::size_t> given;
  std::string_view of_the_launcher;  // the first on the command line that is of use with --procs alone
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--") {
      for (; i < arguments.size(); ++i) options.framework_arguments.push_back(arguments[i]);
      break;
    }
    const std::size_t equals = std::min(argument.find('='), argument.size());
    const launch_option* const option = detail::option_named(argument.substr(0, equals));
    if (option == nullptr) {
      options.framework_arguments.push_back(std::string(argument));
      continue;
    }
    ++given[option->name];
    if (i >= defaults.size() && of_the_launcher.empty() && !option->without_procs) of_the_launcher = option->name;
    std::string_view value = argument.substr(std::min(equals + 1, argument.size()));
    if (equals == argument.size()) {
      if (option->takes == launch_option::value::optional) value = option->otherwise;
      if (option->takes == launch_option::value::required && i + 1 < arguments.size()) value = arguments[++i];
    } else if (option->takes == launch_option::value::none) {
      detail::raise(error(fmt::format("{}: takes no value", argument)));
    }
    detail::take_option(options, *option, option->name, value);
  }
  for (const launch_option& option : detail::launch_option_table) {  // --procs is the first
    const bool counts = (option.name == "--procs" || options.procs > 0) && !option.without_procs;
    if (counts && given.count(option.name) == 0) detail::take_option_variable(options, option);
  }
  if (options.procs == 0 && !of_the_launcher.empty() && !detail::launched_as().is_worker()) {
    detail::raise(
        error(fmt::format("{} is the launcher's: give --procs, too (--procs=1 for one process)", of_the_launcher)));
  }
  return options;
}

/// Of these options, to stand below the framework's own help.
inline std::string launch_help() {
  std::string text = "\nOptions of apart, which runs the tests on many processes at once:\n";
  for (const detail::launch_option& option : detail::launch_option_table) {
    text += fmt::format("  {:<22} {}\n", fmt::format("{}{}", option.name, option.placeholder), option.help);
  }
  return text +
         "Each may be given as an environment variable, too: APART_PROCS=4, APART_RUN_TIMEOUT=10m, "
         "APART_VERBOSE=1.\n\n";
}

APART_END_NAMESPACE

// ---- apart/launch/framework.hpp

APART_BEGIN_NAMESPACE

/// Tests that use one thing of which there is not enough for all: at most `limit` of them run at once.
struct test_group {
  std::string name;
  std::size_t limit = 1;
};

/// One test as the launcher sees it.
struct planned_test {
  std::string name;
  bool serial = false;     ///< runs alone, after all that may run side by side
  bool elsewhere = false;  ///< another part of the run has it, see `--shard`
  std::vector<test_group> groups = {};
  std::string suite = {};  ///< with tests of the same one it shares what is set up once in each process that runs some
  bool in_order = false;  ///< its framework runs the tests of a list in the order of the selection, whatever the list's
  bool inseparable = false;  ///< comes in one list with all of its suite, which are serial as it is, and in no group
};

enum class outcome : std::uint8_t { passed, failed, skipped };

/// Those that tags of the form "group:postgres:2" name; a limit that is none is an `apart::error`.
inline std::vector<test_group> groups_in(const std::vector<std::string>& tags) {
  std::vector<test_group> groups;
  for (const std::string& tag : tags) {
    constexpr std::string_view prefix = "group:";
    if (tag.compare(0, prefix.size(), prefix) != 0) continue;
    const std::size_t colon = tag.rfind(':');
    const std::string limit = tag.substr(colon + 1);
    const bool is_number = !limit.empty() && limit.find_first_not_of("0123456789") == std::string::npos;
    const unsigned long count = is_number && limit.size() < 7 ? std::strtoul(limit.c_str(), nullptr, 10) : 0;
    if (colon <= prefix.size() || count == 0) {
      detail::raise(error("the tag [" + tag + "]: wants a name and how many run at once, such as [group:postgres:2]"));
    }
    groups.push_back({tag.substr(prefix.size(), colon - prefix.size()), count});
  }
  return groups;
}

/// What became of one test.
struct test_report {
  outcome result = outcome::passed;
  std::string text;  ///< why, where the framework's own output does not say it
};

/// What the launcher asks of a test framework. Each process makes its own from the same command line, so all of them
/// number the tests alike; a hash of the names is compared before the first test.
class framework {
 public:
  framework() = default;
  framework(const framework&) = delete;
  framework& operator=(const framework&) = delete;
  virtual ~framework() = default;

  /// The seed of the command line, or one that the framework has chosen. The launcher asks; its workers are told.
  virtual std::uint32_t seed() const = 0;

  /// Whether the command line says which seed.
  virtual bool seed_is_given() const = 0;

  /// The arguments, without the program's name, by which only the test of that name runs, with that seed or one that the
  /// framework chooses.
  virtual std::vector<std::string> arguments_for(const std::string& test, std::optional<std::uint32_t> seed) const = 0;

  /// The tests that the command line selects, in the order in which they are to run. The seed is the run's: equal in
  /// all processes, and it decides whatever is random. Called before anything else; in the launcher once a round.
  virtual std::vector<planned_test> select(std::uint32_t seed) = 0;

  /// The tests to run next, in this order; called when all of the list before has ended. Empty: there is nothing more.
  using next_list = std::function<std::vector<std::size_t>()>;
  /// Reports a test once when it has ended. False: no other body of its list is to begin.
  using reported = std::function<bool(std::size_t index, const test_report&)>;

  /// Runs list after list. In a worker only, once. When there is nothing more it returns, or ends the process as exit(0)
  /// does, where its framework does not let it return.
  virtual void run(const next_list& next, const reported& ended) = 0;
};

APART_END_NAMESPACE

// ---- apart/launch/detail/group_slots.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// How many tests of each group run, and those that were to run next but for a group that is full. One thread.
class group_slots {
 public:
  explicit group_slots(const std::vector<planned_test>& tests) : of_test_(tests.size()) {
    std::map<std::string_view, std::size_t> numbers;
    for (std::size_t index = 0; index < tests.size(); ++index) {
      for (const test_group& wanted : tests[index].groups) {
        const auto [known, is_new] = numbers.try_emplace(wanted.name, groups_.size());
        if (is_new) groups_.push_back({wanted.limit, 0, {}});
        const std::size_t group = known->second;
        if (groups_[group].limit != wanted.limit) {
          raise(error(fmt::format("the group \"{}\" has the limit {}, and in the test \"{}\" the limit {}; give it one",
                                  wanted.name, groups_[group].limit, tests[index].name, wanted.limit)));
        }
        std::vector<std::size_t>& mine = of_test_[index];
        if (std::find(mine.begin(), mine.end(), group) == mine.end()) mine.push_back(group);
      }
    }
  }

  /// False: a group is full, and the test waits for it.
  bool enter(std::size_t index) {
    for (const std::size_t number : of_test_[index]) {
      slots& group = groups_[number];
      if (group.running < group.limit) continue;
      group.waiting.push_back(index);
      ++waiting_;
      return false;
    }
    for (const std::size_t number : of_test_[index]) ++groups_[number].running;
    return true;
  }

  /// Tests that may try again since this one has ended.
  std::vector<std::size_t> leave(std::size_t index) {
    std::vector<std::size_t> next;
    for (const std::size_t number : of_test_[index]) {
      slots& group = groups_[number];
      --group.running;
      if (group.waiting.empty()) continue;
      next.push_back(group.waiting.front());
      group.waiting.pop_front();
      --waiting_;
    }
    return next;
  }

  std::size_t waiting() const noexcept { return waiting_; }

 private:
  struct slots {
    std::size_t limit;
    std::size_t running;
    std::deque<std::size_t> waiting;
  };

  std::vector<slots> groups_;
  std::vector<std::vector<std::size_t>> of_test_;  ///< numbers of groups
  std::size_t waiting_ = 0;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/detail/test_suites.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Which suite each of the planned tests is in, by a number, and of how many suites some wait to run. Puts queues in order.
/// Refers to the tests.
class test_suites {
 public:
  static constexpr std::size_t none = 0;  ///< what is in no suite

  explicit test_suites(const std::vector<planned_test>& tests) : tests_(tests) {
    std::map<std::string_view, std::size_t> numbers;
    numbers.try_emplace("", none);
    for (const planned_test& test : tests) of_.push_back(numbers.try_emplace(test.suite, numbers.size()).first->second);
    queued_.resize(numbers.size());
  }

  std::size_t of(std::size_t index) const { return of_[index]; }

  void queue(std::size_t index) { some_ += queued_[of_[index]]++ == 0 ? 1 : 0; }
  void unqueue(std::size_t index) { some_ -= --queued_[of_[index]] == 0 ? 1 : 0; }
  std::size_t queued() const noexcept { return some_; }

  /// Brings the tests of a suite together, where the one of them stands that the selection has first.
  void gather(std::deque<std::size_t>& queue) const {
    std::vector<std::size_t> first_of(queued_.size(), std::numeric_limits<std::size_t>::max());
    std::vector<std::size_t> place(tests_.size());
    std::size_t at = 0;
    for (const std::size_t index : queue) {
      place[index] = at++;
      std::size_t& first = first_of[of_[index]];
      first = std::min(first, index);
    }
    std::vector<rank> ranks(tests_.size());
    for (const std::size_t index : queue) {
      const std::size_t suite = of_[index];
      ranks[index] = {place[suite == none ? index : first_of[suite]], tests_[index].inseparable ? index + 1 : 0};
    }
    sort(queue, ranks);
  }

  /// By the times that are expected, what is new before them; the tests of a suite stay together, at the place of the first.
  void put_longest_first(std::deque<std::size_t>& queue, const std::vector<std::chrono::microseconds>& expected) const {
    using std::chrono::microseconds;
    const auto shortness = [&](std::size_t index) {
      return expected[index].count() == 0 ? microseconds(0) : microseconds::max() - expected[index];
    };
    std::vector<microseconds> of_suite(queued_.size(), microseconds::max());
    for (const std::size_t index : queue) {
      microseconds& of_longest = of_suite[of_[index]];
      of_longest = std::min(of_longest, shortness(index));
    }
    std::vector<rank> ranks(tests_.size());
    for (const std::size_t index : queue) {
      const microseconds of_its = of_[index] == none ? shortness(index) : of_suite[of_[index]];
      ranks[index] = {static_cast<std::uint64_t>(of_its.count()), 0};
    }
    sort(queue, ranks);
  }

 private:
  using rank = std::pair<std::uint64_t, std::size_t>;

  /// By the ranks of the tests; those of one rank keep their order.
  static void sort(std::deque<std::size_t>& queue, const std::vector<rank>& ranks) {
    const auto before = [&ranks](std::size_t one, std::size_t other) { return ranks[one] < ranks[other]; };
    if (!std::is_sorted(queue.begin(), queue.end(), before)) std::stable_sort(queue.begin(), queue.end(), before);
  }

  const std::vector<planned_test>& tests_;
  std::vector<std::size_t> of_;
  std::vector<std::size_t> queued_;  ///< of each suite
  std::size_t some_ = 0;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/plan.hpp

APART_BEGIN_NAMESPACE

/// Which test runs next, and what became of each: the launcher's book. Every planned test is in exactly one state, so
/// that a run passes only when each has reported its own end. Knows no processes; one thread.
class plan {
 public:
  /// `took`: how long each test took in an earlier run, zero where that is not known; or nothing. Of those that may run
  /// side by side the longest are first, and new ones before them; others keep their order.
  explicit plan(std::vector<planned_test> tests, std::vector<std::chrono::microseconds> took = {})
      : tests_(std::move(tests)),
        groups_(tests_),
        suites_(tests_),
        endings_(tests_.size()),
        expected_(std::move(took)) {
    expected_.resize(tests_.size());
    for (std::size_t index = 0; index < tests_.size(); ++index) {
      if (tests_[index].elsewhere) continue;
      (tests_[index].serial ? serial_ : parallel_).push_back(index);
      suites_.queue(index);
      left_to_spend_ += expected_[index];
      not_expected_ += expected_[index].count() == 0 ? 1 : 0;
    }
    suites_.gather(parallel_);
    suites_.gather(serial_);
    suites_.put_longest_first(parallel_, expected_);
  }

  /// From now on in a random order, which the seed decides, the same on every machine; serial ones stay behind. The tests
  /// of a suite stay together, in a random order but for inseparable ones.
  void shuffle(std::uint32_t seed) {
    std::mt19937 random(seed);
    for (std::deque<std::size_t>* const queue : {&parallel_, &serial_}) {
      for (std::size_t last = queue->size(); last > 1; --last) std::swap((*queue)[last - 1], (*queue)[random() % last]);
      suites_.gather(*queue);
    }
  }

  /// Where the run is spread over many: hands out nothing by itself any more. When it has nothing to hand out it asks
  /// `source`, which may `admit` some and says how many are `still_to_come`. Returns what it would have handed out, in
  /// order: lists of what always comes together, serial ones last.
  std::vector<std::vector<std::size_t>> draw_from(std::function<void()> source) {
    source_ = std::move(source);
    std::vector<std::vector<std::size_t>> units;
    for (std::deque<std::size_t>* const queue : {&parallel_, &serial_}) {
      for (const std::size_t index : *queue) {
        tests_[index].elsewhere = true;
        suites_.unqueue(index);
        const bool together = !units.empty() && are_inseparable(units.back().back(), index);
        if (!together) units.emplace_back();
        units.back().push_back(index);
      }
      queue->clear();
    }
    not_expected_ = 0;
    left_to_spend_ = {};
    return units;
  }
  void admit(std::size_t index) {
    tests_[index].elsewhere = false;
    (tests_[index].serial ? serial_ : parallel_).push_back(index);
    suites_.queue(index);
    ++not_expected_;
    expected_[index] = {};
  }
  void still_to_come(std::size_t tests) noexcept { to_come_ = tests; }
  bool is_serial(std::size_t index) const { return tests_[index].serial; }

  /// How many it hands out.
  std::size_t size() const noexcept { return finished_ + running_ + waiting() + to_come_; }
  const std::string& name(std::size_t index) const { return tests_[index].name; }

  /// At most `count` tests to run next, or `of_a_suite` where they are of one suite, now running. Empty: none may start now.
  /// A serial test comes alone, when nothing else runs or waits to; one of a group that is full comes when another one of
  /// it has ended. Inseparable tests come together, however many they are.
  std::vector<std::size_t> take(std::size_t count, std::size_t of_a_suite = 1) {
    std::vector<std::size_t> taken;
    if (stopped_ || serial_running_) return taken;
    if (source_ && waiting() == 0) source_();
    if (parallel_.empty() && running_ == 0 && !serial_.empty()) {
      do {
        taken.push_back(pop(serial_));
      } while (!serial_.empty() && are_inseparable(taken.back(), serial_.front()));
      serial_running_ = true;
    }
    const auto goes_on = [&] {
      if (taken.size() < count || are_inseparable(taken.back(), parallel_.front())) return true;
      const std::size_t suite = suites_.of(taken.back());
      return taken.size() < of_a_suite && suite != suites_.none && suites_.of(parallel_.front()) == suite &&
             suites_.of(taken.front()) == suite;
    };
    while (!parallel_.empty() && goes_on()) {
      if (groups_.enter(parallel_.front())) {
        taken.push_back(pop(parallel_));
      } else {
        parallel_.pop_front();
      }
    }
    bool in_order = false;
    for (const std::size_t index : taken) in_order = in_order || tests_[index].in_order;
    if (in_order) std::sort(taken.begin(), taken.end());
    return taken;
  }

  /// How many tests one worker of `workers` should be given, so that it works about ten milliseconds before it asks
  /// again, and the last tests are spread over all: one where tests take longer than that.
  std::size_t chunk(unsigned workers) const noexcept {
    if (finished_ < workers) return 1;
    return std::max<std::size_t>(1, std::min(in_ten_milliseconds(), part_of_share(workers)));
  }

  /// How many tests take one worker so long, by the mean of those that have ended; at least one.
  std::size_t in_ten_milliseconds() const noexcept {
    using namespace std::chrono_literals;
    if (finished_ == 0) return 1;
    const auto mean = std::max<std::chrono::nanoseconds>(spent_ / static_cast<long>(finished_), 1us);
    return std::max<std::size_t>(1, static_cast<std::size_t>(10ms / mean));
  }

  /// How many of one suite it should be given: all of them, unless there are fewer suites than workers, or it has more tests
  /// than a worker's share.
  std::size_t of_a_suite(unsigned workers) const noexcept {
    return suites_.queued() < workers ? part_of_share(workers) : parallel_.size() / workers + 1;
  }

  /// How much longer `workers` may need: by the times of an earlier run, of new tests by the mean of those that have
  /// ended. Zero: not known.
  std::chrono::nanoseconds left(unsigned workers) const noexcept {
    if (stopped_ || (not_expected_ > 0 && finished_ == 0)) return {};
    const auto mean = spent_ / static_cast<long>(std::max<std::size_t>(finished_, 1));
    return (left_to_spend_ + mean * static_cast<long>(not_expected_)) / std::max(workers, 1U);
  }

  /// A running test has ended. Returns whether one may start for which there was nothing to do before.
  bool end(std::size_t index, outcome result, std::chrono::nanoseconds took) {
    const bool freed = leave_running(index);
    endings_[index] = {true, took};
    left_to_spend_ -= expected_[index];
    not_expected_ -= expected_[index].count() == 0 ? 1 : 0;
    ++finished_;
    spent_ += took;
    switch (result) {
      case outcome::passed:
        ++passed_;
        break;
      case outcome::skipped:
        ++skipped_;
        break;
      case outcome::failed:
        failed_.push_back(index);
        break;
    }
    return freed || running_ == 0;
  }

  /// A running test was not begun after all: it is the next to run.
  void give_back(std::size_t index) {
    leave_running(index);
    suites_.queue(index);
    (tests_[index].serial ? serial_ : parallel_).push_front(index);
  }

  /// From now on no test starts.
  void stop() noexcept { stopped_ = true; }

  /// Whether some test may still start, now or once others have ended.
  bool has_more() const noexcept { return !stopped_ && waiting() + to_come_ > 0; }

  std::size_t finished() const noexcept { return finished_; }
  std::size_t running() const noexcept { return running_; }
  std::size_t passed() const noexcept { return passed_; }
  std::size_t skipped() const noexcept { return skipped_; }
  const std::vector<std::size_t>& failed() const noexcept { return failed_; }

  /// Of one that has ended.
  std::chrono::nanoseconds took(std::size_t index) const { return endings_[index].took; }
  bool has_ended(std::size_t index) const { return endings_[index].has_ended; }

  std::vector<std::size_t> never_ran() const {
    std::vector<std::size_t> missing;
    for (std::size_t index = 0; index < endings_.size(); ++index) {
      if (!has_ended(index) && !tests_[index].elsewhere) missing.push_back(index);
    }
    return missing;
  }

 private:
  bool are_inseparable(std::size_t one, std::size_t other) const {
    return tests_[one].inseparable && tests_[other].inseparable && suites_.of(one) == suites_.of(other);
  }

  struct ending {
    bool has_ended = false;
    std::chrono::nanoseconds took{0};
  };

  std::size_t pop(std::deque<std::size_t>& queue) {
    const std::size_t index = queue.front();
    queue.pop_front();
    ++running_;
    suites_.unqueue(index);
    return index;
  }

  std::size_t part_of_share(unsigned workers) const noexcept {
    return 2 * parallel_.size() / (3 * std::size_t{workers});
  }

  std::size_t waiting() const noexcept { return parallel_.size() + serial_.size() + groups_.waiting(); }

  bool leave_running(std::size_t index) {
    --running_;
    if (tests_[index].serial) {
      serial_running_ = running_ > 0;
      return false;
    }
    const std::vector<std::size_t> next = groups_.leave(index);
    for (std::size_t left = next.size(); left > 0; --left) parallel_.push_front(next[left - 1]);
    return !next.empty();
  }

  std::vector<planned_test> tests_;
  detail::group_slots groups_;
  detail::test_suites suites_;
  std::vector<ending> endings_;
  std::vector<std::chrono::microseconds> expected_;
  std::deque<std::size_t> parallel_;
  std::deque<std::size_t> serial_;
  std::vector<std::size_t> failed_;
  std::chrono::nanoseconds spent_{0};
  std::chrono::nanoseconds left_to_spend_{0};  ///< what is expected of the tests that have not ended
  std::size_t not_expected_ = 0;               ///< of how many of them nothing is known
  std::size_t running_ = 0;
  std::size_t finished_ = 0;
  std::size_t passed_ = 0;
  std::size_t skipped_ = 0;
  std::function<void()> source_;
  std::size_t to_come_ = 0;  ///< at most so many may be admitted
  bool serial_running_ = false;
  bool stopped_ = false;
};

APART_END_NAMESPACE

// ---- apart/launch/run_record.hpp

APART_BEGIN_NAMESPACE

/// When something went on. Of the steady clock, which all processes of a machine share.
struct time_span {
  std::chrono::steady_clock::time_point began{};
  std::chrono::steady_clock::time_point ended{};
};

/// A time in which a test did nothing but wait for others.
struct wait_record {
  std::string what;  ///< 'run_lock "db"', 'per_run "server"'
  time_span when;
};

/// One test that has ended.
struct test_record {
  std::string name;
  outcome result = outcome::passed;
  bool crashed = false;  ///< it took its process with it
  unsigned worker = 0;   ///< in which it ran
  time_span when;        ///< clean-ups included
  std::string why;       ///< what its output does not say of a failure
  std::string output;    ///< all that was printed while it ran, of any bytes
  std::vector<wait_record> waits = {};
  std::vector<std::string> left_running = {};  ///< processes that it started and left: "sleep (process 123)"
};

/// One set-up or tear-down of a `per_run`.
struct per_run_record {
  std::string name;
  bool tear_down = false;
  time_span when;
  std::string failure;  ///< "": it succeeded
};

/// What happened in one run, for the reports that are written from it: all that has ended, in the order of its end.
/// Kept only where a report was asked for.
struct run_record {
  std::string program;
  std::uint32_t seed = 0;
  unsigned workers = 0;
  unsigned round = 1;                               ///< of several, see --repeat
  std::chrono::system_clock::time_point started{};  ///< the same moment as `when.began`, by the calendar
  time_span when;
  std::vector<test_record> tests = {};
  std::vector<per_run_record> set_ups = {};
  std::vector<std::string> never_ran = {};
};

APART_END_NAMESPACE

// ---- apart/launch/console.hpp

APART_BEGIN_NAMESPACE

namespace detail {

/// Nothing where it cannot be written: a terminal that is gone must not end the run.
inline void print_text(std::FILE* stream, std::string_view text) noexcept {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stream));
}

}  // namespace detail

/// A test that runs at the moment.
struct running_now {
  std::string test;
  unsigned worker;
  std::chrono::steady_clock::time_point since;
};

/// What the launcher says to people: on stdout what belongs to the tests, on stderr what went wrong with the run. On a
/// terminal a line shows the progress, and results have colours; neither where the variable CI is set or TERM is dumb, no
/// colours where NO_COLOR is (no-color.org). Elsewhere a plain line says every ten seconds how far the run is.
class console {
 public:
  using moment = std::chrono::steady_clock::time_point;

  explicit console(bool verbose)
      : verbose_(verbose),
        live_(detail::is_terminal(stdout) && !is_set("CI") && std::getenv("TERM") != std::string_view("dumb")),
        coloured_(live_ && !is_set("NO_COLOR")) {}

  bool live() const noexcept { return live_; }

  void test_ended(const test_record& ended) {
    const bool failed = ended.result == outcome::failed;
    if (!ended.left_running.empty()) ++left_running_;
    if (!failed && !verbose_ && ended.left_running.empty()) return;
    clear();
    const char* word = failed ? "FAILED" : ended.result == outcome::skipped ? "skipped" : "passed";
    print("{}: {} (worker {}, {})\n", coloured(word, ended.result), ended.name, ended.worker,
          detail::in_words(ended.when.ended - ended.when.began));
    if (failed || verbose_) print_block(ended.output);
    print_block(ended.why);
    for (const std::string& process : ended.left_running) {
      print("{}: {}; it ends with the run\n", coloured("left running", outcome::skipped), process);
    }
  }

  /// How far the run is, where it is time to say so again. `running`: what began first stands first; `left`: how much
  /// longer it may take, zero where that is not known.
  void progress(const plan& tests, const std::vector<running_now>& running, std::chrono::nanoseconds left, moment now) {
    using namespace std::chrono_literals;
    if (now - told_ < (live_ ? std::chrono::nanoseconds(50ms) : 10s)) return;
    told_ = now;
    std::string line = fmt::format("{}/{}", tests.finished(), tests.size());
    if (!tests.failed().empty()) line += fmt::format(", {} failed", tests.failed().size());
    if (left >= 1s) line += fmt::format(", about {} left", detail::in_words(left));
    if (!live_) return problem(line + fmt::format(", {} running", running.size()));
    const char* before = ": ";
    for (const running_now& one : running) {
      line += fmt::format("{}{} ({})", std::exchange(before, ", "), detail::one_line(one.test),
                          detail::in_words(now - one.since));
    }
    print("\r\x1b[K{}", first_columns(line, detail::columns_of_terminal(stdout) - 1));
    std::fflush(stdout);
    shown_ = true;
  }
  /// When to call it again though nothing has happened.
  moment next_progress() const { return told_ + std::chrono::seconds(live_ ? 1 : 10); }

  /// The time until the first line is counted from then.
  void begin(moment now) noexcept {
    if (!live_) told_ = now;
  }

  /// Something is wrong with the run itself, or worth to know of it.
  void problem(std::string_view text) {
    clear();
    std::fflush(stdout);
    detail::print_text(stderr, fmt::format("apart: {}\n", text));
    std::fflush(stderr);  // not every C library writes it at once
  }

  void block(std::string_view output) {
    clear();
    print_block(output);
  }

  /// `reruns`: for each test that failed, the command that runs it alone. `seed`: where it has decided something. `stopped`:
  /// before its end, so that what the cancelled tests say of themselves is not believed.
  void summary(const plan& tests, const std::vector<std::string>& reruns, unsigned processes,
               std::chrono::nanoseconds took, std::optional<std::uint32_t> seed, bool stopped) {
    clear();
    if (!tests.failed().empty()) print("\nfailed:\n");
    for (std::size_t i = 0; i < tests.failed().size(); ++i) {
      print("  {}\n      {}\n", coloured(tests.name(tests.failed()[i]), outcome::failed), reruns[i]);
    }
    const std::vector<std::size_t> missing = tests.never_ran();
    if (!missing.empty()) print("\nnever ran:\n");
    for (const std::size_t index : missing) print("  {}\n", tests.name(index));
    const std::size_t failed = tests.failed().size();
    print("{}, {}", coloured(fmt::format("{} passed", tests.passed()), outcome::passed),
          failed > 0 ? coloured(fmt::format("{} failed", failed), outcome::failed) : "0 failed");
    if (tests.skipped() > 0) print(", {} skipped", tests.skipped());
    if (!missing.empty()) print(", {} never ran", missing.size());
    if (left_running_ > 0) print(", {} left processes running", left_running_);
    if (stopped) print(", stopped early");
    print(" in {:.2f} s ({} process{}", std::chrono::duration<double>(took).count(), processes,
          processes == 1 ? "" : "es");
    if (seed) print(", seed {}", *seed);
    print(")\n");
    std::fflush(stdout);
  }

  /// The progress line goes: what follows is somebody else's.
  void clear() {
    if (shown_) print("\r\x1b[K");
    shown_ = false;
  }

 private:
  static bool is_set(const char* variable) {
    const char* const value = std::getenv(variable);
    return value != nullptr && *value != '\0';
  }

  std::string coloured(std::string_view text, outcome as) const {
    if (!coloured_) return std::string(text);
    const char* const colour = as == outcome::failed ? "31" : as == outcome::skipped ? "33" : "32";
    return fmt::format("\x1b[{}m{}\x1b[0m", colour, text);
  }

  /// At most so many characters, of text in UTF-8.
  static std::string_view first_columns(std::string_view text, std::size_t columns) {
    std::size_t end = 0;
    for (std::size_t shown = 0; end < text.size(); ++end) {
      const bool begins_character = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
      if (begins_character && shown++ == columns) break;
    }
    return text.substr(0, end);
  }

  template <class... Arguments>
  static void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    detail::print_text(stdout, fmt::format(format, std::forward<Arguments>(arguments)...));
  }

  static void print_block(std::string_view text) {
    if (text.empty()) return;
    detail::print_text(stdout, text);
    if (text.back() != '\n') std::fputc('\n', stdout);
  }

  bool verbose_;
  bool live_;
  bool coloured_;
  bool shown_ = false;
  std::size_t left_running_ = 0;  ///< tests that have left something running
  moment told_{};                 ///< when the progress was last shown
};

APART_END_NAMESPACE

// ---- apart/launch/detail/left_running.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Finds what each test leaves running, and describes it for people. It is not ended here: what it serves may be a static
/// object of the test program. What has ended is no find.
class left_running {
 public:
  /// Those of `processes`, sorted, that were not there at the last call.
  std::vector<std::string> describe_new(const std::vector<process_number>& processes) {
    std::vector<std::string> found;
    for (const process_number process : processes) {
      if (std::binary_search(known_.begin(), known_.end(), process)) continue;
      if (const auto text = describe_process(process)) found.push_back(*text);
    }
    known_ = processes;
    return found;
  }

  bool knows(process_number process) const { return std::binary_search(known_.begin(), known_.end(), process); }

 private:
  std::vector<process_number> known_;
};

/// In a worker: its children. They end with it, or, in a group of their own, with the run.
class left_children {
 public:
  std::vector<std::string> describe_new() { return left_.describe_new(children_left()); }

 private:
  left_running left_;
};

/// In the launcher, which adopts what has lost its parent. They end with the run. What has lost its parent late may have
/// been started by an earlier test of that worker.
class left_orphans {
 public:
  /// Those that `worker` or one of its descendants has started; what others have started is left for their turn. The
  /// launcher's own children are `members`, sorted.
  std::vector<std::string> describe_new_of(process_number worker, unsigned index,
                                           const std::vector<process_number>& members) {
    std::vector<process_number> orphans;
    for (const process_number child : adopted_.list()) {
      if (std::binary_search(members.begin(), members.end(), child)) continue;
      if (left_.knows(child) || launched_ancestor_of(child) == worker) orphans.push_back(child);
    }
    std::vector<std::string> found = left_.describe_new(orphans);
    for (std::string& one : found) one += ", of this or an earlier test of worker " + std::to_string(index);
    return found;
  }

 private:
  adopted_children adopted_;
  left_running left_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/set_ups_of_machines.hpp

APART_BEGIN_NAMESPACE

/// The set-ups that a run over machines has once, seen from one of them: the machine that asks first owns a set-up, runs it
/// and tears it down; the others use its payload. Those of `scope::machine`, and all where the run has one machine, are
/// always this one's own.
///
/// The owner holds a lock from the decision to the tear-down, and each machine shares another one while something there may
/// stand on the set-up. Both go with a machine that dies: what was not decided falls to the next that asks, what was is
/// torn down by the last that has used it. After the tear-down it can be set up anew.
/// One thread. Errors: none; where the coordinator is lost, set-ups fail with its text, and no tear-down waits for others.
/// A cycle of set-ups that two machines walk in at once is not found: it ends with the time limits of the tests.
class set_ups_of_machines {
 public:
  /// Null: the run has one machine.
  explicit set_ups_of_machines(coordinator* run) : run_(run) {}

  /// This machine is to set it up, and to say `decided` or `give_up`; or what has become of it; or neither: ask again.
  struct answer {
    bool is_mine = false;
    std::optional<detail::set_up_outcome> outcome;
  };
  answer ask(const std::string& name) {
    if (!is_shared(name)) return {true, std::nullopt};
    answer found;
    detail::attempt([&] { found = decide(name); },
                    [&](const char* text) {
                      found = {false, detail::set_up_outcome{false, text}};
                    });
    return found;
  }

  void decided(const std::string& name, const detail::set_up_outcome& outcome) {
    if (!is_shared(name)) return;
    detail::attempt(
        [&] {
          static_cast<void>(run_->create(text_of(name), (outcome.ready ? '1' : '0') + outcome.bytes));
          if (!outcome.ready) forget(name);
        },
        lost);
  }
  /// Another machine may set it up.
  void give_up(const std::string& name) {
    if (is_shared(name)) detail::attempt([&] { forget(name); }, lost);
  }

  /// Nothing here stands on it any more. Returns whether this machine owns it now, since its owner has died.
  bool leave(const std::string& name) {
    bool is_mine = false;
    if (times_.count(name) == 0) return false;
    detail::attempt(
        [&] {
          run_->unlock(use_of(name));
          is_mine = run_->try_lock(owner_of(name)) && !run_->read(end_of(name)) && run_->read(text_of(name));
          if (!is_mine) forget(name);
        },
        lost);
    return is_mine;
  }

  /// Of one that this machine owns. False: another one may stand on it: ask again.
  bool may_tear_down(const std::string& name) {
    if (!is_shared(name)) return true;
    bool may = true;
    detail::attempt(
        [&] {
          run_->unlock(use_of(name));  // its own share
          may = run_->try_lock(use_of(name));
        },
        lost);
    return may;
  }
  void torn_down(const std::string& name) {
    if (!is_shared(name) || times_.count(name) == 0) return;
    detail::attempt(
        [&] {
          static_cast<void>(run_->create(end_of(name), ""));
          forget(name);
        },
        lost);
  }

 private:
  bool is_shared(const std::string& name) const {
    int count = 0;
    const detail::set_up_entry* const entry = run_ == nullptr ? nullptr : detail::set_up_entry::find(name, count);
    return entry != nullptr && !entry->is_of_machine();
  }

  answer decide(const std::string& name) {
    if (times_.count(name) == 0 && !share(name)) return {};
    auto known = outcome_of(name);
    const bool is_free = !known && run_->try_lock(owner_of(name));
    if (is_free) known = outcome_of(name);  // by an owner that has gone since
    if (is_free && !known) return {true, std::nullopt};
    if (is_free) run_->unlock(owner_of(name));
    if (known && !known->ready) forget(name);
    return {false, known};
  }

  /// False: it is being torn down.
  bool share(const std::string& name) {
    for (unsigned time = 0;; ++time) {
      times_[name] = time;
      const bool shared = run_->try_lock_shared(use_of(name));
      const bool ended = run_->read(end_of(name)).has_value();
      if (shared && !ended) return true;
      if (shared) run_->unlock(use_of(name));
      if (ended) continue;
      times_.erase(name);
      return false;
    }
  }

  void forget(const std::string& name) {
    run_->unlock(owner_of(name));
    run_->unlock(use_of(name));
    times_.erase(name);
  }

  std::optional<detail::set_up_outcome> outcome_of(const std::string& name) {
    const auto text = run_->read(text_of(name));
    if (!text || text->empty()) return std::nullopt;
    return detail::set_up_outcome{text->front() == '1', text->substr(1)};
  }

  std::string owner_of(const std::string& name) const { return entry("owner", name); }
  std::string use_of(const std::string& name) const { return entry("use", name); }
  std::string text_of(const std::string& name) const { return entry("outcome", name); }
  std::string end_of(const std::string& name) const { return entry("end", name); }
  std::string entry(const char* kind, const std::string& name) const {
    return fmt::format("{} {} of set-up {}", kind, times_.at(name), name);
  }

  /// The launcher hears of it by the session.
  static void lost(const char*) {}

  coordinator* const run_;
  std::map<std::string, unsigned> times_;  ///< of those that this machine shares: how often each was torn down before
};

APART_END_NAMESPACE

// ---- apart/launch/detail/kept_set_ups.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What was set up and is still to be torn down, the last first: what other machines may stand on when they have left it,
/// and what they have set up is only left.
class kept_set_ups {
 public:
  struct set_up {
    std::string name;
    std::string payload;
    bool is_ours;
    bool is_taken = false;
  };

  explicit kept_set_ups(set_ups_of_machines& others) : others_(others) {}

  bool empty() const noexcept { return kept_.empty(); }
  /// In order of their set-up.
  const std::vector<set_up>& all() const noexcept { return kept_; }

  void add(const std::string& name, const std::string& payload, bool is_ours) {
    kept_.push_back({name, payload, is_ours});
  }

  /// Who tore down has died: what was not done is to be taken again.
  void begin_again() {
    for (set_up& one : kept_) one.is_taken = false;
  }

  /// Until the last one is this machine's own.
  void leave_others() {
    while (!kept_.empty() && !kept_.back().is_ours) {
      kept_.back().is_ours = others_.leave(kept_.back().name);
      if (!kept_.back().is_ours) kept_.pop_back();
    }
  }

  /// Those whose turn it is; where other machines stand on the next one, `at_once` takes it all the same.
  std::vector<set_up> take(bool at_once) {
    std::vector<set_up> taken;
    for (auto one = kept_.rbegin(); one != kept_.rend() && one->is_ours; ++one) {
      if (one->is_taken) continue;
      if (!at_once && !others_.may_tear_down(one->name)) break;
      one->is_taken = true;
      taken.push_back(*one);
    }
    return taken;
  }

  void torn_down(const std::string& name) {
    const auto has_name = [&](const set_up& one) { return one.name == name; };
    kept_.erase(std::remove_if(kept_.begin(), kept_.end(), has_name), kept_.end());
    others_.torn_down(name);
  }

 private:
  set_ups_of_machines& others_;
  std::vector<set_up> kept_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/detail/own_worlds.hpp

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

// ---- apart/launch/member.hpp

APART_BEGIN_NAMESPACE

/// One process that the launcher has started, seen from the launcher: its id, both sockets to it, and what it prints.
/// `pid` is 0 once it has ended and has been reaped.
struct member {
  detail::process_number pid = 0;
  detail::connection work;
  detail::connection news;
  std::unique_ptr<detail::captured_output> output;
  std::vector<temp_dir> layers = {};  ///< what it writes to its private views
  std::uint64_t taken = 0;            ///< of its output

  bool alive() const noexcept { return pid != 0; }

  void add_to(detail::poll_set& waited) const {
    for (const detail::connection* line : {&work, &news}) {
      if (alive() && !line->closed()) waited.add(line->descriptor(), line->has_unsent());
    }
  }

  /// Sends what could not be sent at once.
  void flush() {
    if (work.has_unsent()) work.flush();
    if (news.has_unsent()) news.flush();
  }

  /// What it has printed since the last call.
  std::string take_output() {
    if (output == nullptr) return {};  // it has never been started
    const std::uint64_t end = output->size();
    return output->read(std::exchange(taken, end), end);
  }

  /// Cancels its process context.
  void cancel(const std::string& cause) {
    if (alive()) news.post(detail::wire_writer(detail::message::cancel).text(cause));
  }

  /// A worker prints its stack, and its group is asked to end, see `print_stack_on_quit`.
  void ask_to_end() const noexcept {
    if (alive()) detail::ask_for_stack_and_end(pid);
  }

  /// Ends it and all in its group, at once.
  void end() noexcept {
    signal(detail::group_signal::kill);
    if (alive()) detail::kill_and_reap(std::exchange(pid, 0));
  }

  /// To the process and all in its group. Nothing where it has ended.
  void signal(detail::group_signal what) const noexcept {
    if (alive()) detail::signal_group(pid, what);
  }
};

/// What distinguishes the processes of one launcher from those of others in the same run.
struct run_part {
  std::uint64_t run_bits = detail::random_bits();  ///< the run's
  std::uint32_t first_process = 0;                 ///< number of a process
  unsigned first_worker = 0;                       ///< index of a worker
};

/// Starts the processes of a run, and gives each what makes it one of them: the run's identity, a number that no other
/// has had, the place where they meet, its sockets. A run that is started inside a worker of another is a run of its own.
class member_starter {
 public:
  explicit member_starter(const launch_options& options, const run_part& part = {})
      : arguments_(options.all_arguments),
        workers_(part.first_worker + options.procs),
        worlds_(options),
        part_(part),
        next_number_(part.first_process) {
    for (const detail::launch_option& option : detail::launch_option_table) {
      if (!option.without_procs) removed_.push_back(option.variable());
    }
    if (options.timeout) limit_ = fmt::format("APART_TIMEOUT={}", in_seconds(*options.timeout));
    const char* given = std::getenv("APART_RUN_ID");
    const bool inside_a_worker = std::getenv("APART_WORKER") != nullptr;
    run_id_ = given != nullptr && !inside_a_worker ? given : fmt::format("{:016x}", detail::random_bits());
  }
  member_starter(const member_starter&) = delete;
  member_starter& operator=(const member_starter&) = delete;

  const std::string& run_id() const noexcept { return run_id_; }

  member start_worker(unsigned index) {
    std::vector<std::string> environment;
    if (detail::own_directories::of_this_process().wanted()) environment = detail::own_directory_variables_not_set();
    environment.push_back(fmt::format("APART_WORKER={}", part_.first_worker + index));
    environment.push_back(fmt::format("APART_WORKERS={}", workers_));
    return start('w', members_.for_worker(), std::move(environment));
  }

  member start_keeper() { return start('k', members_.for_keeper(), {}); }

 private:
  member start(char role, int membership, std::vector<std::string> environment) {
    const auto [work, work_there] = detail::socket_pair();
    const auto [news, news_there] = detail::socket_pair();
    member started{0, detail::connection(work), detail::connection(news), std::make_unique<detail::captured_output>()};
    const detail::connection closed_here[] = {detail::connection(work_there), detail::connection(news_there)};

    detail::child_settings settings;
    settings.arguments = arguments_;
    settings.environment = std::move(environment);
    settings.environment.push_back("APART_RUN_ID=" + run_id_);
    settings.removed = removed_;
    if (!limit_.empty()) settings.environment.push_back(limit_);
    if (!coordinator_.empty()) settings.environment.push_back(coordinator_);
    const std::string variable = fmt::format("{}=", detail::launched_variable);
    settings.pid_offset = variable.size();
    settings.environment.push_back(fmt::format("{}0000000000:{}:{}:{}:{}:{}:{:x}", variable, role, work_there,
                                               news_there, membership, next_number_++, part_.run_bits));
    settings.descriptors = {work_there, news_there, membership};
    settings.output = started.output->descriptor();
    settings.own_session = role == 'k';
    if (role == 'w') {
      detail::worker_world own = worlds_.make();
      settings.world = std::move(own.world);
      started.layers = std::move(own.layers);
    }
    started.pid = detail::start_child(std::move(settings));
    return started;
  }

  /// As APART_TIMEOUT takes it: "0" is for ever.
  static std::string in_seconds(std::chrono::nanoseconds limit) {
    return limit == launch_options::for_ever ? "0" : fmt::format("{}s", std::chrono::duration<double>(limit).count());
  }

  std::vector<std::string> arguments_;
  std::vector<std::string> removed_;  ///< the launcher's own variables: what a test starts is not launched by them
  std::string limit_;                 ///< of a test
  unsigned workers_;
  detail::own_worlds worlds_;
  run_part part_;
  std::string run_id_;
  const std::string coordinator_ = detail::coordinator_for_members();
  std::uint32_t next_number_;
  const detail::members_pipe members_;
};

APART_END_NAMESPACE

// ---- apart/launch/keeper.hpp

APART_BEGIN_NAMESPACE

/// The launcher's side of the keeper, and its memory of every `per_run`: who waits for it, what it gave, what is still
/// to be torn down. The keeper starts at the first request. When it dies, all that were waiting and all who ask later
/// are told how, and a second one is started only to tear down. Over machines another one may be who sets up.
class keeper {
 public:
  using moment = std::chrono::steady_clock::time_point;

  /// `record`: where set-ups are noted; null: nowhere. `grace`: how long a set-up that is cancelled since no test waits for
  /// it any more has to end.
  keeper(member_starter& starter, set_ups_of_machines& others, console& out, run_record* record,
         std::chrono::nanoseconds grace)
      : starter_(starter), others_(others), out_(out), record_(record), grace_(grace) {}

  const member& process() const noexcept { return process_; }
  /// When to call `turn`, and then `tear_down`, again though nothing has happened.
  moment next() const noexcept { return std::min(next_, ask_again_); }
  void end() noexcept { process_.end(); }
  /// To its process where that sets up or tears down. One that only keeps what there is, is needed for the tear-down.
  void end_what_runs(detail::group_signal what) {
    if (!tearing_down_ && running() == set_ups_.end()) return;
    ended_with_the_run_ = true;
    process_.signal(what);
  }

  /// Whether some set-up failed that was not cancelled, or its process died; whether some tear-down did.
  bool set_up_failed() const noexcept { return set_up_failed_; }
  bool tear_down_failed() const noexcept { return tear_down_failed_; }

  /// `asking` needs the payload of that name, and is told as soon as it is decided.
  void need(const std::string& name, detail::connection& asking) {
    set_up& wanted = set_ups_[name];
    if (wanted.decided) return answer(name, wanted, asking);
    wanted.waiting.push_back(&asking);
    if (wanted.is_ours) return let_keeper_go_on(name, wanted);
    if (wanted.waiting.size() == 1) begin(name, wanted);
  }

  /// Nobody waits on this connection any more: its process has ended.
  void forget(const detail::connection& gone) {
    for (auto& [name, wanted] : set_ups_) {
      auto& waiting = wanted.waiting;
      for (std::size_t i = waiting.size(); i-- > 0;) {
        if (waiting[i] == &gone) waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }

  /// The run is cancelled: so are the set-up that runs and its waits, and those of a keeper that is yet to start.
  void cancel(const std::string& cause) {
    if (!std::exchange(cancelled_, true)) cause_ = cause;
    process_.cancel(cause);
  }

  /// Asks what has become of other machines' set-ups, sends what could not be sent, and takes what the keeper has said.
  void turn() {
    ask_again_ = moment::max();
    for (auto& [name, wanted] : set_ups_) {
      if (!wanted.decided && !wanted.is_ours && !wanted.waiting.empty()) begin(name, wanted);
    }
    if (!process_.alive()) return;
    process_.flush();
    process_.news.poll();
    while (auto told = process_.news.take()) {
      if (told->kind() == detail::message::need) need(told->text(), process_.news);
    }
    process_.work.poll();
    while (auto told = process_.work.take()) {
      const std::string name = told->text();
      if (told->kind() == detail::message::payload) {
        const bool ready = told->number() != 0;
        const std::string bytes = told->text();
        note(name, false, ready ? std::string() : bytes, *told);
        decide(name, ready, bytes);
      } else if (told->kind() == detail::message::torn_down) {
        const std::string failure = told->text();
        note(name, true, failure, *told);
        torn_down(name, failure);
      }
    }
  }

  /// The keeper's process has ended.
  void ended(int status) {
    turn();
    process_.pid = 0;
    process_.work.close();
    forget(process_.news);
    if (stopped_ && status == 0 && to_tear_down_.empty()) return;
    const std::string how = detail::how_it_ended(status);
    cause_of_death_ = fmt::format("the process that keeps what the run has set up {}", how);
    out_.problem(tearing_down_ && !to_tear_down_.empty() ? fmt::format("per_run \"{}\": {} while it was torn down",
                                                                       to_tear_down_.all().back().name, cause_of_death_)
                                                         : cause_of_death_);
    out_.block(process_.take_output());
    if (tearing_down_ || !ended_with_the_run_) (tearing_down_ ? tear_down_failed_ : set_up_failed_) = true;
    for (auto& [name, wanted] : set_ups_) {
      if (!wanted.decided && wanted.is_ours) lose(name);
    }
  }

  /// No worker is left: tears down what was set up, the last first; what other machines stand on when they have left it, or
  /// `at_once`. A set-up that runs is cancelled first, and where that does not end it, its process is ended. Call again
  /// whenever something has happened and at `next()`, until false: nothing is left to be done. A keeper that dies in a
  /// tear-down is replaced once.
  bool tear_down(bool at_once) {
    leave_others();
    if (!process_.alive()) {
      if (to_tear_down_.empty()) return false;
      if (tear_downs_started_ == 2) {
        for (const auto& one : to_tear_down_.all()) {
          out_.problem(fmt::format("per_run \"{}\" was not torn down: its process died twice in it", one.name));
        }
        return false;
      }
      process_ = starter_.start_keeper();
      tearing_down_ = false;
      to_tear_down_.begin_again();
    }
    if (const auto one = running(); one != set_ups_.end()) {
      end_set_up(one->first);
      return true;
    }
    next_ = moment::max();
    if (to_tear_down_.empty()) {
      if (!std::exchange(stopped_, true)) process_.work.post(detail::wire_writer(detail::message::stop));
    } else {
      order_tear_downs(at_once);
    }
    return true;
  }

 private:
  struct set_up {
    bool decided = false;
    bool is_ours = false;  ///< the keeper sets it up, or has
    bool ready = false;
    std::string bytes;
    std::vector<detail::connection*> waiting;
  };

  /// One that the keeper sets up.
  std::map<std::string, set_up>::const_iterator running() const {
    return std::find_if(set_ups_.begin(), set_ups_.end(),
                        [](const auto& one) { return one.second.is_ours && !one.second.decided; });
  }

  /// By the keeper, unless another machine does.
  void begin(const std::string& name, set_up& wanted) {
    const auto said = others_.ask(name);
    if (said.outcome) return decide(name, said.outcome->ready, said.outcome->bytes);
    wanted.is_ours = said.is_mine;
    if (!said.is_mine) return wait_for_others();
    if (!process_.alive() && cause_of_death_.empty()) start();
    if (!cause_of_death_.empty()) return lose(name);
    process_.work.post(detail::wire_writer(detail::message::set_up).text(name));
    let_keeper_go_on(name, wanted);
  }

  /// Where it asks inside of another set-up, it does this one there.
  void let_keeper_go_on(const std::string& name, set_up& wanted) {
    auto& waiting = wanted.waiting;
    const auto its_own = std::find(waiting.begin(), waiting.end(), &process_.news);
    if (its_own == waiting.end()) return;
    waiting.erase(its_own);
    process_.news.post(detail::wire_writer(detail::message::yours).text(name));
  }

  void wait_for_others() { ask_again_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(20); }

  /// What they have set up, and what they were asked for in vain.
  void leave_others() {
    for (auto& [name, wanted] : set_ups_) {
      if (!wanted.decided && !wanted.is_ours && others_.leave(name)) others_.give_up(name);
    }
    to_tear_down_.leave_others();
  }

  void order_tear_downs(bool at_once) {
    const auto next = to_tear_down_.take(at_once);
    if (next.empty() && !to_tear_down_.all().back().is_taken) wait_for_others();
    if (next.empty()) return;
    if (!std::exchange(tearing_down_, true)) ++tear_downs_started_;
    detail::wire_writer order(detail::message::tear_down);
    order.number(next.size());
    for (const auto& one : next) order.text(one.name).text(one.payload);
    process_.work.post(std::move(order));
  }

  /// Nobody waits for it any more.
  void end_set_up(const std::string& name) {
    const moment now = std::chrono::steady_clock::now();
    if (steps_ > 0 && now < next_) return;
    next_ = now + grace_;
    switch (steps_++) {
      case 0:
        if (!cancelled_)
          out_.problem(fmt::format("per_run \"{}\": no test waits for it any more, it is cancelled", name));
        return cancel("no test waits for it any more");
      case 1:
        out_.problem(
            fmt::format("per_run \"{}\": still running, though it is cancelled: its process is asked to end", name));
        return process_.signal(detail::group_signal::end);
      default:
        out_.problem(fmt::format("per_run \"{}\": still running: its process is killed", name));
        return process_.signal(detail::group_signal::kill);
    }
  }

  void start() {
    detail::attempt([this] { process_ = starter_.start_keeper(); },
                    [this](const char* text) {
                      cause_of_death_ = fmt::format("the process that sets up could not be started ({})", text);
                    });
    if (cancelled_) process_.cancel(cause_);
  }

  void note(const std::string& name, bool tear_down, const std::string& failure, detail::wire_reader& told) {
    const auto began = told.moment();
    if (record_ != nullptr) record_->set_ups.push_back({name, tear_down, {began, told.moment()}, failure});
  }

  /// There is no keeper that could set it up.
  void lose(const std::string& name) {
    const std::string why = fmt::format("per_run \"{}\": {} before it was set up", name, cause_of_death_);
    const auto now = std::chrono::steady_clock::now();
    if (record_ != nullptr) record_->set_ups.push_back({name, false, {now, now}, why});
    decide(name, false, why);
  }

  void decide(const std::string& name, bool ready, const std::string& bytes) {
    set_up& wanted = set_ups_[name];
    wanted.decided = true;
    wanted.ready = ready;
    wanted.bytes = bytes;
    const bool may_succeed_elsewhere = !ready && cancelled_;
    if (wanted.is_ours) may_succeed_elsewhere ? others_.give_up(name) : others_.decided(name, {ready, bytes});
    if (ready) {
      to_tear_down_.add(name, bytes, wanted.is_ours);
    } else if (!cancelled_) {
      const std::string printed = wanted.is_ours ? process_.take_output() : std::string();
      if (!std::exchange(set_up_failed_, true) || !printed.empty()) out_.problem(bytes);
      out_.block(printed);
    }
    for (detail::connection* asking : std::exchange(wanted.waiting, {})) answer(name, wanted, *asking);
  }

  static void answer(const std::string& name, const set_up& decided, detail::connection& asking) {
    asking.post(
        detail::wire_writer(detail::message::payload).text(name).number(decided.ready ? 1 : 0).text(decided.bytes));
  }

  void torn_down(const std::string& name, const std::string& failure) {
    to_tear_down_.torn_down(name);
    if (failure.empty()) return;
    tear_down_failed_ = true;
    out_.problem(failure);
    out_.block(process_.take_output());
  }

  member_starter& starter_;
  set_ups_of_machines& others_;
  console& out_;
  run_record* record_;
  const std::chrono::nanoseconds grace_;
  member process_;
  std::map<std::string, set_up> set_ups_;
  detail::kept_set_ups to_tear_down_{others_};
  std::string cause_of_death_;
  bool cancelled_ = false;
  std::string cause_;
  int steps_ = 0;                     ///< by which the set-up that nobody waits for is ended
  moment next_ = moment::max();       ///< when the next one is due
  moment ask_again_ = moment::max();  ///< what other machines have done
  int tear_downs_started_ = 0;
  bool tearing_down_ = false;
  bool stopped_ = false;  ///< the keeper's process, by this one
  bool set_up_failed_ = false;
  bool tear_down_failed_ = false;
  bool ended_with_the_run_ = false;
};

APART_END_NAMESPACE

// ---- apart/launch/detail/pauses.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The times in which a run was stopped (SIGTSTP). What stood still then has not taken long.
class pauses {
 public:
  void add(const time_span& paused) { all_.push_back(paused); }

  /// How long that took without them.
  std::chrono::nanoseconds length_without(const time_span& given) const {
    std::chrono::nanoseconds length = given.ended - given.began;
    for (const time_span& one : all_) {
      const auto common = std::min(one.ended, given.ended) - std::max(one.began, given.began);
      length -= std::max<std::chrono::nanoseconds>(common, std::chrono::nanoseconds(0));
    }
    return length;
  }

 private:
  std::vector<time_span> all_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/detail/test_clock.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// How long one who has exceeded its limit has to come to its end before the next stronger means: as long as the limit
/// was, but a tenth of a second at least and ten seconds at most.
constexpr std::chrono::nanoseconds grace_after(std::chrono::nanoseconds limit) noexcept {
  return std::clamp<std::chrono::nanoseconds>(limit, std::chrono::milliseconds(100), std::chrono::seconds(10));
}

/// The time of the test that a worker runs: says when it is to be named, asked to end, and killed. Measures nothing
/// itself: every moment is handed in.
class test_clock {
 public:
  using moment = std::chrono::steady_clock::time_point;
  using duration = std::chrono::nanoseconds;

  enum class due { nothing, to_be_named, to_be_asked, to_be_killed };

  /// `limit`: after which a test's context expires, duration::max() for none; a test is named each `slow`.
  test_clock(duration limit, duration slow) noexcept : limit_(limit), slow_(slow) {}

  void start(moment now) noexcept {
    began_ = part_began_ = now;
    named_ = 0;
    stage_ = 0;
    spared_ = false;
    running_ = true;
  }
  void stop() noexcept { running_ = false; }

  /// The test goes on with a part that has the whole limit once more. Of no effect once it has been asked to end.
  void renew(moment now) noexcept { part_began_ = now; }
  /// The test has no limit any more.
  void spare() noexcept { spared_ = true; }
  /// The test was stopped for that long.
  void shift(duration paused) noexcept {
    began_ += paused;
    part_began_ += paused;
    asked_ += paused;
  }

  bool running() const noexcept { return running_; }
  /// As if it had never been stopped.
  moment began() const noexcept { return began_; }
  bool spared() const noexcept { return spared_; }
  /// Whether it has been asked to end, or killed, for its limit.
  bool exceeded() const noexcept { return stage_ > 0 && !spared_; }

  /// What is due at that moment, once. It is asked to end one grace after the limit, and killed after another.
  due take(moment now) noexcept {
    if (!running_) return due::nothing;
    if (now >= next_stage()) {
      asked_ = now;
      return ++stage_ == 1 ? due::to_be_asked : due::to_be_killed;
    }
    if (now < naming()) return due::nothing;
    named_ = (now - began_) / slow_;
    return due::to_be_named;
  }

  /// When to ask again.
  moment next() const noexcept { return running_ ? std::min(next_stage(), naming()) : moment::max(); }

 private:
  moment next_stage() const noexcept {
    if (limit_ == duration::max() || spared_ || stage_ == 2) return moment::max();
    return stage_ == 1 ? asked_ + grace_after(limit_) : after(after(part_began_, limit_), grace_after(limit_));
  }

  moment naming() const noexcept {
    return slow_ > duration::max() / (named_ + 1) ? moment::max() : after(began_, (named_ + 1) * slow_);
  }

  /// Never, where the clock cannot count so far.
  static moment after(moment begin, duration wait) noexcept {
    return wait > moment::max() - begin ? moment::max() : begin + wait;
  }

  duration limit_;
  duration slow_;
  moment began_{};
  moment part_began_{};
  moment asked_{};           ///< when it was asked to end
  duration::rep named_ = 0;  ///< how often
  int stage_ = 0;            ///< 1: asked to end, 2: killed
  bool spared_ = false;
  bool running_ = false;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/worker.hpp

APART_BEGIN_NAMESPACE

/// One worker of a run, seen from the launcher: its process, which a new one replaces, and the tests that it was given.
struct worker_of_crew {
  worker_of_crew(unsigned number, const launch_options& options)
      : index(number),
        tests_have_a_limit(options.timeout.has_value()),
        clock(options.timeout.value_or(launch_options::for_ever), options.slow) {}

  const unsigned index;
  const bool tests_have_a_limit;
  member process;
  detail::process_number started_as = 0;  ///< its process, also once that has ended
  std::deque<std::size_t> given;          ///< the first is the one that it runs
  detail::test_clock clock;               ///< of that one
  std::uint64_t shown = 0;                ///< where in its output that one begins
  bool greeted = false;
  bool asks = false;     ///< for tests, and has got none yet
  bool has_run = false;  ///< a test, in this process
  bool stopping = false;

  bool idle() const noexcept { return process.alive() && asks && !stopping; }

  const char* where_no_test_runs() const noexcept {
    return stopping ? "after its last test" : greeted ? "between two tests" : "before its first test";
  }

  void start(member_starter& starter, std::uint32_t seed) {
    process = starter.start_worker(index);
    started_as = process.pid;
    shown = 0;
    greeted = asks = has_run = stopping = false;
    process.work.post(detail::wire_writer(detail::message::begin).number(seed).number(tests_have_a_limit ? 1 : 0));
  }

  void stop() {
    stopping = true;
    process.work.post(detail::wire_writer(detail::message::stop));
  }

  void run(const std::vector<std::size_t>& tests, bool until_one_fails) {
    asks = false;
    has_run = true;
    given.assign(tests.begin(), tests.end());
    clock.start(std::chrono::steady_clock::now());
    detail::wire_writer order(detail::message::run);
    order.number(until_one_fails ? 1 : 0).number(tests.size());
    for (const std::size_t index_of_test : tests) order.number(index_of_test);
    process.work.post(std::move(order));
  }

  /// What it was given and has not begun.
  void give_back(plan& tests) {
    for (; !given.empty(); given.pop_back()) tests.give_back(given.back());
    clock.stop();
  }

  /// The first of what it was given has ended.
  void drop_first() {
    given.pop_front();
    given.empty() ? clock.stop() : clock.start(std::chrono::steady_clock::now());
  }
};

namespace detail {

/// What a worker tells of the end of a test, behind the index.
struct finished_message {
  test_record test;
  time_span longest_body;
  std::uint64_t output_begins;
  std::uint64_t output_ends;
  bool left_are_its_own;  ///< what the worker's process has started meanwhile may be the process's, not the test's

  static finished_message read(wire_reader& told, const std::string& name, unsigned worker) {
    finished_message read{{name, outcome_in(told), false, worker, {}, {}, {}}, {}, 0, 0, false};
    read.test.when.began = told.moment();
    read.test.when.ended = told.moment();
    read.longest_body.began = told.moment();
    read.longest_body.ended = told.moment();
    read.output_begins = told.number();
    read.output_ends = told.number();
    read.test.why = told.text();
    read.left_are_its_own = told.number() != 0;
    for (std::uint64_t left = told.number(); left > 0; --left) read.test.left_running.push_back(told.text());
    for (std::uint64_t left = told.number(); left > 0; --left) {
      wait_record wait{told.text(), {}};
      wait.when.began = told.moment();
      wait.when.ended = told.moment();
      read.test.waits.push_back(std::move(wait));
    }
    return read;
  }

 private:
  static outcome outcome_in(wire_reader& told) {
    const std::uint64_t number = told.number();
    if (number > static_cast<std::uint64_t>(outcome::skipped))
      raise(error("a worker told of a test's end, but not how"));
    return static_cast<outcome>(number);
  }
};

/// The first place where the list that a worker tells is another one than what was planned, in words, and what to do.
inline std::string difference_of(wire_reader& told, const std::vector<planned_test>& expected) {
  std::vector<std::string> theirs;
  for (std::uint64_t left = told.number(); left > 0; --left) theirs.push_back(told.text());
  std::size_t at = 0;
  while (at < theirs.size() && at < expected.size() && theirs[at] == expected[at].name) ++at;
  return fmt::format(
      "number {} is {} there and {} here; give tests names and an order that are the same in every process", at + 1,
      at < theirs.size() ? '"' + theirs[at] + '"' : "missing",
      at < expected.size() ? '"' + expected[at].name + '"' : "missing");
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/test_limits.hpp

APART_BEGIN_NAMESPACE

/// Looks at the clocks of the running tests: names those that take long, and ends those that go on though their context
/// has (`--timeout`): by SIGQUIT, upon which the worker prints its stack and asks its group to end, and one grace later by
/// SIGKILL. One that a debugger follows at that moment has no limit any more.
class test_limits {
 public:
  using moment = std::chrono::steady_clock::time_point;

  test_limits(const launch_options& options, const plan& tests, std::list<worker_of_crew>& workers, console& out)
      : options_(options), plan_(tests), workers_(workers), out_(out) {}

  /// When to look next.
  moment next() const noexcept {
    moment soonest = moment::max();
    for (const worker_of_crew& one : workers_) soonest = std::min(soonest, one.clock.next());
    return soonest;
  }

  void look(moment now) {
    for (worker_of_crew& one : workers_) {
      if (one.process.alive() && one.clock.next() <= now) look(one, now);
    }
  }

  /// All were stopped for that long.
  void shift(const time_span& paused) {
    pauses_.add(paused);
    for (worker_of_crew& one : workers_) one.clock.shift(paused.ended - paused.began);
  }
  std::chrono::nanoseconds took(const test_record& ended) const { return pauses_.length_without(ended.when); }

  /// The running tests, the one that began first is the first.
  std::vector<running_now> running() const {
    std::vector<running_now> all;
    for (const worker_of_crew& one : workers_) {
      if (!one.given.empty()) all.push_back({plan_.name(one.given.front()), one.index, one.clock.began()});
    }
    std::sort(all.begin(), all.end(), [](const running_now& a, const running_now& b) { return a.since < b.since; });
    return all;
  }

  /// Tells people which tests run at the moment.
  void name_running() const {
    for (const running_now& one : running()) {
      out_.problem(fmt::format("still running: {} (worker {})", one.test, one.worker));
    }
  }

  /// The running test of `one` has ended; it has failed where a body of it took too long. Clean-ups have a limit of their
  /// own, and only its end is told to them.
  void judge(const worker_of_crew& one, const time_span& longest_body, test_record& ended) const {
    const auto took = pauses_.length_without(longest_body);
    if (ended.result == outcome::failed || !options_.timeout || took <= *options_.timeout) return;
    if (one.clock.spared() || is_followed(one)) return;
    ended.result = outcome::failed;
    ended.why = fmt::format("it took {}, longer than --timeout={}", detail::in_words(took), limit());
  }

 private:
  void look(worker_of_crew& one, moment now) {
    using due = detail::test_clock::due;
    const due what = one.clock.take(now);
    if ((what == due::to_be_asked || what == due::to_be_killed) && is_followed(one)) return one.clock.spare();
    const std::string test = fmt::format("{} (worker {})", plan_.name(one.given.front()), one.index);
    const std::string so_long = detail::in_words(now - one.clock.began());
    switch (what) {
      case due::nothing:
        break;
      case due::to_be_named:
        out_.problem(fmt::format("still running after {}: {}", so_long, test));
        break;
      case due::to_be_asked:
        out_.problem(
            fmt::format("after {} still running, though its context ended at --timeout={}: {}; its process is "
                        "asked to end",
                        so_long, limit(), test));
        one.process.ask_to_end();
        break;
      case due::to_be_killed:
        out_.problem(fmt::format("after {} still running: {}; its process is killed", so_long, test));
        one.process.signal(detail::group_signal::kill);
        break;
    }
  }

  /// By a debugger.
  static bool is_followed(const worker_of_crew& one) { return detail::is_traced(one.process.pid); }

  std::string limit() const { return detail::in_words(*options_.timeout); }

  const launch_options& options_;
  const plan& plan_;
  std::list<worker_of_crew>& workers_;
  console& out_;
  detail::pauses pauses_;
};

APART_END_NAMESPACE

// ---- apart/launch/worker_process.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Equal in two processes when they have the same tests in the same order (FNV-1a, 64 bits).
inline std::uint64_t hash_of(const std::vector<planned_test>& tests) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const planned_test& test : tests) {
    for (const char byte : test.name) mix(static_cast<unsigned char>(byte));
    mix(test.serial ? 1 : 0);
  }
  return hash;
}

/// Listens for the run's cancellation from the moment when anything in this process could notice one.
inline void follow_cancellation() {
  static_cast<void>(this_worker());  // which gives the process's context its name
  news_line::of_this_process().on_cancel([](wire_reader& news) {
    process_contexts::instance().run->cancel("the run is cancelled", shared_unless_empty(news.text()));
  });
  process_contexts::instance().watch([] {
    attempt([] { news_line::of_this_process().listen(); },
            [](const char* text) { report(std::string("no cancellation will reach this process: ") + text); });
  });
}

/// What has been printed stands in the file that takes it.
inline void flush_output() {
  std::cout.flush();
  std::clog.flush();
  std::fflush(stdout);
}

/// A worker: one process for the whole run, which runs the tests that the launcher hands it, one list after the other.
///
/// A forked child of a test that comes back from the test's body ends here: it runs no further test, and says nothing
/// to the launcher.
class worker_process {
 public:
  explicit worker_process(framework& tests) : tests_(tests), work_(inherited_socket(launched_as().work)) {
    keep_launcher_descriptors_private();
    follow_cancellation();
    wait_log::of_this_process().want();
    print_stack_on_quit();
    captured_output::keep_no_line_back();
    static worker_process* self = this;
    at_fork(nullptr, nullptr, [] {
      self->work_.close();
      leave_members();
    });
  }

  /// The process's exit status.
  int run() {
    while (auto told = work_.receive()) {
      switch (told->kind()) {
        case message::begin:
          begin(*told);
          break;
        case message::describe:
          describe();
          break;
        case message::run:
          run_tests(*told);
          if (coordination_place.joined() != nullptr) clean_claims_of_dead(this_worker().run_id);
          return stopped_ ? EXIT_SUCCESS : EXIT_FAILURE;
        case message::stop:
          return EXIT_SUCCESS;
        default:
          break;
      }
    }
    return EXIT_FAILURE;
  }

 private:
  void begin(wire_reader& told) {
    planned_ = tests_.select(static_cast<std::uint32_t>(told.number()));
    const bool tests_have_a_limit = told.number() != 0;
    if (tests_have_a_limit) running_test::of_this_process().part_begins = [this] { part_begins(); };
    work_.send(wire_writer(message::hello).number(planned_.size()).number(hash_of(planned_)));
  }

  void describe() {
    wire_writer listing(message::listing);
    listing.number(planned_.size());
    for (const planned_test& test : planned_) listing.text(test.name);
    work_.send(std::move(listing));
  }

  /// From the first list on the framework leads.
  void run_tests(wire_reader& first) {
    const auto failed = [this](const char* text) { not_initialized_ = text; };
    if (attempt([] { running_test::limit(); }, failed)) attempt(prepare_process, failed);
    std::vector<std::size_t> list = take(first);
    const auto next = [&] { return list.empty() ? next_list() : std::exchange(list, {}); };
    tests_.run(next, [this](std::size_t index, const test_report& report) { return send(index, report); });
  }

  /// The former list has ended.
  std::vector<std::size_t> next_list() {
    work_.send(wire_writer(message::idle));
    while (auto told = work_.receive()) {
      if (told->kind() == message::stop) {
        stopped_ = true;
        return {};
      }
      if (told->kind() != message::run) continue;
      std::vector<std::size_t> list = take(*told);
      if (!list.empty()) return list;
      work_.send(wire_writer(message::idle));
    }
    return {};
  }

  /// What of the list is to be run; where the process could not be initialized, all of it has failed.
  std::vector<std::size_t> take(wire_reader& told) {
    until_one_fails_ = told.number() != 0;
    std::vector<std::size_t> list(static_cast<std::size_t>(told.number()));
    for (std::size_t& index : list) index = static_cast<std::size_t>(told.number());
    static_cast<void>(left_children_.describe_new());
    static_cast<void>(wait_log::of_this_process().take());
    builds_ = process_builds.load();
    printed_ = flushed_output();
    began_ = std::chrono::steady_clock::now();
    first_of_list_ = true;
    if (context::process().cancelled()) return {};
    if (not_initialized_.empty()) return list;
    for (const std::size_t index : list) send(index, {outcome::failed, not_initialized_});
    return {};
  }

  /// The first one begins with the test.
  void part_begins() {
    if (parts_++ > 0) work_.send(wire_writer(message::part));
  }

  /// Whether the next test is to begin.
  bool send(std::size_t index, const test_report& report) {
    if (!loaded_process.is_this_process()) std::_Exit(report.result == outcome::failed ? EXIT_FAILURE : EXIT_SUCCESS);
    const std::uint64_t output_ends = flushed_output();
    wire_writer told(message::finished);
    told.number(index).number(static_cast<std::uint64_t>(report.result));
    const test_bodies bodies = running_test::of_this_process().take_bodies();
    // What goes before the first one of a list is the framework's choice of tests, not the test's.
    const bool first_has_body = first_of_list_ && bodies.first_began != std::chrono::steady_clock::time_point();
    first_of_list_ = false;
    told.moment(first_has_body ? bodies.first_began : began_);
    began_ = std::chrono::steady_clock::now();
    told.moment(began_);
    told.moment(bodies.longest.began).moment(bodies.longest.ended);
    parts_ = 0;
    told.number(std::exchange(printed_, output_ends)).number(output_ends).text(report.text);
    tell_what_is_left(told);
    const std::vector<noted_wait> waits = wait_log::of_this_process().take();
    told.number(waits.size());
    for (const noted_wait& wait : waits) told.text(wait.what).moment(wait.began).moment(wait.ended);
    work_.send(std::move(told));
    return !context::process().cancelled() && !(until_one_fails_ && report.result == outcome::failed);
  }

  /// What a test starts while it builds something for the process is the process's.
  void tell_what_is_left(wire_writer& told) {
    std::vector<std::string> left = left_children_.describe_new();
    const bool spared = builds_ != process_builds.load();
    builds_ = process_builds.load();
    if (spared) left.clear();
    told.number(spared ? 1 : 0).number(left.size());
    for (const std::string& process : left) told.text(process);
  }

  std::uint64_t flushed_output() const {
    flush_output();
    return captured_output::size_of(output_);
  }

  framework& tests_;
  connection work_;
  std::vector<planned_test> planned_;
  std::chrono::steady_clock::time_point began_;
  bool first_of_list_ = false;
  std::uint64_t printed_ = 0;
  unsigned parts_ = 0;  ///< of the running test, so far
  left_children left_children_;
  unsigned builds_ = 0;
  std::string not_initialized_;
  bool stopped_ = false;          ///< by the launcher
  bool until_one_fails_ = false;  ///< so long the list of tests goes on
  const int output_ = captured_output::private_copy_of_stdout();
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/crew.hpp

APART_BEGIN_NAMESPACE

/// The workers of a run, seen from the launcher: hands out the tests of the plan as workers ask for them, and enters
/// what they report.
///
/// A worker that dies fails the test it was in, which is named with how it died and not run again; what else it had
/// been given is run by its replacement, which takes its index. One that dies before its first test is not replaced.
class crew {
 public:
  /// `record`: where tests are noted; null: nowhere.
  crew(const launch_options& options, std::uint32_t seed, const std::vector<planned_test>& expected, plan& tests,
       member_starter& starter, keeper& infrastructure, console& out, run_record* record)
      : options_(options),
        seed_(seed),
        expected_(expected),
        plan_(tests),
        starter_(starter),
        keeper_(infrastructure),
        out_(out),
        record_(record),
        replacements_left_(2 * options.procs + 20) {}

  /// Where the system gives no more, a third of those that it gives, since they and what they start need some, too; that
  /// is said. An `apart::error` where it gives none. Returns how many.
  unsigned start(unsigned count) {
    const detail::reserved_descriptors for_the_keeper;
    while (workers_.size() < count) {
      worker& next = workers_.emplace_back(static_cast<unsigned>(workers_.size()), options_);
      const auto refused = [&](const char* text) {
        workers_.pop_back();
        if (workers_.empty()) detail::raise(error(text));
        const unsigned wanted = std::exchange(count, std::max(1U, static_cast<unsigned>(workers_.size()) / 3));
        out_.problem(fmt::format("{} of {} workers run, the system allows no more ({})", count, wanted, text));
        for (; workers_.size() > count; workers_.pop_back()) workers_.back().process.end();
      };
      detail::attempt([&] { next.start(starter_, seed_); }, refused);
    }
    return count;
  }

  bool any_alive() const {
    return std::any_of(workers_.begin(), workers_.end(), [](const worker& w) { return w.process.alive(); });
  }

  /// Whether the workers' tests are not the launcher's; whether some worker died outside of every test; whether too
  /// many died to go on.
  bool lists_differ() const noexcept { return lists_differ_; }
  bool broken() const noexcept { return broken_; }
  bool gave_up() const noexcept { return gave_up_; }

  void add_to(detail::poll_set& waited) const {
    for (const worker& one : workers_) one.process.add_to(waited);
  }

  test_limits& limits() noexcept { return limits_; }

  /// Sends what could not be sent, and takes what the workers have said.
  void turn() {
    for (worker& one : workers_) {
      if (!one.process.alive()) continue;
      one.process.flush();
      listen(one);
    }
  }

  bool has(detail::process_number process) const {
    return std::any_of(workers_.begin(), workers_.end(), [&](const worker& w) { return w.process.pid == process; });
  }

  /// A child of the launcher has ended; nothing where it was no worker.
  void ended(const detail::ended_child& child) {
    for (worker& one : workers_) {
      if (one.process.pid == child.pid) ended(one, child.status);
    }
  }

  /// No further test starts; what waits in the running ones, and in the set-up that runs, is woken.
  void cancel(const std::string& cause) {
    plan_.stop();
    keeper_.cancel(cause);
    for (worker& one : workers_) one.process.cancel(cause);
    wake_the_idle();
  }

  /// Those that found nothing to do may find something now: a test whose turn has come, or the end.
  void wake_the_idle() {
    for (worker& one : workers_) {
      if (one.idle()) hand_out(one);
    }
  }

  void signal(detail::group_signal what) const {
    for (const worker& one : workers_) one.process.signal(what);
  }
  void end() noexcept {
    for (worker& one : workers_) one.process.end();
  }
  /// They print their stacks, and end.
  void ask_to_end() {
    time_is_over_ = true;
    for (const worker& one : workers_) one.process.ask_to_end();
  }

 private:
  using worker = worker_of_crew;

  void listen(worker& one) {
    one.process.news.poll();
    while (auto told = one.process.news.take()) {
      if (told->kind() == detail::message::need) keeper_.need(told->text(), one.process.news);
    }
    one.process.work.poll();
    while (auto told = one.process.work.take()) {
      const detail::message kind = told->kind();
      if (kind == detail::message::hello) greet(one, *told);
      if (kind == detail::message::listing) refuse(one, *told);
      if (kind == detail::message::part) one.clock.renew(std::chrono::steady_clock::now());
      if (kind == detail::message::finished) finished(one, *told);
      if (kind == detail::message::idle) hand_out(one);
    }
  }

  void greet(worker& one, detail::wire_reader& told) {
    one.greeted = true;
    if (told.number() == expected_.size() && told.number() == detail::hash_of(expected_)) return hand_out(one);
    one.asks = true;
    plan_.stop();
    one.process.work.post(detail::wire_writer(detail::message::describe));
  }

  /// Its tests are not the ones that were planned: names the first that differs.
  void refuse(worker& one, detail::wire_reader& told) {
    if (!std::exchange(lists_differ_, true)) {
      out_.problem(fmt::format("the tests of worker {} are not those of the launcher: {}", one.index,
                               detail::difference_of(told, expected_)));
    }
    one.stop();
    wake_the_idle();
  }

  void hand_out(worker& one) {
    one.asks = true;
    one.give_back(plan_);
    one.process.output->forget_before(one.shown);
    if (options_.isolate && one.has_run) return one.stop();
    const auto workers = static_cast<unsigned>(workers_.size());
    const auto next = options_.isolate ? plan_.take(1) : plan_.take(plan_.chunk(workers), plan_.of_a_suite(workers));
    if (next.empty()) return stop_where_all_is_done();
    one.run(next, options_.max_failures > 0);
  }

  void finished(worker& one, detail::wire_reader& told) {
    const auto index = static_cast<std::size_t>(told.number());
    if (one.given.empty() || one.given.front() != index) {
      detail::raise(error(fmt::format("worker {} reported a test that it had not been given", one.index)));
    }
    auto ended = detail::finished_message::read(told, plan_.name(index), one.index);
    const std::vector<std::string> orphans = new_orphans(one);
    auto& left = ended.test.left_running;
    if (!ended.left_are_its_own) left.insert(left.end(), orphans.begin(), orphans.end());
    limits_.judge(one, ended.longest_body, ended.test);
    one.shown = ended.output_begins;
    enter(one, std::move(ended.test), ended.output_ends);
  }

  /// The test that this worker runs has ended.
  void enter(worker& one, test_record ended, std::uint64_t output_ends) {
    const bool others_may_start = plan_.end(one.given.front(), ended.result, limits_.took(ended));
    const bool has_stack = one.clock.exceeded() || time_is_over_;
    one.drop_first();
    const bool wanted = ended.result == outcome::failed || options_.verbose || record_ != nullptr;
    if (wanted) ended.output = one.process.output->read(one.shown, output_ends);
    if (ended.crashed && has_stack) ended.output = detail::with_source_lines(ended.output);
    one.shown = output_ends;
    out_.test_ended(ended);
    if (ended.result == outcome::failed && plan_.failed().size() == options_.max_failures) {
      cancel(fmt::format("the run stops at a failure: {}", ended.name));
    }
    if (record_ != nullptr) record_->tests.push_back(std::move(ended));
    if (others_may_start) wake_the_idle();
  }

  std::vector<std::string> new_orphans(const worker& of) {
    std::vector<detail::process_number> members{keeper_.process().pid};
    for (const worker& one : workers_) members.push_back(one.process.pid);
    std::sort(members.begin(), members.end());
    return orphans_.describe_new_of(of.started_as, of.index, members);
  }

  void stop_where_all_is_done() {
    if (plan_.has_more() || plan_.running() > 0) return;
    for (worker& one : workers_) {
      if (one.idle()) one.stop();
    }
  }

  void ended(worker& one, int status) {
    listen(one);
    one.process.pid = 0;
    keeper_.forget(one.process.news);
    if (one.stopping && status == 0) return next_process(one);
    const std::string how = detail::how_it_ended(status);
    const std::uint64_t end = one.process.output->size();
    if (one.given.empty()) {
      broken_ = true;
      out_.problem(fmt::format("worker {} {} {}", one.index, how, one.where_no_test_runs()));
      out_.block(one.process.output->read(one.shown, end));
    } else {
      fail_first(one, how, end);
    }
    replace(one);
  }

  /// It took its process with it; the others that it was given have not begun.
  void fail_first(worker& one, const std::string& how, std::uint64_t end) {
    const std::size_t first = one.given.front();
    one.given.pop_front();
    one.give_back(plan_);
    one.given.push_back(first);
    const time_span when{one.clock.began(), std::chrono::steady_clock::now()};
    test_record ended{plan_.name(first), outcome::failed, true, one.index, when, {}, {}};
    ended.why = fmt::format("worker {} {} in this test{}", one.index, how,
                            one.clock.exceeded() ? ", which had gone on after its --timeout" : "");
    ended.left_running = new_orphans(one);
    enter(one, std::move(ended), end);
  }

  void replace(worker& dead) {
    if (!plan_.has_more() || !dead.greeted) return wake_the_idle();
    if (replacements_left_ == 0) {
      if (!std::exchange(gave_up_, true)) out_.problem("too many workers have died; the remaining tests are not run");
      plan_.stop();
      return wake_the_idle();
    }
    if (!(options_.isolate && dead.has_run)) --replacements_left_;
    start_again(dead);
  }

  /// With --isolate a worker ends after each test, and the next one takes its place.
  void next_process(worker& one) {
    if (options_.isolate && one.has_run && plan_.has_more()) start_again(one);
    wake_the_idle();
  }

  void start_again(worker& one) {
    detail::attempt([&] { one.start(starter_, seed_); },
                    [&](const char* text) {
                      out_.problem(fmt::format("worker {} could not be started again ({})", one.index, text));
                      if (any_alive()) return;
                      gave_up_ = true;
                      plan_.stop();
                    });
  }

  const launch_options& options_;
  const std::uint32_t seed_;
  const std::vector<planned_test>& expected_;
  plan& plan_;
  member_starter& starter_;
  keeper& keeper_;
  console& out_;
  run_record* record_;
  detail::left_orphans orphans_;
  std::list<worker> workers_;
  test_limits limits_{options_, plan_, workers_, out_};
  unsigned replacements_left_;
  bool lists_differ_ = false;
  bool gave_up_ = false;
  bool broken_ = false;
  bool time_is_over_ = false;  ///< the run's
};

APART_END_NAMESPACE

// ---- apart/launch/ctest_keeper.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The keeper of a run of ctest that has a process for each test: the process that runs all set-ups of this program, so that
/// each runs once although no test lives long, and their tear-downs at the end of the run.
///
/// Starts: by the test that opens a fixture, see `open_ctest_run`. Ends: when as many have closed as have opened, or when
/// ctest has ended, in whatever way. It is a member of every set-up from the beginning (see `shared_set_up`): when it
/// leaves, the last one, it tears them down. Where it is killed, the tests go on without it, and keep one another.
class ctest_keeper {
 public:
  ctest_keeper() : opener_(launched_as().work), listening_(launched_as().news), ctest_(launched_as().members) {
    keep_launcher_descriptors_private();
    adopt_orphans();
    static ctest_keeper* self = this;
    at_fork(nullptr, nullptr, [] { self->close_all(); });  // a child that lives on must not look like the keeper
  }
  ctest_keeper(const ctest_keeper&) = delete;
  ctest_keeper& operator=(const ctest_keeper&) = delete;

  /// The process's exit status.
  int run() {
    const auto failed = [](const char* text) { report(text); };
    initialized_ = attempt(initialize_process, failed);
    for (const set_up_entry* const entry : set_up_entry::all()) {
      attempt([&] { local_set_ups::of_this_process().witness(*entry, coordination_directory()); }, failed);
    }
    std::thread([ctest = ctest_] { cancel_when_it_ends(ctest); }).detach();
    opener_.send(wire_writer(message::done));
    opener_.close();
    for (opened_ = 1; opened_ > 0 && !is_readable(ctest_);) {
      wait();
      serve();
    }
    if (opened_ > 0) outlive_orphans();
    return end();
  }

 private:
  /// A killed ctest leaves tests running. One that is killed, too, tears nothing down and removes nothing, so the keeper is the
  /// last to leave the run; but not for ever: the keeper of another program may be waiting likewise.
  static void outlive_orphans() {
    using namespace std::chrono_literals;
    const auto most = std::chrono::steady_clock::now() + 5s;
    while (coordination_place.is_shared() && std::chrono::steady_clock::now() < most) std::this_thread::sleep_for(10ms);
  }

  void close_all() noexcept {
    leave_members();
    descriptor(listening_).close();
    opener_.close();
    for (connection& one : connected_) one.close();
    closer_.close();
  }

  static void cancel_when_it_ends(int ctest) {
    poll_set one;
    one.add(ctest, false);
    while (!is_readable(ctest)) one.wait_until(std::chrono::steady_clock::time_point::max());
    process_contexts::instance().run->cancel("the run is cancelled", shared_unless_empty("ctest has ended"));
  }

  void wait() {
    poll_set all;
    for (const int one : {listening_, ctest_}) all.add(one, false);
    for (const connection& one : connected_) all.add(one.descriptor(), false);
    all.wait_until(std::chrono::steady_clock::time_point::max());
  }

  void serve() {
    if (is_readable(listening_)) connected_.emplace_back(accept_at(listening_).release());
    for (connection& one : connected_) {
      one.poll();
      while (auto told = one.take()) answer(one, *told);
    }
    connected_.remove_if([](const connection& one) { return one.closed(); });
  }

  void answer(connection& asking, wire_reader& told) {
    switch (told.kind()) {
      case message::open:
        ++opened_;
        break;
      case message::close:
        if (--opened_ > 0) break;
        closer_ = std::move(asking);
        return;
      case message::need:
        if (initialized_) set_up(told.text());
        break;
      default:
        return;
    }
    asking.send(wire_writer(message::done));
  }

  /// Who asks reads what came of it where it stands for all. What this program does not have at namespace scope who asks
  /// sets up.
  static void set_up(const std::string& name) {
    int count = 0;
    const set_up_entry* const entry = set_up_entry::find(name, count);
    if (entry == nullptr) return;
    local_set_ups& here = local_set_ups::of_this_process();
    attempt([&] { static_cast<void>(here.get(*entry, context::process(), &coordination_directory())); },
            [](const char*) {});
  }

  int end() {
    const auto failed = [](const char* text) { report(text); };
    const bool torn_down = end_own_run_and_claims();
    end_children([](pid_t child) {
      if (const auto text = describe_process(child)) report("a set-up has left running, which is ended: " + *text);
    });
    static_cast<void>(remove_file(ctest_keeper_address(coordination_directory())));
    std::fflush(nullptr);
    std::string printed;
    static_cast<void>(read_file("/proc/self/fd/1", printed));
    attempt(leave_run, failed);  // before the run is told that it has ended
    wire_writer ended(message::ended);
    ended.number(torn_down ? 1 : 0).text(printed);
    closer_.send(std::move(ended));
    return torn_down ? EXIT_SUCCESS : EXIT_FAILURE;
  }

  connection opener_;
  const int listening_;
  const int ctest_;
  bool initialized_ = false;
  unsigned opened_ = 0;
  std::list<connection> connected_;
  connection closer_;  ///< the last one
};

inline int run_ctest_keeper() { return ctest_keeper().run(); }

/// A message to the keeper of this run, and what it answers; nothing where there is none.
inline std::optional<wire_reader> ask_ctest_keeper(message what) {
  descriptor connected;
  if (connect_to(ctest_keeper_address(coordination_directory()), connected) != 0) return std::nullopt;
  connection keeper(connected.release());
  if (!keeper.send(wire_writer(what))) return std::nullopt;
  return keeper.receive();
}

inline void start_ctest_keeper(const std::string& program, const descriptor& ctest) {
  const std::string address = ctest_keeper_address(coordination_directory());
  static_cast<void>(remove_file(address));  // of one that was killed
  descriptor listening;
  const int code = listen_at(address, listening);
  if (code == ENAMETOOLONG) raise(error(why_no_socket(address)));
  if (code != 0) raise_system(code, "cannot listen at '" + address + "'");
  const auto [here, there] = socket_pair();
  connection keeper(here);
  const connection closed_here(there);
  const captured_output output;
  const std::string variable = fmt::format("{}=", launched_variable);
  child_settings settings;
  settings.arguments = {program};
  settings.environment = {
      "APART_RUN_ID=" + this_worker().run_id,
      fmt::format("{}0000000000:c:{}:{}:{}:0:{:x}", variable, there, listening.get(), ctest.get(), random_bits())};
  settings.pid_offset = variable.size();
  settings.descriptors = {there, listening.get(), ctest.get()};
  settings.output = output.descriptor();
  settings.own_session = true;
  start_child(std::move(settings));
  if (keeper.receive()) return;
  raise(error("the process that is to keep the set-ups of this run has ended:\n" + output.read(0, output.size())));
}

/// For the test that opens a fixture of ctest: the keeper is there when it returns. An `apart::error` where there can be none.
inline void open_ctest_run(const std::string& program) {
  const std::optional<process_identity> above = nearest_ancestor("ctest");
  if (!above) raise(error("--ctest=open: no ctest runs this process"));
  descriptor ctest;
  if (const int code = open_process(*above, ctest)) raise_system(code, "--ctest=open: cannot watch ctest");
  const run_lock one_at_a_time("the keeper of " + path_of_program());
  if (!ask_ctest_keeper(message::open)) start_ctest_keeper(program, ctest);
}

/// For the one that closes it: the last one returns when all set-ups are torn down, and has printed what the keeper has.
/// Whether that went well.
inline bool close_ctest_run() {
  auto told = ask_ctest_keeper(message::close);
  if (!told) {
    report("the process that kept the set-ups of this run is not there: it was killed, or another test has ended it");
    return false;
  }
  if (told->kind() != message::ended) return true;
  const bool torn_down = told->number() != 0;
  fmt::print("{}", told->text());
  return torn_down;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/ctest_tests.hpp

APART_BEGIN_NAMESPACE

/// What cmake/Apart.cmake asks a program for, as its first argument: `--ctest=...`.
struct ctest_order {
  enum class kind : unsigned char {
    none,
    list,   ///< =list:PREFIX: prints the tests that the rest of the command line selects, as commands of CTest
    run,    ///< runs as without it, but its status is `skipped` where the only tests that ran have been skipped
    open,   ///< opens the fixture of all tests of this program, see `ctest_keeper`
    close,  ///< closes it
  };
  static constexpr int skipped = 77;

  kind what = kind::none;
  std::string prefix = {};  ///< of the tests' names

  bool moves_fixture() const noexcept { return what == kind::open || what == kind::close; }

  /// Takes it from the command line, where it stands.
  static ctest_order taken_from(std::vector<const char*>& arguments) {
    constexpr std::string_view option = "--ctest=", list = "list:";
    if (arguments.size() < 2) return {};
    std::string_view given = arguments[1];
    if (given.compare(0, option.size(), option) != 0) return {};
    given.remove_prefix(option.size());
    arguments.erase(arguments.begin() + 1);
    if (given == "run") return {kind::run};
    if (given == "open") return {kind::open};
    if (given == "close") return {kind::close};
    if (given.compare(0, list.size(), list) == 0) return {kind::list, std::string(given.substr(list.size()))};
    detail::raise(error(fmt::format("--ctest={}: wants list:PREFIX, run, open or close", given)));
  }
};

namespace detail {

/// As CMake takes it whatever is in it: [==[...]==] (cmake-language(7), bracket arguments).
inline std::string in_brackets(std::string_view text) {
  std::string level = "=";
  while (text.find("]" + level) != std::string_view::npos) level += '=';
  return fmt::format("[{}[{}]{}]", level, text, level);
}

/// The resources that the tests of a group with place for one lock.
inline std::string locked_resources(const planned_test& test) {
  std::string locked;
  for (const test_group& group : test.groups) {
    if (group.limit == 1) locked += group.name + ';';
  }
  return locked;
}

/// A test of CTest for each test; with set-ups that a keeper of ctest's run holds, behind a call of `apart_fixture`. What
/// apart_command, apart_extra_args, apart_fixture and apart_test are is said in cmake/ApartDiscover.cmake.
inline std::string ctest_tests(const framework& tests, const std::vector<planned_test>& planned,
                               std::string_view prefix, bool has_set_ups) {
  std::string text = has_set_ups ? "apart_fixture()\n" : "";
  std::map<std::string_view, std::size_t> times;
  for (const planned_test& test : planned) {
    if (times[test.name]++ > 0) continue;  // one command runs both
    const std::string name = in_brackets(fmt::format("{}{}", prefix, test.name));
    text += fmt::format("add_test({} ${{apart_command}} --ctest=run ${{apart_extra_args}}", name);
    for (const std::string& argument : tests.arguments_for(test.name, std::nullopt)) {
      text += ' ' + in_brackets(argument);
    }
    text += fmt::format(")\napart_test({} {} [=[{}]=])\n", name, test.serial, locked_resources(test));
  }
  return text;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/detail/xml_text.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What UTF-8 has at the beginning of some bytes.
struct utf8_part {
  std::size_t length;
  bool is_character;  ///< else it is the longest part that could have begun one, or a byte that begins none
};

inline utf8_part utf8_at(std::string_view bytes) noexcept {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xc2 || lead > 0xf4) return {1, false};
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  unsigned char lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  unsigned char highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  for (std::size_t at = 1; at < length; ++at) {
    if (at == bytes.size() || byte(at) < lowest || byte(at) > highest) return {at, false};
    lowest = 0x80;
    highest = 0xbf;
  }
  return {length, true};
}

/// The length of the terminal's control sequence that begins there, such as that of a colour; 0: none does.
inline std::size_t control_sequence_at(std::string_view bytes) noexcept {
  if (bytes.substr(0, 2) != "\x1b[") return 0;
  std::size_t at = 2;
  while (at < bytes.size() && bytes[at] >= 0x30 && bytes[at] <= 0x3f) ++at;
  while (at < bytes.size() && bytes[at] >= 0x20 && bytes[at] <= 0x2f) ++at;
  return at < bytes.size() && bytes[at] >= 0x40 && bytes[at] <= 0x7e ? at + 1 : 0;
}

enum class xml_place : unsigned char { text, attribute };

/// Appends any bytes as XML 1.0 in UTF-8 that reads as the same again, but for this: what XML cannot hold (control
/// characters, U+FFFE, U+FFFF, bytes that are no UTF-8) reads as U+FFFD, and control sequences of terminals are left
/// out.
inline void append_xml(std::string& xml, std::string_view bytes, xml_place place) {
  const bool quoted = place == xml_place::attribute;
  while (!bytes.empty()) {
    std::size_t taken = 1;
    switch (const char c = bytes.front()) {
      case '&':
        xml += "&amp;";
        break;
      case '<':
        xml += "&lt;";
        break;
      case '>':
        xml += "&gt;";
        break;
      case '"':
        xml += quoted ? "&quot;" : "\"";
        break;
      case '\r':
        xml += "&#13;";
        break;
      case '\n':
        xml += quoted ? "&#10;" : "\n";
        break;
      case '\t':
        xml += quoted ? "&#9;" : "\t";
        break;
      default: {
        if (const std::size_t sequence = control_sequence_at(bytes)) {
          taken = sequence;
          break;
        }
        const utf8_part part = utf8_at(bytes);
        const std::string_view found = bytes.substr(0, part.length);
        const bool is_control = static_cast<unsigned char>(c) < 0x20;
        const bool fits = part.is_character && !is_control && found != "\xef\xbf\xbe" && found != "\xef\xbf\xbf";
        xml += fits ? found : "\xef\xbf\xbd";
        taken = part.length;
      }
    }
    bytes.remove_prefix(taken);
  }
}

/// Writes an XML document, indented by its elements; texts and values are any bytes, see `append_xml`.
class xml_writer {
 public:
  using attributes = std::initializer_list<std::pair<const char*, std::string_view>>;

  /// An element of elements, up to its `end`.
  void begin(const char* name, attributes values) {
    open(name, values);
    xml_ += ">\n";
    open_.push_back(name);
  }
  void end() {
    const char* const name = open_.back();
    open_.pop_back();
    xml_.append(2 * open_.size(), ' ').append("</").append(name).append(">\n");
  }

  /// An element that has a text, or nothing.
  void element(const char* name, attributes values, std::string_view text) {
    open(name, values);
    if (text.empty()) {
      xml_ += "/>\n";
      return;
    }
    xml_ += '>';
    append_xml(xml_, text, xml_place::text);
    xml_.append("</").append(name).append(">\n");
  }

  /// The document, once each element has been ended.
  std::string take() { return std::move(xml_); }

 private:
  void open(const char* name, attributes values) {
    xml_.append(2 * open_.size(), ' ').append("<").append(name);
    for (const auto& [key, value] : values) {
      xml_.append(" ").append(key).append("=\"");
      append_xml(xml_, value, xml_place::attribute);
      xml_ += '"';
    }
  }

  std::string xml_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  std::vector<const char*> open_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/junit.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Writes what `junit_of` promises.
class junit_writer {
 public:
  explicit junit_writer(const std::vector<run_record>& rounds) {
    totals all;
    for (const run_record& round : rounds) all.add(round);
    xml_.begin("testsuites", {{"name", rounds.empty() ? std::string() : program_of(rounds.front())},
                              {"tests", std::to_string(all.tests)},
                              {"failures", std::to_string(all.failures)},
                              {"errors", std::to_string(all.errors)},
                              {"time", fmt::format("{:.3f}", all.seconds)}});
    for (const run_record& round : rounds) suite(round, round.round > 1 || rounds.size() > 1);
    xml_.end();
  }

  std::string take() { return xml_.take(); }

 private:
  struct totals {
    std::size_t tests = 0;
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::size_t skipped = 0;
    double seconds = 0;

    void add(const run_record& round) {
      tests += round.tests.size() + round.never_ran.size();
      errors += round.never_ran.size();
      seconds += seconds_of(round.when);
      for (const test_record& test : round.tests) {
        if (test.crashed) {
          ++errors;
        } else if (test.result != outcome::passed) {
          ++(test.result == outcome::failed ? failures : skipped);
        }
      }
      for (const per_run_record& set_up : round.set_ups) {
        if (set_up.failure.empty()) continue;
        ++tests;
        ++errors;
      }
    }
  };

  static double seconds_of(const time_span& when) {
    return std::max(0.0, std::chrono::duration<double>(when.ended - when.began).count());
  }

  static std::string program_of(const run_record& round) { return round.program.substr(round.program.rfind('/') + 1); }

  static std::string started_at(const run_record& round) {
    return utc_text("%Y-%m-%dT%H:%M:%S", std::chrono::system_clock::to_time_t(round.started));
  }

  void suite(const run_record& round, bool numbered) {
    totals sums;
    sums.add(round);
    const std::string program = program_of(round);
    xml_.begin("testsuite", {{"name", numbered ? fmt::format("{} (round {})", program, round.round) : program},
                             {"tests", std::to_string(sums.tests)},
                             {"failures", std::to_string(sums.failures)},
                             {"errors", std::to_string(sums.errors)},
                             {"skipped", std::to_string(sums.skipped)},
                             {"time", fmt::format("{:.3f}", sums.seconds)},
                             {"timestamp", started_at(round)},
                             {"hostname", host_name()}});
    xml_.begin("properties", {});
    xml_.element("property", {{"name", "seed"}, {"value", std::to_string(round.seed)}}, "");
    xml_.element("property", {{"name", "workers"}, {"value", std::to_string(round.workers)}}, "");
    xml_.end();
    for (const test_record& test : round.tests) {
      begin_case(program, test.name, seconds_of(test.when));
      ending(test);
      if (!test.output.empty()) xml_.element("system-out", {}, test.output);
      xml_.element("system-err", {}, notes_on(test));
      xml_.end();
    }
    for (const std::string& name : round.never_ran) {
      begin_case(program, name, 0);
      problem("error", "never_ran", "", "never ran");
      xml_.end();
    }
    for (const per_run_record& set_up : round.set_ups) {
      if (set_up.failure.empty()) continue;
      const char* const what = set_up.tear_down ? "tear-down" : "set-up";
      begin_case(program, fmt::format("{} of per_run \"{}\"", what, set_up.name), seconds_of(set_up.when));
      problem("error", what, set_up.failure, "failed");
      xml_.end();
    }
    xml_.end();
  }

  void begin_case(std::string_view program, std::string_view name, double seconds) {
    xml_.begin("testcase", {{"name", name}, {"classname", program}, {"time", fmt::format("{:.6f}", seconds)}});
  }

  void ending(const test_record& test) {
    if (test.crashed) {
      problem("error", "crash", test.why, "crashed");
    } else if (test.result == outcome::failed) {
      problem("failure", "failure", test.why, "failed");
    } else if (test.result == outcome::skipped) {
      const std::string_view line = first_line(test.why);
      line.empty() ? xml_.element("skipped", {}, "") : xml_.element("skipped", {{"message", line}}, test.why);
    }
  }

  /// `unsaid`: what it says where `why` says nothing.
  void problem(const char* element, std::string_view type, std::string_view why, std::string_view unsaid) {
    const std::string_view line = first_line(why);
    xml_.element(element, {{"message", line.empty() ? unsaid : line}, {"type", type}}, line.empty() ? unsaid : why);
  }

  /// That is not blank; "" where all are.
  static std::string_view first_line(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    return text.substr(0, text.find_first_of("\r\n"));
  }

  static std::string notes_on(const test_record& test) {
    std::string notes = fmt::format("worker {}\n", test.worker);
    for (const wait_record& wait : test.waits) {
      notes += fmt::format("waited {:.3f} s for {}\n", seconds_of(wait.when), one_line(wait.what));
    }
    for (const std::string& process : test.left_running) notes += fmt::format("left running: {}\n", one_line(process));
    return notes;
  }

  xml_writer xml_;
};

}  // namespace detail

/// A report of the rounds of a run as JUnit XML: valid by the schema of Jenkins (junit-10.xsd of its xunit plugin), and
/// what GitLab shows stands where it looks for it.
///
/// A suite for each round; in it a case for each test, ended or not, and for each set-up or tear-down that failed, as
/// no reader looks for errors of a suite. Crashes and what never ran are errors, not failures. `why` is the text of
/// the element, its first line the message.
///
/// All output of a test, however long, is its `system-out`. The schema has no properties of a test, so what the
/// launcher knows of it (the worker, the waits, the processes that it left running) is its `system-err`, a line each:
/// that is free, since a test's stderr is in one stream with its stdout. Bytes may be any, see `detail::append_xml`.
inline std::string junit_of(const std::vector<run_record>& rounds) { return detail::junit_writer(rounds).take(); }

APART_END_NAMESPACE

// ---- apart/launch/keeper_process.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The keeper: the process of the run that sets up and tears down, and runs no tests, so that no test can crash it. In
/// a session of its own, and the parent of what the set-ups start.
///
/// When the launcher dies it waits until every worker has gone, tears down what it has set up, and goes.
class keeper_process {
 public:
  keeper_process() : work_(inherited_socket(launched_as().work)) {
    keep_launcher_descriptors_private();
    adopt_orphans();
    follow_cancellation();
    static keeper_process* self = this;
    local_set_ups::of_this_process().decided = [](const local_set_ups::record& one) {
      self->answer(one.entry->name(), one.outcome, one.began, one.ended);
    };
    at_fork(nullptr, nullptr, [] {
      self->work_.close();
      leave_members();
    });
  }

  /// The process's exit status.
  int run() {
    attempt(initialize_process, [this](const char* text) { not_initialized_ = text; });
    while (auto told = work_.receive()) {
      switch (told->kind()) {
        case message::set_up:
          set_up(told->text());
          break;
        case message::tear_down:
          tear_down(*told);
          break;
        case message::stop:
          clean_claims_of_set_ups();
          return EXIT_SUCCESS;
        default:
          break;
      }
    }
    wait_for_members_to_leave();
    wait_for_journals();
    clean_claims_of_workers();
    end_own_run();
    clean_claims_of_set_ups();
    return EXIT_FAILURE;
  }

 private:
  void set_up(const std::string& name) {
    int count = 0;
    const set_up_entry* entry = set_up_entry::find(name, count);
    if (!not_initialized_.empty()) return refuse(name, not_initialized_);
    if (entry == nullptr) {
      return refuse(name, count > 0
                              ? set_up_entry::refusal_of_twins(name)
                              : "per_run \"" + name +
                                    "\" is unknown to the process that sets up; it has to stand at namespace scope");
    }
    attempt([&] { local_set_ups::of_this_process().get(*entry, context::process()); }, [](const char*) {});
  }

  using moment = std::chrono::steady_clock::time_point;

  void refuse(const std::string& name, const std::string& why) {
    const moment now = std::chrono::steady_clock::now();
    answer(name, {false, why}, now, now);
  }

  void answer(const std::string& name, const set_up_outcome& outcome, moment began, moment ended) {
    flush_output();  // which is shown with a failure
    work_.send(wire_writer(message::payload)
                   .text(name)
                   .number(outcome.ready ? 1 : 0)
                   .text(outcome.bytes)
                   .moment(began)
                   .moment(ended));
  }

  static std::string claims_place() { return coordination_place.directory_of(this_worker().run_id); }

  /// A process that is dying closes one file after the other, and may hold its journal for a moment after it has left.
  static void wait_for_journals() {
    using namespace std::chrono_literals;
    const auto most = std::chrono::steady_clock::now() + 1s;
    while (has_held_journals(claims_place()) && std::chrono::steady_clock::now() < most) {
      std::this_thread::sleep_for(1ms);
    }
  }

  /// They may stand on what is torn down next.
  static void clean_claims_of_workers() {
    attempt([] { clean_claims(claims_place()); }, [](const char* text) { report(text); });
  }

  /// Here rather than at exit: what their handlers use that was made later would be destroyed before.
  static void clean_claims_of_set_ups() {
    attempt([] { set_up_journals_of_this_process.clean(); }, [](const char* text) { report(text); });
  }

  void tear_down(wire_reader& told) {
    clean_claims_of_workers();
    for (std::uint64_t left = told.number(); left > 0; --left) {
      const std::string name = told.text();
      const std::string payload = told.text();
      int count = 0;
      std::string failure;
      const moment began = std::chrono::steady_clock::now();
      if (const set_up_entry* entry = set_up_entry::find(name, count)) {
        failure = run_tear_down(*entry, payload);
      }
      const moment ended = std::chrono::steady_clock::now();
      flush_output();
      work_.send(wire_writer(message::torn_down).text(name).text(failure).moment(began).moment(ended));
    }
    local_set_ups::of_this_process().forget();
  }

  connection work_;
  std::string not_initialized_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/detail/shard_of.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The tests, of which those of another shard are elsewhere. Inseparable ones are where the first of them is.
inline std::vector<planned_test> shard_of(std::vector<planned_test> tests, const launch_options& options) {
  std::map<std::string_view, std::size_t> first_of;
  for (std::size_t index = 0; index < tests.size(); ++index) {
    planned_test& test = tests[index];
    const std::size_t place = test.inseparable ? first_of.try_emplace(test.suite, index).first->second : index;
    test.elsewhere = test.elsewhere || place % options.shards != options.shard - 1;
  }
  return tests;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/machines.hpp

APART_BEGIN_NAMESPACE

/// One launcher's part in a run over several machines, which meet by a coordinator: `APART_COORDINATOR=postgresql://...` and
/// one `APART_RUN_ID` on all of them. Together they run each test once; a machine may come while others run.
///
/// What they share: the list of the tests, and their order; the seed; the numbers of workers and of processes, so names are
/// unique among all; set-ups of `scope::run`; the turn of serial tests, which are alone on all machines. What each has for
/// itself: set-ups of `scope::machine`, locks and ports, the limits of groups, and its verdict.
/// One that comes when all others have gone begins the run anew.
/// A machine that dies takes with it the tests that it had handed out and not finished: each of the others names them, and
/// has failed. One that loses the coordinator cancels its run.
/// Errors: `apart::error` where the coordinator fails, or where the tests are not those of the run.
class machines {
 public:
  using moment = std::chrono::steady_clock::time_point;

  /// Null: the run is of this machine alone. Takes the variable out of the environment: members meet on their machine.
  static std::unique_ptr<machines> of_this_run(const launch_options& options) {
    const std::string url = detail::variable(detail::coordinator_variable).value_or("");
    const auto join = detail::coordinator_scheme::find(url);
    if (join == nullptr && !url.empty() && url.compare(0, 5, "file:") != 0) {
      detail::raise(
          error(fmt::format("APART_COORDINATOR='{}' is not known here: a database is for a program that includes "
                            "<apart/interop/postgres.hpp>",
                            url.substr(0, url.find(':') + 1) + "...")));
    }
    if (join == nullptr) return nullptr;
    const std::string run = detail::variable("APART_RUN_ID").value_or("");
    if (run.empty())
      detail::raise(error("APART_COORDINATOR: a run over machines needs one APART_RUN_ID on all of them"));
    if (options.shards > 1 || !options.one_round()) {
      detail::raise(error("APART_COORDINATOR: --shard, --repeat and --until-it-fails are for a run on one machine"));
    }
    static_cast<void>(detail::set_variable(detail::coordinator_variable, std::nullopt));
    return std::make_unique<machines>(join(url, run), options.procs);
  }

  machines(std::unique_ptr<coordinator> joined, unsigned workers)
      : run_(std::move(joined)), number_(static_cast<unsigned>(run_->add("machines", 1))) {
    lock(*run_, life_of(number_), run_->session());
    static_cast<void>(run_->create(beginning_of(number_), ""));
    part_.first_worker = static_cast<unsigned>(run_->add("workers", workers));
    part_.first_process = number_ << 20U;  // so many processes of each have numbers of their own
    part_.run_bits = std::stoull(agreed("run bits", std::to_string(detail::random_bits())));
  }

  const run_part& part() const noexcept { return part_; }
  /// Where they meet. As long as this object.
  coordinator& meeting() noexcept { return *run_; }

  /// What is to be said of it before the first test.
  std::string welcome() const {
    return fmt::format("machine {} of the run: run_lock, ports and groups are this machine's own", number_);
  }

  /// The seed of the run: what the first machine says.
  std::uint32_t seed(std::uint32_t mine) {
    return static_cast<std::uint32_t>(std::stoul(agreed("seed", std::to_string(mine))));
  }

  /// An `apart::error` where another machine has other tests.
  void compare(const std::vector<planned_test>& tests) {
    detail::wire_writer list(detail::message::listing);
    list.number(tests.size());
    for (const planned_test& test : tests) list.text(test.name);
    const std::string mine = fmt::format("{} {:016x}", tests.size(), detail::hash_of(tests));
    const std::string theirs = agreed("tests", mine);
    if (theirs == mine) return;
    detail::raise(
        error(fmt::format("the tests of this machine are not those of the run: {} (number and hash) there, {} here; "
                          "run the same program with the same selection everywhere",
                          theirs, mine)));
  }

  /// The plan draws from the run: see `plan::draw_from`.
  void supply(plan& tests) {
    units_ = tests.draw_from([this, &tests] { take(tests); });
    for (const auto& unit : units_) left_ += unit.size();
    tests.still_to_come(left_);
  }

  /// What has ended is told to the others. Returns whether workers that wait may ask again: it is a serial test's turn.
  bool turn(plan& tests) {
    std::vector<taken> open;
    for (taken& mine : open_) {
      bool done = true;
      for (const std::size_t index : mine.tests) done = done && tests.has_ended(index);
      if (!done) {
        open.push_back(std::move(mine));
      } else {
        static_cast<void>(run_->create(fmt::format("ended {}", mine.unit), ""));
      }
    }
    open_ = std::move(open);
    if (has_turn_ && open_.empty()) {
      run_->unlock(alone);
      has_turn_ = false;
    }
    return std::exchange(waits_for_turn_, false);
  }

  /// When to call `turn` though nothing has happened.
  moment next() const noexcept {
    return std::chrono::steady_clock::now() + std::chrono::milliseconds(waits_for_turn_ ? 20 : 500);
  }

  /// Why this machine has no part in the run any more; empty: it has.
  std::string lost() const { return run_->session().cause(); }

  /// When its own tests have ended: waits for the others, until `interrupted` says true. The tests that machines have taken
  /// with them.
  template <class Interrupted>
  std::vector<std::string> wait_for_others(plan& tests, Interrupted interrupted) {
    turn(tests);
    run_->unlock(alone);
    if (open_.empty()) static_cast<void>(run_->create(end_of(number_), ""));
    std::vector<std::size_t> dead;
    for (unsigned machine = 0; machine < run_->add("machines", 0); ++machine) {
      if (!run_->read(beginning_of(machine))) continue;  // comes too late to take anything
      while (machine != number_ && !run_->read(end_of(machine))) {
        if (interrupted() || !lost().empty()) return {};
        if (is_dead(machine) && !run_->read(end_of(machine))) {
          dead.push_back(machine);
          break;
        }
        run_->wait_for_change(run_->session(), std::chrono::milliseconds(200));
      }
    }
    return dead.empty() ? std::vector<std::string>() : taken_along_by(dead, tests);
  }

 private:
  /// Shared by machines that run tests side by side, exclusive for serial ones.
  static constexpr const char* alone = "alone";

  struct taken {
    std::size_t unit;
    std::vector<std::size_t> tests;
  };

  static std::string life_of(unsigned machine) { return fmt::format("machine {}", machine); }
  static std::string beginning_of(unsigned machine) { return fmt::format("beginning of machine {}", machine); }
  static std::string end_of(unsigned machine) { return fmt::format("end of machine {}", machine); }

  /// What the first one has said.
  std::string agreed(const char* name, const std::string& mine) {
    static_cast<void>(run_->create(name, mine));
    return run_->read(name).value_or(mine);
  }

  static void read_owner(const std::string& owner, unsigned& machine, std::size_t& count) {
    char* end = nullptr;
    machine = static_cast<unsigned>(std::strtoul(owner.c_str(), &end, 10));
    count = std::max<std::size_t>(1, std::strtoul(end, nullptr, 10));
  }

  std::vector<std::string> taken_along_by(const std::vector<std::size_t>& dead, const plan& tests) {
    std::vector<std::string> missing;
    for (std::size_t unit = 0; unit < units_.size();) {
      const auto owner = run_->read(fmt::format("taken {}", unit));
      if (!owner) break;
      unsigned machine = 0;
      std::size_t count = 0;
      read_owner(*owner, machine, count);
      const bool has_died = std::find(dead.begin(), dead.end(), std::size_t{machine}) != dead.end();
      const bool is_missing = has_died && !run_->read(fmt::format("ended {}", unit));
      for (const std::size_t end = std::min(unit + count, units_.size()); unit < end; ++unit) {
        for (const std::size_t index : units_[unit]) {
          if (is_missing) missing.push_back(fmt::format("{} (machine {})", tests.name(index), machine));
        }
      }
    }
    return missing;
  }

  /// Its lock goes with it.
  bool is_dead(unsigned machine) {
    if (machine == number_ || !run_->try_lock(life_of(machine))) return false;
    run_->unlock(life_of(machine));
    return true;
  }

  /// Takes the next units that nobody has: a text says whose they are, and how many, so that nothing lies between the
  /// decision and the record of it.
  void take(plan& tests) {
    skip_to(static_cast<std::size_t>(run_->add("units taken", 0)), tests);
    while (next_ < units_.size()) {
      if (!may_run(tests, tests.is_serial(units_[next_].front()))) return;
      const std::size_t count = tests.is_serial(units_[next_].front()) ? 1 : count_to_take(tests);
      const std::string name = fmt::format("taken {}", next_);
      const bool is_mine = run_->create(name, fmt::format("{} {}", number_, count));
      unsigned machine = number_;
      std::size_t theirs = count;
      if (!is_mine) read_owner(run_->read(name).value_or("0 1"), machine, theirs);
      taken mine{next_, {}};
      skip_to(next_ + theirs, tests);
      if (!is_mine) continue;
      run_->add("units taken", count);  // a hint, which spares the others to go through all
      for (std::size_t unit = mine.unit; unit < next_; ++unit) {
        for (const std::size_t index : units_[unit]) {
          mine.tests.push_back(index);
          tests.admit(index);
        }
      }
      open_.push_back(std::move(mine));
      return;
    }
    if (!shares_) return;
    shares_ = false;
    run_->unlock(alone);
  }

  /// Those before are taken.
  void skip_to(std::size_t unit, plan& tests) {
    for (const std::size_t end = std::min(unit, units_.size()); next_ < end; ++next_) left_ -= units_[next_].size();
    tests.still_to_come(left_);
  }

  /// Those that are expected to take ten milliseconds, and no more than a part of what is left; no serial ones.
  std::size_t count_to_take(const plan& tests) const {
    const std::size_t most = std::min(tests.in_ten_milliseconds(), std::max<std::size_t>(1, left_ / 16));
    std::size_t count = 1;
    while (count < most && next_ + count < units_.size() && !tests.is_serial(units_[next_ + count].front())) ++count;
    return count;
  }

  /// Serial tests wait until no other machine runs any, and keep them from it.
  bool may_run(const plan& tests, bool serial) {
    if (serial ? has_turn_ : shares_) return true;
    if (serial && tests.running() > 0) return false;
    if (serial && std::exchange(shares_, false)) run_->unlock(alone);
    (serial ? has_turn_ : shares_) = serial ? run_->try_lock(alone) : run_->try_lock_shared(alone);
    waits_for_turn_ = !(serial ? has_turn_ : shares_);
    return !waits_for_turn_;
  }

  std::unique_ptr<coordinator> run_;
  const unsigned number_;
  run_part part_;
  std::vector<std::vector<std::size_t>> units_;
  std::size_t next_ = 0;     ///< of the units: none before it is free
  std::size_t left_ = 0;     ///< tests of those from `next_` on
  std::vector<taken> open_;  ///< by this machine, and not all ended
  bool shares_ = false;      ///< in `alone`
  bool has_turn_ = false;    ///< has all of it
  bool waits_for_turn_ = false;
};

APART_END_NAMESPACE

// ---- apart/launch/run_watch.hpp

APART_BEGIN_NAMESPACE

/// What ends a run before its tests do: interrupts (SIGINT, SIGTERM, SIGHUP), and the end of its time (`--run-timeout`).
/// Either takes the next of three steps: running tests are cancelled, the processes are asked to end, they are killed.
/// Signals that come less than 500 ms after the last one that counted are the same interrupt; the time takes a step each
/// grace. It outlives all rounds. One at a time in a process.
class run_watch {
 public:
  using moment = std::chrono::steady_clock::time_point;

  enum class step { none, cancel, ask, kill };

  struct order {
    step what = step::none;
    std::string cause;        ///< for the contexts that are cancelled
    std::string text;         ///< for people
    bool with_stack = false;  ///< who is asked to end is to say where it is
  };

  /// `limit` is counted from now on.
  explicit run_watch(std::chrono::nanoseconds limit) : limit_(limit), next_(detail::from_now(limit)) {}

  const detail::signal_pipe& signals() const noexcept { return signals_; }
  /// The next signal that has arrived; 0: none.
  int take_signal() noexcept { return signals_.take(); }

  /// When the time takes its next step.
  moment next() const noexcept { return next_; }

  /// Whether a step has been taken.
  bool stopped() const noexcept { return last_ != step::none; }

  /// What is to be done upon that signal.
  order interrupted(int signal, moment now) {
    if (interrupts_ > 0 && now - interrupted_ < detail::same_interrupt) return {};
    interrupted_ = now;
    ++interrupts_;
    const std::string cause = "the run was interrupted by " + detail::signal_name(signal);
    const std::string told = interrupts_ == 1 ? cause : interrupts_ == 2 ? "a second interrupt" : "a third interrupt";
    switch (climb()) {
      case step::cancel:
        return {last_, cause,
                told + ": running tests are cancelled, and their clean-ups run; another interrupt ends them"};
      case step::ask:
        return {last_, cause, told + ": the processes of the run are asked to end (SIGTERM)"};
      default:
        return {last_, cause, told + ": the processes of the run are killed"};
    }
  }

  /// What is to be done at that moment.
  order look(moment now) {
    if (now < next_) return {};
    next_ = now + detail::grace_after(limit_);
    const std::string cause = "the run has taken longer than --run-timeout=" + detail::in_words(limit_);
    switch (climb()) {
      case step::cancel:
        return {last_, cause, cause + ": running tests are cancelled, and their clean-ups run"};
      case step::ask:
        return {last_, cause, cause + ", and goes on: its processes are asked to end", true};
      default:
        return {last_, cause, cause + ", and goes on: its processes are killed"};
    }
  }

  /// The run was stopped for that long.
  void shift(std::chrono::nanoseconds paused) noexcept {
    if (next_ != moment::max()) next_ += paused;
  }

 private:
  step climb() noexcept {
    last_ = last_ == step::none ? step::cancel : last_ == step::cancel ? step::ask : step::kill;
    return last_;
  }

  detail::signal_pipe signals_{detail::signals_of_a_run()};
  const std::chrono::nanoseconds limit_;
  moment next_;
  step last_ = step::none;
  int interrupts_ = 0;
  moment interrupted_{};  ///< when the last interrupt came that counted
};

APART_END_NAMESPACE

// ---- apart/launch/timings.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// By "<program> <name>", a tab between them. Times of a year and more are none.
inline std::map<std::string, std::chrono::microseconds> parse_timings(std::string_view text) {
  constexpr long long longest = std::chrono::microseconds(std::chrono::hours(24 * 365)).count();
  std::map<std::string, std::chrono::microseconds> times;
  while (!text.empty()) {
    const std::string line(text.substr(0, text.find('\n')));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
    char* end = nullptr;
    const long long took = std::strtoll(line.c_str(), &end, 10);
    const std::string_view test = std::string_view(end).substr(*end == '\t' ? 1 : 0);
    if (took > 0 && took < longest && *end == '\t' && test.find('\t') != std::string_view::npos) {
      times[std::string(test)] = std::chrono::microseconds(took);
    }
  }
  return times;
}

}  // namespace detail

/// How long tests took when they last ran, in a file between runs: what took longest then is run first, so that no long
/// test begins when all others have ended. It decides the order and nothing else.
///
/// The file: a line for each test, "<microseconds> <program> <name>", a tab between them, for any number of programs. Lines
/// that are no such are ignored, tests that are not in this run are kept. Replaced as a whole; of two
/// runs that end at the same moment the times of one may be lost.
class timings {
 public:
  /// `path`: of the file; empty: there is none, and nothing is known.
  timings(std::string path, std::string_view program) : path_(std::move(path)) {
    prefix_ = detail::one_line(std::string(program.substr(program.rfind('/') + 1))) + '\t';
    if (!path_.empty()) read();
  }

  /// For each test; zero: not known.
  std::vector<std::chrono::microseconds> of(const std::vector<planned_test>& tests) const {
    std::vector<std::chrono::microseconds> known;
    for (const planned_test& test : tests) {
      const auto found = times_.find(key(test.name));
      known.push_back(found != times_.end() ? found->second : std::chrono::microseconds(0));
    }
    return known;
  }

  void note(const std::string& test, std::chrono::nanoseconds took) {
    if (path_.empty()) return;
    noted_[key(test)] = std::chrono::duration_cast<std::chrono::microseconds>(took) + std::chrono::microseconds(1);
  }

  /// What another run has written meanwhile stays.
  detail::fault write() {
    if (noted_.empty()) return {};
    read();
    std::string text;
    for (const auto& [test, took] : noted_) times_[test] = took;
    for (const auto& [test, took] : times_) text += std::to_string(took.count()) + '\t' + test + '\n';
    detail::descriptor file;
    return detail::system_fault(detail::atomic_write(path_, path_, detail::existing_file::is_replaced, text, file),
                                "APART_TIMINGS: cannot write '" + path_ + "'");
  }

 private:
  std::string key(const std::string& test) const { return prefix_ + detail::one_line(test); }

  void read() {
    std::string text;
    if (detail::read_file(path_, text) != 0) return;
    for (auto& [test, took] : detail::parse_timings(text)) times_[test] = took;
  }

  std::string path_;
  std::string prefix_;
  std::map<std::string, std::chrono::microseconds> times_;
  std::map<std::string, std::chrono::microseconds> noted_;
};

APART_END_NAMESPACE

// ---- apart/launch/launcher.hpp

APART_BEGIN_NAMESPACE

/// The parent of a run on many processes. It lists the tests, starts workers of the same binary, hands out work as they
/// ask for it, and believes only what each test reports of its own end.
///
/// An interrupt, or the end of the run's time, names the running tests, cancels all contexts and lets tests and clean-ups
/// end; see `run_watch` for what follows. SIGTSTP stops all processes of the run and its clocks, until SIGCONT. At the end
/// nothing of the run is left: no process, no directory; children that this process had before stay. One at a time in a
/// process; one thread.
class launcher {
 public:
  using moment = std::chrono::steady_clock::time_point;

  /// `record`: where all that happens is noted; null: nowhere. `others`: with which it shares the run; null: with none.
  launcher(framework& tests, const launch_options& options, std::uint32_t seed, run_watch& watch, run_record* record,
           machines* others = nullptr)
      : tests_(tests),
        options_(options),
        seed_(seed),
        watch_(watch),
        record_(record),
        others_(others),
        expected_(detail::shard_of(tests.select(seed), options)),
        timings_(timings_path(), options.all_arguments.front()),
        plan_(expected_, others == nullptr ? timings_.of(expected_) : std::vector<std::chrono::microseconds>()),
        out_(options.verbose),
        starter_(options, others != nullptr ? others->part() : run_part{}),
        set_ups_(others != nullptr ? &others->meeting() : nullptr),
        keeper_(starter_, set_ups_, out_, record,
                detail::grace_after(options.timeout.value_or(launch_options::for_ever))),
        crew_(options_, seed, expected_, plan_, starter_, keeper_, out_, record) {
    if (options.shuffle) plan_.shuffle(seed);
    if (others_ == nullptr) return;
    others_->compare(expected_);
    others_->supply(plan_);
  }

  exit_code run() {
    if (expected_.empty()) {
      out_.problem("no test is selected");
      return exit_code::no_test_selected;
    }
    began_ = std::chrono::steady_clock::now();
    if (record_ != nullptr) describe_run();
    out_.begin(began_);
    if (others_ != nullptr) out_.problem(others_->welcome());
    detail::adopt_orphans();
    const bool came_to_its_end = detail::attempt([this] { run_tests(); }, [this](const char* text) { abandon(text); });
    detail::clean_claims_of_dead_set_ups(starter_.run_id());
    detail::end_children([](detail::process_number) {}, children_before_);
    detail::remove_run_directory(starter_.run_id());
    keep_timings();
    const moment ended = std::chrono::steady_clock::now();
    const bool seed_matters = options_.shuffle || !options_.one_round();
    out_.summary(plan_, reruns(), workers_, ended - began_, seed_matters ? std::optional(seed_) : std::nullopt,
                 watch_.stopped());
    if (record_ != nullptr) record_->when.ended = ended;
    return came_to_its_end ? verdict() : exit_code::incomplete;
  }

 private:
  void run_tests() {
    obey();  // what was said between two rounds
    // None for an empty shard.
    const auto most = static_cast<unsigned>(std::min<std::size_t>(options_.procs, plan_.size()));
    if (!watch_.stopped()) workers_ = crew_.start(most);
    while (crew_.any_alive()) turn();
    if (others_ != nullptr && !cut_off_) wait_for_others();
    tear_down();
  }

  void wait_for_others() {
    const auto interrupted = [this] {
      obey();
      return watch_.stopped();
    };
    for (const std::string& test : others_->wait_for_others(plan_, interrupted)) {
      out_.problem("not finished, since its machine has died: " + test);
      machine_died_ = true;
    }
  }

  void tear_down() {
    detail::clean_claims_of_dead(starter_.run_id());
    while (keeper_.tear_down(watch_.stopped() || cut_off_)) turn();
  }

  /// The launcher itself cannot go on.
  void abandon(const char* why) {
    out_.problem(fmt::format("the run ends here: {}", why));
    plan_.stop();
    crew_.end();
    cut_off_ = true;
    detail::attempt([this] { tear_down(); },
                    [this](const char* text) {
                      out_.problem(fmt::format("what the run has set up is not torn down: {}", text));
                      keeper_.end();
                    });
  }

  /// Waits for something to happen, then takes it.
  void turn() {
    detail::poll_set waited;
    waited.add(watch_.signals().descriptor(), false);
    crew_.add_to(waited);
    keeper_.process().add_to(waited);
    const bool tests_run = crew_.any_alive();
    const moment tell = tests_run ? out_.next_progress() : moment::max();
    const moment others = others_ != nullptr ? others_->next() : moment::max();
    waited.wait_until(std::min({crew_.limits().next(), keeper_.next(), watch_.next(), tell, others}));
    crew_.turn();
    keeper_.turn();
    const moment now = std::chrono::steady_clock::now();
    crew_.limits().look(now);
    if (tests_run) out_.progress(plan_, crew_.limits().running(), plan_.left(workers_), now);
    obey();
    if (others_ != nullptr && tests_run) heed_others();
  }

  void heed_others() {
    std::string lost = others_->lost();
    detail::attempt(
        [this] {
          if (others_->turn(plan_)) crew_.wake_the_idle();
        },
        [&lost](const char* text) { lost = text; });
    if (lost.empty() || std::exchange(cut_off_, true)) return;
    out_.problem(lost + ": running tests are cancelled");
    crew_.cancel(lost);
  }

  /// Does what signals, and the end of the run's time, ask for.
  void obey() {
    const moment now = std::chrono::steady_clock::now();
    take(watch_.look(now));
    while (const int signal = watch_.take_signal()) {
      if (signal == detail::pause_wanted) {
        pause();
      } else if (signal != detail::child_has_ended) {
        take(watch_.interrupted(signal, now));
      } else {
        reap();
      }
    }
  }

  void take(const run_watch::order& given) {
    switch (given.what) {
      case run_watch::step::none:
        return;
      case run_watch::step::cancel:
        crew_.cancel(given.cause);
        break;
      case run_watch::step::ask:
        given.with_stack ? crew_.ask_to_end() : crew_.signal(detail::group_signal::end);
        keeper_.end_what_runs(detail::group_signal::end);
        break;
      case run_watch::step::kill:
        crew_.signal(detail::group_signal::kill);
        keeper_.end_what_runs(detail::group_signal::kill);
        break;
    }
    out_.problem(given.text);
    if (given.what == run_watch::step::cancel) crew_.limits().name_running();
  }

  void reap() {
    const auto ends_with_its_group = [this](detail::process_number child) { return crew_.has(child); };
    for (auto child = detail::reap_one(ends_with_its_group); child.pid != 0;
         child = detail::reap_one(ends_with_its_group)) {
      child.pid == keeper_.process().pid ? keeper_.ended(child.status) : crew_.ended(child);
    }
  }

  void signal_all(detail::group_signal what) {
    crew_.signal(what);
    keeper_.process().signal(what);
  }

  /// Stops the run as a shell's job control wants it, until it is continued.
  void pause() {
    out_.clear();
    std::fflush(stdout);
    signal_all(detail::group_signal::stop);
    time_span paused{std::chrono::steady_clock::now(), {}};
    detail::pause_this_process();
    paused.ended = std::chrono::steady_clock::now();
    signal_all(detail::group_signal::go_on);
    crew_.limits().shift(paused);
    watch_.shift(paused.ended - paused.began);
    began_ += paused.ended - paused.began;
  }

  static std::string timings_path() {
    const char* const path = std::getenv("APART_TIMINGS");
    return path != nullptr ? path : "";
  }

  void describe_run() {
    record_->program = options_.all_arguments.front();
    record_->seed = seed_;
    record_->workers = options_.procs;
    record_->started = std::chrono::system_clock::now();
    record_->when.began = began_;
  }

  /// How to run each of the failed tests alone.
  std::vector<std::string> reruns() const {
    std::vector<std::string> commands;
    for (const std::size_t index : plan_.failed()) {
      std::string command = detail::shell_quoted(options_.all_arguments.front()) + " --procs=1";
      if (!options_.own_directory.empty()) command += " --own-directory=" + options_.own_directory;
      if (options_.own_network) command += " --own-network";
      if (options_.own_tmp) command += " --own-tmp";
      for (const std::string& path : options_.own_paths) command += " --own-path=" + detail::shell_quoted(path);
      for (const std::string& path : options_.links) command += " --link=" + detail::shell_quoted(path);
      for (const std::string& path : options_.copies) command += " --copy=" + detail::shell_quoted(path);
      for (const std::string& argument : tests_.arguments_for(plan_.name(index), seed_)) {
        command += ' ' + detail::shell_quoted(argument);
      }
      commands.push_back(std::move(command));
    }
    return commands;
  }

  void keep_timings() {
    for (std::size_t index = 0; index < expected_.size(); ++index) {
      if (plan_.has_ended(index)) timings_.note(plan_.name(index), plan_.took(index));
    }
    if (record_ != nullptr) {
      for (const std::size_t index : plan_.never_ran()) record_->never_ran.push_back(plan_.name(index));
    }
    if (const detail::fault failed = timings_.write()) out_.problem(failed.text);
  }

  exit_code verdict() const {
    if (keeper_.set_up_failed()) return exit_code::set_up_failed;
    const bool meant_to_stop = options_.max_failures > 0 && plan_.failed().size() >= options_.max_failures;
    const bool complete = plan_.never_ran().empty() || (meant_to_stop && !watch_.stopped() && !crew_.gave_up());
    if (crew_.lists_differ() || !complete || cut_off_) return exit_code::incomplete;
    if (!plan_.failed().empty() || machine_died_ || crew_.broken() || keeper_.tear_down_failed())
      return exit_code::failed;
    return watch_.stopped() ? exit_code::incomplete : exit_code::passed;
  }

  framework& tests_;
  const launch_options& options_;
  const std::uint32_t seed_;
  run_watch& watch_;
  run_record* const record_;
  machines* const others_;
  const std::vector<detail::process_number> children_before_ = detail::children_left();
  const std::vector<planned_test> expected_;
  timings timings_;
  plan plan_;
  console out_;
  member_starter starter_;
  set_ups_of_machines set_ups_;
  keeper keeper_;
  crew crew_;
  unsigned workers_ = 0;
  bool machine_died_ = false;
  bool cut_off_ = false;  ///< from the other machines
  moment began_;
};

APART_END_NAMESPACE

// ---- apart/launch/detail/json_text.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The beginning of a text, as far as it is one character of UTF-8, or as far as it could have become one.
struct utf8_beginning {
  std::size_t size = 0;  ///< at least 1
  bool is_character = false;
};

/// `text`: not empty.
inline utf8_beginning first_of_utf8(std::string_view text) noexcept {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) return {1, true};
  if (first < 0xc2 || first > 0xf4) return {1, false};
  const std::size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  // No longer form than needed, no surrogate, nothing beyond U+10FFFF: all that decides is the second byte.
  unsigned least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  unsigned greatest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  for (std::size_t at = 1; at < size; ++at) {
    if (byte(at) < least || byte(at) > greatest) return {at, false};
    least = 0x80;
    greatest = 0xbf;
  }
  return {size, true};
}

/// Appends `text`, of any bytes, as a JSON string of valid UTF-8 that may stand in a script element of HTML: it has no
/// '<', no control character, and no line separator of JavaScript. What is no UTF-8 becomes U+FFFD, as often as in
/// browsers.
inline void append_json_text(std::string& json, std::string_view text) {
  json += '"';
  while (!text.empty()) {
    const auto [size, is_character] = first_of_utf8(text);
    const std::string_view character = text.substr(0, size);
    const auto byte = static_cast<unsigned char>(text.front());
    text.remove_prefix(size);
    if (!is_character) {
      json += "\xef\xbf\xbd";
    } else if (byte == '"' || byte == '\\') {
      json += '\\';
      json += character;
    } else if (byte == '\n') {
      json += "\\n";
    } else if (byte < 0x20 || byte == 0x7f || byte == '<') {
      json += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
    } else if (character == "\xe2\x80\xa8" || character == "\xe2\x80\xa9") {
      json += character.back() == '\xa8' ? "\\u2028" : "\\u2029";
    } else {
      json += character;
    }
  }
  json += '"';
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/detail/timeline_script.hpp

APART_BEGIN_NAMESPACE
namespace detail {

// What the page does, see timeline_page.hpp. Names and output come into the document as text nodes only.

/// From the data of timeline.hpp to items: what a bar stands for, with times in microseconds.
inline constexpr std::string_view timeline_script_of_items = R"js('use strict';

const rounds = JSON.parse(document.getElementById('data').textContent);

const byId = id => document.getElementById(id);

/// Children that are strings become text.
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const plural = (count, one, many = one + 's') => `${count} ${count === 1 ? one : many}`;
const percent = part => `${(100 * part).toFixed(part > 0 && part < 0.1 ? 1 : 0)} %`;

function duration(us) {
  const digits = value => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
  if (us < 1000) return `${us} \u00b5s`;
  if (us < 1e6) return `${digits(us / 1e3)} ms`;
  if (us < 60e6) return `${digits(us / 1e6)} s`;
  const seconds = Math.round(us / 1e6);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function size(bytes) {
  return bytes < 10240 ? plural(bytes, 'byte') :
      bytes < 10485760 ? `${Math.round(bytes / 1024)} KiB` : `${Math.round(bytes / 1048576)} MiB`;
}

function calendar(ms) {
  const two = number => String(number).padStart(2, '0');
  const at = new Date(ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
      `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/// Without colours of a terminal, and with other control characters made visible.
function shown(text) {
  return text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '').replace(/\r\n/g, '\n')
      .replace(/[\x00-\x08\x0b-\x1f]/g, control => String.fromCharCode(0x2400 + control.charCodeAt(0)))
      .replace(/\x7f/g, '\u2421');
}

/// How long at least one of the spans lasted, within the item.
function covered(spans, item) {
  let total = 0;
  let until = item.began;
  for (const span of spans) {
    const end = Math.min(item.began + item.took, span.began + span.took);
    total += Math.max(0, end - Math.max(until, span.began));
    until = Math.max(until, end);
  }
  return total;
}

/// Where in the item the longest time without a wait is.
function longestGap(item) {
  let longest = {began: item.began, took: -1};
  let from = item.began;
  for (const next of [...item.waits, {began: item.began + item.took, took: 0}]) {
    if (next.began - from > longest.took) longest = {began: from, took: next.began - from};
    from = Math.max(from, next.began + next.took);
  }
  return longest;
}

function itemOf(record, lane, kind, word) {
  const item = {
    record, lane, kind, word, name: shown(record.name), began: record.began, took: record.took,
    bad: word.includes('failed') || word.includes('crashed'),
    waits: [...record.waits ?? []].sort((a, b) => a.began - b.began),
    left: record.left_running ?? [], row: 0, bar: null, title: null,
  };
  item.waited = covered(item.waits, item);
  item.gap = longestGap(item);
  item.where = lane > 0 ? `worker ${lane - 1}` : '';
  item.label = [item.name, word, item.where].filter(Boolean).join(', ') +
      `, began at ${duration(item.began)}, took ${duration(item.took)}` +
      (item.waits.length ? `, waited ${duration(item.waited)}` : '') +
      (item.left.length ? `, left ${plural(item.left.length, 'process', 'processes')} running` : '');
  item.haystack = [item.label, ...item.waits.map(wait => wait.name), ...item.left].join('\n').toLowerCase();
  return item;
}

/// In lane 0 the set-ups, in lane n + 1 what worker n ran; in each by their beginnings.
function itemsOf(round) {
  const tests = round.tests.map(test => {
    const kind = test.crashed ? 'crashed' : test.result ?? 'passed';
    return itemOf(test, test.worker + 1, kind, kind === 'crashed' ? 'failed: crashed' : kind);
  });
  const setUps = round.set_ups.map(setUp => {
    const kind = setUp.tear_down ? 'tear-down' : 'set-up';
    return itemOf(setUp, 0, kind, setUp.failure ? `${kind} failed` : kind);
  });
  return [...setUps, ...tests].sort((a, b) => a.lane - b.lane || a.began - b.began);
}

/// What runs at the same time in a lane gets rows of its own. Returns how many.
function arrangeInRows(items) {
  const ends = [];
  for (const item of items) {
    const free = ends.findIndex(end => end <= item.began);
    item.row = free >= 0 ? free : ends.length;
    ends[item.row] = item.began + item.took;
  }
  return Math.max(1, ends.length);
}
)js";

/// The summary, the lists, and the chart with its axis and zoom.
inline constexpr std::string_view timeline_script_of_chart = R"js(
const chart = byId('chart');
const rowHeight = 24;
const aboveRows = 9;
let items = [];     // of the round that is shown
let lanes = [];     // of each its items in their order
let span = 1;       // microseconds that the chart is wide
let zoom = 1;
const itemOfBar = new Map();

const baseName = round => shown(round.program.split('/').pop());

function verdict(round) {
  const failed = round.tests.filter(test => test.crashed || test.result === 'failed').length;
  if (failed) return `${failed} failed`;
  if (round.set_ups.some(setUp => setUp.failure)) return 'a set-up or tear-down failed';
  return round.never_ran.length ? `${round.never_ran.length} never ran` : 'passed';
}

function summarize(round) {
  const tests = items.filter(item => item.lane > 0);
  const count = kind => items.filter(item => item.kind === kind).length;
  const sum = (list, value) => list.reduce((total, item) => total + value(item), 0);
  const workers = Math.max(round.workers, lanes.length - 1);
  const capacity = Math.max(1, workers * round.took);
  const waited = sum(tests, item => item.waited);
  const busy = sum(tests, item => item.took) - waited;

  const fact = (number, word, title) =>
      element('li', title ? {title} : null, element('strong', null, String(number)), element('span', null, word));
  // With a sample of the bar; a click searches for these.
  const kind = (number, word, look, search) => {
    const sample = element('span', {class: `sample ${look}`, 'aria-hidden': 'true'});
    if (look.includes('hatched')) sample.append(element('span', {class: 'wait', style: 'left: 0; right: 0'}));
    const button = element('button', {type: 'button', title: `Search for \u201c${search}\u201d`}, sample,
                           element('strong', null, String(number)), element('span', null, word));
    button.addEventListener('click', () => searchFor(byId('search').value === search ? '' : search));
    return element('li', {'data-kind': look}, button);
  };
  const failed = tests.filter(item => item.bad).length;
  const facts = [kind(count('passed'), 'passed', 'passed', 'passed')];
  facts.push(failed ? kind(failed, 'failed', 'failed', 'failed') : fact(0, 'failed'));
  if (count('crashed')) facts.push(kind(count('crashed'), 'of them crashed', 'crashed', 'crashed'));
  if (count('skipped')) facts.push(kind(count('skipped'), 'skipped', 'skipped', 'skipped'));
  if (round.never_ran.length) facts.push(fact(round.never_ran.length, 'never ran'));
  for (const what of ['set-up', 'tear-down']) {
    if (count(what)) facts.push(kind(count(what), count(what) === 1 ? what : `${what}s`, what, what));
  }
  if (waited) facts.push(kind(duration(waited), 'waited', 'passed hatched', 'waited'));
  const left = sum(tests, item => item.left.length);
  if (left) facts.push(kind(left, 'left running', 'passed leaves', 'left'));
  byId('results').replaceChildren(...facts);
  byId('numbers').replaceChildren(
      fact(duration(round.took), 'wall time'), fact(workers, workers === 1 ? 'worker' : 'workers'),
      fact(percent(Math.min(1, busy / capacity)), 'utilisation',
           'The part of the time of all workers in which a test ran and did not wait for a lock or a set-up'),
      fact(round.seed, 'seed'));
  byId('program').textContent = baseName(round);
  byId('run').textContent = shown(round.program) + (round.started > 0 ? `, began ${calendar(round.started)}` : '');
  document.title = `${baseName(round)}: ${verdict(round)}`;
}

const failures = () => items.filter(item => item.bad).sort((a, b) => a.began - b.began);

function listUp(round) {
  const goTo = (list, value) => list.map(item => {
    const button = element('button', {type: 'button'}, element('span', {class: 'any'}, item.name),
                           element('span', null, value(item)));
    button.addEventListener('click', () => { unpin(); focusOn(item); pin(item); });
    return button;
  });
  const sections = [];
  const list = (title, count, entries) => {
    if (!entries.length) return;
    sections.push(element('section', null, element('h2', null, `${title} `, element('span', null, String(count))),
                          element('ul', null, ...entries.map(entry => element('li', null, entry)))));
  };
  const failed = failures().filter(item => item.lane > 0);
  list('Failed', failed.length, goTo(failed, item => item.where));
  const failedSetUps = failures().filter(item => item.lane === 0);
  list('Failed set-ups and tear-downs', failedSetUps.length, goTo(failedSetUps, item => item.kind));
  list('Never ran', round.never_ran.length,
       round.never_ran.map(name => element('span', {class: 'any'}, shown(name))));
  const leaving = items.filter(item => item.left.length);
  list('Left processes running', leaving.length, goTo(leaving, item => String(item.left.length)));
  const longest = items.filter(item => item.lane > 0).sort((a, b) => b.took - a.took).slice(0, 10);
  list('Longest', '', goTo(longest, item => duration(item.took)));
  byId('lists').replaceChildren(...sections);
}

function barOf(item) {
  const bar = document.createElement('div');
  bar.className = `bar ${item.kind}${item.bad ? ' bad' : ''}${item.left.length ? ' leaves' : ''}`;
  bar.setAttribute('role', 'gridcell');
  bar.setAttribute('aria-label', item.label);
  bar.tabIndex = -1;
  bar.style.left = `min(${100 * item.began / span}%, 100% - 3px)`;
  bar.style.width = `max(3px, ${100 * item.took / span}% - 1px)`;
  bar.style.top = `${aboveRows + rowHeight * item.row}px`;
  for (const wait of item.waits) {
    const from = Math.max(item.began, wait.began);
    const until = Math.min(item.began + item.took, wait.began + wait.took);
    if (until <= from) continue;
    const hatched = document.createElement('span');
    hatched.className = 'wait';
    hatched.style.left = `${100 * (from - item.began) / item.took}%`;
    hatched.style.width = `${100 * (until - from) / item.took}%`;
    bar.append(hatched);
  }
  item.bar = bar;
  itemOfBar.set(bar, item);
  return bar;
}

function laneOf(number, round) {
  const mine = lanes[number];
  const rows = arrangeInRows(mine);
  const name = number === 0 ? 'set-ups' : `worker ${number - 1}`;
  const busy = mine.reduce((total, item) => total + item.took - item.waited, 0);
  const label = element('div', {class: 'lane-label', role: 'rowheader'}, name);
  if (number > 0) {
    label.append(element('span', {title: 'How many tests it ran, and for how much of the time, waits not counted'},
                         `${plural(mine.length, 'test')}, ${percent(busy / Math.max(1, round.took))}`));
  }
  const track = element('div', {class: 'track', role: 'presentation'}, ...mine.map(barOf));
  track.style.height = `${aboveRows + rowHeight * rows + 3}px`;
  return element('div', {class: 'lane', role: 'row'}, label, track);
}

function draw(round) {
  items = itemsOf(round);
  lanes = Array.from({length: 1 + items.reduce((most, item) => Math.max(most, item.lane), round.workers)}, () => []);
  for (const item of items) lanes[item.lane].push(item);
  span = items.reduce((end, item) => Math.max(end, item.began + item.took), Math.max(1, round.took));
  itemOfBar.clear();
  const drawn = lanes.map((mine, number) => number > 0 || mine.length ? laneOf(number, round) : null);
  byId('lanes').replaceChildren(...drawn.filter(Boolean));
  summarize(round);
  listUp(round);
  unpin();
  show(failures()[0] ?? null);
  setTabStop(failures()[0] ?? items[0]);
  search();
  zoomTo(1);
}

const labelWidth = () => byId('axis').offsetWidth - byId('ticks').offsetWidth;
const trackWindow = () => Math.max(1, chart.clientWidth - labelWidth());

/// The moment that is `x` pixels right of the labels stays there.
function zoomTo(wanted, x = trackWindow() / 2) {
  const moment = (chart.scrollLeft + x) / (trackWindow() * zoom);
  zoom = Math.max(1, Math.min(8e6 / trackWindow(), wanted));
  byId('canvas').style.width = zoom === 1 ? '' : `calc((100% - var(--lane-label)) * ${zoom} + var(--lane-label))`;
  chart.scrollLeft = moment * trackWindow() * zoom - x;
  fit();
}

/// What depends on how many pixels things are wide: names in the bars, and the axis.
function fit() {
  const pixels = trackWindow() * zoom / span;
  for (const item of items) {
    if (item.gap.took * pixels < 44) {
      item.title?.remove();
      item.title = null;
      continue;
    }
    item.title ??= item.bar.appendChild(element('span', {class: 'place', 'aria-hidden': 'true'},
                                                element('span', {class: 'name'}, item.name)));
    item.title.style.left = `${(item.gap.began - item.began) * pixels}px`;
    item.title.style.width = `${item.gap.took * pixels - 4}px`;
  }
  drawAxis();
}

function drawAxis() {
  const pixels = trackWindow() * zoom / span;
  const least = 90 / pixels;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = Math.max(1, [1, 2, 5, 10].map(factor => factor * power).find(wide => wide >= least));
  const marks = [];
  const lines = [];
  const first = Math.floor(chart.scrollLeft / pixels / step) * step;
  const last = Math.min(span, (chart.scrollLeft + trackWindow()) / pixels);
  for (let at = first; at <= last; at += step) {
    const left = `left: ${100 * at / span}%`;
    lines.push(element('i', {style: left}));
    const isInSight = at * pixels >= chart.scrollLeft && at + 0.6 * step <= span;
    if (isInSight) marks.push(element('span', {style: left}, at === 0 ? '0' : axisTime(at, step)));
  }
  byId('ticks').replaceChildren(...marks);
  byId('grid').replaceChildren(...lines);
}

/// In one unit for the whole axis, with as many digits as its steps need.
function axisTime(at, step) {
  const [unit, word] = span >= 1e6 && step >= 1e3 ? [1e6, 's'] : step >= 100 ? [1e3, 'ms'] : [1, '\u00b5s'];
  return `${(at / unit).toFixed(Math.max(0, Math.ceil(Math.log10(unit / step) - 1e-9)))} ${word}`;
}
)js";

/// The details of one item, the search, and all that keys and pointers do.
inline constexpr std::string_view timeline_script_of_details = R"js(
let described = null;  // the item in the details
let pinned = null;
let tabStop = null;    // the item whose bar Tab reaches
const shownAtFirst = 16384;

function printedBy(record) {
  if (record.left_out === undefined) return record.output ?? '';
  const gap = `[\u2026 ${size(record.left_out)} of output are not in this page \u2026]`;
  return `${record.output}\n\n${gap}\n\n${record.output_end}`;
}

function outputOf(record) {
  const whole = shown(printedBy(record));
  const heading = element('h3', null, whole ? 'Output' : 'Printed nothing');
  if (!whole) return element('div', {class: 'printed'}, heading);
  const pre = element('pre', {tabindex: '0', 'aria-label': 'Output', class: 'any'}, whole.slice(0, shownAtFirst));
  if (whole.length > shownAtFirst) {
    const more = element('button', {type: 'button'}, `Show all ${size(whole.length)}`);
    more.addEventListener('click', () => { pre.textContent = whole; more.remove(); pre.focus(); });
    heading.append(more);
  }
  return element('div', {class: 'printed'}, heading, pre);
}

/// null: of nothing.
function show(item) {
  if (item && item === described) return;
  described?.bar.classList.remove('described');
  item?.bar.classList.add('described');
  described = item;
  const details = byId('details');
  if (!item) {
    details.replaceChildren(element('p', {class: 'empty'}, items.length ?
        'Point at a bar, or move to one with the keyboard, to see its details here.' : 'Nothing ran.'));
    return;
  }
  const record = item.record;
  const facts = element('dl');
  const fact = (name, ...values) => {
    facts.append(element('dt', null, name), ...values.map(value => element('dd', {class: 'any'}, value)));
  };
  if (item.where) fact('Where', item.where);
  fact('Began', `at ${duration(item.began)}`);
  fact('Took', duration(item.took));
  const why = record.why ?? record.failure;
  if (why) fact('Why', shown(why));
  if (item.waits.length) {
    fact('Waited', `${duration(item.waited)} (${percent(item.waited / Math.max(1, item.took))})`);
    for (const wait of item.waits) {
      fact('', `${duration(wait.took)} for ${shown(wait.name)}, from ${duration(wait.began)}`);
    }
  }
  for (const process of item.left) fact('Left running', shown(process));
  const body = element('div', {class: 'body'}, element('div', {class: 'facts'}, facts));
  if (item.lane > 0) body.append(outputOf(record));
  const badge = element('span', {class: `badge ${item.kind}${item.bad ? ' bad' : ''}`}, item.word);
  const head = element('div', {class: 'head'}, badge, element('h2', {class: 'any'}, item.name));
  if (item === pinned) {
    const close = element('button', {type: 'button', class: 'close'}, 'Close');
    close.addEventListener('click', closeDetails);
    head.append(element('span', {class: 'hint'}, 'pinned'), close);
  } else {
    head.append(element('span', {class: 'hint'}, 'Enter or click pins'));
  }
  details.replaceChildren(head, body);
}

function unpin() {
  pinned?.bar.removeAttribute('aria-selected');
  pinned = null;
}

function pin(item) {
  unpin();
  pinned = item;
  item.bar.setAttribute('aria-selected', 'true');
  described = null;
  show(item);
}

/// Focus that was in the details goes back to the bar.
function closeDetails() {
  const wasInside = byId('details').contains(document.activeElement);
  const item = described;
  unpin();
  if (wasInside && item) item.bar.focus();
  show(null);
  byId('tip').hidden = true;
}

function glance(item, x) {
  if (!pinned) show(item);
  const tip = byId('tip');
  const waited = item.waits.length ? `, waited ${duration(item.waited)}` : '';
  tip.replaceChildren(element('div', {class: 'any'}, item.name), `${item.word}, ${duration(item.took)}${waited}`);
  tip.hidden = false;
  const bar = item.bar.getBoundingClientRect();
  const wanted = x ?? Math.max(bar.left, chart.getBoundingClientRect().left + labelWidth());
  tip.style.left = `${Math.max(4, Math.min(document.documentElement.clientWidth - tip.offsetWidth - 4, wanted))}px`;
  const below = bar.bottom + 8;
  const isRoom = below + tip.offsetHeight < Math.min(window.innerHeight, chart.getBoundingClientRect().bottom);
  tip.style.top = `${isRoom ? below : bar.top - tip.offsetHeight - 14}px`;
}

/// One bar only is in the order of Tab; arrows move from there.
function setTabStop(item) {
  if (tabStop?.bar) tabStop.bar.tabIndex = -1;
  tabStop = item ?? null;
  if (item) item.bar.tabIndex = 0;
}

function focusOn(item) {
  setTabStop(item);
  item.bar.focus();
}

const matching = item => !item.bar.classList.contains('dim');

function search() {
  const wanted = byId('search').value.trim().toLowerCase();
  let matches = 0;
  for (const item of items) {
    const hit = item.haystack.includes(wanted);
    matches += hit;
    item.bar.classList.toggle('dim', !hit);
  }
  byId('matches').textContent = wanted ? `${matches} of ${items.length} match` : '';
  if (tabStop && !matching(tabStop)) setTabStop(items.find(matching) ?? tabStop);
}

function searchFor(text) {
  byId('search').value = text;
  search();
}

/// Where an arrow leads, among what the search does not dim: along the lane, or to what went on at that time in the
/// next lane that has something.
function neighbour(item, key) {
  const along = lanes[item.lane].filter(matching);
  const at = along.indexOf(item);
  if (key === 'ArrowRight') return along[at + 1];
  if (key === 'ArrowLeft') return along[at - 1];
  if (key === 'Home') return along[0];
  if (key === 'End') return along[along.length - 1];
  const middle = item.began + item.took / 2;
  const distance = other => Math.max(other.began - middle, middle - other.began - other.took, 0);
  for (let lane = item.lane; lanes[lane += key === 'ArrowDown' ? 1 : -1];) {
    const there = lanes[lane].filter(matching);
    if (there.length) return there.reduce((best, other) => distance(other) < distance(best) ? other : best);
  }
  return undefined;
}

const itemAt = target => itemOfBar.get(target.closest?.('.bar'));

chart.addEventListener('pointerover', event => {
  const item = itemAt(event.target);
  if (item) glance(item, event.clientX + 12);
});
chart.addEventListener('pointerout', () => { byId('tip').hidden = true; });
chart.addEventListener('focusin', event => {
  const item = itemAt(event.target);
  if (!item) return;
  setTabStop(item);
  glance(item);
});
chart.addEventListener('focusout', () => { byId('tip').hidden = true; });
chart.addEventListener('click', event => {
  const item = itemAt(event.target);
  if (item) pin(item);
});
chart.addEventListener('scroll', drawAxis);
chart.addEventListener('wheel', event => {
  if (!event.ctrlKey) return;
  event.preventDefault();
  zoomTo(zoom * Math.exp(-event.deltaY / 300), event.clientX - chart.getBoundingClientRect().left - labelWidth());
}, {passive: false});

chart.addEventListener('keydown', event => {
  const item = itemAt(event.target);
  if (!item || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === 'Enter' || event.key === ' ') {
    pin(item);
  } else if (['+', '=', '-', '0'].includes(event.key)) {
    const bar = item.bar.getBoundingClientRect();
    const middle = (bar.left + bar.right) / 2 - chart.getBoundingClientRect().left - labelWidth();
    zoomTo(event.key === '0' ? 1 : event.key === '-' ? zoom / 2 : zoom * 2, middle);
  } else if (['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'].includes(event.key)) {
    const next = neighbour(item, event.key);
    if (next) focusOn(next);
  } else {
    return;
  }
  event.preventDefault();
});

document.addEventListener('keydown', event => {
  if (event.key === 'Escape') {
    if (document.activeElement === byId('search')) searchFor('');
    closeDetails();
  } else if (event.key === '/' && !event.target.matches?.('input, select')) {
    byId('search').focus();
    event.preventDefault();
  } else if (event.key === 'Enter' && event.target === byId('search') && tabStop) {
    focusOn(tabStop);
  }
});

byId('search').addEventListener('input', search);
byId('zoom-in').addEventListener('click', () => zoomTo(zoom * 2));
byId('zoom-out').addEventListener('click', () => zoomTo(zoom / 2));
byId('zoom-fit').addEventListener('click', () => zoomTo(1));
window.addEventListener('resize', fit);

rounds.forEach((round, index) => {
  byId('round').append(element('option', {value: index}, `${round.round} of ${rounds.length}: ${verdict(round)}`));
});
byId('rounds').hidden = rounds.length < 2;
byId('round').addEventListener('change', () => draw(rounds[byId('round').value]));

// The first round that is shown is the first one that did not pass.
if (rounds.length) {
  const first = Math.max(0, rounds.findIndex(round => verdict(round) !== 'passed'));
  byId('round').value = first;
  draw(rounds[first]);
} else {
  show(null);
}
)js";

inline constexpr std::string_view timeline_scripts[] = {timeline_script_of_items, timeline_script_of_chart,
                                                        timeline_script_of_details};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/detail/timeline_style.hpp

APART_BEGIN_NAMESPACE
namespace detail {

// How the page looks, see timeline_page.hpp. Colours keep 4.5:1 for text and 3:1 for bars in both modes; and nothing is
// told by colour alone: what failed bears a triangle, what crashed a cross and stripes, what was skipped is hollow.

inline constexpr std::string_view timeline_style_of_page = R"css(
:root {
  color-scheme: light dark;
  --ground: #f4f5f7;
  --surface: #ffffff;
  --line: #dfe2e6;
  --text: #1b1f24;
  --muted: #59616c;
  --focus: #0b57d0;
  --passed: #4f9d84;
  --on-passed: #03160f;
  --failed: #c2410c;
  --on-failed: #ffffff;
  --set-up: #2f66a8;
  --on-set-up: #ffffff;
  --lane-label: 12rem;
  --row: 24px;
  --above: 9px;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111316;
    --surface: #191c20;
    --line: #2e3339;
    --text: #e6e8eb;
    --muted: #a0a8b2;
    --focus: #8ab4f8;
    --passed: #46967e;
    --on-passed: #010d09;
    --failed: #ff9466;
    --on-failed: #2a0d00;
      --set-up: #7fb0ea;
    --on-set-up: #06182c;
  }
}

* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0;
  padding: 1rem 1.25rem;
  background: var(--ground);
  color: var(--text);
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
h1, h2, h3, p, ul, ol, dl, dd { margin: 0; padding: 0; }
ul, ol { list-style: none; }
button, input, select { font: inherit; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }

/* What may be any text: it keeps its own direction, and breaks anywhere rather than widen the page. */
.any { unicode-bidi: isolate; overflow-wrap: anywhere; white-space: pre-wrap; }

header { display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; align-items: start; }
header .what { flex: 1 1 20rem; min-width: 0; }
h1 { font-size: 1.35rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; }
#run, #numbers span { color: var(--muted); font-size: 0.85rem; }
#numbers { display: flex; flex-wrap: wrap; gap: 0.25rem 1.75rem; }
#numbers li { display: flex; flex-direction: column; }
#numbers strong { font-size: 1.2rem; line-height: 1.4; font-weight: 650; }
select, input, .zoom button {
  background: var(--surface);
  border: 1px solid var(--muted);
  border-radius: 6px;
  padding: 0.25rem 0.5rem;
}

#results { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; margin: 0.75rem 0; }
#results li, #results button {
  display: inline-flex;
  align-items: baseline;
  gap: 0.4rem;
  color: var(--muted);
  white-space: nowrap;
}
#results strong { color: var(--text); font-weight: 650; }
#results li { padding: 2px 0; }
#results button { border: 0; padding: 0; background: none; border-radius: 4px; }
#results button:hover span:last-child { text-decoration: underline; }
#results .sample { position: relative; width: 22px; height: 13px; top: 1px; margin-right: 2px; border-radius: 3px; }

.tools { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: center; margin-bottom: 0.6rem; }
.tools .search { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
#search { width: 19rem; max-width: 100%; }
#search::placeholder { color: var(--muted); opacity: 1; }
#matches, .keys { color: var(--muted); }
.keys { margin-left: auto; font-size: 0.85rem; }
kbd {
  font: inherit;
  padding: 0 0.3rem;
  border: 1px solid var(--line);
  border-radius: 4px;
  background: var(--surface);
}
.zoom { display: inline-flex; }
.zoom button { min-width: 2rem; border-radius: 0; }
.zoom button + button { border-left: 0; }
.zoom button:first-child { border-radius: 6px 0 0 6px; }
.zoom button:last-child { border-radius: 0 6px 6px 0; }
.zoom button:focus-visible { z-index: 1; }
)css";

inline constexpr std::string_view timeline_style_of_chart = R"css(
/* The chart: a lane for each worker, wider than its window when zoomed; the labels and the axis stay in sight. */
#chart {
  position: relative;
  overflow: auto;
  max-height: 55vh;
  background: var(--surface);
  border: 1px solid var(--line);
  border-radius: 8px;
  scroll-padding: 28px 24px 8px calc(var(--lane-label) + 24px);
}
#canvas { position: relative; min-width: 100%; }
#axis {
  position: sticky;
  top: 0;
  z-index: 5;
  display: flex;
  height: 24px;
  background: var(--surface);
  border-bottom: 1px solid var(--line);
}
.corner { position: sticky; left: 0; z-index: 1; flex: none; width: var(--lane-label); background: var(--surface); }
#ticks { position: relative; flex: 1; }
#grid { position: absolute; top: 0; bottom: 0; left: var(--lane-label); right: 0; }
#ticks span { position: absolute; padding: 3px 0 0 5px; color: var(--muted); font-size: 12px; white-space: nowrap; }
#grid i { position: absolute; top: 0; bottom: 0; border-left: 1px solid var(--line); }
.lane { display: flex; border-bottom: 1px solid var(--line); }
.lane:last-child { border-bottom: 0; }
.lane-label {
  position: sticky;
  left: 0;
  z-index: 4;
  flex: none;
  width: var(--lane-label);
  padding: 8px 10px 0 12px;
  display: flex;
  justify-content: space-between;
  background: var(--surface);
  border-right: 1px solid var(--line);
  white-space: nowrap;
}
.lane-label span { color: var(--muted); font-size: 12px; padding-top: 2px; }
.track { position: relative; flex: 1; }

.bar {
  position: absolute;
  height: calc(var(--row) - 2px);
  border-radius: 3px;
  cursor: pointer;
  forced-color-adjust: none;
}
.passed { background: var(--passed); color: var(--on-passed); }
.skipped { background: var(--surface); color: var(--text); border: 1px dashed var(--muted); }
.failed, .set-up.bad { background: var(--failed); color: var(--on-failed); z-index: 1; }
.crashed {
  background: #2b0a02 repeating-linear-gradient(135deg, #a3320d 0 4px, #2b0a02 4px 8px);
  color: #ffffff;
  border: 1px solid var(--failed);
  z-index: 1;
}
.set-up { background: var(--set-up); color: var(--on-set-up); }
.tear-down { background: var(--surface); color: var(--set-up); border: 2px solid var(--set-up); }
.tear-down.bad { border-color: var(--failed); color: var(--text); z-index: 1; }

/* The mark above what failed, which the thinnest bar bears, too. */
.failed::before, .crashed::before, .bad::before {
  content: "";
  position: absolute;
  top: -8px;
  left: min(50%, 6px);
  width: 9px;
  height: 7px;
  margin-left: -4.5px;
  background: var(--failed);
  clip-path: polygon(0 0, 100% 0, 50% 100%);
}
.crashed::before {
  top: -9px;
  height: 9px;
  background: var(--text);
  clip-path: polygon(
    18% 0, 50% 32%, 82% 0, 100% 18%, 68% 50%, 100% 82%, 82% 100%, 50% 68%, 18% 100%, 0 82%, 32% 50%, 0 18%);
}
/* It left processes running: a ring at its end. */
.leaves::after {
  content: "";
  position: absolute;
  right: -4px;
  bottom: -3px;
  width: 9px;
  height: 9px;
  border: 2px solid var(--text);
  border-radius: 50%;
  background: var(--surface);
  z-index: 2;
}
.wait {
  position: absolute;
  top: 0;
  bottom: 0;
  background: repeating-linear-gradient(-45deg, var(--surface) 0 2px, transparent 2px 5px);
}
/* A name stays in sight while its part of the bar does. */
.place { position: absolute; top: 0; bottom: 0; pointer-events: none; }
.place .name {
  position: sticky;
  left: calc(var(--lane-label) + 1px);
  display: block;
  width: fit-content;
  max-width: 100%;
  padding: 0 5px;
  font-size: 12px;
  line-height: 22px;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: pre;
  unicode-bidi: isolate;
}
.skipped .name, .crashed .name { line-height: 20px; }
.tear-down .name { line-height: 18px; }
.dim { opacity: 0.14; }
.bar:hover { filter: brightness(1.12); z-index: 2; }
.bar.described { outline: 1px solid var(--text); outline-offset: 1px; z-index: 2; }
.bar[aria-selected="true"] { outline-width: 2px; }
.bar:focus { outline: 3px solid var(--focus); outline-offset: 1px; z-index: 3; }

#tip {
  position: fixed;
  z-index: 10;
  max-width: min(32rem, 90vw);
  padding: 0.25rem 0.6rem;
  border-radius: 6px;
  background: var(--text);
  color: var(--surface);
  pointer-events: none;
  box-shadow: 0 2px 8px rgb(0 0 0 / 0.25);
}
#tip .any {
  display: -webkit-box;
  -webkit-box-orient: vertical;
  -webkit-line-clamp: 3;
  overflow: hidden;
  font-weight: 600;
}
)css";

inline constexpr std::string_view timeline_style_of_details = R"css(
main { display: grid; grid-template-columns: minmax(0, 1fr) minmax(14rem, 22rem); gap: 0.9rem; margin-top: 0.9rem; }
#details, #lists {
  padding: 0.8rem 1rem;
  background: var(--surface);
  border: 1px solid var(--line);
  border-radius: 8px;
}
#details { display: flex; flex-direction: column; gap: 0.6rem; min-width: 0; }
#details .empty { margin: auto; color: var(--muted); text-align: center; }
#details .head { display: flex; gap: 0.75rem; align-items: baseline; }
#details h2 { font-size: 1.05rem; line-height: 1.35; flex: 1; max-height: 7em; overflow: auto; }
#details .hint { color: var(--muted); font-size: 0.85rem; white-space: nowrap; }
#details .close { border: 1px solid var(--muted); background: none; border-radius: 6px; padding: 0 0.5rem; }
.badge {
  flex: none;
  display: inline-block;
  padding: 0 0.55rem;
  border-radius: 4px;
  font-size: 0.85rem;
  font-weight: 600;
  line-height: 1.55;
}
.badge::before, .badge::after { display: none; }
#details .body {
  flex: 1;
  display: grid;
  grid-template-columns: minmax(12rem, 19rem) minmax(0, 1fr);
  gap: 1rem;
  min-height: 0;
}
#details .facts { overflow: auto; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.15rem 0.9rem; align-content: start; }
dt { color: var(--muted); }
.printed { display: flex; flex-direction: column; min-height: 6rem; min-width: 0; }
.printed h3 { font-size: 1em; font-weight: 400; color: var(--muted); display: flex; gap: 1rem; align-items: baseline; }
.printed button { border: 0; background: none; padding: 0; color: var(--focus); text-decoration: underline; }
pre {
  flex: 1;
  min-height: 4rem;
  margin: 0.2rem 0 0;
  padding: 0.5rem 0.7rem;
  overflow: auto;
  background: var(--ground);
  border-radius: 6px;
  font: 12.5px/1.45 ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
  tab-size: 4;
}
pre:focus-visible, #lists:focus-visible { outline-offset: -3px; }

#lists { overflow: auto; }
#lists section + section { margin-top: 0.9rem; }
#lists h2 { font-size: 0.95rem; margin-bottom: 0.15rem; }
#lists h2 span { color: var(--muted); font-weight: 400; }
#lists li { padding: 1px 0; }
#lists button {
  display: flex;
  gap: 0.75rem;
  width: 100%;
  border: 0;
  border-radius: 4px;
  padding: 1px 4px;
  margin-left: -4px;
  background: none;
  text-align: left;
}
#lists button:hover { background: var(--ground); }
#lists button .any { flex: 1; }
#lists button span:last-child { color: var(--muted); white-space: nowrap; }
#lists button:focus-visible { outline-offset: -2px; }

/* Where there is room the page fills its window, and what is long scrolls in its own place. */
@media (min-width: 900px) and (min-height: 640px) {
  body { display: flex; flex-direction: column; height: 100vh; overflow: hidden; }
  #chart { flex: 0 1 auto; min-height: 7rem; }
  main { flex: 1 1 0; min-height: 15rem; grid-template-rows: minmax(0, 1fr); }
}
@media (max-width: 899px), (max-height: 639px) {
  main, #details .body { grid-template-columns: minmax(0, 1fr); }
  .keys { display: none; }
  pre, #lists { max-height: 60vh; }
  #details { min-height: 12rem; }
  :root { --lane-label: 6rem; }
  .lane-label span { display: none; }
}
)css";

inline constexpr std::string_view timeline_styles[] = {timeline_style_of_page, timeline_style_of_chart,
                                                       timeline_style_of_details};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/detail/timeline_page.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The page is these and what stands in the arrays of timeline_style.hpp and timeline_script.hpp, in this order: begin,
/// styles, body, the data as JSON, scripts, end. All of it is ASCII, and no literal is longer than a compiler bears.
inline constexpr std::string_view timeline_page_begin = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';
  script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="apart">
<link rel="icon" href="data:,">
<title>Test timeline</title>
<style>)html";

inline constexpr std::string_view timeline_page_body = R"html(</style>
</head>
<body>
<header>
  <div class="what">
    <h1 id="program">Test timeline</h1>
    <p id="run"></p>
  </div>
  <label id="rounds" hidden>Round <select id="round"></select></label>
  <ul id="numbers" aria-label="The run in numbers"></ul>
</header>
<noscript><p>This page draws itself by its own script, which this browser does not run.</p></noscript>

<ul id="results" aria-label="Results"></ul>

<div class="tools">
  <label class="search" for="search">Search</label>
  <input id="search" type="search" placeholder="name, result, what it waited for" autocomplete="off" spellcheck="false">
  <output id="matches" for="search"></output>
  <p class="keys">
    <kbd>&larr;</kbd> <kbd>&rarr;</kbd> along a lane, <kbd>&uarr;</kbd> <kbd>&darr;</kbd> between lanes,
    <kbd>Enter</kbd> pins, <kbd>Esc</kbd> closes, <kbd>/</kbd> searches
  </p>
  <div class="zoom" role="group" aria-label="Zoom">
    <button id="zoom-out" type="button" aria-label="Zoom out" aria-keyshortcuts="-">&minus;</button>
    <button id="zoom-fit" type="button" aria-label="Fit the whole run" aria-keyshortcuts="0">Fit</button>
    <button id="zoom-in" type="button" aria-label="Zoom in" aria-keyshortcuts="+">+</button>
  </div>
</div>

<div id="chart" role="grid" aria-label="Timeline: a row for each worker, a cell for each test" aria-readonly="true">
  <div id="canvas" role="presentation">
    <div id="grid" aria-hidden="true"></div>
    <div id="axis" aria-hidden="true"><div class="corner"></div><div id="ticks"></div></div>
    <div id="lanes" role="presentation"></div>
  </div>
</div>
<div id="tip" aria-hidden="true" hidden></div>

<main>
  <section id="details" aria-label="Details"></section>
  <aside id="lists" aria-label="Lists" tabindex="0"></aside>
</main>

<script id="data" type="application/json">
)html";

inline constexpr std::string_view timeline_page_scripts = R"html(</script>
<script>)html";

inline constexpr std::string_view timeline_page_end = R"html(</script>
</body>
</html>
)html";

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/timeline.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The data of the page, as JSON. Times are microseconds from the beginning of their round; what is as usual is left
/// out: that a test passed, that it printed nothing. What reads it is timeline_script.hpp.
class timeline_data {
 public:
  static std::string of(const std::vector<run_record>& rounds) {
    timeline_data data(most_output(rounds));
    data.list(rounds, [&](const run_record& round) { data.add(round); });
    return std::move(data.json_);
  }

 private:
  static constexpr std::size_t output_of_a_test = std::size_t{64} << 10;
  static constexpr std::size_t output_of_all = std::size_t{64} << 20;

  explicit timeline_data(std::size_t limit) : limit_(limit) {}

  /// How many bytes of a test's output are kept: of few tests more than of many, so that a browser can read the page.
  static std::size_t most_output(const std::vector<run_record>& rounds) {
    const auto kept_of_all = [&](std::size_t limit) {
      std::size_t kept = 0;
      for (const run_record& round : rounds) {
        for (const test_record& test : round.tests) kept += std::min(limit, test.output.size());
      }
      return kept;
    };
    std::size_t limit = output_of_a_test;
    while (limit > 256 && kept_of_all(limit) > output_of_all) limit /= 2;
    return limit;
  }

  void add(const run_record& round) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    began_ = round.when.began;
    json_ += "{\"program\":";
    append_json_text(json_, round.program);
    number("seed", round.seed);
    number("workers", round.workers);
    number("round", round.round);
    number("started", duration_cast<milliseconds>(round.started.time_since_epoch()).count());
    number("took", microseconds_to(round.when.ended));
    list("tests", round.tests, [&](const test_record& test) { add(test); });
    list("set_ups", round.set_ups, [&](const per_run_record& set_up) { add(set_up); });
    list("never_ran", round.never_ran, [&](const std::string& name) { append_json_text(json_, name); });
    json_ += "}\n";
  }

  void add(const test_record& test) {
    named(test.name, test.when);
    number("worker", test.worker);
    if (test.result != outcome::passed) text("result", test.result == outcome::failed ? "failed" : "skipped");
    if (test.crashed) json_ += ",\"crashed\":true";
    if (!test.why.empty()) text("why", test.why);
    add_output(test.output);
    if (!test.waits.empty()) {
      list("waits", test.waits, [&](const wait_record& wait) {
        named(wait.what, wait.when);
        json_ += '}';
      });
    }
    if (!test.left_running.empty()) {
      list("left_running", test.left_running, [&](const std::string& name) { append_json_text(json_, name); });
    }
    json_ += '}';
  }

  void add(const per_run_record& set_up) {
    named(set_up.name, set_up.when);
    if (set_up.tear_down) json_ += ",\"tear_down\":true";
    if (!set_up.failure.empty()) text("failure", set_up.failure);
    json_ += '}';
  }

  /// Of a long output the beginning and the end, each of whole characters.
  void add_output(std::string_view output) {
    if (output.empty()) return;
    if (output.size() <= limit_) return text("output", output);
    const std::size_t begins = character_at(output, limit_ / 2);
    const std::size_t ends = character_at(output, output.size() - limit_ / 2 + 3);
    text("output", output.substr(0, begins));
    number("left_out", ends - begins);
    text("output_end", output.substr(ends));
  }

  /// Where the character begins of which the byte `at` is a part, at most three bytes before it.
  static std::size_t character_at(std::string_view of, std::size_t at) {
    const auto continues = [&](std::size_t byte) { return (static_cast<unsigned char>(of[byte]) & 0xc0U) == 0x80; };
    std::size_t begin = at;
    while (begin > 0 && at - begin < 3 && continues(begin)) --begin;
    return begin;
  }

  void named(std::string_view name, const time_span& when) {
    const long long began = microseconds_to(when.began);
    json_ += "{\"name\":";
    append_json_text(json_, name);
    number("began", began);
    number("took", std::max(0LL, microseconds_to(when.ended) - began));
  }

  /// What is not of this round, such as a moment that was never set, is its beginning.
  long long microseconds_to(std::chrono::steady_clock::time_point moment) const {
    if (moment < began_) return 0;
    return std::chrono::duration_cast<std::chrono::microseconds>(moment - began_).count();
  }

  void key(std::string_view name) { json_.append(",\"").append(name).append("\":"); }

  template <class Number>
  void number(std::string_view name, Number value) {
    key(name);
    json_ += std::to_string(value);
  }

  void text(std::string_view name, std::string_view value) {
    key(name);
    append_json_text(json_, value);
  }

  template <class Items, class Add>
  void list(std::string_view name, const Items& items, Add add_one) {
    key(name);
    list(items, add_one);
  }

  template <class Items, class Add>
  void list(const Items& items, Add add_one) {
    json_ += '[';
    bool is_first = true;
    for (const auto& item : items) {
      if (!std::exchange(is_first, false)) json_ += ',';
      add_one(item);
    }
    json_ += ']';
  }

  std::string json_;
  std::size_t limit_;
  std::chrono::steady_clock::time_point began_{};
};

}  // namespace detail

/// What happened in the rounds of a run, as one page of HTML: when each worker ran which test, and what became of it.
/// The page needs nothing but itself and a browser, and can ask for nothing, by its own policy. Names and output of any
/// bytes are shown as text. Of a test's output 64 KiB are there, less where all together would be more than 64 MiB.
inline std::string timeline_of(const std::vector<run_record>& rounds) {
  std::string page(detail::timeline_page_begin);
  for (const std::string_view part : detail::timeline_styles) page += part;
  page += detail::timeline_page_body;
  page += detail::timeline_data::of(rounds);
  page += detail::timeline_page_scripts;
  for (const std::string_view part : detail::timeline_scripts) page += part;
  page += detail::timeline_page_end;
  return page;
}

APART_END_NAMESPACE

// ---- apart/launch/rounds.hpp

APART_BEGIN_NAMESPACE

/// All that a command line asks of the launcher: one run of the tests, or several (`--repeat`, `--until-it-fails`), and the
/// reports of them. A further round has processes and set-ups of its own, and another seed unless one is given. A report
/// that cannot be written is an `apart::error` before the first test; its file is empty until the last round has ended.
class rounds {
 public:
  rounds(framework& tests, const launch_options& options) : tests_(tests), options_(options) {
    for (const auto& [option, path] :
         {std::pair("--junit", options.junit), std::pair("--timeline", options.timeline)}) {
      if (const detail::fault refused = write(option, path, {})) detail::raise(error(refused.text));
    }
  }

  exit_code run() {
    exit_code worst = exit_code::passed;
    const unsigned most =
        options_.until_it_fails && options_.rounds == 0 ? launch_options::max_count : std::max(options_.rounds, 1U);
    unsigned failed = 0;
    unsigned round = 1;
    for (bool go_on = true; go_on; ++round) {
      if (!options_.one_round()) detail::print_text(stdout, fmt::format("round {}\n", round));
      run_record* const record = record_of(round);
      launcher one(tests_, options_, seed(), watch_, record, others_.get());
      const exit_code ended = one.run();
      worst = worse_of(worst, ended);
      failed += ended == exit_code::passed ? 0 : 1;
      const bool due = round < most && ended != exit_code::no_test_selected &&
                       !(options_.until_it_fails && ended != exit_code::passed);
      if (due && watch_.stopped()) worst = worse_of(worst, exit_code::incomplete);
      go_on = due && !watch_.stopped();
    }
    if (!options_.one_round()) {
      detail::print_text(stdout, fmt::format("{} of {} rounds failed\n", failed, round - 1));
    }
    report("--junit", options_.junit, junit_of);
    report("--timeline", options_.timeline, timeline_of);
    return worst;
  }

 private:
  bool reports() const noexcept { return !options_.junit.empty() || !options_.timeline.empty(); }

  run_record* record_of(unsigned round) {
    if (!reports()) return nullptr;
    records_.emplace_back().round = round;
    return &records_.back();
  }

  std::uint32_t seed() const { return others_ != nullptr ? others_->seed(own_seed()) : own_seed(); }

  std::uint32_t own_seed() const {
    if (options_.seed) return *options_.seed;
    const bool as_told = (options_.one_round() && !options_.shuffle) || tests_.seed_is_given();
    return as_told ? tests_.seed() : static_cast<std::uint32_t>(detail::random_bits());
  }

  static exit_code worse_of(exit_code one, exit_code other) noexcept {
    for (const exit_code code : {exit_code::usage, exit_code::set_up_failed, exit_code::incomplete, exit_code::failed,
                                 exit_code::no_test_selected}) {
      if (one == code || other == code) return code;
    }
    return exit_code::passed;
  }

  template <class ReportOf>
  void report(const char* option, const std::string& path, ReportOf report_of) const {
    if (path.empty()) return;
    detail::report(write(option, path, report_of(records_)));
  }

  static detail::fault write(const char* option, const std::string& path, const std::string& text) {
    if (path.empty()) return {};
    return detail::system_fault(detail::overwrite_file(path, text), fmt::format("{}: cannot write '{}'", option, path));
  }

  framework& tests_;
  const launch_options& options_;
  run_watch watch_{options_.run_timeout};
  std::vector<run_record> records_;
  const std::unique_ptr<machines> others_ = machines::of_this_run(options_);
};

APART_END_NAMESPACE

#endif  // defined(APART_WITH_LAUNCH)

#if defined(APART_WITH_BOOST_TEST_MAIN) && !defined(APART_LAUNCH_PART_21)
#define APART_LAUNCH_PART_21

// ---- apart/launch/boost_test_main.hpp

// The implementation of Boost.Test may be part of this header, so it comes first.

// ---- apart/launch/detail/boost_test_library.hpp

// Boost.Test for a main that is not its own. Where no shared library of it is used its implementation is part of this header.
#ifndef BOOST_TEST_NO_MAIN
#define BOOST_TEST_NO_MAIN
#endif
#ifndef BOOST_TEST_ALTERNATIVE_INIT_API
#define BOOST_TEST_ALTERNATIVE_INIT_API
#endif
#if defined(BOOST_TEST_DYN_LINK) || defined(BOOST_UNIT_TEST_FRAMEWORK_DYN_LINK) || defined(BOOST_ALL_DYN_LINK)
#include <boost/test/unit_test.hpp>
#else
#include <boost/test/included/unit_test.hpp>
#endif

#include <boost/test/framework.hpp>
#include <boost/test/tree/test_unit.hpp>
#include <boost/test/unit_test_parameters.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A command line as Boost.Test takes it, which moves the pointers about and keeps them.
class boost_test_arguments {
 public:
  explicit boost_test_arguments(const std::vector<std::string>& arguments) : texts_(arguments) {
    for (std::string& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  boost_test_arguments(const boost_test_arguments&) = delete;
  boost_test_arguments& operator=(const boost_test_arguments&) = delete;

  int count() const noexcept { return static_cast<int>(texts_.size()); }
  char** pointers() noexcept { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

namespace boost_test_config = boost::unit_test::runtime_config;

/// What an option says, on the command line or by its variable. Not for texts: of an option of that type a library that
/// g++ has built knows nothing in a program of clang's, since the two name what tells types apart in different ways.
template <class T>
const T& boost_test_option(const std::string& name) {
  return boost_test_config::get<T>(name);
}

/// In place of what was said.
template <class T>
void set_boost_test_option(const std::string& name, const T& value) {
  const_cast<boost::runtime::arguments_store&>(boost_test_config::argument_store()).set(name, value);
}

/// Forgets which tests were selected, and all else that was said but what is asked for while tests run. Boost.Test keeps the
/// `program`'s arguments.
inline void forget_boost_test_selection(boost_test_arguments& program) {
  namespace config = boost_test_config;
  std::map<std::string, bool> said;
  for (const std::string& option : {config::btrt_auto_start_dbg, config::btrt_build_info, config::btrt_color_output,
                                    config::btrt_detect_fp_except, config::btrt_use_alt_stack}) {
    if (config::has(option)) said[option] = boost_test_option<bool>(option);
  }
  static_cast<void>(set_variable("BOOST_TEST_RUN_FILTERS", std::nullopt));
  int count = program.count();
  config::init(count, program.pointers());
  for (const auto& [option, value] : said) set_boost_test_option(option, value);
}

/// What a suite holds, in the order in which it runs; Boost.Test keeps it from others.
class boost_test_children : boost::unit_test::test_suite {
 public:
  static const auto& of(const boost::unit_test::test_suite& suite) {
    return suite.*(&boost_test_children::m_ranked_children);
  }
};

/// Whether it is that unit, or in it.
inline bool is_below(boost::unit_test::test_unit_id id, boost::unit_test::test_unit_id above) {
  while (id != above && id != boost::unit_test::INV_TEST_UNIT_ID) {
    id = boost::unit_test::framework::get(id, boost::unit_test::TUT_ANY).p_parent_id;
  }
  return id == above;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/boost_test_main.hpp

#include <boost/test/results_collector.hpp>

#endif  // defined(APART_WITH_BOOST_TEST_MAIN)

#if defined(APART_WITH_BOOST_TEST) && !defined(APART_LAUNCH_PART_22)
#define APART_LAUNCH_PART_22

// ---- apart/adapter/boost_test.hpp

#include <boost/function/function0.hpp>
#include <boost/test/framework.hpp>
#include <boost/test/tree/observer.hpp>
#include <boost/test/unit_test.hpp>

#endif  // defined(APART_WITH_BOOST_TEST)

#if (defined(APART_WITH_BOOST_TEST) || defined(APART_WITH_DOCTEST) || defined(APART_WITH_GTEST)) && !defined(APART_LAUNCH_PART_23)
#define APART_LAUNCH_PART_23

// ---- apart/adapter/detail/body_runner.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What comes around the body of a test: for frameworks that tell when it begins and ends (GoogleTest), and for those whose
/// bodies are functions that can be replaced (doctest, Boost.Test). One thread runs the tests.
///
/// The initializers run before the first body. Where one throws, or a serial test gets no turn, no body runs, and the test
/// fails with the reason. Clean-ups run when the body is left, in whatever way, and may still fail the test. A forked child
/// that comes back from its parent's body ends there, with the verdict so far.
class body_runner {
 public:
  /// Made while the program is loaded by one thread.
  static body_runner& of_this_program() {
    static auto* const runner = new body_runner;
    return *runner;
  }

  /// Before the first body of each test, and behind the last. Clean-ups of a body that was left by a jump out of a signal
  /// handler run here; it has failed.
  void test_begins() { test_failed.store(false); }
  void test_ends() {
    running_test::of_this_process().end([](const std::string& text) { report(text); });
    turn_.reset();
  }

  /// Why the body must not run; empty: it begins.
  std::string begin(const std::string& name, bool serial) {
    owner_ = process_owner();
    const std::string reason = reason_against(name, serial);
    kept_from_running_ = kept_from_running_ || !reason.empty();
    return reason;
  }

  /// The body has been left, or has not run. `fail(text)` fails the running test, without an exception.
  template <class Fail>
  void end(Fail fail) {
    if (!owner_.is_this_process()) std::_Exit(test_failed.load() ? EXIT_FAILURE : EXIT_SUCCESS);
    running_test::of_this_process().end(fail);
  }

  /// Both, and `body()` in between.
  template <class Body, class Fail>
  void run(const std::string& name, bool serial, Body body, Fail fail) {
    const std::string reason = begin(name, serial);
    if (!reason.empty()) return fail(reason);
    std::exception_ptr thrown;
    attempt(body, [&thrown](const char*) {
      thrown = std::current_exception();
      test_failed.store(true);
    });
    end(fail);
    if (thrown) std::rethrow_exception(thrown);
  }

  /// For a main that knows of a reason why no further body must run. Empty: none.
  std::string (*reason_not_to_run)() = [] { return std::string(); };

  /// Whether there was a body that did not run.
  bool kept_from_running() const noexcept { return kept_from_running_; }

 private:
  body_runner() : inside_a_test_(announce_test_process()) {}

  std::string reason_against(const std::string& name, bool serial) {
    std::string reason;
    const auto failed = [&reason](const char* text) { reason = text; };
    if (!attempt(prepare_process, failed)) return reason;
    const auto no_turn = [&](const char* text) {
      if (serial) reason = text;  // others go on: where they get no turn, no serial test does
    };
    if (!turn_) attempt([&] { turn_.emplace(serial, inside_a_test_); }, no_turn);
    if (reason.empty()) reason = reason_not_to_run();
    if (reason.empty()) attempt([&] { running_test::of_this_process().begin(name); }, failed);
    return reason;
  }

  const bool inside_a_test_;
  process_owner owner_;  ///< of the body
  bool kept_from_running_ = false;
  std::optional<serial_turn> turn_;  ///< while a test runs, with all of its bodies
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(APART_WITH_BOOST_TEST) || defined(APART_WITH_DOCTEST) || defined(APART_WITH_GTEST)

#if (defined(APART_WITH_BOOST_TEST) || defined(APART_WITH_DOCTEST) || defined(APART_WITH_GTEST) || defined(APART_WITH_TEST_TAG)) && !defined(APART_LAUNCH_PART_24)
#define APART_LAUNCH_PART_24

// ---- apart/adapter/detail/glob.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Whether `pattern`, in which * stands for any text and ? for any byte, stands for all of `text`.
constexpr bool matches_glob(std::string_view pattern, std::string_view text) noexcept {
  std::size_t at = 0, in_text = 0;
  std::size_t star = std::string_view::npos, behind_star = 0;
  while (in_text < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      behind_star = in_text;
    } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == text[in_text])) {
      ++at;
      ++in_text;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in_text = ++behind_star;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/adapter/test_tag.hpp

APART_BEGIN_NAMESPACE

/// A tag of tests in frameworks that have none of their own (GoogleTest, doctest): "serial", or "group:postgres:2" for at
/// most two at once.
///
///     const apart::test_tag alone("MigrationTest.*", "serial");
///
/// `tests` is a pattern of names as `this_test::name()` has them, in which * stands for any text and ? for any character.
/// Static, at namespace scope, in whichever file; both texts outlive the tests.
class test_tag {
 public:
  test_tag(const char* tests, const char* tag) noexcept : tests_(tests), tag_(tag), next_(std::exchange(all, this)) {}
  test_tag(const test_tag&) = delete;
  test_tag& operator=(const test_tag&) = delete;

  /// Those of the test of that name.
  [[nodiscard]] static std::vector<std::string> of(const std::string& test) {
    std::vector<std::string> tags;
    for (const test_tag* one = all; one != nullptr; one = one->next_) {
      if (detail::matches_glob(one->tests_, test)) tags.emplace_back(one->tag_);
    }
    return tags;
  }

 private:
  static inline const test_tag* all = nullptr;

  const char* tests_;
  const char* tag_;
  const test_tag* next_;
};

namespace detail {

inline bool is_serial(const std::vector<std::string>& tags) {
  for (const std::string& tag : tags) {
    if (tag == "serial") return true;
  }
  return false;
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(APART_WITH_BOOST_TEST) || defined(APART_WITH_DOCTEST) || defined(APART_WITH_GTEST) || defined(APART_WITH_TEST_TAG)

#if defined(APART_WITH_BOOST_TEST) && !defined(APART_LAUNCH_PART_25)
#define APART_LAUNCH_PART_25

// ---- apart/adapter/boost_test.hpp

/// Stands in one source file of a test program that has a `main` of its own, outside of any namespace: tells apart where
/// tests begin and end, and runs the initializers before the first one. APART_BOOST_TEST_MAIN contains it. In a second file
/// it does nothing more.
///
/// A test is called as `--run_test` calls it, "suite/case". Its tags are Boost.Test's labels, its own and those of its
/// suites: `* boost::unit_test::label("serial")`, or `label("group:postgres:2")`. Clean-ups run when the body is left and the
/// object of a BOOST_FIXTURE_TEST_CASE is gone; what `* boost::unit_test::fixture<…>()` has set up is still there. One that
/// fails fails the test, whatever number of failures that expects.
#define APART_BOOST_TEST_ADAPTER()                                     \
  [[maybe_unused]] static const bool APART_BOOST_TEST_NAME(__LINE__) = \
      (::apart::detail::register_boost_test_observer(), true)
#define APART_BOOST_TEST_NAME(line) APART_BOOST_TEST_JOINED(line)
#define APART_BOOST_TEST_JOINED(line) apart_boost_test_adapter_of_line_##line

APART_BEGIN_NAMESPACE
namespace detail {

/// The labels of a test and of the suites that it is in.
inline std::vector<std::string> boost_test_labels_of(boost::unit_test::test_unit_id id) {
  std::vector<std::string> labels;
  while (id != boost::unit_test::INV_TEST_UNIT_ID) {
    const boost::unit_test::test_unit& unit = boost::unit_test::framework::get(id, boost::unit_test::TUT_ANY);
    labels.insert(labels.end(), unit.p_labels->begin(), unit.p_labels->end());
    id = unit.p_parent_id;
  }
  return labels;
}

/// The body of a test case, with what comes around it. Boost.Test decides on a test before it tells its observers that the
/// body has ended.
class boost_test_body {
 public:
  /// Once; later calls find nothing to do.
  static void replace_in(const boost::unit_test::test_case& test) {
    auto& body = const_cast<boost::function<void()>&>(test.p_test_func.get());
    if (body.target<boost_test_body>() == nullptr) body = boost_test_body(body);
  }

  void operator()() const {
    const boost::unit_test::test_unit& test = boost::unit_test::framework::current_test_unit();
    const bool serial = is_serial(boost_test_labels_of(test.p_id));
    body_runner::of_this_program().run(
        test.full_name(), serial, [this] { body_(); }, fail);
  }

 private:
  explicit boost_test_body(boost::function<void()> body) : body_(std::move(body)) {}

  /// As an aborted test, which fails whatever number of failures it expects.
  static void fail(const std::string& reason) {
    namespace tools = boost::test_tools::tt_detail;
    tools::report_assertion(false, boost::unit_test::lazy_ostream::instance() << reason, "apart", 0, tools::CHECK,
                            tools::CHECK_MSG, 0);
    boost::unit_test::framework::test_unit_aborted(boost::unit_test::framework::current_test_unit());
  }

  boost::function<void()> body_;
};

/// Tells apart where tests begin and end.
class boost_test_observer final : public boost::unit_test::test_observer {
 public:
  void test_unit_start(const boost::unit_test::test_unit& unit) override {
    if (!is_test(unit)) return;
    aborted_ = false;
    boost_test_body::replace_in(static_cast<const boost::unit_test::test_case&>(unit));
    body_runner::of_this_program().test_begins();
  }
  void test_unit_finish(const boost::unit_test::test_unit& unit, unsigned long) override {
    if (is_test(unit) && !aborted_) body_runner::of_this_program().test_ends();
  }

  /// Not before the observer that Boost.Test has for the time before the tests, whose state is made when it hears of a start.
  int priority() override { return 2; }

  void assertion_result(boost::unit_test::assertion_result result) override {
    if (result == boost::unit_test::AR_FAILED) test_failed.store(true);
  }
  void exception_caught(const boost::execution_exception&) override { test_failed.store(true); }
  void test_unit_aborted(const boost::unit_test::test_unit&) override { test_failed.store(true); }

  /// A fatal signal was caught: nobody knows what state the process is in.
  void test_aborted() override { aborted_ = true; }

  /// A test case that leads others, and is itself no test.
  static inline boost::unit_test::test_unit_id leader = boost::unit_test::INV_TEST_UNIT_ID;

 private:
  static bool is_test(const boost::unit_test::test_unit& unit) {
    return unit.p_type == boost::unit_test::TUT_CASE && unit.p_id != leader;
  }

  bool aborted_ = false;
};

/// Once in a program, while one thread has loaded it.
inline void register_boost_test_observer() {
  static auto* const observer = new boost_test_observer;
  static_cast<void>(body_runner::of_this_program());
  boost::unit_test::framework::register_observer(*observer);
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(APART_WITH_BOOST_TEST)

#if defined(APART_WITH_BOOST_TEST_MAIN) && !defined(APART_LAUNCH_PART_26)
#define APART_LAUNCH_PART_26

// ---- apart/launch/detail/boost_test_framework.hpp

#include <boost/test/progress_monitor.hpp>
#include <boost/test/results_reporter.hpp>
#include <boost/test/unit_test_log.hpp>

// ---- apart/launch/detail/boost_test_log.hpp

#include <boost/test/output/compiler_log_formatter.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What fails outside of all tests: the set-up of something, or its tear-down.
struct boost_test_outside {
  bool failed = false;
  std::string text;  ///< what Boost.Test says of it, each line behind a line feed

  /// What goes on while no test runs.
  static inline boost_test_outside* now = nullptr;
};

/// Boost.Test's own log, of which only what belongs to tests and to their suites is shown: what it says of a whole run, and of
/// tests that are not in the list, would be said once for each part of one. Keeps the text of what fails outside of tests.
class boost_test_log final : public boost::unit_test::output::compiler_log_formatter {
  using base = boost::unit_test::output::compiler_log_formatter;
  using text = boost::unit_test::const_string;
  using unit = boost::unit_test::test_unit;

 public:
  void log_start(std::ostream&, boost::unit_test::counter_t) override {
    m_color_output = boost_test_option<bool>(boost_test_config::btrt_color_output);
  }
  void log_build_info(std::ostream&, bool) override {}

  void test_unit_start(std::ostream& out, const unit& begun) override {
    if (is_shown(begun)) base::test_unit_start(out, begun);
  }
  void test_unit_finish(std::ostream& out, const unit& ended, unsigned long elapsed) override {
    if (is_shown(ended)) base::test_unit_finish(out, ended, elapsed);
  }
  void test_unit_skipped(std::ostream& out, const unit& skipped, text reason) override {
    if (reason != text("disabled")) base::test_unit_skipped(out, skipped, reason);
  }

  void log_exception_start(std::ostream& out, const boost::unit_test::log_checkpoint_data& last,
                           const boost::execution_exception& thrown) override {
    base::log_exception_start(out, last, thrown);
    base::log_exception_start(copy_, {}, thrown);
  }
  void log_exception_finish(std::ostream& out) override {
    base::log_exception_finish(out);
    keep_copy(true);
  }

  void log_entry_start(std::ostream& out, const boost::unit_test::log_entry_data& entry,
                       log_entry_types type) override {
    base::log_entry_start(out, entry, type);
    base::log_entry_start(copy_, entry, type);
    is_error_ = type == BOOST_UTL_ET_ERROR || type == BOOST_UTL_ET_FATAL_ERROR;
  }
  void log_entry_value(std::ostream& out, text value) override {
    base::log_entry_value(out, value);
    base::log_entry_value(copy_, value);
  }
  void log_entry_value(std::ostream& out, const boost::unit_test::lazy_ostream& value) override {
    base::log_entry_value(out, value);
    base::log_entry_value(copy_, value);
  }
  void log_entry_finish(std::ostream& out) override {
    base::log_entry_finish(out);
    keep_copy(is_error_);
  }

 private:
  static bool is_shown(const unit& one) {
    return one.p_parent_id != boost::unit_test::INV_TEST_UNIT_ID && one.p_id != boost_test_observer::leader;
  }

  void keep_copy(bool is_error) {
    if (is_error && boost_test_outside::now != nullptr) boost_test_outside::now->text += '\n' + copy_.str();
    copy_.str({});
  }

  std::ostringstream copy_;
  bool is_error_ = false;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/detail/boost_test_ties.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Which of the planned tests are connected by `depends_on`. Boost.Test skips a test where the one that it depends on has not
/// passed in the same process, so all that are connected, directly or not, are inseparable. A serial one among them, or one
/// of a group, makes them all serial.
class boost_test_ties {
 public:
  /// The planned tests of that unit are those from `first` to `end`.
  void note(const boost::unit_test::test_unit& unit, std::size_t first, std::size_t end) {
    tests_of_.emplace(unit.p_id, range{first, end});
    for (const boost::unit_test::test_unit_id other : unit.p_dependencies.get()) ties_.emplace_back(unit.p_id, other);
  }

  void apply(std::vector<planned_test>& planned) {
    above_.resize(planned.size());
    std::iota(above_.begin(), above_.end(), std::size_t{0});
    for (const auto& [one, other] : ties_) tie(tests_of_[one], tests_of_[other]);
    std::vector<std::size_t> sizes(planned.size());
    std::vector<bool> serial(planned.size());
    for (std::size_t index = 0; index < planned.size(); ++index) {
      const std::size_t top = top_of(index);
      ++sizes[top];
      if (planned[index].serial || !planned[index].groups.empty()) serial[top] = true;
    }
    for (std::size_t index = 0; index < planned.size(); ++index) {
      const std::size_t top = top_of(index);
      if (sizes[top] == 1) continue;
      planned_test& test = planned[index];
      test.inseparable = true;
      test.suite = "connected with " + planned[top].name;
      test.serial = serial[top];
      test.groups.clear();
    }
  }

 private:
  struct range {
    std::size_t first = 0;
    std::size_t end = 0;
  };

  /// All of both with each other, where both have some.
  void tie(range one, range other) {
    if (one.first == one.end || other.first == other.end) return;
    const std::size_t top = top_of(one.first);
    for (const range tied : {one, other}) {
      for (std::size_t index = tied.first; index < tied.end; ++index) above_[top_of(index)] = top;
    }
  }

  std::size_t top_of(std::size_t index) {
    while (above_[index] != index) index = above_[index] = above_[above_[index]];
    return index;
  }

  std::map<boost::unit_test::test_unit_id, range> tests_of_;
  std::vector<std::pair<boost::unit_test::test_unit_id, boost::unit_test::test_unit_id>> ties_;
  std::vector<std::size_t> above_;  ///< another one of the same, or itself
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/detail/boost_test_watcher.hpp

#include <boost/test/tree/traverse.hpp>
#include <boost/test/tree/visitor.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Leads Boost.Test from list to list, and tells which tests end, and how. A test has failed, too, where what was set up for
/// it has failed, or what is torn down after it: the last one of a suite ends with the fixtures of the suite.
///
/// One run goes on for as long as the process has tests, with the global fixtures around it. In it runs one test case, the
/// leader; inside of that each list is some runs, one for each unit of the master suite that has some of its tests. So a list
/// costs what these units hold, not what the program does.
class boost_test_watcher final : public boost::unit_test::test_observer {
  using id = boost::unit_test::test_unit_id;
  using unit = boost::unit_test::test_unit;

 public:
  /// `ids`: what Boost.Test calls the planned tests.
  boost_test_watcher(const std::vector<id>& ids, const framework::reported& ended) : ids_(ids), ended_(ended) {
    boost_test_outside::now = &global_set_up_;
    boost::unit_test::framework::register_observer(*this);
  }
  boost_test_watcher(const boost_test_watcher&) = delete;
  boost_test_watcher& operator=(const boost_test_watcher&) = delete;
  ~boost_test_watcher() {
    boost_test_outside::now = nullptr;
    boost::unit_test::framework::deregister_observer(*this);
  }

  /// In the leader: runs list after list.
  void lead(const framework::next_list& next) {
    leads_ = true;
    for (std::vector<std::size_t> list = next(); !list.empty(); list = next()) {
      left_.assign(list.begin(), list.end());
      stopped_ = false;
      torn_down_ = {};
      while (!left_.empty()) run_inside(entry_of(ids_[left_.front()]));
      report_last();
    }
    set_status_of_all(&unit::p_run_status, {});
  }

  /// By default only these tests run.
  static void select(const std::vector<id>& tests) { set_status_of_all(&unit::p_default_status, tests); }

  /// Whether the leader has begun: what comes before it are the global fixtures.
  bool leads() const noexcept { return leads_; }
  const boost_test_outside& global_set_up() const noexcept { return global_set_up_; }
  const boost_test_outside& global_tear_down() const noexcept { return global_tear_down_; }

  /// Tests end for those that print before they end here.
  int priority() override { return 1; }

  void test_unit_start(const unit& begun) override {
    if (begun.p_type == boost::unit_test::TUT_CASE) {
      boost_test_outside::now = nullptr;
    } else if (begun.p_id == master()) {
      set_status_of_all(&unit::p_run_status, {boost_test_observer::leader});
    } else {
      set_ups_.emplace_back();
      boost_test_outside::now = &set_ups_.back();
    }
    if (begun.p_id == entry_) prepare_entry(const_cast<unit&>(begun));
  }

  void test_unit_finish(const unit& ended, unsigned long) override {
    if (ended.p_id == boost_test_observer::leader) {
      boost_test_outside::now = &global_tear_down_;
      return;
    }
    if (ended.p_id == master() || stopped_) return;
    boost_test_outside::now = &torn_down_;
    if (ended.p_type == boost::unit_test::TUT_CASE) {
      const bool passed = boost::unit_test::results_collector.results(ended.p_id).passed();
      const auto of_list = [&](std::size_t index) { return ids_[index] == ended.p_id; };
      end(std::find_if(left_.begin(), left_.end(), of_list), {passed ? outcome::passed : outcome::failed, {}});
    } else {
      fail_left_below(ended.p_id, set_ups_.back().failed ? "" : "Boost.Test did not run it, though it was told to");
      set_ups_.pop_back();
    }
    report_unless_torn_down_behind(ended);
  }

  using test_observer::test_unit_skipped;
  void test_unit_skipped(const unit& skipped, boost::unit_test::const_string reason) override {
    std::string text(reason.begin(), reason.size());
    const outcome result = text.find("timeout") == 0 ? outcome::failed : outcome::skipped;
    if (has_lost_a_dependency(skipped)) text = "what it depends on has run in a process that has died";
    while (!left_.empty() && is_below(ids_[left_.front()], skipped.p_id)) {
      report_last();
      if (!left_.empty()) end(left_.begin(), {result, text});
    }
    report_unless_torn_down_behind(skipped);
  }

  /// What is left of the suite will be skipped.
  void test_unit_timed_out(const unit& suite) override {
    if (last_) fail(last_->second, "the time of its suite is over: ", {true, suite.full_name()});
  }
  void assertion_result(boost::unit_test::assertion_result result) override {
    if (result == boost::unit_test::AR_FAILED) note_failure();
  }
  void exception_caught(const boost::execution_exception&) override { note_failure(); }
  void test_unit_aborted(const unit&) override { note_failure(); }

 private:
  static id master() { return boost::unit_test::framework::master_test_suite().p_id; }

  /// It was selected, and is not in this list: what is left of a list that took its process with it.
  bool has_lost_a_dependency(const unit& skipped) const {
    const std::vector<id>& all = skipped.p_dependencies.get();
    return std::any_of(all.begin(), all.end(), [this](id one) {
      const auto is_part = [one](id selected) { return is_below(selected, one); };
      return !boost::unit_test::framework::get(one, boost::unit_test::TUT_ANY).is_enabled() &&
             std::any_of(ids_.begin(), ids_.end(), is_part);
    });
  }

  static void note_failure() {
    if (boost_test_outside::now != nullptr) boost_test_outside::now->failed = true;
  }

  using status = boost::unit_test::readwrite_property<unit::run_status> unit::*;

  /// Enabled: these tests, and the suites that they are in.
  static void set_status_of_all(status which, const std::vector<id>& enabled) { set_status(master(), which, enabled); }
  static void set_status(id below, status which, const std::vector<id>& enabled) {
    struct disabler final : boost::unit_test::test_tree_visitor {
      explicit disabler(status disabled) : which_(disabled) {}
      bool visit(const unit& one) override {
        (const_cast<unit&>(one).*which_).value = unit::RS_DISABLED;
        return true;
      }
      const status which_;
    } disable(which);
    boost::unit_test::traverse_test_tree(below, disable, true);
    for (id one : enabled) {
      while (one != boost::unit_test::INV_TEST_UNIT_ID) {
        unit& above = boost::unit_test::framework::get(one, boost::unit_test::TUT_ANY);
        (above.*which).value = unit::RS_ENABLED;
        one = above.p_parent_id;
      }
    }
  }

  /// The unit of the master suite that has it.
  static id entry_of(id test) {
    for (;;) {
      const id above = boost::unit_test::framework::get(test, boost::unit_test::TUT_ANY).p_parent_id;
      if (above == master()) return test;
      test = above;
    }
  }

  /// The tests that are left below it.
  void run_inside(id entry) {
    entry_ = entry;
    set_ups_.clear();
    fixtures_of_entry_ = boost::unit_test::framework::get(entry, boost::unit_test::TUT_ANY).p_fixtures->size();
    boost::unit_test::framework::run(entry, true);
    boost_test_outside::now = nullptr;
    fail_left_below(entry, "Boost.Test did not run it, though it was told to");
  }

  /// Takes the global fixtures away, which are there, and leaves what is not in the list out.
  void prepare_entry(unit& entry) {
    auto& fixtures = entry.p_fixtures.value;
    fixtures.erase(fixtures.begin(), fixtures.end() - static_cast<std::ptrdiff_t>(fixtures_of_entry_));
    std::vector<id> wanted;
    for (const std::size_t index : left_) {
      if (!is_below(ids_[index], entry_)) break;
      wanted.push_back(ids_[index]);
    }
    set_status(entry_, &unit::p_run_status, wanted);
  }

  static void fail(test_report& report, const std::string& what, const boost_test_outside& outside) {
    if (!outside.failed) return;
    report.result = outcome::failed;
    report.text += (report.text.empty() ? "" : "\n") + what + outside.text;
  }

  void end(std::deque<std::size_t>::iterator test, test_report report) {
    if (test == left_.end()) return;
    for (const boost_test_outside& set_up : set_ups_) fail(report, "the set-up of a suite failed:", set_up);
    last_ = {*test, std::move(report)};
    left_.erase(test);
  }

  void fail_left_below(id suite, const char* why) {
    while (!left_.empty() && is_below(ids_[left_.front()], suite)) {
      report_last();
      if (!left_.empty()) end(left_.begin(), {outcome::failed, why});
    }
  }

  /// The next test begins before anything is torn down.
  void report_unless_torn_down_behind(const unit& ended) {
    if (!left_.empty() && is_below(ids_[left_.front()], ended.p_parent_id)) report_last();
  }

  /// Once what is torn down after it has been.
  void report_last() {
    if (!last_) return;
    fail(last_->second, "a tear-down after it failed:", torn_down_);
    torn_down_ = {};
    const auto [index, report] = *std::exchange(last_, std::nullopt);
    if (ended_(index, report)) return;
    stopped_ = true;
    left_.clear();
    set_status(entry_, &unit::p_run_status, {});
  }

  const std::vector<id>& ids_;
  const framework::reported& ended_;
  bool leads_ = false;
  id entry_ = boost::unit_test::INV_TEST_UNIT_ID;            ///< what the run inside runs
  std::size_t fixtures_of_entry_ = 0;                        ///< how many are its own
  bool stopped_ = false;                                     ///< no other test of the list is to run
  std::deque<std::size_t> left_;                             ///< of the list, what has not ended
  std::optional<std::pair<std::size_t, test_report>> last_;  ///< has ended, and is not reported yet
  std::deque<boost_test_outside> set_ups_;                   ///< of the suites that have begun, the outermost first
  boost_test_outside torn_down_;                             ///< since the last test has ended
  boost_test_outside global_set_up_;
  boost_test_outside global_tear_down_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/detail/boost_test_framework.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Boost.Test as the launcher sees it. The tests of a suite come together, so that its fixtures are set up once for each list
/// that has some of them; global fixtures are set up once in each worker. Tests that are connected by `depends_on` are
/// inseparable. One in a process.
class boost_test_framework final : public framework {
 public:
  boost_test_framework(boost::unit_test::init_unit_test_func initialize, const std::vector<std::string>& arguments)
      : arguments_(arguments), program_({arguments.front()}) {
    const auto failed = [](const char* text) { raise(error(std::string("Boost.Test cannot be set up: ") + text)); };
    attempt([&] { boost::unit_test::framework::init(initialize, arguments_.count(), arguments_.pointers()); }, failed);
    asked_seed_ = boost_test_option<unsigned>(boost_test_config::btrt_random_seed);
    set_what_the_launcher_does();
    boost::unit_test::results_reporter::set_level(boost::unit_test::NO_REPORT);
    boost::unit_test::framework::deregister_observer(boost::unit_test::progress_monitor);
    if (launched_as().is_worker()) {
      auto* const leader = new boost::unit_test::test_case("apart: all tests of this worker", [this] { lead_(); });
      boost_test_observer::leader = leader->p_id;
      boost::unit_test::framework::master_test_suite().add(leader);
    }
    attempt([] { boost::unit_test::framework::finalize_setup_phase(); }, failed);
  }
  ~boost_test_framework() override { boost::unit_test::framework::shutdown(); }

  /// It decides on the order only.
  std::uint32_t seed() const override { return seed_is_given() ? asked_seed_ : chosen_seed_; }
  bool seed_is_given() const override { return asked_seed_ > 1; }

  /// Boost.Test itself puts no byte into names that means something in a filter.
  std::vector<std::string> arguments_for(const std::string& test, std::optional<std::uint32_t>) const override {
    return {"--run_test=" + test};
  }

  std::vector<planned_test> select(std::uint32_t) override {
    if (planned_.empty()) {
      const auto& all = boost::unit_test::framework::master_test_suite();
      boost::unit_test::framework::impl::setup_for_execution(all);
      boost_test_ties ties;
      add(all, ties);
      ties.apply(planned_);
    }
    return planned_;
  }

  void run(const next_list& next, const reported& ended) override {
    if (boost::unit_test::unit_test_log.get_formatter(boost::unit_test::OF_CUSTOM_LOGGER) == nullptr) {
      boost::unit_test::unit_test_log.set_formatter(new boost_test_log);
    }
    forget_boost_test_selection(program_);
    set_what_the_launcher_does();
    boost_test_watcher::select(ids_);
    boost_test_watcher watcher(ids_, ended);
    lead_ = [&] { watcher.lead(next); };
    std::string why;
    const bool came_back =
        attempt([] { boost::unit_test::framework::run(); }, [&why](const char* text) { why = text; });
    if (!watcher.leads())
      return fail_all("the set-up of a global fixture failed:", watcher.global_set_up().text, next, ended);
    if (came_back && !watcher.global_tear_down().failed) return;
    report("the tear-down of a global fixture failed" + (why.empty() ? why : ": " + why));
    boost::unit_test::framework::shutdown();
    std::exit(EXIT_FAILURE);
  }

 private:
  static void set_what_the_launcher_does() {
    set_boost_test_option(boost_test_config::btrt_random_seed, 0U);
    set_boost_test_option(boost_test_config::btrt_catch_sys_errors, false);
  }

  using test_unit = boost::unit_test::test_unit;

  /// In the order of the run.
  void add(const test_unit& unit, boost_test_ties& ties) {
    if (!unit.is_enabled() || unit.p_id == boost_test_observer::leader) return;
    const std::size_t first = planned_.size();
    if (unit.p_type == boost::unit_test::TUT_CASE) {
      add_test(unit);
    } else {
      for (const auto& child : boost_test_children::of(static_cast<const boost::unit_test::test_suite&>(unit))) {
        add(boost::unit_test::framework::get(child.second, boost::unit_test::TUT_ANY), ties);
      }
    }
    ties.note(unit, first, planned_.size());
  }

  void add_test(const test_unit& unit) {
    const auto master = boost::unit_test::framework::master_test_suite().p_id;
    const bool in_a_suite = unit.p_parent_id != master;
    const std::vector<std::string> labels = boost_test_labels_of(unit.p_id);
    planned_test test{unit.full_name(), is_serial(labels), false, groups_in(labels)};
    if (in_a_suite) {
      test.suite = boost::unit_test::framework::get(unit.p_parent_id, boost::unit_test::TUT_SUITE).full_name();
    }
    test.in_order = true;
    planned_.push_back(std::move(test));
    ids_.push_back(unit.p_id);
  }

  static void fail_all(const char* what, const std::string& text, const next_list& next, const reported& ended) {
    for (std::vector<std::size_t> list = next(); !list.empty(); list = next()) {
      for (const std::size_t index : list) {
        if (!ended(index, {outcome::failed, what + text})) break;
      }
    }
  }

  boost_test_arguments arguments_;
  boost_test_arguments program_;  ///< its name alone
  unsigned asked_seed_ = 0;       ///< 0: in Boost.Test's order; 1: any
  const std::uint32_t chosen_seed_ = static_cast<std::uint32_t>(random_bits() >> 33U) + 1;
  std::vector<planned_test> planned_;
  std::vector<boost::unit_test::test_unit_id> ids_;  ///< of the planned tests
  std::function<void()> lead_;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(APART_WITH_BOOST_TEST_MAIN)

#if ((defined(APART_WITH_BOOST_TEST_MAIN) && defined(_WIN32)) || (defined(APART_WITH_CATCH2_MAIN) && defined(_WIN32)) || (defined(APART_WITH_DOCTEST_MAIN) && defined(_WIN32)) || (defined(APART_WITH_GTEST_MAIN) && defined(_WIN32))) && !defined(APART_LAUNCH_PART_27)
#define APART_LAUNCH_PART_27

// ---- apart/launch/detail/windows/ctest_run.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// There is no keeper of a run of ctest: the tests keep the set-ups for one another, as they do where it has been killed, and
/// the last one that runs tears them down.
inline constexpr bool has_ctest_keeper = false;

inline int run_ctest_keeper() noexcept { return 1; }

[[noreturn]] inline void refuse_ctest_fixture(const char* order) {
  raise(error(std::string("--ctest=") + order +
              ": on Windows there is no fixture; tests without it share their set-ups"));
}
inline void open_ctest_run(const std::string&) { refuse_ctest_fixture("open"); }
inline bool close_ctest_run() { refuse_ctest_fixture("close"); }

}  // namespace detail
APART_END_NAMESPACE

#endif  // (defined(APART_WITH_BOOST_TEST_MAIN) && defined(_WIN32)) || (defined(APART_WITH_CATCH2_MAIN) && defined(_WIN32)) || (defined(APART_WITH_DOCTEST_MAIN) && defined(_WIN32)) || (defined(APART_WITH_GTEST_MAIN) && defined(_WIN32))

#if ((!defined(_WIN32) && defined(APART_WITH_BOOST_TEST_MAIN)) || (!defined(_WIN32) && defined(APART_WITH_CATCH2_MAIN)) || (!defined(_WIN32) && defined(APART_WITH_DOCTEST_MAIN)) || (!defined(_WIN32) && defined(APART_WITH_GTEST_MAIN))) && !defined(APART_LAUNCH_PART_28)
#define APART_LAUNCH_PART_28

// ---- apart/launch/detail/posix/ctest_run.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Whether a fixture of ctest can keep the set-ups of a run.
inline constexpr bool has_ctest_keeper = true;

}  // namespace detail
APART_END_NAMESPACE

#endif  // (!defined(_WIN32) && defined(APART_WITH_BOOST_TEST_MAIN)) || (!defined(_WIN32) && defined(APART_WITH_CATCH2_MAIN)) || (!defined(_WIN32) && defined(APART_WITH_DOCTEST_MAIN)) || (!defined(_WIN32) && defined(APART_WITH_GTEST_MAIN))

#if (defined(APART_WITH_BOOST_TEST_MAIN) || defined(APART_WITH_CATCH2_MAIN) || defined(APART_WITH_DOCTEST_MAIN) || defined(APART_WITH_GTEST_MAIN)) && !defined(APART_LAUNCH_PART_29)
#define APART_LAUNCH_PART_29

// ---- apart/launch/detail/interrupts_alone.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What the launcher would do upon signals, for tests that all run in this process: the first SIGINT or SIGTERM cancels the
/// running test, and there is a reason why no other body must begin; a later one ends the process. A guard of the program's
/// own (`cancel_on_signals`) is left in its place. One at a time, once in a process.
class interrupts_alone {
 public:
  interrupts_alone() {
    const std::vector<int> signals{SIGINT, SIGTERM};
    if (!interrupts::any()) guard_.emplace(signals, interrupted);
    actions_.emplace(signals);
  }

  static bool any() noexcept { return interrupted_by_ != 0; }

  /// Why the body that is about to begin must not run; empty: none. Some frameworks take both signals for as long as a body
  /// runs: here they are taken back.
  static std::string reason_not_to_run() {
    actions_->put_back();
    return interrupted_by_ == 0 ? std::string() : "not run: the run was interrupted by " + signal_name(interrupted_by_);
  }

 private:
  static void interrupted(int signal) {
    interrupted_by_ = signal;
    const std::string test = running_test::of_this_process().copy_of_name();
    report(
        "the run was interrupted by " + signal_name(signal) +
        (test.empty() ? ": no other test begins" : ": the running test is cancelled, and its clean-ups run: " + test) +
        "; another interrupt ends the process");
    cancel_process_for(signal);
  }

  static inline std::atomic<int> interrupted_by_{0};
  static inline std::optional<signal_actions> actions_;  ///< as they are to be while a body runs
  std::optional<interrupts> guard_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/detail/framework_main.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// A framework's own main, as `framework_main` needs it.
class framework_session {
 public:
  framework_session() = default;
  framework_session(const framework_session&) = delete;
  framework_session& operator=(const framework_session&) = delete;
  virtual ~framework_session() = default;

  /// Takes its arguments, the program's name first; an exit status where they make no sense, else 0.
  virtual int take(const std::vector<std::string>& arguments) = 0;

  /// Whether it only prints its help, or lists.
  virtual bool helps() const = 0;
  virtual bool lists() const = 0;
  /// Its exit status.
  virtual int help_or_list() = 0;

  /// Refuses by an `apart::error` what cannot be done for many processes at once, and hands over what the launcher does.
  virtual void prepare_launch(launch_options& options) = 0;
  virtual std::unique_ptr<framework> tests() = 0;

  /// All tests in this process: first what may be an `apart::error`, then the rest, which gives the exit status.
  virtual void prepare_alone() = 0;
  virtual int run_alone() = 0;
  /// Behind `run_alone`: whether none has passed or failed, but some have been skipped.
  virtual bool all_skipped() const { return false; }
};

/// Whether this process was started to keep set-ups, whatever the command line says.
inline bool is_keeper() noexcept { return launched_as().is_keeper() || launched_as().is_keeper_of_ctest(); }
inline int run_keeper() { return launched_as().is_keeper() ? keeper_process().run() : run_ctest_keeper(); }

inline void print_problem(const char* text) { report(text); }

/// What the adapters, in this process and in workers, do with directories they are told by variables.
inline void announce(const launch_options& options) {
  const auto tell = [](const char* name, const std::string& value) {
    if (!value.empty()) static_cast<void>(set_variable(name, value));
  };
  tell(own_directory_variable, options.own_directory);
  const auto joined = [](const std::vector<std::string>& paths) {
    std::string text;
    for (const std::string& path : paths) text.append(text.empty() ? 0 : 1, path_separator).append(path);
    return text;
  };
  tell(link_variable, joined(options.links));
  tell(copy_variable, joined(options.copies));
}

/// Before the framework begins, which remembers where it was. What it remembers of the program's name stays right. What
/// goes wrong is told by the first test.
inline void enter_own_directory(std::string& program) {
  const auto enter = [&program] {
    own_directories& own = own_directories::of_this_process();
    if (own.wanted() && program.find('/') != std::string::npos) program = std::filesystem::absolute(program).string();
    own.enter_process();
  };
  attempt(enter, [](const char*) {});
}

/// What the two tests do that are the fixture of all others.
inline int move_fixture(const ctest_order& order, const std::string& program) {
  bool done = true;
  const auto move = [&] {
    if (order.what == ctest_order::kind::open) {
      open_ctest_run(program);
    } else {
      done = close_ctest_run();
    }
  };
  return attempt(move, print_problem) && done ? EXIT_SUCCESS : EXIT_FAILURE;
}

inline void list_for_ctest(framework& tests, const ctest_order& order) {
  const std::vector<planned_test> planned = tests.select(tests.seed());
  fmt::print("{}", ctest_tests(tests, planned, order.prefix, has_ctest_keeper && !set_up_entry::all().empty()));
}

/// The main of every framework with the launcher: what the process is for, and what the command line asks of it.
/// `defaults` come before what the command line says.
inline int framework_main(int argc, const char* const* argv, default_arguments defaults, framework_session& session) {
  constexpr int usage = static_cast<int>(exit_code::usage);
  launch_options options;
  ctest_order order;
  const auto parse = [&] {
    std::vector<const char*> arguments(argv, argv + argc);
    order = ctest_order::taken_from(arguments);
    options = parse_launch_options(static_cast<int>(arguments.size()), arguments.data(), defaults);
  };
  if (!attempt(parse, print_problem)) return usage;
  if (order.moves_fixture()) return move_fixture(order, *argv);
  announce(options);
  if (launched_as().is_worker()) enter_own_directory(options.framework_arguments.front());
  if (const int refused = session.take(options.framework_arguments)) return options.procs > 0 ? usage : refused;
  if (session.helps()) fmt::print("{}", launch_help());
  if (launched_as().is_worker()) {
    const std::unique_ptr<framework> tests = session.tests();
    return worker_process(*tests).run();
  }
  std::optional<premature_exit_file> running;
  if (!attempt([&] { running.emplace(); }, print_problem)) return usage;
  const bool lists = session.lists() || order.what == ctest_order::kind::list;
  if (lists) current_phase.store(phase::listing);
  if (session.lists() || session.helps()) return session.help_or_list();
  if (lists) return attempt([&] { list_for_ctest(*session.tests(), order); }, print_problem) ? EXIT_SUCCESS : usage;
  if (!attempt(own_directories::check, print_problem)) return usage;
  if (options.procs == 0) {
    if (!attempt([&] { session.prepare_alone(); }, print_problem)) return usage;
    const int status = session.run_alone();
    // What a cancelled test says of itself is not believed.
    if (status == EXIT_SUCCESS && interrupts_alone::any()) return static_cast<int>(exit_code::incomplete);
    return order.what == ctest_order::kind::run && session.all_skipped() ? ctest_order::skipped : status;
  }
  int status = usage;
  const auto launch = [&] {
    session.prepare_launch(options);
    own_worlds(options).check();
    status = static_cast<int>(rounds(*session.tests(), options).run());
  };
  attempt(launch, print_problem);
  return status;
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(APART_WITH_BOOST_TEST_MAIN) || defined(APART_WITH_CATCH2_MAIN) || defined(APART_WITH_DOCTEST_MAIN) || defined(APART_WITH_GTEST_MAIN)

#if defined(APART_WITH_BOOST_TEST_MAIN) && !defined(APART_LAUNCH_PART_30)
#define APART_LAUNCH_PART_30

// ---- apart/launch/boost_test_main.hpp

/// Stands in one source file of a test program, outside of any namespace, and is its `main`. This header is included first
/// there, at most behind a definition of BOOST_TEST_MODULE, which no other file then has. Where the shared library of
/// Boost.Test is not used (BOOST_TEST_DYN_LINK, or what CMake's target defines) this header brings its implementation along:
/// no other file does, and of a static library, which has a main of its own, nothing is linked.
///
/// Everything that Boost.Test does with a command line it still does; `--procs=N` runs the selected tests on N processes.
/// Tests with the label "serial", their own or their suite's, run alone, at the end; without `--procs` alone among the
/// processes of a run that somebody else has started. Of tests with the label "group:postgres:2" at most 2 run at once with
/// `--procs`.
///
/// With `--procs` the tests of a suite come to a worker together as long as there are more; its fixtures are set up by each
/// worker for each such list, global fixtures once by each worker. Tests that are connected by `depends_on` run in one
/// process, one after the other, and all of them alone where one is serial or in a group. A fatal signal ends a worker,
/// whatever --catch_system_errors says, and names it.
///
/// Either way no body runs in a process that could not be initialized, and SIGINT and SIGTERM cancel the running test. The
/// macro's arguments stand before those of the command line: APART_BOOST_TEST_MAIN("--own-directory", "--link=data").
#define APART_BOOST_TEST_MAIN(...)                                                             \
  int main(int argc, char** argv) {                                                            \
    return apart::boost_test_main(argc, argv, apart::detail::no_tests_by_hand, {__VA_ARGS__}); \
  }                                                                                            \
  static_assert(true, "stands for the semicolon behind the macro")

APART_BEGIN_NAMESPACE
namespace detail {

inline bool no_tests_by_hand() { return true; }

class boost_test_session final : public framework_session {
 public:
  explicit boost_test_session(boost::unit_test::init_unit_test_func initialize) : initialize_(initialize) {}

  /// What Boost.Test says of the command line it says when it takes it again.
  int take(const std::vector<std::string>& arguments) override {
    all_ = arguments;
    arguments_.emplace(arguments);
    const std::ostringstream unsaid;
    std::streambuf* const said = std::cerr.rdbuf(unsaid.rdbuf());
    boost_test_arguments parsed(arguments);
    int count = parsed.count();
    answered_ = !attempt([&] { boost_test_config::init(count, parsed.pointers()); }, [](const char*) {});
    std::cerr.rdbuf(said);
    return answered_ ? run() : EXIT_SUCCESS;
  }

  bool helps() const override { return answered_ && boost_test_config::has(boost_test_config::btrt_help); }
  bool lists() const override {
    return answered_ || output_format(boost_test_config::btrt_list_content) != boost::unit_test::OF_INVALID ||
           boost_test_option<bool>(boost_test_config::btrt_list_labels);
  }
  int help_or_list() override { return answered_ ? EXIT_SUCCESS : run(); }

  void prepare_launch(launch_options& options) override {
    const auto refuse_if = [](bool given, const char* option, const char* instead) {
      if (!given) return;
      raise(error(fmt::format("--procs: {} describes one process; {}, or run without --procs", option, instead)));
    };
    const auto says = [this](const std::string& end) {
      return std::any_of(all_.begin(), all_.end(), [&end](const std::string& argument) {
        return argument.size() >= end.size() && argument.compare(argument.size() - end.size(), end.size(), end) == 0;
      });
    };
    const auto names_a_file = [&says](const std::string& option) {
      return boost_test_config::has(option) && !says("stdout") && !says("stderr");
    };
    const auto names_a_logger = [](const std::string& argument) { return argument.compare(0, 8, "--logger") == 0; };
    const char* const junit = "give --junit=FILE";
    refuse_if(output_format(boost_test_config::btrt_log_format) != boost::unit_test::OF_CLF, "--log_format", junit);
    refuse_if(output_format(boost_test_config::btrt_report_format) != boost::unit_test::OF_CLF, "--report_format",
              junit);
    refuse_if(names_a_file(boost_test_config::btrt_log_sink), "--log_sink", junit);
    refuse_if(names_a_file(boost_test_config::btrt_report_sink), "--report_sink", junit);
    const bool has_loggers = std::any_of(all_.begin(), all_.end(), names_a_logger);
    refuse_if(has_loggers || detail::variable("BOOST_TEST_LOGGER"), "--logger", junit);
    const auto level = boost_test_option<boost::unit_test::report_level>(boost_test_config::btrt_report_level);
    const bool is_long = level == boost::unit_test::SHORT_REPORT || level == boost::unit_test::DETAILED_REPORT;
    refuse_if(is_long, "--report_level", "give --verbose");
    refuse_if(boost_test_option<bool>(boost_test_config::btrt_wait_for_debugger), "--wait_for_debugger",
              "leave it out");
    refuse_if(!boost_test_option<bool>(boost_test_config::btrt_result_code), "--result_code", "leave it out");
    if (boost_test_option<unsigned>(boost_test_config::btrt_random_seed) != 0) options.shuffle = true;
  }
  std::unique_ptr<framework> tests() override { return std::make_unique<boost_test_framework>(initialize_, all_); }

  void prepare_alone() override {
    interrupts_.emplace();
    body_runner::of_this_program().reason_not_to_run = interrupts_alone::reason_not_to_run;
  }
  int run_alone() override { return run(); }
  /// To the results tests that were not selected have been skipped, too: one that was is there.
  bool all_skipped() const override {
    const auto& all = boost::unit_test::framework::master_test_suite();
    const auto& results = boost::unit_test::results_collector.results(all.p_id);
    return results.p_test_cases_skipped > 0 && results.p_test_cases_passed + results.p_test_cases_warned +
                                                       results.p_test_cases_failed + results.p_test_cases_timed_out ==
                                                   0;
  }

 private:
  static boost::unit_test::output_format output_format(const std::string& option) {
    return boost_test_option<boost::unit_test::output_format>(option);
  }

  int run() { return boost::unit_test::unit_test_main(initialize_, arguments_->count(), arguments_->pointers()); }

  const boost::unit_test::init_unit_test_func initialize_;
  std::vector<std::string> all_;
  std::optional<boost_test_arguments> arguments_;  ///< the same, for one run
  bool answered_ = false;  ///< there is nothing more to do: its help, its version, or no sense in the command line
  std::optional<interrupts_alone> interrupts_;
};

}  // namespace detail

/// What APART_BOOST_TEST_MAIN is made of, for a `main` of one's own. `initialize` is Boost.Test's init function: it adds what
/// tests are not added by themselves, and returns whether that went well.
inline int boost_test_main(int argc, const char* const* argv,
                           boost::unit_test::init_unit_test_func initialize = detail::no_tests_by_hand,
                           default_arguments defaults = {}) {
  if (detail::is_keeper()) return detail::run_keeper();
  detail::register_boost_test_observer();
  detail::boost_test_session session(initialize);
  return detail::framework_main(argc, argv, defaults, session);
}

APART_END_NAMESPACE

#endif  // defined(APART_WITH_BOOST_TEST_MAIN)

#if defined(APART_WITH_CATCH2_MAIN) && !defined(APART_LAUNCH_PART_31)
#define APART_LAUNCH_PART_31

// ---- apart/launch/catch2_main.hpp

// The implementation of Catch2 2.13 is part of this header, so it comes first.

#endif  // defined(APART_WITH_CATCH2_MAIN)

#if __has_include(<catch2/catch_all.hpp>) && defined(APART_WITH_CATCH2_MAIN) && !defined(APART_LAUNCH_PART_32)
#define APART_LAUNCH_PART_32

// ---- apart/launch/detail/catch2_v3.hpp

#include <catch2/catch_config.hpp>
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/catch_version_macros.hpp>
#include <catch2/interfaces/catch_interfaces_registry_hub.hpp>
#include <catch2/interfaces/catch_interfaces_reporter_factory.hpp>
#include <catch2/interfaces/catch_interfaces_test_invoker.hpp>
#include <catch2/interfaces/catch_interfaces_testcase.hpp>
#include <catch2/internal/catch_context.hpp>
#include <catch2/internal/catch_istream.hpp>
#include <catch2/internal/catch_random_number_generator.hpp>
#include <catch2/internal/catch_reporter_registry.hpp>
#include <catch2/internal/catch_run_context.hpp>
#include <catch2/internal/catch_sharding.hpp>
#include <catch2/internal/catch_test_case_registry_impl.hpp>
#include <catch2/internal/catch_unique_ptr.hpp>
#include <catch2/reporters/catch_reporter_multi.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What differs between the generations of Catch2: here 3.x.
struct catch2_generation {
  using test = Catch::TestCaseHandle;

  static bool lists(const Catch::ConfigData& data) {
    return data.listTests || data.listTags || data.listReporters || data.listListeners || data.libIdentify;
  }

  static std::vector<std::string> reporters(const Catch::ConfigData& data) {
    std::vector<std::string> names;
    for (const Catch::ReporterSpec& spec : data.reporterSpecifications) names.push_back(spec.name());
    return names;
  }
  static const std::string& output_file(const Catch::ConfigData& data) { return data.defaultOutputFilename; }

  static const Catch::TestCaseInfo& info(const test& selected) { return selected.getTestCaseInfo(); }
  /// A session that lives as long as the worker and runs one test after the other.
  class runner {
   public:
    explicit runner(const Catch::ConfigData& data) : config_(data), context_(&config_, make_reporters()) {}

    Catch::Totals run(const test& next) { return context_.runTest(next); }

   private:
    Catch::IEventListenerPtr make_reporters() {
      Catch::seedRng(config_);
      Catch::getCurrentMutableContext().setConfig(&config_);
      auto all = Catch::Detail::make_unique<Catch::MultiReporter>(&config_);
      const auto& registry = Catch::getRegistryHub().getReporterRegistry();
      for (const auto& listener : registry.getListeners()) all->addListener(listener->create(&config_));
      for (const auto& spec : config_.getProcessedReporterSpecs()) {
        all->addReporter(
            registry.create(spec.name, Catch::ReporterConfig(&config_, Catch::makeStream(spec.outputFilename),
                                                             spec.colourMode, spec.customOptions)));
      }
      return all;
    }

    Catch::Config config_;
    Catch::RunContext context_;
  };

  /// In the order of the run, as Catch2 itself selects them.
  static std::vector<const test*> select(const Catch::ConfigData& data) {
    static std::unique_ptr<const Catch::Config> last;  // which Catch2 refers to until there is another one
    auto next = std::make_unique<const Catch::Config>(data);
    const Catch::Config& config = *next;
    Catch::getCurrentMutableContext().setConfig(&config);
    Catch::seedRng(config);
    if (data.filenamesAsTags && last == nullptr) {
      for (Catch::TestCaseInfo* info : Catch::getRegistryHub().getTestCaseRegistry().getAllInfos()) {
        info->addFilenameTag();
      }
    }
    std::set<const test*> selected;
    last = std::move(next);
    const std::vector<test>& all = Catch::getAllTestCasesSorted(config);
    const bool filtered = config.testSpec().hasFilters();
    if (filtered) {
      for (const auto& match : config.testSpec().matchesByFilter(all, config)) {
        selected.insert(match.tests.begin(), match.tests.end());
      }
    }
    for (const test& one : all) {
      if (!filtered && !one.getTestCaseInfo().isHidden()) selected.insert(&one);
    }
    selected = Catch::createShard(selected, data.shardCount, data.shardIndex);
    return {selected.begin(), selected.end()};
  }

  static bool skipped(const Catch::Totals& totals) { return totals.testCases.skipped > 0; }

  /// From now on `run(test)` stands for every body, after all that Catch2 does before one; `test.invoke()` is the body.
  /// The registry is not const, only what it shows of itself.
  static void run_bodies_by(void (*run)(const test&)) {
    struct replaced final : Catch::ITestInvoker {
      replaced(const test& whose, void (*by)(const test&)) : whole(whose), run(by) {}
      void invoke() const override { run(whole); }
#if CATCH_VERSION_MAJOR > 3 || CATCH_VERSION_MINOR >= 7
      void prepareTestCase() override { whole.prepareTestCase(); }
      void tearDownTestCase() override { whole.tearDownTestCase(); }
#endif
      const test whole;
      void (*const run)(const test&);
    };
    static std::deque<replaced> all;
    for (const test& one : Catch::getRegistryHub().getTestCaseRegistry().getAllTests()) {
      const_cast<test&>(one) =
          test(const_cast<Catch::TestCaseInfo*>(&one.getTestCaseInfo()), &all.emplace_back(one, run));
    }
  }
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // __has_include(<catch2/catch_all.hpp>) && defined(APART_WITH_CATCH2_MAIN)

#if !__has_include(<catch2/catch_all.hpp>) && defined(APART_WITH_CATCH2_MAIN) && !defined(APART_LAUNCH_PART_33)
#define APART_LAUNCH_PART_33

// ---- apart/launch/detail/catch2_v2.hpp

#if defined(TWOBLUECUBES_SINGLE_INCLUDE_CATCH_HPP_INCLUDED) && !defined(CATCH_CONFIG_RUNNER)
#error \
    "apart: include <apart/launch/catch2_main.hpp> before <catch2/catch.hpp> in this file: it defines CATCH_CONFIG_RUNNER"
#endif
#ifndef CATCH_CONFIG_RUNNER
#define CATCH_CONFIG_RUNNER
#endif
#ifndef CATCH_CONFIG_EXTERNAL_INTERFACES
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#endif

#include <catch2/catch.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What differs between the generations of Catch2: here 2.13, whose implementation this file contains.
struct catch2_generation {
  using test = Catch::TestCase;

  static bool lists(const Catch::ConfigData& data) {
    return data.listTests || data.listTags || data.listReporters || data.listTestNamesOnly || data.libIdentify;
  }

  static std::vector<std::string> reporters(const Catch::ConfigData& data) { return {data.reporterName}; }
  static const std::string& output_file(const Catch::ConfigData& data) { return data.outputFilename; }

  static const Catch::TestCaseInfo& info(const test& selected) { return selected; }
  /// A session that lives as long as the worker and runs one test after the other.
  class runner {
   public:
    explicit runner(const Catch::ConfigData& data)
        : config_(std::make_shared<Catch::Config>(data)), context_(config_, Catch::makeReporter(config_)) {
      Catch::seedRng(*config_);
      context_.testGroupStarting(config_->name(), 1, 1);
    }
    ~runner() { context_.testGroupEnded(config_->name(), totals_, 1, 1); }
    runner(const runner&) = delete;
    runner& operator=(const runner&) = delete;

    Catch::Totals run(const test& next) {
      const Catch::Totals totals = context_.runTest(next);
      totals_ += totals;
      return totals;
    }

   private:
    std::shared_ptr<Catch::Config> config_;
    Catch::RunContext context_;
    Catch::Totals totals_;
  };

  /// In the order of the run, as Catch2 itself selects them.
  static std::vector<const test*> select(const Catch::ConfigData& data) {
    const auto config = std::make_shared<Catch::Config>(data);
    if (data.filenamesAsTags) Catch::applyFilenamesAsTags(*config);
    std::set<const test*> selected;
    const std::vector<test>& all = Catch::getAllTestCasesSorted(*config);
    const bool filtered = config->testSpec().hasFilters();
    for (const auto& match : config->testSpec().matchesByFilter(all, *config)) {
      selected.insert(match.tests.begin(), match.tests.end());
    }
    for (const test& one : all) {
      if (!filtered && !one.isHidden()) selected.insert(&one);
    }
    return {selected.begin(), selected.end()};
  }

  static bool skipped(const Catch::Totals&) { return false; }

  /// From now on `run(test)` stands for every body, after all that Catch2 does before one; `test.invoke()` is the body.
  /// The registry is not const, only what it shows of itself.
  static void run_bodies_by(void (*run)(const test&)) {
    struct replaced final : Catch::ITestInvoker {
      replaced(const test& whose, void (*by)(const test&)) : whole(whose), run(by) {}
      void invoke() const override { run(whole); }
      const test whole;
      void (*const run)(const test&);
    };
    for (const test& one : Catch::getRegistryHub().getTestCaseRegistry().getAllTests()) {
      const_cast<test&>(one) = test(new replaced(one, run), Catch::TestCaseInfo(one));
    }
  }
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // !__has_include(<catch2/catch_all.hpp>) && defined(APART_WITH_CATCH2_MAIN)

#if defined(APART_WITH_CATCH2) && !defined(APART_LAUNCH_PART_34)
#define APART_LAUNCH_PART_34

// ---- apart/adapter/catch2.hpp

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_message.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/catch_test_macros.hpp>  // IWYU pragma: export
#include <catch2/internal/catch_assertion_handler.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#else
#ifndef CATCH_CONFIG_EXTERNAL_INTERFACES
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#endif
#include <catch2/catch.hpp>
#endif

/// Stands in one source file of a test program that has a `main` of its own, outside of any namespace: tells apart where
/// tests begin and end, and runs the initializers before the first one. APART_CATCH2_MAIN contains it. In a second file it
/// does nothing more.
#define APART_CATCH2_ADAPTER() \
  [[maybe_unused]] static const bool APART_CATCH2_NAME(__LINE__) = (::apart::detail::register_catch2_listener(), true)
#define APART_CATCH2_NAME(line) APART_CATCH2_JOINED(line)
#define APART_CATCH2_JOINED(line) apart_catch2_adapter_of_line_##line

APART_BEGIN_NAMESPACE
namespace detail {

#if __has_include(<catch2/catch_all.hpp>)
using catch2_listener_base = Catch::EventListenerBase;
#else
using catch2_listener_base = Catch::TestEventListenerBase;
#endif

/// As they are written.
inline std::vector<std::string> catch2_tags(const Catch::TestCaseInfo& test) {
#if __has_include(<catch2/catch_all.hpp>)
  std::vector<std::string> tags;
  for (const Catch::Tag& tag : test.tags) tags.push_back(static_cast<std::string>(tag.original));
  return tags;
#else
  return test.tags;
#endif
}

/// `tag` in lower case; Catch2 takes its tags in either.
inline bool catch2_has_tag(const Catch::TestCaseInfo& test, std::string_view tag) {
  const auto same = [](char one, char other) { return std::tolower(static_cast<unsigned char>(one)) == other; };
  for (const std::string& one : catch2_tags(test)) {
    if (std::equal(one.begin(), one.end(), tag.begin(), tag.end(), same)) return true;
  }
  return false;
}

/// Tells apart where tests begin and end: a body begins with the root section of a test case and ends with it, once per
/// leaf section. Clean-ups run there, since it is the last moment at which a test may still fail.
///
/// A test whose process could not be initialized fails there too: a reporter does not know the section yet when it
/// begins. APART_CATCH2_MAIN asks before each body and does not run it. Under another main the body runs, so the reason
/// is reported before it, on stderr: the body may crash for it.
///
/// A test with the tag [serial] is alone in its run, see `serial_turn`; where it cannot be, it fails. Others go on where
/// they get no turn: then no serial test does. A forked child that comes back from its parent's body ends there, with the
/// verdict so far.
class catch2_listener : public catch2_listener_base {
 public:
  using catch2_listener_base::catch2_listener_base;

  void testCaseStarting(const Catch::TestCaseInfo& test) override {
    test_ = test.name;
    serial_ = catch2_has_tag(test, "serial");
    test_failed.store(false);
  }

  void testCaseEnded(const Catch::TestCaseStats&) override { turn_.reset(); }

  void sectionStarting(const Catch::SectionInfo&) override {
    if (depth_++ > 0) return;
    owner_ = process_owner();
    not_begun_.clear();
    take_turn();
    const auto failed = [](const char* text) { not_begun_ = text; };
    if (not_begun_.empty() && attempt([this] { running_test::of_this_process().begin(test_); }, failed)) {
      attempt(initialize_process, failed);
    }
    if (not_begun_.empty() || asked_before_bodies_ || not_begun_ == reported_) return;
    reported_ = not_begun_;
    report(reported_);
  }

  void sectionEnded(const Catch::SectionStats&) override {
    if (--depth_ > 0 || crashed_) return;
    if (!owner_.is_this_process()) std::_Exit(test_failed.load() ? EXIT_FAILURE : EXIT_SUCCESS);
    if (!not_begun_.empty()) fail(std::exchange(not_begun_, {}));
    running_test::of_this_process().end([](const std::string& text) { fail(text); });
  }

// Catch2 2.13 wants an answer: whether the message buffers may be cleared.
#if __has_include(<catch2/catch_all.hpp>)
  void assertionEnded(const Catch::AssertionStats& assertion) override { note(assertion); }
#else
  bool assertionEnded(const Catch::AssertionStats& assertion) override {
    note(assertion);
    return false;
  }
#endif

  /// For a main that comes between Catch2 and the bodies: it asks before each one for the reason why it must not run,
  /// and fails the test with it. Empty: none.
  static void will_be_asked() { asked_before_bodies_ = true; }
  static std::string reason_not_to_run() { return std::exchange(not_begun_, {}); }

  static void fail(const std::string& text) {
    Catch::AssertionHandler handler("apart", Catch::SourceLineInfo(__FILE__, static_cast<std::size_t>(__LINE__)),
                                    Catch::StringRef(), Catch::ResultDisposition::ContinueOnFailure);
    handler.handleMessage(Catch::ResultWas::ExplicitFailure, std::string(text));
    handler.complete();
  }

  static void set_inside_a_test(bool inside) { inside_a_test_ = inside; }

  /// Whether any assertion has failed so far.
  static bool any_failed() { return any_failed_; }

 private:
  void take_turn() {
    if (turn_) return;
    attempt([this] { turn_.emplace(serial_, inside_a_test_); },
            [this](const char* text) {
              if (serial_) not_begun_ = text;
            });
  }

  /// After a fatal signal Catch2 ends its sections inside the signal handler: no place to run anybody's clean-ups.
  void note(const Catch::AssertionStats& assertion) {
    if (!assertion.assertionResult.isOk()) {
      test_failed.store(true);
      any_failed_ = true;
    }
    if (assertion.assertionResult.getResultType() == Catch::ResultWas::FatalErrorCondition) crashed_ = true;
  }

  // One thread runs the tests.
  static inline std::string not_begun_;  ///< what went wrong before the body
  static inline std::string reported_;   ///< the last of these that was reported
  static inline bool asked_before_bodies_ = false;
  static inline bool inside_a_test_ = false;
  static inline bool any_failed_ = false;

  std::string test_;
  process_owner owner_;
  bool serial_ = false;
  std::optional<serial_turn> turn_;  ///< while a test case runs, with all that its sections make of it
  int depth_ = 0;
  bool crashed_ = false;
};

/// Once in a program, while one thread has loaded it.
inline void register_catch2_listener() {
  static const bool inside = announce_test_process();
  catch2_listener::set_inside_a_test(inside);
#if __has_include(<catch2/catch_all.hpp>)
  static const Catch::ListenerRegistrar<catch2_listener> registered{Catch::StringRef("apart")};
#else
  static const Catch::ListenerRegistrar<catch2_listener> registered;
#endif
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(APART_WITH_CATCH2)

#if defined(APART_WITH_CATCH2_MAIN) && !defined(APART_LAUNCH_PART_35)
#define APART_LAUNCH_PART_35

// ---- apart/launch/detail/catch2_alone.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// All tests in this process, by Catch2's own session, and what the launcher would have done for them: no body runs in a
/// process that could not be initialized, and signals do what `interrupts_alone` says. A test whose body did not run has
/// failed, and says why. One at a time, once in a process.
class catch2_alone {
 public:
  catch2_alone() {
    catch2_listener::will_be_asked();
    catch2_generation::run_bodies_by(run_body);
  }

  /// The process's exit status: no success where a body was kept from running, also of a [!shouldfail].
  int run(Catch::Session& session) {
    const int status = session.run();
    return status == EXIT_SUCCESS && kept_from_running_ ? EXIT_FAILURE : status;
  }

 private:
  static void run_body(const catch2_generation::test& body) {
    const std::string interrupted = interrupts_alone::reason_not_to_run();
    std::string reason = catch2_listener::reason_not_to_run();
    if (reason.empty()) reason = interrupted;
    if (reason.empty()) return body.invoke();
    kept_from_running_ = true;
    catch2_listener::fail(reason);
  }

  static inline bool kept_from_running_ = false;
  interrupts_alone interrupts_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/catch2_main.hpp

/// Stands in one source file of a test program, outside of any namespace, and is its `main`. Everything that Catch2
/// does with a command line it still does; `--procs=N` runs the selected tests on N processes. Tests with the tag
/// [serial] run alone, at the end; without `--procs` alone among the processes of a run that somebody else has started.
/// Of tests with the tag [group:postgres:2] at most 2 run at once with `--procs`; the name and the number are yours.
/// Either way no body runs in a process that could not be initialized, and SIGINT and SIGTERM cancel the running tests.
/// The macro's arguments stand before those of the command line: APART_CATCH2_MAIN("--own-directory", "--link=data").
#define APART_CATCH2_MAIN(...)                                                              \
  int main(int argc, char** argv) { return apart::catch2_main(argc, argv, {__VA_ARGS__}); } \
  static_assert(true, "stands for the semicolon behind the macro")

APART_BEGIN_NAMESPACE
namespace detail {

/// What selects the test of that name alone, as an argument. A star at either end of the name stands for anything; it
/// cannot be quoted.
inline std::string catch2_pattern_of(const std::string& test) {
  std::string pattern;
  for (const char byte : test) {
    const bool first = pattern.empty() && (byte == '~' || byte == '-');
    if (byte == '\\' || byte == ',' || byte == '[' || byte == '"' || first) pattern += '\\';
    pattern += byte;
  }
  return pattern;
}

/// Catch2 as the launcher sees it: a test is a test case, handed over by its place in the list, and one RunContext per
/// worker runs them all.
class catch2_framework final : public framework {
 public:
  catch2_framework(Catch::Session& session, const std::vector<std::string>& arguments)
      : data_(session.configData()), seed_is_given_(gives_seed(arguments)) {
    data_.abortAfter = -1;  // the launcher counts failures
  }

  std::uint32_t seed() const override { return data_.rngSeed; }
  bool seed_is_given() const override { return seed_is_given_; }

  std::vector<std::string> arguments_for(const std::string& test, std::optional<std::uint32_t> seed) const override {
    std::vector<std::string> arguments{catch2_pattern_of(test)};
    if (seed) arguments.insert(arguments.end(), {"--rng-seed", std::to_string(*seed)});
    return arguments;
  }

  std::vector<planned_test> select(std::uint32_t seed) override {
    data_.rngSeed = seed;
    selected_ = catch2_generation::select(data_);
    std::vector<planned_test> tests;
    for (const catch2_generation::test* test : selected_) {
      const Catch::TestCaseInfo& info = catch2_generation::info(*test);
      tests.push_back({info.name, catch2_has_tag(info, "serial"), false, groups_in(catch2_tags(info))});
    }
    return tests;
  }

  void run(const next_list& next, const reported& ended) override {
    catch2_generation::runner runner(data_);
    for (std::vector<std::size_t> list = next(); !list.empty(); list = next()) {
      for (const std::size_t index : list) {
        const Catch::Totals totals = runner.run(*selected_[index]);
        const outcome result = totals.testCases.failed > 0          ? outcome::failed
                               : catch2_generation::skipped(totals) ? outcome::skipped
                                                                    : outcome::passed;
        if (!ended(index, {result, {}})) break;
      }
    }
  }

 private:
  static bool gives_seed(const std::vector<std::string>& arguments) {
    constexpr std::string_view option = "--rng-seed";
    for (const std::string& argument : arguments) {
      if (argument.compare(0, option.size(), option) == 0) return true;
    }
    return false;
  }

  Catch::ConfigData data_;
  const bool seed_is_given_;
  std::vector<const catch2_generation::test*> selected_;
};

class catch2_session final : public framework_session {
 public:
  int take(const std::vector<std::string>& arguments) override {
    std::vector<const char*> pointers;
    for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
    arguments_ = arguments;
    return session_.applyCommandLine(static_cast<int>(pointers.size()), pointers.data());
  }

  bool helps() const override { return const_cast<Catch::Session&>(session_).configData().showHelp; }
  bool lists() const override { return catch2_generation::lists(const_cast<Catch::Session&>(session_).configData()); }
  int help_or_list() override { return session_.run(); }

  void prepare_launch(launch_options& options) override {
    const Catch::ConfigData& data = session_.configData();
    for (const std::string& reporter : catch2_generation::reporters(data)) {
      if (reporter != "console" && reporter != "compact") {
        raise(error(fmt::format(
            "--procs: the reporter \"{}\" describes one process; leave it out, or run without --procs", reporter)));
      }
    }
    if (!catch2_generation::output_file(data).empty()) {
      raise(error("--procs: --out is one process's file; redirect the output, or run without --procs"));
    }
    if (data.abortAfter > 0) options.max_failures = static_cast<std::size_t>(data.abortAfter);
    options.verbose = options.verbose || data.showSuccessfulTests;
  }

  std::unique_ptr<framework> tests() override { return std::make_unique<catch2_framework>(session_, arguments_); }

  void prepare_alone() override { alone_.emplace(); }
  int run_alone() override { return status_ = alone_->run(session_); }
  /// Catch2 3 says so by its exit status, which is the number of failed assertions, too.
  bool all_skipped() const override { return status_ == 4 && !catch2_listener::any_failed(); }

 private:
  Catch::Session session_;
  std::vector<std::string> arguments_;
  std::optional<catch2_alone> alone_;
  int status_ = 0;
};

}  // namespace detail

/// What APART_CATCH2_MAIN is made of, for a `main` of one's own.
inline int catch2_main(int argc, const char* const* argv, default_arguments defaults = {}) {
  if (detail::is_keeper()) return detail::run_keeper();
  detail::register_catch2_listener();
  detail::catch2_session session;
  return detail::framework_main(argc, argv, defaults, session);
}

APART_END_NAMESPACE

#endif  // defined(APART_WITH_CATCH2_MAIN)

#if defined(APART_WITH_DOCTEST_MAIN) && !defined(APART_LAUNCH_PART_36)
#define APART_LAUNCH_PART_36

// ---- apart/launch/doctest_main.hpp

// The implementation of doctest is part of this header, so it comes first.

// ---- apart/launch/detail/doctest_query.hpp

// The implementation of doctest is part of this header.
#ifndef DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_IMPLEMENT
#endif
#include <doctest/doctest.h>

#endif  // defined(APART_WITH_DOCTEST_MAIN)

#if defined(APART_WITH_DOCTEST) && !defined(APART_LAUNCH_PART_37)
#define APART_LAUNCH_PART_37

// ---- apart/adapter/doctest.hpp

#include <doctest/doctest.h>

/// Stands in one source file of a test program that has a `main` of its own, outside of any namespace: tells apart where
/// tests begin and end, and runs the initializers before the first one. APART_DOCTEST_MAIN contains it. In a second file it
/// does nothing more.
#define APART_DOCTEST_ADAPTER() \
  [[maybe_unused]] static const bool APART_DOCTEST_NAME(__LINE__) = (::apart::detail::register_doctest_listener(), true)
#define APART_DOCTEST_NAME(line) APART_DOCTEST_JOINED(line)
#define APART_DOCTEST_JOINED(line) apart_doctest_adapter_of_line_##line

namespace doctest {
namespace detail {
std::set<TestCase>& getRegisteredTests();  // doctest's own, which its header does not declare
}  // namespace detail
}  // namespace doctest

APART_BEGIN_NAMESPACE
namespace detail {

/// "suite/name", or the name alone where there is no suite.
inline std::string doctest_name_of(const doctest::TestCaseData& test) {
  const std::string suite = test.m_test_suite != nullptr ? test.m_test_suite : "";
  return suite.empty() ? test.m_name : suite + '/' + test.m_name;
}

/// The bodies of doctest's test cases, each of which `run` stands for: doctest decides on a test before it tells its
/// listeners that the body has ended, and runs a body once for each leaf subcase.
class doctest_bodies {
 public:
  static void replace_all() {
    for (const doctest::detail::TestCase& test : doctest::detail::getRegisteredTests()) {
      replace(const_cast<doctest::detail::TestCase&>(test));  // of a set, whose order a body does not matter for
    }
  }

  static void replace(doctest::detail::TestCase& test) {
    if (test.m_test == run) return;
    bodies()[&test] = test.m_test;
    test.m_test = run;
  }

  static void fail(const std::string& reason) { DOCTEST_ADD_FAIL_CHECK_AT("apart", 0, reason); }

 private:
  using body = doctest::detail::funcType;

  static std::unordered_map<const doctest::TestCaseData*, body>& bodies() {
    static auto* const all = new std::unordered_map<const doctest::TestCaseData*, body>;
    return *all;
  }

  static void run() {
    const doctest::TestCaseData* const test = doctest::getContextOptions()->currentTest;
    const std::string name = doctest_name_of(*test);
    body_runner::of_this_program().run(name, is_serial(test_tag::of(name)), bodies().at(test), fail);
  }
};

/// Hears of everything, and does nothing.
class doctest_deaf_reporter : public doctest::IReporter {
 public:
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_start(const doctest::TestCaseData&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}
};

/// Tells apart where tests begin and end. A body begins and ends once for each leaf subcase, and its clean-ups run with it.
class doctest_listener final : public doctest_deaf_reporter {
 public:
  explicit doctest_listener(const doctest::ContextOptions&) {}

  void test_run_start() override { doctest_bodies::replace_all(); }
  void test_case_start(const doctest::TestCaseData&) override { body_runner::of_this_program().test_begins(); }
  void test_case_end(const doctest::CurrentTestCaseStats&) override {
    if (!crashed_) body_runner::of_this_program().test_ends();
  }

  void log_assert(const doctest::AssertData& assertion) override {
    if (assertion.m_failed && (assertion.m_at & doctest::assertType::is_warn) == 0) test_failed.store(true);
  }
  void log_message(const doctest::MessageData& message) override {
    if ((message.m_severity & doctest::assertType::is_warn) == 0) test_failed.store(true);
  }

  /// After a fatal signal doctest ends the test inside the signal handler.
  void test_case_exception(const doctest::TestCaseException& exception) override {
    if (exception.is_crash) crashed_ = true;
  }

 private:
  bool crashed_ = false;
};

/// Once in a program, while one thread has loaded it.
inline void register_doctest_listener() {
  static_cast<void>(body_runner::of_this_program());
  [[maybe_unused]] static const int registered = doctest::registerReporter<doctest_listener>("apart", 0, false);
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(APART_WITH_DOCTEST)

#if defined(APART_WITH_DOCTEST_MAIN) && !defined(APART_LAUNCH_PART_38)
#define APART_LAUNCH_PART_38

// ---- apart/launch/detail/doctest_query.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What doctest makes of a command line. Runs no test.
class doctest_query {
 public:
  static doctest::ContextOptions options(const std::vector<std::string>& arguments) {
    return ask(arguments, "--" DOCTEST_CONFIG_OPTIONS_PREFIX "no-run").options;
  }

  /// The tests that it selects, in the order of the run.
  static std::vector<const doctest::TestCaseData*> selection(const std::vector<std::string>& arguments) {
    return ask(arguments, "--" DOCTEST_CONFIG_OPTIONS_PREFIX "list-test-cases").selected;
  }

  /// Options as doctest takes them from the command line.
  static void apply(doctest::Context& context, const std::vector<std::string>& arguments) {
    std::vector<const char*> pointers;
    for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
    context.applyCommandLine(static_cast<int>(pointers.size()), pointers.data());
  }

 private:
  struct answer {
    doctest::ContextOptions options{};
    std::vector<const doctest::TestCaseData*> selected;
  };

  static answer& asked() {
    static auto* const last = new answer;
    return *last;
  }

  struct reporter final : doctest_deaf_reporter {
    explicit reporter(const doctest::ContextOptions& options) { asked() = {options, {}}; }
    void report_query(const doctest::QueryData& result) override {
      asked().selected.assign(result.data, result.data + result.num_data);
    }
  };

  /// Nobody else hears of it: users' listeners may open files where they are made.
  static const answer& ask(std::vector<std::string> arguments, const char* what) {
    doctest::reporterMap reporters{{{0, "apart"}, doctest::detail::reporterCreator<reporter>}};
    doctest::reporterMap listeners;
    doctest::getReporters().swap(reporters);
    doctest::getListeners().swap(listeners);
    std::ostream nowhere(nullptr);
    doctest::Context context;
    arguments.emplace_back(what);
    apply(context, arguments);
    context.addFilter("reporters", "apart");
    context.setCout(&nowhere);
    [[maybe_unused]] const int status = context.run();
    doctest::getReporters().swap(reporters);
    doctest::getListeners().swap(listeners);
    asked().options.cout = nullptr;
    return asked();
  }
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/detail/doctest_places.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Leads doctest from test to test. All tests of a worker are one run of doctest, which goes through the places of its
/// registry: just before it comes to one, the test that is to run next is put there. One at a time.
class doctest_places {
 public:
  /// From now on the registry holds as many places as there are tests in `selected`.
  doctest_places(const std::vector<const doctest::TestCaseData*>& selected, const framework::next_list& next,
                 const framework::reported& ended)
      : next_(next), ended_(ended) {
    for (const doctest::TestCaseData* const one : selected) tests_.push_back(static_cast<const test&>(*one));
    auto& registry = doctest::detail::getRegisteredTests();
    registry.clear();
    registry.insert(tests_.begin(), tests_.end());
    for (const test& place : registry) places_.push_back(const_cast<test*>(&place));
    current() = this;
  }
  doctest_places(const doctest_places&) = delete;
  doctest_places& operator=(const doctest_places&) = delete;
  ~doctest_places() { current() = nullptr; }

  /// Runs them.
  void run(doctest::Context& context) {
    constexpr const char* name = "apart worker";
    doctest::registerReporter<reporter>(name, 0, true);
    context.clearFilters();
    context.addFilter("reporters", name);
    context.setOption("order-by", "none");
    constexpr int most = std::numeric_limits<int>::max();
    context.setOption("first", 1);  // a zero would not count as given
    context.setOption("last", most);
    context.setOption("abort-after", most);
    context.setOption("no-skip", false);
    [[maybe_unused]] const int status = context.run();
  }

 private:
  using test = doctest::detail::TestCase;

  /// Shows what doctest's own reporter says of tests, but not what it says of the run.
  class reporter final : public doctest_deaf_reporter {
   public:
    explicit reporter(const doctest::ContextOptions& options) {
      for (const auto& [key, make] : doctest::getReporters()) {
        if (key.second == "console") console_.reset(make(options));
      }
    }

    void test_run_start() override { current()->put_next(); }
    void test_case_start(const doctest::TestCaseData& test) override { console_->test_case_start(test); }
    void test_case_reenter(const doctest::TestCaseData& test) override { console_->test_case_reenter(test); }
    void test_case_end(const doctest::CurrentTestCaseStats& test) override {
      console_->test_case_end(test);
      if (!crashed_) current()->end(test.testCaseSuccess ? outcome::passed : outcome::failed);
    }
    /// After a fatal signal doctest ends the test inside the signal handler.
    void test_case_exception(const doctest::TestCaseException& exception) override {
      console_->test_case_exception(exception);
      crashed_ = exception.is_crash;
    }
    void subcase_start(const doctest::SubcaseSignature& subcase) override { console_->subcase_start(subcase); }
    void subcase_end() override { console_->subcase_end(); }
    void log_assert(const doctest::AssertData& assertion) override { console_->log_assert(assertion); }
    void log_message(const doctest::MessageData& message) override { console_->log_message(message); }

   private:
    std::unique_ptr<doctest::IReporter> console_;
    bool crashed_ = false;
  };

  static doctest_places*& current() {
    static doctest_places* places = nullptr;
    return places;
  }

  void put_next() {
    if (at_ == list_.size()) {
      list_ = next_();
      at_ = 0;
    }
    if (list_.empty()) {  // doctest leaves out all places that are left
      for (; used_ < places_.size(); ++used_) places_[used_]->m_skip = true;
      return;
    }
    test& place = *places_.at(used_++);
    place = tests_[list_[at_]];
    place.m_skip = false;
    doctest_bodies::replace(place);
  }

  void end(outcome result) {
    const bool goes_on = ended_(list_[at_], {result, {}});
    at_ = goes_on ? at_ + 1 : list_.size();
    put_next();
  }

  const framework::next_list& next_;
  const framework::reported& ended_;
  std::deque<test> tests_;  ///< a vector would move them, which they forbid
  std::vector<test*> places_;
  std::size_t used_ = 0;  ///< how many of them
  std::vector<std::size_t> list_;
  std::size_t at_ = 0;  ///< where in the list the running test is
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/doctest_main.hpp

/// Stands in one source file of a test program, outside of any namespace, and is its `main`; it takes the place of
/// DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN. Everything that doctest does with a command line it still does; `--procs=N` runs the
/// selected tests on N processes. Tests with the `test_tag` "serial" run alone, at the end; without `--procs` alone among the
/// processes of a run that somebody else has started. Of tests with the tag "group:postgres:2" at most 2 run at once with
/// `--procs`. Either way no body runs in a process that could not be initialized, and SIGINT and SIGTERM cancel the running
/// test. The macro's arguments stand before those of the command line: APART_DOCTEST_MAIN("--own-directory", "--link=data").
#define APART_DOCTEST_MAIN(...)                                                              \
  int main(int argc, char** argv) { return apart::doctest_main(argc, argv, {__VA_ARGS__}); } \
  static_assert(true, "stands for the semicolon behind the macro")

APART_BEGIN_NAMESPACE
namespace detail {

/// Doctest as the launcher sees it. A test is a test case with all of its subcases.
class doctest_framework final : public framework {
 public:
  doctest_framework(const std::vector<std::string>& arguments, const doctest::ContextOptions& options)
      : arguments_(arguments), selected_(doctest_query::selection(arguments)), seed_(options.rand_seed) {
    for (const doctest::TestCaseData* const test : selected_) by_name_.emplace(doctest_name_of(*test), test);
  }

  /// It decides on the order only.
  std::uint32_t seed() const override { return seed_is_given() ? seed_ : chosen_seed_; }
  bool seed_is_given() const override { return seed_ != 0; }

  std::vector<std::string> arguments_for(const std::string& test, std::optional<std::uint32_t>) const override {
    const doctest::TestCaseData& found = *by_name_.at(test);
    std::vector<std::string> arguments{"--test-case=" + pattern_of(found.m_name)};
    const std::string suite = found.m_test_suite;
    if (!suite.empty()) arguments.push_back("--test-suite=" + pattern_of(suite));
    if (found.m_skip) arguments.emplace_back("--no-skip");
    return arguments;
  }

  std::vector<planned_test> select(std::uint32_t) override {
    std::vector<planned_test> tests;
    for (const doctest::TestCaseData* const test : selected_) {
      const std::string name = doctest_name_of(*test);
      const std::vector<std::string> tags = test_tag::of(name);
      tests.push_back({name, is_serial(tags), false, groups_in(tags)});
    }
    return tests;
  }

  void run(const next_list& next, const reported& ended) override {
    doctest::Context context;
    doctest_query::apply(context, arguments_);
    doctest_places(selected_, next, ended).run(context);
  }

 private:
  /// What a filter takes for that text; a star or a question mark in it stands for anything.
  static std::string pattern_of(const std::string& text) {
    std::string pattern;
    for (const char byte : text) {
      if (byte == ',' || byte == '\\') pattern += '\\';
      pattern += byte;
    }
    return pattern;
  }

  const std::vector<std::string> arguments_;
  const std::vector<const doctest::TestCaseData*> selected_;
  std::unordered_map<std::string, const doctest::TestCaseData*> by_name_;
  const std::uint32_t seed_;  ///< 0: none is given
  const std::uint32_t chosen_seed_ = static_cast<std::uint32_t>(random_bits() >> 33U) + 1;
};

class doctest_session final : public framework_session {
 public:
  int take(const std::vector<std::string>& arguments) override {
    arguments_ = arguments;
    options_ = doctest_query::options(arguments);
    return 0;
  }

  bool helps() const override { return options_.help; }
  bool lists() const override {
    return options_.list_test_cases || options_.list_test_suites || options_.list_reporters || options_.count ||
           options_.version;
  }
  int help_or_list() override { return run(); }

  void prepare_launch(launch_options& options) override {
    for (const std::string& argument : arguments_) {
      const std::size_t name = argument.find_first_not_of('-');
      const std::size_t value = argument.find('=');
      if (name == std::string::npos || value == std::string::npos) continue;
      std::string option = argument.substr(name, value - name);
      if (option.compare(0, 3, "dt-") == 0) option.erase(0, 3);
      const bool is_console = argument.compare(value, std::string::npos, "=console") == 0;
      if ((option == "reporters" || option == "r") && !is_console) {
        raise(error(fmt::format("--procs: {} describes one process; leave it out, or run without --procs", argument)));
      }
    }
    if (options_.out.size() > 0) {
      raise(error("--procs: --out is one process's file; redirect the output, or run without --procs"));
    }
    if (options_.no_exitcode) {
      raise(error("--procs: --no-exitcode hides what went wrong; leave it out, or run without --procs"));
    }
    if (options_.abort_after > 0) options.max_failures = static_cast<std::size_t>(options_.abort_after);
    if (options_.order_by == "rand") options.shuffle = true;
    options.verbose = options.verbose || options_.success;
  }
  std::unique_ptr<framework> tests() override { return std::make_unique<doctest_framework>(arguments_, options_); }

  void prepare_alone() override {
    interrupts_.emplace();
    body_runner::of_this_program().reason_not_to_run = interrupts_alone::reason_not_to_run;
  }
  /// No success where a body was kept from running, also of one that should fail.
  int run_alone() override {
    const int status = run();
    const bool kept = body_runner::of_this_program().kept_from_running() && !options_.no_exitcode;
    return status == EXIT_SUCCESS && kept ? EXIT_FAILURE : status;
  }

 private:
  int run() const {
    doctest::Context context;
    doctest_query::apply(context, arguments_);
    return context.run();
  }

  std::vector<std::string> arguments_;
  doctest::ContextOptions options_{};
  std::optional<interrupts_alone> interrupts_;
};

}  // namespace detail

/// What APART_DOCTEST_MAIN is made of, for a `main` of one's own.
inline int doctest_main(int argc, const char* const* argv, default_arguments defaults = {}) {
  if (detail::is_keeper()) return detail::run_keeper();
  detail::register_doctest_listener();
  detail::doctest_session session;
  return detail::framework_main(argc, argv, defaults, session);
}

APART_END_NAMESPACE

#endif  // defined(APART_WITH_DOCTEST_MAIN)

#if defined(APART_WITH_GTEST_MAIN) && !defined(APART_LAUNCH_PART_39)
#define APART_LAUNCH_PART_39

// ---- apart/launch/gtest_main.hpp

#include <gtest/gtest.h>

#endif  // defined(APART_WITH_GTEST_MAIN)

#if defined(APART_WITH_GTEST) && !defined(APART_LAUNCH_PART_40)
#define APART_LAUNCH_PART_40

// ---- apart/adapter/gtest.hpp

#include <gtest/gtest.h>

/// Stands in one source file of a test program that has a `main` of its own, outside of any namespace: tells apart where
/// tests begin and end, and runs the initializers before the first one. APART_GTEST_MAIN contains it. In a second file it
/// does nothing more.
#define APART_GTEST_ADAPTER() \
  [[maybe_unused]] static const bool APART_GTEST_NAME(__LINE__) = (::apart::detail::register_gtest_listener(), true)
#define APART_GTEST_NAME(line) APART_GTEST_JOINED(line)
#define APART_GTEST_JOINED(line) apart_gtest_adapter_of_line_##line

APART_BEGIN_NAMESPACE

/// A fixture whose clean-ups run in its `TearDown`, while its members are still there. Without it they run when the fixture
/// is gone. One that has a `TearDown` of its own calls this one's, at whatever point it wants them to run.
///
///     struct OrdersTest : apart::gtest_fixture<> { … };
template <class Base = ::testing::Test>
class gtest_fixture : public Base {
 protected:
  void TearDown() override {
    this_test::run_cleanups();
    Base::TearDown();
  }
};

namespace detail {

/// "Suite.Test".
inline std::string gtest_name_of(const ::testing::TestInfo& test) {
  return std::string(test.test_suite_name()) + '.' + test.name();
}

/// Tells apart where tests begin and end: with OnTestStart, before the fixture is made, and with OnTestEnd, when it is gone.
/// Clean-ups run there, and may still fail the test.
///
/// Initializers run before the first environment is set up. Where one throws, each test fails with the reason, and no body
/// runs; fixtures are made and environments set up all the same, since GoogleTest asks nobody.
///
/// A serial test is alone in its run, see `serial_turn`; where it cannot be, it fails. Others go on where they get no turn:
/// then no serial test does. A forked child that comes back from its parent's test ends there, with the test's verdict.
class gtest_listener : public ::testing::EmptyTestEventListener {
 public:
  void OnTestIterationStart(const ::testing::UnitTest&, int) override {
    attempt(prepare_process, [](const char*) {});  // each test asks again, and fails with the reason
  }

  void OnTestStart(const ::testing::TestInfo& test) override {
    body_runner& runner = body_runner::of_this_program();
    runner.test_begins();
    const std::string name = gtest_name_of(test);
    const std::string reason = runner.begin(name, is_serial(test_tag::of(name)));
    if (!reason.empty()) fail(reason);
  }

  void OnTestPartResult(const ::testing::TestPartResult& part) override {
    if (part.failed()) test_failed.store(true);
  }

  void OnTestEnd(const ::testing::TestInfo&) override {
    body_runner& runner = body_runner::of_this_program();
    runner.end([](const std::string& text) { ADD_FAILURE_AT("apart", -1) << text; });
    runner.test_ends();
  }

  /// GoogleTest's.
  static inline gtest_listener* of_this_program = nullptr;

 private:
  /// Fatal, so that GoogleTest does not run the body.
  static void fail(const std::string& reason) { GTEST_FAIL_AT("apart", -1) << reason; }
};

/// Once in a program, while one thread has loaded it.
inline void register_gtest_listener() {
  if (gtest_listener::of_this_program != nullptr) return;
  static_cast<void>(body_runner::of_this_program());
  gtest_listener::of_this_program = new gtest_listener;
  ::testing::UnitTest::GetInstance()->listeners().Append(gtest_listener::of_this_program);
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(APART_WITH_GTEST)

#if defined(APART_WITH_GTEST_MAIN) && !defined(APART_LAUNCH_PART_41)
#define APART_LAUNCH_PART_41

// ---- apart/launch/detail/gtest_printer.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// GoogleTest's own printer, of which only what belongs to a test is shown: what it says of a whole run would be said once
/// for each part of one.
class gtest_printer : public ::testing::EmptyTestEventListener {
 public:
  explicit gtest_printer(::testing::TestEventListener* whole) : whole_(whole) {}

  void OnTestStart(const ::testing::TestInfo& test) override { whole_->OnTestStart(test); }
  void OnTestPartResult(const ::testing::TestPartResult& part) override { whole_->OnTestPartResult(part); }
  void OnTestEnd(const ::testing::TestInfo& test) override { whole_->OnTestEnd(test); }

 private:
  std::unique_ptr<::testing::TestEventListener> whole_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/detail/gtest_watcher.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Leads GoogleTest from list to list, and tells which tests end, and how. A test has failed, too, where what was set up for
/// it has failed, or what is torn down after it: the last one of a suite ends with its TearDownTestSuite, the last one of a
/// list with the environments.
///
/// All lists are one RUN_ALL_TESTS, which repeats without end, since it deletes the environments when it returns (from
/// 1.15 on): before each repetition the next list is asked for, and the flags of the tests are set anew.
class gtest_watcher : public ::testing::EmptyTestEventListener {
 public:
  using tests_by_name = std::map<std::string, std::size_t>;
  /// The next list, already chosen; empty: there is none.
  using choose_next = std::function<tests_by_name()>;

  gtest_watcher(choose_next next, const framework::reported& ended) : next_(std::move(next)), ended_(ended) {
    body_runner::of_this_program().reason_not_to_run = [] {
      return std::string(stopped_ ? "not run: the list of tests has ended" : "");
    };
  }

  void OnTestIterationStart(const ::testing::UnitTest&, int) override {
    end_list();
    left_ = next_();
    if (left_.empty()) std::exit(EXIT_SUCCESS);
    stopped_ = false;
    GTEST_FLAG_SET(fail_fast, false);
    torn_down_ = {};
  }

  void OnEnvironmentsSetUpStart(const ::testing::UnitTest&) override { around_ = &environments_; }
  void OnTestSuiteStart(const ::testing::TestSuite&) override {
    suite_ = {};
    around_ = &suite_;
  }
  void OnTestStart(const ::testing::TestInfo&) override {
    report_last();
    around_ = nullptr;
  }
  void OnTestPartResult(const ::testing::TestPartResult& part) override {
    if (around_ == nullptr) return;
    if (part.skipped()) around_->skipped = true;
    if (!part.failed()) return;
    const char* const file = part.file_name() != nullptr ? part.file_name() : "unknown file";
    around_->failure += fmt::format("\n{}:{}: {}", file, part.line_number(), part.message());
  }
  void OnTestEnd(const ::testing::TestInfo& test) override {
    const auto found = left_.find(gtest_name_of(test));
    if (found == left_.end() || stopped_) return;
    const ::testing::TestResult& result = *test.result();
    test_report report;
    report.result = result.Failed() ? outcome::failed : result.Skipped() ? outcome::skipped : outcome::passed;
    fail(report, "the set-up of an environment failed:", environments_.failure);
    fail(report, "SetUpTestSuite failed:", suite_.failure);
    last_ = {found->second, std::move(report)};
    left_.erase(found);
    around_ = &torn_down_;
  }
  void OnTestSuiteEnd(const ::testing::TestSuite&) override {
    if (!left_.empty()) report_last();
  }

 private:
  /// What happened outside of all tests.
  struct outside {
    std::string failure;
    bool skipped = false;
  };

  /// What GoogleTest did not run has been skipped by an environment, or failed. It runs nothing more in this process once
  /// something outside of all tests has failed fatally, or skipped.
  void end_list() {
    around_ = nullptr;
    report_last();
    if (stopped_) left_.clear();
    for (const auto& [name, index] : left_) {
      const test_report skipped{outcome::skipped, "the set-up of an environment has skipped all tests"};
      const test_report lost{outcome::failed, "GoogleTest did not run it, though it was told to"};
      ended_(index, environments_.skipped ? skipped : lost);
    }
    const ::testing::TestResult& outside_of_tests = ::testing::UnitTest::GetInstance()->ad_hoc_test_result();
    if (environments_.failure.empty() && outside_of_tests.HasFatalFailure()) {
      environments_.failure = " a fatal failure outside of all tests, reported before";
    }
  }

  static void fail(test_report& report, const char* what, const std::string& failure) {
    if (failure.empty()) return;
    report.result = outcome::failed;
    report.text += (report.text.empty() ? "" : "\n") + (what + failure);
  }

  void report_last() {
    if (!last_) return;
    fail(last_->second, "a tear-down after it failed:", torn_down_.failure);
    torn_down_ = {};
    const auto [index, report] = *std::exchange(last_, std::nullopt);
    if (ended_(index, report)) return;
    stopped_ = true;
    GTEST_FLAG_SET(fail_fast, true);  // which skips what follows the next test, whose body does not run
  }

  const choose_next next_;
  const framework::reported& ended_;
  tests_by_name left_;                                       ///< which have not ended
  std::optional<std::pair<std::size_t, test_report>> last_;  ///< has ended, and is not reported yet
  static inline bool stopped_ = false;                       ///< no other test is to run
  outside* around_ = nullptr;                                ///< what goes on while no test runs
  outside environments_;                                     ///< in this process, so far
  outside suite_;
  outside torn_down_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/detail/gtest_framework.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What `--gtest_filter` takes for the test of that name alone. What means something to a filter is told by a ?, which
/// stands for any byte.
inline std::string gtest_pattern_of(std::string name) {
  for (char& byte : name) {
    if (byte == ':' || byte == '-' || byte == '*') byte = '?';
  }
  return name;
}

/// GoogleTest as the launcher sees it: for each list of tests a filter of their names. The tests of a suite come together, so
/// that its SetUpTestSuite runs once for each list that has some of them; so do the environments, for each list.
class gtest_framework final : public framework {
 public:
  gtest_framework() : seed_(GTEST_FLAG_GET(random_seed)), seed_is_given_(seed_ != 0) {
    if (!seed_is_given_) seed_ = static_cast<std::int32_t>(random_bits() % most_seeds) + 1;
    GTEST_FLAG_SET(output, "");
  }

  std::uint32_t seed() const override { return static_cast<std::uint32_t>(seed_); }
  bool seed_is_given() const override { return seed_is_given_; }

  std::vector<std::string> arguments_for(const std::string& test, std::optional<std::uint32_t> seed) const override {
    std::vector<std::string> arguments{"--gtest_filter=" + gtest_pattern_of(test)};
    if (seed) arguments.push_back(fmt::format("--gtest_random_seed={}", flag_of(*seed)));
    if (GTEST_FLAG_GET(also_run_disabled_tests)) arguments.emplace_back("--gtest_also_run_disabled_tests");
    return arguments;
  }

  std::vector<planned_test> select(std::uint32_t seed) override {
    GTEST_FLAG_SET(random_seed, flag_of(seed));
    if (!asked_) ask();
    return planned_;
  }

  void run(const next_list& next, const reported& ended) override {
    GTEST_FLAG_SET(shuffle, false);  // the launcher does these
    GTEST_FLAG_SET(repeat, -1);
    ::testing::TestEventListeners& listeners = ::testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_xml_generator());
    // They hear of an end in the reverse of their order: the watcher when clean-ups have run and all has been printed.
    listeners.Append(new gtest_watcher([this, &next] { return choose(next()); }, ended));
    if (auto* const printer = listeners.Release(listeners.default_result_printer())) {
      listeners.Append(new gtest_printer(printer));
    }
    listeners.Append(listeners.Release(gtest_listener::of_this_program));
    [[maybe_unused]] const int status = RUN_ALL_TESTS();
  }

 private:
  static constexpr std::uint32_t most_seeds = 99999;  ///< GoogleTest's own limit

  static std::int32_t flag_of(std::uint32_t seed) { return static_cast<std::int32_t>((seed - 1) % most_seeds) + 1; }

  /// Only these are to run.
  gtest_watcher::tests_by_name choose(const std::vector<std::size_t>& list) const {
    std::string filter;
    gtest_watcher::tests_by_name tests;
    for (const std::size_t index : list) {
      const std::string& name = planned_[index].name;
      filter += (filter.empty() ? "" : ":") + gtest_pattern_of(name);
      tests.emplace(name, index);
    }
    GTEST_FLAG_SET(filter, filter);
    if (!tests.empty()) decide_what_runs();
    return tests;
  }

  /// The tests that the command line and the variables select; its shards are parts of the run.
  void ask() {
    asked_ = true;
    const std::vector<bool> of_this_shard = runnable();
    const bool sharded = variable("GTEST_TOTAL_SHARDS").has_value();
    for (const char* of_shards : {"GTEST_TOTAL_SHARDS", "GTEST_SHARD_INDEX", "GTEST_SHARD_STATUS_FILE"}) {
      static_cast<void>(set_variable(of_shards, std::nullopt));
    }
    const std::vector<bool> all = sharded ? runnable() : of_this_shard;
    std::size_t at = 0;
    for_each_test([&](const ::testing::TestInfo& test) {
      const bool elsewhere = !of_this_shard[at];
      if (!all[at++]) return;
      std::string name = gtest_name_of(test);
      const std::vector<std::string> tags = test_tag::of(name);
      planned_.push_back({std::move(name), is_serial(tags), elsewhere, groups_in(tags), test.test_suite_name(), true});
    });
    refuse_look_alikes();
  }

  template <class Function>
  static void for_each_test(Function function) {
    const ::testing::UnitTest& program = *::testing::UnitTest::GetInstance();
    for (int suite = 0; suite < program.total_test_suite_count(); ++suite) {
      const ::testing::TestSuite& tests = *program.GetTestSuite(suite);
      for (int test = 0; test < tests.total_test_count(); ++test) function(*tests.GetTestInfo(test));
    }
  }

  /// GoogleTest does so by its flags whenever it is asked to list the tests; the list is of no use, since it hides parts of
  /// names.
  static void decide_what_runs() {
    const silenced_stdout of_the_list;
    GTEST_FLAG_SET(list_tests, true);
    [[maybe_unused]] const int status = RUN_ALL_TESTS();
    GTEST_FLAG_SET(list_tests, false);
  }

  static std::vector<bool> runnable() {
    decide_what_runs();
    std::vector<bool> runs;
    for_each_test([&runs](const ::testing::TestInfo& test) { runs.push_back(test.should_run()); });
    return runs;
  }

  /// Those that no filter can tell apart.
  void refuse_look_alikes() const {
    std::unordered_set<std::string_view> names;
    for (const planned_test& test : planned_) {
      if (!names.insert(test.name).second) refuse_pair(test.name, test.name);
    }
    for (const planned_test& test : planned_) {
      const std::string pattern = gtest_pattern_of(test.name);
      if (pattern.find('?') == std::string::npos) continue;
      for (const planned_test& other : planned_) {
        if (&other != &test && matches_glob(pattern, other.name)) refuse_pair(test.name, other.name);
      }
    }
  }

  [[noreturn]] static void refuse_pair(const std::string& one, const std::string& other) {
    raise(error(
        fmt::format("GoogleTest's filter cannot tell the tests \"{}\" and \"{}\" apart; rename one", one, other)));
  }

  std::int32_t seed_;
  const bool seed_is_given_;
  bool asked_ = false;
  std::vector<planned_test> planned_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/launch/gtest_main.hpp

/// Stands in one source file of a test program, outside of any namespace, and is its `main`. Everything that GoogleTest does
/// with a command line it still does; `--procs=N` runs the selected tests on N processes. Tests with the `test_tag`
/// "serial" run alone, at the end; without `--procs` alone among the processes of a run that somebody else has started. Of
/// tests with the tag "group:postgres:2" at most 2 run at once with `--procs`. With `--procs` the tests of a suite come to
/// a worker together as long as there are more; SetUpTestSuite and the environments are set up by each worker for each such
/// list. Either way no body runs in a process that could not be initialized, and SIGINT and SIGTERM cancel the running test.
/// The macro's arguments stand before those of the command line: APART_GTEST_MAIN("--own-directory", "--link=data").
#define APART_GTEST_MAIN(...)                                                                                         \
  int main(int argc, char** argv) { return apart::gtest_main(argc, argv, ::testing::InitGoogleTest, {__VA_ARGS__}); } \
  static_assert(true, "stands for the semicolon behind the macro")

APART_BEGIN_NAMESPACE
namespace detail {

class gtest_session final : public framework_session {
 public:
  using initializer = void (*)(int*, char**);

  explicit gtest_session(initializer initialize) : initialize_(initialize) {}

  int take(const std::vector<std::string>& arguments) override {
    kept_ = arguments;
    std::vector<char*> pointers;
    for (std::string& argument : kept_) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    int count = static_cast<int>(kept_.size());
    initialize_(&count, pointers.data());
    left_.assign(pointers.begin() + std::min(count, 1), pointers.begin() + count);
    return 0;
  }

  bool helps() const override {
    return std::any_of(left_.begin(), left_.end(), [](const std::string& argument) {
      return argument == "--help" || argument == "-h" || argument == "-?" || argument == "/?";
    });
  }
  bool lists() const override { return GTEST_FLAG_GET(list_tests); }
  int help_or_list() override { return RUN_ALL_TESTS(); }

  void prepare_launch(launch_options& options) override {
    name_unknown();
    for (const std::string& argument : left_) {
      if (argument.compare(0, 8, "--gtest_") == 0) raise(error(argument + ": GoogleTest does not know it"));
    }
    for (const std::string& argument : kept_) {
      if (argument.compare(0, 14, "--gtest_output") != 0) continue;
      raise(error("--procs: " + argument + " describes one process; give --junit=FILE, or run without --procs"));
    }
    if (GTEST_FLAG_GET(repeat) != 1) raise(error("--procs: give --repeat=N in place of --gtest_repeat"));
    if (GTEST_FLAG_GET(fail_fast)) options.max_failures = 1;
    if (GTEST_FLAG_GET(shuffle)) options.shuffle = true;
  }
  std::unique_ptr<framework> tests() override { return std::make_unique<gtest_framework>(); }

  void prepare_alone() override {
    name_unknown();
    interrupts_.emplace();
    body_runner::of_this_program().reason_not_to_run = interrupts_alone::reason_not_to_run;
  }
  int run_alone() override { return RUN_ALL_TESTS(); }
  bool all_skipped() const override {
    const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
    return all.Passed() && all.skipped_test_count() > 0 && all.successful_test_count() == 0;
  }

 private:
  /// A program's own options may be among them.
  void name_unknown() const {
    for (const std::string& argument : left_) {
      if (argument.compare(0, 2, "--") == 0)
        report(argument + ": neither the launcher nor GoogleTest knows this option");
    }
  }

  const initializer initialize_;
  std::vector<std::string> kept_;  ///< what was given
  std::vector<std::string> left_;  ///< of that, what GoogleTest does not know
  std::optional<interrupts_alone> interrupts_;
};

}  // namespace detail

/// What APART_GTEST_MAIN is made of, for a `main` of one's own, which has not called `initialize` itself. With GoogleMock
/// that is `testing::InitGoogleMock`.
inline int gtest_main(int argc, char** argv, void (*initialize)(int*, char**) = ::testing::InitGoogleTest,
                      default_arguments defaults = {}) {
  detail::gtest_session session(initialize);
  constexpr std::string_view death_test = "--gtest_internal_run_death_test";
  const bool is_death_test = std::any_of(argv, argv + argc, [&](const char* argument) {
    return std::string_view(argument).compare(0, death_test.size(), death_test) == 0;
  });
  if (is_death_test) {  // a test's child: it runs one statement, whatever else stands on the command line
    detail::register_gtest_listener();
    static_cast<void>(session.take(parse_launch_options(argc, argv, defaults).framework_arguments));
    return session.run_alone();
  }
  if (detail::is_keeper()) return detail::run_keeper();
  detail::register_gtest_listener();
  return detail::framework_main(argc, argv, defaults, session);
}

APART_END_NAMESPACE

#endif  // defined(APART_WITH_GTEST_MAIN)

#if defined(APART_WITH_FMT) && !defined(APART_LAUNCH_PART_42)
#define APART_LAUNCH_PART_42

// ---- apart/interop/fmt.hpp

#include <fmt/format.h>

/// The library's types for fmt (9 or later), with CMake's target `apart::fmt`:
///
///     fmt::print("{} writes to {}\n", apart::this_worker(), directory);   // worker 2 of 4 writes to /tmp/apart-0/...
///
///   temp_dir, temp_file, config_volume   the path; empty when moved from
///   context, scoped_context              its place: background > run > process "worker 2" (deadline in 4.9 s)
///   name_rule                            what it is the rule of: "DNS label"
///   worker                               "worker 2 of 4", numbered from 0; the process for set-ups is "keeper"
///
/// Width, fill and precision are those of a text.

APART_BEGIN_NAMESPACE
namespace detail {

struct path_formatter : fmt::formatter<std::string_view> {
  template <class Owner, class Context>
  auto format(const Owner& owner, Context& context) const {
    return fmt::formatter<std::string_view>::format(owner.path().native(), context);
  }
};

}  // namespace detail
APART_END_NAMESPACE

template <>
struct fmt::formatter<apart::temp_dir> : apart::detail::path_formatter {};
template <>
struct fmt::formatter<apart::temp_file> : apart::detail::path_formatter {};
template <>
struct fmt::formatter<apart::config_volume> : apart::detail::path_formatter {};

template <>
struct fmt::formatter<apart::context> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const apart::context& shown, Context& context) const {
    return fmt::formatter<std::string_view>::format(to_string(shown), context);
  }
};
template <>
struct fmt::formatter<apart::scoped_context> : fmt::formatter<apart::context> {};

template <>
struct fmt::formatter<apart::name_rule> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const apart::name_rule& rule, Context& context) const {
    return fmt::formatter<std::string_view>::format(rule.what, context);
  }
};

template <>
struct fmt::formatter<apart::worker> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const apart::worker& one, Context& context) const {
    const std::string text = one.source == "keeper" ? one.source : fmt::format("worker {} of {}", one.index, one.count);
    return fmt::formatter<std::string_view>::format(text, context);
  }
};

#endif  // defined(APART_WITH_FMT)

#if defined(APART_WITH_POSTGRES) && !defined(APART_LAUNCH_PART_43)
#define APART_LAUNCH_PART_43

// ---- apart/interop/detail/postgres_session.hpp

#include <libpq-fe.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// A session with PostgreSQL that ends, for good, when the server falls silent. One thread at a time.
class postgres_session {
 public:
  static constexpr auto longest_silence = std::chrono::seconds(8);

  /// A URL, or whatever else libpq takes for one. Within 10 s.
  explicit postgres_session(const std::string& url) : url_(url), session_(nullptr, PQfinish) {
    // The URL comes last, and may say otherwise. Silence is noticed by the kernel, too (tcp(7)).
    const char* const names[] = {"connect_timeout",
                                 "keepalives_idle",
                                 "keepalives_interval",
                                 "keepalives_count",
                                 "tcp_user_timeout",
                                 "application_name",
                                 "dbname",
                                 nullptr};
    const char* const values[] = {"10", "3", "2", "3", "9000", "apart", url.c_str(), nullptr};
    session_.reset(PQconnectdbParams(names, values, 1));
    if (PQstatus(session_.get()) != CONNECTION_OK) fail("no connection");
    where_ = std::string(PQhost(session_.get())) + ':' + PQport(session_.get());
    const std::string there = run("select pg_backend_pid()").front();
    if (there != std::to_string(PQbackendPID(session_.get()))) {
      raise(
          error("PostgreSQL at " + where_ +
                ": a PgBouncer, or another pool, is between, and may hand out sessions by the transaction, in which no "
                "lock holds; connect to the server itself"));
    }
    // The server's own keepalives: 5 s, and three times 3 s.
    run("select set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '3', false), "
        "set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '14000', false), "
        "set_config('client_min_messages', 'warning', false)");
  }

  /// Runs one statement, with `values` for $1 and so on: its rows' first column. An `apart::error` if the server refuses
  /// it, or does not answer.
  std::vector<std::string> run(const char* sql, std::initializer_list<std::string> values = {}) {
    if (!session_) raise(error(lost_));
    std::vector<const char*> pointers;
    for (const std::string& value : values) pointers.push_back(value.c_str());
    const int sent = PQsendQueryParams(session_.get(), sql, static_cast<int>(pointers.size()), nullptr, pointers.data(),
                                       nullptr, nullptr, 0);
    if (sent == 0) fail("the connection is lost");
    wait_for_answer();
    std::vector<std::string> found;
    std::string refused;
    while (const result next{PQgetResult(session_.get()), PQclear}) {
      const ExecStatusType status = PQresultStatus(next.get());
      if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) refused = PQresultErrorMessage(next.get());
      for (int row = 0; row < PQntuples(next.get()); ++row) found.emplace_back(PQgetvalue(next.get(), row, 0));
    }
    if (PQstatus(session_.get()) != CONNECTION_OK) fail("the connection is lost, and with it all locks");
    if (!refused.empty()) raise(error("PostgreSQL at " + where_ + ": " + told(refused)));
    return found;
  }

  /// Any bytes as PostgreSQL writes them, and back.
  std::string bytea(std::string_view bytes) {
    if (!session_) raise(error(lost_));
    std::size_t size = 0;
    const buffer written(
        PQescapeByteaConn(session_.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), &size),
        PQfreemem);
    if (!written) raise(error("PostgreSQL at " + where_ + ": " + told(PQerrorMessage(session_.get()))));
    return reinterpret_cast<const char*>(written.get());
  }
  static std::string bytes(const std::string& bytea) {
    std::size_t size = 0;
    const buffer read(PQunescapeBytea(reinterpret_cast<const unsigned char*>(bytea.c_str()), &size), PQfreemem);
    return {reinterpret_cast<const char*>(read.get()), size};
  }

  bool try_lock(const std::string& key, bool shared) {
    return run(shared ? "select pg_try_advisory_lock_shared(1634755954, $1::int)"
                      : "select pg_try_advisory_lock(1634755954, $1::int)",
               {key})
               .front() == "t";
  }
  void unlock(const std::string& key, bool shared) {
    run(shared ? "select pg_advisory_unlock_shared(1634755954, $1::int)"
               : "select pg_advisory_unlock(1634755954, $1::int)",
        {key});
  }

  /// Cancelled when the session ends, with the reason.
  context alive() const { return alive_; }

  /// "if not exists" alone lets two who come at once collide.
  void prepare_schema() {
    if (!run("select 1 from pg_class where oid = to_regclass('apart.keys')").empty()) return;
    run("select pg_advisory_lock(1634755954, 0)");
    run("create schema if not exists apart");
    run("create table if not exists apart.entries (run text, name text, bytes bytea, number bigint, "
        "primary key (run, name))");
    run("create sequence if not exists apart.keys as integer cycle");
    unlock("0", false);
  }

  /// Whether a notice has come whose text is that, since the last call.
  bool has_notice(const std::string& text) {
    if (!session_) raise(error(lost_));
    if (PQconsumeInput(session_.get()) == 0) fail("the connection is lost, and with it all locks");
    bool found = false;
    while (const notice next{PQnotifies(session_.get()), PQfreemem}) found = found || text == next->extra;
    return found;
  }
  /// To wait for one with poll(2).
  int socket() const noexcept { return PQsocket(session_.get()); }

 private:
  using result = std::unique_ptr<PGresult, void (*)(PGresult*)>;
  using notice = std::unique_ptr<PGnotify, void (*)(void*)>;
  using buffer = std::unique_ptr<unsigned char, void (*)(void*)>;

  void wait_for_answer() {
    const auto end = std::chrono::steady_clock::now() + longest_silence;
    for (;;) {
      const int unsent = PQflush(session_.get());
      if (PQconsumeInput(session_.get()) == 0) return;  // the result says why
      if (PQisBusy(session_.get()) == 0) return;
      if (std::chrono::steady_clock::now() >= end)
        fail("no answer for 8 s; the connection is given up, and with it all locks");
      poll_set one;
      one.add(PQsocket(session_.get()), unsent != 0);
      one.wait_until(end);
    }
  }

  /// What libpq, or the server, said: on one line, and without the URL, which may hold a password.
  std::string told(std::string text) const {
    for (std::size_t at = text.find(url_); at != std::string::npos; at = text.find(url_)) {
      text.replace(at, url_.size(), "the URL");
    }
    text.erase(text.find_last_not_of('\n') + 1);
    return one_line(text);
  }

  /// For good: the server, too, lets go.
  [[noreturn]] void fail(const char* what) {
    const std::string said = told(PQerrorMessage(session_.get()));
    session_.reset();
    lost_ = "PostgreSQL" + (where_.empty() ? "" : " at " + where_) + ": " + what + (said.empty() ? "" : ": " + said);
    alive_.cancel(lost_);
    raise(error(lost_));
  }

  const std::string url_;
  std::unique_ptr<PGconn, void (*)(PGconn*)> session_;
  std::string where_;
  std::string lost_;  ///< why there is no session any more
  scoped_context alive_ = with_cancel(context::background());
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/interop/postgres.hpp

APART_BEGIN_NAMESPACE

/// The members of a run that reach one PostgreSQL (12 or newer), on however many machines. Needs libpq.
///
///     apart::postgres_coordinator run("postgresql://ci@db.example/ci", run_id);
///     apart::lock(run, "the licence server");
///     work(run.session());   // a context, cancelled when the session is lost
///
/// Included in a program with the launcher, `APART_COORDINATOR=postgresql://...` makes its run one over many machines.
///
/// Each object is a session of its own, and a thread that asks every 3 s whether it is still there. Password and TLS as
/// libpq takes them: in the URL, by PGPASSFILE, PGSSLMODE. In the database: a schema `apart` with one table, made by the
/// first one to come; rows of a run go with its last member, or with the next run that begins when it has none. Locks are
/// advisory ones of two integers, the first 1634755954 ("apar"), so that they do not meet an application's.
///
/// A lost session is a lost lock: the server lets go of all that the member has held. A member that has fallen silent it
/// gives up within 15 s (TCP keepalives). The member itself gives up after 8 s without an answer, so within 11 s, before
/// anybody else has its locks: `session()` is cancelled then, with the reason, and every further call is an error. There
/// is no fencing: what is done with a lock after that is not kept from those who hold it next.
///
/// Threads: any, in turn; callbacks of `session()` must not call the object.
/// Errors: `apart::error` with the server's text, without the password: no connection, wrong password, a server that is
/// full or restarts. A PgBouncer is refused: one that hands out sessions by the transaction, in which no lock holds, cannot
/// be told from another.
class postgres_coordinator final : public coordinator {
 public:
  postgres_coordinator(const std::string& url, std::string run) : server_(url), run_(std::move(run)) {
    if (run_.empty()) detail::raise(error("postgres_coordinator: the run has no id"));
    server_.prepare_schema();
    server_.run("listen apart");
    sweep();
    join();
    const detail::all_signals_blocked inherited_by_the_thread;
    watch_ = std::thread([this] { watch(); });
  }
  /// The last member of a run takes its rows along.
  ~postgres_coordinator() override {
    {
      const std::lock_guard turn(turn_);
      ends_ = true;
    }
    changed_.notify_all();
    watch_.join();
    detail::attempt([this] { leave(); }, [](const char*) {});  // the server lets go of the rest by itself
  }

  [[nodiscard]] context session() const override { return server_.alive(); }

  [[nodiscard]] bool try_lock(std::string_view name) override {
    const std::lock_guard turn(turn_);
    const std::string key = key_of(name);
    if (held_.count(key) > 0 || !server_.try_lock(key, false)) return false;
    held_.emplace(key, 0U);
    return true;
  }
  [[nodiscard]] bool try_lock_shared(std::string_view name) override {
    const std::lock_guard turn(turn_);
    const std::string key = key_of(name);
    const auto known = held_.find(key);
    if (known == held_.end()) {
      if (!server_.try_lock(key, true)) return false;
      held_.emplace(key, 1U);
      return true;
    }
    if (known->second == 0) return false;
    ++known->second;
    return true;
  }
  void unlock(std::string_view name) override {
    const std::lock_guard turn(turn_);
    const auto known = held_.find(key_of(name));
    if (known == held_.end()) return;
    if (known->second > 1) {
      --known->second;
      return;
    }
    const auto [key, shares] = *known;
    held_.erase(known);
    server_.unlock(key, shares == 1);
    tell_others();
  }

  [[nodiscard]] bool create(std::string_view name, std::string_view bytes) override {
    const std::lock_guard turn(turn_);
    const auto created = server_.run(
        "insert into apart.entries (run, name, bytes) values ($1, $2, $3) on conflict do nothing returning 1",
        {run_, named("text ", name), server_.bytea(bytes)});
    if (!created.empty()) tell_others();
    return !created.empty();
  }
  [[nodiscard]] std::optional<std::string> read(std::string_view name) override {
    const std::lock_guard turn(turn_);
    const auto found =
        server_.run("select bytes from apart.entries where run = $1 and name = $2", {run_, named("text ", name)});
    if (found.empty()) return std::nullopt;
    return server_.bytes(found.front());
  }

  std::uint64_t add(std::string_view counter, std::uint64_t amount) override {
    const std::lock_guard turn(turn_);
    const auto found = server_.run(
        "insert into apart.entries (run, name, number) values ($1, $2, $3::bigint) on conflict (run, name) do update "
        "set number = entries.number + $3::bigint returning number - $3::bigint",
        {run_, named("count ", counter), std::to_string(amount)});
    return std::stoull(found.front());
  }

  void wait_for_change(const context& waiting, std::chrono::nanoseconds most) override {
    using namespace std::chrono_literals;
    const auto end = std::chrono::steady_clock::now() + most;
    while (!waiting.cancelled() && std::chrono::steady_clock::now() < end) {
      detail::poll_set one;
      {
        const std::lock_guard turn(turn_);
        if (server_.has_notice(run_)) return;
        one.add(server_.socket(), false);
      }
      one.wait_until(std::min(end, std::chrono::steady_clock::now() + 20ms));
    }
  }

 private:
  static constexpr const char* members = "members";  ///< a lock that all members of a run share

  static std::string named(const char* kind, std::string_view name) {
    if (name.empty()) detail::raise(error("postgres_coordinator: a lock, a text, a counter has to have a name"));
    return std::string(kind).append(name);
  }

  /// The second integer of a lock: a number that no other name has.
  std::string key_of(std::string_view name) {
    const std::string full = named("lock ", name);
    std::string& key = keys_[full];
    if (key.empty()) key = number_of(full);
    return key;
  }
  std::string number_of(const std::string& name) {
    server_.run(
        "insert into apart.entries (run, name, number) values ($1, $2, nextval('apart.keys')) on conflict do nothing",
        {run_, name});
    const auto found = server_.run("select number from apart.entries where run = $1 and name = $2", {run_, name});
    return found.empty() ? "" : found.front();
  }

  void tell_others() { server_.run("select pg_notify('apart', $1)", {run_}); }

  /// Removes the rows of runs that have no member.
  void sweep() {
    for (const std::string& key :
         server_.run("select number from apart.entries where name = $1 and run <> $2", {members, run_})) {
      remove_where_nobody_is(key);
    }
  }
  void remove_where_nobody_is(const std::string& key) {
    if (!server_.try_lock(key, false)) return;
    server_.run(
        "delete from apart.entries where run in (select run from apart.entries where name = $1 and number = "
        "$2::bigint)",
        {members, key});
    server_.unlock(key, false);
  }

  /// A sweeper takes a run that nobody has joined yet for one that nobody is in any more, and its rows go.
  void join() {
    for (;;) {
      const std::string key = number_of(members);
      if (key.empty() || !server_.try_lock(key, true)) continue;
      if (number_of(members) == key) return;
      server_.unlock(key, true);
    }
  }

  /// Unlocks by itself: a server notices the end of a session in its own time.
  void leave() {
    server_.run("select pg_advisory_unlock_all()");
    remove_where_nobody_is(number_of(members));
    tell_others();
  }

  void watch() {
    std::unique_lock turn(turn_);
    while (!changed_.wait_for(turn, std::chrono::seconds(3), [this] { return ends_; }) && !session().cancelled()) {
      detail::attempt([this] { server_.run("select 1"); }, [](const char*) {});
    }
  }

  detail::postgres_session server_;
  const std::string run_;
  std::mutex turn_;
  std::condition_variable changed_;
  bool ends_ = false;
  std::thread watch_;
  std::map<std::string, std::string> keys_;
  std::map<std::string, unsigned> held_;  ///< by their keys: shares; 0: exclusive
};

namespace detail {

inline std::unique_ptr<coordinator> join_on_postgres(const std::string& url, const std::string& run) {
  return std::make_unique<postgres_coordinator>(url, run);
}
inline const coordinator_scheme on_postgresql{"postgresql://", join_on_postgres};
inline const coordinator_scheme on_postgres{"postgres://", join_on_postgres};

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(APART_WITH_POSTGRES)

#if defined(APART_WITH_STOP_TOKEN) && !defined(APART_LAUNCH_PART_44)
#define APART_LAUNCH_PART_44

// ---- apart/interop/stop_token.hpp

#if __has_include(<version>)
#include <version>
#endif
#if !defined(__cpp_lib_jthread)
#error "<apart/interop/stop_token.hpp> needs std::stop_token: C++20, and a standard library that has it"
#endif

APART_BEGIN_NAMESPACE
namespace detail {

/// Requests a std stop when a context is cancelled. Never removed from the list of that context's node: the node keeps
/// it until both go, and a forked child, which puts its own in its place, has an empty list.
class std_stop : public stop_callback_base {
 public:
  std_stop() : stop_callback_base(&request) {}

  /// With `program_mutex` held: nobody knows of this one yet, so that no callback runs.
  void start(stop_state& watched) {
    if (!watched.add_locked(*this)) run();
  }
  std::stop_token token() const noexcept { return source_.get_token(); }
  bool works_here() const noexcept { return owner_.is_this_process() || source_.stop_requested(); }

 private:
  static void request(stop_callback_base& self) noexcept { static_cast<std_stop&>(self).source_.request_stop(); }

  std::stop_source source_;
  const process_owner owner_;
};

}  // namespace detail

/// A token of the standard library's that is stopped when `watched` is cancelled, for std::condition_variable_any and
/// whatever else takes one. The same one each time in a process.
///
///     ready.wait(lock, apart::std_token(apart::this_test::ctx()), [&] { return done; });
///
/// Its callbacks run where those of `on_cancel` do. Threads: any. Fork: a token from before the fork is not stopped in
/// the child; ask there again. Errors: as `context`.
[[nodiscard]] inline std::stop_token std_token(const context& watched) {
  detail::context_node& node = *detail::context_access::node(watched);
  node.watch_deadline();
  std::shared_ptr<void> of_the_parent;  // goes without the lock
  const detail::program_lock lock(detail::program_mutex());
  auto stop = std::static_pointer_cast<detail::std_stop>(node.in_std);
  if (stop != nullptr && stop->works_here()) return stop->token();
  stop = std::make_shared<detail::std_stop>();
  stop->start(node.stop);
  of_the_parent = std::exchange(node.in_std, stop);
  return stop->token();
}

APART_END_NAMESPACE

#endif  // defined(APART_WITH_STOP_TOKEN)
