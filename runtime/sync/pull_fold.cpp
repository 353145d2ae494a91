// Pages move a cursor; marks close pages.
#include "sync/pull_fold.hpp"

#include "base/assert.hpp"
#include "base/codec.hpp"
#include "base/hash.hpp"
#include "base/limits.hpp"

namespace tenon::sync {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kScan = 256;  // states at a time

std::string name_of(const PullKey& key) {
  return key.pull + '\0' + key.destination + '\0' + key.stream;
}

Result<PullKey> key_of_name(std::string_view name) {
  const auto first = name.find('\0');
  const auto second = first == name.npos ? name.npos : name.find('\0', first + 1);
  if (second == name.npos) return corrupt("pull state: a key of fewer than three names");
  PullKey key;
  key.pull = name.substr(0, first);
  key.destination = name.substr(first + 1, second - first - 1);
  key.stream = name.substr(second + 1);
  return key;
}

std::string encode(const PullState& state) {
  Writer out;
  out.u8(kVersion);
  out.text(state.cursor);
  out.u8(static_cast<std::uint8_t>((state.more ? 1 : 0) | (state.open ? 2 : 0)));
  out.u64(state.open ? state.open->value : 0);
  out.i64(us_of(state.last_page));
  out.u64(state.pages);
  out.u64(state.events);
  out.u64(state.rejected);
  return std::move(out).take();
}

Result<PullState> decode(std::string_view bytes) {
  Reader in(bytes);
  const std::uint8_t version = in.u8();
  if (version != kVersion) {
    return corrupt("wanted pull state 1, found " + std::to_string(version));
  }
  PullState state;
  state.cursor = in.text();
  const std::uint8_t flags = in.u8();
  state.more = (flags & 1) != 0;
  const Offset open{in.u64()};
  if ((flags & 2) != 0) state.open = open;
  state.last_page = time_from_us(in.i64());
  state.pages = in.u64();
  state.events = in.u64();
  state.rejected = in.u64();
  if (!in.done()) return corrupt("pull state: its fields do not fit its length");
  return state;
}

}  // namespace

PartitionId home_of(const PullKey& key) {
  return PartitionId{static_cast<std::uint16_t>(hash64(name_of(key)) % kPartitions)};
}

Result<Offset> PullFold::resume(PartitionId p, Offset begin) {
  const auto known = applied_.find(p);
  if (known != applied_.end()) return known->second;
  TENON_TRY_AS(const auto stored, state_.get("c" + key_u16(p.value)));
  Offset from = begin;
  if (stored) {
    Reader in(*stored);
    from = Offset{in.u64()};
    if (!in.done()) return corrupt("pull state: bad cursor");
  }
  applied_[p] = from;
  return from;
}

Result<void> PullFold::apply(PartitionId p, const Record& record) {
  const auto applied = applied_.find(p);
  TENON_ASSERT(applied != applied_.end());
  if (record.offset < applied->second) return {};
  TENON_TRY(take(record));
  read_to(p, record.next);
  return {};
}

Result<void> PullFold::take(const Record& record) {
  if (record.header.stream != Stream::pulled) return {};
  if (record.header.type == static_cast<std::uint16_t>(PulledType::page)) {
    TENON_TRY_AS(const auto page, decode_pulled_page(record.body));
    PullKey key;
    key.pull = page.pull;
    key.destination = page.destination;
    key.stream = page.stream;
    TENON_TRY_AS(auto state, of(key));
    state.cursor = page.cursor;
    state.more = page.more;
    state.open = record.offset;
    state.last_page = record.header.appended;
    ++state.pages;
    put(key, state);
    return {};
  }
  if (record.header.type != static_cast<std::uint16_t>(PulledType::entered)) {
    return unsupported("a pulled record of type " + std::to_string(record.header.type) +
                       ": written by a newer version?");
  }
  TENON_TRY_AS(const auto entered, decode_pulled_entered(record.body));
  PullKey key;
  key.pull = entered.pull;
  key.destination = entered.destination;
  key.stream = entered.stream;
  TENON_TRY_AS(auto state, of(key));
  if (!state.open || *state.open != entered.page) return {};  // marked before
  state.open.reset();
  state.events += entered.events;
  state.rejected += entered.rejected;
  put(key, state);
  return {};
}

void PullFold::read_to(PartitionId p, Offset next) {
  auto& applied = applied_[p];
  if (next <= applied) return;
  applied = next;
  Writer out;
  out.u64(next.value);
  state_.put("c" + key_u16(p.value), std::move(out).take());
}

Result<PullState> PullFold::of(const PullKey& key) {
  TENON_TRY_AS(const auto bytes, state_.get("p" + name_of(key)));
  if (!bytes) return PullState{};
  return decode(*bytes);
}

Result<std::vector<PullKey>> PullFold::open() {
  std::vector<PullKey> out;
  const std::string end = end_of_prefix("p");
  std::string from = "p";
  for (;;) {
    TENON_TRY_AS(const auto entries, state_.scan(from, end, kScan));
    for (const auto& entry : entries) {
      TENON_TRY_AS(const auto state, decode(entry.value));
      TENON_TRY_AS(auto key, key_of_name(std::string_view(entry.key).substr(1)));
      if (state.open) out.push_back(std::move(key));
    }
    if (entries.size() < kScan) return out;
    from = entries.back().key + '\0';
  }
}

void PullFold::put(const PullKey& key, const PullState& state) {
  state_.put("p" + name_of(key), encode(state));
}

Task<Result<void>> catch_up(PullFold& fold, EventLog& log, PartitionId p) {
  ReadLimits limits;
  limits.streams = stream_bit(Stream::pulled);
  for (;;) {
    const auto from = fold.resume(p, log.begin(p));
    if (!from) co_return Error(from.error());
    if (*from >= log.end(p)) co_return Result<void>();
    TENON_CO_TRY_AS(const auto slice, log.read(p, *from, limits));
    for (const auto& record : slice.records) {
      const auto applied = fold.apply(p, record);
      if (!applied) co_return Error(applied.error());
    }
    if (slice.next <= *from) co_return Result<void>();
    fold.read_to(p, slice.next);
  }
}

}  // namespace tenon::sync
