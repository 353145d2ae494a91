// The mutants: workers linked without a lock, and machines that lack what others have.
#include "hostile/mutants.hpp"

#include <algorithm>

namespace hostile {
namespace {

struct Kind {
  std::string name, worker;
  Level level = Level::full;  // where the layer is not covered by another one
  std::vector<std::string_view> killers;
  bool no_gate = false, no_namespaces = false;
};

std::vector<Kind> kinds() {
  return {
      {"no stage 1",
       "worker_without_stage1",
       Level::full,
       {"socket_pair", "own_descriptor"},
       false,
       false},
      {"no stage 2", "worker_without_stage2", Level::full, {"read_other_descriptor"}, false, false},
      {"no Landlock",
       "worker_without_landlock",
       Level::no_namespaces,
       {"read_passwd"},
       false,
       false},
      {"no limits", "worker_without_limits", Level::full, {"heap_bomb"}, false, false},
      {"no gate", "tenon-worker", Level::full, {"skip_by_patch", "skip_by_filter"}, true, false},
      {"no namespaces", "tenon-worker", Level::full, {"stat_oracle"}, false, true},
  };
}

Mutant hunt(Stage& stage, const Kind& kind) {
  Mutant mutant;
  mutant.name = kind.name;
  Sandboxed::Options options;
  options.level = kind.level;
  options.worker = stage.program(kind.worker);
  options.spawner = stage.program("tenon-spawner");
  options.no_gate = kind.no_gate;
  options.no_namespaces = kind.no_namespaces;
  Sandboxed sandbox(options);
  stage.reset();
  std::vector<const Case*> order;
  for (const auto& one : cases()) order.push_back(&one);
  std::stable_partition(order.begin(), order.end(), [&](const Case* one) {
    return std::find(kind.killers.begin(), kind.killers.end(), one->name) != kind.killers.end();
  });
  for (const Case* one : order) {
    for (const bool at_load : {true, false}) {
      if ((at_load ? one->load : one->event).empty()) continue;
      Run run;
      run.one = one;
      run.level = kind.level;
      run.at_load = at_load;
      run.ended = sandbox.run(*one,
                              stage.file_for(*one, at_load     ? "load"
                                                   : one->late ? "late"
                                                               : "event"),
                              at_load);
      run.host_lives = stage.host_lives();
      // Stopped by another layer, or not started at all: that is no escape.
      if (run.host_lives && run.ended.cause != "done") continue;
      if (run.known()) continue;
      mutant.caught_by =
          std::string(one->name) + (at_load ? " at load: " : " at the event: ") + run.ended.cause;
      return mutant;
    }
  }
  return mutant;
}

}  // namespace

std::vector<std::string> mutant_workers() {
  return {"worker_without_stage1", "worker_without_stage2", "worker_without_landlock",
          "worker_without_limits"};
}

void run_mutants(Stage& stage, Report& report) {
  for (const auto& kind : kinds()) report.mutants.push_back(hunt(stage, kind));
}

}  // namespace hostile
