// Building the stage in an own /tmp, and patching the connector's file.
#include "hostile/stage.hpp"

#include <arpa/inet.h>
#include <elf.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace hostile {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "TENON-HOSTILE-BLOCK-AND-NOTHING-ELSE\n";
constexpr std::string_view kName = "tenon-hostile-host";
char host_byte = 'h';  // of the host, which is a fork of this program: at the same address

void put(const std::string& path, std::string_view bytes, mode_t mode) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  ::chmod(path.c_str(), mode);
}

int listen_unix(std::string_view path, bool abstract) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::memcpy(at.sun_path + (abstract ? 1 : 0), path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto size = offsetof(sockaddr_un, sun_path) + path.size() + 1;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&at), static_cast<socklen_t>(size)) != 0 ||
      ::listen(fd, 512) != 0) {
    std::perror("hostile_tests: unix socket");
  }
  return fd;
}

Elf64_Phdr* segment(std::string& bytes, std::uint32_t type) {
  const auto* head = reinterpret_cast<Elf64_Ehdr*>(bytes.data());
  auto* all = reinterpret_cast<Elf64_Phdr*>(bytes.data() + head->e_phoff);
  for (int i = 0; i < head->e_phnum; ++i) {
    if (all[i].p_type == type) return all + i;
  }
  std::fprintf(stderr, "hostile_tests: the connector has no segment of type %u\n", type);
  std::exit(2);
}

// Changes the one thing that an artefact case is about.
void spoil(std::string& bytes, std::string_view name) {
  if (name == "artefact_machine") {
    reinterpret_cast<Elf64_Ehdr*>(bytes.data())->e_machine = EM_AARCH64;
  } else if (name == "artefact_stack") {
    segment(bytes, PT_GNU_STACK)->p_flags |= PF_X;
  } else if (name == "artefact_write_execute") {
    segment(bytes, PT_LOAD)->p_flags |= PF_W | PF_X;
  } else if (name == "artefact_cut") {
    bytes.resize(bytes.size() / 2);
  } else if (name == "artefact_text_relocation" || name == "artefact_library") {
    const auto* dynamic = segment(bytes, PT_DYNAMIC);
    auto* entry = reinterpret_cast<Elf64_Dyn*>(bytes.data() + dynamic->p_offset);
    std::uint64_t names = 0;
    for (auto* at = entry; at->d_tag != DT_NULL; ++at) {
      if (at->d_tag == DT_STRTAB) names = at->d_un.d_ptr;  // the first segment is mapped as it lies
    }
    for (; entry->d_tag != DT_NULL; ++entry) {
      if (name == "artefact_text_relocation" && entry->d_tag == DT_FLAGS) {
        entry->d_un.d_val |= DF_TEXTREL;
      }
      if (name == "artefact_library" && entry->d_tag == DT_NEEDED) {
        std::memcpy(bytes.data() + names + entry->d_un.d_val, "libx", 4);
      }
    }
  }
}

}  // namespace

Programs Programs::read(const std::string& build, const std::vector<std::string>& names) {
  Programs out;
  for (const auto& name : names) {
    const bool connector = name.ends_with(".so");
    const std::string path = build + (connector ? "/tests/hostile/" : "/bin/") + name;
    std::ifstream in(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    if (!in || bytes.view().empty()) {
      std::fprintf(stderr, "hostile_tests: cannot read %s: build it first\n", path.c_str());
      std::exit(2);
    }
    out.files[name] = bytes.str();
  }
  return out;
}

Stage::Stage(const Programs& programs) : programs_(programs) {
  fs::create_directories(folder_ + "/bin");
  for (const auto& [name, bytes] : programs.files) {
    if (!name.ends_with(".so")) put(program(name), bytes, 0755);
  }
  tcp_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (::bind(tcp_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(tcp_, 512) != 0 ||
      ::getsockname(tcp_, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
    std::perror("hostile_tests: loopback");
  }
  port_ = ntohs(at.sin_port);
  udp_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  (void)::bind(udp_, reinterpret_cast<sockaddr*>(&at), size);
  by_name_ = listen_unix(kName, true);
  reset();
}

Stage::~Stage() {
  ::kill(host_, SIGKILL);
  ::waitpid(host_, nullptr, 0);
  for (const int fd : {tcp_, udp_, by_path_, by_name_}) ::close(fd);
}

void Stage::start_host() {
  host_ = ::fork();
  if (host_ == 0) {
    // As an ordinary process: one with more rights than the control would be out of its reach.
    __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
    const __user_cap_data_struct none[2] = {};
    ::syscall(SYS_capset, &head, none);
    for (;;) ::pause();
  }
}

bool Stage::host_lives() { return ::waitpid(host_, nullptr, WNOHANG) == 0; }

void Stage::reset() {
  const std::string place = folder_ + "/host";
  if (by_path_ >= 0) ::close(by_path_);
  std::error_code ignored;
  fs::permissions(place, fs::perms::owner_all, ignored);
  fs::remove_all(place, ignored);
  fs::create_directories(place);
  put(place + "/vault.key", "a secret", 0600);
  put(place + "/neighbour.so", programs_.files.at("hostile.so"), 0644);
  put(place + "/spare", "spare", 0644);
  by_path_ = listen_unix(place + "/socket", false);
  if (host_ > 0) {
    ::kill(host_, SIGKILL);
    ::waitpid(host_, nullptr, 0);
  }
  start_host();
}

std::string Stage::block_of(const Case& one, std::string_view when, const std::string& self) const {
  const std::string place = folder_ + "/host";
  std::ostringstream out;
  out << kMark << "name=" << one.name << "\nwhen=" << when << "\nfolder=" << place
      << "\nkey=" << place << "/vault.key\nneighbour=" << place << "/neighbour.so\nself=" << self
      << "\nsocket_path=" << place << "/socket\nsocket_name=" << kName << "\nhost=" << host_
      << "\nport=" << port_ << "\nhost_byte=" << std::hex
      << reinterpret_cast<std::uintptr_t>(&host_byte) << "\n";
  return out.str();
}

std::string Stage::file_for(const Case& one, std::string_view when) {
  const bool ifunc = one.name == "artefact_ifunc";
  std::string bytes = programs_.files.at(ifunc ? "hostile_ifunc.so" : "hostile.so");
  const std::string place = folder_ + "/" + std::string(when);
  const std::string path = place + "/case.so";
  fs::create_directories(place);
  const auto at = bytes.find(kMark);
  const std::string block = block_of(one, when, path);
  bytes.replace(at, block.size(), block);
  spoil(bytes, one.name);
  ::unlink(path.c_str());
  put(path, bytes, one.name == "artefact_writable" ? 0666 : 0644);
  return path;
}

}  // namespace hostile
