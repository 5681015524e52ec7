#include <apart/launch/junit.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <locale>
#include <random>
#include <string>
#include <vector>

#include <unistd.h>

#include "catch.hpp"
#include "support/files.hpp"
#include "support/run_program.hpp"

using apart::junit_of;
using apart::outcome;
using apart::per_run_record;
using apart::run_record;
using apart::test_record;
using apart::time_span;
using Catch::Matchers::ContainsSubstring;
using namespace std::chrono_literals;

namespace {

program::result check(const std::string& argument) {
  const auto checker = std::filesystem::path(__FILE__).parent_path().parent_path() / "support" / "junit_schema.py";
  return run_program({"/usr/bin/env", "python3", checker.string(), argument});
}

/// What a report holds, once it is valid: see tests/support/junit_schema.py.
std::string read(const std::vector<run_record>& rounds) {
  const support::place here;
  const auto file = here.path() / "report.xml";
  support::write_file(file, junit_of(rounds));
  const auto checked = check(file);
  if (checked.status != 0) FAIL(checked.output);
  return checked.output;
}

std::string host() {
  char name[256] = {};
  REQUIRE(::gethostname(name, sizeof name - 1) == 0);
  return name;
}

/// So long after some moment, for so long.
time_span after(std::chrono::nanoseconds wait, std::chrono::nanoseconds length) {
  const std::chrono::steady_clock::time_point moment(100h);
  return {moment + wait, moment + wait + length};
}

run_record some_round() {
  run_record round;
  round.program = "/build/dir.d/suite";
  round.seed = 4294967295;
  round.workers = 3;
  round.started = std::chrono::system_clock::time_point(1'709'251'199s + 999ms);
  round.when = after(0s, 1500ms);
  return round;
}

run_record round_of(const test_record& test) {
  run_record round = some_round();
  round.tests = {test};
  return round;
}

test_record test_that(outcome result, const std::string& why, const std::string& output = {}) {
  test_record test;
  test.name = "a test";
  test.result = result;
  test.worker = 2;
  test.when = after(1s, 250ms);
  test.why = why;
  test.output = output;
  return test;
}

class with_comma : public std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

}  // namespace

TEST_CASE("what checks the reports finds planted offences") {
  const auto checked = check("--self-test");
  CAPTURE(checked.output);
  CHECK(checked.status == 0);
}

TEST_CASE("a round is a suite of what ran in it, in the order of its end") {
  run_record round = some_round();
  round.tests = {test_that(outcome::passed, "", "printed\n"), test_that(outcome::failed, "1 == 2")};
  round.tests[1].name = "another";
  CHECK(read({round}) ==
        "testsuites name=\"suite\" tests=\"2\" failures=\"1\" errors=\"0\" time=\"1.500\"\n"
        "  testsuite name=\"suite\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" time=\"1.500\" "
        "timestamp=\"2024-02-29T23:59:59\" hostname=\"" +
            host() +
            "\"\n"
            "    properties\n"
            "      property name=\"seed\" value=\"4294967295\"\n"
            "      property name=\"workers\" value=\"3\"\n"
            "    testcase name=\"a test\" classname=\"suite\" time=\"0.250000\"\n"
            "      system-out: \"printed\\n\"\n"
            "      system-err: \"worker 2\\n\"\n"
            "    testcase name=\"another\" classname=\"suite\" time=\"0.250000\"\n"
            "      failure message=\"1 == 2\" type=\"failure\": \"1 == 2\"\n"
            "      system-err: \"worker 2\\n\"\n");
}

TEST_CASE("a failure says why, and has a text also where only the output says it") {
  CHECK_THAT(read({round_of(test_that(outcome::failed, "\n  1 == 2\r\n\nsecond\n", "out"))}),
             ContainsSubstring("      failure message=\"1 == 2\" type=\"failure\": \"\\n  1 == 2\\r\\n\\nsecond\\n\"\n"
                               "      system-out: \"out\"\n"));
  for (const char* const nothing : {"", " \r\n\t"}) {
    CHECK_THAT(read({round_of(test_that(outcome::failed, nothing))}),
               ContainsSubstring("      failure message=\"failed\" type=\"failure\": \"failed\"\n"));
  }
}

TEST_CASE("a crash is an error, whatever else is known of it") {
  for (const outcome result : {outcome::failed, outcome::passed, outcome::skipped}) {
    test_record test = test_that(result, "ended by SIGSEGV", "before\n");
    test.crashed = true;
    const std::string found = read({round_of(test)});
    CHECK_THAT(found, ContainsSubstring("tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\""));
    CHECK_THAT(found,
               ContainsSubstring("      error message=\"ended by SIGSEGV\" type=\"crash\": \"ended by SIGSEGV\"\n"
                                 "      system-out: \"before\\n\"\n"));
  }
  test_record test = test_that(outcome::failed, "");
  test.crashed = true;
  CHECK_THAT(read({round_of(test)}), ContainsSubstring("error message=\"crashed\" type=\"crash\": \"crashed\"\n"));
}

TEST_CASE("what was skipped says why where that is known") {
  const std::string found = read({round_of(test_that(outcome::skipped, "no network\nhere", "out"))});
  CHECK_THAT(found, ContainsSubstring("tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\""));
  CHECK_THAT(found, ContainsSubstring("      skipped message=\"no network\": \"no network\\nhere\"\n"
                                      "      system-out: \"out\"\n"));
  CHECK_THAT(read({round_of(test_that(outcome::skipped, ""))}), ContainsSubstring("\n      skipped\n"));
}

TEST_CASE("what never ran is an error") {
  run_record round = round_of(test_that(outcome::passed, ""));
  round.never_ran = {"late", "later"};
  const std::string found = read({round});
  CHECK_THAT(found, ContainsSubstring("tests=\"3\" failures=\"0\" errors=\"2\" skipped=\"0\""));
  for (const char* const name : {"late", "later"}) {
    CHECK_THAT(found, ContainsSubstring(std::string("    testcase name=\"") + name +
                                        "\" classname=\"suite\" time=\"0.000000\"\n"
                                        "      error message=\"never ran\" type=\"never_ran\": \"never ran\"\n"));
  }
}

TEST_CASE("a set-up or tear-down that failed is an error of its own, one that succeeded is not named") {
  run_record round = some_round();
  per_run_record good{"good", false, after(0s, 1s), ""};
  per_run_record bad{"bad", false, after(0s, 2s), "no server:\nport 1 is taken"};
  per_run_record worse{"bad", true, after(3s, 1s), "it hangs"};
  round.set_ups = {good, bad, worse};
  const std::string found = read({round});
  CHECK_THAT(found, ContainsSubstring("tests=\"2\" failures=\"0\" errors=\"2\" skipped=\"0\""));
  CHECK_THAT(found, ContainsSubstring("    testcase name=\"set-up of per_run \\\"bad\\\"\" classname=\"suite\" "
                                      "time=\"2.000000\"\n      error message=\"no server:\" type=\"set-up\": "
                                      "\"no server:\\nport 1 is taken\"\n"));
  CHECK_THAT(found, ContainsSubstring("    testcase name=\"tear-down of per_run \\\"bad\\\"\" classname=\"suite\" "
                                      "time=\"1.000000\"\n      error message=\"it hangs\" type=\"tear-down\": "
                                      "\"it hangs\"\n"));
  CHECK_THAT(found, !ContainsSubstring("good"));
}

TEST_CASE("where a test ran, what it waited for and what it left running are a line each") {
  test_record test = test_that(outcome::passed, "", "out");
  test.worker = 17;
  test.waits = {{"run_lock \"db\"", after(0s, 120ms)}, {"per_run \"a\nb\"", after(1s, 2s)}};
  test.left_running = {"sleep (process 123)", "odd\nname (process 124)"};
  CHECK_THAT(read({round_of(test)}),
             ContainsSubstring("      system-out: \"out\"\n      system-err: \"worker 17\\n"
                               "waited 0.120 s for run_lock \\\"db\\\"\\nwaited 2.000 s for per_run \\\"a\\\\nb\\\"\\n"
                               "left running: sleep (process 123)\\nleft running: odd\\\\nname (process 124)\\n\"\n"));
}

TEST_CASE("rounds are told apart, and the whole is their sum") {
  run_record one = round_of(test_that(outcome::failed, "1 == 2"));
  run_record two = round_of(test_that(outcome::skipped, ""));
  two.round = 2;
  two.never_ran = {"late"};
  two.when = after(2s, 250ms);
  const std::string found = read({one, two});
  CHECK_THAT(found,
             ContainsSubstring("testsuites name=\"suite\" tests=\"3\" failures=\"1\" errors=\"1\" time=\"1.750\""));
  CHECK_THAT(found, ContainsSubstring("  testsuite name=\"suite (round 1)\" tests=\"1\" failures=\"1\" errors=\"0\" "
                                      "skipped=\"0\" time=\"1.500\""));
  CHECK_THAT(found, ContainsSubstring("  testsuite name=\"suite (round 2)\" tests=\"2\" failures=\"0\" errors=\"1\" "
                                      "skipped=\"1\" time=\"0.250\""));
  CHECK(count_of(found, "classname=\"suite\"") == 3);
  CHECK_THAT(read({two}), ContainsSubstring("  testsuite name=\"suite (round 2)\""));
  CHECK(read({}) == "testsuites name=\"\" tests=\"0\" failures=\"0\" errors=\"0\" time=\"0.000\"\n");
}

TEST_CASE("a program without directories has its name, too") {
  run_record round = some_round();
  round.program = "suite";
  CHECK_THAT(read({round}), ContainsSubstring("  testsuite name=\"suite\""));
}

TEST_CASE("numbers are the same in every locale, and no time is negative") {
  run_record round = round_of(test_that(outcome::passed, ""));
  round.seed = 1'234'567;
  round.when = after(0s, 1234567ms + 800us);
  round.tests[0].when = after(0s, 1234s + 5us);
  round.tests[0].waits = {{"a", after(0s, 1234s)}, {"b", after(0s, -1s)}};
  const std::locale former = std::locale::global(std::locale(std::locale(), new with_comma));
  const std::string found = read({round});
  std::locale::global(former);
  CHECK_THAT(found, ContainsSubstring("time=\"1234.568\" timestamp=\"2024-02-29T23:59:59\""));
  CHECK_THAT(found, ContainsSubstring("name=\"seed\" value=\"1234567\""));
  CHECK_THAT(found, ContainsSubstring("time=\"1234.000005\""));
  CHECK_THAT(found, ContainsSubstring("waited 1234.000 s for a\\nwaited 0.000 s for b\\n"));
  round.when = after(0s, -1s);
  round.tests[0].when = after(0s, -1s);
  CHECK_THAT(read({round}), ContainsSubstring("time=\"0.000\" timestamp"));
}

TEST_CASE("names and outputs of any bytes are read as they are, but for what XML cannot hold") {
  test_record test =
      test_that(outcome::failed, "]]>\x1b[31m<\x01>\x1b[0m", "a]]>b&amp;\r\n\x1b[1mc\x1b[0m\xff\xed\xa0\x80 d\n");
  test.name = " <a> \"b\"\n\t& '\x02'\xc3\xa9";
  run_record round = round_of(test);
  round.program = "/a/<p>\"\n";
  const std::string found = read({round});
  CHECK_THAT(found, ContainsSubstring("  testsuite name=\"<p>\\\"\\n\""));
  CHECK_THAT(found,
             ContainsSubstring("testcase name=\" <a> \\\"b\\\"\\n\\t& '\\ufffd'\\u00e9\" classname=\"<p>\\\"\\n\""));
  CHECK_THAT(found, ContainsSubstring("failure message=\"]]><\\ufffd>\" type=\"failure\": \"]]><\\ufffd>\"\n"));
  CHECK_THAT(found, ContainsSubstring("system-out: \"a]]>b&amp;\\r\\nc\\ufffd\\ufffd\\ufffd\\ufffd d\\n\"\n"));
}

TEST_CASE("every report is valid, whatever the bytes are") {
  std::mt19937 random(17);
  const auto bytes = [&] {
    std::string text(random() % 60, ' ');
    const std::string odd = "\x1b[m]>&;<\"'\r\n\xef\xbf\xbe\xed\xa0\xf0\x9f\x98\x80";
    for (char& byte : text) byte = random() % 2 == 0 ? odd[random() % odd.size()] : static_cast<char>(random() % 256);
    return text;
  };
  std::vector<run_record> rounds(3, some_round());
  for (run_record& round : rounds) {
    round.program += bytes();
    for (int i = 0; i < 300; ++i) {
      test_record test = test_that(static_cast<outcome>(i % 3), "why " + bytes(), bytes());
      test.name = bytes();
      test.crashed = i % 7 == 0;
      test.waits = {{bytes(), after(0s, 1s)}};
      test.left_running = {bytes()};
      round.tests.push_back(test);
      round.never_ran.push_back(bytes());
    }
    round.set_ups = {{bytes(), true, after(0s, 1s), "why " + bytes()}};
  }
  CHECK_THAT(read(rounds), ContainsSubstring("testsuites"));
}

TEST_CASE("an output is kept as a whole") {
  std::string output;
  for (int line = 0; output.size() < (std::size_t{3} << 20); ++line) output += "line " + std::to_string(line) + ' ';
  CHECK(read({round_of(test_that(outcome::passed, "", output))}).find(": \"" + output + "\"\n") != std::string::npos);
}
