// changes.toml: entries as they are written, and every mistake with its line.
#include "manifest/changes.hpp"

#include <gtest/gtest.h>

namespace tenon {
namespace {

std::string changes_fault(std::string_view toml) {
  const auto changes = parse_changes(toml, "changes.toml");
  return changes ? "none" : changes.error().text();
}

TEST(Changes, AreReadInOrder) {
  const auto changes = parse_changes(R"(
# What 1.1.0 does otherwise than 1.0.0.
[[change]]
action = "upsert_contact"
field = "body.properties.phone"
why = "phone numbers are E.164"

[[change]]
action = "upsert_contact"
field = "outcome"
kind = "retry to rejected"
why = "HubSpot never takes these"
)",
                                     "changes.toml");
  ASSERT_TRUE(changes) << changes.error().text();
  ASSERT_EQ(changes->size(), 2u);
  EXPECT_EQ((*changes)[0], (IntendedChange{"upsert_contact", "body.properties.phone", "",
                                           "phone numbers are E.164"}));
  EXPECT_TRUE((*changes)[0].speaks_of("upsert_contact", "body.properties.phone", "now E.164"));
  EXPECT_FALSE((*changes)[0].speaks_of("fill_contact", "body.properties.phone", "now E.164"));
  EXPECT_FALSE((*changes)[0].speaks_of("upsert_contact", "body.properties", "now E.164"));
  EXPECT_TRUE((*changes)[1].speaks_of("upsert_contact", "outcome", "retry to rejected"));
  EXPECT_FALSE((*changes)[1].speaks_of("upsert_contact", "outcome", "unresolved to accepted"));
  EXPECT_EQ(parse_changes("", "changes.toml")->size(), 0u);
}

TEST(Changes, EveryMistakeIsToldAtItsPlace) {
  const auto fault = changes_fault(
      "[[change]]\naction = \"a\"\nfeild = \"outcome\"\nwhy = \"\"\n[other]\nx = 1\n");
  EXPECT_NE(fault.find("changes.toml:1"), std::string::npos) << fault;
  EXPECT_NE(fault.find("feild"), std::string::npos) << fault;
  EXPECT_NE(fault.find("field"), std::string::npos) << fault;
  EXPECT_NE(fault.find("of 1 to 500 bytes, found 0"), std::string::npos) << fault;
  EXPECT_NE(fault.find("other"), std::string::npos) << fault;
  EXPECT_NE(changes_fault("change = 1\n").find("[[change]]"), std::string::npos);
  EXPECT_NE(changes_fault("[[change\n").find("changes.toml:1"), std::string::npos);
  EXPECT_NE(changes_fault("[[change]]\naction = 1\nfield = \"f\"\nwhy = \"w\"\n").find("string"),
            std::string::npos);
}

TEST(Changes, OneEntryCannotHideAnother) {
  const std::string entry = "[[change]]\naction = \"a\"\nfield = \"f\"\nwhy = \"w\"\n";
  EXPECT_EQ(changes_fault(entry), "none");
  EXPECT_NE(changes_fault(entry + entry).find("wanted each change once"), std::string::npos);
  EXPECT_EQ(changes_fault(entry + entry + "kind = \"new\"\n"), "none");
  std::string many;
  for (std::size_t i = 0; i <= kMaxIntendedChanges; ++i) {
    many += "[[change]]\naction = \"a\"\nfield = \"f" + std::to_string(i) + "\"\nwhy = \"w\"\n";
  }
  EXPECT_NE(changes_fault(many).find("wanted at most 500"), std::string::npos);
}

}  // namespace
}  // namespace tenon
