// The kernel's other doors: privileges, namespaces, and interfaces that nobody needs here.
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <ctime>

#include "hostile.hpp"

namespace hostile {
namespace {

constexpr Case kCases[] = {
    {"own_user_namespace", [] { return result(unshare(CLONE_NEWUSER)); }},
    {"own_net_namespace", [] { return result(unshare(CLONE_NEWNET)); }},
    {"join_namespace",
     [] {
       char path[64];
       std::snprintf(path, sizeof path, "/proc/%d/ns/net", target().host);
       return result(setns(open(path, O_RDONLY), 0));
     }},
    {"become_root", [] { return result(setuid(0)); }},
    {"change_groups", [] { return result(syscall(SYS_setgroups, 0, nullptr)); }},
    {"take_capabilities",
     [] {
       __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
       const __user_cap_data_struct all[2] = {{~0u, ~0u, ~0u}, {~0u, ~0u, ~0u}};
       return result(syscall(SYS_capset, &head, all));
     }},
    {"mount_files", [] { return result(mount("none", "/tmp", "tmpfs", 0, "")); }},
    {"new_mount_api", [] { return result(syscall(SYS_fsopen, "tmpfs", 0)); }},
    {"unmount", [] { return result(umount2("/tmp", MNT_DETACH)); }},
    {"pivot_root", [] { return result(syscall(SYS_pivot_root, "/tmp", "/tmp")); }},
    {"host_name", [] { return result(sethostname("x", 1)); }},
    {"bpf",
     [] {
       std::uint32_t room[32] = {2, 4, 4, 1};  // an array of one value of four bytes
       return result(syscall(SYS_bpf, 0, room, sizeof room));
     }},
    {"perf",
     [] {
       perf_event_attr what{};
       what.size = sizeof what;
       what.type = PERF_TYPE_SOFTWARE;
       what.exclude_kernel = 1;
       return result(syscall(SYS_perf_event_open, &what, 0, -1, -1, 0));
     }},
    {"user_faults", [] { return result(syscall(SYS_userfaultfd, 1)); }},
    {"add_key", [] { return result(syscall(SYS_add_key, "user", "x", "y", 1, -3)); }},
    {"key_ring", [] { return result(syscall(SYS_keyctl, 0, -3, 1)); }},
    {"personality", [] { return result(personality(ADDR_NO_RANDOMIZE)); }},
    {"shared_segment", [] { return result(shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600)); }},
    {"message_queue", [] { return result(msgget(IPC_PRIVATE, IPC_CREAT | 0600)); }},
    {"semaphore", [] { return result(semget(IPC_PRIVATE, 1, IPC_CREAT | 0600)); }},
    {"posix_queue",
     [] {
       return result(static_cast<long>(mq_open("/hostile", O_CREAT | O_RDWR, 0600, nullptr)));
     }},
    {"kernel_log", [] { return result(klogctl(3, nullptr, 0)); }},
    {"load_module", [] { return result(syscall(SYS_init_module, "", 0, "")); }},
    {"set_clock",
     [] {
       const timeval now{1, 0};
       return result(settimeofday(&now, nullptr));
     }},
    {"adjust_clock",
     [] {
       timex ask{};
       return result(adjtimex(&ask));
     }},
    {"accounting", [] { return result(acct(nullptr)); }},
    {"swap", [] { return result(syscall(SYS_swapon, "/tmp", 0)); }},
    {"io_uring",
     [] {
       io_uring_params parameters{};
       return result(syscall(SYS_io_uring_setup, 2, &parameters));
     }},
    {"aio",
     [] {
       unsigned long context = 0;
       return result(syscall(SYS_io_setup, 1, &context));
     }},
    {"int80",
     [] {
       long answer = 20;  // getpid of i386
       __asm__ volatile("int $0x80" : "+a"(answer) : : "memory");
       if (answer < 0) errno = static_cast<int>(-answer);
       return result(answer > 0);
     }},
    {"x32", [] { return result(syscall(0x40000000 | SYS_getpid)); }},
    {"unknown_call", [] { return result(syscall(100'000)); }},
    {"timer_flood",
     [] {
       const itimerval fast{{0, 1}, {0, 1}};
       signal(SIGALRM, SIG_IGN);
       return result(setitimer(ITIMER_REAL, &fast, nullptr));
     }},
    {"kernel_timer",
     [] {
       timer_t timer{};
       sigevent nothing{};
       nothing.sigev_notify = SIGEV_NONE;
       return result(timer_create(CLOCK_MONOTONIC, &nothing, &timer));
     }},
    {"timer_file", [] { return result(timerfd_create(CLOCK_MONOTONIC, 0)); }},
    {"event_file", [] { return result(eventfd(0, 0)); }},
    {"epoll", [] { return result(epoll_create1(0)); }},
    {"signal_file",
     [] {
       sigset_t all;
       sigfillset(&all);
       return result(syscall(SYS_signalfd4, -1, &all, 8, 0));
     }},
    {"copy_descriptor", [] { return result(dup(1)); }},
    {"process_name", [] { return result(prctl(PR_SET_NAME, "kworker/0:1")); }},
    {"be_dumpable", [] { return result(prctl(PR_SET_DUMPABLE, 1)); }},
    {"survive_host", [] { return result(prctl(PR_SET_PDEATHSIG, 0)); }},
    {"own_filter",
     [] {
       sock_filter pass{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
       const sock_fprog program{1, &pass};
       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
       return result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
     }},
    {"own_listener",
     [] {
       sock_filter ask{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
       const sock_fprog program{1, &ask};
       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
       return result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                             &program));
     }},
};

}  // namespace

Cases kernel_cases() { return {kCases, sizeof kCases / sizeof *kCases}; }

}  // namespace hostile
