// Expectation: pushes in the shape of a golden's file, compared with it.
#include "testkit/expectation.hpp"

#include <algorithm>
#include <set>

#include "testkit/shape.hpp"

namespace tenon::testkit {
namespace {

// One entry of the file beside one push. A request that is not written yet differs by itself.
void compare_entry(const Json& wanted, const Json& found, const std::string& path,
                   Differences& out) {
  if (wanted.is_null()) {
    out.push_back({path, std::nullopt, written(found), "not written yet: --update does"});
  } else {
    compare_named(wanted, found, path, out);
  }
}

void compare_entries(const Json& wanted, const Json& found, const std::string& path,
                     Differences& out) {
  for (std::size_t i = 0; i < std::max(wanted.size(), found.size()); ++i) {
    const std::string place = below(path, i);
    if (i >= wanted.size()) {
      out.push_back({place, std::nullopt, written(found[i]), ""});
    } else if (i >= found.size()) {
      out.push_back({place, wanted[i], std::nullopt, ""});
    } else {
      compare_entry(wanted[i], found[i], place, out);
    }
  }
}

void compare_request(const Json& wanted, const RequestOut& request, const std::string& path,
                     Differences& out) {
  const Json canonical = with_objects(wanted);
  const Json found = shape_of(request);
  const std::size_t before = out.size();
  compare_entry(canonical, found, path, out);
  if (out.size() == before && canonical.contains("json") &&
      canonical["json"].dump() != request.body) {
    out.push_back({below(path, "json"), canonical["json"].dump(), request.body,
                   "the same value, written with other bytes"});
  }
}

void compare_steps(const Golden& golden, const CallOut& out, Differences& found) {
  for (std::size_t s = 0; s < std::max(golden.steps.size(), out.steps.size()); ++s) {
    const std::size_t wanted = s < golden.steps.size() ? golden.steps[s].size() : 0;
    const std::size_t asked = s < out.steps.size() ? out.steps[s].requests.size() : 0;
    for (std::size_t i = 0; i < std::max(wanted, asked); ++i) {
      const std::string path = below(below(below("/steps", s), i), "request");
      if (i >= asked) {
        found.push_back({path, golden.steps[s][i].request, std::nullopt, "no such request"});
      } else if (i >= wanted) {
        found.push_back({path, std::nullopt, written(shape_of(out.steps[s].requests[i])),
                         "one request more, and no reply for it"});
      } else {
        compare_request(golden.steps[s][i].request, out.steps[s].requests[i], path, found);
      }
    }
  }
}

void compare_reply(const Json& wanted, const Json& found, Differences& out) {
  if (wanted.is_null() && found.is_null()) return;
  if (wanted.is_null() || found.is_null()) {
    const auto there = [](const Json& json) {
      return json.is_null() ? std::nullopt : std::optional(written(json));
    };
    out.push_back({"/reply", there(wanted), there(found), ""});
    return;
  }
  compare_named(wanted, found, "/reply", out);
}

}  // namespace

Differences differences(const Golden& golden, const CallOut& out) {
  Differences found;
  for (const std::string& violation : out.violations()) {
    found.push_back({"", std::nullopt, std::nullopt, "breaks the contract: " + violation});
  }
  const std::string status(status_name(out.status()));
  if (status != golden.status) found.push_back({"/status", golden.status, status, ""});
  const std::string explain = out.steps.empty() ? "" : out.steps.back().explain;
  if (explain.find(golden.explain) == std::string::npos) {
    found.push_back({"/explain", golden.explain, explain, "a part of the text is enough"});
  }
  compare_steps(golden, out, found);
  const Pushes pushes = pushes_of(out);
  compare_entries(golden.outcomes, pushes.outcomes, "/outcomes", found);
  compare_entries(golden.emits, pushes.emits, "/emits", found);
  compare_entries(golden.checkpoints, pushes.checkpoints, "/checkpoints", found);
  compare_reply(golden.reply, pushes.reply, found);
  compare_entries(golden.hints, pushes.hints, "/hints", found);
  compare(golden.delays_ms, pushes.delays_ms, "/delays_ms", found);
  return found;
}

}  // namespace tenon::testkit
