// Problems: errors as RFC 9457 bodies with stable types.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "ports/http_handler.hpp"

namespace tenon {

// The type is "urn:tenon:problem:" and a stable word, one per ErrorKind and one for each mistake
// that only HTTP can make; README.md lists them.
struct Problem {
  std::uint32_t status = 400;
  std::string type;                 // the word
  std::string title;                // the same for all problems of the type
  std::string detail;               // what was wanted and found
  std::string place;                // where: a parameter, a pointer, a file and line; "" = none
  std::uint32_t retry_after_s = 0;  // 0 = none
  std::vector<Error> errors;        // of config-invalid: every fault
};

Problem problem_of(const Error& error);
Problem unknown_route(std::string_view path);
Problem wrong_method(std::string_view method, std::string_view allowed);
Problem unknown_parameter(std::string_view name, std::string_view known);
Problem bad_parameter(std::string_view name, std::string_view wanted, std::string_view found);
Problem bad_body(std::string_view pointer, std::string_view wanted, std::string_view found);
Problem body_too_large(std::uint64_t limit);
Problem forbidden(std::string_view detail);
Problem no_token(std::string_view detail);
Problem scope_missing(std::string_view scope);
Problem too_many_requests(std::uint32_t retry_after_s);
Problem config_invalid(std::vector<Error> errors);

// `path` of the request becomes `instance`. `limited` and the like carry Retry-After in seconds.
HttpResponse response_of(const Problem& problem, std::string_view path);

}  // namespace tenon
