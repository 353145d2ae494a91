// URLs, paths and headers by the hundred, and every byte at every place of good ones: what is taken
// is read alike by the client that will send it.
#include <arpa/inet.h>
#include <curl/curl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

#include "base/hash.hpp"
#include "egress/check.hpp"
#include "egress/endpoint.hpp"
#include "fixtures.hpp"

namespace tenon {
namespace {

using egress_test::good_manifest;
using egress_test::good_request;

struct Read {
  bool taken = false;
  std::string scheme, user, host, port, path, query, fragment;
};

// As libcurl reads it, without changing anything.
Read read_by_curl(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  Read out;
  out.taken = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_PATH_AS_IS) == CURLUE_OK;
  if (!out.taken) return out;
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), which, &text, CURLU_DEFAULT_PORT) != CURLUE_OK)
      return std::string();
    std::string copy(text);
    curl_free(text);
    return copy;
  };
  out.scheme = part(CURLUPART_SCHEME);
  out.user = part(CURLUPART_USER);
  out.host = part(CURLUPART_HOST);
  out.port = part(CURLUPART_PORT);
  out.path = part(CURLUPART_PATH);
  out.query = part(CURLUPART_QUERY);
  out.fragment = part(CURLUPART_FRAGMENT);
  return out;
}

// An address of IPv6 may be written in many ways: as its bytes.
std::string plain_address(const std::string& host) {
  std::array<char, 16> bytes{};
  if (::inet_pton(AF_INET6, host.c_str(), bytes.data()) != 1) return host;
  return to_hex({bytes.data(), bytes.size()});
}

// What was taken must be what curl would connect to, and nothing must be left over.
void expect_read_alike(const std::string& url, const Origin& origin) {
  const Read read = read_by_curl(url);
  ASSERT_TRUE(read.taken) << url;
  EXPECT_EQ(read.scheme, origin.tls ? "https" : "http") << url;
  std::string host = read.host;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  for (char& c : host) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  EXPECT_EQ(plain_address(host), plain_address(origin.host)) << url;
  EXPECT_EQ(read.port, std::to_string(origin.port)) << url;
  EXPECT_EQ(read.path, origin.base_path.empty() ? "/" : origin.base_path) << url;
  EXPECT_EQ(read.user + read.query + read.fragment, "") << url;
}

const char* const kGoodUrls[] = {"https://h.example",
                                 "https://h.example/",
                                 "https://a-b.c1.example/v1/x",
                                 "https://h.example:8443/a/b/",
                                 "https://203.0.113.7/x",
                                 "https://[2001:db8::1]:444/x",
                                 "http://127.0.0.1:9/x/",
                                 "https://H.Example/%C3%A9/a%20b",
                                 "https://x--y.example/~a!$&'()*+,;=:@"};
const char* const kBadSchemes[] = {"",           "//",        "http:/",      "https:",
                                   "https:/",    "https:///", "ftp://",      "file://",
                                   "ws://",      "gopher://", "javascript:", "data://",
                                   " https://",  "https ://", "https://\t",  "ht\ntps://",
                                   "https:\\\\", "httpss://", "1https://",   "https://https://"};
const char* const kBadHosts[] = {"",
                                 ".",
                                 "..",
                                 "h..example",
                                 ".h.example",
                                 "h.example.",
                                 "-h.example",
                                 "h-.example",
                                 "h_x.example",
                                 "h%2eexample",
                                 "h%00.example",
                                 "h .example",
                                 "h\t.example",
                                 "h\\.example",
                                 "h;x.example",
                                 "h,x.example",
                                 "h'x.example",
                                 "h\"x.example",
                                 "h<x>.example",
                                 "h|x.example",
                                 "h^x.example",
                                 "h`x.example",
                                 "h{x}.example",
                                 "h!x.example",
                                 "h$x.example",
                                 "h*x.example",
                                 "h+x.example",
                                 "h=x.example",
                                 "h~x.example",
                                 "h(x).example",
                                 "u@h.example",
                                 "u:p@h.example",
                                 "@h.example",
                                 "h.example@evil.example",
                                 "h.example:80@evil.example",
                                 "u%40h.example",
                                 "h.example#@evil.example",
                                 "h.example?@evil.example",
                                 "h.example\\@evil.example",
                                 "127.1",
                                 "127.0.1",
                                 "2130706433",
                                 "0x7f000001",
                                 "0x7f.0.0.1",
                                 "0177.0.0.1",
                                 "017700000001",
                                 "127.0.0.1.",
                                 "127.0.0.01",
                                 "127.0.0.256",
                                 "127.0.0.1.x.test",
                                 "1.2.3",
                                 "1.2.3.4.5",
                                 "127.0.0.1%00",
                                 "127.0.0.1\n",
                                 "x.0x7f",
                                 "x.1",
                                 "x.00",
                                 "[::1",
                                 "::1",
                                 "[::1]x",
                                 "[::1%25lo]",
                                 "[::1%lo]",
                                 "[fe80::1%25eth0]",
                                 "[::ffff:127.0.0.1",
                                 "[v1.x]",
                                 "[:::1]",
                                 "[1:2:3:4:5:6:7:8:9]",
                                 "[g::1]",
                                 "b\xc3\xbc"
                                 "cher.example",
                                 "\xe2\x93\x94.example",
                                 "h\xe3\x80\x82"
                                 "example",
                                 "h\xef\xbc\x8e"
                                 "example",
                                 "\xff.example",
                                 "h.example\x7f",
                                 "xn--.example.",
                                 "a.b.c.d.e.f..",
                                 "localhost.",
                                 "h.exa mple"};
const char* const kBadTails[] = {":",
                                 ":0",
                                 ":00",
                                 ":080",
                                 ":65536",
                                 ":99999999999",
                                 ":-1",
                                 ":+80",
                                 ":8 0",
                                 ":80x",
                                 ":0x50",
                                 ":80:80",
                                 "?",
                                 "?a=b",
                                 "#",
                                 "#f",
                                 "/?",
                                 "/x?y=z",
                                 "/x#y",
                                 "/..",
                                 "/.",
                                 "/a/../b",
                                 "/a/./b",
                                 "/a/%2e%2e/b",
                                 "/%2E/x",
                                 "/.%2e/x",
                                 "/a%2fb",
                                 "/a%2Fb",
                                 "/a%5cb",
                                 "/a%00",
                                 "/a%0a",
                                 "/a%0d%0a",
                                 "/a%7f",
                                 "/a%1b",
                                 "/a%",
                                 "/a%2",
                                 "/a%zz",
                                 "/a b",
                                 "/a\tb",
                                 "/a\nb",
                                 "/a\rb",
                                 "/a\\b",
                                 "/a\"b",
                                 "/a<b",
                                 "/a>b",
                                 "/a^b",
                                 "/a`b",
                                 "/a{b",
                                 "/a|b",
                                 "//a",
                                 "//evil.example/",
                                 "/\xc3\xa9",
                                 "/\xff",
                                 "\\a",
                                 "/a;b?c",
                                 "@evil.example/"};

TEST(EgressCorpus, NoUrlThatTwoParsersReadDifferentlyIsTaken) {
  std::set<std::string> bad;
  for (const char* scheme : kBadSchemes) bad.insert(std::string(scheme) + "h.example/");
  for (const char* host : kBadHosts) bad.insert("https://" + std::string(host) + "/");
  for (const char* host : kBadHosts) bad.insert("https://" + std::string(host) + ":8443/a");
  for (const char* tail : kBadTails) bad.insert("https://h.example" + std::string(tail));
  for (const char* tail : kBadTails) bad.insert("https://[2001:db8::1]" + std::string(tail));
  EXPECT_GE(bad.size(), 250u);
  for (const auto& url : bad) {
    EXPECT_FALSE(parse_origin(url, PeerPolicy::allow_private)) << url;
  }
  for (const char* url : kGoodUrls) {
    const auto origin = parse_origin(url, PeerPolicy::allow_private);
    ASSERT_TRUE(origin) << url << ": " << origin.error().text();
    expect_read_alike(url, *origin);
  }
}

TEST(EgressCorpus, EveryByteAtEveryPlaceOfAUrlIsRefusedOrReadAlike) {
  std::size_t taken = 0, refused = 0;
  for (const std::string url : kGoodUrls) {
    for (std::size_t at = 0; at <= url.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string odd = url;
        odd.insert(at, 1, static_cast<char>(byte));
        const auto origin = parse_origin(odd, PeerPolicy::allow_private);
        ++(origin ? taken : refused);
        if (origin) expect_read_alike(odd, *origin);
        if (::testing::Test::HasFailure()) return;
      }
    }
  }
  EXPECT_GT(taken, 5'000u);
  EXPECT_GT(refused, 20'000u);
  std::printf("URLs: %zu taken, %zu refused\n", taken, refused);
}

TEST(EgressCorpus, EveryByteAtEveryPlaceOfAPathIsRefusedOrReadAlike) {
  std::size_t taken = 0, refused = 0;
  for (const std::string path :
       {"/v1/things", "/a/../b", "/.hidden/x", "/a%20b", "/", "/x/%2e", "/a//b"}) {
    for (std::size_t at = 0; at <= path.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string odd = path;
        odd.insert(at, 1, static_cast<char>(byte));
        if (!check_path(odd)) {
          ++refused;
          continue;
        }
        ++taken;
        const Read read = read_by_curl("https://h.example" + odd);
        ASSERT_TRUE(read.taken) << odd;
        ASSERT_EQ(read.host, "h.example") << odd;
        ASSERT_EQ(read.path, odd);
        ASSERT_EQ(read.user + read.query + read.fragment, "") << odd;
        ASSERT_EQ(("/" + odd + "/").find("/../"), std::string::npos) << odd;
      }
    }
  }
  EXPECT_GT(taken, 1'000u);
  EXPECT_GT(refused, 5'000u);
}

// A token has these characters and no others (RFC 9110, 5.6.2); a value has no control byte but
// tab.
TEST(EgressCorpus, EveryByteInHeadersAndMethodsAsTheStandardHasIt) {
  const std::string token =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    for (const std::size_t at : {0u, 1u, 5u}) {
      auto request = good_request();
      std::string name = "x-one", value = "value";
      name.insert(at, 1, c);
      request.headers.emplace_back(name, "v");
      const bool is_token = token.find(c) != std::string::npos;
      EXPECT_EQ(check_request(request, good_manifest(), 1).has_value(), is_token)
          << byte << " " << at;
      request = good_request();
      value.insert(at, 1, c);
      request.headers.emplace_back("x-one", value);
      const bool visible = (byte >= 0x20 && byte < 0x7f) || c == '\t';
      EXPECT_EQ(check_request(request, good_manifest(), 1).has_value(), visible)
          << byte << " " << at;
      request = good_request();
      request.method.insert(std::min(at, request.method.size()), 1, c);
      EXPECT_FALSE(check_request(request, good_manifest(), 1)) << byte << " " << at;
    }
  }
}

}  // namespace
}  // namespace tenon
