// WebhookDoor: vendors' webhooks in; verified, durable, then the connector, then the answer.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "event/json.hpp"
#include "inbound/config.hpp"
#include "inbound/parser.hpp"
#include "inbound/request_rate.hpp"
#include "ports/clock.hpp"
#include "ports/http_handler.hpp"
#include "ports/telemetry.hpp"
#include "vault/vault.hpp"

namespace tenon::inbound {

constexpr seconds kAnswerWithin{1};  // then the manifest's reply goes out, and parsing goes on

// /webhooks/SOURCE[/SECRET]. Answers, as problems (RFC 9457) where not the connector's:
//   the connector's reply, or the manifest's: the webhook is durable
//   401 404 405 413 415   for good; nothing was kept
//   400                   a challenge or a body that cannot be read
//   429 with Retry-After  for now: too many, log full or away, secret unreadable, stopping
// One thread (that of the log). Must outlive its running handle() calls.
class WebhookDoor final : public HttpHandler {
 public:
  WebhookDoor(Parser& parser, Vault& vault, Clock& clock, Telemetry& telemetry);

  // From now on; requests that run keep what they began with. Until the first call: 429.
  void configure(std::shared_ptr<const InboundConfig> config);
  void stop() { stopping_ = true; }

  Admission admit(const HttpHead& head) override;
  Task<HttpResponse> handle(HttpHead head, std::string body) override;

 private:
  std::optional<HttpResponse> refuse_early(const HttpHead& head,
                                           const InboundSource*& source) const;
  HttpResponse answer_challenge(const HttpHead& head, const InboundSource& source);
  // Nothing: it was the vendor, and it may come in now.
  std::optional<HttpResponse> refuse_unsigned(const HttpHead& head, const InboundSource& source,
                                              std::string_view body);
  std::optional<HttpResponse> secrets(const InboundSource& source, const std::string& slot,
                                      KeyForm form, std::vector<Secret>& out);
  Task<HttpResponse> take(HttpHead head, const InboundSource& source, std::string body);
  HttpResponse unusable(const InboundSource& source, const Error& error);

  Parser& parser_;
  Vault& vault_;
  Clock& clock_;
  Telemetry& telemetry_;
  JsonParser json_;
  std::shared_ptr<const InboundConfig> config_;  // shared with running requests
  std::map<NameHash, RequestRate> rates_;
  bool stopping_ = false;
};

}  // namespace tenon::inbound
