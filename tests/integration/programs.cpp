// Starts programs with posix_spawn, speaks HTTP with libcurl.
#include "integration/programs.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace tenon::testing {

std::string program(const std::string& name) { return TENON_BINARY_DIR "/bin/" + name; }

std::optional<std::string> from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "tenon-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder: " + name);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("there is no " + from);
  return text.replace(at, from.size(), to);
}

namespace {

std::vector<std::string> environment_with(const Environment& more) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!more.contains(text.substr(0, text.find('=')))) out.push_back(text);
  }
  for (const auto& [name, value] : more) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::size_t append(char* data, std::size_t size, std::size_t count, void* target) {
  static_cast<std::string*>(target)->append(data, size * count);
  return size * count;
}

}  // namespace

Running::Running(std::vector<std::string> command, const Environment& environment, std::string log)
    : log_(std::move(log)) {
  // It also ends if the test program itself is killed.
  command.insert(command.begin(), {"setpriv", "--pdeathsig", "KILL", "--"});
  auto variables = environment_with(environment);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  const int error = posix_spawnp(&pid_, command[0].c_str(), &files, &attributes,
                                 pointers(command).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) throw std::runtime_error("cannot start " + command[4]);
}

Running::~Running() {
  if (status_) return;
  kill(-pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Running::signal(int number) const {
  if (!status_) kill(pid_, number);
}

int Running::wait(std::chrono::seconds patience) {
  eventually(
      [this] {
        int status = 0;
        if (status_ || waitpid(pid_, &status, WNOHANG) != pid_) return status_.has_value();
        status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        return true;
      },
      patience);
  return status_.value_or(-1);
}

Finished run(std::vector<std::string> command, const Environment& environment,
             std::chrono::seconds patience) {
  const Folder folder;
  Running running(std::move(command), environment, folder / "output");
  const int status = running.wait(patience);
  return {status, running.output()};
}

Answer http(const std::string& method, const std::string& url, const std::string& body,
            const std::vector<std::string>& headers, const std::string& socket) {
  Answer answer;
  CURL* curl = curl_easy_init();
  curl_slist* list = nullptr;
  for (const auto& header : headers) list = curl_slist_append(list, header.c_str());
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  if (!socket.empty()) curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  if (!body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  }
  if (curl_easy_perform(curl) == CURLE_OK) {
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  }
  curl_slist_free_all(list);
  curl_easy_cleanup(curl);
  return answer;
}

std::string raw_exchange(int port, const std::vector<std::string>& pieces,
                         std::chrono::milliseconds pause, std::chrono::seconds patience) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string got;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    return got;
  }
  const auto until = std::chrono::steady_clock::now() + patience;
  std::size_t next = 0;
  for (bool open = true; open && std::chrono::steady_clock::now() < until;) {
    if (next < pieces.size()) {
      const auto& piece = pieces[next++];
      open = send(fd, piece.data(), piece.size(), MSG_NOSIGNAL) >= 0;
    }
    pollfd waiting{fd, POLLIN, 0};
    const int wait_ms = next < pieces.size() ? static_cast<int>(pause.count()) : 100;
    if (poll(&waiting, 1, wait_ms) <= 0) continue;
    char part[65'536];
    const auto size = recv(fd, part, sizeof part, 0);
    if (size <= 0) break;
    got.append(part, static_cast<std::size_t>(size));
  }
  close(fd);
  return got;
}

}  // namespace tenon::testing
