// The order of things for one webhook: may it enter, is it the vendor, keep it, parse it, answer.
#include "inbound/door.hpp"

#include <algorithm>

#include "base/hash.hpp"
#include "inbound/challenge.hpp"
#include "inbound/signature.hpp"
#include "ingest/answers.hpp"
#include "ingest/decode.hpp"

namespace tenon::inbound {
namespace {

constexpr milliseconds kRetrySoon{1'000}, kRetrySecret{10'000}, kRetryFull{30'000};
constexpr std::uint32_t kMostPassedStatus = 499;

HttpResponse denied(std::string_view why) {
  HttpResponse response = problem(401, why);
  // There is no credential that a client could be asked for.
  std::erase_if(response.headers,
                [](const auto& header) { return header.first == "www-authenticate"; });
  return response;
}

HttpResponse plain_text(std::string text) {
  HttpResponse response;
  response.headers.emplace_back("content-type", "text/plain");
  response.headers.emplace_back("x-content-type-options", "nosniff");
  response.body = std::move(text);
  return response;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

HttpResponse default_reply(const Webhook& webhook) {
  HttpResponse response;
  response.status = webhook.reply_status;
  if (!webhook.reply_body.empty()) {
    response.headers.emplace_back("content-type", webhook.reply_media_type);
    response.body = webhook.reply_body;
  }
  return response;
}

// A 5xx would only bring the vendor back with what we have already; a 3xx leads nowhere.
bool may_pass(const Parsed& parsed) {
  return parsed.replied && parsed.reply_status <= kMostPassedStatus &&
         (parsed.reply_status < 300 || parsed.reply_status >= 400);
}

HttpResponse reply_of(const Parsed& parsed) {
  HttpResponse response;
  response.status = parsed.reply_status;
  response.body = parsed.reply_body;
  if (!response.body.empty()) {
    const char first = response.body.front();
    const bool json = first == '{' || first == '[';
    response.headers.emplace_back("content-type", json ? "application/json" : "text/plain");
    response.headers.emplace_back("x-content-type-options", "nosniff");
  }
  return response;
}

NewRecord received_record(const HttpHead& head, const InboundSource& source,
                          const InboundConfig& config, std::string body, Time now,
                          InboundReceived& out) {
  out.connector = source.settings.instance.connector;
  out.method = head.method;
  out.path = std::string(kInboundPrefix) + source.name.value;
  if (!head.query.empty()) out.path += "?" + head.query;
  for (const auto& [name, value] : head.headers) {
    const auto& wanted = source.webhook.headers;
    if (name == "content-type" || std::find(wanted.begin(), wanted.end(), name) != wanted.end()) {
      out.headers.emplace_back(name, value);
    }
  }
  out.body = std::move(body);
  NewRecord record;
  record.header.stream = Stream::inbound;
  record.header.type = static_cast<std::uint16_t>(InboundType::received);
  record.header.tenant = config.tenant;
  record.header.workspace = config.workspace;
  record.header.source = source.hash;
  record.header.config = config.version;
  record.header.received = now;
  record.partition = PartitionId{static_cast<std::uint16_t>(hash64(out.body) % kPartitions)};
  record.body = encode(out);
  return record;
}

}  // namespace

WebhookDoor::WebhookDoor(Parser& parser, Vault& vault, Clock& clock, Telemetry& telemetry)
    : parser_(parser), vault_(vault), clock_(clock), telemetry_(telemetry) {}

void WebhookDoor::configure(std::shared_ptr<const InboundConfig> config) {
  config_ = std::move(config);
  std::erase_if(rates_, [&](const auto& rate) { return config_->find(rate.first) == nullptr; });
}

std::optional<HttpResponse> WebhookDoor::refuse_early(const HttpHead& head,
                                                      const InboundSource*& source) const {
  if (stopping_) return try_later("stopping", kRetrySoon);
  if (!config_) return try_later("no configuration yet", kRetrySoon);
  InboundPath path;
  if (read_inbound_path(head.path, path)) source = config_->find(path.source);
  const bool secret_in_path =
      source != nullptr && source->webhook.scheme.kind == SignatureKind::path_secret;
  if (source == nullptr || (!path.secret.empty() && !secret_in_path)) {
    return problem(404, "no source takes webhooks here");
  }
  const auto& webhook = source->webhook;
  if (head.method == "GET" && asks_by_get(webhook.challenge)) return std::nullopt;
  const auto& methods = webhook.methods;
  if (std::find(methods.begin(), methods.end(), head.method) == methods.end()) {
    return method_not_allowed(joined(methods));
  }
  const auto& types = webhook.media_types;
  if (!types.empty() && std::find(types.begin(), types.end(),
                                  media_type_of(head.header("content-type"))) == types.end()) {
    return problem(415, "wanted a Content-Type of " + joined(types));
  }
  if (head.content_length > source->max_body) {
    return problem(413, "wanted a body of at most " + std::to_string(source->max_body) + " bytes");
  }
  return std::nullopt;
}

Admission WebhookDoor::admit(const HttpHead& head) {
  const InboundSource* source = nullptr;
  Admission admission;
  admission.refuse = refuse_early(head, source);
  if (admission.refuse) {
    const std::string name = source == nullptr ? "" : source->name.value;
    telemetry_.count("webhook_requests",
                     {{"source", name}, {"status", std::to_string(admission.refuse->status)}});
  } else {
    admission.max_body = source->max_body;
  }
  return admission;
}

HttpResponse WebhookDoor::unusable(const InboundSource& source, const Error& error) {
  const std::string why = error.text();
  telemetry_.log(LogLevel::error, "webhook.secret_unusable",
                 {{"source", source.name.value}, {"why", why}});
  return try_later("the secret of this source cannot be used at the moment", kRetrySecret);
}

std::optional<HttpResponse> WebhookDoor::secrets(const InboundSource& source,
                                                 const std::string& slot, KeyForm form,
                                                 std::vector<Secret>& out) {
  const auto credential = vault_.credentials(source.settings.instance, slot);
  if (!credential) return unusable(source, credential.error());
  auto all = secrets_of(*credential, form);
  if (!all) return unusable(source, all.error());
  out = std::move(*all);
  return std::nullopt;
}

HttpResponse WebhookDoor::answer_challenge(const HttpHead& head, const InboundSource& source) {
  std::vector<Secret> tokens;
  if (!source.webhook.challenge_slot.empty()) {
    auto refused = secrets(source, source.webhook.challenge_slot, KeyForm::bytes, tokens);
    if (refused) return std::move(*refused);
  }
  auto text = answer_get(source.webhook.challenge, head.query, tokens);
  if (text) return plain_text(std::move(*text));
  return text.error().kind == ErrorKind::unauthorized ? denied(text.error().text())
                                                      : problem(400, text.error().text());
}

std::optional<HttpResponse> WebhookDoor::refuse_unsigned(const HttpHead& head,
                                                         const InboundSource& source,
                                                         std::string_view body) {
  const auto& webhook = source.webhook;
  std::vector<Secret> keys;
  auto refused = secrets(source, webhook.slot, webhook.scheme.key, keys);
  if (refused) return refused;
  InboundPath path;
  read_inbound_path(head.path, path);
  std::string url = source.settings.public_url + head.path;
  if (!head.query.empty()) url += "?" + head.query;
  const SignedRequest request{head.method, url, head.headers, body, path.secret};
  const auto verified =
      verify_signature(webhook.scheme, request, keys, webhook.window, clock_.now());
  if (!verified && verified.error().kind == ErrorKind::unauthorized) {
    return denied(verified.error().text());
  }
  if (!verified) return unusable(source, verified.error());
  // Only what is proven spends of the rate, so that nobody else can use it up.
  if (!rates_[source.hash].take(source.settings.max_per_second, clock_.instant())) {
    return try_later("more webhooks than this source takes in a second", kRetrySoon);
  }
  return std::nullopt;
}

Task<HttpResponse> WebhookDoor::handle(HttpHead head, std::string body) {
  const auto config = config_;  // keeps `source` alive
  const InboundSource* source = nullptr;
  HttpResponse response;
  auto refused = refuse_early(head, source);
  const Instant began = clock_.instant();
  const std::string name = source == nullptr ? "" : source->name.value;
  if (refused) {
    response = std::move(*refused);
  } else if (head.method == "GET") {
    response = answer_challenge(head, *source);
  } else if (refused = refuse_unsigned(head, *source, body); refused) {
    response = std::move(*refused);
  } else {
    response = co_await take(std::move(head), *source, std::move(body));
    const std::chrono::duration<double> took = clock_.instant() - began;
    telemetry_.observe("webhook_request_seconds", took.count(), {{"source", name}});
  }
  telemetry_.count("webhook_requests",
                   {{"source", name}, {"status", std::to_string(response.status)}});
  co_return response;
}

// From here on it is proven that the vendor sent it.
Task<HttpResponse> WebhookDoor::take(HttpHead head, const InboundSource& source, std::string body) {
  auto decoded = decode_body(std::move(body), head.header("content-encoding"), source.max_body);
  if (!decoded) {
    const ErrorKind kind = decoded.error().kind;
    co_return problem(kind == ErrorKind::limited       ? 413
                      : kind == ErrorKind::unsupported ? 415
                                                       : 400,
                      decoded.error().text());
  }
  if (auto text = answer_body(source.webhook.challenge, json_, *decoded)) {
    co_return plain_text(std::move(*text));
  }
  if (parser_.full(source.hash)) {
    co_return try_later("too many webhooks of this source wait to be parsed", kRetryFull);
  }
  const Instant until = clock_.instant() + kAnswerWithin;
  InboundReceived received;
  const Time now = clock_.now();
  NewRecord record = received_record(head, source, *config_, std::move(*decoded), now, received);
  auto id = co_await parser_.keep(std::move(record));
  if (!id) {
    telemetry_.log(LogLevel::warning, "webhook.append_failed", {{"why", id.error().text()}});
    co_return try_later(id.error().kind == ErrorKind::limited ? "the log is full for now"
                                                              : "the log is not available",
                        std::max(kRetrySoon, id.error().retry_after));
  }
  auto parsed = co_await parser_.parse_now(*id, std::move(received), until);
  const bool answered = parsed.has_value();
  telemetry_.count("webhook_answers",
                   {{"source", source.name.value}, {"by", answered ? "connector" : "manifest"}});
  co_return parsed&& may_pass(*parsed) ? reply_of(*parsed) : default_reply(source.webhook);
}

}  // namespace tenon::inbound
