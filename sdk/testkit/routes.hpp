// Routes: a vendor's API as a table of methods, paths and the members of the model that answer.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "testkit/model.hpp"

namespace tenon::testkit {

// A request on its way to the member that answers it.
struct ModelCall {
  const ModelRequest& request;
  std::int64_t now_ms = 0;
  std::uint64_t random = 0;
  std::map<std::string, std::string> path;  // "{id}" of the pattern: path["id"], as on the wire

  // The first value of that name in the query, as on the wire; "" if there is none.
  std::string query(std::string_view name) const {
    std::string_view rest = request.query;
    while (!rest.empty()) {
      const auto end = rest.find('&');
      const std::string_view pair = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
      const auto equals = pair.find('=');
      if (pair.substr(0, equals) != name) continue;
      return equals == std::string_view::npos ? std::string()
                                              : std::string(pair.substr(equals + 1));
    }
    return {};
  }
};

// Does the path fit "/v1/contacts/{id}/notes"? A {name} is one segment that is not empty.
inline bool path_fits(std::string_view pattern, std::string_view path,
                      std::map<std::string, std::string>& values) {
  while (!pattern.empty() && !path.empty()) {
    if (pattern.front() != '{') {
      if (pattern.front() != path.front()) return false;
      pattern.remove_prefix(1);
      path.remove_prefix(1);
      continue;
    }
    const auto close = pattern.find('}');
    const std::string_view segment = path.substr(0, path.find('/'));
    if (close == std::string_view::npos || segment.empty()) return false;
    values[std::string(pattern.substr(1, close - 1))] = segment;
    pattern.remove_prefix(close + 1);
    path.remove_prefix(segment.size());
  }
  return pattern.empty() && path.empty();
}

// One table for all objects of the class: a copy of a model answers for itself.
template <typename Model>
class Routes {
 public:
  struct Row {
    std::string method, pattern;
    ModelReply (Model::*answer)(const ModelCall&);
  };
  Routes(std::initializer_list<Row> rows) : rows_(rows) {}

  // The answer of the first row that fits. Nothing: none does.
  std::optional<ModelReply> answer(Model& model, const ModelRequest& request, std::int64_t now_ms,
                                   std::uint64_t random) const {
    for (const Row& row : rows_) {
      if (row.method != request.method) continue;
      ModelCall call{request, now_ms, random, {}};
      if (path_fits(row.pattern, request.path, call.path)) return (model.*row.answer)(call);
    }
    return std::nullopt;
  }

 private:
  std::vector<Row> rows_;
};

}  // namespace tenon::testkit
