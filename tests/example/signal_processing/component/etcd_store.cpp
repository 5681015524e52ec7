#include "etcd_store.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include <cstdint>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "error.hpp"

namespace signals {
namespace {

using nlohmann::json;

constexpr std::string_view scheme = "etcd:";
constexpr const char* key_root = "/registry/";

constexpr std::string_view base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Keys and values travel in base64 (RFC 4648), since they may be any bytes.
std::string armoured(std::string_view bytes) {
  std::string text;
  unsigned held = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    held = held << 8U | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 6; bits -= 6) text += base64[held >> (bits - 6) & 63U];
  }
  if (bits > 0) text += base64[held << (6 - bits) & 63U];
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string plain(std::string_view text) {
  std::string bytes;
  unsigned held = 0;
  unsigned bits = 0;
  for (const char digit : text) {
    if (digit == '=') break;
    held = held << 6U | static_cast<unsigned>(base64.find(digit));
    for (bits += 6; bits >= 8; bits -= 8) bytes += static_cast<char>(held >> (bits - 8) & 255U);
  }
  return bytes;
}

/// One connection, whose threads take turns.
class etcd {
 public:
  explicit etcd(const endpoint& where) : http_("127.0.0.1", std::stoi(where.store.substr(scheme.size()))) {
    http_.set_keep_alive(true);
    http_.set_tcp_nodelay(true);
    http_.set_connection_timeout(10);
    http_.set_read_timeout(30);
  }

  void log_in(const endpoint& where) {
    token_ = ask("auth/authenticate", {{"name", where.user}, {"password", where.password}}).at("token");
  }

  json ask(const std::string& what, const json& request) {
    const std::lock_guard turn(turn_);
    httplib::Request asked;
    asked.method = "POST";
    asked.path = "/v3/" + what;
    asked.body = request.dump();
    asked.set_header("Content-Type", "application/json");
    if (!token_.empty()) asked.set_header("Authorization", token_);
    // Behind an error etcd sends trailers (RFC 9112, 7.1.2), at which cpp-httplib gives up: what came before counts.
    int status = 0;
    std::string body;
    asked.response_handler = [&status](const httplib::Response& head) {
      status = head.status;
      return true;
    };
    asked.content_receiver = [&body](const char* part, std::size_t size, std::uint64_t, std::uint64_t) {
      body.append(part, size);
      return true;
    };
    const auto answer = http_.send(asked);
    const json said = json::parse(body, nullptr, false);
    if (status == 200 && answer && !said.is_discarded()) return said;
    if (status == 0) throw unavailable(fmt::format("etcd: {}: {}", what, to_string(answer.error())));
    const std::string problem = said.is_object() ? said.value("error", body) : body;
    if (what == "auth/authenticate") throw login_refused("etcd: " + problem);
    throw unavailable(fmt::format("etcd: {}: {}", what, problem));
  }

 private:
  httplib::Client http_;
  std::mutex turn_;
  std::string token_;
};

/// The keys that begin so: from the prefix to what comes behind all of them.
json range_of(std::string prefix) {
  std::string behind = prefix;
  ++behind.back();
  return {{"key", armoured(prefix)}, {"range_end", armoured(behind)}};
}

class etcd_store final : public object_store {
 public:
  explicit etcd_store(const endpoint& where) : etcd_(where) { etcd_.log_in(where); }

  bool create(const std::string& kind, const std::string& space, const std::string& name,
              std::string_view text) override {
    return put(key_of(kind, space, name), "EQUAL", text);
  }
  bool replace(const std::string& kind, const std::string& space, const std::string& name,
               std::string_view text) override {
    return put(key_of(kind, space, name), "GREATER", text);
  }
  bool remove(const std::string& kind, const std::string& space, const std::string& name) override {
    return etcd_.ask("kv/deleterange", {{"key", key_of(kind, space, name)}}).contains("deleted");
  }
  std::optional<std::string> find(const std::string& kind, const std::string& space, const std::string& name) override {
    const json found = etcd_.ask("kv/range", {{"key", key_of(kind, space, name)}});
    if (!found.contains("kvs")) return std::nullopt;
    return plain(found.at("kvs").at(0).value("value", ""));
  }
  void remove_all(const std::string& space) override {
    json operations = json::array();
    for (const std::string& prefix : {space + '/', space + '-', "/Cluster/" + space + '-', "/Node/" + space + '-'}) {
      operations.push_back({{"requestDeleteRange", range_of(key_root + prefix)}});
    }
    etcd_.ask("kv/txn", {{"success", operations}});
  }

 private:
  static std::string key_of(const std::string& kind, const std::string& space, const std::string& name) {
    return armoured(fmt::format("{}{}/{}/{}", key_root, space, kind, name));
  }

  /// Only where the key's version compares so with 0: it is EQUAL where there is no such key.
  bool put(const std::string& key, const char* compares, std::string_view text) {
    const json condition = {{"key", key}, {"target", "VERSION"}, {"result", compares}, {"version", "0"}};
    const json operation = {{"requestPut", {{"key", key}, {"value", armoured(text)}}}};
    return etcd_.ask("kv/txn", {{"compare", {condition}}, {"success", {operation}}}).value("succeeded", false);
  }

  etcd etcd_;
};

}  // namespace

bool is_etcd(const endpoint& where) { return where.store.compare(0, scheme.size(), scheme) == 0; }

std::unique_ptr<object_store> open_etcd(const endpoint& where) { return std::make_unique<etcd_store>(where); }

void protect_etcd(const endpoint& where) {
  etcd server(where);
  server.ask("auth/user/add", {{"name", "root"}, {"password", where.password}});
  server.ask("auth/role/add", {{"name", "root"}});
  server.ask("auth/user/grant", {{"user", "root"}, {"role", "root"}});
  server.ask("auth/user/add", {{"name", where.user}, {"password", where.password}});
  server.ask("auth/user/grant", {{"user", where.user}, {"role", "root"}});
  server.ask("auth/enable", json::object());
}

std::size_t keys_in_etcd(const endpoint& where) {
  etcd server(where);
  server.log_in(where);
  json all = range_of(key_root);
  all["count_only"] = true;
  return std::stoul(server.ask("kv/range", all).value("count", "0"));
}

}  // namespace signals
