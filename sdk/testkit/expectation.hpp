// Expectation: what a golden wants, beside what its call gave; and the golden made anew from that.
#pragma once

#include <string>

#include "testkit/diff.hpp"
#include "testkit/golden.hpp"

namespace tenon::testkit {

// All differences between what happened and what the golden wants; empty: it holds. Paths are those
// of the golden's file.
Differences differences(const Golden& golden, const CallOut& out);

// The text of the golden's file with what happened as what is wanted. Always in the same order and
// form. What held stays as it was written; what did not is written with all its members.
std::string updated(const Golden& golden, const CallOut& out);

// Runs the golden and writes its file anew if its text changes; `changed` says in words what did,
// and is empty if nothing did. False: not written, and `error` says why.
bool update_golden(const Instance& instance, const Golden& golden, std::string& changed,
                   std::string& error);

}  // namespace tenon::testkit
