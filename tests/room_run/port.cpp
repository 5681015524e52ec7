#include <apart/run/port.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apart/file/temp_dir.hpp>

#include "catch.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"
#include "support/sanitizer.hpp"

using apart::port;
using apart::transport;
using support::contains;
using support::error_of;
using support::in_child;

namespace {

static_assert(!std::is_copy_constructible_v<port> && !std::is_copy_assignable_v<port>);
static_assert(std::is_nothrow_move_constructible_v<port> && std::is_nothrow_move_assignable_v<port>);
static_assert(!std::is_convertible_v<transport, port>);

constexpr int on = 1;

/// Where this user may have one, the tests run in a network of their own, with a loopback: what they say of a port that
/// was just freed would not hold where another copy of them is leased it. Elsewhere that is unlikely.
bool enter_network_of_our_own() {
  if (::unshare(CLONE_NEWNET) != 0) return false;
  ifreq loopback{};
  std::string("lo").copy(loopback.ifr_name, IFNAMSIZ - 1);
  loopback.ifr_flags = IFF_UP;
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (::ioctl(socket, SIOCSIFFLAGS, &loopback) != 0) std::abort();
  ::close(socket);
  return true;
}
[[maybe_unused]] const bool alone = enter_network_of_our_own();

/// An address that a server may bind: of one family, all of its addresses or the loopback's.
struct place_to_bind {
  int family;
  bool loopback;
};
constexpr std::array<place_to_bind, 4> places_to_bind = {
    {{AF_INET, false}, {AF_INET, true}, {AF_INET6, false}, {AF_INET6, true}}};

class address {
 public:
  address(place_to_bind place, std::uint16_t number) {
    if (place.family == AF_INET) {
      auto& four = reinterpret_cast<sockaddr_in&>(bytes_);
      four.sin_family = AF_INET;
      four.sin_port = htons(number);
      four.sin_addr.s_addr = htonl(place.loopback ? INADDR_LOOPBACK : INADDR_ANY);
      size_ = sizeof four;
    } else {
      auto& six = reinterpret_cast<sockaddr_in6&>(bytes_);
      six.sin6_family = AF_INET6;
      six.sin6_port = htons(number);
      six.sin6_addr = place.loopback ? in6addr_loopback : in6addr_any;
      size_ = sizeof six;
    }
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes_); }
  socklen_t size() const { return size_; }

 private:
  sockaddr_storage bytes_{};
  socklen_t size_ = 0;
};

int type_of(transport over) { return over == transport::tcp ? SOCK_STREAM : SOCK_DGRAM; }

/// Whether there is IPv6: without it the tests of its addresses hold of nothing.
bool has_ipv6() {
  const int number = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const address loopback({AF_INET6, true}, 0);
  const bool bound = number >= 0 && ::bind(number, loopback.get(), loopback.size()) == 0;
  if (number >= 0) ::close(number);
  return bound;
}

/// What binds a port as any server does, with one of the usual options; 0 is none.
int error_of_bind(std::uint16_t number, transport over, place_to_bind place, int option) {
  const int socket = ::socket(place.family, type_of(over) | SOCK_CLOEXEC, 0);
  if (socket < 0) return errno;
  if (place.family == AF_INET6) ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (option != 0) ::setsockopt(socket, SOL_SOCKET, option, &on, sizeof on);
  const address wanted(place, number);
  int code = ::bind(socket, wanted.get(), wanted.size()) == 0 ? 0 : errno;
  if (code == 0 && over == transport::tcp && ::listen(socket, 1) != 0) code = errno;
  ::close(socket);
  return code;
}

/// The results of all ways to bind it, each of which should be the same.
std::set<int> errors_of_binds(std::uint16_t number, transport over = transport::tcp) {
  std::set<int> errors;
  for (const place_to_bind place : places_to_bind) {
    if (place.family == AF_INET6 && !has_ipv6()) continue;
    for (const int option : {0, SO_REUSEADDR, SO_REUSEPORT}) {
      errors.insert(error_of_bind(number, over, place, option));
    }
  }
  return errors;
}

const std::set<int> all_free = {0};
const std::set<int> all_in_use = {EADDRINUSE};

/// Whether the lease of that number is nobody's.
bool can_be_leased(std::uint16_t number, transport over = transport::tcp) {
  return error_of([&] { const port leased(number, number, over); }).empty();
}

/// Asked by another process.
bool can_be_leased_elsewhere(std::uint16_t number, transport over = transport::tcp) {
  return in_child([&](int) { std::_Exit(can_be_leased(number, over) ? 0 : 1); }).well();
}

std::vector<std::uint16_t> numbers_in(const std::string& line) {
  std::istringstream text(line);
  std::vector<std::uint16_t> numbers;
  for (unsigned number = 0; text >> number;) numbers.push_back(static_cast<std::uint16_t>(number));
  return numbers;
}

std::uint16_t number_in(const std::string& line) { return static_cast<std::uint16_t>(std::stoi(line)); }

void wait_until_dead(pid_t process) {
  siginfo_t dead{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(process), &dead, WEXITED | WNOWAIT) == 0);
}

/// Whether a connection to the socket, which listens, reaches it.
bool reaches(int listening, place_to_bind place, std::uint16_t number) {
  const int client = ::socket(place.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const address server(place, number);
  bool reached = ::connect(client, server.get(), server.size()) == 0;
  const int accepted = reached ? ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC) : -1;
  char byte = 0;
  reached = accepted >= 0 && ::write(client, "x", 1) == 1 && ::read(accepted, &byte, 1) == 1 && byte == 'x';
  // The client ends first, so that no TIME_WAIT stays at the port of the server.
  ::close(client);
  if (accepted >= 0) {
    static_cast<void>(::read(accepted, &byte, 1));
    ::close(accepted);
  }
  return reached;
}

/// What sockets a program has that was spawned, not forked: no handler runs that closes anything.
std::string sockets_of_a_spawned_program() {
  int output[2];
  if (::pipe2(output, O_CLOEXEC) != 0) std::abort();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, output[1], 1);
  char shell[] = "sh";
  char option[] = "-c";
  char script[] = "ls -l /proc/$$/fd | grep socket: | sed 's/.*socket:/socket:/'; echo end";
  char* const arguments[] = {shell, option, script, nullptr};
  pid_t spawned = 0;
  if (::posix_spawn(&spawned, "/bin/sh", &actions, nullptr, arguments, environ) != 0) std::abort();
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(output[1]);
  std::string text;
  for (char byte = 0; ::read(output[0], &byte, 1) == 1;) text += byte;
  ::close(output[0]);
  if (::waitpid(spawned, nullptr, 0) != spawned) std::abort();
  return text;
}

/// In a child: a network of its own. False where this user may not have one.
bool enter_new_network() { return ::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0; }

/// In pieces that the kernel chooses: it goes on where it stopped, but a stream may stop within a number.
bool set(const char* setting, const std::string& value) {
  const int file = ::open((std::string("/proc/sys/net/ipv4/") + setting).c_str(), O_WRONLY | O_CLOEXEC);
  std::size_t done = 0;
  while (done < value.size()) {
    const ssize_t written = ::write(file, value.data() + done, value.size() - done);
    if (written <= 0) break;
    done += static_cast<std::size_t>(written);
  }
  ::close(file);
  return done == value.size();
}

}  // namespace

TEST_CASE("a port is nobody else's while it is held, and free as soon as it is not") {
  for (const transport over : {transport::tcp, transport::udp}) {
    std::uint16_t number = 0;
    {
      const port leased(over);
      number = leased.number();
      CHECK(number >= 10000);
      CHECK(errors_of_binds(number, over) == all_in_use);
      CHECK_FALSE(can_be_leased(number, over));
      CHECK_FALSE(can_be_leased_elsewhere(number, over));
    }
    CHECK(errors_of_binds(number, over) == all_free);
    CHECK(can_be_leased_elsewhere(number, over));
  }
}

TEST_CASE("a released port is bindable right away, while no other process is leased it") {
  for (const transport over : {transport::tcp, transport::udp}) {
    port leased(over);
    const std::uint16_t number = leased.release();
    CHECK(number == leased.number());
    CHECK(errors_of_binds(number, over) == all_free);
    CHECK_FALSE(can_be_leased(number, over));
    CHECK_FALSE(can_be_leased_elsewhere(number, over));
    CHECK(leased.release() == number);
  }
}

TEST_CASE("a taken socket listens, and nobody else has had the port since it was leased") {
  port leased;
  const std::uint16_t number = leased.number();
  const int socket = leased.take_socket();
  CHECK(errors_of_binds(number) == all_in_use);
  REQUIRE(::listen(socket, 4) == 0);
  CHECK(errors_of_binds(number) == all_in_use);
  CHECK(reaches(socket, {AF_INET, true}, number));
  if (has_ipv6()) CHECK(reaches(socket, {AF_INET6, true}, number));

  SECTION("the lease stays after the server has gone") {
    ::close(socket);
    CHECK(errors_of_binds(number) == all_free);
    CHECK_FALSE(can_be_leased_elsewhere(number));
  }
  SECTION("the socket stays after the lease has gone, and keeps the port from others") {
    { const port gone = std::move(leased); }
    CHECK(errors_of_binds(number) == all_in_use);
    CHECK_FALSE(can_be_leased_elsewhere(number));
    CHECK(reaches(socket, {AF_INET, true}, number));
    ::close(socket);
    CHECK(can_be_leased_elsewhere(number));
  }
}

TEST_CASE("a taken socket is the caller's: close-on-exec, and a child that is forked then can serve") {
  port leased;
  const int socket = leased.take_socket();
  CHECK((::fcntl(socket, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(in_child([&](int) {
          if (::listen(socket, 1) != 0) std::abort();
          if (!reaches(socket, {AF_INET, true}, leased.number())) std::abort();
        }).well());
  ::close(socket);
}

TEST_CASE("a UDP socket that was taken receives what is sent to its port, in both families") {
  port leased(transport::udp);
  const int socket = leased.take_socket();
  for (const int family : {AF_INET, AF_INET6}) {
    if (family == AF_INET6 && !has_ipv6()) continue;
    const int client = ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const address server({family, true}, leased.number());
    CHECK(::sendto(client, "x", 1, 0, server.get(), server.size()) == 1);
    char byte = 0;
    CHECK(::recv(socket, &byte, 1, 0) == 1);
    CHECK(byte == 'x');
    ::close(client);
  }
  ::close(socket);
}

TEST_CASE("TCP and UDP have ports of their own") {
  const port tcp;
  CHECK(can_be_leased_elsewhere(tcp.number(), transport::udp));
  const port udp(transport::udp);
  CHECK(can_be_leased_elsewhere(udp.number(), transport::tcp));
}

TEST_CASE("ports that 8 processes hold at once are disjoint") {
  constexpr int processes = 8;
  constexpr int each = 25;
  support::channel told;
  support::gate stay;
  support::gate begin;
  {
    std::vector<support::child> holders;
    for (int i = 0; i < processes; ++i) {
      holders.emplace_back([&](int) {
        begin.wait();
        std::vector<port> ports(each);
        std::string line;
        for (const port& leased : ports) line += std::to_string(leased.number()) + ' ';
        told.say(line);
        stay.wait();
      });
    }
    begin.open();
    std::set<std::uint16_t> distinct;
    for (int i = 0; i < processes; ++i) {
      const auto numbers = numbers_in(told.hear());
      CHECK(numbers.size() == each);
      distinct.insert(numbers.begin(), numbers.end());
    }
    CHECK(distinct.size() == processes * each);
    stay.open();
    for (support::child& holder : holders) CHECK(holder.wait().well());
  }
}

TEST_CASE("threads of one process get disjoint ports") {
  std::array<std::vector<port>, 4> held;
  std::vector<std::thread> threads;
  for (auto& ports : held) threads.emplace_back([&ports] { ports = std::vector<port>(25); });
  for (std::thread& thread : threads) thread.join();
  std::set<std::uint16_t> distinct;
  for (const auto& ports : held) {
    for (const port& leased : ports) distinct.insert(leased.number());
  }
  CHECK(distinct.size() == 100);
}

TEST_CASE("8 processes that all want the same few ports never share one") {
  const std::uint16_t first = port().number();
  const auto last = static_cast<std::uint16_t>(first + 3);
  std::vector<support::child> all;
  for (int i = 0; i < 8; ++i) {
    all.emplace_back([&](int) {
      for (int round = 0; round < 200; ++round) {
        static_cast<void>(error_of([&] {
          port leased(first, last);
          leased.release();
          const int code = error_of_bind(leased.number(), transport::tcp, {AF_INET, false}, 0);
          if (code != 0) std::_Exit(1);  // whoever shares the lease has bound it
        }));
      }
    });
  }
  for (support::child& one : all) CHECK(one.wait().well());
}

TEST_CASE("a process that is killed frees its ports at once, whatever it had done with them") {
  support::channel told;
  support::gate never;
  support::child holder([&](int) {
    const port held;
    port released;
    port taken;
    released.release();
    if (::listen(taken.take_socket(), 1) != 0) std::abort();
    told.say(std::to_string(held.number()) + ' ' + std::to_string(released.number()) + ' ' +
             std::to_string(taken.number()));
    never.wait();
  });
  const auto numbers = numbers_in(told.hear());
  REQUIRE(numbers.size() == 3);
  for (const std::uint16_t number : numbers) CHECK_FALSE(can_be_leased(number));
  ::kill(holder.process(), SIGKILL);
  wait_until_dead(holder.process());
  for (const std::uint16_t number : numbers) {
    CHECK(can_be_leased(number));
    CHECK(errors_of_binds(number) == all_free);
  }
}

TEST_CASE("a forked child that outlives its parent keeps neither lease nor port") {
  support::channel told;
  support::channel runs;
  support::gate stays;
  support::child holder([&](int) {
    const port held;
    port released;
    released.release();
    const pid_t forked = ::fork();
    if (forked < 0) std::abort();
    if (forked == 0) {
      runs.say("runs");  // until then it has what its parent had
      stays.wait();
      ::_exit(0);
    }
    told.say(std::to_string(held.number()) + ' ' + std::to_string(released.number()) + ' ' + std::to_string(forked));
    stays.wait();
  });
  REQUIRE(runs.hear() == "runs");
  std::istringstream line(told.hear());
  unsigned held = 0;
  unsigned released = 0;
  pid_t forked = 0;
  REQUIRE(line >> held >> released >> forked);
  const auto held_number = static_cast<std::uint16_t>(held);
  const auto released_number = static_cast<std::uint16_t>(released);
  CHECK_FALSE(can_be_leased(held_number));
  CHECK_FALSE(can_be_leased(released_number));
  ::kill(holder.process(), SIGKILL);
  wait_until_dead(holder.process());
  CHECK(::kill(forked, 0) == 0);
  CHECK(can_be_leased(held_number));
  CHECK(can_be_leased(released_number));
  CHECK(errors_of_binds(held_number) == all_free);
  stays.open();
}

TEST_CASE("a forked child's copy frees nothing, and says so when it is asked for the socket") {
  port leased;
  const std::uint16_t number = leased.number();
  const auto ended = in_child([&](int output) {
    // The numbers of what the parent holds may be another file's here.
    const int before = support::open_descriptors();
    support::write_all(output, error_of([&] { static_cast<void>(leased.take_socket()); }) + '\n');
    support::write_all(output, error_of([&] { leased.release(); }) + '\n');
    const port copy = std::move(leased);
    support::write_all(output, copy.number() == number ? "same\n" : "another\n");
    const port own;
    if (support::open_descriptors() != before + 2) std::abort();
  });
  CHECK(ended.well());
  const std::string whose = "port " + std::to_string(number);
  CHECK(ended.output == whose + ": take_socket: a forked child holds nothing of its parent's port\n" + whose +
                            ": release: a forked child holds nothing of its parent's port\nsame\n");
  CHECK(errors_of_binds(number) == all_in_use);
  CHECK_FALSE(can_be_leased_elsewhere(number));
}

TEST_CASE("a program that is executed inherits nothing of a port") {
  const std::string before = sockets_of_a_spawned_program();
  CHECK(contains(before, "end"));
  port leased;
  port other;
  const int socket = other.take_socket();
  CHECK(sockets_of_a_spawned_program() == before);
  ::close(socket);
}

TEST_CASE("children that fork at any moment keep no lease", support::forks_beside_threads) {
  std::vector<pid_t> forked;
  support::channel runs;
  support::gate stays;
  std::atomic<bool> enough{false};
  std::vector<std::uint16_t> numbers;
  std::thread leasing([&] {
    while (!enough.load()) numbers.push_back(port().number());
  });
  for (int i = 0; i < 50; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      runs.say("runs");
      stays.wait();
      ::_exit(0);
    }
    forked.push_back(child);
  }
  enough.store(true);
  leasing.join();
  for (std::size_t i = 0; i < forked.size(); ++i) REQUIRE(runs.hear() == "runs");
  for (const std::uint16_t number : numbers) {
    CAPTURE(number);
    CHECK(can_be_leased(number));
  }
  stays.open();
  for (const pid_t child : forked) REQUIRE(::waitpid(child, nullptr, 0) == child);
}

TEST_CASE("a port lies outside of what the kernel gives to clients") {
  std::ifstream setting("/proc/sys/net/ipv4/ip_local_port_range");
  unsigned first = 0;
  unsigned last = 0;
  if (!(setting >> first >> last)) {
    WARN("this system tells no ip_local_port_range");
    first = 32768;
    last = 60999;
  }
  const std::vector<port> ports(100);
  std::set<std::uint16_t> distinct;
  for (const port& leased : ports) {
    CHECK((leased.number() < first || leased.number() > last));
    CHECK(leased.number() >= 10000);
    distinct.insert(leased.number());
  }
  // At random: 100 in a row would be a start that everybody shares.
  CHECK(*distinct.rbegin() - *distinct.begin() > 1000);
}

TEST_CASE("in a network of its own a process meets no leases, and its settings are followed") {
  const port held;
  const auto ended = in_child([&](int output) {
    if (!enter_new_network()) {
      support::write_all(output, "not permitted");
      return;
    }
    if (!can_be_leased(held.number())) std::abort();
    const std::string reserved = "1-19990,19993,19995-19996";
    if (!set("ip_local_port_range", "20000 65535") || !set("ip_local_reserved_ports", reserved)) {
      support::write_all(output, "no settings");
      return;
    }
    const std::vector<port> all(6);
    std::set<std::uint16_t> numbers;
    for (const port& leased : all) numbers.insert(leased.number());
    if (numbers != std::set<std::uint16_t>{19991, 19992, 19994, 19997, 19998, 19999}) std::abort();
    support::write_all(output, error_of([] { const port another; }) + '\n');
    if (!set("ip_local_port_range", "1024 65535")) std::abort();
    support::write_all(output, error_of([] { const port another; }) + '\n');
    const port asked(40000, 40009);
    if (asked.number() < 40000 || asked.number() > 40009) std::abort();
    // A list that is longer than what is read at first.
    std::string long_list;
    for (int number = 10000; number < 30000; number += 2) long_list += std::to_string(number) + ',';
    long_list += "30000-65535";
    if (!set("ip_local_port_range", "1024 9999") || !set("ip_local_reserved_ports", long_list)) std::abort();
    const std::vector<port> odd(50);
    for (const port& leased : odd) {
      if (leased.number() % 2 == 0 || leased.number() >= 30000) std::abort();
    }
  });
  CHECK(ended.well());
  if (ended.output == "not permitted" || ended.output == "no settings") {
    WARN("left out, a network of one's own: " << ended.output);
    return;
  }
  const std::string where =
      " forbidden to this user, of all from 10000 on, outside of net.ipv4.ip_local_port_range and "
      "ip_local_reserved_ports; another range can be asked for: apart::port(first, last)\n";
  CHECK(ended.output == "no free TCP port: 6 are taken and 0" + where + "no free TCP port: 0 are taken and 0" + where);
}

TEST_CASE("leases hold between users, in both directions") {
  const port of_root;
  support::channel told;
  support::gate stay;
  support::child nobody([&](int) {
    support::become_nobody();
    const port own;
    told.say(can_be_leased(of_root.number()) ? "shared" : "kept");
    told.say(std::to_string(own.number()));
    stay.wait();
  });
  CHECK(told.hear() == "kept");
  CHECK_FALSE(can_be_leased(number_in(told.hear())));
  stay.open();
}

TEST_CASE("a lease needs no file, so that nothing sweeps it while its owner lives") {
  const support::place here;
  support::channel told;
  support::gate stay;
  auto holder = support::fresh_child({{"APART_TMPDIR", here.path()}}, [&](int) {
    port leased;
    leased.release();
    told.say(std::to_string(leased.number()));
    stay.wait();
  });
  const std::uint16_t number = number_in(told.hear());
  CHECK(support::names_in(here.path()).empty());
  CHECK(support::fresh_child({{"APART_TMPDIR", here.path()}}, [](int) { const apart::temp_dir sweeps; }).wait().well());
  CHECK_FALSE(can_be_leased_elsewhere(number));
  stay.open();
}

TEST_CASE("a port that a server has, in either family, or that somebody has named, is passed over") {
  std::uint16_t first = 0;
  std::uint16_t second = 0;
  do {  // two in a row that are free
    first = port().number();
    second = static_cast<std::uint16_t>(first + 1);
  } while (!can_be_leased(second));

  SECTION("a server") {
    for (const place_to_bind place : places_to_bind) {
      if (place.family == AF_INET6 && !has_ipv6()) continue;
      const int server = ::socket(place.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
      ::setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
      const address taken(place, first);
      REQUIRE(::bind(server, taken.get(), taken.size()) == 0);
      REQUIRE(::listen(server, 1) == 0);
      CHECK(port(first, second).number() == second);
      CHECK(error_of([&] { const port leased(first, first); }) ==
            "no free TCP port: 1 are taken and 0 forbidden to this user, of all from " + std::to_string(first) +
                " to " + std::to_string(first));
      ::close(server);
    }
  }
  SECTION("a squatter of another user") {
    support::channel told;
    support::gate stay;
    support::child squatter([&](int) {
      support::become_nobody();
      const std::string name = "apart-port-tcp-" + std::to_string(first);
      sockaddr_un squatted{};
      squatted.sun_family = AF_UNIX;
      name.copy(squatted.sun_path + 1, name.size());
      const int squat = ::socket(AF_UNIX, SOCK_STREAM, 0);
      const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
      if (::bind(squat, reinterpret_cast<const sockaddr*>(&squatted), size) != 0) std::abort();
      told.say("squats");
      stay.wait();
    });
    REQUIRE(told.hear() == "squats");
    CHECK_FALSE(can_be_leased(first));
    CHECK(port(first, second).number() == second);
    stay.open();
  }
}

TEST_CASE("a port that was moved has one owner") {
  port first;
  const std::uint16_t number = first.number();
  port second = std::move(first);
  CHECK(second.number() == number);
  CHECK(first.number() == 0);  // NOLINT(bugprone-use-after-move)
  CHECK(first.release() == 0);
  CHECK(error_of([&] { static_cast<void>(first.take_socket()); }) ==
        "port: take_socket: it was moved to another object");
  CHECK(errors_of_binds(number) == all_in_use);

  port& same = second;
  second = std::move(same);
  CHECK(second.number() == number);
  CHECK(errors_of_binds(number) == all_in_use);
  CHECK_FALSE(can_be_leased_elsewhere(number));

  second = port();
  CHECK(second.number() != 0);
  CHECK(can_be_leased_elsewhere(number));

  first = std::move(second);
  const std::uint16_t last = first.number();
  ::close(first.take_socket());
  first = port();
  CHECK(can_be_leased_elsewhere(last));
  CHECK_NOTHROW(first.release());
}

TEST_CASE("a socket is handed over once") {
  port leased;
  const std::string whose = "port " + std::to_string(leased.number());
  const std::string gone = whose + ": take_socket: its socket was taken or released before";

  SECTION("taken") {
    const int socket = leased.take_socket();
    CHECK(error_of([&] { static_cast<void>(leased.take_socket()); }) == gone);
    CHECK(error_of([&] { leased.release(); }) ==
          whose + ": release: its socket was taken, and holds the port until it is closed");
    CHECK(errors_of_binds(leased.number()) == all_in_use);
    ::close(socket);
  }
  SECTION("released") {
    leased.release();
    CHECK(error_of([&] { static_cast<void>(leased.take_socket()); }) == gone);
  }
}

TEST_CASE("no range of ports is an error") {
  CHECK(error_of([] { const port leased(20001, 20000); }) == "port: 20001 to 20000 is no range of port numbers");
  CHECK(error_of([] { const port leased(0, 10); }) == "port: 0 to 10 is no range of port numbers");
}

TEST_CASE("ports that a user may not bind are passed over") {
  const auto ended = in_child([](int output) {
    support::become_nobody();
    support::write_all(output, error_of([] { const port leased(1, 9); }));
  });
  CHECK(ended.well());
  if (ended.output.empty()) {
    WARN("left out: here every user may bind every port");
    return;
  }
  CHECK(contains(ended.output, "9 forbidden to this user, of all from 1 to 9"));
}

TEST_CASE("a system without sockets to give is told, and no lease stays") {
  const std::uint16_t number = port().number();
  for (const int left : {0, 1}) {
    const auto ended = in_child([&](int output) {
      const int next = ::dup(output);
      const rlimit none{static_cast<rlim_t>(next + left), static_cast<rlim_t>(next + left)};
      ::close(next);
      rlimit before{};
      if (::getrlimit(RLIMIT_NOFILE, &before) != 0) std::abort();
      const rlimit few{none.rlim_cur, before.rlim_max};
      if (::setrlimit(RLIMIT_NOFILE, &few) != 0) std::abort();
      const std::string thrown = error_of([&] { const port leased(number, number); });
      if (::setrlimit(RLIMIT_NOFILE, &before) != 0) std::abort();
      support::write_all(output, thrown);
      if (!can_be_leased(number)) std::abort();
    });
    CHECK(ended.well());
    CHECK(ended.output == "TCP port " + std::to_string(number) + ": Too many open files");
  }
}

TEST_CASE("where there is no IPv6 a port is one of IPv4") {
  const auto ended = in_child([](int output) {
    // socket(AF_INET6, ...) fails as in a kernel that has none.
    sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter{sizeof rules / sizeof rules[0], rules};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0 ||
        ::socket(AF_INET6, SOCK_STREAM, 0) >= 0 || errno != EAFNOSUPPORT) {
      support::write_all(output, "no filter");
      return;
    }
    port leased;
    const std::uint16_t number = leased.number();
    if (errors_of_binds(number) != all_in_use) std::abort();
    const int socket = leased.take_socket();
    if (::listen(socket, 1) != 0 || !reaches(socket, {AF_INET, true}, number)) std::abort();
    ::close(socket);
  });
  CHECK(ended.well());
  if (ended.output == "no filter") WARN("left out: this system takes no filter of system calls");
}

TEST_CASE("a port leaves no descriptor behind") {
  const int before = support::open_descriptors();
  for (int i = 0; i < 10; ++i) {
    port held;
    port released(transport::udp);
    released.release();
    port taken;
    ::close(taken.take_socket());
  }
  static_cast<void>(error_of([] { const port leased(20001, 20000); }));
  CHECK(support::open_descriptors() == before);
}
