// One changed offset breaks the build: a project of this tree's own CMake rules, really built.
#include "conformance/abi/headers.hpp"

namespace tenon {
namespace {

class Build : public ::testing::Test {
 protected:
  // Configures and builds a project that holds the headers below `include` to `table`.
  Ran build(const std::string& header) {
    write_text(folder_ + "/include/tenon/tenon.h", header);
    write_text(folder_ + "/include/tenon/reasons.h", read_text(kInclude + "/tenon/reasons.h"));
    write_text(folder_ + "/CMakeLists.txt",
               "cmake_minimum_required(VERSION 3.25)\nproject(abi C)\n"
               "include(" TENON_SOURCE_DIR
               "/ci/abi/AbiProbe.cmake)\n"
               "tenon_abi_probe(abi_probe INCLUDE ${CMAKE_SOURCE_DIR}/include)\n"
               "tenon_abi_table(abi_probe TABLE ${CMAKE_SOURCE_DIR}/v1.txt TOOL " +
                   kTool + ")\n");
    const Ran configured =
        run_command("cmake -G Ninja -S " + folder_ + " -B " + folder_ + "/build");
    EXPECT_EQ(configured.exit, 0) << configured.output;
    return run_command("cmake --build " + folder_ + "/build");
  }

  void SetUp() override { write_text(folder_ + "/v1.txt", released_table()); }
  const std::string folder_ = fresh_folder();
  const std::string header_ = read_text(kInclude + "/tenon/tenon.h");
};

TEST_F(Build, breaks_when_an_offset_changes_and_mends_when_it_changes_back) {
  const Ran first = build(header_);
  ASSERT_EQ(first.exit, 0) << first.output;

  // Two fields of one width trade places: every size stays as it is, only two offsets differ.
  const Ran broken =
      build(edited(header_, {{"  tenon_str endpoint; /* name", "  tenon_str method; /* name"},
                             {"  tenon_str method;\n  tenon_str path;      /* put",
                              "  tenon_str endpoint;\n  tenon_str path;      /* put"}}));
  EXPECT_NE(broken.exit, 0);
  EXPECT_TRUE(broken.says("tenon_request.endpoint: wanted offset 16 (promised by 1.0), found 32"))
      << broken.output;
  EXPECT_TRUE(broken.says("tenon_request.method: wanted offset 32 (promised by 1.0), found 16"));

  const Ran mended = build(header_);
  EXPECT_EQ(mended.exit, 0) << mended.output;
}

// One that nothing defines or calls is seen, too.
TEST_F(Build, breaks_when_a_function_is_declared_that_is_not_in_the_table) {
  const std::string first = "TENON_EXPORT const tenon_connector* tenon_connector_v1(void);";
  const Ran broken =
      build(edited(header_, {{first, first + "\nint32_t tenon_second(const tenon_host* host);"}}));
  EXPECT_NE(broken.exit, 0);
  EXPECT_TRUE(
      broken.says("tenon_second: wanted nothing new in 1.0, which is released, found the "
                  "function of type int32 (const tenon_host*)"))
      << broken.output;
}

TEST_F(Build, breaks_at_the_tables_own_mistakes) {
  const Ran first = build(header_);
  ASSERT_EQ(first.exit, 0) << first.output;
  write_text(folder_ + "/v1.txt", released_table() + "1.0 field nonsense\n");
  const Ran broken = build(header_);
  EXPECT_NE(broken.exit, 0);
  EXPECT_TRUE(broken.says("wanted a fact about nonsense")) << broken.output;
}

}  // namespace
}  // namespace tenon
