#include <apart/run/per_run.hpp>

#include <string>

std::string start_cache() { return "cache://127.0.0.1"; }
void stop_cache(const std::string&) {}

// the page's block

int main() { return *cache == "cache://127.0.0.1" ? 0 : 1; }
