#pragma once

// Boost.Test for a main that is not its own. Where no shared library of it is used its implementation is part of this header.
#ifndef BOOST_TEST_NO_MAIN
#define BOOST_TEST_NO_MAIN
#endif
#ifndef BOOST_TEST_ALTERNATIVE_INIT_API
#define BOOST_TEST_ALTERNATIVE_INIT_API
#endif
#if defined(BOOST_TEST_DYN_LINK) || defined(BOOST_UNIT_TEST_FRAMEWORK_DYN_LINK) || defined(BOOST_ALL_DYN_LINK)
#include <boost/test/unit_test.hpp>
#else
#include <boost/test/included/unit_test.hpp>
#endif

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/test/framework.hpp>
#include <boost/test/tree/test_unit.hpp>
#include <boost/test/unit_test_parameters.hpp>

#include <apart/detail/environment.hpp>
#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A command line as Boost.Test takes it, which moves the pointers about and keeps them.
class boost_test_arguments {
 public:
  explicit boost_test_arguments(const std::vector<std::string>& arguments) : texts_(arguments) {
    for (std::string& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  boost_test_arguments(const boost_test_arguments&) = delete;
  boost_test_arguments& operator=(const boost_test_arguments&) = delete;

  int count() const noexcept { return static_cast<int>(texts_.size()); }
  char** pointers() noexcept { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

namespace boost_test_config = boost::unit_test::runtime_config;

/// What an option says, on the command line or by its variable. Not for texts: of an option of that type a library that
/// g++ has built knows nothing in a program of clang's, since the two name what tells types apart in different ways.
template <class T>
const T& boost_test_option(const std::string& name) {
  return boost_test_config::get<T>(name);
}

/// In place of what was said.
template <class T>
void set_boost_test_option(const std::string& name, const T& value) {
  const_cast<boost::runtime::arguments_store&>(boost_test_config::argument_store()).set(name, value);
}

/// Forgets which tests were selected, and all else that was said but what is asked for while tests run. Boost.Test keeps the
/// `program`'s arguments.
inline void forget_boost_test_selection(boost_test_arguments& program) {
  namespace config = boost_test_config;
  std::map<std::string, bool> said;
  for (const std::string& option : {config::btrt_auto_start_dbg, config::btrt_build_info, config::btrt_color_output,
                                    config::btrt_detect_fp_except, config::btrt_use_alt_stack}) {
    if (config::has(option)) said[option] = boost_test_option<bool>(option);
  }
  static_cast<void>(set_variable("BOOST_TEST_RUN_FILTERS", std::nullopt));
  int count = program.count();
  config::init(count, program.pointers());
  for (const auto& [option, value] : said) set_boost_test_option(option, value);
}

/// What a suite holds, in the order in which it runs; Boost.Test keeps it from others.
class boost_test_children : boost::unit_test::test_suite {
 public:
  static const auto& of(const boost::unit_test::test_suite& suite) {
    return suite.*(&boost_test_children::m_ranked_children);
  }
};

/// Whether it is that unit, or in it.
inline bool is_below(boost::unit_test::test_unit_id id, boost::unit_test::test_unit_id above) {
  while (id != above && id != boost::unit_test::INV_TEST_UNIT_ID) {
    id = boost::unit_test::framework::get(id, boost::unit_test::TUT_ANY).p_parent_id;
  }
  return id == above;
}

}  // namespace detail
APART_END_NAMESPACE
