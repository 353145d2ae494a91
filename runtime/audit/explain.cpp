// Reading one event's records forward, in bounded steps.
#include "audit/explain.hpp"

#include <algorithm>

#include "event/pulled.hpp"

namespace tenon {
namespace {

constexpr std::uint32_t kOwnStreams =
    stream_bit(Stream::raw) | stream_bit(Stream::rejected) | stream_bit(Stream::inbound);
constexpr std::uint32_t kLaterStreams = stream_bit(Stream::decision) | stream_bit(Stream::attempt) |
                                        stream_bit(Stream::outcome) | stream_bit(Stream::control);

Error no_such_event(const EventId& id, std::string_view why) {
  return not_found("wanted an event of this log, found none with the id " + to_text(id) + ": " +
                   std::string(why));
}

// The one record at the id's offset, if it is a raw or rejected one or a webhook.
Task<Result<Record>> read_own(EventLog& log, EventId id) {
  if (id.partition.value >= kPartitions || id.offset < log.begin(id.partition)) {
    co_return no_such_event(id, "its place was trimmed away or never existed");
  }
  if (id.offset >= log.end(id.partition)) {
    co_return no_such_event(id, "its place lies beyond the end of the log");
  }
  ReadLimits limits;
  limits.max_records = 1;
  auto slice = co_await log.read(id.partition, id.offset, limits);
  if (!slice) {
    Error error = std::move(slice).error();
    if (error.kind != ErrorKind::not_found) co_return error;
    co_return no_such_event(id, "no record begins at its place");
  }
  if (slice->records.empty() || slice->records.front().offset != id.offset) {
    co_return no_such_event(id, "no record begins at its place");
  }
  Record& record = slice->records.front();
  const bool own = (kOwnStreams & stream_bit(record.header.stream)) != 0;
  const bool end_of_another =
      record.header.stream == Stream::inbound &&
      record.header.type != static_cast<std::uint16_t>(InboundType::received);
  if (!own || end_of_another || record.header.index != id.index) {
    co_return no_such_event(id, "the record at its place is not this event");
  }
  co_return std::move(record);
}

// What the page says that brought the event; nothing if it is gone.
Task<Result<std::optional<TracePulled>>> read_page(EventLog& log, EventId parent) {
  std::optional<TracePulled> found;
  const bool there = parent.log == log.id() && parent.partition.value < kPartitions &&
                     parent.offset >= log.begin(parent.partition) &&
                     parent.offset < log.end(parent.partition);
  if (!there) co_return found;
  ReadLimits limits;
  limits.max_records = 1;
  const auto slice = co_await log.read(parent.partition, parent.offset, limits);
  if (!slice && slice.error().kind != ErrorKind::not_found) co_return Error(slice.error());
  if (!slice || slice->records.empty()) co_return found;
  const Record& record = slice->records.front();
  if (record.header.stream != Stream::pulled) co_return found;
  const auto page = decode_pulled_page(record.body);
  if (!page) co_return Error(page.error());
  TracePulled pulled;
  pulled.pull = page->pull;
  pulled.destination = page->destination;
  pulled.stream = page->stream;
  pulled.release = page->release;
  pulled.place = parent.index;
  pulled.records = static_cast<std::uint32_t>(page->records.size());
  if (parent.index < page->records.size()) pulled.id = page->records[parent.index].id;
  pulled.at = record.header.appended;
  found = std::move(pulled);
  co_return found;
}

}  // namespace

Task<Result<Trace>> explain(EventLog& log, EventId id, const ExplainOptions& options) {
  if (id.log != log.id()) {
    co_return invalid("the event id " + to_text(id) +
                      " belongs to another log; ask the host that received the event");
  }
  auto own = co_await read_own(log, id);
  if (!own) co_return std::move(own).error();
  Trace empty;
  empty.id = id;
  empty.scanned_to = own->next;
  TraceFold fold(std::move(empty));
  auto added = fold.add(*own);
  if (!added) co_return std::move(added).error();
  auto trace = std::move(fold).take();
  const auto name = options.source_names.find(trace.received.source);
  if (name != options.source_names.end()) trace.received.source_name = name->second;
  if ((trace.received.flags & kRecordPulled) != 0) {
    auto page = co_await read_page(log, trace.received.parent);
    if (!page) co_return std::move(page).error();
    trace.received.pulled = std::move(*page);
  }
  auto whole = co_await explain_more(log, std::move(trace), options);
  co_return whole;
}

Task<Result<Trace>> explain_more(EventLog& log, Trace so_far, const ExplainOptions& options) {
  TraceFold fold(std::move(so_far));
  const EventId id = fold.trace().id;
  Offset at = fold.trace().scanned_to;
  const Offset end = log.end(id.partition);  // what is written meanwhile is for the next call
  std::size_t records = 0, bytes = 0;
  while (at < end && records < options.max_records && bytes < options.max_bytes) {
    ReadLimits limits;
    limits.streams = fold.trace().received.inbound ? stream_bit(Stream::inbound) : kLaterStreams;
    limits.max_records = std::min(limits.max_records, options.max_records - records);
    limits.max_bytes = std::min(limits.max_bytes, options.max_bytes - bytes);
    auto slice = co_await log.read(id.partition, at, limits);
    if (!slice) co_return std::move(slice).error();
    for (const auto& record : slice->records) {
      ++records;
      bytes += record.body.size();
      auto added = fold.add(record);
      if (!added) co_return std::move(added).error();
    }
    if (slice->next <= at) break;  // the end, as far as the log will give it
    at = slice->next;
  }
  auto trace = std::move(fold).take();
  trace.scanned_to = at;
  trace.complete = at >= end;
  trace.incomplete.clear();
  if (!trace.complete) {
    trace.incomplete = "stopped after " + std::to_string(records) + " records (" +
                       std::to_string(bytes) + " bytes) of the log; ask again to go on";
  }
  auto& decision = trace.decision;
  if (decision && decision->fate == EventFate::duplicate && decision->first.index == 0) {
    // The decision names the first one's place only; its index is in its record, if that is left.
    ReadLimits limits;
    limits.max_records = 1;
    auto first = co_await log.read(id.partition, decision->first.offset, limits);
    if (first && !first->records.empty() &&
        first->records.front().offset == decision->first.offset) {
      decision->first.index = first->records.front().header.index;
    }
  }
  co_return trace;
}

}  // namespace tenon
