// tenon-check finds the defect of each animal in the zoo by the case that it is named after.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "zoo_table.hpp"

namespace tenon {
namespace {

struct Checked {
  int exit = -1;
  std::string output;
};

// Runs the program, its standard output captured.
Checked check(const std::string& words) {
  const std::string command = "'" TENON_BINARY_DIR "/bin/tenon-check' " + words + " 2>/dev/null";
  FILE* pipe = popen(command.c_str(), "r");
  Checked checked;
  if (pipe == nullptr) return checked;
  std::array<char, 4096> part;
  while (const std::size_t got = fread(part.data(), 1, part.size(), pipe)) {
    checked.output.append(part.data(), got);
  }
  const int status = pclose(pipe);
  checked.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return checked;
}

std::string zoo(const std::string& name) {
  return "'" TENON_BINARY_DIR "/zoo/" + name +
         ".so' --golden '" TENON_SOURCE_DIR "/tests/conformance/zoo/golden'";
}

// The vendor's model, and the release before where the zoo has one.
std::string beside(const std::string& name) {
  const std::string before = TENON_BINARY_DIR "/zoo/before/" + name + ".so";
  return " --model '" TENON_BINARY_DIR "/zoo/model/zoo.so'" +
         (std::filesystem::exists(before) ? " --against '" + before + "'" : "");
}

// Case name -> result.
std::map<std::string, std::string> results(const Checked& checked) {
  std::map<std::string, std::string> by_name;
  const auto json = nlohmann::json::parse(checked.output, nullptr, false);
  if (!json.is_object()) return by_name;
  for (const auto& item : json.at("cases")) by_name[item.at("name")] = item.at("result");
  return by_name;
}

// The cases that did not pass or skip; all goldens but that of abilities are one.
std::set<std::string> failing(const std::map<std::string, std::string>& found) {
  std::set<std::string> names;
  for (const auto& [name, result] : found) {
    if (result == "pass" || result == "skip") continue;
    const bool golden = name.starts_with("golden.") && name != "golden.every_ability";
    names.insert(golden ? "golden" : name);
  }
  return names;
}

std::set<std::string> words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

std::string shown(const std::set<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += " " + name;
  return list;
}

class Zoo : public ::testing::TestWithParam<Animal> {
 protected:
  static void TearDownTestSuite() {
    std::cout << "zoo: " << caught_ << "/" << std::size(kAnimals) << std::endl;
  }
  static inline std::size_t caught_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Animals, Zoo, ::testing::ValuesIn(kAnimals),
                         [](const auto& info) { return std::string(info.param.name); });

// By that case, and by no other that is not told of in the table: so none is caught by accident.
TEST_P(Zoo, is_caught_by_the_case_of_its_name) {
  const Animal& animal = GetParam();
  std::string name = animal.name;
  name[name.find('_')] = '.';
  const bool all = std::string(animal.also) != kMost;
  const Checked checked =
      check(zoo(animal.name) + beside(animal.name) + (all ? "" : " --only '^" + name + "$'") +
            " --format json --timeout-ms " + (all ? "20000" : "4000"));
  auto found = results(checked);
  EXPECT_EQ(checked.exit, std::string(animal.result) == "warn" ? 0 : 1);
  EXPECT_EQ(found[name], animal.result) << checked.output;
  std::set<std::string> wanted = words(all ? animal.also : "");
  wanted.insert(name);
  EXPECT_EQ(shown(failing(found)), shown(wanted));
  caught_ += !HasFailure();
}

// What the host would refuse or survive, the author reads in the same words before.
TEST(Check, tells_each_breach_of_the_contract) {
  const std::pair<const char*, const char*> breaches[] = {
      {"size_short", "request.size: wanted 176 to 4096, found 8"},
      {"size_wild", "request.size: wanted 176 to 4096, found 4294967280"},
      {"stride_short", "request.headers: wanted a stride of 32 to 4096 by 8, found 8"},
      {"place_unknown", "request.secrets[0].place: wanted 1 to 4, found 9"},
      {"verdict_unknown", "outcome.verdict: wanted 0 to 6, found 99"},
      {"status_unknown", "status: wanted -6 to 0, found 77"},
      {"request_null", "request: wanted a struct, found null"},
      {"text_null", "request.path: wanted a pointer to 4 bytes, found null"},
      {"array_null", "request.headers: wanted a pointer to 5 elements, found null"},
      {"length_huge", "request.body: wanted at most 8388608 bytes, found 1099511627776"},
      {"after_suspend", "request: pushed after suspend"},
      {"outcome_index", "outcome: for a record that is not there"},
      {"covers_range", "request: covers a record that is not there"},
      {"pointer_wild", "Segmentation fault"},
      // Or a bus error, where a mapping behind its data is longer than its file.
      {"length_past_end", "every_record        signal"},
  };
  for (const auto& [name, says] : breaches) {
    const Checked checked = check("'" TENON_BINARY_DIR "/breaches/" + std::string(name) +
                                  ".so' --golden '" TENON_SOURCE_DIR
                                  "/tests/conformance/zoo/golden_nested' --only every_record");
    EXPECT_EQ(checked.exit, 1) << name;
    EXPECT_NE(checked.output.find(says), std::string::npos) << name << ": " << checked.output;
  }
}

TEST(Check, finds_nothing_in_a_sound_connector) {
  const Checked checked = check(zoo("sound") + beside("sound") + " --format json");
  EXPECT_EQ(checked.exit, 0) << checked.output;
  const auto found = results(checked);
  EXPECT_GE(found.size(), 80u);
  for (const auto& [name, result] : found) EXPECT_EQ(result, "pass") << name;
}

TEST(Check, a_forbidden_call_is_named_with_its_maker_and_a_way_out) {
  const auto found = check(zoo("doors_calls") + " --only '^doors'").output;
  for (const char* words : {"system call", "made by socket", "declare an endpoint"}) {
    EXPECT_NE(found.find(words), std::string::npos) << found;
  }
}

TEST(Check, lists_inside_of_other_objects_count_as_well) {
  const Checked checked =
      check("'" TENON_BINARY_DIR "/zoo/nested.so' --golden '" TENON_SOURCE_DIR
            "/tests/conformance/zoo/golden_nested' --only '^reply' --format json");
  auto found = results(checked);
  EXPECT_EQ(found["reply.order_changed"], "fail") << checked.output;
  // Each of the records has lost its item, and the other one is not it.
  EXPECT_EQ(found["reply.item_missing"], "pass") << checked.output;
}

// In a child's child, which must not go on as if it were the program.
TEST(Check, a_refusal_behind_shut_doors_is_told_once) {
  const auto found = check(zoo("refuses") + " --only '^doors'").output;
  // To the end of the line: the words of two programs would stand there one behind the other.
  const std::size_t told = found.find("were refused (config): never\n");
  EXPECT_NE(told, std::string::npos) << found;
  EXPECT_EQ(found.find("refused", told + 10), std::string::npos) << found;
  EXPECT_NE(found.find("0 passed, 1 failed, 0 skipped"), std::string::npos) << found;
}

// Beside the animals there are three: the sound one, one that refuses all, one in C++.
TEST(Check, every_animal_is_tested) {
  std::size_t animals = 0;
  for (const auto& file : std::filesystem::directory_iterator(TENON_BINARY_DIR "/zoo")) {
    animals += file.path().extension() == ".so";
  }
  EXPECT_EQ(animals, std::size(kAnimals) + 3);
}

// A case that no animal fails might catch nothing. Those that follow from the author's own goldens,
// and what only a broken build breaks, are left out.
TEST(Check, every_case_has_an_animal) {
  std::set<std::string> caught{"golden.readable"};
  for (const Animal& animal : kAnimals) {
    std::string name = animal.name;
    name[name.find('_')] = '.';
    caught.insert(name);
  }
  std::istringstream list(check(zoo("sound") + " --list").output);
  for (std::string line; std::getline(list, line);) {
    const std::string name = line.substr(0, line.find(':'));
    const bool own = name.starts_with("golden.") && name != "golden.every_ability";
    EXPECT_TRUE(own || caught.count(name) != 0) << name;
  }
}

TEST(Check, writes_three_formats) {
  const std::string only = zoo("sound") + " --only '^load' --format ";
  EXPECT_NE(check(only + "text").output.find("4 passed, 0 failed, 0 skipped\n"), std::string::npos);
  EXPECT_NE(check(only + "json").output.find("\"passed\": 4"), std::string::npos);
  EXPECT_NE(check(only + "junit").output.find("tests=\"4\" failures=\"0\""), std::string::npos);
}

TEST(Check, cost_is_measured_and_written) {
  const std::string file = ::testing::TempDir() + "check_cost.json";
  const Checked checked = check(zoo("sound") + " --cost '" + file + "'");
  EXPECT_EQ(checked.exit, 0) << checked.output;
  const auto cost = nlohmann::json::parse(std::ifstream(file), nullptr, false);
  ASSERT_TRUE(cost.is_object());
  EXPECT_EQ(cost["connector"], "sound");
  EXPECT_GT(cost["us_per_event"], 0.0);
  EXPECT_EQ(cost["goldens"]["send_done"]["events"], 4);
  EXPECT_EQ(check(zoo("sound") + " --cost /nonexistent/cost.json").exit, 1);
}

TEST(Check, what_stands_beside_the_connector_must_be_what_it_says) {
  const std::string other = check(zoo("sound") + " --only '^against.manifest$' --against '" +
                                  TENON_BINARY_DIR "/zoo/state_strange.so'")
                                .output;
  EXPECT_NE(other.find("wanted an earlier release of sound, found one of state_strange"),
            std::string::npos)
      << other;
  const std::string model =
      check(zoo("sound") + " --only '^model.pull$' --model /nonexistent.so").output;
  EXPECT_NE(model.find("--model: wanted the .so of a vendor's model"), std::string::npos) << model;
}

TEST(Check, in_process_gives_the_same) {
  EXPECT_EQ(check(zoo("sound") + " --in-process --only golden").exit, 0);
  EXPECT_EQ(check(zoo("determinism_same_instance") + " --in-process --only same_instance").exit, 1);
}

// What --update does to a copy of the goldens: a spoilt one fails by its field, and is mended.
TEST(Check, update_mends_a_golden_and_says_what_changed) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(::testing::TempDir()) / "check_update";
  fs::remove_all(folder);
  fs::copy(TENON_SOURCE_DIR "/tests/conformance/zoo/golden", folder);
  const fs::path file = folder / "send_auth.json";
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  std::string spoilt = text.str();
  const std::size_t place = spoilt.find("/v1/items");
  ASSERT_NE(place, std::string::npos);
  spoilt.replace(place, 9, "/v1/other");
  std::ofstream(file) << spoilt;
  const std::string sound =
      "'" TENON_BINARY_DIR "/zoo/sound.so' --golden '" + folder.string() + "' ";
  const std::string only = "--only '^golden." + file.stem().string() + "$'";
  const Checked failing = check(sound + only);
  EXPECT_EQ(failing.exit, 1);
  EXPECT_NE(failing.output.find("/steps/0/0/request/path\n      wanted  \"/v1/other\"\n"
                                "      found   \"/v1/items\""),
            std::string::npos)
      << failing.output;
  const Checked updated = check(sound + only + " --update");
  EXPECT_EQ(updated.exit, 0);
  EXPECT_NE(updated.output.find("was  \"/v1/other\"\n      is   \"/v1/items\""), std::string::npos)
      << updated.output;
  EXPECT_EQ(check(sound + only).exit, 0);
  EXPECT_EQ(check(sound + only + " --update").output, "1 left as they were\n");
  EXPECT_EQ(check("'" TENON_BINARY_DIR "/zoo/sound.so' --update").exit, 2);
}

TEST(Check, bad_files_fail_and_bad_words_are_refused) {
  EXPECT_EQ(check("/nonexistent.so --only load").exit, 2);
  EXPECT_EQ(check("'" TENON_SOURCE_DIR "/CMakeLists.txt' --only load").exit, 2);
  EXPECT_EQ(check("'" TENON_BINARY_DIR "/zoo/sound.so' --golden /nonexistent --only golden").exit,
            1);
  EXPECT_EQ(check(zoo("sound") + " --only no_such_case").exit, 2);
  EXPECT_EQ(check(zoo("sound") + " --only '('").exit, 2);
  EXPECT_EQ(check("").exit, 2);
}

}  // namespace
}  // namespace tenon
