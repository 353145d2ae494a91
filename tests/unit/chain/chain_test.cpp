// The chain as values: every edit, deletion, swap and cut is found, and the first bad entry named.
#include "chain/chain.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tenon {
namespace {

ChainKey key_of(char fill) { return *ChainKey::of(Secret(std::string(kChainKeyBytes, fill))); }

AuditEntry entry_of(int i) {
  AuditEntry entry;
  entry.at = time_from_us(1'767'225'600'000'000 + i);
  entry.status = i % 3 == 0 ? 403 : 200;
  entry.actor = "token:" + std::to_string(i % 5);
  entry.act = "POST /api/v1/destinations/*/pause";
  entry.target = "crm" + std::to_string(i);
  return entry;
}

std::vector<AuditEntry> chain_of(int size, const ChainKey& key) {
  std::vector<AuditEntry> out;
  ChainHead head;
  for (int i = 0; i < size; ++i) {
    out.push_back(entry_of(i));
    seal(out.back(), head, key);
  }
  return out;
}

ChainHead head_of(const AuditEntry& entry) { return {entry.sequence, entry.mac}; }

ChainReport check(const std::vector<AuditEntry>& entries, const ChainKey& key, bool origin = true,
                  const std::string& anchor = {}) {
  std::optional<ChainAnchor> wanted;
  if (!anchor.empty()) wanted = *parse_anchor(anchor);
  ChainCheck check(key, origin, wanted);
  for (const auto& entry : entries) check.take(entry);
  return check.report();
}

TEST(Chain, IsWholeAsItWasWritten) {
  const auto key = key_of('k');
  const auto chain = chain_of(40, key);
  const auto report = check(chain, key, true, to_text(head_of(chain[39])));
  EXPECT_TRUE(report.whole()) << report.broken;
  EXPECT_EQ(report.entries, 40u);
  EXPECT_EQ(report.first, 1u);
  EXPECT_EQ(report.anchor, AnchorFate::found);
  EXPECT_EQ(report.head, head_of(chain[39]));
  EXPECT_EQ(report.without_key + report.key_gone, 0u);
  EXPECT_TRUE(check({}, key).whole());
}

// An entry at the beginning can be passed off as one of a key that is gone: that is told apart.
bool tells(const ChainReport& report) { return !report.whole() || report.key_gone > 0; }

// 10,000 changes of the stored bytes: a flipped bit, an entry less, two swapped, one twice, the end
// cut off. The last is found by the anchor alone.
TEST(Chain, AnyChangeIsFound) {
  std::mt19937 random{20261127};
  const auto key = key_of('k');
  const auto chain = chain_of(30, key);
  const std::string anchor = to_text(head_of(chain.back()));
  int found = 0;
  for (int round = 0; round < 10'000; ++round) {
    auto other = chain;
    const std::size_t at = random() % other.size();
    const auto place = other.begin() + static_cast<std::ptrdiff_t>(at);
    bool damaged = false;
    switch (round % 5) {
      case 0: {
        std::string bytes = encode(other[at]);
        bytes[random() % bytes.size()] ^= static_cast<char>(1u << (random() % 8));
        const auto decoded = decode_audit_entry(bytes);
        if (decoded) other[at] = *decoded;
        damaged = !decoded;
        break;
      }
      case 1: other.erase(place); break;
      case 2: std::swap(other[at], other[(at + 1 + random() % 28) % 30]); break;
      case 3: other.insert(place, other[at]); break;
      case 4: other.erase(place, other.end()); break;
    }
    if (other == chain && !damaged) continue;  // two swapped that were one
    found += damaged || tells(check(other, key, true, anchor)) ? 1 : 0;
    if (round % 5 != 4 && !damaged && at + 1 < chain.size()) {
      EXPECT_TRUE(tells(check(other, key))) << "round " << round << ", without an anchor";
    }
  }
  EXPECT_EQ(found, 10'000);
}

TEST(Chain, NamesTheFirstThatDoesNotFit) {
  const auto key = key_of('k');
  auto chain = chain_of(10, key);
  chain[4].actor = "uid:0";
  EXPECT_EQ(check(chain, key).broken_at, 5u);
  EXPECT_NE(check(chain, key).broken.find("changed"), std::string::npos);
  chain = chain_of(10, key);
  chain.erase(chain.begin() + 6);
  EXPECT_EQ(check(chain, key).broken_at, 7u);
  EXPECT_NE(check(chain, key).broken.find("wanted entry 7, found 8"), std::string::npos);
}

// Whoever has no key cannot make an entry that fits, even with all that comes after it.
TEST(Chain, ItCannotBeMadeAnewWithoutTheKey) {
  const auto key = key_of('k'), forged = key_of('f');
  const auto chain = chain_of(10, key);
  for (const ChainKey* with : {&forged, static_cast<const ChainKey*>(nullptr)}) {
    const ChainKey bare;
    auto other = chain;
    ChainHead head = head_of(other[3]);
    for (std::size_t i = 4; i < other.size(); ++i) {
      other[i].actor = "nobody";
      seal(other[i], head, with == nullptr ? bare : *with);
    }
    const auto report = check(other, key);
    if (with != nullptr) {
      EXPECT_EQ(report.broken_at, 5u);
    } else {
      EXPECT_EQ(report.bare_after_keyed, 5u);  // told: it may also be a vault that was closed
    }
    EXPECT_EQ(check(other, key, true, to_text(head_of(chain[9]))).anchor, AnchorFate::other);
  }
}

TEST(Chain, WithoutAKeyOnlyAnAnchorTellsAChainMadeAnew) {
  const ChainKey bare;
  const auto chain = chain_of(10, bare);
  auto other = chain;
  ChainHead head;
  for (auto& entry : other) {
    entry.actor = "nobody";
    seal(entry, head, bare);
  }
  EXPECT_TRUE(check(other, bare).whole());
  EXPECT_EQ(check(other, bare).without_key, 10u);
  EXPECT_FALSE(check(other, bare, true, to_text(head_of(chain[5]))).whole());
}

// A vault that was shredded takes the key along: what was under it still hangs together.
TEST(Chain, AKeyThatIsGoneIsTold) {
  const auto old = key_of('o'), now = key_of('n');
  auto chain = chain_of(5, old);
  ChainHead head = head_of(chain.back());
  for (int i = 5; i < 10; ++i) {
    chain.push_back(entry_of(i));
    seal(chain.back(), head, now);
  }
  EXPECT_TRUE(check(chain, now).whole());
  EXPECT_EQ(check(chain, now).key_gone, 5u);
  auto shorter = chain;
  shorter.erase(shorter.begin() + 2);
  EXPECT_EQ(check(shorter, now).broken_at, 3u);
  // An entry cannot be passed off as one of an earlier key once there is one of ours.
  chain[8].actor = "nobody";
  chain[8].key = 77;
  EXPECT_EQ(check(chain, now).broken_at, 9u);
}

TEST(Chain, ABeginningMayBeForgottenWhereTheLogSaysSo) {
  const auto key = key_of('k');
  auto chain = chain_of(10, key);
  const std::string first = to_text(head_of(chain[0]));
  chain.erase(chain.begin(), chain.begin() + 4);
  EXPECT_TRUE(check(chain, key, false).whole());
  EXPECT_EQ(check(chain, key, false).first, 5u);
  EXPECT_EQ(check(chain, key, false, first).anchor, AnchorFate::older);
  EXPECT_EQ(check(chain, key, true).broken_at, 1u);
  chain[0].actor = "nobody";  // the first is held against itself
  EXPECT_EQ(check(chain, key, false).broken_at, 5u);
}

TEST(Chain, AnAnchorIsReadStrictly) {
  const auto chain = chain_of(3, key_of('k'));
  const std::string good = to_text(head_of(chain[2]));
  ASSERT_TRUE(parse_anchor(good)) << good;
  EXPECT_EQ(parse_anchor(good)->sequence, 3u);
  for (const std::string& bad : {std::string(), std::string("3"), std::string("3:"), good + "0",
                                 good.substr(0, 33), "0" + good.substr(1), "-" + good, "x" + good,
                                 good.substr(0, 33) + "g", "99999999999999999999" + good}) {
    EXPECT_FALSE(parse_anchor(bad)) << bad;
  }
}

TEST(Chain, ABodyIsKeptAsAKeyedHashOrNotAtAll) {
  const auto one = key_of('k'), two = key_of('l');
  EXPECT_NE(one.digest_of("secret"), Digest128{});
  EXPECT_NE(one.digest_of("secret"), two.digest_of("secret"));
  EXPECT_EQ(one.digest_of("secret"), one.digest_of("secret"));
  EXPECT_EQ(ChainKey().digest_of("secret"), Digest128{});
  EXPECT_FALSE(ChainKey::of(Secret(std::string(31, 'k'))));
}

TEST(AuditEntry, IsReadAsItWasWritten) {
  auto chain = chain_of(1, key_of('k'));
  auto entry = chain[0];
  entry.until = entry.at;
  entry.count = 3;
  entry.begun = 7;
  entry.peer = "127.0.0.1";
  entry.why = "scope-missing";
  entry.body.fill(9);
  EXPECT_EQ(*decode_audit_entry(encode(entry)), entry);
  const std::string bytes = encode(entry);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(decode_audit_entry(bytes.substr(0, i))) << i;
  }
  EXPECT_FALSE(decode_audit_entry(bytes + "x"));
  entry.target.assign(kMaxAuditText + 50, 't');
  EXPECT_EQ(decode_audit_entry(encode(entry))->target.size(), kMaxAuditText);
}

}  // namespace
}  // namespace tenon
