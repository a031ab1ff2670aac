//! Which addresses are connected to. The rule's own table is the domain's; here is that nothing
//! gets around it.

use std::sync::Arc;

use bellwether_domain::AttemptEnd;
use bellwether_domain::address::AddressPolicy;
use bellwether_engine::TargetExecutor;
use bellwether_targets::TargetsConfig;
#[cfg(target_os = "linux")]
use tokio::net::TcpListener;

use crate::raw::{Raw, Then};
use crate::support::{Answers, FINAL, attempt, code, message, post, targets};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
#[cfg(target_os = "linux")]
const LAST: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

fn policy(networks: &[&str], hosts: &[&str]) -> AddressPolicy {
    AddressPolicy {
        networks: networks.iter().map(|text| text.parse().expect("a network")).collect(),
        hosts: hosts.iter().map(|text| text.parse().expect("a pattern")).collect(),
        loopback: false,
    }
}

fn config(addresses: AddressPolicy, answers: &[&[&str]]) -> TargetsConfig {
    let lookup = Arc::new(Answers::new(answers));
    TargetsConfig { lookup, ..TargetsConfig::new(addresses) }
}

/// Every way to write the server's address that a client might follow.
#[tokio::test]
async fn literal_addresses_are_refused_in_every_notation() {
    let mut server = Raw::start(OK, Then::Close).await;
    let port = server.address.port();
    let hosts = [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7F.0.0.1",
        "0177.0.0.1",
        "%31%32%37%2e0.0.1",
        "１２７。0.0.1",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:0001]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::]",
        "0.0.0.0",
        "0",
        "localhost",
        "LocalHost.",
        "a.localhost",
    ];
    let strict = targets(config(AddressPolicy::default(), &[&["127.0.0.1"]]));
    for host in hosts {
        let execution = strict.execute(&attempt(post(format!("http://{host}:{port}/")))).await;
        assert_eq!((execution.end, code(&execution)), (FINAL, "address_refused"), "{host}");
        let flag = "--allow-target-network ";
        assert!(message(&execution).contains(flag), "{host}: {}", message(&execution));
    }
    // Nor had one of them got through before this one.
    let allowed = targets(config(policy(&["127.0.0.1/32"], &[]), &[]));
    allowed.execute(&attempt(post(format!("http://127.1:{port}/last")))).await;
    assert!(server.request().await.1.starts_with("POST /last "));
}

#[tokio::test]
async fn resolved_addresses_are_refused() {
    let cases = [
        "127.0.0.1",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "fc00::1",
        "fe80::1",
        "ff02::1",
        "2001:db8::1",
    ];
    for address in cases {
        let targets = targets(config(AddressPolicy::default(), &[&[address]]));
        let execution = targets.execute(&attempt(post("http://hook.example/x?token=t"))).await;
        assert_eq!((execution.end, code(&execution)), (FINAL, "address_refused"), "{address}");
        let said = message(&execution);
        let start = format!("hook.example resolves to {address}, ");
        assert!(said.starts_with(&start), "{said}");
        assert!(said.contains("`--allow-target-host hook.example`"), "{said}");
        assert!(said.contains(&format!("`--allow-target-network {address}/")), "{said}");
    }
}

#[tokio::test]
async fn exceptions_let_through() {
    let server = Raw::start(OK, Then::Close).await;
    let port = server.address.port();
    let loopback = AddressPolicy { loopback: true, ..AddressPolicy::default() };
    let cases = [
        (policy(&["127.0.0.0/8"], &[]), "127.0.0.1", true),
        (policy(&["127.0.0.0/8"], &[]), "hook.example", true),
        (policy(&["10.0.0.0/8"], &[]), "hook.example", false),
        (policy(&[], &["hook.example"]), "hook.example", true),
        (policy(&[], &["*.example"]), "hook.example", true),
        (policy(&[], &["*.example"]), "hook.example.", true),
        (policy(&[], &["*.hook.example"]), "hook.example", false),
        (policy(&[], &["hook.example"]), "127.0.0.1", false),
        (loopback.clone(), "127.0.0.1", true),
        (loopback, "hook.example", true),
    ];
    for (policy, host, expected) in cases {
        let what = format!("{host} under {policy:?}");
        let targets = targets(config(policy, &[&["127.0.0.1"]]));
        let execution = targets.execute(&attempt(post(format!("http://{host}:{port}/")))).await;
        assert_eq!(execution.end == AttemptEnd::Succeeded, expected, "{what}");
    }
}

/// Of several addresses only the allowed are connected to, whatever their order.
#[cfg(target_os = "linux")] // elsewhere loopback has one address
#[tokio::test]
async fn a_refused_address_among_others_is_passed_over() {
    let mut forbidden = Raw::start(OK, Then::Close).await;
    let port = forbidden.address.port();
    let listener = TcpListener::bind(("127.0.0.2", port)).await.expect("the port is free there");
    let mut allowed = Raw::on(listener, OK, Then::Close);
    for answer in [["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"]] {
        let targets = targets(config(policy(&["127.0.0.2/32"], &[]), &[&answer]));
        let attempt = attempt(post(format!("http://hook.example:{port}/")));
        let execution = targets.execute(&attempt).await;
        assert_eq!(execution.end, AttemptEnd::Succeeded, "{answer:?}: {execution:?}");
        allowed.request().await;
    }
    assert!(forbidden.saw_no_more_requests());
}

/// Rebinding: the name's first answer is allowed, its second is not. Each connection is checked for
/// itself, and a kept one leads where it led.
#[cfg(target_os = "linux")] // elsewhere loopback has one address
#[tokio::test]
async fn a_name_that_changes_its_mind_is_checked_again() {
    for (reply, second) in [(LAST, FINAL), (OK, AttemptEnd::Succeeded)] {
        let mut forbidden = Raw::start(OK, Then::Close).await;
        let port = forbidden.address.port();
        let there = TcpListener::bind(("127.0.0.2", port)).await.expect("the port is free there");
        let mut allowed = Raw::on(there, reply, Then::Again);
        let answers: &[&[&str]] = &[&["127.0.0.2"], &["127.0.0.1"]];
        let targets = targets(config(policy(&["127.0.0.2/32"], &[]), answers));
        let attempt = attempt(post(format!("http://hook.example:{port}/")));

        let execution = targets.execute(&attempt).await;
        assert_eq!(execution.end, AttemptEnd::Succeeded, "{execution:?}");
        let (first, _) = allowed.request().await;

        let execution = targets.execute(&attempt).await;
        assert_eq!(execution.end, second, "{execution:?}");
        if second == FINAL {
            assert_eq!(code(&execution), "address_refused");
        } else {
            assert_eq!(allowed.request().await.0, first, "the same connection");
        }
        assert!(forbidden.saw_no_more_requests());
    }
}
