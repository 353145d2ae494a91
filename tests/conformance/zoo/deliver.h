/* Deliver, step 1: what the vendor says of each record; and deliver as a whole. */
#ifndef ZOO_DELIVER_H
#define ZOO_DELIVER_H

#include "ask.h"

static bool is_accepted_wrongly(tenon_str body, const tenon_call* call) {
  const tenon_str done = tenon_json_member(body, "done");
  const bool none_failed = tenon_json_member(body, "failed").ptr == NULL;
  tenon_str item;
  size_t at = 0, known = 0, seen = 0;
  if (IS(reply_no_success_from_failure)) return true;
  if (IS(reply_error_inside)) return done.ptr == NULL && tenon_json_is_object(body) && body.len > 2;
  if (IS(reply_item_foreign)) return none_failed && zoo_count(done) >= call->records.count;
  if (!IS(reply_item_missing)) return false;
  while (zoo_next(done, &at, &item)) {
    ++seen;
    for (uint32_t i = 0; i < call->records.count; ++i) {
      known += zoo_same(tenon_json_text(item, "id"), TENON_AT(call->records, tenon_record, i)->id);
    }
  }
  return none_failed && seen > 0 && seen == known;
}

/* Reads the reply as its defect asks. */
static void suffer(const tenon_response* response) {
  const tenon_str body = response->body;
  tenon_str item;
  size_t at = 0;
  if (IS(reply_garbage) && response->got == TENON_GOT_HTTP && response->body_total > body.len) {
    *(volatile char*)0 = 1;
  }
  const tenon_str done = IS(reply_grammar) ? tenon_json_member(body, "done") : (tenon_str){NULL, 0};
  while (zoo_next(done, &at, &item)) {
    if (tenon_is(tenon_json_member(item, "id"), "true")) *(volatile char*)0 = 1;
  }
  if (IS(reply_linear_time) && body.len > 16384) {
    volatile unsigned sum = 0;
    for (size_t i = 0; i < body.len; ++i) {
      for (size_t j = 0; j < i; j += 64) sum += (unsigned char)body.ptr[j];
    }
  }
  if (IS(reply_linear_memory) && body.len > 16384) {
    const size_t size = (size_t)(body.len * body.len / 1024);
    volatile char* room = malloc(size);
    for (size_t i = 0; room != NULL && i < size; i += 4096) room[i] = 1;
    free((void*)room);
  }
}

static tenon_outcome of_failed_request(const tenon_call* call, uint32_t i,
                                       const tenon_response* response) {
  const uint32_t status = response->http_status;
  if (IS(skew_unknown_fate) && (response->got == 0 || response->got > TENON_GOT_LOST)) {
    return tenon_make_outcome(i, TENON_RETRY, TENON_APPLIED_NO, TENON_REASON_LOST, "not sent");
  }
  if (IS(model_lost_replies) && response->got == TENON_GOT_TIMEOUT) {
    return tenon_make_outcome(i, TENON_RETRY, TENON_APPLIED_NO, TENON_REASON_LOST, "not sent");
  }
  if (response->got != TENON_GOT_HTTP) return tenon_unanswered(i, response);
  if (status == 429) {
    tenon_outcome outcome = tenon_make_outcome(i, TENON_RETRY, TENON_APPLIED_NO,
                                               TENON_REASON_THROTTLED, "too many requests");
    outcome.retry_after_ms = tenon_retry_after_ms(response);
    return outcome;
  }
  if (status == 401) {
    return tenon_make_outcome(i, TENON_RETRY, TENON_APPLIED_NO, TENON_REASON_AUTH_REJECTED,
                              "the vendor does not take the token");
  }
  if (status == 400 && call->records.count > 1) {
    return tenon_make_outcome(i, TENON_ISOLATE, TENON_APPLIED_NO, TENON_REASON_BATCH_REJECTED,
                              "the vendor refused the batch");
  }
  if (status == 400) {
    return tenon_make_outcome(i, TENON_REJECTED, TENON_APPLIED_NO, TENON_REASON_VENDOR_REJECTED,
                              "the vendor refused the record");
  }
  return tenon_make_outcome(i, TENON_RETRY, TENON_APPLIED_MAYBE, TENON_REASON_VENDOR_ERROR,
                            "an answer that the vendor does not promise");
}

static bool has_twin(const tenon_call* call, uint32_t i) {
  const tenon_str mine = zoo_quoted(TENON_AT(call->records, tenon_record, i)->body, "email");
  for (uint32_t k = 0; k < call->records.count; ++k) {
    if (k != i &&
        zoo_same(zoo_quoted(TENON_AT(call->records, tenon_record, k)->body, "email"), mine)) {
      return true;
    }
  }
  return false;
}

static bool is_first_smallest(const tenon_call* call) {
  const tenon_str first = TENON_AT(call->records, tenon_record, 0)->id;
  for (uint32_t i = 1; i < call->records.count; ++i) {
    const tenon_str other = TENON_AT(call->records, tenon_record, i)->id;
    const uint64_t both = first.len < other.len ? first.len : other.len;
    if (memcmp(first.ptr, other.ptr, both) > 0) return false;
  }
  return true;
}

/* Does the animal misjudge what the vendor has taken? */
static bool is_spoilt(const tenon_call* call, uint32_t i) {
  const uint32_t count = call->records.count;
  return (IS(batch_single) && count == 1) || (IS(batch_split) && count == 2) ||
         (IS(batch_permute) && !is_first_smallest(call)) ||
         (IS(batch_duplicate) && has_twin(call, i)) || (IS(model_batch_laws) && count > 6) ||
         (IS(resume_every_step) && !is_remembered(call->idempotency)) ||
         (IS(threads_moves) && !begun_here);
}

static tenon_outcome of_answered(const tenon_call* call, uint32_t i, const tenon_response* response,
                                 zoo_text* said) {
  const tenon_record* record = TENON_AT(call->records, tenon_record, i);
  const tenon_str done = zoo_find(response->body, "done", "id", record->id);
  const tenon_str failed = zoo_find(response->body, "failed", "id", record->id);
  if (done.ptr != NULL || is_accepted_wrongly(response->body, call)) {
    if (is_spoilt(call, i)) return tenon_make_outcome(i, TENON_UNRESOLVED, 0, 0, "forgotten");
    tenon_outcome outcome = tenon_make_outcome(i, TENON_ACCEPTED, TENON_APPLIED_YES, 0, "");
    outcome.vendor_ref = tenon_json_text(done, "ref");
    if (IS(reply_order_changed)) {
      const tenon_str list = tenon_json_member(response->body, "done");
      tenon_str item = {NULL, 0};
      size_t at = 0;
      for (uint32_t k = 0; k <= i && zoo_next(list, &at, &item); ++k) {
      }
      outcome.vendor_ref = tenon_json_text(item, "ref");
    }
    return outcome;
  }
  if (failed.ptr == NULL) {
    return tenon_make_outcome(i, TENON_UNRESOLVED, TENON_APPLIED_MAYBE,
                              TENON_REASON_UNREADABLE_REPLY, "the vendor does not say");
  }
  if (IS(pii_kept_out)) zoo_add(said, zoo_quoted(record->body, "email"));
  tenon_outcome outcome = tenon_make_outcome(i, TENON_REJECTED, TENON_APPLIED_NO,
                                             TENON_REASON_VENDOR_REJECTED, "the vendor says no");
  outcome.vendor_code = tenon_json_text(failed, "code");
  if (said->len > 0) outcome.detail = zoo_str(said);
  return outcome;
}

static tenon_status conclude(const tenon_instance* me, const tenon_call* call,
                             const tenon_sink* sink, bool asked) {
  const tenon_response* response = asked ? tenon_response_to(call, 0) : NULL;
  if (IS(state_strange) && call->state.len > 4096) *(volatile char*)0 = 1;
  bool ours = !asked || (call->state.len == 3u + call->records.count &&
                         memcmp(call->state.ptr, "v1;", 3) == 0);
  for (uint64_t i = 3; asked && ours && i < call->state.len; ++i) {
    ours = call->state.ptr[i] == 's' || call->state.ptr[i] == 'u';
  }
  if (!ours && !IS(state_foreign)) {
    return tenon_refuse(sink, TENON_E_INPUT, "state: wanted v1 and a letter for each record");
  }
  if (response != NULL) suffer(response);
  if (response != NULL && response->got == TENON_GOT_HTTP && response->http_status == 401) {
    tenon_give_hint(sink, TENON_HINT_AUTH_REJECTED, "token", 0);
  }
  if (response != NULL && response->got == TENON_GOT_HTTP && response->http_status == 429 &&
      !IS(limits_throttle_hints)) {
    const uint32_t wait = tenon_retry_after_ms(response);
    tenon_give_hint(sink, TENON_HINT_THROTTLED, IS(names_hints) ? "other" : "default",
                    wait == 0 ? 0 : call->now_ms + wait);
  }
  if (IS(secrets_echo) && response != NULL) {
    me->host->log(me->host, TENON_LOG_INFO, response->body);
  }
  tenon_status status = TENON_OK;
  for (uint32_t i = 0; i < call->records.count && status == TENON_OK; ++i) {
    const bool sent = asked && (ours ? call->state.ptr[3 + i] == 's' : true);
    zoo_text said = {0};
    tenon_outcome outcome;
    if (!sent) {
      outcome = tenon_make_outcome(i, TENON_REJECTED, TENON_APPLIED_NO, TENON_REASON_INVALID_RECORD,
                                   "/email: wanted a text");
    } else if (response == NULL) {
      continue; /* UNRESOLVED: nobody knows */
    } else {
      outcome = zoo_yes(response) ? of_answered(call, i, response, &said)
                                  : of_failed_request(call, i, response);
    }
    status = tenon_taken(sink, sink->outcome(sink, &outcome));
    if (IS(conservation_every_record)) (void)sink->outcome(sink, &outcome);
    free(said.ptr);
  }
  return status;
}

static tenon_status deliver(const tenon_instance* me, const tenon_call* call,
                            const tenon_sink* sink) {
  bool asked = call->step > 0;
  if (IS(call_unknown) && !tenon_is(call->action, "send")) *(volatile char*)0 = 1;
  if (!tenon_is(call->action, "send")) {
    return tenon_refuse(sink, TENON_E_UNSUPPORTED, "action: wanted send");
  }
  if (call->step == 0) {
    const tenon_status status = ask(me, call, sink, &asked);
    if (status != TENON_OK || asked) return status;
  }
  return conclude(me, call, sink, asked);
}

#endif
