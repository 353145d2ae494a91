/* Connectors that break the contract in one way each: BREACH names the function below that does. */
#include <stdlib.h>
#include <string.h>
#include <tenon/tenon.h>

struct tenon_instance {
  int unused;
};

typedef tenon_status step_body(const tenon_call* call, const tenon_sink* sink);
#define BODY(name) \
  __attribute__((unused)) static tenon_status name(const tenon_call* call, const tenon_sink* sink)

static tenon_str text(const char* from) {
  tenon_str out = {from, strlen(from)};
  return out;
}

/* What a sound connector does: all records in one request, then each accepted. */
static const uint32_t kCovers[2] = {0, 1};
static tenon_request sound_request(const tenon_call* call) {
  tenon_request request;
  memset(&request, 0, sizeof request);
  request.size = sizeof request;
  request.endpoint = text("api");
  request.method = text("POST");
  request.path = text("/v1/items");
  request.body = text("{}");
  request.covers.data = kCovers;
  request.covers.count = call->records.count < 2 ? call->records.count : 2;
  request.covers.stride = sizeof kCovers[0];
  return request;
}
static tenon_outcome sound_outcome(uint32_t index) {
  tenon_outcome outcome;
  memset(&outcome, 0, sizeof outcome);
  outcome.size = sizeof outcome;
  outcome.index = index;
  outcome.verdict = TENON_ACCEPTED;
  outcome.applied = TENON_APPLIED_YES;
  return outcome;
}
static tenon_status ask(const tenon_request* request, const tenon_sink* sink) {
  sink->request(sink, request);
  sink->suspend(sink, text("asked"), 0);
  return TENON_OK; /* whatever became of the push */
}
static tenon_status accept_all(const tenon_call* call, const tenon_sink* sink) {
  uint32_t i;
  for (i = 0; i < call->records.count; ++i) {
    const tenon_outcome outcome = sound_outcome(i);
    sink->outcome(sink, &outcome);
  }
  return TENON_OK;
}
#define SOUND_BUT(change)                            \
  tenon_request request = sound_request(call);       \
  if (call->step > 0) return accept_all(call, sink); \
  change;                                            \
  return ask(&request, sink)

BODY(none) { SOUND_BUT((void)0); }

/* Sizes and strides. */
BODY(size_short) { SOUND_BUT(request.size = 8); }
BODY(size_wild) { SOUND_BUT(request.size = 0xfffffff0u); }
BODY(stride_short) {
  static const tenon_kv pair = {{"a", 1}, {"b", 1}};
  SOUND_BUT((request.headers.data = &pair, request.headers.count = 1, request.headers.stride = 8));
}
BODY(stride_wild) {
  static const tenon_kv pair = {{"a", 1}, {"b", 1}};
  SOUND_BUT((request.query.data = &pair, request.query.count = 1, request.query.stride = 1u << 31));
}

/* Numbers that nobody knows. */
BODY(place_unknown) {
  tenon_secret_ref secret;
  memset(&secret, 0, sizeof secret);
  secret.size = sizeof secret;
  secret.place = 9;
  secret.transform = TENON_SECRET_PLAIN;
  secret.slot = text("token");
  {
    SOUND_BUT((request.secrets.data = &secret, request.secrets.count = 1,
               request.secrets.stride = sizeof secret));
  }
}
BODY(verdict_unknown) {
  tenon_outcome outcome = sound_outcome(0);
  if (call->step == 0) return none(call, sink);
  outcome.verdict = 99;
  return sink->outcome(sink, &outcome);
}
BODY(status_unknown) {
  (void)call, (void)sink;
  return 77;
}

/* Pointers and lengths. */
BODY(request_null) { SOUND_BUT(return sink->request(sink, NULL)); }
BODY(text_null) { SOUND_BUT((request.path.ptr = NULL, request.path.len = 4)); }
BODY(array_null) { SOUND_BUT((request.headers.count = 5, request.headers.stride = 32)); }
BODY(length_huge) { SOUND_BUT(request.body.len = 1ull << 40); }
/* Within the limit of a step, but far behind the end of what is there. */
BODY(length_past_end) { SOUND_BUT(request.body.len = 7u << 20); }
BODY(pointer_wild) {
  SOUND_BUT((request.body.ptr = (const char*)(uintptr_t)0x4000, request.body.len = 64));
}

/* The order of things, and how many there may be. */
BODY(after_suspend) {
  tenon_request request = sound_request(call);
  if (call->step > 0) return accept_all(call, sink);
  ask(&request, sink);
  request.tag = 1;
  sink->request(sink, &request);
  return TENON_OK;
}
BODY(no_suspend) {
  const tenon_request request = sound_request(call);
  return sink->request(sink, &request);
}
BODY(suspend_alone) {
  (void)call;
  sink->suspend(sink, text("?"), 0);
  return TENON_OK;
}
BODY(outcome_twice) {
  if (call->step == 0) return none(call, sink);
  accept_all(call, sink);
  return accept_all(call, sink);
}
/* In two steps: a rejection that is taken back. */
BODY(outcome_twice_later) {
  tenon_outcome outcome = sound_outcome(0);
  if (call->step > 0) return accept_all(call, sink);
  outcome.verdict = TENON_REJECTED;
  outcome.applied = TENON_APPLIED_NO;
  sink->outcome(sink, &outcome);
  return none(call, sink);
}
BODY(outcome_index) {
  const tenon_outcome outcome = sound_outcome(4000000000u);
  if (call->step == 0) return none(call, sink);
  sink->outcome(sink, &outcome);
  return TENON_OK;
}
BODY(covers_range) {
  static const uint32_t outside[1] = {7};
  SOUND_BUT((request.covers.data = outside, request.covers.count = 1));
}
BODY(endless_pushes) {
  tenon_request request = sound_request(call);
  for (; sink->size > 0; ++request.tag) sink->request(sink, &request);
  return TENON_OK;
}
BODY(state_large) {
  tenon_request request = sound_request(call);
  tenon_str state = {NULL, (1u << 20) + 1};
  char* bytes = malloc(state.len);
  if (call->step > 0) return accept_all(call, sink);
  memset(bytes, 's', state.len);
  state.ptr = bytes;
  sink->request(sink, &request);
  sink->suspend(sink, state, 0);
  free(bytes);
  return TENON_OK;
}
BODY(emit_in_deliver) {
  tenon_emit emit;
  (void)call;
  memset(&emit, 0, sizeof emit);
  emit.size = sizeof emit;
  emit.kind = TENON_EMIT_RECORD;
  sink->emit(sink, &emit);
  return TENON_OK;
}

/* The table. */
#ifndef TABLE_SIZE
#define TABLE_SIZE sizeof(tenon_connector)
#endif
#ifndef TABLE_MINOR
#define TABLE_MINOR TENON_ABI_MINOR
#endif
#ifndef TABLE_STEP
#define TABLE_STEP step
#endif

static tenon_status create(const tenon_host* host, tenon_str config, const tenon_sink* sink,
                           tenon_instance** out) {
  (void)host;
  if (config.len == 0 || config.ptr[0] != '{') {
    sink->explain(sink, text("settings: wanted an object"));
    return TENON_E_CONFIG;
  }
  *out = malloc(sizeof **out);
  return *out == NULL ? TENON_E_INTERNAL : TENON_OK;
}
static void destroy(tenon_instance* instance) { free(instance); }
__attribute__((unused)) static tenon_status step(const tenon_instance* instance,
                                                 const tenon_call* call, const tenon_sink* sink) {
  (void)instance;
  if (call->op != TENON_OP_DELIVER || call->action.len != 4 ||
      memcmp(call->action.ptr, "send", 4) != 0) {
    sink->explain(sink, text("wanted the op deliver and the action send"));
    return TENON_E_UNSUPPORTED;
  }
  return BREACH(call, sink);
}
static const void* extension(tenon_str id) {
  (void)id;
  return NULL;
}
const tenon_connector* tenon_connector_v1(void) {
  static const tenon_connector table = {.size = TABLE_SIZE,
                                        .abi_minor = TABLE_MINOR,
                                        .ops = TENON_OP_DELIVER,
                                        .create = create,
                                        .destroy = destroy,
                                        .step = TABLE_STEP,
                                        .extension = extension};
  return &table;
}
