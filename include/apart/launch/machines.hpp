#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <apart/detail/environment.hpp>
#include <apart/detail/random.hpp>
#include <apart/detail/wire.hpp>
#include <apart/error.hpp>
#include <apart/launch/member.hpp>
#include <apart/launch/plan.hpp>
#include <apart/launch/worker.hpp>
#include <apart/launch/worker_process.hpp>
#include <apart/run/coordinator.hpp>

APART_BEGIN_NAMESPACE

/// One launcher's part in a run over several machines, which meet by a coordinator: `APART_COORDINATOR=postgresql://...` and
/// one `APART_RUN_ID` on all of them. Together they run each test once; a machine may come while others run.
///
/// What they share: the list of the tests, and their order; the seed; the numbers of workers and of processes, so names are
/// unique among all; set-ups of `scope::run`; the turn of serial tests, which are alone on all machines. What each has for
/// itself: set-ups of `scope::machine`, locks and ports, the limits of groups, and its verdict.
/// One that comes when all others have gone begins the run anew.
/// A machine that dies takes with it the tests that it had handed out and not finished: each of the others names them, and
/// has failed. One that loses the coordinator cancels its run.
/// Errors: `apart::error` where the coordinator fails, or where the tests are not those of the run.
class machines {
 public:
  using moment = std::chrono::steady_clock::time_point;

  /// Null: the run is of this machine alone. Takes the variable out of the environment: members meet on their machine.
  static std::unique_ptr<machines> of_this_run(const launch_options& options) {
    const std::string url = detail::variable(detail::coordinator_variable).value_or("");
    const auto join = detail::coordinator_scheme::find(url);
    if (join == nullptr && !url.empty() && url.compare(0, 5, "file:") != 0) {
      detail::raise(
          error(fmt::format("APART_COORDINATOR='{}' is not known here: a database is for a program that includes "
                            "<apart/interop/postgres.hpp>",
                            url.substr(0, url.find(':') + 1) + "...")));
    }
    if (join == nullptr) return nullptr;
    const std::string run = detail::variable("APART_RUN_ID").value_or("");
    if (run.empty())
      detail::raise(error("APART_COORDINATOR: a run over machines needs one APART_RUN_ID on all of them"));
    if (options.shards > 1 || !options.one_round()) {
      detail::raise(error("APART_COORDINATOR: --shard, --repeat and --until-it-fails are for a run on one machine"));
    }
    static_cast<void>(detail::set_variable(detail::coordinator_variable, std::nullopt));
    return std::make_unique<machines>(join(url, run), options.procs);
  }

  machines(std::unique_ptr<coordinator> joined, unsigned workers)
      : run_(std::move(joined)), number_(static_cast<unsigned>(run_->add("machines", 1))) {
    lock(*run_, life_of(number_), run_->session());
    static_cast<void>(run_->create(beginning_of(number_), ""));
    part_.first_worker = static_cast<unsigned>(run_->add("workers", workers));
    part_.first_process = number_ << 20U;  // so many processes of each have numbers of their own
    part_.run_bits = std::stoull(agreed("run bits", std::to_string(detail::random_bits())));
  }

  const run_part& part() const noexcept { return part_; }
  /// Where they meet. As long as this object.
  coordinator& meeting() noexcept { return *run_; }

  /// What is to be said of it before the first test.
  std::string welcome() const {
    return fmt::format("machine {} of the run: run_lock, ports and groups are this machine's own", number_);
  }

  /// The seed of the run: what the first machine says.
  std::uint32_t seed(std::uint32_t mine) {
    return static_cast<std::uint32_t>(std::stoul(agreed("seed", std::to_string(mine))));
  }

  /// An `apart::error` where another machine has other tests.
  void compare(const std::vector<planned_test>& tests) {
    detail::wire_writer list(detail::message::listing);
    list.number(tests.size());
    for (const planned_test& test : tests) list.text(test.name);
    const std::string mine = fmt::format("{} {:016x}", tests.size(), detail::hash_of(tests));
    const std::string theirs = agreed("tests", mine);
    if (theirs == mine) return;
    detail::raise(
        error(fmt::format("the tests of this machine are not those of the run: {} (number and hash) there, {} here; "
                          "run the same program with the same selection everywhere",
                          theirs, mine)));
  }

  /// The plan draws from the run: see `plan::draw_from`.
  void supply(plan& tests) {
    units_ = tests.draw_from([this, &tests] { take(tests); });
    for (const auto& unit : units_) left_ += unit.size();
    tests.still_to_come(left_);
  }

  /// What has ended is told to the others. Returns whether workers that wait may ask again: it is a serial test's turn.
  bool turn(plan& tests) {
    std::vector<taken> open;
    for (taken& mine : open_) {
      bool done = true;
      for (const std::size_t index : mine.tests) done = done && tests.has_ended(index);
      if (!done) {
        open.push_back(std::move(mine));
      } else {
        static_cast<void>(run_->create(fmt::format("ended {}", mine.unit), ""));
      }
    }
    open_ = std::move(open);
    if (has_turn_ && open_.empty()) {
      run_->unlock(alone);
      has_turn_ = false;
    }
    return std::exchange(waits_for_turn_, false);
  }

  /// When to call `turn` though nothing has happened.
  moment next() const noexcept {
    return std::chrono::steady_clock::now() + std::chrono::milliseconds(waits_for_turn_ ? 20 : 500);
  }

  /// Why this machine has no part in the run any more; empty: it has.
  std::string lost() const { return run_->session().cause(); }

  /// When its own tests have ended: waits for the others, until `interrupted` says true. The tests that machines have taken
  /// with them.
  template <class Interrupted>
  std::vector<std::string> wait_for_others(plan& tests, Interrupted interrupted) {
    turn(tests);
    run_->unlock(alone);
    if (open_.empty()) static_cast<void>(run_->create(end_of(number_), ""));
    std::vector<std::size_t> dead;
    for (unsigned machine = 0; machine < run_->add("machines", 0); ++machine) {
      if (!run_->read(beginning_of(machine))) continue;  // comes too late to take anything
      while (machine != number_ && !run_->read(end_of(machine))) {
        if (interrupted() || !lost().empty()) return {};
        if (is_dead(machine) && !run_->read(end_of(machine))) {
          dead.push_back(machine);
          break;
        }
        run_->wait_for_change(run_->session(), std::chrono::milliseconds(200));
      }
    }
    return dead.empty() ? std::vector<std::string>() : taken_along_by(dead, tests);
  }

 private:
  /// Shared by machines that run tests side by side, exclusive for serial ones.
  static constexpr const char* alone = "alone";

  struct taken {
    std::size_t unit;
    std::vector<std::size_t> tests;
  };

  static std::string life_of(unsigned machine) { return fmt::format("machine {}", machine); }
  static std::string beginning_of(unsigned machine) { return fmt::format("beginning of machine {}", machine); }
  static std::string end_of(unsigned machine) { return fmt::format("end of machine {}", machine); }

  /// What the first one has said.
  std::string agreed(const char* name, const std::string& mine) {
    static_cast<void>(run_->create(name, mine));
    return run_->read(name).value_or(mine);
  }

  static void read_owner(const std::string& owner, unsigned& machine, std::size_t& count) {
    char* end = nullptr;
    machine = static_cast<unsigned>(std::strtoul(owner.c_str(), &end, 10));
    count = std::max<std::size_t>(1, std::strtoul(end, nullptr, 10));
  }

  std::vector<std::string> taken_along_by(const std::vector<std::size_t>& dead, const plan& tests) {
    std::vector<std::string> missing;
    for (std::size_t unit = 0; unit < units_.size();) {
      const auto owner = run_->read(fmt::format("taken {}", unit));
      if (!owner) break;
      unsigned machine = 0;
      std::size_t count = 0;
      read_owner(*owner, machine, count);
      const bool has_died = std::find(dead.begin(), dead.end(), std::size_t{machine}) != dead.end();
      const bool is_missing = has_died && !run_->read(fmt::format("ended {}", unit));
      for (const std::size_t end = std::min(unit + count, units_.size()); unit < end; ++unit) {
        for (const std::size_t index : units_[unit]) {
          if (is_missing) missing.push_back(fmt::format("{} (machine {})", tests.name(index), machine));
        }
      }
    }
    return missing;
  }

  /// Its lock goes with it.
  bool is_dead(unsigned machine) {
    if (machine == number_ || !run_->try_lock(life_of(machine))) return false;
    run_->unlock(life_of(machine));
    return true;
  }

  /// Takes the next units that nobody has: a text says whose they are, and how many, so that nothing lies between the
  /// decision and the record of it.
  void take(plan& tests) {
    skip_to(static_cast<std::size_t>(run_->add("units taken", 0)), tests);
    while (next_ < units_.size()) {
      if (!may_run(tests, tests.is_serial(units_[next_].front()))) return;
      const std::size_t count = tests.is_serial(units_[next_].front()) ? 1 : count_to_take(tests);
      const std::string name = fmt::format("taken {}", next_);
      const bool is_mine = run_->create(name, fmt::format("{} {}", number_, count));
      unsigned machine = number_;
      std::size_t theirs = count;
      if (!is_mine) read_owner(run_->read(name).value_or("0 1"), machine, theirs);
      taken mine{next_, {}};
      skip_to(next_ + theirs, tests);
      if (!is_mine) continue;
      run_->add("units taken", count);  // a hint, which spares the others to go through all
      for (std::size_t unit = mine.unit; unit < next_; ++unit) {
        for (const std::size_t index : units_[unit]) {
          mine.tests.push_back(index);
          tests.admit(index);
        }
      }
      open_.push_back(std::move(mine));
      return;
    }
    if (!shares_) return;
    shares_ = false;
    run_->unlock(alone);
  }

  /// Those before are taken.
  void skip_to(std::size_t unit, plan& tests) {
    for (const std::size_t end = std::min(unit, units_.size()); next_ < end; ++next_) left_ -= units_[next_].size();
    tests.still_to_come(left_);
  }

  /// Those that are expected to take ten milliseconds, and no more than a part of what is left; no serial ones.
  std::size_t count_to_take(const plan& tests) const {
    const std::size_t most = std::min(tests.in_ten_milliseconds(), std::max<std::size_t>(1, left_ / 16));
    std::size_t count = 1;
    while (count < most && next_ + count < units_.size() && !tests.is_serial(units_[next_ + count].front())) ++count;
    return count;
  }

  /// Serial tests wait until no other machine runs any, and keep them from it.
  bool may_run(const plan& tests, bool serial) {
    if (serial ? has_turn_ : shares_) return true;
    if (serial && tests.running() > 0) return false;
    if (serial && std::exchange(shares_, false)) run_->unlock(alone);
    (serial ? has_turn_ : shares_) = serial ? run_->try_lock(alone) : run_->try_lock_shared(alone);
    waits_for_turn_ = !(serial ? has_turn_ : shares_);
    return !waits_for_turn_;
  }

  std::unique_ptr<coordinator> run_;
  const unsigned number_;
  run_part part_;
  std::vector<std::vector<std::size_t>> units_;
  std::size_t next_ = 0;     ///< of the units: none before it is free
  std::size_t left_ = 0;     ///< tests of those from `next_` on
  std::vector<taken> open_;  ///< by this machine, and not all ended
  bool shares_ = false;      ///< in `alone`
  bool has_turn_ = false;    ///< has all of it
  bool waits_for_turn_ = false;
};

APART_END_NAMESPACE
