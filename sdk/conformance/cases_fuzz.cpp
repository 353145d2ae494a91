// Cases about replies of any bytes: no harm, no success, and no more work than their size asks.
#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <map>

#include "conformance/case.hpp"
#include "conformance/child.hpp"
#include "conformance/fuzz.hpp"
#include "conformance/replies.hpp"

namespace tenon::conformance {
namespace {

using testkit::CallOut;
using testkit::Golden;
using testkit::Json;
using testkit::ReplyIn;

constexpr int kGarbagePerGolden = 300;
constexpr int kGrammarPerGolden = 200;

// Runs each golden many times, each reply changed; harm and unearned success fail.
void fuzz(Subject& subject, int rounds, const std::function<ReplyIn(ReplyIn, Random&)>& change) {
  Random random(subject.seed());
  for (const Golden& golden : subject.goldens()) {
    const auto instance = subject.instance(golden.settings);
    for (int round = 0; round < rounds && !golden.steps.empty(); ++round) {
      bool any_yes = false;
      const CallOut out =
          run_golden(*instance, golden, [&](std::size_t, std::size_t, ReplyIn& reply) {
            reply = change(std::move(reply), random);
            any_yes = any_yes || is_yes(reply);
          });
      const std::string told = golden.name + ", round " + std::to_string(round) + " of --seed " +
                               std::to_string(subject.seed()) + ": ";
      if (const auto broken = out.violations(); !broken.empty()) fail(told + broken.front());
      if (!any_yes && !accepted(out).empty()) {
        fail(told + "a record is accepted although no reply was a yes");
      }
    }
  }
}

void garbage(Subject& subject) {
  fuzz(subject, kGarbagePerGolden,
       [](ReplyIn reply, Random& random) { return mutated(std::move(reply), random); });
}

void grammar(Subject& subject) {
  fuzz(subject, kGrammarPerGolden, [](ReplyIn reply, Random& random) {
    reply.body = mutated_grammar(std::move(reply.body), random);
    return reply;
  });
}

// ---- Work by size ------------------------------------------------------------------------------

constexpr std::size_t kSmall = 32 << 10, kLarge = 256 << 10;
constexpr double kLeastSeconds = 0.1;  // shorter times are noise
constexpr double kMostGrowth = 3 * double(kLarge) / double(kSmall);
constexpr std::size_t kBytesPerByte = 128, kBytesBesides = 16 << 20;

// Ways to make a reply long without making it another one.
const std::map<std::string, std::string (*)(const std::string&, std::size_t)>& stretches() {
  static const auto with_member = [](const std::string& body, const std::string& value) {
    const std::size_t brace = body.find('{');
    if (brace == std::string::npos) return value;
    const bool empty = body.find('"', brace) == std::string::npos;
    return body.substr(0, brace + 1) + "\"stretched\":" + value + (empty ? "" : ",") +
           body.substr(brace + 1);
  };
  static const auto repeated = [](const std::string& item, std::size_t size) {
    std::string list = "[" + item;
    while (list.size() < size) list += "," + item;
    return list + "]";
  };
  static const std::map<std::string, std::string (*)(const std::string&, std::size_t)> all{
      {"its lists repeated",
       [](const std::string& body, std::size_t size) {
         Json json = Json::parse(body, nullptr, false);
         each_list(Json(json), [&](const auto& place, const std::string&, std::size_t) {
           const Json items = json[place];
           const std::size_t times = size / (items.dump().size() + 1) + 1;
           for (std::size_t i = 1; i < times; ++i) {
             json[place].insert(json[place].end(), items.begin(), items.end());
           }
         });
         return json.is_discarded() ? repeated("7", size) : json.dump();
       }},
      {"spaces in it",
       [](const std::string& body, std::size_t size) {
         std::string long_one = body;
         return long_one.insert(long_one.empty() ? 0 : 1, size, ' ');
       }},
      {"a long text in it",
       [](const std::string& body, std::size_t size) {
         return with_member(body, '"' + std::string(size, 'a') + '"');
       }},
      {"a list of numbers in it",
       [](const std::string& body, std::size_t size) {
         return with_member(body, repeated("7", size));
       }},
      {"many small lists in it",
       [](const std::string& body, std::size_t size) {
         return with_member(body, repeated("[[[[[[]]]]]]", size));
       }},
  };
  return all;
}

struct Work {
  double seconds = 0;
  std::size_t bytes = 0;  // more than at most before
};

double seconds_of_cpu() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) + double(now.tv_nsec) / 1e9;
}

// In a child: the highest use of memory so far cannot be taken back.
Work work_of(Subject& subject, const Golden& golden, const std::function<void(ReplyIn&)>& change) {
  const std::string told = in_child([&] {
    rusage before{}, after{};
    getrusage(RUSAGE_SELF, &before);
    const double begin = seconds_of_cpu();
    const auto instance = subject.instance(golden.settings);
    run_golden(*instance, golden, [&](std::size_t, std::size_t, ReplyIn& reply) { change(reply); });
    const double seconds = seconds_of_cpu() - begin;
    getrusage(RUSAGE_SELF, &after);
    return std::to_string(seconds) + " " + std::to_string(after.ru_maxrss - before.ru_maxrss);
  });
  return {std::stod(told), std::stoul(told.substr(told.find(' ') + 1)) * 1024};
}

// One golden of each kind of call does: that with most replies that are a yes.
std::vector<const Golden*> typical(Subject& subject) {
  std::map<std::string, std::pair<long, const Golden*>> best;
  for (const Golden& golden : subject.goldens()) {
    long count = 0;
    for (const auto& step : golden.steps) {
      count += std::count_if(step.begin(), step.end(),
                             [](const auto& exchange) { return is_yes(exchange.reply); });
    }
    auto& [most, which] =
        best[std::to_string(golden.call.op) + golden.call.action + golden.call.stream];
    if (count <= most) continue;
    most = count;
    which = &golden;
  }
  std::vector<const Golden*> goldens;
  for (const auto& [kind, one] : best) {
    if (one.second != nullptr) goldens.push_back(one.second);
  }
  if (goldens.empty()) throw Skip{"no golden has a reply that is a yes"};
  return goldens;
}

using Judge = void (*)(const std::string& told, const Work& small, const Work& large);
void by_size(Subject& subject, Judge judge) {
  subject.table();  // so that no child has the loading to do
  for (const Golden* golden : typical(subject)) {
    for (const auto& [name, stretch] : stretches()) {
      const auto with = [&, stretch = stretch](std::size_t size) {
        return work_of(subject, *golden, [&](ReplyIn& reply) {
          if (is_yes(reply)) reply.body = stretch(reply.body, size);
        });
      };
      judge(golden->name + ", replies with " + name + ": ", with(kSmall), with(kLarge));
    }
  }
}

void linear_time(Subject& subject) {
  by_size(subject, [](const std::string& told, const Work& small, const Work& large) {
    if (large.seconds < kLeastSeconds || large.seconds < kMostGrowth * small.seconds) return;
    fail(told + "wanted at most 3 times more work for each byte of a reply that is 8 times as " +
         "long, found " + std::to_string(small.seconds) + " s of CPU for 32 KiB and " +
         std::to_string(large.seconds) + " s for 256 KiB");
  });
}

void linear_memory(Subject& subject) {
  by_size(subject, [](const std::string& told, const Work&, const Work& large) {
    if (large.bytes <= kBytesPerByte * kLarge + kBytesBesides) return;
    fail(told + "wanted at most " + std::to_string(kBytesPerByte) +
         " bytes of memory for each byte of a reply, and 16 MiB, found " +
         std::to_string(large.bytes >> 20) + " MiB for 256 KiB");
  });
}

}  // namespace

std::vector<Case> fuzz_cases() {
  const std::string matters = "what comes from a vendor may be anything, on purpose or not";
  return {
      {"reply.garbage", "hundreds of mutated replies do no harm and win nothing", garbage, matters},
      {"reply.grammar", "nor do replies that are JSON, but of another kind", grammar, matters},
      {"reply.linear_time", "a longer reply takes longer in proportion", linear_time,
       "a reply of a megabyte would stop the worker, and all calls that wait for it"},
      {"reply.linear_memory", "and memory in proportion", linear_memory,
       "a worker has little memory; it would be killed by the first long reply"},
  };
}

}  // namespace tenon::conformance
