// Subject: reads and loads the connector under test.
#include <dlfcn.h>

#include "conformance/case.hpp"

namespace tenon::conformance {

const ElfFile& Subject::elf() {
  if (!elf_) {
    std::string error;
    elf_ = ElfFile::read(so_, error);
    if (!elf_) fail(error);
  }
  return *elf_;
}

const ManifestFacts& Subject::facts() {
  if (!facts_) {
    const auto section = elf().section(".tenon_manifest");
    if (!section) fail("section .tenon_manifest: wanted the manifest, found no such section");
    std::string error;
    facts_ = read_facts(*section, error);
    if (!facts_) fail(error);
  }
  return *facts_;
}

const tenon_connector& Subject::table() {
  if (table_ == nullptr) {
    const std::string path = so_.find('/') == std::string::npos ? "./" + so_ : so_;
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) fail(std::string("dlopen: ") + dlerror());
    using Entry = const tenon_connector* (*)();
    const auto entry = reinterpret_cast<Entry>(dlsym(handle, TENON_SYMBOL));
    if (entry == nullptr) fail("wanted the symbol " TENON_SYMBOL ", found none");
    table_ = entry();
    if (table_ == nullptr) fail(TENON_SYMBOL " gave no table");
  }
  return *table_;
}

const std::vector<testkit::Golden>& Subject::goldens() {
  if (golden_.empty()) throw Skip{"no --golden folder given"};
  if (!goldens_) {
    std::vector<std::string> errors;
    goldens_ = testkit::read_goldens(golden_, errors);
    if (!errors.empty()) fail(errors.front());
    if (goldens_->empty()) fail(golden_ + ": wanted at least one golden, found none");
  }
  return *goldens_;
}

std::string Subject::settings() {
  return golden_.empty() ? std::string("{}") : goldens().front().settings;
}

std::unique_ptr<testkit::Instance> Subject::instance(const std::string& settings) {
  tenon_status status = TENON_OK;
  std::string explain;
  auto instance = testkit::Instance::create(table(), settings, status, explain);
  if (!instance) {
    fail("create: settings that should work were refused (" +
         std::string(testkit::status_name(status)) + "): " + explain);
  }
  return instance;
}

std::vector<Case> all_cases(const std::string& golden_folder) {
  std::vector<Case> all;
  for (const auto& part :
       {file_cases(), hardening_cases(), manifest_cases(), door_cases(), life_cases(), call_cases(),
        golden_cases(golden_folder), resume_cases(), skew_cases(), reply_cases(), fuzz_cases(),
        batch_cases(), shape_cases(), secret_cases(), retry_cases(), pull_cases(), op_cases(),
        against_cases(), model_cases()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

bool update_goldens(Subject& subject, const std::function<bool(const std::string&)>& wanted,
                    std::ostream& out) {
  int same = 0;
  bool good = true;
  for (const testkit::Golden& golden : subject.goldens()) {
    if (!wanted("golden." + golden.name)) continue;
    const auto instance = subject.instance(golden.settings);
    std::string changed, error;
    if (!testkit::update_golden(*instance, golden, changed, error)) {
      out << "failed    " << golden.name << "\n  " << error << "\n";
      good = false;
    } else if (!changed.empty()) {
      out << "updated   " << golden.name << "\n" << changed;
    } else {
      ++same;
    }
  }
  out << same << " left as they were" << std::endl;
  return good;
}

std::string transcripts(Subject& subject) {
  std::string text;
  for (const testkit::Golden& golden : subject.goldens()) {
    const auto instance = subject.instance(golden.settings);
    text += golden.name + "\n" + testkit::transcript(run_golden(*instance, golden)) + "\n";
  }
  return text;
}

}  // namespace tenon::conformance
