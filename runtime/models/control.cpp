// One function per page; a table says which.
#include "models/control.hpp"

#include <charconv>

#include "sdk/testkit/model_json.hpp"

namespace tenon::models {
namespace {

using nlohmann::json;
using testkit::json_reply;
using testkit::ModelReply;
using testkit::ModelRequest;
using testkit::reply_with;

ModelReply failed(std::uint32_t status, const std::string& why) {
  return reply_with(status, json{{"error", why}});
}

ModelReply done(const Result<void>& result) {
  return result ? json_reply(200, "{}") : failed(400, result.error().text());
}

json fault_counts(const testkit::FaultyModel& faults) {
  json out = json::object();
  for (std::size_t i = 1; i < testkit::kFaults; ++i) {
    const auto fault = static_cast<testkit::Fault>(i);
    if (faults.count(fault) > 0) out[std::string(name_of(fault))] = faults.count(fault);
  }
  return out;
}

ModelReply state(ServedModel& model, ModelJournal& journal, const ModelRequest&) {
  json out = journal.counts();
  out["name"] = model.name();
  out["seed"] = model.seed();
  out["faults"] = text_of(model.faults().faults());
  json own = json::parse(model.state(), nullptr, false);
  out["model"] = own.is_discarded() ? json(nullptr) : std::move(own);
  return reply_with(200, out);
}

ModelReply entries(ServedModel&, ModelJournal& journal, const ModelRequest&) {
  return json_reply(200, journal.entries());
}

ModelReply faults(ServedModel& model, ModelJournal&, const ModelRequest&) {
  return reply_with(200, json{{"faults", text_of(model.faults().faults())},
                              {"counts", fault_counts(model.faults())},
                              {"over_limits", model.faults().over_limits()}});
}

ModelReply set_faults(ServedModel& model, ModelJournal& journal, const ModelRequest& request) {
  const auto set = model.set_faults(request.body);
  return set ? faults(model, journal, request) : failed(400, set.error().text());
}

ModelReply set_seed(ServedModel& model, ModelJournal&, const ModelRequest& request) {
  const std::string& text = request.body;
  std::uint64_t seed = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (bad != std::errc() || end != text.data() + text.size()) {
    return failed(400, "seed: wanted a whole number from 0 to 2^64-1");
  }
  model.set_seed(seed);
  return json_reply(200, "{}");
}

ModelReply set_options(ServedModel& model, ModelJournal&, const ModelRequest& request) {
  return done(model.set_options(request.body));
}

ModelReply script(ServedModel&, ModelJournal& journal, const ModelRequest& request) {
  return done(journal.script(request.body));
}

ModelReply reset(ServedModel& model, ModelJournal& journal, const ModelRequest&) {
  model.reset();
  journal = {};
  return json_reply(200, "{}");
}

ModelReply dev(ServedModel& model, ModelJournal&, const ModelRequest&) {
  const auto setup = model.dev();
  json secrets = json::object();
  for (const auto& [name, value] : setup.secrets) secrets[name] = value;
  return reply_with(200, json{{"workspace", setup.workspace}, {"secrets", secrets}});
}

struct Page {
  std::string_view method, name;
  ModelReply (*answer)(ServedModel&, ModelJournal&, const ModelRequest&);
};
constexpr Page kPages[] = {
    {"GET", "state", state},       {"GET", "journal", entries}, {"GET", "faults", faults},
    {"PUT", "faults", set_faults}, {"PUT", "seed", set_seed},   {"POST", "options", set_options},
    {"POST", "script", script},    {"POST", "reset", reset},    {"GET", "dev", dev}};

}  // namespace

ModelReply control(ServedModel& model, ModelJournal& journal, const ModelRequest& request) {
  const std::string_view name = std::string_view(request.path).substr(kControlPrefix.size());
  std::string methods, names;
  for (const Page& page : kPages) {
    names += (names.empty() ? "" : ", ") + std::string(page.method) + " " + std::string(page.name);
    if (page.name != name) continue;
    if (page.method == request.method) return page.answer(model, journal, request);
    methods += (methods.empty() ? "" : " or ") + std::string(page.method);
  }
  if (methods.empty()) return failed(404, "no such page of a model; there are " + names);
  return failed(405, "wanted " + methods + ", found " + request.method);
}

}  // namespace tenon::models
