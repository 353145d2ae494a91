// The cases of the hostile suite: what each must run into, and what it does without a sandbox.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hostile {

// Levels: what this machine could do; no user namespaces (the normal container); Landlock masked to
// the version of Debian 12's own kernel. And the first of them for a host that is root and gives
// each worker a uid of its own: a sweep by itself, of what the kernel has to stop.
enum class Level { full, no_namespaces, old_landlock, root };
constexpr Level kLevels[] = {Level::full, Level::no_namespaces, Level::old_landlock};
std::string_view name_of(Level level);
std::optional<Level> level_of(std::string_view name);

// `event` and `load`: the causes that may stop it, as words; empty: it makes no sense then.
//   K             killed for a forbidden system call    EACCES ...  that error, and nothing done
//   W             killed at a deadline                  C, X        the worker alone died, ended
//   V             killed for an illegal frame           A           the start was refused
//   G             killed for asking too much at the gate, and its release quarantined
//   S             the push was refused                  R           the request was refused
//   clean         let through, and made harmless        fine        let through: nothing is wrong
//   none          nothing came of it
//   done          it succeeds: a known residue, told in README.md
// A word may be bound to levels by letters: "fm:ENOENT n:EACCES" (full, no namespaces, masked).
//
// `control`: the same without a sandbox. done: it succeeds. dies, ends, hangs: likewise, in its
// way.
// "?ERRNO ...: why": on some machines it may fail, with these errors only. "-why": there is no
// control, and why not.
struct Case {
  std::string_view name;
  int row = 0;  // of the paper's table, see README.md
  std::string_view event, load, control;
  std::string_view profile = "strict";
  bool late = false;        // part of it happens while loading, the deed at the event
  bool privileged = false;  // the control runs with the rights of its own namespaces
};
std::span<const Case> cases();
// By the kernel: not frames, pushes, requests and files, which one host judges like another.
bool is_for_kernel(const Case& one);

// What whoever stopped it at the event must say, so that it is stopped for this deed and no other;
// empty: the cause says it all.
std::string_view words_of(std::string_view name);

// Is `cause` among the words that `expected` allows at this level?
bool allows(std::string_view expected, Level level, std::string_view cause);

}  // namespace hostile
