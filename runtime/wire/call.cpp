// Encoding of calls and of the messages around them.
#include "wire/call.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "wire/text.hpp"

namespace tenon::wire {
namespace {

constexpr std::size_t kMaxReplyHeaders = 1'000;  // of one reply; the host's HTTP client allows less

Error over(std::string what, std::size_t most, std::size_t found) {
  return invalid(what + ": wanted at most " + std::to_string(most) + ", found " +
                 std::to_string(found));
}

Error broken(std::string_view what) {
  return corrupt("illegal frame: a " + std::string(what) + " that does not decode");
}

void write_headers(Writer& out, const HttpHeaders& headers) {
  out.u32(static_cast<std::uint32_t>(headers.size()));
  for (const auto& [name, value] : headers) {
    out.text(name);
    out.text(value);
  }
}

std::size_t size_of_call(const Call& call) {
  std::size_t bytes = 256 + call.action.size() + call.idempotency.size() + call.state.size() +
                      call.stream.size() + call.cursor.size();
  for (const auto& r : call.records) {
    bytes += 32 + r.id.size() + r.type.size() + r.body.size() + r.vendor_ref.size();
  }
  for (const auto& r : call.responses) {
    bytes += 40 + r.reply.body.size();
    for (const auto& [name, value] : r.reply.headers) bytes += 8 + name.size() + value.size();
  }
  if (call.inbound) {
    bytes += 24 + call.inbound->path.size() + call.inbound->body.size();
    for (const auto& [name, value] : call.inbound->headers) {
      bytes += 8 + name.size() + value.size();
    }
  }
  return bytes;
}

bool read_inbound(Reader& in, std::optional<InboundRequest>& out) {
  const std::uint8_t there = in.u8();
  if (there == 0) return in.ok();
  if (there != 1) return false;
  InboundRequest request;
  request.method = in.text();
  request.path = in.text();
  const std::uint32_t headers = in.count(8);
  if (headers > kMaxInboundHeaders) return false;
  request.headers.resize(headers);
  for (auto& [name, value] : request.headers) {
    name = in.text();
    value = in.text();
  }
  request.body = in.text();
  if (request.body.size() > kMaxBodyBytes || request.path.size() > kMaxInboundLineBytes ||
      request.method.size() > kMaxInboundLineBytes) {
    return false;
  }
  out = std::move(request);
  return in.ok();
}

Result<void> check_inbound(const Call& call) {
  if (call.inbound.has_value() != (call.op == Op::webhook)) {
    return invalid(call.inbound ? "inbound: wanted none in this op, found a request"
                                : "inbound: wanted a request in the op webhook, found none");
  }
  if (!call.inbound) return {};
  const auto& request = *call.inbound;
  if (!call.records.empty()) return over("records of a webhook", 0, call.records.size());
  if (request.headers.size() > kMaxInboundHeaders) {
    return over("headers of a webhook", kMaxInboundHeaders, request.headers.size());
  }
  if (request.body.size() > kMaxBodyBytes) {
    return over("bytes of a webhook's body", kMaxBodyBytes, request.body.size());
  }
  const std::size_t line = std::max(request.path.size(), request.method.size());
  if (line > kMaxInboundLineBytes) {
    return over("bytes of a webhook's method or path", kMaxInboundLineBytes, line);
  }
  return {};
}

bool read_responses(Reader& in, std::vector<CallResponse>& out) {
  const std::uint32_t count = in.count(28);
  if (count > max_requests(kMaxCallRecords)) return false;
  out.resize(count);
  for (auto& response : out) {
    response.tag = in.u32();
    const std::uint32_t got = in.u32();
    response.reply.got = got <= 5 ? static_cast<Got>(got) : Got::none;
    response.reply.status = in.u32();
    const std::uint32_t headers = in.count(8);
    if (headers > kMaxReplyHeaders) return false;
    response.reply.headers.resize(headers);
    for (auto& [name, value] : response.reply.headers) {
      name = in.text();
      value = in.text();
    }
    response.reply.body = in.text();
    response.reply.body_total = in.u64();
  }
  return in.ok();
}

}  // namespace

Result<void> check_call(const Call& call) {
  TENON_TRY(check_inbound(call));
  if (call.records.size() > kMaxCallRecords) {
    return over("records of a call", kMaxCallRecords, call.records.size());
  }
  std::size_t bodies = 0;
  for (const auto& record : call.records) bodies += record.body.size();
  if (bodies > kMaxCallBytes) return over("bytes of a call's records", kMaxCallBytes, bodies);
  if (call.responses.size() > max_requests(kMaxCallRecords)) {
    return over("responses of a step", max_requests(kMaxCallRecords), call.responses.size());
  }
  for (const auto& response : call.responses) {
    if (response.reply.headers.size() > kMaxReplyHeaders) {
      return over("headers of a response", kMaxReplyHeaders, response.reply.headers.size());
    }
  }
  if (call.state.size() > kMaxStateBytes) {
    return over("bytes of a call's state", kMaxStateBytes, call.state.size());
  }
  if (const std::size_t bytes = size_of_call(call); bytes > kMaxCallMessageBytes) {
    return over("bytes of a step's input", kMaxCallMessageBytes, bytes);
  }
  return {};
}

std::string encode_call(const Call& call) {
  Writer out;
  out.reserve(size_of_call(call));
  out.u32(static_cast<std::uint32_t>(call.op));
  out.u32(call.step);
  out.text(call.action);
  out.i64(call.now_ms);
  out.u64(call.seed);
  out.text(call.idempotency);
  out.u32(static_cast<std::uint32_t>(call.records.size()));
  for (const auto& record : call.records) {
    out.text(record.id);
    out.text(record.type);
    out.text(record.body);
    out.text(record.vendor_ref);
    out.u32(record.attempt);
    out.u32(record.flags);
  }
  out.u32(static_cast<std::uint32_t>(call.responses.size()));
  for (const auto& response : call.responses) {
    out.u32(response.tag);
    out.u32(static_cast<std::uint32_t>(response.reply.got));
    out.u32(response.reply.status);
    write_headers(out, response.reply.headers);
    out.text(response.reply.body);
    out.u64(response.reply.body_total);
  }
  out.text(call.state);
  out.text(call.stream);
  out.text(call.cursor);
  out.u8(call.inbound ? 1 : 0);
  if (call.inbound) {
    out.text(call.inbound->method);
    out.text(call.inbound->path);
    write_headers(out, call.inbound->headers);
    out.text(call.inbound->body);
  }
  return std::move(out).take();
}

Result<Call> decode_call(std::string_view bytes) {
  Reader in(bytes);
  Call call;
  call.op = static_cast<Op>(in.u32());
  call.step = in.u32();
  call.action = in.text();
  call.now_ms = in.i64();
  call.seed = in.u64();
  call.idempotency = in.text();
  const std::uint32_t records = in.count(24);
  if (records > kMaxCallRecords) return broken("call");
  call.records.resize(records);
  for (auto& record : call.records) {
    record.id = in.text();
    record.type = in.text();
    record.body = in.text();
    record.vendor_ref = in.text();
    record.attempt = in.u32();
    record.flags = in.u32();
  }
  if (!read_responses(in, call.responses)) return broken("call");
  call.state = in.text();
  call.stream = in.text();
  call.cursor = in.text();
  if (!read_inbound(in, call.inbound)) return broken("call");
  if (!in.done() || call.inbound.has_value() != (call.op == Op::webhook)) return broken("call");
  return call;
}

std::string encode_opened(const Opened& opened) {
  Writer out;
  out.u32(static_cast<std::uint32_t>(opened.status));
  out.text(opened.explain);
  return std::move(out).take();
}

Result<Opened> decode_opened(std::string_view bytes) {
  Reader in(bytes);
  Opened opened;
  opened.status = static_cast<std::int32_t>(in.u32());
  opened.explain = escape_text(in.text(), kMaxExplainBytes);
  if (!in.done()) return broken("answer to open");
  return opened;
}

std::string_view name_of_status(std::int32_t status) {
  switch (status) {
    case 0: return "TENON_OK";
    case -1: return "TENON_E_CONFIG";
    case -2: return "TENON_E_INPUT";
    case -3: return "TENON_E_RESPONSE";
    case -4: return "TENON_E_UNSUPPORTED";
    case -5: return "TENON_E_LIMIT";
    default: return "TENON_E_INTERNAL";
  }
}

Result<void> check_opened(const Opened& opened) {
  if (opened.status == 0) return {};
  const std::string words = opened.explain.empty() ? "no reason given" : opened.explain;
  if (opened.status == -1) return invalid("the connector refused its settings: " + words);
  return unavailable("the connector could not be set up: " +
                     std::string(name_of_status(opened.status)) + ": " + words);
}

std::string encode_ready(const Ready& ready) {
  Writer out;
  out.u32(ready.abi_minor);
  out.u32(ready.ops);
  out.u32(ready.landlock_abi);
  return std::move(out).take();
}

Result<Ready> decode_ready(std::string_view bytes) {
  Reader in(bytes);
  Ready ready;
  ready.abi_minor = in.u32();
  ready.ops = in.u32();
  ready.landlock_abi = in.u32();
  if (!in.done()) return broken("ready message");
  return ready;
}

std::string encode_refused(const Refused& refused) {
  Writer out;
  out.u8(static_cast<std::uint8_t>(refused.by));
  out.text(refused.text);
  return std::move(out).take();
}

Result<Refused> decode_refused(std::string_view bytes) {
  Reader in(bytes);
  Refused refused;
  const std::uint8_t by = in.u8();
  refused.by = by <= 3 ? static_cast<RefusedBy>(by) : RefusedBy::other;
  refused.text = escape_text(in.text(), kMaxExplainBytes);
  if (!in.done()) return broken("refusal");
  return refused;
}

}  // namespace tenon::wire
