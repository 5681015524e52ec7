#include <apart/file/config_volume.hpp>

#include <chrono>
#include <cstring>
#include <map>
#include <regex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"

using apart::config_volume;
using support::contains;
using support::error_of;
using support::fresh_child;
using support::mode_of;
using support::names_in;
using support::text_of;
namespace fs = std::filesystem;

namespace {

static_assert(!std::is_copy_constructible_v<config_volume> && !std::is_copy_assignable_v<config_volume>);
static_assert(std::is_move_constructible_v<config_volume> && std::is_move_assignable_v<config_volume>);
static_assert(!std::is_constructible_v<config_volume, std::nullptr_t>);

/// What an inotify watcher of a directory has been told, as "event name".
class watcher {
 public:
  explicit watcher(const fs::path& directory) : number_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    REQUIRE(::inotify_add_watch(number_, directory.c_str(), IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO) >= 0);
  }
  ~watcher() { ::close(number_); }
  watcher(const watcher&) = delete;
  watcher& operator=(const watcher&) = delete;

  std::vector<std::string> seen() const {
    static const std::pair<std::uint32_t, const char*> kinds[] = {
        {IN_CREATE, "create "}, {IN_DELETE, "delete "}, {IN_MOVED_FROM, "from "}, {IN_MOVED_TO, "to "}};
    std::vector<std::string> events;
    alignas(inotify_event) char bytes[16384];
    for (ssize_t count = 0; (count = ::read(number_, bytes, sizeof bytes)) > 0;) {
      for (const char* next = bytes; next < bytes + count;) {
        inotify_event event;
        std::memcpy(&event, next, sizeof event);
        std::string name = next + sizeof event;
        if (std::regex_match(name, std::regex("\\.\\.[0-9]{4}(_[0-9]{2}){5}\\.[0-9a-z]+"))) name = "..<time>";
        for (const auto& kind : kinds) {
          if ((event.mask & kind.first) != 0) events.push_back(kind.second + name);
        }
        next += sizeof event + event.len;
      }
    }
    return events;
  }

 private:
  int number_;
};

/// One text of the set that one resolved `..data` names; "" where it went meanwhile.
std::string read_at(int directory, const char* name) {
  std::string text;
  const int file = ::openat(directory, name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  char chunk[256];
  for (ssize_t count = 0; (count = ::read(file, chunk, sizeof chunk)) > 0;)
    text.append(chunk, static_cast<std::size_t>(count));
  ::close(file);
  return text;
}

}  // namespace

TEST_CASE("a volume has the form of a mounted ConfigMap") {
  config_volume volume;
  volume.update({{"a.json", "1"}, {"b", "2"}});
  CHECK(fs::read_symlink(volume.path() / "a.json") == "..data/a.json");
  CHECK(fs::read_symlink(volume.path() / "b") == "..data/b");
  const fs::path data = fs::read_symlink(volume.path() / "..data");
  CHECK(std::regex_match(data.string(), std::regex("\\.\\.[0-9]{4}(_[0-9]{2}){5}\\.[0-9a-z]+")));
  CHECK(names_in(volume.path()) == std::vector<std::string>{data, "..data", "a.json", "b"});
  CHECK(names_in(volume.path() / data) == std::vector<std::string>{"a.json", "b"});
  CHECK(mode_of(volume.path() / data) == 0700);
  CHECK(mode_of(volume.path() / data / "b") == 0600);
  CHECK(text_of(volume.path() / "a.json") == "1");
}

TEST_CASE("an empty volume can be watched already") {
  const config_volume volume("policies");
  CHECK(volume.path().filename().string().rfind("policies-", 0) == 0);
  CHECK(fs::is_directory(volume.path() / "..data"));
  CHECK(names_in(volume.path()).size() == 2);
}

TEST_CASE("set changes one file and leaves the others") {
  config_volume volume;
  volume.set("one", "1");
  volume.set("two", "2");
  volume.set("one", "1b");
  CHECK(text_of(volume.path() / "one") == "1b");
  CHECK(text_of(volume.path() / "two") == "2");
  CHECK(names_in(volume.path()).size() == 4);
}

TEST_CASE("update replaces the whole set, and the former directory goes") {
  config_volume volume;
  volume.update({{"one", "1"}, {"two", "2"}});
  volume.update({{"two", "2b"}, {"three", "3"}});
  CHECK_FALSE(fs::exists(fs::symlink_status(volume.path() / "one")));
  CHECK(text_of(volume.path() / "two") == "2b");
  CHECK(text_of(volume.path() / "three") == "3");
  CHECK(names_in(volume.path()).size() == 4);
  volume.update({});
  CHECK(names_in(volume.path()).size() == 2);
}

TEST_CASE("a watcher sees what it sees in production: one rename of ..data") {
  config_volume volume;
  volume.set("policy", "1");
  const watcher watching(volume.path());
  volume.set("policy", "2");
  CHECK(watching.seen() == std::vector<std::string>{"create ..<time>", "create ..data_tmp", "from ..data_tmp",
                                                    "to ..data", "delete ..<time>"});
  volume.set("policy", "2");
  CHECK(watching.seen().empty());
  volume.update({{"other", "3"}});
  CHECK(watching.seen() == std::vector<std::string>{"create ..<time>", "create ..data_tmp", "from ..data_tmp",
                                                    "to ..data", "delete ..<time>", "create other", "delete policy"});
}

TEST_CASE("a name that a ConfigMap would refuse is an error, and changes nothing") {
  config_volume volume;
  volume.set("good", "1");
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("..data"), std::string("a/b"),
        std::string("../a"), std::string("ä"), std::string("a b"), std::string(254, 'x'), std::string("a\0b", 3)}) {
    CHECK(contains(error_of([&] { volume.set(name, "x"); }), "config_volume: '" + name.substr(0, name.find('\0'))));
    CHECK_FALSE(error_of([&] { volume.update({{name, "x"}, {"good", "2"}}); }).empty());
  }
  volume.set(".hidden", "1");
  volume.set(std::string(253, 'x'), "1");
  CHECK(text_of(volume.path() / "good") == "1");
}

TEST_CASE("a change that cannot be written leaves the former set, and the next one succeeds") {
  const support::place here;
  const auto ended = fresh_child({{"TMPDIR", here.path()}}, [&](int output) {
                       support::become_nobody();
                       config_volume volume;
                       volume.update({{"a", "1"}, {"b", "1"}});
                       fs::permissions(volume.path(), fs::perms(0500));
                       const std::string thrown = error_of([&] { volume.set("a", "2"); });
                       const std::string still = text_of(volume.path() / "a");
                       fs::permissions(volume.path(), fs::perms(0700));
                       volume.set("a", "2");
                       const bool right = contains(thrown, "Permission denied") &&
                                          contains(thrown, volume.path().string()) && still == "1" &&
                                          text_of(volume.path() / "a") == "2" && names_in(volume.path()).size() == 4;
                       support::write_all(output, right ? "right" : thrown);
                     }).wait();
  CHECK(ended.output == "right");
}

TEST_CASE("a plain volume holds its files themselves, each replaced by one rename") {
  config_volume volume(apart::config_form::plain);
  CHECK(names_in(volume.path()).empty());
  volume.update({{"a", "1"}, {"b", "1"}});
  CHECK(fs::is_regular_file(fs::symlink_status(volume.path() / "a")));
  CHECK(mode_of(volume.path() / "a") == 0600);
  const watcher watching(volume.path());
  volume.set("a", "2");
  CHECK(watching.seen() == std::vector<std::string>{"to a"});
  CHECK(text_of(volume.path() / "a") == "2");
  volume.set("a", "2");
  CHECK(watching.seen().empty());
  volume.update({{"b", "3"}, {"c", "3"}});
  CHECK(watching.seen() == std::vector<std::string>{"to b", "to c", "delete a"});
  CHECK(names_in(volume.path()) == std::vector<std::string>{"b", "c"});
  CHECK(contains(error_of([&] { volume.set("../d", "x"); }), "config_volume: '../d'"));
}

TEST_CASE("a plain file that is replaced is the old text or the new, never a part") {
  config_volume volume("plain", apart::config_form::plain);
  const std::string texts[] = {std::string(20'000, 'a'), std::string(30'000, 'b')};
  volume.set("file", texts[0]);
  support::channel started;
  support::child reader([&](int output) {
    int reads = 0;
    for (;;) {
      const std::string seen = text_of(volume.path() / "file");
      if (++reads == 1) started.say("reads");
      if (seen == "end") return support::write_all(output, "whole");
      if (seen != texts[0] && seen != texts[1]) return support::write_all(output, "a part");
    }
  });
  started.hear();
  for (int i = 1; i <= 2000; ++i) volume.set("file", texts[i % 2]);
  volume.set("file", "end");
  CHECK(reader.wait().output == "whole");
}

TEST_CASE("what a plain volume cannot write leaves the former file, and the next change goes on") {
  const support::place here;
  const auto ended = fresh_child({{"TMPDIR", here.path()}}, [&](int output) {
                       support::become_nobody();
                       config_volume volume(apart::config_form::plain);
                       volume.set("a", "1");
                       fs::permissions(volume.path(), fs::perms(0500));
                       const std::string thrown = error_of([&] { volume.set("a", "2"); });
                       const std::string still = text_of(volume.path() / "a");
                       fs::permissions(volume.path(), fs::perms(0700));
                       volume.set("a", "2");
                       const bool right = contains(thrown, "cannot write '" + volume.path().string() + "/a'") &&
                                          still == "1" && text_of(volume.path() / "a") == "2" &&
                                          names_in(volume.path().parent_path()).size() == 2;
                       support::write_all(output, right ? "right" : thrown);
                     }).wait();
  CHECK(ended.output == "right");
}

TEST_CASE("a moved volume has one owner") {
  fs::path first;
  {
    config_volume one("one");
    one.set("file", "1");
    first = one.path();
    config_volume& same = one;
    one = std::move(same);
    one.set("file", "2");
    config_volume two("two");
    const fs::path second = two.path();
    two = std::move(one);
    CHECK_FALSE(fs::exists(second));
    two.set("more", "3");
    CHECK(text_of(first / "file") == "2");
    CHECK(text_of(first / "more") == "3");
    CHECK(contains(error_of([&] { one.set("file", "x"); }), "moved from"));
  }
  CHECK_FALSE(fs::exists(first));
}

TEST_CASE("a forked child removes nothing of its parent's volume") {
  config_volume volume;
  volume.set("file", "1");
  CHECK(support::in_child([&](int) { const config_volume taken = std::move(volume); }).well());
  CHECK(text_of(volume.path() / "file") == "1");
}

TEST_CASE("processes that read two files of one resolved directory never see a mixed pair") {
  constexpr int updates = 10'000;
  config_volume volume;
  volume.update({{"one", "0"}, {"two", "0"}});
  std::vector<support::child> readers;
  support::channel started;
  for (int r = 0; r < 4; ++r) {
    readers.emplace_back([&](int output) {
      const std::string data = volume.path() / "..data";
      const std::string last = std::to_string(updates);
      int pairs = 0;
      for (std::string seen; seen != last;) {
        const int directory = ::open(data.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0) continue;
        const std::string one = read_at(directory, "one");
        const std::string two = read_at(directory, "two");
        ::close(directory);
        if (one.empty() || two.empty()) continue;
        if (one != two) {
          support::write_all(output, "mixed: " + one + " and " + two);
          return;
        }
        if (++pairs == 1) started.say("reads");
        seen = one;
      }
      support::write_all(output, pairs > 1 ? "whole" : "nothing read");
    });
  }
  for (int r = 0; r < 4; ++r) started.hear();
  for (int n = 1; n <= updates; ++n) volume.update({{"one", std::to_string(n)}, {"two", std::to_string(n)}});
  for (support::child& reader : readers) CHECK(reader.wait().output == "whole");
  CHECK(names_in(volume.path()).size() == 4);
}
