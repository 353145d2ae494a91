// The parts of a manifest, each read by one function; shared by the files that implement them.
#pragma once

#include "manifest/manifest.hpp"
#include "manifest/reader.hpp"

namespace tenon::manifest {

// All parts of a file in their order; what is wrong is in the report.
Manifest read_all(Report& report, const TomlNode& tree);

void read_connector(TableReader& root, Manifest& out);
void read_endpoints(TableReader& root, Manifest& out);
void read_slots(TableReader& root, Manifest& out);
void read_settings(TableReader& root, Manifest& out);
void read_actions(TableReader& root, Manifest& out);
void read_streams(TableReader& root, Manifest& out);
void read_rate_limits(TableReader& root, Manifest& out);
void read_rate_headers(TableReader& root, Manifest& out);  // needs rate limits
void read_webhook(TableReader& root, Manifest& out);       // needs ops and slots
void read_oauth(TableReader& root, Manifest& out);         // needs endpoints and slots
void read_support(TableReader& root, Manifest& out);       // vendor_api, support
void read_policies(TableReader& root, Manifest& out);      // retry, limits, sign

// What lint says about a manifest without mistakes (manifest_advice.cpp).
void advise(Report& report, const TomlNode& tree, const Manifest& manifest);

// The name of one entry of [[kind]], once per kind. "" if wrong.
std::string read_entry_name(TableReader& entry, std::vector<std::string>& taken);

}  // namespace tenon::manifest
