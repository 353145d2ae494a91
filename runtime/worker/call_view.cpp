// Building the C structs of one call.
#include "worker/call_view.hpp"

#include <string>

namespace tenon::worker {
namespace {

tenon_str str(const std::string& text) { return {text.data(), text.size()}; }

template <typename T>
tenon_array array(const T* data, std::size_t count) {
  return {count == 0 ? nullptr : data, static_cast<std::uint32_t>(count), sizeof(T)};
}

}  // namespace

CallView::CallView(const Call& call) {
  records_.reserve(call.records.size());
  for (const auto& from : call.records) {
    tenon_record& to = records_.emplace_back();
    to.size = sizeof(tenon_record);
    to.flags = from.flags;
    to.attempt = from.attempt;
    to.id = str(from.id);
    to.type = str(from.type);
    to.body = str(from.body);
    to.vendor_ref = str(from.vendor_ref);
  }
  std::size_t headers = 0;
  for (const auto& from : call.responses) headers += from.reply.headers.size();
  if (call.inbound) headers += call.inbound->headers.size();
  headers_.reserve(headers);  // never moves below: the arrays point into it
  responses_.reserve(call.responses.size());
  for (const auto& from : call.responses) {
    tenon_response& to = responses_.emplace_back();
    to.size = sizeof(tenon_response);
    to.tag = from.tag;
    to.got = static_cast<std::uint32_t>(from.reply.got);
    to.http_status = from.reply.status;
    const std::size_t first = headers_.size();
    for (const auto& [name, value] : from.reply.headers) {
      headers_.push_back({str(name), str(value)});
    }
    to.headers = array(headers_.data() + first, from.reply.headers.size());
    to.body = str(from.reply.body);
    to.body_total = from.reply.body_total;
  }
  if (call.inbound) {
    const std::size_t first = headers_.size();
    for (const auto& [name, value] : call.inbound->headers) {
      headers_.push_back({str(name), str(value)});
    }
    inbound_.size = sizeof(tenon_inbound);
    inbound_.method = str(call.inbound->method);
    inbound_.path = str(call.inbound->path);
    inbound_.headers = array(headers_.data() + first, call.inbound->headers.size());
    inbound_.body = str(call.inbound->body);
    call_.inbound = &inbound_;
  }
  call_.size = sizeof(tenon_call);
  call_.op = static_cast<std::uint32_t>(call.op);
  call_.step = call.step;
  call_.now_ms = call.now_ms;
  call_.seed = call.seed;
  call_.action = str(call.action);
  call_.idempotency = str(call.idempotency);
  call_.records = array(records_.data(), records_.size());
  call_.responses = array(responses_.data(), responses_.size());
  call_.state = str(call.state);
  call_.stream = str(call.stream);
  call_.cursor = str(call.cursor);
}

}  // namespace tenon::worker
