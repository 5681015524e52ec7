// Runs a fuzz target where there is no libFuzzer: on bytes drawn at random, and on what is tried first. The seed is
// printed, and taken as an argument.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  const unsigned seed = argc > 1 ? static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10)) : std::random_device()();
  std::printf("seed %u\n", seed);
  std::fflush(stdout);
  std::mt19937 random(seed);
  constexpr int inputs = 200000;
  for (int i = 0; i < inputs; ++i) {
    std::vector<std::uint8_t> input(random() % (i % 100 == 0 ? 1000 : 60));
    // Bytes that names are made of, and now and then any.
    for (std::uint8_t& byte : input) {
      const auto usual = static_cast<std::uint8_t>("az-._/:AZ09$"[random() % 12]);
      byte = random() % 4 == 0 ? static_cast<std::uint8_t>(random() % 256) : usual;
    }
    if (!input.empty()) input[0] = static_cast<std::uint8_t>(random() % 256);
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  std::printf("%d inputs\n", inputs);
}
