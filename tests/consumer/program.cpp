#include <apart/name/unique_name.hpp>

#include <iostream>
#include <set>
#include <string>

std::string name_from_the_second_unit();

/// Two translation units share one counter.
int main() {
  std::set<std::string> names;
  for (int i = 0; i < 100; ++i) {
    names.insert(apart::unique_name("order"));
    names.insert(name_from_the_second_unit());
  }
  std::cout << names.size() << " different names\n";
  return names.size() == 200 ? 0 : 1;
}
