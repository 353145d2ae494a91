// send_batch: the records go out as one array, and share the fate of the one request.
#include <algorithm>
#include <string>
#include <vector>

#include "webhook.hpp"

namespace webhook {
namespace {

constexpr char kReadable = 'r', kUnreadable = 'u';

// One letter per record says whether it went into the array. Kept as the call's state, so that the
// second step need not read the records again.
using Letters = std::string;

void ask(const Call& call, Letters& letters, DeliverStep& step) {
  std::string body = "[";
  std::vector<std::uint32_t> covers;
  for (const Record record : call.records()) {
    const auto one = minified(record.body());
    letters += one ? kReadable : kUnreadable;
    if (!one) continue;
    if (!covers.empty()) body += ',';
    body += *one;
    covers.push_back(record.index());
  }
  body += ']';
  if (covers.empty()) return;
  Request request = Request::post("target", "");
  step.send(request.carries(call, std::move(covers)).idempotent().json(std::move(body)));
}

// The letters of the first step, or a refusal of a state that is not ours.
Letters letters_of(const Call& call) {
  Letters letters(call.state());
  if (letters.size() != call.records().size() || letters.find_first_not_of("ru") != Letters::npos) {
    throw bad_input("state: wanted r or u for each record");
  }
  return letters;
}

}  // namespace

Next send_batch(const Call& call, DeliverStep& step) {
  Letters letters;
  if (call.step() == 0) {
    ask(call, letters, step);
    if (letters.find(kReadable) != Letters::npos) return step.suspend(letters);
  } else {
    letters = letters_of(call);
  }
  const auto sent = std::count(letters.begin(), letters.end(), kReadable);
  Outcome of_sent;
  if (sent != 0) {
    const Response response = call.only_response();
    give_hints(response, call.now_ms(), step);
    of_sent = outcome_of(response, call.now_ms(), sent > 1);
  }
  return step.end_each(call.records(), [&](const Record& record) {
    return letters[record.index()] == kReadable ? of_sent : unreadable();
  });
}

}  // namespace webhook
