// What lists of rows share: a cursor over all destinations, and rows in the words of the API.
#pragma once

#include <optional>
#include <string>

#include "api/values.hpp"
#include "delivery/letters.hpp"

namespace tenon::app {

// "NAME/KEY in base32"; an empty key means from the destination's first row.
struct Cursor {
  std::string destination, key;
};
std::string text_of(const Cursor& cursor);
Result<Cursor> parse_cursor(const std::string& text);

DeliveryState state_of(const delivery::Row& row);
// Of the states in which a row waits for a person; nothing for others.
std::optional<delivery::RowState> row_state_of(DeliveryState state);

}  // namespace tenon::app
