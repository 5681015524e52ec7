#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

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
