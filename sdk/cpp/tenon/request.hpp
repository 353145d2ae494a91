// Request: builds one HTTP request for the host to send.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tenon/view.hpp"

namespace tenon::sdk {

// Puts `value` behind `out` so that it is one segment of a path or one value of a form.
inline void percent_encode(std::string_view value, std::string& out) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

// Filled by chained calls and given to send(). Owns all its bytes.
class Request {
 public:
  Request(std::string_view endpoint, std::string_view method, std::string_view path)
      : endpoint_(endpoint), method_(method), path_(path) {}
  static Request get(std::string_view endpoint, std::string_view path) {
    return std::move(Request(endpoint, "GET", path).read_only());
  }
  static Request post(std::string_view endpoint, std::string_view path) {
    return Request(endpoint, "POST", path);
  }

  // It carries this record alone: tag, covers and idempotency key are the record's.
  Request& carries(const Record& record) {
    covers_.assign(1, record.index());
    return tag(record.index()).idempotency_key(record.id());
  }
  // It carries the batch, or what of it `indexes` name: the idempotency key is the call's.
  Request& carries(const Call& call) {
    covers_.resize(call.records().size());
    std::iota(covers_.begin(), covers_.end(), 0);
    return idempotency_key(call.idempotency());
  }
  Request& carries(const Call& call, std::vector<std::uint32_t> indexes) {
    covers_ = std::move(indexes);
    return idempotency_key(call.idempotency());
  }

  // Adds "/" and `value`, encoded, to the path: for ids and addresses. The host sends no path with
  // a slash, a backslash or a control byte in a segment, encoded or not: reject such a record.
  Request& segment(std::string_view value) {
    path_ += '/';
    percent_encode(value, path_);
    return *this;
  }
  Request& tag(std::uint32_t value) {
    tag_ = value;
    return *this;
  }
  Request& query(std::string_view name, std::string_view value) {
    query_.emplace_back(name, value);
    return *this;
  }
  Request& header(std::string_view name, std::string_view value) {
    headers_.emplace_back(name, value);
    return *this;
  }
  Request& json(std::string body) {
    header("content-type", "application/json");
    body_ = std::move(body);
    return *this;
  }
  // One more pair of a form.
  Request& form(std::string_view name, std::string_view value) {
    if (body_.empty()) header("content-type", "application/x-www-form-urlencoded");
    if (!body_.empty()) body_ += '&';
    percent_encode(name, body_);
    body_ += '=';
    percent_encode(value, body_);
    return *this;
  }
  Request& body(std::string value) {
    body_ = std::move(value);
    return *this;
  }
  // A second one changes nothing more: the host may resend it by itself.
  Request& idempotent() {
    effect_ = TENON_EFFECT_IDEMPOTENT;
    return *this;
  }
  // It changes nothing at all.
  Request& read_only() {
    effect_ = TENON_EFFECT_READ;
    return *this;
  }
  Request& cost(std::uint32_t units) {
    cost_ = units;
    return *this;
  }
  Request& bucket(std::string_view name) {
    bucket_ = name;
    return *this;
  }
  Request& idempotency_key(std::string_view key) {
    idempotency_key_ = key;
    return *this;
  }
  // Which records it carries.
  Request& covers(std::uint32_t index) {
    covers_.push_back(index);
    return *this;
  }
  Request& covers(std::vector<std::uint32_t> indexes) {
    covers_ = std::move(indexes);
    return *this;
  }
  // Puts a credential into the value of the header or query pair added last, at its end.
  Request& secret(std::uint32_t place, std::string_view slot,
                  std::uint32_t transform = TENON_SECRET_PLAIN, std::string_view message = {}) {
    Secret secret{place, transform, 0, 0, std::string(slot), std::string(message)};
    if (place == TENON_PLACE_HEADER && !headers_.empty()) {
      secret.index = static_cast<std::uint32_t>(headers_.size() - 1);
      secret.offset = headers_.back().second.size();
    } else if (place == TENON_PLACE_QUERY && !query_.empty()) {
      secret.index = static_cast<std::uint32_t>(query_.size() - 1);
      secret.offset = query_.back().second.size();
    } else {
      secret.offset = place == TENON_PLACE_BODY ? body_.size() : path_.size();
    }
    secrets_.push_back(std::move(secret));
    return *this;
  }

  // The C struct, over bytes of this object and of `scratch`; both must outlive its use.
  struct Scratch {
    std::vector<tenon_kv> query, headers;
    std::vector<tenon_secret_ref> secrets;
  };
  tenon_request raw(Scratch& scratch) const {
    for (const auto& [key, value] : query_) scratch.query.push_back({str(key), str(value)});
    for (const auto& [key, value] : headers_) scratch.headers.push_back({str(key), str(value)});
    for (const Secret& s : secrets_) {
      scratch.secrets.push_back({sizeof(tenon_secret_ref), s.place, s.index, s.transform, s.offset,
                                 str(s.slot), str(s.message)});
    }
    tenon_request request{};
    request.size = sizeof request;
    request.tag = tag_;
    request.effect = effect_;
    request.cost = cost_;
    request.endpoint = str(endpoint_);
    request.method = str(method_);
    request.path = str(path_);
    request.query = array(scratch.query);
    request.headers = array(scratch.headers);
    request.body = str(body_);
    request.secrets = array(scratch.secrets);
    request.covers = array(covers_);
    request.bucket = str(bucket_);
    request.idempotency_key = str(idempotency_key_);
    return request;
  }

 private:
  struct Secret {
    std::uint32_t place, transform, index;
    std::uint64_t offset;
    std::string slot, message;
  };
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  template <typename T>
  static tenon_array array(const std::vector<T>& items) {
    return {items.data(), static_cast<std::uint32_t>(items.size()), sizeof(T)};
  }

  std::uint32_t tag_ = 0, effect_ = TENON_EFFECT_ONCE, cost_ = 1;
  std::string endpoint_, method_, path_, body_, bucket_, idempotency_key_;
  Pairs query_, headers_;
  std::vector<Secret> secrets_;
  std::vector<std::uint32_t> covers_;
};

}  // namespace tenon::sdk
