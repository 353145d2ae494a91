// Is what a connector pushes readable at all? Asked before any of it is copied.
#pragma once

#include <string>

#include "tenon/tenon.h"

namespace tenon::testkit {

// What is wrong with the memory of a push, as the host would say it: the field, wanted, found.
// Empty if nothing is. Sizes are those of minor 0, so that connectors of every minor are
// understood.
std::string wrong_in_push(const tenon_request* request);
std::string wrong_in_push(const tenon_outcome* outcome);
std::string wrong_in_push(const tenon_emit* emit);
std::string wrong_in_push(const tenon_hint* hint);
// Of a text by itself: the cursor of a checkpoint, the state of a suspend.
std::string wrong_in_push(const char* push, const char* field, tenon_str text);

}  // namespace tenon::testkit
