#include <apart/detail/remove_tree.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/files.hpp"

using apart::detail::discard_tree;
using apart::detail::fault;
using apart::detail::removal;
using apart::detail::remove_tree;
using support::in_child;
using support::mode_of;
using support::names_in;
using support::write_file;
namespace fs = std::filesystem;

TEST_CASE("a tree goes with all that it holds, and nothing beside it") {
  const support::place here;
  const fs::path tree = here.path() / "tree";
  fs::create_directories(tree / "a" / "b" / "c");
  for (int i = 0; i < 300; ++i) write_file(tree / "a" / ("file" + std::to_string(i)), "x");
  ::mkfifo((tree / "a" / "b" / "fifo").c_str(), 0600);
  write_file(here.path() / "tree2", "x");
  CHECK_FALSE(remove_tree(tree));
  CHECK(names_in(here.path()) == std::vector<std::string>{"tree2"});
}

TEST_CASE("what is not there, a file and a link are removed, too") {
  const support::place here;
  CHECK_FALSE(remove_tree(here.path() / "absent"));
  CHECK_FALSE(discard_tree(here.path() / "absent"));
  write_file(here.path() / "file", "x");
  CHECK_FALSE(remove_tree(here.path() / "file"));
  write_file(here.path() / "file", "x");
  CHECK_FALSE(discard_tree(here.path() / "file"));
  CHECK(names_in(here.path()).empty());
}

TEST_CASE("no link is followed out of the tree, neither inside it nor in its place") {
  const support::place here;
  const fs::path outside = here.path() / "outside";
  fs::create_directories(outside / "deep");
  write_file(outside / "deep" / "precious", "x");
  fs::permissions(outside / "deep", fs::perms(0500));
  fs::create_directory(here.path() / "tree");
  fs::create_directory_symlink(outside, here.path() / "tree" / "link");
  fs::create_symlink(outside / "deep" / "precious", here.path() / "tree" / "file");
  fs::create_directory_symlink(outside, here.path() / "instead");
  CHECK_FALSE(remove_tree(here.path() / "tree"));
  CHECK_FALSE(discard_tree(here.path() / "instead"));
  CHECK(names_in(here.path()) == std::vector<std::string>{"outside"});
  CHECK(support::text_of(outside / "deep" / "precious") == "x");
  CHECK(mode_of(outside / "deep") == 0500);
}

TEST_CASE("a link that is swapped in while the tree goes is not followed") {
  const support::place here;
  const fs::path outside = here.path() / "outside";
  fs::create_directory(outside);
  for (int i = 0; i < 100; ++i) write_file(outside / std::to_string(i), "x");
  for (int round = 0; round < 10; ++round) {
    const fs::path tree = here.path() / "tree";
    for (int i = 0; i < 20; ++i) {
      fs::create_directories(tree / std::to_string(i) / "inner");
      write_file(tree / std::to_string(i) / "inner" / "x", "x");
    }
    std::atomic<bool> go{true};
    std::thread swapper([&] {
      int n = 0;
      while (go) {
        const fs::path victim = tree / std::to_string(n % 20) / "inner";
        std::error_code failed;
        fs::rename(victim, tree / std::to_string(n % 20) / "away", failed);
        if (!failed) fs::create_directory_symlink(outside, victim, failed);
        ++n;
      }
    });
    const fault left = remove_tree(tree);
    go = false;
    swapper.join();
    INFO(left.text);
    CHECK_FALSE(left);
    CHECK(names_in(outside).size() == 100);
    remove_tree(tree);
  }
}

TEST_CASE("directories without permissions and read-only files go") {
  const support::place here;
  const auto ended = in_child([&](int output) {
    support::become_nobody();
    const fs::path tree = here.path() / "tree";
    for (const unsigned mode : {0u, 0100u, 0200u, 0300u, 0400u, 0500u, 0600u}) {
      const fs::path inner = tree / std::to_string(mode) / "inner";
      fs::create_directories(inner);
      write_file(inner / "file", "x");
      fs::permissions(inner / "file", fs::perms(0));
      fs::permissions(inner, fs::perms(mode));
      fs::permissions(inner.parent_path(), fs::perms(mode));
    }
    fs::permissions(tree, fs::perms(0));
    support::write_all(output, remove_tree(tree).text);
  });
  CHECK(ended.well());
  CHECK(ended.output.empty());
  CHECK(names_in(here.path()).empty());
}

TEST_CASE("what cannot be removed is named, and the rest goes") {
  const support::place here;
  const auto ended = in_child([&](int output) {
    fs::create_directories(here.path() / "tree" / "foreign");
    write_file(here.path() / "tree" / "foreign" / "file", "x");
    fs::permissions(here.path() / "tree", fs::perms(0777));
    support::become_nobody();
    write_file(here.path() / "tree" / "mine", "x");
    const fault left = remove_tree(here.path() / "tree");
    support::write_all(output, left.text);
  });
  if (::geteuid() != 0) return;  // needs two users
  CHECK(ended.output == (here.path() / "tree/foreign/file").string() + ": could not be removed: Permission denied");
  CHECK(names_in(here.path() / "tree") == std::vector<std::string>{"foreign"});
}

TEST_CASE("only the first of many that stay are named, and the others counted") {
  removal left;
  for (int i = 0; i < 7; ++i) left.add("/f" + std::to_string(i), EACCES);
  CHECK(left.count() == 7);
  const fault all = std::move(left).result();
  CHECK(all.text.find("/f3: could not be removed: Permission denied, and 3 more") != std::string::npos);
  CHECK(all.code == std::errc::permission_denied);
}

TEST_CASE("a file system that is mounted inside is reported, not emptied") {
  const support::place here;
  const fs::path outside = here.path() / "outside";
  const fs::path mounted = here.path() / "tree" / "mounted";
  fs::create_directories(outside);
  write_file(outside / "precious", "x");
  fs::create_directories(mounted);
  write_file(here.path() / "tree" / "other", "x");
  const auto ended = in_child([&](int output) {
    if (::unshare(CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER)) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount(outside.c_str(), mounted.c_str(), nullptr, MS_BIND, nullptr) != 0) {
      support::write_all(output, "not allowed to mount");
      return;
    }
    support::write_all(output, remove_tree(here.path() / "tree").text);
  });
  if (ended.output == "not allowed to mount") {
    WARN(ended.output);
    return;
  }
  CHECK(ended.output == mounted.string() + ": could not be removed: Device or resource busy");
  CHECK(support::text_of(outside / "precious") == "x");
  CHECK(names_in(here.path() / "tree") == std::vector<std::string>{"mounted"});
}

TEST_CASE("who goes on writing by name into a discarded tree does not keep it") {
  const support::place here;
  const fs::path tree = here.path() / "tree";
  for (int round = 0; round < 20; ++round) {
    fs::create_directory(tree);
    std::atomic<bool> go{true};
    std::atomic<int> written{0};
    std::thread writer([&] {
      for (int n = 0; go; ++n) {
        const int file = ::open((tree / std::to_string(n)).c_str(), O_CREAT | O_WRONLY, 0600);
        if (file >= 0) ++written;
        ::close(file);
      }
    });
    while (written < 50) std::this_thread::yield();
    const fault left = discard_tree(tree);
    go = false;
    writer.join();
    CHECK_FALSE(left);
    CHECK(names_in(here.path()).empty());
  }
}

TEST_CASE("who goes on writing into an open directory prolongs its removal only so far") {
  const support::place here;
  const fs::path tree = here.path() / "tree";
  fs::create_directory(tree);
  const int directory = ::open(tree.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::atomic<bool> go{true};
  std::atomic<int> written{0};
  std::vector<std::thread> writers;
  for (int w = 0; w < 3; ++w) {
    writers.emplace_back([&, w] {
      for (int n = 0; go; ++n) {
        const int file =
            ::openat(directory, (std::to_string(w) + "-" + std::to_string(n)).c_str(), O_CREAT | O_WRONLY, 0600);
        if (file >= 0) ++written;
        ::close(file);
      }
    });
  }
  while (written < 50) std::this_thread::yield();
  const fault left = discard_tree(tree);
  go = false;
  for (std::thread& writer : writers) writer.join();
  ::close(directory);
  INFO(left.text);
  CHECK(left.text.find(';') == std::string::npos);  // at most one
  CHECK((!left || left.text.find("Directory not empty") != std::string::npos));
}

TEST_CASE("a tree deeper than the descriptors of a process goes") {
  const support::place here;
  const auto ended = in_child([&](int output) {
    ::mkdir((here.path() / "tree").c_str(), 0700);
    if (::chdir((here.path() / "tree").c_str()) != 0) std::abort();
    for (int level = 0; level < 4500; ++level) {
      if (::mkdir("d", 0700) != 0 || ::chdir("d") != 0) std::abort();
    }
    if (::chdir("/") != 0) std::abort();
    struct rlimit few {
      100, 100
    };
    if (::setrlimit(RLIMIT_NOFILE, &few) != 0) std::abort();
    support::write_all(output, remove_tree(here.path() / "tree").text);
  });
  CHECK(ended.well());
  CHECK(ended.output.empty());
  CHECK(names_in(here.path()).empty());
}

TEST_CASE("several processes remove one tree together") {
  const support::place here;
  for (int round = 0; round < 10; ++round) {
    const fs::path tree = here.path() / "tree";
    for (int i = 0; i < 30; ++i) {
      fs::create_directories(tree / std::to_string(i) / "inner");
      for (int j = 0; j < 10; ++j) write_file(tree / std::to_string(i) / "inner" / std::to_string(j), "x");
    }
    std::vector<support::child> removers;
    support::gate start;
    for (int i = 0; i < 4; ++i) {
      removers.emplace_back([&](int output) {
        start.wait();
        support::write_all(output, remove_tree(tree).text);
      });
    }
    start.open();
    for (support::child& remover : removers) CHECK(remover.wait().output.empty());
    CHECK(names_in(here.path()).empty());
  }
}

TEST_CASE("the working directory may be inside") {
  const support::place here;
  const auto ended = in_child([&](int output) {
    fs::create_directories(here.path() / "tree" / "cwd");
    fs::current_path(here.path() / "tree" / "cwd");
    support::write_all(output, discard_tree(here.path() / "tree").text);
  });
  CHECK(ended.output.empty());
  CHECK(names_in(here.path()).empty());
}
