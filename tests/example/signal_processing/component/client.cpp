#include "client.hpp"

#include <fmt/format.h>

#include "error.hpp"

namespace signals {
namespace {

std::string title(const std::string& kind, const std::string& space, const std::string& name) {
  return space.empty() ? fmt::format("{} {}", kind, name) : fmt::format("{} {} in {}", kind, name, space);
}

}  // namespace

client::client(const endpoint& where) : address_(where), store_(open_object_store(where)), records_(where) {
  records_.log_in();
}

void client::create(const object& made) {
  if (!store_->create(made.kind, made.space, made.name, encode(made))) {
    throw already_exists(title(made.kind, made.space, made.name) + " already exists");
  }
  if (made.kind == "Namespace") records_.open(made.name);
}

std::optional<object> client::find(const std::string& kind, const std::string& space, const std::string& name) {
  scope_of(kind);
  const auto text = store_->find(kind, space, name);
  if (!text) return std::nullopt;
  return decode_object(kind, space, name, *text);
}

object client::get(const std::string& kind, const std::string& space, const std::string& name) {
  auto found = find(kind, space, name);
  if (!found) throw not_found(title(kind, space, name) + " not found");
  return *std::move(found);
}

void client::update(const object& changed) {
  if (store_->replace(changed.kind, changed.space, changed.name, encode(changed))) return;
  throw not_found(title(changed.kind, changed.space, changed.name) + " not found");
}

void client::remove(const std::string& kind, const std::string& space, const std::string& name) {
  if (store_->remove(kind, space, name)) return;
  throw not_found(title(kind, space, name) + " not found");
}

void client::remove_namespace(const std::string& space) {
  store_->remove_all(space);
  store_->remove("Namespace", "", space);
  records_.close(space);
}

}  // namespace signals
