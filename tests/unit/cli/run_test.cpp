// The command line as a whole, where no host runs: usage, exit status, clear words.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/session.hpp"
#include "ran.hpp"

namespace tenon::cli {
namespace {

TEST(Run, HelpAndVersion) {
  const auto version = tenon({"--version"});
  EXPECT_EQ(version.code, kOk);
  EXPECT_EQ(version.out.rfind("tenon ", 0), 0u);
  for (const auto& words : std::vector<std::vector<std::string>>{{"--help"},
                                                                 {"events", "send", "--help"},
                                                                 {"explain", "--help"},
                                                                 {"dead-letters", "--help"},
                                                                 {"config", "--help"},
                                                                 {"destinations", "--help"},
                                                                 {"vault", "--help"},
                                                                 {"captures", "--help"},
                                                                 {"repro", "--help"},
                                                                 {"vault", "put", "--help"}}) {
    const auto help = tenon(words);
    EXPECT_EQ(help.code, kOk);
    EXPECT_NE(help.out.find("Examples:"), std::string::npos) << help.out;
  }
}

TEST(Run, WrongUsageIsTwo) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {},
           {"dance"},
           {"events"},
           {"explain"},
           {"explain", "evt_x", "--message-id", "a:b"},
           {"events", "send", "f"},
           {"deliveries", "--state", "lost"},
           {"deliveries", "--limit", "501"},
           {"dead-letters", "redrive"},
           {"dead-letters", "redrive", "dlv_x", "--all"},
           {"dead-letters", "redrive", "dlv_x", "--rate", "5/s"},
           {"dead-letters", "redrive", "--all", "--rate", "fast"},
           {"dead-letters", "edit", "dlv_x"},
           {"replay"},
           {"replay", "--destination", "crm", "--from", "2026-01-01T00:00:00Z"},
           {"replay", "show"},
           {"replay", "--destination", "crm", "--from", "a", "--to", "b", "--rate", "0/s", "--yes"},
           {"destinations", "pause", "crm"},
           {"captures"},
           {"captures", "show"},
           {"captures", "export", "--last", "5"},
           {"captures", "export", "--output", "f"},
           {"captures", "list", "--from", "soon"},
           {"repro"},
           {"repro", "nothing-that-is-known"},
           {"repro", "att_x", "--unredacted"},
           {"repro", "att_x", "--bundle", "f", "--debugger", "gdb"},
           {"vault"},
           {"vault", "put"},
           {"vault", "put", "a", "s3cr3t"},
           {"vault", "put", "a", "--from-env", "A", "--from-file", "b"},
           {"vault", "put", "a", "--from-env", "A", "--overlap", "soon"},
           {"vault", "shred"},
           {"destinations", "skip", "crm", "--reason", "r"},
           {"destinations", "skip", "crm", "--yes"},
           {"events", "send", "f", "--source-url", "http://x", "--write-key", "literal"}}) {
    const auto ran = tenon(words);
    EXPECT_EQ(ran.code, kUsage) << ran.out << ran.err;
    EXPECT_EQ(ran.err.find("literal"), std::string::npos) << "a key was echoed";
  }
}

TEST(Run, NoHostIsThreeAndSaysHowToGoOn) {
  const std::string nowhere = ::testing::TempDir() + "no-such-folder";
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"doctor"},
                                             {"explain", "evt_x"},
                                             {"deliveries"},
                                             {"dead-letters", "list"},
                                             {"connectors", "list"},
                                             {"workers", "list"},
                                             {"destinations", "list"},
                                             {"config", "show"},
                                             {"config", "history"},
                                             {"events", "tail"},
                                             {"events", "rejected", "list"},
                                             {"destinations", "resume", "crm"}}) {
    auto with_data = words;
    with_data.insert(with_data.begin(), {"--data", nowhere});
    const auto ran = tenon(with_data);
    EXPECT_EQ(ran.code, kUnreachable) << words[0];
    EXPECT_NE(ran.err.find(nowhere + "/admin.sock"), std::string::npos) << ran.err;
    EXPECT_NE(ran.err.find("tenond"), std::string::npos);
  }
  const auto as_json = tenon({"--data", nowhere, "doctor", "--json"});
  EXPECT_EQ(as_json.code, kUnreachable);
  EXPECT_EQ(nlohmann::json::parse(as_json.out)["type"], "urn:tenon:problem:unreachable");
}

TEST(Run, ConfigIsCheckedWithoutAHost) {
  const auto folder = ::testing::TempDir() + "tenon_no_connectors/";
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(std::filesystem::create_directories(folder));
  const auto file = folder + "tenon_workspace.toml";
  std::ofstream(file) << "colour = 7\n";
  const auto ran = tenon({"config", "check", file, "--connectors", folder});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_NE(ran.out.find("tenon_workspace.toml:1"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("colour"), std::string::npos) << ran.out;
  const auto as_json = tenon({"config", "check", file, "--connectors", folder, "--json"});
  EXPECT_FALSE(nlohmann::json::parse(as_json.out)["valid"].get<bool>());
  const auto missing = tenon({"config", "check", file, "--connectors", folder + "no-such"});
  EXPECT_EQ(missing.code, kFailed);
}

}  // namespace
}  // namespace tenon::cli
