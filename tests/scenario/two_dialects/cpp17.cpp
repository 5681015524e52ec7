#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "part.hpp"

static_assert(__cplusplus == 201703L);

const part DIALECT_PART{
    [](const apart::context& parent) { return apart::with_cancel(parent); },
    [] { return apart::context::current(); },
    [](const apart::context& other) { return other.cause(); },
    [](const apart::context& other) {
      const auto* value = other.value<std::string>();
      return value != nullptr ? *value : std::string();
    },
    [](const apart::context& other, std::string value) { return other.with_value(std::move(value)); },
    [](const apart::context& other, std::function<void()> call) {
      return std::make_unique<apart::on_cancel>(other, std::move(call));
    },
    [](const apart::stop_source& source) { return source.get_token(); },
    [](const apart::stop_token& token, std::atomic<bool>& running) {
      running = true;
      while (!token.stop_requested()) std::this_thread::yield();
    },
};
