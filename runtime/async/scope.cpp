// The only place where a Task is started without being awaited.
#include "async/scope.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <list>

#include "async/signal.hpp"

namespace tenon {
namespace asio = boost::asio;

struct Scope::State {
  explicit State(asio::any_io_executor ex) : executor(std::move(ex)), idle(executor) {}
  asio::any_io_executor executor;
  std::list<asio::cancellation_signal> signals;
  Signal idle;
  bool cancelled = false;
};

Scope::Scope(asio::any_io_executor executor)
    : state_(std::make_shared<State>(std::move(executor))) {}
Scope::~Scope() = default;

void Scope::spawn(Task<void> task, const char* name) {
  auto state = state_;
  const auto signal = state->signals.emplace(state->signals.end());
  auto done = [state, signal, name](std::exception_ptr error) {
    state->signals.erase(signal);
    if (state->signals.empty()) state->idle.notify();
    if (!error) return;
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& e) {
      if (e.code() == asio::error::operation_aborted) return;
      std::fprintf(stderr, "tenon: task %s ended by an exception: %s\n", name, e.what());
    } catch (const std::exception& e) {
      std::fprintf(stderr, "tenon: task %s ended by an exception: %s\n", name, e.what());
    }
    std::abort();
  };
  // Posted, because co_spawn would run the Task inside this call, and because a Task that is
  // cancelled before its first step throws out of the io_context instead of into `done`.
  asio::post(state->executor, [state, signal, task = std::move(task), done]() mutable {
    asio::co_spawn(state->executor, std::move(task),
                   asio::bind_cancellation_slot(signal->slot(), std::move(done)));
  });
  if (state->cancelled) cancel();
}

void Scope::cancel() {
  state_->cancelled = true;
  // Posted, so that a Task may cancel its own Scope without being torn down under its feet.
  auto state = state_;
  asio::post(state->executor, [state] {
    // A Task that ends in reaction erases only its own node; step over it first.
    for (auto it = state->signals.begin(); it != state->signals.end();) {
      auto& signal = *it++;
      signal.emit(asio::cancellation_type::terminal);
    }
  });
}

Task<void> Scope::join() {
  auto state = state_;
  while (!state->signals.empty()) co_await state->idle.wait();
}

bool Scope::cancelled() const { return state_->cancelled; }
std::size_t Scope::running() const { return state_->signals.size(); }
const asio::any_io_executor& Scope::executor() const { return state_->executor; }

}  // namespace tenon
