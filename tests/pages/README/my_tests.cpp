// What the product and the rest of the suite are made of: a store in a directory, and 87 tests more.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#endif

#include <chrono>
#include <filesystem>
#include <set>
#include <string>

using namespace std::chrono_literals;

std::string start_server() {
  std::string form = std::filesystem::temp_directory_path() / "orders-XXXXXX";
  return ::mkdtemp(form.data());
}
void stop_server(const std::string& address) { std::filesystem::remove_all(address); }

struct kinds_of_messages {
  void add(const std::string& kind) { kinds.insert(kind); }
  std::set<std::string> kinds;
};
inline kinds_of_messages& registry() {
  static kinds_of_messages all;
  return all;
}

struct client {
  explicit client(std::string server) : address(std::move(server)) {}
  void create(const std::string& space) const { std::filesystem::create_directory(address + '/' + space); }
  bool has(const std::string& space) const { return std::filesystem::exists(address + '/' + space); }
  std::string address;
};

// the page's block

void store_another() {
  const std::string space = apart::unique_name("orders");
  db->create(space);
  CHECK(db->has(space));
  CHECK(registry().kinds.count("order") == 1);
}

#define ANOTHER(number) \
  TEST_CASE("another order is stored " #number) { store_another(); }
#define TEN(tens)  \
  ANOTHER(tens##0) \
  ANOTHER(tens##1) \
  ANOTHER(tens##2) \
  ANOTHER(tens##3) \
  ANOTHER(tens##4) ANOTHER(tens##5) ANOTHER(tens##6) ANOTHER(tens##7) ANOTHER(tens##8) ANOTHER(tens##9)
TEN(1)
TEN(2)
TEN(3)
TEN(4)
TEN(5)
TEN(6)
TEN(7)
TEN(8)
ANOTHER(1)
ANOTHER(2)
ANOTHER(3)
ANOTHER(4)
ANOTHER(5)
ANOTHER(6)
ANOTHER(7)
