/* tenon/tenon.h: the C ABI between the Tenon host and a vendor connector, major 1 (1.0-rc). */
#ifndef TENON_TENON_H
#define TENON_TENON_H

#include <stddef.h>
#include <stdint.h>

// clang-format off
/*
 * A connector is a shared object with one exported function. That function returns one constant
 * table; the heart of the table is `step`, a pure function from a call to pushes:
 *
 *   step 0 pushes requests and suspends -> the host signs, limits, sends -> step 1 sees the replies
 *   ... -> the last step does not suspend and has pushed one outcome per record.
 *
 * The connector has no socket, no clock, no file, no thread and no secret. Whatever must outlive a
 * step is handed to `suspend` as bytes, so the process may be killed between any two steps.
 *
 * Rules that hold everywhere:
 *
 *   size    A struct that may grow begins with `size`, set by the side that made it. It only grows
 *           at its end, to at most TENON_MAX_STRUCT bytes. Ask TENON_HAS before reading a field
 *           that came after minor 0. Structs without `size` are frozen for ever.
 *   arrays  An array carries the stride of its elements; reach them through TENON_AT only, because
 *           the other side's element may be longer than yours.
 *   own     A pointer that you receive is valid until the function that received it returns.
 *           Whatever you push is copied before the push returns. Nothing is freed across the
 *           border.
 *   bytes   A tenon_str is a pointer and a length: no terminating NUL, ptr may be null if len is 0.
 *           Text is UTF-8 unless said otherwise.
 *   enums   They cross as fixed-width integers. Zero is always the cautious meaning, and a value
 *           that a side does not know means the same as zero.
 *   zero    Reserved fields are zero. A zeroed struct with `size` set is always valid and cautious.
 *
 * Thread tags used below:
 *
 *   [serial]      at most one such function per instance at a time; the thread may differ from
 *                 call to call, so nothing may hang on thread identity.
 *   [any-thread]  from any thread, at any time, concurrently with anything.
 *
 * A connector starts no threads, throws nothing over the border and keeps no mutable globals.
 */
// clang-format on

#if defined(__cplusplus)
extern "C" {
#define TENON_STATIC_ASSERT(what, text) static_assert(what, text)
#else
#define TENON_STATIC_ASSERT(what, text) _Static_assert(what, text)
#endif

/* The minor revision that this header describes. A host runs every connector of its major whose
 * minor is not newer than its own. */
#define TENON_ABI_MAJOR 1u
#define TENON_ABI_MINOR 0u

/* The only symbol that a connector exports. A later major has another name, so one file may serve
 * both. */
#define TENON_SYMBOL "tenon_connector_v1"

#define TENON_EXPORT __attribute__((visibility("default")))

/* No struct, nor an element of an array, is ever longer: a greater size or stride is a mistake. */
#define TENON_MAX_STRUCT 4096u

/* Does the struct behind `p` reach far enough to hold `field`? */
#define TENON_HAS(p, type, field) ((p)->size >= offsetof(type, field) + sizeof((p)->field))

/* Element `i` of a tenon_array of `type`; `i` is below count. */
#define TENON_AT(array, type, i) \
  ((const type*)(const void*)((const char*)(array).data + (size_t)(array).stride * (i)))

TENON_STATIC_ASSERT(sizeof(void*) == 8, "Tenon connectors are 64-bit");

/* ---- Plain values (frozen) ------------------------------------------------------------------ */

typedef struct tenon_str {
  const char* ptr; /* may be null if len is 0; not NUL-terminated */
  uint64_t len;
} tenon_str;

typedef struct tenon_kv {
  tenon_str key, value;
} tenon_kv;

typedef struct tenon_array {
  const void* data; /* may be null if count is 0; aligned to 8, covers and other uint32_t to 4 */
  uint32_t count;
  uint32_t stride; /* bytes from one element to the next; a multiple of the alignment */
} tenon_array;

/* What a connector made of its settings. Opaque to the host, never changed after `create`. */
typedef struct tenon_instance tenon_instance;

/* How a function ended as a whole. What became of each record is said by tenon_outcome, not here.
 * Negative: the step failed, its pushes are dropped, and its records count as UNRESOLVED. An
 * unknown value means TENON_E_INTERNAL. */
typedef int32_t tenon_status;
enum {
  TENON_OK = 0,             /* done, or suspended */
  TENON_E_CONFIG = -1,      /* the settings cannot be used; a person must change them */
  TENON_E_INPUT = -2,       /* the call contradicts itself or holds a state that is not ours */
  TENON_E_RESPONSE = -3,    /* a reply is so broken that nothing can be said about any record */
  TENON_E_UNSUPPORTED = -4, /* no such op, action or stream here */
  TENON_E_LIMIT = -5,       /* a push would pass a bound of the host */
  TENON_E_INTERNAL = -6     /* a fault of the connector itself */
};

/* ---- What the host gives -------------------------------------------------------------------- */

/* The kind of a call, and as a bit mask what a connector can do. 0: nothing, always refused. */
enum {
  TENON_OP_DELIVER = 1,  /* a batch of records in, one outcome per record out */
  TENON_OP_PULL = 2,     /* a page of vendor records out, then a checkpoint */
  TENON_OP_WEBHOOK = 4,  /* one inbound request in, emits and a reply out; one step, no requests */
  TENON_OP_READBACK = 8, /* keys in, FOUND or ABSENT with canonical JSON out */
  TENON_OP_CHECK = 16    /* prove settings and credential; OK or an explained status */
};

/* Flags of a record; unknown bits are ignored. 0: a record like any other. */
enum {
  TENON_RECORD_ISOLATED = 1,     /* sent alone after an ISOLATE verdict; do not ask for it again */
  TENON_RECORD_MAYBE_APPLIED = 2 /* an earlier attempt may have reached the vendor */
};

/* One mapped event to deliver, or one key to read back. */
typedef struct tenon_record {
  uint32_t size, flags; /* TENON_RECORD_* */
  uint32_t attempt;     /* 1 for the first */
  uint32_t reserved;
  tenon_str id;         /* the host's id: stable over retries and restarts */
  tenon_str type;       /* canonical event type */
  tenon_str body;       /* mapped record, JSON */
  tenon_str vendor_ref; /* from an earlier outcome; empty if none */
} tenon_record;

/* What came back for a request. 0 or unknown: nothing is known, treat like LOST. */
enum {
  TENON_GOT_HTTP = 1,              /* an answer; see http_status and body_total */
  TENON_GOT_TIMEOUT = 2,           /* the deadline passed after sending began: may be applied */
  TENON_GOT_NO_CONNECTION = 3,     /* provably not sent: not applied */
  TENON_GOT_BLOCKED_BY_POLICY = 4, /* refused by the host before sending: not applied */
  TENON_GOT_LOST = 5               /* sent, but no whole answer came: may be applied */
};

/* The final answer to one request of the previous step, after the host's own resends. */
typedef struct tenon_response {
  uint32_t size, tag;   /* tag: that of the request */
  uint32_t got;         /* TENON_GOT_* */
  uint32_t http_status; /* of GOT_HTTP, else 0 */
  tenon_array headers;  /* tenon_kv, lower-case names */
  tenon_str body;       /* raw bytes from the vendor: hostile until proven otherwise */
  uint64_t body_total;  /* more than body.len: the body was cut at the host's limit */
} tenon_response;

/* An inbound vendor request. The host has checked its signature as the manifest declares. */
typedef struct tenon_inbound {
  uint32_t size, reserved;
  tenon_str method, path; /* path: with the query; a secret in it is left out */
  tenon_array headers;    /* tenon_kv, lower-case names; those that the manifest lets through */
  tenon_str body;
} tenon_inbound;

/* All that a step may depend on: the same call gives the same pushes, byte for byte. */
typedef struct tenon_call {
  uint32_t size, op; /* TENON_OP_*, exactly one */
  uint32_t step;     /* 0, then one more after each suspend */
  uint32_t reserved;
  int64_t now_ms;        /* the only clock: Unix time, UTC */
  uint64_t seed;         /* the only randomness */
  tenon_str action;      /* DELIVER, READBACK: as in the manifest; one action per call */
  tenon_str idempotency; /* hash of action, ordered record ids and step: stable over retries */
  tenon_array records;   /* tenon_record: DELIVER, READBACK; the same in every step */
  tenon_array responses; /* tenon_response: one per request of the previous step, in its order */
  tenon_str state;       /* what the previous step gave to suspend */
  tenon_str stream;      /* PULL: as in the manifest */
  tenon_str cursor;      /* PULL: from the last checkpoint; empty at the beginning */
  const tenon_inbound* inbound; /* WEBHOOK, else null */
} tenon_call;

/* ---- What a step pushes --------------------------------------------------------------------- */

/* Where the host splices a credential. 0 or unknown: the request is refused. */
enum {
  TENON_PLACE_HEADER = 1, /* into the value of headers[index], at `offset` */
  TENON_PLACE_PATH = 2,   /* into path, at `offset`, percent-encoded by the host */
  TENON_PLACE_BODY = 3,   /* into body, at `offset` */
  TENON_PLACE_QUERY = 4   /* into the value of query[index], at `offset`, encoded by the host */
};

/* What the host makes of the credential before it splices it. 0 or unknown: refused. */
enum {
  TENON_SECRET_PLAIN = 1,
  TENON_SECRET_BASE64 = 2,
  TENON_SECRET_HMAC_SHA256_HEX = 3 /* of `message`, with the credential as key */
};

/* A place for a credential that the connector never sees. A slot of kind header, basic or query
 * that the manifest binds to the endpoint is put in by the host without any ref; refs are for the
 * places that only the connector knows. */
typedef struct tenon_secret_ref {
  uint32_t size, place; /* TENON_PLACE_* */
  uint32_t index;       /* of the header or query pair; else 0 */
  uint32_t transform;   /* TENON_SECRET_* */
  uint64_t offset;      /* bytes from the beginning of the value; at most its length */
  tenon_str slot;       /* as in the manifest */
  tenon_str message;    /* HMAC: the bytes to sign; else empty */
} tenon_secret_ref;

/* May the host send the same request again by itself? Unknown: ONCE. */
enum {
  TENON_EFFECT_ONCE = 0,       /* no: a second one may have a second effect */
  TENON_EFFECT_IDEMPOTENT = 1, /* yes: a second one changes nothing more */
  TENON_EFFECT_READ = 2        /* yes: it changes nothing at all */
};

/* One HTTP request. The host owns scheme, authority, base path, credentials, and the headers that
 * belong to the transport; it also signs as the manifest says, last before the wire. */
typedef struct tenon_request {
  uint32_t size, tag; /* tag: unique in the step, comes back in the response */
  uint32_t effect;    /* TENON_EFFECT_* */
  uint32_t cost;      /* units of `bucket`; 0 counts as 1 */
  tenon_str endpoint; /* name in the manifest */
  tenon_str method;
  tenon_str path;      /* put behind the endpoint's base path; percent-encoded, begins with "/",
                          no query; empty: the base path as it stands */
  tenon_array query;   /* tenon_kv, not encoded: the host encodes */
  tenon_array headers; /* tenon_kv */
  tenon_str body;
  tenon_array secrets;       /* tenon_secret_ref */
  tenon_array covers;        /* uint32_t: indexes of the records that this request carries */
  tenon_str bucket;          /* rate limit in the manifest; empty means "default" */
  tenon_str idempotency_key; /* stable over retries; the host hands it on as its schemes say */
} tenon_request;

/* How one record ended in this call. Unknown: UNRESOLVED. */
enum {
  TENON_UNRESOLVED = 0, /* nobody knows; also the verdict of a record without an outcome */
  TENON_ACCEPTED = 1,   /* the vendor said so, about this record */
  TENON_DUPLICATE = 2,  /* the vendor said that it already had it */
  TENON_SKIPPED = 3,    /* there was nothing to send; nothing was sent */
  TENON_REJECTED = 4,   /* the vendor said no for good; sending it again is pointless */
  TENON_RETRY = 5,      /* not now; see retry_after_ms */
  TENON_ISOLATE = 6     /* the batch failed and cannot say which record is at fault: send singly */
};

/* Did the vendor apply the record? Unknown: MAYBE. */
enum { TENON_APPLIED_MAYBE = 0, TENON_APPLIED_NO = 1, TENON_APPLIED_YES = 2 };

/* The outcome of one record; exactly one per record and call, a second one is refused. */
typedef struct tenon_outcome {
  uint32_t size, index;    /* index into call.records */
  uint32_t verdict;        /* TENON_UNRESOLVED .. TENON_ISOLATE */
  uint32_t applied;        /* TENON_APPLIED_* */
  uint32_t reason;         /* tenon/reasons.h; 0: none given */
  uint32_t retry_after_ms; /* RETRY: at least so long; 0: the host decides */
  tenon_str vendor_ref;    /* the vendor's id of the thing written */
  tenon_str vendor_code;   /* the vendor's own word for the error */
  tenon_str detail;        /* for people; no values out of records */
} tenon_outcome;

/* 0 or unknown: refused. */
enum {
  TENON_EMIT_RECORD = 1, /* PULL, WEBHOOK: something that happened at the vendor */
  TENON_EMIT_FOUND = 2,  /* READBACK: the record `index` is there, as canonical JSON in body */
  TENON_EMIT_ABSENT = 3  /* READBACK: the record `index` is not there */
};

typedef struct tenon_emit {
  uint32_t size, kind; /* TENON_EMIT_* */
  uint32_t index;      /* READBACK: index into call.records */
  uint32_t reserved;
  tenon_str id, type, body; /* id: unique in the stream, makes repeats harmless; body: JSON */
  int64_t event_ms;         /* Unix time of the event; 0: unknown */
} tenon_emit;

/* News about the vendor as a whole. 0 or unknown: ignored. */
enum {
  TENON_HINT_THROTTLED = 1,     /* name: the bucket; hold it until until_ms */
  TENON_HINT_AUTH_REJECTED = 2, /* name: the slot; the credential does not work */
  TENON_HINT_VENDOR_DOWN = 3    /* name: the endpoint; nothing works there at present */
};

typedef struct tenon_hint {
  uint32_t size, kind; /* TENON_HINT_* */
  tenon_str name;
  int64_t until_ms; /* Unix time; 0: the host decides */
} tenon_hint;

/*
 * Where a step pushes. Belongs to the host and is valid until the function that received it
 * returns; to be used from that thread only. Every push copies its argument before it returns.
 *
 * Statuses of all pushes: OK taken; E_LIMIT the host's bound on count or size is reached, nothing
 * was taken; E_INPUT the value is malformed or not allowed in this call, nothing was taken;
 * E_UNSUPPORTED the op does not know this push. On any of these the step should return that status.
 */
typedef struct tenon_sink {
  uint32_t size, reserved;
  void* ctx; /* the host's; do not touch */
  /* [serial] Asks for one request to be sent after this step. Needs a suspend in the same step. */
  tenon_status (*request)(const struct tenon_sink* sink, const tenon_request* request);
  /* [serial] DELIVER: ends one record. Allowed in any step, once per record and call. */
  tenon_status (*outcome)(const struct tenon_sink* sink, const tenon_outcome* outcome);
  /* [serial] PULL, WEBHOOK, READBACK: gives one record. */
  tenon_status (*emit)(const struct tenon_sink* sink, const tenon_emit* emit);
  /* [serial] PULL: emits since the last checkpoint are committed with `cursor`, or not at all.
   * more: nonzero if the next page may be asked for at once. */
  tenon_status (*checkpoint)(const struct tenon_sink* sink, tenon_str cursor, uint32_t more);
  /* [serial] WEBHOOK: what to answer the vendor; at most once. */
  tenon_status (*reply)(const struct tenon_sink* sink, uint32_t http_status, tenon_str body);
  /* [serial] Tells news about the vendor; allowed at any time, also beside a failing status. */
  tenon_status (*hint)(const struct tenon_sink* sink, const tenon_hint* hint);
  /* [serial] Ends this turn: send the requests, then call step again with `state`. At most once,
   * after at least one request. delay_ms: hold the requests so long, at most to the call's
   * deadline, at which they are answered as not sent. A call that a restart of the host cuts short
   * is not taken up again: its records come in a new one. */
  tenon_status (*suspend)(const struct tenon_sink* sink, tenon_str state, uint32_t delay_ms);
  /* [serial] Text for people that goes with a status other than OK. The last one counts. */
  void (*explain)(const struct tenon_sink* sink, tenon_str message);
} tenon_sink;

/* ---- The two parties ------------------------------------------------------------------------ */

/* Levels of log. 0 or unknown: debug. */
enum { TENON_LOG_DEBUG = 0, TENON_LOG_INFO = 1, TENON_LOG_WARN = 2, TENON_LOG_ERROR = 3 };

/* The host as a connector sees it; valid from `create` until `destroy` has returned. */
typedef struct tenon_host {
  uint32_t size, abi_minor; /* abi_minor: the host's; never below what the manifest asks for */
  void* ctx;                /* the host's; do not touch */
  /* [any-thread] One line for people; copied, bounded and possibly dropped. No secrets, no values
   * out of records. */
  void (*log)(const struct tenon_host* host, uint32_t level, tenon_str message);
  /* [any-thread] A capability of the host by its id, "tenon.name/revision"; null if it has none of
   * that name. The table behind it lives as long as the host struct. */
  const void* (*extension)(const struct tenon_host* host, tenon_str id);
} tenon_host;

/* What a connector is: one constant table per file. */
typedef struct tenon_connector {
  uint32_t size, abi_minor; /* abi_minor: that of the header it was built with */
  uint32_t ops;             /* mask of TENON_OP_*; equals the manifest */
  uint32_t reserved;
  /* [serial] Checks the settings (`config`: canonical JSON object, no secrets) and makes an
   * instance of them. Called before any step; many instances may live at once. `sink` serves
   * explain only. OK: *out is set and owned by the host until `destroy`. E_CONFIG: refused, with
   * explain naming the setting, what was wanted and found. Others: as named. Without OK *out stays
   * untouched. */
  tenon_status (*create)(const tenon_host* host, tenon_str config, const tenon_sink* sink,
                         tenon_instance** out);
  /* [serial] Ends an instance; no step of it is running, none follows. Null is allowed. */
  void (*destroy)(tenon_instance* instance);
  /* [serial] One turn of a call; see the top of this file. The instance does not change. OK: the
   * call is suspended (suspend was pushed) or over. E_UNSUPPORTED: no such op, action or stream.
   * E_INPUT: call or state make no sense. E_RESPONSE, E_LIMIT, E_INTERNAL: as named. */
  tenon_status (*step)(const tenon_instance* instance, const tenon_call* call,
                       const tenon_sink* sink);
  /* [any-thread] A capability of the connector by its id, "tenon.name/revision"; null if it has
   * none of that name. The table behind it is constant and lives as long as the file is loaded. */
  const void* (*extension)(tenon_str id);
} tenon_connector;

/* [any-thread] Called once after loading. Has no effect but its result, which is never null and
 * valid while the file is loaded. */
TENON_EXPORT const tenon_connector* tenon_connector_v1(void);

/* The layout that is promised; a change here is a change of the ABI. */
TENON_STATIC_ASSERT(sizeof(tenon_str) == 16, "tenon_str");
TENON_STATIC_ASSERT(sizeof(tenon_kv) == 32, "tenon_kv");
TENON_STATIC_ASSERT(sizeof(tenon_array) == 16, "tenon_array");
TENON_STATIC_ASSERT(sizeof(tenon_record) == 80, "tenon_record");
TENON_STATIC_ASSERT(sizeof(tenon_response) == 56, "tenon_response");
TENON_STATIC_ASSERT(sizeof(tenon_inbound) == 72, "tenon_inbound");
TENON_STATIC_ASSERT(sizeof(tenon_call) == 152, "tenon_call");
TENON_STATIC_ASSERT(sizeof(tenon_secret_ref) == 56, "tenon_secret_ref");
TENON_STATIC_ASSERT(sizeof(tenon_request) == 176, "tenon_request");
TENON_STATIC_ASSERT(sizeof(tenon_outcome) == 72, "tenon_outcome");
TENON_STATIC_ASSERT(sizeof(tenon_emit) == 72, "tenon_emit");
TENON_STATIC_ASSERT(sizeof(tenon_hint) == 32, "tenon_hint");
TENON_STATIC_ASSERT(sizeof(tenon_sink) == 80, "tenon_sink");
TENON_STATIC_ASSERT(sizeof(tenon_host) == 32, "tenon_host");
TENON_STATIC_ASSERT(sizeof(tenon_connector) == 48, "tenon_connector");

#if defined(__cplusplus)
}
#endif

#endif
