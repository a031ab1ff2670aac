//! What the text of a setting must be. The messages say what to write.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use bellwether_domain::PartitionCount;
use bellwether_domain::address::HostPattern;
use ipnet::IpNet;

/// The names of clusters and nodes are part of keys and of listings.
pub(super) fn name(most: usize) -> impl Fn(&str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    move |text| {
        let fine = (1..=most).contains(&text.len()) && text.chars().all(allowed);
        fine.then(|| text.to_owned())
            .ok_or_else(|| format!("allowed are 1 to {most} characters of A-Z a-z 0-9 . _ -"))
    }
}

pub(super) fn partitions(text: &str) -> Result<Option<PartitionCount>, String> {
    text.parse()
        .ok()
        .and_then(PartitionCount::new)
        .map(Some)
        .ok_or_else(|| format!("write a number from 1 to {}", PartitionCount::MAX))
}

pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    // The one name whose address everybody knows.
    if let Some(port) = text.strip_prefix("localhost:").and_then(|port| port.parse().ok()) {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    text.parse().map_err(|_| {
        "write an IP address and a port, as in 127.0.0.1:7400 or [::1]:7400; port 0 takes a free \
         one"
        .to_owned()
    })
}

pub(super) fn between(
    least: &'static str,
    most: &'static str,
) -> impl Fn(&str) -> Result<Duration, String> {
    let parse = humantime::parse_duration;
    move |text| {
        let bounds = parse(least).ok().zip(parse(most).ok());
        match (parse(text), bounds) {
            (Ok(value), Some((least, most))) if (least..=most).contains(&value) => Ok(value),
            _ => Err(format!("write a duration from {least} to {most}, as in 90s or 1m30s")),
        }
    }
}

pub(super) fn number(least: u32, most: u32) -> impl Fn(&str) -> Result<u32, String> {
    move |text| match text.parse() {
        Ok(value) if (least..=most).contains(&value) => Ok(value),
        _ => Err(format!("write a number from {least} to {most}")),
    }
}

pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err("write true or false".to_owned()),
    }
}

pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse()
        .or_else(|_| address())
        .map_err(|_| "write a network, as in 10.0.0.0/8 or fd00::/8".to_owned())
}

pub(super) fn host_pattern(text: &str) -> Result<HostPattern, String> {
    text.parse().map_err(|error: bellwether_domain::address::HostPatternError| error.to_string())
}
