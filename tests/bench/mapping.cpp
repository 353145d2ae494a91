// What mapping costs: records to HubSpot's batch upsert, by the SDK's view, nlohmann and simdjson.
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/contacts.hpp"
#include "bench/cpu_time.hpp"
#include "tenon/json_writer.hpp"

namespace bench {
namespace {

using tenon::sdk::JsonView;
using tenon::sdk::JsonWriter;
using Records = std::vector<std::string>;

constexpr std::size_t kRounds = 15;  // A B C D A B C D ...

void begin_input(JsonWriter& json, std::string_view email) {
  json.object().key("idProperty").text("email").key("id").text(email).key("properties").object();
}

// `trusted`: as the host gives it; else each record is checked first.
template <bool trusted>
std::string by_view(const Records& records) {
  std::string body;
  JsonWriter json(body);
  json.object().key("inputs").array();
  for (const std::string& record : records) {
    const JsonView view = trusted ? JsonView(record) : JsonView::checked(record);
    begin_input(json, view["email"].plain().value_or(""));
    for (const auto& [name, value] : view.members()) {
      if (value.is_null()) continue;
      json.key(name);
      value.is_text() ? json.value(value) : json.text(value.raw());
    }
    json.end_object().end_object();
  }
  json.end_array().end_object();
  return body;
}

std::string by_nlohmann(const Records& records) {
  using Json = nlohmann::ordered_json;
  Json inputs = Json::array();
  for (const std::string& record : records) {
    const Json read = Json::parse(record, nullptr, false);
    Json input;
    input["idProperty"] = "email";
    input["id"] = read.at("email");
    Json properties = Json::object();
    for (const auto& [name, value] : read.items()) {
      if (value.is_null()) continue;
      properties[name] = value.is_string() ? value : Json(value.dump());
    }
    input["properties"] = std::move(properties);
    inputs.push_back(std::move(input));
  }
  Json body;
  body["inputs"] = std::move(inputs);
  return body.dump();
}

// Reads on demand, out of a copy with the padding that it needs; writes with the SDK's writer.
std::string by_simdjson(const Records& records) {
  thread_local simdjson::ondemand::parser parser;
  thread_local std::string padded;
  std::string body;
  JsonWriter json(body);
  json.object().key("inputs").array();
  for (const std::string& record : records) {
    padded.assign(record);
    padded.reserve(record.size() + simdjson::SIMDJSON_PADDING);
    simdjson::ondemand::document document;
    if (parser.iterate(padded.data(), record.size(), padded.capacity()).get(document)) return {};
    std::string_view email;
    if (document["email"].get_string().get(email)) return {};
    begin_input(json, email);
    document.rewind();
    simdjson::ondemand::object object;
    if (document.get_object().get(object)) return {};
    for (auto field : object) {
      std::string_view name = field.unescaped_key();
      simdjson::ondemand::value value = field.value();
      if (value.is_null()) continue;
      json.key(name);
      std::string_view text;
      if (value.get_string().get(text) == simdjson::SUCCESS) {
        json.text(text);
      } else {
        text = value.raw_json_token();
        while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
        json.text(text);
      }
    }
    json.end_object().end_object();
  }
  json.end_array().end_object();
  return body;
}

struct Way {
  const char* name;
  std::string (*map)(const Records&);
  std::vector<double> ns_per_event;
};

int run(std::size_t batch, double seconds) {
  const Records records = contact_records(batch);
  std::array<Way, 4> ways{Way{"view", by_view<true>, {}}, Way{"view, checked", by_view<false>, {}},
                          Way{"nlohmann", by_nlohmann, {}}, Way{"simdjson", by_simdjson, {}}};
  const std::string wanted = ways[0].map(records);
  for (const Way& way : ways) {
    if (way.map(records) == wanted) continue;
    std::fprintf(stderr, "bench_mapping: %s maps to something else:\n%s\n%s\n", way.name,
                 way.map(records).c_str(), wanted.c_str());
    return 1;
  }
  const double turn_ns = seconds / kRounds / static_cast<double>(ways.size()) * 1e9;
  std::size_t kept = 0;
  for (std::size_t round = 0; round < kRounds; ++round) {
    for (Way& way : ways) {
      const double began = cpu_ns();
      std::size_t calls = 0;
      do {
        kept += way.map(records).size();
        ++calls;
      } while (cpu_ns() - began < turn_ns);
      way.ns_per_event.push_back((cpu_ns() - began) / static_cast<double>(calls * batch));
    }
  }
  nlohmann::ordered_json report;
  for (const Way& way : ways) report[way.name] = median(way.ns_per_event);
  report["record_bytes"] = records[0].size();
  report["kept"] = kept != 0;
  std::cout << report.dump() << std::endl;
  return 0;
}

}  // namespace
}  // namespace bench

// bench_mapping BATCH SECONDS: nanoseconds of CPU per event, the median of turns.
int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: bench_mapping BATCH SECONDS\n");
    return 2;
  }
  return bench::run(std::stoul(argv[1]), std::stod(argv[2]));
}
