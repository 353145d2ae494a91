// Node: the reading and the words for what is wrong.
#include "testkit/node.hpp"

#include <fstream>
#include <sstream>

#include <algorithm>

#include "testkit/diff.hpp"
#include "testkit/json_text.hpp"

namespace tenon::testkit {

void Node::wrong(const std::string& wanted, const std::string& found) const {
  throw Wrong{(path_.empty() ? "the file" : path_) + ": wanted " + wanted + ", found " + found};
}

void Node::only(std::initializer_list<std::string_view> names) const {
  if (!json_->is_object()) wrong("an object", json_->type_name());
  for (const auto& item : json_->items()) {
    if (std::find(names.begin(), names.end(), item.key()) != names.end()) continue;
    std::string known;
    for (const std::string_view name : names) {
      known += (known.empty() ? "" : ", ") + std::string(name);
    }
    throw Wrong{below(path_, item.key()) + ": no such member; wanted one of " + known};
  }
}

Node Node::at(const char* name) const {
  const auto found = json_->find(name);
  if (found == json_->end()) Node(*json_, below(path_, name)).wrong("a value", "nothing");
  return Node(*found, below(path_, name));
}

Node Node::at(const char* name, Json::value_t type) const {
  const auto found = json_->find(name);
  if (found == json_->end()) {
    Node(*json_, below(path_, name)).wrong(Json(type).type_name(), "nothing");
  }
  const Node node(*found, below(path_, name));
  if (found->type() != type) node.wrong(Json(type).type_name(), found->type_name());
  return node;
}

std::vector<Node> Node::items() const {
  if (!json_->is_array()) wrong("array", json_->type_name());
  std::vector<Node> nodes;
  for (const Json& item : *json_) nodes.emplace_back(item, below(path_, nodes.size()));
  return nodes;
}

std::string Node::as_text() const {
  if (!json_->is_string()) wrong("string", json_->type_name());
  return json_->get<std::string>();
}

std::string Node::text_or(const char* name, const std::string& otherwise) const {
  return has(name) ? text(name) : otherwise;
}

std::int64_t Node::number_or(const char* name, std::int64_t otherwise, std::int64_t least,
                             std::int64_t greatest) const {
  if (!has(name)) return otherwise;
  const Node node = at(name);
  const bool whole = node.json_->is_number_integer();
  const bool small = whole && (!node.json_->is_number_unsigned() ||
                               node.json_->get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
  if (!small || node.json_->get<std::int64_t>() < least ||
      node.json_->get<std::int64_t>() > greatest) {
    node.wrong("a whole number from " + std::to_string(least) + " to " + std::to_string(greatest),
               one_line(*node.json_));
  }
  return node.json_->get<std::int64_t>();
}

bool Node::flag(const char* name) const {
  return has(name) && at(name, Json::value_t::boolean).json_->get<bool>();
}

Pairs Node::pairs() const {
  Pairs pairs;
  if (json_->is_object()) {
    for (const auto& [key, value] : json_->items()) {
      pairs.emplace_back(key, Node(value, below(path_, key)).as_text());
    }
    return pairs;
  }
  for (const Node& item : items()) {
    const auto pair = item.items();
    if (pair.size() != 2) item.wrong("[name, value]", std::to_string(pair.size()) + " items");
    pairs.emplace_back(pair[0].as_text(), pair[1].as_text());
  }
  return pairs;
}

std::string Node::body() const {
  if (!has("json")) return text_or("body", "");
  if (has("body")) wrong("json or body", "both");
  return at("json").json().dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool read_json_file(const std::string& file, std::string& error,
                    const std::function<void(const Json& json)>& read) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) {
    error = file + ": cannot be read";
    return false;
  }
  try {
    read(Json::parse(text.str()));
    return true;
  } catch (const Json::exception& wrong) {
    error = file + ": not JSON: " + wrong.what();
  } catch (const Wrong& wrong) {
    error = file + ": " + wrong.what;
  }
  return false;
}

}  // namespace tenon::testkit
