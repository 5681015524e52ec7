#include <apart/process/per_process.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"
#include "support/sanitizer.hpp"

#include <unistd.h>

#if defined(SUPPORT_FORKS)
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#endif

namespace {

using apart::finalize_process;
using apart::per_process;
using support::contains;
using support::error_of;
#if defined(SUPPORT_FORKS)
using support::in_child;
using support::write_all;
#endif

/// Where objects report what becomes of them; set in children.
[[maybe_unused]] int report_to = -1;

void report([[maybe_unused]] const std::string& what) {
#if defined(SUPPORT_FORKS)
  if (report_to >= 0) write_all(report_to, what + " ");
#endif
}

/// Reports its construction and its destruction.
class reporter {
 public:
  explicit reporter(std::string name) : name_(std::move(name)), process_(::getpid()) { report("+" + name_); }
  ~reporter() { report(process_ == ::getpid() ? "-" + name_ : "-" + name_ + " of another process"); }
  reporter(const reporter&) = delete;
  reporter& operator=(const reporter&) = delete;

  const std::string& name() const { return name_; }
  pid_t process() const { return process_; }

 private:
  std::string name_;
  pid_t process_;
};

/// A gate that one thread opens for others.
class gate {
 public:
  void open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  void wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    opened_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

template <class T, class = void>
struct can_be_on_the_heap : std::false_type {};
template <class T>
struct can_be_on_the_heap<T, std::void_t<decltype(new T(nullptr))>> : std::true_type {};

static_assert(std::is_trivially_destructible_v<per_process<std::string>>);
static_assert(!can_be_on_the_heap<per_process<int>>::value);
static_assert(!std::is_copy_constructible_v<per_process<int>> && !std::is_copy_assignable_v<per_process<int>>);

[[maybe_unused]] constexpr per_process<int> made_at_compile_time{[] { return 1; }};

extern per_process<int> defined_later;
const int used_by_a_static_initialiser = *defined_later;
per_process<int> defined_later{[] { return 42; }};

per_process a{[] { return reporter("a"); }};
per_process b{[] { return reporter("b"); }};
per_process c{[] {
  static_cast<void>(*b);
  return reporter("c");
}};

}  // namespace

TEST_CASE("it may be used from a static initialiser that runs before its own definition") {
  CHECK(used_by_a_static_initialiser == 42);
}

#if defined(SUPPORT_FORKS)
TEST_CASE("an object is built when it is first needed, and only then") {
  const support::ended said = in_child([](int output) {
    report_to = output;
    report("start");
    static_cast<void>(*b);
    static_cast<void>(b->process());
    report("end");
  });
  CHECK(said.output == "start +b end -b ");
}

TEST_CASE("an object is built once, however many threads ask") {
  static std::atomic<int> made{0};
  static per_process number{[] { return ++made; }};
  for (int round = 0; round < 50; ++round) {
    const support::ended said = in_child([](int output) {
      made = 0;
      std::atomic<int> ready{0};
      std::atomic<int> sum{0};
      std::vector<std::thread> asking;
      for (int i = 0; i < 8; ++i) {
        asking.emplace_back([&] {
          for (++ready; ready < 8;) {
          }
          sum += *number;
        });
      }
      for (std::thread& thread : asking) thread.join();
      write_all(output, std::to_string(made) + " " + std::to_string(sum));
    });
    REQUIRE(said.output == "1 8");
  }
}
#endif

TEST_CASE("objects that cannot be moved, constants and function pointers will do") {
  static per_process<std::mutex> unmovable{[] { return std::mutex(); }};
  static per_process<const std::string> constant{[]() -> const std::string { return "text"; }};
  static per_process<int (*)(int)> pointer{[]() -> int (*)(int) { return [](int x) { return x + 1; }; }};
  const std::lock_guard<std::mutex> lock(*unmovable);
  CHECK(constant->size() == 4);
  CHECK((*pointer)(1) == 2);
}

#if defined(SUPPORT_FORKS)
TEST_CASE("objects are destroyed at normal exit, in reverse order of construction, among the static ones") {
  const support::ended said = in_child([](int output) {
    report_to = output;
    static_cast<void>(*a);
    static const reporter between("static");
    static_cast<void>(*c);
  });
  CHECK(said.well());
  CHECK(said.output == "+a +static +b +c -c -b -static -a ");
}

TEST_CASE("objects are destroyed on request, in reverse order, and not again at exit") {
  const support::ended said = in_child([](int output) {
    report_to = output;
    static_cast<void>(*c);
    static_cast<void>(*a);
    finalize_process();
    report("end");
    finalize_process();
  });
  CHECK(said.output == "+b +c +a -a -c -b end ");
}

TEST_CASE("threads that destroy on request wait for one another: what a destructor uses is still there") {
  for (int round = 0; round < 50; ++round) {
    const support::ended said = in_child([](int output) {
      static std::atomic<bool> in_destructor{false};
      static std::atomic<bool> other_has_come{false};
      struct user {
        const reporter& used = *a;
        ~user() {
          in_destructor = true;
          while (!other_has_come) std::this_thread::yield();
          report("uses-" + used.name());
        }
      };
      static per_process<user> newest{[] { return user(); }};
      report_to = output;
      static_cast<void>(*newest);
      std::thread other([] {
        while (!in_destructor) std::this_thread::yield();
        other_has_come = true;
        finalize_process();
      });
      finalize_process();
      other.join();
    });
    REQUIRE(said.output == "+a uses-a -a ");
  }
}

TEST_CASE("a child that is forked after its parent has destroyed what it built builds anew") {
  const support::ended said = in_child([](int output) {
    report_to = output;
    static_cast<void>(*a);
    finalize_process();
    static_cast<void>(in_child([](int) { static_cast<void>(*a); }));
    report("joined");
  });
  CHECK(said.output == "+a -a +a -a joined ");
}
#endif

TEST_CASE("an object whose type has an operator & of its own is found all the same") {
  struct odd {
    int number = 7;
    odd* operator&() { return nullptr; }
  };
  static per_process<odd> object{[] { return odd(); }};
  CHECK(object->number == 7);
}

#if defined(SUPPORT_FORKS)
TEST_CASE("an object that is used after its destruction is an error, and is not built again") {
  const support::ended said = in_child([](int output) {
    static const struct last_user {
      ~last_user() {
        report(error_of([] { static_cast<void>(*a); }));
      }
    } outlives;
    report_to = output;
    static_cast<void>(*a);
  });
  CHECK(contains(said.output, "+a -a per_process at "));
  CHECK(contains(said.output, "used after its destruction"));
}

TEST_CASE("a forked child builds its own, and does not destroy its parent's") {
  const support::ended said = in_child([](int output) {
    report_to = output;
    const reporter& of_parent = *a;
    static_cast<void>(*b);
    const pid_t parent = ::getpid();
    report("fork");
    const support::ended child = in_child([&](int) {
      if (a->process() != ::getpid() || of_parent.process() != parent) std::abort();
      static_cast<void>(in_child([&](int) {
        if (a->process() != ::getpid() || of_parent.process() != parent) std::abort();
        finalize_process();
      }));
    });
    report(child.well() ? "joined" : "failed");
    if (&of_parent != &*a) std::abort();
  });
  CHECK(said.well());
  CHECK(said.output == "+a +b fork +a +a -a -a joined -b -a ");
}

TEST_CASE("a raw clone that exits does not destroy its parent's", support::needs_kernel) {
  const support::ended said = in_child([](int output) {
    report_to = output;
    static_cast<void>(*a);
    const long clone = support::raw_clone();
    if (clone < 0) std::abort();
    if (clone == 0) std::exit(0);
    ::waitpid(static_cast<pid_t>(clone), nullptr, 0);
    report("joined");
  });
  CHECK(said.well());
  CHECK(said.output == "+a joined -a ");
}
#endif

TEST_CASE("a make that throws is an error with its text, the place and the worker, and is tried again") {
  static int calls = 0;
  static per_process<int> fails_once{[] {
    if (++calls == 1) throw std::runtime_error("no server");
    return calls;
  }};
  const int last_line = __LINE__ - 1;  // of the definition: compilers name its first line or its last
  const std::string failure = error_of([] { static_cast<void>(*fails_once); });
  CHECK((contains(failure, "per_process.cpp:" + std::to_string(last_line)) ||
         contains(failure, "per_process.cpp:" + std::to_string(last_line - 3))));
  CHECK(contains(failure, "in worker 0 of 1"));
  CHECK(contains(failure, "no server"));
  CHECK(*fails_once == 2);
}

TEST_CASE("when a make throws, those who wait for it try in their turn") {
  static std::atomic<int> calls{0};
  static per_process<int> fails_often{[] {
    if (++calls < 5) throw 1;
    return 7;
  }};
  std::atomic<int> failures{0};
  std::vector<std::thread> asking;
  for (int i = 0; i < 8; ++i) {
    asking.emplace_back([&] {
      if (!error_of([] { static_cast<void>(*fails_often); }).empty()) ++failures;
    });
  }
  for (std::thread& thread : asking) thread.join();
  CHECK(failures == 4);
  CHECK(calls == 5);
  CHECK(*fails_often == 7);
}

namespace {

extern per_process<int> needs_first;
per_process<int> needs_itself{[] { return *needs_itself; }};
per_process<int> needs_second{[] { return *needs_first; }};
per_process<int> needs_first{[] { return *needs_second; }};

}  // namespace

TEST_CASE("a make that needs its own object is an error that shows the cycle") {
  const std::string one = error_of([] { static_cast<void>(*needs_itself); });
  CHECK(contains(one, "cycle"));
  CHECK(contains(one, " -> per_process at "));
  const std::string two = error_of([] { static_cast<void>(*needs_first); });
  CHECK(contains(two, "cycle"));
  CHECK(error_of([] { static_cast<void>(*needs_first); }) == two);
}

namespace {

gate left_begun, right_begun;
extern per_process<int> right_one;
per_process<int> left_one{[] {
  left_begun.open();
  right_begun.wait();
  return *right_one;
}};
per_process<int> right_one{[] {
  right_begun.open();
  left_begun.wait();
  return *left_one;
}};

}  // namespace

TEST_CASE("makes that need each other in two threads are an error in both, not a deadlock") {
  std::string left, right;
  std::thread other([&] { right = error_of([] { static_cast<void>(*right_one); }); });
  left = error_of([] { static_cast<void>(*left_one); });
  other.join();
  CHECK(contains(left, "cycle"));
  CHECK(contains(right, "cycle"));
}

TEST_CASE("a make may start threads that use other objects, and wait for them") {
  static per_process inner{[] { return 5; }};
  static per_process outer{[] {
    int got = 0;
    std::thread([&got] { got = *inner; }).join();
    return got;
  }};
  CHECK(*outer == 5);
}

#if defined(SUPPORT_FORKS)
TEST_CASE("a child that is forked while another thread builds an object builds its own") {
  static gate begun, go_on;
  static const pid_t parent = ::getpid();
  static per_process slow{[] {
    if (::getpid() == parent) {
      begun.open();
      go_on.wait();
    }
    return ::getpid();
  }};
  std::thread building([] { static_cast<void>(*slow); });
  begun.wait();
  const support::ended said = in_child([](int output) {
    write_all(output, *slow == ::getpid() ? "own" : "another's");
    ::_exit(0);  // destroying a gate that threads of the parent wait at would not end
  });
  go_on.open();
  building.join();
  CHECK(said.output == "own");
  CHECK(*slow == parent);
}

TEST_CASE("a make that forks goes on in both processes") {
  const support::ended said = in_child([](int output) {
    static per_process forking{[] {
      const support::ended child = in_child([](int) {
        // What is left of the make in the child is this: it may use other objects, and ends with the process.
        if (b->process() != ::getpid()) std::abort();
      });
      return child.well();
    }};
    write_all(output, *forking ? "well" : "failed");
  });
  CHECK(said.output == "well");

  const support::ended both = in_child([](int output) {
    static per_process<pid_t> forked{[] {
      const pid_t child = ::fork();
      if (child > 0) ::waitpid(child, nullptr, 0);
      return ::getpid();
    }};
    write_all(output, *forked == ::getpid() ? "own " : "another's ");
  });
  CHECK(both.output == "own own ");
}

TEST_CASE("a make that forks and asks for its own object in the child is a cycle there too") {
  const support::ended said = in_child([](int output) {
    static int report_descriptor;
    report_descriptor = output;
    static int begun = 0;
    static per_process<int> forking{[] {
      if (++begun > 1) return 0;  // should it begin in the child, it must not fork for ever
      static_cast<void>(in_child([](int) {
        write_all(report_descriptor, error_of([] { static_cast<void>(*forking); }));
        ::_exit(0);
      }));
      return 0;
    }};
    static_cast<void>(*forking);
  });
  CHECK(contains(said.output, "cycle"));
}

TEST_CASE("children that are forked while threads build and wait are whole", support::forks_beside_threads) {
  static per_process<int> failing{[]() -> int { throw std::runtime_error("again"); }};
  static per_process nested{[] {
    static_cast<void>(error_of([] { static_cast<void>(*failing); }));
    return ::getpid();
  }};
  std::atomic<bool> stop{false};
  std::vector<std::thread> load;
  for (int i = 0; i < 4; ++i) {
    load.emplace_back([&stop] {
      while (!stop) static_cast<void>(error_of([] { static_cast<void>(*failing); }));
    });
  }
  int whole = 0;
  for (int i = 0; i < 100; ++i) {
    const support::ended said = in_child([](int output) {
      std::vector<std::thread> beside;
      for (int thread = 0; thread < 4; ++thread) {
        beside.emplace_back([] {
          for (int asked = 0; asked < 10; ++asked) static_cast<void>(error_of([] { static_cast<void>(*failing); }));
        });
      }
      const bool own = *nested == ::getpid();
      for (std::thread& thread : beside) thread.join();
      write_all(output, own ? "own" : "another's");
    });
    whole += said.output == "own" ? 1 : 0;
  }
  stop = true;
  for (std::thread& thread : load) thread.join();
  CHECK(whole == 100);
}
#endif

TEST_CASE("one that is not static is an error that says so, on the stack, in the heap and of a thread") {
  const auto refused = [](per_process<int>& object) { return error_of([&] { static_cast<void>(*object); }); };
  per_process<int> local{[] { return 1; }};
  CHECK(contains(refused(local), "is not static"));
  const auto held = std::make_unique<std::optional<per_process<int>>>();
  CHECK(contains(refused(held->emplace([] { return 1; })), "is not static"));
  thread_local per_process<int> of_thread{[] { return 1; }};
  CHECK(contains(refused(of_thread), "is not static"));
  static per_process<int> in_function{[] { return 1; }};
  CHECK(*in_function == 1);
  static struct {
    per_process<int> part{[] { return 2; }};
  } whole;
  CHECK(*whole.part == 2);
}
