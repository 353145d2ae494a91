// The order of things for one request: may it enter, who sends it, what is in it, append, answer.
#include "ingest/ingest.hpp"

#include <algorithm>

#include "base/fail_point.hpp"
#include "ingest/answers.hpp"
#include "ingest/cloudevents.hpp"
#include "ingest/decode.hpp"
#include "ingest/segment.hpp"
#include "ingest/to_record.hpp"

namespace tenon {

struct Ingest::Snapshot {
  explicit Snapshot(IngestConfig c) : config(std::move(c)), keys(config.sources) {
    for (IngestSource& source : config.sources) {
      source.write_key = Secret();  // the digest is enough from here on
      largest_body = std::max(largest_body, source.max_body);
    }
  }
  IngestConfig config;
  WriteKeys keys;
  std::uint64_t largest_body = 0;
};

namespace {

constexpr std::chrono::milliseconds kRetrySoon{1'000};
constexpr std::chrono::milliseconds kRetryKeyStore{10'000};

bool takes_events(IngestRoute route) {
  return route.door == IngestDoor::segment || route.door == IngestDoor::cloudevents;
}

bool wants_verdicts(const HttpHead& head) {
  return std::any_of(head.headers.begin(), head.headers.end(), [](const auto& header) {
    return header.first == "prefer" && header.second.find("tenon-verdicts") != std::string::npos;
  });
}

HttpResponse too_large(std::uint64_t limit) {
  return problem(413, "wanted a body of at most " + std::to_string(limit) +
                          " bytes; send fewer events per request");
}

HttpResponse wrong_key() {
  return problem(401,
                 "wanted the write key of a source, as user name of Basic authorization or "
                 "as writeKey in the body");
}

HttpResponse refused_body(const Error& error) {
  switch (error.kind) {
    case ErrorKind::limited: return problem(413, error.text());
    case ErrorKind::unsupported: return problem(415, error.text());
    case ErrorKind::unavailable: return try_later(error.text(), kRetrySoon);
    default: return problem(400, error.text());
  }
}

}  // namespace

Ingest::Ingest(EventLog& log, Clock& clock, Random& random, Telemetry& telemetry)
    : log_(log), clock_(clock), random_(random), telemetry_(telemetry) {}
Ingest::~Ingest() = default;

void Ingest::configure(IngestConfig config) {
  snapshot_ = std::make_shared<const Snapshot>(std::move(config));
}

void Ingest::set_ready(bool ready, const std::string& why) {
  if (!ready) {
    not_ready_.insert(why);
  } else if (why.empty()) {
    not_ready_.clear();
  } else {
    not_ready_.erase(why);
  }
}

void Ingest::stop() { stopping_ = true; }

// Answers that need no body. Order: does the door exist, can we judge, is the key right, is it
// small.
std::optional<HttpResponse> Ingest::refuse_early(const HttpHead& head, IngestRoute route) const {
  if (route.door == IngestDoor::none) return problem(404, "no such path; see the list of routes");
  if (!takes_events(route)) {
    if (head.method != "GET" && head.method != "HEAD") {
      return method_not_allowed(allowed_methods(route.door));
    }
    if (route.door == IngestDoor::healthz) return health("ok");
    std::vector<std::string> reasons(not_ready_.begin(), not_ready_.end());
    if (stopping_) reasons.emplace_back("stopping");
    if (!snapshot_) reasons.emplace_back("no configuration yet");
    if (snapshot_ && !snapshot_->config.key_store_readable) {
      reasons.emplace_back("write keys cannot be read");
    }
    return readiness(reasons);
  }
  if (head.method == "OPTIONS") return preflight();
  if (head.method != "POST") return method_not_allowed(allowed_methods(route.door));
  if (stopping_) return try_later("stopping", kRetrySoon);
  if (!snapshot_) return try_later("no configuration yet", kRetrySoon);
  if (!snapshot_->config.key_store_readable) {
    return try_later("write keys cannot be read at the moment", kRetryKeyStore);
  }
  std::uint64_t limit = snapshot_->largest_body;
  if (const auto user = basic_user(head.header("authorization"))) {
    const auto source = snapshot_->keys.find(*user);
    if (!source) return wrong_key();
    limit = snapshot_->config.sources[*source].max_body;
  }
  if (head.content_length > limit) return too_large(limit);
  return std::nullopt;
}

Admission Ingest::admit(const HttpHead& head) {
  const IngestRoute route = ingest_route(head.path);
  Admission admission;
  admission.refuse = refuse_early(head, route);
  if (admission.refuse) {
    if (takes_events(route)) allow_any_origin(*admission.refuse);
    telemetry_.count("ingest_requests", {{"status", std::to_string(admission.refuse->status)}});
  } else {
    admission.max_body = snapshot_->largest_body;
  }
  return admission;
}

Result<ParsedBody> Ingest::parse(const HttpHead& head, IngestRoute route, std::string_view body) {
  if (route.door == IngestDoor::segment) return parse_segment(parser_, body, route.type);
  const CloudEventsMode mode = cloudevents_mode(head.headers);
  if (mode == CloudEventsMode::none) {
    return unsupported(
        "wanted ce-* headers, or Content-Type application/cloudevents+json or "
        "application/cloudevents-batch+json");
  }
  return parse_cloudevents(parser_, head.headers, body, mode);
}

// Finds the source of each event: by the header, else the body's key, else the event's own.
std::optional<HttpResponse> Ingest::attribute(const HttpHead& head, const ParsedBody& body,
                                              std::size_t bytes, Prepared& prepared) const {
  const auto user = basic_user(head.header("authorization"));
  const std::string& shared = user ? *user : body.write_key;
  const auto& sources = snapshot_->config.sources;
  const auto shared_source = snapshot_->keys.find(shared);
  if (!shared_source && (!shared.empty() || body.events.empty())) return wrong_key();
  std::uint64_t limit = shared_source ? sources[*shared_source].max_body : kMaxBodyBytes;
  bool strict = shared_source && sources[*shared_source].strict_limits;
  for (const ParsedEvent& event : body.events) {
    const auto source = shared_source ? shared_source : snapshot_->keys.find(event.write_key);
    if (!source) return wrong_key();
    prepared.sources.push_back(*source);
    limit = std::min(limit, sources[*source].max_body);
    strict = strict || sources[*source].strict_limits;
  }
  if (strict) limit = std::min<std::uint64_t>(limit, kStrictBatchBytes);
  if (bytes > limit) return too_large(limit);
  return std::nullopt;
}

Ingest::Prepared Ingest::prepare(const HttpHead& head, IngestRoute route, std::string body) {
  Prepared prepared;
  if ((prepared.answer = refuse_early(head, route))) return prepared;
  auto decoded =
      decode_body(std::move(body), head.header("content-encoding"), snapshot_->largest_body);
  if (!decoded) {
    prepared.answer = refused_body(decoded.error());
    return prepared;
  }
  auto parsed = parse(head, route, *decoded);
  if (!parsed) {
    prepared.answer = refused_body(parsed.error());
    return prepared;
  }
  if ((prepared.answer = attribute(head, *parsed, decoded->size(), prepared))) return prepared;
  RecordOrigin origin;
  origin.tenant = snapshot_->config.tenant;
  origin.workspace = snapshot_->config.workspace;
  origin.config = snapshot_->config.version;
  origin.received = clock_.now();
  prepared.events = std::move(parsed->events);
  prepared.records.reserve(prepared.events.size());
  for (std::size_t i = 0; i < prepared.events.size(); ++i) {
    const IngestSource& source = snapshot_->config.sources[prepared.sources[i]];
    origin.source = source.hash;
    origin.synthetic = source.synthetic;
    prepared.records.push_back(to_record(prepared.events[i], origin, random_));
    prepared.partitions.push_back(prepared.records.back().partition);
  }
  return prepared;
}

Task<HttpResponse> Ingest::handle(HttpHead head, std::string body) {
  const IngestRoute route = ingest_route(head.path);
  const std::shared_ptr<const Snapshot> snapshot = snapshot_;
  const Instant began = clock_.instant();
  Prepared prepared = prepare(head, route, std::move(body));
  HttpResponse response;
  if (prepared.answer) {
    response = std::move(*prepared.answer);
  } else {
    std::vector<NewRecord> records = std::move(prepared.records);
    Result<std::vector<Offset>> offsets = std::vector<Offset>();
    if (!records.empty()) {
      TENON_FAIL_POINT("ingest.append");
      offsets = co_await log_.append(std::move(records), AppendClass::event, AppendWait::durable);
    }
    if (offsets) TENON_FAIL_POINT("ingest.appended");
    response = after_append(head, route, prepared, offsets);
    if (offsets) count(prepared, *snapshot);
    const std::chrono::duration<double> took = clock_.instant() - began;
    telemetry_.observe("ingest_request_seconds", took.count());
  }
  if (takes_events(route) && head.method != "OPTIONS") allow_any_origin(response);
  telemetry_.count("ingest_requests", {{"status", std::to_string(response.status)}});
  co_return response;
}

HttpResponse Ingest::log_failed(const Error& error) {
  telemetry_.log(LogLevel::warning, "ingest.append_failed",
                 {{"kind", name_of(error.kind)}, {"error", error.text()}});
  // The disk's own words are for the operator; the sender needs to know only when to come again.
  switch (error.kind) {
    case ErrorKind::limited: return try_later("the log is full for now", error.retry_after);
    case ErrorKind::cancelled: return try_later("stopping", kRetrySoon);
    default: return try_later("the log is not available", kRetrySoon);
  }
}

HttpResponse Ingest::after_append(const HttpHead& head, IngestRoute route, const Prepared& prepared,
                                  const Result<std::vector<Offset>>& offsets) {
  if (!offsets) return log_failed(offsets.error());
  if (wants_verdicts(head)) {
    HttpResponse response;
    response.status = 202;
    response.headers.emplace_back("content-type", "application/json");
    response.headers.emplace_back("preference-applied", "tenon-verdicts");
    response.body = verdicts(prepared, *offsets);
    return response;
  }
  if (route.door == IngestDoor::cloudevents && prepared.events.size() == 1 &&
      !prepared.events.front().accepted()) {
    return problem(400, prepared.events.front().raw.reason);
  }
  return success();
}

std::string Ingest::verdicts(const Prepared& prepared, const std::vector<Offset>& offsets) const {
  JsonWriter out;
  out.begin_array();
  for (std::size_t i = 0; i < prepared.events.size(); ++i) {
    const ParsedEvent& event = prepared.events[i];
    const EventId id{log_.id(), prepared.partitions[i], offsets[i], event.index};
    out.begin_object().key("messageId").string(event.raw.message_id);
    out.key("status").string(event.accepted() ? "accepted" : "rejected");
    if (!event.accepted()) {
      out.key("reason").string(event.raw.reason).key("code").string(event.raw.reason_code);
    }
    out.key("id").string(to_text(id)).end_object();
  }
  out.end_array();
  return std::move(out).take();
}

void Ingest::count(const Prepared& prepared, const Snapshot& snapshot) {
  // Neighbours mostly share source and result: one count for each run of them.
  const auto result_of = [&](std::size_t i) -> std::string_view {
    const ParsedEvent& event = prepared.events[i];
    return event.accepted() ? std::string_view("accepted") : event.raw.reason_code;
  };
  for (std::size_t i = 0, next = 0; i < prepared.events.size(); i = next) {
    while (next < prepared.events.size() && prepared.sources[next] == prepared.sources[i] &&
           result_of(next) == result_of(i)) {
      ++next;
    }
    const std::string& source = snapshot.config.sources[prepared.sources[i]].name.value;
    telemetry_.count("ingest_events", {{"source", source}, {"result", result_of(i)}},
                     static_cast<double>(next - i));
  }
}

}  // namespace tenon
