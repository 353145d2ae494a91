/* What an animal of the zoo is made of: JSON that it reads and writes. No defects here. */
#ifndef ZOO_ANIMAL_H
#define ZOO_ANIMAL_H

#include <stdlib.h>
#include <string.h>

#include "tenon/helpers.h"

/* ---- Text that grows; a build that ran out of memory stays empty ------------------------------
 */

typedef struct zoo_text {
  char* ptr;
  size_t len, room;
} zoo_text;

static inline void zoo_add(zoo_text* text, tenon_str more) {
  if (text->len + more.len > text->room) {
    const size_t room = 2 * (text->len + more.len) + 64;
    char* grown = realloc(text->ptr, room);
    if (grown == NULL) return;
    text->ptr = grown;
    text->room = room;
  }
  if (more.len > 0) memcpy(text->ptr + text->len, more.ptr, more.len);
  text->len += more.len;
}

static inline void zoo_say(zoo_text* text, const char* words) { zoo_add(text, tenon_text(words)); }

static inline void zoo_number(zoo_text* text, uint64_t number) {
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  zoo_add(text, (tenon_str){digits + at, sizeof digits - at});
}

static inline tenon_str zoo_str(const zoo_text* text) { return (tenon_str){text->ptr, text->len}; }

static inline bool zoo_same(tenon_str a, tenon_str b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* The next value of the list `list`, from `*at`, which begins at 0; false: there is none. The list
 * is part of what tenon_json_member has found, so it is JSON. */
static inline bool zoo_next(tenon_str list, size_t* at, tenon_str* item) {
  const char* end = list.ptr + list.len;
  if (list.len < 2 || list.ptr[0] != '[') return false;
  const char* from = tenon_json_space(list.ptr + (*at == 0 ? 1 : *at), end);
  if (*at != 0 && from < end && *from == ',') from = tenon_json_space(from + 1, end);
  const char* behind = tenon_json_value(from, end, TENON_MAX_JSON_DEPTH);
  if (behind == NULL) return false;
  *item = (tenon_str){from, (uint64_t)(behind - from)};
  *at = (size_t)(behind - list.ptr);
  return true;
}

/* The item of list `name` in `body` whose text member `key` is `value`; ptr is null if none is. */
static inline tenon_str zoo_find(tenon_str body, const char* name, const char* key,
                                 tenon_str value) {
  const tenon_str list = tenon_json_member(body, name);
  tenon_str item;
  size_t at = 0;
  while (zoo_next(list, &at, &item)) {
    const tenon_str found = tenon_json_text(item, key);
    if (found.ptr != NULL && zoo_same(found, value)) return item;
  }
  return (tenon_str){NULL, 0};
}

static inline size_t zoo_count(tenon_str list) {
  tenon_str item;
  size_t at = 0, count = 0;
  while (zoo_next(list, &at, &item)) ++count;
  return count;
}

/* A non-empty text of ASCII, as it is spelled with its quotes; ptr is null: it is none. */
static inline tenon_str zoo_quoted(tenon_str object, const char* name) {
  const tenon_str value = tenon_json_member(object, name);
  const tenon_str none = {NULL, 0};
  if (value.len <= 2 || value.ptr[0] != '"') return none;
  for (uint64_t i = 0; i < value.len; ++i) {
    if ((unsigned char)value.ptr[i] >= 0x80) return none;
  }
  return value;
}

/* ---- Requests -------------------------------------------------------------------------------- */

static inline tenon_request zoo_request(const char* method, const char* path, uint32_t effect) {
  tenon_request request = {0};
  request.size = sizeof request;
  request.effect = effect;
  request.cost = 1;
  request.endpoint = tenon_text("api");
  request.method = tenon_text(method);
  request.path = tenon_text(path);
  return request;
}

static inline bool zoo_yes(const tenon_response* response) {
  return response != NULL && response->got == TENON_GOT_HTTP && response->http_status >= 200 &&
         response->http_status < 300 && response->body_total == response->body.len;
}

#endif
