// Tests of the small forms: names, versions, units, pointers, references, patterns, hosts.
#include "manifest/words.hpp"

#include <gtest/gtest.h>

#include "manifest/url_shape.hpp"

namespace tenon::manifest {
namespace {

TEST(words, names) {
  for (const char* good : {"a", "0", "web", "all-to-inbox", "a_b-c9"}) EXPECT_TRUE(is_name(good));
  for (const char* bad : {"", "-a", "_a", "A", "a b", "a/b", "ü"})
    EXPECT_FALSE(is_name(bad)) << bad;
  EXPECT_TRUE(is_name(std::string(64, 'a')));
  EXPECT_FALSE(is_name(std::string(65, 'a')));
}

TEST(words, versions_sort_as_semantic_versions_do) {
  const char* const order[] = {"0.9.9",      "1.0.0-alpha",  "1.0.0-alpha.1", "1.0.0-alpha.beta",
                               "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
                               "1.0.0",      "1.0.1",        "1.2.0",         "1.10.0",
                               "2.0.0"};
  for (std::size_t i = 0; i + 1 < std::size(order); ++i) {
    const auto a = parse_version(order[i]);
    const auto b = parse_version(order[i + 1]);
    ASSERT_TRUE(a && b) << order[i];
    EXPECT_TRUE(*a < *b) << order[i] << " < " << order[i + 1];
    EXPECT_FALSE(*b < *a) << order[i] << " < " << order[i + 1];
  }
  for (const char* bad : {"", "1", "1.0", "1.0.0.0", "v1.0.0", "01.0.0", "1.0.0-", "1.0.0-a..b",
                          "1.0.0+build", "99999999999.0.0", "1.0.x", " 1.0.0"}) {
    EXPECT_FALSE(parse_version(bad)) << bad;
  }
}

TEST(words, units) {
  EXPECT_EQ(parse_duration("500ms"), 500);
  EXPECT_EQ(parse_duration("10s"), 10'000);
  EXPECT_EQ(parse_duration("5m"), 300'000);
  EXPECT_EQ(parse_duration("2h"), 7'200'000);
  EXPECT_EQ(parse_duration("7d"), 604'800'000);
  EXPECT_EQ(parse_size("512B"), 512);
  EXPECT_EQ(parse_size("64KiB"), 65'536);
  EXPECT_EQ(parse_size("4MiB"), 4 << 20);
  EXPECT_EQ(parse_size("1GiB"), 1 << 30);
  for (const char* bad : {"", "5", "s", "-5s", "5 s", "1.5h", "5min", "5S", "99999999999999999999s",
                          "9223372036854775807d"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
  for (const char* bad : {"4MB", "4mib", "4", "MiB", "9223372036854775807GiB"}) {
    EXPECT_FALSE(parse_size(bad)) << bad;
  }
}

TEST(words, targets_and_pointers) {
  EXPECT_EQ(*parse_target("email"), "/email");
  EXPECT_EQ(*parse_target("a/b~c"), "/a~1b~0c");
  EXPECT_EQ(*parse_target("/a/b"), "/a/b");
  EXPECT_EQ(*parse_target(""), "");
  EXPECT_TRUE(check_pointer("/a~0b/~1"));
  for (const char* bad : {"a", "/~", "/~2", "/a~"}) EXPECT_FALSE(check_pointer(bad)) << bad;
  std::string deep;
  for (std::size_t i = 0; i < kMaxPointerTokens; ++i) deep += "/a";
  EXPECT_TRUE(check_pointer(deep));
  EXPECT_FALSE(check_pointer(deep + "/a"));
  EXPECT_TRUE(check_pointer("/" + std::string(kMaxPointerBytes - 1, 'a')));
  EXPECT_FALSE(check_pointer("/" + std::string(kMaxPointerBytes, 'a')));
}

TEST(words, references_never_show_a_literal) {
  EXPECT_TRUE(check_reference("env:WEB_KEY"));
  EXPECT_TRUE(check_reference("file:/etc/key"));
  EXPECT_TRUE(check_reference("file:keys/web"));
  EXPECT_TRUE(check_reference("vault:crm/api-token_2"));
  for (const char* bad : {"", "hunter2", "env:", "env:1hunter2", "env:hunter2 x",
                          "file:", "file:\nhunter2", "ENV:hunter2", "vault:", "vault:Hunter2",
                          "vault:/hunter2", "vault:hunter2/", "vault:a//hunter2"}) {
    const auto checked = check_reference(bad);
    ASSERT_FALSE(checked) << bad;
    EXPECT_EQ(checked.error().message.find("hunter2"), std::string::npos) << bad;
  }
}

TEST(words, patterns) {
  const auto label = parse_pattern("[a-z0-9-]{1,3}");
  ASSERT_TRUE(label);
  for (const char* good : {"a", "a-1", "999"}) EXPECT_TRUE(label->matches(good));
  for (const char* bad : {"", "abcd", "A", "a."}) EXPECT_FALSE(label->matches(bad)) << bad;
  EXPECT_TRUE(parse_pattern("[a.+]{0,0}")->matches(""));
  for (const char* bad : {"", "[a-z]", "[]{1,2}", "[a]{2,1}", "[a]{1}", "a{1,2}", "[z-a]{1,2}",
                          "[a]{1,5000}", "[a]{,2}", "[a]{1,2}x"}) {
    EXPECT_FALSE(parse_pattern(bad)) << bad;
  }
}

TEST(words, hosts) {
  for (const char* good : {"a.b", "api.vendor.com", "x1-y.z9.io"}) EXPECT_TRUE(is_host(good));
  for (const char* bad : {"", "localhost", "A.b", "a..b", "a.b.", ".a.b", "-a.b", "a-.b", "1.2.3.4",
                          "a.b:80", "a.b/c", "a_b.c"}) {
    EXPECT_FALSE(is_host(bad)) << bad;
  }
  EXPECT_FALSE(is_host(std::string(64, 'a') + ".com"));
}

TEST(words, the_nearest_word_is_offered) {
  EXPECT_EQ(nearest("wirte_key", {"name", "write_key"}), "write_key");
  EXPECT_EQ(nearest("colour", {"name", "write_key"}), "");
  EXPECT_EQ(hint_for("colour", {"name", "key"}), "; known here: name, key");
  EXPECT_EQ(hint_for("x", {}), "; none is known here");
}

TEST(url_shape, reach_and_mistakes) {
  const struct {
    const char* url;
    Reach reach;
    bool secure;
  } kGood[] = {
      {"https://hooks.example.com/in", Reach::by_name, true},
      {"http://example.com:8080", Reach::by_name, false},
      {"http://127.0.0.1:8099/in", Reach::loopback, false},
      {"http://localhost/", Reach::loopback, false},
      {"http://a.localhost", Reach::loopback, false},
      {"http://[::1]:80/", Reach::loopback, false},
      {"https://10.1.2.3", Reach::private_address, true},
      {"https://172.16.0.1", Reach::private_address, true},
      {"https://172.32.0.1", Reach::public_address, true},
      {"https://192.168.1.1", Reach::private_address, true},
      {"https://169.254.169.254", Reach::private_address, true},
      {"https://100.64.0.1", Reach::private_address, true},
      {"https://[fd00::1]", Reach::private_address, true},
      {"https://[fe80::1]", Reach::private_address, true},
      {"https://[::ffff:127.0.0.1]", Reach::private_address, true},
      {"https://8.8.8.8", Reach::public_address, true},
  };
  for (const auto& one : kGood) {
    const auto shape = shape_of_url(one.url);
    EXPECT_EQ(shape.mistake, "") << one.url;
    EXPECT_EQ(shape.reach, one.reach) << one.url;
    EXPECT_EQ(shape.secure, one.secure) << one.url;
  }
  for (const char* bad :
       {"", "hooks.example.com", "ftp://a.b", "https://", "https://u:p@a.b", "https://a.b/?x=1",
        "https://a.b/#x", "https://a b", "/in", "https://a.b:70000/"}) {
    EXPECT_NE(shape_of_url(bad).mistake, "") << bad;
  }
}

}  // namespace
}  // namespace tenon::manifest
