#include "data_service.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include "error.hpp"

namespace signals {
namespace {

std::string body_of(const httplib::Result& result, const char* request) {
  if (!result) throw unavailable(fmt::format("data service: {}: {}", request, to_string(result.error())));
  if (result->status == 401) throw login_refused(fmt::format("data service: {}: login refused", request));
  if (result->status != 200) throw unavailable(fmt::format("data service: {}: {}", request, result->body));
  return result->body;
}

}  // namespace

data_service::data_service(const endpoint& where)
    : http_(std::make_unique<httplib::Client>("127.0.0.1", where.data_service)) {
  http_->set_keep_alive(true);
  http_->set_tcp_nodelay(true);
  http_->set_connection_timeout(10);
  http_->set_read_timeout(30);
  http_->set_basic_auth(where.user, where.password);
}

data_service::~data_service() = default;

void data_service::log_in() { body_of(http_->Get("/login"), "log in"); }

std::size_t data_service::store(const std::vector<fields>& events) {
  return std::stoul(body_of(http_->Post("/events", encode_all(events), "text/plain"), "store events"));
}

std::vector<fields> data_service::events(const std::string& space, const std::string& signal) {
  const httplib::Params asked{{"space", space}, {"signal", signal}};
  return decode_all(body_of(http_->Get("/events", asked, httplib::Headers()), "read events"));
}

void data_service::open(const std::string& space) {
  body_of(http_->Post("/spaces", httplib::Params{{"space", space}}), "open a namespace");
}

void data_service::close(const std::string& space) {
  body_of(http_->Post("/spaces/gone", httplib::Params{{"space", space}}), "close a namespace");
}

std::string data_service::left() { return body_of(http_->Get("/left"), "count what is left"); }

void data_service::shut_down() { body_of(http_->Post("/shutdown"), "shut down"); }

}  // namespace signals
