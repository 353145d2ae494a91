// tenon vendor: look at and steer the models of vendors that tenon dev or tenon-vendor serves.
#include "cli/models.hpp"

#include "cli/dev_setup.hpp"
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::milliseconds kModelPatience{10'000};
constexpr const char* kShares[] = {"throttle",     "throttle-bare", "error",    "lost",
                                   "cut",          "hang",          "twice",    "noop",
                                   "error-in-200", "slow",          "max-body", "max-batch"};
constexpr const char* kRates[] = {"rate", "burst"};

struct ModelArguments {
  std::string folder = kDevFolder, url, name, text;
  std::uint64_t seed = 0;
  bool none = false;
  std::map<std::string, std::string> shares;
  std::map<std::string, std::vector<std::string>> rates;
};

// The address of the model that is meant.
Result<std::string> model_url(const ModelArguments& given) {
  if (!given.url.empty()) return given.url;
  TENON_TRY_AS(const auto place, read_dev_place(given.folder));
  const auto found = place.models.find(given.name);
  if (found != place.models.end()) return found->second;
  std::string known;
  for (const auto& [name, url] : place.models) known += (known.empty() ? "" : ", ") + name;
  return not_found("wanted one of the models that are served (" + known + "), found \"" +
                   clean(given.name, 60) + "\"");
}

int end_of(Session& session, const Error& error) {
  session.fail(error);
  return error.kind == ErrorKind::unavailable ? kUnreachable : kFailed;
}

// Asks one page; nothing, with exit_code set, if that fails.
std::optional<Json> ask(Session& session, const ModelArguments& given, const char* method,
                        const char* page, const std::string& body = {}) {
  const auto url = model_url(given);
  auto answer = url ? ask_model(*url, method, page, body) : Result<Json>(url.error());
  if (answer) return std::move(*answer);
  session.exit_code = end_of(session, answer.error());
  return std::nullopt;
}

int list(Session& session, const ModelArguments& given) {
  const auto place = read_dev_place(given.folder);
  if (!place) return end_of(session, place.error());
  Json all = Json::array();
  Table table;
  table.column("MODEL");
  table.column("ADDRESS");
  table.column("REQUESTS", Table::Align::right);
  table.column("SEED", Table::Align::right);
  table.column("FAULTS");
  for (const auto& [name, url] : place->models) {
    const auto state = ask_model(url, "GET", "state");
    if (!state) return end_of(session, state.error());
    all.push_back({{"name", name},
                   {"url", url},
                   {"requests", number_of(*state, "requests")},
                   {"seed", number_of(*state, "seed")},
                   {"faults", text_of(*state, "faults")}});
    table.row({clean(name, 60), clean(url, 60), std::to_string(number_of(*state, "requests")),
               std::to_string(number_of(*state, "seed")), clean(text_of(*state, "faults"), 200)});
  }
  return session.print({{"data", all}}, table.text(session.style));
}

int faults(Session& session, const ModelArguments& given) {
  std::vector<std::pair<std::string, std::string>> options;
  for (const char* name : kShares) {
    const auto found = given.shares.find(name);
    if (found != given.shares.end() && !found->second.empty()) options.emplace_back(*found);
  }
  for (const char* name : kRates) {
    const auto found = given.rates.find(name);
    if (found == given.rates.end()) continue;
    for (const auto& value : found->second) options.emplace_back(name, value);
  }
  const int ways = (options.empty() ? 0 : 1) + (given.none ? 1 : 0) + (given.text.empty() ? 0 : 1);
  if (ways > 1) return session.usage("wanted one of options, a text and --none, found several");
  const std::string text = given.none        ? "none"
                           : options.empty() ? given.text
                                             : faults_text(options);
  const auto answer = text.empty() ? ask(session, given, "GET", "faults")
                                   : ask(session, given, "PUT", "faults", text);
  if (!answer) return session.exit_code;
  std::string shown = text_of(*answer, "faults") + "\n";
  const Json counts = answer->value("counts", Json::object());
  for (const auto& [name, count] : counts.items()) {
    shown += "  " + clean(name, 40) + ": " + count.dump() + " so far\n";
  }
  if (const auto over = number_of(*answer, "over_limits"); over > 0) {
    shown += "  over its limits: " + std::to_string(over) + " so far\n";
  }
  return session.print(*answer, shown);
}

int show(Session& session, const ModelArguments& given, const char* page) {
  const auto answer = ask(session, given, "GET", page);
  if (!answer) return session.exit_code;
  session.print_json(*answer);
  return kOk;
}

int change(Session& session, const ModelArguments& given, const char* method, const char* page,
           const std::string& body, const std::string& said) {
  const auto answer = ask(session, given, method, page, body);
  if (!answer) return session.exit_code;
  return session.print(*answer, said + "\n");
}

CLI::App* command(CLI::App& group, const char* name, const char* what,
                  const std::shared_ptr<ModelArguments>& given) {
  auto* sub = group.add_subcommand(name, what);
  sub->add_option("--folder", given->folder, "Folder of the tenon dev that runs")
      ->capture_default_str();
  if (std::string_view(name) == "list") return sub;
  sub->add_option("MODEL", given->name, "Name of the model")->required();
  sub->add_option("--url", given->url, "Its address, of a tenon-vendor without tenon dev");
  return sub;
}

void add_faults(CLI::App& group, Session& session, const std::shared_ptr<ModelArguments>& given) {
  auto* sub =
      command(group, "faults", "Show the faults of a model, or put others in their place", given);
  sub->footer(
      "A share is 20% or 0.5% of requests; what is not named has none. Examples:\n"
      "  tenon vendor faults acme --throttle 20% --slow 2s\n"
      "  tenon vendor faults acme --throttle '20% 3s' --error '5% 503' --lost 1%\n"
      "  tenon vendor faults acme --rate 5/1s --burst 40/1m --max-batch 50\n"
      "  tenon vendor faults acme 'throttle 20%, slow 2s'\n"
      "  tenon vendor faults acme --none");
  sub->add_option("TEXT", given->text, "All faults as one text");
  sub->add_flag("--none", given->none, "No faults any more");
  const std::map<std::string, const char*> help = {
      {"throttle", "SHARE [TIME]: 429 with Retry-After"},
      {"throttle-bare", "SHARE: 429 without it"},
      {"error", "SHARE [STATUS]: 500, or another"},
      {"lost", "SHARE: done, and the connection breaks before the answer"},
      {"cut", "SHARE: done, and it closes in the middle of the answer"},
      {"hang", "SHARE: done, and no answer comes"},
      {"twice", "SHARE: the request comes twice"},
      {"noop", "SHARE: an answer as if it were done, and nothing is"},
      {"error-in-200", "SHARE: 200 with an error in it, nothing done"},
      {"slow", "[SHARE] TIME: answers so much later"},
      {"max-body", "SIZE, like 64KiB: larger ones get 413"},
      {"max-batch", "N: more in one request get 400"}};
  for (const char* name : kShares) {
    sub->add_option(std::string("--") + name, given->shares[name], help.at(name));
  }
  sub->add_option("--rate", given->rates["rate"], "N/TIME: more get 429; may be given again")
      ->take_all();
  sub->add_option("--burst", given->rates["burst"], "N/TIME: at once, and filled again in TIME")
      ->take_all();
  sub->callback(
      [&session, given] { session.run = [&session, given] { return faults(session, *given); }; });
}

}  // namespace

Result<Json> ask_model(const std::string& url, const std::string& method, const std::string& page,
                       const std::string& body) {
  HttpCall call;
  call.method = method;
  call.url = url + "/_model/" + page;
  call.body = body;
  call.timeout = kModelPatience;
  const auto answer = http_call(call);
  if (!answer) return answer.error();
  auto value = Json::parse(answer->body, nullptr, false);
  if (value.is_discarded()) {
    return corrupt("wanted JSON from a model's server, found \"" + clean(answer->body, 100) + "\"",
                   call.url);
  }
  if (answer->status >= 300) return invalid(clean(text_of(value, "error"), 1'000));
  return value;
}

std::string faults_text(const std::vector<std::pair<std::string, std::string>>& options) {
  std::string out;
  for (const auto& [name, value] : options) {
    out += (out.empty() ? "" : ", ") + name + " " + value;
  }
  return out;
}

void add_models(CLI::App& app, Session& session) {
  auto* group =
      app.add_subcommand("vendor", "Look at and steer the models of vendors that tenon dev serves");
  group->require_subcommand(1);
  group->footer(
      "Examples:\n"
      "  tenon vendor list\n"
      "  tenon vendor faults acme --throttle 20% --slow 2s\n"
      "  tenon vendor state acme");
  const auto given = std::make_shared<ModelArguments>();
  command(*group, "list", "The models that are served", given)->callback([&session, given] {
    session.run = [&session, given] { return list(session, *given); };
  });
  add_faults(*group, session, given);
  for (const char* page : {"state", "journal"}) {
    command(*group, page,
            std::string_view(page) == "state" ? "What the vendor holds, and what it has counted"
                                              : "The last requests that it got, with its answers",
            given)
        ->callback([&session, given, page] {
          session.run = [&session, given, page] { return show(session, *given, page); };
        });
  }
  auto* seed = command(*group, "seed", "Choose the random numbers that decide about faults", given);
  seed->add_option("NUMBER", given->seed, "The same seed gives the same faults")->required();
  seed->callback([&session, given] {
    session.run = [&session, given] {
      const std::string number = std::to_string(given->seed);
      return change(session, *given, "PUT", "seed", number,
                    clean(given->name) + " begins with the numbers of seed " + number);
    };
  });
  command(*group, "reset", "Make it a new vendor; faults, seed and options stay", given)
      ->callback([&session, given] {
        session.run = [&session, given] {
          return change(session, *given, "POST", "reset", "",
                        clean(given->name) + " holds nothing now");
        };
      });
}

}  // namespace tenon::cli
