// Contexts beside the standard's stop_token, where it has the like, and beside what people write in their place.

#include <chrono>
#include <cstring>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <vector>

#include <apart/context/context.hpp>
#include <apart/context/on_cancel.hpp>
#include <apart/context/stop_token.hpp>

#include "side_by_side.hpp"

namespace {

using namespace std::chrono_literals;
using apart::context;
using apart::scoped_context;
using apart::with_cancel;

constexpr int tree_size = 10'000;
constexpr int deadlines = 100'000;

/// A hundred branches of a hundred nodes each.
std::vector<scoped_context> tree() {
  std::vector<scoped_context> nodes;
  nodes.reserve(tree_size + 1);
  nodes.push_back(with_cancel(context::background()));
  for (int i = 0; i < tree_size; ++i) nodes.push_back(with_cancel(i % 100 == 0 ? nodes.front() : nodes.back()));
  return nodes;
}

/// The same tree of stop sources: each child's callback at its parent requests the child's stop.
struct std_node {
  struct request {
    std::stop_source child;
    void operator()() noexcept { child.request_stop(); }
  };
  std::stop_source source;
  std::unique_ptr<std::stop_callback<request>> registration;
};
std::vector<std_node> std_tree() {
  std::vector<std_node> nodes;
  nodes.reserve(tree_size + 1);
  nodes.emplace_back();
  for (int i = 0; i < tree_size; ++i) {
    std_node child;
    child.registration = std::make_unique<std::stop_callback<std_node::request>>(
        (i % 100 == 0 ? nodes.front() : nodes.back()).source.get_token(), std_node::request{child.source});
    nodes.push_back(std::move(child));
  }
  return nodes;
}

int measure_growth() {
  growth timeouts("with_timeout, made and destroyed, among so many", "log");
  growth siblings("with_cancel, made and destroyed, among so many", "flat");
  growth cancels("cancel of so many contexts of one parent", "linear");
  for (const int size : {1, 10, 100, 1000, 10'000, 100'000}) {
    std::vector<scoped_context> others;
    others.reserve(static_cast<std::size_t>(size));
    for (int i = 0; i < size; ++i) {
      others.push_back(apart::with_timeout(context::background(), 1h + std::chrono::microseconds(i * 7919LL % size)));
    }
    int next = 0;
    timeouts.add(size, cost_of_each(1000, [&] {
                   const auto in = 1h + std::chrono::microseconds(++next * 997LL % size);
                   benchmark::DoNotOptimize(apart::with_timeout(context::background(), in));
                 }));
    others.clear();
    scoped_context parent = with_cancel(context::background());
    const auto fill = [&] {
      others.clear();
      parent = with_cancel(context::background());
      for (int i = 0; i < size; ++i) others.push_back(with_cancel(parent));
    };
    fill();
    siblings.add(size, cost_of_each(1000, [&] { benchmark::DoNotOptimize(with_cancel(parent)); }));
    std::vector<double> times;
    for (int round = 0; round < 5; ++round) {
      fill();
      times.push_back(cost_of_once([&] { parent.cancel(); }));
    }
    cancels.add(size, median(times));
  }
  for (const growth* each : {&timeouts, &siblings, &cancels}) each->print();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--growth") == 0) return measure_growth();
  side_by_side contexts;
  const scoped_context asked = with_cancel(context::background());
  const apart::stop_token token = asked.token();
  std::stop_source std_source;
  const std::stop_token std_token = std_source.get_token();

  contexts.compare(
      ratio_at_most(1.2), "context::cancelled", [&] { benchmark::DoNotOptimize(asked.cancelled()); },
      "std, stop_requested", [&] { benchmark::DoNotOptimize(std_token.stop_requested()); });
  contexts.compare(
      no_target(), "stop_token::stop_requested", [&] { benchmark::DoNotOptimize(token.stop_requested()); },
      "std, stop_requested", [&] { benchmark::DoNotOptimize(std_token.stop_requested()); });
  contexts.compare(
      no_target(), "stop_source, made and destroyed", [] { benchmark::DoNotOptimize(apart::stop_source()); },
      "std::stop_source", [] { benchmark::DoNotOptimize(std::stop_source()); });
  contexts.compare(
      no_target(), "stop_callback, made and destroyed",
      [&] { const apart::stop_callback callback(token, [] { benchmark::ClobberMemory(); }); }, "std::stop_callback",
      [&] { const std::stop_callback callback(std_token, [] { benchmark::ClobberMemory(); }); });
  contexts.compare(
      no_target(), "on_cancel, made and destroyed",
      [&] { const apart::on_cancel watch(asked, [] { benchmark::ClobberMemory(); }); }, "the same in a unique_ptr",
      [&] {
        const auto call = [] { benchmark::ClobberMemory(); };
        benchmark::DoNotOptimize(std::make_unique<std::stop_callback<decltype(call)>>(std_token, call));
      });
  contexts.compare(
      no_target(), "with_cancel, made and destroyed", [&] { benchmark::DoNotOptimize(with_cancel(asked)); },
      "std::stop_source, linked",
      [&] {
        std_node child;
        child.registration =
            std::make_unique<std::stop_callback<std_node::request>>(std_token, std_node::request{child.source});
        benchmark::DoNotOptimize(child);
        child.source.request_stop();
      });
  contexts.compare_prepared(
      no_target(), "cancel of a tree of 10,000", tree,
      [](std::vector<scoped_context>& nodes) { nodes.front().cancel(); }, "std::stop_source, linked", std_tree,
      [](std::vector<std_node>& nodes) { nodes.front().source.request_stop(); });

  // With so many pending, a deadline that comes and goes: beside an entry of an ordered set under a mutex.
  std::vector<scoped_context> pending;
  std::set<std::pair<context::clock::time_point, int>> std_pending;
  const auto in = [](int number) {
    return std::chrono::hours(1) + std::chrono::microseconds(number * 7919LL % deadlines);
  };
  contexts.compare_prepared(
      no_target(), "100 with_timeout among 100,000 others",
      [&] {
        while (pending.size() < deadlines) {
          pending.push_back(apart::with_timeout(context::background(), in(static_cast<int>(pending.size()))));
        }
        return 0;
      },
      [&](int) {
        for (int i = 0; i < 100; ++i) benchmark::DoNotOptimize(apart::with_timeout(context::background(), in(i * 997)));
      },
      "std::set under a mutex",
      [&] {
        while (std_pending.size() < deadlines) {
          const int number = static_cast<int>(std_pending.size());
          std_pending.emplace(context::clock::now() + in(number), number);
        }
        return 0;
      },
      [&](int) {
        static std::mutex mutex;
        for (int i = 0; i < 100; ++i) {
          auto made = std::make_shared<std::stop_source>();
          std::unique_lock lock(mutex);
          const auto place = std_pending.emplace(context::clock::now() + in(i * 997), -i).first;
          lock.unlock();
          benchmark::DoNotOptimize(made->request_stop());
          lock.lock();
          std_pending.erase(place);
        }
      });
  return contexts.run(argc, argv);
}
