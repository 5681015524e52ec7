#include <apart/detail/windows/ancestor.hpp>

#include <string>

#include <apart/detail/loaded_files.hpp>
#include <apart/run/detail/process_identity.hpp>

#include "catch.hpp"
#include "support/self.hpp"

using apart::detail::nearest_ancestor;
using apart::detail::process_id;

namespace {

/// Of this program, without ".exe".
std::string own_name() {
  const std::string path = apart::detail::path_of_program();
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.substr(0, name.size() - 4);
}

}  // namespace

TEST_CASE("the nearest process above with a name is found, with its start; a process is not above itself") {
  support::self child("asks what is above");
  const auto started = apart::detail::start_of_process(process_id());
  CHECK(started != 0);
  CHECK(child.hear() == std::to_string(process_id()) + ' ' + std::to_string(started));
  CHECK_FALSE(nearest_ancestor("no such program"));
}
TEST_CASE("asks what is above", "[.][self]") {
  const auto above = nearest_ancestor(own_name());
  support::say(above ? std::to_string(above->id) + ' ' + std::to_string(above->started) : "nothing");
}

TEST_CASE("a process is told from another one with its number, ends, and is known to have ended") {
  using namespace apart::detail;
  support::self child("waits");
  REQUIRE(child.hear() == "waits");
  const auto pid = static_cast<long>(::GetProcessId(child.process()));
  const identified_process known = identify_process(pid);
  CHECK_FALSE(known.ended);
  CHECK(pid_in(known.identity) == pid);
  const std::string other = std::to_string(pid) + ":1";
  CHECK(process_has_ended(other));
  end_process(other, std::chrono::seconds(0));
  CHECK_FALSE(process_has_ended(known.identity));
  end_process(known.identity, std::chrono::seconds(0));
  CHECK(process_has_ended(known.identity));
}
TEST_CASE("waits", "[.][self]") {
  support::say("waits");
  support::wait_to_go_on();
}
