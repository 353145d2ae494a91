//! A small reader of JSON without a copy: is it an object, and what is this member? For more, add
//! serde_json to Cargo.toml.

/// Deeper JSON counts as unreadable.
const MAX_DEPTH: usize = 64;

/// Are the bytes exactly one JSON object?
pub fn is_object(bytes: &[u8]) -> bool {
    members(bytes, |_, _| {}).is_some()
}

/// The text of the member `name` of an object; none if there is none, it is no text, or it holds
/// escapes: good for ids and words of a vendor, not for prose.
pub fn text_of<'a>(object: &'a [u8], name: &str) -> Option<&'a str> {
    let mut found = None;
    members(object, |key, value| {
        if key == name.as_bytes() && found.is_none() {
            found = Some(value);
        }
    })?;
    let inner = found?.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let text = std::str::from_utf8(inner).ok()?;
    (!text.contains('\\')).then(|| text)
}

/// Visits key and value, as they are spelled; none if the bytes are not exactly one object.
fn members<'a>(bytes: &'a [u8], mut visit: impl FnMut(&'a [u8], &'a [u8])) -> Option<()> {
    let mut reader = Reader { bytes, at: 0 };
    reader.space();
    reader.object(MAX_DEPTH, &mut visit)?;
    reader.space();
    (reader.at == bytes.len()).then(|| ())
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }
    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }
    fn take(&mut self, word: &[u8]) -> Option<()> {
        self.bytes[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    fn object(&mut self, depth: usize, visit: &mut impl FnMut(&'a [u8], &'a [u8])) -> Option<()> {
        self.take(b"{")?;
        self.space();
        if self.take(b"}").is_some() {
            return Some(());
        }
        loop {
            let bytes = self.bytes;
            let key = self.at;
            self.text()?;
            let key = &bytes[key + 1..self.at - 1];
            self.space();
            self.take(b":")?;
            self.space();
            let value = self.at;
            self.value(depth - 1)?;
            visit(key, &bytes[value..self.at]);
            self.space();
            if self.take(b"}").is_some() {
                return Some(());
            }
            self.take(b",")?;
            self.space();
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.take(b"[")?;
        self.space();
        if self.take(b"]").is_some() {
            return Some(());
        }
        loop {
            self.value(depth - 1)?;
            self.space();
            if self.take(b"]").is_some() {
                return Some(());
            }
            self.take(b",")?;
            self.space();
        }
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek() {
            _ if depth == 0 => None,
            b'{' => self.object(depth, &mut |_, _| {}),
            b'[' => self.array(depth),
            b'"' => self.text(),
            b't' => self.take(b"true"),
            b'f' => self.take(b"false"),
            b'n' => self.take(b"null"),
            _ => self.number(),
        }
    }

    fn text(&mut self) -> Option<()> {
        self.take(b"\"")?;
        loop {
            match self.peek() {
                b'"' => return self.take(b"\""),
                b'\\' => {
                    self.at += 1;
                    let escaped = self.peek();
                    self.at += 1;
                    match escaped {
                        b'u' => {
                            let digits = self.bytes.get(self.at..self.at + 4)?;
                            if !digits.iter().all(u8::is_ascii_hexdigit) {
                                return None;
                            }
                            self.at += 4;
                        }
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        _ => return None,
                    }
                }
                0..=0x1f => return None, // the end, too
                _ => self.at += 1,
            }
        }
    }

    fn digits(&mut self) -> Option<()> {
        let begin = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        (self.at > begin).then(|| ())
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.take(b"-");
        if self.take(b"0").is_none() {
            self.digits()?;
        }
        if self.take(b".").is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects() {
        for good in ["{}", " { \"a\" : [1, -0.5e+3, {\"b\":null}], \"c\":\"\\u00e9\\\"\" }\n"] {
            assert!(is_object(good.as_bytes()), "{good}");
        }
        for bad in ["", "[]", "7", "{", "{\"a\":", "{\"a\":1,}", "{\"a\":01}", "{}x", "{\"a\":\"\\"] {
            assert!(!is_object(bad.as_bytes()), "{bad}");
        }
        let deep = "{\"a\":".repeat(1000) + "1" + &"}".repeat(1000);
        assert!(!is_object(deep.as_bytes()));
    }

    #[test]
    fn members_of_the_top() {
        let object = br#"{"x": {"id": "inner"}, "id": "rec_1", "n": 7, "e": "a\nb"}"#;
        assert_eq!(text_of(object, "id"), Some("rec_1"));
        assert_eq!(text_of(object, "n"), None);
        assert_eq!(text_of(object, "e"), None);
        assert_eq!(text_of(&object[..20], "id"), None);
    }
}
