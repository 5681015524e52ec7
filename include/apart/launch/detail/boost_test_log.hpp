#pragma once

#include <apart/launch/detail/boost_test_library.hpp>

#include <ostream>
#include <sstream>
#include <string>
#include <utility>

#include <boost/test/output/compiler_log_formatter.hpp>

#include <apart/adapter/boost_test.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What fails outside of all tests: the set-up of something, or its tear-down.
struct boost_test_outside {
  bool failed = false;
  std::string text;  ///< what Boost.Test says of it, each line behind a line feed

  /// What goes on while no test runs.
  static inline boost_test_outside* now = nullptr;
};

/// Boost.Test's own log, of which only what belongs to tests and to their suites is shown: what it says of a whole run, and of
/// tests that are not in the list, would be said once for each part of one. Keeps the text of what fails outside of tests.
class boost_test_log final : public boost::unit_test::output::compiler_log_formatter {
  using base = boost::unit_test::output::compiler_log_formatter;
  using text = boost::unit_test::const_string;
  using unit = boost::unit_test::test_unit;

 public:
  void log_start(std::ostream&, boost::unit_test::counter_t) override {
    m_color_output = boost_test_option<bool>(boost_test_config::btrt_color_output);
  }
  void log_build_info(std::ostream&, bool) override {}

  void test_unit_start(std::ostream& out, const unit& begun) override {
    if (is_shown(begun)) base::test_unit_start(out, begun);
  }
  void test_unit_finish(std::ostream& out, const unit& ended, unsigned long elapsed) override {
    if (is_shown(ended)) base::test_unit_finish(out, ended, elapsed);
  }
  void test_unit_skipped(std::ostream& out, const unit& skipped, text reason) override {
    if (reason != text("disabled")) base::test_unit_skipped(out, skipped, reason);
  }

  void log_exception_start(std::ostream& out, const boost::unit_test::log_checkpoint_data& last,
                           const boost::execution_exception& thrown) override {
    base::log_exception_start(out, last, thrown);
    base::log_exception_start(copy_, {}, thrown);
  }
  void log_exception_finish(std::ostream& out) override {
    base::log_exception_finish(out);
    keep_copy(true);
  }

  void log_entry_start(std::ostream& out, const boost::unit_test::log_entry_data& entry,
                       log_entry_types type) override {
    base::log_entry_start(out, entry, type);
    base::log_entry_start(copy_, entry, type);
    is_error_ = type == BOOST_UTL_ET_ERROR || type == BOOST_UTL_ET_FATAL_ERROR;
  }
  void log_entry_value(std::ostream& out, text value) override {
    base::log_entry_value(out, value);
    base::log_entry_value(copy_, value);
  }
  void log_entry_value(std::ostream& out, const boost::unit_test::lazy_ostream& value) override {
    base::log_entry_value(out, value);
    base::log_entry_value(copy_, value);
  }
  void log_entry_finish(std::ostream& out) override {
    base::log_entry_finish(out);
    keep_copy(is_error_);
  }

 private:
  static bool is_shown(const unit& one) {
    return one.p_parent_id != boost::unit_test::INV_TEST_UNIT_ID && one.p_id != boost_test_observer::leader;
  }

  void keep_copy(bool is_error) {
    if (is_error && boost_test_outside::now != nullptr) boost_test_outside::now->text += '\n' + copy_.str();
    copy_.str({});
  }

  std::ostringstream copy_;
  bool is_error_ = false;
};

}  // namespace detail
APART_END_NAMESPACE
