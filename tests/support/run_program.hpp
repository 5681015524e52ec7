#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#if defined(_WIN32)
#include <apart/detail/windows/shell_quoted.hpp>
#include <apart/detail/windows/text.hpp>

#include <windows.h>

/// As below, where there are no signals. It has a console of its own.
class program {
 public:
  struct result {
    int status = -1;
    std::string output;
  };

  explicit program(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {}) {
    std::string command;
    for (const std::string& argument : arguments) {
      command += (command.empty() ? "" : " ") + apart::detail::shell_quoted(argument);
    }
    start(apart::detail::wide(command), environment);
  }
  /// By a whole command line.
  program(const std::string& command, const std::vector<std::string>& environment) {
    start(apart::detail::wide(command), environment);
  }
  ~program() {
    kill();
    ::CloseHandle(process_);
    ::CloseHandle(output_);
    ::CloseHandle(input_);
  }
  program(const program&) = delete;
  program& operator=(const program&) = delete;

  /// A line on its stdin.
  void tell(const std::string& line) const {
    const std::string whole = line + '\n';
    DWORD written = 0;
    if (!::WriteFile(input_, whole.data(), static_cast<DWORD>(whole.size()), &written, nullptr)) {
      throw std::runtime_error("the program does not listen to \"" + line + "\"");
    }
  }

  void kill() const {
    ::TerminateProcess(process_, 9);
    ::WaitForSingleObject(process_, INFINITE);
  }

  void wait_for_output(const std::string& text) {
    while (collected_.find(text) == std::string::npos) {
      if (!read_some()) throw std::runtime_error("the program ended without printing \"" + text + "\": " + collected_);
    }
  }

  result wait() {
    while (read_some()) {
    }
    ::WaitForSingleObject(process_, INFINITE);
    DWORD status = 0;
    ::GetExitCodeProcess(process_, &status);
    return {static_cast<int>(status), collected_};
  }

 private:
  void start(std::wstring command, const std::vector<std::string>& environment) {
    SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
    HANDLE output = nullptr, input = nullptr;
    if (!::CreatePipe(&output_, &output, &inherited, 0) || !::CreatePipe(&input, &input_, &inherited, 0)) {
      throw std::runtime_error("CreatePipe");
    }
    ::SetHandleInformation(output_, HANDLE_FLAG_INHERIT, 0);
    ::SetHandleInformation(input_, HANDLE_FLAG_INHERIT, 0);
    std::vector<std::pair<std::wstring, std::wstring>> former;
    for (const std::string& variable : environment) {
      const std::size_t equals = variable.find('=');
      const std::wstring name = apart::detail::wide(variable.substr(0, equals));
      wchar_t before[4096] = L"";
      ::GetEnvironmentVariableW(name.c_str(), before, 4096);
      former.emplace_back(name, before);
      const std::wstring value = equals == std::string::npos ? L"" : apart::detail::wide(variable.substr(equals + 1));
      ::SetEnvironmentVariableW(name.c_str(), equals == std::string::npos ? nullptr : value.c_str());
    }
    STARTUPINFOW begin{};
    begin.cb = sizeof begin;
    begin.dwFlags = STARTF_USESTDHANDLES;
    begin.hStdInput = input;
    begin.hStdOutput = begin.hStdError = output;
    PROCESS_INFORMATION started{};
    const bool runs = ::CreateProcessW(nullptr, command.data(), nullptr, nullptr, TRUE, CREATE_NO_WINDOW, nullptr,
                                       nullptr, &begin, &started) != 0;
    for (const auto& [name, value] : former) {
      ::SetEnvironmentVariableW(name.c_str(), value.empty() ? nullptr : value.c_str());
    }
    ::CloseHandle(output);
    ::CloseHandle(input);
    if (!runs) throw std::runtime_error("CreateProcessW");
    ::CloseHandle(started.hThread);
    process_ = started.hProcess;
  }

  /// Lines end as in C.
  bool read_some() {
    char chunk[4096];
    DWORD count = 0;
    if (!::ReadFile(output_, chunk, sizeof chunk, &count, nullptr) || count == 0) return false;
    for (DWORD i = 0; i < count; ++i) {
      if (chunk[i] != '\r') collected_ += chunk[i];
    }
    return true;
  }

  HANDLE process_ = nullptr;
  HANDLE output_ = nullptr;
  HANDLE input_ = nullptr;
  std::string collected_;
};

#else
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/// A program that runs beside the test: its stdout and stderr are collected together, and it is told what to do through its
/// stdin. Killed by the destructor if it still runs.
class program {
 public:
  struct result {
    int status = -1;  ///< as a shell says it: the exit status, or 128 and the signal
    std::string output;
  };

  /// `environment`: "NAME=value" sets, "NAME" alone unsets.
  explicit program(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {}) {
    int ends[2];
    int input[2];
    if (::pipe2(ends, O_CLOEXEC) != 0 || ::pipe2(input, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::setpgid(0, 0);
      ::dup2(input[0], 0);
      ::dup2(ends[1], 1);
      ::dup2(ends[1], 2);
      for (const std::string& variable : environment) {
        const std::size_t equals = variable.find('=');
        if (equals == std::string::npos) {
          ::unsetenv(variable.c_str());
        } else {
          ::setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
        }
      }
      std::vector<char*> pointers;
      for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
      pointers.push_back(nullptr);
      ::execv(pointers[0], pointers.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    ::close(input[0]);
    output_ = ends[0];
    input_ = input[1];
  }
  ~program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(output_);
    ::close(input_);
  }
  program(const program&) = delete;
  program& operator=(const program&) = delete;

  pid_t id() const { return pid_; }

  /// A line on its stdin.
  void tell(const std::string& line) const {
    const std::string whole = line + '\n';
    if (::write(input_, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) {
      throw std::runtime_error("the program does not listen to \"" + line + "\"");
    }
  }

  void signal(int number) const { ::kill(pid_, number); }

  /// Reads until `text` has been printed; throws when the program ends without.
  void wait_for_output(const std::string& text) {
    while (collected_.find(text) == std::string::npos) {
      if (!read_some()) throw std::runtime_error("the program ended without printing \"" + text + "\": " + collected_);
    }
  }

  /// Until it has ended and nobody holds its output any more: what it left running shows as a test that hangs.
  result wait() {
    while (read_some()) {
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), collected_};
  }

 private:
  bool read_some() {
    char chunk[4096];
    const ssize_t count = ::read(output_, chunk, sizeof chunk);
    if (count > 0) collected_.append(chunk, static_cast<std::size_t>(count));
    return count > 0;
  }

  pid_t pid_ = 0;
  int output_ = -1;
  int input_ = -1;
  std::string collected_;
};
#endif

/// Runs a program to its end.
inline program::result run_program(const std::vector<std::string>& arguments,
                                   const std::vector<std::string>& environment = {}) {
  return program(arguments, environment).wait();
}

/// How often `part` stands in `whole`.
inline int count_of(const std::string& whole, const std::string& part) {
  int count = 0;
  for (std::size_t at = whole.find(part); at != std::string::npos; at = whole.find(part, at + part.size())) ++count;
  return count;
}
