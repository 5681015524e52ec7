// apart 0.1.0: makes any C++ test suite safe to run on many processes at once.
//
// All of the library that needs nothing but the standard library and its threads: copy this file, and write
//
//   #include "apart.hpp"
//
// The launcher and what else needs another library stand in apart_launch.hpp.
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

#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bitset>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cinttypes>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <ostream>
#include <ratio>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

// ---- apart/detail/visibility.hpp

/// Marks a namespace whose objects all parts of a program share, whatever visibility each part was compiled with. On
/// Windows nothing does: each module there has its own, and what stands behind this mark must bear it.
#if defined(__GNUC__) && !defined(_WIN32)
#define APART_SHARED_BY_PROGRAM __attribute__((visibility("default")))
#else
#define APART_SHARED_BY_PROGRAM
#endif

// ---- apart/version.hpp

/// The version of the library. CMake reads it from here; nothing else states it.
#define APART_VERSION_MAJOR 0
#define APART_VERSION_MINOR 1
#define APART_VERSION_PATCH 0

/// Everything public lives in `apart`, inside an inline namespace that names the version, so that two versions in
/// one program are two sets of types and never a silent mixture of both. All parts of a program share what is there,
/// whatever visibility each was compiled with.
#define APART_BEGIN_NAMESPACE               \
  namespace apart APART_SHARED_BY_PROGRAM { \
  inline namespace v0_1 {
#define APART_END_NAMESPACE \
  }                         \
  }

/// Around what two versions in one program share as well: the counter behind unique names. It never changes.
#define APART_BEGIN_SHARED_NAMESPACE        \
  namespace apart APART_SHARED_BY_PROGRAM { \
  namespace shared {
#define APART_END_SHARED_NAMESPACE \
  }                                \
  }

// ---- apart/detail/same_interrupt.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// A signal that comes sooner after the last one that counted is the same wish to stop, and not a stronger one:
/// timeout(1) sends its signal to the program and at once to the program's whole group.
inline constexpr std::chrono::milliseconds same_interrupt{500};

}  // namespace detail
APART_END_NAMESPACE

#if defined(_WIN32)

// ---- apart/detail/windows/api.hpp

// What the library calls of Windows, declared by hand with the exact types of <windows.h>: that one's macros (min, max,
// small, interface) stay away from whoever includes the library, and it may be included before or after. BOOL is int there,
// DWORD unsigned long, HANDLE void*; structures are known by name alone. All of it stands in kernel32 and advapi32, which
// every compiler links by itself. What takes an enumeration of <windows.h> cannot be declared without it: `function_of`.

struct _BY_HANDLE_FILE_INFORMATION;
struct _FILETIME;
struct _MEMORY_BASIC_INFORMATION;
struct _OVERLAPPED;
struct _SECURITY_ATTRIBUTES;
struct _WIN32_FIND_DATAW;
struct tagPROCESSENTRY32W;
struct HINSTANCE__;

#define APART_OF_WINDOWS extern "C" __declspec(dllimport)
#define APART_CALL __stdcall

// Errors, texts, modules, memory.
APART_OF_WINDOWS unsigned long APART_CALL GetLastError();
APART_OF_WINDOWS void APART_CALL SetLastError(unsigned long code);
APART_OF_WINDOWS int APART_CALL MultiByteToWideChar(unsigned page, unsigned long flags, const char* text, int size,
                                                    wchar_t* wide, int room);
APART_OF_WINDOWS int APART_CALL WideCharToMultiByte(unsigned page, unsigned long flags, const wchar_t* wide, int size,
                                                    char* text, int room, const char* other, int* used_other);
APART_OF_WINDOWS int APART_CALL GetModuleHandleExW(unsigned long flags, const wchar_t* name, HINSTANCE__** module);
APART_OF_WINDOWS HINSTANCE__* APART_CALL GetModuleHandleW(const wchar_t* name);
APART_OF_WINDOWS unsigned long APART_CALL GetModuleFileNameW(HINSTANCE__* module, wchar_t* path, unsigned long room);
APART_OF_WINDOWS std::intptr_t(APART_CALL* APART_CALL GetProcAddress(HINSTANCE__* module, const char* name))();
APART_OF_WINDOWS std::size_t APART_CALL VirtualQuery(const void* address, _MEMORY_BASIC_INFORMATION* found,
                                                     std::size_t size);
APART_OF_WINDOWS void* APART_CALL LocalFree(void* memory);

// This process, and others.
APART_OF_WINDOWS unsigned long APART_CALL GetCurrentProcessId();
APART_OF_WINDOWS void* APART_CALL GetCurrentProcess();
APART_OF_WINDOWS int APART_CALL GetComputerNameW(wchar_t* name, unsigned long* size);
APART_OF_WINDOWS int APART_CALL CheckRemoteDebuggerPresent(void* process, int* present);
APART_OF_WINDOWS unsigned long APART_CALL GetEnvironmentVariableW(const wchar_t* name, wchar_t* value,
                                                                  unsigned long room);
APART_OF_WINDOWS int APART_CALL SetEnvironmentVariableW(const wchar_t* name, const wchar_t* value);
APART_OF_WINDOWS unsigned long APART_CALL GetCurrentDirectoryW(unsigned long room, wchar_t* path);
APART_OF_WINDOWS int APART_CALL SetCurrentDirectoryW(const wchar_t* path);
APART_OF_WINDOWS void* APART_CALL OpenProcess(unsigned long access, int inherited, unsigned long id);
APART_OF_WINDOWS int APART_CALL GetProcessTimes(void* process, _FILETIME* began, _FILETIME* ended, _FILETIME* kernel,
                                                _FILETIME* user);
APART_OF_WINDOWS int APART_CALL TerminateProcess(void* process, unsigned status);
APART_OF_WINDOWS void* APART_CALL CreateEventW(_SECURITY_ATTRIBUTES* security, int stays, int set, const wchar_t* name);
APART_OF_WINDOWS unsigned long APART_CALL WaitForSingleObject(void* object, unsigned long milliseconds);
APART_OF_WINDOWS int APART_CALL SetConsoleCtrlHandler(int(APART_CALL* handler)(unsigned long event), int add);
APART_OF_WINDOWS void APART_CALL Sleep(unsigned long milliseconds);

// Files.
APART_OF_WINDOWS void* APART_CALL CreateFileW(const wchar_t* path, unsigned long access, unsigned long share,
                                              _SECURITY_ATTRIBUTES* security, unsigned long disposition,
                                              unsigned long flags, void* like);
APART_OF_WINDOWS int APART_CALL CloseHandle(void* handle);
APART_OF_WINDOWS int APART_CALL ReadFile(void* file, void* bytes, unsigned long size, unsigned long* got,
                                         _OVERLAPPED* place);
APART_OF_WINDOWS int APART_CALL WriteFile(void* file, const void* bytes, unsigned long size, unsigned long* written,
                                          _OVERLAPPED* place);
APART_OF_WINDOWS int APART_CALL CreateDirectoryW(const wchar_t* path, _SECURITY_ATTRIBUTES* security);
APART_OF_WINDOWS int APART_CALL RemoveDirectoryW(const wchar_t* path);
APART_OF_WINDOWS int APART_CALL DeleteFileW(const wchar_t* path);
APART_OF_WINDOWS int APART_CALL MoveFileExW(const wchar_t* from, const wchar_t* to, unsigned long flags);
APART_OF_WINDOWS unsigned long APART_CALL GetFileAttributesW(const wchar_t* path);
APART_OF_WINDOWS int APART_CALL SetFileAttributesW(const wchar_t* path, unsigned long attributes);
APART_OF_WINDOWS void* APART_CALL FindFirstFileW(const wchar_t* pattern, _WIN32_FIND_DATAW* found);
APART_OF_WINDOWS int APART_CALL FindNextFileW(void* search, _WIN32_FIND_DATAW* found);
APART_OF_WINDOWS int APART_CALL FindClose(void* search);
APART_OF_WINDOWS int APART_CALL GetFileInformationByHandle(void* file, _BY_HANDLE_FILE_INFORMATION* found);
APART_OF_WINDOWS int APART_CALL SetFileTime(void* file, const _FILETIME* made, const _FILETIME* read,
                                            const _FILETIME* written);
APART_OF_WINDOWS void APART_CALL GetSystemTimeAsFileTime(_FILETIME* now);
APART_OF_WINDOWS unsigned long APART_CALL GetFinalPathNameByHandleW(void* file, wchar_t* path, unsigned long room,
                                                                    unsigned long flags);
APART_OF_WINDOWS unsigned long APART_CALL GetTempPathW(unsigned long room, wchar_t* path);
APART_OF_WINDOWS unsigned APART_CALL GetDriveTypeW(const wchar_t* root);
APART_OF_WINDOWS int APART_CALL GetVolumePathNameW(const wchar_t* path, wchar_t* volume, unsigned long room);

// Locks and memory that processes share.
APART_OF_WINDOWS int APART_CALL LockFileEx(void* file, unsigned long flags, unsigned long reserved, unsigned long low,
                                           unsigned long high, _OVERLAPPED* place);
APART_OF_WINDOWS int APART_CALL UnlockFileEx(void* file, unsigned long reserved, unsigned long low, unsigned long high,
                                             _OVERLAPPED* place);
APART_OF_WINDOWS void* APART_CALL CreateFileMappingW(void* file, _SECURITY_ATTRIBUTES* security, unsigned long protect,
                                                     unsigned long high, unsigned long low, const wchar_t* name);
APART_OF_WINDOWS void* APART_CALL MapViewOfFile(void* mapping, unsigned long access, unsigned long high,
                                                unsigned long low, std::size_t size);
APART_OF_WINDOWS int APART_CALL UnmapViewOfFile(const void* address);

// Who owns what.
APART_OF_WINDOWS int APART_CALL OpenProcessToken(void* process, unsigned long access, void** token);
APART_OF_WINDOWS int APART_CALL ConvertSidToStringSidW(void* sid, wchar_t** text);
APART_OF_WINDOWS int APART_CALL ConvertStringSecurityDescriptorToSecurityDescriptorW(const wchar_t* text,
                                                                                     unsigned long revision,
                                                                                     void** made, unsigned long* size);
APART_OF_WINDOWS int APART_CALL GetFileSecurityW(const wchar_t* path, unsigned long wanted, void* found,
                                                 unsigned long size, unsigned long* needed);
APART_OF_WINDOWS int APART_CALL GetSecurityDescriptorOwner(void* descriptor, void** owner, int* defaulted);

// tlhelp32.h, which does not mark them as imported.
extern "C" void* APART_CALL CreateToolhelp32Snapshot(unsigned long flags, unsigned long process);
extern "C" int APART_CALL Process32FirstW(void* snapshot, tagPROCESSENTRY32W* found);
extern "C" int APART_CALL Process32NextW(void* snapshot, tagPROCESSENTRY32W* found);

#undef APART_CALL
#undef APART_OF_WINDOWS

APART_BEGIN_NAMESPACE
namespace detail {

/// A function of a module that every process has loaded; null where this Windows does not have it.
template <class Function>
Function* function_of(const wchar_t* module, const char* name) noexcept {
  HINSTANCE__* const loaded = ::GetModuleHandleW(module);
  return loaded == nullptr ? nullptr
                           : reinterpret_cast<Function*>(reinterpret_cast<void*>(::GetProcAddress(loaded, name)));
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

// ---- apart/error.hpp

APART_BEGIN_NAMESPACE

/// Base of everything that the library throws. `what()` is one line for the person whose test run just broke:
/// which resource, what happened, and the way out.
struct error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Takes one line of what a destructor could not do and cannot throw: what it left, by name, and why.
using report_handler = void (*)(const char* line);

/// Sends these lines to `handler` instead of stderr, in the whole process, and returns the former one; null means stderr.
/// It is called on the thread that has something to say, also at the end of the process, and should not throw.
inline report_handler set_report_handler(report_handler handler) noexcept;

namespace detail {

inline std::atomic<report_handler> known_report_handler{nullptr};

#if defined(__cpp_exceptions)
inline constexpr bool exceptions = true;
#else
inline constexpr bool exceptions = false;
#endif

/// Throws `failure`; in a program built without exceptions prints its text on stderr and aborts.
template <class Error>
[[noreturn]] void raise(Error failure) {
#if defined(__cpp_exceptions)
  throw std::move(failure);
#else
  std::fprintf(stderr, "apart: %s\n", failure.what());
  std::abort();
#endif
}

/// Throws `apart::error` with "<resource>: <what the system says of `code`>".
[[noreturn]] inline void raise_system(int code, const std::string& resource) {
  raise(error(resource + ": " + std::generic_category().message(code)));
}

/// What went wrong, for functions that have a caller who throws and another one who returns the code. None: no code.
struct fault {
  std::error_code code;
  std::string text;  ///< what an `apart::error` says

  explicit operator bool() const noexcept { return static_cast<bool>(code); }
};

/// "<resource>: <what the system says of `code`>"; none where it is 0.
inline fault system_fault(int code, const std::string& resource) {
  if (code == 0) return {};
  const std::error_code failed(code, std::generic_category());
  return {failed, resource + ": " + failed.message()};
}

inline void raise_if(const fault& found) {
  if (found) raise(error(found.text));
}

/// Runs `action` and hands the text of whatever it throws to `failed(const char*)`. Returns whether it succeeded. With
/// the next function the one place where the library catches: `catch` does not compile without exceptions.
template <class Action, class Failed>
bool attempt(Action&& action, Failed&& failed) {
#if defined(__cpp_exceptions)
  try {
    action();
    return true;
  } catch (const std::exception& thrown) {
    failed(thrown.what());
  } catch (...) {
    failed("threw something that is not a std::exception");
  }
  return false;
#else
  action();
  static_cast<void>(failed);
  return true;
#endif
}

/// The same for what is a std::exception only: the rest, by which test frameworks end a test, passes through.
template <class Action, class Failed>
bool attempt_standard(Action&& action, Failed&& failed) {
#if defined(__cpp_exceptions)
  try {
    action();
    return true;
  } catch (const std::exception& thrown) {
    failed(thrown.what());
  }
  return false;
#else
  return attempt(action, failed);
#endif
}

}  // namespace detail

inline report_handler set_report_handler(report_handler handler) noexcept {
  return detail::known_report_handler.exchange(handler);
}

APART_END_NAMESPACE

#if defined(_WIN32)

// ---- apart/context/detail/windows/interrupts.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What the handlers touch. Static, since one may still run on another thread while the guard goes.
struct interrupt_state {
  using handler = void (*)(int);
  using clock = std::chrono::steady_clock;
  static constexpr int none = 0;
  static constexpr int no_more = -1;

  std::atomic<bool> guarded{false};  ///< a guard lives
  std::mutex mutex;                  ///< of what follows
  std::condition_variable changed;
  int arrived = none;         ///< the first signal, or that the guard has gone before there was one
  bool counted_any = false;   ///< whether one has come that counted,
  clock::time_point counted;  ///< and when the last one did
  std::chrono::nanoseconds same{};
  std::array<handler, 32> before{};

  static interrupt_state& instance() noexcept {
    static interrupt_state state;
    return state;
  }
};

/// Sees to it that the first of some signals calls a function, on a thread of its own, and that a later one does what it
/// did before; those that come within `same` after one that counted are dropped. The C library makes SIGINT of Ctrl-C and
/// SIGBREAK of Ctrl-Break, on a thread of its own. The end of the console, of the session or of the machine is SIGTERM
/// here; Windows ends the process 5 s after that at the latest.
class interrupts {
 public:
  interrupts(std::vector<int> signals, void (*told)(int signal), std::chrono::nanoseconds same = same_interrupt)
      : signals_(std::move(signals)) {
    interrupt_state& state = interrupt_state::instance();
    if (state.guarded.exchange(true)) {
      raise(error("cancel_on_signals: another one lives in this process; name all signals in one"));
    }
    state.arrived = interrupt_state::none;
    state.counted_any = false;
    state.same = same;
    fault failed = start_thread(told);
    for (std::size_t i = 0; i < signals_.size() && !failed; ++i) failed = take(signals_[i]);
    if (!failed) return;
    end();
    raise_if(failed);
  }
  ~interrupts() { end(); }

  /// Whether one lives in this process.
  static bool any() noexcept { return interrupt_state::instance().guarded.load(); }

  interrupts(const interrupts&) = delete;
  interrupts& operator=(const interrupts&) = delete;

 private:
  static void on_signal(int signal) {
    std::signal(signal, on_signal);  // the C library has put the default in its place
    if (taken(signal)) return;
    std::signal(signal, interrupt_state::instance().before[static_cast<std::size_t>(signal)]);
    std::raise(signal);
  }

  static int __stdcall on_end_of_console(unsigned long event) {
    constexpr unsigned long closed = 2, logged_off = 5, shut_down = 6;  // CTRL_..._EVENT
    const bool is_end = event == closed || event == logged_off || event == shut_down;
    if (!is_end || !taken(SIGTERM)) return 0;
    for (;;) ::Sleep(1000);  // the process would end at the return
  }

  /// Whether the signal is the guard's, and not for what stood before it.
  static bool taken(int signal) {
    interrupt_state& state = interrupt_state::instance();
    const std::lock_guard<std::mutex> lock(state.mutex);
    if (state.arrived == interrupt_state::no_more) return false;
    const auto now = interrupt_state::clock::now();
    if (state.counted_any) {
      if (now - state.counted < state.same) return true;
      state.counted = now;
      return false;
    }
    state.counted_any = true;
    state.counted = now;
    state.arrived = signal;
    state.changed.notify_all();
    return true;
  }

  fault start_thread(void (*told)(int signal)) {
    fault failed;
    attempt(
        [&] {
          thread_ = std::thread([told] {
            interrupt_state& state = interrupt_state::instance();
            std::unique_lock<std::mutex> lock(state.mutex);
            state.changed.wait(lock, [&state] { return state.arrived != interrupt_state::none; });
            const int arrived = state.arrived;
            lock.unlock();
            if (arrived != interrupt_state::no_more) told(arrived);
          });
        },
        [&](const char* text) {
          failed = {std::make_error_code(std::errc::resource_unavailable_try_again),
                    std::string("cancel_on_signals: the system gives no thread: ") + text};
        });
    return failed;
  }

  /// What is ignored stays ignored.
  fault take(int signal) {
    interrupt_state& state = interrupt_state::instance();
    const std::string whose = "cancel_on_signals: signal " + std::to_string(signal);
    if (signal <= 0 || static_cast<std::size_t>(signal) >= state.before.size()) return system_fault(EINVAL, whose);
    const interrupt_state::handler before = std::signal(signal, SIG_IGN);
    if (before == SIG_ERR) return system_fault(EINVAL, whose);
    if (before == SIG_IGN) return {};
    state.before[static_cast<std::size_t>(signal)] = before;
    std::signal(signal, on_signal);
    if (signal == SIGTERM) watches_console_ = ::SetConsoleCtrlHandler(on_end_of_console, 1) != 0;
    return {};
  }

  /// A handler that somebody has set meanwhile stays.
  static void give_back(int signal) noexcept {
    const interrupt_state::handler now = std::signal(signal, SIG_IGN);
    const bool ours = now == on_signal;
    std::signal(signal, ours ? interrupt_state::instance().before[static_cast<std::size_t>(signal)] : now);
  }

  void end() noexcept {
    interrupt_state& state = interrupt_state::instance();
    if (watches_console_) ::SetConsoleCtrlHandler(on_end_of_console, 0);
    for (const int signal : signals_) give_back(signal);
    {
      const std::lock_guard<std::mutex> lock(state.mutex);
      if (state.arrived == interrupt_state::none) state.arrived = interrupt_state::no_more;
      state.changed.notify_all();
    }
    if (thread_.get_id() == std::this_thread::get_id()) {
      thread_.detach();  // it is what destroys the guard
    } else if (thread_.joinable()) {
      thread_.join();
    }
    state.guarded.store(false);
  }

  const std::vector<int> signals_;
  std::thread thread_;
  bool watches_console_ = false;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/windows/image.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// MEMORY_BASIC_INFORMATION.
struct memory_information {
  void* base;
  void* allocation_base;
  unsigned long allocation_protect;
  std::uint16_t partition;
  std::size_t size;
  unsigned long state;
  unsigned long protect;
  unsigned long type;
};

/// Is it static: in the executable or in a DLL that is loaded, not on a stack, in the heap or a thread's own?
inline bool in_loaded_image(const void* address) noexcept {
  constexpr unsigned long image = 0x1000000;  // MEM_IMAGE
  memory_information found{};
  auto* const out = reinterpret_cast<_MEMORY_BASIC_INFORMATION*>(&found);
  return ::VirtualQuery(address, out, sizeof found) != 0 && found.type == image;
}

/// For each module, when it is loaded. A DLL is never unloaded: objects that it has built, threads that it has started and
/// functions that it has registered last as long as the process. Modules share nothing: each has the library for itself.
inline bool enter_image(const void* own_object) noexcept {
  constexpr unsigned long pin = 1, from_address = 4;  // GET_MODULE_HANDLE_EX_FLAG_...
  HINSTANCE__* module = nullptr;
  return ::GetModuleHandleExW(pin | from_address, static_cast<const wchar_t*>(own_object), &module) != 0;
}
inline const bool image_is_entered = enter_image(&image_is_entered);

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

// ---- apart/detail/report.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// One line for the person who runs the tests, in one piece: what a destructor, or the end of a process, has to say and
/// cannot throw. To the handler that `set_report_handler` gave; else, and where that fails, to stderr. Any thread.
inline void report(const std::string& line) {
  const auto to_stderr = [](const std::string& text) {
    const std::string whole = "apart: " + text + "\n";
    std::fputs(whole.c_str(), stderr);
  };
  const report_handler handler = known_report_handler.load();
  if (handler == nullptr) return to_stderr(line);
  attempt([&] { handler(line.c_str()); }, [&](const char*) { to_stderr(line); });
}

/// What went wrong, if anything did.
inline void report(const fault& failed) {
  if (failed) report(failed.text);
}

}  // namespace detail
APART_END_NAMESPACE

#if !defined(_WIN32)

// ---- apart/detail/posix/image.hpp

#include <dlfcn.h>
#include <link.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// Is it static: in the executable or in a shared object that is loaded, not on a stack, in the heap or a thread's own?
inline bool in_loaded_image(const void* address) noexcept;

/// Every image, which is the executable or a shared object, that includes the library bears this note (elf(5)): the
/// loader shows the segments of an image, and nothing else of it.
struct image_note {
  std::uint32_t name_size = sizeof name;
  std::uint32_t text_size = 0;
  std::uint32_t type = 1;
  char name[8] = "apart";
};
__attribute__((section(".note.apart"), used)) static const image_note note_of_image{};

struct image_search {
  const void* address;
  std::string name;  ///< of the image that holds it; empty for the executable
  bool found = false;
  bool noted_before = false;  ///< does an image that was loaded before it bear the note?
};

inline bool is_noted(const dl_phdr_info& image, const ElfW(Phdr) & segment) noexcept {
  const auto* const begin = reinterpret_cast<const char*>(image.dlpi_addr + segment.p_vaddr);
  const image_note sought;
  for (std::size_t at = 0; at + sizeof sought <= segment.p_memsz; at += alignof(image_note)) {
    if (std::memcmp(begin + at, &sought, sizeof sought) == 0) return true;
  }
  return false;
}

inline bool holds(const dl_phdr_info& image, const ElfW(Phdr) & segment, const void* address) noexcept {
  const auto begin = image.dlpi_addr + segment.p_vaddr;
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  return wanted >= begin && wanted - begin < segment.p_memsz;
}

/// In the order in which they were loaded: the executable is the first.
inline image_search search_image(const void* address) noexcept {
  image_search search{address, {}};
  ::dl_iterate_phdr(
      [](dl_phdr_info* image, std::size_t, void* argument) {
        auto& sought = *static_cast<image_search*>(argument);
        bool noted = false;
        for (std::size_t i = 0; i < image->dlpi_phnum; ++i) {
          const ElfW(Phdr)& segment = image->dlpi_phdr[i];
          if (segment.p_type == PT_LOAD && holds(*image, segment, sought.address)) sought.found = true;
          if (segment.p_type == PT_NOTE && is_noted(*image, segment)) noted = true;
        }
        if (!sought.found) {
          sought.noted_before = sought.noted_before || noted;
        } else if (image->dlpi_name != nullptr) {
          sought.name = image->dlpi_name;
        }
        return sought.found ? 1 : 0;
      },
      &search);
  return search;
}

inline bool in_loaded_image(const void* address) noexcept { return search_image(address).found; }

// What stands in each image for that image alone, whatever the images share.
#define APART_OWN_OF_IMAGE __attribute__((visibility("hidden")))

#if defined(__PIC__) && !defined(__PIE__)
#pragma weak dlopen  // not there where the program is not linked with libdl (glibc before 2.34)

/// A shared object is never unloaded: objects that it has built, threads that it has started and functions that it has
/// registered last as long as the process (g++ makes it so by itself, by symbols of the kind STB_GNU_UNIQUE).
APART_OWN_OF_IMAGE inline void keep_loaded(const std::string& image) noexcept {
  if (::dlopen != nullptr) static_cast<void>(::dlopen(image.c_str(), RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE));
}
#else
/// Part of an executable: not compiled for a shared object.
APART_OWN_OF_IMAGE inline void keep_loaded(const std::string&) noexcept {}
#endif

/// An object of which the images that share have one.
inline char shared_object_of_images = 0;

/// For each image, when it is loaded. One that does not share with those before it is reported: it works, apart.
APART_OWN_OF_IMAGE inline bool enter_image(const void* own_object) noexcept {
  const image_search image = search_image(own_object);
  if (image.name.empty()) return true;
  keep_loaded(image.name);
  const bool shares = search_image(&shared_object_of_images).name != image.name;
  if (shares || !image.noted_before) return true;
  report(
      image.name +
      " has a copy of the library of its own: its initializers run when it calls initialize_process() itself, and "
      "contexts, locks and this_test are not the program's; link the program with -rdynamic (CMake: ENABLE_EXPORTS)");
  return true;
}
APART_OWN_OF_IMAGE inline const bool image_is_entered = enter_image(&image_is_entered);

#undef APART_OWN_OF_IMAGE

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

#if defined(_WIN32)

// ---- apart/detail/windows/fork.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Windows has no fork: every process is its own first generation.
constexpr std::uint64_t process_generation() noexcept { return 1; }

inline void at_fork(void (*)(), void (*)(), void (*)()) noexcept {}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/fork.hpp

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

/// The number of this process among its forks, for all parts of the program: 0 means "not asked yet, or just forked".
APART_BEGIN_SHARED_NAMESPACE

inline std::atomic<std::uint64_t> plain_process_word{0};
inline std::atomic<std::atomic<std::uint64_t>*> process_word{&plain_process_word};
inline std::atomic<std::uint64_t> last_process_generation{0};

APART_END_SHARED_NAMESPACE

APART_BEGIN_NAMESPACE
namespace detail {

/// A word that the kernel clears in every child, raw clone included (Linux 4.14, madvise(2)); null where it cannot.
/// An emulator that accepts any advice, the impossible one too, is not believed: qemu-user does so and clears nothing.
inline std::atomic<std::uint64_t>* map_wiped_word() noexcept {
#if defined(MADV_WIPEONFORK)
  const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  if (::madvise(page, size, MADV_WIPEONFORK) == 0 && ::madvise(page, size, -1) != 0) {
    return ::new (page) std::atomic<std::uint64_t>{0};
  }
  ::munmap(page, size);
#endif
  return nullptr;
}

/// The first part of the program that asks chooses for all.
inline bool choose_process_word() noexcept {
  std::atomic<std::uint64_t>* chosen = &shared::plain_process_word;
  if (shared::process_word.load() != chosen) return true;
  if (std::atomic<std::uint64_t>* const wiped = map_wiped_word()) {
    shared::process_word.compare_exchange_strong(chosen, wiped);
    return true;
  }
  return ::pthread_atfork(nullptr, nullptr, [] { shared::plain_process_word.store(0); }) == 0;
}

inline std::uint64_t new_process_generation() noexcept {
  static const bool chosen = choose_process_word();
  static_cast<void>(chosen);
  std::atomic<std::uint64_t>& word = *shared::process_word.load();
  std::uint64_t none = 0;
  word.compare_exchange_strong(none, shared::last_process_generation.fetch_add(1) + 1);
  return word.load();
}

inline std::uint64_t process_generation() noexcept {
  const std::uint64_t known = shared::process_word.load(std::memory_order_acquire)->load(std::memory_order_relaxed);
  return known != 0 ? known : new_process_generation();
}

/// Chosen while the program is still loaded by one thread.
inline const std::uint64_t generation_at_load = process_generation();

inline void at_fork(void (*prepare)(), void (*parent)(), void (*child)()) {
  static_cast<void>(::pthread_atfork(prepare, parent, child));
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/detail/fork.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The one way in which the library learns that it runs in a forked child.
///
///     std::uint64_t process_generation() noexcept;
///         A number that differs from the one that any ancestor process was given; never 0; stays the same between two
///         forks. What belongs to one process keeps it and compares: a child that was forked sees another one. About a
///         nanosecond. Any thread; also safe in a raw clone. Nothing else of the library is, where the parent has
///         several threads: such a child finds the locks of malloc, and the library's, as they were at that moment.
///
///     void at_fork(void (*prepare)(), void (*parent)(), void (*child)());
///         pthread_atfork(3): `prepare` before a fork, on the forking thread, in reverse order of registration;
///         `parent` and `child` after it, in order. Any may be null. What takes a mutex in `prepare` and gives it back
///         in the two others leaves a child whose state is whole. Raw clones run none of them.
///
/// Where there is no fork the number is a constant, and nothing is registered.

/// Says whether the process that made this value is the one that asks: what a forked child's copy of a guard checks
/// before it releases anything.
class process_owner {
 public:
  bool is_this_process() const noexcept { return generation_ == process_generation(); }

 private:
  std::uint64_t generation_ = process_generation();
};

}  // namespace detail
APART_END_NAMESPACE

#if defined(_WIN32)

// ---- apart/detail/windows/signal_mask.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Around the start of a thread. Windows has no signals that a thread could take from the program: the C library tells of
/// Ctrl-C on a thread of its own.
class all_signals_blocked {
 public:
  all_signals_blocked() noexcept {}
  ~all_signals_blocked() {}
  all_signals_blocked(const all_signals_blocked&) = delete;
  all_signals_blocked& operator=(const all_signals_blocked&) = delete;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/signal_mask.hpp

#include <signal.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// Blocks every signal of the calling thread for a scope. A thread that is started in it inherits the mask, and so
/// takes no signal that is meant for the program.
class all_signals_blocked {
 public:
  all_signals_blocked() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~all_signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  all_signals_blocked(const all_signals_blocked&) = delete;
  all_signals_blocked& operator=(const all_signals_blocked&) = delete;

  const sigset_t& before() const noexcept { return before_; }

 private:
  sigset_t before_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/context/detail/posix/interrupts.hpp

#include <semaphore.h>
#include <time.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// What the signal handler touches. Static, since it may still run on another thread while the guard goes.
struct interrupt_state {
  static constexpr int none = 0;
  static constexpr int no_more = -1;

  std::atomic<bool> guarded{false};  ///< a guard lives, in the process below
  std::atomic<std::uint64_t> process{0};
  std::atomic<int> arrived{none};        ///< the first signal, or that the guard has gone before there was one
  std::atomic<std::int64_t> counted{0};  ///< when the last signal came that counted, in nanoseconds; 0: none has
  std::atomic<std::int64_t> same{0};     ///< for how long after that another one is the same interrupt
  sem_t changed{};                       ///< posted after `arrived` has changed
  std::array<struct sigaction, NSIG> before{};

  interrupt_state() noexcept { ::sem_init(&changed, 0, 0); }

  static interrupt_state& instance() noexcept {
    static interrupt_state state;
    return state;
  }
};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<std::int64_t>::is_always_lock_free,
              "apart: a signal handler needs atomics without locks");

/// Sees to it that the first of some signals calls a function, on a thread of its own, and that a later one does what it
/// did before; those that come within `same` after one that counted are dropped. sem_post(3), sigaction(2) and
/// clock_gettime(2) are async-signal-safe, and nothing else is called by the handler.
class interrupts {
 public:
  interrupts(std::vector<int> signals, void (*told)(int signal), std::chrono::nanoseconds same = same_interrupt)
      : signals_(std::move(signals)) {
    interrupt_state& state = interrupt_state::instance();
    if (state.process.load() != process_generation()) state.guarded.store(false);
    if (state.guarded.exchange(true)) {
      raise(error("cancel_on_signals: another one lives in this process; name all signals in one"));
    }
    state.process.store(process_generation());
    state.arrived.store(interrupt_state::none);
    state.counted.store(0);
    state.same.store(same.count());
    fault failed = start_thread(told);
    for (std::size_t i = 0; i < signals_.size() && !failed; ++i) failed = take(signals_[i]);
    if (!failed) return;
    end();
    raise_if(failed);
  }
  ~interrupts() { end(); }

  /// Whether one lives in this process.
  static bool any() noexcept {
    const interrupt_state& state = interrupt_state::instance();
    return state.guarded.load() && state.process.load() == process_generation();
  }

  interrupts(const interrupts&) = delete;
  interrupts& operator=(const interrupts&) = delete;

 private:
  static void on_signal(int signal) {
    const int saved = errno;
    interrupt_state& state = interrupt_state::instance();
    if (!taken(state, signal)) {
      ::sigaction(signal, &state.before[static_cast<std::size_t>(signal)], nullptr);
      ::raise(signal);  // arrives when this handler returns
    }
    errno = saved;
  }

  /// Whether the signal is the guard's, and not for what stood before it.
  static bool taken(interrupt_state& state, int signal) {
    if (state.process.load() != process_generation()) return false;
    if (state.arrived.load() == interrupt_state::no_more) return false;
    struct timespec time {};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    const std::int64_t now = std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    std::int64_t last = 0;
    if (state.counted.compare_exchange_strong(last, now)) {
      int none = interrupt_state::none;
      if (!state.arrived.compare_exchange_strong(none, signal)) return false;
      ::sem_post(&state.changed);
      return true;
    }
    if (now - last < state.same.load()) return true;
    state.counted.store(now);
    return false;
  }

  fault start_thread(void (*told)(int signal)) {
    auto ended = std::make_shared<sem_t>();
    ::sem_init(ended.get(), 0, 0);
    fault failed;
    attempt(
        [&] {
          const all_signals_blocked inherited_by_the_thread;
          std::thread thread([told, ended] {
            interrupt_state& state = interrupt_state::instance();
            int arrived = interrupt_state::none;
            while ((arrived = state.arrived.load()) == interrupt_state::none) ::sem_wait(&state.changed);
            if (arrived != interrupt_state::no_more) told(arrived);
            ::sem_post(ended.get());
          });
          thread_ = thread.get_id();
          thread.detach();  // a forked child may destroy the guard, and has no thread to join
          ended_ = ended;
        },
        [&](const char* text) {
          failed = {std::make_error_code(std::errc::resource_unavailable_try_again),
                    std::string("cancel_on_signals: the system gives no thread: ") + text};
        });
    return failed;
  }

  /// What is ignored stays ignored, as nohup(1) and a shell's background jobs want it.
  static fault take(int signal) {
    interrupt_state& state = interrupt_state::instance();
    const std::string whose = "cancel_on_signals: signal " + std::to_string(signal);
    if (signal <= 0 || static_cast<std::size_t>(signal) >= state.before.size()) return system_fault(EINVAL, whose);
    if (signal == SIGKILL || signal == SIGSTOP) {
      const char* const name = signal == SIGKILL ? "SIGKILL" : "SIGSTOP";
      return {std::make_error_code(std::errc::invalid_argument),
              std::string("cancel_on_signals: no program can catch ") + name + "; leave it out"};
    }
    struct sigaction before {};
    if (::sigaction(signal, nullptr, &before) != 0) return system_fault(errno, whose);
    if (before.sa_handler == SIG_IGN) return {};
    // Ours where the parent's guard was inherited; what stood before that one is known.
    if (before.sa_handler != on_signal) state.before[static_cast<std::size_t>(signal)] = before;
    struct sigaction ours {};
    ours.sa_flags = SA_RESTART;
    ours.sa_handler = on_signal;
    ::sigfillset(&ours.sa_mask);
    if (::sigaction(signal, &ours, nullptr) != 0) return system_fault(errno, whose);
    return {};
  }

  /// A handler that somebody has set meanwhile stays.
  static void give_back(int signal) noexcept {
    struct sigaction now {};
    if (::sigaction(signal, nullptr, &now) != 0 || now.sa_handler != on_signal) return;
    ::sigaction(signal, &interrupt_state::instance().before[static_cast<std::size_t>(signal)], nullptr);
  }

  void end() noexcept {
    interrupt_state& state = interrupt_state::instance();
    const bool mine = owner_.is_this_process();
    if (!mine && state.process.load() == process_generation()) return;  // a forked child has a guard of its own
    for (const int signal : signals_) give_back(signal);
    if (!mine) return;
    int none = interrupt_state::none;
    if (state.arrived.compare_exchange_strong(none, interrupt_state::no_more)) ::sem_post(&state.changed);
    if (ended_ != nullptr && thread_ != std::this_thread::get_id()) {
      while (::sem_wait(ended_.get()) != 0) {
      }
    }
    state.guarded.store(false);
  }

  const std::vector<int> signals_;
  const process_owner owner_;
  std::thread::id thread_;
  std::shared_ptr<sem_t> ended_;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/detail/intrusive_list.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What an element of an `intrusive_list` derives from. In one list at most.
template <class T>
class list_hook {
 public:
  bool listed() const noexcept { return link_ != nullptr; }
  /// The element after it; null at the end.
  T* next() const noexcept { return next_; }

 private:
  template <class>
  friend class intrusive_list;

  T* next_ = nullptr;
  T** link_ = nullptr;  // what points to this one; null while in no list
};

/// A list that owns nothing, allocates nothing, and adds and erases in constant time. Not for two threads at once.
template <class T>
class intrusive_list {
 public:
  T* first() const noexcept { return first_; }

  void push_front(T& added) noexcept {
    added.next_ = first_;
    added.link_ = &first_;
    if (first_ != nullptr) first_->link_ = &added.next_;
    first_ = &added;
  }

  static void erase(T& gone) noexcept {
    *gone.link_ = gone.next_;
    if (gone.next_ != nullptr) gone.next_->link_ = gone.link_;
    forget(gone);
  }

  /// For an element whose neighbours must not be touched any more.
  static void forget(T& gone) noexcept {
    gone.next_ = nullptr;
    gone.link_ = nullptr;
  }

 private:
  T* first_ = nullptr;
};

/// The same for elements that may stand on a thread's stack. In a forked child it is empty: the threads of the parent,
/// and with them what they had listed, are not there, and their stacks may be used again.
template <class T>
class process_list {
 public:
  struct hook : list_hook<T> {
    std::uint64_t process = 0;  ///< the one that listed it
  };

  T* first() const noexcept { return process_ == process_generation() ? elements_.first() : nullptr; }

  void push_front(T& added) noexcept {
    if (process_ != process_generation()) *this = process_list();
    added.process = process_ = process_generation();
    elements_.push_front(added);
  }

  /// Of an element that is listed, by this process or by its parent.
  static void erase(T& gone) noexcept {
    if (gone.process == process_generation()) {
      intrusive_list<T>::erase(gone);
    } else {
      intrusive_list<T>::forget(gone);
    }
  }

 private:
  intrusive_list<T> elements_;
  std::uint64_t process_ = 0;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/program_mutex.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Guards what the library keeps in lists and trees, in the whole program. Held for a few operations at a time, never
/// while user code runs or another lock is taken; held across fork(2), so that a child finds all of it whole. Never
/// destroyed.
inline std::mutex& program_mutex() noexcept {
  static std::mutex* const mutex = [] {
    auto* made = new std::mutex;
    at_fork([] { program_mutex().lock(); }, [] { program_mutex().unlock(); }, [] { program_mutex().unlock(); });
    return made;
  }();
  return *mutex;
}

using program_lock = std::unique_lock<std::mutex>;

/// Waits until it is notified, or that moment has come, or for no reason. An hour at the most: a C library that counts by
/// another clock than this one (winpthreads) takes a moment far away, or long ago, for some other one.
inline void wait_some(std::condition_variable& woken, program_lock& lock,
                      std::chrono::steady_clock::time_point moment) {
  const auto now = std::chrono::steady_clock::now();
  constexpr std::chrono::steady_clock::duration longest = std::chrono::hours(1);
  if (moment > now) woken.wait_until(lock, now + (std::min)(moment - now, longest));
}

/// Threads that wait for something that `program_mutex` guards. A forked child may wait, notify and destroy it though
/// threads of its parent were waiting, which a condition variable in its place does not allow.
class waiting_threads {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Until `ready()`, or that moment has come; max() is for ever. Returns the last `ready()`.
  template <class Ready>
  bool wait_until(program_lock& lock, time_point moment, Ready ready) {
    if (ready()) return true;
    waiting self;
    threads_.push_front(self);
    while (!ready() && std::chrono::steady_clock::now() < moment) {
      if (moment == (time_point::max)()) {
        self.woken.wait(lock);
      } else {
        wait_some(self.woken, lock, moment);
      }
    }
    threads_.erase(self);
    return ready();
  }

  /// Until `ready()`, however long that takes.
  template <class Ready>
  void wait(program_lock& lock, Ready ready) {
    static_cast<void>(wait_until(lock, (time_point::max)(), ready));
  }

  void notify_all() noexcept {
    for (waiting* thread = threads_.first(); thread != nullptr; thread = thread->next()) thread->woken.notify_one();
  }

 private:
  struct waiting : process_list<waiting>::hook {
    std::condition_variable woken;
  };

  process_list<waiting> threads_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/context/detail/stop_state.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// One function to call when a stop is requested. Lives in its owner, which removes it before it goes.
class stop_callback_base : public process_list<stop_callback_base>::hook {
 public:
  explicit stop_callback_base(void (*called)(stop_callback_base&) noexcept) noexcept : called_(called) {}
  stop_callback_base(const stop_callback_base&) = delete;
  stop_callback_base& operator=(const stop_callback_base&) = delete;

  void run() noexcept { called_(*this); }

 protected:
  ~stop_callback_base() = default;

 private:
  void (*called_)(stop_callback_base&) noexcept;
};

/// Whether a stop was requested, and whom to tell ([stoptoken.general]). Requested once and for ever. A forked child has
/// none of the callbacks of its parent.
class stop_state {
 public:
  stop_state() = default;
  stop_state(const stop_state&) = delete;
  stop_state& operator=(const stop_state&) = delete;

  bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }

  /// Sources that could still request a stop.
  std::atomic<std::size_t> sources{0};

  /// With `program_mutex` held: requests the stop, and wakes who waits for it.
  void mark() noexcept {
    stopped_.store(true, std::memory_order_release);
    changed_.notify_all();
  }
  bool has_callbacks() const noexcept { return callbacks_.first() != nullptr; }

  /// Without it, after `mark`, by one thread: calls what was registered, one after the other.
  void run_callbacks() noexcept {
    program_lock lock(program_mutex());
    runner_ = std::this_thread::get_id();
    running_process_ = process_generation();
    while (stop_callback_base* const callback = callbacks_.first()) {
      callbacks_.erase(*callback);
      running_ = callback;
      lock.unlock();
      callback->run();
      lock.lock();
      running_ = nullptr;
      changed_.notify_all();
    }
    runner_ = std::thread::id();
  }

  /// False: the stop has been requested, and the caller calls it at once.
  bool add(stop_callback_base& callback) noexcept {
    const program_lock lock(program_mutex());
    return add_locked(callback);
  }
  /// The same with `program_mutex` held.
  bool add_locked(stop_callback_base& callback) noexcept {
    if (stopped()) return false;
    callbacks_.push_front(callback);
    return true;
  }

  /// Afterwards it is not called, and does not run: waits for it where another thread runs it. True: it was prevented.
  /// `gone`: it will not be there any more, even where this very thread runs it.
  bool remove(stop_callback_base& callback, bool gone) noexcept {
    program_lock lock(program_mutex());
    if (callback.listed()) {
      callbacks_.erase(callback);
      return true;
    }
    if (running_ != &callback) return false;
    if (running_process_ != process_generation()) {
      running_ = nullptr;  // it runs in the parent only
    } else if (runner_ == std::this_thread::get_id()) {
      if (gone) running_ = nullptr;
    } else {
      changed_.wait_until(lock, (waiting_threads::time_point::max)(), [&] { return running_ != &callback; });
    }
    return false;
  }

  /// Until a stop has been requested, or that moment has come. True: it has been requested.
  bool wait_until(waiting_threads::time_point moment) {
    program_lock lock(program_mutex());
    return changed_.wait_until(lock, moment, [this] { return stopped(); });
  }

 private:
  std::atomic<bool> stopped_{false};
  process_list<stop_callback_base> callbacks_;
  waiting_threads changed_;
  stop_callback_base* running_ = nullptr;
  std::thread::id runner_;
  std::uint64_t running_process_ = 0;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/context/detail/context_node.hpp

APART_BEGIN_NAMESPACE
namespace detail {

class context_node;
using shared_text = std::shared_ptr<const std::string>;

inline shared_text shared_unless_empty(std::string text) {
  return text.empty() ? nullptr : std::make_shared<const std::string>(std::move(text));
}

/// The earliest first.
using deadline_set = std::set<std::pair<std::chrono::steady_clock::time_point, context_node*>>;

// What context_timer.hpp does, with `program_mutex` held.
void add_deadline(context_node& node);
void forget_deadline(context_node& node) noexcept;
void watch_deadlines();

/// Why a context is cancelled, and since when.
struct cancellation {
  std::errc code{};
  const char* usual_cause = "";
  shared_text cause;  ///< null: the usual one
  std::chrono::steady_clock::time_point when;

  std::string text() const { return cause != nullptr ? *cause : usual_cause; }
};

/// Nodes that have been cancelled and whose functions are still to be called, in order.
class cancelled_nodes {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  void push_back(std::shared_ptr<context_node> node) noexcept;
  void run_callbacks() noexcept;

 private:
  std::shared_ptr<context_node> first_;
  context_node* last_ = nullptr;
};

/// One node of the tree of contexts. Keeps those above it alive; they do not keep it. What changes is guarded by
/// `program_mutex`, but for `stop`.
class context_node : public std::enable_shared_from_this<context_node>, public list_hook<context_node> {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `what` is a literal; `which` tells this one from others of its kind, and may be null.
  context_node(std::shared_ptr<context_node> parent, const char* what, shared_text which) noexcept
      : kind(what), name(std::move(which)), parent_(std::move(parent)) {
    if (parent_ != nullptr) stop.sources.store(1, std::memory_order_relaxed);  // whoever may cancel it, or those above
  }

  static std::shared_ptr<context_node> root(const char* kind) {
    return std::make_shared<context_node>(nullptr, kind, nullptr);
  }

  /// A child, which is cancelled with `parent`, at once where that is cancelled already; and at `deadline`, with
  /// `cause`, unless the parent's is earlier.
  static std::shared_ptr<context_node> child_of(const std::shared_ptr<context_node>& parent, const char* kind,
                                                shared_text name = nullptr, time_point deadline = (time_point::max)(),
                                                shared_text cause = nullptr) {
    auto child = std::make_shared<context_node>(parent, kind, std::move(name));
    const program_lock lock(program_mutex());
    child->deadline = parent->deadline;
    if (parent->stop.stopped()) {
      child->end(parent->reason_);
      return child;
    }
    if (deadline < parent->deadline.value_or((time_point::max)())) {
      child->deadline = deadline;
      child->deadline_cause_ = std::move(cause);
      if (deadline <= std::chrono::steady_clock::now()) {
        child->end(child->expired());
        return child;
      }
      add_deadline(*child);
    }
    if (child->deadline) watch_deadlines();
    parent->children_.push_front(*child);
    return child;
  }

  /// Lets go of those above one by one, not in a call inside a call for each of them.
  ~context_node() {
    std::shared_ptr<context_node> above = leave();
    while (above != nullptr && above.use_count() == 1) above = above->leave();
  }
  context_node(const context_node&) = delete;
  context_node& operator=(const context_node&) = delete;

  stop_state stop;
  std::optional<time_point> deadline;           ///< its own or the nearest above; never changes
  std::optional<deadline_set::iterator> timed;  ///< where the timer has it
  const char* const kind;
  shared_text name;
  std::shared_ptr<void> in_std;  ///< what interop/stop_token.hpp keeps with it

  const context_node* parent() const noexcept { return parent_.get(); }
  /// Of one that is cancelled: never changes any more, and needs no lock.
  const cancellation& reason() const noexcept { return reason_; }

  /// Cancels this node and all below it, then runs their callbacks on this thread. The first cause stays. Asks nothing
  /// without the lock: who is marking this node may not have marked all below it yet.
  void cancel(const char* usual_cause, shared_text cause = nullptr) noexcept {
    cancelled_nodes told;
    {
      const program_lock lock(program_mutex());
      mark({std::errc::operation_canceled, usual_cause, std::move(cause), std::chrono::steady_clock::now()}, told);
    }
    told.run_callbacks();
  }

  /// At its deadline, with `program_mutex` held.
  void expire(cancelled_nodes& told) noexcept { mark(expired(), told); }

  /// Until it is cancelled, or that moment has come. True: it is cancelled.
  bool wait_until(time_point moment) {
    watch_deadline();
    return stop.wait_until(moment);
  }

  /// Before anybody waits: a forked child may have no thread yet that sees to its deadlines.
  void watch_deadline() {
    if (!deadline) return;
    const program_lock lock(program_mutex());
    watch_deadlines();
  }

 private:
  friend class cancelled_nodes;

  /// Takes it out of the tree and returns what was its parent. Nothing is below it any more.
  std::shared_ptr<context_node> leave() noexcept {
    const program_lock lock(program_mutex());
    if (timed) forget_deadline(*this);
    if (listed()) intrusive_list<context_node>::erase(*this);
    return std::move(parent_);
  }

  cancellation expired() const noexcept {
    return {std::errc::timed_out, "its deadline has passed", deadline_cause_, std::chrono::steady_clock::now()};
  }

  void end(const cancellation& reason) noexcept {
    reason_ = reason;
    stop.mark();
  }

  /// With `program_mutex` held: cancels the whole tree, and collects in `told` the nodes that have callbacks.
  void mark(const cancellation& reason, cancelled_nodes& told) noexcept {
    context_node* node = this;
    for (;;) {
      context_node* below = nullptr;
      if (!node->stop.stopped()) {
        if (node->timed) forget_deadline(*node);
        node->end(reason);
        if (node->stop.has_callbacks()) told.push_back(node->weak_from_this().lock());
        below = node->children_.first();
      }
      if (below == nullptr) {
        while (node != this && node->next() == nullptr) node = node->parent_.get();
        if (node == this) return;
        below = node->next();
      }
      node = below;
    }
  }

  std::shared_ptr<context_node> parent_;
  intrusive_list<context_node> children_;
  shared_text deadline_cause_;
  cancellation reason_;
  std::shared_ptr<context_node> next_told_;
};

inline void cancelled_nodes::push_back(std::shared_ptr<context_node> node) noexcept {
  if (node == nullptr) return;  // nobody is left who could be waiting for its callbacks
  context_node* const added = node.get();
  (last_ != nullptr ? last_->next_told_ : first_) = std::move(node);
  last_ = added;
}

inline void cancelled_nodes::run_callbacks() noexcept {
  while (first_ != nullptr) {
    const std::shared_ptr<context_node> node = std::exchange(first_, std::exchange(first_->next_told_, nullptr));
    node->stop.run_callbacks();
  }
  last_ = nullptr;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/context/detail/context_timer.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The deadlines of the process. One thread marks what has expired, another runs the callbacks, so that a slow callback
/// delays no deadline. Both start with the first deadline, take no signals, and are never waited for. A forked child
/// inherits the deadlines, and starts threads of its own once it makes a context below one, waits, or registers an
/// `on_cancel`. A deadline costs O(log n). All of it with `program_mutex` held.
class context_timer {
 public:
  static context_timer& of_this_process() {
    static auto* timer = new context_timer;
    return *timer;
  }

  /// Errors: `apart::error` where the system has no thread to give.
  void add(context_node& node) {
    start();
    node.timed = deadlines_.emplace(*node.deadline, &node).first;
    if (node.timed == deadlines_.begin()) threads_->earlier.notify_one();
  }

  void forget(context_node& node) noexcept {
    deadlines_.erase(*node.timed);
    node.timed.reset();
  }

  /// The threads, where this process has none.
  void start() {
    if (process_ == process_generation()) return;
    if (started_by_ != process_generation()) {  // what a parent's attempt left has no threads here
      started_ = new threads;
      started_by_ = process_generation();
    }
    threads* const made = started_;
    std::string failure;
    attempt(
        [&] {
          const all_signals_blocked inherited_by_the_threads;
          if (!made->tells) std::thread([made] { tell(*made); }).detach();
          made->tells = true;  // kept where the next one fails
          std::thread([this, made] { watch(*made); }).detach();
        },
        [&](const char* text) { failure = text; });
    if (!failure.empty()) {
      raise(error("the deadline of a context needs a thread, and the system gives none: " + failure +
                  "; raise the limit of processes (ulimit -u) or of memory"));
    }
    threads_ = made;
    process_ = process_generation();
  }

 private:
  struct threads {
    std::condition_variable earlier;
    std::condition_variable expired;
    cancelled_nodes to_tell;
    bool tells = false;
  };

  [[noreturn]] void watch(threads& mine) {
    program_lock lock(program_mutex());
    for (;;) {
      if (deadlines_.empty()) {
        mine.earlier.wait(lock);
      } else if (const auto [first, node] = *deadlines_.begin(); first > std::chrono::steady_clock::now()) {
        wait_some(mine.earlier, lock, first);
      } else {
        node->expire(mine.to_tell);
        mine.expired.notify_one();
      }
    }
  }

  [[noreturn]] static void tell(threads& mine) {
    program_lock lock(program_mutex());
    for (;;) {
      mine.expired.wait(lock, [&] { return !mine.to_tell.empty(); });
      cancelled_nodes told = std::exchange(mine.to_tell, cancelled_nodes());
      lock.unlock();
      told.run_callbacks();
      lock.lock();
    }
  }

  deadline_set deadlines_;
  std::uint64_t process_ = 0;
  threads* threads_ = nullptr;
  std::uint64_t started_by_ = 0;
  threads* started_ = nullptr;  ///< of whom one may run already
};

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool context_timer_exists = (context_timer::of_this_process(), true);

inline void add_deadline(context_node& node) { context_timer::of_this_process().add(node); }
inline void forget_deadline(context_node& node) noexcept { context_timer::of_this_process().forget(node); }
inline void watch_deadlines() { context_timer::of_this_process().start(); }

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/context/detail/process_contexts.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// That of the set-up or tear-down that runs on this thread; null: the process's.
inline thread_local const std::shared_ptr<context_node>* current_of_thread = nullptr;

/// The contexts that everyone in the process sees. Never destroyed: a static destructor may still ask.
class process_contexts {
 public:
  static process_contexts& instance() {
    static auto* contexts = new process_contexts;
    return *contexts;
  }

  const std::shared_ptr<context_node> background = context_node::root("background");
  const std::shared_ptr<context_node> run = context_node::child_of(background, "run");

  /// Somebody wants to know of a cancellation from now on.
  const std::shared_ptr<context_node>& process() {
    program_lock lock(program_mutex());
    asked_ = true;
    void (*const watcher)() = std::exchange(watcher_, nullptr);
    lock.unlock();
    if (watcher != nullptr) watcher();
    return process_;
  }

  std::shared_ptr<context_node> current() {
    if (current_of_thread != nullptr) return *current_of_thread;
    program_lock lock(program_mutex());
    if (current_ != nullptr) return current_;
    lock.unlock();
    return process();
  }

  /// Null: that of the process. Returns the former one.
  std::shared_ptr<context_node> set_current(std::shared_ptr<context_node> now) noexcept {
    const program_lock lock(program_mutex());
    return std::exchange(current_, std::move(now));
  }

  /// What tells this process from the others of its run, for people.
  void name_process(std::string name) {
    auto shared = std::make_shared<const std::string>(std::move(name));
    const program_lock lock(program_mutex());
    process_->name = std::move(shared);
  }

  /// `started` is called once: when somebody first asks for the process's context, or now where somebody has.
  void watch(void (*started)()) {
    program_lock lock(program_mutex());
    if (!asked_) {
      watcher_ = started;
      return;
    }
    lock.unlock();
    started();
  }

 private:
  const std::shared_ptr<context_node> process_ = context_node::child_of(run, "process");
  std::shared_ptr<context_node> current_;
  void (*watcher_)() = nullptr;
  bool asked_ = false;
};

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool process_contexts_exist = (process_contexts::instance(), true);

}  // namespace detail
APART_END_NAMESPACE

#if defined(_WIN32)

// ---- apart/detail/windows/signal_name.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// "SIGINT"; "signal 42" for one that the C library does not have. SIGBREAK is 21.
inline std::string signal_name(int signal) {
  static constexpr std::pair<int, const char*> names[] = {
      {SIGABRT, "SIGABRT"}, {SIGFPE, "SIGFPE"},   {SIGILL, "SIGILL"}, {SIGINT, "SIGINT"},
      {SIGSEGV, "SIGSEGV"}, {SIGTERM, "SIGTERM"}, {21, "SIGBREAK"}};
  for (const auto& known : names) {
    if (known.first == signal) return known.second;
  }
  return "signal " + std::to_string(signal);
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/signal_name.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// "SIGSEGV"; "signal 42" for one that has no common name.
inline std::string signal_name(int signal) {
  static constexpr std::pair<int, const char*> names[] = {
      {SIGABRT, "SIGABRT"}, {SIGALRM, "SIGALRM"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
      {SIGHUP, "SIGHUP"},   {SIGILL, "SIGILL"},   {SIGINT, "SIGINT"},   {SIGKILL, "SIGKILL"},
      {SIGPIPE, "SIGPIPE"}, {SIGQUIT, "SIGQUIT"}, {SIGSEGV, "SIGSEGV"}, {SIGTERM, "SIGTERM"},
      {SIGTRAP, "SIGTRAP"}, {SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"}, {SIGXCPU, "SIGXCPU"}};
  for (const auto& known : names) {
    if (known.first == signal) return known.second;
  }
  return "signal " + std::to_string(signal);
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/context/cancel_on_signals.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Cancels this process's context for that signal.
inline void cancel_process_for(int signal) {
  const auto cause = std::make_shared<const std::string>("interrupted by " + signal_name(signal));
  process_contexts::instance().process()->cancel("interrupted", cause);
}

}  // namespace detail

/// While it lives, the first of these signals cancels `context::process()`, and with it every test and every wait of the
/// library, so that clean-ups run; the next one, of whatever kind, does what it did before, and as a rule ends the
/// process. What comes less than 500 ms after the first is the same wish: timeout(1) sends its signal twice.
///
///     int main() {
///       const apart::cancel_on_signals interrupts(SIGINT, SIGTERM);
///
/// For programs with a main of their own. Under APART_CATCH2_MAIN there is nothing to do: it has one while tests run,
/// and with --procs the launcher takes the signals, and cancels the contexts of all processes. A signal that is ignored
/// stays ignored, as nohup(1) wants it. Windows: SIGINT is Ctrl-C, SIGBREAK (21) Ctrl-Break, SIGTERM the end of the console,
/// of the session or of the machine, 5 s after which the process ends in any case. Test frameworks may take the signals for as long as a body runs, as Catch2 does.
///
/// Owner: one at a time in a process. Threads: the cancellation runs on a thread of its own, which takes no signals.
/// Destruction: the former handlers come back, and a cancellation that has begun is waited for, but not by itself; what
/// has been cancelled stays so. Fork: a signal does in the child what it did before, and reaches no context.
/// Errors: `apart::error` for a signal that nobody can catch, and for a second guard.
class [[nodiscard]] cancel_on_signals {
 public:
  template <class... Signals>
  [[nodiscard]] explicit cancel_on_signals(int signal, Signals... more)
      : interrupts_(std::vector<int>{signal, more...}, detail::cancel_process_for) {}
  cancel_on_signals(const cancel_on_signals&) = delete;
  cancel_on_signals& operator=(const cancel_on_signals&) = delete;

 private:
  detail::interrupts interrupts_;
};

APART_END_NAMESPACE

// ---- apart/context/cancelled_error.hpp

APART_BEGIN_NAMESPACE

/// What a wait throws that its context has ended. `what()` names the nearest test, set-up, tear-down, clean-up or worker
/// around the wait, where there is one, how and how long ago the context ended, and the cause:
///
///     test "stores a record": timed out 0.2 s ago: the test's time (APART_TIMEOUT or --timeout) is over
class cancelled_error : public error {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  cancelled_error(std::error_code code, std::string cause, time_point when, const std::string& what)
      : error(what), code_(code), cause_(std::move(cause)), when_(when) {}

  /// std::errc::operation_canceled, or std::errc::timed_out.
  [[nodiscard]] std::error_code code() const noexcept { return code_; }
  [[nodiscard]] const std::string& cause() const noexcept { return cause_; }
  /// When the context was cancelled.
  [[nodiscard]] time_point when() const noexcept { return when_; }

 private:
  std::error_code code_;
  std::string cause_;
  time_point when_;
};

APART_END_NAMESPACE

// ---- apart/context/detail/context_values.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What a literal or a char* is given as.
template <class T>
inline constexpr bool is_pointer_to_text =
    std::is_pointer_v<T>&& std::is_same_v<std::remove_cv_t<std::remove_pointer_t<T>>, char>;

/// The values of a context: a list to which `with` adds at the front, and whose rest is shared by all that have it.
/// Never changes. Threads: any.
class context_values {
 public:
  context_values() noexcept = default;
  context_values(const context_values& other) noexcept : nearest_(other.nearest_) {
    if (nearest_ != nullptr) nearest_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  context_values& operator=(context_values other) noexcept {
    std::swap(nearest_, other.nearest_);
    return *this;
  }
  /// Lets go of one after the other, not in a call inside a call for each of them.
  ~context_values() {
    while (nearest_ != nullptr && nearest_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete std::exchange(nearest_, nearest_->next);
    }
  }

  template <class T>
  context_values with(T value) const {
    context_values more;
    more.nearest_ = new value_of<T>(std::move(value));
    more.nearest_->next = context_values(*this).release();
    return more;
  }

  /// The nearest value of that type; null where there is none.
  template <class T>
  const T* find() const noexcept {
    for (const any_value* known = nearest_; known != nullptr; known = known->next) {
      if (known->type == &type_key<T>) return &static_cast<const value_of<T>*>(known)->value;
    }
    return nullptr;
  }

  friend bool operator==(const context_values& left, const context_values& right) noexcept {
    return left.nearest_ == right.nearest_;
  }

 private:
  struct any_value {
    explicit any_value(const void* key) noexcept : type(key) {}
    any_value(const any_value&) = delete;
    any_value& operator=(const any_value&) = delete;
    virtual ~any_value() = default;

    std::atomic<std::size_t> owners{1};
    const void* const type;
    any_value* next = nullptr;
  };

  /// A type is known by this address: not constant, since a linker may fold equal constants into one.
  template <class T>
  static inline char type_key = 0;

  template <class T>
  struct value_of final : any_value {
    explicit value_of(T given) : any_value(&type_key<T>), value(std::move(given)) {}
    const T value;
  };

  any_value* release() noexcept { return std::exchange(nearest_, nullptr); }

  any_value* nearest_ = nullptr;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/duration.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// A number with the unit ms, s, m or h; seconds where it has none. "0" is for ever. Nothing where it is no duration, or one
/// of less than a millisecond.
inline std::optional<std::chrono::nanoseconds> parse_duration(const std::string& text) {
  using namespace std::chrono_literals;
  char* unit = nullptr;
  const double count = std::strtod(text.c_str(), &unit);
  const std::string suffix = unit;
  const std::chrono::nanoseconds scale = suffix == "ms"                    ? 1ms
                                         : suffix == "m"                   ? 1min
                                         : suffix == "h"                   ? 1h
                                         : (suffix == "s" || suffix == "") ? 1s
                                                                           : 0s;
  if (unit == text.c_str() || scale == 0s || !(count >= 0)) return std::nullopt;
  const double nanoseconds = count * static_cast<double>(scale.count());
  constexpr auto longest = (std::chrono::nanoseconds::max)();
  if (count == 0 || nanoseconds >= static_cast<double>(longest.count())) return longest;
  if (nanoseconds < 1e6) return std::nullopt;
  return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(nanoseconds));
}

inline constexpr const char* duration_wanted = "wants a duration such as 30s, 500ms or 2m";

/// An environment variable that holds a duration. Not set or empty: `otherwise`. What is no duration is an
/// `apart::error` that names the variable.
inline std::chrono::nanoseconds duration_variable(const char* variable, std::chrono::nanoseconds otherwise) {
  const char* text = std::getenv(variable);
  if (text == nullptr || *text == '\0') return otherwise;
  const auto given = parse_duration(text);
  if (!given) raise(error(std::string(variable) + "=" + text + ": " + duration_wanted));
  return *given;
}

/// For people: "120 ms", "4.9 s", "3.5 min", "26.0 h". What is negative is "0 ms".
inline std::string in_words(std::chrono::nanoseconds given) {
  const double seconds = (std::max)(0.0, std::chrono::duration<double>(given).count());
  char text[32];
  if (seconds < 0.9995) {
    std::snprintf(text, sizeof text, "%.0f ms", seconds * 1e3);
  } else if (seconds < 119.95) {
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  } else if (seconds < 119.95 * 60) {
    std::snprintf(text, sizeof text, "%.1f min", seconds / 60);
  } else {
    std::snprintf(text, sizeof text, "%.1f h", seconds / 3600);
  }
  return text;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/one_line.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The text with its control characters spelled, for a message of one line: \n, \r, \t, else \x1b.
inline std::string one_line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      line += c;
    } else if (c == '\n' || c == '\r' || c == '\t') {
      line += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
    } else {
      char spelled[8];
      std::snprintf(spelled, sizeof spelled, "\\x%02x", static_cast<unsigned>(byte));
      line += spelled;
    }
  }
  return line;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/context/detail/describe.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// `test "stores a record"`, or the kind alone. With `program_mutex` held.
inline std::string label_of(const context_node& node) {
  return node.name == nullptr ? node.kind : std::string(node.kind) + " \"" + one_line(*node.name) + "\"";
}

/// The nearest test, set-up, tear-down, clean-up or named process, here or above; null where there is none. With
/// `program_mutex` held.
inline const context_node* owner_of(const context_node& node) {
  const context_node* owner = &node;
  const auto owns = [](const context_node& asked) {
    return asked.name != nullptr && std::string_view(asked.kind) != "with_deadline";  // whose name is its cause
  };
  while (owner != nullptr && !owns(*owner)) owner = owner->parent();
  return owner;
}

/// "cancelled 0.3 s ago: the run is over", of one that is cancelled.
inline std::string describe(const cancellation& reason) {
  const std::string how = reason.code == std::errc::timed_out ? "timed out" : "cancelled";
  const std::string why = one_line(reason.text());
  const auto since = std::chrono::steady_clock::now() - reason.when;
  return how + " " + in_words(since) + " ago" + (why == how ? "" : ": " + why);
}

/// `background > run > process "worker 2" > test "stores a record" (deadline in 4.9 s)`
inline std::string describe(const context_node& node) {
  std::string text;
  {
    const program_lock lock(program_mutex());
    for (const context_node* above = &node; above != nullptr; above = above->parent()) {
      text.insert(0, label_of(*above) + (text.empty() ? "" : " > "));
    }
  }
  if (node.stop.stopped()) return text + " (" + describe(node.reason()) + ")";
  if (!node.deadline) return text;
  const auto left = *node.deadline - std::chrono::steady_clock::now();
  if (left < left.zero()) return text + " (deadline passed " + in_words(-left) + " ago)";  // not marked yet
  return text + " (deadline in " + in_words(left) + ")";
}

/// What an error says of a wait that `node` has ended: whose it was, and why.
inline std::string describe_end(const context_node& node) {
  std::string text;
  {
    const program_lock lock(program_mutex());
    if (const context_node* const owner = owner_of(node)) text = label_of(*owner) + ": ";
  }
  return text + describe(node.reason());
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/context/stop_token.hpp

APART_BEGIN_NAMESPACE

/// stop_token, stop_source and stop_callback as the standard has them since C++20 ([thread.stoptoken]), for C++17 too.
/// Always these types, whatever the language version, so that parts of a program compiled as either may exchange them.
///
/// Threads: any, for every function. A callback runs on the thread that requests the stop, with no lock held, or at once
/// in the constructor when the stop has been requested; the destructor of stop_callback waits for one that runs on
/// another thread, not for its own. What a callback throws ends the program.
///
/// Fork: a child has copies, and a stop requested in one process is not seen in the other. A callback belongs to the
/// process that registered it and is never called in a child: it might end there what the parent still uses.
class stop_token {
 public:
  stop_token() noexcept = default;

  [[nodiscard]] bool stop_requested() const noexcept { return state_ != nullptr && state_->stopped(); }
  [[nodiscard]] bool stop_possible() const noexcept {
    return state_ != nullptr && (state_->stopped() || state_->sources.load(std::memory_order_relaxed) != 0);
  }

  void swap(stop_token& other) noexcept { state_.swap(other.state_); }
  friend void swap(stop_token& left, stop_token& right) noexcept { left.swap(right); }
  friend bool operator==(const stop_token& left, const stop_token& right) noexcept {
    return left.state_ == right.state_;
  }
  friend bool operator!=(const stop_token& left, const stop_token& right) noexcept { return !(left == right); }

 private:
  friend class stop_source;
  friend class context;
  template <class Callback>
  friend class stop_callback;
  explicit stop_token(std::shared_ptr<detail::stop_state> state) noexcept : state_(std::move(state)) {}

  std::shared_ptr<detail::stop_state> state_;
};

struct nostopstate_t {
  explicit nostopstate_t() = default;
};
inline constexpr nostopstate_t nostopstate{};

class stop_source {
 public:
  stop_source() : state_(std::make_shared<detail::stop_state>()) {
    state_->sources.store(1, std::memory_order_relaxed);
  }
  explicit stop_source(nostopstate_t) noexcept {}
  stop_source(const stop_source& other) noexcept : state_(other.state_) { join(); }
  stop_source(stop_source&& other) noexcept = default;
  stop_source& operator=(stop_source other) noexcept {
    swap(other);
    return *this;
  }
  ~stop_source() {
    if (state_ != nullptr) state_->sources.fetch_sub(1, std::memory_order_relaxed);
  }

  [[nodiscard]] stop_token get_token() const noexcept { return stop_token(state_); }
  [[nodiscard]] bool stop_possible() const noexcept { return state_ != nullptr; }
  [[nodiscard]] bool stop_requested() const noexcept { return state_ != nullptr && state_->stopped(); }

  /// True: this call was the first, and has run all callbacks.
  bool request_stop() noexcept {
    const std::shared_ptr<detail::stop_state> state = state_;  // a callback may destroy this source
    if (state == nullptr || state->stopped()) return false;
    detail::program_lock lock(detail::program_mutex());
    if (state->stopped()) return false;
    state->mark();
    lock.unlock();
    state->run_callbacks();
    return true;
  }

  void swap(stop_source& other) noexcept { state_.swap(other.state_); }
  friend void swap(stop_source& left, stop_source& right) noexcept { left.swap(right); }
  friend bool operator==(const stop_source& left, const stop_source& right) noexcept {
    return left.state_ == right.state_;
  }
  friend bool operator!=(const stop_source& left, const stop_source& right) noexcept { return !(left == right); }

 private:
  void join() const noexcept {
    if (state_ != nullptr) state_->sources.fetch_add(1, std::memory_order_relaxed);
  }

  std::shared_ptr<detail::stop_state> state_;
};

template <class Callback>
class [[nodiscard]] stop_callback : private detail::stop_callback_base {
  static_assert(std::is_invocable_v<Callback>, "apart: a stop_callback is called without arguments");
  static_assert(std::is_destructible_v<Callback>);

 public:
  using callback_type = Callback;

  template <class C, std::enable_if_t<std::is_constructible_v<Callback, C>, int> = 0>
  [[nodiscard]] explicit stop_callback(const stop_token& token,
                                       C&& callback) noexcept(std::is_nothrow_constructible_v<Callback, C>)
      : stop_callback(stop_token(token), std::forward<C>(callback)) {}

  template <class C, std::enable_if_t<std::is_constructible_v<Callback, C>, int> = 0>
  [[nodiscard]] explicit stop_callback(stop_token&& token,
                                       C&& callback) noexcept(std::is_nothrow_constructible_v<Callback, C>)
      : stop_callback_base(&call), callback_(std::forward<C>(callback)), state_(std::move(token.state_)) {
    if (state_ == nullptr || state_->add(*this)) return;
    state_.reset();
    run();
  }

  ~stop_callback() {
    if (state_ != nullptr) state_->remove(*this, true);
  }

 private:
  static void call(stop_callback_base& self) noexcept {
    std::forward<Callback>(static_cast<stop_callback&>(self).callback_)();
  }

  Callback callback_;
  std::shared_ptr<detail::stop_state> state_;
};

template <class Callback>
stop_callback(stop_token, Callback) -> stop_callback<Callback>;

APART_END_NAMESPACE

// ---- apart/detail/saturate.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Any duration in nanoseconds; what they cannot count is the longest or the shortest that they can. What is no number
/// (NaN) is an `apart::error`.
template <class Rep, class Period>
constexpr std::chrono::nanoseconds saturated(std::chrono::duration<Rep, Period> given) {
  using std::chrono::nanoseconds;
  using wide = std::chrono::duration<long double, std::nano>;
  const wide exact = std::chrono::duration_cast<wide>(given);
  const bool counts = exact < wide((nanoseconds::max)());
  if (!counts && exact > wide(0)) return (nanoseconds::max)();
  if (!counts) raise(error("a duration is no number (NaN): correct how it is computed"));
  if (exact < wide((nanoseconds::min)())) return (nanoseconds::min)();
  if constexpr (std::ratio_divide<Period, std::nano>::den != 1) {
    return std::chrono::duration_cast<nanoseconds>(exact);  // the cast of integers would multiply first
  } else {
    return std::chrono::duration_cast<nanoseconds>(given);
  }
}

/// That long from now; never, where the clock cannot count so far.
template <class Rep, class Period>
std::chrono::steady_clock::time_point from_now(std::chrono::duration<Rep, Period> given) {
  using clock = std::chrono::steady_clock;
  const clock::time_point now = clock::now();
  const std::chrono::nanoseconds wait = saturated(given);
  return wait > (clock::time_point::max)() - now ? (clock::time_point::max)() : now + wait;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/context/context.hpp

APART_BEGIN_NAMESPACE

class scoped_context;
namespace detail {
struct context_access;
}

/// Says for how long something is still wanted: a run, a process, a test, one request. Cancelled from the outside in,
/// never the other way round. After Go's package context (https://pkg.go.dev/context).
///
///     apart::scoped_context limited = apart::with_timeout(apart::this_test::ctx(), 2s, "the login took too long");
///     client.login(limited);        // takes a const context&
///
/// A context is cancelled, with an error and a cause, or it is not, and then will not be uncancelled. The first cause
/// stays. A cancel marks the whole tree below before it returns, then runs the callbacks on the cancelling thread, with no
/// lock held; a deadline marks on a thread of its own and runs callbacks on a second one. Who waits is woken, not polled.
///
/// Cheap to copy: copies are the same context, and a moved-from one is too. Threads: any. Exit: nothing is waited for.
/// Fork: a child has its own copy, and a cancel in one process is not seen in the other. A deadline that was set before
/// the fork passes in the child unseen, also by `cancelled()`, until the child makes a context below one, waits, or
/// registers an `on_cancel`: whoever only asks compares `deadline()` with the clock.
/// Errors: `apart::error` where the first deadline of a process finds no thread to be had, and for a duration that is no
/// number (NaN).
class context {
 public:
  using clock = std::chrono::steady_clock;

  /// Never cancelled.
  [[nodiscard]] static context background() noexcept;
  /// This process's: cancelled by the run's end, an interrupt, the launcher.
  [[nodiscard]] static context process() noexcept;
  /// That of the set-up that runs on this thread, or of the test or clean-up that runs in this process; else `process()`.
  [[nodiscard]] static context current() noexcept;

  [[nodiscard]] bool cancelled() const noexcept { return node_->stop.stopped(); }
  /// None, std::errc::operation_canceled, or std::errc::timed_out where a deadline has passed.
  [[nodiscard]] std::error_code error() const noexcept {
    return cancelled() ? std::make_error_code(node_->reason().code) : std::error_code();
  }
  /// Why; "" while not cancelled.
  [[nodiscard]] std::string cause() const { return cancelled() ? node_->reason().text() : std::string(); }
  /// The nearest of its own and all above.
  [[nodiscard]] std::optional<clock::time_point> deadline() const noexcept { return node_->deadline; }
  [[nodiscard]] stop_token token() const noexcept {
    return stop_token(std::shared_ptr<detail::stop_state>(node_, &node_->stop));
  }

  void throw_if_cancelled() const {
    if (cancelled())
      detail::raise(cancelled_error(error(), cause(), node_->reason().when, detail::describe_end(*node_)));
  }

  /// False: woken by the cancellation. A negative time is none.
  template <class Rep, class Period>
  bool sleep_for(std::chrono::duration<Rep, Period> how_long) const {
    return !wait_for(how_long);
  }
  /// Until it is cancelled.
  void wait() const { node_->wait_until((clock::time_point::max)()); }
  /// Until it is cancelled, or so long. True: it is cancelled.
  template <class Rep, class Period>
  bool wait_for(std::chrono::duration<Rep, Period> how_long) const {
    return node_->wait_until(detail::from_now(how_long));
  }

  /// The nearest value of that type, here or above; null where there is none. Good while this context lives.
  template <class T>
  [[nodiscard]] const T* value() const& noexcept {
    return values_.find<T>();
  }
  template <class T>
  void value() const&& = delete;  // gone at the semicolon: hold the context in a variable

  /// The same, and a value that everything below it can look up by its type: a text is a std::string.
  template <class T>
  [[nodiscard]] context with_value(T value) const {
    static_assert(
        !detail::is_pointer_to_text<T>,
        "apart: with_value keeps a pointer to characters as that pointer, which value<std::string>() does not "
        "find; give it a std::string");
    return context(node_, values_.with(std::move(value)));
  }

  /// Its values, and nothing else of it: no cancellation, no deadline.
  [[nodiscard]] context without_cancel() const {
    return context(detail::process_contexts::instance().background, values_);
  }

  context(const context&) noexcept = default;
  context& operator=(const context&) noexcept = default;
  context(const scoped_context& other) noexcept;  // the same context, without the right to cancel it
  // Compilers print the line of what is deleted, and so the way out.
  context(scoped_context&&) = delete;                   // ends at the semicolon: hold or return it as a scoped_context
  context(const scoped_context&&) = delete;             // ends at the semicolon: hold or return it as a scoped_context
  context& operator=(scoped_context&&) = delete;        // ends at the semicolon: hold or return it as a scoped_context
  context& operator=(const scoped_context&&) = delete;  // ends at the semicolon: hold or return it as a scoped_context

  /// The same cancellation and the same values.
  friend bool operator==(const context& left, const context& right) noexcept {
    return left.node_ == right.node_ && left.values_ == right.values_;
  }
  friend bool operator!=(const context& left, const context& right) noexcept { return !(left == right); }

  /// For people: background > run > process "worker 2" > test "stores a record" (deadline in 4.9 s)
  friend std::string to_string(const context& shown) { return detail::describe(*shown.node_); }
  friend std::ostream& operator<<(std::ostream& out, const context& shown) { return out << to_string(shown); }

 protected:
  explicit context(std::shared_ptr<detail::context_node> node, detail::context_values values = {}) noexcept
      : node_(std::move(node)), values_(std::move(values)) {}

  std::shared_ptr<detail::context_node> node_;
  detail::context_values values_;

 private:
  friend detail::context_access;
};

/// A context that ends with this object: it cancels its tree in its destructor, and when it is assigned over. What the
/// functions below make; hold it in a variable, and hand out `const context&`.
///
/// A function must not return one as a `context`: g++ 12 accepts `return local;` there in C++17, and the caller gets a
/// context that has ended. Movable; a moved-from one may still be asked, and cancels nothing.
class [[nodiscard]] scoped_context : public context {
 public:
  [[nodiscard]] scoped_context(scoped_context&& other) noexcept
      : context(other.node_, other.values_), owns_(std::exchange(other.owns_, false)) {}
  scoped_context& operator=(scoped_context&& other) noexcept {
    if (this != &other) {
      end();
      node_ = other.node_;
      values_ = other.values_;
      owns_ = std::exchange(other.owns_, false);
    }
    return *this;
  }
  ~scoped_context() { end(); }

  /// Cancels it and all below. Any thread, any number of times: the first cause stays.
  void cancel(std::string cause = {}) {
    if (owns_) node_->cancel("cancelled", detail::shared_unless_empty(std::move(cause)));
  }

  template <class T>
  [[nodiscard]] context with_value(T value) const& {
    return context::with_value(std::move(value));
  }
  template <class T>
  context with_value(T) && = delete;  // cancelled at the semicolon: hold the scoped_context in a variable

 private:
  friend detail::context_access;
  scoped_context(std::shared_ptr<detail::context_node> node, detail::context_values values) noexcept
      : context(std::move(node), std::move(values)) {}

  void end() noexcept {
    if (owns_) node_->cancel("its scope has ended");
  }

  bool owns_ = true;
};

inline context::context(const scoped_context& other) noexcept : node_(other.node_), values_(other.values_) {}

namespace detail {

/// What the rooms of the library may do with contexts, and users may not.
struct context_access {
  static const std::shared_ptr<context_node>& node(const context& of) noexcept { return of.node_; }

  /// A child with a label for people: see context_node.
  static scoped_context child_of(const context& parent, const char* kind, shared_text name = nullptr,
                                 context::clock::time_point deadline = (context::clock::time_point::max)(),
                                 shared_text cause = nullptr) {
    return scoped_context(context_node::child_of(parent.node_, kind, std::move(name), deadline, std::move(cause)),
                          parent.values_);
  }
};

}  // namespace detail

/// A child of `parent` that can be cancelled.
[[nodiscard]] inline scoped_context with_cancel(const context& parent = context::current()) {
  return detail::context_access::child_of(parent, "with_cancel");
}

/// A child that is cancelled at that moment, with std::errc::timed_out and `cause`. The parent's earlier deadline wins;
/// one that has passed is cancelled at once.
[[nodiscard]] inline scoped_context with_deadline(const context& parent, std::chrono::steady_clock::time_point moment,
                                                  std::string cause = {}) {
  const detail::shared_text shared = detail::shared_unless_empty(std::move(cause));
  return detail::context_access::child_of(parent, "with_deadline", shared, moment, shared);
}

/// The same, so long from now: any duration; one too long to count is for ever, a negative one has passed.
template <class Rep, class Period>
[[nodiscard]] scoped_context with_timeout(const context& parent, std::chrono::duration<Rep, Period> how_long,
                                          std::string cause = {}) {
  return with_deadline(parent, detail::from_now(how_long), std::move(cause));
}

scoped_context with_cancel(const scoped_context&&) = delete;  // ends at the semicolon: hold the parent in a variable
scoped_context with_deadline(const scoped_context&&,          // ends at the semicolon: hold the parent in a variable
                             std::chrono::steady_clock::time_point, std::string = {}) = delete;
template <class Rep, class Period>
scoped_context with_timeout(const scoped_context&&,  // ends at the semicolon: hold the parent in a variable
                            std::chrono::duration<Rep, Period>, std::string = {}) = delete;

inline context context::background() noexcept { return context(detail::process_contexts::instance().background); }
inline context context::process() noexcept { return context(detail::process_contexts::instance().process()); }
inline context context::current() noexcept { return context(detail::process_contexts::instance().current()); }

APART_END_NAMESPACE

// ---- apart/detail/refuse_empty.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What has a null value of its own: a pointer to a function, a std::function. A lambda compares with null too, since it
/// converts to a pointer, but is never null.
template <class F, class = void>
struct can_be_empty : std::is_pointer<F> {};
template <class F>
struct can_be_empty<
    F, std::void_t<decltype(std::declval<const F&>() == nullptr, std::declval<const F&>().operator bool())>>
    : std::true_type {};

/// Refuses now what could only fail when it is called.
template <class F>
void refuse_empty(const F& function, const char* whose) {
  if constexpr (can_be_empty<F>::value) {
    if (function == nullptr) raise(error(std::string(whose) + ": the function is empty; give it one to call"));
  }
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/context/on_cancel.hpp

APART_BEGIN_NAMESPACE

/// Calls a function when a context is cancelled, on the thread that cancels it, or at once where it is cancelled already.
/// The destructor waits for a call that runs on another thread, not for its own; afterwards it is not called. What it
/// throws ends the program.
///
///     const apart::on_cancel closing(ctx, [&] { connection.close(); });
///
/// The function may cancel contexts, register more, and destroy its own registration. Threads: any. Fork: in a child it
/// is never called, since it might end there what the parent still uses. Movable; a moved-from one does nothing.
/// Errors: `apart::error` for an empty function.
class [[nodiscard]] on_cancel {
 public:
  template <class F>
  [[nodiscard]] on_cancel(const context& watched, F function)
      : registration_(new registration_of<F>(detail::context_access::node(watched), std::move(function))) {
    registration_->start();
  }
  template <class F>
  on_cancel(const scoped_context&&, F) = delete;  // called at the semicolon: hold the scoped_context in a variable

  [[nodiscard]] on_cancel(on_cancel&&) noexcept = default;
  on_cancel& operator=(on_cancel&&) noexcept = default;
  ~on_cancel() = default;

  /// True: it has not been called, and will not be. Waits as the destructor does: the caller must hold nothing that the
  /// function wants.
  bool release() noexcept { return registration_ != nullptr && registration_->remove(false); }

 private:
  class registration : public detail::stop_callback_base {
   public:
    registration(std::shared_ptr<detail::context_node> node, void (*called)(stop_callback_base&) noexcept) noexcept
        : stop_callback_base(called), node_(std::move(node)) {}
    virtual ~registration() { remove(true); }
    void start() {
      node_->watch_deadline();
      if (!node_->stop.add(*this)) run();
    }
    bool remove(bool gone) noexcept { return node_->stop.remove(*this, gone); }

   private:
    std::shared_ptr<detail::context_node> node_;
  };

  template <class F>
  class registration_of final : public registration {
   public:
    static_assert(std::is_invocable_v<F&>, "apart: the function of on_cancel is called without arguments");

    registration_of(std::shared_ptr<detail::context_node> node, F function)
        : registration(
              std::move(node),
              [](detail::stop_callback_base& self) noexcept { static_cast<registration_of&>(self).function_(); }),
          function_(std::move(function)) {
      detail::refuse_empty(function_, "on_cancel");
    }
    ~registration_of() override { this->remove(true); }

   private:
    F function_;
  };

  std::unique_ptr<registration> registration_;
};

APART_END_NAMESPACE

// ---- apart/context/detail/raise_cancelled.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// For who waited for something until `waiting` was cancelled, and says what that was.
[[noreturn]] inline void raise_cancelled(const context& waiting, const std::string& what) {
  raise(cancelled_error(waiting.error(), waiting.cause(), context_access::node(waiting)->reason().when, what));
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/context/poll.hpp

APART_BEGIN_NAMESPACE

/// Asks until the answer is yes: at once, and then again each time so long has passed. False: the context was cancelled
/// first; nothing is asked after that. What the predicate throws passes through.
///
///     CHECK(apart::poll_until(apart::this_test::ctx(), 5ms, [&] { return store.has("order 7"); }));
///
/// The predicate returns exactly bool: an int such as a system call's result would be read backwards. An empty one is an
/// `apart::error`. A period that is negative or zero asks without a pause.
template <class Rep, class Period, class Predicate>
[[nodiscard]] bool poll_until(const context& waiting, std::chrono::duration<Rep, Period> every, Predicate predicate) {
  static_assert(std::is_same_v<std::invoke_result_t<Predicate&>, bool>,
                "apart: the predicate of poll_until returns exactly bool");
  detail::refuse_empty(predicate, "poll_until");
  while (!waiting.cancelled()) {
    if (predicate()) return true;
    if (!waiting.sleep_for(every)) return false;
  }
  return false;
}

/// The same for an attempt that fails by throwing a std::exception, or by returning false; it returns bool or nothing.
/// What else it throws passes through, such as the end of a test by REQUIRE. Throws a `cancelled_error` where the context is
/// cancelled first, with what the last attempt said:
///
///     apart::poll_until_or_throw(ctx, 5ms, [&] { client.ping(); });
///     // test "stores a record": timed out 0 ms ago: the test's time (APART_TIMEOUT or --timeout) is over; asked
///     // 12000 times in 60.0 s, the last answer: connection refused
template <class Rep, class Period, class Attempt>
void poll_until_or_throw(const context& waiting, std::chrono::duration<Rep, Period> every, Attempt attempt) {
  using result = std::invoke_result_t<Attempt&>;
  static_assert(std::is_same_v<result, bool> || std::is_void_v<result>,
                "apart: the attempt of poll_until_or_throw returns exactly bool, or nothing");
  detail::refuse_empty(attempt, "poll_until_or_throw");
  const auto began = context::clock::now();
  unsigned long long asked = 0;
  std::string last_answer;
  const auto succeeds = [&] {
    ++asked;
    last_answer = "false";
    bool yes = true;
    const auto ask = [&] {
      if constexpr (std::is_void_v<result>) {
        attempt();
      } else {
        yes = attempt();
      }
    };
    return detail::attempt_standard(ask, [&](const char* text) { last_answer = text; }) && yes;
  };
  if (poll_until(waiting, every, succeeds)) return;
  std::string what = detail::describe_end(*detail::context_access::node(waiting));
  what += "; asked " + std::to_string(asked) + " times in " + detail::in_words(context::clock::now() - began);
  if (asked != 0) what += ", the last answer: " + last_answer;
  detail::raise_cancelled(waiting, what);
}

APART_END_NAMESPACE

#if defined(_WIN32)

// ---- apart/detail/windows/error_number.hpp

APART_BEGIN_NAMESPACE
namespace detail {

// Of winerror.h, where the library asks for more than an error number.
inline constexpr unsigned long access_denied = 5;
inline constexpr unsigned long sharing_violation = 32;
inline constexpr unsigned long lock_violation = 33;
inline constexpr unsigned long variable_not_found = 203;

/// The error number of <cerrno> for one of the system's.
constexpr int error_number(unsigned long code) noexcept {
  switch (code) {
    case 0:
      return 0;
    case 2:    // FILE_NOT_FOUND
    case 3:    // PATH_NOT_FOUND
    case 15:   // INVALID_DRIVE
    case 53:   // BAD_NETPATH
    case 67:   // BAD_NET_NAME
    case 123:  // INVALID_NAME
    case 161:  // BAD_PATHNAME
    case variable_not_found:
      return ENOENT;
    case 4:  // TOO_MANY_OPEN_FILES
      return EMFILE;
    case access_denied:
    case 1314:  // PRIVILEGE_NOT_HELD
      return EACCES;
    case 6:  // INVALID_HANDLE
      return EBADF;
    case 8:     // NOT_ENOUGH_MEMORY
    case 14:    // OUTOFMEMORY
    case 1455:  // COMMITMENT_LIMIT
      return ENOMEM;
    case 17:  // NOT_SAME_DEVICE
      return EXDEV;
    case 19:  // WRITE_PROTECT
      return EROFS;
    case sharing_violation:
    case 170:  // BUSY
      return EBUSY;
    case lock_violation:
      return EAGAIN;
    case 39:   // HANDLE_DISK_FULL
    case 112:  // DISK_FULL
      return ENOSPC;
    case 80:   // FILE_EXISTS
    case 183:  // ALREADY_EXISTS
      return EEXIST;
    case 1:    // INVALID_FUNCTION
    case 50:   // NOT_SUPPORTED
    case 120:  // CALL_NOT_IMPLEMENTED
      return ENOSYS;
    case 87:  // INVALID_PARAMETER
      return EINVAL;
    case 109:  // BROKEN_PIPE
    case 232:  // NO_DATA
      return EPIPE;
    case 145:  // DIR_NOT_EMPTY
      return ENOTEMPTY;
    case 206:  // FILENAME_EXCED_RANGE
      return ENAMETOOLONG;
    case 267:  // DIRECTORY
      return ENOTDIR;
    default:
      return EIO;
  }
}

inline int last_error_number() noexcept { return error_number(::GetLastError()); }

/// Does it again, for half a second, while somebody else has the file open in a way that excludes it: a virus scanner, an
/// indexer, a process that is about to end. `call()` returns whether it succeeded. 0 or an error number.
template <class Call>
int patiently(Call call) {
  unsigned long code = 0;
  for (unsigned long pause = 1; pause <= 256; pause *= 2) {
    if (call()) return 0;
    code = ::GetLastError();
    if (code != sharing_violation && code != access_denied) break;
    ::Sleep(pause);
  }
  return error_number(code);
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/windows/descriptor.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Owns one open file. Movable; an empty one does nothing. One thread at a time. Not inherited by what this process starts.
class descriptor {
 public:
  using native = void*;  ///< HANDLE; null: none

  descriptor() = default;
  explicit descriptor(native handle) noexcept : handle_(handle) {}
  descriptor(descriptor&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    descriptor taken(std::move(other));
    std::swap(handle_, taken.handle_);
    return *this;
  }
  ~descriptor() { close(); }

  native get() const noexcept { return handle_; }
  explicit operator bool() const noexcept { return handle_ != nullptr; }

  /// Gives the handle away without closing it.
  native release() noexcept { return std::exchange(handle_, nullptr); }

  /// 0, or the error number that the system reports.
  int close() noexcept {
    if (handle_ == nullptr) return 0;
    return ::CloseHandle(std::exchange(handle_, nullptr)) != 0 ? 0 : last_error_number();
  }

 private:
  native handle_ = nullptr;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/large_files.hpp

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/// The name of a call, or of its structure, that has 64 bits for sizes, offsets and the numbers of files. On machines of
/// 32 bits those of POSIX have 32 with glibc, unless _FILE_OFFSET_BITS says otherwise (feature_test_macros(7)): they fail
/// with EOVERFLOW where a file, its number, or a place in a directory needs more. By these names parts of a program that
/// were compiled with and without it also agree.
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 28)
#define APART_DETAIL_LARGE(name) name##64
#else
#define APART_DETAIL_LARGE(name) name
#endif

APART_BEGIN_NAMESPACE
namespace detail::sys {

using file_status = struct APART_DETAIL_LARGE(stat);
using file_system_status = struct APART_DETAIL_LARGE(statfs);
using file_range = struct APART_DETAIL_LARGE(flock);
using directory_entry = struct APART_DETAIL_LARGE(dirent);
using file_offset = decltype(file_status::st_size);

}  // namespace detail::sys
APART_END_NAMESPACE

// ---- apart/detail/posix/system.hpp

#include <sys/file.h>
#include <sys/types.h>

/// The seam below everything that touches the file system: a test program that defines this macro before it includes
/// anything of the library, in all of its sources alike, gives functions of its own for the names below, and so makes
/// any call fail as it likes.
#if !defined(APART_DETAIL_SYS)
#define APART_DETAIL_SYS(name) ::name
#endif

APART_BEGIN_NAMESPACE
namespace detail {

/// The system calls of the file rooms, under their own names and with their own results: -1 (or null) and errno where
/// they fail. A signal never shows: a call that it interrupted is made again. The one exception is `close`, which has
/// freed the number even where it reports EINTR, so that a second call could close another thread's file.
namespace sys {

template <class Call>
auto uninterrupted(Call call) noexcept -> decltype(call()) {
  using result_type = decltype(call());
  const auto failure = [] {
    if constexpr (std::is_pointer_v<result_type>) {
      return static_cast<result_type>(nullptr);
    } else {
      return result_type{-1};
    }
  }();
  for (;;) {
    const result_type result = call();
    if (result != failure || errno != EINTR) return result;
  }
}

inline int open(const char* path, int flags, mode_t mode = 0) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(APART_DETAIL_LARGE(open))(path, flags, mode); });
}
inline int openat(int directory, const char* name, int flags) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(openat)(directory, name, flags); });
}
inline int close(int descriptor) noexcept {
  const int result = APART_DETAIL_SYS(close)(descriptor);
  return result == -1 && errno == EINTR ? 0 : result;
}

inline ssize_t read(int descriptor, void* bytes, std::size_t size) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(read)(descriptor, bytes, size); });
}
inline ssize_t pread(int descriptor, void* bytes, std::size_t size, file_offset from) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(APART_DETAIL_LARGE(pread))(descriptor, bytes, size, from); });
}
inline ssize_t write(int descriptor, const void* bytes, std::size_t size) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(write)(descriptor, bytes, size); });
}
inline int fcntl(int descriptor, int command, file_range* range) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(APART_DETAIL_LARGE(fcntl))(descriptor, command, range); });
}
inline int flock(int descriptor, int operation) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(flock)(descriptor, operation); });
}

inline int fstat(int descriptor, file_status* status) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(APART_DETAIL_LARGE(fstat))(descriptor, status); });
}
inline int lstat(const char* path, file_status* status) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(APART_DETAIL_LARGE(lstat))(path, status); });
}
inline int stat(const char* path, file_status* status) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(APART_DETAIL_LARGE(stat))(path, status); });
}
inline int statfs(const char* path, file_system_status* status) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(APART_DETAIL_LARGE(statfs))(path, status); });
}
inline int fchmod(int descriptor, mode_t mode) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(fchmod)(descriptor, mode); });
}
inline int fchmodat(int directory, const char* name, mode_t mode, int flags) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(fchmodat)(directory, name, mode, flags); });
}
inline int futimens(int descriptor, const struct timespec* access_and_change) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(futimens)(descriptor, access_and_change); });
}

inline int mkdir(const char* path, mode_t mode) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(mkdir)(path, mode); });
}
inline int rmdir(const char* path) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(rmdir)(path); });
}
inline int link(const char* from, const char* to) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(link)(from, to); });
}
inline int unlink(const char* path) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(unlink)(path); });
}
inline int unlinkat(int directory, const char* name, int flags) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(unlinkat)(directory, name, flags); });
}
inline int symlink(const char* target, const char* path) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(symlink)(target, path); });
}
inline int rename(const char* from, const char* to) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(rename)(from, to); });
}
inline int renameat(int from_directory, const char* from, int to_directory, const char* to) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(renameat)(from_directory, from, to_directory, to); });
}
inline int chdir(const char* path) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(chdir)(path); });
}
inline int fchdir(int directory) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(fchdir)(directory); });
}
inline char* realpath(const char* path) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(realpath)(path, nullptr); });
}

inline DIR* fdopendir(int descriptor) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(fdopendir)(descriptor); });
}
inline int closedir(DIR* directory) noexcept { return APART_DETAIL_SYS(closedir)(directory); }

/// Null at the end (errno 0) and on failure (errno set).
inline directory_entry* readdir(DIR* directory) noexcept {
  return uninterrupted([&] {
    errno = 0;
    return APART_DETAIL_SYS(APART_DETAIL_LARGE(readdir))(directory);
  });
}

}  // namespace sys
}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/posix/descriptor.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Owns one open file. Movable; an empty one does nothing. One thread at a time. A forked child's copy closes the
/// child's own number, which is the child's to close.
class descriptor {
 public:
  using native = int;

  descriptor() = default;
  explicit descriptor(native number) noexcept : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    descriptor taken(std::move(other));
    std::swap(number_, taken.number_);
    return *this;
  }
  ~descriptor() { close(); }

  native get() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }

  /// Gives the number away without closing it.
  native release() noexcept { return std::exchange(number_, -1); }

  /// 0, or the error number that the system reports: the file is closed all the same, but what was written to it may
  /// have been lost.
  int close() noexcept {
    if (number_ < 0) return 0;
    return sys::close(std::exchange(number_, -1)) == 0 ? 0 : errno;
  }

 private:
  native number_ = -1;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

#if defined(_WIN32)

// ---- apart/detail/windows/random.hpp

/// RtlGenRandom, by its exported name, in advapi32 (ntsecapi.h, where it is not marked as imported).
extern "C" unsigned char __stdcall SystemFunction036(void* bytes, unsigned long size);

APART_BEGIN_NAMESPACE
namespace detail {

/// Fills `words` with the operating system's entropy. Any thread, any process. An error says that there is none: there is
/// no weaker source to fall back to, because names must not repeat.
template <std::size_t Count>
void fill_random(std::array<std::uint64_t, Count>& words) {
  if (::SystemFunction036(words.data(), static_cast<unsigned long>(sizeof words)) == 0) {
    raise_system(EIO, "the system's random numbers (RtlGenRandom)");
  }
}

inline std::uint64_t random_bits() {
  std::array<std::uint64_t, 1> bits{};
  fill_random(bits);
  return bits[0];
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/random.hpp

#include <sys/random.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// Fills `words` with the operating system's entropy (getrandom(2), which gives up to 256 bytes whole or not at all). Any
/// thread, any process. An error says that there is none: there is no weaker source to fall back to, because names must
/// not repeat.
template <std::size_t Count>
void fill_random(std::array<std::uint64_t, Count>& words) {
  static_assert(sizeof words <= 256);
  while (::getrandom(words.data(), sizeof words, 0) != static_cast<ssize_t>(sizeof words)) {
    if (errno != EINTR) raise_system(errno, "the system's random numbers (getrandom)");
  }
}

inline std::uint64_t random_bits() {
  std::array<std::uint64_t, 1> bits{};
  fill_random(bits);
  return bits[0];
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/detail/random_pool.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Entropy of the system that a thread has drawn and not used yet.
struct random_pool {
  std::uint64_t generation = 0;  ///< of the process that drew it: a forked child draws its own
  std::size_t used = 0;
  std::array<std::uint64_t, 32> words{};
};

inline thread_local random_pool this_thread_pool;

/// As `random_bits`, with one system call for 32 of them.
inline std::uint64_t pooled_random_bits() {
  random_pool& pool = this_thread_pool;
  if (pool.generation != process_generation() || pool.used == pool.words.size()) {
    pool.generation = 0;
    fill_random(pool.words);
    pool.generation = process_generation();
    pool.used = 0;
  }
  return std::exchange(pool.words[pool.used++], 0);
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/file_name.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// `length` characters, five bits each, lowest first: digits and lower case letters without i, l, o, u (Crockford's
/// base 32), so that no file system that ignores case takes two for one. At most 12 characters differ.
inline std::string base32(std::uint64_t bits, std::size_t length) {
  static constexpr char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string text(length, '0');
  for (char& digit : text) {
    digit = alphabet[bits & 31];
    bits >>= 5;
  }
  return text;
}

/// The part of a file's name that keeps it from meeting another: 50 random bits. Who creates the file still asks for
/// O_EXCL, and draws again.
inline std::string random_file_part() { return base32(pooled_random_bits(), 10); }

/// Bytes of a prefix that appear in a file's name. Short, because the address of a UNIX socket has 108 bytes in all.
inline constexpr std::size_t longest_prefix = 24;
/// Bytes of a suffix: far longer than any extension.
inline constexpr std::size_t longest_suffix = 64;

constexpr bool is_plain_in_file_names(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// `text` as the beginning of a file's name, whatever its bytes: letters, digits, '_' and '-' stay, everything else is
/// '_', so that no shell, glob or file system takes it for anything but a name. Empty: "tmp".
inline std::string file_prefix(std::string_view text) {
  std::string name(text.substr(0, longest_prefix));
  for (char& c : name) {
    if (!is_plain_in_file_names(c)) c = '_';
  }
  if (name.empty()) return "tmp";
  if (name.front() == '-') name.front() = '_';
  return name;
}

/// `text` as the end of a file's name: like a prefix, but dots stay.
inline std::string file_suffix(std::string_view text) {
  std::string name(text.substr(0, longest_suffix));
  for (char& c : name) {
    if (!is_plain_in_file_names(c) && c != '.') c = '_';
  }
  return name;
}

}  // namespace detail
APART_END_NAMESPACE

#if defined(_WIN32)

// ---- apart/detail/windows/file_time.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// FILETIME: 100 ns since 1601.
struct file_time {
  unsigned long low = 0;
  unsigned long high = 0;

  std::uint64_t ticks() const noexcept { return std::uint64_t{high} << 32 | low; }
  /// In nanoseconds since 1970.
  std::int64_t since_1970() const noexcept { return (static_cast<std::int64_t>(ticks()) - 116444736000000000) * 100; }
};

inline _FILETIME* for_system(file_time& time) noexcept { return reinterpret_cast<_FILETIME*>(&time); }

/// BY_HANDLE_FILE_INFORMATION. Volume and index together are one file on this machine.
struct file_information {
  unsigned long attributes = 0;
  file_time made;
  file_time read;
  file_time written;
  unsigned long volume = 0;
  unsigned long size_high = 0;
  unsigned long size_low = 0;
  unsigned long links = 0;
  unsigned long index_high = 0;
  unsigned long index_low = 0;
};

inline bool ask_file(void* file, file_information& found) noexcept {
  return ::GetFileInformationByHandle(file, reinterpret_cast<_BY_HANDLE_FILE_INFORMATION*>(&found)) != 0;
}

/// WIN32_FIND_DATAW.
struct found_entry {
  unsigned long attributes;
  file_time made;
  file_time read;
  file_time written;
  unsigned long size_high;
  unsigned long size_low;
  unsigned long reserved[2];
  wchar_t name[260];
  wchar_t short_name[14];
};

inline constexpr unsigned long no_attributes = 0xffffffff;
inline constexpr unsigned long read_only_attribute = 0x1;
inline constexpr unsigned long directory_attribute = 0x10;
inline constexpr unsigned long reparse_point_attribute = 0x400;  ///< a symbolic link, a junction

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/windows/text.hpp

APART_BEGIN_NAMESPACE
namespace detail {

// The library's texts are UTF-8, those of Windows UTF-16. What is malformed becomes U+FFFD.

inline constexpr unsigned utf_8 = 65001;

inline std::wstring wide(std::string_view text) {
  if (text.empty()) return {};
  const int size = static_cast<int>(text.size());
  std::wstring made(static_cast<std::size_t>(::MultiByteToWideChar(utf_8, 0, text.data(), size, nullptr, 0)), L'\0');
  ::MultiByteToWideChar(utf_8, 0, text.data(), size, made.data(), static_cast<int>(made.size()));
  return made;
}

inline std::string narrow(std::wstring_view text) {
  if (text.empty()) return {};
  const int size = static_cast<int>(text.size());
  const int length = ::WideCharToMultiByte(utf_8, 0, text.data(), size, nullptr, 0, nullptr, nullptr);
  std::string made(static_cast<std::size_t>(length), '\0');
  ::WideCharToMultiByte(utf_8, 0, text.data(), size, made.data(), length, nullptr, nullptr);
  return made;
}

/// What a function says that takes a buffer and its size, and returns how much it wrote, or how much it needs; empty where
/// it returns 0.
template <class Ask>
std::wstring text_of_system(Ask ask) {
  std::wstring text(260, L'\0');
  for (;;) {
    const unsigned long size = ask(text.data(), static_cast<unsigned long>(text.size()));
    const bool fits = size < text.size();
    text.resize(fits ? size : size + 1);
    if (fits) return text;
  }
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/windows/path_text.hpp

APART_BEGIN_NAMESPACE
namespace detail {

// Inside of the library a path is a text in UTF-8, with '/' between its names, as "C:/Users/ann"; outside it has '\'.

inline std::string path_text_of_system(std::wstring_view path) {
  std::string text = narrow(path);
  std::replace(text.begin(), text.end(), '\\', '/');
  return text;
}
inline std::string path_text(const std::filesystem::path& path) { return path_text_of_system(path.native()); }

inline std::filesystem::path path_of(const std::string& text) {
  return std::filesystem::path(wide(text)).make_preferred();
}

/// For a call of the system. One that is too long for the old limit of 260 characters is spelled so that there is none
/// (Maximum Path Length Limitation); then it has to be absolute and without "..", as all paths of the library are.
inline std::wstring path_for_system(std::string_view text) {
  constexpr std::size_t longest = 240;  // of a directory, which is to take a short name
  std::wstring path = wide(text);
  std::replace(path.begin(), path.end(), L'/', L'\\');
  if (path.size() < longest || path.compare(0, 4, L"\\\\?\\") == 0) return path;
  if (path.compare(0, 2, L"\\\\") == 0) return L"\\\\?\\UNC" + path.substr(1);
  return path.size() > 2 && path[1] == L':' ? L"\\\\?\\" + path : path;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/windows/open_file.hpp

APART_BEGIN_NAMESPACE
namespace detail {

// For CreateFileW. What the library opens anybody may read, write, rename and remove meanwhile, as elsewhere.
inline constexpr unsigned long shared_with_all = 0x7;    // FILE_SHARE_READ | _WRITE | _DELETE
inline constexpr unsigned long can_read = 0x80000000;    // GENERIC_READ
inline constexpr unsigned long can_write = 0x40000000;   // GENERIC_WRITE
inline constexpr unsigned long can_append = 0x00100104;  // FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE
inline constexpr unsigned long can_remove = 0x00110000;  // DELETE | SYNCHRONIZE
inline constexpr unsigned long can_ask = 0x80;           // FILE_READ_ATTRIBUTES
inline constexpr unsigned long new_file = 1, any_file = 4, existing_file_only = 3, emptied_file = 2;
inline constexpr unsigned long goes_at_close = 0x04000100;      // FILE_FLAG_DELETE_ON_CLOSE | FILE_ATTRIBUTE_TEMPORARY
inline constexpr unsigned long directory_or_link = 0x02200000;  // FILE_FLAG_BACKUP_SEMANTICS | _OPEN_REPARSE_POINT
inline constexpr unsigned long also_directory = 0x02000000;     // FILE_FLAG_BACKUP_SEMANTICS

/// 0 or an error number.
inline int open_file(const std::string& path, unsigned long access, unsigned long disposition, unsigned long flags,
                     descriptor& opened) {
  constexpr unsigned long plain = 0x80;  // FILE_ATTRIBUTE_NORMAL
  void* const handle = ::CreateFileW(path_for_system(path).c_str(), access, shared_with_all, nullptr, disposition,
                                     flags != 0 ? flags : plain, nullptr);
  if (handle == reinterpret_cast<void*>(-1)) return last_error_number();
  opened = descriptor(handle);
  return 0;
}

/// The absolute path, free of links, that an open file has now; empty where it cannot be told.
inline std::string path_of_open_file(const descriptor& file) {
  const std::string path = path_text_of_system(text_of_system(
      [&](wchar_t* text, unsigned long room) { return ::GetFinalPathNameByHandleW(file.get(), text, room, 0); }));
  if (path.compare(0, 8, "//?/UNC/") == 0) return '/' + path.substr(7);
  return path.compare(0, 4, "//?/") == 0 ? path.substr(4) : path;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/windows/file_system.hpp

APART_BEGIN_NAMESPACE
namespace detail {

// Each returns 0 or an error number of <cerrno>. What they make inherits its access control list from the directory that
// holds it, as a rule the user's root, which is the user's alone: see `make_root`.

/// A new directory. EEXIST: the name is taken, by whatever.
inline int make_private_directory(const std::string& path) {
  return ::CreateDirectoryW(path_for_system(path).c_str(), nullptr) != 0 ? 0 : last_error_number();
}

/// A new file, open for reading and for appending. EEXIST: the name is taken, by whatever.
inline int make_private_file(const std::string& path, descriptor& made) {
  return open_file(path, can_read | can_append, new_file, 0, made);
}

/// A file that is there, for appending.
inline int open_private_file(const std::string& path, descriptor& opened) {
  return open_file(path, can_append, existing_file_only, 0, opened);
}

/// A new file in `directory` of which nobody knows the name, and which goes when it is closed.
inline int make_anonymous_file(const std::string& directory, descriptor& made) {
  return open_file(directory + '/' + random_file_part(), can_read | can_append | can_remove, new_file, goes_at_close,
                   made);
}

/// A file that processes meet in, which is made if it is not there: for reading and writing. Patiently, since another
/// process may be about to remove the one that has the name.
inline int open_common_file(const std::string& path, descriptor& opened) {
  return patiently([&] { return open_file(path, can_read | can_write, any_file, 0, opened) == 0; });
}

inline int write_all(const descriptor& file, std::string_view text) noexcept {
  while (!text.empty()) {
    constexpr std::size_t most = 1 << 30;
    unsigned long written = 0;
    const auto size = static_cast<unsigned long>(text.size() < most ? text.size() : most);
    if (::WriteFile(file.get(), text.data(), size, &written, nullptr) == 0) return last_error_number();
    text.remove_prefix(written);
  }
  return 0;
}

/// As `>` of a shell does: makes the file, or empties the one that is there; then writes.
inline int overwrite_file(const std::string& path, std::string_view text) {
  descriptor file;
  int code = open_file(path, can_write, emptied_file, 0, file);
  if (code == 0) code = write_all(file, text);
  return code != 0 ? code : file.close();
}

/// OVERLAPPED: from where in a file.
struct file_offset {
  std::uintptr_t internal[2] = {};
  unsigned long low = 0;
  unsigned long high = 0;
  void* event = nullptr;

  explicit file_offset(std::uint64_t from) noexcept
      : low(static_cast<unsigned long>(from & 0xffffffff)), high(static_cast<unsigned long>(from >> 32)) {}
  _OVERLAPPED* for_system() noexcept { return reinterpret_cast<_OVERLAPPED*>(this); }
};

/// The whole file, appended to `text`.
inline int read_from_start(const descriptor& file, std::string& text) {
  constexpr unsigned long end_of_file = 38;
  std::array<char, 16384> chunk;
  for (std::uint64_t from = 0;;) {
    file_offset at(from);
    unsigned long count = 0;
    if (::ReadFile(file.get(), chunk.data(), static_cast<unsigned long>(chunk.size()), &count, at.for_system()) == 0) {
      return ::GetLastError() == end_of_file ? 0 : last_error_number();
    }
    if (count == 0) return 0;
    text.append(chunk.data(), count);
    from += count;
  }
}

/// The whole file that has this name now, appended to `text`. Patiently: who replaces it may have it for itself.
inline int read_file(const std::string& path, std::string& text) {
  descriptor file;
  const int code = patiently([&] { return open_file(path, can_read, existing_file_only, 0, file) == 0; });
  return code == 0 ? read_from_start(file, text) : code;
}

/// Also one that is read-only, and also while others have it open as the library does.
inline int remove_file(const std::string& path) {
  const std::wstring name = path_for_system(path);
  return patiently([&] {
    if (::DeleteFileW(name.c_str()) != 0) return true;
    const unsigned long code = ::GetLastError();
    const unsigned long attributes = ::GetFileAttributesW(name.c_str());
    if (code == access_denied && attributes != no_attributes && (attributes & read_only_attribute) != 0) {
      ::SetFileAttributesW(name.c_str(), attributes & ~read_only_attribute);
      if (::DeleteFileW(name.c_str()) != 0) return true;
    }
    ::SetLastError(code);
    return false;
  });
}

/// Adds one line to a file, which is made if need be, and sets its time of change.
inline int append_line(const std::string& path, const std::string& line) {
  descriptor file;
  int code = open_file(path, can_append, any_file, 0, file);
  if (code == 0) code = write_all(file, line + '\n');
  file_time now;
  ::GetSystemTimeAsFileTime(for_system(now));
  if (code == 0 && ::SetFileTime(file.get(), nullptr, nullptr, for_system(now)) == 0) code = last_error_number();
  return code;
}

/// The kind of network file system on which `path` stands; null: a local one.
inline const char* network_file_system(const std::string& path) {
  constexpr unsigned remote = 4;  // DRIVE_REMOTE
  std::array<wchar_t, 1024> volume{};
  const bool known = ::GetVolumePathNameW(path_for_system(path).c_str(), volume.data(), 1024) != 0;
  return known && ::GetDriveTypeW(volume.data()) == remote ? "a network drive" : nullptr;
}

/// When the file was last written to, in nanoseconds since 1970; 0 if it is not there.
inline std::int64_t change_time(const std::string& path) {
  descriptor file;
  file_information found;
  const int code = open_file(path, can_ask, existing_file_only, directory_or_link, file);
  return code == 0 && ask_file(file.get(), found) ? found.written.since_1970() : 0;
}

/// FILE_RENAME_INFO, and the rename by which what has the new name goes though somebody has it open (Windows 10 1607,
/// FILE_RENAME_POSIX_SEMANTICS). False: this system, or this file system, does not have it.
inline bool replace_though_open(const std::wstring& from, const std::wstring& to) {
  struct header {
    unsigned long flags;
    void* root;
    unsigned long bytes;
    wchar_t name[1];
  };
  using set_information = int __stdcall(void*, int, void*, unsigned long);
  static const auto set = function_of<set_information>(L"kernel32.dll", "SetFileInformationByHandle");
  constexpr int rename_class = 22;  // FileRenameInfoEx
  constexpr unsigned long replaces =
      0x43;  // FILE_RENAME_REPLACE_IF_EXISTS, _POSIX_SEMANTICS, _IGNORE_READONLY_ATTRIBUTE
  void* const handle =
      ::CreateFileW(from.c_str(), can_remove, shared_with_all, nullptr, existing_file_only, directory_or_link, nullptr);
  if (set == nullptr || handle == reinterpret_cast<void*>(-1)) return false;
  const descriptor file(handle);
  std::vector<char> bytes(sizeof(header) + to.size() * sizeof(wchar_t));
  header whole{replaces, nullptr, static_cast<unsigned long>(to.size() * sizeof(wchar_t)), {}};
  std::memcpy(bytes.data(), &whole, sizeof whole);
  std::memcpy(bytes.data() + offsetof(header, name), to.c_str(), (to.size() + 1) * sizeof(wchar_t));
  return set(file.get(), rename_class, bytes.data(), static_cast<unsigned long>(bytes.size())) != 0;
}

/// What becomes of a file that has the name already.
enum class existing_file { is_replaced, is_refused };

/// Gives a file another name on its volume, in one step. What it replaces may be open in the library's way; else in any
/// way that permits to remove it, and on older systems for half a second only.
inline int move_file(const std::string& from, const std::string& to, existing_file other) {
  constexpr unsigned long replace_existing = 1;  // MOVEFILE_REPLACE_EXISTING
  const std::wstring source = path_for_system(from), target = path_for_system(to);
  if (other == existing_file::is_replaced && replace_though_open(source, target)) return 0;
  return patiently([&] {
    return ::MoveFileExW(source.c_str(), target.c_str(), other == existing_file::is_replaced ? replace_existing : 0) !=
           0;
  });
}

/// The same for who has the existing file open himself, in `own`: where the system does not replace an open file, that is
/// closed first, and opened again if the move fails.
inline int move_file(const std::string& from, const std::string& to, existing_file other, descriptor& own) {
  if (!own) return move_file(from, to, other);
  if (other == existing_file::is_replaced && replace_though_open(path_for_system(from), path_for_system(to))) return 0;
  own.close();
  const int code = move_file(from, to, other);
  if (code != 0) open_file(to, can_read | can_append, existing_file_only, 0, own);
  return code;
}

/// The same; a directory's only where nothing has the new name, and nothing in it is open.
inline int rename_file(const std::string& from, const std::string& to) {
  return move_file(from, to, existing_file::is_replaced);
}

/// There are no links that one rename replaces.
inline int make_symlink(const std::string&, const std::string&) noexcept { return ENOSYS; }

/// Hands each entry of a directory but "." and ".." to `told(const found_entry&)`.
template <class Told>
int for_each_entry(const std::string& directory, Told told) {
  constexpr unsigned long no_more_files = 18, no_such_file = 2;
  found_entry entry{};
  auto* const out = reinterpret_cast<_WIN32_FIND_DATAW*>(&entry);
  void* const search = ::FindFirstFileW(path_for_system(directory + "/*").c_str(), out);
  if (search == reinterpret_cast<void*>(-1)) return ::GetLastError() == no_such_file ? 0 : last_error_number();
  unsigned long code = 0;
  do {
    const std::wstring_view name(entry.name);
    if (name != L"." && name != L"..") told(static_cast<const found_entry&>(entry));
  } while (::FindNextFileW(search, out) != 0);
  code = ::GetLastError();
  ::FindClose(search);
  return code == no_more_files ? 0 : error_number(code);
}

/// The names in a directory, in no order, without "." and "..".
inline int list_directory(const std::string& path, std::vector<std::string>& names) {
  return for_each_entry(path, [&](const found_entry& entry) { names.push_back(narrow(entry.name)); });
}

/// The paths of what in a directory has a name that begins so, in no order; none where it cannot be read.
inline std::vector<std::string> paths_in(const std::string& directory, std::string_view beginning = {}) {
  std::vector<std::string> names;
  std::vector<std::string> paths;
  list_directory(directory, names);
  for (const std::string& name : names) {
    if (name.compare(0, beginning.size(), beginning) == 0) paths.push_back(directory + '/' + name);
  }
  return paths;
}

/// UTC in the form of strftime(3), at most 31 characters.
inline std::string utc_text(const char* form, std::time_t moment) {
  const std::tm* const parts = std::gmtime(&moment);  // each thread has its own here
  std::array<char, 32> text{};
  return std::string(text.data(), std::strftime(text.data(), text.size(), form, parts));
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/directory_stream.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// An open directory, read entry by entry. Owns its descriptor. One thread at a time.
class directory_stream {
 public:
  explicit directory_stream(descriptor directory) noexcept {
    if (!directory) {
      error_ = errno;
    } else if ((stream_ = sys::fdopendir(directory.get())) == nullptr) {
      error_ = errno;
    } else {
      descriptor_ = directory.release();
    }
  }
  ~directory_stream() {
    if (stream_ != nullptr) sys::closedir(stream_);
  }
  directory_stream(const directory_stream&) = delete;
  directory_stream& operator=(const directory_stream&) = delete;

  /// What opening or reading it met: 0, or an error number.
  int error() const noexcept { return error_; }
  int descriptor_number() const noexcept { return descriptor_; }

  /// The next entry but "." and ".."; null at the end, and where reading failed.
  const sys::directory_entry* next() noexcept {
    while (error_ == 0) {
      const sys::directory_entry* const entry = sys::readdir(stream_);
      if (entry == nullptr) {
        error_ = errno;
        break;
      }
      const std::string_view name(entry->d_name);
      if (name != "." && name != "..") return entry;
    }
    return nullptr;
  }

 private:
  DIR* stream_ = nullptr;
  int descriptor_ = -1;
  int error_ = 0;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/posix/file_system.hpp

APART_BEGIN_NAMESPACE
namespace detail {

// Each returns 0 or an error number of <cerrno>. Only their owner may read what they make, whatever the umask says.

/// A new directory, 0700. EEXIST: the name is taken, by whatever.
inline int make_private_directory(const std::string& path) noexcept {
  if (sys::mkdir(path.c_str(), 0700) != 0) return errno;
  sys::file_status made{};
  if (sys::lstat(path.c_str(), &made) != 0) return errno;
  if ((made.st_mode & 0777) == 0700) return 0;
  return sys::fchmodat(AT_FDCWD, path.c_str(), 0700, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
}

/// A new file, 0600, open for reading and for appending, close-on-exec. EEXIST: the name is taken, by whatever.
inline int make_private_file(const std::string& path, descriptor& made) noexcept {
  descriptor file(sys::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return errno;
  sys::file_status status{};
  int code = sys::fstat(file.get(), &status) == 0 ? 0 : errno;
  if (code == 0 && (status.st_mode & 0777) != 0600 && sys::fchmod(file.get(), 0600) != 0) code = errno;
  if (code != 0) {
    sys::unlink(path.c_str());
    return code;
  }
  made = std::move(file);
  return 0;
}

/// A file that is there, for appending, close-on-exec; 0600 from now on, whatever the umask was when it was made.
inline int open_private_file(const std::string& path, descriptor& opened) noexcept {
  if (sys::fchmodat(AT_FDCWD, path.c_str(), 0600, 0) != 0) return errno;
  opened = descriptor(sys::open(path.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC));
  return opened ? 0 : errno;
}

/// A new file without a name on the file system of `directory`, as above. Where that file system knows no such files
/// (open(2), O_TMPFILE), one that loses its name at once.
inline int make_anonymous_file(const std::string& directory, descriptor& made) {
#if defined(O_TMPFILE)
  made = descriptor(sys::open(directory.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_APPEND | O_CLOEXEC, 0600));
  if (made) return 0;
  if (errno != EOPNOTSUPP && errno != EISDIR) return errno;
#endif
  const std::string path = directory + '/' + random_file_part();
  const int code = make_private_file(path, made);
  return code == 0 && sys::unlink(path.c_str()) != 0 ? errno : code;
}

/// A file that processes meet in, which is made if it is not there: for reading and writing, 0600 less the umask,
/// close-on-exec. A descriptor, or -1 and errno.
inline int open_common_file(const std::string& path) noexcept {
  return sys::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

inline int write_all(const descriptor& file, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = sys::write(file.get(), text.data(), text.size());
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// As `>` of a shell does: makes the file, for those that the umask allows, or empties the one that is there; then writes.
inline int overwrite_file(const std::string& path, std::string_view text) noexcept {
  descriptor file(sys::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file) return errno;
  const int code = write_all(file, text);
  return code != 0 ? code : file.close();
}

/// The whole file, appended to `text`; its offset stays where it is.
inline int read_from_start(const descriptor& file, std::string& text) {
  std::array<char, 16384> chunk;
  for (sys::file_offset from = 0;;) {
    const ssize_t count = sys::pread(file.get(), chunk.data(), chunk.size(), from);
    if (count < 0) return errno;
    if (count == 0) return 0;
    text.append(chunk.data(), static_cast<std::size_t>(count));
    from += count;
  }
}

/// The whole file that has this name now, appended to `text`.
inline int read_file(const std::string& path, std::string& text) {
  const descriptor file(sys::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file ? read_from_start(file, text) : errno;
}

inline int remove_file(const std::string& path) noexcept { return sys::unlink(path.c_str()) == 0 ? 0 : errno; }

/// Adds one line to a file, which is made if need be, and sets its time of change to the nanosecond.
inline int append_line(const std::string& path, const std::string& line) {
  const descriptor file(sys::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return errno;
  if (const int code = write_all(file, line + '\n')) return code;
  struct timespec access_and_change[2] = {};
  ::clock_gettime(CLOCK_REALTIME, &access_and_change[0]);
  access_and_change[1] = access_and_change[0];
  return sys::futimens(file.get(), access_and_change) == 0 ? 0 : errno;
}

/// The name of the network file system on which `path` stands; null: a local one, or one that is not known. What such a
/// one grants as a lock may hold on one machine alone (nfs(5), local_lock; Lustre, localflock), and nothing tells which.
/// The numbers are those of statfs(2).
inline const char* network_file_system(const std::string& path) noexcept {
  sys::file_system_status status{};
  if (sys::statfs(path.c_str(), &status) != 0) return nullptr;
  switch (static_cast<std::uint32_t>(status.f_type)) {
    case 0x6969:
      return "NFS";
    case 0x0bd00bd0:
      return "Lustre";
    case 0xff534d42:
    case 0xfe534d42:
    case 0x517b:
      return "SMB";
    case 0x5346414f:
    case 0x6b414653:
      return "AFS";
    default:
      return nullptr;
  }
}

/// When the file was last written to, in nanoseconds since 1970; 0 if it is not there.
inline std::int64_t change_time(const std::string& path) noexcept {
  sys::file_status status{};
  if (sys::lstat(path.c_str(), &status) != 0) return 0;
  return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

/// Atomic; takes the place of a file, a link or an empty directory of the new name.
inline int rename_file(const std::string& from, const std::string& to) noexcept {
  return sys::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

/// What becomes of a file that has the name already.
enum class existing_file { is_replaced, is_refused };

/// Gives a file another name on its file system. Atomic, but that it has both names for a moment where an existing file
/// is refused (EEXIST).
inline int move_file(const std::string& from, const std::string& to, existing_file other) noexcept {
  if (other == existing_file::is_replaced) return rename_file(from, to);
  if (sys::link(from.c_str(), to.c_str()) != 0) return errno;
  sys::unlink(from.c_str());
  return 0;
}

/// The same for who has the existing file open himself, in `own`, which does not matter here.
inline int move_file(const std::string& from, const std::string& to, existing_file other, const descriptor&) noexcept {
  return move_file(from, to, other);
}

inline int make_symlink(const std::string& target, const std::string& path) noexcept {
  return sys::symlink(target.c_str(), path.c_str()) == 0 ? 0 : errno;
}

/// The names in a directory, in no order, without "." and "..".
inline int list_directory(const std::string& path, std::vector<std::string>& names) {
  directory_stream directory(descriptor(sys::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)));
  while (const sys::directory_entry* entry = directory.next()) names.push_back(entry->d_name);
  return directory.error();
}

/// The paths of what in a directory has a name that begins so, in no order; none where it cannot be read.
inline std::vector<std::string> paths_in(const std::string& directory, std::string_view beginning = {}) {
  std::vector<std::string> names;
  std::vector<std::string> paths;
  list_directory(directory, names);
  for (const std::string& name : names) {
    if (name.compare(0, beginning.size(), beginning) == 0) paths.push_back(directory + '/' + name);
  }
  return paths;
}

/// UTC in the form of strftime(3), at most 31 characters.
inline std::string utc_text(const char* form, std::time_t moment) {
  std::tm parts{};
  ::gmtime_r(&moment, &parts);
  std::array<char, 32> text{};
  return std::string(text.data(), std::strftime(text.data(), text.size(), form, &parts));
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

#if defined(_WIN32)

// ---- apart/detail/windows/environment.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Between the paths of a list in a variable.
inline constexpr char path_separator = ';';
inline constexpr const char* path_of_list_wanted = "wants a path without a semicolon";

/// What an environment variable holds, as what this process starts finds it; nothing: it is not set.
inline std::optional<std::string> variable(const std::string& name) {
  const std::wstring wanted = wide(name);
  ::SetLastError(0);
  const std::wstring value = text_of_system(
      [&](wchar_t* text, unsigned long room) { return ::GetEnvironmentVariableW(wanted.c_str(), text, room); });
  if (value.empty() && ::GetLastError() == variable_not_found) return std::nullopt;
  return narrow(value);
}

/// Sets it, or unsets it where there is no value, for this process's C library too; there an empty one is as none. 0 or an
/// error number.
inline int set_variable(const std::string& name, const std::optional<std::string>& value) {
  const std::wstring wanted = wide(name);
  const std::wstring text = wide(value.value_or(""));
  if (const int code = ::_wputenv_s(wanted.c_str(), text.c_str())) return code;
  if (!text.empty() || ::SetEnvironmentVariableW(wanted.c_str(), value ? L"" : nullptr) != 0) return 0;
  return ::GetLastError() == variable_not_found ? 0 : last_error_number();
}

/// What is started from now on finds nothing in it.
inline void empty_variable(const char* name) { static_cast<void>(set_variable(name, std::nullopt)); }

/// What a variable of this process says is another one's from now on: what is started does not find it.
inline void strike_out(const char* name, char*) { empty_variable(name); }

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/environment.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Between the paths of a list in a variable.
inline constexpr char path_separator = ':';
inline constexpr const char* path_of_list_wanted = "wants a path without a colon";

/// What an environment variable holds; nothing: it is not set.
inline std::optional<std::string> variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

/// Sets it, or unsets it where there is no value. 0 or an error number.
inline int set_variable(const std::string& name, const std::optional<std::string>& value) noexcept {
  const int result = value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
  return result == 0 ? 0 : errno;
}

/// What is started from now on finds nothing in it. In place, so that the environment does not move.
inline void empty_variable(const char* name) noexcept {
  if (char* const value = std::getenv(name)) *value = '\0';
}

/// What a variable of this process says is another one's from now on: what is started finds '-' in place of its first byte. In
/// place, too; `text` is where the environment has it.
inline void strike_out(const char*, char* text) noexcept { *text = '-'; }

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

#if defined(_WIN32)

// ---- apart/detail/windows/process_id.hpp

APART_BEGIN_NAMESPACE
namespace detail {

using process_number = long;

inline long process_id() noexcept { return static_cast<long>(::GetCurrentProcessId()); }

/// The number by which a launcher makes sure that it is this process that it tells something: its own, since what it tells is
/// written before the process has one. What the process starts has another parent. 0: not known.
inline long launched_process_id() noexcept {
  struct {  // PROCESS_BASIC_INFORMATION
    std::uintptr_t others[4];
    std::uintptr_t id;
    std::uintptr_t parent;
  } found{};
  static auto* const ask = function_of<long __stdcall(void*, int, void*, unsigned long, unsigned long*)>(
      L"ntdll.dll", "NtQueryInformationProcess");
  const bool told = ask != nullptr && ask(::GetCurrentProcess(), 0, &found, sizeof found, nullptr) >= 0;
  return told ? static_cast<long>(found.parent) : 0;
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/process_id.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// As the system's own calls number processes.
using process_number = pid_t;

inline long process_id() noexcept { return static_cast<long>(::getpid()); }

/// The number by which a launcher makes sure that it is this process that it tells something.
inline long launched_process_id() noexcept { return process_id(); }

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/detail/launched.hpp

APART_BEGIN_SHARED_NAMESPACE

/// What APART_LAUNCHED said, for all parts of the program; null until one of them asks. Never freed.
inline std::atomic<const char*> launched_text{nullptr};

APART_END_SHARED_NAMESPACE

APART_BEGIN_NAMESPACE
namespace detail {

/// What the launcher, or ctest's fixture, told the very process that it started, in one environment variable:
///
///     APART_LAUNCHED=<pid>:<role>:<work>:<news>:<members>:<number>:<run bits>
///
/// pid: see `launched_process_id`. role: 'w' a worker, 'k' the keeper, 'c' the keeper of a run of ctest (see
/// launch/ctest_keeper.hpp). work, news, members: descriptors. number: of this process among all that the launcher ever
/// started in the run. run bits: 64 random bits of the run, in hexadecimal.
struct launched {
  char role = '-';   ///< '-': not started by a launcher
  int work = -1;     ///< socket: the tests to run, and what became of them; 'c': who started it
  int news = -1;     ///< socket: set-ups asked for, their payloads, the run's cancellation; 'c': listens for tests
  int members = -1;  ///< pipe: a worker holds its writing end, the keeper reads the end of them all; 'c': ctest's end
  std::uint32_t number = 0;
  std::uint64_t run_bits = 0;

  bool is_worker() const noexcept { return role == 'w'; }
  bool is_keeper() const noexcept { return role == 'k'; }
  bool is_keeper_of_ctest() const noexcept { return role == 'c'; }
};

inline constexpr const char* launched_variable = "APART_LAUNCHED";

inline launched parse_launched(const char* text) noexcept {
  long pid = 0;
  launched read;
  const bool whole = std::sscanf(text, "%ld:%c:%d:%d:%d:%" SCNu32 ":%" SCNx64, &pid, &read.role, &read.work, &read.news,
                                 &read.members, &read.number, &read.run_bits) == 7;
  return whole && pid == launched_process_id() ? read : launched();
}

/// Reads the variable once in the program, and strikes it out in place, so that what this process starts, and what
/// replaces it by exec, is not taken for it. The process id is compared as well: a helper that was started before the
/// first call inherits the variable whole.
inline launched take_launched() noexcept {
  char* const text = std::getenv(launched_variable);
  if (text != nullptr && parse_launched(text).role != '-') {
    const std::size_t size = std::strlen(text) + 1;
    auto* const copy = new char[size];
    std::memcpy(copy, text, size);
    const char* none = nullptr;
    if (shared::launched_text.compare_exchange_strong(none, copy)) {
      strike_out(launched_variable, text);
    } else {
      delete[] copy;
    }
  }
  const char* const known = shared::launched_text.load();
  return known != nullptr ? parse_launched(known) : launched();
}

/// This process as the launcher sees it. Any thread. A forked child sees its parent's: check `process_owner` where it
/// matters.
inline const launched& launched_as() noexcept {
  static const launched told = take_launched();
  return told;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/stable_hash.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The same for every build and machine: FNV-1a, and a round of mixing (the finalizer of SplitMix64), so that the low
/// bits are as good as the high ones. Against accidents, not against people.
inline std::uint64_t stable_hash(std::string_view bytes) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3u;
  }
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
  return hash ^ (hash >> 31);
}

}  // namespace detail
APART_END_NAMESPACE

#if defined(_WIN32)

// ---- apart/detail/windows/user_root.hpp

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

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/user_root.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// One of the directories in which something of this user's stands: `apart-<uid>`, and who chose the place.
struct user_root {
  std::string path;    ///< absolute and canonical; says nothing of whether it is there
  std::string source;  ///< "TMPDIR='/scratch'", to begin an error with

  /// The directory that holds it.
  std::string place() const { return path.substr(0, path.rfind('/')); }
};

inline constexpr const char* system_place = "/tmp";
inline constexpr const char* system_place_source = "the system's temporary directory '/tmp'";

/// 0 or an error number.
inline int put_root_into(const std::string& place, user_root& found) {
  const std::unique_ptr<char, void (*)(void*)> canonical(sys::realpath(place.c_str()), std::free);
  if (canonical == nullptr) return errno;
  found.path = canonical.get();
  if (found.path.back() != '/') found.path += '/';
  found.path += "apart-" + std::to_string(::geteuid());
  return 0;
}

/// The first of these variables that is set and not empty, else the system's /tmp. A place that is not there is a fault
/// of its variable: the next one is not tried. `found.source` is set in either case.
inline fault find_root_by(std::initializer_list<const char*> variables, user_root& found) {
  std::string place = system_place;
  found.source = system_place_source;
  for (const char* const variable : variables) {
    const char* const value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    place = value;
    found.source = std::string(variable) + "='" + value + "'";
    break;
  }
  return system_fault(put_root_into(place, found),
                      found.source + " (name a directory that you may write to, or unset it)");
}

/// Where files of tests stand: `APART_TMPDIR`, `TEST_TMPDIR`, `TMPDIR`, the system's.
inline fault find_files_root(user_root& found) {
  return find_root_by({"APART_TMPDIR", "TEST_TMPDIR", "TMPDIR"}, found);
}

inline constexpr const char* coordinator_variable = "APART_COORDINATOR";

/// Whether XDG_RUNTIME_DIR names a directory of this user in which nobody else may write. It often is another user's,
/// after su(1), or not there, in a container: then it is not meant for this process.
inline bool runtime_directory_is_ours(const char* value) noexcept {
  sys::file_status status{};
  return value != nullptr && *value == '/' && sys::stat(value, &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid() && (status.st_mode & 0022) == 0;
}

/// Where processes of a run meet: the place that `APART_COORDINATOR=file:/...` names, `APART_TMPDIR`, `XDG_RUNTIME_DIR`
/// when it is ours, the system's. Never `TMPDIR`, which runners set to another directory for each test.
inline fault find_coordination_root(user_root& found) {
  const char* const coordinator = std::getenv(coordinator_variable);
  if (coordinator != nullptr && *coordinator != '\0') {
    const std::string_view value(coordinator);
    const std::size_t password = value.find("://");  // behind it there may be one
    const std::string shown(password == std::string_view::npos ? value : value.substr(0, password + 3));
    found.source = std::string(coordinator_variable) + "='" + shown + (shown == value ? "'" : "...'");
    if (value.substr(0, 6) != "file:/") {
      return {std::make_error_code(std::errc::invalid_argument),
              found.source +
                  " is not known here: give file: and the absolute path of a directory, or unset it; a database "
                  "is for the launcher (--procs) of a program that includes <apart/interop/postgres.hpp>"};
    }
    return system_fault(put_root_into(std::string(value.substr(5)), found),
                        found.source + " (name a directory that you may write to, or unset it)");
  }
  const char* const chosen = std::getenv("APART_TMPDIR");
  const bool by_user = chosen != nullptr && *chosen != '\0';
  return !by_user && runtime_directory_is_ours(std::getenv("XDG_RUNTIME_DIR"))
             ? find_root_by({"XDG_RUNTIME_DIR"}, found)
             : find_root_by({"APART_TMPDIR"}, found);
}

/// What is wrong with the directory that has the root's name, in a place where others may write, too: nothing if it is a
/// directory, no link, of this user. Group and others lose what they may do in it.
inline fault refusal_of_root(const user_root& root) {
  const auto refused = [&](int code, const std::string& why) {
    return fault{{code, std::generic_category()}, root.source + ": '" + root.path + "' " + why};
  };
  sys::file_status status{};
  if (sys::lstat(root.path.c_str(), &status) != 0) return refused(errno, std::generic_category().message(errno));
  if (S_ISLNK(status.st_mode)) return refused(ELOOP, "is a symbolic link: remove it, or set APART_TMPDIR");
  if (!S_ISDIR(status.st_mode)) return refused(ENOTDIR, "is not a directory: remove it, or set APART_TMPDIR");
  if (status.st_uid != ::geteuid()) {
    return refused(
        EPERM, "belongs to another user (uid " + std::to_string(status.st_uid) + "): remove it, or set APART_TMPDIR");
  }
  if ((status.st_mode & 0022) != 0) {
    return refused(EPERM, "is open to others, who may have put something into it: remove it");
  }
  if ((status.st_mode & 0777) == 0700) return {};
  const descriptor directory(sys::open(root.path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory || sys::fchmod(directory.get(), 0700) != 0) {
    return refused(errno, "must have the mode 0700, and that cannot be set: " + std::generic_category().message(errno));
  }
  return {};
}

/// Makes the root, or checks the one that is there. Processes meet in it by locks: a place that may not have them is
/// refused.
inline fault make_root(const user_root& root) {
  const int code = make_private_directory(root.path);
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

#endif  // !defined(_WIN32)

#if defined(_WIN32)

// ---- apart/detail/windows/file_lock.hpp

APART_BEGIN_NAMESPACE
namespace detail {

enum class lock_mode : unsigned char { shared, exclusive };

/// Which bytes of a file a lock is on, in a count of their own that no content of the file meets: one file may carry many
/// locks. 0 bytes: all from the first on.
struct lock_bytes {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Locks of LockFileEx lie beyond whatever a file holds, since they are mandatory: who reads or writes what is locked fails.
class locked_range {
 public:
  static constexpr std::uint64_t begin = std::uint64_t{1} << 61;
  static constexpr std::uint64_t most = std::uint64_t{1} << 60;

  constexpr locked_range(std::uint64_t first, std::uint64_t count) noexcept : first_(first), count_(count) {}

  /// False: GetLastError tells why not.
  bool lock(const descriptor& file, lock_mode mode, bool waits) const noexcept {
    constexpr unsigned long fail_immediately = 1, exclusive = 2;  // LOCKFILE_...
    file_offset at(first_);
    const unsigned long flags = (waits ? 0 : fail_immediately) | (mode == lock_mode::exclusive ? exclusive : 0);
    return ::LockFileEx(file.get(), flags, 0, static_cast<unsigned long>(count_ & 0xffffffff),
                        static_cast<unsigned long>(count_ >> 32), at.for_system()) != 0;
  }
  void unlock(const descriptor& file) const noexcept {
    file_offset at(first_);
    ::UnlockFileEx(file.get(), 0, static_cast<unsigned long>(count_ & 0xffffffff),
                   static_cast<unsigned long>(count_ >> 32), at.for_system());
  }

 private:
  std::uint64_t first_;
  std::uint64_t count_;
};

/// A lock between processes on a file that is there for nothing else, or on some of its bytes: LockFileEx, which has byte
/// ranges, and is not dropped when another part of the program closes the file.
///
/// Windows neither tells whether somebody holds such a lock nor turns one into the other mode. Both are done by several
/// calls here; each of these, and each `try_lock`, has one more byte of the file for itself meanwhile, for microseconds, so
/// that nobody takes such a trial for a lock.
///
/// Owner: this object; two objects exclude one another in one process, too. Threads: one at a time. Windows frees the lock
/// when the process ends, however it ends, once it has closed what that had open. Who removes or moves a lock file does so
/// under the exclusive lock, so that who waited for it has to ask `has_its_name` afterwards.
class file_lock {
 public:
  file_lock() = default;
  file_lock(file_lock&& other) noexcept
      : path_(std::move(other.path_)),
        bytes_(other.bytes_),
        file_(std::move(other.file_)),
        held_(std::exchange(other.held_, false)),
        mode_(other.mode_) {}
  file_lock& operator=(file_lock&& other) noexcept {
    file_lock taken(std::move(other));
    std::swap(path_, taken.path_);
    std::swap(bytes_, taken.bytes_);
    std::swap(file_, taken.file_);
    std::swap(held_, taken.held_);
    std::swap(mode_, taken.mode_);
    return *this;
  }
  ~file_lock() { close(); }

  /// Opens the file, which is made if it is not there. Locks nothing. 0 or an error number.
  int open(const std::string& path, lock_bytes bytes = {}) {
    close();
    path_ = path;
    bytes_ = bytes;
    return open_common_file(path, file_);
  }

  /// Frees the lock and closes the file.
  void close() noexcept {
    unlock();
    file_.close();
  }

  bool is_open() const noexcept { return static_cast<bool>(file_); }

  /// False: somebody holds it in a way that excludes this one, or `code` is the error number of a system that refuses
  /// it. Turns what this object holds into the other mode; where that is refused it keeps what it has.
  [[nodiscard]] bool try_lock(lock_mode mode, int& code) noexcept {
    code = is_open() ? 0 : EBADF;
    if (code != 0 || (held_ && mode_ == mode)) return code == 0;
    const trial alone(file_);
    if (held_) range_of(bytes_).unlock(file_);
    const bool locked = range_of(bytes_).lock(file_, mode, false);
    const unsigned long failure = locked ? 0 : ::GetLastError();
    code = failure == lock_violation ? 0 : error_number(failure);
    if (locked) {
      mode_ = mode;
      held_ = true;
    } else if (held_) {
      held_ = range_of(bytes_).lock(file_, mode_, true);
    }
    return locked;
  }
  [[nodiscard]] bool try_lock(lock_mode mode) {
    int code = 0;
    const bool locked = try_lock(mode, code);
    if (code != 0) raise_system(code, "cannot lock '" + path_ + "'");
    return locked;
  }

  /// Waits for it, and for ever if need be: only for a lock that its holders keep for moments. 0 or an error number.
  [[nodiscard]] int lock(lock_mode mode) noexcept {
    if (!is_open()) return EBADF;
    if (held_ && mode_ == mode) return 0;
    unlock();
    held_ = range_of(bytes_).lock(file_, mode, true);
    mode_ = mode;
    return held_ ? 0 : last_error_number();
  }

  /// Whether anybody but this object holds it in a way that excludes `mode`; or other bytes of the file.
  [[nodiscard]] bool is_held_against(lock_mode mode) const noexcept { return is_held_against(mode, bytes_); }
  [[nodiscard]] bool is_held_against(lock_mode mode, lock_bytes bytes) const noexcept {
    if (!is_open()) return false;
    const trial alone(file_);
    const bool ours = held_ && bytes.first == bytes_.first && bytes.count == bytes_.count;
    if (ours) range_of(bytes).unlock(file_);
    const bool locked = range_of(bytes).lock(file_, mode, false);
    if (locked) range_of(bytes).unlock(file_);
    if (ours) range_of(bytes).lock(file_, mode_, true);
    return !locked;
  }

  void unlock() noexcept {
    if (std::exchange(held_, false)) range_of(bytes_).unlock(file_);
  }

  /// Whether the file that is open still has the name by which it was opened.
  [[nodiscard]] bool has_its_name() const noexcept {
    descriptor other;
    file_information here, there;
    return is_open() && open_file(path_, can_ask, existing_file_only, directory_or_link, other) == 0 &&
           ask_file(file_.get(), here) && ask_file(other.get(), there) && here.volume == there.volume &&
           here.index_high == there.index_high && here.index_low == there.index_low;
  }

 private:
  /// The byte that who tries has for himself.
  class trial {
   public:
    explicit trial(const descriptor& file) noexcept : file_(file) { byte.lock(file_, lock_mode::exclusive, true); }
    ~trial() { byte.unlock(file_); }
    trial(const trial&) = delete;
    trial& operator=(const trial&) = delete;

   private:
    static constexpr locked_range byte{locked_range::begin - 1, 1};
    const descriptor& file_;
  };

  static locked_range range_of(lock_bytes bytes) noexcept {
    const auto first = static_cast<std::uint64_t>(bytes.first);
    return {locked_range::begin + first,
            bytes.count != 0 ? static_cast<std::uint64_t>(bytes.count) : locked_range::most - first};
  }

  std::string path_;
  lock_bytes bytes_;
  descriptor file_;
  bool held_ = false;
  lock_mode mode_ = lock_mode::shared;
};

/// A lock on a file as a whole for one that is taken over and over: it never turns what it holds into the other mode, and
/// is never asked for. It and a `file_lock` on the same file do not know of one another.
class whole_file_lock {
 public:
  /// Opens the file, which is made if it is not there. Locks nothing. 0 or an error number.
  int open(const std::string& path) { return open_common_file(path, file_); }

  /// Frees the lock and closes the file.
  void close() noexcept {
    if (is_open()) unlock();
    file_.close();
  }

  bool is_open() const noexcept { return static_cast<bool>(file_); }

  /// As those of `file_lock`.
  [[nodiscard]] bool try_lock(lock_mode mode, int& code) noexcept {
    const bool locked = range.lock(file_, mode, false);
    const unsigned long failure = locked ? 0 : ::GetLastError();
    code = failure == lock_violation ? 0 : error_number(failure);
    return locked;
  }
  [[nodiscard]] int lock(lock_mode mode) noexcept { return range.lock(file_, mode, true) ? 0 : last_error_number(); }
  void unlock() noexcept { range.unlock(file_); }

 private:
  static constexpr locked_range range{locked_range::begin - 2, 1};

  descriptor file_;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/unforked_descriptor.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The descriptors that mean something for as long as a copy of them is open: locks and leases, which the kernel frees
/// with the last one, so that a forked child must not keep any. It closes them all before fork returns in it. Opened
/// under the mutex that a fork takes, so that none is missed.
class unforked_descriptors {
 public:
  static unforked_descriptors& of_this_process() {
    static unforked_descriptors* all = [] {
      auto* made = new unforked_descriptors;
      at_fork([] { of_this_process().mutex_.lock(); }, [] { of_this_process().mutex_.unlock(); },
              [] {
                of_this_process().close_all();
                of_this_process().mutex_.unlock();
              });
      return made;
    }();
    return *all;
  }

  /// What `open()` returns: a descriptor, or -1 and errno on failure.
  template <class Open>
  int open(Open open) {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_.push_back(-1);
    const int opened = open();
    if (opened >= 0) {
      open_.back() = opened;
    } else {
      open_.pop_back();
    }
    return opened;
  }

  void close(int descriptor) {
    const std::lock_guard<std::mutex> lock(mutex_);
    forget_locked(descriptor);
    sys::close(descriptor);
  }

  /// It stays open, and children that are forked from now on have it, too.
  void forget(int descriptor) {
    const std::lock_guard<std::mutex> lock(mutex_);
    forget_locked(descriptor);
  }

 private:
  unforked_descriptors() = default;

  void forget_locked(int descriptor) { open_.erase(std::remove(open_.begin(), open_.end(), descriptor), open_.end()); }

  void close_all() noexcept {
    for (const int descriptor : open_) sys::close(descriptor);
    open_.clear();
  }

  std::mutex mutex_;
  std::vector<int> open_;
};

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool unforked_descriptors_exist = (unforked_descriptors::of_this_process(), true);

/// Owns one of them. Movable; an empty or moved-from one, and a forked child's copy, does nothing. One thread at a time.
/// A child by raw clone or _Fork runs no handlers and has it open for as long as it lives.
class unforked_descriptor {
 public:
  unforked_descriptor() = default;
  unforked_descriptor(unforked_descriptor&& other) noexcept
      : number_(std::exchange(other.number_, -1)), owner_(other.owner_) {}
  unforked_descriptor& operator=(unforked_descriptor&& other) noexcept {
    unforked_descriptor taken(std::move(other));
    std::swap(number_, taken.number_);
    std::swap(owner_, taken.owner_);
    return *this;
  }
  ~unforked_descriptor() { close(); }

  /// Owns what `open()` returns. 0 or an error number.
  template <class Open>
  int open(Open open) {
    close();
    number_ = unforked_descriptors::of_this_process().open(open);
    owner_ = process_owner();
    return number_ >= 0 ? 0 : errno;
  }

  /// -1 in a forked child, too, where the number may be another file's by now.
  int get() const noexcept { return owner_.is_this_process() ? number_ : -1; }
  explicit operator bool() const noexcept { return get() >= 0; }

  /// Gives the number away without closing it: an ordinary descriptor, which forked children inherit.
  [[nodiscard]] int release() {
    const int given = get();
    if (given >= 0) unforked_descriptors::of_this_process().forget(given);
    number_ = -1;
    return given;
  }

  void close() {
    if (get() >= 0) unforked_descriptors::of_this_process().close(number_);
    number_ = -1;
  }

 private:
  int number_ = -1;
  process_owner owner_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/posix/file_lock.hpp

APART_BEGIN_NAMESPACE
namespace detail {

enum class lock_mode : short { shared = F_RDLCK, exclusive = F_WRLCK };

/// Which bytes of a file a lock is on, whether the file has them or not: one file may carry many locks. 0 bytes: all
/// from the first on.
struct lock_bytes {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// A lock between processes on a file that is there for nothing else, or on some bytes of it: an open file description
/// lock (fcntl(2), F_OFD_SETLK). Of the kernel's locks it alone has byte ranges, is not dropped when another part of the
/// program closes the file, and keeps what it has when an upgrade is refused.
///
/// Owner: this object; two objects exclude one another in one process, too. The kernel frees the lock when the process
/// ends, however it ends. Threads: one at a time. Fork: a child holds nothing, and its copy of the object does nothing;
/// a child by raw clone or _Fork runs no handlers and keeps the parent's lock held for as long as it lives. Exec: held
/// by nobody else. Who unlinks or moves a lock file does so under the exclusive lock, so that who waited for it has to
/// ask `has_its_name` afterwards.
class file_lock {
 public:
  file_lock() = default;
  file_lock(file_lock&& other) noexcept = default;
  file_lock& operator=(file_lock&& other) noexcept {
    file_lock taken(std::move(other));
    std::swap(path_, taken.path_);
    std::swap(bytes_, taken.bytes_);
    std::swap(file_, taken.file_);
    return *this;
  }
  ~file_lock() { close(); }

  /// Opens the file, which is made if it is not there. Locks nothing. 0 or an error number.
  int open(const std::string& path, lock_bytes bytes = {}) {
    close();
    path_ = path;
    bytes_ = bytes;
    return file_.open([&] { return open_common_file(path); });
  }

  /// Frees the lock and closes the file.
  void close() {
    if (is_open()) unlock();
    file_.close();
  }

  bool is_open() const noexcept { return static_cast<bool>(file_); }

  /// False: somebody holds it in a way that excludes this one, or `code` is the error number of a system that refuses
  /// it. Turns what this object holds into the other mode; where that is refused it keeps what it has.
  [[nodiscard]] bool try_lock(lock_mode mode, int& code) noexcept {
    const bool locked = set(F_OFD_SETLK, static_cast<short>(mode)) == 0;
    code = locked || errno == EAGAIN || errno == EACCES ? 0 : errno;
    return locked;
  }
  [[nodiscard]] bool try_lock(lock_mode mode) {
    int code = 0;
    const bool locked = try_lock(mode, code);
    if (code != 0) raise_system(code, "cannot lock '" + path_ + "'");
    return locked;
  }

  /// Waits for it, and for ever if need be: only for a lock that its holders keep for moments. 0 or an error number.
  [[nodiscard]] int lock(lock_mode mode) noexcept {
    return set(F_OFD_SETLKW, static_cast<short>(mode)) == 0 ? 0 : errno;
  }

  /// Whether anybody but this object holds it in a way that excludes `mode` (F_OFD_GETLK); or other bytes of the file.
  [[nodiscard]] bool is_held_against(lock_mode mode) const noexcept { return is_held_against(mode, bytes_); }
  [[nodiscard]] bool is_held_against(lock_mode mode, lock_bytes bytes) const noexcept {
    sys::file_range range = range_of(static_cast<short>(mode), bytes);
    return is_open() && sys::fcntl(file_.get(), F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
  }

  void unlock() noexcept { set(F_OFD_SETLK, F_UNLCK); }

  /// Whether the file that is open still has the name by which it was opened.
  [[nodiscard]] bool has_its_name() const noexcept {
    sys::file_status here{};
    sys::file_status there{};
    return is_open() && sys::fstat(file_.get(), &here) == 0 && sys::lstat(path_.c_str(), &there) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
  }

 private:
  int set(int command, short type) const noexcept {
    if (!is_open()) {
      errno = EBADF;
      return -1;
    }
    sys::file_range range = range_of(type, bytes_);
    return sys::fcntl(file_.get(), command, &range);
  }

  static sys::file_range range_of(short type, lock_bytes bytes) noexcept {
    sys::file_range range{};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    range.l_start = static_cast<off_t>(bytes.first);
    range.l_len = static_cast<off_t>(bytes.count);
    return range;
  }

  std::string path_;
  lock_bytes bytes_;
  unforked_descriptor file_;
};

/// The same by flock(2): without byte ranges, for one that is taken over and over, since it costs the kernel two thirds.
/// It never turns what it holds into the other mode: a refused turn would lose it. On a local file system it and a
/// `file_lock` on the same file do not know of one another.
class whole_file_lock {
 public:
  /// Opens the file, which is made if it is not there. Locks nothing. 0 or an error number.
  int open(const std::string& path) {
    return file_.open([&] { return open_common_file(path); });
  }

  /// Frees the lock and closes the file.
  void close() {
    if (is_open()) unlock();
    file_.close();
  }

  bool is_open() const noexcept { return static_cast<bool>(file_); }

  /// As those of `file_lock`.
  [[nodiscard]] bool try_lock(lock_mode mode, int& code) noexcept {
    const bool locked = sys::flock(file_.get(), operation(mode) | LOCK_NB) == 0;
    code = locked || errno == EWOULDBLOCK ? 0 : errno;
    return locked;
  }
  [[nodiscard]] int lock(lock_mode mode) noexcept { return sys::flock(file_.get(), operation(mode)) == 0 ? 0 : errno; }
  void unlock() noexcept { sys::flock(file_.get(), LOCK_UN); }

 private:
  static int operation(lock_mode mode) noexcept { return mode == lock_mode::exclusive ? LOCK_EX : LOCK_SH; }

  unforked_descriptor file_;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/run/detail/claim_handlers.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What cleans up claims of one kind, and where it is registered.
struct claim_handler_entry {
  const char* kind;
  void (*clean_up)(std::string_view name);
  const char* file;
  int line;

  std::string where() const { return std::string(file) + ":" + std::to_string(line); }
};

/// All that are registered at the moment. Never destroyed: objects in other files of the program register before and
/// unregister after this one's would be.
class claim_handler_registry {
 public:
  using clean_up_function = void (*)(std::string_view name);

  static claim_handler_registry& instance() {
    static auto* const all = new claim_handler_registry;
    return *all;
  }

  void add(const claim_handler_entry* entry) {
    const program_lock lock(program_mutex());
    entries_.push_back(entry);
  }

  void remove(const claim_handler_entry* entry) noexcept {
    const program_lock lock(program_mutex());
    for (std::size_t i = entries_.size(); i-- > 0;) {
      if (entries_[i] == entry) entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  /// Null where nothing of that kind is registered; an `apart::error` where two are.
  clean_up_function find(std::string_view kind) {
    program_lock lock(program_mutex());
    const claim_handler_entry* found = nullptr;
    for (const claim_handler_entry* entry : entries_) {
      if (kind != entry->kind) continue;
      if (found != nullptr) {
        const std::string places = found->where() + " and at " + entry->where();
        lock.unlock();
        raise(error("claim_handler '" + std::string(kind) + "' is registered twice: at " + places +
                    "; give each kind one handler"));
      }
      found = entry;
    }
    return found != nullptr ? found->clean_up : nullptr;
  }

 private:
  std::vector<const claim_handler_entry*> entries_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/detail/claim_journal.hpp

APART_BEGIN_NAMESPACE
namespace detail {

// The journals of a run stand in "<coordination directory>/claims", one per process that claims, 0600. Its process holds
// a lock on it, exclusive, for as long as it lives: who gets that lock may clean up what is open in it. A journal is only
// ever appended to, one record by one write, and unlinked under its lock when nothing in it is open. A record is a line:
//
//     1+ 17 schema orders 8c0k3fdm29xa       the 17th claim of this process; "-" says that it is released
//
// The 1 is the format's version: lines of another one cannot be read. Bytes of kind and name other than plain ones are
// spelled "%0a"; the last word is a checksum of the rest. Each record begins with a line feed, too, so that one that was
// torn spoils no other. What a crash of the machine leaves of it is the file system's to say: nothing is synchronised to
// the disk.

inline constexpr const char* claims_name = "/claims";
inline constexpr const char* set_up_claims_name = "/set-up-claims";  ///< the same, of what set-ups have claimed
inline constexpr char journal_version = '1';
inline constexpr int most_clean_ups = 3;

inline std::string record_word(std::string_view bytes) {
  static constexpr char hexadecimal[] = "0123456789abcdef";
  std::string word;
  for (const char c : bytes) {
    if (c > ' ' && c <= '~' && c != '%') {
      word += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      word.append(1, '%').append(1, hexadecimal[byte >> 4]).append(1, hexadecimal[byte & 15]);
    }
  }
  return word;
}

/// The bytes that `record_word` spelled so.
inline std::string record_bytes(std::string_view word) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '%' && word.size() - i > 2) {
      bytes += static_cast<char>(digit(word[i + 1]) * 16 + digit(word[i + 2]));
      i += 2;
    } else {
      bytes += word[i];
    }
  }
  return bytes;
}

/// `claim`: "17 schema orders". `verb`: '+' or '-'.
inline std::string claim_record(char verb, std::string_view claim) {
  const std::string text = std::string{journal_version, verb, ' '}.append(claim);
  return '\n' + text + ' ' + base32(stable_hash(text), 12) + '\n';
}

/// The claim of which a line tells; empty where the line is none that `claim_record` wrote.
inline std::string_view claim_in_line(std::string_view line) {
  const std::size_t last = line.rfind(' ');
  if (last == std::string_view::npos || last < 4 || line[0] != journal_version || line[2] != ' ') return {};
  if (line[1] != '+' && line[1] != '-') return {};
  const std::string_view text = line.substr(0, last);
  if (line.substr(last + 1) != base32(stable_hash(text), 12) || std::count(text.begin(), text.end(), ' ') != 3)
    return {};
  return text.substr(3);
}

/// What a journal says.
struct journal_content {
  std::vector<std::string_view> open;  ///< claims without a release, the oldest first
  std::size_t unreadable = 0;          ///< lines that are no records
  bool torn = false;                   ///< its process was killed in the middle of the last record
};

inline journal_content read_journal(std::string_view text) {
  journal_content content;
  std::map<std::string_view, std::size_t> places;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix((std::min)(text.size(), line.size() + 1));
    if (line.empty()) continue;
    const std::string_view claim = claim_in_line(line);
    if (claim.empty() && text.data() == line.data() + line.size()) {
      content.torn = true;
    } else if (claim.empty()) {
      ++content.unreadable;
    } else if (line[1] == '+') {
      if (places.try_emplace(claim, content.open.size()).second) content.open.push_back(claim);
    } else if (const auto place = places.find(claim); place != places.end()) {
      content.open[place->second] = {};
    }
  }
  content.open.erase(std::remove(content.open.begin(), content.open.end(), std::string_view()), content.open.end());
  return content;
}

/// Has its handler clean up one claim, a bounded number of times. Says why not where that fails.
inline bool clean_claim(std::string_view claim, const std::string& journal) {
  const std::string_view resource = claim.substr(claim.find(' ') + 1);
  const std::string_view kind = resource.substr(0, resource.find(' '));
  const std::string_view name = resource.substr(kind.size() + 1);
  const std::string label = "claim of " + std::string(kind) + " '" + std::string(name) + "': ";
  const std::string advice = "; it stays in '" + journal + "' for a later process to clean up";
  std::string failure;
  claim_handler_registry::clean_up_function clean_up = nullptr;
  if (attempt([&] { clean_up = claim_handler_registry::instance().find(record_bytes(kind)); },
              [&](const char* text) { failure = text; })) {
    failure = "this program has no claim_handler of its kind";
  }
  for (int time = 0; clean_up != nullptr && time < most_clean_ups; ++time) {
    if (attempt([&] { clean_up(record_bytes(name)); }, [&](const char* text) { failure = text; })) return true;
  }
  report(label + (clean_up == nullptr ? "" : "its clean-up failed " + std::to_string(most_clean_ups) + " times: ") +
         failure + advice);
  return false;
}

/// Cleans up what is open in a journal, for who holds its lock, the newest first. Each is recorded as released at once:
/// if this process is killed, the next one repeats only what it was in. Returns whether nothing is open any more.
inline bool clean_open_claims(const std::string& journal) {
  std::string text;
  descriptor file;
  int code = read_file(journal, text);
  if (code == 0) code = open_private_file(journal, file);
  if (code != 0) {
    report(system_fault(code, "cannot read the claims in '" + journal + "'"));
    return false;
  }
  const journal_content content = read_journal(text);
  if (content.unreadable != 0) {
    report("claims in '" + journal + "': skipped " + std::to_string(content.unreadable) +
           " lines that cannot be read; what they claimed may be left");
  }
  if (content.torn) {
    report("claims in '" + journal +
           "': skipped the last record, which was torn: of what was not there yet, or no more");
  }
  bool all = true;
  for (std::size_t i = content.open.size(); i-- > 0;) {
    if (clean_claim(content.open[i], journal)) {
      report(system_fault(write_all(file, claim_record('-', content.open[i])), "cannot write to '" + journal + "'"));
    } else {
      all = false;
    }
  }
  return all;
}

/// Cleans up after the process of a journal if that is dead. Returns whether nothing of it is left.
inline bool clean_journal(const std::string& journal) {
  file_lock lock;
  int code = lock.open(journal);
  const bool locked = code == 0 && lock.try_lock(lock_mode::exclusive, code);
  report(system_fault(code == ENOENT ? 0 : code, "cannot lock the claims in '" + journal + "'"));
  if (!locked) return code == ENOENT;
  if (!lock.has_its_name()) return true;
  if (!clean_open_claims(journal)) return false;
  remove_file(journal);
  return true;
}

/// Cleans up after the dead processes of a run. Returns whether no process's claims are left. `name`: what their set-ups
/// have claimed stands apart, since it goes after the tear-downs: the rest may stand on it.
inline bool clean_claims(const std::string& run_directory, const char* name = claims_name) {
  bool all = true;
  for (const std::string& journal : paths_in(run_directory + name)) all = clean_journal(journal) && all;
  return all;
}

/// Whether a process that lives, or that is about to be gone, has claims there.
inline bool has_held_journals(const std::string& run_directory) {
  for (const std::string& journal : paths_in(run_directory + claims_name)) {
    file_lock lock;
    if (lock.open(journal) == 0 && lock.is_held_against(lock_mode::exclusive)) return true;
  }
  return false;
}

inline bool is_open_journal(const std::string& journal) {
  std::string text;
  return read_file(journal, text) != 0 || !read_journal(text).open.empty();
}

/// For who knows that no process of the run is left.
inline bool has_open_claims(const std::string& run_directory) {
  for (const char* const name : {claims_name, set_up_claims_name}) {
    for (const std::string& journal : paths_in(run_directory + name)) {
      if (is_open_journal(journal)) return true;
    }
  }
  return false;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/detail/own_journals.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The journal that one process writes. Never destroyed: claims may refer to it until the process is gone.
struct own_journal {
  std::string path;
  descriptor file;
  file_lock lock;
  process_owner owner;
  std::atomic<bool> ended{false};
  std::atomic<std::uint64_t> claims{0};
  const own_journal* former = nullptr;  ///< a forked child's parent's, and what was left before

  bool is_current() const noexcept { return owner.is_this_process() && !ended.load(std::memory_order_relaxed); }

  fault append(char verb, const std::string& claim) {
    return system_fault(write_all(file, claim_record(verb, claim)), "cannot write to '" + path + "'");
  }
};

/// This process's journals of one kind: one, which is made when it first claims, and another if it claims after that one
/// was left. The object stands at namespace scope, is initialised before anything runs, and needs no destructor. Threads: any.
class own_journals {
 public:
  constexpr explicit own_journals(const char* name) noexcept : name_(name) {}

  own_journal& journal(const std::string& run_directory) {
    own_journal* last = last_.load(std::memory_order_acquire);
    if (last != nullptr && last->is_current()) return *last;
    auto made = std::make_unique<own_journal>();
    raise_if(make(run_directory + name_, *made));
    do {
      if (last != nullptr && last->is_current()) {
        remove_file(made->path);
        return *last;
      }
      made->former = last;
    } while (!last_.compare_exchange_weak(last, made.get(), std::memory_order_acq_rel));
    return *made.release();
  }

  /// Cleans up what this process has claimed and not released.
  void clean() {
    const own_journal* const last = last_.load(std::memory_order_acquire);
    if (last != nullptr && last->is_current()) clean_open_claims(last->path);
  }

  /// Leaves to others what is open still.
  void leave() {
    own_journal* const last = last_.load(std::memory_order_acquire);
    if (last == nullptr || !last->is_current()) return;
    last->ended.store(true);
    std::string text;
    if (read_file(last->path, text) == 0 && read_journal(text).open.empty()) remove_file(last->path);
    last->lock.close();
  }

 private:
  /// A cleaner that is faster than the lock takes the new file for one that can go: then another name is drawn.
  static fault make(const std::string& directory, own_journal& made) {
    int code = make_private_directory(directory);
    if (code == EEXIST) code = 0;
    while (code == 0) {
      made.path = directory + '/' + random_file_part();
      code = made.lock.open(made.path);
      if (code == 0 && made.lock.try_lock(lock_mode::exclusive, code) && made.lock.has_its_name()) {
        code = open_private_file(made.path, made.file);
        if (code == 0) return {};
      }
    }
    return system_fault(code, "cannot make a journal of claims in '" + directory + "'");
  }

  const char* name_;
  std::atomic<own_journal*> last_{nullptr};
};

inline own_journals journals_of_this_process{claims_name};
inline own_journals set_up_journals_of_this_process{set_up_claims_name};

inline std::atomic<own_journal*> journal_of_shared_set_up{nullptr};
inline std::atomic<const own_journal*> journals_of_shared_set_ups{nullptr};  ///< all that this process has had
inline std::atomic<int> local_set_ups_that_run{0};

/// What the process claims meanwhile belongs to a set-up that its run shares, and goes into the new file `path`.
class shared_set_up_claims {
 public:
  explicit shared_set_up_claims(const std::string& path) {
    auto made = std::make_unique<own_journal>();
    made->path = path;
    raise_if(system_fault(make_private_file(path, made->file), "cannot make the journal of claims '" + path + "'"));
    made->former = journals_of_shared_set_ups.load();
    while (!journals_of_shared_set_ups.compare_exchange_weak(made->former, made.get())) {
    }
    before_ = journal_of_shared_set_up.exchange(made.release());
  }
  ~shared_set_up_claims() { journal_of_shared_set_up.store(before_); }
  shared_set_up_claims(const shared_set_up_claims&) = delete;
  shared_set_up_claims& operator=(const shared_set_up_claims&) = delete;

 private:
  own_journal* before_ = nullptr;
};

/// What the process claims meanwhile belongs to the set-ups that it runs for itself.
class local_set_up_claims {
 public:
  local_set_up_claims() noexcept { ++local_set_ups_that_run; }
  ~local_set_up_claims() { --local_set_ups_that_run; }
  local_set_up_claims(const local_set_up_claims&) = delete;
  local_set_up_claims& operator=(const local_set_up_claims&) = delete;
};

/// Where a claim that is made now is to be written.
inline own_journal& journal_for_claim(const std::string& run_directory) {
  own_journal* const shared = journal_of_shared_set_up.load();
  if (shared != nullptr && shared->is_current()) return *shared;
  return (local_set_ups_that_run.load() > 0 ? set_up_journals_of_this_process : journals_of_this_process)
      .journal(run_directory);
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/removal.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Collects what a removal could not remove.
class removal {
 public:
  void add(const std::string& path, int code) {
    if (++count_ > most_named) return;
    if (!left_) left_.code = std::error_code(code, std::generic_category());
    if (count_ > 1) left_.text += "; ";
    left_.text += path + ": could not be removed: " + std::generic_category().message(code);
  }

  std::size_t count() const noexcept { return count_; }

  /// "<path>: could not be removed: <reason>", the first few of them in one line, and the first one's code.
  fault result() && {
    if (count_ > most_named) left_.text += ", and " + std::to_string(count_ - most_named) + " more";
    return std::move(left_);
  }

 private:
  static constexpr std::size_t most_named = 4;
  std::size_t count_ = 0;
  fault left_;
};

/// Begins every name that nobody owns any more: whoever finds it may remove it.
inline constexpr const char* garbage_prefix = "g-";

}  // namespace detail
APART_END_NAMESPACE

#if defined(_WIN32)

// ---- apart/detail/windows/remove_tree.hpp

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

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/remove_tree.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Removes one tree from the inside out, each entry relative to the open directory that holds it.
class tree_remover {
 public:
  explicit tree_remover(const std::string& path) : path_(path) {}

  fault run() {
    const std::string path = path_;
    remove(AT_FDCWD, path.c_str(), 0);
    return std::move(left_).result();
  }

 private:
  /// How often a directory is emptied in which something new is found afterwards, and how much may be found there in
  /// all: several writers add more during each pass than it removes.
  static constexpr int most_passes = 64;
  static constexpr std::size_t most_late_entries = 10000;
  /// Open directories above one another. What lies deeper is moved up to the top first.
  static constexpr int most_levels = 64;

  struct name_and_kind {
    std::string name;
    bool directory;
  };

  /// Removes `name`, a directory or not, of the directory `parent`. What it is may change at any moment: what fails as
  /// a directory is tried as a file, and nothing is ever opened through a link. A plain rmdir comes first, since it
  /// also tells a mount point (EBUSY) from a directory.
  void remove(int parent, const char* name, int level) {
    std::size_t late = 0;
    for (int pass = 0; pass < most_passes && late < most_late_entries; ++pass) {
      int code = unlink_at(parent, name, AT_REMOVEDIR);
      if (code == ENOTDIR) {
        code = unlink_at(parent, name, 0);
        if (code == EISDIR) continue;
      }
      if (code == 0) return;
      if (code != ENOTEMPTY && code != EEXIST) return left_.add(path_, code);
      const std::size_t left_before = left_.count();
      const std::size_t lifted_before = lifted_;
      const std::size_t found = empty(parent, name, level);
      if (left_.count() != left_before) return;
      if (level == 0 && lifted_ != lifted_before) {
        pass = 0;
      } else if (pass != 0) {
        late += found;
      }
    }
    left_.add(path_, ENOTEMPTY);
  }

  /// One pass over what the directory holds, and how much that was. The names are read first: who adds files as fast as
  /// they are removed prolongs no pass.
  std::size_t empty(int parent, const char* name, int level) {
    if (level == most_levels) return lift(parent, name);
    directory_stream directory(open_directory(parent, name));
    if (level == 0) top_ = directory.descriptor_number();
    std::vector<name_and_kind> entries;
    while (const sys::directory_entry* entry = directory.next())
      entries.push_back({entry->d_name, entry->d_type == DT_DIR});
    if (is_failure(directory.error())) left_.add(path_, directory.error());

    const std::size_t length = path_.size();
    for (const name_and_kind& entry : entries) {
      path_.append("/").append(entry.name);
      remove_entry(directory.descriptor_number(), entry, level + 1);
      path_.resize(length);
    }
    return entries.size();
  }

  void remove_entry(int parent, const name_and_kind& entry, int level) {
    if (!entry.directory) {
      const int code = unlink_at(parent, entry.name.c_str(), 0);
      if (code == 0) return;
      if (code != EISDIR && code != EPERM) return left_.add(path_, code);
    }
    remove(parent, entry.name.c_str(), level);
  }

  /// Moves a directory that lies too deep into the top one, where another pass finds it.
  std::size_t lift(int parent, const char* name) {
    sys::fchmodat(parent, name, 0700, AT_SYMLINK_NOFOLLOW);
    if (sys::renameat(parent, name, top_, random_file_part().c_str()) == 0) {
      ++lifted_;
    } else if (is_failure(errno)) {
      left_.add(path_, errno);
    }
    return 1;
  }

  /// Takes back what the owner's mode bits forbid its owner.
  static descriptor open_directory(int parent, const char* name) noexcept {
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    descriptor directory(sys::openat(parent, name, flags));
    if (directory || errno != EACCES) return directory;
    sys::fchmodat(parent, name, 0700, AT_SYMLINK_NOFOLLOW);
    return descriptor(sys::openat(parent, name, flags));
  }

  /// 0 also where there is nothing (any more). The parent is made writable if that is what is missing, but never the
  /// one that holds the tree.
  static int unlink_at(int parent, const char* name, int flags) noexcept {
    if (sys::unlinkat(parent, name, flags) == 0 || errno == ENOENT) return 0;
    int code = errno;
    if (code == EACCES && parent != AT_FDCWD && sys::fchmod(parent, 0700) == 0) {
      code = sys::unlinkat(parent, name, flags) == 0 || errno == ENOENT ? 0 : errno;
    }
    return code;
  }

  /// Whether the failure to open or to move a directory says more than that it is no directory any more.
  static bool is_failure(int code) noexcept { return code != 0 && code != ENOENT && code != ENOTDIR && code != ELOOP; }

  std::string path_;  ///< of what is being removed
  removal left_;
  int top_ = -1;
  std::size_t lifted_ = 0;
};

/// Removes whatever has this name, in place: a directory with all that it holds, or a file, or a link. Nothing there
/// is a success.
///
/// Never follows a symbolic link, also not one that somebody swaps in meanwhile. Directories without permissions and
/// read-only files go too; what is mounted inside stays, and is reported. A directory that somebody goes on writing
/// into is emptied a bounded number of times, then reported. Any number of threads and processes may remove the same
/// tree at once.
inline fault remove_tree(const std::string& path) { return tree_remover(path).run(); }

/// Removes whatever has this name. A directory that is not empty is given the name of garbage beside it first, so that
/// who still writes to it by its name adds nothing, and what a crash leaves is known for what it is.
inline fault discard_tree(const std::string& path) {
  if (sys::rmdir(path.c_str()) == 0 || errno == ENOENT) return {};
  if (errno == ENOTEMPTY || errno == EEXIST) {
    const std::string garbage = path.substr(0, path.rfind('/') + 1) + garbage_prefix + random_file_part();
    if (sys::rename(path.c_str(), garbage.c_str()) == 0) return remove_tree(garbage);
  }
  return remove_tree(path);
}

/// Removes a file by its name. A name that is gone already is a success.
inline fault discard_file(const std::string& path) {
  removal left;
  if (sys::unlink(path.c_str()) != 0 && errno != ENOENT) left.add(path, errno);
  return std::move(left).result();
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

#if defined(_WIN32)

// ---- apart/detail/windows/process_status.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// A process that no other one is taken for: the system gives its number away again, but not with the same start.
struct process_identity {
  long id = 0;
  std::uint64_t started = 0;  ///< in units of 100 ns since 1601
};

/// Whether that process is there, and when it was started; 0 where the system does not say.
inline std::uint64_t start_of_process(long id) noexcept {
  constexpr unsigned long query = 0x1000;  // PROCESS_QUERY_LIMITED_INFORMATION
  const descriptor process(::OpenProcess(query, 0, static_cast<unsigned long>(id)));
  file_time began, ended, kernel, user;
  const bool known = process && ::GetProcessTimes(process.get(), for_system(began), for_system(ended),
                                                  for_system(kernel), for_system(user)) != 0;
  return known ? began.ticks() : 0;
}

struct listed_process {
  long id;
  long parent;
  std::string program;  ///< "ctest.exe"
};

/// All that run at this moment (tlhelp32.h).
inline std::vector<listed_process> list_processes() {
  constexpr unsigned long processes = 2;  // TH32CS_SNAPPROCESS
  struct {                                // PROCESSENTRY32W
    unsigned long size;
    unsigned long usage;
    unsigned long id;
    std::uintptr_t heap;
    unsigned long module;
    unsigned long threads;
    unsigned long parent;
    long priority;
    unsigned long flags;
    wchar_t program[260];
  } entry{};
  entry.size = sizeof entry;
  auto* const out = reinterpret_cast<tagPROCESSENTRY32W*>(&entry);
  std::vector<listed_process> all;
  void* const snapshot = ::CreateToolhelp32Snapshot(processes, 0);
  if (snapshot == reinterpret_cast<void*>(-1)) return all;
  const descriptor closed_at_the_end(snapshot);
  for (int more = ::Process32FirstW(snapshot, out); more != 0; more = ::Process32NextW(snapshot, out)) {
    all.push_back({static_cast<long>(entry.id), static_cast<long>(entry.parent), narrow(entry.program)});
  }
  return all;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/windows/ancestor.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The nearest process above this one whose program has that name, with ".exe". None: there is no such process, or one on
/// the way to it has ended: then nobody knows what was above that. Any thread.
inline std::optional<process_identity> nearest_ancestor(std::string_view name) {
  const std::vector<listed_process> all = list_processes();
  const std::string program = std::string(name) + ".exe";
  long id = process_id();
  std::uint64_t started = start_of_process(id);
  for (std::size_t steps = 0; steps < all.size(); ++steps) {
    const auto self = std::find_if(all.begin(), all.end(), [&](const listed_process& one) { return one.id == id; });
    if (self == all.end()) break;
    const auto above =
        std::find_if(all.begin(), all.end(), [&](const listed_process& one) { return one.id == self->parent; });
    if (above == all.end()) break;
    const std::uint64_t began = start_of_process(above->id);
    if (began == 0 || began > started) break;  // its number is another process's by now
    if (above->program == program) return process_identity{above->id, began};
    id = above->id;
    started = began;
  }
  return std::nullopt;
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/process_status.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// A process that no other one is taken for: the system gives its number away again, but not with the same start.
struct process_identity {
  long id = 0;
  std::uint64_t started = 0;  ///< clock ticks (sysconf(_SC_CLK_TCK)) from the machine's start to the process's
};

/// One process of proc(5).
struct process_status {
  process_identity process;
  std::string name;  ///< of its program, 15 bytes at most
  char state = '?';  ///< 'Z', 'X': it has ended, and is to be reaped only
  long parent = 0;
};

/// What /proc/<pid>/stat says: "<pid> (<name>) <state> <parent> ...", the start as field 22. The name may be of any
/// bytes. Nothing where the text is not of that form.
inline std::optional<process_status> parse_process_status(const std::string& text) {
  constexpr int state = 3, parent = 4, start = 22;
  const std::size_t name = text.find('('), name_end = text.rfind(')');
  if (name == std::string::npos || name_end == std::string::npos || name_end < name) return std::nullopt;
  process_status read;
  read.process.id = std::atol(text.c_str());
  read.name = text.substr(name + 1, name_end - name - 1);
  const char* rest = text.c_str() + name_end + 1;
  for (int field = state; field <= start; ++field) {
    if (*rest++ != ' ') return std::nullopt;
    if (field == state) read.state = *rest;
    if (field == parent) read.parent = std::atol(rest);
    if (field == start) read.process.started = std::strtoull(rest, nullptr, 10);
    while (*rest != ' ' && *rest != '\0') ++rest;
  }
  return read;
}

/// What the system says of a process at this moment; nothing, and an error number in `code`, where it does not.
inline std::optional<process_status> status_of_process(long id, int& code) {
  std::string text;
  code = read_file("/proc/" + std::to_string(id) + "/stat", text);
  return code == 0 ? parse_process_status(text) : std::nullopt;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/posix/ancestor.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// One walk upwards. `lost`: a process ended while it was the next step.
inline std::optional<process_identity> walk_to_ancestor(std::string_view name, bool& lost) {
  lost = false;
  for (long id = ::getppid(); id > 0;) {
    int code = 0;
    const std::optional<process_status> seen = status_of_process(id, code);
    lost = code == ENOENT || code == ESRCH;
    if (lost || code == EACCES || code == EPERM) return std::nullopt;
    if (code != 0) raise_system(code, "what the system says of process " + std::to_string(id));
    if (!seen) return std::nullopt;
    if (seen->name == name) return seen->process;
    id = seen->parent;
  }
  return std::nullopt;
}

/// The nearest process above this one whose program has that name. None: there is no such process, it is outside of
/// what this process may see (another process namespace, a /proc that hides), or there is no /proc. Any thread.
/// Errors: `apart::error` where the system has no means left to look (EMFILE, ENOMEM).
inline std::optional<process_identity> nearest_ancestor(std::string_view name) {
  constexpr int walks = 4;  // who loses its parent has another one at once
  std::optional<process_identity> found;
  bool lost = true;
  for (int walk = 0; lost && walk < walks; ++walk) found = walk_to_ancestor(name, lost);
  return found;
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/process/detail/runner.hpp

APART_BEGIN_NAMESPACE
namespace detail {

[[noreturn]] inline void raise_bad_variable(const char* name, const char* value, const std::string& what_is_wrong) {
  raise(error(std::string(name) + "='" + value + "' " + what_is_wrong));
}

[[noreturn]] inline void raise_empty_run(const char* name) {
  raise_bad_variable(name, "", "is empty: give each run a text of its own, or unset it");
}

/// `text`, the whole value of the variable or what stands behind its prefix, as a number: decimal digits, nothing else.
inline unsigned number_in_variable(const char* name, const char* value, std::string_view text) {
  unsigned number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure == std::errc::result_out_of_range) raise_bad_variable(name, value, "is too large a number of a worker");
  if (failure != std::errc() || end != text.data() + text.size()) {
    raise_bad_variable(name, value, "is not a number: give decimal digits only, or unset it");
  }
  return number;
}

inline unsigned number_in_variable(const char* name, const char* value) {
  return number_in_variable(name, value, value);
}

/// What the variable of the count is to that of the index.
enum class count_rule {
  exact,  ///< goes with it
  pair,   ///< goes with it, and the count alone is an error as well
  grows,  ///< may be absent, and a worker that replaces a dead one has a number beyond it: then it is index + 1
  hint,   ///< the same, and a text that is no number ("num-cpus") says nothing
};

/// What tells that a run is spread over several machines.
enum class spread {
  none,
  nodes,  ///< the variable, when it is above 1
  local,  ///< the variable counts this machine's processes: when it is below the count
  each,   ///< the numbers are of machines: when there is more than one, or nobody says
};

struct index_column {
  const char* variable;
  unsigned first = 0;
  const char* prefix = "";
  const char* only_with = nullptr;  ///< it says nothing where this variable is not set
};
struct count_column {
  const char* variable = nullptr;
  count_rule rule = count_rule::exact;
};
struct run_column {
  const char* variable = nullptr;
  const char* part = nullptr;       ///< where it is set, one run of several in what `variable` names
  const char* otherwise = nullptr;  ///< in place of `variable` where that is not set
  bool without_index = false;       ///< `variable` alone makes the process 0 of 1 of that run
};
struct spread_column {
  spread how = spread::none;
  const char* variable = nullptr;
};

/// What a runner tells the processes that it starts.
struct runner {
  const char* source;
  index_column index;
  count_column count;
  run_column run;
  spread_column machines;
};

/// What anyone may set. Its run is `APART_RUN_ID`, which goes before what a runner says as well.
inline constexpr runner own_variables = {"environment", {"APART_WORKER"}, {"APART_WORKERS", count_rule::pair}, {}, {}};

/// The innermost first: a GoogleTest shard of a Slurm task of a CI job is a shard. See `this_worker`.
inline constexpr runner runners[] = {
    {"googletest", {"GTEST_SHARD_INDEX"}, {"GTEST_TOTAL_SHARDS", count_rule::pair}, {}, {}},
    {"bazel", {"TEST_SHARD_INDEX"}, {"TEST_TOTAL_SHARDS", count_rule::pair}, {}, {}},
    {"nextest",
     {"NEXTEST_TEST_GLOBAL_SLOT"},
     {"NEXTEST_TEST_THREADS", count_rule::hint},
     {"NEXTEST_RUN_ID", nullptr, nullptr, true},
     {}},
    {"pytest-xdist",
     {"PYTEST_XDIST_WORKER", 0, "gw"},
     {"PYTEST_XDIST_WORKER_COUNT", count_rule::grows},
     {"PYTEST_XDIST_TESTRUNUID"},
     {}},
    {"openmpi",
     {"OMPI_COMM_WORLD_RANK"},
     {"OMPI_COMM_WORLD_SIZE"},
     {"PMIX_NAMESPACE", nullptr, "OMPI_MCA_ess_base_jobid"},
     {spread::local, "OMPI_COMM_WORLD_LOCAL_SIZE"}},
    {"pmi", {"PMI_RANK"}, {"PMI_SIZE"}, {"PMI_JOBID"}, {spread::local, "MPI_LOCALNRANKS"}},
    {"slurm",
     {"SLURM_PROCID", 0, "", "SLURM_STEP_ID"},
     {"SLURM_NTASKS"},
     {"SLURM_JOB_ID", "SLURM_STEP_ID"},
     {spread::nodes, "SLURM_NNODES"}},
    {"kubernetes", {"JOB_COMPLETION_INDEX"}, {}, {}, {spread::each}},
    {"gitlab", {"CI_NODE_INDEX", 1}, {"CI_NODE_TOTAL"}, {"CI_PIPELINE_ID", "CI_JOB_NAME"}, {spread::each}},
    {"buildkite",
     {"BUILDKITE_PARALLEL_JOB"},
     {"BUILDKITE_PARALLEL_JOB_COUNT"},
     {"BUILDKITE_BUILD_ID", "BUILDKITE_STEP_ID"},
     {spread::each}},
    {"circleci", {"CIRCLE_NODE_INDEX"}, {"CIRCLE_NODE_TOTAL"}, {"CIRCLE_WORKFLOW_ID", "CIRCLE_JOB"}, {spread::each}},
};

/// Of a process that nobody has told anything: the only one of its run.
inline constexpr const char* alone_source = "alone";

/// A place that somebody gave to this process.
struct told_place {
  std::string run;  ///< empty: nobody said
  unsigned index = 0;
  unsigned count = 1;
  const char* source = alone_source;
  std::string several_machines;  ///< the variable that shows them, and its value; empty: none does
};

inline unsigned read_index(const index_column& index, const char* value) {
  const std::string_view text(value);
  const std::string_view prefix(index.prefix);
  if (text.substr(0, prefix.size()) != prefix) {
    raise_bad_variable(index.variable, value, "is not " + std::string(prefix) + " and a number: unset it");
  }
  const unsigned number = number_in_variable(index.variable, value, text.substr(prefix.size()));
  if (number < index.first) raise_bad_variable(index.variable, value, "is too low: workers count from 1 here");
  if (number - index.first == (std::numeric_limits<unsigned>::max)()) {
    raise_bad_variable(index.variable, value, "is too large a number of a worker");
  }
  return number - index.first;
}

/// Above `index`.
inline unsigned read_count(const runner& told, const char* index_value, unsigned index) {
  const char* const name = told.count.variable;
  const char* const value = name != nullptr ? std::getenv(name) : nullptr;
  const count_rule rule = told.count.rule;
  const bool open = name == nullptr || rule == count_rule::grows || rule == count_rule::hint;
  if (value == nullptr) {
    if (open) return index + 1;
    raise_bad_variable(told.index.variable, index_value,
                       std::string("stands without ") + name + ": set both or neither");
  }
  if (rule == count_rule::hint && std::string_view(value).find_first_not_of("0123456789") != std::string_view::npos) {
    return index + 1;
  }
  const unsigned count = number_in_variable(name, value);
  if (count == 0) raise_bad_variable(name, value, "is no number of workers: it must be 1 at least");
  if (index < count) return count;
  if (open) return index + 1;
  const std::string limit = std::string(name) + "='" + value + "': workers count from ";
  raise_bad_variable(told.index.variable, index_value,
                     told.index.first == 0 ? "is not below " + limit + "0" : "is above " + limit + "1 here");
}

/// "slurm 123.0": of different runners different. Empty where it does not say.
inline std::string run_of(const runner& told, const char* index_value) {
  const auto text_of = [](const char* name) -> std::optional<std::string> {
    const char* const value = name != nullptr ? std::getenv(name) : nullptr;
    if (value == nullptr) return std::nullopt;
    if (*value == '\0') raise_empty_run(name);
    return value;
  };
  std::optional<std::string> text = text_of(told.run.variable);
  if (!text) text = text_of(told.run.otherwise);
  if (!text) return {};
  std::string run = std::string(told.source) + ' ' + *text;
  if (std::optional<std::string> part = text_of(told.run.part)) {
    // GitLab calls the jobs of one run "test 1/4", "test 2/4": the place is no part of the run.
    const std::string place = std::string(" ") + index_value + '/' + std::getenv(told.count.variable);
    const std::size_t named = part->size() - (std::min)(part->size(), place.size());
    if (part->compare(named, std::string::npos, place) == 0) part->resize(named);
    run += '.' + *part;
  }
  return run;
}

/// What shows that the run has other machines as well.
inline std::string several_machines(const runner& told, const told_place& read) {
  const auto shown_by = [](const char* name) { return std::string(name) + "='" + std::getenv(name) + "'"; };
  const spread how = told.machines.how;
  if (how == spread::each) {
    if (told.count.variable == nullptr) return shown_by(told.index.variable);
    return read.count > 1 ? shown_by(told.count.variable) : "";
  }
  const char* const name = told.machines.variable;
  const char* const value = name != nullptr ? std::getenv(name) : nullptr;
  if (value == nullptr) return {};
  const unsigned number = number_in_variable(name, value);
  return (how == spread::nodes ? number > 1 : number < read.count) ? shown_by(name) : "";
}

/// What the runner told this process, if it is that runner's.
inline std::optional<told_place> place_told_by(const runner& told) {
  const char* const index = std::getenv(told.index.variable);
  if (index == nullptr && told.count.rule == count_rule::pair) {
    if (const char* const count = std::getenv(told.count.variable)) {
      raise_bad_variable(told.count.variable, count,
                         std::string("stands without ") + told.index.variable + ": set both or neither");
    }
  }
  told_place read;
  read.source = told.source;
  if (index == nullptr) {
    if (!told.run.without_index) return std::nullopt;
    read.run = run_of(told, nullptr);
    if (read.run.empty()) return std::nullopt;
    return read;
  }
  if (told.index.only_with != nullptr && std::getenv(told.index.only_with) == nullptr) return std::nullopt;
  read.index = read_index(told.index, index);
  read.count = read_count(told, index, read.index);
  read.run = run_of(told, index);
  read.several_machines = several_machines(told, read);
  return read;
}

/// What the innermost of them says.
inline std::optional<told_place> place_in_runner() {
  for (const runner& one : runners) {
    if (std::optional<told_place> told = place_told_by(one)) return told;
  }
  return std::nullopt;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/process/worker.hpp

APART_BEGIN_NAMESPACE

/// Which of the processes of a run this one is. Total: a process that nobody numbered is 0 of 1.
struct worker {
  std::string run_id;  ///< equal in all processes of a run, different between runs
  unsigned index = 0;  ///< 0-based, below `count`; different in two processes that who numbered them runs side by side
  unsigned count = 1;
  std::string source;  ///< who said so: see `this_worker`
};

/// This process's place in its run, from the first of these that tells it. The innermost goes first: a GoogleTest shard
/// of a Slurm task of a CI job is a shard. What stands further down is not read, and may be anything.
///
///     source               index                      count                         run
///     launcher, keeper     APART_WORKER               APART_WORKERS                 APART_RUN_ID
///     environment          APART_WORKER               APART_WORKERS                 APART_RUN_ID
///     googletest           GTEST_SHARD_INDEX          GTEST_TOTAL_SHARDS
///     bazel                TEST_SHARD_INDEX           TEST_TOTAL_SHARDS
///     nextest              NEXTEST_TEST_GLOBAL_SLOT   NEXTEST_TEST_THREADS          NEXTEST_RUN_ID
///     pytest-xdist         PYTEST_XDIST_WORKER: gw0   PYTEST_XDIST_WORKER_COUNT     PYTEST_XDIST_TESTRUNUID
///     openmpi              OMPI_COMM_WORLD_RANK       OMPI_COMM_WORLD_SIZE          PMIX_NAMESPACE, else
///                                                                                   OMPI_MCA_ess_base_jobid
///     pmi (MPICH, Intel)   PMI_RANK                   PMI_SIZE                      PMI_JOBID
///     slurm (srun only)    SLURM_PROCID               SLURM_NTASKS                  SLURM_JOB_ID, SLURM_STEP_ID
///     kubernetes           JOB_COMPLETION_INDEX
///     gitlab               CI_NODE_INDEX: from 1      CI_NODE_TOTAL                 CI_PIPELINE_ID, CI_JOB_NAME
///     buildkite            BUILDKITE_PARALLEL_JOB     BUILDKITE_PARALLEL_JOB_COUNT  BUILDKITE_BUILD_ID,
///                                                                                   BUILDKITE_STEP_ID
///     circleci             CIRCLE_NODE_INDEX          CIRCLE_NODE_TOTAL             CIRCLE_WORKFLOW_ID, CIRCLE_JOB
///     ctest                0                          1                             nearest process `ctest` above
///     alone                0                          1                             random
///
/// Run: `APART_RUN_ID`, any text but the empty one, goes before what a runner or ctest tells; alone it makes the source
/// "environment". A runner's begins with the runner's name, so that runs of two runners never meet. ctest's are its
/// process id and the time of its start. Where the runner tells none, it is that of the ctest above, and where there is
/// no ctest the process is a run of its own with a random id.
/// Index: a runner counts where its variable of the index is set; that of the count alone says nothing (GitLab sets it
/// everywhere), but in a pair of `APART_`, `GTEST_` or `TEST_` it is an error. NEXTEST_RUN_ID alone makes the process 0
/// of 1. Who starts several processes with the same variables, as a CI job does that runs a whole suite, gives all of
/// them one index; ctest gives none, and all of its tests are 0 of 1.
/// Count: what is told, but index + 1 where that is more, or nothing is told, for three runners: Kubernetes tells none,
/// nextest not always (or "num-cpus"), and pytest-xdist numbers the worker that replaces a dead one beyond it.
/// Several machines: what shows them (SLURM_NNODES, OMPI_COMM_WORLD_LOCAL_SIZE, MPI_LOCALNRANKS, a CI's count, an index
/// of Kubernetes) is reported when such a run begins to meet through files, which join the processes of one machine.
/// Scope: the process. The environment is read at the first call that succeeds, and never again; a forked child is the
/// same worker as its parent.
/// Threads: any. Usable from static initialisers and destructors: what it refers to is never destroyed.
/// Errors: `apart::error` that names the variable and its value when one is malformed or contradicts another.
[[nodiscard]] inline const worker& this_worker();

namespace detail {

inline constexpr const char* run_id_variable = "APART_RUN_ID";

inline std::string random_run_id() {
  char text[17];
  std::snprintf(text, sizeof text, "%016" PRIx64, random_bits());
  return text;
}

/// "ctest 4711.90210": the run of everything that the nearest ctest starts. Empty where there is none above.
inline std::string run_of_ctest() {
  const std::optional<process_identity> above = nearest_ancestor("ctest");
  if (!above) return {};
  return "ctest " + std::to_string(above->id) + '.' + std::to_string(above->started);
}

/// A worker, and what shows that others of its run are on other machines: "SLURM_NNODES='2'", or nothing.
struct process_place {
  worker self;
  std::string several_machines;
};

/// What the environment says at this moment. `find_ctest`: see `run_of_ctest`.
inline process_place read_place(std::string (*find_ctest)() = run_of_ctest) {
  const bool keeper = launched_as().is_keeper() || launched_as().is_keeper_of_ctest();
  const bool launched = launched_as().is_worker() || keeper;
  std::optional<told_place> told = place_told_by(own_variables);
  if (!told && !launched) told = place_in_runner();
  const bool numbered = told.has_value();
  if (!told) told.emplace();

  const char* const run_id = std::getenv(run_id_variable);
  if (run_id != nullptr) {
    if (*run_id == '\0') raise_empty_run(run_id_variable);
    told->run = run_id;
    if (!numbered) told->source = own_variables.source;
  } else if (told->run.empty()) {
    told->run = find_ctest();
    if (!numbered && !told->run.empty()) told->source = "ctest";
    told->several_machines.clear();  // the run is of this machine, whatever the numbers are of
  }
  if (told->run.empty()) told->run = random_run_id();
  if (launched) told->source = keeper ? "keeper" : "launcher";
  return {{std::move(told->run), told->index, told->count, told->source}, std::move(told->several_machines)};
}

/// Published once and left to the system at exit, without a lock that a fork could leave taken.
inline std::atomic<const process_place*> known_place{nullptr};

inline const process_place& publish_place() {
  auto read = std::make_unique<const process_place>(read_place());
  const process_place* first = nullptr;
  if (known_place.compare_exchange_strong(first, read.get(), std::memory_order_acq_rel, std::memory_order_acquire)) {
    const process_place& place = *read.release();
    const worker& published = place.self;
    if (published.source == "keeper") {
      process_contexts::instance().name_process("keeper");
    } else if (published.count > 1) {
      process_contexts::instance().name_process("worker " + std::to_string(published.index));
    }
    return place;
  }
  return *first;
}

inline const process_place& this_place() {
  const process_place* const known = known_place.load(std::memory_order_acquire);
  return known != nullptr ? *known : publish_place();
}

}  // namespace detail

inline const worker& this_worker() { return detail::this_place().self; }

APART_END_NAMESPACE

#if defined(_WIN32)

// ---- apart/run/detail/windows/locked_directory.hpp

APART_BEGIN_NAMESPACE
namespace detail {

// A directory that belongs to those who share the lock on the file `lock` in it. Windows gives no directory another name
// while a file in it is open, and the lock is.

inline constexpr const char* directory_lock_name = "/lock";

/// Makes one, and locks it. Who finds it before it is locked, and removes it, was faster. 0, and `lock` is held; or an error
/// number, ENOENT, ENOTEMPTY, EEXIST and EAGAIN where somebody was faster. Needs no other name.
inline int make_locked_directory(const std::string& directory, const std::string&, file_lock& lock) {
  int code = make_private_directory(directory);
  if (code == 0) code = lock.open(directory + directory_lock_name);
  const bool locked = code == 0 && lock.try_lock(lock_mode::shared, code) && lock.has_its_name();
  if (locked) return 0;
  lock.close();
  return code != 0 ? code : EAGAIN;
}

/// Removes what has this name. Each file is moved out of its directory first, as garbage beside `directory`: one that is open,
/// in this very process as a rule, keeps its name until it is closed, and with that the directory. What is in use even
/// then stays garbage, for the next process that sweeps.
inline void move_out_and_remove(const std::string& path, const std::string& directory) {
  const std::wstring from = path_for_system(path);
  const unsigned long attributes = ::GetFileAttributesW(from.c_str());
  if (attributes == no_attributes) return;
  if ((attributes & directory_attribute) != 0 && (attributes & reparse_point_attribute) == 0) {
    for (const std::string& entry : paths_in(path)) move_out_and_remove(entry, directory);
    return report(remove_tree(path));
  }
  const std::string garbage = directory.substr(0, directory.rfind('/') + 1) + garbage_prefix + random_file_part();
  const std::wstring to = path_for_system(garbage);
  if (::MoveFileExW(from.c_str(), to.c_str(), 0) == 0) {
    report(remove_tree(path));
  } else if (::DeleteFileW(to.c_str()) == 0 && ::GetLastError() == access_denied) {
    ::SetFileAttributesW(to.c_str(), attributes & ~read_only_attribute);
    ::DeleteFileW(to.c_str());
  }
}

/// With the lock held exclusively: removes all but the lock, then its name, so that who waits for it sees that it has to
/// make a new one, then the directory, unless somebody has made a new lock in it.
inline bool remove_locked_directory(const std::string& directory, file_lock& lock) {
  const std::string lock_path = directory + directory_lock_name;
  for (const std::string& path : paths_in(directory)) {
    if (path != lock_path) move_out_and_remove(path, directory);
  }
  move_out_and_remove(lock_path, directory);
  lock.close();
  ::RemoveDirectoryW(path_for_system(directory).c_str());
  return true;
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/run/detail/posix/locked_directory.hpp

APART_BEGIN_NAMESPACE
namespace detail {

// A directory that belongs to those who share the lock on the file `lock` in it.

inline constexpr const char* directory_lock_name = "/lock";

/// Makes one under a name of its own, `unfinished`, locks it there and gives it its name: nobody ever finds it without a
/// lock. 0, and `lock` is held; or an error number, ENOENT, ENOTEMPTY, EEXIST and EAGAIN where somebody was faster.
inline int make_locked_directory(const std::string& directory, const std::string& unfinished, file_lock& lock) {
  int code = make_private_directory(unfinished);
  if (code == 0) code = lock.open(unfinished + directory_lock_name);
  const bool locked = code == 0 && lock.try_lock(lock_mode::shared, code) && lock.has_its_name();
  if (code == 0) code = locked ? rename_file(unfinished, directory) : EAGAIN;
  if (code == 0) return 0;
  lock.close();
  remove_tree(unfinished);
  return code;
}

/// With the lock held exclusively: takes the directory's name away, in one step, so that who waits for the lock sees at
/// once that it has to make a new one. False: it has its name still.
inline bool remove_locked_directory(const std::string& directory, file_lock& lock) {
  const std::string garbage = directory.substr(0, directory.rfind('/') + 1) + garbage_prefix + random_file_part();
  if (rename_file(directory, garbage) != 0) return false;
  lock.close();
  report(remove_tree(garbage));
  return true;
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/detail/atomic_write.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Makes `path` a new file that holds `text`: whoever opens the path finds the former file or the whole new one, never
/// a part. It is written under the name of `unfinished`, with a random ending, on the same file system. `opened` becomes
/// the new file, as `make_private_file` opens it. On failure nothing has changed. Says nothing of a crash of the machine:
/// nothing is synchronised to the disk.
///
/// Returns 0 or an error number.
inline int atomic_write(const std::string& path, const std::string& unfinished, existing_file other,
                        std::string_view text, descriptor& opened) {
  const std::string written = unfinished + '.' + random_file_part();
  descriptor file;
  int code = make_private_file(written, file);
  if (code != 0) return code;
  code = write_all(file, text);
  if (code == 0) code = move_file(written, path, other, opened);
  if (code != 0) {
    remove_file(written);
    return code;
  }
  opened = std::move(file);
  return 0;
}

/// `move_file`, to another file system too: there a copy appears in one step, and then the file goes.
inline int move_anywhere(const std::string& from, const std::string& to, existing_file other) {
  int code = move_file(from, to, other);
  if (code != EXDEV) return code;
  std::string text;
  descriptor copy;
  code = read_file(from, text);
  if (code == 0) code = atomic_write(to, to, other, text, copy);
  if (code == 0) code = copy.close();
  if (code == 0) remove_file(from);
  return code;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/sealed_text.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What one process writes as a whole, and another one reads, maybe of another version of the library, or after a crash of
/// the machine: a line that says what it is, how long, and what it sums up to, then the bytes.
///
///     apart set-up 1 412 8c0k3fdm29xa
///
/// `kind`: with the version of what the bytes mean ("set-up 1").
inline std::string seal_of(std::string_view kind, std::string_view bytes) {
  std::string seal = "apart ";
  seal.append(kind).append(" ").append(std::to_string(bytes.size())).append(" ");
  return seal.append(base32(stable_hash(bytes), 12)).append("\n");
}

inline std::string sealed_text(std::string_view kind, std::string_view bytes) {
  return seal_of(kind, bytes).append(bytes);
}

/// The bytes; nothing where `text` is not what `sealed_text` made of that kind, as a whole.
inline std::optional<std::string_view> unsealed_text(std::string_view kind, std::string_view text) {
  const std::size_t seal = text.find('\n') + 1;  // 0: there is none
  const std::string_view bytes = text.substr(seal);
  if (seal == 0 || text.substr(0, seal) != seal_of(kind, bytes)) return std::nullopt;
  return bytes;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/detail/set_up_record.hpp

APART_BEGIN_NAMESPACE
namespace detail {

// What the processes of a run know of one `per_run`, where no launcher answers for it, stands in a directory of its own,
// "<coordination directory>/s-<hash of the declaration>":
//
//     lock         empty; its bytes are locked, see `set_up_locks`
//     record       the newest generation, replaced as a whole by rename, so that nobody ever reads a part; 0600
//     claims.<g>   the journal of what the set-up of generation g has claimed

enum class set_up_state : char {
  none = 'n',      ///< nothing is set up
  building = 'b',  ///< the set-up runs, or its process died in it
  ready = 'r',     ///< it has returned
  failed = 'f',    ///< it threw
  leaving = 'l',   ///< the tear-down runs, or its process died in it
};

struct set_up_record {
  std::uint64_t generation = 0;
  set_up_state state = set_up_state::none;
  std::string name;               ///< of the `per_run`, for people
  std::string who;                ///< the process that sets up or tears down, for people
  std::string layout;             ///< the payload's type and size
  std::string needs;              ///< the directory of the set-up that this one waits for
  std::vector<std::string> uses;  ///< names of what this one was set up with
  unsigned attempt = 0;           ///< how often its tear-down was begun
  std::string payload;            ///< or what went wrong
};

inline std::string set_up_directory(const std::string& run_directory, std::string_view declaration) {
  return run_directory + "/s-" + base32(stable_hash(declaration), 12);
}

inline std::string set_up_journal_path(const std::string& directory, std::uint64_t generation) {
  return directory + "/claims." + std::to_string(generation);
}

inline constexpr const char* set_up_record_kind = "set-up 1";

/// A line for each field, the payload as it is behind the last one; sealed, see `sealed_text`.
inline std::string record_text(const set_up_record& record) {
  std::string text = std::to_string(record.generation) + '\n' + static_cast<char>(record.state) + '\n';
  for (const std::string* field : {&record.name, &record.who, &record.layout, &record.needs}) {
    text += record_word(*field) + '\n';
  }
  for (const std::string& used : record.uses) text += record_word(used) + ' ';
  text += '\n' + std::to_string(record.attempt) + '\n' + record.payload;
  return sealed_text(set_up_record_kind, text);
}

/// False: it is none that `record_text` wrote as a whole, as a crash of the machine may leave it.
inline bool parse_record(std::string_view file, set_up_record& record) {
  const auto sealed = unsealed_text(set_up_record_kind, file);
  if (!sealed) return false;
  std::string_view text = *sealed;
  const auto line = [&text] {
    const std::string_view first = text.substr(0, text.find('\n'));
    text.remove_prefix(first.size() < text.size() ? first.size() + 1 : first.size());
    return std::string(first);
  };
  const auto number = [&line] { return std::strtoull(line().c_str(), nullptr, 10); };
  record.generation = number();
  const std::string state = line();
  if (state.size() != 1 || std::string_view("nbrfl").find(state[0]) == std::string_view::npos) return false;
  record.state = static_cast<set_up_state>(state[0]);
  for (std::string* field : {&record.name, &record.who, &record.layout, &record.needs}) *field = record_bytes(line());
  std::string uses = line();
  record.uses.clear();
  for (std::size_t end = uses.find(' '); end != std::string::npos; end = uses.find(' ')) {
    record.uses.push_back(record_bytes(uses.substr(0, end)));
    uses.erase(0, end + 1);
  }
  record.attempt = static_cast<unsigned>(number());
  record.payload = text;
  return true;
}

/// 0 or an error number; a record that is not there is that of generation 0. One that cannot be understood is EBADMSG.
inline int read_record(const std::string& directory, set_up_record& record) {
  std::string text;
  const int code = read_file(directory + "/record", text);
  if (code == ENOENT) {
    record = set_up_record();
    return 0;
  }
  if (code != 0) return code;
  return parse_record(text, record) ? 0 : EBADMSG;
}

inline int write_record(const std::string& directory, const set_up_record& record) {
  descriptor file;
  const std::string path = directory + "/record";
  return atomic_write(path, path, existing_file::is_replaced, record_text(record), file);
}

inline std::vector<std::string> set_ups_in(const std::string& run_directory) { return paths_in(run_directory, "s-"); }

/// Of all generations.
inline std::vector<std::string> set_up_journals_in(const std::string& directory) {
  return paths_in(directory, "claims.");
}

/// Cleans up what the set-ups of one directory have claimed. Returns whether nothing of it is left.
inline bool clean_set_up_claims(const std::string& directory) {
  bool all = true;
  for (const std::string& journal : set_up_journals_in(directory)) {
    const bool cleaned = clean_open_claims(journal);
    if (cleaned) remove_file(journal);
    all = cleaned && all;
  }
  return all;
}

inline bool is_set_up(const set_up_record& record) {
  return record.state == set_up_state::building || record.state == set_up_state::ready ||
         record.state == set_up_state::leaving;
}

inline bool uses(const set_up_record& record, const std::string& name) {
  return is_set_up(record) && std::find(record.uses.begin(), record.uses.end(), name) != record.uses.end();
}

/// For who knows that no process of the run is left: whether a set-up was not torn down, or what it has claimed is left.
inline bool has_open_set_ups(const std::string& run_directory) {
  for (const std::string& directory : set_ups_in(run_directory)) {
    set_up_record record;
    if (read_record(directory, record) != 0 || is_set_up(record)) return true;
    for (const std::string& journal : set_up_journals_in(directory)) {
      if (is_open_journal(journal)) return true;
    }
  }
  return false;
}

/// What one directory holds; a record that cannot be read is reported, and as nothing.
struct left_set_up {
  std::string directory;
  set_up_record record;
};

/// Of a run: those first that no other one stands on.
inline std::vector<left_set_up> set_ups_left_in(const std::string& run_directory) {
  std::vector<left_set_up> left;
  for (const std::string& directory : set_ups_in(run_directory)) {
    set_up_record record;
    const int code = read_record(directory, record);
    report(system_fault(code, "cannot read what was set up, in '" + directory + "/record'"));
    left.push_back({directory, code == 0 ? record : set_up_record()});
  }
  for (auto next = left.begin(); next != left.end(); ++next) {
    const auto stands_on_none_of_the_rest = [&](const left_set_up& one) {
      return std::none_of(next, left.end(),
                          [&](const left_set_up& other) { return uses(other.record, one.record.name); });
    };
    const auto first = std::find_if(next, left.end(), stands_on_none_of_the_rest);
    if (first != left.end()) std::iter_swap(next, first);
  }
  return left;
}

/// For who ends a run of which no process is left: the code of the tear-downs is in another program, so what the set-ups
/// have claimed is all that can be cleaned up. What was left is reported. Returns whether nothing claimed is left.
inline bool clean_set_ups(const std::string& run_directory) {
  bool all = true;
  for (left_set_up& left : set_ups_left_in(run_directory)) {
    set_up_record& record = left.record;
    if (is_set_up(record)) {
      report("per_run \"" + record.name + "\", which " + record.who +
             " had set up, was not torn down: all processes of its run were killed; what it claimed is cleaned up");
      record.state = set_up_state::none;
      write_record(left.directory, record);
    }
    all = clean_set_up_claims(left.directory) && all;
  }
  return all;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/detail/run_place.hpp

APART_BEGIN_NAMESPACE
namespace detail {

inline constexpr const char* unfinished_run_prefix = "p-";
inline constexpr const char* kept_name = "/kept";
inline constexpr std::size_t most_kept_runs = 3;

inline std::string run_directory_name(std::string_view run_id, const char* prefix = "r-") {
  return prefix + base32(stable_hash(run_id), 12);
}

/// What became of a directory whose turn to go it might be.
enum class run_fate { in_use, kept, gone };

/// What becomes of claims that dead processes have left in it. A process that has cleaned up before it leaves does not
/// try again at a moment when its handlers may be destroyed already.
enum class open_claims { are_cleaned_up, are_left };

/// What set-ups have claimed goes last: the rest may stand on it.
inline bool is_cleaned_up(const std::string& directory, open_claims claims) {
  if (claims == open_claims::are_left) return !has_open_set_ups(directory) && !has_open_claims(directory);
  const bool claims_cleaned = clean_claims(directory);
  const bool set_ups_cleaned = clean_set_ups(directory);
  return clean_claims(directory, set_up_claims_name) && claims_cleaned && set_ups_cleaned;
}

/// Removes the directory of a run unless a process holds its lock, something claimed in it is left, or it was kept and
/// is to stay. Under the lock it has claims cleaned up, so that nobody joins meanwhile (a handler that asks for that very
/// directory waits for ever), and takes the directory's name away, in one step: who waits for the lock sees at once that
/// it has to make a new one, and two who remove do not meet.
inline run_fate remove_unused_run(const std::string& directory, bool kept_ones_too,
                                  open_claims claims = open_claims::are_cleaned_up) {
  file_lock lock;
  if (lock.open(directory + directory_lock_name) != 0) return run_fate::gone;
  if (!lock.try_lock(lock_mode::exclusive) || !lock.has_its_name()) return run_fate::in_use;
  if (!is_cleaned_up(directory, claims)) return run_fate::in_use;
  if (!kept_ones_too && change_time(directory + kept_name) != 0) return run_fate::kept;
  return remove_locked_directory(directory, lock) ? run_fate::gone : run_fate::in_use;
}

/// Removes what no process of any run holds, and all but the newest of what was kept.
inline void sweep_runs(const std::string& root, const char* run_prefix) {
  std::vector<std::string> names;
  list_directory(root, names);
  std::vector<std::pair<std::int64_t, std::string>> kept;
  for (const std::string& name : names) {
    const std::string path = root + '/' + name;
    if (name.rfind(garbage_prefix, 0) == 0) {
      report(remove_tree(path));
    } else if (name.rfind(run_prefix, 0) == 0 || name.rfind(unfinished_run_prefix, 0) == 0) {
      if (remove_unused_run(path, false) == run_fate::kept) kept.emplace_back(change_time(path + kept_name), path);
    }
  }
  while (kept.size() > most_kept_runs) {
    const auto oldest = std::min_element(kept.begin(), kept.end());
    remove_unused_run(oldest->second, true);
    kept.erase(oldest);
  }
}

/// One process in one run's directory.
struct run_membership {
  std::string directory;
  file_lock lock;
  process_owner owner;
  std::atomic<bool> ended{false};
  const run_membership* former = nullptr;  ///< a forked child's parent's: references to its directory stay good

  bool is_current() const noexcept { return owner.is_this_process() && !ended.load(std::memory_order_relaxed); }
};

/// One of the roots below which each run has a directory. The object stands at namespace scope, is initialised before
/// anything runs, and needs no destructor. Threads: any.
class run_place {
 public:
  /// `prefix`: of the names of the runs' directories, "r-". `made`: called in the process that has made this run's.
  constexpr run_place(const char* prefix, fault (*find_root)(user_root&), void (*made)()) noexcept
      : prefix_(prefix), find_root_(find_root), made_(made) {}

  /// This run's, which this process joins if it has not yet. Null where there is a `failed`.
  const std::string* directory(fault& failed) {
    const std::string* const known = joined();
    return known != nullptr ? known : join(failed);
  }

  /// This run's if this process is in it; else null.
  const std::string* joined() const noexcept {
    const run_membership* const last = last_.load(std::memory_order_acquire);
    return last != nullptr && last->is_current() ? &last->directory : nullptr;
  }

  /// Whether another process is in it, too.
  bool is_shared() const noexcept {
    const run_membership* const last = last_.load(std::memory_order_acquire);
    return last != nullptr && last->is_current() && last->lock.is_held_against(lock_mode::exclusive);
  }

  /// Removes this run's if no other process is in it.
  void leave() {
    run_membership* const member = last_.load(std::memory_order_acquire);
    if (member == nullptr || !member->is_current()) return;
    member->ended.store(true);
    member->lock.close();
    remove_or_sweep(member->directory, open_claims::are_left);
  }

  /// That of any run, whether it is there or not; "" where there is no place for it.
  std::string directory_of(std::string_view run_id) {
    user_root root;
    if (const user_root* const known = known_root_.load(std::memory_order_acquire)) {
      root = *known;
    } else if (find_root_(root)) {
      return {};
    }
    return refusal_of_root(root) ? std::string() : root.path + '/' + run_directory_name(run_id, prefix_);
  }

  /// Removes that of a run that has ended.
  void remove(std::string_view run_id) {
    const std::string directory = directory_of(run_id);
    if (!directory.empty()) remove_or_sweep(directory, open_claims::are_cleaned_up);
  }

  /// Lets the place be chosen anew, and returns the former one, which others may still refer to: for a test that plays
  /// another program.
  const user_root* forget_root() noexcept { return known_root_.exchange(nullptr); }

 private:
  /// The environment is read at the first call that succeeds, and never again; a forked child has its parent's root.
  /// Published once and left to the system at exit, without a lock that a fork could leave taken.
  const user_root* root(fault& failed) {
    if (const user_root* const known = known_root_.load(std::memory_order_acquire)) return known;
    auto found = std::make_unique<user_root>();
    if ((failed = find_root_(*found))) return nullptr;
    const user_root* first = nullptr;
    if (known_root_.compare_exchange_strong(first, found.get(), std::memory_order_acq_rel)) return found.release();
    return first;
  }

  const std::string* join(fault& failed) {
    const user_root* const place = root(failed);
    if (place == nullptr) return nullptr;
    auto member = std::make_unique<run_membership>();
    member->directory = place->path + '/' + run_directory_name(this_worker().run_id, prefix_);
    while (!member->lock.is_open()) {
      if ((failed = make_root(*place)) || (failed = enter(*place, *member))) return nullptr;
      if (!member->lock.is_open() && (failed = make(*place, *member))) return nullptr;
    }
    run_membership* last = last_.load(std::memory_order_acquire);
    do {
      if (last != nullptr && last->is_current()) return &last->directory;
      member->former = last;
    } while (!last_.compare_exchange_weak(last, member.get(), std::memory_order_acq_rel));
    return &member.release()->directory;
  }

  static bool has_no_locks(int code) noexcept { return code == ENOLCK || code == ENOSYS || code == EOPNOTSUPP; }

  static fault refusal_of_lock(int code, const user_root& place, const std::string& path) {
    const char* const advice =
        has_no_locks(code) ? " (set APART_TMPDIR to a directory of a file system that has locks)" : "";
    return system_fault(code, place.source + ": cannot lock '" + path + "'" + advice);
  }

  /// Locks the directory that is there. Waits only for a process that is about to take its name away.
  static fault enter(const user_root& place, run_membership& member) {
    const std::string lock_path = member.directory + directory_lock_name;
    int code = member.lock.open(lock_path);
    if (code == ENOENT) return {};
    if (code != 0) return system_fault(code, place.source + ": cannot open '" + lock_path + "'");
    code = member.lock.lock(lock_mode::shared);
    if (code != 0 || !member.lock.has_its_name()) member.lock.close();
    return refusal_of_lock(code, place, lock_path);
  }

  /// A sweeper that is faster than the lock takes the new directory for garbage; then, and when another process of the run
  /// was faster, `member.lock` is not open afterwards.
  fault make(const user_root& place, run_membership& member) const {
    const std::string unfinished = place.path + '/' + unfinished_run_prefix + random_file_part();
    const int code = make_locked_directory(member.directory, unfinished, member.lock);
    if (code == 0) {
      sweep_runs(place.path, prefix_);
      made_();
      return {};
    }
    if (has_no_locks(code)) return refusal_of_lock(code, place, unfinished + directory_lock_name);
    if (code == ENOENT || code == ENOTEMPTY || code == EEXIST || code == EAGAIN) return {};
    return system_fault(code, place.source + ": cannot make '" + member.directory + "'");
  }

  void remove_or_sweep(const std::string& directory, open_claims claims) const {
    if (remove_unused_run(directory, false, claims) == run_fate::kept) {
      sweep_runs(directory.substr(0, directory.rfind('/')), prefix_);
    }
  }

  const char* prefix_;
  fault (*find_root_)(user_root&);
  void (*made_)();
  std::atomic<const user_root*> known_root_{nullptr};
  std::atomic<run_membership*> last_{nullptr};
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/run_directory.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The directory in which all processes of this run keep their files: `<files root>/r-<hash of the run id>`, 0700,
/// absolute and canonical. Made at the first call in the run; a process that never asks has none.
///
/// Scope: the run on this machine. Each process that asks holds the directory's lock, shared, until it ends; a forked
/// child holds nothing until it asks itself. Threads: any. At the end of a process, the directory is removed if no
/// other process holds the lock; one that was killed leaves it to the next run that makes a directory of its own, which
/// sweeps its siblings: those whose lock the kernel says nobody holds, whatever their age and whoever made them.
/// Errors: `apart::error` that names the variable from which the place was taken.
[[nodiscard]] inline const std::string& run_directory();

/// The same, for who returns what the system refused: null where there is a `failed`. A variable of the library's own
/// that makes no sense is an `apart::error` here, too.
[[nodiscard]] inline const std::string* run_directory(fault& failed);

/// The directory in which the processes of this run meet: `<coordination root>/c-<hash of the run id>`. All as with the
/// run's directory, but in the place that does not depend on `TMPDIR`: processes to which a runner gave temporary
/// directories of their own find one another here. What stands in it is removed with it, whoever made it, but not before
/// what dead processes have claimed is cleaned up: by who ends normally or sweeps, see `claim`. The process that makes
/// it reports where the run is spread over several machines (see `this_worker`), so that it is told once on each.
[[nodiscard]] inline const std::string& coordination_directory();

/// What the launcher tells its members, so that they meet where it would: "APART_COORDINATOR=file:/...". Nothing where
/// there is no such place: who needs it gets the error.
[[nodiscard]] inline std::string coordinator_for_members();

/// Lets what stands in the run's directory at `path`, and so the directory itself, outlive the run, and reports it. The
/// directories of the three runs that kept something last stay; the next ones to do so replace them.
[[nodiscard]] inline fault keep_in_run_directory(const std::string& path);

/// For who ends a run, and a worker behind its last test: cleans up what dead processes of it have claimed, before the
/// tear-downs; and what dead set-ups have claimed, after them, and before what is left running is ended: so it ends in its
/// own way. Never fail, as the next one.
inline void clean_claims_of_dead(std::string_view run_id);
inline void clean_claims_of_dead_set_ups(std::string_view run_id);

/// For who ends a run: cleans up what its dead processes have claimed, and removes its directories if no process holds
/// their locks and nothing in them was kept or is left. Makes nothing and never fails: what it cannot do it reports.
inline void remove_run_directory(std::string_view run_id);

// ---------------------------------------------------------------------------------------------------------------------

/// What shows that processes of this run are on other machines, which this place does not join.
inline void report_several_machines() {
  const process_place& here = this_place();
  if (here.several_machines.empty()) return;
  report(here.self.source + " runs the processes of this run on several machines (" + here.several_machines +
         "), and they meet through files, which join those of one machine: each machine sets up and locks for itself");
}

inline run_place files_place{"r-", find_files_root, [] {}};
inline run_place coordination_place{"c-", find_coordination_root, report_several_machines};

inline void leave_run() {
  files_place.leave();
  journals_of_this_process.leave();
  set_up_journals_of_this_process.leave();
  coordination_place.leave();
}

/// Whether the process is to end with a failure, whatever main has returned: something that runs after it went wrong.
inline std::atomic<bool> fails_at_exit{false};

/// `leave_run` once this process may have joined. Not named by what stands in each translation unit: so only those that use
/// the run's directories are compiled with all that stands behind it.
inline std::atomic<void (*)()> leaves_joined_run{nullptr};

/// Leaves when the process ends normally: after everything that was made since the program was loaded.
struct leave_run_at_exit {
  ~leave_run_at_exit() {
    if (void (*const leave)() = leaves_joined_run.load(std::memory_order_acquire))
      attempt(leave, [](const char* what) { report(what); });
    if (!fails_at_exit.load()) return;
    std::fflush(nullptr);
    std::_Exit(EXIT_FAILURE);
  }
};
inline leave_run_at_exit leaves_run_at_exit;

/// Cleans up what this process and dead ones of its run have claimed, but for what their set-ups have.
inline void clean_claims_of_run() {
  const std::string* const directory = coordination_place.joined();
  if (directory == nullptr) return;
  journals_of_this_process.clean();
  clean_claims(*directory);
}

inline std::atomic<bool> cleans_claims_at_exit{false};

/// Whether another handler ends the process's set-ups, and cleans up what they have claimed after that.
inline std::atomic<bool> ends_set_ups_at_exit{false};

/// When the process ends normally, before the handlers of claims are destroyed, and whatever else was made before this
/// process joined its run. Where it has set-ups, they end in between, see `end_own_run_at_exit`. A launcher's worker leaves
/// them to others, in which handlers do not meet what an exit has already destroyed.
inline void clean_claims_at_exit() {
  if (launched_as().is_worker() || cleans_claims_at_exit.exchange(true)) return;
  std::atexit([] {
    attempt(
        [] {
          clean_claims_of_run();
          if (!ends_set_ups_at_exit.load()) set_up_journals_of_this_process.clean();
        },
        [](const char* what) { report(what); });
  });
}

inline const std::string* run_directory(fault& failed) {
  leaves_joined_run.store(leave_run, std::memory_order_release);
  return files_place.directory(failed);
}

inline const std::string& run_directory() {
  fault failed;
  const std::string* const joined = run_directory(failed);
  raise_if(failed);
  return *joined;
}

inline const std::string& coordination_directory() {
  fault failed;
  leaves_joined_run.store(leave_run, std::memory_order_release);
  const std::string* const joined = coordination_place.directory(failed);
  raise_if(failed);
  clean_claims_at_exit();
  return *joined;
}

inline std::string coordinator_for_members() {
  user_root root;
  if (find_coordination_root(root) || make_root(root)) return {};
  return std::string(coordinator_variable) + "=file:" + root.place() + '/';
}

inline fault keep_in_run_directory(const std::string& path) {
  const std::string list = path.substr(0, path.rfind('/')) + kept_name;
  if (const int code = append_line(list, path)) return system_fault(code, "cannot keep '" + path + "'");
  report("kept " + path);
  return {};
}

inline void clean_claims_of_dead(std::string_view run_id, const char* name) {
  attempt(
      [&] {
        const std::string directory = coordination_place.directory_of(run_id);
        if (!directory.empty()) clean_claims(directory, name);
      },
      [](const char* what) { report(what); });
}

inline void clean_claims_of_dead(std::string_view run_id) { clean_claims_of_dead(run_id, claims_name); }
inline void clean_claims_of_dead_set_ups(std::string_view run_id) { clean_claims_of_dead(run_id, set_up_claims_name); }

inline void remove_run_directory(std::string_view run_id) {
  attempt(
      [&] {
        files_place.remove(run_id);
        coordination_place.remove(run_id);
      },
      [](const char* what) { report(what); });
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/file/anonymous_file.hpp

APART_BEGIN_NAMESPACE

/// A new, empty file without a name, open for reading and appending: for data that nobody has to find by a path.
///
///     apart::anonymous_file pages;
///     pages.write(text);
///     map_read_only(pages.native_handle());
///
/// The system removes it with its last descriptor, however the process ends: after kill -9 there is nothing to sweep, and
/// nobody who cleans up temporary directories can take it away. It stands on the file system of the run's directory
/// (`temp_dir` says where). On a file system that has no such files it has a name for a moment; who is killed just then
/// leaves it to the next run's sweep.
/// Windows: it has a name that nobody knows, and goes with its handle.
/// Owner: one object. Moving moves it; a moved-from object holds no file. Fork: the child's copy is the same file, as with
/// any descriptor. The descriptor is close-on-exec. Threads: distinct objects from any; one object from one at a time.
/// Errors: `apart::error`; the forms with a `std::error_code&` set it instead, to nothing where they succeed.
class [[nodiscard]] anonymous_file {
 public:
  [[nodiscard]] anonymous_file() { detail::raise_if(make()); }
  [[nodiscard]] explicit anonymous_file(std::error_code& failed) { failed = make().code; }

  /// Stays this object's: valid until `close` or the destructor. Every write to it appends.
  [[nodiscard]] detail::descriptor::native native_handle() const noexcept { return file_.get(); }

  void write(std::string_view text) { detail::raise_if(append(text)); }
  void write(std::string_view text, std::error_code& failed) { failed = append(text).code; }

  /// All that it holds, wherever the descriptor's offset stands.
  [[nodiscard]] std::string read() const {
    std::string text;
    detail::raise_if(read_into(text));
    return text;
  }
  [[nodiscard]] std::string read(std::error_code& failed) const {
    std::string text;
    failed = read_into(text).code;
    return text;
  }

  /// The error says that what was written may be lost. The second time does nothing.
  void close() { detail::raise_if(end()); }
  void close(std::error_code& failed) { failed = end().code; }

 private:
  detail::fault make() {
    detail::fault failed;
    directory_ = detail::run_directory(failed);
    return failed ? failed : outcome_of("make", detail::make_anonymous_file(*directory_, file_));
  }
  detail::fault append(std::string_view text) { return outcome_of("write to", detail::write_all(file_, text)); }
  detail::fault read_into(std::string& text) const { return outcome_of("read", detail::read_from_start(file_, text)); }
  detail::fault end() { return outcome_of("close", file_.close()); }

  detail::fault outcome_of(const char* action, int code) const {
    const std::string place = directory_ != nullptr ? " in '" + *directory_ + "'" : std::string();
    return detail::system_fault(code, std::string("cannot ") + action + " an anonymous file" + place);
  }

  detail::descriptor file_;
  const std::string* directory_ = nullptr;  ///< never destroyed
};

APART_END_NAMESPACE

#if !defined(_WIN32)

// ---- apart/detail/posix/path_text.hpp

APART_BEGIN_NAMESPACE
namespace detail {

// Inside of the library a path is a text, with '/' between its names.

inline const std::string& path_text(const std::filesystem::path& path) noexcept { return path.native(); }
inline std::filesystem::path path_of(std::string text) { return std::filesystem::path(std::move(text)); }

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/file/detail/config_set.hpp

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

#if defined(_WIN32)

// ---- apart/detail/windows/socket_address.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// In bytes, without the null byte at its end (afunix.h, UNIX_PATH_MAX).
inline constexpr std::size_t longest_socket_path = 107;

/// What to tell who wanted a UNIX socket of this name, which is too long for one.
inline std::string why_no_socket(const std::string& path) {
  return "the address of a UNIX socket takes " + std::to_string(longest_socket_path) + " bytes, and this path has " +
         std::to_string(path.size()) + ": set APART_TMPDIR to a directory with a shorter path";
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/socket_address.hpp

#include <sys/socket.h>
#include <sys/un.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// In bytes, without the null byte at its end: 107 on Linux, 103 on macOS (unix(7), sun_path).
inline constexpr std::size_t longest_socket_path = sizeof(sockaddr_un::sun_path) - 1;

/// What to tell who wanted a UNIX socket of this name, which is too long for one.
inline std::string why_no_socket(const std::string& path) {
  return "the address of a UNIX socket takes " + std::to_string(longest_socket_path) + " bytes, and this path has " +
         std::to_string(path.size()) + ": set APART_TMPDIR to a directory with a shorter path";
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/detail/phase.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What the upper rooms let the lower ones know, so that no include has to go upwards. An adapter, a `per_run` or the
/// launcher sets a word; anyone reads it. Process-wide, any thread; a forked child keeps its parent's values.
enum class phase { idle, listing, set_up, test, clean_up, tear_down };

inline std::atomic<phase> current_phase{phase::idle};

/// Whether the test that runs has failed so far. Read by what keeps the files of failed tests.
inline std::atomic<bool> test_failed{false};

/// How often this process has built something that outlives the test that asked first: what is started for it belongs to
/// the process, not to the test.
inline std::atomic<unsigned> process_builds{0};

/// Sets the phase for a scope and puts the former one back.
class phase_scope {
 public:
  explicit phase_scope(phase now) noexcept : before_(current_phase.exchange(now)) {}
  ~phase_scope() { current_phase.store(before_); }
  phase_scope(const phase_scope&) = delete;
  phase_scope& operator=(const phase_scope&) = delete;

 private:
  phase before_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/keep_policy.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What becomes of the files of a test when their owner goes.
enum class keep_policy {
  unread,
  none,    ///< they are removed
  failed,  ///< they stay if the test that runs has failed
  all,     ///< they stay
};

inline std::atomic<keep_policy> known_keep_policy{keep_policy::unread};

inline keep_policy read_keep_policy() {
  const char* const value = std::getenv("APART_KEEP");
  if (value == nullptr || *value == '\0') return keep_policy::none;
  const std::string_view text(value);
  if (text == "none") return keep_policy::none;
  if (text == "failed") return keep_policy::failed;
  if (text == "all") return keep_policy::all;
  raise(error("APART_KEEP='" + std::string(text) + "' is not known: give none, failed or all"));
}

/// `APART_KEEP` (none, failed or all; none when it is unset), read at the first call that succeeds. An `apart::error`
/// names any other value.
inline keep_policy current_keep_policy() {
  keep_policy policy = known_keep_policy.load(std::memory_order_relaxed);
  if (policy == keep_policy::unread) {
    policy = read_keep_policy();
    known_keep_policy.store(policy, std::memory_order_relaxed);
  }
  return policy;
}

/// Whether what is given up now stays.
inline bool keeps_now() {
  const keep_policy policy = current_keep_policy();
  return policy == keep_policy::all || (policy == keep_policy::failed && test_failed.load());
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/file/detail/temporary_entry.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Something in the run's directory that one object of one process has to remove: what temporary directories, files and
/// paths have in common. Movable; a default-made or moved-from one, and a forked child's copy, owns nothing.
class temporary_entry {
 public:
  temporary_entry() = default;
  temporary_entry(temporary_entry&& other) noexcept
      : path_(std::exchange(other.path_, {})), owner_(other.owner_), discard_(std::exchange(other.discard_, nullptr)) {}
  temporary_entry& operator=(temporary_entry&& other) noexcept {
    temporary_entry taken(std::move(other));
    std::swap(path_, taken.path_);
    std::swap(owner_, taken.owner_);
    std::swap(discard_, taken.discard_);
    return *this;
  }
  ~temporary_entry() {
    attempt([this] { report(remove()); }, [](const char* what) { report(what); });
  }

  [[nodiscard]] const std::filesystem::path& path() const& noexcept { return path_; }
  const std::filesystem::path& path() const&& = delete;

  void keep() { raise_if(stay()); }
  void keep(std::error_code& failed) { failed = stay().code; }

  void close() { raise_if(remove()); }
  void close(std::error_code& failed) { failed = remove().code; }

 protected:
  /// How it is removed; nothing there is no fault.
  using discard_function = fault (*)(const std::string& path);

  /// Draws names until `make(path)` returns a std::error_code that does not say that the name is taken. `what` it is, for
  /// an error.
  template <class Make>
  fault create(const char* what, std::string_view prefix, std::string_view suffix, discard_function discard,
               Make make) {
    current_keep_policy();
    fault failed;
    const std::string* const directory = run_directory(failed);
    if (directory == nullptr) return failed;
    std::string path = *directory;
    path.append("/").append(file_prefix(prefix)).append("-");
    const std::size_t length = path.size();
    std::error_code code = std::make_error_code(std::errc::file_exists);
    for (int attempt = 0; attempt < most_attempts && is_taken(code); ++attempt) {
      path.resize(length);
      path.append(random_file_part()).append(file_suffix(suffix));
      code = make(static_cast<const std::string&>(path));
    }
    if (code) return {code, std::string(what) + " '" + path + "': " + code.message() + advice(code, path)};
    path_ = path_of(std::move(path));
    discard_ = discard;
    return {};
  }

  bool owned() const noexcept { return discard_ != nullptr && owner_.is_this_process(); }

  /// It is somebody else's from now on.
  void disown() noexcept { discard_ = nullptr; }

  /// It stays, and outlives the run.
  fault stay() {
    if (!owned()) return {};
    fault failed = keep_in_run_directory(path_text(path_));
    if (!failed) disown();
    return failed;
  }

  /// Removes it, unless it is not this process's, or stays by `APART_KEEP`.
  fault remove() {
    if (!owned()) return {};
    if (keeps_now()) return stay();
    return std::exchange(discard_, nullptr)(path_text(path_));
  }

 private:
  /// Names are drawn from 2^50: only what takes every name for taken gets that far.
  static constexpr int most_attempts = 64;

  static bool is_taken(const std::error_code& code) noexcept {
    return code == std::errc::file_exists || code == std::errc::address_in_use;
  }

  static std::string advice(const std::error_code& code, const std::string& path) {
    if (is_taken(code)) return ", as with " + std::to_string(most_attempts - 1) + " names before";
    return code == std::errc::filename_too_long ? " (" + why_no_socket(path) + ")" : std::string();
  }

  std::filesystem::path path_;
  process_owner owner_;
  discard_function discard_ = nullptr;  ///< null: it owns nothing
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/file/temp_dir.hpp

APART_BEGIN_NAMESPACE

/// A new, empty directory of mode 0700 that nobody else has, removed with all that it holds when its owner goes.
///
///     apart::temp_dir dir("orders");
///     std::ofstream(dir.path() / "journal") << "...";
///
/// Scope: whoever holds the object; the directory stands in the run's own, below `APART_TMPDIR`, `TEST_TMPDIR`,
/// `TMPDIR` or /tmp, whichever is set first. Its path is absolute, free of links, and the same after a chdir. Owner:
/// one object in one process. Moving moves the ownership; a moved-from object does nothing. A forked child's copy
/// removes nothing.
/// Destruction: never follows a link out of the directory, and removes read-only trees too. It never throws; what it
/// could not remove it reports by name (`set_report_handler`; stderr). What somebody has removed already is no error.
/// Kept: after `keep()`, and where `APART_KEEP` says so (`all`, or `failed` when the running test has failed), the
/// directory stays and its path is reported, once.
/// Crash: the next run that makes a directory removes what a killed process left.
/// Windows: below `APART_TMPDIR`, `TEST_TMPDIR`, TMP or TEMP; an access list for this user in place of the mode. What
/// another process has open in a way that keeps it is waited for, half a second for each, then reported.
/// Threads: distinct objects from any; one object from one at a time.
/// Errors: `apart::error` that names the path, or the variable that chose a place where nothing can be made. The forms
/// with a `std::error_code&` set it instead, to nothing where they succeed; a directory that was not made has no path.
class [[nodiscard]] temp_dir : detail::temporary_entry {
 public:
  [[nodiscard]] temp_dir() : temp_dir(std::string_view()) {}

  /// `prefix` begins the directory's name: up to 24 bytes of it, everything but letters, digits, '_' and '-' as '_'.
  [[nodiscard]] explicit temp_dir(std::string_view prefix) { detail::raise_if(make(prefix)); }
  [[nodiscard]] temp_dir(std::string_view prefix, std::error_code& failed) { failed = make(prefix).code; }
  temp_dir(std::nullptr_t) = delete;

  /// `path()`. Not for a temporary object, whose directory would be gone.
  using temporary_entry::path;

  /// `path() / name`, which a UNIX socket can be bound to. An `apart::error` says if that is too long for its address.
  [[nodiscard]] std::filesystem::path socket_path(std::string_view name) const {
    std::filesystem::path socket = path() / name;
    const std::string& text = detail::path_text(socket);
    if (text.size() <= detail::longest_socket_path) return socket;
    detail::raise(error("UNIX socket '" + text + "': " + detail::why_no_socket(text)));
  }

  /// `keep()`, `keep(std::error_code&)`: the directory stays, and outlives the run.
  using temporary_entry::keep;

  /// `close()`, `close(std::error_code&)`: removes the directory now. The error names what could not be removed. The
  /// second time does nothing.
  using temporary_entry::close;

 private:
  detail::fault make(std::string_view prefix) {
    return create("temporary directory", prefix, {}, detail::discard_tree, [](const std::string& path) {
      return std::error_code(detail::make_private_directory(path), std::generic_category());
    });
  }
};

APART_END_NAMESPACE

// ---- apart/file/config_volume.hpp

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

// ---- apart/file/temp_file.hpp

APART_BEGIN_NAMESPACE

/// A new, empty file of mode 0600 that nobody else has, open for reading and appending, removed when its owner goes.
///
///     apart::temp_file policy("policy", ".json");
///     policy.replace(R"({"retries": 3})");
///     load_policy(policy.path());
///
/// Scope, owner, place, keeping, crash, Windows: as `temp_dir`. The descriptor is close-on-exec; on Windows it is a HANDLE,
/// which is not inherited.
/// Destruction: closes and removes the file. It never throws; what went wrong is reported (`set_report_handler`; stderr).
/// A file that somebody has removed already is no error.
/// Threads: distinct objects from any; one object from one at a time.
/// Errors: `apart::error` that names the path, or the variable that chose a place where nothing can be made. The forms
/// with a `std::error_code&` set it instead, to nothing where they succeed; a file that was not made has no path.
class [[nodiscard]] temp_file : detail::temporary_entry {
 public:
  [[nodiscard]] temp_file() : temp_file(std::string_view()) {}

  /// `prefix` begins the file's name: up to 24 bytes of it, everything but letters, digits, '_' and '-' as '_'.
  /// `suffix` ends it: up to 64 bytes, in which dots stay as well.
  [[nodiscard]] explicit temp_file(std::string_view prefix, std::string_view suffix = {}) {
    detail::raise_if(make(prefix, suffix));
  }
  [[nodiscard]] temp_file(std::string_view prefix, std::string_view suffix, std::error_code& failed) {
    failed = make(prefix, suffix).code;
  }
  temp_file(std::nullptr_t) = delete;

  [[nodiscard]] temp_file(temp_file&&) noexcept = default;
  temp_file& operator=(temp_file&&) noexcept = default;
  ~temp_file() {
    detail::attempt([this] { detail::report(end()); }, [](const char* what) { detail::report(what); });
  }

  /// `path()`. Not for a temporary object, whose file would be gone.
  using temporary_entry::path;

  /// The open file, which stays this object's: valid until `replace`, `close` or the destructor. Every write to it
  /// appends. After somebody else has renamed another file over the path, it is still the former file.
  [[nodiscard]] detail::descriptor::native native_handle() const noexcept { return file_.get(); }

  /// Appends to the open file.
  void write(std::string_view text) { detail::raise_if(append(text)); }
  void write(std::string_view text, std::error_code& failed) { failed = append(text).code; }

  /// Puts a new file with this text in the place of the former one: whoever opens the path reads the old text or the
  /// new one, never a part. The handle is the new file's; one that was opened before goes on meaning the old text. On
  /// an error nothing has changed. Windows refuses it while somebody has the file open who does not permit that.
  void replace(std::string_view text) { detail::raise_if(put_in_place(text)); }
  void replace(std::string_view text, std::error_code& failed) { failed = put_in_place(text).code; }

  /// What the file that stands at the path holds now, whoever wrote it.
  [[nodiscard]] std::string read() const {
    std::string text;
    detail::raise_if(read_into(text));
    return text;
  }
  [[nodiscard]] std::string read(std::error_code& failed) const {
    std::string text;
    failed = read_into(text).code;
    return text;
  }

  /// Gives the file to `target`, in one step, and closes it; this object is as after `close`. It stays 0600. Another file
  /// of that name is replaced, or refused (EEXIST) by `persist_noclobber`. Where `target` is on another file system, it
  /// is a copy that appears in one step. On an error both files are as before, and this object owns its own.
  void persist(const std::filesystem::path& target) {
    detail::raise_if(give(target, detail::existing_file::is_replaced));
  }
  void persist(const std::filesystem::path& target, std::error_code& failed) {
    failed = give(target, detail::existing_file::is_replaced).code;
  }
  void persist_noclobber(const std::filesystem::path& target) {
    detail::raise_if(give(target, detail::existing_file::is_refused));
  }
  void persist_noclobber(const std::filesystem::path& target, std::error_code& failed) {
    failed = give(target, detail::existing_file::is_refused).code;
  }

  /// `keep()`, `keep(std::error_code&)`: the file stays, and outlives the run. The handle stays open.
  using temporary_entry::keep;

  /// Closes and removes the file now. The error says if either failed. The second time does nothing.
  void close() { detail::raise_if(end()); }
  void close(std::error_code& failed) { failed = end().code; }

 private:
  detail::fault make(std::string_view prefix, std::string_view suffix) {
    return create("temporary file", prefix, suffix, detail::discard_file, [this](const std::string& path) {
      return std::error_code(detail::make_private_file(path, file_), std::generic_category());
    });
  }

  /// What comes of an action on the file that returned this number.
  detail::fault outcome_of(const std::string& action, int code) const {
    return detail::system_fault(code, "cannot " + action + " '" + detail::path_text(path()) + "'");
  }

  /// Why it cannot be done with a file that is not open.
  detail::fault refusal_of(const std::string& action) const {
    if (file_) return {};
    return {std::make_error_code(std::errc::bad_file_descriptor),
            "cannot " + action + " temporary file '" + detail::path_text(path()) + "': it was closed or moved from"};
  }

  detail::fault append(std::string_view text) {
    if (detail::fault refused = refusal_of("write to")) return refused;
    return outcome_of("write to", detail::write_all(file_, text));
  }

  detail::fault put_in_place(std::string_view text) {
    if (detail::fault refused = refusal_of("replace")) return refused;
    const std::string& own = detail::path_text(path());
    return outcome_of("replace", detail::atomic_write(own, own, detail::existing_file::is_replaced, text, file_));
  }

  detail::fault read_into(std::string& text) const {
    if (detail::fault refused = refusal_of("read")) return refused;
    return outcome_of("read", detail::read_file(detail::path_text(path()), text));
  }

  detail::fault give(const std::filesystem::path& target, detail::existing_file other) {
    const std::string action = "persist as '" + detail::path_text(target) + "' the";
    if (detail::fault refused = refusal_of(action)) return refused;
    if (detail::fault failed =
            outcome_of(action, detail::move_anywhere(detail::path_text(path()), detail::path_text(target), other))) {
      return failed;
    }
    disown();
    return detail::system_fault(file_.close(),
                                "'" + detail::path_text(target) + "' may be incomplete: it could not be closed");
  }

  detail::fault end() {
    const int closed = file_.close();
    if (detail::fault left = remove()) return left;
    return detail::system_fault(closed, detail::path_text(path()) + ": could not be closed");
  }

  detail::descriptor file_;
};

APART_END_NAMESPACE

// ---- apart/file/temp_path.hpp

APART_BEGIN_NAMESPACE

/// A new name in the file system for something that only its own library can make: a UNIX socket, a FIFO, a database.
///
///     auto socket = apart::temp_path::make_with("server", [&](const std::filesystem::path& path) {
///       std::error_code failed;
///       acceptor.bind(path.string(), failed);
///       return failed;
///     });
///     connect_to(socket.path());
///
/// All as with `temp_dir`, but for what stands there: a directory is removed with all that it holds, anything else by its
/// name. What else the library may write beside it ("-journal", "-wal") goes with the run; a `temp_dir` keeps such things
/// together. The path is short enough for the address of a UNIX socket wherever the root leaves room for that.
class [[nodiscard]] temp_path : detail::temporary_entry {
 public:
  /// Draws a name and calls `make(path)`, which returns a `std::error_code`: none when it has made what it is to make;
  /// EEXIST or EADDRINUSE, and it is called again with another name, up to 64 times in all; another one is the error.
  /// What it throws passes through.
  template <class Make>
  [[nodiscard]] static temp_path make_with(std::string_view prefix, Make make) {
    temp_path made;
    detail::raise_if(made.call(prefix, make));
    return made;
  }
  template <class Make>
  [[nodiscard]] static temp_path make_with(std::string_view prefix, Make make, std::error_code& failed) {
    temp_path made;
    failed = made.call(prefix, make).code;
    return made;
  }

  /// `path()`. Not for a temporary object, whose path would lead nowhere.
  using temporary_entry::path;

  /// `keep()`, `keep(std::error_code&)`: what was made stays, and outlives the run.
  using temporary_entry::keep;

  /// `close()`, `close(std::error_code&)`: removes it now. The second time does nothing.
  using temporary_entry::close;

 private:
  temp_path() = default;

  template <class Make>
  detail::fault call(std::string_view prefix, Make& make) {
    using result = std::invoke_result_t<Make&, const std::filesystem::path&>;
    static_assert(
        std::is_same_v<result, std::error_code>,
        "make(path) must return exactly std::error_code: none = made, EEXIST or EADDRINUSE = try another name");
    return create("temporary path", prefix, {}, detail::discard_tree,
                  [&make](const std::string& path) -> std::error_code {
                    return make(static_cast<const std::filesystem::path&>(detail::path_of(path)));
                  });
  }
};

APART_END_NAMESPACE

// ---- apart/name/byte_set.hpp

APART_BEGIN_NAMESPACE

/// A set of bytes, made at compile time: ```byte_set("abc") | byte_set('0', '9')```.
class byte_set {
 public:
  constexpr byte_set() noexcept = default;
  constexpr byte_set(std::string_view bytes) noexcept {
    for (const char byte : bytes) add(static_cast<unsigned char>(byte));
  }
  constexpr byte_set(const char* bytes) noexcept : byte_set(std::string_view(bytes)) {}
  /// From `first` to `last`, both included.
  constexpr byte_set(unsigned first, unsigned last) noexcept {
    for (unsigned byte = first; byte <= last; ++byte) add(static_cast<unsigned char>(byte));
  }

  constexpr bool contains(char byte) const noexcept {
    const auto number = static_cast<unsigned char>(byte);
    return ((words_[number / 64] >> (number % 64)) & 1) != 0;
  }
  constexpr bool contains(const byte_set& other) const noexcept { return (*this & other) == other; }

  friend constexpr byte_set operator|(byte_set left, const byte_set& right) noexcept {
    for (int i = 0; i < 4; ++i) left.words_[i] |= right.words_[i];
    return left;
  }
  friend constexpr byte_set operator&(byte_set left, const byte_set& right) noexcept {
    for (int i = 0; i < 4; ++i) left.words_[i] &= right.words_[i];
    return left;
  }
  friend constexpr byte_set operator-(byte_set left, const byte_set& right) noexcept {
    for (int i = 0; i < 4; ++i) left.words_[i] &= ~right.words_[i];
    return left;
  }
  friend constexpr bool operator==(const byte_set& left, const byte_set& right) noexcept {
    for (int i = 0; i < 4; ++i) {
      if (left.words_[i] != right.words_[i]) return false;
    }
    return true;
  }

 private:
  constexpr void add(unsigned char byte) noexcept { words_[byte / 64] |= std::uint64_t{1} << (byte % 64); }

  std::uint64_t words_[4] = {};
};

namespace detail {

inline constexpr byte_set digits{'0', '9'};
inline constexpr byte_set lower_letters{'a', 'z'};
inline constexpr byte_set letters = lower_letters | byte_set{'A', 'Z'};
inline constexpr byte_set any_byte{0x00, 0xff};

/// POSIX, XBD 3.282 "Portable Filename Character Set".
inline constexpr byte_set portable_name_bytes = letters | digits | "._-";

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/name/detail/reserved_words.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Words with a blank between two of them, in small letters where case does not count. Whoever looks for one takes the text
/// apart: as a constant expression each file that includes this would pay for it.
class word_list {
 public:
  /// `longest`: of the words.
  template <std::size_t Size>
  constexpr word_list(const char (&text)[Size], std::size_t longest) noexcept
      : text_(text, Size - 1), longest_(longest) {}

  /// `equal(name, word)` says what counts as the same.
  template <typename Equal>
  constexpr bool contains(std::string_view name, Equal equal) const noexcept {
    if (name.size() > longest_) return false;
    for (std::string_view rest = text_; !rest.empty();) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      if (equal(name, word)) return true;
      rest.remove_prefix(word.size() < rest.size() ? word.size() + 1 : word.size());
    }
    return false;
  }

 private:
  std::string_view text_;
  std::size_t longest_;
};

/// PostgreSQL, appendix C: the key words that are reserved there, also those that "can be function or type".
inline constexpr word_list postgresql_key_words{
    "all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation "
    "column concurrently constraint create cross current_catalog current_date current_role current_schema "
    "current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for "
    "foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral "
    "leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps "
    "placing primary references returning right select session_user similar some symmetric system_user table "
    "tablesample then to trailing true union unique user using variadic verbose when where window with",
    17};

/// MySQL, "Keywords and Reserved Words": the reserved ones of 8.0, 8.4 and 9 together.
inline constexpr word_list mysql_key_words{
    "_filename accessible add all alter analyze and as asc asensitive before between bigint binary blob both by call "
    "cascade case change char character check collate column condition constraint continue convert create cross cube "
    "cume_dist current_date current_time current_timestamp current_user cursor database databases day_hour "
    "day_microsecond day_minute day_second dec decimal declare default delayed delete dense_rank desc describe "
    "deterministic distinct distinctrow div double drop dual each else elseif empty enclosed escaped except exists "
    "exit explain false fetch first_value float float4 float8 for force foreign from fulltext function generated get "
    "grant group grouping groups having high_priority hour_microsecond hour_minute hour_second if ignore in index "
    "infile inner inout insensitive insert int int1 int2 int3 int4 int8 integer intersect interval into "
    "io_after_gtids io_before_gtids is iterate join json_table key keys kill lag last_value lateral lead leading "
    "leave left library like limit linear lines load localtime localtimestamp lock long longblob longtext loop "
    "low_priority manual master_bind master_ssl_verify_server_cert match maxvalue mediumblob mediumint mediumtext "
    "middleint minute_microsecond minute_second mod modifies natural no_write_to_binlog not nth_value ntile null "
    "numeric of on optimize optimizer_costs option optionally or order out outer outfile over parallel partition "
    "percent_rank precision primary procedure purge qualify range rank read read_write reads real recursive "
    "references regexp release rename repeat replace require resignal restrict return revoke right rlike row "
    "row_number rows schema schemas second_microsecond select sensitive separator set show signal smallint spatial "
    "specific sql sql_big_result sql_calc_found_rows sql_small_result sqlexception sqlstate sqlwarning ssl starting "
    "stored straight_join system table tablesample terminated then tinyblob tinyint tinytext to trailing trigger true "
    "undo union unique unlock unsigned update usage use using utc_date utc_time utc_timestamp values varbinary "
    "varchar varcharacter varying virtual when where while window with write xor year_month zerofill",
    29};

/// ISO C23, 6.4.1, and the older spellings that it keeps.
inline constexpr word_list c_key_words{
    "alignas alignof auto bool break case char const constexpr continue default do double else enum extern false "
    "float for goto if inline int long nullptr register restrict return short signed sizeof static static_assert "
    "struct switch thread_local true typedef typeof typeof_unqual union unsigned void volatile while _Alignas "
    "_Alignof _Atomic _BitInt _Bool _Complex _Decimal128 _Decimal32 _Decimal64 _Generic _Imaginary _Noreturn "
    "_Static_assert _Thread_local",
    14};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/name/detail/forbidden.hpp

APART_BEGIN_NAMESPACE
namespace detail {

constexpr char to_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr char to_upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

constexpr bool starts_with(std::string_view text, std::string_view start) noexcept {
  return text.substr(0, start.size()) == start;
}

constexpr bool ends_with(std::string_view text, std::string_view end) noexcept {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

constexpr bool consists_of(const byte_set& bytes, std::string_view text) noexcept {
  for (const char byte : text) {
    if (!bytes.contains(byte)) return false;
  }
  return true;
}

/// `word` is in small letters.
constexpr bool equal_ignoring_case(std::string_view text, std::string_view word) noexcept {
  if (text.size() != word.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (to_lower(text[i]) != word[i]) return false;
  }
  return true;
}

/// Kubernetes, IsDNS1123Subdomain: what stands between two dots begins and ends with a letter or a digit.
constexpr bool has_bad_dns_label(std::string_view name) noexcept {
  constexpr byte_set inside = lower_letters | digits;
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
    if (dot == 0 || dot + 1 == name.size()) return true;
    if (!inside.contains(name[dot - 1]) || !inside.contains(name[dot + 1])) return true;
  }
  return false;
}

/// A reserved key word, or a name that CREATE SCHEMA, CREATE ROLE and CREATE TABLESPACE keep for the system.
constexpr bool is_reserved_by_postgresql(std::string_view name) noexcept {
  return postgresql_key_words.contains(name, equal_ignoring_case) || equal_ignoring_case(name.substr(0, 3), "pg_");
}

/// A reserved word, or digits alone.
constexpr bool is_reserved_by_mysql(std::string_view name) noexcept {
  return mysql_key_words.contains(name, equal_ignoring_case) || consists_of(digits, name);
}

constexpr bool is_c_key_word(std::string_view name) noexcept {
  return c_key_words.contains(name, [](std::string_view one, std::string_view other) { return one == other; });
}

/// Four numbers of up to three digits, joined by dots.
constexpr bool is_formatted_as_ip_address(std::string_view name) noexcept {
  for (int group = 1; group <= 4; ++group) {
    const std::string_view number = name.substr(0, name.find('.'));
    if (number.empty() || number.size() > 3 || !consists_of(digits, number)) return false;
    if (group == 4) return number.size() == name.size();
    if (number.size() == name.size()) return false;
    name.remove_prefix(number.size() + 1);
  }
  return false;
}

/// What the list of S3 refuses beyond bytes and lengths. The ending "-an" is for account regional namespaces.
constexpr bool is_refused_by_s3(std::string_view name) noexcept {
  for (const std::string_view start : {"xn--", "sthree-", "amzn-s3-demo-"}) {
    if (starts_with(name, start)) return true;
  }
  for (const std::string_view end : {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"}) {
    if (ends_with(name, end)) return true;
  }
  return name.find("..") != std::string_view::npos || is_formatted_as_ip_address(name);
}

constexpr bool has_double_dash(std::string_view name) noexcept { return name.find("--") != std::string_view::npos; }

constexpr bool is_dot_or_dot_dot(std::string_view name) noexcept { return name == "." || name == ".."; }

/// In the shared memory of Linux, which is a directory.
constexpr bool is_dot_or_dot_dot_after_slash(std::string_view name) noexcept {
  return is_dot_or_dot_dot(name.substr(1));
}

/// RFC 3629: how many bytes the sequence takes with which `text` begins; 0 where it is not well-formed.
constexpr std::size_t utf8_size(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool surrogate = lead == 0xed && second > 0x9f;
  const bool beyond = lead == 0xf4 && second > 0x8f;
  return overlong || surrogate || beyond ? 0 : size;
}

constexpr bool is_refused_by_rabbitmq(std::string_view name) noexcept {
  if (starts_with(name, "amq.")) return true;
  while (!name.empty()) {
    const std::size_t size = utf8_size(name);
    if (size == 0) return true;
    name.remove_prefix(size);
  }
  return false;
}

/// Microsoft, "Naming Files, Paths, and Namespaces": the devices, in any case, also with an extension. The three raised
/// digits are given in UTF-8.
constexpr bool is_windows_device(std::string_view name) noexcept {
  const std::string_view base = name.substr(0, name.find('.'));
  for (const std::string_view device : {"con", "prn", "aux", "nul"}) {
    if (equal_ignoring_case(base, device)) return true;
  }
  if (!equal_ignoring_case(base.substr(0, 3), "com") && !equal_ignoring_case(base.substr(0, 3), "lpt")) return false;
  const std::string_view number = base.substr(3);
  return (number.size() == 1 && number[0] >= '1' && number[0] <= '9') || number == "\xc2\xb9" || number == "\xc2\xb2" ||
         number == "\xc2\xb3";
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/name/name_rule.hpp

APART_BEGIN_NAMESPACE

/// What becomes of the letters of a prefix.
enum class letter_case { keep, lower, upper };

/// What a service accepts as a name. A constexpr aggregate: for a service that is not below, write one.
///
///     constexpr apart::byte_set letters{'a', 'z'}, digits{'0', '9'};
///     constexpr apart::name_rule account{"account", letters, letters | digits | "_", letters | digits, 3, 24, '_'};
///
/// The first members are the service's published rule, byte by byte; `is_valid` checks them and nothing else. The
/// others say how `unique_name` makes a valid name out of any prefix.
struct name_rule {
  const char* what;        ///< the kind of name, for error messages
  byte_set start;          ///< allowed as the first byte,
  byte_set middle;         ///< between the first and the last,
  byte_set end;            ///< and as the last; a name of one byte must be allowed as both
  std::size_t min_length;  ///< in bytes
  std::size_t max_length;  ///< in bytes

  char separator = '-';                         ///< between prefix and unique part, and for what cannot be kept
  letter_case letters = letter_case::keep;      ///< of the prefix
  byte_set kept = detail::portable_name_bytes;  ///< what is taken over from a prefix, where `middle` allows it
  bool (*forbids)(std::string_view) noexcept = nullptr;  ///< part of the published rule: what else is refused
};

/// Whether the service accepts `text`: its published rule, exactly. Knows nothing of how names are made.
[[nodiscard]] constexpr bool is_valid(const name_rule& rule, std::string_view text) noexcept {
  if (text.empty()) return rule.min_length == 0;
  if (text.size() < rule.min_length || text.size() > rule.max_length) return false;
  if (!rule.start.contains(text.front()) || !rule.end.contains(text.back())) return false;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (!rule.middle.contains(text[i])) return false;
  }
  return rule.forbids == nullptr || !rule.forbids(text);
}

/// Rules of common services. Lengths are in bytes.
namespace rules {

/// Kubernetes, "Object Names and IDs", DNS label names (RFC 1123): small letters, digits, '-', not at either end; 63.
inline constexpr name_rule dns_label{"DNS label",
                                     detail::lower_letters | detail::digits,
                                     detail::lower_letters | detail::digits | "-",
                                     detail::lower_letters | detail::digits,
                                     1,
                                     63,
                                     '-',
                                     letter_case::lower};

/// Kubernetes, "Object Names and IDs", DNS subdomain names (RFC 1123), as IsDNS1123Subdomain checks them: labels
/// joined by dots, 253 in all. A label's own length is not limited there.
inline constexpr name_rule dns_subdomain{"DNS subdomain",
                                         detail::lower_letters | detail::digits,
                                         detail::lower_letters | detail::digits | "-.",
                                         detail::lower_letters | detail::digits,
                                         1,
                                         253,
                                         '-',
                                         letter_case::lower,
                                         detail::portable_name_bytes,
                                         detail::has_bad_dns_label};

/// Kubernetes, "Object Names and IDs", RFC 1035 label names: a DNS label that begins with a letter.
inline constexpr name_rule dns_1035_label{"DNS label of RFC 1035",
                                          detail::lower_letters,
                                          detail::lower_letters | detail::digits | "-",
                                          detail::lower_letters | detail::digits,
                                          1,
                                          63,
                                          '-',
                                          letter_case::lower};

/// PostgreSQL, section 4.1.1 "Identifiers and Key Words": a name that needs no quotes, for any kind of object. Letters
/// (bytes from 0x80 on count as such), '_', then also digits and '$'; 63 (NAMEDATALEN - 1), since longer ones are cut.
/// Unquoted names are folded to small letters, so those are what `unique_name` makes.
inline constexpr name_rule postgresql{"PostgreSQL identifier",
                                      detail::letters | "_" | byte_set{0x80, 0xff},
                                      detail::letters | detail::digits | "_$" | byte_set{0x80, 0xff},
                                      detail::letters | detail::digits | "_$" | byte_set{0x80, 0xff},
                                      1,
                                      63,
                                      '_',
                                      letter_case::lower,
                                      detail::portable_name_bytes,
                                      detail::is_reserved_by_postgresql};

/// MySQL, "Schema Object Names": a name of ASCII letters, digits, '$' and '_' that needs no quotes: no reserved word, not
/// digits alone; 64 characters. MySQL takes letters beyond ASCII too; this rule leaves them out, so that a byte is a
/// character. Where the server folds names, it folds them to small letters, so those are what `unique_name` makes.
inline constexpr name_rule mysql{"MySQL identifier",
                                 detail::letters | detail::digits | "_$",
                                 detail::letters | detail::digits | "_$",
                                 detail::letters | detail::digits | "_$",
                                 1,
                                 64,
                                 '_',
                                 letter_case::lower,
                                 detail::portable_name_bytes,
                                 detail::is_reserved_by_mysql};

/// Redis, "Keys and values": any bytes, the empty key too; 512 MB. "object-type:id" is the form that it recommends.
inline constexpr name_rule redis_key{
    "Redis key", detail::any_byte,  detail::any_byte, detail::any_byte, 0, std::size_t{512} * 1024 * 1024,
    ':',         letter_case::keep, detail::any_byte};

/// Amazon S3, "General purpose bucket naming rules", shared global namespace: small letters, digits, '.', '-', neither of
/// them at an end; 3 to 63; no "..", nothing formatted as an IP address, no reserved beginning ("xn--", …) and ending.
/// `unique_name` makes '-' of '.', as "Best practices" there has it.
inline constexpr name_rule s3_bucket{"S3 bucket",
                                     detail::lower_letters | detail::digits,
                                     detail::lower_letters | detail::digits | "-.",
                                     detail::lower_letters | detail::digits,
                                     3,
                                     63,
                                     '-',
                                     letter_case::lower,
                                     detail::portable_name_bytes - ".",
                                     detail::is_refused_by_s3};

/// Azure Storage, "Naming and Referencing Containers, Blobs, and Metadata": small letters, digits, and single '-' between
/// them; 3 to 63.
inline constexpr name_rule azure_container{"Azure container",
                                           detail::lower_letters | detail::digits,
                                           detail::lower_letters | detail::digits | "-",
                                           detail::lower_letters | detail::digits,
                                           3,
                                           63,
                                           '-',
                                           letter_case::lower,
                                           detail::portable_name_bytes,
                                           detail::has_double_dash};

/// Apache Kafka, org.apache.kafka.common.internals.Topic: ASCII letters, digits, '.', '_', '-'; not "." and ".."; 249.
inline constexpr name_rule kafka_topic{"Kafka topic",
                                       detail::letters | detail::digits | "._-",
                                       detail::letters | detail::digits | "._-",
                                       detail::letters | detail::digits | "._-",
                                       1,
                                       249,
                                       '-',
                                       letter_case::keep,
                                       detail::portable_name_bytes,
                                       detail::is_dot_or_dot_dot};

/// RabbitMQ, "Queues", Names: up to 255 bytes of UTF-8, not beginning with "amq.". The empty name is no name there: it
/// asks the broker for one.
inline constexpr name_rule rabbitmq_queue{"RabbitMQ queue",
                                          detail::any_byte,
                                          detail::any_byte,
                                          detail::any_byte,
                                          1,
                                          255,
                                          '-',
                                          letter_case::keep,
                                          detail::portable_name_bytes | ":/",
                                          detail::is_refused_by_rabbitmq};

/// Docker Engine, daemon/names: a letter or digit, then at least one of letters, digits, '_', '.', '-'. No greatest
/// length is given; as the name of a host in a network a name longer than 63 is not resolved.
inline constexpr name_rule docker_container{"Docker container",
                                            detail::letters | detail::digits,
                                            detail::letters | detail::digits | "_.-",
                                            detail::letters | detail::digits | "_.-",
                                            2,
                                            static_cast<std::size_t>(-1)};

/// A file name that POSIX (<limits.h>, NAME_MAX; XBD 3.170 "Filename") and Windows ("Naming Files, Paths, and
/// Namespaces") both accept: no '/' and NUL; no control bytes and <>:"\|?*; no space or dot at the end; no device.
inline constexpr name_rule file_name{"file name",
                                     detail::any_byte - byte_set{0x00, 0x1f} - "<>:\"/\\|?*",
                                     detail::any_byte - byte_set{0x00, 0x1f} - "<>:\"/\\|?*",
                                     detail::any_byte - byte_set{0x00, 0x1f} - "<>:\"/\\|?* .",
                                     1,
                                     255,
                                     '-',
                                     letter_case::keep,
                                     detail::portable_name_bytes,
                                     detail::is_windows_device};

/// POSIX, shm_open(), as Linux documents it (shm_overview(7)): '/', then at least one byte, none of them '/' or NUL;
/// 255 in all. The two names of a directory are refused. macOS takes 31: keep prefixes below 16 there.
inline constexpr name_rule posix_shm{"POSIX shared memory",
                                     "/",
                                     detail::any_byte - byte_set{0x00, 0x00} - "/",
                                     detail::any_byte - byte_set{0x00, 0x00} - "/",
                                     2,
                                     255,
                                     '-',
                                     letter_case::keep,
                                     detail::portable_name_bytes,
                                     detail::is_dot_or_dot_dot_after_slash};

/// ISO C, 6.4.2 "Identifiers": letters, '_', then also digits; no key word; 63, which 5.2.4.1 makes significant in every
/// internal identifier.
inline constexpr name_rule c_identifier{"C identifier",
                                        detail::letters | "_",
                                        detail::letters | detail::digits | "_",
                                        detail::letters | detail::digits | "_",
                                        1,
                                        63,
                                        '_',
                                        letter_case::keep,
                                        detail::portable_name_bytes,
                                        detail::is_c_key_word};

}  // namespace rules

APART_END_NAMESPACE

// ---- apart/name/detail/counter.hpp

/// What every part of a program counts with, whichever version of the library it was compiled with: it stands outside
/// the versioned namespace, and neither its layout nor the bijection below it ever changes.
APART_BEGIN_SHARED_NAMESPACE

/// A stretch of the 64-bit space from which one process takes blocks. The top bit of `first` says which half of the
/// space it lies in; positions wrap around within that half.
struct name_counter {
  std::uint64_t generation;  ///< of the process that it belongs to
  std::uint64_t first;
  std::uint64_t length;
  std::atomic<std::uint64_t> taken;
  name_counter* former;  ///< an ancestor's, or one that is used up; never freed, since a thread may still look at it
};

inline std::atomic<name_counter*> current_name_counter{nullptr};

APART_END_SHARED_NAMESPACE

APART_BEGIN_NAMESPACE
namespace detail {

/// The half of processes that a launcher numbered has this bit clear: each has a block of its own there. In the other
/// half everyone starts at random.
inline constexpr std::uint64_t random_half = std::uint64_t{1} << 63;
inline constexpr std::uint64_t launched_block = std::uint64_t{1} << 40;
inline constexpr std::uint64_t launched_blocks = random_half / launched_block;

/// The number that the launcher gave, together with the process that it was given to: a forked child is not that one.
struct given_number {
  bool given = false;
  std::uint64_t number = 0;
  std::uint64_t run_bits = 0;
  process_owner owner;

  /// Serves once in a process: `former` is what it counted with before.
  bool holds_after(const shared::name_counter* former) const noexcept {
    return given && former == nullptr && owner.is_this_process();
  }
};

inline given_number read_given_number() noexcept {
  const launched& told = launched_as();
  given_number given;
  given.given = told.is_worker() || told.is_keeper();
  given.number = told.number;
  given.run_bits = told.run_bits;
  return given;
}

inline const given_number& own_given_number() noexcept {
  static const given_number given = read_given_number();
  return given;
}

/// Asked at load, before anything can have forked.
inline const bool given_number_is_read = (own_given_number(), true);

/// Puts a counter of this process in the place of `former`, unless another thread has been faster.
inline void replace_counter(std::atomic<shared::name_counter*>& current, shared::name_counter* former,
                            std::uint64_t first, std::uint64_t length) {
  auto* const fresh = new shared::name_counter{process_generation(), first, length, {0}, former};
  if (!current.compare_exchange_strong(former, fresh)) delete fresh;
}

inline void replace_name_counter(shared::name_counter* former) {
  const given_number& given = own_given_number();
  if (given.holds_after(former) && given.number < launched_blocks) {
    const std::uint64_t first = (given.run_bits + given.number * launched_block) & ~random_half;
    replace_counter(shared::current_name_counter, former, first, launched_block);
  } else {
    replace_counter(shared::current_name_counter, former, random_bits() | random_half, random_half);
  }
}

/// What a thread has taken from the counter of its process: threads meet only when they take another.
struct name_block {
  static constexpr std::uint64_t size = 1024;

  std::uint64_t generation = 0;
  std::uint64_t half = 0;
  std::uint64_t next = 0;
  std::uint64_t end = 0;
};

inline thread_local name_block this_thread_block;

inline void refill(name_block& block) {
  for (;;) {
    shared::name_counter* const counter = shared::current_name_counter.load(std::memory_order_acquire);
    const std::uint64_t generation = process_generation();
    if (counter != nullptr && counter->generation == generation) {
      const std::uint64_t begin = counter->taken.fetch_add(name_block::size, std::memory_order_relaxed);
      if (begin <= counter->length - name_block::size) {
        block.generation = generation;
        block.half = counter->first & random_half;
        block.next = counter->first + begin;
        block.end = block.next + name_block::size;
        return;
      }
    }
    replace_name_counter(counter);
  }
}

/// A bijection on 64 bits: the finaliser of splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
/// Generators, 2014, variant 13 of Stafford). Neighbours come out unlike each other.
constexpr std::uint64_t mix(std::uint64_t value) noexcept {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

/// 64 bits that no other call in this process returns, nor, under a launcher, any in its run. Any thread. A forked
/// child, by raw clone too, counts elsewhere; a process stops handing out its own where it forks.
inline std::uint64_t unique_bits() {
  name_block& block = this_thread_block;
  if (block.next == block.end || block.generation != process_generation()) refill(block);
  return mix(block.half | (block.next++ & ~random_half));
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/name/detail/spelling.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Small letters and digits that every service accepts and nobody mistakes for each other. No vowels: no words.
inline constexpr char name_alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
inline constexpr std::size_t name_alphabet_size = sizeof name_alphabet - 1;

/// All pairs of its characters, one after the other: the digits of base 729. By the preprocessor, since a constant expression
/// would cost each file that includes this more than the rest of this header does.
inline constexpr std::size_t pair_count = name_alphabet_size * name_alphabet_size;
// clang-format off
#define APART_PAIRS(c)                                                                                                       \
  c "b" c "c" c "d" c "f" c "g" c "h" c "j" c "k" c "l" c "m" c "n" c "p" c "q" c "r" c "s" c "t" c "v" c "w" c "x" c "z"    \
  c "2" c "4" c "5" c "6" c "7" c "8" c "9"
inline constexpr char pairs[] =
    APART_PAIRS("b") APART_PAIRS("c") APART_PAIRS("d") APART_PAIRS("f") APART_PAIRS("g") APART_PAIRS("h") APART_PAIRS("j")
    APART_PAIRS("k") APART_PAIRS("l") APART_PAIRS("m") APART_PAIRS("n") APART_PAIRS("p") APART_PAIRS("q") APART_PAIRS("r")
    APART_PAIRS("s") APART_PAIRS("t") APART_PAIRS("v") APART_PAIRS("w") APART_PAIRS("x") APART_PAIRS("z") APART_PAIRS("2")
    APART_PAIRS("4") APART_PAIRS("5") APART_PAIRS("6") APART_PAIRS("7") APART_PAIRS("8") APART_PAIRS("9");
#undef APART_PAIRS
// clang-format on
static_assert(sizeof pairs == 2 * pair_count + 1, "each pair once");

/// How many characters a spelled value has: 7 digits, since 729^7 > 2^64.
inline constexpr std::size_t spelled_size = 14;

/// Splits value * factor, 96 bits of it, into its high word, which is returned, and its low word. `factor` < 2^31.
constexpr std::uint32_t take_digits(std::uint64_t& value, std::uint32_t factor) noexcept {
  const std::uint64_t low = (value & 0xffffffff) * factor;
  const std::uint64_t high = (value >> 32) * factor + (low >> 32);
  value = (high << 32) | (low & 0xffffffff);
  return static_cast<std::uint32_t>(high >> 32);
}

inline void write_pair(std::uint32_t digit, char* to) noexcept { std::memcpy(to, pairs + std::size_t{2} * digit, 2); }

/// Writes `value` as the fraction value / 2^64 in base 729: a digit is the high word of value * 729, the rest its low
/// word; three are taken at a time. Different values are spelled differently. Exactly `spelled_size` characters, no
/// terminator.
inline void spell(std::uint64_t value, char* to) noexcept {
  constexpr std::uint32_t base = pair_count;
  for (std::size_t at = 0; at < 12; at += 6) {
    const std::uint32_t three = take_digits(value, base * base * base);
    write_pair(three / (base * base), to + at);
    write_pair(three / base % base, to + at + 2);
    write_pair(three % base, to + at + 4);
  }
  write_pair(take_digits(value, base), to + 12);
}

/// A short spelling: 4 digits of base 729.
inline constexpr std::size_t short_spelled_size = 8;
inline constexpr std::uint64_t short_spellings = std::uint64_t{pair_count} * pair_count * pair_count * pair_count;

/// Writes `value` < `short_spellings`; different values are spelled differently. No terminator.
inline void spell_short(std::uint64_t value, char* to) noexcept {
  for (std::size_t at = short_spelled_size; at > 0; at -= 2) {
    write_pair(static_cast<std::uint32_t>(value % pair_count), to + at - 2);
    value /= pair_count;
  }
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/name/detail/compose.hpp

APART_BEGIN_NAMESPACE
namespace detail {

inline constexpr byte_set spelled_bytes{std::string_view(name_alphabet, name_alphabet_size)};

/// What makes a rule unusable for names that end in a unique part.
enum class rule_flaw { none, lengths, no_room, no_start, alphabet, separator };

constexpr rule_flaw flaw_of(const name_rule& rule, std::size_t unique_size = spelled_size) noexcept {
  if (rule.min_length > rule.max_length) return rule_flaw::lengths;
  if (rule.max_length < unique_size + 2) return rule_flaw::no_room;
  if (rule.start == byte_set()) return rule_flaw::no_start;
  if (!rule.middle.contains(spelled_bytes) || !rule.end.contains(spelled_bytes)) return rule_flaw::alphabet;
  if (!rule.middle.contains(rule.separator)) return rule_flaw::separator;
  return rule_flaw::none;
}

constexpr const char* text_of(rule_flaw flaw) noexcept {
  switch (flaw) {
    case rule_flaw::lengths:
      return "its least length is above its greatest";
    case rule_flaw::no_room:
      return "its greatest length leaves no room for a prefix and the unique part";
    case rule_flaw::no_start:
      return "no byte may stand at the start";
    case rule_flaw::alphabet:
      return "it must allow bcdfghjklmnpqrstvwxz2456789 in the middle and at the end";
    case rule_flaw::separator:
      return "its separator may not stand in the middle";
    case rule_flaw::none:
      break;
  }
  return "it forbids every name that could be made";
}

/// Refuses a rule without sense where it is a constant.
template <rule_flaw Flaw>
constexpr void check_constant_rule() noexcept {
  static_assert(Flaw != rule_flaw::lengths, "the rule's least length is above its greatest");
  static_assert(Flaw != rule_flaw::no_room, "the rule leaves no room for a prefix and the unique part");
  static_assert(Flaw != rule_flaw::no_start, "the rule allows no byte at the start");
  static_assert(Flaw != rule_flaw::alphabet,
                "the rule must allow bcdfghjklmnpqrstvwxz2456789 in the middle and at the end");
  static_assert(Flaw != rule_flaw::separator, "the rule's separator may not stand in the middle");
}

constexpr char with_case(letter_case wanted, char c) noexcept {
  return wanted == letter_case::lower ? to_lower(c) : wanted == letter_case::upper ? to_upper(c) : c;
}

/// How many bytes a prefix may have.
constexpr std::size_t prefix_room(const name_rule& rule, std::size_t unique_size) noexcept {
  return rule.max_length - unique_size - 1;
}

/// The prefixes that need no change at all: bytes at the start, anywhere, and at the end, and lengths.
struct plain_prefixes {
  byte_set start;
  byte_set all;
  byte_set end;
  std::size_t min_length = 1;
  std::size_t max_length = 0;

  constexpr bool contain(std::string_view prefix) const noexcept {
    if (prefix.size() < min_length || prefix.size() > max_length) return false;
    if (!start.contains(prefix.front()) || !end.contains(prefix.back())) return false;
    for (const char byte : prefix) {
      if (!all.contains(byte)) return false;
    }
    return true;
  }
};

/// None where the whole name has to be looked at.
constexpr plain_prefixes plain_prefixes_of(const name_rule& rule) noexcept {
  plain_prefixes plain;
  if (flaw_of(rule) != rule_flaw::none || rule.forbids != nullptr) return plain;
  plain.all = rule.kept & rule.middle;
  if (rule.letters == letter_case::lower) plain.all = plain.all - (letters - lower_letters);
  if (rule.letters == letter_case::upper) plain.all = plain.all - lower_letters;
  plain.start = rule.start;
  plain.end = rule.end - byte_set(std::string_view(&rule.separator, 1));
  if (rule.min_length > spelled_size + 2) plain.min_length = rule.min_length - spelled_size - 1;
  plain.max_length = prefix_room(rule, spelled_size);
  return plain;
}

inline constexpr plain_prefixes plain_dns_labels = plain_prefixes_of(rules::dns_label);

/// `prefix`, the separator, and `value` in full: one allocation.
inline std::string join(std::string_view prefix, char separator, std::uint64_t value) {
  std::string name(prefix.size() + 1 + spelled_size, separator);
  prefix.copy(name.data(), prefix.size());
  spell(value, name.data() + prefix.size() + 1);
  return name;
}

/// The byte that goes before what may not stand at the start: a letter where one may.
constexpr char lead_of(const name_rule& rule) noexcept {
  if (rule.start.contains('x')) return 'x';
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (rule.start.contains(static_cast<char>(byte))) return static_cast<char>(byte);
  }
  return rule.separator;
}

/// `prefix` made fit to stand before the unique part: a separator in the place of every run of bytes that are not kept,
/// none at the start where it may not stand there, none at the end.
inline std::string fit_prefix(const name_rule& rule, std::string_view prefix, std::size_t unique_size) {
  std::string fitted;
  for (const char byte : prefix) {
    const char mapped = with_case(rule.letters, byte);
    const bool kept = rule.kept.contains(byte) && rule.middle.contains(mapped);
    const char next = kept ? mapped : rule.separator;
    if (!kept && !fitted.empty() && fitted.back() == rule.separator) continue;
    if (fitted.empty() && !rule.start.contains(next)) {
      if (next == rule.separator) continue;
      fitted += lead_of(rule);
    }
    if (fitted.size() == prefix_room(rule, unique_size)) break;
    fitted += next;
  }
  while (!fitted.empty() && (fitted.back() == rule.separator || !rule.end.contains(fitted.back()))) fitted.pop_back();
  if (fitted.empty() && !rule.start.contains(spelled_bytes)) fitted = lead_of(rule);
  return fitted;
}

/// `prefix` with every run of bytes other than letters and digits as one separator.
inline std::string plain_words(const name_rule& rule, std::string_view prefix) {
  std::string words;
  for (const char byte : prefix) {
    if ((letters | digits).contains(byte)) {
      words += byte;
    } else if (!words.empty() && words.back() != rule.separator) {
      words += rule.separator;
    }
  }
  return words;
}

inline std::string join_if_valid(const name_rule& rule, std::string_view prefix, std::string_view unique) {
  std::string name = fit_prefix(rule, prefix, unique.size());
  if (!name.empty()) name += rule.separator;
  name += unique;
  if (name.size() < rule.min_length) name.insert(0, rule.min_length - name.size(), lead_of(rule));
  if (!is_valid(rule, name)) name.clear();
  return name;
}

[[noreturn]] inline void raise_unusable(const name_rule& rule, rule_flaw flaw) {
  raise(error(std::string("names by the rule '") + rule.what + "': " + text_of(flaw) + "; correct the rule"));
}

/// A valid name out of any prefix, ending in `unique`. What the rule forbids beyond its bytes is met by giving up more
/// and more of the prefix's own look: first its runs of separators, then its beginning, then all of it.
inline std::string compose(const name_rule& rule, std::string_view prefix, std::string_view unique) {
  const rule_flaw flaw = flaw_of(rule, unique.size());
  if (flaw != rule_flaw::none) raise_unusable(rule, flaw);
  std::string name = join_if_valid(rule, prefix, unique);
  if (!name.empty()) return name;
  const std::string words = plain_words(rule, prefix);
  const std::string lead(1, lead_of(rule));
  for (const std::string& attempt : {words, lead + rule.separator + words, lead}) {
    name = join_if_valid(rule, attempt, unique);
    if (!name.empty()) return name;
  }
  raise_unusable(rule, rule_flaw::none);
}

inline std::string compose(const name_rule& rule, std::string_view prefix, std::uint64_t value) {
  char unique[spelled_size];
  spell(value, unique);
  return compose(rule, prefix, std::string_view(unique, spelled_size));
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/name/detail/short_counter.hpp

APART_BEGIN_SHARED_NAMESPACE

/// As `current_name_counter`, in the space of short names: positions from 0 to 27^8 - 1.
inline std::atomic<name_counter*> current_short_counter{nullptr};

APART_END_SHARED_NAMESPACE

APART_BEGIN_NAMESPACE
namespace detail {

/// The lower part of the space belongs to processes that a launcher numbered: 32,768 blocks of 4,194,304 names each. In
/// the upper part everyone else starts at random.
inline constexpr std::uint64_t short_launched = std::uint64_t{1} << 37;
inline constexpr std::uint64_t short_block = std::uint64_t{1} << 22;
inline constexpr std::uint64_t short_blocks = short_launched / short_block;
inline constexpr std::uint64_t short_random = short_spellings - short_launched;

[[noreturn]] inline void raise_no_short_names(const std::string& why) {
  raise(error("short names: " + why + "; use unique_name(), whose 14 characters do not run out"));
}

inline void replace_short_counter(shared::name_counter* former) {
  const given_number& given = own_given_number();
  if (!given.holds_after(former)) {
    const std::uint64_t first = short_launched + random_bits() % short_random;
    return replace_counter(shared::current_short_counter, former, first, short_random);
  }
  if (given.number >= short_blocks) {
    raise_no_short_names("this is process " + std::to_string(given.number) + " of the run, and there is room for " +
                         std::to_string(short_blocks));
  }
  const std::uint64_t first = (given.run_bits + given.number * short_block) % short_launched;
  replace_counter(shared::current_short_counter, former, first, short_block);
}

/// A position that no other call in this process returns, nor, under a launcher, any in its run. Any thread, fork and
/// raw clone, as `unique_bits`.
inline std::uint64_t unique_short_position() {
  for (;;) {
    shared::name_counter* const counter = shared::current_short_counter.load(std::memory_order_acquire);
    if (counter == nullptr || counter->generation != process_generation()) {
      replace_short_counter(counter);
      continue;
    }
    const std::uint64_t taken = counter->taken.fetch_add(1, std::memory_order_relaxed);
    if (taken >= counter->length) {
      raise_no_short_names("this process has used up the " + std::to_string(counter->length) + " that it may make");
    }
    return counter->first < short_launched ? (counter->first + taken) % short_launched
                                           : short_launched + (counter->first - short_launched + taken) % short_random;
  }
}

/// A permutation of the positions, so that neighbours come out unlike each other: a Feistel network of four rounds on
/// two digits of base 27^4. Whatever the round function is, each round can be undone.
constexpr std::uint64_t permute_short(std::uint64_t position) noexcept {
  constexpr std::uint64_t base = std::uint64_t{pair_count} * pair_count;
  std::uint64_t left = position / base;
  std::uint64_t right = position % base;
  for (std::uint64_t round = 1; round <= 4; ++round) {
    const std::uint64_t next = (left + mix((round << 32) | right) % base) % base;
    left = right;
    right = next;
  }
  return left * base + right;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/name/short_unique_name.hpp

APART_BEGIN_NAMESPACE

/// `unique_name` with 8 characters in place of 14, for names that people read or that must be short:
///
///     apart::short_unique_name("orders")   // orders-k4m9xd2f
///
/// Unique: in one process two calls never return the same 8 characters, and under the launcher no two processes of a
/// run do. There are 27^8 = 2.8e11, so that beyond a run they meet sooner than long ones: P processes (forked children,
/// programs that a worker starts, other runs) that make M names each, with a probability of at most P^2 * M / 2^36.
/// Ten runs with a thousand names each: 1.5e-6.
/// Threads, fork, validity: as `unique_name`.
/// Errors: `apart::error` when a process that the launcher started has made 4,194,304 of them, when 32,768 processes
/// have been started in the run, when a rule leaves no room, when the system gives no random numbers. Never a repeat.
[[nodiscard]] inline std::string short_unique_name(const name_rule& rule, std::string_view prefix = "test") {
  char unique[detail::short_spelled_size];
  detail::spell_short(detail::permute_short(detail::unique_short_position()), unique);
  return detail::compose(rule, prefix, std::string_view(unique, sizeof unique));
}

[[nodiscard]] inline std::string short_unique_name(std::string_view prefix = "test") {
  return short_unique_name(rules::dns_label, prefix);
}

std::string short_unique_name(std::nullptr_t) = delete;
std::string short_unique_name(const name_rule&, std::nullptr_t) = delete;

APART_END_NAMESPACE

// ---- apart/name/unique_id.hpp

APART_BEGIN_NAMESPACE

/// A number that no other call in this process returns, and under a launcher none in its run: for rows, tenants,
/// correlation ids. Never 0. Elsewhere, and in forked children, as unlikely to repeat as `unique_name`.
/// Threads: any. Errors: `apart::error` when the system gives no random numbers.
[[nodiscard]] inline std::uint64_t unique_id() {
  std::uint64_t id = detail::unique_bits();
  while (id == 0) id = detail::unique_bits();
  return id;
}

/// A UUID in the form of version 4 (RFC 9562, section 5.4), 36 characters in small letters. 64 of its bits are a
/// `unique_id`, so it is distinct where that is; the other 58 are random.
[[nodiscard]] inline std::string unique_uuid() {
  const std::uint64_t id = unique_id();
  const std::uint64_t random = detail::pooled_random_bits();
  // 48 bits, then the version and 12 bits: 60 of the id. The variant, its last 4 bits and 58 random ones.
  const std::uint64_t high = (id & 0xffffffffffff0000) | 0x4000 | ((id >> 4) & 0x0fff);
  const std::uint64_t low = 0x8000000000000000 | ((id & 0xf) << 58) | (random >> 6);
  std::string text(36, '-');
  std::size_t at = 0;
  for (int shift = 124; shift >= 0; shift -= 4) {
    if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
    text[at++] = "0123456789abcdef"[(shift >= 64 ? high >> (shift - 64) : low >> shift) & 0xf];
  }
  return text;
}

/// `length` characters of bcdfghjklmnpqrstvwxz2456789, each equally likely, from the system's entropy: for passwords,
/// tokens and filler. Random, not unique: among a million strings of 8 characters about two are alike.
/// Threads: any, also in forked children.
[[nodiscard]] inline std::string random_string(std::size_t length) {
  std::string text;
  text.reserve(length);
  while (text.size() < length) {
    std::uint64_t bits = detail::pooled_random_bits();
    for (int i = 0; i < 12 && text.size() < length; ++i, bits >>= 5) {
      const std::size_t drawn = bits & 31;
      if (drawn < detail::name_alphabet_size) text += detail::name_alphabet[drawn];  // the rest would favour some
    }
  }
  return text;
}

APART_END_NAMESPACE

// ---- apart/name/unique_name.hpp

APART_BEGIN_NAMESPACE

/// A name that nobody else has: `<prefix>-<14 characters of bcdfghjklmnpqrstvwxz2456789>`.
///
///     apart::unique_name("orders")                             // orders-kx4m8vd2rfz7wq, a DNS label
///     apart::unique_name(apart::rules::postgresql, "Orders")   // orders_t9bn5hgc6pw2jk
///
/// Unique: in one process two calls never return the same 14 characters, whatever the prefixes and rules: a counter
/// goes through a bijection on 64 bits and is spelled in full. Under the launcher that holds for all processes that it
/// starts in a run, since each counts in a block of its own (2^40 names; whoever uses that up goes on as below).
/// Everyone else, a forked child and a program that a worker starts among them, begins at a random place of the other
/// half of the space: P processes that draw M names each then meet with a probability of at most P^2 * M / 2^63. A
/// thousand processes with a million names each: 1e-7. It holds between runs and between machines too.
/// Valid: any bytes in the prefix give a name that the rule accepts. Letters change their case where the rule wants it,
/// what it does not allow becomes its separator, and what is too long is cut: the prefix, never the unique part.
/// Threads: any, without waiting for each other. Fork: the child counts elsewhere, after a raw clone of a process with
/// one thread too. Names do not repeat from run to run on purpose; there is no seed.
/// Errors: `apart::error` when the system gives no random numbers, or when a rule leaves no room for a name.
[[nodiscard]] inline std::string unique_name(const name_rule& rule, std::string_view prefix = "test") {
  const std::uint64_t value = detail::unique_bits();
  if (detail::plain_prefixes_of(rule).contain(prefix)) return detail::join(prefix, rule.separator, value);
  return detail::compose(rule, prefix, value);
}

[[nodiscard]] inline std::string unique_name(std::string_view prefix = "test") {
  const std::uint64_t value = detail::unique_bits();
  if (detail::plain_dns_labels.contain(prefix)) return detail::join(prefix, rules::dns_label.separator, value);
  return detail::compose(rules::dns_label, prefix, value);
}

/// The same with a rule that is a constant, as `unique_name<apart::rules::postgresql>("orders")`: one that makes no sense
/// does not compile.
template <const name_rule& Rule>
[[nodiscard]] std::string unique_name(std::string_view prefix = "test") {
  detail::check_constant_rule<detail::flaw_of(Rule)>();
  return unique_name(Rule, prefix);
}

std::string unique_name(std::nullptr_t) = delete;
std::string unique_name(const name_rule&, std::nullptr_t) = delete;

/// How often `create_unique` tries: the number that the API server of Kubernetes settled on for generated names.
inline constexpr int create_attempts = 8;

/// Makes something under a name that only its service can tell to be free, and returns the name:
///
///     std::string bucket = apart::create_unique(rules::dns_label, "logs", [&](const std::string& name) {
///       return s3.create_bucket(name) != already_exists;
///     });
///
/// `create(name)` returns exactly bool: true = made, false = "exists already", which is tried again under another name,
/// `create_attempts` times in all. What it throws passes through at once.
/// Errors: `apart::error` naming the attempts and the last name when all of them existed.
template <class Create>
std::string create_unique(const name_rule& rule, std::string_view prefix, Create create) {
  static_assert(std::is_same_v<std::invoke_result_t<Create&, const std::string&>, bool>,
                "create(name) must return exactly bool: true = made, false = exists already");
  std::string name;
  for (int attempt = 1; attempt <= create_attempts; ++attempt) {
    name = unique_name(rule, prefix);
    if (create(static_cast<const std::string&>(name))) return name;
  }
  detail::raise(error("'" + name + "' exists already, and so did the names of " + std::to_string(create_attempts - 1) +
                      " attempts before (" + std::to_string(create_attempts) +
                      " in all): check that create() returns false only for a name that is taken"));
}

APART_END_NAMESPACE

// ---- apart/process/detail/process_objects.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// " in worker 2 of 4", or nothing where the environment does not even tell that.
inline std::string in_this_worker() {
  std::string text;
  attempt(
      [&text] {
        const worker& here = this_worker();
        text = " in worker " + std::to_string(here.index) + " of " + std::to_string(here.count);
      },
      [](const char*) {});
  return text;
}

/// An object that a process has built. Owned by the list of its process; in a forked child its copy is kept, since
/// references to it may be, and never destroyed.
class process_object {
 public:
  process_object() = default;
  process_object(const process_object&) = delete;
  process_object& operator=(const process_object&) = delete;
  virtual ~process_object() = default;

 private:
  friend class process_objects;
  process_object* before_ = nullptr;  // built before this one
  class process_slot* slot_ = nullptr;
};

/// What a `per_process` is whatever its type. Constant-initialised, trivially destructible; what changes is guarded by
/// `program_mutex`, but for the pointer.
class process_slot {
 public:
  constexpr process_slot(const char* file, int line) noexcept : file_(file), line_(line) {}

 protected:
  /// Where the object is; null while there is none in this process.
  std::atomic<void*> address_{nullptr};

 private:
  friend class process_objects;
  enum class state : unsigned char { absent, in_making, built, destroyed };

  std::string where() const { return std::string("per_process at ") + file_ + ":" + std::to_string(line_); }

  const char* file_;
  int line_;
  state state_ = state::absent;
  bool known_ = false;  // in the list of slots that a fork resets
  process_slot* next_known_ = nullptr;
  const void* maker_ = nullptr;       // identifies the thread that makes it,
  process_slot* outer_ = nullptr;     // the slot which that thread was making before,
  process_slot* asks_for_ = nullptr;  // and the one that it needs to get on
};

/// The slot whose `make` runs on this thread, the innermost. Its address stands for the thread, also in a forked child.
inline thread_local process_slot* slot_in_making = nullptr;

/// All that this process builds for itself. Never destroyed itself: static destructors may still use it.
class process_objects {
 public:
  static process_objects& instance() {
    static process_objects* const all = create();
    return *all;
  }

  /// The object of `slot`, built by `make` when there is none. `make(slot, address)` returns the object in the heap.
  void* obtain(process_slot& slot, process_object* (*make)(process_slot&, void*& address)) {
    program_lock lock(program_mutex());
    if (!slot.known_) remember(slot, lock);
    if (slot_in_making != nullptr) ask(*slot_in_making, slot);
    changed_.wait(lock, [&slot] { return slot.state_ != process_slot::state::in_making; });
    if (slot.state_ == process_slot::state::absent) build(slot, make, lock);
    if (slot_in_making != nullptr) slot_in_making->asks_for_ = nullptr;
    if (slot.state_ == process_slot::state::destroyed) {
      lock.unlock();
      raise(error(slot.where() + ": used after its destruction at the end of the process" + in_this_worker() +
                  "; use it earlier, or build what uses it after it"));
    }
    return slot.address_.load(std::memory_order_relaxed);
  }

  /// Destroys the newest object of this process; false when there is none left.
  bool destroy_newest() {
    program_lock lock(program_mutex());
    const void* const this_thread = &slot_in_making;
    changed_.wait(lock, [&] { return destroyer_ == nullptr || destroyer_ == this_thread; });
    process_object* const newest = built_;
    if (newest == nullptr || !owner_.is_this_process()) return false;
    built_ = newest->before_;
    const void* const outer = std::exchange(destroyer_, this_thread);  // a destructor may ask for the next one
    newest->slot_->state_ = process_slot::state::destroyed;
    newest->slot_->address_.store(nullptr, std::memory_order_release);
    lock.unlock();
    delete newest;
    lock.lock();
    destroyer_ = outer;
    changed_.notify_all();
    return true;
  }

 private:
  static process_objects* create() {
    static_cast<void>(program_mutex());
    at_fork(nullptr, nullptr, [] { instance().begin_anew(); });
    return new process_objects;
  }

  /// Notes that `inner` is needed to go on with `outer`; refuses what would wait for itself. With the lock held.
  static void ask(process_slot& outer, process_slot& inner) {
    outer.asks_for_ = &inner;
    std::string path = outer.where();
    for (process_slot* slot = &inner; slot != nullptr && slot->state_ == process_slot::state::in_making;
         slot = slot->asks_for_) {
      path += " -> " + slot->where();
      if (slot != &outer) continue;
      outer.asks_for_ = nullptr;
      raise(error("a cycle of objects that need each other: " + path + "; break it"));
    }
  }

  void build(process_slot& slot, process_object* (*make)(process_slot&, void*&), program_lock& lock) {
    slot.state_ = process_slot::state::in_making;
    slot.maker_ = &slot_in_making;
    slot.outer_ = slot_in_making;
    slot_in_making = &slot;
    lock.unlock();

    process_object* made = nullptr;
    void* address = nullptr;
    std::string failure;
    process_builds.fetch_add(1);
    attempt([&] { made = make(slot, address); }, [&failure](const char* text) { failure = text; });

    lock.lock();
    slot_in_making = slot.outer_;
    if (slot_in_making != nullptr) slot_in_making->asks_for_ = nullptr;
    slot.maker_ = nullptr;
    if (made != nullptr) {
      made->slot_ = &slot;
      made->before_ = built_;
      built_ = made;
      std::atexit([] { instance().destroy_newest(); });  // with the lock: one handler for each that is in the list
      slot.address_.store(address, std::memory_order_release);
    }
    slot.state_ = made != nullptr ? process_slot::state::built : process_slot::state::absent;
    changed_.notify_all();
    if (made != nullptr) return;
    lock.unlock();
    raise(error(slot.where() + in_this_worker() + " could not be made: " + failure));
  }

  /// Without the lock it asks the loader, which locks as well, and holds its lock while it runs static initialisers.
  void remember(process_slot& slot, program_lock& lock) {
    lock.unlock();
    if (!in_loaded_image(&slot)) {
      raise(error(slot.where() + " is not static; let it stand at namespace scope, or say static"));
    }
    lock.lock();
    if (std::exchange(slot.known_, true)) return;
    slot.next_known_ = known_;
    known_ = &slot;
  }

  /// In a forked child, on its one thread: what the parent built is its own. What this very thread is making it goes on
  /// to make; what other threads were making is absent.
  void begin_anew() {
    for (process_slot* slot = known_; slot != nullptr; slot = slot->next_known_) {
      const bool left_by_another = slot->state_ == process_slot::state::in_making && slot->maker_ != &slot_in_making;
      const bool on_its_way = slot->state_ == process_slot::state::in_making && !left_by_another;
      if (slot->state_ == process_slot::state::absent || on_its_way) continue;
      slot->address_.store(nullptr, std::memory_order_relaxed);
      slot->asks_for_ = nullptr;
      slot->state_ = process_slot::state::absent;
    }
    if (built_ != nullptr) {
      process_object* oldest = built_;
      while (oldest->before_ != nullptr) oldest = oldest->before_;
      oldest->before_ = of_ancestors_;
      of_ancestors_ = built_;
      built_ = nullptr;
    }
    destroyer_ = nullptr;
    owner_ = process_owner();
  }

  waiting_threads changed_;
  process_owner owner_;  // a raw clone runs no handler: it is refused here
  process_slot* known_ = nullptr;
  process_object* built_ = nullptr;         // the newest
  process_object* of_ancestors_ = nullptr;  // kept
  const void* destroyer_ = nullptr;         // the thread that runs a destructor
};

/// Created while the program is still loaded by one thread.
inline const bool process_objects_exist = (process_objects::instance(), true);

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/process/per_process.hpp

APART_BEGIN_NAMESPACE

/// An object that each process builds for itself, when it first needs it: a client, a connection, a logger.
///
///     static apart::per_process<client> db{[] { return client(*database); }};
///     ...
///     db->query("select 1");   // in every process, in every thread
///
/// Scope: the process. Static: at namespace scope, a static member or a static local. It is never destroyed itself, and
/// it is constant-initialised, so that any static initialiser may use it. Another one is `apart::error` when it is used.
/// Shared objects: one that is `inline` in a header is one for the whole program only where its symbol is visible; with
/// hidden visibility each shared object has its own, and builds its own. A shared object that builds is never unloaded.
/// Owner: the process that built the object. It is built once, however many threads ask; the others wait.
/// Destruction: at normal exit, in reverse order of construction, among the static objects where it was built, or by
/// `finalize_process`; not after _exit or a crash. T's destructor must not throw. Used after that it is an error, never built again.
/// Fork: the child builds its own when it asks. The parent's is not destroyed there, and a reference taken before the
/// fork keeps meaning (the child's copy of) it. Works while other threads of the parent build. Raw clones: not supported.
/// A handler that a program gives to pthread_atfork before the library is loaded must not wait for a thread that builds.
/// Errors: a `make` that throws gives `apart::error` with its text, this place and the worker; the next who asks tries
/// again. Objects whose makes need each other in a circle: `apart::error` with the path, in one thread or in several. A
/// `make` that waits for a thread of its own which asks for the same object waits for ever.
/// Threads: any. Access to a built object costs one load.
template <class T>
class per_process : private detail::process_slot {
  static_assert(std::is_object_v<T> && !std::is_array_v<T>, "per_process<T>: T must be an object type");

 public:
  /// `make` is called in each process that needs the object. `file` and `line` are for error messages.
  [[nodiscard]] constexpr explicit per_process(T (*make)(), const char* file = __builtin_FILE(),
                                               int line = __builtin_LINE()) noexcept
      : process_slot(file, line), make_(make) {}

  per_process(const per_process&) = delete;
  per_process& operator=(const per_process&) = delete;
  static void* operator new(std::size_t) = delete;
  static void* operator new[](std::size_t) = delete;

  [[nodiscard]] T& operator*() {
    void* const known = address_.load(std::memory_order_acquire);
    return *static_cast<T*>(known != nullptr ? known : detail::process_objects::instance().obtain(*this, &build));
  }
  [[nodiscard]] T* operator->() { return std::addressof(**this); }

 private:
  struct built final : detail::process_object {
    explicit built(T (*make)()) : value(make()) {}
    T value;
    static_assert(std::is_nothrow_destructible_v<T>,
                  "per_process<T>: nobody is there to catch what T's destructor throws");
  };

  static detail::process_object* build(detail::process_slot& slot, void*& address) {
    auto* const made = new built(static_cast<per_process&>(slot).make_);
    address = const_cast<std::remove_cv_t<T>*>(std::addressof(made->value));
    return made;
  }

  T (*make_)();
};

/// Destroys what this process has built for itself, in reverse order of construction; in a forked child, what the child
/// has built. For a process that does not end by returning from main or by exit, where it happens by itself. Other
/// threads that call it wait for the destructor that runs, and go on with the next object.
inline void finalize_process() {
  while (detail::process_objects::instance().destroy_newest()) {
  }
}

template <class Make>
per_process(Make) -> per_process<std::invoke_result_t<Make>>;

APART_END_NAMESPACE

// ---- apart/process/detail/initializers.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What is registered under a name, and where.
struct initializer_entry {
  const char* name;
  std::vector<const char*> after;
  void (*run)();
  const char* file;
  int line;

  std::string where() const { return std::string(file) + ":" + std::to_string(line); }
  std::string label() const { return std::string("initializer '") + (unnamed() ? "" : name) + "' (" + where() + ")"; }
  bool unnamed() const noexcept { return name == nullptr || *name == '\0'; }

  /// Not when it is registered: then the program is still loaded, and nobody could say what is wrong.
  void refuse_if_unusable() const {
    if (unnamed()) raise(error("initializer at " + where() + ": its name is empty; give it one"));
    refuse_empty(run, label().c_str());
    for (const char* other : after) {
      if (other == nullptr) raise(error(label() + " runs after a name that is null; give the name, or take it out"));
    }
  }
};

/// All that are registered at the moment, in the order of registration. Never destroyed: objects in other files of the
/// program register before and unregister after this one's would be.
class initializer_registry {
 public:
  static initializer_registry& instance() {
    static auto* const all = new initializer_registry;
    return *all;
  }

  void add(const initializer_entry* entry) {
    program_lock lock(program_mutex());
    entries_.push_back(entry);
    const bool too_late = run_in_ == process_generation();
    lock.unlock();
    if (!too_late) return;
    report(entry->label() + " is registered after the initializers of this process have run" + in_this_worker() +
           ": it will not run; load what registers it before the first test");
  }

  void remove(const initializer_entry* entry) noexcept {
    const program_lock lock(program_mutex());
    for (std::size_t i = entries_.size(); i-- > 0;) {
      if (entries_[i] == entry) entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  /// Those that run now.
  std::vector<const initializer_entry*> take() {
    const program_lock lock(program_mutex());
    run_in_ = process_generation();
    return entries_;
  }

 private:
  std::uint64_t run_in_ = 0;  // the process that has taken them
  std::vector<const initializer_entry*> entries_;
};

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool initializer_registry_exists = (initializer_registry::instance(), true);

/// Puts entries into an order in which each comes after all that it names, and else as they were registered.
class initializer_order {
 public:
  explicit initializer_order(std::vector<const initializer_entry*> entries) : entries_(std::move(entries)) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      entries_[i]->refuse_if_unusable();
      for (std::size_t j = 0; j < i; ++j) {
        if (std::string_view(entries_[i]->name) == entries_[j]->name) refuse_twice(*entries_[j], *entries_[i]);
      }
    }
    for (const initializer_entry* entry : entries_) visit(*entry);
  }

  const std::vector<const initializer_entry*>& order() const noexcept { return order_; }

 private:
  void visit(const initializer_entry& entry) {
    if (stands_in(order_, entry)) return;
    const bool is_on_the_path = stands_in(path_, entry);
    path_.push_back(&entry);
    if (is_on_the_path) refuse_cycle(entry);
    for (const char* name : entry.after) visit(named(name, entry));
    path_.pop_back();
    order_.push_back(&entry);
  }

  static bool stands_in(const std::vector<const initializer_entry*>& entries, const initializer_entry& one) {
    return std::find(entries.begin(), entries.end(), &one) != entries.end();
  }

  const initializer_entry& named(std::string_view name, const initializer_entry& wanted_by) const {
    std::string known;
    for (const initializer_entry* entry : entries_) {
      if (name == entry->name) return *entry;
      known += std::string(known.empty() ? "" : ", ") + "'" + entry->name + "'";
    }
    raise(error(wanted_by.label() + " runs after '" + std::string(name) +
                "', which is not registered; registered are " + known +
                ": correct the name, or link the file that registers it"));
  }

  [[noreturn]] static void refuse_twice(const initializer_entry& one, const initializer_entry& other) {
    raise(error(std::string("initializer '") + one.name + "' is registered twice: at " + one.where() + " and at " +
                other.where() + "; give each a name of its own"));
  }

  /// `path_` ends with the second time that `first` stands in it.
  [[noreturn]] void refuse_cycle(const initializer_entry& first) const {
    std::string cycle = "'" + std::string(first.name) + "' (" + first.where() + ") runs after ";
    std::size_t i = 0;
    while (path_[i] != &first) ++i;
    for (++i; path_[i] != &first; ++i) {
      cycle += std::string("'") + path_[i]->name + "' (" + path_[i]->where() + "), which runs after ";
    }
    raise(error("initializers that run after each other: " + cycle + "'" + first.name + "'; take one `after` out"));
  }

  std::vector<const initializer_entry*> entries_;
  std::vector<const initializer_entry*> path_;
  std::vector<const initializer_entry*> order_;
};

/// What became of the initializers in this process.
struct initialization {
  struct step {
    std::string name;
    std::string where;
    std::chrono::steady_clock::duration took;
  };
  std::vector<step> run;  ///< those that returned, in order
  std::string failure;    ///< empty: all have run
};

/// An initializer while it runs.
struct running_initializer {
  const initializer_entry& entry;
  bool calls_for_all = false;

  std::string refusal() const { return entry.label() + " calls initialize_process(); take the call out"; }
};

/// That of this thread; null: none.
inline thread_local running_initializer* initializer_of_thread = nullptr;

inline void run_in_order(const std::vector<const initializer_entry*>& order, std::vector<initialization::step>& run) {
  for (const initializer_entry* entry : order) {
    const auto begin = std::chrono::steady_clock::now();
    std::string failure;
    running_initializer running{*entry};
    initializer_of_thread = &running;
    const bool returned = attempt([entry] { entry->run(); }, [&failure](const char* text) { failure = text; });
    initializer_of_thread = nullptr;
    if (running.calls_for_all) raise(error(running.refusal()));  // also where it caught that
    if (!returned) {
      const std::size_t rest = order.size() - run.size() - 1;
      raise(error(entry->label() + in_this_worker() + " failed: " + failure +
                  (rest == 0 ? "" : "; " + std::to_string(rest) + " more were not run")));
    }
    run.push_back({entry->name, entry->where(), std::chrono::steady_clock::now() - begin});
  }
}

inline initialization run_initializers() {
  initialization result;
  attempt([&] { run_in_order(initializer_order(initializer_registry::instance().take()).order(), result.run); },
          [&result](const char* text) { result.failure = text; });
  return result;
}

/// Once in a process, however many threads ask, and again in a forked child that asks: as any other `per_process`.
inline per_process<initialization> process_initialization{&run_initializers};

/// Runs them where they have not been run.
inline const initialization& initialization_of_this_process() {
  if (running_initializer* const running = initializer_of_thread) {
    running->calls_for_all = true;
    raise(error(running->refusal()));
  }
  return *process_initialization;
}

/// "    12.3 ms  <what>", on a line of its own.
inline std::string line_of_report(std::chrono::steady_clock::duration took, const std::string& what) {
  char time[40];
  std::snprintf(time, sizeof time, "\n%8.1f ms  ", std::chrono::duration<double, std::milli>(took).count());
  return time + what;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/process/initializer.hpp

APART_BEGIN_NAMESPACE

/// Something that every process of a test run has to do before its first test: register types, seed a cache.
///
///     static apart::initializer types{"types", [] { registry().add("order", &make_order); }};
///     static apart::initializer views{"views", {"types"}, [] { build_views(registry()); }};
///
/// Scope: the process. Stands at namespace scope; while it lives it is registered under its name.
/// Order: after all that it names, else as registered (in one file from top to bottom).
/// Run: once in each process, by `initialize_process()`, which the adapters call before the first test. One that is
/// registered afterwards, by a library that a test loads, does not run, and is reported.
/// Linking: an object file in a static library is left out, and its initializers with it, when nothing refers to it.
/// Make it an object library, or link it as a whole (CMake: $<LINK_LIBRARY:WHOLE_ARCHIVE,name>; ld: --whole-archive).
/// An initializer that runs after it, by its name, is an error then.
/// Failure: every test of the process fails with the text, and no body runs. Only the adapter of Catch2 under another main
/// than APART_CATCH2_MAIN cannot keep one from running, and reports the text before it: call `initialize_process()` there.
class [[nodiscard]] initializer {
 public:
  /// `name` must live as long as the initializer: a string literal. `file` and `line` are for error messages.
  [[nodiscard]] initializer(const char* name, void (*run)(), const char* file = __builtin_FILE(),
                            int line = __builtin_LINE())
      : initializer(name, {}, run, file, line) {}

  /// Runs after the initializers named in `after`, string literals too.
  [[nodiscard]] initializer(const char* name, std::initializer_list<const char*> after, void (*run)(),
                            const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : entry_{name, after, run, file, line} {
    detail::initializer_registry::instance().add(&entry_);
  }

  ~initializer() { detail::initializer_registry::instance().remove(&entry_); }
  initializer(const initializer&) = delete;
  initializer& operator=(const initializer&) = delete;

 private:
  const detail::initializer_entry entry_;
};

/// Runs every initializer that is registered, once in this process, each after those that it names. Called again it
/// does nothing, or reports the same failure; a forked child that calls it runs them again. Other threads that call it
/// wait. Errors: `apart::error`, before any has run, when a name is empty, registered twice (with both places), not
/// registered, or part of a cycle (with its path and places), or a function is null; naming the initializer, with its
/// text, when one throws: the rest are not run. An initializer that calls it fails. After `per_process` objects have
/// been destroyed at exit it is an error.
inline void initialize_process() {
  const std::string& failure = detail::initialization_of_this_process().failure;
  if (!failure.empty()) detail::raise(error(failure));
}

/// For people: the initializers that this process has run, in order, each with the time that it took; and what failed.
/// Runs them first, as `initialize_process` does, where they have not been run.
[[nodiscard]] inline std::string initialization_report() {
  const detail::initialization& done = detail::initialization_of_this_process();
  std::string report = "initializers" + detail::in_this_worker() + ":";
  std::chrono::steady_clock::duration all{};
  for (const auto& step : done.run) {
    report += detail::line_of_report(step.took, step.name + " (" + step.where + ")");
    all += step.took;
  }
  report += detail::line_of_report(all, "in all");
  return done.failure.empty() ? report : report + "\n" + done.failure;
}

APART_END_NAMESPACE

#if defined(_WIN32)

// ---- apart/detail/windows/working_directory.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// 0 or an error number.
inline int change_working_directory(const std::string& path) {
  return ::SetCurrentDirectoryW(path_for_system(path).c_str()) != 0 ? 0 : last_error_number();
}

/// The directory that was this process's working directory once, to go back to. It is held open, so that it is found
/// also after it was renamed. Movable; one thread at a time.
class working_directory {
 public:
  /// The one of this moment. 0 or an error number.
  int open() {
    path_ = path_text_of_system(
        text_of_system([](wchar_t* text, unsigned long room) { return ::GetCurrentDirectoryW(room, text); }));
    return open_file(path_, can_ask, existing_file_only, also_directory, directory_);
  }

  /// What its path was.
  const std::string& path() const noexcept { return path_; }

  /// Makes it the working directory again. Where it was removed and another one has its path now, that one. 0 or an error
  /// number; ENOENT: it was removed, and the working directory is still another one.
  int enter() const {
    const std::string now = path_of_open_file(directory_);
    if (!now.empty() && change_working_directory(now) == 0) return 0;
    return change_working_directory(path_);
  }

 private:
  descriptor directory_;
  std::string path_;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/working_directory.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The directory that was this process's working directory once, to go back to. It is held open, so that it is found
/// also after it was renamed, and where its path cannot be read. Movable; one thread at a time.
class working_directory {
 public:
  /// The one of this moment. 0 or an error number.
  int open() {
#if defined(O_PATH)
    constexpr int access = O_PATH;  // asks for no right to read it
#else
    constexpr int access = O_RDONLY;
#endif
    directory_ = descriptor(sys::open(".", access | O_DIRECTORY | O_CLOEXEC));
    if (!directory_) return errno;
    const std::unique_ptr<char, void (*)(void*)> path(sys::realpath("."), std::free);
    path_ = path != nullptr ? path.get() : "";
    return 0;
  }

  /// What its path was; "" where that could not be read, as of one that was removed.
  const std::string& path() const noexcept { return path_; }

  /// Makes it the working directory again. Where it was removed and another one has its path now, that one. 0 or an
  /// error number; ENOENT: it was removed, and is the working directory nevertheless, so that what is written by a
  /// relative path fails rather than lands in somebody else's directory.
  int enter() const {
    sys::file_status status{};
    const bool removed = sys::fstat(directory_.get(), &status) == 0 && status.st_nlink == 0;
    if (removed && sys::chdir(path_.c_str()) == 0) return 0;
    if (sys::fchdir(directory_.get()) != 0) return errno;
    return removed ? ENOENT : 0;
  }

 private:
  descriptor directory_;
  std::string path_;
};

/// 0 or an error number.
inline int change_working_directory(const std::string& path) noexcept {
  return sys::chdir(path.c_str()) == 0 ? 0 : errno;
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/process/detail/layers.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Guards of one thing that a process has once, in the order in which they changed it, each with what it found. They may
/// go in any order: only who changed it last puts something back, and who goes earlier hands what it found to the next
/// above it. So when all have gone, what the first one found is there again. Not synchronised.
template <class Found>
class layers {
 public:
  /// Names the new last layer; never 0.
  std::uint64_t push(Found found) {
    layers_.emplace_back(next_, std::move(found));
    return next_++;
  }

  /// Takes a layer away. Returns whether it was the last: then `back` is what is to be put back now.
  bool pop(std::uint64_t layer, Found& back) {
    auto own = layers_.begin();
    while (own != layers_.end() && own->first != layer) ++own;
    if (own == layers_.end()) return false;
    back = std::move(own->second);
    const auto above = layers_.erase(own);
    if (above == layers_.end()) return true;
    above->second = std::move(back);
    return false;
  }

 private:
  std::vector<std::pair<std::uint64_t, Found>> layers_;
  std::uint64_t next_ = 1;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/process/detail/environment_layers.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The environment variables that guards of this process have changed, each with its layers. Call under
/// `program_mutex`. Never destroyed: guards may stand at namespace scope.
class environment_layers {
 public:
  static environment_layers& of_this_process() {
    static auto* const all = new environment_layers;
    return *all;
  }

  /// Changes the variable. 0 or an error number; then nothing has changed.
  int push(const std::string& name, const std::optional<std::string>& value, std::uint64_t& layer) {
    layers<std::optional<std::string>>& of_name = names_[name];
    layer = of_name.push(variable(name));
    const int code = set_variable(name, value);
    std::optional<std::string> unchanged;
    if (code != 0) of_name.pop(std::exchange(layer, 0), unchanged);
    return code;
  }

  /// 0 or an error number.
  int pop(const std::string& name, std::uint64_t layer) {
    std::optional<std::string> found;
    return names_[name].pop(layer, found) ? set_variable(name, found) : 0;
  }

 private:
  std::map<std::string, layers<std::optional<std::string>>> names_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/process/scoped_cwd.hpp

APART_BEGIN_NAMESPACE

/// Changes the working directory, and goes back when it goes, wherever the process has gone meanwhile.
///
///     const apart::temp_dir dir;
///     const apart::scoped_cwd inside(dir.path());
///     run_what_writes("test.db");
///
/// Scope: this process, and what it starts meanwhile. The variable PWD, where it is set, follows, and is put back
/// exactly. Owner: one object. Moving moves the duty; a moved-from object does nothing. Guards may be nested and go in any
/// order; after the last has gone, the first one's former directory is the working directory again, also under a new
/// name. Where that was removed, a new one at its path; where there is none, that is reported, and nothing can be made in
/// the working directory until somebody changes it.
///
/// Threads: the guards exclude one another, and nobody else: every relative path that any thread uses means another
/// file from now on, and PWD changes as by `scoped_env`. Fork: the child has a working directory of its own, and its copy
/// of the guard goes back in the child only. Destruction: never throws; a failure is reported (`set_report_handler`).
/// Crash: ends with the process. Errors: `apart::error` that names the path; then nothing has changed.
class [[nodiscard]] scoped_cwd {
 public:
  [[nodiscard]] explicit scoped_cwd(const std::filesystem::path& path) {
    const detail::program_lock lock(detail::program_mutex());
    detail::working_directory former;
    int code = former.open();
    if (code == 0) {
      layer_ = changes().push(std::move(former));
      code = detail::change_working_directory(detail::path_text(path));
    }
    if (code != 0) {
      changes().pop(layer_, former);
      detail::raise_system(code, "scoped_cwd: cannot change to '" + detail::path_text(path) + "'");
    }
    if (!detail::variable("PWD")) return;
    std::error_code unknown;
    const std::filesystem::path here = std::filesystem::current_path(unknown);
    if (!unknown) detail::environment_layers::of_this_process().push("PWD", detail::path_text(here), variable_layer_);
  }
  scoped_cwd(std::nullptr_t) = delete;

  [[nodiscard]] scoped_cwd(scoped_cwd&& other) noexcept
      : layer_(std::exchange(other.layer_, 0)), variable_layer_(std::exchange(other.variable_layer_, 0)) {}
  scoped_cwd& operator=(scoped_cwd&& other) noexcept {
    scoped_cwd taken(std::move(other));
    std::swap(layer_, taken.layer_);
    std::swap(variable_layer_, taken.variable_layer_);
    return *this;
  }
  ~scoped_cwd() {
    if (layer_ == 0) return;
    detail::program_lock lock(detail::program_mutex());
    if (variable_layer_ != 0) detail::environment_layers::of_this_process().pop("PWD", variable_layer_);
    detail::working_directory former;
    if (!changes().pop(layer_, former)) return;
    const int code = former.enter();
    lock.unlock();
    if (code != 0) {
      const std::string where =
          former.path().empty() ? "where it came from, a directory without a path" : "'" + former.path() + "'";
      detail::report("scoped_cwd: cannot go back to " + where + ": " + std::generic_category().message(code) +
                     "; from here on relative paths may fail: keep that directory until the guard "
                     "has gone, or change to one that is there");
    }
  }

 private:
  static detail::layers<detail::working_directory>& changes() {
    static auto* const all = new detail::layers<detail::working_directory>;
    return *all;
  }

  std::uint64_t layer_ = 0;
  std::uint64_t variable_layer_ = 0;
};

APART_END_NAMESPACE

// ---- apart/process/detail/variable_arguments.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What a variable's name, and its value or that it has none, can be made of.
template <class Name, class Value>
inline constexpr bool are_variable =
    std::is_constructible_v<std::string, const Name&> && !std::is_same_v<Name, std::nullptr_t> &&
    std::is_constructible_v<std::optional<std::string>, const Value&> && !std::is_same_v<Value, std::nullptr_t>;

template <class Text>
bool is_null_pointer(const Text& given) noexcept {
  if constexpr (std::is_pointer_v<Text>) return given == nullptr;
  return false;
}

template <class Name>
std::string name_of_variable(const Name& name) {
  if (is_null_pointer(name)) raise(error("scoped_env: the name of the variable is a null pointer; give it a text"));
  return std::string(name);
}

template <class Name, class Value>
std::optional<std::string> value_of_variable(const Name& name, const Value& value) {
  if (is_null_pointer(value)) {
    raise(error("scoped_env: the value for " + name_of_variable(name) +
                " is a null pointer; give it a text, or std::nullopt to unset it"));
  }
  return std::optional<std::string>(value);
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/process/scoped_env.hpp

APART_BEGIN_NAMESPACE

/// Sets or unsets an environment variable, and puts back exactly what was there when it goes: a text, the empty text, or
/// nothing.
///
///     const apart::scoped_env home("HOME", dir.path().string());
///     const apart::scoped_env proxy("http_proxy", std::nullopt);   // unset
///
/// Scope: this process, and what it starts meanwhile. Owner: one object. Moving moves the duty; a moved-from object does
/// nothing. Guards of one name may be nested, and may go in any order: while any of them lives, the last one made
/// decides; after the last has gone, what the first one found is there again, whatever others have set meanwhile.
///
/// Threads: the guards exclude one another, and nobody else. No thread may read the environment while another one
/// changes it: in glibc, adding a variable while getenv(3) runs elsewhere (and localtime, getaddrinfo, gettext call it)
/// has crashed, since the array moves. Replacing a variable that is there already moves nothing, but its former text,
/// which somebody may still hold by pointer, is no longer the variable's. Change it before threads are started.
/// Fork: the child has an environment of its own, and its copy of the guard puts back the child's. Destruction: never
/// throws; a failure is reported (`set_report_handler`). Crash: ends with the process.
/// Errors: `apart::error` that names the variable: a name that is a null pointer, empty, or holds '=' or a null byte, a
/// value that is a null pointer or holds a null byte, no memory.
class [[nodiscard]] scoped_env {
 public:
  /// `std::nullopt` unsets it.
  [[nodiscard]] scoped_env(std::string name, std::optional<std::string> value) : name_(std::move(name)) {
    if (name_.empty() || name_.find_first_of(std::string("=\0", 2)) != std::string::npos) {
      detail::raise(error("scoped_env: '" + name_ + "' is no name of an environment variable"));
    }
    if (value && value->find('\0') != std::string::npos) {
      detail::raise(error("scoped_env: the value for " + name_ + " holds a null byte"));
    }
    const detail::program_lock lock(detail::program_mutex());
    if (const int code = detail::environment_layers::of_this_process().push(name_, value, layer_)) {
      detail::raise_system(code, "scoped_env: cannot set " + name_);
    }
  }
  /// The same for whatever a text can be made of: literals, pointers such as getenv(3) gives, views.
  template <class Name, class Value, std::enable_if_t<detail::are_variable<Name, Value>, int> = 0>
  [[nodiscard]] scoped_env(const Name& name, const Value& value)
      : scoped_env(detail::name_of_variable(name), detail::value_of_variable(name, value)) {}
  template <class Name, class Value, std::enable_if_t<!detail::are_variable<Name, Value>, int> = 0>
  scoped_env(const Name&, const Value&) = delete;  // wants a text, and a text or std::nullopt

  [[nodiscard]] scoped_env(scoped_env&& other) noexcept
      : name_(std::move(other.name_)), layer_(std::exchange(other.layer_, 0)) {}
  scoped_env& operator=(scoped_env&& other) noexcept {
    scoped_env taken(std::move(other));
    std::swap(name_, taken.name_);
    std::swap(layer_, taken.layer_);
    return *this;
  }
  ~scoped_env() {
    if (layer_ == 0) return;
    detail::program_lock lock(detail::program_mutex());
    const int code = detail::environment_layers::of_this_process().pop(name_, layer_);
    lock.unlock();
    if (code != 0) {
      detail::report("scoped_env: cannot put " + name_ + " back: " + std::generic_category().message(code));
    }
  }

 private:
  std::string name_;
  std::uint64_t layer_ = 0;
};

APART_END_NAMESPACE

// ---- apart/run/claim.hpp

APART_BEGIN_NAMESPACE

/// Something outside of the process that has to go when the run ends, however it ends: a schema, a bucket, a queue.
///
///     static apart::claim_handler schemas{"schema", [](std::string_view name) { drop_schema_if_exists(name); }};
///     ...
///     apart::claim mine("schema", name);   // from here on it is cleaned up, also after kill -9
///     create_schema(name);
///     ...
///     drop_schema(name);
///     mine.release();                      // from here on it is not
///
/// Purpose: the intent is on disk before the constructor returns, so that no moment is left in which the resource is
/// there and nobody knows of it. Scope: the run on this machine. Owner: one object in one process. Moving moves the
/// claim; a moved-from object does nothing. A forked child's copy does nothing, and what the child claims is its own.
/// Destruction: an object that is destroyed without `release()`, or assigned over, gives the resource to the run. It is
/// cleaned up at the normal end of this process, the newest first, before what the process had made before its first
/// claim is destroyed; so a claim at namespace scope stands below its handler. A launcher's worker leaves it as if it had
/// been killed. In a set-up of a `per_run` it belongs to that: it is cleaned up after its tear-down, and all other claims before.
/// Crash: what a process leaves that was killed, or ended by `_exit`, is cleaned up by the next process of its run that
/// ends normally, by the launcher at the end of the run, or by the next run, of these that use a lock, a claim or a set-up
/// of a run, whichever comes first; from each process the newest first, each exactly once unless a cleaner is killed. A crash of the machine
/// may take the journal with it.
/// Identity: the name says which one is meant for as long as the journal may live. What can be taken by another later
/// (a process id, a port) needs more in its name: when it was made, or a `unique_name`.
/// Threads: distinct objects from any; one object from one at a time. Cancellation: nothing waits.
/// Errors: `apart::error` for an empty kind or name, for a kind with two handlers (with both places), and where the
/// journal cannot be written: then create nothing. A record that cannot be read is skipped and reported.
class [[nodiscard]] claim {
 public:
  /// Any bytes, but not none. Both stand in a file that only this user may read: no secrets in them all the same.
  [[nodiscard]] claim(std::string_view kind, std::string_view name) {
    const std::string resource = detail::record_word(kind) + ' ' + detail::record_word(name);
    if (kind.empty() || name.empty()) detail::raise(error("claim of '" + resource + "': give it a kind and a name"));
    detail::claim_handler_registry::instance().find(kind);
    detail::own_journal& journal = detail::journal_for_claim(detail::coordination_directory());
    text_ = std::to_string(++journal.claims) + ' ' + resource;
    write(journal, '+');
    journal_ = &journal;
  }

  claim(claim&& other) noexcept
      : journal_(std::exchange(other.journal_, nullptr)), text_(std::exchange(other.text_, {})) {}
  claim& operator=(claim&& other) noexcept {
    claim taken(std::move(other));
    std::swap(journal_, taken.journal_);
    std::swap(text_, taken.text_);
    return *this;
  }
  ~claim() = default;

  /// For when the resource is gone: nobody cleans it up any more. The second time does nothing, nor does it after the
  /// clean-up at the end of the process. Where the journal cannot be written the claim stays, and with it the error.
  void release() {
    if (journal_ == nullptr) return;
    if (journal_->is_current()) write(*journal_, '-');
    journal_ = nullptr;
  }

 private:
  void write(detail::own_journal& journal, char verb) const {
    const detail::fault failed = journal.append(verb, text_);
    if (failed) detail::raise(error("claim of " + text_.substr(text_.find(' ') + 1) + ": " + failed.text));
  }

  detail::own_journal* journal_ = nullptr;  // null: it claims nothing
  std::string text_;
};

/// How claims of one kind are cleaned up that nobody has released.
///
/// Scope: the program. Stands at namespace scope; while it lives it is registered for its kind. What cleans up another
/// process's claims has to have the handler, too: where it has not, the claim stays, and is reported by kind and name.
/// The function: removes what has that name, and does nothing where there is none: it may run for a resource that was
/// never created, and again if the process that ran it was killed. Tried three times when it throws, then reported; the
/// claim stays for a later process. It runs in a process of this run or of another one, on any thread, also while that
/// process joins its run: it must make no claims and ask for no directory, lock or set-up of a run.
class [[nodiscard]] claim_handler {
 public:
  /// `kind` must live as long as the handler: a string literal. `file` and `line` are for error messages.
  [[nodiscard]] claim_handler(const char* kind, void (*clean_up)(std::string_view name),
                              const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : entry_{kind, clean_up, file, line} {
    detail::refuse_empty(clean_up, "claim_handler");
    if (kind == nullptr) {
      detail::raise(error("the claim_handler at " + entry_.where() + " has no kind; give it one"));
    }
    detail::claim_handler_registry::instance().add(&entry_);
  }

  ~claim_handler() { detail::claim_handler_registry::instance().remove(&entry_); }
  claim_handler(const claim_handler&) = delete;
  claim_handler& operator=(const claim_handler&) = delete;

 private:
  const detail::claim_handler_entry entry_;
};

APART_END_NAMESPACE

#if defined(_WIN32)

// ---- apart/run/detail/windows/gated_child.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What `claimed_process` is made of elsewhere: a child that waits to be let go. Windows has Job objects for what it
/// promises, a tree of processes that ends as a whole; nothing of that is written.
class gated_child {
 public:
  explicit gated_child(const std::vector<std::string>& arguments) {
    raise(error("claimed_process '" + (arguments.empty() ? std::string() : arguments.front()) +
                "': not on Windows; start the program yourself, in a Job object, and claim it by a claim of your own"));
  }

  long id() const noexcept { return 0; }
  fault let_go() const { return {}; }
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32) && defined(_WIN32)

// ---- apart/detail/windows/own_world.hpp

APART_BEGIN_NAMESPACE
namespace detail {

inline constexpr const char* no_own_worlds = "Windows has no namespaces, which it is made of elsewhere";
inline constexpr const char* no_links = "on Windows links take a privilege; --copy brings in what tests read, too";

/// What a process may have for itself alone elsewhere. The options that ask for it are refused, so that there is none here.
struct own_world {
  struct view {
    std::string path;
    std::string options;
  };

  bool network = false;
  bool tmp = false;
  std::vector<std::string> kept;
  std::vector<view> views;
  std::string start;
};

inline constexpr const char* temporary_places[] = {"/tmp"};
inline std::string overlay_options(const std::string&, const std::string&, const std::string&) { return {}; }
inline int try_own_world(const own_world&) noexcept { return ENOSYS; }

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32) && defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/user_mapping.hpp

#include <sched.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// By which a process that is not root's enters namespaces: one of users, in which it is who it was (user_namespaces(7)).
/// Made before a fork, used in the child, where it calls only what is async-signal-safe.
class user_mapping {
 public:
  user_mapping() noexcept : as_root_(::geteuid() == 0) {
    std::snprintf(user_.data(), user_.size(), "%ld %ld 1\n", static_cast<long>(::geteuid()),
                  static_cast<long>(::geteuid()));
    std::snprintf(group_.data(), group_.size(), "%ld %ld 1\n", static_cast<long>(::getegid()),
                  static_cast<long>(::getegid()));
  }

  /// 0, or the error number of what the system refuses. `namespaces`: as unshare(2) takes them.
  int enter(int namespaces) const noexcept {
    if (as_root_) return ::unshare(namespaces) == 0 ? 0 : errno;
    if (::unshare(namespaces | CLONE_NEWUSER) != 0) return errno;
    if (const int code = write("/proc/self/setgroups", "deny")) return code;
    if (const int code = write("/proc/self/uid_map", user_.data())) return code;
    return write("/proc/self/gid_map", group_.data());
  }

 private:
  static int write(const char* path, const char* text) noexcept {
    const int file = ::open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return errno;
    const std::size_t length = std::strlen(text);
    const int code = ::write(file, text, length) == static_cast<ssize_t>(length) ? 0 : errno;
    ::close(file);
    return code;
  }

  bool as_root_;
  std::array<char, 48> user_{};
  std::array<char, 48> group_{};
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/posix/own_world.hpp

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// Why this system has no such thing, and no links; null: it has.
inline constexpr const char* no_own_worlds = nullptr;
inline constexpr const char* no_links = nullptr;

/// What a process may have for itself alone, by namespaces of Linux; it and what it starts. Nothing of it: an empty one.
struct own_world {
  /// A private view of a directory: what is written to it lands in a layer above.
  struct view {
    std::string path;
    std::string options;  ///< for overlayfs, see `overlay_options`
  };

  bool network = false;           ///< with nothing but a loopback that is up (network_namespaces(7))
  bool tmp = false;               ///< /tmp, /var/tmp and /dev/shm, empty but for what is
  std::vector<std::string> kept;  ///< there before, at most 64 paths, absolute, none of them below another
  std::vector<view> views;
  std::string start;  ///< the directory to begin in, with one of the last two
  user_mapping user;

  bool has_mounts() const noexcept { return tmp || !views.empty(); }
};

inline constexpr const char* temporary_places[] = {"/tmp", "/var/tmp", "/dev/shm"};

/// Both directories are on one file system. A comma or a colon in a path would end it there.
inline std::string overlay_options(const std::string& path, const std::string& layer, const std::string& work) {
  return "lowerdir=" + path + ",upperdir=" + layer + ",workdir=" + work + (::geteuid() == 0 ? "" : ",userxattr");
}

// What follows is called between fork and exec, in a process of one thread: async-signal-safe. 0, or the error number.

inline int raise_loopback() noexcept {
  const int any = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (any < 0) return errno;
  struct ifreq loopback {};
  std::memcpy(loopback.ifr_name, "lo", 3);
  int code = ::ioctl(any, SIOCGIFFLAGS, &loopback) == 0 ? 0 : errno;
  loopback.ifr_flags = static_cast<short>(loopback.ifr_flags | IFF_UP);
  if (code == 0 && ::ioctl(any, SIOCSIFFLAGS, &loopback) != 0) code = errno;
  ::close(any);
  return code;
}

/// An empty directory, or file, at that path, with the directories above it.
inline int make_place(const std::string& path, bool is_directory) noexcept {
  std::array<char, 4096> above{};
  if (path.size() >= above.size()) return ENAMETOOLONG;
  for (std::size_t at = 1; at <= path.size(); ++at) {
    const bool whole = at == path.size();
    if (!whole && path[at] != '/') continue;
    std::memcpy(above.data(), path.data(), at);
    above[at] = '\0';
    if (whole && !is_directory) {
      const int file = ::open(above.data(), O_CREAT | O_CLOEXEC | O_RDONLY, 0600);
      if (file < 0) return errno;
      ::close(file);
    } else if (::mkdir(above.data(), 0755) != 0 && errno != EEXIST) {
      return errno;
    }
  }
  return 0;
}

inline int hide_temporary_places(const own_world& world) noexcept {
  std::array<int, 64> originals{};
  if (world.kept.size() > originals.size()) return E2BIG;
  for (std::size_t i = 0; i < world.kept.size(); ++i) originals[i] = ::open(world.kept[i].c_str(), O_PATH | O_CLOEXEC);
  for (const char* place : temporary_places) {
    if (::mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") != 0 && errno != ENOENT) return errno;
  }
  for (std::size_t i = 0; i < world.kept.size(); ++i) {
    sys::file_status status{};
    if (originals[i] < 0 || sys::fstat(originals[i], &status) != 0) continue;  // it is gone
    if (const int code = make_place(world.kept[i], S_ISDIR(status.st_mode))) return code;
    std::array<char, 32> original{"/proc/self/fd/"};
    std::size_t end = std::strlen(original.data());
    for (int divisor = 1000; divisor > 0; divisor /= 10) {
      if (originals[i] >= divisor || divisor == 1)
        original[end++] = static_cast<char>('0' + originals[i] / divisor % 10);
    }
    if (::mount(original.data(), world.kept[i].c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) return errno;
    ::close(originals[i]);
  }
  return 0;
}

/// Clears PR_SET_PDEATHSIG.
inline int enter_own_world(const own_world& world) noexcept {
  const int namespaces = (world.network ? CLONE_NEWNET : 0) | (world.has_mounts() ? CLONE_NEWNS : 0);
  if (namespaces == 0) return 0;
  if (const int code = world.user.enter(namespaces)) return code;
  if (world.network) {
    if (const int code = raise_loopback()) return code;
  }
  if (!world.has_mounts()) return 0;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
  if (world.tmp) {
    if (const int code = hide_temporary_places(world)) return code;
  }
  for (const own_world::view& one : world.views) {
    if (::mount("overlay", one.path.c_str(), "overlay", 0, one.options.c_str()) != 0) return errno;
  }
  return ::chdir(world.start.c_str()) == 0 ? 0 : errno;
}

/// Whether this system lets a process do that, tried in a child: 0, or the error number.
inline int try_own_world(const own_world& world) noexcept {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) ::_exit(enter_own_world(world));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;  // killed: by a filter of system calls
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/child_settings.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What `start_child` starts: this very binary once more.
struct child_settings {
  std::vector<std::string> arguments;    ///< the first names the program
  std::vector<std::string> environment;  ///< "NAME=value", on top of this process's
  std::vector<std::string> removed;      ///< names of variables that it does not inherit
  std::size_t pid_offset = 0;    ///< where in the last of them ten zeros stand, to be replaced by `launched_process_id`
  std::vector<int> descriptors;  ///< stay open in the child, under the same numbers
  int output = -1;               ///< becomes its stdout and stderr; its stdin reads nothing
  bool own_session = false;      ///< it outlives this process; else it ends with the thread that starts it
  own_world world = {};
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

#if defined(_WIN32)

// ---- apart/detail/windows/child_api.hpp

// What the launcher calls beyond api.hpp, by the same rules.

struct _CONSOLE_SCREEN_BUFFER_INFO;
struct _PROC_THREAD_ATTRIBUTE_LIST;
struct _PROCESS_INFORMATION;
struct _STARTUPINFOW;
union _LARGE_INTEGER;

#define APART_OF_WINDOWS extern "C" __declspec(dllimport)
#define APART_CALL __stdcall

// Processes, and jobs that hold them.
APART_OF_WINDOWS int APART_CALL CreateProcessW(const wchar_t* program, wchar_t* command,
                                               _SECURITY_ATTRIBUTES* of_process, _SECURITY_ATTRIBUTES* of_thread,
                                               int inherits, unsigned long flags, void* environment,
                                               const wchar_t* directory, _STARTUPINFOW* start,
                                               _PROCESS_INFORMATION* started);
APART_OF_WINDOWS int APART_CALL InitializeProcThreadAttributeList(_PROC_THREAD_ATTRIBUTE_LIST* list,
                                                                  unsigned long count, unsigned long flags,
                                                                  std::size_t* size);
APART_OF_WINDOWS int APART_CALL UpdateProcThreadAttribute(_PROC_THREAD_ATTRIBUTE_LIST* list, unsigned long flags,
                                                          std::size_t attribute, void* value, std::size_t size,
                                                          void* former, std::size_t* former_size);
APART_OF_WINDOWS void APART_CALL DeleteProcThreadAttributeList(_PROC_THREAD_ATTRIBUTE_LIST* list);
APART_OF_WINDOWS unsigned long APART_CALL ResumeThread(void* thread);
APART_OF_WINDOWS int APART_CALL GetExitCodeProcess(void* process, unsigned long* status);
APART_OF_WINDOWS int APART_CALL QueryFullProcessImageNameW(void* process, unsigned long flags, wchar_t* path,
                                                           unsigned long* room);
APART_OF_WINDOWS void* APART_CALL CreateJobObjectW(_SECURITY_ATTRIBUTES* security, const wchar_t* name);
APART_OF_WINDOWS int APART_CALL TerminateJobObject(void* job, unsigned status);
APART_OF_WINDOWS unsigned APART_CALL SetErrorMode(unsigned mode);
APART_OF_WINDOWS wchar_t* APART_CALL GetEnvironmentStringsW();
APART_OF_WINDOWS int APART_CALL FreeEnvironmentStringsW(wchar_t* texts);
APART_OF_WINDOWS int APART_CALL RegisterWaitForSingleObject(
    void** wait, void* object, void(APART_CALL* called)(void* argument, unsigned char timed_out), void* argument,
    unsigned long milliseconds, unsigned long flags);
APART_OF_WINDOWS int APART_CALL UnregisterWaitEx(void* wait, void* event);

// Handles, pipes, the console.
APART_OF_WINDOWS int APART_CALL DuplicateHandle(void* from, void* handle, void* to, void** made, unsigned long access,
                                                int inherited, unsigned long options);
APART_OF_WINDOWS int APART_CALL SetHandleInformation(void* handle, unsigned long mask, unsigned long flags);
APART_OF_WINDOWS void* APART_CALL GetStdHandle(unsigned long which);
APART_OF_WINDOWS int APART_CALL GetFileSizeEx(void* file, _LARGE_INTEGER* size);
APART_OF_WINDOWS int APART_CALL CreatePipe(void** reads, void** writes, _SECURITY_ATTRIBUTES* security,
                                           unsigned long size);
APART_OF_WINDOWS int APART_CALL GetConsoleMode(void* console, unsigned long* mode);
APART_OF_WINDOWS int APART_CALL SetConsoleMode(void* console, unsigned long mode);
APART_OF_WINDOWS int APART_CALL GetConsoleScreenBufferInfo(void* console, _CONSOLE_SCREEN_BUFFER_INFO* found);

#undef APART_CALL
#undef APART_OF_WINDOWS

APART_BEGIN_NAMESPACE
namespace detail {

// Windows uses 32 bits of a handle, also in a process of 64 (64-bit interoperability): one fits in an int, as descriptors
// do elsewhere. -1: none.

inline void* handle_of(int number) noexcept { return reinterpret_cast<void*>(static_cast<std::intptr_t>(number)); }
inline int number_of(void* handle) noexcept { return static_cast<int>(reinterpret_cast<std::intptr_t>(handle)); }

/// Whether what this process starts may get it.
inline bool make_inheritable(int number, bool wanted) noexcept {
  constexpr unsigned long inherit = 1;  // HANDLE_FLAG_INHERIT
  return ::SetHandleInformation(handle_of(number), inherit, wanted ? inherit : 0) != 0;
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32) && defined(_WIN32)

// ---- apart/detail/windows/jobs.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// A job (CreateJobObjectW): a process and all that it starts, which end when the last handle to it is closed. One may stand
/// inside of another, so a process that a test puts into a job of its own is in this one, too. Not inherited.
class process_job {
 public:
  process_job() = default;

  /// 0 or an error number.
  int make() noexcept {
    struct {  // JOBOBJECT_EXTENDED_LIMIT_INFORMATION
      std::int64_t times[2];
      unsigned long flags;
      std::size_t sizes[2];
      unsigned long processes;
      std::uintptr_t affinity;
      unsigned long classes[2];
      std::uint64_t counts[6];
      std::size_t memory[4];
    } limits{};
    limits.flags = 0x2000;       // JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
    constexpr int extended = 9;  // JobObjectExtendedLimitInformation
    handle_ = descriptor(::CreateJobObjectW(nullptr, nullptr));
    static auto* const set =
        function_of<int __stdcall(void*, int, void*, unsigned long)>(L"kernel32.dll", "SetInformationJobObject");
    return handle_ && set(handle_.get(), extended, &limits, sizeof limits) != 0 ? 0 : last_error_number();
  }

  void* get() const noexcept { return handle_.get(); }

  /// The processes in it; in the one that this process is in where `job` is null.
  static std::vector<long> processes_in(void* job) {
    constexpr int ids = 3;  // JobObjectBasicProcessIdList
    constexpr std::size_t head = 2 * sizeof(unsigned long) / sizeof(std::uintptr_t);
    static auto* const ask = function_of<int __stdcall(void*, int, void*, unsigned long, unsigned long*)>(
        L"kernel32.dll", "QueryInformationJobObject");
    std::vector<std::uintptr_t> list(64);
    for (;;) {
      const auto size = static_cast<unsigned long>(list.size() * sizeof list.front());
      const bool told = ask(job, ids, list.data(), size, nullptr) != 0;
      const auto* const counts = reinterpret_cast<const unsigned long*>(list.data());  // assigned, listed
      const bool all = told && counts[1] >= counts[0];
      if (!all && (told || ::GetLastError() == 234) && list.size() < 1 << 16) {  // ERROR_MORE_DATA
        list.assign(list.size() * 4, 0);
        continue;
      }
      if (!told) return {};
      std::vector<long> found;
      for (std::size_t i = 0; i < counts[1]; ++i) found.push_back(static_cast<long>(list[head + i]));
      return found;
    }
  }

  /// Ends all that is in it, and returns when it is gone, or after five seconds.
  void end(unsigned status) const noexcept {
    constexpr unsigned long to_wait = 0x00100000;  // SYNCHRONIZE
    for (bool left = handle_.get() != nullptr; left;) {
      std::vector<descriptor> processes;
      for (const long id : processes_in(handle_.get())) {
        descriptor one(::OpenProcess(to_wait, 0, static_cast<unsigned long>(id)));
        if (one && ::WaitForSingleObject(one.get(), 0) != 0) processes.push_back(std::move(one));
      }
      ::TerminateJobObject(handle_.get(), status);
      left = false;
      for (const descriptor& one : processes) {
        if (::WaitForSingleObject(one.get(), 5000) == 0) left = true;  // it may have started another one
      }
    }
  }

 private:
  descriptor handle_;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32) && defined(_WIN32)

#if defined(_WIN32)

// ---- apart/detail/windows/sockets.hpp

// As <winsock2.h> has them: SOCKET is an unsigned integer of a pointer's size. They are in ws2_32, which CMake links.
struct pollfd;
struct sockaddr;
struct WSAData;
struct _WSAPROTOCOL_INFOW;

#define APART_OF_SOCKETS extern "C" __declspec(dllimport)
#define APART_CALL __stdcall

APART_OF_SOCKETS int APART_CALL WSAStartup(unsigned short version, WSAData* found);
APART_OF_SOCKETS int APART_CALL WSAGetLastError();
APART_OF_SOCKETS std::uintptr_t APART_CALL WSASocketW(int family, int type, int protocol, _WSAPROTOCOL_INFOW* like,
                                                      unsigned group, unsigned long flags);
APART_OF_SOCKETS int APART_CALL WSADuplicateSocketW(std::uintptr_t socket, unsigned long process,
                                                    _WSAPROTOCOL_INFOW* found);
APART_OF_SOCKETS int APART_CALL WSAPoll(pollfd* sockets, unsigned long count, int milliseconds);
APART_OF_SOCKETS int APART_CALL bind(std::uintptr_t socket, const sockaddr* address, int size);
APART_OF_SOCKETS int APART_CALL listen(std::uintptr_t socket, int most);
APART_OF_SOCKETS std::uintptr_t APART_CALL accept(std::uintptr_t socket, sockaddr* address, int* size);
APART_OF_SOCKETS int APART_CALL connect(std::uintptr_t socket, const sockaddr* address, int size);
APART_OF_SOCKETS int APART_CALL getsockname(std::uintptr_t socket, sockaddr* address, int* size);
APART_OF_SOCKETS int APART_CALL setsockopt(std::uintptr_t socket, int level, int option, const char* value, int size);
APART_OF_SOCKETS int APART_CALL ioctlsocket(std::uintptr_t socket, long command, unsigned long* argument);
APART_OF_SOCKETS int APART_CALL send(std::uintptr_t socket, const char* bytes, int size, int flags);
APART_OF_SOCKETS int APART_CALL recv(std::uintptr_t socket, char* bytes, int size, int flags);
APART_OF_SOCKETS int APART_CALL shutdown(std::uintptr_t socket, int how);
APART_OF_SOCKETS int APART_CALL closesocket(std::uintptr_t socket);

#undef APART_CALL
#undef APART_OF_SOCKETS

APART_BEGIN_NAMESPACE
namespace detail {

/// The error number of <cerrno> for one of Windows Sockets.
constexpr int socket_error_number(int code) noexcept {
  switch (code) {
    case 10013:  // WSAEACCES
      return EACCES;
    case 10024:  // WSAEMFILE
      return EMFILE;
    case 10035:  // WSAEWOULDBLOCK
      return EAGAIN;
    case 10047:  // WSAEAFNOSUPPORT
    case 10041:  // WSAEPROTOTYPE
    case 10043:  // WSAEPROTONOSUPPORT
      return EAFNOSUPPORT;
    case 10048:  // WSAEADDRINUSE
      return EADDRINUSE;
    case 10049:  // WSAEADDRNOTAVAIL
      return EADDRNOTAVAIL;
    case 10055:  // WSAENOBUFS
      return ENOMEM;
    default:
      return EIO;
  }
}

inline int last_socket_error() noexcept { return socket_error_number(::WSAGetLastError()); }

/// Once in a process, before its first socket. 0 or an error number.
inline int start_sockets() noexcept {
  static const int started = [] {
    alignas(16) unsigned char found[512];  // WSADATA
    return ::WSAStartup(0x0202, reinterpret_cast<WSAData*>(found));
  }();
  return started == 0 ? 0 : socket_error_number(started);
}

/// Owns one socket, which what this process starts does not inherit. Movable.
class owned_socket {
 public:
  using native = std::uintptr_t;  ///< SOCKET
  static constexpr native none = ~native{0};

  owned_socket() = default;
  explicit owned_socket(native socket) noexcept : socket_(socket) {}
  owned_socket(owned_socket&& other) noexcept : socket_(std::exchange(other.socket_, none)) {}
  owned_socket& operator=(owned_socket&& other) noexcept {
    owned_socket taken(std::move(other));
    std::swap(socket_, taken.socket_);
    return *this;
  }
  ~owned_socket() { close(); }

  native get() const noexcept { return socket_; }
  explicit operator bool() const noexcept { return socket_ != none; }
  native release() noexcept { return std::exchange(socket_, none); }
  void close() noexcept {
    if (socket_ != none) ::closesocket(std::exchange(socket_, none));
  }

  /// 0 or an error number.
  int open(int family, int type) noexcept {
    constexpr unsigned long overlapped_not_inherited = 0x81;  // WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT
    close();
    if (const int code = start_sockets()) return code;
    socket_ = ::WSASocketW(family, type, 0, nullptr, 0, overlapped_not_inherited);
    return socket_ != none ? 0 : last_socket_error();
  }
  int set(int level, int option, int value) noexcept {
    const auto* const bytes = reinterpret_cast<const char*>(&value);
    return ::setsockopt(socket_, level, option, bytes, sizeof value) == 0 ? 0 : last_socket_error();
  }
  template <class Address>
  int bind(const Address& address) noexcept {
    const auto* const given = reinterpret_cast<const sockaddr*>(&address);
    return ::bind(socket_, given, sizeof address) == 0 ? 0 : last_socket_error();
  }

 private:
  native socket_ = none;
};

/// From now on nothing waits in it.
inline void never_wait_in(owned_socket::native socket) noexcept {
  unsigned long wanted = 1;
  ::ioctlsocket(socket, static_cast<long>(0x8004667e), &wanted);  // FIONBIO
}

/// sockaddr_in.
struct address_of_version_4 {
  std::uint16_t family = 2;  ///< AF_INET
  std::uint16_t port = 0;    ///< in the network's order, as what follows
  unsigned char host[4] = {127, 0, 0, 1};
  unsigned char zero[8] = {};

  bool operator==(const address_of_version_4& other) const noexcept {
    return family == other.family && port == other.port && host[0] == other.host[0] && host[1] == other.host[1] &&
           host[2] == other.host[2] && host[3] == other.host[3];
  }
};

/// Two stream sockets that are connected with one another and nobody else, by 127.0.0.1: who else connects meanwhile is turned
/// away, by his address. Neither is inherited. 0 or an error number.
inline int connect_pair(std::array<owned_socket, 2>& ends) noexcept {
  constexpr int stream = 1, any_level = 0xffff, exclusive = -5;  // SOCK_STREAM, SOL_SOCKET, SO_EXCLUSIVEADDRUSE
  constexpr int tcp = 6, no_delay = 1;                           // IPPROTO_TCP, TCP_NODELAY
  address_of_version_4 here, there, caller;
  int size = sizeof here;
  owned_socket listening;
  int code = listening.open(here.family, stream);
  if (code == 0) code = listening.set(any_level, exclusive, 1);
  if (code == 0) code = listening.bind(here);
  if (code == 0 && ::listen(listening.get(), 8) != 0) code = last_socket_error();
  if (code == 0 && ::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&here), &size) != 0) {
    code = last_socket_error();
  }
  if (code == 0) code = ends[0].open(here.family, stream);
  if (code == 0 && ::connect(ends[0].get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) {
    code = last_socket_error();
  }
  size = sizeof there;
  if (code == 0 && ::getsockname(ends[0].get(), reinterpret_cast<sockaddr*>(&there), &size) != 0) {
    code = last_socket_error();
  }
  while (code == 0 && !(caller == there)) {
    size = sizeof caller;
    ends[1] = owned_socket(::accept(listening.get(), reinterpret_cast<sockaddr*>(&caller), &size));
    if (!ends[1]) code = last_socket_error();
  }
  for (owned_socket& end : ends) {
    if (code == 0) code = end.set(tcp, no_delay, 1);
  }
  return code;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/windows/stream_socket.hpp

APART_BEGIN_NAMESPACE
namespace detail {

// Sockets as messages go by them: each is one from `connect_pair`, as a number of 32 bits.

inline owned_socket::native socket_of(int number) noexcept {
  return reinterpret_cast<owned_socket::native>(handle_of(number));
}

/// WSAPOLLFD.
struct polled_socket {
  static constexpr short readable = 0x0300, writable = 0x0010;  // POLLIN, POLLOUT

  owned_socket::native socket;
  short wanted;
  short found = 0;
};

inline void wait_for_socket(int number, short wanted) noexcept {
  polled_socket one{socket_of(number), wanted};
  ::WSAPoll(reinterpret_cast<pollfd*>(&one), 1, -1);
}

/// For a socket whose handle this process has inherited: one that Windows Sockets know in it, too (WSADuplicateSocketW),
/// not inherited; the handle stays open. -1 of -1. Some other number where that fails: who uses it finds that its peer is gone.
inline int inherited_socket(int number) noexcept {
  constexpr int by_description = -1;                        // FROM_PROTOCOL_INFO
  constexpr unsigned long overlapped_not_inherited = 0x81;  // WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT
  if (number < 0 || start_sockets() != 0) return number;
  alignas(16) unsigned char description[1024];  // WSAPROTOCOL_INFOW
  auto* const described = reinterpret_cast<_WSAPROTOCOL_INFOW*>(description);
  if (::WSADuplicateSocketW(socket_of(number), ::GetCurrentProcessId(), described) != 0) return number;
  const owned_socket::native made =
      ::WSASocketW(by_description, by_description, by_description, described, 0, overlapped_not_inherited);
  if (made == owned_socket::none) return number;
  make_inheritable(static_cast<int>(made), false);
  return static_cast<int>(made);
}

enum class patience : unsigned char { waits, does_not_wait };

/// What was done in place of a number of bytes.
inline constexpr std::ptrdiff_t nothing_now = -1, peer_is_gone = -2;

/// How many bytes were sent, at least one, or one of those two.
inline std::ptrdiff_t send_some(int number, const char* bytes, std::size_t size, patience how) noexcept {
  if (how == patience::does_not_wait) never_wait_in(socket_of(number));
  for (;;) {
    const int count = ::send(socket_of(number), bytes, static_cast<int>((std::min)(size, std::size_t{1} << 20)), 0);
    if (count >= 0) return count;
    if (last_socket_error() != EAGAIN) return peer_is_gone;
    if (how == patience::does_not_wait) return nothing_now;
    wait_for_socket(number, polled_socket::writable);
  }
}

inline std::ptrdiff_t receive_some(int number, char* bytes, std::size_t room, patience how) noexcept {
  if (how == patience::does_not_wait) never_wait_in(socket_of(number));
  for (;;) {
    const int count = ::recv(socket_of(number), bytes, static_cast<int>(room), 0);
    if (count > 0) return count;
    if (count == 0 || last_socket_error() != EAGAIN) return peer_is_gone;
    if (how == patience::does_not_wait) return nothing_now;
    wait_for_socket(number, polled_socket::readable);
  }
}

inline void shut_down_socket(int number) noexcept {
  constexpr int both = 2;  // SD_BOTH
  ::shutdown(socket_of(number), both);
}
inline void close_socket(int number) noexcept { ::closesocket(socket_of(number)); }

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32) && defined(_WIN32)

// ---- apart/detail/windows/signal_pipe.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What stands for the signals that Windows does not have, by numbers that the C library does not use.
inline constexpr int child_has_ended = 17;
inline constexpr int pause_wanted = 20;  ///< never comes: Windows has no job control

/// Those of a run. SIGBREAK is 21. The end of the console, of the session or of the machine is SIGTERM.
inline std::vector<int> signals_of_a_run() { return {child_has_ended, SIGINT, SIGTERM, 21}; }

/// Nobody asks for it, see `pause_wanted`.
inline void pause_this_process() noexcept {}

/// The socket into which signals are written; none: -1.
inline std::atomic<int> signal_pipe_end{-1};

/// Turns signals into bytes that a `poll_set` can wait for. While it lives, the signals named do nothing else; then their
/// former handlers come back. One that is ignored stays ignored. One at a time in a process.
class signal_pipe {
 public:
  explicit signal_pipe(std::vector<int> signals) : signals_(std::move(signals)), before_(signals_.size(), SIG_ERR) {
    if (const int code = connect_pair(ends_)) raise_system(code, "a pair of sockets for signals");
    signal_pipe_end.store(static_cast<int>(ends_[1].get()));
    for (std::size_t i = 0; i < signals_.size(); ++i) {
      if (signals_[i] == child_has_ended) continue;
      before_[i] = std::signal(signals_[i], SIG_IGN);
      if (before_[i] != SIG_IGN) std::signal(signals_[i], on_signal);
    }
    watches_console_ = ::SetConsoleCtrlHandler(on_end_of_console, 1) != 0;
  }
  ~signal_pipe() {
    if (watches_console_) ::SetConsoleCtrlHandler(on_end_of_console, 0);
    for (std::size_t i = 0; i < signals_.size(); ++i) {
      if (before_[i] != SIG_ERR) std::signal(signals_[i], before_[i]);
    }
    signal_pipe_end.store(-1);
  }
  signal_pipe(const signal_pipe&) = delete;
  signal_pipe& operator=(const signal_pipe&) = delete;

  int descriptor() const noexcept { return static_cast<int>(ends_[0].get()); }

  /// The next signal that has arrived; 0: none.
  int take() noexcept {
    char signal = 0;
    return receive_some(descriptor(), &signal, 1, patience::does_not_wait) == 1 ? signal : 0;
  }

  /// As if it had arrived. Any thread; nothing where there is no pipe.
  static void put(int signal) noexcept {
    const int end = signal_pipe_end.load();
    const char byte = static_cast<char>(signal);
    if (end >= 0) send_some(end, &byte, 1, patience::does_not_wait);
  }

 private:
  static void on_signal(int signal) {
    std::signal(signal, on_signal);  // the C library has put the default in its place
    put(signal);
  }

  static int __stdcall on_end_of_console(unsigned long event) {
    constexpr unsigned long closed = 2, logged_off = 5, shut_down = 6;  // CTRL_..._EVENT
    if (event != closed && event != logged_off && event != shut_down) return 0;
    put(SIGTERM);
    for (;;) ::Sleep(1000);  // the process would end at the return; so Windows ends it, 5 s later at the latest
  }

  std::vector<int> signals_;
  std::vector<void (*)(int)> before_;
  std::array<owned_socket, 2> ends_;
  bool watches_console_ = false;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/windows/children.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// With this status the launcher ends processes: one of the codes that applications may define (winerror.h, the bit 29).
inline constexpr unsigned ended_by_launcher = 0xe0000009;

/// The processes that this one has started by `start_child` and has not waited for. Each keeps its number until then, since its
/// handle is open. One thread at a time.
class children {
 public:
  struct child {
    long id;
    descriptor process;
    process_job job;  ///< it, and all that it starts
    void* wait = nullptr;
  };

  static children& of_this_process() {
    static auto* const all = new children;
    return *all;
  }

  /// Whoever waits in a `signal_pipe` is told when it ends.
  void add(child started) {
    constexpr unsigned long for_ever = 0xffffffff, once = 8;  // INFINITE, WT_EXECUTEONLYONCE
    ::RegisterWaitForSingleObject(&started.wait, started.process.get(), tell, nullptr, for_ever, once);
    all_.push_back(std::move(started));
  }

  const std::vector<child>& all() const noexcept { return all_; }

  const child* find(long id) const noexcept {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const child& one) { return one.id == id; });
    return found != all_.end() ? &*found : nullptr;
  }

  /// Waits for its end, and gives its number back. Its exit status.
  int forget(long id) {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const child& one) { return one.id == id; });
    if (found == all_.end()) return 0;
    child gone = std::move(*found);
    all_.erase(found);
    ::WaitForSingleObject(gone.process.get(), 0xffffffff);
    if (gone.wait != nullptr) ::UnregisterWaitEx(gone.wait, reinterpret_cast<void*>(-1));  // until `tell` has returned
    unsigned long status = 0;
    ::GetExitCodeProcess(gone.process.get(), &status);
    return static_cast<int>(status);
  }

 private:
  static void __stdcall tell(void*, unsigned char) { signal_pipe::put(child_has_ended); }

  std::vector<child> all_;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32) && defined(_WIN32)

#if defined(_WIN32)

// ---- apart/detail/windows/loaded_files.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Absolute.
inline std::string path_of_program() {
  return path_text_of_system(
      text_of_system([](wchar_t* text, unsigned long room) { return ::GetModuleFileNameW(nullptr, text, room); }));
}

/// What runs it needs to reach beside what every process does.
inline std::vector<std::string> loaded_files() { return {path_of_program()}; }

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32) && defined(_WIN32)

// ---- apart/detail/windows/shell_quoted.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The text as one word of a command line, as programs take it apart (CommandLineToArgvW); as it is where that means the same.
/// cmd.exe, which has rules of its own, replaces %NAME% in it.
inline std::string shell_quoted(const std::string& text) {
  constexpr const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=:,+@-\\";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string quoted = "\"";
  std::size_t backslashes = 0;
  for (const char byte : text) {
    if (byte == '"') quoted.append(backslashes + 1, '\\');  // those before it count twice, and one is its own
    backslashes = byte == '\\' ? backslashes + 1 : 0;
    quoted += byte;
  }
  quoted.append(backslashes, '\\');
  return quoted + '"';
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/windows/child_process.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The variables for a child (CreateProcessW): sorted by their names, for which a and A are the same.
inline std::wstring environment_of(const child_settings& settings) {
  const auto upper = [](wchar_t letter) {
    return letter >= L'a' && letter <= L'z' ? static_cast<wchar_t>(letter - 32) : letter;
  };
  const auto name_of = [&](const std::wstring& entry) {
    std::wstring name = entry.substr(0, entry.find(L'=', 1));  // "=C:=C:\place" is a variable of cmd.exe's
    std::transform(name.begin(), name.end(), name.begin(), upper);
    return name;
  };
  std::vector<std::wstring> entries, replaced;
  for (const std::string& own : settings.environment) entries.push_back(wide(own));
  for (const std::wstring& own : entries) replaced.push_back(name_of(own));
  for (const std::string& name : settings.removed) replaced.push_back(name_of(wide(name)));
  wchar_t* const inherited = ::GetEnvironmentStringsW();
  for (const wchar_t* at = inherited; at != nullptr && *at != L'\0';) {
    std::wstring entry = at;
    at += entry.size() + 1;
    if (std::find(replaced.begin(), replaced.end(), name_of(entry)) == replaced.end()) {
      entries.push_back(std::move(entry));
    }
  }
  ::FreeEnvironmentStringsW(inherited);
  std::sort(entries.begin(), entries.end(),
            [&](const std::wstring& one, const std::wstring& other) { return name_of(one) < name_of(other); });
  std::wstring block;
  for (const std::wstring& entry : entries) block.append(entry).push_back(L'\0');
  return block + L'\0';
}

/// In the code page in which main has got its arguments.
inline std::wstring command_line_of(const std::vector<std::string>& arguments) {
  std::string line;
  for (const std::string& argument : arguments) line += (line.empty() ? "" : " ") + shell_quoted(argument);
  const int size = static_cast<int>(line.size());
  std::wstring made(line.size(), L'\0');
  made.resize(static_cast<std::size_t>(::MultiByteToWideChar(0, 0, line.data(), size, made.data(), size)));
  return made;
}

/// Gives a child these handles and no others, and puts it into a job before it runs (UpdateProcThreadAttribute). The handles
/// are inheritable as long as this object is there: what another thread starts meanwhile in its own way gets them, too.
class handles_for_child {
 public:
  handles_for_child(std::vector<int> handles, void* job) : numbers_(std::move(handles)), job_(job) {
    for (const int number : numbers_) {
      make_inheritable(number, true);
      handles_.push_back(handle_of(number));
    }
    std::size_t size = 0;
    ::InitializeProcThreadAttributeList(nullptr, 2, 0, &size);
    memory_.reset(new std::uintptr_t[size / sizeof(std::uintptr_t) + 1]);
    if (::InitializeProcThreadAttributeList(list(), 2, 0, &size) == 0) raise_system(last_error_number(), what);
    made_ = true;
    set(0x20002, handles_.data(), handles_.size() * sizeof(void*));  // PROC_THREAD_ATTRIBUTE_HANDLE_LIST
    set(0x2000d, &job_, sizeof job_);                                // PROC_THREAD_ATTRIBUTE_JOB_LIST, Windows 10
  }
  ~handles_for_child() {
    if (made_) ::DeleteProcThreadAttributeList(list());
    for (const int number : numbers_) make_inheritable(number, false);
  }
  handles_for_child(const handles_for_child&) = delete;
  handles_for_child& operator=(const handles_for_child&) = delete;

  _PROC_THREAD_ATTRIBUTE_LIST* list() const noexcept {
    return reinterpret_cast<_PROC_THREAD_ATTRIBUTE_LIST*>(memory_.get());
  }

 private:
  static constexpr const char* what = "a new worker process";

  void set(std::size_t attribute, void* value, std::size_t size) const {
    if (::UpdateProcThreadAttribute(list(), 0, attribute, value, size, nullptr, nullptr) == 0) {
      raise_system(last_error_number(), what);
    }
  }

  const std::vector<int> numbers_;
  std::vector<void*> handles_;
  void* job_;
  std::unique_ptr<std::uintptr_t[]> memory_;
  bool made_ = false;
};

/// Starts this binary as `settings` say and returns its process id. It has no window and a console of its own, so neither Ctrl-C
/// nor the end of this one's console reaches it. An `apart::error` where the system refuses.
inline process_number start_child(child_settings settings) {
  constexpr const char* what = "a new worker process";
  std::string id = std::to_string(process_id());
  std::string& told = settings.environment.back();
  told.replace(told.begin() + static_cast<std::ptrdiff_t>(settings.pid_offset + 10 - id.size()),
               told.begin() + static_cast<std::ptrdiff_t>(settings.pid_offset + 10), id);
  descriptor nothing;
  if (const int code = open_file("NUL", can_read, existing_file_only, 0, nothing)) raise_system(code, what);
  process_job job;
  if (const int code = job.make()) raise_system(code, what);
  std::vector<int> inherited = settings.descriptors;
  inherited.insert(inherited.end(), {number_of(nothing.get()), settings.output});
  const handles_for_child given(std::move(inherited), job.get());
  struct {  // STARTUPINFOEXW
    unsigned long size;
    void* texts[3];
    unsigned long place[7];
    unsigned long flags;
    std::uint16_t show[2];
    void* reserved;
    void* input;
    void* output;
    void* errors;
    _PROC_THREAD_ATTRIBUTE_LIST* attributes;
  } start{};
  start.size = sizeof start;
  start.flags = 0x100;  // STARTF_USESTDHANDLES
  start.input = nothing.get();
  start.output = start.errors = handle_of(settings.output);
  start.attributes = given.list();
  struct {  // PROCESS_INFORMATION
    void* process;
    void* thread;
    unsigned long id;
    unsigned long thread_id;
  } made{};
  // CREATE_NO_WINDOW | EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT | CREATE_SUSPENDED
  constexpr unsigned long flags = 0x08000000 | 0x00080000 | 0x400 | 0x4;
  constexpr unsigned no_dialogs = 0x8003;  // SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX
  std::wstring command = command_line_of(settings.arguments);
  std::wstring environment = environment_of(settings);
  const unsigned before = ::SetErrorMode(no_dialogs);  // which it inherits: nobody would close them
  const int started = ::CreateProcessW(path_for_system(path_of_program()).c_str(), command.data(), nullptr, nullptr, 1,
                                       flags, environment.data(), nullptr, reinterpret_cast<_STARTUPINFOW*>(&start),
                                       reinterpret_cast<_PROCESS_INFORMATION*>(&made));
  const int code = started != 0 ? 0 : last_error_number();
  ::SetErrorMode(before);
  if (code != 0) raise_system(code, what);
  const auto number = static_cast<process_number>(made.id);
  const descriptor thread(made.thread);
  descriptor process(made.process);
  if (settings.own_session) {  // with a handle of its own the job lasts as long as the process
    constexpr unsigned long same_access = 2;
    void* its_own = nullptr;
    ::DuplicateHandle(::GetCurrentProcess(), job.get(), process.get(), &its_own, 0, 0, same_access);
  }
  children::of_this_process().add({number, std::move(process), std::move(job)});
  ::ResumeThread(thread.get());
  return number;
}

/// Handles are many; none has to be kept for who is started later.
class reserved_descriptors {
 public:
  reserved_descriptors() noexcept {}
  ~reserved_descriptors() {}
  reserved_descriptors(const reserved_descriptors&) = delete;
  reserved_descriptors& operator=(const reserved_descriptors&) = delete;
};

/// Two connected stream sockets, neither of them inherited.
inline std::pair<int, int> socket_pair() {
  std::array<owned_socket, 2> ends;
  if (const int code = connect_pair(ends)) raise_system(code, "a socket to a new worker process");
  return {static_cast<int>(ends[0].release()), static_cast<int>(ends[1].release())};
}

/// The pipe by which the keeper hears that nobody else is left of a run: it reads nothing but the end, when the last writing end
/// is closed.
class members_pipe {
 public:
  members_pipe() {
    void* reads = nullptr;
    void* writes = nullptr;
    if (::CreatePipe(&reads, &writes, nullptr, 0) == 0) raise_system(last_error_number(), "a pipe to the workers");
    reads_ = descriptor(reads);
    writes_ = descriptor(writes);
  }
  int for_keeper() const noexcept { return number_of(reads_.get()); }
  int for_worker() const noexcept { return number_of(writes_.get()); }

 private:
  descriptor reads_;
  descriptor writes_;
};

// Windows has no signals between processes: who is asked to end is ended, as who is killed, with all that it has started. Nobody
// is ever stopped, see `pause_wanted`.
enum class group_signal : unsigned char { stop, go_on, end, kill };

inline void signal_group(process_number process, group_signal what) noexcept {
  if (what != group_signal::end && what != group_signal::kill) return;
  if (const auto* const child = children::of_this_process().find(process)) child->job.end(ended_by_launcher);
}
inline void ask_for_stack_and_end(process_number process) noexcept { signal_group(process, group_signal::end); }

/// "was ended by an access violation (0xC0000005)", "exited with status 3".
inline std::string how_it_ended(int status) {
  const auto code = static_cast<unsigned>(status);
  static constexpr std::pair<unsigned, const char*> names[] = {{0x40010004, "a debugger"},
                                                               {0x80000003, "a breakpoint"},
                                                               {0xc0000005, "an access violation"},
                                                               {0xc0000006, "an error of paging in"},
                                                               {0xc0000017, "a lack of memory"},
                                                               {0xc000001d, "an illegal instruction"},
                                                               {0xc0000094, "a division by zero"},
                                                               {0xc0000096, "a privileged instruction"},
                                                               {0xc00000fd, "a stack overflow"},
                                                               {0xc0000135, "a DLL that is missing"},
                                                               {0xc000013a, "Ctrl-C"},
                                                               {0xc0000374, "a corrupted heap"},
                                                               {0xc0000409, "a fast failure, such as abort()"},
                                                               {0xe06d7363, "an exception that nothing caught"}};
  if (code == ended_by_launcher) return "was ended by the launcher";
  if (code == 3) return "exited with status 3, as abort() does";
  constexpr const char* hexadecimal = "0123456789ABCDEF";
  std::string number = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) number += hexadecimal[code >> shift & 0xf];
  for (const auto& [known, name] : names) {
    if (known == code) return std::string("was ended by ") + name + " (" + number + ")";
  }
  const bool is_of_system = code >> 28 == 0xc;  // NTSTATUS, an error
  return "exited with status " + (is_of_system ? number : std::to_string(status));
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32) && defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/loaded_files.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Empty where it cannot be read.
inline std::string target_of_link(const char* link) {
  std::string path(256, '\0');
  for (;;) {
    const ssize_t length = ::readlink(link, path.data(), path.size());
    if (length < 0) return {};
    if (static_cast<std::size_t>(length) < path.size()) return path.substr(0, static_cast<std::size_t>(length));
    path.resize(2 * path.size());
  }
}

/// Absolute; empty where there is no /proc.
inline std::string path_of_program() { return target_of_link("/proc/self/exe"); }

/// What to run for another process of this program: the file itself, whatever has become of its name. What runs programs in
/// its own way (valgrind) answers for /proc/self/exe, but not for the thread's, and would be run in their place: then its path.
inline std::string program_to_run() {
  const std::string told = path_of_program();
  return told == target_of_link("/proc/thread-self/exe") ? "/proc/self/exe" : told;
}

/// The executable, and the shared objects that this process has loaded.
inline std::vector<std::string> loaded_files() {
  std::vector<std::string> files{path_of_program()};
  ::dl_iterate_phdr(
      [](dl_phdr_info* image, std::size_t, void* argument) {
        if (image->dlpi_name != nullptr && image->dlpi_name[0] == '/') {
          static_cast<std::vector<std::string>*>(argument)->push_back(image->dlpi_name);
        }
        return 0;
      },
      &files);
  return files;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/posix/child_process.hpp

#include <sys/prctl.h>

extern char** environ;

APART_BEGIN_NAMESPACE
namespace detail {

/// Between fork and exec: no handlers, and the mask that the caller had.
inline void restore_signals(const sigset_t& mask) noexcept {
  for (int signal = 1; signal < 32; ++signal) {
    struct sigaction action {};
    if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) ::signal(signal, SIG_DFL);
  }
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
}

/// The child's side, between fork and exec: only what POSIX calls async-signal-safe. Returns where it failed.
inline int become(const child_settings& settings, const char* program, char* const* arguments, char** environment,
                  char* pid_digits, long parent, const sigset_t& signals) noexcept {
  if (const int code = enter_own_world(settings.world)) return code;
  if (settings.own_session) {
    ::setsid();
  } else {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
  }
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0 || ::dup2(nothing, 0) < 0) return errno;
  if (::dup2(settings.output, 1) < 0 || ::dup2(settings.output, 2) < 0) return errno;
  for (const int kept : settings.descriptors) {
    if (::fcntl(kept, F_SETFD, 0) < 0) return errno;
  }
  restore_signals(signals);
  long pid = ::getpid();
  for (int digit = 9; digit >= 0; --digit, pid /= 10) pid_digits[digit] = static_cast<char>('0' + pid % 10);
  ::execve(program, arguments, environment);
  return errno;
}

/// Starts this binary as `settings` say and returns its process id. An `apart::error` where the system refuses.
inline process_number start_child(child_settings settings) {
  std::vector<char*> arguments;
  for (std::string& argument : settings.arguments) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  std::vector<char*> environment;
  for (std::string& own : settings.environment) environment.push_back(own.data());
  char* const pid_digits = environment.back() + settings.pid_offset;
  for (char** inherited = environ; *inherited != nullptr; ++inherited) {
    const std::size_t name_length = std::strcspn(*inherited, "=") + 1;
    const std::string name(*inherited, name_length - 1);
    bool replaced = std::find(settings.removed.begin(), settings.removed.end(), name) != settings.removed.end();
    for (const std::string& own : settings.environment) {
      replaced = replaced || own.compare(0, name_length, *inherited, name_length) == 0;
    }
    if (!replaced) environment.push_back(*inherited);
  }
  environment.push_back(nullptr);

  std::array<int, 2> failure{};
  if (::pipe2(failure.data(), O_CLOEXEC) != 0) raise_system(errno, "a pipe to a new worker process");
  const std::string program = program_to_run();
  const long parent = ::getpid();
  pid_t child = -1;
  {
    const all_signals_blocked until_the_child_has_no_handlers;
    child = ::fork();
    if (child == 0) {
      const int code = become(settings, program.c_str(), arguments.data(), environment.data(), pid_digits, parent,
                              until_the_child_has_no_handlers.before());
      [[maybe_unused]] const ssize_t told = ::write(failure[1], &code, sizeof code);
      ::_exit(127);
    }
  }
  int code = child < 0 ? errno : 0;
  ::close(failure[1]);
  if (child > 0) {
    while (::read(failure[0], &code, sizeof code) < 0 && errno == EINTR) {
    }
  }
  ::close(failure[0]);
  if (code != 0) {
    if (child > 0) ::waitpid(child, nullptr, 0);
    raise_system(code, "a new worker process");
  }
  return child;
}

/// Some descriptors, held for a scope so that who is started after it finds them free.
class reserved_descriptors {
 public:
  reserved_descriptors() noexcept {
    for (int& held : held_) held = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
  ~reserved_descriptors() {
    for (const int held : held_) {
      if (held >= 0) ::close(held);
    }
  }
  reserved_descriptors(const reserved_descriptors&) = delete;
  reserved_descriptors& operator=(const reserved_descriptors&) = delete;

 private:
  std::array<int, 16> held_{};
};

/// Two connected stream sockets, both close-on-exec.
inline std::pair<int, int> socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    raise_system(errno, "a socket to a new worker process");
  }
  return {ends[0], ends[1]};
}

/// The pipe by which the keeper hears that nobody else is left of a run: it reads nothing but the end, when the last writing end
/// is closed. Both are close-on-exec.
class members_pipe {
 public:
  members_pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) raise_system(errno, "a pipe to the workers");
  }
  ~members_pipe() {
    for (const int end : ends_) ::close(end);
  }
  members_pipe(const members_pipe&) = delete;
  members_pipe& operator=(const members_pipe&) = delete;

  int for_keeper() const noexcept { return ends_[0]; }
  int for_worker() const noexcept { return ends_[1]; }

 private:
  std::array<int, 2> ends_{};
};

enum class group_signal : int { stop = SIGSTOP, go_on = SIGCONT, end = SIGTERM, kill = SIGKILL };

/// To the process and all in its group.
inline void signal_group(process_number process, group_signal what) noexcept {
  ::kill(-process, static_cast<int>(what));
}

/// See `print_stack_on_quit`.
inline void ask_for_stack_and_end(process_number process) noexcept { ::kill(process, SIGQUIT); }

/// "was killed by SIGSEGV", "exited with status 3".
inline std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return "was killed by " + signal_name(WTERMSIG(status));
  return "exited with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

#if !defined(_WIN32) && defined(_WIN32)

// ---- apart/detail/windows/reaper.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What a process leaves behind stays in the job of who has started it: nobody has to adopt it.
inline void adopt_orphans() noexcept {}

/// A child that has ended. `pid` 0: none has.
struct ended_child {
  process_number pid = 0;
  int status = 0;
};

/// Ends it where it still runs, and all that it has started. Its exit status.
inline int reap(process_number child) {
  children& all = children::of_this_process();
  if (const auto* const known = all.find(child)) known->job.end(ended_by_launcher);
  return all.forget(child);
}

/// The next child that has ended, without waiting. All that it left running ends with it, whatever `ends_with_its_group` says.
template <class Predicate>
ended_child reap_one(Predicate) {
  for (const children::child& one : children::of_this_process().all()) {
    if (::WaitForSingleObject(one.process.get(), 0) != 0) continue;
    const process_number ended = one.id;
    return {ended, reap(ended)};
  }
  return {};
}

/// What runs below this process, as far as a chain of living ones leads there.
inline std::vector<process_number> descendants() {
  const std::vector<listed_process> all = list_processes();
  std::vector<process_number> found{process_id()};
  for (std::size_t at = 0; at < found.size(); ++at) {
    for (const listed_process& one : all) {
      const bool is_known = std::find(found.begin(), found.end(), one.id) != found.end();
      if (one.parent == found[at] && !is_known) found.push_back(one.id);
    }
  }
  return found;
}

/// In a process that a launcher has started: all others of its job, which that one and its descendants have started. Elsewhere
/// what was started by `start_child`. Sorted.
inline std::vector<process_number> children_left() {
  std::vector<process_number> children;
  if (launched_as().role != '-') {
    children = process_job::processes_in(nullptr);
    if (children.empty()) children = descendants();  // Wine 8 tells nobody of his own job
    children.erase(std::remove(children.begin(), children.end(), process_id()), children.end());
  } else {
    for (const auto& one : children::of_this_process().all()) children.push_back(one.id);
  }
  std::sort(children.begin(), children.end());
  return children;
}

/// Nobody is adopted.
class adopted_children {
 public:
  std::vector<process_number> list() const { return {}; }
};

/// "sleep.exe (process 4711)", for people; nothing where it has ended.
inline std::optional<std::string> describe_process(process_number process) {
  constexpr unsigned long to_ask = 0x00101000;  // SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION
  const descriptor opened(::OpenProcess(to_ask, 0, static_cast<unsigned long>(process)));
  if (!opened || ::WaitForSingleObject(opened.get(), 0) == 0) return std::nullopt;
  std::wstring path(32768, L'\0');
  auto size = static_cast<unsigned long>(path.size());
  path.resize(::QueryFullProcessImageNameW(opened.get(), 0, path.data(), &size) != 0 ? size : 0);
  const std::string program = narrow(path);
  return one_line(program.substr(program.find_last_of("\\/") + 1)) + " (process " + std::to_string(process) + ")";
}

/// See `adopted_children`.
inline long launched_ancestor_of(process_number) noexcept { return 0; }

inline void kill_and_reap(process_number child) noexcept { reap(child); }

/// Ends all children but those in `spared`, sorted; each is handed to `told` before.
template <class Told>
void end_children(Told told, const std::vector<process_number>& spared = {}) {
  for (const process_number child : children_left()) {
    if (std::binary_search(spared.begin(), spared.end(), child)) continue;
    told(child);
    reap(child);
  }
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32) && defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/reaper.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// From now on this process is the parent of whatever its descendants leave behind (PR_SET_CHILD_SUBREAPER).
inline void adopt_orphans() noexcept { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

/// A child that has ended. `pid` 0: none has.
struct ended_child {
  pid_t pid = 0;
  int status = 0;
};

/// The next child that has ended, without waiting. Where `ends_with_its_group(pid)` says so, its process group is killed
/// first, while its number cannot yet mean anyone else, so that what it left running ends with it.
template <class Predicate>
ended_child reap_one(Predicate ends_with_its_group) {
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return {};
  ended_child ended{info.si_pid, 0};
  if (ends_with_its_group(ended.pid)) ::kill(-ended.pid, SIGKILL);
  ::waitpid(ended.pid, &ended.status, 0);
  return ended;
}

/// Whether this process has a child, alive or not yet reaped.
inline bool has_children() noexcept {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/// The process ids in such a list as proc_pid_children(5) has it are added.
inline void read_children(std::string text, std::vector<pid_t>& children) {
  char* rest = text.data();
  while (const long pid = std::strtol(rest, &rest, 10)) children.push_back(static_cast<pid_t>(pid));
}

/// The children of this process that are alive or not yet reaped, whichever thread started them.
inline std::vector<pid_t> children_left() {
  std::vector<pid_t> children;
  if (!has_children()) return children;
  const std::string tasks = "/proc/self/task";
  directory_stream threads(descriptor(sys::open(tasks.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  while (const sys::directory_entry* const thread = threads.next()) {
    std::string text;
    if (read_file(tasks + '/' + thread->d_name + "/children", text) == 0) read_children(std::move(text), children);
  }
  std::sort(children.begin(), children.end());
  return children;
}

/// Those of its main thread, which adopts what lost its parent (see `adopt_orphans`): quick enough for each test. Made and
/// asked on that thread.
class adopted_children {
 public:
  std::vector<pid_t> list() const {
    std::vector<pid_t> children;
    std::string text;
    if (file_ && read_from_start(file_, text) == 0) read_children(std::move(text), children);
    std::sort(children.begin(), children.end());
    return children;
  }

 private:
  const descriptor file_{
      ::open(("/proc/self/task/" + std::to_string(::getpid()) + "/children").c_str(), O_RDONLY | O_CLOEXEC)};
};

/// Nothing where it has ended, reaped or not.
inline std::optional<process_status> status_of_running(pid_t process) {
  int code = 0;
  const auto status = status_of_process(process, code);
  return status && status->state != 'Z' && status->state != 'X' ? status : std::nullopt;
}

/// "sleep 1000 (process 4711)", for people; nothing where it has ended.
inline std::optional<std::string> describe_process(pid_t process) {
  const auto status = status_of_running(process);
  if (!status) return std::nullopt;
  std::string command;
  read_file("/proc/" + std::to_string(process) + "/cmdline", command);
  while (!command.empty() && command.back() == '\0') command.pop_back();
  std::replace(command.begin(), command.end(), '\0', ' ');
  constexpr std::size_t most = 100;
  if (command.size() > most) command = command.substr(0, most) + "...";
  return one_line(command.empty() ? status->name : command) + " (process " + std::to_string(process) + ")";
}

/// The environment of a process. In the middle of an execve(2) it has neither that nor arguments for a moment: it is asked again,
/// but not for ever, since it may have given up both.
inline std::string environment_of(pid_t process) {
  const std::string folder = "/proc/" + std::to_string(process);
  std::string environment;
  std::string arguments;
  for (int tries = 0; tries < 1000; ++tries) {
    if (read_file(folder + "/environ", environment) != 0 || !environment.empty() || !arguments.empty()) break;
    if (read_file(folder + "/cmdline", arguments) != 0 || !status_of_running(process)) break;
    ::sched_yield();
  }
  return environment;
}

/// The process that a launcher started and from which that one has its environment; 0: not known.
inline long launched_ancestor_of(pid_t process) {
  const std::string environment = environment_of(process);
  const std::string name = std::string(launched_variable) + "=-";  // struck out by `take_launched`
  const std::size_t found = environment.find(name);
  return found == std::string::npos ? 0 : std::atol(environment.c_str() + found + name.size());
}

inline void kill_and_reap(pid_t child) noexcept {
  ::kill(child, SIGKILL);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

/// Kills all children but those in `spared`, sorted, and what they leave to this process where it adopts orphans; each is
/// handed to `told` before. What left its group was handed to the nearest reaper when its parent went.
template <class Told>
void end_children(Told told, const std::vector<pid_t>& spared = {}) {
  for (bool found = true; found;) {
    found = false;
    for (const pid_t child : children_left()) {
      if (std::binary_search(spared.begin(), spared.end(), child)) continue;
      told(child);
      kill_and_reap(child);
      found = true;
    }
  }
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/detail/posix/gated_child.hpp

#include <sys/syscall.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// A child process in a session of its own, which waits to be let go, and then becomes another program. Until then it
/// ends with this object, and with the thread that made it, however that ends.
class gated_child {
 public:
  /// `arguments`: the program, looked for in PATH, and what it is given. An `apart::error` where the system refuses.
  explicit gated_child(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {
    if (arguments_.empty()) raise(error("a child process: give it the name of a program"));
    std::vector<char*> pointers;
    for (std::string& argument : arguments_) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    std::pair<int, int> ends = socket_pair();
    gate_ = descriptor(ends.first);
    descriptor childs_end(ends.second);
    const long parent = ::getpid();
    const all_signals_blocked until_the_child_has_no_handlers;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(gate_.get());
      const int code = become(pointers.data(), childs_end.get(), parent, until_the_child_has_no_handlers.before());
      ::send(childs_end.get(), &code, sizeof code, MSG_NOSIGNAL);
      ::_exit(127);
    }
    if (pid_ < 0) raise_system(errno, "a child process for '" + arguments_.front() + "'");
    childs_end.close();
    receive_word(gate_.get());  // it has its session
  }
  ~gated_child() {
    if (pid_ > 0) kill_and_reap(static_cast<pid_t>(pid_));
  }
  gated_child(const gated_child&) = delete;
  gated_child& operator=(const gated_child&) = delete;

  long id() const noexcept { return pid_; }

  /// Returns when it is the other program, or why it cannot be.
  fault let_go() {
    int code = 0;
    send_word(gate_.get());
    while (::recv(gate_.get(), &code, sizeof code, MSG_WAITALL) < 0 && errno == EINTR) {
    }
    if (code == 0) pid_ = 0;
    return system_fault(code, "cannot run '" + arguments_.front() + "'");
  }

 private:
  static void send_word(int gate) noexcept { ::send(gate, "g", 1, MSG_NOSIGNAL); }

  static bool receive_word(int gate) noexcept {
    char word = 0;
    ssize_t got = 0;
    while ((got = ::recv(gate, &word, 1, 0)) < 0 && errno == EINTR) {
    }
    return got == 1;
  }

  /// The child's side: only what POSIX calls async-signal-safe. Returns where it failed.
  static int become(char* const* arguments, int gate, long parent, const sigset_t& signals) noexcept {
    ::setsid();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    send_word(gate);
    if (!receive_word(gate)) ::_exit(1);
    ::prctl(PR_SET_PDEATHSIG, 0);
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || ::dup2(nothing, 0) < 0) return errno;
    keep_standard_streams_only();
    restore_signals(signals);
    ::execvp(arguments[0], arguments);
    return errno;
  }

  /// From the exec on.
  static void keep_standard_streams_only() noexcept {
#if defined(SYS_close_range)
    constexpr unsigned closes_on_exec = 4;  // CLOSE_RANGE_CLOEXEC, Linux 5.11
    if (::syscall(SYS_close_range, 3u, ~0u, closes_on_exec) == 0) return;
#endif
    const long highest = ::sysconf(_SC_OPEN_MAX);
    for (int number = 3; number < highest && number < 65536; ++number) ::fcntl(number, F_SETFD, FD_CLOEXEC);
  }

  std::vector<std::string> arguments_;
  descriptor gate_;
  long pid_ = -1;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

#if defined(_WIN32)

// ---- apart/run/detail/windows/process_identity.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// A process and its name for a journal, which no other process on this machine ever has: "4711:133769468", its id, and
/// when it was started.
struct identified_process {
  bool ended = true;
  std::string identity;  ///< empty: not there
};

inline identified_process identify_process(long pid) {
  constexpr unsigned long may_wait = 0x00100000;  // SYNCHRONIZE
  const std::uint64_t started = start_of_process(pid);
  if (started == 0) return {};
  const descriptor process(::OpenProcess(may_wait, 0, static_cast<unsigned long>(pid)));
  const bool runs = !process || ::WaitForSingleObject(process.get(), 0) != 0;
  return {!runs, std::to_string(pid) + ':' + std::to_string(started)};
}

inline long pid_in(std::string_view identity) {
  return std::strtol(std::string(identity.substr(0, identity.find(':'))).c_str(), nullptr, 10);
}

inline bool process_has_ended(std::string_view identity) {
  const identified_process status = identify_process(pid_in(identity));
  return status.ended || status.identity != identity;
}

/// Ends a process. Does nothing where it is not there any more, whoever has its id now. An `apart::error` if it does not
/// end.
inline void end_process(std::string_view identity, std::chrono::nanoseconds) {
  constexpr unsigned long may_end_and_wait = 0x00100001;  // PROCESS_TERMINATE | SYNCHRONIZE
  const long pid = pid_in(identity);
  const descriptor process(::OpenProcess(may_end_and_wait, 0, static_cast<unsigned long>(pid)));
  if (process_has_ended(identity)) return;
  if (process) ::TerminateProcess(process.get(), 1);
  if (!process || ::WaitForSingleObject(process.get(), 5000) != 0) {
    raise(error("process " + std::to_string(pid) + " has not ended 5 s after it was told to"));
  }
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/run/detail/posix/process_identity.hpp

#include <poll.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// A process and its name for a journal, which no other process on this machine ever has: "4711:8412345:" and the id of
/// the boot. Its id, and when it was started, in ticks since the boot.
struct identified_process {
  bool ended = true;     ///< not there, or waiting to be reaped only
  std::string identity;  ///< empty: not there
};

inline identified_process identify_process(long pid) {
  int code = 0;
  std::string boot;
  const std::optional<process_status> status = status_of_process(pid, code);
  if (!status || read_file("/proc/sys/kernel/random/boot_id", boot) != 0) return {};
  return {status->state == 'Z' || status->state == 'X',
          std::to_string(pid) + ':' + std::to_string(status->process.started) + ':' + boot.substr(0, boot.find('\n'))};
}

inline long pid_in(std::string_view identity) {
  return std::strtol(std::string(identity.substr(0, identity.find(':'))).c_str(), nullptr, 10);
}

inline bool process_has_ended(std::string_view identity) {
  const identified_process status = identify_process(pid_in(identity));
  return status.ended || status.identity != identity;
}

/// What poll(2) can wait for; empty before Linux 5.3.
inline descriptor open_process([[maybe_unused]] long pid) noexcept {
#if defined(SYS_pidfd_open)
  return descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
#else
  return {};
#endif
}

/// Returns whether it has.
inline bool wait_for_process_end(std::string_view identity, std::chrono::nanoseconds at_most) {
  using clock = std::chrono::steady_clock;
  constexpr std::chrono::hours longest(24 * 365);
  const clock::time_point until = clock::now() + (at_most < longest ? at_most : longest);
  const descriptor process = open_process(pid_in(identity));
  while (!process_has_ended(identity)) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
    if (left <= 0) return false;
    pollfd waited{process.get(), POLLIN, 0};
    const int longest_wait = process ? 60'000 : 5;
    static_cast<void>(::poll(&waited, 1, left < longest_wait ? static_cast<int>(left) + 1 : longest_wait));
  }
  return true;
}

/// Ends a process that leads a session of its own, and with it its group: by SIGTERM, and what is left after `grace` by
/// SIGKILL. Does nothing where it is not there any more, whoever has its id now. An `apart::error` if it does not end.
inline void end_process(std::string_view identity, std::chrono::nanoseconds grace) {
  const long pid = pid_in(identity);
  if (pid <= 1 || identify_process(pid).identity != identity) return;
  const auto group = static_cast<pid_t>(-pid);
  ::kill(group, SIGTERM);
  ::kill(group, SIGCONT);
  wait_for_process_end(identity, grace);
  const std::string now = identify_process(pid).identity;
  // Where its leader has been reaped: nobody else gets the group's number while members of it are left.
  if (now == identity || now.empty()) ::kill(group, SIGKILL);
  const bool ended = wait_for_process_end(identity, std::chrono::seconds(5));
  while (::waitpid(static_cast<pid_t>(pid), nullptr, WNOHANG) < 0 && errno == EINTR) {
  }
  if (!ended) raise(error("process " + std::to_string(pid) + " has not ended 5 s after SIGKILL"));
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/run/claimed_process.hpp

APART_BEGIN_NAMESPACE

/// A program that runs beside the tests and ends with the run, however that ends: a server, a broker.
///
///     apart::claimed_process server({"redis-server", "--port", std::to_string(port)});
///     ...
///     server.stop();   // SIGTERM, and SIGKILL after 5 s
///
/// Purpose: a claim of the kind "process" that is journalled before the program runs. Its name is the process's id, when
/// it was started, and the boot: another process that has that id later is never touched.
/// Scope: the run on this machine. Owner: one object in one process. Movable; a moved-from object does nothing. A forked
/// child's copy does nothing.
/// The program: looked for in PATH; leads a session of its own, so that no interrupt of the terminal and no end of a test
/// reaches it; has this process's environment and directory, its stdout and stderr, a stdin that reads nothing, and no
/// other open files.
/// Destruction: without `stop()` it goes on, and is ended when the run's claims are cleaned up: see `claim`. So it ends,
/// too, where this process, or all of the run, is killed; then by SIGTERM, and after 5 s by SIGKILL. Its group ends with
/// it; what has left the group, or what it left running when it ended by itself and was reaped, is not found.
/// Windows: not there; the constructor is an error that says so.
/// Threads: distinct objects from any; one object from one at a time. Cancellation: `stop` waits for its `grace`.
/// Errors: `apart::error` that names the program that cannot be run.
class [[nodiscard]] claimed_process {
 public:
  [[nodiscard]] explicit claimed_process(std::vector<std::string> arguments)
      : claimed_process(detail::gated_child(std::move(arguments))) {}

  claimed_process(claimed_process&& other) noexcept
      : identity_(std::exchange(other.identity_, {})), claim_(std::move(other.claim_)), owner_(other.owner_) {}
  claimed_process& operator=(claimed_process&& other) noexcept {
    claimed_process taken(std::move(other));
    std::swap(identity_, taken.identity_);
    std::swap(claim_, taken.claim_);
    std::swap(owner_, taken.owner_);
    return *this;
  }
  ~claimed_process() = default;

  /// The process's id, which is its group's and session's, too; 0 where there is none.
  [[nodiscard]] long id() const { return detail::pid_in(identity_); }

  [[nodiscard]] bool running() const { return !identity_.empty() && !detail::process_has_ended(identity_); }

  /// Asks it to end (SIGTERM), kills what is left of its group after `grace`, and returns when it is gone. The second
  /// time does nothing. An `apart::error`, and still the run's, if the system does not even kill it, or `grace` is NaN.
  template <class Rep = std::chrono::seconds::rep, class Period = std::chrono::seconds::period>
  void stop(std::chrono::duration<Rep, Period> grace = std::chrono::seconds(5)) {
    if (identity_.empty() || !owner_.is_this_process()) return;
    detail::end_process(identity_, detail::saturated(grace));
    claim_.release();
    identity_.clear();
  }

 private:
  explicit claimed_process(detail::gated_child&& child)
      : identity_(detail::identify_process(child.id()).identity), claim_("process", identity_) {
    const detail::fault failed = child.let_go();
    if (!failed) return;
    claim_.release();
    detail::raise_if(failed);
  }

  std::string identity_;
  claim claim_;
  detail::process_owner owner_;
};

namespace detail {

inline const claim_handler ends_claimed_processes{
    "process", [](std::string_view identity) { end_process(identity, std::chrono::seconds(5)); }};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/coordinator.hpp

APART_BEGIN_NAMESPACE

/// What the members of one run meet through: locks by name, small texts, counters. Two of them: `file_coordinator`, for the
/// processes of one machine, and `postgres_coordinator` of interop/postgres.hpp, for machines.
///
/// Scope: the run. Owner: one object is one member, whatever number of threads it has: what it has locked it does not keep
/// from itself, and everything that it holds goes with it, also where its process is killed. Texts and counters stay until
/// the run has no member any more. Any text but the empty one is a name; locks, texts and counters each have names of
/// their own.
/// Threads: one at a time. Fork: a child's copy of the object is not to be used.
/// Errors: `apart::error` that names the place where they meet; after one the object is of no further use.
class coordinator {
 public:
  coordinator() = default;
  coordinator(const coordinator&) = delete;
  coordinator& operator=(const coordinator&) = delete;
  virtual ~coordinator() = default;

  /// False: another member holds it, in a way that excludes this one; or this member does, but for one more share.
  [[nodiscard]] virtual bool try_lock(std::string_view name) = 0;
  [[nodiscard]] virtual bool try_lock_shared(std::string_view name) = 0;
  /// Gives back what was locked last, or one share. Of what it does not hold nothing.
  virtual void unlock(std::string_view name) = 0;

  /// False: there is one of that name already, which stays as it is.
  [[nodiscard]] virtual bool create(std::string_view name, std::string_view bytes) = 0;
  [[nodiscard]] virtual std::optional<std::string> read(std::string_view name) = 0;

  /// Adds to a counter, which begins at 0. Returns what it was before.
  virtual std::uint64_t add(std::string_view counter, std::uint64_t amount) = 0;

  /// Cancelled when this member has lost its place, and with it what it has locked: with the reason.
  [[nodiscard]] virtual context session() const { return context::background(); }

  /// Until another member has unlocked or created something since the last call, at most so long; or for no reason. Ends
  /// early with the context.
  virtual void wait_for_change(const context& waiting, std::chrono::nanoseconds most) = 0;
};

namespace detail {

/// What joins a run by URLs that begin so. Stands at namespace scope.
class coordinator_scheme {
 public:
  using join_function = std::unique_ptr<coordinator> (*)(const std::string& url, const std::string& run);

  coordinator_scheme(const char* name, join_function join) : name_(name), join_(join), next_(first) { first = this; }
  coordinator_scheme(const coordinator_scheme&) = delete;
  coordinator_scheme& operator=(const coordinator_scheme&) = delete;

  /// Null: none is for that URL.
  static join_function find(std::string_view url) {
    for (const coordinator_scheme* one = first; one != nullptr; one = one->next_) {
      if (url.compare(0, one->name_.size(), one->name_) == 0) return one->join_;
    }
    return nullptr;
  }

 private:
  static inline const coordinator_scheme* first = nullptr;

  const std::string_view name_;
  const join_function join_;
  const coordinator_scheme* const next_;
};

}  // namespace detail

/// Locks by waiting for it. `cancelled_error` where the context ends first.
inline void lock(coordinator& members, std::string_view name, const context& waiting = context::current()) {
  while (!members.try_lock(name)) {
    waiting.throw_if_cancelled();
    members.wait_for_change(waiting, std::chrono::seconds(1));
  }
}
inline void lock_shared(coordinator& members, std::string_view name, const context& waiting = context::current()) {
  while (!members.try_lock_shared(name)) {
    waiting.throw_if_cancelled();
    members.wait_for_change(waiting, std::chrono::seconds(1));
  }
}

APART_END_NAMESPACE

// ---- apart/run/file_coordinator.hpp

APART_BEGIN_NAMESPACE

/// The members of a run that share a directory of one machine. What they leave in it goes with the directory, whose owner
/// removes it when no member is left.
class file_coordinator final : public coordinator {
 public:
  /// A directory that is there, private, on a local file system.
  explicit file_coordinator(std::string directory) : directory_(std::move(directory)) {}

  [[nodiscard]] bool try_lock(std::string_view name) override {
    return held_.count(std::string(name)) == 0 && take(name, detail::lock_mode::exclusive);
  }
  [[nodiscard]] bool try_lock_shared(std::string_view name) override {
    const auto known = held_.find(std::string(name));
    if (known == held_.end()) return take(name, detail::lock_mode::shared);
    if (known->second.shares == 0) return false;
    ++known->second.shares;
    return true;
  }
  void unlock(std::string_view name) override {
    const auto known = held_.find(std::string(name));
    if (known == held_.end()) return;
    if (known->second.shares > 1) {
      --known->second.shares;
    } else {
      held_.erase(known);
    }
  }

  [[nodiscard]] bool create(std::string_view name, std::string_view bytes) override {
    const int code = write(path_of("text-", name), detail::existing_file::is_refused, bytes);
    if (code != 0 && code != EEXIST) fail(code, name);
    return code == 0;
  }

  [[nodiscard]] std::optional<std::string> read(std::string_view name) override {
    std::string text;
    const int code = detail::read_file(path_of("text-", name), text);
    if (code == ENOENT) return std::nullopt;
    if (code != 0) fail(code, name);
    return text;
  }

  std::uint64_t add(std::string_view counter, std::uint64_t amount) override {
    const std::string path = path_of("count-", counter);
    detail::file_lock turn;
    if (const int code = turn.open(path + ".lock")) fail(code, counter);
    if (const int code = turn.lock(detail::lock_mode::exclusive)) fail(code, counter);
    std::string text;
    const int code = detail::read_file(path, text);
    if (code != 0 && code != ENOENT) fail(code, counter);
    std::uint64_t before = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), before);
    const bool is_number = failure == std::errc() && end == text.data() + text.size();
    if (code == 0 && !is_number)
      detail::raise(error(where(counter) + " is no number: give the run a directory that is its own"));
    const std::string after = std::to_string(before + amount);
    if (const int failed = write(path, detail::existing_file::is_replaced, after)) fail(failed, counter);
    return before;
  }

  /// Files tell nobody.
  void wait_for_change(const context& waiting, std::chrono::nanoseconds most) override {
    using namespace std::chrono_literals;
    static_cast<void>(waiting.sleep_for(most < 5ms ? most : 5ms));
  }

 private:
  struct hold {
    detail::file_lock lock;
    unsigned shares = 0;  ///< 0: it is exclusive
  };

  bool take(std::string_view name, detail::lock_mode mode) {
    detail::file_lock lock;
    if (const int code = lock.open(path_of("lock-", name))) fail(code, name);
    if (!lock.try_lock(mode)) return false;
    held_.emplace(name, hold{std::move(lock), mode == detail::lock_mode::shared ? 1U : 0U});
    return true;
  }

  /// In one step: who is killed leaves what was there.
  int write(const std::string& path, detail::existing_file other, std::string_view bytes) const {
    detail::descriptor written;
    return detail::atomic_write(path, directory_ + "/new", other, bytes, written);
  }

  std::string path_of(const char* kind, std::string_view name) const {
    if (name.empty()) detail::raise(error("file_coordinator: a lock, a text, a counter has to have a name"));
    return directory_ + '/' + kind + detail::base32(detail::stable_hash(name), 12);
  }

  std::string where(std::string_view name) const {
    return "coordinator in '" + directory_ + "': '" + std::string(name) + "'";
  }
  [[noreturn]] void fail(int code, std::string_view name) const { detail::raise_system(code, where(name)); }

  std::string directory_;
  std::map<std::string, hold> held_;
};

APART_END_NAMESPACE

// ---- apart/run/payload_traits.hpp

APART_BEGIN_NAMESPACE

/// How a `per_run` payload travels from the process that set it up to the others. Numbers, enumerations, `std::string`
/// and `std::array`s of these travel as they are. A type of your own says how:
///
///     template <>
///     struct apart::payload_traits<endpoint> {
///       static std::string encode(const endpoint& e) { return e.address + '\n' + e.password; }
///       static endpoint decode(std::string_view bytes);
///     };
///
/// Pointers and views do not compile: what they point to is in another process. Both ends are built from one source, on
/// one machine, so bytes need no portable order. A payload that does not decode is an `apart::error`.
template <class T>
struct payload_traits {
  static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>,
                "apart: a per_run payload is a std::string, a number, an enumeration, a std::array of these, or a type "
                "for which apart::payload_traits is specialised (pointers and views mean nothing in another process)");

  static std::string encode(const T& value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
  }

  static T decode(std::string_view bytes) {
    if (bytes.size() != sizeof(T)) detail::raise(error("a per_run payload: its size is not that of its type"));
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
};

template <>
struct payload_traits<std::string> {
  static std::string encode(const std::string& value) { return value; }
  static std::string decode(std::string_view bytes) { return std::string(bytes); }
};

/// Each element behind its length.
template <class T, std::size_t N>
struct payload_traits<std::array<T, N>> {
  static std::string encode(const std::array<T, N>& values) {
    std::string bytes;
    for (const T& value : values) {
      const std::string element = payload_traits<T>::encode(value);
      bytes += payload_traits<std::size_t>::encode(element.size());
      bytes += element;
    }
    return bytes;
  }

  static std::array<T, N> decode(std::string_view bytes) {
    std::array<T, N> values{};
    for (T& value : values) {
      const auto length = payload_traits<std::size_t>::decode(bytes.substr(0, sizeof(std::size_t)));
      bytes.remove_prefix(sizeof(std::size_t));
      if (length > bytes.size()) detail::raise(error("a per_run payload: cut short"));
      value = payload_traits<T>::decode(bytes.substr(0, length));
      bytes.remove_prefix(length);
    }
    return values;
  }
};

APART_END_NAMESPACE

// ---- apart/detail/type_name.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// A text that is another one for another type, as the compiler spells it; also without run-time type information. To
/// compare, not to print.
template <class T>
constexpr std::string_view type_name() noexcept {
#if defined(_MSC_VER) && !defined(__clang__)
  return __FUNCSIG__;
#else
  return __PRETTY_FUNCTION__;
#endif
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/waits.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// A time in which a thread of this process did nothing but wait for other processes.
struct noted_wait {
  std::string what;
  std::chrono::steady_clock::time_point began;
  std::chrono::steady_clock::time_point ended;
};

/// The waits of this process that took a millisecond or more, where somebody wants to know them: the first 100 since they
/// were last taken. Any thread.
class wait_log {
 public:
  static wait_log& of_this_process() {
    static auto* log = new wait_log;
    return *log;
  }

  void want() noexcept { wanted_.store(true); }
  bool wanted() const noexcept { return wanted_.load(std::memory_order_relaxed); }

  void note(noted_wait wait) {
    const program_lock lock(program_mutex());
    if (wait.ended - wait.began >= std::chrono::milliseconds(1) && waits_.size() < most) {
      waits_.push_back(std::move(wait));
    }
  }

  std::vector<noted_wait> take() {
    const program_lock lock(program_mutex());
    return std::exchange(waits_, {});
  }

 private:
  static constexpr std::size_t most = 100;
  std::atomic<bool> wanted_{false};
  std::vector<noted_wait> waits_;
};

/// Notes how long its scope took: a wait for `what`.
class wait_scope {
 public:
  explicit wait_scope(const std::string& what) {
    if (wait_log::of_this_process().wanted()) wait_ = {what, std::chrono::steady_clock::now(), {}};
  }
  ~wait_scope() {
    if (wait_.what.empty()) return;
    wait_.ended = std::chrono::steady_clock::now();
    wait_log::of_this_process().note(std::move(wait_));
  }
  wait_scope(const wait_scope&) = delete;
  wait_scope& operator=(const wait_scope&) = delete;

 private:
  noted_wait wait_;
};

}  // namespace detail
APART_END_NAMESPACE

#if !defined(_WIN32)

// ---- apart/detail/posix/stream_socket.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// How messages call an open socket.
inline int number_of(int descriptor) noexcept { return descriptor; }

/// For a socket that this process has got from who started it: what to use of it.
inline int inherited_socket(int socket) noexcept { return socket; }

enum class patience : unsigned char { waits, does_not_wait };

/// What was done in place of a number of bytes.
inline constexpr std::ptrdiff_t nothing_now = -1, peer_is_gone = -2;

/// How many bytes were sent, at least one, or one of those two.
inline std::ptrdiff_t send_some(int socket, const char* bytes, std::size_t size, patience how) noexcept {
  const int flags = MSG_NOSIGNAL | (how == patience::waits ? 0 : MSG_DONTWAIT);
  for (;;) {
    const ssize_t count = ::send(socket, bytes, size, flags);
    if (count >= 0) return count;
    if (errno == EAGAIN) return nothing_now;
    if (errno != EINTR) return peer_is_gone;
  }
}

inline std::ptrdiff_t receive_some(int socket, char* bytes, std::size_t room, patience how) noexcept {
  for (;;) {
    const ssize_t count = ::recv(socket, bytes, room, how == patience::waits ? 0 : MSG_DONTWAIT);
    if (count > 0) return count;
    if (count == 0) return peer_is_gone;
    if (errno == EAGAIN) return nothing_now;
    if (errno != EINTR) return peer_is_gone;
  }
}

inline void shut_down_socket(int socket) noexcept { ::shutdown(socket, SHUT_RDWR); }
inline void close_socket(int socket) noexcept { ::close(socket); }

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/detail/wire.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What the launcher, its workers and its keeper say to one another. Both ends are the same binary, so the numbers may
/// change with any version. The comment says who sends it, and what it carries.
enum class message : std::uint8_t {
  // the work socket of a worker
  begin,     ///< launcher: the seed that all processes share, whether tests have a limit (--timeout)
  hello,     ///< worker: how many tests its command line selects, and a hash of their names in order
  describe,  ///< launcher: "your tests differ, name them"
  listing,   ///< worker: the names of its tests
  run,       ///< launcher: whether the first failure ends the list, indices of tests to run, in this order
  part,      ///< worker: the test that it runs goes on with a part that has the whole limit once more
  finished,  ///< worker: one test's index, outcome, begin, end, the same of its longest body, where its output begins and
             ///< ends, text, whether what it has started may be the process's, the processes that it left, its waits
             ///< (what, begin, end)
  idle,      ///< worker: it runs nothing more of what it was told to run
  stop,      ///< launcher: end normally
  // the news socket of a worker
  need,     ///< worker, and the keeper in a set-up: name of a `per_run`
  payload,  ///< launcher: name, whether the set-up succeeded, its payload or what went wrong; keeper: likewise, begin, end
  yours,   ///< launcher, to the keeper: name of what it needs and is to set up itself
  cancel,  ///< launcher, to keeper and workers: the run is cancelled, with the cause
  // the work socket of the keeper
  set_up,     ///< launcher: name
  tear_down,  ///< launcher: names and payloads of what is to be torn down, in this order
  torn_down,  ///< keeper: name, what went wrong, begin, end
  // a connection to the keeper that ctest's fixture has left; `need` comes there, too, and is answered by `done`
  open,   ///< fixture: somebody more will say close; answered by `done`
  close,  ///< fixture: answered by `done` where others will close, too, else by `ended`
  done,   ///< keeper: that it is
  ended,  ///< keeper: whether all tear-downs succeeded, what it has printed since it was started
};

/// Builds one message: a length of four bytes, the kind, then numbers and texts as they are appended.
class wire_writer {
 public:
  explicit wire_writer(message kind) : bytes_(4, '\0') { bytes_ += static_cast<char>(kind); }

  wire_writer& number(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>((value >> shift) & 0xff);
    return *this;
  }

  wire_writer& text(std::string_view value) {
    number(value.size());
    bytes_ += value;
    return *this;
  }

  wire_writer& moment(std::chrono::steady_clock::time_point value) {
    return number(static_cast<std::uint64_t>(value.time_since_epoch() / std::chrono::nanoseconds(1)));
  }

  /// The whole message. One longer than four bytes can count (4 GiB) is an error.
  const std::string& bytes() {
    const std::size_t length = bytes_.size() - 4;
    if (length > UINT32_MAX) raise(error("a message between the processes of the run: longer than 4 GiB"));
    for (std::size_t byte = 0; byte < 4; ++byte) bytes_[byte] = static_cast<char>((length >> (8 * byte)) & 0xff);
    return bytes_;
  }

 private:
  std::string bytes_;
};

/// Reads the fields of one message in the order in which they were written. A field that is not there is an error.
class wire_reader {
 public:
  explicit wire_reader(std::string body) : body_(std::move(body)) {
    kind_ = static_cast<message>(static_cast<unsigned char>(take(1).front()));
  }

  message kind() const noexcept { return kind_; }

  std::uint64_t number() {
    std::uint64_t value = 0;
    int shift = 0;
    for (const char byte : take(8)) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(byte)) << shift;
      shift += 8;
    }
    return value;
  }

  std::string text() { return std::string(take(number())); }

  /// All processes of a machine share this clock.
  std::chrono::steady_clock::time_point moment() {
    return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(number()));
  }

  bool at_end() const noexcept { return next_ == body_.size(); }

 private:
  std::string_view take(std::uint64_t length) {
    if (length > body_.size() - next_) raise(error("a message between the processes of the run: cut short"));
    const std::string_view field = std::string_view(body_).substr(next_, static_cast<std::size_t>(length));
    next_ += static_cast<std::size_t>(length);
    return field;
  }

  std::string body_;
  std::size_t next_ = 0;
  message kind_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/connection.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// One end of a stream socket that carries messages. Owns the descriptor; movable. One thread at a time on each side of
/// it (sending, receiving). A peer that is gone is no error: sending says false, receiving says that it is closed.
class connection {
 public:
  connection() = default;
  explicit connection(int descriptor) noexcept : descriptor_(descriptor) {}
  connection(connection&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)),
        in_(std::move(other.in_)),
        taken_(std::exchange(other.taken_, 0)),
        out_(std::move(other.out_)),
        closed_(other.closed_) {}
  connection& operator=(connection&& other) noexcept {
    connection taken(std::move(other));
    std::swap(descriptor_, taken.descriptor_);
    std::swap(in_, taken.in_);
    std::swap(taken_, taken.taken_);
    std::swap(out_, taken.out_);
    std::swap(closed_, taken.closed_);
    return *this;
  }
  ~connection() { close(); }

  int descriptor() const noexcept { return descriptor_; }
  bool closed() const noexcept { return closed_ || descriptor_ < 0; }
  bool has_unsent() const noexcept { return !out_.empty(); }

  void close() noexcept {
    if (descriptor_ >= 0) close_socket(std::exchange(descriptor_, -1));
  }

  /// For both sides it is as if the peer were gone. Any thread, as long as it is not closed.
  void shut_down() const noexcept { shut_down_socket(descriptor_); }

  /// Blocks until all is sent. False: the peer is gone.
  bool send(wire_writer message) { return push(message.bytes(), patience::waits) == message.bytes().size(); }

  /// Sends what can be sent at once and keeps the rest for `flush`.
  void post(wire_writer message) {
    out_ += message.bytes();
    flush();
  }
  void flush() {
    out_.erase(0, push(out_, patience::does_not_wait));
    if (closed_) out_.clear();
  }

  /// The next message, waiting for it; none: the peer is gone.
  std::optional<wire_reader> receive() {
    for (;;) {
      if (auto whole = take()) return whole;
      if (!pull(patience::waits)) return std::nullopt;
    }
  }

  /// Reads what has arrived, without waiting. `take` then hands out the whole messages.
  void poll() {
    while (pull(patience::does_not_wait)) {
    }
  }

  std::optional<wire_reader> take() {
    if (in_.size() - taken_ < 4) return std::nullopt;
    std::size_t length = 0;
    for (std::size_t byte = 0; byte < 4; ++byte) {
      length |= static_cast<std::size_t>(static_cast<unsigned char>(in_[taken_ + byte])) << (8 * byte);
    }
    if (in_.size() - taken_ - 4 < length) return std::nullopt;
    wire_reader whole(in_.substr(taken_ + 4, length));
    taken_ += 4 + length;
    if (taken_ == in_.size()) {
      in_.clear();
      taken_ = 0;
    }
    return whole;
  }

 private:
  std::size_t push(std::string_view bytes, patience how) {
    std::size_t sent = 0;
    while (!closed() && sent < bytes.size()) {
      const std::ptrdiff_t count = send_some(descriptor_, bytes.data() + sent, bytes.size() - sent, how);
      if (count == nothing_now) break;
      if (count == peer_is_gone) {
        closed_ = true;
      } else {
        sent += static_cast<std::size_t>(count);
      }
    }
    return sent;
  }

  /// False: nothing more for now (where it does not wait), or the peer is gone.
  bool pull(patience how) {
    if (closed()) return false;
    char chunk[65536];
    const std::ptrdiff_t count = receive_some(descriptor_, chunk, sizeof chunk, how);
    closed_ = closed_ || count == peer_is_gone;
    if (count <= 0) return false;
    in_.append(chunk, static_cast<std::size_t>(count));
    return true;
  }

  int descriptor_ = -1;
  std::string in_;
  std::size_t taken_ = 0;
  std::string out_;
  bool closed_ = false;
};

}  // namespace detail
APART_END_NAMESPACE

#if defined(_WIN32)

// ---- apart/detail/windows/local_socket.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Nobody listens at any path: see `connection`.
inline int connect_to(const std::string&, descriptor&) noexcept { return ENOENT; }

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/local_socket.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The address of that path (unix(7)), for `use(socket, address, size)`, which returns as bind and connect do. 0 or an error
/// number; of a path that is too long it is ENAMETOOLONG.
template <class Use>
int open_local_socket(const std::string& path, descriptor& made, Use use) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return ENAMETOOLONG;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket || use(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return errno;
  made = std::move(socket);
  return 0;
}

/// A stream socket that others find by `path`, whose name is free (else EADDRINUSE). The name stays when it is closed.
inline int listen_at(const std::string& path, descriptor& made) {
  return open_local_socket(path, made, [](int socket, const sockaddr* address, socklen_t size) {
    return ::bind(socket, address, size) == 0 ? ::listen(socket, SOMAXCONN) : -1;
  });
}

/// A socket that is connected with who listens at `path`: ENOENT or ECONNREFUSED where nobody does.
inline int connect_to(const std::string& path, descriptor& made) {
  return open_local_socket(path, made, [](int socket, const sockaddr* address, socklen_t size) {
    int failed = 0;
    do {
      failed = ::connect(socket, address, size);
    } while (failed != 0 && errno == EINTR);
    return failed;
  });
}

/// The next one that has connected, close-on-exec; empty where there is none, or it is gone again.
inline descriptor accept_at(int listening) noexcept {
  return descriptor(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/run/detail/set_up_entry.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What a `per_run` is without its type: a name, where it stands, how its payload is laid out, who shares it, and what
/// runs for it. Enters itself into the process's list while it exists, so that the keeper finds it by name.
class set_up_entry {
 public:
  using set_up_function = std::string (*)(const set_up_entry&);
  using tear_down_function = void (*)(const set_up_entry&, std::string_view payload);

  set_up_entry(const set_up_entry&) = delete;
  set_up_entry& operator=(const set_up_entry&) = delete;

  const char* name() const noexcept { return name_; }
  std::string label() const { return std::string("per_run \"") + name_ + "\""; }
  /// The same in two programs of a run where both were compiled from the same declaration.
  const std::string& declaration() const noexcept { return declaration_; }
  const std::string& layout() const noexcept { return layout_; }
  /// Each machine has its own.
  bool is_of_machine() const noexcept { return of_machine_; }
  bool has_tear_down() const noexcept { return tear_down_ != nullptr; }

  /// Run the user's functions; what they throw passes through.
  std::string run_set_up() const { return set_up_(*this); }
  void run_tear_down(std::string_view payload) const { tear_down_(*this, payload); }

  /// The entry of that name; null where none or, `count` says, more than one stands in this process.
  static const set_up_entry* find(std::string_view name, int& count) {
    const program_lock lock(program_mutex());
    const set_up_entry* found = nullptr;
    count = 0;
    for (const set_up_entry* entry = list_; entry != nullptr; entry = entry->next_) {
      if (entry->name_ == name) {
        found = entry;
        ++count;
      }
    }
    return count == 1 ? found : nullptr;
  }

  /// For a name that more than one have: the refusal, with the places where they stand.
  static std::string refusal_of_twins(std::string_view name) {
    const program_lock lock(program_mutex());
    std::string places;
    for (const set_up_entry* entry = list_; entry != nullptr; entry = entry->next_) {  // the last one first
      if (entry->name_ != name) continue;
      const std::string place = entry->declaration_.substr(name.size() + 1);
      places = " at " + place + (places.empty() ? "" : " and") + places;
    }
    return "per_run \"" + std::string(name) + "\" stands" + places + "; give each its own name";
  }

  /// All that stand in this process.
  static std::vector<const set_up_entry*> all() {
    const program_lock lock(program_mutex());
    std::vector<const set_up_entry*> entries;
    for (const set_up_entry* entry = list_; entry != nullptr; entry = entry->next_) entries.push_back(entry);
    return entries;
  }

 protected:
  set_up_entry(const char* name, set_up_function set_up, tear_down_function tear_down, std::string layout,
               bool of_machine, const char* file, int line)
      : name_(named(name, file, line)),
        declaration_(std::string(name_) + '\n' + file + ':' + std::to_string(line)),
        layout_(std::move(layout)),
        of_machine_(of_machine),
        set_up_(set_up),
        tear_down_(tear_down) {
    const program_lock lock(program_mutex());
    next_ = list_;
    list_ = this;
  }

  ~set_up_entry() {
    const program_lock lock(program_mutex());
    for (set_up_entry** link = &list_; *link != nullptr; link = &(*link)->next_) {
      if (*link == this) {
        *link = next_;
        return;
      }
    }
  }

 private:
  static const char* named(const char* name, const char* file, int line) {
    if (name != nullptr && *name != '\0') return name;
    raise(error(std::string("the per_run at ") + file + ':' + std::to_string(line) + " has no name; give it one"));
  }

  const char* name_;
  const std::string declaration_;
  const std::string layout_;
  const bool of_machine_;
  set_up_function set_up_;
  tear_down_function tear_down_;
  set_up_entry* next_ = nullptr;

  static inline set_up_entry* list_ = nullptr;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/detail/ctest_set_ups.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Where the keeper of this program listens that ctest's fixture has left in a run (launch/ctest_keeper.hpp).
inline std::string ctest_keeper_address(const std::string& run_directory) {
  return run_directory + "/k-" + base32(stable_hash(path_of_program()), 12);
}

/// Returns once that keeper has run the set-up, or cannot; at once where there is none; early when `waiting` is cancelled.
/// What comes of it stands in the record, see `shared_set_up`.
inline void let_ctest_keeper_set_up(const set_up_entry& entry, const std::string& run_directory,
                                    const context& waiting) {
  if (launched_as().is_keeper_of_ctest()) return;
  descriptor connected;
  if (connect_to(ctest_keeper_address(run_directory), connected) != 0) return;
  connection keeper(number_of(connected.release()));
  const on_cancel give_up(waiting, [&keeper] { keeper.shut_down(); });
  if (keeper.send(wire_writer(message::need).text(entry.name()))) static_cast<void>(keeper.receive());
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/context/detail/scoped_current.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// For the upper rooms: what `context::current()` is for a scope, on all threads. Scopes are nested.
class scoped_current {
 public:
  explicit scoped_current(const context& now)
      : before_(process_contexts::instance().set_current(context_access::node(now))) {}
  ~scoped_current() { process_contexts::instance().set_current(std::move(before_)); }
  scoped_current(const scoped_current&) = delete;
  scoped_current& operator=(const scoped_current&) = delete;

 private:
  std::shared_ptr<context_node> before_;
};

/// The same for the calling thread alone: other threads go on with what is current there.
class scoped_current_of_thread {
 public:
  explicit scoped_current_of_thread(const context& now)
      : now_(context_access::node(now)), before_(std::exchange(current_of_thread, &now_)) {}
  ~scoped_current_of_thread() { current_of_thread = before_; }
  scoped_current_of_thread(const scoped_current_of_thread&) = delete;
  scoped_current_of_thread& operator=(const scoped_current_of_thread&) = delete;

 private:
  const std::shared_ptr<context_node> now_;
  const std::shared_ptr<context_node>* before_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/detail/run_set_up.hpp

APART_BEGIN_NAMESPACE
namespace detail {

struct set_up_outcome {
  bool ready = false;
  std::string bytes;  ///< the payload, or what went wrong
};

/// Runs the user's function in a context of its own. A forked child that comes out of it is ended: it must not go on as
/// if it were its parent.
template <class Function>
bool run_apart(const set_up_entry& entry, phase what, const char* kind, const context& parent, std::string& failure,
               Function function) {
  const process_owner owner;
  const bool succeeded = attempt(
      [&] {
        const phase_scope running(what);
        const scoped_context own = context_access::child_of(parent, kind, shared_unless_empty(entry.name()));
        const scoped_current_of_thread current(own);
        function();
      },
      [&](const char* text) { failure = entry.label() + ": its " + kind + " failed: " + text; });
  if (!owner.is_this_process()) {
    report(entry.label() + ": a forked child came out of its " + kind + "; have it end there, by exec or _exit");
    std::_Exit(EXIT_FAILURE);
  }
  return succeeded;
}

inline set_up_outcome run_set_up(const set_up_entry& entry) {
  set_up_outcome done;
  std::string failure;
  done.ready =
      run_apart(entry, phase::set_up, "set-up", context::process(), failure, [&] { done.bytes = entry.run_set_up(); });
  if (!done.ready) done.bytes = failure;
  return done;
}

/// What went wrong; "" where nothing did.
inline std::string run_tear_down(const set_up_entry& entry, const std::string& payload) {
  std::string failure;
  if (entry.has_tear_down()) {
    run_apart(entry, phase::tear_down, "tear-down", context::background(), failure,
              [&] { entry.run_tear_down(payload); });
  }
  return failure;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/process/detail/process_label.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// "worker 2 (process 4711)", for people.
inline std::string process_label() {
  const worker& here = this_worker();
  const std::string process = "process " + std::to_string(process_id());
  return here.count > 1 ? "worker " + std::to_string(here.index) + " (" + process + ")" : process;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/detail/lock_wait.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What a thread of its own waits for in the kernel, so that the caller can be woken by its context. The thread owns the
/// lock meanwhile; where nobody wants it any more, it gives back what it gets.
class lock_wait {
 public:
  virtual ~lock_wait() = default;

  /// False: the context was cancelled first, and the thread keeps the lock. True: it has done with it, and `code` is 0
  /// where it is held.
  static bool wait(const std::shared_ptr<lock_wait>& wanted, lock_mode mode, const context& waiting, int& code) {
    const on_cancel wake(waiting, [wanted] {
      const program_lock held(program_mutex());
      wanted->changed_.notify_all();
    });
    start(wanted, mode);
    program_lock held(program_mutex());
    wanted->changed_.wait(held, [&] { return wanted->done_ || waiting.cancelled(); });
    wanted->abandoned_ = !wanted->done_;
    const bool done = wanted->done_;
    code = wanted->code_;
    held.unlock();  // before `wake` goes
    return done;
  }

 private:
  virtual int lock(lock_mode mode) = 0;
  virtual void close() = 0;

  static void start(const std::shared_ptr<lock_wait>& wanted, lock_mode mode) {
    std::string failure;
    attempt(
        [&] {
          const all_signals_blocked inherited_by_the_thread;
          std::thread([wanted, mode] { wanted->get(mode); }).detach();
        },
        [&](const char* text) { failure = text; });
    if (!failure.empty()) raise(error("to wait for a lock takes a thread, and the system gives none: " + failure));
  }

  void get(lock_mode mode) {
    const int code = lock(mode);
    program_lock held(program_mutex());
    code_ = code;
    done_ = !abandoned_;
    changed_.notify_all();
    if (abandoned_) {
      held.unlock();
      close();
    }
  }

  int code_ = 0;
  bool done_ = false;
  bool abandoned_ = false;
  waiting_threads changed_;
};

template <class Lock>
class lock_wait_for final : public lock_wait {
 public:
  explicit lock_wait_for(Lock& lock) : lock_(std::move(lock)) {}
  Lock take() { return std::move(lock_); }

 private:
  int lock(lock_mode mode) override { return lock_.lock(mode); }
  void close() override { lock_.close(); }

  Lock lock_;
};

/// Locks a `file_lock` or a `whole_file_lock`. True: it is held. False: `code` is an error number, or, where that is 0,
/// the context was cancelled first; then `lock` is no longer open, and whatever else its descriptor held goes when it is
/// granted.
template <class Lock>
bool wait_for_lock(Lock& lock, lock_mode mode, const context& waiting, int& code) {
  if (lock.try_lock(mode, code)) return true;
  if (code != 0) return false;
  const auto wanted = std::make_shared<lock_wait_for<Lock>>(lock);
  if (!lock_wait::wait(wanted, mode, waiting, code)) return false;
  lock = wanted->take();
  return code == 0;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/detail/set_up_locks.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// Who of a run's processes takes part in one set-up, as the kernel says: locks on the bytes of one file, which are free
/// at once when their process ends.
///
///     the gate       byte 0; exclusive while somebody sets up, tears down or leaves, shared while one joins. The only
///                    lock that is ever waited for
///     member of g    byte 1 + 2g; shared by all who have asked for generation g, also while they wait for it
///     leader of g    byte 2 + 2g; exclusive while the set-up of g runs
///
/// Owner: one object in one process. Threads: one at a time. Fork: a child has none of them. Errors: `apart::error` that
/// names the file.
class set_up_locks {
 public:
  /// In a directory that is made when the first of them is needed. `label`: begins the errors.
  set_up_locks(std::string directory, std::string label) : directory_(std::move(directory)), label_(std::move(label)) {}

  const std::string& directory() const noexcept { return directory_; }

  /// Open, not locked.
  file_lock& gate() {
    if (!gate_.is_open()) open(gate_, {0, 1});
    return gate_;
  }
  void leave_gate() noexcept { gate_.unlock(); }

  /// Who has got the gate gives it back at the end of the scope, and leads no more.
  class gate_scope {
   public:
    explicit gate_scope(set_up_locks& locks) noexcept : locks_(locks) {}
    ~gate_scope() {
      locks_.stop_leading();
      locks_.leave_gate();
    }
    gate_scope(const gate_scope&) = delete;
    gate_scope& operator=(const gate_scope&) = delete;

   private:
    set_up_locks& locks_;
  };

  bool is_member() const noexcept { return member_.is_open(); }
  bool is_member_of(std::uint64_t generation) const noexcept { return is_member() && member_of_ == generation; }
  std::uint64_t member_of() const noexcept { return member_of_; }

  /// The membership that this process has is given up only when it has the new one.
  void join(std::uint64_t generation) {
    file_lock member;
    open(member, members_of(generation));
    static_cast<void>(member.try_lock(lock_mode::shared));  // nobody ever has it exclusively
    member_ = std::move(member);
    member_of_ = generation;
  }
  void leave() { member_.close(); }

  /// Whether any process is a member, this one too; or any but this one.
  bool has_members(std::uint64_t generation) {
    return gate().is_held_against(lock_mode::exclusive, members_of(generation));
  }
  bool has_other_members(std::uint64_t generation) {
    return is_member_of(generation) ? member_.is_held_against(lock_mode::exclusive) : has_members(generation);
  }

  /// With the gate held exclusively.
  void lead(std::uint64_t generation) {
    open(leader_, leader_of(generation));
    if (!leader_.try_lock(lock_mode::exclusive)) raise(error(label_ + ": two processes set it up at once"));
  }
  void stop_leading() { leader_.close(); }

  /// Whether a set-up runs, in `directory`, which may be another one.
  static bool has_leader(const std::string& directory, std::uint64_t generation) {
    file_lock probe;
    return probe.open(path_in(directory), leader_of(generation)) == 0 && probe.is_held_against(lock_mode::exclusive);
  }

  [[noreturn]] void refuse(int code) const {
    raise_system(code, label_ + ": cannot lock '" + path_in(directory_) + "'");
  }

 private:
  static std::string path_in(const std::string& directory) { return directory + "/lock"; }
  static lock_bytes members_of(std::uint64_t generation) { return {static_cast<std::int64_t>(1 + 2 * generation), 1}; }
  static lock_bytes leader_of(std::uint64_t generation) { return {static_cast<std::int64_t>(2 + 2 * generation), 1}; }

  void open(file_lock& lock, lock_bytes byte) const {
    int code = lock.open(path_in(directory_), byte);
    if (code == ENOENT) {
      code = make_private_directory(directory_);
      if (code != 0 && code != EEXIST) raise_system(code, label_ + ": cannot make '" + directory_ + "'");
      code = lock.open(path_in(directory_), byte);
    }
    if (code != 0) refuse(code);
  }

  const std::string directory_;
  const std::string label_;
  file_lock gate_;
  file_lock member_;
  file_lock leader_;
  std::uint64_t member_of_ = 0;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/detail/shared_set_up.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// A set-up that the processes of a run share without a launcher: they keep one another. What one of them has set up is
/// a generation; it lasts for as long as any process is a member of it, and the last one to leave tears it down.
///
/// The kernel says who is there: see `set_up_locks`.
///
/// With the gate held: a record that says "building" is of a leader that died, since a living one has the gate; a
/// generation without members is over, whatever its record says, and whoever finds it so tears it down before it sets
/// up the next. Who has to wait for the gate becomes a member of what is being built first: that is why a set-up that
/// dies fails all who waited for it, instead of being tried by each in turn.
///
/// Owner: one object in one process, which stays a member until it leaves. Threads: one at a time. Fork: a child is no
/// member.
class shared_set_up {
 public:
  shared_set_up(const set_up_entry& entry, const std::string& run_directory)
      : entry_(entry),
        run_directory_(run_directory),
        locks_(set_up_directory(run_directory, entry.declaration()), entry.label()) {}

  /// The payload, or what went wrong; this process is a member afterwards. Throws where there is no answer:
  /// `cancelled_error`, a cycle, what the system refuses. `outer`: the set-up that asks. `use`: called with the name of
  /// each set-up that this one stands on, so that this process is a member of these, too.
  template <class Use>
  set_up_outcome join(const context& waiting, shared_set_up* outer, Use use) {
    outer_ = outer;
    set_up_record record = enter(lock_mode::shared, waiting);
    const set_up_locks::gate_scope inside(locks_);
    if (!is_alive(record)) {
      locks_.leave_gate();
      record = enter(lock_mode::exclusive, waiting);
    }
    if (!is_alive(record)) {
      if (record.state != set_up_state::none) report_failure(recover(record));
      return lead(record.generation + 1);
    }
    set_up_outcome known = outcome_of(record);
    be_member_of(record.generation);
    if (known.ready) {
      for (const std::string& name : record.uses) use(name);
    }
    decided_ = true;
    return known;
  }

  /// A member of what is there, or is to be set up next, before anybody asks: it lasts until this process leaves.
  void witness() { be_member_of_next(); }

  /// Whether its set-up runs in this process: the record is this process's to write.
  bool leads() const noexcept { return record_.state == set_up_state::building; }

  /// This set-up, which runs, has asked for another one. Written at once: also where its process dies, it ends first.
  void note_use(std::string_view name) {
    record_.uses.push_back(std::string(name));
    report(write(record_));
  }

  /// This process needs it no more; the last one tears it down. Returns what went wrong with that, or "".
  std::string leave() {
    if (!locks_.is_member()) return {};
    const set_up_locks::gate_scope inside(locks_);
    locks_.stop_leading();
    locks_.leave_gate();
    const std::uint64_t generation = locks_.member_of();
    if (!decided_) {
      locks_.leave();
      // Who leaves before a generation is built has not been counted on by anybody yet.
      if (read().generation != generation || set_up_locks::has_leader(directory(), generation)) return {};
    }
    if (const int code = locks_.gate().lock(lock_mode::exclusive)) locks_.refuse(code);
    std::string failure;
    const set_up_record record = read();
    if (record.generation == generation && !locks_.has_other_members(generation)) failure = recover(record);
    locks_.leave();
    return failure;
  }

 private:
  static constexpr unsigned most_tear_downs = 3;

  const std::string& directory() const noexcept { return locks_.directory(); }

  void be_member_of(std::uint64_t generation) {
    if (locks_.is_member_of(generation)) return;
    locks_.join(generation);
    decided_ = false;
  }

  /// With the gate held.
  bool is_alive(const set_up_record& record) {
    const bool is_over = record.state == set_up_state::none || record.state == set_up_state::leaving;
    return !is_over && locks_.has_members(record.generation);
  }

  /// What cannot be understood, as after a crash of the machine, is as nothing: no living process has left it.
  set_up_record read() const {
    set_up_record record;
    const int code = read_record(directory(), record);
    if (code == 0) return record;
    report(system_fault(code, entry_.label() + ": skipped what cannot be read in '" + directory() + "/record'"));
    record.state = set_up_state::none;
    return record;
  }

  fault write(const set_up_record& record) const {
    return system_fault(write_record(directory(), record), entry_.label() + ": cannot write to '" + directory() + "'");
  }

  /// Before it waits for the gate: of the generation that is being built, or is to be.
  void be_member_of_next() {
    for (;;) {
      const set_up_record record = read();
      const bool building =
          record.state == set_up_state::building && set_up_locks::has_leader(directory(), record.generation);
      const std::uint64_t next = building ? record.generation : record.generation + 1;
      if (locks_.is_member_of(next)) return;
      be_member_of(next);
    }
  }

  set_up_record enter(lock_mode mode, const context& waiting) {
    int code = 0;
    if (!locks_.gate().try_lock(mode, code) && code == 0) {
      be_member_of_next();
      if (outer_ != nullptr) outer_->wait_for(*this);
      const bool entered = wait_for_lock(locks_.gate(), mode, waiting, code);
      if (!entered && code == 0) refuse(waiting);
    }
    if (code != 0) locks_.refuse(code);
    return read();
  }

  [[noreturn]] void refuse(const context& waiting) const {
    const set_up_record record = read();
    std::string what = entry_.label() + ": " + describe_end(*context_access::node(waiting));
    if (record.state == set_up_state::building) what += "; it is being set up by " + record.who;
    raise_cancelled(waiting, what);
  }

  /// While its set-up runs: tells the other processes what it waits for, and looks whether that waits for this one. Of
  /// two that begin to wait at once one at least sees the other.
  void wait_for(const shared_set_up& needed) {
    record_.needs = needed.directory();
    report(write(record_));
    std::string path;
    std::string next = needed.directory();
    for (int steps = 0; steps < 64 && !next.empty(); ++steps) {
      set_up_record record;
      if (read_record(next, record) != 0 || record.state != set_up_state::building) return;
      if (!set_up_locks::has_leader(next, record.generation)) return;
      path += " > " + record.name;
      std::string inner;
      for (const shared_set_up* mine = this; mine != nullptr; mine = mine->outer_) {
        const std::string name = mine->entry_.name();
        if (mine->directory() == record.needs) {
          raise(error(mine->entry_.label() + " needs itself: " + name + inner + path + " > " + name +
                      ", in several processes"));
        }
        inner.insert(0, " > " + name);
      }
      next = record.needs;
    }
  }

  set_up_outcome outcome_of(const set_up_record& record) const {
    if (record.state == set_up_state::building) {
      return {false, entry_.label() + ": its set-up did not return: " + record.who + ", which ran it, ended"};
    }
    if (record.layout != entry_.layout()) {
      raise(error(entry_.label() + ": in the program of " + record.who +
                  ", which has set it up, its payload is of another type; compile both programs alike"));
    }
    return {record.state == set_up_state::ready, record.payload};
  }

  /// With the gate held exclusively.
  set_up_outcome lead(std::uint64_t generation) {
    be_member_of(generation);
    locks_.lead(generation);
    record_ = {generation, set_up_state::building, entry_.name(), process_label(), entry_.layout(), {}, {}, 0, {}};
    raise_if(write(record_));
    set_up_outcome done;
    {
      const shared_set_up_claims claims(set_up_journal_path(directory(), generation));
      done = run_set_up(entry_);
    }
    if (const fault unwritten = decide(done)) {
      if (done.ready) report_failure(run_tear_down(entry_, done.bytes));
      done = {false, unwritten.text};
      report(decide(done));
    }
    if (!done.ready) clean_set_up_claims(directory());
    record_ = set_up_record();
    decided_ = true;
    return done;
  }

  fault decide(const set_up_outcome& done) {
    set_up_record decided = record_;
    decided.needs.clear();
    decided.state = done.ready ? set_up_state::ready : set_up_state::failed;
    decided.payload = done.bytes;
    return write(decided);
  }

  /// Ends a generation that has no members any more, with the gate held exclusively. Returns what went wrong with its tear-down, or "".
  std::string recover(set_up_record record) {
    std::string failure;
    end_what_stands_on_it();
    if (record.state == set_up_state::building) {
      report(entry_.label() + ": its set-up did not return: " + record.who +
             ", which ran it, ended; what it had claimed is cleaned up");
    } else if (record.state == set_up_state::ready || record.state == set_up_state::leaving) {
      failure = tear_down(record);
    }
    clean_set_up_claims(directory());
    set_up_record none;
    none.generation = record.generation;
    report(write(none));
    return failure;
  }

  /// What dead processes have left: what bodies have claimed, and set-ups that have asked for this one, where this
  /// program has them. None of these has the gate for longer than this needs: who does is not dead, and left alone.
  void end_what_stands_on_it() const {
    clean_claims(run_directory_);
    for (const left_set_up& left : set_ups_left_in(run_directory_)) {
      int count = 0;
      const set_up_entry* const above = set_up_entry::find(left.record.name, count);
      if (!uses(left.record, entry_.name()) || above == nullptr) continue;
      shared_set_up other(*above, run_directory_);
      if (other.directory() == left.directory) other.end_if_dead();
    }
  }

  void end_if_dead() {
    int code = 0;
    if (!locks_.gate().try_lock(lock_mode::exclusive, code)) return;
    const set_up_locks::gate_scope inside(locks_);
    const set_up_record record = read();
    if (is_set_up(record) && !locks_.has_members(record.generation)) report_failure(recover(record));
  }

  std::string tear_down(set_up_record record) {
    if (!entry_.has_tear_down()) return {};
    if (record.layout != entry_.layout()) {
      return entry_.label() + ", which " + record.who +
             " has set up in another program, is not torn down: there its payload is of another type";
    }
    if (record.attempt == most_tear_downs) {
      return entry_.label() + ": its tear-down is given up: " + std::to_string(most_tear_downs) +
             " processes ended in it, the last one was " + record.who;
    }
    record.state = set_up_state::leaving;
    record.who = process_label();
    ++record.attempt;
    report(write(record));
    return run_tear_down(entry_, record.payload);
  }

  static void report_failure(const std::string& text) {
    if (!text.empty()) report(text);
  }

  const set_up_entry& entry_;
  const std::string run_directory_;
  shared_set_up* outer_ = nullptr;
  set_up_locks locks_;
  bool decided_ = false;  ///< false: only a witness of the generation, which may not be built yet
  set_up_record record_;  ///< while its set-up runs here
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/detail/local_set_ups.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The set-ups that this very process asks for where no launcher answers: those that it runs itself, as the keeper does
/// or a process that is a run of its own, and those that it shares with the other processes of its run.
///
/// One thread at a time sets up; what it asks for meanwhile is set up inside, and a thread that a set-up starts and
/// waits for must not ask. Torn down in reverse order, by the keeper when it is told to, else at the process's normal
/// end.
class local_set_ups {
 public:
  struct record {
    const set_up_entry* entry;
    set_up_outcome outcome;
    std::chrono::steady_clock::time_point began;
    std::chrono::steady_clock::time_point ended;
  };

  static local_set_ups& of_this_process() {
    static auto* set_ups = new local_set_ups;
    return *set_ups;
  }

  /// The payload, after the set-up where it has not run. Throws what went wrong, the same for everyone. `run_directory`:
  /// where the processes meet that share it; null where this one has it alone.
  std::string get(const set_up_entry& entry, const context& waiting, const std::string* run_directory = nullptr) {
    const on_cancel wake(waiting, [this] {
      const program_lock lock(program_mutex());
      turn_.notify_all();
    });
    int named_so = 0;
    static_cast<void>(set_up_entry::find(entry.name(), named_so));
    program_lock lock(program_mutex());
    const auto my_turn = [this] { return running_.empty() || owner_ == std::this_thread::get_id(); };
    turn_.wait(lock, [&] { return my_turn() || waiting.cancelled(); });
    if (!my_turn()) {
      const std::string asked_for = running_.front().entry->label();
      lock.unlock();
      raise_cancelled(waiting, entry.label() + ": " + describe_end(*context_access::node(waiting)) +
                                   "; another thread of this process asks for " + asked_for);
    }
    shared_set_up* outer = running_.empty() ? nullptr : running_.back().shared;
    if (outer != nullptr && !outer->leads()) outer = nullptr;
    if (outer != nullptr) {
      lock.unlock();  // this thread has the turn, and keeps it
      outer->note_use(entry.name());
      lock.lock();
    }
    if (const record* known = find(entry)) return result(known->outcome);
    for (const running& one : running_) {
      if (one.entry == &entry) raise(error(entry.label() + " needs itself: " + path_to(entry)));
    }
    if (named_so > 1) {
      lock.unlock();
      raise(error(set_up_entry::refusal_of_twins(entry.name())));
    }
    shared_set_up* const shared = run_directory == nullptr ? nullptr : &share(entry, *run_directory);
    const turn mine(*this, {&entry, shared});
    lock.unlock();
    const auto use = [&](const std::string& name) {
      int count = 0;
      const set_up_entry* const used = set_up_entry::find(name, count);
      if (used == nullptr) raise(error(entry.label() + " stands on \"" + name + "\", which this program has not"));
      static_cast<void>(get(*used, waiting, run_directory));
    };
    const auto began = std::chrono::steady_clock::now();
    set_up_outcome outcome = shared == nullptr ? run_here(entry) : shared->join(waiting, outer, use);
    const record made{&entry, outcome, began, std::chrono::steady_clock::now()};
    lock.lock();
    records_.push_back(made);
    lock.unlock();
    if (decided != nullptr) decided(made);
    return result(outcome);
  }

  /// For who keeps what others set up: it lasts until this process ends its part, see `tear_down`.
  void witness(const set_up_entry& entry, const std::string& run_directory) {
    const program_lock lock(program_mutex());
    share(entry, run_directory).witness();
  }

  /// Called with each as soon as it is decided, also where it is one that another set-up stands on, which goes on: from then
  /// on somebody else can tear it down.
  void (*decided)(const record&) = nullptr;

  /// All of it has been torn down by other means.
  void forget() {
    const program_lock lock(program_mutex());
    records_.clear();
  }

  /// Tears down what is ready, the last first, once; what is shared, where no other process needs it. Hands each
  /// failure's text to `failed`.
  template <class Failed>
  void tear_down(Failed failed) {
    std::vector<record> ended;
    std::vector<running> shared;
    {
      const program_lock lock(program_mutex());
      ended = std::exchange(records_, {});
      for (const auto& [entry, one] : shared_) {
        if (!is_another_threads(one.get())) shared.push_back({entry, one.get()});
      }
    }
    for (; !ended.empty(); ended.pop_back()) {
      const record& last = ended.back();
      shared_set_up* its = nullptr;
      for (running& one : shared) {
        if (one.entry == last.entry) its = std::exchange(one.shared, nullptr);
      }
      end(*last.entry, last.outcome, its, failed);
    }
    for (const running& undecided : shared) {
      if (undecided.shared != nullptr) end(*undecided.entry, {}, undecided.shared, failed);
    }
  }

  /// The same for one of them, whose object goes: nothing here refers to it any more.
  template <class Failed>
  void tear_down(const set_up_entry& entry, Failed failed) {
    set_up_outcome outcome;
    std::unique_ptr<shared_set_up> shared;
    {
      const program_lock lock(program_mutex());
      const auto is_its = [&](const record& known) { return known.entry == &entry; };
      if (const auto known = std::find_if(records_.begin(), records_.end(), is_its); known != records_.end()) {
        outcome = std::move(known->outcome);
        records_.erase(known);
      }
      if (const auto found = shared_.find(&entry); found != shared_.end()) {
        shared = std::move(found->second);
        shared_.erase(found);
        if (is_another_threads(shared.get())) return static_cast<void>(shared.release());
      }
    }
    end(entry, outcome, shared.get(), failed);
  }

 private:
  struct running {
    const set_up_entry* entry;
    shared_set_up* shared;
  };

  /// Of the thread that sets up. Begins with `program_mutex` held, and ends without.
  class turn {
   public:
    turn(local_set_ups& all, running one) : all_(all) {
      all_.owner_ = std::this_thread::get_id();
      all_.running_.push_back(one);
    }
    ~turn() {
      const program_lock lock(program_mutex());
      all_.running_.pop_back();
      if (!all_.running_.empty()) return;
      all_.owner_ = std::thread::id();
      all_.turn_.notify_all();
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

   private:
    local_set_ups& all_;
  };

  template <class Failed>
  static void end(const set_up_entry& entry, const set_up_outcome& outcome, shared_set_up* shared, Failed failed) {
    std::string failure;
    if (shared != nullptr) {
      attempt([&] { failure = shared->leave(); }, [&](const char* text) { failure = text; });
    } else if (outcome.ready) {
      failure = run_tear_down(entry, outcome.bytes);
    }
    if (!failure.empty()) failed(failure);
  }

  static set_up_outcome run_here(const set_up_entry& entry) {
    const local_set_up_claims claims;
    return run_set_up(entry);
  }

  /// It still waits for it: the kernel ends that part with the process. With `program_mutex` held.
  bool is_another_threads(const shared_set_up* shared) const {
    if (owner_ == std::this_thread::get_id()) return false;
    for (const running& one : running_) {
      if (one.shared == shared) return true;
    }
    return false;
  }

  const record* find(const set_up_entry& entry) const {
    for (const record& known : records_) {
      if (known.entry == &entry) return &known;
    }
    return nullptr;
  }

  shared_set_up& share(const set_up_entry& entry, const std::string& run_directory) {
    std::unique_ptr<shared_set_up>& shared = shared_[&entry];
    if (shared == nullptr) shared = std::make_unique<shared_set_up>(entry, run_directory);
    return *shared;
  }

  static std::string result(const set_up_outcome& outcome) {
    if (!outcome.ready) raise(error(outcome.bytes));
    return outcome.bytes;
  }

  std::string path_to(const set_up_entry& entry) const {
    std::string path;
    for (const running& one : running_) path += std::string(one.entry->name()) + " > ";
    return path + entry.name();
  }

  waiting_threads turn_;
  std::thread::id owner_;
  std::vector<running> running_;
  std::vector<record> records_;
  std::map<const set_up_entry*, std::unique_ptr<shared_set_up>> shared_;  ///< never destroyed: a thread may be in one
};

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool local_set_ups_exist = (local_set_ups::of_this_process(), true);

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/detail/news_line.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The second socket between the launcher and a process that it started: what may arrive while a test runs. A thread of
/// its own reads it, with every signal blocked, and only from the moment when somebody waits for something: a process
/// that asks for nothing stays single-threaded.
///
/// One per process; any thread. A forked child has none: its copy is closed.
class news_line {
 public:
  using handler = void (*)(wire_reader& news);

  static news_line& of_this_process() {
    static news_line* line = [] {
      auto* made = new news_line;
      at_fork([] { of_this_process().sending_.lock(); }, [] { of_this_process().sending_.unlock(); },
              [] {
                of_this_process().line_.close();
                of_this_process().sending_.unlock();
              });
      return made;
    }();
    return *line;
  }

  /// Who is told of set-ups, and who of the end of the run. Set before `listen`.
  void on_payload(handler told) noexcept { payload_.store(told); }
  void on_cancel(handler told) noexcept { cancel_.store(told); }

  /// Starts the reading thread, once. An `apart::error` where the system gives none; the next call tries again.
  void listen() {
    if (line_.closed() || listening_.exchange(true)) return;
    attempt(
        [this] {
          const all_signals_blocked inherited_by_the_thread;
          std::thread([this] { read(); }).detach();
        },
        [this](const char* failure) {
          listening_.store(false);
          raise(error(std::string("to hear from the launcher takes a thread, and the system gives none: ") + failure +
                      "; raise the limit of processes (ulimit -u) or of memory"));
        });
  }

  /// False: there is no launcher, or none any more.
  bool send(wire_writer news) {
    const std::lock_guard<std::mutex> lock(sending_);
    return line_.send(std::move(news));
  }

 private:
  news_line() : line_(inherited_socket(launched_as().news)) {}

  void read() {
    while (auto news = line_.receive()) {
      const handler told = news->kind() == message::cancel ? cancel_.load() : payload_.load();
      if (told != nullptr) told(*news);
    }
    wire_reader gone(wire_writer(message::cancel).text("the launcher is gone").bytes().substr(4));
    if (const handler told = cancel_.load()) told(gone);
    wire_reader lost(wire_writer(message::payload).text("").bytes().substr(4));
    if (const handler told = payload_.load()) told(lost);
  }

  connection line_;
  std::mutex sending_;
  std::atomic<bool> listening_{false};
  std::atomic<handler> payload_{nullptr};
  std::atomic<handler> cancel_{nullptr};
};

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool news_line_exists = (news_line::of_this_process(), true);

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/detail/remote_set_ups.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The set-ups that a worker asks the launcher for, and the keeper for what its set-ups stand on. Each is asked for once per
/// process; any number of threads wait.
class remote_set_ups {
 public:
  static remote_set_ups& of_this_process() {
    static auto* set_ups = new remote_set_ups;
    return *set_ups;
  }

  /// Blocks until the launcher has answered or `waiting` is cancelled. Nothing: this process, the keeper, is to set it up
  /// itself. Throws what went wrong with the set-up.
  std::optional<std::string> get(const set_up_entry& entry, const context& waiting) {
    const on_cancel wake(waiting, [this] {
      const program_lock lock(program_mutex());
      answered_.notify_all();
    });
    news_line& line = news_line::of_this_process();
    line.listen();
    program_lock lock(program_mutex());
    const auto [found, first_asked] = answers_.try_emplace(entry.name());
    const answer& mine = found->second;
    if (first_asked) {
      lock.unlock();
      line.send(wire_writer(message::need).text(entry.name()));
      lock.lock();
    }
    answered_.wait(lock, [&] { return mine.known || gone_ || waiting.cancelled(); });
    if (mine.known && mine.is_for_keeper) return std::nullopt;
    if (mine.known && mine.ready) return mine.bytes;
    if (mine.known) raise(error(mine.bytes));
    if (gone_) raise(error(entry.label() + ": the launcher is gone"));
    lock.unlock();
    raise_cancelled(
        waiting, entry.label() + ": " + describe_end(*context_access::node(waiting)) + "; it has not been set up yet");
  }

 private:
  struct answer {
    bool known = false;
    bool is_for_keeper = false;
    bool ready = false;
    std::string bytes;  ///< the payload, or what went wrong
  };

  remote_set_ups() {
    news_line::of_this_process().on_payload([](wire_reader& news) { of_this_process().take(news); });
  }

  void take(wire_reader& news) {
    const std::string name = news.text();
    const program_lock lock(program_mutex());
    if (name.empty()) {
      gone_ = true;
    } else {
      answer& decided = answers_[name];
      decided.is_for_keeper = news.kind() == message::yours;
      decided.ready = !decided.is_for_keeper && news.number() != 0;
      if (!decided.is_for_keeper) decided.bytes = news.text();
      decided.known = true;
    }
    answered_.notify_all();
  }

  waiting_threads answered_;
  std::map<std::string, answer> answers_;
  bool gone_ = false;
};

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool remote_set_ups_exist = (remote_set_ups::of_this_process(), true);

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/detail/set_up.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// The process that was started, as against its forked children.
inline const process_owner loaded_process;

/// The end of a process's part in its run: tears down the infrastructure that no other process needs, the last set up
/// first. Returns whether every tear-down succeeded; what failed is reported. Does nothing the second time.
inline bool end_own_run() {
  bool succeeded = true;
  local_set_ups::of_this_process().tear_down([&](const std::string& text) {
    succeeded = false;
    report(text);
  });
  return succeeded;
}

/// The same with what was claimed: first, since it may stand on what is torn down; what set-ups have claimed last.
inline bool end_own_run_and_claims() {
  const auto failed = [](const char* what) { report(what); };
  attempt(clean_claims_of_run, failed);
  const bool succeeded = end_own_run();
  attempt([] { set_up_journals_of_this_process.clean(); }, failed);
  return succeeded;
}

/// For one whose object goes, as in a function: its part ends with it. Not in a launcher's keeper, which is told what to end,
/// nor in one of ctest, which has ended all.
inline void end_set_up(const set_up_entry& entry) {
  if (!ends_set_ups_at_exit.load() || !loaded_process.is_this_process()) return;
  local_set_ups::of_this_process().tear_down(entry, [](const std::string& text) {
    report(text);
    fails_at_exit.store(true);
  });
}

/// Registered at the first set-up: what was built with its payload is destroyed before, in the order of the program's
/// static objects. A tear-down that failed has the process fail once it has left its run.
inline void end_own_run_at_exit() {
  if (loaded_process.is_this_process() && !end_own_run_and_claims()) fails_at_exit.store(true);
}

/// The payload of `entry` as bytes, from whoever sets it up for this process.
inline std::string payload_of(const set_up_entry& entry, const context& waiting) {
  if (current_phase.load() == phase::listing) {
    raise(error(entry.label() + " was asked for while tests are only being listed; ask for it in a test"));
  }
  if (!loaded_process.is_this_process()) {
    raise(error(entry.label() + " was asked for first in a forked child; ask for it once before the fork"));
  }
  if (launched_as().is_worker()) {
    const wait_scope noted(entry.label());
    return remote_set_ups::of_this_process().get(entry, waiting).value();
  }
  if (launched_as().is_keeper()) {  // in a set-up: the launcher knows who does this one
    const auto given = remote_set_ups::of_this_process().get(entry, waiting);
    return given ? *given : local_set_ups::of_this_process().get(entry, waiting);
  }
  const bool alone = this_worker().source == alone_source;
  const std::string* const run_directory = alone ? nullptr : &coordination_directory();
  if (!ends_set_ups_at_exit.exchange(true)) std::atexit(end_own_run_at_exit);
  if (!alone) let_ctest_keeper_set_up(entry, *run_directory, waiting);
  return local_set_ups::of_this_process().get(entry, waiting, run_directory);
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/per_run.hpp

APART_BEGIN_NAMESPACE

/// Who shares what a `per_run` sets up where a run is spread over machines (see launch/machines.hpp). On one machine both
/// are the same.
enum class scope {
  run,     ///< all processes of the run: a database, a schema, a credential
  machine  ///< those of one machine: a server that is reached by 127.0.0.1, a file
};

/// Infrastructure that is set up once for all processes of a run: a server, a schema, a credential.
///
///     static apart::per_run database{"database", [] { return start_postgres(); },
///                                    [](const std::string& url) { stop_postgres(url); }};
///     ...
///     client c(*database);   // the same url in every process
///
/// Scope: the run. Stands at namespace scope, so that the process that sets it up has it too: the launcher refuses another
/// one; without it, what is set up in a function is torn down where the object goes. A name stands once in a program.
/// Programs of one run share it where it is the same declaration (name, file and line), compiled alike. The set-up runs
/// when first asked for, never otherwise, and never while tests are only listed.
/// Where: under the launcher in the keeper, a process of its own that runs no tests, so that no test can crash it. Without,
/// in the process that asks first; the others of the run join it (see `this_worker` for who they are). Everyone blocks
/// until it has returned, and gets the same payload.
/// Over machines: `scope::run` is set up on the machine that asks first, and torn down there when all others have ended
/// what they had set up on it; where that machine has died, by the last that needs it. `scope::machine` is set up on each.
/// Payload: what travels between the processes (`payload_traits`); each decodes it once. It may be a credential: it goes
/// through sockets, or a file of mode 0600 that goes with the set-up, between machines through the coordinator's table;
/// never into a log.
/// Errors: a set-up that throws fails everyone who asks, with its text, one whose process dies with how it died: under the
/// launcher for the rest of the run, without until everyone who asked has ended. A cycle of set-ups, also across
/// processes, is an error that shows the path.
/// Tear-down: once, in reverse order, also after failures: by the keeper when every worker has gone; without the launcher
/// by the last process to leave that has asked, at its normal end. Where these were killed, the next process of the run
/// that asks does it, before it sets up anew; where none does, the next run cleans up what the set-up has claimed (see
/// `claim`: that belongs to the set-up, not to its process) and reports it. When the process that runs it is killed it
/// runs again, so it must be idempotent. What it throws is reported and fails the run, or the process.
/// Threads: any; a process asks for one set-up after the other, and what runs one is not ended by its own context. In a
/// set-up only its own thread may ask for another one: what a thread asks for that it starts, and waits for, never comes.
/// Fork: a child reads what its parent has read; it sets nothing up and tears nothing down; one that comes
/// out of a set-up is ended. Cancellation: a wait ends with its context (`cancelled_error`); the set-up goes on for the
/// others. `exec`, `_exit` and a kill end a process's part without a tear-down.
template <class T = std::string>
class per_run : private detail::set_up_entry {
  static_assert(!std::is_void_v<T>,
                "apart: the set-up of a per_run returns what the processes share; return 0 or \"\" for nothing");

 public:
  /// `name` must live as long as the object: a string literal. `file` and `line` tell declarations apart.
  [[nodiscard]] per_run(const char* name, T (*set_up)(), void (*tear_down)(const T&) = nullptr,
                        scope shared_by = scope::run, const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : detail::set_up_entry(name, &set_up_bytes, tear_down == nullptr ? nullptr : &tear_down_bytes,
                             std::to_string(sizeof(T)) + ' ' + std::string(detail::type_name<T>()),
                             shared_by == scope::machine, file, line),
        set_up_(set_up),
        tear_down_(tear_down) {
    detail::refuse_empty(set_up, "per_run");
  }

  template <class SetUp, class TearDown>
  [[nodiscard]] per_run(const char* name, SetUp set_up, TearDown tear_down, scope shared_by = scope::run,
                        const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : per_run(name, static_cast<T (*)()>(set_up), static_cast<void (*)(const T&)>(tear_down), shared_by, file, line) {
  }

  ~per_run() { detail::end_set_up(*this); }

  /// The payload, after the set-up where nobody has run it. The reference is good for as long as the object is there.
  [[nodiscard]] const T& get(const context& waiting = context::current()) {
    if (const T* known = known_.load(std::memory_order_acquire)) return *known;
    const std::string bytes = detail::payload_of(*this, waiting);
    auto decoded = std::make_unique<const T>(payload_traits<T>::decode(bytes));
    const detail::program_lock lock(detail::program_mutex());
    if (value_ == nullptr) value_ = std::move(decoded);
    known_.store(value_.get(), std::memory_order_release);
    return *value_;
  }

  [[nodiscard]] const T& operator*() { return get(); }
  const T* operator->() { return &get(); }

 private:
  static std::string set_up_bytes(const detail::set_up_entry& entry) {
    return payload_traits<T>::encode(static_cast<const per_run&>(entry).set_up_());
  }
  static void tear_down_bytes(const detail::set_up_entry& entry, std::string_view bytes) {
    static_cast<const per_run&>(entry).tear_down_(payload_traits<T>::decode(bytes));
  }

  T (*set_up_)();
  void (*tear_down_)(const T&);
  std::unique_ptr<const T> value_;
  std::atomic<const T*> known_{nullptr};
};

template <class SetUp>
per_run(const char*, SetUp) -> per_run<std::decay_t<std::invoke_result_t<SetUp>>>;
template <class SetUp, class TearDown>
per_run(const char*, SetUp, TearDown) -> per_run<std::decay_t<std::invoke_result_t<SetUp>>>;
template <class SetUp, class TearDown>
per_run(const char*, SetUp, TearDown, scope) -> per_run<std::decay_t<std::invoke_result_t<SetUp>>>;

APART_END_NAMESPACE

// ---- apart/run/detail/transport.hpp

APART_BEGIN_NAMESPACE

/// What a port is a port of: each of the two has all the numbers.
enum class transport { tcp, udp };

APART_END_NAMESPACE

// ---- apart/run/detail/port_search.hpp

APART_BEGIN_NAMESPACE
namespace detail {

inline std::string text_of_range(std::uint16_t first, std::uint16_t last) {
  return std::to_string(first) + " to " + std::to_string(last);
}

/// All from `first` to `last`.
inline fault ports_in_range(std::uint16_t first, std::uint16_t last, std::vector<std::uint16_t>& ports) {
  if (first == 0 || first > last) {
    return {std::make_error_code(std::errc::invalid_argument),
            "port: " + text_of_range(first, last) + " is no range of port numbers"};
  }
  for (unsigned port = first; port <= last; ++port) ports.push_back(static_cast<std::uint16_t>(port));
  return {};
}

/// Leases one of these, of which `where` tells people, beginning at a random one: `lease(port)` returns 0, or an error number:
/// EADDRINUSE and EACCES mean that another one may be had; `forbidden` says who has forbidden those of EACCES.
template <class Lease>
fault lease_one_of(const std::vector<std::uint16_t>& ports, transport over, const std::string& where,
                   const char* forbidden, Lease lease) {
  const std::string what = over == transport::tcp ? "TCP port" : "UDP port";
  const std::size_t start = ports.empty() ? 0 : static_cast<std::size_t>(random_bits() % ports.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::uint16_t port = ports[(start + i) % ports.size()];
    const int code = lease(port);
    if (code == 0) return {};
    if (code == EACCES) ++kept;
    if (code != EACCES && code != EADDRINUSE) return system_fault(code, what + ' ' + std::to_string(port));
  }
  return {std::make_error_code(std::errc::address_in_use),
          "no free " + what + ": " + std::to_string(ports.size() - kept) + " are taken and " + std::to_string(kept) +
              ' ' + forbidden + ", of all " + where};
}

}  // namespace detail
APART_END_NAMESPACE

#if defined(_WIN32)

// ---- apart/run/detail/windows/leased_port.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// A port number that one process has among all of its machine.
///
/// Two objects hold it. An event with a name (CreateEventW, in the namespace that all sessions share), of which no file is
/// left, is the lease: it keeps away whoever asks for a port in this way, also when nothing is bound. A socket that is
/// bound to the port with SO_EXCLUSIVEADDRUSE keeps everybody else away. Owner: this object; Windows frees both with the
/// process, however it ends. Not inherited.
class leased_port {
 public:
  using native = owned_socket::native;

  leased_port() = default;
  leased_port(leased_port&& other) noexcept
      : number_(std::exchange(other.number_, std::uint16_t{0})),
        taken_(std::exchange(other.taken_, false)),
        name_(std::move(other.name_)),
        socket_(std::move(other.socket_)) {}
  leased_port& operator=(leased_port&& other) noexcept {
    leased_port taken(std::move(other));
    std::swap(number_, taken.number_);
    std::swap(taken_, taken.taken_);
    std::swap(name_, taken.name_);
    std::swap(socket_, taken.socket_);
    return *this;
  }
  ~leased_port() = default;

  std::uint16_t number() const noexcept { return number_; }

  /// One from 10000 on, below those that Windows gives to clients (49152, RFC 6335), that is nobody else's.
  fault find(transport over) { return find(10000, 49151, over); }

  /// One of these.
  fault find(std::uint16_t first, std::uint16_t last, transport over) {
    std::vector<std::uint16_t> ports;
    const fault no_range = ports_in_range(first, last, ports);
    if (no_range) return no_range;
    return lease_one_of(
        ports, over,
        "from " + text_of_range(first, last) + "; another range can be asked for: apart::port(first, last)",
        "kept by the system", [&](std::uint16_t port) { return lease(port, over); });
  }

  native take_socket() {
    check("take_socket");
    if (!socket_) raise(error(resource() + ": take_socket: its socket was taken or released before"));
    taken_ = true;
    return socket_.release();
  }

  std::uint16_t release() {
    if (number_ == 0) return 0;
    if (taken_) {
      raise(error(resource() + ": release: its socket was taken, and holds the port until it is closed"));
    }
    socket_.close();
    return number_;
  }

 private:
  std::string resource() const { return "port " + std::to_string(number_); }

  void check(const char* asked) const {
    if (number_ == 0) raise(error(std::string("port: ") + asked + ": it was moved to another object"));
  }

  int lease(std::uint16_t port, transport over) {
    int code = take_name(port, over);
    if (code == 0) code = open_socket(port, over);
    if (code != 0) {
      socket_.close();
      name_.close();
      return code;
    }
    number_ = port;
    return 0;
  }

  /// Another user's of that name refuses access.
  int take_name(std::uint16_t port, transport over) {
    constexpr unsigned long exists = 183;  // ERROR_ALREADY_EXISTS
    const std::string transport_name = over == transport::tcp ? "tcp-" : "udp-";
    const std::wstring name = wide("Global\\apart-port-" + transport_name + std::to_string(port));
    ::SetLastError(0);
    name_ = descriptor(::CreateEventW(nullptr, 1, 0, name.c_str()));
    const unsigned long code = ::GetLastError();
    if (!name_) return code == access_denied ? EADDRINUSE : error_number(code);
    return code == exists ? EADDRINUSE : 0;
  }

  /// Bound in both families; where the system has no IPv6, in the other one.
  int open_socket(std::uint16_t port, transport over) {
    constexpr int version_4 = 2, version_6 = 23;  // AF_INET, AF_INET6
    constexpr int any_level = 0xffff, exclusive = -5, ipv6 = 41,
                  only_ipv6 = 27;                     // SOL_SOCKET, SO_EXCLUSIVEADDRUSE, ...
    const int type = over == transport::tcp ? 1 : 2;  // SOCK_STREAM, SOCK_DGRAM
    const auto in_network_order = static_cast<std::uint16_t>(port << 8 | port >> 8);
    struct {
      std::uint16_t family;
      std::uint16_t port;
      unsigned char rest[24];
    } address_6{version_6, in_network_order, {}};  // sockaddr_in6
    struct {
      std::uint16_t family;
      std::uint16_t port;
      unsigned char rest[12];
    } address_4{version_4, in_network_order, {}};  // sockaddr_in
    int code = socket_.open(version_6, type);
    if (code == 0) code = socket_.set(any_level, exclusive, 1);
    if (code == 0) code = socket_.set(ipv6, only_ipv6, 0);
    if (code == 0) code = socket_.bind(address_6);
    if (code != EAFNOSUPPORT && code != EADDRNOTAVAIL) return code;
    code = socket_.open(version_4, type);
    if (code == 0) code = socket_.set(any_level, exclusive, 1);
    return code == 0 ? socket_.bind(address_4) : code;
  }

  std::uint16_t number_ = 0;
  bool taken_ = false;
  descriptor name_;
  owned_socket socket_;  // closed first: whoever gets the name next finds the port free
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/run/detail/posix/leased_port.hpp

#include <netinet/in.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// A set of port numbers as Linux writes it: "8080,9000-9010", or "32768\t60999" for a range.
using port_set = std::bitset<65536>;

/// The text of a file below /proc/sys/net, which speaks of the network namespace of who reads it. "" where it cannot be
/// read. Such a file gives what one read takes, and no more to the next.
inline std::string network_setting(const char* path) {
  const descriptor file(sys::open(path, O_RDONLY | O_CLOEXEC));
  std::string text;
  for (std::size_t size = 4096; file && size <= std::size_t{1} << 20; size *= 16) {
    text.resize(size);
    const ssize_t got = sys::pread(file.get(), text.data(), size, 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (text.size() < size) break;
  }
  return text;
}

/// Adds what `text` lists to `ports`. `between`: what stands between the ends of a range.
inline void add_ports(port_set& ports, std::string_view text, char between) {
  const char* at = text.data();
  const char* const end = at + text.size();
  std::size_t first = 0;
  for (auto read = std::from_chars(at, end, first); read.ec == std::errc(); read = std::from_chars(at, end, first)) {
    at = read.ptr;
    std::size_t last = first;
    if (at != end && *at == between) at = std::from_chars(at + 1, end, last).ptr;
    for (std::size_t port = first; port <= last && port < ports.size(); ++port) ports.set(port);
    if (at != end) ++at;
  }
}

/// Those that the kernel gives to whoever connects without a port of his own, and those that an administrator keeps for
/// a service.
inline port_set ports_of_others() {
  port_set ports;
  const std::string ephemeral = network_setting("/proc/sys/net/ipv4/ip_local_port_range");
  add_ports(ports, ephemeral.empty() ? "32768\t60999" : std::string_view(ephemeral), '\t');
  add_ports(ports, network_setting("/proc/sys/net/ipv4/ip_local_reserved_ports"), '-');
  return ports;
}

/// A port number that one process has among all of its network namespace.
///
/// Two sockets hold it. A UNIX socket with an abstract name (unix(7)), which no file stands for and no permission guards,
/// is the lease: it keeps away whoever asks for a port in this way, also when nothing is bound. A socket that is bound to
/// the port keeps everybody else away. Neither has SO_REUSEADDR or listens, so that nothing of them is left when they are
/// closed. The name is the same in all versions of the library, and of the type SOCK_STREAM, since each type has names
/// of its own. Owner, threads, fork and exec: as `unforked_descriptor`.
class leased_port {
 public:
  using native = int;

  leased_port() = default;
  leased_port(leased_port&& other) noexcept
      : number_(std::exchange(other.number_, std::uint16_t{0})),
        taken_(std::exchange(other.taken_, false)),
        name_(std::move(other.name_)),
        socket_(std::move(other.socket_)) {}
  leased_port& operator=(leased_port&& other) noexcept {
    leased_port taken(std::move(other));
    std::swap(number_, taken.number_);
    std::swap(taken_, taken.taken_);
    std::swap(name_, taken.name_);
    std::swap(socket_, taken.socket_);
    return *this;
  }
  ~leased_port() = default;

  std::uint16_t number() const noexcept { return number_; }

  /// One from 10000 on that is nobody else's.
  fault find(transport over) {
    const port_set others = ports_of_others();
    std::vector<std::uint16_t> ports;
    for (std::size_t port = 10000; port < others.size(); ++port) {
      if (!others.test(port)) ports.push_back(static_cast<std::uint16_t>(port));
    }
    return find_among(ports, over,
                      "from 10000 on, outside of net.ipv4.ip_local_port_range and ip_local_reserved_ports; another "
                      "range can be asked for: apart::port(first, last)");
  }

  /// One of these.
  fault find(std::uint16_t first, std::uint16_t last, transport over) {
    std::vector<std::uint16_t> ports;
    const fault no_range = ports_in_range(first, last, ports);
    return no_range ? no_range : find_among(ports, over, "from " + text_of_range(first, last));
  }

  int take_socket() {
    check("take_socket");
    if (!socket_) raise(error(resource() + ": take_socket: its socket was taken or released before"));
    taken_ = true;
    return socket_.release();
  }

  std::uint16_t release() {
    if (number_ == 0) return 0;
    check("release");
    if (taken_) {
      raise(error(resource() + ": release: its socket was taken, and holds the port until it is closed"));
    }
    socket_.close();
    return number_;
  }

 private:
  std::string resource() const { return "port " + std::to_string(number_); }

  void check(const char* asked) const {
    if (number_ == 0) raise(error(std::string("port: ") + asked + ": it was moved to another object"));
    if (!name_) raise(error(resource() + ": " + asked + ": a forked child holds nothing of its parent's port"));
  }

  fault find_among(const std::vector<std::uint16_t>& ports, transport over, const std::string& where) {
    return lease_one_of(ports, over, where, "forbidden to this user",
                        [&](std::uint16_t port) { return lease(port, over); });
  }

  int lease(std::uint16_t port, transport over) {
    int code = name_.open([] { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); });
    if (code == 0) code = bind_name(port, over);
    if (code == 0) code = open_socket(port, over);
    if (code != 0) {
      socket_.close();
      name_.close();
      return code;
    }
    number_ = port;
    return 0;
  }

  int bind_name(std::uint16_t port, transport over) const {
    const std::string name = (over == transport::tcp ? "apart-port-tcp-" : "apart-port-udp-") + std::to_string(port);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path + 1, name.size());  // after a null byte: abstract
    return bind_to(name_, &address, offsetof(sockaddr_un, sun_path) + 1 + name.size());
  }

  /// Bound in both families; where the system has no IPv6, in the other one.
  int open_socket(std::uint16_t port, transport over) {
    const int type = (over == transport::tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC;
    int code = socket_.open([&] { return ::socket(AF_INET6, type, 0); });
    if (code == 0) code = bind_both(port);
    if (code != EAFNOSUPPORT && code != EADDRNOTAVAIL) return code;
    code = socket_.open([&] { return ::socket(AF_INET, type, 0); });
    if (code != 0) return code;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    return bind_to(socket_, &address, sizeof address);
  }

  int bind_both(std::uint16_t port) const {
    const int only_version_6 = 0;
    if (::setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only_version_6, sizeof only_version_6) != 0) {
      return errno;
    }
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    return bind_to(socket_, &address, sizeof address);
  }

  static int bind_to(const unforked_descriptor& socket, const void* address, std::size_t size) {
    return ::bind(socket.get(), static_cast<const sockaddr*>(address), static_cast<socklen_t>(size)) == 0 ? 0 : errno;
  }

  std::uint16_t number_ = 0;
  bool taken_ = false;
  unforked_descriptor name_;
  unforked_descriptor socket_;  // closed first: whoever gets the name next finds the port free
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/run/port.hpp

APART_BEGIN_NAMESPACE

/// A TCP or UDP port for a server of the test's own, which nobody else on the machine gets.
///
///     apart::port port;                          // a server in this process: there is no moment for a thief
///     const int socket = port.take_socket();
///     ::listen(socket, 16);
///
///     apart::port port;                          // a server that binds by itself
///     start_server("--port", port.release());
///
/// Leased among all processes of all users: by a UNIX socket whose abstract name tells the port and its transport, and by
/// a socket that is bound to the port on all addresses, of IPv4 and IPv6 alike where the system has both, and does not
/// listen. A program that knows nothing of the library cannot bind the port either, with or without SO_REUSEADDR.
/// Which: from 10000 on, at random, outside of what the kernel gives to clients (net.ipv4.ip_local_port_range) and what
/// an administrator keeps for others (ip_local_reserved_ports); so that after `release` the port goes to nobody who does
/// not name it. Free means that a server without SO_REUSEADDR can bind it at once.
/// Scope: the network namespace of the process that asks, as that of the port. Owner: one object in one process. Moving
/// moves the lease; a moved-from object does nothing, and its number is 0.
/// Destruction: the port can be leased again at once, unless who has its socket keeps that open. Crash: likewise, since
/// the kernel closes the sockets of a killed process; there is nothing to sweep.
/// Fork: a child holds nothing of it, so that a child that outlives its parent keeps no lease; its copy does nothing. If
/// the child is to serve, take the socket before the fork. A child by raw clone or _Fork keeps the lease while it lives.
/// What another thread is just forking or spawning has the sockets until it runs, or executes: do not `release` meanwhile.
/// Exec: held by nobody else; the taken socket, too, is close-on-exec.
/// Threads: distinct objects from any; one object from one at a time. Cancellation: never waits.
/// Errors: `apart::error`, if no port is free or the system gives no socket. A hostile process that has bound our names
/// makes us pass over those ports.
/// Linux, for its abstract names; and Windows: leased by a named event in the namespace of all sessions, bound with
/// SO_EXCLUSIVEADDRUSE, from 10000 to 49151, and the socket is a SOCKET that is not inherited.
class [[nodiscard]] port {
 public:
  [[nodiscard]] port() : port(transport::tcp) {}
  [[nodiscard]] explicit port(transport over) { detail::raise_if(lease_.find(over)); }

  /// One from `first` to `last`, both included, in whatever range those are.
  [[nodiscard]] port(std::uint16_t first, std::uint16_t last, transport over = transport::tcp) {
    detail::raise_if(lease_.find(first, last, over));
  }

  std::uint16_t number() const noexcept { return lease_.number(); }

  /// Hands over the bound socket, which is the caller's to listen on and to close; the lease stays. Who listens on it is
  /// reached on every address of the machine, by 127.0.0.1 and by ::1. An `apart::error` if it was taken or released.
  [[nodiscard]] detail::leased_port::native take_socket() { return lease_.take_socket(); }

  /// Closes the bound socket, for a server that binds `number()` by itself, which it returns; the lease stays and keeps
  /// away all who ask for a port in this way. The second time does nothing. An `apart::error` if the socket was taken.
  std::uint16_t release() { return lease_.release(); }

 private:
  detail::leased_port lease_;
};

APART_END_NAMESPACE

#if defined(_WIN32)

// ---- apart/detail/windows/shared_page.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// A `T` at the beginning of a file, which all processes that open the file share: zero until one of them writes. The
/// file is made if it is not there; its space is reserved, so that no access can fail later.
template <class T>
class shared_page {
  static_assert(std::is_trivially_destructible_v<T> && sizeof(T) <= 4096);

 public:
  shared_page() = default;
  shared_page(shared_page&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
  shared_page& operator=(shared_page&& other) noexcept {
    std::swap(page_, other.page_);
    return *this;
  }
  ~shared_page() {
    if (page_ != nullptr) ::UnmapViewOfFile(page_);
  }

  /// 0 or an error number.
  int open(const std::string& path) {
    constexpr unsigned long read_write = 4, map_write = 2;  // PAGE_READWRITE, FILE_MAP_WRITE
    descriptor file;
    if (const int code = open_common_file(path, file)) return code;
    const descriptor mapping(::CreateFileMappingW(file.get(), nullptr, read_write, 0, sizeof(T), nullptr));
    if (!mapping) return last_error_number();
    void* const mapped = ::MapViewOfFile(mapping.get(), map_write, 0, 0, sizeof(T));
    if (mapped == nullptr) return last_error_number();
    page_ = static_cast<T*>(mapped);
    return 0;
  }

  T& operator*() const noexcept { return *page_; }
  T* operator->() const noexcept { return page_; }

 private:
  T* page_ = nullptr;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/shared_page.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// A `T` at the beginning of a file, which all processes that open the file share: zero until one of them writes. The
/// file is made if it is not there; its space is reserved, so that no access can fail later. Fork: the child shares it.
template <class T>
class shared_page {
  static_assert(std::is_trivially_destructible_v<T> && sizeof(T) <= 4096);

 public:
  shared_page() = default;
  shared_page(shared_page&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
  shared_page& operator=(shared_page&& other) noexcept {
    std::swap(page_, other.page_);
    return *this;
  }
  ~shared_page() {
    if (page_ != nullptr) ::munmap(page_, sizeof(T));
  }

  /// 0 or an error number.
  int open(const std::string& path) noexcept {
    const descriptor file(open_common_file(path));
    if (!file) return errno;
    if (const int code = ::posix_fallocate(file.get(), 0, sizeof(T))) return code;
    void* const mapped = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (mapped == MAP_FAILED) return errno;
    page_ = static_cast<T*>(mapped);
    return 0;
  }

  T& operator*() const noexcept { return *page_; }
  T* operator->() const noexcept { return page_; }

 private:
  T* page_ = nullptr;
};

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/run/detail/named_lock.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What stands in the file of a lock, for all processes of the run. Who was killed while it waited is counted on: then
/// the gate is passed by all, which costs two calls of the system and nothing else.
struct lock_page {
  std::atomic<std::uint32_t> waiting;  ///< how many may be waiting
  char holder[240];                    ///< who got it last, for people
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

/// A name that is locked in the run, as this process sees it. Two locks between processes, of two kinds on one file: who
/// has to wait for the lock itself waits at its gate first, exclusively, so that those who share it cannot keep out one
/// who does not. Threads of the process queue up, first come, first served; the first one alone asks the kernel.
///
/// Never destroyed: the names of a run are few. A forked child holds nothing, and opens the file anew.
class named_lock {
 public:
  static named_lock& of(std::string_view name) {
    const program_lock lock(program_mutex());
    const auto known = table().find(name);
    if (known != table().end()) return known->second;
    const std::string text(name);
    return table().try_emplace(text, text).first->second;
  }

  /// For the table that `of` looks into: no other stands for the name.
  explicit named_lock(std::string name) : name_(std::move(name)) {}

  void acquire(lock_mode mode, const context& waiting) {
    const auto now = context_access::node(context::current());
    place mine(*this, mode);
    if (!mine.may_enter_at_once()) wait_for_turn(mine, waiting);
    open_files();
    int code = 0;
    if (page_->waiting.load() == 0 && take_now(mine, *now, code)) return;
    if (code == 0) take_in_turn(mine, *now, waiting, code);
    if (code != 0) raise_system(code, label() + ": cannot lock a file in '" + coordination_directory() + "'");
  }

  /// Of the thread that acquired it.
  void release(std::thread::id holder) noexcept {
    const program_lock lock(program_mutex());
    const auto found = std::find(holders_.begin(), holders_.end(), holder);
    if (found == holders_.end()) return;
    holders_.erase(found);
    exclusive_ = false;
    if (holders_.empty()) main_.unlock();
    changed_.notify_all();
  }

 private:
  using table_type = std::map<std::string, named_lock, std::less<>>;

  /// In the queue of the process.
  class place {
   public:
    place(named_lock& lock, lock_mode mode) : lock_(lock), mode_(mode) { at_once_ = lock_.enter_queue(*this); }
    ~place() {
      if (!queued_) return;
      const program_lock lock(program_mutex());
      leave();
    }
    place(const place&) = delete;
    place& operator=(const place&) = delete;

    bool may_enter() const noexcept {
      return lock_.queue_.front() == this &&
             (mode_ == lock_mode::exclusive ? lock_.holders_.empty() : !lock_.exclusive_);
    }
    bool may_enter_at_once() const noexcept { return at_once_; }
    lock_mode mode() const noexcept { return mode_; }

    /// With `program_mutex` held.
    void leave() {
      auto& queue = lock_.queue_;
      queue.erase(std::remove(queue.begin(), queue.end(), this), queue.end());
      lock_.changed_.notify_all();
      queued_ = false;
    }

   private:
    named_lock& lock_;
    const lock_mode mode_;
    bool at_once_ = false;
    bool queued_ = true;
  };

  /// Counted among those who wait.
  class waiting_mark {
   public:
    waiting_mark(lock_page& page, const std::string& what) : page_(page), noted_(what) { page_.waiting.fetch_add(1); }
    ~waiting_mark() { page_.waiting.fetch_sub(1); }

   private:
    lock_page& page_;
    const wait_scope noted_;
  };

  static table_type& table() {
    static auto* const all = new table_type;
    return *all;
  }

  std::string label() const { return "run_lock \"" + one_line(name_) + "\""; }

  bool is_held_by_this_thread() const noexcept {
    for (const std::thread::id holder : holders_) {
      if (holder == std::this_thread::get_id()) return true;
    }
    return false;
  }

  /// Whether it is its turn already.
  bool enter_queue(place& mine) {
    program_lock lock(program_mutex());
    if (!owner_.is_this_process()) begin_anew();
    if (is_held_by_this_thread()) {
      lock.unlock();
      raise(error(label() + " is held by this thread already, and would wait for itself; release it first"));
    }
    queue_.push_back(&mine);
    holders_.reserve(holders_.size() + queue_.size());  // who has got it finds a place
    return mine.may_enter();
  }

  void begin_anew() {
    queue_.clear();
    holders_.clear();
    exclusive_ = false;
    opened_ = false;
    owner_ = process_owner();
  }

  void wait_for_turn(const place& mine, const context& waiting) {
    bool entered = false;
    {
      const on_cancel wake(waiting, [this] {
        const program_lock lock(program_mutex());
        changed_.notify_all();
      });
      program_lock lock(program_mutex());
      changed_.wait(lock, [&] { return mine.may_enter() || waiting.cancelled(); });
      entered = mine.may_enter();
    }
    if (!entered) refuse(waiting);
  }

  /// By the first in the queue: what is not open, at first, in a forked child, or after a wait that was given up.
  void open_files() {
    if (opened_ && main_.is_open() && gate_.is_open()) return;
    const std::string path = coordination_directory() + "/l-" + base32(stable_hash(name_), 12);
    shared_page<lock_page> page;
    int code = opened_ ? 0 : page.open(path);
    if (code == 0 && !main_.is_open()) code = main_.open(path);
    if (code == 0 && !gate_.is_open()) code = gate_.open(path, {0, 1});
    if (code != 0) raise_system(code, label() + ": cannot open '" + path + "'");
    const program_lock lock(program_mutex());
    if (!std::exchange(opened_, true)) page_ = std::move(page);
  }

  /// False: it is held, or `code` is an error number.
  bool take_now(place& mine, const context_node& holder, int& code) {
    return join_shared(mine, holder) || (main_.try_lock(mine.mode(), code) && hold(mine, holder));
  }

  void take_in_turn(place& mine, const context_node& holder, const context& waiting, int& code) {
    const waiting_mark mark(*page_, label());
    bool taken = wait_for_lock(gate_, lock_mode::exclusive, waiting, code);
    if (taken) {
      taken = join_shared(mine, holder) || (wait_for_lock(main_, mine.mode(), waiting, code) && hold(mine, holder));
      gate_.unlock();
    }
    if (!taken && code == 0) refuse(waiting);
  }

  /// Where other threads of the process share it.
  bool join_shared(place& mine, const context_node& holder) {
    if (mine.mode() == lock_mode::exclusive) return false;
    const program_lock lock(program_mutex());
    if (holders_.empty()) return false;
    note(mine, holder);
    return true;
  }

  bool hold(place& mine, const context_node& holder) {
    const program_lock lock(program_mutex());
    exclusive_ = mine.mode() == lock_mode::exclusive;
    note(mine, holder);
    return true;
  }

  /// With `program_mutex` held: it has what it waited for.
  void note(place& mine, const context_node& holder) {
    holders_.push_back(std::this_thread::get_id());
    mine.leave();
    std::string text = process();
    const context_node* const owner = owner_of(holder);
    const bool is_process = owner != nullptr && owner->parent() == process_contexts::instance().run.get();
    if (owner != nullptr && !is_process) text += " in " + label_of(*owner);
    if (!exclusive_) text += ", shared, perhaps with others";
    text.resize((std::min)(text.size(), sizeof page_->holder - 1));
    std::memcpy(page_->holder, text.c_str(), text.size() + 1);
  }

  /// "worker 2 (process 4711)"
  const std::string& process() {
    if (!named_.is_this_process() || process_.empty()) {
      process_ = process_label();
      named_ = process_owner();
    }
    return process_;
  }

  [[noreturn]] void refuse(const context& waiting) {
    std::string what = label() + ": " + describe_end(*context_access::node(waiting));
    {
      const program_lock lock(program_mutex());
      const std::string here = "another thread of this process";
      if (opened_) what += "; held by " + (holders_.empty() ? std::string(page_->holder) : here);
      const char* before = "; this thread holds \"";
      for (const auto& [name, other] : table()) {
        if (!other.is_held_by_this_thread()) continue;
        what += std::exchange(before, ", \"") + one_line(name) + "\"";
      }
    }
    raise_cancelled(waiting, what);
  }

  const std::string name_;
  process_owner owner_;
  std::vector<const place*> queue_;
  std::vector<std::thread::id> holders_;
  bool exclusive_ = false;
  bool opened_ = false;
  waiting_threads changed_;
  whole_file_lock main_;
  file_lock gate_;
  shared_page<lock_page> page_;
  std::string process_;
  process_owner named_;
};

/// A lock of that name for as long as this object lives.
class lock_hold {
 public:
  lock_hold(std::string_view name, lock_mode mode, const context& waiting) {
    if (name.empty()) raise(error("run_lock: its name is empty; give each thing that is locked a name"));
    named_lock& lock = named_lock::of(name);
    lock.acquire(mode, waiting);
    lock_ = &lock;
  }
  lock_hold(lock_hold&& other) noexcept
      : lock_(std::exchange(other.lock_, nullptr)), holder_(other.holder_), owner_(other.owner_) {}
  lock_hold& operator=(lock_hold&& other) noexcept {
    lock_hold taken(std::move(other));
    std::swap(lock_, taken.lock_);
    std::swap(holder_, taken.holder_);
    std::swap(owner_, taken.owner_);
    return *this;
  }
  ~lock_hold() {
    if (lock_ != nullptr && owner_.is_this_process()) lock_->release(holder_);
  }

 private:
  named_lock* lock_ = nullptr;
  std::thread::id holder_ = std::this_thread::get_id();
  process_owner owner_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/run/run_lock.hpp

APART_BEGIN_NAMESPACE

/// Keeps every other process and thread of the run away from what the name stands for: a table, a device, a fixed port.
///
///     const apart::run_lock lock("the licence server");
///
/// Scope: the run on this machine; runs do not lock each other out. Any text but the empty one is a name; what shares it
/// is locked together with `shared_run_lock`. Owner: one object; it belongs to the thread that made it, wherever it is
/// moved. A thread that locks what it holds, in either way, gets an error in place of a deadlock. Moving moves the lock;
/// a moved-from object does nothing.
/// Waits in the kernel, first come, first served among those who wait; who shares cannot keep out who does not. A wait
/// ends with its context: `cancelled_error`, which names who holds the lock and what the waiting thread holds itself, so
/// that two locks in opposite order show both sides.
/// Destruction: releases. Crash: the kernel releases, once it has closed what the process had open, and nothing has to
/// be swept; Windows does so some time after the end. A stopped process keeps its locks. Fork: a child holds nothing, and its copy of the object does nothing; it
/// may lock by itself. A child by raw clone or _Fork keeps the parent's lock held while it lives. Exec: not inherited.
/// Threads: any. Errors: `apart::error` where the system refuses the file or the lock, with the path. Lock files stay
/// while the run lives.
class [[nodiscard]] run_lock {
 public:
  [[nodiscard]] explicit run_lock(std::string_view name, const context& waiting = context::current())
      : hold_(name, detail::lock_mode::exclusive, waiting) {}

 private:
  detail::lock_hold hold_;
};

/// The same, but for those who may do it at the same time: it keeps out `run_lock`s of that name, and is kept out by
/// them alone.
class [[nodiscard]] shared_run_lock {
 public:
  [[nodiscard]] explicit shared_run_lock(std::string_view name, const context& waiting = context::current())
      : hold_(name, detail::lock_mode::shared, waiting) {}

 private:
  detail::lock_hold hold_;
};

APART_END_NAMESPACE

// ---- apart/test/detail/brought_in.hpp

APART_BEGIN_NAMESPACE
namespace detail {

// How files come into an own directory. Errors are the file system's.

using bringer = void (*)(const std::filesystem::path& from, const std::filesystem::path& to, std::error_code& failed);

inline void bring_copy(const std::filesystem::path& from, const std::filesystem::path& to, std::error_code& failed) {
  using options = std::filesystem::copy_options;
  std::filesystem::copy(from, to, options::recursive | options::copy_symlinks, failed);
}

/// Beside what has been copied there, a directory comes as links to its entries.
inline void bring_link(const std::filesystem::path& from, const std::filesystem::path& to, std::error_code& failed) {
  namespace fs = std::filesystem;
  std::error_code unknown;
  if (!fs::exists(fs::symlink_status(to, unknown))) return fs::create_symlink(from, to, failed);
  if (!fs::is_directory(to, unknown) || !fs::is_directory(from, unknown)) return;
  for (const auto& entry : fs::directory_iterator(from, failed)) {
    bring_link(entry.path(), to / entry.path().filename(), failed);
  }
}

/// Where a path is, and where it comes to.
struct brought_place {
  std::filesystem::path from;
  std::filesystem::path to;
  bool is_start;  ///< all of the start directory
};

/// For `path` of the directory `start`. `option`: who asks for it, for errors. An `apart::error` where it is not there, or
/// has no place below the parent of `into`.
inline brought_place place_of(const std::string& option, const std::string& path, const std::filesystem::path& start,
                              const std::filesystem::path& into) {
  namespace fs = std::filesystem;
  fs::path given = fs::path(path).lexically_normal();
  if (!given.has_filename()) given = given.parent_path();  // "data/"
  brought_place place{start / given, (into / (given.is_absolute() ? given.filename() : given)).lexically_normal(),
                      given == "."};
  const std::string below = path_text(place.to.lexically_relative(into.parent_path()));
  if (!place.is_start && (below.compare(0, 2, "..") == 0 || below == ".")) {
    raise(error("--" + option + "=" + path + ": has its place outside of a test's own directory and its parent"));
  }
  std::error_code unknown;
  if (!fs::exists(place.from, unknown)) {
    raise(error("--" + option + "=" + path + ": '" + path_text(place.from) + "' is not there"));
  }
  return place;
}

inline void bring_in(const std::string& option, const std::string& path, const std::filesystem::path& start,
                     const std::filesystem::path& into, bringer bring) {
  namespace fs = std::filesystem;
  const brought_place place = place_of(option, path, start, into);
  std::error_code failed;
  if (place.is_start) {
    for (const auto& entry : fs::directory_iterator(start, failed)) {
      if (!failed) bring(entry.path(), into / entry.path().filename(), failed);
    }
  } else {
    fs::create_directories(place.to.parent_path(), failed);
    if (!failed) bring(place.from, place.to, failed);
  }
  if (failed) raise(error("--" + option + "=" + path + ": " + failed.message()));
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/test/detail/own_directory_variables.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// A variable by which programs find a directory, and where that is in an `own_directory`.
struct own_directory_variable_place {
  const char* name;
  const char* place;
};

inline constexpr own_directory_variable_place own_directory_variables[] = {
    {"TMPDIR", "tmp"},
    {"TMP", "tmp"},
    {"TEMP", "tmp"},
    {"TEST_TMPDIR", "tmp"},
    {"HOME", "home"},
    {"XDG_CONFIG_HOME", "home/.config"},
    {"XDG_CACHE_HOME", "home/.cache"},
    {"XDG_DATA_HOME", "home/.local/share"},
    {"XDG_STATE_HOME", "home/.local/state"},
};

/// "NAME=value" for those that are not set here: of temporary directories the one that counts already, of others none (the
/// XDG base directory specification takes an empty one as not set). A process that begins with them adds none later, so
/// that its environment does not move while a thread of a static initializer reads it.
inline std::vector<std::string> own_directory_variables_not_set() {
  std::error_code failed;
  const std::string system = path_text(std::filesystem::temp_directory_path(failed));
  const std::string temporary = variable("TEST_TMPDIR").value_or(variable("TMPDIR").value_or(system));
  std::vector<std::string> missing;
  for (const auto& [name, place] : own_directory_variables) {
    if (variable(name)) continue;
    const bool is_temporary = std::string(place) == "tmp";
    missing.push_back(std::string(name) + '=' + (is_temporary ? temporary : ""));
  }
  return missing;
}

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/test/isolation.hpp

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

#if defined(_WIN32)

// ---- apart/detail/windows/tracer.hpp

APART_BEGIN_NAMESPACE
namespace detail {

inline bool has_debugger(void* process) noexcept {
  int present = 0;
  return ::CheckRemoteDebuggerPresent(process, &present) != 0 && present != 0;
}

/// Whether a debugger follows this or that process at this moment.
inline bool is_traced() noexcept { return has_debugger(::GetCurrentProcess()); }
inline bool is_traced(process_number process) noexcept {
  constexpr unsigned long query = 0x400;  // PROCESS_QUERY_INFORMATION
  const descriptor opened(::OpenProcess(query, 0, static_cast<unsigned long>(process)));
  return opened && has_debugger(opened.get());
}

}  // namespace detail
APART_END_NAMESPACE

#endif  // defined(_WIN32)

#if !defined(_WIN32)

// ---- apart/detail/posix/tracer.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// `process`: as proc(5) names it, by its number or as "self".
inline bool has_tracer(const std::string& process) {
  static constexpr char field[] = "\nTracerPid:";
  std::string text;
  if (read_file("/proc/" + process + "/status", text) != 0) return false;
  const std::size_t found = text.find(field);
  return found != std::string::npos && std::atol(text.c_str() + found + sizeof field - 1) != 0;
}

/// Whether a debugger, or another tracer, follows this or that process at this moment (proc(5), TracerPid).
inline bool is_traced() { return has_tracer("self"); }
inline bool is_traced(process_number process) { return has_tracer(std::to_string(process)); }

}  // namespace detail
APART_END_NAMESPACE

#endif  // !defined(_WIN32)

// ---- apart/test/detail/own_directories.hpp

APART_BEGIN_NAMESPACE
namespace detail {

inline constexpr const char* own_directory_variable = "APART_OWN_DIRECTORY";
inline constexpr const char* link_variable = "APART_LINK";
inline constexpr const char* copy_variable = "APART_COPY";

/// The directories that the adapters give to this process and to each of its tests, as the variables say. Their owner is
/// the thread that runs the tests.
class own_directories {
 public:
  static own_directories& of_this_process() {
    static auto* all = new own_directories;
    return *all;
  }

  /// For all that happens outside of tests, from now on until the process ends. Once; nothing where nobody asks for it. An
  /// `apart::error` where a variable makes no sense, or what is to be brought in is not there.
  void enter_process() {
    if (entered_) return;
    read();
    entered();
    if (kind_ != kind::none) static const own_directory of_process(files_, "process", start_);
  }
  /// Whether it has, or will have, directories of its own.
  bool wanted() {
    if (!entered_) read();
    return kind_ != kind::none;
  }

  void enter_test(std::string_view name) {
    enter_process();
    if (kind_ == kind::of_test) of_test_.emplace(files_, name, start_);
  }
  void leave_test() { of_test_.reset(); }

  /// An `apart::error` where the variables ask for what cannot be.
  static void check() {
    own_directories asked;
    asked.read();
    for (const std::string& path : asked.files_.links)
      static_cast<void>(place_of("link", path, asked.start_, "/a/cwd"));
    for (const std::string& path : asked.files_.copies)
      static_cast<void>(place_of("copy", path, asked.start_, "/a/cwd"));
  }

 private:
  enum class kind { none, of_test, of_process };

  void read() {
    const std::string asked = variable(own_directory_variable).value_or("");
    if (asked == "1" || asked == "test") {
      kind_ = kind::of_test;
    } else if (asked == "worker") {
      kind_ = kind::of_process;
    } else if (!asked.empty() && asked != "0") {
      raise(error(std::string(own_directory_variable) + "=" + asked + ": wants 1 (or test), worker, or 0"));
    }
    start_ = std::filesystem::current_path();
    files_ = {split(variable(link_variable).value_or("")), split(variable(copy_variable).value_or(""))};
  }

  /// What a test starts has no directories of its own below the test's, even where it is a test program.
  void entered() {
    entered_ = true;
    for (const char* name : {own_directory_variable, link_variable, copy_variable}) {
      if (variable(name)) static_cast<void>(set_variable(name, ""));
    }
  }

  static std::vector<std::string> split(const std::string& paths) {
    std::vector<std::string> all;
    for (std::size_t at = 0; at < paths.size();) {
      const std::size_t end = (std::min)(paths.find(path_separator, at), paths.size());
      if (end > at) all.push_back(paths.substr(at, end - at));
      at = end + 1;
    }
    return all;
  }

  bool entered_ = false;
  kind kind_ = kind::none;
  std::filesystem::path start_;
  brought_in files_;
  std::optional<own_directory> of_test_;
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/test/detail/running_test.hpp

APART_BEGIN_NAMESPACE
namespace detail {

struct body_span {
  std::chrono::steady_clock::time_point began{};
  std::chrono::steady_clock::time_point ended{};
};

/// The bodies of one test: of one there are several, each with the whole limit, where its framework runs it once per section.
struct test_bodies {
  std::chrono::steady_clock::time_point first_began{};
  body_span longest;
};

/// The test that runs in this process, as the adapters begin and end it: one at a time.
class running_test {
 public:
  static running_test& of_this_process() {
    static auto* test = new running_test;
    return *test;
  }

  /// The same, for a function that makes sense in a test only.
  static running_test& now(std::string_view asked) {
    running_test& test = of_this_process();
    if (!test.begun_) {
      raise(error(std::string(asked) + " was called while no test runs; call it in a test's body" +
                  (test.any_begun_ ? "" : ", or, where this is one, link an adapter: " + std::string(how_to_link))));
    }
    return test;
  }

  void begin(std::string name) {
    own_directories::of_this_process().enter_test(name);
    any_begun_ = true;
    {
      const program_lock lock(program_mutex());
      name_ = std::move(name);
    }
    owner_ = process_owner();
    body_began_ = std::chrono::steady_clock::now();  // before its context's: who waits for the end of that took so long
    current_phase.store(phase::test);
    context_.emplace(limited(context::process(), "test", "the test's time (APART_TIMEOUT or --timeout) is over"));
    current_.emplace(*context_);
    begun_ = true;
    if (bodies_.first_began == std::chrono::steady_clock::time_point()) bodies_.first_began = body_began_;
    if (part_begins) part_begins();
  }

  /// The body has ended: cancels its context and runs the clean-ups. Each failure's text goes to `failed`, which may
  /// fail the test. In a forked child that has left its parent's body: nothing of this.
  template <class Failed>
  void end(Failed failed) {
    if (!begun_ || !owner_.is_this_process()) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - body_began_ > bodies_.longest.ended - bodies_.longest.began) bodies_.longest = {body_began_, now};
    context_->cancel("the test has ended");
    run_clean_ups(failed);
    begun_ = false;
    current_.reset();
    context_.reset();
    own_directories::of_this_process().leave_test();
    current_phase.store(phase::idle);
  }

  /// Those that have begun since the last call.
  test_bodies take_bodies() noexcept { return std::exchange(bodies_, {}); }

  /// Called where a part of a test begins that has the whole limit: a body, and its clean-ups where there are any.
  std::function<void()> part_begins;

  std::string_view name() const noexcept { return name_; }
  /// For a thread that does not belong to the test; "" when no test runs.
  std::string copy_of_name() const {
    const program_lock lock(program_mutex());
    return begun_ ? name_ : std::string();
  }
  context ctx() const { return context::current(); }

  template <class F>
  void push(F function) {
    refuse_empty(function, "this_test::on_cleanup");
    std::unique_ptr<clean_up> made(new clean_up_of<F>(std::move(function)));
    const program_lock lock(program_mutex());
    clean_ups_.push_back(std::move(made));
  }

  /// APART_TIMEOUT, for each test and once more for its clean-ups, but not under a debugger. Throws where that is no
  /// duration.
  static std::chrono::nanoseconds limit() {
    static const std::chrono::nanoseconds chosen = duration_variable("APART_TIMEOUT", std::chrono::seconds(60));
    return chosen;
  }

  template <class Failed>
  void run_clean_ups(Failed failed) {
    if (!owner_.is_this_process()) return;
    const phase_scope cleaning_up(phase::clean_up);
    std::optional<scoped_context> own;
    std::optional<scoped_current> current;
    while (const std::unique_ptr<clean_up> last = pop()) {
      if (!own) {
        if (part_begins) part_begins();
        own.emplace(
            limited(context::background(), "clean-ups of", "the clean-ups' time (APART_TIMEOUT or --timeout) is over"));
        current.emplace(*own);
      }
      attempt([&] { last->run(); }, [&](const char* text) { failed(std::string("a clean-up failed: ") + text); });
    }
  }

 private:
  static constexpr const char* how_to_link = "APART_CATCH2_ADAPTER(); of <apart/adapter/catch2.hpp> in one file";

  struct clean_up {
    virtual ~clean_up() = default;
    virtual void run() = 0;
  };
  template <class F>
  struct clean_up_of final : clean_up {
    explicit clean_up_of(F function) : function_(std::move(function)) {}
    void run() override { function_(); }

   private:
    F function_;
  };

  std::unique_ptr<clean_up> pop() {
    const program_lock lock(program_mutex());
    if (clean_ups_.empty()) return nullptr;
    std::unique_ptr<clean_up> last = std::move(clean_ups_.back());
    clean_ups_.pop_back();
    return last;
  }

  scoped_context limited(const context& parent, const char* kind, const char* cause) {
    return context_access::child_of(parent, kind, shared_unless_empty(name_),
                                    from_now(is_followed() ? (std::chrono::nanoseconds::max)() : limit()),
                                    shared_unless_empty(cause));
  }

  /// As the process's first test finds it.
  bool is_followed() {
    if (!followed_ || !asked_in_.is_this_process()) {
      followed_ = is_traced();
      asked_in_ = process_owner();
    }
    return *followed_;
  }

  std::string name_;
  std::atomic<bool> begun_{false};
  std::atomic<bool> any_begun_{false};  ///< in this process, or in its parent before the fork
  process_owner owner_;
  std::chrono::steady_clock::time_point body_began_{};
  test_bodies bodies_;
  std::optional<bool> followed_;
  process_owner asked_in_;
  std::optional<scoped_context> context_;
  std::optional<scoped_current> current_;
  std::vector<std::unique_ptr<clean_up>> clean_ups_;
};

/// Before the first test of this process: its own directory, where it is to have one, and its initializers.
inline void prepare_process() {
  own_directories::of_this_process().enter_process();
  initialize_process();
}

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool running_test_exists = (running_test::of_this_process(), true);

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/test/detail/test_slot.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// What a `per_test` is whatever its type: the value of the test that runs now, made by the first thread that asks, while
/// others wait. Its destruction is one of the test's clean-ups. Constant-initialised, trivially destructible; static.
template <class T>
class test_slot {
 public:
  constexpr test_slot() = default;
  test_slot(const test_slot&) = delete;
  test_slot& operator=(const test_slot&) = delete;

  /// `make()` returns a T. What it throws reaches the caller, and the next who asks tries again. Outside a test, and in a
  /// `make` that needs its own result, an `apart::error` that names `asked`.
  template <class Make>
  T& get(std::string_view asked, Make make) {
    T* const known = value_.load(std::memory_order_acquire);
    return known != nullptr ? *known : obtain(asked, make);
  }

 private:
  /// Makes it this thread's turn to make the value, for a scope.
  class turn {
   public:
    turn(test_slot& slot, program_lock& lock) : slot_(slot), lock_(lock) {
      slot_.maker_ = &this_thread;
      lock_.unlock();
    }
    ~turn() {
      if (!lock_.owns_lock()) lock_.lock();
      slot_.maker_ = nullptr;
      waiting().notify_all();
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

   private:
    test_slot& slot_;
    program_lock& lock_;
  };

  template <class Make>
  T& obtain(std::string_view asked, Make make) {
    running_test& test = running_test::now(asked);
    program_lock lock(program_mutex());
    if (maker_ == &this_thread) {
      lock.unlock();
      raise(error(std::string(asked) + ": what makes its value needs that value"));
    }
    waiting().wait(lock, [this] { return maker_ == nullptr; });
    if (T* const known = value_.load(std::memory_order_relaxed)) return *known;
    const turn mine(*this, lock);
    auto made = std::make_unique<T>(make());
    T& value = *made;
    test.push([this, owned = std::move(made)]() mutable {
      value_.store(nullptr, std::memory_order_release);
      owned.reset();
    });
    value_.store(&value, std::memory_order_release);
    return value;
  }

  static waiting_threads& waiting() {
    static auto* const threads = new waiting_threads;
    return *threads;
  }

  static inline thread_local char this_thread = 0;  ///< its address stands for the thread

  std::atomic<T*> value_{nullptr};
  const void* maker_ = nullptr;  ///< the thread that makes the value
};

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/test/per_test.hpp

APART_BEGIN_NAMESPACE

/// An object that each test has anew: a schema, a recorder, a client with a tenant of its own.
///
///     static apart::per_test<schema> db{[] { return schema(apart::this_test::unique_name()); }};
///     ...
///     db->execute("create table t (n int)");   // in every test that needs it, and in whatever the test calls
///
/// Scope: the test that runs now (this_test.hpp). Static: at namespace scope, a static member or a static local; any
/// static initialiser may name it, only a test may use it.
/// Owner: the test. It is made when the test first asks, once, however many threads ask; the others wait.
/// Destruction: among the test's clean-ups, so in reverse order with them, with other `per_test`s and with
/// `this_test::dir()`; also when the test fails, is skipped or runs out of time, and not after _exit or a crash. A
/// destructor that throws ends the program.
/// Fork: a child that a test forks has its parent's object as it was, and does not destroy it.
/// Errors: `apart::error` outside a test, and where `make` needs the object itself. What `make` throws reaches who asked;
/// the next who asks tries again.
/// Threads: any, as long as the test lasts. Access to an object that is there costs one load.
template <class T>
class per_test : private detail::test_slot<std::remove_cv_t<T>> {
  static_assert(std::is_object_v<T> && !std::is_array_v<T>, "per_test<T>: T must be an object type");

 public:
  [[nodiscard]] constexpr explicit per_test(T (*make)()) noexcept : make_(make) {}

  per_test(const per_test&) = delete;
  per_test& operator=(const per_test&) = delete;
  static void* operator new(std::size_t) = delete;
  static void* operator new[](std::size_t) = delete;

  [[nodiscard]] T& operator*() { return this->get("per_test", make_); }
  [[nodiscard]] T* operator->() { return std::addressof(**this); }

 private:
  T (*make_)();
};

template <class Make>
per_test(Make) -> per_test<std::invoke_result_t<Make>>;

APART_END_NAMESPACE

// ---- apart/test/detail/test_directories.hpp

APART_BEGIN_NAMESPACE
namespace detail {

/// A directory for what a test leaves to people: in the one that Bazel collects (TEST_UNDECLARED_OUTPUTS_DIR, "Test
/// encyclopedia"), named like the test, with a number behind it where that is taken; or, where the variable is not set, in
/// the run's own, kept.
inline std::filesystem::path make_artifact_directory() {
  const std::string test = running_test::now("this_test::artifact_dir").copy_of_name();
  const char* const collected = std::getenv("TEST_UNDECLARED_OUTPUTS_DIR");
  if (collected == nullptr || *collected == '\0') {
    temp_dir made(test);
    const std::filesystem::path path = made.path();
    made.keep();
    return path;
  }
  const std::string wanted = std::filesystem::absolute(collected).string() + '/' + file_suffix(test);
  std::string path = wanted;
  int code = make_private_directory(path);
  for (int number = 2; code == EEXIST; ++number) {
    path = wanted + '.' + std::to_string(number);
    code = make_private_directory(path);
  }
  if (code != 0) {
    raise_system(code,
                 "this_test::artifact_dir: cannot make '" + path + "' (TEST_UNDECLARED_OUTPUTS_DIR=" + collected + ")");
  }
  return path;
}

inline test_slot<temp_dir> test_directory;
inline test_slot<std::filesystem::path> artifact_directory;

}  // namespace detail
APART_END_NAMESPACE

// ---- apart/test/this_test.hpp

APART_BEGIN_NAMESPACE

/// What belongs to the test that runs now: it begins with the test's body and ends with its clean-ups. An adapter says
/// when (adapter/catch2.hpp: each run of a test case's body, so once per leaf section). Any thread of the process;
/// outside a test every function is an error that says so. A forked child inherits its parent's test, and none of its
/// clean-ups.
namespace this_test {

/// The name as the framework has it. Good until the test ends.
[[nodiscard]] inline std::string_view name() { return detail::running_test::now("this_test::name").name(); }

/// An empty directory of the test's own, made when it is first asked for: a `temp_dir` that goes with the clean-ups.
[[nodiscard]] inline const std::filesystem::path& dir() {
  return detail::test_directory
      .get("this_test::dir", [] { return temp_dir(detail::running_test::of_this_process().copy_of_name()); })
      .path();
}

/// A directory for what is to be looked at after the run: logs, a screenshot, a core. Made when it is first asked for, and
/// kept: below TEST_UNDECLARED_OUTPUTS_DIR, where that is set (Bazel, Test encyclopedia), else with the run's files, and
/// then its path is reported.
[[nodiscard]] inline const std::filesystem::path& artifact_dir() {
  return detail::artifact_directory.get("this_test::artifact_dir", detail::make_artifact_directory);
}

/// `apart::unique_name`, with the test's name where no prefix is given.
[[nodiscard]] inline std::string unique_name(std::string_view prefix = {}) {
  const detail::running_test& test = detail::running_test::now("this_test::unique_name");
  return apart::unique_name(prefix.empty() ? test.name() : prefix);
}

/// Cancelled just before the test's clean-ups, at its deadline (APART_TIMEOUT, 60 s, none under a debugger), and with the
/// process's context. In a clean-up: the clean-ups' own, which none of these has cancelled.
[[nodiscard]] inline context ctx() { return detail::running_test::now("this_test::ctx").ctx(); }

/// Runs `clean_up()` after the body, also after a failed assertion, an exception or a skip; the last registered first, in
/// one row with the end of `per_test`s and of `dir()`; one registered by a clean-up runs as well. All run though one throws,
/// and what it throws fails the test.
template <class F>
void on_cleanup(F clean_up) {
  static_assert(std::is_invocable_v<F&>, "apart: a clean-up is called without arguments");
  detail::running_test::now("this_test::on_cleanup").push(std::move(clean_up));
}

/// Runs now what has been registered so far, for fixtures whose members must outlive it. Throws an `apart::error` with
/// the texts of all that failed.
inline void run_cleanups() {
  std::string failures;
  detail::running_test::now("this_test::run_cleanups").run_clean_ups([&](const std::string& text) {
    failures += failures.empty() ? text : "; " + text;
  });
  if (!failures.empty()) detail::raise(error(failures));
}

}  // namespace this_test

APART_END_NAMESPACE
