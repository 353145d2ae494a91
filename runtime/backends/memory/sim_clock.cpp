// Sleepers in an ordered map; each waits on a timer that never fires and is cancelled to wake it.
#include "backends/memory/sim_clock.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <map>
#include <utility>

namespace tenon {
namespace asio = boost::asio;
namespace {

struct Sleeper {
  explicit Sleeper(const asio::any_io_executor& executor)
      : timer(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
  bool woken = false;
};

}  // namespace

struct SimClock::State {
  using Key = std::pair<Instant, std::uint64_t>;
  Instant instant{seconds{1}};
  Time wall{};
  std::uint64_t arrivals = 0;
  std::map<Key, Sleeper*> sleepers;

  void move_to(Instant at) {
    if (at <= instant) return;
    wall += std::chrono::duration_cast<microseconds>(at - instant);
    instant = at;
  }
  void wake_due() {
    while (!sleepers.empty() && sleepers.begin()->first.first <= instant) {
      Sleeper* sleeper = sleepers.begin()->second;
      sleepers.erase(sleepers.begin());
      sleeper->woken = true;
      sleeper->timer.cancel();
    }
  }
};

SimClock::SimClock(Time start) : state_(std::make_shared<State>()) { state_->wall = start; }
SimClock::~SimClock() = default;

Time SimClock::now() const { return state_->wall; }
Instant SimClock::instant() const { return state_->instant; }

Task<void> SimClock::sleep_until(Instant at) {
  auto state = state_;
  if (at <= state->instant) co_return;
  const auto executor = co_await asio::this_coro::executor;
  Sleeper sleeper(executor);
  // Taken out of the map however this frame ends.
  struct Entry {
    State& state;
    State::Key key;
    Entry(State& s, State::Key k, Sleeper* sleeper) : state(s), key(k) {
      state.sleepers.emplace(key, sleeper);
    }
    ~Entry() { state.sleepers.erase(key); }
  };
  const Entry entry(*state, State::Key(at, state->arrivals++), &sleeper);
  boost::system::error_code error;
  while (!sleeper.woken) {
    co_await sleeper.timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
}

std::optional<Instant> SimClock::next() const {
  if (state_->sleepers.empty()) return std::nullopt;
  return state_->sleepers.begin()->first.first;
}

bool SimClock::advance_to_next() {
  const auto at = next();
  if (!at) return false;
  state_->move_to(*at);
  state_->wake_due();
  return true;
}

void SimClock::advance_to(Instant at) {
  state_->move_to(at);
  state_->wake_due();
}

void SimClock::jump_wall(microseconds by) { state_->wall += by; }

}  // namespace tenon
