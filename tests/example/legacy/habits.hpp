#pragma once

// What suites do that were written for one process. Each function is the body of a test: it takes a fixed place for itself,
// does its work, and finds its place as it left it; the text says what it found instead, and is empty where all is well.

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace legacy {

/// As long as a test takes: where LEGACY_COMPANY names a directory, until another test is at work, too (10 s at most).
inline void work(const std::string& self) {
  const char* const company = std::getenv("LEGACY_COMPANY");
  if (company == nullptr) return;
  std::ofstream(std::filesystem::path(company) / self) << self;
  const auto most = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const auto alone = [company] {
    const std::filesystem::directory_iterator all(company);
    return std::distance(begin(all), end(all)) < 2;
  };
  while (alone() && std::chrono::steady_clock::now() < most) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

inline std::string text_of(const std::string& path) {
  std::string text;
  std::ifstream(path) >> text;
  return text;
}

inline std::string difference(const std::string& place, const std::string& found, const std::string& expected) {
  return found == expected ? "" : place + " holds '" + found + "'\n";
}

/// Relative paths, the directory above, and the home.
inline std::string keep_files(const std::string& self) {
  const std::string paths[] = {"test.db", "../settings.ini", std::string(std::getenv("HOME")) + "/.legacyrc"};
  for (const std::string& path : paths) std::ofstream(path) << self;
  work(self);
  std::string problems;
  for (const std::string& path : paths) problems += difference(path, text_of(path), self);
  return problems;
}

/// A server on a fixed port.
inline std::string serve_a_port(const std::string& self) {
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int reuse = 1;
  ::setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(18734);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound =
      ::bind(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 && ::listen(server, 1) == 0;
  work(self);
  ::close(server);
  return bound ? "" : "port 18734 is taken\n";
}

/// A fixed name in the system's temporary directory, and one of shared memory.
inline std::string use_fixed_names(const std::string& self) {
  const std::string path = "/tmp/apart-legacy.db";
  std::ofstream(path) << self;
  const int memory = ::shm_open("/apart-legacy", O_CREAT | O_EXCL | O_RDWR, 0600);
  work(self);
  std::string problems = difference(path, text_of(path), self);
  if (memory < 0) return problems + "shared memory '/apart-legacy' is taken\n";
  ::close(memory);
  ::shm_unlink("/apart-legacy");
  std::filesystem::remove(path);
  return problems;
}

/// An absolute path, such as a build compiles in.
inline std::string write_to_the_build(const std::string& self) {
  const std::string path = std::string(std::getenv("LEGACY_BUILD")) + "/out.txt";
  std::ofstream(path) << self;
  work(self);
  return difference(path, text_of(path), self);
}

}  // namespace legacy
