#include <apart/detail/windows/user_root.hpp>

#include <string>

#include <apart/detail/path_text.hpp>

#include <aclapi.h>
#include <windows.h>

#include "catch.hpp"
#include "support/environment.hpp"
#include "support/files.hpp"

using namespace apart::detail;
namespace fs = std::filesystem;

TEST_CASE("a root is found below the place that a variable names, with letters of any language") {
  const support::place here;
  const fs::path odd = here.path() / L"gr\u00fc\u00df";
  fs::create_directory(odd);
  REQUIRE(set_variable("APART_TMPDIR", path_text(odd)) == 0);
  user_root root;
  CHECK_FALSE(find_files_root(root));
  CHECK(root.place() == path_text(odd));
  CHECK_FALSE(find_coordination_root(root));
  CHECK(root.place() == path_text(odd));
  REQUIRE(set_variable("APART_COORDINATOR", "file:/" + path_text(here.path())) == 0);
  CHECK_FALSE(find_coordination_root(root));
  CHECK(root.place() == path_text(here.path()));
  REQUIRE(set_variable("APART_COORDINATOR", "somewhere") == 0);
  CHECK(find_coordination_root(root).text.find("APART_COORDINATOR='somewhere' is not known here") == 0);
  REQUIRE(set_variable("APART_COORDINATOR", std::nullopt) == 0);
  REQUIRE(set_variable("APART_TMPDIR", "C:/not there") == 0);
  CHECK(find_files_root(root).text.find("APART_TMPDIR='C:/not there'") == 0);
  REQUIRE(set_variable("APART_TMPDIR", std::nullopt) == 0);
}

TEST_CASE("where processes meet does not depend on TMP") {
  const support::place here;
  user_root before, after;
  CHECK_FALSE(find_coordination_root(before));
  const std::string tmp = variable("TMP").value_or("");
  REQUIRE(set_variable("TMP", path_text(here.path())) == 0);
  CHECK_FALSE(find_coordination_root(after));
  CHECK(after.path == before.path);
  CHECK_FALSE(find_files_root(after));
  CHECK(after.place() == path_text(here.path()));
  REQUIRE(set_variable("TMP", tmp) == 0);
}

TEST_CASE("a root is this user's, and nobody else's but the system's") {
  const support::place here;
  user_root root{path_text(here.root()), "a test"};
  CHECK(own_sid().rfind("S-1-", 0) == 0);
  REQUIRE(make_root(root).text == "");
  CHECK(make_root(root).text == "");
  CHECK(owner_of_file(root.path) == own_sid());
  PACL list = nullptr;
  PSECURITY_DESCRIPTOR found = nullptr;
  REQUIRE(::GetNamedSecurityInfoW(here.root().c_str(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, nullptr, nullptr,
                                  &list, nullptr, &found) == ERROR_SUCCESS);
  REQUIRE(list != nullptr);
  for (DWORD i = 0; i < list->AceCount; ++i) {
    ACCESS_ALLOWED_ACE* entry = nullptr;
    REQUIRE(::GetAce(list, i, reinterpret_cast<void**>(&entry)));
    const std::string sid = text_of_sid(&entry->SidStart);
    CAPTURE(sid);
    CHECK((sid == own_sid() || sid == "S-1-5-18" || sid == "S-1-5-32-544"));
  }
  ::LocalFree(found);
}

TEST_CASE("a root that is a file is refused") {
  const support::place here;
  support::write_file(here.root(), "text");
  CHECK(make_root({path_text(here.root()), "a test"}).text ==
        "a test: '" + path_text(here.root()) + "' is not a directory: remove it, or set APART_TMPDIR");
}
