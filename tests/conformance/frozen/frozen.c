/* The connector that each released minor leaves behind: every op, by the bare C ABI of its time. */
#include <stdlib.h>
#include <string.h>
#include <tenon/reasons.h>
#include <tenon/tenon.h>

/* A build of tomorrow's header may still claim to need no more than an older minor. */
#ifndef FROZEN_MINOR
#define FROZEN_MINOR TENON_ABI_MINOR
#endif

struct tenon_instance {
  uint64_t config_bytes;
};

/* A zeroed struct with its size. What lies behind `last`, the last field of minor 0, is poison: no
 * host of minor 0 may look at it. */
#define FRESH(type, name, last)                              \
  type name;                                                 \
  memset(&name, 0xA5, sizeof name);                          \
  memset(&name, 0, offsetof(type, last) + sizeof name.last); \
  name.size = (uint32_t)sizeof name

static tenon_str text(const char* from) {
  tenon_str out = {from, strlen(from)};
  return out;
}
static int is(tenon_str a, const char* b) {
  return a.len == strlen(b) && memcmp(a.ptr, b, a.len) == 0;
}
static tenon_status refuse(const tenon_sink* sink, tenon_status status, const char* why) {
  sink->explain(sink, text(why));
  return status;
}

static tenon_status create(const tenon_host* host, tenon_str config, const tenon_sink* sink,
                           tenon_instance** out) {
  tenon_instance* made;
  if (config.len < 2 || config.ptr[0] != '{') {
    return refuse(sink, TENON_E_CONFIG, "settings: wanted an object");
  }
  if (host->extension(host, text("tenon.none/1")) != NULL) {
    return refuse(sink, TENON_E_INTERNAL, "extension: wanted null for an id that nobody has");
  }
  made = malloc(sizeof *made);
  if (made == NULL) return TENON_E_INTERNAL;
  made->config_bytes = config.len;
  host->log(host, TENON_LOG_INFO, text("frozen: created"));
  *out = made;
  return TENON_OK;
}

static void destroy(tenon_instance* instance) { free(instance); }

/* Elements that are longer than the host's, as those of a newer minor are. */
typedef struct wide_kv {
  tenon_kv pair;
  uint64_t poison;
} wide_kv;
typedef struct wide_index {
  uint32_t index, poison;
} wide_index;

static tenon_status ask(const tenon_record* record, uint32_t i, const tenon_sink* sink) {
  wide_kv query[2] = {{{{"n", 1}, {"1", 1}}, ~0ull}, {{{"m", 1}, {"2", 1}}, ~0ull}};
  wide_kv header = {{{"x-id", 4}, {NULL, 0}}, ~0ull};
  wide_index covered = {0, ~0u};
  FRESH(tenon_secret_ref, first, message);
  FRESH(tenon_secret_ref, second, message);
  tenon_secret_ref secrets[2];
  FRESH(tenon_request, request, idempotency_key);
  header.pair.value = record->id;
  covered.index = i;
  first.place = TENON_PLACE_QUERY;
  first.index = 1;
  first.transform = TENON_SECRET_PLAIN;
  first.slot = text("token");
  second = first;
  second.place = TENON_PLACE_HEADER;
  second.index = 0;
  second.transform = TENON_SECRET_HMAC_SHA256_HEX;
  second.message = record->body;
  secrets[0] = first;
  secrets[1] = second;
  request.tag = 100 + i;
  request.effect = TENON_EFFECT_IDEMPOTENT;
  request.cost = 2;
  request.endpoint = text("api");
  request.method = text("POST");
  request.path = text("/v1/items");
  request.query.data = query;
  request.query.count = 2;
  request.query.stride = sizeof query[0];
  request.headers.data = &header;
  request.headers.count = 1;
  request.headers.stride = sizeof header;
  request.body = record->body;
  request.secrets.data = secrets;
  request.secrets.count = 2;
  request.secrets.stride = sizeof secrets[0];
  request.covers.data = &covered;
  request.covers.count = 1;
  request.covers.stride = sizeof covered;
  request.bucket = text("default");
  request.idempotency_key = record->id;
  return sink->request(sink, &request);
}

/* Tells which structs reach further than minor 0 did, so that a test sees what this side saw. */
static const char* reach(const tenon_call* call) {
#if TENON_ABI_MINOR > 0
  return TENON_HAS(call, tenon_call, later) ? "later" : "now";
#else
  return call->size == sizeof *call ? "now" : "longer";
#endif
}

static tenon_status conclude(const tenon_call* call, uint32_t i, const tenon_sink* sink) {
  const tenon_response* reply = TENON_AT(call->responses, tenon_response, i);
  FRESH(tenon_outcome, outcome, detail);
  outcome.index = reply->tag - 100;
  outcome.vendor_code = text(reach(call));
  if (reply->got != TENON_GOT_HTTP) {
    outcome.verdict = TENON_RETRY;
    outcome.reason = TENON_REASON_LOST;
  } else if (reply->http_status == 429) {
    FRESH(tenon_hint, hint, until_ms);
    hint.kind = TENON_HINT_THROTTLED;
    hint.name = text("default");
    hint.until_ms = call->now_ms + 1000;
    sink->hint(sink, &hint);
    outcome.verdict = TENON_RETRY;
    outcome.applied = TENON_APPLIED_NO;
    outcome.reason = TENON_REASON_THROTTLED;
    outcome.retry_after_ms = 1000;
  } else if (reply->http_status == 200) {
    outcome.verdict = TENON_ACCEPTED;
    outcome.applied = TENON_APPLIED_YES;
    if (reply->headers.count > 0) {
      outcome.vendor_ref = TENON_AT(reply->headers, tenon_kv, reply->headers.count - 1)->value;
    }
    outcome.detail = reply->body;
  } else {
    outcome.verdict = TENON_REJECTED;
    outcome.applied = TENON_APPLIED_NO;
  }
  return sink->outcome(sink, &outcome);
}

static tenon_status deliver(const tenon_call* call, const tenon_sink* sink) {
  uint32_t i;
  if (!is(call->action, "send")) return refuse(sink, TENON_E_UNSUPPORTED, "action: wanted send");
  if (call->step == 0) {
    for (i = 0; i < call->records.count; ++i) {
      const tenon_status status = ask(TENON_AT(call->records, tenon_record, i), i, sink);
      if (status != TENON_OK) return status;
    }
    return call->records.count == 0 ? TENON_OK : sink->suspend(sink, text("asked"), 5);
  }
  if (!is(call->state, "asked")) return refuse(sink, TENON_E_INPUT, "state: not ours");
  for (i = 0; i < call->responses.count; ++i) {
    const tenon_status status = conclude(call, i, sink);
    if (status != TENON_OK) return status;
  }
  return TENON_OK;
}

static tenon_status pull(const tenon_call* call, const tenon_sink* sink) {
  FRESH(tenon_emit, emit, event_ms);
  tenon_status status;
  if (!is(call->stream, "items")) return refuse(sink, TENON_E_UNSUPPORTED, "stream: wanted items");
  emit.kind = TENON_EMIT_RECORD;
  emit.id = text("item-1");
  emit.type = text("track");
  emit.body = text("{\"n\":1}");
  emit.event_ms = call->now_ms;
  status = sink->emit(sink, &emit);
  if (status != TENON_OK) return status;
  return sink->checkpoint(sink, call->cursor.len == 0 ? text("page-2") : call->cursor, 1);
}

static tenon_status webhook(const tenon_call* call, const tenon_sink* sink) {
  FRESH(tenon_emit, emit, event_ms);
  tenon_status status;
  if (call->inbound == NULL) return refuse(sink, TENON_E_INPUT, "inbound: wanted a request");
  emit.kind = TENON_EMIT_RECORD;
  emit.id = call->inbound->path;
  emit.type = text("track");
  emit.body = call->inbound->body;
  status = sink->emit(sink, &emit);
  return status == TENON_OK ? sink->reply(sink, 202, text("taken")) : status;
}

static tenon_status readback(const tenon_call* call, const tenon_sink* sink) {
  uint32_t i;
  for (i = 0; i < call->records.count; ++i) {
    const tenon_record* record = TENON_AT(call->records, tenon_record, i);
    FRESH(tenon_emit, emit, event_ms);
    tenon_status status;
    emit.kind = record->vendor_ref.len > 0 ? TENON_EMIT_FOUND : TENON_EMIT_ABSENT;
    emit.index = i;
    emit.id = record->id;
    emit.body = record->vendor_ref.len > 0 ? record->body : text("");
    status = sink->emit(sink, &emit);
    if (status != TENON_OK) return status;
  }
  return TENON_OK;
}

static tenon_status step(const tenon_instance* instance, const tenon_call* call,
                         const tenon_sink* sink) {
  if (instance->config_bytes < 2) return TENON_E_INTERNAL;
  switch (call->op) {
    case TENON_OP_DELIVER: return deliver(call, sink);
    case TENON_OP_PULL: return pull(call, sink);
    case TENON_OP_WEBHOOK: return webhook(call, sink);
    case TENON_OP_READBACK: return readback(call, sink);
    case TENON_OP_CHECK: return TENON_OK;
    default: return refuse(sink, TENON_E_UNSUPPORTED, "op: none that this connector has");
  }
}

static const void* extension(tenon_str id) {
  (void)id;
  return NULL;
}

const tenon_connector* tenon_connector_v1(void) {
  static const tenon_connector table = {.size = sizeof(tenon_connector),
                                        .abi_minor = FROZEN_MINOR,
                                        .ops = TENON_OP_DELIVER | TENON_OP_PULL | TENON_OP_WEBHOOK |
                                               TENON_OP_READBACK | TENON_OP_CHECK,
                                        .create = create,
                                        .destroy = destroy,
                                        .step = step,
                                        .extension = extension};
  return &table;
}
