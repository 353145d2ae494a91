// The await hazards: what the layers check finds, and what it must leave alone.
#include <gtest/gtest.h>

#include "layers/rules.hpp"

namespace tenon::layers {
namespace {

Findings check(const char* code) {
  Config config;
  config.safe_types = {"seconds"};
  const auto file = read_source("runtime/x/x.cpp", code);
  return check_awaits(config, {"Request"}, file);
}

class Hazard : public testing::TestWithParam<const char*> {};
class Harmless : public testing::TestWithParam<const char*> {};

TEST_P(Hazard, IsFound) { EXPECT_EQ(check(GetParam()).size(), 1U) << GetParam(); }
TEST_P(Harmless, IsLeftAlone) {
  const auto found = check(GetParam());
  EXPECT_TRUE(found.empty()) << GetParam() << "\n" << (found.empty() ? "" : found[0].cure);
}

INSTANTIATE_TEST_SUITE_P(
    Await, Hazard,
    testing::Values("Task<> f() { auto r = co_await port.send(Request{1, 2}); }",
                    "Task<> f() { auto r = co_await port.send({1, 2}); }",
                    "Task<> f() { auto r = co_await port.send(std::vector<int>{1, 2}); }",
                    "Task<> f() { co_await port.send(Request(1, 2)); }",
                    "Task<> f() { g(co_await a(), Request{}); }",
                    "Task<> f() { co_return Reply{co_await a()}; }",
                    "Task<> f() { Reply x{co_await a()}; }",
                    "Task<> f() { if (co_await has(Request{1})) { g(); } }",
                    "Task<> f() { for (auto x : co_await all(Request{1})) { g(); } }",
                    "Task<> f() { TENON_CO_TRY(port.send(Request{1})); }",
                    "Task<> f() { TENON_CO_TRY_AS(auto r, port.send({1})); }",
                    "Task<> f() { co_await each([x = std::move(x)] { return x; }); }",
                    "Task<> f() { co_await each([&](int i) { return i; }); }",
                    "void f() { spawn([this]() -> Task<void> { co_await go(); }); }",
                    "auto l = [x](int a) -> Task<int> { co_return a + x; };"));

INSTANTIATE_TEST_SUITE_P(
    Await, Harmless,
    testing::Values(
        "Task<> f() { Request r{1, 2}; auto x = co_await port.send(std::move(r)); }",
        "Task<> f() { auto x = co_await sleep(std::chrono::seconds{5}); }",
        "Task<> f() { if (a) { auto x = co_await g(); } Request r{1}; }",
        "Task<> f() { Request r{1}; while (co_await next()) { use(Request{2}); } }",
        "Task<> f() { auto r = make([](int i) { return Request{i}; }); co_await g(r); }",
        "Task<> f() { co_await g([](int i) { return Request{i}; }); }",
        "auto f(int a) -> Task<Request> { co_await g(); }",
        "struct S { Task<> f() { co_await g(); } int a_{1}; };",
        "struct S : Base { Task<> f() { co_await g(); } };",
        "namespace a { Task<> f() { co_await g(); } }",
        "S::S() : a_{1}, b_(2) { spawn(run()); } Task<> S::run() { co_await g(); }",
        "Task<> f() { switch (k) { case 1: { co_await g(); break; } default: { co_await h(); } } }",
        "Task<> f() { do { co_await g(); } while (more); try { co_await g(); } catch (...) {} }",
        "Task<> f() { int a[2] = {1, 2}; auto b = a[co_await g()]; }",
        "[[nodiscard]] Task<> f() { [[maybe_unused]] auto b = co_await g(); }",
        "Task<> f() { if (auto r = co_await g(); !r) { co_return Error{r.error()}; } }",
        "Task<> f() { co_return Request{1}; }",
        "void f() { spawn([](S& s) -> Task<void> { co_await s.go(); }(s)); }",
        "void f() { sort([&](int a, int b) { return a < b; }); }"));

TEST(AwaitRules, KnowsAggregatesByTheirStruct) {
  std::vector<SourceFile> files;
  files.push_back(read_source("a.hpp", "struct Open { int a; std::string b() const; };"));
  files.push_back(read_source("b.hpp", "struct Made { Made(int a); int a_; };"));
  files.push_back(read_source("c.hpp", "class Kept { int a_; };"));
  EXPECT_EQ(find_aggregates(files), std::set<std::string>{"Open"});
}

TEST(AwaitRules, NamesTheLine) {
  const auto found = check("Task<> f() {\n  Request r;\n  co_await g(\n      Request{1});\n}\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].line, 4);
  EXPECT_EQ(found[0].rule, "await");
}

}  // namespace
}  // namespace tenon::layers
