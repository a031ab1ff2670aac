//! Page tokens: where a list goes on.
//!
//! A token holds the place of the last item that was looked at, not a number of items, so that
//! what is there throughout is listed exactly once whatever comes and goes between two pages. It
//! is bound to the list that it came from: cluster, call and filters. A sum over all of it tells a
//! token from everything else; it is no secret, since a forged token shows nothing that a list
//! without one would not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bellwether_proto::convert::Problems;
use prost::Message;
use sha2::{Digest, Sha256};

const VERSION: u8 = 1;
const LIST: usize = 8;
const SUM: usize = 8;

/// A list, as a client asks for it page by page: cluster, call and filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct List([u8; LIST]);

impl List {
    /// The list that `call` makes of `filters`, the request without its page.
    pub(crate) fn new(cluster: &str, call: &str, filters: &impl Message) -> Self {
        let parts = [cluster.as_bytes(), call.as_bytes(), &filters.encode_to_vec()];
        Self(digest(&parts))
    }

    /// The token that goes on behind `place`.
    pub(crate) fn token(self, place: &str) -> String {
        self.seal(place.as_bytes())
    }

    /// The token that holds `content`.
    pub(crate) fn seal(self, content: &[u8]) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.0);
        bytes.extend_from_slice(content);
        bytes.extend_from_slice(&sum(&bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place behind which `token` goes on; `None` for the first page, or where it is noted as
    /// invalid.
    pub(crate) fn place(self, token: &str, problems: &mut Problems) -> Option<String> {
        if token.is_empty() {
            return None;
        }
        let read = self.open(token).and_then(|place| String::from_utf8(place).ok());
        if read.is_none() {
            problems.invalid(
                "page_token",
                "is no token of this list; send the next_page_token of the page before, with the \
                 same filters, or none for the first page",
            );
        }
        read
    }

    /// What a token of this list holds; `None` for anything else.
    pub(crate) fn open(self, token: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, found) = bytes.split_at_checked(bytes.len().checked_sub(SUM)?)?;
        if found != sum(body) {
            return None;
        }
        let (head, content) = body.split_at_checked(1 + LIST)?;
        let ours = head[0] == VERSION && head[1..] == self.0;
        ours.then(|| content.to_vec())
    }
}

fn sum(body: &[u8]) -> [u8; SUM] {
    digest(&[b"bellwether page token", body])
}

/// A digest of parts that cannot run into each other.
fn digest<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut head = [0; N];
    head.copy_from_slice(&hash.finalize()[..N]);
    head
}

#[cfg(test)]
mod tests {
    use bellwether_proto::v1::ListJobsRequest;

    use super::*;

    fn list(namespace: &str) -> List {
        let filters = ListJobsRequest { namespace: namespace.to_owned(), ..<_>::default() };
        List::new("default", "ListJobs", &filters)
    }

    fn read(list: List, token: &str) -> Result<Option<String>, String> {
        let mut problems = Problems::default();
        let place = list.place(token, &mut problems);
        problems.finish().map(|()| place).map_err(|rejection| rejection.to_string())
    }

    #[test]
    fn a_token_says_where_its_list_goes_on() {
        for place in ["default/a", "", "a/ä/…"] {
            let token = list("a").token(place);
            assert_eq!(read(list("a"), &token), Ok(Some(place.to_owned())));
        }
        assert_eq!(read(list("a"), ""), Ok(None));
    }

    #[test]
    fn tokens_of_other_lists_are_refused() {
        let filters = ListJobsRequest::default();
        let others = [
            list("b"),
            List::new("other", "ListJobs", &filters),
            List::new("default", "ListRuns", &filters),
        ];
        for other in others {
            let error = read(list(""), &other.token("default/a")).expect_err("foreign");
            assert!(error.starts_with("page_token: is no token of this list"), "{error}");
        }
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let token = list("").token("default/a");
        let flipped = {
            let mut bytes = URL_SAFE_NO_PAD.decode(&token).expect("base64");
            bytes[12] ^= 1;
            URL_SAFE_NO_PAD.encode(bytes)
        };
        let long = "A".repeat(100_000);
        let cases =
            ["x", "not base64!", "AAAA", &token[1..], &token[..token.len() - 1], &flipped, &long];
        for text in cases {
            assert!(read(list(""), text).is_err(), "{text}");
        }
    }
}
