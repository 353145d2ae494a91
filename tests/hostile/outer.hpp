// The outer walls: the whole suite runs in namespaces of its own, never as root.
#pragma once

#include <functional>
#include <string>

namespace hostile {

// Becomes an ordinary user if we are root, makes user, process, net, mount, IPC and UTS namespaces,
// with an empty /tmp, a /proc of its own where the kernel allows it, and a loopback; runs `inside`
// as its first process and gives its exit status, or 2 with the reason on stderr.
int run_inside_walls(const std::function<int()>& inside);

}  // namespace hostile
