// The call stands in a bundle as in a capture, so that both are read alike.
#include "cli/bundle.hpp"

#include <nlohmann/json.hpp>

#include "event/json.hpp"
#include "ports/captured_call_json.hpp"

namespace tenon::cli {
namespace {

constexpr int kBundleDepth = 12;

Result<CallBundle> read_bundle(JsonView top) {
  CallBundle out;
  std::optional<Error> fault;
  std::string call;
  top.each_member([&](std::string_view name, JsonView value) {
    const auto text = value.as_string();
    if (name == "tenon_bundle" && value.as_int() == 1) return true;
    if (name == "release" && text) return true;  // that of the call counts
    if (name == "digest" && text) {
      out.digest = *text;
    } else if (name == "manifest" && text) {
      out.manifest = *text;
    } else if (name == "call" && value.is(JsonKind::object)) {
      call = value.to_json();
    } else if (name == "redacted" && value.is(JsonKind::array)) {
      value.each_item([&](JsonView item) {
        if (const auto pointer = item.as_string()) out.redacted.emplace_back(*pointer);
        return true;
      });
    } else {
      fault = invalid("wanted a member of a bundle of version 1, found another one",
                      std::string(name.substr(0, 60)));
    }
    return !fault;
  });
  if (fault) return *std::move(fault);
  auto read = captured_call_of(call.empty() ? "{}" : call);
  if (!read) return std::move(read).error().in("call");
  out.call = std::move(*read);
  return out;
}

}  // namespace

std::string to_json_text(const CallBundle& bundle) {
  JsonWriter out;
  out.begin_object().key("tenon_bundle").number(1);
  out.key("release").string(bundle.call.release);
  if (!bundle.digest.empty()) out.key("digest").string(bundle.digest);
  if (!bundle.redacted.empty()) {
    out.key("redacted").begin_array();
    for (const auto& pointer : bundle.redacted) out.string(pointer);
    out.end_array();
  }
  if (!bundle.manifest.empty()) out.key("manifest").string(bundle.manifest);
  out.key("call").json(to_json_line(bundle.call)).end_object();
  return std::move(out).take() + "\n";
}

Result<CallBundle> bundle_of(std::string_view text) {
  JsonParser parser;
  const auto top = parser.parse(text, kBundleDepth);
  if (!top) return invalid("wanted one value of JSON: " + top.error().text());
  if (top->is(JsonKind::object) && top->member("tenon_bundle")) return read_bundle(*top);
  CallBundle out;
  TENON_TRY_AS(out.call, captured_call_of(text));
  return out;
}

}  // namespace tenon::cli
