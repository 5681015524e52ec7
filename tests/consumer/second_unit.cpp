#include <apart/name/unique_name.hpp>

std::string name_from_the_second_unit() { return apart::unique_name("order"); }
