// Tokens out of the log and into it.
#include "access/token_keeper.hpp"

#include <algorithm>

#include "access/token_text.hpp"
#include "event/vault_changed.hpp"
#include "ports/append_essential.hpp"

namespace tenon {
namespace {

const PartitionId kKeptIn{0};
constexpr seconds kLookEvery{5};
constexpr seconds kNoteUseEvery{3'600};

Time last_use(const TokenBook& book) {
  Time last{};
  for (const auto& token : book.tokens()) last = std::max(last, token.used);
  return last;
}

}  // namespace

NewRecord TokenKeeper::record_of(const ApiTokens& tokens) const {
  NewRecord record;
  record.partition = kKeptIn;
  record.header.stream = Stream::audit;
  record.header.type = static_cast<std::uint16_t>(AuditType::api_tokens);
  record.header.tenant = tenant_;
  record.header.workspace = workspace_;
  record.header.occurred = doors_.clock.now();
  record.body = encode(tokens);
  return record;
}

Task<Result<void>> TokenKeeper::find_newest(Offset from, Offset to) {
  ReadLimits limits;
  limits.streams = stream_bit(Stream::audit);
  while (from < to) {
    TENON_CO_TRY_AS(const auto slice, doors_.log.read(kKeptIn, from, limits));
    for (const auto& record : slice.records) {
      if (record.offset >= to) co_return Result<void>();
      if (record.header.type != static_cast<std::uint16_t>(AuditType::api_tokens)) continue;
      if (record.header.tenant != tenant_ || record.header.workspace != workspace_) continue;
      auto tokens = decode_api_tokens(record.body);
      if (!tokens) co_return Error(tokens.error());
      newest_ = std::move(*tokens);
    }
    from = slice.next;
  }
  co_return Result<void>();
}

// Each chunk that is not new holds them; all of the log is read only where an older version wrote
// it.
Task<Result<void>> TokenKeeper::restore(NameHash tenant, NameHash workspace) {
  tenant_ = tenant;
  workspace_ = workspace;
  const auto chunks = chunks_(kKeptIn);
  const Offset begin = doors_.log.begin(kKeptIn), end = doors_.log.end(kKeptIn);
  const Offset late = chunks.size() > 3 ? chunks[chunks.size() - 3] : begin;
  newest_.reset();
  TENON_CO_TRY(find_newest(late, end));
  if (!newest_ && begin < late) TENON_CO_TRY(find_newest(begin, late));
  if (newest_) book_.replace(std::move(newest_->tokens));
  newest_.reset();
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
  records.push_back(record_of(noted));
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
  records.push_back(record_of(noted));
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
    const auto chunks = chunks_(kKeptIn);
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
