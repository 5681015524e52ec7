// Names beside what people write in their place.

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>

#include <apart/name/short_unique_name.hpp>
#include <apart/name/unique_id.hpp>
#include <apart/name/unique_name.hpp>

#include "side_by_side.hpp"

#if __has_include(<boost/uuid/uuid_generators.hpp>)
#include <boost/uuid/uuid_generators.hpp>
#include <boost/uuid/uuid_io.hpp>
#define WITH_BOOST 1
#endif
#if defined(WITH_LIBUUID)
#include <uuid/uuid.h>
#endif

namespace {

int measure_growth() {
  growth shown("a name, when so many were made", "flat");
  int made = 0;
  for (const int size : {1, 10, 100, 1000, 10'000, 100'000, 1'000'000}) {
    for (; made < size; ++made) benchmark::DoNotOptimize(apart::unique_name("orders"));
    shown.add(size, cost_of_each(1000, [] { benchmark::DoNotOptimize(apart::unique_name("orders")); }));
  }
  shown.print();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--growth") == 0) return measure_growth();
  side_by_side names;

  const std::string original = apart::unique_name("orders");
  const auto copy = [&original] { benchmark::DoNotOptimize(std::string(original)); };
  const auto name = [] { benchmark::DoNotOptimize(apart::unique_name("orders")); };
  names.compare(ratio_at_most(2.0), "unique_name(\"orders\")", name, "copy of that string", copy);
  names.compare_scaling(ratio_at_most(1.1), "the same, on 2 threads / on 1", name, "copy of that string", copy);
#if defined(WITH_BOOST)
  const auto boost_uuid = [] { benchmark::DoNotOptimize(to_string(boost::uuids::random_generator()())); };
  names.compare(faster_at_least(15), "unique_name(\"orders\")", name, "Boost.UUID, to_string", boost_uuid);
  names.compare(
      no_target(), "unique_uuid()", [] { benchmark::DoNotOptimize(apart::unique_uuid()); }, "Boost.UUID, to_string",
      boost_uuid);
#else
  std::fputs("Boost.UUID was not found: not compared\n", stderr);
#endif
#if defined(WITH_LIBUUID)
  names.compare({"faster"}, "unique_name(\"orders\")", name, "libuuid, uuid_unparse", [] {
    uuid_t id;
    char text[37];
    uuid_generate(id);
    uuid_unparse(id, text);
    benchmark::DoNotOptimize(std::string(text));
  });
#else
  std::fputs("libuuid was not found: not compared\n", stderr);
#endif
  names.compare(
      no_target(), "unique_name(rules::postgresql, \"orders\")",
      [] { benchmark::DoNotOptimize(apart::unique_name(apart::rules::postgresql, "orders")); }, "copy of that string",
      copy);
  names.compare(
      no_target(), "short_unique_name(\"orders\")",
      [] { benchmark::DoNotOptimize(apart::short_unique_name("orders")); }, "mt19937, 8 characters",
      [] {
        static thread_local std::mt19937 random(std::random_device{}());
        std::string text = "orders-";
        for (int i = 0; i < 8; ++i) {
          text += "bcdfghjklmnpqrstvwxz2456789"[std::uniform_int_distribution<std::size_t>(0, 26)(random)];
        }
        benchmark::DoNotOptimize(text);
      });
  return names.run(argc, argv);
}
