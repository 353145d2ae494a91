// Read-only views of what the host gives: text, records, replies, an inbound request, the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tenon/json_view.hpp"
#include "tenon/refusal.hpp"
#include "tenon/tenon.h"

namespace tenon::sdk {

inline std::string_view text(tenon_str value) {
  return value.ptr == nullptr ? std::string_view()
                              : std::string_view(value.ptr, static_cast<std::size_t>(value.len));
}

inline tenon_str str(std::string_view value) { return {value.data(), value.size()}; }

// A view of a tenon_array of `Raw` as `View`s, by the array's own stride.
template <typename Raw, typename View>
class Array {
 public:
  explicit Array(const tenon_array& array) : array_(array) {}
  std::uint32_t size() const { return array_.count; }
  bool empty() const { return array_.count == 0; }
  // `index` below size().
  View operator[](std::uint32_t index) const { return View(*TENON_AT(array_, Raw, index), index); }

  class Iterator {
   public:
    Iterator(const Array& array, std::uint32_t index) : array_(array), index_(index) {}
    View operator*() const { return array_[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const Array& array_;
    std::uint32_t index_;
  };
  Iterator begin() const { return Iterator(*this, 0); }
  Iterator end() const { return Iterator(*this, array_.count); }

 private:
  tenon_array array_;
};

// The value of the first header of that name (lower case).
inline std::optional<std::string_view> header_in(const tenon_array& headers,
                                                 std::string_view name) {
  for (std::uint32_t i = 0; i < headers.count; ++i) {
    const tenon_kv& pair = *TENON_AT(headers, tenon_kv, i);
    if (text(pair.key) == name) return text(pair.value);
  }
  return std::nullopt;
}

// One mapped event of the batch, or one key to read back. `index` is what outcomes, covers and
// found or absent speak of.
class Record {
 public:
  Record(const tenon_record& raw, std::uint32_t index) : raw_(&raw), index_(index) {}
  std::uint32_t index() const { return index_; }
  std::string_view id() const { return text(raw_->id); }
  std::string_view type() const { return text(raw_->type); }
  std::string_view body() const { return text(raw_->body); }
  // The body, which the host has made: a JSON object as the manifest maps it.
  JsonView json() const { return JsonView(body()); }
  std::string_view vendor_ref() const { return text(raw_->vendor_ref); }
  std::uint32_t attempt() const { return raw_->attempt; }
  bool isolated() const { return (raw_->flags & TENON_RECORD_ISOLATED) != 0; }
  bool maybe_applied() const { return (raw_->flags & TENON_RECORD_MAYBE_APPLIED) != 0; }

 private:
  const tenon_record* raw_;
  std::uint32_t index_;
};
using Records = Array<tenon_record, Record>;

// The answer to one request of the previous step.
class Response {
 public:
  Response(const tenon_response& raw, std::uint32_t index) : raw_(&raw), index_(index) {}
  std::uint32_t index() const { return index_; }
  std::uint32_t tag() const { return raw_->tag; }
  std::uint32_t got() const { return raw_->got; }
  bool answered() const { return raw_->got == TENON_GOT_HTTP; }
  // Did an answer come whole, with a status of 200 to 299? Says nothing about any record.
  bool ok() const { return answered() && status() >= 200 && status() < 300 && !cut(); }
  std::uint32_t status() const { return raw_->http_status; }
  std::string_view body() const { return text(raw_->body); }
  // The body if it came whole and is JSON, else none.
  JsonView json() const { return cut() ? JsonView() : JsonView::checked(body()); }
  // The body goes on beyond what the host keeps.
  bool cut() const { return raw_->body_total > raw_->body.len; }
  // The first header of that name (lower case).
  std::optional<std::string_view> header(std::string_view name) const {
    return header_in(raw_->headers, name);
  }

 private:
  const tenon_response* raw_;
  std::uint32_t index_;
};
using Responses = Array<tenon_response, Response>;

// A request of the vendor to us. The host has checked its signature as the manifest declares.
class Inbound {
 public:
  explicit Inbound(const tenon_inbound& raw) : raw_(&raw) {}
  std::string_view method() const { return text(raw_->method); }
  std::string_view path() const { return text(raw_->path); }
  std::string_view body() const { return text(raw_->body); }
  // The first header of that name (lower case).
  std::optional<std::string_view> header(std::string_view name) const {
    return header_in(raw_->headers, name);
  }

 private:
  const tenon_inbound* raw_;
};

// All that a step may depend on.
class Call {
 public:
  explicit Call(const tenon_call& raw) : raw_(raw) {}
  std::uint32_t op() const { return raw_.op; }
  std::uint32_t step() const { return raw_.step; }
  std::string_view action() const { return text(raw_.action); }
  std::int64_t now_ms() const { return raw_.now_ms; }
  std::uint64_t seed() const { return raw_.seed; }
  std::string_view idempotency() const { return text(raw_.idempotency); }
  Records records() const { return Records(raw_.records); }
  Responses responses() const { return Responses(raw_.responses); }
  // The reply to the request that had this tag in the previous step; none is like one that was
  // lost.
  std::optional<Response> response(std::uint32_t tag) const {
    for (const Response response : responses()) {
      if (response.tag() == tag) return response;
    }
    return std::nullopt;
  }
  // The reply to the one request of the previous step. Refuses a call that has not just one.
  Response only_response() const {
    if (responses().size() != 1) {
      throw bad_input("responses: wanted one to our one request, found " +
                      std::to_string(responses().size()));
    }
    return responses()[0];
  }
  // What the previous step gave to suspend; see state.hpp for more than plain bytes.
  std::string_view state() const { return text(raw_.state); }
  // PULL: the stream of the manifest, and the cursor of its last checkpoint, empty at first.
  std::string_view stream() const { return text(raw_.stream); }
  std::string_view cursor() const { return text(raw_.cursor); }
  // WEBHOOK: what came in. Refuses a call that holds nothing.
  Inbound inbound() const {
    if (raw_.inbound == nullptr) throw bad_input("inbound: wanted a request, found none");
    return Inbound(*raw_.inbound);
  }
  const tenon_call& raw() const { return raw_; }

 private:
  const tenon_call& raw_;
};

}  // namespace tenon::sdk
