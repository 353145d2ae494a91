// hostile-control FILE: the deed of a hostile connector in a plain process without a sandbox; what
// came of it on stdout. Started by hostile_tests only, in namespaces of its own.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

int main(int argc, char** argv) {
  if (argc != 2 || geteuid() == 0) {
    std::fputs("hostile-control is started by hostile_tests, never by hand and never as root\n",
               stderr);
    return 2;
  }
  void* file = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (file == nullptr) {
    std::printf("unloadable: %s", dlerror());
    return 0;
  }
  using Run = std::size_t (*)(char*, std::size_t);
  const auto run = reinterpret_cast<Run>(dlsym(file, "tenon_hostile_run"));
  if (run == nullptr) return 2;
  char text[64] = {};
  run(text, sizeof text);
  std::fputs(text, stdout);
  std::fflush(stdout);
  _exit(0);
}
