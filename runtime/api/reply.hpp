// Replies and bodies: small helpers that the admin handlers share.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "api/problem.hpp"
#include "audit/trace.hpp"
#include "base/time.hpp"
#include "ports/http_handler.hpp"

namespace tenon {

HttpResponse json_response(const nlohmann::json& body);
// The error as a problem of the request's path.
HttpResponse refused(const Error& error, const HttpHead& head);
// False: there is a problem, and `response` tells it.
bool fine(const std::optional<Problem>& problem, const HttpHead& head, HttpResponse& response);

// A JSON request body: an object whose members must all be known. Like Query it remembers the first
// fault.
class Body {
 public:
  // `known`: space-separated member names. An empty body is an empty object.
  static Body parse(const std::string& text, std::string_view known);

  bool has(const char* name) const { return value_.contains(name); }
  std::string text(const char* name);  // "" where it is not given
  bool flag(const char* name);         // false where it is not given
  Time time(const char* name);         // zero where it is not given
  std::uint64_t number(const char* name, std::uint64_t fallback, std::uint64_t least,
                       std::uint64_t most);
  std::optional<DeliveryState> state(const char* name);
  // The fault of a member, to be given to `fault`.
  Problem bad(const char* name, std::string_view wanted, std::string_view found) const;
  const nlohmann::json& value() const { return value_; }
  // A member that is an object, as a Body of its own; a fault in it must be taken over by `fault`.
  Body object(const char* name, std::string_view known);

  void fault(Problem problem);
  const std::optional<Problem>& problem() const { return problem_; }

 private:
  static Body of(nlohmann::json value, std::string place, std::string_view known);
  nlohmann::json value_ = nlohmann::json::object();
  std::string place_;
  std::optional<Problem> problem_;
};

}  // namespace tenon
