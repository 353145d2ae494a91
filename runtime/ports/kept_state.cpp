// The newest record of a kind.
#include "ports/kept_state.hpp"

namespace tenon {
namespace {

constexpr std::size_t kLateChunks = 3;  // the last of which may not have it yet

Task<Result<std::optional<std::string>>> newest_between(EventLog& log, KeptState state, Offset from,
                                                        Offset to) {
  std::optional<std::string> newest;
  ReadLimits limits;
  limits.streams = stream_bit(Stream::audit);
  while (from < to) {
    TENON_CO_TRY_AS(auto slice, log.read(kKeptStates, from, limits));
    for (auto& record : slice.records) {
      if (record.offset >= to) co_return newest;
      const auto& header = record.header;
      if (header.type != static_cast<std::uint16_t>(state.type)) continue;
      if (header.tenant != state.tenant || header.workspace != state.workspace) continue;
      newest = std::move(record.body);
    }
    from = slice.next;
  }
  co_return newest;
}

}  // namespace

NewRecord record_of(const KeptState& state, Time now, std::string body) {
  NewRecord record;
  record.partition = kKeptStates;
  record.header.stream = Stream::audit;
  record.header.type = static_cast<std::uint16_t>(state.type);
  record.header.tenant = state.tenant;
  record.header.workspace = state.workspace;
  record.header.occurred = now;
  record.body = std::move(body);
  return record;
}

Task<Result<std::optional<std::string>>> newest_of(EventLog& log, KeptState state,
                                                   std::vector<Offset> chunks) {
  const Offset begin = log.begin(kKeptStates), end = log.end(kKeptStates);
  const Offset late = chunks.size() > kLateChunks ? chunks[chunks.size() - kLateChunks] : begin;
  TENON_CO_TRY_AS(auto newest, newest_between(log, state, late, end));
  if (newest || late == begin) co_return newest;
  co_return co_await newest_between(log, state, begin, late);
}

}  // namespace tenon
