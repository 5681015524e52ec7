// Locks of the run beside the locks of the kernel that people use in their place; and how long processes wait for what
// another one has set up, which has no rival: each process measures itself, in microseconds.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <apart/file/temp_dir.hpp>
#include <apart/name/unique_name.hpp>
#include <apart/run/per_run.hpp>
#include <apart/run/run_lock.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "side_by_side.hpp"

namespace {

long now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// What the processes of the benchmark share; in each of them its ends have the same numbers.
int gate[2];
int answers[2];
bool waits_in_set_up = false;

/// Its payload is when it returned.
apart::per_run<long> server{"server", [] {
                              char byte = 0;
                              if (waits_in_set_up && ::read(gate[0], &byte, 1) < 0) std::abort();
                              return now();
                            }};

struct answer {
  long joined;    ///< how long its call took
  long returned;  ///< since the set-up had returned
};

/// `ends`: "gate,gate,answers,answers". Joins, says how long it took, and stays until the gate is closed.
int member(const char* ends, bool first) {
  if (std::sscanf(ends, "%d,%d,%d,%d", &gate[0], &gate[1], &answers[0], &answers[1]) != 4) return EXIT_FAILURE;
  ::close(gate[1]);
  waits_in_set_up = first;
  const long before = now();
  const long set_up = *server;
  const long after = now();
  const answer mine{after - before, after - set_up};
  if (::write(answers[1], &mine, sizeof mine) != sizeof mine) return EXIT_FAILURE;
  char byte = 0;
  while (::read(gate[0], &byte, 1) > 0) {
  }
  return EXIT_SUCCESS;
}

pid_t start(const char* role) {
  const std::string ends = std::to_string(gate[0]) + ',' + std::to_string(gate[1]) + ',' + std::to_string(answers[0]) +
                           ',' + std::to_string(answers[1]);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execl("/proc/self/exe", "run", role, ends.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  return pid;
}

answer next_answer() {
  answer read{};
  if (::read(answers[0], &read, sizeof read) != sizeof read) std::abort();
  return read;
}

/// How many wait for a lock of that kind on this machine (proc(5), /proc/locks).
int lock_waiters() {
  std::ifstream locks("/proc/locks");
  int count = 0;
  for (std::string line; std::getline(locks, line);) count += line.find("-> OFDLCK") != std::string::npos ? 1 : 0;
  return count;
}

void print(const std::string& what, std::vector<long> nanoseconds) {
  std::sort(nanoseconds.begin(), nanoseconds.end());
  std::printf("%-66s %9.1f us, the slowest %9.1f us\n", what.c_str(),
              static_cast<double>(nanoseconds[nanoseconds.size() / 2]) / 1e3,
              static_cast<double>(nanoseconds.back()) / 1e3);
}

/// One run of `waiting` processes that wait for the set-up, and `joining` that come after it: one after the other, or
/// all at once.
void measure(int waiting, int joining, bool at_once) {
  const apart::temp_dir here("run");
  ::setenv("APART_TMPDIR", here.path().c_str(), 1);
  ::setenv("APART_RUN_ID", apart::unique_name("benchmark").c_str(), 1);
  if (::pipe(gate) != 0 || ::pipe(answers) != 0) std::abort();
  std::vector<pid_t> members{start("--leader")};
  for (int i = 0; i < waiting; ++i) members.push_back(start("--member"));
  while (lock_waiters() < waiting) ::usleep(1000);
  if (::write(gate[1], "", 1) != 1) std::abort();
  std::vector<long> after_return;
  for (int i = 0; i <= waiting; ++i) after_return.push_back(next_answer().returned);
  if (waiting > 0)
    print(std::to_string(waiting) + " waiting processes have the payload after its return", after_return);
  std::vector<long> joins;
  for (int i = 0; i < joining; ++i) {
    members.push_back(start("--member"));
    if (!at_once) joins.push_back(next_answer().joined);
  }
  while (joins.size() < static_cast<std::size_t>(joining)) joins.push_back(next_answer().joined);
  if (joining > 0) {
    print(
        std::to_string(joining) + " processes join what is set up, " + (at_once ? "all at once" : "one after another"),
        joins);
  }
  for (const int end : {gate[0], gate[1], answers[0], answers[1]}) ::close(end);
  for (const pid_t pid : members) ::waitpid(pid, nullptr, 0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--leader") == 0) return member(argv[2], true);
  if (argc == 3 && std::strcmp(argv[1], "--member") == 0) return member(argv[2], false);
  side_by_side locks;
  const apart::temp_dir here("rival");
  const int file = ::open((here.path() / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return EXIT_FAILURE;
  const auto raw = [file](int how) {
    return [file, how] {
      ::flock(file, how);
      ::flock(file, LOCK_UN);
    };
  };
  locks.compare(
      "run_lock", [] { benchmark::DoNotOptimize(apart::run_lock("table")); }, "flock, exclusive", raw(LOCK_EX));
  locks.compare(
      "shared_run_lock", [] { benchmark::DoNotOptimize(apart::shared_run_lock("table")); }, "flock, shared",
      raw(LOCK_SH));
  const int status = locks.run(argc, argv);
  ::close(file);
  measure(4, 0, false);
  measure(0, 100, false);
  measure(0, 1000, true);
  return status;
}
