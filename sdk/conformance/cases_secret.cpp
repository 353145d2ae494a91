// Cases about credentials and personal data: where they may be seen, and where never.
#include <algorithm>
#include <map>
#include <set>

#include "conformance/batch.hpp"
#include "conformance/replies.hpp"

namespace tenon::conformance {
namespace {

using testkit::CallOut;
using testkit::Golden;
using testkit::Instance;
using testkit::Json;
using testkit::ReplyIn;

struct Seen {
  std::string place, text;
};

void add_sent(const testkit::RequestOut& request, const std::string& at, std::vector<Seen>& seen) {
  seen.push_back({at + ".path", request.path});
  seen.push_back({at + ".idempotency_key", request.idempotency_key});
  seen.push_back({at + ".body", request.body});
  for (const auto& [name, value] : request.query) seen.push_back({at + ".query." + name, value});
  for (const auto& [name, value] : request.headers) seen.push_back({at + ".header." + name, value});
}

// All that people and other calls get to see, and that is no request.
std::vector<Seen> told_by(const CallOut& out, const Instance& instance) {
  std::vector<Seen> seen;
  for (std::size_t s = 0; s < out.steps.size(); ++s) {
    const auto& step = out.steps[s];
    const std::string at = "step " + std::to_string(s) + ": ";
    seen.push_back({at + "explain", step.explain});
    for (const auto& outcome : step.outcomes) {
      const std::string of = at + "outcome " + std::to_string(outcome.index);
      seen.push_back({of + ".detail", outcome.detail});
      seen.push_back({of + ".vendor_code", outcome.vendor_code});
    }
    for (const auto& hint : step.hints) seen.push_back({at + "hint.name", hint.name});
  }
  for (const std::string& line : instance.log()) seen.push_back({"log", line});
  return seen;
}

void none_of(const std::vector<Seen>& seen, const std::string& canary, const std::string& told) {
  for (const Seen& one : seen) {
    if (one.text.find(canary) == std::string::npos) continue;
    fail(told + " was found in " + one.place + ": " + one.text.substr(0, 200));
  }
}

// ---- Secrets -----------------------------------------------------------------------------------

constexpr const char* kSecret = "tnn-canary-5e1f0b7c29";

// As a vendor's debug page has it: in a header, and in a member that nobody asked for.
void echo_secret(ReplyIn& reply) {
  if (reply.got != TENON_GOT_HTTP) return;
  const std::string bearer = std::string("Bearer ") + kSecret;
  for (const char* name : {"set-cookie", "authorization", "x-request-authorization"}) {
    reply.headers.emplace_back(name, bearer);
  }
  Json body = Json::parse(reply.body, nullptr, false);
  if (body.is_object()) {
    body["request"] = {{"headers", {{"authorization", bearer}}}};
    reply.body = body.dump();
  } else if (body.is_discarded()) {
    reply.body += "\n<!-- authorization: " + bearer + " -->";
  }
}

void secret_echo(Subject& subject) {
  for (const Golden& golden : subject.goldens()) {
    const auto instance = subject.instance(golden.settings);
    const CallOut out = run_golden(
        *instance, golden, [](std::size_t, std::size_t, ReplyIn& reply) { echo_secret(reply); });
    auto seen = told_by(out, *instance);
    for (std::size_t s = 0; s < out.steps.size(); ++s) {
      const std::string at = "step " + std::to_string(s) + ": ";
      seen.push_back({at + "state", out.steps[s].state});
      for (const auto& outcome : out.steps[s].outcomes) {
        seen.push_back({at + "vendor_ref", outcome.vendor_ref});
      }
      for (const auto& emit : out.steps[s].emits) {
        seen.push_back({at + "emit.id", emit.id});
        seen.push_back({at + "emit.body", emit.body});
      }
      for (const auto& request : out.steps[s].requests) add_sent(request, at + "request", seen);
    }
    none_of(seen, kSecret, golden.name + ": a credential that the vendor echoed beside its answer");
  }
}

void markers(Subject& subject) {
  std::vector<std::string> slots = subject.facts().slots;
  slots.push_back("token");
  each_batch(subject, [&](const Golden& golden, const CallOut& whole) {
    for (const std::string& slot : slots) {
      for (const std::string& marker :
           {"{{" + slot + "}}", "${" + slot + "}", "${secret:" + slot + "}", "<" + slot + ">",
            "%" + slot + "%", "secret://" + slot}) {
        Golden marked = golden;
        for (auto& record : marked.call.records) {
          Json body = Json::parse(record.body, nullptr, false);
          if (!body.is_object()) continue;
          for (auto& [name, value] : body.items()) {
            if (value.is_string()) value = marker + value.get<std::string>();
          }
          record.body = body.dump();
        }
        const auto instance = subject.instance(golden.settings);
        const CallOut out = run_golden(*instance, marked);
        for (std::size_t s = 0; s < std::min(out.steps.size(), whole.steps.size()); ++s) {
          std::size_t found = 0, wanted = 0;
          for (const auto& request : out.steps[s].requests) found += request.secrets.size();
          for (const auto& request : whole.steps[s].requests) wanted += request.secrets.size();
          if (found <= wanted) continue;
          fail(golden.name + ": the text " + marker + " in a record made the connector ask for " +
               std::to_string(found - wanted) +
               " more credentials to be put in; say by place and "
               "offset where one belongs, and never look for marks in text");
        }
      }
    }
  });
}

// ---- Personal data -----------------------------------------------------------------------------

// Another value of the same form, which nothing else contains.
std::string canary_like(const std::string& value, std::size_t number) {
  const std::string mark = "qx" + std::to_string(70'000 + number) + "zv";
  if (value.find('@') != std::string::npos) return mark + "@canary.example";
  const bool digits = !value.empty() && value[0] == '+' &&
                      value.find_first_not_of("+0123456789 ()-./") == std::string::npos;
  return digits ? "+15558" + std::to_string(700'000 + number) : mark;
}

struct Canaries {
  Golden golden;
  std::map<std::string, std::string> fields;   // canary -> field
  std::map<std::string, std::string> instead;  // what it stands for -> canary
};

// Every text of every record becomes a canary; so does each declared field that is not there, and
// one that nobody has declared. Replies that speak of a value speak of its canary.
Canaries with_canaries(const Golden& golden, const ManifestFacts::Action& action) {
  Canaries made{golden, {}, {}};
  std::size_t number = 0;
  for (auto& record : made.golden.call.records) {
    Json body = Json::parse(record.body, nullptr, false);
    if (!body.is_object()) continue;
    for (const auto& list : {action.required_fields, action.optional_fields, {"/undeclared"}}) {
      for (const std::string& field : list) {
        const std::string name = member_of(field);
        if (!name.empty() && !body.contains(name)) body[name] = "";
      }
    }
    for (auto& [name, value] : body.items()) {
      if (!value.is_string()) continue;
      const std::string old = value.get<std::string>();
      const std::string canary = canary_like(old, number++);
      made.fields[canary] = name;
      if (old.size() >= 3) made.instead.emplace(old, canary);
      value = canary;
    }
    record.body = body.dump();
  }
  return made;
}

void speak_of_canaries(const Canaries& canaries, ReplyIn& reply) {
  for (const auto& [old, canary] : canaries.instead) {
    for (std::size_t at = reply.body.find('"' + old + '"'); at != std::string::npos;
         at = reply.body.find('"' + old + '"', at + canary.size())) {
      reply.body.replace(at + 1, old.size(), canary);
    }
  }
}

CallOut run_canaries(const Instance& instance, const Canaries& canaries) {
  return run_golden(instance, canaries.golden, [&](std::size_t, std::size_t, ReplyIn& reply) {
    speak_of_canaries(canaries, reply);
  });
}

using VisitCanaries = std::function<void(const ManifestFacts::Action&, const Canaries&,
                                         const Instance&, const CallOut&)>;
void each_canaries(Subject& subject, const VisitCanaries& visit) {
  bool any = false;
  for (const auto& action : subject.facts().actions) {
    for (const Golden& golden : subject.goldens()) {
      if (golden.call.op != TENON_OP_DELIVER || golden.call.action != action.name) continue;
      any = true;
      const Canaries canaries = with_canaries(golden, action);
      const auto instance = subject.instance(golden.settings);
      visit(action, canaries, *instance, run_canaries(*instance, canaries));
    }
  }
  if (!any) throw Skip{"no golden delivers"};
}

void pii_declared(Subject& subject) {
  std::map<std::string, std::set<std::string>> seen_of;
  each_canaries(subject, [&](const auto& action, const Canaries& canaries, const Instance&,
                             const CallOut& out) {
    std::vector<Seen> sent;
    for (const auto& step : out.steps) {
      for (const auto& request : step.requests) add_sent(request, "request", sent);
    }
    for (const auto& [canary, field] : canaries.fields) {
      for (const Seen& one : sent) {
        if (one.text.find(canary) != std::string::npos) seen_of[action.name].insert(field);
      }
    }
  });
  for (const auto& action : subject.facts().actions) {
    std::set<std::string> declared;
    for (const auto& list : {action.required_fields, action.optional_fields}) {
      for (const std::string& field : list) declared.insert(member_of(field));
    }
    declared.erase("");
    const auto& seen = seen_of[action.name];
    for (const std::string& field : declared) {
      if (seen.count(field) != 0) continue;
      fail("action " + action.name + ": field /" + field +
           ": the manifest says that it is sent, and no golden sends it; take it out of the "
           "manifest, or write a golden in which it goes out");
    }
    for (const std::string& field : seen) {
      if (action.open_fields || declared.count(field) != 0) continue;
      fail("action " + action.name + ": field /" + field +
           ": it is sent, and the manifest does not say so; declare it, or leave it out");
    }
  }
}

void pii_kept_out(Subject& subject) {
  each_canaries(subject, [&](const auto&, const Canaries& canaries, const Instance& instance,
                             const CallOut& out) {
    auto seen = told_by(out, instance);
    for (std::size_t s = 0; s < out.steps.size(); ++s) {
      for (const auto& request : out.steps[s].requests) {
        const std::string at = "step " + std::to_string(s) + ": request";
        seen.push_back({at + ".path", request.path});
        seen.push_back({at + ".idempotency_key", request.idempotency_key});
      }
    }
    for (const auto& [canary, field] : canaries.fields) {
      none_of(seen, canary, canaries.golden.name + ": the value of field /" + field);
    }
  });
}

}  // namespace

std::vector<Case> secret_cases() {
  return {
      {"secrets.markers", "text in a record never asks for a credential", markers,
       "whoever may send an event would get the credential put where he likes"},
      {"secrets.echo", "what the vendor echoes beside its answer goes nowhere", secret_echo,
       "a credential in a log, a detail or a state is read by people who may not have it"},
      {"pii.declared", "the fields that go out are those that the manifest declares", pii_declared,
       "an operator agrees to what the manifest says, and to nothing more"},
      {"pii.kept_out", "no value of a record in details, logs, paths and keys", pii_kept_out,
       "those are kept, shown and put into tickets, for longer than personal data may be"},
  };
}

}  // namespace tenon::conformance
