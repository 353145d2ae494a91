// Defaults fill in what is left out and nothing else.
#include "manifest/settings.hpp"

#include <gtest/gtest.h>

namespace tenon {
namespace {

Manifest manifest() {
  Manifest out;
  for (const char* const name : {"region", "limit", "title"}) {
    Setting setting;
    setting.name = name;
    out.settings.push_back(setting);
  }
  out.settings[0].default_value = R"("eu")";
  out.settings[1].default_value = "5";
  return out;
}

TEST(WithDefaults, FillInWhatIsLeftOut) {
  EXPECT_EQ(with_defaults(manifest(), "{}", SettingsFor::connector),
            R"({"limit":5,"region":"eu"})");
  EXPECT_EQ(with_defaults(manifest(), "", SettingsFor::connector), R"({"limit":5,"region":"eu"})");
  EXPECT_EQ(with_defaults(manifest(), R"({"region":"us"})", SettingsFor::connector),
            R"({"limit":5,"region":"us"})");
}

TEST(WithDefaults, WhatIsSetStaysByteForByte) {
  const std::string all = R"({ "region":null, "limit":0 })";
  EXPECT_EQ(with_defaults(manifest(), all, SettingsFor::connector), all);
  EXPECT_EQ(with_defaults(Manifest(), "{}", SettingsFor::host), "{}");
  EXPECT_EQ(with_defaults(manifest(), "[1]", SettingsFor::connector), "[1]");
  EXPECT_EQ(with_defaults(manifest(), "{half", SettingsFor::connector), "{half");
}

TEST(WithDefaults, TheDefaultOfAnAddressIsForTheHost) {
  auto with_address = manifest();
  Endpoint endpoint;
  endpoint.kind = EndpointKind::operator_set;
  endpoint.setting = "title";
  with_address.endpoints = {endpoint};
  with_address.settings[2].default_value = R"("https://h.example")";
  EXPECT_EQ(with_defaults(with_address, "{}", SettingsFor::connector),
            R"({"limit":5,"region":"eu"})");
  EXPECT_EQ(with_defaults(with_address, "{}", SettingsFor::host),
            R"({"limit":5,"region":"eu","title":"https://h.example"})");
  const std::string set = R"({"limit":1,"region":"us","title":"https://mine.example"})";
  EXPECT_EQ(with_defaults(with_address, set, SettingsFor::connector), set);
}

}  // namespace
}  // namespace tenon
