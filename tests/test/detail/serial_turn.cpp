#include <apart/test/detail/serial_turn.hpp>

#include <string>

#include <unistd.h>

#include "catch.hpp"
#include "support/files.hpp"

using apart::detail::announce_test_process;
using apart::detail::serial_turn;
using support::channel;
using support::fresh_child;
using support::gate;
using support::place;

namespace {

/// A process of a run of several, as ctest or anyone else makes it.
template <class Body>
[[nodiscard]] support::child member(const place& here, Body body) {
  return fresh_child({{"APART_TMPDIR", here.path()}, {"APART_RUN_ID", "run"}}, body);
}

}  // namespace

TEST_CASE("a serial test is alone among the processes of its run") {
  const bool first_is_serial = GENERATE(true, false);
  const place here;
  channel said;
  gate may_end;
  support::child first = member(here, [&](int) {
    const serial_turn mine(first_is_serial, false);
    said.say("first began");
    may_end.wait();
    said.say("first ends");
  });
  CHECK(said.hear() == "first began");
  support::child second = member(here, [&](int) {
    may_end.open();
    said.say("second comes");
    const serial_turn mine(!first_is_serial, false);
    said.say("second began");
  });
  CHECK(said.hear() == "second comes");
  may_end.open();
  CHECK(said.hear() == "first ends");
  CHECK(said.hear() == "second began");
  CHECK(first.wait().well());
  CHECK(second.wait().well());
  CHECK(here.runs().empty());
}

TEST_CASE("tests that are not serial run side by side") {
  const place here;
  channel said;
  gate may_end;
  support::child first = member(here, [&](int) {
    const serial_turn mine(false, false);
    said.say("first began");
    may_end.wait();
  });
  CHECK(said.hear() == "first began");
  CHECK(member(here,
               [&](int) {
                 may_end.open();
                 const serial_turn mine(false, false);
               })
            .wait()
            .well());
  may_end.open();
  CHECK(first.wait().well());
}

TEST_CASE("a program that a test runs does not wait for that test") {
  const place here;
  const auto ended = member(here, [](int) {
                       ::unsetenv("APART_TEST_PROCESS");
                       if (announce_test_process() || announce_test_process()) ::_exit(1);
                       const serial_turn mine(true, false);
                       const auto inner = support::in_child([](int) {
                         const bool inside = announce_test_process();
                         const serial_turn none(true, inside);
                         ::_exit(inside ? 0 : 1);
                       });
                       ::_exit(inner.well() ? 0 : 1);
                     }).wait();
  CHECK(ended.well());
}

TEST_CASE("a process that is a run of its own locks nothing") {
  const place here;
  const auto ended = fresh_child({{"APART_TMPDIR", here.path()}}, [&](int) {
                       ::unsetenv("APART_RUN_ID");
                       if (apart::detail::read_place([] { return std::string(); }).self.source != "alone") ::_exit(1);
                       static const apart::detail::process_place alone{{"run", 0, 1, "alone"}, {}};
                       apart::detail::known_place.store(&alone);
                       const serial_turn mine(true, false);
                     }).wait();
  CHECK(ended.well());
  CHECK(support::names_in(here.path()).empty());
}
