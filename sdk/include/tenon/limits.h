/* tenon/limits.h: how much one step and one call may be. */
#ifndef TENON_LIMITS_H
#define TENON_LIMITS_H

/*
 * Bounds of the host of this release; not part of the ABI's table, since a host may take more one
 * day. It never takes less. tenon-check holds a connector to the same numbers.
 */

/* A call. */
#define TENON_MAX_CALL_RECORDS 1000u
#define TENON_MAX_CALL_BYTES (4u << 20) /* the bodies of its records */
#define TENON_MAX_CALL_STEPS 64u

/* All that one step pushes, and the state that it leaves. */
#define TENON_MAX_STEP_BYTES (8u << 20)
#define TENON_MAX_STATE_BYTES (1u << 20)

/* Requests: so many per record, and so many besides. */
#define TENON_MAX_REQUESTS_PER_RECORD 2u
#define TENON_MAX_REQUESTS_BESIDES 8u
#define TENON_MAX_REQUEST_PATH_BYTES (8u << 10)
#define TENON_MAX_REQUEST_QUERY 100u
#define TENON_MAX_REQUEST_QUERY_BYTES (16u << 10) /* names and values */
#define TENON_MAX_REQUEST_HEADERS 100u
#define TENON_MAX_REQUEST_HEADER_BYTES (32u << 10) /* names and values */
#define TENON_MAX_REQUEST_SECRETS 16u
#define TENON_MAX_IDEMPOTENCY_KEY_BYTES 256u

/* Hints of one step: those of one kind and name are one. */
#define TENON_MAX_HINTS 64u

/* Emits: of a step, and of all steps of a call of pull; its bytes are ids, types and bodies. */
#define TENON_MAX_EMITS 10000u
#define TENON_MAX_PAGE_RECORDS 1000u
#define TENON_MAX_PAGE_BYTES (4u << 20)
#define TENON_MAX_CURSOR_BYTES (16u << 10)

/* The reply to a webhook. */
#define TENON_LEAST_REPLY_STATUS 200u
#define TENON_MOST_REPLY_STATUS 599u
#define TENON_MAX_REPLY_BYTES (64u << 10)

/* Longer ones are cut: detail, vendor_ref, vendor_code. */
#define TENON_MAX_NOTE_BYTES 1024u

/* Deeper JSON counts as unreadable. */
#define TENON_MAX_JSON_DEPTH 64u

#endif
