#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <apart/detail/descriptor.hpp>
#include <apart/detail/file_lock.hpp>
#include <apart/detail/file_name.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/detail/fork.hpp>
#include <apart/detail/report.hpp>
#include <apart/detail/stable_hash.hpp>
#include <apart/error.hpp>
#include <apart/run/detail/claim_handlers.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

// The journals of a run stand in "<coordination directory>/claims", one per process that claims, 0600. Its process holds
// a lock on it, exclusive, for as long as it lives: who gets that lock may clean up what is open in it. A journal is only
// ever appended to, one record by one write, and unlinked under its lock when nothing in it is open. A record is a line:
//
//     1+ 17 schema orders 8c0k3fdm29xa       the 17th claim of this process; "-" says that it is released
//
// The 1 is the format's version: lines of another one cannot be read. Bytes of kind and name other than plain ones are
// spelled "%0a"; the last word is a checksum of the rest. Each record begins with a line feed, too, so that one that was
// torn spoils no other. What a crash of the machine leaves of it is the file system's to say: nothing is synchronised to
// the disk.

inline constexpr const char* claims_name = "/claims";
inline constexpr const char* set_up_claims_name = "/set-up-claims";  ///< the same, of what set-ups have claimed
inline constexpr char journal_version = '1';
inline constexpr int most_clean_ups = 3;

inline std::string record_word(std::string_view bytes) {
  static constexpr char hexadecimal[] = "0123456789abcdef";
  std::string word;
  for (const char c : bytes) {
    if (c > ' ' && c <= '~' && c != '%') {
      word += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      word.append(1, '%').append(1, hexadecimal[byte >> 4]).append(1, hexadecimal[byte & 15]);
    }
  }
  return word;
}

/// The bytes that `record_word` spelled so.
inline std::string record_bytes(std::string_view word) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '%' && word.size() - i > 2) {
      bytes += static_cast<char>(digit(word[i + 1]) * 16 + digit(word[i + 2]));
      i += 2;
    } else {
      bytes += word[i];
    }
  }
  return bytes;
}

/// `claim`: "17 schema orders". `verb`: '+' or '-'.
inline std::string claim_record(char verb, std::string_view claim) {
  const std::string text = std::string{journal_version, verb, ' '}.append(claim);
  return '\n' + text + ' ' + base32(stable_hash(text), 12) + '\n';
}

/// The claim of which a line tells; empty where the line is none that `claim_record` wrote.
inline std::string_view claim_in_line(std::string_view line) {
  const std::size_t last = line.rfind(' ');
  if (last == std::string_view::npos || last < 4 || line[0] != journal_version || line[2] != ' ') return {};
  if (line[1] != '+' && line[1] != '-') return {};
  const std::string_view text = line.substr(0, last);
  if (line.substr(last + 1) != base32(stable_hash(text), 12) || std::count(text.begin(), text.end(), ' ') != 3)
    return {};
  return text.substr(3);
}

/// What a journal says.
struct journal_content {
  std::vector<std::string_view> open;  ///< claims without a release, the oldest first
  std::size_t unreadable = 0;          ///< lines that are no records
  bool torn = false;                   ///< its process was killed in the middle of the last record
};

inline journal_content read_journal(std::string_view text) {
  journal_content content;
  std::map<std::string_view, std::size_t> places;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix((std::min)(text.size(), line.size() + 1));
    if (line.empty()) continue;
    const std::string_view claim = claim_in_line(line);
    if (claim.empty() && text.data() == line.data() + line.size()) {
      content.torn = true;
    } else if (claim.empty()) {
      ++content.unreadable;
    } else if (line[1] == '+') {
      if (places.try_emplace(claim, content.open.size()).second) content.open.push_back(claim);
    } else if (const auto place = places.find(claim); place != places.end()) {
      content.open[place->second] = {};
    }
  }
  content.open.erase(std::remove(content.open.begin(), content.open.end(), std::string_view()), content.open.end());
  return content;
}

/// Has its handler clean up one claim, a bounded number of times. Says why not where that fails.
inline bool clean_claim(std::string_view claim, const std::string& journal) {
  const std::string_view resource = claim.substr(claim.find(' ') + 1);
  const std::string_view kind = resource.substr(0, resource.find(' '));
  const std::string_view name = resource.substr(kind.size() + 1);
  const std::string label = "claim of " + std::string(kind) + " '" + std::string(name) + "': ";
  const std::string advice = "; it stays in '" + journal + "' for a later process to clean up";
  std::string failure;
  claim_handler_registry::clean_up_function clean_up = nullptr;
  if (attempt([&] { clean_up = claim_handler_registry::instance().find(record_bytes(kind)); },
              [&](const char* text) { failure = text; })) {
    failure = "this program has no claim_handler of its kind";
  }
  for (int time = 0; clean_up != nullptr && time < most_clean_ups; ++time) {
    if (attempt([&] { clean_up(record_bytes(name)); }, [&](const char* text) { failure = text; })) return true;
  }
  report(label + (clean_up == nullptr ? "" : "its clean-up failed " + std::to_string(most_clean_ups) + " times: ") +
         failure + advice);
  return false;
}

/// Cleans up what is open in a journal, for who holds its lock, the newest first. Each is recorded as released at once:
/// if this process is killed, the next one repeats only what it was in. Returns whether nothing is open any more.
inline bool clean_open_claims(const std::string& journal) {
  std::string text;
  descriptor file;
  int code = read_file(journal, text);
  if (code == 0) code = open_private_file(journal, file);
  if (code != 0) {
    report(system_fault(code, "cannot read the claims in '" + journal + "'"));
    return false;
  }
  const journal_content content = read_journal(text);
  if (content.unreadable != 0) {
    report("claims in '" + journal + "': skipped " + std::to_string(content.unreadable) +
           " lines that cannot be read; what they claimed may be left");
  }
  if (content.torn) {
    report("claims in '" + journal +
           "': skipped the last record, which was torn: of what was not there yet, or no more");
  }
  bool all = true;
  for (std::size_t i = content.open.size(); i-- > 0;) {
    if (clean_claim(content.open[i], journal)) {
      report(system_fault(write_all(file, claim_record('-', content.open[i])), "cannot write to '" + journal + "'"));
    } else {
      all = false;
    }
  }
  return all;
}

/// Cleans up after the process of a journal if that is dead. Returns whether nothing of it is left.
inline bool clean_journal(const std::string& journal) {
  file_lock lock;
  int code = lock.open(journal);
  const bool locked = code == 0 && lock.try_lock(lock_mode::exclusive, code);
  report(system_fault(code == ENOENT ? 0 : code, "cannot lock the claims in '" + journal + "'"));
  if (!locked) return code == ENOENT;
  if (!lock.has_its_name()) return true;
  if (!clean_open_claims(journal)) return false;
  remove_file(journal);
  return true;
}

/// Cleans up after the dead processes of a run. Returns whether no process's claims are left. `name`: what their set-ups
/// have claimed stands apart, since it goes after the tear-downs: the rest may stand on it.
inline bool clean_claims(const std::string& run_directory, const char* name = claims_name) {
  bool all = true;
  for (const std::string& journal : paths_in(run_directory + name)) all = clean_journal(journal) && all;
  return all;
}

/// Whether a process that lives, or that is about to be gone, has claims there.
inline bool has_held_journals(const std::string& run_directory) {
  for (const std::string& journal : paths_in(run_directory + claims_name)) {
    file_lock lock;
    if (lock.open(journal) == 0 && lock.is_held_against(lock_mode::exclusive)) return true;
  }
  return false;
}

inline bool is_open_journal(const std::string& journal) {
  std::string text;
  return read_file(journal, text) != 0 || !read_journal(text).open.empty();
}

/// For who knows that no process of the run is left.
inline bool has_open_claims(const std::string& run_directory) {
  for (const char* const name : {claims_name, set_up_claims_name}) {
    for (const std::string& journal : paths_in(run_directory + name)) {
      if (is_open_journal(journal)) return true;
    }
  }
  return false;
}

}  // namespace detail
APART_END_NAMESPACE
