// Replies made worse, and what a call made of them: shared by the cases about hostile vendors.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "conformance/case.hpp"

namespace tenon::conformance {

// An answer of HTTP with a status from 200 to 299.
bool is_yes(const testkit::ReplyIn& reply);
// The records that count as done: ACCEPTED or DUPLICATE.
std::set<std::uint32_t> accepted(const testkit::CallOut& out);
// What the request at that place covered; none if there is no such request.
std::set<std::uint32_t> covered(const testkit::CallOut& out, std::size_t step, std::size_t index);
// Every record that a request of the call covered.
std::set<std::uint32_t> covered(const testkit::CallOut& out);

// Runs a golden on an instance of its own, the one reply changed.
testkit::CallOut run_changed(Subject& subject, const testkit::Golden& golden, std::size_t step,
                             std::size_t index,
                             const std::function<void(testkit::ReplyIn&)>& change);

// Calls `visit` for each positive reply in the goldens, with the outcome of the golden as it is.
using Visit = std::function<void(const testkit::Golden&, const testkit::CallOut&, std::size_t step,
                                 std::size_t index)>;
void each_success(Subject& subject, const Visit& visit);

// Every array of objects in the reply that may be a list of results: the body itself, or below
// objects alone. An array inside of another's items tells about one item.
using VisitList = std::function<void(const testkit::Json::json_pointer& place,
                                     const std::string& name, std::size_t size)>;
void each_list(const testkit::Json& body, const VisitList& visit);

struct Corruption {
  const char* name;
  bool of_body;  // pointless where a vendor's body means nothing
  void (*apply)(testkit::ReplyIn&);
};
// What proxies, overload and broken lines make of an answer; no proof of anything is left in it.
const std::vector<Corruption>& corruptions();
// Bodies of 200 that say no, as vendors do.
const std::vector<std::string>& errors_inside();

}  // namespace tenon::conformance
