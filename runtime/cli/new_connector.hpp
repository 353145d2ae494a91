// make_project: a connector's project out of the SDK's templates; files only, no terminal.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace tenon::cli {

struct NewConnector {
  std::string name;       // the connector's id, and the stem of its .so
  std::string language;   // one of languages(), and a folder of `templates`
  std::string folder;     // to be made; must not exist
  std::string templates;  // of the SDK: holds `common` and one folder per language
};

std::vector<std::string> languages();

// The names of the files made, sorted. On an error nothing is left behind.
Result<std::vector<std::string>> make_project(const NewConnector& wanted);

// "google_ads" -> "Google Ads".
std::string title_of(const std::string& name);

}  // namespace tenon::cli
