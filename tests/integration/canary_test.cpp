// Secrets through every path of a real host, and then a search of all that it lets out: I6.
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <set>

#include "integration/canary_world.hpp"

namespace tenon::testing::canary {
namespace {

// What is started meanwhile may write core files, and does so into the folder.
class CoresInto {
 public:
  explicit CoresInto(std::string folder)
      : folder_(std::move(folder)), was_in_(std::filesystem::current_path()) {
    ::getrlimit(RLIMIT_CORE, &were_);
    rlimit all = were_;
    all.rlim_cur = all.rlim_max;
    ::setrlimit(RLIMIT_CORE, &all);
    std::filesystem::current_path(folder_);
  }
  ~CoresInto() {
    std::filesystem::current_path(was_in_);
    ::setrlimit(RLIMIT_CORE, &were_);
  }
  CoresInto(const CoresInto&) = delete;
  CoresInto& operator=(const CoresInto&) = delete;

  std::set<std::string> cores() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      const std::string name = entry.path().filename();
      if (name.starts_with("core")) names.insert(name);
    }
    return names;
  }

 private:
  std::string folder_;
  std::filesystem::path was_in_;
  rlimit were_{};
};

TEST_F(CanaryHost, NoSecretIsInAnyOutput) {
  const CoresInto folder(world_.folder().path());
  start();
  const std::string marker = random_text();
  json marked = track("marked");
  marked["properties"]["marker"] = marker;
  ASSERT_EQ(post(marked, key_).status, 200);
  connect_inbox();
  world_.trace_until("marked", "inbox", "delivered");
  send_what_is_refused();
  send_through_every_slot();
  ask_with_tokens();
  ask_everything();
  take_captures_out();
  keep("tenon vault rotate", world_.cli({"vault", "rotate"}), 0);
  const std::string next = plant("the next vault passphrase");
  write_file(world_.folder() / "next", next);
  keep("tenon vault rekey", world_.cli({"vault", "rekey", "--from-file", world_.folder() / "next"}),
       0);
  keep("tenon backup create", world_.cli({"backup", "create", world_.folder() / "backup"}), 0);
  expect_that_secrets_travelled();
  for (const auto& token : server_->issued()) canaries_.push_back({"a token by OAuth", token});
  canaries_.push_back({"slots/login as sent", CanarySearch::forms(login_, "base64").front()});

  CanarySearch search(canaries_);
  CanarySearch control({{"what an event says", marker}});
  const auto pids = workers();
  EXPECT_GE(pids.size(), 3u);
  for (const pid_t pid : pids) {
    EXPECT_TRUE(search.look_at_memory(pid)) << pid;
    EXPECT_TRUE(control.look_at_memory(pid)) << pid;
  }
  EXPECT_FALSE(control.hits().empty()) << "the memory of workers was not really read";
  world_.host().signal(SIGQUIT);
  EXPECT_EQ(world_.host().wait(), 128 + SIGQUIT);
  EXPECT_EQ(folder.cores(), std::set<std::string>{}) << "the host left a core file";
  run({"sh", "-c", "kill -QUIT $$"});
  if (folder.cores().empty()) {
    std::puts(
        "canary: this machine writes no core files here, so that the host left none says nothing");
  }
  for (const auto& [what, text] : said_) search.look(what, text);
  // All but what the test wrote itself, and what vendors and the person who agreed wrote.
  search.look_at_folder(world_.folder().path(), {"header", "next", "workspace.toml", "server.pem",
                                                 "client.pem", "oidc.log"});
  EXPECT_TRUE(search.hits().empty()) << describe(search.hits());
  std::printf("canary: outputs=%zu encodings=%zu canaries=%zu mib=%llu hits=%zu\n",
              search.outputs(), std::size(kCanaryEncodings), canaries_.size(),
              static_cast<unsigned long long>(search.bytes() >> 20), search.hits().size());
}

// The search itself: a leak in any form and place is found, and by its name.
TEST(CanaryControl, APlantedLeakIsFoundInEachEncodingAndPlace) {
  const std::vector<Canary> canaries{{"one", random_text()}, {"two", random_text()}};
  const Folder folder;
  for (const auto& canary : canaries) {
    for (const auto encoding : kCanaryEncodings) {
      for (const auto& form : CanarySearch::forms(canary.text, encoding)) {
        for (const std::size_t before : {0u, 1u, 4'090u, 100'000u}) {
          const std::string file = folder / "leak";
          std::string text(before, '\0');
          text += form;
          text += before % 2 == 0 ? "" : std::string(70'000, '\0');
          write_file(file, text);
          CanarySearch search(canaries);
          search.look_at_folder(folder.path());
          ASSERT_EQ(search.hits().size(), 1u) << encoding << " behind " << before;
          EXPECT_EQ(search.hits()[0].canary, canary.name);
          EXPECT_EQ(search.hits()[0].encoding, encoding);
        }
      }
    }
  }
  CanarySearch search(canaries);
  search.look("nothing", std::string(10'000, 'x') + random_text());
  EXPECT_TRUE(search.hits().empty());
}

// What others encode: the secret is found wherever it stands in what was encoded.
TEST(CanaryControl, Base64OfWhateverStandsAroundItIsFound) {
  const std::string secret = random_text();
  for (std::size_t before = 0; before < 7; ++before) {
    const std::string around = std::string(before, '{') + secret + "\"}";
    CanarySearch search({{"it", secret}});
    const auto done = run({"sh", "-c", "printf %s '" + around + "' | base64 -w0"});
    search.look("base64", done.output);
    EXPECT_EQ(search.hits().size(), 1u) << around << " " << done.output;
  }
}

}  // namespace
}  // namespace tenon::testing::canary
