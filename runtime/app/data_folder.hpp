// The data folder's format: one number for all that lies in it.
#pragma once

#include <string>

#include "base/result.hpp"

namespace tenon::app {

// Of log, states and whatever else the folder holds. Older ones are brought up to date by opening
// them; a later one is refused before anything in it is touched.
constexpr int kDataFormat = 1;

// Makes the folder if it is missing, and writes or checks `format` in it.
Result<void> open_data_folder(const std::string& path);

}  // namespace tenon::app
