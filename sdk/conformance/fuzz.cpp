// Strange input: a handful of mutations, chosen by a seeded generator.
#include "conformance/fuzz.hpp"

#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

namespace tenon::conformance {
namespace {

constexpr auto kTokens = std::to_array<std::string_view>({
    "null",
    "true",
    "0",
    "-1",
    "1e999",
    "99999999999999999999999",
    "\"\"",
    "[]",
    "{}",
    "\"\\u0000\"",
    "{\"id\":null}",
    "[null]",
    "\"\xff\"",
    "{\"results\":[]}",
    "{\"errors\":[{\"context\":7}]}",
    "{\"properties\":{\"email\":[]}}",
    "<html></html>",
    "\"status\":",
    ",",
    "}",
    "]",
    ":",
    "\\",
});

std::size_t below(Random& random, std::size_t bound) { return bound == 0 ? 0 : random() % bound; }

std::string_view token(Random& random) { return kTokens[below(random, kTokens.size())]; }

}  // namespace

std::string noise(Random& random, std::size_t most) {
  std::string bytes(below(random, most + 1), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::string strange_json(Random& random) {
  switch (random() % 6) {
    case 0: return std::string(token(random));
    case 1: return "{\"email\":" + std::string(token(random)) + "}";
    case 2: return "[" + std::string(token(random)) + "," + std::string(token(random)) + "]";
    case 3: return "{\"email\":\"a@example.com\",\"x\":" + std::string(token(random)) + "}";
    case 4: return std::string(1 + below(random, 2000), random() % 2 == 0 ? '[' : '{');
    default: return noise(random, 60);
  }
}

std::string mutated(std::string text, Random& random) {
  for (std::size_t changes = 1 + below(random, 4); changes > 0; --changes) {
    const std::size_t at = below(random, text.size() + 1);
    switch (random() % 7) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(random());
        break;
      case 1: text.resize(at); break;
      case 2: text.insert(at, token(random)); break;
      case 3: text.erase(at, 1 + below(random, 20)); break;
      case 4:
        text.insert(at, text.substr(below(random, text.size() + 1), below(random, 200)));
        break;
      case 5: text.insert(at, std::string(1 + below(random, 3000), '[')); break;
      default: text.insert(at, noise(random, 10)); break;
    }
  }
  return text;
}

namespace {

// A value of the document, chosen by walking down at random.
nlohmann::ordered_json& somewhere(nlohmann::ordered_json& json, Random& random) {
  nlohmann::ordered_json* at = &json;
  while (at->is_structured() && !at->empty() && random() % 8 != 0) {
    auto next = at->begin();
    std::advance(next, static_cast<long>(below(random, at->size())));
    at = &*next;
  }
  return *at;
}

nlohmann::ordered_json any_value(Random& random) {
  switch (random() % 11) {
    case 0: return nullptr;
    case 1: return true;
    case 2: return false;
    case 3: return 0;
    case 4: return -1;
    case 5: return 18'446'744'073'709'551'615u;
    case 6: return 1.5e300;
    case 7: return "";
    case 8: return std::string(1 + below(random, 3000), 'x');
    case 9: return nlohmann::ordered_json::array();
    default: return nlohmann::ordered_json::object();
  }
}

void change_value(nlohmann::ordered_json& json, Random& random) {
  auto& value = somewhere(json, random);
  switch (random() % 5) {
    case 0:
      if (value.is_structured() && !value.empty()) {
        auto gone = value.begin();
        std::advance(gone, static_cast<long>(below(random, value.size())));
        value.erase(gone);
        break;
      }
      [[fallthrough]];
    case 1: value = nlohmann::ordered_json::array({value, value}); break;
    case 2: value = {{"value", value}}; break;
    default: value = any_value(random); break;
  }
}

// What no writer of JSON writes, put in as text.
void spoil_text(std::string& body, Random& random) {
  constexpr auto kSpoils = std::to_array<std::string_view>(
      {"{\"id\":1,\"id\":2,", "{\"status\":\"ok\",\"status\":\"error\",",
       "{\"\xff\xfe\":\"\xc3\x28\",", "{\"n\":1e99999,", "{\"n\":-0.0000000000000000000001e-400,",
       "{\"\\ud800\":\"\\udc00\",", "{\"\":\"\","});
  const std::size_t brace = body.find('{');
  if (brace == std::string::npos || body.compare(brace, 2, "{}") == 0) return;
  body.replace(brace, 1, kSpoils[below(random, kSpoils.size())]);
}

}  // namespace

std::string mutated_grammar(std::string body, Random& random) {
  auto json = nlohmann::ordered_json::parse(body, nullptr, false);
  if (json.is_discarded()) json = any_value(random);
  for (std::size_t changes = 1 + below(random, 3); changes > 0; --changes) {
    change_value(json, random);
  }
  body = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  if (random() % 6 == 0) spoil_text(body, random);
  return body;
}

testkit::ReplyIn strange_reply(Random& random) {
  constexpr std::array<std::uint32_t, 12> kStatuses{0,   100, 200, 201, 204, 207,
                                                    302, 400, 401, 429, 500, 999};
  testkit::ReplyIn reply;
  reply.tag = static_cast<std::uint32_t>(random() % 5);
  reply.got = static_cast<std::uint32_t>(random() % 8);
  reply.status = kStatuses[below(random, kStatuses.size())];
  if (random() % 2 == 0) reply.headers.emplace_back("retry-after", std::string(token(random)));
  if (random() % 4 == 0) reply.headers.emplace_back(noise(random, 8), noise(random, 30));
  reply.body = strange_json(random);
  return reply;
}

testkit::ReplyIn mutated(testkit::ReplyIn reply, Random& random) {
  switch (random() % 8) {
    case 0: return strange_reply(random);
    case 1: reply.headers.emplace_back("retry-after", noise(random, 12)); break;
    case 2: reply.cut_bytes = 1 + below(random, 1000); break;
    case 3: reply.got = static_cast<std::uint32_t>(random() % 8); break;
    default: reply.body = mutated(std::move(reply.body), random); break;
  }
  return reply;
}

}  // namespace tenon::conformance
