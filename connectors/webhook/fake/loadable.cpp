// The model as a .so of its own, for tenon dev and tenon-vendor.
#include "webhook/fake/model.hpp"

TENON_VENDOR_MODEL(webhook::fake::WebhookReceiver)
