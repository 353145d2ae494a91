// Sizes, strides, pointers and lengths.
#include "testkit/pushed.hpp"

#include <cstddef>
#include <cstdint>

#include "tenon/limits.h"

#define LEAST(type, last) (offsetof(type, last) + sizeof(static_cast<type*>(nullptr)->last))

namespace tenon::testkit {
namespace {

std::string number(std::uint64_t n) { return std::to_string(n); }

// Collects the first thing that is wrong.
class Shape {
 public:
  explicit Shape(const char* push) : push_(push) {}
  const std::string& wrong() const { return wrong_; }

  template <typename T>
  bool readable(const T* raw, std::size_t least) {
    if (raw == nullptr) {
      wrong_ = std::string(push_) + ": wanted a struct, found null";
    } else if (reinterpret_cast<std::uintptr_t>(raw) % alignof(T) != 0) {
      wrong_ = std::string(push_) + ": wanted a struct aligned to 8 bytes, found a crooked one";
    } else {
      within("size", raw->size, least, TENON_MAX_STRUCT);
    }
    return wrong_.empty();
  }
  void within(const std::string& field, std::uint64_t found, std::uint64_t least,
              std::uint64_t most) {
    if (found >= least && found <= most) return;
    say(field, number(least) + " to " + number(most), number(found));
  }
  void text(const std::string& field, const tenon_str& value) {
    if (value.len > TENON_MAX_STEP_BYTES) {
      say(field, "at most " + number(TENON_MAX_STEP_BYTES) + " bytes", number(value.len));
    } else if (value.len > 0 && value.ptr == nullptr) {
      say(field, "a pointer to " + number(value.len) + " bytes", "null");
    }
  }
  template <typename T, typename Each>
  void array(const char* field, const tenon_array& array, std::size_t most, std::size_t least,
             const Each& each) {
    if (!wrong_.empty() || array.count == 0) return;
    if (array.count > most) {
      say(field, "at most " + number(most) + " elements", number(array.count));
    } else if (array.data == nullptr) {
      say(field, "a pointer to " + number(array.count) + " elements", "null");
    } else if (array.stride < least || array.stride > TENON_MAX_STRUCT ||
               array.stride % alignof(T) != 0) {
      say(field,
          "a stride of " + number(least) + " to " + number(TENON_MAX_STRUCT) + " by " +
              number(alignof(T)),
          number(array.stride));
    } else if (reinterpret_cast<std::uintptr_t>(array.data) % alignof(T) != 0) {
      say(field, "elements aligned to " + number(alignof(T)) + " bytes", "crooked ones");
    }
    for (std::uint32_t i = 0; i < array.count && wrong_.empty(); ++i) {
      each(*TENON_AT(array, T, i), std::string(field) + "[" + number(i) + "].");
    }
  }
  // At most so many, and so many bytes of names and values.
  void pairs(const char* field, const tenon_array& pairs, std::size_t most, std::uint64_t bytes) {
    std::uint64_t found = 0;
    array<tenon_kv>(field, pairs, most, sizeof(tenon_kv), [&](const tenon_kv& pair, auto name) {
      text(name + "key", pair.key);
      text(name + "value", pair.value);
      found += pair.key.len + pair.value.len;
    });
    at_most_bytes(field, found, bytes);
  }
  void at_most_bytes(const char* field, std::uint64_t found, std::uint64_t most) {
    if (found > most) say(field, "at most " + number(most) + " bytes", number(found));
  }

 private:
  void say(const std::string& field, const std::string& wanted, const std::string& found) {
    if (!wrong_.empty()) return;
    wrong_ = std::string(push_) + "." + field + ": wanted " + wanted + ", found " + found;
  }

  const char* push_;
  std::string wrong_;
};

}  // namespace

std::string wrong_in_push(const tenon_request* raw) {
  Shape shape("request");
  if (!shape.readable(raw, LEAST(tenon_request, idempotency_key))) return shape.wrong();
  shape.within("effect", raw->effect, 0, TENON_EFFECT_READ);
  shape.text("endpoint", raw->endpoint);
  shape.text("method", raw->method);
  shape.text("path", raw->path);
  shape.at_most_bytes("path", raw->path.len, TENON_MAX_REQUEST_PATH_BYTES);
  shape.pairs("query", raw->query, TENON_MAX_REQUEST_QUERY, TENON_MAX_REQUEST_QUERY_BYTES);
  shape.pairs("headers", raw->headers, TENON_MAX_REQUEST_HEADERS, TENON_MAX_REQUEST_HEADER_BYTES);
  shape.text("body", raw->body);
  constexpr std::size_t kLeast = LEAST(tenon_secret_ref, message);
  shape.array<tenon_secret_ref>(
      "secrets", raw->secrets, TENON_MAX_REQUEST_SECRETS, kLeast,
      [&](const tenon_secret_ref& secret, const auto& name) {
        shape.within(name + "size", secret.size, kLeast, TENON_MAX_STRUCT);
        shape.within(name + "place", secret.place, TENON_PLACE_HEADER, TENON_PLACE_QUERY);
        shape.within(name + "transform", secret.transform, TENON_SECRET_PLAIN,
                     TENON_SECRET_HMAC_SHA256_HEX);
        shape.text(name + "slot", secret.slot);
        shape.text(name + "message", secret.message);
      });
  shape.array<std::uint32_t>("covers", raw->covers, TENON_MAX_CALL_RECORDS, sizeof(std::uint32_t),
                             [](std::uint32_t, const std::string&) {});
  shape.text("bucket", raw->bucket);
  shape.text("idempotency_key", raw->idempotency_key);
  shape.at_most_bytes("idempotency_key", raw->idempotency_key.len, TENON_MAX_IDEMPOTENCY_KEY_BYTES);
  return shape.wrong();
}

std::string wrong_in_push(const tenon_outcome* raw) {
  Shape shape("outcome");
  if (!shape.readable(raw, LEAST(tenon_outcome, detail))) return shape.wrong();
  shape.within("verdict", raw->verdict, 0, TENON_ISOLATE);
  shape.within("applied", raw->applied, 0, TENON_APPLIED_YES);
  shape.text("vendor_ref", raw->vendor_ref);
  shape.text("vendor_code", raw->vendor_code);
  shape.text("detail", raw->detail);
  return shape.wrong();
}

std::string wrong_in_push(const tenon_emit* raw) {
  Shape shape("emit");
  if (!shape.readable(raw, LEAST(tenon_emit, event_ms))) return shape.wrong();
  shape.within("kind", raw->kind, TENON_EMIT_RECORD, TENON_EMIT_ABSENT);
  shape.text("id", raw->id);
  shape.text("type", raw->type);
  shape.text("body", raw->body);
  return shape.wrong();
}

std::string wrong_in_push(const tenon_hint* raw) {
  Shape shape("hint");
  if (!shape.readable(raw, LEAST(tenon_hint, until_ms))) return shape.wrong();
  shape.within("kind", raw->kind, TENON_HINT_THROTTLED, TENON_HINT_VENDOR_DOWN);
  shape.text("name", raw->name);
  return shape.wrong();
}

std::string wrong_in_push(const char* push, const char* field, tenon_str text) {
  Shape shape(push);
  shape.text(field, text);
  return shape.wrong();
}

}  // namespace tenon::testkit
