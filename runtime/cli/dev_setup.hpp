// What `tenon dev` makes a host with, and what it leaves in its folder for other commands. Pure but
// for the file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tenon::cli {

// A model that is served, with what it says of itself (GET /_model/dev).
struct DevModel {
  std::string name, url;
  std::string workspace;  // lines of a workspace file, {model} in them; "" = none
  std::map<std::string, std::string> secrets;
};

constexpr const char* kDevWriteKey = "TENON_DEV_WRITE_KEY";  // of the source "sample"

// The whole workspace file: the source "sample", whose events are synthetic, and the lines of each
// model with its address.
std::string dev_workspace(const std::vector<DevModel>& models);

// How to reach a `tenon dev` that runs: FOLDER/dev.json, readable by its owner alone.
struct DevPlace {
  std::string ingest, write_key;
  std::map<std::string, std::string> models;  // name -> address

  bool operator==(const DevPlace&) const = default;
};
constexpr const char* kDevFile = "dev.json";
constexpr const char* kDevFolder = "./tenon-dev";

Result<void> write_dev_place(const std::string& folder, const DevPlace& place);
// not_found: no tenon dev has written there. corrupt: the file is not of its form.
Result<DevPlace> read_dev_place(const std::string& folder);

// The lines "NAME ADDRESS" that tenon-vendor prints; a line without an end is still being written.
std::map<std::string, std::string> model_addresses(const std::string& printed);

}  // namespace tenon::cli
