// Support: connectors linked into the test, driven against models of their vendors.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "testkit/driver.hpp"
#include "testkit/golden.hpp"
#include "testkit/model.hpp"

extern "C" {
const tenon_connector* tenon_connector_webhook(void);
const tenon_connector* tenon_connector_hubspot(void);
}

namespace tenon::testkit {

inline std::unique_ptr<Instance> instance_of(const tenon_connector& table,
                                             const std::string& settings) {
  tenon_status status = TENON_OK;
  std::string explain;
  auto instance = Instance::create(table, settings, status, explain);
  EXPECT_TRUE(instance) << explain;
  return instance;
}

// The request as the host would put it on the wire, but for what `headers` adds.
inline ModelRequest on_the_wire(const RequestOut& request, const Pairs& headers) {
  ModelRequest wire;
  wire.method = request.method;
  wire.path = request.path;
  for (const auto& [name, value] : request.query) {
    wire.query += (wire.query.empty() ? "" : "&") + name + "=" + value;
  }
  wire.headers = request.headers;
  wire.headers.insert(wire.headers.end(), headers.begin(), headers.end());
  wire.body = request.body;
  return wire;
}

inline ReplyIn as_reply(const ModelReply& model) {
  ReplyIn reply;
  if (model.hang) {
    reply.got = TENON_GOT_TIMEOUT;
    return reply;
  }
  if (model.cut) {
    reply.got = TENON_GOT_LOST;
    return reply;
  }
  reply.status = model.status;
  reply.headers = model.headers;
  reply.body = model.body;
  return reply;
}

// What EXPECT_EQ compares: verdicts in order, and the same one for all.
using Words = std::vector<std::string>;
inline Words all(std::size_t count, const std::string& word) { return Words(count, word); }
inline bool has_part(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline std::vector<std::string> verdicts(const CallOut& out) {
  std::vector<std::string> names;
  for (const OutcomeOut& outcome : out.outcomes) {
    names.emplace_back(verdict_name(outcome.verdict));
  }
  return names;
}

}  // namespace tenon::testkit
