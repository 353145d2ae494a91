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

void ask(const Call& call, Letters& letters, Step& step) {
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
  Request request("target", "POST", "");
  request.idempotent().covers(covers).idempotency_key(call.idempotency()).json(std::move(body));
  step.send(request);
  step.suspend(letters);
}

}  // namespace

void send_batch(const Call& call, Step& step) {
  Letters letters(call.state());
  if (call.step() == 0) {
    letters.clear();
    ask(call, letters, step);
    if (letters.find(kReadable) != Letters::npos) return;
  }
  if (letters.size() != call.records().size() || letters.find_first_not_of("ru") != Letters::npos) {
    throw bad_input("state: wanted r or u for each record");
  }
  for (const Record record : call.records()) {
    if (letters[record.index()] == kUnreadable) step.end(record.index(), unreadable());
  }
  const auto sent = std::count(letters.begin(), letters.end(), kReadable);
  if (sent == 0) return;
  if (call.responses().size() != 1) throw bad_input("responses: wanted one to our one request");
  const Response response = call.responses()[0];
  give_hints(response, call.now_ms(), step);
  const Outcome outcome = outcome_of(response, call.now_ms(), sent > 1);
  for (const Record record : call.records()) {
    if (letters[record.index()] == kReadable) step.end(record.index(), outcome);
  }
}

}  // namespace webhook
