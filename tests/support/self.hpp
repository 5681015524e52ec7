#pragma once

/// Where there are no forks: this very program once more, running one hidden test case.
#if defined(_WIN32)
#define SUPPORT_SELF 1

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <windows.h>

namespace support {

inline constexpr const wchar_t* says_variable = L"SUPPORT_SAYS";
inline constexpr const wchar_t* hears_variable = L"SUPPORT_HEARS";

/// That process, with these variables on top of this one's. What it says comes line by line. Killed by the destructor if
/// it still runs.
class self {
 public:
  using variable = std::pair<const char*, std::string>;

  explicit self(const std::string& test, const std::vector<variable>& variables = {}) {
    SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
    HANDLE says = nullptr, hears = nullptr;
    if (!::CreatePipe(&says_, &says, &inherited, 0) || !::CreatePipe(&hears, &hears_, &inherited, 0)) std::abort();
    ::SetHandleInformation(says_, HANDLE_FLAG_INHERIT, 0);
    ::SetHandleInformation(hears_, HANDLE_FLAG_INHERIT, 0);
    ::SetEnvironmentVariableW(says_variable, std::to_wstring(reinterpret_cast<std::uintptr_t>(says)).c_str());
    ::SetEnvironmentVariableW(hears_variable, std::to_wstring(reinterpret_cast<std::uintptr_t>(hears)).c_str());
    for (const auto& [name, value] : variables) ::SetEnvironmentVariableA(name, value.c_str());
    wchar_t program[MAX_PATH];
    ::GetModuleFileNameW(nullptr, program, MAX_PATH);
    std::wstring command = L"self \"" + std::wstring(test.begin(), test.end()) + L"\" -o NUL";
    STARTUPINFOW start{};
    start.cb = sizeof start;
    if (!::CreateProcessW(program, command.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &start, &process_)) {
      std::abort();
    }
    for (const variable& given : variables) ::SetEnvironmentVariableA(given.first, nullptr);
    ::CloseHandle(says);
    ::CloseHandle(hears);
  }
  ~self() {
    kill();
    ::CloseHandle(process_.hThread);
    ::CloseHandle(process_.hProcess);
    ::CloseHandle(says_);
    if (hears_ != nullptr) ::CloseHandle(hears_);
  }
  self(const self&) = delete;
  self& operator=(const self&) = delete;

  HANDLE process() const { return process_.hProcess; }

  /// The next line that it says; "" where it has ended.
  std::string hear() {
    std::string line;
    DWORD got = 0;
    for (char c = 0; ::ReadFile(says_, &c, 1, &got, nullptr) && got == 1 && c != '\n';) line += c;
    return line;
  }

  /// It goes on from `wait_to_go_on`.
  void let_go_on() { ::CloseHandle(std::exchange(hears_, nullptr)); }

  /// As by kill -9; returns when it is gone.
  void kill() {
    ::TerminateProcess(process_.hProcess, 9);
    wait();
  }

  int wait() {
    ::WaitForSingleObject(process_.hProcess, INFINITE);
    DWORD status = 0;
    ::GetExitCodeProcess(process_.hProcess, &status);
    return static_cast<int>(status);
  }

 private:
  PROCESS_INFORMATION process_{};
  HANDLE says_ = nullptr;
  HANDLE hears_ = nullptr;
};

inline HANDLE handle_in(const wchar_t* variable) {
  wchar_t text[32] = L"";
  ::GetEnvironmentVariableW(variable, text, 32);
  return reinterpret_cast<HANDLE>(static_cast<std::uintptr_t>(std::wcstoull(text, nullptr, 10)));
}

/// In that process.
inline void say(const std::string& text) {
  const std::string line = text + '\n';
  DWORD written = 0;
  ::WriteFile(handle_in(says_variable), line.data(), static_cast<DWORD>(line.size()), &written, nullptr);
}

inline void wait_to_go_on() {
  char none = 0;
  DWORD got = 0;
  ::ReadFile(handle_in(hears_variable), &none, 1, &got, nullptr);
}

}  // namespace support
#endif
