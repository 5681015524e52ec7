#include <apart/run/file_coordinator.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include <apart/file/temp_dir.hpp>

#include "catch.hpp"
#include "support/error_of.hpp"

using support::error_of;

// What all coordinators do is tested in coordinator.cpp.

TEST_CASE("a directory that is not there is named") {
  apart::file_coordinator nowhere("/nowhere/at/all");
  const std::string where = "coordinator in '/nowhere/at/all': 'x'";
  CHECK(error_of([&] { static_cast<void>(nowhere.try_lock("x")); }).find(where) == 0);
  CHECK(error_of([&] { static_cast<void>(nowhere.create("x", "1")); }).find(where) == 0);
  CHECK(error_of([&] { nowhere.add("x", 1); }).find(where) == 0);
  CHECK_FALSE(nowhere.read("x"));
}

TEST_CASE("no other user may read what is created") {
  const apart::temp_dir place;
  apart::file_coordinator member(place.path().string());
  REQUIRE(member.create("password", "secret"));
  for (const auto& entry : std::filesystem::directory_iterator(place.path())) {
    CHECK((entry.status().permissions() & (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) ==
          std::filesystem::perms::none);
  }
}

TEST_CASE("a counter that is no number is an error, and not taken for one") {
  const std::string text = GENERATE("12abc", "garbage", "-1", "99999999999999999999", "");
  const apart::temp_dir place;
  apart::file_coordinator member(place.path().string());
  CHECK(member.add("x", 3) == 0);
  for (const auto& entry : std::filesystem::directory_iterator(place.path())) {
    if (entry.path().filename().string().find("count-") == 0 && entry.path().extension() != ".lock") {
      std::ofstream(entry.path()) << text;
    }
  }
  CHECK(error_of([&] { member.add("x", 1); }) ==
        "coordinator in '" + place.path().string() + "': 'x' is no number: give the run a directory that is its own");
}
