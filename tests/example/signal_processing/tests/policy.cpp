#include "component/policy.hpp"

#include <thread>

#include "fixture/signal_test.hpp"

using namespace signals;
using namespace std::chrono_literals;

TEST_CASE("a policy is loaded from its file", "[policy]") {
  signal_test t;
  CHECK(t.policies().current()->hash() == hash_of(standard_policy));
  CHECK(t.process(t.about(t.create("Pod", "web-1"))).status.policy == hash_of(standard_policy));
}

TEST_CASE("of rules that decide the same the first one counts", "[policy]") {
  signal_test t;
  const auto rules = policy::compile("priority = P1 when kind is Pod\npriority = P2 when name is web-*\npriority = P3");
  CHECK(rules.evaluate({{"kind", "Pod"}, {"name", "web-1"}}, "", t.context()).priority == "P1");
  CHECK(rules.evaluate({{"kind", "Node"}, {"name", "web-1"}}, "", t.context()).priority == "P2");
  CHECK(rules.evaluate({}, "", t.context()).priority == "P3");
}

TEST_CASE("a rule needs all of its conditions", "[policy]") {
  signal_test t;
  t.change_policy("priority = P0 when kind is Pod and label.app is checkout");
  const auto both = t.about(t.create("Pod", "web-1", {{"app", "checkout"}}));
  const auto one = t.about(t.create("Pod", "web-2"));
  CHECK(t.process(both).status.priority == "P0");
  CHECK(t.process(one).status.priority == "P3");
}

TEST_CASE("a policy that is missing means defaults", "[policy]") {
  signal_test t;
  const policy_file missing(t.policy_directory() / "no-such-file");
  controller defaults(t.objects(), missing, t.context(), {});
  auto asked = t.about(t.create("Pod", "web-1"));
  t.objects().create(to_object(asked));
  defaults.submit(asked.space, asked.name);
  const auto done = t.finished(asked);
  CHECK(done.status.environment == "unknown");
  CHECK(done.status.priority == "P3");
  CHECK(done.status.severity == "unknown");
}

TEST_CASE("ten evaluations run in parallel", "[policy]") {
  signal_test t;
  const auto rules = t.policies().current();
  std::vector<verdict> results(10);
  std::vector<std::thread> threads;
  for (verdict& result : results) {
    threads.emplace_back([&] { result = rules->evaluate({{"label.tier", "prod"}}, "", t.context()); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const verdict& result : results) CHECK(result.priority == "P0");
}

TEST_CASE("an evaluation ends at its deadline", "[policy]") {
  signal_test t;
  const auto rules = policy::compile("priority = P1");
  CHECK_THROWS_AS(rules.evaluate({}, "", t.context().by(cancellation::clock::now())), stopped);
  CHECK(rules.evaluate({}, "", t.context().by(cancellation::clock::now() + policy::time_out)).priority == "P1");
}

TEST_CASE("a label longer than 100 bytes is cut", "[policy]") {
  signal_test t;
  const auto target = t.create("Pod", "web-1", {{"owner", std::string(1000, 'x')}});
  CHECK(t.process(t.about(target)).status.labels == fields{{"owner", std::string(100, 'x')}});
}

TEST_CASE("a policy gives ten labels at most", "[policy]") {
  signal_test t;
  std::string text;
  for (char name = 'a'; name < 'm'; ++name) text += std::string("label ") + name + " = yes\n";
  t.change_policy(text);
  const auto labels = t.process(t.about(t.create("Pod", "web-1"))).status.labels;
  CHECK(labels.size() == 10);
  CHECK(labels.count("j") == 1);
  CHECK(labels.count("k") == 0);
}

TEST_CASE("a policy that does not compile names the line", "[policy]") {
  signal_test t;
  const auto complaint = [](const char* text) -> std::string {
    try {
      policy::compile(text);
      return "";
    } catch (const policy_error& problem) {
      return problem.what();
    }
  };
  CHECK(complaint("# fine\n\nmood = good") == "policy, line 3: 'mood' is nothing that a rule decides");
  CHECK(complaint("priority P1") == "policy, line 1: 'P1' where '=' should stand");
  CHECK(complaint("severity = purple") == "policy, line 1: 'purple' is no severity");
  CHECK(complaint("priority = P1 when kind is") == "policy, line 1: ends where a pattern should stand");
}
