// check_request: may this request of a connector leave at all? Pure; every byte is checked here.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.hpp"
#include "manifest/manifest.hpp"
#include "ports/connector_runtime.hpp"

namespace tenon {

// Limits of one request, before credentials are put in.
constexpr std::size_t kMaxRequestPathBytes = 8 * 1024;
constexpr std::size_t kMaxRequestQueryPairs = 100;
constexpr std::size_t kMaxRequestQueryBytes = 16 * 1024;
constexpr std::size_t kMaxRequestHeaders = 100;
constexpr std::size_t kMaxRequestHeaderBytes = 32 * 1024;  // all names and values
constexpr std::size_t kMaxRequestBodyBytes = 8u << 20;
constexpr std::size_t kMaxRequestSecrets = 16;
constexpr std::size_t kMaxIdempotencyKeyBytes = 256;

// Declared endpoint, method, slots and bucket; an origin-form path; clean headers; sizes.
// `call_records`: how many records the call holds (covers are indexes into them).
//   invalid: what is wrong, with the request's part as context.
Result<void> check_request(const ConnectorRequest& request, const Manifest& manifest,
                           std::size_t call_records);

// An absolute path as sent: "/"-led, only pchar, "/" and whole %XX; no empty-authority trick ("//"
// at the start), no dot segments (also encoded), no encoded slash, backslash or control byte.
Result<void> check_path(std::string_view path);

// Token characters of RFC 9110.
bool is_token(std::string_view text);
// VCHAR, SP and HTAB only.
bool is_field_value(std::string_view text);
bool same_name(std::string_view a, std::string_view b);  // ASCII, without regard to case

// Headers that belong to the host whatever the manifest says. `name` in any case.
bool is_reserved_header(std::string_view name);

}  // namespace tenon
