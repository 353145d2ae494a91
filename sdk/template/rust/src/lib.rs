//! The connector: one request per record, and the vendor's own word for each outcome.
mod abi;
mod json;
mod sdk;

use abi::*;
use sdk::{refuse, Call, Outcome, Record, Request, Response, Result, Step};

struct MyConnector;

impl sdk::Connector for MyConnector {
    const OPS: u32 = OP_DELIVER | OP_CHECK;

    fn create(settings: &[u8]) -> Result<Self> {
        if !json::is_object(settings) {
            return refuse(E_CONFIG, "settings: wanted a JSON object, found another text");
        }
        Ok(MyConnector)
    }

    // Step 0 asks, step 1 reads the answers. Nothing is kept in between but what `suspend` is given.
    fn step(&self, call: &Call, step: &Step) -> Result<()> {
        match (call.op(), call.action(), call.step()) {
            (OP_CHECK, _, _) => check(call, step),
            (OP_DELIVER, "send", 0) => ask(call, step),
            (OP_DELIVER, "send", _) => conclude(call, step),
            _ => refuse(E_UNSUPPORTED, "wanted the action send, found another"),
        }
    }
}

/// One cheap request that proves the credential.
fn check(call: &Call, step: &Step) -> Result<()> {
    if call.step() == 0 {
        step.send(&Request {
            endpoint: "api".into(),
            method: "GET".into(),
            path: "/v1/me".into(),
            effect: EFFECT_READ,
            ..Default::default()
        })?;
        return step.suspend(b"", 0);
    }
    let response = call.response(0);
    // The account's name proves that the vendor answered, and not a proxy's sign-in page.
    let account = response.as_ref().and_then(|response| json::text_of(response.body(), "account"));
    match response.as_ref().and_then(|response| response.status()) {
        Some(200..=299) if account.is_some_and(|name| !name.is_empty()) => Ok(()),
        Some(401) => {
            step.hint(HINT_AUTH_REJECTED, "token", 0);
            refuse(E_CONFIG, "token: the vendor does not take it (HTTP 401)")
        }
        _ => refuse(E_RESPONSE, "wanted the account from /v1/me, found no such answer"),
    }
}

fn ask(call: &Call, step: &Step) -> Result<()> {
    let mut asked = false;
    for record in call.records() {
        step.send(&request_of(&record))?;
        asked = true;
    }
    if asked {
        step.suspend(b"", 0)?;
    }
    Ok(())
}

fn request_of(record: &Record) -> Request {
    Request {
        endpoint: "api".into(),
        method: "POST".into(),
        path: "/v1/records".into(),
        tag: record.index(),
        covers: vec![record.index()],
        headers: vec![
            ("idempotency-key".into(), record.id().into()),
            ("content-type".into(), "application/json".into()),
        ],
        body: record.body().into(),
        idempotency_key: record.id().into(),
        // The vendor knows a repeated key, so the host may send it again by itself.
        effect: EFFECT_IDEMPOTENT,
        ..Default::default()
    }
}

fn conclude(call: &Call, step: &Step) -> Result<()> {
    for record in call.records() {
        let response = match call.response(record.index()) {
            Some(response) => response,
            None => continue, // UNRESOLVED: nobody knows
        };
        if response.status() == Some(401) {
            step.hint(HINT_AUTH_REJECTED, "token", 0);
        }
        if response.status() == Some(429) {
            let wait = i64::from(response.retry_after_ms());
            let until = if wait == 0 { 0 } else { call.now_ms() + wait };
            step.hint(HINT_THROTTLED, "default", until);
        }
        step.end(record.index(), &outcome_of(&response))?;
    }
    Ok(())
}

/// What the vendor says about the record, by its status and then by its body.
fn outcome_of(response: &Response) -> Outcome {
    let status = match response.status() {
        Some(status) => status,
        None => return response.unanswered(),
    };
    let outcome = match status {
        200 | 201 => return written(response, status), // 200: it had this key already
        400 | 413 | 422 => Outcome::rejected(REASON_VENDOR_REJECTED, "the vendor refused the record"),
        401 => Outcome::retry(APPLIED_NO, REASON_AUTH_REJECTED, "the vendor does not take the token"),
        429 => Outcome::retry(APPLIED_NO, REASON_THROTTLED, "too many requests"),
        _ => Outcome::retry(
            APPLIED_MAYBE,
            REASON_VENDOR_ERROR,
            "an answer that the vendor does not promise",
        ),
    };
    let wait = if outcome.verdict == RETRY { response.retry_after_ms() } else { 0 };
    outcome.code(status.to_string()).after_ms(wait)
}

/// A status proves nothing: a proxy's sign-in page has 200 too. The vendor's id does.
fn written(response: &Response, status: u32) -> Outcome {
    match json::text_of(response.body(), "id") {
        Some(id) if !id.is_empty() && status == 201 => Outcome::accepted(id),
        Some(id) if !id.is_empty() => Outcome::duplicate(id),
        _ => Outcome::retry(
            APPLIED_MAYBE,
            REASON_UNREADABLE_REPLY,
            "a yes without the id of the record",
        ),
    }
}

export!(MyConnector);
