#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include <apart/context/context.hpp>
#include <apart/context/on_cancel.hpp>
#include <apart/context/stop_token.hpp>

/// What a part of the program that is compiled as C++17 does with contexts and tokens, its own and others'.
struct part {
  apart::scoped_context (*child_of)(const apart::context& parent);
  apart::context (*current)();
  std::string (*cause_of)(const apart::context& other);
  std::string (*value_of)(const apart::context& other);
  apart::context (*with_value)(const apart::context& other, std::string value);
  std::unique_ptr<apart::on_cancel> (*watch)(const apart::context& other, std::function<void()> call);
  apart::stop_token (*token_of)(const apart::stop_source& source);
  void (*run_beside)(const apart::stop_token& token, std::atomic<bool>& running);  ///< until the token is stopped
};

extern const part in_unit;
__attribute__((visibility("default"))) extern const part in_shared_object;
