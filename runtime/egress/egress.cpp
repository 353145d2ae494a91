// The exchange: one request and its reply, as the connector's step asked for it.
#include "egress/egress.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/fail_point.hpp"
#include "base/hash.hpp"
#include "egress/buckets.hpp"
#include "egress/check.hpp"
#include "egress/endpoint.hpp"
#include "egress/rate_bucket.hpp"
#include "egress/retry_after.hpp"
#include "egress/scrub.hpp"
#include "egress/signing.hpp"
#include "egress/slots.hpp"
#include "egress/vendor_news.hpp"

namespace tenon {

// What is decided before anything waits.
struct Egress::Plan {
  Origin origin;
  PeerPolicy peers = PeerPolicy::public_only;
  std::string account;
  std::vector<Counted> buckets;
  SigningScheme sign = nullptr;
};

struct Egress::Sent {
  HttpReply reply;
  bool left = false;        // handed to the client; else refused or without budget
  std::uint64_t token = 0;  // generation of the OAuth token that it used; 0 = none

  Sent() = default;
  Sent(Got got, std::string error) {
    reply.got = got;
    reply.error = std::move(error);
  }
};

namespace {

constexpr std::string_view kUserAgent = "tenon/1";
static_assert(kMaxTold == kMaxRateHeaders);  // each rule is a count of its own

bool may_resend(const ConnectorRequest& request) {
  return request.effect == Effect::idempotent || request.effect == Effect::read;
}

bool asks_for_resend(const HttpReply& reply) {
  if (reply.got == Got::http) {
    return reply.status == 502 || reply.status == 503 || reply.status == 504;
  }
  return reply.got == Got::no_connection || reply.got == Got::lost;
}

// 250 ms, then 500 ms, of which up to half is taken off by a hash: the same in each replay.
milliseconds resend_delay(const ConnectorRequest& request, int resent) {
  const auto whole = kFirstResendDelay * (1 << resent);
  const auto seed =
      hash64(request.idempotency_key + request.path, static_cast<std::uint64_t>(resent));
  return whole - milliseconds(static_cast<std::int64_t>(seed % 500) * whole.count() / 1'000);
}

std::string class_of(const HttpReply& reply) {
  if (reply.got != Got::http) return std::string(name_of(reply.got));
  return std::to_string(std::min<std::uint32_t>(reply.status / 100, 9)) + "xx";
}

bool has_header(const HttpHeaders& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& header) { return same_name(header.first, name); });
}

HttpReply refused(const Error& error) {
  HttpReply reply;
  reply.got = Got::blocked;
  reply.error = excerpt(error.text(), kMaxErrorTextBytes);
  return reply;
}

void fill(ExchangeNote* note, const HttpReply& reply, Instant began, Instant ended) {
  if (note == nullptr) return;
  note->got = name_of(reply.got);
  note->http_status = reply.status;
  note->took_ms =
      static_cast<std::uint32_t>(std::chrono::duration_cast<milliseconds>(ended - began).count());
  note->reply_excerpt = reply_excerpt(reply);
}

}  // namespace

Result<Egress::Plan> Egress::plan(const EgressTarget& target,
                                  const ConnectorRequest& request) const {
  const Manifest& manifest = *target.manifest;
  TENON_TRY(check_request(request, manifest, target.call_records));
  Plan plan;
  if (!may_take(*target.destination, target.synthetic)) {
    return invalid("wanted a model for events that are synthetic, found the vendor itself",
                   "destination " + target.destination->name.value);
  }
  TENON_TRY_AS(plan.peers, peers_of(*target.destination));
  TENON_TRY_AS(plan.origin, origin_for(*target.destination, *manifest.endpoint(request.endpoint),
                                       *target.settings));
  plan.account = account_of(manifest, *target.destination, *target.settings);
  plan.buckets = buckets_of(manifest, plan.account, request.bucket, request.endpoint);
  if (!manifest.sign.empty()) {
    plan.sign = signing_scheme(manifest.sign);
    if (plan.sign == nullptr) {
      return unsupported(
          "wanted a signing scheme that this host knows (standard-webhooks/1), found " +
              manifest.sign,
          "manifest of " + manifest.id);
    }
  }
  return plan;
}

Task<Result<std::optional<AccessToken>>> Egress::token_for(EgressTarget target,
                                                           const ConnectorRequest* request,
                                                           Instant deadline) {
  const Manifest& manifest = *target.manifest;
  const Slot* slot = manifest.oauth ? manifest.slot(manifest.oauth->slot) : nullptr;
  std::optional<AccessToken> none;
  if (slot == nullptr || !target.destination->oauth || !is_used(*request, *slot)) co_return none;
  if (tokens_ == nullptr) {
    co_return unsupported("wanted a host that gets tokens by OAuth, found one that does not");
  }
  auto asking = tokens_->token(*target.destination, manifest, *target.settings, deadline);
  auto token = co_await std::move(asking);
  if (!token) co_return std::move(token.error());
  std::optional<AccessToken> some(std::move(*token));
  co_return some;
}

Result<HttpRequest> Egress::compose(const EgressTarget& target, const Plan& plan,
                                    ConnectorRequest request,
                                    const std::optional<AccessToken>& token,
                                    std::vector<Secret>& used) {
  const Destination& destination = *target.destination;
  const auto lookup = [&](const Slot& slot) -> Result<Secret> {
    if (token && slot.name == target.manifest->oauth->slot) return token->value.copy();
    if (!slot.required && destination.credentials.count(slot.name) == 0) return Secret();
    return vault_.credential(destination, slot.name);
  };
  TENON_TRY(splice(request, *target.manifest, lookup, used));
  if (plan.sign != nullptr) {
    TENON_TRY_AS(const Secret key, vault_.credentials(destination, target.manifest->sign_slot));
    SigningInput input;
    input.id = request.idempotency_key;
    input.now = clock_.now();
    input.body = request.body;
    auto is_signed = plan.sign(input, key, request.headers, used);
    if (!is_signed) {
      return std::move(is_signed.error())
          .in("destination " + target.destination->name.value + ", slot " +
              target.manifest->sign_slot);
    }
  }
  HttpRequest out;
  out.tls = plan.origin.tls;
  out.host = plan.origin.host;
  out.port = plan.origin.port;
  out.method = std::move(request.method);
  std::string query = query_text(request.query);
  out.target = target_of(plan.origin, request.path, query);
  wipe(query);
  for (auto& pair : request.query) wipe(pair.second);
  wipe(request.path);
  out.headers = std::move(request.headers);
  if (!has_header(out.headers, "user-agent")) {
    out.headers.emplace_back("user-agent", std::string(kUserAgent));
  }
  out.body = std::move(request.body);
  out.peers = plan.peers;
  out.ca_file = target.destination->ca_file;
  return out;
}

// Where nobody is needed, a later try finds a token: as with a vendor that is away.
Egress::Sent Egress::without_token(const Error& error) {
  const bool hopeless = error.kind == ErrorKind::unauthorized || error.kind == ErrorKind::invalid ||
                        error.kind == ErrorKind::unsupported;
  return Sent(hopeless ? Got::blocked : Got::no_connection, error.text());
}

Task<Egress::Sent> Egress::send_once(EgressTarget target, const Plan* plan,
                                     ConnectorRequest request, Instant deadline) {
  // Who gets no token takes no budget from others.
  auto asking = token_for(target, &request, deadline);
  if (const auto before = co_await std::move(asking); !before) {
    co_return without_token(before.error());
  }
  Ask ask;
  ask.queue = queue_of(*target.manifest, request.bucket);
  ask.buckets = plan->buckets;
  ask.flow.who = target.destination->name.value;
  ask.flow.lane = target.lane;
  ask.weight = target.destination->lanes.of(target.lane);
  ask.cost = request.cost;
  const std::string bucket = request.bucket, endpoint = request.endpoint;
  auto budget = co_await limiter_.acquire(std::move(ask), deadline);
  if (!budget) {
    const bool wrong = budget.error().kind == ErrorKind::invalid;
    co_return Sent(wrong ? Got::blocked : Got::no_connection, budget.error().text());
  }
  // Waiting for budget may have taken longer than the token lives.
  auto getting = token_for(target, &request, deadline);
  const auto token = co_await std::move(getting);
  if (!token) {
    budget->over();
    co_return without_token(token.error());
  }
  std::vector<Secret> used;
  auto composed = compose(target, *plan, std::move(request), *token, used);
  if (!composed) {
    budget->over();
    Sent sent(Got::blocked, composed.error().text());
    const Scrubber scrubber(used);
    scrub_reply(sent.reply, scrubber);
    co_return sent;
  }
  HttpRequest outgoing = std::move(*composed);
  Sent sent;
  // Waiting for budget may use the whole call; one exchange may not.
  const Instant began = clock_.instant();
  const Instant until = std::min(deadline, began + kMaxExchange);
  TENON_FAIL_POINT("egress.send");
  sent.reply = co_await client_.send(std::move(outgoing), until);
  TENON_FAIL_POINT("egress.answered");
  sent.left = true;
  if (sent.reply.got == Got::http || sent.reply.got == Got::no_connection) budget->over();
  if (*token) sent.token = (*token)->generation;
  hear(target, *plan, bucket, endpoint, sent.reply, began);
  const Scrubber scrubber(used);
  scrub_reply(sent.reply, scrubber);
  co_return sent;
}

// What a reply says of limits: by the manifest's rules, by Retry-After, or by a bare refusal.
void Egress::hear(const EgressTarget& target, const Plan& plan, const std::string& bucket,
                  const std::string& endpoint, const HttpReply& reply, Instant sent) {
  if (reply.got != Got::http) return;
  const Time now = clock_.now();
  const Manifest& manifest = *target.manifest;
  bool told_to_wait = false;
  for (std::size_t i = 0; i < manifest.rate_headers.size(); ++i) {
    const RateHeader& rule = manifest.rate_headers[i];
    if (rule.bucket != (bucket.empty() ? "default" : bucket)) continue;
    const VendorNews news = read_news(rule, reply.headers, now);
    if (!news.remaining) continue;
    const auto key = key_of(manifest, plan.account, bucket, rule.scope, endpoint);
    limiter_.told(key, i, *news.remaining, now + news.reset.value_or(kUnsaidReset));
    told_to_wait = told_to_wait || (*news.remaining == 0 && news.reset);
    telemetry_.gauge("vendor_limit_remaining", static_cast<double>(*news.remaining),
                     {{"destination", target.destination->name.value}, {"bucket", rule.bucket}});
    if (news.limit) {
      telemetry_.gauge("vendor_limit", static_cast<double>(*news.limit),
                       {{"destination", target.destination->name.value}, {"bucket", rule.bucket}});
    }
  }
  if (reply.status != 429 && reply.status != 503) return;
  if (const auto wait = retry_after_of(reply.headers, now)) {
    limiter_.block(blamed(plan.buckets), now + *wait);
  } else if (reply.status == 429 && !told_to_wait) {
    limiter_.refused(blamed(plan.buckets), sent);
  }
}

Task<HttpReply> Egress::exchange(EgressTarget target, ConnectorRequest request, Instant deadline,
                                 ExchangeNote* note) {
  const Instant began = clock_.instant();
  if (note != nullptr) {
    note->endpoint = excerpt(request.endpoint, 128);
    note->method = excerpt(request.method, 32);
    note->path = excerpt(request.path, 1'024);
    note->request_excerpt = request_excerpt(request);
    note->resent = 0;
  }
  auto planned = plan(target, request);
  if (!planned) {
    HttpReply reply = refused(planned.error());
    fill(note, reply, began, began);
    count(target, request, reply, began);
    co_return reply;
  }
  const Plan ready = std::move(*planned);
  HttpReply reply;
  bool renewed = false;
  for (int resent = 0;; ++resent) {
    ConnectorRequest copy = request;
    Sent sent = co_await send_once(target, &ready, std::move(copy), deadline);
    // Without budget for a resend, the answer that we have is the better one.
    if (sent.left || resent == 0) reply = std::move(sent.reply);
    if (sent.left && resent > 0 && note != nullptr)
      note->resent = static_cast<std::uint32_t>(resent);
    if (sent.token != 0 && reply.got == Got::http) {
      const std::string& name = target.destination->name.value;
      if (reply.status != 401) {
        tokens_->served(name, sent.token);
      } else if (tokens_->refused(name, sent.token) && !renewed) {
        renewed = true;
        continue;  // the vendor did nothing; the next token may do
      }
    }
    if (!sent.left || resent >= kMaxHostResends || !may_resend(request) ||
        !asks_for_resend(reply)) {
      break;
    }
    const Instant again = clock_.instant() + resend_delay(request, resent);
    if (again >= deadline) break;
    milliseconds wait{0};
    for (const auto& bucket : ready.buckets) {
      wait = std::max(wait, limiter_.wait_hint(bucket.key));
    }
    if (clock_.instant() + wait >= deadline) break;
    co_await clock_.sleep_until(again);
    telemetry_.count("egress_resends", {{"destination", target.destination->name.value}});
  }
  fill(note, reply, began, clock_.instant());
  count(target, request, reply, began);
  co_return reply;
}

void Egress::count(const EgressTarget& target, const ConnectorRequest& request,
                   const HttpReply& reply, Instant began) {
  const std::string result = class_of(reply);
  // An endpoint that is not declared is the connector's invention: not a label.
  const bool known = target.manifest->endpoint(request.endpoint) != nullptr;
  const std::string endpoint = known ? request.endpoint : "undeclared";
  const std::string& destination = target.destination->name.value;
  telemetry_.count("egress_requests",
                   {{"destination", destination}, {"endpoint", endpoint}, {"result", result}});
  const std::chrono::duration<double> took = clock_.instant() - began;
  telemetry_.observe("egress_request_seconds", took.count(),
                     {{"destination", destination}, {"endpoint", endpoint}});
}

}  // namespace tenon
