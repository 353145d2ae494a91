// The table.
#include "hostile/cases.hpp"

#include <sstream>

namespace hostile {
namespace {

constexpr std::string_view kHidden = "fm:ENOENT n:EACCES";  // not there, or not to be opened
constexpr std::string_view kRoot = "-an ordinary user may not, with or without a sandbox";
constexpr std::string_view kKernel =
    "?EPERM EACCES ENOSYS EOPNOTSUPP EAFNOSUPPORT EPROTONOSUPPORT: the kernel may lack or forbid "
    "it";
constexpr std::string_view kTrace = "?EPERM: the kernel may let parents only trace";
constexpr std::string_view kSocket = "-without a worker there is no socket to a host";
constexpr std::string_view kWire = "-without a worker there is no frame";
constexpr std::string_view kSink = "-without a worker there is no sink";
constexpr std::string_view kRequest = "-curl would send it: see the tests of runtime/egress";

constexpr Case kCases[] = {
    // Files.
    {"read_passwd", 1, "EACCES", kHidden, "done"},
    {"read_key", 1, "EACCES", kHidden, "done"},
    {"read_neighbour", 1, "EACCES", kHidden, "done"},
    {"read_library", 1, "EACCES", kHidden, "done"},
    {"read_loaded_library", 1, "EACCES", "EACCES", "done"},
    {"read_other_descriptor", 1, "K", "", "done"},
    {"list_root", 1, "K", "K", "done"},
    {"list_folder", 1, "K", "K", "done"},
    {"read_folder", 1, "K", "K", "done"},
    {"list_proc", 1, "K", "K", "done"},
    {"read_device", 1, "EACCES", kHidden, "done"},
    {"create_file", 2, "K", "K", "done"},
    {"create_tmpfile", 2, "K", "K", "done"},
    {"unlink_file", 2, "K", "K", "done"},
    {"rename_file", 2, "K", "K", "done"},
    {"symlink_file", 2, "K", "K", "done"},
    {"hardlink_file", 2, "K", "K", "done"},
    {"truncate_file", 2, "K", "K", "done"},
    {"make_folder", 2, "K", "K", "done"},
    {"make_fifo", 2, "K", "K", "done"},
    {"chmod_file", 2, "K", "K", "done"},
    {"chown_file", 2, "K", "K", "done"},
    {"set_times", 2, "K", "K", "done"},
    {"set_xattr", 2, "K", "K", kKernel},
    {"overwrite_self", 2, "K", "K", "done"},
    {"change_mask", 2, "K", "K", "done"},
    {"stat_oracle", 3, "EACCES", "fm:ENOENT n:done", "done"},
    {"statx_oracle", 3, "K", "K", "done"},
    {"access_oracle", 3, "EACCES", "EACCES", "done"},
    {"readlink_oracle", 3, "EACCES", "EACCES", "done"},
    {"statfs_oracle", 3, "K", "K", "done"},
    {"file_handle", 3, "K", "K", kKernel},
    {"watch_files", 3, "K", "K", "done"},
    {"change_folder", 3, "K", "K", "done"},
    {"change_root", 3, "K", "K", "done", "strict", false, true},
    {"host_memory", 4, "EACCES", kHidden, kTrace},
    {"host_environment", 4, "EACCES", kHidden, "done"},
    {"host_descriptors", 4, "K", "K", "done"},
    {"host_command", 4, "EACCES", kHidden, "done"},
    {"host_root", 4, "EACCES", kHidden, "done"},
    {"own_maps", 4, "EACCES", kHidden, "done"},
    {"own_memory", 4, "K", "K", "done"},
    // Processes.
    {"vm_read", 5, "K", "K", kTrace},
    {"vm_write", 5, "K", "K", kTrace},
    {"trace_host", 5, "K", "K", kTrace},
    {"be_traced", 5, "K", "K", "done"},
    {"open_process", 5, "K", "K", "done"},
    {"take_descriptor", 5, "K", "K", kTrace},
    {"compare_processes", 5, "K", "K", kKernel},
    {"kill_host", 6, "K", "K", "done"},
    {"tkill_host", 6, "K", "K", "done"},
    {"tgkill_host", 6, "K", "K", "done"},
    {"queue_signal", 6, "K", "K", "done"},
    {"pidfd_signal", 6, "K", "K", "done"},
    {"kill_group", 7, "K", "K", "done"},
    {"kill_all", 7, "K", "K", "done"},
    {"own_descriptor", 8, "K", "K", "done"},
    {"make_pipe", 8, "K", "K", "done"},
    {"limit_host", 9, "EPERM", "EPERM", "done"},
    {"raise_limit", 9, "EPERM", "EPERM", "done"},
    {"slow_host", 9, "K", "K", "done"},
    {"idle_host", 9, "K", "K", "done"},
    {"pin_host", 9, "K", "K", "done"},
    {"io_priority", 9, "K", "K", kKernel},
    {"session", 9, "K", "K", "done"},
    {"group", 9, "K", "K", "done"},
    {"exec_shell", 10, "K", "K", "done"},
    {"exec_memory", 10, "K", "K", "done"},
    {"run_command", 10, "K", "K", "done"},
    {"spawn_program", 10, "K", "K", "done"},
    {"fork", 11, "K", "K", "done"},
    {"vfork", 11, "K", "K", "done"},
    {"clone_process", 11, "K", "K", "done"},
    {"clone3_process", 11, "ENOSYS", "ENOSYS", "done"},
    {"wait_for_others", 11, "K", "K", "done"},
    {"thread", 12, "EAGAIN", "EAGAIN", "done"},
    {"thread_bomb", 12, "EAGAIN", "EAGAIN", "done", "default"},
    // Privileges, and the kernel's other interfaces.
    {"own_user_namespace", 13, "K", "K", "done"},
    {"own_net_namespace", 13, "K", "K", "done", "strict", false, true},
    {"join_namespace", 13, "K", "K", "done", "strict", false, true},
    {"become_root", 13, "K", "K", kRoot},
    {"change_groups", 13, "K", "K", kRoot},
    {"take_capabilities", 13, "K", "K", kRoot},
    {"mount_files", 13, "K", "K", "done", "strict", false, true},
    {"new_mount_api", 13, "K", "K", "done", "strict", false, true},
    {"unmount", 13, "K", "K", "done", "strict", false, true},
    {"pivot_root", 13, "K", "K", "-it wants a mount point of its own"},
    {"host_name", 13, "K", "K", "done", "strict", false, true},
    {"own_filter", 13, "K", "", "done"},
    {"own_listener", 13, "K", "EBUSY", "done"},
    {"process_name", 13, "EPERM", "EPERM", "done"},
    {"be_dumpable", 13, "EPERM", "EPERM", "done"},
    {"survive_host", 13, "EPERM", "EPERM", "done"},
    {"bpf", 14, "K", "K", kKernel},
    {"perf", 14, "K", "K", kKernel},
    {"user_faults", 14, "K", "K", kKernel},
    {"add_key", 14, "K", "K", kKernel},
    {"key_ring", 14, "K", "K", kKernel},
    {"personality", 14, "K", "K", "done"},
    {"shared_segment", 14, "K", "K", kKernel},
    {"message_queue", 14, "K", "K", kKernel},
    {"semaphore", 14, "K", "K", kKernel},
    {"posix_queue", 14, "K", "K", kKernel},
    {"kernel_log", 14, "K", "K", kKernel},
    {"load_module", 14, "K", "K", kRoot},
    {"set_clock", 14, "K", "K", kRoot},
    {"adjust_clock", 14, "K", "K", "done"},
    {"accounting", 14, "K", "K", kRoot},
    {"swap", 14, "K", "K", kRoot},
    {"aio", 14, "K", "K", kKernel},
    {"io_uring", 15, "K", "K", kKernel},
    {"int80", 16, "K", "K", "?dies ENOSYS: the kernel may lack it"},
    {"x32", 16, "K", "K", kKernel},
    {"unknown_call", 16, "K", "K", "-there is no such call"},
    // The network.
    {"tcp_loopback", 17, "K", "K", "done"},
    {"tcp_metadata", 17, "K", "K", "-the control's own network leads nowhere"},
    {"tcp_fast_open", 17, "K", "K", kKernel},
    {"tcp_socket", 17, "K", "K", "done"},
    {"tcp_bind", 17, "K", "K", "done"},
    {"tcp_listen", 17, "K", "K", "done"},
    {"tcp6", 17, "K", "K", kKernel},
    {"mptcp", 17, "K", "K", kKernel},
    {"udp", 18, "K", "K", "done"},
    {"raw_socket", 18, "K", "K", "done", "strict", false, true},
    {"packet_socket", 18, "K", "K", kKernel, "strict", false, true},
    {"netlink", 18, "K", "K", "done"},
    {"vsock", 18, "K", "K", kKernel},
    {"kernel_crypto", 18, "K", "K", kKernel},
    {"unix_path", 19, "K", "K", "done"},
    {"unix_abstract", 19, "K", "K", "done"},
    {"socket_pair", 19, "K", "K", "done"},
    {"dns", 20, "K", "K", "?ENOENT none: names are looked up in files of the machine"},
    {"send_descriptor", 21, "K", "K", kSocket},
    {"host_socket_options", 21, "K", "K", kSocket},
    {"shut_host_socket", 21, "K", "K", kSocket},
    // Memory, descriptors, timers.
    {"heap_bomb", 22, "ENOMEM", "ENOMEM", "done"},
    {"shared_bomb", 22, "K", "K", "done"},
    {"address_bomb", 22, "ENOMEM", "ENOMEM", "done"},
    {"break_bomb", 22, "ENOMEM", "ENOMEM", "?ENOMEM: the heap may meet another mapping"},
    {"make_memory_file", 22, "K", "K", "done"},
    {"memory_file", 22, "K", "K", "done"},
    {"secret_memory", 22, "K", "K", kKernel},
    {"lock_memory", 22, "K", "K", "?ENOMEM EPERM: the limit on locked memory may be low"},
    {"huge_pages", 22, "K", "K", "?ENOMEM: none may be reserved"},
    {"growsdown_bomb", 22, "K", "K", "done"},
    {"stack_bomb", 22, "C", "C", "?dies: the hard limit may be low"},
    {"move_host_pages", 22, "K", "K", kKernel},
    {"advise_host", 22, "K", "K", kKernel},
    {"all_descriptors", 23, "EACCES", "A", "done"},
    {"gate_flood", 23, "", "G", "done"},
    {"copy_descriptor", 23, "K", "K", "done"},
    {"timer_flood", 23, "K", "K", "done"},
    {"kernel_timer", 23, "K", "K", "done"},
    {"timer_file", 23, "K", "K", "done"},
    {"event_file", 23, "K", "K", "done"},
    {"epoll", 23, "K", "K", "done"},
    {"signal_file", 23, "K", "K", "done"},
    {"write_execute_map", 27, "K", "K", "done"},
    {"execute_map", 27, "K", "K", "done"},
    {"execute_heap", 27, "K", "K", "done"},
    {"write_code", 27, "K", "K", "done"},
    {"keyed_memory", 27, "K", "K", "?EINVAL ENOSPC ENOSYS: the processor may lack it"},
    // Trouble for the worker.
    {"spin", 24, "W", "W", "hangs"},
    {"hang", 24, "W", "W", "hangs"},
    {"stop_itself", 24, "W", "W", "hangs"},
    {"null_write", 25, "C", "C", "dies"},
    {"write_constant", 25, "C", "C", "dies"},
    {"stack_overflow", 25, "C", "C", "dies"},
    {"abort", 25, "C", "C", "dies"},
    {"trap", 25, "C", "C", "dies"},
    {"exit", 25, "X", "X", "ends"},
    {"exit_at_once", 25, "X", "X", "ends"},
    {"end_thread", 25, "X", "X", "ends"},
    {"close_all", 25, "C X", "C X", "ends"},
    {"throw", 26, "S", "C", "dies"},
    {"throw_number", 26, "S", "C", "dies"},
    {"skip_by_filter", 28, "ENOSYS", "", "done", "strict", true},
    {"skip_by_patch", 29, "ENOSYS", "", "done", "strict", true},
    {"thread_from_load", 30, "EACCES", "", "-the thread is made by loading", "default", true},
    {"leaked_descriptor", 52, "EACCES", "EBADF", "?EBADF: there may be none to leak"},
    {"dump_core", 52, "EPERM", "EPERM", "?EPERM: the hard limit may be low"},
    // Lies to the host.
    {"frame_magic", 31, "V", "", kWire},
    {"frame_version", 31, "V", "", kWire},
    {"frame_type", 31, "V", "", kWire},
    {"frame_direction", 31, "V", "", kWire},
    {"frame_flags", 31, "V", "", kWire},
    {"frame_crc", 31, "V", "", kWire},
    {"frame_four_bytes", 31, "V", "", kWire},
    {"frame_part_first", 31, "V", "", kWire},
    {"frame_ready_again", 31, "V", "", kWire},
    {"frame_gate_again", 31, "V", "", kWire},
    {"frame_length", 32, "V", "", kWire},
    {"frame_huge_total", 32, "V", "", kWire},
    {"frame_short_total", 32, "V", "", kWire},
    {"frame_too_long", 32, "V", "", kWire},
    {"frame_empty_result", 32, "V", "", kWire},
    {"frame_half", 33, "W", "", kWire},
    {"frame_sequence", 34, "V", "", kWire},
    {"frame_handle", 34, "V", "", kWire},
    {"output_flood", 35, "clean", "", kSink},
    {"request_flood", 35, "S", "", kSink},
    {"request_bytes", 35, "S", "", kSink},
    {"outcome_index", 36, "S", "", kSink},
    {"outcome_size", 36, "S", "", kSink},
    {"outcome_verdict", 36, "S none", "", kSink},
    {"outcome_twice", 36, "S", "", kSink},
    {"outcome_wild_pointer", 36, "C", "", kSink},
    {"outcome_long", 36, "S C", "", kSink},
    {"outcome_bytes", 40, "clean", "", kSink},
    {"request_null", 36, "S", "", kSink},
    {"request_array", 36, "S", "", kSink},
    {"request_stride", 36, "S", "", kSink},
    {"emit_in_delivery", 36, "S", "", kSink},
    {"suspend_alone", 36, "S", "", kSink},
    // The same connector doing nothing wrong: what the rows below change is what they are refused
    // for.
    {"benign_step", 0, "fine", "", "done"},
    {"benign_request", 0, "fine", "", kRequest},
    // Requests that must not leave.
    {"header_line_break", 37, "R", "", kRequest},
    {"header_name_break", 37, "R", "", kRequest},
    {"header_colon", 37, "R", "", kRequest},
    {"header_null", 37, "R", "", kRequest},
    {"method_smuggle", 37, "R", "", kRequest},
    {"method_unknown", 37, "R", "", kRequest},
    {"path_line_break", 37, "R", "", kRequest},
    {"path_space", 37, "R", "", kRequest},
    {"two_lengths", 38, "R", "", kRequest},
    {"host_header", 38, "R", "", kRequest},
    {"own_authorization", 38, "R", "", kRequest},
    {"proxy_header", 38, "R", "", kRequest},
    {"forwarded_header", 38, "R", "", kRequest},
    {"cookie_header", 38, "R", "", kRequest},
    {"same_header_twice", 38, "R", "", kRequest},
    {"absolute_form", 39, "R", "", kRequest},
    {"user_in_path", 39, "R", "", kRequest},
    {"double_slash", 39, "R", "", kRequest},
    {"backslash", 39, "R", "", kRequest},
    {"dot_segments", 39, "R", "", kRequest},
    {"hidden_dots", 39, "R", "", kRequest},
    {"encoded_slash", 39, "R", "", kRequest},
    {"encoded_null", 39, "R", "", kRequest},
    {"query_in_path", 39, "R", "", kRequest},
    {"fragment_in_path", 39, "R", "", kRequest},
    {"wide_bytes", 40, "R", "", kRequest},
    {"unknown_endpoint", 39, "R", "", kRequest},
    {"no_endpoint", 39, "R", "", kRequest},
    // Files that must not be loaded: the runner changes one thing in the connector's own.
    {"artefact_machine", 30, "A", "", "-another machine's code does not run"},
    {"artefact_stack", 30, "A", "", "?unloadable: the C library may refuse it, too"},
    {"artefact_write_execute", 30, "A", "", "?unloadable: the C library may refuse it, too"},
    {"artefact_text_relocation", 30, "A", "", "?unloadable: the C library may refuse it, too"},
    {"artefact_library", 30, "A", "", "-there is no such library"},
    {"artefact_cut", 30, "A", "", "-half a file does not load"},
    {"artefact_writable", 2, "A", "", "done"},
    {"artefact_ifunc", 30, "A", "", "done"},
};

char letter_of(Level level) {
  switch (level) {
    case Level::full:
    case Level::root: return 'f';
    case Level::no_namespaces: return 'n';
    case Level::old_landlock: return 'm';
  }
  return '?';
}

}  // namespace

std::string_view name_of(Level level) {
  switch (level) {
    case Level::full: return "full";
    case Level::no_namespaces: return "no namespaces";
    case Level::old_landlock: return "old Landlock";
    case Level::root: return "root";
  }
  return "?";
}

std::optional<Level> level_of(std::string_view name) {
  for (const Level level : {Level::full, Level::no_namespaces, Level::old_landlock, Level::root}) {
    if (name_of(level) == name) return level;
  }
  return std::nullopt;
}

bool is_for_kernel(const Case& one) { return one.row < 31 || one.row == 52; }

std::span<const Case> cases() { return kCases; }

bool allows(std::string_view expected, Level level, std::string_view cause) {
  std::istringstream words{std::string(expected)};
  for (std::string word; words >> word;) {
    const auto colon = word.find(':');
    if (colon == std::string::npos) {
      if (word == cause) return true;
    } else if (word.substr(0, colon).find(letter_of(level)) != std::string::npos &&
               word.substr(colon + 1) == cause) {
      return true;
    }
  }
  return false;
}

}  // namespace hostile
