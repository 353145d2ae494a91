// Cursors as text, and states of rows.
#include "app/row_pages.hpp"

#include "base/codec.hpp"

namespace tenon::app {

std::string text_of(const Cursor& cursor) {
  return cursor.destination + "/" + to_base32(cursor.key);
}

Result<Cursor> parse_cursor(const std::string& text) {
  Cursor cursor;
  if (text.empty()) return cursor;
  const auto slash = text.find('/');
  if (slash == std::string::npos || !from_base32(text.substr(slash + 1), cursor.key)) {
    return invalid("after: not a cursor that this list gave");
  }
  cursor.destination = text.substr(0, slash);
  return cursor;
}

DeliveryState state_of(const delivery::Row& row) {
  switch (row.state) {
    case delivery::RowState::retry:
      return row.number == 0 ? DeliveryState::pending : DeliveryState::retrying;
    case delivery::RowState::held: return DeliveryState::pending;
    case delivery::RowState::parked: return DeliveryState::parked;
    case delivery::RowState::dead: return DeliveryState::dead;
    case delivery::RowState::ambiguous: return DeliveryState::ambiguous;
    case delivery::RowState::none: break;
  }
  return DeliveryState::pending;
}

std::optional<delivery::RowState> row_state_of(DeliveryState state) {
  switch (state) {
    case DeliveryState::parked: return delivery::RowState::parked;
    case DeliveryState::dead: return delivery::RowState::dead;
    case DeliveryState::ambiguous: return delivery::RowState::ambiguous;
    default: return std::nullopt;
  }
}

}  // namespace tenon::app
