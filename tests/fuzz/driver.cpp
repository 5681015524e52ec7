// Runs a fuzz target where there is no libFuzzer, as "target CORPUS [SEED]": on the files of its corpus, then on bytes drawn at
// random. The seed is printed.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

/// How many there are.
int run_corpus(const std::filesystem::path& folder) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<char> text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const std::vector<std::uint8_t> input(text.begin(), text.end());
    LLVMFuzzerTestOneInput(input.data(), input.size());
    ++files;
  }
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s CORPUS [SEED]\n", argv[0]);
    return 2;
  }
  const int files = run_corpus(argv[1]);
  if (files == 0) {
    std::fprintf(stderr, "%s: no file is in %s\n", argv[0], argv[1]);
    return 1;
  }
  const unsigned seed = argc > 2 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : std::random_device()();
  std::printf("%d files of the corpus; seed %u\n", files, seed);
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
