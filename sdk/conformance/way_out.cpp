// Ways out, by groups of names.
#include "conformance/way_out.hpp"

#include <algorithm>
#include <initializer_list>

namespace tenon::conformance {
namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool begins(std::string_view name, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return name.substr(0, word.size()) == word; });
}

}  // namespace

std::string_view way_out(std::string_view name) {
  if (name == "getaddrinfo" || begins(name, {"gethostby", "res_"})) {
    return "needs sockets; declare an endpoint in the manifest and push a request instead";
  }
  if (is_one_of(name, {"socket", "socketpair", "connect", "bind", "listen", "accept", "accept4",
                       "getsockopt", "setsockopt"}) ||
      begins(name, {"send", "recv"})) {
    return "there is no network here; declare an endpoint and push a request instead";
  }
  if (begins(name, {"open", "creat", "fopen", "freopen", "unlink", "rename", "mkdir", "stat",
                    "access", "chmod", "truncate", "readlink"})) {
    return "there are no files here; compile tables in, keep what a call needs in its state";
  }
  if (is_one_of(name, {"fork", "vfork", "clone", "clone3", "system", "popen"}) ||
      begins(name, {"exec", "posix_spawn", "fexec"})) {
    return "there are no other programs here; do it in the step itself";
  }
  if (begins(name, {"pthread_", "thrd_"})) {
    return "a step is one thread; push more requests in one step instead";
  }
  if (is_one_of(name, {"time", "gettimeofday", "clock", "ftime", "clock_gettime"}) ||
      begins(name, {"localtime", "mktime"})) {
    return "the only clock is now_ms of the call";
  }
  if (begins(name, {"rand", "drand", "random", "getrandom", "getentropy", "arc4random"})) {
    return "the only randomness is seed of the call";
  }
  if (is_one_of(name, {"sleep", "usleep", "nanosleep", "clock_nanosleep", "setitimer", "alarm"})) {
    return "suspend with delay_ms instead: the host waits";
  }
  if (begins(name, {"getenv", "secure_getenv", "setenv", "putenv", "environ"})) {
    return "there is no environment; declare a setting in the manifest";
  }
  if (begins(name, {"printf", "puts", "putchar", "syslog"})) {
    return "log through the host instead";
  }
  if (begins(name, {"mmap", "mprotect", "memfd", "shm", "dlopen", "dlmopen", "dlsym"})) {
    return "allocate with new or malloc, and link statically what you need";
  }
  return "a step may only compute; ask the host by a request, or do without";
}

}  // namespace tenon::conformance
