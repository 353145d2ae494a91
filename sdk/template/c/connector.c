/* The connector: one request per record, and the vendor's own word for each outcome. */
#include <stdlib.h>

#include "tenon/helpers.h"

/* What `create` made of the settings; this connector has nothing to remember. */
struct tenon_instance {
  int unused;
};

static tenon_status create(const tenon_host* host, tenon_str config, const tenon_sink* sink,
                           tenon_instance** out) {
  (void)host;
  if (!tenon_json_is_object(config)) {
    return tenon_refuse(sink, TENON_E_CONFIG, "settings: wanted a JSON object, found another text");
  }
  tenon_instance* instance = calloc(1, sizeof *instance);
  if (instance == NULL) return tenon_refuse(sink, TENON_E_INTERNAL, "out of memory");
  *out = instance;
  return TENON_OK;
}

static void destroy(tenon_instance* instance) { free(instance); }

/* One cheap request that proves the credential. */
static tenon_status check(const tenon_call* call, const tenon_sink* sink) {
  if (call->step == 0) {
    tenon_request request = {0};
    request.size = sizeof request;
    request.effect = TENON_EFFECT_READ;
    request.cost = 1;
    request.endpoint = tenon_text("api");
    request.method = tenon_text("GET");
    request.path = tenon_text("/v1/me");
    const tenon_status taken = tenon_taken(sink, sink->request(sink, &request));
    return taken != TENON_OK ? taken : tenon_taken(sink, sink->suspend(sink, tenon_text(""), 0));
  }
  const tenon_response* response = tenon_response_to(call, 0);
  const uint32_t status = response != NULL && response->got == TENON_GOT_HTTP
                              ? response->http_status
                              : 0; /* no answer */
  /* The account's name proves that the vendor answered, and not a proxy's sign-in page. */
  if (status >= 200 && status < 300 && tenon_json_text(response->body, "account").len > 0) {
    return TENON_OK;
  }
  if (status == 401) {
    tenon_give_hint(sink, TENON_HINT_AUTH_REJECTED, "token", 0);
    return tenon_refuse(sink, TENON_E_CONFIG, "token: the vendor does not take it (HTTP 401)");
  }
  return tenon_refuse(sink, TENON_E_RESPONSE,
                      "wanted the account from /v1/me, found no such answer");
}

static tenon_status ask(const tenon_call* call, const tenon_sink* sink) {
  for (uint32_t i = 0; i < call->records.count; ++i) {
    const tenon_record* record = TENON_AT(call->records, tenon_record, i);
    const tenon_kv headers[] = {
        {tenon_text("idempotency-key"), record->id},
        {tenon_text("content-type"), tenon_text("application/json")},
    };
    tenon_request request = {0};
    request.size = sizeof request;
    request.tag = i;
    /* The vendor knows a repeated key, so the host may send it again by itself. */
    request.effect = TENON_EFFECT_IDEMPOTENT;
    request.cost = 1;
    request.endpoint = tenon_text("api");
    request.method = tenon_text("POST");
    request.path = tenon_text("/v1/records");
    request.headers = (tenon_array){headers, 2, sizeof headers[0]};
    request.body = record->body;
    request.covers = (tenon_array){&i, 1, sizeof i};
    request.idempotency_key = record->id;
    const tenon_status taken = tenon_taken(sink, sink->request(sink, &request));
    if (taken != TENON_OK) return taken;
  }
  return call->records.count == 0 ? TENON_OK
                                  : tenon_taken(sink, sink->suspend(sink, tenon_text(""), 0));
}

/* A status proves nothing: a proxy's sign-in page has 200 too. The vendor's id does. */
static tenon_outcome written(uint32_t index, const tenon_response* response) {
  const tenon_str id = tenon_json_text(response->body, "id");
  if (id.len == 0) {
    return tenon_make_outcome(index, TENON_RETRY, TENON_APPLIED_MAYBE,
                              TENON_REASON_UNREADABLE_REPLY, "a yes without the id of the record");
  }
  const uint32_t verdict = response->http_status == 201 ? TENON_ACCEPTED : TENON_DUPLICATE;
  tenon_outcome outcome =
      tenon_make_outcome(index, verdict, TENON_APPLIED_YES, TENON_REASON_NONE, "");
  outcome.vendor_ref = id;
  return outcome;
}

/* What the vendor says about the record, by its status and then by its body. `code` keeps the
 * status for vendor_code until the outcome is pushed. */
static tenon_outcome outcome_of(uint32_t index, const tenon_response* response, char code[3]) {
  if (response->got != TENON_GOT_HTTP) return tenon_unanswered(index, response);
  tenon_outcome outcome;
  switch (response->http_status) {
    case 200: /* it had this key already */
    case 201: return written(index, response);
    case 400:
    case 413:
    case 422:
      outcome = tenon_make_outcome(index, TENON_REJECTED, TENON_APPLIED_NO,
                                   TENON_REASON_VENDOR_REJECTED, "the vendor refused the record");
      break;
    case 401:
      outcome = tenon_make_outcome(index, TENON_RETRY, TENON_APPLIED_NO, TENON_REASON_AUTH_REJECTED,
                                   "the vendor does not take the token");
      break;
    case 429:
      outcome = tenon_make_outcome(index, TENON_RETRY, TENON_APPLIED_NO, TENON_REASON_THROTTLED,
                                   "too many requests");
      break;
    default:
      outcome =
          tenon_make_outcome(index, TENON_RETRY, TENON_APPLIED_MAYBE, TENON_REASON_VENDOR_ERROR,
                             "an answer that the vendor does not promise");
      break;
  }
  outcome.vendor_code = tenon_code_of(response, code);
  if (outcome.verdict == TENON_RETRY) outcome.retry_after_ms = tenon_retry_after_ms(response);
  return outcome;
}

static tenon_status conclude(const tenon_call* call, const tenon_sink* sink) {
  for (uint32_t i = 0; i < call->records.count; ++i) {
    const tenon_response* response = tenon_response_to(call, i);
    if (response == NULL) continue; /* UNRESOLVED: nobody knows */
    char code[3];
    const tenon_outcome outcome = outcome_of(i, response, code);
    if (response->http_status == 401) {
      tenon_give_hint(sink, TENON_HINT_AUTH_REJECTED, "token", 0);
    } else if (response->http_status == 429) {
      const uint32_t wait = outcome.retry_after_ms;
      tenon_give_hint(sink, TENON_HINT_THROTTLED, "default", wait == 0 ? 0 : call->now_ms + wait);
    }
    const tenon_status taken = tenon_taken(sink, sink->outcome(sink, &outcome));
    if (taken != TENON_OK) return taken;
  }
  return TENON_OK;
}

/* Step 0 asks, step 1 reads the answers. Nothing is kept in between but what `suspend` is given. */
static tenon_status step(const tenon_instance* instance, const tenon_call* call,
                         const tenon_sink* sink) {
  (void)instance;
  if (call->op == TENON_OP_CHECK) return check(call, sink);
  if (call->op != TENON_OP_DELIVER || !tenon_is(call->action, "send")) {
    return tenon_refuse(sink, TENON_E_UNSUPPORTED, "wanted the action send, found another");
  }
  return call->step == 0 ? ask(call, sink) : conclude(call, sink);
}

static const void* extension(tenon_str id) {
  (void)id;
  return NULL;
}

const tenon_connector* tenon_connector_v1(void) {
  static const tenon_connector table = {
      .size = sizeof(tenon_connector),
      .abi_minor = TENON_ABI_MINOR,
      .ops = TENON_OP_DELIVER | TENON_OP_CHECK,
      .create = create,
      .destroy = destroy,
      .step = step,
      .extension = extension,
  };
  return &table;
}
