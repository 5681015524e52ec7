// Names beside what people write in their place.

#include <cstddef>
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

int main(int argc, char** argv) {
  side_by_side names;

  const std::string original = apart::unique_name("orders");
  const auto copy = [&original] { benchmark::DoNotOptimize(std::string(original)); };
  const auto name = [] { benchmark::DoNotOptimize(apart::unique_name("orders")); };
  for (const int threads : {1, 2}) names.compare("unique_name(\"orders\")", name, "copy of that string", copy, threads);
  names.compare(
      "unique_name(rules::postgresql, \"orders\")",
      [] { benchmark::DoNotOptimize(apart::unique_name(apart::rules::postgresql, "orders")); }, "copy of that string",
      copy);
  names.compare(
      "short_unique_name(\"orders\")", [] { benchmark::DoNotOptimize(apart::short_unique_name("orders")); },
      "mt19937, 8 characters",
      [] {
        static thread_local std::mt19937 random(std::random_device{}());
        std::string text = "orders-";
        for (int i = 0; i < 8; ++i) {
          text += "bcdfghjklmnpqrstvwxz2456789"[std::uniform_int_distribution<std::size_t>(0, 26)(random)];
        }
        benchmark::DoNotOptimize(text);
      });
#if defined(WITH_BOOST)
  const auto boost_uuid = [] { benchmark::DoNotOptimize(to_string(boost::uuids::random_generator()())); };
  names.compare("unique_name(\"orders\")", name, "Boost.UUID random_generator, to_string", boost_uuid);
  names.compare(
      "unique_uuid()", [] { benchmark::DoNotOptimize(apart::unique_uuid()); }, "Boost.UUID random_generator, to_string",
      boost_uuid);
#else
  std::puts("Boost.UUID was not found: not compared");
#endif
#if defined(WITH_LIBUUID)
  names.compare("unique_name(\"orders\")", name, "libuuid uuid_generate, uuid_unparse", [] {
    uuid_t id;
    char text[37];
    uuid_generate(id);
    uuid_unparse(id, text);
    benchmark::DoNotOptimize(std::string(text));
  });
#else
  std::puts("libuuid was not found: not compared");
#endif
  return names.run(argc, argv);
}
