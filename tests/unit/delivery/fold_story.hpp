// FoldTest: writes the records of one destination and partition, and folds them in all the ways in
// which a host may come to read them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "backends/memory/memory_state_store.hpp"
#include "base/limits.hpp"
#include "delivery/fold.hpp"

namespace tenon::delivery {

inline const PartitionId kZero{0};
constexpr std::int64_t kStart = 1'767'225'600'000'000;

class FoldTest : public ::testing::Test {
 protected:
  // Events of keys, decided together, one delivery each.
  std::vector<DeliveryRef> decide(const std::vector<std::uint64_t>& keys) {
    Decision decision;
    std::vector<DeliveryRef> refs;
    for (const std::uint64_t key : keys) {
      DecidedEvent event;
      event.offset = Offset{next_};
      event.key = KeyHash{key};
      event.source = hash_of_name("web");
      event.received = time_from_us(kStart);
      event.fate = EventFate::routed;
      event.deliveries.push_back({"all", "crm", "send", DeliveryFate::deliver, ""});
      DeliveryRef ref;
      ref.id = delivery_id_of("crm", EventId{LogId{7}, kZero, event.offset, 0}, "send");
      ref.event = event.offset;
      ref.key = event.key;
      ref.source = event.source;
      ref.received = event.received;
      ref.route = "all";
      refs.push_back(std::move(ref));
      decision.events.push_back(std::move(event));
      next_ += 10;
    }
    for (auto& ref : refs) ref.decided = Offset{next_};
    write(Stream::decision, 0, encode(decision));
    return refs;
  }
  void end(const DeliveryRef& ref, OutcomeFate fate, const std::string& reason = "") {
    AttemptOutcome attempt;
    attempt.attempt = "att_" + std::to_string(next_);
    attempt.destination = "crm";
    attempt.action = "send";
    DeliveryOutcome outcome;
    outcome.delivery = ref;
    outcome.fate = fate;
    outcome.reason = reason;
    outcome.next_at = time_from_us(kStart + 1);
    attempt.outcomes.push_back(std::move(outcome));
    write(Stream::outcome, 0, encode(attempt));
  }
  void end_together(const std::vector<DeliveryRef>& refs, std::string_view reason) {
    AttemptOutcome attempt;
    attempt.attempt = "att_" + std::to_string(next_);
    attempt.destination = "crm";
    attempt.action = "send";
    for (const auto& ref : refs) {
      DeliveryOutcome outcome;
      outcome.delivery = ref;
      outcome.fate = OutcomeFate::retry;
      outcome.reason = reason;
      outcome.next_at = time_from_us(kStart + 1);
      attempt.outcomes.push_back(std::move(outcome));
    }
    write(Stream::outcome, 0, encode(attempt));
  }
  // A letter with everything that lists are filtered by.
  void die(const DeliveryRef& ref, const std::string& reason, const std::string& code,
           std::uint32_t status, OutcomeFate fate = OutcomeFate::dead) {
    DeliveryOutcome outcome;
    outcome.delivery = ref;
    outcome.fate = fate;
    outcome.reason = reason;
    outcome.vendor_code = code;
    outcome.http_status = status;
    end_with(std::move(outcome));
  }
  void end_with(DeliveryOutcome outcome) {
    AttemptOutcome attempt;
    attempt.attempt = "att_" + std::to_string(next_);
    attempt.destination = "crm";
    attempt.action = "send";
    outcome.next_at = time_from_us(kStart + 1);
    attempt.outcomes.push_back(std::move(outcome));
    write(Stream::outcome, 0, encode(attempt));
  }
  void control(const Control& control) {
    write(Stream::control, static_cast<std::uint16_t>(type_of(control)), encode(control));
  }
  void write(Stream stream, std::uint16_t type, std::string body) {
    Record record;
    record.offset = Offset{next_};
    record.next = Offset{next_ += 10};
    record.header.stream = stream;
    record.header.type = type;
    record.header.appended = time_from_us(kStart + static_cast<std::int64_t>(next_));
    record.header.occurred = record.header.appended;
    record.body = std::move(body);
    records_.push_back(std::move(record));
  }

  // What a restart does: the first so many records live, a flush, and all again from its cursors.
  void restarted(StateStore& store, std::size_t first) {
    DeliveryFold before("crm", LogId{7}, store);
    const std::vector<Record> all = records_;
    records_.resize(std::min(first, all.size()));
    live(before);
    records_ = all;
    DeliveryFold after("crm", LogId{7}, store);
    ASSERT_TRUE(after.load(std::vector<Offset>(kPartitions), Time{}));
    const Offset others = after.outcomes_from(kZero), decisions = after.decisions_from(kZero);
    for (const auto& record : records_) {
      if (record.header.stream != Stream::decision && record.offset >= others) {
        ASSERT_TRUE(after.apply_other(kZero, record));
      }
    }
    after.outcomes_read_to(kZero, Offset{next_});
    after.restored();
    for (const auto& record : records_) {
      if (record.header.stream == Stream::decision && record.offset >= decisions) {
        ASSERT_TRUE(after.apply_decision(kZero, record));
      }
    }
    after.decisions_read_to(kZero, Offset{next_});
    ASSERT_TRUE(after.flush());
  }
  std::size_t written() const { return records_.size(); }

  // As it comes, record by record.
  void live(DeliveryFold& fold) {
    ASSERT_TRUE(fold.load(std::vector<Offset>(kPartitions), Time{}));
    fold.restored();
    for (const auto& record : records_) {
      if (record.header.stream == Stream::decision) {
        ASSERT_TRUE(fold.apply_decision(kZero, record));
      } else {
        ASSERT_TRUE(fold.apply_other(kZero, record));
      }
      fold.decisions_read_to(kZero, record.next);
      fold.outcomes_read_to(kZero, record.next);
    }
    ASSERT_TRUE(fold.flush());
  }
  // As after a start: everything else first, then the decisions.
  void rebuilt(DeliveryFold& fold) {
    ASSERT_TRUE(fold.load(std::vector<Offset>(kPartitions), Time{}));
    for (const auto& record : records_) {
      if (record.header.stream != Stream::decision) {
        ASSERT_TRUE(fold.apply_other(kZero, record));
      }
    }
    fold.outcomes_read_to(kZero, Offset{next_});
    fold.restored();
    for (const auto& record : records_) {
      if (record.header.stream == Stream::decision) {
        ASSERT_TRUE(fold.apply_decision(kZero, record));
      }
    }
    fold.decisions_read_to(kZero, Offset{next_});
    ASSERT_TRUE(fold.flush());
  }
  static std::map<CountKind, std::int64_t> counts(DeliveryFold& fold) {
    std::map<CountKind, std::int64_t> sums;
    const auto all = fold.totals();
    EXPECT_TRUE(all);
    for (const auto& [kind, count] : *all) {
      if (count != 0) sums[kind] += count;
    }
    return sums;
  }

  const Record& last() const { return records_.back(); }

  MemoryStateStore live_store_, rebuilt_store_;
  DeliveryFold live_{"crm", LogId{7}, live_store_};
  DeliveryFold rebuilt_{"crm", LogId{7}, rebuilt_store_};

 private:
  std::uint64_t next_ = 0;
  std::vector<Record> records_;
};

}  // namespace tenon::delivery
