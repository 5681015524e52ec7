#pragma once

#include <stdexcept>

namespace signals {

/// Base of all that the component throws; what() is for people.
struct error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A name is taken: objects are created once.
struct already_exists : error {
  using error::error;
};
struct not_found : error {
  using error::error;
};
/// An object of a kind that nobody has registered in this process.
struct unknown_kind : error {
  using error::error;
};
/// The data service does not know this user, or not with this password.
struct login_refused : error {
  using error::error;
};
/// The data service cannot be reached, or could not do what it was asked for.
struct unavailable : error {
  using error::error;
};
/// A policy that does not compile, or that decides what makes no sense.
struct policy_error : error {
  using error::error;
};
/// Cancelled, or past a deadline.
struct stopped : error {
  using error::error;
};

}  // namespace signals
