// tenon check: hands over to the conformance program, beside this one or in PATH.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/session.hpp"

namespace tenon::cli {
namespace {
constexpr const char* kProgram = "tenon-check";
}

int hand_over(Session& session, std::vector<std::string> arguments) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return session.fail(unavailable("this program's own place is not known"));
  const auto program = (self.parent_path() / kProgram).string();
  arguments.insert(arguments.begin(), program);
  std::vector<char*> raw;
  for (auto& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);
  session.out() << std::flush;
  ::execv(program.c_str(), raw.data());
  const int beside = errno;
  raw[0] = const_cast<char*>(kProgram);
  ::execvp(kProgram, raw.data());
  return session.fail(not_found(std::string("wanted the conformance program here or in PATH: ") +
                                    std::strerror(beside) +
                                    "; install the SDK, or build the target tenon-check",
                                program));
}

void add_check(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("check", "Run the conformance checks on a connector (.so)");
  command->footer("Everything after `tenon check` goes to tenon-check, --help too.");
  command->prefix_command();
  command->callback([&session, command] {
    session.run = [&session, arguments = command->remaining()] {
      return hand_over(session, arguments);
    };
  });
}

}  // namespace tenon::cli
