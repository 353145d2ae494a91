// RateBucket: sliding windows over leased tokens; pure values and `now`.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/time.hpp"
#include "manifest/manifest.hpp"

namespace tenon {

constexpr milliseconds kLeaseSpan{1'000};  // a lease lives so long and holds so much
constexpr int kWindowParts = 1'024;  // a row remembers its uses in so many parts of its window
constexpr std::size_t kMaxEarlyLeases = 4'096;  // restored before the rows are known; more merge
// Refused without a word for how long, a bucket goes at half its pace, then slowly faster again.
// The pace is in sixteenths of what the rows allow, and it holds for rows of short windows: a
// tenth less of a whole day would mean hours of silence.
constexpr std::uint32_t kFullPace = 16;
constexpr seconds kPaceStep{10};      // one sixteenth more each
constexpr seconds kLongestPaced{60};  // window
constexpr std::size_t kMaxTold = 8;   // counts that a vendor tells of one bucket

// Promise: whatever is spent, and whatever a crashed predecessor may have spent from the leases
// that are restored, no closed window of any row ever holds more than its limit, as the vendor
// counts: it sees a request some time between its sending and its answer, later than another that
// was sent after it perhaps. So a token counts for as long as the request is under way, and from
// its end, the latest moment, for a window more. An unspent token counts while its lease lives (it
// may still be spent). All rows of one bucket hold together.
//
// The price: with an answer after `d` a row gives its limit each window + d, 2 % less at a hundred
// a second and 20 ms. Below that rate nobody waits.
class RateBucket {
 public:
  RateBucket() = default;
  explicit RateBucket(const std::vector<RateLimit>& rows) { set_rows(rows); }

  // No rows: never limits.
  bool unlimited() const { return rows_.empty(); }
  // Rows may change with the configuration; what was spent stays counted.
  void set_rows(const std::vector<RateLimit>& rows);

  // The smallest limit of all rows: a cost over it can never be paid.
  std::uint32_t largest_cost() const;

  // Do live leases hold that much, and does nothing block?
  bool holds(std::uint32_t cost, Instant now) const;
  // Takes `cost` out of live leases, if they hold it; it is under way until it is settled.
  bool spend(std::uint32_t cost, Instant now);
  // What was spent has reached the vendor at `latest`, or never will; `now` or later.
  void settle(std::uint32_t cost, Instant latest, Instant now);
  // How much may be leased now so that `cost` can be spent: at least what is missing, about one
  // second's worth, within every window; 0 = nothing now.
  std::uint32_t leasable(std::uint32_t cost, Instant now) const;
  // Adds tokens that were leased (and are durable); they die at `expires`.
  void grant(std::uint32_t tokens, Instant expires);
  // Adds a lease of a crashed predecessor as used up, by requests that came in at `latest`.
  void restore(std::uint32_t tokens, Instant latest);
  // When `cost` can be spent or leased, if nobody else spends and what is under way ends now: `now`
  // or later, and never too late.
  Instant free_at(std::uint32_t cost, Instant now) const;
  // Nothing may be spent before `until` (the vendor said so). Only ever moves on.
  void block(Instant until);
  // The vendor counts, too: until `until` it takes `remaining` more. `which` of its counts this is
  // (below kMaxTold). It only ever makes less of what the rows allow; an older word than the one
  // in force is not heard.
  void told(std::size_t which, std::uint64_t remaining, Instant until, Instant now);
  // The vendor refused what was sent at `sent`, without a word for how long. What had left before
  // the pace last fell says nothing new.
  void refused(Instant sent, Instant now);
  std::uint32_t pace(Instant now) const;

 private:
  struct Tokens {
    Instant at;  // uses: when they came in at the latest; leases: when they die
    std::uint64_t count = 0;
  };
  struct Row {
    std::uint64_t limit = 0;
    milliseconds window{1};
    std::deque<Tokens> uses;  // by time; may lie ahead of now for restored leases

    // Counts from the end of its part of the window: a little longer, never shorter.
    void use(Instant at, std::uint64_t count);
    std::uint64_t used(Instant now) const;
  };
  struct Told {
    Instant until{};
    std::uint64_t left = 0;
  };
  std::uint64_t unspent(Instant now) const;
  // What the row allows at this pace, but never less than `cost`, which else could not be paid.
  std::uint64_t allowed(const Row& row, std::uint32_t cost, Instant now) const;
  // How much the vendor takes, by its own words.
  std::uint64_t left_by_vendor(Instant now) const;

  std::vector<Row> rows_;
  std::deque<Tokens> early_;   // restored before the rows were known
  std::deque<Tokens> leases_;  // by expiry
  std::uint64_t under_way_ = 0;
  Instant blocked_until_{};
  std::vector<Told> told_;
  std::uint32_t slowed_to_ = kFullPace;
  Instant slowed_at_{};
};

}  // namespace tenon
