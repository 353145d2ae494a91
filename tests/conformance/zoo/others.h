/* The other ops of an animal: pull, webhook, readback, check. */
#ifndef ZOO_OTHERS_H
#define ZOO_OTHERS_H

#include "deliver.h"

static tenon_status refuse_reply(const tenon_sink* sink) {
  return tenon_refuse(sink, TENON_E_RESPONSE, "wanted the vendor's own answer, found none");
}

static tenon_status ask_once(const tenon_sink* sink, tenon_request request) {
  const tenon_status taken = tenon_taken(sink, sink->request(sink, &request));
  return taken != TENON_OK ? taken : tenon_taken(sink, sink->suspend(sink, tenon_text(""), 0));
}

static tenon_status emit(const tenon_sink* sink, uint32_t kind, uint32_t index, tenon_str id,
                         tenon_str body) {
  tenon_emit one = {0};
  one.size = sizeof one;
  one.kind = kind;
  one.index = index;
  one.id = id;
  one.type = tenon_text(kind == TENON_EMIT_RECORD ? "identify" : "");
  one.body = body;
  return tenon_taken(sink, sink->emit(sink, &one));
}

/* ---- Pull: a cursor is the number of the last change ----------------------------------------- */

static bool is_number(tenon_str text) {
  for (uint64_t i = 0; i < text.len; ++i) {
    if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
  }
  return text.len <= 18;
}

static bool is_future(const tenon_call* call) {
  int64_t cursor = 0;
  for (uint64_t i = 0; i < call->cursor.len; ++i) cursor = cursor * 10 + call->cursor.ptr[i] - '0';
  return cursor > call->now_ms;
}

static tenon_status ask_changes(const tenon_call* call, const tenon_sink* sink) {
  const bool lost = IS(pull_future_cursor) && is_future(call);
  zoo_text body = {0};
  zoo_say(&body, "{\"after\":\"");
  if (!lost) zoo_add(&body, call->cursor);
  zoo_say(&body, "\"}");
  tenon_request request = zoo_request("POST", "/v1/changes", TENON_EFFECT_READ);
  request.body = zoo_str(&body);
  const tenon_status status = ask_once(sink, request);
  free(body.ptr);
  return status;
}

static tenon_status emit_change(const tenon_sink* sink, tenon_str item) {
  const tenon_str id = tenon_json_text(item, "id"), email = zoo_quoted(item, "email");
  if (id.len == 0 || email.ptr == NULL) return refuse_reply(sink);
  zoo_text body = {0};
  zoo_say(&body, "{\"userId\":\"");
  zoo_add(&body, id);
  zoo_say(&body, "\",\"traits\":{\"email\":");
  zoo_add(&body, email);
  zoo_say(&body, "}}");
  const tenon_status status =
      emit(sink, TENON_EMIT_RECORD, 0, IS(pull_records) ? tenon_text("item") : id, zoo_str(&body));
  free(body.ptr);
  return status;
}

static tenon_status pull(const tenon_call* call, const tenon_sink* sink) {
  if (!tenon_is(call->stream, "items")) {
    if (IS(call_unknown_stream)) return tenon_refuse(sink, TENON_E_INTERNAL, "no such stream");
    return tenon_refuse(sink, TENON_E_UNSUPPORTED, "stream: wanted items");
  }
  if (!is_number(call->cursor)) {
    if (IS(pull_strange_cursor)) *(volatile char*)0 = 1;
    return tenon_refuse(sink, TENON_E_INPUT, "cursor: wanted digits");
  }
  if (call->step == 0) return ask_changes(call, sink);
  const tenon_response* response = tenon_response_to(call, 0);
  const bool good = zoo_yes(response) && tenon_json_is_object(response->body);
  const tenon_str items = good ? tenon_json_member(response->body, "items") : (tenon_str){NULL, 0};
  const tenon_str next = good ? tenon_json_text(response->body, "next") : (tenon_str){NULL, 0};
  if (items.len < 2 || items.ptr[0] != '[' || next.len == 0 || !is_number(next)) {
    if (!IS(pull_nothing_from_failure)) return refuse_reply(sink);
    return tenon_taken(sink, sink->checkpoint(sink, tenon_text("999"), 0));
  }
  tenon_str item;
  size_t at = 0;
  while (zoo_next(items, &at, &item)) {
    const tenon_status status = emit_change(sink, item);
    if (status != TENON_OK) return status;
  }
  const bool more = tenon_is(tenon_json_member(response->body, "more"), "true");
  const bool stays = (at == 0 && call->cursor.len > 0) || (IS(model_pull) && !more);
  zoo_text cursor = {0};
  if (IS(pull_resume)) zoo_say(&cursor, "s");
  zoo_add(&cursor, stays ? call->cursor : next);
  if (IS(pull_future_cursor) && is_future(call)) cursor.len = 0;
  const tenon_status status = sink->checkpoint(sink, zoo_str(&cursor), more);
  free(cursor.ptr);
  return tenon_taken(sink, status);
}

/* ---- Webhook --------------------------------------------------------------------------------- */

static tenon_status webhook(const tenon_call* call, const tenon_sink* sink) {
  if (call->inbound == NULL) return tenon_refuse(sink, TENON_E_INPUT, "inbound: wanted a request");
  const tenon_str body = call->inbound->body;
  if (IS(call_strange_webhooks) && body.len == 0) *(volatile char*)0 = 1;
  const tenon_str id = tenon_json_text(body, "id"), email = zoo_quoted(body, "email");
  if (id.len == 0 || email.ptr == NULL) {
    return tenon_taken(sink, sink->reply(sink, 400, tenon_text("")));
  }
  zoo_text out = {0}, name = {0};
  zoo_add(&name, id);
  if (IS(webhook_repeat)) zoo_number(&name, (uint64_t)call->now_ms);
  zoo_say(&out, "{\"userId\":\"");
  zoo_add(&out, id);
  zoo_say(&out, "\",\"traits\":{\"email\":");
  zoo_add(&out, email);
  zoo_say(&out, "}}");
  tenon_status status = emit(sink, TENON_EMIT_RECORD, 0, zoo_str(&name), zoo_str(&out));
  free(out.ptr);
  free(name.ptr);
  if (status == TENON_OK) status = tenon_taken(sink, sink->reply(sink, 200, tenon_text("")));
  return status;
}

/* ---- Readback: {"items":[{"email",...}],"missing":["..."]} ------------------------------------
 */

static tenon_status ask_items(const tenon_call* call, const tenon_sink* sink) {
  zoo_text body = {0};
  uint32_t* covers = calloc(call->records.count + 1u, sizeof *covers);
  uint32_t count = 0;
  zoo_say(&body, "{\"emails\":[");
  for (uint32_t i = 0; i < call->records.count; ++i) {
    const tenon_str email = zoo_quoted(TENON_AT(call->records, tenon_record, i)->body, "email");
    if (email.ptr == NULL) continue;
    if (count > 0) zoo_say(&body, ",");
    zoo_add(&body, email);
    covers[count++] = i;
  }
  zoo_say(&body, "]}");
  tenon_request request = zoo_request("POST", "/v1/read", TENON_EFFECT_READ);
  request.body = zoo_str(&body);
  request.covers = (tenon_array){covers, count, sizeof *covers};
  const tenon_status status = count == 0 ? TENON_OK : ask_once(sink, request);
  free(covers);
  free(body.ptr);
  return status;
}

static bool is_listed(tenon_str list, tenon_str quoted) {
  tenon_str item;
  size_t at = 0;
  while (zoo_next(list, &at, &item)) {
    if (zoo_same(item, quoted)) return true;
  }
  return false;
}

static tenon_status readback(const tenon_call* call, const tenon_sink* sink) {
  if (!tenon_is(call->action, "send")) {
    return tenon_refuse(sink, TENON_E_UNSUPPORTED, "action: wanted send");
  }
  if (call->step == 0) return ask_items(call, sink);
  const tenon_response* response = tenon_response_to(call, 0);
  const bool good = zoo_yes(response) && tenon_json_is_object(response->body);
  if (!good && !IS(readback_nothing_from_failure)) return refuse_reply(sink);
  for (uint32_t i = 0; i < call->records.count; ++i) {
    const tenon_str email = zoo_quoted(TENON_AT(call->records, tenon_record, i)->body, "email");
    if (email.ptr == NULL) continue;
    const tenon_str bare = {email.ptr + 1, email.len - 2};
    const tenon_str item =
        good ? zoo_find(response->body, "items", "email", bare) : (tenon_str){NULL, 0};
    tenon_status status = TENON_OK;
    if (item.ptr != NULL) {
      status = emit(sink, TENON_EMIT_FOUND, i, tenon_text(""), item);
    } else if (!good || is_listed(tenon_json_member(response->body, "missing"), email)) {
      status = emit(sink, TENON_EMIT_ABSENT, i, tenon_text(""), tenon_text(""));
    }
    if (status != TENON_OK) return status;
  }
  return TENON_OK;
}

/* ---- Check ----------------------------------------------------------------------------------- */

static tenon_status check(const tenon_call* call, const tenon_sink* sink) {
  if (call->step == 0) {
    return ask_once(sink, zoo_request("GET", "/v1/me", TENON_EFFECT_READ));
  }
  const tenon_response* response = tenon_response_to(call, 0);
  if (IS(check_no_ok_from_failure)) return TENON_OK;
  if (response != NULL && response->got == TENON_GOT_HTTP && response->http_status == 401) {
    tenon_give_hint(sink, TENON_HINT_AUTH_REJECTED, "token", 0);
    return tenon_refuse(sink, TENON_E_CONFIG, "token: the vendor does not take it");
  }
  if (!zoo_yes(response) || !tenon_is(tenon_json_member(response->body, "ok"), "true")) {
    return refuse_reply(sink);
  }
  return TENON_OK;
}

#endif
