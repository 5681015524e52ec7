#include <apart/detail/atomic_write.hpp>

#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/files.hpp"

using apart::detail::atomic_write;
using apart::detail::descriptor;
using apart::detail::existing_file;

TEST_CASE("the new file takes the place of the old one, and the descriptor is the new one's") {
  const support::place here;
  const std::string path = here.path() / "file";
  support::write_file(path, "old");
  const descriptor old(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  descriptor opened;
  REQUIRE(atomic_write(path, path, existing_file::is_replaced, "new", opened) == 0);
  CHECK(support::text_of(path) == "new");
  CHECK(support::mode_of(path) == 0600);
  CHECK(apart::detail::write_all(opened, "er") == 0);
  CHECK(support::text_of(path) == "newer");
  char text[8] = {};
  CHECK(::read(old.get(), text, sizeof text) == 3);
  CHECK(std::string(text) == "old");
  CHECK(support::names_in(here.path()) == std::vector<std::string>{"file"});
}

TEST_CASE("where it fails, nothing has changed and nothing is left") {
  const support::place here;
  const int before = support::open_descriptors();
  descriptor opened;
  const auto write_to = [&](const std::string& path) {
    return atomic_write(path, path, existing_file::is_replaced, "x", opened);
  };
  CHECK(write_to(here.path() / "absent" / "file") == ENOENT);
  std::filesystem::create_directories(here.path() / "directory" / "full");
  CHECK(write_to(here.path() / "directory") == EISDIR);
  CHECK_FALSE(opened);
  CHECK(support::names_in(here.path()) == std::vector<std::string>{"directory"});
  CHECK(support::open_descriptors() == before);
}
