// Ingest on a memory log and virtual time, and its answers as plain values.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "async/scope.hpp"
#include "backends/memory/memory_event_log.hpp"
#include "backends/memory/seeded_random.hpp"
#include "backends/memory/sim_clock.hpp"
#include "event/event.hpp"
#include "ingest/ingest.hpp"

namespace tenon {

inline HttpHead post(std::string path, HttpHeaders headers = {}) {
  HttpHead head;
  head.method = "POST";
  head.path = std::move(path);
  head.headers = std::move(headers);
  return head;
}

struct IngestWorld {
  explicit IngestWorld(EventLog* other_log = nullptr)
      : log(io.get_executor(), LogId{7}, clock),
        ingest(other_log ? *other_log : log, clock, random, telemetry) {
    configure("WK_test");
  }

  static IngestSource source(std::string name, std::string key) {
    IngestSource s;
    s.name = SourceName(name);
    s.hash = NameHash{hash_of_name(name)};
    s.write_key = Secret(std::move(key));
    return s;
  }
  static IngestConfig config_of(std::string key) {
    IngestConfig config;
    config.tenant = NameHash{11};
    config.workspace = NameHash{12};
    config.version = ConfigVersion{13};
    config.sources.push_back(source("web", std::move(key)));
    return config;
  }
  void configure(std::string key) { ingest.configure(config_of(std::move(key))); }

  static Task<void> keep(Task<HttpResponse> task, std::optional<HttpResponse>& out) {
    out = co_await std::move(task);
  }
  // admit, then handle: as a server does.
  HttpResponse send(HttpHead head, std::string body) {
    head.content_length = body.size();
    const Admission admission = ingest.admit(head);
    if (admission.refuse) return *admission.refuse;
    if (body.size() > admission.max_body) return HttpResponse{599, {}, "over admission", true};
    std::optional<HttpResponse> out;
    Scope scope(io.get_executor());
    scope.spawn(keep(ingest.handle(std::move(head), std::move(body)), out), "send");
    io.restart();
    io.run();
    EXPECT_TRUE(out.has_value());
    return out.value_or(HttpResponse{});
  }

  static Task<void> read_all(EventLog& log, std::vector<std::pair<PartitionId, Record>>& out) {
    for (std::uint16_t p = 0; p < kPartitions; ++p) {
      const PartitionId partition{p};
      ReadLimits limits;
      limits.max_records = 100'000;
      limits.max_bytes = 1u << 30;
      auto slice = co_await log.read(partition, log.begin(partition), limits);
      EXPECT_TRUE(slice.has_value());
      if (!slice) co_return;
      for (Record& record : slice->records) out.emplace_back(partition, std::move(record));
    }
  }
  // In the order of the body (index), of one stream.
  struct Kept {
    PartitionId partition;
    Record record;
    RawEvent raw;
  };
  std::vector<Kept> kept(Stream stream) {
    std::vector<std::pair<PartitionId, Record>> all;
    Scope scope(io.get_executor());
    scope.spawn(read_all(log, all), "read");
    io.restart();
    io.run();
    std::vector<Kept> out;
    for (auto& [partition, record] : all) {
      if (record.header.stream != stream) continue;
      auto raw = decode_raw_event(record.body);
      EXPECT_TRUE(raw.has_value());
      out.push_back(Kept{partition, std::move(record), raw ? *raw : RawEvent{}});
    }
    std::sort(out.begin(), out.end(), [](const Kept& a, const Kept& b) {
      return a.record.header.index < b.record.header.index;
    });
    return out;
  }
  nlohmann::json canonical(const Kept& kept) {
    const EventId id = event_id_of(log.id(), kept.partition, kept.record);
    const auto event = make_event(id, kept.record.header, kept.raw, "web");
    EXPECT_TRUE(event.has_value());
    return event ? nlohmann::json::parse(event->json) : nlohmann::json();
  }

  boost::asio::io_context io;
  SimClock clock;
  SeededRandom random{1};
  SilentTelemetry telemetry;
  MemoryEventLog log;
  Ingest ingest;
};

inline std::string header_of(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

// "Basic" of the key with a colon behind it, as clients send it.
std::string basic(std::string_view key);

inline HttpHead with_key(std::string path, HttpHeaders headers = {}) {
  headers.emplace_back("authorization", basic("WK_test"));
  return post(std::move(path), std::move(headers));
}

}  // namespace tenon
