/* tenon/helpers.h: small help for connectors in C11. Header-only; not part of the ABI. */
#ifndef TENON_HELPERS_H
#define TENON_HELPERS_H

#include <stdbool.h>
#include <string.h>

#include "tenon/limits.h"
#include "tenon/reasons.h"
#include "tenon/tenon.h"

/* No vendor makes us wait longer than a day by one header. */
#define TENON_MAX_RETRY_AFTER_S 86400u

/* ---- Text ----------------------------------------------------------------------------------- */

static inline tenon_str tenon_text(const char* text) { return (tenon_str){text, strlen(text)}; }

static inline bool tenon_is(tenon_str value, const char* text) {
  const size_t length = strlen(text);
  return value.len == length && (length == 0 || memcmp(value.ptr, text, length) == 0);
}

/* For `return tenon_refuse(sink, TENON_E_UNSUPPORTED, "...")`. */
static inline tenon_status tenon_refuse(const tenon_sink* sink, tenon_status status,
                                        const char* why) {
  sink->explain(sink, tenon_text(why));
  return status;
}

/* What a push returned, explained if the host did not take it: the step should then return it. */
static inline tenon_status tenon_taken(const tenon_sink* sink, tenon_status status) {
  return status == TENON_OK ? TENON_OK : tenon_refuse(sink, status, "the host did not take a push");
}

/* ---- Replies -------------------------------------------------------------------------------- */

/* The reply to the request that had this tag in the previous step; null: none, like one lost. */
static inline const tenon_response* tenon_response_to(const tenon_call* call, uint32_t tag) {
  for (uint32_t i = 0; i < call->responses.count; ++i) {
    const tenon_response* response = TENON_AT(call->responses, tenon_response, i);
    if (response->tag == tag) return response;
  }
  return NULL;
}

/* The value of the first header of that name (lower case); ptr is null if there is none. */
static inline tenon_str tenon_header(const tenon_response* response, const char* name) {
  for (uint32_t i = 0; i < response->headers.count; ++i) {
    const tenon_kv* pair = TENON_AT(response->headers, tenon_kv, i);
    if (tenon_is(pair->key, name)) return pair->value;
  }
  return (tenon_str){NULL, 0};
}

/* Retry-After in whole seconds as milliseconds, at most a day; 0: none, or not in seconds. */
static inline uint32_t tenon_retry_after_ms(const tenon_response* response) {
  const tenon_str value = tenon_header(response, "retry-after");
  uint32_t seconds = 0;
  for (uint64_t i = 0; i < value.len; ++i) {
    if (value.ptr[i] < '0' || value.ptr[i] > '9') return 0;
    seconds = seconds * 10 + (uint32_t)(value.ptr[i] - '0');
    if (seconds > TENON_MAX_RETRY_AFTER_S) seconds = TENON_MAX_RETRY_AFTER_S;
  }
  return seconds * 1000;
}

/* The HTTP status as text, for vendor_code; `digits` must live until the push. */
static inline tenon_str tenon_code_of(const tenon_response* response, char digits[3]) {
  const uint32_t status = response->http_status;
  if (status < 100 || status > 999) return (tenon_str){NULL, 0};
  digits[0] = (char)('0' + status / 100);
  digits[1] = (char)('0' + status / 10 % 10);
  digits[2] = (char)('0' + status % 10);
  return (tenon_str){digits, 3};
}

/* ---- Pushes --------------------------------------------------------------------------------- */

static inline tenon_outcome tenon_make_outcome(uint32_t index, uint32_t verdict, uint32_t applied,
                                               uint32_t reason, const char* detail) {
  tenon_outcome outcome = {0};
  outcome.size = sizeof outcome;
  outcome.index = index;
  outcome.verdict = verdict;
  outcome.applied = applied;
  outcome.reason = reason;
  outcome.detail = tenon_text(detail);
  return outcome;
}

/* The outcome of a record whose request got no HTTP answer at all. */
static inline tenon_outcome tenon_unanswered(uint32_t index, const tenon_response* response) {
  switch (response->got) {
    case TENON_GOT_NO_CONNECTION:
      return tenon_make_outcome(index, TENON_RETRY, TENON_APPLIED_NO, TENON_REASON_NO_CONNECTION,
                                "no connection to the vendor; nothing was sent");
    case TENON_GOT_BLOCKED_BY_POLICY:
      return tenon_make_outcome(index, TENON_RETRY, TENON_APPLIED_NO, TENON_REASON_BLOCKED,
                                "the host's policy refused the request; see its endpoint");
    case TENON_GOT_TIMEOUT:
      return tenon_make_outcome(index, TENON_RETRY, TENON_APPLIED_MAYBE, TENON_REASON_TIMEOUT,
                                "no answer from the vendor in time");
    default:
      return tenon_make_outcome(index, TENON_RETRY, TENON_APPLIED_MAYBE, TENON_REASON_LOST,
                                "the connection broke before a whole answer came");
  }
}

/* It is no duty of the host's to take news, so whether it did is not told. */
static inline void tenon_give_hint(const tenon_sink* sink, uint32_t kind, const char* name,
                                   int64_t until_ms) {
  tenon_hint hint = {0};
  hint.size = sizeof hint;
  hint.kind = kind;
  hint.name = tenon_text(name);
  hint.until_ms = until_ms;
  (void)sink->hint(sink, &hint);
}

/* ---- JSON: reading without a copy ------------------------------------------------------------ */

static inline const char* tenon_json_space(const char* at, const char* end) {
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) ++at;
  return at;
}

static inline bool tenon_json_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Behind the text that begins at `at` with its quote; null: it is none. */
static inline const char* tenon_json_string(const char* at, const char* end) {
  if (at >= end || *at != '"') return NULL;
  for (++at; at < end && *at != '"'; ++at) {
    if ((unsigned char)*at < 0x20) return NULL;
    if (*at != '\\') continue;
    if (++at >= end || strchr("\"\\/bfnrtu", *at) == NULL || *at == '\0') return NULL;
    if (*at != 'u') continue;
    for (int digit = 0; digit < 4; ++digit) {
      if (++at >= end || !tenon_json_hex(*at)) return NULL;
    }
  }
  return at < end ? at + 1 : NULL;
}

static inline const char* tenon_json_digits(const char* at, const char* end) {
  const char* begin = at;
  while (at < end && *at >= '0' && *at <= '9') ++at;
  return at > begin ? at : NULL;
}

static inline const char* tenon_json_number(const char* at, const char* end) {
  if (at < end && *at == '-') ++at;
  if (at < end && *at == '0') {
    ++at;
  } else if ((at = tenon_json_digits(at, end)) == NULL) {
    return NULL;
  }
  if (at < end && *at == '.' && (at = tenon_json_digits(at + 1, end)) == NULL) return NULL;
  if (at < end && (*at == 'e' || *at == 'E')) {
    if (++at < end && (*at == '+' || *at == '-')) ++at;
    at = tenon_json_digits(at, end);
  }
  return at;
}

static inline const char* tenon_json_word(const char* at, const char* end, const char* word) {
  const size_t length = strlen(word);
  return (size_t)(end - at) >= length && memcmp(at, word, length) == 0 ? at + length : NULL;
}

/* Behind the value that begins at `at`; null: it is none, or lies deeper than `depth`. */
static inline const char* tenon_json_value(const char* at, const char* end, int depth) {
  if (at >= end || depth == 0) return NULL;
  const char close = *at == '{' ? '}' : ']';
  switch (*at) {
    case '"': return tenon_json_string(at, end);
    case 't': return tenon_json_word(at, end, "true");
    case 'f': return tenon_json_word(at, end, "false");
    case 'n': return tenon_json_word(at, end, "null");
    case '{':
    case '[': break;
    default: return tenon_json_number(at, end);
  }
  at = tenon_json_space(at + 1, end);
  if (at < end && *at == close) return at + 1;
  for (;;) {
    if (close == '}') {
      at = tenon_json_string(at, end);
      if (at == NULL) return NULL;
      at = tenon_json_space(at, end);
      if (at >= end || *at != ':') return NULL;
      at = tenon_json_space(at + 1, end);
    }
    at = tenon_json_value(at, end, depth - 1);
    if (at == NULL) return NULL;
    at = tenon_json_space(at, end);
    if (at >= end || (*at != ',' && *at != close)) return NULL;
    if (*at == close) return at + 1;
    at = tenon_json_space(at + 1, end);
  }
}

/* Are the bytes exactly one JSON object? */
static inline bool tenon_json_is_object(tenon_str bytes) {
  if (bytes.len == 0) return false;
  const char* end = bytes.ptr + bytes.len;
  const char* at = tenon_json_space(bytes.ptr, end);
  if (at == end || *at != '{') return false;
  at = tenon_json_value(at, end, TENON_MAX_JSON_DEPTH);
  return at != NULL && tenon_json_space(at, end) == end;
}

/* The value of the member `name` of an object, as it is spelled; ptr is null if there is none, or
 * if the bytes are no object. */
static inline tenon_str tenon_json_member(tenon_str object, const char* name) {
  const tenon_str none = {NULL, 0};
  if (!tenon_json_is_object(object)) return none;
  const char* end = object.ptr + object.len;
  const char* at = tenon_json_space(object.ptr, end);
  at = tenon_json_space(at + 1, end);
  while (*at == '"') {
    const char* key = at + 1;
    at = tenon_json_string(at, end);
    const tenon_str found = {key, (uint64_t)(at - 1 - key)};
    at = tenon_json_space(tenon_json_space(at, end) + 1, end);
    const char* value = at;
    at = tenon_json_value(at, end, TENON_MAX_JSON_DEPTH);
    if (tenon_is(found, name)) return (tenon_str){value, (uint64_t)(at - value)};
    at = tenon_json_space(at, end);
    if (*at == ',') at = tenon_json_space(at + 1, end);
  }
  return none;
}

/* The text of the member `name`, empty if there is none, it is no text, or it holds escapes: good
 * for ids and words of a vendor, not for prose. */
static inline tenon_str tenon_json_text(tenon_str object, const char* name) {
  const tenon_str value = tenon_json_member(object, name);
  const tenon_str none = {NULL, 0};
  if (value.len < 2 || value.ptr[0] != '"') return none;
  if (memchr(value.ptr, '\\', (size_t)value.len) != NULL) return none;
  return (tenon_str){value.ptr + 1, value.len - 2};
}

#endif
