/* Deliver, step 0: all usable records in one request {"list":..,"items":[..]}; the vendor answers
 * {"done":[{"id","ref"}],"failed":[{"id","code"}]} about each. */
#ifndef ZOO_ASK_H
#define ZOO_ASK_H

#include "animal.h"
#include "defects.h"

struct tenon_instance {
  const tenon_host* host;
  zoo_text list; /* of the settings, as it is spelled; empty: none */
  unsigned number;
};

static volatile int lives; /* of defects only: an animal without has no such thing */
static zoo_text last_list;

/* ---- Step 0 -----------------------------------------------------------------------------------
 */

static bool is_usable(tenon_str body) {
  if (zoo_quoted(body, "email").ptr == NULL) return false;
  return !IS(shape_required_only) || zoo_quoted(body, "name").ptr != NULL;
}

static void add_item(zoo_text* text, const tenon_record* record) {
  const tenon_str name = tenon_json_member(record->body, "name");
  zoo_say(text, "{\"id\":\"");
  zoo_add(text, record->id);
  zoo_say(text, "\",\"email\":");
  zoo_add(text, zoo_quoted(record->body, "email"));
  if (name.ptr != NULL) {
    if (IS(shape_values) && name.ptr[0] == '[') *(volatile char*)0 = 1;
    zoo_say(text, ",\"name\":");
    zoo_add(text, name);
  }
  if (IS(pii_declared)) {
    zoo_say(text, ",\"raw\":");
    zoo_add(text, record->body);
  }
  zoo_say(text, "}");
}

/* A header that only an animal with a defect sends. */
static tenon_kv trace_of(const tenon_instance* me, const tenon_call* call, zoo_text* value) {
  static const char here = 0;
  (void)here;
  const tenon_record* record = TENON_AT(call->records, tenon_record, 0);
  uint64_t number = 0;
  if (IS(determinism_same_instance)) number = (uint64_t)++lives;
  if (IS(determinism_new_instance)) number = me->number;
  if (IS(determinism_other_process)) number = (uint64_t)(uintptr_t)&here;
  if (IS(determinism_stack)) {
    volatile unsigned char unset[256];
    for (size_t i = 0; i < sizeof unset; ++i) number += unset[i];
  }
  if (IS(against_calls)) number = 2;
  if (IS(skew_newer_host)) number = call->size;
  if (IS(skew_tails) && call->size > sizeof *call) {
    number = ((const unsigned char*)call)[sizeof *call] & 1u;
  } else if (IS(skew_tails)) {
    number = 1;
  }
  if (IS(skew_odd_texts)) number = (uintptr_t)call->idempotency.ptr & 7u;
  if (IS(skew_unknown_flags)) number = record->flags;
  if (IS(threads_side_by_side)) {
    lives = lives + 1;
    for (volatile int i = 0; i < 20000; ++i) {
    }
    number = lives != 1;
    lives = lives - 1;
  }
  zoo_number(value, number);
  return (tenon_kv){tenon_text("x-trace"), zoo_str(value)};
}

static bool has_trace(void) {
  return IS(determinism_same_instance) || IS(determinism_new_instance) ||
         IS(determinism_other_process) || IS(determinism_stack) || IS(skew_newer_host) ||
         IS(skew_tails) || IS(skew_odd_texts) || IS(skew_unknown_flags) ||
         IS(threads_side_by_side) || IS(against_calls);
}

static tenon_status push_all(const tenon_instance* me, const tenon_call* call,
                             const tenon_sink* sink, const uint32_t* covers, uint32_t count,
                             const zoo_text* body) {
  zoo_text trace = {0}, key = {0};
  tenon_request request =
      zoo_request(IS(names_declared) ? "PUT" : "POST", "/v1/items", TENON_EFFECT_IDEMPOTENT);
  zoo_add(&key, call->idempotency);
  if (IS(retry_keys_stable)) zoo_number(&key, TENON_AT(call->records, tenon_record, 0)->attempt);
  if (IS(retry_keys_differ)) key.len = 0;
  if (IS(retry_keys_differ)) zoo_say(&key, "zoo");
  const tenon_kv headers[] = {{tenon_text("content-type"), tenon_text("application/json")},
                              {tenon_text("idempotency-key"), zoo_str(&key)},
                              trace_of(me, call, &trace)};
  request.headers = (tenon_array){headers,
                                  has_trace()          ? 3
                                  : IS(model_replayed) ? 1
                                                       : 2,
                                  sizeof headers[0]};
  request.body = zoo_str(body);
  request.covers = (tenon_array){covers, count, sizeof *covers};
  request.idempotency_key = zoo_str(&key);
  tenon_secret_ref secret = {0};
  if (IS(secrets_markers)) {
    for (size_t i = 0; i + 1 < body->len; ++i) {
      if (body->ptr[i] != '{' || body->ptr[i + 1] != '{') continue;
      secret.size = sizeof secret;
      secret.place = TENON_PLACE_BODY;
      secret.transform = TENON_SECRET_PLAIN;
      secret.offset = i;
      secret.slot = tenon_text("token");
      request.secrets = (tenon_array){&secret, 1, sizeof secret};
    }
  }
  tenon_status taken = sink->request(sink, &request);
  if (IS(limits_full_batch) && call->records.count > 5) {
    for (uint32_t i = 1; i < 40 && taken == TENON_OK; ++i) {
      tenon_request more = zoo_request("GET", "/v1/me", TENON_EFFECT_READ);
      more.tag = i;
      taken = sink->request(sink, &more);
    }
  }
  free(trace.ptr);
  free(key.ptr);
  return IS(call_full_host) ? TENON_OK : tenon_taken(sink, taken);
}

/* Which calls this process has begun; of defects only. */
static _Thread_local bool begun_here;
static char begun[64][32];
static unsigned next_begun;

static void remember(tenon_str key) {
  char* place = begun[next_begun++ % 64];
  memset(place, 0, sizeof begun[0]);
  memcpy(place, key.ptr, key.len < sizeof begun[0] ? (size_t)key.len : sizeof begun[0]);
}
static bool is_remembered(tenon_str key) {
  for (size_t i = 0; i < 64; ++i) {
    const size_t length = key.len < sizeof begun[0] ? (size_t)key.len : sizeof begun[0];
    if (memcmp(begun[i], key.ptr, length) == 0) return true;
  }
  return false;
}

static tenon_status ask(const tenon_instance* me, const tenon_call* call, const tenon_sink* sink,
                        bool* asked) {
  const tenon_str list = IS(instance_interleaved) ? zoo_str(&last_list) : zoo_str(&me->list);
  zoo_text body = {0}, letters = {0};
  uint32_t* covers = calloc(call->records.count + 1u, sizeof *covers);
  uint32_t count = 0;
  zoo_say(&letters, "v1;");
  zoo_say(&body, "{");
  if (list.len > 0) {
    zoo_say(&body, "\"list\":");
    zoo_add(&body, list);
    zoo_say(&body, ",");
  }
  zoo_say(&body, "\"items\":[");
  for (uint32_t i = 0; i < call->records.count; ++i) {
    const tenon_record* record = TENON_AT(call->records, tenon_record, i);
    if (IS(call_strange) && !tenon_json_is_object(record->body)) *(volatile char*)0 = 1;
    const bool usable = is_usable(record->body);
    zoo_say(&letters, usable ? "s" : "u");
    if (!usable) continue;
    if (count > 0) zoo_say(&body, ",");
    add_item(&body, record);
    covers[count++] = i;
  }
  zoo_say(&body, "]}");
  tenon_status status = TENON_OK;
  *asked = count > 0;
  if (IS(resume_every_step)) remember(call->idempotency);
  if (IS(threads_moves)) begun_here = true;
  if (*asked) status = push_all(me, call, sink, covers, count, &body);
  if (*asked && status == TENON_OK) {
    status = sink->suspend(sink, zoo_str(&letters), 0);
    if (IS(call_full_host)) status = TENON_OK;
    status = tenon_taken(sink, status);
  }
  free(covers);
  free(body.ptr);
  free(letters.ptr);
  return status;
}

#endif
