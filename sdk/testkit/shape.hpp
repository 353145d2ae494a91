// Shape: pushes as the entries of a golden's file.
#pragma once

#include "testkit/transcript.hpp"

namespace tenon::testkit {

// With every member that can be said: headers and query as objects where no name stands twice, the
// body as `body`, and as `json` too if it is minified JSON.
Json shape_of(const RequestOut& request);
// A request as a file has it, with headers and query as objects where they can be.
Json with_objects(Json request);

// All pushes of a call but its requests. Checkpoints count the emits of the whole call.
struct Pushes {
  Json outcomes = Json::array(), emits = Json::array(), checkpoints = Json::array(),
       hints = Json::array();
  Json delays_ms = Json::array();  // one per suspend; empty if none holds the requests back
  Json reply;                      // null: none
};
Pushes pushes_of(const CallOut& out);

// An entry as it goes into a file: `json` instead of `body` where both are, and nothing that is as
// it is without a word.
Json written(Json entry);

}  // namespace tenon::testkit
