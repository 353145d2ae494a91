// How the ABI may grow, tried on minors that never will be: the lawful one passes, each other one
// is refused in words that name what was changed, what was wanted and what was found.
#include "conformance/abi/headers.hpp"

namespace tenon {
namespace {

struct Crime {
  const char* name;
  std::vector<Edit> edits;  // to the lawful next minor
  const char* says;
};
void PrintTo(const Crime& crime, std::ostream* out) { *out << crime.name; }

// The released table, and the header `text` as a probe; what tenon-abi makes of them.
Ran judged(const std::string& folder, const std::string& header, const std::string& verb) {
  write_text(folder + "/v1.txt", released_table());
  write_text(folder + "/tenon/tenon.h", header);
  write_text(folder + "/tenon/reasons.h", read_text(kInclude + "/tenon/reasons.h"));
  write_text(folder + "/tenon/ext/draft/tomorrow.h", "struct tenon_tomorrow { int soon; };\n");
  const Ran built = build_probe("gcc -std=c11", folder, folder + "/probe.so");
  EXPECT_EQ(built.exit, 0) << built.output;
  return run_command(kTool + " " + verb + " " + folder + "/v1.txt " + folder + "/probe.so");
}

std::string next_header() { return read_text(TENON_NEXT_INCLUDE "/tenon/tenon.h"); }

TEST(Minor, a_lawful_one_passes_and_its_lines_are_appended) {
  const std::string folder = fresh_folder();
  const Ran checked = judged(folder, next_header(), "check");
  EXPECT_EQ(checked.exit, 0) << checked.output;
  EXPECT_TRUE(checked.says("tenon_request.later: the field of offset 176")) << checked.output;
  EXPECT_TRUE(checked.says("TENON_LATER: the enum of value 7 is new in 1.1")) << checked.output;
  EXPECT_TRUE(checked.says("tenon_sink.later: the field of offset 80 of size 8 of type int32 ("));
  // Not in the table: the build goes on, the test stage does not.
  EXPECT_EQ(judged(folder, next_header(), "complete").exit, 1);

  ASSERT_EQ(judged(folder, next_header(), "update").exit, 0);
  const std::string table = read_text(folder + "/v1.txt");
  std::istringstream before(released_table());
  std::string kept;
  std::istringstream after(table);
  std::size_t added = 0;
  for (std::string line, wanted; std::getline(before, wanted);) {
    while (std::getline(after, line) && line != wanted) ++added;
    ASSERT_EQ(line, wanted) << "a released line is gone";
  }
  EXPECT_GT(added, 12U);
  EXPECT_NE(table.find("1.1 struct tenon_request size=184\n"), std::string::npos);
  EXPECT_NE(table.find("minor 1.1 open\n"), std::string::npos);
  const Ran complete =
      run_command(kTool + " complete " + folder + "/v1.txt " + folder + "/probe.so");
  EXPECT_EQ(complete.exit, 0) << complete.output;
}

TEST(Minor, a_draft_is_no_promise) {
  // The draft lies below tenon/ext/draft in each of these folders, and no table knows it.
  const std::string folder = fresh_folder();
  const Ran checked = judged(folder, next_header(), "check");
  EXPECT_FALSE(checked.says("tenon_tomorrow")) << checked.output;
  const Ran included =
      judged(folder, next_header() + "\n#include \"tenon/ext/draft/tomorrow.h\"\n", "check");
  EXPECT_EQ(included.exit, 2);
  EXPECT_TRUE(included.says("a promised header must not include a draft")) << included.output;
}

TEST(Minor, an_open_one_may_change_but_the_table_must_say_so) {
  const std::string folder = fresh_folder();
  const auto header =
      edited(read_text(kInclude + "/tenon/tenon.h"), {{"TENON_RETRY = 5,", "TENON_RETRY = 8,"}});
  judged(folder, header, "check");
  const std::string open = folder + "/open.txt";
  write_text(open, edited(released_table(), {{" released\n", " open\n"}}));
  const Ran checked = run_command(kTool + " check " + open + " " + folder + "/probe.so");
  EXPECT_EQ(checked.exit, 1);
  EXPECT_TRUE(checked.says("TENON_RETRY: wanted value 5 (1.0, which is open), found 8"));
  EXPECT_EQ(run_command(kTool + " update " + open + " " + folder + "/probe.so").exit, 0);
  EXPECT_EQ(run_command(kTool + " complete " + open + " " + folder + "/probe.so").exit, 0);
}

class Unlawful : public ::testing::TestWithParam<Crime> {};
INSTANTIATE_TEST_SUITE_P(
    Minors, Unlawful,
    ::testing::Values(
        Crime{"offset_changed",
              {{"  tenon_str endpoint; ", "  uint64_t early;\n  tenon_str endpoint; "}},
              "tenon_request.endpoint: wanted offset 16 (promised by 1.0), found 24"},
        Crime{"field_inserted",
              {{"  tenon_str endpoint; ", "  uint64_t early;\n  tenon_str endpoint; "}},
              "tenon_request.early: wanted a new field at the end, at offset 176 or more, found it "
              "at 16"},
        Crime{"field_removed",
              {{"  tenon_str vendor_code; ", "  // "}},
              "tenon_outcome.vendor_code: wanted the field of offset 40 of size 16 of type "
              "tenon_str (promised by 1.0), found none"},
        Crime{"field_renamed",
              {{"  uint32_t retry_after_ms;", "  uint32_t again_after_ms;"}},
              "tenon_outcome.retry_after_ms: wanted the field of offset 20 of size 4 of type "
              "uint32 (promised by 1.0), found none"},
        Crime{"fields_reordered",
              {{"  uint32_t verdict;        /* TENON_UNRESOLVED", "  uint32_t applied; /* "},
               {"  uint32_t applied;        /* TENON_APPLIED", "  uint32_t verdict; /* "}},
              "tenon_outcome.verdict: wanted offset 8 (promised by 1.0), found 12"},
        Crime{"enum_renumbered",
              {{"TENON_RETRY = 5,", "TENON_RETRY = 8,"}},
              "TENON_RETRY: wanted value 5 (promised by 1.0), found 8"},
        Crime{"enum_removed",
              {{"  TENON_GOT_LOST = 5 ", "  // "}},
              "TENON_GOT_LOST: wanted the enum of value 5 (promised by 1.0), found none"},
        Crime{"number_reused",
              {{"TENON_LATER = 7,", "TENON_LATER = 6,"}},
              "TENON_ISOLATE: wanted a number of its own, found 6, which is TENON_LATER"},
        Crime{"width_changed",
              {{"  uint32_t http_status; /* of", "  uint64_t http_status; /* of"}},
              "tenon_response.http_status: wanted size 4 (promised by 1.0), found 8"},
        Crime{"sign_changed",
              {{"  uint64_t seed; ", "  int64_t seed; "}},
              "tenon_call.seed: wanted type uint64 (promised by 1.0), found int64"},
        Crime{"frozen_struct_grown",
              {{"} tenon_kv;", "  uint64_t more;\n} tenon_kv;"}},
              "tenon_kv.more: wanted no new field, because a struct without size is frozen, found "
              "one at offset 32"},
        Crime{"function_changed",
              {{"tenon_str state, uint32_t delay_ms)", "tenon_str state, uint64_t delay_ms)"}},
              "tenon_sink.suspend: wanted type int32 (const tenon_sink*, tenon_str, uint32) "
              "(promised by 1.0), found int32 (const tenon_sink*, tenon_str, uint64)"},
        Crime{"macro_changed",
              {{"#define TENON_MAX_STRUCT 4096u", "#define TENON_MAX_STRUCT 8192u"}},
              "TENON_MAX_STRUCT: wanted text 4096u (promised by 1.0), found 8192u"},
        Crime{"macro_removed",
              {{"#define TENON_SYMBOL", "#define TENON_NAME"}},
              "TENON_SYMBOL: wanted the macro of text \"tenon_connector_v1\" (promised by 1.0), "
              "found none"},
        Crime{"struct_too_large",
              {{"} tenon_hint;", "  uint64_t more[600];\n} tenon_hint;"}},
              "struct tenon_hint: wanted at most 4096 bytes, found 4840"},
        Crime{"minor_not_raised",
              {{"#define TENON_ABI_MINOR 1u", "#define TENON_ABI_MINOR 0u"}},
              "tenon_request.later: wanted nothing new in 1.0, which is released, found the field "
              "of offset 176"},
        Crime{"minor_skipped",
              {{"#define TENON_ABI_MINOR 1u", "#define TENON_ABI_MINOR 2u"}},
              "TENON_ABI_MINOR: wanted 0 or 1, found 2"},
        Crime{"bit_field",
              {{"} tenon_hint;", "  uint64_t a : 3, b : 61;\n} tenon_hint;"}},
              "tenon_hint.a: wanted a field of whole bytes, found a bit-field"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_P(Unlawful, is_refused_in_words) {
  const Ran checked = judged(fresh_folder(), edited(next_header(), GetParam().edits), "check");
  EXPECT_NE(checked.exit, 0);
  EXPECT_TRUE(checked.says(GetParam().says)) << checked.output;
}

}  // namespace
}  // namespace tenon
