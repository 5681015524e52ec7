#include "controller.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>

#include "metrics.hpp"

namespace signals {
namespace {

using namespace std::chrono_literals;

/// The context of work on a signal: the controller's, or the signal's own deadline where that is earlier.
cancellation context_of(const signal& about, const cancellation& controllers) {
  if (about.not_after == std::chrono::system_clock::time_point::max()) return controllers;
  return controllers.by(cancellation::clock::now() + (about.not_after - std::chrono::system_clock::now()));
}

/// What a policy may ask for.
fields facts_of(const signal& about, const surroundings& around) {
  const std::size_t slash = about.target.find('/');
  fields facts{{"namespace", about.space},
               {"alert", about.alert},
               {"severity", about.severity},
               {"cluster", about.cluster},
               {"kind", about.target.substr(0, slash)},
               {"name", slash == std::string::npos ? "" : about.target.substr(slash + 1)}};
  for (const fields* labels : {&around.target_labels, &around.space_labels, &about.labels}) {
    for (const auto& [name, value] : *labels) facts.emplace("label." + name, value);  // the first one counts
  }
  return facts;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// A source that predicts says so in the alert's name.
void set_mode(signal& about) {
  constexpr std::string_view predicted = "predicted-";
  const bool proactive = about.alert.compare(0, predicted.size(), predicted) == 0;
  about.status.mode = proactive ? "proactive" : "reactive";
  about.status.alert = proactive ? about.alert.substr(predicted.size()) : about.alert;
}

}  // namespace

controller::controller(client& objects, const policy_file& policies, cancellation context, options chosen)
    : objects_(objects), policies_(policies), context_(std::move(context)), options_(chosen), at_work_(chosen.threads) {
  for (unsigned i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
}

controller::~controller() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void controller::submit(const std::string& space, const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    queue_.emplace_back(space, name);
  }
  changed_.notify_one();
}

bool controller::has_stopped() const {
  const std::lock_guard lock(mutex_);
  return at_work_ == 0;
}

void controller::work() {
  data_service records(objects_.address());
  std::unique_lock lock(mutex_);
  while (!ended_ && !context_.stops()) {
    if (queue_.empty()) {
      changed_.wait_for(lock, 5ms);
      continue;
    }
    const auto [space, name] = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    reconcile(records, space, name);
    lock.lock();
  }
  --at_work_;
}

void controller::reconcile(data_service& records, const std::string& space, const std::string& name) {
  try {
    const auto stored = objects_.find("Signal", space, name);
    if (!stored) return;
    signal about = to_signal(*stored);
    if (about.is_final()) return;
    audit trail(records, about);
    try {
      advance(about, trail, context_of(about, context_));
    } catch (const std::exception& problem) {
      metrics::count("errors_total", {{"namespace", space}, {"phase", name_of(about.status.reached)}});
      trail.failed(about.status.reached, problem.what());
      about.status.reason = problem.what();
      enter(about, phase::failed, trail);
    }
  } catch (const std::exception&) {
    // Neither the store nor the audit takes it: the signal stays as it is, and whoever watches sees the counter.
    metrics::count("errors_total", {{"namespace", space}, {"phase", "reconcile"}});
  }
}

void controller::advance(signal& about, audit& trail, const cancellation& context) {
  set_mode(about);
  enter(about, phase::enriching, trail);
  context.check("the signal");
  const surroundings around = enrich(objects_, about);
  about.status.degraded = around.degraded;
  about.status.owners = around.owners;
  about.status.business_unit = value_of(around.space_labels, "business-unit", "unknown");
  metrics::count("enrichments_total", {{"namespace", about.space}, {"degraded", around.degraded ? "yes" : "no"}});

  enter(about, phase::classifying, trail);
  classify(about, around, trail, context);
  trail.decided(about.status);
  enter(about, phase::completed, trail);
}

void controller::classify(signal& about, const surroundings& around, audit& trail, const cancellation& context) {
  for (unsigned attempt = 1;; ++attempt) {
    try {
      return decide(about, around, context);
    } catch (const policy_error& problem) {
      if (attempt == options_.attempts) throw;
      trail.failed(phase::classifying, problem.what());
    }
  }
}

void controller::decide(signal& about, const surroundings& around, const cancellation& context) {
  const std::string label = value_of(around.target_labels, "environment", value_of(around.space_labels, "environment"));
  const auto policy = policies_.current();
  classification& status = about.status;
  status.policy = policy->hash();
  const verdict decided =
      policy->evaluate(facts_of(about, around), label, context.by(cancellation::clock::now() + policy::time_out));
  status.environment = decided.environment.empty() ? "unknown" : decided.environment;
  status.environment_source = !label.empty() ? "label" : decided.environment.empty() ? "default" : "rule";
  status.priority = decided.priority.empty() ? "P3" : decided.priority;
  const std::string reported = lower_case(about.severity);
  status.severity = !decided.severity.empty() ? decided.severity : is_severity(reported) ? reported : "unknown";
  status.labels = decided.labels;
  if (options_.classify_clusters && !about.cluster.empty()) status.cluster = region_of(about.cluster);
}

std::string controller::region_of(const std::string& cluster) {
  const auto registered = objects_.find("Cluster", "", cluster);
  return registered ? value_of(registered->labels, "region", "unknown") : "unknown";
}

void controller::enter(signal& about, phase next, audit& trail) {
  about.status.reached = next;
  trail.entered(next);
  if (about.is_final()) {
    trail.send();
    metrics::count("signals_total", {{"namespace", about.space}, {"outcome", name_of(next)}});
  }
  objects_.update(to_object(about));
}

}  // namespace signals
