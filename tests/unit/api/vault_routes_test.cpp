// The routes about the vault: what comes in is kept, and no answer has it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/admin_handler.hpp"
#include "unit/api/answer.hpp"
#include "unit/api/fake_operations.hpp"

namespace tenon {
namespace {

using nlohmann::json;

class VaultRoutes : public ::testing::Test {
 protected:
  HttpResponse ask(const std::string& method, const std::string& path, const std::string& query,
                   const std::string& body) {
    HttpHead head;
    head.method = method;
    head.path = "/api/v1/vault" + path;
    head.query = query;
    head.peer = "unix:7";
    auto answer = test::answer_of(handler_, head, body);
    EXPECT_EQ(answer.body.find("s3cr3t"), std::string::npos) << answer.body;
    return answer;
  }
  json good(const std::string& method, const std::string& path, const std::string& query = {},
            const std::string& body = {}) {
    const auto response = ask(method, path, query, body);
    EXPECT_EQ(response.status, 200u) << response.body;
    return json::parse(response.body);
  }

  test::FakeOperations operations_;
  AdminHandler handler_{operations_, AdminOptions{{7}}};
  test::FakeVault& vault_ = operations_.vault;
};

TEST_F(VaultRoutes, PutTakesTheBodyAsItIs) {
  const std::string secret("s3cr3t\0\n\xff", 9);
  const auto answer = good("POST", "/put", "name=crm%2Ftoken&overlap_s=60", secret);
  EXPECT_EQ(answer["version"], 3);
  EXPECT_EQ(answer["name"], "crm/token");
  EXPECT_EQ(vault_.values["crm/token"], secret);
  EXPECT_EQ(vault_.overlap, seconds{60});
  EXPECT_EQ(vault_.actor, "uid:7");
  EXPECT_EQ(ask("POST", "/put", "name=a&overlap_s=99999999", "s3cr3t").status, 400u);
  EXPECT_EQ(ask("POST", "/put", "name=a&value=s3cr3t", "x").status, 400u);
}

TEST_F(VaultRoutes, ListsWithoutValues) {
  EXPECT_EQ(good("GET", "")["state"], "empty");
  vault_.values["a"] = "s3cr3t";
  vault_.now.generation = 4;
  const auto list = good("GET", "");
  EXPECT_EQ(list["state"], "open");
  EXPECT_EQ(list["generation"], 4);
  EXPECT_EQ(list["data"][0]["name"], "a");
  EXPECT_EQ(list["data"][0]["versions"][0]["actor"], "uid:7");
  EXPECT_FALSE(list["data"][0]["versions"][0].contains("valid_until"));
  vault_.now.problem = corrupt("damaged");
  EXPECT_EQ(good("GET", "")["state"], "closed");
}

TEST_F(VaultRoutes, Deeds) {
  vault_.values["a"] = "1";
  good("POST", "/remove", "", R"({"name":"a"})");
  EXPECT_TRUE(vault_.values.empty());
  good("POST", "/rotate");
  good("POST", "/rekey");
  EXPECT_EQ(vault_.key, "random");
  good("POST", "/rekey", "", "s3cr3t");
  EXPECT_EQ(vault_.key, "s3cr3t");
  good("POST", "/accept-rollback");
  EXPECT_EQ(good("POST", "/verify")["versions"], 0);
  using enum VaultDeed;
  EXPECT_EQ(vault_.deeds, (std::vector{remove, rotate, rekey, rekey, accept}));
}

TEST_F(VaultRoutes, ShreddingWantsTheNameOfTheWorkspace) {
  EXPECT_EQ(ask("POST", "/shred", "", "{}").status, 400u);
  EXPECT_EQ(ask("POST", "/shred", "", R"({"workspace":"other"})").status, 400u);
  EXPECT_TRUE(vault_.deeds.empty());
  const auto config = operations_.config();
  ASSERT_TRUE(config);
  good("POST", "/shred", "", json{{"workspace", config->workspace}}.dump());
  EXPECT_EQ(vault_.deeds, std::vector{VaultDeed::shred});
}

TEST_F(VaultRoutes, AClosedVaultRefuses) {
  vault_.now.problem = unauthorized("another key", "vault");
  EXPECT_EQ(ask("POST", "/put", "name=a", "s3cr3t").status, 401u);
  EXPECT_EQ(ask("POST", "/verify", "", "").status, 401u);
}

}  // namespace
}  // namespace tenon
