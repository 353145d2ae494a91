// Case: one named check of a connector, and what it may look at.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "conformance/elf_file.hpp"
#include "conformance/manifest_facts.hpp"
#include "testkit/expectation.hpp"

namespace tenon::conformance {

// Thrown by a case: the connector breaks the contract, in words.
struct Failure {
  std::string why;
};
// Thrown by a case: it has nothing to look at here.
struct Skip {
  std::string why;
};
// Thrown by a case: the contract holds, yet an operator should know this. Does not fail the run.
struct Warning {
  std::string why;
};

// The connector under test. Everything is read when first asked for, in the case's own process;
// what cannot be read is a Failure.
class Subject {
 public:
  Subject(std::string so, std::string golden, std::uint64_t seed)
      : so_(std::move(so)), golden_(std::move(golden)), seed_(seed) {}

  const std::string& so() const { return so_; }
  const std::string& golden_folder() const { return golden_; }
  std::uint64_t seed() const { return seed_; }
  const ElfFile& elf();
  const ManifestFacts& facts();
  // Loads the file (and never unloads it).
  const tenon_connector& table();
  // Skip if no folder was given, Failure if it cannot be read or is empty.
  const std::vector<testkit::Golden>& goldens();
  // Settings that work: those of the first golden, else an empty object.
  std::string settings();
  // An instance with these settings; Failure if they are refused.
  std::unique_ptr<testkit::Instance> instance(const std::string& settings);

  // What the options named beside the connector; empty: not given.
  struct Beside {
    std::string against;  // --against: the .so of an earlier release
    std::string model;    // --model: the .so of the vendor's model
  };
  void set_beside(Beside beside) { beside_ = std::move(beside); }
  const Beside& beside() const { return beside_; }

 private:
  std::string so_, golden_;
  std::uint64_t seed_;
  Beside beside_;
  std::optional<ElfFile> elf_;
  std::optional<ManifestFacts> facts_;
  const tenon_connector* table_ = nullptr;
  std::optional<std::vector<testkit::Golden>> goldens_;
};

struct Case {
  std::string name;
  std::string what;  // in one line, for people
  std::function<void(Subject&)> run;
  // One sentence on what goes wrong in the field if this does not hold; printed on a failure.
  std::string matters{};
};

// Every case, in the order of running; the parts are in cases_*.cpp. With a folder of goldens each
// of them is a case, "golden.<its name>".
std::vector<Case> all_cases(const std::string& golden_folder);
std::vector<Case> file_cases();
std::vector<Case> hardening_cases();
std::vector<Case> door_cases();
std::vector<Case> manifest_cases();
std::vector<Case> life_cases();
std::vector<Case> call_cases();
std::vector<Case> golden_cases(const std::string& golden_folder);
std::vector<Case> skew_cases();
std::vector<Case> resume_cases();
std::vector<Case> reply_cases();
std::vector<Case> fuzz_cases();
std::vector<Case> batch_cases();
std::vector<Case> shape_cases();
std::vector<Case> secret_cases();
std::vector<Case> retry_cases();
std::vector<Case> pull_cases();
std::vector<Case> op_cases();
std::vector<Case> against_cases();
std::vector<Case> model_cases();

// Writes the goldens whose case `wanted` names anew, in this process; says on `out` what changed.
// False if one could not be run or written.
bool update_goldens(Subject& subject, const std::function<bool(const std::string&)>& wanted,
                    std::ostream& out);

// The pushes of all goldens in one text; what `tenon-check --transcript` prints.
std::string transcripts(Subject& subject);

inline void fail(const std::string& why) { throw Failure{why}; }

}  // namespace tenon::conformance
