// Redaction: personal values go from everywhere, their shape stays, and nothing else changes.
#include "cli/redaction.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/bundle.hpp"
#include "ports/captured_call_json.hpp"
#include "support/sample_capture.hpp"

namespace tenon::cli {
namespace {

std::string shape_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c >= 'a' && c <= 'z' ? 'a' : c >= 'A' && c <= 'Z' ? 'A' : c >= '0' && c <= '9' ? '0' : c;
  }
  return out;
}

TEST(Redaction, AValueKeepsItsShapeAndItsIdentity) {
  for (const char* value : {"ada@example.org", "+49 151 234-567", "Ada LOVELACE", "AB-12/cd"}) {
    const auto other = of_same_shape(value, "salt");
    EXPECT_EQ(shape_of(other), shape_of(value));
    EXPECT_NE(other, value);
    EXPECT_EQ(of_same_shape(value, "salt"), other);
    EXPECT_NE(of_same_shape(value, "pepper"), other);
  }
  // In another case, or without the signs between: the same other value.
  EXPECT_EQ(of_same_shape("ADA@Example.org", "s").size(), 15u);
  std::string small = of_same_shape("ADA@Example.org", "s");
  for (char& c : small) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  EXPECT_EQ(small, of_same_shape("ada@example.org", "s"));
  EXPECT_NE(of_same_shape("bob@example.org", "s"), of_same_shape("ada@example.org", "s"));
  EXPECT_EQ(of_same_shape("0151", "s")[0], '0');
  EXPECT_EQ(of_same_shape("Zoë", "s").size(), 4u);
}

TEST(Redaction, AValueGoesFromWhereverItStands) {
  CapturedCall call = test::sample_capture();
  call.records[0].body =
      R"({"traits":{"email":"Ada@Example.org","name":"Ada","phone":"+49 151 2345-67","age":36}})";
  auto& step = call.steps[0];
  step.requests[0].path = "/contacts/ada%40example.org";
  step.requests[0].query = {{"phone", "%2B49%20151%202345-67"}, {"tel", "49151234567"}};
  step.requests[0].body = R"({"email":"ada@example.org","greeting":"Dear Ada, Adam asks"})";
  step.replies[0].body = "no contact ADA@EXAMPLE.ORG; \"name\" of Ada is \"36\"";
  call.steps[1].outcomes[0].detail = "ada@example.org is unknown";
  call.steps[1].explain = "Ada";
  redact(call, {"/email", "/traits/name", "/phone"}, "salt");
  const std::string line = to_json_line(call);
  for (const char* gone : {"ada@", "Ada@", "ADA@", "ada%40", "example.org", "EXAMPLE.ORG", "49 151",
                           "49151", "2345-67", "\"Ada\"", "Dear Ada,"}) {
    EXPECT_EQ(line.find(gone), std::string::npos) << gone << " in " << line;
  }
  EXPECT_NE(line.find(", Adam asks"), std::string::npos);  // another word
  EXPECT_NE(line.find("\\\"name\\\" of"), std::string::npos);
  // What was the same is the same.
  const auto record = nlohmann::json::parse(call.records[0].body);
  const auto request = nlohmann::json::parse(step.requests[0].body);
  std::string email = record["traits"]["email"], phone = record["traits"]["phone"], digits;
  EXPECT_EQ(shape_of(email), "Aaa@Aaaaaaa.aaa");
  for (char& c : email) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  EXPECT_EQ(request["email"], email);
  EXPECT_EQ(call.steps[1].outcomes[0].detail, email + " is unknown");
  EXPECT_EQ(record["traits"]["age"], 36);
  for (const char c : phone) digits += c >= '0' && c <= '9' ? std::string(1, c) : "";
  EXPECT_EQ(step.requests[0].query[1].second, digits);
}

TEST(Redaction, NamesOfMembersAndEscapesStay) {
  CapturedCall call = test::sample_capture();
  call.records[0].body =
      R"({"name":"email","email":"Zoë \"Z\" Müller","list":[{"email":"li@x.io"}]})";
  call.steps[0].requests[0].body = R"({"email" : "Zo\u00eb \"Z\" M\u00fcller"})";
  redact(call, {"/email", "/name"}, "salt");
  const auto record = nlohmann::json::parse(call.records[0].body, nullptr, false);
  ASSERT_FALSE(record.is_discarded()) << call.records[0].body;
  EXPECT_TRUE(record.contains("name") && record.contains("email"));
  EXPECT_NE(record["name"], "email");
  EXPECT_NE(record["list"][0]["email"], "li@x.io");
  const auto request = nlohmann::json::parse(call.steps[0].requests[0].body, nullptr, false);
  ASSERT_FALSE(request.is_discarded()) << call.steps[0].requests[0].body;
  EXPECT_EQ(request["email"], record["email"]);
}

TEST(Redaction, WithoutPointersNothingChanges) {
  CapturedCall call = test::sample_capture();
  redact(call, {}, "salt");
  EXPECT_EQ(to_json_line(call), to_json_line(test::sample_capture()));
}

TEST(CallBundleForm, ComesBackAsItWas) {
  CallBundle bundle;
  bundle.call = test::sample_capture();
  bundle.digest = "abc";
  bundle.manifest = "id = \"crm\"\n";
  bundle.redacted = {"/email"};
  const std::string text = to_json_text(bundle);
  const auto read = bundle_of(text);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(to_json_text(*read), text);
  EXPECT_EQ(read->manifest, bundle.manifest);
  // A line of an export is a bundle, too.
  const auto line = bundle_of(to_json_line(bundle.call));
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_EQ(line->call.attempt, "att_sample");
  EXPECT_EQ(bundle_of(R"({"tenon_bundle":1,"colour":1})").error().text(),
            "colour: wanted a member of a bundle of version 1, found another one");
  EXPECT_EQ(bundle_of(R"({"tenon_bundle":1,"call":{}})").error().text(),
            "call: captured_call: wanted 1, the version of the format, found 0");
  EXPECT_FALSE(bundle_of("nonsense"));
}

}  // namespace
}  // namespace tenon::cli
