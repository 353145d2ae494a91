// ConnectorRuntime: runs one step of a connector somewhere safe. Values in, values out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/task.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "event/attempt.hpp"
#include "ports/http_client.hpp"

namespace tenon {

// "vendor@1.0.0": a release that the host has installed; the runtime knows where its .so lies.
using ReleaseId = StrongId<struct ReleaseTag, std::string>;
// An open instance (release and settings) inside a runtime; never reused.
using InstanceId = StrongId<struct InstanceTag, std::uint64_t>;

// The values below mirror the C ABI (sdk/include/tenon/tenon.h) field for field; numbers are equal.
enum class Op : std::uint32_t {
  none = 0,
  deliver = 1,
  pull = 2,
  webhook = 4,
  readback = 8,
  check = 16
};

struct CallRecord {
  std::string id, type, body;  // event id, canonical type, canonical (mapped) JSON
  std::string vendor_ref;
  std::uint32_t attempt = 1;
  std::uint32_t flags = 0;  // TENON_RECORD_*
};

struct CallResponse {
  std::uint32_t tag = 0;
  HttpReply reply;
};

// A vendor's request, verified by the host: what a call of the op webhook is about.
struct InboundRequest {
  std::string method, path;  // path: with the query
  HttpHeaders headers;       // names lower-case
  std::string body;
};

struct Call {
  Op op = Op::deliver;
  std::uint32_t step = 0;
  std::string action;
  std::int64_t now_ms = 0;
  std::uint64_t seed = 0;
  std::string idempotency;
  std::vector<CallRecord> records;
  std::vector<CallResponse> responses;
  std::string state;
  std::string stream, cursor;
  std::optional<InboundRequest> inbound;
};

enum class SecretPlace : std::uint32_t { none = 0, header = 1, path = 2, body = 3, query = 4 };
enum class SecretTransform : std::uint32_t { none = 0, plain = 1, base64 = 2, hmac_sha256_hex = 3 };
struct SecretRef {
  SecretPlace place = SecretPlace::none;
  std::uint32_t index = 0;
  SecretTransform transform = SecretTransform::plain;
  std::uint64_t offset = 0;
  std::string slot, message;
};

enum class Effect : std::uint32_t { once = 0, idempotent = 1, read = 2 };
struct ConnectorRequest {
  std::uint32_t tag = 0;
  Effect effect = Effect::once;
  std::uint32_t cost = 1;
  std::string endpoint, method, path;
  HttpHeaders query, headers;
  std::string body;
  std::vector<SecretRef> secrets;
  std::vector<std::uint32_t> covers;  // indexes into Call::records
  std::string bucket, idempotency_key;
};

enum class Applied : std::uint32_t { maybe = 0, no = 1, yes = 2 };
struct RecordOutcome {
  std::uint32_t index = 0;
  Verdict verdict = Verdict::unresolved;
  Applied applied = Applied::maybe;
  std::uint32_t reason = 0;          // tenon/reasons.h
  std::uint32_t retry_after_ms = 0;  // 0 = the host decides
  std::string vendor_ref, vendor_code, detail;
};

// record: of pull and webhook; the others answer for a key of readback.
enum class EmitKind : std::uint32_t { none = 0, record = 1, found = 2, absent = 3 };
// May a step of this op push an emit of this kind?
constexpr bool may_emit(Op op, EmitKind kind) {
  if (op == Op::readback) return kind == EmitKind::found || kind == EmitKind::absent;
  return (op == Op::pull || op == Op::webhook) && kind == EmitKind::record;
}
struct Emit {
  EmitKind kind = EmitKind::none;
  std::uint32_t index = 0;
  std::string id, type, body;
  std::int64_t event_ms = 0;
};
struct Hint {
  std::uint32_t kind = 0;
  std::string name;
  std::int64_t until_ms = 0;
};
struct ConnectorLog {
  std::uint32_t level = 0;
  std::string message;  // escaped: data, not structure
};

// All that one step pushed. status < 0: the step failed as a whole (TENON_E_*), `explain` says why.
struct StepResult {
  std::int32_t status = 0;
  std::string explain;
  std::vector<ConnectorRequest> requests;
  std::vector<RecordOutcome> outcomes;
  std::vector<Emit> emits;
  std::vector<Hint> hints;
  std::vector<ConnectorLog> logs;
  bool suspended = false;
  std::string state;
  std::uint32_t delay_ms = 0;  // with suspended: hold the next request so long
  bool checkpointed = false;
  std::uint32_t emits_covered = 0;  // so many emits stand before the (last) checkpoint
  std::string cursor;
  bool more = false;
  bool replied = false;
  std::uint32_t reply_status = 0;
  std::string reply_body;
};

class ConnectorRuntime {
 public:
  virtual ~ConnectorRuntime() = default;
  // Opens an instance of a release with its settings (canonical JSON, no secrets); starts a worker
  // where needed. not_found: no such release. unsupported: this machine cannot isolate, or the ABI
  // does not fit. invalid: the connector refused the settings (its words). unavailable: the worker
  // did not start or died.
  virtual Task<Result<InstanceId>> open(ReleaseId release, std::string settings_json) = 0;
  // One step, ended by `deadline` by killing the worker. invalid: an input over the limits.
  // not_found: the instance is gone (its worker was idle, or died in another step): open again.
  // limited: too many steps wait for this worker. unavailable: the worker died, with the cause;
  // timeout: it was killed at the deadline. After either the instance is gone: open again.
  // corrupt: an illegal frame or a forbidden system call; the release is quarantined.
  virtual Task<Result<StepResult>> step(InstanceId instance, Call call, Instant deadline) = 0;
  virtual Task<void> close(InstanceId instance) = 0;
  // Ends all workers; no step may be running.
  virtual Task<void> stop() = 0;
};

}  // namespace tenon
