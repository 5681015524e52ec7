#include "policy_file.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <utility>

namespace signals {

policy_file::policy_file(std::filesystem::path file)
    : file_(std::move(file)), current_(std::make_shared<policy>(policy::compile(""))) {
  changes_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  end_ = eventfd(0, EFD_CLOEXEC);
  const std::string directory = file_.parent_path();
  if (inotify_add_watch(changes_, directory.c_str(), IN_MOVED_TO | IN_CREATE | IN_CLOSE_WRITE | IN_ONLYDIR) < 0) {
    close(changes_);
    close(end_);
    throw error(directory + ": cannot be watched");
  }
  load();  // after the watch has begun: no version is missed
  watcher_ = std::thread([this] { watch(); });
}

policy_file::~policy_file() {
  eventfd_write(end_, 1);
  watcher_.join();
  close(changes_);
  close(end_);
}

std::shared_ptr<const policy> policy_file::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void policy_file::load() {
  std::ifstream file(file_, std::ios::binary);
  if (!file) return;
  std::ostringstream text;
  text << file.rdbuf();
  const std::string hash = hash_of(text.str());
  if (hash == current()->hash() || hash == refused_hash_) return;
  try {
    auto next = std::make_shared<policy>(policy::compile(text.str()));
    const std::lock_guard lock(mutex_);
    current_ = std::move(next);
    refused_hash_.clear();
  } catch (const policy_error&) {
    refused_hash_ = hash;
    ++refused_;
  }
}

void policy_file::watch() {
  pollfd waited[] = {{changes_, POLLIN, 0}, {end_, POLLIN, 0}};
  while (poll(waited, 2, -1) < 0 || waited[1].revents == 0) {
    // Which name changed does not matter: a text that is known already is not compiled again.
    alignas(inotify_event) char events[4096];
    while (read(changes_, events, sizeof events) > 0) {
    }
    load();
  }
}

}  // namespace signals
