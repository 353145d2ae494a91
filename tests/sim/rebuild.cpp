// Running pipeline and runners over the finished log, into empty states.
#include "sim/rebuild.hpp"

#include <filesystem>

#include "backends/memory/sim_run.hpp"
#include "backends/sqlite_state/sqlite_state_stores.hpp"
#include "base/hash.hpp"
#include "delivery/delivery.hpp"
#include "pipeline/pipeline.hpp"
#include "sim/life.hpp"
#include "sim/stores.hpp"

namespace tenon::sim {
namespace {

std::vector<std::string> state_names(const World& world) {
  std::vector<std::string> names;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    names.push_back(std::string("partition-") + (p < 10 ? "0" : "") + std::to_string(p));
  }
  for (const auto& name : world.destinations()) names.push_back("destination-" + name);
  return names;
}

std::string readable(std::string_view key) {
  return std::string(key.substr(0, 1)) + ":" + to_hex(key.substr(1));
}

// Places in the log, and the configuration that belongs to such a place.
bool is_cursor(const std::string& name, const std::string& key) {
  return key == "c" || key == "m" || (key.starts_with("c") && name.starts_with("destination-")) ||
         (key == "g" && name.starts_with("partition-"));
}

// A count that has come back to zero is as good as none.
bool is_zero_count(const std::string& key, const std::string& value) {
  return (key.starts_with("n") || key.starts_with("h")) && value == std::string(8, '\0');
}

void compare(const std::string& name, const StateMap& live, const StateMap& rebuilt,
             std::vector<std::string>& out) {
  constexpr std::size_t kMost = 6;
  std::size_t found = 0;
  const auto say = [&](const std::string& text) {
    if (++found <= kMost) out.push_back("state " + name + ": " + text);
  };
  for (const auto& [key, value] : live) {
    if (is_cursor(name, key) || is_zero_count(key, value)) continue;
    const auto other = rebuilt.find(key);
    if (other == rebuilt.end()) {
      say(readable(key) + " is not in the rebuilt one");
    } else if (other->second != value) {
      say(readable(key) + " is " + to_hex(value) + ", rebuilt " + to_hex(other->second));
    }
  }
  for (const auto& [key, value] : rebuilt) {
    if (is_cursor(name, key) || is_zero_count(key, value) || live.contains(key)) continue;
    say(readable(key) + " is only in the rebuilt one");
  }
}

// Services that follow the log but send nothing, since no destination is configured.
std::string fold_all(World& world, StateStores& into) {
  SilentTelemetry telemetry;
  SimSecrets secrets;
  Ledger ledger;
  SeededRandom random(1);
  const ReleaseCatalog catalog = catalog_of(world.profile());
  SimRuntime runtime(world.clock(), ledger, world.profile(), Mutant::none, random);
  SimVendors vendors(world.clock(), ledger, world.profile(), Mutant::none,
                     manifests_of(world.profile()));
  Hosting hosting(runtime, world.clock(), telemetry, catalog);
  Vault vault(secrets);
  RateLimiter limiter(world.log(), world.clock());
  Egress egress(vendors, vault, limiter, world.clock(), telemetry);
  pipeline::Pipeline pipeline(world.log(), into, world.clock(), telemetry);
  std::string fatal;
  const auto on_fatal = [&](const Error& why) { fatal = why.text(); };
  Holds holds(limiter, world.clock(), telemetry);
  delivery::Doors doors{world.log(), into, world.clock(), telemetry, hosting, egress, holds};
  Scope scope(world.context().get_executor());
  delivery::Delivery delivery(doors, scope, on_fatal);
  if (const auto opened = pipeline.open(); !opened) return opened.error().text();
  pipeline.start(scope, on_fatal);
  for (const auto& name : world.destinations()) {
    if (const auto followed = delivery.follow(name); !followed) return followed.error().text();
  }
  const auto done = [&] { return (pipeline.idle() && delivery.idle()) || !fatal.empty(); };
  sim_run(world.context(), world.clock(), world.clock().instant() + seconds{60}, done);
  if (fatal.empty() && !done()) fatal = "the rebuilt services find work to do";
  scope.cancel();
  sim_run(world.context(), world.clock(), world.clock().instant(),
          [&] { return scope.running() == 0; });
  if (!pipeline.flush() || !delivery.flush()) fatal = "cannot flush";
  return fatal;
}

}  // namespace

std::vector<std::string> compare_rebuilt(World& world) {
  std::vector<std::string> out;
  std::vector<Offset> ends;
  for (std::uint16_t p = 0; p < kPartitions; ++p) ends.push_back(world.log().end(PartitionId{p}));
  MemoryStateStores memory;
  const std::string error = fold_all(world, memory);
  if (!error.empty()) out.push_back("rebuild: " + error);
  std::map<std::string, StateMap> in_memory;
  for (const auto& name : state_names(world)) {
    in_memory[name] = dump(memory, name);
    compare(name, dump(world.stores(), name), in_memory[name], out);
  }
  if (!world.folder().empty()) {
    const std::string folder = world.folder() + "/rebuilt";
    SqliteStateStores files(folder, world.log().id());
    const std::string trouble = fold_all(world, files);
    if (!trouble.empty()) out.push_back("rebuild in files: " + trouble);
    for (const auto& name : state_names(world)) {
      compare(name + " (files)", dump(files, name), in_memory[name], out);
    }
  }
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    if (world.log().end(PartitionId{p}) != ends[p]) out.push_back("a rebuild wrote to the log");
  }
  return out;
}

}  // namespace tenon::sim
