// The StateStore contract on memory and SQLite, and what SQLite does with files it cannot use.
#include <fstream>

#include "backends/memory/memory_state_store.hpp"
#include "backends/sqlite_state/sqlite_state_stores.hpp"
#include "tests/contract/state_store_contract.hpp"
#include "tests/contract/state_store_folder.hpp"

namespace tenon {
namespace {

struct MemoryBackend {
  MemoryStateStores all;
  StateStores& stores() { return all; }
};
struct SqliteBackend {
  TemporaryFolder folder;
  SqliteStateStores all{folder.path + "/state", LogId{7}};
  StateStores& stores() { return all; }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, StateStoreContract, MemoryBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StateStoreContract, SqliteBackend);

struct SqliteState : testing::Test {
  TemporaryFolder folder;
  const std::string path = folder.path + "/p.sqlite";

  void fill(LogId log) {
    SqliteStateStores stores(folder.path, log);
    auto store = stores.open("p");
    ASSERT_TRUE(store);
    StateBatch batch;
    for (int i = 0; i < 2000; ++i) batch.put("key" + std::to_string(i), std::string(100, 'v'));
    ASSERT_TRUE((*store)->commit(std::move(batch)));
    ASSERT_TRUE((*store)->sync());
  }
  // Opens and expects an empty state and a note that says `why`.
  void expect_rebuilt(LogId log, std::string_view why) {
    SqliteStateStores stores(folder.path, log);
    auto store = stores.open("p");
    ASSERT_TRUE(store) << store.error().text();
    EXPECT_TRUE((*store)->scan("", "", 10)->empty());
    ASSERT_EQ(stores.notes().size(), 1u);
    EXPECT_NE(stores.notes()[0].find(why), std::string::npos) << stores.notes()[0];
    StateBatch batch;
    batch.put("a", "b");
    EXPECT_TRUE((*store)->commit(std::move(batch)));
  }
  void overwrite(std::streamoff at, const std::string& bytes) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file << bytes;
    ASSERT_TRUE(file.flush());
  }
};

TEST_F(SqliteState, OfAnotherLogIsDiscarded) {
  fill(LogId{1});
  expect_rebuilt(LogId{2}, "wanted a state of log 2, found 1");
}

TEST_F(SqliteState, ThatIsNoDatabaseIsDiscarded) {
  fill(LogId{1});
  overwrite(0, std::string(200, 'x'));
  expect_rebuilt(LogId{1}, "not a database");
}

TEST_F(SqliteState, WithADamagedSchemaIsDiscarded) {
  fill(LogId{1});
  overwrite(100, std::string(3900, '\x55'));
  expect_rebuilt(LogId{1}, "malformed");
}

TEST_F(SqliteState, OfTheSameLogIsKeptWithoutANote) {
  fill(LogId{1});
  SqliteStateStores stores(folder.path, LogId{1});
  auto store = stores.open("p");
  ASSERT_TRUE(store);
  EXPECT_EQ((*store)->scan("", "", 5000)->size(), 2000u);
  EXPECT_TRUE(stores.notes().empty());
}

TEST_F(SqliteState, DamageMetLaterIsAnErrorAndNotAWrongAnswer) {
  fill(LogId{1});
  SqliteStateStores stores(folder.path, LogId{1});
  auto store = stores.open("p");
  ASSERT_TRUE(store);
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path));
  for (std::streamoff page = 4096; page < size; page += 4096) {
    overwrite(page, std::string(64, '\x7f'));
  }
  const auto found = (*store)->scan("", "", 5000);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::corrupt);
}

TEST_F(SqliteState, IsRefusedToASecondOpener) {
  SqliteStateStores stores(folder.path, LogId{1});
  auto first = stores.open("p");
  ASSERT_TRUE(first);
  auto second = stores.open("p");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict) << second.error().text();
}

TEST_F(SqliteState, NamesThatAreNoFileNamesAreRefused) {
  SqliteStateStores stores(folder.path, LogId{1});
  for (const char* name : {"", "../x", "A", "a/b", "a.b", "a b"}) {
    EXPECT_EQ(stores.open(name).error().kind, ErrorKind::invalid) << name;
  }
  EXPECT_FALSE(stores.open(std::string(101, 'a')));
  EXPECT_TRUE(stores.open(std::string(100, 'a')));
}

}  // namespace
}  // namespace tenon
