#include <apart/name/detail/counter.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <apart/name/unique_name.hpp>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/launched.hpp"
#include "support/sanitizer.hpp"
#include "support/self.hpp"
#include "support/unmix.hpp"

#if defined(SUPPORT_FORKS)
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>
#include <csignal>
#endif

namespace {

using apart::detail::random_half;
using apart::detail::unique_bits;
using support::unmix;

constexpr std::uint64_t run_bits = 0x123456789abcdef0;
constexpr std::uint64_t block_size = apart::detail::launched_block;

[[maybe_unused]] std::string place_drawn() { return std::to_string(unmix(unique_bits())) + "\n"; }

std::vector<std::uint64_t> numbers_in(const std::string& text) {
  std::vector<std::uint64_t> numbers;
  for (const char* at = text.c_str(); *at != '\0'; ++at) {
    char* end = nullptr;
    numbers.push_back(std::strtoull(at, &end, 10));
    at = end;
  }
  return numbers;
}

bool in_random_half(std::uint64_t place) { return (place & random_half) != 0; }

#if defined(SUPPORT_FORKS)
/// The unique part of a name.
using record = std::array<char, 14>;

/// Names that several processes write side by side: memory that they share, also across an exec.
class shared_names {
 public:
  static constexpr std::size_t drawn_together = 80000;  // by one thread or forked child
  static constexpr std::size_t threads = 8;
  static constexpr std::size_t groups = threads + 3;  // of a process: its threads, two forked children, a grandchild
  static constexpr std::size_t processes = 4;
  static constexpr std::size_t size = processes * groups * drawn_together;

  shared_names() : descriptor_(::memfd_create("names", 0)) {
    if (::ftruncate(descriptor_, size * sizeof(record)) != 0) std::abort();
    map();
  }
  explicit shared_names(int descriptor) : descriptor_(descriptor) { map(); }
  ~shared_names() {
    ::munmap(names_, size * sizeof(record));
    ::close(descriptor_);
  }
  shared_names(const shared_names&) = delete;
  shared_names& operator=(const shared_names&) = delete;

  int descriptor() const { return descriptor_; }

  void draw(std::size_t process, std::size_t group) {
    record* const to = names_ + (process * groups + group) * drawn_together;
    for (std::size_t i = 0; i < drawn_together; ++i) {
      const std::string name = apart::unique_name("a");
      std::memcpy(to[i].data(), name.data() + 2, sizeof(record));
    }
  }

  std::vector<record> all() const { return {names_, names_ + size}; }

 private:
  void map() {
    void* const memory = ::mmap(nullptr, size * sizeof(record), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
    if (memory == MAP_FAILED) std::abort();
    names_ = static_cast<record*>(memory);
  }

  int descriptor_;
  record* names_ = nullptr;
};

/// How many of the sorted ones occurred before.
std::size_t repeated(const std::vector<record>& names) {
  std::size_t count = 0;
  for (std::size_t i = 1; i < names.size(); ++i) count += names[i] == names[i - 1] ? 1 : 0;
  return count;
}

/// What each of the processes does: eight threads draw names, and so does a child that is forked meanwhile, its own
/// child, and one that is forked afterwards.
void draw_in_threads_and_children(shared_names& names, std::size_t process) {
  std::vector<std::thread> drawing;
  for (std::size_t i = 0; i < shared_names::threads; ++i) {
    drawing.emplace_back([&names, process, i] { names.draw(process, i); });
  }
  const auto join = [&drawing] {
    for (std::thread& thread : drawing) thread.join();
    drawing.clear();
  };
  if (!support::can_fork_beside_threads) join();
  support::child meanwhile([&](int) {
    static_cast<void>(unique_bits());
    support::child grandchild([&](int) { names.draw(process, shared_names::threads + 1); });
    names.draw(process, shared_names::threads);
    if (!grandchild.wait().well()) std::abort();
  });
  join();
  support::child afterwards([&](int) { names.draw(process, shared_names::threads + 2); });
  if (!meanwhile.wait().well() || !afterwards.wait().well()) std::abort();
}
#endif

}  // namespace

TEST_CASE("mix is a bijection") {
  std::mt19937_64 random(1);
  for (std::uint64_t i = 0; i < 100000; ++i) {
    REQUIRE(unmix(apart::detail::mix(i)) == i);
    const std::uint64_t any = random();
    REQUIRE(unmix(apart::detail::mix(any)) == any);
  }
}

#if defined(SUPPORT_FORKS)
TEST_CASE("a process that no launcher started counts in the random half, each somewhere else") {
  std::vector<std::uint64_t> places;
  for (int i = 0; i < 20; ++i) {
    const support::ended drawn = support::in_child([](int output) { support::write_all(output, place_drawn()); });
    REQUIRE(numbers_in(drawn.output).size() == 1);
    places.push_back(numbers_in(drawn.output)[0]);
    CHECK(in_random_half(places.back()));
  }
  std::sort(places.begin(), places.end());
  CHECK(std::adjacent_find(places.begin(), places.end()) == places.end());
}

TEST_CASE("processes without address-space randomisation that start at the same instant count elsewhere") {
  std::vector<std::uint64_t> places;
  {
    int start[2];
    REQUIRE(::pipe(start) == 0);
    std::vector<support::child> processes;
    for (int i = 0; i < 8; ++i) {
      processes.emplace_back([&start](int output) {
        ::close(start[1]);
        char none = 0;
        if (::personality(ADDR_NO_RANDOMIZE) < 0 || ::read(start[0], &none, 1) != 0) std::abort();
        ::setenv("ONE_PLACE", "1", 1);
        support::become_self("reports places", output);
      });
    }
    ::close(start[0]);
    ::close(start[1]);  // the last writer's end: all go on
    for (support::child& process : processes) places.push_back(numbers_in(process.wait().output).at(0));
  }
  std::sort(places.begin(), places.end());
  CHECK(std::adjacent_find(places.begin(), places.end()) == places.end());
}
#endif

TEST_CASE("threads that take blocks at the same time take different ones") {
  constexpr std::size_t threads = 4;
  constexpr std::size_t blocks = 300000;
  std::atomic<std::size_t> ready{0};
  std::vector<std::uint64_t> begins(threads * blocks);
  std::vector<std::thread> taking;
  for (std::size_t i = 0; i < threads; ++i) {
    taking.emplace_back([&begins, &ready, i] {
      for (++ready; ready < threads;) std::this_thread::yield();
      for (std::size_t j = 0; j < blocks; ++j) {
        apart::detail::name_block block;
        apart::detail::refill(block);
        begins[i * blocks + j] = block.next;
      }
    });
  }
  for (std::thread& thread : taking) thread.join();
  std::sort(begins.begin(), begins.end());
  CHECK(std::adjacent_find(begins.begin(), begins.end()) == begins.end());
}

#if defined(SUPPORT_FORKS)
TEST_CASE("names differ after a fork, in a thread's begun block too") {
  const std::uint64_t before = unmix(unique_bits());
  const support::ended drawn = support::in_child([](int output) { support::write_all(output, place_drawn()); });
  const std::uint64_t after = unmix(unique_bits());
  CHECK(after == before + 1);
  REQUIRE(drawn.well());
  CHECK(numbers_in(drawn.output).at(0) != after);
  CHECK(in_random_half(numbers_in(drawn.output).at(0)));
}

TEST_CASE("names differ after a raw clone of a process with one thread", support::needs_kernel) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  static_cast<void>(unique_bits());
  const long cloned = support::raw_clone();
  REQUIRE(cloned >= 0);
  if (cloned == 0) {
    const std::uint64_t place = unmix(unique_bits());
    _exit(::write(ends[1], &place, sizeof place) == sizeof place ? 0 : 1);
  }
  std::uint64_t in_clone = 0;
  CHECK(::read(ends[0], &in_clone, sizeof in_clone) == sizeof in_clone);
  int status = 0;
  CHECK(::waitpid(static_cast<pid_t>(cloned), &status, 0) == cloned);
  CHECK(status == 0);
  CHECK(in_clone != unmix(unique_bits()));
  CHECK(in_random_half(in_clone));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("a block that is used up is followed by the random half, not by the next process's block") {
  const support::ended drawn = support::in_child([](int output) {
    auto* const counter = new apart::shared::name_counter{apart::detail::process_generation(),
                                                          5 * block_size,
                                                          block_size,
                                                          {block_size - 1500},
                                                          apart::shared::current_name_counter.load()};
    apart::shared::current_name_counter.store(counter);
    for (int i = 0; i < 1500; ++i) support::write_all(output, place_drawn());
  });
  const std::vector<std::uint64_t> places = numbers_in(drawn.output);
  REQUIRE(places.size() == 1500);
  CHECK(places[0] == 6 * block_size - 1500);
  CHECK(places[1023] == 6 * block_size - 1500 + 1023);
  CHECK(in_random_half(places[1024]));
  CHECK(places[1499] == places[1024] + 475);
}

TEST_CASE("a process that the launcher numbered counts in the block of its number") {
  for (const unsigned number : {0u, 1u, 7u, 8388607u}) {
    const support::ended drawn = support::in_child(
        [&](int output) { support::become_launched("reports places", output, 'w', number, run_bits); });
    const std::vector<std::uint64_t> places = numbers_in(drawn.output);
    REQUIRE(places.size() == 4);
    CHECK(places[0] == ((run_bits + number * block_size) & ~random_half));
    CHECK(in_random_half(places[1]));  // its forked child
    CHECK(in_random_half(places[2]));  // a program that it runs
    CHECK(in_random_half(places[3]));  // when its block is used up
  }
}

TEST_CASE("a process that inherits another's number does not count in its block") {
  const support::ended drawn = support::in_child(
      [&](int output) { support::become_launched("reports places", output, 'w', 1, run_bits, ::getppid()); });
  REQUIRE(drawn.well());
  CHECK(in_random_half(numbers_in(drawn.output).at(0)));
}

TEST_CASE("a number beyond the blocks that there are is no block") {
  const support::ended drawn = support::in_child(
      [&](int output) { support::become_launched("reports places", output, 'w', 8388608, run_bits); });
  REQUIRE(drawn.well());
  CHECK(in_random_half(numbers_in(drawn.output).at(0)));
}

TEST_CASE("reports places", "[.][self]") {
  const int output = support::output_of_self();
  if (output < 0) return;
  std::string report;
  if (std::getenv("ONE_PLACE") == nullptr) {
    const auto child_report = [](auto body) { return support::in_child(body).output; };
    // The fork comes before the first name, so that the child must not take the block either.
    const std::string forked = child_report([](int to) { support::write_all(to, place_drawn()); });
    const std::string run = child_report([](int to) {
      ::setenv("ONE_PLACE", "1", 1);
      support::become_self("reports places", to);
    });
    report = place_drawn() + forked + run;
    apart::shared::current_name_counter.load()->taken = block_size;
    std::thread([&report] { report += place_drawn(); }).join();
  } else {
    report = place_drawn();
  }
  support::write_all(output, report);
  std::_Exit(0);
}

TEST_CASE("four processes of eight threads, launched or not, and their forks, never draw a name twice") {
  shared_names names;
  ::setenv("NAMES", std::to_string(names.descriptor()).c_str(), 1);
  {
    std::vector<support::child> processes;
    for (std::size_t i = 0; i < shared_names::processes; ++i) {
      processes.emplace_back([&names, i](int output) {
        ::setenv("PROCESS", std::to_string(i).c_str(), 1);
        if (i < 2) support::become_launched("draws names", output, 'w', static_cast<std::uint32_t>(i), run_bits);
        draw_in_threads_and_children(names, i);
      });
    }
    for (support::child& process : processes) CHECK(process.wait().well());
  }
  std::vector<record> drawn = names.all();
  CHECK(drawn.size() == 3520000);
  CHECK(std::count(drawn.begin(), drawn.end(), record{}) == 0);
  std::sort(drawn.begin(), drawn.end());
  CHECK(repeated(drawn) == 0);

  INFO("the check would have seen a single one that was");
  drawn[1234567] = drawn[1234568];
  CHECK(repeated(drawn) == 1);
}

TEST_CASE("draws names", "[.][self]") {
  if (support::output_of_self() < 0) return;
  shared_names names(std::atoi(std::getenv("NAMES")));
  draw_in_threads_and_children(names, static_cast<std::size_t>(std::atoi(std::getenv("PROCESS"))));
  std::_Exit(0);
}
#elif defined(SUPPORT_SELF)
TEST_CASE("a process that no launcher started counts in the random half, each somewhere else") {
  std::vector<std::uint64_t> places;
  for (int i = 0; i < 4; ++i) {
    support::self process("reports a place");
    places.push_back(numbers_in(process.hear() + "\n").at(0));
    CHECK(in_random_half(places.back()));
  }
  std::sort(places.begin(), places.end());
  CHECK(std::adjacent_find(places.begin(), places.end()) == places.end());
}

TEST_CASE("reports a place", "[.][self]") { support::say(std::to_string(unmix(unique_bits()))); }
#endif
