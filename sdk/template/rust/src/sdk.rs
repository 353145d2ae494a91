//! Safe Rust over the C ABI: a trait for the connector, views of what the host gives, and what it
//! takes. Panics end at the border. Replace this file when the SDK has a newer one.
#![allow(dead_code)]
#![warn(unsafe_op_in_unsafe_fn)]

use crate::abi;
use std::marker::PhantomData;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// Leaves a step, or refuses settings: the status and a text for people.
#[derive(Debug)]
pub struct Refusal {
    pub status: abi::Status,
    pub why: String,
}

pub type Result<T> = std::result::Result<T, Refusal>;

pub fn refuse<T>(status: abi::Status, why: impl Into<String>) -> Result<T> {
    Err(Refusal { status, why: why.into() })
}

/// What a connector is. `export!(Type)` makes the exported symbol out of it.
pub trait Connector: Sized {
    /// Mask of OP_*, as in the manifest.
    const OPS: u32;
    /// `settings`: canonical JSON; refuse with E_CONFIG.
    fn create(settings: &[u8]) -> Result<Self>;
    /// One turn of a call; pure: the same call, the same pushes.
    fn step(&self, call: &Call, step: &Step) -> Result<()>;
}

// ---- What the host gives ------------------------------------------------------------------------

/// Bytes that live as long as the step does; text may be anything where a vendor wrote it.
fn bytes<'a>(value: abi::Str) -> &'a [u8] {
    if value.ptr.is_null() {
        return &[];
    }
    unsafe { std::slice::from_raw_parts(value.ptr as *const u8, value.len as usize) }
}

/// Text of the host itself; what is not UTF-8 counts as empty.
fn text<'a>(value: abi::Str) -> &'a str {
    std::str::from_utf8(bytes(value)).unwrap_or("")
}

/// Element `index`, by the array's own stride: the host's may be longer than ours.
fn element<'a, T>(array: &abi::Array, index: u32) -> &'a T {
    let at = index as usize * array.stride as usize;
    unsafe { &*((array.data as *const u8).add(at) as *const T) }
}

pub struct Call<'a>(&'a abi::Call);

impl<'a> Call<'a> {
    pub fn op(&self) -> u32 {
        self.0.op
    }
    pub fn step(&self) -> u32 {
        self.0.step
    }
    pub fn action(&self) -> &'a str {
        text(self.0.action)
    }
    pub fn now_ms(&self) -> i64 {
        self.0.now_ms
    }
    pub fn seed(&self) -> u64 {
        self.0.seed
    }
    pub fn idempotency(&self) -> &'a str {
        text(self.0.idempotency)
    }
    pub fn state(&self) -> &'a [u8] {
        bytes(self.0.state)
    }
    pub fn records(&self) -> impl Iterator<Item = Record<'a>> {
        let array = &self.0.records;
        (0..array.count).map(move |index| Record { raw: element(array, index), index })
    }
    /// The reply to the request that had this tag in the previous step; none is like one lost.
    pub fn response(&self, tag: u32) -> Option<Response<'a>> {
        let array = &self.0.responses;
        (0..array.count)
            .map(|index| Response(element(array, index)))
            .find(|response| response.0.tag == tag)
    }
    /// For what this view does not show: pull and webhook.
    pub fn raw(&self) -> &'a abi::Call {
        self.0
    }
}

pub struct Record<'a> {
    raw: &'a abi::Record,
    index: u32,
}

impl<'a> Record<'a> {
    /// What outcomes and `covers` speak of.
    pub fn index(&self) -> u32 {
        self.index
    }
    pub fn id(&self) -> &'a str {
        text(self.raw.id)
    }
    pub fn kind(&self) -> &'a str {
        text(self.raw.r#type)
    }
    /// The mapped record, JSON.
    pub fn body(&self) -> &'a [u8] {
        bytes(self.raw.body)
    }
    pub fn vendor_ref(&self) -> &'a str {
        text(self.raw.vendor_ref)
    }
    pub fn attempt(&self) -> u32 {
        self.raw.attempt
    }
    pub fn isolated(&self) -> bool {
        self.raw.flags & abi::RECORD_ISOLATED != 0
    }
    pub fn maybe_applied(&self) -> bool {
        self.raw.flags & abi::RECORD_MAYBE_APPLIED != 0
    }
}

/// The answer to one request of the previous step; its bytes are the vendor's: hostile.
pub struct Response<'a>(&'a abi::Response);

/// No vendor makes us wait longer than a day by one header.
const MAX_RETRY_AFTER_S: u64 = 86_400;

impl<'a> Response<'a> {
    /// The HTTP status; none if no answer came.
    pub fn status(&self) -> Option<u32> {
        (self.0.got == abi::GOT_HTTP).then(|| self.0.http_status)
    }
    pub fn body(&self) -> &'a [u8] {
        bytes(self.0.body)
    }
    /// The body goes on beyond what the host keeps.
    pub fn cut(&self) -> bool {
        self.0.body_total > self.0.body.len
    }
    /// The first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        let array = &self.0.headers;
        (0..array.count)
            .map(|index| element::<abi::Kv>(array, index))
            .find(|pair| bytes(pair.key) == name.as_bytes())
            .map(|pair| bytes(pair.value))
    }
    /// Retry-After in whole seconds, as milliseconds, at most a day; 0: none, or not in seconds.
    pub fn retry_after_ms(&self) -> u32 {
        let value = self.header("retry-after").unwrap_or(b"");
        let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        if !digits {
            return 0;
        }
        let seconds = std::str::from_utf8(value).ok().and_then(|text| text.parse::<u64>().ok());
        (seconds.unwrap_or(MAX_RETRY_AFTER_S).min(MAX_RETRY_AFTER_S) * 1000) as u32
    }
    /// The outcome of a record whose request got no HTTP answer at all.
    pub fn unanswered(&self) -> Outcome {
        let (applied, reason, detail) = match self.0.got {
            abi::GOT_NO_CONNECTION => (
                abi::APPLIED_NO,
                abi::REASON_NO_CONNECTION,
                "no connection to the vendor; nothing was sent",
            ),
            abi::GOT_BLOCKED_BY_POLICY => (
                abi::APPLIED_NO,
                abi::REASON_BLOCKED,
                "the host's policy refused the request; see its endpoint",
            ),
            abi::GOT_TIMEOUT => (
                abi::APPLIED_MAYBE,
                abi::REASON_TIMEOUT,
                "no answer from the vendor in time",
            ),
            _ => (
                abi::APPLIED_MAYBE,
                abi::REASON_LOST,
                "the connection broke before a whole answer came",
            ),
        };
        Outcome::retry(applied, reason, detail)
    }
}

// ---- What it takes ------------------------------------------------------------------------------

/// One HTTP request for the host to send. Fields as in tenon_request; the rest is by default.
#[derive(Default)]
pub struct Request {
    pub endpoint: String,
    pub method: String,
    pub path: String,
    pub tag: u32,
    pub effect: u32,
    pub cost: u32,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub covers: Vec<u32>,
    pub bucket: String,
    pub idempotency_key: String,
    pub secrets: Vec<Secret>,
}

/// A place for a credential, as in tenon_secret_ref.
#[derive(Default)]
pub struct Secret {
    pub place: u32,
    pub index: u32,
    pub transform: u32,
    pub offset: u64,
    pub slot: String,
    pub message: String,
}

/// What became of one record.
#[derive(Default)]
pub struct Outcome {
    pub verdict: u32,
    pub applied: u32,
    pub reason: u32,
    pub retry_after_ms: u32,
    pub vendor_ref: String,
    pub vendor_code: String,
    pub detail: String,
}

impl Outcome {
    /// The vendor said so, about this record.
    pub fn accepted(vendor_ref: impl Into<String>) -> Self {
        let (verdict, applied) = (abi::ACCEPTED, abi::APPLIED_YES);
        Outcome { verdict, applied, vendor_ref: vendor_ref.into(), ..Default::default() }
    }
    /// The vendor said that it already had it.
    pub fn duplicate(vendor_ref: impl Into<String>) -> Self {
        Outcome { verdict: abi::DUPLICATE, ..Self::accepted(vendor_ref) }
    }
    /// The vendor said no for good.
    pub fn rejected(reason: u32, detail: impl Into<String>) -> Self {
        let (verdict, applied) = (abi::REJECTED, abi::APPLIED_NO);
        Outcome { verdict, applied, reason, detail: detail.into(), ..Default::default() }
    }
    /// There was nothing to send, and nothing was sent.
    pub fn skipped(reason: u32, detail: impl Into<String>) -> Self {
        Outcome { verdict: abi::SKIPPED, ..Self::rejected(reason, detail) }
    }
    /// Not now; `applied` says whether the vendor may have it all the same.
    pub fn retry(applied: u32, reason: u32, detail: impl Into<String>) -> Self {
        let verdict = abi::RETRY;
        Outcome { verdict, applied, reason, detail: detail.into(), ..Default::default() }
    }
    /// The batch failed and cannot say which record is at fault.
    pub fn isolate(reason: u32, detail: impl Into<String>) -> Self {
        Outcome { verdict: abi::ISOLATE, ..Self::rejected(reason, detail) }
    }
    pub fn code(mut self, word: impl Into<String>) -> Self {
        self.vendor_code = word.into();
        self
    }
    pub fn after_ms(mut self, ms: u32) -> Self {
        self.retry_after_ms = ms;
        self
    }
}

fn str_of(value: &(impl AsRef<[u8]> + ?Sized)) -> abi::Str {
    let bytes = value.as_ref();
    abi::Str { ptr: bytes.as_ptr() as *const _, len: bytes.len() as u64 }
}

fn array_of<T>(items: &[T]) -> abi::Array {
    abi::Array {
        data: items.as_ptr() as *const _,
        count: items.len() as u32,
        stride: std::mem::size_of::<T>() as u32,
    }
}

fn size_of<T>() -> u32 {
    std::mem::size_of::<T>() as u32
}

/// Where a step pushes. A push that the host does not take gives its status; pass it on with `?`.
pub struct Step<'a>(*const abi::Sink, PhantomData<&'a abi::Sink>);

impl<'a> Step<'a> {
    pub fn send(&self, request: &Request) -> Result<()> {
        let pairs = |list: &Vec<(String, String)>| -> Vec<abi::Kv> {
            list.iter().map(|(k, v)| abi::Kv { key: str_of(k), value: str_of(v) }).collect()
        };
        let (query, headers) = (pairs(&request.query), pairs(&request.headers));
        let secrets: Vec<abi::SecretRef> = request
            .secrets
            .iter()
            .map(|secret| abi::SecretRef {
                size: size_of::<abi::SecretRef>(),
                place: secret.place,
                index: secret.index,
                transform: secret.transform,
                offset: secret.offset,
                slot: str_of(&secret.slot),
                message: str_of(&secret.message),
            })
            .collect();
        let raw = abi::Request {
            size: size_of::<abi::Request>(),
            tag: request.tag,
            effect: request.effect,
            cost: request.cost.max(1),
            endpoint: str_of(&request.endpoint),
            method: str_of(&request.method),
            path: str_of(&request.path),
            query: array_of(&query),
            headers: array_of(&headers),
            body: str_of(&request.body),
            secrets: array_of(&secrets),
            covers: array_of(&request.covers),
            bucket: str_of(&request.bucket),
            idempotency_key: str_of(&request.idempotency_key),
        };
        self.taken(unsafe { ((*self.0).request)(self.0, &raw) }, "request")
    }

    /// Ends one record. A record that is never ended counts as UNRESOLVED.
    pub fn end(&self, index: u32, outcome: &Outcome) -> Result<()> {
        let raw = abi::Outcome {
            size: size_of::<abi::Outcome>(),
            index,
            verdict: outcome.verdict,
            applied: outcome.applied,
            reason: outcome.reason,
            retry_after_ms: outcome.retry_after_ms,
            vendor_ref: str_of(&outcome.vendor_ref),
            vendor_code: str_of(&outcome.vendor_code),
            detail: str_of(&outcome.detail),
        };
        self.taken(unsafe { ((*self.0).outcome)(self.0, &raw) }, "outcome")
    }

    /// Sends what was pushed and asks for another turn with `state`; the last push of a turn.
    pub fn suspend(&self, state: &[u8], delay_ms: u32) -> Result<()> {
        self.taken(unsafe { ((*self.0).suspend)(self.0, str_of(state), delay_ms) }, "suspend")
    }

    /// News about the vendor as a whole. It is no duty of the host's to take it, so whether it did
    /// is not told.
    pub fn hint(&self, kind: u32, name: &str, until_ms: i64) {
        let raw = abi::Hint { size: size_of::<abi::Hint>(), kind, name: str_of(name), until_ms };
        unsafe { ((*self.0).hint)(self.0, &raw) };
    }

    /// For what this does not show: emit, checkpoint, reply.
    pub fn raw(&self) -> *const abi::Sink {
        self.0
    }

    fn taken(&self, status: abi::Status, what: &str) -> Result<()> {
        if status == abi::OK {
            return Ok(());
        }
        refuse(status, format!("the host did not take a push of kind {what}"))
    }
}

// ---- The border ---------------------------------------------------------------------------------

/// Runs `body`; a refusal becomes its status, a panic E_INTERNAL, each explained.
fn guarded(sink: *const abi::Sink, body: impl FnOnce() -> Result<()>) -> abi::Status {
    let refusal = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return abi::OK,
        Ok(Err(refusal)) => refusal,
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied());
            let why = format!("panic: {}", text.unwrap_or("no text"));
            Refusal { status: abi::E_INTERNAL, why }
        }
    };
    unsafe { ((*sink).explain)(sink, str_of(&refusal.why)) };
    refusal.status
}

unsafe extern "C" fn create<T: Connector>(
    _host: *const abi::Host,
    config: abi::Str,
    sink: *const abi::Sink,
    out: *mut *mut abi::Instance,
) -> abi::Status {
    guarded(sink, || {
        let made = Box::new(T::create(bytes(config))?);
        unsafe { *out = Box::into_raw(made) as *mut abi::Instance };
        Ok(())
    })
}

unsafe extern "C" fn destroy<T: Connector>(instance: *mut abi::Instance) {
    if !instance.is_null() {
        // A panic may not cross the border, not even out of a destructor.
        let _ = catch_unwind(|| drop(unsafe { Box::from_raw(instance as *mut T) }));
    }
}

unsafe extern "C" fn step<T: Connector>(
    instance: *const abi::Instance,
    call: *const abi::Call,
    sink: *const abi::Sink,
) -> abi::Status {
    let (connector, call) = unsafe { (&*(instance as *const T), &*call) };
    guarded(sink, || connector.step(&Call(call), &Step(sink, PhantomData)))
}

unsafe extern "C" fn extension(_id: abi::Str) -> *const std::os::raw::c_void {
    std::ptr::null()
}

/// The table of a connector: one constant per type.
pub struct Table<T: Connector>(PhantomData<T>);

impl<T: Connector> Table<T> {
    pub const TABLE: &'static abi::Connector = &abi::Connector {
        size: std::mem::size_of::<abi::Connector>() as u32,
        abi_minor: abi::ABI_MINOR,
        ops: T::OPS,
        reserved: 0,
        create: create::<T>,
        destroy: destroy::<T>,
        step: step::<T>,
        extension,
    };
}

/// Makes the one exported symbol.
#[macro_export]
macro_rules! export {
    ($connector:ty) => {
        #[no_mangle]
        pub extern "C" fn tenon_connector_v1() -> *const $crate::abi::Connector {
            $crate::sdk::Table::<$connector>::TABLE
        }
    };
}
