// The outer walls: the whole suite runs in namespaces of its own, and never with root's rights.
#pragma once

#include <functional>
#include <string>

namespace hostile {

// Becomes an ordinary user if we are root, makes user, process, net, mount, IPC and UTS namespaces,
// with an empty /tmp, a /proc of its own where the kernel allows it, and a loopback; runs `inside`
// as its first process and gives its exit status, or 2 with the reason on stderr.
int run_inside_walls(const std::function<int()>& inside);

// The same, where we are root, for a host that believes it is: in its user namespace the user is 0,
// outside nobody; the uids of workers exist in it. 2 and the reason on stderr if we are not root.
int run_inside_walls_as_root(const std::function<int()>& inside);

}  // namespace hostile
