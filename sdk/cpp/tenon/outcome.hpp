// Outcome: what became of one record, built by name of the verdict; Outcomes: of a whole batch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tenon/reasons.h"
#include "tenon/view.hpp"

namespace tenon::sdk {

struct Outcome {
  std::uint32_t verdict = TENON_UNRESOLVED;
  std::uint32_t applied = TENON_APPLIED_MAYBE;
  std::uint32_t reason = TENON_REASON_NONE;
  std::uint32_t retry_after_ms = 0;
  std::string vendor_ref, vendor_code, detail;  // detail: no values out of records

  // The vendor said so, about this record.
  static Outcome accepted(std::string_view vendor_ref = {}) {
    Outcome outcome;
    outcome.verdict = TENON_ACCEPTED;
    outcome.applied = TENON_APPLIED_YES;
    outcome.vendor_ref = vendor_ref;
    return outcome;
  }
  // The vendor said that it had this record already.
  static Outcome duplicate(std::string_view vendor_ref = {}) {
    Outcome outcome = accepted(vendor_ref);
    outcome.verdict = TENON_DUPLICATE;
    return outcome;
  }
  // The vendor said no for good; nothing was applied.
  static Outcome rejected(std::uint32_t reason, std::string detail) {
    return make(TENON_REJECTED, TENON_APPLIED_NO, reason, std::move(detail));
  }
  // There was nothing to send, and nothing was sent.
  static Outcome skipped(std::uint32_t reason, std::string detail) {
    return make(TENON_SKIPPED, TENON_APPLIED_NO, reason, std::move(detail));
  }
  // Not now. `applied` says whether the vendor may have it all the same.
  static Outcome retry(std::uint32_t applied, std::uint32_t reason, std::string detail) {
    return make(TENON_RETRY, applied, reason, std::move(detail));
  }
  // The batch failed and cannot say which record is at fault.
  static Outcome isolate(std::uint32_t reason, std::string detail) {
    return make(TENON_ISOLATE, TENON_APPLIED_NO, reason, std::move(detail));
  }
  // Nobody knows.
  static Outcome unresolved(std::uint32_t reason, std::string detail) {
    return make(TENON_UNRESOLVED, TENON_APPLIED_MAYBE, reason, std::move(detail));
  }

  Outcome& code(std::string_view word) {
    vendor_code = word;
    return *this;
  }
  Outcome& after_ms(std::uint32_t ms) {
    retry_after_ms = ms;
    return *this;
  }

 private:
  static Outcome make(std::uint32_t verdict, std::uint32_t applied, std::uint32_t reason,
                      std::string detail) {
    Outcome outcome;
    outcome.verdict = verdict;
    outcome.applied = applied;
    outcome.reason = reason;
    outcome.detail = std::move(detail);
    return outcome;
  }
};

// One outcome per record of the call, each UNRESOLVED until something better is known.
class Outcomes {
 public:
  explicit Outcomes(const Call& call) : outcomes_(call.records().size()) {}
  std::uint32_t size() const { return static_cast<std::uint32_t>(outcomes_.size()); }
  // `index` below size().
  Outcome& operator[](std::uint32_t index) { return outcomes_[index]; }
  const Outcome& operator[](std::uint32_t index) const { return outcomes_[index]; }
  Outcome& operator[](const Record& record) { return outcomes_[record.index()]; }

 private:
  std::vector<Outcome> outcomes_;
};

}  // namespace tenon::sdk
