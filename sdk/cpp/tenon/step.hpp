// Steps: where connector code pushes in one turn of a call; one class per op shows what fits it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tenon/outcome.hpp"
#include "tenon/refusal.hpp"
#include "tenon/request.hpp"

namespace tenon::sdk {

// How a step went on: suspended, or over. Only a step makes one, so a function that returns Next
// cannot leave a path open.
class Next {
 private:
  friend class AnyStep;
  Next() = default;
};

// What a step of every op may do. A push that the host does not take leaves the step by a Refusal
// with the host's status.
class AnyStep {
 public:
  explicit AnyStep(const tenon_sink& sink) : sink_(sink) {}
  AnyStep(const AnyStep&) = delete;
  AnyStep& operator=(const AnyStep&) = delete;

  // Asks for a request to be sent after this step; goes with a suspend.
  void send(const Request& request) {
    Request::Scratch scratch;
    const tenon_request raw = request.raw(scratch);
    taken(sink_.request(&sink_, &raw), "request");
  }

  // Has the requests sent and asks for another step with `state`; the last push of this one.
  Next suspend(std::string_view state = {}, std::uint32_t delay_ms = 0) {
    taken(sink_.suspend(&sink_, str(state), delay_ms), "suspend");
    return Next();
  }

  // The call is over. A record without an outcome counts as UNRESOLVED.
  Next done() { return Next(); }

  // News about the vendor as a whole: kind is a TENON_HINT_*. It is no duty of the host's to take
  // it, so a hint that is not taken ends no step.
  void hint(std::uint32_t kind, std::string_view name, std::int64_t until_ms = 0) {
    tenon_hint raw{};
    raw.size = sizeof raw;
    raw.kind = kind;
    raw.name = str(name);
    raw.until_ms = until_ms;
    static_cast<void>(sink_.hint(&sink_, &raw));
  }
  // Nothing more into this bucket until then; 0: the host decides.
  void throttled(std::string_view bucket, std::int64_t until_ms = 0) {
    hint(TENON_HINT_THROTTLED, bucket, until_ms);
  }
  void auth_rejected(std::string_view slot) { hint(TENON_HINT_AUTH_REJECTED, slot); }
  void vendor_down(std::string_view endpoint, std::int64_t until_ms = 0) {
    hint(TENON_HINT_VENDOR_DOWN, endpoint, until_ms);
  }

  const tenon_sink& raw() const { return sink_; }

 protected:
  static void taken(tenon_status status, const char* what) {
    if (status != TENON_OK) {
      throw Refusal(status, std::string("the host did not take a push of kind ") + what);
    }
  }

  const tenon_sink& sink_;
};

// CHECK: requests that prove settings and credential; a Refusal says why they do not.
class CheckStep : public virtual AnyStep {
 public:
  explicit CheckStep(const tenon_sink& sink) : AnyStep(sink) {}
};

// DELIVER: one outcome per record.
class DeliverStep : public virtual AnyStep {
 public:
  explicit DeliverStep(const tenon_sink& sink) : AnyStep(sink) {}

  // Ends one record, in any step. A second outcome for it is refused.
  void end(std::uint32_t index, const Outcome& outcome) {
    tenon_outcome raw{};
    raw.size = sizeof raw;
    raw.index = index;
    raw.verdict = outcome.verdict;
    raw.applied = outcome.applied;
    raw.reason = outcome.reason;
    raw.retry_after_ms = outcome.retry_after_ms;
    raw.vendor_ref = str(outcome.vendor_ref);
    raw.vendor_code = str(outcome.vendor_code);
    raw.detail = str(outcome.detail);
    taken(sink_.outcome(&sink_, &raw), "outcome");
  }
  void end(const Record& record, const Outcome& outcome) { end(record.index(), outcome); }

  // Ends every record with what `outcome_of(record)` returns: a path that forgets one does not
  // compile.
  template <typename Function>
  Next end_each(const Records& records, Function&& outcome_of) {
    for (const Record record : records) {
      const Outcome outcome = outcome_of(record);
      end(record, outcome);
    }
    return done();
  }
  // Ends every record with the outcome that stands for it in `outcomes`.
  Next end_all(const Outcomes& outcomes) {
    for (std::uint32_t i = 0; i < outcomes.size(); ++i) end(i, outcomes[i]);
    return done();
  }
};

// One record for the host, of PULL or WEBHOOK. `id` is unique in the stream and makes a second
// one harmless; `body` is JSON.
struct Emit {
  std::string_view id, type, body;
  std::int64_t event_ms = 0;  // Unix time of the event; 0: unknown
};

// What PULL and WEBHOOK have in common.
class EmitStep : public virtual AnyStep {
 public:
  explicit EmitStep(const tenon_sink& sink) : AnyStep(sink) {}

  void emit(const Emit& record) {
    tenon_emit raw{};
    raw.size = sizeof raw;
    raw.kind = TENON_EMIT_RECORD;
    raw.id = str(record.id);
    raw.type = str(record.type);
    raw.body = str(record.body);
    raw.event_ms = record.event_ms;
    taken(sink_.emit(&sink_, &raw), "emit");
  }
};

// Is there a further page that may be asked for at once?
enum class Page : std::uint32_t { last = 0, more = 1 };

// PULL: a page of the vendor's records, then the place behind it.
class PullStep : public virtual EmitStep {
 public:
  explicit PullStep(const tenon_sink& sink) : AnyStep(sink), EmitStep(sink) {}

  // Emits since the last checkpoint are kept together with `cursor`, or not at all.
  void checkpoint(std::string_view cursor, Page page = Page::last) {
    taken(sink_.checkpoint(&sink_, str(cursor), static_cast<std::uint32_t>(page)), "checkpoint");
  }
};

// WEBHOOK: what an inbound request tells, and what to answer it.
class WebhookStep : public virtual EmitStep {
 public:
  explicit WebhookStep(const tenon_sink& sink) : AnyStep(sink), EmitStep(sink) {}

  // At most once. Without one the host answers as the manifest says.
  void reply(std::uint32_t http_status, std::string_view body = {}) {
    taken(sink_.reply(&sink_, http_status, str(body)), "reply");
  }
};

// READBACK: for each key what the vendor holds, or that it holds nothing. A key without either
// stays unknown.
class ReadbackStep : public virtual AnyStep {
 public:
  explicit ReadbackStep(const tenon_sink& sink) : AnyStep(sink) {}

  // `body`: canonical JSON. `id`: the vendor's.
  void found(std::uint32_t index, std::string_view body, std::string_view id = {}) {
    tell(TENON_EMIT_FOUND, index, body, id);
  }
  void absent(std::uint32_t index) { tell(TENON_EMIT_ABSENT, index, {}, {}); }

 private:
  void tell(std::uint32_t kind, std::uint32_t index, std::string_view body, std::string_view id) {
    tenon_emit raw{};
    raw.size = sizeof raw;
    raw.kind = kind;
    raw.index = index;
    raw.id = str(id);
    raw.body = str(body);
    taken(sink_.emit(&sink_, &raw), "emit");
  }
};

// All of it, for a class that dispatches by itself. Converts to the step of any op.
class Step : public DeliverStep,
             public PullStep,
             public WebhookStep,
             public ReadbackStep,
             public CheckStep {
 public:
  explicit Step(const tenon_sink& sink)
      : AnyStep(sink),
        EmitStep(sink),
        DeliverStep(sink),
        PullStep(sink),
        WebhookStep(sink),
        ReadbackStep(sink),
        CheckStep(sink) {}
};

}  // namespace tenon::sdk
