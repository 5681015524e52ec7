#pragma once

#include <cstdint>
#include <string>

#include <apart/context/stop_token.hpp>
#include <apart/process/worker.hpp>

struct seen {
  const apart::worker* worker;
  std::uint64_t id;
  std::string name;
  apart::stop_token token;
};

seen first();
seen second();
