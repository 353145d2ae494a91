// tenon-check as a tool: what it says of bad files, of connectors that attack it, of waivers, in
// each form and under each option.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace tenon {
namespace {

namespace fs = std::filesystem;

struct ToolRun {
  int exit = -1;
  std::string out, err;
};

std::string tool_read(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

class Tool : public ::testing::Test {
 protected:
  Tool() : folder_(fs::path(::testing::TempDir()) / ("tool_" + std::to_string(getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~Tool() override { fs::remove_all(folder_); }

  ToolRun run(const std::string& words) const {
    const std::string err = (folder_ / "err").string();
    FILE* pipe = popen(
        ("'" TENON_BINARY_DIR "/bin/tenon-check' " + words + " 2>'" + err + "'").c_str(), "r");
    ToolRun done;
    if (pipe == nullptr) return done;
    std::array<char, 4096> part;
    while (const std::size_t got = fread(part.data(), 1, part.size(), pipe)) {
      done.out.append(part.data(), got);
    }
    const int status = pclose(pipe);
    done.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    done.err = tool_read(err);
    return done;
  }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return "'" + (folder_ / name).string() + "'";
  }

  // The foe, and a golden in which it does its deed.
  std::string foe(const std::string& deed) const {
    std::string golden = tool_read(TENON_SOURCE_DIR "/tests/conformance/foes/golden/send.json");
    const std::string none = "\"deed\": \"none\"";
    const auto at = golden.find(none);
    EXPECT_NE(at, std::string::npos);
    golden.replace(at, none.size(), "\"deed\": \"" + deed + "\"");
    fs::create_directories(folder_ / deed);
    (void)write(deed + "/send.json", golden);
    return "'" TENON_BINARY_DIR "/foes/foe.so' --golden '" + (folder_ / deed).string() + "'";
  }

  fs::path folder_;
};

// ---- Files that are no connector: told before anything is loaded, with status 2.

struct NoConnector {
  const char* what;
  std::string (*spoil)(std::string sound);
  const char* says;
};

TEST_F(Tool, AFileThatIsNoConnectorIsToldForWhatItIs) {
  const std::string sound = tool_read(TENON_BINARY_DIR "/foes/foe.so");
  ASSERT_GT(sound.size(), 1000u);
  const NoConnector files[] = {
      {"text", [](std::string) { return std::string("# Notes\nnothing here\n"); },
       "found text: \"# Notes\""},
      {"empty", [](std::string) { return std::string(); }, "found an empty file"},
      {"package", [](std::string) { return "PK\x03\x04" + std::string(600, 'x'); },
       "found an archive"},
      {"noise", [](std::string) { return std::string(600, '\x07'); }, "bytes of another kind"},
      // EM_AARCH64, in the header's e_machine.
      {"arm",
       [](std::string bytes) {
         bytes[18] = '\xb7';
         return bytes;
       },
       "found one for AArch64"},
      {"program",
       [](std::string bytes) {
         bytes[16] = 2;
         return bytes;
       },
       "found a program"},
      {"library",
       [](std::string bytes) {
         const std::string entry = "tenon_connector_v1";
         for (auto at = bytes.find(entry); at != std::string::npos; at = bytes.find(entry)) {
           bytes[at] = 'T';
         }
         return bytes;
       },
       "exports tenon_connector_v1, found one that does not"},
      {"torn", [](std::string bytes) { return bytes.substr(0, bytes.size() / 2); }, "torn"},
  };
  for (const NoConnector& file : files) {
    const auto done = run(write(std::string(file.what) + ".so", file.spoil(sound)));
    EXPECT_EQ(done.exit, 2) << file.what << done.out << done.err;
    EXPECT_NE(done.err.find(file.says), std::string::npos) << file.what << ": " << done.err;
    EXPECT_EQ(done.out, "") << file.what;
  }
  EXPECT_NE(run("'" + folder_.string() + "'").err.find("found no file"), std::string::npos);
  const auto missing = run("'" + folder_.string() + "/none.so' --format json");
  EXPECT_EQ(missing.exit, 2);
  const auto json = nlohmann::json::parse(missing.out, nullptr, false);
  ASSERT_TRUE(json.is_object()) << missing.out;
  EXPECT_EQ(json["cases"][0]["name"], "file.is_connector");
  EXPECT_EQ(json["verdict"], "fail");
}

// ---- Connectors that attack the suite: one clear verdict each, and the suite goes on.

struct Foe {
  const char* name;
  const char* result;
  const char* says;  // in `why` or the notes
};
void PrintTo(const Foe& one, std::ostream* out) { *out << one.name; }

class Foes : public Tool, public ::testing::WithParamInterface<Foe> {};
INSTANTIATE_TEST_SUITE_P(
    Deeds, Foes,
    ::testing::Values(Foe{"kills_watcher", "crash", "reach a process that is not its own"},
                      Foe{"kills_everybody", "crash", "reach a process that is not its own"},
                      Foe{"kills_group", "crash", "signal Killed"},
                      Foe{"hangs", "timeout", "no end within 3000 ms"},
                      Foe{"floods", "fail", "wrote more than 1 MiB on stdout or stderr"},
                      Foe{"multiplies", "fail", "started more than 64 processes"},
                      Foe{"leaves_one", "fail", "left 1 process running"},
                      Foe{"eats_memory", "crash", "its memory had grown to"},
                      Foe{"crashes", "crash", "signal Segmentation fault, at address 0x0"},
                      Foe{"throws_out", "crash", "what():  told by the one who threw"},
                      Foe{"exits", "crash", "ended with 0 and without a word"},
                      Foe{"lies", "fail", "wrote into the suite's own pipe"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_P(Foes, GetsAClearVerdictAndTheNextCaseRuns) {
  const std::string name = GetParam().name;
  const std::string patience = name == "eats_memory" ? "25000" : "3000";
  const auto done =
      run(foe(name) +
          " --only '^(conservation.every_record|manifest.present)$' --format json --timeout-ms " +
          patience);
  EXPECT_EQ(done.exit, 1);
  const auto json = nlohmann::json::parse(done.out, nullptr, false);
  ASSERT_TRUE(json.is_object()) << done.out << done.err;
  ASSERT_EQ(json["cases"].size(), 2u) << done.out;
  EXPECT_EQ(json["cases"][0]["result"], "pass") << done.out;
  const auto& last = json["cases"][1];
  EXPECT_EQ(last["result"], GetParam().result) << done.out;
  std::string told = last["why"];
  for (const auto& note : last.value("notes", nlohmann::json::array())) {
    told += "\n" + note.get<std::string>();
  }
  EXPECT_NE(told.find(GetParam().says), std::string::npos) << told;
  // A connector's own output cannot make a report of any size.
  EXPECT_LT(done.out.size(), 20'000u);
}

TEST_F(Tool, NothingThatACaseStartedIsLeft) {
  for (const char* name : {"multiplies", "leaves_one"}) {
    (void)run(foe(name) + " --only '^conservation.every_record' --timeout-ms 3000");
    std::size_t left = 0;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const auto words = tool_read(entry.path() / "cmdline");
      if (words.find((folder_ / name).string()) != std::string::npos) ++left;
    }
    EXPECT_EQ(left, 0u) << name;
  }
}

TEST_F(Tool, ACrashIsToldWithItsPlaceInTheSources) {
  const auto done = run(foe("crashes") + " --only '^conservation.every_record'");
  EXPECT_NE(done.out.find("#0  "), std::string::npos) << done.out;
  if (std::system("command -v addr2line >/dev/null") == 0) {
    EXPECT_NE(done.out.find("stores_at"), std::string::npos) << done.out;
    EXPECT_NE(done.out.find("foe.cpp:"), std::string::npos) << done.out;
  }
  // The suite's own frames are nobody's concern.
  EXPECT_EQ(done.out.find("Subject"), std::string::npos) << done.out;
}

// ---- What a failure says.

TEST_F(Tool, AFailureSaysWhatWasExpectedSeenAndHowToSeeItAgain) {
  const auto done = run(foe("by_place") + " --only '^reply.order' --seed 7");
  EXPECT_EQ(done.exit, 1);
  EXPECT_NE(done.out.find("other outcomes when done comes in another order"), std::string::npos);
  EXPECT_NE(done.out.find("    expected items are matched by what they say"), std::string::npos)
      << done.out;
  const auto at = done.out.find("gdb -ex run --args ");
  ASSERT_NE(at, std::string::npos) << done.out;
  // What is behind "--args" is a whole command that shows the same.
  const std::string line = done.out.substr(at, done.out.find('\n', at) - at).substr(19);
  EXPECT_NE(line.find("--in-process --case reply.order_changed --reproduce 7"), std::string::npos);
  EXPECT_EQ(std::system((line + " >'" + (folder_ / "again").string() + "'").c_str()) >> 8, 1);
  EXPECT_NE(tool_read(folder_ / "again").find("other outcomes when"), std::string::npos);
}

TEST_F(Tool, ASeedIsANumberOrRandomAndIsTold) {
  const std::string one = foe("none") + " --case reply.garbage --format json";
  EXPECT_NE(run(one).out.find("\"seed\": 1,"), std::string::npos);
  EXPECT_NE(run(one + " --reproduce 99").out.find("\"seed\": 99,"), std::string::npos);
  EXPECT_NE(run(one + " --seed random").out, run(one + " --seed random").out);
  EXPECT_EQ(run(one + " --seed soon").exit, 2);
  EXPECT_EQ(run(one + " --seed 1 --reproduce 2").exit, 2);
}

TEST_F(Tool, CasesRunAtOnceAndAreToldInOrder) {
  const auto one = run(foe("none") + " --jobs 1 --format json");
  const auto four = run(foe("none") + " --jobs 4 --format json");
  const auto names = [](const std::string& text) {
    std::string all;
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object()) return text;
    for (const auto& item : json["cases"]) {
      all += item["name"].get<std::string>() + " " + item["result"].get<std::string>() + "\n";
    }
    return all;
  };
  EXPECT_EQ(names(one.out), names(four.out));
  EXPECT_EQ(four.exit, one.exit);
  EXPECT_EQ(run(foe("none") + " --jobs 0").exit, 2);
}

TEST_F(Tool, ACaseIsNamedInFull) {
  EXPECT_EQ(run(foe("none") + " --case load.now_local").exit, 0);
  const auto part = run(foe("none") + " --case load");
  EXPECT_EQ(part.exit, 2);
  EXPECT_NE(part.err.find("wanted the name of a case"), std::string::npos);
}

TEST_F(Tool, GoldensAreFoundBesideTheFileOrHere) {
  fs::copy(TENON_SOURCE_DIR "/tests/conformance/foes/golden", folder_ / "golden");
  fs::copy(TENON_BINARY_DIR "/foes/foe.so", folder_ / "foe.so");
  EXPECT_NE(run("'" + (folder_ / "foe.so").string() + "' --only '^golden'").out.find("golden.send"),
            std::string::npos);
}

// ---- Waivers.

class ToolWaivers : public Tool {
 protected:
  ToolRun with(const std::string& toml, const std::string& deed = "by_place") const {
    return run(foe(deed) +
               " --only '^(reply.order_changed|load.one_symbol)$' --format json --waivers " +
               write("conformance.toml", toml));
  }
};

constexpr const char* kWaiver = "[[waiver]]\ncase = \"reply.order_changed\"\n";

TEST_F(ToolWaivers, AWaivedCaseIsToldAndFailsNothing) {
  const auto done = with(kWaiver + std::string("reason = \"known\"\nuntil = 2999-01-01\n"));
  EXPECT_EQ(done.exit, 0) << done.err;
  const auto json = nlohmann::json::parse(done.out);
  EXPECT_EQ(json["waived"], 1);
  EXPECT_EQ(json["failed"], 0);
  EXPECT_EQ(json["cases"].back()["result"], "waived");
  EXPECT_EQ(json["cases"].back()["waiver"], "known, until 2999-01-01");
  EXPECT_EQ(with(kWaiver + std::string("reason = \"known\"\nissue = \"ACME-17\"\n")).exit, 0);
}

TEST_F(ToolWaivers, OneThatHasEndedFailsAndSaysSo) {
  const auto done = with(kWaiver + std::string("reason = \"known\"\nuntil = 2020-01-31\n"));
  EXPECT_EQ(done.exit, 1);
  EXPECT_NE(done.out.find("its waiver ended on 2020-01-31"), std::string::npos) << done.out;
}

TEST_F(ToolWaivers, OneThatIsNotNeededIsTold) {
  const auto done = with(kWaiver + std::string("reason = \"known\"\nissue = \"A-1\"\n"), "none");
  EXPECT_EQ(done.exit, 0);
  EXPECT_NE(done.out.find("the waiver of reply.order_changed is not needed"), std::string::npos)
      << done.out;
}

TEST_F(ToolWaivers, WhatIsWrongInTheFileIsToldWithItsLine) {
  const std::pair<std::string, const char*> wrong[] = {
      {kWaiver + std::string("until = 2999-01-01\n"), ":1: waiver of reply.order_changed: reason:"},
      {kWaiver + std::string("reason = \"x\"\n"), "wanted its end"},
      {kWaiver + std::string("reason = \"x\"\nuntil = \"soon\"\n"), "wanted a date as 2027-03-01"},
      {kWaiver + std::string("reason = \"x\"\nwhy = \"y\"\n"), "unknown key \"why\""},
      {"[[waiver]]\ncase = \"reply.order_change\"\nreason = \"x\"\nissue = \"y\"\n",
       "did you mean \"reply.order_changed\"?"},
      {"waive = true\n", "found \"waive\""},
      {"[[waiver]\n", "conformance.toml:1: "},
  };
  for (const auto& [toml, says] : wrong) {
    const auto done = with(toml);
    EXPECT_EQ(done.exit, 2) << toml;
    EXPECT_NE(done.err.find(says), std::string::npos) << toml << done.err;
  }
  EXPECT_EQ(run(foe("none") + " --waivers /nonexistent.toml").exit, 2);
}

TEST_F(ToolWaivers, TheFileBesideTheGoldensIsTaken) {
  const std::string words = foe("by_place") + "/ --only '^reply.order_changed'";  // "folder/"
  EXPECT_EQ(run(words).exit, 1);
  (void)write("conformance.toml", kWaiver + std::string("reason = \"known\"\nissue = \"A-1\"\n"));
  const auto done = run(words);
  EXPECT_EQ(done.exit, 0) << done.out << done.err;
  EXPECT_NE(done.out.find("0 passed, 0 failed, 0 skipped, 1 waived\n"), std::string::npos)
      << done.out;
}

// ---- Forms.

TEST_F(Tool, EachFormTellsOfAFailure) {
  const std::string words =
      foe("by_place") + " --only '^(reply.order_changed|load.one_symbol)$' --format ";
  const auto tap = run(words + "tap").out;
  EXPECT_EQ(tap.rfind("TAP version 14\n1..2\nok 1 - load.", 0), 0u) << tap;
  EXPECT_NE(tap.find("\nnot ok 2 - reply.order_changed\n  ---\n  result: fail\n"),
            std::string::npos);
  const auto junit = run(words + "junit").out;
  EXPECT_NE(junit.find("tests=\"2\" failures=\"1\""), std::string::npos) << junit;
  EXPECT_NE(junit.find("<failure type=\"fail\""), std::string::npos);
  const auto html = run(words + "html").out;
  EXPECT_EQ(html.rfind("<!DOCTYPE html>", 0), 0u);
  EXPECT_NE(html.find("What failed"), std::string::npos);
  // One page, nothing from elsewhere.
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("http"), std::string::npos);
  EXPECT_EQ(run(words + "xml").exit, 2);
}

// `script` gives it a terminal.
TEST_F(Tool, OnATerminalGroupsAreCountedAndOneLineGoesOn) {
  if (std::system("command -v script >/dev/null") != 0) GTEST_SKIP() << "no script(1) here";
  const auto shown = [&](const std::string& environment) {
    const std::string command =
        "'" TENON_BINARY_DIR "/bin/tenon-check' " + foe("none") + " --only 'load.now_local|reply'";
    const auto file = folder_ / "shown";
    EXPECT_EQ(std::system(("env " + environment + " script -qec \"" + command + "\" '" +
                           file.string() + "' >/dev/null </dev/null")
                              .c_str()),
              0);
    return tool_read(file);
  };
  const auto colour = shown("-u NO_COLOR TERM=xterm");
  EXPECT_NE(colour.find("\r\033[K"), std::string::npos) << colour;
  EXPECT_NE(colour.find("\033[32m✓"), std::string::npos) << colour;
  EXPECT_NE(colour.find("foe@1.0.0"), std::string::npos);
  const auto plain = shown("NO_COLOR=1 TERM=xterm");
  EXPECT_NE(plain.find("✓ reply"), std::string::npos) << plain;
  EXPECT_EQ(plain.find("\033[3"), std::string::npos) << plain;
  const auto dumb = shown("TERM=dumb");
  EXPECT_EQ(dumb.find('\033'), std::string::npos) << dumb;
  EXPECT_NE(dumb.find("pass     load.now_local"), std::string::npos) << dumb;
}

}  // namespace
}  // namespace tenon
