// A connector that does one hostile thing, by the name that is patched into its file.
#pragma once

#include <cerrno>
#include <cstdint>
#include <string_view>

namespace hostile {

// What a case may aim at; an attacker is assumed to know it all.
struct Target {
  std::string_view name, when;                // the case; "load", "event" or "late"
  std::string_view folder, key, neighbour;    // of the host: a folder, a secret, another .so
  std::string_view self;                      // the path of this very file
  std::string_view socket_path, socket_name;  // a stream socket: in the file system; abstract
  int host = 0;                               // the host's process
  std::uintptr_t host_byte = 0;               // an address in it that holds data
  int port = 0;                               // of a TCP and a UDP socket on loopback
};
const Target& target();
// A path as C wants it, valid until the next call.
const char* c_str(std::string_view text);

// In the sandbox, where what a deed needs before it (a socket, a pipe) would be refused first: it
// gets the worker's socket instead, so that it is the deed itself that the filter meets.
extern bool walled;
template <typename Make>
int needed(Make make) {
  return walled ? 3 : static_cast<int>(make());
}

// How it went: `done` if what was aimed at came true; else the error that stood in the way.
struct Deed {
  bool done = false;
  int error = 0;
};
inline Deed result(bool done) { return {done, done ? 0 : errno}; }
inline Deed result(long value) { return result(value >= 0); }
inline Deed result(int value) { return result(value >= 0); }

struct Case {
  std::string_view name;
  Deed (*run)();
};
// Its own file for reading, which loading must allow: by its path, or as seen from where it runs.
int open_self();

// The files of this folder, each with its cases.
struct Cases {
  const Case* first;
  std::size_t count;
};
Cases file_cases();
Cases process_cases();
Cases kernel_cases();
Cases network_cases();
Cases memory_cases();
Cases trouble_cases();

// Cases that need the sink of a step; false: it is none of these.
bool run_step_case(std::string_view name, const void* call, const void* sink, int& status);
// Done while the file is loaded, so that a later call gets through.
void sabotage(std::string_view name);

}  // namespace hostile
