// A process of a run that does what it is told on its stdin, a line at a time, and says on stdout what came of it. Compiled
// twice: with MEMBER_OTHER_LAYOUT the declaration of "server" is the same, but its payload is of another type.
//
// Its infrastructure is a file below MEMBER_PLACE: it is up while the file is there. What is set up and torn down is noted
// in a journal there, a line each.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include <apart/context/context.hpp>
#include <apart/run/claim.hpp>
#include <apart/run/per_run.hpp>
#include <apart/run/run_lock.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

const std::string place = std::getenv("MEMBER_PLACE");

/// A word of MEMBER_MODE, as "throw" or "hold".
bool mode(const std::string& word) {
  const char* const words = std::getenv("MEMBER_MODE");
  return words != nullptr && (" " + std::string(words) + " ").find(" " + word + " ") != std::string::npos;
}

void note(const std::string& what) {
  const std::string line = what + " " + std::to_string(::getpid()) + "\n";
  const int file = ::open((place + "/journal").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ::write(file, line.data(), line.size()) < 0) std::abort();
  ::close(file);
}

bool is_up(const std::string& name) { return ::access((place + "/" + name).c_str(), F_OK) == 0; }

/// Until the test opens the pipe of that name for writing and closes it again.
void wait_at(const std::string& name) {
  char byte = 0;
  const int pipe = ::open((place + "/" + name).c_str(), O_RDONLY | O_CLOEXEC);
  if (pipe < 0 || ::read(pipe, &byte, 1) < 0) std::abort();
  ::close(pipe);
}

/// A child that has inherited all that a fork inherits, and lives on until the test opens its gate.
void leave_child() {
  if (::fork() != 0) return;
  for (int standard = 0; standard < 3; ++standard) ::close(standard);
  wait_at("gate a");
  ::_exit(0);
}

std::string bring_up(const std::string& kind) {
  const std::string name = kind + "-" + std::to_string(::getpid());
  if (mode("claim-it")) static_cast<void>(apart::claim("infrastructure", name));
  std::ofstream(place + "/" + name) << "up";
  note(kind + " up");
  return name;
}

void bring_down(const std::string& kind, const std::string& name) {
  note(kind + " down " + (is_up(name) ? name : "gone"));
  ::unlink((place + "/" + name).c_str());
}

extern apart::per_run<std::string> base;
extern apart::per_run<std::string> ring_b;

std::string set_up_server() {
  if (mode("claim")) static_cast<void>(apart::claim("thing", "claimed by the set-up"));
  if (mode("leave-child")) leave_child();
  if (mode("hold")) {
    note("in set-up");
    wait_at("gate");
  }
  if (mode("until-cancelled")) apart::context::current().wait();
  if (mode("throw")) {
    note("threw");
    throw std::runtime_error("no port is free");
  }
  if (mode("_exit")) ::_exit(0);
  if (mode("exit")) std::exit(0);
  if (mode("fork") && ::fork() == 0) return "of the child";
  if (mode("fork")) ::wait(nullptr);
  if (mode("nested")) {
    const std::string below = *base;
    if (mode("die-nested")) ::raise(SIGKILL);
    return bring_up("server") + " on " + below;
  }
  if (mode("empty")) return note("server up"), std::string();
  if (mode("zero")) return note("server up"), std::string("\0\xff\n", 3) + std::string(16 << 20, '\xff') + '\0';
  return bring_up("server");
}

[[maybe_unused]] void tear_down_server(const std::string& payload) {
  if (mode("kill-tear-down")) {
    note("killed in tear-down");
    ::raise(SIGKILL);
  }
  bring_down("server", payload.substr(0, payload.find(' ')));
  if (mode("throw-tear-down")) throw std::runtime_error("it does not go");
}

// clang-format off
#if defined(MEMBER_OTHER_LAYOUT)
std::size_t set_up_size() { return set_up_server().size(); }
void tear_down_size(const std::size_t&) { note("server down by another layout"); }
#define MEMBER_SERVER {"server", set_up_size, tear_down_size}
using payload = std::size_t;
#else
#define MEMBER_SERVER {"server", set_up_server, tear_down_server}
using payload = std::string;
#endif
apart::per_run<payload> server MEMBER_SERVER;
// clang-format on

apart::per_run<std::string> base{"base", [] { return bring_up("base"); },
                                 [](const std::string& name) { bring_down("base", name); }};
apart::per_run<std::string> ring_a{"ring a", [] {
                                     note("in ring a");
                                     wait_at("gate a");
                                     return *ring_b + "a";
                                   }};
apart::per_run<std::string> ring_b{"ring b", [] {
                                     note("in ring b");
                                     wait_at("gate b");
                                     return *ring_a + "b";
                                   }};
apart::claim_handler things{"thing", [](std::string_view name) { note("cleaned up " + std::string(name)); }};

apart::claim_handler infrastructure{"infrastructure", [](std::string_view name) {
                                      ::unlink((place + "/" + std::string(name)).c_str());
                                      note("cleaned " + std::string(name));
                                    }};

std::string text_of(const std::string& text) {
  if (text.size() < 200) return text;
  return std::to_string(text.size()) + " bytes, hash " + std::to_string(std::hash<std::string>()(text));
}
[[maybe_unused]] std::string text_of(std::size_t number) { return std::to_string(number); }

template <class PerRun>
void get(PerRun& wanted, const apart::context& waiting) {
  try {
    std::cout << "got " << text_of(wanted.get(waiting)) << std::endl;
  } catch (const apart::cancelled_error& failed) {
    std::cout << "cancelled: " << failed.what() << std::endl;
  } catch (const std::exception& failed) {
    std::cout << "failed: " << failed.what() << std::endl;
  }
}

}  // namespace

int main() {
  if (mode("alone")) {  // as without any ctest above
    static const apart::detail::process_place alone{{"alone " + std::to_string(::getpid()), 0, 1, "alone"}, {}};
    apart::detail::known_place.store(&alone);
  }
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "get") get(server, apart::context::current());
    if (line == "get soon") {
      get(server, apart::with_timeout(apart::context::current(), std::chrono::milliseconds(50)));
    }
    if (line == "get in a thread") std::thread([] { get(server, apart::context::current()); }).detach();
    if (line == "get base") get(base, apart::context::current());
    if (line == "get ring a") get(ring_a, apart::context::current());
    if (line == "get ring b") get(ring_b, apart::context::current());
#if !defined(MEMBER_OTHER_LAYOUT)
    if (line == "is up?") std::cout << (is_up(server->substr(0, server->find(' '))) ? "up" : "not up") << std::endl;
#endif
    if (line == "claim") {
      static_cast<void>(apart::claim("thing", "claimed by a body"));
      std::cout << "claimed" << std::endl;
    }
    if (line == "leave child") leave_child();
    if (line == "lock") {
      const apart::run_lock mine("table");
      std::cout << "locked" << std::endl;
    }
    if (line == "exit") break;
  }
  return 0;
}
