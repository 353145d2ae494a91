// What goes into a connector and comes out of it, as plain values that own their bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tenon/tenon.h"

namespace tenon::testkit {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct RecordIn {
  std::string id, type, body, vendor_ref;
  std::uint32_t attempt = 1;
  std::uint32_t flags = 0;
};

struct ReplyIn {
  std::uint32_t tag = 0;
  std::uint32_t got = TENON_GOT_HTTP;
  std::uint32_t status = 0;
  Pairs headers;
  std::string body;
  std::uint64_t cut_bytes = 0;  // so many more bytes were cut off
};

struct InboundIn {
  std::string method = "POST", path = "/";
  Pairs headers;  // lower-case names
  std::string body;
};

struct CallIn {
  std::uint32_t op = TENON_OP_DELIVER;
  std::uint32_t step = 0;
  std::string action;
  std::int64_t now_ms = 1'767'323'045'000;
  std::uint64_t seed = 1;
  std::string idempotency = "idempotency-1";
  std::vector<RecordIn> records;
  std::vector<ReplyIn> replies;
  std::string state, stream, cursor;
  std::optional<InboundIn> inbound;
};

struct SecretOut {
  std::uint32_t place = 0, index = 0, transform = 0;
  std::uint64_t offset = 0;
  std::string slot, message;
  bool operator==(const SecretOut&) const = default;
};

struct RequestOut {
  std::uint32_t tag = 0, effect = 0, cost = 0;
  std::string endpoint, method, path;
  Pairs query, headers;
  std::string body;
  std::vector<SecretOut> secrets;
  std::vector<std::uint32_t> covers;
  std::string bucket, idempotency_key;
  bool operator==(const RequestOut&) const = default;
};

struct OutcomeOut {
  std::uint32_t index = 0, verdict = TENON_UNRESOLVED, applied = TENON_APPLIED_MAYBE;
  std::uint32_t reason = 0, retry_after_ms = 0;
  std::string vendor_ref, vendor_code, detail;
  bool operator==(const OutcomeOut&) const = default;
};

struct HintOut {
  std::uint32_t kind = 0;
  std::string name;
  std::int64_t until_ms = 0;
  bool operator==(const HintOut&) const = default;
};

struct EmitOut {
  std::uint32_t kind = 0, index = 0;
  std::string id, type, body;
  std::int64_t event_ms = 0;
  bool operator==(const EmitOut&) const = default;
};

struct CheckpointOut {
  std::string cursor;
  bool more = false;
  std::size_t emits = 0;  // of the step, that came before it
  bool operator==(const CheckpointOut&) const = default;
};

struct WebhookReplyOut {
  std::uint32_t status = 0;
  std::string body;
  bool operator==(const WebhookReplyOut&) const = default;
};

// All that one step pushed and that was taken.
struct StepOut {
  tenon_status status = TENON_OK;
  std::string explain;
  std::vector<RequestOut> requests;
  std::vector<OutcomeOut> outcomes;
  std::vector<HintOut> hints;
  std::vector<EmitOut> emits;
  std::vector<CheckpointOut> checkpoints;
  std::optional<WebhookReplyOut> reply;
  bool suspended = false;
  std::string state;
  std::uint32_t delay_ms = 0;
  std::vector<std::string> violations;  // of the contract, in words
  bool operator==(const StepOut&) const = default;
};

// A call from its first to its last step.
struct CallOut {
  std::vector<StepOut> steps;
  // DELIVER: one per record, in order; a forgotten one is UNRESOLVED.
  std::vector<OutcomeOut> outcomes;
  bool operator==(const CallOut&) const = default;

  tenon_status status() const { return steps.empty() ? TENON_OK : steps.back().status; }
  std::vector<std::string> violations() const {
    std::vector<std::string> all;
    for (const StepOut& step : steps) {
      all.insert(all.end(), step.violations.begin(), step.violations.end());
    }
    return all;
  }
};

}  // namespace tenon::testkit
