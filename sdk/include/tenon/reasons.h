/* tenon/reasons.h: stable numbers for why a record ended as it did (tenon_outcome.reason). */
#ifndef TENON_REASONS_H
#define TENON_REASONS_H

/*
 * For counting and filtering; the verdict alone decides what the host does. Numbers are never
 * reused. 0 and unknown numbers mean "no reason given".
 */
enum {
  TENON_REASON_NONE = 0,

  /* The record itself. */
  TENON_REASON_INVALID_RECORD = 100,  /* the mapped record cannot be turned into a request */
  TENON_REASON_MISSING_FIELD = 101,   /* a field that the vendor needs is not there */
  TENON_REASON_UNKNOWN_TYPE = 102,    /* the action has no use for this type of record */
  TENON_REASON_TOO_LARGE = 103,       /* over a size limit of the vendor */
  TENON_REASON_VENDOR_REJECTED = 104, /* the vendor's validation said no */
  TENON_REASON_CONFLICT = 105,        /* contradicts what the vendor already holds */
  TENON_REASON_BATCH_REJECTED = 106,  /* the whole batch was refused; the culprit is not known */

  /* The vendor's side. */
  TENON_REASON_THROTTLED = 200,     /* too many requests */
  TENON_REASON_AUTH_REJECTED = 201, /* the credential does not work or may not do this */
  TENON_REASON_VENDOR_ERROR = 202,  /* the vendor failed (5xx and the like) */
  TENON_REASON_ENDPOINT_GONE = 203, /* the address exists no more */
  TENON_REASON_REDIRECTED = 204,    /* the vendor points elsewhere; the host never follows */

  /* The way there. */
  TENON_REASON_TIMEOUT = 300,       /* no answer in time */
  TENON_REASON_NO_CONNECTION = 301, /* provably not sent */
  TENON_REASON_LOST = 302,          /* sent, but no whole answer */
  TENON_REASON_BLOCKED = 303,       /* the host's policy refused the request */

  /* The answer. */
  TENON_REASON_UNREADABLE_REPLY = 400, /* not what the vendor promises: HTML, cut, empty */
  TENON_REASON_NOT_IN_REPLY = 401      /* a readable answer that says nothing about this record */
};

#endif
