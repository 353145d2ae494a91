// Strange input on purpose: the same seed gives the same bytes.
#pragma once

#include <cstddef>
#include <random>
#include <string>

#include "testkit/values.hpp"

namespace tenon::conformance {

using Random = std::mt19937_64;

// Any bytes, at most `most` of them.
std::string noise(Random& random, std::size_t most);
// Mostly JSON, seldom what one expects.
std::string strange_json(Random& random);
// `text` with one to four changes: bytes, cuts, doubled parts, tokens from elsewhere, deep nesting.
std::string mutated(std::string text, Random& random);
// A body of JSON with one to three values changed for others of any kind, members gone, doubled or
// renamed; seldom a name twice, invalid UTF-8 or a number beyond all bounds, which JSON's own
// writers do not write. What is no JSON becomes some.
std::string mutated_grammar(std::string body, Random& random);
testkit::ReplyIn strange_reply(Random& random);
// `reply` with another body, status, header or fate.
testkit::ReplyIn mutated(testkit::ReplyIn reply, Random& random);

}  // namespace tenon::conformance
