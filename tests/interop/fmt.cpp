#include <apart/interop/fmt.hpp>

#include <string>
#include <utility>

#include <apart/context/context.hpp>

#include "catch.hpp"

TEST_CASE("fmt writes what owns a path as that path") {
  const apart::temp_dir directory("dir");
  const apart::temp_file file("file");
  const apart::config_volume volume;
  CHECK(fmt::format("{}", directory) == directory.path().native());
  CHECK(fmt::format("{}", file) == file.path().native());
  CHECK(fmt::format("{}", volume) == volume.path().native());
}

TEST_CASE("fmt writes nothing for a directory that was moved from") {
  apart::temp_dir from;
  const apart::temp_dir to = std::move(from);
  CHECK(fmt::format("[{}]", from) == "[]");  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("fmt writes a rule as what it is the rule of") {
  CHECK(fmt::format("{}", apart::rules::dns_label) == "DNS label");
  CHECK(fmt::format("{:*>12}", apart::rules::dns_label) == "***DNS label");
}

TEST_CASE("fmt writes a worker by its number") {
  CHECK(fmt::format("{}", apart::worker{"run", 2, 4, "launcher"}) == "worker 2 of 4");
  CHECK(fmt::format("{:>16}", apart::worker{"run", 2, 4, "environment"}) == "   worker 2 of 4");
  CHECK(fmt::format("{}", apart::worker{"run", 0, 4, "keeper"}) == "keeper");
  CHECK(fmt::format("{}", apart::this_worker()) == "worker 0 of 1");
}

TEST_CASE("fmt writes a context as its place") {
  CHECK(fmt::format("{}", apart::context::background()) == "background");
  const apart::scoped_context work = apart::with_cancel(apart::context::background());
  CHECK(fmt::format("{:-^26}", work) == "-background > with_cancel-");
}
