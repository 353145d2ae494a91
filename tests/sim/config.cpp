// Bringing a configuration into the log, as the host does at its start.
#include "sim/config.hpp"

#include "event/control.hpp"
#include "ports/append_essential.hpp"
#include "support/events.hpp"

namespace tenon::sim {
namespace {

// True if every partition has this configuration as its last one.
Task<Result<bool>> in_force(EventLog& log, std::string digest) {
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    std::string last;
    Offset at = log.begin(PartitionId{p});
    while (at < log.end(PartitionId{p})) {
      ReadLimits limits;
      limits.streams = stream_bit(Stream::control);
      auto slice = co_await log.read(PartitionId{p}, at, limits);
      if (!slice) co_return Error(slice.error());
      for (const auto& record : slice->records) {
        const auto control = decode_control(record.header.type, record.body);
        if (!control) co_return Error(control.error());
        if (const auto* applied = std::get_if<ConfigApplied>(&*control)) last = applied->digest;
      }
      at = slice->next;
    }
    if (last != digest) co_return false;
  }
  co_return true;
}

}  // namespace

Task<void> apply_config(EventLog& log, Clock& clock, std::string toml,
                        std::optional<Result<void>>& done) {
  auto already = co_await in_force(log, digest_hex(toml));
  if (!already) {
    done = Result<void>(Error(already.error()));
    co_return;
  }
  if (!*already) {
    auto records = testing::config_records(toml);
    auto appended = co_await append_essential(log, clock, std::move(records), AppendWait::durable);
    if (!appended) {
      done = Result<void>(Error(appended.error()));
      co_return;
    }
  }
  done = Result<void>();
}

FileLogOptions log_options() {
  FileLogOptions options;
  options.chunk = 64_KiB;
  options.first_step = 4_KiB;
  options.step = 16_KiB;
  options.reserve = 128_KiB;
  options.threaded = false;
  return options;
}

Task<void> read_all(EventLog& log, PartitionId p, std::vector<Record>& out, std::string& error) {
  Offset at = log.begin(p);
  while (at < log.end(p)) {
    ReadLimits limits;
    auto slice = co_await log.read(p, at, limits);
    if (!slice) {
      error = slice.error().text();
      co_return;
    }
    for (auto& record : slice->records) out.push_back(std::move(record));
    at = slice->next;
  }
}

}  // namespace tenon::sim
