// Manifests and requests that are right, for tests to bend.
#pragma once

#include "manifest/manifest.hpp"
#include "manifest/workspace.hpp"
#include "ports/connector_runtime.hpp"

namespace tenon::egress_test {

inline Manifest good_manifest() {
  Manifest manifest;
  manifest.id = "crm";
  Endpoint api;
  api.name = "api";
  api.host = "api.vendor.test";
  api.methods = {"GET", "POST", "DELETE"};
  Endpoint other;
  other.name = "other";
  other.host = "other.vendor.test";
  manifest.endpoints = {api, other};
  Slot token;
  token.name = "token";
  token.header = "X-Token";
  token.prefix = "Bearer ";
  token.endpoints = {"api"};
  token.path_prefix = "/v1/";
  manifest.slots = {token};
  RateLimit row;
  row.bucket = "default";
  row.limit = 10;
  row.window = milliseconds(1'000);
  manifest.rate_limits = {row};
  return manifest;
}

inline ConnectorRequest good_request() {
  ConnectorRequest request;
  request.endpoint = "api";
  request.method = "POST";
  request.path = "/v1/contacts";
  request.headers = {{"content-type", "application/json"}};
  request.body = R"({"a":1})";
  request.covers = {0};
  request.idempotency_key = "key-1";
  return request;
}

inline Destination good_destination() {
  Destination destination;
  destination.name = DestinationName("sales");
  destination.connector = "crm";
  destination.settings = "{}";
  destination.account = "sales";
  destination.credentials["token"] = "env:TOKEN";
  return destination;
}

}  // namespace tenon::egress_test
