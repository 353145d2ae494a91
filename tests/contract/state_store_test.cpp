// The StateStore contract on memory and SQLite, and what SQLite does with files it cannot use.
#include <fstream>

#include "backends/memory/memory_state_store.hpp"
#include "backends/sqlite_state/sqlite_state_stores.hpp"
#include "tests/contract/state_store_contract.hpp"
#include "tests/contract/state_store_folder.hpp"

namespace tenon {
namespace {

struct MemoryStateBackend {
  MemoryStateStores all;
  StateStores& stores() { return all; }
};
struct SqliteBackend {
  TemporaryFolder folder;
  SqliteStateStores all{folder.path + "/state", LogId{7}};
  StateStores& stores() { return all; }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, StateStoreContract, MemoryStateBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StateStoreContract, SqliteBackend);

struct SqliteState : ::testing::Test {
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

TEST_F(SqliteState, ACopyMadeWhileItIsUsedIsTheStateOfItsLastStep) {
  SqliteStateStores stores(folder.path, LogId{1});
  auto store = stores.open("p");
  ASSERT_TRUE(store);
  const auto put = [&](int from, int to, char value) {
    StateBatch batch;
    for (int i = from; i < to; ++i) {
      batch.put("key" + std::to_string(i), std::string(1'000, value));
    }
    ASSERT_TRUE((*store)->commit(std::move(batch)));
  };
  put(0, 3'000, 'a');
  EXPECT_EQ(stores.names(), std::vector<std::string>{"p"});
  const std::string target = folder.path + "/copy.sqlite";
  auto copy = stores.copy("p", target);
  ASSERT_TRUE(copy) << copy.error().text();
  int steps = 0;
  for (bool whole = false; !whole; ++steps) {
    const auto step = (*copy)->step();
    ASSERT_TRUE(step) << step.error().text();
    whole = *step;
    if (!whole) put(100 * steps, 100 * steps + 50, 'b');  // behind it and before it
    if (steps == 1) put(9'000, 9'100, 'c');
  }
  EXPECT_GT(steps, 2);
  const auto want = (*store)->scan("", "", 10'000);
  put(0, 10, 'd');
  EXPECT_EQ(stores.copy("p", target).error().kind, ErrorKind::conflict) << "never over a file";

  SqliteStateStores other(folder.path, LogId{1});
  auto copied = other.open("copy");
  ASSERT_TRUE(copied) << copied.error().text();
  EXPECT_TRUE(other.notes().empty());
  const auto found = (*copied)->scan("", "", 10'000);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 3'100u);
  for (std::size_t i = 0; i < found->size(); ++i) {
    ASSERT_EQ((*found)[i].key, (*want)[i].key);
    ASSERT_EQ((*found)[i].value, (*want)[i].value);
  }
}

TEST_F(SqliteState, ACopyEndsWithItsState) {
  fill(LogId{1});
  SqliteStateStores stores(folder.path, LogId{1});
  EXPECT_EQ(stores.copy("p", folder.path + "/c.sqlite").error().kind, ErrorKind::not_found);
  auto store = stores.open("p");
  ASSERT_TRUE(store);
  auto copy = stores.copy("p", folder.path + "/c.sqlite");
  ASSERT_TRUE(copy);
  store->reset();
  EXPECT_TRUE(stores.names().empty());
  EXPECT_EQ((*copy)->step().error().kind, ErrorKind::conflict);
  copy->reset();
  EXPECT_TRUE(stores.open("p")) << "nothing holds it";
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
