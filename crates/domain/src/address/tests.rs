use super::*;

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address of the table")
}

fn network(text: &str) -> IpNet {
    text.parse().expect("a network of the table")
}

fn pattern(text: &str) -> HostPattern {
    text.parse().expect("a pattern of the table")
}

/// The edges of each network, so that a wrong prefix length shows on either side.
const KINDS: &[(&str, Option<AddressKind>)] = {
    use AddressKind::*;
    &[
        ("0.0.0.0", Some(Unspecified)),
        ("0.255.255.255", Some(Unspecified)),
        ("1.0.0.0", None),
        ("9.255.255.255", None),
        ("10.0.0.0", Some(Private)),
        ("10.255.255.255", Some(Private)),
        ("11.0.0.0", None),
        ("100.63.255.255", None),
        ("100.64.0.0", Some(Shared)),
        ("100.127.255.255", Some(Shared)),
        ("100.128.0.0", None),
        ("126.255.255.255", None),
        ("127.0.0.1", Some(Loopback)),
        ("127.255.255.255", Some(Loopback)),
        ("128.0.0.0", None),
        ("169.253.255.255", None),
        ("169.254.169.254", Some(LinkLocal)),
        ("169.255.0.0", None),
        ("172.15.255.255", None),
        ("172.16.0.0", Some(Private)),
        ("172.31.255.255", Some(Private)),
        ("172.32.0.0", None),
        ("192.0.0.255", Some(Reserved)),
        ("192.0.1.0", None),
        ("192.0.2.1", Some(Documentation)),
        ("192.0.3.0", None),
        ("192.88.99.1", Some(Reserved)),
        ("192.167.255.255", None),
        ("192.168.0.0", Some(Private)),
        ("192.168.255.255", Some(Private)),
        ("192.169.0.0", None),
        ("198.17.255.255", None),
        ("198.18.0.0", Some(Benchmarking)),
        ("198.19.255.255", Some(Benchmarking)),
        ("198.20.0.0", None),
        ("198.51.100.7", Some(Documentation)),
        ("203.0.113.7", Some(Documentation)),
        ("223.255.255.255", None),
        ("224.0.0.1", Some(Multicast)),
        ("239.255.255.255", Some(Multicast)),
        ("240.0.0.0", Some(Reserved)),
        ("255.255.255.254", Some(Reserved)),
        ("255.255.255.255", Some(Broadcast)),
        ("8.8.8.8", None),
        ("::", Some(Unspecified)),
        ("::1", Some(Loopback)),
        ("::2", Some(Reserved)),
        // The old IPv4-compatible form.
        ("::127.0.0.1", Some(Reserved)),
        // Mapped.
        ("::ffff:127.0.0.1", Some(Loopback)),
        ("::ffff:10.1.2.3", Some(Private)),
        ("::ffff:169.254.169.254", Some(LinkLocal)),
        ("::ffff:8.8.8.8", None),
        // Translated (SIIT), beside the mapped ones.
        ("::ffff:0:10.1.2.3", Some(Reserved)),
        // NAT64: the well-known prefix, then the one for local use.
        ("64:ff9b::10.1.2.3", Some(Private)),
        ("64:ff9b::127.0.0.1", Some(Loopback)),
        ("64:ff9b::8.8.8.8", None),
        ("64:ff9b:1::8.8.8.8", Some(Reserved)),
        // 6to4 of 10.1.2.3, 127.0.0.1, 192.168.0.1, 8.8.8.8.
        ("2002:a01:203::1", Some(Private)),
        ("2002:7f00:1::", Some(Loopback)),
        ("2002:c0a8:1::1", Some(Private)),
        ("2002:808:808::1", None),
        ("100::1", Some(Reserved)),
        ("1fff:ffff::1", Some(Reserved)),
        // Teredo.
        ("2001::1", Some(Reserved)),
        ("2001:1ff:ffff::1", Some(Reserved)),
        ("2001:200::1", None),
        ("2001:db7:ffff::1", None),
        ("2001:db8::1", Some(Documentation)),
        ("2001:db9::1", None),
        ("2606:4700:4700::1111", None),
        ("3ffe:ffff::1", None),
        ("3fff:fff::1", Some(Documentation)),
        ("3fff:1000::1", None),
        ("4000::1", Some(Reserved)),
        ("fbff::1", Some(Reserved)),
        ("fc00::1", Some(UniqueLocal)),
        ("fd12:3456:789a::1", Some(UniqueLocal)),
        ("fe80::1", Some(LinkLocal)),
        ("febf::1", Some(LinkLocal)),
        ("fec0::1", Some(UniqueLocal)),
        ("ff02::1", Some(Multicast)),
    ]
};

#[test]
fn each_kind_of_address_is_told_apart() {
    for (text, expected) in KINDS {
        assert_eq!(AddressKind::of(address(text)), *expected, "{text}");
    }
}

#[test]
fn without_exceptions_only_public_addresses_pass() {
    let policy = AddressPolicy::default();
    for (text, kind) in KINDS {
        assert_eq!(policy.check_ip(address(text)).is_ok(), kind.is_none(), "{text}");
        assert_eq!(policy.check_host("a.example", address(text)).is_ok(), kind.is_none(), "{text}");
    }
}

#[test]
fn exceptions_reach_no_further_than_they_say() {
    let policy = |networks: &[&str], loopback| AddressPolicy {
        networks: networks.iter().map(|text| network(text)).collect(),
        hosts: Vec::new(),
        loopback,
    };
    let ten = policy(&["10.1.0.0/16"], false);
    let mapped = policy(&["::ffff:10.1.0.0/112"], false);
    let nat64 = policy(&["64:ff9b::/96"], false);
    let local = policy(&[], true);
    let cases = [
        (&ten, "10.1.2.3", true),
        (&ten, "10.2.0.0", false),
        (&ten, "::ffff:10.1.2.3", true),
        (&ten, "64:ff9b::10.1.2.3", false),
        (&ten, "2002:a01:203::1", false),
        (&ten, "127.0.0.1", false),
        (&ten, "8.8.8.8", true),
        (&mapped, "::ffff:10.1.2.3", true),
        (&mapped, "10.1.2.3", false),
        (&nat64, "64:ff9b::10.1.2.3", true),
        (&nat64, "10.1.2.3", false),
        (&local, "127.0.0.1", true),
        (&local, "127.9.9.9", true),
        (&local, "::1", true),
        (&local, "::ffff:127.0.0.1", true),
        (&local, "64:ff9b::127.0.0.1", false),
        (&local, "2002:7f00:1::", false),
        (&local, "0.0.0.0", false),
        (&local, "::", false),
        (&local, "10.0.0.1", false),
    ];
    for (policy, text, expected) in cases {
        assert_eq!(policy.check_ip(address(text)).is_ok(), expected, "{text} under {policy:?}");
    }
}

#[test]
fn an_excepted_host_may_resolve_to_anything() {
    let policy = AddressPolicy { hosts: vec![pattern("*.corp.example")], ..Default::default() };
    assert_eq!(policy.check_host("db.corp.example", address("10.0.0.1")), Ok(()));
    assert_eq!(policy.check_host("db.corp.example.", address("fe80::1")), Ok(()));
    let refused = policy.check_host("corp.example", address("10.0.0.1")).expect_err("not below");
    assert_eq!(
        refused.to_string(),
        "corp.example resolves to 10.0.0.1, a private address, which targets may not reach; \
         `--allow-target-host corp.example` or `--allow-target-network 10.0.0.1/32` would allow it"
    );
}

#[test]
fn host_patterns_match_whole_labels() {
    let cases = [
        ("api.example", "api.example", true),
        ("API.Example", "api.example", true),
        ("api.example", "API.EXAMPLE.", true),
        ("api.example", "v2.api.example", false),
        ("api.example", "xapi.example", false),
        ("*.example", "api.example", true),
        ("*.example", "v2.api.example", true),
        ("*.example", "example", false),
        ("*.example", ".example", false),
        ("*.example", "badexample", false),
        ("bücher.example", "xn--bcher-kva.example", true),
        ("under_score.example", "under_score.example", true),
    ];
    for (text, host, expected) in cases {
        assert_eq!(pattern(text).matches(host), expected, "{text} for {host}");
    }
}

#[test]
fn what_is_no_host_pattern_is_refused() {
    let syntax =
        ["", "*", "*.", "a.*.example", "*.*.example", "host:8080", "http://host", "a b", "a..b"];
    for text in syntax {
        let error = text.parse::<HostPattern>().expect_err(text);
        assert_eq!(error, HostPatternError::Syntax(text.to_owned()));
    }
    for text in ["127.0.0.1", "0x7f.1", "[::1]", "*.10.0.0.1"] {
        let error = text.parse::<HostPattern>().expect_err(text);
        assert_eq!(error, HostPatternError::Address(text.to_owned()));
    }
    for text in ["api.example", "*.example"] {
        assert_eq!(pattern(text).to_string(), text);
    }
}

/// What a URL says outright; `""` is no objection.
#[test]
fn urls_are_judged_by_what_they_say() {
    let loopback = "127.0.0.1 is a loopback address, which targets may not reach; \
                    `--allow-target-network 127.0.0.1/32` would allow it";
    let mapped = "::ffff:127.0.0.1 is a loopback address, which targets may not reach; \
                  `--allow-target-network ::ffff:127.0.0.1/128` would allow it";
    let metadata = "169.254.169.254 is a link-local address, which targets may not reach; \
                    `--allow-target-network 169.254.169.254/32` would allow it";
    let localhost = |name: &str| {
        format!(
            "{name} resolves to 127.0.0.1, a loopback address, which targets may not reach; \
             `--allow-target-host {name}` or `--allow-target-network 127.0.0.1/32` would allow it"
        )
    };
    let cases = [
        ("https://api.example/hook?x=1#y", String::new()),
        ("http://api.example:8080", String::new()),
        ("HTTPS://8.8.8.8/", String::new()),
        ("http://[2606:4700:4700::1111]/", String::new()),
        ("http://127.0.0.1/", loopback.into()),
        ("http://127.0.0.1./", loopback.into()),
        ("http://127.1/", loopback.into()),
        ("http://0x7f000001/", loopback.into()),
        ("http://0x7f.0.0x1/", loopback.into()),
        ("http://0177.0.0.01/", loopback.into()),
        ("http://2130706433:80/", loopback.into()),
        ("http://%31%32%37.0.0.1/", loopback.into()),
        ("http://１２７.0.0.1/", loopback.into()),
        ("http:\\\\127.0.0.1\\", loopback.into()),
        ("http://[::ffff:127.0.0.1]/", mapped.into()),
        ("http://[::ffff:7f00:1]/", mapped.into()),
        ("http://2852039166/latest/meta-data", metadata.into()),
        ("http://localhost/", localhost("localhost")),
        ("http://LOCALHOST./", localhost("localhost.")),
        ("http://a.localhost:1/", localhost("a.localhost")),
        ("ftp://api.example/", "has the scheme \"ftp\"; allowed are http and https".into()),
        ("localhost:80/x", "has the scheme \"localhost\"; allowed are http and https".into()),
        ("http://u@api.example/", UrlError::UserInformation.to_string()),
        ("http://:p@api.example/", UrlError::UserInformation.to_string()),
    ];
    let policy = AddressPolicy::default();
    for (text, expected) in cases {
        let said = policy.check_url_literal(text).map_or_else(|e| e.to_string(), |_| String::new());
        assert_eq!(said, expected, "{text}");
    }
    for text in [
        "",
        "api.example/x",
        "/x",
        "http://",
        "http://[fe80::1%25eth0]/",
        "http://1.2.3.4.5/",
        "http://a b/",
    ] {
        let error = policy.check_url_literal(text).expect_err(text);
        assert!(matches!(error, UrlError::Syntax(_)), "{text}: {error}");
    }
}

#[test]
fn exceptions_hold_for_literal_urls_too() {
    let network = AddressPolicy { networks: vec![network("10.0.0.0/8")], ..Default::default() };
    let host = AddressPolicy { hosts: vec![pattern("localhost")], ..Default::default() };
    let loopback = AddressPolicy { loopback: true, ..Default::default() };
    let cases = [
        (&network, "http://10.0.0.1/", true),
        (&network, "http://localhost/", false),
        (&host, "http://localhost:3000/", true),
        (&host, "http://127.0.0.1:3000/", false),
        (&loopback, "http://localhost/", true),
        (&loopback, "http://[::1]:80/", true),
        (&loopback, "http://10.0.0.1/", false),
    ];
    for (policy, text, expected) in cases {
        assert_eq!(policy.check_url_literal(text).is_ok(), expected, "{text} under {policy:?}");
    }
}
