// The routes about the vault. A secret only ever comes in, as the raw body, and is wiped.
#include "api/admin_handler.hpp"
#include "api/json.hpp"
#include "api/reply.hpp"
#include "base/hash.hpp"

namespace tenon {
namespace {

constexpr std::uint64_t kMaxOverlapSeconds = 90 * 24 * 3600;

std::string hex(const VaultId& id) {
  return to_hex({reinterpret_cast<const char*>(id.data()), id.size()});
}

nlohmann::json to_json(const VaultSecretInfo& secret) {
  nlohmann::json out = {{"name", secret.name}, {"versions", nlohmann::json::array()}};
  for (const auto& version : secret.versions) {
    nlohmann::json one = {
        {"version", version.version}, {"key", version.key}, {"actor", version.actor}};
    put_time(one, "made", version.made);
    put_time(one, "valid_until", version.until);
    out["versions"].push_back(std::move(one));
  }
  return out;
}

nlohmann::json to_json(const VaultStatus& status) {
  nlohmann::json out = {{"state", status.problem           ? "closed"
                                  : status.generation == 0 ? "empty"
                                                           : "open"},
                        {"key_source", status.key_source}};
  if (status.problem) out["problem"] = status.problem->text();
  if (status.generation == 0) return out;
  out["generation"] = status.generation;
  out["vault"] = hex(status.vault);
  out["key_id"] = hex(status.kek);
  out["data_keys"] = status.data_keys;
  put_time(out, "written", status.written);
  return out;
}

nlohmann::json to_json(const VaultAct& act, const VaultChange& change) {
  nlohmann::json out = {{"done", name_of(act.deed)}, {"generation", change.generation}};
  put_text(out, "name", act.name);
  if (change.version != 0) out["version"] = change.version;
  if (change.records != 0) out["records"] = change.records;
  if (change.keys != 0) out["keys"] = change.keys;
  if (change.until) put_time(out, "earlier_valid_until", *change.until);
  return out;
}

}  // namespace

Task<HttpResponse> AdminHandler::get_vault(Ask) {
  SecretVault& vault = operations_.secret_vault();
  auto answer = to_json(vault.status());
  answer["data"] = nlohmann::json::array();
  for (const auto& secret : vault.list()) answer["data"].push_back(to_json(secret));
  co_return json_response(answer);
}

Task<HttpResponse> AdminHandler::change_vault(Ask ask, VaultAct act) {
  act.actor = ask.actor;
  VaultAct told;
  told.deed = act.deed;
  told.name = act.name;
  auto changing = operations_.change_vault(std::move(act));
  const auto change = co_await std::move(changing);
  if (!change) co_return response_of(problem_of(change.error()), ask.head.path);
  co_return json_response(to_json(told, *change));
}

Task<HttpResponse> AdminHandler::put_secret(Ask ask) {
  VaultAct act;
  act.deed = VaultDeed::put;
  act.value.emplace(ask.body);
  wipe(ask.body);
  act.name = ask.query.text("name");
  act.overlap = seconds{ask.query.number("overlap_s", 0, 0, kMaxOverlapSeconds)};
  if (ask.query.problem()) co_return response_of(*ask.query.problem(), ask.head.path);
  auto answering = change_vault(std::move(ask), std::move(act));
  auto answer = co_await std::move(answering);
  co_return answer;
}

// The body, if there is one, is the new key or passphrase.
Task<HttpResponse> AdminHandler::rekey_vault(Ask ask) {
  VaultAct act;
  act.deed = VaultDeed::rekey;
  if (!ask.body.empty()) act.value.emplace(ask.body);
  wipe(ask.body);
  auto answering = change_vault(std::move(ask), std::move(act));
  auto answer = co_await std::move(answering);
  co_return answer;
}

Task<HttpResponse> AdminHandler::remove_secret(Ask ask) {
  auto body = Body::parse(ask.body, "name");
  VaultAct act;
  act.deed = VaultDeed::remove;
  act.name = body.text("name");
  if (body.problem()) co_return response_of(*body.problem(), ask.head.path);
  auto answering = change_vault(std::move(ask), std::move(act));
  auto answer = co_await std::move(answering);
  co_return answer;
}

Task<HttpResponse> AdminHandler::rotate_vault(Ask ask) {
  VaultAct act;
  act.deed = VaultDeed::rotate;
  auto answering = change_vault(std::move(ask), std::move(act));
  auto answer = co_await std::move(answering);
  co_return answer;
}

Task<HttpResponse> AdminHandler::accept_vault(Ask ask) {
  VaultAct act;
  act.deed = VaultDeed::accept;
  auto answering = change_vault(std::move(ask), std::move(act));
  auto answer = co_await std::move(answering);
  co_return answer;
}

// What cannot be taken back wants the name of the workspace once more.
Task<HttpResponse> AdminHandler::shred_vault(Ask ask) {
  auto body = Body::parse(ask.body, "workspace");
  const auto config = operations_.config();
  if (!config) co_return response_of(problem_of(config.error()), ask.head.path);
  if (body.text("workspace").empty() || body.text("workspace") != config->workspace) {
    body.fault(bad_body("/workspace", "the name of this workspace, since this cannot be undone",
                        body.text("workspace")));
  }
  if (body.problem()) co_return response_of(*body.problem(), ask.head.path);
  VaultAct act;
  act.deed = VaultDeed::shred;
  auto answering = change_vault(std::move(ask), std::move(act));
  auto answer = co_await std::move(answering);
  co_return answer;
}

Task<HttpResponse> AdminHandler::verify_vault(Ask ask) {
  const auto counts = operations_.secret_vault().verify();
  if (!counts) co_return response_of(problem_of(counts.error()), ask.head.path);
  nlohmann::json answer = {{"generation", counts->generation},
                           {"file_bytes", counts->bytes},
                           {"data_keys", counts->keys},
                           {"versions", counts->records}};
  if (counts->previous) answer["previous_generation"] = *counts->previous;
  co_return json_response(answer);
}

}  // namespace tenon
