// Tokens out of the log and into it.
#include "access/token_keeper.hpp"

#include <algorithm>

#include "access/token_text.hpp"
#include "ports/append_essential.hpp"

namespace tenon {
namespace {

constexpr seconds kLookEvery{5};
constexpr seconds kNoteUseEvery{3'600};

Time last_use(const TokenBook& book) {
  Time last{};
  for (const auto& token : book.tokens()) last = std::max(last, token.used);
  return last;
}

}  // namespace

Task<Result<void>> TokenKeeper::restore(NameHash tenant, NameHash workspace) {
  state_ = {AuditType::api_tokens, tenant, workspace};
  auto chunks = chunks_(kKeptStates);
  TENON_CO_TRY_AS(const auto newest, newest_of(doors_.log, state_, std::move(chunks)));
  if (!newest) co_return Result<void>();
  auto tokens = decode_api_tokens(*newest);
  if (!tokens) co_return Error(tokens.error());
  book_.replace(std::move(tokens->tokens));
  co_return Result<void>();
}

TokenVerdict TokenKeeper::judge(std::string_view value, bool spend) {
  auto verdict = book_.judge(value, doors_.clock.now(), spend);
  if (spend) doors_.telemetry.count("api_token_requests", {{"verdict", name_of(verdict.fate)}});
  return verdict;
}

// On a copy, so that a token counts only once the log has it. What is judged meanwhile goes by the
// old ones.
Task<Result<TokenChange>> TokenKeeper::change(TokenAct act) {
  if (changing_) co_return conflict("another change of the tokens is being written: try again");
  TokenBook after = book_;
  const std::string random = doors_.random.bytes(kTokenIdBytes + kTokenRandomBytes);
  auto change = after.change(act, doors_.clock.now(), random);
  if (!change) co_return change;
  ApiTokens noted;
  noted.deed = name_of(act.deed);
  noted.id = change->token.id;
  noted.actor = act.actor;
  noted.tokens = after.tokens();
  std::vector<NewRecord> records;
  records.push_back(record_of(state_, doors_.clock.now(), encode(noted)));
  changing_ = true;
  auto appending =
      append_essential(doors_.log, doors_.clock, std::move(records), AppendWait::durable);
  const auto appended = co_await std::move(appending);
  changing_ = false;
  if (!appended) co_return Error(appended.error());
  book_.replace(std::move(noted.tokens));
  doors_.telemetry.log(LogLevel::info, "token.changed",
                       {{"deed", noted.deed}, {"token", noted.id}, {"actor", noted.actor}});
  co_return change;
}

Task<Result<void>> TokenKeeper::restate() {
  ApiTokens noted;
  noted.deed = name_of(TokenDeed::none);
  noted.actor = "host";
  noted.tokens = book_.tokens();
  std::vector<NewRecord> records;
  records.push_back(record_of(state_, doors_.clock.now(), encode(noted)));
  auto appending =
      doors_.log.append(std::move(records), AppendClass::essential, AppendWait::queued);
  auto appended = co_await std::move(appending);
  if (!appended) co_return Error(appended.error());
  co_return Result<void>();
}

Task<void> TokenKeeper::run() {
  std::optional<Offset> chunk;
  Time noted = last_use(book_);
  Instant note_at = doors_.clock.instant() + kNoteUseEvery;
  for (;;) {
    const auto chunks = chunks_(kKeptStates);
    const bool fresh = !chunks.empty() && chunk != chunks.back();
    const bool used = doors_.clock.instant() >= note_at && last_use(book_) != noted;
    // A change under way writes them all by itself, and must not be followed by older ones.
    if (!changing_ && (fresh || used)) {
      const Time last = last_use(book_);
      const auto restated = co_await restate();
      if (restated) {
        if (!chunks.empty()) chunk = chunks.back();
        noted = last;
        note_at = doors_.clock.instant() + kNoteUseEvery;
      }
    }
    const Instant again = doors_.clock.instant() + kLookEvery;
    co_await doors_.clock.sleep_until(again);
  }
}

}  // namespace tenon
