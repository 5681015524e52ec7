#include <apart/run/per_run.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <apart/run/claim.hpp>

#include "catch.hpp"
#include "support/environment.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"
#include "support/self.hpp"

#include <tlhelp32.h>  // behind windows.h

namespace {

/// Where the processes of a test tell what they do.
std::string journal() {
  const char* const path = std::getenv("JOURNAL");
  return path != nullptr ? path : "";
}
void note(const std::string& line) { apart::detail::append_line(journal(), line); }

std::string set_up() {
  note("set up");
  if (std::getenv("HOLDS") != nullptr) {
    support::say("sets up");
    support::wait_to_go_on();
  }
  if (std::getenv("FAILS") != nullptr) throw std::runtime_error("no luck");
  return "payload";
}

apart::per_run shared{"shared", set_up, [](const std::string& payload) { note("tear down " + payload); }};

std::size_t threads_of(const support::self& process) {
  const HANDLE all = ::CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  std::size_t count = 0;
  THREADENTRY32 thread{};
  thread.dwSize = sizeof thread;
  for (BOOL is = ::Thread32First(all, &thread); is != FALSE; is = ::Thread32Next(all, &thread)) {
    if (thread.th32OwnerProcessID == ::GetProcessId(process.process())) ++count;
  }
  ::CloseHandle(all);
  return count;
}

const apart::claim_handler things{"thing", [](std::string_view name) { note("cleans " + std::string(name)); }};

support::self member(const char* test, const support::place& here,
                     const std::vector<support::self::variable>& more = {}) {
  std::vector<support::self::variable> all{{"APART_TMPDIR", here.path().string()},
                                           {"APART_RUN_ID", "one"},
                                           {"JOURNAL", apart::detail::path_text(here.path() / "journal")}};
  all.insert(all.end(), more.begin(), more.end());
  return support::self(test, all);
}

std::string told(const support::place& here) { return support::text_of(here.path() / "journal"); }

}  // namespace

TEST_CASE("processes of a run share one set-up, and the last to leave tears it down") {
  const support::place here;
  support::self one = member("uses it", here), two = member("uses it", here);
  CHECK(one.hear() == "payload");
  CHECK(two.hear() == "payload");
  CHECK(told(here) == "set up\n");
  one.let_go_on();
  CHECK(one.wait() == 0);
  CHECK(told(here) == "set up\n");
  two.let_go_on();
  CHECK(two.wait() == 0);
  CHECK(told(here) == "set up\ntear down payload\n");
  CHECK(support::names_in(here.root()).empty());
}
TEST_CASE("uses it", "[.][self]") {
  std::string got;
  const std::string failure = support::error_of([&] { got = *shared; });
  support::say(failure.empty() ? got : failure);
  support::wait_to_go_on();
}

TEST_CASE("where all that use a set-up are killed, the next one tears it down before it sets up anew") {
  const support::place here;
  {
    support::self one = member("uses it", here);
    CHECK(one.hear() == "payload");
    one.kill();
  }
  support::self next = member("uses it", here);
  CHECK(next.hear() == "payload");
  CHECK(told(here) == "set up\ntear down payload\nset up\n");
}

TEST_CASE("a set-up that is killed, or throws, fails all who wait for it, and is named") {
  const support::place here;
  {
    support::self leads = member("uses it", here, {{"HOLDS", "1"}});
    REQUIRE(leads.hear() == "sets up");
    support::self waits = member("is let go on and asks", here);
    REQUIRE(waits.hear() == "is to ask");
    const std::size_t before = threads_of(waits);
    waits.let_go_on();
    while (threads_of(waits) <= before) ::SwitchToThread();  // one waits for the lock: it has become a witness
    const std::string id = std::to_string(::GetProcessId(leads.process()));
    leads.kill();
    CHECK(waits.hear() == "per_run \"shared\": its set-up did not return: process " + id + ", which ran it, ended");
  }
  CHECK(support::contains(member("uses it", here, {{"FAILS", "1"}}).hear(), "its set-up failed: no luck"));
}
TEST_CASE("is let go on and asks", "[.][self]") {
  support::say("is to ask");
  support::wait_to_go_on();
  support::say(support::error_of([] { static_cast<void>(*shared); }));
}

TEST_CASE("what a killed process has claimed is cleaned up by the next one of its run, and what is released is not") {
  const support::place here;
  support::self killed = member("claims", here);
  REQUIRE(killed.hear() == "claimed");
  CHECK(told(here).empty());
  killed.kill();
  support::self next = member("claims", here);
  REQUIRE(next.hear() == "claimed");
  next.let_go_on();
  CHECK(next.wait() == 0);
  CHECK(support::contains(told(here), "cleans second\ncleans first\n"));
  CHECK_FALSE(support::contains(told(here), "released"));
  CHECK(support::names_in(here.root()).empty());
}
TEST_CASE("claims", "[.][self]") {
  static const apart::claim first("thing", "first");
  apart::claim released("thing", "released");
  static const apart::claim second("thing", "second");
  released.release();
  support::say("claimed");
  support::wait_to_go_on();
}
