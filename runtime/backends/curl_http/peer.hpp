// peer_allowed: may we connect to this address? Judged on the real one, after resolution.
#pragma once

#include <sys/socket.h>

#include "ports/http_client.hpp"

namespace tenon {

// public_only: global unicast addresses only. allow_loopback: 127.0.0.0/8 and ::1, too.
// allow_private: loopback and RFC 1918 and unique local addresses, too. Never, whatever the policy:
// unspecified, link-local (with the metadata services), carrier-grade NAT, multicast, reserved, and
// IPv6 forms that carry an IPv4 address (mapped, NAT64, 6to4, Teredo).
bool peer_allowed(const sockaddr* address, socklen_t length, PeerPolicy policy);
// The same of a numeric address; false if it is none.
bool peer_allowed(const char* address, PeerPolicy policy);

}  // namespace tenon
