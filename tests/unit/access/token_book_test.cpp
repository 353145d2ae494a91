// TokenBook: who is let in, and what rotating, revoking, time and rates make of that.
#include "access/token_book.hpp"

#include <gtest/gtest.h>

#include "access/scopes.hpp"
#include "access/token_text.hpp"

namespace tenon {
namespace {

const Time kStart = time_from_us(1'767'225'600'000'000);

class Book : public ::testing::Test {
 protected:
  std::string random() {
    return std::string(kTokenIdBytes + kTokenRandomBytes, static_cast<char>(++drawn_));
  }
  TokenChange make(seconds life = seconds{0}, std::uint32_t per_minute = 0) {
    TokenAct act = creating();
    act.life = life;
    act.per_minute = per_minute;
    auto change = book_.change(act, now_, random());
    EXPECT_TRUE(change) << change.error().text();
    return *change;
  }
  static TokenAct creating() {
    TokenAct act;
    act.deed = TokenDeed::create;
    act.name = "dashboard";
    act.scopes = {"read:events"};
    act.actor = "uid:7";
    return act;
  }
  Result<TokenChange> act(TokenDeed deed, const std::string& id, seconds overlap = seconds{0}) {
    TokenAct act;
    act.deed = deed;
    act.id = id;
    act.overlap = overlap;
    return book_.change(act, now_, random());
  }
  TokenFate fate(const std::string& value) { return book_.judge(value, now_, true).fate; }

  TokenBook book_;
  Time now_ = kStart;
  std::uint8_t drawn_ = 0;
};

TEST_F(Book, LetsInWhoBringsTheValueAndNobodyElse) {
  EXPECT_EQ(fate(""), TokenFate::refused);
  const auto one = make(), two = make();
  const auto verdict = book_.judge(one.value, now_, true);
  EXPECT_EQ(verdict.fate, TokenFate::let_in);
  EXPECT_EQ(verdict.id, one.token.id);
  EXPECT_EQ(verdict.scopes, std::vector<std::string>{"read:events"});
  EXPECT_EQ(book_.tokens()[0].used, now_);
  EXPECT_EQ(book_.tokens()[1].used, Time{});
  // The id of one with the random part of the other, made whole by a check of its own.
  std::string bytes;
  ASSERT_TRUE(from_base32(parse_token_text(two.value)->random, bytes));
  EXPECT_EQ(fate(token_text(one.token.id, std::string_view(bytes).substr(0, kTokenRandomBytes))),
            TokenFate::refused);
  EXPECT_EQ(fate(one.value + "0"), TokenFate::refused);
}

TEST_F(Book, AnyChangedCharacterIsNoToken) {
  const auto made = make();
  for (std::size_t i = 0; i < made.value.size(); ++i) {
    std::string other = made.value;
    other[i] = other[i] == '7' ? '8' : '7';
    EXPECT_FALSE(parse_token_text(other)) << i;
    EXPECT_EQ(fate(other), TokenFate::refused) << i;
    EXPECT_FALSE(parse_token_text(made.value.substr(0, i)));
  }
}

TEST_F(Book, KeepsNoValue) {
  const auto made = make();
  ApiTokens record;
  record.tokens = book_.tokens();
  const std::string bytes = encode(record);
  EXPECT_EQ(bytes.find(parse_token_text(made.value)->random), std::string::npos);
  EXPECT_EQ(bytes.find(std::string(8, static_cast<char>(drawn_))), std::string::npos);
  EXPECT_NE(bytes.find(made.token.id), std::string::npos);
}

TEST_F(Book, Expires) {
  const auto made = make(seconds{60});
  now_ += seconds{59};
  EXPECT_EQ(fate(made.value), TokenFate::let_in);
  now_ += seconds{1};
  EXPECT_EQ(fate(made.value), TokenFate::expired);
  EXPECT_EQ(make().token.life, kDefaultTokenLife);
}

TEST_F(Book, RotatesWithAndWithoutOverlap) {
  const auto first = make(seconds{1'000});
  now_ += seconds{900};
  const auto second = act(TokenDeed::rotate, first.token.id, seconds{50});
  ASSERT_TRUE(second);
  EXPECT_NE(second->value, first.value);
  EXPECT_EQ(fate(first.value), TokenFate::let_in);
  EXPECT_EQ(fate(second->value), TokenFate::let_in);
  now_ += seconds{50};
  EXPECT_EQ(fate(first.value), TokenFate::expired);
  now_ += seconds{900};  // its life began anew
  EXPECT_EQ(fate(second->value), TokenFate::let_in);
  const auto third = act(TokenDeed::rotate, first.token.id);
  ASSERT_TRUE(third);
  EXPECT_EQ(fate(second->value), TokenFate::refused);
  EXPECT_EQ(fate(third->value), TokenFate::let_in);
}

TEST_F(Book, AnOverlapDoesNotLengthenALife) {
  const auto first = make(seconds{100});
  now_ += seconds{90};
  ASSERT_TRUE(act(TokenDeed::rotate, first.token.id, seconds{1'000}));
  now_ += seconds{10};
  EXPECT_EQ(fate(first.value), TokenFate::expired);
  const auto dead = make(seconds{1});
  now_ += seconds{5};
  ASSERT_TRUE(act(TokenDeed::rotate, dead.token.id, seconds{1'000}));
  EXPECT_NE(fate(dead.value), TokenFate::let_in);
}

TEST_F(Book, RevokesForGood) {
  const auto made = make();
  ASSERT_TRUE(act(TokenDeed::rotate, made.token.id, seconds{1'000}));
  ASSERT_TRUE(act(TokenDeed::revoke, made.token.id));
  EXPECT_EQ(fate(made.value), TokenFate::refused);
  EXPECT_EQ(act(TokenDeed::revoke, made.token.id).error().kind, ErrorKind::conflict);
  EXPECT_EQ(act(TokenDeed::rotate, made.token.id).error().kind, ErrorKind::conflict);
  EXPECT_EQ(act(TokenDeed::revoke, "nobody").error().kind, ErrorKind::not_found);
  EXPECT_EQ(act(TokenDeed::rotate, "nobody").error().kind, ErrorKind::not_found);
}

TEST_F(Book, LimitsTheRateOfEachByItself) {
  const auto slow = make(seconds{0}, 2), other = make(seconds{0}, 2);
  EXPECT_EQ(fate(slow.value), TokenFate::let_in);
  EXPECT_EQ(fate(slow.value), TokenFate::let_in);
  const auto verdict = book_.judge(slow.value, now_, true);
  EXPECT_EQ(verdict.fate, TokenFate::limited);
  EXPECT_EQ(verdict.retry_after, seconds{30});
  EXPECT_EQ(book_.judge(slow.value, now_, false).fate, TokenFate::let_in);
  EXPECT_EQ(fate(other.value), TokenFate::let_in);
  now_ -= seconds{3'600};  // a clock that is set back gives nothing
  EXPECT_EQ(fate(slow.value), TokenFate::limited);
  now_ += seconds{30};
  EXPECT_EQ(fate(slow.value), TokenFate::let_in);
  EXPECT_EQ(fate(slow.value), TokenFate::limited);
}

TEST_F(Book, RefusesWhatIsNotWhole) {
  const auto refused = [&](auto&& spoil) {
    TokenAct act = creating();
    spoil(act);
    const auto change = book_.change(act, now_, random());
    return !change && change.error().kind == ErrorKind::invalid;
  };
  EXPECT_TRUE(refused([](TokenAct& act) { act.name.clear(); }));
  EXPECT_TRUE(refused([](TokenAct& act) { act.name = "a\nb"; }));
  EXPECT_TRUE(refused([](TokenAct& act) { act.name = std::string(101, 'x'); }));
  EXPECT_TRUE(refused([](TokenAct& act) { act.scopes.clear(); }));
  EXPECT_TRUE(refused([](TokenAct& act) { act.scopes.assign(21, "read:events"); }));
  for (const char* scope : {"events", "read:", "read:nothing", "admin:*", "read:events "}) {
    EXPECT_TRUE(refused([&](TokenAct& act) { act.scopes = {scope}; })) << scope;
  }
  EXPECT_TRUE(refused([](TokenAct& act) { act.life = kMaxTokenLife + seconds{1}; }));
  EXPECT_TRUE(refused([](TokenAct& act) { act.per_minute = kMaxPerMinute + 1; }));
  EXPECT_TRUE(refused([](TokenAct& act) { act.within = {"read:config", "write:*"}; }));
  EXPECT_TRUE(refused([](TokenAct& act) { act.deed = TokenDeed::none; }));
  EXPECT_TRUE(book_.tokens().empty());
}

TEST_F(Book, ATokenRotatesNoneThatMayDoMore) {
  const auto made = make();
  TokenAct rotate;
  rotate.deed = TokenDeed::rotate;
  rotate.id = made.token.id;
  rotate.within = {"write:tokens"};
  EXPECT_EQ(book_.change(rotate, now_, random()).error().kind, ErrorKind::invalid);
  rotate.within.push_back("read:*");
  EXPECT_TRUE(book_.change(rotate, now_, random()));
}

TEST_F(Book, HasRoomForSoManyAndLetsTheEndedGo) {
  for (std::size_t i = 0; i < kMaxTokens; ++i) make(seconds{i == 3 ? 10 : 1'000});
  EXPECT_EQ(book_.change(creating(), now_, random()).error().kind, ErrorKind::conflict);
  const std::string ended = book_.tokens()[3].id;
  now_ += seconds{10};
  make();
  EXPECT_EQ(book_.tokens().size(), kMaxTokens);
  for (const auto& token : book_.tokens()) EXPECT_NE(token.id, ended);
}

TEST(Scopes, AreCoveredByTheirOwnOrByAll) {
  EXPECT_TRUE(covers({"read:*"}, "read:events"));
  EXPECT_FALSE(covers({"write:*"}, "read:events"));
  EXPECT_FALSE(covers({"read:config"}, "read:events"));
  EXPECT_FALSE(covers({"read:events"}, "read:*"));
  EXPECT_FALSE(covers({}, "read:events"));
  EXPECT_TRUE(is_scope("write:*"));
}

}  // namespace
}  // namespace tenon
