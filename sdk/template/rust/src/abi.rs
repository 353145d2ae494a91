//! The C ABI of tenon/tenon.h, field by field: kept by hand, its layout tested against the header.
//! The comments are there; here are only the shapes. Replace this file when the SDK has a newer one.
#![allow(dead_code)]

use std::os::raw::{c_char, c_void};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    pub ptr: *const c_char,
    pub len: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Kv {
    pub key: Str,
    pub value: Str,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Array {
    pub data: *const c_void,
    pub count: u32,
    pub stride: u32,
}

/// Opaque: what `create` made.
#[repr(C)]
pub struct Instance {
    private: [u8; 0],
}

pub type Status = i32;
pub const OK: Status = 0;
pub const E_CONFIG: Status = -1;
pub const E_INPUT: Status = -2;
pub const E_RESPONSE: Status = -3;
pub const E_UNSUPPORTED: Status = -4;
pub const E_LIMIT: Status = -5;
pub const E_INTERNAL: Status = -6;

pub const ABI_MINOR: u32 = 0;

pub const OP_DELIVER: u32 = 1;
pub const OP_PULL: u32 = 2;
pub const OP_WEBHOOK: u32 = 4;
pub const OP_READBACK: u32 = 8;
pub const OP_CHECK: u32 = 16;

pub const RECORD_ISOLATED: u32 = 1;
pub const RECORD_MAYBE_APPLIED: u32 = 2;

#[repr(C)]
pub struct Record {
    pub size: u32,
    pub flags: u32,
    pub attempt: u32,
    pub reserved: u32,
    pub id: Str,
    pub r#type: Str,
    pub body: Str,
    pub vendor_ref: Str,
}

pub const GOT_HTTP: u32 = 1;
pub const GOT_TIMEOUT: u32 = 2;
pub const GOT_NO_CONNECTION: u32 = 3;
pub const GOT_BLOCKED_BY_POLICY: u32 = 4;
pub const GOT_LOST: u32 = 5;

#[repr(C)]
pub struct Response {
    pub size: u32,
    pub tag: u32,
    pub got: u32,
    pub http_status: u32,
    pub headers: Array,
    pub body: Str,
    pub body_total: u64,
}

#[repr(C)]
pub struct Inbound {
    pub size: u32,
    pub reserved: u32,
    pub method: Str,
    pub path: Str,
    pub headers: Array,
    pub body: Str,
}

#[repr(C)]
pub struct Call {
    pub size: u32,
    pub op: u32,
    pub step: u32,
    pub reserved: u32,
    pub now_ms: i64,
    pub seed: u64,
    pub action: Str,
    pub idempotency: Str,
    pub records: Array,
    pub responses: Array,
    pub state: Str,
    pub stream: Str,
    pub cursor: Str,
    pub inbound: *const Inbound,
}

pub const PLACE_HEADER: u32 = 1;
pub const PLACE_PATH: u32 = 2;
pub const PLACE_BODY: u32 = 3;
pub const PLACE_QUERY: u32 = 4;

pub const SECRET_PLAIN: u32 = 1;
pub const SECRET_BASE64: u32 = 2;
pub const SECRET_HMAC_SHA256_HEX: u32 = 3;

#[repr(C)]
pub struct SecretRef {
    pub size: u32,
    pub place: u32,
    pub index: u32,
    pub transform: u32,
    pub offset: u64,
    pub slot: Str,
    pub message: Str,
}

pub const EFFECT_ONCE: u32 = 0;
pub const EFFECT_IDEMPOTENT: u32 = 1;
pub const EFFECT_READ: u32 = 2;

#[repr(C)]
pub struct Request {
    pub size: u32,
    pub tag: u32,
    pub effect: u32,
    pub cost: u32,
    pub endpoint: Str,
    pub method: Str,
    pub path: Str,
    pub query: Array,
    pub headers: Array,
    pub body: Str,
    pub secrets: Array,
    pub covers: Array,
    pub bucket: Str,
    pub idempotency_key: Str,
}

pub const UNRESOLVED: u32 = 0;
pub const ACCEPTED: u32 = 1;
pub const DUPLICATE: u32 = 2;
pub const SKIPPED: u32 = 3;
pub const REJECTED: u32 = 4;
pub const RETRY: u32 = 5;
pub const ISOLATE: u32 = 6;

pub const APPLIED_MAYBE: u32 = 0;
pub const APPLIED_NO: u32 = 1;
pub const APPLIED_YES: u32 = 2;

#[repr(C)]
pub struct Outcome {
    pub size: u32,
    pub index: u32,
    pub verdict: u32,
    pub applied: u32,
    pub reason: u32,
    pub retry_after_ms: u32,
    pub vendor_ref: Str,
    pub vendor_code: Str,
    pub detail: Str,
}

pub const EMIT_RECORD: u32 = 1;
pub const EMIT_FOUND: u32 = 2;
pub const EMIT_ABSENT: u32 = 3;

#[repr(C)]
pub struct Emit {
    pub size: u32,
    pub kind: u32,
    pub index: u32,
    pub reserved: u32,
    pub id: Str,
    pub r#type: Str,
    pub body: Str,
    pub event_ms: i64,
}

pub const HINT_THROTTLED: u32 = 1;
pub const HINT_AUTH_REJECTED: u32 = 2;
pub const HINT_VENDOR_DOWN: u32 = 3;

#[repr(C)]
pub struct Hint {
    pub size: u32,
    pub kind: u32,
    pub name: Str,
    pub until_ms: i64,
}

#[repr(C)]
pub struct Sink {
    pub size: u32,
    pub reserved: u32,
    pub ctx: *mut c_void,
    pub request: unsafe extern "C" fn(*const Sink, *const Request) -> Status,
    pub outcome: unsafe extern "C" fn(*const Sink, *const Outcome) -> Status,
    pub emit: unsafe extern "C" fn(*const Sink, *const Emit) -> Status,
    pub checkpoint: unsafe extern "C" fn(*const Sink, Str, u32) -> Status,
    pub reply: unsafe extern "C" fn(*const Sink, u32, Str) -> Status,
    pub hint: unsafe extern "C" fn(*const Sink, *const Hint) -> Status,
    pub suspend: unsafe extern "C" fn(*const Sink, Str, u32) -> Status,
    pub explain: unsafe extern "C" fn(*const Sink, Str),
}

pub const LOG_DEBUG: u32 = 0;
pub const LOG_INFO: u32 = 1;
pub const LOG_WARN: u32 = 2;
pub const LOG_ERROR: u32 = 3;

#[repr(C)]
pub struct Host {
    pub size: u32,
    pub abi_minor: u32,
    pub ctx: *mut c_void,
    pub log: unsafe extern "C" fn(*const Host, u32, Str),
    pub extension: unsafe extern "C" fn(*const Host, Str) -> *const c_void,
}

#[repr(C)]
pub struct Connector {
    pub size: u32,
    pub abi_minor: u32,
    pub ops: u32,
    pub reserved: u32,
    pub create:
        unsafe extern "C" fn(*const Host, Str, *const Sink, *mut *mut Instance) -> Status,
    pub destroy: unsafe extern "C" fn(*mut Instance),
    pub step: unsafe extern "C" fn(*const Instance, *const Call, *const Sink) -> Status,
    pub extension: unsafe extern "C" fn(Str) -> *const c_void,
}

// tenon/reasons.h
pub const REASON_NONE: u32 = 0;
pub const REASON_INVALID_RECORD: u32 = 100;
pub const REASON_MISSING_FIELD: u32 = 101;
pub const REASON_UNKNOWN_TYPE: u32 = 102;
pub const REASON_TOO_LARGE: u32 = 103;
pub const REASON_VENDOR_REJECTED: u32 = 104;
pub const REASON_CONFLICT: u32 = 105;
pub const REASON_BATCH_REJECTED: u32 = 106;
pub const REASON_THROTTLED: u32 = 200;
pub const REASON_AUTH_REJECTED: u32 = 201;
pub const REASON_VENDOR_ERROR: u32 = 202;
pub const REASON_ENDPOINT_GONE: u32 = 203;
pub const REASON_REDIRECTED: u32 = 204;
pub const REASON_TIMEOUT: u32 = 300;
pub const REASON_NO_CONNECTION: u32 = 301;
pub const REASON_LOST: u32 = 302;
pub const REASON_BLOCKED: u32 = 303;
pub const REASON_UNREADABLE_REPLY: u32 = 400;
pub const REASON_NOT_IN_REPLY: u32 = 401;
