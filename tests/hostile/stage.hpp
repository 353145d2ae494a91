// What a hostile connector may aim at: a host's folder, sockets and process; and its own file.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "hostile/cases.hpp"

namespace hostile {

// The programs and connectors of the build, read before the walls go up.
struct Programs {
  std::map<std::string, std::string> files;  // by name
  // Reads `bin/NAME` and `tests/hostile/NAME.so`; exits with 2 if one is missing.
  static Programs read(const std::string& build, const std::vector<std::string>& names);
};

class Stage {
 public:
  explicit Stage(const Programs& programs);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // The connector's file for one case; `when` is load, event or late.
  std::string file_for(const Case& one, std::string_view when);
  // The same folder as it was, and a host that lives.
  void reset();
  bool host_lives();
  std::string program(const std::string& name) const { return folder_ + "/bin/" + name; }

 private:
  std::string block_of(const Case& one, std::string_view when, const std::string& self) const;
  void start_host();

  const Programs& programs_;
  std::string folder_ = "/tmp/stage";
  pid_t host_ = -1;
  int tcp_ = -1, udp_ = -1, by_path_ = -1, by_name_ = -1, port_ = 0;
};

}  // namespace hostile
