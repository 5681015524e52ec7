#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cancellation.hpp"
#include "fields.hpp"

namespace signals {

/// What a policy decides. Empty: no rule has spoken.
struct verdict {
  std::string environment;
  std::string severity;
  std::string priority;
  fields labels;
};

/// Rules that turn what is known of a signal into a verdict. A file has one rule a line:
///
///     environment = production  when label.tier is prod-*
///     severity    = $severity
///     priority    = P0          when environment is production and severity is critical
///     label team  = payments    when label.app is checkout
///
/// A rule decides if all of its conditions hold; of those that decide the same, the first one counts. A condition
/// compares a fact, or what rules above have decided, with a pattern (fnmatch(3)); `$fact` is the value of a fact.
/// A `#` begins a comment. Immutable: any thread.
class policy {
 public:
  /// Throws `policy_error` that names the line.
  static policy compile(std::string_view text);

  /// `environment`: known already, where it is not empty; then no rule decides it.
  /// Throws `policy_error` when the severity decided is none, `stopped` when the context ends first.
  verdict evaluate(const fields& facts, const std::string& environment, const cancellation& context) const;

  /// Tells versions apart: equal for equal texts.
  const std::string& hash() const { return hash_; }

  static constexpr std::size_t most_labels = 10;      ///< further ones are left out
  static constexpr std::size_t longest_label = 100;   ///< bytes of a label's value; the rest is cut
  static constexpr std::chrono::seconds time_out{5};  ///< what an evaluation may take

 private:
  struct condition {
    std::string fact;
    std::string pattern;
  };
  struct rule {
    std::string decides;  ///< environment, severity, priority, or "label " and its name
    std::string value;
    std::vector<condition> conditions;
  };

  static rule compile_rule(const std::vector<std::string>& words);

  std::string hash_;
  std::vector<rule> rules_;
};

/// Whether a severity is one of those that the controller works with.
bool is_severity(const std::string& severity);

/// The hash of a policy file's text: FNV-1a, 64 bits, in hexadecimal.
std::string hash_of(std::string_view text);

}  // namespace signals
