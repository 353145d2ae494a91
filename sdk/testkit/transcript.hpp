// Transcript: what a connector pushed, as JSON for people, files and comparison byte by byte.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "testkit/values.hpp"

namespace tenon::testkit {

using Json = nlohmann::ordered_json;

std::string_view verdict_name(std::uint32_t verdict);
std::string_view got_name(std::uint32_t got);
std::string_view status_name(tenon_status status);
std::string_view op_name(std::uint32_t op);
// 0 for a name that is none.
std::uint32_t got_of(std::string_view name);

Json to_json(const RequestOut& request);
Json to_json(const OutcomeOut& outcome);
Json to_json(const HintOut& hint);
Json to_json(const EmitOut& emit);
Json to_json(const CheckpointOut& checkpoint);
Json to_json(const WebhookReplyOut& reply);
Json to_json(const StepOut& step);
// The whole call in one text: equal texts mean equal pushes.
std::string transcript(const CallOut& call);

}  // namespace tenon::testkit
