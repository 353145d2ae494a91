// wrong_in: does what a host gives make sense at all? Asked before any of it is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "tenon/tenon.h"

namespace tenon::sdk::detail {

inline std::string wrong_size(const char* what, std::uint32_t found, std::size_t least) {
  if (found >= least && found <= TENON_MAX_STRUCT) return {};
  return std::string(what) + ".size: wanted " + std::to_string(least) + " to " +
         std::to_string(TENON_MAX_STRUCT) + ", found " + std::to_string(found);
}

inline bool is_readable(tenon_str value) { return value.len == 0 || value.ptr != nullptr; }

inline std::string wrong_text(const char* what, tenon_str value) {
  if (is_readable(value)) return {};
  return std::string(what) + ": wanted a pointer to " + std::to_string(value.len) +
         " bytes, found null";
}

inline std::string wrong_array(const char* what, const tenon_array& array, std::size_t least) {
  if (array.count == 0) return {};
  if (array.data == nullptr) {
    return std::string(what) + ": wanted a pointer to " + std::to_string(array.count) +
           " elements, found null";
  }
  if (array.stride >= least && array.stride <= TENON_MAX_STRUCT && array.stride % 8 == 0) return {};
  return std::string(what) + ": wanted a stride of " + std::to_string(least) + " to " +
         std::to_string(TENON_MAX_STRUCT) + " by 8, found " + std::to_string(array.stride);
}

// What of the call breaks the contract on the host's side: the field, wanted, found; empty if
// nothing does. Sizes are those of minor 0, the oldest host's.
inline std::string wrong_in(const tenon_call& call) {
  constexpr std::size_t kCall = offsetof(tenon_call, inbound) + sizeof(call.inbound);
  constexpr std::size_t kRecord = offsetof(tenon_record, vendor_ref) + sizeof(tenon_str);
  constexpr std::size_t kResponse = offsetof(tenon_response, body_total) + sizeof(std::uint64_t);
  if (auto wrong = wrong_size("call", call.size, kCall); !wrong.empty()) return wrong;
  const std::pair<const char*, tenon_str> texts[] = {
      {"call.action", call.action}, {"call.idempotency", call.idempotency},
      {"call.state", call.state},   {"call.stream", call.stream},
      {"call.cursor", call.cursor},
  };
  for (const auto& [name, value] : texts) {
    if (!is_readable(value)) return wrong_text(name, value);
  }
  if (auto wrong = wrong_array("call.records", call.records, kRecord); !wrong.empty()) return wrong;
  if (auto wrong = wrong_array("call.responses", call.responses, kResponse); !wrong.empty()) {
    return wrong;
  }
  for (std::uint32_t i = 0; i < call.records.count; ++i) {
    const tenon_record& record = *TENON_AT(call.records, tenon_record, i);
    if (record.size < kRecord) return wrong_size("record", record.size, kRecord);
    if (!is_readable(record.id)) return wrong_text("record.id", record.id);
    if (!is_readable(record.body)) return wrong_text("record.body", record.body);
  }
  for (std::uint32_t i = 0; i < call.responses.count; ++i) {
    const tenon_response& response = *TENON_AT(call.responses, tenon_response, i);
    if (response.size < kResponse) return wrong_size("response", response.size, kResponse);
    if (!is_readable(response.body)) return wrong_text("response.body", response.body);
  }
  return {};
}

// The same of the sink: without its functions nothing could be pushed.
inline std::string wrong_in(const tenon_sink& sink) {
  constexpr std::size_t kSink = offsetof(tenon_sink, explain) + sizeof(sink.explain);
  if (auto wrong = wrong_size("sink", sink.size, kSink); !wrong.empty()) return wrong;
  const bool whole = sink.request != nullptr && sink.outcome != nullptr && sink.emit != nullptr &&
                     sink.checkpoint != nullptr && sink.reply != nullptr && sink.hint != nullptr &&
                     sink.suspend != nullptr && sink.explain != nullptr;
  return whole ? std::string() : "sink: wanted eight functions, found a null";
}

}  // namespace tenon::sdk::detail
