// The JSON Schema: see json_schema.hpp.
#include "manifest/reference/json_schema.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/assert.hpp"
#include "manifest/toml_tree.hpp"

namespace tenon::manifest {
namespace {

using Json = nlohmann::ordered_json;

Json value_of(std::string_view toml) {
  const auto tree = parse_toml("v = " + std::string(toml), "row");
  TENON_ASSERT(tree.has_value());
  const auto json = to_json(tree->members.front().node);
  TENON_ASSERT(json.has_value());
  return Json::parse(*json, nullptr, false);
}

Json text_schema(const KeyRow& row) {
  Json out = {{"type", "string"}};
  if (row.form != nullptr) out["pattern"] = row.form->pattern;
  if (!row.choices.empty()) out["enum"] = words_of(row.choices);
  return out;
}

Json texts_schema(const KeyRow& row) {
  Json array = {{"type", "array"},
                {"items", text_schema(row)},
                {"uniqueItems", true},
                {"maxItems", row.most}};
  if (row.least > 0) array["minItems"] = row.least;
  return {{"anyOf", Json::array({text_schema(row), std::move(array)})}};
}

std::string description(const KeyRow& row) {
  std::string out(row.meaning);
  if (!row.unit.empty()) out += " (" + std::string(row.unit) + ")";
  if (!row.deprecated.empty()) out += "; deprecated: " + std::string(row.deprecated);
  return out;
}

class Maker {
 public:
  explicit Maker(const Format& format) : format_(format) {}

  Json table(const std::string& path) const {
    Json out = {{"type", "object"}, {"additionalProperties", false}};
    auto properties = Json::object();
    auto required = Json::array(), conditions = Json::array();
    for (const auto* row : format_.rows_of(path)) {
      properties[std::string(row->key)] = key(*row);
      if (!row->only_if.key.empty()) {
        conditions.push_back(condition(*row));
      } else if (row->need == Need::required) {
        required.push_back(row->key);
      }
    }
    out["properties"] = std::move(properties);
    if (!required.empty()) out["required"] = std::move(required);
    if (!conditions.empty()) out["allOf"] = std::move(conditions);
    return out;
  }

 private:
  Json key(const KeyRow& row) const {
    Json out = {{"description", description(row)}};
    out.update(shape(row));
    if (!row.fallback.empty()) out["default"] = value_of(row.fallback);
    if (!row.example.empty()) out["examples"] = Json::array({value_of(row.example)});
    return out;
  }

  Json shape(const KeyRow& row) const {
    const auto path = joined_path(row.table, row.key);
    switch (row.type) {
      case KeyType::text: return text_schema(row);
      case KeyType::texts: return texts_schema(row);
      case KeyType::integer:
        return {{"type", "integer"}, {"minimum", row.least}, {"maximum", row.most}};
      case KeyType::boolean: return {{"type", "boolean"}};
      case KeyType::duration: return {{"type", "string"}, {"pattern", "^[0-9]+(ms|s|m|h|d)$"}};
      case KeyType::size: return {{"type", "string"}, {"pattern", "^[0-9]+(B|KiB|MiB|GiB)$"}};
      case KeyType::value: return Json::object();
      case KeyType::table: return table(path);
      case KeyType::tables: {
        Json out = {{"type", "array"}, {"maxItems", row.most}, {"items", table(path)}};
        if (row.need == Need::required) out["minItems"] = 1;
        return out;
      }
    }
    return Json::object();
  }

  // Where the neighbour has another value the key may not be there.
  Json condition(const KeyRow& row) const {
    const auto* decides = format_.row(row.table, row.only_if.key);
    TENON_ASSERT(decides != nullptr);
    Json when = {
        {"properties", {{std::string(row.only_if.key), {{"enum", words_of(row.only_if.values)}}}}}};
    // An absent neighbour counts as having its default.
    const auto values = words_of(row.only_if.values);
    const auto fallback = decides->fallback.empty() ? Json() : value_of(decides->fallback);
    const bool absent_fits = std::any_of(values.begin(), values.end(),
                                         [&](const auto& value) { return fallback == value; });
    if (!absent_fits) when["required"] = Json::array({row.only_if.key});
    Json out = {{"if", std::move(when)}};
    if (row.need == Need::required) out["then"] = {{"required", Json::array({row.key})}};
    out["else"] = {{"properties", {{std::string(row.key), false}}}};
    return out;
  }

  const Format& format_;
};

}  // namespace

std::string json_schema_text(const Format& format) {
  Json out = {{"$schema", "http://json-schema.org/draft-07/schema#"},
              {"title", "Tenon " + std::string(format.what)},
              {"$comment", "Made by `tenon " + std::string(format.what) +
                               " schema` from the table of keys that the parser reads."}};
  out.update(Maker(format).table(""));
  return out.dump(2) + "\n";
}

}  // namespace tenon::manifest
