// Both packets, in the byte format of base/codec.hpp.
#include "backends/sandbox/spawn_request.hpp"

#include "base/codec.hpp"

namespace tenon::sandbox {
namespace {

enum class Answer : std::uint8_t { runs = 1, unsupported = 2, unavailable = 3 };

}  // namespace

std::string encode_request(const SpawnPlan& plan) {
  Writer out;
  out.u8(plan.namespaces == Namespaces::own ? 1 : 0);
  out.u32(plan.uid.value_or(0));
  out.text(plan.so_path);
  out.u32(static_cast<std::uint32_t>(plan.arguments.size()));
  for (const auto& argument : plan.arguments) out.text(argument);
  return std::move(out).take();
}

Result<SpawnPlan> decode_request(std::string_view bytes) {
  Reader in(bytes);
  SpawnPlan plan;
  plan.namespaces = in.u8() == 1 ? Namespaces::own : Namespaces::shared;
  if (const std::uint32_t uid = in.u32(); uid != 0) plan.uid = uid;
  plan.so_path = in.text();
  for (std::uint32_t left = in.count(sizeof(std::uint32_t)); left > 0; --left) {
    plan.arguments.emplace_back(in.text());
  }
  if (!in.done() || plan.arguments.empty()) return corrupt("not a request to the spawner");
  return plan;
}

std::string encode_reply(const SpawnedForParent& spawned) {
  Writer out;
  Answer answer = Answer::runs;
  std::string why;
  if (!spawned.pidfd) {
    const bool machine = spawned.pidfd.error().kind == ErrorKind::unsupported;
    answer = machine ? Answer::unsupported : Answer::unavailable;
    why = spawned.pidfd.error().text();
  }
  out.u8(static_cast<std::uint8_t>(answer));
  out.u32(spawned.pid > 0 ? static_cast<std::uint32_t>(spawned.pid) : 0);
  out.text(why);
  return std::move(out).take();
}

Result<SpawnReply> decode_reply(std::string_view bytes) {
  Reader in(bytes);
  SpawnReply reply;
  const auto answer = static_cast<Answer>(in.u8());
  if (const std::uint32_t pid = in.u32(); pid != 0) reply.pid = static_cast<pid_t>(pid);
  std::string why(in.text());
  if (answer == Answer::unsupported) reply.runs = unsupported(std::move(why));
  if (answer == Answer::unavailable) reply.runs = unavailable(std::move(why));
  const bool known = answer == Answer::unsupported || answer == Answer::unavailable ||
                     (answer == Answer::runs && reply.pid > 0);
  if (!in.done() || !known) return corrupt("not an answer of the spawner");
  return reply;
}

}  // namespace tenon::sandbox
