use super::*;

const FIELD: &str = "job.target.http";

fn target(change: impl FnOnce(&mut v1::HttpTarget)) -> v1::HttpTarget {
    let mut target = v1::HttpTarget { url: "https://example.com/hook".into(), ..<_>::default() };
    change(&mut target);
    target
}

fn read(change: impl FnOnce(&mut v1::HttpTarget)) -> Result<(HttpTarget, SecretInput), String> {
    let mut problems = Problems::default();
    let read = from_proto(target(change), FIELD, &mut problems);
    problems.finish().map(|()| read).map_err(|rejection| rejection.to_string())
}

#[test]
fn urls_that_are_allowed() {
    let cases = [
        "http://example.com",
        "https://example.com:8443/a/b?c=d&e",
        "HTTPS://Example.COM/",
        "http://127.0.0.1:9000/",
        "http://[::1]/x",
        "https://münchen.example/ä",
    ];
    for url in cases {
        let (target, _) = read(|target| target.url = url.into()).expect(url);
        assert_eq!(target.url, url, "kept as given");
    }
}

#[test]
fn urls_that_are_refused() {
    let long = format!("http://example.com/{}", "a".repeat(MAX_URL));
    let cases = [
        ("", "is not set"),
        ("example.com/hook", "\"example.com/hook\" begins with neither http:// nor https://"),
        ("localhost:8080/x", "neither http:// nor https://"),
        ("ftp://example.com", "neither http:// nor https://"),
        ("//example.com", "neither http:// nor https://"),
        ("http:example.com", "neither http:// nor https://"),
        ("http://", "empty host"),
        ("http:///path", "has no host"),
        ("http://?q", "has no host"),
        ("http://exa mple.com", "blank or control character at byte 11"),
        (" http://example.com", "blank or control character at byte 1"),
        ("http://example.com/\n", "blank or control character"),
        ("http://example.com:99999/", "invalid port"),
        ("http://[::1/", "invalid IPv6"),
        ("http://1.2.3.256/", "invalid IPv4"),
        ("http://example.com/#part", "has a fragment"),
        (long.as_str(), "at most 8192 are allowed"),
    ];
    for (url, expected) in cases {
        let error = read(|target| target.url = url.into()).expect_err(url);
        let expected_field = error.starts_with("job.target.http.url: ");
        assert!(expected_field && error.contains(expected), "{url:?}: {error}");
    }
}

#[test]
fn no_message_shows_what_may_be_a_secret() {
    let cases = [
        "https://user:hunter2@example.com/",
        "hunter2@example.com",
        "ftp://example.com/?token=hunter2",
        "http://user:hunter2@exa\u{7f}mple.com/",
        "http://user:hunter2@[::1/",
    ];
    for url in cases {
        let error = read(|target| target.url = url.into()).expect_err(url);
        assert!(!error.contains("hunter2"), "{error}");
    }
    for secret in ["whsec_hunter2!", "hunter2 hunter2", "whsec_"] {
        let error = read(|target| target.signing_secret = Some(secret.into())).expect_err(secret);
        assert!(error.starts_with("job.target.http.signing_secret: "), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn methods() {
    let method = |text: &str| read(|target| target.method = text.into());
    let cases = [("", "POST"), ("GET", "GET"), ("patch", "PATCH"), ("PURGE", "PURGE")];
    for (text, expected) in cases {
        assert_eq!(method(text).expect(text).0.method, expected);
    }
    for text in ["CONNECT", "trace", "GE T", "GET\r\n", "ÄH", "G/T", &"A".repeat(33)] {
        let error = method(text).expect_err(text);
        assert!(error.starts_with("job.target.http.method: "), "{error}");
    }
}

#[test]
fn headers_that_are_refused() {
    let big = "v".repeat(MAX_HEADER_BYTES);
    let cases: [(&[(&str, &str)], &str); 12] = [
        (&[("", "v")], r#"headers[""]: is no header name"#),
        (&[("a b", "v")], r#"headers["a b"]: is no header name"#),
        (&[("a:", "v")], "is no header name"),
        (&[("ä", "v")], "is no header name"),
        (&[("x", "a\r\ny: b")], r#"headers["x"]: its value"#),
        (&[("x", "ä")], "its value"),
        (&[("x", " v")], "its value"),
        (&[("X-A", "v"), ("x-a", "w")], "given twice"),
        (&[("Webhook-Id", "v")], "set by Bellwether"),
        (&[("traceparent", "v")], "set by Bellwether"),
        (&[("Transfer-Encoding", "chunked")], "belongs to the connection"),
        (&[("x", &big)], "at most 16384 are allowed in all"),
    ];
    for (headers, expected) in cases {
        let headers = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let error = read(|target| target.headers = headers).expect_err(expected);
        let expected_field = error.starts_with("job.target.http.headers");
        assert!(expected_field && error.contains(expected), "{error}");
    }
    let many = (0..65).map(|n| (format!("x-{n}"), String::new())).collect();
    let error = read(|target| target.headers = many).expect_err("65 headers");
    assert_eq!(error, "job.target.http.headers: has 65 headers; at most 64 are allowed");
}

#[test]
fn a_content_type_has_one_place() {
    let body = |content_type: &str| {
        Some(v1::Payload { content: None, content_type: content_type.to_owned() })
    };
    let header = || [("Content-Type".to_owned(), "text/xml".to_owned())].into();
    read(|target| (target.headers, target.body) = (header(), body(""))).expect("one place");
    read(|target| target.body = body("text/xml")).expect("one place");
    let both = |target: &mut v1::HttpTarget| {
        (target.headers, target.body) = (header(), body("text/xml"));
    };
    let error = read(both).expect_err("two places");
    assert!(error.contains("body.content_type as well"), "{error}");
}

#[test]
fn a_secret_is_given_emptied_or_left_alone_and_never_shown() {
    let secret = |text: Option<&str>| {
        read(|target| target.signing_secret = text.map(str::to_owned)).expect("allowed")
    };
    let (target, input) = secret(Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    assert_eq!(input, SecretInput::Given);
    assert!(target.signing_secret.is_some());
    assert_eq!(to_proto(&target, View::Full).signing_secret, None);
    assert!(!format!("{target:?}").contains("MfKQ"));

    let (target, input) = secret(Some(""));
    assert_eq!((target.signing_secret, input), (None, SecretInput::Given));
    let (target, input) = secret(None);
    assert_eq!((target.signing_secret, input), (None, SecretInput::Unset));
}

#[test]
fn receivers() {
    let cases = [
        ("https://a.example/x", "https://A.example:443/y?z", true),
        ("https://a.example/x", "http://a.example/x", false),
        ("https://a.example/x", "https://a.example:444/x", false),
        ("https://a.example/x", "https://b.example/x", false),
    ];
    for (one, other, expected) in cases {
        assert_eq!(same_receiver(one, other), expected, "{one} and {other}");
    }
}
