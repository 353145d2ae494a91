// Ingest: HTTP requests in, durable records out; the answer comes only after the log has them.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "event/json.hpp"
#include "ingest/auth.hpp"
#include "ingest/parsed.hpp"
#include "ingest/routes.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"
#include "ports/http_handler.hpp"
#include "ports/random.hpp"
#include "ports/telemetry.hpp"

namespace tenon {

// A whole batch of a source with strict_limits, decoded.
constexpr std::size_t kStrictBatchBytes = 500 * 1024;

// Everything from the workspace that ingest needs, references to secrets already resolved.
struct IngestConfig {
  NameHash tenant, workspace;
  ConfigVersion version;
  std::vector<IngestSource> sources;
  bool key_store_readable = true;  // false: write keys cannot be judged, so all is answered by 429
};

// POST /v1/{track,identify,page,screen,group,alias,batch,import}, their one-letter forms, /ce;
// GET /healthz and /readyz; OPTIONS for browsers. Answers:
//   200 {"success":true}     everything is durable, refused events included (stream `rejected`)
//   202 [verdict per event]  the same, if the request has "Prefer: tenon-verdicts"
//   400 401 404 405 413 415  for good, as a problem (RFC 9457); nothing was kept. /ce answers 400
//                            also if its only event is refused: that is kept as rejected
//   429 with Retry-After     for now: log full or away, keys unreadable, not configured, stopping
// One thread (that of the log). Must outlive its running handle() calls.
class Ingest final : public HttpHandler {
 public:
  Ingest(EventLog& log, Clock& clock, Random& random, Telemetry& telemetry);
  ~Ingest() override;

  // From now on; requests that run keep what they began with. Until the first call: 429.
  void configure(IngestConfig config);
  // Adds a reason why /readyz says no, or takes it back; an empty `why` with true takes back all.
  void set_ready(bool ready, const std::string& why = {});
  // New requests are answered by 429 and /readyz by 503; running ones end as they would.
  void stop();

  Admission admit(const HttpHead& head) override;
  Task<HttpResponse> handle(HttpHead head, std::string body) override;

 private:
  struct Snapshot;
  // What is to be appended, and who is to be told what; or an answer at once.
  struct Prepared {
    std::optional<HttpResponse> answer;
    std::vector<ParsedEvent> events;
    std::vector<std::size_t> sources;  // of each event: index into the configuration
    std::vector<NewRecord> records;
    std::vector<PartitionId> partitions;  // of each record, when those are gone
  };

  std::optional<HttpResponse> refuse_early(const HttpHead& head, IngestRoute route) const;
  Prepared prepare(const HttpHead& head, IngestRoute route, std::string body);
  Result<ParsedBody> parse(const HttpHead& head, IngestRoute route, std::string_view body);
  std::optional<HttpResponse> attribute(const HttpHead& head, const ParsedBody& body,
                                        std::size_t bytes, Prepared& prepared) const;
  HttpResponse after_append(const HttpHead& head, IngestRoute route, const Prepared& prepared,
                            const Result<std::vector<Offset>>& offsets);
  HttpResponse log_failed(const Error& error);
  std::string verdicts(const Prepared& prepared, const std::vector<Offset>& offsets) const;
  void count(const Prepared& prepared, const Snapshot& snapshot);

  EventLog& log_;
  Clock& clock_;
  Random& random_;
  Telemetry& telemetry_;
  JsonParser parser_;
  // Shared with running requests, which go on with the configuration they began with.
  std::shared_ptr<const Snapshot> snapshot_;
  std::set<std::string> not_ready_;
  bool stopping_ = false;
};

}  // namespace tenon
