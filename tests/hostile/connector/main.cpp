// The table, the block that says which case this file is, and what runs while it is loaded.
#include <tenon/tenon.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "hostile.hpp"

// The runner finds the mark and writes lines "key=value" behind it into its copy of the file.
extern "C" {
__attribute__((used, visibility("hidden"))) char tenon_hostile_block[2048] =
    "TENON-HOSTILE-BLOCK-AND-NOTHING-ELSE\n";
}

namespace hostile {

bool walled = false;

namespace {

std::string_view value_of(std::string_view key) {
  const std::string_view block(tenon_hostile_block, strnlen(tenon_hostile_block, 2048));
  for (std::size_t at = 0; at < block.size();) {
    std::size_t end = block.find('\n', at);
    if (end == std::string_view::npos) end = block.size();
    const auto line = block.substr(at, end - at);
    if (line.size() > key.size() && line[key.size()] == '=' && line.substr(0, key.size()) == key) {
      return line.substr(key.size() + 1);
    }
    at = end + 1;
  }
  return {};
}

const Case* find(std::string_view name) {
  for (const auto cases : {file_cases(), process_cases(), kernel_cases(), network_cases(),
                           memory_cases(), trouble_cases()}) {
    for (std::size_t i = 0; i < cases.count; ++i) {
      if (cases.first[i].name == name) return cases.first + i;
    }
  }
  return nullptr;
}

Deed at_load{false, 0};

// Nothing here relies on another initialiser: all tables are constants.
__attribute__((constructor)) void loaded() {
  const Target& aim = target();
  if (aim.when == "late") sabotage(aim.name);
  if (aim.when != "load") return;
  walled = true;
  const Case* hostile_case = find(aim.name);
  if (hostile_case != nullptr) at_load = hostile_case->run();
}

std::size_t describe(const Deed& deed, char* out, std::size_t size) {
  const char* name = strerrorname_np(deed.error);
  const int length = deed.done ? std::snprintf(out, size, "done")
                               : std::snprintf(out, size, "%s", name != nullptr ? name : "none");
  return static_cast<std::size_t>(length);
}

}  // namespace

const Target& target() {
  static Target aim;
  if (aim.name.empty()) {
    aim.name = value_of("name");
    aim.when = value_of("when");
    aim.folder = value_of("folder");
    aim.key = value_of("key");
    aim.neighbour = value_of("neighbour");
    aim.self = value_of("self");
    aim.socket_path = value_of("socket_path");
    aim.socket_name = value_of("socket_name");
    aim.host = std::atoi(c_str(value_of("host")));
    aim.port = std::atoi(c_str(value_of("port")));
    aim.host_byte = std::strtoull(c_str(value_of("host_byte")), nullptr, 16);
  }
  return aim;
}

const char* c_str(std::string_view text) {
  static char room[512];
  const std::size_t size = text.size() < sizeof room - 1 ? text.size() : sizeof room - 1;
  std::memcpy(room, text.data(), size);
  room[size] = '\0';
  return room;
}

}  // namespace hostile

// What the control calls: the same deed, in a process without a sandbox. Length of the text.
extern "C" __attribute__((visibility("default"))) std::size_t tenon_hostile_run(char* out,
                                                                                std::size_t size) {
  const auto name = hostile::target().name;
  if (name.substr(0, 9) == "artefact_" || name == "benign_step") {  // it runs, and no more
    return hostile::describe({true, 0}, out, size);
  }
  const hostile::Case* hostile_case = hostile::find(name);
  if (hostile_case == nullptr) return static_cast<std::size_t>(std::snprintf(out, size, "unknown"));
  return hostile::describe(hostile_case->run(), out, size);
}

struct tenon_instance {
  int nothing = 0;
};

namespace {

tenon_status create(const tenon_host*, tenon_str, const tenon_sink*, tenon_instance** out) {
  *out = new tenon_instance;
  return TENON_OK;
}
void destroy(tenon_instance* instance) { delete instance; }
const void* extension(tenon_str) { return nullptr; }

tenon_status step(const tenon_instance*, const tenon_call* call, const tenon_sink* sink) {
  const auto& aim = hostile::target();
  hostile::walled = true;
  int status = TENON_OK;
  if (aim.when != "load" && hostile::run_step_case(aim.name, call, sink, status)) return status;
  char text[64];
  std::size_t length = 0;
  if (aim.when == "load") {
    length = hostile::describe(hostile::at_load, text, sizeof text);
  } else {
    length = tenon_hostile_run(text, sizeof text);
  }
  tenon_outcome outcome{};
  outcome.size = sizeof outcome;
  outcome.verdict = TENON_ACCEPTED;
  outcome.applied = TENON_APPLIED_YES;
  outcome.detail = {text, length};
  return sink->outcome(sink, &outcome);
}

constexpr tenon_connector kTable = {sizeof(tenon_connector),
                                    TENON_ABI_MINOR,
                                    TENON_OP_DELIVER,
                                    0,
                                    &create,
                                    &destroy,
                                    &step,
                                    &extension};

}  // namespace

const tenon_connector* tenon_connector_v1(void) { return &kTable; }
