// The workspace files of a simulated world.
#include "sim/setup.hpp"

namespace tenon::sim {
namespace {

std::string destination_toml(const std::string& id, const std::string& upper,
                             const std::string& more) {
  return "[[destinations]]\nname = \"" + id + "\"\nconnector = \"" + id + "\"\n" + more +
         "[destinations.credentials]\ntoken = \"env:TOKEN_" + upper + "\"\n";
}

std::vector<std::string> healthy_ones(const Profile& profile) {
  auto names = destinations_of(profile);
  std::erase_if(names, [](const auto& name) { return !name.starts_with("healthy"); });
  return names;
}

}  // namespace

std::string workspace_toml(const Profile& profile, int variant) {
  std::string out =
      "tenant = \"acme\"\nworkspace = \"main\"\nconsent = \"not_enforced\"\n"
      "[dedupe]\nwindow = \"7d\"\n[[sources]]\nname = \"web\"\nwrite_key = \"env:WEB_KEY\"\n";
  out += destination_toml("single", "SINGLE", "");
  out += destination_toml("bulk", "BULK", variant == 2 ? "max_batch = 7\n" : "");
  out += destination_toml(
      "once", "ONCE",
      std::string("on_ambiguous = \"") + (profile.resend_once ? "resend" : "park") + "\"\n");
  for (const auto& id : healthy_ones(profile)) {
    std::string upper = id;
    for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
    out += destination_toml(id, upper, "");
  }
  const auto route = [&](const std::string& name, const std::string& to, const std::string& when) {
    out += "[[routes]]\nname = \"" + name + "\"\nsources = [\"web\"]\ndestination = \"" + to +
           "\"\naction = \"send\"\n[routes.when]\n" + when + "\n";
  };
  route("tracks", "single", "type = \"track\"");
  route("all", "bulk", "type = [\"track\", \"identify\"]");
  route("paid", "once", variant == 2 ? "type = [\"identify\", \"screen\"]" : "type = \"identify\"");
  if (variant == 1) route("pages", "single", "type = \"page\"");
  for (const auto& id : healthy_ones(profile)) route(id, id, "type = \"track\"");
  return out;
}

std::set<std::string> wanted_destinations(const Profile& profile, const std::string& type,
                                          int variant) {
  std::set<std::string> out;
  if (type == "track") out = {"single", "bulk"};
  if (type == "identify") out = {"bulk", "once"};
  if (type == "page" && variant == 1) out = {"single"};
  if (type == "screen" && variant == 2) out = {"once"};
  if (type == "track") {
    for (const auto& id : healthy_ones(profile)) out.insert(id);
  }
  return out;
}

}  // namespace tenon::sim
