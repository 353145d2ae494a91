// Result<T>: a value or an Error; the only file that knows the library behind it.
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "base/error.hpp"

namespace tenon {

// A subclass only so that dropping one in silence is a compiler warning.
template <typename T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(Error error)
      : tl::expected<T, Error>(tl::unexpected<Error>(std::move(error))) {}  // NOLINT
};

}  // namespace tenon

// TENON_TRY(expr): runs a Result<void>, returns its error from the enclosing function.
// TENON_TRY_AS(decl, expr): the same for a Result<T>; on success `decl` is initialised from the
// value. The CO forms are for coroutines and await `expr`. All are statements, never expressions.
#define TENON_CAT_(a, b) a##b
#define TENON_CAT(a, b) TENON_CAT_(a, b)
#define TENON_TRY(expr)                                                          \
  do {                                                                           \
    auto tenon_result_ = (expr);                                                 \
    if (!tenon_result_) return ::tenon::Error(std::move(tenon_result_).error()); \
  } while (false)
#define TENON_TRY_AS(decl, expr)                                                  \
  auto TENON_CAT(tenon_result_, __LINE__) = (expr);                               \
  if (!TENON_CAT(tenon_result_, __LINE__))                                        \
    return ::tenon::Error(std::move(TENON_CAT(tenon_result_, __LINE__)).error()); \
  decl = std::move(*TENON_CAT(tenon_result_, __LINE__))
#define TENON_CO_TRY(expr)                                                          \
  do {                                                                              \
    auto tenon_result_ = co_await (expr);                                           \
    if (!tenon_result_) co_return ::tenon::Error(std::move(tenon_result_).error()); \
  } while (false)
#define TENON_CO_TRY_AS(decl, expr)                                                  \
  auto TENON_CAT(tenon_result_, __LINE__) = co_await (expr);                         \
  if (!TENON_CAT(tenon_result_, __LINE__))                                           \
    co_return ::tenon::Error(std::move(TENON_CAT(tenon_result_, __LINE__)).error()); \
  decl = std::move(*TENON_CAT(tenon_result_, __LINE__))
