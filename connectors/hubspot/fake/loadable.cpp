// The model as a .so of its own, for tenon dev and tenon-vendor.
#include "hubspot/fake/model.hpp"

TENON_VENDOR_MODEL(hubspot::fake::HubSpotModel)
