// What a request may hold, whatever the manifest says: the host refuses the rest before it is sent.
#pragma once

#include <cstdint>
#include <string>

#include "testkit/values.hpp"

namespace tenon::testkit {

// Why the host would not send the request of a call with so many records, with the words of this
// kit; empty if it would.
std::string wrong_in(const RequestOut& request, std::uint32_t records);

}  // namespace tenon::testkit
