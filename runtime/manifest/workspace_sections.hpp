// The parts of a workspace file, each read by one function; shared by the files that implement
// them.
#pragma once

#include "manifest/loose_reader.hpp"
#include "manifest/workspace.hpp"

namespace tenon::manifest {

constexpr std::size_t kMaxSources = 1'000, kMaxDestinations = 500, kMaxRoutes = 1'000,
                      kMaxPulls = 100, kMaxTrustedKeys = 50, kMaxRedacted = 100;
constexpr std::size_t kMaxPredicateDepth = 16;
constexpr std::size_t kMaxPredicateParts = 200;   // tests in one route, nested ones counted
constexpr std::size_t kMaxPredicateValues = 200;  // values of one test
constexpr std::size_t kMaxFieldRules = 200;       // rules of one route
constexpr std::size_t kMaxMapSteps = 8;           // steps of one rule

void read_sources(LooseReader& root, Workspace& out);
void read_destinations(LooseReader& root, Workspace& out);
void read_routes(LooseReader& root, Workspace& out);  // needs sources and destinations
void read_pulls(LooseReader& root, Workspace& out);   // likewise
void read_trust(LooseReader& root, Workspace& out);
void read_capture(LooseReader& root, Workspace& out);
void read_rollout(LooseReader& root, Workspace& out);

// The keys of one instance of a connector: connector, [settings], [credentials].
void read_instance(LooseReader& table, Destination& out);
// [destinations.oauth].
void read_destination_oauth(LooseReader& parent, Destination& out);
// Reports what is no reference to a secret; the error never shows the text.
void check_secret(LooseReader& table, std::string_view key, std::string_view reference);
// [sources.webhook].
void read_source_webhook(LooseReader& parent, Source& out);

// [routes.when]; `path` is that of the table in error texts.
Predicate read_predicate(Report& report, const TomlNode& node, const std::string& path);
// [routes.map], in the order of the file.
std::vector<FieldRule> read_mapping(Report& report, const TomlNode& node, const std::string& path);

// As read_entry_name of a manifest; also refuses a name whose hash another name of the kind has.
std::string read_hashed_name(LooseReader& entry, std::vector<std::string>& taken);

}  // namespace tenon::manifest
