#include "policy.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <sstream>

namespace signals {

bool is_severity(const std::string& severity) {
  constexpr std::array known{"critical", "high", "medium", "low", "info", "unknown"};
  return std::find(known.begin(), known.end(), severity) != known.end();
}

std::string hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

policy policy::compile(std::string_view text) {
  policy compiled;
  compiled.hash_ = hash_of(text);
  std::istringstream lines{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream rest(line.substr(0, line.find('#')));
    std::vector<std::string> words;
    for (std::string word; rest >> word;) words.push_back(word);
    if (words.empty()) continue;
    try {
      compiled.rules_.push_back(compile_rule(words));
    } catch (const policy_error& problem) {
      throw policy_error(fmt::format("policy, line {}: {}", number, problem.what()));
    }
  }
  return compiled;
}

policy::rule policy::compile_rule(const std::vector<std::string>& words) {
  std::size_t next = 0;
  const auto take = [&](const char* wanted) {
    if (next == words.size()) throw policy_error(fmt::format("ends where {} should stand", wanted));
    return words[next++];
  };
  const auto expect = [&](const char* word) {
    if (const std::string found = take(word); found != word) {
      throw policy_error(fmt::format("'{}' where '{}' should stand", found, word));
    }
  };

  rule made;
  made.decides = take("what is decided");
  if (made.decides == "label") {
    made.decides += " " + take("the label's name");
  } else if (made.decides != "environment" && made.decides != "severity" && made.decides != "priority") {
    throw policy_error(fmt::format("'{}' is nothing that a rule decides", made.decides));
  }
  expect("=");
  made.value = take("the value");
  if (made.decides == "severity" && made.value[0] != '$' && !is_severity(made.value)) {
    throw policy_error(fmt::format("'{}' is no severity", made.value));
  }
  for (const char* joint = "when"; next < words.size(); joint = "and") {
    expect(joint);
    condition& added = made.conditions.emplace_back();
    added.fact = take("a fact");
    expect("is");
    added.pattern = take("a pattern");
  }
  return made;
}

verdict policy::evaluate(const fields& facts, const std::string& environment, const cancellation& context) const {
  fields decided;
  if (!environment.empty()) decided["environment"] = environment;
  const auto look_up = [&](const std::string& fact) { return value_of(decided, fact, value_of(facts, fact)); };
  const auto holds = [&](const condition& asked) {
    return fnmatch(asked.pattern.c_str(), look_up(asked.fact).c_str(), 0) == 0;
  };

  verdict result;
  for (const rule& each : rules_) {
    context.check("the evaluation of the policy");
    if (decided.count(each.decides) != 0) continue;
    if (!std::all_of(each.conditions.begin(), each.conditions.end(), holds)) continue;
    const std::string value = each.value[0] == '$' ? look_up(each.value.substr(1)) : each.value;
    decided[each.decides] = value;
    constexpr std::string_view label = "label ";
    if (each.decides.compare(0, label.size(), label) == 0 && result.labels.size() < most_labels) {
      result.labels[each.decides.substr(label.size())] = value.substr(0, longest_label);
    }
  }
  result.environment = value_of(decided, "environment");
  result.severity = value_of(decided, "severity");
  result.priority = value_of(decided, "priority");
  if (!result.severity.empty() && !is_severity(result.severity)) {
    throw policy_error(fmt::format("the policy decided on the severity '{}', which is none", result.severity));
  }
  return result;
}

}  // namespace signals
