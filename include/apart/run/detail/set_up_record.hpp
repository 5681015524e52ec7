#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <apart/detail/atomic_write.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/detail/report.hpp>
#include <apart/detail/sealed_text.hpp>
#include <apart/run/detail/claim_journal.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

// What the processes of a run know of one `per_run`, where no launcher answers for it, stands in a directory of its own,
// "<coordination directory>/s-<hash of the declaration>":
//
//     lock         empty; its bytes are locked, see `set_up_locks`
//     record       the newest generation, replaced as a whole by rename, so that nobody ever reads a part; 0600
//     claims.<g>   the journal of what the set-up of generation g has claimed

enum class set_up_state : char {
  none = 'n',      ///< nothing is set up
  building = 'b',  ///< the set-up runs, or its process died in it
  ready = 'r',     ///< it has returned
  failed = 'f',    ///< it threw
  leaving = 'l',   ///< the tear-down runs, or its process died in it
};

struct set_up_record {
  std::uint64_t generation = 0;
  set_up_state state = set_up_state::none;
  std::string name;               ///< of the `per_run`, for people
  std::string who;                ///< the process that sets up or tears down, for people
  std::string layout;             ///< the payload's type and size
  std::string needs;              ///< the directory of the set-up that this one waits for
  std::vector<std::string> uses;  ///< names of what this one was set up with
  unsigned attempt = 0;           ///< how often its tear-down was begun
  std::string payload;            ///< or what went wrong
};

inline std::string set_up_directory(const std::string& run_directory, std::string_view declaration) {
  return run_directory + "/s-" + base32(stable_hash(declaration), 12);
}

inline std::string set_up_journal_path(const std::string& directory, std::uint64_t generation) {
  return directory + "/claims." + std::to_string(generation);
}

inline constexpr const char* set_up_record_kind = "set-up 1";

/// A line for each field, the payload as it is behind the last one; sealed, see `sealed_text`.
inline std::string record_text(const set_up_record& record) {
  std::string text = std::to_string(record.generation) + '\n' + static_cast<char>(record.state) + '\n';
  for (const std::string* field : {&record.name, &record.who, &record.layout, &record.needs}) {
    text += record_word(*field) + '\n';
  }
  for (const std::string& used : record.uses) text += record_word(used) + ' ';
  text += '\n' + std::to_string(record.attempt) + '\n' + record.payload;
  return sealed_text(set_up_record_kind, text);
}

/// False: it is none that `record_text` wrote as a whole, as a crash of the machine may leave it.
inline bool parse_record(std::string_view file, set_up_record& record) {
  const auto sealed = unsealed_text(set_up_record_kind, file);
  if (!sealed) return false;
  std::string_view text = *sealed;
  const auto line = [&text] {
    const std::string_view first = text.substr(0, text.find('\n'));
    text.remove_prefix(first.size() < text.size() ? first.size() + 1 : first.size());
    return std::string(first);
  };
  const auto number = [&line] { return std::strtoull(line().c_str(), nullptr, 10); };
  record.generation = number();
  const std::string state = line();
  if (state.size() != 1 || std::string_view("nbrfl").find(state[0]) == std::string_view::npos) return false;
  record.state = static_cast<set_up_state>(state[0]);
  for (std::string* field : {&record.name, &record.who, &record.layout, &record.needs}) *field = record_bytes(line());
  std::string uses = line();
  record.uses.clear();
  for (std::size_t end = uses.find(' '); end != std::string::npos; end = uses.find(' ')) {
    record.uses.push_back(record_bytes(uses.substr(0, end)));
    uses.erase(0, end + 1);
  }
  record.attempt = static_cast<unsigned>(number());
  record.payload = text;
  return true;
}

/// 0 or an error number; a record that is not there is that of generation 0. One that cannot be understood is EBADMSG.
inline int read_record(const std::string& directory, set_up_record& record) {
  std::string text;
  const int code = read_file(directory + "/record", text);
  if (code == ENOENT) {
    record = set_up_record();
    return 0;
  }
  if (code != 0) return code;
  return parse_record(text, record) ? 0 : EBADMSG;
}

inline int write_record(const std::string& directory, const set_up_record& record) {
  descriptor file;
  const std::string path = directory + "/record";
  return atomic_write(path, path, existing_file::is_replaced, record_text(record), file);
}

inline std::vector<std::string> set_ups_in(const std::string& run_directory) { return paths_in(run_directory, "s-"); }

/// Of all generations.
inline std::vector<std::string> set_up_journals_in(const std::string& directory) {
  return paths_in(directory, "claims.");
}

/// Cleans up what the set-ups of one directory have claimed. Returns whether nothing of it is left.
inline bool clean_set_up_claims(const std::string& directory) {
  bool all = true;
  for (const std::string& journal : set_up_journals_in(directory)) {
    const bool cleaned = clean_open_claims(journal);
    if (cleaned) remove_file(journal);
    all = cleaned && all;
  }
  return all;
}

inline bool is_set_up(const set_up_record& record) {
  return record.state == set_up_state::building || record.state == set_up_state::ready ||
         record.state == set_up_state::leaving;
}

inline bool uses(const set_up_record& record, const std::string& name) {
  return is_set_up(record) && std::find(record.uses.begin(), record.uses.end(), name) != record.uses.end();
}

/// For who knows that no process of the run is left: whether a set-up was not torn down, or what it has claimed is left.
inline bool has_open_set_ups(const std::string& run_directory) {
  for (const std::string& directory : set_ups_in(run_directory)) {
    set_up_record record;
    if (read_record(directory, record) != 0 || is_set_up(record)) return true;
    for (const std::string& journal : set_up_journals_in(directory)) {
      if (is_open_journal(journal)) return true;
    }
  }
  return false;
}

/// What one directory holds; a record that cannot be read is reported, and as nothing.
struct left_set_up {
  std::string directory;
  set_up_record record;
};

/// Of a run: those first that no other one stands on.
inline std::vector<left_set_up> set_ups_left_in(const std::string& run_directory) {
  std::vector<left_set_up> left;
  for (const std::string& directory : set_ups_in(run_directory)) {
    set_up_record record;
    const int code = read_record(directory, record);
    report(system_fault(code, "cannot read what was set up, in '" + directory + "/record'"));
    left.push_back({directory, code == 0 ? record : set_up_record()});
  }
  for (auto next = left.begin(); next != left.end(); ++next) {
    const auto stands_on_none_of_the_rest = [&](const left_set_up& one) {
      return std::none_of(next, left.end(),
                          [&](const left_set_up& other) { return uses(other.record, one.record.name); });
    };
    const auto first = std::find_if(next, left.end(), stands_on_none_of_the_rest);
    if (first != left.end()) std::iter_swap(next, first);
  }
  return left;
}

/// For who ends a run of which no process is left: the code of the tear-downs is in another program, so what the set-ups
/// have claimed is all that can be cleaned up. What was left is reported. Returns whether nothing claimed is left.
inline bool clean_set_ups(const std::string& run_directory) {
  bool all = true;
  for (left_set_up& left : set_ups_left_in(run_directory)) {
    set_up_record& record = left.record;
    if (is_set_up(record)) {
      report("per_run \"" + record.name + "\", which " + record.who +
             " had set up, was not torn down: all processes of its run were killed; what it claimed is cleaned up");
      record.state = set_up_state::none;
      write_record(left.directory, record);
    }
    all = clean_set_up_claims(left.directory) && all;
  }
  return all;
}

}  // namespace detail
APART_END_NAMESPACE
