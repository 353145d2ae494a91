// The Rust bindings of the SDK's template say the same as the promised layout of the C header.
#include <gtest/gtest.h>

#include <sstream>

#include "integration/programs.hpp"

namespace tenon::testing {
namespace {

constexpr std::chrono::seconds kRustCompiler{600};

// "tenon_secret_ref" -> "SecretRef".
std::string rust_name(const std::string& c_name) {
  std::string name;
  bool begins = true;
  for (const char c : c_name.substr(std::string("tenon_").size())) {
    if (c != '_') name += begins ? static_cast<char>(std::toupper(c)) : c;
    begins = c == '_';
  }
  return name;
}

// The number behind "offset=" and the like.
std::string number(const std::string& line, const std::string& key) {
  const auto at = line.find(" " + key + "=");
  if (at == std::string::npos) return "";
  const auto begin = at + key.size() + 2;
  return line.substr(begin, line.find(' ', begin) - begin);
}

// One line of sdk/abi/v1.txt as a check in Rust; "" if it is about something else.
std::string check_of(const std::string& line, int& checks) {
  std::istringstream words(line);
  std::string minor, kind, name;
  words >> minor >> kind >> name;
  if (kind == "struct") {
    // The instance is opaque here.
    ++checks;
    return "    assert_eq!(size_of::<abi::" + rust_name(name) + ">(), " + number(line, "size") +
           ", \"" + name + "\");\n";
  }
  if (kind == "field") {
    ++checks;
    const auto dot = name.find('.');
    const std::string field = name.substr(dot + 1);
    return "    field!(" + rust_name(name.substr(0, dot)) + ", " +
           (field == "type" ? "r#type" : field) + ", " + number(line, "offset") + ", " +
           number(line, "size") + ");\n";
  }
  if (kind == "enum") {
    ++checks;
    return "    assert_eq!(i64::from(abi::" + name.substr(std::string("TENON_").size()) + "), " +
           number(line, "value") + ", \"" + name + "\");\n";
  }
  return "";
}

const char* const kHead = R"(#[path = "SOURCE/sdk/template/rust/src/abi.rs"]
mod abi;
use std::mem::{size_of, MaybeUninit};
fn size_of_target<T>(_: *const T) -> usize {
    size_of::<T>()
}
macro_rules! field {
    ($type:ident, $field:ident, $offset:expr, $size:expr) => {{
        let place = MaybeUninit::<abi::$type>::uninit();
        let base = place.as_ptr();
        let field = unsafe { std::ptr::addr_of!((*base).$field) };
        let what = concat!(stringify!($type), ".", stringify!($field));
        assert_eq!(field as usize - base as usize, $offset, "offset of {}", what);
        assert_eq!(size_of_target(field), $size, "size of {}", what);
    }};
}
fn main() {
)";

TEST(RustBindings, SayWhatTheHeaderSays) {
  if (run({"rustc", "--version"}).status != 0) GTEST_SKIP() << "no rustc on this machine";
  std::istringstream layout(read_file(TENON_SOURCE_DIR "/sdk/abi/v1.txt"));
  std::string program = kHead;
  program.replace(program.find("SOURCE"), 6, TENON_SOURCE_DIR);
  int checks = 0;
  for (std::string line; std::getline(layout, line);) program += check_of(line, checks);
  program += "}\n";
  ASSERT_GT(checks, 150) << "the table of the layout was not understood";

  const Folder folder;
  write_file(folder / "layout.rs", program);
  const auto built =
      run({"rustc", "--edition", "2021", "-o", folder / "layout", folder / "layout.rs"}, {},
          kRustCompiler);
  ASSERT_EQ(built.status, 0) << built.output;
  const auto ran = run({folder / "layout"});
  EXPECT_EQ(ran.status, 0) << ran.output;
}

}  // namespace
}  // namespace tenon::testing
